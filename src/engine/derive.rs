//! Edges between rows: what the catalogue's `[[relationship]]`s say, worked out over a snapshot.
//!
//! An engine over all tables in, the rows of `azure_relationship` out, in an order that depends on the data alone: by the
//! table that an edge comes from, then by its columns.
//! `found` tells whether the target's row is there; it is never FALSE where the target's table was not read to the end.

use std::collections::{BTreeMap, BTreeSet};

use arrow::record_batch::RecordBatch;

use super::{Engine, EngineError, quote_name, quote_text, views};
use crate::catalog::{Catalog, Match, Plane, Relationship, TableSpec};
use crate::store::Status;

pub use views::RELATIONSHIP_COLUMNS;

/// Tables that `ANY_PRINCIPAL` may stand for.
const PRINCIPALS: [&str; 3] = ["azure_user", "azure_user_group", "azure_service_principal"];

/// The table that holds every resource of Resource Manager.
const GENERIC: &str = "azure_resource";

/// Columns that many rows share: a value without a match names no row, so there is no edge to tell of.
const SHARED: [&str; 6] = ["tenant_id", "subscription_id", "resource_group", "location", "_parent_id", "_seen_in"];

/// Takes edges, some at a time.
pub type EdgeSink<'s> = dyn FnMut(&RecordBatch) -> Result<(), EngineError> + 's;

/// Works out all edges and hands them over, sorted within the table that they come from. A table without rows (by
/// `has_rows`) owns none.
///
/// Only the edges of one source are held at a time, and DuckDB puts them on disk where its memory does not do.
///
/// # Errors
/// A relationship of the catalogue is wrong, DuckDB fails, or the sink does.
pub fn relationships(
    engine: &Engine,
    has_rows: &dyn Fn(&str) -> bool,
    sink: &mut EdgeSink<'_>,
) -> Result<(), EngineError> {
    let mut all = Vec::new();
    for spec in Catalog::bundled().all()?.into_iter().filter(|spec| has_rows(&spec.name)) {
        all.extend(spec.relationships.iter().map(|relationship| (spec, relationship)));
    }
    edges_of(engine, &all, has_rows, sink)
}

/// Works out the edges of some relationships.
///
/// # Errors
/// As for [`relationships`].
pub fn edges_of(
    engine: &Engine,
    wanted: &[(&TableSpec, &Relationship)],
    has_rows: &dyn Fn(&str) -> bool,
    sink: &mut EdgeSink<'_>,
) -> Result<(), EngineError> {
    let read = tables_read(engine)?;
    name_the_ends(engine, has_rows)?;
    // What comes from one table is in one group, so that no edge is in two.
    let mut groups: BTreeMap<&str, Vec<(&TableSpec, &Relationship)>> = BTreeMap::new();
    for (spec, relationship) in wanted {
        groups.entry(source_of(spec, relationship)).or_default().push((spec, relationship));
    }
    let columns: Vec<String> = RELATIONSHIP_COLUMNS.iter().map(|(name, kind)| format!("{name} {kind}")).collect();
    let table = format!("CREATE OR REPLACE TEMP TABLE azsnap_edge ({})", columns.join(", "));
    for group in groups.values() {
        engine.execute_trusted(&table)?;
        let mut any = false;
        for (spec, relationship) in group {
            if let Some(select) = edge(engine, &read, spec, relationship)? {
                any = true;
                engine
                    .execute_trusted(&format!("INSERT INTO azsnap_edge {select}"))
                    .map_err(|error| wrong(spec, relationship, error))?;
            }
        }
        if any {
            engine.run(
                "SELECT DISTINCT source_id, source_table, class, target_id, target_table, via, found FROM azsnap_edge \
                 WHERE source_id IS NOT NULL AND target_id IS NOT NULL \
                 ORDER BY source_id, class, target_id, source_table, target_table, via, found",
                sink,
            )?;
        }
    }
    engine.execute_trusted("DROP TABLE IF EXISTS azsnap_edge; DROP TABLE azsnap_resource; DROP TABLE azsnap_principal;")
}

/// The table that a relationship's edges start from, or the word that stands for several.
fn source_of<'s>(spec: &'s TableSpec, relationship: &'s Relationship) -> &'s str {
    match (&relationship.source, relationship.sql.is_some() || relationship.reverse) {
        (Some(source), true) => source,
        _ => &spec.name,
    }
}

