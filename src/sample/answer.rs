//! One request to one answer: who is asked, may the caller ask, what is there. No socket, no clock, no counter.

use super::ask::{Ask, Service};
use super::items::List;
use super::list::Found;
use super::page::{Cut, page};
use super::refusal::{self, Refusal};
use super::stamp::Home;
use super::{Request, Response, Tenant, login, token};
use crate::catalog::route::{self, Route, arm_type_of, is_object, plain_path};
use crate::catalog::{Plane, TableSpec};
use serde_json::{Map, Value, json};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// The table of all resources.
pub(super) const RESOURCES: &str = "azure_resource";
/// Requests that a Graph batch may hold.
const BATCH: usize = 20;

impl Tenant {
    /// Answers a request as Azure would for this tenant.
    pub fn answer(&self, request: &Request) -> Response {
        let ask = self.ask(request);
        let answer = match ask.service {
            Service::Login => return login::answer(self, &ask),
            Service::Arm => self.arm(&ask),
            Service::Graph => self.graph(&ask),
            Service::Data => self.data_plane(&ask),
        };
        answer.unwrap_or_else(|refusal| self.refuse(refusal, &ask))
    }

    /// A request taken apart, and led to where the sample has it.
    fn ask<'r>(&self, request: &'r Request) -> Ask<'r> {
        let mut ask = Ask::new(request);
        if let Some(volume) = &self.volume {
            volume.words.lead(&mut ask);
        }
        ask
    }

    /// A refusal, in the words of the one who asked.
    fn refuse(&self, mut refusal: Refusal, ask: &Ask<'_>) -> Response {
        if let Some(volume) = self.volume.as_ref().filter(|_| !ask.place.is_nowhere) {
            let stamp = volume.words.stamp(Home::Group(0), refusal.message);
            refusal.message = volume.words.text(&stamp, ask.place.n);
        }
        refusal.respond(ask)
    }

    fn arm(&self, ask: &Ask<'_>) -> Result<Response, Refusal> {
        token::check(self, ask)?;
        self.check_subscription(ask)?;
        if ask.value("api-version").is_none_or(str::is_empty) {
            let message = "The api-version query parameter (?api-version=) is required for all requests.";
            return Err(Refusal::new(400, "MissingApiVersionParameter", message));
        }
        if ask.place.is_nowhere {
            self.check_deny(ask, None)?;
            return Err(refusal::not_found(Service::Arm, &plain_path(ask.asked)));
        }
        let routes = self.routes(ask, Plane::Arm, &ask.path)?;
        if let Some(first) = routes.first() {
            check_version(ask, &routes.iter().map(|route| route.spec).collect::<Vec<_>>())?;
            self.check_deny(ask, Some(first))?;
            return self.read(ask, &routes).and_then(|found| self.show(ask, found));
        }
        self.check_deny(ask, None)?;
        if let Some(rows) = self.counted(ask) {
            let cut = Cut { size: self.options.page_size, empty_last: self.options.empty_last_page };
            return page(ask, &rows, "data", cut);
        }
        if let Some(granted) = self.granted(ask) {
            return Ok(ask.reply(200, &granted));
        }
        if ask.is_get()
            && let Some((spec, object)) = self.read_object(ask)?
        {
            check_version(ask, &[spec])?;
            return Ok(ask.reply_with(200, self.text(ask, object)));
        }
        Err(self.unknown(ask))
    }

    fn graph(&self, ask: &Ask<'_>) -> Result<Response, Refusal> {
        token::check(self, ask)?;
        let trimmed = ask.path.trim_start_matches('/');
        let (version, rest) = trimmed.split_once('/').unwrap_or((trimmed, ""));
        if !["v1.0", "beta"].iter().any(|known| version.eq_ignore_ascii_case(known)) {
            return Err(Refusal::new(400, "BadRequest", format!("Invalid version: {version}")));
        }
        let path = plain_path(rest);
        if path == "/$batch" && ask.request.method == "POST" {
            return self.batch(ask, version);
        }
        let routes = self.routes(ask, Plane::Graph, rest)?;
        self.check_deny(ask, routes.first())?;
        if ask.place.is_nowhere {
            return Err(refusal::not_found(Service::Graph, &plain_path(ask.asked)));
        }
        if !routes.is_empty() {
            return self.read(ask, &routes).and_then(|found| self.show(ask, found));
        }
        if ask.is_get()
            && let Some(found) = self.detail_list(ask, &path)?
        {
            return self.show(ask, found);
        }
        if ask.is_get()
            && let Some((collection, id)) = path.rsplit_once('/')
        {
            let routes = self.routes(ask, Plane::Graph, collection)?;
            if let Some(object) = self.member(&routes, id) {
                return Ok(ask.reply_with(200, self.text(ask, object)));
            }
            if routes.iter().any(|route| self.tables.contains_key(route.spec.name.as_str())) {
                return Err(refusal::not_found(Service::Graph, &path));
            }
            if let Some(route) = routes.first() {
                return Err(self.denied(ask, route));
            }
        }
        if !ask.is_get() {
            return Err(refusal::denied(Service::Graph, self.who(), "", &path));
        }
        let segment = path.trim_start_matches('/').split('/').next().unwrap_or_default();
        Err(Refusal::new(400, "BadRequest", format!("Resource not found for the segment '{segment}'.")))
    }

    /// The tables of a path that this method, query and body mean.
    fn routes(&self, ask: &Ask<'_>, plane: Plane, path: &str) -> Result<Vec<Route<'static>>, Refusal> {
        let found = match &self.volume {
            Some(volume) => volume.routes(self.catalog, plane, path),
            None => route::routes(self.catalog, plane, path),
        };
        let found = found.map_err(|error| {
            Refusal::new(500, "InternalServerError", format!("the catalogue has a bad table: {error}"))
        })?;
        let body = ask.json();
        let fits = |route: &Route<'static>| {
            let fetch = &route.spec.fetch;
            let same = |wanted: &Value| wanted["query"].is_null() || wanted["query"] == body["query"];
            fetch.method == ask.request.method && fetch.body.as_ref().is_none_or(same)
        };
        Ok(route::meant(found.into_iter().filter(fits).collect(), &ask.query))
    }

    pub(super) fn show(&self, ask: &Ask<'_>, found: Found<'_>) -> Result<Response, Refusal> {
        match found {
            Found::One(object) => Ok(ask.reply_with(200, self.text(ask, object))),
            Found::Items(items, field) => {
                let cut = Cut { size: self.options.page_size, empty_last: self.options.empty_last_page };
                page(ask, &items, field, cut)
            }
        }
    }

    /// Whether the subscription of an ARM path is one of the tenant's.
    fn check_subscription(&self, ask: &Ask<'_>) -> Result<(), Refusal> {
        let path = plain_path(ask.asked);
        let Some(id) = super::store::subscription_of(&path) else { return Ok(()) };
        let guid = id.len() == 36 && id.split('-').map(str::len).eq([8, 4, 4, 4, 12]);
        if !guid || !id.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit()) {
            let message = format!("The provided subscription identifier '{id}' is malformed or invalid.");
            return Err(Refusal::new(400, "InvalidSubscriptionId", message));
        }
        let known = self.tables.get(crate::catalog::SUBSCRIPTIONS);
        let whole = format!("/subscriptions/{id}");
        let is_known = match &self.volume {
            Some(volume) => volume.words.subscription(id).is_some(),
            None => known.is_none_or(|known| known.iter().any(|object| object.id.as_ref() == Some(&whole))),
        };
        if !is_known {
            let message = format!("The subscription '{id}' could not be found.");
            return Err(Refusal::new(404, "SubscriptionNotFound", message));
        }
        Ok(())
    }

    /// Whether the options deny the path.
    pub(super) fn check_deny(&self, ask: &Ask<'_>, route: Option<&Route<'static>>) -> Result<(), Refusal> {
        let path = plain_path(ask.asked);
        let short = path.strip_prefix("/v1.0").or_else(|| path.strip_prefix("/beta")).unwrap_or(&path);
        let hit = |pattern: &String| {
            let pattern = pattern.to_lowercase();
            [path.as_str(), short]
                .iter()
                .any(|path| if pattern.contains('*') { glob(&pattern, path) } else { path.starts_with(&pattern) })
        };
        if !self.options.deny.iter().any(hit) {
            return Ok(());
        }
        Err(match route {
            Some(route) => self.denied(ask, route),
            None => {
                let kind = arm_type_of(&path).unwrap_or_default();
                refusal::denied(ask.service, self.who(), &format!("{kind}/read"), &path)
            }
        })
    }

    /// The answer of Resource Graph to the question how many resources of each type there are.
    fn counted(&self, ask: &Ask<'_>) -> Option<List<'_>> {
        let body = ask.json();
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
        let asked = body["query"].as_str().map(words)?;
        if asked != "resources | summarize n = count() by subscriptionid, type" {
            return None;
        }
        let named: Vec<String> =
            body["subscriptions"].as_array()?.iter().filter_map(Value::as_str).map(str::to_lowercase).collect();
        if let Some(volume) = &self.volume {
            return Some(volume.words.counted(&volume.counts, &body));
        }
        let mut counts: BTreeMap<(String, String), u64> = BTreeMap::new();
        for object in self.tables.get(RESOURCES).into_iter().flatten() {
            let subscription = object.id.as_deref().and_then(super::store::subscription_of);
            let kind = object.body["type"].as_str().map(str::to_lowercase);
            if let Some(pair) = subscription.map(str::to_owned).filter(|id| named.contains(id)).zip(kind) {
                *counts.entry(pair).or_default() += 1;
            }
        }
        let row = |((id, kind), n): ((String, String), u64)| json!({ "subscriptionId": id, "type": kind, "n": n });
        Some(List::Held(counts.into_iter().map(row).map(Cow::Owned).collect()))
    }

    /// A Resource Manager path that no table reads.
    fn unknown(&self, ask: &Ask<'_>) -> Refusal {
        let path = plain_path(&ask.path);
        let Some(kind) = arm_type_of(&path) else {
            let message = "The request did not have a subscription or a valid tenant level resource provider.";
            return Refusal::new(404, "MissingSubscription", message);
        };
        if !ask.is_get() {
            let verb = match ask.request.method.as_str() {
                "POST" => "action",
                "DELETE" => "delete",
                _ => "write",
            };
            return refusal::denied(ask.service, self.who(), &format!("{kind}/{verb}"), &path);
        }
        let (namespace, rest) = kind.split_once('/').unwrap_or((&kind, ""));
        let known = |spec: &&TableSpec| {
            spec.arm_type
                .as_ref()
                .is_some_and(|own| own.split('/').next().is_some_and(|own| own.eq_ignore_ascii_case(namespace)))
        };
        if !self.catalog.all().is_ok_and(|specs| specs.iter().any(known)) {
            return Refusal::new(
                404,
                "InvalidResourceNamespace",
                format!("The resource namespace '{namespace}' is invalid."),
            );
        }
        if is_object(&path) {
            return refusal::not_found(ask.service, &path);
        }
        let version = ask.value("api-version").unwrap_or_default();
        let message = format!(
            "The resource type '{rest}' could not be found in the namespace '{namespace}' for api version '{version}'."
        );
        Refusal::new(404, "InvalidResourceType", message)
    }

    /// Up to twenty Graph requests in one, each with its own status.
    fn batch(&self, ask: &Ask<'_>, version: &str) -> Result<Response, Refusal> {
        let body = ask.json();
        let Some(requests) = body["requests"].as_array() else {
            return Err(Refusal::new(400, "BadRequest", "Invalid batch payload format."));
        };
        if requests.len() > BATCH {
            let message = format!("Number of batch request steps exceeds the maximum value of {BATCH}.");
            return Err(Refusal::new(400, "MaximumValueExceeded", message));
        }
        let responses: Vec<Value> = requests.iter().map(|inner| self.batched(ask, version, inner)).collect();
        Ok(ask.reply(200, &json!({"responses": responses})))
    }

    fn batched(&self, ask: &Ask<'_>, version: &str, inner: &Value) -> Value {
        let url = inner["url"].as_str().unwrap_or_default();
        let (path, query) = url.split_once('?').unwrap_or((url, ""));
        let request = Request {
            method: inner["method"].as_str().unwrap_or("GET").to_uppercase(),
            path: format!("{}/{version}/{}", ask.prefix, path.trim_start_matches('/')),
            query: query.to_owned(),
            body: if inner["body"].is_null() { Vec::new() } else { inner["body"].to_string().into_bytes() },
            ..ask.request.clone()
        };
        let nested = self.ask(&request);
        let response = if plain_path(path) == "/$batch" {
            Refusal::new(400, "BadRequest", "Nested batches are not supported.").respond(&nested)
        } else {
            self.graph(&nested).unwrap_or_else(|refusal| self.refuse(refusal, &nested))
        };
        let headers: Map<String, Value> =
            response.headers.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
        let body: Value = serde_json::from_slice(&response.body).unwrap_or_default();
        json!({"id": inner["id"], "status": response.status, "headers": headers, "body": body})
    }
}

