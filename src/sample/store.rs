//! The tenant that is played: files of objects in, objects by table, by id and by place out. Knows nothing of requests.

use super::volume::{Stamps, Volume};
use super::{Options, SampleError};
use crate::catalog::route::{arm_type_of, plain_path, same_type};
use crate::catalog::scope::ancestors;
use crate::catalog::{Catalog, Leaf, Plane, ScopeKind, TableSpec};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// A tenant that can be asked like Azure.
pub struct Tenant {
    pub(super) catalog: &'static Catalog,
    pub(super) options: Options,
    pub(super) id: String,
    pub(super) principal: Principal,
    /// Objects by table; a table without a file is not here.
    pub(super) tables: BTreeMap<&'static str, Vec<Object>>,
    by_id: BTreeMap<String, Vec<(&'static str, usize)>>,
    ledger: Vec<LedgerLine>,
    /// Management groups and subscriptions, each with the group above it.
    above: BTreeMap<String, String>,
    /// Set where there is more than the sample holds.
    pub(super) volume: Option<Volume>,
}

/// An object and where it is.
pub(super) struct Object {
    /// As it is served.
    pub(super) body: Value,
    /// Its own id, as [`key`] gives it; absent where the table makes one up.
    pub(super) id: Option<String>,
    /// `_parent_id`, likewise.
    pub(super) parent: Option<String>,
    /// What its copies are made from.
    pub(super) stamps: Option<Stamps>,
}

#[derive(Deserialize)]
pub(super) struct Principal {
    pub(super) object_id: String,
    pub(super) app_id: String,
}

#[derive(Deserialize)]
struct About {
    tenant_id: String,
    principal: Principal,
}

#[derive(Deserialize)]
struct LedgerLine {
    table: String,
    scope: Option<String>,
    status: Status,
}

/// What the sample's ledger says of a table; the words of the snapshot's ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Status {
    Ok,
    Partial,
    Denied,
    NotFound,
    NotRegistered,
    Unsupported,
    License,
    Retired,
    Throttled,
    Error,
    NotCollected,
}

/// Reads the folder of one date, and `tenant.json` there or in the folder above.
///
/// # Errors
/// A file cannot be read, holds something else, or belongs to no table.
pub fn load(catalog: &'static Catalog, dir: &Path) -> Result<Tenant, SampleError> {
    let failed = |path: &Path, source| SampleError::Read { path: path.to_owned(), source };
    let mut paths = Vec::new();
    for entry in fs::read_dir(dir).map_err(|source| failed(dir, source))? {
        paths.push(entry.map_err(|source| failed(dir, source))?.path());
    }
    paths.sort();
    // The folder's full name, since `.` has nothing above it.
    let above = fs::canonicalize(dir).map_err(|source| failed(dir, source))?.parent().map(|up| up.join(ABOUT));
    paths.extend(above.filter(|about| about.is_file() && !dir.join(ABOUT).is_file()));
    let mut files = Vec::new();
    for path in paths {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if name.ends_with(".jsonl") || name.ends_with(".json") {
            files.push((name, fs::read_to_string(&path).map_err(|source| failed(&path, source))?));
        }
    }
    load_embedded(catalog, files.iter().map(|(name, text)| (name.as_str(), text.as_str())))
}

/// Reads a sample from the names and texts of its files, `tenant.json` among them; files of other kinds are passed by.
///
/// # Errors
/// A file holds something else, or belongs to no table.
pub fn load_embedded<'t>(
    catalog: &'static Catalog,
    files: impl IntoIterator<Item = (&'t str, &'t str)>,
) -> Result<Tenant, SampleError> {
    let mut tenant = Tenant {
        catalog,
        options: Options::default(),
        id: String::new(),
        principal: Principal { object_id: NOBODY.to_owned(), app_id: NOBODY.to_owned() },
        tables: BTreeMap::new(),
        by_id: BTreeMap::new(),
        ledger: Vec::new(),
        above: BTreeMap::new(),
        volume: None,
    };
    for (file, text) in files {
        let Some((stem, kind)) = file.rsplit_once('.').filter(|(_, kind)| *kind == "json" || *kind == "jsonl") else {
            continue;
        };
        if file == ABOUT {
            let about: About = serde_json::from_str(text).map_err(|error| wrong(file, error.line(), &error))?;
            (tenant.id, tenant.principal) = (about.tenant_id.to_lowercase(), about.principal);
        } else if stem == "ledger" {
            for (line, value) in values(file, kind, text)? {
                let told: LedgerLine = serde_json::from_value(value).map_err(|error| wrong(file, line, &error))?;
                catalog.table(&told.table)?;
                tenant.ledger.push(told);
            }
        } else {
            tenant.add(catalog.table(stem)?, values(file, kind, text)?)?;
        }
    }
    tenant.settle()?;
    Ok(tenant)
}

