//! Tables and views that are made when a statement first names them: making a view over a Parquet file takes DuckDB some
//! milliseconds, and a statement names few of the hundreds.
//!
//! The text of a statement in, views on the connection out. What a statement names without spelling it out is made too:
//! where DuckDB misses a table, everything is made and the statement runs again.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use duckdb::Connection;

use super::classify::Gate;
use super::macros::{self, EXPOSED, EXPOSURE, Wanted};
use super::{Engine, EngineError, lexer, views};
use crate::store::Snapshot;

/// How many are made in one go when all are, so that a statement need not wait for the last.
const STEP: usize = 8;

/// What is not made yet.
pub(super) struct Pending {
    snapshot: Snapshot,
    wanted: Wanted,
    left: BTreeSet<String>,
}

impl Pending {
    pub(super) fn new(snapshot: &Snapshot, wanted: Wanted) -> Pending {
        let left = wanted.names();
        Pending { snapshot: snapshot.clone(), wanted, left }
    }

    pub(super) fn wanted(&self) -> &Wanted {
        &self.wanted
    }

    #[cfg(test)]
    pub(super) fn left(&self) -> &BTreeSet<String> {
        &self.left
    }

    /// What of the names is still to be made, with all that it stands on.
    fn missing(&self, names: &BTreeSet<String>) -> BTreeSet<String> {
        let mut all = names.clone();
        for view in self.wanted.views.iter().rev().filter(|view| self.left.contains(&view.name)) {
            if all.contains(&view.name) {
                all.extend(view.tables.iter().cloned());
                // Views do not list data files.
                all.extend(self.wanted.data.iter().map(|file| &file.view).filter(|name| view.mentions(name)).cloned());
            }
        }
        all.retain(|name| self.left.contains(name));
        all
    }

    pub(super) fn make(
        &mut self,
        connection: &Connection,
        gate: &Gate,
        names: &BTreeSet<String>,
    ) -> Result<(), EngineError> {
        let names = self.missing(names);
        let tables = names.iter().filter(|name| self.wanted.tables.contains(*name) || *name == views::LEDGER);
        views::create(connection, "main", &self.snapshot, tables)?;
        macros::define_data(connection, self.wanted.data.iter().filter(|file| names.contains(&file.view)))?;
        macros::define_views(connection, gate, self.wanted.views.iter().filter(|view| names.contains(&view.name)))?;
        self.left.retain(|name| !names.contains(name));
        Ok(())
    }

    /// What a statement names of what is left: in code, in quotes, or in a text that a function may take for a name.
    fn named(&self, sql: &str) -> BTreeSet<String> {
        let words: BTreeSet<String> =
            sql.split(|c: char| !c.is_alphanumeric() && c != '_').map(str::to_lowercase).collect();
        let mut names: BTreeSet<String> =
            self.left.iter().filter(|name| words.contains(&name.to_lowercase())).cloned().collect();
        if words.contains(EXPOSED) {
            names.insert(EXPOSURE.to_owned());
        }
        if lists_tables(sql, &words, names.is_empty()) { self.left.clone() } else { names }
    }
}

/// Whether a statement asks for what tables there are.
fn lists_tables(sql: &str, words: &BTreeSet<String>, names_none: bool) -> bool {
    let first = lexer::statements(sql).first().map(|statement| statement.code[0].text.to_lowercase());
    let shows = first.is_some_and(|word| ["show", "describe", "desc", "pragma", "use"].contains(&word.as_str()));
    let catalogs = ["duckdb_columns", "duckdb_tables", "duckdb_views", "information_schema", "pg_", "sqlite_"];
    (shows && names_none) || words.iter().any(|word| catalogs.iter().any(|prefix| word.starts_with(prefix)))
}

impl Engine {
    /// Makes what a statement names.
    pub(super) fn ensure(&self, sql: &str) -> Result<(), EngineError> {
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        let names = pending.as_ref().map(|pending| pending.named(sql)).unwrap_or_default();
        match pending.as_mut().filter(|_| !names.is_empty()) {
            Some(pending) => pending.make(&self.lock(), &self.gate, &names),
            None => Ok(()),
        }
    }

    /// Makes a few of the tables and views that no statement named so far; gives how many are left.
    ///
    /// # Errors
    /// A table cannot be read, or a view is wrong.
    pub fn make_some(&self) -> Result<usize, EngineError> {
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(pending) = pending.as_mut() else { return Ok(0) };
        let names: BTreeSet<String> = pending.left.iter().take(STEP).cloned().collect();
        pending.make(&self.lock(), &self.gate, &names)?;
        Ok(pending.left.len())
    }

    /// Makes all that is left; tells whether anything was.
    pub(super) fn make_all(&self) -> Result<bool, EngineError> {
        let left = self
            .pending
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .as_ref()
            .map_or(0, |pending| pending.left.len());
        while left > 0 && self.make_some()? > 0 {}
        Ok(left > 0)
    }
}

/// Where an engine, and those beside it, keep what is not made yet.
pub(super) type Later = Arc<Mutex<Option<Pending>>>;
