//! What a run would be about: patterns of tables and names of checks in, tables with all they hang on and checks out.

use super::DoctorError;
use crate::catalog::{Catalog, Plane, SUBSCRIPTIONS, ScopeKind, near_names};
use crate::packs::{Check, Library};
use std::collections::BTreeSet;

/// Says what the user asked for.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Tables by name, `*` for anything.
    pub tables: Vec<String>,
    /// Tables left out.
    pub without_tables: Vec<String>,
    /// Packs, families or checks whose tables are meant.
    pub checks: Vec<String>,
    /// Also the tables that a run reads only when they are named.
    pub by_name_too: bool,
}

/// Holds the tables and checks that an examination is about.
#[derive(Debug)]
pub struct Choice<'l> {
    /// The tables.
    pub catalog: &'static Catalog,
    /// Names of the chosen ones, with the tables they hang on.
    pub tables: BTreeSet<&'static str>,
    /// Checks that read chosen tables only.
    pub checks: Vec<&'l Check>,
}

/// What becomes of tables and checks when some tables are lost.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cost {
    /// Tables that are not read at all there.
    pub tables: BTreeSet<&'static str>,
    /// Tables that are read in part: from a list that hides things, or by several others of which some are lost.
    pub in_part: BTreeSet<&'static str>,
    /// Checks that can say nothing but `unknown` there.
    pub checks: BTreeSet<String>,
}

