//! Markdown with tables, for tickets and wikis.
//!
//! In: a document. Out: GitHub's flavour of Markdown. Text from the tenant stays text (`escape::markdown`): no markup, no
//! HTML, no link. Everything is listed, passing findings too.

use std::io;

use super::table::counted;
use super::tally::{self, CheckTally};
use super::{Comparison, Document, Format, ReportError, Style, escape, table_diff, value};
use crate::diff::SnapshotRef;
use crate::engine::Rows;
use crate::packs::{CheckReport, Verdict};

/// The format `markdown`.
pub(super) struct Markdown;

impl Format for Markdown {
    fn name(&self) -> &'static str {
        "markdown"
    }

    fn extension(&self) -> &'static str {
        "md"
    }

    fn write(&self, document: &Document<'_>, _style: &Style, out: &mut dyn io::Write) -> Result<(), ReportError> {
        match document {
            Document::Rows(rows) => write_rows(rows, out),
            Document::Checks(report) => write_checks(report, out),
            Document::Diff(report) => write_diff(report, out),
        }
        .map_err(ReportError::write("markdown"))
    }
}

/// Writes the head of a table; those that hold numbers stand at the right edge.
fn head<T: AsRef<str>>(
    out: &mut dyn io::Write,
    names: impl IntoIterator<Item = T>,
    numbers: impl Fn(usize) -> bool,
) -> io::Result<()> {
    let mut line = String::from("|");
    let mut rule = String::from("|");
    for (index, name) in names.into_iter().enumerate() {
        line.push_str(&format!(" {} |", escape::markdown(name.as_ref())));
        rule.push_str(if numbers(index) { " ---: |" } else { " --- |" });
    }
    writeln!(out, "{line}\n{rule}")
}

/// No column holds numbers.
fn none(_: usize) -> bool {
    false
}

fn row<T: AsRef<str>>(out: &mut dyn io::Write, cells: impl IntoIterator<Item = T>) -> io::Result<()> {
    let mut line = String::from("|");
    for cell in cells {
        line.push_str(&format!(" {} |", escape::markdown(cell.as_ref())));
    }
    writeln!(out, "{line}")
}

fn write_rows(rows: &Rows, out: &mut dyn io::Write) -> io::Result<()> {
    let fields = rows.schema.fields();
    if fields.is_empty() {
        return Ok(());
    }
    head(out, fields.iter().map(|field| field.name()), |index| fields[index].data_type().is_numeric())?;
    value::rows(rows).try_for_each(|cells| row(out, cells.iter().map(table_diff::plain)))
}

fn write_checks(report: &CheckReport, out: &mut dyn io::Write) -> io::Result<()> {
    let tallies = tally::by_check(report);
    writeln!(out, "# Checks of tenant {}\n", escape::markdown(&report.tenant_id))?;
    head(out, tally::BY_NEED.map(tally::label), |_| true)?;
    row(out, tally::BY_NEED.map(|verdict| report.summary.count(verdict).to_string()))?;
    let findings = usize::try_from(report.summary.total()).unwrap_or(usize::MAX);
    let checks = usize::try_from(report.summary.checks).unwrap_or(usize::MAX);
    writeln!(out, "\n{} of {}.\n", counted(findings, "finding"), counted(checks, "check"))?;
    for line in tally::acceptances(report) {
        writeln!(out, "{}.\n", escape::markdown(&line))?;
    }
    for (name, text) in [
        ("Snapshot", &report.snapshot),
        ("Time", &report.at),
        ("Seal", &report.seal),
        ("azsnap", &report.version),
        ("Packs", &report.pack_hash),
    ] {
        writeln!(out, "- {name}: {}", escape::markdown_code(text))?;
    }
    for (name, value) in &report.params {
        let setting = format!("{name} = {value}");
        writeln!(out, "- Parameter: {}", escape::markdown_code(&setting))?;
    }
    write_coverage(report, out)?;
    write_tallies(&tallies, out)?;
    write_findings(&tallies, out)?;
    write_not_yet(report, out)
}

fn write_coverage(report: &CheckReport, out: &mut dyn io::Write) -> io::Result<()> {
    let coverage = &report.coverage;
    let missing = coverage.unread.len();
    writeln!(out, "\n## Coverage\n\nRead {} of {} scopes, {missing} not read.", coverage.read, coverage.scopes)?;
    if missing > 0 {
        writeln!(out)?;
        head(out, ["table", "scope", "status", "code", "permission needed"], none)?;
        for scope in &coverage.unread {
            let code = scope.code.as_deref().unwrap_or_default();
            let permission = scope.permission.as_deref().unwrap_or_default();
            row(out, [scope.table.as_str(), &scope.scope, &scope.status, code, permission])?;
        }
    }
    for one in &coverage.population {
        writeln!(out, "\n{}.", escape::markdown(&tally::difference(one)))?;
    }
    for (words, tables) in [
        ("Taken for empty because the import had no file for them", &coverage.assumed),
        ("With rows fetched more than 6 hours after the snapshot began", &coverage.late),
    ] {
        if !tables.is_empty() {
            writeln!(out, "\n{words}: {}.", escape::markdown(&tables.join(", ")))?;
        }
    }
    Ok(())
}

