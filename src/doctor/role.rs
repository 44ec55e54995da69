//! The least that is enough: chosen tables in, a custom role of Azure and the Graph permissions out.
//!
//! The role is of the form that `az role definition create --role-definition @FILE` takes. It never holds an action that
//! does more than read.

use super::DoctorError;
use super::choice::Choice;
use super::grants::covers;
use super::losses::ALL_READS;
use super::permission::{Need, Right, parse};
use crate::catalog::{Plane, ScopeKind, TableSpec};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Holds a custom role as the Azure CLI takes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct RoleDefinition {
    /// Name of the role.
    pub name: String,
    /// Always true.
    pub is_custom: bool,
    /// What it is for.
    pub description: String,
    /// Actions granted.
    pub actions: Vec<String>,
    /// Actions taken out of those: none.
    pub not_actions: Vec<String>,
    /// Data actions granted.
    pub data_actions: Vec<String>,
    /// Data actions taken out of those: none.
    pub not_data_actions: Vec<String>,
    /// Where it can be assigned.
    pub assignable_scopes: Vec<String>,
}

/// Holds an application permission of Microsoft Graph.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GraphPermission {
    /// Its name.
    pub permission: String,
    /// Tables that take it.
    pub tables: Vec<String>,
}

/// Holds what would be enough.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LeastRole {
    /// The role.
    pub role: RoleDefinition,
    /// Application permissions of Microsoft Graph.
    pub graph_permissions: Vec<GraphPermission>,
    /// What neither says.
    pub notes: Vec<String>,
}

/// By this action `doctor` sees what is granted.
const OWN_PERMISSIONS: &str = "Microsoft.Authorization/permissions/read";
/// The one Graph permission that stands for most of the narrow ones.
const DIRECTORY: &str = "Directory.Read.All";
const MANAGEMENT_GROUPS: &str = "/providers/Microsoft.Management/managementGroups";

/// Works out the least role and permissions for the chosen tables; `scopes` are where the role is to be assigned.
///
/// # Errors
/// A spec is bad.
pub fn least_role(choice: &Choice<'_>, scopes: Vec<String>) -> Result<LeastRole, DoctorError> {
    let mut sums = Sums::default();
    for name in choice.own_calls()? {
        let spec = choice.catalog.table(name)?;
        sums.add(spec, &parse(&spec.permission)?);
    }
    sums.actions.insert(OWN_PERMISSIONS.to_lowercase(), OWN_PERMISSIONS.to_owned());
    let notes = sums.notes(&scopes);
    let graph_permissions = sums.graph();
    let role = RoleDefinition {
        name: "azsnap reader".to_owned(),
        is_custom: true,
        description: "Reads what azsnap copies, and nothing else.".to_owned(),
        actions: reduced(sums.actions),
        not_actions: Vec::new(),
        data_actions: reduced(sums.data_actions),
        not_data_actions: Vec::new(),
        assignable_scopes: scopes,
    };
    Ok(LeastRole { role, graph_permissions, notes })
}

/// Names by their lower-case form: Azure compares without letter case.
type Names = BTreeMap<String, String>;

#[derive(Default)]
struct Sums {
    actions: Names,
    data_actions: Names,
    /// Tables that take everything to be readable.
    all_reads: Vec<String>,
    /// Tables above all management groups, and the actions they take.
    above: Vec<String>,
    management_groups: Vec<String>,
    vault_policies: Vec<String>,
    /// Tables of Graph and what they take.
    graph: Vec<(String, Need)>,
}

impl Sums {
    fn add(&mut self, spec: &TableSpec, need: &Need) {
        let name = || spec.name.clone();
        let path = spec.fetch.path.as_str();
        match spec.fetch.plane {
            Plane::Graph => {
                self.graph.push((name(), need.clone()));
                return;
            }
            // What lies beside the management groups is under nobody's root group.
            Plane::Arm if spec.fetch.scope == ScopeKind::Tenant && path.starts_with("/providers/") => {
                if !path.starts_with(MANAGEMENT_GROUPS) {
                    self.above.push(format!("{} ({})", spec.name, spec.permission));
                    return;
                }
                self.management_groups.push(name());
            }
            _ => {}
        }
        if spec.fetch.filtered_by_visibility {
            self.all_reads.push(name());
            self.actions.insert(ALL_READS.to_owned(), ALL_READS.to_owned());
        }
        // Of several actions all are taken: Azure's papers differ in which of them it asks for, and each only reads.
        for right in need.rights() {
            match right {
                Right::Action(action) => drop(self.actions.insert(action.to_lowercase(), action.clone())),
                Right::DataAction(action) => drop(self.data_actions.insert(action.to_lowercase(), action.clone())),
                Right::VaultPolicy(words) => self.vault_policies.push(format!("{words} ({})", spec.name)),
                Right::Graph(_) => {}
            }
        }
    }

