//! One request to Azure Resource Manager, Microsoft Graph or a data plane, and lists as pages.
//!
//! In go endpoints, a credential and a [`Request`]; out come an [`Answer`], [`Pages`] or a [`CallError`] that says
//! what Azure said. Tokens, retries, `Retry-After`, pacing and next links happen here and nowhere else.
//!
//! This module must never know a table, print, write a file, read an environment variable, follow a redirect, or
//! send a token to a host that is not the configured endpoint of its audience.
//!
//! TLS is rustls with ring. Roots are the system's, through `rustls-platform-verifier`; on Linux that honours
//! `SSL_CERT_FILE` and `SSL_CERT_DIR`. `HTTPS_PROXY` and `NO_PROXY` are honoured by reqwest; loopback endpoints and
//! the metadata service never go through a proxy.

// A CallError carries everything a ledger row needs (about 150 bytes); it is made once per failed call, next to a
// network round trip, so boxing it would only make every match on its kind longer.
#![allow(clippy::result_large_err)]

mod assertion;
mod auth;
mod batch;
mod cloud;
mod endpoint;
mod error;
mod http;
mod page;
mod principals;
mod refusal;
mod retry;
#[cfg(test)]
mod tests;
mod throttle;
mod transport;

use std::fmt;
use std::ops::AddAssign;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

pub use self::auth::{CredentialSpec, Principal, Secret};
pub use self::batch::BATCH;
pub use self::cloud::{Audience, Cloud};
pub use self::endpoint::Endpoints;
pub use self::error::{CallError, CallErrorKind, ClientError};
pub use self::page::{Page, Pages};
pub use self::principals::Share;
pub use self::throttle::{Limit, Limits, Rate};
pub use reqwest::Method;

use self::auth::Tokens;
use self::principals::Who;
use self::throttle::Throttle;
use self::transport::Web;

/// How patient a client is, and how fast.
#[derive(Clone, Debug)]
pub struct ClientOptions {
    /// Attempts per request, the first one included.
    pub max_attempts: u32,
    /// Upper bound of the first random delay; it doubles with every attempt.
    pub base_delay: Duration,
    /// Upper bound of any random delay.
    pub max_delay: Duration,
    /// Longest `Retry-After` that is obeyed to the letter; longer ones are cut to this.
    pub retry_after_cap: Duration,
    /// Time a request may spend on attempts and on its own delays; queueing behind others is not counted.
    pub give_up_after: Duration,
    /// Time to open a connection.
    pub connect_timeout: Duration,
    /// Time for one attempt, its whole answer included.
    pub request_timeout: Duration,
    /// The `User-Agent` header.
    pub user_agent: String,
    /// Bucket rates.
    pub limits: Limits,
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self {
            max_attempts: 8,
            base_delay: Duration::from_millis(500),
            max_delay: Duration::from_secs(30),
            retry_after_cap: Duration::from_secs(300),
            give_up_after: Duration::from_secs(900),
            connect_timeout: Duration::from_secs(15),
            request_timeout: Duration::from_secs(120),
            user_agent: concat!("azsnap/", env!("CARGO_PKG_VERSION")).to_owned(),
            limits: Limits::default(),
        }
    }
}

/// Whether a call lists things or reads one: `Microsoft.Storage` counts them apart.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum CallKind {
    /// A list.
    List,
    /// One object.
    Read,
}

/// Names the rate limit that a request counts against.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Bucket {
    /// Subscription id; none at tenant scope.
    pub subscription: Option<String>,
    /// Resource provider namespace in lower case, or `graph`.
    pub provider: String,
    /// Region, where the limit is kept per region.
    pub region: Option<String>,
    /// Lists and reads may have limits of their own.
    pub kind: CallKind,
}

/// One request, before retries.
#[derive(Clone, Debug)]
pub struct Request {
    /// Who answers, and for whom the token is.
    pub audience: Audience,
    /// `GET`, or `POST` for the calls that read by `POST`; every request may be sent again.
    pub method: Method,
    /// Absolute path under the endpoint (Graph: with its version segment), not percent-encoded.
    ///
    /// A `%` followed by two hex digits is taken as already encoded and left alone.
    pub path: String,
    /// Query, not percent-encoded; `api-version` is one of them.
    pub query: Vec<(String, String)>,
    /// JSON body.
    pub body: Option<serde_json::Value>,
    /// The storage service's version; its data plane wants it in a header, and answers in XML.
    pub storage_version: Option<String>,
    /// The limit it counts against.
    pub bucket: Bucket,
}

/// What requests cost, retries included.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Cost {
    /// Requests sent.
    pub requests: u64,
    /// Requests sent again.
    pub retries: u64,
    /// Milliseconds spent waiting: in a bucket's queue, for `Retry-After`, between attempts.
    pub waited_ms: u64,
    /// Bytes of answers, decompressed.
    pub bytes: u64,
}

impl AddAssign for Cost {
    fn add_assign(&mut self, other: Self) {
        self.requests += other.requests;
        self.retries += other.retries;
        self.waited_ms += other.waited_ms;
        self.bytes += other.bytes;
    }
}

