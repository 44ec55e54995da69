//! A generated tenant read over HTTP: CPU, peak memory and calls of the collector, beside the least useful work on the same
//! answers (one loop that downloads each, parses it once and compresses it once), and how the cost grows with the rows.
//! The sample server plays in a process of its own, so that only the reader's work is counted. Run with
//! `cargo bench --bench collect` (up to 100,000 rows), or `cargo bench --bench collect -- --full` (a million rows, and 1,000
//! subscriptions with 300,000 resources: an hour or so). Linux only: CPU and memory stand in `/proc`.
#![allow(missing_docs, clippy::print_stdout, clippy::unwrap_used, clippy::disallowed_methods)]

mod support;

use azsnap::catalog::Catalog;
use azsnap::export::{self, Progress};
use azsnap::sample::{self, Request, Tenant};
use azsnap::store::Snapshot;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::collections::hash_map::DefaultHasher;
use std::fs::{self, File};
use std::hash::{Hash, Hasher};
use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex};
use std::time::Instant;
use support::{PAGE, tenant};
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

/// As the program has it; for both sides of the comparison.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ROWS: [u64; 3] = [10_000, 30_000, 100_000];
const MORE_ROWS: [u64; 2] = [300_000, 1_000_000];
/// More than 1,000 subscriptions: with them there are 300,000 resources.
const SUBSCRIPTIONS: u32 = 1064;
/// What Parquet files are compressed with.
const LEVEL: i32 = 3;
/// Parts of a request that holds several.
const BATCH: u64 = 20;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let argument = |at: usize| arguments.get(at).map(String::as_str).unwrap_or_default();
    match argument(1) {
        "--serve" => serve(argument(2).parse().unwrap(), argument(3)),
        "--collect" => collect(argument(2), Path::new(argument(3))),
        "--least" => least(argument(2), Path::new(argument(3))),
        _ => conduct(arguments.iter().any(|argument| argument == "--full")),
    }
}

/// Runs every size, each part in a process of its own.
fn conduct(full: bool) {
    let (profile, level) = (env!("AZSNAP_PROFILE"), env!("AZSNAP_OPT_LEVEL"));
    println!("profile {profile}, optimisation {level}");
    let n_rows = |tenant: &Tenant| Catalog::bundled().names().map(|table| tenant.n_objects(table)).sum::<u64>();
    // Two of the sample's subscriptions take turns.
    let pair = n_rows(&tenant(2));
    let mut sizes: Vec<u32> = ROWS.iter().map(|rows| u32::try_from(rows.div_ceil(pair) * 2).unwrap()).collect();
    if full {
        sizes.extend(MORE_ROWS.iter().map(|rows| u32::try_from(rows.div_ceil(pair) * 2).unwrap()));
        sizes.push(SUBSCRIPTIONS);
    }
    let points: Vec<(f64, f64)> = sizes.into_iter().map(|size| measure(size, profile == "release")).collect();
    fit(&points);
}

/// Rows and CPU seconds of the collector for a tenant of that size.
fn measure(subscriptions: u32, tells_ratio: bool) -> (f64, f64) {
    let resources = tenant(subscriptions).n_objects("azure_resource");
    println!("\n{subscriptions} subscriptions, {resources} resources, pages of {PAGE}");
    let dir = tempfile::tempdir().unwrap();
    let log = dir.path().join("asked.tsv");
    let (mut server, base) = start(subscriptions, &log.display().to_string());
    let ours = part(&["--collect", &base, &dir.path().join("archive").display().to_string()]);
    stop(&mut server);
    let (mut server, base) = start(subscriptions, "");
    let theirs = part(&["--least", &base, &log.display().to_string()]);
    stop(&mut server);

    let number = |of: &Value, key: &str| of[key].as_f64().unwrap_or(f64::NAN);
    let (cpu, least_cpu) = (number(&ours, "cpu"), number(&theirs, "cpu"));
    println!(
        "collector: {} rows, {} requests ({} sent again, {} left out), {:.1} s of CPU in {:.1} s, peak memory {:.0} MiB",
        ours["rows"],
        ours["requests"],
        ours["retries"],
        ours["pruned"],
        cpu,
        number(&ours, "seconds"),
        number(&ours, "peak_kib") / 1024.0
    );
    println!(
        "least useful work: {} answers, {:.0} MB (compressed {:.0} MB), {:.1} s of CPU in {:.1} s",
        theirs["answers"],
        number(&theirs, "bytes") / 1e6,
        number(&theirs, "compressed") / 1e6,
        least_cpu,
        number(&theirs, "seconds")
    );
    if tells_ratio {
        println!("ratio of CPU collector / least useful work: {:.2}", cpu / least_cpu);
    } else {
        println!("no ratio: this profile is not optimised");
    }
    let (asked, least) = calls(&log);
    #[expect(clippy::cast_precision_loss, reason = "a share for people")]
    let over = 100.0 * (asked as f64 / least as f64 - 1.0);
    println!(
        "calls: {asked}; the plan needs {least} (each page and object once, {BATCH} to a batch): {over:.2} % more"
    );
    (number(&ours, "rows"), cpu)
}

