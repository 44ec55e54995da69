//! The unknown rule: a check's rows and the gaps of the tables it needs in, `unknown` where a verdict would rest on data
//! that was not read.
//!
//! - A table unread in the whole tenant: no row of the check is left, one `unknown` for the tenant.
//! - Unread in a subscription: none of that subscription's rows is left, one `unknown` for the subscription. Rows above
//!   subscriptions rest on all of them, so they become `unknown` themselves.
//! - Unread for one parent: no row about it or below it is left, one `unknown` for the parent; rows about what it lies in
//!   become `unknown`. If the check's subjects are of another kind than the parent (a machine, and the members of a group),
//!   nobody can tell which of them rest on it: all of the subscription, or of the tenant, become `unknown`.
//!
//! `manual` stays, and so does a fail that the check calls proven; both say in their evidence what was incomplete.
//! Never turns anything into pass, fail or not_applicable.

use std::collections::{BTreeMap, BTreeSet};

use super::super::finding::Finding;
use super::super::rows::of_check;
use super::super::{Check, PackError};
use super::ledger::{Gap, Ledger, Place};
use super::{Bench, Reasons, key, make_unknown, mark_incomplete};
use crate::catalog::route::{arm_type_of, same_type};
use crate::catalog::scope::last_segment;
use crate::catalog::{Catalog, SUBSCRIPTIONS};
use crate::store::inherit::PARENT_NOT_READ;

/// Ids of management groups: what holds in one is inherited below it, and ids do not show who is below.
const MANAGEMENT_GROUPS: &str = "/providers/microsoft.management/managementgroups/";

/// Holds what gaps do to the rows of one part of the tenant.
#[derive(Default)]
struct Effect<'g> {
    is_drop: bool,
    tables: BTreeSet<&'g str>,
    reasons: Reasons,
}

/// Holds what the gaps of a check do, by the part of the tenant they touch.
#[derive(Default)]
struct Effects<'g> {
    everywhere: Effect<'g>,
    subscriptions: BTreeMap<&'g str, Effect<'g>>,
    /// Rows above subscriptions: they rest on every one of them.
    above: Effect<'g>,
    rows: BTreeMap<usize, Effect<'g>>,
    tenant_id: &'g str,
}

impl<'g> Effect<'g> {
    fn add(&mut self, gap: &'g Gap, reason: &str, is_drop: bool) {
        self.is_drop |= is_drop;
        self.tables.insert(&gap.table);
        self.reasons.add(reason.to_owned());
    }
}

/// Applies the rule.
///
/// # Errors
/// A table's spec is bad.
pub(in super::super) fn apply(bench: &mut Bench<'_>, ledger: &Ledger) -> Result<(), PackError> {
    let mut gaps: Vec<&Gap> = Vec::new();
    for table in bench.check.needs() {
        let own = OwnParents::of(bench.check, table)?;
        gaps.extend(ledger.gaps(table).iter().filter(|gap| own.touches(gap)));
    }
    let listing = unread_listing(bench.check, ledger)?;
    let mut effects = Effects { tenant_id: &ledger.tenant_id, ..Effects::default() };
    for gap in &gaps {
        bench.unread.note(gap, &ledger.tenant_id);
        effects.place(bench, gap)?;
    }
    for gap in &listing {
        effects.above.add(gap, &gap.reason(&ledger.tenant_id), false);
    }
    effects.work(bench);
    tell(bench, gaps.into_iter().chain(listing), &ledger.tenant_id);
    Ok(())
}

/// The parents that a check names, of a table that hangs on more: the diagnostic settings of vaults are not touched by
/// those of load balancers.
struct OwnParents(Option<Vec<&'static str>>);

impl OwnParents {
    fn of(check: &Check, table: &str) -> Result<OwnParents, PackError> {
        let catalog = Catalog::bundled();
        let fetch = &catalog.table(table)?.fetch;
        let parents = &fetch.parents;
        // The ledger knows what is referenced by its own id, which tells nothing of the parent's table; and what hangs on
        // a management group or subscription holds for everything below.
        let above = |parent: &String| parent == SUBSCRIPTIONS || parent == "azure_management_group";
        if fetch.reference.is_some() || parents.iter().any(above) {
            return Ok(OwnParents(None));
        }
        // Only of what a check needs are the gaps told.
        let named = |parent: &&String| check.needs().any(|need| need == *parent);
        let own: Vec<&String> = parents.iter().filter(named).collect();
        if own.is_empty() || own.len() == parents.len() {
            return Ok(OwnParents(None));
        }
        let mut kinds = Vec::new();
        for parent in own {
            match catalog.table(parent)?.arm_type.as_deref() {
                Some(kind) => kinds.push(kind),
                // Ids of such rows do not show that they are of that table.
                None => return Ok(OwnParents(None)),
            }
        }
        Ok(OwnParents(Some(kinds)))
    }

    fn touches(&self, gap: &Gap) -> bool {
        let Some(kinds) = &self.0 else { return true };
        match &gap.place {
            Place::Parent(id, _) => arm_type_of(id).is_none_or(|kind| kinds.iter().any(|own| same_type(own, &kind))),
            // A parent that was not read is told by its own gap, where the check needs it.
            Place::Tenant | Place::Subscription(_) => gap.code.as_deref() != Some(PARENT_NOT_READ),
        }
    }
}

/// Gives the gaps of the list of subscriptions, for a check that looks into subscriptions without reading that list: there
/// may be more subscriptions than the snapshot knows of.
fn unread_listing<'l>(check: &Check, ledger: &'l Ledger) -> Result<Vec<&'l Gap>, PackError> {
    let catalog = Catalog::bundled();
    if check.needs().any(|table| table == SUBSCRIPTIONS) {
        return Ok(Vec::new());
    }
    for table in check.needs() {
        if !catalog.is_tenant_wide(catalog.table(table)?)? {
            return Ok(ledger.gaps(SUBSCRIPTIONS).iter().collect());
        }
    }
    Ok(Vec::new())
}

