//! `exposed_to_internet()` over made-up rows: `exposure_cases.toml` says what goes in and what has to come out.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::*;

#[derive(Deserialize)]
struct Cases {
    case: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    title: String,
    given: BTreeMap<String, Vec<Map<String, Value>>>,
    expect: Vec<String>,
}

fn engine() -> Engine {
    let at = NaiveDate::from_ymd_opt(2026, 10, 1).unwrap().and_hms_opt(0, 0, 0).unwrap();
    let tables = Some(BTreeSet::from(["internet_exposure".to_owned()]));
    Engine::for_cases(at, &EngineOptions { tables, ..EngineOptions::default() }).unwrap()
}

fn lines(engine: &Engine) -> BTreeSet<String> {
    let sql = "SELECT coalesce(name, id) || ' | ' || how || ' | ' || coalesce(array_to_string(ports, ', '), '') || ' | ' \
               || CASE WHEN certain THEN 'certain' ELSE why END \
               || CASE WHEN coalesce(sources, ['any']) = ['any'] THEN '' ELSE ' | from ' || array_to_string(sources, ', ') END AS line \
               FROM exposed_to_internet()";
    let rows = engine.query(sql).unwrap();
    let lines: Vec<String> = rows.strings("line").into_iter().map(Option::unwrap).collect();
    let set: BTreeSet<String> = lines.iter().cloned().collect();
    assert_eq!(set.len(), lines.len(), "the same line twice: {lines:?}");
    set
}

#[test]
fn cases() {
    let engine = engine();
    let cases: Cases = toml::from_str(include_str!("exposure_cases.toml")).unwrap();
    let mut wrong = Vec::new();
    for case in cases.case {
        engine.reset_tables().unwrap();
        for (table, rows) in &case.given {
            engine.insert_rows(table, rows).unwrap();
        }
        let (found, expected) = (lines(&engine), case.expect.iter().cloned().collect::<BTreeSet<String>>());
        if found != expected {
            let more: Vec<_> = found.difference(&expected).collect();
            let less: Vec<_> = expected.difference(&found).collect();
            wrong.push(format!("{}: not expected {more:#?}, missing {less:#?}", case.title));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Without a word of the ledger no table that the view looks at counts as read.
#[test]
fn a_silent_ledger_is_no_safety() {
    let engine = engine();
    engine
        .insert_rows("azure_subscription", &[json!({ "subscription_id": "s" }).as_object().unwrap().clone()])
        .unwrap();
    let found = lines(&engine);
    for table in ["azure_vm", "azure_lb", "azure_storage_account", "azure_sql_server", "azure_web_app"] {
        let line = format!("/subscriptions/s | not read |  | {table} was not read here: not_collected");
        assert!(found.contains(&line), "{table}: {found:?}");
    }
    let shown = engine
        .query("SELECT DISTINCT regexp_extract(why, '^[a-z_]+') AS name FROM exposed_to_internet()")
        .unwrap()
        .strings("name");
    for table in shown.into_iter().flatten() {
        assert!(Catalog::bundled().contains(&table), "{table}");
    }
}
