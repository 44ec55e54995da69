//! Scopes and ARM ids: ids as text in, their parts out. Never looks anything up.

/// Where a call is made, and where a verdict is missing when it fails.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// The whole tenant, by its GUID.
    Tenant(String),
    /// One subscription, by its GUID.
    Subscription(String),
}

impl Scope {
    /// The word in the ledger's `scope_kind`.
    pub fn kind(&self) -> &'static str {
        match self {
            Scope::Tenant(_) => "tenant",
            Scope::Subscription(_) => "subscription",
        }
    }

    /// The GUID in the ledger's `scope_id`.
    pub fn id(&self) -> &str {
        match self {
            Scope::Tenant(id) | Scope::Subscription(id) => id,
        }
    }
}

/// The parts of an ARM id that columns need; ids compare without letter case, so everything is lower-case.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ArmId {
    /// The whole id, lower-case, without a trailing slash.
    pub id: String,
    /// GUID after `/subscriptions/`, if the id starts there.
    pub subscription: Option<String>,
    /// Name after `/resourcegroups/`.
    pub resource_group: Option<String>,
}

impl ArmId {
    /// Takes an id apart. Text that is no ARM id gives just the lower-case text.
    pub fn new(text: &str) -> ArmId {
        let id = trim_id(text).to_lowercase();
        let mut segments = id.split('/').skip(1);
        let (mut subscription, mut resource_group) = (None, None);
        if id.starts_with("/subscriptions/") {
            segments.next();
            subscription = segments.next().filter(|part| !part.is_empty()).map(str::to_owned);
            if segments.next() == Some("resourcegroups") {
                resource_group = segments.next().filter(|part| !part.is_empty()).map(str::to_owned);
            }
        }
        ArmId { id, subscription, resource_group }
    }
}

/// An id without its closing slash; the root scope `/` stays.
pub fn trim_id(id: &str) -> &str {
    let trimmed = id.trim_end_matches('/');
    if trimmed.is_empty() && id.starts_with('/') { "/" } else { trimmed }
}

/// The part after the last slash.
pub fn last_segment(id: &str) -> &str {
    id.trim_end_matches('/').rsplit('/').next().unwrap_or(id)
}

/// The id of the resource that an id of `arm_type` hangs on: for `A/b/c`, the id less `/c/<name>`; for an extension
/// resource (`Microsoft.Insights/diagnosticSettings` on a vault) the id before its last `/providers/`.
pub fn parent_of(id: &str) -> Option<String> {
    let id = id.trim_end_matches('/').to_lowercase();
    let provider = id.rfind("/providers/")?;
    let tail: Vec<&str> = id[provider + "/providers/".len()..].split('/').collect();
    if tail.len() > 3 {
        let cut = id.rmatch_indices('/').nth(1)?.0;
        Some(id[..cut].to_owned())
    } else if provider > 0 && id[..provider].contains("/providers/") {
        Some(id[..provider].to_owned())
    } else {
        None
    }
}

/// The ids above an ARM id, nearest first: parents, what an extension hangs on, resource group, subscription.
pub fn ancestors(id: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut at = id.to_owned();
    loop {
        let up = parent_of(&at).or_else(|| {
            let cut = at.rfind("/providers/").filter(|cut| *cut > 0).or_else(|| at.rfind("/resourcegroups/"))?;
            Some(at[..cut].to_owned())
        });
        match up {
            Some(up) if !up.is_empty() && up.len() < at.len() => {
                found.push(up.clone());
                at = up;
            }
            _ => return found,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arm_ids() {
        let id = ArmId::new("/Subscriptions/AB/resourceGroups/Rg-1/providers/Microsoft.Compute/disks/D/");
        assert_eq!(id.id, "/subscriptions/ab/resourcegroups/rg-1/providers/microsoft.compute/disks/d");
        assert_eq!((id.subscription.as_deref(), id.resource_group.as_deref()), (Some("ab"), Some("rg-1")));
        assert_eq!(ArmId::new("/providers/x").subscription, None);
        assert_eq!(ArmId::new("Plain").id, "plain");
    }

    #[test]
    fn parents() {
        for (id, parent) in [
            (
                "/subscriptions/s/resourceGroups/r/providers/M.Sql/servers/a/databases/b",
                Some("/subscriptions/s/resourcegroups/r/providers/m.sql/servers/a"),
            ),
            (
                "/subscriptions/s/resourcegroups/r/providers/m.kv/vaults/v/providers/microsoft.insights/diagnosticsettings/d",
                Some("/subscriptions/s/resourcegroups/r/providers/m.kv/vaults/v"),
            ),
            ("/subscriptions/s/resourcegroups/r/providers/m.kv/vaults/v", None),
            ("plain", None),
        ] {
            assert_eq!(parent_of(id).as_deref(), parent, "{id}");
        }
    }
}
