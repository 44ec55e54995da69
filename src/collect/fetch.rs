//! One call's pages: a call, a scope and a parent in, items page by page out. Knows the tricks that specs name: detail
//! calls, references, single objects, older API versions.

use super::calls::Call;
use crate::catalog::{Answer, Fetch, Plane, Scope};
use crate::client::{Audience, Bucket, CallError, CallErrorKind, CallKind, Client, Cost, Method, Pages, Request};
use futures::stream::{self, StreamExt};
use serde_json::value::RawValue;

/// Detail calls under way at once for one list.
const DETAILS_AT_ONCE: usize = 8;

/// Codes by which Azure says that it does not know an API version for the type (here).
const UNKNOWN_VERSION: [&str; 3] = ["InvalidApiVersionParameter", "NoRegisteredProviderFound", "InvalidApiVersion"];

/// A row that a child call is made for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parent {
    /// The row's id in the snapshot (lower-case).
    pub row_id: String,
    /// The id as Azure gave it, for the path.
    pub id: String,
    /// Its name, for `{parent_name}`.
    pub name: String,
    /// The object to fetch, where the call follows a reference.
    pub reference: Option<String>,
}

/// An item as received.
#[derive(Debug)]
pub struct Fetched {
    /// Its JSON.
    pub raw: Box<RawValue>,
    /// Why the detail call failed, if one was made and did.
    pub detail_error: Option<Box<CallError>>,
}

/// One page of items.
#[derive(Debug)]
pub struct ItemPage {
    /// The items, with their details.
    pub items: Vec<Fetched>,
    /// Where they came from.
    pub url: String,
    /// What it took, details included.
    pub cost: Cost,
    /// Azure's `Date` header.
    pub date: Option<String>,
    /// API version that answered.
    pub api_version: String,
}

/// Makes requests from specs.
#[derive(Debug, Clone)]
pub struct Fetcher {
    client: Client,
    tenant: String,
}

impl Fetcher {
    /// A fetcher for one tenant.
    pub fn new(client: Client, tenant: &str) -> Fetcher {
        Fetcher { client, tenant: tenant.to_owned() }
    }

    /// The client it asks with.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The pages of a call in a scope, for a parent if it has one. Nothing is sent before the first page is asked for.
    pub fn pages<'c>(&self, call: &Call<'c>, scope: &Scope, parent: Option<&Parent>) -> PageStream<'c> {
        let fetch = call.fetch();
        let request = self.request(call, scope, parent, &fetch.api_version);
        let mut versions = vec![fetch.api_version.clone()];
        versions.extend(fetch.older_api_versions.iter().cloned());
        versions.reverse();
        PageStream { client: self.client.clone(), fetch, request, versions, state: State::New }
    }

    fn request(&self, call: &Call<'_>, scope: &Scope, parent: Option<&Parent>, version: &str) -> Request {
        let fetch = call.fetch();
        let mut path = fetch.path.replace("{tenant}", &self.tenant);
        if let Scope::Subscription(id) = scope {
            path = path.replace("{subscription}", id);
        }
        if let Some(parent) = parent {
            path = path.replace("{parent_id}", &parent.id).replace("{parent_name}", &parent.name);
            path = path.replace("{ref}", parent.reference.as_deref().unwrap_or_default());
        }
        let kind = if fetch.answer == Answer::List { CallKind::List } else { CallKind::Read };
        let subscription = match (scope, fetch.plane) {
            (Scope::Subscription(id), Plane::Arm) => Some(id.clone()),
            _ => None,
        };
        Request {
            audience: if fetch.plane == Plane::Graph { Audience::Graph } else { Audience::Arm },
            method: if fetch.method == "POST" { Method::POST } else { Method::GET },
            path: versioned(fetch, &path),
            query: query(fetch, &fetch.query, version),
            body: fetch.body.clone(),
            bucket: Bucket { subscription, provider: call.provider(), region: None, kind },
        }
    }
}

fn versioned(fetch: &Fetch, path: &str) -> String {
    if fetch.plane == Plane::Graph { format!("/{}{path}", fetch.api_version) } else { path.to_owned() }
}

fn query(fetch: &Fetch, own: &[(String, String)], version: &str) -> Vec<(String, String)> {
    let mut query = own.to_vec();
    if fetch.plane == Plane::Arm {
        query.push(("api-version".to_owned(), version.to_owned()));
    }
    query
}

/// The pages of one call.
#[derive(Debug)]
pub struct PageStream<'c> {
    client: Client,
    fetch: &'c Fetch,
    request: Request,
    /// Versions not tried yet, the next one last.
    versions: Vec<String>,
    state: State,
}

