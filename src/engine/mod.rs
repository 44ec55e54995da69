//! DuckDB over one or more snapshots: typed views, the clock and parameter macros, lock-down, classification, interrupt.
//!
//! Snapshots and SQL in, Arrow batches out. It must never write into a snapshot, open a socket, load an extension or run
//! SQL of a user that has not passed `classify`.

mod archive;
mod cases;
mod classify;
pub mod data;
pub mod derive;
mod error;
mod export;
#[cfg(test)]
mod exposure_tests;
pub mod finish;
mod interrupt;
#[cfg(test)]
mod lane_tests;
mod lazy;
pub mod lexer;
mod lockdown;
mod macros;
pub mod params;
pub mod population;
mod rows;
mod rules;
mod share;
#[cfg(test)]
mod tests;
mod views;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use chrono::NaiveDateTime;
use duckdb::{Connection, Statement};

use crate::catalog::{Catalog, near_names};
use crate::store::Snapshot;

use error::{message, missing_table};
use interrupt::Line;
use lazy::Pending;
use macros::Wanted;

pub use error::EngineError;
pub use interrupt::InterruptHandle;
pub use rows::Rows;

/// Says how an engine is to be set up.
#[derive(Debug, Clone, Default)]
pub struct EngineOptions {
    /// Folder into which `COPY ... TO` may write; none means that it may not.
    pub export_dir: Option<PathBuf>,
    /// Folder of the user's own views, parameters and data files, in the form of `queries/`.
    pub user_queries: Option<PathBuf>,
    /// Parameters to override, as text.
    pub params: BTreeMap<String, String>,
    /// Threads that DuckDB may use; none leaves it to DuckDB.
    pub threads: Option<usize>,
    /// Memory that DuckDB may use before it goes to disk, in MiB, if its own limit (a part of the machine's memory) is not
    /// lower; none leaves it to DuckDB.
    pub memory_mebibytes: Option<u64>,
    /// Folder in which DuckDB makes its own for what memory does not hold; none means the system's.
    pub scratch: Option<PathBuf>,
    /// Tables and bundled views to make; none means all.
    pub tables: Option<BTreeSet<String>>,
    /// Whether a table or view of [`Engine::open`] is made when a statement first names it. For a few statements of a
    /// person; what runs hundreds names nearly all.
    pub lazy: bool,
}

/// DuckDB in memory, set up over snapshots.
pub struct Engine {
    // Order matters: the connection closes before its spill folder goes.
    connection: Mutex<Connection>,
    gate: Arc<classify::Gate>,
    interrupt: InterruptHandle,
    line: Line,
    threads: Option<usize>,
    time: NaiveDateTime,
    params: BTreeMap<String, serde_json::Value>,
    relations: BTreeSet<String>,
    cases: Option<cases::Cases>,
    shared: Arc<share::Shared>,
    pending: lazy::Later,
    _scratch: Arc<tempfile::TempDir>,
}

/// Leaves out the dear steps of DuckDB's optimizer.
const LIGHT_PLANS: &str = "PRAGMA disable_optimizer;";

impl Engine {
    /// Opens a snapshot: its tables as views of the schema `main`, macros, bundled views; then locked.
    ///
    /// # Errors
    /// A table cannot be read, or a parameter, view or name in the options is wrong.
    pub fn open(snapshot: &Snapshot, options: &EngineOptions) -> Result<Engine, EngineError> {
        let mut engine = Engine::locked(&[snapshot], snapshot.time(), options)?;
        let wanted = Wanted::of(options)?;
        engine.shared = Arc::new(share::Shared::of(&wanted));
        engine.relations = wanted.names();
        macros::define(&engine.lock(), snapshot.time(), &engine.params)?;
        let mut pending = Pending::new(engine.further()?, snapshot, wanted);
        pending.open(&engine.gate, options.lazy)?;
        engine.pending = Arc::new(Mutex::new(options.lazy.then_some(pending)));
        Ok(engine)
    }

    /// Opens two snapshots: views in the schemas `old` and `new`, `snapshot_time()` that of the new one.
    ///
    /// # Errors
    /// As for [`Engine::open`].
    pub fn open_pair(old: &Snapshot, new: &Snapshot, options: &EngineOptions) -> Result<Engine, EngineError> {
        let mut engine = Engine::locked(&[old, new], new.time(), options)?;
        let wanted = Wanted::of(options)?;
        {
            let connection = engine.lock();
            let ledger = views::LEDGER.to_owned();
            for (schema, snapshot) in [("old", old), ("new", new)] {
                views::create_schema(&connection, schema)?;
                views::create(&connection, schema, snapshot, wanted.tables.iter().chain([&ledger]))?;
            }
            macros::define(&connection, new.time(), &engine.params)?;
        }
        engine.relations = wanted.tables;
        Ok(engine)
    }

