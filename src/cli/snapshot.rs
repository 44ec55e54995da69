//! `azsnap snapshot`: tenants to snapshots, interrupted and resumed at will, once or again and again.

use super::accounts::{Job, jobs};
use super::args::{Global, SnapshotArgs};
use super::connect::{self, Connected};
use super::every::{Watch, next_start};
use super::failure::{Failure, Outcome};
use super::ui::Ui;
use super::{finish, plan, progress};
use crate::catalog::Catalog;
use crate::collect::Selection;
use crate::config::{Config, values::is_guid};
use crate::export::{self, ExportError, Options, Progress};
use crate::report::escape_terminal;
use crate::store::{Snapshot, find_snapshots, keep};
use chrono::{NaiveDateTime, TimeDelta};
use std::path::PathBuf;
use std::sync::Arc;

pub fn run(args: &SnapshotArgs, global: &Global, config: &Config, ui: &Ui) -> Result<Outcome, Failure> {
    let keep = args.keep.or(config.keep);
    if args.delete && keep.is_none() {
        return Err(Failure::usage("--delete needs to know how many are kept: give --keep N"));
    }
    let jobs = jobs(args, global, config)?;
    let runs = Runs { jobs, keep, delete: args.delete, global, ui, watch: Watch::start()? };
    if args.plan && args.output.output.is_some() && runs.jobs.len() > 1 {
        return Err(Failure::usage("--output holds the plan of one account: choose one with --account"));
    }
    // What is resumed or planned, or has a time of its own, is done once, whatever the configuration says.
    let once = args.resume.is_some() || args.at.is_some() || args.plan;
    let every = args.every.or(config.every).filter(|every| !once && !every.is_zero());
    let Some(every) = every else { return runs.once() };
    runs.check()?;
    let clock = clock();
    let first = clock();
    loop {
        let outcome = runs.all();
        if outcome == Outcome::Interrupted || runs.watch.is_asked() {
            return Ok(Outcome::Interrupted);
        }
        let next = next_start(first, every, clock());
        ui.say(&format!("the next run begins at {}; Ctrl-C ends", next.format("%Y-%m-%dT%H:%M:%SZ")));
        if !runs.watch.wait_until(next, &clock)? {
            return Ok(Outcome::Interrupted);
        }
    }
}

/// What one round does, for each account.
struct Runs<'a> {
    jobs: Vec<Job>,
    keep: Option<u32>,
    delete: bool,
    global: &'a Global,
    ui: &'a Ui,
    watch: Watch,
}

