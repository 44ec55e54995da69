//! The loop of a run: tasks in, journal entries out, a few at once. Finished ones give their children. Never decides what
//! is asked (`plan`) nor what an answer means (`task`).

use super::plan::Plan;
use super::task::{self, Finished, Task};
use super::{Context, ExportError, Options, children};
use crate::catalog::{SUBSCRIPTIONS, Scope, ScopeKind};
use crate::collect::count::Counts;
use crate::collect::{Call, Group, MANAGEMENT_GROUPS, Meant, Queue};
use crate::store::{JournalGroup, Written};
use futures::stream::{FuturesUnordered, StreamExt};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// A group of an earlier run, and what hangs on its tasks by their places in it.
type Earlier = (JournalGroup, Option<BTreeMap<usize, Vec<Task>>>);

/// The state of the scheduling loop.
pub(super) struct Run {
    pub(super) context: Arc<Context>,
    /// Tasks of an earlier run that are not due yet: their group and place in it.
    pub(super) finished: BTreeMap<String, (usize, usize)>,
    /// The groups of an earlier run, and what hangs on their tasks once the first of a group was due.
    earlier: Vec<Earlier>,
    /// What is on disk.
    pub(super) written: Written,
    /// The group that is being written, and the number of the next.
    writing: Option<JoinHandle<Result<Option<JournalGroup>, ExportError>>>,
    n_groups: usize,
    written_at: Instant,
    /// A group could not be written.
    cannot_write: bool,
    pub(super) queue: Queue<Task>,
    pub(super) proven: BTreeSet<String>,
    /// Principals beside the first that can sign in: number and object id.
    pub(super) further: Vec<(usize, String)>,
    /// Principals beside the first (by number) and the subscriptions in which they read everything.
    pub(super) also_proven: BTreeSet<(usize, String)>,
    pub(super) counts: Counts,
    pub(super) plan: Plan,
    /// Calls and subscriptions that held something although none was counted, or would not say.
    pub(super) mismatches: Vec<String>,
    /// Names of probes that were answered and held nothing.
    pub(super) empty_probes: BTreeSet<String>,
    /// Subscriptions that stand below a chosen management group and that the principal does not see.
    pub(super) unseen: BTreeSet<String>,
    /// The call that gave the tree of management groups, where that was asked first.
    tree: Option<usize>,
}

impl Run {
    pub(super) fn new(context: Arc<Context>) -> Run {
        Run {
            context,
            finished: BTreeMap::new(),
            earlier: Vec::new(),
            written: Written::default(),
            writing: None,
            n_groups: 0,
            written_at: Instant::now(),
            cannot_write: false,
            queue: Queue::default(),
            proven: BTreeSet::new(),
            further: Vec::new(),
            also_proven: BTreeSet::new(),
            counts: Counts::new(),
            plan: Plan::default(),
            mismatches: Vec::new(),
            empty_probes: BTreeSet::new(),
            unseen: BTreeSet::new(),
            tree: None,
        }
    }

    /// Begins with what an earlier run finished.
    pub(super) fn go_on(&mut self, groups: Vec<JournalGroup>) {
        for (n, group) in groups.iter().enumerate() {
            self.finished.extend(group.tasks.iter().enumerate().map(|(at, entry)| (entry.task.clone(), (n, at))));
        }
        self.n_groups = groups.len();
        groups.iter().cloned().for_each(|group| self.written.add(group));
        self.earlier = groups.into_iter().map(|group| (group, None)).collect();
    }

    /// Everything that is asked. Gives the visible subscriptions and whether they are meant.
    pub(super) async fn all(&mut self, options: &Options) -> Result<BTreeMap<String, bool>, ExportError> {
        let (visible, meant) = self.prepare(options).await?;
        let (of_tenant, of_subscriptions): (Vec<_>, Vec<_>) =
            self.roots(&meant).into_iter().partition(|(_, scope)| matches!(**scope, Scope::Tenant(_)));
        // The tenant begins first: it has what Azure hands out slowly.
        for (index, scope) in of_tenant {
            self.queue.push(scope.id(), Task::root(index, &scope));
        }
        for (id, name) in visible.iter().filter(|(id, _)| meant.contains(id)) {
            for task in children::of_subscription(&self.context, id, name) {
                self.queue.push(id, task);
            }
        }
        for (index, scope) in of_subscriptions {
            self.queue.push(scope.id(), Task::root(index, &scope));
        }
        self.drain(options).await?;
        self.probe();
        self.drain(options).await?;
        let visible = visible.into_iter().map(|(id, _)| (id.clone(), meant.contains(&id)));
        // What is to be said of the unseen stands in the ledger by itself, see `finish`.
        Ok(visible.chain(self.unseen.iter().map(|id| (id.clone(), false))).collect())
    }

