//! The catalogue against the data model that it serves: each table and each edge of the model is there or told apart with
//! the reason, and every kind of edge is found at least once. Runs the first part where the model's files are.

use crate::support::{model, root};
use azsnap::catalog::Catalog;
use azsnap::engine::{Engine, EngineOptions};
use azsnap::store::Snapshot;
use std::collections::{BTreeMap, BTreeSet};

/// Edges of the model that the catalogue does not draw, and why.
const NOT_DRAWN: &[(&str, &str)] = &[
    ("azure_network_watcher HAS azure_location", "the model's own note turns it round: the location has the watcher"),
    ("azure_expressroute HAS azure_application_gateway", "the model's own note: not a fact about the network"),
];

/// Edges of the model that neither the made-up tenant nor Azure itself can show any more, and why.
const NOT_FOUND: &[(&str, &str)] = &[
    ("azure_batch_account HAS azure_batch_certificate", "retired"),
    ("azure_mariadb_server HAS azure_mariadb_database", "retired"),
    ("azure_resource_group HAS azure_mariadb_server", "retired"),
    ("azure_mysql_server HAS azure_mysql_database", "retired"),
    ("azure_resource_group HAS azure_mysql_server", "retired"),
    ("azure_postgresql_server HAS azure_postgresql_database", "retired"),
    ("azure_postgresql_server HAS azure_postgresql_server_firewall_rule", "retired"),
    ("azure_resource_group HAS azure_postgresql_server", "retired"),
    ("azure_subscription HAS azure_monitor_log_profile", "retired"),
    ("azure_monitor_log_profile USES azure_storage_account", "retired"),
    ("azure_subscription HAS azure_security_center_auto_provisioning_setting", "retired"),
    ("azure_vm USES azure_storage_account", "unmanaged disks are retired"),
    ("azure_classic_admin_group HAS azure_user", "classic administrators are retired"),
    ("azure_role_assignment ASSIGNED azure_directory", "principals of that type have no rows in any list"),
    ("azure_role_assignment ASSIGNED azure_everyone", "principals of that type have no rows in any list"),
    ("azure_role_assignment ASSIGNED azure_foreign_group", "groups of a partner's tenant have no rows here"),
    ("azure_role_assignment ASSIGNED azure_msi", "an older word: managed identities come as service principals"),
    ("azure_role_assignment ASSIGNED azure_unknown", "a deleted principal has no row"),
    ("azure_role_assignment ASSIGNED azure_unknown_principal_type", "a word for types outside the list"),
    (
        "azure_role_assignment ASSIGNED azure_application",
        "Azure assigns roles to service principals, not to applications",
    ),
    ("azure_role_assignment ASSIGNED azure_directory_role_template", "Azure assigns no Azure role to a role template"),
];

fn rows(name: &str) -> Option<Vec<BTreeMap<String, String>>> {
    let text = std::fs::read_to_string(model()?.join(name)).unwrap();
    let mut records = csv::Reader::from_reader(text.as_bytes());
    let heads = records.headers().unwrap().clone();
    let row =
        |record: csv::StringRecord| heads.iter().map(str::to_owned).zip(record.iter().map(str::to_owned)).collect();
    Some(records.records().map(|record| row(record.unwrap())).collect())
}

fn name(row: &BTreeMap<String, String>) -> String {
    format!("{} {} {}", row["source_entity"], row["relationship"], row["target_entity"])
}

#[test]
fn every_table_of_the_model_is_served() {
    let catalog = Catalog::bundled();
    assert_eq!(catalog.names().count(), 345);
    for file in ["entities.csv", "extra_tables.csv"] {
        for row in rows(file).into_iter().flatten() {
            let table = &row["entity_type"];
            assert!(catalog.contains(table), "{table} of {file} has no spec");
        }
    }
}

