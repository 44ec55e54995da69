//! `azsnap demo`: the whole program on the bundled made-up tenant, over real HTTP on loopback.

use super::args::{DemoArgs, Global, Narrow, Output, Rules};
use super::connect::Connected;
use super::every::Watch;
use super::failure::{Failure, Outcome};
use super::sample_server;
use super::snapshot::{Taken, clock, take};
use super::ui::Ui;
use super::{finish, narrow};
use crate::catalog::Catalog;
use crate::client::{Client, ClientOptions, Cloud, CredentialSpec, Endpoints, Secret};
use crate::collect::Selection;
use crate::diff;
use crate::engine::Engine;
use crate::export;
use crate::packs::{self, Library, Verdict};
use crate::report::{Document, escape_terminal};
use crate::sample;
use crate::store::{Snapshot, snapshot_name, verify};
use chrono::{NaiveDateTime, TimeDelta};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

/// Dates of the bundled tenant, and the instants they were taken at.
const DATES: [(&str, &str); 2] = [("2026-09-01", "2026-09-01T06:00:00Z"), ("2026-10-01", "2026-10-01T06:00:00Z")];

pub fn run(args: &DemoArgs, global: &Global, ui: &Ui) -> Result<Outcome, Failure> {
    let begun = Instant::now();
    std::fs::create_dir_all(&args.dir)
        .map_err(|error| anyhow::Error::new(error).context(format!("cannot make {}", args.dir.display())))?;
    let archive = args.dir.join("archive");
    let library = Library::bundled()?;
    let tables = tables(&library)?;
    ui.say(&format!(
        "reading the {} tables that the bundled checks need, of {}; `azsnap snapshot` reads all",
        tables.len(),
        Catalog::bundled().names().count()
    ));
    let mut snapshots = Vec::new();
    for (date, at) in DATES {
        snapshots.push(snapshot(&archive, date, at, &tables, ui)?);
    }
    let [old, new] = snapshots.as_slice() else { return Err(Failure::usage("the bundled tenant has two dates")) };

    ui.say("running every check on both snapshots");
    let options = finish::engine_options(&Rules::default(), global, None)?;
    let whole = (&Narrow::default(), global);
    let before = narrow::run_packs(&library, &[], whole, old, options.clone())?;
    let after = narrow::run_packs(&library, &[], whole, new, options.clone())?;
    let summary = &after.summary;
    ui.data(&format!(
        "{}: {} checks: {} pass, {} fail, {} unknown, {} manual, {} not applicable\n",
        DATES[1].0, summary.checks, summary.pass, summary.fail, summary.unknown, summary.manual, summary.not_applicable
    ))?;
    let flips = packs::flips(&before, &after);
    ui.data("verdicts that changed since the snapshot before:\n")?;
    let word = |verdict: Option<Verdict>| verdict.map_or("-", Verdict::as_str);
    for flip in flips.iter().filter(|flip| flip.old.is_some() && flip.new.is_some()) {
        let subject = percent_encoding::percent_decode_str(&flip.subject).decode_utf8_lossy();
        let subject = subject.rsplit('/').next().unwrap_or_default();
        ui.data(&format!(
            "  {} -> {}  {}  {}\n",
            word(flip.old),
            word(flip.new),
            flip.check,
            escape_terminal(subject)
        ))?;
    }
    let engine = Engine::open_pair(old, new, &options)?;
    let changes = diff::diff(&engine, old, new, Some(&tables))?;
    ui.data(&format!("{} rows changed, were added or removed\n", changes.changes.len()))?;

    let page = args.dir.join("report.html");
    let output = Output { format: Some("html".to_owned()), output: Some(page.clone()) };
    ui.write(&Document::Checks(&after), &output)?;
    let shown = archive.display();
    ui.say(&format!("done in {:.1} s. Next:", begun.elapsed().as_secs_f64()));
    ui.say(&format!("  open {}", page.display()));
    ui.say(&format!("  azsnap shell --archive {shown}"));
    ui.say(&format!(
        "  azsnap query --archive {shown} -c \"SELECT name, minimum_tls_version FROM azure_storage_account\""
    ));
    ui.say(&format!("  azsnap check --archive {shown} cis_azure_5_0_0"));
    ui.say(&format!("  azsnap diff {shown}@{} {shown}@{} --checks", DATES[0].0, DATES[1].0));
    Ok(Outcome::Done)
}

/// The tables that the bundled checks read, and the list of all resources.
fn tables(library: &Library) -> Result<Vec<String>, Failure> {
    let mut names = library.relations(&library.select(&[])?);
    names.insert("azure_resource".to_owned());
    Ok(names.into_iter().filter(|name| Catalog::bundled().contains(name)).collect())
}

/// A clock that shows the time of the made-up tenant: what is read is as old as the tenant's date says.
fn ticking_from(instant: NaiveDateTime) -> export::Clock {
    let begun = Instant::now();
    Arc::new(move || instant + TimeDelta::from_std(begun.elapsed()).unwrap_or_default())
}

/// Takes one snapshot from the sample server, or uses the one that an earlier demo left, and verifies its seal.
fn snapshot(archive: &Path, date: &str, at: &str, tables: &[String], ui: &Ui) -> Result<Snapshot, Failure> {
    let instant = finish::instant(at)?;
    let tenant = sample_server::bundled(date)?;
    let tenant_id = tenant.id().to_owned();
    let folder = archive.join(format!("tenant={tenant_id}")).join(format!("snapshot={}", snapshot_name(instant)));
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    let partial = folder.with_file_name(format!("snapshot={}.partial", snapshot_name(instant)));
    if partial.exists() {
        std::fs::remove_dir_all(&partial)?;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let running = runtime.block_on(sample::serve_tenant(
        tenant,
        sample::Options { started: clock()().and_utc(), ..sample::Options::default() },
    ))?;
    let base = running.base_url();
    ui.say(&format!("reading the tenant of {date} from {base}"));
    let url = || url::Url::parse(&base);
    let mut endpoints = Endpoints::for_cloud(Cloud::Public);
    (endpoints.arm, endpoints.graph, endpoints.login) = (url()?, url()?, url()?);
    let mut data = url()?;
    data.set_path("/data/{host}");
    endpoints.data =
        ["vault.azure.net", "core.windows.net"].into_iter().map(|suffix| (suffix.to_owned(), data.clone())).collect();
    let credential = CredentialSpec::ClientSecret {
        tenant: tenant_id,
        client_id: "azsnap-demo".to_owned(),
        secret: Secret::new("demo"),
    };
    let client = Client::new(endpoints, Cloud::Public, credential, ClientOptions::default())?;
    let options = export::Options {
        archive: archive.to_owned(),
        tenant: None,
        selection: Selection { tables: tables.to_vec(), ..Selection::default() },
        resume: None,
        stale_ok: false,
        at: Some(instant),
        no_prune: false,
        concurrency: 16,
        write_every: export::WRITE_EVERY,
        clock: ticking_from(instant),
        sources: vec![base],
        account_name: None,
        description: None,
    };
    let Taken { dir, .. } = take(Connected { client, sources: Vec::new() }, options, &Watch::start()?, ui)?;
    runtime.block_on(running.stop());
    let report = verify(&dir)?;
    if !report.is_whole() {
        return Err(Failure::usage(format!("{} is not as it was sealed", dir.display())));
    }
    ui.data(&format!("{date}: {} files sealed as {}\n", report.good, report.seal))?;
    Ok(Snapshot::open(&dir)?)
}
