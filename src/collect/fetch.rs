//! One call's pages: a call, a scope and a parent in, items page by page out. Knows the tricks that specs name:
//! references, single objects, older API versions; calls for details are in `details`.

use super::calls::Call;
use super::{details, xml};
use crate::catalog::{Answer as Shape, Fetch, Plane, Scope};
use crate::client::{
    Answer, Audience, Bucket, CallError, CallErrorKind, CallKind, Client, Cost, Method, Pages, Request,
};
use serde_json::Value;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use url::Url;

/// Codes by which Azure says that it does not know an API version for the type (here).
const UNKNOWN_VERSION: [&str; 3] = ["InvalidApiVersionParameter", "NoRegisteredProviderFound", "InvalidApiVersion"];

/// A row that a child call is made for. What it shares with the other calls for that row is held once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parent {
    /// The row's id in the snapshot (lower-case).
    pub row_id: Arc<str>,
    /// The id as Azure gave it, for the path.
    pub id: Arc<str>,
    /// Its name, for `{parent_name}`.
    pub name: Arc<str>,
    /// The object to fetch, where the call follows a reference.
    pub reference: Option<String>,
    /// Where its data plane is, for `{parent.<path>}`.
    pub address: Option<String>,
    /// Its region: some limits are kept for each.
    pub region: Option<Arc<str>>,
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
    /// First and last instant that logs are asked for, ISO 8601 in UTC.
    window: (String, String),
    /// The version that answered, for calls whose own one Azure did not know.
    versions: Arc<Mutex<BTreeMap<String, String>>>,
}

impl Fetcher {
    /// A fetcher for one tenant; logs are read from the first of the two instants to the second (ISO 8601 in UTC).
    pub fn new(client: Client, tenant: &str, window: (String, String)) -> Fetcher {
        Fetcher { client, tenant: tenant.to_owned(), window, versions: Arc::default() }
    }

    fn note_version(&self, call: &str, version: &str) {
        let mut versions = self.versions.lock().unwrap_or_else(PoisonError::into_inner);
        versions.insert(call.to_owned(), version.to_owned());
    }

    /// The client it asks with.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The pages of a call in a scope, for a parent if it has one. Nothing is sent before the first page is asked for.
    pub fn pages<'c>(&self, call: &Call<'c>, scope: &Scope, parent: Option<&Parent>) -> PageStream<'c> {
        self.stream(call, self.request(call, scope, parent))
    }

    /// The pages of a call for several parents; where Graph answers several requests at once, the first pages are there.
    ///
    /// What a batch as a whole is refused for is asked one by one instead, so that each parent has its own answer.
    pub async fn pages_of_all<'c>(&self, call: &Call<'c>, scope: &Scope, parents: &[&Parent]) -> Vec<PageStream<'c>> {
        let mut streams: Vec<PageStream<'c>> =
            parents.iter().map(|parent| self.pages(call, scope, Some(parent))).collect();
        if !call.goes_into_batches() || parents.len() < 2 {
            return streams;
        }
        let requests: Result<Vec<Request>, CallError> = streams.iter().map(PageStream::first_request).collect();
        let Ok(requests) = requests else { return streams };
        let answers = match self.client.batch(&requests).await {
            Ok(answers) => answers,
            // Whoever does not take batches may answer each; whoever does not answer at all would not answer twenty times.
            Err(error) if matches!(error.kind, CallErrorKind::Refused | CallErrorKind::NotJson) => {
                if let Some(first) = streams.first_mut() {
                    first.spent = error.cost;
                }
                return streams;
            }
            Err(error) => {
                let free =
                    |n: usize| CallError { cost: if n == 0 { error.cost } else { Cost::default() }, ..error.clone() };
                (0..requests.len()).map(|n| Err(free(n))).collect()
            }
        };
        for ((stream, request), answer) in streams.iter_mut().zip(requests).zip(answers) {
            let version = stream.versions.pop().unwrap_or_default();
            stream.state = State::Given(Box::new((request, answer)), version);
        }
        streams
    }

    fn stream<'c>(&self, call: &Call<'c>, request: Result<Request, CallError>) -> PageStream<'c> {
        let fetch = call.fetch();
        let known = self.versions.lock().unwrap_or_else(PoisonError::into_inner).get(call.name()).cloned();
        let all = std::iter::once(&fetch.api_version).chain(&fetch.older_api_versions);
        // What did not know a version for one scope does not know it for the next.
        let mut versions: Vec<String> =
            all.skip_while(|version| known.as_ref().is_some_and(|known| known != *version)).cloned().collect();
        versions.reverse();
        let fetcher = self.clone();
        PageStream {
            fetcher,
            name: call.name().to_owned(),
            fetch,
            request,
            versions,
            state: State::New,
            spent: Cost::default(),
        }
    }

    /// The request without its version.
    fn request(&self, call: &Call<'_>, scope: &Scope, parent: Option<&Parent>) -> Result<Request, CallError> {
        let fetch = call.fetch();
        let words = Words { tenant: &self.tenant, window: &self.window, scope, parent };
        let query: Vec<(String, String)> =
            fetch.query.iter().map(|(key, value)| (key.clone(), words.fill(value))).collect();
        let (audience, path) = match fetch.plane {
            Plane::Arm => (Audience::Arm, words.fill(&fetch.path)),
            Plane::Graph => (Audience::Graph, words.fill(&fetch.path)),
            Plane::KeyVault | Plane::Storage => words.data_plane(&fetch.path)?,
        };
        let subscription = match (scope, fetch.plane) {
            (Scope::Subscription(id), Plane::Arm) => Some(id.clone()),
            _ => None,
        };
        let kind = if fetch.answer == Shape::List { CallKind::List } else { CallKind::Read };
        Ok(Request {
            audience,
            method: if fetch.method == "POST" { Method::POST } else { Method::GET },
            path,
            query,
            body: fetch.body.clone().map(|body| words.fill_json(body)),
            storage_version: None,
            bucket: Bucket {
                subscription,
                provider: call.provider(),
                region: parent.and_then(|parent| parent.region.as_deref().map(str::to_owned)),
                kind,
            },
        })
    }
}

