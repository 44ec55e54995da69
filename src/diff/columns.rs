//! From places in raw objects to columns: differences in, column changes out, each place told once.
//!
//! A place belongs to the column whose path is that place or lies above it; without one it is told as `_raw.<path>`.
//! Nothing that differs is left out, unless it is an id in other letter case.

use std::collections::BTreeMap;

use serde_json::Value;

use super::ColumnChange;
use super::json::{Difference, Place, below, covers, meets, same, write};
use crate::catalog::{ColumnSpec, ColumnType, Leaf, Path, TableSpec};

/// Standard columns whose values stand in the raw object.
const STANDARD: [&str; 5] = ["id", "name", "type", "location", "tags"];

/// Knows the columns of a table by their paths.
pub(super) struct ColumnFinder<'s> {
    lists: Vec<&'s ColumnSpec>,
    /// Other columns: name, path, whether places below the path belong to it, whether letter case means nothing.
    others: Vec<Other<'s>>,
}

struct Other<'s> {
    name: &'s str,
    path: Path,
    is_deep: bool,
    is_id: bool,
}

impl<'s> ColumnFinder<'s> {
    /// Takes the columns of a spec.
    pub(super) fn new(spec: &'s TableSpec) -> ColumnFinder<'s> {
        let (lists, others): (Vec<_>, Vec<_>) = spec
            .columns
            .iter()
            .filter(|column| column.path.up == 0)
            .partition(|column| column.kind == ColumnType::TextList);
        let own = others.into_iter().map(|column| Other {
            name: &column.name,
            path: column.path.clone(),
            is_deep: column.kind == ColumnType::Json,
            is_id: column.kind == ColumnType::ArmId,
        });
        let standard = STANDARD.iter().filter_map(|name| {
            let path = Path::parse(name).ok()?;
            Some(Other { name, path, is_deep: *name == "tags", is_id: matches!(*name, "id" | "type") })
        });
        ColumnFinder { lists, others: own.chain(standard).collect() }
    }

    /// Gives the columns that differ, by name.
    pub(super) fn columns(&self, old: &Value, new: &Value, differences: Vec<Difference>) -> Vec<ColumnChange> {
        let mut found: BTreeMap<String, (Value, Value)> = BTreeMap::new();
        let mut lists = Vec::new();
        for column in &self.lists {
            let (before, after) = (list(&column.path, old), list(&column.path, new));
            // Objects in another order are no change: then no place differs.
            if differences.iter().any(|one| meets(&column.path, &one.path)) && !same(&before, &after) {
                lists.push(&column.path);
                found.insert(column.name.clone(), (before, after));
            }
        }
        for difference in differences {
            if is_told(&lists, &difference) {
                continue;
            }
            let (name, is_id) = self.column_of(&difference.path);
            if !(is_id && same_text(&difference.old, &difference.new)) {
                found.insert(name, (difference.old, difference.new));
            }
        }
        found.into_iter().map(|(column, (old, new))| ColumnChange { column, old, new }).collect()
    }

    /// The column a place belongs to, and whether letter case means nothing in it.
    fn column_of(&self, place: &[Place]) -> (String, bool) {
        let mut best: Option<(&Other<'_>, &[Place])> = None;
        for column in &self.others {
            if let Some(rest) = below(&column.path, place)
                && (rest.is_empty() || column.is_deep)
                && best.is_none_or(|(_, shortest)| rest.len() < shortest.len())
            {
                best = Some((column, rest));
            }
        }
        match best {
            Some((column, rest)) => (write(column.name, rest), column.is_id && rest.is_empty()),
            None => (write("_raw", place), false),
        }
    }
}

fn same_text(old: &Value, new: &Value) -> bool {
    matches!((old, new), (Value::String(old), Value::String(new)) if old.to_lowercase() == new.to_lowercase())
}

/// What a list column holds, as the object has it; null where there is nothing.
fn list(path: &Path, object: &Value) -> Value {
    let mut items = Vec::new();
    for leaf in path.find(&[object]) {
        match leaf {
            Leaf::Key(key) => items.push(Value::from(key)),
            Leaf::Value(Value::Array(inner)) => items.extend(inner.iter().filter(|item| !item.is_null()).cloned()),
            Leaf::Value(value) => items.push(value.clone()),
        }
    }
    if items.is_empty() { Value::Null } else { Value::Array(items) }
}

/// Whether list columns that are told already say all of a difference: it lies below their paths, or it is an element
/// whose every leaf does.
fn is_told(lists: &[&Path], difference: &Difference) -> bool {
    let told = |place: &[Place]| lists.iter().any(|path| covers(path, place));
    if told(&difference.path) {
        return true;
    }
    let sides = [&difference.old, &difference.new];
    let mut place = difference.path.clone();
    sides.iter().any(|side| side.is_object()) && sides.iter().all(|side| leaves_are(side, &mut place, &told))
}

fn leaves_are(value: &Value, place: &mut Vec<Place>, told: &dyn Fn(&[Place]) -> bool) -> bool {
    match value {
        Value::Null => true,
        Value::Object(map) => map.iter().all(|(key, value)| {
            place.push(Place::Key(key.clone()));
            let all = leaves_are(value, place, told);
            place.pop();
            all
        }),
        _ => told(place),
    }
}
