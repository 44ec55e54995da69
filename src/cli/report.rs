//! `azsnap report`: the HTML page of check results.

use super::args::{Global, Output, ReportArgs};
use super::failure::{Failure, Outcome};
use super::ui::Ui;
use super::{check, finish, narrow};
use crate::report::Document;

pub fn run(args: &ReportArgs, global: &Global, ui: &Ui) -> Result<Outcome, Failure> {
    let known = |ending: &str| crate::report::FORMATS.iter().any(|format| format.extension() == ending);
    let ending = args.output.extension().and_then(|ending| ending.to_str()).filter(|ending| known(ending));
    let format = if ending.is_none() { Some("html".to_owned()) } else { None };
    let output = Output { format, output: Some(args.output.clone()) };
    ui.can_write(&output)?;
    let library = finish::library(&args.rules)?;
    let snapshot = finish::snapshot(args.snapshot.as_deref(), global)?;
    let options = finish::engine_options(&args.rules, global, None)?;
    let report = narrow::run_packs(&library, &args.names, (&args.narrow, global), &snapshot, options)?;
    ui.write(&Document::Checks(&report), &output)?;
    Ok(check::outcome(&report))
}
