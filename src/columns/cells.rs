//! One cell: what a path found in, a typed value out, or the word that it does not fit. Never guesses: what does not
//! fit stays in `_raw` and is named in `_gaps`.

use super::redact::REDACTED;
use crate::catalog::scope::trim_id;
use crate::catalog::{ColumnType, Leaf, Path};
use chrono::{DateTime, NaiveDate, NaiveDateTime};
use serde_json::Value;

/// A typed cell.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell {
    Null,
    Text(String),
    Bool(bool),
    Int(i64),
    Float(f64),
    /// Microseconds since 1970 in UTC.
    Timestamp(i64),
    List(Vec<String>),
}

/// Why a cell is NULL although something was there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gap {
    /// It does not fit the column's type.
    Coercion,
    /// It was a secret.
    Redaction,
}

/// Reads a cell.
pub(super) fn cell(kind: ColumnType, path: &Path, stack: &[&Value]) -> Result<Cell, Gap> {
    let found = path.find(stack);
    if kind == ColumnType::TextList {
        // An absent list is NULL; a list that is there and empty is empty.
        let empty = found.is_empty() && path.is_many() && path.meets_list(stack);
        return if empty { Ok(Cell::List(Vec::new())) } else { list(path.is_many(), &found) };
    }
    let Some(first) = found.first() else { return Ok(Cell::Null) };
    let value = match first {
        Leaf::Key(key) => return scalar(kind, &Value::String((*key).to_owned())),
        Leaf::Value(value) => *value,
    };
    match (kind, value) {
        (ColumnType::Json, value) => Ok(Cell::Text(value.to_string())),
        // A list where one value is expected: one member is that value, several do not fit.
        (_, Value::Array(items)) => match items.as_slice() {
            [] => Ok(Cell::Null),
            [one] => scalar(kind, one),
            _ => Err(Gap::Coercion),
        },
        (_, value) => scalar(kind, value),
    }
}

fn scalar(kind: ColumnType, value: &Value) -> Result<Cell, Gap> {
    if value.as_str() == Some(REDACTED) {
        return Err(Gap::Redaction);
    }
    let fits = match (kind, value) {
        (_, Value::Null) => Some(Cell::Null),
        (ColumnType::Text, value) => text(value).map(Cell::Text),
        (ColumnType::ArmId, Value::String(id)) => Some(Cell::Text(trim_id(id).to_lowercase())),
        (ColumnType::Bool, Value::Bool(truth)) => Some(Cell::Bool(*truth)),
        (ColumnType::Bool, Value::String(word)) => match word.trim().to_ascii_lowercase().as_str() {
            "true" => Some(Cell::Bool(true)),
            "false" => Some(Cell::Bool(false)),
            _ => None,
        },
        (ColumnType::Int, Value::Number(number)) => number.as_i64().or_else(|| whole(number.as_f64()?)).map(Cell::Int),
        (ColumnType::Int, Value::String(digits)) => digits.trim().parse().ok().map(Cell::Int),
        (ColumnType::Float, Value::Number(number)) => number.as_f64().map(Cell::Float),
        (ColumnType::Float, Value::String(digits)) => {
            digits.trim().parse().ok().filter(|f: &f64| f.is_finite()).map(Cell::Float)
        }
        (ColumnType::Timestamp, Value::Number(number)) => number.as_i64().and_then(epoch).map(Cell::Timestamp),
        (ColumnType::Timestamp, Value::String(text)) => instant(text).map(Cell::Timestamp),
        _ => None,
    };
    fits.ok_or(Gap::Coercion)
}

