//! What `check` says of the made-up tenant, as reviewed: `tests/verdicts/<date>/findings.txt` holds each finding once,
//! below its check, and `<pack>.txt` the standing of each control. A verdict or a reason changes only with these files.
//!
//! After a change that is meant, `AZSNAP_ACCEPT=1 cargo test verdicts` writes them anew; read the difference, then commit.

use crate::support::cli::{azsnap, import_sample};
use crate::support::root;
use azsnap::packs::{Library, Pack};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use tempfile::TempDir;

/// Verdicts, the one that decides over a control first.
const VERDICTS: [&str; 5] = ["fail", "unknown", "manual", "pass", "not_applicable"];

/// Ids that a reader knows by name.
const NAMES: [(&str, &str); 3] = [
    ("41296523-94d9-4ddf-8a16-006e6738a1e8", "contoso-prod"),
    ("e70bafcd-6ad6-4207-a0c9-d71e09f58082", "contoso-dev"),
    ("0c803b5d-13f7-49ec-a422-f1665c722fae", "tenant"),
];

/// Differing lines of a file that are shown.
const SHOWN: usize = 12;

fn text<'v>(finding: &'v Value, field: &str) -> &'v str {
    finding[field].as_str().unwrap_or_default()
}

fn controls(finding: &Value) -> impl Iterator<Item = &str> {
    finding["controls"].as_array().into_iter().flatten().filter_map(Value::as_str)
}

fn named(line: &str) -> String {
    NAMES.iter().fold(line.to_owned(), |line, (id, name)| line.replace(id, name))
}

/// A subject without the words that every id has: `contoso-prod/rg-app-prod/virtualmachines/vm-web-01`.
fn short(subject: &str) -> String {
    let mut kept = Vec::new();
    let mut segments = subject.split('/').filter(|segment| !segment.is_empty());
    while let Some(segment) = segments.next() {
        match segment {
            "subscriptions" | "resourcegroups" => {}
            // The namespace; the type below it says enough.
            "providers" => _ = segments.next(),
            _ => kept.push(segment),
        }
    }
    named(&kept.join("/"))
}

/// Each check with its severity and controls, and below it a line for each finding; what a person has to judge is followed
/// by its evidence.
fn findings_text(findings: &[Value]) -> String {
    let mut blocks: BTreeMap<&str, (String, BTreeSet<String>)> = BTreeMap::new();
    for finding in findings {
        let (_, lines) = blocks.entry(text(finding, "check")).or_insert_with(|| {
            let mut head = format!("{} ({})", text(finding, "check"), text(finding, "severity"));
            for control in controls(finding) {
                write!(head, " {control}").unwrap();
            }
            (head, BTreeSet::new())
        });
        let verdict = text(finding, "verdict");
        let mut line = format!("  {verdict}  {}  {}\n", short(text(finding, "subject")), text(finding, "reason"));
        if verdict == "manual" {
            writeln!(line, "    {}", finding["evidence"]).unwrap();
        }
        lines.insert(named(&line));
    }
    let blocks = blocks.into_values().map(|(head, lines)| format!("{head}\n{}", lines.into_iter().collect::<String>()));
    blocks.collect::<Vec<_>>().join("\n")
}

/// The controls of a pack in its order, each with the verdict that decides and the count of each.
fn pack_text(name: &str, pack: &Pack, findings: &[Value]) -> String {
    let mut counts: BTreeMap<&str, BTreeMap<&str, usize>> = BTreeMap::new();
    for finding in findings {
        for control in controls(finding) {
            *counts.entry(control).or_default().entry(text(finding, "verdict")).or_default() += 1;
        }
    }
    let mut said = format!("{}\n", pack.title);
    for control in &pack.controls {
        let found = counts.get(format!("{name}:{}", control.id).as_str());
        let count = |verdict: &str| found.and_then(|found| found.get(verdict)).copied().unwrap_or_default();
        let there: Vec<&str> = VERDICTS.into_iter().filter(|verdict| count(verdict) > 0).collect();
        let decides = there.first().copied().unwrap_or("no check");
        let counted: Vec<String> = there.iter().map(|verdict| format!("{} {verdict}", count(verdict))).collect();
        let line = format!("{}  {decides}  {}  {}", control.id, control.title, counted.join(", "));
        said.push_str(line.trim_end());
        said.push('\n');
    }
    said
}

/// The lines that only one of two texts has, in order, as `diff` marks them.
fn differing(reviewed: &str, said: &str) -> Vec<String> {
    let (old, new): (BTreeSet<&str>, BTreeSet<&str>) = (reviewed.lines().collect(), said.lines().collect());
    let gone = reviewed.lines().filter(|line| !new.contains(line)).map(|line| format!("- {line}"));
    let come = said.lines().filter(|line| !old.contains(line)).map(|line| format!("+ {line}"));
    let lines: Vec<String> = gone.take(SHOWN).chain(come.take(SHOWN)).collect();
    if lines.is_empty() { vec!["the same lines in another order or number".to_owned()] } else { lines }
}

fn check_says_what_was_reviewed(date: &str) {
    let dir = TempDir::new().unwrap();
    import_sample(dir.path(), date);
    let ran = azsnap(dir.path(), &["check", "--archive", "archive", "--format", "json"]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    let report: Value = serde_json::from_str(&ran.stdout).unwrap();
    let findings = report["findings"].as_array().unwrap();
    let library = Library::bundled().unwrap();
    let mut files: BTreeMap<String, String> =
        library.packs().map(|pack| (format!("{}.txt", pack.name), pack_text(&pack.name, pack, findings))).collect();
    files.insert("findings.txt".to_owned(), findings_text(findings));

    let reviewed = root().join("tests/verdicts").join(date);
    if std::env::var("AZSNAP_ACCEPT").is_ok_and(|word| word == "1") {
        fs::create_dir_all(&reviewed).unwrap();
        for (name, said) in &files {
            fs::write(reviewed.join(name), said).unwrap();
        }
    }
    let mut wrong = Vec::new();
    for (name, said) in &files {
        let before = fs::read_to_string(reviewed.join(name)).unwrap_or_default();
        if before != *said {
            wrong.push(format!("tests/verdicts/{date}/{name}\n{}", differing(&before, said).join("\n")));
        }
    }
    let there = fs::read_dir(&reviewed).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
    wrong.extend(there.filter(|name| !files.contains_key(name)).map(|name| format!("{name}: there is no such pack")));
    assert!(
        wrong.is_empty(),
        "{}\nIf this is right: AZSNAP_ACCEPT=1 cargo test verdicts, and read what git diff shows.",
        wrong.join("\n\n")
    );
}

#[test]
fn first_date() {
    check_says_what_was_reviewed("2026-09-01");
}

#[test]
fn second_date() {
    check_says_what_was_reviewed("2026-10-01");
}
