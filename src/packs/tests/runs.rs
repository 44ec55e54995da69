//! Whole runs: a report with its coverage, its outcome, its evidence, and what flips between two.

use super::*;
use crate::engine::{Engine, EngineOptions};
use chrono::NaiveDate;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

fn engine(rows: &[(&str, Value)]) -> Engine {
    let time = NaiveDate::from_ymd_opt(2026, 10, 1).unwrap().and_hms_opt(0, 0, 0).unwrap();
    let tables: BTreeSet<String> = ["azure_vm", "azure_nic", "azure_subscription"].map(str::to_owned).into();
    let params = BTreeMap::from([("vmss_min_delay_minutes".to_owned(), "7".to_owned())]);
    let options = EngineOptions { tables: Some(tables), threads: Some(1), params, ..EngineOptions::default() };
    let engine = Engine::for_cases(time, &options).unwrap();
    for (table, row) in rows {
        engine.insert_json(table, row.as_object().unwrap()).unwrap();
    }
    engine
}

fn library() -> Library {
    let mut library = Library::default();
    let controls = "-- controls = [\"p:1\"]\n-- params = [\"vmss_min_delay_minutes\"]\n";
    library.add_check(check_of("azure_vm", "\"azure_vm\"", controls, MACHINES)).unwrap();
    let pack = "title = \"P\"\n[[control]]\nid = \"1\"\ntitle = \"One\"\n[[control]]\nid = \"2\"\ntitle = \"Two\"\n";
    library.add_pack(Pack::parse("p", "p.toml", pack).unwrap()).unwrap();
    library
}

fn context() -> RunContext {
    RunContext {
        snapshot: "there".to_owned(),
        seal: "seal".to_owned(),
        tenant_id: TENANT.to_owned(),
        at: NaiveDate::from_ymd_opt(2026, 10, 1).unwrap().and_hms_opt(0, 0, 0).unwrap(),
        assumed: ["azure_vm", "azure_disk"].map(str::to_owned).into(),
        population: Vec::new(),
    }
}

fn ledger_row(table: &str, subscription: Option<&str>, status: &str) -> (&'static str, Value) {
    let (kind, id) = subscription.map_or(("tenant", TENANT), |id| ("subscription", id));
    let row = json!({
        "table_name": table, "scope_kind": kind, "scope_id": id, "status": status,
        "http_status": if status == "denied" { json!(403) } else { json!(null) },
        "error_code": if status == "denied" { json!("AuthorizationFailed") } else { json!(null) },
    });
    ("azure_ledger", row)
}

fn run_rows(rows: &[(&str, Value)], names: &[&str]) -> CheckReport {
    let library = library();
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    run_with(&library, &library.select(&names).unwrap(), &engine(rows), context()).unwrap()
}

fn vm(name: &str, subscription: &str) -> (&'static str, Value) {
    let id = format!("/subscriptions/{subscription}/x/{name}");
    (
        "azure_vm",
        json!({"id": id, "name": name, "subscription_id": subscription, "location": "west", "_fetched_at": "2026-10-01T07:00:00Z"}),
    )
}

/// What a check of ours cannot judge is unknown, and the others are judged; a user's check ends the run.
#[test]
fn a_check_that_stumbles() {
    let twice = "SELECT 'a' AS subject, NULL AS resource_id, NULL AS subscription_id, 'pass' AS verdict, '' AS reason FROM azure_vm";
    let number = "SELECT v.id AS subject, NULL AS resource_id, NULL AS subscription_id, 'pass' AS verdict, CAST(v.name AS BIGINT) AS reason FROM azure_vm AS v";
    let rows = [vm("good", S1), vm("bad", S1)];
    for (sql, said) in [(twice, "the subject a is there twice"), (number, "Conversion Error")] {
        let run = |bundled: bool| {
            let mut library = library();
            let other = check_of("azure_vm", "\"azure_vm\"", "", sql);
            library.add_check(Check { bundled, slug: "other".to_owned(), ..other }).unwrap();
            let names = ["other", "rule"].map(str::to_owned);
            run_with(&library, &library.select(&names).unwrap(), &engine(&rows), context())
        };
        let report = run(true).unwrap();
        let of = |check: &str| report.findings.iter().filter(|one| &*one.check == check).collect::<Vec<_>>();
        assert!(of("rule").iter().any(|one| one.verdict == Verdict::Pass) && of("other").len() == 1);
        let found = of("other")[0];
        assert_eq!((found.verdict, found.subject.as_str()), (Verdict::Unknown, TENANT));
        assert!(found.reason.contains(said), "{}", found.reason);
        assert!(run(false).is_err());
    }
    // What is no matter of a value is no verdict either.
    let mut library = library();
    let other = check_of("azure_vm", "\"azure_vm\"", "", "SELECT nothing FROM azure_vm");
    library.add_check(Check { bundled: true, slug: "other".to_owned(), ..other }).unwrap();
    let selection = library.select(&["other".to_owned()]).unwrap();
    assert!(run_with(&library, &selection, &engine(&rows), context()).is_err());
}

