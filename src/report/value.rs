//! Reads cells of Arrow columns as JSON values, the form every format starts from.
//!
//! In: an array of any type DuckDB gives, and its field. Out: one [`Value`] per cell: numbers as numbers, instants and
//! decimals as text, nested types as arrays and objects, JSON columns as the JSON they hold. Never fails: a type without
//! a form of its own becomes Arrow's text.

use arrow::array::{Array, ArrayRef, AsArray, OffsetSizeTrait};
use arrow::datatypes::*;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use chrono::{DateTime, NaiveDate, NaiveTime, Timelike};
use serde_json::{Map, Number, Value};

use crate::engine::Rows;

/// Reads one cell.
pub(super) fn cell(field: &Field, array: &dyn Array, row: usize) -> Value {
    if array.is_null(row) {
        return Value::Null;
    }
    scalar(array, row).or_else(|| nested(field, array, row)).unwrap_or_else(|| match instant(array, row) {
        Some(text) => Value::String(text),
        None => Value::String(fallback(array, row)),
    })
}

/// Gives a value's text as a cell shows it; `None` for null.
pub(super) fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

fn scalar(array: &dyn Array, row: usize) -> Option<Value> {
    macro_rules! number {
        ($type:ty) => {
            Value::from(array.as_primitive::<$type>().value(row))
        };
    }
    Some(match array.data_type() {
        DataType::Null => Value::Null,
        DataType::Boolean => Value::Bool(array.as_boolean().value(row)),
        DataType::Int8 => number!(Int8Type),
        DataType::Int16 => number!(Int16Type),
        DataType::Int32 => number!(Int32Type),
        DataType::Int64 => number!(Int64Type),
        DataType::UInt8 => number!(UInt8Type),
        DataType::UInt16 => number!(UInt16Type),
        DataType::UInt32 => number!(UInt32Type),
        DataType::UInt64 => number!(UInt64Type),
        DataType::Float16 => float(f64::from(array.as_primitive::<Float16Type>().value(row))),
        // Through its text, so that 0.1 doesn't become 0.10000000149011612.
        DataType::Float32 => {
            float(array.as_primitive::<Float32Type>().value(row).to_string().parse().unwrap_or(f64::NAN))
        }
        DataType::Float64 => float(array.as_primitive::<Float64Type>().value(row)),
        DataType::Decimal32(_, scale) => decimal(*scale, array.as_primitive::<Decimal32Type>().value_as_string(row)),
        DataType::Decimal64(_, scale) => decimal(*scale, array.as_primitive::<Decimal64Type>().value_as_string(row)),
        DataType::Decimal128(_, scale) => decimal(*scale, array.as_primitive::<Decimal128Type>().value_as_string(row)),
        DataType::Decimal256(_, scale) => decimal(*scale, array.as_primitive::<Decimal256Type>().value_as_string(row)),
        DataType::Binary => hex(array.as_binary::<i32>().value(row)),
        DataType::LargeBinary => hex(array.as_binary::<i64>().value(row)),
        DataType::BinaryView => hex(array.as_binary_view().value(row)),
        DataType::FixedSizeBinary(_) => hex(array.as_fixed_size_binary().value(row)),
        _ => return None,
    })
}

/// JSON has neither infinities nor NaN.
fn float(number: f64) -> Value {
    Number::from_f64(number).map_or(Value::Null, Value::Number)
}

/// A decimal without a fraction is how DuckDB hands over HUGEINT, the type of every `sum`: a number while it fits.
fn decimal(scale: i8, text: String) -> Value {
    if scale == 0 {
        if let Ok(number) = text.parse::<i64>() {
            return Value::from(number);
        }
        if let Ok(number) = text.parse::<u64>() {
            return Value::from(number);
        }
    }
    Value::String(text)
}

fn hex(bytes: &[u8]) -> Value {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    Value::String(text)
}