    /// The permissions of Graph: of alternatives the first, unless another is taken already.
    fn graph(&self) -> Vec<GraphPermission> {
        let grants_alone = |need: &&Need| !need.users_only;
        let needs: Vec<&Need> = self.graph.iter().map(|(_, need)| need).filter(grants_alone).collect();
        let names = |rights: &[Right]| rights.iter().map(|right| right.name().to_owned()).collect::<Vec<_>>();
        let firsts = needs.iter().filter_map(|need| need.any_of.first());
        let mut taken: BTreeSet<String> = firsts.flat_map(|rights| names(rights)).collect();
        for name in taken.clone() {
            let without = |right: &Right| right.name() != name && taken.contains(right.name());
            if needs.iter().all(|need| need.is_met(without)) {
                taken.remove(&name);
            }
        }
        let serves = |name: &String, need: &Need| {
            need.is_met(|right| taken.contains(right.name()))
                && need.any_of.iter().any(|all| {
                    all.iter().all(|right| taken.contains(right.name())) && all.iter().any(|right| right.name() == name)
                })
        };
        let tables = |name: &String| {
            let serving = self.graph.iter().filter(|(_, need)| !need.users_only && serves(name, need));
            serving.map(|(table, _)| table.clone()).collect()
        };
        taken.iter().map(|name| GraphPermission { permission: name.clone(), tables: tables(name) }).collect()
    }

    fn notes(&self, scopes: &[String]) -> Vec<String> {
        let mut notes = Vec::new();
        let mut note = |names: &[String], text: &str| {
            if !names.is_empty() {
                notes.push(format!("{}: {text}", names.join(", ")));
            }
        };
        note(
            &self.all_reads,
            "read from lists that leave out what the reader cannot see, so the role holds */read, which takes in most other actions; for a narrow role leave them out (--without-table), with what hangs on them",
        );
        note(
            &self.above,
            "above all subscriptions and management groups: takes a role at the scope / (`az role assignment create --scope /`), or the tables stay unread",
        );
        let in_subscriptions = !scopes.iter().any(|scope| scope.starts_with(MANAGEMENT_GROUPS));
        let groups = if in_subscriptions { &self.management_groups[..] } else { &[] };
        note(groups, "read at the root management group: assign the role (or Management Group Reader) there too");
        note(&self.vault_policies, "in vaults that go by access policies, which no role opens");
        if !self.data_actions.is_empty() && !in_subscriptions {
            notes.push(
                "DataActions: if Azure refuses to assign such a role at a management group, assign it at each subscription, or leave them out and assign Key Vault Reader"
                    .to_owned(),
            );
        }
        for (table, need) in &self.graph {
            if let Some((right, rows)) = &need.also {
                notes.push(format!("{table}: {right} too for {rows}"));
            }
            if need.users_only {
                notes.push(format!("{table}: only for a signed-in user, so no application permission helps"));
            }
        }
        let narrow: Vec<String> =
            self.graph().into_iter().map(|one| one.permission).filter(|name| name != DIRECTORY).collect();
        let covered = narrow.iter().filter(|name| self.stands_for(name)).cloned().collect::<Vec<_>>();
        if !covered.is_empty() {
            notes.push(format!("{DIRECTORY} alone would do for: {}", covered.join(", ")));
        }
        notes
    }

    /// Whether the permission for the whole directory would do wherever this one is taken.
    fn stands_for(&self, name: &str) -> bool {
        let takes = |need: &Need| need.rights().any(|right| right.name() == name);
        let mut needs =
            self.graph.iter().map(|(_, need)| need).filter(|need| !need.users_only && takes(need)).peekable();
        needs.peek().is_some() && needs.all(|need| need.is_met(|right| right.name() == DIRECTORY))
    }
}

