//! Merging runs: sorted runs in, table parts sorted by id out, each id once. Of repeated rows the last task's stays, with
//! the subscriptions of all. Memory is bounded: a few rows of each of at most `FAN_IN` runs.

use super::error::StoreError;
use super::parquet_file::{MAX_PART_BYTES, PartWriter};
use super::run::{Run, RunFile, with_task};
use arrow::array::{Array, ArrayRef, AsArray, ListBuilder, StringBuilder, UInt32Array, new_null_array};
use arrow::compute::interleave;
use arrow::datatypes::{DataType, SchemaRef};
use arrow::error::ArrowError;
use arrow::record_batch::RecordBatch;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Runs open at once.
const FAN_IN: usize = 32;
/// Rows of a batch written.
const OUT_ROWS: usize = 1024;

/// What merging gave.
#[derive(Debug, Default)]
pub(super) struct Merged {
    pub(super) rows: u64,
    /// File names of the parts.
    pub(super) files: Vec<String>,
    /// Dropped rows per task.
    pub(super) duplicates: BTreeMap<u32, i64>,
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
    // What no run has: of merged runs it cannot be told any more.
    let mut empty: BTreeSet<usize> = (0..schema.fields().len()).collect();
    while runs.len() > FAN_IN {
        round += 1;
        let mut next = Vec::new();
        for (n, group) in runs.chunks(FAN_IN).enumerate() {
            let path = scratch.join(format!("merge-{round}-{n}.parquet"));
            let mut out = Out::single(path.clone(), schema.clone())?;
            let open = open_all(group, schema)?;
            if round == 1 {
                open.iter().for_each(|run| empty.retain(|column| !run.has_column(*column)));
            }
            merge_once(open, schema, &mut out, &mut merged.duplicates)?;
            out.finish()?;
            next.push(RunFile::of_merged(path));
            for run in group.iter().filter(|_| round > 1) {
                fs::remove_file(run.path()).map_err(StoreError::io("remove", run.path()))?;
            }
        }
        runs = next;
    }
    let open = open_all(&runs, schema)?;
    if round == 0 {
        open.iter().for_each(|run| empty.retain(|column| !run.has_column(*column)));
    }
    let mut out = Out::parts(folder.to_owned(), schema.clone(), empty)?;
    merge_once(open, schema, &mut out, &mut merged.duplicates)?;
    (merged.rows, merged.files) = out.finish()?;
    Ok(merged)
}

/// Where merged rows go: parts of a folder, or one scratch file.
struct Out {
    folder: Option<PathBuf>,
    schema: SchemaRef,
    /// Columns without a value.
    empty: BTreeSet<usize>,
    writer: PartWriter,
    files: Vec<String>,
    rows: u64,
}

impl Out {
    fn parts(folder: PathBuf, schema: SchemaRef, empty: BTreeSet<usize>) -> Result<Out, StoreError> {
        let first = "part-00001.parquet".to_owned();
        let writer = PartWriter::create_with_empty(&folder.join(&first), schema.clone(), &empty)?;
        Ok(Out { folder: Some(folder), schema, empty, writer, files: vec![first], rows: 0 })
    }

    fn single(path: PathBuf, schema: SchemaRef) -> Result<Out, StoreError> {
        let schema = with_task(&schema);
        let writer = PartWriter::create_run(&path, schema.clone())?;
        Ok(Out { folder: None, writer, schema, empty: BTreeSet::new(), files: Vec::new(), rows: 0 })
    }

