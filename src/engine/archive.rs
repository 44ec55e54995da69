//! Several snapshots as one: each table with the columns `tenant` and `snapshot` in front.
//!
//! Snapshots in, views of the schema `main` out. Every snapshot keeps its own gaps: nothing is filled in from another.

use std::collections::BTreeSet;

use duckdb::Connection;

use super::{EngineError, quote_name, quote_text, views};
use crate::store::Snapshot;

/// Makes one schema per snapshot and a union of each table over them.
pub(super) fn create(
    connection: &Connection,
    snapshots: &[Snapshot],
    tables: &BTreeSet<String>,
) -> Result<(), EngineError> {
    let ledger = views::LEDGER.to_owned();
    for (index, snapshot) in snapshots.iter().enumerate() {
        let schema = schema_name(index);
        views::create_schema(connection, &schema)?;
        views::create(connection, &schema, snapshot, tables.iter().chain([&ledger]))?;
    }
    for table in tables.iter().map(String::as_str).chain([views::LEDGER]) {
        let selects: Vec<String> = snapshots
            .iter()
            .enumerate()
            .map(|(index, snapshot)| {
                format!(
                    "SELECT {} AS tenant, {} AS snapshot, * FROM {}.{}",
                    quote_text(snapshot.tenant_id()),
                    quote_text(&snapshot.manifest().snapshot),
                    quote_name(&schema_name(index)),
                    quote_name(table)
                )
            })
            .collect();
        let sql = format!("CREATE VIEW main.{} AS {}", quote_name(table), selects.join(" UNION ALL BY NAME "));
        connection.execute_batch(&sql).map_err(EngineError::setup(format!("put the table {table} together")))?;
    }
    Ok(())
}

fn schema_name(index: usize) -> String {
    format!("snapshot_{index}")
}