fn nested(field: &Field, array: &dyn Array, row: usize) -> Option<Value> {
    Some(match array.data_type() {
        DataType::Utf8 => string(field, array.as_string::<i32>().value(row)),
        DataType::LargeUtf8 => string(field, array.as_string::<i64>().value(row)),
        DataType::Utf8View => string(field, array.as_string_view().value(row)),
        DataType::List(item) => list::<i32>(item, array, row),
        DataType::LargeList(item) => list::<i64>(item, array, row),
        DataType::FixedSizeList(item, _) => items(item, &array.as_fixed_size_list().value(row)),
        DataType::ListView(item) => items(item, &array.as_list_view::<i32>().value(row)),
        DataType::LargeListView(item) => items(item, &array.as_list_view::<i64>().value(row)),
        DataType::Struct(fields) => {
            let columns = array.as_struct().columns();
            let pairs = fields.iter().zip(columns);
            Value::Object(pairs.map(|(field, column)| (field.name().clone(), cell(field, column, row))).collect())
        }
        DataType::Map(_, _) => map(array, row),
        DataType::Dictionary(_, _) => {
            let dictionary = array.as_any_dictionary_opt()?;
            let key = dictionary.normalized_keys().get(row).copied()?;
            cell(field, dictionary.values(), key)
        }
        _ => return None,
    })
}

/// A column marked as JSON holds JSON; text that is none stays text.
fn string(field: &Field, text: &str) -> Value {
    let is_json = field.metadata().get("ARROW:extension:name").is_some_and(|name| name == "arrow.json");
    let parsed = if is_json { serde_json::from_str(text).ok() } else { None };
    parsed.unwrap_or_else(|| Value::String(text.to_owned()))
}

fn list<O: OffsetSizeTrait>(item: &Field, array: &dyn Array, row: usize) -> Value {
    items(item, &array.as_list::<O>().value(row))
}

fn items(item: &Field, values: &ArrayRef) -> Value {
    Value::Array((0..values.len()).map(|index| cell(item, values, index)).collect())
}

fn map(array: &dyn Array, row: usize) -> Value {
    let entries = array.as_map().value(row);
    let (key_field, value_field) = (&entries.fields()[0], &entries.fields()[1]);
    let mut object = Map::new();
    for index in 0..entries.len() {
        let key = text(&cell(key_field, entries.column(0), index)).unwrap_or_default();
        object.insert(key, cell(value_field, entries.column(1), index));
    }
    Value::Object(object)
}

fn instant(array: &dyn Array, row: usize) -> Option<String> {
    macro_rules! raw {
        ($type:ty) => {
            array.as_primitive::<$type>().value(row)
        };
    }
    Some(match array.data_type() {
        DataType::Timestamp(TimeUnit::Second, _) => timestamp(raw!(TimestampSecondType), 1),
        DataType::Timestamp(TimeUnit::Millisecond, _) => timestamp(raw!(TimestampMillisecondType), 1_000),
        DataType::Timestamp(TimeUnit::Microsecond, _) => timestamp(raw!(TimestampMicrosecondType), 1_000_000),
        DataType::Timestamp(TimeUnit::Nanosecond, _) => timestamp(raw!(TimestampNanosecondType), 1_000_000_000),
        DataType::Date32 => date(i64::from(raw!(Date32Type))),
        DataType::Date64 => date(raw!(Date64Type).div_euclid(86_400_000)),
        DataType::Time32(TimeUnit::Second) => time(i64::from(raw!(Time32SecondType)), 1),
        DataType::Time32(_) => time(i64::from(raw!(Time32MillisecondType)), 1_000),
        DataType::Time64(TimeUnit::Microsecond) => time(raw!(Time64MicrosecondType), 1_000_000),
        DataType::Time64(_) => time(raw!(Time64NanosecondType), 1_000_000_000),
        DataType::Interval(IntervalUnit::YearMonth) => interval(raw!(IntervalYearMonthType), 0, 0),
        DataType::Interval(IntervalUnit::DayTime) => {
            let parts = raw!(IntervalDayTimeType);
            interval(0, parts.days, i64::from(parts.milliseconds) * 1_000_000)
        }
        DataType::Interval(IntervalUnit::MonthDayNano) => {
            let parts = raw!(IntervalMonthDayNanoType);
            interval(parts.months, parts.days, parts.nanoseconds)
        }
        _ => return None,
    })
}

