//! Lists: follows next links and cuts each answer into its items, untouched.
//!
//! In goes a list request, out come pages of raw JSON items. A link to another host is not followed, a link already
//! followed ends the list with an error, and nothing of an answer is taken for an empty list that is not one.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use ring::digest::{SHA256, digest};
use serde_json::Value;
use serde_json::value::RawValue;
use url::Url;

use super::http::blame;
use super::{Answer, CallError, CallErrorKind, Client, Cost, Request};

/// One page of a list.
#[derive(Clone, Debug)]
pub struct Page {
    /// The items as received, number text and all.
    pub items: Vec<Box<RawValue>>,
    /// The address asked, with the values of secret query keys blanked.
    pub url: String,
    /// No link led on from here.
    pub is_last: bool,
    /// What this page took.
    pub cost: Cost,
    /// The `Date` header.
    pub date: Option<String>,
}

/// A list that is being read.
#[derive(Debug)]
pub struct Pages {
    client: Client,
    request: Request,
    items: String,
    next: Next,
    seen: BTreeSet<[u8; 32]>,
    empty_in_a_row: u32,
    /// It was the turn of another principal than the first.
    in_turn: bool,
}

/// What tells a page from another: its address and body.
fn hash_of(url: &Url, body: Option<&Bytes>) -> [u8; 32] {
    let asked = [url.as_str().as_bytes(), body.map_or(b"", |body| body)].join(&0);
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, &asked).as_ref());
    hash
}

fn is_refusal(error: &CallError) -> bool {
    error.kind == CallErrorKind::Token || matches!(error.status, Some(401 | 403 | 404))
}

#[derive(Debug)]
enum Next {
    First,
    /// The first page is there.
    Given(Box<Answer>),
    Ask(Url, Option<Bytes>),
    Fail(CallError),
    End,
}

/// Nothing but empty pages: the links may differ for ever.
const MAX_EMPTY: u32 = 1000;

impl Pages {
    pub(super) fn new(client: Client, request: Request, items: &str) -> Self {
        let items = items.to_owned();
        Self { client, request, items, next: Next::First, seen: BTreeSet::new(), empty_in_a_row: 0, in_turn: false }
    }

    pub(super) fn going_on(client: Client, request: Request, items: &str, first: Answer) -> Self {
        Self { next: Next::Given(Box::new(first)), ..Self::new(client, request, items) }
    }

    /// Reads the next page; none after the last, or after an error.
    pub async fn next(&mut self) -> Option<Result<Page, CallError>> {
        let (url, body) = match std::mem::replace(&mut self.next, Next::End) {
            Next::Given(answer) => {
                let url = match self.client.inner.address(&self.request) {
                    Ok(url) => url,
                    Err(error) => return Some(Err(error)),
                };
                self.seen.insert(hash_of(&url, None));
                return Some(self.cut(&url, None, *answer));
            }
            Next::First => match self.client.inner.address(&self.request) {
                Ok(url) => (url, self.request.body.as_ref().map(|body| Bytes::from(body.to_string()))),
                Err(error) => return Some(Err(error)),
            },
            Next::Ask(url, body) => (url, body),
            Next::Fail(error) => return Some(Err(error)),
            Next::End => return None,
        };
        Some(self.read(&url, body.as_ref()).await)
    }

    async fn read(&mut self, url: &Url, body: Option<&Bytes>) -> Result<Page, CallError> {
        let fail = |kind, message: &str| blame(CallError::new(kind, message), &self.request, url);
        if !self.seen.insert(hash_of(url, body)) {
            return Err(fail(CallErrorKind::LoopingLink, "the next link leads back to a page already read"));
        }
        let asked = self.client.inner.exchange(&self.request, url, body, self.client.only).await;
        let answer = match asked {
            Ok(answer) => answer,
            // Whoever took turns with the first may lose its rights half way; a refusal is the first one's.
            Err(error) if self.in_turn && is_refusal(&error) => {
                self.client = self.client.acting_as(0);
                self.in_turn = false;
                let mut again = self.client.inner.exchange(&self.request, url, body, Some(0)).await?;
                again.cost += error.cost;
                again
            }
            Err(error) => return Err(error),
        };
        self.cut(url, body, answer)
    }

