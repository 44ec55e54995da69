//! What the user asked for: tables, subscriptions and management groups in or out, meant once and written to the manifest.

use super::groups::{Group, MANAGEMENT_GROUPS, below};
use crate::catalog::{Catalog, CatalogError, Plane, SUBSCRIPTIONS, near_names};
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
    /// Subscriptions left out, by GUID or display name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub without_subscriptions: Vec<String>,
    /// Management groups, by id or display name, whose subscriptions are meant beside those above.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub management_groups: Vec<String>,
    /// Management groups whose subscriptions are left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub without_management_groups: Vec<String>,
    /// No subscription is meant, only what stands above them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub tenant_only: bool,
    /// Tables of Microsoft Graph are left out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub without_graph: bool,
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
    /// A management group that the principal does not see.
    #[error("no management group `{wanted}` is visible to this principal{}", did_you_mean(.near))]
    NoGroup {
        /// What was typed.
        wanted: String,
        /// Visible ones that look like it.
        near: Vec<String>,
    },
    /// A management group in the tree that was not read.
    #[error("the management group `{id}` could not be read, so nobody knows what is below it")]
    GroupNotRead {
        /// Its id.
        id: String,
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
        Selection {
            tables: Vec::new(),
            without_tables: Vec::new(),
            subscriptions: Vec::new(),
            without_subscriptions: Vec::new(),
            management_groups: Vec::new(),
            without_management_groups: Vec::new(),
            tenant_only: false,
            without_graph: false,
            log_days: LOG_DAYS,
        }
    }
}

/// The subscriptions that are meant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Meant {
    /// GUIDs of the visible ones.
    pub visible: BTreeSet<String>,
    /// GUIDs of those that stand below a chosen group and that the principal does not see.
    pub unseen: BTreeSet<String>,
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
        if self.without_graph {
            let mut kept = BTreeSet::new();
            for name in chosen {
                if catalog.source_of(catalog.table(name)?)?.fetch.plane != Plane::Graph {
                    kept.insert(name);
                }
            }
            chosen = kept;
        }
        let mut todo: Vec<&'static str> = chosen.iter().copied().collect();
        chosen.insert(SUBSCRIPTIONS);
        if self.names_groups() {
            chosen.extend(catalog.names().find(|name| *name == MANAGEMENT_GROUPS));
        }
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

    /// Whether the tree of management groups decides what is meant.
    pub fn names_groups(&self) -> bool {
        let named = [&self.management_groups, &self.without_management_groups];
        !self.tenant_only && named.iter().any(|groups| !groups.is_empty())
    }

    /// Which of the visible subscriptions (GUID, display name) are meant, by the tree of management groups where groups
    /// were named.
    ///
    /// # Errors
    /// One that was typed is not visible, or a part of the tree was not read.
    pub fn subscriptions(&self, visible: &[(String, String)], groups: &[Group]) -> Result<Meant, SelectionError> {
        if self.tenant_only {
            return Ok(Meant::default());
        }
        let mut chosen = BTreeSet::new();
        for wanted in &self.subscriptions {
            chosen.extend(named(visible, wanted)?);
        }
        chosen.extend(below(groups, &self.management_groups)?);
        if self.subscriptions.is_empty() && self.management_groups.is_empty() {
            chosen.extend(visible.iter().map(|(id, _)| id.clone()));
        }
        for id in below(groups, &self.without_management_groups)? {
            chosen.remove(&id);
        }
        for unwanted in &self.without_subscriptions {
            let ids = match named(visible, unwanted) {
                Ok(ids) => ids,
                // A subscription that nobody sees is out already; but a name may be written wrong.
                Err(_) if is_guid(unwanted) => vec![unwanted.to_lowercase()],
                Err(error) => return Err(error),
            };
            for id in ids {
                chosen.remove(&id);
            }
        }
        let (visible, unseen) = chosen.into_iter().partition(|id| visible.iter().any(|(known, _)| known == id));
        Ok(Meant { visible, unseen })
    }
}