#[test]
fn a_report_holds_everything() {
    let rows = [
        ledger_row("azure_subscription", None, "ok"),
        ledger_row("azure_vm", Some(S1), "ok"),
        ledger_row("azure_vm", Some(S2), "denied"),
        vm("good", S1),
        vm("bad", S1),
        vm("lost", S2),
    ];
    let report = run_rows(&rows, &["p"]);
    let found: Vec<(&str, &str, Option<&str>)> = report
        .findings
        .iter()
        .map(|finding| {
            (finding.verdict.as_str(), finding.subject.rsplit('/').next().unwrap(), finding.resource_name.as_deref())
        })
        .collect();
    assert_eq!(found, [("fail", "bad", Some("bad")), ("unknown", S2, Some(S2)), ("pass", "good", Some("good"))]);
    assert_eq!(report.findings[0].evidence, *json!({"location": "west"}).as_object().unwrap());
    assert_eq!(
        report.findings[1].reason,
        format!(
            "azure_vm was not read: denied, HTTP 403, AuthorizationFailed on GET /subscriptions/{S2}/providers/Microsoft.Compute/virtualMachines, \
             which takes the permission Microsoft.Compute/virtualMachines/read"
        )
    );
    assert_eq!(report.findings[1].evidence, *json!({"_incomplete": ["azure_vm"]}).as_object().unwrap());
    assert_eq!((report.summary.pass, report.summary.fail, report.summary.unknown, report.summary.checks), (1, 1, 1, 1));
    assert_eq!((report.coverage.scopes, report.coverage.read), (2, 1));
    assert_eq!(report.coverage.unread[0].scope, S2);
    assert_eq!(report.coverage.assumed, ["azure_vm"]);
    assert_eq!(report.coverage.late, ["azure_vm"]);
    assert_eq!(serde_json::to_value(&report.params).unwrap(), json!({"vmss_min_delay_minutes": 7}));
    assert_eq!(report.not_yet, [NotYet { pack: "p".to_owned(), control: "2".to_owned(), title: "Two".to_owned() }]);
    assert_eq!(report.checks[0].slug, "rule");
    assert_eq!(report.at, "2026-10-01T00:00:00Z");
    assert_eq!(outcome(&report), Outcome::Failed);
    assert_eq!(report.pack_hash.len(), 64);
    assert_ne!(report.pack_hash, run_rows(&rows, &["rule"]).pack_hash);
}

#[test]
fn parents_are_counted_too() {
    let of_parent = |parent: &str, status: &str| {
        let (table, mut row) = ledger_row("azure_vm", Some(S1), status);
        row["parent_id"] = json!(parent);
        (table, row)
    };
    let rows = [
        ledger_row("azure_subscription", None, "ok"),
        ledger_row("azure_vm", Some(S1), "ok"),
        of_parent("/subscriptions/11111111-1111-4111-8111-111111111111/x/a", "ok"),
        of_parent("/subscriptions/11111111-1111-4111-8111-111111111111/x/b", "denied"),
        of_parent("/subscriptions/11111111-1111-4111-8111-111111111111", "unsupported"),
    ];
    let report = run_rows(&rows, &["rule"]);
    assert_eq!((report.coverage.scopes, report.coverage.read), (4, 3));
    assert_eq!(report.coverage.unread[0].scope, format!("/subscriptions/{S1}/x/b"));
    assert_eq!(report.coverage.unread[0].code.as_deref(), Some("AuthorizationFailed"));
}

