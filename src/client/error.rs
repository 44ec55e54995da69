//! What can go wrong: a client that cannot be made, and a call that failed.
//!
//! In goes what Azure or the network said, out come errors that hold data (kind, status, code), so that callers
//! match on those and never on text. No secret may reach a message: [`clean`] blanks what looks like one.

use regex::{Captures, Regex};
use std::fmt;
use std::sync::LazyLock;

use super::Cost;

/// A client that cannot be made from this configuration.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// Plain http to another machine.
    #[error("{endpoint} endpoint {url}: plain http is only for this machine")]
    PlainHttp {
        /// Which endpoint.
        endpoint: String,
        /// Its address.
        url: String,
    },
    /// An address that cannot be an endpoint.
    #[error("{endpoint} endpoint {url}: {problem}")]
    BadEndpoint {
        /// Which endpoint.
        endpoint: String,
        /// Its address.
        url: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A cloud name that is none.
    #[error("unknown cloud {0:?}: it is public, usgov or china")]
    UnknownCloud(String),
    /// A certificate credential whose text cannot be used.
    #[error("certificate credential: {0}")]
    Certificate(&'static str),
    /// A credential that lacks something.
    #[error("credential: {0}")]
    Credential(String),
    /// No HTTP client: no TLS roots, mostly.
    #[error("could not set up HTTP: {0}")]
    Http(String),
}

/// The ways a call fails.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum CallErrorKind {
    /// Azure answered with an error status that another attempt would not change.
    Refused,
    /// Azure went on throttling (429, 503) until the client gave up.
    Throttled,
    /// No complete answer: no connection, cut off, timed out, or 5xx to the end.
    Unavailable,
    /// A complete answer that is not the JSON it should be.
    NotJson,
    /// The address is not the endpoint of its audience; nothing was sent there.
    ForeignHost,
    /// No token: the code is the `AADSTS` number where there is one.
    Token,
    /// A list whose next link leads back to a page already read.
    LoopingLink,
    /// The run was stopped; made by callers.
    Cancelled,
}

impl CallErrorKind {
    const fn words(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Throttled => "throttled",
            Self::Unavailable => "no answer",
            Self::NotJson => "unexpected answer",
            Self::ForeignHost => "foreign host, not asked",
            Self::Token => "sign-in failed",
            Self::LoopingLink => "looping next link",
            Self::Cancelled => "cancelled",
        }
    }
}

/// A call that failed for good.
#[derive(Clone, Debug, thiserror::Error)]
pub struct CallError {
    /// How it failed.
    pub kind: CallErrorKind,
    /// The last HTTP status, if there was an answer.
    pub status: Option<u16>,
    /// Azure's own error code.
    pub code: Option<String>,
    /// The narrower code inside it (`innererror`, `details`, or JSON that stands in the message), if there is one.
    pub inner_code: Option<String>,
    /// Azure's message, or ours where Azure said nothing; one line, secrets blanked.
    pub message: String,
    /// Azure's id of the request.
    pub request_id: Option<String>,
    /// The HTTP method, empty before there was a request.
    pub method: String,
    /// The address asked, with the values of secret query keys blanked.
    pub url: String,
    /// What it took.
    pub cost: Cost,
}

impl CallError {
    /// Makes an error of this kind with a message and nothing else.
    #[must_use]
    pub fn new(kind: CallErrorKind, message: impl AsRef<str>) -> Self {
        Self {
            kind,
            status: None,
            code: None,
            inner_code: None,
            message: clean(message.as_ref()),
            request_id: None,
            method: String::new(),
            url: String::new(),
            cost: Cost::default(),
        }
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.url.is_empty() {
            let method = if self.method.is_empty() { "GET" } else { &self.method };
            // Without the query: it says little to people, and much of it is long.
            let url = self.url.split('?').next().unwrap_or_default();
            write!(f, "{method} {url}: ")?;
        }
        // A status of the sign-in endpoint must not read as one of the address above.
        if self.kind == CallErrorKind::Token && self.status.is_some() {
            f.write_str("sign-in failed: ")?;
        }
        match (self.status, &self.code) {
            (Some(status), Some(code)) => write!(f, "{status} {code}")?,
            (Some(status), None) => write!(f, "{status}")?,
            (None, Some(code)) => write!(f, "{} {code}", self.kind.words())?,
            (None, None) => f.write_str(self.kind.words())?,
        }
        if !self.message.is_empty() {
            write!(f, ": {}", self.message)?;
        }
        match &self.request_id {
            Some(id) => write!(f, " (request id {id})"),
            None => Ok(()),
        }
    }
}

/// Longest message kept: Azure's are a few hundred characters.
const MESSAGE_CHARS: usize = 2000;
const BLANK: &str = "[redacted]";

/// What an answer may quote: tokens, private keys, a user and password in an address; after what is `kept`, signatures
/// and codes in addresses, values of connection strings and of JSON.
static SECRETS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r"eyJ[\w.%+/=-]{37,}",
        r"|-----BEGIN [A-Z ]*PRIVATE KEY.*?(?:-----END [A-Z ]*-----|$)",
        r"|://[^/\s:@]*:[^/\s@]+@",
        r"|(?i:(?P<kept>(?:\b|%(?:25)*26)sig(?:=|%(?:25)*3d)",
        r"|(?:[?&]|%(?:25)*26)(?:code|[a-z_]*token|api[_-]?key|subscription-key)=",
        r"|\b(?:(?:account|access|shared|sharedaccess|api|primary|secondary|private|master)[_-]?key|sharedsecret(?:value)?|password|passwd|pwd|(?:client_?)?secret)\s?=\s?",
        r#"|\\?"[\w.-]*(?:password|secret|connectionstring|accountkey|sharedkey|accesskey|apikey|token)\\?"\s?:\s?\\?"))[^\s;,&"'\\<>]+"#,
    ))
    .expect("the pattern is fixed and tested")
});

/// One line without control characters, tokens or signatures, and not endless.
pub(super) fn clean(text: &str) -> String {
    let mut line = String::with_capacity(text.len().min(MESSAGE_CHARS));
    for (n, word) in text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|w| !w.is_empty()).enumerate() {
        if n > 0 {
            line.push(' ');
        }
        line.push_str(word);
    }
    let blank = |found: &Captures<'_>| format!("{}{BLANK}", found.name("kept").map_or("", |kept| kept.as_str()));
    let mut line = SECRETS.replace_all(&line, blank).into_owned();
    if let Some((cut, _)) = line.char_indices().nth(MESSAGE_CHARS) {
        line.truncate(cut);
        line.push_str(" ...");
    }
    line
}

/// An error and its causes in one line.
pub(super) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut out = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let text = cause.to_string();
        if !out.contains(&text) {
            out.push_str(": ");
            out.push_str(&text);
        }
        next = cause.source();
    }
    out
}
