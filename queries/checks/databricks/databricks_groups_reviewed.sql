-- title = "Databricks role assignments reviewed"
-- severity = "low"
-- subject = "azure_databricks_workspace"
-- tables = ["azure_databricks_workspace", "azure_role_assignment"]
-- optional = ["azure_role_definition"]
-- controls = [
--   "cis_azure_6_0_0:2.1.12", "nist_800_53_r5:AC-2", "nist_800_53_r5:AC-6", "iso_27001_2022:A.5.18", "pci_dss_4_0:7.2.4",
--   "pci_dss_4_0:8.2.6", "soc_2:CC6.2", "soc_2:CC6.3",
-- ]
-- rationale = "Owners and contributors of a workspace become its administrators. Roles given once and never looked at again leave people in who changed jobs. The auditor goes through the list with the owner of the workspace."
-- remediation = "az role assignment list --scope WORKSPACE_ID --include-inherited; remove what is not needed: az role assignment delete --ids ID"
-- references = ["https://learn.microsoft.com/azure/databricks/admin/users-groups/", "https://learn.microsoft.com/azure/role-based-access-control/role-assignments-list-portal"]
-- [[case]]
-- title = "roles at the workspace, the group, the subscription and above"
-- given.azure_databricks_workspace = [{ name = "a" }]
-- given.azure_role_assignment = [
--   { name = "r1", principal_id = "p1", principal_type = "Group", scope = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.databricks/workspaces/a", role_definition_id = "/providers/microsoft.authorization/roledefinitions/b24988ac-6180-42a0-ab88-20f7382dd24c" },
--   { name = "r2", principal_id = "p2", scope = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg", role_definition_id = "/providers/microsoft.authorization/roledefinitions/b24988ac-6180-42a0-ab88-20f7382dd24c" },
--   { name = "r3", principal_id = "p3", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635" },
--   { name = "r4", principal_id = "p4", scope = "/providers/microsoft.management/managementgroups/mg", _seen_in = ["11111111-1111-4111-8111-111111111111"], role_definition_id = "/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635" },
-- ]
-- given.azure_role_definition = [{ id = "/providers/microsoft.authorization/roledefinitions/b24988ac-6180-42a0-ab88-20f7382dd24c", name = "b24988ac-6180-42a0-ab88-20f7382dd24c", role_name = "Contributor" }]
-- expect = { a = "manual" }
-- [[case]]
-- title = "no role anywhere"
-- given.azure_databricks_workspace = [{ name = "a" }]
-- expect = { a = "manual" }
-- [[case]]
-- title = "roles elsewhere are not listed"
-- given.azure_databricks_workspace = [{ name = "a" }]
-- given.azure_role_assignment = [{ name = "r1", principal_id = "p1", scope = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/other" }]
-- expect = { a = "manual" }
-- [[case]]
-- title = "names of roles not read"
-- ledger = [{ table = "azure_role_definition", status = "denied" }]
-- given.azure_databricks_workspace = [{ name = "a" }]
-- given.azure_role_assignment = [{ name = "r1", principal_id = "p1", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635" }]
-- expect = { a = "manual" }
-- [[case]]
-- title = "principal of an assignment not readable"
-- given.azure_databricks_workspace = [{ name = "a" }]
-- given.azure_role_assignment = [{ name = "r1", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", _gaps = ["principal_id"] }]
-- expect = { a = "manual" }
-- [[case]]
-- title = "no workspace"
-- given.azure_databricks_workspace = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "assignments denied: the row stays, and the subscription is told of"
-- ledger = [{ table = "azure_role_assignment", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_databricks_workspace = [{ name = "a" }]
-- expect = { a = "manual", "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
WITH role AS (
    SELECT guid_of(r.id) AS role_guid, min(r.role_name) AS role_name
    FROM azure_role_definition AS r
    GROUP BY guid_of(r.id)
),
place AS (
    SELECT d.id, d.id AS scope, d.subscription_id FROM azure_databricks_workspace AS d
    UNION ALL
    SELECT d.id, '/subscriptions/' || d.subscription_id || '/resourcegroups/' || lower(d.resource_group), d.subscription_id FROM azure_databricks_workspace AS d
    UNION ALL
    SELECT d.id, '/subscriptions/' || d.subscription_id, d.subscription_id FROM azure_databricks_workspace AS d
),
assignment AS (
    SELECT coalesce(nullif(rtrim(lower(a.scope), '/'), ''), '/') AS scope, a._seen_in,
           coalesce(n.role_name, guid_of(a.role_definition_id), 'unknown role') || ' to ' || coalesce(a.principal_id, 'unknown')
             || ' (' || coalesce(a.principal_type, 'unknown type') || ')' AS line
    FROM azure_role_assignment AS a
    LEFT JOIN role AS n ON n.role_guid = guid_of(a.role_definition_id)
),
-- Above subscriptions: management groups and the root.
upper_assignment AS (
    SELECT lower(u.seen) AS subscription_id, a.line || ' at ' || a.scope AS line
    FROM assignment AS a, unnest(a._seen_in) AS u(seen)
    WHERE a.scope = '/' OR a.scope LIKE '/providers/microsoft.management/managementgroups/%'
),
listed AS (
    SELECT p.id, a.scope = p.id AS is_direct, a.line || CASE WHEN a.scope = p.id THEN '' ELSE ' at ' || a.scope END AS line
    FROM place AS p
    JOIN assignment AS a ON a.scope = p.scope
    UNION ALL
    SELECT d.id, FALSE, u.line
    FROM azure_databricks_workspace AS d
    JOIN upper_assignment AS u ON u.subscription_id = d.subscription_id
),
per_workspace AS (
    SELECT l.id, list_sort(list(DISTINCT l.line) FILTER (WHERE l.is_direct)) AS direct,
           list_sort(list(DISTINCT l.line) FILTER (WHERE NOT l.is_direct)) AS inherited
    FROM listed AS l
    GROUP BY l.id
)
SELECT w.id AS subject, w.id AS resource_id, w.subscription_id,
       'manual' AS verdict,
       'review the role assignments: ' || coalesce(array_length(p.direct), 0) || ' on the workspace, '
         || coalesce(array_length(p.inherited), 0) || ' inherited' AS reason,
       p.direct AS role_assignments, p.inherited AS inherited_role_assignments
FROM azure_databricks_workspace AS w
LEFT JOIN per_workspace AS p ON p.id = w.id
