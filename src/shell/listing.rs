//! What the dot commands list: tables, columns, the ledger. An engine in, rows or names out.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use arrow::record_batch::RecordBatch;

use crate::catalog::{Catalog, is_standard};
use crate::engine::{Engine, EngineError, Rows, lexer};
use crate::store::{Snapshot, Status};

/// Tells whether a statement leaves tables and columns as they are.
pub(super) fn is_read(sql: &str) -> bool {
    let first = lexer::statements(sql).first().map(|statement| statement.code[0].text.to_uppercase());
    first.is_some_and(|word| {
        ["SELECT", "FROM", "VALUES", "TABLE", "DESCRIBE", "DESC", "SHOW", "SUMMARIZE", "EXPLAIN", "("]
            .contains(&word.as_str())
    })
}

/// Gives the columns of every table and view of the schema `main`.
pub(super) fn columns(engine: &Engine) -> Result<BTreeMap<String, Vec<String>>, EngineError> {
    let rows = engine.query(
        "SELECT table_name, column_name FROM duckdb_columns() WHERE NOT internal AND schema_name = 'main' \
         ORDER BY table_name, column_index",
    )?;
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (table, column) in rows.strings("table_name").into_iter().zip(rows.strings("column_name")) {
        found.entry(table.unwrap_or_default()).or_default().extend(column);
    }
    Ok(found)
}

/// Gives the functions and macros that have a plain name.
pub(super) fn functions(engine: &Engine) -> Result<BTreeSet<String>, EngineError> {
    let rows = engine.query(
        "SELECT DISTINCT function_name AS name FROM duckdb_functions() \
         WHERE function_type IN ('scalar', 'aggregate', 'macro', 'table', 'table_macro') \
           AND regexp_full_match(function_name, '[a-z][a-z0-9_]*')",
    )?;
    Ok(rows.strings("name").into_iter().flatten().collect())
}

/// Lists tables and views: rows by the manifest, how far each was read by the ledger.
pub(super) fn tables(engine: &Engine, snapshot: &Snapshot, pattern: Option<&str>) -> Result<Rows, EngineError> {
    let ledger = engine.query(
        "SELECT table_name, status, count(*) AS n FROM azure_ledger WHERE parent_id IS NULL \
         GROUP BY table_name, status ORDER BY table_name, status",
    )?;
    let mut read: BTreeMap<String, Vec<(String, u64)>> = BTreeMap::new();
    let counts = ledger.strings("status").into_iter().zip(ledger.strings("n"));
    for (table, (status, n)) in ledger.strings("table_name").into_iter().zip(counts) {
        let n = n.and_then(|n| n.parse().ok()).unwrap_or(0);
        read.entry(table.unwrap_or_default()).or_default().push((status.unwrap_or_default(), n));
    }
    let manifest = snapshot.manifest();
    let entries = manifest.tables.iter().chain(&manifest.derived);
    let rows: BTreeMap<&str, u64> = entries.map(|entry| (entry.name.as_str(), entry.rows)).collect();
    let catalog = Catalog::bundled();
    let (mut names, mut n_rows, mut states, mut titles) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for name in columns(engine)?.into_keys().filter(|name| pattern.is_none_or(|pattern| fits(pattern, name))) {
        let is_table = catalog.contains(&name);
        n_rows.push(rows.get(name.as_str()).and_then(|n| i64::try_from(*n).ok()));
        states.push(is_table.then(|| state(read.get(&name).map_or(&[][..], Vec::as_slice))));
        titles.push(if is_table { Some(catalog.table(&name)?.title.clone()) } else { None });
        names.push(name);
    }
    Ok(table(&[
        ("table", Arc::new(StringArray::from(names))),
        ("rows", Arc::new(Int64Array::from(n_rows))),
        ("read", Arc::new(StringArray::from(states))),
        ("what", Arc::new(StringArray::from(titles))),
    ]))
}

/// `ok`, or what stands in the way and in how many scopes.
fn state(statuses: &[(String, u64)]) -> String {
    let total: u64 = statuses.iter().map(|(_, n)| n).sum();
    let known = |status: &str| Status::parse(status).is_some_and(Status::is_knowledge);
    let gaps: Vec<String> = statuses
        .iter()
        .filter(|(status, _)| !known(status))
        .map(|(status, n)| if *n == total { status.clone() } else { format!("{status} in {n} of {total}") })
        .collect();
    match (total, gaps.is_empty()) {
        (0, _) => Status::NotCollected.word().to_owned(),
        (_, true) => Status::Ok.word().to_owned(),
        _ => gaps.join(", "),
    }
}