    /// Opens several snapshots as one: views with the text columns `tenant` and `snapshot` in front.
    ///
    /// `snapshot_time()` is that of the newest.
    ///
    /// # Errors
    /// As for [`Engine::open`]; also when there is no snapshot at all.
    pub fn open_archive(snapshots: &[Snapshot], options: &EngineOptions) -> Result<Engine, EngineError> {
        let Some(time) = snapshots.iter().map(Snapshot::time).max() else {
            return Err(EngineError::Definition { what: "archive".to_owned(), why: "it holds no snapshot".to_owned() });
        };
        let mut engine = Engine::locked(&snapshots.iter().collect::<Vec<_>>(), time, options)?;
        let wanted = Wanted::of(options)?;
        {
            let connection = engine.lock();
            archive::create(&connection, snapshots, &wanted.tables)?;
            macros::define(&connection, time, &engine.params)?;
        }
        engine.relations = wanted.tables;
        Ok(engine)
    }

    /// Makes empty tables instead of views over files, for the cases of checks; not locked, since no file is involved.
    ///
    /// # Errors
    /// A spec, parameter, view or name in the options is wrong.
    pub fn for_cases(time: NaiveDateTime, options: &EngineOptions) -> Result<Engine, EngineError> {
        let mut engine = Engine::unlocked(time, options)?;
        let wanted = Wanted::of(options)?;
        let cases = {
            let connection = engine.lock();
            let cases = cases::Cases::create(&connection, &wanted.tables, options.user_queries.clone())?;
            macros::define(&connection, time, &engine.params)?;
            macros::define_graph(&connection, &wanted)?;
            wanted.data.iter().try_for_each(|file| macros::define_data(&connection, file))?;
            wanted.views.iter().try_for_each(|view| macros::define_view(&connection, &engine.gate, view))?;
            // A handful of rows needs no clever plan, and making one takes longer than the rest.
            connection.execute_batch(LIGHT_PLANS).map_err(EngineError::setup("choose plain plans"))?;
            cases
        };
        engine.cases = Some(cases);
        engine.relations = wanted.names();
        Ok(engine)
    }

    fn unlocked(time: NaiveDateTime, options: &EngineOptions) -> Result<Engine, EngineError> {
        // A handful of rows is read faster by one thread than handed out to several.
        let options = EngineOptions { threads: options.threads.or(Some(1)), ..options.clone() };
        Engine::build(time, &options, classify::Gate::new(None)?, &[])
    }

    fn locked(snapshots: &[&Snapshot], time: NaiveDateTime, options: &EngineOptions) -> Result<Engine, EngineError> {
        let folders =
            snapshots.iter().map(|snapshot| lockdown::real_folder(snapshot.dir())).collect::<Result<Vec<_>, _>>()?;
        let export = options.export_dir.as_deref().map(|dir| export::Target::new(dir, &folders)).transpose()?;
        let mut open = folders;
        open.extend(export.iter().map(|target| target.dir().to_owned()));
        Engine::build(time, options, classify::Gate::new(export)?, &open)
    }

