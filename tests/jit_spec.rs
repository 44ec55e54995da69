//! The just-in-time checks against the table of their specification: every column of every row is played by a case. A case
//! names what it plays in a comment of its front matter, `# JIT-<row> <column>: <words of that cell>`. Reads the table where
//! the papers are. And views that no check reads have cases too, in `tests/views`.

use crate::support::{files_below, jit_spec, root};
use azsnap::packs::{Case, CaseBench, Check, Library, Verdict};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// Columns of the table: name, place in a row, and what a case that plays it expects.
const COLUMNS: [(&str, usize, Verdict); 4] = [
    ("pass", 4, Verdict::Pass),
    ("fail", 5, Verdict::Fail),
    ("NA", 6, Verdict::NotApplicable),
    ("unknown", 7, Verdict::Unknown),
];

/// What a case says it plays.
struct Tag<'c> {
    case: &'c Case,
    row: usize,
    column: &'c str,
    words: String,
}

fn tags(check: &Check) -> Vec<Tag<'_>> {
    let mut cases = check.cases.iter();
    let mut case = None;
    let mut found = Vec::new();
    for line in check.text.lines().map_while(|line| line.strip_prefix("--")).map(str::trim) {
        if line == "[[case]]" {
            case = cases.next();
        } else if let Some(tag) = line.strip_prefix("# JIT-") {
            let parts =
                tag.split_once(' ').and_then(|(row, rest)| Some((row.parse::<usize>().ok()?, rest.split_once(": ")?)));
            let Some((row, (column, words))) = parts else { panic!("{}: {line}", check.slug) };
            let case = case.unwrap_or_else(|| panic!("{}: no case above {line}", check.slug));
            found.push(Tag { case, row, column, words: plain(words) });
        }
    }
    found
}

/// Text without the marks of Markdown, in one letter case.
fn plain(text: &str) -> String {
    text.replace("**", "").replace('`', "").to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The cells of table 3.1, by row.
fn rows(spec: &str) -> Vec<Vec<String>> {
    let (_, section) = spec.split_once("\n### 3.1 ").unwrap();
    let lines = section.split("\n#").next().unwrap_or_default().lines();
    lines
        .filter(|line| line.starts_with("| ") && !line.starts_with("| slug "))
        .map(|line| line.trim().trim_matches('|').split('|').map(plain).collect())
        .collect()
}

/// Where words stand in a cell, as whole words.
fn places(cell: &str, words: &str) -> Vec<Range<usize>> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let is_one = |left: Option<char>, right: Option<char>| left.is_some_and(is_word) && right.is_some_and(is_word);
    cell.match_indices(words)
        .map(|(at, found)| at..at + found.len())
        .filter(|place| !is_one(cell[..place.start].chars().next_back(), words.chars().next()))
        .filter(|place| !is_one(words.chars().next_back(), cell[place.end..].chars().next()))
        .collect()
}

/// What a cell enumerates: the parts between its semicolons, commas and `or`.
fn clauses(cell: &str) -> Vec<Range<usize>> {
    let mut start = 0;
    let mut found = Vec::new();
    for part in cell.replace(" or ", " ;; ").split([';', ',']) {
        found.push(start..start + part.len());
        start += part.len() + 1;
    }
    found.retain(|clause| !cell[clause.clone()].trim().is_empty());
    found
}