/// Splits a count of ticks into whole seconds and nanoseconds.
fn split(ticks: i64, per_second: i64) -> (i64, u32) {
    let nanoseconds = ticks.rem_euclid(per_second) * (1_000_000_000 / per_second);
    (ticks.div_euclid(per_second), u32::try_from(nanoseconds).unwrap_or(0))
}

/// DuckDB's infinities are the two ends of the range.
fn infinity(value: i64) -> String {
    if value < 0 { "-infinity".to_owned() } else { "infinity".to_owned() }
}

fn timestamp(ticks: i64, per_second: i64) -> String {
    let (seconds, nanoseconds) = split(ticks, per_second);
    match DateTime::from_timestamp(seconds, nanoseconds) {
        Some(time) if ticks.checked_abs().is_some_and(|ticks| ticks != i64::MAX) => {
            format!("{}{}Z", time.format("%Y-%m-%dT%H:%M:%S"), fraction(nanoseconds))
        }
        _ => infinity(ticks),
    }
}

fn fraction(nanoseconds: u32) -> String {
    match nanoseconds {
        0 => String::new(),
        n if n.is_multiple_of(1_000) => format!(".{:06}", n / 1_000),
        n => format!(".{n:09}"),
    }
}

fn date(days: i64) -> String {
    let number = i32::try_from(days).ok().filter(|days| days.checked_abs().is_some_and(|days| days != i32::MAX));
    match number.and_then(NaiveDate::from_epoch_days) {
        Some(date) => date.format("%Y-%m-%d").to_string(),
        None => infinity(days),
    }
}

fn time(ticks: i64, per_second: i64) -> String {
    let (seconds, nanoseconds) = split(ticks, per_second);
    // DuckDB knows 24:00:00, chrono doesn't.
    let time = u32::try_from(seconds).ok().and_then(|s| NaiveTime::from_num_seconds_from_midnight_opt(s, nanoseconds));
    match time {
        Some(time) => format!("{}{}", time.format("%H:%M:%S"), fraction(time.nanosecond())),
        None => format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60),
    }
}

/// ISO 8601, each part with its own sign: months, days and time don't convert into each other.
fn interval(months: i32, days: i32, nanoseconds: i64) -> String {
    use std::fmt::Write as _;
    let mut text = String::from("P");
    for (amount, unit) in [(months / 12, 'Y'), (months % 12, 'M'), (days, 'D')] {
        if amount != 0 {
            let _ = write!(text, "{amount}{unit}");
        }
    }
    if nanoseconds != 0 || text.len() == 1 {
        let sign = if nanoseconds < 0 { "-" } else { "" };
        let total = nanoseconds.unsigned_abs();
        let (seconds, rest) = (total / 1_000_000_000, u32::try_from(total % 1_000_000_000).unwrap_or(0));
        text.push('T');
        for (amount, unit) in [(seconds / 3600, 'H'), (seconds / 60 % 60, 'M')] {
            if amount != 0 {
                let _ = write!(text, "{sign}{amount}{unit}");
            }
        }
        if seconds % 60 != 0 || rest != 0 || seconds == 0 {
            let _ = write!(text, "{sign}{}{}S", seconds % 60, fraction(rest).trim_end_matches('0'));
        }
    }
    text
}

fn fallback(array: &dyn Array, row: usize) -> String {
    let options = FormatOptions::default().with_display_error(true);
    ArrayFormatter::try_new(array, &options)
        .map_or_else(|error| error.to_string(), |shown| shown.value(row).to_string())
}

