//! Engines that make tables late, share views, or stand beside one another: each answers as a plain one does.

use super::tests::{Fixture, fixture};
use super::*;
use crate::store::Status;

const TABLES: [(&str, &str); 2] = [
    ("azure_vm", "+SELECT '/vm/1' AS id, 'one' AS name UNION ALL BY NAME SELECT '/vm/2' AS id, 'two' AS name"),
    ("azure_nic", "+SELECT '/nic/1' AS id"),
];

fn answer(engine: &Engine, sql: &str) -> Result<Vec<Vec<Option<String>>>, String> {
    let rows = engine.query(sql).map_err(|error| error.to_string())?;
    let names: Vec<String> = rows.schema.fields().iter().map(|field| field.name().clone()).collect();
    Ok(names.iter().map(|name| rows.strings(name)).collect())
}

fn lazy(fixture: &Fixture) -> Engine {
    Engine::open(&fixture.snapshot, &EngineOptions { lazy: true, ..EngineOptions::default() }).unwrap()
}

/// What is not made yet.
fn left(engine: &Engine) -> BTreeSet<String> {
    engine.pending.lock().unwrap().as_ref().unwrap().left().clone()
}

#[test]
fn what_is_made_late_answers_alike() {
    let fixture = fixture(1, &TABLES, &[("azure_vm", Status::Ok)]);
    let plain = Engine::open(&fixture.snapshot, &EngineOptions::default()).unwrap();
    for sql in [
        "SELECT id FROM azure_vm ORDER BY id",
        "SELECT id FROM AZURE_VM ORDER BY id",
        "SELECT id FROM \"azure_vm\" AS v JOIN azure_nic AS n USING (id)",
        "FROM query_table('azure_nic')",
        "FROM query_table('azure' || '_nic')",
        "SELECT count(*) AS n FROM duckdb_views() WHERE NOT internal",
        "SELECT count(*) AS n FROM information_schema.tables",
        "SHOW TABLES",
        "DESCRIBE azure_nic",
        "SELECT count(*) AS n FROM exposed_to_internet()",
        "SELECT count(*) AS n FROM neighbours('/vm/1')",
        "SELECT count(*) AS n FROM nsg_level",
        "SELECT count(*) AS n FROM data_internet_port",
        "SELECT table_name, status FROM azure_ledger",
        "SELECT id FROM azure_vn",
        "SELECT ids FROM azure_vm",
        "SELECT count(*) AS n FROM (SHOW TABLES)",
        "SELECT count(*) AS n FROM (DESCRIBE azure_vm)",
        "(SHOW ALL TABLES)",
        "SHOW \"tables\"",
        "FROM (SHOW TABLES) UNION ALL SHOW TABLES",
        "SELECT id FROM azure_vm ORDER BY id DESC",
        "SELECT count(*) AS n FROM user_mfa",
    ] {
        assert_eq!(answer(&lazy(&fixture), sql), answer(&plain, sql), "{sql}");
    }
}

#[test]
fn a_statement_makes_what_it_names_and_no_more() {
    let fixture = fixture(1, &TABLES, &[]);
    let engine = lazy(&fixture);
    assert!(engine.relations().contains("azure_vm") && engine.relations().contains("nsg_level"));
    let check = |sql: &str, expected: &[&str]| {
        let before = left(&engine);
        engine.query(sql).unwrap();
        let made: Vec<String> = before.difference(&left(&engine)).cloned().collect();
        assert_eq!(made, expected, "{sql}");
    };
    check("SELECT 1 AS azure", &[]);
    check("SELECT id FROM azure_vm", &["azure_vm"]);
    check("SELECT id FROM azure_vm", &[]);
    check("FROM jit_vm_port LIMIT 0", &["azure_jit_policy_port", "jit_vm_port"]);
    check("SELECT function_name FROM duckdb_functions() LIMIT 0", &[]);
    let mut last = String::new();
    while let Some(made) = engine.make_one(&last) {
        last = made;
    }
    check("FROM nsg_level LIMIT 0", &[]);
}

