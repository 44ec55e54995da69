//! A snapshot in the making: `<name>.partial/`, locked by its process. Finished tasks come in as sorted runs plus a
//! line in the journal; sealing merges them and renames the folder, so that a reader never sees half a snapshot.

use super::error::StoreError;
use super::journal::{Journal, JournalGroup, JournalHead};
use super::ledger::{self, LedgerRow};
use super::ledger_sort::{self, Sorter};
use super::manifest::{Manifest, PopulationDifference, TableEntry, Totals};
use super::merge;
use super::parquet_file::PartWriter;
use super::written::{self, Written};
use super::{inherit, run, seal, snapshot};
use crate::catalog::Catalog;
use crate::columns::arrow_schema;
use arrow::record_batch::RecordBatch;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};

/// A snapshot in the making.
#[derive(Debug)]
pub struct Partial {
    dir: PathBuf,
    target: PathBuf,
    _lock: File,
    journal: Journal,
}

/// A folder whose tables are written but that is not sealed yet: derived tables may be added.
#[derive(Debug)]
pub struct Unsealed {
    partial: Partial,
    manifest: Manifest,
    unread: usize,
}

/// Column of a shared run: the place of a row's task in its group.
pub const TASK_COLUMN: &str = "_task";

/// Where runs are, and what else need not last.
const RUNS: &str = "runs";
/// Where parts of the ledger lie among the runs.
const LEDGER: &str = "ledger";
const JOURNAL: &str = "journal.jsonl";
const LOCK: &str = "lock";
/// What a sealed folder does not hold, in the order in which it goes: without a journal nobody takes the folder for a run
/// that lacks some of its files.
const NOT_KEPT: [&str; 3] = [JOURNAL, RUNS, LOCK];

impl Partial {
    /// Begins a snapshot.
    ///
    /// # Errors
    /// It exists already, is in use, or the disk refuses.
    pub fn create(archive: &Path, name: &str, head: &JournalHead) -> Result<Partial, StoreError> {
        let (target, dir) = folders(archive, &head.tenant_id, name);
        for there in [&target, &dir] {
            if there.exists() {
                return Err(StoreError::Exists { name: name.to_owned(), path: there.clone() });
            }
        }
        fs::create_dir_all(&dir).map_err(StoreError::io("make the folder", &dir))?;
        let lock = lock(&dir)?;
        let journal = Journal::create(&dir.join(JOURNAL), head)?;
        Ok(Partial { journal, dir, target, _lock: lock })
    }

    /// Opens an interrupted snapshot: its head and its finished tasks. What belongs to no finished task is removed.
    ///
    /// # Errors
    /// There is none, it is in use, or its journal cannot be read.
    pub fn reopen(dir: &Path) -> Result<(Partial, JournalHead, Vec<JournalGroup>), StoreError> {
        let lock = lock(dir)?;
        let (journal, head, groups) = Journal::reopen(&dir.join(JOURNAL))?;
        let partial = Partial { dir: dir.to_owned(), target: dir.with_extension(""), _lock: lock, journal };
        partial.sweep(&groups)?;
        Ok((partial, head, groups))
    }

    /// The folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Name of the snapshot.
    pub fn name(&self) -> String {
        let last = self.target.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        last.trim_start_matches("snapshot=").to_owned()
    }

