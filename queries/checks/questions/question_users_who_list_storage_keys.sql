-- title = "Users who can list storage keys"
-- severity = "informational"
-- subject = "azure_user"
-- tables = ["azure_user", "azure_role_assignment", "azure_role_definition", "azure_group_member"]
-- controls = ["jupiterone_questions:users_who_list_storage_keys"]
-- rationale = "Whoever lists the keys of an account acts with all rights on its data and leaves no name. The question compared the letters of one spelling and so missed built-in roles, roles with a wider star, exclusions, and all who hold a role through a group; the scope tells whether one account or a whole subscription is meant. Roles that may only be activated are not in it, nor whether an account accepts its keys at all."
-- remediation = ""
-- references = ["https://learn.microsoft.com/azure/storage/common/storage-account-keys-manage"]
-- [[case]]
-- title = "the right by name in another letter case, by a star, by the star of owners"
-- given.azure_user = [
--   { id = "u1", account_enabled = true },
--   { id = "u2", account_enabled = true },
--   { id = "u3", account_enabled = true },
--   { id = "u4", account_enabled = true },
-- ]
-- given.azure_role_definition = [
--   { name = "r1", id = "/providers/microsoft.authorization/roledefinitions/r1", role_name = "Role r1", permissions = '[{"actions":["Microsoft.Storage/storageAccounts/listkeys/action"]}]' },
--   { name = "r2", id = "/providers/microsoft.authorization/roledefinitions/r2", role_name = "Role r2", permissions = '[{"actions":["Microsoft.Storage/storageAccounts/*"]}]' },
--   { name = "r3", id = "/providers/microsoft.authorization/roledefinitions/r3", role_name = "Role r3", permissions = '[{"actions":["*"]}]' },
--   { name = "r4", id = "/providers/microsoft.authorization/roledefinitions/r4", role_name = "Role r4", permissions = '[{"actions":["*"],"notActions":["Microsoft.Storage/*/action"]}]' },
-- ]
-- given.azure_role_assignment = [
--   { name = "x1", principal_id = "U1", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.storage/storageaccounts/a", role_definition_id = "/providers/microsoft.authorization/roledefinitions/r1" },
--   { name = "x2", principal_id = "u2", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/r2" },
--   { name = "x3", principal_id = "u3", principal_type = "User", scope = "/", role_definition_id = "/providers/microsoft.authorization/roledefinitions/r3" },
--   { name = "x4", principal_id = "u4", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/r4" },
-- ]
-- expect = { u1 = "manual", u2 = "manual", u3 = "manual" }
-- [[case]]
-- title = "through a group, and a group in it that holds the first"
-- given.azure_user = [{ id = "u1", account_enabled = true }, { id = "u2", account_enabled = true }]
-- given.azure_role_definition = [{ name = "r1", id = "/providers/microsoft.authorization/roledefinitions/r1", role_name = "Role r1", permissions = '[{"actions":["Microsoft.Storage/storageAccounts/listkeys/action"]}]' }]
-- given.azure_role_assignment = [
--   { name = "x1", principal_id = "g1", principal_type = "Group", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/r1" },
-- ]
-- given.azure_group_member = [
--   { name = "m1", _parent_id = "g1", member_id = "G2" },
--   { name = "m2", _parent_id = "g2", member_id = "u1" },
--   { name = "m3", _parent_id = "g2", member_id = "g1" },
-- ]
-- expect = { u1 = "manual" }
-- [[case]]
-- title = "a disabled user is no row; one whose state is not known is"
-- given.azure_user = [{ id = "u1", account_enabled = false }, { id = "u2" }]
-- given.azure_role_definition = [{ name = "r1", id = "/providers/microsoft.authorization/roledefinitions/r1", role_name = "Role r1", permissions = '[{"actions":["Microsoft.Storage/storageAccounts/listkeys/action"]}]' }]
-- given.azure_role_assignment = [
--   { name = "x1", principal_id = "u1", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/r1" },
--   { name = "x2", principal_id = "u2", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/r1" },
-- ]
-- expect = { u2 = "manual" }
-- [[case]]
-- title = "a role that is not in the snapshot; the role not readable"
-- given.azure_user = [{ id = "u1", account_enabled = true }, { id = "u2", account_enabled = true }]
-- given.azure_role_assignment = [
--   { name = "x1", principal_id = "u1", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/r9" },
--   { name = "x2", principal_id = "u2", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/r9", _gaps = ["role_definition_id"] },
-- ]
-- expect = { u1 = "unknown", u2 = "unknown" }
-- [[case]]
-- title = "nobody can"
-- given.azure_user = [{ id = "u1", account_enabled = true }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "not_applicable" }
-- [[case]]
-- title = "users denied"
-- ledger = [{ table = "azure_user", status = "denied" }]
-- given.azure_user = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
WITH RECURSIVE
assignment AS (
    SELECT lower(a.principal_id) AS principal_id, coalesce(r.role_name, guid_of(a.role_definition_id), 'role not given') AS role_name,
           coalesce(nullif(rtrim(lower(a.scope), '/'), ''), CASE WHEN a.scope IS NULL THEN 'a scope that is not given' ELSE '/' END) AS scope,
           coalesce(trim(a.condition), '') <> '' AS is_narrowed, coalesce(r.is_read, FALSE) AS is_read
    FROM azure_role_assignment AS a
    LEFT JOIN role_power AS r ON r.role_id = guid_of(a.role_definition_id) AND NOT coalesce(list_contains(a._gaps, 'role_definition_id'), FALSE)
    WHERE a.principal_id IS NOT NULL AND (r.role_id IS NULL OR NOT r.is_read OR list_contains(r.powers, 'storage_keys'))
),
edge AS (
    SELECT lower(m._parent_id) AS parent, lower(m.member_id) AS child FROM azure_group_member AS m WHERE m.member_id IS NOT NULL
),
-- UNION, not UNION ALL: groups that hold each other end here too.
walk AS (
    SELECT DISTINCT a.principal_id AS root, a.principal_id AS node FROM assignment AS a
    UNION
    SELECT w.root, e.child AS node
    FROM walk AS w
    JOIN edge AS e ON e.parent = w.node
),
way AS (
    SELECT u.id, a.is_read,
           CASE WHEN a.scope = '/' OR a.scope LIKE '/providers/microsoft.management/managementgroups/%' THEN 3
                WHEN regexp_full_match(a.scope, '/subscriptions/[^/]+') THEN 2
                WHEN regexp_full_match(a.scope, '/subscriptions/[^/]+/resourcegroups/[^/]+') THEN 1
                ELSE 0 END AS width,
           a.role_name || ' on ' || a.scope || CASE WHEN w.root <> w.node THEN ', through the group ' || w.root ELSE '' END
             || CASE WHEN a.is_narrowed THEN ', narrowed by a condition' ELSE '' END AS line
    FROM azure_user AS u
    JOIN walk AS w ON w.node = lower(u.id)
    JOIN assignment AS a ON a.principal_id = w.root
    WHERE coalesce(u.account_enabled, TRUE)
),
per_user AS (
    SELECT y.id, list_sort(list(DISTINCT y.line) FILTER (WHERE y.is_read)) AS ways, list_sort(list(DISTINCT y.line) FILTER (WHERE NOT y.is_read)) AS unread,
           max(CASE WHEN y.is_read THEN y.width END) AS width
    FROM way AS y
    GROUP BY y.id
)
SELECT u.id AS subject, u.id AS resource_id, CAST(NULL AS VARCHAR) AS subscription_id,
       CASE WHEN p.ways IS NOT NULL THEN 'manual' END AS verdict,
       CASE WHEN p.ways IS NULL THEN 'what these roles allow could not be read: ' || array_to_string(p.unread, '; ')
            ELSE 'can list storage keys, at most of '
              || CASE p.width WHEN 3 THEN 'all below the root or a management group' WHEN 2 THEN 'a subscription' WHEN 1 THEN 'a resource group' ELSE 'a resource' END
              || ': ' || p.ways[1] || CASE WHEN array_length(p.ways) > 1 THEN ' and ' || (array_length(p.ways) - 1) || ' more' ELSE '' END
              || CASE WHEN u.account_enabled IS NULL THEN '; whether the account may sign in is not given' ELSE '' END
       END AS reason,
       coalesce(u.display_name, u.user_principal_name, u.id) AS resource_name, u.user_principal_name, p.ways, p.width >= 2 AS wide_scope, p.unread AS roles_not_read
FROM per_user AS p
JOIN azure_user AS u ON u.id = p.id
