//! What hangs on a finished task: its rows in, the tasks for child tables out. A resumed run reads the rows back from disk
//! and finds the same ones.

use super::task::{CanHave, Task, Work};
use super::{Context, ExportError};
use crate::catalog::{Leaf, Plane, SUBSCRIPTIONS, Scope, TableSpec};
use crate::collect::{Call, Parent};
use crate::store::{JournalEntry, JournalGroup, StoreError, TASK_COLUMN, read_columns};
use arrow::array::{Array, AsArray};
use arrow::datatypes::UInt32Type;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

/// Parents of one task: enough that a tenant of many small parents has few runs, few enough to lose little when
/// interrupted.
const PARENTS_PER_TASK: usize = 50;

/// A row as it stands in a run.
pub(super) struct Row {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) raw: Value,
    /// The task that read it, in a run that several share.
    task: Option<u32>,
}

/// Finds what hangs on the rows that one task read. The same rows give the same tasks, in whatever order they come.
pub(super) struct Nursery<'c> {
    context: &'c Context,
    waiting: BTreeMap<usize, Vec<Waiting>>,
    n: usize,
}

/// A parent of one call.
struct Waiting {
    table: &'static str,
    n: usize,
    parent: Parent,
    can_have: CanHave,
    same: Arc<str>,
}

