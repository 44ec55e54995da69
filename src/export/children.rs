//! What hangs on a finished task: its runs in, the tasks for child tables out. Parents are read back from disk, so a
//! resumed run finds the same ones and none is held in memory for the whole run.

use super::task::{CanHave, Task, Work};
use super::{Context, ExportError};
use crate::catalog::{Leaf, Plane, SUBSCRIPTIONS, Scope};
use crate::collect::{Call, Parent};
use crate::store::{JournalEntry, StoreError, read_columns};
use arrow::array::{Array, AsArray};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

/// Parents of one task: enough that a tenant of many small parents has few runs, few enough to lose little when
/// interrupted.
const PARENTS_PER_TASK: usize = 50;

/// A row as children need it.
pub(super) struct Row {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) raw: Value,
}

/// The tasks that a finished one gives. Each row is read and parsed once, whatever hangs on it.
pub(super) fn tasks(context: &Context, entry: &JournalEntry) -> Result<Vec<Task>, ExportError> {
    let mut waiting: BTreeMap<usize, Waiting> = BTreeMap::new();
    // What hangs on subscriptions is asked in their own scopes, and only of those that are meant.
    for table in entry.runs.keys().filter(|table| table.as_str() != SUBSCRIPTIONS) {
        let below: Vec<(usize, &Call<'_>)> =
            context.calls.iter().enumerate().filter(|(_, call)| call.has_parent(table)).collect();
        for file in entry.runs[table].iter().filter(|_| !below.is_empty()) {
            each_row(&context.partial.dir().join(file), |row| {
                let plain = plain_parent(context, table, &row);
                for (index, call) in &below {
                    let waiting = waiting.entry(*index).or_default();
                    for parent in parents_of(context, call, table, &row, &plain) {
                        let can_have = can_have(call, &row, &parent);
                        let silent = call.fetch().only_when.as_ref().is_some_and(|when| when.silent);
                        if (can_have != CanHave::No || !silent)
                            && waiting
                                .known
                                .insert((can_have == CanHave::No, sameness(context, call, table, &row, &parent)))
                        {
                            waiting.parents.push((parent, can_have));
                        }
                    }
                }
            })?;
        }
    }
    let scope = match entry.scope.0.as_str() {
        "tenant" => Scope::Tenant(entry.scope.1.clone()),
        _ => Scope::Subscription(entry.scope.1.clone()),
    };
    let mut found = Vec::new();
    for (index, Waiting { parents, .. }) in waiting {
        for (n, chunk) in parents.chunks(PARENTS_PER_TASK).enumerate() {
            let name = format!("{}.{}.{n}", context.calls[index].name(), entry.task);
            found.push(Task { name, scope: scope.clone(), work: Work::Children(index, chunk.to_vec()) });
        }
    }
    Ok(found)
}

/// The parents of one call.
#[derive(Default)]
struct Waiting {
    parents: Vec<(Parent, CanHave)>,
    known: BTreeSet<(bool, Arc<str>)>,
}

fn can_have(call: &Call<'_>, row: &Row, parent: &Parent) -> CanHave {
    let fetch = call.fetch();
    match fetch.plane {
        _ if !fetch.only_when.as_ref().is_none_or(|when| when.holds(&row.raw)) => CanHave::No,
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
    let hangs = context.calls.iter().enumerate().filter(|(_, call)| call.has_parent(SUBSCRIPTIONS));
    hangs
        .map(|(index, call)| Task {
            name: format!("{}.{id}", call.name()),
            scope: Scope::Subscription(id.to_owned()),
            work: Work::Children(index, vec![(parent.clone(), CanHave::Yes)]),
        })
        .collect()
}

/// Parents with the same text are asked once.
fn sameness(context: &Context, call: &Call<'_>, table: &str, row: &Row, parent: &Parent) -> Arc<str> {
    let shared = call.fetch().once_per.as_deref().and_then(|name| match name {
        "type" => row.raw.get("type").and_then(Value::as_str).map(str::to_lowercase),
        _ => {
            let column = context.catalog.table(table).ok()?.column(name)?;
            column.path.value(&row.raw).map(|value| value.to_string().to_lowercase())
        }
    });
    match (shared, &parent.reference) {
        (Some(shared), _) => shared.into(),
        (None, Some(reference)) => reference.to_lowercase().into(),
        // A row's id is lower-case.
        (None, None) => parent.row_id.clone(),
    }
}

/// What a row is to every call that is made for it.
fn plain_parent(context: &Context, table: &str, row: &Row) -> Parent {
    let own_id = || {
        let spec = context.catalog.table(table).ok()?;
        spec.fetch.own_id.value(&row.raw).and_then(Value::as_str).filter(|_| spec.fetch.has_own_id())
    };
    let row_id: Arc<str> = row.id.as_str().into();
    Parent {
        id: own_id().map_or_else(|| row_id.clone(), Into::into),
        row_id,
        name: row.name.as_str().into(),
        reference: None,
        address: None,
        region: row.raw.get("location").and_then(Value::as_str).map(Into::into),
    }
}

/// One parent for a row, or one per object that the row names.
fn parents_of(context: &Context, call: &Call<'_>, table: &str, row: &Row, plain: &Parent) -> Vec<Parent> {
    let address = || call.fetch().address.as_ref().and_then(|path| Some(path.value(&row.raw)?.as_str()?.to_owned()));
    let parent = |reference| Parent { reference, address: address(), ..plain.clone() };
    let Some(reference) = &call.fetch().reference else { return vec![parent(None)] };
    let Ok(spec) = context.catalog.table(table) else { return Vec::new() };
    let columns = reference.columns.iter().filter_map(|name| spec.column(name));
    columns
        .flat_map(|column| column.path.find(&[&row.raw]))
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
    read_columns(file, &["id", "name", "_raw"], |batch| {
        let columns: Vec<_> = batch.columns().iter().map(|column| column.as_string::<i32>()).collect();
        for at in 0..batch.num_rows() {
            let text = |column: usize| if columns[column].is_valid(at) { columns[column].value(at) } else { "" };
            let raw = serde_json::from_str(text(2)).unwrap_or(Value::Null);
            each(Row { id: text(0).to_owned(), name: text(1).to_owned(), raw });
        }
        Ok(())
    })
}
