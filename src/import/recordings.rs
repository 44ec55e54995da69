//! Recordings: JSON lines of requests and answers, or HAR files, to objects per table. Every answer finds its table by
//! the catalogue's paths; what is cut or blanked is `Incomplete`, what was never asked is not collected.

use super::records::{Record, is_arm, is_graph, leads_on, newest, plain_query, read_all};
use super::rows::{Form, Source};
use super::{ImportError, Options, Sources};
use crate::catalog::route::{Route, arm_type_of, detail_list, routes};
use crate::catalog::{ArmId, Catalog, CatalogError, Plane, SUBSCRIPTIONS, ScopeKind, TableSpec};
use crate::store::Status;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Reads recordings.
pub(super) fn read(catalog: &Catalog, options: &Options) -> Result<Sources, ImportError> {
    let mut records = read_all(&options.source)?;
    let tenants: BTreeSet<String> = records
        .iter()
        .filter(|record| is_graph(record) || is_arm(record))
        .filter_map(|record| record.tenant.clone())
        .map(|id| id.to_lowercase())
        .collect();
    let mut sources = Sources { tables: BTreeMap::new(), statuses: Vec::new(), tenants, ignored: Vec::new() };
    if let Some(wanted) = &options.tenant {
        records.retain(|record| record.tenant.as_ref().is_none_or(|tenant| tenant.eq_ignore_ascii_case(wanted)));
    } else if sources.tenants.len() > 1 {
        return Ok(sources);
    }
    let until = options.at.format("%Y-%m-%dT%H:%M:%S").to_string();
    let mut found = Found::default();
    for record in newest(records, &until) {
        found.take(catalog, &record)?;
    }
    found.into_sources(catalog, &mut sources)?;
    if sources.tables.is_empty() {
        return Err(ImportError::Nothing { path: options.source.clone() });
    }
    Ok(sources)
}

/// Whether a recorded call asked for all that the table's columns show. Graph leaves out what `$select` does not name, and
/// without one gives few of the properties: a column without a value would look like one that is not set.
fn selects_all(spec: &TableSpec, query: &str) -> bool {
    let fields = |text: &str| text.split(',').map(|field| field.trim().to_lowercase()).collect::<BTreeSet<_>>();
    let wanted = spec.fetch.query.iter().find(|(key, _)| key == "$select").map(|(_, value)| fields(value));
    let Some(wanted) = wanted.filter(|_| spec.fetch.plane == Plane::Graph) else { return true };
    let given = url::form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key.eq_ignore_ascii_case("$select"));
    given.is_some_and(|(_, value)| wanted.is_subset(&fields(&value)))
}

/// What the answers gave.
#[derive(Default)]
struct Found {
    items: BTreeMap<String, Vec<(String, Value)>>,
    /// Worst status per table and scope (subscription; none = tenant).
    lists: BTreeMap<(String, Option<String>), (Status, Option<String>)>,
    /// Parents whose children were listed.
    parents: BTreeMap<String, BTreeSet<String>>,
    /// Lists of single items, by table and id; none where one was refused or is not whole.
    details: BTreeMap<(String, String), Option<Vec<Value>>>,
    /// Tables of which only single objects were read.
    objects: BTreeSet<(String, Option<String>)>,
    ignored: BTreeSet<String>,
}

impl Found {
    fn take(&mut self, catalog: &Catalog, record: &Record) -> Result<(), ImportError> {
        let (plane, path) = if is_graph(record) {
            let path = plain_case(&record.path);
            (Plane::Graph, path.trim_start_matches("/v1.0").trim_start_matches("/beta").to_owned())
        } else if is_arm(record) {
            (Plane::Arm, plain_case(&record.path))
        } else {
            return Ok(());
        };
        let found = routes(catalog, plane, &path)?;
        // A filtered list is not the list: it proves its own items, not that there are no others.
        let filtered = !plain_query(&record.query, true).is_empty();
        if found.is_empty() {
            return match detail_list(catalog, &path)?.filter(|_| plane == Plane::Graph) {
                Some((spec, id)) => {
                    self.detail(spec, id, record);
                    Ok(())
                }
                None => self.object(catalog, record, &path),
            };
        }
        for route in found {
            self.list(&route, record, filtered, &path);
        }
        Ok(())
    }

