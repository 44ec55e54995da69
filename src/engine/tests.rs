//! The engine over made-up snapshots: views, gaps, macros, edges, and every way out of the lock that we know of.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use chrono::{NaiveDate, NaiveDateTime};
use duckdb::Connection;
use serde_json::{Map, Value, json};

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

#[test]
fn a_snapshot_is_read() {
    let fixture = vm_fixture();
    let engine = Engine::open(&fixture.snapshot, &only(&["azure_vm", "azure_nic", "azure_relationship"])).unwrap();
    check(
        &engine,
        &[
            ("SELECT name FROM azure_vm ORDER BY id", "vm1\nvm2"),
            ("SELECT (_raw ->> '$.a') AS a, tags['env'] AS env FROM azure_vm WHERE name = 'vm1'", "1|prod"),
            ("SELECT count(*) AS n FROM azure_nic", "0"),
            ("SELECT count(*) AS n FROM azure_relationship WHERE found", "0"),
            ("SELECT table_name, status FROM azure_ledger", "azure_vm|ok"),
            ("SELECT snapshot_time() AS t, typeof(snapshot_time()) AS k", "2026-10-01T00:00:00|TIMESTAMP"),
            (
                "SELECT typeof(tags) AS t, typeof(_raw) AS r, typeof(_gaps) AS g FROM azure_vm LIMIT 1",
                "MAP(VARCHAR, VARCHAR)|JSON|VARCHAR[]",
            ),
            ("SELECT typeof(id) AS t FROM (SELECT id FROM azure_nic UNION ALL SELECT 'x' AS id)", "VARCHAR"),
            ("SELECT param_jit_max_duration_minutes() AS p, typeof(param_management_ports()) AS t", "180|VARCHAR[]"),
            ("SELECT port_in(['20-25'], 22) AS p, ip4_lo('10.0.0.0/8') AS lo", "true|167772160"),
        ],
    );
    assert_eq!(engine.time(), at(1));
    assert!(engine.relations().contains("azure_vm") && engine.relations().contains("azure_ledger"));
}

#[test]
fn every_table_opens() {
    let fixture = vm_fixture();
    let engine = Engine::open(&fixture.snapshot, &EngineOptions::default()).unwrap();
    for name in Catalog::bundled().names() {
        assert!(engine.relations().contains(name));
        assert!(
            !Catalog::bundled()
                .table(name)
                .unwrap()
                .schema_columns()
                .iter()
                .any(|(column, _)| column == "tenant" || column == "snapshot")
        );
    }
    let n = text(&engine, "SELECT count(*) AS n FROM duckdb_views() WHERE schema_name = 'main' AND NOT internal");
    assert_eq!(n.parse::<usize>().unwrap(), engine.relations().len());
}

#[test]
fn what_an_older_snapshot_lacks_is_a_gap() {
    let older =
        "SELECT 'vm1' AS id, 5 AS name, ['zones']::VARCHAR[] AS _gaps, 'kept' AS once_there, 'x' AS _fetched_at";
    let fixture = fixture(1, &[("azure_vm", older)], &[]);
    let engine = Engine::open(&fixture.snapshot, &only(&["azure_vm"])).unwrap();
    check(
        &engine,
        &[
            ("SELECT id, name, location, once_there, _fetched_at FROM azure_vm", "vm1|5|NULL|kept|NULL"),
            (
                "SELECT typeof(name) AS n, typeof(_fetched_at) AS f, typeof(tags) AS t FROM azure_vm",
                "VARCHAR|TIMESTAMP|MAP(VARCHAR, VARCHAR)",
            ),
            (
                "SELECT list_contains(_gaps, 'zones') AND list_contains(_gaps, 'location') AND list_contains(_gaps, '_fetched_at') AND NOT list_contains(_gaps, 'name') AS ok FROM azure_vm",
                "true",
            ),
        ],
    );
}

#[test]
fn two_snapshots_and_archives() {
    let (old, new) = (vm_fixture(), fixture(2, &[("azure_vm", "SELECT 'vm3' AS id, 'vm3' AS name")], &[]));
    let pair = Engine::open_pair(&old.snapshot, &new.snapshot, &only(&["azure_vm"])).unwrap();
    check(
        &pair,
        &[
            ("SELECT (SELECT count(*) FROM old.azure_vm) AS o, (SELECT count(*) FROM new.azure_vm) AS n", "2|1"),
            ("SELECT count(*) AS n FROM old.azure_ledger", "1"),
            ("SELECT snapshot_time() AS t", "2026-10-02T00:00:00"),
        ],
    );
    let snapshots = [new.snapshot.clone(), old.snapshot.clone()];
    let archive = Engine::open_archive(&snapshots, &only(&["azure_vm"])).unwrap();
    check(
        &archive,
        &[
            (
                "SELECT tenant, snapshot, name, list_contains(_gaps, 'location') AS gap FROM azure_vm ORDER BY snapshot, name",
                &format!(
                    "{TENANT}|20261001T000000Z|vm1|NULL\n{TENANT}|20261001T000000Z|vm2|NULL\n{TENANT}|20261002T000000Z|vm3|true"
                ),
            ),
            ("SELECT snapshot, count(*) AS n FROM azure_ledger GROUP BY snapshot", "20261001T000000Z|1"),
            ("SELECT snapshot_time() AS t", "2026-10-02T00:00:00"),
        ],
    );
    assert!(Engine::open_archive(&[], &only(&[])).is_err());
}

