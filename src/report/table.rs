//! Aligned columns for people at a terminal.
//!
//! In: a document. Out: text that fits the style's width; nothing is cut off. Rows too wide for columns are shown one
//! below the other, a value per line. Every cell is escaped by `grid`. Checks and differences are in files of their own.

use std::io;

use arrow::datatypes::DataType;
use serde_json::Value;

use super::grid::{Frame, Grid, Tone, paint};
use super::{Document, Format, ReportError, Style, escape_terminal, table_checks, table_diff, value};
use crate::engine::Rows;

/// The format `table`.
pub(super) struct Table;

impl Format for Table {
    fn name(&self) -> &'static str {
        "table"
    }

    fn extension(&self) -> &'static str {
        "txt"
    }

    fn write(&self, document: &Document<'_>, style: &Style, out: &mut dyn io::Write) -> Result<(), ReportError> {
        match document {
            Document::Rows(rows) => write_rows(rows, style, out),
            Document::Checks(report) => table_checks::write(report, style, out),
            Document::Diff(report) => table_diff::write(report, style, out),
        }
        .map_err(ReportError::write("table"))
    }
}

/// Columns narrower than this can't be read once they wrap.
const NARROWEST: usize = 12;

fn write_rows(rows: &Rows, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let fields = rows.schema.fields();
    if fields.is_empty() {
        return Ok(());
    }
    let numbers: Vec<usize> = (0..fields.len()).filter(|index| is_number(fields[*index].data_type())).collect();
    let mut grid = Grid::new(Frame::Box, &numbers, style);
    grid.header(fields.iter().map(|field| field.name()));
    let mut count = 0;
    for row in value::rows(rows) {
        count += 1;
        grid.row(row.iter().map(shown));
    }
    // A bar and two spaces per column, and the last bar.
    let least: usize = grid.widths().iter().map(|width| usize::from(*width).min(NARROWEST) + 3).sum::<usize>() + 1;
    if style.width > 0 && least > style.width && count > 0 {
        write_records(rows, style, out)?;
    } else {
        write_grid(&mut grid, out)?;
    }
    writeln!(out, "{}", paint(&counted(count, "row"), Tone::Dim, style))
}

/// Gives a cell's text; null is spelled out, so that it can't be taken for empty text.
fn shown(cell: &Value) -> (String, Tone) {
    match value::text(cell) {
        Some(text) => (text, Tone::Plain),
        None => ("NULL".to_owned(), Tone::Dim),
    }
}

fn is_number(data_type: &DataType) -> bool {
    data_type.is_numeric()
}

fn write_records(rows: &Rows, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let names: Vec<String> = rows.schema.fields().iter().map(|field| escape_terminal(field.name())).collect();
    let widest = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
    for (index, row) in value::rows(rows).enumerate() {
        let title = format!("── row {} ", index + 1);
        let line = "─".repeat(style.width.saturating_sub(title.chars().count()));
        writeln!(out, "{}", paint(&format!("{title}{line}"), Tone::Dim, style))?;
        for (name, cell) in names.iter().zip(&row) {
            let (text, tone) = shown(cell);
            let gap = " ".repeat(widest - name.chars().count());
            writeln!(out, "{}{gap}  {}", paint(name, Tone::Strong, style), paint(&text, tone, style))?;
        }
    }
    Ok(())
}

/// Writes a grid's lines.
pub(super) fn write_grid(grid: &mut Grid, out: &mut dyn io::Write) -> io::Result<()> {
    grid.lines().try_for_each(|line| writeln!(out, "{line}"))
}

/// Gives a count with its noun in the right number.
pub(super) fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}
