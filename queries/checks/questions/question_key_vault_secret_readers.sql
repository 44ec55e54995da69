-- title = "Vaults whose secrets users and groups can read"
-- severity = "medium"
-- subject = "azure_keyvault_service"
-- tables = ["azure_keyvault_service", "azure_role_assignment", "azure_role_definition", "azure_user", "azure_user_group"]
-- optional = ["azure_service_principal", "azure_management_group"]
-- controls = ["jupiterone_questions:key_vault_secret_readers"]
-- rationale = "A secret that people read gets copied. The question knew the one exact right in role assignments and so missed the roles with a star, such as Key Vault Administrator, left out exclusions, higher management groups and the root, and took roles for granted on vaults that use access policies. Here only the model in force counts, by role at any scope or by access policy. Roles that may only be activated, and owners who could give themselves access, are not in it."
-- remediation = "Give applications the access through managed identities, people none or an eligible role in PIM: az role assignment delete --ids ID, or az keyvault delete-policy --name VAULT --object-id ID"
-- references = ["https://learn.microsoft.com/azure/key-vault/general/rbac-guide"]
-- [[case]]
-- title = "the right by name for a user, by a star for a group; roles on vault, group, subscription and root"
-- given.azure_keyvault_service = [{ name = "a", enable_rbac_authorization = true }, { name = "b", enable_rbac_authorization = true }]
-- given.azure_role_definition = [
--   { name = "r1", id = "/providers/microsoft.authorization/roledefinitions/r1", role_name = "Role r1", permissions = '[{"actions":[],"dataActions":["Microsoft.KeyVault/vaults/secrets/getSecret/action"]}]' },
--   { name = "r2", id = "/providers/microsoft.authorization/roledefinitions/r2", role_name = "Role r2", permissions = '[{"actions":["*"],"dataActions":["Microsoft.KeyVault/vaults/*"]}]' },
-- ]
-- given.azure_role_assignment = [
--   { name = "x1", principal_id = "u1", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/A", role_definition_id = "/providers/microsoft.authorization/roledefinitions/r1" },
--   { name = "x2", principal_id = "g1", principal_type = "Group", scope = "/", role_definition_id = "/providers/microsoft.authorization/roledefinitions/r2" },
-- ]
-- given.azure_user = [{ id = "u1", user_principal_name = "u1@c.com" }]
-- given.azure_user_group = [{ id = "g1", display_name = "G" }]
-- expect = { a = "fail", b = "fail" }
-- [[case]]
-- title = "on the subscription, the group, one secret"
-- given.azure_keyvault_service = [
--   { name = "a", enable_rbac_authorization = true },
--   { name = "b", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg2/providers/microsoft.keyvault/vaults/b", resource_group = "rg2", enable_rbac_authorization = true },
--   { id = "/subscriptions/22222222-2222-4222-8222-222222222222/resourcegroups/rg/providers/microsoft.keyvault/vaults/c", subscription_id = "22222222-2222-4222-8222-222222222222", enable_rbac_authorization = true },
--   { name = "d", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg3/providers/microsoft.keyvault/vaults/d", resource_group = "rg3", enable_rbac_authorization = true },
-- ]
-- given.azure_role_definition = [{ name = "r1", id = "/providers/microsoft.authorization/roledefinitions/r1", role_name = "Role r1", permissions = '[{"actions":[],"dataActions":["Microsoft.KeyVault/vaults/secrets/getSecret/action"]}]' }]
-- given.azure_role_assignment = [
--   { name = "x1", principal_id = "u1", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/a/secrets/s", role_definition_id = "/providers/microsoft.authorization/roledefinitions/r1" },
--   { name = "x2", principal_id = "u1", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/RG2/", role_definition_id = "/providers/microsoft.authorization/roledefinitions/r1" },
--   { name = "x3", principal_id = "u1", principal_type = "User", scope = "/subscriptions/22222222-2222-4222-8222-222222222222", role_definition_id = "/providers/microsoft.authorization/roledefinitions/r1" },
-- ]
-- given.azure_user = [{ id = "u1", user_principal_name = "u1@c.com" }]
-- given.azure_user_group = [{ id = "g1", display_name = "G" }]
-- expect = { a = "fail", b = "fail", c = "fail", d = "pass" }
-- [[case]]
-- title = "on a management group: known from the list, from the tree; one elsewhere does not count"
-- given.azure_keyvault_service = [
--   { name = "a", enable_rbac_authorization = true },
--   { id = "/subscriptions/22222222-2222-4222-8222-222222222222/resourcegroups/rg/providers/microsoft.keyvault/vaults/b", subscription_id = "22222222-2222-4222-8222-222222222222", enable_rbac_authorization = true },
-- ]
-- given.azure_role_definition = [{ name = "r1", id = "/providers/microsoft.authorization/roledefinitions/r1", role_name = "Role r1", permissions = '[{"actions":[],"dataActions":["Microsoft.KeyVault/vaults/secrets/getSecret/action"]}]' }]
-- given.azure_role_assignment = [
--   { name = "x1", principal_id = "u1", principal_type = "User", scope = "/providers/Microsoft.Management/managementGroups/top", role_definition_id = "/providers/microsoft.authorization/roledefinitions/r1", _seen_in = ["11111111-1111-4111-8111-111111111111"] },
-- ]
-- given.azure_user = [{ id = "u1", user_principal_name = "u1@c.com" }]
-- given.azure_user_group = [{ id = "g1", display_name = "G" }]
-- expect = { a = "fail", b = "pass" }
-- [[case]]
-- title = "the tree of management groups, two levels up"
-- given.azure_keyvault_service = [{ name = "a", enable_rbac_authorization = true }]
-- given.azure_role_definition = [{ name = "r1", id = "/providers/microsoft.authorization/roledefinitions/r1", role_name = "Role r1", permissions = '[{"actions":[],"dataActions":["Microsoft.KeyVault/vaults/secrets/getSecret/action"]}]' }]
-- given.azure_role_assignment = [
--   { name = "x1", principal_id = "u1", principal_type = "User", scope = "/providers/microsoft.management/managementgroups/top", role_definition_id = "/providers/microsoft.authorization/roledefinitions/r1" },
-- ]
-- given.azure_management_group = [
--   { id = "/providers/microsoft.management/managementgroups/top", children_id = ["/providers/Microsoft.Management/managementGroups/mid"] },
--   { id = "/providers/microsoft.management/managementgroups/mid", children_id = ["/subscriptions/11111111-1111-4111-8111-111111111111"] },
-- ]
-- given.azure_user = [{ id = "u1", user_principal_name = "u1@c.com" }]
-- given.azure_user_group = [{ id = "g1", display_name = "G" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "service principals, a role without the right, a right that is taken out, the star of owners: no reader"
-- given.azure_keyvault_service = [{ name = "a", enable_rbac_authorization = true }]
-- given.azure_role_definition = [
--   { name = "r1", id = "/providers/microsoft.authorization/roledefinitions/r1", role_name = "Role r1", permissions = '[{"actions":[],"dataActions":["Microsoft.KeyVault/vaults/secrets/getSecret/action"]}]' },
--   { name = "r2", id = "/providers/microsoft.authorization/roledefinitions/r2", role_name = "Role r2", permissions = '[{"dataActions":["Microsoft.KeyVault/vaults/*"],"notDataActions":["Microsoft.KeyVault/vaults/secrets/getSecret/action"]}]' },
--   { name = "r3", id = "/providers/microsoft.authorization/roledefinitions/r3", role_name = "Role r3", permissions = '[{"actions":["*"],"dataActions":[]}]' },
-- ]
-- given.azure_role_assignment = [
--   { name = "x1", principal_id = "s1", principal_type = "ServicePrincipal", scope = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/a", role_definition_id = "/providers/microsoft.authorization/roledefinitions/r1" },
--   { name = "x2", principal_id = "u1", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/a", role_definition_id = "/providers/microsoft.authorization/roledefinitions/r2" },
--   { name = "x3", principal_id = "u1", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/r3" },
-- ]
-- given.azure_user = [{ id = "u1", user_principal_name = "u1@c.com" }]
-- given.azure_user_group = [{ id = "g1", display_name = "G" }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "access policies of a vault that uses them: get, all, list only, of an application; roles do not count there"
-- given.azure_keyvault_service = [
--   { name = "a", access_policies = '[{"objectId":"U1","permissions":{"secrets":["Get","List"],"keys":["get"]}}]' },
--   { name = "b", access_policies = '[{"objectId":"g1","permissions":{"secrets":["all"],"keys":["get"]}}]' },
--   { name = "c", access_policies = '[{"objectId":"u1","permissions":{"secrets":["list"],"keys":["get"]}}]' },
--   { name = "d", access_policies = '[{"objectId":"s1","permissions":{"secrets":["get"],"keys":["get"]}}]' },
--   { name = "e", access_policies = '[{"objectId":"u1","permissions":{"secrets":[],"keys":["get"]}}]' },
-- ]
-- given.azure_role_definition = [{ name = "r1", id = "/providers/microsoft.authorization/roledefinitions/r1", role_name = "Role r1", permissions = '[{"actions":[],"dataActions":["Microsoft.KeyVault/vaults/secrets/getSecret/action"]}]' }]
-- given.azure_role_assignment = [
--   { name = "x1", principal_id = "u1", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/r1" },
-- ]
-- given.azure_user = [{ id = "u1", user_principal_name = "u1@c.com" }]
-- given.azure_user_group = [{ id = "g1", display_name = "G" }]
-- expect = { a = "fail", b = "fail", c = "pass", d = "pass", e = "pass" }
-- [[case]]
-- title = "access policies left over in a vault that uses roles do not count"
-- given.azure_keyvault_service = [{ name = "a", enable_rbac_authorization = true, access_policies = '[{"objectId":"u1","permissions":{"secrets":["get"],"keys":["get"]}}]' }]
-- given.azure_user = [{ id = "u1", user_principal_name = "u1@c.com" }]
-- given.azure_user_group = [{ id = "g1", display_name = "G" }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "model, policies, role or scope not readable; a management group that nobody knows"
-- given.azure_keyvault_service = [{ name = "a", _gaps = ["enable_rbac_authorization"] }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "policies not readable"
-- given.azure_keyvault_service = [{ name = "a", _gaps = ["access_policies"] }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "a role that is not in the snapshot, for a user; for an application it does not matter"
-- given.azure_keyvault_service = [
--   { name = "a", enable_rbac_authorization = true },
--   { name = "b", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg2/providers/microsoft.keyvault/vaults/b", resource_group = "rg2", enable_rbac_authorization = true },
-- ]
-- given.azure_role_assignment = [
--   { name = "x1", principal_id = "u1", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/a", role_definition_id = "/providers/microsoft.authorization/roledefinitions/r9" },
--   { name = "x2", principal_id = "s1", principal_type = "ServicePrincipal", scope = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg2", role_definition_id = "/providers/microsoft.authorization/roledefinitions/r9" },
-- ]
-- expect = { a = "unknown", b = "pass" }
-- [[case]]
-- title = "the kind of the principal is not given: a list tells, or nobody does"
-- given.azure_keyvault_service = [
--   { name = "a", enable_rbac_authorization = true },
--   { name = "b", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg2/providers/microsoft.keyvault/vaults/b", resource_group = "rg2", enable_rbac_authorization = true },
-- ]
-- given.azure_role_definition = [{ name = "r1", id = "/providers/microsoft.authorization/roledefinitions/r1", role_name = "Role r1", permissions = '[{"actions":[],"dataActions":["Microsoft.KeyVault/vaults/secrets/getSecret/action"]}]' }]
-- given.azure_role_assignment = [
--   { name = "x1", principal_id = "u1", principal_type = "", scope = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/a", role_definition_id = "/providers/microsoft.authorization/roledefinitions/r1" },
--   { name = "x2", principal_id = "z", principal_type = "", scope = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg2", role_definition_id = "/providers/microsoft.authorization/roledefinitions/r1" },
-- ]
-- given.azure_user = [{ id = "u1", user_principal_name = "u1@c.com" }]
-- given.azure_user_group = [{ id = "g1", display_name = "G" }]
-- expect = { a = "fail", b = "unknown" }
-- [[case]]
-- title = "a management group that neither list nor tree places"
-- given.azure_keyvault_service = [{ name = "a", enable_rbac_authorization = true }]
-- given.azure_role_definition = [{ name = "r1", id = "/providers/microsoft.authorization/roledefinitions/r1", role_name = "Role r1", permissions = '[{"actions":[],"dataActions":["Microsoft.KeyVault/vaults/secrets/getSecret/action"]}]' }]
-- given.azure_role_assignment = [
--   { name = "x1", principal_id = "u1", principal_type = "User", scope = "/providers/microsoft.management/managementgroups/top", role_definition_id = "/providers/microsoft.authorization/roledefinitions/r1" },
-- ]
-- given.azure_user = [{ id = "u1", user_principal_name = "u1@c.com" }]
-- given.azure_user_group = [{ id = "g1", display_name = "G" }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "assignments denied"
-- ledger = [{ table = "azure_role_assignment", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_keyvault_service = [{ name = "a", enable_rbac_authorization = true }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "no vault"
-- given.azure_keyvault_service = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
WITH per_vault AS (
    SELECT h.vault_id,
           list_sort(list(DISTINCT coalesce(h.principal_name, h.principal_id) || ' (' || h.kind || ', ' || h.way || ')')
                     FILTER (WHERE h.state = 'known' AND h.reads_values AND h.kind IN ('user', 'group'))) AS readers,
           list_sort(list(DISTINCT h.way) FILTER (WHERE (h.state = 'gap' AND h.kind <> 'other') OR (h.kind = 'unclear' AND coalesce(h.reads_values, TRUE)))) AS unread
    FROM vault_secret_holder AS h
    GROUP BY h.vault_id
)
SELECT v.id AS subject, v.id AS resource_id, v.subscription_id,
       CASE WHEN p.readers IS NOT NULL THEN 'fail'
            WHEN p.unread IS NOT NULL THEN NULL
            ELSE 'pass'
       END AS verdict,
       CASE WHEN p.readers IS NOT NULL THEN 'users and groups that can read secret values, by way: ' || array_length(p.readers) || ', first: ' || p.readers[1]
            WHEN p.unread IS NOT NULL THEN 'not known: ' || array_to_string(p.unread, '; ')
            ELSE 'no user and no group can read secret values'
       END AS reason,
       p.readers, v.enable_rbac_authorization AS uses_roles
FROM azure_keyvault_service AS v
LEFT JOIN per_vault AS p ON p.vault_id = v.id
