//! The ledger: what was asked and what came of it. Rows in, `ledger.parquet` out, and back. One row per (table, scope)
//! and per parent asked.

use super::error::StoreError;
use super::parquet_file::PartWriter;
pub use super::status::Status;
use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Int64Array, StringArray, TimestampMicrosecondArray};
use arrow::datatypes::{DataType, Field, Int64Type, Schema, SchemaRef, TimeUnit, TimestampMicrosecondType};
use arrow::record_batch::RecordBatch;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

/// One row of the ledger.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq)]
pub struct LedgerRow {
    /// The table.
    pub table_name: String,
    /// `tenant` or `subscription`.
    pub scope_kind: String,
    /// GUID of the tenant or subscription.
    pub scope_id: String,
    /// The parent asked; none for the (table, scope) pair.
    pub parent_id: Option<String>,
    /// What came of it.
    pub status: Status,
    /// Our word for a status that has several reasons: `ParentNotRead`, `ForeignHost`, `Assumed`, `Incomplete`, ...
    pub code: Option<String>,
    /// HTTP status of the last answer, when it was an error.
    pub http_status: Option<i64>,
    /// Azure's error code.
    pub error_code: Option<String>,
    /// Azure's error text.
    pub error_message: Option<String>,
    /// Azure's request id.
    pub request_id: Option<String>,
    /// The permission the call needs.
    pub permission: Option<String>,
    /// Rows received, before repeated ones were dropped.
    pub rows: i64,
    /// Repeated rows dropped when the snapshot was sealed.
    pub duplicates: i64,
    /// Pages received.
    pub pages: i64,
    /// Requests sent.
    pub requests: i64,
    /// Requests sent again.
    pub retries: i64,
    /// Milliseconds waited for rate limits and retries.
    pub waited_ms: i64,
    /// Bytes received.
    pub bytes: i64,
    /// Values that did not fit their column.
    pub coercions: i64,
    /// API version used.
    pub api_version: Option<String>,
    /// Not asked because the count was proven to be zero.
    pub pruned: bool,
    /// Microseconds since 1970.
    pub started_at: Option<i64>,
    /// Microseconds since 1970.
    pub finished_at: Option<i64>,
}

impl LedgerRow {
    /// An `ok` row without counts.
    pub fn new(table: &str, scope_kind: &str, scope_id: &str) -> LedgerRow {
        LedgerRow {
            table_name: table.to_owned(),
            scope_kind: scope_kind.to_owned(),
            scope_id: scope_id.to_owned(),
            parent_id: None,
            status: Status::Ok,
            code: None,
            http_status: None,
            error_code: None,
            error_message: None,
            request_id: None,
            permission: None,
            rows: 0,
            duplicates: 0,
            pages: 0,
            requests: 0,
            retries: 0,
            waited_ms: 0,
            bytes: 0,
            coercions: 0,
            api_version: None,
            pruned: false,
            started_at: None,
            finished_at: None,
        }
    }

    /// Rows as the file holds them: by table, scope and parent.
    pub fn compare(&self, other: &LedgerRow) -> std::cmp::Ordering {
        let scope = self.scope_kind.cmp(&other.scope_kind).then_with(|| self.scope_id.cmp(&other.scope_id));
        self.table_name.cmp(&other.table_name).then(scope).then_with(|| self.parent_id.cmp(&other.parent_id))
    }
}

/// The schema of `ledger.parquet`: name and DuckDB type.
pub const COLUMNS: [(&str, &str); 23] = [
    ("table_name", "VARCHAR"),
    ("scope_kind", "VARCHAR"),
    ("scope_id", "VARCHAR"),
    ("parent_id", "VARCHAR"),
    ("status", "VARCHAR"),
    ("code", "VARCHAR"),
    ("http_status", "BIGINT"),
    ("error_code", "VARCHAR"),
    ("error_message", "VARCHAR"),
    ("request_id", "VARCHAR"),
    ("permission", "VARCHAR"),
    ("rows", "BIGINT"),
    ("duplicates", "BIGINT"),
    ("pages", "BIGINT"),
    ("requests", "BIGINT"),
    ("retries", "BIGINT"),
    ("waited_ms", "BIGINT"),
    ("bytes", "BIGINT"),
    ("coercions", "BIGINT"),
    ("api_version", "VARCHAR"),
    ("pruned", "BOOLEAN"),
    ("started_at", "TIMESTAMP"),
    ("finished_at", "TIMESTAMP"),
];

pub(super) fn schema() -> SchemaRef {
    let fields = COLUMNS.map(|(name, sql)| {
        let kind = match sql {
            "BIGINT" => DataType::Int64,
            "BOOLEAN" => DataType::Boolean,
            "TIMESTAMP" => DataType::Timestamp(TimeUnit::Microsecond, None),
            _ => DataType::Utf8,
        };
        Field::new(name, kind, true)
    });
    Arc::new(Schema::new(fields.to_vec()))
}

/// Writes the ledger.
///
/// # Errors
/// The file cannot be written.
pub fn write(path: &Path, rows: &[LedgerRow]) -> Result<(), StoreError> {
    write_all(path, rows.iter().cloned().map(Ok))
}

