//! Several reads of Microsoft Graph in one request (`$batch`): requests in, one answer each out.
//!
//! Every part has a status of its own: what is throttled or fails for a while is sent again, alone with the others that
//! were, and the rest is kept. Each part counts against Graph's limits as if it were sent alone, and is paced so. Nothing
//! is sent to another host than Graph's endpoint; what a part's address may be is checked as for any other request.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tokio::time::sleep;
use url::Url;

use super::endpoint::shown_url;
use super::http::{blame, is_advanced_query};
use super::principals::whose_turn;
use super::{Answer, CallError, CallErrorKind, Client, Cost, Method, Request, refusal, retry};

/// Requests that one batch may hold (Microsoft's limit).
pub const BATCH: usize = 20;

/// One part of a batch's answer.
#[derive(Deserialize)]
struct Part {
    id: String,
    status: u16,
    #[serde(default)]
    headers: BTreeMap<String, Value>,
    body: Option<Box<RawValue>>,
}

#[derive(Deserialize)]
struct Parts {
    responses: Vec<Part>,
}

/// A request of a batch, and what came of it so far.
struct Slot<'r> {
    request: &'r Request,
    url: Url,
    cost: Cost,
    ended: Option<Result<Answer, CallError>>,
    /// The last error of one that is to be sent again.
    last: Option<CallError>,
}

impl Client {
    /// Sends up to [`BATCH`] reads of Graph as one request, and gives what each was answered, in their order.
    ///
    /// What the whole cost stands with the first part of each sending.
    ///
    /// # Errors
    ///
    /// The batch itself was refused, or an address must not be asked: nothing is known of any part.
    pub async fn batch(&self, requests: &[Request]) -> Result<Vec<Result<Answer, CallError>>, CallError> {
        let mut slots = Vec::with_capacity(requests.len());
        for request in requests {
            let url = self.inner.address(request)?;
            slots.push(Slot { request, url, cost: Cost::default(), ended: None, last: None });
        }
        let Some(first) = requests.first() else { return Ok(Vec::new()) };
        let version = first.path.trim_start_matches('/').split('/').next().unwrap_or_default().to_owned();
        let outer =
            Request { method: Method::POST, path: format!("/{version}/$batch"), query: Vec::new(), ..first.clone() };
        let url = self.inner.address(&outer)?;
        let base = url.path().trim_end_matches("$batch").to_owned();
        let options = &self.inner.options;
        // One principal for the whole batch.
        let who = self.only.unwrap_or_else(|| whose_turn(&self.inner.principals, &outer, &url));
        let (mut attempt, mut spent) = (0, Duration::ZERO);
        loop {
            let open: Vec<usize> = (0..slots.len()).filter(|at| slots[*at].ended.is_none()).collect();
            let Some(&leader) = open.first() else { break };
            attempt += 1;
            let gates = self.inner.principals[who].throttle.gates(&first.bucket, slots[leader].url.path());
            // The batch itself passes once more.
            for _ in 1..open.len() {
                slots[leader].cost.waited_ms += millis(gates.pass().await);
            }
            let body = Bytes::from(body_of(&slots, &open, &base).to_string());
            let answer = match self.inner.exchange(&outer, &url, Some(&body), Some(who)).await {
                Ok(answer) => answer,
                Err(error) if attempt == 1 => return Err(error),
                // What was answered before stays.
                Err(error) => {
                    slots[leader].cost += error.cost;
                    for at in open {
                        slots[at].ended = Some(Err(blame(error.clone(), slots[at].request, &slots[at].url)));
                    }
                    break;
                }
            };
            slots[leader].cost += Cost { retries: u64::from(attempt > 1) + answer.cost.retries, ..answer.cost };
            let asked = match take_parts(&mut slots, &open, &answer) {
                Ok(asked) => asked,
                Err(error) if attempt == 1 => return Err(error),
                Err(error) => {
                    for at in open {
                        let slot = &mut slots[at];
                        if slot.ended.is_none() {
                            slot.ended = Some(Err(blame(error.clone(), slot.request, &slot.url)));
                        }
                    }
                    break;
                }
            };
            if slots.iter().all(|slot| slot.ended.is_some()) {
                break;
            }
            let delay = retry::delay(options, attempt, asked);
            gates.pause(delay, &HeaderMap::new(), None);
            if attempt >= options.max_attempts || spent + delay > options.give_up_after {
                break;
            }
            sleep(delay).await;
            spent += delay;
            slots[leader].cost.waited_ms += millis(delay);
        }
        let mut answers = Vec::with_capacity(slots.len());
        for slot in slots {
            let request = slot.request;
            let ended = slot.end();
            let refused = ended.as_ref().is_err_and(|error| matches!(error.status, Some(401 | 403 | 404)));
            // A refusal is the first principal's.
            if !refused || who == 0 || self.only.is_some() {
                answers.push(ended);
                continue;
            }
            let spent = match &ended {
                Ok(answer) => answer.cost,
                Err(error) => error.cost,
            };
            let mut again = self.acting_as(0).call(request).await;
            match &mut again {
                Ok(answer) => answer.cost += spent,
                Err(error) => error.cost += spent,
            }
            answers.push(again);
        }
        Ok(answers)
    }
}