/// What the `{words}` of a path, query or body stand for.
struct Words<'a> {
    tenant: &'a str,
    window: &'a (String, String),
    scope: &'a Scope,
    parent: Option<&'a Parent>,
}

impl Words<'_> {
    fn fill(&self, text: &str) -> String {
        if !text.contains('{') {
            return text.to_owned();
        }
        let (from, to) = self.window;
        let mut text = text.replace("{tenant}", self.tenant).replace("{from}", from).replace("{to}", to);
        if let Scope::Subscription(id) = self.scope {
            text = text.replace("{subscription}", id);
        }
        if let Some(parent) = self.parent {
            text = text.replace("{parent_name}", &parent.name).replace("{parent_id}", &parent.id);
            text = text.replace("{ref}", parent.reference.as_deref().unwrap_or_default());
        }
        text
    }

    fn fill_json(&self, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.fill(&text)),
            Value::Array(items) => items.into_iter().map(|item| self.fill_json(item)).collect(),
            Value::Object(map) => map.into_iter().map(|(key, value)| (key, self.fill_json(value))).collect(),
            other => other,
        }
    }

    /// Host and path of a data plane: the parent's own address, and what the spec says after it.
    fn data_plane(&self, template: &str) -> Result<(Audience, String), CallError> {
        let rest = template.split_once('}').map_or("", |(_, rest)| rest);
        let address = self.parent.and_then(|parent| parent.address.as_deref()).unwrap_or_default();
        let foreign = |why: &str| CallError::new(CallErrorKind::ForeignHost, format!("{address:?} {why}"));
        let url = Url::parse(address).map_err(|_| foreign("is no address of a data plane"))?;
        if url.scheme() != "https" || url.port().is_some() || url.query().is_some() {
            return Err(foreign("is not a plain https address"));
        }
        let host = url.host_str().ok_or_else(|| foreign("names no host"))?;
        Ok((Audience::Data(host.to_owned()), format!("{}{}", url.path(), self.fill(rest))))
    }
}

/// Puts the version where the plane wants it: in the query, in front of the path, or in a header.
pub(super) fn versioned(fetch: &Fetch, mut request: Request, version: &str) -> Request {
    match fetch.plane {
        Plane::Arm | Plane::KeyVault => request.query.push(("api-version".to_owned(), version.to_owned())),
        Plane::Graph => request.path = format!("/{version}{}", request.path),
        Plane::Storage => request.storage_version = Some(version.to_owned()),
    }
    request
}

/// The pages of one call.
#[derive(Debug)]
pub struct PageStream<'c> {
    fetcher: Fetcher,
    /// Name of the call.
    name: String,
    fetch: &'c Fetch,
    request: Result<Request, CallError>,
    /// Versions not tried yet, the next one last.
    versions: Vec<String>,
    state: State,
    /// What was spent on it before its first page.
    spent: Cost,
}