impl super::Unread {
    fn note(&mut self, gap: &Gap, tenant_id: &str) {
        self.told.insert(key(&gap.subject(tenant_id)));
        match gap.subscription() {
            Some(subscription) => {
                self.subscriptions.insert(subscription.to_owned());
            }
            None => self.everywhere = true,
        }
    }
}

impl<'g> Effects<'g> {
    /// Finds out which rows a gap touches.
    fn place(&mut self, bench: &Bench<'_>, gap: &'g Gap) -> Result<(), PackError> {
        let is_wide = match &gap.place {
            Place::Tenant | Place::Subscription(_) => true,
            Place::Parent(id, _) => id.starts_with(MANAGEMENT_GROUPS) || !is_kin(&bench.check.subject, &gap.table)?,
        };
        let reason = gap.reason(self.tenant_id);
        let is_parent = matches!(gap.place, Place::Parent(..));
        if let Place::Parent(id, _) = &gap.place {
            for id in [id].into_iter().chain(&gap.members) {
                for row in bench.at(id).iter().copied().chain(bench.below(id)) {
                    self.rows.entry(row).or_default().add(gap, &reason, true);
                }
            }
            for row in bench.above(id) {
                self.rows.entry(row).or_default().add(gap, &reason, false);
            }
        }
        match gap.subscription() {
            Some(subscription) => {
                if is_wide {
                    self.subscriptions.entry(subscription).or_default().add(gap, &reason, !is_parent);
                }
                self.above.add(gap, &reason, false);
            }
            None if is_wide => self.everywhere.add(gap, &reason, !is_parent),
            None => {}
        }
        Ok(())
    }

    fn work(&self, bench: &mut Bench<'_>) {
        for row in 0..bench.rows.len() {
            let by_subscription = match &bench.rows[row].finding.subscription_id {
                Some(subscription) => self.subscriptions.get(subscription.as_str()),
                None => Some(&self.above),
            };
            let effects = [Some(&self.everywhere), by_subscription, self.rows.get(&row)].into_iter().flatten();
            let effects: Vec<&Effect<'_>> = effects.filter(|effect| !effect.tables.is_empty()).collect();
            if effects.is_empty() {
                continue;
            }
            let tables: BTreeSet<&str> = effects.iter().flat_map(|effect| effect.tables.iter().copied()).collect();
            if bench.stands(row) {
                mark_incomplete(&mut bench.rows[row].finding, &tables);
            } else if effects.iter().any(|effect| effect.is_drop) {
                bench.rows[row].is_dropped = true;
            } else {
                let finding = &mut bench.rows[row].finding;
                make_unknown(finding, Reasons::merge(effects.iter().map(|effect| &effect.reasons)).text());
                mark_incomplete(finding, &tables);
            }
        }
    }
}

/// Whether the subjects of a check and the rows of a table hang on each other, so that ids tell which belong together.
fn is_kin(subject: &str, table: &str) -> Result<bool, PackError> {
    let of_subject = ancestors(subject)?;
    let of_table = ancestors(table)?;
    let parents = &Catalog::bundled().table(table)?.fetch.parents;
    Ok(of_table.contains(subject)
        || of_subject.contains(table)
        || parents.iter().any(|parent| of_subject.contains(parent.as_str())))
}

/// A table and the tables its rows hang on.
fn ancestors(table: &str) -> Result<BTreeSet<&'static str>, PackError> {
    let mut found = BTreeSet::new();
    let mut open = vec![table.to_owned()];
    while let Some(name) = open.pop() {
        let spec = Catalog::bundled().table(&name)?;
        if found.insert(spec.name.as_str()) {
            open.extend(spec.fetch.parents.iter().cloned());
        }
    }
    Ok(found)
}

/// Adds one finding for each place that was not read.
fn tell<'g>(bench: &mut Bench<'_>, gaps: impl Iterator<Item = &'g Gap>, tenant_id: &str) {
    let mut places: BTreeMap<String, Vec<&Gap>> = BTreeMap::new();
    for gap in gaps {
        places.entry(gap.subject(tenant_id)).or_default().push(gap);
    }
    for (subject, gaps) in places {
        let tables: BTreeSet<&str> = gaps.iter().map(|gap| gap.table.as_str()).collect();
        let is_same =
            |row: usize| !bench.rows[row].is_dropped && key(&bench.rows[row].finding.subject) == key(&subject);
        let same = bench.at(&key(&subject)).iter().copied().find(|row| is_same(*row));
        // A subject has one finding: a row that stands says in its evidence what the new one would say.
        if let Some(row) = same {
            mark_incomplete(&mut bench.rows[row].finding, &tables);
            continue;
        }
        let mut finding = unread(bench.check, &subject, gaps[0].subscription());
        let mut reasons = Reasons::default();
        gaps.iter().for_each(|gap| reasons.add(gap.reason(tenant_id)));
        finding.reason = reasons.text();
        mark_incomplete(&mut finding, &tables);
        bench.added.push(finding);
    }
}

/// Gives an unknown finding about a place.
pub(super) fn unread(check: &Check, subject: &str, subscription: Option<&str>) -> Finding {
    Finding {
        subject: subject.to_owned(),
        resource_id: subject.starts_with('/').then(|| subject.to_owned()),
        resource_name: Some(last_segment(subject).to_owned()),
        subscription_id: subscription.map(str::to_owned),
        ..of_check(check)
    }
}
