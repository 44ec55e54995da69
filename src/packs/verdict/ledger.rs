//! What was read and what was not, for the tables that checks need: the ledger in, gaps out.
//!
//! A pair of table and scope without a ledger row counts as not collected. Nothing here knows a check.

use std::collections::{BTreeMap, BTreeSet};

use super::super::PackError;
use super::super::finding::{Coverage, UnreadScope};
use crate::catalog::scope::ArmId;
use crate::catalog::{Catalog, SUBSCRIPTIONS, TableSpec};
use crate::engine::{Engine, Rows};
use crate::store::Status;
use crate::store::inherit::PARENT_NOT_READ;

/// Holds one thing that was not read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in super::super) struct Gap {
    pub table: String,
    pub place: Place,
    pub status: String,
    pub code: Option<String>,
    pub http_status: Option<String>,
    pub error_code: Option<String>,
    pub permission: Option<String>,
    /// Ids that belong to the parent without lying below it.
    pub members: Vec<String>,
}

/// Names the part of the tenant that a gap covers.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(in super::super) enum Place {
    /// All of it.
    #[default]
    Tenant,
    /// One subscription, by its GUID.
    Subscription(String),
    /// One parent, by its id, and the subscription it was asked in.
    Parent(String, Option<String>),
}

/// Holds what the ledger says about some tables.
#[derive(Debug, Default)]
pub(in super::super) struct Ledger {
    pub tenant_id: String,
    /// Every subscription that the snapshot knows of.
    pub subscriptions: BTreeSet<String>,
    gaps: BTreeMap<String, Vec<Gap>>,
    scopes: BTreeMap<String, (u64, u64)>,
}

/// Holds one row of the ledger.
#[derive(Debug, Clone, Default)]
pub(in super::super) struct Entry {
    pub table: String,
    pub is_tenant: bool,
    pub scope_id: String,
    pub parent_id: Option<String>,
    pub status: String,
    pub code: Option<String>,
    pub http_status: Option<String>,
    pub error_code: Option<String>,
    pub permission: Option<String>,
}

impl Ledger {
    /// Reads what the snapshot's ledger says about the tables.
    ///
    /// # Errors
    /// The ledger cannot be queried, or a table's spec is bad.
    pub(in super::super) fn read(
        engine: &Engine,
        tables: &BTreeSet<String>,
        tenant_id: &str,
    ) -> Result<Ledger, PackError> {
        let mut tables = tables.clone();
        tables.insert(SUBSCRIPTIONS.to_owned());
        let names = list(tables.iter().map(String::as_str));
        let knowledge = list(Status::ALL.into_iter().filter(|status| status.is_knowledge()).map(Status::word));
        let query = |sql: &str| engine.query(sql).map_err(PackError::snapshot("the ledger"));
        // Parents can be many: those that were read are only counted.
        let entries = entries(&query(&format!(
            "SELECT {} FROM azure_ledger WHERE table_name IN ({names}) AND (parent_id IS NULL OR status NOT IN ({knowledge})) \
             ORDER BY table_name, scope_kind, scope_id, parent_id",
            COLUMNS.join(", ")
        ))?);
        let subscriptions = query(&format!(
            "SELECT DISTINCT lower(scope_id) AS id FROM azure_ledger WHERE scope_kind = 'subscription' \
             UNION SELECT lower(subscription_id) FROM {SUBSCRIPTIONS} WHERE subscription_id IS NOT NULL"
        ))?;
        let subscriptions = subscriptions.strings("id").into_iter().flatten().collect();
        let counts = query(&format!(
            "SELECT table_name, count(*) AS n FROM azure_ledger \
             WHERE table_name IN ({names}) AND parent_id IS NOT NULL AND status IN ({knowledge}) GROUP BY table_name"
        ))?;
        let mut ledger = Ledger::of(entries, subscriptions, &tables, tenant_id)?;
        for (table, n) in counts.strings("table_name").into_iter().zip(counts.strings("n")) {
            let n = n.and_then(|n| n.parse().ok()).unwrap_or(0);
            let (scopes, read) = ledger.scopes.entry(table.unwrap_or_default()).or_default();
            *scopes += n;
            *read += n;
        }
        ledger.find_members(engine)?;
        Ok(ledger)
    }