#[derive(Debug)]
enum State {
    New,
    /// The first answer, out of a batch, with its request and version.
    Given(Box<(Request, Result<Answer, CallError>)>, String),
    /// A list that is being read, and its version.
    Reading(Box<Pages>, String),
    /// One object.
    Asking(Box<Request>, String),
    End,
}

impl PageStream<'_> {
    /// The request for the first page, in the version that is tried first.
    fn first_request(&self) -> Result<Request, CallError> {
        let request = self.request.clone()?;
        Ok(versioned(self.fetch, request, self.versions.last().map_or("", String::as_str)))
    }

    /// The next page; none at the end. After an error there is nothing more.
    pub async fn next(&mut self) -> Option<Result<ItemPage, CallError>> {
        let mut spent = std::mem::take(&mut self.spent);
        loop {
            let first = matches!(self.state, State::New | State::Given(..));
            if matches!(self.state, State::New) {
                let version = self.versions.pop()?;
                let request = match &self.request {
                    Ok(request) => versioned(self.fetch, request.clone(), &version),
                    Err(error) => {
                        self.state = State::End;
                        return Some(Err(error.clone()));
                    }
                };
                self.state = match self.fetch.answer {
                    Shape::List => {
                        let pages = self.fetcher.client.pages(request, &self.fetch.items);
                        State::Reading(Box::new(pages), version)
                    }
                    Shape::Object => State::Asking(Box::new(request), version),
                };
            }
            let mut answered = None;
            if let State::Given(..) = self.state
                && let State::Given(given, version) = std::mem::replace(&mut self.state, State::End)
            {
                let (request, answer) = *given;
                match (answer, self.fetch.answer) {
                    (Ok(answer), Shape::List) => {
                        let pages = self.fetcher.client.pages_from(request, &self.fetch.items, answer);
                        self.state = State::Reading(Box::new(pages), version);
                    }
                    (Ok(answer), Shape::Object) => answered = Some(object_page(self.fetch, answer, version)),
                    (Err(error), _) => answered = Some(Err(error)),
                }
            }
            let found = match &mut self.state {
                _ if answered.is_some() => answered,
                State::Reading(pages, version) => {
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
                State::Asking(request, version) => {
                    let answer = self.fetcher.client.call(request).await;
                    let answer = answer.and_then(|answer| object_page(self.fetch, answer, version.clone()));
                    self.state = State::End;
                    Some(answer)
                }
                _ => None,
            };
            match found {
                Some(Ok(mut page)) => {
                    page.cost += spent;
                    // A path that Graph does not know under beta says nothing of the next group's.
                    if first && page.api_version != self.fetch.api_version && self.fetch.plane != Plane::Graph {
                        self.fetcher.note_version(&self.name, &page.api_version);
                    }
                    if let Ok(list) = &self.request {
                        details::add(&self.fetcher.client, self.fetch, list, &mut page).await;
                    }
                    return Some(Ok(page));
                }
                Some(Err(mut error)) => {
                    spent += error.cost;
                    let unknown = self.is_unknown_version(&error);
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

    /// Whether Azure refused the version rather than the call. Graph has one segment for a version, so there a path of
    /// `beta` that is gone shows as any other wrong path.
    fn is_unknown_version(&self, error: &CallError) -> bool {
        let graph = self.fetch.plane == Plane::Graph && matches!(error.status, Some(400 | 404));
        graph || error.code.as_deref().is_some_and(|code| UNKNOWN_VERSION.contains(&code))
    }
}

fn object_page(fetch: &Fetch, answer: Answer, version: String) -> Result<ItemPage, CallError> {
    let read = match fetch.plane {
        Plane::Storage => xml::to_json(&answer.body, "StorageServiceProperties")
            .and_then(|value| serde_json::value::to_raw_value(&value).map_err(|error| error.to_string())),
        _ => serde_json::from_slice::<Box<RawValue>>(&answer.body).map_err(|error| error.to_string()),
    };
    let raw = read.map_err(|error| {
        let mut wrong = CallError::new(CallErrorKind::NotJson, error);
        (wrong.url, wrong.request_id, wrong.cost) = (answer.url.clone(), answer.request_id.clone(), answer.cost);
        wrong
    })?;
    let items = vec![Fetched { raw, detail_error: None }];
    Ok(ItemPage { items, url: answer.url, cost: answer.cost, date: answer.date, api_version: version })
}