    /// `open` names the folders DuckDB may read; none means that nothing is locked, as no file is involved.
    fn build(
        time: NaiveDateTime,
        options: &EngineOptions,
        gate: classify::Gate,
        open: &[PathBuf],
    ) -> Result<Engine, EngineError> {
        let place = options.scratch.clone().unwrap_or_else(std::env::temp_dir);
        let scratch = tempfile::Builder::new()
            .prefix("azsnap-")
            .tempdir_in(&place)
            .map_err(|source| EngineError::Io { what: "make a folder in", path: place, source })?;
        let connection = Connection::open_in_memory().map_err(EngineError::setup("start DuckDB"))?;
        lockdown::prepare(&connection, scratch.path(), options)?;
        if !open.is_empty() {
            lockdown::lock(&connection, open)?;
        }
        let interrupt = InterruptHandle::default();
        let line = interrupt.add(&connection);
        let params = params::values(options.user_queries.as_deref(), &options.params)?;
        Ok(Engine {
            connection: Mutex::new(connection),
            gate: Arc::new(gate),
            interrupt,
            line,
            threads: options.threads,
            time,
            params,
            relations: BTreeSet::new(),
            cases: None,
            shared: Arc::default(),
            pending: lazy::Later::default(),
            _scratch: Arc::new(scratch),
        })
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs exactly one statement and holds its result.
    ///
    /// # Errors
    /// It is refused, wrong, or was interrupted.
    pub fn query(&self, sql: &str) -> Result<Rows, EngineError> {
        let mut batches = Vec::new();
        let schema = self.stream(sql, &mut |batch| {
            batches.push(batch.clone());
            Ok(())
        })?;
        Ok(Rows { schema, batches })
    }

    /// Runs exactly one statement and hands over its rows batch by batch, as DuckDB makes them.
    ///
    /// The sink must not call this engine again: the connection is busy until the last batch.
    ///
    /// # Errors
    /// It is refused, wrong, or was interrupted; or the sink's error.
    pub fn stream(
        &self,
        sql: &str,
        sink: &mut dyn FnMut(&RecordBatch) -> Result<(), EngineError>,
    ) -> Result<SchemaRef, EngineError> {
        let admitted = self.gate.admit(sql)?;
        self.ensure(sql)?;
        match self.run(&admitted, sink) {
            // DuckDB's word for it is not relied on: where it has another, the user sees its error instead of an answer.
            Err(EngineError::Sql { message, near }) if missing_table(&message).is_some() => match self.make_all() {
                Ok(true) => self.run(&admitted, sink),
                _ => Err(EngineError::Sql { message, near }),
            },
            ended => ended,
        }
    }

    /// Runs SQL of our own, one or more statements, without classification and without a result.
    ///
    /// # Errors
    /// DuckDB's, or it was interrupted.
    pub fn execute_trusted(&self, sql: &str) -> Result<(), EngineError> {
        self.ensure(sql)?;
        self.heed()?;
        self.lock().execute_batch(sql).map_err(|error| self.failure(error))
    }

    fn run(
        &self,
        sql: &str,
        sink: &mut dyn FnMut(&RecordBatch) -> Result<(), EngineError>,
    ) -> Result<SchemaRef, EngineError> {
        self.heed()?;
        let connection = self.lock();
        // The cases of a check ask one thing over other rows; planning it takes longer than the rest.
        if self.cases.is_some() {
            let mut statement = connection.prepare_cached(sql).map_err(|error| self.failure(error))?;
            return self.read(&mut statement, sink);
        }
        let mut statement = connection.prepare(sql).map_err(|error| self.failure(error))?;
        self.read(&mut statement, sink)
    }

    /// Ends work of several statements where it was asked to stop between two of them.
    fn heed(&self) -> Result<(), EngineError> {
        if self.line.is_asked() && self.line.was_stopped() { Err(EngineError::Interrupted) } else { Ok(()) }
    }

    fn read(
        &self,
        statement: &mut Statement<'_>,
        sink: &mut dyn FnMut(&RecordBatch) -> Result<(), EngineError>,
    ) -> Result<SchemaRef, EngineError> {
        if statement.parameter_count() > 0 {
            return Err(EngineError::Refused("it has parameters, and no values come with it".to_owned()));
        }
        let stream = statement.stream_arrow([]).map_err(|error| self.failure(error))?;
        let schema = stream.get_schema();
        for batch in stream {
            sink(&batch.map_err(|error| self.failure(error))?)?;
        }
        Ok(schema)
    }

    fn failure(&self, error: duckdb::Error) -> EngineError {
        if self.line.was_stopped() {
            return EngineError::Interrupted;
        }
        let message = message(error);
        // DuckDB itself names the nearest of the tables that were made; the catalogue may know a nearer one.
        let mut near = match missing_table(&message) {
            Some(name) => near_names(
                name,
                Catalog::bundled().names().chain([views::LEDGER, views::RELATIONSHIP, views::POPULATION]),
            ),
            None => Vec::new(),
        };
        near.retain(|name| !message.contains(&format!("\"{name}\"")));
        EngineError::Sql { message, near }
    }

    /// Forgets what was asked before: a person begins something new.
    pub fn begin(&self) {
        self.line.begin();
    }

    /// Gives a handle that stops the running statement.
    #[must_use]
    pub fn interrupt(&self) -> InterruptHandle {
        self.interrupt.clone()
    }

    /// Gives the time that `snapshot_time()` tells, UTC.
    #[must_use]
    pub fn time(&self) -> NaiveDateTime {
        self.time
    }

    /// Gives the parameters in force, defaults included.
    #[must_use]
    pub fn params(&self) -> &BTreeMap<String, serde_json::Value> {
        &self.params
    }

    /// Gives the names of the tables, views and data files that a query may use.
    #[must_use]
    pub fn relations(&self) -> &BTreeSet<String> {
        &self.relations
    }
}

/// Quotes a name for SQL.
pub(crate) fn quote_name(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Quotes a text for SQL.
pub(crate) fn quote_text(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
