//! The HTTP clients, and the narrow door through which azure_identity reaches the sign-in endpoint.
//!
//! In go addresses that were already checked; out come whole answers. [`LoginTransport`] sends to the sign-in
//! endpoint (and, for managed identities, to this machine's metadata service) and must never send anywhere else.

use std::fmt;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, Once, PoisonError};

use async_trait::async_trait;
use azure_core::error::{Error, ErrorKind};
use azure_core::http::headers::Headers;
use azure_core::http::{AsyncRawResponse, Body, HttpClient, Request};
use bytes::{Bytes, BytesMut};
use reqwest::header::HeaderMap;
use url::{Host, Url};

use super::ClientOptions;
use super::endpoint::{Endpoints, is_loopback, origin_of};
use super::error::{ClientError, chain};
use super::retry;

/// The largest answer kept in memory; Azure's pages are a few megabytes.
const MAX_BODY: usize = 256 << 20;

/// azure_identity refuses an http authority, so a loopback sign-in endpoint gets this name, known to
/// [`LoginTransport`] alone (`.invalid` resolves nowhere, RFC 6761).
const LOOPBACK_AUTHORITY: &str = "https://login.loopback.invalid";

/// A whole answer of any status.
#[derive(Clone, Debug)]
pub(super) struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// An attempt without a whole answer.
#[derive(Debug)]
pub(super) struct Snag {
    pub message: String,
    /// Another attempt may go better.
    pub retryable: bool,
}

/// The HTTP clients: one for the world, one for this machine that knows no proxy.
pub(super) struct Web {
    outside: Option<reqwest::Client>,
    direct: reqwest::Client,
}

impl Web {
    pub(super) fn new(endpoints: &Endpoints, options: &ClientOptions) -> Result<Self, ClientError> {
        static PROVIDER: Once = Once::new();
        // An error means that somebody else installed one first, which serves as well.
        PROVIDER.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));

        let builder = || {
            reqwest::Client::builder()
                .user_agent(&options.user_agent)
                .redirect(reqwest::redirect::Policy::none())
                .referer(false)
                .connect_timeout(options.connect_timeout)
                .timeout(options.request_timeout)
        };
        let build = |builder: reqwest::ClientBuilder| {
            builder.build().map_err(|error| ClientError::Http(chain(&error.without_url())))
        };
        let (local, remote): (Vec<_>, Vec<_>) = endpoints.named().map(|(_, url)| url).partition(|url| is_loopback(url));
        // Plain http needs no roots: a machine without any can still play a sample tenant.
        let local_tls = local.iter().any(|url| url.scheme() == "https");
        let direct = builder().no_proxy();
        let direct = build(if local_tls { direct } else { direct.tls_certs_only([]) })?;
        let outside = if remote.is_empty() { None } else { Some(build(builder().https_only(true))?) };
        Ok(Self { outside, direct })
    }

    /// The client for an address.
    pub(super) fn for_url(&self, url: &Url) -> &reqwest::Client {
        match &self.outside {
            Some(outside) if !is_loopback(url) && !is_link_local(url) => outside,
            _ => &self.direct,
        }
    }
}

/// Sends a request and reads its whole answer, whatever its status.
pub(super) async fn send(request: reqwest::RequestBuilder) -> Result<Reply, Snag> {
    let mut response = request.send().await.map_err(snag)?;
    let status = response.status().as_u16();
    let headers = std::mem::take(response.headers_mut());
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(snag)? {
        if body.len() + chunk.len() > MAX_BODY {
            return Err(Snag { message: "the answer is larger than 256 MiB".to_owned(), retryable: false });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Reply { status, headers, body: body.freeze() })
}

fn snag(error: reqwest::Error) -> Snag {
    // The address may carry a token of the page; callers print their own, redacted form.
    let error = error.without_url();
    let retryable = !error.is_builder() && !is_tls(&error);
    Snag { message: chain(&error), retryable }
}

/// A certificate that is not trusted now will not be in a minute.
fn is_tls(error: &(dyn std::error::Error + 'static)) -> bool {
    if let Some(tls) = error.downcast_ref::<rustls::Error>() {
        return matches!(tls, rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented);
    }
    // The source of an io::Error is its inner error's source: the inner one itself would be skipped.
    let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    inner.is_some_and(|inner| is_tls(inner)) || error.source().is_some_and(is_tls)
}

/// Where azure_identity is told to sign in.
pub(super) fn authority(login: &Url) -> String {
    if login.scheme() == "https" { origin_of(login) } else { LOOPBACK_AUTHORITY.to_owned() }
}

/// The last answer of the sign-in endpoint, kept for the error message.
pub(super) type Seen = Arc<Mutex<Option<Reply>>>;

/// azure_identity's way out, for one credential.
pub(super) struct LoginTransport {
    pub web: Arc<Web>,
    pub login: Url,
    pub options: ClientOptions,
    /// Managed identities ask a service of this machine instead.
    pub metadata: bool,
    pub seen: Seen,
}

impl fmt::Debug for LoginTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoginTransport").finish_non_exhaustive()
    }
}

