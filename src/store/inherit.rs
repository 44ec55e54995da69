//! Completes a ledger: rows of what was asked in, a row for every (table, scope) of the catalogue out. Tables that hang
//! on others inherit the worst status of their source; what nobody asked for is `not_collected`.

use super::error::StoreError;
use super::ledger::{LedgerRow, Status};
use crate::catalog::{Catalog, CatalogError, TableSpec};
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

/// Our word for a row that is missing because its parent was not read.
pub const PARENT_NOT_READ: &str = "ParentNotRead";

/// What is known when a run ends.
#[derive(Debug)]
pub struct Coverage<'a> {
    /// GUID of the tenant.
    pub tenant_id: &'a str,
    /// Subscriptions, and whether they were meant.
    pub subscriptions: &'a BTreeMap<String, bool>,
    /// Tables that were meant.
    pub tables: &'a BTreeSet<&'static str>,
    /// Subscriptions in which lists that hide things are known to be whole.
    pub proven: &'a BTreeSet<String>,
}

/// Rows of the (table, scope) pairs of one scope, by table.
type Pairs = BTreeMap<String, LedgerRow>;

/// Why a ledger was not completed.
#[derive(Debug, thiserror::Error)]
pub enum InheritError {
    /// A bad spec.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// The rows cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Rows so that those of a scope follow each other, the tenant's first, as [`complete`] wants them.
pub fn by_scope(a: &LedgerRow, b: &LedgerRow) -> Ordering {
    let key = |row: &LedgerRow| row.scope_kind != "tenant";
    (key(a), &a.scope_kind, &a.scope_id, &a.table_name, &a.parent_id).cmp(&(
        key(b),
        &b.scope_kind,
        &b.scope_id,
        &b.table_name,
        &b.parent_id,
    ))
}

/// [`complete`] for rows in memory, in any order.
///
/// # Errors
/// A bad spec.
pub fn complete_all(
    catalog: &Catalog,
    mut rows: Vec<LedgerRow>,
    coverage: &Coverage<'_>,
) -> Result<Vec<LedgerRow>, InheritError> {
    rows.sort_by(by_scope);
    let mut whole = Vec::new();
    complete(catalog, rows.into_iter().map(Ok), coverage, &mut |row| {
        whole.push(row);
        Ok(())
    })?;
    Ok(whole)
}

/// Gives the rows, which come as [`by_scope`] sorts them, and those that were not written while asking. Holds the pairs of
/// one scope and of the tenant, and what of one scope was not read.
///
/// # Errors
/// A bad spec, or the rows cannot be read or written.
pub fn complete(
    catalog: &Catalog,
    rows: impl Iterator<Item = Result<LedgerRow, StoreError>>,
    coverage: &Coverage<'_>,
    give: &mut dyn FnMut(LedgerRow) -> Result<(), StoreError>,
) -> Result<(), InheritError> {
    let specs = catalog.all()?;
    let parents = specs.iter().flat_map(|spec| &spec.fetch.parents).map(String::as_str).collect();
    let mut completion =
        Completion { catalog, coverage, by_depth: by_depth(catalog, &specs)?, specs, parents, tenant: Pairs::new() };
    let mut open = completion.open("tenant", coverage.tenant_id);
    let mut closed: BTreeSet<String> = BTreeSet::new();
    for row in rows {
        let row = row?;
        if row.scope_kind != open.kind || row.scope_id != open.id {
            let next = completion.open(&row.scope_kind, &row.scope_id);
            let before = std::mem::replace(&mut open, next);
            closed.insert(before.id.clone());
            completion.close(before, give)?;
        }
        completion.take(&mut open, row, give)?;
    }
    closed.insert(open.id.clone());
    completion.close(open, give)?;
    for id in coverage.subscriptions.keys().filter(|id| !closed.contains(*id)) {
        completion.close(completion.open("subscription", id), give)?;
    }
    Ok(())
}

/// What completing needs to know of all scopes.
struct Completion<'a> {
    catalog: &'a Catalog,
    coverage: &'a Coverage<'a>,
    specs: Vec<&'a TableSpec>,
    by_depth: Vec<&'a TableSpec>,
    /// Tables on which others hang.
    parents: BTreeSet<&'a str>,
    tenant: Pairs,
}

