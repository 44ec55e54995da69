//! `azsnap diff`: what changed between two snapshots.

use super::args::{DiffArgs, Global, Narrow};
use super::failure::{Failure, Outcome};
use super::ui::Ui;
use super::{finish, narrow};
use crate::catalog::Catalog;
use crate::engine::{Engine, EngineOptions};
use crate::report::{Comparison, Document};
use crate::{diff, packs};

pub fn run(args: &DiffArgs, global: &Global, ui: &Ui) -> Result<Outcome, Failure> {
    ui.can_write(&args.output)?;
    for table in &args.tables {
        Catalog::bundled().table(table)?;
    }
    let old = finish::snapshot(Some(&args.old), global)?;
    let new = finish::snapshot(Some(&args.new), global)?;
    let options = finish::engine_options(&args.rules, global, None)?;
    let held = EngineOptions { tables: Some(diff::with_rows(&old, &new)), ..options.clone() };
    let engine = Engine::open_pair(&old, &new, &held)?;
    let tables = if args.tables.is_empty() { None } else { Some(args.tables.as_slice()) };
    let diff = diff::diff(&engine, &old, &new, tables)?;
    drop(engine);
    let mut report = Comparison { diff, flips: Vec::new() };
    if args.checks {
        let library = finish::library(&args.rules)?;
        let whole = (&Narrow::default(), global);
        let before = narrow::run_packs(&library, &[], whole, &old, options.clone())?;
        let after = narrow::run_packs(&library, &[], whole, &new, options)?;
        report.flips = packs::flips(&before, &after);
    }
    ui.write(&Document::Diff(&report), &args.output)?;
    Ok(if report.changes.is_empty() && report.flips.is_empty() { Outcome::Done } else { Outcome::Found })
}
