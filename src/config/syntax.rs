//! How a file is written: TOML, YAML or JSON text in, one kind of table out. Errors name line and column and never show
//! the line itself, which may hold a secret; secrets that betray themselves by their form are found in any line.

use super::problem;
use super::reader::{MOVE_IT, Reader, Table};
use regex::Regex;
use serde_json::Value;
use std::path::Path;
use std::sync::LazyLock;
use yaml_rust2::parser::Parser;
use yaml_rust2::{Event, ScanError, Yaml, YamlLoader};
use zeroize::Zeroizing;

/// Text that is a secret wherever it stands: Entra's client secrets, private keys, keys and signatures of storage, tokens.
static SECRET: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"[A-Za-z0-9_~.-]{3}[0-9]Q~[A-Za-z0-9_~.-]{31,34}|-----BEGIN [A-Z ]*PRIVATE KEY|(?i:AccountKey|SharedAccessKey)=\S+|[?&]sig=\S+|\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.",
    )
    .expect("the pattern is fixed and tested")
});

fn ending(file: &Path) -> String {
    file.extension().unwrap_or_default().to_string_lossy().to_lowercase()
}

/// Whether the file's name says that it is YAML.
pub(super) fn is_yaml(file: &Path) -> bool {
    matches!(ending(file).as_str(), "yml" | "yaml")
}

/// Parses a file; none when it is not what its name says.
pub(super) fn table(reader: &mut Reader<'_>, file: &Path, text: &str) -> Option<Table> {
    let (word, parsed) = match ending(file).as_str() {
        "yml" | "yaml" => ("YAML", yaml(text)),
        "json" => {
            let parsed = serde_json::from_str(text);
            ("JSON", parsed.map_err(|error| Some((error.line(), error.column()))))
        }
        _ => {
            let place = |error: toml::de::Error| error.span().map(|span| line_and_column(text, span.start));
            ("TOML", toml::from_str(text).map_err(place))
        }
    };
    match parsed {
        Ok(Value::Object(table)) => Some(table),
        Ok(Value::Null) => Some(Table::new()),
        Ok(_) => reader.wrong_type("", "", "keys and values"),
        Err(place) => {
            let place = place.map(|(line, column)| format!("line {line}, column {column}")).unwrap_or_default();
            let message = format!("this is no {word}");
            reader.error(problem::FORM, &[&place], &message, "correct the line, or the one before it");
            None
        }
    }
}

type Place = Option<(usize, usize)>;

/// Deepest nesting of a YAML file: parsing goes down with it.
const DEEPEST: usize = 64;
/// Most aliases in a YAML file: each may stand for a copy of all before it.
const MOST_ALIASES: usize = 16;

fn yaml(text: &str) -> Result<Value, Place> {
    let place = |error: &ScanError| Some((error.marker().line(), error.marker().col() + 1));
    let (mut depth, mut n_aliases) = (0, 0);
    let mut parser = Parser::new_from_str(text);
    loop {
        let (event, at) = parser.next_token().map_err(|error| place(&error))?;
        match event {
            Event::StreamEnd => break,
            Event::Alias(_) => n_aliases += 1,
            Event::SequenceStart(..) | Event::MappingStart(..) => depth += 1,
            Event::SequenceEnd | Event::MappingEnd => depth -= 1,
            _ => {}
        }
        if depth > DEEPEST || n_aliases > MOST_ALIASES {
            return Err(Some((at.line(), at.col() + 1)));
        }
    }
    let documents = YamlLoader::load_from_str(text).map_err(|error| place(&error))?;
    match documents.len() {
        0 => Ok(Value::Null),
        1 => documents.into_iter().next().and_then(json).ok_or(None),
        _ => Err(None),
    }
}

/// The same value as JSON; none where JSON has none.
fn json(value: Yaml) -> Option<Value> {
    Some(match value {
        Yaml::Real(text) => text.parse::<f64>().map_or(Value::String(text), Value::from),
        Yaml::Integer(n) => Value::from(n),
        Yaml::String(text) => Value::String(text),
        Yaml::Boolean(yes) => Value::Bool(yes),
        Yaml::Array(items) => Value::Array(items.into_iter().map(json).collect::<Option<_>>()?),
        Yaml::Hash(map) => {
            let entry = |(key, value)| match json(key)? {
                Value::String(key) => Some((key, json(value)?)),
                Value::Array(_) | Value::Object(_) => None,
                other => Some((other.to_string(), json(value)?)),
            };
            Value::Object(map.into_iter().map(entry).collect::<Option<_>>()?)
        }
        Yaml::Null | Yaml::BadValue => Value::Null,
        Yaml::Alias(_) => return None,
    })
}

fn line_and_column(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |end| end + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

/// Finds secrets by their form, in comments too.
pub(super) fn secrets_in_text(reader: &mut Reader<'_>, text: &str) {
    for (n, line) in text.lines().enumerate() {
        let Some(found) = SECRET.find(line).map(|found| found.as_str()) else { continue };
        if !reader.secrets.iter().any(|known| known.contains(found)) {
            reader.secrets.push(Zeroizing::new(found.to_owned()));
            let place = format!("line {}", n + 1);
            reader.error(problem::LITERAL_SECRET, &[&place], "a secret stands in the file", MOVE_IT);
        }
    }
}
