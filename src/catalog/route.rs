//! From the path of a request to the tables that it reads: path and query in, specs and what the path names out. Goes
//! by the specs alone, and never asks whether anything exists.

use super::scope::ArmId;
use super::{Catalog, CatalogError, Plane, ScopeKind, TableSpec};
use percent_encoding::percent_decode_str;

/// A table that a path reads, and where.
#[derive(Debug, Clone)]
pub struct Route<'c> {
    /// The table.
    pub spec: &'c TableSpec,
    /// Subscription that the path lies in.
    pub subscription: Option<String>,
    /// Id of the parent row, lower-case: an ARM id, or a bare Graph id.
    pub parent_id: Option<String>,
    /// Name of the parent row, where the path says only that (`{parent_name}`).
    pub parent_name: Option<String>,
    /// Id of the object that the path is, where the table follows a reference.
    pub reference: Option<String>,
}

/// The tables that a path reads, in order of name; several may share one. A Graph path comes without its version.
///
/// # Errors
/// A spec of the catalogue is bad.
pub fn routes<'c>(catalog: &'c Catalog, plane: Plane, path: &str) -> Result<Vec<Route<'c>>, CatalogError> {
    let segments = segments(path);
    let mut found = Vec::new();
    for name in catalog.names() {
        let spec = catalog.table(name)?;
        if spec.fetch.plane == plane && spec.fetch.scope != ScopeKind::Embedded {
            found.extend(route(catalog, spec, &segments)?);
        }
    }
    Ok(found)
}

/// Those of the routes that a query (decoded) means, where tables share a path and differ in what they ask for. Takes
/// the parent from the query where a spec puts it there. A query that fits none leaves every table in.
pub fn meant<'c>(routes: Vec<Route<'c>>, query: &[(String, String)]) -> Vec<Route<'c>> {
    let judged: Vec<(Option<usize>, Route<'c>)> = routes.into_iter().map(|route| judge(route, query)).collect();
    let best = judged.iter().filter_map(|(score, _)| *score).max();
    // Without its query, the path of a parent means the parent and not the child that is asked for there.
    let usable = |route: &Route<'_>| {
        let fetch = &route.spec.fetch;
        let placed = route.parent_id.is_some() || route.parent_name.is_some() || route.reference.is_some();
        fetch.path != "{parent_id}" && (fetch.scope != ScopeKind::Parent || placed)
    };
    let kept = judged.into_iter().filter(|(score, route)| if best.is_some() { *score == best } else { usable(route) });
    kept.map(|(_, route)| route).collect()
}

/// The table whose items have a list of their own at this Graph path (without its version), and the id of the item.
///
/// # Errors
/// A spec of the catalogue is bad.
pub fn detail_list<'c>(catalog: &'c Catalog, path: &str) -> Result<Option<(&'c TableSpec, String)>, CatalogError> {
    let segments = segments(path);
    let Some(([rest @ .., id], list)) = segments.split_last().map(|(list, rest)| (rest, list)) else { return Ok(None) };
    for name in catalog.names() {
        let spec = catalog.table(name)?;
        let own = spec.fetch.detail.as_ref().and_then(|detail| detail.list.as_ref());
        if spec.fetch.plane == Plane::Graph
            && own.is_some_and(|own| own.eq_ignore_ascii_case(list))
            && self::segments(&spec.fetch.path) == rest
        {
            return Ok(Some((spec, id.clone())));
        }
    }
    Ok(None)
}

/// The type of an ARM id, or of the list that an ARM path is, lower-case: for an extension resource that after the
/// last `/providers/`.
pub fn arm_type_of(id_or_path: &str) -> Option<String> {
    id_or_path.starts_with('/').then(|| type_of(&segments(id_or_path))).flatten().map(|(kind, _)| kind)
}

/// Whether an ARM path names one object rather than a list of them.
pub fn is_object(path: &str) -> bool {
    path.starts_with('/') && type_of(&segments(path)).is_some_and(|(_, object)| object)
}

/// A path for comparing: lower-case, percent-decoded, single slashes, none at the end, no query.
pub fn plain_path(path: &str) -> String {
    format!("/{}", segments(path).join("/"))
}

