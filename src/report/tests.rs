//! Every document in every format, over small data that is as hostile as a tenant can make it.

mod data;
mod every_format;
mod pages;
mod text;

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use serde_json::{Map, Value, json};

use super::{Comparison, Document, Style, format_by_name};
use crate::diff::{Change, ChangeClass, ChangeKind, ColumnChange, CoverageChange, DiffReport, SnapshotRef};
use crate::engine::Rows;
use crate::packs::{
    CheckInfo, CheckReport, Coverage, Finding, Flip, NotYet, PopulationDifference, Severity, Summary, UnreadScope,
    Verdict,
};

/// Ends a cell, a line, an attribute, a script, a code span and a terminal's patience.
const EVIL: &str = "=x\"'`|</script><script>alert(1)</script>\n\u{1b}[2J\u{9b}31m\u{202e}\u{200b}\u{2028}end";

const WIDE: Style = Style { width: 0, color: false, terminal: true };

fn rows() -> Rows {
    let fields = vec![Field::new("name", DataType::Utf8, true), Field::new("n|\u{1b}", DataType::Int64, true)];
    let columns: Vec<ArrayRef> = vec![
        Arc::new(StringArray::from(vec![Some("plain"), Some(EVIL), None])),
        Arc::new(Int64Array::from(vec![Some(-5), None, Some(12)])),
    ];
    let schema = Arc::new(Schema::new(fields));
    Rows { schema: Arc::clone(&schema), batches: vec![RecordBatch::try_new(schema, columns).unwrap()] }
}

fn finding(check: &str, severity: Severity, verdict: Verdict, subject: &str) -> Finding {
    Finding {
        check: check.into(),
        title: format!("title of {check}").into(),
        severity,
        verdict,
        subject: subject.into(),
        resource_id: Some(subject.into()),
        resource_name: None,
        subscription_id: Some("s-1".into()),
        reason: format!("because of {subject}"),
        evidence: Map::from_iter([("seen".to_owned(), json!(["a", 1])), ("tag".to_owned(), json!(EVIL))]),
        controls: ["pack_a:1.1".to_owned()].into(),
        accepted: None,
    }
}

fn checks() -> CheckReport {
    let findings = vec![
        finding("b_low", Severity::Low, Verdict::Fail, "low-1"),
        finding("a_high", Severity::High, Verdict::Pass, "fine"),
        finding("a_high", Severity::High, Verdict::Fail, EVIL),
        finding("c_blind", Severity::Critical, Verdict::Unknown, "/subscriptions/s-1"),
        finding("d_judge", Severity::Medium, Verdict::Manual, "judge me"),
        finding("e_none", Severity::Medium, Verdict::NotApplicable, "/subscriptions/s-1"),
    ];
    let info = CheckInfo {
        slug: "a_high".into(),
        family: "storage".into(),
        title: "title of a_high".into(),
        severity: Severity::High,
        rationale: format!("why {EVIL}"),
        remediation: "az do --it".into(),
        references: vec!["https://learn.microsoft.com/x".into(), "javascript:alert(1)".into()],
        controls: vec!["pack_a:1.1".into()],
    };
    let unread = |scope: &str| UnreadScope {
        table: "azure_vm".into(),
        scope: scope.into(),
        status: "denied".into(),
        code: Some("AuthorizationFailed".into()),
        permission: Some("Microsoft.Compute/virtualMachines/read".into()),
    };
    CheckReport {
        snapshot: "./archive".into(),
        seal: "ab".repeat(32),
        tenant_id: "t-1".into(),
        at: "2026-10-01T00:00:00Z".into(),
        version: "0.1.0".into(),
        pack_hash: "cd".repeat(32),
        coverage: Coverage {
            scopes: 9,
            read: 4,
            unread: ["s-1", "s-2", "s-3", "s-4", EVIL].map(unread).into(),
            assumed: vec!["azure_disk".into()],
            late: vec![],
            population: vec![PopulationDifference {
                subscription_id: "s1".into(),
                kind: "microsoft.compute/disks".into(),
                tables: "azure_managed_disk".into(),
                rows: 1,
                counted: 3,
                by: "Resource Graph".into(),
            }],
        },
        params: [("hours".to_owned(), json!(3))].into(),
        summary: Summary::of(&findings, 5),
        findings,
        idle_acceptances: vec![],
        not_yet: vec![NotYet { pack: "pack_a".into(), control: "9.9".into(), title: format!("later {EVIL}") }],
        checks: vec![info],
    }
}

fn diff() -> Comparison {
    let side = |at: &str| SnapshotRef { path: "./archive".into(), at: at.into(), seal: "ab".into() };
    let change = |table: &str, id: &str, kind, class, columns| Change {
        table: table.into(),
        id: id.into(),
        name: Some(format!("name of {id}")),
        kind,
        class,
        columns,
    };
    let column = |column: &str, old, new| ColumnChange { column: column.into(), old, new };
    let diff = DiffReport {
        old: side("2026-09-01T00:00:00Z"),
        new: side("2026-10-01T00:00:00Z"),
        changes: vec![
            change(
                "azure_vm",
                EVIL,
                ChangeKind::Changed,
                ChangeClass::Estate,
                vec![column("size", json!("1"), json!(1)), column("_raw.x", Value::Null, json!(EVIL))],
            ),
            change("azure_vm", "gone", ChangeKind::Removed, ChangeClass::Estate, vec![]),
            change("azure_disk", "unseen", ChangeKind::Added, ChangeClass::Coverage, vec![]),
        ],
        coverage: vec![CoverageChange {
            table: "azure_disk".into(),
            scope: "s-1".into(),
            old_status: "denied".into(),
            new_status: "ok".into(),
        }],
    };
    let flips = vec![Flip {
        check: "a_high".into(),
        subject: EVIL.into(),
        old: None,
        new: Some(Verdict::Fail),
        reason: "new".into(),
    }];
    Comparison { diff, flips }
}

fn written(format: &str, document: &Document<'_>, style: Style) -> String {
    let mut out = Vec::new();
    format_by_name(format).unwrap().write(document, &style, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// Runs a test over every document.
fn each_document(test: impl Fn(&str, &Document<'_>)) {
    let (rows, checks, diff) = (rows(), checks(), diff());
    test("rows", &Document::Rows(&rows));
    test("checks", &Document::Checks(&checks));
    test("diff", &Document::Diff(&diff));
}
