//! What each of two snapshots read: their ledgers in, whether a row can be missing only because nobody read its place.
//!
//! A pair of table and scope without a ledger row was not collected, unless its subscription did not exist at that time.

use std::collections::{BTreeMap, BTreeSet};

use super::{CoverageChange, DiffError};
use crate::catalog::{SUBSCRIPTIONS, TableSpec};
use crate::engine::{Engine, Rows};
use crate::store::Status;

/// Schemas of the two snapshots in the engine.
pub(super) const SIDES: [&str; 2] = ["old", "new"];

/// Edges are computed from the other tables: their differences are those tables'.
const EDGES: &str = "azure_relationship";

/// Holds which subscriptions the two snapshots know.
pub(super) struct Sides<'a> {
    tenants: [&'a str; 2],
    subscriptions: [BTreeSet<String>; 2],
    /// Whether the list of subscriptions was read: only then one that is not in it did not exist.
    is_listed: [bool; 2],
}

/// Holds what one snapshot read of one table.
#[derive(Default)]
pub(super) struct Reading {
    /// Status by GUID of tenant or subscription.
    pairs: BTreeMap<String, bool>,
    /// Parents that were asked in vain.
    unread_parents: BTreeSet<String>,
}

/// Holds where a row comes from.
pub(super) struct Origin {
    pub(super) subscription_id: Option<String>,
    pub(super) parent_id: Option<String>,
    /// Subscriptions in whose lists the row was seen.
    pub(super) seen_in: Vec<String>,
}

fn is_knowledge(status: &str) -> bool {
    Status::parse(status).is_some_and(Status::is_knowledge)
}

/// The statuses that are knowledge, as a list of SQL texts.
fn knowledge() -> String {
    let words = Status::ALL.into_iter().filter(|status| status.is_knowledge());
    words.map(|status| format!("'{}'", status.word())).collect::<Vec<_>>().join(", ")
}

fn ask(engine: &Engine, sql: &str) -> Result<Rows, DiffError> {
    engine.query(sql).map_err(DiffError::engine("the ledgers"))
}