/// A complete answer with a 2xx status whose body is JSON (or absent, for 202 and 204), or XML from the storage service.
#[derive(Clone, Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The body as received, decompressed, less a byte order mark.
    pub body: Bytes,
    /// The address asked, with the values of secret query keys blanked.
    pub url: String,
    /// The `Date` header.
    pub date: Option<String>,
    /// Azure's id of the request.
    pub request_id: Option<String>,
    /// What it took.
    pub cost: Cost,
    /// Which of the client's principals asked; a list goes on as that one.
    pub principal: usize,
}

/// A connection to one tenant's endpoints with one credential or several; clones share everything.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
    /// The one principal to ask as; else they take turns.
    only: Option<usize>,
}

struct Inner {
    endpoints: Endpoints,
    cloud: Cloud,
    options: ClientOptions,
    web: Arc<Web>,
    principals: Vec<Who>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("endpoints", &self.inner.endpoints).finish_non_exhaustive()
    }
}

impl Client {
    /// Makes a client; sends nothing yet.
    ///
    /// # Errors
    ///
    /// An endpoint that must not be used, a credential that cannot work, no usable TLS roots.
    pub fn new(
        endpoints: Endpoints,
        cloud: Cloud,
        credential: CredentialSpec,
        options: ClientOptions,
    ) -> Result<Self, ClientError> {
        Self::with_principals(endpoints, cloud, vec![credential], options)
    }

    /// Makes a client with several credentials for one tenant; sends nothing yet.
    ///
    /// The first asks everything; the others take turns with it where they were [admitted](Client::admit).
    ///
    /// # Errors
    ///
    /// As for [`Client::new`].
    pub fn with_principals(
        endpoints: Endpoints,
        cloud: Cloud,
        credentials: Vec<CredentialSpec>,
        options: ClientOptions,
    ) -> Result<Self, ClientError> {
        endpoints.validate()?;
        let web = Arc::new(Web::new(&endpoints, &options)?);
        let who = |credential| {
            let tokens = Tokens::new(credential, endpoints.login.clone(), Arc::clone(&web), options.clone())?;
            Ok(Who::new(tokens, Throttle::new(options.limits.clone())))
        };
        let principals = credentials.into_iter().map(who).collect::<Result<Vec<_>, ClientError>>()?;
        Ok(Self { inner: Arc::new(Inner { endpoints, cloud, options, web, principals }), only: None })
    }

    /// How many principals there are.
    #[must_use]
    pub fn n_principals(&self) -> usize {
        self.inner.principals.len()
    }

    /// The same client, asking as one of its principals only (0 = the first).
    #[must_use]
    pub fn acting_as(&self, principal: usize) -> Self {
        Self { inner: Arc::clone(&self.inner), only: Some(principal.min(self.inner.principals.len() - 1)) }
    }

    /// Lets a principal beside the first take turns with it: it was seen to read there what the first reads.
    pub fn admit(&self, principal: usize, share: Share) {
        if let Some(who) = self.inner.principals.get(principal) {
            who.admit(share);
        }
    }

    /// Gets a token and tells who it stands for.
    ///
    /// # Errors
    ///
    /// [`CallErrorKind::Token`] when the sign-in fails.
    pub async fn principal(&self, audience: &Audience) -> Result<Principal, CallError> {
        let who = &self.inner.principals[self.only.unwrap_or(0)];
        let bearer = who.tokens.bearer(&self.inner.cloud.scope(audience), None).await?;
        Ok(Principal::of_token(bearer.secret.expose()))
    }

    /// Sends one request, with all retries, and gives its answer.
    ///
    /// # Errors
    ///
    /// A [`CallError`] of any kind but [`CallErrorKind::LoopingLink`].
    pub async fn call(&self, request: &Request) -> Result<Answer, CallError> {
        let url = self.inner.address(request)?;
        let body = request.body.as_ref().map(|body| Bytes::from(body.to_string()));
        self.inner.exchange(request, &url, body.as_ref(), self.only).await
    }

    /// Goes on with a list whose first page is there already, as the part of a batch.
    #[must_use]
    pub fn pages_from(&self, request: Request, items: &str, first: Answer) -> Pages {
        Pages::going_on(self.clone(), request, items, first)
    }

    /// Lists page by page: `items` names the array in each answer (`value`).
    ///
    /// Nothing is sent before the first [`Pages::next`].
    #[must_use]
    pub fn pages(&self, request: Request, items: &str) -> Pages {
        Pages::new(self.clone(), request, items)
    }
}

impl Inner {
    /// The checked address of a request.
    fn address(&self, request: &Request) -> Result<url::Url, CallError> {
        self.endpoints.address(self.cloud, request).map_err(|refusal| {
            let mut error = CallError::new(CallErrorKind::ForeignHost, refusal.problem);
            request.method.as_str().clone_into(&mut error.method);
            error.url = refusal.url;
            error
        })
    }
}
