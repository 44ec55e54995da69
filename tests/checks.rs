//! Every bundled check: its cases hold, it has a passing and a failing one, and a denied table gives `unknown`.

use azsnap::packs::{CaseBench, Library};

#[test]
fn cases_hold_and_a_denied_table_gives_unknown() {
    let library = Library::bundled().unwrap_or_else(|error| panic!("{error}"));
    let mut failures = Vec::new();
    let mut cases = 0;
    for check in library.checks() {
        cases += check.cases.len();
        let mut bench = CaseBench::new(check).unwrap_or_else(|why| panic!("{}: {why}", check.slug));
        failures.extend(bench.run_all().into_iter().map(|failure| failure.to_string()));
        failures.extend(bench.denied_gives_unknown().err().map(|why| format!("{}: {why}", check.slug)));
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(cases > 150, "{cases} cases");
}

#[test]
fn every_check_has_both_sides() {
    let library = Library::bundled().unwrap_or_else(|error| panic!("{error}"));
    let packs: Vec<&str> = library.packs().map(|pack| pack.name.as_str()).collect();
    for check in library.checks() {
        let expected: Vec<String> =
            check.cases.iter().flat_map(|case| case.expect.values().map(|verdict| format!("{verdict}"))).collect();
        for verdict in ["pass", "fail", "unknown"] {
            assert!(expected.iter().any(|found| found == verdict), "{} has no case that gives {verdict}", check.slug);
        }
        for control in &check.controls {
            let (pack, id) = control.split_once(':').unwrap_or_else(|| panic!("{}: control {control}", check.slug));
            if packs.contains(&pack) {
                let found = library.pack(pack).unwrap().controls.iter().any(|one| one.id == id);
                assert!(found, "{}: pack {pack} has no control {id}", check.slug);
            }
        }
    }
}
