//! What can go wrong with checks and packs, each with the file or check it is about.

use std::io;
use std::path::PathBuf;

use crate::catalog::CatalogError;
use crate::engine::EngineError;
use crate::store::StoreError;

/// Says why checks could not be read or run.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// The front matter of a check, or a pack file, is wrong.
    #[error("{file}:{line}: {message}")]
    Text {
        /// The file.
        file: String,
        /// Line in it, from 1.
        line: usize,
        /// What is wrong.
        message: String,
    },
    /// A file or folder of the user's cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Two files define the same name.
    #[error("the {what} {name} is defined twice: in {first} and in {second}")]
    Twice {
        /// `check`, `pack` or `view`.
        what: &'static str,
        /// The name.
        name: String,
        /// Where it is defined first.
        first: String,
        /// Where it is defined again.
        second: String,
    },
    /// Nothing has the name that was asked for.
    #[error("no pack, check or family is named `{name}`{}", hint(.near))]
    NoSuchName {
        /// The name asked for.
        name: String,
        /// Names that look like it.
        near: Vec<String>,
    },
    /// A level was asked for, and no chosen pack has any.
    #[error("none of the chosen packs has levels: name one that has, as in `check cis_azure_5_0_0 --level 1`")]
    NoLevels,
    /// A check names a table that the catalogue doesn't have.
    #[error("check {check} names the table {table}, which does not exist{}", hint(.near))]
    UnknownTable {
        /// The check.
        check: String,
        /// The table.
        table: String,
        /// Tables that look like it.
        near: Vec<String>,
    },
    /// A check reads a table that its front matter doesn't name, so that nobody would notice when it was not read.
    #[error("check {check} reads {table}, which neither `tables` nor `optional` of its front matter names")]
    Undeclared {
        /// The check.
        check: String,
        /// The table.
        table: String,
    },
    /// The rows of a check are not what a check must give.
    #[error("check {check}: {message}")]
    Rows {
        /// The check.
        check: String,
        /// What is wrong.
        message: String,
    },
    /// DuckDB refuses the SQL of a check.
    #[error("check {check} cannot be run")]
    Query {
        /// The check.
        check: String,
        /// DuckDB's error.
        source: Box<EngineError>,
    },
    /// The snapshot cannot be asked what was read.
    #[error("cannot read {what} of the snapshot")]
    Snapshot {
        /// What was to be read, as in "the ledger".
        what: &'static str,
        /// DuckDB's error.
        source: Box<EngineError>,
    },
    /// A table spec is bad.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// The snapshot's files cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn hint(near: &[String]) -> String {
    if near.is_empty() { String::new() } else { format!(" (did you mean {}?)", near.join(", ")) }
}

impl PackError {
    pub(super) fn query(check: &str) -> impl FnOnce(EngineError) -> PackError {
        let check = check.to_owned();
        move |source| PackError::Query { check, source: Box::new(source) }
    }

    pub(super) fn snapshot(what: &'static str) -> impl FnOnce(EngineError) -> PackError {
        move |source| PackError::Snapshot { what, source: Box::new(source) }
    }
}
