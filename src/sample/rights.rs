//! What the caller may do: a subscription in, the answer of the permissions API out. It follows from what the sample's
//! ledger denies, so that it agrees with the refusals.

use super::Tenant;
use super::ask::Ask;
use super::store::{Status, subscription_of};
use crate::catalog::ScopeKind;
use crate::catalog::route::plain_path;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The path of the API below a subscription.
const PERMISSIONS: &str = "/providers/microsoft.authorization/permissions";

impl Tenant {
    /// What is granted in the subscription of the path: all that reads, less what the ledger denies there.
    pub(super) fn granted(&self, ask: &Ask<'_>) -> Option<Value> {
        let path = plain_path(&ask.path);
        let scope = path.strip_suffix(PERMISSIONS).filter(|_| ask.is_get())?;
        let subscription = subscription_of(scope)?;
        // An action that another table reads by all the same is not taken away.
        let mut denied: BTreeMap<&str, bool> = BTreeMap::new();
        for spec in self.catalog.all().ok()?.into_iter().filter(|spec| spec.fetch.scope != ScopeKind::Embedded) {
            let here = matches!(self.status(spec, Some(subscription)), Status::Denied);
            let all = denied.entry(&spec.permission).or_insert(true);
            *all &= here;
        }
        let not_actions: Vec<&str> =
            denied.into_iter().filter(|(name, all)| *all && name.contains('/')).map(|(name, _)| name).collect();
        Some(json!({
            "value": [{"actions": ["*/read"], "notActions": not_actions, "dataActions": [], "notDataActions": []}]
        }))
    }
}
