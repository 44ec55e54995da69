//! A run of checks over a snapshot: a selection and an engine in, a report out.
//!
//! Everything in the report comes from the snapshot, the checks and the parameters: the same three give the same report.
//! Never looks at the clock.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{NaiveDateTime, TimeDelta};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::finding::{CheckReport, NotYet, PopulationDifference, Summary};
use super::session::{Plan, Session};
use super::{Check, Library, PackError, Selection, lanes};
use crate::engine::Engine;
use crate::store::Snapshot;

/// Rows fetched later than this after the snapshot began may show another state of the tenant.
const LATE: TimeDelta = TimeDelta::hours(6);

/// Says what is checked, for the head of the report.
#[derive(Debug, Clone)]
pub struct RunContext {
    /// Path of the snapshot.
    pub snapshot: String,
    /// SHA-256 of its list of hashes.
    pub seal: String,
    /// GUID of the tenant.
    pub tenant_id: String,
    /// Time of the snapshot, UTC.
    pub at: NaiveDateTime,
    /// Tables that an import took for empty.
    pub assumed: BTreeSet<String>,
    /// Where rows and counts differ.
    pub population: Vec<PopulationDifference>,
}

impl RunContext {
    /// Describes a snapshot.
    ///
    /// # Errors
    /// It has no seal.
    pub fn of(snapshot: &Snapshot) -> Result<RunContext, PackError> {
        Ok(RunContext {
            snapshot: snapshot.dir().display().to_string(),
            seal: snapshot.seal()?,
            tenant_id: snapshot.tenant_id().to_owned(),
            at: snapshot.time(),
            assumed: snapshot.manifest().assumed_tables.iter().cloned().collect(),
            population: snapshot.manifest().population_differences.clone(),
        })
    }
}

/// States how a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing failed and nothing is unknown.
    Clean,
    /// Something failed.
    Failed,
    /// Nothing failed, but something is unknown.
    UnknownOnly,
}

/// Tells how a run ended.
#[must_use]
pub fn outcome(report: &CheckReport) -> Outcome {
    match (report.summary.fail - report.summary.accepted, report.summary.unknown) {
        (0, 0) => Outcome::Clean,
        (0, _) => Outcome::UnknownOnly,
        _ => Outcome::Failed,
    }
}

/// Runs the selected checks over a snapshot.
///
/// # Errors
/// A check is wrong or cannot be run, or the snapshot cannot be read. What was not read is no error but `unknown`.
pub fn run(
    library: &Library,
    selection: &Selection,
    engine: &Engine,
    snapshot: &Snapshot,
) -> Result<CheckReport, PackError> {
    run_with(library, selection, engine, RunContext::of(snapshot)?)
}

/// Runs the selected checks over whatever the engine holds.
///
/// # Errors
/// As [`run`].
pub fn run_with(
    library: &Library,
    selection: &Selection,
    engine: &Engine,
    context: RunContext,
) -> Result<CheckReport, PackError> {
    let checks: Vec<&Check> = selection.checks.iter().filter_map(|slug| library.check(slug)).collect();
    let plan = Plan::of(checks.iter().copied(), &|name| library.view(name))?;
    let session = Session::open(engine, &plan, &context.tenant_id)?;
    tracing::debug!("ledger and gaps are read");
    let texts: Vec<&str> = checks.iter().map(|check| check.sql.as_str()).collect();
    engine.share(&texts).map_err(PackError::snapshot("the views"))?;
    tracing::debug!("views are shared");
    let findings = lanes::judge(&session, engine, &checks)?;
    tracing::debug!(findings = findings.len(), "checks are judged");
    let params = params(&plan.params, engine);
    let needed: BTreeSet<String> = checks.iter().flat_map(|check| check.needs().map(str::to_owned)).collect();
    let named: BTreeSet<String> = checks.iter().flat_map(|check| check.named_tables().map(str::to_owned)).collect();
    let mut coverage = session.ledger.coverage(&needed);
    coverage.assumed = named.intersection(&context.assumed).cloned().collect();
    coverage.population = context.population;
    coverage.late = late(engine, &named, context.at)?;
    Ok(CheckReport {
        snapshot: context.snapshot,
        seal: context.seal,
        tenant_id: context.tenant_id,
        at: context.at.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        pack_hash: pack_hash(library, selection, &checks, &params),
        coverage,
        summary: Summary::of(&findings, checks.len() as u64),
        params,
        findings,
        idle_acceptances: Vec::new(),
        not_yet: not_yet(library, selection),
        checks: checks.iter().map(|check| check.info()).collect(),
    })
}

/// Gives the parameters that the checks use, with the values in force.
fn params(used: &BTreeSet<String>, engine: &Engine) -> BTreeMap<String, Value> {
    used.iter().filter_map(|name| Some((name.clone(), engine.params().get(name)?.clone()))).collect()
}

/// Hashes everything that decides verdicts beside the snapshot: checks, packs, parameter values.
fn pack_hash(library: &Library, selection: &Selection, checks: &[&Check], params: &BTreeMap<String, Value>) -> String {
    let mut hash = Sha256::new();
    // Each part with its length: no two lists of parts give the same bytes.
    let mut add = |part: &str| {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    };
    for check in checks {
        ["check", &check.slug, &check.text].into_iter().for_each(&mut add);
    }
    for pack in selection.packs.iter().filter_map(|name| library.pack(name)) {
        ["pack", &pack.name, &pack.text].into_iter().for_each(&mut add);
    }
    for (name, value) in params {
        ["param", name, &value.to_string()].into_iter().for_each(&mut add);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Lists the controls of the chosen packs that no check names.
fn not_yet(library: &Library, selection: &Selection) -> Vec<NotYet> {
    let mut open = Vec::new();
    for pack in selection.packs.iter().filter_map(|name| library.pack(name)) {
        let answered: BTreeSet<&str> = library.checks().flat_map(|check| check.controls_of(&pack.name)).collect();
        open.extend(
            pack.controls
                .iter()
                .filter(|control| selection.has(control) && !answered.contains(control.id.as_str()))
                .map(|control| NotYet {
                    pack: pack.name.clone(),
                    control: control.id.clone(),
                    title: control.title.clone(),
                }),
        );
    }
    open
}

/// Lists the tables with rows fetched long after the snapshot began.
fn late(engine: &Engine, tables: &BTreeSet<String>, at: NaiveDateTime) -> Result<Vec<String>, PackError> {
    let limit = (at + LATE).format("%Y-%m-%d %H:%M:%S%.6f");
    let selects: Vec<String> = tables
        .iter()
        .filter(|table| engine.relations().contains(*table))
        .map(|table| format!("SELECT '{table}' AS name, max(_fetched_at) AS fetched FROM {table}"))
        .collect();
    if selects.is_empty() {
        return Ok(Vec::new());
    }
    let sql =
        format!("SELECT name FROM ({}) WHERE fetched > TIMESTAMP '{limit}' ORDER BY name", selects.join(" UNION ALL "));
    let rows = engine.query(&sql).map_err(PackError::snapshot("the fetch times"))?;
    Ok(rows.strings("name").into_iter().flatten().collect())
}
