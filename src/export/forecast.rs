//! What a run would ask: the subscriptions, Resource Graph's counts and the proof of visibility in, calls and permissions
//! by table out. Asks just what a run asks before its lists; writes nothing that stays.

use super::run::Run;
use super::{Context, ExportError, Options, Progress, resume};
use crate::catalog::{Catalog, SUBSCRIPTIONS, ScopeKind};
use crate::client::{BATCH, Client};
use crate::collect::Call;
use crate::store::{Partial, StoreError};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

/// What one list of the plan would cost.
#[derive(Debug, Clone, Serialize, PartialEq, Eq)]
pub struct Planned {
    /// Tables that the calls feed, by name; those cut from their JSON are not named.
    pub tables: Vec<String>,
    /// Where it is asked: `tenant`, `subscription`, or the tables whose rows it is asked for.
    pub asked_for: String,
    /// The least number of calls, as far as counts are known; more where lists have several pages.
    pub calls: u64,
    /// Subscriptions in which it is left out, since Resource Graph counts none there.
    pub pruned: u64,
    /// Whether the number of parents is not known beforehand, so that the calls come on top.
    pub open: bool,
    /// What the principal must be allowed.
    pub permission: String,
}

/// A run before its lists.
#[derive(Debug, Clone, Serialize, PartialEq, Eq)]
pub struct Forecast {
    /// GUID of the tenant.
    pub tenant_id: String,
    /// Subscriptions that are meant.
    pub subscriptions: u64,
    /// Those of them in which the principal is proven to read everything: only there is anything left out.
    pub proven: u64,
    /// Resources that Resource Graph counts.
    pub resources: u64,
    /// One row per list, in order of name.
    pub lists: Vec<Planned>,
    /// Calls that were made to find this out; a run makes them too.
    pub calls_before: u64,
}

impl Forecast {
    /// The least number of calls of the whole run.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.calls_before + self.lists.iter().map(|list| list.calls).sum::<u64>()
    }
}

/// Finds out what a run with these options would ask.
///
/// # Errors
/// As for [`super::run`].
pub async fn forecast(client: Client, options: &Options) -> Result<Forecast, ExportError> {
    let catalog = Catalog::bundled();
    let chosen = options.selection.tables(catalog)?;
    let (principal, tenant) = resume::signed_in(&client, options.tenant.as_deref()).await?;
    let dir = tempfile::Builder::new().prefix("azsnap-").tempdir().map_err(|source| StoreError::Io {
        what: "make a folder in",
        path: std::env::temp_dir(),
        source,
    })?;
    let head = resume::head(options, &tenant, &principal);
    let partial = Partial::create(dir.path(), "plan", &head)?;
    let progress = Arc::new(Progress::default());
    let context = Context::new(client, &chosen, (principal, tenant), (partial, &head), options, progress)?;
    let mut run = Run::new(Arc::new(context));
    let (_, meant) = run.prepare(options).await?;
    Ok(of_run(&run, &meant))
}

fn of_run(run: &Run, meant: &BTreeSet<String>) -> Forecast {
    let calls = &run.context.calls;
    let mut asked: BTreeMap<usize, u64> = BTreeMap::new();
    for (index, _) in run.roots(meant) {
        *asked.entry(index).or_default() += 1;
    }
    let pruned = |index: usize| run.plan.pruned.iter().filter(|(at, _)| *at == index).count() as u64;
    let lists = calls.iter().enumerate().filter(|(_, call)| call.name() != SUBSCRIPTIONS).map(|(index, call)| {
        let (calls, open) = match call.fetch().scope {
            ScopeKind::Tenant | ScopeKind::Subscription => (asked.get(&index).copied().unwrap_or(0), false),
            _ => for_parents(run, call, meant),
        };
        let asked_for = match call.fetch().scope {
            ScopeKind::Tenant => "tenant".to_owned(),
            ScopeKind::Subscription => "subscription".to_owned(),
            _ => call.fetch().parents.join(", "),
        };
        let mut permissions: Vec<&str> = call.specs.iter().map(|spec| spec.permission.as_str()).collect();
        permissions.dedup();
        Planned {
            tables: call.specs.iter().map(|spec| spec.name.clone()).collect(),
            asked_for,
            calls,
            pruned: pruned(index),
            open,
            permission: permissions.join(", "),
        }
    });
    Forecast {
        tenant_id: run.context.tenant.clone(),
        subscriptions: meant.len() as u64,
        proven: run.proven.intersection(meant).count() as u64,
        resources: meant.iter().filter_map(|id| run.counts.get(id)).flat_map(BTreeMap::values).sum(),
        lists: lists.collect(),
        calls_before: run.context.progress.requests.load(Relaxed),
    }
}

/// The calls for the rows of other tables, as far as Resource Graph counts those; true where some are not counted.
fn for_parents(run: &Run, call: &Call<'_>, meant: &BTreeSet<String>) -> (u64, bool) {
    let fetch = call.fetch();
    if fetch.parents.iter().all(|parent| parent == SUBSCRIPTIONS) {
        return (meant.len() as u64, false);
    }
    // Which of the parents are asked stands in their own JSON.
    let unknown = fetch.reference.is_some() || fetch.only_when.is_some() || fetch.once_per.is_some();
    let (mut kinds, mut open) = (BTreeSet::new(), unknown);
    for parent in fetch.parents.iter().filter(|_| !unknown) {
        let spec = run.context.catalog.table(parent).ok();
        let kind = spec.filter(|spec| spec.resource_graph.as_deref() == Some("resources")).and_then(|spec| {
            spec.arm_type.as_ref().filter(|kind| kind.matches('/').count() == 1).map(|kind| kind.to_lowercase())
        });
        match kind {
            // Several tables may hold rows of one type.
            Some(kind) if !run.counts.is_empty() => {
                kinds.insert(kind);
            }
            _ => open = true,
        }
    }
    let counted = |kind: &String| meant.iter().filter_map(|id| run.counts.get(id)?.get(kind)).sum::<u64>();
    let parents: u64 = kinds.iter().map(counted).sum();
    let calls = if call.goes_into_batches() { parents.div_ceil(BATCH as u64) } else { parents };
    (calls, open)
}
