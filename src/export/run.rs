//! The loop of a run: tasks in, journal entries out, a few at once. Finished ones give their children. Never decides what
//! is asked (`plan`) nor what an answer means (`task`).

use super::plan::Plan;
use super::task::{self, Task};
use super::{Context, ExportError, Options, children};
use crate::catalog::{Scope, ScopeKind};
use crate::collect::count::Counts;
use crate::collect::{Call, Group, MANAGEMENT_GROUPS, Meant, Queue};
use crate::store::JournalEntry;
use futures::stream::{FuturesUnordered, StreamExt};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// The state of the scheduling loop.
pub(super) struct Run {
    pub(super) context: Arc<Context>,
    pub(super) finished: BTreeMap<String, JournalEntry>,
    pub(super) entries: Vec<JournalEntry>,
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
            entries: Vec::new(),
            queue: Queue::default(),
            proven: BTreeSet::new(),
            further: Vec::new(),
            also_proven: BTreeSet::new(),
            counts: Counts::new(),
            plan: Plan::default(),
            mismatches: Vec::new(),
            unseen: BTreeSet::new(),
            tree: None,
        }
    }

    /// Everything that is asked. Gives the visible subscriptions and whether they are meant.
    pub(super) async fn all(&mut self, options: &Options) -> Result<BTreeMap<String, bool>, ExportError> {
        let (visible, meant) = self.prepare(options).await?;
        for (id, name) in visible.iter().filter(|(id, _)| meant.contains(id)) {
            for task in children::of_subscription(&self.context, id, name) {
                self.queue.push(id, task);
            }
        }
        for (index, scope) in self.roots(&meant) {
            self.queue.push(scope.id(), Task::root(&self.context.calls[index], index, scope.clone()));
        }
        self.drain(options.concurrency).await?;
        self.probe();
        self.drain(options.concurrency).await?;
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
        let tenant = Scope::Tenant(self.context.tenant.clone());
        let is_tree = |call: &Call<'_>| call.specs.iter().any(|spec| spec.name == MANAGEMENT_GROUPS);
        self.tree = self.context.calls.iter().position(is_tree).filter(|_| options.selection.names_groups());
        for index in [Some(self.list_of_subscriptions()), self.tree].into_iter().flatten() {
            self.queue.push(tenant.id(), Task::root(&self.context.calls[index], index, tenant.clone()));
        }
        self.drain(options.concurrency).await?;
        let visible = self.visible_subscriptions()?;
        let groups = if self.tree.is_some() { self.groups()? } else { Vec::new() };
        let Meant { visible: meant, unseen } = options.selection.subscriptions(&visible, &groups)?;
        self.unseen = unseen;
        self.count(&tenant, &meant, options).await?;
        Ok((visible, meant))
    }

    fn list_of_subscriptions(&self) -> usize {
        let is_list = |call: &Call<'_>| call.name() == crate::catalog::SUBSCRIPTIONS;
        self.context.calls.iter().position(is_list).expect("every selection holds the subscriptions")
    }

    /// The calls of tenant and subscriptions that are asked, those that Azure hands out slowly first.
    pub(super) fn roots(&self, meant: &BTreeSet<String>) -> Vec<(usize, Scope)> {
        let list = self.list_of_subscriptions();
        let mut found = Vec::new();
        let is_asked = |index: usize| index == list || Some(index) == self.tree;
        for (index, call) in self.context.calls.iter().enumerate().filter(|(index, _)| !is_asked(*index)) {
            match call.fetch().scope {
                ScopeKind::Tenant => found.push((index, Scope::Tenant(self.context.tenant.clone()))),
                ScopeKind::Subscription => {
                    let asked = meant.iter().filter(|id| !self.plan.pruned.contains(&(index, (*id).clone())));
                    found.extend(asked.map(|id| (index, Scope::Subscription(id.clone()))));
                }
                _ => {}
            }
        }
        found.sort_by_key(|(index, _)| !self.context.calls[*index].drips());
        found
    }

    /// Runs tasks until none waits, a few at once; finished ones give their children.
    pub(super) async fn drain(&mut self, limit: usize) -> Result<(), ExportError> {
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
        if entry.found.get("also_proven").and_then(serde_json::Value::as_bool) == Some(true)
            && let Some(object_id) = entry.found.get("object_id").and_then(serde_json::Value::as_str)
            && let Some((n, _)) = self.further.iter().find(|(_, id)| id == object_id)
        {
            self.also_proven.insert((*n, entry.scope.1.clone()));
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
