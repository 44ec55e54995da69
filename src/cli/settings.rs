//! The configuration file of a command: found, read, and put behind the flags, which win.

use super::args::{Command, Top};
use super::failure::Failure;
use super::ui::Ui;
use crate::config::{self, Config, DEFAULT_FILE, Wanted};
use crate::report::escape_terminal;
use std::path::{Path, PathBuf};

/// Reads the file that is named, or the one in this folder, and fills in what no flag said.
pub fn load(top: &mut Top, ui: &Ui) -> Result<Config, Failure> {
    let Top { global, command } = top;
    let wanted = match command {
        #[cfg(feature = "collect")]
        Command::Snapshot(args) if args.accounts.is_empty() => Wanted::Everybody,
        #[cfg(feature = "collect")]
        Command::Snapshot(args) => Wanted::Named(&args.accounts),
        #[cfg(feature = "collect")]
        Command::Doctor(args) if args.from_ledger.is_none() && !args.role_json && args.explain.is_none() => {
            if args.accounts.is_empty() { Wanted::Everybody } else { Wanted::Named(&args.accounts) }
        }
        #[cfg(feature = "collect")]
        Command::SampleServer(_) => return Ok(Config::default()),
        Command::Tables(_) => return Ok(Config::default()),
        _ => Wanted::Nobody,
    };
    let here = || Path::new(DEFAULT_FILE).is_file().then(|| PathBuf::from(DEFAULT_FILE));
    let Some(file) = global.config.clone().or_else(here) else {
        return match wanted {
            Wanted::Named(_) => {
                Err(Failure::usage(format!("--account needs a configuration: there is no {DEFAULT_FILE} here")))
            }
            _ => Ok(Config::default()),
        };
    };
    let config = match config::load(&file, wanted, &variable) {
        // It is what doctor is there to tell.
        Err(error) if matches!(command, Command::Doctor(_)) => {
            global.problems = error.problems;
            return Ok(Config::default());
        }
        loaded => loaded?,
    };
    for warning in &config.warnings {
        ui.say(&format!("warning: {}", escape_terminal(&warning.to_string())));
    }
    if let Some(archive) = config.archive.clone().filter(|_| !global.is_given("archive")) {
        global.archive = archive;
    }
    global.params.clone_from(&config.params);
    global.accepted.clone_from(&config.accepted);
    Ok(config)
}

/// A variable of the environment.
#[expect(clippy::disallowed_methods, reason = "cli reads the environment")]
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
