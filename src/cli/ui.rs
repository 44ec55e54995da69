//! What the user sees: data to stdout or a file, everything else to stderr, colour and width as the terminal has them.

use super::args::{Global, Output};
use super::failure::Failure;
use crate::report::{Document, Format, Style, format_by_name};
use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::Path;

/// Width of tables that go to no terminal.
const PLAIN_WIDTH: usize = 120;

/// Where things are said.
#[derive(Debug)]
pub struct Ui {
    /// Nothing but data and errors.
    pub quiet: bool,
    /// Messages as JSON lines.
    pub json_log: bool,
    #[cfg(feature = "collect")]
    stderr_is_terminal: bool,
    stdout_is_terminal: bool,
    color: bool,
}

impl Ui {
    /// Reads what the terminals are.
    #[expect(clippy::disallowed_methods, reason = "cli reads the environment")]
    pub fn new(global: &Global) -> Ui {
        let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let stdout_is_terminal = io::stdout().is_terminal();
        Ui {
            quiet: global.quiet,
            json_log: global.json_log,
            #[cfg(feature = "collect")]
            stderr_is_terminal: io::stderr().is_terminal(),
            stdout_is_terminal,
            color: stdout_is_terminal && !no_color,
        }
    }

    /// Says something that is no data.
    pub fn say(&self, message: &str) {
        if !self.quiet {
            self.error_line(message);
        }
    }

    /// Says something even when quiet.
    #[expect(clippy::print_stderr, reason = "the one place that prints messages")]
    pub fn error_line(&self, message: &str) {
        if self.json_log {
            eprintln!("{}", serde_json::json!({ "message": message }));
        } else {
            eprintln!("{message}");
        }
    }

    /// Whether progress bars make sense.
    #[cfg(feature = "collect")]
    pub fn shows_progress(&self) -> bool {
        self.stderr_is_terminal && !self.quiet && !self.json_log
    }

    /// Whether a person is at the prompt.
    pub fn is_interactive(&self) -> bool {
        self.stdout_is_terminal && io::stdin().is_terminal()
    }

    /// How text output looks when it goes to a file or not.
    pub fn style(&self, to_file: bool) -> Style {
        let terminal = self.stdout_is_terminal && !to_file;
        let width = if terminal { terminal_width() } else { PLAIN_WIDTH };
        Style { width, color: self.color && !to_file, terminal: true }
    }

    /// Writes a document in the format asked for, else the one the file's ending names, else a table.
    ///
    /// # Errors
    /// No such format, or the output cannot be written.
    pub fn write(&self, document: &Document<'_>, output: &Output) -> Result<(), Failure> {
        let format = chosen(output)?;
        match &output.output {
            Some(path) if path.as_os_str() != "-" => {
                let file = File::create(path).map_err(|error| write_failed(path, error))?;
                let mut out = BufWriter::new(file);
                format.write(document, &self.style(true), &mut out)?;
                out.flush().map_err(|error| write_failed(path, error))?;
                self.say(&format!("wrote {}", path.display()));
            }
            _ => {
                let mut out = BufWriter::new(io::stdout().lock());
                format.write(document, &self.style(false), &mut out)?;
                out.flush()?;
            }
        }
        Ok(())
    }

    /// Says before the work what would stand in the way of [`Ui::write`] after it.
    ///
    /// # Errors
    /// There is no such format, or no folder to write into.
    pub fn can_write(&self, output: &Output) -> Result<(), Failure> {
        chosen(output)?;
        let file = output.output.as_deref().filter(|path| path.as_os_str() != "-");
        let folder = file.and_then(Path::parent).filter(|folder| !folder.as_os_str().is_empty());
        match (file, folder) {
            (Some(file), _) if file.is_dir() => Err(Failure::usage(format!("{} is a folder", file.display()))),
            (_, Some(folder)) if !folder.is_dir() => {
                Err(Failure::usage(format!("there is no folder {}", folder.display())))
            }
            _ => Ok(()),
        }
    }

    /// Writes plain text as data.
    ///
    /// # Errors
    /// The output is closed.
    pub fn data(&self, text: &str) -> Result<(), Failure> {
        let mut out = io::stdout().lock();
        out.write_all(text.as_bytes())?;
        out.flush()?;
        Ok(())
    }
}

fn chosen(output: &Output) -> Result<&'static dyn Format, Failure> {
    let by_ending = || {
        let ending = output.output.as_deref().and_then(Path::extension).and_then(|ending| ending.to_str())?;
        crate::report::FORMATS.iter().copied().find(|format| format.extension() == ending)
    };
    match &output.format {
        Some(name) => format_by_name(name).ok_or_else(|| {
            let names: Vec<_> = crate::report::FORMATS.iter().map(|format| format.name()).collect();
            Failure::usage(format!("there is no format `{name}`: {}", names.join(", ")))
        }),
        None => Ok(by_ending().or_else(|| format_by_name("table")).expect("table is a format")),
    }
}

fn write_failed(path: &Path, error: io::Error) -> Failure {
    anyhow::Error::new(error).context(format!("cannot write {}", path.display())).into()
}

fn terminal_width() -> usize {
    // comfy-table asks the terminal; it is in the tree for tables anyway.
    comfy_table::Table::new().width().map_or(PLAIN_WIDTH, usize::from)
}
