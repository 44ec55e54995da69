//! Two small snapshots in, the differences that must be told out; and what holds for any two JSON values.

use super::json::{differences, write};
use super::*;
use crate::engine::EngineOptions;
use chrono::NaiveDate;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const S1: &str = "11111111-1111-4111-8111-111111111111";
const S2: &str = "22222222-2222-4222-8222-222222222222";
const TENANT: &str = "99999999-9999-4999-8999-999999999999";
const TABLES: [&str; 5] =
    ["azure_vm", "azure_user", "azure_security_group", "azure_role_assignment", "azure_vm_extension"];

/// A snapshot in memory: rows of tables, and of the ledger.
#[derive(Clone, Default)]
struct Side {
    rows: Vec<(&'static str, Value)>,
    ledger: Vec<Value>,
}

impl Side {
    /// Adds a row whose hash is its text, as received.
    fn row(mut self, table: &'static str, id: &str, raw: Value) -> Side {
        let subscription = crate::catalog::ArmId::new(id).subscription;
        let name = id.rsplit('/').next();
        self.rows.push((
            table,
            json!({"id": id, "name": name, "subscription_id": subscription, "_raw": raw, "_row_hash": raw.to_string(), "_api_version": "1"}),
        ));
        self
    }

    /// Changes a standard column of the last row.
    fn with(mut self, column: &str, value: Value) -> Side {
        if let Some((_, Value::Object(row))) = self.rows.last_mut() {
            row.insert(column.to_owned(), value);
        }
        self
    }

