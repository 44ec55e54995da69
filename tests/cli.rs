//! Wiring of the command line: exit codes, one clear error for bad input, data on stdout, nothing lost.

use crate::support::cli::{azsnap, azsnap_with, import_sample};
use crate::support::files_below;
use std::fs;
use tempfile::TempDir;

#[test]
fn exit_codes_of_a_whole_walk() {
    let dir = TempDir::new().unwrap();
    let at = dir.path();
    import_sample(at, "2026-09-01");
    import_sample(at, "2026-10-01");
    let archive = ["--archive", "archive"];
    let run = |arguments: &[&str]| azsnap(at, &[arguments, &archive[..]].concat());
    // One subscription denies Microsoft.Sql: partial everywhere, and some checks fail.
    for (arguments, code) in [
        (&["verify"][..], 0),
        (&["query", "-c", "SELECT 1"], 0),
        (&["check"], 1),
        (&["check", "storage_account_soft_deleet"], 2),
        (&["diff", "archive@2026-09-01", "archive@2026-10-01"], 1),
        (&["diff", "archive@2026-10-01", "archive@2026-10-01"], 0),
        (&["doctor", "--from-ledger", "archive"][..], 3),
        (&["doctor", "--from-ledger", "archive", "--table", "azure_vm"], 0),
        (&["doctor", "--role-json"], 0),
        (&["doctor", "--role-json", "--check", "jit_nothing"], 2),
        (&["doctor", "--explain", "ARM305"], 0),
        (&["doctor", "--explain", "ARM999"], 2),
        (&["tables"], 0),
        (&["tables", "azure_wm"], 2),
        (&["checks"], 0),
        (&["query", "-c", "SELEC 1"], 2),
        (&["query", "-c", "COPY azure_vm TO 'x.csv'"], 2),
        (&["query", "-c", "INSTALL httpfs"], 2),
        (&["query", "--snapshot", "archive@2026-01-01", "-c", "SELECT 1"], 2),
        (&["frobnicate"], 2),
    ] {
        let ran = run(arguments);
        assert_eq!(ran.code, code, "{arguments:?}: {}{}", ran.stdout, ran.stderr);
        assert!(code != 2 || (ran.stdout.is_empty() && !ran.stderr.is_empty()), "{arguments:?}");
        assert!(!ran.stderr.contains("panicked"), "{arguments:?}: {}", ran.stderr);
    }
    assert!(!at.join("x.csv").exists());
}

#[test]
fn an_import_twice_gives_the_same_bytes() {
    let (one, two) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let seal = |dir: &TempDir| {
        import_sample(dir.path(), "2026-10-01");
        let ran = azsnap(dir.path(), &["verify", "--archive", "archive", "--quiet"]);
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
        ran.stdout
    };
    assert_eq!(seal(&one), seal(&two));
    // And nothing of an import is written over.
    let source = crate::support::root().join("samples/contoso/2026-10-01");
    let again = azsnap(
        one.path(),
        &["import", &source.display().to_string(), "--at", "2026-10-01T06:00:00Z", "--archive", "archive"],
    );
    assert_eq!(again.code, 2);
    assert!(again.stderr.contains("is there already"), "{}", again.stderr);
}

/// What bad input says: one clear error.
#[test]
fn bad_input() {
    let dir = TempDir::new().unwrap();
    let at = dir.path();
    import_sample(at, "2026-10-01");
    let snapshot = fs::read_dir(at.join("archive")).unwrap().next().unwrap().unwrap().path();
    let snapshot = fs::read_dir(snapshot).unwrap().next().unwrap().unwrap().path();
    let name = snapshot.display().to_string();

    let empty = at.join("empty");
    fs::create_dir(&empty).unwrap();
    let not_json = at.join("notjson");
    fs::create_dir(&not_json).unwrap();
    fs::write(not_json.join("azure_vm.jsonl"), "{\"id\": \"/subscriptions/a\"}\n{\"id\": \n").unwrap();
    let bad_check = at.join("queries/checks/mine");
    fs::create_dir_all(&bad_check).unwrap();
    let front = "-- title = \"t\"\n-- severity = \"low\"\n-- subject = \"azure_vm\"\n-- tables = [\"azure_vm\"]\n-- controls = []\n-- rationale = \"r\"\n-- remediation = \"m\"\n";
    fs::write(bad_check.join("mine_bad.sql"), format!("{front}SELECT id AS subject, id AS resource_id, subscription_id, 'pass' AS verdict, no_such AS reason FROM azure_vm\n")).unwrap();

    for (arguments, expected) in [
        (vec!["query", "--snapshot", "empty", "-c", "SELECT 1"], "empty is neither a snapshot nor an archive with one"),
        (vec!["verify", "nowhere"], "there is no folder nowhere"),
        (vec!["import", "empty", "--at", "2026-01-01"], "holds no <table>.json"),
        (vec!["import", "notjson", "--at", "2026-01-01", "--tenant", "t"], "azure_vm.jsonl:2"),
        (vec!["import", "notjson", "--at", "yesterday"], "`yesterday` is no time"),
        (vec!["check", "--snapshot", &name, "--queries", "queries", "mine_bad"], "mine_bad"),
        (vec!["check", "--snapshot", &name, "--param", "jit_max_duration=1"], "there is no such parameter"),
        (vec!["query", "--snapshot", &name, "-c", "SELECT nme FROM azure_vm"], "nme"),
        (vec!["query", "--snapshot", &name, "-c", "FROM azure_wm"], "azure_vm"),
        (vec!["query", "--snapshot", &name, "-c", "FROM read_csv('/etc/passwd')"], "ermission"),
        (vec!["query", "--snapshot", &name, "-c", "SELECT 1", "--format", "yaml"], "there is no format `yaml`"),
        (vec!["check", "--snapshot", &name, "-o", "missing/findings.json"], "there is no folder missing"),
        (vec!["report", &name, "-o", "archive"], "archive is a folder"),
        (vec!["verify", &name, "--seal", "12ab"], "`12ab` is no seal"),
    ] {
        let ran = azsnap(at, &arguments);
        assert_eq!(ran.code, 2, "{arguments:?}: {}{}", ran.stdout, ran.stderr);
        assert!(ran.stderr.contains(expected), "{arguments:?}: {}", ran.stderr);
        assert!(ran.stderr.starts_with("error: "), "{arguments:?}: {}", ran.stderr);
    }

    // A Parquet file that is cut, and one that is altered.
    let part = snapshot.join("tables/azure_vm/part-00001.parquet");
    let whole = fs::read(&part).unwrap();
    fs::write(&part, &whole[..whole.len() / 2]).unwrap();
    let ran = azsnap(at, &["query", "--snapshot", &name, "-c", "SELECT count(*) FROM azure_vm"]);
    assert!(ran.code == 2 && ran.stderr.contains("part-00001.parquet"), "{}", ran.stderr);
    let mut altered = whole.clone();
    altered[whole.len() / 2] ^= 1;
    fs::write(&part, &altered).unwrap();
    let ran = azsnap(at, &["verify", &name]);
    assert!(ran.code == 1 && ran.stderr.contains("changed: tables/azure_vm/part-00001.parquet"), "{}", ran.stderr);

    // A folder without its manifest.
    fs::remove_file(snapshot.join("manifest.json")).unwrap();
    let ran = azsnap(at, &["query", "--snapshot", &name, "-c", "SELECT 1"]);
    assert!(ran.code == 2 && ran.stderr.contains("neither a snapshot"), "{}", ran.stderr);
}

