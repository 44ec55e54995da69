-- title = "Who can reach Key Vault secrets"
-- severity = "informational"
-- subject = "azure_keyvault_secret"
-- tables = ["azure_keyvault_secret", "azure_keyvault_service", "azure_role_assignment", "azure_role_definition", "azure_user", "azure_user_group"]
-- optional = ["azure_service_principal", "azure_management_group"]
-- controls = ["jupiterone_questions:key_vault_secret_access"]
-- rationale = "One row per enabled secret, with everybody who has a right on the secrets of its vault: users, groups and applications, by access policy or by role at any scope. The question counted policies without any right on secrets, and policies of vaults that use roles, and missed what is inherited from above. Roles that may only be activated, and owners who could give themselves access, are not in it; the network rules of the vault are not looked at."
-- remediation = ""
-- references = ["https://learn.microsoft.com/azure/key-vault/general/rbac-guide"]
-- [[case]]
-- title = "by role and by policy; a disabled secret is no row"
-- given.azure_keyvault_service = [
--   { name = "a", enable_rbac_authorization = true },
--   { name = "b", access_policies = '[{"objectId":"u1","permissions":{"secrets":["get"],"keys":["get"]}}]' },
-- ]
-- given.azure_role_definition = [{ name = "r1", id = "/providers/microsoft.authorization/roledefinitions/r1", role_name = "Role r1", permissions = '[{"actions":[],"dataActions":["Microsoft.KeyVault/vaults/secrets/getSecret/action"]}]' }]
-- given.azure_role_assignment = [
--   { name = "x1", principal_id = "g1", principal_type = "Group", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/r1" },
-- ]
-- given.azure_user = [{ id = "u1", user_principal_name = "u1@c.com" }]
-- given.azure_user_group = [{ id = "g1", display_name = "G" }]
-- given.azure_keyvault_secret = [
--   { id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/a/secrets/s1", name = "s1", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/a", attributes_enabled = true },
--   { id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/b/secrets/s2", name = "s2", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/b", attributes_enabled = true },
--   { id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/b/secrets/s3", name = "s3", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/b", attributes_enabled = false },
--   { id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/a/secrets/s4", name = "s4", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/a", content_type = "x" },
-- ]
-- expect = { s1 = "manual", s2 = "manual", s4 = "manual" }
-- [[case]]
-- title = "a policy without rights on secrets, and nobody at all"
-- given.azure_keyvault_service = [{ name = "a", access_policies = '[{"objectId":"u1","permissions":{"secrets":[],"keys":["get"]}}]' }]
-- given.azure_keyvault_secret = [{ id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/a/secrets/s1", name = "s1", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/a", attributes_enabled = true }]
-- expect = { s1 = "manual" }
-- [[case]]
-- title = "the model of the vault not readable; the vault not in the snapshot"
-- given.azure_keyvault_service = [{ name = "a", _gaps = ["enable_rbac_authorization"] }]
-- given.azure_keyvault_secret = [
--   { id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/a/secrets/s1", name = "s1", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/a", attributes_enabled = true },
--   { id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/gone/secrets/s2", name = "s2", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/gone", attributes_enabled = true },
-- ]
-- expect = { s1 = "manual", s2 = "unknown" }
-- [[case]]
-- title = "a role given on one secret is for that secret alone"
-- given.azure_keyvault_service = [{ name = "a", enable_rbac_authorization = true }]
-- given.azure_role_definition = [{ name = "r1", id = "/providers/microsoft.authorization/roledefinitions/r1", role_name = "Role r1", permissions = '[{"actions":[],"dataActions":["Microsoft.KeyVault/vaults/secrets/getSecret/action"]}]' }]
-- given.azure_role_assignment = [
--   { name = "x1", principal_id = "u1", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/a/secrets/s1", role_definition_id = "/providers/microsoft.authorization/roledefinitions/r1" },
-- ]
-- given.azure_user = [{ id = "u1", user_principal_name = "u1@c.com" }]
-- given.azure_user_group = [{ id = "g1", display_name = "G" }]
-- given.azure_keyvault_secret = [
--   { id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/a/secrets/s1", name = "s1", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/a", attributes_enabled = true },
--   { id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/a/secrets/s2", name = "s2", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/a", attributes_enabled = true },
-- ]
-- expect = { s1 = "manual", s2 = "manual" }
-- [[case]]
-- title = "secrets of one vault denied"
-- ledger = [{ table = "azure_keyvault_secret", subscription = "11111111-1111-4111-8111-111111111111", parent = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/v", status = "denied" }]
-- given.azure_keyvault_service = [{ name = "v", enable_rbac_authorization = true }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/v" = "unknown" }
-- [[case]]
-- title = "no secret"
-- given.azure_keyvault_secret = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
WITH holder AS (
    SELECT h.vault_id, regexp_extract(h.way, '(/secrets/[^/, ]+)', 1) AS one_secret, h.state, h.reads_values,
           coalesce(h.principal_name, h.principal_id, 'somebody') || ' (' || h.kind || ', ' || h.way
             || CASE WHEN h.reads_values IS FALSE THEN ', does not read values' WHEN h.state = 'gap' THEN ', not readable' ELSE '' END || ')' AS line
    FROM vault_secret_holder AS h
),
per_vault AS (
    SELECT h.vault_id, list_sort(list(DISTINCT h.line) FILTER (WHERE h.state = 'known')) AS holders,
           list_sort(list(DISTINCT h.line) FILTER (WHERE h.state = 'gap')) AS unread
    FROM holder AS h
    WHERE h.one_secret = ''
    GROUP BY h.vault_id
),
per_secret AS (
    SELECT h.vault_id || h.one_secret AS secret_id, list_sort(list(DISTINCT h.line) FILTER (WHERE h.state = 'known')) AS holders,
           list_sort(list(DISTINCT h.line) FILTER (WHERE h.state = 'gap')) AS unread
    FROM holder AS h
    WHERE h.one_secret <> ''
    GROUP BY h.vault_id || h.one_secret
),
listed AS (
    SELECT k.id, k.subscription_id, k.name, k._parent_id AS vault_id, v.id IS NULL AS vault_missing,
           coalesce(v.enable_rbac_authorization, FALSE) AS by_role,
           list_concat(coalesce(p.holders, []), coalesce(s.holders, [])) AS holders,
           list_concat(coalesce(p.unread, []), coalesce(s.unread, [])) AS unread
    FROM azure_keyvault_secret AS k
    LEFT JOIN azure_keyvault_service AS v ON v.id = lower(k._parent_id)
    LEFT JOIN per_vault AS p ON p.vault_id = lower(k._parent_id)
    LEFT JOIN per_secret AS s ON s.secret_id = k.id
    WHERE coalesce(k.attributes_enabled, TRUE)
)
SELECT l.id AS subject, l.id AS resource_id, l.subscription_id,
       CASE WHEN NOT l.vault_missing THEN 'manual' END AS verdict,
       CASE WHEN l.vault_missing THEN 'the vault of the secret is not in the snapshot'
            ELSE 'ways to secrets of the vault, by ' || CASE WHEN l.by_role THEN 'role' ELSE 'access policy' END || ': ' || array_length(l.holders)
              || CASE WHEN array_length(l.unread) > 0 THEN '; not readable: ' || array_length(l.unread) ELSE '' END
       END AS reason,
       l.name AS resource_name, l.vault_id, l.holders, l.unread
FROM listed AS l
