//! The examination before a run, for people.

use super::{counts, list, losses, number, place, wrapped};
use crate::doctor::{Diagnosis, Examination, Outcome, Place, Severity, Unclear};
use crate::report::escape_terminal;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// What was found before a run.
pub fn examination(found: &Examination) -> String {
    let mut out = String::new();
    who(&mut out, found);
    for one in &found.diagnoses {
        diagnosis(&mut out, one, &found.subscriptions);
    }
    losses(&mut out, "Missing permissions, and what would be lost with them", &found.missing, &found.subscriptions);
    let told: BTreeSet<&str> = found.diagnoses.iter().map(|one| one.code).collect();
    let waiting: BTreeSet<&str> = found.missing.iter().filter_map(|loss| loss.code).collect();
    for code in waiting.difference(&told) {
        let _ = writeln!(out, "  azsnap doctor --explain {code} says what to do about {code}");
    }
    if !found.unclear.is_empty() {
        out.push_str("\nCould not be told\n");
        for Unclear { what, why } in &found.unclear {
            let _ = writeln!(out, "  {}: {}", escape_terminal(what), escape_terminal(why));
        }
    }
    out.push('\n');
    let _ = match found.outcome {
        Outcome::Ready => writeln!(out, "ready: {}, {}", number(found.tables, "table"), number(found.checks, "check")),
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
        let tables = number(one.tables.len() + one.tables_in_part.len(), "table");
        let _ = writeln!(out, "  costs: {tables}, {} (listed below)", number(one.checks.len(), "check"));
    }
    wrapped(out, "  what to do:", &one.what_to_do);
    if let Some(detail) = &one.detail {
        wrapped(out, "  Azure said:", detail);
    }
}