/// A scope whose rows are coming.
struct Open {
    kind: String,
    id: String,
    pairs: Pairs,
    /// Rows below the parents of each table.
    below: BTreeMap<String, i64>,
    /// Rows of what was not read and has others hanging on it.
    unread: Vec<LedgerRow>,
}

impl Completion<'_> {
    fn open(&self, kind: &str, id: &str) -> Open {
        let (kind, id) = (kind.to_owned(), id.to_owned());
        Open { kind, id, pairs: Pairs::new(), below: BTreeMap::new(), unread: Vec::new() }
    }

    fn take(
        &self,
        open: &mut Open,
        mut row: LedgerRow,
        give: &mut dyn FnMut(LedgerRow) -> Result<(), StoreError>,
    ) -> Result<(), InheritError> {
        let is_hiding = row.status == Status::Ok
            && row.scope_kind == "subscription"
            && !self.coverage.proven.contains(&row.scope_id)
            && self.catalog.table(&row.table_name)?.fetch.filtered_by_visibility;
        if is_hiding {
            row.status = Status::Partial;
            row.code = Some("NotProvenComplete".to_owned());
        }
        if row.parent_id.is_none() {
            open.pairs.insert(row.table_name.clone(), row);
            return Ok(());
        }
        match open.below.get_mut(&row.table_name) {
            Some(rows) => *rows += row.rows,
            None => {
                open.below.insert(row.table_name.clone(), row.rows);
            }
        }
        if is_unread(&row) && self.parents.contains(row.table_name.as_str()) {
            open.unread.push(row.clone());
        }
        Ok(give(row)?)
    }

    fn close(
        &mut self,
        mut open: Open,
        give: &mut dyn FnMut(LedgerRow) -> Result<(), StoreError>,
    ) -> Result<(), InheritError> {
        let is_tenant = open.kind == "tenant" && open.id == self.coverage.tenant_id;
        let meant = if is_tenant { Some(true) } else { self.coverage.subscriptions.get(&open.id).copied() };
        for spec in &self.by_depth {
            let Some(meant) = meant else { break };
            // Without subscriptions the gap is the whole tenant's, or knowledge where there truly are none.
            let lies_here = match self.catalog.is_tenant_wide(spec)? {
                true => is_tenant,
                false => !is_tenant || self.coverage.subscriptions.is_empty(),
            };
            if !lies_here || open.pairs.contains_key(&spec.name) {
                continue;
            }
            let mut row = LedgerRow::new(&spec.name, &open.kind, &open.id);
            row.permission = Some(spec.permission.clone());
            if !meant || !self.coverage.tables.contains(spec.name.as_str()) {
                row.status = Status::NotCollected;
                row.code = Some("Deselected".to_owned());
            } else {
                let tenant = if is_tenant { &open.pairs } else { &self.tenant };
                inherit(self.catalog, spec, (&open.pairs, tenant), &mut row)?;
            }
            row.rows = open.below.get(&spec.name).copied().unwrap_or(0);
            open.pairs.insert(spec.name.clone(), row);
        }
        below_unread(self.catalog, &self.specs, &open.unread)?.into_iter().try_for_each(&mut *give)?;
        if is_tenant {
            open.pairs.values().cloned().try_for_each(give)?;
            self.tenant = open.pairs;
        } else {
            open.pairs.into_values().try_for_each(give)?;
        }
        Ok(())
    }
}

fn is_unread(row: &LedgerRow) -> bool {
    !row.status.is_knowledge() && row.code.as_deref() != Some("Deselected")
}

