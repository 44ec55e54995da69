//! `azsnap doctor`: what stands in the way of a run, what a run lost, and the least role that would do. Arguments and the
//! environment in, a report and an exit code out; only the examination before a run asks anybody.

#[cfg(feature = "collect")]
mod probe;
#[cfg(feature = "collect")]
mod settings;
mod show;
#[cfg(feature = "collect")]
#[cfg(test)]
mod tests;

use super::args::{DoctorArgs, Global};
use super::failure::{Failure, Outcome};
use super::finish;
use super::ui::Ui;
use crate::catalog::Catalog;
use crate::config::Config;
use crate::doctor::{self, Choice, LeastRole, Wanted, is_guid};
use crate::packs::Library;
use crate::report::escape_terminal;
use crate::store::{Snapshot, ledger};
use serde::Serialize;

pub fn run(args: &DoctorArgs, global: &Global, config: &Config, ui: &Ui) -> Result<Outcome, Failure> {
    if let Some(code) = &args.explain {
        let text = if code.is_empty() { doctor::manual() } else { doctor::explain(code)? };
        write(args, ui, &text)?;
        return Ok(Outcome::Done);
    }
    let library = match &args.queries {
        Some(dir) => Library::with_user(dir)?,
        None => Library::bundled()?,
    };
    let wanted = Wanted {
        tables: args.tables.clone(),
        without_tables: args.without_tables.clone(),
        checks: args.checks.clone(),
        // The ledger itself says what was not meant.
        by_name_too: args.from_ledger.is_some(),
    };
    let choice = Choice::new(Catalog::bundled(), &library, &wanted)?;
    if args.role_json {
        return role(args, global, &choice, ui);
    }
    if let Some(named) = &args.from_ledger {
        let snapshot = finish::snapshot(Some(named), global)?;
        return from_ledger(args, &snapshot, &choice, ui);
    }
    examine(args, global, config, &choice, ui)
}

#[cfg(feature = "collect")]
fn examine(
    args: &DoctorArgs,
    global: &Global,
    config: &Config,
    choice: &Choice<'_>,
    ui: &Ui,
) -> Result<Outcome, Failure> {
    let patients = settings::patients(args, global, config)?;
    if patients.len() > 1 && (args.output.is_some() || args.format == "json") {
        return Err(Failure::hint(
            anyhow::anyhow!(
                "--output and --format json hold the report of one account, and there are {}",
                patients.len()
            ),
            "choose one with --account",
        ));
    }
    let mut worst = Outcome::Done;
    for patient in patients {
        if let Some(name) = &patient.name {
            ui.say(&format!("account {name}"));
        }
        let signals = probe::signals(&patient, choice, ui)?;
        let found = doctor::examine(choice, &signals)?;
        report(args, ui, &found, || show::examination(&found))?;
        worst = worst.max(outcome(found.outcome));
    }
    Ok(worst)
}

#[cfg(not(feature = "collect"))]
fn examine(_: &DoctorArgs, _: &Global, _: &Config, _: &Choice<'_>, _: &Ui) -> Result<Outcome, Failure> {
    Err(Failure::hint(
        anyhow::anyhow!("this build of azsnap holds no network code, so it cannot ask Azure"),
        "it can say what a snapshot lost (--from-ledger) and which role would do (--role-json)",
    ))
}

fn from_ledger(args: &DoctorArgs, snapshot: &Snapshot, choice: &Choice<'_>, ui: &Ui) -> Result<Outcome, Failure> {
    let rows = ledger::read(&snapshot.ledger_path())?;
    let found = doctor::aftermath(choice, &snapshot.dir().display().to_string(), snapshot.tenant_id(), &rows)?;
    report(args, ui, &found, || show::aftermath(&found))?;
    Ok(outcome(found.outcome))
}

fn role(args: &DoctorArgs, global: &Global, choice: &Choice<'_>, ui: &Ui) -> Result<Outcome, Failure> {
    let (scopes, is_placeholder) = scopes(args, global)?;
    let found = doctor::least_role(choice, scopes)?;
    if args.format == "json" {
        write(args, ui, &json(&found)?)?;
        return Ok(Outcome::Done);
    }
    write(args, ui, &json(&found.role)?)?;
    if is_placeholder {
        ui.say(&format!("put the tenant's id in place of {NO_TENANT}, or give --tenant or --subscription"));
    }
    let LeastRole { graph_permissions, notes, .. } = &found;
    for line in show::graph_permissions(graph_permissions).lines().chain(show::notes(notes).lines()) {
        ui.say(line);
    }
    Ok(Outcome::Done)
}

/// What stands for a tenant that nobody named.
const NO_TENANT: &str = "TENANT_ID";

/// Where the role is to be assigned: the chosen subscriptions, or the root management group, which is named after the tenant.
fn scopes(args: &DoctorArgs, global: &Global) -> Result<(Vec<String>, bool), Failure> {
    if let Some(name) = args.subscriptions.iter().find(|id| !is_guid(id)) {
        return Err(Failure::usage(format!(
            "--role-json takes subscriptions by their GUIDs, not `{name}`: it asks nobody"
        )));
    }
    if !args.subscriptions.is_empty() {
        let scope = |id: &String| format!("/subscriptions/{}", id.to_lowercase());
        return Ok((args.subscriptions.iter().map(scope).collect(), false));
    }
    let tenant = global.tenant.clone().or_else(|| variable("AZURE_TENANT_ID")).filter(|tenant| is_guid(tenant));
    let is_placeholder = tenant.is_none();
    let tenant = tenant.map_or(NO_TENANT.to_owned(), |tenant| tenant.to_lowercase());
    Ok((vec![format!("/providers/Microsoft.Management/managementGroups/{tenant}")], is_placeholder))
}

fn outcome(found: doctor::Outcome) -> Outcome {
    match found {
        doctor::Outcome::Ready => Outcome::Done,
        doctor::Outcome::TablesMissing => Outcome::Partial,
        doctor::Outcome::Unusable => Outcome::CouldNot,
    }
}

fn report<T: Serialize>(args: &DoctorArgs, ui: &Ui, found: &T, text: impl FnOnce() -> String) -> Result<(), Failure> {
    let text = if args.format == "json" { json(found)? } else { text() };
    write(args, ui, &text)
}

fn json<T: Serialize>(value: &T) -> Result<String, Failure> {
    // Hidden characters of Azure's texts stay visible on a terminal: JSON has none outside its strings.
    let text = serde_json::to_string_pretty(value)?;
    Ok(format!("{}\n", text.lines().map(escape_json).collect::<Vec<_>>().join("\n")))
}

/// Spells control and bidi characters of finished JSON as `\uXXXX`, which means the same to every reader.
fn escape_json(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    for c in line.chars() {
        if escape_terminal(&c.to_string()) == c.to_string() {
            out.push(c);
        } else {
            c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| out.push_str(&format!("\\u{unit:04x}")));
        }
    }
    out
}

/// Writes to the file that is named, or as data.
fn write(args: &DoctorArgs, ui: &Ui, text: &str) -> Result<(), Failure> {
    match &args.output {
        Some(path) if path.as_os_str() != "-" => {
            std::fs::write(path, text)
                .map_err(|error| anyhow::Error::new(error).context(format!("cannot write {}", path.display())))?;
            ui.say(&format!("wrote {}", path.display()));
            Ok(())
        }
        _ => ui.data(text),
    }
}

#[expect(clippy::disallowed_methods, reason = "cli reads the environment")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
