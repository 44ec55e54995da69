-- title = "Conditional Access blocks device code flow"
-- severity = "high"
-- subject = "azure_account"
-- tables = ["azure_account", "azure_conditional_access_policy"]
-- controls = [
--   "cis_azure_3_0_0:2.2.3", "cis_azure_4_0_0:6.2.3", "cis_azure_5_0_0:5.2.3", "nist_800_53_r5:AC-2", "nist_800_53_r5:AC-3",
--   "nist_800_53_r5:IA-2", "iso_27001_2022:A.8.5", "pci_dss_4_0:8.4.2", "soc_2:CC6.1",
-- ]
-- rationale = "With a device code an attacker makes a victim sign in on the attacker's device; MFA is done by the victim. Few tenants need the flow beyond meeting-room devices. Which exceptions are needed is for the auditor to say: listed are the policies that name the flow."
-- remediation = "Entra admin center > Conditional Access > Policies > New policy: all users (leave out the emergency accounts), all resources, condition Authentication flows: Device code flow, grant: Block access, On. To switch a policy on: az rest --method patch --url https://graph.microsoft.com/v1.0/identity/conditionalAccess/policies/ID --body '{\"state\":\"enabled\"}'"
-- references = ["https://learn.microsoft.com/entra/identity/conditional-access/policy-block-authentication-flows", "https://learn.microsoft.com/graph/api/resources/conditionalaccessauthenticationflows"]
-- [[case]]
-- title = "a policy blocks the flow"
-- given.azure_account = [{ }]
-- given.azure_conditional_access_policy = [{ name = "p", state = "enabled", conditions_users_include_users = ["All"], conditions_applications_include_applications = ["All"], conditions_client_app_types = ["all"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["block"], conditions_authentication_flows_transfer_methods = "deviceCodeFlow" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual" }
-- [[case]]
-- title = "both flows, other letter case and a blank"
-- given.azure_account = [{ }]
-- given.azure_conditional_access_policy = [{ name = "p", state = "enabled", conditions_users_include_users = ["All"], conditions_applications_include_applications = ["All"], conditions_client_app_types = ["all"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["block"], conditions_authentication_flows_transfer_methods = "authenticationTransfer, DeviceCodeFlow" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual" }
-- [[case]]
-- title = "report-only, disabled"
-- given.azure_account = [{ }]
-- given.azure_conditional_access_policy = [
--   { name = "a", state = "enabledForReportingButNotEnforced", conditions_users_include_users = ["All"], conditions_applications_include_applications = ["All"], conditions_client_app_types = ["all"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["block"], conditions_authentication_flows_transfer_methods = "deviceCodeFlow" },
--   { name = "b", state = "disabled", conditions_users_include_users = ["All"], conditions_applications_include_applications = ["All"], conditions_client_app_types = ["all"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["block"], conditions_authentication_flows_transfer_methods = "deviceCodeFlow" },
-- ]
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual" }
-- [[case]]
-- title = "no policy names the flow"
-- given.azure_account = [{ }]
-- given.azure_conditional_access_policy = [{ name = "p", state = "enabled", conditions_users_include_users = ["All"], conditions_applications_include_applications = ["All"], conditions_client_app_types = ["all"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["mfa"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual" }
-- [[case]]
-- title = "the flow takes MFA but is not blocked"
-- given.azure_account = [{ }]
-- given.azure_conditional_access_policy = [{ name = "p", state = "enabled", conditions_users_include_users = ["All"], conditions_applications_include_applications = ["All"], conditions_client_app_types = ["all"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["mfa"], conditions_authentication_flows_transfer_methods = "deviceCodeFlow" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual" }
-- [[case]]
-- title = "the other flow only"
-- given.azure_account = [{ }]
-- given.azure_conditional_access_policy = [{ name = "p", state = "enabled", conditions_users_include_users = ["All"], conditions_applications_include_applications = ["All"], conditions_client_app_types = ["all"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["block"], conditions_authentication_flows_transfer_methods = "authenticationTransfer" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual" }
-- [[case]]
-- title = "no policy"
-- given.azure_account = [{ }]
-- given.azure_conditional_access_policy = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual" }
-- [[case]]
-- title = "flows not readable"
-- given.azure_account = [{ }]
-- given.azure_conditional_access_policy = [{ name = "p", state = "enabled", conditions_users_include_users = ["All"], conditions_applications_include_applications = ["All"], conditions_client_app_types = ["all"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["block"], _gaps = ["conditions_authentication_flows_transfer_methods"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual" }
-- [[case]]
-- title = "policies denied: the evidence is incomplete"
-- ledger = [{ table = "azure_conditional_access_policy", status = "denied" }]
-- given.azure_account = [{ }]
-- given.azure_conditional_access_policy = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual" }
-- [[case]]
-- title = "no tenant row"
-- given.azure_account = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "not_applicable" }
-- [[case]]
-- title = "tenant denied"
-- ledger = [{ table = "azure_account", status = "denied" }]
-- given.azure_account = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
WITH flow AS (
    SELECT coalesce(p.display_name, p.id) AS name, lower(trim(p.state)) = 'enabled' AS in_force,
           list_contains(list_transform(coalesce(p.grant_controls_built_in_controls, []), lambda m: lower(trim(m))), 'block') AS blocks,
           list_contains(list_transform(string_split(coalesce(p.conditions_authentication_flows_transfer_methods, ''), ','),
               lambda m: lower(trim(m))), 'devicecodeflow') AS names_flow,
           coalesce(array_length(list_filter(p._gaps, lambda g: g IN ('state', 'grant_controls_built_in_controls',
               'conditions_authentication_flows_transfer_methods'))) > 0, FALSE) AS unread,
           coalesce(p.display_name, p.id) || ' (' || coalesce(p.state, 'state not given') || '; '
             || coalesce(array_to_string(p.grant_controls_built_in_controls, ', '), 'no grant controls') || '; '
             || 'users ' || coalesce(nullif(array_to_string(list_sort(list_concat(coalesce(p.conditions_users_include_users, []),
               list_transform(coalesce(p.conditions_users_include_groups, []), lambda m: 'group ' || m),
               list_transform(coalesce(p.conditions_users_include_roles, []), lambda m: 'role ' || m))), ', '), ''), 'none')
             || ', without ' || coalesce(nullif(array_to_string(list_sort(list_concat(coalesce(p.conditions_users_exclude_users, []),
               list_transform(coalesce(p.conditions_users_exclude_groups, []), lambda m: 'group ' || m),
               list_transform(coalesce(p.conditions_users_exclude_roles, []), lambda m: 'role ' || m))), ', '), ''), 'exception') || '; applications ' || coalesce(array_to_string(p.conditions_applications_include_applications, ', '), 'none') || ')' AS line
    FROM azure_conditional_access_policy AS p
),
found AS (
    SELECT coalesce(sum(CASE WHEN f.names_flow AND f.in_force AND f.blocks THEN 1 ELSE 0 END), 0) AS n_blocking,
           coalesce(sum(CASE WHEN f.unread THEN 1 ELSE 0 END), 0) AS n_unread,
           list_sort(list(f.line) FILTER (WHERE f.names_flow AND f.in_force AND f.blocks)) AS blocking,
           list_sort(list(f.line) FILTER (WHERE f.names_flow AND NOT coalesce(f.in_force AND f.blocks, FALSE))) AS others,
           list_sort(list(f.name) FILTER (WHERE f.unread)) AS unread
    FROM flow AS f
)
SELECT t.id AS subject, t.id AS resource_id, CAST(NULL AS VARCHAR) AS subscription_id,
       'manual' AS verdict,
       'to be judged by the auditor; policies in force that block device code flow: ' || f.n_blocking
         || CASE WHEN array_length(f.others) > 0 THEN '; others that name the flow: ' || array_length(f.others) ELSE '' END
         || CASE WHEN f.n_unread > 0 THEN '; policies not readable in full: ' || f.n_unread ELSE '' END AS reason,
       t.display_name AS resource_name, f.blocking, f.others, f.unread
FROM azure_account AS t
CROSS JOIN found AS f
