//! What a principal may do: the blocks of Azure's permissions API, or a token's claims in, yes or no for a right out.
//!
//! A block's exclusions take away from that block only, as in Azure: what one role leaves out another may give. Knows no
//! table and asks nobody.

use super::permission::Right;
use serde::Deserialize;

/// Holds one block of what the permissions API lists for a scope.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Block {
    actions: Option<Vec<String>>,
    not_actions: Option<Vec<String>>,
    data_actions: Option<Vec<String>>,
    not_data_actions: Option<Vec<String>>,
}

/// Holds what a principal may do at a scope of Resource Manager.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grants(Vec<Block>);

impl Grants {
    /// Reads the items of the permissions API; what is not of its form grants nothing.
    pub fn of_items<'i>(items: impl IntoIterator<Item = &'i str>) -> Grants {
        Grants(items.into_iter().filter_map(|item| serde_json::from_str(item).ok()).collect())
    }

    /// Whether an action or data action is granted. Other rights are not Resource Manager's to grant.
    #[must_use]
    pub fn allow(&self, right: &Right) -> bool {
        let list = |list: &Option<Vec<String>>| list.clone().unwrap_or_default();
        self.0.iter().any(|block| match right {
            Right::Action(name) => is_granted(name, &list(&block.actions), &list(&block.not_actions)),
            Right::DataAction(name) => is_granted(name, &list(&block.data_actions), &list(&block.not_data_actions)),
            Right::Graph(_) | Right::VaultPolicy(_) => false,
        })
    }
}

fn is_granted(wanted: &str, actions: &[String], not_actions: &[String]) -> bool {
    actions.iter().any(|action| covers(action, wanted)) && !not_actions.iter().any(|action| overlap(action, wanted))
}

/// Whether a pattern (`*` for anything, letter case aside) takes in the whole of another.
pub(super) fn covers(pattern: &str, wanted: &str) -> bool {
    // A star of the wanted text is a character like any other here: only a star takes it in.
    glob(pattern.to_lowercase().as_bytes(), wanted.to_lowercase().as_bytes())
}

