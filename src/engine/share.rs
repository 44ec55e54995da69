//! Many queries over one snapshot: views that several of them read are worked out once, and several run side by side.
//!
//! The texts of queries in; tables in the place of views, and further connections, out. Answers stay the same: a snapshot
//! does not change while it is open.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZero;
use std::sync::{Arc, Mutex, PoisonError};

use duckdb::Connection;

use super::lexer::{Token, tokens};
use super::macros::{Relation, Wanted};
use super::{Engine, EngineError, InterruptHandle, Rows, quote_name};

/// The views of an engine, and which of them are tables by now.
#[derive(Default)]
pub(super) struct Shared {
    /// In the order in which they can be made.
    views: Vec<Relation>,
    held: Mutex<BTreeSet<String>>,
}

impl Shared {
    pub(super) fn of(wanted: &Wanted) -> Shared {
        Shared { views: wanted.relations(), held: Mutex::default() }
    }

    /// The views that the texts mention more than once, themselves or through other views.
    fn mentioned_often(&self, texts: &[&str]) -> Vec<&Relation> {
        let places: BTreeMap<&str, usize> =
            self.views.iter().enumerate().map(|(at, view)| (view.name.as_str(), at)).collect();
        let mut mentions = vec![0_usize; self.views.len()];
        let count = |text: &str, mentions: &mut [usize]| {
            for name in tokens(text).iter().filter_map(Token::name) {
                if let Some(at) = places.get(name.to_lowercase().as_str()) {
                    mentions[*at] += 1;
                }
            }
        };
        texts.iter().for_each(|text| count(text, &mut mentions));
        // A view comes after those that it stands on: from the end, all that mention one are seen before it.
        for at in (0..self.views.len()).rev() {
            if mentions[at] > 0 {
                count(&self.views[at].sql, &mut mentions);
            }
        }
        self.views.iter().zip(mentions).filter(|(_, n)| *n > 1).map(|(view, _)| view).collect()
    }
}

impl Engine {
    /// Works out once, as tables, what several of these queries read through views.
    ///
    /// Does nothing on an engine for cases, whose rows change. A view that cannot be worked out stays a view: perhaps nobody
    /// asks for the row or column that is wrong in it.
    ///
    /// # Errors
    /// It was interrupted.
    pub fn share(&self, texts: &[&str]) -> Result<(), EngineError> {
        if self.cases.is_some() {
            return Ok(());
        }
        let mut held = self.shared.held.lock().unwrap_or_else(PoisonError::into_inner);
        for view in self.shared.mentioned_often(texts) {
            if held.contains(&view.name) {
                continue;
            }
            let name = quote_name(&view.name);
            let sql = format!("BEGIN; DROP VIEW {name}; CREATE TABLE {name} AS\n{}\n; COMMIT;", view.sql);
            match self.execute_trusted(&sql) {
                Ok(()) => drop(held.insert(view.name.clone())),
                Err(error) => {
                    // There is nothing to roll back where it was stopped before it began.
                    let _ = self.lock().execute_batch("ROLLBACK");
                    if error.is_interrupted() {
                        return Err(error);
                    }
                    tracing::debug!(view = view.name, %error, "a view is not shared");
                }
            }
        }
        Ok(())
    }

    /// Gives a further connection to the same tables.
    pub(super) fn further(&self) -> Result<Connection, EngineError> {
        self.lock().try_clone().map_err(EngineError::setup("open a further connection"))
    }

    /// Gives an engine over the same tables and views with a connection of its own, for another thread. What stops this
    /// engine stops that one too.
    ///
    /// # Errors
    /// DuckDB gives no further connection.
    pub fn beside(&self) -> Result<Engine, EngineError> {
        self.with(self.further()?, self.interrupt.clone())
    }

    /// As [`Engine::beside`], but what stops this engine does not stop that one.
    ///
    /// # Errors
    /// DuckDB gives no further connection.
    pub fn apart(&self) -> Result<Engine, EngineError> {
        self.with(self.further()?, InterruptHandle::default())
    }

    fn with(&self, connection: Connection, interrupt: InterruptHandle) -> Result<Engine, EngineError> {
        Ok(Engine {
            line: interrupt.add(&connection),
            connection: Mutex::new(connection),
            gate: Arc::clone(&self.gate),
            interrupt,
            threads: self.threads,
            time: self.time,
            params: self.params.clone(),
            relations: self.relations.clone(),
            cases: None,
            shared: Arc::clone(&self.shared),
            pending: Arc::clone(&self.pending),
            _scratch: Arc::clone(&self._scratch),
        })
    }

    /// How many queries this engine should run at a time: one on an engine for cases, whose rows are its own.
    #[must_use]
    pub fn lanes(&self) -> usize {
        let cores = || std::thread::available_parallelism().map_or(1, NonZero::get);
        if self.cases.is_some() { 1 } else { self.threads.unwrap_or_else(cores) }
    }

    /// Runs a query that leaves every table as it is.
    ///
    /// # Errors
    /// As for [`Engine::query`]; also when it would change a table.
    pub fn query_reading(&self, sql: &str) -> Result<Rows, EngineError> {
        self.gate.admit_reading(sql)?;
        self.query(sql)
    }

    /// Runs one SELECT of our own as [`Engine::query_reading`] does, with a plan that is made once. Its columns must have
    /// different names.
    ///
    /// A prepared statement is planned when it is prepared and again when it runs; for the long texts of checks that is
    /// most of the time. So its answer is stored as a table and read from there.
    ///
    /// # Errors
    /// As for [`Engine::query_reading`].
    pub fn select(&self, sql: &str) -> Result<Rows, EngineError> {
        if self.cases.is_some() {
            return self.query_reading(sql);
        }
        let admitted = self.gate.admit_reading(sql)?;
        self.execute_trusted(&format!("CREATE OR REPLACE TEMP TABLE azsnap_answer AS\n{admitted}"))?;
        let mut batches = Vec::new();
        let schema = self.run("FROM azsnap_answer", &mut |batch| {
            batches.push(batch.clone());
            Ok(())
        })?;
        self.execute_trusted("DROP TABLE azsnap_answer")?;
        Ok(Rows { schema, batches })
    }
}
