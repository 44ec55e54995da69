//! The prompt: SQL statements and dot commands over one snapshot.
//!
//! Lines of a terminal or a pipe in, documents on one sink and messages on another out. Nothing here opens a socket, and
//! nothing it writes lands in the snapshot.

mod commands;
mod complete;
mod highlight;
mod input;
mod listing;
mod prompt;
mod stop;
#[cfg(test)]
mod tests;
mod warm;

use std::io::{self, BufRead, Write};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use rustyline::config::Configurer;
use rustyline::error::ReadlineError;
use rustyline::history::FileHistory;
use rustyline::{ColorMode, CompletionType, Config, Editor};

use crate::engine::{Engine, EngineOptions};
use crate::packs::Acceptance;
use crate::packs::Library;
use crate::report::Style;
use crate::store::Snapshot;

use commands::{Flow, Session};
use prompt::Prompt;
use stop::Stop;
use warm::{SharedNames, Warming};

/// Says how the prompt behaves.
#[derive(Debug, Clone)]
pub struct ShellOptions {
    /// How the engine was opened; `.check` opens one of its own with the same options.
    pub engine: EngineOptions,
    /// File that keeps what was typed; none keeps nothing.
    pub history: Option<PathBuf>,
    /// How output on the terminal looks.
    pub style: Style,
    /// Whether a person types; otherwise stdin is read to its end.
    pub interactive: bool,
    /// Failures that somebody accepts.
    pub accepted: Vec<Acceptance>,
}

/// Says where the prompt writes.
pub struct Sinks<'s> {
    /// Results.
    pub out: &'s mut dyn Write,
    /// Messages: errors, times, notes.
    pub err: &'s mut dyn Write,
}

/// Says why the prompt ended before the user ended it.
#[derive(Debug, thiserror::Error)]
pub enum ShellError {
    /// The terminal or stdin could not be read.
    #[error("cannot read input")]
    Input(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Results or messages could not be written.
    #[error("cannot write output")]
    Output(#[source] io::Error),
    /// The history could not be kept.
    #[error("cannot keep the history in {}", path.display())]
    History {
        /// The file.
        path: PathBuf,
        /// What the line editor said.
        source: ReadlineError,
    },
}

impl ShellError {
    /// Tells whether the reader of the output went away, which ends a command quietly.
    #[must_use]
    pub fn is_closed_pipe(&self) -> bool {
        matches!(self, ShellError::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }
}

/// Reads and runs statements and dot commands until the input ends; gives the number of those that failed.
///
/// An error of a statement is a message, not an error of this function. Ctrl-C stops a running statement, or clears the
/// line; Ctrl-D and `.quit` end the prompt.
///
/// # Errors
/// Input or output breaks, or the history cannot be kept.
pub fn run(
    engine: &Engine,
    snapshot: &Snapshot,
    library: &Library,
    options: &ShellOptions,
    sinks: &mut Sinks<'_>,
) -> Result<usize, ShellError> {
    let stop = Stop::default();
    let watched = stop.clone();
    // Fails only where a handler is set already; then that one decides what Ctrl-C does.
    let _ = ctrlc::set_handler(move || watched.ask());
    let mut session = Session::new(engine, snapshot, library, options, stop);
    if options.interactive { terminal(&mut session, options, sinks) } else { pipe(&mut session, sinks) }
}

fn pipe(session: &mut Session<'_>, sinks: &mut Sinks<'_>) -> Result<usize, ShellError> {
    let mut lines = io::stdin().lock();
    feed_lines(session, &mut lines, sinks)
}

/// Runs what a reader gives, to its end.
fn feed_lines(session: &mut Session<'_>, lines: &mut dyn BufRead, sinks: &mut Sinks<'_>) -> Result<usize, ShellError> {
    let mut text = String::new();
    loop {
        let n = lines.read_line(&mut text).map_err(|error| ShellError::Input(error.into()))?;
        // The end of the input ends the last statement, semicolon or not.
        if (n == 0 || input::is_complete(&text))
            && let Flow::Quit = session.feed(&std::mem::take(&mut text), sinks)?
        {
            break;
        }
        if n == 0 {
            break;
        }
    }
    Ok(session.failed())
}

fn terminal(session: &mut Session<'_>, options: &ShellOptions, sinks: &mut Sinks<'_>) -> Result<usize, ShellError> {
    let broken = |error: ReadlineError| ShellError::Input(error.into());
    let config = Config::builder()
        .completion_type(CompletionType::List)
        .color_mode(if options.style.color { ColorMode::Enabled } else { ColorMode::Disabled })
        .max_history_size(HISTORY)
        .and_then(|builder| builder.history_ignore_dups(true))
        .map_err(broken)?
        .build();
    let mut editor: Editor<Prompt, FileHistory> = Editor::with_config(config).map_err(broken)?;
    editor.set_auto_add_history(false);
    let names: SharedNames = Arc::new(Mutex::new(session.first_names()));
    editor.set_helper(Some(Prompt::new(Arc::clone(&names), options.style.color)));
    let warming = Warming::start(session.engine(), Arc::clone(&names));
    if let Some(path) = options.history.as_ref().filter(|path| path.is_file()) {
        editor.load_history(path).map_err(|source| ShellError::History { path: path.clone(), source })?;
    }
    session.greet(sinks)?;
    loop {
        match editor.readline("azsnap> ") {
            Ok(text) => {
                if !text.trim().is_empty() {
                    editor.add_history_entry(text.as_str()).map_err(broken)?;
                }
                let flow = session.feed(&text, sinks)?;
                // Before that, what changed is found with all else.
                if matches!(flow, Flow::Changed) && warming.is_done() {
                    *names.lock().unwrap_or_else(PoisonError::into_inner) = session.names();
                }
                if let Flow::Quit = flow {
                    break;
                }
            }
            // Ctrl-C clears what was typed.
            Err(ReadlineError::Interrupted) => {}
            Err(ReadlineError::Eof) => break,
            Err(error) => return Err(broken(error)),
        }
    }
    if let Some(path) = &options.history {
        editor.append_history(path).map_err(|source| ShellError::History { path: path.clone(), source })?;
    }
    Ok(session.failed())
}

/// Entries the history keeps.
const HISTORY: usize = 10_000;
