//! Lists in pages: all items in, one page with a link to the next out.

use super::Response;
use super::ask::{Ask, Service};
use super::refusal::Refusal;
use serde_json::{Map, Value, json};
use std::borrow::Cow;
use url::form_urlencoded;

/// What page links carry.
const TOKEN: &str = "$skiptoken";

/// How lists are cut.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cut {
    /// Items to a page; 0 for all on one.
    pub(super) size: usize,
    /// End with an empty page.
    pub(super) empty_last: bool,
}

/// The page that is asked for, its items in the field `field` (`a.b` for one inside another).
pub(super) fn page(ask: &Ask<'_>, items: &[Cow<'_, Value>], field: &str, cut: Cut) -> Result<Response, Refusal> {
    if plain_query(ask) {
        return resource_graph(ask, items, field, cut);
    }
    let from = match ask.value(TOKEN) {
        Some(token) => position(token).ok_or_else(bad_token)?,
        None => 0,
    };
    let wanted = ask.value("$top").and_then(|top| top.parse().ok()).filter(|_| ask.service == Service::Graph);
    let (shown, next) = slice(items, from, wanted, cut);
    let mut body = Map::new();
    if ask.service == Service::Graph {
        let name = ask.path.trim_matches('/').split_once('/').map_or("", |(_, rest)| rest);
        body.insert("@odata.context".to_owned(), json!(format!("https://graph.microsoft.com/v1.0/$metadata#{name}")));
        if ask.value("$count").is_some_and(|count| count.eq_ignore_ascii_case("true")) {
            body.insert("@odata.count".to_owned(), json!(items.len()));
        }
    }
    let next = next.map(|at| link(ask, at));
    if let (Some(link), Service::Graph) = (&next, ask.service) {
        body.insert("@odata.nextLink".to_owned(), json!(link));
    }
    put(&mut body, field, shown);
    if let (Some(link), Service::Arm | Service::Data) = (&next, ask.service) {
        body.insert("nextLink".to_owned(), json!(link));
    }
    Ok(Response { is_page: true, ..ask.reply(200, &Value::Object(body)) })
}

fn bad_token() -> Refusal {
    Refusal::new(400, "InvalidSkipToken", "The provided skip token is invalid.")
}

/// The items of a page, and where the next one starts.
fn slice(items: &[Cow<'_, Value>], from: usize, wanted: Option<usize>, cut: Cut) -> (Vec<Value>, Option<usize>) {
    let most = if cut.size == 0 { usize::MAX } else { cut.size };
    let size = wanted.filter(|wanted| *wanted > 0).unwrap_or(most).min(most);
    let (from, end) = (from.min(items.len()), from.saturating_add(size).min(items.len()));
    let shown = items[from..end].iter().map(|item| item.as_ref().clone()).collect();
    let more = end < items.len() || cut.empty_last && from < items.len();
    (shown, more.then_some(end))
}

fn position(token: &str) -> Option<usize> {
    token.strip_prefix("sample-")?.parse().ok()
}

/// The address of the next page: the one asked, with another token.
fn link(ask: &Ask<'_>, at: usize) -> String {
    let is_token = |pair: &&str| {
        form_urlencoded::parse(pair.as_bytes()).next().is_some_and(|(key, _)| key.eq_ignore_ascii_case(TOKEN))
    };
    let mut query: Vec<String> =
        ask.request.query.split('&').filter(|pair| !pair.is_empty() && !is_token(pair)).map(str::to_owned).collect();
    query.push(format!("%24skiptoken=sample-{at}"));
    format!("{}{}?{}", ask.home(), ask.path, query.join("&"))
}

fn put(body: &mut Map<String, Value>, field: &str, items: Vec<Value>) {
    let (first, inner) = match field.split_once('.') {
        Some((first, rest)) => {
            let mut inner = Map::new();
            put(&mut inner, rest, items);
            (first, Value::Object(inner))
        }
        None => (field, Value::Array(items)),
    };
    body.insert(first.to_owned(), inner);
}

/// Resource Graph takes its token in the body and has no links.
fn plain_query(ask: &Ask<'_>) -> bool {
    ask.service == Service::Arm && ask.path.to_lowercase().ends_with("/microsoft.resourcegraph/resources")
}

fn resource_graph(ask: &Ask<'_>, items: &[Cow<'_, Value>], field: &str, cut: Cut) -> Result<Response, Refusal> {
    let options = &ask.json()["options"];
    let from = match options["$skipToken"].as_str() {
        Some(token) => position(token).ok_or_else(bad_token)?,
        None => 0,
    };
    let wanted = options["$top"].as_u64().and_then(|top| usize::try_from(top).ok());
    let (shown, next) = slice(items, from, wanted, cut);
    let mut body = Map::new();
    body.insert("totalRecords".to_owned(), json!(items.len()));
    body.insert("count".to_owned(), json!(shown.len()));
    put(&mut body, field, shown);
    body.insert("facets".to_owned(), json!([]));
    body.insert("resultTruncated".to_owned(), json!("false"));
    if let Some(at) = next {
        body.insert("$skipToken".to_owned(), json!(format!("sample-{at}")));
    }
    Ok(Response { is_page: true, ..ask.reply(200, &Value::Object(body)) })
}
