//! Batches: each part has an answer of its own, and what may go better is sent again alone.

use std::time::Duration;

use serde_json::{Value, json};

use super::super::{Audience, CallErrorKind, ClientOptions, Request};
use super::{Server, answer, arm, quick, secret_of};

fn graph(path: &str) -> Request {
    let mut request = arm(path);
    request.audience = Audience::Graph;
    request.query = vec![("$top".to_owned(), "2".to_owned())];
    request
}

/// A part: its id, status, headers and body.
fn part(id: &str, status: u16, headers: &Value, body: &Value) -> Value {
    json!({ "id": id, "status": status, "headers": headers, "body": body })
}

fn parts(parts: Vec<Value>) -> String {
    json!({ "responses": parts }).to_string()
}

fn asked_for(body: &str) -> Vec<String> {
    let body: Value = serde_json::from_str(body).expect("a batch");
    let requests = body["requests"].as_array().expect("requests").iter();
    requests
        .map(|one| format!("{} {}", one["id"].as_str().unwrap_or("?"), one["url"].as_str().unwrap_or("?")))
        .collect()
}

#[tokio::test]
async fn parts_are_answered_apart() {
    let server = Server::start(|n, _| {
        let refused = json!({ "error": { "code": "Authorization_RequestDenied", "message": "no" } });
        let later = json!({ "error": { "code": "TooManyRequests", "message": "slow down" } });
        let body = match n {
            // The second part asks to wait, the fourth is missing, and they come in any order.
            0 => parts(vec![
                part("2", 403, &json!({ "request-id": "r2" }), &refused),
                part("1", 429, &json!({ "Retry-After": 0 }), &later),
                part("0", 200, &json!({}), &json!({ "value": [{ "n": 1 }] })),
            ]),
            1 => parts(vec![
                part("3", 200, &json!({}), &json!({ "value": [] })),
                part("1", 200, &json!({}), &json!({ "value": [1], "@odata.nextLink": "/graph/v1.0/more" })),
            ]),
            _ => r#"{"value":[2]}"#.to_owned(),
        };
        answer(200, &[], body)
    })
    .await;
    let client = server.client();
    let requests: Vec<Request> =
        ["a", "b", "c", "d"].iter().map(|id| graph(&format!("/v1.0/groups/{id}/members"))).collect();
    let mut found = client.batch(&requests).await.expect("answers");
    let kinds: Vec<_> = found
        .iter()
        .map(|one| {
            one.as_ref().map(|answer| answer.body.len()).map_err(|error| (error.status, error.request_id.clone()))
        })
        .collect();
    assert_eq!(kinds, [Ok(19), Ok(50), Err((Some(403), Some("r2".to_owned()))), Ok(12)]);
    let asked = server.asked();
    assert_eq!(asked[0].target, "/graph/v1.0/$batch");
    assert_eq!(
        asked_for(&asked[0].body),
        ["a", "b", "c", "d"]
            .iter()
            .enumerate()
            .map(|(n, id)| format!("{n} /groups/{id}/members?$top=2"))
            .collect::<Vec<_>>()
    );
    assert_eq!(asked_for(&asked[1].body), ["1 /groups/b/members?$top=2", "3 /groups/d/members?$top=2"]);
    // What a part links to is a list like any other.
    let first = found.remove(1).expect("the second part");
    assert_eq!((first.cost.requests, first.cost.retries), (1, 1));
    let mut pages = client.pages_from(requests[1].clone(), "value", first);
    let mut items = Vec::new();
    while let Some(page) = pages.next().await {
        items.extend(page.expect("a page").items.iter().map(|item| item.get().to_owned()));
    }
    assert_eq!(items, ["1", "2"]);
}

#[tokio::test]
async fn a_part_that_stays_throttled_is_given_up() {
    let server = Server::start(|_, asked| {
        let later = json!({ "error": { "code": "TooManyRequests", "message": "slow down" } });
        let ids = asked_for(&asked.body);
        let parts_of = ids.iter().map(|one| {
            let id = one.split(' ').next().unwrap_or_default();
            if id == "1" {
                part(id, 429, &json!({}), &later)
            } else {
                part(id, 200, &json!({}), &json!({ "value": [] }))
            }
        });
        answer(200, &[], parts(parts_of.collect()))
    })
    .await;
    let client = server.client_with(secret_of("s"), ClientOptions { max_attempts: 3, ..quick() });
    let found = client.batch(&[graph("/v1.0/a"), graph("/v1.0/b")]).await.expect("answers");
    assert!(found[0].is_ok());
    let error = found[1].as_ref().expect_err("no answer");
    assert_eq!((error.kind, error.status), (CallErrorKind::Throttled, Some(429)));
    assert_eq!(server.asked().len(), 3);
    assert!(Duration::from_millis(error.cost.waited_ms) < Duration::from_secs(5));
}

#[tokio::test]
async fn a_refused_batch_says_nothing_of_its_parts() {
    let server =
        Server::start(|_, _| answer(404, &[], r#"{"error":{"code":"BadRequest","message":"no batches"}}"#)).await;
    let error = server.client().batch(&[graph("/v1.0/a"), graph("/v1.0/b")]).await.expect_err("refused");
    assert_eq!((error.kind, error.status), (CallErrorKind::Refused, Some(404)));
    let server = Server::start(|_, _| answer(200, &[], r#"{"value":[]}"#)).await;
    let error = server.client().batch(&[graph("/v1.0/a")]).await.expect_err("no batch");
    assert_eq!(error.kind, CallErrorKind::NotJson);
}