impl Runs<'_> {
    /// One round; of a single account the failure is the command's.
    fn once(&self) -> Result<Outcome, Failure> {
        match self.jobs.as_slice() {
            [job] => self.one(job),
            _ => Ok(self.all()),
        }
    }

    /// Finds out before the first of many rounds what would fail in each.
    fn check(&self) -> Result<(), Failure> {
        for job in &self.jobs {
            connect::client(&job.args.connect, job.tenant.as_deref(), &job.login)?;
            into_selection(&job.args).tables(Catalog::bundled())?;
        }
        Ok(())
    }

    /// One account after another; what fails in one is told, and the worst end counts.
    fn all(&self) -> Outcome {
        let mut worst = Outcome::Done;
        let clock = clock();
        let mut last: Option<NaiveDateTime> = None;
        for job in &self.jobs {
            // A snapshot is named after its second: two accounts of one tenant must not begin in the same one.
            let waited = last.map(|last| self.watch.wait_until(last + TimeDelta::seconds(1), &clock));
            if matches!(waited, Some(Ok(false))) {
                return Outcome::Interrupted;
            }
            if let Some(name) = job.name.as_ref().filter(|_| self.jobs.len() > 1) {
                self.ui.say(&format!("account {}", escape_terminal(name)));
            }
            let outcome = self.one(job).unwrap_or_else(|failure| {
                let outcome = failure.outcome();
                failure.report(self.ui);
                outcome
            });
            last = Some(clock());
            worst = worst.max(outcome);
            if self.watch.is_asked() {
                return worst.max(Outcome::Interrupted);
            }
        }
        worst
    }

    fn one(&self, job: &Job) -> Result<Outcome, Failure> {
        let Job { args, tenant, login, .. } = job;
        let connected = connect::client(&args.connect, tenant.as_deref(), login)?;
        let options = Options {
            archive: self.global.archive.clone(),
            tenant: tenant.clone(),
            selection: into_selection(args),
            resume: resume_dir(args, self.global, tenant.as_deref())?,
            stale_ok: args.stale_ok,
            at: args.at.as_deref().map(finish::instant).transpose()?,
            no_prune: args.no_prune,
            concurrency: args.concurrency.clamp(1, 256),
            write_every: export::WRITE_EVERY,
            clock: clock(),
            sources: connected.sources.clone(),
            account_name: job.name.clone(),
            description: job.description.clone(),
        };
        if args.plan {
            return plan::show(connected, &options, &args.output, &self.watch, self.ui);
        }
        let taken = take(connected, options, &self.watch, self.ui)?;
        self.ui.data(&format!("{}\n", taken.seal))?;
        // A run that lost something must not push out those that did not.
        if taken.unread == 0 || !self.delete {
            self.keep(&taken)?;
        } else if self.keep.is_some() {
            self.ui.say("nothing was removed: this snapshot is partial");
        }
        Ok(if taken.unread > 0 { Outcome::Partial } else { Outcome::Done })
    }

    /// Lists the snapshots that are more than is kept, or removes them.
    fn keep(&self, taken: &Taken) -> Result<(), Failure> {
        let Some(n) = self.keep else { return Ok(()) };
        let snapshot = Snapshot::open(&taken.dir)?;
        let old = keep::find_surplus(&self.global.archive, &snapshot, usize::try_from(n).unwrap_or(usize::MAX))?;
        if old.is_empty() {
            return Ok(());
        }
        if !self.delete {
            self.ui.say(&format!("more than the {n} to keep (--delete removes them):"));
        }
        for surplus in &old {
            if self.delete {
                keep::remove(surplus, clock()())?;
                self.ui.say(&format!("removed {} (seal {})", surplus.dir.display(), surplus.seal));
            } else {
                self.ui.say(&format!("  {} (seal {})", surplus.dir.display(), surplus.seal));
            }
        }
        Ok(())
    }
}

/// What was typed, as what is meant.
fn into_selection(args: &SnapshotArgs) -> Selection {
    Selection {
        tables: args.tables.clone(),
        without_tables: args.without_tables.clone(),
        subscriptions: args.subscriptions.clone(),
        without_subscriptions: args.without_subscriptions.clone(),
        management_groups: args.management_groups.clone(),
        without_management_groups: args.without_management_groups.clone(),
        tenant_only: args.tenant_only,
        without_graph: args.without_graph,
        log_days: args.log_days,
    }
}

/// The folder to go on with: the one named, or the newest unfinished one of the archive (of the tenant, if its GUID is
/// known).
fn resume_dir(args: &SnapshotArgs, global: &Global, tenant: Option<&str>) -> Result<Option<PathBuf>, Failure> {
    match args.resume.as_deref() {
        None => Ok(None),
        Some("") => {
            let none = || Failure::usage(format!("{} holds no unfinished snapshot", global.archive.display()));
            if !global.archive.is_dir() {
                return Err(none());
            }
            let folder =
                tenant.filter(|tenant| is_guid(tenant)).map(|tenant| format!("tenant={}", tenant.to_lowercase()));
            let mut partials = find_snapshots(&global.archive)?.partials;
            partials
                .retain(|dir| folder.as_ref().is_none_or(|folder| dir.parent().is_some_and(|it| it.ends_with(folder))));
            partials.sort_by(|a, b| a.file_name().cmp(&b.file_name()));
            partials.pop().map(Some).ok_or_else(none)
        }
        Some(dir) => Ok(Some(PathBuf::from(dir))),
    }
}

/// The system's clock.
#[expect(clippy::disallowed_methods, reason = "cli reads the clock")]
pub fn clock() -> export::Clock {
    Arc::new(|| chrono::Utc::now().naive_utc())
}

/// A sealed snapshot.
pub struct Taken {
    pub dir: PathBuf,
    pub seal: String,
    pub unread: usize,
}