    /// Lists the subscriptions, counts what they hold and plans what is left out. Gives GUID and name of the visible
    /// ones, and those that are meant.
    pub(super) async fn prepare(
        &mut self,
        options: &Options,
    ) -> Result<(Vec<(String, String)>, BTreeSet<String>), ExportError> {
        let tenant = Arc::new(Scope::Tenant(self.context.tenant.clone()));
        let is_tree = |call: &Call<'_>| call.specs.iter().any(|spec| spec.name == MANAGEMENT_GROUPS);
        self.tree = self.context.calls.iter().position(is_tree).filter(|_| options.selection.names_groups());
        for index in [Some(self.list_of_subscriptions()), self.tree].into_iter().flatten() {
            self.queue.push(tenant.id(), Task::root(index, &tenant));
        }
        self.drain(options).await?;
        self.write_rest().await?;
        let visible = self.visible_subscriptions()?;
        let groups = if self.tree.is_some() { self.groups()? } else { Vec::new() };
        let Meant { visible: meant, unseen } = options.selection.subscriptions(&visible, &groups)?;
        self.unseen = unseen;
        self.count(&tenant, &meant, options).await?;
        Ok((visible, meant))
    }

    fn list_of_subscriptions(&self) -> usize {
        let is_list = |call: &Call<'_>| call.name() == SUBSCRIPTIONS;
        self.context.calls.iter().position(is_list).expect("every selection holds the subscriptions")
    }

    /// The calls of tenant and subscriptions that are asked, those that Azure hands out slowly first.
    pub(super) fn roots(&self, meant: &BTreeSet<String>) -> Vec<(usize, Arc<Scope>)> {
        let list = self.list_of_subscriptions();
        let mut found = Vec::new();
        let tenant = Arc::new(Scope::Tenant(self.context.tenant.clone()));
        let scopes: Vec<_> = meant.iter().map(|id| (id, Arc::new(Scope::Subscription(id.clone())))).collect();
        let is_asked = |index: usize| index == list || Some(index) == self.tree;
        for (index, call) in self.context.calls.iter().enumerate().filter(|(index, _)| !is_asked(*index)) {
            match call.fetch().scope {
                ScopeKind::Tenant => found.push((index, tenant.clone())),
                ScopeKind::Subscription => {
                    let asked = scopes.iter().filter(|(id, _)| !self.plan.pruned.contains(&(index, (*id).clone())));
                    found.extend(asked.map(|(_, scope)| (index, scope.clone())));
                }
                _ => {}
            }
        }
        found.sort_by_key(|(index, _)| !self.context.calls[*index].drips());
        found
    }

    /// Runs tasks until none waits, a few at once; finished ones give their children.
    pub(super) async fn drain(&mut self, options: &Options) -> Result<(), ExportError> {
        let mut running = FuturesUnordered::new();
        loop {
            while running.len() < options.concurrency.max(1) {
                let Some(task) = self.queue.pop() else { break };
                self.context.progress.tasks.fetch_add(1, Ordering::Relaxed);
                if !self.finished.is_empty()
                    && let Some((n, at)) = self.finished.remove(&task.name(&self.context))
                {
                    let (group, children) = &mut self.earlier[n];
                    if children.is_none() {
                        *children = Some(children::of_group(&self.context, group)?);
                    }
                    let entry = group.tasks[at].clone();
                    let children = children.as_mut().and_then(|all| all.remove(&at)).unwrap_or_default();
                    self.done(Finished { entry, children });
                    // There may be many of them, and whoever interrupts should be heard.
                    tokio::task::yield_now().await;
                    continue;
                }
                let context = self.context.clone();
                running.push(async move {
                    // A task of its own, so that decoding uses the other core; dropped with this loop.
                    AbortOnDrop(tokio::spawn(task::run(context, task))).join().await
                });
            }
            let next = if self.context.gather.is_empty() || options.write_every.is_zero() {
                running.next().await
            } else {
                // What is finished is written in time also when nothing else finishes.
                let due = self.written_at + options.write_every;
                match tokio::time::timeout_at(due, running.next()).await {
                    Ok(next) => next,
                    Err(_) => {
                        self.write().await?;
                        continue;
                    }
                }
            };
            let Some(finished) = next else { return Ok(()) };
            self.done(finished?);
            self.write_when_due(options).await?;
        }
    }

    /// Begins to write what is finished, when the group before it is on disk.
    async fn write(&mut self) -> Result<(), ExportError> {
        self.written().await?;
        let (context, n) = (self.context.clone(), self.n_groups);
        self.writing = Some(tokio::task::spawn_blocking(move || context.gather.write(&context, n)));
        self.written_at = Instant::now();
        Ok(())
    }

    /// Waits for the group that is being written. Whoever stops waiting may wait again: two groups must never be written
    /// under one number.
    pub(super) async fn written(&mut self) -> Result<(), ExportError> {
        let Some(written) = outcome(&mut self.writing).await else { return Ok(()) };
        let written = ended(written);
        // What comes after a lost group would not know its parents.
        self.cannot_write = written.is_err();
        if let Some(group) = written? {
            self.n_groups += 1;
            self.written.add(group);
        }
        Ok(())
    }

