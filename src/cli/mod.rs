//! The command line: arguments in, data on stdout, everything else on stderr, an exit code out. The only place that
//! reads the environment and the clock, and the only one that prints.

mod args;
mod failure;
mod finish;
mod ui;

mod check;
mod checks;
mod diff;
mod doctor;
mod import;
mod log;
mod narrow;
mod own_checks;
mod query;
mod report;
mod settings;
mod shell;
mod tables;
mod verify;

#[cfg(feature = "collect")]
mod accounts;
#[cfg(feature = "collect")]
mod connect;
#[cfg(feature = "collect")]
mod demo;
#[cfg(feature = "collect")]
mod every;
#[cfg(feature = "collect")]
mod plan;
#[cfg(feature = "collect")]
mod progress;
#[cfg(feature = "collect")]
mod sample_server;
#[cfg(feature = "collect")]
mod snapshot;

use args::{Command, Top};
use clap::parser::ValueSource;
use clap::{ArgMatches, CommandFactory, FromArgMatches};
use failure::{Failure, Outcome};
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::process::ExitCode;
use ui::Ui;

/// Runs the program.
pub fn main() -> ExitCode {
    let top = match Top::read(std::env::args_os()) {
        Ok(top) => top,
        Err(error) => {
            let wrong = error.use_stderr();
            let _ = error.print();
            return if wrong { Outcome::CouldNot.into() } else { Outcome::Done.into() };
        }
    };
    let ui = Ui::new(&top.global);
    log::start(&top.global);
    match run(top, &ui) {
        Ok(outcome) => outcome.into(),
        Err(failure) => failure.report(&ui),
    }
}

impl Top {
    /// Reads the arguments, and which of them were given.
    fn read<T: Into<OsString> + Clone>(arguments: impl IntoIterator<Item = T>) -> Result<Top, clap::Error> {
        let mut matches = Top::command().try_get_matches_from(arguments)?;
        let mut given = BTreeSet::new();
        note_given(&matches, &mut given);
        let mut top = Top::from_arg_matches_mut(&mut matches).map_err(|error| error.format(&mut Top::command()))?;
        top.global.given = given;
        Ok(top)
    }
}

/// Names of the flags that do not stand at their default.
fn note_given(matches: &ArgMatches, given: &mut BTreeSet<String>) {
    // A flag of the command above is among the ids below, where clap does not know it.
    let is_known = |id: &&clap::Id| matches.try_contains_id(id.as_str()).is_ok();
    let is_given = |id: &&clap::Id| {
        is_known(id) && matches.value_source(id.as_str()).is_some_and(|by| by != ValueSource::DefaultValue)
    };
    given.extend(matches.ids().filter(is_given).map(|id| id.as_str().to_owned()));
    if let Some((_, below)) = matches.subcommand() {
        note_given(below, given);
    }
}

fn run(mut top: Top, ui: &Ui) -> Result<Outcome, Failure> {
    let config = settings::load(&mut top, ui)?;
    let global = &top.global;
    match top.command {
        Command::Import(args) => import::run(&args, global, ui),
        Command::Query(args) => query::run(&args, global, ui),
        Command::Shell(args) => shell::run(&args, global, ui),
        Command::Check(args) => check::run(&args, global, ui),
        Command::Checks(args) => checks::run(&args, global, ui),
        Command::Diff(args) => diff::run(&args, global, ui),
        Command::Report(args) => report::run(&args, global, ui),
        Command::Verify(args) => verify::run(&args, global, ui),
        Command::Doctor(args) => doctor::run(&args, global, &config, ui),
        Command::Tables(args) => tables::run(&args, ui),
        #[cfg(feature = "collect")]
        Command::Snapshot(args) => snapshot::run(&args, global, &config, ui),
        #[cfg(feature = "collect")]
        Command::Demo(args) => demo::run(&args, global, ui),
        #[cfg(feature = "collect")]
        Command::SampleServer(args) => sample_server::run(&args, ui),
    }
}

/// The whole reference of the command line, for the docs and their test.
pub fn reference() -> String {
    let mut text = String::new();
    let mut top = Top::command().term_width(100);
    top.build();
    let mut todo = vec![top];
    while let Some(mut command) = todo.pop() {
        text.push_str(&command.render_long_help().to_string());
        text.push_str("\n\n");
        let mut below: Vec<_> = command.get_subcommands().filter(|sub| sub.get_name() != "help").cloned().collect();
        below.reverse();
        todo.extend(below);
    }
    text
}