    /// Cuts an answer into its items and finds how the list goes on.
    fn cut(&mut self, url: &Url, body: Option<&Bytes>, answer: Answer) -> Result<Page, CallError> {
        let fail = |kind, message: &str| blame(CallError::new(kind, message), &self.request, url);
        let listing = Listing::read(&answer.body, &self.items).map_err(|problem| {
            let mut error = fail(CallErrorKind::NotJson, &problem);
            error.status = Some(answer.status);
            error.request_id.clone_from(&answer.request_id);
            error.cost = answer.cost;
            error
        })?;
        // A link may hold only for whom it was given to, and a list must not change eyes half way.
        self.in_turn = self.client.only.is_none() && answer.principal != 0 || self.in_turn;
        self.client = self.client.acting_as(answer.principal);
        self.empty_in_a_row = if listing.items.is_empty() { self.empty_in_a_row + 1 } else { 0 };
        self.next = match listing.next {
            More::No => Next::End,
            _ if self.empty_in_a_row >= MAX_EMPTY => {
                Next::Fail(fail(CallErrorKind::LoopingLink, "a thousand empty pages in a row, each with a next link"))
            }
            More::Link(link) => {
                let inner = &self.client.inner;
                match inner.endpoints.follow(inner.cloud, &self.request.audience, url, &link) {
                    Ok(next) => Next::Ask(next, body.cloned()),
                    Err(foreign) => {
                        let mut error = fail(CallErrorKind::ForeignHost, &foreign.problem);
                        error.url = foreign.url;
                        Next::Fail(error)
                    }
                }
            }
            More::SkipToken(token) => Next::Ask(url.clone(), Some(with_skip_token(self.request.body.as_ref(), token))),
        };
        let is_last = matches!(self.next, Next::End);
        Ok(Page { items: listing.items, url: answer.url, is_last, cost: answer.cost, date: answer.date })
    }
}

/// How a page leads on.
#[derive(Debug, Eq, PartialEq)]
enum More {
    No,
    Link(String),
    /// Resource Graph's form: the token goes into the body of the next request.
    SkipToken(String),
}

struct Listing {
    items: Vec<Box<RawValue>>,
    next: More,
}

type Fields<'a> = BTreeMap<Cow<'a, str>, &'a RawValue>;

impl Listing {
    /// Cuts a body that is known to be JSON; `path` names the array (`value`, or `a.b`).
    fn read(body: &[u8], path: &str) -> Result<Self, String> {
        let missing = || format!("no `{path}` array in the answer");
        if body.trim_ascii_start().starts_with(b"[") {
            return Ok(Self { items: serde_json::from_slice(body).map_err(|_| missing())?, next: More::No });
        }
        let top: Fields<'_> = serde_json::from_slice(body).map_err(|_| missing())?;
        let mut next = more(&top)?;
        let raw = match top.get(path) {
            Some(raw) => *raw,
            None => {
                let (outer, key) = path.rsplit_once('.').ok_or_else(missing)?;
                let mut inner = top;
                for part in outer.split('.') {
                    inner = inner.get(part).and_then(|raw| object(raw)).ok_or_else(missing)?;
                }
                if next == More::No {
                    next = more(&inner)?;
                }
                inner.get(key).copied().ok_or_else(missing)?
            }
        };
        // `"value": null` is how some providers say that there are none.
        let items = if raw.get() == "null" { Vec::new() } else { array(raw).ok_or_else(missing)? };
        Ok(Self { items, next })
    }
}

fn object(raw: &RawValue) -> Option<Fields<'_>> {
    serde_json::from_str(raw.get()).ok()
}

fn array(raw: &RawValue) -> Option<Vec<Box<RawValue>>> {
    serde_json::from_str(raw.get()).ok()
}

