//! A snapshot in the making: `<name>.partial/`, locked by its process. Finished tasks come in as sorted runs plus a
//! line in the journal; sealing merges them and renames the folder, so that a reader never sees half a snapshot.

use super::error::StoreError;
use super::ledger::{self, LedgerRow};
use super::manifest::{Manifest, PopulationDifference, TableEntry, Totals};
use super::merge::{self, RunFile};
use super::parquet_file::PartWriter;
use super::{seal, snapshot};
use crate::catalog::Catalog;
use crate::columns::arrow_schema;
use arrow::record_batch::RecordBatch;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// The first line of the journal: what the run is, so that a resumed one asks the same.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq)]
pub struct JournalHead {
    /// `azsnap <version>` that began it.
    pub written_by: String,
    /// GUID of the tenant.
    pub tenant_id: String,
    /// What was asked.
    pub asked: Value,
    /// ISO 8601 start: the snapshot's time.
    pub started_at: String,
    /// Fingerprint of the specs that the runs are written by.
    #[serde(default)]
    pub catalog: String,
    /// Object id of the principal that began it, where one did: what was proven holds for it alone.
    #[serde(default)]
    pub principal: Option<String>,
}

/// A line of the journal: a finished task.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq)]
pub struct JournalEntry {
    /// Name of the task, the same in a resumed run.
    pub task: String,
    /// What came of it.
    pub ledger: Vec<LedgerRow>,
    /// Its runs per table, relative to the folder.
    pub runs: BTreeMap<String, Vec<String>>,
    /// The scope that repeated rows are counted against: kind and id.
    pub scope: (String, String),
    /// Anything the plan needs again when resumed (subscriptions found, proofs).
    #[serde(default)]
    pub found: Value,
}

/// A snapshot in the making.
#[derive(Debug)]
pub struct Partial {
    dir: PathBuf,
    target: PathBuf,
    _lock: File,
    journal: Mutex<File>,
}

/// A folder whose tables are written but that is not sealed yet: derived tables may be added.
#[derive(Debug)]
pub struct Unsealed {
    partial: Partial,
    manifest: Manifest,
}