/// What hangs on rows that one parent's call did not give: of a vault whose certificates were refused, their policies were
/// not read either.
fn below_unread(catalog: &Catalog, specs: &[&TableSpec], rows: &[LedgerRow]) -> Result<Vec<LedgerRow>, CatalogError> {
    let mut found = BTreeMap::new();
    for row in rows {
        let mut open = vec![row.table_name.as_str()];
        let mut seen: BTreeSet<&str> = open.iter().copied().collect();
        while let Some(table) = open.pop() {
            for spec in specs.iter().filter(|spec| spec.fetch.parents.iter().any(|parent| parent == table)) {
                // What is cut from the row's own answer has a row already.
                if catalog.source_of(spec)?.name == row.table_name || !seen.insert(spec.name.as_str()) {
                    continue;
                }
                open.push(&spec.name);
                let below = LedgerRow {
                    status: row.status,
                    code: Some(PARENT_NOT_READ.to_owned()),
                    parent_id: row.parent_id.clone(),
                    permission: row.permission.clone(),
                    http_status: row.http_status,
                    error_code: row.error_code.clone(),
                    ..LedgerRow::new(&spec.name, &row.scope_kind, &row.scope_id)
                };
                found.insert((spec.name.clone(), row.scope_id.clone(), row.parent_id.clone()), below);
            }
        }
    }
    Ok(found.into_values().collect())
}

/// Lowers children to the status of their parents: a child whose parents were not read is not known to be whole,
/// whatever its own rows say.
///
/// # Errors
/// A bad spec.
pub fn lower(catalog: &Catalog, rows: &mut [LedgerRow], tenant_id: &str) -> Result<(), CatalogError> {
    let place = |rows: &[LedgerRow]| -> BTreeMap<(String, String), usize> {
        rows.iter().enumerate().map(|(at, row)| ((row.table_name.clone(), row.scope_id.clone()), at)).collect()
    };
    let places = place(rows);
    for spec in by_depth(catalog, &catalog.all()?)? {
        for parent in &spec.fetch.parents {
            let wide = catalog.is_tenant_wide(catalog.table(parent)?)?;
            for at in 0..rows.len() {
                if rows[at].table_name != spec.name {
                    continue;
                }
                let scope = if wide { tenant_id } else { rows[at].scope_id.as_str() };
                let Some(source) = places.get(&(parent.clone(), scope.to_owned())).map(|at| rows[*at].clone()) else {
                    continue;
                };
                if !source.status.is_knowledge() && source.status > rows[at].status {
                    // A gap of its own stays one: the parent is not all that is to be told.
                    if rows[at].status.is_knowledge() || rows[at].code.as_deref() == Some(PARENT_NOT_READ) {
                        rows[at].code = Some(PARENT_NOT_READ.to_owned());
                        rows[at].permission.clone_from(&source.permission);
                    } else {
                        rows[at].code = rows[at].code.take().or(Some("NotWhole".to_owned()));
                    }
                    rows[at].status = source.status;
                }
            }
        }
    }
    Ok(())
}

