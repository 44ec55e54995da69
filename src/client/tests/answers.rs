//! One call: which answers are taken, repeated or refused.

use std::time::Duration;

use axum::body::{Body, Bytes};
use futures::stream;

use super::super::{CallErrorKind, Limit, Limits, Rate};
use super::{Server, answer, arm, quick, secret_of};

/// An answer by a short name.
fn play(name: &str) -> axum::response::Response {
    let json = r#"{"value":[]}"#;
    match name {
        "ok" => answer(200, &[("x-ms-request-id", "r-ok"), ("date", "Thu, 01 Oct 2026 10:00:00 GMT")], json),
        "ok, retry-after 14 days" => answer(200, &[("retry-after", "1209600")], json),
        "byte order mark" => answer(200, &[], format!("\u{feff}{json}")),
        "204" => answer(204, &[], ""),
        "429" => answer(429, &[("retry-after-ms", "1")], r#"{"error":{"code":"TooManyRequests","message":"slow"}}"#),
        "429, 14 days" => answer(429, &[("retry-after", "1209600")], r#"{"error":{"code":"TooManyRequests"}}"#),
        "401" => answer(401, &[], r#"{"error":{"code":"ExpiredAuthenticationToken","message":"past"}}"#),
        "403" => answer(
            403,
            &[("x-ms-request-id", "r-403")],
            r#"{"error":{"code":"AuthorizationFailed","message":"The client has no right."}}"#,
        ),
        "html" => answer(200, &[], "<html><title>Proxy login</title></html>"),
        "empty" => answer(200, &[], ""),
        "json that ends" => answer(200, &[], r#"{"value":[{"id":"#),
        "cut off" => {
            let part = stream::iter([Ok::<_, std::io::Error>(Bytes::from_static(b"{\"value\":["))]);
            answer(200, &[("content-length", "500")], Body::from_stream(part))
        }
        "redirect away" => answer(302, &[("location", "https://evil.example/steal?x=1")], ""),
        "redirect home" => answer(307, &[("location", "/other")], ""),
        status => answer(status.parse().expect("a status"), &[], "upstream"),
    }
}

/// Plays the answers in order, the last one for ever; `expected` is the status, or kind, status and code.
async fn check(
    script: &'static [&'static str],
    expected: Result<u16, (CallErrorKind, Option<u16>, Option<&str>)>,
    n: u64,
) {
    let server = Server::start(move |n, _| play(script[n.min(script.len() - 1)])).await;
    let result = server.client().call(&arm("/subscriptions")).await;
    let cost = result.as_ref().map_or_else(|error| error.cost, |answer| answer.cost);
    let got = result.as_ref().map(|answer| answer.status);
    let got = got.map_err(|error| (error.kind, error.status, error.code.as_deref()));
    assert_eq!(got, expected, "{script:?}");
    assert_eq!((cost.requests, cost.retries), (n, n - 1), "{script:?}");
    assert_eq!(server.asked().len() as u64, n, "{script:?}");
    assert!(cost.waited_ms < 200, "{script:?} waited {} ms", cost.waited_ms);
}

#[tokio::test]
async fn answers_and_attempts() {
    use CallErrorKind::{ForeignHost, NotJson, Refused, Throttled, Unavailable};
    check(&["ok"], Ok(200), 1).await;
    check(&["204"], Ok(204), 1).await;
    check(&["byte order mark"], Ok(200), 1).await;
    check(&["ok, retry-after 14 days"], Ok(200), 1).await;
    for transient in ["408", "429", "500", "502", "503", "504", "cut off", "json that ends", "html", "empty", "401"] {
        let script = Box::leak(Box::new([transient, "ok"]));
        check(script, Ok(200), 2).await;
    }
    check(&["429"], Err((Throttled, Some(429), Some("TooManyRequests"))), 3).await;
    check(&["503"], Err((Throttled, Some(503), None)), 3).await;
    check(&["500"], Err((Unavailable, Some(500), None)), 3).await;
    check(&["cut off"], Err((Unavailable, None, None)), 3).await;
    check(&["json that ends"], Err((Unavailable, Some(200), None)), 3).await;
    check(&["html"], Err((NotJson, Some(200), None)), 2).await;
    check(&["empty"], Err((NotJson, Some(200), None)), 2).await;
    check(&["429, 14 days"], Err((Throttled, Some(429), Some("TooManyRequests"))), 1).await;
    check(&["403"], Err((Refused, Some(403), Some("AuthorizationFailed"))), 1).await;
    check(&["404"], Err((Refused, Some(404), None)), 1).await;
    check(&["501"], Err((Refused, Some(501), None)), 1).await;
    check(&["401"], Err((Refused, Some(401), Some("ExpiredAuthenticationToken"))), 2).await;
    check(&["redirect away"], Err((ForeignHost, Some(302), None)), 1).await;
    check(&["redirect home"], Err((Refused, Some(307), None)), 1).await;
}

#[tokio::test]
async fn an_answer_tells_where_it_is_from() {
    let server = Server::start(|_, _| play("ok")).await;
    let mut request = arm("/subscriptions/a b/100%/x%2Fy#?");
    request.query.push(("$filter".to_owned(), "name eq 'a,b' and (c+d)".to_owned()));
    request.query.push(("$skiptoken".to_owned(), "abc".to_owned()));
    let answer = server.client().call(&request).await.expect("an answer");
    let base = server.base.as_str();
    assert_eq!(
        answer.url,
        format!(
            "{base}arm/subscriptions/a%20b/100%25/x%2Fy%23%3F?api-version=2026-01-01\
             &$filter=name%20eq%20'a,b'%20and%20(c%2Bd)&$skiptoken=[redacted]"
        )
    );
    assert_eq!(
        server.asked()[0].target,
        "/arm/subscriptions/a%20b/100%25/x%2Fy%23%3F?api-version=2026-01-01\
         &$filter=name%20eq%20%27a,b%27%20and%20(c%2Bd)&$skiptoken=abc"
    );
    assert_eq!(answer.date.as_deref(), Some("Thu, 01 Oct 2026 10:00:00 GMT"));
    assert_eq!(answer.request_id.as_deref(), Some("r-ok"));
    assert_eq!(answer.cost.bytes, 12);
}

#[tokio::test]
async fn an_error_reads_well() {
    let server = Server::start(|_, _| play("403")).await;
    let error = server.client().call(&arm("/subscriptions")).await.expect_err("a refusal");
    let base = server.base.as_str();
    assert_eq!(
        error.to_string(),
        format!("GET {base}arm/subscriptions: 403 AuthorizationFailed: The client has no right. (request id r-403)")
    );
}

#[tokio::test]
async fn nobody_listens() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    drop(listener);
    let server = Server::start(|_, _| play("ok")).await;
    let mut endpoints = server.endpoints();
    endpoints.arm.set_port(Some(port)).expect("a port");
    let client = super::Client::new(endpoints, super::Cloud::Public, secret_of("x"), quick()).expect("a client");
    let error = client.call(&arm("/subscriptions")).await.expect_err("no answer");
    assert_eq!((error.kind, error.cost.requests), (CallErrorKind::Unavailable, 3));
    assert!(error.to_string().contains("refused"), "{error}");
}

#[tokio::test]
async fn a_bucket_makes_callers_wait() {
    let server = Server::start(|_, _| play("ok")).await;
    let mut options = quick();
    let rate = Rate::Refill { depth: 1, per_second: 100.0 };
    options.limits =
        Limits { providers: vec![Limit { provider: "*", kind: None, tenant_wide: false, rate }], ..Limits::default() };
    let client = server.client_with(secret_of("x"), options);
    let request = arm("/subscriptions");
    let mut waited = 0;
    for _ in 0..3 {
        waited += client.call(&request).await.expect("an answer").cost.waited_ms;
    }
    assert!((10..200).contains(&waited), "{waited} ms");
}

#[tokio::test]
async fn a_throttled_bucket_holds_other_callers() {
    let server =
        Server::start(|n, _| if n == 0 { answer(429, &[("retry-after-ms", "30")], "{}") } else { play("ok") }).await;
    let client = server.client();
    let (first, second) = (arm("/first"), arm("/second"));
    let later = async {
        tokio::time::sleep(Duration::from_millis(10)).await;
        client.call(&second).await
    };
    let (first, second) = tokio::join!(client.call(&first), later);
    let (first, second) = (first.expect("an answer").cost, second.expect("an answer").cost);
    assert_eq!((first.requests, second.requests), (2, 1));
    assert!(first.waited_ms >= 30, "{first:?}");
    assert!(second.waited_ms >= 5, "{second:?}");
}
