//! Imported objects to runs: items of a table in, decoded rows on disk out, each with the place that a run over HTTP
//! would have given it.

use super::ImportError;
use crate::catalog::path::field;
use crate::catalog::route::{arm_type_of, same_type};
use crate::catalog::scope::ancestors;
use crate::catalog::{ArmId, Catalog, ScopeKind, TableSpec};
use crate::columns::{Context, Sheaf};
use crate::store::{JournalEntry, LedgerRow, Partial, Status, StoreError};
use chrono::NaiveDateTime;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;

const FLUSH_BYTES: usize = 32 * 1024 * 1024;

/// The form of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// An array, or an object with `value`.
    Document,
    /// One object per line.
    Lines,
    /// Already parsed.
    Items,
}

/// Where objects of a table come from.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    /// What `_url` says.
    pub(crate) label: String,
    pub(crate) form: Form,
    pub(crate) path: Option<PathBuf>,
    pub(crate) items: Vec<Value>,
}

impl Source {
    /// Calls `each` for every object; a file of lines is read line by line.
    pub(crate) fn each(&self, each: &mut dyn FnMut(Value) -> Result<(), ImportError>) -> Result<(), ImportError> {
        let Some(path) = &self.path else { return self.items.iter().cloned().try_for_each(each) };
        let bad = |line: Option<usize>, why: String| ImportError::BadFile { path: path.clone(), line, why };
        let file = BufReader::new(File::open(path).map_err(ImportError::io(path))?);
        if self.form == Form::Lines {
            for (at, line) in file.lines().enumerate() {
                let line = line.map_err(ImportError::io(path))?;
                if !line.trim().is_empty() {
                    let item = serde_json::from_str(&line).map_err(|error| bad(Some(at + 1), error.to_string()))?;
                    each(item)?;
                }
            }
            return Ok(());
        }
        let document: Value =
            serde_json::from_reader(file).map_err(|error| bad(Some(error.line()), error.to_string()))?;
        let items = match document {
            Value::Array(items) => items,
            Value::Object(mut map) => match map.remove("value") {
                Some(Value::Array(items)) => items,
                _ => return Err(bad(None, "it is neither an array nor an object with a `value` array".to_owned())),
            },
            _ => return Err(bad(None, "it is neither an array nor an object with a `value` array".to_owned())),
        };
        items.into_iter().try_for_each(each)
    }
}

/// Decodes tables one after the other.
pub(super) struct Importer<'a> {
    catalog: &'static Catalog,
    partial: &'a Partial,
    tenant: &'a str,
    at: NaiveDateTime,
    runs: BTreeMap<String, Vec<String>>,
    n_runs: usize,
    /// Tables and scopes with objects that lack what a further call would give.
    lacking: BTreeSet<(String, String)>,
    /// Subscriptions that have a row.
    listed: BTreeSet<String>,
    /// Subscriptions that any object is in.
    subscriptions: BTreeSet<String>,
    /// Child (management group or subscription id) to parent group id.
    above: BTreeMap<String, String>,
    /// Subscription of each object whose own id is an address of a data plane.
    homes: BTreeMap<String, String>,
    counts: BTreeMap<(String, String), (u64, u64)>,
}

