-- title = "Disabled users hold no Azure roles"
-- severity = "high"
-- subject = "azure_user"
-- tables = ["azure_user", "azure_role_assignment"]
-- optional = ["azure_role_definition", "azure_group_member", "azure_user_group", "azure_role_eligibility_schedule_instance"]
-- proven_fail = true
-- controls = [
--   "cis_azure_5_0_0:5.3.5", "cis_azure_6_0_0:5.3.5", "nist_800_53_r5:AC-2", "nist_800_53_r5:AC-6", "iso_27001_2022:A.5.18",
--   "pci_dss_4_0:7.2.4", "pci_dss_4_0:8.2.6", "soc_2:CC6.2", "soc_2:CC6.3",
-- ]
-- rationale = "The access of a blocked account lies in wait: whoever unblocks it, or takes it over where the block is forgotten, has it at once. Judged are roles given to the account itself; roles through groups and eligible ones are named in the reason. Assignments of deleted accounts belong to no user and are not judged here."
-- remediation = "az role assignment list --all --assignee USER --output table, then az role assignment delete --ids ID for each; or delete the account: az ad user delete --id USER"
-- references = ["https://learn.microsoft.com/azure/role-based-access-control/role-assignments-remove", "https://learn.microsoft.com/azure/role-based-access-control/best-practices"]
-- [[case]]
-- title = "blocked, without roles"
-- given.azure_user = [{ name = "u", account_enabled = false }]
-- given.azure_role_assignment = [{ name = "a", principal_id = "other", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635" }]
-- expect = { u = "pass" }
-- [[case]]
-- title = "blocked, with a role; the letter case of ids does not matter"
-- given.azure_user = [{ name = "u", account_enabled = false }]
-- given.azure_role_assignment = [{ name = "a", principal_id = "U", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7" }]
-- expect = { u = "fail" }
-- [[case]]
-- title = "on any scope"
-- given.azure_user = [{ name = "u", account_enabled = false }, { name = "v", account_enabled = false }]
-- given.azure_role_assignment = [
--   { name = "a", principal_id = "u", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg", role_definition_id = "/providers/microsoft.authorization/roledefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7" },
--   { name = "b", principal_id = "v", principal_type = "User", scope = "/", role_definition_id = "/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", _seen_in = ["11111111-1111-4111-8111-111111111111"] },
-- ]
-- expect = { u = "fail", v = "fail" }
-- [[case]]
-- title = "not blocked: no subject"
-- given.azure_user = [{ name = "u", account_enabled = true }]
-- given.azure_role_assignment = [{ name = "a", principal_id = "u", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "not_applicable" }
-- [[case]]
-- title = "through a group, and a group in a group that loops: told, not judged"
-- given.azure_user = [{ name = "u", account_enabled = false }]
-- given.azure_role_assignment = [{ name = "a", principal_id = "g2", principal_type = "Group", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635" }]
-- given.azure_user_group = [{ name = "g1" }, { name = "g2", display_name = "Owners" }]
-- given.azure_group_member = [
--   { id = "g1/members/u", _parent_id = "g1", member_id = "u" },
--   { id = "g2/members/g1", _parent_id = "G2", member_id = "g1" },
--   { id = "g1/members/g2", _parent_id = "g1", member_id = "g2" },
-- ]
-- expect = { u = "pass" }
-- [[case]]
-- title = "eligible only: told, not judged"
-- given.azure_user = [{ name = "u", account_enabled = false }]
-- given.azure_role_eligibility_schedule_instance = [{ name = "e", principal_id = "u", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635" }]
-- expect = { u = "pass" }
-- [[case]]
-- title = "whether the account is blocked is absent"
-- given.azure_user = [{ name = "u" }, { name = "v" }]
-- given.azure_role_assignment = [{ name = "a", principal_id = "u", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635" }]
-- expect = { u = "unknown", v = "unknown" }
-- [[case]]
-- title = "state of the account not readable"
-- given.azure_user = [{ name = "u", _gaps = ["account_enabled"] }]
-- expect = { u = "unknown" }
-- [[case]]
-- title = "principal of an assignment not readable: it may be anybody"
-- given.azure_user = [{ name = "u", account_enabled = false }, { name = "v", account_enabled = false }]
-- given.azure_role_assignment = [
--   { name = "a", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", _gaps = ["principal_id"] },
--   { name = "b", principal_id = "v", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635" },
-- ]
-- expect = { u = "unknown", v = "fail", "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "principal of an assignment absent"
-- given.azure_user = [{ name = "u", account_enabled = false }]
-- given.azure_role_assignment = [{ name = "a", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635" }]
-- expect = { u = "unknown" }
-- [[case]]
-- title = "no user"
-- given.azure_user = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "not_applicable" }
-- [[case]]
-- title = "assignments of one subscription denied: a role found elsewhere is a role"
-- ledger = [{ table = "azure_role_assignment", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_user = [{ name = "u", account_enabled = false }, { name = "v", account_enabled = false }]
-- given.azure_role_assignment = [{ name = "a", principal_id = "u", principal_type = "User", scope = "/subscriptions/22222222-2222-4222-8222-222222222222", role_definition_id = "/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- expect = { u = "fail", v = "unknown", "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "groups denied: the roles of the account itself are known"
-- ledger = [{ table = "azure_group_member", status = "denied" }, { table = "azure_user_group", status = "denied" }]
-- given.azure_user = [{ name = "u", account_enabled = false }]
-- expect = { u = "pass" }
-- [[case]]
-- title = "assignments denied"
-- ledger = [{ table = "azure_role_assignment", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_user = [{ name = "u", account_enabled = false }]
-- expect = { u = "unknown", "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "users denied"
-- ledger = [{ table = "azure_user", status = "denied" }]
-- given.azure_user = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
WITH RECURSIVE
blocked AS (
    SELECT u.id, lower(u.id) AS user_id, u.display_name, u.user_principal_name, u.user_type, u.account_enabled
    FROM azure_user AS u
    -- One that does not tell may be blocked.
    WHERE NOT coalesce(u.account_enabled, FALSE)
),
role_name AS (
    SELECT guid_of(d.id) AS role_id, min(d.role_name) AS role_name FROM azure_role_definition AS d GROUP BY guid_of(d.id)
),
assignment AS (
    SELECT lower(a.principal_id) AS principal_id, coalesce(n.role_name, guid_of(a.role_definition_id), 'a role that is not given') AS role_name,
           coalesce(a.scope, 'a scope that is not given') AS scope
    FROM azure_role_assignment AS a
    LEFT JOIN role_name AS n ON n.role_id = guid_of(a.role_definition_id)
),
nobody AS (
    SELECT count(*) AS n FROM azure_role_assignment AS a WHERE a.principal_id IS NULL
),
direct AS (
    SELECT b.user_id, list_sort(list(DISTINCT a.role_name || ' on ' || a.scope)) AS lines
    FROM blocked AS b
    JOIN assignment AS a ON a.principal_id = b.user_id
    GROUP BY b.user_id
),
-- UNION, not UNION ALL: groups that hold each other end here too.
inside AS (
    SELECT b.user_id, lower(m._parent_id) AS group_id
    FROM blocked AS b
    JOIN azure_group_member AS m ON lower(m.member_id) = b.user_id
    UNION
    SELECT i.user_id, lower(m._parent_id) AS group_id
    FROM inside AS i
    JOIN azure_group_member AS m ON lower(m.member_id) = i.group_id
),
-- A group may hold many roles and have many members: each is summed up once.
of_group AS (
    SELECT a.principal_id AS group_id, coalesce(min(g.display_name), a.principal_id) || ': ' || array_to_string(list_sort(list(DISTINCT a.role_name)), ', ')
             || ', assignments: ' || count(*) AS line
    FROM assignment AS a
    JOIN (SELECT DISTINCT i.group_id FROM inside AS i) AS i ON i.group_id = a.principal_id
    LEFT JOIN azure_user_group AS g ON lower(g.id) = a.principal_id
    GROUP BY a.principal_id
),
by_group AS (
    SELECT i.user_id, list_sort(list(DISTINCT g.line)) AS lines
    FROM inside AS i
    JOIN of_group AS g ON g.group_id = i.group_id
    GROUP BY i.user_id
),
eligible AS (
    SELECT lower(e.principal_id) AS user_id, list_sort(list(DISTINCT coalesce(n.role_name, guid_of(e.role_definition_id), '?') || ' on ' || coalesce(e.scope, '?'))) AS lines
    FROM azure_role_eligibility_schedule_instance AS e
    LEFT JOIN role_name AS n ON n.role_id = guid_of(e.role_definition_id)
    GROUP BY lower(e.principal_id)
)
SELECT b.id AS subject, b.id AS resource_id, CAST(NULL AS VARCHAR) AS subscription_id,
       CASE WHEN b.account_enabled IS NULL THEN NULL
            WHEN d.lines IS NOT NULL THEN 'fail'
            WHEN n.n > 0 THEN NULL
            ELSE 'pass'
       END AS verdict,
       CASE WHEN b.account_enabled IS NULL THEN 'whether the account is blocked is not given; its own roles: ' || coalesce(array_to_string(d.lines, ', '), 'none')
            WHEN d.lines IS NOT NULL THEN 'the blocked account holds: ' || array_to_string(d.lines, ', ')
            WHEN n.n > 0 THEN 'no role of the blocked account was found, but assignments do not tell to whom they are given: ' || n.n
            ELSE 'the blocked account holds no role itself'
       END
       || CASE WHEN g.lines IS NULL THEN '' ELSE '; through groups: ' || array_to_string(g.lines, '; ') END
       || CASE WHEN e.lines IS NULL THEN '' ELSE '; eligible: ' || array_to_string(e.lines, ', ') END AS reason,
       coalesce(b.display_name, b.user_principal_name, b.id) AS resource_name, b.user_principal_name, b.user_type, d.lines AS roles,
       g.lines AS roles_through_groups, e.lines AS eligible_roles
FROM blocked AS b
CROSS JOIN nobody AS n
LEFT JOIN direct AS d ON d.user_id = b.user_id
LEFT JOIN by_group AS g ON g.user_id = b.user_id
LEFT JOIN eligible AS e ON e.user_id = b.user_id