    fn list(&mut self, route: &Route<'_>, record: &Record, filtered: bool, path: &str) {
        let table = route.spec.name.clone();
        let subscription =
            route.subscription.clone().or_else(|| ArmId::new(path).subscription).map(|id| id.to_lowercase());
        let version = record.path.trim_start_matches('/').split('/').next().unwrap_or_default().to_owned();
        let leaves_out =
            route.spec.fetch.plane == Plane::Graph && route.spec.fetch.incomplete_api_versions.contains(&version);
        let incomplete = record.trimmed_from.is_some() || record.source_redacted.is_some();
        let (status, code) = match record.status {
            200..=299 if incomplete => (Status::Error, Some("Incomplete".to_owned())),
            200..=299 if filtered => (Status::Partial, Some("FilteredList".to_owned())),
            200..=299 if !selects_all(route.spec, &record.query) => (Status::Partial, Some("NotSelected".to_owned())),
            200..=299 if leaves_out => (Status::Partial, Some("IncompleteVersion".to_owned())),
            200..=299 => (Status::Ok, None),
            http => {
                let code = record.response_body.pointer("/error/code").and_then(Value::as_str).map(str::to_owned);
                (Status::of_answer(http, code.as_deref()), code)
            }
        };
        if (200..300).contains(&record.status) {
            let items = match record.response_body.get(&route.spec.fetch.items) {
                Some(Value::Array(items)) => items.clone(),
                _ if record.response_body.is_object() => vec![record.response_body.clone()],
                _ => Vec::new(),
            };
            for mut item in items {
                let keyed = !route.spec.fetch.has_own_id();
                if let (Some(parent), Some(map), true) = (&route.parent_id, item.as_object_mut(), keyed) {
                    map.insert("_parent_id".to_owned(), Value::String(parent.clone()));
                }
                if route.spec.fetch.filter.as_ref().is_none_or(|filter| filter.keeps(&item)) {
                    self.items.entry(table.clone()).or_default().push((record.label.clone(), item));
                }
            }
            if let Some(parent) = &route.parent_id {
                self.parents.entry(table.clone()).or_default().insert(parent.to_lowercase());
            }
        }
        let worst = self.lists.entry((table, subscription)).or_insert((Status::Ok, None));
        if status > worst.0 {
            *worst = (status, code);
        }
    }

    /// A page of the list that an item has for itself. Asked in another way than the spec does, it may not be the whole
    /// list, or not with all that the columns show.
    fn detail(&mut self, spec: &TableSpec, id: String, record: &Record) {
        let wanted = spec.fetch.detail.iter().flat_map(|detail| &detail.query);
        let wanted: BTreeSet<String> =
            wanted.map(|(key, value)| format!("{}={}", key.to_lowercase(), value.to_lowercase())).collect();
        let given = plain_query(&record.query, false);
        let given: BTreeSet<&str> = given.split('&').filter(|pair| !pair.is_empty() && !leads_on(pair)).collect();
        if record.method != "GET" || !given.iter().copied().eq(wanted.iter().map(String::as_str)) {
            return;
        }
        let incomplete = record.trimmed_from.is_some() || record.source_redacted.is_some();
        let page = match record.response_body.get("value") {
            Some(Value::Array(items)) if (200..300).contains(&record.status) && !incomplete => Some(items),
            _ => None,
        };
        let held = self.details.entry((spec.name.clone(), id)).or_insert_with(|| Some(Vec::new()));
        match (held.as_mut(), page) {
            (Some(held), Some(page)) => held.extend(page.iter().cloned()),
            _ => *held = None,
        }
    }