impl<'a> Importer<'a> {
    pub(super) fn new(
        catalog: &'static Catalog,
        partial: &'a Partial,
        tenant: &'a str,
        at: NaiveDateTime,
    ) -> Importer<'a> {
        Importer {
            catalog,
            partial,
            tenant,
            at,
            runs: BTreeMap::new(),
            n_runs: 0,
            lacking: BTreeSet::new(),
            listed: BTreeSet::new(),
            subscriptions: BTreeSet::new(),
            above: BTreeMap::new(),
            homes: BTreeMap::new(),
            counts: BTreeMap::new(),
        }
    }

    /// Decodes one table's objects.
    pub(super) fn table(&mut self, table: &str, sources: &[Source]) -> Result<(), ImportError> {
        let spec = self.catalog.table(table)?;
        let mut roots = vec![spec];
        // Tables told apart by a filter: an object goes where its kind belongs, whatever file it is in.
        if spec.fetch.filter.is_some() {
            let same = |other: &&TableSpec| other.fetch.path == spec.fetch.path && other.name != spec.name;
            roots.extend(self.catalog.all()?.into_iter().filter(same));
        }
        if spec.fetch.scope == ScopeKind::Embedded {
            return Err(ImportError::BadFile {
                path: sources.first().map(|source| PathBuf::from(&source.label)).unwrap_or_default(),
                line: None,
                why: format!("{table} is cut from {}: give that table's objects instead", spec.fetch.parents[0]),
            });
        }
        let wide = self.catalog.is_tenant_wide(spec)?;
        let mut sheaf = Sheaf::new(self.catalog, &roots)?;
        for source in sources {
            source.each(&mut |item| self.item(spec, wide, source, item, &mut sheaf))?;
        }
        self.flush(table, &mut sheaf)
    }

    fn item(
        &mut self,
        spec: &TableSpec,
        wide: bool,
        source: &Source,
        mut item: Value,
        sheaf: &mut Sheaf<'_>,
    ) -> Result<(), ImportError> {
        let given = item.as_object_mut().and_then(|map| map.shift_remove("_parent_id"));
        let id = spec.fetch.own_id.value(&item).and_then(Value::as_str).unwrap_or_default().to_owned();
        let is_child =
            matches!(spec.fetch.scope, ScopeKind::Parent | ScopeKind::ResourceGroup | ScopeKind::ManagementGroup);
        let parent = match given {
            Some(Value::String(parent)) => Some(parent.to_lowercase()),
            _ if is_child && spec.fetch.reference.is_none() => self.parent(spec, &id)?,
            _ => None,
        };
        let mut place = ArmId::new(parent.as_deref().filter(|_| !id.starts_with('/')).unwrap_or(&id));
        if place.subscription.is_none() {
            place.subscription = self.homes.get(&place.id).cloned();
        }
        if let Some(home) = place.subscription.as_ref().filter(|_| id.starts_with("https://")) {
            self.homes.insert(id.to_lowercase(), home.clone());
        }
        if let Some(subscription) = &place.subscription {
            self.subscriptions.insert(subscription.clone());
        }
        self.note(spec, &item, &place);
        let seen_in = if wide { Vec::new() } else { self.seen_in(spec, &place, &item) };
        let scope_path = match &place.subscription {
            Some(subscription) => format!("/subscriptions/{subscription}"),
            None => self.tenant.to_owned(),
        };
        // What only a further call gives, and this object does not have, was not asked for.
        let own_list = spec.fetch.detail.as_ref().and_then(|detail| detail.list.as_ref());
        let lacks = own_list.is_some_and(|name| !field(&item, name).is_some_and(Value::is_array));
        let details = spec.columns.iter().filter(|column| lacks && column.detail).map(|column| column.name.clone());
        let not_asked: Vec<String> = details.collect();
        let url = format!("import:{}", source.label);
        let context = Context {
            tenant_id: self.tenant,
            scope_path: &scope_path,
            parent_id: parent.as_deref().filter(|_| is_child && spec.fetch.reference.is_none()),
            url: &url,
            api_version: &spec.fetch.api_version,
            fetched_at: self.at.and_utc().timestamp_micros(),
            seen_in: &seen_in,
            not_asked: &not_asked,
            task: 0,
        };
        sheaf.push(item, &context);
        let scopes = if wide || seen_in.is_empty() { vec![self.tenant.to_owned()] } else { seen_in };
        if lacks {
            self.lacking.extend(scopes.iter().map(|scope| (spec.name.clone(), scope.clone())));
        }
        let tables: Vec<_> = sheaf.tables().map(|table| table.name.clone()).collect();
        for (table, counts) in tables.iter().zip(sheaf.take_counts()) {
            for scope in &scopes {
                let entry = self.counts.entry((table.clone(), scope.clone())).or_default();
                (entry.0, entry.1) = (entry.0 + counts.rows, entry.1 + counts.coercions);
            }
        }
        if sheaf.n_bytes() > FLUSH_BYTES {
            self.flush(&spec.name, sheaf)?;
        }
        Ok(())
    }

    /// The id of the parent row: the nearest id above that has the type of a parent table.
    fn parent(&self, spec: &TableSpec, id: &str) -> Result<Option<String>, ImportError> {
        let mut kinds = Vec::new();
        for parent in &spec.fetch.parents {
            kinds.push(self.catalog.table(parent)?.arm_type.as_deref());
        }
        // A parent table without a type holds resources of any.
        let of_parent = |above: &String| {
            arm_type_of(above).is_some_and(|kind| kinds.iter().any(|own| own.is_none_or(|own| same_type(own, &kind))))
        };
        Ok(ancestors(&id.to_lowercase()).into_iter().find(of_parent))
    }

    /// Learns the tree of management groups and the subscriptions from their rows.
    fn note(&mut self, spec: &TableSpec, item: &Value, place: &ArmId) {
        if spec.name == crate::catalog::SUBSCRIPTIONS {
            self.listed.extend(place.subscription.clone());
        }
        if spec.name == "azure_management_group" {
            if let Some(parent) = item.pointer("/properties/details/parent/id").and_then(Value::as_str) {
                self.above.insert(place.id.clone(), parent.to_lowercase());
            }
            for child in item.pointer("/properties/children").and_then(Value::as_array).into_iter().flatten() {
                if let Some(id) = child.get("id").and_then(Value::as_str) {
                    let id = id.to_lowercase();
                    // A subscription is listed below a group with its own id or with its place under the group.
                    let id = id.rfind("/subscriptions/").map_or(id.clone(), |at| id[at..].to_owned());
                    self.above.insert(id, place.id.clone());
                }
            }
        }
    }

    /// The subscriptions in whose list the object is: its own, or all below the scope it is inherited from.
    fn seen_in(&self, spec: &TableSpec, place: &ArmId, item: &Value) -> Vec<String> {
        // What a reference names is in nobody's list.
        if spec.fetch.reference.is_some() {
            return Vec::new();
        }
        if let Some(own) = &place.subscription {
            return vec![own.clone()];
        }
        // What hangs on a management group is in its list, not in those of subscriptions.
        if spec.fetch.scope == ScopeKind::Parent {
            return Vec::new();
        }
        let scope = item.pointer("/properties/scope").and_then(Value::as_str).unwrap_or(&place.id).to_lowercase();
        let group = scope.find("/managementgroups/").map(|_| {
            let end = scope.find("/providers/microsoft.authorization").filter(|at| *at > 0).unwrap_or(scope.len());
            scope[..end].to_owned()
        });
        let below = |subscription: &&String| match &group {
            None => true,
            Some(group) => self.is_below(&format!("/subscriptions/{subscription}"), group),
        };
        self.listed.iter().filter(below).cloned().collect()
    }

    fn is_below(&self, id: &str, group: &str) -> bool {
        let mut at = id.to_owned();
        for _ in 0..16 {
            match self.above.get(&at) {
                Some(parent) if parent == group => return true,
                Some(parent) => at.clone_from(parent),
                // A tree that was not read hides nothing: inherited objects are then seen everywhere.
                None => return self.above.is_empty(),
            }
        }
        false
    }

    fn flush(&mut self, table: &str, sheaf: &mut Sheaf<'_>) -> Result<(), ImportError> {
        let batches = sheaf.take().map_err(|source| StoreError::Arrow { path: table.into(), source })?;
        for (spec, batch) in batches {
            let file = self.partial.write_run(&spec.name, "import", self.n_runs, &batch)?;
            self.runs.entry(spec.name.clone()).or_default().push(file);
        }
        self.n_runs += 1;
        Ok(())
    }

    /// All runs as one finished task, how many rows each table has in each scope, and the subscriptions.
    pub(super) fn finish(self) -> Result<(JournalEntry, Vec<LedgerRow>, BTreeSet<String>), ImportError> {
        let subscriptions = if self.listed.is_empty() { self.subscriptions } else { self.listed };
        let lacking = self.lacking;
        let row = |((table, scope), (rows, coercions)): ((String, String), (u64, u64))| {
            let mut row = LedgerRow::new(&table, "", &scope);
            (row.rows, row.coercions) = (rows.cast_signed(), coercions.cast_signed());
            if lacking.contains(&(table, scope)) {
                (row.status, row.code) = (Status::Partial, Some("DetailNotRead".to_owned()));
            }
            row
        };
        let ledger = self.counts.into_iter().map(row).collect();
        let entry = JournalEntry {
            task: "import".to_owned(),
            runs: self.runs,
            scope: ("tenant".to_owned(), self.tenant.to_owned()),
            empty: false,
            found: Value::Null,
        };
        Ok((entry, ledger, subscriptions))
    }
}
