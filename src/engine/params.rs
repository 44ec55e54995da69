//! Parameters of checks: what `params.toml` declares, with the caller's values, as the macros `param_<name>()`.
//!
//! TOML and texts in, typed values and SQL out. A value that does not fit its type must never reach a check.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{EngineError, quote_name, quote_text};
use crate::catalog::{embedded, near_names};

/// Says what a parameter's values are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ParamType {
    /// 64-bit integer.
    Int,
    /// Double.
    Float,
    /// true or false.
    Bool,
    /// Any text.
    Text,
    /// List of texts.
    TextList,
}

/// Declares a parameter.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Param {
    /// Type of its values.
    #[serde(rename = "type")]
    pub kind: ParamType,
    /// Value when the caller gives none.
    pub default: Value,
    /// What it decides.
    pub meaning: String,
    /// The texts that are allowed; empty means any.
    #[serde(default)]
    pub values: Vec<String>,
}

/// Gives every parameter by name: the bundled ones and those of the user's folder.
///
/// # Errors
/// A declaration is wrong, or the user's file cannot be read or declares a bundled name again.
pub fn declared(user_queries: Option<&Path>) -> Result<BTreeMap<String, Param>, EngineError> {
    let mut all = parse("params.toml", embedded::PARAMS)?;
    let Some(path) = user_queries.map(|folder| folder.join("params.toml")).filter(|path| path.is_file()) else {
        return Ok(all);
    };
    let text = std::fs::read_to_string(&path).map_err(|source| EngineError::Io {
        what: "read",
        path: path.clone(),
        source,
    })?;
    for (name, param) in parse(&path.display().to_string(), &text)? {
        if all.contains_key(&name) {
            let why = "it is a bundled parameter: change its value with --param".to_owned();
            return Err(EngineError::Definition { what: format!("{}, {name}", path.display()), why });
        }
        all.insert(name, param);
    }
    Ok(all)
}

