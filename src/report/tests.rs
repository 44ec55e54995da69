//! Every document in every format, over small data that is as hostile as a tenant can make it.

use std::io;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use serde_json::{Map, Value, json};

use super::{Comparison, Document, FORMATS, Style, format_by_name};
use crate::diff::{Change, ChangeClass, ChangeKind, ColumnChange, CoverageChange, DiffReport, SnapshotRef};
use crate::engine::Rows;
use crate::packs::{
    Acceptance, CheckInfo, CheckReport, Coverage, Finding, Flip, NotYet, PopulationDifference, Severity, Summary,
    UnreadScope, Verdict, accept,
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

#[test]
fn formats_are_found_by_name() {
    let names: Vec<_> = FORMATS.iter().map(|format| format.name()).collect();
    assert_eq!(names, ["table", "csv", "json", "ndjson", "markdown", "html"]);
    let endings: Vec<_> = FORMATS.iter().map(|format| format.extension()).collect();
    assert_eq!(endings, ["txt", "csv", "json", "ndjson", "md", "html"]);
    assert!(format_by_name("xml").is_none());
}

#[test]
fn nothing_hidden_reaches_a_terminal() {
    each_document(|name, document| {
        for format in FORMATS {
            let text = written(format.name(), document, WIDE);
            let bad = text
                .chars()
                .find(|c| (c.is_control() && *c != '\n') || ['\u{200b}', '\u{202e}', '\u{2028}'].contains(c));
            assert_eq!(bad, None, "{name} as {}", format.name());
        }
    });
}

#[test]
fn the_same_document_gives_the_same_bytes() {
    each_document(|_, document| {
        for format in FORMATS {
            assert_eq!(written(format.name(), document, WIDE), written(format.name(), document, WIDE));
        }
    });
}

#[test]
fn empty_documents_are_written() {
    let rows = Rows { schema: Arc::new(Schema::empty()), batches: vec![] };
    let mut checks = checks();
    (checks.findings, checks.checks, checks.not_yet) = (vec![], vec![], vec![]);
    (checks.coverage, checks.summary) = (Coverage::default(), Summary::default());
    let mut diff = diff();
    (diff.diff.changes, diff.diff.coverage, diff.flips) = (vec![], vec![], vec![]);
    for document in [Document::Rows(&rows), Document::Checks(&checks), Document::Diff(&diff)] {
        for format in FORMATS {
            written(format.name(), &document, WIDE);
        }
    }
}

#[test]
fn a_closed_pipe_is_known_as_one() {
    struct Closed;
    impl io::Write for Closed {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    each_document(|name, document| {
        for format in FORMATS {
            let error = format.write(document, &WIDE, &mut Closed).unwrap_err();
            assert!(error.is_closed_pipe(), "{name} as {}: {error:?}", format.name());
        }
    });
}

#[test]
fn json_of_checks_is_the_contract() {
    let report = checks();
    let text = written("json", &Document::Checks(&report), WIDE);
    let value: Value = serde_json::from_str(&text).unwrap();
    let keys: Vec<_> = value.as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        [
            "snapshot",
            "seal",
            "tenant_id",
            "at",
            "version",
            "pack_hash",
            "coverage",
            "params",
            "findings",
            "summary",
            "not_yet"
        ]
    );
    let keys: Vec<_> = value["findings"][0].as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        [
            "check",
            "title",
            "severity",
            "verdict",
            "subject",
            "resource_id",
            "resource_name",
            "subscription_id",
            "reason",
            "evidence",
            "controls"
        ]
    );
    assert_eq!(
        value["summary"],
        json!({"pass": 1, "fail": 2, "accepted": 0, "not_applicable": 1, "manual": 1, "unknown": 1, "checks": 5})
    );
    assert_eq!(value["findings"][5]["verdict"], "not_applicable");
    assert_eq!(value["findings"][2]["subject"], EVIL);
    let mut back: CheckReport = serde_json::from_str(&text).unwrap();
    back.checks = report.checks.clone();
    assert_eq!(back, report);
}

#[test]
fn json_of_a_difference_reads_back() {
    let report = diff();
    let text = written("json", &Document::Diff(&report), WIDE);
    assert_eq!(serde_json::from_str::<Comparison>(&text).unwrap(), report);
}

#[test]
fn json_of_rows_is_typed() {
    let value: Value = serde_json::from_str(&written("json", &Document::Rows(&rows()), WIDE)).unwrap();
    let number = "n|\u{1b}";
    assert_eq!(
        value,
        json!([
            {"name": "plain", number: -5},
            {"name": EVIL, number: null},
            {"name": null, number: 12},
        ])
    );
}

#[test]
fn every_line_of_ndjson_says_what_it_is() {
    let records = |document: &Document<'_>| -> Vec<String> {
        let text = written("ndjson", document, WIDE);
        let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines.map(|line| line.get("record").and_then(Value::as_str).unwrap_or("-").to_owned()).collect()
    };
    assert_eq!(records(&Document::Rows(&rows())), ["-"; 3]);
    let mut expected = vec!["report"];
    expected.extend(["finding"; 6]);
    expected.push("not_yet");
    assert_eq!(records(&Document::Checks(&checks())), expected);
    assert_eq!(records(&Document::Diff(&diff())), ["diff", "change", "change", "change", "coverage", "flip"]);
}