impl Slot<'_> {
    fn end(self) -> Result<Answer, CallError> {
        let cost = self.cost;
        let gave_up = || Err(self.last.unwrap_or_else(|| CallError::new(CallErrorKind::Unavailable, "no answer")));
        match self.ended.unwrap_or_else(gave_up) {
            Ok(answer) => Ok(Answer { cost, ..answer }),
            Err(error) => Err(CallError { cost, ..error }),
        }
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// The batch's body: addresses are relative to the version.
fn body_of(slots: &[Slot<'_>], open: &[usize], base: &str) -> Value {
    let part = |at: &usize| {
        let url = &slots[*at].url;
        let path = url.path().strip_prefix(base).unwrap_or(url.path());
        let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
        let mut part = json!({ "id": at.to_string(), "method": "GET", "url": format!("/{path}{query}") });
        if is_advanced_query(url) {
            part["headers"] = json!({ "ConsistencyLevel": "eventual" });
        }
        part
    };
    json!({ "requests": open.iter().map(part).collect::<Vec<_>>() })
}

/// Takes what was answered; gives the longest time that a part asks to wait.
fn take_parts(slots: &mut [Slot<'_>], open: &[usize], answer: &Answer) -> Result<Option<Duration>, CallError> {
    let parts: Parts = serde_json::from_slice(&answer.body).map_err(|_| {
        let error = CallError::new(CallErrorKind::NotJson, "no `responses` array in the answer to a batch");
        CallError { url: answer.url.clone(), status: Some(answer.status), cost: answer.cost, ..error }
    })?;
    let mut parts: BTreeMap<String, Part> = parts.responses.into_iter().map(|part| (part.id.clone(), part)).collect();
    let mut asked = None;
    for &at in open {
        let slot = &mut slots[at];
        let Some(part) = parts.remove(&at.to_string()) else {
            let lacks = CallError::new(CallErrorKind::Unavailable, "the answer to the batch lacks this part");
            slot.last = Some(blame(lacks, slot.request, &slot.url));
            continue;
        };
        let headers = headers_of(&part.headers);
        let body = part.body.map(|body| Bytes::from(body.get().to_owned())).unwrap_or_default();
        if (200..300).contains(&part.status) {
            slot.ended = Some(Ok(Answer {
                status: part.status,
                body,
                url: shown_url(&slot.url),
                date: answer.date.clone(),
                request_id: refusal::request_id(&headers).or_else(|| answer.request_id.clone()),
                cost: Cost::default(),
                principal: answer.principal,
            }));
            continue;
        }
        let said = refusal::read(&body);
        let mut error = blame(CallError::new(CallErrorKind::Refused, said.message), slot.request, &slot.url);
        (error.status, error.code) = (Some(part.status), said.code);
        error.request_id = refusal::request_id(&headers).or(said.request_id).or_else(|| answer.request_id.clone());
        if retry::is_retryable(part.status) {
            let throttled = matches!(part.status, 429 | 503);
            error.kind = if throttled { CallErrorKind::Throttled } else { CallErrorKind::Unavailable };
            asked = asked.max(retry::retry_after(&headers));
            slot.last = Some(error);
        } else {
            slot.ended = Some(Err(error));
        }
    }
    Ok(asked)
}

fn headers_of(headers: &BTreeMap<String, Value>) -> HeaderMap {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let header = |(name, value): (&String, &Value)| {
        Some((HeaderName::from_bytes(name.as_bytes()).ok()?, HeaderValue::from_str(&text(value)).ok()?))
    };
    headers.iter().filter_map(header).collect()
}
