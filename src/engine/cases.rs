//! Tables for the cases of checks: empty ones of the catalogue, filled row by row from JSON.
//!
//! Rows as people write them in, typed rows out. A column that is not given is NULL; one that does not exist is an error.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, NaiveDate, NaiveDateTime};
use duckdb::Connection;
use serde_json::{Map, Value};

use super::{Engine, EngineError, macros, message, params, quote_name, quote_text, views};

/// Knows the tables of an engine for cases and which of them hold rows.
pub(super) struct Cases {
    tables: BTreeMap<String, BTreeMap<String, &'static str>>,
    filled: Mutex<BTreeSet<String>>,
    /// Folder of the user's parameters.
    user_queries: Option<PathBuf>,
}

impl Cases {
    /// Makes the tables, and the ledger's.
    pub(super) fn create(
        connection: &Connection,
        tables: &BTreeSet<String>,
        user_queries: Option<PathBuf>,
    ) -> Result<Cases, EngineError> {
        let mut made = BTreeMap::new();
        let mut sql = String::new();
        for table in tables.iter().map(String::as_str).chain([views::LEDGER]) {
            let columns = views::columns_of(table)?;
            let list: Vec<String> = columns.iter().map(|(name, kind)| format!("{} {kind}", quote_name(name))).collect();
            sql.push_str(&format!("CREATE TABLE {} ({});\n", quote_name(table), list.join(", ")));
            made.insert(table.to_owned(), columns.into_iter().collect());
        }
        connection.execute_batch(&sql).map_err(EngineError::setup("make the tables of the cases"))?;
        Ok(Cases { tables: made, filled: Mutex::default(), user_queries })
    }
}

impl Engine {
    /// Adds a row to a table of an engine made by [`Engine::for_cases`].
    ///
    /// Lists come as arrays, `tags` as an object, timestamps as text, JSON columns as JSON text (or as the value itself).
    ///
    /// # Errors
    /// No such table or column, or a value that does not fit.
    pub fn insert_json(&self, table: &str, row: &Map<String, Value>) -> Result<(), EngineError> {
        self.insert_rows(table, std::slice::from_ref(row))
    }

    /// Adds several rows at once, which is much faster than one by one.
    ///
    /// # Errors
    /// As for [`Engine::insert_json`].
    pub fn insert_rows(&self, table: &str, rows: &[Map<String, Value>]) -> Result<(), EngineError> {
        let cases = self.cases()?;
        let wrong = |why: String| EngineError::Definition { what: format!("row of {table}"), why };
        let columns = cases.tables.get(table).ok_or_else(|| wrong("there is no such table here".to_owned()))?;
        let mut names: BTreeSet<&str> = rows.iter().flat_map(|row| row.keys().map(String::as_str)).collect();
        // An empty row still needs a column to be NULL in.
        names.extend(columns.keys().next().map(String::as_str));
        let mut tuples = Vec::with_capacity(rows.len());
        for row in rows {
            let mut values = Vec::with_capacity(names.len());
            for name in &names {
                let kind = columns.get(*name).ok_or_else(|| wrong(format!("there is no column {name}")))?;
                let value = row.get(*name).unwrap_or(&Value::Null);
                values.push(
                    literal(kind, value).ok_or_else(|| wrong(format!("{name} is {kind}, which {value} is not")))?,
                );
            }
            tuples.push(format!("({})", values.join(", ")));
        }
        if tuples.is_empty() {
            return Ok(());
        }
        let names: Vec<String> = names.into_iter().map(quote_name).collect();
        let sql = format!("INSERT INTO {} ({}) VALUES {}", quote_name(table), names.join(", "), tuples.join(", "));
        self.lock().execute_batch(&sql).map_err(|error| wrong(message(error)))?;
        cases.filled.lock().unwrap_or_else(PoisonError::into_inner).insert(table.to_owned());
        Ok(())
    }

    /// Empties the tables of an engine made by [`Engine::for_cases`], so that the next case can use it.
    ///
    /// # Errors
    /// It was not made for cases, or DuckDB's error.
    pub fn reset_tables(&self) -> Result<(), EngineError> {
        let mut filled = self.cases()?.filled.lock().unwrap_or_else(PoisonError::into_inner);
        let sql: String = filled.iter().map(|table| format!("DELETE FROM {};", quote_name(table))).collect();
        self.lock().execute_batch(&sql).map_err(EngineError::setup("empty the tables of the cases"))?;
        filled.clear();
        Ok(())
    }

    /// Empties one table of an engine made by [`Engine::for_cases`].
    ///
    /// # Errors
    /// It was not made for cases, or has no such table.
    pub fn empty_table(&self, table: &str) -> Result<(), EngineError> {
        let cases = self.cases()?;
        if cases.filled.lock().unwrap_or_else(PoisonError::into_inner).remove(table) {
            let sql = format!("DELETE FROM {};", quote_name(table));
            self.lock().execute_batch(&sql).map_err(EngineError::setup("empty a table of the cases"))?;
        }
        Ok(())
    }

