//! What commands share: finding snapshots, opening the engine, deriving tables and sealing.

use super::args::{From, Global, Rules};
use super::failure::Failure;
use super::ui::Ui;
use crate::engine::{EngineOptions, finish};
use crate::packs::Library;
use crate::store::{LedgerRow, Snapshot, Status, Unsealed, ledger, resolve};
use chrono::NaiveDateTime;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Opens the snapshot that is meant.
pub fn snapshot(named: Option<&str>, global: &Global) -> Result<Snapshot, Failure> {
    let archive = global.archive.display().to_string();
    resolve(named.unwrap_or(&archive), global.tenant.as_deref()).map_err(|error| match named {
        Some(_) => error.into(),
        None => Failure::hint(error, "take one with `azsnap snapshot`, import one, or name one with --snapshot"),
    })
}

/// Opens the snapshot of `--snapshot`.
pub fn from(from: &From, global: &Global) -> Result<Snapshot, Failure> {
    snapshot(from.snapshot.as_deref(), global)
}

/// Engine options from the command line; what is typed wins over the configuration.
pub fn engine_options(rules: &Rules, global: &Global, export_dir: Option<PathBuf>) -> Result<EngineOptions, Failure> {
    let mut params = global.params.clone();
    for given in &rules.params {
        let (name, value) =
            given.split_once('=').ok_or_else(|| Failure::usage(format!("--param wants NAME=VALUE, not `{given}`")))?;
        params.insert(name.trim().to_owned(), value.to_owned());
    }
    Ok(EngineOptions { export_dir, user_queries: rules.queries.clone(), params, ..EngineOptions::default() })
}

/// Bundled checks and the user's.
pub fn library(rules: &Rules) -> Result<Library, Failure> {
    Ok(match &rules.queries {
        Some(dir) => Library::with_user(dir)?,
        None => Library::bundled()?,
    })
}

/// Derives the tables that are computed from the others, seals, and says what came of it.
pub fn seal(unsealed: Unsealed, ui: &Ui) -> Result<(PathBuf, String), Failure> {
    let (dir, seal) = finish::seal(unsealed)?;
    ui.say(&format!("sealed {}", dir.display()));
    Ok((dir, seal))
}

/// The first lines of what was not read, grouped by table and status.
pub fn unread_lines(snapshot: &Snapshot, limit: usize) -> Result<Vec<String>, Failure> {
    // For each the first row, and how many there are.
    let mut groups: BTreeMap<(String, Status), (LedgerRow, usize)> = BTreeMap::new();
    ledger::each(&snapshot.ledger_path(), |row| {
        if !row.status.is_knowledge() && row.code.as_deref() != Some("Deselected") {
            groups.entry((row.table_name.clone(), row.status)).or_insert_with(|| (row, 0)).1 += 1;
        }
    })?;
    let n = groups.len();
    let mut lines: Vec<String> = groups
        .iter()
        .take(limit)
        .map(|((table, status), (first, places))| {
            let said = [first.code.clone(), first.error_code.clone(), first.http_status.map(|http| http.to_string())];
            let said = said.into_iter().flatten().collect::<Vec<_>>().join(" ");
            let needs = first.permission.as_deref().map(|needs| format!("needs {needs}")).unwrap_or_default();
            let why = [said, needs].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ");
            let places = if *places == 1 { "1 place".to_owned() } else { format!("{places} places") };
            format!("  {table}: {} in {places} ({why})", status.word())
        })
        .collect();
    if n > limit {
        lines.push(format!(
            "  and {} more tables: azsnap query -c \"FROM azure_ledger WHERE status <> 'ok'\"",
            n - limit
        ));
    }
    Ok(lines)
}

/// Reads an instant as users write it.
pub fn instant(text: &str) -> Result<NaiveDateTime, Failure> {
    let formats = ["%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S", "%Y%m%dT%H%M%SZ"];
    let found = formats.iter().find_map(|format| NaiveDateTime::parse_from_str(text, format).ok());
    let zoned = || chrono::DateTime::parse_from_rfc3339(text).ok().map(|at| at.naive_utc());
    let day = || chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().and_then(|day| day.and_hms_opt(0, 0, 0));
    let found = found.or_else(zoned).or_else(day);
    found.ok_or_else(|| Failure::usage(format!("`{text}` is no time: write 2026-10-01T06:00:00Z")))
}
