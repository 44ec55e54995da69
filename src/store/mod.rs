//! A snapshot on disk: runs, tables, ledger, manifest and seal in a folder; opened and verified again. Rows in, sealed
//! Parquet out. Never the network, never DuckDB.

mod error;
pub mod inherit;
mod journal;
pub mod keep;
pub mod ledger;
mod ledger_sort;
pub mod manifest;
mod merge;
mod parquet_file;
mod partial;
mod run;
mod seal;
mod snapshot;
pub mod status;
mod written;

pub use error::StoreError;
pub use journal::{JournalEntry, JournalGroup, JournalHead};
pub use ledger::{LedgerRow, Status};
pub use manifest::{Manifest, TableEntry};
pub use parquet_file::{MAX_PART_BYTES, PartWriter, read_columns};
pub use partial::{Partial, TASK_COLUMN, Unsealed};
pub use seal::{VerifyReport, verify};
pub use snapshot::{Archive, Snapshot, find_snapshots, resolve, snapshot_name};
pub use written::Written;
