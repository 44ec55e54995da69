//! Statements that try to write, read or reach what lies outside: past our classification, and at DuckDB's own lock.

use super::*;

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
