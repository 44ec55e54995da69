//! A request taken apart: which service it is for, under which prefix, its path and its query, and where in a tenant that
//! is more than its sample it leads.

use super::lead::Place;
use super::{Request, Response};
use crate::catalog::route::plain_path;
use serde_json::Value;
use std::borrow::Cow;
use url::form_urlencoded;

/// Who answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Service {
    /// Sign-in.
    Login,
    /// Resource Manager.
    Arm,
    /// Microsoft Graph.
    Graph,
    /// A data plane: `/data/<host>` in front says whose.
    Data,
}

impl Service {
    /// The service of a path, and how long the prefix is that names it.
    pub(super) fn of(path: &str) -> (Service, usize) {
        let mut parts = path.split('/').filter(|part| !part.is_empty());
        let (first, second) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let prefix = path.find(first).unwrap_or_default() + first.len();
        let is = |text: &str, words: &[&str]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
        match first.to_ascii_lowercase().as_str() {
            "arm" => (Service::Arm, prefix),
            "graph" => (Service::Graph, prefix),
            "login" => (Service::Login, prefix),
            "data" if !second.is_empty() => {
                (Service::Data, prefix + path[prefix..].find(second).unwrap_or_default() + second.len())
            }
            "v1.0" | "beta" => (Service::Graph, 0),
            _ if is(second, &["oauth2", "discovery", ".well-known", "v2.0"]) => (Service::Login, 0),
            _ => (Service::Arm, 0),
        }
    }
}

/// A request taken apart.
pub(super) struct Ask<'r> {
    pub(super) request: &'r Request,
    pub(super) service: Service,
    /// `/arm`, `/graph`, `/login`, `/data/<host>` or nothing.
    pub(super) prefix: &'r str,
    /// The rest of the path, percent-encoded, as asked.
    pub(super) asked: &'r str,
    /// The same as the sample has it.
    pub(super) path: Cow<'r, str>,
    /// The host of a data plane, as the sample has it.
    pub(super) host: Cow<'r, str>,
    /// Where that is.
    pub(super) place: Place,
    /// Query, decoded.
    pub(super) query: Vec<(String, String)>,
}

impl<'r> Ask<'r> {
    pub(super) fn new(request: &'r Request) -> Ask<'r> {
        let (service, cut) = Service::of(&request.path);
        let (prefix, asked) = request.path.split_at(cut);
        let query = form_urlencoded::parse(request.query.as_bytes()).into_owned().collect();
        let host = prefix.rsplit('/').next().unwrap_or_default().into();
        Ask { request, service, prefix, asked, path: asked.into(), host, place: Place::default(), query }
    }

    /// A value of the query, by its key without letter case.
    pub(super) fn value(&self, key: &str) -> Option<&str> {
        self.query.iter().find(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, value)| value.as_str())
    }

    /// The address of the service as the client sees it.
    pub(super) fn home(&self) -> String {
        format!("{}{}", self.request.base, self.prefix)
    }

    /// The body as JSON; null when it is none.
    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.request.body).unwrap_or_default()
    }

    /// The id of the request, the same for the same number.
    pub(super) fn request_id(&self) -> String {
        format!("5a3e91e0-0000-4000-8000-{:012x}", self.request.serial)
    }

    /// A JSON answer with the headers that the service puts on everything.
    pub(super) fn reply(&self, status: u16, body: &Value) -> Response {
        self.reply_with(status, body.to_string())
    }

    /// The same with the JSON's text.
    pub(super) fn reply_with(&self, status: u16, body: String) -> Response {
        let id = self.request_id();
        let json = "application/json; charset=utf-8".to_owned();
        let headers = match self.service {
            Service::Login => {
                vec![("content-type", json), ("cache-control", "no-store".to_owned()), ("x-ms-request-id", id)]
            }
            Service::Graph => vec![
                (
                    "content-type",
                    "application/json;odata.metadata=minimal;odata.streaming=true;charset=utf-8".to_owned(),
                ),
                ("cache-control", "no-cache".to_owned()),
                ("request-id", id.clone()),
                ("client-request-id", id),
            ],
            Service::Data => vec![("content-type", json), ("x-ms-request-id", id)],
            Service::Arm => vec![
                ("content-type", json),
                ("cache-control", "no-cache".to_owned()),
                ("x-ms-request-id", id.clone()),
                ("x-ms-correlation-request-id", id),
                // Never low: a client that heeds it would wait.
                (self.remaining_header(), "249".to_owned()),
            ],
        };
        Response { status, headers, body: body.into_bytes(), is_page: false }
    }

    fn remaining_header(&self) -> &'static str {
        if plain_path(self.asked).starts_with("/subscriptions/") {
            "x-ms-ratelimit-remaining-subscription-reads"
        } else {
            "x-ms-ratelimit-remaining-tenant-reads"
        }
    }

    pub(super) fn is_get(&self) -> bool {
        self.request.method == "GET"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services() {
        for (path, service, rest) in [
            ("/subscriptions", Service::Arm, "/subscriptions"),
            ("/ARM/subscriptions", Service::Arm, "/subscriptions"),
            ("/v1.0/users", Service::Graph, "/v1.0/users"),
            ("/graph/beta/users", Service::Graph, "/beta/users"),
            ("//graph/v1.0", Service::Graph, "/v1.0"),
            ("/t/oauth2/v2.0/token", Service::Login, "/t/oauth2/v2.0/token"),
            ("/common/discovery/instance", Service::Login, "/common/discovery/instance"),
            (
                "/login/t/v2.0/.well-known/openid-configuration",
                Service::Login,
                "/t/v2.0/.well-known/openid-configuration",
            ),
            ("/data/v.vault.azure.net/keys", Service::Data, "/keys"),
            ("/", Service::Arm, "/"),
            ("", Service::Arm, ""),
        ] {
            let request = Request { path: path.to_owned(), ..Request::default() };
            let ask = Ask::new(&request);
            assert_eq!((ask.service, &*ask.path), (service, rest), "{path}");
        }
    }
}
