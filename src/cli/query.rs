//! `azsnap query`: SQL from the command line or a file, for scripts.

use super::args::{Global, QueryArgs};
use super::failure::{Failure, Outcome};
use super::finish;
use super::ui::Ui;
use crate::engine::{Engine, EngineOptions, Rows, lexer};
use crate::report::Document;
use crate::store::{Snapshot, find_snapshots};
use std::io::Read;

pub fn run(args: &QueryArgs, global: &Global, ui: &Ui) -> Result<Outcome, Failure> {
    ui.can_write(&args.output)?;
    let text = match (&args.command, &args.file) {
        (Some(text), _) => text.clone(),
        (None, Some(path)) if path.as_os_str() == "-" => {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text)?;
            text
        }
        (None, Some(path)) => std::fs::read_to_string(path)
            .map_err(|error| anyhow::Error::new(error).context(format!("cannot read {}", path.display())))?,
        (None, None) => return Err(Failure::usage("give SQL with -c or a file with -f")),
    };
    let options = finish::engine_options(&args.rules, global, args.export_dir.clone())?;
    let options = EngineOptions { lazy: true, ..options };
    let engine = if args.all {
        let found = find_snapshots(&global.archive)?;
        let mine = found
            .snapshots
            .iter()
            .filter(|(tenant, _, _)| global.tenant.as_ref().is_none_or(|id| id.eq_ignore_ascii_case(tenant)));
        let snapshots = mine.map(|(_, _, dir)| Snapshot::open(dir)).collect::<Result<Vec<_>, _>>()?;
        if snapshots.is_empty() {
            return Err(Failure::usage(format!("{} holds no snapshot", global.archive.display())));
        }
        Engine::open_archive(&snapshots, &options)?
    } else {
        Engine::open(&finish::from(&args.from, global)?, &options)?
    };
    interrupt_on_ctrl_c(&engine)?;
    let statements = lexer::statements(&text);
    if statements.is_empty() {
        return Err(Failure::usage("there is no SQL statement in that"));
    }
    for statement in &statements {
        let rows: Rows = engine
            .query(statement.text(&text))
            .map_err(|error| if error.is_interrupted() { Failure::interrupted(error) } else { error.into() })?;
        if !rows.schema.fields().is_empty() {
            ui.write(&Document::Rows(&rows), &args.output)?;
        }
    }
    Ok(Outcome::Done)
}

/// Ctrl-C ends the statement.
pub fn interrupt_on_ctrl_c(engine: &Engine) -> Result<(), Failure> {
    let handle = engine.interrupt();
    ctrlc::set_handler(move || handle.interrupt())
        .map_err(|error| anyhow::Error::new(error).context("cannot watch for Ctrl-C"))?;
    Ok(())
}
