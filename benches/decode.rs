//! JSON pages to Parquet: azsnap's decoder and store beside DuckDB's own `read_json` to `COPY ... TO` on the same
//! bytes, and the peak memory of azsnap for 1,000,000 rows. Run with `cargo bench --bench decode`.
#![allow(missing_docs, clippy::print_stdout, clippy::unwrap_used, clippy::disallowed_methods)]

use azsnap::catalog::{Catalog, Scope};
use azsnap::columns::{Context, RECIPE, Sheaf};
use azsnap::store::manifest::{FORMAT_VERSION, Manifest, Totals};
use azsnap::store::{JournalEntry, JournalGroup, JournalHead, Partial, StoreError, Written};
use serde_json::Value;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::Path;
use std::time::Instant;

const PAGE: usize = 1000;
const ROWS: usize = 100_000;
const MEMORY_ROWS: usize = 1_000_000;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let Some(at) = arguments.iter().position(|argument| argument == "--memory") {
        return memory(arguments[at + 1].parse().unwrap());
    }
    let (profile, level) = (env!("AZSNAP_PROFILE"), env!("AZSNAP_OPT_LEVEL"));
    println!("profile {profile}, optimisation {level}, the same for DuckDB unless the profile is dev");
    let dir = tempfile::tempdir().unwrap();
    let pages = dir.path().join("pages.jsonl");
    let bytes = write_pages(&pages, ROWS);
    println!("{ROWS} rows, {} MB of JSON in pages of {PAGE}", bytes / 1_000_000);
    // In turn, so that a machine that slows down slows both.
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for round in 0..3 {
        ours.push(azsnap(&pages, &dir.path().join(format!("ours-{round}"))));
        theirs.push(duckdb(&pages, &dir.path().join(format!("theirs-{round}.parquet"))));
    }
    let (ours, theirs) = (median(&mut ours), median(&mut theirs));
    println!(
        "azsnap: {:.0} rows per second (one thread: parse, redact, type, hash, sort, write, merge, seal ready)",
        rate(ours)
    );
    println!("DuckDB: {:.0} rows per second (read_json to COPY, all threads)", rate(theirs));
    if profile == "release" {
        println!("ratio azsnap / DuckDB: {:.2}", theirs / ours);
    } else {
        println!("no ratio: DuckDB is not optimised in this profile");
    }
    let child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--memory", &MEMORY_ROWS.to_string()])
        .output()
        .unwrap();
    print!("{}", String::from_utf8_lossy(&child.stdout));
}

#[expect(clippy::cast_precision_loss, reason = "a rate for people")]
fn rate(seconds: f64) -> f64 {
    ROWS as f64 / seconds
}

fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// One storage account as Azure answers it, about 1 kB.
fn item(n: usize) -> String {
    let mut text = String::new();
    let _ = write!(
        text,
        r#"{{"sku":{{"name":"Standard_LRS","tier":"Standard"}},"kind":"StorageV2","id":"/subscriptions/00000000-0000-4000-8000-{:012x}/resourceGroups/rg-{}/providers/Microsoft.Storage/storageAccounts/st{n}","name":"st{n}","type":"Microsoft.Storage/storageAccounts","location":"westeurope","tags":{{"env":"prod","cost":"{}"}},"properties":{{"minimumTlsVersion":"TLS1_{}","allowBlobPublicAccess":{},"allowSharedKeyAccess":true,"supportsHttpsTrafficOnly":true,"networkAcls":{{"bypass":"AzureServices","virtualNetworkRules":[],"ipRules":[{{"value":"203.0.113.{}","action":"Allow"}}],"defaultAction":"Deny"}},"encryption":{{"services":{{"file":{{"keyType":"Account","enabled":true,"lastEnabledTime":"2026-01-01T08:00:00.1234567Z"}},"blob":{{"keyType":"Account","enabled":true,"lastEnabledTime":"2026-01-01T08:00:00.1234567Z"}}}},"keySource":"Microsoft.Storage"}},"accessTier":"Hot","provisioningState":"Succeeded","creationTime":"2026-01-01T08:00:00.1234567Z","primaryEndpoints":{{"blob":"https://st{n}.blob.core.windows.net/","queue":"https://st{n}.queue.core.windows.net/","table":"https://st{n}.table.core.windows.net/","file":"https://st{n}.file.core.windows.net/"}},"primaryLocation":"westeurope","statusOfPrimary":"available"}}}}"#,
        n % 40,
        n % 997,
        n % 50,
        n % 3,
        n.is_multiple_of(7),
        n % 255
    );
    text
}