#[test]
fn outcomes() {
    let ledger =
        |status: &str| [ledger_row("azure_subscription", None, "ok"), ledger_row("azure_vm", Some(S1), status)];
    assert_eq!(outcome(&run_rows(&ledger("ok"), &[])), Outcome::Clean);
    assert_eq!(outcome(&run_rows(&ledger("denied"), &[])), Outcome::UnknownOnly);
    // Not even the list of subscriptions is there.
    let nothing = run_rows(&[], &[]);
    assert_eq!((outcome(&nothing), nothing.findings[0].subject.as_str()), (Outcome::UnknownOnly, TENANT));
}

#[test]
fn evidence_keeps_its_types() {
    let sql = "SELECT 'a' AS subject, NULL AS resource_id, NULL AS subscription_id, 'pass' AS verdict, '' AS reason, \
         sum(x) AS total, TIMESTAMP '2026-01-02 03:04:05' AS at, ['a', NULL] AS list, {'k': TRUE, 'n': 1.5::DOUBLE} AS thing, \
         MAP {'k': 'v'} AS map, 12::TINYINT AS small, DATE '2026-01-01' AS day, '{\"a\":[1]}'::JSON AS json, 1.25::DECIMAL(4,2) AS exact \
         FROM (VALUES (1), (2)) AS t(x)";
    let mut library = Library::default();
    library.add_check(check_of("azure_vm", "\"azure_vm\"", "", sql)).unwrap();
    let rows = [ledger_row("azure_subscription", None, "ok"), ledger_row("azure_vm", Some(S1), "ok")];
    let report = run_with(&library, &library.select(&[]).unwrap(), &engine(&rows), context()).unwrap();
    let expected: Map<String, Value> = json!({
        "total": 3, "at": "2026-01-02T03:04:05Z", "list": ["a", null], "thing": {"k": true, "n": 1.5}, "map": {"k": "v"},
        "small": 12, "day": "2026-01-01", "json": "{\"a\":[1]}", "exact": "1.25"
    })
    .as_object()
    .unwrap()
    .clone();
    let finding = report.findings.iter().find(|finding| finding.subject == "a").unwrap();
    assert_eq!(finding.evidence, expected);
}

#[test]
fn flips_between_two_reports() {
    let read = [ledger_row("azure_subscription", None, "ok"), ledger_row("azure_vm", Some(S1), "ok")];
    let old = run_rows(&[read.to_vec(), vec![vm("good", S1), vm("gone", S1)]].concat(), &[]);
    let denied = [ledger_row("azure_subscription", None, "ok"), ledger_row("azure_vm", Some(S1), "denied")];
    let new = run_rows(&[read.to_vec(), vec![vm("good", S1), vm("bad", S1)]].concat(), &[]);
    let shown = |old: &CheckReport, new: &CheckReport| -> Vec<String> {
        let word = |verdict: Option<Verdict>| verdict.map_or("-", Verdict::as_str);
        let last = |subject: &str| subject.rsplit('/').next().unwrap_or_default().to_owned();
        flips(old, new)
            .iter()
            .map(|flip| format!("{} {} {}", last(&flip.subject), word(flip.old), word(flip.new)))
            .collect()
    };
    assert_eq!(shown(&old, &new), ["bad - fail", "gone pass -"]);
    assert_eq!(shown(&old, &old), Vec::<String>::new());
    let blind = run_rows(&denied, &[]);
    assert_eq!(shown(&new, &blind), [format!("{S1} - unknown"), "bad fail -".to_owned(), "good pass -".to_owned()]);
}

#[test]
fn an_engine_needs_only_what_a_selection_reads() {
    let library = library();
    let names = library.relations(&library.select(&["rule".to_owned()]).unwrap());
    assert_eq!(names.into_iter().collect::<Vec<_>>(), ["azure_subscription", "azure_vm"]);
}