const JOURNAL: &str = "journal.jsonl";
const LOCK: &str = "lock";

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
        let path = dir.join(JOURNAL);
        let file = OpenOptions::new().create_new(true).append(true).open(&path);
        let partial =
            Partial { journal: Mutex::new(file.map_err(StoreError::io("create", &path))?), dir, target, _lock: lock };
        partial.line(head)?;
        Ok(partial)
    }

    /// Opens an interrupted snapshot: its head and its finished tasks. What belongs to no finished task is removed.
    ///
    /// # Errors
    /// There is none, it is in use, or its journal cannot be read.
    pub fn reopen(dir: &Path) -> Result<(Partial, JournalHead, Vec<JournalEntry>), StoreError> {
        let lock = lock(dir)?;
        let path = dir.join(JOURNAL);
        let bad = |why: String| StoreError::BadFile { path: path.clone(), why };
        let file = File::open(&path).map_err(StoreError::io("open", &path))?;
        let mut lines = Vec::new();
        let mut whole = 0;
        let mut reader = BufReader::new(file);
        loop {
            let mut line = String::new();
            let n = reader.read_line(&mut line).map_err(StoreError::io("read", &path))?;
            // A line without its end was being written when the process died: its task is not finished.
            if n == 0 || !line.ends_with('\n') {
                break;
            }
            whole += n as u64;
            lines.push(line);
        }
        let mut lines = lines.into_iter();
        let head = lines.next().ok_or_else(|| bad("it is empty".to_owned()))?;
        let head: JournalHead = serde_json::from_str(&head).map_err(|error| bad(error.to_string()))?;
        let entries: Vec<JournalEntry> = lines
            .map(|line| serde_json::from_str(&line))
            .collect::<Result<_, _>>()
            .map_err(|error| bad(error.to_string()))?;
        let journal = OpenOptions::new().append(true).open(&path).map_err(StoreError::io("open", &path))?;
        journal.set_len(whole).map_err(StoreError::io("cut", &path))?;
        let target = dir.with_extension("");
        let partial = Partial { dir: dir.to_owned(), target, _lock: lock, journal: Mutex::new(journal) };
        partial.sweep(&entries)?;
        Ok((partial, head, entries))
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
        let sorted = merge::sort_by_id(batch).map_err(StoreError::arrow(&path))?;
        let unfinished = path.with_extension("tmp");
        let mut writer = PartWriter::create_run(&unfinished, batch.schema())?;
        writer.write(&sorted)?;
        writer.finish()?;
        fs::rename(&unfinished, &path).map_err(StoreError::io("rename", &unfinished))?;
        Ok(relative)
    }

    /// Writes down that a task is done.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn finish_task(&self, entry: &JournalEntry) -> Result<(), StoreError> {
        self.line(entry)
    }

    /// Writes down what was asked of a run that goes on.
    ///
    /// # Errors
    /// Line cannot be written.
    fn line(&self, value: &impl Serialize) -> Result<(), StoreError> {
        let path = self.dir.join(JOURNAL);
        let mut text = serde_json::to_string(value)
            .map_err(|error| StoreError::BadFile { path: path.clone(), why: error.to_string() })?;
        text.push('\n');
        let mut journal = self.journal.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        journal.write_all(text.as_bytes()).and_then(|()| journal.sync_data()).map_err(StoreError::io("write", &path))
    }

    /// Removes what an interrupted run left behind.
    fn sweep(&self, entries: &[JournalEntry]) -> Result<(), StoreError> {
        let known: BTreeSet<PathBuf> =
            entries.iter().flat_map(|entry| entry.runs.values().flatten()).map(|run| self.dir.join(run)).collect();
        for folder in ["tables", "derived"] {
            let folder = self.dir.join(folder);
            if folder.exists() {
                fs::remove_dir_all(&folder).map_err(StoreError::io("remove", &folder))?;
            }
        }
        for file in snapshot::files_below(&self.dir.join("runs"))? {
            if !known.contains(&file) {
                fs::remove_file(&file).map_err(StoreError::io("remove", &file))?;
            }
        }
        if let Some(gone) = known.iter().find(|run| !run.exists()) {
            return Err(StoreError::BadFile {
                path: gone.clone(),
                why: "the journal names it but it is gone".to_owned(),
            });
        }
        Ok(())
    }

    /// Merges the runs into `tables/`, one folder per table of the catalogue, and writes ledger and manifest.
    ///
    /// # Errors
    /// The disk refuses, or a run cannot be read.
    pub fn write_tables(
        self,
        catalog: &Catalog,
        entries: &[JournalEntry],
        mut ledger_rows: Vec<LedgerRow>,
        mut manifest: Manifest,
    ) -> Result<Unsealed, StoreError> {
        let mut runs: BTreeMap<&str, Vec<RunFile>> = BTreeMap::new();
        for (order, entry) in entries.iter().enumerate() {
            for (table, files) in &entry.runs {
                let found = files.iter().map(|file| RunFile { path: self.dir.join(file), order });
                runs.entry(table).or_default().extend(found);
            }
        }
        manifest.tables.clear();
        let mut duplicates: BTreeMap<(String, usize), i64> = BTreeMap::new();
        for table in catalog.names() {
            let spec = catalog
                .table(table)
                .map_err(|error| StoreError::BadFile { path: PathBuf::from(table), why: error.to_string() })?;
            let schema = arrow_schema(spec);
            let folder = self.dir.join("tables").join(table);
            let scratch = self.dir.join("runs").join(table);
            let merged = merge::merge(runs.remove(table).unwrap_or_default(), &schema, &folder, &scratch)?;
            for (order, n) in merged.duplicates {
                *duplicates.entry((table.to_owned(), order)).or_default() += n;
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
        for ((table, order), n) in duplicates {
            let (kind, id) = &entries[order].scope;
            let row = ledger_rows.iter_mut().find(|row| {
                row.table_name == table && row.scope_kind == *kind && row.scope_id == *id && row.parent_id.is_none()
            });
            if let Some(row) = row {
                row.duplicates += n;
            }
        }
        ledger::sort(&mut ledger_rows);
        manifest.totals = totals(&manifest.tables, &ledger_rows);
        ledger::write(&self.dir.join("ledger.parquet"), &ledger_rows)?;
        let unsealed = Unsealed { partial: self, manifest };
        unsealed.write_manifest()?;
        Ok(unsealed)
    }
}

fn totals(tables: &[TableEntry], ledger_rows: &[LedgerRow]) -> Totals {
    let sum = |get: &dyn Fn(&LedgerRow) -> i64| ledger_rows.iter().map(|row| get(row).max(0).unsigned_abs()).sum();
    Totals {
        rows: tables.iter().map(|table| table.rows).sum(),
        requests: sum(&|row| row.requests),
        retries: sum(&|row| row.retries),
        waited_ms: sum(&|row| row.waited_ms),
        bytes: sum(&|row| row.bytes),
    }
}

impl Unsealed {
    /// The folder, which reads like a snapshot.
    pub fn dir(&self) -> &Path {
        &self.partial.dir
    }

    /// Adds a derived table.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn add_derived(
        &mut self,
        name: &str,
        schema: arrow::datatypes::SchemaRef,
        batches: &[RecordBatch],
    ) -> Result<(), StoreError> {
        let file = format!("derived/{name}/part-00001.parquet");
        let mut writer = PartWriter::create(&self.partial.dir.join(&file), schema.clone())?;
        for batch in batches {
            writer.write(batch)?;
        }
        let rows = writer.finish()?;
        let entry =
            TableEntry { name: name.to_owned(), rows, files: vec![file], schema_hash: seal::schema_hash(&schema) };
        self.manifest.derived.retain(|table| table.name != name);
        self.manifest.derived.push(entry);
        self.write_manifest()
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
        drop(journal);
        for name in ["runs", JOURNAL, LOCK] {
            let path = dir.join(name);
            let removed = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
            if path.exists() {
                removed.map_err(StoreError::io("remove", &path))?;
            }
        }
        let digest = seal::write(&dir)?;
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
