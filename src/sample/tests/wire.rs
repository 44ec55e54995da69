//! The same over a real socket on loopback.

use super::*;
use std::time::{Duration, Instant};

fn client() -> reqwest::Client {
    // Plain http needs no roots, but the client wants a provider.
    drop(rustls::crypto::ring::default_provider().install_default());
    reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap()
}

async fn token(client: &reqwest::Client, base: &str, resource: &str) -> String {
    let scope = format!("{resource}/.default");
    let form = [("grant_type", "client_credentials"), ("client_id", "c"), ("client_secret", "s"), ("scope", &scope)];
    let answer = client.post(format!("{base}/{TENANT}/oauth2/v2.0/token")).form(&form).send().await.unwrap();
    answer.json::<Value>().await.unwrap()["access_token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_list_over_the_wire() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/contoso/2026-10-01");
    let running = serve(Catalog::bundled(), Options { dir, page_size: 5, ..Options::default() }).await.unwrap();
    assert_eq!(running.tenant().id(), TENANT);
    let (client, base) = (client(), running.base_url());
    let arm = token(&client, &base, "https://management.azure.com").await;
    let mut url = format!("{base}/arm/subscriptions/{PROD}/resources?api-version={}", version("azure_resource"));
    let mut items = 0;
    loop {
        let answer = client.get(&url).bearer_auth(&arm).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        assert!(answer.headers().contains_key("x-ms-request-id") && answer.headers().contains_key("date"));
        assert_eq!(answer.headers()["x-ms-ratelimit-remaining-subscription-reads"], "249");
        let body = answer.json::<Value>().await.unwrap();
        items += body["value"].as_array().unwrap().len();
        match body["nextLink"].as_str() {
            Some(next) => next.clone_into(&mut url),
            None => break,
        }
    }
    let summary = running.summary();
    assert!(items > 10, "{items}");
    assert_eq!(summary.pages, items.div_ceil(5) as u64);
    assert_eq!((summary.requests, summary.by_status.get(&200)), (summary.pages + 1, Some(&(summary.pages + 1))));
    let users = client.get(format!("{base}/v1.0/users")).send().await.unwrap();
    assert_eq!((users.status().as_u16(), users.headers().contains_key("www-authenticate")), (401, true));
    running.stop().await;
    assert!(client.get(&base).send().await.is_err(), "nothing listens any more");
}

#[tokio::test]
async fn faults_over_the_wire() {
    let options = Options {
        throttle_every: 2,
        drop_every: 3,
        fail_every: 5,
        latency_ms: 20,
        retry_after: 0,
        ..Options::default()
    };
    let running = serve_tenant(small(&[]), options).await.unwrap();
    let (client, base) = (client(), running.base_url());
    let graph = token(&client, &base, "https://graph.microsoft.com").await;
    let start = Instant::now();
    let mut told = Vec::new();
    for _ in 0..5 {
        let answer = client.get(format!("{base}/v1.0/users")).bearer_auth(&graph).send().await;
        told.push(match answer {
            Err(_) => "no answer".to_owned(),
            Ok(answer) => {
                let (status, after) = (answer.status().as_u16(), answer.headers().get("retry-after").cloned());
                match answer.bytes().await {
                    Ok(_) => {
                        after.map_or(status.to_string(), |after| format!("{status} after {}", after.to_str().unwrap()))
                    }
                    Err(_) => format!("{status} cut off"),
                }
            }
        });
    }
    assert_eq!(told, ["200", "429 after 0", "200 cut off", "429 after 0", "500"]);
    assert!(start.elapsed() >= Duration::from_millis(100));
    assert_eq!(running.summary().by_status.get(&429), Some(&2));
    running.stop().await;
}

#[tokio::test]
async fn only_this_machine_and_one_at_a_port() {
    let running = serve_tenant(small(&[]), Options::default()).await.unwrap();
    assert!(running.base_url().starts_with("http://127.0.0.1:"));
    let again = serve_tenant(small(&[]), Options { port: running.port(), ..Options::default() }).await;
    assert_eq!(again.err().unwrap().to_string(), format!("cannot listen on 127.0.0.1:{}", running.port()));
    let client = client();
    let host = |name: &str| format!("{name}:{}", running.port());
    for (name, expected) in [(host("localhost"), host("localhost")), ("evil.example".to_owned(), host("127.0.0.1"))] {
        let request = client.get(format!("{}/{TENANT}/v2.0/.well-known/openid-configuration", running.base_url()));
        let body = request.header("host", name).send().await.unwrap().json::<Value>().await.unwrap();
        assert_eq!(body["token_endpoint"], format!("http://{expected}/{TENANT}/oauth2/v2.0/token").as_str());
    }
}