    /// Sets parameters of an engine made by [`Engine::for_cases`]; those not named go back to their defaults.
    ///
    /// # Errors
    /// It was not made for cases, an unknown name, or a value that does not fit.
    pub fn set_params(&mut self, set: &BTreeMap<String, String>) -> Result<(), EngineError> {
        let values = params::values(self.cases()?.user_queries.as_deref(), set)?;
        let connection = self.lock();
        // DuckDB does not see that a plan it keeps holds the parameters of before.
        connection.flush_prepared_statement_cache();
        macros::define_params(&connection, &values)?;
        drop(connection);
        self.params = values;
        Ok(())
    }

    fn cases(&self) -> Result<&Cases, EngineError> {
        self.cases.as_ref().ok_or_else(|| EngineError::Refused("this engine was not made for cases".to_owned()))
    }
}

/// A value as SQL of that type; none when it does not fit.
fn literal(kind: &str, value: &Value) -> Option<String> {
    if value.is_null() {
        return Some("NULL".to_owned());
    }
    let plain = |value: &Value| match value {
        Value::String(text) => Some(quote_text(text)),
        Value::Number(_) | Value::Bool(_) => Some(quote_text(&value.to_string())),
        _ => None,
    };
    match kind {
        "BOOLEAN" => value.as_bool().map(|yes| yes.to_string()),
        "BIGINT" => value.as_i64().map(|number| number.to_string()),
        "DOUBLE" => value.as_f64().map(|number| format!("CAST({number:?} AS DOUBLE)")),
        "TIMESTAMP" => instant(value.as_str()?),
        "JSON" => match value {
            Value::String(text) => serde_json::from_str::<&serde_json::value::RawValue>(text)
                .is_ok()
                .then(|| format!("CAST({} AS JSON)", quote_text(text))),
            other => Some(format!("CAST({} AS JSON)", quote_text(&other.to_string()))),
        },
        "VARCHAR[]" => {
            let members = value
                .as_array()?
                .iter()
                .map(|member| if member.is_null() { Some("NULL".to_owned()) } else { plain(member) });
            Some(format!("CAST([{}] AS VARCHAR[])", members.collect::<Option<Vec<_>>>()?.join(", ")))
        }
        "MAP(VARCHAR, VARCHAR)" => {
            let entries =
                value.as_object()?.iter().map(|(key, value)| Some(format!("{}: {}", quote_text(key), plain(value)?)));
            Some(format!("CAST(MAP {{{}}} AS MAP(VARCHAR, VARCHAR))", entries.collect::<Option<Vec<_>>>()?.join(", ")))
        }
        _ => plain(value),
    }
}

/// DuckDB would drop an offset without a word, so it is applied here.
fn instant(text: &str) -> Option<String> {
    let at = DateTime::parse_from_rfc3339(text)
        .map(|at| at.naive_utc())
        .or_else(|_| NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f"))
        .or_else(|_| NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f"))
        .ok()
        .or_else(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0))?;
    Some(format!("TIMESTAMP '{}'", at.format("%Y-%m-%d %H:%M:%S%.6f")))
}

#[cfg(test)]
mod unit {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_become_literals() {
        for (kind, value, expected) in [
            ("VARCHAR", json!("it's"), Some("'it''s'")),
            ("VARCHAR", json!(5), Some("'5'")),
            ("VARCHAR", json!(["a"]), None),
            ("VARCHAR", json!(null), Some("NULL")),
            ("BOOLEAN", json!(true), Some("true")),
            ("BOOLEAN", json!("true"), None),
            ("BIGINT", json!(5), Some("5")),
            ("BIGINT", json!("5"), None),
            ("DOUBLE", json!(5), Some("CAST(5.0 AS DOUBLE)")),
            ("TIMESTAMP", json!("2026-01-01T02:00:00+02:00"), Some("TIMESTAMP '2026-01-01 00:00:00.000000'")),
            ("TIMESTAMP", json!("2026-01-01"), Some("TIMESTAMP '2026-01-01 00:00:00.000000'")),
            ("TIMESTAMP", json!("soon"), None),
            ("JSON", json!("{\"a\": 1}"), Some("CAST('{\"a\": 1}' AS JSON)")),
            ("JSON", json!({"a": 1}), Some("CAST('{\"a\":1}' AS JSON)")),
            ("JSON", json!("{"), None),
            ("VARCHAR[]", json!(["a", null]), Some("CAST(['a', NULL] AS VARCHAR[])")),
            ("VARCHAR[]", json!("a"), None),
            ("MAP(VARCHAR, VARCHAR)", json!({"k": "v"}), Some("CAST(MAP {'k': 'v'} AS MAP(VARCHAR, VARCHAR))")),
            ("MAP(VARCHAR, VARCHAR)", json!({}), Some("CAST(MAP {} AS MAP(VARCHAR, VARCHAR))")),
        ] {
            assert_eq!(literal(kind, &value).as_deref(), expected, "{kind} {value}");
        }
    }
}
