//! The cases in a check's front matter: given rows and a ledger in, agreement with the expected verdicts out.
//!
//! The rows go into empty tables of an engine, then the same code judges them that judges a snapshot. Left out columns get
//! plausible values, so that a case says only what it is about.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{NaiveDate, NaiveDateTime};
use serde_json::{Map, Value, json};

use super::finding::{Finding, Verdict};
use super::reads::reads;
use super::session::Session;
use super::verdict::INCOMPLETE;
use super::{Case, CaseLedger, Check, PackError};
use crate::catalog::scope::{ArmId, last_segment};
use crate::catalog::{Catalog, Plane, SUBSCRIPTIONS, TableSpec, embedded};
use crate::engine::{Engine, EngineOptions};
use crate::store::Status;

/// The subscription of rows that name none.
const SUBSCRIPTION: &str = "11111111-1111-4111-8111-111111111111";
/// The tenant of all cases.
const TENANT: &str = "99999999-9999-4999-8999-999999999999";

/// Says how a case came out otherwise than expected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("check {check}, case \"{case}\": {message}")]
pub struct CaseFailure {
    /// Slug of the check.
    pub check: String,
    /// Title of the case.
    pub case: String,
    /// What differs, or what went wrong.
    pub message: String,
}

/// Runs one case of a check.
///
/// # Errors
/// A finding is missing, unexpected or has another verdict; or the check cannot be run.
pub fn run_case(check: &Check, case: &Case) -> Result<(), CaseFailure> {
    Harness::new(check).and_then(|mut harness| harness.agrees(case)).map_err(|message| failure(check, case, message))
}

/// Runs all cases of a check on one engine, and gives those that fail.
#[must_use]
pub fn run_cases(check: &Check) -> Vec<CaseFailure> {
    let mut harness = match Harness::new(check) {
        Ok(harness) => harness,
        Err(message) => return check.cases.iter().map(|case| failure(check, case, message.clone())).collect(),
    };
    check.cases.iter().filter_map(|case| harness.agrees(case).err().map(|message| failure(check, case, message))).collect()
}

/// Proves for each table the check needs that no verdict is left when the table is refused, whatever else a case gives.
///
/// # Errors
/// The table and the case in which a pass, an unproven fail or a not_applicable is left, or nothing tells of the gap.
pub fn denied_gives_unknown(check: &Check) -> Result<(), String> {
    let mut harness = Harness::new(check)?;
    let tables: BTreeSet<&str> = check.needs().collect();
    for table in tables {
        for case in &check.cases {
            let mut denied = case.clone();
            denied.ledger.retain(|row| row.table != table);
            denied.ledger.push(CaseLedger {
                table: table.to_owned(),
                status: Status::Denied.word().to_owned(),
                ..CaseLedger::default()
            });
            let findings = harness.findings(&denied)?;
            let place = || format!("{table} denied, case \"{}\"", case.title);
            let is_left = |finding: &&Finding| match finding.verdict {
                Verdict::Pass | Verdict::NotApplicable => true,
                Verdict::Fail => !check.proven_fail,
                Verdict::Manual => !finding.evidence.contains_key(INCOMPLETE),
                Verdict::Unknown => false,
            };
            if let Some(left) = findings.iter().find(is_left) {
                return Err(format!("{}: {} is still {}", place(), left.subject, left.verdict));
            }
            if !findings.iter().any(|finding| finding.evidence.contains_key(INCOMPLETE)) {
                return Err(format!("{}: no finding says so", place()));
            }
        }
    }
    Ok(())
}

fn failure(check: &Check, case: &Case, message: String) -> CaseFailure {
    CaseFailure { check: check.slug.clone(), case: case.title.clone(), message }
}

/// `snapshot_time()` in all cases.
fn time() -> NaiveDateTime {
    NaiveDate::from_ymd_opt(2026, 10, 1).and_then(|date| date.and_hms_opt(0, 0, 0)).expect("the date is fixed")
}

fn view(name: &str) -> Option<&'static str> {
    embedded::VIEWS.iter().find(|(view, _)| *view == name).map(|(_, text)| *text)
}

/// Holds the engine that the cases of one check share.
struct Harness<'c> {
    check: &'c Check,
    engine: Engine,
    /// Every table the check can reach.
    tables: BTreeSet<String>,
}