/// The visible subscriptions of a GUID or display name.
fn named(visible: &[(String, String)], wanted: &str) -> Result<Vec<String>, SelectionError> {
    let fits: Vec<String> = visible
        .iter()
        .filter(|(id, name)| id.eq_ignore_ascii_case(wanted) || name.eq_ignore_ascii_case(wanted))
        .map(|(id, _)| id.clone())
        .collect();
    if fits.is_empty() {
        let all = visible.iter().flat_map(|(id, name)| [id.as_str(), name.as_str()]);
        return Err(SelectionError::NoSubscription { wanted: wanted.to_owned(), near: near_names(wanted, all) });
    }
    Ok(fits)
}

fn is_guid(text: &str) -> bool {
    text.len() == 36 && text.chars().all(|c| c == '-' || c.is_ascii_hexdigit())
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

    /// What stands in Microsoft Graph is left out, also where it is asked for with everything.
    #[test]
    fn without_graph() {
        let catalog = Catalog::bundled();
        let tables = |without_graph| Selection { without_graph, ..Selection::default() }.tables(catalog).unwrap();
        let (all, less) = (tables(false), tables(true));
        assert!(all.contains("azure_user") && !less.contains("azure_user"), "{less:?}");
        assert!(less.contains("azure_vm") && less.contains("azure_role_assignment"));
        let graph = |name: &&&str| {
            let spec = catalog.table(name).unwrap();
            catalog.source_of(spec).unwrap().fetch.plane == Plane::Graph
        };
        assert_eq!(all.difference(&less).filter(|name| !graph(name)).count(), 0);
        assert_eq!(less.iter().filter(graph).count(), 0);
    }

    const HIDDEN: &str = "33333333-3333-4333-8333-333333333333";

    /// Subscriptions in, subscriptions out, groups in, groups out.
    fn choose(inside: &[&str], outside: &[&str], groups: &[&str], without: &[&str]) -> Result<Meant, String> {
        let visible = [("a1".to_owned(), "prod".to_owned()), ("b2".to_owned(), "dev".to_owned())];
        let group = |id: &str, children: &[&str]| Group {
            id: id.to_owned(),
            name: id.to_uppercase(),
            children: Some(children.iter().map(|child| format!("/subscriptions/{child}")).collect()),
        };
        let tree = [group("one", &["a1", HIDDEN]), group("two", &["b2"])];
        let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let selection = Selection {
            subscriptions: list(inside),
            without_subscriptions: list(outside),
            management_groups: list(groups),
            without_management_groups: list(without),
            ..Selection::default()
        };
        selection.subscriptions(&visible, &tree).map_err(|error| error.to_string())
    }

    #[test]
    fn subscriptions() {
        for (inside, outside, groups, without, expected) in [
            (&[][..], &[][..], &[][..], &[][..], Ok((&["a1", "b2"][..], false))),
            (&["PROD", "a1"], &[], &[], &[], Ok((&["a1"], false))),
            (&[], &["prod"], &[], &[], Ok((&["b2"], false))),
            (&["prod", "dev"], &["A1"], &[], &[], Ok((&["b2"], false))),
            (&[], &[], &["one"], &[], Ok((&["a1"], true))),
            (&["dev"], &[], &["ONE"], &[], Ok((&["a1", "b2"], true))),
            (&[], &[HIDDEN], &["one"], &[], Ok((&["a1"], false))),
            (&[], &[], &["one", "two"], &["one"], Ok((&["b2"], false))),
            (&[], &[], &[], &["two"], Ok((&["a1"], false))),
            (&["prud"], &[], &[], &[], Err("no subscription `prud` is visible to this principal (did you mean prod?)")),
            (&[], &["prud"], &[], &[], Err("no subscription `prud` is visible to this principal (did you mean prod?)")),
            (
                &[],
                &[],
                &[],
                &["too"],
                Err("no management group `too` is visible to this principal (did you mean two?)"),
            ),
        ] {
            let expected = expected.map_err(str::to_owned).map(|(ids, unseen): (&[&str], bool)| Meant {
                visible: ids.iter().map(|id| (*id).to_owned()).collect(),
                unseen: unseen.then(|| HIDDEN.to_owned()).into_iter().collect(),
            });
            assert_eq!(
                choose(inside, outside, groups, without),
                expected,
                "{inside:?} {outside:?} {groups:?} {without:?}"
            );
        }
        let nothing = Selection { tenant_only: true, ..Selection::default() };
        assert_eq!(nothing.subscriptions(&[("a1".to_owned(), "prod".to_owned())], &[]).unwrap(), Meant::default());
    }
}
