//! SQL over the made-up tenant: `tests/slt/*.slt` in the form of sqllogictest, and what the lock refuses.

use crate::support::{files_below, root};
use azsnap::engine::{Engine, EngineOptions};
use azsnap::import;
use azsnap::store::Snapshot;
use sqllogictest::{DB, DBOutput, DefaultColumnType, Runner};
use std::path::PathBuf;
use std::sync::Arc;

struct Sql(Arc<Engine>);

#[derive(Debug)]
struct Failed(String);

impl std::fmt::Display for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Failed {}

impl DB for Sql {
    type Error = Failed;
    type ColumnType = DefaultColumnType;

    fn run(&mut self, sql: &str) -> Result<DBOutput<DefaultColumnType>, Failed> {
        let rows = self.0.query(sql).map_err(|error| Failed(error.to_string()))?;
        let names: Vec<String> = rows.schema.fields().iter().map(|field| field.name().clone()).collect();
        let columns: Vec<Vec<Option<String>>> = names.iter().map(|name| rows.strings(name)).collect();
        let text = |cell: &Option<String>| match cell {
            None => "NULL".to_owned(),
            Some(text) if text.is_empty() => "(empty)".to_owned(),
            Some(text) => text.clone(),
        };
        let lines = (0..rows.len()).map(|at| columns.iter().map(|column| text(&column[at])).collect()).collect();
        Ok(DBOutput::Rows { types: vec![DefaultColumnType::Text; names.len()], rows: lines })
    }
}

/// Imports a date of the made-up tenant.
pub fn sample(date: &str) -> (tempfile::TempDir, Snapshot) {
    let dir = tempfile::tempdir().unwrap();
    let at = chrono::NaiveDateTime::parse_from_str(&format!("{date}T06:00:00"), "%Y-%m-%dT%H:%M:%S").unwrap();
    let options = import::Options {
        source: root().join("samples/contoso").join(date),
        archive: dir.path().to_owned(),
        at,
        tenant: None,
        assume_empty: false,
    };
    let (folder, _): (PathBuf, String) = import::run(&options).unwrap().unsealed.seal().unwrap();
    (dir, Snapshot::open(&folder).unwrap())
}

#[test]
fn statements() {
    let (_dir, snapshot) = sample("2026-10-01");
    let engine = Arc::new(Engine::open(&snapshot, &EngineOptions::default()).unwrap());
    for file in files_below(&root().join("tests/slt")) {
        let shared = engine.clone();
        let mut runner = Runner::new(move || {
            let engine = shared.clone();
            async move { Ok(Sql(engine)) }
        });
        runner.run_file(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    }
}
