//! What of a pack is asked for, and which of its failures are accepted: flags and the configuration in, a report out.

use super::args::{Global, Narrow};
use super::failure::Failure;
use crate::engine::{Engine, EngineOptions};
use crate::packs::{self, Acceptance, CheckReport, Library, Severity};
use crate::store::Snapshot;
use std::collections::BTreeSet;

/// Runs packs or checks by name (none means all), as far as they are asked for.
pub fn run_packs(
    library: &Library,
    names: &[String],
    (narrow, global): (&Narrow, &Global),
    snapshot: &Snapshot,
    options: EngineOptions,
) -> Result<CheckReport, Failure> {
    let severities: BTreeSet<Severity> =
        narrow.severities.iter().map(|word| word.trim().parse()).collect::<Result<_, _>>()?;
    let selection = library.narrow(library.select(names)?, narrow.level, &severities)?;
    // A view per table costs time: only those are made that the checks read.
    let options = EngineOptions { tables: Some(library.relations(&selection)), ..options };
    let engine = Engine::open(snapshot, &options)?;
    let mut report = packs::run(library, &selection, &engine, snapshot)?;
    packs::accept(&mut report, &accepted(global), snapshot.time());
    Ok(report)
}

/// The exceptions of the configuration.
pub fn accepted(global: &Global) -> Vec<Acceptance> {
    global
        .accepted
        .iter()
        .map(|one| Acceptance {
            check: one.check.clone(),
            resource: one.resource.clone(),
            by: one.by.clone(),
            why: one.why.clone(),
            until: one.until,
        })
        .collect()
}
