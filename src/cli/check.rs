//! `azsnap check`: packs and checks on a snapshot.

use super::args::{CheckArgs, Global};
use super::failure::{Failure, Outcome};
use super::finish;
use super::ui::Ui;
use crate::engine::{Engine, EngineOptions};
use crate::packs::{self, CheckReport, Library};
use crate::report::Document;
use crate::store::Snapshot;

pub fn run(args: &CheckArgs, global: &Global, ui: &Ui) -> Result<Outcome, Failure> {
    let library = finish::library(&args.rules)?;
    let snapshot = finish::from(&args.from, global)?;
    let options = finish::engine_options(&args.rules, global, None)?;
    let report = run_packs(&library, &args.names, &snapshot, options)?;
    ui.write(&Document::Checks(&report), &args.output)?;
    Ok(outcome(&report))
}

/// Runs packs or checks by name; none means all.
pub fn run_packs(
    library: &Library,
    names: &[String],
    snapshot: &Snapshot,
    options: EngineOptions,
) -> Result<CheckReport, Failure> {
    let selection = library.select(names)?;
    // A view per table costs time: only those are made that the checks read.
    let options = EngineOptions { tables: Some(library.relations(&selection)), ..options };
    let engine = Engine::open(snapshot, &options)?;
    Ok(packs::run(library, &selection, &engine, snapshot)?)
}

/// The exit code that a report means.
pub fn outcome(report: &CheckReport) -> Outcome {
    match packs::outcome(report) {
        packs::Outcome::Clean => Outcome::Done,
        packs::Outcome::Failed => Outcome::Found,
        packs::Outcome::UnknownOnly => Outcome::Partial,
    }
}
