//! A run: sorted rows of one table in a Parquet file, of a task or of a group of tasks. Rows in, rows with their order out,
//! a few at a time.

use super::error::StoreError;
use super::partial::TASK_COLUMN;
use arrow::array::{Array, ArrayRef, AsArray, UInt32Array, new_null_array};
use arrow::compute::{SortOptions, sort_to_indices, take_record_batch};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimestampMicrosecondType, UInt32Type};
use arrow::error::ArrowError;
use arrow::record_batch::RecordBatch;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use std::cmp::Ordering;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A run, and how to tell which task each row came from.
#[derive(Debug, Clone)]
pub(super) struct RunFile {
    path: PathBuf,
    tasks: Tasks,
}

/// The place of a row's task among all tasks.
#[derive(Debug, Clone)]
enum Tasks {
    /// One task wrote the run.
    One(u32),
    /// A column of the run says which of a group's tasks it was; these are their places.
    Group(Arc<[u32]>),
    /// A column of the run says the place itself.
    Known,
}

impl RunFile {
    /// A run of one task.
    pub(super) fn of_one(path: PathBuf, place: u32) -> RunFile {
        RunFile { path, tasks: Tasks::One(place) }
    }

    /// What merging some runs gave.
    pub(super) fn of_merged(path: PathBuf) -> RunFile {
        RunFile { path, tasks: Tasks::Known }
    }

    /// Where it lies.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// A run that the tasks of a group share.
    pub(super) fn of_many(path: PathBuf, places: Arc<[u32]>) -> RunFile {
        RunFile { path, tasks: Tasks::Group(places) }
    }
}

/// Leaves out the table's own columns that hold nothing: of what an object could have, half is often not there, and each
/// column of a run costs the same whatever it holds. The merge puts them back.
pub(super) fn without_empty(batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    let schema = batch.schema();
    let keeps = |at: &usize| {
        let field = schema.field(*at);
        // Whoever looks for the children of a run's rows reads names.
        !field.is_nullable() || field.name() == "name" || batch.column(*at).null_count() < batch.num_rows()
    };
    batch.project(&(0..batch.num_columns()).filter(keeps).collect::<Vec<_>>())
}

/// Sorts a batch by id, then by the rank of the task that read a row, then as it was read; and adds the column that names
/// the task.
pub(super) fn sort_with_tasks(batch: &RecordBatch, tasks: &[u32], ranks: &[u32]) -> Result<RecordBatch, ArrowError> {
    let ids = batch.column(0).as_string::<i32>();
    let mut indices: Vec<u32> = (0..).zip(tasks).map(|(at, _)| at).collect();
    let rank = |at: u32| ranks.get(tasks[at as usize] as usize);
    indices.sort_unstable_by(|a, b| {
        ids.value(*a as usize).cmp(ids.value(*b as usize)).then_with(|| rank(*a).cmp(&rank(*b))).then(a.cmp(b))
    });
    let of: ArrayRef = Arc::new(indices.iter().map(|at| tasks[*at as usize]).collect::<UInt32Array>());
    let sorted = take_record_batch(batch, &UInt32Array::from(indices))?;
    let mut columns = sorted.columns().to_vec();
    columns.push(of);
    RecordBatch::try_new(with_task(&batch.schema()), columns)
}

pub(super) fn with_task(schema: &SchemaRef) -> SchemaRef {
    let mut fields = schema.fields().to_vec();
    fields.push(Arc::new(Field::new(TASK_COLUMN, DataType::UInt32, false)));
    Arc::new(Schema::new(fields))
}

/// Sorts a batch by its first column, the id; equal ids keep their order.
pub(super) fn sort_by_id(batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    let options = SortOptions { descending: false, nulls_first: true };
    let mut indices: Vec<u32> = sort_to_indices(batch.column(0), Some(options), None)?.values().to_vec();
    // The kernel's sort is not stable: put equal ids back in the order they were fetched.
    let ids = batch.column(0).as_string::<i32>();
    let mut start = 0;
    while start < indices.len() {
        let id = ids.value(indices[start] as usize);
        let end = start + indices[start..].iter().take_while(|at| ids.value(**at as usize) == id).count();
        indices[start..end].sort_unstable();
        start = end;
    }
    take_record_batch(batch, &UInt32Array::from(indices))
}