const ABOUT: &str = "tenant.json";
const NOBODY: &str = "00000000-0000-4000-8000-000000000000";

fn wrong(file: &str, line: usize, message: &dyn std::fmt::Display) -> SampleError {
    SampleError::File { file: file.to_owned(), line, message: message.to_string() }
}

/// The objects of a file, each with its line.
fn values(file: &str, kind: &str, text: &str) -> Result<Vec<(usize, Value)>, SampleError> {
    let mut found = Vec::new();
    if kind == "jsonl" {
        for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            found.push((at + 1, serde_json::from_str(line).map_err(|error| wrong(file, at + 1, &error))?));
        }
    } else {
        let mut whole: Value = serde_json::from_str(text).map_err(|error| wrong(file, error.line(), &error))?;
        let list = if whole.is_array() { whole } else { whole["value"].take() };
        let Value::Array(items) = list else { return Err(wrong(file, 1, &"neither an array nor {\"value\": [...]}")) };
        found.extend(items.into_iter().map(|item| (1, item)));
    }
    match found.iter().find(|(_, value)| !value.is_object()) {
        Some((line, _)) => Err(wrong(file, *line, &"not an object")),
        None => Ok(found),
    }
}

/// An id for comparing.
pub(super) fn key(id: &str) -> String {
    if id.starts_with('/') { plain_path(id) } else { id.to_lowercase() }
}

impl Tenant {
    /// Sets how the tenant answers; `dir`, `port`, `latency_ms` and the faults by count are the server's.
    #[must_use]
    pub fn with_options(mut self, options: &Options) -> Tenant {
        self.options = options.clone();
        self
    }

    /// The tenant's id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Application id of the principal that reads.
    pub fn app_id(&self) -> &str {
        &self.principal.app_id
    }

    /// Object id of the principal that reads.
    pub fn object_id(&self) -> &str {
        &self.principal.object_id
    }

    pub(super) fn add(&mut self, spec: &'static TableSpec, values: Vec<(usize, Value)>) -> Result<(), SampleError> {
        if spec.fetch.scope == ScopeKind::Embedded {
            return Err(SampleError::Embedded { table: spec.name.clone(), parent: spec.fetch.parents[0].clone() });
        }
        let objects = self.tables.entry(spec.name.as_str()).or_default();
        for (_, mut body) in values {
            let parent = body.as_object_mut().and_then(|fields| fields.shift_remove("_parent_id"));
            let parent = parent.as_ref().and_then(Value::as_str).map(key);
            let own = match spec.fetch.own_id.find(&[&body]).first() {
                Some(Leaf::Value(Value::String(id))) if spec.fetch.has_own_id() => Some(key(id)),
                _ => None,
            };
            if let Some(id) = own.as_ref().filter(|_| spec.fetch.plane == Plane::Arm) {
                self.by_id.entry(id.clone()).or_default().push((&spec.name, objects.len()));
            }
            objects.push(Object { body, id: own, parent, stamps: None });
        }
        Ok(())
    }

    /// What follows from the objects: the tree of management groups, and the tenant where no file says it.
    fn settle(&mut self) -> Result<(), SampleError> {
        for spec in self.specs_of("microsoft.management/managementgroups")? {
            for object in self.tables.get(spec.name.as_str()).into_iter().flatten() {
                let Some(id) = &object.id else { continue };
                let text = |value: &Value| value.as_str().map(key);
                let properties = &object.body["properties"];
                if let Some(up) = text(&properties["details"]["parent"]["id"]) {
                    self.above.insert(id.clone(), up);
                }
                for child in properties["children"].as_array().into_iter().flatten() {
                    self.above.extend(text(&child["id"]).map(|child| (child, id.clone())));
                }
            }
        }
        if self.id.is_empty() {
            let organisation = self.organisations()?.first().and_then(|object| object.id.clone());
            self.id = organisation.ok_or(SampleError::NoTenant)?;
        }
        Ok(())
    }

