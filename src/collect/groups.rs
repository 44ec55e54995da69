//! The tree of management groups: groups as they were read in, the subscriptions below some of them out. What could not be
//! read is an error, never a smaller tree.

use super::selection::SelectionError;
use crate::catalog::near_names;
use crate::catalog::scope::last_segment;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The table that gives the tree.
pub const MANAGEMENT_GROUPS: &str = "azure_management_group";

/// A management group, and what is directly below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Its id: the last part of the ARM id, lower-case.
    pub id: String,
    /// Its name as shown.
    pub name: String,
    /// ARM ids of the groups and subscriptions directly below, lower-case; none when they were not read.
    pub children: Option<Vec<String>>,
}

impl Group {
    /// Reads a group from its row: ARM id, and the object as received.
    pub fn new(id: &str, raw: &Value) -> Group {
        let properties = &raw["properties"];
        let child = |child: &Value| child["id"].as_str().map(str::to_lowercase);
        // The list alone tells of neither; a group without children, once read, says so by null.
        let was_read = properties.get("details").is_some() || properties.get("children").is_some();
        let children = properties["children"].as_array().map(Vec::as_slice).unwrap_or_default();
        Group {
            id: last_segment(id).to_lowercase(),
            name: properties["displayName"].as_str().unwrap_or_default().to_owned(),
            children: was_read.then(|| children.iter().filter_map(child).collect()),
        }
    }
}

/// The subscriptions (GUIDs) that stand below the wanted groups, at any depth.
///
/// # Errors
/// A group is not visible, or was not read.
pub(super) fn below(groups: &[Group], wanted: &[String]) -> Result<BTreeSet<String>, SelectionError> {
    let known: BTreeMap<&str, &Group> = groups.iter().map(|group| (group.id.as_str(), group)).collect();
    let mut open: Vec<String> = Vec::new();
    for text in wanted {
        let id = last_segment(text);
        let fits: Vec<&Group> = groups
            .iter()
            .filter(|group| group.id.eq_ignore_ascii_case(id) || group.name.eq_ignore_ascii_case(text))
            .collect();
        if fits.is_empty() {
            let all = groups.iter().flat_map(|group| [group.id.as_str(), group.name.as_str()]);
            return Err(SelectionError::NoGroup { wanted: text.clone(), near: near_names(text, all) });
        }
        open.extend(fits.into_iter().map(|group| group.id.clone()));
    }
    let (mut found, mut seen) = (BTreeSet::new(), BTreeSet::new());
    while let Some(id) = open.pop() {
        if !seen.insert(id.clone()) {
            continue;
        }
        let children = known.get(id.as_str()).and_then(|group| group.children.as_ref());
        let children = children.ok_or(SelectionError::GroupNotRead { id })?;
        for child in children {
            let last = last_segment(child).to_owned();
            if child.starts_with("/subscriptions/") {
                found.insert(last);
            } else {
                open.push(last);
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn group(id: &str, name: &str, children: Value) -> Group {
        let arm = format!("/providers/Microsoft.Management/managementGroups/{id}");
        Group::new(&arm, &json!({"properties": {"displayName": name, "details": {}, "children": children}}))
    }

    fn tree() -> Vec<Group> {
        let of = |id: &str| json!({"id": format!("/providers/Microsoft.Management/managementGroups/{id}")});
        let subscription = |id: &str| json!({"id": format!("/subscriptions/{id}")});
        vec![
            group("Root", "Tenant Root Group", json!([of("platform"), of("Work"), subscription("S1")])),
            group("platform", "Platform", json!([subscription("s2")])),
            group("work", "Work loads", json!([of("hidden"), of("platform")])),
            group("empty", "Empty", Value::Null),
            // A tree has no circle, but an answer may.
            group("circle", "Circle", json!([of("circle"), subscription("s3")])),
            Group::new("/x/listed", &json!({"properties": {"displayName": "Listed only"}})),
        ]
    }

    #[test]
    fn subscriptions_below() {
        for (wanted, expected) in [
            (&["platform"][..], Ok(&["s2"][..])),
            (&["PLATFORM", "Circle"], Ok(&["s2", "s3"])),
            (&["/providers/Microsoft.Management/managementGroups/platform"], Ok(&["s2"])),
            (&["empty"], Ok(&[])),
            (&[], Ok(&[])),
            (
                &["plattform"],
                Err("no management group `plattform` is visible to this principal (did you mean platform, Platform?)"),
            ),
            (
                &["tenant root group"],
                Err("the management group `hidden` could not be read, so nobody knows what is below it"),
            ),
            (
                &["Listed only"],
                Err("the management group `listed` could not be read, so nobody knows what is below it"),
            ),
        ] {
            let wanted: Vec<String> = wanted.iter().map(|text| (*text).to_owned()).collect();
            let found = below(&tree(), &wanted).map_err(|error| error.to_string());
            let expected: Result<BTreeSet<String>, String> =
                expected.map(|ids| ids.iter().map(|id| (*id).to_owned()).collect()).map_err(str::to_owned);
            assert_eq!(found, expected, "{wanted:?}");
        }
    }
}
