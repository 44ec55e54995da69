-- title = "Tenant Creator assignments reviewed"
-- severity = "low"
-- subject = "azure_account"
-- tables = ["azure_account", "azure_directory_role", "azure_directory_role_member"]
-- optional = ["azure_ad_role_assignment", "azure_ad_role_definition", "azure_ad_role_assignment_schedule_instance", "azure_ad_role_eligibility_schedule_instance", "azure_ad_group_eligibility_schedule_instance", "azure_user_group", "azure_group_member", "azure_user"]
-- controls = [
--   "cis_azure_5_0_0:5.3.6", "cis_azure_6_0_0:5.3.6", "nist_800_53_r5:AC-2", "nist_800_53_r5:AC-6", "iso_27001_2022:A.5.18",
--   "pci_dss_4_0:7.2.4", "pci_dss_4_0:8.2.6", "soc_2:CC6.2", "soc_2:CC6.3",
-- ]
-- rationale = "Whoever holds the role may make tenants and is Global Administrator in each, outside the reach of the organisation's policies. Nobody holds it by default. Listed is everybody who does, directly, through a group or as eligible; whether it is needed is for the auditor to say."
-- remediation = "Entra admin center > Identity > Roles and admins > Tenant Creator: remove whom nobody can name a reason for. az rest --method get --url \"https://graph.microsoft.com/v1.0/roleManagement/directory/roleAssignments?$filter=roleDefinitionId eq '112ca1a2-15ad-4102-995e-45b0bc479a6a'\" lists them, --method delete on .../roleAssignments/ID takes one away."
-- references = ["https://learn.microsoft.com/entra/identity/role-based-access-control/permissions-reference", "https://learn.microsoft.com/entra/fundamentals/users-default-permissions"]
-- [[case]]
-- title = "nobody, the default"
-- given.azure_account = [{ }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual" }
-- [[case]]
-- title = "one user, one service principal; other roles do not count"
-- given.azure_account = [{ }]
-- given.azure_directory_role = [
--   { id = "role-tc", name = "Tenant Creator", display_name = "Tenant Creator", role_template_id = "112ca1a2-15ad-4102-995e-45b0bc479a6a" },
--   { id = "role-ga", name = "g", role_template_id = "62e90394-69f5-4237-9190-012177145e10" },
-- ]
-- given.azure_directory_role_member = [
--   { id = "role-tc/members/u1", _parent_id = "role-tc", member_id = "u1", member_type = "#microsoft.graph.user" },
--   { id = "role-tc/members/sp", _parent_id = "role-tc", member_id = "sp", member_type = "#microsoft.graph.servicePrincipal" },
--   { id = "role-ga/members/u2", _parent_id = "role-ga", member_id = "u2", member_type = "#microsoft.graph.user" },
-- ]
-- given.azure_user = [{ name = "u1", display_name = "Dana" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual" }
-- [[case]]
-- title = "through a group"
-- given.azure_account = [{ }]
-- given.azure_directory_role = [{ id = "role-tc", name = "Tenant Creator", display_name = "Tenant Creator", role_template_id = "112ca1a2-15ad-4102-995e-45b0bc479a6a" }]
-- given.azure_directory_role_member = [{ id = "role-tc/members/g", _parent_id = "role-tc", member_id = "g", member_type = "#microsoft.graph.group" }]
-- given.azure_user_group = [{ name = "g", display_name = "Makers" }]
-- given.azure_group_member = [{ id = "g/members/u1", _parent_id = "g", member_id = "u1", member_type = "#microsoft.graph.user" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual" }
-- [[case]]
-- title = "eligible only"
-- given.azure_account = [{ }]
-- given.azure_ad_role_eligibility_schedule_instance = [{ name = "e", principal_id = "u1", role_definition_id = "112ca1a2-15ad-4102-995e-45b0bc479a6a" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual" }
-- [[case]]
-- title = "eligibilities not read"
-- ledger = [{ table = "azure_ad_role_eligibility_schedule_instance", status = "denied" }]
-- given.azure_account = [{ }]
-- given.azure_directory_role = [{ id = "role-tc", name = "Tenant Creator", display_name = "Tenant Creator", role_template_id = "112ca1a2-15ad-4102-995e-45b0bc479a6a" }]
-- given.azure_directory_role_member = [{ id = "role-tc/members/u1", _parent_id = "role-tc", member_id = "u1", member_type = "#microsoft.graph.user" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual" }
-- [[case]]
-- title = "role not readable"
-- given.azure_account = [{ }]
-- given.azure_directory_role = [{ id = "role-x", name = "x", _gaps = ["role_template_id"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual" }
-- [[case]]
-- title = "no tenant row"
-- given.azure_account = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "not_applicable" }
-- [[case]]
-- title = "members denied: the evidence is incomplete"
-- ledger = [{ table = "azure_directory_role_member", status = "denied" }]
-- given.azure_account = [{ }]
-- given.azure_directory_role = [{ id = "role-tc", name = "Tenant Creator", display_name = "Tenant Creator", role_template_id = "112ca1a2-15ad-4102-995e-45b0bc479a6a" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual" }
-- [[case]]
-- title = "members of the role denied"
-- ledger = [{ table = "azure_directory_role_member", parent = "role-tc", status = "denied" }]
-- given.azure_account = [{ }]
-- given.azure_directory_role = [{ id = "role-tc", name = "Tenant Creator", display_name = "Tenant Creator", role_template_id = "112ca1a2-15ad-4102-995e-45b0bc479a6a" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual", role-tc = "unknown" }
-- [[case]]
-- title = "roles denied: the evidence is incomplete"
-- ledger = [{ table = "azure_directory_role", status = "denied" }]
-- given.azure_account = [{ }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual" }
-- [[case]]
-- title = "tenant denied"
-- ledger = [{ table = "azure_account", status = "denied" }]
-- given.azure_account = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
WITH holder AS (
    SELECT h.principal_id, h.principal_type, coalesce(max(u.display_name), max(g.display_name), h.principal_id) AS name,
           list_sort(list(DISTINCT h.how)) AS ways
    FROM directory_role_holder AS h
    LEFT JOIN azure_user AS u ON lower(u.id) = h.principal_id
    LEFT JOIN azure_user_group AS g ON lower(g.id) = h.principal_id
    WHERE h.role_template_id = '112ca1a2-15ad-4102-995e-45b0bc479a6a'
    GROUP BY h.principal_id, h.principal_type
),
found AS (
    SELECT count(*) AS n, list_sort(list(h.name || ' (' || coalesce(h.principal_type, 'type not known') || ', ' || array_to_string(h.ways, ', ') || ')')) AS lines
    FROM holder AS h
),
unread AS (
    SELECT list_sort(list(DISTINCT d.table_name || ': ' || d.status || coalesce(' for group ' || d.group_id, ''))) AS lists
    FROM directory_role_unread AS d
    WHERE coalesce(d.role_template_id, '112ca1a2-15ad-4102-995e-45b0bc479a6a') = '112ca1a2-15ad-4102-995e-45b0bc479a6a'
)
SELECT t.id AS subject, t.id AS resource_id, CAST(NULL AS VARCHAR) AS subscription_id,
       'manual' AS verdict,
       CASE WHEN f.n = 0 THEN 'to be confirmed by the auditor: nobody found who holds the role Tenant Creator'
            ELSE 'to be judged by the auditor; the role Tenant Creator is held by: ' || array_to_string(f.lines, ', ')
       END
       || CASE WHEN array_length(n.lists) > 0 THEN '; not read: ' || array_to_string(n.lists, '; ') ELSE '' END AS reason,
       t.display_name AS resource_name, f.n AS n_holders, f.lines AS holders
FROM azure_account AS t
CROSS JOIN found AS f
CROSS JOIN unread AS n
