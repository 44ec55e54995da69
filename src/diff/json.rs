//! Two JSON objects, path by path: values as received in, the places where they differ out.
//!
//! Objects in an array belong together by `id` or `name` where each has one, else by position. A null and an absent field
//! are the same; so are ids that differ only in letter case. Never knows columns.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::{Map, Value};

use crate::catalog::scope::last_segment;
use crate::catalog::{Path, Step};

/// One step to a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// A field.
    Key(String),
    /// An element of an array, by its id or name, or by its position.
    Element(String),
}

/// Holds one place where two values differ.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Difference {
    pub(super) path: Vec<Place>,
    pub(super) old: Value,
    pub(super) new: Value,
}

/// Finds where two values differ, less the paths that change by themselves.
pub(super) fn differences(old: &Value, new: &Value, volatile: &[Path]) -> Vec<Difference> {
    let mut walk = Walk { path: Vec::new(), volatile, found: Vec::new() };
    walk.value(old, new);
    walk.found
}

struct Walk<'v> {
    path: Vec<Place>,
    volatile: &'v [Path],
    found: Vec<Difference>,
}

impl Walk<'_> {
    fn value(&mut self, old: &Value, new: &Value) {
        if self.volatile.iter().any(|path| covers(path, &self.path)) {
            return;
        }
        match (old, new) {
            (Value::Object(old), Value::Object(new)) => self.object(old, new),
            // A whole object that came or went is told field by field, so that each finds its column.
            (Value::Object(old), Value::Null) if !old.is_empty() => self.object(old, &Map::new()),
            (Value::Null, Value::Object(new)) if !new.is_empty() => self.object(&Map::new(), new),
            (Value::Array(old), Value::Array(new)) if all_objects(old) && all_objects(new) => self.array(old, new),
            _ if same(old, new) => {}
            _ => self.found.push(Difference { path: self.path.clone(), old: old.clone(), new: new.clone() }),
        }
    }

    fn object(&mut self, old: &Map<String, Value>, new: &Map<String, Value>) {
        let mut told = BTreeSet::new();
        for (key, value) in old {
            let twin = new.get_key_value(key).or_else(|| same_id(new, key));
            told.extend(twin.map(|(key, _)| key));
            self.step(Place::Key(key.clone()), value, twin.map_or(&Value::Null, |(_, value)| value));
        }
        for (key, value) in new.iter().filter(|(key, _)| !told.contains(key)) {
            self.step(Place::Key(key.clone()), &Value::Null, value);
        }
    }

    fn array(&mut self, old: &[Value], new: &[Value]) {
        let named = ["id", "name"].iter().find_map(|key| Some((by_key(old, key)?, by_key(new, key)?)));
        let (old, new) = named.unwrap_or_else(|| (by_position(old), by_position(new)));
        let labels: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
        for (label, shown) in short(labels) {
            match (old.get(label).copied(), new.get(label).copied()) {
                (Some(before), Some(after)) => self.step(Place::Element(shown), before, after),
                // An element that came or went is told as a whole.
                (before, after) => {
                    self.path.push(Place::Element(shown));
                    let value = |side: Option<&Value>| side.cloned().unwrap_or_default();
                    self.found.push(Difference { path: self.path.clone(), old: value(before), new: value(after) });
                    self.path.pop();
                }
            }
        }
    }

    fn step(&mut self, place: Place, old: &Value, new: &Value) {
        self.path.push(place);
        self.value(old, new);
        self.path.pop();
    }
}

type Elements<'v> = BTreeMap<String, &'v Value>;

/// What is shown of each label: the last segment of an id, while that tells the elements apart.
fn short(labels: BTreeSet<&String>) -> Vec<(&String, String)> {
    let last = |label: &str| if is_id(label) { last_segment(label).to_owned() } else { label.to_owned() };
    let told_apart = labels.iter().map(|label| last(label)).collect::<BTreeSet<_>>().len() == labels.len();
    let shown = |label: &String| if told_apart { last(label) } else { label.clone() };
    labels.into_iter().map(|label| (label, shown(label))).collect()
}

