//! Reports of `azsnap doctor` for people: values in, lines out. Every text of Azure's is escaped for the terminal.

mod after;
#[cfg(feature = "collect")]
mod before;

pub use after::{aftermath, graph_permissions, notes};
#[cfg(feature = "collect")]
pub use before::examination;

use crate::doctor::{Loss, Place};
use crate::report::escape_terminal;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// Where lists are broken.
const WIDTH: usize = 110;

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

/// A number of things, in words.
fn number(n: usize, thing: &str) -> String {
    if n == 1 { format!("1 {thing}") } else { format!("{n} {thing}s") }
}