/// Specs so that each comes after the tables it hangs on.
fn by_depth<'c>(catalog: &'c Catalog, specs: &[&'c TableSpec]) -> Result<Vec<&'c TableSpec>, CatalogError> {
    let mut found: Vec<(usize, &TableSpec)> = Vec::with_capacity(specs.len());
    for spec in specs {
        let (mut depth, mut at) = (0, *spec);
        while let Some(parent) = at.fetch.parents.first() {
            depth += 1;
            at = catalog.table(parent)?;
        }
        found.push((depth, spec));
    }
    found.sort_by(|a, b| (a.0, &a.1.name).cmp(&(b.0, &b.1.name)));
    Ok(found.into_iter().map(|(_, spec)| spec).collect())
}

fn inherit(
    catalog: &Catalog,
    spec: &TableSpec,
    (pairs, tenant): (&Pairs, &Pairs),
    row: &mut LedgerRow,
) -> Result<(), CatalogError> {
    let mut sources: Vec<&str> = spec.fetch.parents.iter().map(String::as_str).collect();
    if sources.is_empty() {
        sources.push(crate::catalog::SUBSCRIPTIONS);
    }
    let mut worst: Option<&LedgerRow> = None;
    for source in sources {
        let wide = catalog.is_tenant_wide(catalog.table(source)?)?;
        let found = if wide { tenant.get(source) } else { pairs.get(source) };
        // Of what is known the best counts: one parent's service that is not registered says nothing of the others. Of
        // what is not known the worst.
        let rank = |row: &LedgerRow| (!row.status.is_knowledge(), row.status);
        let better = |found: &&LedgerRow| match worst {
            None => true,
            Some(before) if rank(before).0 || rank(found).0 => rank(found) > rank(before),
            Some(before) => found.status < before.status,
        };
        if let Some(found) = found.filter(better) {
            worst = Some(found);
        }
    }
    match worst {
        Some(source) if source.status == Status::Ok => {}
        Some(source) => {
            row.status = source.status;
            row.code = Some(PARENT_NOT_READ.to_owned());
            (row.http_status, row.error_code) = (source.http_status, source.error_code.clone());
            (row.error_message, row.request_id) = (source.error_message.clone(), source.request_id.clone());
            row.permission.clone_from(&source.permission);
        }
        None => {
            row.status = Status::NotCollected;
            row.code = Some(PARENT_NOT_READ.to_owned());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(table: &str, parent: Option<&str>, status: Status, code: Option<&str>) -> LedgerRow {
        LedgerRow {
            status,
            code: code.map(str::to_owned),
            parent_id: parent.map(str::to_owned),
            ..LedgerRow::new(table, "subscription", "s")
        }
    }

    /// Of a vault whose certificates were refused, the policies of certificates were not read either.
    #[test]
    fn what_hangs_on_a_refused_parent_is_unread() {
        let catalog = Catalog::bundled();
        let vault = "/subscriptions/s/resourcegroups/r/providers/microsoft.keyvault/vaults/v";
        let rows = vec![
            row("azure_keyvault_certificate", Some(vault), Status::Denied, None),
            row("azure_keyvault_key", Some(vault), Status::Ok, None),
            row("azure_keyvault_key_rotation_policy", Some(vault), Status::Ok, None),
        ];
        let subscriptions = BTreeMap::from([("s".to_owned(), true)]);
        let (tables, proven) = (catalog.names().collect(), BTreeSet::new());
        let coverage = Coverage { tenant_id: "t", subscriptions: &subscriptions, tables: &tables, proven: &proven };
        let ledger = complete_all(catalog, rows, &coverage).unwrap();
        let of = |table: &str| -> Vec<_> {
            let found = ledger.iter().filter(|row| row.table_name == table && row.parent_id.as_deref() == Some(vault));
            found.map(|row| (row.status, row.code.as_deref())).collect()
        };
        assert_eq!(of("azure_keyvault_certificate_policy"), [(Status::Denied, Some(PARENT_NOT_READ))]);
        assert_eq!(of("azure_keyvault_key_rotation_policy"), [(Status::Ok, None)], "cut from an answer that came");
    }

    /// A child that was itself not read in full keeps its own word when a parent is worse off.
    #[test]
    fn lowering_hides_no_gap() {
        let check = |own: LedgerRow, expected: (Status, Option<&str>)| {
            let mut rows = vec![row("azure_sql_server", None, Status::Denied, None), own];
            lower(Catalog::bundled(), &mut rows, "t").unwrap();
            assert_eq!((rows[1].status, rows[1].code.as_deref()), expected);
        };
        let table = "azure_diagnostic_setting";
        check(row(table, None, Status::Ok, None), (Status::Denied, Some(PARENT_NOT_READ)));
        check(row(table, None, Status::Partial, Some("FilteredList")), (Status::Denied, Some("FilteredList")));
        check(row(table, None, Status::Partial, None), (Status::Denied, Some("NotWhole")));
    }
}
