//! What benches share: a generated tenant, a server that plays it, a client and options that read it without waiting.

use azsnap::catalog::Catalog;
use azsnap::catalog::embedded::SAMPLES;
use azsnap::client::{Client, ClientOptions, Cloud, CredentialSpec, Endpoints, Limits, Rate, Secret};
use azsnap::collect::Selection;
use azsnap::export;
use azsnap::sample::{self, Options, Tenant, Watch};
use std::path::Path;
use std::sync::Arc;

/// Date of the bundled tenant.
const DATE: &str = "2026-10-01";
const TENANT: &str = "0c803b5d-13f7-49ec-a422-f1665c722fae";
/// Copies of what lies in a subscription.
const SCALE: u32 = 3;
/// Items of a page.
pub const PAGE: usize = 200;

/// The bundled tenant with so many subscriptions, none of which denies anything.
pub fn tenant(subscriptions: u32) -> Tenant {
    // Without its ledger nothing is denied: a refused probe would end pruning, and with it what a plan saves.
    let files = SAMPLES
        .iter()
        .filter(|(_, date, name, _)| (*date == DATE || date.is_empty()) && *name != "ledger.jsonl")
        .map(|(_, _, name, text)| (*name, *text));
    sample::load_embedded(Catalog::bundled(), files).unwrap().multiplied(Some(subscriptions), SCALE).unwrap()
}

/// How it is played.
pub fn server_options(watch: Option<Watch>) -> Options {
    let token_ttl = 24 * 60 * 60;
    Options { page_size: PAGE, started: chrono::Utc::now(), token_ttl, watch, ..Options::default() }
}

/// A client that asks the server at `base` as fast as it answers.
pub fn client(base: &str) -> Client {
    let url = || url::Url::parse(base).unwrap();
    let mut endpoints = Endpoints::for_cloud(Cloud::Public);
    (endpoints.arm, endpoints.graph, endpoints.login) = (url(), url(), url());
    let mut data = url();
    data.set_path("/data/{host}");
    endpoints.data = ["vault.azure.net", "core.windows.net"].map(|suffix| (suffix.to_owned(), data.clone())).into();
    let credential = CredentialSpec::ClientSecret {
        tenant: TENANT.to_owned(),
        client_id: "bench".to_owned(),
        secret: Secret::new("bench"),
    };
    // Azure's limits would be waited for, which costs nothing but time.
    let limits = Limits { arm: Rate::Refill { depth: u32::MAX, per_second: 1e9 }, providers: Vec::new(), low_water: 0 };
    Client::new(endpoints, Cloud::Public, credential, ClientOptions { limits, ..ClientOptions::default() }).unwrap()
}

/// Everything, into `archive`.
pub fn export_options(archive: &Path) -> export::Options {
    export::Options {
        archive: archive.to_owned(),
        tenant: None,
        selection: Selection::default(),
        resume: None,
        stale_ok: false,
        at: None,
        no_prune: false,
        concurrency: 16,
        write_every: export::WRITE_EVERY,
        clock: Arc::new(|| chrono::Utc::now().naive_utc()),
        sources: Vec::new(),
        account_name: None,
        description: None,
    }
}

/// Most memory that this process held, in KiB.
pub fn peak() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().split(' ').next()?.parse().ok()).unwrap_or(f64::NAN)
}
