//! Conducts a snapshot run: the one place where network meets disk. Asks task by task, decodes, writes runs and the
//! journal, and in the end completes the ledger and merges. Never imports DuckDB, checks or reports.

mod children;
mod finish;
mod plan;
mod task;

use crate::catalog::{Catalog, CatalogError, Scope, ScopeKind};
use crate::client::{Audience, CallError, Client, Principal};
use crate::collect::{
    Call, Fetcher, Group, LOG_DAYS, MANAGEMENT_GROUPS, Meant, Queue, Selection, SelectionError, calls,
};
use crate::store::{JournalEntry, JournalHead, LedgerRow, Partial, StoreError, Unsealed, snapshot_name};
use chrono::NaiveDateTime;
use futures::stream::{FuturesUnordered, StreamExt};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio_util::sync::CancellationToken;

use crate::collect::count::{AT_ONCE, Counts};
use plan::Plan;
use task::{Task, Work};

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
    cache: task::ReferenceCache,
    clock_offset: std::sync::Mutex<Option<i64>>,
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
    let mut principal = client.principal(&Audience::Arm).await.map_err(|error| ExportError::SignIn(Box::new(error)))?;
    if let Ok(graph) = client.principal(&Audience::Graph).await {
        // Application permissions and directory roles stand in Graph's token only. Without one its lists say why.
        (principal.roles, principal.wids) = (graph.roles, graph.wids);
    }
    let tenant = tenant_of(&principal, options.tenant.as_deref())?;
    let asked = serde_json::to_value(&options.selection).unwrap_or_default();
    let written_by = concat!("azsnap ", env!("CARGO_PKG_VERSION"));
    let now = (options.clock)();
    let (partial, head, finished, resumed) = match &options.resume {
        Some(dir) => {
            let (partial, head, finished) = Partial::reopen(dir)?;
            resumable(dir, &head, &tenant, &asked, now, options.stale_ok)?;
            (partial, head, finished, true)
        }
        None => {
            let at = options.at.unwrap_or(now);
            let started_at = at.format(STARTED_AT).to_string();
            let head = JournalHead {
                written_by: written_by.to_owned(),
                tenant_id: tenant.clone(),
                asked,
                started_at,
                catalog: catalog.fingerprint(),
            };
            (Partial::create(&options.archive, &snapshot_name(at), &head)?, head, Vec::new(), false)
        }
    };
    let dir = partial.dir().to_owned();
    let context = Arc::new(Context {
        catalog,
        calls: calls(catalog, &chosen)?,
        fetcher: Fetcher::new(client, &tenant, log_window(&head, now, options.selection.log_days)),
        tenant,
        principal,
        partial,
        clock: options.clock.clone(),
        progress,
        cache: task::ReferenceCache::default(),
        clock_offset: std::sync::Mutex::new(None),
    });
    let mut run = Run {
        context,
        finished: BTreeMap::new(),
        entries: Vec::new(),
        queue: Queue::default(),
        proven: BTreeSet::new(),
        counts: Counts::new(),
        plan: Plan::default(),
        mismatches: Vec::new(),
        unseen: BTreeSet::new(),
    };
    run.finished = finished.into_iter().map(|entry| (entry.task.clone(), entry)).collect();
    let ended = tokio::select! {
        ended = run.all(&options) => ended,
        () = cancel.cancelled() => Err(ExportError::Interrupted { dir: dir.clone() }),
    };
    let subscriptions = match ended {
        Ok(subscriptions) => subscriptions,
        Err(error) => {
            // A run that could not even list its subscriptions has nothing worth resuming.
            if matches!(error, ExportError::Unreachable { .. } | ExportError::Selection(_)) && !resumed {
                drop(run);
                let _ = std::fs::remove_dir_all(&dir);
            }
            return Err(error);
        }
    };
    finish::finish(run, &options, &head, &chosen, &subscriptions, resumed)
}

/// The time that logs are read of: up to the start of the run, also when it is resumed.
fn log_window(head: &JournalHead, now: NaiveDateTime, days: u32) -> (String, String) {
    let to = NaiveDateTime::parse_from_str(&head.started_at, STARTED_AT).unwrap_or_default();
    // Azure refuses to look further back than it keeps.
    let from = (to - chrono::Duration::days(i64::from(days))).max(now - chrono::Duration::days(i64::from(LOG_DAYS)));
    let from = from.min(to);
    (from.format(STARTED_AT).to_string(), head.started_at.clone())
}

/// How the journal writes the start of the run.
const STARTED_AT: &str = "%Y-%m-%dT%H:%M:%SZ";

fn tenant_of(principal: &Principal, wanted: Option<&str>) -> Result<String, ExportError> {
    let is_guid = |text: &str| text.len() == 36 && text.chars().all(|c| c == '-' || c.is_ascii_hexdigit());
    match (principal.tenant_id.as_deref(), wanted) {
        (Some(found), Some(wanted)) if is_guid(wanted) && !found.eq_ignore_ascii_case(wanted) => {
            Err(ExportError::WrongTenant { wanted: wanted.to_owned(), found: found.to_owned() })
        }
        (Some(found), _) => Ok(found.to_lowercase()),
        (None, Some(wanted)) if is_guid(wanted) => Ok(wanted.to_lowercase()),
        (None, _) => Err(ExportError::NoTenant),
    }
}

