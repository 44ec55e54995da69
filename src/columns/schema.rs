//! The Arrow schema of a table: a spec in, the fields in file order out. The same in every snapshot.

use crate::catalog::{ColumnType, STANDARD_HEAD, STANDARD_TAIL, TableSpec};
use arrow::datatypes::{DataType, Field, Fields, Schema, SchemaRef, TimeUnit};
use std::collections::HashMap;
use std::sync::Arc;

/// The Arrow schema of a table.
pub fn arrow_schema(spec: &TableSpec) -> SchemaRef {
    let standard = |list: &[(&str, &str)]| list.iter().map(|(name, sql)| field(name, sql)).collect::<Vec<_>>();
    let mut fields = standard(&STANDARD_HEAD);
    fields.extend(spec.columns.iter().map(|column| field(&column.name, column.kind.sql())));
    fields.extend(standard(&STANDARD_TAIL));
    Arc::new(Schema::new(fields))
}

/// The Arrow type of an own column.
pub fn own_type(kind: ColumnType) -> DataType {
    arrow_type(kind.sql())
}

fn field(name: &str, sql: &str) -> Field {
    let nullable = name != "id";
    let field = Field::new(name, arrow_type(sql), nullable);
    if sql == "JSON" {
        // DuckDB shows a column with this mark as JSON.
        let mark = [("ARROW:extension:name", "arrow.json"), ("ARROW:extension:metadata", "")];
        field.with_metadata(HashMap::from(mark.map(|(key, value)| (key.to_owned(), value.to_owned()))))
    } else {
        field
    }
}

fn arrow_type(sql: &str) -> DataType {
    match sql {
        "BOOLEAN" => DataType::Boolean,
        "BIGINT" => DataType::Int64,
        "DOUBLE" => DataType::Float64,
        // Without a zone, meaning UTC: the embedded DuckDB has no ICU.
        "TIMESTAMP" => DataType::Timestamp(TimeUnit::Microsecond, None),
        "VARCHAR[]" => DataType::List(list_item()),
        "MAP(VARCHAR, VARCHAR)" => {
            let entries =
                Fields::from(vec![Field::new("key", DataType::Utf8, false), Field::new("value", DataType::Utf8, true)]);
            DataType::Map(Arc::new(Field::new("key_value", DataType::Struct(entries), false)), false)
        }
        _ => DataType::Utf8,
    }
}

/// The element of a text list, named as the Parquet format names it.
pub(super) fn list_item() -> Arc<Field> {
    Arc::new(Field::new("element", DataType::Utf8, true))
}
