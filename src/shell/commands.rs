//! One entry in, text out: statements and dot commands, without a terminal.
//!
//! Errors of the user are messages on the second sink. `.output` writes where the user says, but never into a snapshot.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::complete::Names;
use super::stop::{Stop, Stoppable};
use super::{ShellError, ShellOptions, Sinks, input, listing};
use crate::catalog::near_names;
use crate::engine::{Engine, EngineError, EngineOptions};
use crate::packs::{self, Library};
use crate::report::{Document, FORMATS, Format, ReportError, Style, escape_terminal, format_by_name};
use crate::store::Snapshot;

/// Describes a dot command; `.help` prints these.
pub(super) struct Command {
    pub(super) name: &'static str,
    pub(super) args: &'static str,
    help: &'static str,
}

const fn command(name: &'static str, args: &'static str, help: &'static str) -> Command {
    Command { name, args, help }
}

/// Every dot command.
pub(super) static COMMANDS: [Command; 9] = [
    command(".tables", "[PATTERN]", "tables and views, their rows and how far they were read"),
    command(".schema", "[TABLE]", "columns, their types and meaning"),
    command(".ledger", "[TABLE]", "what was asked of Azure and what came of it"),
    command(".check", "[PACK|SLUG...]", "run checks; none named means all"),
    command(".mode", "FORMAT", "output format: table, csv, json, ndjson, markdown, html"),
    command(".output", "FILE|-", "write results to a file, or to the terminal again"),
    command(".timer", "on|off", "tell how long a statement took"),
    command(".help", "", "this list"),
    command(".quit", "", "leave (or Ctrl-D)"),
];

/// Rows that a table on the terminal shows at most.
const SHOWN: usize = 1_000;

/// Width of text that goes to a file.
const FILE_WIDTH: usize = 120;

/// Says how to go on after an entry.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Flow {
    /// As before.
    Next,
    /// Tables or columns may be others now.
    Changed,
    /// The user is done.
    Quit,
}

/// What went wrong with one entry.
enum Trouble {
    /// Tell the user and go on.
    Message(String),
    /// The prompt cannot go on.
    End(ShellError),
}

impl From<String> for Trouble {
    fn from(message: String) -> Trouble {
        Trouble::Message(message)
    }
}

impl From<EngineError> for Trouble {
    fn from(error: EngineError) -> Trouble {
        Trouble::Message(chain(&error))
    }
}

impl From<packs::PackError> for Trouble {
    fn from(error: packs::PackError) -> Trouble {
        Trouble::Message(chain(&error))
    }
}

/// An error and its causes, each once.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = error.source();
    }
    text
}

/// The state of a prompt.
pub(super) struct Session<'e> {
    engine: &'e Engine,
    snapshot: &'e Snapshot,
    library: &'e Library,
    options: &'e ShellOptions,
    format: &'static dyn Format,
    output: Option<(PathBuf, BufWriter<File>)>,
    timer: bool,
    stop: Stop,
    failed: usize,
}