    /// Writes one sorted run of a task: sorted by id, synced, renamed. Gives its path relative to the folder.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn write_run(&self, table: &str, task: &str, n: usize, batch: &RecordBatch) -> Result<String, StoreError> {
        let relative = format!("runs/{table}/{task}-{n:05}.parquet");
        let path = self.dir.join(&relative);
        let held = run::without_empty(batch).and_then(|batch| run::sort_by_id(&batch));
        let sorted = held.map_err(StoreError::arrow(&path))?;
        let unfinished = path.with_extension("tmp");
        let mut writer = PartWriter::create_run(&unfinished, sorted.schema())?;
        writer.write(&sorted)?;
        writer.finish()?;
        fs::rename(&unfinished, &path).map_err(StoreError::io("rename", &unfinished))?;
        Ok(relative)
    }

    /// Writes down that tasks are done: for each table the rows that they read, with the place of each row's task in
    /// `group.tasks`, and what came of their calls. `n` is the group's number in the journal.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn write_group(
        &self,
        n: usize,
        mut group: JournalGroup,
        tables: Vec<(&str, RecordBatch, Vec<u32>)>,
        ledger: &mut [LedgerRow],
    ) -> Result<JournalGroup, StoreError> {
        let mut by_key: Vec<u32> = (0..).zip(&group.tasks).map(|(at, _)| at).collect();
        by_key.sort_by_cached_key(|at| (written::key_of(&group.tasks[*at as usize].task), *at));
        let mut ranks = vec![0_u32; by_key.len()];
        for (rank, at) in (0..).zip(by_key) {
            ranks[at as usize] = rank;
        }
        for (table, batch, tasks) in tables {
            let relative = format!("runs/{table}/group-{n:05}.parquet");
            let path = self.dir.join(&relative);
            let held = run::without_empty(&batch).and_then(|batch| run::sort_with_tasks(&batch, &tasks, &ranks));
            let sorted = held.map_err(StoreError::arrow(&path))?;
            let mut writer = PartWriter::create_run(&path, sorted.schema())?;
            writer.write(&sorted)?;
            writer.finish()?;
            group.runs.insert(table.to_owned(), relative);
        }
        if !ledger.is_empty() {
            let relative = format!("runs/{LEDGER}/group-{n:05}.parquet");
            ledger_sort::write_sorted(&self.dir.join(&relative), ledger, inherit::by_scope)?;
            group.ledger = Some(relative);
        }
        self.journal.line(&group)?;
        Ok(group)
    }

    /// What came of the calls of these groups, and other rows, sorted by scope as [`inherit::complete`] wants it.
    ///
    /// # Errors
    /// A file cannot be read or written.
    pub fn asked(
        &self,
        written: &Written,
        others: impl Iterator<Item = LedgerRow>,
    ) -> Result<Box<dyn Iterator<Item = Result<LedgerRow, StoreError>>>, StoreError> {
        let files = written.ledgers().map(|file| self.dir.join(file));
        let mut sorter = Sorter::new(&self.dir.join(RUNS).join(LEDGER), inherit::by_scope).with(files.collect());
        for row in others {
            sorter.push(row)?;
        }
        Ok(Box::new(sorter.sorted()?))
    }

    /// Removes what an interrupted run left behind.
    fn sweep(&self, groups: &[JournalGroup]) -> Result<(), StoreError> {
        let own = groups.iter().flat_map(|group| &group.tasks).flat_map(|entry| entry.runs.values().flatten());
        let shared = groups.iter().flat_map(|group| group.runs.values().chain(&group.ledger));
        let known: BTreeSet<PathBuf> = own.chain(shared).map(|run| self.dir.join(run)).collect();
        // Before anything goes: what was merged may be all that is left.
        if let Some(gone) = known.iter().find(|run| !run.exists()) {
            return Err(StoreError::BadFile {
                path: gone.clone(),
                why: "the journal names it but it is gone".to_owned(),
            });
        }
        for folder in ["tables", "derived"] {
            let folder = self.dir.join(folder);
            if folder.exists() {
                fs::remove_dir_all(&folder).map_err(StoreError::io("remove", &folder))?;
            }
        }
        for file in snapshot::files_below(&self.dir.join(RUNS))? {
            if !known.contains(&file) {
                fs::remove_file(&file).map_err(StoreError::io("remove", &file))?;
            }
        }
        Ok(())
    }

    /// Merges the runs into `tables/`, one folder per table of the catalogue, and writes ledger and manifest. `ledger`
    /// gives the rows of the ledger, in any order.
    ///
    /// # Errors
    /// The disk refuses, a run cannot be read, or what `ledger` says.
    pub fn write_tables<E: From<StoreError>>(
        self,
        catalog: &Catalog,
        written: &Written,
        mut manifest: Manifest,
        ledger: impl FnOnce(&Partial, &mut dyn FnMut(LedgerRow) -> Result<(), StoreError>) -> Result<(), E>,
    ) -> Result<Unsealed, E> {
        let (mut runs, scopes) = written.runs(&self.dir);
        manifest.tables.clear();
        let mut duplicates: BTreeMap<(String, String, String), i64> = BTreeMap::new();
        for table in catalog.names() {
            let spec = catalog
                .table(table)
                .map_err(|error| StoreError::BadFile { path: PathBuf::from(table), why: error.to_string() })?;
            let schema = arrow_schema(spec);
            let folder = self.dir.join("tables").join(table);
            let scratch = self.dir.join(RUNS).join(table);
            let merged = merge::merge(runs.remove(table).unwrap_or_default(), &schema, &folder, &scratch)?;
            for (at, n) in merged.duplicates {
                let (kind, id) = scopes[at as usize];
                *duplicates.entry((table.to_owned(), kind.clone(), id.clone())).or_default() += n;
            }
            let files = merged.files.iter().map(|file| format!("tables/{table}/{file}")).collect();
            let entry = TableEntry {
                name: table.to_owned(),
                rows: merged.rows,
                files,
                schema_hash: seal::schema_hash(&schema),
            };
            manifest.tables.push(entry);
        }
        let mut totals = Totals { rows: manifest.tables.iter().map(|table| table.rows).sum(), ..Totals::default() };
        let mut unread = 0;
        let mut sorter = Sorter::new(&self.dir.join(RUNS).join(format!("{LEDGER}-whole")), LedgerRow::compare);
        ledger(&self, &mut |mut row| {
            if row.parent_id.is_none()
                && let Some(n) =
                    duplicates.remove(&(row.table_name.clone(), row.scope_kind.clone(), row.scope_id.clone()))
            {
                row.duplicates += n;
            }
            count(&mut totals, &row);
            unread += usize::from(!row.status.is_knowledge() && row.code.as_deref() != Some("Deselected"));
            sorter.push(row)
        })?;
        manifest.totals = totals;
        ledger::write_all(&self.dir.join("ledger.parquet"), sorter.sorted()?)?;
        let unsealed = Unsealed { partial: self, manifest, unread };
        unsealed.write_manifest()?;
        Ok(unsealed)
    }
}

