//! Whether the principal reads everything in a subscription: its role assignments in, yes or no out. Lists such as
//! `/resources` leave out what the caller cannot see; only with this proof is such a list complete.

use crate::client::{Audience, Bucket, CallError, CallKind, Client, Cost, Method, Pages, Request};
use serde::Deserialize;

const PROVIDER: &str = "microsoft.authorization";
const API_VERSION: &str = "2022-04-01";

#[derive(Deserialize)]
struct Wrapped<T> {
    properties: T,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Assignment {
    role_definition_id: String,
    scope: String,
    condition: Option<String>,
}

#[derive(Deserialize)]
struct Deny {
    #[serde(default)]
    permissions: Vec<Permission>,
}

#[derive(Deserialize)]
struct Definition {
    #[serde(default)]
    permissions: Vec<Permission>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Permission {
    #[serde(default)]
    actions: Vec<String>,
    #[serde(default)]
    not_actions: Vec<String>,
}

/// Asks for the role assignments that hold for a principal (its groups included) and looks for one at the subscription
/// or above that grants `*/read` without taking reads away, and that no deny assignment overrules: what is denied is not
/// counted either.
///
/// # Errors
/// A call failed: there is no proof.
pub async fn reads_everything(
    client: &Client,
    subscription: &str,
    object_id: &str,
    cost: &mut Cost,
) -> Result<bool, CallError> {
    let request = |path: String, filter: Option<String>| Request {
        audience: Audience::Arm,
        method: Method::GET,
        path,
        query: filter
            .map(|filter| ("$filter".to_owned(), filter))
            .into_iter()
            .chain([("api-version".to_owned(), API_VERSION.to_owned())])
            .collect(),
        body: None,
        storage_version: None,
        bucket: Bucket {
            subscription: Some(subscription.to_owned()),
            provider: PROVIDER.to_owned(),
            region: None,
            kind: CallKind::List,
        },
    };
    let list = format!("/subscriptions/{subscription}/providers/Microsoft.Authorization/roleAssignments");
    let mut pages = client.pages(request(list, Some(format!("assignedTo('{object_id}')"))), "value");
    let mut roles = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page?;
        *cost += page.cost;
        let found = page.items.iter().filter_map(|raw| serde_json::from_str::<Wrapped<Assignment>>(raw.get()).ok());
        let fits = |one: &Assignment| {
            one.condition.as_deref().is_none_or(str::is_empty) && is_at_or_above(&one.scope, subscription)
        };
        roles.extend(found.map(|one| one.properties).filter(fits).map(|one| one.role_definition_id));
    }
    roles.sort();
    roles.dedup();
    for role in roles {
        let answer = client.call(&request(role, None)).await?;
        *cost += answer.cost;
        let definition = serde_json::from_slice::<Wrapped<Definition>>(&answer.body);
        if definition.is_ok_and(|found| found.properties.permissions.iter().any(grants_all_reads)) {
            let denies = format!("/subscriptions/{subscription}/providers/Microsoft.Authorization/denyAssignments");
            let pages = client.pages(request(denies, Some(format!("assignedTo('{object_id}')"))), "value");
            return nothing_denied(pages, cost).await;
        }
    }
    Ok(false)
}

/// Whether none of the deny assignments takes a read away.
async fn nothing_denied(mut pages: Pages, cost: &mut Cost) -> Result<bool, CallError> {
    while let Some(page) = pages.next().await {
        let page = match page {
            Ok(page) => page,
            // A place that does not know the type has none.
            Err(error) if error.status == Some(404) => {
                *cost += error.cost;
                return Ok(true);
            }
            Err(error) => return Err(error),
        };
        *cost += page.cost;
        for raw in page.items {
            // One that cannot be read may deny anything.
            let Ok(found) = serde_json::from_str::<Wrapped<Deny>>(raw.get()) else { return Ok(false) };
            if found.properties.permissions.iter().any(denies_a_read) {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

fn denies_a_read(permission: &Permission) -> bool {
    let is_read = |action: &String| action.ends_with('*') || action.to_lowercase().ends_with("/read");
    let spares_reads =
        permission.not_actions.iter().any(|action| matches!(action.to_lowercase().as_str(), "*" | "*/read"));
    permission.actions.iter().any(is_read) && !spares_reads
}

fn is_at_or_above(scope: &str, subscription: &str) -> bool {
    let scope = scope.trim_end_matches('/').to_lowercase();
    scope.is_empty()
        || scope == format!("/subscriptions/{}", subscription.to_lowercase())
        || scope.starts_with("/providers/microsoft.management/managementgroups/")
}

fn grants_all_reads(permission: &Permission) -> bool {
    let grants = permission.actions.iter().any(|action| matches!(action.to_lowercase().as_str(), "*" | "*/read"));
    // Any exclusion that could end in a read breaks the proof; `Microsoft.X/*/write` does not.
    let takes = permission.not_actions.iter().any(|action| {
        let action = action.to_lowercase();
        action.ends_with('*') || action.ends_with("/read")
    });
    grants && !takes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grants() {
        for (actions, not_actions, expected) in [
            (&["*/read"][..], &[][..], true),
            (&["*"], &["Microsoft.Authorization/*/write", "Microsoft.Authorization/elevateAccess/Action"], true),
            (&["*"], &["Microsoft.Sql/*"], false),
            (&["*/read"], &["Microsoft.KeyVault/vaults/read"], false),
            (&["Microsoft.Compute/*/read"], &[], false),
        ] {
            let own = |list: &[&str]| list.iter().map(|one| (*one).to_owned()).collect();
            let permission = Permission { actions: own(actions), not_actions: own(not_actions) };
            assert_eq!(grants_all_reads(&permission), expected, "{actions:?} {not_actions:?}");
        }
        for (actions, not_actions, expected) in [
            (&["Microsoft.Sql/*"][..], &[][..], true),
            (&["Microsoft.Sql/servers/Read"], &[], true),
            (&["*"], &["*/read"], false),
            (&["*"], &["Microsoft.Storage/*/read"], true),
            (&["Microsoft.Sql/*/write", "Microsoft.Sql/*/delete"], &[], false),
        ] {
            let own = |list: &[&str]| list.iter().map(|one| (*one).to_owned()).collect();
            let permission = Permission { actions: own(actions), not_actions: own(not_actions) };
            assert_eq!(denies_a_read(&permission), expected, "deny {actions:?} {not_actions:?}");
        }
        for (scope, expected) in [
            ("/", true),
            ("/subscriptions/S1", true),
            ("/providers/Microsoft.Management/managementGroups/root", true),
            ("/subscriptions/s1/resourceGroups/r", false),
            ("/subscriptions/s2", false),
        ] {
            assert_eq!(is_at_or_above(scope, "s1"), expected, "{scope}");
        }
    }
}
