//! Recordings: JSON lines of requests and answers, or HAR files, to objects per table. Every answer finds its table by
//! the catalogue's paths; what is cut or blanked is `Incomplete`, what was never asked is not collected.

use super::rows::{Form, Source};
use super::{ImportError, Options, Sources};
use crate::catalog::route::{Route, arm_type_of, detail_list, routes};
use crate::catalog::{ArmId, Catalog, CatalogError, Plane, SUBSCRIPTIONS, ScopeKind, TableSpec};
use crate::store::Status;
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use url::Url;

/// One request and its answer.
#[derive(Debug, Clone, Deserialize)]
struct Record {
    method: String,
    host: String,
    path: String,
    #[serde(default)]
    query: String,
    status: u16,
    #[serde(default)]
    response_body: Value,
    tenant: Option<String>,
    #[serde(default)]
    last_seen: String,
    trimmed_from: Option<Value>,
    source_redacted: Option<Value>,
    #[serde(skip)]
    label: String,
}

/// Whether a path holds recordings: a HAR file, or lines with a request and an answer.
pub(super) fn is_recording(source: &Path) -> Result<bool, ImportError> {
    if source.is_file() {
        return Ok(true);
    }
    for file in files(source)? {
        if file.extension().is_some_and(|ending| ending == "har") {
            return Ok(true);
        }
        let mut first = String::new();
        let handle = File::open(&file).map_err(ImportError::io(&file))?;
        // Text that is no UTF-8 is no recording; the reader of the folder will say what it is.
        if BufReader::new(handle).read_line(&mut first).is_err() {
            return Ok(false);
        }
        if let Ok(Value::Object(line)) = serde_json::from_str(&first) {
            return Ok(["method", "path", "response_body"].iter().all(|key| line.contains_key(*key)));
        }
    }
    Ok(false)
}

