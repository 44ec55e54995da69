//! Tables and views that are made when a statement first names them: making a view over a Parquet file takes DuckDB some
//! milliseconds, and a statement names few of the hundreds.
//!
//! The text of a statement in, views of the schema `main` out, made on a connection of their own: what a user's connection
//! is in the middle of (a transaction, another schema, a Ctrl-C) does not touch them. What a statement names without
//! spelling it out is made too: where DuckDB misses a table, everything is made and the statement runs again.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use duckdb::Connection;

use super::classify::Gate;
use super::lexer::{Kind, Token, statements, tokens};
use super::macros::{self, EXPOSED, EXPOSURE, Wanted};
use super::{Engine, EngineError, views};
use crate::store::Snapshot;

/// Where an engine, and those beside it, keep what is not made yet; none where everything is made.
pub(super) type Later = Arc<Mutex<Option<Pending>>>;

/// What is not made yet.
pub(super) struct Pending {
    connection: Connection,
    snapshot: Snapshot,
    wanted: Wanted,
    left: BTreeSet<String>,
}

/// What a statement needs.
enum Needs {
    Named(BTreeSet<String>),
    All,
}

impl Pending {
    pub(super) fn new(connection: Connection, snapshot: &Snapshot, wanted: Wanted) -> Pending {
        let left = wanted.names();
        Pending { connection, snapshot: snapshot.clone(), wanted, left }
    }

    /// Makes everything, or only what an engine has from the start.
    pub(super) fn open(&mut self, gate: &Gate, lazy: bool) -> Result<(), EngineError> {
        // DuckDB looks for a macro's tables when it is made, and a view may use the macros on the edges.
        self.make(gate, &BTreeSet::from([views::RELATIONSHIP.to_owned()]))?;
        macros::define_graph(&self.connection, &self.wanted)?;
        let names = if lazy { self.wanted.own_views() } else { self.left.clone() };
        self.make(gate, &names)
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
                all.extend(self.named_in(&view.sql));
            }
        }
        all.retain(|name| self.left.contains(name));
        all
    }

    /// What a text of SQL names of what is left.
    fn named_in(&self, sql: &str) -> BTreeSet<String> {
        let words: BTreeSet<String> =
            tokens(sql).iter().filter_map(Token::name).map(|name| name.to_lowercase()).collect();
        self.of_words(&words)
    }

    fn of_words(&self, words: &BTreeSet<String>) -> BTreeSet<String> {
        let mut names: BTreeSet<String> =
            self.left.iter().filter(|name| words.contains(&name.to_lowercase())).cloned().collect();
        if words.contains(EXPOSED) && self.left.contains(EXPOSURE) {
            names.insert(EXPOSURE.to_owned());
        }
        names
    }

    /// Makes what of the names is left, and what that stands on. What is made stays made, also where something fails.
    fn make(&mut self, gate: &Gate, names: &BTreeSet<String>) -> Result<(), EngineError> {
        let names = self.missing(names);
        self.make_tables(&names)?;
        for file in self.wanted.data.iter().filter(|file| names.contains(&file.view)) {
            macros::define_data(&self.connection, file)?;
            self.left.remove(&file.view);
        }
        for view in self.wanted.views.iter().filter(|view| names.contains(&view.name)) {
            macros::define_view(&self.connection, gate, view)?;
            self.left.remove(&view.name);
        }
        Ok(())
    }

    fn make_tables(&mut self, names: &BTreeSet<String>) -> Result<(), EngineError> {
        let is_table = |name: &&String| self.wanted.tables.contains(*name) || *name == views::LEDGER;
        let tables: Vec<&String> = names.iter().filter(is_table).collect();
        views::create(&self.connection, "main", &self.snapshot, tables.iter().copied())?;
        self.left.retain(|name| !tables.contains(&name));
        Ok(())
    }

    /// Makes what a statement names. A name may stand in a text or a comment, and a view on a table that the user dropped
    /// cannot be made: what the statement needs, DuckDB says. A table that cannot be read is told here.
    fn make_named(&mut self, gate: &Gate, names: &BTreeSet<String>) -> Result<(), EngineError> {
        let ended = self.make(gate, names);
        let is_view = |error: &EngineError| matches!(error, EngineError::Definition { .. });
        match ended {
            Err(error) if is_view(&error) => {
                tracing::debug!(%error, "a view was not made");
                Ok(())
            }
            ended => ended,
        }
    }

    /// Makes all that is left. A view that cannot be made, such as one on a table that the user dropped, stays left.
    fn make_all(&mut self, gate: &Gate) -> Result<(), EngineError> {
        self.make_tables(&self.left.clone())?;
        for name in self.left.clone() {
            if let Err(error) = self.make(gate, &BTreeSet::from([name.clone()])) {
                tracing::debug!(view = name, %error, "a view was not made");
            }
        }
        Ok(())
    }

    /// What a statement needs: what it names in code, in quotes, or in a text that a function may take for a name.
    fn needs(&self, sql: &str) -> Needs {
        let words: BTreeSet<String> =
            sql.split(|c: char| !c.is_alphanumeric() && c != '_').map(str::to_lowercase).collect();
        if lists_tables(sql, &words) { Needs::All } else { Needs::Named(self.of_words(&words)) }
    }
}

