//! What tables exist: table names in, parsed specs out. Each spec is one TOML file, embedded, parsed when first
//! asked for. Never opens a file, a socket or an Arrow array.

pub mod docs;
mod head;
pub mod path;
pub mod route;
pub mod scope;
pub mod spec;
mod spec_text;

use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::{LazyLock, OnceLock};

pub use head::Head;
pub use path::{Leaf, Path, Step};
pub use scope::{ArmId, Scope};
pub use spec::*;

/// The TOML, SQL and CSV files that are part of the program, listed by the build script.
pub mod embedded {
    include!(concat!(env!("OUT_DIR"), "/embedded.rs"));
}

/// A spec that cannot be used.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CatalogError {
    /// The TOML text or a value in it is wrong.
    #[error("{file}:{line}: {message}")]
    Spec {
        /// File of the spec, relative to `src/catalog/tables`.
        file: String,
        /// Line in that file, from 1.
        line: usize,
        /// What is wrong.
        message: String,
    },
    /// No table of that name.
    #[error("no table named `{name}`{}", hint(.near))]
    NoSuchTable {
        /// The name asked for.
        name: String,
        /// Names that look like it.
        near: Vec<String>,
    },
}

fn hint(near: &[String]) -> String {
    if near.is_empty() { String::new() } else { format!(" (did you mean {}?)", near.join(", ")) }
}

/// Specs that are tried before they are built in: family, name, text.
static OVERLAY: OnceLock<Vec<(&'static str, &'static str, &'static str)>> = OnceLock::new();

/// The tables azsnap knows.
#[derive(Debug)]
pub struct Catalog {
    tables: BTreeMap<&'static str, Entry>,
}

#[derive(Debug)]
struct Entry {
    family: &'static str,
    text: &'static str,
    parsed: OnceLock<Result<TableSpec, CatalogError>>,
}

impl Catalog {
    /// The bundled tables, with those of [`Catalog::overlay`] over them.
    pub fn bundled() -> &'static Catalog {
        static CATALOG: LazyLock<Catalog> = LazyLock::new(|| {
            let entry = |family, text| Entry { family, text, parsed: OnceLock::new() };
            let over = OVERLAY.get_or_init(Vec::new).iter();
            let all = embedded::TABLE_SPECS.iter().chain(over);
            Catalog { tables: all.map(|(family, name, text)| (*name, entry(family, text))).collect() }
        });
        &CATALOG
    }

    /// Lays specs (family, name, text) over the bundled ones, so that they can be tried before they are built in. Comes
    /// before the first use of the catalogue; false when it is too late.
    pub fn overlay(specs: Vec<(String, String, String)>) -> bool {
        // The catalogue lives as long as the process, and so do the texts.
        let keep = |text: String| -> &'static str { Box::leak(text.into_boxed_str()) };
        let specs = specs.into_iter().map(|(family, name, text)| (keep(family), keep(name), keep(text))).collect();
        OVERLAY.set(specs).is_ok()
    }

    /// SHA-256 over the texts of all specs: the same where tables and columns are the same.
    pub fn fingerprint(&self) -> String {
        let mut hash = Sha256::new();
        for (name, entry) in &self.tables {
            hash.update(name.as_bytes());
            hash.update(entry.text.as_bytes());
        }
        hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// All table names, sorted; parses nothing.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.tables.keys().copied()
    }

    /// Whether there is a table of that name; parses nothing.
    pub fn contains(&self, name: &str) -> bool {
        self.tables.contains_key(name)
    }

    /// One spec, parsed on first use.
    ///
    /// # Errors
    /// No such table, or its spec is bad.
    pub fn table(&self, name: &str) -> Result<&TableSpec, CatalogError> {
        let Some((name, entry)) = self.tables.get_key_value(name) else {
            return Err(CatalogError::NoSuchTable { name: name.to_owned(), near: near_names(name, self.names()) });
        };
        entry.parsed.get_or_init(|| spec_text::parse(name, entry.family, entry.text)).as_ref().map_err(Clone::clone)
    }

    /// Every spec, in order of name.
    ///
    /// # Errors
    /// The first bad spec.
    pub fn all(&self) -> Result<Vec<&TableSpec>, CatalogError> {
        self.names().map(|name| self.table(name)).collect()
    }

    /// Every table in one line, in order of name; parses only specs whose lines do not tell.
    ///
    /// # Errors
    /// The first of those that is bad.
    pub fn heads(&self) -> Result<Vec<Head>, CatalogError> {
        let head = |(name, entry): (&&str, &Entry)| match Head::read(name, entry.text) {
            Some(head) => Ok(head),
            None => self.table(name).map(Head::of),
        };
        self.tables.iter().map(head).collect()
    }

    /// The table whose own call feeds this one: itself, or for an embedded table the root of its parents.
    ///
    /// # Errors
    /// A spec on the way is bad or names a parent that does not exist.
    pub fn source_of<'c>(&'c self, spec: &'c TableSpec) -> Result<&'c TableSpec, CatalogError> {
        let mut at = spec;
        while at.fetch.scope == ScopeKind::Embedded {
            at = self.table(&at.fetch.parents[0])?;
        }
        Ok(at)
    }

    /// Whether the table lives above subscriptions: its rows come from calls for the tenant, a management group, or
    /// from children of such rows (members of a group).
    ///
    /// # Errors
    /// As for [`Catalog::source_of`].
    pub fn is_tenant_wide(&self, spec: &TableSpec) -> Result<bool, CatalogError> {
        let mut at = self.source_of(spec)?;
        loop {
            match at.fetch.scope {
                ScopeKind::Tenant | ScopeKind::ManagementGroup => return Ok(true),
                ScopeKind::Subscription | ScopeKind::ResourceGroup => return Ok(false),
                ScopeKind::Parent | ScopeKind::Embedded => {
                    let parent = self.table(&at.fetch.parents[0])?;
                    if parent.name == SUBSCRIPTIONS {
                        return Ok(false);
                    }
                    at = self.source_of(parent)?;
                }
            }
        }
    }
}

/// The table that gives the subscription scopes.
pub const SUBSCRIPTIONS: &str = "azure_subscription";

/// Names that differ from `name` by little, nearest first, at most three.
pub fn near_names<'n>(name: &str, all: impl Iterator<Item = &'n str>) -> Vec<String> {
    let limit = (name.len() / 3).max(2);
    let mut near: Vec<(usize, &str)> =
        all.map(|other| (edit_distance(name, other), other)).filter(|(far, _)| *far <= limit).collect();
    near.sort();
    near.into_iter().take(3).map(|(_, other)| other.to_owned()).collect()
}

fn edit_distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, cb) in b.iter().enumerate() {
            let above = row[j + 1];
            row[j + 1] = (diagonal + usize::from(ca != *cb)).min(above + 1).min(row[j] + 1);
            diagonal = above;
        }
    }
    row[b.len()]
}

/// Parses a spec text that is not bundled (tests, tools).
///
/// # Errors
/// What is wrong, with file and line.
pub fn parse_spec(name: &str, family: &str, text: &str) -> Result<TableSpec, CatalogError> {
    spec_text::parse(name, family, text)
}