fn count(totals: &mut Totals, row: &LedgerRow) {
    let number = |n: i64| n.max(0).unsigned_abs();
    totals.requests += number(row.requests);
    totals.retries += number(row.retries);
    totals.waited_ms += number(row.waited_ms);
    totals.bytes += number(row.bytes);
}

impl Unsealed {
    /// The folder, which reads like a snapshot.
    pub fn dir(&self) -> &Path {
        &self.partial.dir
    }

    /// Rows of the ledger that are no knowledge, of what was meant.
    pub fn unread(&self) -> usize {
        self.unread
    }

    /// A folder for what need not last: it is gone once the snapshot is sealed.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn scratch(&self) -> Result<PathBuf, StoreError> {
        let folder = self.partial.dir.join(RUNS);
        fs::create_dir_all(&folder).map_err(StoreError::io("make the folder", &folder))?;
        Ok(folder)
    }

    /// Adds a derived table: `fill` hands over its rows, batch by batch.
    ///
    /// # Errors
    /// The disk refuses, or what `fill` says.
    pub fn add_derived<E: From<StoreError>>(
        &mut self,
        name: &str,
        schema: arrow::datatypes::SchemaRef,
        fill: impl FnOnce(&mut dyn FnMut(&RecordBatch) -> Result<(), StoreError>) -> Result<(), E>,
    ) -> Result<(), E> {
        let file = format!("derived/{name}/part-00001.parquet");
        // A table of an earlier try stays whole until this one is.
        let (path, unfinished) = (self.partial.dir.join(&file), self.scratch()?.join(format!("{name}.parquet")));
        let mut writer = PartWriter::create(&unfinished, schema.clone())?;
        fill(&mut |batch| writer.write(batch))?;
        let rows = writer.finish()?;
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(StoreError::io("make the folder", folder))?;
        }
        fs::rename(&unfinished, &path).map_err(StoreError::io("rename", &unfinished))?;
        let entry =
            TableEntry { name: name.to_owned(), rows, files: vec![file], schema_hash: seal::schema_hash(&schema) };
        self.manifest.derived.retain(|table| table.name != name);
        self.manifest.derived.push(entry);
        Ok(self.write_manifest()?)
    }

    /// Notes in the manifest where rows and counts differ.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn note_differences(&mut self, differences: Vec<PopulationDifference>) -> Result<(), StoreError> {
        self.manifest.population_differences = differences;
        self.write_manifest()
    }

    /// Removes the runs, writes SHA256SUMS and renames the folder. Gives the snapshot's folder and the seal.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn seal(self) -> Result<(PathBuf, String), StoreError> {
        let Partial { dir, target, _lock, journal } = self.partial;
        // The long part comes while the run can still be resumed.
        let digest = seal::write(&dir, &NOT_KEPT)?;
        drop(journal);
        for name in NOT_KEPT {
            let path = dir.join(name);
            let removed = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
            if path.exists() {
                removed.map_err(StoreError::io("remove", &path))?;
            }
        }
        fs::rename(&dir, &target).map_err(StoreError::io("rename", &dir))?;
        if let Some(parent) = target.parent() {
            // Makes the rename itself durable; where folders cannot be synced it is as durable as the system makes it.
            let _ = File::open(parent).and_then(|folder| folder.sync_all());
        }
        Ok((target, digest))
    }

    fn write_manifest(&self) -> Result<(), StoreError> {
        let path = self.partial.dir.join("manifest.json");
        let mut text = serde_json::to_string_pretty(&self.manifest)
            .map_err(|error| StoreError::BadFile { path: path.clone(), why: error.to_string() })?;
        text.push('\n');
        let mut file = File::create(&path).map_err(StoreError::io("create", &path))?;
        file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(StoreError::io("write", &path))
    }
}