fn page(from: usize, to: usize) -> String {
    let items: Vec<String> = (from..to).map(item).collect();
    format!(r#"{{"value":[{}]}}"#, items.join(","))
}

fn write_pages(path: &Path, rows: usize) -> u64 {
    let mut out = BufWriter::new(File::create(path).unwrap());
    for from in (0..rows).step_by(PAGE) {
        writeln!(out, "{}", page(from, (from + PAGE).min(rows))).unwrap();
    }
    out.flush().unwrap();
    fs::metadata(path).unwrap().len()
}

fn azsnap(pages: &Path, archive: &Path) -> f64 {
    let begun = Instant::now();
    let lines = BufReader::new(File::open(pages).unwrap()).lines().map(Result::unwrap);
    store(lines, archive);
    begun.elapsed().as_secs_f64()
}

#[derive(serde::Deserialize)]
struct Page {
    value: Vec<Box<RawValue>>,
}

/// What a task of the collector does with the pages of one list, and sealing does with its runs.
fn store(pages: impl Iterator<Item = String>, archive: &Path) {
    let catalog = Catalog::bundled();
    let spec = catalog.table("azure_storage_account").unwrap();
    let head = JournalHead {
        catalog: String::new(),
        principal: None,
        written_by: "bench".into(),
        tenant_id: "t".into(),
        asked: Value::Null,
        started_at: "2026-01-01T00:00:00Z".into(),
    };
    let partial = Partial::create(archive, "20260101T000000Z", &head).unwrap();
    let mut sheaf = Sheaf::new(catalog, &[spec]).unwrap();
    let context = Context {
        tenant_id: "t",
        scope_path: "/subscriptions/s",
        parent_id: None,
        url: "https://management.azure.com/x",
        api_version: "2026-04-01",
        fetched_at: 0,
        seen_in: &[],
        not_asked: &[],
        task: 0,
    };
    let mut runs: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut n = 0;
    for text in pages {
        let page: Page = serde_json::from_str(&text).unwrap();
        for raw in &page.value {
            sheaf.push(serde_json::from_str(raw.get()).unwrap(), &context);
        }
        if sheaf.n_bytes() > 16 * 1024 * 1024 {
            flush(&mut sheaf, &partial, &mut runs, &mut n);
        }
    }
    flush(&mut sheaf, &partial, &mut runs, &mut n);
    let scope = Scope::Tenant("t".into());
    let entry = JournalEntry {
        task: "bench".into(),
        runs,
        scope: (scope.kind().into(), scope.id().into()),
        empty: false,
        found: Value::Null,
    };
    let at = chrono::NaiveDateTime::default();
    let manifest = Manifest {
        format_version: FORMAT_VERSION,
        written_by: "bench".into(),
        tenant_id: "t".into(),
        snapshot: "s".into(),
        source: "bench".into(),
        asked: Value::Null,
        principal: None,
        started_at: at,
        finished_at: at,
        clock_offset_seconds: None,
        resumed_at: vec![],
        tables: vec![],
        derived: vec![],
        row_hash_recipe: RECIPE.into(),
        totals: Totals::default(),
        params: BTreeMap::new(),
        sources: vec![],
        assumed_tables: vec![],
        pruning: None,
        population_differences: Vec::new(),
        resource_counts: Default::default(),
        proven_subscriptions: vec![],
        account_name: None,
        description: None,
    };
    let mut written = Written::default();
    written.add(JournalGroup { tasks: vec![entry], ..JournalGroup::default() });
    partial.write_tables::<StoreError>(catalog, &written, manifest, |_, _| Ok(())).unwrap();
}

fn flush(sheaf: &mut Sheaf<'_>, partial: &Partial, runs: &mut BTreeMap<String, Vec<String>>, n: &mut usize) {
    for (spec, batch) in sheaf.take().unwrap() {
        runs.entry(spec.name.clone()).or_default().push(partial.write_run(&spec.name, "bench", *n, &batch).unwrap());
    }
    *n += 1;
}

fn duckdb(pages: &Path, out: &Path) -> f64 {
    let connection = duckdb::Connection::open_in_memory().unwrap();
    let begun = Instant::now();
    let sql = format!(
        "COPY (SELECT * FROM (SELECT unnest(value, max_depth := 2) FROM read_json('{}', format = 'newline_delimited', maximum_object_size = 67108864)) ORDER BY id) TO '{}' (FORMAT parquet, COMPRESSION zstd)",
        pages.display(),
        out.display()
    );
    connection.execute_batch(&sql).unwrap();
    begun.elapsed().as_secs_f64()
}

/// Peak memory of the whole path, pages made as they are read.
fn memory(rows: usize) {
    let dir = tempfile::tempdir().unwrap();
    let begun = Instant::now();
    store((0..rows).step_by(PAGE).map(|from| page(from, (from + PAGE).min(rows))), dir.path());
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).map_or("unknown", str::trim);
    println!("{rows} rows: peak memory {peak}, {:.1} s", begun.elapsed().as_secs_f64());
}