fn resumable(
    dir: &std::path::Path,
    head: &JournalHead,
    tenant: &str,
    asked: &serde_json::Value,
    now: NaiveDateTime,
    stale_ok: bool,
) -> Result<(), ExportError> {
    let refuse = |why: String| Err(ExportError::CannotResume { dir: dir.to_owned(), why });
    if head.tenant_id != tenant {
        return refuse(format!("it is of tenant {}, the token of {tenant}", head.tenant_id));
    }
    if head.asked != *asked {
        return refuse(format!("it asked for {}, this run for {asked}", head.asked));
    }
    if head.catalog != Catalog::bundled().fingerprint() {
        return refuse("another build of azsnap, with other table specs, began it".to_owned());
    }
    let started = NaiveDateTime::parse_from_str(&head.started_at, STARTED_AT);
    if !stale_ok && started.is_ok_and(|started| (now - started).num_hours() >= 24) {
        return refuse(format!(
            "it was begun at {}, more than a day ago; --stale-ok goes on all the same",
            head.started_at
        ));
    }
    Ok(())
}

/// With so few calls there is nothing to save.
const FEW_CALLS: usize = 8;

/// The state of the scheduling loop.
struct Run {
    context: Arc<Context>,
    finished: BTreeMap<String, JournalEntry>,
    entries: Vec<JournalEntry>,
    queue: Queue<Task>,
    proven: BTreeSet<String>,
    counts: Counts,
    plan: Plan,
    /// Calls and subscriptions that held something although none was counted, or would not say.
    mismatches: Vec<String>,
    /// Subscriptions that stand below a chosen management group and that the principal does not see.
    unseen: BTreeSet<String>,
}

impl Run {
    /// Everything that is asked. Gives the visible subscriptions and whether they are meant.
    async fn all(&mut self, options: &Options) -> Result<BTreeMap<String, bool>, ExportError> {
        let tenant = Scope::Tenant(self.context.tenant.clone());
        let is_list = |call: &Call<'_>| call.name() == crate::catalog::SUBSCRIPTIONS;
        let list = self.context.calls.iter().position(is_list).expect("every selection holds the subscriptions");
        let is_tree = |call: &Call<'_>| call.specs.iter().any(|spec| spec.name == MANAGEMENT_GROUPS);
        let tree = self.context.calls.iter().position(is_tree).filter(|_| options.selection.names_groups());
        for index in std::iter::once(list).chain(tree) {
            self.queue.push(tenant.id(), Task::root(&self.context.calls[index], index, tenant.clone()));
        }
        self.drain(options.concurrency).await?;
        let visible = self.visible_subscriptions()?;
        let groups = if tree.is_some() { self.groups()? } else { Vec::new() };
        let Meant { visible: meant, unseen } = options.selection.subscriptions(&visible, &groups)?;
        self.unseen = unseen;
        let by_subscription: Vec<(String, String)> =
            visible.iter().filter(|(id, _)| meant.contains(id)).cloned().collect();
        let mut subscriptions: BTreeMap<String, bool> =
            visible.into_iter().map(|(id, _)| (id.clone(), meant.contains(&id))).collect();
        // What is to be said of these stands in the ledger already, see `finish`.
        subscriptions.extend(self.unseen.iter().map(|id| (id.clone(), false)));
        self.count(&tenant, &meant, options).await?;
        for (id, name) in &by_subscription {
            for task in children::of_subscription(&self.context, id, name) {
                self.queue.push(id, task);
            }
        }
        for (index, call) in self.context.calls.iter().enumerate() {
            if index == list || Some(index) == tree {
                continue;
            }
            match call.fetch().scope {
                ScopeKind::Tenant => self.queue.push(tenant.id(), Task::root(call, index, tenant.clone())),
                ScopeKind::Subscription => {
                    for id in meant.iter().filter(|id| !self.plan.pruned.contains(&(index, (*id).clone()))) {
                        self.queue.push(id, Task::root(call, index, Scope::Subscription(id.clone())));
                    }
                }
                _ => {}
            }
        }
        self.drain(options.concurrency).await?;
        self.probe();
        self.drain(options.concurrency).await?;
        Ok(subscriptions)
    }

    /// Asks where the principal reads everything and what Resource Graph counts, and plans by it what is left out.
    async fn count(&mut self, tenant: &Scope, meant: &BTreeSet<String>, options: &Options) -> Result<(), ExportError> {
        let prunes = !options.no_prune && self.context.calls.len() > FEW_CALLS;
        if prunes || self.context.calls.iter().any(|call| call.fetch().filtered_by_visibility) {
            for id in meant {
                let scope = Scope::Subscription(id.clone());
                self.queue.push(id, Task { name: format!("proof.{id}"), scope, work: Work::Proof });
            }
        }
        let ids: Vec<String> = meant.iter().cloned().collect();
        for (n, chunk) in ids.chunks(AT_ONCE).enumerate().filter(|_| prunes) {
            let work = Work::Count(chunk.to_vec());
            self.queue.push(tenant.id(), Task { name: format!("count.{n}"), scope: tenant.clone(), work });
        }
        self.drain(options.concurrency).await?;
        if prunes {
            self.plan = Plan::new(&self.context.calls, &self.counts, &self.proven, &self.context.partial.name());
        }
        Ok(())
    }

