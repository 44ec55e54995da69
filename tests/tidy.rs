//! Rules about the code itself: the walls between modules, module heads, sizes, and that every test file runs.

use crate::support::{files_below, root};
use std::collections::BTreeSet;
use std::path::Path;

/// Module and what it may import. Data flows one way; nothing after `store` can reach the network.
const WALLS: &[(&str, &[&str])] = &[
    ("catalog", &[]),
    ("client", &[]),
    ("collect", &["catalog", "client"]),
    ("columns", &["catalog"]),
    ("store", &["catalog", "columns"]),
    ("export", &["catalog", "client", "collect", "columns", "store"]),
    ("import", &["catalog", "columns", "store"]),
    ("config", &["catalog"]),
    ("sample", &["catalog", "columns"]),
    ("engine", &["catalog", "store"]),
    ("packs", &["catalog", "store", "engine"]),
    ("doctor", &["catalog", "store", "packs"]),
    ("diff", &["catalog", "columns", "store", "engine"]),
    ("report", &["packs", "diff", "engine"]),
    ("shell", &["catalog", "store", "engine", "packs", "diff", "report"]),
];

/// Lines of a file, tests not counted.
const LONGEST_FILE: usize = 600;

fn sources() -> Vec<(String, String)> {
    let src = root().join("src");
    let rust = files_below(&src).into_iter().filter(|file| file.extension().is_some_and(|ending| ending == "rs"));
    rust.map(|file| (relative(&src, &file), std::fs::read_to_string(&file).unwrap())).collect()
}

fn relative(dir: &Path, file: &Path) -> String {
    file.strip_prefix(dir).unwrap().display().to_string()
}

/// Modules that a text names as `crate::<module>`, tests left out.
fn imports(text: &str) -> BTreeSet<String> {
    let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or(text);
    let mut found = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        if let Some(list) = rest.strip_prefix('{') {
            let list = list.split('}').next().unwrap_or_default();
            found.extend(list.split(',').map(|one| one.trim().split("::").next().unwrap_or_default().to_owned()));
        } else {
            found.insert(rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect());
        }
    }
    found.into_iter().filter(|name| !name.is_empty()).collect()
}