#[test]
fn csv_is_square_and_runs_nothing() {
    each_document(|name, document| {
        for terminal in [true, false] {
            let text = written("csv", document, Style { terminal, ..WIDE });
            let mut reader = ::csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
            for record in reader.records() {
                let record = record.expect("every line has as many cells as the header");
                for cell in &record {
                    assert!(!cell.starts_with(['=', '+', '@', '\t', '\r']), "{name}: {cell:?}");
                    assert!(!cell.starts_with('-') || cell.parse::<f64>().is_ok(), "{name}: {cell:?}");
                }
            }
        }
    });
    let plain = written("csv", &Document::Rows(&rows()), Style { terminal: false, ..WIDE });
    assert!(plain.starts_with("name,n|\u{1b}\nplain,-5\n\"'=x\"\"'`|"), "{plain:?}");
    assert!(plain.ends_with("\n,12\n"), "{plain:?}");
}

#[test]
fn csv_of_a_difference_has_a_line_per_value() {
    let text = written("csv", &Document::Diff(&diff()), Style { terminal: false, ..WIDE });
    let mut reader = ::csv::Reader::from_reader(text.as_bytes());
    let kinds: Vec<String> = reader.records().map(|record| record.unwrap()[0].to_owned()).collect();
    assert_eq!(kinds, ["change", "change", "change", "change", "coverage", "flip"]);
}

#[test]
fn markdown_tables_keep_their_columns() {
    each_document(|name, document| {
        let text = written("markdown", document, WIDE);
        let bars = |line: &str| line.replace("\\\\", "").replace("\\|", "").matches('|').count();
        let mut columns = None;
        for line in text.lines() {
            if !line.starts_with('|') {
                columns = None;
                continue;
            }
            let count = *columns.get_or_insert_with(|| bars(line));
            assert_eq!(bars(line), count, "{name}: {line}");
        }
        assert!(!text.contains("<script") && !text.contains("javascript:"), "{name}");
    });
}

#[test]
fn tables_fit_and_colour_only_decorates() {
    let rows = rows();
    let document = Document::Rows(&rows);
    let narrow = Style { width: 40, color: false, terminal: true };
    let text = written("table", &document, narrow);
    assert!(text.lines().all(|line| line.chars().count() <= 40), "{text}");
    assert!(text.contains("NULL") && text.ends_with("3 rows\n"), "{text}");
    each_document(|name, document| {
        let plain = written("table", document, Style { color: false, ..WIDE });
        let mut colored = written("table", document, Style { color: true, ..WIDE });
        assert!(colored.contains('\u{1b}'), "{name}");
        while let Some(start) = colored.find('\u{1b}') {
            let end = start + colored[start..].find('m').unwrap();
            colored.replace_range(start..=end, "");
        }
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(words(&colored), words(&plain), "{name}");
    });
}

#[test]
fn rows_too_wide_for_columns_stand_one_below_the_other() {
    let names: Vec<String> = (0..9).map(|index| format!("column_{index}")).collect();
    let schema =
        Arc::new(Schema::new(names.iter().map(|name| Field::new(name, DataType::Utf8, true)).collect::<Vec<_>>()));
    let long = "x".repeat(100_000);
    let column: ArrayRef = Arc::new(StringArray::from(vec![long.as_str()]));
    let batch = RecordBatch::try_new(Arc::clone(&schema), vec![column; 9]).unwrap();
    let rows = Rows { schema, batches: vec![batch] };
    let text = written("table", &Document::Rows(&rows), Style { width: 80, ..WIDE });
    assert!(text.starts_with("── row 1 ─"), "{}", &text[..80]);
    assert_eq!(text.matches(&long).count(), 9);
    written("table", &Document::Rows(&rows), WIDE);
}

#[test]
fn a_run_of_checks_reads_from_worst_to_best() {
    let text = written("table", &Document::Checks(&checks()), WIDE);
    let in_order = [
        "fail 2   unknown 1   manual 1   pass 1   not applicable 1",
        "6 findings of 5 checks",
        "hours = 3",
        "read 4 of 9 scopes, 5 not read",
        "denied, AuthorizationFailed; reading it takes Microsoft.Compute/virtualMachines/read",
        "azure_vm  s-1",
        "azure_vm  and 2 more scopes",
        "microsoft.compute/disks in s1: 1 row collected (azure_managed_disk), 3 counted by Resource Graph",
        "azure_disk",
        "a_high   high",
        "b_low    low",
        "c_blind  critical",
        "d_judge  medium",
        "e_none   medium",
        "Failed and unknown",
        "high  title of a_high",
        "fail     =x\"'`|</script><script>alert(1)</script>\\n\\u{1b}[2J\\u{9b}31m\\u{202e}\\u{200b}\\u{2028}end",
        "low  title of b_low",
        "critical  title of c_blind",
        "unknown  /subscriptions/s-1",
        "Not yet: 1 control without a check",
        "pack_a:9.9",
    ];
    let mut rest = text.as_str();
    for part in in_order {
        let at = rest.find(part).unwrap_or_else(|| panic!("{part:?} is not in order in\n{text}"));
        rest = &rest[at + part.len()..];
    }
    assert!(!text.contains("because of fine"), "passing findings are counted, not listed");
}

