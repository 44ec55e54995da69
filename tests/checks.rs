//! Every bundled check: its cases hold, in other letter case too, it has a passing and a failing one, and a denied table gives
//! `unknown`.

use azsnap::packs::{CaseBench, Library};

/// Tests among which the checks are dealt out, since they take minutes together.
const HANDS: usize = 4;

fn cases_hold_and_a_denied_table_gives_unknown(hand: usize) {
    let library = Library::bundled().unwrap_or_else(|error| panic!("{error}"));
    let mut failures = Vec::new();
    for (_, check) in library.checks().enumerate().filter(|(at, _)| at % HANDS == hand) {
        let mut bench = CaseBench::new(check).unwrap_or_else(|why| panic!("{}: {why}", check.slug));
        failures.extend(bench.run_all().into_iter().map(|failure| failure.to_string()));
        failures.extend(bench.in_capitals().into_iter().map(|failure| failure.to_string()));
        failures.extend(bench.denied_gives_unknown().err().map(|why| format!("{}: {why}", check.slug)));
        failures.extend(bench.gaps_open_nothing().err().map(|why| format!("{}: {why}", check.slug)));
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn cases_first_hand() {
    cases_hold_and_a_denied_table_gives_unknown(0);
}

#[test]
fn cases_second_hand() {
    cases_hold_and_a_denied_table_gives_unknown(1);
}

#[test]
fn cases_third_hand() {
    cases_hold_and_a_denied_table_gives_unknown(2);
}

#[test]
fn cases_fourth_hand() {
    cases_hold_and_a_denied_table_gives_unknown(3);
}

#[test]
fn every_check_has_both_sides() {
    let library = Library::bundled().unwrap_or_else(|error| panic!("{error}"));
    let packs: Vec<&str> = library.packs().map(|pack| pack.name.as_str()).collect();
    for check in library.checks() {
        let expected: Vec<String> =
            check.cases.iter().flat_map(|case| case.expect.values().map(|verdict| format!("{verdict}"))).collect();
        let has = |verdict: &str| expected.iter().any(|found| found == verdict);
        for verdict in ["pass", "fail", "manual"] {
            // A verdict that a view gives is not written in the check.
            let gives = check.sql.contains(&format!("'{verdict}'"));
            let is_shared = check.slug.starts_with("question_");
            assert!(!gives || is_shared || has(verdict), "{} has no case that gives {verdict}", check.slug);
        }
        assert!(["pass", "fail", "manual", "unknown"].into_iter().any(has), "{} judges nothing", check.slug);
        // What is for a person to judge stays so; its evidence says what was not read.
        let judges = has("pass") || has("fail");
        assert!(has("unknown") || (!judges && has("manual")), "{} has no case with a gap", check.slug);
        for control in &check.controls {
            let (pack, id) = control.split_once(':').unwrap_or_else(|| panic!("{}: control {control}", check.slug));
            if packs.contains(&pack) {
                let found = library.pack(pack).unwrap().controls.iter().any(|one| one.id == id);
                assert!(found, "{}: pack {pack} has no control {id}", check.slug);
            }
        }
    }
    let cases: usize = library.checks().map(|check| check.cases.len()).sum();
    assert!(cases > 1500, "{cases} cases");
}

/// Every control of the benchmark's lists is in its pack once, and every check of the lists exists. Runs where the lists
/// are.
#[test]
fn packs_agree_with_their_lists() {
    let Some(lists) = crate::support::compliance() else { return };
    let library = Library::bundled().unwrap_or_else(|error| panic!("{error}"));
    let rows = |file: &str| {
        let mut reader = csv::Reader::from_path(lists.join(file)).unwrap();
        let heads = reader.headers().unwrap().clone();
        let records: Vec<_> = reader.records().map(Result::unwrap).collect();
        (heads, records)
    };
    let mut wrong = Vec::new();
    for file in ["cis_controls.csv", "cis_controls_6_0_0.csv"] {
        let (heads, records) = rows(file);
        let at = |name: &str| heads.iter().position(|head| head == name).unwrap();
        let mut counts = std::collections::BTreeMap::new();
        for record in &records {
            let pack = format!("cis_azure_{}", record[at("benchmark_version")].replace('.', "_"));
            let id = &record[at("control_id")];
            let there = library.pack(&pack).unwrap().controls.iter().filter(|control| control.id == *id).count();
            if there != 1 {
                wrong.push(format!("{pack} has {id} {there} times"));
            }
            *counts.entry(pack.clone()).or_insert(0) += 1;
            let slug = &record[at("check")];
            let answers =
                library.check(slug).is_some_and(|check| check.controls_of(&pack).any(|control| control == id));
            if !answers {
                wrong.push(format!("{pack}:{id} is not answered by {slug}"));
            }
        }
        for (pack, count) in counts {
            assert_eq!(library.pack(&pack).unwrap().controls.len(), count, "{pack}");
        }
    }
    let (_, records) = rows("checks.csv");
    wrong.extend(
        records.iter().filter(|record| library.check(&record[0]).is_none()).map(|record| format!("no {}", &record[0])),
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