    fn write(&mut self, batch: &RecordBatch) -> Result<(), StoreError> {
        if let Some(folder) = &self.folder
            && self.writer.size() > MAX_PART_BYTES - 64 * 1024 * 1024
        {
            let name = format!("part-{:05}.parquet", self.files.len() + 1);
            let next = PartWriter::create_with_empty(&folder.join(&name), self.schema.clone(), &self.empty)?;
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

/// A row chosen for the output, and the subscriptions of the repeated rows it replaces.
struct Chosen {
    batch: usize,
    row: usize,
    order: u32,
    seen_in: Option<BTreeSet<String>>,
}

fn open_all(files: &[RunFile], schema: &SchemaRef) -> Result<Vec<Run>, StoreError> {
    let batch_rows = (4_096 / files.len().max(1)).clamp(64, 1024);
    files.iter().map(|file| Run::open(file, schema, batch_rows)).collect()
}

fn merge_once(
    mut runs: Vec<Run>,
    schema: &SchemaRef,
    out: &mut Out,
    duplicates: &mut BTreeMap<u32, i64>,
) -> Result<(), StoreError> {
    let column = |name: &str| schema.index_of(name).expect("every table has the standard columns");
    let (fetched, seen) = (column("_fetched_at"), column("_seen_in"));
    let n_runs = runs.len();
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
            if pending.chosen.len() >= OUT_ROWS || pending.batches.len() >= 4 * n_runs.max(1) {
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
                if arrays.iter().all(|array| array.null_count() == array.len()) {
                    return Ok(new_null_array(schema.field(column).data_type(), indices.len()));
                }
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

#[cfg(test)]
mod tests {
    use super::super::run::without_empty;
    use super::*;
    use arrow::array::{StringArray, TimestampMicrosecondArray};
    use arrow::datatypes::{Field, Schema, TimeUnit};
    use arrow::util::pretty::pretty_format_batches;
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

    /// A run leaves out what it has no value of, and the table has every column all the same; beyond `FAN_IN` runs too.
    #[test]
    fn columns_that_some_runs_do_not_have() {
        check(&[&[("a", Some("x"), None)], &[("b", None, Some("y"))]], &["a|x||", "b||y|"]);
        check(&[&[("b", None, None)], &[("a", None, None), ("c", None, Some("z"))]], &["a|||", "b|||", "c||z|"]);
        // The second run is the later one.
        check(&[&[("a", Some("x"), None)], &[("a", None, None)]], &["a|||"]);
        let names: Vec<String> = (0..40).map(|n| format!("n{n:02}")).collect();
        let rows: Vec<[Row<'_>; 1]> = names.iter().map(|name| [(name.as_str(), None, None)]).collect();
        let runs: Vec<&[Row<'_>]> = rows.iter().map(|row| row.as_slice()).collect();
        let expected: Vec<String> = names.iter().map(|name| format!("{name}|||")).collect();
        check(&runs, &expected.iter().map(String::as_str).collect::<Vec<_>>());
    }

    /// An id and two columns.
    type Row<'a> = (&'a str, Option<&'a str>, Option<&'a str>);

    fn check(runs: &[&[Row<'_>]], expected: &[&str]) {
        let dir = tempfile::tempdir().unwrap();
        let item = Arc::new(Field::new("element", DataType::Utf8, true));
        let schema = Arc::new(Schema::new(vec![
            Field::new("id", DataType::Utf8, false),
            Field::new("one", DataType::Utf8, true),
            Field::new("two", DataType::Utf8, true),
            Field::new("never", DataType::Utf8, true),
            Field::new("_fetched_at", DataType::Timestamp(TimeUnit::Microsecond, None), true),
            Field::new("_seen_in", DataType::List(item.clone()), true),
        ]));
        let mut files = Vec::new();
        for (place, rows) in (0..).zip(runs) {
            let mut seen = ListBuilder::new(StringBuilder::new()).with_field(item.clone());
            rows.iter().for_each(|_| seen.append_value([Some("s")]));
            let text = |of: &dyn Fn(&Row<'_>) -> Option<String>| -> ArrayRef {
                Arc::new(rows.iter().map(of).collect::<StringArray>())
            };
            let batch = RecordBatch::try_new(
                schema.clone(),
                vec![
                    text(&|row| Some(row.0.to_owned())),
                    text(&|row| row.1.map(str::to_owned)),
                    text(&|row| row.2.map(str::to_owned)),
                    text(&|_| None),
                    Arc::new(rows.iter().map(|_| Some(1)).collect::<TimestampMicrosecondArray>()),
                    Arc::new(seen.finish()),
                ],
            )
            .unwrap();
            let held = without_empty(&batch).unwrap();
            assert!(held.schema().index_of("never").is_err());
            let path = dir.path().join(format!("run-{place}.parquet"));
            let mut writer = PartWriter::create_run(&path, held.schema()).unwrap();
            writer.write(&held).unwrap();
            writer.finish().unwrap();
            files.push(RunFile::of_one(path, place));
        }
        let merged = merge(files, &schema, dir.path(), dir.path()).unwrap();
        let part = fs::File::open(dir.path().join(&merged.files[0])).unwrap();
        let reader = ParquetRecordBatchReaderBuilder::try_new(part).unwrap().build().unwrap();
        let batches: Vec<RecordBatch> = reader.map(Result::unwrap).collect();
        assert_eq!(batches[0].num_columns(), schema.fields().len());
        let found: Vec<RecordBatch> = batches.iter().map(|batch| batch.project(&[0, 1, 2, 3]).unwrap()).collect();
        let table = pretty_format_batches(&found).unwrap().to_string().replace(' ', "");
        let rows: Vec<&str> =
            table.lines().skip(3).filter(|line| line.starts_with('|')).map(|line| &line[1..line.len() - 1]).collect();
        assert_eq!(rows, expected);
    }
}
