//! Where each audience lives: the configured endpoints, the addresses built under them, and the foreign-host rule.
//!
//! In goes a request or a next link, out comes an address that may be asked, or the reason why not. Nothing is sent
//! here. This file must never accept another scheme, host or port than the audience's own.

use std::collections::BTreeMap;

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};
use url::{Host, Url};

use super::Request;
use super::cloud::{Audience, Cloud, is_under};
use super::error::ClientError;

/// What a path segment cannot hold; `%` is handled by [`encode_path`].
const PATH: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// What a query value cannot hold. `$ , ' ( )` stay readable: OData is unreadable otherwise.
const QUERY: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'&')
    .add(b'+')
    .add(b'<')
    .add(b'=')
    .add(b'>')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// The addresses of the services.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Endpoints {
    /// Azure Resource Manager.
    pub arm: Url,
    /// Microsoft Graph, without the version.
    pub graph: Url,
    /// Sign-in.
    pub login: Url,
    /// Data planes that are mapped elsewhere, by host suffix (`vault.azure.net`).
    ///
    /// `{host}` in the mapped address's path stands for the host that was meant.
    pub data: BTreeMap<String, Url>,
}

/// Why an address was not asked.
#[derive(Debug)]
pub(super) struct Foreign {
    pub problem: String,
    pub url: String,
}

impl Endpoints {
    /// Gives the cloud's own endpoints, with no data plane mapped.
    #[must_use]
    pub fn for_cloud(cloud: Cloud) -> Self {
        let names = cloud.names();
        let parse = |text: &str| Url::parse(text).expect("endpoints of the clouds are addresses");
        Self { arm: parse(names.arm), graph: parse(names.graph), login: parse(names.login), data: BTreeMap::new() }
    }

    /// Refuses endpoints that a token must not be sent to: plain http is for loopback only.
    ///
    /// # Errors
    ///
    /// The first endpoint that is not usable, and why.
    pub fn validate(&self) -> Result<(), ClientError> {
        for (name, url) in self.named() {
            let bad =
                |problem| Err(ClientError::BadEndpoint { endpoint: name.to_owned(), url: shown_url(url), problem });
            match url.scheme() {
                "https" => {}
                "http" if is_loopback(url) => {}
                "http" => {
                    return Err(ClientError::PlainHttp { endpoint: name.to_owned(), url: shown_url(url) });
                }
                _ => return bad("only http and https are understood"),
            }
            if url.host().is_none() {
                return bad("it names no host");
            }
            if !url.username().is_empty() || url.password().is_some() {
                return bad("it must not carry a user name or password");
            }
            if url.query().is_some() || url.fragment().is_some() {
                return bad("it must not carry a query or fragment");
            }
        }
        Ok(())
    }

    /// Tells whether any endpoint is on this machine.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.named().any(|(_, url)| is_loopback(url))
    }

    pub(super) fn named(&self) -> impl Iterator<Item = (&str, &Url)> {
        let fixed = [("arm", &self.arm), ("graph", &self.graph), ("login", &self.login)];
        fixed.into_iter().chain(self.data.iter().map(|(suffix, url)| (suffix.as_str(), url)))
    }

    /// The address that a request goes to.
    pub(super) fn address(&self, cloud: Cloud, request: &Request) -> Result<Url, Foreign> {
        let foreign = |problem: &str, url: &str| Foreign { problem: problem.to_owned(), url: url.to_owned() };
        let mut url = self.base(cloud, &request.audience)?;
        // The url crate would resolve `..` (also `%2e%2e`) and so leave the endpoint's path prefix.
        if has_dot_segment(&request.path) {
            return Err(foreign("the path has a dot segment", &shown_url(&url)));
        }
        let slash = if request.path.starts_with('/') { "" } else { "/" };
        let path = format!("{}{slash}{}", url.path().trim_end_matches('/'), encode_path(&request.path));
        url.set_path(&path);
        let query: Vec<_> = request.query.iter().map(|(k, v)| format!("{}={}", encode(k), encode(v))).collect();
        url.set_query((!query.is_empty()).then(|| query.join("&")).as_deref());
        Ok(url)
    }

    /// A next link as an address: resolved against the page it came from, and only if it stays at home.
    pub(super) fn follow(&self, cloud: Cloud, audience: &Audience, from: &Url, link: &str) -> Result<Url, Foreign> {
        let url = from.join(link).map_err(|error| Foreign {
            problem: format!("the next link cannot be read: {error}"),
            url: shown_url(from),
        })?;
        if self.allows(cloud, audience, &url) {
            return Ok(url);
        }
        let problem = format!("the next link leads to {}, which is not the endpoint", origin_of(&url));
        Err(Foreign { problem, url: shown_url(&url) })
    }

    /// Tells whether a token of this audience may be sent to this address.
    pub(super) fn allows(&self, cloud: Cloud, audience: &Audience, url: &Url) -> bool {
        if !url.username().is_empty() || url.password().is_some() {
            return false;
        }
        match audience {
            Audience::Arm => same_origin(url, &self.arm),
            Audience::Graph => same_origin(url, &self.graph),
            Audience::Data(host) => match self.mapped(&host.to_ascii_lowercase()) {
                Some((_, mapped)) => same_origin(url, mapped),
                None if self.is_loopback() => false,
                None => {
                    let suffix = cloud.data_suffix(&host.to_ascii_lowercase());
                    let target = url.host_str().and_then(|host| cloud.data_suffix(host));
                    url.scheme() == "https" && url.port().is_none() && suffix.is_some() && suffix == target
                }
            },
        }
    }

    fn base(&self, cloud: Cloud, audience: &Audience) -> Result<Url, Foreign> {
        let host = match audience {
            Audience::Arm => return Ok(self.arm.clone()),
            Audience::Graph => return Ok(self.graph.clone()),
            Audience::Data(host) => host.to_ascii_lowercase(),
        };
        let foreign = |problem: &str| Foreign { problem: problem.to_owned(), url: format!("https://{host}/") };
        // Host names come out of Azure's answers: only a bare name is one.
        let plain = Url::parse(&format!("https://{host}/")).map_err(|_| foreign("this is not a host name"))?;
        if plain.host_str() != Some(host.as_str()) {
            return Err(foreign("this is not a bare host name"));
        }
        if let Some((_, mapped)) = self.mapped(&host) {
            let mut url = mapped.clone();
            url.set_path(&mapped.path().replace("%7Bhost%7D", &host).replace("{host}", &host));
            return Ok(url);
        }
        if self.allows(cloud, audience, &plain) {
            return Ok(plain);
        }
        Err(foreign(if self.is_loopback() {
            "this data plane is not mapped, and another endpoint is on this machine"
        } else {
            "this host is not one of the cloud's own data planes"
        }))
    }

    fn mapped(&self, host: &str) -> Option<(&str, &Url)> {
        let found = self.data.iter().filter(|(suffix, _)| is_under(host, &suffix.to_ascii_lowercase()));
        found.max_by_key(|(suffix, _)| suffix.len()).map(|(suffix, url)| (suffix.as_str(), url))
    }
}