/// Whether a statement asks what tables there are, or begins a transaction, which would not see what is made later.
fn lists_tables(sql: &str, words: &BTreeSet<String>) -> bool {
    let catalogs =
        ["duckdb_columns", "duckdb_tables", "duckdb_views", "information_schema", "pg_", "pragma_", "sqlite_"];
    let is_catalog = |word: &String| catalogs.iter().any(|prefix| word.starts_with(prefix));
    words.iter().any(is_catalog) || statements(sql).iter().any(|statement| asks_for_all(&statement.code))
}

fn asks_for_all(code: &[Token<'_>]) -> bool {
    let is = |token: &Token<'_>, words: &[&str]| words.iter().any(|word| token.is(word));
    code.iter().enumerate().any(|(at, token)| {
        // Where a statement, or the query in one, begins; elsewhere DESC is an order.
        let begins = code[..at].last().is_none_or(|before| {
            before.is_symbol("(")
                || is(before, &["AS", "ALL", "UNION", "EXCEPT", "INTERSECT", "EXPLAIN", "ANALYZE", "DISTINCT"])
        });
        // `DESCRIBE azure_vm` is about one table, `SHOW TABLES` and `(DESCRIBE)` are about all.
        let lists = ["TABLES", "ALL", "DATABASES", "SCHEMAS"];
        let next = code.get(at + 1).filter(|next| matches!(next.kind, Kind::Word | Kind::QuotedName));
        let about_one = next.and_then(Token::name).is_some_and(|name| !lists.contains(&name.to_uppercase().as_str()));
        begins && (is(token, &["PRAGMA", "BEGIN", "START"]) || is(token, &["SHOW", "DESCRIBE", "DESC"]) && !about_one)
    })
}

impl Engine {
    fn pending(&self) -> MutexGuard<'_, Option<Pending>> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes what a statement names.
    pub(super) fn ensure(&self, sql: &str) -> Result<(), EngineError> {
        let mut pending = self.pending();
        let Some(pending) = pending.as_mut().filter(|pending| !pending.left.is_empty()) else { return Ok(()) };
        match pending.needs(sql) {
            Needs::All => pending.make_all(&self.gate),
            Needs::Named(names) => pending.make_named(&self.gate, &names),
        }
    }

    /// Makes the first of the tables and views behind `last` that no statement named so far, with what it stands on, if it
    /// can be made; gives its name, none after the last.
    pub fn make_one(&self, last: &str) -> Option<String> {
        let mut pending = self.pending();
        let pending = pending.as_mut()?;
        let name = pending.left.iter().find(|name| name.as_str() > last)?.clone();
        if let Err(error) = pending.make(&self.gate, &BTreeSet::from([name.clone()])) {
            tracing::debug!(name, %error, "was not made");
        }
        Some(name)
    }

    /// Makes all that is left; tells whether something was made.
    pub(super) fn make_all(&self) -> Result<bool, EngineError> {
        let mut pending = self.pending();
        let Some(pending) = pending.as_mut() else { return Ok(false) };
        let before = pending.left.len();
        pending.make_all(&self.gate)?;
        Ok(pending.left.len() < before)
    }
}
