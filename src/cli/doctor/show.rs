//! Reports of `azsnap doctor` for people: values in, lines out. Every text of Azure's is escaped for the terminal.

use crate::doctor::{
    Aftermath, Diagnosis, Examination, Fact, GraphPermission, Loss, Outcome, Place, Severity, Unclear,
};
use crate::report::escape_terminal;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// Where lists are broken.
const WIDTH: usize = 110;

/// What was found before a run.
pub fn examination(found: &Examination) -> String {
    let mut out = String::new();
    who(&mut out, found);
    for one in &found.diagnoses {
        diagnosis(&mut out, one, &found.subscriptions);
    }
    losses(&mut out, "Missing permissions, and what would be lost with them", &found.missing, &found.subscriptions);
    if !found.unclear.is_empty() {
        out.push_str("\nCould not be told\n");
        for Unclear { what, why } in &found.unclear {
            let _ = writeln!(out, "  {}: {}", escape_terminal(what), escape_terminal(why));
        }
    }
    out.push('\n');
    let _ = match found.outcome {
        Outcome::Ready => writeln!(out, "ready: {} tables, {} checks", found.tables, found.checks),
        Outcome::Unusable => writeln!(out, "unusable: nothing can be read until this is mended"),
        Outcome::TablesMissing => {
            let (tables, checks) = counts(&found.missing);
            writeln!(
                out,
                "usable, but {tables} of {} tables would be missing or incomplete somewhere, and {checks} of {} checks unknown there",
                found.tables, found.checks
            )
        }
    };
    out
}

/// What a run lost.
pub fn aftermath(found: &Aftermath) -> String {
    let mut out = format!("{}, tenant {}\n", escape_terminal(&found.snapshot), escape_terminal(&found.tenant_id));
    losses(&mut out, "Missing permissions, and what was lost with them", &found.missing, &[]);
    losses(&mut out, "Lost for other reasons", &found.other, &[]);
    if !found.facts.is_empty() {
        out.push_str("\nNot there, and nothing to repair\n");
        for Fact { status, code, scopes, tables } in &found.facts {
            let code = code.map(|code| format!(" [{code}]")).unwrap_or_default();
            let _ = writeln!(out, "  {status}{code}");
            list(&mut out, "    in", scopes);
            list(&mut out, "    tables", tables);
        }
    }
    out.push('\n');
    let all: Vec<Loss> = found.missing.iter().chain(&found.other).cloned().collect();
    let (tables, checks) = counts(&all);
    let _ = match found.outcome {
        Outcome::Ready => writeln!(out, "nothing was lost"),
        _ => {
            writeln!(out, "{tables} tables are missing or incomplete somewhere, and {checks} checks say unknown there")
        }
    };
    out
}

/// The permissions of Graph that go with a role.
pub fn graph_permissions(all: &[GraphPermission]) -> String {
    if all.is_empty() {
        return String::new();
    }
    let mut out =
        String::from("application permissions of Microsoft Graph (API permissions, then grant admin consent):\n");
    for GraphPermission { permission, tables } in all {
        list(&mut out, &format!("  {permission}"), tables);
    }
    out
}

/// What a role cannot say.
pub fn notes(all: &[String]) -> String {
    let mut out = String::new();
    all.iter().for_each(|note| wrapped(&mut out, "note:", note));
    out
}

fn who(out: &mut String, found: &Examination) {
    let Some(tenant) = &found.tenant_id else { return };
    let _ = write!(out, "tenant {}", escape_terminal(tenant));
    for (what, id) in [("application", &found.app_id), ("object", &found.object_id)] {
        if let Some(id) = id {
            let _ = write!(out, ", {what} {}", escape_terminal(id));
        }
    }
    out.push('\n');
    if !found.subscriptions.is_empty() {
        let names: Vec<String> = found.subscriptions.iter().map(ToString::to_string).collect();
        list(out, "subscriptions", &names);
    }
}

fn diagnosis(out: &mut String, one: &Diagnosis, known: &[Place]) {
    let severity = match one.severity {
        Severity::Fact => "fact",
        other => other.words(),
    };
    let _ = writeln!(out, "\n{} ({severity}): {}", one.code, escape_terminal(&one.message));
    list(out, "  where", &one.scopes.iter().map(|scope| place(scope, known)).collect::<Vec<_>>());
    // What is lost is listed below, by permission.
    if one.severity == Severity::Fact {
        list(out, "  tables", &one.tables);
    } else if !one.tables.is_empty() || !one.tables_in_part.is_empty() {
        let n_tables = one.tables.len() + one.tables_in_part.len();
        let _ = writeln!(out, "  costs: {n_tables} tables, {} checks (listed below)", one.checks.len());
    }
    wrapped(out, "  what to do:", &one.what_to_do);
    if let Some(detail) = &one.detail {
        wrapped(out, "  Azure said:", detail);
    }
}

fn losses(out: &mut String, title: &str, all: &[Loss], known: &[Place]) {
    if all.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n{title}");
    for loss in all {
        let code = loss.code.map(|code| format!(" [{code}]")).unwrap_or_default();
        let what = loss.permission.as_deref().map(escape_terminal).unwrap_or_default();
        let gap = if what.is_empty() { "" } else { ": " };
        let _ = writeln!(out, "  {what}{gap}{}{code}", escape_terminal(&loss.why));
        list(out, "    in", &loss.scopes.iter().map(|scope| place(scope, known)).collect::<Vec<_>>());
        list(out, "    tables", &loss.tables);
        list(out, "    tables in part", &loss.tables_in_part);
        list(out, "    checks unknown", &loss.checks);
    }
}

/// A subscription by its name too, where it is known.
fn place(scope: &str, known: &[Place]) -> String {
    known.iter().find(|place| place.id.eq_ignore_ascii_case(scope)).map_or(scope.to_owned(), ToString::to_string)
}

/// A list with its count, broken at the width; nothing for an empty one.
fn list(out: &mut String, what: &str, items: &[String]) {
    let Some((last, others)) = items.split_last() else { return };
    let lead = if others.is_empty() { format!("{what}:") } else { format!("{what} ({}):", items.len()) };
    let words = others.iter().map(|item| format!("{},", escape_terminal(item))).chain([escape_terminal(last)]);
    fill(out, &lead, words);
}

/// Text behind a lead, broken at the width.
fn wrapped(out: &mut String, lead: &str, text: &str) {
    fill(out, lead, escape_terminal(text).split(' ').map(str::to_owned));
}

fn fill(out: &mut String, lead: &str, words: impl Iterator<Item = String>) {
    let indent = " ".repeat(lead.len() - lead.trim_start().len() + 4);
    let mut width = lead.chars().count();
    out.push_str(lead);
    for word in words {
        let n_chars = word.chars().count();
        if width + 1 + n_chars > WIDTH {
            let _ = write!(out, "\n{indent}{word}");
            width = indent.len() + n_chars;
        } else {
            let _ = write!(out, " {word}");
            width += 1 + n_chars;
        }
    }
    out.push('\n');
}

/// How many different tables and checks losses are about.
fn counts(losses: &[Loss]) -> (usize, usize) {
    let tables: BTreeSet<&String> =
        losses.iter().flat_map(|loss| loss.tables.iter().chain(&loss.tables_in_part)).collect();
    let checks: BTreeSet<&String> = losses.iter().flat_map(|loss| &loss.checks).collect();
    (tables.len(), checks.len())
}