fn check_version(ask: &Ask<'_>, specs: &[&TableSpec]) -> Result<(), Refusal> {
    let wanted = ask.value("api-version").unwrap_or_default();
    let known: Vec<&str> = specs
        .iter()
        .flat_map(|spec| std::iter::once(&spec.fetch.api_version).chain(&spec.fetch.older_api_versions))
        .map(String::as_str)
        .collect();
    if known.iter().any(|known| known.eq_ignore_ascii_case(wanted)) {
        return Ok(());
    }
    let known = known.join(",");
    let message = format!("The api-version '{wanted}' is invalid. The supported versions are '{known}'.");
    Err(Refusal::new(400, "InvalidApiVersionParameter", message))
}

/// Whether a text fits a pattern in which `*` stands for anything.
fn glob(pattern: &str, text: &str) -> bool {
    let (first, rest) = pattern.split_once('*').unwrap_or((pattern, ""));
    let Some(mut text) = text.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        let Some(at) = text.find(part) else { return false };
        text = &text[at + part.len()..];
    }
    text.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::glob;

    #[test]
    fn patterns() {
        for (pattern, text, expected) in [
            ("/a/*", "/a/b/c", true),
            ("*/keys", "/a/vaults/v/keys", true),
            ("/a/*/x*z", "/a/b/xyz", true),
            ("/a/*/x*z", "/a/b/xy", false),
            ("/a*a", "/a", false),
            ("*", "", true),
        ] {
            assert_eq!(glob(pattern, text), expected, "{pattern} {text}");
        }
    }
}
