//! What can go wrong on disk, each with the path and what was being done.

use std::io;
use std::path::{Path, PathBuf};

/// An error of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The operating system refused.
    #[error("cannot {what} {}: {source}", path.display())]
    Io {
        /// What was tried, as in "write".
        what: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// A Parquet file cannot be written or read.
    #[error("cannot {what} the Parquet file {}: {source}", path.display())]
    Parquet {
        /// What was tried.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// The library's error.
        source: parquet::errors::ParquetError,
    },
    /// Arrow refuses columns or rows.
    #[error("cannot put the rows of {} together: {source}", path.display())]
    Arrow {
        /// The file they were for.
        path: PathBuf,
        /// The library's error.
        source: arrow::error::ArrowError,
    },
    /// The folder is not a snapshot.
    #[error("{} is no snapshot: {why}", path.display())]
    NotASnapshot {
        /// The folder.
        path: PathBuf,
        /// What is missing.
        why: String,
    },
    /// A JSON file of the snapshot cannot be read.
    #[error("{} cannot be read: {why}", path.display())]
    BadFile {
        /// The file.
        path: PathBuf,
        /// What is wrong in it.
        why: String,
    },
    /// A snapshot of that name is there already.
    #[error("a snapshot named {name} is there already: {}", path.display())]
    Exists {
        /// The snapshot's name.
        name: String,
        /// Its folder.
        path: PathBuf,
    },
    /// Another process works on the folder.
    #[error("{} is in use by another azsnap", path.display())]
    Locked {
        /// The `.partial` folder.
        path: PathBuf,
    },
    /// Nothing that fits the name of a snapshot.
    #[error("no snapshot found: {why}")]
    NotFound {
        /// What was looked for, where.
        why: String,
    },
    /// An archive of several tenants needs one to be named.
    #[error("{} holds several tenants: name one with --tenant: {}", path.display(), tenants.join(", "))]
    SeveralTenants {
        /// The archive.
        path: PathBuf,
        /// The tenants in it.
        tenants: Vec<String>,
    },
}

impl StoreError {
    /// Wraps an I/O error with what was tried and where.
    pub fn io(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> StoreError {
        let path = path.to_owned();
        move |source| StoreError::Io { what, path, source }
    }

    pub(super) fn parquet(what: &'static str, path: &Path) -> impl FnOnce(parquet::errors::ParquetError) -> StoreError {
        let path = path.to_owned();
        move |source| StoreError::Parquet { what, path, source }
    }

    pub(super) fn arrow(path: &Path) -> impl FnOnce(arrow::error::ArrowError) -> StoreError {
        let path = path.to_owned();
        move |source| StoreError::Arrow { path, source }
    }
}
