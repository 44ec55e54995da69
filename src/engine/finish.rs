//! The last step of a snapshot: what is computed from its tables is written beside them, and the folder is sealed.
//!
//! An unsealed folder in, a sealed one out. Memory is bounded: what DuckDB cannot hold goes to its folder on disk.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use super::{Engine, EngineError, EngineOptions, derive, population, views};
use crate::store::{Snapshot, StoreError, Unsealed};

/// Memory that DuckDB may use at first, in MiB. A snapshot of 300,000 resources needs no more.
pub const LEAST_MEMORY: u64 = 256;

/// What it may use in turn, where that does not do; none means DuckDB's own limit, a part of the machine's. Never more than
/// that ([`EngineOptions::memory_mebibytes`]).
const MEMORY: [Option<u64>; 3] = [Some(LEAST_MEMORY), Some(4 * LEAST_MEMORY), None];

/// A folder that could not be sealed.
#[derive(Debug, thiserror::Error)]
pub enum FinishError {
    /// A derived table could not be worked out.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The folder could not be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Derives the tables that are computed from the others, and seals. Gives the snapshot's folder and its seal.
///
/// # Errors
/// A table cannot be read, a relationship of the catalogue is wrong, or the disk refuses.
pub fn seal(mut unsealed: Unsealed) -> Result<(PathBuf, String), FinishError> {
    let mut memory = MEMORY.into_iter();
    while let Err(error) = derive(&mut unsealed, memory.next().flatten()) {
        // How much such a step takes depends on the data.
        match &error {
            FinishError::Engine(engine) if engine.is_out_of_memory() && memory.len() > 0 => {
                tracing::debug!(%error, "DuckDB gets more memory");
            }
            _ => return Err(error),
        }
    }
    Ok(unsealed.seal()?)
}

fn derive(unsealed: &mut Unsealed, memory: Option<u64>) -> Result<(), FinishError> {
    let snapshot = Snapshot::open(unsealed.dir())?;
    let scratch = Some(unsealed.scratch()?);
    let options = EngineOptions { memory_mebibytes: memory, scratch, lazy: true, ..EngineOptions::default() };
    let engine = Engine::open(&snapshot, &options)?;
    let filled: BTreeSet<&str> =
        snapshot.manifest().tables.iter().filter(|table| table.rows > 0).map(|table| table.name.as_str()).collect();
    let mut edges = 0;
    unsealed.add_derived(views::RELATIONSHIP, schema(&views::RELATIONSHIP_COLUMNS), |write| {
        derive::relationships(&engine, &|table| filled.contains(table), &mut |batch| {
            edges += batch.num_rows();
            write(batch).map_err(|error| EngineError::Sink(Box::new(error)))
        })
        .map_err(FinishError::from)
    })?;
    tracing::debug!(edges, "edges are worked out");
    let counted = population::population(&engine, &snapshot.manifest().resource_counts)?;
    tracing::debug!("rows are set against counts");
    unsealed.note_differences(population::differences(&counted))?;
    unsealed.add_derived(views::POPULATION, schema(&views::POPULATION_COLUMNS), |write| {
        counted.iter().try_for_each(write).map_err(FinishError::from)
    })
}

fn schema(columns: &[(&str, &str)]) -> SchemaRef {
    let kind = |sql: &str| match sql {
        "BOOLEAN" => DataType::Boolean,
        "BIGINT" => DataType::Int64,
        _ => DataType::Utf8,
    };
    Arc::new(Schema::new(columns.iter().map(|(name, sql)| Field::new(*name, kind(sql), true)).collect::<Vec<_>>()))
}