/// The next row of one run, ordered by id, then by task and by when it was fetched: of what several lists show, the same
/// one stays in every run.
#[derive(PartialEq, Eq)]
pub(super) struct Head {
    pub(super) id: String,
    fetched_at: i64,
    pub(super) order: u32,
    /// Number of the run among those that are merged.
    pub(super) run: usize,
}

impl Ord for Head {
    fn cmp(&self, other: &Head) -> Ordering {
        // Reversed: the heap gives the greatest first, we want the smallest id, and its oldest row, first.
        (&other.id, other.order, other.fetched_at, other.run).cmp(&(&self.id, self.order, self.fetched_at, self.run))
    }
}

impl PartialOrd for Head {
    fn partial_cmp(&self, other: &Head) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// One open run.
pub(super) struct Run {
    path: PathBuf,
    tasks: Tasks,
    reader: ParquetRecordBatchReader,
    /// The table's columns, and the one that names the task if the run has it.
    schema: SchemaRef,
    /// Which column of the file each is.
    places: Vec<Option<usize>>,
    pub(super) batch: RecordBatch,
    /// The row that comes next.
    pub(super) at: usize,
}

impl Run {
    pub(super) fn open(file: &RunFile, schema: &SchemaRef, batch_rows: usize) -> Result<Run, StoreError> {
        let handle = File::open(&file.path).map_err(StoreError::io("open", &file.path))?;
        let builder =
            ParquetRecordBatchReaderBuilder::try_new(handle).map_err(StoreError::parquet("read", &file.path))?;
        let held = builder.schema().clone();
        let schema = if held.index_of(TASK_COLUMN).is_ok() { with_task(schema) } else { schema.clone() };
        let places = schema.fields().iter().map(|field| held.index_of(field.name()).ok()).collect();
        let reader = builder.with_batch_size(batch_rows).build().map_err(StoreError::parquet("read", &file.path))?;
        let (path, tasks) = (file.path.clone(), file.tasks.clone());
        Ok(Run { path, tasks, reader, batch: RecordBatch::new_empty(schema.clone()), schema, places, at: 0 })
    }

    /// Whether the run has this column of the table: else it holds nothing there.
    pub(super) fn has_column(&self, at: usize) -> bool {
        self.places.get(at).is_some_and(Option::is_some)
    }

    /// Whether a row is at hand without reading on.
    pub(super) fn has_row(&self) -> bool {
        self.at < self.batch.num_rows()
    }

    pub(super) fn next_batch(&mut self) -> Result<bool, StoreError> {
        loop {
            match self.reader.next() {
                None => return Ok(false),
                Some(batch) => {
                    let whole = batch.and_then(|batch| self.with_empty(&batch));
                    self.batch = whole.map_err(StoreError::arrow(&self.path))?;
                }
            }
            self.at = 0;
            if self.has_row() {
                return Ok(true);
            }
        }
    }

    /// Puts back what [`without_empty`] left out.
    fn with_empty(&self, batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
        let column = |(field, place): (&Arc<Field>, &Option<usize>)| match place {
            Some(at) => batch.column(*at).clone(),
            None => new_null_array(field.data_type(), batch.num_rows()),
        };
        let columns = self.schema.fields().iter().zip(&self.places).map(column).collect();
        RecordBatch::try_new(self.schema.clone(), columns)
    }

    pub(super) fn head(&self, run: usize, fetched: usize) -> Head {
        let id = self.batch.column(0).as_string::<i32>().value(self.at).to_owned();
        let times = self.batch.column(fetched).as_primitive::<TimestampMicrosecondType>();
        Head { id, fetched_at: times.value(self.at), order: self.order(), run }
    }

    fn order(&self) -> u32 {
        let told = || {
            let column = self.batch.columns().last().and_then(|column| column.as_primitive_opt::<UInt32Type>());
            column.map_or(0, |column| column.value(self.at))
        };
        match &self.tasks {
            Tasks::One(place) => *place,
            Tasks::Group(places) => places.get(told() as usize).copied().unwrap_or(0),
            Tasks::Known => told(),
        }
    }
}
