//! Tables that cases of checks fill with rows of their own.

use serde_json::{Map, json};

use super::*;

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
