//! Who a row is: an object and where it was seen in, its id, name, type and place out.

use super::hash::row_hash;
use crate::catalog::scope::last_segment;
use crate::catalog::{ArmId, Leaf, Plane, TableSpec};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

/// Everything but unreserved characters is encoded in made-up ids.
const KEY_PART: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The standard columns that come from the object's own id.
pub(super) struct Identity {
    pub(super) arm: ArmId,
    pub(super) name: Option<String>,
    pub(super) kind: Option<String>,
    /// The object had neither an id nor its key's parts: the id is made from its content.
    pub(super) made_up: bool,
}

/// Finds a row's identity. `base` is the parent's id, or the scope's path.
pub(super) fn identify(spec: &TableSpec, stack: &[&Value], base: &str) -> Identity {
    let item = *stack.last().expect("the stack ends with the object itself");
    let own_id = match spec.fetch.own_id.find(stack).first() {
        Some(Leaf::Value(Value::String(id))) if spec.fetch.has_own_id() && !id.is_empty() => Some(id.clone()),
        _ => None,
    };
    let keyed = if own_id.is_none() { keyed_id(spec, stack, base) } else { None };
    let made_up = own_id.is_none() && keyed.is_none();
    let id = own_id.or(keyed).unwrap_or_else(|| {
        let thing = if spec.fetch.thing.is_empty() { &spec.name } else { &spec.fetch.thing };
        format!("{base}/{thing}/{}", row_hash(item, &spec.volatile))
    });
    let arm = ArmId::new(&id);
    Identity { name: name(spec, item, &id), kind: kind(spec, item), arm, made_up }
}

fn keyed_id(spec: &TableSpec, stack: &[&Value], base: &str) -> Option<String> {
    if spec.fetch.has_own_id() {
        return None;
    }
    let mut id = format!("{base}/{}", spec.fetch.thing);
    for path in &spec.fetch.key {
        let part = match path.find(stack).first()? {
            Leaf::Value(Value::String(text)) => text.clone(),
            Leaf::Value(value @ (Value::Number(_) | Value::Bool(_))) => value.to_string(),
            Leaf::Key(key) => (*key).to_owned(),
            Leaf::Value(_) => return None,
        };
        id.push('/');
        id.extend(utf8_percent_encode(&part, KEY_PART));
    }
    Some(id)
}

fn name(spec: &TableSpec, item: &Value, id: &str) -> Option<String> {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned);
    if let Some(path) = &spec.fetch.name_path {
        return text(path.value(item));
    }
    text(item.get("name"))
        .or_else(|| text(item.get("displayName")))
        .or_else(|| Some(last_segment(id).to_owned()).filter(|last| !last.is_empty()))
}

fn kind(spec: &TableSpec, item: &Value) -> Option<String> {
    let text = |key: &str| item.get(key).and_then(Value::as_str).map(str::to_lowercase);
    let arm_like = |kind: &String| kind.contains('/') || spec.fetch.plane == Plane::Graph;
    text("type")
        .filter(arm_like)
        .or_else(|| text("@odata.type").map(|kind| kind.trim_start_matches("#microsoft.graph.").to_owned()))
        .or_else(|| spec.arm_type.as_ref().map(|kind| kind.to_lowercase()))
}