/// The folder of a snapshot and the one it is made in.
fn folders(archive: &Path, tenant: &str, name: &str) -> (PathBuf, PathBuf) {
    let parent = archive.join(format!("tenant={tenant}"));
    (parent.join(format!("snapshot={name}")), parent.join(format!("snapshot={name}.partial")))
}

/// Takes the lock; the operating system drops it with the process, however that ends.
fn lock(dir: &Path) -> Result<File, StoreError> {
    let path = dir.join(LOCK);
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
    let file = file.map_err(StoreError::io("create", &path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::Locked { path: dir.to_owned() }),
        Err(TryLockError::Error(error)) => Err(StoreError::io("lock", &path)(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder whose runs went while it was sealed: opening it again takes nothing away.
    #[test]
    fn what_was_merged_outlives_its_runs() {
        let archive = tempfile::tempdir().unwrap();
        let head = JournalHead {
            written_by: "test".to_owned(),
            tenant_id: "t".to_owned(),
            asked: serde_json::Value::Null,
            started_at: "2026-10-01T00:00:00Z".to_owned(),
            catalog: String::new(),
            principal: None,
        };
        let partial = Partial::create(archive.path(), "20261001T000000Z", &head).unwrap();
        let (dir, merged) = (partial.dir().to_owned(), partial.dir().join("tables/azure_vm/part-00001.parquet"));
        drop(partial);
        let mut journal = fs::OpenOptions::new().append(true).open(dir.join(JOURNAL)).unwrap();
        journal.write_all(b"{\"tasks\":[],\"runs\":{\"azure_vm\":\"runs/azure_vm/gone.parquet\"}}\n").unwrap();
        fs::create_dir_all(merged.parent().unwrap()).unwrap();
        fs::write(&merged, "rows").unwrap();
        let said = Partial::reopen(&dir).err().unwrap().to_string();
        assert!(said.contains("gone") && merged.exists(), "{said}");
        // The journal is the first to go.
        fs::remove_file(dir.join(JOURNAL)).unwrap();
        let said = Partial::reopen(&dir).err().unwrap().to_string();
        assert!(said.contains(JOURNAL) && merged.exists(), "{said}");
    }
}