fn glob(pattern: &[u8], text: &[u8]) -> bool {
    let (mut at, mut from) = (0, 0);
    // Where to go on after the last star, should the rest not fit.
    let mut again: Option<(usize, usize)> = None;
    while from < text.len() {
        match pattern.get(at) {
            Some(b'*') => {
                again = Some((at + 1, from));
                at += 1;
            }
            Some(c) if *c == text[from] => (at, from) = (at + 1, from + 1),
            _ => match again {
                Some((star, tried)) => {
                    again = Some((star, tried + 1));
                    (at, from) = (star, tried + 1);
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|c| *c == b'*')
}

/// Whether two patterns have a text in common.
fn overlap(one: &str, other: &str) -> bool {
    let (one, other) = (one.to_lowercase().into_bytes(), other.to_lowercase().into_bytes());
    // meets[j]: whether the rest of `one` from i and of `other` from j have a text in common.
    let mut meets: Vec<bool> = (0..=other.len()).map(|j| other[j..].iter().all(|c| *c == b'*')).collect();
    for i in (0..one.len()).rev() {
        let mut next = meets.clone();
        for j in (0..=other.len()).rev() {
            let further = |list: &[bool]| list.get(j + 1).copied().unwrap_or(false);
            next[j] = match other.get(j) {
                _ if one[i] == b'*' => meets[j] || further(&next),
                Some(b'*') => meets[j] || further(&next),
                Some(c) => *c == one[i] && further(&meets),
                None => false,
            };
        }
        meets = next;
    }
    meets[0]
}

/// Holds what a token for Graph says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Claims {
    /// Tenant (`tid`).
    pub tenant_id: Option<String>,
    /// Object id of the principal (`oid`).
    pub object_id: Option<String>,
    /// Application id (`appid`).
    pub app_id: Option<String>,
    /// Application permissions (`roles`).
    pub roles: Vec<String>,
    /// Delegated permissions of a signed-in user (`scp`).
    pub scopes: Vec<String>,
    /// Directory roles (`wids`).
    pub wids: Vec<String>,
}

/// What every application and every member has: they give nothing to speak of.
const DEFAULT_ROLES: [&str; 2] = ["0997a1d0-0d1d-4acb-b408-d5ca73121e90", "b79fbf4d-3ef9-4689-8143-76b194e85509"];

impl Claims {
    /// Whether the claims name a Graph permission, or one that also writes what it reads.
    #[must_use]
    pub fn name(&self, right: &Right) -> bool {
        let Right::Graph(wanted) = right else { return false };
        let writing = wanted.replacen(".Read.", ".ReadWrite.", 1);
        let same = |own: &String| own.eq_ignore_ascii_case(wanted) || own.eq_ignore_ascii_case(&writing);
        self.roles.iter().chain(&self.scopes).any(same)
    }

    /// Whether the token carries any permission.
    #[must_use]
    pub fn carry_permissions(&self) -> bool {
        !self.roles.is_empty() || !self.scopes.is_empty()
    }

    /// Whether the principal has a directory role, with which it may read what no permission names.
    #[must_use]
    pub fn have_directory_role(&self) -> bool {
        self.wids.iter().any(|wid| !DEFAULT_ROLES.iter().any(|default| default.eq_ignore_ascii_case(wid)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions() {
        let action = |name: &str| Right::Action(name.to_owned());
        let data = |name: &str| Right::DataAction(name.to_owned());
        let reader = r#"{"actions":["*/read"],"notActions":[],"dataActions":null}"#;
        let contributor = r#"{"actions":["*"],"notActions":["Microsoft.Authorization/*/Write","Microsoft.Sql/*"]}"#;
        let vaults = r#"{"actions":["Microsoft.KeyVault/vaults/*/read"],"dataActions":["Microsoft.KeyVault/vaults/*/read"],"notDataActions":["Microsoft.KeyVault/vaults/keys/read"]}"#;
        for (blocks, right, expected) in [
            (&[][..], action("Microsoft.Web/sites/Read"), false),
            (&[reader], action("Microsoft.Web/sites/Read"), true),
            (&[reader], action("Microsoft.Web/sites/config/list/Action"), false),
            (&[reader], action("*/read"), true),
            (&[reader], data("Microsoft.KeyVault/vaults/certificates/read"), false),
            (&[contributor], action("Microsoft.Web/sites/config/list/Action"), true),
            (&[contributor], action("Microsoft.Sql/servers/read"), false),
            (&[contributor], action("*/read"), false),
            // Another role gives what this one leaves out.
            (&[contributor, reader], action("Microsoft.Sql/servers/read"), true),
            (&[vaults], action("microsoft.keyvault/VAULTS/keys/READ"), true),
            (&[vaults], action("Microsoft.KeyVault/vaults/read"), false),
            (&[vaults], action("*/read"), false),
            (&[vaults], data("Microsoft.KeyVault/vaults/certificates/read"), true),
            (&[vaults], data("Microsoft.KeyVault/vaults/keys/read"), false),
            (&["junk", r#"{"actions":["Microsoft.Web/sites/read"]}"#], action("Microsoft.Web/sites/Read"), true),
            (&[r#"{"actions":["*/read"],"notActions":["*/write"]}"#], action("*/read"), true),
        ] {
            assert_eq!(Grants::of_items(blocks.iter().copied()).allow(&right), expected, "{blocks:?} {right}");
        }
    }

    #[test]
    fn patterns() {
        for (one, other, expected) in [
            ("a", "a", true),
            ("a", "b", false),
            ("*", "", true),
            ("*/read", "a/*", true),
            ("*/write", "*/read", false),
            ("a*c", "ab*", true),
            ("a*c", "*b", false),
            ("", "", true),
            ("**", "x", true),
            ("a*b*c", "a/b/b/c", true),
        ] {
            assert_eq!(overlap(one, other), expected, "{one} {other}");
            assert_eq!(overlap(other, one), expected, "{other} {one}");
        }
        assert!(covers("a*b*c", "axbxbc") && !covers("a*b*c", "axbxb") && !covers("a/read", "*/read"));
    }

    #[test]
    fn claims() {
        let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let wanted = Right::Graph("Group.Read.All".to_owned());
        for (roles, scopes, expected) in [
            (&["Group.Read.All"][..], &[][..], true),
            (&["Group.ReadWrite.All"], &[], true),
            (&[], &["group.read.all"], true),
            (&["GroupMember.Read.All"], &[], false),
        ] {
            let claims = Claims { roles: list(roles), scopes: list(scopes), ..Claims::default() };
            assert_eq!(claims.name(&wanted), expected, "{roles:?} {scopes:?}");
        }
        let with = |wids: &[&str]| Claims { wids: list(wids), ..Claims::default() };
        assert!(!with(&DEFAULT_ROLES).have_directory_role() && with(&["f2ef992c"]).have_directory_role());
        assert!(!with(&["f2ef992c"]).carry_permissions());
    }
}
