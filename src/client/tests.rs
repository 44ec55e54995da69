//! Plays Azure on loopback and checks what the client makes of it; nothing here waits longer than a few milliseconds.

mod answers;
mod batch;
mod lists;
mod places;
mod sign_in;
mod turns;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::response::Response;
use url::Url;

use super::{
    Audience, Bucket, CallKind, Client, ClientOptions, Cloud, CredentialSpec, Endpoints, Method, Request, Secret,
};

/// What a test server was asked.
#[derive(Clone, Debug)]
struct Asked {
    method: String,
    /// Path and query, as on the wire.
    target: String,
    bearer: String,
    /// Host and port, for links back.
    host: String,
    body: String,
}

type Play = dyn Fn(usize, &Asked) -> Response + Send + Sync;

/// A server on loopback that signs everybody in and answers the rest by a function of the call's number.
struct Server {
    base: Url,
    asked: Arc<Mutex<Vec<Asked>>>,
    sign_ins: Arc<Mutex<Vec<Asked>>>,
}

impl Server {
    async fn start(play: impl Fn(usize, &Asked) -> Response + Send + Sync + 'static) -> Self {
        Self::with_sign_in(|n, _| token_answer(n, 3600), play).await
    }

    async fn with_sign_in(
        sign_in: impl Fn(usize, &Asked) -> Response + Send + Sync + 'static,
        play: impl Fn(usize, &Asked) -> Response + Send + Sync + 'static,
    ) -> Self {
        let (sign_in, play): (Arc<Play>, Arc<Play>) = (Arc::new(sign_in), Arc::new(play));
        let asked = Arc::new(Mutex::new(Vec::new()));
        let sign_ins = Arc::new(Mutex::new(Vec::new()));
        let logs = (Arc::clone(&asked), Arc::clone(&sign_ins));
        let app = axum::Router::new().fallback(move |request: axum::extract::Request| {
            let (sign_in, play, logs) = (Arc::clone(&sign_in), Arc::clone(&play), logs.clone());
            async move {
                let asked = read(request).await;
                let is_sign_in = asked.target.ends_with("/oauth2/v2.0/token");
                let (play, log) = if is_sign_in { (sign_in, logs.1) } else { (play, logs.0) };
                play(note(&log, &asked), &asked)
            }
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let base = format!("http://{}/", listener.local_addr().expect("an address"));
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { base: Url::parse(&base).expect("an address"), asked, sign_ins }
    }

    fn endpoints(&self) -> Endpoints {
        let under = |path: &str| self.base.join(path).expect("an address");
        Endpoints { arm: under("arm"), graph: under("graph"), login: under("login"), data: [].into() }
    }

    fn client(&self) -> Client {
        self.client_with(secret_of("s3cr3t/+"), quick())
    }

    fn client_with(&self, credential: CredentialSpec, options: ClientOptions) -> Client {
        Client::new(self.endpoints(), Cloud::Public, credential, options).expect("a client")
    }

    fn asked(&self) -> Vec<Asked> {
        self.asked.lock().expect("no panic while logging").clone()
    }

    fn sign_ins(&self) -> Vec<Asked> {
        self.sign_ins.lock().expect("no panic while logging").clone()
    }
}

/// Logs a request and gives its number.
fn note(log: &Mutex<Vec<Asked>>, asked: &Asked) -> usize {
    let mut log = log.lock().expect("no panic while logging");
    log.push(asked.clone());
    log.len() - 1
}

async fn read(request: axum::extract::Request) -> Asked {
    let (parts, body) = request.into_parts();
    let header = |name: &str| parts.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
    let (bearer, host) = (header("authorization").replace("Bearer ", ""), header("host"));
    let body = to_bytes(body, 1 << 20).await.expect("a body");
    let body = String::from_utf8_lossy(&body).into_owned();
    Asked { method: parts.method.to_string(), target: parts.uri.to_string(), bearer, host, body }
}

/// Delays of about a millisecond.
fn quick() -> ClientOptions {
    ClientOptions {
        max_attempts: 3,
        base_delay: Duration::from_millis(1),
        max_delay: Duration::from_millis(2),
        give_up_after: Duration::from_secs(5),
        ..ClientOptions::default()
    }
}

fn secret_of(secret: &str) -> CredentialSpec {
    CredentialSpec::ClientSecret {
        tenant: "contoso.example".to_owned(),
        client_id: "app".to_owned(),
        secret: Secret::new(secret),
    }
}

fn answer(status: u16, headers: &[(&str, &str)], body: impl Into<Body>) -> Response {
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    response.body(body.into()).expect("an answer")
}

fn token_answer(n: usize, life: u64) -> Response {
    let body =
        format!(r#"{{"token_type":"Bearer","expires_in":{life},"ext_expires_in":{life},"access_token":"token-{n}"}}"#);
    answer(200, &[], body)
}

fn arm(path: &str) -> Request {
    Request {
        audience: Audience::Arm,
        method: Method::GET,
        path: path.to_owned(),
        query: vec![("api-version".to_owned(), "2026-01-01".to_owned())],
        body: None,
        storage_version: None,
        bucket: Bucket {
            subscription: Some("s1".to_owned()),
            provider: "microsoft.compute".to_owned(),
            region: None,
            kind: CallKind::List,
        },
    }
}
