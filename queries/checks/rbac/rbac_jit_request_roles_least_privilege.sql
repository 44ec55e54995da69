-- title = "Custom roles for just-in-time requests are narrow"
-- severity = "medium"
-- subject = "azure_role_definition"
-- tables = ["azure_role_definition"]
-- controls = ["jit:rbac_jit_request_roles_least_privilege"]
-- rationale = "Whoever may ask for just-in-time access should not be able to change the policy that limits it, the network rules that enforce it, or roles. With one of those rights the request, its time limit and its record can be left out."
-- remediation = "Reduce the role to Microsoft.Security/locations/jitNetworkAccessPolicies/initiate/action, Microsoft.Security/locations/jitNetworkAccessPolicies/*/read, Microsoft.Compute/virtualMachines/read, Microsoft.Network/networkInterfaces/*/read and Microsoft.Network/publicIPAddresses/read: az role definition update --role-definition @role.json. Put what else the people need into a role of its own."
-- references = ["https://learn.microsoft.com/azure/defender-for-cloud/just-in-time-access-usage", "https://learn.microsoft.com/azure/role-based-access-control/custom-roles"]
-- [[case]]
-- # JIT-40 pass: grants none of: jitNetworkAccessPolicies write or delete, securityRules/write, roleAssignments/write
-- title = "the narrow role"
-- given.azure_role_definition = [{ name = "a", role_name = "a", properties_type = "CustomRole", permissions = '''[{"actions":["Microsoft.Security/locations/jitNetworkAccessPolicies/initiate/action","Microsoft.Security/locations/jitNetworkAccessPolicies/*/read","Microsoft.Compute/virtualMachines/read","Microsoft.Network/networkInterfaces/*/read","Microsoft.Network/publicIPAddresses/read"],"notActions":[]}]''' }]
-- expect = { "a" = "pass" }
-- [[case]]
-- # JIT-40 fail: grants one
-- title = "one action too many each: writing or deleting policies, writing rules, giving roles"
-- given.azure_role_definition = [
--   { name = "a", role_name = "a", properties_type = "CustomRole", permissions = '''[{"actions":["Microsoft.Security/locations/jitNetworkAccessPolicies/initiate/action","Microsoft.Security/locations/jitNetworkAccessPolicies/write"],"notActions":[]}]''' },
--   { name = "b", role_name = "b", properties_type = "CustomRole", permissions = '''[{"actions":["Microsoft.Security/locations/jitNetworkAccessPolicies/initiate/action","microsoft.security/locations/jitnetworkaccesspolicies/DELETE"],"notActions":[]}]''' },
--   { name = "c", role_name = "c", properties_type = "CustomRole", permissions = '''[{"actions":["Microsoft.Security/locations/jitNetworkAccessPolicies/initiate/action","Microsoft.Network/networkSecurityGroups/securityRules/write"],"notActions":[]}]''' },
--   { name = "d", role_name = "d", properties_type = "CustomRole", permissions = '''[{"actions":["Microsoft.Security/locations/jitNetworkAccessPolicies/initiate/action","Microsoft.Authorization/roleAssignments/write"],"notActions":[]}]''' },
-- ]
-- expect = { "a" = "fail", "b" = "fail", "c" = "fail", "d" = "fail" }
-- [[case]]
-- title = "wildcards grant both sides"
-- given.azure_role_definition = [
--   { name = "a", role_name = "a", properties_type = "CustomRole", permissions = '''[{"actions":["*"],"notActions":[]}]''' },
--   { name = "b", role_name = "b", properties_type = "CustomRole", permissions = '''[{"actions":["Microsoft.Security/*"],"notActions":[]}]''' },
--   { name = "c", role_name = "c", properties_type = "CustomRole", permissions = '''[{"actions":["Microsoft.Security/locations/jitNetworkAccessPolicies/*/action"],"notActions":[]}]''' },
--   { name = "d", role_name = "d", properties_type = "CustomRole", permissions = '''[{"actions":["*/action"],"notActions":[]}]''' },
--   { name = "e", role_name = "e", properties_type = "CustomRole", permissions = '''[{"actions":["*/initiate/action","Microsoft.Network/*/write"],"notActions":[]}]''' },
-- ]
-- expect = { "a" = "fail", "b" = "fail", "c" = "pass", "d" = "pass", "e" = "fail" }
-- [[case]]
-- title = "exclusions take it out again"
-- given.azure_role_definition = [
--   { name = "a", role_name = "a", properties_type = "CustomRole", permissions = '''[{"actions":["Microsoft.Security/*"],"notActions":["Microsoft.Security/locations/jitNetworkAccessPolicies/write","Microsoft.Security/*/DELETE"]}]''' },
--   { name = "b", role_name = "b", properties_type = "CustomRole", permissions = '''[{"actions":["Microsoft.Security/*"],"notActions":["Microsoft.Security/locations/jitNetworkAccessPolicies/initiate/*"]}]''' },
--   { name = "c", role_name = "c", properties_type = "CustomRole", permissions = '''[{"actions":["*"],"notActions":["Microsoft.Authorization/*/Write","Microsoft.Authorization/*/Delete"]}]''' },
-- ]
-- expect = { "a" = "pass", "b" = "not_applicable", "c" = "fail" }
-- [[case]]
-- title = "an exclusion holds for its own block only; grants of several blocks add up"
-- given.azure_role_definition = [
--   { name = "a", role_name = "a", properties_type = "CustomRole", permissions = '''[{"actions":["Microsoft.Security/locations/jitNetworkAccessPolicies/initiate/action"],"notActions":[]},{"actions":["Microsoft.Network/*"],"notActions":["Microsoft.Network/networkSecurityGroups/*"]}]''' },
--   { name = "b", role_name = "b", properties_type = "CustomRole", permissions = '''[{"actions":["Microsoft.Security/locations/jitNetworkAccessPolicies/initiate/action"],"notActions":["Microsoft.Network/*"]},{"actions":["Microsoft.Network/networkSecurityGroups/securityRules/*"],"notActions":[]}]''' },
--   { name = "c", role_name = "c", properties_type = "CustomRole", permissions = '''[{"actions":["Microsoft.Security/*"],"notActions":["*"]},{"actions":["Microsoft.Security/locations/jitNetworkAccessPolicies/initiate/action"],"notActions":[]}]''' },
-- ]
-- expect = { "a" = "pass", "b" = "fail", "c" = "pass" }
-- [[case]]
-- # JIT-40 NA: does not grant initiate
-- title = "roles that cannot ask for access, by name or by wildcard; an empty one"
-- given.azure_role_definition = [
--   { name = "a", role_name = "a", properties_type = "CustomRole", permissions = '''[{"actions":["Microsoft.Security/locations/jitNetworkAccessPolicies/write"],"notActions":[]}]''' },
--   { name = "b", role_name = "b", properties_type = "CustomRole", permissions = '''[{"actions":["*/read"],"notActions":[]}]''' },
--   { name = "c", properties_type = "customrole", permissions = "[]" },
--   { name = "d", role_name = "d", properties_type = "CustomRole", permissions = '''[{"actions":["Microsoft.Security/locations/jitNetworkAccessPolicies/initiate"],"notActions":[]}]''' },
-- ]
-- expect = { "a" = "not_applicable", "b" = "not_applicable", "c" = "not_applicable", "d" = "not_applicable" }
-- [[case]]
-- title = "built-in roles are not judged"
-- given.azure_role_definition = [{ name = "a", role_name = "a", properties_type = "BuiltInRole", permissions = '''[{"actions":["*"],"notActions":[]}]''' }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "characters that a pattern might take for its own"
-- given.azure_role_definition = [{ name = "a", role_name = "a", properties_type = "CustomRole", permissions = '''[{"actions":["Microsoft.Security/locations/jitNetworkAccessPolicies/%","Microsoft_Security/locations/jitNetworkAccessPolicies/initiate/action"],"notActions":[]}]''' }]
-- expect = { "a" = "not_applicable" }
-- [[case]]
-- title = "permissions not readable or absent; whether it is a custom role not readable"
-- given.azure_role_definition = [
--   { name = "a", role_name = "a", properties_type = "CustomRole", permissions = '''[{"actions":["Microsoft.Security/locations/jitNetworkAccessPolicies/initiate/action"],"notActions":[]}]''', _gaps = ["permissions"] },
--   { name = "b", properties_type = "CustomRole" },
--   { name = "c", role_name = "c", properties_type = "CustomRole", permissions = '''[{"actions":["Microsoft.Security/locations/jitNetworkAccessPolicies/initiate/action"],"notActions":[]}]''', _gaps = ["properties_type"] },
--   { name = "d", role_name = "d", properties_type = "CustomRole", permissions = '''[{"actions":["*/read"],"notActions":[]}]''', _gaps = ["properties_type"] },
--   { name = "e", role_name = "e", properties_type = "CustomRole", permissions = '''[{"actions":["Microsoft.Security/locations/jitNetworkAccessPolicies/initiate/action"],"notActions":[]}]''', _gaps = ["role_name"] },
-- ]
-- expect = { "a" = "unknown", "b" = "unknown", "c" = "unknown", "d" = "not_applicable", "e" = "pass" }
-- [[case]]
-- title = "the same role listed in two subscriptions"
-- given.azure_role_definition = [
--   { name = "a", role_name = "a", properties_type = "CustomRole", permissions = '''[{"actions":["Microsoft.Security/locations/jitNetworkAccessPolicies/initiate/action"],"notActions":[]}]''' },
--   { name = "a2", role_name = "a2", properties_type = "CustomRole", permissions = '''[{"actions":["Microsoft.Security/locations/jitNetworkAccessPolicies/initiate/action","Microsoft.Network/networkSecurityGroups/securityRules/*"],"notActions":[]}]''', subscription_id = "22222222-2222-4222-8222-222222222222" },
-- ]
-- expect = { "a" = "pass", "a2" = "fail" }
-- [[case]]
-- title = "denied"
-- ledger = [{ table = "azure_role_definition", status = "denied" }]
-- given.azure_role_definition = [{ name = "a", role_name = "a", properties_type = "CustomRole", permissions = '''[{"actions":["Microsoft.Security/locations/jitNetworkAccessPolicies/initiate/action"],"notActions":[]}]''' }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "no custom role"
-- given.azure_role_definition = []
-- expect = { "11111111-1111-4111-8111-111111111111" = "not_applicable" }
WITH role AS (
    SELECT r.id, r.subscription_id, CASE WHEN list_contains(r._gaps, 'role_name') THEN r.name ELSE coalesce(r.role_name, r.name) END AS role_name,
           coalesce(list_contains(r._gaps, 'properties_type'), FALSE) OR r.properties_type IS NULL AS type_unread,
           coalesce(list_contains(r._gaps, 'permissions'), FALSE) OR r.permissions IS NULL AS permissions_unread, r.permissions
    FROM azure_role_definition AS r
    WHERE coalesce(lower(r.properties_type), 'customrole') = 'customrole' OR list_contains(r._gaps, 'properties_type')
),
asked AS (
    SELECT a.action, a.harmful
    FROM (VALUES
        ('microsoft.security/locations/jitnetworkaccesspolicies/initiate/action', FALSE),
        ('microsoft.security/locations/jitnetworkaccesspolicies/write', TRUE),
        ('microsoft.security/locations/jitnetworkaccesspolicies/delete', TRUE),
        ('microsoft.network/networksecuritygroups/securityrules/write', TRUE),
        ('microsoft.authorization/roleassignments/write', TRUE)
    ) AS a(action, harmful)
),
block AS (
    SELECT r.id, u.i, (r.permissions ->> ('$[' || u.i || '].actions')) AS actions, (r.permissions ->> ('$[' || u.i || '].notActions')) AS not_actions
    FROM role AS r, unnest(range(CAST(json_array_length(r.permissions) AS BIGINT))) AS u(i)
    WHERE NOT r.permissions_unread
),
-- Patterns as LIKE knows them: the star stands for anything, all other characters for themselves.
pattern AS (
    SELECT b.id, b.i, TRUE AS grants,
           replace(replace(replace(replace(lower(trim(b.actions ->> ('$[' || u.k || ']'))), '!', '!!'), '%', '!%'), '_', '!_'), '*', '%') AS text
    FROM block AS b, unnest(range(CAST(json_array_length(b.actions) AS BIGINT))) AS u(k)
    UNION ALL
    SELECT b.id, b.i, FALSE AS grants,
           replace(replace(replace(replace(lower(trim(b.not_actions ->> ('$[' || u.k || ']'))), '!', '!!'), '%', '!%'), '_', '!_'), '*', '%') AS text
    FROM block AS b, unnest(range(CAST(json_array_length(b.not_actions) AS BIGINT))) AS u(k)
),
-- What each block grants: some action fits and none of the block's own exclusions does.
granted AS (
    SELECT p.id, p.i, a.action, a.harmful
    FROM pattern AS p
    JOIN asked AS a ON a.action LIKE p.text ESCAPE '!'
    GROUP BY p.id, p.i, a.action, a.harmful
    HAVING bool_and(p.grants)
),
counted AS (
    SELECT g.id, max(CASE WHEN NOT g.harmful THEN 1 ELSE 0 END) AS n_initiate,
           list_sort(list(DISTINCT g.action) FILTER (WHERE g.harmful)) AS harmful_actions
    FROM granted AS g
    GROUP BY g.id
)
SELECT r.id AS subject, r.id AS resource_id, r.subscription_id,
       CASE WHEN r.permissions_unread THEN NULL
            WHEN coalesce(c.n_initiate, 0) = 0 THEN 'not_applicable'
            WHEN r.type_unread THEN NULL
            WHEN c.harmful_actions IS NULL THEN 'pass'
            ELSE 'fail'
       END AS verdict,
       CASE WHEN r.permissions_unread THEN 'the permissions of the role could not be read'
            WHEN coalesce(c.n_initiate, 0) = 0 THEN 'the role cannot ask for just-in-time access'
            WHEN r.type_unread THEN 'whether it is a custom role could not be read'
            WHEN c.harmful_actions IS NULL THEN 'the role may ask for just-in-time access and change neither policies nor rules nor roles'
            ELSE 'beside asking for just-in-time access the role grants: ' || array_to_string(c.harmful_actions, ', ')
       END AS reason,
       r.role_name AS resource_name, c.harmful_actions
FROM role AS r
LEFT JOIN counted AS c ON c.id = r.id
