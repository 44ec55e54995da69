//! The samples as a collector would read them: every object of every file comes out of some call.

use super::*;
use crate::catalog::{Answer, Leaf, Plane, ScopeKind, TableSpec};
use std::collections::BTreeSet;

/// Where a table is asked: one path for each place.
fn places(tenant: &Tenant, spec: &TableSpec) -> BTreeSet<String> {
    let fetch = &spec.fetch;
    let catalog = Catalog::bundled();
    let bodies =
        |table: &str| tenant.tables.get(table).into_iter().flatten().map(|object| &object.body).collect::<Vec<_>>();
    let mut found = BTreeSet::new();
    match fetch.scope {
        ScopeKind::Tenant => drop(found.insert(fetch.path.replace("{tenant}", tenant.id()))),
        ScopeKind::Subscription => {
            found.extend([PROD, DEV].map(|subscription| fetch.path.replace("{subscription}", subscription)));
        }
        _ => {
            for table in &fetch.parents {
                for parent in bodies(table) {
                    if fetch.only_when.as_ref().is_some_and(|condition| !condition.holds(parent)) {
                        continue;
                    }
                    let id = parent["id"].as_str().unwrap();
                    let place = fetch
                        .path
                        .replace("{parent_id}", id)
                        .replace("{parent_name}", parent["name"].as_str().unwrap_or_default());
                    let Some(reference) = &fetch.reference else {
                        found.insert(place);
                        continue;
                    };
                    let column = catalog.table(table).unwrap().column(&reference.column).unwrap();
                    for leaf in column.path.find(&[parent]) {
                        if let Leaf::Value(Value::String(target)) = leaf
                            && target.to_lowercase().contains(&reference.contains.to_lowercase())
                        {
                            found.insert(place.replace("{ref}", target));
                        }
                    }
                }
            }
        }
    }
    found
}

/// Every object that a table's calls give, and the refusals.
fn crawl(caller: &Caller, spec: &TableSpec) -> (BTreeSet<(String, String)>, Vec<String>) {
    let fetch = &spec.fetch;
    let (mut objects, mut refused) = (BTreeSet::new(), Vec::new());
    let mut keep = |place: &str, object: &Value| {
        if fetch.filter.as_ref().is_none_or(|filter| filter.keeps(object)) {
            // A member of two groups is the same object twice.
            let place = if fetch.scope == ScopeKind::Parent { place } else { "" };
            objects.insert((place.to_owned(), object.to_string()));
        }
    };
    let version = format!("api-version={}", fetch.api_version);
    for place in places(&caller.tenant, spec) {
        let mut query: Vec<String> = fetch.query.iter().map(|(key, value)| format!("{key}={value}")).collect();
        let start = if fetch.plane == Plane::Graph { format!("/v1.0{place}") } else { place.clone() };
        query.extend((fetch.plane == Plane::Arm).then(|| version.clone()));
        let mut next = Some(format!("{start}?{}", query.join("&")));
        while let Some(url) = next.take() {
            let (response, body) = caller.send(&fetch.method, &url, fetch.body.as_ref().unwrap_or(&Value::Null));
            if response.status != 200 {
                refused.push(format!("{} {start}", line(&(response, body))));
                break;
            }
            if fetch.answer == Answer::Object {
                keep(&place, &body);
                break;
            }
            for item in body[&fetch.items].as_array().unwrap() {
                if fetch.detail.is_some() {
                    let (_, whole) =
                        caller.send("GET", &format!("{}?{version}", item["id"].as_str().unwrap()), &Value::Null);
                    keep(&place, &whole);
                } else {
                    keep(&place, item);
                }
            }
            let link = body["nextLink"].as_str().or_else(|| body["@odata.nextLink"].as_str());
            next = link.map(|link| link.strip_prefix(BASE).unwrap().to_owned());
        }
    }
    (objects, refused)
}

#[test]
fn every_object_is_served() {
    for date in ["2026-09-01", "2026-10-01"] {
        let options = Options { page_size: 3, empty_last_page: true, ..Options::default() };
        let caller = Caller::new(contoso(date).with_options(&options));
        let mut problems = Vec::new();
        for (table, held) in &caller.tenant.tables {
            let spec = Catalog::bundled().table(table).unwrap();
            let (objects, refused) = crawl(&caller, spec);
            problems.extend(refused.iter().map(|refusal| format!("{table}: {refusal}")));
            for object in held {
                let body = object.body.to_string();
                if !objects.iter().any(|(_, served)| *served == body) {
                    problems.push(format!("{table}: not served: {}", object.id.as_deref().unwrap_or("?")));
                }
            }
            assert_eq!(objects.len(), held.len(), "{date} {table}: something else is served, or twice the same");
        }
        let denied =
            format!("azure_sql_server: 403 AuthorizationFailed /subscriptions/{DEV}/providers/Microsoft.Sql/servers");
        assert_eq!(problems, [denied], "{date}");
    }
}

/// Every table has an answer, also those that the sample holds no file of.
#[test]
fn every_table_answers() {
    let caller = Caller::new(contoso("2026-10-01"));
    let specs = Catalog::bundled().all().unwrap();
    let has_file = |spec: &TableSpec| caller.tenant.tables.contains_key(spec.name.as_str());
    for spec in specs.iter().filter(|spec| spec.fetch.scope != ScopeKind::Embedded) {
        let (objects, refused) = crawl(&caller, spec);
        let shares = |other: &&&TableSpec| {
            other.fetch.path == spec.fetch.path && other.fetch.query == spec.fetch.query && has_file(other)
        };
        if has_file(spec) {
            assert!(!objects.is_empty(), "{}", spec.name);
        } else if !specs.iter().any(|other| shares(&other)) {
            let denied = refused.iter().all(|refusal| refusal.starts_with("403 "));
            assert!(objects.is_empty() && denied, "{}: {refused:?}", spec.name);
        }
    }
}

/// What the collector asks before it trusts that a list is whole.
#[test]
fn the_reader_is_proven_to_read_everything() {
    let caller = Caller::new(contoso("2026-10-01"));
    for subscription in [PROD, DEV] {
        let (_, body) =
            caller.send("GET", &assignments(subscription, &format!("assignedTo('{READER}')")), &Value::Null);
        let [assignment] = &body["value"].as_array().unwrap()[..] else { panic!("{body}") };
        let role = assignment["properties"]["roleDefinitionId"].as_str().unwrap();
        let (_, role) = caller.send("GET", &format!("{role}?api-version=2022-04-01"), &Value::Null);
        assert_eq!(role["properties"]["permissions"][0]["actions"], json!(["*/read"]));
    }
}
