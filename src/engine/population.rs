//! Rows against counts: an engine over all tables and Resource Graph's counts in, one line for each subscription and type
//! out, with what was collected, what Resource Graph counted, and what the list of all resources holds.

use arrow::array::{Array, AsArray};
use arrow::datatypes::Int64Type;
use arrow::record_batch::RecordBatch;
use std::collections::BTreeMap;

use super::derive::tables_read_in;
use super::{Engine, EngineError, quote_name, quote_text, views};
use crate::catalog::{Catalog, Plane, ScopeKind};
use crate::store::manifest::PopulationDifference;

pub use views::POPULATION_COLUMNS;

/// Works out `azure_population`. `counts` are by subscription and type, both lower-case; empty where nobody counted, as in
/// an import.
///
/// `differs` is NULL where a table of the type was not read there, or nothing is there to compare with.
///
/// # Errors
/// DuckDB fails.
pub fn population(
    engine: &Engine,
    counts: &BTreeMap<String, BTreeMap<String, u64>>,
) -> Result<Vec<RecordBatch>, EngineError> {
    let mut collected = Vec::new();
    for spec in Catalog::bundled().all()? {
        let fetch = &spec.fetch;
        let listed = matches!(fetch.scope, ScopeKind::Subscription | ScopeKind::ResourceGroup);
        let Some(kind) = spec.arm_type.as_ref().filter(|_| spec.resource_graph.as_deref() == Some("resources")) else {
            continue;
        };
        if fetch.plane == Plane::Arm && listed && engine.relations().contains(&spec.name) {
            collected.push(format!(
                "SELECT lower(subscription_id) AS subscription_id, {} AS type, {} AS table_name, id FROM {}",
                quote_text(&kind.to_lowercase()),
                quote_text(&spec.name),
                quote_name(&spec.name)
            ));
        }
    }
    let counted: Vec<String> = counts
        .iter()
        .flat_map(|(id, types)| types.iter().map(move |(kind, n)| (id, kind, n)))
        .map(|(id, kind, n)| format!("({}, {}, {n})", quote_text(id), quote_text(kind)))
        .collect();
    let values = if counted.is_empty() { "(NULL, NULL, NULL)".to_owned() } else { counted.join(", ") };
    let asked: Vec<String> = counts.keys().map(|id| format!("({})", quote_text(id))).collect();
    let asked = if asked.is_empty() { "(NULL)".to_owned() } else { asked.join(", ") };
    let none = "SELECT NULL::VARCHAR AS subscription_id, NULL::VARCHAR AS type, NULL::VARCHAR AS table_name, NULL::VARCHAR AS id WHERE FALSE";
    let collected = if collected.is_empty() { none.to_owned() } else { collected.join(" UNION ALL ") };
    engine.execute_trusted(&format!(
        "CREATE OR REPLACE TEMP TABLE azsnap_read AS {};
         CREATE OR REPLACE TEMP TABLE azsnap_kind AS {};
         CREATE OR REPLACE TEMP TABLE azsnap_population AS
         WITH own AS (SELECT subscription_id, type, list(DISTINCT table_name) AS tables, count(DISTINCT id) AS n
                      FROM ({collected}) WHERE subscription_id IS NOT NULL GROUP BY ALL),
         counted AS (SELECT * FROM (VALUES {values}) AS c(subscription_id, type, n) WHERE subscription_id IS NOT NULL),
         asked AS (SELECT * FROM (VALUES {asked}) AS a(subscription_id) WHERE subscription_id IS NOT NULL),
         listed AS (SELECT lower(subscription_id) AS subscription_id, lower(type) AS type, count(*) AS n
                    FROM azure_resource WHERE subscription_id IS NOT NULL GROUP BY ALL),
         pairs AS (SELECT subscription_id, type FROM own UNION SELECT subscription_id, type FROM counted
                   UNION SELECT subscription_id, type FROM listed),
         known AS (SELECT lower(arm_type) AS type, list_sort(list(table_name)) AS tables FROM azsnap_kind GROUP BY ALL)
         SELECT p.subscription_id, p.type, array_to_string(known.tables, ', ') AS tables,
                CASE WHEN known.tables IS NOT NULL THEN coalesce(own.n, 0) END AS rows,
                CASE WHEN asked.subscription_id IS NOT NULL THEN coalesce(counted.n, 0) END AS resource_graph,
                listed.n AS azure_resource,
                (SELECT count(*) = 0 FROM azsnap_kind AS k LEFT JOIN azsnap_read AS r
                 ON r.table_name = k.table_name AND r.scope_id = p.subscription_id
                 WHERE lower(k.arm_type) = p.type AND r.table_name IS NULL) AS read
         FROM pairs AS p
         LEFT JOIN own ON own.subscription_id = p.subscription_id AND own.type = p.type
         LEFT JOIN counted ON counted.subscription_id = p.subscription_id AND counted.type = p.type
         LEFT JOIN asked ON asked.subscription_id = p.subscription_id
         LEFT JOIN listed ON listed.subscription_id = p.subscription_id AND listed.type = p.type
         LEFT JOIN known ON known.type = p.type;",
        tables_read_in(),
        kinds()?,
    ))?;
    let mut batches = Vec::new();
    engine.run(
        "SELECT subscription_id, type, tables, CAST(rows AS BIGINT) AS rows, CAST(resource_graph AS BIGINT) AS resource_graph,
                CAST(azure_resource AS BIGINT) AS azure_resource, (tables IS NOT NULL AND read) AS read,
                CASE WHEN tables IS NULL OR NOT read THEN NULL
                     WHEN resource_graph IS NOT NULL THEN rows <> resource_graph
                     WHEN azure_resource IS NOT NULL THEN rows <> azure_resource END AS differs
         FROM azsnap_population ORDER BY subscription_id, type",
        &mut |batch| {
            batches.push(batch.clone());
            Ok(())
        },
    )?;
    engine.execute_trusted("DROP TABLE azsnap_population; DROP TABLE azsnap_read; DROP TABLE azsnap_kind;")?;
    Ok(batches)
}