/// The line of least squares through all points, and the power with which cost grows.
fn fit(points: &[(f64, f64)]) {
    let line = |points: &[(f64, f64)]| {
        let n = f64::from(u32::try_from(points.len()).unwrap());
        let (x, y) = points.iter().fold((0.0, 0.0), |sum, point| (sum.0 + point.0 / n, sum.1 + point.1 / n));
        let spread = |of: &dyn Fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>();
        let xx = spread(&|point| (point.0 - x).powi(2));
        let xy = spread(&|point| (point.0 - x) * (point.1 - y));
        let yy = spread(&|point| (point.1 - y).powi(2));
        (xy / xx, y - xy / xx * x, xy * xy / (xx * yy))
    };
    let (slope, start, r2) = line(points);
    println!("\nCPU = {start:.2} s + {:.1} s per million rows (R2 = {r2:.4})", slope * 1e6);
    for (rows, cpu) in points {
        println!("  {rows:.0} rows: {cpu:.2} s, {:+.1} % off the line", 100.0 * (cpu / (start + slope * rows) - 1.0));
    }
    let logs: Vec<(f64, f64)> = points.iter().map(|(rows, cpu)| (rows.ln(), cpu.ln())).collect();
    println!("cost grows with the {:.2}th power of the rows", line(&logs).0);
}

/// How many requests the log has, and the least that would have done: none twice, and batches that are full.
fn calls(log: &Path) -> (u64, u64) {
    let mut asked = 0;
    let (mut alone, mut parts) = (BTreeSet::new(), BTreeSet::new());
    let hash = |text: &str| {
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        hasher.finish()
    };
    for line in BufReader::new(File::open(log).unwrap()).lines().map(Result::unwrap) {
        asked += 1;
        match line.split_once("/$batch\t") {
            Some((version, body)) => {
                let body: Value = serde_json::from_str(body).unwrap();
                let urls = body["requests"].as_array().into_iter().flatten().filter_map(|one| one["url"].as_str());
                parts.extend(urls.map(|url| hash(&format!("{version}{url}"))));
            }
            None => {
                alone.insert(hash(&line));
            }
        }
    }
    (asked, alone.len() as u64 + (parts.len() as u64).div_ceil(BATCH))
}

fn start(subscriptions: u32, log: &str) -> (Child, String) {
    let mut server = Command::new(std::env::current_exe().unwrap())
        .args(["--serve", &subscriptions.to_string(), log])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut base = String::new();
    BufReader::new(server.stdout.as_mut().unwrap()).read_line(&mut base).unwrap();
    (server, base.trim().to_owned())
}

/// The server ends when nobody holds its input any more.
fn stop(server: &mut Child) {
    drop(server.stdin.take());
    assert!(server.wait().unwrap().success());
}

