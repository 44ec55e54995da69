//! A comparison as text: counts per table, then each change, then what was read differently, then verdicts that flipped.
//!
//! In: a [`Comparison`]. Out: text. Changes that are only down to coverage or to another API version stand apart, so that
//! they can't be taken for changes of the tenant.

use std::io;

use serde_json::Value;

use super::grid::{Frame, Grid, Tone, paint};
use super::table::{counted, write_grid};
use super::tally::{self, TableTally};
use super::{Comparison, Style, value};
use crate::diff::{Change, ChangeKind};
use crate::packs::Verdict;

/// Writes the whole report.
pub(super) fn write(report: &Comparison, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let tallies = tally::by_table(report);
    write_head(report, &tallies, style, out)?;
    write_counts(&tallies, style, out)?;
    write_changes(&tallies, style, out)?;
    write_coverage(report, style, out)?;
    write_flips(report, style, out)
}

fn heading(text: &str, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    writeln!(out, "\n{}", paint(text, Tone::Strong, style))
}

fn write_head(
    report: &Comparison,
    tallies: &[TableTally<'_>],
    style: &Style,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let sum = |count: fn(&TableTally<'_>) -> usize| tallies.iter().map(count).sum::<usize>();
    writeln!(
        out,
        "{} added   {} removed   {} changed   {}   {}\n",
        sum(|tally| tally.added),
        sum(|tally| tally.removed),
        sum(|tally| tally.changed),
        counted(report.coverage.len(), "coverage change"),
        counted(report.flips.len(), "flipped verdict"),
    )?;
    let mut grid = Grid::new(Frame::None, &[], style);
    for (name, side) in [("old", &report.old), ("new", &report.new)] {
        grid.tall_row([
            (vec![name.to_owned()], Tone::Dim),
            (vec![side.at.clone(), format!("{}, seal {}", side.path, side.seal)], Tone::Plain),
        ]);
    }
    write_grid(&mut grid, out)
}

fn write_counts(tallies: &[TableTally<'_>], style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    if tallies.is_empty() {
        return Ok(());
    }
    heading("Tables", style, out)?;
    let mut grid = Grid::new(Frame::Rule, &[2, 3, 4], style);
    grid.header(["table", "because", "added", "removed", "changed"]);
    for tally in tallies {
        let head = [(tally.table.to_owned(), Tone::Plain), (tally::class_label(tally.class).to_owned(), Tone::Plain)];
        let counts = [tally.added, tally.removed, tally.changed]
            .map(|count| (count.to_string(), if count == 0 { Tone::Dim } else { Tone::Strong }));
        grid.row(head.into_iter().chain(counts));
    }
    write_grid(&mut grid, out)
}

fn write_changes(tallies: &[TableTally<'_>], style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let mut class = None;
    for tally in tallies {
        if class != Some(tally.class) {
            heading(&format!("Changes: {}", tally::class_label(tally.class)), style, out)?;
            class = Some(tally.class);
        }
        writeln!(out, "\n{}", paint(tally.table, Tone::Strong, style))?;
        for change in &tally.changes {
            write_change(change, style, out)?;
        }
    }
    Ok(())
}

fn write_change(change: &Change, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let (mark, tone) = match change.kind {
        ChangeKind::Added => ("+", Tone::Good),
        ChangeKind::Removed => ("-", Tone::Bad),
        ChangeKind::Changed => ("~", Tone::Doubt),
    };
    let head = paint(&format!("{mark} {:<7}", change.kind), tone, style);
    match &change.name {
        Some(name) => {
            writeln!(out, "{head}  {}  {}", paint(name, Tone::Plain, style), paint(&change.id, Tone::Dim, style))?
        }
        None => writeln!(out, "{head}  {}", paint(&change.id, Tone::Plain, style))?,
    }
    let mut grid = Grid::new(Frame::None, &[], style);
    for column in &change.columns {
        let line = format!("{} -> {}", shown(&column.old), shown(&column.new));
        grid.row([(format!("    {}", column.column), Tone::Dim), (line, Tone::Plain)]);
    }
    write_grid(&mut grid, out)
}

/// Gives a value as JSON, so that the text "1" and the number 1 look different.
fn shown(value: &Value) -> String {
    if value.is_null() { "NULL".to_owned() } else { value.to_string() }
}

fn write_coverage(report: &Comparison, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    if report.coverage.is_empty() {
        return Ok(());
    }
    heading("Coverage", style, out)?;
    let mut grid = Grid::new(Frame::Rule, &[], style);
    grid.header(["table", "scope", "old", "new"]);
    for change in &report.coverage {
        grid.row(
            [&change.table, &change.scope, &change.old_status, &change.new_status].map(|text| (text, Tone::Plain)),
        );
    }
    write_grid(&mut grid, out)
}

fn write_flips(report: &Comparison, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    if report.flips.is_empty() {
        return Ok(());
    }
    heading("Verdicts that flipped", style, out)?;
    let word = |verdict: Option<Verdict>| verdict.map_or("absent", tally::label);
    let tone = |verdict: Option<Verdict>| verdict.map_or(Tone::Dim, Tone::from);
    for flip in &report.flips {
        writeln!(
            out,
            "\n{} -> {}  {}",
            paint(word(flip.old), tone(flip.old), style),
            paint(word(flip.new), tone(flip.new), style),
            paint(&flip.check, Tone::Strong, style)
        )?;
        writeln!(out, "  {}", paint(&flip.subject, Tone::Plain, style))?;
        if !flip.reason.is_empty() {
            writeln!(out, "  {}", paint(&flip.reason, Tone::Dim, style))?;
        }
    }
    Ok(())
}

/// Gives a value for prose formats: text as it is, null spelled out.
pub(super) fn plain(value: &Value) -> String {
    value::text(value).unwrap_or_else(|| "NULL".to_owned())
}
