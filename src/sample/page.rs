//! Lists in pages: a list in, one page with a link to the next out.

use super::Response;
use super::ask::{Ask, Service};
use super::items::List;
use super::refusal::Refusal;
use serde_json::{Value, json};
use std::ops::Range;
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
pub(super) fn page(ask: &Ask<'_>, items: &List<'_>, field: &str, cut: Cut) -> Result<Response, Refusal> {
    if plain_query(ask) {
        return resource_graph(ask, items, field, cut);
    }
    let from = match ask.value(TOKEN) {
        Some(token) => position(token).ok_or_else(bad_token)?,
        None => 0,
    };
    let wanted = ask.value("$top").and_then(|top| top.parse().ok()).filter(|_| ask.service == Service::Graph);
    let (shown, next) = slice(items.len(), from, wanted, cut);
    let mut body = Body::default();
    if ask.service == Service::Graph {
        let name = ask.asked.trim_matches('/').split_once('/').map_or("", |(_, rest)| rest);
        body.put("@odata.context", &json!(format!("https://graph.microsoft.com/v1.0/$metadata#{name}")));
        if ask.value("$count").is_some_and(|count| count.eq_ignore_ascii_case("true")) {
            body.put("@odata.count", &json!(items.len()));
        }
    }
    let next = next.map(|at| link(ask, at));
    if let (Some(link), Service::Graph) = (&next, ask.service) {
        body.put("@odata.nextLink", &json!(link));
    }
    body.put_text(field, &items.json(shown));
    if let (Some(link), Service::Arm | Service::Data) = (&next, ask.service) {
        body.put("nextLink", &json!(link));
    }
    Ok(Response { is_page: true, ..ask.reply_with(200, body.end()) })
}

/// An object as it is written: its items need not be read to stand in it.
#[derive(Default)]
struct Body(String);

impl Body {
    fn put(&mut self, field: &str, value: &Value) {
        self.put_text(field, &value.to_string());
    }

    /// A field and the JSON in it; `a.b` for one inside another.
    fn put_text(&mut self, field: &str, json: &str) {
        self.0.push(if self.0.is_empty() { '{' } else { ',' });
        let mut names: Vec<&str> = field.split('.').collect();
        // Names of Azure's own fields hold a dot too.
        if field.starts_with('@') {
            names = vec![field];
        }
        let quoted: Vec<String> = names.iter().map(|name| format!("{}:", Value::from(*name))).collect();
        self.0.push_str(&quoted.join("{"));
        self.0.push_str(json);
        self.0.push_str(&"}".repeat(names.len() - 1));
    }

    fn end(mut self) -> String {
        self.0.push_str(if self.0.is_empty() { "{}" } else { "}" });
        self.0
    }
}

fn bad_token() -> Refusal {
    Refusal::new(400, "InvalidSkipToken", "The provided skip token is invalid.")
}

/// The items of a page, and where the next one starts.
fn slice(len: usize, from: usize, wanted: Option<usize>, cut: Cut) -> (Range<usize>, Option<usize>) {
    let most = if cut.size == 0 { usize::MAX } else { cut.size };
    let size = wanted.filter(|wanted| *wanted > 0).unwrap_or(most).min(most);
    let (from, end) = (from.min(len), from.saturating_add(size).min(len));
    let more = end < len || cut.empty_last && from < len;
    (from..end, more.then_some(end))
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
    format!("{}{}?{}", ask.home(), ask.asked, query.join("&"))
}

/// Resource Graph takes its token in the body and has no links.
fn plain_query(ask: &Ask<'_>) -> bool {
    ask.service == Service::Arm && ask.path.to_lowercase().ends_with("/microsoft.resourcegraph/resources")
}

fn resource_graph(ask: &Ask<'_>, items: &List<'_>, field: &str, cut: Cut) -> Result<Response, Refusal> {
    let options = &ask.json()["options"];
    let from = match options["$skipToken"].as_str() {
        Some(token) => position(token).ok_or_else(bad_token)?,
        None => 0,
    };
    let wanted = options["$top"].as_u64().and_then(|top| usize::try_from(top).ok());
    let (shown, next) = slice(items.len(), from, wanted, cut);
    let mut body = Body::default();
    body.put("totalRecords", &json!(items.len()));
    body.put("count", &json!(shown.len()));
    body.put_text(field, &items.json(shown));
    body.put("facets", &json!([]));
    body.put("resultTruncated", &json!("false"));
    if let Some(at) = next {
        body.put("$skipToken", &json!(format!("sample-{at}")));
    }
    Ok(Response { is_page: true, ..ask.reply_with(200, body.end()) })
}
