//! The rules of the runner, told as cases: a check's front matter, its SQL and the verdicts that must come out.

use super::*;
use crate::engine::{Engine, EngineOptions};
use chrono::NaiveDate;
use serde_json::{Map, Value, json};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

const S1: &str = "11111111-1111-4111-8111-111111111111";
const S2: &str = "22222222-2222-4222-8222-222222222222";
const TENANT: &str = "99999999-9999-4999-8999-999999999999";

/// Machines pass unless they are called bad, are judged by hand when called manual and can't be told when called odd.
const MACHINES: &str = "SELECT v.id AS subject, v.id AS resource_id, v.subscription_id, \
     CASE v.name WHEN 'bad' THEN 'fail' WHEN 'manual' THEN 'manual' WHEN 'odd' THEN NULL ELSE 'pass' END AS verdict, \
     'said by SQL' AS reason, v.name AS resource_name, v.location FROM azure_vm AS v";

fn header(subject: &str, tables: &str, more: &str) -> String {
    format!(
        "-- title = \"A rule\"\n-- severity = \"high\"\n-- subject = \"{subject}\"\n-- tables = [{tables}]\n-- rationale = \"why\"\n-- remediation = \"what\"\n{more}"
    )
}

fn check_of(subject: &str, tables: &str, more: &str, sql: &str) -> Check {
    Check::parse("family", "rule", "rule.sql", &format!("{}{sql}", header(subject, tables, more))).unwrap()
}

thread_local! {
    /// One engine for all cases of a rule: making it takes longer than a case.
    static BENCHES: RefCell<BTreeMap<String, CaseBench<'static>>> = RefCell::default();
}

/// Runs one case; `S1`, `S2` and `TENANT` in it stand for the ids.
fn case(subject: &str, tables: &str, more: &str, sql: &str, case: &str) {
    let ids = |text: &str| text.replace("S1", S1).replace("S2", S2).replace("TENANT", TENANT);
    let lines: String = ids(case).lines().map(|line| format!("-- {}\n", line.trim())).collect();
    let check = check_of(subject, tables, &format!("{more}-- [[case]]\n-- title = \"c\"\n{lines}"), &ids(sql));
    let one = check.cases[0].clone();
    BENCHES.with_borrow_mut(|benches| {
        let bench = benches
            .entry(format!("{subject} {tables} {more} {sql}"))
            .or_insert_with(|| CaseBench::new(Box::leak(Box::new(check))).unwrap());
        if let Err(failed) = bench.run(&one) {
            panic!("{failed}\n{case}");
        }
    });
}

fn machines(text: &str) {
    case("azure_vm", "\"azure_vm\"", "", MACHINES, text);
}

#[test]
fn sql_speaks_and_null_is_unknown() {
    machines(
        r#"given.azure_vm = [{ name = "good" }, { name = "bad" }, { name = "manual" }, { name = "odd" }]
           expect = { good = "pass", bad = "fail", manual = "manual", odd = "unknown" }"#,
    );
}