/// The lines of [`population`] in which rows and counts differ.
#[must_use]
pub fn differences(batches: &[RecordBatch]) -> Vec<PopulationDifference> {
    let mut found = Vec::new();
    for batch in batches {
        let text = |name: &str, at: usize| {
            let column = batch.column_by_name(name)?.as_string_opt::<i32>()?;
            column.is_valid(at).then(|| column.value(at).to_owned())
        };
        let number = |name: &str, at: usize| {
            let column = batch.column_by_name(name)?.as_primitive_opt::<Int64Type>()?;
            column.is_valid(at).then(|| column.value(at))
        };
        let Some(differs) = batch.column_by_name("differs").and_then(|column| column.as_boolean_opt()) else {
            continue;
        };
        for at in (0..batch.num_rows()).filter(|at| differs.is_valid(*at) && differs.value(*at)) {
            let by_graph = number("resource_graph", at);
            found.push(PopulationDifference {
                subscription_id: text("subscription_id", at).unwrap_or_default(),
                kind: text("type", at).unwrap_or_default(),
                tables: text("tables", at).unwrap_or_default(),
                rows: number("rows", at).unwrap_or_default(),
                counted: by_graph.or_else(|| number("azure_resource", at)).unwrap_or_default(),
                by: if by_graph.is_some() { "Resource Graph" } else { "azure_resource" }.to_owned(),
            });
        }
    }
    found
}

/// The types that tables of the catalogue list, as a SELECT of `table_name` and `arm_type`.
fn kinds() -> Result<String, EngineError> {
    let mut rows = Vec::new();
    for spec in Catalog::bundled().all()? {
        let listed = matches!(spec.fetch.scope, ScopeKind::Subscription | ScopeKind::ResourceGroup);
        if let Some(kind) =
            spec.arm_type.as_ref().filter(|_| spec.resource_graph.as_deref() == Some("resources") && listed)
        {
            rows.push(format!("({}, {})", quote_text(&spec.name), quote_text(kind)));
        }
    }
    Ok(format!("SELECT * FROM (VALUES {}) AS t(table_name, arm_type)", rows.join(", ")))
}
