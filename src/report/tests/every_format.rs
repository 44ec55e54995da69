//! What holds for every format: its name, harmless and repeatable bytes, empty documents, closed pipes, acceptances.

use std::io;

use super::super::FORMATS;
use super::*;
use crate::packs::{Acceptance, accept};

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