#[test]
fn options_are_checked() {
    let fixture = vm_fixture();
    let said = |options: &EngineOptions| Engine::open(&fixture.snapshot, options).err().unwrap().to_string();
    assert!(said(&only(&["azure_vmm"])).contains("did you mean azure_"));
    let params = BTreeMap::from([("nope".to_owned(), "1".to_owned())]);
    assert!(said(&EngineOptions { params, ..only(&[]) }).contains("no such parameter"));
    let export_dir = Some(fixture.snapshot.dir().join("tables"));
    assert!(said(&EngineOptions { export_dir, ..only(&[]) }).contains("lies in a snapshot"));
    let params = BTreeMap::from([("management_ports".to_owned(), "1, 2".to_owned())]);
    let engine = Engine::open(&fixture.snapshot, &EngineOptions { params, ..only(&[]) }).unwrap();
    check(&engine, &[("SELECT param_management_ports() AS p", "[1, 2]")]);
    assert_eq!(engine.params()["management_ports"], json!(["1", "2"]));
}

#[test]
fn users_bring_views_parameters_and_data() {
    let fixture = vm_fixture();
    let dir = fixture.root().join("queries");
    for folder in ["views", "data"] {
        fs::create_dir_all(dir.join(folder)).unwrap();
    }
    fs::write(dir.join("params.toml"), "[my_name]\ntype = \"text\"\ndefault = \"vm1\"\nmeaning = \"m\"\n").unwrap();
    fs::write(dir.join("data/owner.csv"), "# source: us\nname,owner\nvm1,ann\n").unwrap();
    fs::write(dir.join("views/mine.sql"), "-- tables = [\"second\", \"data_owner\"]\nSELECT s.name, o.owner FROM second s JOIN data_owner o ON o.name = s.name;\n").unwrap();
    fs::write(
        dir.join("views/second.sql"),
        "-- tables = [\"azure_vm\"]\nSELECT * FROM azure_vm WHERE name = param_my_name()",
    )
    .unwrap();
    let options = EngineOptions { user_queries: Some(dir.clone()), ..only(&["mine"]) };
    let engine = Engine::open(&fixture.snapshot, &options).unwrap();
    check(&engine, &[("SELECT name, owner FROM mine", "vm1|ann")]);
    for (name, sql, expected) in [
        ("bad", "WITH a AS (COPY azure_vm TO 'x') FROM a", "COPY"),
        ("bad", "SELECT 1; SELECT 2", "2 statements given"),
        ("bad", "SELECT * FROM read_text('/etc/passwd')", "Permission Error"),
        ("bad", "SELEC", "Parser Error"),
        ("azure_nic", "SELECT 1", "already"),
    ] {
        let path = dir.join(format!("views/{name}.sql"));
        fs::write(&path, format!("-- tables = []\n{sql}")).unwrap();
        let said = Engine::open(&fixture.snapshot, &options).err().unwrap().to_string();
        assert!(said.contains(expected), "{sql}: {said}");
        fs::remove_file(path).unwrap();
    }
}

/// Every file below a folder with its bytes.
fn tree(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.is_symlink() {
            found.extend(tree(&path));
        } else if path.is_file() {
            found.insert(path.clone(), fs::read(&path).unwrap());
        }
    }
    found
}

