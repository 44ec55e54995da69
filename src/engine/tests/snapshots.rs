//! What a snapshot, two of them or an archive look like from SQL, and what options and a user's own queries add.

use serde_json::json;

use super::*;

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
