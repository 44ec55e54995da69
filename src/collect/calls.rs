//! Specs to calls: tables that share a list become one call; each call knows where it is made and what hangs on it.

use crate::catalog::{Catalog, CatalogError, Fetch, Plane, ScopeKind, TableSpec};
use std::collections::{BTreeMap, BTreeSet};

/// One way of asking, and the tables it feeds (those cut from their JSON come on top).
#[derive(Debug, Clone)]
pub struct Call<'c> {
    /// Tables, by name; the first names the call's tasks.
    pub specs: Vec<&'c TableSpec>,
}

impl<'c> Call<'c> {
    /// Name of the call: that of its first table.
    pub fn name(&self) -> &'c str {
        &self.specs[0].name
    }

    /// How it is made; the same for all its tables.
    pub fn fetch(&self) -> &'c Fetch {
        &self.specs[0].fetch
    }

    /// Whether one of its tables hangs on rows of `table`.
    pub fn has_parent(&self, table: &str) -> bool {
        self.fetch().parents.iter().any(|parent| parent == table)
    }

    /// The tables on whose rows it hangs.
    pub fn parents(&self) -> impl Iterator<Item = &'c str> + use<'c> {
        self.fetch().parents.iter().map(String::as_str)
    }

    /// Whether Azure hands it out slowly (a few requests in ten seconds), so that it should begin early.
    pub fn drips(&self) -> bool {
        let fetch = self.fetch();
        let slow = ["/reports/", "/auditLogs/", "/identityProtection/"];
        fetch.plane == Plane::Graph && slow.iter().any(|area| fetch.path.starts_with(area))
    }

    /// Whether several of its requests fit into one: reads of Graph, one for each parent.
    pub fn goes_into_batches(&self) -> bool {
        let fetch = self.fetch();
        fetch.plane == Plane::Graph && fetch.scope == ScopeKind::Parent && fetch.method == "GET"
    }

    /// The provider namespace that Azure counts the call against.
    pub fn provider(&self) -> String {
        let fetch = self.fetch();
        match fetch.plane {
            Plane::Arm => {}
            Plane::Graph => return "graph".to_owned(),
            Plane::KeyVault => return "data/keyvault".to_owned(),
            Plane::Storage => return "data/storage".to_owned(),
        }
        let from_path = fetch.path.rsplit_once("/providers/").and_then(|(_, rest)| rest.split('/').next());
        let from_type = || self.specs[0].arm_type.as_deref().and_then(|kind| kind.split('/').next());
        from_path.or_else(from_type).unwrap_or("microsoft.resources").to_lowercase()
    }
}

/// The calls that read the chosen tables, in order of name.
///
/// # Errors
/// A bad spec.
pub fn calls<'c>(catalog: &'c Catalog, chosen: &BTreeSet<&'static str>) -> Result<Vec<Call<'c>>, CatalogError> {
    let mut groups: BTreeMap<String, Vec<&'c TableSpec>> = BTreeMap::new();
    for name in catalog.names() {
        let spec = catalog.table(name)?;
        if spec.fetch.scope != ScopeKind::Embedded {
            groups.entry(key(&spec.fetch)).or_default().push(spec);
        }
    }
    let wanted = |specs: &[&TableSpec]| specs.iter().any(|spec| chosen.contains(spec.name.as_str()));
    let mut found: Vec<Call<'c>> =
        groups.into_values().filter(|specs| wanted(specs)).map(|specs| Call { specs }).collect();
    found.sort_by(|a, b| a.name().cmp(b.name()));
    Ok(found)
}

/// Two tables with this in common are two views of one answer.
fn key(fetch: &Fetch) -> String {
    format!(
        "{:?} {:?} {} {} {:?} {:?} {} {:?} {:?} {:?} {:?} {:?} {:?} {}",
        fetch.plane,
        fetch.scope,
        fetch.method,
        fetch.path,
        fetch.query,
        fetch.body.as_ref().map(ToString::to_string),
        fetch.api_version,
        fetch.parents,
        fetch.reference,
        fetch.only_when,
        fetch.once_per,
        fetch.detail,
        fetch.answer,
        fetch.items
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sites_are_listed_once() {
        let catalog = Catalog::bundled();
        let all = calls(catalog, &catalog.names().collect()).unwrap();
        let sites = all.iter().find(|call| call.name() == "azure_function_app").unwrap();
        let names: Vec<_> = sites.specs.iter().map(|spec| spec.name.as_str()).collect();
        assert_eq!(names, ["azure_function_app", "azure_web_app"]);
        assert_eq!(sites.provider(), "microsoft.web");
        assert!(all.iter().all(|call| call.name() != "azure_web_app" && call.name() != "azure_subnet"));
    }
}