/// Walks over all rows; each is its cells in the order of the columns.
pub(super) fn rows(rows: &Rows) -> impl Iterator<Item = Vec<Value>> {
    let fields = rows.schema.fields();
    rows.batches.iter().flat_map(move |batch| {
        (0..batch.num_rows())
            .map(move |row| fields.iter().zip(batch.columns()).map(|(field, array)| cell(field, array, row)).collect())
    })
}

/// Gives the column names, each once: a repeated one gets `_1`, `_2`, ... since an object keeps one value per name.
pub(super) fn unique_names(rows: &Rows) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for field in rows.schema.fields() {
        let mut name = field.name().clone();
        let mut number = 0;
        while names.contains(&name) {
            number += 1;
            name = format!("{}_{number}", field.name());
        }
        names.push(name);
    }
    names
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::*;
    use arrow::buffer::OffsetBuffer;
    use serde_json::json;

    use super::*;

    /// Gives every cell of a column.
    fn cells(array: impl Array + 'static) -> Value {
        cells_of(&Field::new("c", array.data_type().clone(), true), &array)
    }

    fn cells_of(field: &Field, array: &dyn Array) -> Value {
        Value::Array((0..array.len()).map(|row| cell(field, array, row)).collect())
    }

    #[test]
    fn numbers_stay_numbers() {
        assert_eq!(cells(Int64Array::from(vec![Some(1), None, Some(i64::MAX)])), json!([1, null, i64::MAX]));
        assert_eq!(cells(UInt64Array::from(vec![u64::MAX])), json!([u64::MAX]));
        assert_eq!(cells(Int8Array::from(vec![-1])), json!([-1]));
        assert_eq!(cells(Float64Array::from(vec![1.5, f64::NAN, f64::INFINITY])), json!([1.5, null, null]));
        assert_eq!(cells(Float32Array::from(vec![0.1])), json!([0.1]));
        assert_eq!(cells(BooleanArray::from(vec![Some(true), None])), json!([true, null]));
        assert_eq!(cells(NullArray::new(2)), json!([null, null]));
    }

    #[test]
    fn decimals_keep_every_digit() {
        let whole = Decimal128Array::from(vec![7, -7, i128::from(u64::MAX), 10_i128.pow(30)]);
        assert_eq!(
            cells(whole.with_precision_and_scale(38, 0).unwrap()),
            json!([7, -7, u64::MAX, "1000000000000000000000000000000"])
        );
        let money = Decimal128Array::from(vec![1_250, -5]).with_precision_and_scale(18, 2).unwrap();
        assert_eq!(cells(money), json!(["12.50", "-0.05"]));
    }

    #[test]
    fn instants_are_utc_text() {
        let micros = vec![Some(0), Some(1_790_000_000_000_001), Some(-1), None, Some(i64::MAX), Some(-i64::MAX)];
        assert_eq!(
            cells(TimestampMicrosecondArray::from(micros)),
            json!([
                "1970-01-01T00:00:00Z",
                "2026-09-21T14:13:20.000001Z",
                "1969-12-31T23:59:59.999999Z",
                null,
                "infinity",
                "-infinity"
            ])
        );
        let zoned = TimestampMillisecondArray::from(vec![500]).with_timezone("Europe/Berlin");
        assert_eq!(cells(zoned), json!(["1970-01-01T00:00:00.500000Z"]));
        assert_eq!(cells(TimestampSecondArray::from(vec![86_400])), json!(["1970-01-02T00:00:00Z"]));
        assert_eq!(cells(TimestampNanosecondArray::from(vec![1])), json!(["1970-01-01T00:00:00.000000001Z"]));
        assert_eq!(cells(Date32Array::from(vec![20_000, i32::MAX])), json!(["2024-10-04", "infinity"]));
        assert_eq!(
            cells(Time64MicrosecondArray::from(vec![3_661_000_000, 86_400_000_000])),
            json!(["01:01:01", "24:00:00"])
        );
    }

    #[test]
    fn intervals_are_iso() {
        use arrow::datatypes::IntervalMonthDayNano as Parts;
        let parts = vec![
            Parts::new(14, 3, 4 * 3_600_000_000_000 + 500_000_000),
            Parts::new(0, 0, 0),
            Parts::new(-1, 0, -60_000_000_000),
            Parts::new(0, 1, 0),
        ];
        assert_eq!(cells(IntervalMonthDayNanoArray::from(parts)), json!(["P1Y2M3DT4H0.5S", "PT0S", "P-1MT-1M", "P1D"]));
    }

    #[test]
    fn bytes_are_hex() {
        assert_eq!(cells(BinaryArray::from(vec![Some(&b"\x00\xff"[..]), None])), json!(["00ff", null]));
    }

    #[test]
    fn json_columns_hold_json() {
        let metadata: std::collections::HashMap<String, String> =
            [("ARROW:extension:name".to_owned(), "arrow.json".to_owned())].into();
        let field = Field::new("c", DataType::Utf8, true).with_metadata(metadata);
        let array = StringArray::from(vec![Some(r#"{"b":[1,null],"a":"x"}"#), Some("not json"), None]);
        assert_eq!(cells_of(&field, &array).to_string(), r#"[{"b":[1,null],"a":"x"},"not json",null]"#);
        assert_eq!(cells(StringArray::from(vec!["{}"])), json!(["{}"]));
        assert_eq!(cells(StringViewArray::from(vec!["a"])), json!(["a"]));
    }

    #[test]
    fn nested_types_keep_their_shape() {
        let list =
            ListArray::from_iter_primitive::<Int32Type, _, _>(vec![Some(vec![Some(1), None]), None, Some(vec![])]);
        assert_eq!(cells(list), json!([[1, null], null, []]));

        let dictionary: DictionaryArray<Int8Type> = vec![Some("a"), None, Some("a")].into_iter().collect();
        assert_eq!(cells(dictionary), json!(["a", null, "a"]));

        let fields = Fields::from(vec![Field::new("x", DataType::Int32, true), Field::new("y", DataType::Utf8, true)]);
        let columns: Vec<ArrayRef> =
            vec![Arc::new(Int32Array::from(vec![1, 2])), Arc::new(StringArray::from(vec![Some("a"), None]))];
        assert_eq!(cells(StructArray::new(fields, columns, None)), json!([{"x": 1, "y": "a"}, {"x": 2, "y": null}]));

        let mut tags = MapBuilder::new(None, StringBuilder::new(), StringBuilder::new());
        tags.keys().append_value("env");
        tags.values().append_value("prod");
        tags.append(true).unwrap();
        tags.append(false).unwrap();
        assert_eq!(cells(tags.finish()), json!([{"env": "prod"}, null]));

        let instants = TimestampMicrosecondArray::from(vec![0]);
        let item = Arc::new(Field::new("l", instants.data_type().clone(), true));
        let list = ListArray::new(item, OffsetBuffer::from_lengths([1]), Arc::new(instants), None);
        assert_eq!(cells(list), json!([["1970-01-01T00:00:00Z"]]));
    }

    #[test]
    fn unions_become_text() {
        let fields = UnionFields::try_new(
            [0, 1],
            [Field::new("number", DataType::Int32, true), Field::new("word", DataType::Utf8, true)],
        )
        .unwrap();
        let children: Vec<ArrayRef> =
            vec![Arc::new(Int32Array::from(vec![7, 0])), Arc::new(StringArray::from(vec!["", "x"]))];
        let array = UnionArray::try_new(fields, vec![0, 1].into(), None, children).unwrap();
        assert_eq!(cells(array), json!(["{number=7}", "{word=x}"]));
    }

    #[test]
    fn repeated_names_are_told_apart() {
        let fields = ["a", "a", "a_1", "a"].map(|name| Field::new(name, DataType::Int32, true));
        let rows = Rows { schema: Arc::new(Schema::new(fields.to_vec())), batches: Vec::new() };
        assert_eq!(unique_names(&rows), ["a", "a_1", "a_1_1", "a_2"]);
    }
}