/// Whether two ARM types are the same; resource groups go by two names.
pub fn same_type(a: &str, b: &str) -> bool {
    let short = |kind: &str| {
        kind.to_lowercase()
            .replace("microsoft.resources/subscriptions/resourcegroups", "microsoft.resources/resourcegroups")
    };
    a.eq_ignore_ascii_case(b) || short(a) == short(b)
}

fn segments(path: &str) -> Vec<String> {
    let path = path.split('?').next().unwrap_or_default();
    let decoded = |part: &str| percent_decode_str(part).decode_utf8_lossy().to_lowercase();
    path.split('/').filter(|part| !part.is_empty()).map(decoded).collect()
}

/// Type, and whether the path names one object of it.
fn type_of(segments: &[String]) -> Option<(String, bool)> {
    let last = segments.iter().rposition(|part| part == "providers");
    // A resource group may bear that name.
    let last = last.filter(|at| *at != 3 || segments[2] != "resourcegroups");
    let names = |parts: &[String]| parts.iter().step_by(2).map(String::as_str).collect::<Vec<_>>().join("/");
    let resources = |kind: &str| format!("microsoft.resources/{kind}");
    if let Some(at) = last {
        return Some(match segments.get(at + 1) {
            None => (resources("providers"), false),
            Some(_) if segments.len() == at + 2 => (resources("providers"), true),
            Some(namespace) => {
                let parts = &segments[at + 2..];
                (format!("{namespace}/{}", names(parts)), parts.len().is_multiple_of(2))
            }
        });
    }
    let object = segments.len().is_multiple_of(2);
    match (segments.first()?.as_str(), segments.get(2).map(String::as_str)) {
        ("subscriptions", Some("resourcegroups")) if segments.len() <= 4 => Some((resources("resourcegroups"), object)),
        ("subscriptions", _) => Some((resources(&names(segments)), object)),
        ("tenants", None) => Some((resources("tenants"), object)),
        _ => None,
    }
}

fn route<'c>(
    catalog: &'c Catalog,
    spec: &'c TableSpec,
    segments: &[String],
) -> Result<Option<Route<'c>>, CatalogError> {
    let fetch = &spec.fetch;
    let joined = |parts: &[String]| format!("/{}", parts.join("/"));
    let subscription = || (fetch.plane == Plane::Arm).then(|| ArmId::new(&joined(segments)).subscription).flatten();
    let mut route = Route { spec, subscription: None, parent_id: None, parent_name: None, reference: None };
    if let Some(reference) = &fetch.reference {
        let path = joined(segments);
        if !path.contains(&reference.contains.to_lowercase()) || !is_id_of(spec, &path) {
            return Ok(None);
        }
        return Ok(Some(Route { subscription: subscription(), reference: Some(path), ..route }));
    }
    let template: Vec<&str> = fetch.path.split('/').filter(|part| !part.is_empty()).collect();
    let below = fetch.plane == Plane::Arm && template.first() == Some(&"{parent_id}");
    let template = &template[usize::from(below)..];
    let Some(head) = segments.len().checked_sub(template.len()) else { return Ok(None) };
    if below == (head == 0) {
        return Ok(None);
    }
    let mut parents = Vec::new();
    if below {
        parents.push(joined(&segments[..head]));
    }
    for (at, part) in template.iter().enumerate() {
        let mut found = Vec::new();
        if !fit(part, &segments[head + at], &mut found) {
            return Ok(None);
        }
        for (word, value) in found {
            match word {
                "parent_id" => route.parent_id = Some(value.to_owned()),
                "parent_name" => {
                    route.parent_name = Some(value.to_owned());
                    if fetch.plane == Plane::Arm {
                        parents.push(joined(&segments[..=head + at]));
                    }
                }
                _ => {}
            }
        }
    }
    for parent in parents {
        let mut fits = false;
        for table in &fetch.parents {
            fits |= is_id_of(catalog.table(table)?, &parent);
        }
        if fits {
            route.parent_id = Some(parent);
        } else if below {
            return Ok(None);
        }
    }
    route.subscription = subscription();
    Ok(Some(route))
}

