//! One request with all its retries.
//!
//! In goes a checked address, out comes a whole JSON answer or the error that ended the attempts. Every wait is
//! counted; a healthy answer is never followed by one, whatever `Retry-After` it carries.

use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, LOCATION};
use tokio::time::{Instant, sleep};
use url::Url;

use super::auth::Bearer;
use super::endpoint::{origin_of, shown_url};
use super::error::{CallError, CallErrorKind};
use super::principals::{Who, whose_turn};
use super::transport::{Reply, send};
use super::{Answer, Audience, Cost, Inner, Request, refusal, retry};

/// What to make of one attempt.
enum Step {
    Done(Answer),
    /// A 401: the token may have ended or been withdrawn.
    Renew(CallError),
    /// Another attempt may go better, after the time asked for.
    Again {
        error: CallError,
        asked: Option<Duration>,
        /// For a 429: its headers, by which the bucket is paused.
        throttled: Option<HeaderMap>,
    },
    /// A whole answer that is not JSON: something in between may have slipped, once.
    NotJson(CallError),
    Failed(CallError),
}

/// Waits and attempts so far.
#[derive(Default)]
struct Tally {
    cost: Cost,
    waited: Duration,
    /// Spent on attempts and own delays: what `give_up_after` bounds.
    spent: Duration,
    attempts: u32,
}

impl Tally {
    fn cost(&self) -> Cost {
        Cost { waited_ms: u64::try_from(self.waited.as_millis()).unwrap_or(u64::MAX), ..self.cost }
    }

    fn fail(&self, mut error: CallError) -> CallError {
        error.cost = self.cost();
        error
    }
}

impl Inner {
    /// Sends the request to an address that was checked, until there is an answer or no hope of one. `only` asks as one
    /// principal; else they take turns, and a refusal is the first one's.
    pub(super) async fn exchange(
        &self,
        request: &Request,
        url: &Url,
        body: Option<&Bytes>,
        mut only: Option<usize>,
    ) -> Result<Answer, CallError> {
        let mut who = only.unwrap_or_else(|| whose_turn(&self.principals, request, url));
        let scope = self.cloud.scope(&request.audience);
        let mut tally = Tally::default();
        let mut renewed = false;
        let mut not_json = 0;
        loop {
            let Who { tokens, throttle, .. } = &self.principals[who];
            let gates = throttle.gates(&request.bucket, url.path());
            tally.waited += gates.pass().await;
            let no_token = |tally: &Tally, error| tally.fail(blame(error, request, url));
            let bearer = match tokens.bearer(&scope, None).await {
                Ok(bearer) => bearer,
                Err(_) if who != 0 && only.is_none() => {
                    (who, only) = (0, Some(0));
                    continue;
                }
                Err(error) => return Err(no_token(&tally, error)),
            };

            tally.cost.retries += u64::from(tally.attempts > 0);
            tally.attempts += 1;
            tally.cost.requests += 1;
            let from = Instant::now();
            let step = self.attempt(request, url, body, &bearer).await;
            tally.spent += from.elapsed();
            let step = match step {
                Ok(reply) => {
                    tally.cost.bytes += reply.body.len() as u64;
                    gates.observe(&reply.headers);
                    self.judge(request, url, reply)
                }
                Err(step) => step,
            };

            let (error, asked, throttled) = match step {
                Step::Done(mut answer) => {
                    (answer.cost, answer.principal) = (tally.cost(), who);
                    return Ok(answer);
                }
                Step::Failed(error) | Step::Renew(error)
                    if who != 0 && only.is_none() && matches!(error.status, Some(401 | 403 | 404)) =>
                {
                    // What refused it once is not asked for it again.
                    (who, only, renewed) = (0, Some(0), false);
                    continue;
                }
                Step::Renew(error) if renewed => return Err(tally.fail(error)),
                Step::Renew(error) => {
                    renewed = true;
                    let newer = tokens.bearer(&scope, Some(bearer.generation)).await;
                    if newer.map_err(|error| no_token(&tally, error))?.generation == bearer.generation {
                        return Err(tally.fail(error));
                    }
                    continue;
                }
                Step::NotJson(error) if not_json > 0 => return Err(tally.fail(error)),
                Step::NotJson(error) => {
                    not_json += 1;
                    (error, None, None)
                }
                Step::Again { error, asked, throttled } => (error, asked, throttled),
                Step::Failed(error) => return Err(tally.fail(error)),
            };
            let delay = retry::delay(&self.options, tally.attempts, asked);
            if let Some(headers) = &throttled {
                gates.pause(delay, headers, error.code.as_deref());
            }
            let next = only.unwrap_or_else(|| whose_turn(&self.principals, request, url));
            if throttled.is_some() && tally.attempts < self.options.max_attempts && next != who {
                // Another principal need not wait for what this one has used up; its own gate paces it.
                who = next;
                continue;
            }
            if tally.attempts >= self.options.max_attempts || tally.spent + delay > self.options.give_up_after {
                return Err(tally.fail(error));
            }
            tracing::debug!(url = %error.url, error = %error, ?delay, "trying again");
            sleep(delay).await;
            tally.spent += delay;
            tally.waited += delay;
        }
    }

