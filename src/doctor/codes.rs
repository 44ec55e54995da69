//! The table of diagnoses: what each code means, what shows it, and what to do. Data only; the manual is made from it, and
//! nothing here looks at an answer.

use serde::Serialize;

/// Names the part of the way that a diagnosis is about; they are gone through in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// What the user set.
    Configuration,
    /// The tokens.
    SignIn,
    /// Microsoft Graph.
    Graph,
    /// Resource Manager.
    ResourceManager,
    /// The data plane of vaults.
    KeyVault,
}

impl Stage {
    /// Lists every stage in its order.
    pub const ALL: [Stage; 5] =
        [Stage::Configuration, Stage::SignIn, Stage::Graph, Stage::ResourceManager, Stage::KeyVault];

    /// Gives the name for people.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Stage::Configuration => "Configuration",
            Stage::SignIn => "Sign-in",
            Stage::Graph => "Microsoft Graph",
            Stage::ResourceManager => "Resource Manager",
            Stage::KeyVault => "Key Vault",
        }
    }
}

/// States what a diagnosis means for a run; the worst comes first in the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Nothing can be read.
    Unusable,
    /// Tables would be missing.
    LosesTables,
    /// Worth knowing; nothing is lost that could be had.
    Fact,
}

impl Severity {
    /// Gives the words for people.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Severity::Unusable => "unusable",
            Severity::LosesTables => "loses tables",
            Severity::Fact => "a fact, no fault",
        }
    }
}

/// Holds one row of the table.
#[derive(Debug, PartialEq, Eq)]
pub struct Code {
    /// The code.
    pub code: &'static str,
    /// Where it belongs.
    pub stage: Stage,
    /// What it means for a run.
    pub severity: Severity,
    /// What shows it, by number and code.
    pub signal: &'static str,
    /// What is the matter.
    pub message: &'static str,
    /// What to do.
    pub cure: &'static str,
}

/// Finds a code.
#[must_use]
pub fn find(code: &str) -> Option<&'static Code> {
    CODES.iter().find(|row| row.code == code)
}

const fn row(code: &'static str, stage: Stage, severity: Severity, [signal, message, cure]: [&'static str; 3]) -> Code {
    Code { code, stage, severity, signal, message, cure }
}

use Severity::{Fact, LosesTables, Unusable};
use Stage::{Configuration, Graph, KeyVault, ResourceManager, SignIn};

