//! The sample tenant on a loopback port: requests counted, delayed and spoiled as asked, then answered. Binds to
//! 127.0.0.1 and nothing else.

use super::ask::{Ask, Service};
use super::faults::{Fault, fault};
use super::{Options, Request, Response, SampleError, Tenant, load, refusal};
use crate::catalog::Catalog;
use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use futures::{StreamExt, stream};
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// Largest request body read; sign-ins and batches are small.
const MAX_BODY: usize = 4 << 20;

/// Told of every request and its answer.
pub type Watch = Arc<dyn Fn(&Request, &Response) + Send + Sync>;

/// What the server was asked so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// Requests answered.
    pub requests: u64,
    /// Pages of lists among them.
    pub pages: u64,
    /// Requests by the status they got; a cut-off answer counts with the status it began with.
    pub by_status: BTreeMap<u16, u64>,
}

/// A server at work; it stops when dropped.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    shared: Arc<Shared>,
    shutdown: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

struct Shared {
    tenant: Tenant,
    base: String,
    started: Instant,
    /// All requests, for their ids.
    serial: AtomicU64,
    /// Those that faults are counted by: sign-ins are left alone.
    counted: AtomicU64,
    summary: Mutex<Summary>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("base", &self.base).finish_non_exhaustive()
    }
}

/// Plays the folder that the options name.
///
/// # Errors
/// The folder holds no sample, or the port is taken.
pub async fn serve(catalog: &'static Catalog, options: Options) -> Result<Running, SampleError> {
    let tenant = load(catalog, &options.dir)?;
    serve_tenant(tenant, options).await
}

/// Plays a tenant that is already loaded.
///
/// # Errors
/// The port is taken.
pub async fn serve_tenant(tenant: Tenant, options: Options) -> Result<Running, SampleError> {
    let listen = |source| SampleError::Listen { port: options.port, source };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port)).await.map_err(listen)?;
    let address = listener.local_addr().map_err(listen)?;
    let shared = Arc::new(Shared {
        tenant: tenant.with_options(&options),
        base: format!("http://{address}"),
        started: Instant::now(),
        serial: AtomicU64::new(0),
        counted: AtomicU64::new(0),
        summary: Mutex::default(),
    });
    let app = Router::new().fallback(play).with_state(Arc::clone(&shared));
    let (shutdown, stopped) = oneshot::channel::<()>();
    let task = tokio::spawn(async move {
        let stopped = async move { drop(stopped.await) };
        if let Err(error) = axum::serve(listener, app).with_graceful_shutdown(stopped).await {
            tracing::warn!(%error, "the sample server ended");
        }
    });
    Ok(Running { address, shared, shutdown, task })
}

impl Running {
    /// Where it listens: `http://127.0.0.1:<port>`, for Resource Manager, Graph and sign-in alike.
    pub fn base_url(&self) -> String {
        self.shared.base.clone()
    }

    /// The port it got.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// The tenant it plays.
    pub fn tenant(&self) -> &Tenant {
        &self.shared.tenant
    }

    /// What it was asked so far.
    pub fn summary(&self) -> Summary {
        self.shared.summary.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Stops taking requests and waits for those under way, a few seconds at most.
    pub async fn stop(mut self) {
        drop(self.shutdown);
        if tokio::time::timeout(Duration::from_secs(5), &mut self.task).await.is_err() {
            self.task.abort();
        }
    }
}

async fn play(State(shared): State<Arc<Shared>>, request: axum::extract::Request) -> axum::response::Response {
    let options = &shared.tenant.options;
    if options.latency_ms > 0 {
        tokio::time::sleep(Duration::from_millis(options.latency_ms)).await;
    }
    let (parts, body) = request.into_parts();
    let text = |name| parts.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let elapsed = chrono::Duration::from_std(shared.started.elapsed()).unwrap_or_default();
    let asked = Request {
        method: parts.method.as_str().to_owned(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        authorization: text(header::AUTHORIZATION),
        body: to_bytes(body, MAX_BODY).await.map(|body| body.to_vec()).unwrap_or_default(),
        base: base(&parts.headers, &shared.base),
        now: options.started + elapsed,
        serial: shared.serial.fetch_add(1, Ordering::Relaxed) + 1,
    };
    let ask = Ask::new(&asked);
    let spoiled = match ask.service {
        Service::Login => None,
        _ => fault(options, shared.counted.fetch_add(1, Ordering::Relaxed) + 1),
    };
    let response = match spoiled {
        Some(Fault::Throttle) => refusal::throttled(ask.service, options.retry_after).respond(&ask),
        Some(Fault::Fail(status)) => refusal::broken(status).respond(&ask),
        Some(Fault::Drop) | None => shared.tenant.answer(&asked),
    };
    if let Some(watch) = &options.watch {
        watch(&asked, &response);
    }
    let mut summary = shared.summary.lock().unwrap_or_else(PoisonError::into_inner);
    summary.requests += 1;
    summary.pages += u64::from(response.is_page);
    *summary.by_status.entry(response.status).or_default() += 1;
    drop(summary);
    send(response, spoiled == Some(Fault::Drop))
}

/// Where the client sees the server. Page links must lead back there, but only to this machine.
fn base(headers: &HeaderMap, own: &str) -> String {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let port = own.rsplit(':').next().unwrap_or_default();
    if host.eq_ignore_ascii_case(&format!("localhost:{port}")) { format!("http://{host}") } else { own.to_owned() }
}

fn send(response: Response, cut: bool) -> axum::response::Response {
    let mut builder = axum::http::Response::builder().status(response.status);
    for (name, value) in &response.headers {
        // What callers sent may be quoted here: a value that no header can hold is left out.
        if let Ok(value) = HeaderValue::from_str(value) {
            builder = builder.header(*name, value);
        }
    }
    let body = if cut {
        builder = builder.header(header::CONTENT_LENGTH, response.body.len());
        let half = Bytes::copy_from_slice(&response.body[..response.body.len() / 2]);
        // The first half leaves before the connection breaks.
        let broken = stream::once(async {
            tokio::time::sleep(Duration::from_millis(5)).await;
            Err(std::io::Error::other("cut off"))
        });
        Body::from_stream(stream::once(async { Ok(half) }).chain(broken))
    } else {
        Body::from(response.body)
    };
    builder.body(body).unwrap_or_else(|_| axum::http::Response::new(Body::empty()))
}
