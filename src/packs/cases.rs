//! The cases in a check's front matter: given rows and a ledger in, agreement with the expected verdicts out.
//!
//! The rows go into empty tables of an engine, then the same code judges them that judges a snapshot. Left out columns get
//! plausible values, so that a case says only what it is about.

mod gaps;
mod letter_case;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use chrono::{NaiveDate, NaiveDateTime};
use serde_json::{Map, Value, json};

use super::finding::{Finding, Verdict};
use super::reads::{reaches, whole_text};
use super::session::{FindView, GapColumns, Plan, Session, ask};
use super::verdict::INCOMPLETE;
use super::verdict::ledger::{Entry, Ledger};
use super::{Case, CaseLedger, Check, Library, PackError};
use crate::catalog::scope::{ArmId, last_segment};
use crate::catalog::{Catalog, Plane, SUBSCRIPTIONS, TableSpec, embedded};
use crate::engine::{Engine, EngineError, EngineOptions};
use crate::store::Status;

/// The subscription of rows that name none.
const SUBSCRIPTION: &str = "11111111-1111-4111-8111-111111111111";
/// The ledger's view.
const LEDGER: &str = "azure_ledger";
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
    CaseBench::new(check).map_err(|message| failure(check, case, message))?.run(case)
}

/// Proves for each table the check needs that no verdict is left when the table is refused, whatever else a case gives.
///
/// # Errors
/// The table and the case in which a pass, an unproven fail or a not_applicable is left, or nothing tells of the gap.
pub fn denied_gives_unknown(check: &Check) -> Result<(), String> {
    CaseBench::new(check)?.denied_gives_unknown()
}

/// Holds the engine that the cases of one check share: making it takes longer than a case.
pub struct CaseBench<'c> {
    check: &'c Check,
    plan: Plan,
    engine: Engine,
    /// Every table the check can reach.
    tables: BTreeSet<String>,
    /// Whether the SQL looks at the ledger itself.
    reads_ledger: bool,
    /// The SQL and its views, where they look at the ledger.
    text: String,
    has_params: bool,
}