/// Whether a path looks like the id of a row of the table.
fn is_id_of(spec: &TableSpec, path: &str) -> bool {
    match &spec.arm_type {
        _ if spec.fetch.plane == Plane::Graph => true,
        // A table of anything: any resource will do.
        None => is_object(path) && path.contains("/providers/"),
        Some(kind) => is_object(path) && arm_type_of(path).is_some_and(|found| same_type(kind, &found)),
    }
}

fn judge<'c>(mut route: Route<'c>, query: &[(String, String)]) -> (Option<usize>, Route<'c>) {
    let mut score = 0;
    for (key, wanted) in &route.spec.fetch.query {
        // How many to a page says nothing about what is asked.
        if key.eq_ignore_ascii_case("$top") {
            continue;
        }
        let given =
            query.iter().find(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, value)| value.to_lowercase());
        let mut found = Vec::new();
        if !given.as_deref().is_some_and(|given| fit(wanted, given, &mut found)) {
            return (None, route);
        }
        for (word, value) in found {
            match word {
                "parent_id" => route.parent_id = Some(value.to_owned()),
                "parent_name" => route.parent_name = Some(value.to_owned()),
                _ => {}
            }
        }
        score += 1;
    }
    (Some(score), route)
}

/// Whether lower-case text fits a template, and what its `{words}` stand for.
fn fit<'t, 'a>(template: &'t str, text: &'a str, found: &mut Vec<(&'t str, &'a str)>) -> bool {
    let Some((before, rest)) = template.split_once('{') else { return template.eq_ignore_ascii_case(text) };
    let Some((word, after)) = rest.split_once('}') else { return false };
    let Some(text) = text.strip_prefix(&before.to_lowercase()) else { return false };
    let (literal, end) = match after.split_once('{') {
        Some((literal, _)) => (literal, text.find(&literal.to_lowercase())),
        None => (after, text.strip_suffix(&after.to_lowercase()).map(str::len)),
    };
    let Some(end) = end.filter(|end| *end > 0) else { return false };
    found.push((word, &text[..end]));
    fit(&after[literal.len()..], &text[end + literal.len()..], found)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a path (and query) reads, in one line: `table subscription parent reference`.
    fn check(plane: Plane, path: &str, query: &[(&str, &str)], expected: &[&str]) {
        let query: Vec<_> = query.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let found = meant(routes(Catalog::bundled(), plane, path).unwrap(), &query);
        let shown: Vec<String> = found
            .iter()
            .map(|route| {
                let parts = [&route.subscription, &route.parent_id, &route.parent_name, &route.reference];
                let parts: Vec<&str> = parts.iter().map(|part| part.as_deref().unwrap_or("-")).collect();
                format!("{} {}", route.spec.name, parts.join(" "))
            })
            .collect();
        assert_eq!(shown, expected, "{path}");
    }

    #[test]
    fn arm_paths() {
        let arm = |path: &str, expected: &[&str]| check(Plane::Arm, path, &[], expected);
        arm("/subscriptions", &["azure_subscription - - - -"]);
        arm("/Subscriptions/S1/resourceGroups", &["azure_resource_group s1 - - -"]);
        arm("//subscriptions/S1//providers/microsoft.compute/VirtualMachines/", &["azure_vm s1 - - -"]);
        arm(
            "/subscriptions/s1/providers/Microsoft.Web/sites",
            &["azure_function_app s1 - - -", "azure_web_app s1 - - -"],
        );
        let vm = "/subscriptions/s1/resourceGroups/My%20Group/providers/Microsoft.Compute/virtualMachines/V";
        let plain = "/subscriptions/s1/resourcegroups/my group/providers/microsoft.compute/virtualmachines/v";
        arm(&format!("{vm}/extensions"), &[&format!("azure_vm_extension s1 {plain} - -")]);
        arm(vm, &[]);
        arm(&format!("{vm}/extensions/e"), &[]);
        // The same tail under another type belongs to no table.
        arm("/subscriptions/s1/resourceGroups/r/providers/Microsoft.Compute/somethingElse/V/extensions", &[]);
        arm("/subscriptions/s1/resourceGroups/r/providers/Microsoft.Compute/virtualMachines/extensions", &[]);
        let vault = "/subscriptions/s1/resourcegroups/r/providers/microsoft.keyvault/vaults/v";
        arm(
            &format!("{vault}/providers/microsoft.insights/diagnosticSettings"),
            &[&format!("azure_diagnostic_setting s1 {vault} - -")],
        );
        arm(&format!("{vault}/keys"), &[&format!("azure_keyvault_key s1 {vault} - -")]);
        let site = "/subscriptions/s1/resourcegroups/r/providers/microsoft.web/sites/w";
        arm(&format!("{site}/config/web"), &[&format!("azure_web_app_config s1 {site} - -")]);
        let initiative = "/providers/microsoft.authorization/policysetdefinitions/p1";
        arm(initiative, &[&format!("azure_policy_set_definition - - - {initiative}")]);
        arm("/providers/Microsoft.Authorization/policySetDefinitions", &[]);
        arm(&format!("{initiative}/versions/1"), &[]);
        arm("/", &[]);
        arm("", &[]);
    }

    #[test]
    fn graph_paths() {
        let graph = |path: &str, query: &[(&str, &str)], expected: &[&str]| check(Plane::Graph, path, query, expected);
        graph("/groups", &[], &["azure_user_group - - - -"]);
        graph("/policies/AuthorizationPolicy", &[], &["azure_authorization_policy - - - -"]);
        graph("/groups/G1/members", &[("$select", "id")], &["azure_group_member - g1 - -"]);
        graph("/groups/G1/x/members", &[], &[]);
        graph("/subscriptions", &[], &[]);
    }

    #[test]
    fn templates() {
        for (template, text, expected) in [
            ("Users", "users", Some("")),
            ("{parent_id}", "g1", Some("parent_id=g1")),
            ("groupId eq '{parent_id}'", "groupid eq 'g1'", Some("parent_id=g1")),
            ("t ge '{from}' and t le '{to}'", "t ge '1' and t le '2'", Some("from=1 to=2")),
            ("a{x}", "b1", None),
            ("a{x}", "a", None),
            ("a{x", "a{x", None),
            ("{x}b", "ac", None),
        ] {
            let mut found = Vec::new();
            let fits = fit(template, text, &mut found);
            let shown = found.iter().map(|(word, value)| format!("{word}={value}")).collect::<Vec<_>>().join(" ");
            assert_eq!(fits.then_some(shown).as_deref(), expected, "{template}");
        }
    }

    #[test]
    fn types() {
        for (id, kind, object) in [
            ("/subscriptions/S", Some("microsoft.resources/subscriptions"), true),
            ("/subscriptions", Some("microsoft.resources/subscriptions"), false),
            ("/subscriptions/s/resourceGroups/R", Some("microsoft.resources/resourcegroups"), true),
            ("/subscriptions/s/resourceGroups/providers", Some("microsoft.resources/resourcegroups"), true),
            ("/subscriptions/s/locations/westeurope", Some("microsoft.resources/subscriptions/locations"), true),
            ("/tenants", Some("microsoft.resources/tenants"), false),
            ("/subscriptions/s/providers", Some("microsoft.resources/providers"), false),
            ("/subscriptions/s/providers/Microsoft.Web", Some("microsoft.resources/providers"), true),
            (
                "/subscriptions/s/resourceGroups/r/providers/M.Sql/servers/a/databases/b",
                Some("m.sql/servers/databases"),
                true,
            ),
            (
                "/subscriptions/s/resourceGroups/r/providers/Microsoft.Security/locations/westeurope/jitNetworkAccessPolicies/default",
                Some("microsoft.security/locations/jitnetworkaccesspolicies"),
                true,
            ),
            (
                "/a/providers/M.KV/vaults/v/providers/Microsoft.Insights/diagnosticSettings",
                Some("microsoft.insights/diagnosticsettings"),
                false,
            ),
            ("/providers/Microsoft.Management/managementGroups/g", Some("microsoft.management/managementgroups"), true),
            ("plain", None, false),
            ("/", None, false),
        ] {
            assert_eq!((arm_type_of(id).as_deref(), is_object(id)), (kind, object), "{id}");
        }
        assert!(same_type("Microsoft.Resources/subscriptions/resourceGroups", "microsoft.resources/resourcegroups"));
        assert_eq!(plain_path("//A/b%20c/?x=/y"), "/a/b c");
    }
}
