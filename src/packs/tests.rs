//! The rules of the runner, told as cases: a check's front matter, its SQL and the verdicts that must come out.

mod forms;
mod parents;
mod runs;
mod scopes;
mod values;

use super::*;
use std::cell::RefCell;
use std::collections::BTreeMap;

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

const USERS: &str = "SELECT u.id AS subject, u.id AS resource_id, NULL AS subscription_id, 'pass' AS verdict, 'fine' AS reason FROM azure_user AS u";
