//! Subscriptions without subjects: one `not_applicable` for each that was read in full and has none.
//!
//! Never speaks of a place in which something is unread: there the absence proves nothing.

use super::super::finding::{Finding, Verdict};
use super::ledger::Ledger;
use super::unknown::unread;
use super::{Bench, subscription_path};
use crate::catalog::{Catalog, CatalogError};

/// Applies the rule.
///
/// # Errors
/// A table's spec is bad.
pub(in super::super) fn apply(bench: &mut Bench<'_>, ledger: &Ledger) -> Result<(), CatalogError> {
    let catalog = Catalog::bundled();
    let subject = catalog.table(&bench.check.subject)?;
    if bench.unread.everywhere {
        return Ok(());
    }
    if catalog.is_tenant_wide(subject)? || ledger.subscriptions.is_empty() {
        if bench.rows.is_empty() && bench.added.is_empty() {
            bench.added.push(nothing(bench, &ledger.tenant_id, None));
        }
        return Ok(());
    }
    let with_subjects = bench.subscriptions();
    let empty = |subscription: &&String| {
        !with_subjects.contains(subscription.as_str()) && !bench.unread.subscriptions.contains(*subscription)
    };
    let found = ledger.subscriptions.iter().filter(empty);
    let found: Vec<Finding> =
        found.map(|subscription| nothing(bench, &subscription_path(subscription), Some(subscription))).collect();
    bench.added.extend(found);
    Ok(())
}

fn nothing(bench: &Bench<'_>, subject: &str, subscription: Option<&str>) -> Finding {
    let place = if subscription.is_some() { "subscription" } else { "tenant" };
    Finding {
        verdict: Verdict::NotApplicable,
        reason: format!("the {place} has nothing in {} that this check judges", bench.check.subject),
        ..unread(bench.check, subject, subscription)
    }
}