/// Makes the tables of what `ANY_RESOURCE` and `ANY_PRINCIPAL` may stand for.
fn name_the_ends(engine: &Engine, has_rows: &dyn Fn(&str) -> bool) -> Result<(), EngineError> {
    let ids = |names: &mut dyn Iterator<Item = &str>| -> String {
        let selects: Vec<String> = names
            .filter(|name| engine.relations().contains(*name) && has_rows(name))
            .map(|name| format!("SELECT id, {} AS table_name FROM {}", quote_text(name), quote_name(name)))
            .collect();
        let none = "SELECT NULL::VARCHAR AS id, NULL::VARCHAR AS table_name WHERE FALSE".to_owned();
        let all = if selects.is_empty() { none } else { selects.join(" UNION ALL ") };
        // An id that several tables hold belongs to the first by name, so that the answer is always the same; the table
        // of all resources comes last, as it says least.
        format!(
            "SELECT id, coalesce(min(table_name) FILTER (WHERE table_name <> '{GENERIC}'), '{GENERIC}') AS table_name \
             FROM ({all}) WHERE id IS NOT NULL GROUP BY id"
        )
    };
    let mut arm = Vec::new();
    for spec in Catalog::bundled().all()? {
        if spec.fetch.plane == Plane::Arm {
            arm.push(spec.name.as_str());
        }
    }
    engine.execute_trusted(&format!(
        "CREATE OR REPLACE TEMP TABLE azsnap_resource AS {}; CREATE OR REPLACE TEMP TABLE azsnap_principal AS {};",
        ids(&mut arm.into_iter()),
        ids(&mut PRINCIPALS.into_iter()),
    ))
}

fn wrong(spec: &TableSpec, relationship: &Relationship, error: EngineError) -> EngineError {
    match error {
        EngineError::Sql { message, .. } => EngineError::Definition {
            what: format!("relationship {} of {} to {}", relationship.class, spec.name, relationship.target),
            why: message,
        },
        other => other,
    }
}

/// Tables of which every scope and parent was read, or is known to hold nothing.
fn tables_read(engine: &Engine) -> Result<BTreeSet<String>, EngineError> {
    let known: Vec<String> =
        Status::ALL.iter().filter(|status| status.is_knowledge()).map(|status| quote_text(status.word())).collect();
    let rows = engine.query(&format!(
        "SELECT table_name FROM azure_ledger GROUP BY table_name HAVING bool_and(coalesce(status IN ({}), FALSE)) ORDER BY table_name",
        known.join(", ")
    ))?;
    Ok(rows.strings("table_name").into_iter().flatten().collect())
}

/// A SELECT of `table_name` and `scope_id` for each pair that was read in full.
pub(super) fn tables_read_in() -> String {
    let known: Vec<String> =
        Status::ALL.iter().filter(|status| status.is_knowledge()).map(|status| quote_text(status.word())).collect();
    format!(
        "SELECT table_name, lower(scope_id) AS scope_id FROM azure_ledger GROUP BY ALL \
         HAVING bool_and(coalesce(status IN ({}), FALSE))",
        known.join(", ")
    )
}

/// The other end of an edge.
struct Other {
    /// SELECT of `id`, `key` (what is compared) and `table_name`.
    rows: String,
    /// `table_name` when there is no row.
    name: String,
    /// SQL of `found` when there is no row, over `e.raw`.
    missing: String,
    /// Whether a value without a row is an edge all the same.
    keep: bool,
}

/// The SELECT of one relationship's edges; none when one of its tables is not there.
fn edge(
    engine: &Engine,
    read: &BTreeSet<String>,
    spec: &TableSpec,
    relationship: &Relationship,
) -> Result<Option<String>, EngineError> {
    let is_there = |name: &str| engine.relations().contains(name);
    let class = quote_text(&relationship.class);
    if !is_there(&spec.name) {
        return Ok(None);
    }
    if let Some(sql) = &relationship.sql {
        let source = relationship.source.as_deref().unwrap_or(&spec.name);
        let Some(other) = other(engine, read, &relationship.target, "id", Match::Id)? else { return Ok(None) };
        return Ok(Some(format!(
            "WITH e AS (SELECT DISTINCT source_id AS owner, target_id AS raw, lower(target_id) AS key FROM ({})), o AS ({}) \
             SELECT e.owner, {}, {class}, coalesce(o.id, e.raw), coalesce(o.table_name, {}), 'sql', \
             CASE WHEN o.id IS NOT NULL THEN TRUE ELSE {} END FROM e LEFT JOIN o ON o.key = e.key",
            sql.trim().trim_end_matches(';'),
            other.rows,
            quote_text(source),
            quote_text(&other.name),
            other.missing
        )));
    }
    let column = relationship.column.as_deref().unwrap_or("id");
    let far =
        if relationship.reverse { relationship.source.as_deref().unwrap_or_default() } else { &relationship.target };
    let far_column = relationship.target_column.as_deref().unwrap_or("id");
    let Some(other) = other(engine, read, far, far_column, relationship.matching)? else { return Ok(None) };
    let (value, unnest) = values(spec, column, "s", "v")?;
    let condition = relationship.where_.as_deref().map(|sql| format!(" AND ({sql})")).unwrap_or_default();
    let raw = if relationship.matching == Match::Id { format!("lower({value})") } else { value.clone() };
    let ends = format!(
        "SELECT DISTINCT s.id AS owner, {raw} AS raw, {} AS key FROM {} AS s{unnest} WHERE {value} IS NOT NULL AND {value} <> ''{condition}",
        key(&value, relationship.matching),
        quote_name(&spec.name)
    );
    let join = if other.keep { "LEFT JOIN" } else { "JOIN" };
    let (near_end, far_end) = ("e.owner", "coalesce(o.id, e.raw)");
    let (near_table, far_table) =
        (quote_text(&spec.name), format!("coalesce(o.table_name, {})", quote_text(&other.name)));
    let ends_of = if relationship.reverse {
        format!("{far_end}, {far_table}, {class}, {near_end}, {near_table}, {}, TRUE", quote_text(column))
    } else {
        format!(
            "{near_end}, {near_table}, {class}, {far_end}, {far_table}, {}, CASE WHEN o.id IS NOT NULL THEN TRUE ELSE {} END",
            quote_text(column),
            other.missing
        )
    };
    Ok(Some(format!("WITH e AS ({ends}), o AS ({}) SELECT {ends_of} FROM e {join} o ON o.key = e.key", other.rows)))
}

