//! What need not be asked: Resource Graph's counts and the proof that the principal reads a subscription in full in, the
//! pairs of call and subscription that hold nothing out. A few of these are asked all the same; when one holds
//! something after all, none is left out.

use super::run::Run;
use super::task::{Task, Work};
use super::{Context, ExportError, Options};
use crate::catalog::{Scope, ScopeKind};
use crate::client::{Audience, Principal, Share};
use crate::collect::Call;
use crate::collect::count::{AT_ONCE, Counts};
use crate::store::{LedgerRow, Status};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Pairs that are asked although nothing is expected of them.
const PROBES: usize = 8;

/// A call (its index) and a subscription.
pub(super) type Pair = (usize, String);

/// What a run leaves out.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// Not asked.
    pub(super) pruned: BTreeSet<Pair>,
    /// Asked although the count is zero.
    pub(super) probes: BTreeSet<Pair>,
}

impl Plan {
    /// Finds the pairs; `seed` (the snapshot's name) draws the probes.
    pub(super) fn new(calls: &[Call<'_>], counts: &Counts, proven: &BTreeSet<String>, seed: &str) -> Plan {
        let mut drawn: BTreeMap<Vec<u8>, Pair> = BTreeMap::new();
        for (subscription, types) in counts.iter().filter(|(id, _)| proven.contains(*id)) {
            for (index, call) in calls.iter().enumerate() {
                let none = kind_of(call).is_some_and(|kind| types.get(&kind).is_none_or(|n| *n == 0));
                if none {
                    let draw = Sha256::digest(format!("{seed} {subscription} {}", call.name()));
                    drawn.insert(draw.to_vec(), (index, subscription.clone()));
                }
            }
        }
        let mut pairs = drawn.into_values();
        let probes = pairs.by_ref().take(PROBES).collect();
        Plan { probes, pruned: pairs.collect() }
    }

    /// Rows of the ledger for what was left out, one call of one subscription after the other.
    pub(super) fn ledger<'c>(
        &'c self,
        calls: &'c [Call<'static>],
        now: i64,
    ) -> impl Iterator<Item = LedgerRow> + use<'c> {
        self.pruned.iter().flat_map(move |(index, id)| {
            calls[*index].specs.iter().map(move |spec| LedgerRow {
                status: Status::Ok,
                pruned: true,
                permission: Some(spec.permission.clone()),
                started_at: Some(now),
                finished_at: Some(now),
                ..LedgerRow::new(&spec.name, "subscription", id)
            })
        })
    }

    /// Whether a task asks what is expected to hold nothing.
    pub(super) fn is_probe(&self, context: &Context, task: &str, scope: &str) -> bool {
        let probes = self.probes.iter().filter(|(_, id)| id == scope);
        probes.map(|(index, id)| probe_name(context, *index, id)).any(|name| name == task)
    }
}

/// The name of the task that asks a call of a subscription.
fn probe_name(context: &Context, index: usize, id: &str) -> String {
    Task::root(index, &Arc::new(Scope::Subscription(id.to_owned()))).name(context)
}

/// The type that a call lists, where Resource Graph counts exactly what the call would give: one type, a list of the
/// whole subscription, in the table `resources`.
fn kind_of(call: &Call<'_>) -> Option<String> {
    let fetch = call.fetch();
    let first = call.specs.first()?.arm_type.as_ref()?;
    let whole = fetch.scope == ScopeKind::Subscription && fetch.method == "GET" && !fetch.filtered_by_visibility;
    let counted = call.specs.iter().all(|spec| {
        spec.resource_graph.as_deref() == Some("resources")
            && spec.arm_type.as_ref().is_some_and(|kind| kind.eq_ignore_ascii_case(first))
    });
    let top_level = first.matches('/').count() == 1;
    let of_type = first
        .rsplit('/')
        .next()
        .is_some_and(|last| fetch.path.rsplit('/').next().is_some_and(|tail| tail.eq_ignore_ascii_case(last)));
    (whole && counted && top_level && of_type).then(|| first.to_lowercase())
}

/// With so few calls there is nothing to save.
const FEW_CALLS: usize = 8;

