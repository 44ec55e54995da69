//! The rows of one table that differ: two schemas of the engine in, changes out, streamed from DuckDB.
//!
//! DuckDB compares ids and hashes; only rows that differ come out with their raw objects.

use std::collections::BTreeSet;

use arrow::array::{Array, AsArray, RecordBatch};
use serde_json::Value;

use super::columns::ColumnFinder;
use super::scope::{Origin, SIDES, Sides};
use super::{Change, ChangeClass, ChangeKind, DiffError, json};
use crate::catalog::TableSpec;
use crate::engine::{Engine, EngineError};

/// Ids of the rows that differ; kept by DuckDB between the statements.
const CANDIDATES: &str = "azsnap_diff_candidates";

/// Tables that one statement looks at: planning many is quicker than running each.
const AT_ONCE: usize = 40;

/// The tables in which any row differs.
pub(super) fn differing(engine: &Engine, specs: &[&TableSpec], by_hash: bool) -> Result<BTreeSet<String>, DiffError> {
    let mut found = BTreeSet::new();
    for chunk in specs.chunks(AT_ONCE) {
        let selects: Vec<String> = chunk
            .iter()
            .map(|spec| format!("SELECT '{0}' AS name WHERE EXISTS ({1})", spec.name, candidates(spec, by_hash)))
            .collect();
        let rows = engine.query(&selects.join(" UNION ALL ")).map_err(DiffError::engine("tables"))?;
        found.extend(rows.strings("name").into_iter().flatten());
    }
    Ok(found)
}

/// A SELECT of the ids of rows that differ, and on which sides they are.
fn candidates(spec: &TableSpec, by_hash: bool) -> String {
    let key = if by_hash { "_row_hash" } else { "md5(CAST(_raw AS VARCHAR))" };
    let [old, new] = SIDES.map(|side| format!("\"{side}\".\"{}\"", spec.name));
    format!(
        "SELECT coalesce(o.id, n.id) AS id, o.id IS NOT NULL AS in_old, n.id IS NOT NULL AS in_new \
         FROM (SELECT id, {key} AS key FROM {old}) AS o FULL JOIN (SELECT id, {key} AS key FROM {new}) AS n ON o.id = n.id \
         WHERE o.id IS NULL OR n.id IS NULL OR o.key IS DISTINCT FROM n.key"
    )
}

/// Compares one table.
pub(super) fn compare(
    engine: &Engine,
    spec: &TableSpec,
    by_hash: bool,
    sides: &Sides<'_>,
) -> Result<Vec<Change>, DiffError> {
    let failed = || DiffError::engine(&spec.name);
    let [old, new] = SIDES.map(|side| format!("\"{side}\".\"{}\"", spec.name));
    engine
        .execute_trusted(&format!("CREATE OR REPLACE TEMP TABLE {CANDIDATES} AS {}", candidates(spec, by_hash)))
        .map_err(failed())?;
    let mut changes = Vec::new();
    for (kind, table, missing) in [(ChangeKind::Removed, &old, 1), (ChangeKind::Added, &new, 0)] {
        changes.extend(one_sided(engine, spec, table, kind, missing, sides)?);
    }
    let finder = ColumnFinder::new(spec);
    let mut sink = |batch: &RecordBatch| -> Result<(), EngineError> {
        changes.extend((0..batch.num_rows()).filter_map(|row| changed(spec, &finder, batch, row)));
        Ok(())
    };
    let sql = format!(
        "SELECT c.id, coalesce(n.name, o.name) AS name, CAST(o._raw AS VARCHAR) AS old_raw, CAST(n._raw AS VARCHAR) AS new_raw, \
         o._api_version IS DISTINCT FROM n._api_version AS is_other_api \
         FROM {CANDIDATES} AS c JOIN {old} AS o ON o.id = c.id JOIN {new} AS n ON n.id = c.id WHERE c.in_old AND c.in_new"
    );
    engine.stream(&sql, &mut sink).map_err(failed())?;
    engine.execute_trusted(&format!("DROP TABLE {CANDIDATES}")).map_err(failed())?;
    Ok(changes)
}

/// Rows that only one side has; `missing` is the other one.
fn one_sided(
    engine: &Engine,
    spec: &TableSpec,
    table: &str,
    kind: ChangeKind,
    missing: usize,
    sides: &Sides<'_>,
) -> Result<Vec<Change>, DiffError> {
    let sql = format!(
        "SELECT c.id, r.name, r.subscription_id, r._parent_id, array_to_string(r._seen_in, ',') AS seen_in \
         FROM {CANDIDATES} AS c JOIN {table} AS r ON r.id = c.id WHERE NOT c.in_{}",
        SIDES[missing]
    );
    let rows = engine.query(&sql).map_err(DiffError::engine(&spec.name))?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let readings = sides.readings(engine, spec)?;
    let columns = ["id", "name", "subscription_id", "_parent_id", "seen_in"].map(|name| rows.strings(name));
    let change = |row: usize| {
        let text = |column: usize| columns[column][row].clone();
        let seen_in = text(4).unwrap_or_default();
        let origin = Origin {
            subscription_id: text(2),
            parent_id: text(3),
            seen_in: seen_in.split(',').filter(|id| !id.is_empty()).map(str::to_owned).collect(),
        };
        let is_unread = sides.may_be_unread(missing, &readings[missing], &origin);
        Change {
            table: spec.name.clone(),
            id: text(0).unwrap_or_default(),
            name: text(1),
            kind,
            class: if is_unread { ChangeClass::Coverage } else { ChangeClass::Estate },
            columns: Vec::new(),
        }
    };
    Ok((0..rows.len()).map(change).collect())
}

/// A row that both sides have; none when nothing of meaning differs.
fn changed(spec: &TableSpec, finder: &ColumnFinder<'_>, batch: &RecordBatch, row: usize) -> Option<Change> {
    let text = |column: usize| {
        let array = batch.column(column);
        let text = array.as_string_opt::<i32>().filter(|array| array.is_valid(row));
        text.map(|array| array.value(row).to_owned())
    };
    let raw = |column: usize| {
        let text = text(column).unwrap_or_default();
        serde_json::from_str(&text).unwrap_or(Value::String(text))
    };
    let (old, new) = (raw(2), raw(3));
    let columns = finder.columns(&old, &new, json::differences(&old, &new, &spec.volatile));
    if columns.is_empty() {
        return None;
    }
    let is_other_api = batch.column(4).as_boolean_opt().is_some_and(|array| array.is_valid(row) && array.value(row));
    Some(Change {
        table: spec.name.clone(),
        id: text(0).unwrap_or_default(),
        name: text(1),
        kind: ChangeKind::Changed,
        class: if is_other_api { ChangeClass::Api } else { ChangeClass::Estate },
        columns,
    })
}
