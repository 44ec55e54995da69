//! One task: a call in a scope (for some parents) in, rows, its part of the ledger and a journal entry out. An error of
//! Azure's is a row of the ledger; only the disk can stop a task.

use super::recorder::Recorder;
use super::{Context, ExportError};
use crate::catalog::Scope;
use crate::client::{BATCH, CallError, CallErrorKind, Cost};
use crate::collect::{Parent, count, proof};
use crate::store::{JournalEntry, Status};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// A piece of work that is journalled as a whole.
pub(super) struct Task {
    /// None for a root: there are hundreds for each subscription, and theirs says nothing new.
    name: Option<Box<str>>,
    pub(super) scope: Arc<Scope>,
    pub(super) work: Work,
}

/// Whether a parent can have the child.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CanHave {
    /// It is asked.
    Yes,
    /// It is of another kind.
    No,
    /// Its JSON does not say where the data plane is.
    NoAddress,
}

/// What a task does.
pub(super) enum Work {
    /// A list or object of the scope itself.
    Root(usize),
    /// A call for each of these parents, where it can be made.
    Children(usize, Vec<(Parent, CanHave)>),
    /// Whether the principal reads everything in the subscription; the first one, or another by number and object id.
    Proof(Option<(usize, String)>),
    /// How many resources of each type these subscriptions have.
    Count(Vec<String>),
}

impl Task {
    pub(super) fn new(name: String, scope: &Arc<Scope>, work: Work) -> Task {
        Task { name: Some(name.into()), scope: scope.clone(), work }
    }

    pub(super) fn root(index: usize, scope: &Arc<Scope>) -> Task {
        Task { name: None, scope: scope.clone(), work: Work::Root(index) }
    }

    /// Its name, the same in a resumed run.
    pub(super) fn name(&self, context: &Context) -> String {
        match (&self.name, &self.work) {
            (Some(name), _) => name.to_string(),
            (None, Work::Root(index) | Work::Children(index, _)) => {
                format!("{}.{}", context.calls[*index].name(), self.scope.id())
            }
            (None, Work::Proof(_) | Work::Count(_)) => self.scope.id().to_owned(),
        }
    }
}

/// A finished task: its line of the journal, and what hangs on its rows.
pub(super) struct Finished {
    pub(super) entry: JournalEntry,
    pub(super) children: Vec<Task>,
}

/// Runs a task.
pub(super) async fn run(context: Arc<Context>, task: Task) -> Result<Finished, ExportError> {
    match &task.work {
        Work::Proof(further) => Ok(prove(&context, &task, further.as_ref()).await),
        Work::Count(subscriptions) => Ok(count(&context, &task, subscriptions).await),
        Work::Root(index) => {
            let mut recorder = Recorder::new(&context, *index, &task);
            recorder.ask().await?;
            recorder.finish()
        }
        Work::Children(index, parents) => {
            let mut recorder = Recorder::new(&context, *index, &task);
            for chunk in parents.chunks(BATCH) {
                recorder.ask_all(chunk).await?;
            }
            recorder.finish()
        }
    }
}

async fn prove(context: &Context, task: &Task, further: Option<&(usize, String)>) -> Finished {
    let mut cost = Cost::default();
    let client = context.fetcher.client();
    let (client, object_id) = match further {
        Some((n, object_id)) => (client.acting_as(*n), Some(object_id)),
        None => (client.clone(), context.principal.object_id.as_ref()),
    };
    let proven = match object_id {
        Some(id) => proof::reads_everything(&client, task.scope.id(), id, &mut cost).await.unwrap_or(false),
        None => false,
    };
    let word = if further.is_some() { "also_proven" } else { "proven" };
    found(context, task, cost, serde_json::json!({ word: proven, "object_id": object_id }))
}

/// Without an answer there are no counts, and nothing is left out for them.
async fn count(context: &Context, task: &Task, subscriptions: &[String]) -> Finished {
    let mut cost = Cost::default();
    let counts = match count::resources(context.fetcher.client(), subscriptions, &mut cost).await {
        Ok(counts) => serde_json::json!({ "counts": counts }),
        Err(error) => serde_json::json!({ "error": error.to_string() }),
    };
    found(context, task, cost, counts)
}

/// A task that gives no rows.
fn found(context: &Context, task: &Task, cost: Cost, found: Value) -> Finished {
    context.progress.requests.fetch_add(cost.requests, Ordering::Relaxed);
    let scope = (task.scope.kind().to_owned(), task.scope.id().to_owned());
    let entry = JournalEntry { task: task.name(context), runs: BTreeMap::new(), scope, empty: false, found };
    Finished { entry: context.gather.add(entry, Vec::new()), children: Vec::new() }
}

/// Words in the ledger's `code` for failures that are not Azure's answer.
pub(super) fn is_not_azures_word(word: &str) -> bool {
    matches!(word, "Unavailable" | "NotJson" | "ForeignHost" | "TokenFailed")
}

pub(super) fn status_of(error: &CallError) -> (Status, Option<&'static str>) {
    match error.kind {
        CallErrorKind::Throttled => (Status::Throttled, None),
        CallErrorKind::Unavailable => (Status::Error, Some("Unavailable")),
        CallErrorKind::NotJson => (Status::Error, Some("NotJson")),
        CallErrorKind::ForeignHost => (Status::Error, Some("ForeignHost")),
        CallErrorKind::LoopingLink => (Status::Error, Some("LoopingLink")),
        CallErrorKind::Token => (Status::Error, Some("TokenFailed")),
        CallErrorKind::Refused | CallErrorKind::Cancelled => {
            (error.status.map_or(Status::Error, |http| Status::of_answer(http, error.code.as_deref())), None)
        }
    }
}
