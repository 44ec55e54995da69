//! What can go wrong in the engine: DuckDB's errors and our own in, messages for people out.

use std::path::PathBuf;

use crate::catalog::CatalogError;

/// An engine that cannot be set up, or a statement that cannot be run.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// DuckDB could not be set up.
    #[error("cannot {what}: {message}")]
    Setup {
        /// What was being done.
        what: String,
        /// DuckDB's message.
        message: String,
    },
    /// A table spec is bad, or there is no such table.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// A file or folder cannot be used.
    #[error("cannot {what} {}: {source}", path.display())]
    Io {
        /// What was tried.
        what: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// A parameter, data file or view of the bundle or of the user is wrong.
    #[error("{what}: {why}")]
    Definition {
        /// Which one.
        what: String,
        /// What is wrong.
        why: String,
    },
    /// The statement may not run here.
    #[error("statement refused: {0}")]
    Refused(String),
    /// There is nothing to run.
    #[error("no statement given")]
    NoStatement,
    /// More than one statement was given.
    #[error("{0} statements given where one is expected")]
    SeveralStatements(usize),
    /// DuckDB's error, with line and caret where it has them.
    #[error("{message}{}", near_hint(.near))]
    Sql {
        /// DuckDB's message.
        message: String,
        /// Names that look like the one it did not find.
        near: Vec<String>,
    },
    /// The statement was interrupted.
    #[error("interrupted")]
    Interrupted,
    /// The receiver of streamed rows gave up.
    #[error("rows could not be passed on")]
    Sink(#[source] Box<dyn std::error::Error + Send + Sync>),
}

fn near_hint(near: &[String]) -> String {
    if near.is_empty() { String::new() } else { format!("\nazsnap also knows {}", near.join(", ")) }
}

impl EngineError {
    /// Tells whether the statement was stopped on request.
    #[must_use]
    pub fn is_interrupted(&self) -> bool {
        matches!(self, EngineError::Interrupted)
    }

    /// Tells whether a value that a statement met is not of the form that it takes: a cast or a piece of JSON. A file that
    /// cannot be read is another thing.
    #[must_use]
    pub fn is_about_a_value(&self) -> bool {
        let EngineError::Sql { message, .. } = self else { return false };
        message.starts_with("Conversion Error")
            || message.starts_with("Out of Range Error")
            || message.starts_with("Invalid Input Error") && message.contains("JSON")
    }

    /// Tells whether DuckDB came to the end of the memory that it may use.
    #[must_use]
    pub fn is_out_of_memory(&self) -> bool {
        // The kind of DuckDB's error is told by the first words of its message alone.
        let (EngineError::Sql { message, .. }
        | EngineError::Definition { why: message, .. }
        | EngineError::Setup { message, .. }) = self
        else {
            return false;
        };
        message.starts_with("Out of Memory Error")
    }

    pub(super) fn setup(what: impl Into<String>) -> impl FnOnce(duckdb::Error) -> EngineError {
        let what = what.into();
        move |error| EngineError::Setup { what, message: message(error) }
    }
}

/// DuckDB's own words, without the wrapper's.
pub(super) fn message(error: duckdb::Error) -> String {
    match error {
        duckdb::Error::DuckDBFailure(_, Some(text)) => text,
        other => other.to_string(),
    }
}

/// The name in DuckDB's message about an unknown table. Only a hint, or another try, hangs on its words.
pub(super) fn missing_table(message: &str) -> Option<&str> {
    let rest = message.strip_prefix("Catalog Error: Table with name ")?;
    rest.split_once(" does not exist").map(|(name, _)| name)
}
