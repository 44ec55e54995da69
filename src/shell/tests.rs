//! One entry in, text out.

use std::fs;

use super::*;
use crate::store::{LedgerRow, Manifest, Status, ledger, manifest::Totals};

fn snapshot(dir: &std::path::Path) -> Snapshot {
    let dir = dir.join("snapshot");
    fs::create_dir_all(&dir).unwrap();
    let row = |table: &str, status| LedgerRow { status, ..LedgerRow::new(table, "subscription", "s") };
    ledger::write(&dir.join("ledger.parquet"), &[row("azure_nic", Status::Denied), row("azure_vm", Status::Ok)])
        .unwrap();
    let at = chrono::DateTime::from_timestamp(1_790_000_000, 0).unwrap().naive_utc();
    let manifest = Manifest {
        format_version: 1,
        written_by: String::new(),
        tenant_id: "t".to_owned(),
        snapshot: "20260921T141320Z".to_owned(),
        source: "import".to_owned(),
        asked: serde_json::Value::Null,
        principal: None,
        started_at: at,
        finished_at: at,
        clock_offset_seconds: None,
        resumed_at: Vec::new(),
        tables: Vec::new(),
        derived: Vec::new(),
        row_hash_recipe: String::new(),
        totals: Totals::default(),
        params: Default::default(),
        sources: Vec::new(),
        assumed_tables: Vec::new(),
        pruning: None,
        resource_counts: Default::default(),
        population_differences: Vec::new(),
        proven_subscriptions: Vec::new(),
        account_name: None,
        description: None,
    };
    fs::write(dir.join("manifest.json"), serde_json::to_string(&manifest).unwrap()).unwrap();
    fs::write(dir.join("SHA256SUMS"), "").unwrap();
    Snapshot::open(&dir).unwrap()
}

/// Feeds lines and gives what came on the two sinks, and the number of failures.
fn talk(dir: &std::path::Path, typed: &str) -> (String, String, usize) {
    let snapshot = snapshot(dir);
    let library = Library::bundled().unwrap();
    let tables = ["azure_vm", "azure_nic"].map(str::to_owned).into();
    let engine_options = EngineOptions { tables: Some(tables), threads: Some(1), ..EngineOptions::default() };
    let engine = Engine::open(&snapshot, &engine_options).unwrap();
    let style = Style { width: 100, color: false, terminal: true };
    let options = ShellOptions { engine: engine_options, history: None, style, interactive: false, accepted: vec![] };
    let mut session = Session::new(&engine, &snapshot, &library, &options, Stop::default());
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let failed = feed_lines(&mut session, &mut typed.as_bytes(), &mut Sinks { out: &mut out, err: &mut err }).unwrap();
    (String::from_utf8(out).unwrap(), String::from_utf8(err).unwrap(), failed)
}

/// Every part must come, in that order; parts that begin with `!` are for the second sink.
fn check(typed: &str, parts: &[&str]) {
    let dir = tempfile::tempdir().unwrap();
    let typed = typed.replace("{dir}", dir.path().to_str().unwrap());
    let (out, err, failed) = talk(dir.path(), &typed);
    let (mut from_out, mut from_err) = (out.as_str(), err.as_str());
    for part in parts {
        let (rest, part) = match part.strip_prefix('!') {
            Some(part) => (&mut from_err, part),
            None => (&mut from_out, *part),
        };
        let at = rest.find(part).unwrap_or_else(|| panic!("{typed}\nlacks {part}\n--- out\n{out}\n--- err\n{err}"));
        *rest = &rest[at + part.len()..];
    }
    assert_eq!(failed > 0, parts.iter().any(|part| part.starts_with('!')) && !typed.contains("fine"), "{typed}\n{err}");
}

#[test]
fn statements_run() {
    check(".mode csv\nSELECT 1 AS a;\nSELECT\n2 AS b;", &["a\n1\n", "b\n2\n"]);
    check(".mode csv\nSELECT 1 AS a; SELECT 2 AS b", &["a\n1\n", "b\n2\n"]);
    check(".mode csv\nCREATE TABLE x AS SELECT 5 AS five;\nSELECT * FROM x;\n.tables x", &["five\n5\n", "x,"]);
    check("SELECT nme FROM azure_vm;", &["!Binder Error", "!LINE 1", "!^"]);
    check(".mode csv\nSELEC 1; SELECT 2 AS b;\nSELECT 3 AS c;", &["!Parser Error", "!LINE 1", "c\n3\n"]);
    check("COPY azure_vm TO '{dir}/x.csv';", &["!refused"]);
    check("SELECT error('\u{1b}[2J');", &["!\\u{1b}[2J"]);
}

#[test]
fn commands_run() {
    check(".help", &[".tables [PATTERN]", ".quit"]);
    check(".mode csv\n.tables", &["table,rows,read,what", "azure_ledger,", "azure_nic,,denied,", "azure_vm,,ok,"]);
    check(".mode csv\n.tables *nic", &["azure_nic"]);
    check(
        ".mode csv\n.schema azure_vm",
        &["column,type,meaning", "id,VARCHAR,", "tags,\"MAP(VARCHAR, VARCHAR)\",Tags", "_seen_in,VARCHAR[],"],
    );
    check(".mode csv\n.schema", &["table,column", "azure_nic,id", "azure_vm,id"]);
    check(".mode csv\n.ledger", &["status,tables,scopes,rows", "denied,1,1,0", "ok,1,1,0"]);
    check(".mode csv\n.ledger azure_nic", &["subscription,s,,denied"]);
    check(".ledger azure_nik", &["!did you mean azure_nic"]);
    check(".mode nope", &["!formats are table, csv"]);
    check(".mode", &["!needs a format"]);
    check(".tabels", &["!did you mean .tables"]);
    check(".timer on\nSELECT 'fine';\n.timer off\nSELECT 1;", &["fine", "! s\n"]);
    check(".timer maybe", &["!on or off"]);
    check(".check nope_nope", &["!nope_nope"]);
    check(".quit\nSELECT nothing;", &[]);
    check(".schema a b", &["!one word"]);
}

#[test]
fn output_goes_to_a_file_but_not_into_the_snapshot() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("my file.csv");
    let typed =
        format!(".mode csv\n.output '{}'\nSELECT 1 AS a;\nSELECT 2 AS b;\n.output -\nSELECT 3 AS c;", file.display());
    let (out, err, failed) = talk(dir.path(), &typed);
    assert_eq!((out.as_str(), failed), ("c\n3\n", 0), "{err}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "a\n1\nb\n2\n");
    check(".output {dir}/snapshot/x.csv", &["!never written to"]);
    check(".output {dir}/snapshot/manifest.json", &["!never written to"]);
    check(".output {dir}/nowhere/x.csv", &["!cannot write"]);
}

#[test]
fn names_for_completion() {
    let dir = tempfile::tempdir().unwrap();
    let snapshot = snapshot(dir.path());
    let library = Library::bundled().unwrap();
    let engine = Engine::open(
        &snapshot,
        &EngineOptions { tables: Some(["azure_vm".to_owned()].into()), ..EngineOptions::default() },
    )
    .unwrap();
    let style = Style { width: 100, color: false, terminal: true };
    let options =
        ShellOptions { engine: EngineOptions::default(), history: None, style, interactive: true, accepted: vec![] };
    let session = Session::new(&engine, &snapshot, &library, &options, Stop::default());
    let names = session.names();
    assert!(names.tables["azure_vm"].contains(&"_gaps".to_owned()));
    assert!(names.functions.contains("port_in") && names.functions.contains("array_length"));
    assert_eq!(session.failed(), 0);
}
