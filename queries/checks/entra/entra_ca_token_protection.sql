-- title = "Conditional Access token protection considered"
-- severity = "medium"
-- subject = "azure_account"
-- tables = ["azure_account", "azure_conditional_access_policy"]
-- controls = [
--   "cis_azure_5_0_0:5.2.8", "nist_800_53_r5:AC-2", "nist_800_53_r5:AC-3", "nist_800_53_r5:IA-2", "iso_27001_2022:A.8.5",
--   "pci_dss_4_0:8.4.2", "soc_2:CC6.1",
-- ]
-- rationale = "A token stolen from a device works elsewhere unless it is bound to that device. Token protection covers some clients and applications only, so that its use is weighed by the auditor: listed are the policies that set it, with platforms and applications."
-- remediation = "Entra admin center > Conditional Access > Policies > New policy: users, resources Exchange Online and SharePoint Online, platform Windows, client apps: mobile apps and desktop clients, session: Require token protection for sign-in sessions, On. To switch a policy on: az rest --method patch --url https://graph.microsoft.com/v1.0/identity/conditionalAccess/policies/ID --body '{\"state\":\"enabled\"}'"
-- references = ["https://learn.microsoft.com/entra/identity/conditional-access/concept-token-protection", "https://learn.microsoft.com/graph/api/resources/conditionalaccesssessioncontrols"]
-- [[case]]
-- title = "Windows, Exchange Online and SharePoint Online"
-- given.azure_account = [{ }]
-- given.azure_conditional_access_policy = [{ name = "p", state = "enabled", conditions_users_include_users = ["All"], conditions_applications_include_applications = ["00000002-0000-0ff1-ce00-000000000000", "00000003-0000-0ff1-ce00-000000000000"], conditions_client_app_types = ["mobileAppsAndDesktopClients"], session_controls_secure_sign_in_session_is_enabled = true, conditions_platforms_include_platforms = ["windows"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual" }
-- [[case]]
-- title = "all applications, no platform named"
-- given.azure_account = [{ }]
-- given.azure_conditional_access_policy = [{ name = "p", state = "enabled", conditions_users_include_users = ["All"], conditions_applications_include_applications = ["All"], conditions_client_app_types = ["mobileAppsAndDesktopClients"], session_controls_secure_sign_in_session_is_enabled = true, conditions_platforms_include_platforms = [] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual" }
-- [[case]]
-- title = "one of the two applications"
-- given.azure_account = [{ }]
-- given.azure_conditional_access_policy = [{ name = "p", state = "enabled", conditions_users_include_users = ["All"], conditions_applications_include_applications = ["00000002-0000-0FF1-CE00-000000000000"], conditions_client_app_types = ["mobileAppsAndDesktopClients"], session_controls_secure_sign_in_session_is_enabled = true, conditions_platforms_include_platforms = ["windows"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual" }
-- [[case]]
-- title = "report-only, disabled"
-- given.azure_account = [{ }]
-- given.azure_conditional_access_policy = [
--   { name = "a", state = "enabledForReportingButNotEnforced", conditions_users_include_users = ["All"], conditions_applications_include_applications = ["00000002-0000-0ff1-ce00-000000000000", "00000003-0000-0ff1-ce00-000000000000"], conditions_client_app_types = ["mobileAppsAndDesktopClients"], session_controls_secure_sign_in_session_is_enabled = true, conditions_platforms_include_platforms = ["windows"] },
--   { name = "b", state = "disabled", conditions_users_include_users = ["All"], conditions_applications_include_applications = ["00000002-0000-0ff1-ce00-000000000000", "00000003-0000-0ff1-ce00-000000000000"], conditions_client_app_types = ["mobileAppsAndDesktopClients"], session_controls_secure_sign_in_session_is_enabled = true, conditions_platforms_include_platforms = ["windows"] },
-- ]
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual" }
-- [[case]]
-- title = "the control is there and off, or absent"
-- given.azure_account = [{ }]
-- given.azure_conditional_access_policy = [
--   { name = "a", state = "enabled", conditions_users_include_users = ["All"], conditions_applications_include_applications = ["00000002-0000-0ff1-ce00-000000000000", "00000003-0000-0ff1-ce00-000000000000"], conditions_client_app_types = ["mobileAppsAndDesktopClients"], session_controls_secure_sign_in_session_is_enabled = false, conditions_platforms_include_platforms = ["windows"] },
--   { name = "b", state = "enabled", conditions_users_include_users = ["All"], conditions_applications_include_applications = ["00000002-0000-0ff1-ce00-000000000000", "00000003-0000-0ff1-ce00-000000000000"], conditions_client_app_types = ["mobileAppsAndDesktopClients"], conditions_platforms_include_platforms = ["windows"] },
-- ]
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual" }
-- [[case]]
-- title = "no policy"
-- given.azure_account = [{ }]
-- given.azure_conditional_access_policy = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual" }
-- [[case]]
-- title = "control not readable"
-- given.azure_account = [{ }]
-- given.azure_conditional_access_policy = [{ name = "p", state = "enabled", conditions_users_include_users = ["All"], conditions_applications_include_applications = ["00000002-0000-0ff1-ce00-000000000000", "00000003-0000-0ff1-ce00-000000000000"], conditions_client_app_types = ["mobileAppsAndDesktopClients"], conditions_platforms_include_platforms = ["windows"], _gaps = ["session_controls_secure_sign_in_session_is_enabled"] }]
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
WITH token AS (
    SELECT lower(trim(p.state)) = 'enabled' AS in_force, p.session_controls_secure_sign_in_session_is_enabled AS is_on,
           list_transform(coalesce(p.conditions_platforms_include_platforms, []), lambda m: lower(trim(m))) AS platforms,
           list_transform(coalesce(p.conditions_platforms_exclude_platforms, []), lambda m: lower(trim(m))) AS no_platforms,
           list_transform(coalesce(p.conditions_applications_include_applications, []), lambda m: lower(trim(m))) AS apps,
           list_transform(coalesce(p.conditions_applications_exclude_applications, []), lambda m: lower(trim(m))) AS no_apps,
           coalesce(array_length(list_filter(p._gaps, lambda g: g IN ('state', 'session_controls_secure_sign_in_session_is_enabled'))) > 0, FALSE) AS unread,
           coalesce(p.display_name, p.id) || ' (' || coalesce(p.state, 'state not given') || '; ' || 'users ' || coalesce(nullif(array_to_string(list_sort(list_concat(coalesce(p.conditions_users_include_users, []),
               list_transform(coalesce(p.conditions_users_include_groups, []), lambda m: 'group ' || m),
               list_transform(coalesce(p.conditions_users_include_roles, []), lambda m: 'role ' || m))), ', '), ''), 'none')
             || ', without ' || coalesce(nullif(array_to_string(list_sort(list_concat(coalesce(p.conditions_users_exclude_users, []),
               list_transform(coalesce(p.conditions_users_exclude_groups, []), lambda m: 'group ' || m),
               list_transform(coalesce(p.conditions_users_exclude_roles, []), lambda m: 'role ' || m))), ', '), ''), 'exception') || '; platforms '
             || coalesce(nullif(array_to_string(p.conditions_platforms_include_platforms, ', '), ''), 'any') || '; applications '
             || coalesce(nullif(array_to_string(p.conditions_applications_include_applications, ', '), ''), 'none') || ')' AS line
    FROM azure_conditional_access_policy AS p
),
weighed AS (
    SELECT k.*, (list_contains(k.apps, 'all') OR list_contains(k.apps, 'office365')
             OR (list_contains(k.apps, '00000002-0000-0ff1-ce00-000000000000') AND list_contains(k.apps, '00000003-0000-0ff1-ce00-000000000000')))
             AND array_length(k.no_apps) = 0 AS both_apps,
           (array_length(k.platforms) = 0 OR list_contains(k.platforms, 'all') OR list_contains(k.platforms, 'windows'))
             AND NOT list_contains(k.no_platforms, 'windows') AS windows
    FROM token AS k
),
found AS (
    SELECT coalesce(sum(CASE WHEN w.is_on AND w.in_force THEN 1 ELSE 0 END), 0) AS n_on,
           coalesce(sum(CASE WHEN w.is_on AND w.in_force AND w.both_apps AND w.windows THEN 1 ELSE 0 END), 0) AS n_whole,
           coalesce(sum(CASE WHEN w.unread THEN 1 ELSE 0 END), 0) AS n_unread,
           list_sort(list(w.line) FILTER (WHERE w.is_on AND w.in_force)) AS policies,
           list_sort(list(w.line) FILTER (WHERE w.is_on AND NOT coalesce(w.in_force, FALSE))) AS not_in_force
    FROM weighed AS w
)
SELECT t.id AS subject, t.id AS resource_id, CAST(NULL AS VARCHAR) AS subscription_id,
       'manual' AS verdict,
       'to be judged by the auditor; policies in force with token protection: ' || f.n_on
         || ', of them for Windows with Exchange Online and SharePoint Online: ' || f.n_whole
         || CASE WHEN f.n_unread > 0 THEN '; policies not readable in full: ' || f.n_unread ELSE '' END AS reason,
       t.display_name AS resource_name, f.policies, f.not_in_force
FROM azure_account AS t
CROSS JOIN found AS f
