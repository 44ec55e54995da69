//! Sorting and merging runs: sorted Parquet runs in, table parts sorted by id out, each id once. Of repeated rows the
//! last task's stays, with the subscriptions of all. Memory is bounded: a few rows of each of at most `FAN_IN` runs.

use super::error::StoreError;
use super::parquet_file::{MAX_PART_BYTES, PartWriter};
use super::partial::TASK_COLUMN;
use arrow::array::{Array, ArrayRef, AsArray, ListBuilder, StringBuilder, UInt32Array};
use arrow::compute::{SortOptions, interleave, sort_to_indices, take_record_batch};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimestampMicrosecondType, UInt32Type};
use arrow::error::ArrowError;
use arrow::record_batch::RecordBatch;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Runs open at once.
const FAN_IN: usize = 32;
/// Rows of a batch written.
const OUT_ROWS: usize = 1024;

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

    /// A run that the tasks of a group share.
    pub(super) fn of_many(path: PathBuf, places: Arc<[u32]>) -> RunFile {
        RunFile { path, tasks: Tasks::Group(places) }
    }
}

/// What merging gave.
#[derive(Debug, Default)]
pub(super) struct Merged {
    pub(super) rows: u64,
    /// File names of the parts.
    pub(super) files: Vec<String>,
    /// Dropped rows per task.
    pub(super) duplicates: BTreeMap<u32, i64>,
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

fn with_task(schema: &SchemaRef) -> SchemaRef {
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

/// Merges the runs of a table into parts of `folder`. A table without rows gets one empty part.
pub(super) fn merge(
    mut runs: Vec<RunFile>,
    schema: &SchemaRef,
    folder: &Path,
    scratch: &Path,
) -> Result<Merged, StoreError> {
    let mut merged = Merged::default();
    if runs.is_empty() {
        let first = "part-00001.parquet".to_owned();
        PartWriter::create_empty(&folder.join(&first), schema.clone())?.finish()?;
        merged.files.push(first);
        return Ok(merged);
    }
    let mut round = 0;
    while runs.len() > FAN_IN {
        round += 1;
        let mut next = Vec::new();
        for (n, group) in runs.chunks(FAN_IN).enumerate() {
            let path = scratch.join(format!("merge-{round}-{n}.parquet"));
            let mut out = Out::single(path.clone(), schema.clone())?;
            merge_once(group, schema, &mut out, &mut merged.duplicates)?;
            out.finish()?;
            next.push(RunFile { path, tasks: Tasks::Known });
            for run in group.iter().filter(|_| round > 1) {
                fs::remove_file(&run.path).map_err(StoreError::io("remove", &run.path))?;
            }
        }
        runs = next;
    }
    let mut out = Out::parts(folder.to_owned(), schema.clone())?;
    merge_once(&runs, schema, &mut out, &mut merged.duplicates)?;
    (merged.rows, merged.files) = out.finish()?;
    Ok(merged)
}

/// Where merged rows go: parts of a folder, or one scratch file.
struct Out {
    folder: Option<PathBuf>,
    schema: SchemaRef,
    writer: PartWriter,
    files: Vec<String>,
    rows: u64,
}

impl Out {
    fn parts(folder: PathBuf, schema: SchemaRef) -> Result<Out, StoreError> {
        let first = "part-00001.parquet".to_owned();
        let writer = PartWriter::create(&folder.join(&first), schema.clone())?;
        Ok(Out { folder: Some(folder), schema, writer, files: vec![first], rows: 0 })
    }

    fn single(path: PathBuf, schema: SchemaRef) -> Result<Out, StoreError> {
        let schema = with_task(&schema);
        let writer = PartWriter::create_run(&path, schema.clone())?;
        Ok(Out { folder: None, writer, schema, files: Vec::new(), rows: 0 })
    }

    fn write(&mut self, batch: &RecordBatch) -> Result<(), StoreError> {
        if let Some(folder) = &self.folder
            && self.writer.size() > MAX_PART_BYTES - 64 * 1024 * 1024
        {
            let name = format!("part-{:05}.parquet", self.files.len() + 1);
            let next = PartWriter::create(&folder.join(&name), self.schema.clone())?;
            self.rows += std::mem::replace(&mut self.writer, next).finish()?;
            self.files.push(name);
        }
        self.writer.write(batch)
    }

    fn finish(mut self) -> Result<(u64, Vec<String>), StoreError> {
        self.rows += self.writer.finish()?;
        Ok((self.rows, self.files))
    }
}

/// The next row of one run, ordered by id, then by task and by when it was fetched: of what several lists show, the same
/// one stays in every run.
#[derive(PartialEq, Eq)]
struct Head {
    id: String,
    fetched_at: i64,
    order: u32,
    run: usize,
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
struct Run {
    path: PathBuf,
    tasks: Tasks,
    reader: ParquetRecordBatchReader,
    batch: RecordBatch,
    at: usize,
}

impl Run {
    fn open(file: &RunFile, batch_rows: usize) -> Result<Run, StoreError> {
        let handle = File::open(&file.path).map_err(StoreError::io("open", &file.path))?;
        let builder =
            ParquetRecordBatchReaderBuilder::try_new(handle).map_err(StoreError::parquet("read", &file.path))?;
        let schema = builder.schema().clone();
        let reader = builder.with_batch_size(batch_rows).build().map_err(StoreError::parquet("read", &file.path))?;
        let (path, tasks) = (file.path.clone(), file.tasks.clone());
        Ok(Run { path, tasks, reader, batch: RecordBatch::new_empty(schema), at: 0 })
    }

    /// Whether a row is at hand without reading on.
    fn has_row(&self) -> bool {
        self.at < self.batch.num_rows()
    }

    fn next_batch(&mut self) -> Result<bool, StoreError> {
        loop {
            match self.reader.next() {
                None => return Ok(false),
                Some(batch) => self.batch = batch.map_err(StoreError::arrow(&self.path))?,
            }
            self.at = 0;
            if self.has_row() {
                return Ok(true);
            }
        }
    }

    fn head(&self, run: usize, fetched: usize) -> Head {
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

/// A row chosen for the output, and the subscriptions of the repeated rows it replaces.
struct Chosen {
    batch: usize,
    row: usize,
    order: u32,
    seen_in: Option<BTreeSet<String>>,
}

fn merge_once(
    files: &[RunFile],
    schema: &SchemaRef,
    out: &mut Out,
    duplicates: &mut BTreeMap<u32, i64>,
) -> Result<(), StoreError> {
    let column = |name: &str| schema.index_of(name).expect("every table has the standard columns");
    let (fetched, seen) = (column("_fetched_at"), column("_seen_in"));
    let batch_rows = (4_096 / files.len().max(1)).clamp(64, 1024);
    let mut runs = files.iter().map(|file| Run::open(file, batch_rows)).collect::<Result<Vec<_>, _>>()?;
    let mut heap = BinaryHeap::new();
    let mut pending = Pending { batches: Vec::new(), index: BTreeMap::new(), chosen: Vec::new(), seen };
    for (n, run) in runs.iter_mut().enumerate() {
        if run.next_batch()? {
            heap.push(run.head(n, fetched));
        }
    }
    let mut last_id: Option<String> = None;
    while let Some(head) = heap.pop() {
        let run = &mut runs[head.run];
        let batch = pending.batch_of(head.run, &run.batch);
        let same = last_id.as_deref() == Some(head.id.as_str());
        let mut row = Chosen { batch, row: run.at, order: head.order, seen_in: None };
        if same && let Some(before) = pending.chosen.pop() {
            *duplicates.entry(before.order).or_default() += 1;
            let mut all = before.seen_in.clone().unwrap_or_else(|| pending.seen_in(&before));
            all.extend(pending.seen_in(&row));
            row.seen_in = Some(all);
        } else {
            // Of what every subscription shows little is chosen, and much of it read.
            if pending.chosen.len() >= OUT_ROWS || pending.batches.len() >= 4 * files.len().max(1) {
                pending.write(schema, out)?;
            }
            last_id = Some(head.id);
        }
        let batch = pending.batch_of(head.run, &run.batch);
        pending.chosen.push(Chosen { batch, ..row });
        run.at += 1;
        if !run.has_row() {
            pending.index.remove(&head.run);
            if !run.next_batch()? {
                continue;
            }
        }
        heap.push(run.head(head.run, fetched));
    }
    pending.write(schema, out)
}

/// Rows chosen but not yet written, with the batches they point into.
struct Pending {
    batches: Vec<RecordBatch>,
    /// Batch that each run is in now.
    index: BTreeMap<usize, usize>,
    chosen: Vec<Chosen>,
    seen: usize,
}

impl Pending {
    fn batch_of(&mut self, run: usize, batch: &RecordBatch) -> usize {
        *self.index.entry(run).or_insert_with(|| {
            self.batches.push(batch.clone());
            self.batches.len() - 1
        })
    }

    fn seen_in(&self, row: &Chosen) -> BTreeSet<String> {
        let lists = self.batches[row.batch].column(self.seen).as_list::<i32>();
        if lists.is_null(row.row) {
            return BTreeSet::new();
        }
        let list = lists.value(row.row);
        list.as_string::<i32>().iter().flatten().map(str::to_owned).collect()
    }

    fn write(&mut self, schema: &SchemaRef, out: &mut Out) -> Result<(), StoreError> {
        if !self.chosen.is_empty() {
            let wrong = StoreError::arrow(Path::new("the merged table"));
            out.write(&self.gather(schema, out.folder.is_none()).map_err(wrong)?)?;
        }
        self.chosen.clear();
        self.batches.clear();
        self.index.clear();
        Ok(())
    }

    fn gather(&self, schema: &SchemaRef, names_tasks: bool) -> Result<RecordBatch, ArrowError> {
        let indices: Vec<(usize, usize)> = self.chosen.iter().map(|row| (row.batch, row.row)).collect();
        let repeated = self.chosen.iter().any(|row| row.seen_in.is_some());
        let mut columns = (0..schema.fields().len())
            .map(|column| {
                if column == self.seen && repeated {
                    return Ok(self.merged_seen_in(schema.field(column).data_type()));
                }
                let arrays: Vec<&dyn Array> = self.batches.iter().map(|batch| batch.column(column).as_ref()).collect();
                interleave(&arrays, &indices)
            })
            .collect::<Result<Vec<ArrayRef>, _>>()?;
        if names_tasks {
            columns.push(Arc::new(self.chosen.iter().map(|row| row.order).collect::<UInt32Array>()));
            return RecordBatch::try_new(with_task(schema), columns);
        }
        RecordBatch::try_new(schema.clone(), columns)
    }

    fn merged_seen_in(&self, kind: &DataType) -> ArrayRef {
        let mut builder = ListBuilder::new(StringBuilder::new());
        if let DataType::List(item) = kind {
            builder = builder.with_field(item.clone());
        }
        for row in &self.chosen {
            let own = || self.seen_in(row);
            let all = row.seen_in.clone().unwrap_or_else(own);
            builder.append_value(all.into_iter().map(Some));
        }
        Arc::new(builder.finish())
    }
}
