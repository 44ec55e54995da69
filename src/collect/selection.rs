//! What the user asked for: tables and subscriptions in or out, meant once and written to the manifest.

use crate::catalog::{Catalog, CatalogError, SUBSCRIPTIONS, near_names};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What the user asked for.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
pub struct Selection {
    /// Tables asked for by name or pattern; none means all.
    pub tables: Vec<String>,
    /// Tables left out by name or pattern.
    pub without_tables: Vec<String>,
    /// Subscriptions by GUID or display name; none means all visible ones.
    pub subscriptions: Vec<String>,
    /// How many days back logs are read; Azure keeps its activity log for 90.
    pub log_days: u32,
}

/// What Azure keeps of its activity log is 90 days; one less, as a run takes its time.
pub const LOG_DAYS: u32 = 89;

/// A selection that fits nothing.
#[derive(Debug, thiserror::Error)]
pub enum SelectionError {
    /// A pattern that no table has.
    #[error("no table fits `{pattern}`{}", did_you_mean(.near))]
    NoTable {
        /// The pattern.
        pattern: String,
        /// Names that look like it.
        near: Vec<String>,
    },
    /// A subscription that the principal does not see.
    #[error("no subscription `{wanted}` is visible to this principal{}", did_you_mean(.near))]
    NoSubscription {
        /// What was typed.
        wanted: String,
        /// Visible ones that look like it.
        near: Vec<String>,
    },
    /// A bad spec.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
}

fn did_you_mean(near: &[String]) -> String {
    if near.is_empty() { String::new() } else { format!(" (did you mean {}?)", near.join(", ")) }
}

impl Default for Selection {
    fn default() -> Selection {
        let (tables, without_tables, subscriptions) = (Vec::new(), Vec::new(), Vec::new());
        Selection { tables, without_tables, subscriptions, log_days: LOG_DAYS }
    }
}

impl Selection {
    /// The tables to read: those asked for, with the parents they hang on and the list of subscriptions.
    ///
    /// # Errors
    /// A pattern fits no table.
    pub fn tables(&self, catalog: &Catalog) -> Result<BTreeSet<&'static str>, SelectionError> {
        let mut chosen = BTreeSet::new();
        let everything = ["*".to_owned()];
        for pattern in if self.tables.is_empty() { &everything[..] } else { &self.tables } {
            for name in fitting(catalog, pattern)? {
                // Some tables cost a right or a volume that nobody expects of a pattern.
                if pattern == name || !catalog.table(name)?.fetch.only_by_name {
                    chosen.insert(name);
                }
            }
        }
        for pattern in &self.without_tables {
            for name in fitting(catalog, pattern)? {
                chosen.remove(name);
            }
        }
        let mut todo: Vec<&'static str> = chosen.iter().copied().collect();
        chosen.insert(SUBSCRIPTIONS);
        while let Some(name) = todo.pop() {
            for parent in &catalog.table(name)?.fetch.parents {
                let parent =
                    catalog.names().find(|known| known == parent).expect("specs are checked for their parents");
                if chosen.insert(parent) {
                    todo.push(parent);
                }
            }
        }
        Ok(chosen)
    }

    /// Which of the visible subscriptions (GUID, display name) are meant.
    ///
    /// # Errors
    /// One that was typed is not visible.
    pub fn subscriptions(&self, visible: &[(String, String)]) -> Result<Vec<String>, SelectionError> {
        if self.subscriptions.is_empty() {
            return Ok(visible.iter().map(|(id, _)| id.clone()).collect());
        }
        let mut chosen = BTreeSet::new();
        for wanted in &self.subscriptions {
            let fits: Vec<_> = visible
                .iter()
                .filter(|(id, name)| id.eq_ignore_ascii_case(wanted) || name.eq_ignore_ascii_case(wanted))
                .map(|(id, _)| id.clone())
                .collect();
            if fits.is_empty() {
                let all = visible.iter().flat_map(|(id, name)| [id.as_str(), name.as_str()]);
                return Err(SelectionError::NoSubscription { wanted: wanted.clone(), near: near_names(wanted, all) });
            }
            chosen.extend(fits);
        }
        Ok(chosen.into_iter().collect())
    }
}

/// Tables that a pattern (`*` for anything) names.
fn fitting(catalog: &Catalog, pattern: &str) -> Result<Vec<&'static str>, SelectionError> {
    let found: Vec<_> = catalog.names().filter(|name| glob(pattern, name)).collect();
    if found.is_empty() {
        return Err(SelectionError::NoTable {
            pattern: pattern.to_owned(),
            near: near_names(pattern, catalog.names()),
        });
    }
    Ok(found)
}

fn glob(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, rest)) => text
            .strip_prefix(start)
            .is_some_and(|tail| (0..=tail.len()).any(|at| tail.get(at..).is_some_and(|end| glob(rest, end)))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables() {
        let catalog = Catalog::bundled();
        let check = |tables: &[&str], without: &[&str], expected: &[&str]| {
            let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
            let selection = Selection { tables: list(tables), without_tables: list(without), ..Selection::default() };
            let found: Vec<_> = selection.tables(catalog).unwrap().into_iter().collect();
            assert_eq!(found, expected);
        };
        check(&["azure_keyvault_key"], &[], &["azure_keyvault_key", "azure_keyvault_service", "azure_subscription"]);
        check(
            &["azure_keyvault_k*"],
            &["*_policy"],
            &["azure_keyvault_key", "azure_keyvault_service", "azure_subscription"],
        );
        check(
            &["azure_jit_policy_port"],
            &[],
            &["azure_jit_network_access_policy", "azure_jit_policy_port", "azure_jit_policy_vm", "azure_subscription"],
        );
        let wrong = Selection { tables: vec!["azure_wm".into()], ..Selection::default() }.tables(catalog).unwrap_err();
        assert!(wrong.to_string().contains("azure_vm"), "{wrong}");
    }

    #[test]
    fn subscriptions() {
        let visible = [("a1".to_owned(), "prod".to_owned()), ("b2".to_owned(), "dev".to_owned())];
        let choose = |names: &[&str]| {
            Selection { subscriptions: names.iter().map(|name| (*name).to_owned()).collect(), ..Selection::default() }
                .subscriptions(&visible)
        };
        assert_eq!(choose(&[]).unwrap(), ["a1", "b2"]);
        assert_eq!(choose(&["PROD", "a1"]).unwrap(), ["a1"]);
        assert_eq!(
            choose(&["prud"]).unwrap_err().to_string(),
            "no subscription `prud` is visible to this principal (did you mean prod?)"
        );
    }
}