    /// The objects that Graph gives for the tenant itself.
    pub(super) fn organisations(&self) -> Result<Vec<&Object>, SampleError> {
        let routes = crate::catalog::route::routes(self.catalog, Plane::Graph, "/organization")?;
        Ok(routes.iter().filter_map(|route| self.tables.get(route.spec.name.as_str())).flatten().collect())
    }

    /// The tables with a list of their own whose rows are of an ARM type.
    pub(super) fn specs_of(&self, kind: &str) -> Result<Vec<&'static TableSpec>, SampleError> {
        let fits = |spec: &&TableSpec| {
            spec.fetch.scope != ScopeKind::Embedded && spec.arm_type.as_deref().is_some_and(|own| same_type(own, kind))
        };
        Ok(self.catalog.all()?.into_iter().filter(fits).collect())
    }

    /// The ARM object of a table with this id (a plain path).
    pub(super) fn object(&self, spec: &TableSpec, id: &str) -> Option<&Object> {
        let found = self.by_id.get(id)?.iter().find(|(table, _)| *table == spec.name)?;
        self.tables.get(found.0)?.get(found.1)
    }

    /// What the ledger says of a table in a subscription, or above them all.
    pub(super) fn status(&self, spec: &TableSpec, subscription: Option<&str>) -> Status {
        let place = subscription.unwrap_or(&self.id);
        let here = |told: &&LedgerLine| {
            told.table == spec.name && told.scope.as_ref().is_none_or(|scope| scope.eq_ignore_ascii_case(place))
        };
        self.ledger.iter().find(here).map_or(Status::Ok, |told| told.status)
    }

    /// The id of an object's parent: the one it names, else the nearest above it that is of a parent table's type.
    pub(super) fn parent_of(&self, spec: &TableSpec, object: &Object) -> Option<String> {
        if object.parent.is_some() {
            return object.parent.clone();
        }
        let types: Vec<Option<&str>> = spec
            .fetch
            .parents
            .iter()
            .filter_map(|table| self.catalog.table(table).ok())
            .map(|parent| parent.arm_type.as_deref())
            .collect();
        let of_parent = |id: &String| {
            arm_type_of(id).is_some_and(|kind| types.iter().any(|own| own.is_none_or(|own| same_type(own, &kind))))
        };
        ancestors(object.id.as_deref()?).into_iter().find(of_parent)
    }

    /// Whether a subscription's list shows an object: it lies in it, or applies to it from above.
    pub(super) fn is_in(&self, object: &Object, subscription: &str) -> bool {
        let place = object.id.as_deref().filter(|id| id.starts_with('/')).or(object.parent.as_deref());
        if let Some(found) = place.and_then(subscription_of) {
            return found == subscription;
        }
        // Assignments say where they apply; of others the id does.
        let told = object.body["properties"]["scope"].as_str().filter(|scope| scope.starts_with('/')).map(key);
        let scope = told.or_else(|| place.map(|id| id[..id.rfind("/providers/").unwrap_or(id.len())].to_owned()));
        let Some(scope) = scope else { return true };
        match subscription_of(&scope) {
            Some(found) => found == subscription,
            None => self.is_above(&scope, subscription),
        }
    }

    /// Whether a management group (or the root, or anything that is neither) is above a subscription.
    fn is_above(&self, group: &str, subscription: &str) -> bool {
        let Some(name) = group.strip_prefix("/providers/microsoft.management/managementgroups/") else { return true };
        // The root group bears the tenant's id. Without a tree nothing can be told.
        if name == self.id || self.above.is_empty() {
            return true;
        }
        let mut at = format!("/subscriptions/{subscription}");
        // A tree that loops ends here too.
        for _ in 0..=self.above.len() {
            match self.above.get(&at) {
                Some(up) if up == group => return true,
                Some(up) => at.clone_from(up),
                None => return false,
            }
        }
        false
    }
}

/// The subscription of a plain path.
pub(super) fn subscription_of(id: &str) -> Option<&str> {
    id.strip_prefix("/subscriptions/")?.split('/').next()
}