#[test]
fn a_difference_keeps_classes_apart() {
    let text = written("table", &Document::Diff(&diff()), WIDE);
    let at = |part: &str| text.find(part).unwrap_or_else(|| panic!("{part:?} is not in\n{text}"));
    assert!(at("Changes: the tenant changed") < at("size") && at("size") < at("Changes: one side was not read"));
    assert!(at("Changes: one side was not read") < at("name of unseen"));
    assert!(text.contains("\"1\" -> 1") && text.contains("NULL -> \"=x"), "{text}");
    assert!(text.contains("absent -> fail  a_high"), "{text}");
}

#[test]
fn pages_stand_alone() {
    each_document(|name, document| {
        let page = written("html", document, WIDE);
        assert_eq!(page.matches("<script").count(), 1, "{name}");
        assert_eq!(page.matches("<style").count(), 1, "{name}");
        for loads in
            ["src=", "<link", "@import", "url(http", "javascript:alert(1)\"", " style=", " onclick", "<form", "<iframe"]
        {
            assert!(!page.contains(loads), "{name} has {loads}");
        }
        let inside = |tag: &str| {
            let start = page.find(&format!("<{tag}>")).unwrap() + tag.len() + 2;
            &page[start..start + page[start..].find(&format!("</{tag}>")).unwrap()]
        };
        let policy = &page[page.find("Content-Security-Policy").unwrap()..];
        let policy =
            policy[..policy.find('>').unwrap()].replace("&#x27;", "'").replace("&#39;", "'").replace("&#x2f;", "/");
        assert!(policy.contains("default-src 'none'"), "{policy}");
        for (source, tag) in [("style-src", "style"), ("script-src", "script")] {
            let expected = format!("{source} 'sha256-{}'", super::html::hash(inside(tag)));
            assert!(policy.contains(&expected), "{name}: {expected} is not in {policy}");
        }
    });
}

#[test]
fn an_accepted_failure_stays_one_and_says_so() {
    let mut report = checks();
    let day = |year| chrono::NaiveDate::from_ymd_opt(year, 1, 31).unwrap();
    let acceptance = |check: &str, resource: &str, year| Acceptance {
        check: check.into(),
        resource: resource.into(),
        by: "Dana".into(),
        why: format!("known {EVIL}"),
        until: day(year),
    };
    let fails = report.summary.fail;
    let given = [
        acceptance("a_*", "*", 2027),
        acceptance("b_low", "*", 2025),
        acceptance("c_blind", "*", 2027),
        acceptance("nobody", "*", 2027),
    ];
    report.checks.push(CheckInfo { slug: "c_blind".into(), ..report.checks[0].clone() });
    accept(&mut report, &given, day(2026).and_hms_opt(0, 0, 0).unwrap());
    assert_eq!((report.summary.fail, report.summary.accepted), (fails, 1));
    let states: Vec<_> = report.idle_acceptances.iter().map(|one| (one.check.as_str(), one.state.as_str())).collect();
    assert_eq!(states, [("b_low", "expired"), ("c_blind", "unused")]);
    for format in ["table", "markdown", "html"] {
        let text = written(format, &Document::Checks(&report), WIDE);
        for part in
            ["1 of the 2 failures is accepted", "accepted by Dana until 2027-01-31: known", "2025-01-31 is over"]
        {
            assert!(text.contains(part), "{format}: {part:?} is not there");
        }
        assert!(!text.contains("<script>alert(1)") || format != "html");
    }
    let json: Value = serde_json::from_str(&written("json", &Document::Checks(&report), WIDE)).unwrap();
    let accepted: Vec<&Value> =
        json["findings"].as_array().unwrap().iter().filter(|one| !one["accepted"].is_null()).collect();
    assert_eq!((accepted.len(), accepted[0]["verdict"].as_str()), (1, Some("fail")));
}

#[test]
fn the_page_of_checks_shows_everything() {
    let report = checks();
    let page = written("html", &Document::Checks(&report), WIDE);
    assert_eq!(page.matches("<tr data-verdict=").count(), report.findings.len());
    for part in [
        "5 of 9 scopes were not read",
        "<code>azure_disk</code>",
        "1 control of the chosen packs without a check",
        "<tr><td>s1</td><td><code>microsoft.compute&#x2f;disks</code></td><td>1</td><td>3</td><td>Resource Graph</td></tr>",
        "href=\"https:&#x2f;&#x2f;learn.microsoft.com&#x2f;x\" rel=\"noreferrer noopener\"",
        "aria-label=\"storage: 1 fail, 1 pass\"",
        "az do --it",
        "&lt;script&gt;alert(1)",
        "\\u{202e}",
    ] {
        assert!(page.contains(part), "{part:?} is not on the page");
    }
}