/// The elements by a key that each of them has once, without letter case.
fn by_key<'v>(items: &'v [Value], key: &str) -> Option<Elements<'v>> {
    let mut found = Elements::new();
    for item in items {
        let text = item.get(key)?.as_str()?;
        if found.insert(text.to_lowercase(), item).is_some() {
            return None;
        }
    }
    Some(found)
}

fn by_position(items: &[Value]) -> Elements<'_> {
    items.iter().enumerate().map(|(at, item)| (at.to_string(), item)).collect()
}

fn all_objects(items: &[Value]) -> bool {
    items.iter().all(Value::is_object)
}

/// A key that is the same id in other letter case.
fn same_id<'m>(map: &'m Map<String, Value>, key: &str) -> Option<(&'m String, &'m Value)> {
    if is_id(key) { map.iter().find(|(other, _)| other.eq_ignore_ascii_case(key)) } else { None }
}

/// Whether two leaves mean the same.
pub(super) fn same(old: &Value, new: &Value) -> bool {
    match (old, new) {
        (Value::String(old), Value::String(new)) => old == new || (is_id(old) && old.eq_ignore_ascii_case(new)),
        (Value::Array(old), Value::Array(new)) => {
            old.len() == new.len() && old.iter().zip(new).all(|(old, new)| same(old, new))
        }
        _ => old == new,
    }
}

/// Whether a text looks like an ARM id; services disagree on the letter case of those.
fn is_id(text: &str) -> bool {
    let begins = |prefix: &str| text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix));
    begins("/subscriptions/") || begins("/providers/")
}

/// Whether a place lies at or below what a spec's path names.
pub(super) fn covers(path: &Path, place: &[Place]) -> bool {
    path.up == 0 && rest_below(&path.steps, place).is_some()
}

/// Whether a place lies at, below or above what a spec's path names.
pub(super) fn meets(path: &Path, place: &[Place]) -> bool {
    path.up == 0
        && (0..=path.steps.len())
            .any(|n| rest_below(&path.steps[..n], place).is_some_and(|rest| rest.is_empty() || n == path.steps.len()))
}

/// What of a place lies below a path; none when it does not.
pub(super) fn below<'p>(path: &Path, place: &'p [Place]) -> Option<&'p [Place]> {
    if path.up == 0 { rest_below(&path.steps, place) } else { None }
}

fn rest_below<'p>(steps: &[Step], place: &'p [Place]) -> Option<&'p [Place]> {
    let Some((step, rest)) = steps.split_first() else { return Some(place) };
    // `a[]` ends at `a` already, and `a[].b` also finds `b` of a single object where a list may come.
    if *step == Step::Each && !matches!(place.first(), Some(Place::Element(_))) {
        return rest_below(rest, place);
    }
    let (first, below) = place.split_first()?;
    match (step, first) {
        (Step::Key(key), Place::Key(found)) if key.eq_ignore_ascii_case(found) => rest_below(rest, below),
        (Step::Each, Place::Element(_)) | (Step::Entries, Place::Key(_)) => rest_below(rest, below),
        _ => None,
    }
}

