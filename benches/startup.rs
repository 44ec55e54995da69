//! How long `azsnap tables` takes from start to end: it lists all tables, and parses no spec for it. Run with
//! `cargo bench --bench startup`.
#![allow(missing_docs, clippy::print_stdout, clippy::unwrap_used)]

use std::process::{Command, Stdio};
use std::time::Instant;

const RUNS: usize = 20;

fn main() {
    println!("profile {}, optimisation {}", env!("AZSNAP_PROFILE"), env!("AZSNAP_OPT_LEVEL"));
    for arguments in [&["--version"][..], &["tables"], &["tables", "azure_storage_account"]] {
        let mut times: Vec<f64> = (0..RUNS).map(|_| run(arguments)).collect();
        times.sort_by(f64::total_cmp);
        println!("azsnap {}: least {:.1} ms, median {:.1} ms", arguments.join(" "), times[0], times[RUNS / 2]);
    }
}

/// Milliseconds of one run.
fn run(arguments: &[&str]) -> f64 {
    let begun = Instant::now();
    let status = Command::new(env!("CARGO_BIN_EXE_azsnap"))
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    let time = begun.elapsed().as_secs_f64() * 1000.0;
    assert!(status.success());
    time
}
