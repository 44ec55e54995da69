//! Sorts more rows of the ledger than memory should hold: rows in, in any order, the same rows sorted out. What is held
//! at once is one chunk while they come, and a few rows of each chunk while they go.

use super::error::StoreError;
use super::ledger::{self, LedgerRow};
use super::parquet_file::PartWriter;
use arrow::record_batch::RecordBatch;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use std::cmp::Ordering;
use std::collections::{BinaryHeap, VecDeque};
use std::fs::{self, File};
use std::path::{Path, PathBuf};

/// How rows are sorted.
pub(super) type Order = fn(&LedgerRow, &LedgerRow) -> Ordering;

/// Rows of a chunk.
const CHUNK_ROWS: usize = 20_000;
/// Chunks open at once.
const FAN_IN: usize = 64;
/// Rows read of a chunk at once.
const READ_ROWS: usize = 256;

/// Takes rows.
pub(super) struct Sorter {
    folder: PathBuf,
    order: Order,
    rows: Vec<LedgerRow>,
    files: Vec<PathBuf>,
}

impl Sorter {
    /// Sorts with chunks in `folder`, which nobody else may write to.
    pub(super) fn new(folder: &Path, order: Order) -> Sorter {
        Sorter { folder: folder.to_owned(), order, rows: Vec::new(), files: Vec::new() }
    }

    /// Takes in chunks that are sorted already.
    pub(super) fn with(mut self, files: Vec<PathBuf>) -> Sorter {
        self.files.extend(files);
        self
    }

    /// Adds a row.
    pub(super) fn push(&mut self, row: LedgerRow) -> Result<(), StoreError> {
        self.rows.push(row);
        if self.rows.len() >= CHUNK_ROWS {
            let path = self.folder.join(format!("chunk-{:05}.parquet", self.files.len()));
            write_sorted(&path, &mut self.rows, self.order)?;
            self.rows.clear();
            self.files.push(path);
        }
        Ok(())
    }

    /// All rows, sorted; those that are equal in the order in which they came.
    pub(super) fn sorted(mut self) -> Result<Sorted, StoreError> {
        self.rows.sort_by(self.order);
        let mut sorted = Sorted::open(self.files, &self.folder, self.order)?;
        sorted.add(Source { reader: None, rows: self.rows.into() })?;
        Ok(sorted)
    }
}

/// Writes a chunk.
pub(super) fn write_sorted(path: &Path, rows: &mut [LedgerRow], order: Order) -> Result<(), StoreError> {
    rows.sort_by(order);
    let mut writer = PartWriter::create_run(path, ledger::schema())?;
    for chunk in rows.chunks(4096) {
        writer.write(&ledger::batch(chunk).map_err(StoreError::arrow(path))?)?;
    }
    writer.finish().map(|_| ())
}

/// Gives rows, the smallest first.
pub(super) struct Sorted {
    sources: Vec<Source>,
    heads: BinaryHeap<Head>,
    order: Order,
}

/// Rows of one chunk, or of none: those in memory.
struct Source {
    reader: Option<(PathBuf, ParquetRecordBatchReader)>,
    rows: VecDeque<LedgerRow>,
}

struct Head {
    row: LedgerRow,
    source: usize,
    order: Order,
}

