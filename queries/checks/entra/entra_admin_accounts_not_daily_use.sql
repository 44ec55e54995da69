-- title = "Admin accounts not used for daily work"
-- severity = "medium"
-- subject = "azure_user"
-- tables = ["azure_user", "azure_directory_role", "azure_directory_role_member", "azure_ad_role_assignment", "azure_user_group"]
-- optional = ["azure_ad_role_definition", "azure_ad_role_assignment_schedule_instance", "azure_ad_role_eligibility_schedule_instance", "azure_ad_group_eligibility_schedule_instance", "azure_group_member", "azure_user_sign_in_activity"]
-- controls = [
--   "cis_azure_4_0_0:6.3.1", "cis_azure_5_0_0:5.3.1", "cis_azure_6_0_0:5.3.1", "nist_800_53_r5:AC-2", "nist_800_53_r5:AC-5",
--   "nist_800_53_r5:AC-6", "iso_27001_2022:A.5.15", "iso_27001_2022:A.8.2", "pci_dss_4_0:7.2.1", "pci_dss_4_0:7.2.2",
--   "soc_2:CC6.3",
-- ]
-- rationale = "An account that reads mail and browses meets what steals its session; if it administers as well, the tenant goes with it. Whether an account is for administration only is for the auditor to say: listed are its roles, last sign-ins, licences, mail address and whether it comes from the own directory."
-- remediation = "Give each administrator a second, cloud-only account without mailbox and licences for the role, and take the role from the daily account: az rest --method delete --url https://graph.microsoft.com/v1.0/roleManagement/directory/roleAssignments/ID"
-- references = ["https://learn.microsoft.com/entra/identity/role-based-access-control/best-practices", "https://learn.microsoft.com/security/privileged-access-workstations/privileged-access-accounts"]
-- [[case]]
-- title = "an administrator with a mailbox and daily sign-ins"
-- given.azure_user = [{ name = "u1", account_enabled = true, user_type = "Member", mail = "u1@contoso.com", assigned_licenses_sku_id = ["s1"] }]
-- given.azure_directory_role_member = [{ id = "role-ga/members/u1", _parent_id = "role-ga", member_id = "u1", member_type = "#microsoft.graph.user" }]
-- given.azure_user_sign_in_activity = [{ name = "u1", sign_in_activity_last_sign_in_date_time = "2026-09-30T08:00:00Z", sign_in_activity_last_successful_sign_in_date_time = "2026-09-30T08:00:00Z" }]
-- given.azure_directory_role = [{ id = "role-ga", name = "Global Administrator", display_name = "Global Administrator", role_template_id = "62e90394-69f5-4237-9190-012177145e10" }]
-- expect = { "u1" = "manual" }
-- [[case]]
-- title = "an administrator who never signed in, without licence"
-- given.azure_user = [{ name = "u1", account_enabled = true, user_type = "Member" }]
-- given.azure_directory_role_member = [{ id = "role-ga/members/u1", _parent_id = "role-ga", member_id = "u1", member_type = "#microsoft.graph.user" }]
-- given.azure_directory_role = [{ id = "role-ga", name = "Global Administrator", display_name = "Global Administrator", role_template_id = "62e90394-69f5-4237-9190-012177145e10" }]
-- expect = { "u1" = "manual" }
-- [[case]]
-- title = "a user without a role is not listed"
-- given.azure_user = [{ name = "u1", account_enabled = true, user_type = "Member" }, { name = "u2", account_enabled = true, user_type = "Member", mail = "x" }]
-- given.azure_directory_role_member = [{ id = "role-ga/members/U1", _parent_id = "role-ga", member_id = "U1", member_type = "#microsoft.graph.user" }]
-- given.azure_directory_role = [{ id = "role-ga", name = "Global Administrator", display_name = "Global Administrator", role_template_id = "62e90394-69f5-4237-9190-012177145e10" }]
-- expect = { "u1" = "manual" }
-- [[case]]
-- title = "through a group, and eligible"
-- given.azure_user = [{ name = "u1", account_enabled = true, user_type = "Member" }, { name = "u2", account_enabled = true, user_type = "Member" }]
-- given.azure_directory_role_member = [{ id = "role-ga/members/g", _parent_id = "role-ga", member_id = "g", member_type = "#microsoft.graph.group" }]
-- given.azure_user_group = [{ name = "g", is_assignable_to_role = true }]
-- given.azure_group_member = [{ id = "g/members/u1", _parent_id = "g", member_id = "u1", member_type = "#microsoft.graph.user" }]
-- given.azure_ad_role_eligibility_schedule_instance = [{ name = "e", principal_id = "u2", role_definition_id = "62e90394-69f5-4237-9190-012177145e10" }]
-- given.azure_directory_role = [{ id = "role-ga", name = "Global Administrator", display_name = "Global Administrator", role_template_id = "62e90394-69f5-4237-9190-012177145e10" }]
-- expect = { "u1" = "manual", "u2" = "manual" }
-- [[case]]
-- title = "sign-in blocked"
-- given.azure_user = [{ name = "u1", account_enabled = false, user_type = "Member" }]
-- given.azure_directory_role_member = [{ id = "role-ga/members/u1", _parent_id = "role-ga", member_id = "u1", member_type = "#microsoft.graph.user" }]
-- given.azure_directory_role = [{ id = "role-ga", name = "Global Administrator", display_name = "Global Administrator", role_template_id = "62e90394-69f5-4237-9190-012177145e10" }]
-- expect = { "u1" = "not_applicable" }
-- [[case]]
-- title = "whether sign-in is blocked is not given: listed"
-- given.azure_user = [{ name = "u1" }]
-- given.azure_directory_role_member = [{ id = "role-ga/members/u1", _parent_id = "role-ga", member_id = "u1", member_type = "#microsoft.graph.user" }]
-- given.azure_directory_role = [{ id = "role-ga", name = "Global Administrator", display_name = "Global Administrator", role_template_id = "62e90394-69f5-4237-9190-012177145e10" }]
-- expect = { "u1" = "manual" }
-- [[case]]
-- title = "service principals and groups are not listed"
-- given.azure_user = [{ name = "u1", account_enabled = true, user_type = "Member" }]
-- given.azure_directory_role_member = [
--   { id = "role-ga/members/s", _parent_id = "role-ga", member_id = "s", member_type = "#microsoft.graph.servicePrincipal" },
--   { id = "role-ga/members/g", _parent_id = "role-ga", member_id = "g", member_type = "#microsoft.graph.group" },
-- ]
-- given.azure_user_group = [{ name = "g", is_assignable_to_role = true }]
-- given.azure_directory_role = [{ id = "role-ga", name = "Global Administrator", display_name = "Global Administrator", role_template_id = "62e90394-69f5-4237-9190-012177145e10" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "not_applicable" }
-- [[case]]
-- title = "eligibilities not read"
-- ledger = [{ table = "azure_ad_role_eligibility_schedule_instance", status = "denied" }]
-- given.azure_user = [{ name = "u1", account_enabled = true, user_type = "Member" }]
-- given.azure_directory_role_member = [{ id = "role-ga/members/u1", _parent_id = "role-ga", member_id = "u1", member_type = "#microsoft.graph.user" }]
-- given.azure_directory_role = [{ id = "role-ga", name = "Global Administrator", display_name = "Global Administrator", role_template_id = "62e90394-69f5-4237-9190-012177145e10" }]
-- expect = { "u1" = "manual", "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "sign-ins not read, or without licence"
-- ledger = [{ table = "azure_user_sign_in_activity", status = "license" }]
-- given.azure_user = [{ name = "u1", account_enabled = true, user_type = "Member" }]
-- given.azure_directory_role_member = [{ id = "role-ga/members/u1", _parent_id = "role-ga", member_id = "u1", member_type = "#microsoft.graph.user" }]
-- given.azure_directory_role = [{ id = "role-ga", name = "Global Administrator", display_name = "Global Administrator", role_template_id = "62e90394-69f5-4237-9190-012177145e10" }]
-- expect = { "u1" = "manual" }
-- [[case]]
-- title = "sign-ins not readable in the row"
-- given.azure_user = [{ name = "u1", account_enabled = true, user_type = "Member" }]
-- given.azure_directory_role_member = [{ id = "role-ga/members/u1", _parent_id = "role-ga", member_id = "u1", member_type = "#microsoft.graph.user" }]
-- given.azure_user_sign_in_activity = [{ name = "u1", _gaps = ["sign_in_activity_last_sign_in_date_time"] }]
-- given.azure_directory_role = [{ id = "role-ga", name = "Global Administrator", display_name = "Global Administrator", role_template_id = "62e90394-69f5-4237-9190-012177145e10" }]
-- expect = { "u1" = "manual" }
-- [[case]]
-- title = "licences not readable"
-- given.azure_user = [{ name = "u1", account_enabled = true, user_type = "Member", _gaps = ["assigned_licenses_sku_id", "mail"] }]
-- given.azure_directory_role_member = [{ id = "role-ga/members/u1", _parent_id = "role-ga", member_id = "u1", member_type = "#microsoft.graph.user" }]
-- given.azure_directory_role = [{ id = "role-ga", name = "Global Administrator", display_name = "Global Administrator", role_template_id = "62e90394-69f5-4237-9190-012177145e10" }]
-- expect = { "u1" = "manual" }
-- [[case]]
-- title = "nobody holds a role"
-- given.azure_user = [{ name = "u1", account_enabled = true, user_type = "Member" }]
-- given.azure_directory_role = [{ id = "role-ga", name = "Global Administrator", display_name = "Global Administrator", role_template_id = "62e90394-69f5-4237-9190-012177145e10" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "not_applicable" }
-- [[case]]
-- title = "users denied"
-- ledger = [{ table = "azure_user", status = "denied" }]
-- given.azure_directory_role_member = [{ id = "role-ga/members/u1", _parent_id = "role-ga", member_id = "u1", member_type = "#microsoft.graph.user" }]
-- given.azure_directory_role = [{ id = "role-ga", name = "Global Administrator", display_name = "Global Administrator", role_template_id = "62e90394-69f5-4237-9190-012177145e10" }]
-- expect = { "u1" = "manual", "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "role members denied"
-- ledger = [{ table = "azure_directory_role_member", status = "denied" }]
-- given.azure_user = [{ name = "u1", account_enabled = true, user_type = "Member" }]
-- given.azure_directory_role = [{ id = "role-ga", name = "Global Administrator", display_name = "Global Administrator", role_template_id = "62e90394-69f5-4237-9190-012177145e10" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
WITH holder AS (
    SELECT h.principal_id, list_sort(list(DISTINCT h.role_name || ' (' || h.how || ')')) AS roles
    FROM directory_role_holder AS h
    WHERE h.principal_type = 'user'
    GROUP BY h.principal_id
),
sign_in AS (
    SELECT lower(s.id) AS user_id,
           CASE WHEN NOT coalesce(list_contains(s._gaps, 'sign_in_activity_last_sign_in_date_time'), FALSE)
                THEN s.sign_in_activity_last_sign_in_date_time END AS last_interactive,
           CASE WHEN NOT coalesce(list_contains(s._gaps, 'sign_in_activity_last_non_interactive_sign_in_date_time'), FALSE)
                THEN s.sign_in_activity_last_non_interactive_sign_in_date_time END AS last_by_client,
           CASE WHEN NOT coalesce(list_contains(s._gaps, 'sign_in_activity_last_successful_sign_in_date_time'), FALSE)
                THEN s.sign_in_activity_last_successful_sign_in_date_time END AS last_successful
    FROM azure_user_sign_in_activity AS s
),
activity AS (
    SELECT coalesce(sum(CASE WHEN l.status = 'ok' THEN 1 ELSE 0 END), 0) AS n_read
    FROM azure_ledger AS l
    WHERE l.table_name = 'azure_user_sign_in_activity'
),
unread AS (
    SELECT count(*) AS n, list_sort(list(DISTINCT d.table_name || ': ' || d.status || coalesce(' for group ' || d.group_id, ''))) AS lists
    FROM directory_role_unread AS d
),
tenant AS (
    SELECT min(l.scope_id) AS id FROM azure_ledger AS l WHERE l.scope_kind = 'tenant'
)
SELECT h.principal_id AS subject, h.principal_id AS resource_id, CAST(NULL AS VARCHAR) AS subscription_id,
       CASE WHEN NOT u.account_enabled THEN 'not_applicable' ELSE 'manual' END AS verdict,
       CASE WHEN NOT u.account_enabled THEN 'sign-in is blocked'
            ELSE 'to be judged by the auditor; last sign-in: '
                 || coalesce(CAST(greatest(s.last_interactive, s.last_by_client) AS VARCHAR), CASE WHEN a.n_read > 0 THEN 'none seen' ELSE 'not read' END)
                 || '; licences: ' || CASE WHEN list_contains(u._gaps, 'assigned_licenses_sku_id') THEN 'not read'
                         ELSE CAST(coalesce(array_length(u.assigned_licenses_sku_id), 0) AS VARCHAR) END
                 || '; mail address: ' || CASE WHEN list_contains(u._gaps, 'mail') THEN 'not read' ELSE coalesce(u.mail, 'none') END
                 || CASE WHEN u.on_premises_sync_enabled THEN '; synchronized from the own directory' ELSE '' END
       END AS reason,
       coalesce(u.name, h.principal_id) AS resource_name, h.roles, s.last_interactive, s.last_by_client, s.last_successful,
       u.assigned_licenses_sku_id AS licences, u.mail, u.on_premises_sync_enabled AS synchronized, u.created_date_time AS created
FROM holder AS h
LEFT JOIN azure_user AS u ON lower(u.id) = h.principal_id
LEFT JOIN sign_in AS s ON s.user_id = h.principal_id
CROSS JOIN activity AS a
UNION ALL
SELECT t.id AS subject, CAST(NULL AS VARCHAR) AS resource_id, CAST(NULL AS VARCHAR) AS subscription_id, CAST(NULL AS VARCHAR) AS verdict,
       'there may be more privileged users; not read: ' || array_to_string(d.lists, '; ') AS reason,
       'other privileged users' AS resource_name, NULL AS roles, NULL AS last_interactive, NULL AS last_by_client, NULL AS last_successful,
       NULL AS licences, NULL AS mail, NULL AS synchronized, NULL AS created
FROM unread AS d
CROSS JOIN tenant AS t
WHERE d.n > 0
