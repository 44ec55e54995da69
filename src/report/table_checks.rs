//! A run of checks as text: summary, what was not read, a line per check, then what failed or is unknown.
//!
//! In: a [`CheckReport`]. Out: text. A share is never shown without the unknowns beside it; passing findings are counted,
//! not listed.

use std::io;

use super::Style;
use super::grid::{Frame, Grid, Tone, paint};
use super::table::{counted, write_grid};
use super::tally::{self, CheckTally, UnreadGroup};
use crate::packs::{CheckReport, Finding, Verdict};

/// Writes the whole report.
pub(super) fn write(report: &CheckReport, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let tallies = tally::by_check(report);
    write_head(report, style, out)?;
    write_coverage(report, style, out)?;
    write_checks(&tallies, style, out)?;
    write_findings(&tallies, style, out)?;
    write_not_yet(report, style, out)
}

fn heading(text: &str, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    writeln!(out, "\n{}", paint(text, Tone::Strong, style))
}

fn write_head(report: &CheckReport, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let summary = &report.summary;
    let mut counts = Vec::new();
    for verdict in tally::BY_NEED {
        let count = summary.count(verdict);
        let tone = if count == 0 { Tone::Dim } else { Tone::from(verdict) };
        counts.push(paint(&format!("{} {count}", tally::label(verdict)), tone, style));
    }
    let findings = counted(usize::try_from(summary.total()).unwrap_or(usize::MAX), "finding");
    let checks = counted(usize::try_from(summary.checks).unwrap_or(usize::MAX), "check");
    writeln!(out, "{}", counts.join("   "))?;
    writeln!(out, "{findings} of {checks}")?;
    for line in tally::acceptances(report) {
        writeln!(out, "{}", paint(&line, Tone::Plain, style))?;
    }
    writeln!(out)?;
    let mut grid = Grid::new(Frame::None, &[], style);
    let params: Vec<String> = report.params.iter().map(|(name, value)| format!("{name} = {value}")).collect();
    let mut lines = vec![
        ("snapshot", report.snapshot.clone()),
        ("time", report.at.clone()),
        ("tenant", report.tenant_id.clone()),
        ("seal", report.seal.clone()),
        ("azsnap", report.version.clone()),
        ("packs", report.pack_hash.clone()),
    ];
    if !params.is_empty() {
        lines.push(("params", params.join(", ")));
    }
    for (name, text) in lines {
        grid.row([(name.to_owned(), Tone::Dim), (text, Tone::Plain)]);
    }
    write_grid(&mut grid, out)
}

/// Differences between rows and counts to name; the others are counted.
const NAMED_DIFFERENCES: usize = 10;

/// Scopes to name per table in the coverage list; the others are counted, and JSON has them.
const NAMED_SCOPES: usize = 3;

fn write_coverage(report: &CheckReport, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let coverage = &report.coverage;
    heading("Coverage", style, out)?;
    let missing = coverage.unread.len();
    let line = format!("read {} of {} scopes, {missing} not read", coverage.read, coverage.scopes);
    writeln!(out, "{}", paint(&line, if missing > 0 { Tone::Doubt } else { Tone::Plain }, style))?;
    let mut reason = None;
    for group in tally::unread(coverage) {
        if reason != Some((group.status, group.code, group.permission)) {
            reason = Some((group.status, group.code, group.permission));
            let code = group.code.map_or_else(String::new, |code| format!(", {code}"));
            let needed = group.permission.map_or_else(String::new, |name| format!("; reading it takes {name}"));
            writeln!(
                out,
                "\n{}{}",
                paint(group.status, Tone::Doubt, style),
                paint(&(code + &needed), Tone::Plain, style)
            )?;
        }
        write_unread(&group, style, out)?;
    }
    for one in coverage.population.iter().take(NAMED_DIFFERENCES) {
        writeln!(out, "{}", paint(&tally::difference(one), Tone::Doubt, style))?;
    }
    if let Some(more @ 1..) = coverage.population.len().checked_sub(NAMED_DIFFERENCES) {
        let line = format!(
            "and {} between rows and counts: FROM azure_population WHERE differs",
            counted(more, "more difference")
        );
        writeln!(out, "{}", paint(&line, Tone::Doubt, style))?;
    }
    for (words, tables) in [
        ("taken for empty because the import had no file for them", &coverage.assumed),
        ("with rows fetched more than 6 hours after the snapshot began", &coverage.late),
    ] {
        if !tables.is_empty() {
            let line = format!("{} {words}: {}", counted(tables.len(), "table"), tables.join(", "));
            writeln!(out, "{}", paint(&line, Tone::Doubt, style))?;
        }
    }
    Ok(())
}