impl Sorted {
    /// Opens sorted chunks; too many of them are first merged into fewer, in `folder`.
    pub(super) fn open(mut files: Vec<PathBuf>, folder: &Path, order: Order) -> Result<Sorted, StoreError> {
        let mut round = 0;
        while files.len() > FAN_IN {
            round += 1;
            let mut next = Vec::new();
            for (n, chunk) in files.chunks(FAN_IN).enumerate() {
                let path = folder.join(format!("merged-{round}-{n}.parquet"));
                let mut writer = PartWriter::create_run(&path, ledger::schema())?;
                let mut sorted = Sorted::open(chunk.to_vec(), folder, order)?.peekable();
                while sorted.peek().is_some() {
                    let rows = sorted.by_ref().take(4096).collect::<Result<Vec<_>, _>>()?;
                    writer.write(&ledger::batch(&rows).map_err(StoreError::arrow(&path))?)?;
                }
                writer.finish()?;
                next.push(path);
                for file in chunk.iter().filter(|_| round > 1) {
                    fs::remove_file(file).map_err(StoreError::io("remove", file))?;
                }
            }
            files = next;
        }
        let mut sorted = Sorted { sources: Vec::new(), heads: BinaryHeap::new(), order };
        for path in files {
            let file = File::open(&path).map_err(StoreError::io("open", &path))?;
            let reader = ParquetRecordBatchReaderBuilder::try_new(file)
                .and_then(|builder| builder.with_batch_size(READ_ROWS).build())
                .map_err(StoreError::parquet("read", &path))?;
            sorted.add(Source { reader: Some((path, reader)), rows: VecDeque::new() })?;
        }
        Ok(sorted)
    }

    fn add(&mut self, mut source: Source) -> Result<(), StoreError> {
        if let Some(row) = source.next()? {
            self.heads.push(Head { row, source: self.sources.len(), order: self.order });
        }
        self.sources.push(source);
        Ok(())
    }
}

impl Iterator for Sorted {
    type Item = Result<LedgerRow, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        let Head { row, source, order } = self.heads.pop()?;
        match self.sources[source].next() {
            Ok(Some(row)) => self.heads.push(Head { row, source, order }),
            Ok(None) => {}
            Err(error) => return Some(Err(error)),
        }
        Some(Ok(row))
    }
}

impl Source {
    fn next(&mut self) -> Result<Option<LedgerRow>, StoreError> {
        while self.rows.is_empty() {
            let Some((path, reader)) = &mut self.reader else { return Ok(None) };
            let Some(batch) = reader.next() else { return Ok(None) };
            let batch: RecordBatch = batch.map_err(StoreError::arrow(path))?;
            let mut rows = Vec::with_capacity(batch.num_rows());
            ledger::read_batch(path, &batch, &mut rows)?;
            self.rows = rows.into();
        }
        Ok(self.rows.pop_front())
    }
}

impl Ord for Head {
    fn cmp(&self, other: &Head) -> Ordering {
        // Reversed: the heap gives the greatest first.
        (self.order)(&other.row, &self.row).then(other.source.cmp(&self.source))
    }
}

impl PartialOrd for Head {
    fn partial_cmp(&self, other: &Head) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Head {
    fn eq(&self, other: &Head) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Head {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_rows_come_out_sorted() {
        for n in [0_usize, 3, CHUNK_ROWS, 2 * CHUNK_ROWS + 17] {
            let dir = tempfile::tempdir().unwrap();
            let mut sorter = Sorter::new(dir.path(), LedgerRow::compare);
            let id = |at: usize| format!("{:08}", at.wrapping_mul(7_919) % 1_000_003);
            for at in 0..n {
                sorter.push(LedgerRow { rows: 1, ..LedgerRow::new("t", "subscription", &id(at)) }).unwrap();
            }
            let found: Vec<String> = sorter.sorted().unwrap().map(|row| row.unwrap().scope_id).collect();
            let mut expected: Vec<String> = (0..n).map(id).collect();
            expected.sort();
            assert_eq!(found, expected, "{n} rows");
        }
    }

    #[test]
    fn more_chunks_than_may_be_open() {
        let dir = tempfile::tempdir().unwrap();
        let files = (0..150).map(|n| {
            let path = dir.path().join(format!("{n}.parquet"));
            let mut rows: Vec<LedgerRow> =
                (0..3).map(|at| LedgerRow::new("t", "tenant", &format!("{at}-{n:03}"))).collect();
            write_sorted(&path, &mut rows, LedgerRow::compare).unwrap();
            path
        });
        let sorted = Sorted::open(files.collect(), dir.path(), LedgerRow::compare).unwrap();
        let found: Vec<String> = sorted.map(|row| row.unwrap().scope_id).collect();
        assert_eq!(found.len(), 450);
        assert!(found.is_sorted());
    }
}