    /// Writes all that is finished.
    pub(super) async fn write_rest(&mut self) -> Result<(), ExportError> {
        self.written().await?;
        if self.cannot_write {
            return Ok(());
        }
        self.write().await?;
        self.written().await
    }

    /// Writes when there is enough, or has waited long enough.
    async fn write_when_due(&mut self, options: &Options) -> Result<(), ExportError> {
        let is_writing = self.writing.as_ref().is_some_and(|writing| !writing.is_finished());
        let is_due = self.context.gather.is_full() || self.written_at.elapsed() >= options.write_every;
        // While a group is on its way the next one may grow, for a time.
        if is_due && (!is_writing || self.context.gather.is_overfull()) { self.write().await } else { Ok(()) }
    }

    fn done(&mut self, Finished { entry, children }: Finished) {
        self.context.progress.done.fetch_add(1, Ordering::Relaxed);
        if entry.found.get("proven").and_then(serde_json::Value::as_bool) == Some(true) {
            self.proven.insert(entry.scope.1.clone());
        }
        if entry.found.get("also_proven").and_then(serde_json::Value::as_bool) == Some(true)
            && let Some(object_id) = entry.found.get("object_id").and_then(serde_json::Value::as_str)
            && let Some((n, _)) = self.further.iter().find(|(_, id)| id == object_id)
        {
            self.also_proven.insert((*n, entry.scope.1.clone()));
        }
        if let Some(counts) = entry.found.get("counts") {
            self.counts.extend(serde_json::from_value::<Counts>(counts.clone()).unwrap_or_default());
        }
        if entry.empty && self.plan.is_probe(&self.context, &entry.task, &entry.scope.1) {
            self.empty_probes.insert(entry.task);
        }
        self.queue.push_next(&entry.scope.1, children);
    }

    /// The management groups that were read.
    fn groups(&self) -> Result<Vec<Group>, ExportError> {
        let mut groups = Vec::new();
        self.each_row_of(MANAGEMENT_GROUPS, |row| groups.push(Group::new(&row.id, &row.raw)))?;
        groups.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(groups)
    }

    /// Calls `each` for every row of a table that is on disk.
    fn each_row_of(&self, table: &str, mut each: impl FnMut(children::Row)) -> Result<(), ExportError> {
        for file in self.written.files_of(table) {
            children::each_row(&self.context.partial.dir().join(file), &mut each)?;
        }
        Ok(())
    }

    /// GUID and display name of each subscription that was listed.
    fn visible_subscriptions(&self) -> Result<Vec<(String, String)>, ExportError> {
        let mut visible = Vec::new();
        self.each_row_of(SUBSCRIPTIONS, |row| {
            let name = row.raw.get("displayName").and_then(serde_json::Value::as_str).unwrap_or(&row.name);
            visible.push((crate::catalog::scope::last_segment(&row.id).to_owned(), name.to_owned()));
        })?;
        visible.sort();
        visible.dedup_by(|a, b| a.0 == b.0);
        Ok(visible)
    }
}

/// A spawned task that ends with whoever waits for it.
struct AbortOnDrop<T>(tokio::task::JoinHandle<T>);

impl<T> AbortOnDrop<Result<T, ExportError>> {
    async fn join(mut self) -> Result<T, ExportError> {
        ended((&mut self.0).await)
    }
}

/// Waits for work that is under way, if any is. It stays where it is until it has ended, also when nobody waits any more.
async fn outcome<T>(work: &mut Option<JoinHandle<T>>) -> Option<Result<T, tokio::task::JoinError>> {
    let ended = work.as_mut()?.await;
    *work = None;
    Some(ended)
}

/// What a task of tokio's came to.
fn ended<T>(joined: Result<Result<T, ExportError>, tokio::task::JoinError>) -> Result<T, ExportError> {
    match joined {
        Ok(ended) => ended,
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        Err(_) => {
            Err(ExportError::Unreachable { status: "Cancelled".to_owned(), message: "the run is ending".to_owned() })
        }
    }
}

impl<T> Drop for AbortOnDrop<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt as _;

    #[test]
    fn who_stops_waiting_may_wait_again() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let (go, begin) = std::sync::mpsc::channel::<()>();
            let mut work = Some(tokio::task::spawn_blocking(move || begin.recv().is_ok()));
            assert!(outcome(&mut work).now_or_never().is_none(), "it cannot have ended yet");
            go.send(()).unwrap();
            assert!(matches!(outcome(&mut work).await, Some(Ok(true))), "it was let go of while it ran");
            assert!(outcome(&mut work).await.is_none(), "nothing is under way");
        });
    }
}
