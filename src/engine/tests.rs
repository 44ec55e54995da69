//! The engine over made-up snapshots: views, gaps, macros, edges, and every way out of the lock that we know of.

mod allowed;
mod answers;
mod case_tables;
mod edges;
mod snapshots;
mod ways_out;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use chrono::{NaiveDate, NaiveDateTime};
use duckdb::Connection;
use serde_json::Value;

use super::*;
use crate::store::{LedgerRow, Manifest, Status, TableEntry, ledger, manifest::Totals};

const TENANT: &str = "99999999-9999-4999-8999-999999999999";
const SUB: &str = "11111111-1111-4111-8111-111111111111";

/// A snapshot folder in a folder of its own.
pub(super) struct Fixture {
    root: tempfile::TempDir,
    pub(super) snapshot: Snapshot,
}

impl Fixture {
    pub(super) fn root(&self) -> PathBuf {
        self.root.path().canonicalize().unwrap()
    }

    fn export(&self) -> PathBuf {
        let dir = self.root().join("export");
        fs::create_dir_all(&dir).unwrap();
        dir
    }
}

fn at(day: u32) -> NaiveDateTime {
    NaiveDate::from_ymd_opt(2026, 10, day).unwrap().and_hms_opt(0, 0, 0).unwrap()
}

/// Writes a table by a SELECT of DuckDB's.
fn parquet(path: &Path, select: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let sql = format!("COPY ({select}) TO {} (FORMAT parquet)", quote_text(path.to_str().unwrap()));
    Connection::open_in_memory().unwrap().execute_batch(&sql).unwrap();
}

/// `tables` holds table and SELECT; a SELECT that begins with `+` gives own columns and is filled up to the catalogue's.
pub(super) fn fixture(day: u32, tables: &[(&str, &str)], statuses: &[(&str, Status)]) -> Fixture {
    let root = tempfile::tempdir().unwrap();
    let dir = root.path().join("snapshot");
    let mut entries = Vec::new();
    for (table, select) in tables {
        let file = format!("tables/{table}/part-00001.parquet");
        let select = match select.strip_prefix('+') {
            None => (*select).to_owned(),
            Some(own) => {
                let columns = views::columns_of(table).unwrap();
                let typed: Vec<String> =
                    columns.iter().map(|(name, kind)| format!("NULL::{kind} AS {}", quote_name(name))).collect();
                format!("SELECT {} WHERE FALSE UNION ALL BY NAME {own}", typed.join(", "))
            }
        };
        parquet(&dir.join(&file), &select);
        entries.push(TableEntry { name: (*table).to_owned(), rows: 0, files: vec![file], schema_hash: String::new() });
    }
    let rows: Vec<LedgerRow> = statuses
        .iter()
        .map(|(table, status)| LedgerRow { status: *status, ..LedgerRow::new(table, "subscription", SUB) })
        .collect();
    fs::create_dir_all(&dir).unwrap();
    ledger::write(&dir.join("ledger.parquet"), &rows).unwrap();
    let manifest = Manifest {
        format_version: 1,
        written_by: "test".to_owned(),
        tenant_id: TENANT.to_owned(),
        snapshot: format!("202610{day:02}T000000Z"),
        source: "import".to_owned(),
        asked: Value::Null,
        principal: None,
        started_at: at(day),
        finished_at: at(day),
        clock_offset_seconds: None,
        resumed_at: Vec::new(),
        tables: entries,
        derived: Vec::new(),
        row_hash_recipe: String::new(),
        totals: Totals::default(),
        params: BTreeMap::new(),
        sources: Vec::new(),
        assumed_tables: Vec::new(),
        pruning: None,
        resource_counts: Default::default(),
        population_differences: Vec::new(),
        proven_subscriptions: Vec::new(),
        account_name: None,
        description: None,
    };
    fs::write(dir.join("manifest.json"), serde_json::to_string(&manifest).unwrap()).unwrap();
    let snapshot = Snapshot::open(&dir).unwrap();
    Fixture { root, snapshot }
}

const VMS: &str = "+SELECT '/subscriptions/s/vm1' AS id, 'vm1' AS name, ['/nics/1', '/NICS/2'] AS network_profile_network_interfaces_id, \
                   '{\"a\": 1}'::JSON AS _raw, MAP {'env': 'prod'} AS tags \
                   UNION ALL BY NAME SELECT '/subscriptions/s/vm2' AS id, 'vm2' AS name";

fn vm_fixture() -> Fixture {
    fixture(1, &[("azure_vm", VMS)], &[("azure_vm", Status::Ok)])
}

fn only(tables: &[&str]) -> EngineOptions {
    let tables = Some(tables.iter().map(|table| (*table).to_owned()).collect());
    EngineOptions { tables, threads: Some(2), ..EngineOptions::default() }
}

/// The result as one text: rows by line feed, cells by bar.
fn text(engine: &Engine, sql: &str) -> String {
    let rows = engine.query(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    let columns: Vec<Vec<Option<String>>> =
        rows.schema.fields().iter().map(|field| rows.strings(field.name())).collect();
    let row = |at: usize| {
        columns.iter().map(|column| column[at].clone().unwrap_or("NULL".to_owned())).collect::<Vec<_>>().join("|")
    };
    (0..rows.len()).map(row).collect::<Vec<_>>().join("\n")
}

fn check(engine: &Engine, cases: &[(&str, &str)]) {
    for (sql, expected) in cases {
        assert_eq!(text(engine, sql), *expected, "{sql}");
    }
}
