//! Turns a [`Document`] (rows of a query, findings of checks, differences) into bytes of one format.
//!
//! In: values that are finished. Out: bytes on a writer. Nothing here may run SQL, open a file or a socket, or look at the
//! clock: the same document and style always give the same bytes. Every text comes from a tenant and counts as hostile, so
//! each format escapes it in its own way.

mod csv;
mod escape;
mod grid;
mod html;
mod html_checks;
mod html_diff;
mod html_rows;
mod json;
mod markdown;
mod ndjson;
mod table;
mod table_checks;
mod table_diff;
mod tally;
#[cfg(test)]
mod tests;
mod value;

use std::io;
use std::ops::Deref;

pub use escape::escape_terminal;
use serde::{Deserialize, Serialize};

use crate::diff::DiffReport;
use crate::engine::Rows;
use crate::packs::{CheckReport, Flip};

/// Holds what is to be shown.
pub enum Document<'a> {
    /// The result of a query.
    Rows(&'a Rows),
    /// The result of a run of checks.
    Checks(&'a CheckReport),
    /// The result of a comparison.
    Diff(&'a Comparison),
}

/// Holds everything that differs between two snapshots: rows and coverage, and verdicts where checks were run on both.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// Rows and coverage.
    #[serde(flatten)]
    pub diff: DiffReport,
    /// Verdicts that differ.
    pub flips: Vec<Flip>,
}

impl Deref for Comparison {
    type Target = DiffReport;

    fn deref(&self) -> &DiffReport {
        &self.diff
    }
}

/// Writes documents in one way.
pub trait Format: Sync {
    /// Gives the word for `--format`.
    fn name(&self) -> &'static str;

    /// Gives the file ending, without the dot.
    fn extension(&self) -> &'static str;

    /// Writes the whole document.
    ///
    /// # Errors
    ///
    /// When the writer refuses the bytes; see [`ReportError::is_closed_pipe`].
    fn write(&self, document: &Document<'_>, style: &Style, out: &mut dyn io::Write) -> Result<(), ReportError>;
}

/// Says what the output is shown on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Columns to fill at most; 0 means no limit.
    pub width: usize,
    /// Whether colour may be used.
    pub color: bool,
    /// Whether a terminal reads the bytes, so that control characters must be made visible.
    pub terminal: bool,
}

/// Says why a document could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The writer refused the bytes.
    #[error("could not write the {format} output")]
    Write {
        /// Name of the format.
        format: &'static str,
        /// What the writer said.
        source: io::Error,
    },
    /// A value could not be put into JSON.
    #[error("could not turn the document into JSON")]
    Json(#[source] serde_json::Error),
    /// The HTML page could not be filled in.
    #[error("could not fill in the page template")]
    Template(#[source] minijinja::Error),
}

impl ReportError {
    /// Tells whether the reader went away, which ends a command quietly.
    #[must_use]
    pub fn is_closed_pipe(&self) -> bool {
        matches!(self, ReportError::Write { source, .. } if source.kind() == io::ErrorKind::BrokenPipe)
    }

    fn write(format: &'static str) -> impl Fn(io::Error) -> ReportError {
        move |source| ReportError::Write { format, source }
    }
}

/// Lists every format, the default first.
pub static FORMATS: &[&dyn Format] =
    &[&table::Table, &csv::Csv, &json::Json, &ndjson::Ndjson, &markdown::Markdown, &html::Html];

/// Finds a format by its name.
#[must_use]
pub fn format_by_name(name: &str) -> Option<&'static dyn Format> {
    FORMATS.iter().copied().find(|format| format.name() == name)
}