fn list(many: bool, found: &[Leaf<'_>]) -> Result<Cell, Gap> {
    if found.is_empty() {
        return Ok(Cell::Null);
    }
    let mut texts = Vec::with_capacity(found.len());
    let mut push = |value: &Value| -> Result<(), Gap> {
        if value.as_str() == Some(REDACTED) {
            return Err(Gap::Redaction);
        }
        if !value.is_null() {
            texts.push(text(value).ok_or(Gap::Coercion)?);
        }
        Ok(())
    };
    for leaf in found {
        match leaf {
            Leaf::Key(key) => push(&Value::String((*key).to_owned()))?,
            Leaf::Value(Value::Array(items)) => items.iter().try_for_each(&mut push)?,
            // One object where a list of text may come does not fit; in a flattened path it is kept as JSON text.
            Leaf::Value(value) if !many && value.is_object() => return Err(Gap::Coercion),
            Leaf::Value(value) => push(value)?,
        }
    }
    Ok(Cell::List(texts))
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        _ => None,
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the range is checked first")]
fn whole(number: f64) -> Option<i64> {
    (number.fract() == 0.0 && number.abs() < 9e15).then_some(number as i64)
}

/// Epoch numbers: seconds, or milliseconds where seconds would be past the year 5138.
fn epoch(number: i64) -> Option<i64> {
    if number.abs() < 100_000_000_000 { number.checked_mul(1_000_000) } else { number.checked_mul(1_000) }
}

/// ISO 8601 with an offset, without one (meaning UTC), or a date; digits past microseconds are cut.
pub(super) fn instant(text: &str) -> Option<i64> {
    let text = text.trim();
    if let Ok(found) = DateTime::parse_from_rfc3339(text) {
        return Some(found.timestamp_micros());
    }
    for format in ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f"] {
        let bare = text.strip_suffix(['Z', 'z']).unwrap_or(text);
        if let Ok(found) = NaiveDateTime::parse_from_str(bare, format) {
            return Some(found.and_utc().timestamp_micros());
        }
    }
    let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    Some(date.and_hms_opt(0, 0, 0)?.and_utc().timestamp_micros())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(kind: ColumnType, path: &str, object: &Value, expected: Result<Cell, Gap>) {
        let path = Path::parse(path).unwrap();
        assert_eq!(cell(kind, &path, &[object]), expected, "{kind:?} {object}");
    }

    #[test]
    fn coercions() {
        use ColumnType as T;
        for (kind, value, expected) in [
            (T::Text, json!(1.50), Ok(Cell::Text("1.5".into()))),
            (T::Text, json!({"a": 1}), Err(Gap::Coercion)),
            (T::Text, json!(["one"]), Ok(Cell::Text("one".into()))),
            (T::Text, json!(["one", "two"]), Err(Gap::Coercion)),
            (T::Text, json!(REDACTED), Err(Gap::Redaction)),
            (T::Bool, json!("True"), Ok(Cell::Bool(true))),
            (T::Bool, json!("yes"), Err(Gap::Coercion)),
            (T::Bool, json!(null), Ok(Cell::Null)),
            (T::Int, json!("30"), Ok(Cell::Int(30))),
            (T::Int, json!(30.0), Ok(Cell::Int(30))),
            (T::Int, json!(30.5), Err(Gap::Coercion)),
            (T::Timestamp, json!(1_767_225_600), Ok(Cell::Timestamp(1_767_225_600_000_000))),
            (T::Timestamp, json!("2026-01-01T02:00:00+02:00"), Ok(Cell::Timestamp(1_767_225_600_000_000))),
            (T::Timestamp, json!("2026-01-01T00:00:00.1234567Z"), Ok(Cell::Timestamp(1_767_225_600_123_456))),
            (T::Timestamp, json!("2026-01-01T00:00:00"), Ok(Cell::Timestamp(1_767_225_600_000_000))),
            (T::Timestamp, json!("2026-01-01"), Ok(Cell::Timestamp(1_767_225_600_000_000))),
            (T::Timestamp, json!("soon"), Err(Gap::Coercion)),
            (T::ArmId, json!("/Subscriptions/A/"), Ok(Cell::Text("/subscriptions/a".into()))),
            (T::TextList, json!("one"), Ok(Cell::List(vec!["one".into()]))),
            (T::TextList, json!(["a", null, "b"]), Ok(Cell::List(vec!["a".into(), "b".into()]))),
            (T::TextList, json!([]), Ok(Cell::List(vec![]))),
            (T::TextList, json!({"a": 1}), Err(Gap::Coercion)),
            (T::Json, json!({"b": 1, "a": [2]}), Ok(Cell::Text(r#"{"b":1,"a":[2]}"#.into()))),
        ] {
            check(kind, "x", &json!({"x": value}), expected);
        }
        check(
            T::TextList,
            "x[].y",
            &json!({"x": [{"y": "1"}, {}, {"y": ["2", "3"]}]}),
            Ok(Cell::List(vec!["1".into(), "2".into(), "3".into()])),
        );
        check(T::TextList, "x[].y", &json!({}), Ok(Cell::Null));
        check(T::TextList, "x[].y", &json!({"x": []}), Ok(Cell::List(vec![])));
        check(T::ArmId, "x", &json!({"x": "/"}), Ok(Cell::Text("/".into())));
    }
}
