//! The samples as a collector would read them: every object of every file comes out of some call.

use super::*;
use crate::catalog::{Answer, Leaf, Plane, ScopeKind, TableSpec};
use std::collections::{BTreeMap, BTreeSet};

/// One call: path, query and body.
type Call = (String, String, String);

/// The time that logs are asked for.
const WINDOW: [(&str, &str); 2] = [("from", "2026-07-01T00:00:00Z"), ("to", "2026-10-01T00:00:00Z")];

/// What calls are made of: the ids of the subscriptions, and the objects of each table that others hang on.
pub(super) struct World {
    pub(super) subscriptions: Vec<String>,
    pub(super) objects: BTreeMap<String, Vec<Value>>,
}

impl World {
    /// That of a sample.
    fn of(tenant: &Tenant) -> World {
        let bodies =
            |objects: &Vec<super::super::store::Object>| objects.iter().map(|object| object.body.clone()).collect();
        let objects = tenant.tables.iter().map(|(table, objects)| ((*table).to_owned(), bodies(objects))).collect();
        World { subscriptions: [PROD, DEV].map(str::to_owned).to_vec(), objects }
    }
}

/// The calls of a table: one for each place.
fn places(tenant: &Tenant, world: &World, spec: &TableSpec) -> BTreeSet<Call> {
    let fetch = &spec.fetch;
    let catalog = Catalog::bundled();
    let bodies = |table: &str| world.objects.get(table).into_iter().flatten().collect::<Vec<_>>();
    let query: Vec<String> = fetch.query.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let body = fetch.body.as_ref().map(ToString::to_string).unwrap_or_default();
    let call = |words: &[(&str, &str)]| {
        let fill = |text: &str| {
            words
                .iter()
                .chain(&WINDOW)
                .fold(text.to_owned(), |text, (word, value)| text.replace(&format!("{{{word}}}"), value))
        };
        (fill(&fetch.path), fill(&query.join("&")), fill(&body))
    };
    let mut found = BTreeSet::new();
    match fetch.scope {
        ScopeKind::Tenant => drop(found.insert(call(&[("tenant", tenant.id())]))),
        ScopeKind::Subscription => {
            found.extend(world.subscriptions.iter().map(|id| call(&[("subscription", id.as_str())])));
        }
        _ => {
            for table in &fetch.parents {
                for parent in bodies(table) {
                    if fetch.only_when.as_ref().is_some_and(|condition| !condition.holds(parent)) {
                        continue;
                    }
                    let id = parent["id"].as_str().unwrap_or_default();
                    let named = catalog.table(table).unwrap().fetch.name_path.as_ref();
                    let name = named.map_or(parent.get("name"), |path| path.value(parent));
                    let name = name.and_then(Value::as_str).unwrap_or_default();
                    let subscription = id.split('/').nth(2).unwrap_or_default();
                    let words = [("parent_id", id), ("parent_name", name), ("subscription", subscription)];
                    if let Some(address) = &fetch.address {
                        let Some(url) = address.value(parent).and_then(Value::as_str) else { continue };
                        let host = url.trim_start_matches("https://");
                        let (_, query, body) = call(&words);
                        let rest = fetch.path.split_once('}').unwrap().1;
                        found.insert((format!("/data/{host}{rest}"), query, body));
                        continue;
                    }
                    let Some(reference) = &fetch.reference else {
                        found.insert(call(&words));
                        continue;
                    };
                    let spec = catalog.table(table).unwrap();
                    let columns = reference.columns.iter().filter_map(|name| spec.column(name));
                    for leaf in columns.flat_map(|column| column.path.find(&[parent])) {
                        if let Leaf::Value(Value::String(target)) = leaf
                            && target.to_lowercase().contains(&reference.contains.to_lowercase())
                        {
                            found.insert(call(&[("ref", target)]));
                        }
                    }
                }
            }
        }
    }
    found
}

