//! `azsnap check`: packs and checks on a snapshot.

use super::args::{CheckArgs, Global};
use super::failure::{Failure, Outcome};
use super::ui::Ui;
use super::{finish, narrow};
use crate::packs::{self, CheckReport};
use crate::report::Document;

pub fn run(args: &CheckArgs, global: &Global, ui: &Ui) -> Result<Outcome, Failure> {
    ui.can_write(&args.output)?;
    let library = finish::library(&args.rules)?;
    let snapshot = finish::from(&args.from, global)?;
    let options = finish::engine_options(&args.rules, global, None)?;
    let report = narrow::run_packs(&library, &args.names, (&args.narrow, global), &snapshot, options)?;
    ui.write(&Document::Checks(&report), &args.output)?;
    Ok(outcome(&report))
}

/// The exit code that a report means.
pub fn outcome(report: &CheckReport) -> Outcome {
    match packs::outcome(report) {
        packs::Outcome::Clean => Outcome::Done,
        packs::Outcome::Failed => Outcome::Found,
        packs::Outcome::UnknownOnly => Outcome::Partial,
    }
}
