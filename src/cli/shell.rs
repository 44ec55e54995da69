//! `azsnap shell`: the prompt over a snapshot; statements from a pipe when nobody types.

use super::args::{Global, ShellArgs};
use super::failure::{Failure, Outcome};
use super::finish;
use super::ui::Ui;
use crate::engine::{Engine, EngineOptions};
use crate::shell::{self, ShellOptions, Sinks};
use std::io;
use std::path::PathBuf;

pub fn run(args: &ShellArgs, global: &Global, ui: &Ui) -> Result<Outcome, Failure> {
    let library = finish::library(&args.rules)?;
    let snapshot = finish::from(&args.from, global)?;
    let options = finish::engine_options(&args.rules, global, args.export_dir.clone())?;
    let options = EngineOptions { lazy: true, ..options };
    let engine = Engine::open(&snapshot, &options)?;
    let interactive = ui.is_interactive();
    let options = ShellOptions {
        engine: options,
        history: if interactive && !args.no_history { history() } else { None },
        style: ui.style(false),
        interactive,
        accepted: super::narrow::accepted(global),
    };
    let (mut out, mut err) = (io::stdout(), io::stderr());
    let mut sinks = Sinks { out: &mut out, err: &mut err };
    let failed = match shell::run(&engine, &snapshot, &library, &options, &mut sinks) {
        Err(error) if error.is_closed_pipe() => 0,
        ended => ended?,
    };
    // At a prompt the user saw the errors and went on; a script must be told.
    Ok(if failed > 0 && !interactive { Outcome::CouldNot } else { Outcome::Done })
}

/// Where the history is kept: the state folder of the user.
#[expect(clippy::disallowed_methods, reason = "cli reads the environment")]
fn history() -> Option<PathBuf> {
    let folder = std::env::var_os("XDG_STATE_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".local/state")))?
        .join("azsnap");
    std::fs::create_dir_all(&folder).ok()?;
    Some(folder.join("history"))
}