#[test]
fn a_subscription_without_subjects_is_not_applicable_when_it_was_read() {
    machines(r#"expect = { "/subscriptions/S1" = "not_applicable" }"#);
    machines(
        r#"given.azure_vm = [{ name = "good" }]
           ledger = [{ table = "azure_vm", subscription = "S2", status = "ok" }]
           expect = { good = "pass", "/subscriptions/S2" = "not_applicable" }"#,
    );
    machines(
        r#"given.azure_subscription = [{ subscription_id = "S1" }, { subscription_id = "S2" }]
           ledger = [{ table = "azure_vm", subscription = "S2", status = "throttled" }]
           expect = { "/subscriptions/S1" = "not_applicable", "/subscriptions/S2" = "unknown" }"#,
    );
}

#[test]
fn every_status_is_knowledge_or_a_gap() {
    for (status, expected) in [
        ("ok", "good = \"pass\""),
        ("not_registered", "good = \"pass\""),
        ("unsupported", "good = \"pass\""),
        ("license", "good = \"pass\""),
        ("retired", "good = \"pass\""),
        ("partial", "\"/subscriptions/S1\" = \"unknown\""),
        ("denied", "\"/subscriptions/S1\" = \"unknown\""),
        ("not_found", "\"/subscriptions/S1\" = \"unknown\""),
        ("throttled", "\"/subscriptions/S1\" = \"unknown\""),
        ("error", "\"/subscriptions/S1\" = \"unknown\""),
        ("not_collected", "\"/subscriptions/S1\" = \"unknown\""),
        ("absent", "\"/subscriptions/S1\" = \"unknown\""),
    ] {
        machines(&format!(
            "given.azure_vm = [{{ name = \"good\" }}]\nledger = [{{ table = \"azure_vm\", subscription = \"S1\", status = \"{status}\" }}]\nexpect = {{ {expected} }}"
        ));
    }
}

#[test]
fn a_gap_in_one_subscription_leaves_the_others() {
    machines(
        r#"given.azure_vm = [{ name = "good" }, { name = "bad" }, { name = "far", subscription_id = "S2" }]
           ledger = [{ table = "azure_vm", subscription = "S1", status = "denied" }]
           expect = { "/subscriptions/S1" = "unknown", far = "pass" }"#,
    );
    // Rows above subscriptions rest on all of them.
    case(
        "azure_account",
        "\"azure_account\", \"azure_vm\"",
        "",
        "SELECT a.id AS subject, a.id AS resource_id, NULL AS subscription_id, 'pass' AS verdict, 'no bad machine' AS reason FROM azure_account AS a WHERE NOT EXISTS (SELECT 1 FROM azure_vm WHERE name = 'bad')",
        r#"given.azure_account = [{}]
           given.azure_vm = [{ name = "good" }]
           ledger = [{ table = "azure_vm", subscription = "S1", status = "denied" }]
           expect = { "/subscriptions/S1" = "unknown", "TENANT" = "unknown" }"#,
    );
}

#[test]
fn manual_and_proven_fails_stand() {
    machines(
        r#"given.azure_vm = [{ name = "manual" }, { name = "good" }]
           ledger = [{ table = "azure_vm", status = "denied" }]
           expect = { "/subscriptions/S1" = "unknown", manual = "manual" }"#,
    );
    case(
        "azure_vm",
        "\"azure_vm\", \"azure_nic\"",
        "-- proven_fail = true\n",
        &format!("{MACHINES} WHERE 0 = (SELECT count(*) FROM azure_nic WHERE name = 'no such')"),
        r#"given.azure_vm = [{ name = "good" }, { name = "bad" }, { name = "odd" }]
           ledger = [{ table = "azure_nic", status = "denied" }]
           expect = { "/subscriptions/S1" = "unknown", bad = "fail" }"#,
    );
    // A row about the very place that was not read stays the only finding about it.
    case(
        "azure_subscription",
        "\"azure_subscription\", \"azure_vm\"",
        "",
        "SELECT s.id AS subject, s.id AS resource_id, s.subscription_id, 'manual' AS verdict, 'look' AS reason FROM azure_subscription AS s LEFT JOIN azure_vm AS v ON FALSE",
        r#"given.azure_subscription = [{}]
           ledger = [{ table = "azure_vm", status = "denied" }]
           expect = { "/subscriptions/S1" = "manual" }"#,
    );
}

const USERS: &str = "SELECT u.id AS subject, u.id AS resource_id, NULL AS subscription_id, 'pass' AS verdict, 'fine' AS reason FROM azure_user AS u";

#[test]
fn a_gap_in_the_tenant_touches_everything() {
    let users = |text: &str| case("azure_user", "\"azure_user\"", "", USERS, text);
    users(r#"expect = { "TENANT" = "not_applicable" }"#);
    users(
        r#"given.azure_user = [{ name = "u" }]
           ledger = [{ table = "azure_user", status = "denied" }]
           expect = { "TENANT" = "unknown" }"#,
    );
    case(
        "azure_vm",
        "\"azure_vm\", \"azure_user\"",
        "",
        &format!("{MACHINES} LEFT JOIN azure_user AS u ON FALSE"),
        r#"given.azure_vm = [{ name = "good" }, { name = "bad", subscription_id = "S2" }]
           ledger = [{ table = "azure_user", status = "license" }, { table = "azure_vm", subscription = "S2", status = "error" }]
           expect = { good = "pass", "/subscriptions/S2" = "unknown" }"#,
    );
    case(
        "azure_vm",
        "\"azure_vm\", \"azure_user\"",
        "",
        &format!("{MACHINES} LEFT JOIN azure_user AS u ON FALSE"),
        r#"given.azure_vm = [{ name = "good" }, { name = "manual", subscription_id = "S2" }]
           ledger = [{ table = "azure_user", status = "absent" }, { table = "azure_vm", subscription = "S2", status = "error" }]
           expect = { "TENANT" = "unknown", "/subscriptions/S2" = "unknown", manual = "manual" }"#,
    );
}

#[test]
fn an_unread_list_of_subscriptions_is_told() {
    machines(
        r#"given.azure_vm = [{ name = "good" }]
           ledger = [{ table = "azure_subscription", status = "denied" }]
           expect = { good = "pass", "TENANT" = "unknown" }"#,
    );
    case(
        "azure_user",
        "\"azure_user\"",
        "",
        USERS,
        r#"given.azure_user = [{ name = "u" }]
           ledger = [{ table = "azure_subscription", status = "denied" }]
           expect = { u = "pass" }"#,
    );
}

#[test]
fn a_gap_below_one_parent() {
    // Extensions hang on machines: only the machine that refused is unknown.
    let extensions = |text: &str| {
        case(
            "azure_vm",
            "\"azure_vm\", \"azure_vm_extension\"",
            "",
            &format!("{MACHINES} LEFT JOIN azure_vm_extension AS e ON FALSE"),
            text,
        );
    };
    extensions(
        r#"given.azure_vm = [{ id = "/subscriptions/S1/x/a", name = "good" }, { id = "/subscriptions/S1/x/b", name = "bad" }, { id = "/subscriptions/S1/x/bb", name = "good" }]
           ledger = [{ table = "azure_vm_extension", parent = "/subscriptions/S1/x/b", status = "denied" }]
           expect = { a = "pass", b = "unknown", bb = "pass" }"#,
    );
    extensions(
        r#"given.azure_vm = [{ id = "/subscriptions/S1/x/a", name = "good" }]
           ledger = [{ table = "azure_vm_extension", parent = "/subscriptions/S1/x/a", status = "unsupported" }]
           expect = { a = "pass" }"#,
    );
    // The parent may not be a subject at all.
    extensions(
        r#"given.azure_vm = [{ id = "/subscriptions/S1/x/a", name = "good" }]
           ledger = [{ table = "azure_vm_extension", parent = "/subscriptions/S1/x/z", status = "throttled" }]
           expect = { a = "pass", z = "unknown" }"#,
    );
}

#[test]
fn a_gap_below_a_parent_of_another_kind_touches_all() {
    // Nobody can tell which users the unread group holds.
    let users = |text: &str| {
        case(
            "azure_user",
            "\"azure_user\", \"azure_group_member\"",
            "",
            &format!("{USERS} LEFT JOIN azure_group_member AS m ON FALSE"),
            text,
        );
    };
    users(
        r#"given.azure_user = [{ name = "u" }, { name = "v" }]
           ledger = [{ table = "azure_group_member", parent = "g", status = "denied" }]
           expect = { u = "unknown", v = "unknown", g = "unknown" }"#,
    );
    // The group itself as the subject: only that group.
    case(
        "azure_user_group",
        "\"azure_user_group\", \"azure_group_member\"",
        "",
        "SELECT g.id AS subject, g.id AS resource_id, NULL AS subscription_id, 'pass' AS verdict, '' AS reason FROM azure_user_group AS g LEFT JOIN azure_group_member AS m ON FALSE",
        r#"given.azure_user_group = [{ name = "g" }, { name = "h" }]
           ledger = [{ table = "azure_group_member", parent = "g", status = "denied" }]
           expect = { g = "unknown", h = "pass" }"#,
    );
    // Rows of a parent that was read in part are known by their parent, whatever their ids look like.
    case(
        "azure_group_member",
        "\"azure_group_member\"",
        "",
        "SELECT m.id AS subject, m.id AS resource_id, NULL AS subscription_id, 'pass' AS verdict, '' AS reason FROM azure_group_member AS m",
        r#"given.azure_group_member = [{ id = "one", _parent_id = "g" }, { id = "two", _parent_id = "h" }]
           ledger = [{ table = "azure_group_member", parent = "g", status = "partial" }]
           expect = { g = "unknown", two = "pass" }"#,
    );
}

#[test]
fn what_lies_above_a_gap_rests_on_it() {
    case(
        "azure_subscription",
        "\"azure_subscription\", \"azure_vm_extension\"",
        "",
        "SELECT s.id AS subject, s.id AS resource_id, s.subscription_id, 'pass' AS verdict, '' AS reason FROM azure_subscription AS s LEFT JOIN azure_vm_extension AS e ON FALSE",
        r#"given.azure_subscription = [{ subscription_id = "S1" }, { subscription_id = "S2" }]
           ledger = [{ table = "azure_vm_extension", parent = "/subscriptions/S1/x/a", status = "denied" }]
           expect = { "/subscriptions/S1" = "unknown", "/subscriptions/S2" = "pass", "/subscriptions/S1/x/a" = "unknown" }"#,
    );
}

#[test]
fn gaps_of_single_values() {
    // The column is read: the row's own verdict goes, not its neighbour's.
    machines(
        r#"given.azure_vm = [{ name = "good" }, { name = "bad", _gaps = ["location"] }, { name = "manual", _gaps = ["location"] }]
           expect = { good = "pass", bad = "unknown", manual = "manual" }"#,
    );
    // A column the SQL does not mention changes nothing.
    machines(
        r#"given.azure_vm = [{ name = "good", _gaps = ["zones"] }]
           expect = { good = "pass" }"#,
    );
    // SQL that asks for the gap itself has the last word.
    case(
        "azure_vm",
        "\"azure_vm\"",
        "",
        &format!("{MACHINES} WHERE NOT list_contains(coalesce(v._gaps, []), 'location')"),
        r#"given.azure_vm = [{ name = "good" }, { name = "bad", _gaps = ["location"] }]
           expect = { good = "pass" }"#,
    );
}

#[test]
fn gaps_in_rows_of_other_tables() {
    let nics = |text: &str| {
        case(
            "azure_vm",
            "\"azure_vm\", \"azure_nic\"",
            "",
            &format!("{MACHINES} LEFT JOIN azure_nic AS n ON n.location = 'nowhere'"),
            text,
        );
    };
    // The interface is no part of any machine's id: every machine of the subscription may rest on it.
    nics(
        r#"given.azure_vm = [{ name = "good" }, { name = "bad", subscription_id = "S2" }]
           given.azure_nic = [{ name = "n", _gaps = ["location"] }]
           expect = { good = "unknown", bad = "fail" }"#,
    );
    // Nothing to be judged there, but nobody knows that.
    nics(
        r#"given.azure_nic = [{ name = "n", _gaps = ["location"] }]
           expect = { "/subscriptions/S1" = "unknown" }"#,
    );
    nics(
        r#"given.azure_nic = [{ id = "/x/good/n", _gaps = ["location"] }, { id = "/y/n", _parent_id = "/x/bad", _gaps = ["location"] }]
           given.azure_vm = [{ id = "/x/good", name = "good" }, { id = "/x/bad", name = "bad" }, { id = "/x/other", name = "other" }]
           expect = { good = "unknown", bad = "unknown", other = "pass" }"#,
    );
}

#[test]
fn a_subject_that_the_query_lost_is_told() {
    case(
        "azure_vm",
        "\"azure_vm\"",
        "",
        &format!("{MACHINES} WHERE v.location = 'west'"),
        r#"given.azure_vm = [{ name = "good", location = "west" }, { name = "gone", _gaps = ["location"] }, { name = "east", location = "east" }]
           expect = { good = "pass", gone = "unknown" }"#,
    );
}

#[test]
fn rows_of_another_form_are_errors() {
    let error = |sql: &str| {
        let check = check_of("azure_vm", "\"azure_vm\"", "-- [[case]]\n-- title = \"c\"\n-- expect = {}\n", sql);
        CaseBench::new(&check).unwrap().run(&check.cases[0]).unwrap_err().message
    };
    for (sql, expected) in [
        (
            "SELECT 1 AS subject",
            "check rule: its columns must begin with subject, resource_id, subscription_id, verdict, reason, but are subject",
        ),
        (
            "SELECT 'a' AS subject, NULL AS resource_id, NULL AS subscription_id, 'unknown' AS verdict, '' AS reason",
            "check rule: the verdict of a is `unknown`, not pass, fail, not_applicable, manual or NULL",
        ),
        (
            "SELECT 'a' AS subject, NULL AS resource_id, NULL AS subscription_id, 'PASS' AS verdict, '' AS reason",
            "check rule: the verdict of a is `PASS`, not pass, fail, not_applicable, manual or NULL",
        ),
        (
            "SELECT x AS subject, NULL AS resource_id, NULL AS subscription_id, 'pass' AS verdict, '' AS reason FROM (VALUES ('a'), ('a')) AS t(x)",
            "check rule: the subject a is there twice",
        ),
        (
            "SELECT NULL AS subject, NULL AS resource_id, NULL AS subscription_id, 'pass' AS verdict, '' AS reason",
            "check rule: a row has no subject",
        ),
        (
            "SELECT 'a' AS subject, NULL AS resource_id, NULL AS subscription_id, 'pass' AS verdict, '' AS reason, 1 AS x, 2 AS x",
            "check rule: the column x is there twice",
        ),
        ("SELECT nothing FROM azure_vm", "check rule cannot be run: "),
    ] {
        let found = error(sql);
        assert!(found.starts_with(expected), "{found}");
    }
    let fails = |check: &Check| CaseBench::new(check).err().unwrap();
    assert_eq!(
        fails(&check_of("azure_vm", "\"azure_vm\"", "", "SELECT 1 FROM azure_nic")),
        "check rule reads azure_nic, which neither `tables` nor `optional` of its front matter names"
    );
    let said = fails(&check_of("azure_vm", "\"azure_vmm\"", "", "SELECT 1"));
    assert!(
        said.starts_with("check rule names the table azure_vmm, which does not exist (did you mean azure_vm"),
        "{said}"
    );
}

#[test]
fn cases_find_what_differs() {
    let failure = |text: &str| {
        let lines: String = text.lines().map(|line| format!("-- {}\n", line.trim())).collect();
        let check = check_of("azure_vm", "\"azure_vm\"", &format!("-- [[case]]\n-- title = \"c\"\n{lines}"), MACHINES);
        run_case(&check, &check.cases[0]).unwrap_err().to_string()
    };
    assert_eq!(
        failure(
            "given.azure_vm = [{ name = \"good\" }, { name = \"bad\" }]\nexpect = { good = \"fail\", other = \"pass\" }"
        ),
        format!(
            "check rule, case \"c\": /subscriptions/{S1}/resourcegroups/rg/providers/microsoft.compute/virtualmachines/bad is fail (said by SQL), which is not expected; \
             /subscriptions/{S1}/resourcegroups/rg/providers/microsoft.compute/virtualmachines/good is pass (said by SQL), expected fail; no finding about other, expected pass"
        )
    );
    assert_eq!(
        failure("given.azure_vm = [{ nmae = \"good\" }]\nexpect = {}"),
        "check rule, case \"c\": row of azure_vm: there is no column nmae"
    );
    assert_eq!(
        failure("ledger = [{ table = \"azure_vm\", status = \"lost\" }]\nexpect = {}"),
        "check rule, case \"c\": `lost` is no status of the ledger"
    );
}

#[test]
fn a_refused_table_leaves_no_verdict() {
    let cases = "-- [[case]]\n-- title = \"c\"\n-- given.azure_vm = [{ name = \"good\" }, { name = \"bad\" }]\n-- expect = { good = \"pass\", bad = \"fail\" }\n";
    denied_gives_unknown(&check_of("azure_vm", "\"azure_vm\"", cases, MACHINES)).unwrap();
    // SQL that makes up its subscription ids escapes the rule, and is found out.
    let sql = MACHINES.replace("v.subscription_id", "'elsewhere' AS subscription_id");
    let said = denied_gives_unknown(&check_of("azure_vm", "\"azure_vm\"", cases, &sql)).unwrap_err();
    assert!(said.starts_with("azure_vm denied, case \"c\": ") && said.ends_with(" is still fail"), "{said}");
}

// ---------------------------------------------------------------- whole runs

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