impl Run {
    /// Asks where the principal reads everything and what Resource Graph counts, and plans by it what is left out.
    pub(super) async fn count(
        &mut self,
        tenant: &Arc<Scope>,
        meant: &BTreeSet<String>,
        options: &Options,
    ) -> Result<(), ExportError> {
        let prunes = !options.no_prune && self.context.calls.len() > FEW_CALLS;
        let further = self.further_principals().await;
        self.further.clone_from(&further);
        if prunes || !further.is_empty() || self.context.calls.iter().any(|call| call.fetch().filtered_by_visibility) {
            for id in meant {
                let scope = Arc::new(Scope::Subscription(id.clone()));
                self.queue.push(id, Task::new(format!("proof.{id}"), &scope, Work::Proof(None)));
                for (n, object_id) in &further {
                    let work = Work::Proof(Some((*n, object_id.clone())));
                    self.queue.push(id, Task::new(format!("proof.{id}.{object_id}"), &scope, work));
                }
            }
        }
        let ids: Vec<String> = meant.iter().cloned().collect();
        for (n, chunk) in ids.chunks(AT_ONCE).enumerate().filter(|_| prunes) {
            let work = Work::Count(chunk.to_vec());
            self.queue.push(tenant.id(), Task::new(format!("count.{n}"), tenant, work));
        }
        self.drain(options).await?;
        for (n, id) in &self.also_proven {
            if self.proven.contains(id) {
                self.context.fetcher.client().admit(*n, Share::Subscription(id.clone()));
            }
        }
        for (id, types) in &self.counts {
            self.queue.weigh(id, types.values().sum());
        }
        if prunes {
            self.plan = Plan::new(&self.context.calls, &self.counts, &self.proven, &self.context.partial.name());
            // What an interrupted run asked is not left out: its answer counts.
            let (context, finished) = (&self.context, &self.finished);
            self.plan
                .pruned
                .retain(|(index, id)| finished.is_empty() || !finished.contains_key(&probe_name(context, *index, id)));
        }
        Ok(())
    }

    /// The principals beside the first that can sign in: number and object id. One whose rights at Graph are those of the
    /// first takes turns there.
    async fn further_principals(&self) -> Vec<(usize, String)> {
        let client = self.context.fetcher.client();
        let mut found = Vec::new();
        let rights = |of: &Principal| {
            let set = |list: &[String]| list.iter().map(|one| one.to_lowercase()).collect::<BTreeSet<_>>();
            (set(&of.roles), set(&of.wids), set(&of.scopes))
        };
        for n in 1..client.n_principals() {
            let acting = client.acting_as(n);
            let tenant =
                |of: &Principal| of.tenant_id.as_ref().is_some_and(|id| id.eq_ignore_ascii_case(&self.context.tenant));
            if let Ok(principal) = acting.principal(&Audience::Arm).await
                && tenant(&principal)
            {
                found.extend(principal.object_id.map(|id| (n, id)));
            }
            if let Ok(principal) = acting.principal(&Audience::Graph).await
                && tenant(&principal)
                && rights(&principal) == rights(&self.context.principal)
            {
                client.admit(n, Share::Graph);
            }
        }
        found
    }

    /// Looks at what was asked although nothing was expected; where there was something, or no answer, the rest is asked
    /// too.
    pub(super) fn probe(&mut self) {
        for (index, id) in &self.plan.probes {
            let name = probe_name(&self.context, *index, id);
            // A refusal speaks against the proof as well: what is hidden from the reader is not counted for it either.
            if !self.empty_probes.contains(&name) {
                self.mismatches.push(name);
            }
        }
        if !self.mismatches.is_empty() {
            for (index, id) in std::mem::take(&mut self.plan.pruned) {
                let scope = Arc::new(Scope::Subscription(id.clone()));
                self.queue.push(&id, Task::root(index, &scope));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;
    use crate::collect::calls;

    #[test]
    fn only_what_is_proven_and_counted_is_left_out() {
        let catalog = Catalog::bundled();
        let all = calls(catalog, &catalog.names().collect()).unwrap();
        let counts: Counts = [
            ("a".to_owned(), [("microsoft.compute/virtualmachines".to_owned(), 3)].into()),
            ("b".to_owned(), BTreeMap::new()),
        ]
        .into();
        let plan = Plan::new(&all, &counts, &["a".to_owned()].into(), "20261001T000000Z");
        let names = |pairs: &BTreeSet<Pair>| -> BTreeSet<String> {
            pairs.iter().map(|(index, id)| format!("{} {id}", all[*index].name())).collect()
        };
        let (pruned, probes) = (names(&plan.pruned), names(&plan.probes));
        assert_eq!(probes.len(), PROBES);
        let either = |name: &str| pruned.contains(name) || probes.contains(name);
        assert!(either("azure_lb a") && either("azure_kusto_cluster a"), "{pruned:?}");
        assert!(!either("azure_vm a"), "there are machines");
        assert!(!pruned.iter().chain(&probes).any(|name| name.ends_with(" b")), "nothing is proven there");
        for asked in ["azure_resource a", "azure_resource_group a", "azure_role_assignment a", "azure_policy_state a"] {
            assert!(!either(asked), "{asked}");
        }
        let again = Plan::new(&all, &counts, &["a".to_owned()].into(), "20261001T000000Z");
        assert_eq!(again.probes, plan.probes);
    }
}