impl<'c> Nursery<'c> {
    pub(super) fn new(context: &'c Context) -> Nursery<'c> {
        Nursery { context, waiting: BTreeMap::new(), n: 0 }
    }

    /// Notes the parents that a row is, or names.
    pub(super) fn see(&mut self, table: &str, id: &str, name: &str, raw: &Value) {
        // What hangs on subscriptions is asked in their own scopes, and only of those that are meant.
        let Some((table, below)) = self.context.below.get_key_value(table) else { return };
        let spec = self.context.catalog.table(table).ok();
        let plain = plain_parent(spec, id, name, raw);
        for index in below {
            let call = &self.context.calls[*index];
            for parent in parents_of(call, spec, raw, &plain) {
                let can_have = can_have(call, raw, &parent);
                if can_have == CanHave::No && call.fetch().only_when.as_ref().is_some_and(|when| when.silent) {
                    continue;
                }
                let same = sameness(call, spec, raw, &parent);
                self.n += 1;
                self.waiting.entry(*index).or_default().push(Waiting { table, n: self.n, parent, can_have, same });
            }
        }
    }

    /// The tasks that hang on a finished one.
    pub(super) fn tasks(self, entry: &JournalEntry) -> Vec<Task> {
        let scope = Arc::new(match entry.scope.0.as_str() {
            "tenant" => Scope::Tenant(entry.scope.1.clone()),
            _ => Scope::Subscription(entry.scope.1.clone()),
        });
        let mut found = Vec::new();
        for (index, mut waiting) in self.waiting {
            waiting.sort_by(|a, b| (a.table, &a.parent.row_id, a.n).cmp(&(b.table, &b.parent.row_id, b.n)));
            let mut known = BTreeSet::new();
            waiting.retain(|one| known.insert((one.can_have == CanHave::No, one.same.clone())));
            let mut parents = waiting.into_iter().map(|one| (one.parent, one.can_have)).peekable();
            for n in 0.. {
                if parents.peek().is_none() {
                    break;
                }
                let name = format!("{}.{}.{n}", self.context.calls[index].name(), entry.task);
                let work = Work::Children(index, parents.by_ref().take(PARENTS_PER_TASK).collect());
                found.push(Task::new(name, &scope, work));
            }
        }
        found
    }
}

/// The tasks that hang on one with runs of its own.
pub(super) fn of_runs(context: &Context, entry: &JournalEntry) -> Result<Vec<Task>, ExportError> {
    let mut nursery = Nursery::new(context);
    for (table, files) in entry.runs.iter().filter(|(table, _)| context.below.contains_key(table.as_str())) {
        for file in files {
            each_row(&context.partial.dir().join(file), |row| nursery.see(table, &row.id, &row.name, &row.raw))?;
        }
    }
    Ok(nursery.tasks(entry))
}

/// The tasks that hang on those of a group of an earlier run, by their places in it. Each run is read once for all.
pub(super) fn of_group(context: &Context, group: &JournalGroup) -> Result<BTreeMap<usize, Vec<Task>>, ExportError> {
    let mut nurseries: BTreeMap<usize, Nursery<'_>> = BTreeMap::new();
    for (table, file) in group.runs.iter().filter(|(table, _)| context.below.contains_key(table.as_str())) {
        each_row(&context.partial.dir().join(file), |row| {
            if let Some(task) = row.task {
                let nursery = nurseries.entry(task as usize).or_insert_with(|| Nursery::new(context));
                nursery.see(table, &row.id, &row.name, &row.raw);
            }
        })?;
    }
    let found = nurseries.into_iter().filter_map(|(at, nursery)| Some((at, nursery.tasks(group.tasks.get(at)?))));
    let mut found: BTreeMap<usize, Vec<Task>> = found.collect();
    for (at, entry) in group.tasks.iter().enumerate().filter(|(_, entry)| !entry.runs.is_empty()) {
        found.insert(at, of_runs(context, entry)?);
    }
    Ok(found)
}

/// For each table the calls that are made for its rows.
pub(super) fn below(calls: &[Call<'static>]) -> BTreeMap<&'static str, Vec<usize>> {
    let mut found: BTreeMap<&'static str, Vec<usize>> = BTreeMap::new();
    for (index, call) in calls.iter().enumerate() {
        for table in call.parents().filter(|table| *table != SUBSCRIPTIONS) {
            found.entry(table).or_default().push(index);
        }
    }
    found
}

fn can_have(call: &Call<'_>, raw: &Value, parent: &Parent) -> CanHave {
    let fetch = call.fetch();
    match fetch.plane {
        _ if !fetch.only_when.as_ref().is_none_or(|when| when.holds(raw)) => CanHave::No,
        _ if fetch.address.is_none() || parent.address.is_some() => CanHave::Yes,
        // An account without the endpoint has no such service.
        Plane::Storage => CanHave::No,
        _ => CanHave::NoAddress,
    }
}

/// The tasks of what hangs on a subscription.
pub(super) fn of_subscription(context: &Context, id: &str, name: &str) -> Vec<Task> {
    let row_id: Arc<str> = format!("/subscriptions/{id}").into();
    let parent = Parent { id: row_id.clone(), row_id, name: name.into(), reference: None, address: None, region: None };
    let scope = Arc::new(Scope::Subscription(id.to_owned()));
    let hangs = context.calls.iter().enumerate().filter(|(_, call)| call.has_parent(SUBSCRIPTIONS));
    hangs
        .map(|(index, call)| {
            let work = Work::Children(index, vec![(parent.clone(), CanHave::Yes)]);
            Task::new(format!("{}.{id}", call.name()), &scope, work)
        })
        .collect()
}

/// Parents with the same text are asked once.
fn sameness(call: &Call<'_>, spec: Option<&TableSpec>, raw: &Value, parent: &Parent) -> Arc<str> {
    let shared = call.fetch().once_per.as_deref().and_then(|name| match name {
        "type" => raw.get("type").and_then(Value::as_str).map(str::to_lowercase),
        _ => spec?.column(name)?.path.value(raw).map(|value| value.to_string().to_lowercase()),
    });
    match (shared, &parent.reference) {
        (Some(shared), _) => shared.into(),
        (None, Some(reference)) => reference.to_lowercase().into(),
        // A row's id is lower-case.
        (None, None) => parent.row_id.clone(),
    }
}

/// What a row is to every call that is made for it.
fn plain_parent(spec: Option<&TableSpec>, id: &str, name: &str, raw: &Value) -> Parent {
    let own_id = || {
        let spec = spec.filter(|spec| spec.fetch.has_own_id())?;
        spec.fetch.own_id.value(raw).and_then(Value::as_str)
    };
    let row_id: Arc<str> = id.into();
    Parent {
        id: own_id().map_or_else(|| row_id.clone(), Into::into),
        row_id,
        name: name.into(),
        reference: None,
        address: None,
        region: raw.get("location").and_then(Value::as_str).map(Into::into),
    }
}

/// One parent for a row, or one per object that the row names.
fn parents_of(call: &Call<'_>, spec: Option<&TableSpec>, raw: &Value, plain: &Parent) -> Vec<Parent> {
    let address = || call.fetch().address.as_ref().and_then(|path| Some(path.value(raw)?.as_str()?.to_owned()));
    let parent = |reference| Parent { reference, address: address(), ..plain.clone() };
    let Some(reference) = &call.fetch().reference else { return vec![parent(None)] };
    let Some(spec) = spec else { return Vec::new() };
    let columns = reference.columns.iter().filter_map(|name| spec.column(name));
    columns
        .flat_map(|column| column.path.find(&[raw]))
        .filter_map(|leaf| match leaf {
            Leaf::Value(Value::String(id)) if id.to_lowercase().contains(&reference.contains.to_lowercase()) => {
                Some(id.clone())
            }
            _ => None,
        })
        .map(|id| parent(Some(id)))
        .collect()
}

/// Calls `each` for every row of a run.
pub(super) fn each_row(file: &Path, mut each: impl FnMut(Row)) -> Result<(), StoreError> {
    read_columns(file, &["id", "name", "_raw", TASK_COLUMN], |batch| {
        let columns: Vec<_> = batch.columns().iter().take(3).map(|column| column.as_string::<i32>()).collect();
        let tasks = batch.columns().get(3).and_then(|column| column.as_primitive_opt::<UInt32Type>());
        for at in 0..batch.num_rows() {
            let text = |column: usize| if columns[column].is_valid(at) { columns[column].value(at) } else { "" };
            let raw = serde_json::from_str(text(2)).unwrap_or(Value::Null);
            let task = tasks.map(|tasks| tasks.value(at));
            each(Row { id: text(0).to_owned(), name: text(1).to_owned(), raw, task });
        }
        Ok(())
    })
}
