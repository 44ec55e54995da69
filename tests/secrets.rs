//! Secrets planted in every object that the sample server gives: after the tenant was read, checked, compared and
//! reported, no byte of them is anywhere, and each place is told. And the planting is real: what is looked for was in
//! answers that the program got.

use crate::export::{Server, VARIABLES, newest};
use crate::support::cli::{Ran, azsnap_with};
use crate::support::{files_below, root};
use arrow::array::{Array, ArrayData, AsArray};
use azsnap::catalog::{Catalog, Plane};
use azsnap::sample::plant::{GENERAL, Planted, marks, planted_in};
use azsnap::sample::{Options, load};
use azsnap::store::{Snapshot, StoreError, read_columns};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, read};
use std::path::Path;
use std::sync::{Arc, Mutex};
use tempfile::TempDir;

/// All tables, those too that are read only by name.
const EVERYTHING: &[&str] = &[
    "--table",
    "*",
    "--table",
    "azure_usage_details",
    "--table",
    "azure_user_mfa_state",
    "--table",
    "azure_web_app_auth_settings_v1",
];

/// Paths of specs (table, path) that no answer of the sample server can hold, each with the reason.
const NOT_SERVED: &[(&str, &str, &str)] = &[];

/// Whether bytes hold a planted secret or the beginning of one; without letter case, since ids are kept in lower case.
fn leak(bytes: &[u8], needles: &[String]) -> Option<String> {
    let text = String::from_utf8_lossy(bytes).to_ascii_lowercase();
    let at = needles.iter().find_map(|needle| text.find(needle.as_str()))?;
    let start = text[..at].char_indices().rev().nth(80).map_or(0, |(at, _)| at);
    Some(text[start..].chars().take(240).collect())
}

/// Every buffer of an array and of what it is made of: all its text, decompressed.
fn buffers(data: &ArrayData, each: &mut dyn FnMut(&[u8])) {
    data.buffers().iter().for_each(|buffer| each(buffer.as_slice()));
    data.child_data().iter().for_each(|child| buffers(child, each));
}

/// Each column of a Parquet file.
fn decompressed(file: &Path, each: &mut dyn FnMut(&str, &[u8])) {
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(file).unwrap()).unwrap().build().unwrap();
    for batch in reader {
        let batch = batch.unwrap();
        for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
            buffers(&column.to_data(), &mut |bytes| each(field.name(), bytes));
        }
    }
}

/// The values of a list column, of all rows together.
fn words(snapshot: &Snapshot, table: &str, name: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for part in snapshot.parts(table) {
        read_columns::<StoreError>(&part, &[name], |batch| {
            let lists = batch.column(0).as_list::<i32>();
            for at in (0..lists.len()).filter(|at| lists.is_valid(*at)) {
                found.extend(lists.value(at).as_string::<i32>().iter().flatten().map(str::to_owned));
            }
            Ok(())
        })
        .unwrap();
    }
    found
}

