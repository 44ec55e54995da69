-- title = "Other role assignments reviewed"
-- severity = "low"
-- subject = "azure_role_assignment"
-- tables = ["azure_role_assignment", "azure_role_definition"]
-- optional = ["azure_user", "azure_user_group", "azure_service_principal"]
-- controls = [
--   "cis_azure_5_0_0:5.3.7", "cis_azure_6_0_0:5.3.7", "nist_800_53_r5:AC-2", "nist_800_53_r5:AC-6", "iso_27001_2022:A.5.18",
--   "pci_dss_4_0:7.2.4", "pci_dss_4_0:8.2.6", "soc_2:CC6.2", "soc_2:CC6.3",
-- ]
-- rationale = "Roles for one job are harmless one by one and add up over the years: people move on, projects end, the access stays. Each such assignment is listed with principal, scope and date; whether it is needed is for the auditor to say. Privileged roles have a check of their own."
-- remediation = "az role assignment list --all --include-inherited --output table shows them; take away what nobody can name a reason for: az role assignment delete --ids ID. Access reviews in Privileged Identity Management ask the people who know."
-- references = ["https://learn.microsoft.com/azure/role-based-access-control/best-practices", "https://learn.microsoft.com/entra/id-governance/privileged-identity-management/pim-create-roles-and-resource-roles-review"]
-- [[case]]
-- title = "Reader is listed, Owner has a check of its own"
-- given.azure_role_assignment = [
--   { name = "a", principal_id = "p1", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7", created_on = "2024-05-01T00:00:00Z" },
--   { name = "b", principal_id = "p1", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635" },
-- ]
-- given.azure_role_definition = [{ name = "acdd72a7-3385-48ef-bd42-f606fba81ae7", role_name = "Reader", properties_type = "BuiltInRole", permissions = '[{"actions": ["*/read"], "notActions": [], "dataActions": [], "notDataActions": []}]' }]
-- expect = { a = "manual" }
-- [[case]]
-- title = "a custom role for one job, a data role"
-- given.azure_role_assignment = [
--   { name = "a", principal_id = "p1", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/c0000000-0000-4000-8000-000000000001" },
--   { name = "b", principal_id = "p1", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/c0000000-0000-4000-8000-000000000002" },
-- ]
-- given.azure_role_definition = [
--   { name = "c0000000-0000-4000-8000-000000000001", role_name = "Role 1", properties_type = "CustomRole", permissions = '[{"actions": ["Microsoft.Compute/*"], "notActions": [], "dataActions": [], "notDataActions": []}]' },
--   { name = "c0000000-0000-4000-8000-000000000002", role_name = "Role 2", properties_type = "CustomRole", permissions = '[{"actions": [], "notActions": [], "dataActions": ["Microsoft.Storage/*"], "notDataActions": []}]' },
-- ]
-- expect = { a = "manual", b = "manual" }
-- [[case]]
-- title = "a star of which only reading is left is not privileged"
-- given.azure_role_assignment = [{ name = "a1", principal_id = "p1", principal_type = "User", subscription_id = "11111111-1111-4111-8111-111111111111", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/c0000000-0000-4000-8000-000000000001" }]
-- given.azure_role_definition = [{ name = "c0000000-0000-4000-8000-000000000001", role_name = "Role 1", properties_type = "CustomRole", permissions = '[{"actions": ["*"], "notActions": ["*/write", "*/Delete", "*/action"]}]' }]
-- expect = { a1 = "manual" }
-- [[case]]
-- title = "a custom role that allows every action is privileged"
-- given.azure_role_assignment = [{ name = "a", principal_id = "p1", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/c0000000-0000-4000-8000-000000000001" }]
-- given.azure_role_definition = [{ name = "c0000000-0000-4000-8000-000000000001", role_name = "Role 1", properties_type = "CustomRole", permissions = '[{"actions": ["*"], "notActions": [], "dataActions": [], "notDataActions": []}]' }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "what the role allows is not known: listed with the privileged ones"
-- given.azure_role_assignment = [
--   { name = "a", principal_id = "p1", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/c0000000-0000-4000-8000-000000000001" },
--   { name = "b", principal_id = "p1", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/c0000000-0000-4000-8000-000000000002" },
-- ]
-- given.azure_role_definition = [{ name = "c0000000-0000-4000-8000-000000000002", role_name = "Role 2", properties_type = "CustomRole" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "a condition and a group"
-- given.azure_role_assignment = [{ name = "a", principal_id = "g1", principal_type = "Group", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7", condition = "@Resource[x] StringEquals y" }]
-- given.azure_role_definition = [{ name = "acdd72a7-3385-48ef-bd42-f606fba81ae7", role_name = "Reader", properties_type = "BuiltInRole", permissions = '[{"actions": ["*/read"], "notActions": [], "dataActions": [], "notDataActions": []}]' }]
-- given.azure_user_group = [{ name = "g1", display_name = "Auditors" }]
-- expect = { a = "manual" }
-- [[case]]
-- title = "principal in none of the lists"
-- given.azure_role_assignment = [{ name = "a", principal_id = "gone", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7" }]
-- given.azure_role_definition = [{ name = "acdd72a7-3385-48ef-bd42-f606fba81ae7", role_name = "Reader", properties_type = "BuiltInRole", permissions = '[{"actions": ["*/read"], "notActions": [], "dataActions": [], "notDataActions": []}]' }]
-- expect = { a = "manual" }
-- [[case]]
-- title = "assignment without principal and scope"
-- given.azure_role_assignment = [{ name = "a", role_definition_id = "/providers/microsoft.authorization/roledefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7" }]
-- given.azure_role_definition = [{ name = "acdd72a7-3385-48ef-bd42-f606fba81ae7", role_name = "Reader", properties_type = "BuiltInRole", permissions = '[{"actions": ["*/read"], "notActions": [], "dataActions": [], "notDataActions": []}]' }]
-- expect = { a = "manual" }
-- [[case]]
-- title = "role not readable: listed with the privileged ones"
-- given.azure_role_assignment = [{ name = "a", principal_id = "p1", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", _gaps = ["role_definition_id"] }]
-- given.azure_role_definition = [{ name = "acdd72a7-3385-48ef-bd42-f606fba81ae7", role_name = "Reader", properties_type = "BuiltInRole", permissions = '[{"actions": ["*/read"], "notActions": [], "dataActions": [], "notDataActions": []}]' }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "no assignment"
-- given.azure_role_assignment = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "definitions denied: no role is known to be harmless"
-- ledger = [{ table = "azure_role_definition", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_role_assignment = [{ name = "a", principal_id = "p1", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "service principals denied: the name is missing"
-- ledger = [{ table = "azure_service_principal", status = "denied" }]
-- given.azure_role_assignment = [{ name = "a", principal_id = "p1", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7" }]
-- given.azure_role_definition = [{ name = "acdd72a7-3385-48ef-bd42-f606fba81ae7", role_name = "Reader", properties_type = "BuiltInRole", permissions = '[{"actions": ["*/read"], "notActions": [], "dataActions": [], "notDataActions": []}]' }]
-- expect = { a = "manual" }
-- [[case]]
-- title = "assignments denied"
-- ledger = [{ table = "azure_role_assignment", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_role_assignment = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
SELECT a.id AS subject, a.id AS resource_id, a.subscription_id,
       'manual' AS verdict,
       'to be reviewed by the auditor: ' || a.role_name || ' for '
         || coalesce(a.principal_name, 'a principal that is in none of the lists read, ' || coalesce(a.principal_id, 'without an id'))
         || ' (' || coalesce(nullif(a.principal_type, ''), 'type not given') || ') on ' || coalesce(a.scope, 'a scope that is not given')
         || coalesce(', given on ' || CAST(CAST(a.created_on AS DATE) AS VARCHAR), '')
         || CASE WHEN coalesce(trim(a.condition), '') = '' THEN '' ELSE ', narrowed by a condition' END || '; ' || a.why AS reason,
       a.role_name || ' for ' || coalesce(a.principal_name, a.principal_id, '?') AS resource_name,
       a.principal_id, a.principal_type, a.principal_name, a.role_name, a.is_custom AS is_custom_role, a.scope, a.created_on, a.condition, a.description
FROM role_review AS a
WHERE a.kind IN ('other')