/// Each name can be asked for first: what it stands on is made with it.
#[test]
fn every_name_can_come_first() {
    let fixture = fixture(1, &TABLES, &[]);
    let mut engine = lazy(&fixture);
    let names = engine.relations().clone();
    let views: Vec<&String> = names.iter().filter(|name| Catalog::bundled().table(name).is_err()).collect();
    assert!(views.len() >= 100, "{}", views.len());
    for name in views {
        if left(&engine).len() < names.len() / 2 || !left(&engine).contains(name) {
            engine = lazy(&fixture);
        }
        engine.query(&format!("FROM {} LIMIT 0", quote_name(name))).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

/// What a user's connection is in the middle of does not touch what is made.
#[test]
fn a_session_goes_on_alike() {
    let fixture = fixture(1, &TABLES, &[("azure_vm", Status::Ok)]);
    let vms = "SELECT count(*) AS n FROM azure_vm";
    for statements in [
        &["BEGIN", vms, "ROLLBACK", vms][..],
        &["BEGIN", "CREATE TABLE mine AS SELECT 1 AS a", vms, "SELECT count(*) AS n FROM nsg_level", "COMMIT", vms],
        &["CREATE SCHEMA s", "SET schema='s'", "FROM main.nsg_level", "SET schema='main'", "FROM nsg_level"],
        &["ATTACH ':memory:' AS m", "SET search_path='m'", vms, "SET search_path='memory'", vms],
        &["FROM azure_vn", "FROM conditional_access_mfa", "FROM data_authentication_method_mode", vms],
        &["DROP VIEW azure_vm", "SELECT count(*) AS n FROM azure_nic", "FROM nowhere"],
        &["DROP VIEW azure_nic", "SELECT 'vm_ip_configuration' AS t", "SELECT 1 AS n -- as in vm_ip_configuration"],
        &[
            "DROP VIEW azure_nic",
            "CREATE OR REPLACE VIEW vm_ip_configuration AS SELECT 1 AS n",
            "FROM vm_ip_configuration",
        ],
        &["CREATE VIEW v AS SHOW TABLES", "SELECT count(*) AS n FROM v"],
        &["CREATE VIEW azure_vm AS SELECT 1 AS id", vms],
        &["BEGIN", "FROM azure_vn", vms, "ROLLBACK", vms],
    ] {
        let plain = Engine::open(&fixture.snapshot, &EngineOptions::default()).unwrap();
        let engine = lazy(&fixture);
        for sql in statements {
            assert_eq!(answer(&engine, sql), answer(&plain, sql), "{sql} of {statements:?}");
        }
    }
}

#[test]
fn views_that_are_shared_answer_alike() {
    let fixture = fixture(1, &TABLES, &[("azure_vm", Status::Ok)]);
    let engine = Engine::open(&fixture.snapshot, &EngineOptions::default()).unwrap();
    let tables = "SELECT table_name FROM duckdb_tables() ORDER BY table_name";
    let sql = "SELECT count(*) AS n FROM vm_ip_configuration";
    let before = answer(&engine, sql).unwrap();
    // One mention is no reason; the second view stands on the first, which is a mention too.
    engine.share(&["FROM jit_vm_port"]).unwrap();
    assert_eq!(answer(&engine, tables).unwrap(), [vec![]]);
    for _ in 0..2 {
        engine.share(&[sql, "FROM nsg_level"]).unwrap();
        assert_eq!(answer(&engine, tables).unwrap(), [vec![Some("vm_ip_configuration".to_owned())]]);
        assert_eq!(answer(&engine, sql).unwrap(), before);
    }
    let rows = engine.select(&format!("{sql} -- the end")).unwrap();
    assert_eq!(rows.strings("n"), before[0]);
    for sql in [
        "CREATE TABLE t AS SELECT 1",
        "SELECT 1; SELECT 2",
        "WITH d AS (DELETE FROM vm_ip_configuration RETURNING 1) SELECT count(*) FROM d",
        "WITH d AS (INSERT INTO vm_ip_configuration (vm_id) VALUES ('x') RETURNING 1) SELECT count(*) FROM d",
        "DELETE FROM vm_ip_configuration",
    ] {
        // What a person may do with a table in memory has passed the gate before.
        assert_eq!(engine.gate.admit(sql).is_ok(), !sql.contains(';'), "{sql}");
        for refused in [engine.select(sql), engine.query_reading(sql)] {
            let is_refused = matches!(refused, Err(EngineError::Refused(_) | EngineError::SeveralStatements(_)));
            assert!(is_refused, "{sql}");
        }
    }
    assert_eq!(answer(&engine, sql).unwrap(), before);
    let pivot = "WITH p AS (PIVOT azure_vm ON name USING count(id)) SELECT count(*) AS n FROM p";
    assert_eq!(engine.query_reading(pivot).unwrap().strings("n"), engine.query(pivot).unwrap().strings("n"));
}

/// A value that nobody asks for may be wrong in a view; then it is not shared.
#[test]
fn a_view_that_fails_stays_a_view() {
    let fixture = fixture(1, &TABLES, &[]);
    let dir = fixture.root().join("queries");
    std::fs::create_dir_all(dir.join("views")).unwrap();
    let text = "-- title = \"t\"\n-- tables = [\"azure_vm\"]\nSELECT id, CAST(name AS INTEGER) AS number FROM azure_vm";
    std::fs::write(dir.join("views/mine.sql"), text).unwrap();
    let walk =
        "-- title = \"t\"\n-- tables = [\"azure_vm\"]\nSELECT n.id FROM azure_nic AS n, neighbours('/nic/1') AS b";
    std::fs::write(dir.join("views/walk.sql"), walk).unwrap();
    for lazy in [false, true] {
        let options = EngineOptions { user_queries: Some(dir.clone()), lazy, ..EngineOptions::default() };
        let engine = Engine::open(&fixture.snapshot, &options).unwrap();
        if !lazy {
            engine.share(&["SELECT id FROM mine", "SELECT id FROM mine"]).unwrap();
        }
        assert_eq!(answer(&engine, "SELECT count(id) AS n FROM mine").unwrap(), [vec![Some("2".to_owned())]]);
        assert!(answer(&engine, "SELECT number FROM mine").is_err());
        let views = answer(&engine, "SELECT view_name FROM duckdb_views() WHERE view_name = 'mine'").unwrap();
        assert_eq!(views, [vec![Some("mine".to_owned())]]);
        assert_eq!(answer(&engine, "SELECT id FROM walk").unwrap(), [Vec::<Option<String>>::new()]);
    }
    let changing =
        "-- title = \"t\"\n-- tables = []\nWITH d AS (DELETE FROM azure_vm RETURNING 1) SELECT 1 AS id FROM d";
    std::fs::write(dir.join("views/mine.sql"), changing).unwrap();
    let options = EngineOptions { user_queries: Some(dir), ..EngineOptions::default() };
    let error = Engine::open(&fixture.snapshot, &options).err().unwrap().to_string();
    assert!(error.contains("only reading is possible"), "{error}");
}

#[test]
fn an_engine_beside_another_is_stopped_with_it() {
    let fixture = fixture(1, &TABLES, &[]);
    let engine = Engine::open(&fixture.snapshot, &EngineOptions::default()).unwrap();
    let (beside, handle) = (engine.beside().unwrap(), engine.interrupt());
    assert_eq!(answer(&beside, "SELECT id FROM azure_nic"), answer(&engine, "SELECT id FROM azure_nic"));
    std::thread::scope(|scope| {
        let slow = |engine: Engine| {
            move || engine.query("SELECT sum(a.range * b.range) FROM range(10000000) a, range(100000) b")
        };
        let running = [scope.spawn(slow(beside)), scope.spawn(slow(engine))];
        while running.iter().any(|thread| !thread.is_finished()) {
            handle.interrupt();
        }
        for thread in running {
            assert!(thread.join().unwrap().unwrap_err().is_interrupted());
        }
    });
}

/// What is asked between two statements of one piece of work ends it.
#[test]
fn a_request_is_not_lost_between_statements() {
    let fixture = fixture(1, &TABLES, &[]);
    let engine = lazy(&fixture);
    let beside = engine.beside().unwrap();
    engine.interrupt().interrupt();
    for engine in [&engine, &beside] {
        assert!(engine.query("SELECT id FROM azure_vm").unwrap_err().is_interrupted());
        assert!(engine.query("SELECT id FROM azure_vm").is_ok());
    }
    engine.interrupt().interrupt();
    assert!(engine.select("SELECT id FROM azure_vm").unwrap_err().is_interrupted());
    engine.interrupt().interrupt();
    engine.begin();
    assert!(engine.select("SELECT id FROM azure_vm").is_ok());
}

#[test]
fn memory_is_no_more_than_the_machine_has() {
    let fixture = fixture(1, &TABLES, &[]);
    let limit = |memory_mebibytes: Option<u64>| {
        let engine = Engine::open(&fixture.snapshot, &EngineOptions { memory_mebibytes, ..EngineOptions::default() });
        answer(&engine.unwrap(), "SELECT current_setting('memory_limit') AS told").unwrap()
    };
    assert_eq!(limit(Some(64)), [vec![Some("64.0 MiB".to_owned())]]);
    assert_eq!(limit(Some(1 << 40)), limit(None));
}
