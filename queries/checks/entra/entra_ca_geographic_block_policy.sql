-- title = "Conditional Access blocks unwanted countries"
-- severity = "medium"
-- subject = "azure_account"
-- tables = ["azure_account", "azure_conditional_access_policy", "azure_conditional_access_named_location"]
-- controls = [
--   "cis_azure_2_0_0:1.2.2", "cis_azure_2_1_0:1.2.2", "cis_azure_3_0_0:2.2.2", "cis_azure_4_0_0:6.2.2", "cis_azure_5_0_0:5.2.2",
--   "nist_800_53_r5:AC-2", "nist_800_53_r5:AC-3", "nist_800_53_r5:IA-2", "iso_27001_2022:A.8.5", "pci_dss_4_0:8.4.2",
--   "soc_2:CC6.1",
-- ]
-- rationale = "Sign-ins from countries where nobody works are noise at best. Which countries are meant is for the auditor to say: listed are the policies that block by location, with the countries and address ranges they take in and leave out."
-- remediation = "Entra admin center > Conditional Access > Named locations > Countries location; then Policies > New policy: all users (leave out the emergency accounts), all resources, locations: any, without the countries named, grant: Block access, On. To switch a policy on: az rest --method patch --url https://graph.microsoft.com/v1.0/identity/conditionalAccess/policies/ID --body '{\"state\":\"enabled\"}'"
-- references = ["https://learn.microsoft.com/entra/identity/conditional-access/policy-block-by-location", "https://learn.microsoft.com/entra/identity/conditional-access/concept-assignment-network"]
-- [[case]]
-- title = "everywhere but our countries is blocked"
-- given.azure_account = [{ }]
-- given.azure_conditional_access_policy = [{ name = "p", state = "enabled", conditions_users_include_users = ["All"], conditions_applications_include_applications = ["All"], conditions_client_app_types = ["all"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["block"], conditions_locations_include_locations = ["All"], conditions_locations_exclude_locations = ["l1"] }]
-- given.azure_conditional_access_named_location = [{ name = "l1", display_name = "Our countries", odata_type = "#microsoft.graph.countryNamedLocation", countries_and_regions = ["NL", "DE"], include_unknown_countries_and_regions = false }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual" }
-- [[case]]
-- title = "report-only"
-- given.azure_account = [{ }]
-- given.azure_conditional_access_policy = [{ name = "p", state = "enabledForReportingButNotEnforced", conditions_users_include_users = ["All"], conditions_applications_include_applications = ["All"], conditions_client_app_types = ["all"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["block"], conditions_locations_include_locations = ["All"], conditions_locations_exclude_locations = ["l1"] }]
-- given.azure_conditional_access_named_location = [{ name = "l1", display_name = "Our countries", odata_type = "#microsoft.graph.countryNamedLocation", countries_and_regions = ["NL", "DE"], include_unknown_countries_and_regions = false }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual" }
-- [[case]]
-- title = "some countries are blocked, none is left out"
-- given.azure_account = [{ }]
-- given.azure_conditional_access_policy = [{ name = "p", state = "enabled", conditions_users_include_users = ["All"], conditions_applications_include_applications = ["All"], conditions_client_app_types = ["all"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["block"], conditions_locations_include_locations = ["L1"], conditions_locations_exclude_locations = [] }]
-- given.azure_conditional_access_named_location = [{ name = "l1", display_name = "Our countries", odata_type = "#microsoft.graph.countryNamedLocation", countries_and_regions = ["NL", "DE"], include_unknown_countries_and_regions = false }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual" }
-- [[case]]
-- title = "MFA at some locations is no block"
-- given.azure_account = [{ }]
-- given.azure_conditional_access_policy = [{ name = "p", state = "enabled", conditions_users_include_users = ["All"], conditions_applications_include_applications = ["All"], conditions_client_app_types = ["all"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["mfa"], conditions_locations_include_locations = ["All"], conditions_locations_exclude_locations = ["l1"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual" }
-- [[case]]
-- title = "a location that is gone; all trusted ones"
-- given.azure_account = [{ }]
-- given.azure_conditional_access_policy = [{ name = "p", state = "enabled", conditions_users_include_users = ["All"], conditions_applications_include_applications = ["All"], conditions_client_app_types = ["all"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["block"], conditions_locations_include_locations = ["All"], conditions_locations_exclude_locations = ["gone", "AllTrusted"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual" }
-- [[case]]
-- title = "no policy"
-- given.azure_account = [{ }]
-- given.azure_conditional_access_policy = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual" }
-- [[case]]
-- title = "locations not readable"
-- given.azure_account = [{ }]
-- given.azure_conditional_access_policy = [{ name = "p", state = "enabled", conditions_users_include_users = ["All"], conditions_applications_include_applications = ["All"], conditions_client_app_types = ["all"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["block"], conditions_locations_include_locations = ["All"], conditions_locations_exclude_locations = ["l1"], _gaps = ["conditions_locations_include_locations"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual" }
-- [[case]]
-- title = "named locations denied: the evidence is incomplete"
-- ledger = [{ table = "azure_conditional_access_named_location", status = "denied" }]
-- given.azure_account = [{ }]
-- given.azure_conditional_access_policy = [{ name = "p", state = "enabled", conditions_users_include_users = ["All"], conditions_applications_include_applications = ["All"], conditions_client_app_types = ["all"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["block"], conditions_locations_include_locations = ["All"], conditions_locations_exclude_locations = ["l1"] }]
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
WITH place AS (
    SELECT lower(l.id) AS id,
           coalesce(l.display_name, l.id) || CASE WHEN array_length(l.countries_and_regions) > 0
             THEN ' [' || array_to_string(list_sort(l.countries_and_regions), ', ')
                  || CASE WHEN l.include_unknown_countries_and_regions THEN ', unknown' ELSE '' END || ']'
             WHEN array_length(l.ip_ranges_cidr_address) > 0 THEN ' [' || array_length(l.ip_ranges_cidr_address) || ' address ranges]'
             ELSE '' END AS label
    FROM azure_conditional_access_named_location AS l
),
blocking AS (
    SELECT p.id, p.conditions_locations_include_locations AS included, p.conditions_locations_exclude_locations AS excluded,
           lower(trim(p.state)) = 'enabled' AS in_force,
           coalesce(p.display_name, p.id) || ' (' || coalesce(p.state, 'state not given') || '; ' || 'users ' || coalesce(nullif(array_to_string(list_sort(list_concat(coalesce(p.conditions_users_include_users, []),
               list_transform(coalesce(p.conditions_users_include_groups, []), lambda m: 'group ' || m),
               list_transform(coalesce(p.conditions_users_include_roles, []), lambda m: 'role ' || m))), ', '), ''), 'none')
             || ', without ' || coalesce(nullif(array_to_string(list_sort(list_concat(coalesce(p.conditions_users_exclude_users, []),
               list_transform(coalesce(p.conditions_users_exclude_groups, []), lambda m: 'group ' || m),
               list_transform(coalesce(p.conditions_users_exclude_roles, []), lambda m: 'role ' || m))), ', '), ''), 'exception') || ')' AS head
    FROM azure_conditional_access_policy AS p
    WHERE list_contains(list_transform(coalesce(p.grant_controls_built_in_controls, []), lambda m: lower(trim(m))), 'block')
      AND coalesce(array_length(p.conditions_locations_include_locations), 0) + coalesce(array_length(p.conditions_locations_exclude_locations), 0) > 0
),
named AS (
    SELECT b.id, 'in' AS side, coalesce(l.label, u.location) AS label
    FROM blocking AS b, unnest(b.included) AS u(location)
    LEFT JOIN place AS l ON l.id = lower(u.location)
    UNION ALL
    SELECT b.id, 'out' AS side, coalesce(l.label, u.location) AS label
    FROM blocking AS b, unnest(b.excluded) AS u(location)
    LEFT JOIN place AS l ON l.id = lower(u.location)
),
places AS (
    SELECT n.id, list_sort(list(n.label) FILTER (WHERE n.side = 'in')) AS included, list_sort(list(n.label) FILTER (WHERE n.side = 'out')) AS excluded
    FROM named AS n
    GROUP BY n.id
),
line AS (
    SELECT coalesce(b.in_force, FALSE) AS in_force,
           coalesce(b.in_force AND array_length(b.included) > 0 AND array_length(b.excluded) > 0, FALSE) AS both_sides,
           b.head || ': blocked at ' || coalesce(array_to_string(n.included, ', '), 'no location') || ', not at '
             || coalesce(array_to_string(n.excluded, ', '), 'none') AS text
    FROM blocking AS b
    LEFT JOIN places AS n ON n.id = b.id
),
found AS (
    SELECT coalesce(sum(CASE WHEN l.in_force THEN 1 ELSE 0 END), 0) AS n_in_force,
           coalesce(sum(CASE WHEN l.both_sides THEN 1 ELSE 0 END), 0) AS n_both,
           list_sort(list(l.text) FILTER (WHERE l.in_force)) AS policies,
           list_sort(list(l.text) FILTER (WHERE NOT l.in_force)) AS not_in_force
    FROM line AS l
),
unread AS (
    SELECT count(*) AS n
    FROM azure_conditional_access_policy AS p
    WHERE coalesce(array_length(list_filter(p._gaps, lambda g: g IN ('state', 'grant_controls_built_in_controls',
        'conditions_locations_include_locations', 'conditions_locations_exclude_locations'))) > 0, FALSE)
)
SELECT t.id AS subject, t.id AS resource_id, CAST(NULL AS VARCHAR) AS subscription_id,
       'manual' AS verdict,
       'to be judged by the auditor; policies in force that block by location: ' || f.n_in_force || ', of them with locations both named and left out: ' || f.n_both
         || CASE WHEN u.n > 0 THEN '; policies not readable in full: ' || u.n ELSE '' END AS reason,
       t.display_name AS resource_name, f.policies, f.not_in_force
FROM azure_account AS t
CROSS JOIN found AS f
CROSS JOIN unread AS u
