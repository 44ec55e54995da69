//! How long the checks take over a large snapshot: all of them together, beside one scan of the columns that they read,
//! and each alone; and how soon one check answers from the command line. Run with `cargo bench --bench packs` (24,000
//! resources), `cargo bench --bench packs -- --full` (300,000), or `-- --snapshot DIR` for a snapshot that is there.
#![allow(missing_docs, clippy::print_stdout, clippy::unwrap_used, clippy::disallowed_methods)]

mod support;

use arrow::record_batch::RecordBatch;
use azsnap::catalog::{Catalog, SUBSCRIPTIONS};
use azsnap::engine::{Engine, EngineError, EngineOptions, derive, finish};
use azsnap::export;
use azsnap::packs::{self, Library, Selection};
use azsnap::sample;
use azsnap::store::Snapshot;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Instant;
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Subscriptions of the generated tenants.
const FEW: u32 = 80;
const MANY: u32 = 1064;
/// How many of the slowest checks are named.
const NAMED: usize = 10;
const RUNS: usize = 5;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    println!("profile {}, optimisation {}", env!("AZSNAP_PROFILE"), env!("AZSNAP_OPT_LEVEL"));
    let given = arguments.iter().position(|argument| argument == "--snapshot").and_then(|at| arguments.get(at + 1));
    let scratch = tempfile::tempdir().unwrap();
    let dir = match given {
        Some(dir) => PathBuf::from(dir),
        None => take(scratch.path(), if arguments.iter().any(|argument| argument == "--full") { MANY } else { FEW }),
    };
    let snapshot = Snapshot::open(&dir).unwrap();
    let rows = |table: &str| {
        let found = snapshot.manifest().tables.iter().find(|entry| entry.name == table);
        found.map_or(0, |entry| entry.rows)
    };
    let (resources, rules) = (rows("azure_resource"), rows("azure_security_group_rule"));
    println!("{resources} resources, {rules} rules of security groups, {} subscriptions", rows(SUBSCRIPTIONS));
    edges(&snapshot, given.is_some());
    let library = Library::bundled().unwrap();
    let engine = Engine::open(&snapshot, &EngineOptions::default()).unwrap();
    let (scanned, scan) = timed(|| scan(&engine, &library));
    let all = Selection { checks: library.checks().map(|check| check.slug.clone()).collect(), ..Selection::default() };
    let (report, whole) = timed(|| packs::run(&library, &all, &engine, &snapshot).unwrap());
    println!(
        "{} checks: {whole:.1} s for {} findings; one scan of the {scanned} columns that they name: {scan:.1} s",
        report.checks.len(),
        report.findings.len()
    );
    println!("ratio of checks / scan: {:.1}", whole / scan);
    drop(report);
    let mut alone: Vec<(f64, &str)> = library
        .checks()
        .map(|check| {
            let one = Selection { checks: BTreeSet::from([check.slug.clone()]), ..Selection::default() };
            (timed(|| packs::run(&library, &one, &engine, &snapshot).unwrap()).1, check.slug.as_str())
        })
        .collect();
    alone.sort_by(|a, b| b.0.total_cmp(&a.0));
    println!("{} checks take a second or more; the slowest:", alone.iter().filter(|(time, _)| *time >= 1.0).count());
    for (time, slug) in alone.iter().take(NAMED) {
        println!("  {time:6.2} s  {slug}");
    }
    drop(engine);
    start(&dir);
}

/// Works the edges out again, as sealing does. The peak memory tells of it alone where the process did nothing before.
fn edges(snapshot: &Snapshot, alone: bool) {
    let options = EngineOptions { memory_mebibytes: Some(finish::LEAST_MEMORY), ..EngineOptions::default() };
    let mut n = 0;
    let ((), time) = timed(|| {
        let engine = Engine::open(snapshot, &options).unwrap();
        let mut sink = |batch: &RecordBatch| -> Result<(), EngineError> {
            n += batch.num_rows();
            Ok(())
        };
        derive::relationships(&engine, &|_| true, &mut sink).unwrap();
    });
    let peak = if alone { format!(", peak memory {:.0} MiB", support::peak() / 1024.0) } else { String::new() };
    println!("{n} edges: {time:.1} s{peak}");
}

fn timed<T>(what: impl FnOnce() -> T) -> (T, f64) {
    let begun = Instant::now();
    let given = what();
    (given, begun.elapsed().as_secs_f64())
}

/// Reads every column whose name the checks and views mention, once; gives how many there are.
fn scan(engine: &Engine, library: &Library) -> usize {
    let mut words = BTreeSet::new();
    let mut tables = BTreeSet::new();
    for check in library.checks() {
        let text = library.whole_text(&check.sql);
        words.extend(text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').map(str::to_lowercase));
        tables.extend(check.named_tables().map(str::to_owned));
    }
    let mut n = 0;
    for table in tables {
        let Ok(spec) = Catalog::bundled().table(&table) else { continue };
        let standard = ["id", "name", "subscription_id", "resource_group", "location", "_gaps"].map(str::to_owned);
        let own = spec.columns.iter().map(|column| column.name.clone());
        let columns: Vec<String> = standard
            .into_iter()
            .chain(own)
            .filter(|name| words.contains(name))
            .map(|name| format!("count(\"{name}\")"))
            .collect();
        n += columns.len();
        engine.query(&format!("SELECT {} FROM {table}", columns.join(", "))).unwrap();
    }
    n
}

/// From start to end of `azsnap check` with one slug.
fn start(dir: &Path) {
    for slug in ["storage_account_https_only", "network_nsg_ssh_restricted"] {
        let run = || {
            let mut command = Command::new(env!("CARGO_BIN_EXE_azsnap"));
            command.args(["check", slug, "--snapshot", &dir.display().to_string()]);
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap()
        };
        let mut times: Vec<f64> = (0..RUNS).map(|_| timed(run).1 * 1000.0).collect();
        times.sort_by(f64::total_cmp);
        println!("azsnap check {slug}: least {:.0} ms, median {:.0} ms", times[0], times[RUNS / 2]);
    }
}

/// Collects a generated tenant and seals it.
fn take(archive: &Path, subscriptions: u32) -> PathBuf {
    let runtime = Runtime::new().unwrap();
    let options = support::server_options(None);
    let running = runtime.block_on(sample::serve_tenant(support::tenant(subscriptions), options)).unwrap();
    let (client, options) = (support::client(&running.base_url()), support::export_options(archive));
    let run = export::run(client, options, Arc::default(), CancellationToken::new());
    let exported = runtime.block_on(run).unwrap();
    runtime.block_on(running.stop());
    finish::seal(exported.unsealed).unwrap().0
}