/// Statements that try to get out; `{s}` is the snapshot, `{e}` the folder for exports, `{o}` a folder outside.
const ATTEMPTS: &[&str] = &[
    // Several statements in one.
    "SELECT 1; COPY azure_vm TO '{s}/x.csv'",
    "SELECT 1 -- a\r; COPY azure_vm TO '{s}/x.csv'",
    "SELECT 'a\\'; COPY azure_vm TO '{s}/x.csv' --'",
    "SELECT 1; --\nSELECT 2",
    "SELECT 1 /* ; */; SELECT 2",
    "BEGIN; COPY azure_vm TO '{s}/x.csv'; COMMIT",
    "CREATE TABLE t AS SELECT 1; COPY t TO '{s}/x.csv'",
    // Writing.
    "COPY azure_vm TO '{s}/x.csv'",
    "COPY azure_vm TO '{o}/x.csv'",
    "COPY azure_vm TO '{e}/../x.csv'",
    "COPY azure_vm TO '../x.csv'",
    "COPY azure_vm TO '{e}/link/x.csv'",
    "COPY azure_vm TO '{e}/linked.csv'",
    "COPY azure_vm TO '/dev/stdout'",
    "COPY azure_vm TO 's3://bucket/x.csv'",
    "COPY azure_vm TO E'{s}/x.csv'",
    "COPY azure_vm TO $${s}/x.csv$$",
    "COPY azure_vm TO ('{s}' || '/x.csv')",
    "COPY azure_vm TO x.csv",
    "COPY azure_vm TO \"{s}/x.csv\"",
    "COPY azure_vm TO 'x' (FORMAT csv, PARTITION_BY (name))",
    "COPY azure_vm TO 'x' (PARTITION_BY name)",
    "COPY azure_vm TO 'x' (FORMAT parquet, PER_THREAD_OUTPUT)",
    "COPY azure_vm TO 'x' (FORMAT csv, FILENAME_PATTERN 'y')",
    "COPY azure_vm TO 'x' (USE_TMP_FILE false)",
    "COPY azure_vm TO 'x' (FORMAT sqlite)",
    "COPY azure_vm TO 'x' WITH HEADER",
    "COPY azure_vm TO 'x.csv' 'y'",
    "COPY azure_vm TO 'x.csv' (HEADER) (HEADER)",
    "COPY (WITH a AS (COPY azure_vm TO '{s}/x.csv') FROM a) TO 'x.csv'",
    "COPY (SELECT 1) TO '{s}/x.csv' --) TO 'y.csv'",
    "COPY (SELECT 1; SELECT 2) TO 'x.csv'",
    "COPY (DELETE FROM t RETURNING *) TO 'x.csv'",
    "COPY azure_vm FROM '{s}/x.csv'",
    "COPY FROM DATABASE memory TO temp",
    "COPY x (a) TO 'x.csv'",
    "WITH a AS (COPY azure_vm TO '{s}/x.csv') FROM a",
    "WITH a AS (COPY (SELECT 1) TO '{e}/x.csv') SELECT * FROM a",
    "FROM (WITH a AS (COPY azure_vm TO '{s}/x.csv') FROM a)",
    "SELECT (WITH a AS (COPY azure_vm TO '{s}/x.csv') SELECT count(*) FROM a)",
    "DESCRIBE WITH a AS (COPY azure_vm TO '{s}/x.csv') FROM a",
    "(WITH a AS (COPY azure_vm TO '{s}/x.csv') FROM a)",
    "EXPLAIN ANALYZE COPY azure_vm TO '{s}/x.csv'",
    "EXPLAIN ANALYSE COPY azure_vm TO '{s}/x.csv'",
    "EXPLAIN (ANALYZE) COPY azure_vm TO '{s}/x.csv'",
    "EXPLAIN (ANALYZE, FORMAT json) COPY azure_vm TO '{s}/x.csv'",
    "EXPLAIN /* ( */ ANALYZE -- x\n COPY azure_vm TO '{s}/x.csv'",
    "EXPLAIN ANALYZE WITH a AS (COPY azure_vm TO '{s}/x.csv') FROM a",
    "EXPLAIN ANALYZE (WITH a AS (COPY azure_vm TO '{s}/x.csv') FROM a)",
    "EXPLAIN ANALYZE CREATE TABLE t AS WITH a AS (COPY azure_vm TO '{s}/x.csv') FROM a",
    "EXPLAIN ANALYZE PREPARE p AS COPY azure_vm TO '{s}/x.csv'",
    "PREPARE p AS COPY azure_vm TO '{s}/x.csv'",
    "PREPARE \"p\" AS EXPLAIN ANALYZE COPY azure_vm TO '{s}/x.csv'",
    "PREPARE p AS WITH a AS (COPY azure_vm TO '{s}/x.csv') FROM a",
    "PREPARE 'p' AS SELECT 1",
    "CREATE TABLE t AS WITH a AS (COPY azure_vm TO '{s}/x.csv') FROM a",
    "CREATE VIEW v AS WITH a AS (COPY azure_vm TO '{s}/x.csv') FROM a",
    "CREATE TABLE \"AS\" AS WITH a AS (COPY azure_vm TO '{s}/x.csv') FROM a",
    "CREATE MACRO m() AS TABLE WITH a AS (COPY azure_vm TO '{s}/x.csv') FROM a",
    "CREATE TABLE t AS COPY azure_vm TO '{s}/x.csv'",
    "INSERT INTO t WITH a AS (COPY azure_vm TO '{s}/x.csv') FROM a",
    "WITH a AS (COPY azure_vm TO '{s}/x.csv') INSERT INTO t FROM a",
    "WITH a AS (COPY azure_vm TO '{s}/x.csv') DELETE FROM t",
    "SET VARIABLE x = (WITH a AS (COPY azure_vm TO '{s}/x.csv') SELECT count(*) FROM a)",
    "EXECUTE p((WITH a AS (COPY azure_vm TO '{s}/x.csv') SELECT count(*) FROM a))",
    "FROM query('WITH a AS (CO' || 'PY azure_vm TO ''{s}/x.csv'') FROM a')",
    "FROM \"QUERY\"('SELECT 1')",
    "FROM `query` /* x */ ('SELECT 1')",
    "FROM system.main.query('FROM json_execute_' || 'serialized_sql(1)')",
    "CALL query('SELECT 1')",
    "CREATE MACRO q(x) AS TABLE FROM query(x)",
    "FROM json_execute_serialized_sql(json_serialize_sql('WITH a AS (COPY azure_vm TO ''{s}/x.csv'') FROM a'))",
    "PRAGMA json_execute_serialized_sql('{}')",
    "CREATE MACRO j(x) AS TABLE FROM json_execute_serialized_sql(x)",
    "EXPORT DATABASE '{s}/x'",
    "IMPORT DATABASE '{s}'",
    "PRAGMA import_database('{s}')",
    "PRAGMA copy_database('memory', 'temp')",
    "ATTACH '{s}/x.db' AS x",
    "ATTACH '{s}/x.db'",
    "ATTACH ':memory:'",
    "ATTACH ':memory:' AS x (TYPE duckdb)",
    "ATTACH ':mem' || 'ory:' AS x",
    "ATTACH DATABASE IF NOT EXISTS '{e}/x.db' AS x",
    "ATTACH OR REPLACE '{e}/x.db' AS x",
    "ATTACH TO EXTERNAL RESOURCE x AS y",
    "CREATE EXTERNAL RESOURCE 'x'",
    "REGISTER EXTERNAL RESOURCE 'x' FROM {}",
    "SHOW EXTERNAL RESOURCES",
    "FROM create_external_resource('x')",
    "CONNECT 'x'",
    "CREATE EXTENSION REPOSITORY x PREFIX 'http://127.0.0.1/'",
    "CHECKPOINT",
    "FORCE CHECKPOINT",
    "FROM checkpoint()",
    "VACUUM",
    // Logs and profiles.
    "CALL enable_logging(storage = 'file', storage_path = '{s}/log')",
    "FROM enable_logging(storage = 'file', storage_path = '{s}/log')",
    "SELECT write_log('x')",
    "FROM enable_profiling(save_location = '{s}/p.json')",
    "PRAGMA enable_profiling='json'",
    "PRAGMA profiling_output='{s}/p.json'",
    "SET profiling_output='{s}/p.json'",
    "PRAGMA log_query_path='{s}/q.log'",
    "SET log_query_path='{s}/q.log'",
    // Extensions and secrets.
    "INSTALL httpfs",
    "FORCE INSTALL httpfs",
    "LOAD httpfs",
    "LOAD '{s}/x.duckdb_extension'",
    "UPDATE EXTENSIONS",
    "CREATE SECRET s (TYPE http)",
    "CREATE PERSISTENT SECRET s (TYPE http)",
    "CREATE OR REPLACE TEMPORARY SECRET s (TYPE http)",
    "DROP SECRET s",
    "FROM duckdb_extensions()",
    // Reading elsewhere.
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM '{o}/secret.csv'",
    "SELECT * FROM read_text('{s}/../outside/secret.csv')",
    "SELECT * FROM read_text('{e}/linked.csv')",
    "SELECT * FROM read_blob('{o}/*')",
    "SELECT * FROM glob('{o}/*')",
    "SELECT * FROM sniff_csv('{o}/secret.csv')",
    "SELECT * FROM parquet_metadata('{o}/secret.csv')",
    "CREATE TABLE t AS FROM read_text('{o}/secret.csv')",
    "CREATE VIEW v AS FROM read_text('{o}/secret.csv')",
    "CREATE MACRO m() AS TABLE FROM read_text('{o}/secret.csv')",
    "PREPARE p AS FROM read_text('{o}/secret.csv')",
    "FROM 'http://127.0.0.1:9/x.csv'",
    "FROM read_parquet('https://127.0.0.1:9/x.parquet')",
    "FROM 's3://bucket/x.parquet'",
    "FROM arrow_scan(1, 2, 3)",
    // Settings.
    "SET enable_external_access=true",
    "SET allowed_directories=['/']",
    "SET GLOBAL allowed_paths=['/etc/passwd']",
    "RESET allowed_directories",
    "SET lock_configuration=false",
    "SET autoload_known_extensions=true",
    "SET temp_directory='{s}'",
    "SET home_directory='{o}'",
    "PRAGMA enable_external_access=true",
    "PRAGMA lock_configuration=false",
    "PRAGMA add_parquet_key('k', '0123456789112345')",
    "PRAGMA database_list; SELECT 1",
    "PRAGMA table_info((SELECT 1))",
    // Nonsense.
    "SELEC 1",
    "SELECT",
    "SELECT 'open",
    "/* open",
    "'x'",
    "SELECT $1",
    "SELECT 1\0",
];