fn parse(file: &str, text: &str) -> Result<BTreeMap<String, Param>, EngineError> {
    let wrong = |what: String, why: String| EngineError::Definition { what, why };
    let all: BTreeMap<String, Param> =
        toml::from_str(text).map_err(|error| wrong(file.to_owned(), error.to_string().trim_end().to_owned()))?;
    for (name, param) in &all {
        let what = || format!("{file}, {name}");
        if !name.starts_with(|c: char| c.is_ascii_lowercase())
            || name.contains(|c: char| !(c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'))
        {
            return Err(wrong(what(), "a parameter's name is snake_case".to_owned()));
        }
        if !param.fits(&param.default) {
            return Err(wrong(what(), format!("the default {} does not fit", param.default)));
        }
    }
    Ok(all)
}

impl Param {
    fn fits(&self, value: &Value) -> bool {
        let allowed = |value: &Value| {
            value.as_str().is_some_and(|text| self.values.is_empty() || self.values.iter().any(|one| one == text))
        };
        match self.kind {
            ParamType::Int => value.as_i64().is_some(),
            ParamType::Float => value.as_f64().is_some_and(f64::is_finite),
            ParamType::Bool => value.is_boolean(),
            ParamType::Text => allowed(value),
            ParamType::TextList => value.as_array().is_some_and(|list| list.iter().all(allowed)),
        }
    }

    /// Reads a value as a user types it; a list is separated by commas, or a JSON array.
    ///
    /// # Errors
    /// What would fit instead.
    pub fn read(&self, text: &str) -> Result<Value, String> {
        let text = text.trim();
        let list = || -> Option<Value> {
            if text.starts_with('[') {
                return serde_json::from_str(text).ok();
            }
            let members = text.split(',').map(str::trim).filter(|member| !member.is_empty());
            Some(Value::from_iter(members.map(str::to_owned)))
        };
        let value = match self.kind {
            ParamType::Int => text.parse::<i64>().ok().map(Value::from),
            ParamType::Float => text.parse::<f64>().ok().map(Value::from),
            ParamType::Bool => text.to_ascii_lowercase().parse::<bool>().ok().map(Value::from),
            ParamType::Text => Some(Value::from(text)),
            ParamType::TextList => list(),
        };
        value.filter(|value| self.fits(value)).ok_or_else(|| self.expected())
    }

    fn expected(&self) -> String {
        let kind = match self.kind {
            ParamType::Int => "a whole number",
            ParamType::Float => "a number",
            ParamType::Bool => "true or false",
            ParamType::Text => "a text",
            ParamType::TextList => "a list of texts, separated by commas",
        };
        if self.values.is_empty() { kind.to_owned() } else { format!("{kind}: {}", self.values.join(", ")) }
    }
}

/// Gives the value of each parameter: the default, or what the caller set.
///
/// # Errors
/// An unknown name or a value that does not fit; a wrong declaration.
pub fn values(
    user_queries: Option<&Path>,
    set: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, Value>, EngineError> {
    let declared = declared(user_queries)?;
    let mut values: BTreeMap<String, Value> =
        declared.iter().map(|(name, param)| (name.clone(), param.default.clone())).collect();
    for (name, text) in set {
        let wrong = |why| EngineError::Definition { what: format!("parameter {name}"), why };
        let Some(param) = declared.get(name) else {
            let near = near_names(name, declared.keys().map(String::as_str));
            let hint = if near.is_empty() { String::new() } else { format!(" (did you mean {}?)", near.join(", ")) };
            return Err(wrong(format!("there is no such parameter{hint}")));
        };
        let value =
            param.read(text).map_err(|expected| wrong(format!("`{text}` does not fit; expected {expected}")))?;
        values.insert(name.clone(), value);
    }
    Ok(values)
}

/// Gives the statement that defines `param_<name>()`.
pub(super) fn macro_sql(name: &str, value: &Value) -> String {
    let literal = match value {
        Value::String(text) => quote_text(text),
        Value::Array(list) => {
            let members: Vec<String> = list.iter().filter_map(Value::as_str).map(quote_text).collect();
            format!("CAST([{}] AS VARCHAR[])", members.join(", "))
        }
        Value::Bool(yes) => yes.to_string().to_uppercase(),
        Value::Number(number) if number.is_i64() => format!("CAST({number} AS BIGINT)"),
        other => format!("CAST({other} AS DOUBLE)"),
    };
    format!("CREATE OR REPLACE MACRO {}() AS {literal};", quote_name(&format!("param_{name}")))
}

#[cfg(test)]
mod unit {
    use super::*;

    fn param(kind: &str, default: &str) -> Result<BTreeMap<String, Param>, EngineError> {
        parse("f.toml", &format!("[p]\ntype = \"{kind}\"\ndefault = {default}\nmeaning = \"m\""))
    }

    #[test]
    fn defaults_fit_their_types() {
        for (kind, default, ok) in [
            ("int", "1", true),
            ("int", "1.5", false),
            ("int", "\"1\"", false),
            ("float", "1.5", true),
            ("float", "2", true),
            ("bool", "true", true),
            ("bool", "1", false),
            ("text", "\"x\"", true),
            ("text_list", "[\"x\"]", true),
            ("text_list", "[]", true),
            ("text_list", "[1]", false),
            ("other", "1", false),
        ] {
            assert_eq!(param(kind, default).is_ok(), ok, "{kind} {default}");
        }
        assert!(!declared(None).unwrap().is_empty());
    }

    #[test]
    fn typed_values_are_read() {
        for (kind, default, text, expected) in [
            ("int", "1", " 60 ", Some("CAST(60 AS BIGINT)")),
            ("int", "1", "6.5", None),
            ("float", "1.0", "6.5", Some("CAST(6.5 AS DOUBLE)")),
            ("float", "1.0", "nan", None),
            ("bool", "true", "False", Some("FALSE")),
            ("bool", "true", "0", None),
            ("text", "\"x\"", "it's", Some("'it''s'")),
            ("text_list", "[]", "22, 3389,", Some("CAST(['22', '3389'] AS VARCHAR[])")),
            ("text_list", "[]", "[\"a,b\"]", Some("CAST(['a,b'] AS VARCHAR[])")),
            ("text_list", "[]", "[1]", None),
        ] {
            let all = param(kind, default).unwrap();
            let found = all["p"].read(text).ok().map(|value| macro_sql("p", &value));
            let expected = expected.map(|literal| format!("CREATE OR REPLACE MACRO \"param_p\"() AS {literal};"));
            assert_eq!(found, expected, "{kind} {text}");
        }
    }

    #[test]
    fn unknown_names_and_bad_values_are_errors() {
        let set = |name: &str, value: &str| BTreeMap::from([(name.to_owned(), value.to_owned())]);
        let said = values(None, &set("jit_max_duration_minute", "1")).unwrap_err().to_string();
        assert!(said.contains("did you mean jit_max_duration_minutes"), "{said}");
        let said = values(None, &set("jit_max_duration_minutes", "long")).unwrap_err().to_string();
        assert_eq!(said, "parameter jit_max_duration_minutes: `long` does not fit; expected a whole number");
        assert_eq!(values(None, &set("jit_max_duration_minutes", "60")).unwrap()["jit_max_duration_minutes"], 60);
    }
}
