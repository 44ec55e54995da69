//! `azsnap snapshot`: a tenant to a snapshot, interrupted and resumed at will.

use super::args::{Global, SnapshotArgs};
use super::connect::{self, Connected};
use super::failure::{Failure, Outcome};
use super::ui::Ui;
use super::{finish, plan, progress};
use crate::collect::Selection;
use crate::export::{self, ExportError, Options, Progress};
use crate::store::{Snapshot, find_snapshots};
use std::path::PathBuf;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

pub fn run(args: &SnapshotArgs, global: &Global, ui: &Ui) -> Result<Outcome, Failure> {
    let connected = connect::client(&args.connect, global.tenant.as_deref())?;
    let options = Options {
        archive: global.archive.clone(),
        tenant: global.tenant.clone(),
        selection: into_selection(args),
        resume: resume_dir(args, global)?,
        stale_ok: args.stale_ok,
        at: args.at.as_deref().map(finish::instant).transpose()?,
        no_prune: args.no_prune,
        concurrency: args.concurrency.clamp(1, 256),
        clock: clock(),
        sources: connected.sources.clone(),
    };
    if args.plan {
        return plan::show(connected, &options, &args.output, ui);
    }
    let taken = take(connected, options, ui)?;
    ui.data(&format!("{}\n", taken.seal))?;
    Ok(if taken.unread > 0 { Outcome::Partial } else { Outcome::Done })
}

/// What was typed, as what is meant.
fn into_selection(args: &SnapshotArgs) -> Selection {
    Selection {
        tables: args.tables.clone(),
        without_tables: args.without_tables.clone(),
        subscriptions: args.subscriptions.clone(),
        log_days: args.log_days,
    }
}

/// The folder to go on with: the one named, or the newest unfinished one of the archive.
fn resume_dir(args: &SnapshotArgs, global: &Global) -> Result<Option<PathBuf>, Failure> {
    match args.resume.as_deref() {
        None => Ok(None),
        Some("") => {
            let none = || Failure::usage(format!("{} holds no unfinished snapshot", global.archive.display()));
            if !global.archive.is_dir() {
                return Err(none());
            }
            find_snapshots(&global.archive)?.partials.into_iter().next_back().map(Some).ok_or_else(none)
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
pub fn take(connected: Connected, options: Options, ui: &Ui) -> Result<Taken, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let shared = Arc::new(Progress::default());
    let bar = progress::show(&shared, ui);
    let cancel = CancellationToken::new();
    let on_ctrl_c = cancel.clone();
    let exported = runtime.block_on(async {
        let watch = tokio::spawn(async move {
            if tokio::signal::ctrl_c().await.is_ok() {
                on_ctrl_c.cancel();
            }
        });
        let ended = export::run(connected.client, options, shared.clone(), cancel).await;
        watch.abort();
        ended
    });
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
