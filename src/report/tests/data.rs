//! Formats for programs: json, ndjson and csv.

use super::*;

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
