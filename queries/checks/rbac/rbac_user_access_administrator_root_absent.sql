-- title = "No root-scope User Access Administrator"
-- severity = "critical"
-- subject = "azure_subscription"
-- tables = ["azure_subscription", "azure_role_assignment"]
-- controls = [
--   "cis_azure_4_0_0:6.3.3", "cis_azure_5_0_0:5.3.3", "cis_azure_6_0_0:5.3.3", "nist_800_53_r5:AC-2", "nist_800_53_r5:AC-5",
--   "nist_800_53_r5:AC-6", "iso_27001_2022:A.5.15", "iso_27001_2022:A.8.2", "pci_dss_4_0:7.2.1", "pci_dss_4_0:7.2.2",
--   "soc_2:CC6.3",
-- ]
-- rationale = "A Global Administrator who elevates access becomes User Access Administrator at the root: of every subscription, past every review made below. It is meant for minutes and does not go away by itself. Each subscription fails that inherits such an assignment; the role on narrower scopes is not judged here."
-- remediation = "az role assignment delete --assignee PRINCIPAL --role \"User Access Administrator\" --scope \"/\"; or the administrator concerned sets Entra admin center > Properties > Access management for Azure resources to No."
-- references = ["https://learn.microsoft.com/azure/role-based-access-control/elevate-access-global-admin"]
-- [[case]]
-- title = "nobody at the root"
-- given.azure_subscription = [{ }]
-- given.azure_role_assignment = [{ name = "a", principal_id = "p1", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635" }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass" }
-- [[case]]
-- title = "no assignment at all"
-- given.azure_subscription = [{ }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass" }
-- [[case]]
-- title = "one at the root"
-- given.azure_subscription = [{ }]
-- given.azure_role_assignment = [{ name = "a", principal_id = "p1", principal_type = "User", scope = "/", role_definition_id = "/providers/microsoft.authorization/roledefinitions/18d7d88d-d35e-4fb5-a5c3-7773c20a72d9", _seen_in = ["11111111-1111-4111-8111-111111111111"] }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail" }
-- [[case]]
-- title = "role id in other letter case, under a subscription; a group"
-- given.azure_subscription = [{ }]
-- given.azure_role_assignment = [{ name = "a", principal_id = "p1", principal_type = "Group", scope = "/", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/Microsoft.Authorization/roleDefinitions/18D7D88D-D35E-4FB5-A5C3-7773C20A72D9", _seen_in = ["11111111-1111-4111-8111-111111111111"] }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail" }
-- [[case]]
-- title = "the role on a subscription or management group"
-- given.azure_subscription = [{ }]
-- given.azure_role_assignment = [
--   { name = "a", principal_id = "p1", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/18d7d88d-d35e-4fb5-a5c3-7773c20a72d9" },
--   { name = "b", principal_id = "p1", principal_type = "User", scope = "/providers/microsoft.management/managementgroups/mg1", role_definition_id = "/providers/microsoft.authorization/roledefinitions/18d7d88d-d35e-4fb5-a5c3-7773c20a72d9", _seen_in = ["11111111-1111-4111-8111-111111111111"] },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass" }
-- [[case]]
-- title = "another role at the root"
-- given.azure_subscription = [{ }]
-- given.azure_role_assignment = [
--   { name = "a", principal_id = "p1", principal_type = "User", scope = "/", role_definition_id = "/providers/microsoft.authorization/roledefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7", _seen_in = ["11111111-1111-4111-8111-111111111111"] },
--   { name = "b", principal_id = "p1", principal_type = "User", scope = "/", role_definition_id = "/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", _seen_in = ["11111111-1111-4111-8111-111111111111"] },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass" }
-- [[case]]
-- title = "a role of the same name is not the role"
-- given.azure_subscription = [{ }]
-- given.azure_role_assignment = [{ name = "a", principal_id = "p1", principal_type = "User", scope = "/", role_definition_id = "/providers/microsoft.authorization/roledefinitions/c0000000-0000-4000-8000-000000000001", _seen_in = ["11111111-1111-4111-8111-111111111111"] }]
-- given.azure_role_definition = [{ name = "c0000000-0000-4000-8000-000000000001", role_name = "User Access Administrator", properties_type = "CustomRole", permissions = '[{"actions": ["*/read"], "notActions": [], "dataActions": [], "notDataActions": []}]' }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass" }
-- [[case]]
-- title = "every subscription that inherits it; one of another tenant does not"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_role_assignment = [{ name = "a", principal_id = "p1", principal_type = "User", scope = "/", role_definition_id = "/providers/microsoft.authorization/roledefinitions/18d7d88d-d35e-4fb5-a5c3-7773c20a72d9", _seen_in = ["11111111-1111-4111-8111-111111111111"] }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail", "22222222-2222-4222-8222-222222222222" = "pass" }
-- [[case]]
-- title = "where it was seen is not kept: it holds for all"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_role_assignment = [{ name = "a", principal_id = "p1", principal_type = "User", scope = "/", role_definition_id = "/providers/microsoft.authorization/roledefinitions/18d7d88d-d35e-4fb5-a5c3-7773c20a72d9" }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail", "22222222-2222-4222-8222-222222222222" = "fail" }
-- [[case]]
-- title = "scope absent: told by the id of the assignment"
-- given.azure_subscription = [{ }]
-- given.azure_role_assignment = [{ name = "a", principal_id = "p1", principal_type = "User", role_definition_id = "/providers/microsoft.authorization/roledefinitions/18d7d88d-d35e-4fb5-a5c3-7773c20a72d9", id = "/providers/Microsoft.Authorization/roleAssignments/a", _seen_in = ["11111111-1111-4111-8111-111111111111"] }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail" }
-- [[case]]
-- title = "role absent at the root"
-- given.azure_subscription = [{ }]
-- given.azure_role_assignment = [{ name = "a", principal_id = "p1", principal_type = "User", scope = "/", _seen_in = ["11111111-1111-4111-8111-111111111111"] }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "role absent elsewhere"
-- given.azure_subscription = [{ }]
-- given.azure_role_assignment = [{ name = "a", principal_id = "p1", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111" }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass" }
-- [[case]]
-- title = "role not readable at the root"
-- given.azure_subscription = [{ }]
-- given.azure_role_assignment = [{ name = "a", principal_id = "p1", principal_type = "User", scope = "/", _seen_in = ["11111111-1111-4111-8111-111111111111"], _gaps = ["role_definition_id"] }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "scope not readable"
-- given.azure_subscription = [{ }]
-- given.azure_role_assignment = [{ name = "a", principal_id = "p1", principal_type = "User", role_definition_id = "/providers/microsoft.authorization/roledefinitions/18d7d88d-d35e-4fb5-a5c3-7773c20a72d9", _gaps = ["scope"] }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "no subscription row"
-- given.azure_subscription = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "not_applicable" }
-- [[case]]
-- title = "assignments denied"
-- ledger = [{ table = "azure_role_assignment", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_subscription = [{ }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "assignments of one of two denied"
-- ledger = [{ table = "azure_role_assignment", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_role_assignment = [{ name = "a", principal_id = "p1", principal_type = "User", scope = "/", role_definition_id = "/providers/microsoft.authorization/roledefinitions/18d7d88d-d35e-4fb5-a5c3-7773c20a72d9", _seen_in = ["22222222-2222-4222-8222-222222222222"] }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown", "22222222-2222-4222-8222-222222222222" = "fail" }
-- [[case]]
-- title = "subscriptions denied"
-- ledger = [{ table = "azure_subscription", status = "denied" }]
-- given.azure_subscription = [{ }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
WITH assignment AS (
    SELECT a.id, lower(a.principal_id) AS principal_id, a.principal_type, a.created_on, a._seen_in AS seen_in, guid_of(a.role_definition_id) AS role_id,
           a.role_definition_id IS NULL OR coalesce(list_contains(a._gaps, 'role_definition_id'), FALSE) AS role_gap,
           a.scope
    FROM azure_role_assignment AS a
),
-- Assignments at the root; where the scope is absent, the id of the assignment tells it.
root AS (
    SELECT a.id, coalesce(a.principal_id, '?') || ' (' || coalesce(nullif(a.principal_type, ''), 'type not given')
             || coalesce(', given on ' || CAST(CAST(a.created_on AS DATE) AS VARCHAR), '') || ')' AS holder,
           a.role_id, a.role_gap, a.seen_in, coalesce(array_length(a.seen_in), 0) = 0 AS everywhere
    FROM assignment AS a
    WHERE rtrim(a.scope, '/') = ''
       OR (a.scope IS NULL AND regexp_matches(lower(a.id), '^/providers/microsoft\.authorization/roleassignments/[^/]+$'))
),
reach AS (
    SELECT r.id, r.holder, r.role_id, r.role_gap, lower(guid_of(u.seen)) AS subscription_id
    FROM root AS r, unnest(r.seen_in) AS u(seen)
    UNION
    SELECT r.id, r.holder, r.role_id, r.role_gap, s.subscription_id
    FROM root AS r
    JOIN azure_subscription AS s ON r.everywhere
),
found AS (
    SELECT r.subscription_id,
           list_sort(list(r.holder) FILTER (WHERE NOT r.role_gap AND r.role_id = '18d7d88d-d35e-4fb5-a5c3-7773c20a72d9')) AS holders,
           sum(CASE WHEN r.role_gap THEN 1 ELSE 0 END) AS n_unread,
           sum(CASE WHEN NOT r.role_gap AND r.role_id <> '18d7d88d-d35e-4fb5-a5c3-7773c20a72d9' THEN 1 ELSE 0 END) AS n_others
    FROM reach AS r
    GROUP BY r.subscription_id
)
SELECT s.id AS subject, s.id AS resource_id, s.subscription_id,
       CASE WHEN f.holders IS NOT NULL THEN 'fail'
            WHEN f.n_unread > 0 THEN NULL
            ELSE 'pass'
       END AS verdict,
       CASE WHEN f.holders IS NOT NULL THEN 'User Access Administrator at the root: ' || array_to_string(f.holders, ', ')
            WHEN f.n_unread > 0 THEN 'the role of an assignment at the root is not given'
            ELSE 'nobody is User Access Administrator at the root'
       END
       || CASE WHEN f.n_others > 0 THEN '; assignments of other roles at the root: ' || f.n_others ELSE '' END AS reason,
       s.display_name AS resource_name, f.holders, f.n_others AS other_roles_at_root
FROM azure_subscription AS s
LEFT JOIN found AS f ON f.subscription_id = lower(s.subscription_id)