/// Every code, in the order of the stages.
pub static CODES: [Code; 35] = [
    row(
        "CFG000",
        Configuration,
        Unusable,
        [
            "a configuration file cannot be read, or a value or key in it is not of its form",
            "a configuration file is malformed",
            "Mend the file where the message points.",
        ],
    ),
    row(
        "CFG001",
        Configuration,
        Unusable,
        [
            "a required setting is missing",
            "a setting that sign-in takes is missing",
            "Set the variable that is named. Tenant and client id are in the Azure portal under Microsoft Entra ID > App registrations > your application > Overview.",
        ],
    ),
    row(
        "CFG002",
        Configuration,
        Unusable,
        [
            "a client secret stands in a configuration file",
            "a secret stands in a file",
            "Move it to the environment (AZURE_CLIENT_SECRET) and make a new one: App registrations > your application > Certificates & secrets. The one in the file counts as known to others.",
        ],
    ),
    row(
        "CFG003",
        Configuration,
        Unusable,
        [
            "a reference to jit_secrets has another name",
            "a reference names a secret that does not exist",
            "There are three names, letter for letter: azure_client_id, azure_client_secret, azure_subscription_ids.",
        ],
    ),
    row(
        "CFG004",
        Configuration,
        Unusable,
        [
            "a variable is set to nothing, or a referenced one is not set",
            "a variable is empty",
            "Give the variable that is named its value, or unset it. A secret that a pipeline does not pass on shows as an empty variable.",
        ],
    ),
    row(
        "CFG005",
        Configuration,
        Unusable,
        [
            "the client id is no GUID",
            "the client id is malformed",
            "Copy `Application (client) ID` from Microsoft Entra ID > App registrations > your application > Overview. It looks like 00000000-0000-0000-0000-000000000000.",
        ],
    ),
    row(
        "CFG006",
        Configuration,
        Unusable,
        [
            "the client secret has the form of a GUID",
            "this looks like the Secret ID, not the secret",
            "Under App registrations > your application > Certificates & secrets copy the column `Value`, not `Secret ID`. The value is shown only once, when the secret is made: if it is gone, make a new secret.",
        ],
    ),
    row(
        "CFG007",
        Configuration,
        Unusable,
        [
            "the tenant is neither a GUID nor a domain",
            "the tenant is malformed",
            "Copy `Directory (tenant) ID` from Microsoft Entra ID > Overview, or give a domain of the tenant such as contoso.onmicrosoft.com.",
        ],
    ),
    row(
        "CFG008",
        Configuration,
        Unusable,
        [
            "a subscription is no GUID although it looks like one",
            "a subscription id is malformed",
            "Copy `Subscription ID` from the portal's page Subscriptions, or ask `az account list --output table`. Give the GUID alone, without /subscriptions/ before it.",
        ],
    ),
    row(
        "CFG009",
        Configuration,
        Unusable,
        [
            "all subscriptions and one subscription are chosen at once, or nothing is",
            "the choice of scopes contradicts itself",
            "Choose either all visible subscriptions or one, and switch Graph tables on where no subscription is to be read.",
        ],
    ),
    row(
        "CFG010",
        Configuration,
        Fact,
        [
            "several subscriptions stand where others take one",
            "several subscriptions are named",
            "azsnap reads them all. Other readers of the same file may take one subscription for each integration.",
        ],
    ),
    row(
        "CFG011",
        Configuration,
        Unusable,
        [
            "the integration's type is not azure_account",
            "the integration is of another type",
            "Write `type: azure_account`, or choose another integration with --integration.",
        ],
    ),
    row(
        "AUTH101",
        SignIn,
        Unusable,
        [
            "AADSTS7000215 (401 invalid_client)",
            "the client secret is wrong: it is the Secret ID instead of the value, or a secret of another application",
            "Under Microsoft Entra ID > App registrations > your application > Certificates & secrets make a new secret and copy its `Value`. Check that client id and secret belong to the same application.",
        ],
    ),
    row(
        "AUTH102",
        SignIn,
        Unusable,
        [
            "AADSTS7000222",
            "the client secret has expired",
            "Make a new one: App registrations > your application > Certificates & secrets > New client secret, or `az ad app credential reset --id CLIENT_ID --append`. Its `Value` goes into AZURE_CLIENT_SECRET.",
        ],
    ),
    row(
        "AUTH103",
        SignIn,
        Unusable,
        [
            "AADSTS700016 (400 unauthorized_client)",
            "the tenant has no application with this client id",
            "Copy `Application (client) ID` from App registrations > your application > Overview: the Secret ID and the Object ID are something else. If it is right, the tenant id is another tenant's.",
        ],
    ),
    row(
        "AUTH104",
        SignIn,
        Unusable,
        [
            "AADSTS90002, AADSTS900023 or AADSTS90013, also on a page for people",
            "the tenant was not found, or its id is malformed",
            "Copy `Directory (tenant) ID` from Microsoft Entra ID > Overview (`az account show --query tenantId`), and check the cloud: --cloud public, usgov or china.",
        ],
    ),
    row(
        "AUTH105",
        SignIn,
        Unusable,
        [
            "AADSTS7000112",
            "the application is disabled in this tenant",
            "Microsoft Entra ID > Enterprise applications > your application > Properties: set `Enabled for users to sign-in?` to Yes.",
        ],
    ),
    row(
        "AUTH106",
        SignIn,
        Unusable,
        [
            "AADSTS7000229",
            "the application has no service principal in this tenant",
            "Make one: `az ad sp create --id CLIENT_ID`, signed in to this tenant; or have an administrator of the tenant consent to the application.",
        ],
    ),
    row(
        "AUTH107",
        SignIn,
        Unusable,
        [
            "AADSTS53003",
            "a Conditional Access policy for workload identities blocks the sign-in",
            "Microsoft Entra ID > Security > Conditional Access: find the policy that takes in this service principal (Sign-in logs > Service principal sign-ins names it). Run from an allowed network, or leave the principal out of the policy.",
        ],
    ),
    row(
        "AUTH108",
        SignIn,
        Unusable,
        [
            "AADSTS7000218 or AADSTS7000216",
            "no secret or assertion was sent",
            "Set AZURE_CLIENT_SECRET or AZURE_CLIENT_CERTIFICATE_PATH, and see which is used with --auth. If one was set, this is a fault of azsnap: please report it.",
        ],
    ),
    row(
        "AUTH109",
        SignIn,
        Unusable,
        [
            "AADSTS1002012 or AADSTS70011",
            "a wrong scope was asked for",
            "This is a fault of azsnap, or an endpoint that belongs to another cloud: check --cloud, and else please report it.",
        ],
    ),
    row(
        "AUTH199",
        SignIn,
        Unusable,
        [
            "any other AADSTS number, or no token for another reason",
            "the sign-in failed for a reason that has no code of its own here",
            "Read what was said below; numbers are explained at https://login.microsoftonline.com/error. Without a number it is the way there: network, proxy (HTTPS_PROXY), certificates (SSL_CERT_FILE), or nobody is signed in to the Azure CLI (`az login`).",
        ],
    ),
    row(
        "GRF201",
        Graph,
        LosesTables,
        [
            "the token has no `roles`, and a call to Graph gives 403 Authorization_RequestDenied",
            "the token carries no application permission: they were added as Delegated, or admin consent was not granted",
            "Microsoft Entra ID > App registrations > your application > API permissions > Add a permission > Microsoft Graph > Application permissions (not Delegated), then `Grant admin consent`. Wait some minutes. The token does not tell which of the two it was, so check both. `azsnap doctor --role-json` lists the permissions.",
        ],
    ),
    row(
        "GRF202",
        Graph,
        LosesTables,
        [
            "a call to Graph gives 403 for want of a permission",
            "Graph permissions are missing",
            "Add each missing permission that is named under App registrations > your application > API permissions > Microsoft Graph > Application permissions, then `Grant admin consent`, and wait some minutes.",
        ],
    ),
    row(
        "GRF204",
        Graph,
        LosesTables,
        [
            "PIM's calls give 403 PermissionScopeNotGranted",
            "the permission for PIM is missing",
            "Add RoleManagement.Read.Directory (for PIM of groups PrivilegedEligibilitySchedule.Read.AzureADGroup and PrivilegedAssignmentSchedule.Read.AzureADGroup) as application permissions of Microsoft Graph and grant admin consent. RoleManagement.Read.All was seen not to be enough for an application.",
        ],
    ),
    row(
        "GRF205",
        Graph,
        Fact,
        [
            "400 AadPremiumLicenseRequired",
            "the tenant has no licence for PIM (Entra ID P2 or Governance)",
            "Nothing to repair: the tables are marked `license`, which is knowledge. With the licence they would be read.",
        ],
    ),
    row(
        "GRF206",
        Graph,
        Fact,
        [
            "403 Authentication_RequestFromNonPremiumTenantOrB2CTenant",
            "the tenant has no premium licence for these reports, or is a B2C tenant",
            "Nothing to repair: a licence is missing (Entra ID P1), not a permission. The reports cannot be read without it.",
        ],
    ),
    row(
        "ARM301",
        ResourceManager,
        Unusable,
        [
            "GET /subscriptions gives 200 and an empty list",
            "the principal has no Azure role anywhere",
            "Assign Reader at the subscription (Access control (IAM) > Add role assignment) or at the root management group: `az role assignment create --role Reader --assignee CLIENT_ID --scope /subscriptions/ID`. An app role of the application or a directory role is no Azure role. Graph permissions do not help here.",
        ],
    ),
    row(
        "ARM302",
        ResourceManager,
        LosesTables,
        [
            "403 AuthorizationFailed on GET /subscriptions/{id}",
            "the principal may not read the subscription",
            "Assign Reader at the subscription: `az role assignment create --role Reader --assignee CLIENT_ID --scope /subscriptions/ID`. A recent assignment takes some minutes.",
        ],
    ),
    row(
        "ARM303",
        ResourceManager,
        LosesTables,
        [
            "404 SubscriptionNotFound (or 400 InvalidSubscriptionId)",
            "there is no subscription with this id",
            "Copy `Subscription ID` from the portal's page Subscriptions, or ask `az account list --output table`.",
        ],
    ),
    row(
        "ARM304",
        ResourceManager,
        LosesTables,
        [
            "401 InvalidAuthenticationTokenTenant",
            "the subscription belongs to another tenant",
            "The portal's page of the subscription names its `Parent directory`: sign in to that tenant (AZURE_TENANT_ID), or leave the subscription out.",
        ],
    ),
    row(
        "ARM305",
        ResourceManager,
        LosesTables,
        [
            "an action is not among those granted (permissions API), or a call gives 403 AuthorizationFailed naming it",
            "actions are missing that some tables take",
            "Make a custom role with them and assign it beside Reader: `azsnap doctor --role-json > role.json`, `az role definition create --role-definition @role.json`, `az role assignment create --role ROLE_NAME --assignee CLIENT_ID --scope SCOPE`. Reader alone holds no action that reads by POST. What stands above all subscriptions (microsoft.aadiam, microsoft.intune) takes a role at the scope /.",
        ],
    ),
    row(
        "ARM306",
        ResourceManager,
        LosesTables,
        [
            "403 on /providers/Microsoft.Management/managementGroups",
            "the principal may not read management groups",
            "Assign Management Group Reader at the root group: portal > Management groups > Tenant Root Group > Access control (IAM), or `az role assignment create --role \"Management Group Reader\" --assignee CLIENT_ID --scope /providers/Microsoft.Management/managementGroups/TENANT_ID`.",
        ],
    ),
    row(
        "ARM307",
        ResourceManager,
        Fact,
        [
            "404 Subscription Not Registered (or 409 MissingSubscriptionRegistration) for Microsoft.Security",
            "the subscription does not use Microsoft Defender for Cloud",
            "Nothing to repair: its tables are marked `not_registered`, which is knowledge. `az provider register --namespace Microsoft.Security` would register it.",
        ],
    ),
    row(
        "KV308",
        KeyVault,
        LosesTables,
        [
            "403 Forbidden from a vault",
            "a vault does not let the principal list what is in it",
            "A vault with Azure roles: assign Key Vault Reader at the vault or above. One with access policies: portal > the vault > Access policies: give List (and Get) for certificates. Key Vault Reader shows names and dates, never a secret's value. If the inner code is ForbiddenByFirewall, it is the network: portal > the vault > Networking.",
        ],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// Codes are unique, in the order of their stages, and say something.
    #[test]
    fn the_table() {
        let names: BTreeSet<&str> = CODES.iter().map(|row| row.code).collect();
        assert_eq!(names.len(), CODES.len());
        assert!(CODES.is_sorted_by_key(|row| row.stage));
        for row in &CODES {
            let prefix = match row.stage {
                Configuration => "CFG",
                SignIn => "AUTH",
                Graph => "GRF",
                ResourceManager => "ARM",
                KeyVault => "KV",
            };
            assert!(row.code.starts_with(prefix), "{}", row.code);
            assert!(row.cure.ends_with('.') && !row.message.ends_with('.') && !row.signal.is_empty(), "{}", row.code);
            assert_eq!(find(row.code), Some(row));
        }
        assert_eq!(find("GRF203"), None);
    }
}
