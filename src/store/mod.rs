//! A snapshot on disk: runs, tables, ledger, manifest and seal in a folder; opened and verified again. Rows in, sealed
//! Parquet out. Never the network, never DuckDB.

mod error;
pub mod inherit;
pub mod keep;
pub mod ledger;
pub mod manifest;
mod merge;
mod parquet_file;
mod partial;
mod seal;
mod snapshot;
pub mod status;

pub use error::StoreError;
pub use ledger::{LedgerRow, Status};
pub use manifest::{Manifest, TableEntry};
pub use parquet_file::{MAX_PART_BYTES, PartWriter, read_columns};
pub use partial::{JournalEntry, JournalHead, Partial, Unsealed};
pub use seal::{VerifyReport, verify};
pub use snapshot::{Archive, Snapshot, find_snapshots, resolve, snapshot_name};