impl<'c> Harness<'c> {
    fn new(check: &'c Check) -> Result<Harness<'c>, String> {
        let reached = reads(&check.sql, &view).map_err(|error| error.to_string())?;
        let mut tables: BTreeSet<String> = check.named_tables().map(str::to_owned).collect();
        tables.extend(reached.into_keys().map(str::to_owned));
        tables.insert(SUBSCRIPTIONS.to_owned());
        let mut given = tables.clone();
        given.extend(check.cases.iter().flat_map(|case| case.given.keys().cloned()));
        let options = EngineOptions { tables: Some(given), threads: Some(1), ..EngineOptions::default() };
        let engine = Engine::for_cases(time(), &options).map_err(|error| error.to_string())?;
        Ok(Harness { check, engine, tables })
    }

    fn agrees(&mut self, case: &Case) -> Result<(), String> {
        compare(&self.findings(case)?, &case.expect)
    }

    fn findings(&mut self, case: &Case) -> Result<Vec<Finding>, String> {
        let params = case.param.iter().map(|(name, value)| (name.clone(), param_text(value))).collect();
        let text = |error: crate::engine::EngineError| error.to_string();
        self.engine.reset_tables().map_err(text)?;
        self.engine.set_params(&params).map_err(text)?;
        let mut subscriptions = BTreeSet::new();
        for (table, rows) in &case.given {
            let spec = Catalog::bundled().table(table).map_err(|error| error.to_string())?;
            for (at, row) in rows.iter().enumerate() {
                let row = with_defaults(spec, row, at + 1)?;
                subscriptions.extend(row.get("subscription_id").and_then(Value::as_str).map(str::to_lowercase));
                self.engine.insert_json(table, &row).map_err(text)?;
            }
        }
        for row in ledger(&self.tables, case, subscriptions)? {
            self.engine.insert_json("azure_ledger", &row).map_err(text)?;
        }
        let session = Session::open(&self.engine, [self.check], &view, TENANT);
        session.and_then(|session| session.judge(self.check)).map_err(|error| chain(&error))
    }
}

/// The error and what caused it: the cause of a failing check is DuckDB's message.
fn chain(error: &PackError) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text.push_str(&format!(": {cause}"));
        source = cause.source();
    }
    text
}

/// A parameter as a user would type it.
fn param_text(value: &toml::Value) -> String {
    match value {
        toml::Value::String(text) => text.clone(),
        other => json_of(other).to_string(),
    }
}

fn json_of(value: &toml::Value) -> Value {
    match value {
        toml::Value::String(text) => json!(text),
        toml::Value::Integer(number) => json!(number),
        toml::Value::Float(number) => json!(number),
        toml::Value::Boolean(yes) => json!(yes),
        toml::Value::Datetime(at) => json!(at.to_string()),
        toml::Value::Array(items) => items.iter().map(json_of).collect(),
        toml::Value::Table(table) => table.iter().map(|(key, value)| (key.clone(), json_of(value))).collect(),
    }
}

/// A given row with the columns that it leaves out.
fn with_defaults(spec: &TableSpec, given: &toml::Table, number: usize) -> Result<Map<String, Value>, String> {
    let catalog = Catalog::bundled();
    let source = catalog.source_of(spec).map_err(|error| error.to_string())?;
    let is_wide = catalog.is_tenant_wide(spec).map_err(|error| error.to_string())? && spec.name != SUBSCRIPTIONS;
    let mut row: Map<String, Value> = given.iter().map(|(key, value)| (key.clone(), json_of(value))).collect();
    let given_id = row.get("id").and_then(Value::as_str).map(ArmId::new).unwrap_or_default();
    let mut default = |column: &str, value: Value| {
        row.entry(column).or_insert(value).as_str().map(str::to_owned).unwrap_or_default()
    };
    let name = default("name", json!(format!("{}-{number}", spec.name)));
    default("tenant_id", json!(TENANT));
    if let Some(arm_type) = &spec.arm_type {
        default("type", json!(arm_type.to_lowercase()));
    }
    let (mut subscription, mut group) = (String::new(), String::new());
    if !is_wide {
        subscription = default("subscription_id", json!(given_id.subscription.as_deref().unwrap_or(SUBSCRIPTION)));
        if spec.name != SUBSCRIPTIONS {
            group = default("resource_group", json!(given_id.resource_group.as_deref().unwrap_or("rg")));
        }
    }
    let kind = spec.arm_type.as_ref().unwrap_or(&spec.name);
    let id = match (spec.name.as_str(), source.fetch.plane) {
        (SUBSCRIPTIONS, _) => format!("/subscriptions/{subscription}"),
        ("azure_account", _) => TENANT.to_owned(),
        ("azure_resource_group", _) => format!("/subscriptions/{subscription}/resourcegroups/{name}"),
        (_, Plane::Graph) => name,
        (_, Plane::Arm) if is_wide => format!("/providers/{kind}/{name}"),
        (_, Plane::Arm) => format!("/subscriptions/{subscription}/resourcegroups/{group}/providers/{kind}/{name}"),
    };
    default("id", json!(id.to_lowercase()));
    Ok(row)
}

