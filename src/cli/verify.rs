//! `azsnap verify`: a snapshot against its seal.

use super::args::{Global, VerifyArgs};
use super::failure::{Failure, Outcome};
use super::finish;
use super::ui::Ui;
use crate::report::escape_terminal;
use crate::store::verify;

pub fn run(args: &VerifyArgs, global: &Global, ui: &Ui) -> Result<Outcome, Failure> {
    let wanted = args.seal.as_ref().map(|seal| seal.trim().to_lowercase());
    if let Some(wanted) =
        wanted.as_ref().filter(|seal| seal.len() != 64 || !seal.bytes().all(|b| b.is_ascii_hexdigit()))
    {
        return Err(Failure::usage(format!("`{wanted}` is no seal: one has 64 hexadecimal digits")));
    }
    let snapshot = finish::snapshot(args.snapshot.as_deref(), global)?;
    let report = verify(snapshot.dir())?;
    for (what, files) in [("changed", &report.changed), ("missing", &report.missing), ("not sealed", &report.extra)] {
        for file in files {
            ui.error_line(&format!("{what}: {}", escape_terminal(file)));
        }
    }
    if !report.is_whole() {
        ui.error_line(&format!("{} is not as it was sealed", snapshot.dir().display()));
        return Ok(Outcome::Found);
    }
    if let Some(wanted) = wanted.filter(|wanted| *wanted != report.seal) {
        ui.error_line(&format!("{} is whole, but its seal is {}, not {wanted}", snapshot.dir().display(), report.seal));
        return Ok(Outcome::Found);
    }
    ui.say(&format!("{} files are as they were sealed", report.good));
    ui.data(&format!("{}\n", report.seal))?;
    Ok(Outcome::Done)
}