    async fn attempt(
        &self,
        request: &Request,
        url: &Url,
        body: Option<&Bytes>,
        bearer: &Bearer,
    ) -> Result<Reply, Step> {
        let mut sending = self.web.for_url(url).request(request.method.clone(), url.clone());
        let wanted = if request.storage_version.is_some() { "application/xml" } else { "application/json" };
        sending = sending.bearer_auth(bearer.secret.expose()).header(ACCEPT, wanted);
        if let Some(body) = body {
            sending = sending.header(CONTENT_TYPE, "application/json").body(body.clone());
        }
        if let Some(version) = &request.storage_version {
            let now = httpdate::fmt_http_date(retry::wall_clock());
            sending = sending.header("x-ms-version", version).header("x-ms-date", now);
        }
        if request.audience == Audience::Graph && is_advanced_query(url) {
            sending = sending.header("ConsistencyLevel", "eventual");
        }
        send(sending).await.map_err(|snag| {
            let error = blame(CallError::new(CallErrorKind::Unavailable, snag.message), request, url);
            if snag.retryable { Step::Again { error, asked: None, throttled: None } } else { Step::Failed(error) }
        })
    }

    fn judge(&self, request: &Request, url: &Url, reply: Reply) -> Step {
        let status = reply.status;
        if (200..300).contains(&status) {
            return accept(request, url, reply);
        }
        let refusal = refusal::read(&reply.body);
        let mut error = blame(CallError::new(CallErrorKind::Refused, ""), request, url);
        error.status = Some(status);
        error.code = refusal.code;
        error.inner_code = refusal.inner_code;
        error.message = refusal.message;
        error.request_id = refusal::request_id(&reply.headers).or(refusal.request_id);
        if (300..400).contains(&status) {
            return self.redirect(request, url, &reply, error);
        }
        if status == 401 {
            return Step::Renew(error);
        }
        if !retry::is_retryable(status) {
            return Step::Failed(error);
        }
        error.kind = if matches!(status, 429 | 503) { CallErrorKind::Throttled } else { CallErrorKind::Unavailable };
        let asked = retry::retry_after(&reply.headers);
        let throttled = (status == 429).then_some(reply.headers);
        Step::Again { error, asked, throttled }
    }

    /// Redirects are not followed: one that leads away is told apart from one that stays.
    fn redirect(&self, request: &Request, url: &Url, reply: &Reply, mut error: CallError) -> Step {
        let location = reply.headers.get(LOCATION).and_then(|location| location.to_str().ok());
        match location.map(|location| url.join(location)) {
            Some(Ok(target)) if self.endpoints.allows(self.cloud, &request.audience, &target) => {
                error.message = format!("redirect to {}, which is not followed", target.path());
            }
            Some(target) => {
                error.kind = CallErrorKind::ForeignHost;
                let target = target.map_or_else(|_| "an unreadable address".to_owned(), |target| origin_of(&target));
                error.message = format!("redirect to {target}, which is not the endpoint; not followed");
            }
            None => {}
        }
        Step::Failed(error)
    }
}

/// Takes a 2xx answer if its body is whole JSON.
fn accept(request: &Request, url: &Url, reply: Reply) -> Step {
    // Some providers put a byte order mark before their JSON.
    let body = if reply.body.starts_with(b"\xef\xbb\xbf") { reply.body.slice(3..) } else { reply.body };
    let request_id = refusal::request_id(&reply.headers);
    let status = reply.status;
    let without_body = body.is_empty() && matches!(status, 202 | 204);
    // XML is read by whoever asked for it.
    let xml = request.storage_version.is_some() && body.first() == Some(&b'<');
    if !without_body
        && !xml
        && let Err(problem) = serde_json::from_slice::<serde::de::IgnoredAny>(&body)
    {
        let mut error = blame(CallError::new(CallErrorKind::NotJson, ""), request, url);
        error.status = Some(status);
        error.request_id = request_id;
        // JSON that just ends was cut off on the way, by whoever announced no length.
        if problem.is_eof() && !body.is_empty() {
            error.kind = CallErrorKind::Unavailable;
            error.message = "the answer was cut off".to_owned();
            return Step::Again { error, asked: None, throttled: None };
        }
        let quote = refusal::read(&body).message;
        error.message = if quote.is_empty() {
            "the answer is empty".to_owned()
        } else {
            format!("the answer is not JSON: {quote}")
        };
        return Step::NotJson(error);
    }
    let date = reply.headers.get("date").and_then(|date| date.to_str().ok()).map(str::to_owned);
    Step::Done(Answer { status, body, url: shown_url(url), date, request_id, cost: Cost::default(), principal: 0 })
}

/// Graph answers `$count` and `$search` only from its eventually consistent store.
pub(super) fn is_advanced_query(url: &Url) -> bool {
    url.query_pairs().any(|(key, value)| key == "$search" || (key == "$count" && value == "true"))
}

/// Says in an error which request it is about.
pub(super) fn blame(mut error: CallError, request: &Request, url: &Url) -> CallError {
    request.method.as_str().clone_into(&mut error.method);
    error.url = shown_url(url);
    error
}
