//! `azsnap verify`: a snapshot against its seal.

use super::args::{Global, VerifyArgs};
use super::failure::{Failure, Outcome};
use super::finish;
use super::ui::Ui;
use crate::report::escape_terminal;
use crate::store::verify;

pub fn run(args: &VerifyArgs, global: &Global, ui: &Ui) -> Result<Outcome, Failure> {
    let snapshot = finish::snapshot(args.snapshot.as_deref(), global)?;
    let report = verify(snapshot.dir())?;
    for (what, files) in [("changed", &report.changed), ("missing", &report.missing), ("not sealed", &report.extra)] {
        for file in files {
            ui.error_line(&format!("{what}: {}", escape_terminal(file)));
        }
    }
    let other = args.seal.as_ref().filter(|wanted| !wanted.trim().eq_ignore_ascii_case(&report.seal));
    if let Some(wanted) = other {
        ui.error_line(&format!("the seal is {}, not {}", report.seal, escape_terminal(wanted)));
    }
    if !report.is_whole() || other.is_some() {
        ui.error_line(&format!("{} is not as it was sealed", snapshot.dir().display()));
        return Ok(Outcome::Found);
    }
    ui.say(&format!("{} files are as they were sealed", report.good));
    ui.data(&format!("{}\n", report.seal))?;
    Ok(Outcome::Done)
}