/// An edge is drawn by either of its ends.
#[test]
fn every_edge_of_the_model_is_drawn_or_told_why_not() {
    let mut drawn = BTreeSet::new();
    for spec in Catalog::bundled().all().unwrap() {
        for edge in &spec.relationships {
            let source = edge.source.clone().unwrap_or_else(|| spec.name.clone());
            drawn.insert((source, edge.class.clone(), edge.target.clone()));
        }
    }
    let mut missing = Vec::new();
    for row in rows("relationships.csv").into_iter().flatten() {
        let key = (row["source_entity"].clone(), row["relationship"].clone(), row["target_entity"].clone());
        let any = |mine: &str, theirs: &str| mine == theirs || mine.starts_with("ANY_");
        let is_drawn = drawn.iter().any(|(s, class, t)| any(s, &key.0) && *class == key.1 && any(t, &key.2));
        if !is_drawn && !NOT_DRAWN.iter().any(|(edge, _)| *edge == name(&row)) {
            missing.push(name(&row));
        }
    }
    assert!(missing.is_empty(), "neither drawn nor told why not: {missing:#?}");
}

/// A snapshot of the made-up tenant, with its edges.
fn sample() -> (tempfile::TempDir, Snapshot) {
    let dir = tempfile::tempdir().unwrap();
    let source = root().join("samples/contoso/2026-10-01");
    let arguments = ["--archive", "archive", "import", source.to_str().unwrap(), "--at", "2026-10-01T06:00:00Z"];
    let ran = crate::support::cli::azsnap_with(dir.path(), &arguments, &[], "");
    assert!(ran.code == 0 || ran.code == 3, "{}", ran.stderr);
    let found = azsnap::store::find_snapshots(&dir.path().join("archive")).unwrap();
    let snapshot = Snapshot::open(&found.snapshots[0].2).unwrap();
    (dir, snapshot)
}

#[test]
fn every_kind_of_edge_is_found() {
    let (_dir, snapshot) = sample();
    let engine = Engine::open(&snapshot, &EngineOptions::default()).unwrap();
    let found = engine.query("SELECT DISTINCT source_table, class, target_table FROM azure_relationship").unwrap();
    let column = |name: &str| found.strings(name).into_iter().map(Option::unwrap_or_default).collect::<Vec<_>>();
    let (sources, classes, targets) = (column("source_table"), column("class"), column("target_table"));
    let found: BTreeSet<(&str, &str, &str)> =
        (0..sources.len()).map(|at| (&*sources[at], &*classes[at], &*targets[at])).collect();
    let mut missing = Vec::new();
    for row in rows("relationships.csv").into_iter().flatten() {
        let (source, class, target) = (&*row["source_entity"], &*row["relationship"], &*row["target_entity"]);
        let any = |pattern: &str, table: &str| pattern == table || pattern.starts_with("ANY_");
        let is_found = found.iter().any(|(s, c, t)| any(source, s) && *c == class && any(target, t));
        let told = NOT_DRAWN.iter().chain(NOT_FOUND).any(|(edge, _)| *edge == name(&row));
        assert!(!(is_found && told), "{} is found and told not to be", name(&row));
        if !is_found && !told {
            missing.push(name(&row));
        }
    }
    assert!(missing.is_empty(), "the made-up tenant has none of: {missing:#?}");
    // What people ask of the edges.
    let one = |sql: &str| engine.query(sql).unwrap().strings("n").remove(0).unwrap_or_default();
    let vm =
        one("SELECT min(source_id) AS n FROM azure_relationship WHERE class = 'USES' AND source_table = 'azure_vm'");
    let nic =
        one(&format!("SELECT min(id) AS n FROM neighbours('{}') WHERE table_name = 'azure_nic'", vm.to_uppercase()));
    assert!(nic.contains("/networkinterfaces/"), "{nic}");
    assert_eq!(one(&format!("SELECT count(*) AS n FROM path('{vm}', '{nic}', 3)")), "1");
    assert_eq!(one(&format!("SELECT max(step) AS n FROM path('{nic}', 'internet', 6)")), "3");
    assert_eq!(one(&format!("SELECT count(*) AS n FROM path('{vm}', 'nothing', 6)")), "0");
}