    /// Puts the lists of single items into them; whether each item of the table has its own.
    fn fill_details(&mut self, spec: &TableSpec) -> bool {
        let Some(field) = spec.fetch.detail.as_ref().and_then(|detail| detail.list.clone()) else { return true };
        let mut whole = true;
        for (_, item) in self.items.get_mut(&spec.name).into_iter().flatten() {
            let id = spec.fetch.own_id.value(item).and_then(Value::as_str).unwrap_or_default().to_lowercase();
            match (self.details.get(&(spec.name.clone(), id)), item) {
                (Some(Some(list)), Value::Object(map)) => drop(map.insert(field.clone(), Value::Array(list.clone()))),
                _ => whole = false,
            }
        }
        whole
    }

    /// One object by its own id: a row, but no word on whether there are others.
    fn object(&mut self, catalog: &Catalog, record: &Record, path: &str) -> Result<(), ImportError> {
        let id = record.response_body.get("id").and_then(Value::as_str).unwrap_or_default();
        let kind = arm_type_of(id).filter(|_| (200..300).contains(&record.status));
        let specs = catalog.all()?;
        let spec = specs.into_iter().find(|spec| {
            let same = kind.is_some() && spec.arm_type.as_ref().map(|own| own.to_lowercase()) == kind;
            same && spec.fetch.scope != ScopeKind::Embedded
                && spec.fetch.filter.as_ref().is_none_or(|filter| filter.keeps(&record.response_body))
        });
        let Some(spec) = spec else {
            self.ignored.insert(path.to_owned());
            return Ok(());
        };
        self.items.entry(spec.name.clone()).or_default().push((record.label.clone(), record.response_body.clone()));
        self.objects.insert((spec.name.clone(), ArmId::new(id).subscription));
        Ok(())
    }

    fn into_sources(mut self, catalog: &Catalog, sources: &mut Sources) -> Result<(), CatalogError> {
        for spec in catalog.all()? {
            if !self.fill_details(spec)
                && let Some(list @ (Status::Ok, _)) = self.lists.get_mut(&(spec.name.clone(), None))
            {
                *list = (Status::Partial, Some("DetailNotRecorded".to_owned()));
            }
        }
        let mut subscriptions: BTreeSet<String> = self.lists.keys().filter_map(|(_, scope)| scope.clone()).collect();
        for (_, item) in self.items.get(SUBSCRIPTIONS).into_iter().flatten() {
            subscriptions.extend(item.get("subscriptionId").and_then(Value::as_str).map(str::to_lowercase));
        }
        let ids = |table: &str| -> Vec<ArmId> {
            let items = self.items.get(table).into_iter().flatten();
            items.filter_map(|(_, item)| item.get("id").and_then(Value::as_str)).map(ArmId::new).collect()
        };
        for spec in catalog.all()?.into_iter().filter(|spec| spec.fetch.scope != ScopeKind::Embedded) {
            let wide = catalog.is_tenant_wide(spec)?;
            let scopes: Vec<Option<String>> =
                if wide { vec![None] } else { subscriptions.iter().cloned().map(Some).collect() };
            for scope in scopes {
                let key = (spec.name.clone(), scope.clone());
                let (mut status, mut code) = match self.lists.get(&key) {
                    Some((status, code)) => (*status, code.clone()),
                    None if self.objects.contains(&key) => (Status::Partial, Some("SingleObjects".to_owned())),
                    None => (Status::NotCollected, Some("NotRecorded".to_owned())),
                };
                let asked = self.parents.get(&spec.name);
                let missing = spec.fetch.parents.iter().flat_map(|parent| ids(parent)).any(|id| {
                    let here = wide || id.subscription == scope;
                    here && !asked.is_some_and(|asked| asked.contains(&id.id))
                });
                if spec.fetch.reference.is_none() && !spec.fetch.parents.is_empty() && missing && status == Status::Ok {
                    (status, code) = (Status::Partial, Some("ParentNotRecorded".to_owned()));
                }
                sources.statuses.push((spec.name.clone(), scope, status, code));
            }
        }
        for (table, items) in self.items {
            let mut by_label: BTreeMap<String, Vec<Value>> = BTreeMap::new();
            for (label, item) in items {
                by_label.entry(label).or_default().push(item);
            }
            let made =
                by_label.into_iter().map(|(label, items)| Source { label, form: Form::Items, path: None, items });
            sources.tables.insert(table, made.collect());
        }
        sources.ignored = self.ignored.into_iter().collect();
        Ok(())
    }
}

