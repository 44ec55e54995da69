//! The examples of a table's spec: an answer of Azure in, what its rows differ from the expected ones in out.

use super::decode::Context;
use super::sheaf::Sheaf;
use crate::catalog::{Catalog, CatalogError, TableSpec};
use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Float64Type, Int64Type, TimestampMicrosecondType};
use arrow::error::ArrowError;
use serde_json::{Map, Value, json};

/// Why the examples of a spec could not be decoded at all.
#[derive(Debug, thiserror::Error)]
pub enum ExampleError {
    /// A spec is bad.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// Arrow refused the rows.
    #[error("the rows could not be made")]
    Arrow(#[from] ArrowError),
}

/// Decodes each example of a spec, and says in which rows and columns the outcome is another than expected.
///
/// # Errors
/// A spec is bad, or Arrow refuses the rows.
pub fn mistakes(catalog: &Catalog, spec: &TableSpec) -> Result<Vec<String>, ExampleError> {
    let root = catalog.source_of(spec)?;
    let mut wrong = Vec::new();
    for example in &spec.examples {
        let mut say = |what: String| wrong.push(format!("{}: example `{}`: {what}", spec.name, example.title));
        let mut sheaf = Sheaf::new(catalog, &[root])?;
        let context = Context {
            tenant_id: "t",
            scope_path: "/subscriptions/s",
            parent_id: example.answer.get("_parent_id").and_then(Value::as_str),
            url: "u",
            api_version: "v",
            fetched_at: 0,
            seen_in: &[],
            not_asked: &[],
            task: 0,
        };
        sheaf.push(example.answer.clone(), &context);
        let mut rows = Vec::new();
        for (_, batch) in sheaf.take()?.iter().filter(|(found, _)| found.name == spec.name) {
            rows.extend((0..batch.num_rows()).map(|at| row_json(batch, at)));
        }
        if example.rows.is_empty() {
            say(format!("it expects no row, and so shows nothing; there are {}", rows.len()));
        }
        for (at, expected) in example.rows.iter().enumerate() {
            let Some(row) = rows.get(at) else {
                say(format!("row {at} is missing"));
                continue;
            };
            for (column, value) in expected {
                match row.get(column) {
                    None => say(format!("there is no column {column}")),
                    Some(found) if found != value => say(format!("row {at}: {column} is {found} instead of {value}")),
                    Some(_) => {}
                }
            }
        }
    }
    Ok(wrong)
}

/// One row as JSON, instants as ISO text.
pub fn row_json(batch: &RecordBatch, at: usize) -> Map<String, Value> {
    let cell = |array: &dyn Array| -> Value {
        if array.is_null(at) {
            return Value::Null;
        }
        match array.data_type() {
            DataType::Boolean => json!(array.as_boolean().value(at)),
            DataType::Int64 => json!(array.as_primitive::<Int64Type>().value(at)),
            DataType::Float64 => json!(array.as_primitive::<Float64Type>().value(at)),
            DataType::Timestamp(..) => {
                let instant = array.as_primitive::<TimestampMicrosecondType>().value_as_datetime(at);
                json!(instant.map(|instant| instant.format("%Y-%m-%dT%H:%M:%S%.fZ").to_string()))
            }
            DataType::List(_) => {
                let list = array.as_list::<i32>().value(at);
                json!(list.as_string::<i32>().iter().collect::<Vec<_>>())
            }
            DataType::Map(..) => {
                let entries = array.as_map().value(at);
                let (keys, values) = (entries.column(0).as_string::<i32>(), entries.column(1).as_string::<i32>());
                let pairs = keys.iter().zip(values.iter());
                Value::Object(pairs.map(|(k, v)| (k.unwrap_or_default().to_owned(), json!(v))).collect())
            }
            _ => json!(array.as_string::<i32>().value(at)),
        }
    };
    let schema = batch.schema();
    schema.fields().iter().zip(batch.columns()).map(|(field, array)| (field.name().clone(), cell(array))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every example of every bundled spec gives its rows.
    #[test]
    fn bundled() {
        let catalog = Catalog::bundled();
        let specs = catalog.all().unwrap_or_else(|error| panic!("{error}"));
        let wrong: Vec<String> = specs.iter().flat_map(|spec| mistakes(catalog, spec).unwrap()).collect();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}