    fn read(mut self, table: &str, subscription: Option<&str>, parent: Option<&str>, status: &str) -> Side {
        let (kind, id) = subscription.map_or(("tenant", TENANT), |id| ("subscription", id));
        self.ledger.push(
            json!({"table_name": table, "scope_kind": kind, "scope_id": id, "parent_id": parent, "status": status}),
        );
        self
    }
}

/// Everything was read in the first subscription, and there is no other.
fn all_read() -> Side {
    let tables = ["azure_vm", "azure_security_group", "azure_role_assignment", "azure_vm_extension"];
    let side = Side::default().read("azure_subscription", None, None, "ok").read("azure_user", None, None, "ok");
    tables.iter().fold(side, |side, table| side.read(table, Some(S1), None, "ok"))
}

fn engine() -> Engine {
    let time = NaiveDate::from_ymd_opt(2026, 10, 1).unwrap().and_hms_opt(0, 0, 0).unwrap();
    let tables: BTreeSet<String> = TABLES.map(str::to_owned).into();
    Engine::for_cases(time, &EngineOptions { tables: Some(tables), threads: Some(1), ..EngineOptions::default() })
        .unwrap()
}

/// Puts two snapshots into the schemas that an engine over two has.
fn load(engine: &Engine, old: &Side, new: &Side) {
    for (schema, side) in [("old", old), ("new", new)] {
        let ledger = side.ledger.iter().map(|row| ("azure_ledger", row));
        for (table, row) in side.rows.iter().map(|(table, row)| (*table, row)).chain(ledger) {
            engine.insert_json(table, row.as_object().unwrap()).unwrap();
        }
        let copy = |table: &str| format!("CREATE OR REPLACE TABLE \"{schema}\".{table} AS SELECT * FROM main.{table};");
        let copies: String = TABLES.iter().chain(&["azure_ledger"]).map(|table| copy(table)).collect();
        engine.execute_trusted(&format!("CREATE SCHEMA IF NOT EXISTS \"{schema}\"; {copies}")).unwrap();
        engine.reset_tables().unwrap();
    }
}

fn told(engine: &Engine, old: &Side, new: &Side, by_hash: bool) -> Vec<Change> {
    load(engine, old, new);
    let specs: Vec<_> = TABLES.iter().map(|table| Catalog::bundled().table(table).unwrap()).collect();
    changes(engine, specs.into_iter(), by_hash, [TENANT, TENANT]).unwrap()
}

fn check(old: &Side, new: &Side, expected: &[&str]) {
    let engine = engine();
    let line = |change: &Change| {
        let columns: Vec<String> =
            change.columns.iter().map(|one| format!(" {} {}>{}", one.column, one.old, one.new)).collect();
        format!("{} {} {}{}", change.kind, change.class, change.name.as_deref().unwrap_or("-"), columns.join(","))
    };
    let found = told(&engine, old, new, true);
    assert_eq!(found.iter().map(line).collect::<Vec<_>>(), expected);
    assert_eq!(found, told(&engine, old, new, false), "hashes or raw objects, the same comes out");
    // The other way round is the mirror image, and nothing differs from itself.
    let mirror = |change: &Change| {
        let kind = match change.kind {
            ChangeKind::Added => ChangeKind::Removed,
            ChangeKind::Removed => ChangeKind::Added,
            ChangeKind::Changed => ChangeKind::Changed,
        };
        let swap = |one: &ColumnChange| ColumnChange {
            column: one.column.clone(),
            old: one.new.clone(),
            new: one.old.clone(),
        };
        Change { kind, columns: change.columns.iter().map(swap).collect(), ..change.clone() }
    };
    assert_eq!(told(&engine, new, old, true).iter().map(mirror).collect::<Vec<_>>(), found);
    assert_eq!(told(&engine, old, old, true), []);
}

fn vm(name: &str) -> String {
    format!("/subscriptions/{S1}/x/{name}")
}

#[test]
fn rows_come_go_and_change() {
    let old = all_read()
        .row("azure_vm", &vm("gone"), json!({"location": "west"}))
        .row("azure_vm", &vm("same"), json!({"location": "west"}))
        .row(
            "azure_vm",
            &vm("web"),
            json!({"location": "west", "properties": {"hardwareProfile": {"vmSize": "S"}}, "tags": {"a": "1"}}),
        );
    let new = all_read()
        .row("azure_vm", &vm("come"), json!({"location": "west"}))
        .row("azure_vm", &vm("same"), json!({"location": "west"}))
        .row("azure_vm", &vm("web"), json!({"location": "east", "properties": {"hardwareProfile": {"vmSize": "M"}, "odd": [1]}, "tags": {"a": "2"}}));
    check(
        &old,
        &new,
        &[
            "added estate come",
            "removed estate gone",
            "changed estate web _raw.properties.odd null>[1], hardware_profile_vm_size \"S\">\"M\", location \"west\">\"east\", tags.a \"1\">\"2\"",
        ],
    );
}

#[test]
fn another_api_version_is_told_apart() {
    let old = all_read().row("azure_vm", &vm("web"), json!({"zones": ["1"]}));
    let new = all_read().row("azure_vm", &vm("web"), json!({"zones": ["1", "2"]})).with("_api_version", json!("2"));
    check(&old, &new, &["changed api web zones [\"1\"]>[\"1\",\"2\"]"]);
}

#[test]
fn letter_case_of_ids_is_no_change() {
    let nic = |id: &str| json!({"id": id, "type": "Microsoft.Compute/virtualMachines", "properties": {"networkProfile": {"networkInterfaces": [{"id": id}]}}});
    let old = all_read().row("azure_vm", &vm("web"), nic("/subscriptions/A/N"));
    let mut lower = nic("/subscriptions/a/n");
    lower["type"] = json!("microsoft.compute/virtualmachines");
    let new = all_read().row("azure_vm", &vm("web"), lower);
    check(&old, &new, &[]);
}

#[test]
fn elements_find_their_columns() {
    let rule = |name: &str, access: &str| json!({"name": name, "properties": {"access": access}});
    let group = |rules: Value| json!({"properties": {"securityRules": rules}});
    let old = all_read().row("azure_security_group", &vm("g"), group(json!([rule("a", "Allow"), rule("b", "Deny")])));
    let new = all_read().row("azure_security_group", &vm("g"), group(json!([rule("b", "Allow"), rule("a", "Allow")])));
    let found = told(&engine(), &old, &new, true);
    assert_eq!(found.len(), 1);
    assert!(found[0].columns.iter().any(|one| one.column.ends_with("[b].properties.access")), "{found:?}");
    assert!(found[0].columns.iter().all(|one| !one.column.contains("[a]")), "{found:?}");
    let turned =
        all_read().row("azure_security_group", &vm("g"), group(json!([rule("b", "Deny"), rule("a", "Allow")])));
    check(&old, &turned, &[]);
}

#[test]
fn a_row_that_nobody_looked_for_is_no_change_of_the_tenant() {
    let both = |side: Side| side.row("azure_vm", &vm("web"), json!({}));
    let denied = |table: &str| {
        let mut side = all_read();
        side.ledger.retain(|row| row["table_name"] != table);
        side
    };
    check(&both(all_read()), &denied("azure_vm").read("azure_vm", Some(S1), None, "denied"), &["removed coverage web"]);
    check(&both(all_read()), &denied("azure_vm"), &["removed coverage web"]);
    check(&both(denied("azure_vm").read("azure_vm", Some(S1), None, "partial")), &all_read(), &["removed estate web"]);
    // One parent that refused.
    let extension = |side: Side| {
        side.row("azure_vm_extension", &format!("{}/e", vm("web")), json!({})).with("_parent_id", json!(vm("web")))
    };
    check(
        &extension(all_read()),
        &all_read().read("azure_vm_extension", Some(S1), Some(&vm("WEB")), "throttled"),
        &["removed coverage e"],
    );
    check(
        &extension(all_read()),
        &all_read().read("azure_vm_extension", Some(S1), Some(&vm("other")), "denied"),
        &["removed estate e"],
    );
    // Above subscriptions.
    let user = |side: Side| side.row("azure_user", "u", json!({}));
    check(&user(all_read()), &denied("azure_user").read("azure_user", None, None, "license"), &["removed estate u"]);
    check(&user(all_read()), &denied("azure_user").read("azure_user", None, None, "error"), &["removed coverage u"]);
}

#[test]
fn a_new_subscription_is_a_change_of_the_tenant() {
    let id = format!("/subscriptions/{S2}/x/far");
    let new = all_read().read("azure_vm", Some(S2), None, "ok").row("azure_vm", &id, json!({}));
    check(&all_read(), &new, &["added estate far"]);
    let mut blind = all_read();
    blind.ledger.retain(|row| row["table_name"] != "azure_subscription");
    check(&blind, &new, &["added coverage far"]);
}

#[test]
fn an_inherited_row_is_missed_by_any_list_that_was_read() {
    let id = "/providers/microsoft.authorization/roleassignments/r";
    let seen = |side: Side| side.row("azure_role_assignment", id, json!({})).with("_seen_in", json!([S1, S2]));
    let two = |status: &str| all_read().read("azure_role_assignment", Some(S2), None, status);
    check(&seen(two("ok")), &two("denied"), &["removed estate r"]);
    let mut none = two("denied");
    none.ledger.retain(|row| row["table_name"] != "azure_role_assignment" || row["scope_id"] == S2);
    check(&seen(two("ok")), &none, &["removed coverage r"]);
}

#[test]
fn coverage_changes() {
    let old = all_read()
        .read("azure_vm", Some(S2), None, "denied")
        .read("azure_vm_extension", Some(S1), Some("/a"), "ok")
        .read("azure_vm_extension", Some(S1), Some("/b"), "denied")
        .read("azure_vm_extension", Some(S1), Some("/c"), "ok");
    let new = all_read()
        .read("azure_vm", Some(S2), None, "ok")
        .read("azure_relationship", None, None, "ok")
        .read("azure_vm_extension", Some(S1), Some("/c"), "throttled")
        .read("azure_role_assignment", Some(S2), None, "ok");
    let engine = engine();
    load(&engine, &old, &new);
    let shown = |tables: Option<&[&str]>| -> Vec<String> {
        let found = scope::coverage(&engine, tables).unwrap();
        let line = |one: &CoverageChange| format!("{} {} {} {}", one.table, one.scope, one.old_status, one.new_status);
        found.iter().map(line).collect()
    };
    let vm = format!("azure_vm {S2} denied ok");
    assert_eq!(
        shown(None),
        [
            format!("azure_role_assignment {S2} not_collected ok"),
            vm.clone(),
            "azure_vm_extension /b denied not_collected".to_owned(),
            "azure_vm_extension /c ok throttled".to_owned(),
        ]
    );
    assert_eq!(shown(Some(&["azure_vm"])), [vm]);
}

fn any_json() -> impl Strategy<Value = Value> {
    let text = prop_oneof![Just("x"), Just("y"), Just("/subscriptions/a"), Just("/Subscriptions/A")];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (0..3).prop_map(Value::from),
        text.prop_map(Value::from)
    ];
    let key = prop_oneof![Just("id"), Just("name"), Just("a"), Just("l"), Just("v.w")];
    leaf.prop_recursive(4, 24, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((key.clone(), inner), 0..4)
                .prop_map(|pairs| pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect::<Value>()),
        ]
    })
}

proptest! {
    #[test]
    fn nothing_differs_from_itself(value in any_json()) {
        prop_assert_eq!(differences(&value, &value, &[]), []);
    }

    #[test]
    fn swapped_sides_mirror(old in any_json(), new in any_json()) {
        let places = |old: &Value, new: &Value, swap: bool| -> BTreeSet<String> {
            let sides = |one: &super::json::Difference| if swap { (one.new.clone(), one.old.clone()) } else { (one.old.clone(), one.new.clone()) };
            differences(old, new, &[])
                .iter()
                .map(|one| format!("{} {:?}", write("", &one.path).to_lowercase(), sides(one)))
                .collect()
        };
        prop_assert_eq!(places(&old, &new, false), places(&new, &old, true));
    }
}
