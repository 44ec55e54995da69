//! Comma-separated values with a header row, safe to open in a spreadsheet.
//!
//! In: a document. Out: one line per row, finding or changed value. A cell can't become a formula (`escape::csv_cell`);
//! null is an empty cell. The report's head (seal, coverage) has no place here: take JSON for it.

use std::borrow::Cow;
use std::io;

use serde_json::Value;

use super::{Comparison, Document, Format, ReportError, Style, escape, value};
use crate::engine::Rows;
use crate::packs::CheckReport;

/// The format `csv`.
pub(super) struct Csv;

impl Format for Csv {
    fn name(&self) -> &'static str {
        "csv"
    }

    fn extension(&self) -> &'static str {
        "csv"
    }

    fn write(&self, document: &Document<'_>, style: &Style, out: &mut dyn io::Write) -> Result<(), ReportError> {
        let mut lines = Lines { out: ::csv::Writer::from_writer(out), terminal: style.terminal };
        let written = match document {
            Document::Rows(rows) => write_rows(&mut lines, rows),
            Document::Checks(report) => write_checks(&mut lines, report),
            Document::Diff(report) => write_diff(&mut lines, report),
        };
        written.and_then(|()| lines.out.flush()).map_err(ReportError::write("csv"))
    }
}

struct Lines<'a> {
    out: ::csv::Writer<&'a mut dyn io::Write>,
    terminal: bool,
}

impl Lines<'_> {
    fn line<T: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = T>) -> io::Result<()> {
        for cell in cells {
            let shown = if self.terminal { escape::visible(cell.as_ref()) } else { Cow::Borrowed(cell.as_ref()) };
            self.out.write_field(escape::csv_cell(&shown).as_bytes()).map_err(into_io)?;
        }
        self.out.write_record(None::<&[u8]>).map_err(into_io)
    }
}

/// Keeps the kind, so that a closed pipe is still known as one.
fn into_io(error: ::csv::Error) -> io::Error {
    match error.into_kind() {
        ::csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

fn write_rows(lines: &mut Lines<'_>, rows: &Rows) -> io::Result<()> {
    if rows.schema.fields().is_empty() {
        return Ok(());
    }
    lines.line(rows.schema.fields().iter().map(|field| field.name().as_str()))?;
    for row in value::rows(rows) {
        lines.line(row.iter().map(|cell| value::text(cell).unwrap_or_default()))?;
    }
    Ok(())
}

fn write_checks(lines: &mut Lines<'_>, report: &CheckReport) -> io::Result<()> {
    lines.line([
        "check",
        "title",
        "severity",
        "verdict",
        "subject",
        "resource_id",
        "resource_name",
        "subscription_id",
        "reason",
        "evidence",
        "controls",
    ])?;
    for finding in &report.findings {
        let evidence = if finding.evidence.is_empty() {
            String::new()
        } else {
            Value::Object(finding.evidence.clone()).to_string()
        };
        lines.line([
            &*finding.check,
            &finding.title,
            finding.severity.as_str(),
            finding.verdict.as_str(),
            &finding.subject,
            finding.resource_id.as_deref().unwrap_or_default(),
            finding.resource_name.as_deref().unwrap_or_default(),
            finding.subscription_id.as_deref().unwrap_or_default(),
            &finding.reason,
            &evidence,
            &finding.controls.join(" "),
        ])?;
    }
    Ok(())
}

fn write_diff(lines: &mut Lines<'_>, report: &Comparison) -> io::Result<()> {
    lines.line(["record", "kind", "class", "table", "id", "name", "column", "old", "new", "check", "reason"])?;
    for change in &report.changes {
        let name = change.name.as_deref().unwrap_or_default();
        let head = ["change", change.kind.as_str(), change.class.as_str(), &change.table, &change.id, name];
        if change.columns.is_empty() {
            lines.line(head.into_iter().chain([""; 5]))?;
        }
        for column in &change.columns {
            let old = value::text(&column.old).unwrap_or_default();
            let new = value::text(&column.new).unwrap_or_default();
            lines.line(head.into_iter().chain([column.column.as_str(), &old, &new, "", ""]))?;
        }
    }
    for change in &report.coverage {
        lines.line([
            "coverage",
            "",
            "coverage",
            &change.table,
            &change.scope,
            "",
            "status",
            &change.old_status,
            &change.new_status,
            "",
            "",
        ])?;
    }
    for flip in &report.flips {
        let word = |verdict: Option<crate::packs::Verdict>| verdict.map_or("", |verdict| verdict.as_str());
        lines.line([
            "flip",
            "",
            "",
            "",
            &flip.subject,
            "",
            "verdict",
            word(flip.old),
            word(flip.new),
            &flip.check,
            &flip.reason,
        ])?;
    }
    Ok(())
}