impl<'l> Choice<'l> {
    /// Finds what is meant; nothing asked for means every table, or those that are read without being named.
    ///
    /// # Errors
    /// A pattern or name fits nothing, or a spec is bad.
    pub fn new(catalog: &'static Catalog, library: &'l Library, wanted: &Wanted) -> Result<Choice<'l>, DoctorError> {
        let mut tables = BTreeSet::new();
        let everything = ["*".to_owned()];
        let all = wanted.tables.is_empty() && wanted.checks.is_empty();
        for pattern in if all { &everything[..] } else { &wanted.tables } {
            for name in fitting(catalog, pattern)? {
                if wanted.by_name_too || pattern == name || !catalog.table(name)?.fetch.only_by_name {
                    tables.insert(name);
                }
            }
        }
        let selected = library.select(&wanted.checks)?;
        if !wanted.checks.is_empty() {
            let read = library.relations(&selected);
            tables.extend(catalog.names().filter(|name| read.contains(*name)));
        }
        for pattern in &wanted.without_tables {
            for name in fitting(catalog, pattern)? {
                tables.remove(name);
            }
        }
        add_parents(catalog, &mut tables)?;
        let is_whole = |check: &&Check| check.needs().all(|table| tables.contains(table));
        let checks = library.checks().filter(|check| selected.checks.contains(&check.slug)).filter(is_whole).collect();
        Ok(Choice { catalog, tables, checks })
    }

    /// Whether one of the tables is of this API.
    ///
    /// # Errors
    /// A spec is bad.
    pub fn has(&self, plane: Plane) -> Result<bool, DoctorError> {
        for name in &self.tables {
            if self.catalog.table(name)?.fetch.plane == plane {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether anything is meant that hangs on subscriptions: their list alone is part of every run.
    ///
    /// # Errors
    /// A spec is bad.
    pub fn wants_subscriptions(&self) -> Result<bool, DoctorError> {
        for name in self.tables.iter().filter(|name| **name != SUBSCRIPTIONS) {
            if self.catalog.table(name)?.fetch.plane != Plane::Graph {
                return Ok(true);
            }
        }
        Ok(self.tables.len() == 1)
    }

    /// Finds what it takes with it that some tables are lost, and others read in part.
    ///
    /// # Errors
    /// A spec is bad.
    pub fn cost(&self, lost: &BTreeSet<&'static str>, in_part: &BTreeSet<&'static str>) -> Result<Cost, DoctorError> {
        let mut cost = Cost { tables: lost.clone(), in_part: in_part.clone(), ..Cost::default() };
        loop {
            let before = (cost.tables.len(), cost.in_part.len());
            for name in &self.tables {
                let fetch = &self.catalog.table(name)?.fetch;
                let gone = fetch.parents.iter().filter(|parent| cost.tables.contains(parent.as_str())).count();
                let touched = fetch.parents.iter().any(|parent| cost.in_part.contains(parent.as_str()));
                if gone > 0 && gone == fetch.parents.len() {
                    cost.tables.insert(name);
                } else if gone > 0 || touched {
                    cost.in_part.insert(name);
                }
            }
            cost.in_part.retain(|name| !cost.tables.contains(name));
            if before == (cost.tables.len(), cost.in_part.len()) {
                break;
            }
        }
        for check in &self.checks {
            if self.rests_on(check, &cost)? {
                cost.checks.insert(check.slug.clone());
            }
        }
        Ok(cost)
    }

    /// Whether a check has no verdict without what is lost. Of a table that hangs on many, only the parents count that the
    /// check names, if it names any.
    fn rests_on(&self, check: &Check, cost: &Cost) -> Result<bool, DoctorError> {
        for table in check.needs() {
            if cost.tables.contains(table) {
                return Ok(true);
            }
            let parents = &self.catalog.table(table)?.fetch.parents;
            let names_one = || parents.iter().any(|parent| check.needs().any(|need| need == parent));
            if cost.in_part.contains(table) && !names_one() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The tables that are not cut from another's answers.
    ///
    /// # Errors
    /// A spec is bad.
    pub fn own_calls(&self) -> Result<Vec<&'static str>, DoctorError> {
        let mut found = Vec::new();
        for name in &self.tables {
            if self.catalog.table(name)?.fetch.scope != ScopeKind::Embedded {
                found.push(*name);
            }
        }
        Ok(found)
    }
}

/// Adds what the tables hang on, and the list of subscriptions, which every run reads.
fn add_parents(catalog: &'static Catalog, tables: &mut BTreeSet<&'static str>) -> Result<(), DoctorError> {
    let mut todo: Vec<&'static str> = tables.iter().copied().collect();
    tables.insert(SUBSCRIPTIONS);
    while let Some(name) = todo.pop() {
        for parent in &catalog.table(name)?.fetch.parents {
            if tables.insert(parent.as_str()) {
                todo.push(parent.as_str());
            }
        }
    }
    Ok(())
}

fn fitting(catalog: &'static Catalog, pattern: &str) -> Result<Vec<&'static str>, DoctorError> {
    let found: Vec<_> = catalog.names().filter(|name| super::grants::covers(pattern, name)).collect();
    if found.is_empty() {
        let near = near_names(pattern, catalog.names());
        return Err(DoctorError::NoTable { pattern: pattern.to_owned(), near });
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(tables: &[&str], without: &[&str], checks: &[&str]) -> Result<(Vec<&'static str>, usize), String> {
        let library = Library::few();
        let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let wanted =
            Wanted { tables: list(tables), without_tables: list(without), checks: list(checks), by_name_too: false };
        let choice = Choice::new(Catalog::bundled(), &library, &wanted).map_err(|error| error.to_string())?;
        Ok((choice.tables.into_iter().collect(), choice.checks.len()))
    }

    #[test]
    fn choices() {
        let check = |tables: &[&str], without: &[&str], checks: &[&str], expected: &[&str], n_checks: usize| {
            let found = choose(tables, without, checks).unwrap();
            assert_eq!(found, (expected.to_vec(), n_checks), "{tables:?} {without:?} {checks:?}");
        };
        check(
            &["azure_keyvault_key"],
            &[],
            &[],
            &["azure_keyvault_key", "azure_keyvault_service", "azure_subscription"],
            2,
        );
        check(&["azure_budget", "azure_user"], &["azure_bud*"], &[], &["azure_subscription", "azure_user"], 0);
        check(&[], &[], &["webapp_https_only"], &["azure_subscription", "azure_web_app"], 1);
    }

    #[test]
    fn names_that_fit_nothing() {
        for (tables, checks, expected) in [
            (&["azure_wm"][..], &[][..], "no table fits `azure_wm` (did you mean azure_vm"),
            (&[], &["webapp_https_onyl"], "did you mean webapp_https_only"),
        ] {
            let error = choose(tables, &[], checks).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }

    /// The same tables as a run would read.
    #[cfg(feature = "collect")]
    #[test]
    fn as_a_run_chooses() {
        use crate::collect::Selection;
        for patterns in [&[][..], &["azure_jit_policy_port"], &["azure_ad_*", "azure_user_mfa_state"]] {
            let tables = patterns.iter().map(|name| (*name).to_owned()).collect();
            let selection = Selection { tables, ..Selection::default() };
            let expected: Vec<_> = selection.tables(Catalog::bundled()).unwrap().into_iter().collect();
            assert_eq!(choose(patterns, &[], &[]).unwrap().0, expected, "{patterns:?}");
        }
    }

    #[test]
    fn what_a_loss_takes_with_it() {
        let library = Library::few();
        let choice = Choice::new(Catalog::bundled(), &library, &Wanted::default()).unwrap();
        let none = BTreeSet::new();
        let cost = |lost: &[&'static str]| choice.cost(&lost.iter().copied().collect(), &none).unwrap();
        let jit = cost(&["azure_jit_network_access_policy"]);
        assert!(jit.tables.contains("azure_jit_policy_port") && jit.in_part.is_empty(), "{jit:?}");
        assert!(jit.checks.contains("jit_policy_source_restricted"), "{:?}", jit.checks);
        // Diagnostic settings hang on many tables: a check of vaults is not touched by load balancers.
        let lb = cost(&["azure_lb"]);
        assert!(lb.in_part.contains("azure_diagnostic_setting") && lb.checks.is_empty(), "{lb:?}");
        let vaults = cost(&["azure_keyvault_service"]);
        assert!(vaults.checks.contains("keyvault_logging_enabled"), "{vaults:?}");
        assert_eq!(cost(&[]), Cost::default());
        let groups = choice.cost(&none, &["azure_resource_group"].into()).unwrap();
        assert!(groups.tables.is_empty() && groups.in_part.contains("azure_virtual_network_gateway"), "{groups:?}");
    }
}
