//! Several principals: who is admitted takes turns, and what one is refused the first is asked again.

use super::super::{Client, Cloud, CredentialSpec, Limits, Rate, Secret, Share};
use super::{Server, answer, arm, quick};
use std::time::Duration;

/// A server whose tokens are `app-1`, `app-2` and so on, after the ids of the applications.
async fn server(play: impl Fn(usize, &super::Asked) -> axum::response::Response + Send + Sync + 'static) -> Server {
    let sign_in = |_, asked: &super::Asked| {
        let id = asked.body.split('&').find_map(|pair| pair.strip_prefix("client_id=")).unwrap_or("?").to_owned();
        let body =
            format!(r#"{{"token_type":"Bearer","expires_in":3600,"ext_expires_in":3600,"access_token":"{id}"}}"#);
        answer(200, &[], body)
    };
    Server::with_sign_in(sign_in, play).await
}

fn client(server: &Server, limits: Limits) -> Client {
    let credential = |n: usize| CredentialSpec::ClientSecret {
        tenant: "contoso.example".to_owned(),
        client_id: format!("app-{n}"),
        secret: Secret::new("s"),
    };
    let options = super::super::ClientOptions { limits, ..quick() };
    Client::with_principals(server.endpoints(), Cloud::Public, (1..=2).map(credential).collect(), options)
        .expect("a client")
}

async fn ask(client: &Client, times: usize) -> Vec<Result<u16, Option<u16>>> {
    let mut ended = Vec::new();
    for _ in 0..times {
        ended.push(client.call(&arm("/a")).await.map(|answer| answer.status).map_err(|error| error.status));
    }
    ended
}

fn bearers(server: &Server) -> Vec<String> {
    server.asked().into_iter().map(|asked| asked.bearer).collect()
}

#[tokio::test]
async fn only_the_admitted_take_turns() {
    let server = server(|_, _| answer(200, &[], "{}")).await;
    let client = client(&server, Limits::default());
    ask(&client, 2).await;
    assert_eq!(bearers(&server), ["app-1", "app-1"]);
    client.admit(1, Share::Subscription("S1".to_lowercase()));
    ask(&client, 4).await;
    let later = &bearers(&server)[2..];
    assert_eq!(later, ["app-2", "app-2", "app-1", "app-2"], "the less used one comes first");
    ask(&client.acting_as(1), 1).await;
    assert_eq!(bearers(&server)[6], "app-2");
}

#[tokio::test]
async fn a_throttled_principal_hands_over() {
    let server = server(|_, asked| match asked.bearer.as_str() {
        "app-1" => answer(429, &[("retry-after", "60")], r#"{"error":{"code":"TooManyRequests"}}"#),
        _ => answer(200, &[], "{}"),
    })
    .await;
    let limits = Limits { arm: Rate::Refill { depth: 100, per_second: 100.0 }, ..Limits::default() };
    let client = client(&server, limits);
    client.admit(1, Share::Subscription("s1".to_owned()));
    let from = std::time::Instant::now();
    assert_eq!(ask(&client, 3).await, [Ok(200); 3]);
    assert!(from.elapsed() < Duration::from_secs(5), "nobody waits for the minute of the first");
    assert_eq!(bearers(&server).iter().filter(|who| *who == "app-1").count(), 1);
}

#[tokio::test]
async fn a_refusal_is_the_first_ones() {
    let server = server(|_, asked| match asked.bearer.as_str() {
        "app-1" => answer(200, &[], "{}"),
        _ => answer(403, &[], r#"{"error":{"code":"AuthorizationFailed","message":"no"}}"#),
    })
    .await;
    let client = client(&server, Limits::default());
    client.admit(1, Share::Subscription("s1".to_owned()));
    assert_eq!(ask(&client, 2).await, [Ok(200); 2]);
    assert_eq!(bearers(&server).iter().filter(|who| *who == "app-1").count(), 2);
    assert_eq!(ask(&client.acting_as(1), 1).await, [Err(Some(403))]);
}

#[tokio::test]
async fn a_list_goes_on_as_who_began_it() {
    let server = server(|n, _| {
        answer(
            200,
            &[],
            if n % 3 == 2 { r#"{"value":[1]}"# } else { r#"{"value":[1],"nextLink":"/arm/next?n=@"}"# }
                .replace('@', &n.to_string()),
        )
    })
    .await;
    let client = client(&server, Limits::default());
    client.admit(1, Share::Subscription("s1".to_owned()));
    for _ in 0..2 {
        let mut pages = client.pages(arm("/list"), "value");
        while let Some(page) = pages.next().await {
            page.expect("a page");
        }
    }
    let asked = bearers(&server);
    assert_eq!(asked.len(), 6);
    assert!(asked[..3].iter().all(|who| *who == asked[0]), "{asked:?}");
    assert!(asked[3..].iter().all(|who| *who == asked[3] && *who != asked[0]), "{asked:?}");
}