impl<'c> CaseBench<'c> {
    /// Makes empty tables for a check that reads no view but the bundled ones.
    ///
    /// # Errors
    /// The check names a table that does not exist or reads one that it does not name.
    pub fn new(check: &'c Check) -> Result<CaseBench<'c>, String> {
        CaseBench::with(check, &view, None)
    }

    /// Makes empty tables for a check of a library, with the views, parameters and data files of its folder.
    ///
    /// # Errors
    /// As [`CaseBench::new`]; or a file of the folder is wrong.
    pub fn of(check: &'c Check, library: &Library) -> Result<CaseBench<'c>, String> {
        CaseBench::with(check, &|name| library.view(name), library.folder())
    }

    fn with(check: &'c Check, view: &FindView<'_>, folder: Option<&Path>) -> Result<CaseBench<'c>, String> {
        let plan = Plan::of([check], view).map_err(|error| chain(&error))?;
        let mut tables: BTreeSet<String> = check.named_tables().map(str::to_owned).collect();
        tables.extend(plan.tables().into_iter().map(str::to_owned));
        tables.insert(SUBSCRIPTIONS.to_owned());
        let mut given = tables.clone();
        given.extend(check.cases.iter().flat_map(|case| case.given.keys().cloned()));
        let user_queries = folder.map(Path::to_owned);
        let options = EngineOptions { tables: Some(given), threads: Some(1), user_queries, ..EngineOptions::default() };
        let engine = Engine::for_cases(time(), &options).map_err(|error| error.to_string())?;
        let reads_ledger = reaches(&check.sql, view, LEDGER);
        let text = if reads_ledger { whole_text(&check.sql, view) } else { String::new() };
        Ok(CaseBench { check, plan, engine, tables, reads_ledger, text, has_params: false })
    }

    /// Runs all cases of the check, and gives those that fail.
    pub fn run_all(&mut self) -> Vec<CaseFailure> {
        let check = self.check;
        check.cases.iter().filter_map(|case| self.run(case).err()).collect()
    }

    /// Runs one case.
    ///
    /// # Errors
    /// A finding is missing, unexpected or has another verdict; or the check cannot be run.
    pub fn run(&mut self, case: &Case) -> Result<(), CaseFailure> {
        let findings = self.findings(case);
        findings.and_then(|found| compare(&found, &case.expect)).map_err(|message| failure(self.check, case, message))
    }

    /// As the function [`denied_gives_unknown`].
    ///
    /// # Errors
    /// As there.
    pub fn denied_gives_unknown(&mut self) -> Result<(), String> {
        let check = self.check;
        let tables: BTreeSet<&str> = check.needs().collect();
        for case in &check.cases {
            let (gap_columns, subscriptions) = self.fill(case)?;
            // SQL that doesn't look at the ledger, or not at a table's rows of it, gives the same rows whether that table was
            // denied or not.
            let mut same = None;
            for table in &tables {
                let mut denied = case.clone();
                denied.ledger.retain(|row| row.table != *table);
                let status = Status::Denied.word().to_owned();
                denied.ledger.push(CaseLedger { table: (*table).to_owned(), status, ..CaseLedger::default() });
                self.engine.empty_table(LEDGER).map_err(|error| error.to_string())?;
                let ledger = self.ledger(&denied, subscriptions.clone())?;
                let rows = match &same {
                    Some(rows) if !self.looks_at(table) => Vec::clone(rows),
                    _ => ask(&self.engine, check).map_err(|error| chain(&error))?,
                };
                if !self.looks_at(table) {
                    same.get_or_insert_with(|| rows.clone());
                }
                let findings = self.decide(ledger, gap_columns.clone(), rows)?;
                still_judged(check, &findings)
                    .map_err(|why| format!("{table} denied, case \"{}\": {why}", case.title))?;
            }
        }
        Ok(())
    }

    /// Whether the SQL asks the ledger about a table: by its name, or in a way that may mean any.
    fn looks_at(&self, table: &str) -> bool {
        self.reads_ledger
            && (self.text.contains(&format!("'{table}'"))
                || !self.text.contains("'azure_")
                || self.text.contains("table_name LIKE"))
    }

    fn findings(&mut self, case: &Case) -> Result<Vec<Finding>, String> {
        let (gap_columns, subscriptions) = self.fill(case)?;
        let ledger = self.ledger(case, subscriptions)?;
        let rows = ask(&self.engine, self.check).map_err(|error| chain(&error))?;
        self.decide(ledger, gap_columns, rows)
    }

    fn decide(&self, ledger: Ledger, gap_columns: GapColumns, rows: Vec<Finding>) -> Result<Vec<Finding>, String> {
        let session = Session { plan: &self.plan, ledger, gap_columns };
        session.decide(&self.engine, self.check, rows).map_err(|error| chain(&error))
    }

    /// Puts the rows of a case into the tables; gives the columns in their `_gaps` and their subscriptions.
    fn fill(&mut self, case: &Case) -> Result<(GapColumns, BTreeSet<String>), String> {
        let text = |error: EngineError| error.to_string();
        self.engine.reset_tables().map_err(text)?;
        if self.has_params || !case.param.is_empty() {
            let params = case.param.iter().map(|(name, value)| (name.clone(), param_text(value))).collect();
            self.engine.set_params(&params).map_err(text)?;
            self.has_params = !case.param.is_empty();
        }
        let (mut gap_columns, mut subscriptions) = (GapColumns::new(), BTreeSet::new());
        for (table, rows) in &case.given {
            let spec = Catalog::bundled().table(table).map_err(|error| error.to_string())?;
            let mut filled = Vec::with_capacity(rows.len());
            for (at, row) in rows.iter().enumerate() {
                let row = with_defaults(spec, row, at + 1)?;
                subscriptions.extend(row.get("subscription_id").and_then(Value::as_str).map(str::to_lowercase));
                let gaps = row.get("_gaps").and_then(Value::as_array).into_iter().flatten();
                let gaps: Vec<String> = gaps.filter_map(Value::as_str).map(str::to_owned).collect();
                gap_columns.entry(table.clone()).or_default().extend(gaps);
                filled.push(row);
            }
            if !filled.is_empty() {
                self.engine.insert_rows(table, &filled).map_err(text)?;
            }
        }
        Ok((gap_columns, subscriptions))
    }

    /// The ledger of a case: everything read in every subscription that appears, less what the case says.
    fn ledger(&self, case: &Case, mut subscriptions: BTreeSet<String>) -> Result<Ledger, String> {
        subscriptions
            .extend(case.ledger.iter().filter_map(|row| row.subscription.as_ref()).map(|id| id.to_lowercase()));
        if subscriptions.is_empty() {
            subscriptions.insert(SUBSCRIPTION.to_owned());
        }
        let rows = entries(&self.tables, case, &subscriptions)?;
        let has_parents = case.ledger.iter().any(|row| row.parent.is_some());
        if self.reads_ledger || has_parents {
            let rows: Vec<Map<String, Value>> = rows.iter().map(ledger_row).collect();
            self.engine.insert_rows(LEDGER, &rows).map_err(|error| error.to_string())?;
        }
        let needs: BTreeSet<String> = self.check.needs().chain([SUBSCRIPTIONS]).map(str::to_owned).collect();
        let rows = rows.into_iter().filter(|row| needs.contains(&row.table)).collect();
        let mut ledger = Ledger::of(rows, subscriptions, &needs, TENANT).map_err(|error| chain(&error))?;
        ledger.find_members(&self.engine).map_err(|error| chain(&error))?;
        Ok(ledger)
    }
}

/// What must not be left where a needed table was refused.
fn still_judged(check: &Check, findings: &[Finding]) -> Result<(), String> {
    let is_left = |finding: &&Finding| match finding.verdict {
        Verdict::Pass | Verdict::NotApplicable => true,
        Verdict::Fail => !check.proven_fail,
        Verdict::Manual => !finding.evidence.contains_key(INCOMPLETE),
        Verdict::Unknown => false,
    };
    if let Some(left) = findings.iter().find(is_left) {
        return Err(format!("{} is still {}", left.subject, left.verdict));
    }
    if findings.iter().any(|finding| finding.evidence.contains_key(INCOMPLETE)) {
        Ok(())
    } else {
        Err("no finding tells of it".to_owned())
    }
}

fn failure(check: &Check, case: &Case, message: String) -> CaseFailure {
    CaseFailure { check: check.slug.clone(), case: case.title.clone(), message }
}

/// `snapshot_time()` in all cases.
pub(super) fn time() -> NaiveDateTime {
    NaiveDate::from_ymd_opt(2026, 10, 1).and_then(|date| date.and_hms_opt(0, 0, 0)).expect("the date is fixed")
}

fn view(name: &str) -> Option<&'static str> {
    embedded::VIEWS.iter().find(|(view, _)| *view == name).map(|(_, text)| *text)
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
pub(super) fn with_defaults(
    spec: &TableSpec,
    given: &toml::Table,
    number: usize,
) -> Result<Map<String, Value>, String> {
    let catalog = Catalog::bundled();
    let source = catalog.source_of(spec).map_err(|error| error.to_string())?;
    let is_wide = catalog.is_tenant_wide(spec).map_err(|error| error.to_string())? && spec.name != SUBSCRIPTIONS;
    let mut row: Map<String, Value> = given.iter().map(|(key, value)| (key.clone(), json_of(value))).collect();
    let given_id = row.get("id").and_then(Value::as_str).map(ArmId::new).unwrap_or_default();
    let mut default =
        |column: &str, value: Value| row.entry(column).or_insert(value).as_str().map(str::to_owned).unwrap_or_default();
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
        _ if is_wide => format!("/providers/{kind}/{name}"),
        _ => format!("/subscriptions/{subscription}/resourcegroups/{group}/providers/{kind}/{name}"),
    };
    default("id", json!(id.to_lowercase()));
    Ok(row)
}