/// A line per scope, each whole: ids are there to be copied and searched for.
fn write_unread(group: &UnreadGroup<'_>, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let table = paint(group.table, Tone::Plain, style);
    for scope in group.scopes.iter().take(NAMED_SCOPES) {
        writeln!(out, "  {table}  {}", paint(scope, Tone::Dim, style))?;
    }
    match group.scopes.len().checked_sub(NAMED_SCOPES) {
        Some(more) if more > 0 => writeln!(out, "  {table}  and {}", counted(more, "more scope")),
        _ => Ok(()),
    }
}

fn write_checks(tallies: &[CheckTally<'_>], style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    if tallies.is_empty() {
        return Ok(());
    }
    heading("Checks", style, out)?;
    let mut grid = Grid::new(Frame::Rule, &[2, 3, 4, 5, 6], style);
    grid.header(["check", "severity", "fail", "unknown", "manual", "pass", "n/a"]);
    for tally in tallies {
        let head = [(tally.slug.to_owned(), Tone::Plain), (tally.severity.to_string(), Tone::from(tally.severity))];
        let counts = tally::BY_NEED.iter().map(|verdict| {
            let count = tally.counts.count(*verdict);
            (count.to_string(), if count == 0 { Tone::Dim } else { Tone::from(*verdict) })
        });
        grid.row(head.into_iter().chain(counts));
    }
    write_grid(&mut grid, out)
}

fn write_findings(tallies: &[CheckTally<'_>], style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let open = |finding: &&&Finding| matches!(finding.verdict, Verdict::Fail | Verdict::Unknown);
    let mut first = true;
    for tally in tallies {
        let mut findings = tally.findings.iter().filter(open).peekable();
        if findings.peek().is_none() {
            continue;
        }
        if first {
            heading("Failed and unknown", style, out)?;
            first = false;
        }
        let severity = paint(tally.severity.as_str(), Tone::from(tally.severity), style);
        writeln!(out, "\n{severity}  {}", paint(tally.title, Tone::Strong, style))?;
        let names = if tally.controls.is_empty() {
            tally.slug.to_owned()
        } else {
            format!("{}  ({})", tally.slug, tally.controls.join(", "))
        };
        writeln!(out, "{}", paint(&names, Tone::Dim, style))?;
        // Not in columns: a wrapped id can be neither copied nor searched for.
        for finding in findings {
            let verdict = format!("{:<7}", tally::label(finding.verdict));
            let subject = paint(&finding.subject, Tone::Plain, style);
            writeln!(out, "  {}  {subject}", paint(&verdict, Tone::from(finding.verdict), style))?;
            let reason = tally::reason(finding);
            if !reason.is_empty() {
                writeln!(out, "           {}", paint(&reason, Tone::Dim, style))?;
            }
        }
    }
    Ok(())
}

fn write_not_yet(report: &CheckReport, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    if report.not_yet.is_empty() {
        return Ok(());
    }
    heading(&format!("Not yet: {} without a check", counted(report.not_yet.len(), "control")), style, out)?;
    let mut grid = Grid::new(Frame::None, &[], style);
    for (pack, controls) in tally::not_yet(report) {
        for (control, title) in controls {
            grid.row([(format!("{pack}:{control}"), Tone::Dim), (title.to_owned(), Tone::Plain)]);
        }
    }
    write_grid(&mut grid, out)
}