#[test]
fn walls() {
    let mut broken = Vec::new();
    for (file, text) in sources() {
        let module = file.split(['/', '.']).next().unwrap_or_default();
        if file.ends_with("tests.rs") || file.contains("/tests/") {
            continue;
        }
        if let Some((_, allowed)) = WALLS.iter().find(|(name, _)| *name == module) {
            for import in imports(&text) {
                if import != module && !allowed.contains(&import.as_str()) {
                    broken.push(format!("{file} imports {import}"));
                }
            }
        } else if !matches!(module, "cli" | "lib" | "main") {
            broken.push(format!("{file}: module {module} is not in the table of walls"));
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// The reading side stays blocking: no runtime after `export`.
#[test]
fn async_stops_at_export() {
    let blocking =
        ["catalog", "columns", "config", "store", "import", "engine", "packs", "doctor", "diff", "report", "shell"];
    for (file, text) in sources() {
        let module = file.split(['/', '.']).next().unwrap_or_default();
        if blocking.contains(&module) {
            for word in ["tokio::", "reqwest::", "std::net", "axum::", "async fn", "hyper::"] {
                assert!(!text.contains(word), "{file} uses {word}");
            }
        }
    }
}

#[test]
fn heads_and_sizes() {
    let mut wrong = Vec::new();
    for (file, text) in sources() {
        if !text.trim_start_matches("#![allow(missing_docs)]\n").starts_with("//!") {
            wrong.push(format!("{file}: no //! head that says what goes in, what comes out, what it never does"));
        }
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or(&text).lines().count();
        if code > LONGEST_FILE && !file.ends_with("tests.rs") {
            wrong.push(format!("{file}: {code} lines, at most {LONGEST_FILE}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Nothing lies about that nobody reads: what a merge or an editor leaves is not part of the program.
#[test]
fn only_known_kinds_of_files() {
    const ROOT: &[&str] = &["CHANGELOG.md", "Cargo.lock", "Cargo.toml", "LICENSE", "README.md"];
    let mut stray = Vec::new();
    for entry in std::fs::read_dir(root()).unwrap().map(Result::unwrap) {
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.file_type().unwrap().is_file() && !name.starts_with('.') && !ROOT.contains(&name.as_str()) {
            stray.push(name);
        }
    }
    for (folder, kinds) in [("queries", &["sql", "toml", "csv"][..]), ("src", &["rs", "toml", "j2", "css", "js"])] {
        let files = files_below(&root().join(folder));
        let is_known = |file: &Path| file.extension().is_some_and(|kind| kinds.iter().any(|one| kind == *one));
        stray.extend(files.iter().filter(|file| !is_known(file)).map(|file| file.display().to_string()));
    }
    assert!(stray.is_empty(), "{}", stray.join("\n"));
}

#[test]
fn every_test_file_runs() {
    let tests = root().join("tests");
    let main = std::fs::read_to_string(tests.join("main.rs")).unwrap();
    for file in files_below(&tests) {
        let name = relative(&tests, &file);
        if name.ends_with(".rs") && name != "main.rs" && !name.contains('/') {
            let module = name.trim_end_matches(".rs");
            assert!(main.contains(&format!("mod {module};")), "tests/main.rs does not list {name}");
        }
    }
}

/// Bundled SQL keeps to what DuckDB without ICU and other engines can run.
#[test]
fn portable_sql() {
    let banned = [
        "timestamptz",
        "with time zone",
        "at time zone",
        "now(",
        "today(",
        "current_date",
        "current_timestamp",
        "timezone(",
    ];
    let queries = root().join("queries");
    let specs = root().join("src/catalog/tables");
    for file in files_below(&queries).into_iter().chain(files_below(&specs)) {
        let text = std::fs::read_to_string(&file).unwrap();
        let sql: String = text
            .lines()
            .filter(|line| !line.trim_start().starts_with("--"))
            .map(|line| format!("{}\n", line.to_lowercase()))
            .collect();
        for word in banned {
            assert!(!sql.contains(word), "{} uses {word}", file.display());
        }
    }
}

/// Every word of ours that the ledger may hold is explained.
#[test]
fn codes_are_explained() {
    let known: BTreeSet<&str> = azsnap::store::status::CODES.iter().map(|(code, _)| *code).collect();
    let mut unknown = Vec::new();
    for (file, text) in sources() {
        let text = text.split("#[cfg(test)]").next().unwrap_or_default();
        for line in text.lines().filter(|line| line.contains("Status::") || line.contains("code =")) {
            for word in line.split('"').skip(1).step_by(2) {
                let is_code = word.len() > 5
                    && word.starts_with(|c: char| c.is_ascii_uppercase())
                    && word.chars().all(|c| c.is_ascii_alphabetic());
                if is_code && !known.contains(word) && !file.starts_with("sample") && !file.ends_with("status.rs") {
                    unknown.push(format!("{file}: {word}"));
                }
            }
        }
    }
    assert!(unknown.is_empty(), "not in store::status::CODES: {}", unknown.join(", "));
}

/// The reference of the tables says what the specs say; `azsnap tables --docs docs/tables` writes it anew.
#[test]
fn docs_of_tables() {
    let dir = root().join("docs/tables");
    let pages = azsnap::catalog::docs::pages(azsnap::catalog::Catalog::bundled()).unwrap();
    let pages: std::collections::BTreeMap<String, String> =
        pages.into_iter().chain([("statuses.md".to_owned(), azsnap::store::status::page())]).collect();
    let mut old: Vec<String> = pages
        .iter()
        .filter(|(name, text)| std::fs::read_to_string(dir.join(name)).ok().as_ref() != Some(text))
        .map(|(name, _)| name.clone())
        .collect();
    let there = files_below(&dir).into_iter().map(|file| relative(&dir, &file));
    old.extend(there.filter(|name| !pages.contains_key(name)));
    assert!(old.is_empty(), "not as the specs have it (azsnap tables --docs docs/tables): {}", old.join(", "));
}

/// Two policies are weighed by one logic, which SQL without parameters of views has to be written out for each: what is
/// mended in one view is mended in the other.
#[test]
fn twin_views() {
    let view = |name: &str| std::fs::read_to_string(root().join("queries/views").join(name)).unwrap();
    let expected = view("jit_policy_effect.sql")
        .replace("just-in-time monitoring policy", "policy that watches for open management ports")
        .replace("b0f33259-77d7-4c9e-aac6-3aabcfae693c", "22730e10-96f6-4aac-ad84-9383d35b5917")
        .replace("jitNetworkAccessMonitoring", "restrictAccessToManagementPortsMonitoring");
    assert!(
        view("management_ports_policy_effect.sql") == expected,
        "the two views of policy effects differ in more than names"
    );
}