/// Leaves out what another name of the list takes in.
fn reduced(names: Names) -> Vec<String> {
    let all: Vec<String> = names.keys().cloned().collect();
    let is_taken_in = |name: &String| all.iter().any(|other| other != name && covers(other, name));
    names.into_iter().filter(|(key, _)| !is_taken_in(key)).map(|(_, name)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;
    use crate::doctor::Wanted;
    use crate::packs::Library;

    fn least(tables: &[&str], without: &[&str], checks: &[&str]) -> LeastRole {
        let library = Library::few();
        let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let wanted =
            Wanted { tables: list(tables), without_tables: list(without), checks: list(checks), by_name_too: false };
        let choice = Choice::new(Catalog::bundled(), &library, &wanted).unwrap();
        least_role(&choice, vec!["/subscriptions/s".to_owned()]).unwrap()
    }

    fn permissions(least: &LeastRole) -> Vec<&str> {
        least.graph_permissions.iter().map(|one| one.permission.as_str()).collect()
    }

    #[test]
    fn a_small_set() {
        let found = least(&["azure_keyvault_certificate", "azure_policy_state"], &[], &[]);
        assert_eq!(
            serde_json::to_value(&found.role).unwrap(),
            serde_json::json!({
                "Name": "azsnap reader",
                "IsCustom": true,
                "Description": "Reads what azsnap copies, and nothing else.",
                "Actions": [
                    "Microsoft.Authorization/permissions/read",
                    "Microsoft.KeyVault/vaults/read",
                    "Microsoft.PolicyInsights/policyStates/queryResults/action",
                    "Microsoft.PolicyInsights/policyStates/queryResults/read",
                    "Microsoft.Resources/subscriptions/read",
                ],
                "NotActions": [],
                "DataActions": ["Microsoft.KeyVault/vaults/certificates/read"],
                "NotDataActions": [],
                "AssignableScopes": ["/subscriptions/s"],
            })
        );
        assert!(found.graph_permissions.is_empty());
        let policies =
            "certificates list (azure_keyvault_certificate): in vaults that go by access policies, which no role opens";
        assert_eq!(found.notes, [policies]);
    }

    /// A list that hides things takes */read, and that takes in the rest.
    #[test]
    fn all_reads_take_in_the_rest() {
        let found = least(&["azure_resource", "azure_vm", "azure_policy_state"], &[], &[]);
        let action = "Microsoft.PolicyInsights/policyStates/queryResults/action";
        assert_eq!(found.role.actions, ["*/read", action]);
        assert!(found.notes[0].starts_with("azure_resource: "), "{:?}", found.notes);
    }

    #[test]
    fn graph_permissions() {
        for (tables, expected) in [
            (&["azure_user"][..], &["User.Read.All"][..]),
            (&["azure_user_sign_in_activity"], &["AuditLog.Read.All", "User.Read.All"]),
            // Policy.Read.All is taken for itself and does for the other.
            (&["azure_authorization_policy", "azure_conditional_access_policy"], &["Policy.Read.All"]),
            (&["azure_conditional_access_policy"], &["Policy.Read.ConditionalAccess"]),
            (
                &["azure_directory_role", "azure_ad_role_assignment_schedule_instance"],
                &["RoleManagement.Read.Directory"],
            ),
            // Nothing that an application cannot have.
            (&["azure_access_packages_approver"], &["EntitlementManagement.Read.All"]),
        ] {
            assert_eq!(permissions(&least(tables, &[], &[])), expected, "{tables:?}");
        }
        let found = least(&["azure_group_member"], &[], &[]);
        assert_eq!(permissions(&found), ["Group.Read.All", "GroupMember.Read.All"]);
        assert_eq!(found.notes[0], "azure_group_member: Member.Read.Hidden too for groups of hidden membership");
        assert_eq!(found.notes[1], "Directory.Read.All alone would do for: Group.Read.All, GroupMember.Read.All");
    }

    #[test]
    fn everything() {
        let found = least(&[], &[], &[]);
        let actions = &found.role.actions;
        assert!(actions.contains(&"*/read".to_owned()), "{actions:?}");
        assert!(actions.iter().all(|action| action.ends_with("/action") || action == "*/read"), "{actions:?}");
        assert!(!actions.iter().any(|action| action.contains("config/list")), "read only when named: {actions:?}");
        let notes = found.notes.join("\n");
        assert!(notes.contains("azure_entra_diagnostic_setting (microsoft.aadiam/diagnosticSettings/read)"), "{notes}");
        assert!(permissions(&found).len() > 10);
        for one in &found.graph_permissions {
            assert!(!one.tables.is_empty(), "{}", one.permission);
        }
        let narrow = least(
            &[],
            &[
                "azure_resource",
                "azure_resource_group",
                "azure_vm_patch_assessment",
                "azure_private_endpoint_connection",
                "azure_diagnostic_setting_category",
                "azure_virtual_network_gateway",
                "azure_network_connection",
            ],
            &[],
        );
        assert!(narrow.role.actions.len() > 150 && !narrow.role.actions.contains(&"*/read".to_owned()));
    }

    #[test]
    fn of_a_check() {
        let found = least(&[], &[], &["webapp_https_only"]);
        let expected = [
            "Microsoft.Authorization/permissions/read",
            "Microsoft.Resources/subscriptions/read",
            "Microsoft.Web/sites/Read",
        ];
        assert_eq!(found.role.actions, expected);
    }
}