impl<'a> Sides<'a> {
    /// Reads which subscriptions the two snapshots know.
    pub(super) fn read(engine: &Engine, tenants: [&'a str; 2]) -> Result<Sides<'a>, DiffError> {
        let mut sides = Sides { tenants, subscriptions: Default::default(), is_listed: [false; 2] };
        for (at, side) in SIDES.iter().enumerate() {
            let rows = ask(
                engine,
                &format!(
                    "SELECT DISTINCT lower(scope_id) AS id FROM \"{side}\".azure_ledger WHERE scope_kind = 'subscription'"
                ),
            )?;
            sides.subscriptions[at] = rows.strings("id").into_iter().flatten().collect();
            let sql = format!(
                "SELECT status FROM \"{side}\".azure_ledger WHERE table_name = '{SUBSCRIPTIONS}' AND parent_id IS NULL"
            );
            let rows = ask(engine, &sql)?.strings("status");
            sides.is_listed[at] = !rows.is_empty() && rows.iter().flatten().all(|status| is_knowledge(status));
        }
        Ok(sides)
    }

    /// Reads what the two snapshots read of a table.
    pub(super) fn readings(&self, engine: &Engine, spec: &TableSpec) -> Result<[Reading; 2], DiffError> {
        let mut readings = [Reading::default(), Reading::default()];
        for (reading, side) in readings.iter_mut().zip(SIDES) {
            let rows = ask(
                engine,
                &format!(
                    "SELECT lower(scope_id) AS scope, lower(parent_id) AS parent, status FROM \"{side}\".azure_ledger \
                     WHERE table_name = '{}' AND (parent_id IS NULL OR status NOT IN ({}))",
                    spec.name,
                    knowledge()
                ),
            )?;
            let [scopes, parents, statuses] = ["scope", "parent", "status"].map(|name| rows.strings(name));
            for ((scope, parent), status) in scopes.into_iter().zip(parents).zip(statuses) {
                match parent {
                    Some(parent) => {
                        reading.unread_parents.insert(parent.trim_end_matches('/').to_owned());
                    }
                    None => {
                        let is_read = status.is_some_and(|status| is_knowledge(&status));
                        reading.pairs.insert(scope.unwrap_or_default(), is_read);
                    }
                }
            }
        }
        Ok(readings)
    }

    /// Whether a row that is missing on one side may be there all the same, unread.
    pub(super) fn may_be_unread(&self, side: usize, reading: &Reading, origin: &Origin) -> bool {
        let parent = origin.parent_id.as_deref().map(|id| id.trim_end_matches('/').to_lowercase());
        if parent.is_some_and(|parent| reading.unread_parents.contains(&parent)) {
            return true;
        }
        let tenant = self.tenants[side].to_lowercase();
        let mut scopes: Vec<String> = origin.seen_in.iter().map(|id| id.to_lowercase()).collect();
        if scopes.is_empty() {
            scopes.extend(origin.subscription_id.as_ref().map(|id| id.to_lowercase()));
        }
        if scopes.is_empty() {
            scopes.push(tenant.clone());
        }
        // An inherited row shows in the list of each subscription below it: one that was read is enough to miss it.
        scopes.iter().all(|scope| match reading.pairs.get(scope).or_else(|| reading.pairs.get(&tenant)) {
            Some(is_read) => !is_read,
            // Rows above subscriptions of a table that is read per subscription.
            None if *scope == tenant => reading.pairs.values().any(|is_read| !is_read) || reading.pairs.is_empty(),
            None => self.subscriptions[side].contains(scope) || !self.is_listed[side],
        })
    }
}

/// Lists what the two snapshots read differently.
///
/// A parent that only one snapshot asked, with success, is no such thing: it came or went.
pub(super) fn coverage(engine: &Engine, tables: Option<&[&str]>) -> Result<Vec<CoverageChange>, DiffError> {
    let mut only = format!("table_name <> '{EDGES}'");
    if let Some(tables) = tables {
        let names: Vec<String> = tables.iter().map(|table| format!("'{table}'")).collect();
        only.push_str(&format!(
            " AND table_name IN ({})",
            if names.is_empty() { "NULL".to_owned() } else { names.join(", ") }
        ));
    }
    let side = |side: &str| {
        format!(
            "(SELECT table_name, scope_kind, lower(scope_id) AS scope_id, lower(coalesce(parent_id, '')) AS parent_id, \
             max(status) AS status FROM \"{side}\".azure_ledger WHERE {only} GROUP BY ALL)"
        )
    };
    let absent = Status::NotCollected.word();
    let rows = ask(
        engine,
        &format!(
            "SELECT table_name, coalesce(nullif(parent_id, ''), scope_id) AS scope, coalesce(o.status, '{absent}') AS old_status, \
             coalesce(n.status, '{absent}') AS new_status \
             FROM {} AS o FULL JOIN {} AS n USING (table_name, scope_kind, scope_id, parent_id) \
             WHERE coalesce(o.status, '{absent}') <> coalesce(n.status, '{absent}') \
             AND (parent_id = '' OR (o.status IS NOT NULL AND n.status IS NOT NULL) \
                  OR coalesce(o.status, n.status) NOT IN ({})) \
             ORDER BY table_name, scope, old_status, new_status",
            side(SIDES[0]),
            side(SIDES[1]),
            knowledge()
        ),
    )?;
    let columns = ["table_name", "scope", "old_status", "new_status"].map(|name| rows.strings(name));
    let change = |row: usize| {
        let text = |column: usize| columns[column][row].clone().unwrap_or_default();
        CoverageChange { table: text(0), scope: text(1), old_status: text(2), new_status: text(3) }
    };
    Ok((0..rows.len()).map(change).collect())
}
