//! One JSON object per line, for `jq`, log collectors and appending.
//!
//! In: a document. Out: for rows an object each; for the others the same fields as in JSON, where a first field `record`
//! says what the line is (`report`, `finding`, `not_yet`; `diff`, `change`, `coverage`, `flip`). Nothing is left out.

use std::io;

use serde::Serialize;

use super::{Comparison, Document, Format, ReportError, Style, escape, json};
use crate::diff::SnapshotRef;
use crate::packs::{CheckReport, Coverage, Summary};

/// The format `ndjson`.
pub(super) struct Ndjson;

impl Format for Ndjson {
    fn name(&self) -> &'static str {
        "ndjson"
    }

    fn extension(&self) -> &'static str {
        "ndjson"
    }

    fn write(&self, document: &Document<'_>, _style: &Style, out: &mut dyn io::Write) -> Result<(), ReportError> {
        match document {
            Document::Rows(rows) => json::objects(rows).try_for_each(|object| line(out, &object)),
            Document::Checks(report) => write_checks(out, report),
            Document::Diff(report) => write_diff(out, report),
        }
    }
}

#[derive(Serialize)]
struct Tagged<'a, T: Serialize> {
    record: &'static str,
    #[serde(flatten)]
    body: &'a T,
}

#[derive(Serialize)]
struct Head<'a> {
    snapshot: &'a str,
    seal: &'a str,
    tenant_id: &'a str,
    at: &'a str,
    version: &'a str,
    pack_hash: &'a str,
    coverage: &'a Coverage,
    params: &'a std::collections::BTreeMap<String, serde_json::Value>,
    summary: &'a Summary,
}

#[derive(Serialize)]
struct Sides<'a> {
    old: &'a SnapshotRef,
    new: &'a SnapshotRef,
}

fn write_checks(out: &mut dyn io::Write, report: &CheckReport) -> Result<(), ReportError> {
    let head = Head {
        snapshot: &report.snapshot,
        seal: &report.seal,
        tenant_id: &report.tenant_id,
        at: &report.at,
        version: &report.version,
        pack_hash: &report.pack_hash,
        coverage: &report.coverage,
        params: &report.params,
        summary: &report.summary,
    };
    tagged(out, "report", &[head])?;
    tagged(out, "finding", &report.findings)?;
    tagged(out, "not_yet", &report.not_yet)
}

fn write_diff(out: &mut dyn io::Write, report: &Comparison) -> Result<(), ReportError> {
    tagged(out, "diff", &[Sides { old: &report.old, new: &report.new }])?;
    tagged(out, "change", &report.changes)?;
    tagged(out, "coverage", &report.coverage)?;
    tagged(out, "flip", &report.flips)
}

fn tagged<T: Serialize>(out: &mut dyn io::Write, record: &'static str, bodies: &[T]) -> Result<(), ReportError> {
    bodies.iter().try_for_each(|body| line(out, &Tagged { record, body }))
}

fn line(out: &mut dyn io::Write, body: &impl Serialize) -> Result<(), ReportError> {
    let mut text = serde_json::to_string(body).map_err(ReportError::Json)?;
    text = escape::json(&text).into_owned();
    text.push('\n');
    out.write_all(text.as_bytes()).map_err(ReportError::write("ndjson"))
}