#[test]
fn cases_expect_what_they_play() {
    let library = Library::bundled().unwrap_or_else(|error| panic!("{error}"));
    let mut wrong = Vec::new();
    for check in library.checks() {
        for Tag { case, column, words, .. } in tags(check) {
            let verdict = COLUMNS.iter().find(|(name, ..)| *name == column).map(|(.., verdict)| *verdict);
            if !case.expect.values().any(|found| Some(*found) == verdict) {
                wrong.push(format!("{}, case \"{}\" expects nothing of {column} ({words})", check.slug, case.title));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_cell_of_the_table_is_played() {
    let Some(file) = jit_spec() else { return };
    let rows = rows(&std::fs::read_to_string(file).unwrap());
    assert_eq!(rows.len(), 40);
    let library = Library::bundled().unwrap_or_else(|error| panic!("{error}"));
    let mut wrong = Vec::new();
    // By column, the nearest cell above that speaks for itself.
    let mut above = vec![String::new(); COLUMNS.len()];
    for (at, row) in rows.iter().enumerate() {
        let (slug, number) = (&row[0], at + 1);
        let Some(check) = library.check(slug) else {
            wrong.push(format!("no check {slug}"));
            continue;
        };
        let tags = tags(check);
        for tag in tags.iter().filter(|tag| tag.row != number) {
            wrong.push(format!("{slug} is row {number}, not {}", tag.row));
        }
        for (above, (column, place, verdict)) in above.iter_mut().zip(COLUMNS) {
            let cell = row[place].replace("as above", above);
            if !row[place].contains("as above") && !cell.is_empty() {
                above.clone_from(&cell);
            }
            if cell.is_empty() || cell == "-" {
                // Whatever the table says, data that was not read gives unknown.
                let has = check.cases.iter().any(|case| case.expect.values().any(|found| *found == verdict));
                if verdict == Verdict::Unknown && !has {
                    wrong.push(format!("{slug}: no case gives unknown"));
                }
                continue;
            }
            let mut met = Vec::new();
            for tag in tags.iter().filter(|tag| tag.column == column) {
                let found = places(&cell, &tag.words);
                if found.is_empty() {
                    wrong.push(format!("{slug}: \"{}\" is not in {column}: {cell}", tag.words));
                }
                met.extend(found);
            }
            for clause in clauses(&cell) {
                if !met.iter().any(|place| place.start < clause.end && clause.start < place.end) {
                    wrong.push(format!("{slug}: no case plays {column}: {}", cell[clause].trim()));
                }
            }
        }
    }
    let elsewhere = library.checks().filter(|check| rows.iter().all(|row| row[0] != check.slug));
    wrong.extend(elsewhere.filter(|check| !tags(check).is_empty()).map(|check| format!("{} has no row", check.slug)));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// `tests/views/<view>.sql` asks a view as a check would, and gives what it says as verdicts or in words; there are files
/// for views too of which the verdicts show a part only.
#[test]
fn views_that_no_check_reads_have_cases() {
    let words = |text: &str| -> BTreeSet<String> {
        let lines = text.lines().filter(|line| !line.trim_start().starts_with("--"));
        lines
            .flat_map(|line| line.split(|c: char| !c.is_alphanumeric() && c != '_'))
            .map(|word| word.to_lowercase())
            .collect()
    };
    let read = |folder: &str| -> BTreeMap<String, String> {
        let files = files_below(&root().join(folder)).into_iter();
        files
            .map(|file| {
                let name = file.file_stem().unwrap().to_string_lossy().into_owned();
                (name, std::fs::read_to_string(&file).unwrap())
            })
            .collect()
    };
    let views = read("queries/views");
    let mut reached: BTreeSet<String> = read("queries/checks").values().flat_map(|text| words(text)).collect();
    // One for people, its cases are in src/engine/exposure_cases.toml; one for relationships, its cases are theirs.
    reached.extend(["internet_exposure", "nsg_named_subnet"].map(str::to_owned));
    loop {
        let through = views.iter().filter(|(name, _)| reached.contains(*name)).flat_map(|(_, text)| words(text));
        let more: Vec<String> = through.filter(|word| !reached.contains(word)).collect();
        if more.is_empty() {
            break;
        }
        reached.extend(more);
    }
    let asked = read("tests/views");
    let mut wrong = Vec::new();
    for name in views.keys().filter(|name| !reached.contains(*name) && !asked.contains_key(*name)) {
        wrong.push(format!("no check reads the view {name}, and tests/views has no cases for it"));
    }
    for (name, text) in &asked {
        let check = Check::parse("views", name, name, text).unwrap_or_else(|error| panic!("{error}"));
        assert!(words(&check.sql).contains(name), "tests/views/{name}.sql does not read the view");
        let mut bench = CaseBench::new(&check).unwrap_or_else(|why| panic!("{name}: {why}"));
        wrong.extend(bench.run_all().into_iter().map(|failure| failure.to_string()));
        wrong.extend(bench.denied_gives_unknown().err().map(|why| format!("{name}: {why}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
