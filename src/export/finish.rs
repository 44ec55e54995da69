//! The end of a run: journal entries in, a complete ledger, the manifest and merged tables out.

use super::{Context, ExportError, Exported, Options, Run};
use crate::catalog::Catalog;
use crate::columns::RECIPE;
use crate::store::inherit::{self, Coverage};
use crate::store::manifest::{FORMAT_VERSION, Pruning, Totals};
use crate::store::{JournalHead, LedgerRow, Manifest, Status};
use chrono::NaiveDateTime;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError};

pub(super) fn finish(
    run: Run,
    options: &Options,
    head: &JournalHead,
    chosen: &BTreeSet<&'static str>,
    subscriptions: &BTreeMap<String, bool>,
    resumed: bool,
) -> Result<Exported, ExportError> {
    let Run { context, written, proven, also_proven, counts, plan, mismatches, unseen, .. } = run;
    let context = Arc::into_inner(context).expect("no task outlives the loop that runs them");
    let name = |(index, id): &(usize, String)| format!("{} {id}", context.calls[*index].name());
    let pruning = (!counts.is_empty()).then(|| Pruning {
        pruned: plan.pruned.len() as u64,
        probes: plan.probes.iter().map(name).collect(),
        mismatches,
    });
    let started_at = NaiveDateTime::parse_from_str(&head.started_at, "%Y-%m-%dT%H:%M:%SZ").unwrap_or_default();
    let finished_at = (context.clock)();
    // A run that is told its time says nothing about this machine's clock.
    let clock_offset =
        options.at.is_none().then_some(*context.clock_offset.lock().unwrap_or_else(PoisonError::into_inner)).flatten();
    let principal = serde_json::json!({
        "object_id": context.principal.object_id,
        "app_id": context.principal.app_id,
        "roles": context.principal.roles,
        "wids": context.principal.wids,
        // Those beside it that took turns, and in how many subscriptions.
        "further": further(context.fetcher.client().n_principals(), &also_proven, &proven),
    });
    let manifest = Manifest {
        format_version: FORMAT_VERSION,
        written_by: concat!("azsnap ", env!("CARGO_PKG_VERSION")).to_owned(),
        tenant_id: context.tenant.clone(),
        snapshot: context.partial.name(),
        source: "azure".to_owned(),
        asked: head.asked.clone(),
        principal: Some(principal),
        started_at,
        finished_at,
        clock_offset_seconds: clock_offset,
        resumed_at: if resumed { vec![finished_at.format("%Y-%m-%dT%H:%M:%SZ").to_string()] } else { Vec::new() },
        tables: Vec::new(),
        derived: Vec::new(),
        row_hash_recipe: RECIPE.to_owned(),
        totals: Totals::default(),
        params: BTreeMap::new(),
        sources: options.sources.clone(),
        assumed_tables: Vec::new(),
        pruning,
        resource_counts: counts,
        population_differences: Vec::new(),
        proven_subscriptions: proven.iter().cloned().collect(),
        account_name: options.account_name.clone(),
        description: options.description.clone(),
    };
    let Context { catalog, partial, calls, clock, tenant, .. } = context;
    let coverage = Coverage { tenant_id: &tenant, subscriptions, tables: chosen, proven: &proven };
    let mut hidden = Vec::new();
    for id in &unseen {
        hidden.extend(not_visible(catalog, chosen, id)?);
    }
    let now = clock().and_utc().timestamp_micros();
    let unsealed = partial.write_tables::<ExportError>(catalog, &written, manifest, |partial, give| {
        let rows = partial.asked(&written, plan.ledger(&calls, now).chain(hidden))?;
        Ok(inherit::complete(catalog, rows, &coverage, give)?)
    })?;
    let unread = unsealed.unread();
    Ok(Exported { unsealed, unread, clock_offset })
}

/// Rows for a subscription that is meant, by the management group above it, and that the principal does not see.
fn not_visible(catalog: &Catalog, chosen: &BTreeSet<&'static str>, id: &str) -> Result<Vec<LedgerRow>, ExportError> {
    let mut rows = Vec::new();
    for name in chosen {
        let spec = catalog.table(name)?;
        if !catalog.is_tenant_wide(spec)? {
            let row = LedgerRow::new(name, "subscription", id);
            let (code, permission) = (Some("NotVisible".to_owned()), Some(spec.permission.clone()));
            rows.push(LedgerRow { status: Status::NotCollected, code, permission, ..row });
        }
    }
    Ok(rows)
}

/// The number of subscriptions that each principal beside the first was admitted to.
fn further(n: usize, also_proven: &BTreeSet<(usize, String)>, proven: &BTreeSet<String>) -> Vec<usize> {
    let of = |who: usize| also_proven.iter().filter(|(n, id)| *n == who && proven.contains(id)).count();
    (1..n).map(of).collect()
}