/// A pattern with `*` or `%` must fit the whole name; other text may stand anywhere in it.
fn fits(pattern: &str, name: &str) -> bool {
    let pattern = pattern.to_lowercase();
    if !pattern.contains(['*', '%']) {
        return name.contains(&pattern);
    }
    let parts: Vec<&str> = pattern.split(['*', '%']).collect();
    let (first, last) = (parts[0], parts[parts.len() - 1]);
    let Some(mut rest) = name.strip_prefix(first) else { return false };
    for part in &parts[1..parts.len() - 1] {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// Lists the columns of a table, or of all.
pub(super) fn schema(engine: &Engine, name: Option<&str>) -> Result<Rows, EngineError> {
    let rows = match name {
        None => engine.query(
            "SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE NOT internal AND schema_name = 'main' \
             ORDER BY table_name, column_index",
        ),
        Some(name) => {
            let (text, name) = (name.replace('\'', "''"), name.replace('"', "\"\""));
            let columns = format!("(DESCRIBE \"{name}\")");
            engine.query(&format!("SELECT '{text}' AS table_name, column_name, column_type AS data_type FROM {columns}"))
        }
    }?;
    let (mut tables, mut columns, mut types, mut meanings) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let pairs = rows.strings("column_name").into_iter().zip(rows.strings("data_type"));
    for (table, (column, kind)) in rows.strings("table_name").into_iter().zip(pairs) {
        let (table, column) = (table.unwrap_or_default(), column.unwrap_or_default());
        meanings.push(meaning(&table, &column)?);
        tables.push(table);
        columns.push(column);
        types.push(kind);
    }
    let mut all: Vec<(&str, ArrayRef)> = vec![
        ("column", Arc::new(StringArray::from(columns))),
        ("type", Arc::new(StringArray::from(types))),
        ("meaning", Arc::new(StringArray::from(meanings))),
    ];
    if name.is_none() {
        all.insert(0, ("table", Arc::new(StringArray::from(tables))));
    }
    Ok(table(&all))
}

fn meaning(table: &str, column: &str) -> Result<Option<String>, EngineError> {
    let catalog = Catalog::bundled();
    if !catalog.contains(table) {
        return Ok(None);
    }
    if is_standard(column) {
        let known = STANDARD.iter().find(|(name, _)| *name == column);
        return Ok(known.map(|(_, meaning)| (*meaning).to_owned()));
    }
    Ok(catalog.table(table)?.column(column).map(|column| column.meaning.clone()))
}

/// What the columns mean that every table has.
const STANDARD: [(&str, &str); 17] = [
    ("id", "Id, unique in the table, lower-case"),
    ("name", "Name"),
    ("type", "Type, lower-case"),
    ("tenant_id", "Tenant, a GUID"),
    ("subscription_id", "Subscription, a GUID; NULL above subscriptions"),
    ("resource_group", "Resource group, lower-case"),
    ("location", "Region"),
    ("tags", "Tags"),
    ("_raw", "The object as received, secrets removed"),
    ("_parent_id", "Id of the row it was read under"),
    ("_url", "The call that gave it"),
    ("_api_version", "API version of that call"),
    ("_fetched_at", "When it was read, UTC"),
    ("_row_hash", "SHA-256 of the object without what changes by itself"),
    ("_gaps", "Columns that are NULL although Azure may hold a value"),
    ("_redacted", "Paths whose text was removed"),
    ("_seen_in", "Subscriptions whose lists held it"),
];

/// Lists the ledger's rows of a table, or counts all by status.
pub(super) fn ledger(engine: &Engine, name: Option<&str>) -> Result<Rows, EngineError> {
    match name {
        None => engine.query(
            "SELECT status, count(DISTINCT table_name) AS tables, count(*) AS scopes, sum(rows)::BIGINT AS rows \
             FROM azure_ledger WHERE parent_id IS NULL GROUP BY status ORDER BY status",
        ),
        Some(name) => engine.query(&format!(
            "SELECT scope_kind, scope_id, parent_id, status, coalesce(code, error_code) AS code, http_status, permission, rows \
             FROM azure_ledger WHERE table_name = '{}' ORDER BY scope_kind, scope_id, parent_id",
            name.replace('\'', "''")
        )),
    }
}

fn table(columns: &[(&str, ArrayRef)]) -> Rows {
    let fields: Vec<Field> =
        columns.iter().map(|(name, array)| Field::new(*name, array.data_type().clone(), true)).collect();
    let schema = Arc::new(Schema::new(fields));
    debug_assert!(columns.iter().all(|(_, array)| matches!(array.data_type(), DataType::Utf8 | DataType::Int64)));
    let batch = RecordBatch::try_new(schema.clone(), columns.iter().map(|(_, array)| array.clone()).collect());
    Rows { schema, batches: vec![batch.expect("the columns have one length and the types of their fields")] }
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn patterns_fit() {
        for (pattern, name, expected) in [
            ("vm", "azure_vm_extension", true),
            ("VM", "azure_vm", true),
            ("azure_vm*", "azure_vm_extension", true),
            ("*vm", "azure_vm_extension", false),
            ("*vm*ext*", "azure_vm_extension", true),
            ("azure%disk", "azure_managed_disk", true),
            ("nic", "azure_vm", false),
        ] {
            assert_eq!(fits(pattern, name), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn states_are_short() {
        let state = |list: &[(&str, u64)]| state(&list.iter().map(|(s, n)| ((*s).to_owned(), *n)).collect::<Vec<_>>());
        assert_eq!(state(&[]), "not_collected");
        assert_eq!(state(&[("ok", 3), ("not_registered", 1)]), "ok");
        assert_eq!(state(&[("ok", 3), ("denied", 1)]), "denied in 1 of 4");
        assert_eq!(state(&[("denied", 2)]), "denied");
    }

    #[test]
    fn standard_columns_have_meanings() {
        for (name, _) in crate::catalog::STANDARD_HEAD.iter().chain(&crate::catalog::STANDARD_TAIL) {
            assert!(STANDARD.iter().any(|(known, _)| known == name), "{name}");
        }
    }
}