#[test]
fn planted_secrets_are_nowhere() {
    let before = TempDir::new().unwrap();
    assert_eq!(Server::start("2026-10-01", Options::default()).snapshot(before.path(), EVERYTHING).code, 3);
    let old = newest(before.path()).dir().display().to_string();
    let served: Arc<Mutex<BTreeSet<String>>> = Arc::default();
    let seen = Arc::clone(&served);
    let mut tenant = load(Catalog::bundled(), &root().join("samples/contoso/2026-10-01")).unwrap();
    let planted = tenant.plant().unwrap();
    assert!(planted.len() > 10_000, "{}", planted.len());
    let options = Options {
        page_size: 5,
        throttle_every: 13,
        retry_after: 0,
        watch: Some(Arc::new(move |_, response| seen.lock().unwrap().extend(planted_in(&response.body)))),
        ..Options::default()
    };
    let server = Server::with(tenant, options);
    let dir = TempDir::new().unwrap();
    let mut said: Vec<(String, Ran)> = Vec::new();
    let taken = server.snapshot(dir.path(), &[EVERYTHING, &["--log", "trace", "--json-log"]].concat());
    assert_eq!(taken.code, 3, "{}", taken.stderr);
    said.push(("snapshot".to_owned(), taken));
    let snapshot = newest(dir.path());

    // What was planted reached the program.
    let served = served.lock().unwrap().clone();
    let mut rules: BTreeMap<(&str, &str), bool> = BTreeMap::new();
    for one in &planted {
        *rules.entry((&one.table, &one.rule)).or_default() |= served.contains(&one.text);
    }
    let mut wrong = Vec::new();
    for spec in Catalog::bundled().all().unwrap() {
        for path in &spec.redact {
            let excused =
                NOT_SERVED.iter().any(|(table, path_known, _)| *table == spec.name && *path_known == path.as_str());
            let reached = rules.get(&(spec.name.as_str(), path.as_str())).copied().unwrap_or(false);
            if reached == excused {
                wrong.push(format!("{} {}: served {reached}, excused {excused}", spec.name, path.as_str()));
            }
        }
    }
    let general = rules.iter().filter(|((_, rule), reached)| *rule == GENERAL && **reached).count();
    assert!(general > 300, "only {general} tables with rows were planted and served");

    // Each place is told: an XML answer has lists of one and of several alike, so that its places are others.
    let is_xml = |table: &str| Catalog::bundled().table(table).is_ok_and(|spec| spec.fetch.plane == Plane::Storage);
    let mut by_root: BTreeMap<&str, Vec<&Planted>> = BTreeMap::new();
    for one in planted.iter().filter(|one| served.contains(&one.text) && !is_xml(&one.root)) {
        by_root.entry(&one.root).or_default().push(one);
    }
    for (table, planted) in &by_root {
        let told = words(&snapshot, table, "_redacted");
        let missing: Vec<&&Planted> = planted.iter().filter(|one| !told.contains(&one.place)).collect();
        if let Some(one) = missing.first() {
            wrong.push(format!(
                "{table}: _redacted lacks {} places, such as {} ({})",
                missing.len(),
                one.place,
                one.rule
            ));
        }
    }

    // Whatever reads the snapshot.
    let server_arguments = server.arguments();
    let doctor: Vec<&str> = std::iter::once("doctor")
        .chain(server_arguments.iter().skip(1).map(String::as_str))
        .chain(["--format", "json"])
        .collect();
    let tables: Vec<String> = Catalog::bundled().names().map(|table| format!("FROM {table}")).collect();
    let everything = [tables.join("; "), "; FROM azure_ledger; FROM azure_relationship".to_owned()].concat();
    let shown = snapshot.dir().display().to_string();
    for arguments in [
        vec!["query", "--format", "json", "-c", &everything],
        vec!["check", "--format", "json"],
        vec!["check", "--format", "table"],
        vec!["report", "--output", "report.html"],
        vec!["verify"],
        vec!["doctor", "--from-ledger", "archive", "--format", "json"],
        doctor,
    ] {
        let whole: Vec<&str> = if arguments.contains(&"--archive") {
            arguments.clone()
        } else {
            [&["--archive", "archive"][..], &arguments].concat()
        };
        let ran = azsnap_with(dir.path(), &whole, VARIABLES, "");
        assert!(ran.code != 2 && ran.code >= 0, "{arguments:?}: {}", ran.stderr);
        said.push((arguments[0].to_owned(), ran));
    }
    // Against the same tenant with nothing planted, so that all that is planted is a difference.
    for format in ["json", "table", "markdown"] {
        let ran = azsnap_with(dir.path(), &["diff", &old, &shown, "--checks", "--format", format], &[], "");
        assert!(ran.code == 1, "{format}: {} {}", ran.code, ran.stderr);
        said.push((format!("diff as {format}"), ran));
    }

    // The search itself finds what is there.
    let known = ["app-contoso-shop".to_owned()];
    let part = &snapshot.parts("azure_web_app")[0];
    let mut found = 0;
    decompressed(part, &mut |_, bytes| found += usize::from(leak(bytes, &known).is_some()));
    assert!(found > 2, "{found}");
    assert!(leak(said[1].1.stdout.as_bytes(), &known).is_some());

    let needles: Vec<String> = marks().iter().map(|mark| mark.to_lowercase()).collect();
    for (command, ran) in &said {
        for text in [&ran.stdout, &ran.stderr] {
            wrong.extend(leak(text.as_bytes(), &needles).map(|near| format!("{command} says {near}")));
        }
    }
    let files = files_below(dir.path());
    assert!(files.iter().any(|file| file.ends_with("report.html")) && files.len() > 345, "{}", files.len());
    for file in files {
        let name = file.strip_prefix(dir.path()).unwrap().display().to_string();
        wrong.extend(leak(name.as_bytes(), &needles));
        wrong.extend(leak(&read(&file).unwrap(), &needles).map(|near| format!("{name}: {near}")));
        if file.extension().is_some_and(|kind| kind == "parquet") {
            decompressed(&file, &mut |column, bytes| {
                wrong.extend(leak(bytes, &needles).map(|near| format!("{name}, {column}: {near}")));
            });
        }
    }
    assert!(wrong.is_empty(), "{} mistakes\n{}", wrong.len(), wrong[..wrong.len().min(40)].join("\n"));
}