fn more(fields: &Fields<'_>) -> Result<More, String> {
    for (key, raw) in fields {
        let is_link =
            ["nextLink", "@odata.nextLink", "odata.nextLink"].iter().any(|name| name.eq_ignore_ascii_case(key));
        if !is_link && key != "$skipToken" {
            continue;
        }
        // A link of another type is not taken for the end: rows would go missing without a word.
        let link: Option<String> = serde_json::from_str(raw.get()).map_err(|_| format!("`{key}` is not text"))?;
        match link {
            Some(link) if link.is_empty() => {}
            Some(link) if is_link => return Ok(More::Link(link)),
            Some(token) => return Ok(More::SkipToken(token)),
            None => {}
        }
    }
    Ok(More::No)
}

/// The request's body with `options.$skipToken` set.
fn with_skip_token(body: Option<&Value>, token: String) -> Bytes {
    let mut body =
        body.filter(|body| body.is_object()).cloned().unwrap_or_else(|| Value::Object(serde_json::Map::new()));
    if !body["options"].is_object() {
        body["options"] = Value::Object(serde_json::Map::new());
    }
    body["options"]["$skipToken"] = Value::String(token);
    Bytes::from(body.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(body: &str, path: &str, expected: Result<(&[&str], More), &str>) {
        let listing = Listing::read(body.as_bytes(), path);
        let seen = listing.as_ref().map(|l| l.items.iter().map(|item| item.get()).collect::<Vec<_>>());
        match (seen, expected) {
            (Ok(items), Ok((wanted, next))) => {
                assert_eq!(items, wanted, "{body}");
                assert_eq!(listing.map(|l| l.next), Ok(next), "{body}");
            }
            (Err(problem), Err(wanted)) => assert_eq!(problem, wanted, "{body}"),
            (seen, _) => panic!("{body}: {seen:?}"),
        }
    }

    #[test]
    fn shapes_of_lists() {
        let link = |to: &str| More::Link(to.to_owned());
        check(r#"{"value":[{"a":1.10},2e400]}"#, "value", Ok((&[r#"{"a":1.10}"#, "2e400"], More::No)));
        check(r#"{"value":[],"nextLink":"n"}"#, "value", Ok((&[], link("n"))));
        check(r#"{"value":[1],"nextLink":null}"#, "value", Ok((&["1"], More::No)));
        check(r#"{"value":[1],"nextLink":""}"#, "value", Ok((&["1"], More::No)));
        check(r#"{"@odata.nextLink":"n","value":[1]}"#, "value", Ok((&["1"], link("n"))));
        check(r#"{"odata.nextLink":"n","value":[1]}"#, "value", Ok((&["1"], link("n"))));
        check(r#"{"NextLink":"\u006e","value":[1]}"#, "value", Ok((&["1"], link("n"))));
        check(r#"{"nextLink":null,"@odata.nextLink":"n","value":[]}"#, "value", Ok((&[], link("n"))));
        check(" [ 1 , {} ] ", "value", Ok((&["1", "{}"], More::No)));
        check(r#"{"value":null}"#, "value", Ok((&[], More::No)));
        check(r#"{"a":{"b":[1],"nextLink":"n"}}"#, "a.b", Ok((&["1"], link("n"))));
        check(r#"{"a.b":[1]}"#, "a.b", Ok((&["1"], More::No)));
        check(r#"{"data":[1],"$skipToken":"t"}"#, "data", Ok((&["1"], More::SkipToken("t".to_owned()))));
        check(r#"{"id":"x"}"#, "value", Err("no `value` array in the answer"));
        check(r#"{"value":{}}"#, "value", Err("no `value` array in the answer"));
        check(r#"{"a":1}"#, "a.b", Err("no `a.b` array in the answer"));
        check("\"text\"", "value", Err("no `value` array in the answer"));
        check(r#"{"value":[],"nextLink":{}}"#, "value", Err("`nextLink` is not text"));
    }

    #[test]
    fn skip_tokens_go_into_the_body() {
        let body = serde_json::json!({"query": "q", "options": {"$top": 10}});
        let next = with_skip_token(Some(&body), "t".to_owned());
        assert_eq!(&next[..], br#"{"query":"q","options":{"$top":10,"$skipToken":"t"}}"#);
        assert_eq!(&with_skip_token(None, "t".to_owned())[..], br#"{"options":{"$skipToken":"t"}}"#);
    }
}
