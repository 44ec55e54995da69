//! One Parquet file: batches in, a synced file out. The same batches give the same bytes.

use super::error::StoreError;
use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::arrow::{ArrowSchemaConverter, ArrowWriter, ProjectionMask};
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesBuilder};
use parquet::schema::types::ColumnPath;
use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Path, PathBuf};

/// Rows of a row group.
const ROW_GROUP_ROWS: usize = 128 * 1024;
/// Bytes (encoded) of a row group: bounds the memory of a writer.
const ROW_GROUP_BYTES: usize = 24 * 1024 * 1024;
/// Rows of a page of a run.
const RUN_PAGE_ROWS: usize = 256;
/// A new part begins where a file would pass this.
pub const MAX_PART_BYTES: u64 = 1024 * 1024 * 1024;

/// Writes one Parquet file.
pub struct PartWriter {
    path: PathBuf,
    writer: ArrowWriter<File>,
    rows: u64,
}

impl PartWriter {
    /// Creates the file, and the folder it is in.
    ///
    /// # Errors
    /// The file cannot be made.
    pub fn create(path: &Path, schema: SchemaRef) -> Result<PartWriter, StoreError> {
        PartWriter::create_with_empty(path, schema, &BTreeSet::new())
    }

    /// As [`PartWriter::create`], where some columns hold nothing: there is nothing to compress in them, and a compressor
    /// for each would be most of the cost of a table with few rows.
    ///
    /// # Errors
    /// The file cannot be made.
    pub fn create_with_empty(
        path: &Path,
        schema: SchemaRef,
        empty: &BTreeSet<usize>,
    ) -> Result<PartWriter, StoreError> {
        let mut properties =
            WriterProperties::builder().set_compression(zstd(path, 3)?).set_statistics_enabled(EnabledStatistics::Page);
        let leaves = ArrowSchemaConverter::new().convert(&schema).map_err(StoreError::parquet("begin", path))?;
        let empty: BTreeSet<&str> = empty.iter().map(|at| schema.field(*at).name().as_str()).collect();
        for leaf in leaves.columns().iter().map(|leaf| leaf.path()) {
            if leaf.parts().first().is_some_and(|name| empty.contains(name.as_str())) {
                properties = properties.set_column_compression(leaf.clone(), Compression::UNCOMPRESSED);
            }
        }
        PartWriter::with(path, schema, properties)
    }

    /// As [`PartWriter::create`], for a table without rows: making a compressor for each column would be all its cost.
    ///
    /// # Errors
    /// The file cannot be made.
    pub fn create_empty(path: &Path, schema: SchemaRef) -> Result<PartWriter, StoreError> {
        PartWriter::with(path, schema, WriterProperties::builder())
    }

    /// As [`PartWriter::create`], for a file that is merged with many others soon: written fast, and with small pages,
    /// as a merge holds a page of each column of each file.
    ///
    /// # Errors
    /// The file cannot be made.
    pub fn create_run(path: &Path, schema: SchemaRef) -> Result<PartWriter, StoreError> {
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_dictionary_enabled(false)
            .set_statistics_enabled(EnabledStatistics::None)
            .set_write_batch_size(RUN_PAGE_ROWS)
            .set_data_page_row_count_limit(RUN_PAGE_ROWS)
            .set_data_page_size_limit(64 * 1024);
        PartWriter::with(path, schema, properties)
    }

    fn with(path: &Path, schema: SchemaRef, properties: WriterPropertiesBuilder) -> Result<PartWriter, StoreError> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(StoreError::io("make the folder", folder))?;
        }
        let file = File::create(path).map_err(StoreError::io("create", path))?;
        let properties = properties
            .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
            .set_max_row_group_bytes(Some(ROW_GROUP_BYTES))
            .set_created_by(concat!("azsnap ", env!("CARGO_PKG_VERSION")).to_owned())
            // Raw JSON is unique per row, a dictionary of it only costs; of its text no statistics are wanted.
            .set_column_dictionary_enabled(ColumnPath::from("_raw"), false)
            .set_column_statistics_enabled(ColumnPath::from("_raw"), EnabledStatistics::None)
            .build();
        let writer =
            ArrowWriter::try_new(file, schema, Some(properties)).map_err(StoreError::parquet("begin", path))?;
        Ok(PartWriter { path: path.to_owned(), writer, rows: 0 })
    }

    /// Appends rows.
    ///
    /// # Errors
    /// The disk is full, or the columns do not fit the schema.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), StoreError> {
        self.rows += batch.num_rows() as u64;
        self.writer.write(batch).map_err(StoreError::parquet("write", &self.path))
    }

    /// Bytes written or waiting.
    pub fn size(&self) -> u64 {
        (self.writer.bytes_written() + self.writer.in_progress_size()) as u64
    }

    /// Closes and syncs the file; gives its rows.
    ///
    /// # Errors
    /// The disk is full.
    pub fn finish(self) -> Result<u64, StoreError> {
        let PartWriter { path, mut writer, rows } = self;
        writer.finish().map_err(StoreError::parquet("write", &path))?;
        writer.inner().sync_all().map_err(StoreError::io("sync", &path))?;
        Ok(rows)
    }
}

fn zstd(path: &Path, level: i32) -> Result<Compression, StoreError> {
    ZstdLevel::try_new(level).map(Compression::ZSTD).map_err(StoreError::parquet("set up", path))
}

/// Reads some columns of a file, batch by batch, in the order of the file's schema.
///
/// # Errors
/// The file is missing or cut, or `each` fails.
pub fn read_columns<E: From<StoreError>>(
    path: &Path,
    names: &[&str],
    mut each: impl FnMut(&RecordBatch) -> Result<(), E>,
) -> Result<(), E> {
    let file = File::open(path).map_err(StoreError::io("open", path))?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(StoreError::parquet("read", path))?;
    let mask = ProjectionMask::columns(builder.parquet_schema(), names.iter().copied());
    let reader = builder.with_projection(mask).build().map_err(StoreError::parquet("read", path))?;
    for batch in reader {
        each(&batch.map_err(StoreError::arrow(path))?)?;
    }
    Ok(())
}
