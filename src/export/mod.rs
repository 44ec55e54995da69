//! Conducts a snapshot run: the one place where network meets disk. Asks task by task, decodes, writes runs and the
//! journal, and in the end completes the ledger and merges. Never imports DuckDB, checks or reports.

mod children;
mod finish;
mod forecast;
mod gather;
mod plan;
mod recorder;
mod resume;
mod run;
mod task;

use crate::catalog::{Catalog, CatalogError, TableSpec};
use crate::client::{CallError, Client, Principal};
use crate::collect::{Call, Fetcher, Selection, SelectionError, calls};
use crate::columns::Sheaf;
use crate::store::inherit::InheritError;
use crate::store::{JournalHead, Partial, StoreError, Unsealed, snapshot_name};
use chrono::NaiveDateTime;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

use run::Run;

pub use forecast::{Forecast, Planned, forecast};

/// How the journal writes the start of the run.
const STARTED_AT: &str = "%Y-%m-%dT%H:%M:%SZ";

/// How long finished tasks wait to be written when nothing else is said.
pub const WRITE_EVERY: Duration = Duration::from_secs(30);

/// The clock of a run.
pub type Clock = Arc<dyn Fn() -> NaiveDateTime + Send + Sync>;

/// What a run needs to know.
pub struct Options {
    /// Where snapshots are kept.
    pub archive: PathBuf,
    /// GUID or domain of the tenant, when it is not the token's.
    pub tenant: Option<String>,
    /// What to ask.
    pub selection: Selection,
    /// The `.partial` folder to go on with.
    pub resume: Option<PathBuf>,
    /// Go on also when it is older than a day.
    pub stale_ok: bool,
    /// Name and time of the snapshot, when not now.
    pub at: Option<NaiveDateTime>,
    /// Ask also for what Resource Graph counts none of.
    pub no_prune: bool,
    /// Tasks under way at once.
    pub concurrency: usize,
    /// The longest time that finished tasks wait to be written: what a killed run loses.
    pub write_every: Duration,
    /// The clock.
    pub clock: Clock,
    /// Where it asks, for the manifest.
    pub sources: Vec<String>,
    /// Name of the account, for the manifest.
    pub account_name: Option<String>,
    /// What the account is, for the manifest.
    pub description: Option<String>,
}

/// Counts that a progress display reads while the run goes on.
#[derive(Debug, Default)]
pub struct Progress {
    /// Tasks known.
    pub tasks: AtomicU64,
    /// Tasks done.
    pub done: AtomicU64,
    /// Rows received.
    pub rows: AtomicU64,
    /// Requests sent.
    pub requests: AtomicU64,
    /// Milliseconds waited.
    pub waited_ms: AtomicU64,
    /// Tasks or parents that could not be read.
    pub unread: AtomicU64,
}

/// A run that is done but for derived tables and the seal.
#[derive(Debug)]
pub struct Exported {
    /// The folder to seal.
    pub unsealed: Unsealed,
    /// Rows of the ledger that are no knowledge.
    pub unread: usize,
    /// Azure's clock less ours in seconds.
    pub clock_offset: Option<i64>,
}

