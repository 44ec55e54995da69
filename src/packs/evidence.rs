//! Cells of a query's answer as JSON values: an Arrow array and a row in, a value out.
//!
//! Numbers stay numbers, instants become ISO text in UTC, nested types arrays and objects, JSON columns the JSON they
//! hold. Never fails: a type without a form of its own becomes Arrow's text.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{
    DataType, Field, Float32Type, Float64Type, Int64Type, TimeUnit, TimestampMicrosecondType, UInt64Type,
};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use chrono::DateTime;
use serde_json::{Map, Number, Value};

/// Gives one cell as JSON.
pub(super) fn cell(field: &Field, array: &dyn Array, row: usize) -> Value {
    if array.is_null(row) {
        return Value::Null;
    }
    match array.data_type() {
        DataType::Null => Value::Null,
        DataType::Boolean => Value::Bool(array.as_boolean().value(row)),
        DataType::Int64 => Value::from(array.as_primitive::<Int64Type>().value(row)),
        DataType::UInt64 => Value::from(array.as_primitive::<UInt64Type>().value(row)),
        DataType::Float32 => float(f64::from(array.as_primitive::<Float32Type>().value(row))),
        DataType::Float64 => float(array.as_primitive::<Float64Type>().value(row)),
        DataType::Utf8 => text(field, array.as_string::<i32>().value(row)),
        DataType::LargeUtf8 => text(field, array.as_string::<i64>().value(row)),
        DataType::Utf8View => text(field, array.as_string_view().value(row)),
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            instant(array.as_primitive::<TimestampMicrosecondType>().value(row)).unwrap_or_else(|| display(array, row))
        }
        DataType::List(item) => list(item, &array.as_list::<i32>().value(row)),
        DataType::LargeList(item) => list(item, &array.as_list::<i64>().value(row)),
        DataType::Struct(fields) => {
            let cells = fields.iter().zip(array.as_struct().columns());
            Value::Object(cells.map(|(field, column)| (field.name().clone(), cell(field, column, row))).collect())
        }
        DataType::Map(_, _) => map(array, row),
        // Smaller integers, and HUGEINT, which is what every `sum` gives: numbers by their digits.
        kind if kind.is_integer() || matches!(kind, DataType::Decimal128(_, 0)) => {
            let shown = display(array, row);
            shown.as_str().and_then(|digits| digits.parse::<Number>().ok()).map_or(shown, Value::Number)
        }
        _ => display(array, row),
    }
}

/// Gives the text of a cell, if it is one that is not null.
pub(super) fn string(array: &dyn Array, row: usize) -> Option<String> {
    if array.is_null(row) {
        return None;
    }
    match array.data_type() {
        DataType::Utf8 => Some(array.as_string::<i32>().value(row).to_owned()),
        DataType::LargeUtf8 => Some(array.as_string::<i64>().value(row).to_owned()),
        DataType::Utf8View => Some(array.as_string_view().value(row).to_owned()),
        _ => display(array, row).as_str().map(str::to_owned),
    }
}

fn text(field: &Field, text: &str) -> Value {
    let is_json = field.metadata().get("ARROW:extension:name").is_some_and(|name| name == "arrow.json");
    let parsed = if is_json { serde_json::from_str(text).ok() } else { None };
    parsed.unwrap_or_else(|| Value::String(text.to_owned()))
}

/// JSON has neither infinities nor NaN.
fn float(number: f64) -> Value {
    Number::from_f64(number).map_or(Value::Null, Value::Number)
}

fn instant(microseconds: i64) -> Option<Value> {
    let time = DateTime::from_timestamp_micros(microseconds)?;
    let form = if microseconds.rem_euclid(1_000_000) == 0 { "%Y-%m-%dT%H:%M:%SZ" } else { "%Y-%m-%dT%H:%M:%S%.6fZ" };
    Some(Value::String(time.format(form).to_string()))
}

fn list(item: &Field, values: &ArrayRef) -> Value {
    Value::Array((0..values.len()).map(|at| cell(item, values, at)).collect())
}

fn map(array: &dyn Array, row: usize) -> Value {
    let entries = array.as_map().value(row);
    let mut object = Map::new();
    for at in 0..entries.len() {
        let key = string(entries.column(0), at).unwrap_or_default();
        object.insert(key, cell(&entries.fields()[1], entries.column(1), at));
    }
    Value::Object(object)
}

fn display(array: &dyn Array, row: usize) -> Value {
    let options = FormatOptions::default().with_display_error(true);
    let shown = ArrayFormatter::try_new(array, &options)
        .map_or_else(|error| error.to_string(), |formatter| formatter.value(row).to_string());
    Value::String(shown)
}