    /// Puts rows of a ledger together; a pair without a row becomes `not_collected`.
    ///
    /// # Errors
    /// A table's spec is bad.
    pub(in super::super) fn of(
        entries: Vec<Entry>,
        subscriptions: BTreeSet<String>,
        tables: &BTreeSet<String>,
        tenant_id: &str,
    ) -> Result<Ledger, PackError> {
        let mut ledger = Ledger { tenant_id: tenant_id.to_lowercase(), subscriptions, ..Ledger::default() };
        let mut seen: BTreeSet<(String, Place)> = BTreeSet::new();
        for entry in entries {
            let scope = (!entry.is_tenant).then(|| entry.scope_id.to_lowercase());
            let place = place(entry.parent_id.as_deref(), scope);
            seen.insert((entry.table.clone(), place.clone()));
            ledger.count(entry, place);
        }
        for table in tables {
            let expected: Vec<Place> = if Catalog::bundled().is_tenant_wide(Catalog::bundled().table(table)?)? {
                vec![Place::Tenant]
            } else {
                ledger.subscriptions.iter().cloned().map(Place::Subscription).collect()
            };
            for place in expected {
                if !seen.contains(&(table.clone(), place.clone())) {
                    let missing = Entry {
                        table: table.clone(),
                        status: Status::NotCollected.word().to_owned(),
                        ..Entry::default()
                    };
                    ledger.count(missing, place);
                }
            }
        }
        Ok(ledger)
    }

    fn count(&mut self, entry: Entry, place: Place) {
        let (scopes, read) = self.scopes.entry(entry.table.clone()).or_default();
        *scopes += 1;
        // A status that this version doesn't know is no knowledge.
        if Status::parse(&entry.status).is_some_and(Status::is_knowledge) {
            *read += 1;
            return;
        }
        self.gaps.entry(entry.table.clone()).or_default().push(Gap {
            table: entry.table,
            place,
            status: entry.status,
            code: entry.code,
            http_status: entry.http_status,
            error_code: entry.error_code,
            permission: entry.permission,
            members: Vec::new(),
        });
    }

    /// Finds rows of unread parents whose ids do not show whose they are (some pages of a group's members).
    ///
    /// # Errors
    /// The snapshot cannot be queried.
    pub(in super::super) fn find_members(&mut self, engine: &Engine) -> Result<(), PackError> {
        for (table, gaps) in &mut self.gaps {
            let mut parents: BTreeMap<String, Vec<&mut Gap>> = BTreeMap::new();
            for gap in gaps {
                if let Place::Parent(id, _) = &gap.place {
                    parents.entry(id.clone()).or_default().push(gap);
                }
            }
            if parents.is_empty() {
                continue;
            }
            let rows = engine.query(&format!(
                "SELECT DISTINCT lower(t._parent_id) AS parent, lower(t.id) AS id FROM {table} AS t \
                 WHERE NOT starts_with(lower(t.id), lower(t._parent_id) || '/') AND lower(t._parent_id) IN (\
                 SELECT lower(parent_id) FROM azure_ledger WHERE table_name = '{table}' AND status <> 'ok')"
            ));
            let rows = rows.map_err(PackError::snapshot("the parents that were not read"))?;
            for (parent, id) in rows.strings("parent").into_iter().zip(rows.strings("id")) {
                for gap in parents.get_mut(&super::key(&parent.unwrap_or_default())).into_iter().flatten() {
                    gap.members.extend(id.as_deref().map(super::key));
                }
            }
        }
        Ok(())
    }

    /// Gives what was not read of a table.
    pub(in super::super) fn gaps(&self, table: &str) -> &[Gap] {
        self.gaps.get(table).map_or(&[], Vec::as_slice)
    }

    /// Counts what was read of the tables, and lists the rest.
    pub(in super::super) fn coverage(&self, tables: &BTreeSet<String>) -> Coverage {
        let mut coverage = Coverage::default();
        for table in tables {
            let (scopes, read) = self.scopes.get(table).copied().unwrap_or_default();
            coverage.scopes += scopes;
            coverage.read += read;
            coverage.unread.extend(self.gaps(table).iter().map(|gap| UnreadScope {
                table: gap.table.clone(),
                scope: gap.scope(&self.tenant_id),
                status: gap.status.clone(),
                code: gap.error_code.clone().or_else(|| gap.code.clone()),
                permission: gap.permission(),
            }));
        }
        coverage
    }
}