fn other(
    engine: &Engine,
    read: &BTreeSet<String>,
    far: &str,
    column: &str,
    matching: Match,
) -> Result<Option<Other>, EngineError> {
    let unless_read = |tables: &[&str]| {
        let all = tables.iter().all(|table| read.contains(*table));
        if all { "FALSE" } else { "NULL::BOOLEAN" }
    };
    let any = |table: &str, missing: String| Other {
        rows: format!("SELECT id, {} AS key, table_name FROM {table}", key("id", matching)),
        name: far.to_owned(),
        missing,
        keep: true,
    };
    Ok(Some(match far {
        "ANY_PRINCIPAL" => any("azsnap_principal", unless_read(&PRINCIPALS).to_owned()),
        // A resource may be of a type that no table holds, so its absence is known for the scopes alone.
        "ANY_SCOPE" | "ANY_RESOURCE" => any(
            "azsnap_resource",
            format!(
                "CASE WHEN regexp_full_match(e.raw, '/subscriptions/[^/]+') THEN {} \
                 WHEN regexp_full_match(e.raw, '/subscriptions/[^/]+/resourcegroups/[^/]+') THEN {} \
                 WHEN regexp_full_match(e.raw, '/providers/microsoft.management/managementgroups/[^/]+') THEN {} \
                 ELSE NULL::BOOLEAN END",
                unless_read(&["azure_subscription"]),
                unless_read(&["azure_resource_group"]),
                unless_read(&["azure_management_group"])
            ),
        ),
        _ if !Catalog::bundled().contains(far) => Other {
            // A thing without a table, such as the Internet: one node, named by the word itself, always there.
            rows: format!("SELECT {0} AS id, e.key, {0} AS table_name FROM e GROUP BY e.key", quote_text(far)),
            name: far.to_owned(),
            missing: "TRUE".to_owned(),
            keep: true,
        },
        _ if !engine.relations().contains(far) => return Ok(None),
        _ => {
            let (value, unnest) = values(Catalog::bundled().table(far)?, column, "t", "k")?;
            Other {
                rows: format!(
                    "SELECT DISTINCT t.id, {} AS key, {} AS table_name FROM {} AS t{unnest} WHERE {value} IS NOT NULL",
                    key(&value, matching),
                    quote_text(far),
                    quote_name(far)
                ),
                name: far.to_owned(),
                missing: unless_read(&[far]).to_owned(),
                keep: !SHARED.contains(&column),
            }
        }
    }))
}

/// The SQL of a column's values as text, and what must be joined to have one row per value.
fn values(spec: &TableSpec, column: &str, row: &str, member: &str) -> Result<(String, String), EngineError> {
    let columns = spec.schema_columns();
    let Some((_, kind)) = columns.iter().find(|(name, _)| name == column) else {
        return Err(EngineError::Definition {
            what: format!("relationship of {}", spec.name),
            why: format!("{} has no column {column}", spec.name),
        });
    };
    let quoted = format!("{row}.{}", quote_name(column));
    Ok(match *kind {
        "VARCHAR" => (quoted, String::new()),
        "VARCHAR[]" => (format!("u_{member}.{member}"), format!(", unnest({quoted}) AS u_{member}({member})")),
        "JSON" => (format!("({quoted} ->> '$')"), String::new()),
        _ => (format!("CAST({quoted} AS VARCHAR)"), String::new()),
    })
}

/// The SQL of what is compared.
fn key(value: &str, matching: Match) -> String {
    match matching {
        Match::Id => format!("lower({value})"),
        Match::LastSegment => format!("lower(regexp_extract(rtrim({value}, '/'), '[^/]*$'))"),
        Match::Host => format!("lower(regexp_extract({value}, '^(?:[A-Za-z][A-Za-z0-9+.-]*://)?([^/:?#]+)', 1))"),
    }
}