/// Runs a part in a process of its own; its last line is what it found.
fn part(arguments: &[&str]) -> Value {
    let output =
        Command::new(std::env::current_exe().unwrap()).args(arguments).stderr(Stdio::inherit()).output().unwrap();
    assert!(output.status.success(), "{arguments:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    serde_json::from_str(text.trim().lines().last().unwrap()).unwrap()
}

/// Plays the tenant until the input ends, and logs what is asked.
fn serve(subscriptions: u32, log: &str) {
    let out = (!log.is_empty()).then(|| Arc::new(Mutex::new(BufWriter::new(File::create(log).unwrap()))));
    let watch = out.clone().map(|out| -> sample::Watch {
        Arc::new(move |request: &Request, _: &sample::Response| {
            if !request.path.contains("/oauth2/") {
                let body = String::from_utf8_lossy(&request.body);
                let question = if request.query.is_empty() { "" } else { "?" };
                let (method, path, query) = (&request.method, &request.path, &request.query);
                writeln!(out.lock().unwrap(), "{method}\t{path}{question}{query}\t{body}").unwrap();
            }
        })
    });
    let runtime = Runtime::new().unwrap();
    let options = support::server_options(watch);
    let running = runtime.block_on(sample::serve_tenant(tenant(subscriptions), options)).unwrap();
    println!("{}", running.base_url());
    std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
    runtime.block_on(running.stop());
    if let Some(out) = out {
        out.lock().unwrap().flush().unwrap();
    }
}

/// Collects everything and seals it; the derived tables are DuckDB's work and not part of it.
fn collect(base: &str, archive: &Path) {
    let (cpu, begun) = (cpu(), Instant::now());
    let (client, options) = (support::client(base), support::export_options(archive));
    let progress = Arc::new(Progress::default());
    let runtime = Runtime::new().unwrap();
    let run = export::run(client, options, Arc::clone(&progress), CancellationToken::new());
    let exported = runtime.block_on(run).unwrap();
    let (sealed, _) = exported.unsealed.seal().unwrap();
    let snapshot = Snapshot::open(&sealed).unwrap();
    let (totals, pruning) = (&snapshot.manifest().totals, snapshot.manifest().pruning.as_ref().unwrap());
    println!(
        "{}",
        json!({
            "rows": totals.rows,
            "requests": progress.requests.load(Relaxed),
            "retries": totals.retries,
            "pruned": pruning.pruned,
            "cpu": self::cpu() - cpu,
            "seconds": begun.elapsed().as_secs_f64(),
            "peak_kib": support::peak(),
        })
    );
}

/// The least useful work on what was asked: each answer downloaded, parsed once and compressed once.
fn least(base: &str, log: &Path) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let found = runtime.block_on(async {
        drop(rustls::crypto::ring::default_provider().install_default());
        let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
        let mut tokens = Vec::new();
        for resource in ["management.azure.com", "graph.microsoft.com", "vault.azure.net", "storage.azure.com"] {
            let scope = format!("https://{resource}/.default");
            let form =
                [("grant_type", "client_credentials"), ("client_id", "b"), ("client_secret", "b"), ("scope", &scope)];
            let answer = client.post(format!("{base}/common/oauth2/v2.0/token")).form(&form).send().await.unwrap();
            tokens.push(answer.json::<Value>().await.unwrap()["access_token"].as_str().unwrap().to_owned());
        }
        let (cpu, begun) = (cpu(), Instant::now());
        let (mut answers, mut bytes, mut compressed) = (0_u64, 0, 0);
        for line in BufReader::new(File::open(log).unwrap()).lines() {
            let line = line.unwrap();
            let mut fields = line.splitn(3, '\t');
            let (method, path, asked) = (fields.next().unwrap(), fields.next().unwrap(), fields.next().unwrap());
            let token = match path {
                _ if path.starts_with("/v1.0") || path.starts_with("/beta") => &tokens[1],
                _ if path.starts_with("/data/") && path.contains("vault") => &tokens[2],
                _ if path.starts_with("/data/") => &tokens[3],
                _ => &tokens[0],
            };
            let request = client.request(method.parse().unwrap(), format!("{base}{path}")).bearer_auth(token);
            let request = if asked.is_empty() { request } else { request.body(asked.to_owned()) };
            let body = request.send().await.unwrap().bytes().await.unwrap();
            // Storage answers in XML, which is not parsed here.
            let parsed = serde_json::from_slice::<Value>(&body).ok();
            compressed += zstd::bulk::compress(&body, LEVEL).unwrap().len() as u64;
            drop(parsed);
            answers += 1;
            bytes += body.len() as u64;
        }
        json!({
            "answers": answers,
            "bytes": bytes,
            "compressed": compressed,
            "cpu": self::cpu() - cpu,
            "seconds": begun.elapsed().as_secs_f64(),
        })
    });
    println!("{found}");
}

/// CPU seconds of this process so far, its own and the kernel's for it.
fn cpu() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name of the program, in brackets, may hold spaces. Linux counts in hundredths of a second.
    let fields: Vec<f64> =
        stat.rsplit(')').next().unwrap_or_default().split(' ').filter_map(|field| field.parse().ok()).collect();
    // The state comes first and is no number: user time is the eleventh of the rest, system time the twelfth.
    fields.get(10..12).map_or(f64::NAN, |times| times.iter().sum::<f64>() / 100.0)
}
