//! What a run lost, and the role that would do, for people.

use super::{counts, list, losses, number, wrapped};
use crate::doctor::{Aftermath, Fact, GraphPermission, Loss, Outcome};
use crate::report::escape_terminal;
use std::fmt::Write as _;

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
        _ => writeln!(
            out,
            "missing or incomplete somewhere: {}; unknown there: {}",
            number(tables, "table"),
            number(checks, "check")
        ),
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
