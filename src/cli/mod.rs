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
mod query;
mod report;
mod shell;
mod tables;
mod verify;

#[cfg(feature = "collect")]
mod connect;
#[cfg(feature = "collect")]
mod demo;
#[cfg(feature = "collect")]
mod progress;
#[cfg(feature = "collect")]
mod sample_server;
#[cfg(feature = "collect")]
mod snapshot;

use args::{Command, Top};
use clap::{CommandFactory, Parser};
use failure::{Failure, Outcome};
use std::process::ExitCode;
use ui::Ui;

/// Runs the program.
pub fn main() -> ExitCode {
    let top = match Top::try_parse() {
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

fn run(top: Top, ui: &Ui) -> Result<Outcome, Failure> {
    let global = &top.global;
    match top.command {
        Command::Import(args) => import::run(&args, global, ui),
        Command::Query(args) => query::run(&args, global, ui),
        Command::Shell(args) => shell::run(&args, global, ui),
        Command::Check(args) => check::run(&args, global, ui),
        Command::Checks(args) => checks::run(&args, ui),
        Command::Diff(args) => diff::run(&args, global, ui),
        Command::Report(args) => report::run(&args, global, ui),
        Command::Verify(args) => verify::run(&args, global, ui),
        Command::Doctor(args) => doctor::run(&args, global, ui),
        Command::Tables(args) => tables::run(&args, ui),
        #[cfg(feature = "collect")]
        Command::Snapshot(args) => snapshot::run(&args, global, ui),
        #[cfg(feature = "collect")]
        Command::Demo(args) => demo::run(&args, ui),
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