fn same_origin(a: &Url, b: &Url) -> bool {
    a.scheme() == b.scheme() && a.host() == b.host() && a.port_or_known_default() == b.port_or_known_default()
}

/// Tells whether an address is on this machine.
pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

fn has_dot_segment(path: &str) -> bool {
    path.split(['/', '\\']).any(|segment| {
        let is_dots = |segment: &[u8]| segment == b"." || segment == b"..";
        is_dots(segment.as_bytes())
            || segment.contains('%') && is_dots(&percent_decode_str(segment).collect::<Vec<u8>>())
    })
}

/// Ids may come encoded or not: `%2F` stays, a lone `%` becomes `%25`.
fn encode_path(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    let mut rest = path;
    while let Some(at) = rest.find('%') {
        out.extend(utf8_percent_encode(&rest[..at], PATH));
        let hex = rest.as_bytes()[at + 1..].iter().take(2).filter(|byte| byte.is_ascii_hexdigit()).count();
        out.push_str(if hex == 2 { "%" } else { "%25" });
        rest = &rest[at + 1..];
    }
    out.extend(utf8_percent_encode(rest, PATH));
    out
}

fn encode(text: &str) -> impl std::fmt::Display + '_ {
    utf8_percent_encode(text, QUERY)
}

/// Scheme, host and port, for messages.
pub(super) fn origin_of(url: &Url) -> String {
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}://{}{port}", url.scheme(), url.host_str().unwrap_or_default())
}

/// An address for people and ledgers: no user, no values of secret query keys, OData's signs readable.
pub(super) fn shown_url(url: &Url) -> String {
    let mut out = format!("{}{}", origin_of(url), url.path());
    for (n, pair) in url.query().into_iter().flat_map(|query| query.split('&')).enumerate() {
        out.push(if n == 0 { '?' } else { '&' });
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        out.push_str(&readable(key));
        if !pair.contains('=') {
            continue;
        }
        out.push('=');
        out.push_str(&if is_secret_key(key) { "[redacted]".to_owned() } else { readable(value) });
    }
    out
}

fn readable(text: &str) -> String {
    let mut out = text.to_owned();
    if !out.contains('%') {
        return out;
    }
    for (encoded, sign) in [("%24", "$"), ("%27", "'"), ("%28", "("), ("%29", ")"), ("%2C", ","), ("%2c", ",")] {
        out = out.replace(encoded, sign);
    }
    out
}

fn is_secret_key(key: &str) -> bool {
    let key = percent_decode_str(key).decode_utf8_lossy().to_ascii_lowercase();
    matches!(key.as_str(), "sig" | "code" | "key" | "sas")
        || key.ends_with("token")
        || key.ends_with("key")
        || ["secret", "password", "signature", "assertion", "credential"].iter().any(|word| key.contains(word))
}