#[test]
fn nothing_gets_out() {
    for with_export in [true, false] {
        let fixture = vm_fixture();
        let (outside, export) = (fixture.root().join("outside"), fixture.export());
        fs::create_dir_all(&outside).unwrap();
        fs::write(outside.join("secret.csv"), "a,b\n1,2\n").unwrap();
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(&outside, export.join("link")).unwrap();
            std::os::unix::fs::symlink(outside.join("secret.csv"), export.join("linked.csv")).unwrap();
        }
        let export_dir = with_export.then(|| export.clone());
        let engine = Engine::open(&fixture.snapshot, &EngineOptions { export_dir, ..only(&["azure_vm"]) }).unwrap();
        engine.query("CREATE TEMP TABLE t (a INT)").unwrap();
        let before = tree(&fixture.root());
        for attempt in ATTEMPTS {
            let sql = attempt
                .replace("{s}", fixture.snapshot.dir().to_str().unwrap())
                .replace("{e}", export.to_str().unwrap())
                .replace("{o}", outside.to_str().unwrap());
            let result = engine.query(&sql);
            assert!(result.is_err(), "{sql}");
            let _ = engine.query("ROLLBACK");
            assert_eq!(before, tree(&fixture.root()), "{sql}");
        }
        assert_eq!(text(&engine, "SELECT count(*) AS n FROM azure_vm"), "2");
    }
}