/// Rows of the ledger: everything read in every subscription, less what the case says.
fn entries(tables: &BTreeSet<String>, case: &Case, subscriptions: &BTreeSet<String>) -> Result<Vec<Entry>, String> {
    let catalog = Catalog::bundled();
    let scopes = |table: &str| -> Result<Vec<Option<String>>, String> {
        let is_wide =
            catalog.table(table).and_then(|spec| catalog.is_tenant_wide(spec)).map_err(|error| error.to_string())?;
        Ok(if is_wide { vec![None] } else { subscriptions.iter().cloned().map(Some).collect() })
    };
    let mut rows: BTreeMap<(&str, Option<String>, Option<&str>), Entry> = BTreeMap::new();
    let read = CaseLedger { status: Status::Ok.word().to_owned(), ..CaseLedger::default() };
    for table in tables.iter().map(String::as_str).chain(case.given.keys().map(String::as_str)) {
        for scope in scopes(table)? {
            rows.insert((table, scope.clone(), None), entry(table, scope, &read));
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
                rows.insert(key, entry(&given.table, scope, given));
            }
        }
    }
    Ok(rows.into_values().collect())
}

fn entry(table: &str, subscription: Option<String>, given: &CaseLedger) -> Entry {
    Entry {
        table: table.to_owned(),
        is_tenant: subscription.is_none(),
        scope_id: subscription.unwrap_or_else(|| TENANT.to_owned()),
        parent_id: given.parent.as_ref().map(|id| id.to_lowercase()),
        status: given.status.clone(),
        code: given.code.clone(),
        http_status: given.http_status.map(|status| status.to_string()),
        error_code: given.error_code.clone(),
        permission: None,
    }
}

fn ledger_row(entry: &Entry) -> Map<String, Value> {
    let http_status = entry.http_status.as_ref().and_then(|status| status.parse::<i64>().ok());
    let cells = [
        ("table_name", json!(entry.table)),
        ("scope_kind", json!(if entry.is_tenant { "tenant" } else { "subscription" })),
        ("scope_id", json!(entry.scope_id)),
        ("parent_id", json!(entry.parent_id)),
        ("status", json!(entry.status)),
        ("code", json!(entry.code)),
        ("http_status", json!(http_status)),
        ("error_code", json!(entry.error_code)),
    ];
    cells.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
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
    wrong
        .extend(open.into_values().map(|(subject, verdict)| format!("no finding about {subject}, expected {verdict}")));
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("; ")) }
}