fn write_tallies(tallies: &[CheckTally<'_>], out: &mut dyn io::Write) -> io::Result<()> {
    writeln!(out, "\n## Checks\n")?;
    head(out, ["check", "title", "severity", "fail", "unknown", "manual", "pass", "not applicable"], |index| {
        index > 2
    })?;
    for tally in tallies {
        let cells = [tally.slug.to_owned(), tally.title.to_owned(), tally.severity.to_string()];
        row(out, cells.into_iter().chain(tally::BY_NEED.map(|verdict| tally.counts.count(verdict).to_string())))?;
    }
    Ok(())
}

fn write_findings(tallies: &[CheckTally<'_>], out: &mut dyn io::Write) -> io::Result<()> {
    for tally in tallies.iter().filter(|tally| !tally.findings.is_empty()) {
        writeln!(out, "\n### {}\n", escape::markdown(tally.title))?;
        writeln!(out, "{}, severity {}\n", escape::markdown_code(tally.slug), tally.severity)?;
        if let Some(info) = tally.info {
            for (name, text) in [("Why", &info.rationale), ("What to do", &info.remediation)] {
                if !text.is_empty() {
                    writeln!(out, "{name}: {}\n", escape::markdown(text))?;
                }
            }
        }
        if !tally.controls.is_empty() {
            writeln!(out, "Controls: {}\n", escape::markdown(&tally.controls.join(", ")))?;
        }
        head(out, ["verdict", "subject", "reason", "evidence"], none)?;
        for finding in &tally.findings {
            let evidence: Vec<String> =
                finding.evidence.iter().map(|(name, value)| format!("{name} = {}", table_diff::plain(value))).collect();
            row(out, [tally::label(finding.verdict), &finding.subject, &tally::reason(finding), &evidence.join("\n")])?;
        }
    }
    Ok(())
}

fn write_not_yet(report: &CheckReport, out: &mut dyn io::Write) -> io::Result<()> {
    if report.not_yet.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n## Not yet\n\n{} without a check.\n", counted(report.not_yet.len(), "control"))?;
    head(out, ["pack", "control", "title"], none)?;
    report.not_yet.iter().try_for_each(|control| row(out, [&control.pack, &control.control, &control.title]))
}

fn write_diff(report: &Comparison, out: &mut dyn io::Write) -> io::Result<()> {
    let tallies = tally::by_table(report);
    writeln!(out, "# Differences\n")?;
    let mut side = |name: &str, side: &SnapshotRef| {
        let at = escape::markdown(&side.at);
        writeln!(
            out,
            "- {name}: {at}, {}, seal {}",
            escape::markdown_code(&side.path),
            escape::markdown_code(&side.seal)
        )
    };
    side("Old", &report.old)?;
    side("New", &report.new)?;
    writeln!(out, "\n## Tables\n")?;
    head(out, ["table", "because", "added", "removed", "changed"], |index| index > 1)?;
    for tally in &tallies {
        let counts = [tally.added, tally.removed, tally.changed].map(|count| count.to_string());
        let cells = [tally.table.to_owned(), tally::class_label(tally.class).to_owned()];
        row(out, cells.into_iter().chain(counts))?;
    }
    for tally in &tallies {
        writeln!(out, "\n### {}: {}\n", escape::markdown(tally.table), tally::class_label(tally.class))?;
        head(out, ["change", "name", "id", "column", "old", "new"], none)?;
        for change in &tally.changes {
            let name = change.name.as_deref().unwrap_or_default();
            let cells = [change.kind.as_str(), name, &change.id];
            if change.columns.is_empty() {
                row(out, cells.into_iter().chain([""; 3]))?;
            }
            for column in &change.columns {
                let (old, new) = (table_diff::plain(&column.old), table_diff::plain(&column.new));
                row(out, cells.into_iter().chain([column.column.as_str(), &old, &new]))?;
            }
        }
    }
    if !report.coverage.is_empty() {
        writeln!(out, "\n## Coverage\n")?;
        head(out, ["table", "scope", "old", "new"], none)?;
        for change in &report.coverage {
            row(out, [&change.table, &change.scope, &change.old_status, &change.new_status])?;
        }
    }
    write_flips(report, out)
}

fn write_flips(report: &Comparison, out: &mut dyn io::Write) -> io::Result<()> {
    if report.flips.is_empty() {
        return Ok(());
    }
    let word = |verdict: Option<Verdict>| verdict.map_or("absent", tally::label);
    writeln!(out, "\n## Verdicts that flipped\n")?;
    head(out, ["check", "subject", "old", "new", "reason"], none)?;
    report.flips.iter().try_for_each(|flip| {
        row(out, [flip.check.as_str(), &flip.subject, word(flip.old), word(flip.new), &flip.reason])
    })
}
