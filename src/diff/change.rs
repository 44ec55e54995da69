//! What differs between two snapshots: rows, and what was read.
//!
//! In: values that the comparison fills. Out: the same values, and their JSON (field order as declared here).
//! Plain data only: nothing here may read a snapshot, run SQL or format text for people.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// States what a change is down to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeClass {
    /// The tenant itself differs.
    Estate,
    /// One of the two snapshots did not read it.
    Coverage,
    /// The two snapshots asked different API versions.
    Api,
}

/// States what happened to a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// Only the new snapshot has it.
    Added,
    /// Only the old snapshot has it.
    Removed,
    /// Both have it, with different content.
    Changed,
}

impl ChangeClass {
    /// Gives the word used in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            ChangeClass::Estate => "estate",
            ChangeClass::Coverage => "coverage",
            ChangeClass::Api => "api",
        }
    }
}

impl ChangeKind {
    /// Gives the word used in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            ChangeKind::Added => "added",
            ChangeKind::Removed => "removed",
            ChangeKind::Changed => "changed",
        }
    }
}

impl fmt::Display for ChangeClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Display for ChangeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Holds one row that differs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// Table of the row.
    pub table: String,
    /// Id of the row.
    pub id: String,
    /// Name of the row, from the new snapshot where it has one.
    pub name: Option<String>,
    /// What happened to it.
    pub kind: ChangeKind,
    /// What that is down to.
    pub class: ChangeClass,
    /// The columns that differ; empty for added and removed rows.
    pub columns: Vec<ColumnChange>,
}

/// Holds one value that differs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ColumnChange {
    /// Column, `column.path` inside JSON, or `_raw.path`.
    pub column: String,
    /// Value in the old snapshot.
    pub old: Value,
    /// Value in the new snapshot.
    pub new: Value,
}

/// Names one of the two snapshots that were compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotRef {
    /// Path as it was named.
    pub path: String,
    /// Time of the snapshot, UTC, ISO 8601.
    pub at: String,
    /// SHA-256 of the snapshot's list of hashes.
    pub seal: String,
}

/// Holds a table and scope that only one snapshot read, or that failed in another way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoverageChange {
    /// Table that would hold the rows.
    pub table: String,
    /// Tenant, subscription or parent that was asked.
    pub scope: String,
    /// Status in the old ledger.
    pub old_status: String,
    /// Status in the new ledger.
    pub new_status: String,
}

/// Holds everything that differs between two snapshots.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DiffReport {
    /// The earlier snapshot.
    pub old: SnapshotRef,
    /// The later snapshot.
    pub new: SnapshotRef,
    /// Rows that differ, sorted by table and id.
    pub changes: Vec<Change>,
    /// What one of the two did not read.
    pub coverage: Vec<CoverageChange>,
}