/// Runs the collector with progress and Ctrl-C, derives, seals, and says what came of it.
pub fn take(connected: Connected, options: Options, watch: &Watch, ui: &Ui) -> Result<Taken, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let shared = Arc::new(Progress::default());
    let bar = progress::show(&shared, ui);
    let exported = runtime.block_on(export::run(connected.client, options, shared.clone(), watch.token()));
    bar.finish();
    // Connections that linger must not hold the program.
    runtime.shutdown_background();
    let exported = exported.map_err(explain)?;
    if let Some(offset) = exported.clock_offset.filter(|offset| offset.abs() > 300) {
        ui.say(&format!("warning: this machine's clock differs from Azure's by {offset} seconds"));
    }
    let unread = exported.unread;
    let (dir, seal) = finish::seal(exported.unsealed, ui)?;
    let snapshot = Snapshot::open(&dir)?;
    let totals = &snapshot.manifest().totals;
    ui.say(&format!("{} rows, {} requests ({} sent again)", totals.rows, totals.requests, totals.retries));
    if let Some(pruning) = &snapshot.manifest().pruning {
        if pruning.mismatches.is_empty() {
            ui.say(&format!("{} lists left out, as Resource Graph counts none (--no-prune asks them)", pruning.pruned));
        } else {
            let told = pruning.mismatches.join(", ");
            ui.say(&format!("warning: Resource Graph's counts do not hold ({told}): every list was asked"));
        }
    }
    if unread > 0 {
        ui.say("not read:");
        finish::unread_lines(&snapshot, 12)?.iter().for_each(|line| ui.say(line));
    }
    Ok(Taken { dir, seal, unread })
}

