//! What a list leaves out: a page of items in, the same items with what one more call for each gives out. An item whose
//! call fails stays as the list has it, and says why.

use super::fetch::{Fetched, ItemPage, versioned};
use crate::catalog::{Detail, Fetch};
use crate::client::{Bucket, CallError, CallErrorKind, CallKind, Client, Cost, Method, Request};
use futures::stream::{self, StreamExt};
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value};

/// Calls under way at once for one list.
const AT_ONCE: usize = 8;

/// Makes the calls that the spec names, if it names any; `list` is the request for the list, without its version.
pub(super) async fn add(client: &Client, fetch: &Fetch, list: &Request, page: &mut ItemPage) {
    let Some(detail) = &fetch.detail else { return };
    let version = page.api_version.clone();
    let asked = std::mem::take(&mut page.items).into_iter().map(|item| {
        let request = request(fetch, detail, list, &item.raw).map(|request| versioned(fetch, request, &version));
        async move {
            let mut cost = Cost::default();
            let found = match (request, &detail.list) {
                (None, _) => Err(CallError::new(CallErrorKind::Refused, "the item has no id to ask for")),
                (Some(request), None) => again(client, &request, &mut cost).await,
                (Some(request), Some(field)) => with_list(client, request, field, &item.raw, &mut cost).await,
            };
            let item = match found {
                Ok(raw) => Fetched { raw, detail_error: None },
                Err(error) => Fetched { detail_error: Some(Box::new(error)), ..item },
            };
            (item, cost)
        }
    });
    let mut answers = stream::iter(asked).buffered(AT_ONCE);
    while let Some((item, cost)) = answers.next().await {
        page.cost += cost;
        page.items.push(item);
    }
}

/// The item, fetched by its id.
async fn again(client: &Client, request: &Request, cost: &mut Cost) -> Result<Box<RawValue>, CallError> {
    let answer = client.call(request).await.inspect_err(|error| *cost += error.cost)?;
    *cost += answer.cost;
    serde_json::from_slice(&answer.body).map_err(|error| CallError::new(CallErrorKind::NotJson, error.to_string()))
}

/// The item with all pages of its own list in the field.
async fn with_list(
    client: &Client,
    request: Request,
    field: &str,
    item: &RawValue,
    cost: &mut Cost,
) -> Result<Box<RawValue>, CallError> {
    let not_json = |error: serde_json::Error| CallError::new(CallErrorKind::NotJson, error.to_string());
    let mut whole: Map<String, Value> = serde_json::from_str(item.get()).map_err(not_json)?;
    let mut held = Vec::new();
    let mut pages = client.pages(request, "value");
    while let Some(page) = pages.next().await {
        let page = page.inspect_err(|error| *cost += error.cost)?;
        *cost += page.cost;
        for one in page.items {
            held.push(serde_json::from_str(one.get()).map_err(not_json)?);
        }
    }
    whole.insert(field.to_owned(), Value::Array(held));
    to_raw_value(&whole).map_err(not_json)
}

/// The call for an item, without its version; none where the item does not say what it is called by.
fn request(fetch: &Fetch, detail: &Detail, list: &Request, item: &RawValue) -> Option<Request> {
    let item: Value = serde_json::from_str(item.get()).ok()?;
    let id = fetch.own_id.value(&item).and_then(Value::as_str)?;
    let path = match &detail.list {
        // What a Graph object is called by is a part of a path.
        Some(own) if !id.is_empty() && !id.contains('/') => format!("{}/{id}/{own}", list.path),
        Some(_) => return None,
        // Some services leave out the first slash.
        None if id.starts_with("subscriptions/") => format!("/{id}"),
        None => id.starts_with('/').then(|| id.to_owned())?,
    };
    let kind = if detail.list.is_some() { CallKind::List } else { CallKind::Read };
    Some(Request {
        path,
        query: detail.query.clone(),
        method: Method::GET,
        body: None,
        bucket: Bucket { kind, ..list.bucket.clone() },
        ..list.clone()
    })
}
