//! How many resources of each type there are: subscriptions in, Resource Graph's counts out. One query for a thousand
//! subscriptions (Microsoft's limit), so that lists of what nobody has need not be asked for.

use crate::client::{Audience, Bucket, CallError, CallErrorKind, CallKind, Client, Cost, Method, Request};
use serde::Deserialize;
use std::collections::BTreeMap;

/// Subscriptions that one query may name.
pub const AT_ONCE: usize = 1000;
const API_VERSION: &str = "2024-04-01";

/// Resources by subscription (lower-case GUID) and type (lower-case).
pub type Counts = BTreeMap<String, BTreeMap<String, u64>>;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    subscription_id: String,
    #[serde(rename = "type")]
    kind: String,
    n: u64,
}

/// Counts the resources of at most [`AT_ONCE`] subscriptions. Each of them has an entry, also with nothing in it.
///
/// # Errors
/// A call failed, or the answer is of another shape: there are no counts.
pub async fn resources(client: &Client, subscriptions: &[String], cost: &mut Cost) -> Result<Counts, CallError> {
    let request = Request {
        audience: Audience::Arm,
        method: Method::POST,
        path: "/providers/Microsoft.ResourceGraph/resources".to_owned(),
        query: vec![("api-version".to_owned(), API_VERSION.to_owned())],
        body: Some(serde_json::json!({
            "subscriptions": subscriptions,
            "query": QUERY,
            "options": { "resultFormat": "objectArray", "$top": 1000 },
        })),
        storage_version: None,
        bucket: Bucket {
            subscription: None,
            provider: "microsoft.resourcegraph".to_owned(),
            region: None,
            kind: CallKind::List,
        },
    };
    let mut counts: Counts = subscriptions.iter().map(|id| (id.to_lowercase(), BTreeMap::new())).collect();
    let mut pages = client.pages(request, "data");
    while let Some(page) = pages.next().await {
        let page = page?;
        *cost += page.cost;
        for raw in page.items {
            let row: Row = serde_json::from_str(raw.get())
                .map_err(|error| CallError::new(CallErrorKind::NotJson, error.to_string()))?;
            let types = counts.entry(row.subscription_id.to_lowercase()).or_default();
            *types.entry(row.kind.to_lowercase()).or_default() += row.n;
        }
    }
    Ok(counts)
}

/// Resource groups and subscriptions themselves stand in another table of Resource Graph.
const QUERY: &str = "resources | summarize n = count() by subscriptionId, type";