#[derive(Debug)]
enum State {
    New,
    Reading(Box<Pages>, String),
    End,
}

impl PageStream<'_> {
    /// The next page; none at the end. After an error there is nothing more.
    pub async fn next(&mut self) -> Option<Result<ItemPage, CallError>> {
        let mut spent = Cost::default();
        loop {
            let first = matches!(self.state, State::New);
            if first {
                let version = self.versions.pop()?;
                for (key, value) in &mut self.request.query {
                    if key == "api-version" {
                        value.clone_from(&version);
                    }
                }
                let pages = self.client.pages(self.request.clone(), &self.fetch.items);
                self.state = State::Reading(Box::new(pages), version);
            }
            let found = match (&mut self.state, self.fetch.answer) {
                (State::Reading(pages, version), Answer::List) => {
                    let version = version.clone();
                    pages.next().await.map(|page| {
                        page.map(|page| ItemPage {
                            items: page.items.into_iter().map(|raw| Fetched { raw, detail_error: None }).collect(),
                            url: page.url,
                            cost: page.cost,
                            date: page.date,
                            api_version: version,
                        })
                    })
                }
                (State::Reading(_, version), Answer::Object) => {
                    let version = version.clone();
                    let answer = self.client.call(&self.request).await.and_then(|answer| object_page(answer, version));
                    self.state = State::End;
                    Some(answer)
                }
                _ => None,
            };
            match found {
                Some(Ok(mut page)) => {
                    page.cost += spent;
                    self.add_details(&mut page).await;
                    return Some(Ok(page));
                }
                Some(Err(mut error)) => {
                    spent += error.cost;
                    let unknown = error.code.as_deref().is_some_and(|code| UNKNOWN_VERSION.contains(&code));
                    if first && unknown && !self.versions.is_empty() {
                        self.state = State::New;
                        continue;
                    }
                    error.cost = spent;
                    self.state = State::End;
                    return Some(Err(error));
                }
                None => {
                    self.state = State::End;
                    return None;
                }
            }
        }
    }

    /// Fetches each item again by its id, where the spec says that the list leaves things out.
    async fn add_details(&self, page: &mut ItemPage) {
        let Some(extra) = &self.fetch.detail else { return };
        let query = query(self.fetch, extra, &page.api_version);
        let asked = std::mem::take(&mut page.items).into_iter().map(|item| {
            let request = own_id(self.fetch, &item.raw).map(|id| Request {
                path: versioned(self.fetch, &id),
                query: query.clone(),
                method: Method::GET,
                body: None,
                bucket: Bucket { kind: CallKind::Read, ..self.request.bucket.clone() },
                ..self.request.clone()
            });
            async move {
                let Some(request) = request else { return (item, Cost::default()) };
                match self.client.call(&request).await {
                    Ok(answer) => match serde_json::from_slice::<Box<RawValue>>(&answer.body) {
                        Ok(raw) => (Fetched { raw, detail_error: None }, answer.cost),
                        Err(error) => {
                            let error = CallError::new(CallErrorKind::NotJson, error.to_string());
                            (Fetched { detail_error: Some(Box::new(error)), ..item }, answer.cost)
                        }
                    },
                    Err(error) => {
                        let cost = error.cost;
                        (Fetched { detail_error: Some(Box::new(error)), ..item }, cost)
                    }
                }
            }
        });
        let mut answers = stream::iter(asked).buffered(DETAILS_AT_ONCE);
        while let Some((item, cost)) = answers.next().await {
            page.cost += cost;
            page.items.push(item);
        }
    }
}

fn own_id(fetch: &Fetch, raw: &RawValue) -> Option<String> {
    let item = serde_json::from_str(raw.get()).ok()?;
    fetch.own_id.value(&item).and_then(serde_json::Value::as_str).filter(|id| id.starts_with('/')).map(str::to_owned)
}

fn object_page(answer: crate::client::Answer, version: String) -> Result<ItemPage, CallError> {
    let raw = serde_json::from_slice::<Box<RawValue>>(&answer.body).map_err(|error| {
        let mut wrong = CallError::new(CallErrorKind::NotJson, error.to_string());
        (wrong.url, wrong.request_id, wrong.cost) = (answer.url.clone(), answer.request_id.clone(), answer.cost);
        wrong
    })?;
    let items = vec![Fetched { raw, detail_error: None }];
    Ok(ItemPage { items, url: answer.url, cost: answer.cost, date: answer.date, api_version: version })
}
