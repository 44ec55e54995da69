-- title = "Subscriptions and their management groups"
-- severity = "informational"
-- subject = "azure_subscription"
-- tables = ["azure_subscription", "azure_management_group", "azure_account"]
-- controls = ["jupiterone_questions:subscriptions_of_tenant"]
-- rationale = "Shows where each subscription hangs in the tree of management groups, from the root down: policies and roles of every group on the way apply to it. The question followed one kind of edge only and so found just the subscriptions right under the root; here the tree is walked to its end, by parents and by children. A subscription of another tenant, seen through delegation, is told apart."
-- remediation = ""
-- references = ["https://learn.microsoft.com/azure/governance/management-groups/overview"]
-- [[case]]
-- title = "two levels below the root"
-- given.azure_account = [{ display_name = "Contoso" }]
-- given.azure_subscription = [{ properties_tenant_id = "99999999-9999-4999-8999-999999999999" }]
-- given.azure_management_group = [
--   { id = "/providers/microsoft.management/managementgroups/root", children_id = ["/providers/Microsoft.Management/managementGroups/prod"] },
--   { id = "/providers/microsoft.management/managementgroups/prod", children_id = ["/subscriptions/11111111-1111-4111-8111-111111111111"] },
-- ]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "manual" }
-- [[case]]
-- title = "by parents, in a tree that loops"
-- given.azure_account = [{ display_name = "Contoso" }]
-- given.azure_subscription = [{ }]
-- given.azure_management_group = [
--   { id = "/providers/microsoft.management/managementgroups/a", details_parent_id = "/providers/microsoft.management/managementgroups/b", children_id = ["/subscriptions/11111111-1111-4111-8111-111111111111"] },
--   { id = "/providers/microsoft.management/managementgroups/b", details_parent_id = "/providers/microsoft.management/managementgroups/a" },
-- ]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "manual" }
-- [[case]]
-- title = "under no group of the snapshot; of another tenant"
-- given.azure_account = [{ display_name = "Contoso" }]
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222", properties_tenant_id = "88888888-8888-4888-8888-888888888888" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "manual", "/subscriptions/22222222-2222-4222-8222-222222222222" = "manual" }
-- [[case]]
-- title = "subscriptions denied"
-- ledger = [{ table = "azure_subscription", status = "denied" }]
-- given.azure_subscription = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "management groups denied: the subscription stays, the gap is told"
-- ledger = [{ table = "azure_management_group", status = "denied" }]
-- given.azure_account = [{ display_name = "Contoso" }]
-- given.azure_subscription = [{ }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "manual", "99999999-9999-4999-8999-999999999999" = "unknown" }
WITH RECURSIVE
edge AS (
    SELECT lower(rtrim(g.id, '/')) AS child, lower(rtrim(g.details_parent_id, '/')) AS parent
    FROM azure_management_group AS g
    WHERE g.details_parent_id IS NOT NULL
    UNION
    SELECT lower(rtrim(u.child, '/')) AS child, lower(rtrim(g.id, '/')) AS parent
    FROM azure_management_group AS g, unnest(g.children_id) AS u(child)
    WHERE u.child IS NOT NULL
),
-- Six levels lie below the root at most; a tree that loops ends here too.
ancestor AS (
    SELECT s.id AS subscription, e.parent AS group_id, 1 AS height
    FROM azure_subscription AS s
    JOIN edge AS e ON e.child = s.id
    UNION
    SELECT a.subscription, e.parent, a.height + 1
    FROM ancestor AS a
    JOIN edge AS e ON e.child = a.group_id
    WHERE a.height < 8
),
farthest AS (
    SELECT a.subscription, a.group_id, min(a.height) AS height FROM ancestor AS a GROUP BY a.subscription, a.group_id
),
named AS (
    SELECT lower(rtrim(g.id, '/')) AS id, max(coalesce(g.display_name, g.name)) AS name FROM azure_management_group AS g GROUP BY 1
),
way AS (
    SELECT f.subscription, list(coalesce(n.name, guid_of(f.group_id)) ORDER BY f.height DESC, f.group_id) AS groups,
           list(f.group_id ORDER BY f.height DESC, f.group_id) AS group_ids
    FROM farthest AS f
    LEFT JOIN named AS n ON n.id = f.group_id
    GROUP BY f.subscription
),
tenant AS (
    SELECT t.tenant_id, max(t.display_name) AS display_name FROM azure_account AS t GROUP BY t.tenant_id
)
SELECT s.id AS subject, s.id AS resource_id, s.subscription_id,
       'manual' AS verdict,
       CASE WHEN lower(s.properties_tenant_id) <> lower(s.tenant_id) THEN 'belongs to tenant ' || s.properties_tenant_id || ' and is seen through delegation'
            ELSE 'belongs to tenant ' || coalesce(t.display_name, s.tenant_id) END
         || CASE WHEN w.groups IS NULL THEN '; no management group above it is in the snapshot'
                 ELSE '; management groups from the top: ' || array_to_string(w.groups, ' > ') END AS reason,
       s.display_name AS resource_name, s.state, coalesce(s.properties_tenant_id, s.tenant_id) AS home_tenant_id, t.display_name AS tenant_name,
       w.groups AS management_groups, w.group_ids AS management_group_ids
FROM azure_subscription AS s
LEFT JOIN way AS w ON w.subscription = s.id
LEFT JOIN tenant AS t ON t.tenant_id = s.tenant_id
