//! What commands share: finding snapshots, opening the engine, deriving tables and sealing.

use super::args::{From, Global, Rules};
use super::failure::Failure;
use super::ui::Ui;
use crate::engine::{Engine, EngineOptions, derive, population};
use crate::packs::Library;
use crate::store::{LedgerRow, Snapshot, Status, Unsealed, ledger, resolve};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use chrono::NaiveDateTime;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

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
pub fn seal(mut unsealed: Unsealed, ui: &Ui) -> Result<(PathBuf, String), Failure> {
    let snapshot = Snapshot::open(unsealed.dir())?;
    let engine = Engine::open(&snapshot, &EngineOptions::default())?;
    tracing::debug!("tables are open");
    let filled: BTreeSet<&str> =
        snapshot.manifest().tables.iter().filter(|table| table.rows > 0).map(|table| table.name.as_str()).collect();
    let edges = derive::relationships(&engine, &|table| filled.contains(table))?;
    tracing::debug!(edges = edges.iter().map(|batch| batch.num_rows()).sum::<usize>(), "edges are worked out");
    let counted = population::population(&engine, &snapshot.manifest().resource_counts)?;
    tracing::debug!("rows are set against counts");
    drop(engine);
    unsealed.add_derived("azure_relationship", schema(&derive::RELATIONSHIP_COLUMNS), &edges)?;
    unsealed.note_differences(population::differences(&counted))?;
    unsealed.add_derived("azure_population", schema(&population::POPULATION_COLUMNS), &counted)?;
    let (dir, seal) = unsealed.seal()?;
    ui.say(&format!("sealed {}", dir.display()));
    Ok((dir, seal))
}

fn schema(columns: &[(&str, &str)]) -> SchemaRef {
    let kind = |sql: &str| match sql {
        "BOOLEAN" => DataType::Boolean,
        "BIGINT" => DataType::Int64,
        _ => DataType::Utf8,
    };
    Arc::new(Schema::new(columns.iter().map(|(name, sql)| Field::new(*name, kind(sql), true)).collect::<Vec<_>>()))
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