    /// Looks at what was asked although nothing was expected; where there was something, or no answer, the rest is asked
    /// too.
    fn probe(&mut self) {
        for (index, id) in &self.plan.probes {
            let call = &self.context.calls[*index];
            let name = Task::root(call, *index, Scope::Subscription(id.clone())).name;
            let entry = self.entries.iter().find(|entry| entry.task == name);
            // A refusal speaks against the proof as well: what is hidden from the reader is not counted for it either.
            let agrees = |row: &LedgerRow| row.rows == 0 && row.status.is_knowledge();
            if entry.is_none_or(|entry| !entry.ledger.iter().all(agrees)) {
                self.mismatches.push(name);
            }
        }
        if !self.mismatches.is_empty() {
            for (index, id) in std::mem::take(&mut self.plan.pruned) {
                let scope = Scope::Subscription(id.clone());
                self.queue.push(&id, Task::root(&self.context.calls[index], index, scope));
            }
        }
    }

    /// Runs tasks until none waits, a few at once; finished ones give their children.
    async fn drain(&mut self, limit: usize) -> Result<(), ExportError> {
        let mut running = FuturesUnordered::new();
        loop {
            while running.len() < limit.max(1) {
                let Some(task) = self.queue.pop() else { break };
                self.context.progress.tasks.fetch_add(1, Ordering::Relaxed);
                if let Some(entry) = self.finished.remove(&task.name) {
                    self.done(entry)?;
                    continue;
                }
                let context = self.context.clone();
                running.push(async move {
                    // A task of its own, so that decoding uses the other core; dropped with this loop.
                    AbortOnDrop(tokio::spawn(task::run(context, task))).join().await
                });
            }
            let Some(entry) = running.next().await else { return Ok(()) };
            let entry = entry?;
            self.context.partial.finish_task(&entry)?;
            self.done(entry)?;
        }
    }

    fn done(&mut self, entry: JournalEntry) -> Result<(), ExportError> {
        self.context.progress.done.fetch_add(1, Ordering::Relaxed);
        if entry.found.get("proven").and_then(serde_json::Value::as_bool) == Some(true) {
            self.proven.insert(entry.scope.1.clone());
        }
        if let Some(counts) = entry.found.get("counts") {
            self.counts.extend(serde_json::from_value::<Counts>(counts.clone()).unwrap_or_default());
        }
        for task in children::tasks(&self.context, &entry)? {
            self.queue.push(&entry.scope.1, task);
        }
        self.entries.push(entry);
        Ok(())
    }

    /// The management groups that were read.
    fn groups(&self) -> Result<Vec<Group>, ExportError> {
        let mut groups = Vec::new();
        for file in self.entries.iter().flat_map(|entry| entry.runs.get(MANAGEMENT_GROUPS)).flatten() {
            children::each_row(&self.context.partial.dir().join(file), |row| {
                groups.push(Group::new(&row.id, &row.raw));
            })?;
        }
        groups.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(groups)
    }

    /// GUID and display name of each subscription that was listed.
    fn visible_subscriptions(&self) -> Result<Vec<(String, String)>, ExportError> {
        let rows = self.entries.iter().flat_map(|entry| &entry.ledger);
        let failed = rows.clone().find(|row| {
            row.table_name == crate::catalog::SUBSCRIPTIONS && row.code.as_deref().is_some_and(task::is_not_azures_word)
        });
        if let Some(row) = failed {
            return Err(ExportError::Unreachable {
                status: row.code.clone().unwrap_or_default(),
                message: row.error_message.clone().unwrap_or_default(),
            });
        }
        let mut visible = Vec::new();
        for file in self.entries.iter().flat_map(|entry| entry.runs.get(crate::catalog::SUBSCRIPTIONS)).flatten() {
            children::each_row(&self.context.partial.dir().join(file), |row| {
                let name = row.raw.get("displayName").and_then(serde_json::Value::as_str).unwrap_or(&row.name);
                visible.push((crate::catalog::scope::last_segment(&row.id).to_owned(), name.to_owned()));
            })?;
        }
        visible.sort();
        visible.dedup_by(|a, b| a.0 == b.0);
        Ok(visible)
    }
}

/// A spawned task that ends with whoever waits for it.
struct AbortOnDrop<T>(tokio::task::JoinHandle<T>);

impl<T> AbortOnDrop<Result<T, ExportError>> {
    async fn join(mut self) -> Result<T, ExportError> {
        match (&mut self.0).await {
            Ok(ended) => ended,
            Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            Err(_) => Err(ExportError::Unreachable {
                status: "Cancelled".to_owned(),
                message: "the run is ending".to_owned(),
            }),
        }
    }
}

impl<T> Drop for AbortOnDrop<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