/// Every object that a table's calls give, and the refusals.
pub(super) fn crawl(caller: &Caller, world: &World, spec: &TableSpec) -> (BTreeSet<(String, String)>, Vec<String>) {
    let fetch = &spec.fetch;
    let (mut objects, mut refused) = (BTreeSet::new(), Vec::new());
    let mut keep = |place: &Call, object: &Value| {
        if fetch.filter.as_ref().is_none_or(|filter| filter.keeps(object)) {
            // A member of two groups is the same object twice.
            let place = if fetch.scope == ScopeKind::Parent { format!("{place:?}") } else { String::new() };
            objects.insert((place, object.to_string()));
        }
    };
    let version = format!("api-version={}", fetch.api_version);
    for place in places(&caller.tenant, world, spec) {
        let (path, query, body) = &place;
        let body: Value = serde_json::from_str(body).unwrap_or_default();
        let start = if fetch.plane == Plane::Graph { format!("/{}{path}", fetch.api_version) } else { path.clone() };
        let query = if matches!(fetch.plane, Plane::Arm | Plane::KeyVault) {
            format!("{query}&{version}")
        } else {
            query.clone()
        };
        let mut next = Some((format!("{start}?{query}"), body.clone()));
        while let Some((url, body)) = next.take() {
            if fetch.plane == Plane::Storage {
                let response = caller.raw(&fetch.method, &url, &body);
                match crate::collect::xml_to_json(&response.body, "StorageServiceProperties") {
                    Ok(object) if response.status == 200 => keep(&place, &object),
                    _ => refused.push(format!("{} {start}", response.status)),
                }
                break;
            }
            let (response, answer) = caller.send(&fetch.method, &url, &body);
            if response.status != 200 {
                refused.push(format!("{} {start}", line(&(response, answer))));
                break;
            }
            if fetch.answer == Answer::Object {
                keep(&place, &answer);
                break;
            }
            for item in answer[&fetch.items].as_array().unwrap() {
                if let Some(own) = fetch.detail.as_ref().and_then(|detail| detail.list.as_ref()) {
                    let (_, list) =
                        caller.send("GET", &format!("{start}/{}/{own}", item["id"].as_str().unwrap()), &Value::Null);
                    let mut whole = item.clone();
                    whole[own.as_str()] = list["value"].clone();
                    keep(&place, &whole);
                } else if fetch.detail.is_some() {
                    let (_, whole) =
                        caller.send("GET", &format!("{}?{version}", item["id"].as_str().unwrap()), &Value::Null);
                    keep(&place, &whole);
                } else {
                    keep(&place, item);
                }
            }
            let link = answer["nextLink"].as_str().or_else(|| answer["@odata.nextLink"].as_str());
            next = link.map(|link| (link.strip_prefix(BASE).unwrap().to_owned(), body.clone()));
            if let Some(token) = answer["$skipToken"].as_str() {
                let mut body = body;
                body["options"]["$skipToken"] = token.into();
                next = Some((format!("{start}?{query}"), body));
            }
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
        let world = World::of(&caller.tenant);
        for (table, held) in &caller.tenant.tables {
            let spec = Catalog::bundled().table(table).unwrap();
            let (objects, refused) = crawl(&caller, &world, spec);
            // A single object that is not there is an answer.
            let tells = |refusal: &&String| spec.fetch.answer == Answer::List || !refusal.starts_with("404 ");
            problems.extend(refused.iter().filter(tells).map(|refusal| format!("{table}: {refusal}")));
            for object in held {
                let body = object.body.to_string();
                if !objects.iter().any(|(_, served)| *served == body) {
                    problems.push(format!("{table}: not served: {}", object.id.as_deref().unwrap_or("?")));
                }
            }
            if objects.len() != held.len() {
                problems.push(format!("{table}: {} served, {} held", objects.len(), held.len()));
            }
        }
        let denied = [("azure_sql_managed_instance", "managedInstances"), ("azure_sql_server", "servers")].map(
            |(table, last)| {
                format!("{table}: 403 AuthorizationFailed /subscriptions/{DEV}/providers/Microsoft.Sql/{last}")
            },
        );
        assert_eq!(problems, denied, "{date}");
    }
}

/// Every table has an answer, also those that the sample holds no file of.
#[test]
fn every_table_answers() {
    let caller = Caller::new(contoso("2026-10-01"));
    let specs = Catalog::bundled().all().unwrap();
    let mut problems = Vec::new();
    let world = World::of(&caller.tenant);
    let has_file = |spec: &TableSpec| caller.tenant.tables.contains_key(spec.name.as_str());
    for spec in specs.iter().filter(|spec| spec.fetch.scope != ScopeKind::Embedded) {
        let (objects, refused) = crawl(&caller, &world, spec);
        let shares = |other: &&&TableSpec| {
            other.fetch.path == spec.fetch.path && other.fetch.query == spec.fetch.query && has_file(other)
        };
        if caller.tenant.tables.get(spec.name.as_str()).is_some_and(Vec::is_empty) {
            let told = objects.is_empty() && refused.iter().all(|refusal| refusal.starts_with("404 "));
            problems.extend((!told).then(|| format!("{} is empty, but: {refused:?}", spec.name)));
        } else if has_file(spec) {
            problems.extend(objects.is_empty().then(|| format!("{} gives nothing", spec.name)));
        } else if !specs.iter().any(|other| shares(&other)) {
            let denied = refused.iter().all(|refusal| refusal.starts_with("403 "));
            problems.extend((!objects.is_empty() || !denied).then(|| format!("{}: {:?}", spec.name, refused.first())));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// Tables whose objects are those of another, which serves them: the same list is read for both.
const TWINS: [&str; 2] = ["azure_user_registration_details", "azure_web_application_firewall_policy"];

/// In every table with rows, and for every path that any spec hides, something is planted and comes out of some call.
#[test]
fn what_is_planted_is_served() {
    let mut tenant = contoso("2026-10-01");
    let planted = tenant.plant().unwrap();
    let caller = Caller::new(tenant);
    let world = World::of(&caller.tenant);
    let mut served = BTreeSet::new();
    for table in caller.tenant.tables.keys() {
        let (objects, _) = crawl(&caller, &world, Catalog::bundled().table(table).unwrap());
        objects.iter().for_each(|(_, object)| served.extend(plant::planted_in(object.as_bytes())));
    }
    let mut rules: BTreeMap<(&str, &str), bool> = BTreeMap::new();
    for one in &planted {
        *rules.entry((&one.table, &one.rule)).or_default() |= served.contains(&one.text);
    }
    let missing: Vec<_> = rules.iter().filter(|(_, served)| !**served).map(|(rule, _)| *rule).collect();
    assert_eq!(missing, TWINS.map(|table| (table, plant::GENERAL)));
    let paths: usize = Catalog::bundled().all().unwrap().iter().map(|spec| spec.redact.len()).sum();
    let named = rules.keys().filter(|(_, rule)| *rule != plant::GENERAL).count();
    assert!(named == paths && rules.len() - named > 300, "{named} of {paths} paths, {} tables", rules.len() - named);
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
