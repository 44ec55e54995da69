//! A value at the end of a path: an object, a path and what to put there in; the object with whatever lacked on the way
//! made, and the places, out. Takes any JSON.

use crate::catalog::{Path, Step};
use serde_json::{Map, Value, json};

/// Calls `each` with every value that a path leads to and its place; what lacks on the way is made. Where an object or
/// a list is at the end, it is called for all that is in it, and for something new.
pub fn put(object: &mut Value, path: &Path, each: &mut dyn FnMut(&str, &mut Value)) {
    walk(object, &path.steps, "", each);
}

fn walk(value: &mut Value, steps: &[Step], place: &str, each: &mut dyn FnMut(&str, &mut Value)) {
    let Some((step, rest)) = steps.split_first() else { return fill(value, place, each) };
    match step {
        Step::Key(key) => {
            let map = as_map(value);
            let known = map.keys().find(|known| *known == key);
            let known = known.or_else(|| map.keys().find(|known| known.eq_ignore_ascii_case(key)));
            let known = known.unwrap_or(key).clone();
            let inner = map.entry(known.clone()).or_insert(Value::Null);
            walk(inner, rest, &joined(place, &known), each);
        }
        Step::Each => {
            // One object may come where a list is said.
            if value.is_object() {
                return walk(value, rest, place, each);
            }
            if value.as_array().is_none_or(Vec::is_empty) {
                *value = json!([null]);
            }
            for (at, item) in value.as_array_mut().into_iter().flatten().enumerate() {
                walk(item, rest, &format!("{place}[{at}]"), each);
            }
        }
        Step::Entries => {
            let map = as_map(value);
            if map.is_empty() {
                map.insert("planted".to_owned(), Value::Null);
            }
            for (key, item) in map {
                walk(item, rest, &joined(place, key), each);
            }
        }
    }
}

fn fill(value: &mut Value, place: &str, each: &mut dyn FnMut(&str, &mut Value)) {
    match value {
        Value::Array(items) if !items.is_empty() => {
            for (at, item) in items.iter_mut().enumerate() {
                fill(item, &format!("{place}[{at}]"), each);
            }
        }
        Value::Object(map) if !map.is_empty() => {
            for (key, item) in map.iter_mut() {
                fill(item, &joined(place, key), each);
            }
            if !map.contains_key("planted") {
                let mut new = Value::Null;
                each(&format!("{}[0]", joined(place, "planted")), &mut new);
                map.insert("planted".to_owned(), Value::Array(vec![new]));
            }
        }
        value => each(place, value),
    }
}

/// The fields of an object; anything else becomes one.
pub(super) fn as_map(value: &mut Value) -> &mut Map<String, Value> {
    if !value.is_object() {
        *value = json!({});
    }
    value.as_object_mut().expect("it was just made one")
}

pub(super) fn joined(place: &str, key: &str) -> String {
    if place.is_empty() { key.to_owned() } else { format!("{place}.{key}") }
}
