//! Lists: next links in all their forms, and the ones that must not be followed.

use super::super::{Audience, CallErrorKind, Client, Method, Request};
use super::{Server, answer, arm};

/// Reads the whole list: items of each page, `is_last` of each, and the error at the end.
async fn list(server: &Server, request: Request) -> (Vec<String>, Vec<bool>, Option<(CallErrorKind, String)>) {
    let mut pages = server.client().pages(request, "value");
    let (mut items, mut lasts) = (Vec::new(), Vec::new());
    while let Some(page) = pages.next().await {
        match page {
            Ok(page) => {
                lasts.push(page.is_last);
                items.extend(page.items.iter().map(|item| item.get().to_owned()));
            }
            Err(error) => {
                assert!(pages.next().await.is_none(), "nothing comes after an error");
                return (items, lasts, Some((error.kind, error.message)));
            }
        }
    }
    (items, lasts, None)
}

#[tokio::test]
async fn links_are_followed_to_the_end() {
    let server = Server::start(|n, asked| {
        let body = match n {
            // Absolute, and under another prefix than the first page.
            0 => format!(r#"{{"value":[1],"nextLink":"http://{}/elsewhere?$skiptoken=a"}}"#, asked.host),
            1 => r#"{"value":[],"@odata.nextLink":"/arm/relative?page=3"}"#.to_owned(),
            2 => r#"{"odata.nextLink":"?page=4","value":[{"n":1.50}]}"#.to_owned(),
            3 => r#"{"value":[4],"nextLink":"last"}"#.to_owned(),
            _ => r#"{"value":[],"nextLink":null}"#.to_owned(),
        };
        answer(200, &[], body)
    })
    .await;
    let (items, lasts, error) = list(&server, arm("/a/first")).await;
    assert_eq!(items, ["1", r#"{"n":1.50}"#, "4"]);
    assert_eq!(lasts, [false, false, false, false, true]);
    assert_eq!(error, None);
    let targets: Vec<_> = server.asked().into_iter().map(|asked| asked.target).collect();
    assert_eq!(
        targets,
        [
            "/arm/a/first?api-version=2026-01-01",
            "/elsewhere?$skiptoken=a",
            "/arm/relative?page=3",
            "/arm/relative?page=4",
            "/arm/last"
        ]
    );
}

#[tokio::test]
async fn posts_are_repeated() {
    let server = Server::start(|n, _| {
        answer(200, &[], if n == 0 { r#"{"value":[1],"nextLink":"/arm/p2"}"# } else { r#"{"value":[2]}"# })
    })
    .await;
    let request = Request { method: Method::POST, body: Some(serde_json::json!({"q": 1})), ..arm("/p1") };
    let (items, ..) = list(&server, request).await;
    assert_eq!(items, ["1", "2"]);
    for asked in server.asked() {
        assert_eq!((asked.method.as_str(), asked.body.as_str()), ("POST", r#"{"q":1}"#));
    }
}

#[tokio::test]
async fn skip_tokens_are_sent_in_the_body() {
    let server = Server::start(|n, _| {
        answer(200, &[], if n == 0 { r#"{"value":[1],"$skipToken":"t"}"# } else { r#"{"value":[2]}"# })
    })
    .await;
    let request = Request { method: Method::POST, body: Some(serde_json::json!({"query": "q"})), ..arm("/g") };
    assert_eq!(list(&server, request).await.0, ["1", "2"]);
    assert_eq!(server.asked()[1].body, r#"{"query":"q","options":{"$skipToken":"t"}}"#);
}

#[tokio::test]
async fn links_that_are_not_followed() {
    use CallErrorKind::{ForeignHost, LoopingLink, NotJson};
    for (link, kind, n_asked) in [
        ("/arm/first?api-version=2026-01-01", LoopingLink, 1),
        ("/arm/second", LoopingLink, 2),
        ("https://evil.example/arm/second", ForeignHost, 1),
        ("//evil.example/arm/second", ForeignHost, 1),
        ("http://127.0.0.1:1/arm/second", ForeignHost, 1),
        ("https://SELF/arm/second", ForeignHost, 1),
        ("http://user:pass@SELF/arm/second", ForeignHost, 1),
        ("http://localhost:1/", ForeignHost, 1),
        ("file:///etc/passwd", ForeignHost, 1),
        ("http://[bad", ForeignHost, 1),
    ] {
        let server = Server::start(move |_, asked| {
            let link = link.replace("SELF", &asked.host);
            answer(200, &[], format!(r#"{{"value":[1],"nextLink":"{link}"}}"#))
        })
        .await;
        let (items, lasts, error) = list(&server, arm("/first")).await;
        assert_eq!(error.map(|(kind, _)| kind), Some(kind), "{link}");
        assert_eq!((items.len(), server.asked().len()), (n_asked, n_asked), "{link}");
        assert!(!lasts.contains(&true), "{link}");
    }
    let server = Server::start(|_, _| answer(200, &[], r#"{"id":"an object"}"#)).await;
    let expected = (NotJson, "no `value` array in the answer".to_owned());
    assert_eq!(list(&server, arm("/first")).await.2, Some(expected));
}

#[tokio::test]
async fn a_page_that_fails_ends_the_list() {
    let server = Server::start(|n, _| match n {
        0 => answer(200, &[], r#"{"value":[1],"nextLink":"/arm/2"}"#),
        _ => answer(403, &[], r#"{"error":{"code":"Denied","message":"m"}}"#),
    })
    .await;
    let (items, lasts, error) = list(&server, arm("/1")).await;
    assert_eq!((items.len(), lasts), (1, vec![false]));
    assert_eq!(error, Some((CallErrorKind::Refused, "m".to_owned())));
}

#[tokio::test]
async fn graph_has_its_own_place_and_token() {
    let server = Server::start(|_, _| answer(200, &[], r#"{"value":[]}"#)).await;
    let client = server.client();
    let mut request = arm("/v1.0/users");
    client.call(&request).await.expect("an answer");
    request.audience = Audience::Graph;
    client.call(&request).await.expect("an answer");
    let asked = server.asked();
    assert!(asked[1].target.starts_with("/graph/v1.0/users"), "{asked:?}");
    assert_ne!(asked[0].bearer, asked[1].bearer);
    let scopes: Vec<_> = server.sign_ins().iter().map(|asked| asked.body.contains("graph.microsoft.com")).collect();
    assert_eq!(scopes, [false, true]);
}

/// Lists and calls run in tasks of their own.
#[test]
fn work_may_move_between_threads() {
    fn check<T: Send>(_: impl FnOnce(Client) -> T) {}
    check(|client| async move { client.call(&arm("/x")).await });
    check(|client| async move { client.pages(arm("/x"), "value").next().await });
    check(|client| async move { client.principal(&Audience::Arm).await });
}