/// What to do about a run that ended without a snapshot.
pub fn explain(error: ExportError) -> Failure {
    match &error {
        ExportError::Interrupted { .. } => Failure::interrupted(error),
        ExportError::SignIn(_) => Failure::hint(
            error,
            "check AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET (the secret's value, not its id), or choose another --auth",
        ),
        ExportError::Unreachable { .. } => {
            Failure::hint(error, "check the endpoint, the network and the proxy; nothing was written")
        }
        ExportError::Store(_) => {
            Failure::hint(error, "what was read so far is kept: go on with --resume once the disk is well")
        }
        _ => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::embedded::SAMPLES;
    use crate::cli::args::{Command, Top};
    use crate::config::{Wanted, parse};
    use crate::sample;
    use crate::store::{Status, ledger};
    use std::path::Path;

    const TENANT: &str = "0c803b5d-13f7-49ec-a422-f1665c722fae";
    const PROD: &str = "41296523-94d9-4ddf-8a16-006e6738a1e8";
    const DEV: &str = "e70bafcd-6ad6-4207-a0c9-d71e09f58082";

    /// Accounts of the made-up tenant; any variable that is set holds a secret that the server takes.
    const FILE: &str = r#"
        [[account]]
        name = "platform"
        description = "All below the platform"
        tenant = "0c803b5d-13f7-49ec-a422-f1665c722fae"
        client_id = "9d0f1c1e-8d0a-4f6e-9b57-2a1c7e9d4b10"
        client_secret_variable = "CARGO_MANIFEST_DIR"
        principals = [
            { client_id = "9d0f1c1e-8d0a-4f6e-9b57-2a1c7e9d4b11", client_secret_variable = "CARGO_MANIFEST_DIR" },
        ]
        management_groups = ["Contoso Platform"]
        tables = ["azure_storage_account", "azure_user"]
        graph = false
        [[account]]
        name = "broken"
        tenant = "0c803b5d-13f7-49ec-a422-f1665c722fae"
        client_id = "9d0f1c1e-8d0a-4f6e-9b57-2a1c7e9d4b10"
        client_secret_variable = "CARGO_MANIFEST_DIR"
        subscriptions = ["nowhere"]
        [[account]]
        name = "directory"
        tenant = "0c803b5d-13f7-49ec-a422-f1665c722fae"
        client_id = "9d0f1c1e-8d0a-4f6e-9b57-2a1c7e9d4b10"
        client_secret_variable = "CARGO_MANIFEST_DIR"
        without_management_groups = ["contoso-platform"]
        tables = ["azure_storage_account", "azure_user"]
    "#;

    /// The bundled tenant, in which the principal does not see the subscription for development.
    fn tenant() -> sample::Tenant {
        let files = SAMPLES.iter().filter(|(_, at, _, _)| *at == "2026-10-01" || at.is_empty());
        let first_line = |text: &'static str| text.lines().next().unwrap_or_default();
        let files = files.map(|(_, _, name, text)| match *name {
            "azure_subscription.jsonl" => (*name, first_line(text)),
            _ => (*name, *text),
        });
        sample::load_embedded(Catalog::bundled(), files.collect::<Vec<_>>()).unwrap()
    }

    fn snapshots(archive: &Path) -> Vec<Snapshot> {
        let found = find_snapshots(archive).unwrap();
        assert!(found.partials.is_empty(), "{:?}", found.partials);
        found.snapshots.iter().map(|(_, _, dir)| Snapshot::open(dir).unwrap()).collect()
    }

    fn statuses(snapshot: &Snapshot, table: &str) -> Vec<(String, Status, Option<String>)> {
        let rows = ledger::read(&snapshot.ledger_path()).unwrap();
        let mine = rows.into_iter().filter(|row| row.table_name == table);
        mine.map(|row| (row.scope_id, row.status, row.code)).collect()
    }

    #[test]
    fn several_accounts_one_after_another() {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let running = runtime.block_on(sample::serve_tenant(tenant(), sample::Options::default())).unwrap();
        let base = running.base_url();
        let dir = tempfile::TempDir::new().unwrap();
        let archive = dir.path().display().to_string();
        let typed = ["azsnap", "snapshot", "--quiet", "--archive", &archive, "--arm-endpoint", &base]
            .into_iter()
            .chain(["--graph-endpoint", &base, "--login-endpoint", &base]);
        let top = Top::read(typed).unwrap();
        let Command::Snapshot(args) = &top.command else { panic!("not a snapshot") };
        let set = |_: &str| Some("anything".to_owned());
        let config = parse(Path::new("azsnap.toml"), FILE, Wanted::Everybody, &set).unwrap();
        let ui = Ui::new(&top.global);
        let runs = |delete| Runs {
            jobs: jobs(args, &top.global, &config).unwrap(),
            keep: Some(1),
            delete,
            global: &top.global,
            ui: &ui,
            watch: Watch::start().unwrap(),
        };
        assert_eq!(runs(false).once().unwrap(), Outcome::CouldNot, "one account names no subscription");
        let taken = snapshots(dir.path());
        let said: Vec<_> = taken
            .iter()
            .map(|one| (one.manifest().account_name.as_deref(), one.manifest().description.as_deref()))
            .collect();
        assert_eq!(said, [(Some("platform"), Some("All below the platform")), (Some("directory"), None)]);
        let deselected = |id: &str| (id.to_owned(), Status::NotCollected, Some("Deselected".to_owned()));
        let unseen = (DEV.to_owned(), Status::NotCollected, Some("NotVisible".to_owned()));
        let ok = |id: &str| (id.to_owned(), Status::Ok, None);
        assert_eq!(statuses(&taken[0], "azure_storage_account"), [ok(PROD), unseen]);
        assert_eq!(statuses(&taken[0], "azure_user"), [deselected(TENANT)]);
        assert_eq!(statuses(&taken[1], "azure_storage_account"), [deselected(PROD)]);
        assert_eq!(statuses(&taken[1], "azure_user"), [ok(TENANT)]);

        // Listing removed nothing; removing leaves the account's own that was just taken. One that lost something pushes out
        // none, and no account pushes out another's.
        assert_eq!(runs(true).once().unwrap(), Outcome::CouldNot);
        let left = snapshots(dir.path());
        let names: Vec<_> = left.iter().map(|one| one.manifest().account_name.as_deref().unwrap_or_default()).collect();
        assert_eq!(names, ["platform", "platform", "directory"]);
        let told = dir.path().join(format!("tenant={TENANT}")).join(keep::REMOVED);
        assert_eq!(std::fs::read_to_string(told).unwrap().lines().count(), 1);
        runtime.block_on(running.stop());
    }
}
