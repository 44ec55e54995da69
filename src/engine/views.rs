//! Views over a snapshot's Parquet files, with the catalogue's columns whatever version wrote them.
//!
//! A snapshot and table names in, views out. What an older snapshot lacks is NULL and named in `_gaps`: it must never look
//! like a value that was read.

use std::collections::BTreeMap;
use std::path::PathBuf;

use duckdb::Connection;

use super::{EngineError, lockdown, message, quote_name, quote_text};
use crate::catalog::Catalog;
use crate::store::{Snapshot, ledger};

/// Columns of the ledger's view, beside those of the file.
pub(super) const LEDGER: &str = "azure_ledger";

/// The derived table of edges.
pub(super) const RELATIONSHIP: &str = "azure_relationship";

/// Columns of `azure_relationship`: name and DuckDB type.
pub const RELATIONSHIP_COLUMNS: [(&str, &str); 7] = [
    ("source_id", "VARCHAR"),
    ("source_table", "VARCHAR"),
    ("class", "VARCHAR"),
    ("target_id", "VARCHAR"),
    ("target_table", "VARCHAR"),
    ("via", "VARCHAR"),
    ("found", "BOOLEAN"),
];

/// The derived table that sets rows against counts.
pub(super) const POPULATION: &str = "azure_population";

/// Columns of `azure_population`: name and DuckDB type.
pub const POPULATION_COLUMNS: [(&str, &str); 8] = [
    ("subscription_id", "VARCHAR"),
    ("type", "VARCHAR"),
    ("tables", "VARCHAR"),
    ("rows", "BIGINT"),
    ("resource_graph", "BIGINT"),
    ("azure_resource", "BIGINT"),
    ("read", "BOOLEAN"),
    ("differs", "BOOLEAN"),
];

/// A table's columns by the catalogue, in order: name and DuckDB type.
pub(super) fn columns_of(table: &str) -> Result<Vec<(String, &'static str)>, EngineError> {
    let fixed = |columns: &[(&str, &'static str)]| {
        columns.iter().map(|(name, kind)| ((*name).to_owned(), *kind)).collect::<Vec<_>>()
    };
    Ok(match table {
        LEDGER => fixed(&ledger::COLUMNS),
        RELATIONSHIP => fixed(&RELATIONSHIP_COLUMNS),
        POPULATION => fixed(&POPULATION_COLUMNS),
        _ => Catalog::bundled().table(table)?.schema_columns(),
    })
}

/// Makes a schema.
pub(super) fn create_schema(connection: &Connection, schema: &str) -> Result<(), EngineError> {
    let sql = format!("CREATE SCHEMA {}", quote_name(schema));
    connection.execute_batch(&sql).map_err(EngineError::setup(format!("make the schema {schema}")))
}

/// Makes one view per table; the ledger is one of them.
pub(super) fn create<'t>(
    connection: &Connection,
    schema: &str,
    snapshot: &Snapshot,
    tables: impl IntoIterator<Item = &'t String>,
) -> Result<(), EngineError> {
    let folder = lockdown::real_folder(snapshot.dir())?;
    let inside = |path: PathBuf| match path.strip_prefix(snapshot.dir()) {
        Ok(relative) => folder.join(relative),
        Err(_) => path,
    };
    let mut read: BTreeMap<&str, String> = BTreeMap::new();
    for table in tables {
        let parts = if table == LEDGER { vec![snapshot.ledger_path()] } else { snapshot.parts(table) };
        let parts: Vec<PathBuf> = parts.into_iter().map(inside).collect();
        if parts.is_empty() {
            define(connection, schema, table, &empty(&columns_of(table)?))?;
        } else {
            read.insert(table, reader(&parts)?);
        }
    }
    for (table, from) in &read {
        define(connection, schema, table, &format!("SELECT * FROM {from}"))?;
    }
    if read.is_empty() {
        return Ok(());
    }
    let mut found = columns_found(connection, schema)?;
    for (table, from) in &read {
        let found = found.remove(*table).unwrap_or_default();
        if let Some(select) = reshaped(&columns_of(table)?, &found, from) {
            define(connection, schema, table, &select)?;
        }
    }
    Ok(())
}

fn define(connection: &Connection, schema: &str, table: &str, select: &str) -> Result<(), EngineError> {
    let sql = format!("CREATE OR REPLACE VIEW {}.{} AS {select}", quote_name(schema), quote_name(table));
    connection.execute_batch(&sql).map_err(EngineError::setup(format!("read the table {table}")))
}

fn reader(parts: &[PathBuf]) -> Result<String, EngineError> {
    let parts = parts.iter().map(|part| Ok(quote_text(&lockdown::sql_path(part)?)));
    // The keys in the names of folders are for readers of a whole archive: a snapshot that was moved has the same columns.
    let parts = parts.collect::<Result<Vec<_>, EngineError>>()?.join(", ");
    Ok(format!("read_parquet([{parts}], hive_partitioning=false)"))
}