impl<'e> Session<'e> {
    pub(super) fn new(
        engine: &'e Engine,
        snapshot: &'e Snapshot,
        library: &'e Library,
        options: &'e ShellOptions,
        stop: Stop,
    ) -> Session<'e> {
        Session { engine, snapshot, library, options, format: FORMATS[0], output: None, timer: false, stop, failed: 0 }
    }

    /// Counts the entries that failed.
    pub(super) fn failed(&self) -> usize {
        self.failed
    }

    /// Says where one is.
    pub(super) fn greet(&self, sinks: &mut Sinks<'_>) -> Result<(), ShellError> {
        let text = format!(
            "tenant {}, snapshot {}\na statement ends with a semicolon; .help lists commands",
            self.snapshot.tenant_id(),
            self.snapshot.manifest().snapshot
        );
        say(sinks, &text)
    }

    /// Runs one entry: a dot command or statements.
    pub(super) fn feed(&mut self, text: &str, sinks: &mut Sinks<'_>) -> Result<Flow, ShellError> {
        if input::is_command(text) {
            // A dot command ends with its line; in a pipe the next line is another entry.
            let line = text.trim();
            let flow = self.command(line, sinks);
            return self.settle(flow, None, sinks);
        }
        let mut whole = Flow::Next;
        for statement in input::statements(text) {
            let began = Instant::now();
            let failed = self.failed;
            let flow = self.statement(statement, sinks);
            if self.settle(flow, Some(began), sinks)? == Flow::Changed {
                whole = Flow::Changed;
            }
            if self.failed > failed {
                break;
            }
        }
        Ok(whole)
    }

    fn settle(
        &mut self,
        flow: Result<Flow, Trouble>,
        began: Option<Instant>,
        sinks: &mut Sinks<'_>,
    ) -> Result<Flow, ShellError> {
        self.stop.rest();
        let flow = match flow {
            Ok(flow) => flow,
            Err(Trouble::End(error)) => return Err(error),
            Err(Trouble::Message(text)) => {
                self.failed += 1;
                say(sinks, &text)?;
                Flow::Next
            }
        };
        if let Some(began) = began.filter(|_| self.timer) {
            say(sinks, &format!("{:.3} s", began.elapsed().as_secs_f64()))?;
        }
        Ok(flow)
    }

    fn statement(&mut self, sql: &str, sinks: &mut Sinks<'_>) -> Result<Flow, Trouble> {
        self.engine.begin();
        self.stop.watch(self.engine.interrupt());
        let rows = self.engine.query(sql)?;
        let on_terminal = self.options.interactive && self.output.is_none() && self.format.name() == FORMATS[0].name();
        if on_terminal && rows.len() > SHOWN {
            self.show(&Document::Rows(&rows.first(SHOWN)), sinks)?;
            let n = rows.len();
            let note = format!("these are the first {SHOWN} of {n} rows; .mode csv or .output FILE gives all");
            say(sinks, &note).map_err(Trouble::End)?;
        } else {
            self.show(&Document::Rows(&rows), sinks)?;
        }
        Ok(if listing::is_read(sql) { Flow::Next } else { Flow::Changed })
    }

    fn command(&mut self, line: &str, sinks: &mut Sinks<'_>) -> Result<Flow, Trouble> {
        let words = input::words(line);
        let name = words.first().map_or("", String::as_str);
        let args = &words[1..];
        let one = |what: &str| match args {
            [only] => Ok(only.as_str()),
            _ => Err(Trouble::Message(format!("{name} needs {what}"))),
        };
        let at_most_one = || match args {
            [] => Ok(None),
            [only] => Ok(Some(only.as_str())),
            _ => Err(Trouble::Message(format!("{name} takes one word at most"))),
        };
        self.engine.begin();
        self.stop.watch(self.engine.interrupt());
        match name {
            ".tables" => {
                let rows = listing::tables(self.engine, self.snapshot, at_most_one()?)?;
                self.show(&Document::Rows(&rows), sinks)?;
            }
            ".schema" => {
                let table = self.known(at_most_one()?)?;
                let rows = listing::schema(self.engine, table.as_deref())?;
                self.show(&Document::Rows(&rows), sinks)?;
            }
            ".ledger" => {
                let table = self.known(at_most_one()?)?;
                let rows = listing::ledger(self.engine, table.as_deref())?;
                self.show(&Document::Rows(&rows), sinks)?;
            }
            ".check" => self.check(args, sinks)?,
            ".mode" => {
                let wanted = one("a format")?;
                let formats: Vec<&str> = FORMATS.iter().map(|format| format.name()).collect();
                self.format = format_by_name(wanted)
                    .ok_or_else(|| format!("there is no format {wanted}; formats are {}", formats.join(", ")))?;
            }
            ".output" => self.redirect(one("a file, or - for the terminal")?, sinks)?,
            ".timer" => {
                self.timer = match one("on or off")? {
                    "on" => true,
                    "off" => false,
                    other => return Err(format!(".timer is on or off, not {other}").into()),
                }
            }
            ".help" => self.help(sinks)?,
            ".quit" | ".exit" => return Ok(Flow::Quit),
            _ => {
                let near = near_names(name, COMMANDS.iter().map(|command| command.name));
                let hint = if near.is_empty() { String::new() } else { format!("; did you mean {}?", near.join(", ")) };
                return Err(format!("there is no command {name}{hint} (.help lists them)").into());
            }
        }
        Ok(Flow::Next)
    }

    /// The table of that name, or an error with near ones.
    fn known(&self, table: Option<&str>) -> Result<Option<String>, Trouble> {
        let Some(name) = table else { return Ok(None) };
        let lower = name.to_lowercase();
        if self.engine.relations().contains(&lower) {
            return Ok(Some(lower));
        }
        let all = listing::columns(self.engine)?;
        if all.contains_key(&lower) {
            return Ok(Some(lower));
        }
        let near = near_names(&lower, all.keys().map(String::as_str));
        let hint = if near.is_empty() { String::new() } else { format!("; did you mean {}?", near.join(", ")) };
        Err(format!("there is no table {name}{hint}").into())
    }

    /// Runs checks on an engine of their own: what the user defined at the prompt must not change a verdict.
    fn check(&mut self, names: &[String], sinks: &mut Sinks<'_>) -> Result<(), Trouble> {
        let selection = self.library.select(names)?;
        let tables: BTreeSet<String> = self.library.relations(&selection);
        let options =
            EngineOptions { export_dir: None, tables: Some(tables), lazy: false, ..self.options.engine.clone() };
        let engine = Engine::open(self.snapshot, &options)?;
        if self.stop.is_asked() {
            return Err(EngineError::Interrupted.into());
        }
        self.stop.watch(engine.interrupt());
        let mut report = packs::run(self.library, &selection, &engine, self.snapshot)?;
        packs::accept(&mut report, &self.options.accepted, self.snapshot.time());
        self.show(&Document::Checks(&report), sinks)
    }

    fn redirect(&mut self, target: &str, sinks: &mut Sinks<'_>) -> Result<(), Trouble> {
        if let Some((path, mut file)) = self.output.take() {
            file.flush().map_err(|error| format!("cannot write {}: {error}", path.display()))?;
        }
        if target == "-" {
            return Ok(());
        }
        let path = Path::new(target);
        if lies_in(path, self.snapshot.dir()) {
            return Err(format!("{target} lies in the snapshot, which is never written to").into());
        }
        let file = File::create(path).map_err(|error| format!("cannot write {target}: {error}"))?;
        self.output = Some((path.to_owned(), BufWriter::new(file)));
        say(sinks, &format!("results go to {target}")).map_err(Trouble::End)
    }

    fn help(&self, sinks: &mut Sinks<'_>) -> Result<(), Trouble> {
        let left = |command: &Command| format!("{} {}", command.name, command.args);
        let width = COMMANDS.iter().map(|command| left(command).len()).max().unwrap_or(0);
        let lines: String =
            COMMANDS.iter().map(|command| format!("{:width$}  {}\n", left(command), command.help)).collect();
        sinks
            .out
            .write_all(lines.as_bytes())
            .and_then(|()| sinks.out.flush())
            .map_err(|error| Trouble::End(ShellError::Output(error)))
    }

    fn show(&mut self, document: &Document<'_>, sinks: &mut Sinks<'_>) -> Result<(), Trouble> {
        if matches!(document, Document::Rows(rows) if rows.schema.fields().is_empty()) {
            return Ok(());
        }
        let written = match &mut self.output {
            Some((_, file)) => {
                let style = Style { width: FILE_WIDTH, color: false, ..self.options.style };
                let mut out = Stoppable { out: file, stop: &self.stop };
                self.format.write(document, &style, &mut out).map(|()| file.flush())
            }
            None => {
                let mut out = BufWriter::new(Stoppable { out: &mut *sinks.out, stop: &self.stop });
                let written = self.format.write(document, &self.options.style, &mut out);
                written.map(|()| out.flush())
            }
        };
        match written {
            _ if self.stop.is_asked() => Err(Trouble::Message("interrupted".to_owned())),
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(self.write_failed(error)),
            Err(ReportError::Write { source, .. }) => Err(self.write_failed(source)),
            Err(error) => Err(Trouble::Message(chain(&error))),
        }
    }

    /// A full disk is told; a closed terminal ends the prompt.
    fn write_failed(&self, error: io::Error) -> Trouble {
        match &self.output {
            Some((path, _)) => Trouble::Message(format!("cannot write {}: {error}", path.display())),
            None => Trouble::End(ShellError::Output(error)),
        }
    }

    pub(super) fn engine(&self) -> &'e Engine {
        self.engine
    }

    /// Gives what can be completed right now.
    pub(super) fn names(&self) -> Names {
        // Without the lists there are no completions; the statement that fails will say why.
        let tables = listing::columns(self.engine).unwrap_or_default();
        Names { tables, functions: listing::functions(self.engine).unwrap_or_default(), ..self.first_names() }
    }

    /// Gives what can be completed before a table was looked at.
    pub(super) fn first_names(&self) -> Names {
        let tables = self.engine.relations().iter().map(|name| (name.clone(), Vec::new())).collect();
        let checks = self.library.checks();
        let mut names: BTreeSet<String> = self.library.packs().map(|pack| pack.name.clone()).collect();
        for check in checks {
            names.insert(check.slug.clone());
            names.insert(check.family.clone());
        }
        Names { tables, functions: BTreeSet::new(), checks: names }
    }
}

/// Writes a message. Messages may quote data, so what could steer a terminal is spelled out.
fn say(sinks: &mut Sinks<'_>, text: &str) -> Result<(), ShellError> {
    let lines: String = text.lines().map(|line| format!("{}\n", escape_terminal(line))).collect();
    sinks.err.write_all(lines.as_bytes()).and_then(|()| sinks.err.flush()).map_err(ShellError::Output)
}

/// Whether a file would lie in a folder, links followed.
fn lies_in(path: &Path, folder: &Path) -> bool {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let real = |path: &Path| path.canonicalize().ok();
    let folder = real(folder).unwrap_or_else(|| folder.to_owned());
    real(path).or_else(|| real(parent)).is_some_and(|real| real.starts_with(&folder))
}