impl LoginTransport {
    /// The real address of a request, if it may be sent at all.
    fn target(&self, url: &Url) -> Option<Url> {
        if origin_of(url) == authority(&self.login) {
            let mut target = self.login.clone();
            target.set_path(&format!("{}{}", self.login.path().trim_end_matches('/'), url.path()));
            target.set_query(url.query());
            return Some(target);
        }
        let is_metadata = self.metadata && url.scheme() == "http" && (is_loopback(url) || is_link_local(url));
        is_metadata.then(|| url.clone())
    }

    async fn attempts(&self, url: &Url, request: &Request) -> Result<Reply, Snag> {
        let method = reqwest::Method::from_bytes(request.method().as_ref().as_bytes());
        let method = method.map_err(|error| Snag { message: error.to_string(), retryable: false })?;
        let Body::Bytes(body) = request.body() else {
            return Err(Snag { message: "a streamed body cannot be sent".to_owned(), retryable: false });
        };
        let mut attempt = 0;
        loop {
            attempt += 1;
            let mut sending = self.web.for_url(url).request(method.clone(), url.clone()).body(body.clone());
            for (name, value) in request.headers().iter() {
                sending = sending.header(name.as_str(), value.as_str());
            }
            let result = send(sending).await;
            // The metadata service has its own retry rules, which azure_identity follows.
            let again = !self.metadata && attempt < self.options.max_attempts;
            let asked = match &result {
                Ok(reply) if again && retry::is_retryable(reply.status) => retry::retry_after(&reply.headers),
                Err(snag) if again && snag.retryable => None,
                _ => return result,
            };
            tokio::time::sleep(retry::delay(&self.options, attempt, asked)).await;
        }
    }
}

#[async_trait]
impl HttpClient for LoginTransport {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let Some(url) = self.target(request.url()) else {
            let message = format!("{} is not the sign-in endpoint, nothing was sent", origin_of(request.url()));
            return Err(Error::with_message(ErrorKind::Credential, message));
        };
        match self.attempts(&url, request).await {
            Ok(reply) => {
                *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(reply.clone());
                // Status and body are all that azure_identity reads; its own Retry-After handling knows no cap.
                Ok(AsyncRawResponse::from_bytes(reply.status.into(), Headers::new(), reply.body))
            }
            Err(snag) => {
                Err(Error::with_message(ErrorKind::Io, format!("{} gave no answer: {}", origin_of(&url), snag.message)))
            }
        }
    }
}

/// 169.254.0.0/16, where the metadata service lives.
fn is_link_local(url: &Url) -> bool {
    matches!(url.host(), Some(Host::Ipv4(ip)) if Ipv4Addr::is_link_local(&ip))
}

#[cfg(test)]
mod tests {
    use super::super::Cloud;
    use super::*;

    fn transport(login: &str, metadata: bool) -> LoginTransport {
        let options = ClientOptions::default();
        let mut endpoints = Endpoints::for_cloud(Cloud::Public);
        endpoints.login = Url::parse(login).expect("an address");
        for url in [&mut endpoints.arm, &mut endpoints.graph] {
            *url = Url::parse("http://127.0.0.1:1").expect("an address");
        }
        let web = Arc::new(Web::new(&endpoints, &options).expect("a client"));
        LoginTransport { web, login: endpoints.login, options, metadata, seen: Seen::default() }
    }

    #[test]
    fn an_untrusted_certificate_is_final() {
        use std::io::Error;
        let untrusted = || rustls::Error::InvalidCertificate(rustls::CertificateError::UnknownIssuer);
        assert!(is_tls(&untrusted()));
        assert!(is_tls(&Error::other(Error::other(untrusted()))));
        assert!(!is_tls(&Error::other(rustls::Error::DecryptError)));
        assert!(!is_tls(&Error::from(std::io::ErrorKind::ConnectionReset)));
    }

    #[test]
    fn only_the_sign_in_endpoint_is_reached() {
        let check = |transport: &LoginTransport, asked: &str, expected: Option<&str>| {
            let target = transport.target(&Url::parse(asked).expect("an address"));
            assert_eq!(target.as_ref().map(Url::as_str), expected, "{asked}");
        };
        let imds = "http://169.254.169.254/metadata/identity/oauth2/token?a=b";
        let local = transport("http://127.0.0.1:8400/login/", false);
        check(
            &local,
            "https://login.loopback.invalid/t/oauth2/v2.0/token",
            Some("http://127.0.0.1:8400/login/t/oauth2/v2.0/token"),
        );
        for foreign in [
            "https://login.microsoftonline.com/t/oauth2/v2.0/token",
            "http://login.loopback.invalid/t",
            "https://login.loopback.invalid:8443/t",
            "http://127.0.0.1:8400/t",
            imds,
        ] {
            check(&local, foreign, None);
        }
        let identity = transport("http://127.0.0.1:8400", true);
        check(&identity, imds, Some(imds));
        check(&identity, "http://localhost:42356/msi/token", Some("http://localhost:42356/msi/token"));
        check(&identity, "http://10.0.0.4/msi/token", None);
        check(&identity, "https://169.254.169.254/", None);
        check(&identity, "http://evil.example/msi/token", None);
    }
}