impl Gap {
    /// Gives the subject of the finding that tells of this gap.
    pub(in super::super) fn subject(&self, tenant_id: &str) -> String {
        match &self.place {
            Place::Tenant => tenant_id.to_owned(),
            Place::Subscription(id) => super::subscription_path(id),
            Place::Parent(id, _) => id.clone(),
        }
    }

    /// Gives the id that the ledger has for the place.
    fn scope(&self, tenant_id: &str) -> String {
        match &self.place {
            Place::Tenant => tenant_id.to_owned(),
            Place::Subscription(id) | Place::Parent(id, _) => id.clone(),
        }
    }

    /// Gives the subscription the gap lies in; none above subscriptions.
    pub(in super::super) fn subscription(&self) -> Option<&str> {
        match &self.place {
            Place::Tenant => None,
            Place::Subscription(id) => Some(id),
            Place::Parent(_, subscription) => subscription.as_deref(),
        }
    }

    /// Says what was not read, why, by which call, and what it takes.
    pub(in super::super) fn reason(&self, tenant_id: &str) -> String {
        let how = if self.status == Status::Partial.word() { "was read only in part" } else { "was not read" };
        let mut why = vec![self.status.clone()];
        why.extend(self.code.clone());
        why.extend(self.http_status.as_ref().map(|status| format!("HTTP {status}")));
        why.extend(self.error_code.clone());
        let mut text = format!("{} {how}: {}", self.table, why.join(", "));
        if let Some(call) = self.call(tenant_id) {
            text.push_str(&format!(" on {call}"));
        }
        if let Some(permission) = self.permission() {
            text.push_str(&format!(", which takes the permission {permission}"));
        }
        text
    }

    fn permission(&self) -> Option<String> {
        self.permission
            .clone()
            .or_else(|| self.source().map(|spec| spec.permission.clone()))
            .filter(|text| !text.is_empty())
    }

    fn source(&self) -> Option<&'static TableSpec> {
        let catalog = Catalog::bundled();
        catalog.table(&self.table).and_then(|spec| catalog.source_of(spec)).ok()
    }

    /// Gives the call that failed; none when it was never made.
    fn call(&self, tenant_id: &str) -> Option<String> {
        if self.status == Status::NotCollected.word() || self.code.as_deref() == Some(PARENT_NOT_READ) {
            return None;
        }
        let fetch = &self.source()?.fetch;
        let mut path = fetch.path.replace("{tenant}", tenant_id);
        if let Some(subscription) = self.subscription() {
            path = path.replace("{subscription}", subscription);
        }
        if let Place::Parent(id, _) = &self.place {
            path = path.replace("{parent_id}", id);
        }
        Some(format!("{} {path}", fetch.method))
    }
}

fn place(parent: Option<&str>, subscription: Option<String>) -> Place {
    let Some(parent) = parent.map(super::key) else {
        return subscription.map_or(Place::Tenant, Place::Subscription);
    };
    let subscription = subscription.or_else(|| ArmId::new(&parent).subscription);
    match subscription {
        // Children of a subscription are asked once in it.
        Some(id) if parent == super::subscription_path(&id) => Place::Subscription(id),
        subscription => Place::Parent(parent, subscription),
    }
}

/// The columns read from the ledger, in the order of [`Entry`].
const COLUMNS: [&str; 9] =
    ["table_name", "scope_kind", "scope_id", "parent_id", "status", "code", "http_status", "error_code", "permission"];

fn entries(rows: &Rows) -> Vec<Entry> {
    let columns = COLUMNS.map(|name| rows.strings(name));
    let entry = |row: usize| {
        let text = |column: usize| columns[column][row].clone();
        Entry {
            table: text(0).unwrap_or_default(),
            is_tenant: text(1).is_some_and(|kind| kind == "tenant"),
            scope_id: text(2).unwrap_or_default(),
            parent_id: text(3),
            status: text(4).unwrap_or_default(),
            code: text(5),
            http_status: text(6),
            error_code: text(7),
            permission: text(8),
        }
    };
    (0..rows.len()).map(entry).collect()
}

/// A list of SQL texts.
fn list<'t>(words: impl Iterator<Item = &'t str>) -> String {
    words.map(|word| format!("'{}'", word.replace('\'', "''"))).collect::<Vec<_>>().join(", ")
}