/// The ledger of a case: everything read in every subscription that appears, less what the case says.
fn ledger(tables: &BTreeSet<String>, case: &Case, mut subscriptions: BTreeSet<String>) -> Result<Vec<Map<String, Value>>, String> {
    subscriptions.extend(case.ledger.iter().filter_map(|row| row.subscription.as_ref()).map(|id| id.to_lowercase()));
    if subscriptions.is_empty() {
        subscriptions.insert(SUBSCRIPTION.to_owned());
    }
    let named = tables.iter().map(String::as_str).chain(case.given.keys().map(String::as_str));
    let tables: BTreeSet<&str> = named.chain(case.ledger.iter().map(|row| row.table.as_str())).collect();
    let mut rows: BTreeMap<(&str, Option<String>, Option<&str>), Map<String, Value>> = BTreeMap::new();
    let scopes = |table: &str| -> Result<Vec<Option<String>>, String> {
        let catalog = Catalog::bundled();
        let is_wide = catalog.table(table).and_then(|spec| catalog.is_tenant_wide(spec)).map_err(|error| error.to_string())?;
        Ok(if is_wide { vec![None] } else { subscriptions.iter().cloned().map(Some).collect() })
    };
    for table in tables {
        for scope in scopes(table)? {
            rows.insert((table, scope.clone(), None), ledger_row(table, scope.as_deref(), None));
        }
    }
    for given in &case.ledger {
        let parent = given.parent.as_deref();
        let in_parent = parent.and_then(|parent| ArmId::new(parent).subscription);
        let scopes = match given.subscription.as_ref().map(|id| id.to_lowercase()).or(in_parent) {
            Some(subscription) => vec![Some(subscription)],
            None => scopes(&given.table)?,
        };
        for scope in scopes {
            let key = (given.table.as_str(), scope.clone(), parent);
            if given.status == "absent" {
                rows.remove(&key);
            } else if Status::parse(&given.status).is_none() {
                return Err(format!("`{}` is no status of the ledger", given.status));
            } else {
                rows.insert(key, ledger_row(&given.table, scope.as_deref(), Some(given)));
            }
        }
    }
    Ok(rows.into_values().collect())
}

fn ledger_row(table: &str, subscription: Option<&str>, given: Option<&CaseLedger>) -> Map<String, Value> {
    let given = given.cloned().unwrap_or_else(|| CaseLedger { status: Status::Ok.word().to_owned(), ..CaseLedger::default() });
    let row = json!({
        "table_name": table,
        "scope_kind": if subscription.is_some() { "subscription" } else { "tenant" },
        "scope_id": subscription.unwrap_or(TENANT),
        "parent_id": given.parent.map(|id| id.to_lowercase()),
        "status": given.status,
        "code": given.code,
        "http_status": given.http_status,
        "error_code": given.error_code,
    });
    match row {
        Value::Object(row) => row,
        _ => Map::new(),
    }
}

/// Compares findings with what a case expects: subjects as a whole, or by their last segment.
fn compare(findings: &[Finding], expected: &BTreeMap<String, Verdict>) -> Result<(), String> {
    let mut open: BTreeMap<String, (&String, Verdict)> =
        expected.iter().map(|(subject, verdict)| (subject.to_lowercase(), (subject, *verdict))).collect();
    let mut wrong = Vec::new();
    for finding in findings {
        let subject = finding.subject.to_lowercase();
        let is = || format!("{} is {} ({})", finding.subject, finding.verdict, finding.reason);
        match open.remove(&subject).or_else(|| open.remove(last_segment(&subject))) {
            Some((_, verdict)) if verdict == finding.verdict => {}
            Some((_, verdict)) => wrong.push(format!("{}, expected {verdict}", is())),
            None => wrong.push(format!("{}, which is not expected", is())),
        }
    }
    wrong.extend(open.into_values().map(|(subject, verdict)| format!("no finding about {subject}, expected {verdict}")));
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("; ")) }
}