fn empty(columns: &[(String, &'static str)]) -> String {
    let columns: Vec<String> =
        columns.iter().map(|(name, kind)| format!("NULL::{kind} AS {}", quote_name(name))).collect();
    format!("SELECT {} WHERE FALSE", columns.join(", "))
}

/// Columns of every view of a schema, as DuckDB sees them: table to (name, type).
fn columns_found(
    connection: &Connection,
    schema: &str,
) -> Result<BTreeMap<String, Vec<(String, String)>>, EngineError> {
    let failed = |error| EngineError::Setup { what: "read the columns".to_owned(), message: message(error) };
    let mut statement = connection
        .prepare(
            "SELECT table_name, column_name, data_type FROM duckdb_columns() \
             WHERE schema_name = ? AND database_name = current_database() ORDER BY table_name, column_index",
        )
        .map_err(failed)?;
    let rows = statement
        .query_map([schema], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?)))
        .map_err(failed)?;
    let mut all: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for row in rows {
        let (table, column, kind) = row.map_err(failed)?;
        all.entry(table).or_default().push((column, kind));
    }
    Ok(all)
}

/// The SELECT that gives a file of another version the catalogue's columns; none when it has them.
fn reshaped(wanted: &[(String, &'static str)], found: &[(String, String)], from: &str) -> Option<String> {
    let kind_of = |name: &str| found.iter().find(|(other, _)| other == name).map(|(_, kind)| kind.as_str());
    if wanted.iter().all(|(name, kind)| kind_of(name) == Some(*kind)) {
        return None;
    }
    let (mut select, mut lacking, mut recast) = (Vec::new(), Vec::new(), Vec::new());
    for (name, kind) in wanted.iter().filter(|(name, _)| name != "_gaps") {
        let quoted = quote_name(name);
        match kind_of(name) {
            Some(there) if there == *kind => select.push(quoted),
            Some(_) => {
                select.push(format!("TRY_CAST({quoted} AS {kind}) AS {quoted}"));
                recast.push(format!(
                    "CASE WHEN {quoted} IS NOT NULL AND TRY_CAST({quoted} AS {kind}) IS NULL THEN [{}] ELSE [] END",
                    quote_text(name)
                ));
            }
            None => {
                select.push(format!("NULL::{kind} AS {quoted}"));
                lacking.push(quote_text(name));
            }
        }
    }
    if wanted.iter().any(|(name, _)| name == "_gaps") {
        let known = if kind_of("_gaps").is_some() { "coalesce(_gaps, [])" } else { "[]" };
        let mut lists =
            vec![format!("CAST({known} AS VARCHAR[])"), format!("CAST([{}] AS VARCHAR[])", lacking.join(", "))];
        lists.extend(recast.into_iter().map(|list| format!("CAST({list} AS VARCHAR[])")));
        select.push(format!("flatten([{}]) AS _gaps", lists.join(", ")));
    }
    let unknown = found.iter().filter(|(name, _)| wanted.iter().all(|(other, _)| other != name));
    select.extend(unknown.map(|(name, _)| quote_name(name)));
    Some(format!("SELECT {} FROM {from}", select.join(", ")))
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn an_older_file_gets_gaps() {
        let wanted = [("id", "VARCHAR"), ("n", "BIGINT"), ("new", "JSON"), ("_gaps", "VARCHAR[]")]
            .map(|(name, kind)| (name.to_owned(), kind));
        let columns = |list: &[(&str, &str)]| -> Vec<(String, String)> {
            list.iter().map(|(name, kind)| ((*name).to_owned(), (*kind).to_owned())).collect()
        };
        let same =
            columns(&[("_gaps", "VARCHAR[]"), ("id", "VARCHAR"), ("n", "BIGINT"), ("new", "JSON"), ("more", "DATE")]);
        assert_eq!(reshaped(&wanted, &same, "f"), None);
        let older = columns(&[("id", "VARCHAR"), ("n", "VARCHAR"), ("gone", "VARCHAR"), ("_gaps", "VARCHAR[]")]);
        let select = reshaped(&wanted, &older, "f").unwrap();
        assert_eq!(
            select,
            "SELECT \"id\", TRY_CAST(\"n\" AS BIGINT) AS \"n\", NULL::JSON AS \"new\", \
             flatten([CAST(coalesce(_gaps, []) AS VARCHAR[]), CAST(['new'] AS VARCHAR[]), \
             CAST(CASE WHEN \"n\" IS NOT NULL AND TRY_CAST(\"n\" AS BIGINT) IS NULL THEN ['n'] ELSE [] END AS VARCHAR[])]) \
             AS _gaps, \"gone\" FROM f"
        );
    }
}
