//! What differs between two snapshots: an engine over both in, rows added, removed and changed out.
//!
//! Only rows whose hashes differ leave DuckDB, and a change tells what it is down to: the tenant, a part that one snapshot
//! did not read, or another API version. Never runs checks, never formats for people.

mod change;
mod columns;
mod json;
mod rows;
mod scope;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use crate::catalog::{Catalog, CatalogError, TableSpec};
use crate::engine::{Engine, EngineError};
use crate::store::{Snapshot, StoreError};

pub use change::*;

/// Says why two snapshots could not be compared.
#[derive(Debug, thiserror::Error)]
pub enum DiffError {
    /// DuckDB refuses a comparison.
    #[error("cannot compare {what}")]
    Engine {
        /// The table, or "the ledgers".
        what: String,
        /// DuckDB's error.
        source: Box<EngineError>,
    },
    /// There is no such table, or its spec is bad.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// A snapshot has no seal.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl DiffError {
    fn engine(what: &str) -> impl FnOnce(EngineError) -> DiffError {
        let what = what.to_owned();
        move |source| DiffError::Engine { what, source: Box::new(source) }
    }
}

/// Compares two snapshots over an engine made by [`Engine::open_pair`]; no tables mean all.
///
/// # Errors
/// An unknown table, a snapshot without a seal, or DuckDB's error.
pub fn diff(
    engine: &Engine,
    old: &Snapshot,
    new: &Snapshot,
    tables: Option<&[String]>,
) -> Result<DiffReport, DiffError> {
    let catalog = Catalog::bundled();
    let mut names: Vec<&str> = match tables {
        Some(tables) => tables.iter().map(String::as_str).collect(),
        None => catalog.names().filter(|table| engine.relations().contains(*table)).collect(),
    };
    names.sort_unstable();
    names.dedup();
    let specs = names.iter().map(|table| catalog.table(table)).collect::<Result<Vec<_>, _>>()?;
    let specs = specs.into_iter().filter(|spec| has_rows(old, &spec.name) || has_rows(new, &spec.name));
    // Hashes made by different recipes say nothing about each other: then the raw objects are compared.
    let by_hash = old.manifest().row_hash_recipe == new.manifest().row_hash_recipe;
    Ok(DiffReport {
        old: reference(old)?,
        new: reference(new)?,
        changes: changes(engine, specs, by_hash, [old.tenant_id(), new.tenant_id()])?,
        coverage: scope::coverage(engine, tables.map(|_| names.as_slice()))?,
    })
}

/// Gives the tables that an engine for [`diff`] must hold: those with rows on either side.
#[must_use]
pub fn with_rows(old: &Snapshot, new: &Snapshot) -> BTreeSet<String> {
    Catalog::bundled().names().filter(|name| has_rows(old, name) || has_rows(new, name)).map(str::to_owned).collect()
}

/// Compares the rows of tables, in order of table and id.
fn changes<'s>(
    engine: &Engine,
    specs: impl Iterator<Item = &'s TableSpec>,
    by_hash: bool,
    tenants: [&str; 2],
) -> Result<Vec<Change>, DiffError> {
    let sides = scope::Sides::read(engine, tenants)?;
    let mut changes = Vec::new();
    let specs: Vec<&TableSpec> = specs.into_iter().collect();
    let differing = rows::differing(engine, &specs, by_hash)?;
    for spec in specs.into_iter().filter(|spec| differing.contains(&spec.name)) {
        changes.extend(rows::compare(engine, spec, by_hash, &sides)?);
    }
    changes.sort_by(|a, b| (&a.table, &a.id).cmp(&(&b.table, &b.id)));
    Ok(changes)
}

/// Whether a snapshot's table is worth asking; most of the catalogue is empty in most tenants.
fn has_rows(snapshot: &Snapshot, table: &str) -> bool {
    snapshot.manifest().tables.iter().any(|entry| entry.name == table && entry.rows > 0)
}

fn reference(snapshot: &Snapshot) -> Result<SnapshotRef, StoreError> {
    Ok(SnapshotRef {
        path: snapshot.dir().display().to_string(),
        at: snapshot.time().format("%Y-%m-%dT%H:%M:%SZ").to_string(),
        seal: snapshot.seal()?,
    })
}
