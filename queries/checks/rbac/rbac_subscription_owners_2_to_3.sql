-- title = "Two to three subscription owners"
-- severity = "high"
-- subject = "azure_subscription"
-- tables = ["azure_subscription", "azure_role_assignment"]
-- controls = [
--   "cis_azure_5_0_0:5.27", "cis_azure_6_0_0:5.7", "nist_800_53_r5:AC-2", "nist_800_53_r5:AC-5", "nist_800_53_r5:AC-6",
--   "iso_27001_2022:A.5.15", "iso_27001_2022:A.8.2", "pci_dss_4_0:7.2.1", "pci_dss_4_0:7.2.2", "soc_2:CC6.3",
-- ]
-- rationale = "One owner can be lost, and with it the subscription; each owner more than needed is one more account that can take it over. Owners above the subscription are listed, not counted; a group counts as one, whoever is in it."
-- remediation = "List them: az role assignment list --role Owner --scope /subscriptions/ID. Add a second one, or replace the surplus by narrower roles: az role assignment delete --ids ID"
-- references = ["https://learn.microsoft.com/azure/role-based-access-control/best-practices"]
-- [[case]]
-- title = "two owners, then three"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_role_assignment = [
--   { name = "a1", principal_id = "p1", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635" },
--   { name = "a2", principal_id = "p2", principal_type = "Group", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635" },
--   { name = "b1", principal_id = "p1", scope = "/subscriptions/22222222-2222-4222-8222-222222222222", role_definition_id = "/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635" },
--   { name = "b2", principal_id = "p2", scope = "/subscriptions/22222222-2222-4222-8222-222222222222", role_definition_id = "/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635" },
--   { name = "b3", principal_id = "p3", scope = "/subscriptions/22222222-2222-4222-8222-222222222222", role_definition_id = "/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635" },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass", "22222222-2222-4222-8222-222222222222" = "pass" }
-- [[case]]
-- title = "one owner"
-- given.azure_subscription = [{ }]
-- given.azure_role_assignment = [{ name = "a1", principal_id = "p1", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635" }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail" }
-- [[case]]
-- title = "four owners"
-- given.azure_subscription = [{ }]
-- given.azure_role_assignment = [
--   { name = "a1", principal_id = "p1", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635" },
--   { name = "a2", principal_id = "p2", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635" },
--   { name = "a3", principal_id = "p3", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635" },
--   { name = "a4", principal_id = "p4", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635" },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail" }
-- [[case]]
-- title = "no assignment at all"
-- given.azure_subscription = [{ }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail" }
-- [[case]]
-- title = "the same principal twice counts once; letter case and a trailing slash do not matter"
-- given.azure_subscription = [{ }]
-- given.azure_role_assignment = [
--   { name = "a1", principal_id = "p1", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635" },
--   { name = "a2", principal_id = "P1", scope = "/Subscriptions/11111111-1111-4111-8111-111111111111/", role_definition_id = "/providers/Microsoft.Authorization/roleDefinitions/8E3AF657-A8FF-443C-A75C-2FE8C4BCB635" },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail" }
-- [[case]]
-- title = "owners above and below and holders of other roles are not counted"
-- given.azure_subscription = [{ }]
-- given.azure_role_assignment = [
--   { name = "a1", principal_id = "p1", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635" },
--   { name = "a2", principal_id = "p2", scope = "/providers/microsoft.management/managementgroups/mg1", _seen_in = ["11111111-1111-4111-8111-111111111111"], role_definition_id = "/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635" },
--   { name = "a3", principal_id = "p3", scope = "/", role_definition_id = "/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635" },
--   { name = "a4", principal_id = "p4", scope = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg", role_definition_id = "/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635" },
--   { name = "a5", principal_id = "p5", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/b24988ac-6180-42a0-ab88-20f7382dd24c" },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail" }
-- [[case]]
-- title = "an owner without a principal id cannot be counted"
-- given.azure_subscription = [{ }]
-- given.azure_role_assignment = [
--   { name = "a1", principal_id = "p1", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635" },
--   { name = "a2", principal_id = "p2", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635" },
--   { name = "a3", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", _gaps = ["principal_id"] },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "an assignment of the subscription whose role or scope could not be read"
-- given.azure_subscription = [{ }]
-- given.azure_role_assignment = [
--   { name = "a1", principal_id = "p1", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635" },
--   { name = "a2", principal_id = "p2", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635" },
--   { name = "a3", principal_id = "p3", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", _gaps = ["role_definition_id"] },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "four owners are too many, whatever could not be read"
-- given.azure_subscription = [{ }]
-- given.azure_role_assignment = [
--   { name = "a1", principal_id = "p1", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635" },
--   { name = "a2", principal_id = "p2", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635" },
--   { name = "a3", principal_id = "p3", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635" },
--   { name = "a4", principal_id = "p4", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635" },
--   { name = "a5", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635" },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail" }
-- [[case]]
-- title = "a row without a scope belongs to the subscription it was listed in; one of another subscription does not touch this one"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_role_assignment = [
--   { name = "a1", principal_id = "p1", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635" },
--   { name = "a2", principal_id = "p2", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635" },
--   { name = "b1", principal_id = "p1", scope = "/subscriptions/22222222-2222-4222-8222-222222222222", subscription_id = "22222222-2222-4222-8222-222222222222", role_definition_id = "/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635" },
--   { name = "b2", principal_id = "p2", scope = "/subscriptions/22222222-2222-4222-8222-222222222222", subscription_id = "22222222-2222-4222-8222-222222222222", role_definition_id = "/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635" },
--   { name = "b3", principal_id = "p3", subscription_id = "22222222-2222-4222-8222-222222222222", role_definition_id = "/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635" },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass", "22222222-2222-4222-8222-222222222222" = "unknown" }
-- [[case]]
-- title = "no subscription row"
-- given.azure_subscription = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "not_applicable" }
-- [[case]]
-- title = "assignments denied"
-- ledger = [{ table = "azure_role_assignment", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_subscription = [{ }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
WITH assignment AS (
    SELECT coalesce(nullif(rtrim(lower(a.scope), '/'), ''), CASE WHEN a.scope IS NOT NULL THEN '/' END,
                    '/subscriptions/' || a.subscription_id) AS scope,
           lower(a.principal_id) AS principal_id, a._seen_in,
           CASE WHEN list_contains(a._gaps, 'principal_type') THEN 'type not readable'
                ELSE coalesce(a.principal_type, 'unknown type')
           END AS principal_type,
           a.principal_id IS NULL OR a.role_definition_id IS NULL OR a.scope IS NULL
             OR coalesce(array_length(list_filter(a._gaps, lambda g: g IN (
                  'principal_id', 'role_definition_id', 'scope'))) > 0, FALSE) AS unread
    FROM azure_role_assignment AS a
    -- A row that does not tell its role may be an owner too.
    WHERE coalesce(guid_of(a.role_definition_id), '') IN ('', '8e3af657-a8ff-443c-a75c-2fe8c4bcb635')
),
direct AS (
    SELECT a.scope AS subscription,
           list_sort(list(DISTINCT a.principal_id || ' (' || a.principal_type || ')') FILTER (WHERE NOT a.unread)) AS owners,
           count(DISTINCT CASE WHEN NOT a.unread THEN a.principal_id END) AS n_owners,
           sum(CASE WHEN a.unread THEN 1 ELSE 0 END) AS n_unread
    FROM assignment AS a
    GROUP BY a.scope
),
above AS (
    SELECT s.id AS subscription, list_sort(list(DISTINCT a.principal_id || ' (' || a.principal_type || ', ' || a.scope || ')')) AS owners
    FROM azure_subscription AS s
    JOIN assignment AS a
      ON a.scope = '/'
      OR (a.scope LIKE '/providers/microsoft.management/managementgroups/%'
          AND list_contains(a._seen_in, s.subscription_id))
    WHERE NOT a.unread
    GROUP BY s.id
)
SELECT s.id AS subject, s.id AS resource_id, s.subscription_id,
       CASE WHEN coalesce(d.n_owners, 0) > 3 THEN 'fail'
            WHEN d.n_unread > 0 THEN NULL
            WHEN coalesce(d.n_owners, 0) IN (2, 3) THEN 'pass'
            ELSE 'fail'
       END AS verdict,
       CASE WHEN d.n_unread > 0 AND d.n_owners <= 3 THEN 'an assignment on the subscription could not be read in full; owners counted: ' || d.n_owners
            ELSE 'owners on the subscription: ' || coalesce(d.n_owners, 0)
       END
       || CASE WHEN u.owners IS NULL THEN '' ELSE '; inherited from above: ' || array_length(u.owners) END AS reason,
       s.display_name AS resource_name, d.owners, u.owners AS inherited_owners
FROM azure_subscription AS s
LEFT JOIN direct AS d ON d.subscription = s.id
LEFT JOIN above AS u ON u.subscription = s.id