/// As [`write`], for rows that are not all in memory.
///
/// # Errors
/// The file cannot be written, or the rows cannot be read.
pub fn write_all(path: &Path, rows: impl Iterator<Item = Result<LedgerRow, StoreError>>) -> Result<(), StoreError> {
    let mut writer = PartWriter::create(path, schema())?;
    let mut rows = rows.peekable();
    while rows.peek().is_some() {
        let chunk = rows.by_ref().take(4096).collect::<Result<Vec<_>, _>>()?;
        writer.write(&batch(&chunk).map_err(StoreError::arrow(path))?)?;
    }
    writer.finish().map(|_| ())
}

pub(super) fn batch(rows: &[LedgerRow]) -> Result<RecordBatch, arrow::error::ArrowError> {
    let text = |get: &dyn Fn(&LedgerRow) -> Option<&str>| -> ArrayRef {
        Arc::new(rows.iter().map(get).collect::<StringArray>())
    };
    let int = |get: &dyn Fn(&LedgerRow) -> Option<i64>| -> ArrayRef {
        Arc::new(rows.iter().map(get).collect::<Int64Array>())
    };
    let time = |get: &dyn Fn(&LedgerRow) -> Option<i64>| -> ArrayRef {
        Arc::new(rows.iter().map(get).collect::<TimestampMicrosecondArray>())
    };
    let columns = vec![
        text(&|row| Some(&row.table_name)),
        text(&|row| Some(&row.scope_kind)),
        text(&|row| Some(&row.scope_id)),
        text(&|row| row.parent_id.as_deref()),
        text(&|row| Some(row.status.word())),
        text(&|row| row.code.as_deref()),
        int(&|row| row.http_status),
        text(&|row| row.error_code.as_deref()),
        text(&|row| row.error_message.as_deref()),
        text(&|row| row.request_id.as_deref()),
        text(&|row| row.permission.as_deref()),
        int(&|row| Some(row.rows)),
        int(&|row| Some(row.duplicates)),
        int(&|row| Some(row.pages)),
        int(&|row| Some(row.requests)),
        int(&|row| Some(row.retries)),
        int(&|row| Some(row.waited_ms)),
        int(&|row| Some(row.bytes)),
        int(&|row| Some(row.coercions)),
        text(&|row| row.api_version.as_deref()),
        Arc::new(rows.iter().map(|row| Some(row.pruned)).collect::<BooleanArray>()) as ArrayRef,
        time(&|row| row.started_at),
        time(&|row| row.finished_at),
    ];
    RecordBatch::try_new(schema(), columns)
}

/// Reads a ledger.
///
/// # Errors
/// The file is missing, cut, or not a ledger.
pub fn read(path: &Path) -> Result<Vec<LedgerRow>, StoreError> {
    let mut all = Vec::new();
    each(path, |row| all.push(row))?;
    Ok(all)
}

/// Reads a ledger that may be larger than memory should hold.
///
/// # Errors
/// As for [`read`].
pub fn each(path: &Path, mut each: impl FnMut(LedgerRow)) -> Result<(), StoreError> {
    let file = File::open(path).map_err(StoreError::io("open", path))?;
    let reader = ParquetRecordBatchReaderBuilder::try_new(file)
        .and_then(ParquetRecordBatchReaderBuilder::build)
        .map_err(StoreError::parquet("read", path))?;
    let mut rows = Vec::new();
    for batch in reader {
        read_batch(path, &batch.map_err(StoreError::arrow(path))?, &mut rows)?;
        rows.drain(..).for_each(&mut each);
    }
    Ok(())
}

pub(super) fn read_batch(path: &Path, batch: &RecordBatch, rows: &mut Vec<LedgerRow>) -> Result<(), StoreError> {
    let bad = |why: String| StoreError::BadFile { path: path.to_owned(), why };
    if batch.schema().fields().iter().map(|field| field.data_type()).ne(schema().fields().iter().map(|f| f.data_type()))
    {
        return Err(bad("it has other columns than a ledger".to_owned()));
    }
    for at in 0..batch.num_rows() {
        let text = |column: usize| {
            let array = batch.column(column).as_string::<i32>();
            array.is_valid(at).then(|| array.value(at).to_owned())
        };
        let must = |column: usize| text(column).ok_or_else(|| bad(format!("row {at} has no {}", COLUMNS[column].0)));
        let int = |column: usize| {
            let array = batch.column(column).as_primitive::<Int64Type>();
            array.is_valid(at).then(|| array.value(at))
        };
        let time = |column: usize| {
            let array = batch.column(column).as_primitive::<TimestampMicrosecondType>();
            array.is_valid(at).then(|| array.value(at))
        };
        let word = must(4)?;
        rows.push(LedgerRow {
            table_name: must(0)?,
            scope_kind: must(1)?,
            scope_id: must(2)?,
            parent_id: text(3),
            status: Status::parse(&word).ok_or_else(|| bad(format!("row {at} has the unknown status `{word}`")))?,
            code: text(5),
            http_status: int(6),
            error_code: text(7),
            error_message: text(8),
            request_id: text(9),
            permission: text(10),
            rows: int(11).unwrap_or(0),
            duplicates: int(12).unwrap_or(0),
            pages: int(13).unwrap_or(0),
            requests: int(14).unwrap_or(0),
            retries: int(15).unwrap_or(0),
            waited_ms: int(16).unwrap_or(0),
            bytes: int(17).unwrap_or(0),
            coercions: int(18).unwrap_or(0),
            api_version: text(19),
            pruned: batch.column(20).as_boolean().value(at),
            started_at: time(21),
            finished_at: time(22),
        });
    }
    Ok(())
}
