//! A samples folder played as Azure: objects as the API returns them in, the answers of sign-in, Resource Manager and
//! Graph out, on loopback only. Which table a path reads comes from the catalogue; no table is known here by name. It
//! never reaches out, and the tokens it gives are worth nothing anywhere else.

mod answer;
mod ask;
mod data_plane;
mod faults;
mod guid;
mod items;
mod lead;
mod list;
mod login;
mod page;
pub mod plant;
mod refusal;
mod rights;
mod server;
mod stamp;
mod store;
#[cfg(test)]
mod tests;
mod token;
mod volume;

use crate::catalog::CatalogError;
use chrono::{DateTime, Utc};
use std::fmt;
use std::path::PathBuf;

pub use self::server::{Running, Summary, Watch, serve, serve_tenant};
pub use self::store::{Tenant, load, load_embedded};

/// How to play.
#[derive(Clone)]
pub struct Options {
    /// Folder of one date: `samples/contoso/2026-10-01`. Only [`serve`] reads it.
    pub dir: PathBuf,
    /// Port; 0 takes any that is free.
    pub port: u16,
    /// Items to a page; 0 puts everything on one.
    pub page_size: usize,
    /// Every so many requests one is throttled; 0 for none.
    pub throttle_every: u64,
    /// Every so many requests one fails with 500 or 503; 0 for none.
    pub fail_every: u64,
    /// Every so many requests the answer ends half way; 0 for none.
    pub drop_every: u64,
    /// Paths (their starts, or patterns with `*`) that are denied.
    pub deny: Vec<String>,
    /// Milliseconds before each answer.
    pub latency_ms: u64,
    /// Seconds that a token lasts.
    pub token_ttl: u64,
    /// Seconds in the `Retry-After` of a throttled request.
    pub retry_after: u64,
    /// Each list ends with a link to an empty page.
    pub empty_last_page: bool,
    /// The one application (id, secret) that may sign in; none lets everyone in.
    pub client: Option<(String, String)>,
    /// The time at the start, for what is said about tokens and errors.
    pub started: DateTime<Utc>,
    /// Told of every request and its answer.
    pub watch: Option<Watch>,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            dir: PathBuf::new(),
            port: 0,
            page_size: 20,
            throttle_every: 0,
            fail_every: 0,
            drop_every: 0,
            deny: Vec::new(),
            latency_ms: 0,
            token_ttl: 3599,
            retry_after: 1,
            empty_last_page: false,
            client: None,
            started: DateTime::UNIX_EPOCH,
            watch: None,
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options").field("dir", &self.dir).field("port", &self.port).finish_non_exhaustive()
    }
}

/// A request as the server received it.
#[derive(Clone, Default)]
pub struct Request {
    /// `GET`, `POST`, ...
    pub method: String,
    /// Path, percent-encoded, with `/arm`, `/graph`, `/login` or `/data/<host>` in front or without.
    pub path: String,
    /// Query, percent-encoded, without the question mark.
    pub query: String,
    /// The `Authorization` header.
    pub authorization: Option<String>,
    /// Body.
    pub body: Vec<u8>,
    /// Where the client sees this server: `http://127.0.0.1:8400`.
    pub base: String,
    /// The time.
    pub now: DateTime<Utc>,
    /// Number of the request, for its id.
    pub serial: u64,
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request").field("method", &self.method).field("path", &self.path).finish_non_exhaustive()
    }
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// Headers.
    pub headers: Vec<(&'static str, String)>,
    /// Body, mostly JSON.
    pub body: Vec<u8>,
    /// It is a page of a list.
    pub is_page: bool,
}

/// A sample that cannot be played.
#[derive(Debug, thiserror::Error)]
pub enum SampleError {
    /// A file or folder cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file does not hold what it should.
    #[error("{file}:{line}: {message}")]
    File {
        /// Name of the file.
        file: String,
        /// Line, from 1.
        line: usize,
        /// What is wrong.
        message: String,
    },
    /// A file is named after no table, or a spec is bad.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// A file for a table that has no list of its own.
    #[error("{table} is cut from {parent} and has no file of its own")]
    Embedded {
        /// The table.
        table: String,
        /// The table that holds its rows.
        parent: String,
    },
    /// The sample cannot be multiplied.
    #[error("cannot multiply the sample: {why}")]
    Volume {
        /// Why.
        why: String,
    },
    /// Nothing says which tenant the sample is.
    #[error("no tenant.json beside the sample, and no organisation in it")]
    NoTenant,
    /// The port cannot be had.
    #[error("cannot listen on 127.0.0.1:{port}")]
    Listen {
        /// The port asked for.
        port: u16,
        /// Why.
        source: std::io::Error,
    },
}