/// A configuration in the folder stands behind flags and environment, and a wrong one is told without its values.
#[test]
fn configuration() {
    let dir = TempDir::new().unwrap();
    let at = dir.path();
    import_sample(at, "2026-10-01");
    let file = at.join("azsnap.toml");
    fs::write(&file, "archive = \"archive\"\nkeeep = 3\n[param]\njit_max_duration_minutes = 77\n").unwrap();
    for (typed, expected) in [(&[][..], 77), (&["--param", "jit_max_duration_minutes=99"], 99)] {
        let ran = azsnap(at, &[&["check", "jit", "--format", "json"], typed].concat());
        let report: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
        assert_eq!(report["params"]["jit_max_duration_minutes"], expected, "{}", ran.stderr);
        assert!(
            ran.stderr.contains("`keeep` is not known") && ran.stderr.contains("did you mean keep?"),
            "{}",
            ran.stderr
        );
    }
    for (arguments, variables, code) in [
        (&["verify"][..], &[][..], 0),
        (&["verify", "--archive", "nowhere"], &[], 2),
        (&["verify"], &[("AZSNAP_ARCHIVE", "nowhere")], 2),
        (&["verify", "--config", "nowhere.toml"], &[], 2),
    ] {
        let ran = azsnap_with(at, arguments, variables, "");
        assert_eq!(ran.code, code, "{arguments:?} {variables:?}: {}", ran.stderr);
    }
    fs::write(&file, "archive = \"archive\"\n[[account]]\nname = \"a\"\nclient_secret = \"p4ssw0rd\"\n").unwrap();
    let ran = azsnap(at, &["verify"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("CFG002") && ran.stderr.contains("CFG001"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("p4ssw0rd"), "{}", ran.stderr);
    // What reads no snapshot and no tenant reads no configuration.
    assert_eq!(azsnap(at, &["tables", "azure_vm"]).code, 0);
}

#[test]
fn sql_from_files_stops_at_the_first_error() {
    let dir = TempDir::new().unwrap();
    import_sample(dir.path(), "2026-10-01");
    fs::write(dir.path().join("q.sql"), "SELECT 1 AS one; SELECT nope; SELECT 2 AS two;").unwrap();
    let ran = azsnap(dir.path(), &["query", "-f", "q.sql", "--archive", "archive", "--format", "csv"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (2, "one\n1\n"));
    let piped = azsnap_with(
        dir.path(),
        &["query", "-f", "-", "--archive", "archive", "--format", "csv"],
        &[],
        "SELECT 3 AS three",
    );
    assert_eq!((piped.code, piped.stdout.as_str()), (0, "three\n3\n"));
}

/// The planted secrets of the sample are nowhere: not in the snapshot, not in what it says.
#[test]
fn planted_secrets_do_not_land() {
    let dir = TempDir::new().unwrap();
    import_sample(dir.path(), "2026-10-01");
    let planted = fs::read_to_string(crate::support::root().join("samples/contoso/planted.txt")).unwrap();
    let secrets: Vec<&str> =
        planted.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    assert!(secrets.len() >= 3);
    let tables = azsnap(
        dir.path(),
        &[
            "query",
            "--archive",
            "archive",
            "--format",
            "csv",
            "-c",
            "SELECT table_name FROM azure_ledger GROUP BY ALL ORDER BY ALL",
        ],
    );
    let all: Vec<String> = tables.stdout.lines().skip(1).map(|table| format!("FROM {table}")).collect();
    assert!(all.len() > 300, "{}", tables.stderr);
    let query = ["query", "--archive", "archive", "--format", "json", "-c", &all.join("; ")];
    let mut everything = azsnap(dir.path(), &query).stdout;
    assert!(everything.contains("[redacted]"));
    for file in files_below(&dir.path().join("archive")) {
        everything.push_str(&String::from_utf8_lossy(&fs::read(&file).unwrap()));
    }
    for secret in secrets {
        assert!(!everything.contains(secret), "{secret} is on disk");
    }
}
