//! The manifest: what was asked, by whom, when, and what tables a snapshot holds. Plain data, JSON on disk.

use chrono::NaiveDateTime;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// Version of the folder's form; older ones must open, newer ones are refused.
pub const FORMAT_VERSION: u32 = 1;

/// `manifest.json`.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq)]
pub struct Manifest {
    /// Version of the folder's form.
    pub format_version: u32,
    /// `azsnap <version>` that wrote it, and its features.
    pub written_by: String,
    /// GUID of the tenant.
    pub tenant_id: String,
    /// Name of the snapshot: `YYYYMMDDTHHMMSSZ`.
    pub snapshot: String,
    /// `azure` or `import`.
    pub source: String,
    /// What was asked: tables and scopes in or out.
    pub asked: Value,
    /// Who asked: object id, app id, roles, wids; none for an import.
    pub principal: Option<Value>,
    /// Snapshot time, the clock of all checks: UTC.
    #[serde(with = "instant")]
    pub started_at: NaiveDateTime,
    /// End of the run: UTC.
    #[serde(with = "instant")]
    pub finished_at: NaiveDateTime,
    /// Azure's clock less ours in seconds, when an answer carried one.
    pub clock_offset_seconds: Option<i64>,
    /// When the run was resumed.
    #[serde(default)]
    pub resumed_at: Vec<String>,
    /// Tables, in order of name.
    pub tables: Vec<TableEntry>,
    /// Tables computed from the others.
    pub derived: Vec<TableEntry>,
    /// Recipe of `_row_hash`.
    pub row_hash_recipe: String,
    /// Sums over the ledger.
    pub totals: Totals,
    /// Parameters in force.
    #[serde(default)]
    pub params: BTreeMap<String, Value>,
    /// Endpoints asked, or files imported.
    #[serde(default)]
    pub sources: Vec<String>,
    /// Tables taken as empty because the import said so.
    #[serde(default)]
    pub assumed_tables: Vec<String>,
    /// What was not asked because none was counted; none where nothing was counted.
    #[serde(default)]
    pub pruning: Option<Pruning>,
    /// Resource Graph's counts by subscription and type.
    #[serde(default)]
    pub resource_counts: BTreeMap<String, BTreeMap<String, u64>>,
    /// Where fewer or more rows were collected than others count.
    #[serde(default)]
    pub population_differences: Vec<PopulationDifference>,
    /// Subscriptions in which the principal was proven to read everything.
    #[serde(default)]
    pub proven_subscriptions: Vec<String>,
    /// The user's name for the account that was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_name: Option<String>,
    /// What the user says of that account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// A subscription and type of which another number was counted than collected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PopulationDifference {
    /// GUID of the subscription.
    pub subscription_id: String,
    /// ARM type, lower-case.
    #[serde(rename = "type")]
    pub kind: String,
    /// Tables that hold it.
    pub tables: String,
    /// Rows collected.
    pub rows: i64,
    /// Resources counted.
    pub counted: i64,
    /// Who counted: `Resource Graph` or `azure_resource`, the list of all resources.
    pub by: String,
}

/// What was left out of a run, and the proof.
#[derive(Debug, Clone, Default, Serialize, Deserialize, PartialEq)]
pub struct Pruning {
    /// Pairs of list and subscription that were not asked.
    pub pruned: u64,
    /// Lists and subscriptions drawn by the snapshot's name and asked all the same.
    pub probes: Vec<String>,
    /// Those of them that held something: then everything was asked.
    pub mismatches: Vec<String>,
}

/// One table of a snapshot.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq)]
pub struct TableEntry {
    /// Table name.
    pub name: String,
    /// Rows in it.
    pub rows: u64,
    /// Its parts, relative to the snapshot folder.
    pub files: Vec<String>,
    /// SHA-256 over column names and types.
    pub schema_hash: String,
}

/// Sums over the ledger.
#[derive(Debug, Clone, Default, Serialize, Deserialize, PartialEq)]
pub struct Totals {
    /// Rows in all tables.
    pub rows: u64,
    /// Requests sent.
    pub requests: u64,
    /// Requests sent again.
    pub retries: u64,
    /// Milliseconds waited.
    pub waited_ms: u64,
    /// Bytes received.
    pub bytes: u64,
}

/// ISO 8601 with seconds and a Z.
pub mod instant {
    use chrono::NaiveDateTime;
    use serde::{Deserialize, Deserializer, Serializer, de};

    const FORMAT: &str = "%Y-%m-%dT%H:%M:%S%.fZ";

    /// Writes an instant.
    ///
    /// # Errors
    /// The serializer's.
    pub fn serialize<S: Serializer>(at: &NaiveDateTime, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&at.format(FORMAT))
    }

    /// Reads an instant.
    ///
    /// # Errors
    /// The text is no instant.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<NaiveDateTime, D::Error> {
        let text = String::deserialize(deserializer)?;
        NaiveDateTime::parse_from_str(&text, FORMAT).map_err(de::Error::custom)
    }
}
