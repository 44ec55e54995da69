//! Cases once more, with the text of one table in capitals: the same verdicts must come out. Azure takes ids, names and the
//! words of settings in any letter case, and answers in others than it was asked in.

use serde_json::Value;

use super::{CaseBench, CaseFailure};
use crate::catalog::{Catalog, ColumnType, TableSpec};

impl CaseBench<'_> {
    /// Runs each case once for each table that it fills, and gives those that come out otherwise.
    ///
    /// Left as they are: ids (the collector stores them in lower case) and names that ids are made of, keys of objects,
    /// instants, durations and expressions of templates.
    pub fn in_capitals(&mut self) -> Vec<CaseFailure> {
        let check = self.check;
        let mut failures = Vec::new();
        for case in &check.cases {
            for table in case.given.keys() {
                let mut other = case.clone();
                let Ok(spec) = Catalog::bundled().table(table) else { continue };
                for row in other.given.get_mut(table).into_iter().flatten() {
                    row.iter_mut().for_each(|(column, value)| raise_cell(spec, column, value));
                }
                if other.given != case.given
                    && let Err(failed) = self.run(&other)
                {
                    let message = format!("with the text of {table} in capitals: {}", failed.message);
                    failures.push(CaseFailure { message, ..failed });
                }
            }
        }
        failures
    }
}

fn raise_cell(spec: &TableSpec, column: &str, value: &mut toml::Value) {
    let own = spec.columns.iter().find(|own| own.name == column).map(|own| own.kind);
    match (own, value) {
        (Some(ColumnType::Text | ColumnType::TextList), value) => raise(value),
        (Some(ColumnType::Json), toml::Value::String(text)) => {
            if let Ok(mut parsed) = serde_json::from_str(text) {
                raise_json(&mut parsed);
                *text = parsed.to_string();
            }
        }
        (None, value) if column == "location" => raise(value),
        _ => {}
    }
}

fn raise(value: &mut toml::Value) {
    match value {
        toml::Value::String(text) => raise_text(text),
        toml::Value::Array(items) => items.iter_mut().for_each(raise),
        _ => {}
    }
}

fn raise_json(value: &mut Value) {
    match value {
        Value::String(text) => raise_text(text),
        Value::Array(items) => items.iter_mut().for_each(raise_json),
        Value::Object(map) => map.values_mut().for_each(raise_json),
        _ => {}
    }
}

fn raise_text(text: &mut String) {
    let digit = |at: usize| text.as_bytes().get(at).is_some_and(u8::is_ascii_digit);
    let is_instant = (0..4).all(digit) && text.as_bytes().get(4) == Some(&b'-');
    let is_expression = text.starts_with('[');
    if !is_instant && !is_expression {
        *text = text.to_uppercase();
    }
}