/// The path decoded, with single slashes, letter case kept.
fn plain_case(path: &str) -> String {
    let decoded = percent_encoding::percent_decode_str(path).decode_utf8_lossy().into_owned();
    let segments: Vec<&str> = decoded.split('/').filter(|segment| !segment.is_empty()).collect();
    format!("/{}", segments.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::NaiveDate;
    use serde_json::json;

    /// The list that an item has for itself is taken as the spec asks for it, whole, or not at all.
    #[test]
    fn lists_of_single_items() {
        let list = json!({"value": [{"id": "C"}]});
        let of = |ids: &[&str]| json!({"value": ids.iter().map(|id| json!({"id": id})).collect::<Vec<_>>()});
        let (whole, own) = ("%24expand=scopes%2Croles", "catalogs/c/resources");
        let head = ("catalogs", "$expand=accessPackages", 200, list);
        check(&[head.clone(), (own, whole, 200, of(&["r"]))], Status::Ok, Some(&["r"]));
        check(&[head.clone(), (own, whole, 200, of(&[]))], Status::Ok, Some(&[]));
        check(std::slice::from_ref(&head), Status::Partial, None);
        check(&[head.clone(), (own, whole, 403, json!({}))], Status::Partial, None);
        // Other columns, or a part of the list, beside the whole or instead of it.
        check(&[head.clone(), (own, "", 200, of(&["r"]))], Status::Partial, None);
        check(&[head.clone(), (own, "", 200, of(&["r"])), (own, whole, 200, of(&["r"]))], Status::Ok, Some(&["r"]));
        check(&[head.clone(), (own, "$filter=a&$expand=scopes,roles", 200, of(&["r"]))], Status::Partial, None);
        // Two pages, and a page that is missing.
        let link = format!("https://graph.microsoft.com/v1.0/{ROOT}{own}?{whole}&$skiptoken=x");
        let first = json!({"value": [{"id": "r"}], "@odata.nextLink": link});
        let page = (own, whole, 200, first);
        let next = (own, "$expand=scopes,roles&$skiptoken=x", 200, of(&["s"]));
        check(&[head.clone(), page.clone(), next], Status::Ok, Some(&["r", "s"]));
        check(&[head, page], Status::Partial, None);
    }

    const ROOT: &str = "identityGovernance/entitlementManagement/";

    /// Path below [`ROOT`], query, status and answer.
    type Recorded<'a> = (&'a str, &'a str, u16, Value);

    fn check(recorded: &[Recorded<'_>], status: Status, held: Option<&[&str]>) {
        let dir = tempfile::tempdir().unwrap();
        let lines = recorded.iter().map(|(path, query, status, answer)| {
            let path = format!("/v1.0/{ROOT}{path}");
            let line = json!({"method": "GET", "host": "graph.microsoft.com", "path": path, "query": query,
                "status": status, "response_body": answer, "tenant": "t"});
            format!("{line}\n")
        });
        std::fs::write(dir.path().join("graph.jsonl"), lines.collect::<String>()).unwrap();
        let options = Options {
            source: dir.path().to_owned(),
            archive: dir.path().to_owned(),
            tenant: None,
            at: NaiveDate::from_ymd_opt(2026, 10, 1).unwrap().and_hms_opt(0, 0, 0).unwrap(),
            assume_empty: false,
        };
        let sources = read(Catalog::bundled(), &options).unwrap();
        let table = "azure_access_packages_catalog";
        let said = sources.statuses.iter().find(|(name, ..)| name == table).unwrap();
        assert_eq!(said.2, status, "{recorded:?}");
        let item = &sources.tables[table][0].items[0];
        let found = item
            .get("resources")
            .map(|list| list.as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect::<Vec<_>>());
        assert_eq!(found.as_deref(), held, "{recorded:?}");
    }
}