/// Writes a place behind a name: `.field`, `[element]`, `['odd.field']`.
pub(super) fn write(name: &str, place: &[Place]) -> String {
    let mut text = name.to_owned();
    for step in place {
        let _ = match step {
            Place::Key(key) if key.contains(['.', '[', ']', '\'']) || key.is_empty() => write!(text, "['{key}']"),
            Place::Key(key) => write!(text, ".{key}"),
            Place::Element(label) => write!(text, "[{label}]"),
        };
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(old: Value, new: Value, expected: &[&str]) {
        let volatile = [Path::parse("etag").unwrap(), Path::parse("l[].at").unwrap(), Path::parse("m{}.at").unwrap()];
        let shown: Vec<String> = differences(&old, &new, &volatile)
            .into_iter()
            .map(|one| format!("{} {} {}", write("", &one.path), one.old, one.new))
            .collect();
        assert_eq!(shown, expected, "{old} {new}");
    }

    #[test]
    fn finds_differences() {
        check(
            json!({"a": 1, "etag": 1, "b": {"c": "x", "d": null}}),
            json!({"a": 2, "etag": 2, "b": {"c": "y"}}),
            &[".a 1 2", ".b.c \"x\" \"y\""],
        );
        check(json!({"a": {"b": 1, "c": [1]}}), json!({}), &[".a.b 1 null", ".a.c [1] null"]);
        check(json!({}), json!({"a": {}, "x.y": 1}), &[".a null {}", "['x.y'] null 1"]);
        check(json!({"l": [1, 2]}), json!({"l": [2, 1]}), &[".l [1,2] [2,1]"]);
        check(json!({"a": "x"}), json!({"a": {"b": 1}}), &[".a \"x\" {\"b\":1}"]);
        let number: Value = serde_json::from_str(r#"{"a": 1.0}"#).unwrap();
        check(number, json!({"a": 1}), &[".a 1.0 1"]);
    }

    #[test]
    fn elements_belong_together() {
        check(
            json!({"l": [{"id": "A", "v": 1, "at": 1}, {"id": "b", "v": 1}, {"id": "c"}]}),
            json!({"l": [{"id": "b", "v": 2}, {"id": "a", "v": 1, "at": 2}, {"id": "d"}]}),
            &[".l[a].id \"A\" \"a\"", ".l[b].v 1 2", ".l[c] {\"id\":\"c\"} null", ".l[d] null {\"id\":\"d\"}"],
        );
        check(json!({"l": [{"name": "x", "v": 1}]}), json!({"l": [{"name": "x", "v": 2}]}), &[".l[x].v 1 2"]);
        check(
            json!({"l": [{"v": 1}, {"v": 2}]}),
            json!({"l": [{"v": 1}, {"v": 3}, {"v": 4}]}),
            &[".l[1].v 2 3", ".l[2] null {\"v\":4}"],
        );
        check(
            json!({"l": [{"name": "x"}, {"name": "x"}]}),
            json!({"l": [{"name": "x"}]}),
            &[".l[1] {\"name\":\"x\"} null"],
        );
        check(json!({"l": [{"name": "x"}, {"name": "y"}]}), json!({"l": [{"name": "y"}, {"name": "x"}]}), &[]);
        check(
            json!({"l": [{"id": "/subscriptions/A/X", "v": 1}]}),
            json!({"l": [{"id": "/subscriptions/a/x", "v": 2}]}),
            &[".l[x].v 1 2"],
        );
        check(
            json!({"l": [{"id": "/subscriptions/a/x"}]}),
            json!({"l": [{"id": "/subscriptions/b/x"}]}),
            &[
                ".l[/subscriptions/a/x] {\"id\":\"/subscriptions/a/x\"} null",
                ".l[/subscriptions/b/x] null {\"id\":\"/subscriptions/b/x\"}",
            ],
        );
        check(json!({"m": {"k": {"at": 1, "v": 1}}}), json!({"m": {"k": {"at": 2, "v": 1}}}), &[]);
    }

    #[test]
    fn ids_compare_without_letter_case() {
        check(json!({"id": "/subscriptions/A/x"}), json!({"id": "/Subscriptions/a/X"}), &[]);
        check(json!({"l": ["/providers/A", "b"]}), json!({"l": ["/providers/a", "b"]}), &[]);
        check(
            json!({"u": {"/subscriptions/A": {"p": 1}}}),
            json!({"u": {"/subscriptions/a": {"p": 2}}}),
            &[".u./subscriptions/A.p 1 2"],
        );
        check(json!({"n": "A"}), json!({"n": "a"}), &[".n \"A\" \"a\""]);
    }
}