/// Why a run ended without a snapshot.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// No token.
    #[error("cannot sign in: {0}")]
    SignIn(Box<CallError>),
    /// The list of subscriptions could not be asked for at all.
    #[error("cannot list the subscriptions: {status} {message}")]
    Unreachable {
        /// Our word for how it failed.
        status: String,
        /// What was said.
        message: String,
    },
    /// The selection fits nothing.
    #[error(transparent)]
    Selection(#[from] SelectionError),
    /// A bad spec.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// The disk.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The ledger could not be completed.
    #[error(transparent)]
    Ledger(#[from] InheritError),
    /// The token is another tenant's.
    #[error("the token belongs to tenant {found}, not to {wanted}")]
    WrongTenant {
        /// The tenant asked for.
        wanted: String,
        /// The token's.
        found: String,
    },
    /// The tenant's GUID is not known.
    #[error("the token does not say which tenant it belongs to: give its GUID with --tenant")]
    NoTenant,
    /// The interrupted run asked something else, or is too old.
    #[error("cannot resume {}: {why}", dir.display())]
    CannotResume {
        /// The `.partial` folder.
        dir: PathBuf,
        /// Why not.
        why: String,
    },
    /// Ctrl-C.
    #[error("interrupted; go on with --resume ({} keeps what was read)", dir.display())]
    Interrupted {
        /// The `.partial` folder.
        dir: PathBuf,
    },
}

/// Everything the tasks of a run share.
struct Context {
    catalog: &'static Catalog,
    calls: Vec<Call<'static>>,
    fetcher: Fetcher,
    tenant: String,
    principal: Principal,
    partial: Partial,
    clock: Clock,
    progress: Arc<Progress>,
    cache: recorder::ReferenceCache,
    clock_offset: std::sync::Mutex<Option<i64>>,
    gather: gather::Gather,
    /// For each call the tables that it gives rows of.
    tables: Vec<Vec<&'static TableSpec>>,
    /// For each call the columns that only its detail calls fill.
    details: Vec<Vec<String>>,
    /// For each table the calls that are made for its rows.
    below: BTreeMap<&'static str, Vec<usize>>,
}

impl Context {
    fn new(
        client: Client,
        chosen: &BTreeSet<&'static str>,
        (principal, tenant): (Principal, String),
        (partial, head): (Partial, &JournalHead),
        options: &Options,
        progress: Arc<Progress>,
    ) -> Result<Context, ExportError> {
        let catalog = Catalog::bundled();
        let window = resume::log_window(head, (options.clock)(), options.selection.log_days);
        let calls = calls(catalog, chosen)?;
        let tables = |call: &Call<'static>| Ok(Sheaf::new(catalog, &call.specs)?.tables().collect());
        let details = |call: &Call<'static>| {
            let columns = call.specs.iter().take(1).flat_map(|spec| &spec.columns);
            columns.filter(|column| column.detail).map(|column| column.name.clone()).collect()
        };
        Ok(Context {
            catalog,
            gather: gather::Gather::new(calls.len()),
            tables: calls.iter().map(tables).collect::<Result<_, ExportError>>()?,
            details: calls.iter().map(details).collect(),
            below: children::below(&calls),
            calls,
            fetcher: Fetcher::new(client, &tenant, window),
            tenant,
            principal,
            partial,
            clock: options.clock.clone(),
            progress,
            cache: recorder::ReferenceCache::default(),
            clock_offset: std::sync::Mutex::new(None),
        })
    }
}

/// Takes a snapshot, up to the derived tables and the seal.
///
/// # Errors
/// Nothing could be asked, the disk refused, or the user interrupted. What went wrong in one task is a row of the
/// ledger instead.
pub async fn run(
    client: Client,
    options: Options,
    progress: Arc<Progress>,
    cancel: CancellationToken,
) -> Result<Exported, ExportError> {
    let catalog = Catalog::bundled();
    let chosen = options.selection.tables(catalog)?;
    let (principal, tenant) = resume::signed_in(&client, options.tenant.as_deref()).await?;
    let begun = resume::head(&options, &tenant, &principal);
    let (partial, head, finished, resumed) = match &options.resume {
        Some(dir) => {
            let (partial, head, finished) = Partial::reopen(dir)?;
            resume::resumable(dir, &head, &begun, (options.clock)(), options.stale_ok)?;
            (partial, head, finished, true)
        }
        None => {
            let at = options.at.unwrap_or_else(|| (options.clock)());
            (Partial::create(&options.archive, &snapshot_name(at), &begun)?, begun, Vec::new(), false)
        }
    };
    let dir = partial.dir().to_owned();
    let context = Context::new(client, &chosen, (principal, tenant), (partial, &head), &options, progress)?;
    let context = Arc::new(context);
    let mut run = Run::new(context);
    run.go_on(finished);
    let ended = tokio::select! {
        ended = run.all(&options) => ended,
        () = cancel.cancelled() => Err(ExportError::Interrupted { dir: dir.clone() }),
    };
    let ended = match ended {
        Ok(subscriptions) => run.write_rest().await.map(|()| subscriptions),
        Err(error) => Err(error),
    };
    let subscriptions = match ended {
        Ok(subscriptions) => subscriptions,
        Err(error) => {
            // A run that could not even list its subscriptions has nothing worth resuming.
            if matches!(error, ExportError::Unreachable { .. } | ExportError::Selection(_)) && !resumed {
                let _ = run.written().await;
                drop(run);
                let _ = std::fs::remove_dir_all(&dir);
            } else {
                run.write_rest().await?;
            }
            return Err(error);
        }
    };
    finish::finish(run, &options, &head, &chosen, &subscriptions, resumed)
}
