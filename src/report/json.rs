//! One JSON text per document.
//!
//! In: a document. Out: for rows an array with one object per line, for the others the object whose fields DESIGN.md
//! fixes. Characters that could disturb a terminal are written as `\uXXXX`, which changes nothing for a reader.

use std::io;

use serde::Serialize;
use serde_json::{Map, Value};

use super::{Document, Format, ReportError, Style, escape, value};
use crate::engine::Rows;

/// The format `json`.
pub(super) struct Json;

impl Format for Json {
    fn name(&self) -> &'static str {
        "json"
    }

    fn extension(&self) -> &'static str {
        "json"
    }

    fn write(&self, document: &Document<'_>, _style: &Style, out: &mut dyn io::Write) -> Result<(), ReportError> {
        match document {
            Document::Rows(rows) => write_rows(rows, out).map_err(ReportError::write("json")),
            Document::Checks(report) => write_pretty(report, out),
            Document::Diff(report) => write_pretty(report, out),
        }
    }
}

/// Gives each row as an object.
pub(super) fn objects(rows: &Rows) -> impl Iterator<Item = Value> {
    let names = value::unique_names(rows);
    value::rows(rows).map(move |cells| Value::Object(names.iter().cloned().zip(cells).collect::<Map<_, _>>()))
}

fn write_rows(rows: &Rows, out: &mut dyn io::Write) -> io::Result<()> {
    out.write_all(b"[")?;
    for (index, object) in objects(rows).enumerate() {
        out.write_all(if index == 0 { b"\n" } else { b",\n" })?;
        out.write_all(escape::json(&object.to_string()).as_bytes())?;
    }
    out.write_all(b"\n]\n")
}

fn write_pretty(document: &impl Serialize, out: &mut dyn io::Write) -> Result<(), ReportError> {
    let text = serde_json::to_string_pretty(document).map_err(ReportError::Json)?;
    let text = escape::json(&text);
    out.write_all(text.as_bytes()).and_then(|()| out.write_all(b"\n")).map_err(ReportError::write("json"))
}
