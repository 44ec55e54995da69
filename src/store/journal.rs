//! The journal of a snapshot in the making: its head and its groups of finished tasks, a line each. Lines in and out;
//! knows nothing of what the files hold that it names.

use super::error::StoreError;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

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

/// A finished task.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq)]
pub struct JournalEntry {
    /// Name of the task, the same in a resumed run.
    pub task: String,
    /// Runs of its own per table, relative to the folder: those of a task with many rows.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub runs: BTreeMap<String, Vec<String>>,
    /// The scope that repeated rows are counted against: kind and id.
    pub scope: (String, String),
    /// Every list was read and none held anything.
    #[serde(default)]
    pub empty: bool,
    /// Anything the plan needs again when resumed (subscriptions found, proofs).
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub found: Value,
}

/// A line of the journal: finished tasks whose rows and ledger are on disk.
#[derive(Debug, Clone, Default, Serialize, Deserialize, PartialEq)]
pub struct JournalGroup {
    /// The tasks; a row of a shared run names its task by the place in this list. None in a line of an older build.
    #[serde(default)]
    pub tasks: Vec<JournalEntry>,
    /// The run that they share per table, relative to the folder.
    #[serde(default)]
    pub runs: BTreeMap<String, String>,
    /// What came of their calls, sorted by scope, relative to the folder.
    #[serde(default)]
    pub ledger: Option<String>,
}

/// An open journal.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    file: Mutex<File>,
}

impl Journal {
    /// Begins one.
    pub(super) fn create(path: &Path, head: &JournalHead) -> Result<Journal, StoreError> {
        let file = OpenOptions::new().create_new(true).append(true).open(path);
        let file = Mutex::new(file.map_err(StoreError::io("create", path))?);
        let journal = Journal { path: path.to_owned(), file };
        journal.line(head)?;
        Ok(journal)
    }

    /// Reads one and goes on with it, without a last line that was being written when the process died.
    pub(super) fn reopen(path: &Path) -> Result<(Journal, JournalHead, Vec<JournalGroup>), StoreError> {
        let bad = |why: String| StoreError::BadFile { path: path.to_owned(), why };
        let mut reader = BufReader::new(File::open(path).map_err(StoreError::io("open", path))?);
        let (mut head, mut groups, mut whole) = (None, Vec::new(), 0);
        loop {
            let mut line = String::new();
            let n = reader.read_line(&mut line).map_err(StoreError::io("read", path))?;
            if n == 0 || !line.ends_with('\n') {
                break;
            }
            whole += n as u64;
            if head.is_none() {
                head = Some(parse::<JournalHead>(&line).map_err(bad)?);
            } else {
                groups.push(parse::<JournalGroup>(&line).map_err(bad)?);
            }
        }
        let head = head.ok_or_else(|| bad("it is empty".to_owned()))?;
        let file = OpenOptions::new().append(true).open(path).map_err(StoreError::io("open", path))?;
        file.set_len(whole).map_err(StoreError::io("cut", path))?;
        Ok((Journal { path: path.to_owned(), file: Mutex::new(file) }, head, groups))
    }

    /// Adds a line and waits until it is on disk.
    pub(super) fn line(&self, value: &impl Serialize) -> Result<(), StoreError> {
        let path = &self.path;
        let mut text = serde_json::to_string(value)
            .map_err(|error| StoreError::BadFile { path: path.clone(), why: error.to_string() })?;
        text.push('\n');
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let whole = file.metadata().map_err(StoreError::io("read", path))?.len();
        let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_data());
        if written.is_err() {
            // A line that is not whole, or not sure to be on disk, must not become part of the next one.
            let _ = file.set_len(whole);
        }
        written.map_err(StoreError::io("write", path))
    }
}

fn parse<T: DeserializeOwned>(line: &str) -> Result<T, String> {
    serde_json::from_str(line).map_err(|error| error.to_string())
}