/// The second wall: DuckDB's own lock, without our classification in front.
#[test]
fn duckdb_itself_is_locked() {
    let fixture = vm_fixture();
    let outside = fixture.root().join("secret.csv");
    fs::write(&outside, "a\n1\n").unwrap();
    let engine = Engine::open(&fixture.snapshot, &only(&["azure_vm"])).unwrap();
    let outside = outside.display();
    for sql in [
        format!("FROM read_csv('{outside}')"),
        format!("COPY azure_vm TO '{outside}'"),
        format!("ATTACH '{outside}.db' AS x"),
        "INSTALL httpfs".to_owned(),
        "LOAD httpfs".to_owned(),
        "FROM 'http://127.0.0.1:9/x.csv'".to_owned(),
        "SET enable_external_access=true".to_owned(),
        "SET lock_configuration=false".to_owned(),
        "CREATE PERSISTENT SECRET s (TYPE http)".to_owned(),
        "CALL enable_logging(storage = 'file')".to_owned(),
        "PRAGMA enable_profiling".to_owned(),
        "SELECT now() - INTERVAL 1 DAY".to_owned(),
    ] {
        assert!(engine.execute_trusted(&sql).is_err(), "{sql}");
    }
}

#[test]
fn what_may_run_runs() {
    let fixture = vm_fixture();
    let options = EngineOptions { export_dir: Some(fixture.export()), ..only(&["azure_vm"]) };
    let engine = Engine::open(&fixture.snapshot, &options).unwrap();
    for sql in [
        "SELECT 'copy; attach' AS query -- load",
        "FROM azure_vm SELECT name;",
        "WITH a AS (SELECT 1) FROM a",
        "VALUES (1), (2)",
        "TABLE azure_vm",
        "(SELECT 1) UNION (SELECT 2)",
        "DESCRIBE azure_vm",
        "DESC SELECT 1",
        "SHOW TABLES",
        "SHOW ALL TABLES",
        "SUMMARIZE azure_vm",
        "PIVOT azure_vm ON name USING count(*)",
        "PIVOT azure_vm ON name IN ('vm1') USING count(*)",
        "UNPIVOT (SELECT 1 AS a, 2 AS b) ON a, b",
        "SELECT * FROM (PIVOT azure_vm ON name USING count(*))",
        "EXPLAIN SELECT 1",
        "EXPLAIN ANALYZE SELECT 1",
        "EXPLAIN (FORMAT json) SELECT 1",
        "EXPLAIN (ANALYZE, FORMAT json) SELECT 1",
        "EXPLAIN (SELECT 1)",
        "CREATE TEMP TABLE t AS SELECT 'copy' AS query, 1 AS call",
        "CREATE OR REPLACE TEMPORARY VIEW v AS FROM t WHERE query <> 'attach'",
        "INSERT INTO t VALUES ('x', 2)",
        "WITH a AS (SELECT 'y' AS x) INSERT INTO t SELECT x, 3 FROM a",
        "WITH a AS (DELETE FROM t RETURNING *) SELECT count(*) FROM a",
        "UPDATE t SET call_ = 1 WHERE FALSE",
        "PREPARE p AS SELECT * FROM t WHERE query <> 'install'",
        "EXECUTE p",
        "DEALLOCATE p",
        "CREATE MACRO double(x) AS 2 * x",
        "SELECT double(4)",
        "SET VARIABLE a = 1",
        "SELECT getvariable('a')",
        "SET threads = 1",
        "RESET threads",
        "USE main",
        "PRAGMA database_list",
        "PRAGMA table_info('azure_vm')",
        "PRAGMA show_tables",
        "BEGIN",
        "COMMIT",
        "ATTACH ':memory:' AS scratch",
        "ATTACH IF NOT EXISTS DATABASE ':memory:' AS scratch",
        "CREATE TABLE scratch.main.x AS SELECT 1 AS a",
        "DETACH scratch",
        "DROP TABLE t",
        "SELECT count(*) FROM duckdb_columns()",
    ] {
        if sql.contains("call_") {
            assert!(engine.query(sql).is_err());
            continue;
        }
        engine.query(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
}

#[test]
fn exports_land_in_their_folder() {
    let fixture = vm_fixture();
    let dir = fixture.export();
    fs::create_dir(dir.join("sub")).unwrap();
    let options = EngineOptions { export_dir: Some(dir.clone()), ..only(&["azure_vm"]) };
    let engine = Engine::open(&fixture.snapshot, &options).unwrap();
    for (sql, file, begins) in [
        ("COPY (SELECT name FROM azure_vm ORDER BY name -- x\n) TO 'a.csv'", "a.csv", "name\nvm1\n"),
        ("COPY azure_ledger TO 'sub/b.csv' (FORMAT csv, HEADER false)", "sub/b.csv", "azure_vm,"),
        ("COPY main.\"azure_ledger\" TO 'b.json' WITH (FORMAT json, ARRAY true);", "b.json", "[\n\t{\"table_name\""),
        (
            "copy (SELECT NULL AS a, 'x;y' AS b) to 'c.csv' (DELIMITER ';', QUOTE '''', NULLSTR 'none', HEADER)",
            "c.csv",
            "a;b\nnone;'x;y'\n",
        ),
        (
            "COPY (SELECT 1 AS a) TO 'd.parquet' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 1000)",
            "d.parquet",
            "PAR1",
        ),
        ("COPY (SELECT 1 AS a) TO 'a.csv'", "a.csv", "a\n1\n"),
        ("COPY (SELECT 'it''s' AS a) TO 'it''s.csv'", "it's.csv", "a\nit's\n"),
    ] {
        engine.query(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
        let bytes = fs::read(dir.join(file)).unwrap();
        assert!(bytes.starts_with(begins.as_bytes()), "{sql}: {}", String::from_utf8_lossy(&bytes));
    }
    let absolute = format!("COPY (SELECT 1 AS a) TO '{}/e.csv'", dir.display());
    engine.query(&absolute).unwrap();
    assert_eq!(text(&engine, &format!("SELECT a FROM '{}/e.csv'", dir.display())), "1");
}

/// A new DuckDB may bring functions that write: whoever sees this fail reviews them and adds them here or to the gate.
#[test]
fn functions_are_reviewed() {
    let engine = Engine::for_cases(at(1), &only(&[])).unwrap();
    let found = engine
        .query("SELECT DISTINCT function_name AS name FROM duckdb_functions() WHERE function_type IN ('table', 'pragma', 'table_macro') ORDER BY name")
        .unwrap();
    let found: BTreeSet<String> = found.strings("name").into_iter().flatten().collect();
    let reviewed: BTreeSet<String> = REVIEWED.split_whitespace().map(str::to_owned).collect();
    let new: Vec<&String> = found.difference(&reviewed).collect();
    assert!(new.is_empty(), "not reviewed: {new:?}");
}

const REVIEWED: &str = "
    add_parquet_key arrow_scan arrow_scan_dumb checkpoint collations copy_database create_external_resource
    database_list database_size deregister_external_resource destroy_external_resource
    disable_checkpoint_on_shutdown disable_logging disable_object_cache disable_optimizer disable_print_progress_bar
    disable_profile disable_profiling disable_progress_bar disable_verification disable_verify_parallelism
    duckdb_approx_database_count duckdb_available_metrics duckdb_columns duckdb_connection_count duckdb_constraints
    duckdb_coordinate_systems duckdb_databases duckdb_dependencies duckdb_dialects duckdb_eviction_queues
    duckdb_extension_repositories duckdb_extensions duckdb_external_file_cache duckdb_external_resource_types
    duckdb_external_resources duckdb_functions duckdb_grammar_extensions duckdb_indexes duckdb_keywords
    duckdb_log_contexts duckdb_logs duckdb_logs_parsed duckdb_memory duckdb_optimizers duckdb_prepared_statements
    duckdb_profiling_settings duckdb_schemas duckdb_secret_type_parameters duckdb_secret_types duckdb_secrets
    duckdb_sequences duckdb_settings duckdb_table_sample duckdb_tables duckdb_temporary_files duckdb_triggers
    duckdb_types duckdb_variables duckdb_views enable_checkpoint_on_shutdown enable_logging enable_object_cache
    enable_optimizer enable_print_progress_bar enable_profile enable_profiling enable_progress_bar
    enable_verification extension_versions force_checkpoint functions generate_series glob histogram
    histogram_values import_database json_each json_execute_serialized_sql json_tree metadata_info
    parquet_bloom_probe parquet_file_metadata parquet_full_metadata parquet_kv_metadata parquet_metadata
    parquet_scan parquet_schema platform pragma_collations pragma_database_size pragma_metadata_info
    pragma_platform pragma_show pragma_storage_info pragma_table_info pragma_user_agent pragma_version query
    query_table range read_blob read_csv read_csv_auto read_duckdb read_json read_json_auto read_json_objects
    read_json_objects_auto read_ndjson read_ndjson_auto read_ndjson_objects read_parquet read_single_csv_file
    read_single_json_file read_single_parquet_file read_text register_external_resource
    register_external_resource_type repeat repeat_row seq_scan show show_databases show_tables
    show_tables_expanded sniff_csv storage_info summary table_info test_all_types test_vector_types
    truncate_duckdb_logs unnest user_agent verify_parallelism version which_secret";

#[test]
fn errors_help() {
    let fixture = vm_fixture();
    let engine = Engine::open(&fixture.snapshot, &only(&["azure_vm"])).unwrap();
    for (sql, parts) in [
        ("SELECT nme\nFROM azure_vm", &["Binder Error", "LINE 1", "^"][..]),
        ("SELECT *\nFORM azure_vm", &["Parser Error", "LINE 2", "^"]),
        ("SELECT * FROM azure_vmm", &["azure_vmm", "azure_vm"]),
        ("SELECT * FROM azure_nik", &["azure_nik", "azure_nic"]),
        ("", &["no statement"]),
        ("SELECT 1; SELECT 2", &["2 statements"]),
        ("INSERT INTO t VALUES ('copy')", &["the word copy"]),
        ("CALL pragma_version()", &["CALL is not available"]),
        ("SELEC 1", &["Parser Error", "SELEC", "^"]),
    ] {
        let said = engine.query(sql).err().unwrap().to_string();
        for part in parts {
            assert!(said.contains(part), "{sql}: {said}");
        }
    }
}

#[test]
fn a_query_is_interrupted() {
    let engine = Engine::for_cases(at(1), &only(&[])).unwrap();
    let handle = engine.interrupt();
    // Asked before anything runs: it must not stop what comes later.
    handle.interrupt();
    engine.begin();
    check(&engine, &[("SELECT 1 AS a", "1")]);
    std::thread::scope(|scope| {
        let slow = scope.spawn(|| {
            engine.query("SELECT count(*) FROM range(100000000) a, range(100000) b WHERE a.range % 7 = b.range % 11")
        });
        while !slow.is_finished() {
            std::thread::sleep(std::time::Duration::from_millis(50));
            handle.interrupt();
        }
        assert!(slow.join().unwrap().unwrap_err().is_interrupted());
    });
    engine.begin();
    check(&engine, &[("SELECT 2 AS a", "2")]);
}

#[test]
fn rows_are_streamed_and_a_sink_may_give_up() {
    let engine = Engine::for_cases(at(1), &only(&[])).unwrap();
    let mut n = 0;
    let schema = engine
        .stream("SELECT range AS a FROM range(10000)", &mut |batch| {
            n += batch.num_rows();
            Ok(())
        })
        .unwrap();
    assert_eq!((n, schema.field(0).name().as_str()), (10_000, "a"));
    let failed = engine.stream("SELECT range AS a FROM range(10000)", &mut |_| Err(EngineError::Sink("full".into())));
    assert!(matches!(failed, Err(EngineError::Sink(_))));
    assert_eq!(engine.query("SELECT range AS a FROM range(10000)").unwrap().first(3).strings("a").len(), 3);
    assert_eq!(engine.query("CREATE TABLE x (a INT)").unwrap().len(), 0);
}

fn row(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

#[test]
fn cases_fill_tables() {
    let mut engine = Engine::for_cases(at(1), &only(&["azure_vm", "azure_relationship"])).unwrap();
    engine
        .insert_json("azure_vm", &row(json!({"id": "a", "tags": {"env": "it's"}, "_gaps": ["name"], "_raw": "{\"x\": [1]}", "_fetched_at": "2026-01-01T02:00:00+02:00"})))
        .unwrap();
    engine.insert_rows("azure_vm", &[row(json!({})), row(json!({"name": "c", "zones": ["1"]}))]).unwrap();
    engine
        .insert_json(
            "azure_ledger",
            &row(json!({"table_name": "azure_vm", "status": "ok", "rows": 2, "pruned": false})),
        )
        .unwrap();
    check(
        &engine,
        &[
            (
                "SELECT id, name, tags['env'] AS e, _gaps, (_raw ->> '$.x[0]') AS x, _fetched_at FROM azure_vm WHERE id = 'a'",
                "a|NULL|it's|[name]|1|2026-01-01T00:00:00",
            ),
            ("SELECT name, zones FROM azure_vm WHERE id IS NULL ORDER BY name", "c|[1]\nNULL|NULL"),
            ("SELECT status, rows FROM azure_ledger", "ok|2"),
            ("SELECT snapshot_time() AS t", "2026-10-01T00:00:00"),
        ],
    );
    engine.reset_tables().unwrap();
    check(&engine, &[("SELECT (SELECT count(*) FROM azure_vm) + (SELECT count(*) FROM azure_ledger) AS n", "0")]);
    engine.set_params(&BTreeMap::from([("jit_max_duration_minutes".to_owned(), "7".to_owned())])).unwrap();
    check(&engine, &[("SELECT param_jit_max_duration_minutes() AS p", "7")]);
    engine.set_params(&BTreeMap::new()).unwrap();
    check(&engine, &[("SELECT param_jit_max_duration_minutes() AS p", "180")]);
    for (table, value, part) in [
        ("azure_vm", json!({"nope": 1}), "no column nope"),
        ("azure_nic", json!({"id": "x"}), "no such table"),
        ("azure_vm", json!({"_gaps": "x"}), "_gaps is VARCHAR[]"),
    ] {
        let said = engine.insert_json(table, &row(value)).err().unwrap().to_string();
        assert!(said.contains(part), "{said}");
    }
}

#[test]
fn edges_are_found_missing_or_not_known() {
    let tables = [
        (
            "azure_vm",
            "+SELECT '/s/vm1' AS id, ['/nics/1', '/NICS/2'] AS network_profile_network_interfaces_id, ['/disks/9'] AS storage_profile_data_disks_managed_disk_id",
        ),
        ("azure_nic", "+SELECT '/nics/1' AS id"),
        ("azure_resource", "+SELECT '/s/vm1' AS id"),
        ("azure_vm_extension", "+SELECT '/s/vm1/extensions/e' AS id, '/s/vm1' AS _parent_id"),
        (
            "azure_role_assignment",
            "+SELECT '/ra/1' AS id, '/s/vm1' AS scope, 'u1' AS principal_id, 'User' AS principal_type \
          UNION ALL BY NAME SELECT '/ra/2' AS id, '/subscriptions/x' AS scope, 'u9' AS principal_id, 'User' AS principal_type",
        ),
        ("azure_user", "+SELECT 'u1' AS id"),
    ];
    let fixture = fixture(
        1,
        &tables,
        &[("azure_nic", Status::Ok), ("azure_managed_disk", Status::Denied), ("azure_user", Status::Ok)],
    );
    let engine = Engine::open(&fixture.snapshot, &EngineOptions::default()).unwrap();
    let mut batches = Vec::new();
    let mut sink = |batch: &RecordBatch| -> Result<(), EngineError> {
        batches.push(batch.clone());
        Ok(())
    };
    derive::relationships(&engine, &|_| true, &mut sink).unwrap();
    let rows = Rows { schema: batches[0].schema(), batches };
    let columns: Vec<Vec<Option<String>>> =
        ["source_id", "class", "target_id", "target_table", "found"].iter().map(|name| rows.strings(name)).collect();
    let mut found: Vec<String> = (0..rows.len())
        .map(|at| {
            columns.iter().map(|column| column[at].clone().unwrap_or("NULL".into())).collect::<Vec<_>>().join(" ")
        })
        .collect();
    found.retain(|edge| !edge.contains("azure_location"));
    assert_eq!(
        found,
        [
            "/ra/1 ALLOWS /s/vm1 azure_vm true",
            "/ra/1 ASSIGNED u1 azure_user true",
            "/ra/2 ALLOWS /subscriptions/x ANY_SCOPE NULL",
            "/ra/2 ASSIGNED u9 azure_user false",
            "/s/vm1 USES /disks/9 azure_managed_disk NULL",
            "/s/vm1 USES /nics/1 azure_nic true",
            "/s/vm1 USES /nics/2 azure_nic false",
            "/s/vm1 USES /s/vm1/extensions/e azure_vm_extension true",
        ]
    );
    assert!(engine.query("FROM azsnap_edge").is_err());
}