/// Reads recordings.
pub(super) fn read(catalog: &Catalog, options: &Options) -> Result<Sources, ImportError> {
    let mut records = Vec::new();
    for file in if options.source.is_file() { vec![options.source.clone()] } else { files(&options.source)? } {
        if file.extension().is_some_and(|ending| ending == "har") {
            read_har(&file, &mut records)?
        } else {
            read_lines(&file, &mut records)?
        }
    }
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

fn files(dir: &Path) -> Result<Vec<PathBuf>, ImportError> {
    let mut files: Vec<PathBuf> = fs::read_dir(dir)
        .and_then(|entries| entries.map(|entry| entry.map(|found| found.path())).collect::<Result<_, _>>())
        .map_err(ImportError::io(dir))?;
    files.retain(|file| file.extension().is_some_and(|ending| ending == "jsonl" || ending == "har"));
    files.sort();
    Ok(files)
}

fn read_lines(file: &Path, records: &mut Vec<Record>) -> Result<(), ImportError> {
    let handle = File::open(file).map_err(ImportError::io(file))?;
    let label = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    for (at, line) in BufReader::new(handle).lines().enumerate() {
        let line = line.map_err(ImportError::io(file))?;
        if line.trim().is_empty() {
            continue;
        }
        let record: Record = serde_json::from_str(&line).map_err(|error| ImportError::BadFile {
            path: file.to_owned(),
            line: Some(at + 1),
            why: error.to_string(),
        })?;
        records.push(Record { label: format!("{label}:{}", at + 1), ..record });
    }
    Ok(())
}

/// HAR 1.2: `log.entries[]` with `request` and `response`; bodies may be base64, which no JSON answer is.
fn read_har(file: &Path, records: &mut Vec<Record>) -> Result<(), ImportError> {
    let bad = |why: String| ImportError::BadFile { path: file.to_owned(), line: None, why };
    let handle = File::open(file).map_err(ImportError::io(file))?;
    let har: Value = serde_json::from_reader(BufReader::new(handle)).map_err(|error| bad(error.to_string()))?;
    let entries =
        har.pointer("/log/entries").and_then(Value::as_array).ok_or_else(|| bad("it has no log.entries".to_owned()))?;
    let label = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    for (at, entry) in entries.iter().enumerate() {
        let text = |pointer: &str| entry.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let Ok(url) = Url::parse(text("/request/url")) else { continue };
        let body = text("/response/content/text");
        records.push(Record {
            method: text("/request/method").to_owned(),
            host: url.host_str().unwrap_or_default().to_owned(),
            path: url.path().to_owned(),
            query: url.query().unwrap_or_default().to_owned(),
            status: entry
                .pointer("/response/status")
                .and_then(Value::as_u64)
                .and_then(|status| u16::try_from(status).ok())
                .unwrap_or(0),
            response_body: serde_json::from_str(body).unwrap_or(Value::Null),
            tenant: None,
            last_seen: text("/startedDateTime").to_owned(),
            trimmed_from: None,
            source_redacted: None,
            label: format!("{label}:{}", at + 1),
        });
    }
    Ok(())
}

fn is_graph(record: &Record) -> bool {
    record.host.starts_with("graph.") || record.host.starts_with("microsoftgraph.")
}

fn is_arm(record: &Record) -> bool {
    record.host.starts_with("management.")
}

/// Of several answers to one request the newest not after `until`; pages only where a newest answer leads to them.
fn newest(records: Vec<Record>, until: &str) -> Vec<Record> {
    let mut best: BTreeMap<(String, String, String, String), Record> = BTreeMap::new();
    for record in records.into_iter().filter(|record| record.last_seen.as_str() <= until || record.last_seen.is_empty())
    {
        let key =
            (record.method.clone(), record.host.to_lowercase(), plain(&record.path), plain_query(&record.query, false));
        // An answer beats an error of another day: the error says nothing about what there was.
        let rank = |one: &Record| (one.status < 400, one.last_seen.clone());
        if best.get(&key).is_none_or(|old| rank(old) <= rank(&record)) {
            best.insert(key, record);
        }
    }
    let heads: Vec<Record> = best.values().filter(|record| !is_continuation(&record.query)).cloned().collect();
    let mut found = Vec::new();
    let mut walked = BTreeSet::new();
    for head in heads {
        let mut at = Some(head);
        while let Some(record) = at {
            let link = ["nextLink", "@odata.nextLink"]
                .iter()
                .find_map(|key| record.response_body.get(*key).and_then(Value::as_str));
            at = link.and_then(|link| Url::parse(link).ok()).and_then(|url| {
                let key = (
                    record.method.clone(),
                    url.host_str().unwrap_or_default().to_lowercase(),
                    plain(url.path()),
                    plain_query(url.query().unwrap_or_default(), false),
                );
                if !walked.insert(key.clone()) {
                    return None;
                }
                best.get(&key).cloned()
            });
            let mut record = record;
            // A link that leads nowhere: the rest was not recorded.
            if link_is_open(&record) && at.is_none() {
                record.trimmed_from = Some(Value::Bool(true));
            }
            found.push(record);
        }
    }
    found
}

fn link_is_open(record: &Record) -> bool {
    ["nextLink", "@odata.nextLink"].iter().any(|key| record.response_body.get(*key).is_some_and(Value::is_string))
}

fn plain(path: &str) -> String {
    let decoded = percent_encoding::percent_decode_str(path).decode_utf8_lossy().to_lowercase();
    let segments: Vec<&str> = decoded.split('/').filter(|segment| !segment.is_empty()).collect();
    format!("/{}", segments.join("/"))
}

/// The query in one order and letter case; with `shape`, only what changes which items come.
fn plain_query(query: &str, shape: bool) -> String {
    let mut pairs: Vec<String> = url::form_urlencoded::parse(query.as_bytes())
        .filter(|(key, _)| !shape || key.eq_ignore_ascii_case("$filter"))
        .filter(|(key, _)| !key.eq_ignore_ascii_case("api-version"))
        .map(|(key, value)| format!("{}={}", key.to_lowercase(), value.to_lowercase()))
        .collect();
    pairs.sort();
    pairs.join("&")
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

fn is_continuation(query: &str) -> bool {
    url::form_urlencoded::parse(query.as_bytes()).any(|(key, _)| {
        ["$skiptoken", "skiptoken", "$skip", "nextlink"].iter().any(|skip| key.eq_ignore_ascii_case(skip))
    })
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

    /// A page of the list that an item has for itself.
    fn detail(&mut self, spec: &TableSpec, id: String, record: &Record) {
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
