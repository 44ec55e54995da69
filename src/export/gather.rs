//! Rows of many tasks on their way to disk: decoded rows, ledger rows and journal entries of finished tasks in, from
//! several threads; all of them out at once, as one group. A run for each small answer would cost more than its rows.

use super::{Context, ExportError};
use crate::columns::Sheaf;
use crate::store::{JournalEntry, JournalGroup, LedgerRow, StoreError};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError, RwLock};

/// Bytes of decoded JSON that make a group.
const GROUP_BYTES: usize = 32 * 1024 * 1024;
/// Rows of the ledger that make a group.
const GROUP_LEDGER_ROWS: usize = 20_000;

/// Holds what is not on disk yet.
pub(super) struct Gather {
    /// Read by whoever adds a task, written by whoever takes the group: of no task a part is taken.
    gate: RwLock<()>,
    /// Decoders for each call, once it has rows.
    sheaves: Vec<Mutex<Option<Sheaf<'static>>>>,
    finished: Mutex<Taken>,
    n_bytes: AtomicUsize,
    n_ledger_rows: AtomicUsize,
}

/// Finished tasks and what came of their calls.
#[derive(Default)]
struct Taken {
    tasks: Vec<JournalEntry>,
    ledger: Vec<LedgerRow>,
}

impl Gather {
    /// For so many calls.
    pub(super) fn new(n_calls: usize) -> Gather {
        Gather {
            gate: RwLock::default(),
            sheaves: (0..n_calls).map(|_| Mutex::default()).collect(),
            finished: Mutex::default(),
            n_bytes: AtomicUsize::default(),
            n_ledger_rows: AtomicUsize::default(),
        }
    }

    /// Adds a task whose rows, if it has any, are on disk.
    pub(super) fn add(&self, entry: JournalEntry, ledger: Vec<LedgerRow>) -> JournalEntry {
        let _inside = self.gate.read().unwrap_or_else(PoisonError::into_inner);
        let at = self.enter(entry);
        self.conclude(at, ledger)
    }

    /// Adds a task; `fill` is given the decoders of its call and its number, and gives its rows of the ledger.
    pub(super) fn add_rows(
        &self,
        context: &Context,
        call: usize,
        entry: JournalEntry,
        fill: impl FnOnce(&mut Sheaf<'static>, u32) -> Vec<LedgerRow>,
    ) -> Result<JournalEntry, ExportError> {
        let _inside = self.gate.read().unwrap_or_else(PoisonError::into_inner);
        let mut held = self.sheaves[call].lock().unwrap_or_else(PoisonError::into_inner);
        let sheaf = match held.take() {
            Some(sheaf) => held.insert(sheaf),
            None => held.insert(Sheaf::new(context.catalog, &context.calls[call].specs)?),
        };
        let before = sheaf.n_bytes();
        let at = self.enter(entry);
        let ledger = fill(sheaf, u32::try_from(at).unwrap_or(u32::MAX));
        self.n_bytes.fetch_add(sheaf.n_bytes() - before, Relaxed);
        drop(held);
        Ok(self.conclude(at, ledger))
    }

    fn enter(&self, entry: JournalEntry) -> usize {
        let mut finished = self.finished.lock().unwrap_or_else(PoisonError::into_inner);
        finished.tasks.push(entry);
        finished.tasks.len() - 1
    }

    fn conclude(&self, at: usize, ledger: Vec<LedgerRow>) -> JournalEntry {
        self.n_ledger_rows.fetch_add(ledger.len(), Relaxed);
        let empty = ledger.iter().all(|row| row.rows == 0 && row.status.is_knowledge());
        let mut finished = self.finished.lock().unwrap_or_else(PoisonError::into_inner);
        finished.ledger.extend(ledger);
        finished.tasks[at].empty = empty;
        finished.tasks[at].clone()
    }

    /// Whether there is enough to be written.
    pub(super) fn is_full(&self) -> bool {
        self.n_bytes.load(Relaxed) > GROUP_BYTES || self.n_ledger_rows.load(Relaxed) > GROUP_LEDGER_ROWS
    }

    /// Whether there is so much that nothing more should come before it is written.
    pub(super) fn is_overfull(&self) -> bool {
        self.n_bytes.load(Relaxed) > 2 * GROUP_BYTES || self.n_ledger_rows.load(Relaxed) > 2 * GROUP_LEDGER_ROWS
    }

    /// Whether nothing waits to be written.
    pub(super) fn is_empty(&self) -> bool {
        self.finished.lock().unwrap_or_else(PoisonError::into_inner).tasks.is_empty()
    }

    /// Writes everything that is held as group `n`; none if nothing is.
    pub(super) fn write(&self, context: &Context, n: usize) -> Result<Option<JournalGroup>, ExportError> {
        let mut tables = Vec::new();
        let taken = {
            let _alone = self.gate.write().unwrap_or_else(PoisonError::into_inner);
            let taken = std::mem::take(&mut *self.finished.lock().unwrap_or_else(PoisonError::into_inner));
            self.n_bytes.store(0, Relaxed);
            self.n_ledger_rows.store(0, Relaxed);
            let path = || PathBuf::from("a group of tasks");
            for held in &self.sheaves {
                // A task that ended in the middle of its rows must not pass for a finished one.
                let half = |_| StoreError::BadFile { path: path(), why: "a task ended half way".to_owned() };
                if let Some(sheaf) = held.lock().map_err(half)?.as_mut() {
                    let wrong = |source| StoreError::Arrow { path: path(), source };
                    tables.extend(sheaf.take_with_tasks().map_err(wrong)?);
                }
            }
            taken
        };
        let Taken { tasks, mut ledger } = taken;
        if tasks.is_empty() {
            return Ok(None);
        }
        let tables = tables.into_iter().map(|(spec, batch, tasks)| (spec.name.as_str(), batch, tasks)).collect();
        let group = JournalGroup { tasks, ..JournalGroup::default() };
        Ok(Some(context.partial.write_group(n, group, tables, &mut ledger)?))
    }
}
