-- title = "Conditional Access requires MFA on risky sign-in"
-- severity = "high"
-- subject = "azure_account"
-- tables = ["azure_account", "azure_conditional_access_policy"]
-- optional = ["azure_group_member", "azure_user", "azure_directory_role", "azure_directory_role_member"]
-- params = ["conditional_access_max_excluded_users"]
-- controls = [
--   "cis_azure_2_0_0:1.2.5", "cis_azure_2_1_0:1.2.5", "cis_azure_3_0_0:2.2.6", "cis_azure_4_0_0:6.2.5", "cis_azure_5_0_0:5.2.5",
--   "nist_800_53_r5:AC-2", "nist_800_53_r5:AC-3", "nist_800_53_r5:IA-2", "iso_27001_2022:A.8.5", "pci_dss_4_0:8.4.2",
--   "soc_2:CC6.1",
-- ]
-- rationale = "Entra rates each sign-in by what gives stolen credentials away: anonymous networks, impossible travel, leaked passwords. At medium and high risk MFA, or a block, must follow for all users and applications. A policy that asks everybody for MFA at all times is judged by another check; a sign-in that carries earlier MFA passes it without being asked again."
-- remediation = "Needs Entra ID P2. Entra admin center > Conditional Access > Policies > New policy: all users (leave out the emergency accounts only), all resources, sign-in risk high and medium, grant: require multifactor authentication or an authentication strength, session: sign-in frequency every time, On. To switch a policy on: az rest --method patch --url https://graph.microsoft.com/v1.0/identity/conditionalAccess/policies/ID --body '{\"state\":\"enabled\"}'"
-- references = ["https://learn.microsoft.com/entra/identity/conditional-access/policy-risk-based-sign-in", "https://learn.microsoft.com/entra/id-protection/howto-identity-protection-configure-risk-policies"]
-- [[case]]
-- title = "MFA at high and medium risk"
-- given.azure_account = [{ }]
-- given.azure_conditional_access_policy = [{ name = "p", state = "enabled", conditions_users_include_users = ["All"], conditions_applications_include_applications = ["All"], conditions_client_app_types = ["all"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["mfa"], conditions_sign_in_risk_levels = ["high", "medium"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
-- [[case]]
-- title = "high risk is blocked, medium takes MFA"
-- given.azure_account = [{ }]
-- given.azure_conditional_access_policy = [
--   { name = "a", state = "enabled", conditions_users_include_users = ["All"], conditions_applications_include_applications = ["All"], conditions_client_app_types = ["all"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["block"], conditions_sign_in_risk_levels = ["high"] },
--   { name = "b", state = "enabled", conditions_users_include_users = ["All"], conditions_applications_include_applications = ["All"], conditions_client_app_types = ["all"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["mfa"], conditions_sign_in_risk_levels = ["Medium"] },
-- ]
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
-- [[case]]
-- title = "all three levels, by a strength"
-- given.azure_account = [{ }]
-- given.azure_conditional_access_policy = [{ name = "p", state = "enabled", conditions_users_include_users = ["All"], conditions_applications_include_applications = ["All"], conditions_client_app_types = ["all"], grant_controls_operator = "OR", grant_controls_built_in_controls = [], conditions_sign_in_risk_levels = ["high", "medium", "low"], grant_controls_authentication_strength_id = "00000000-0000-0000-0000-000000000004", grant_controls_authentication_strength_requirements_satisfied = "mfa" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
-- [[case]]
-- title = "high risk only"
-- given.azure_account = [{ }]
-- given.azure_conditional_access_policy = [{ name = "p", state = "enabled", conditions_users_include_users = ["All"], conditions_applications_include_applications = ["All"], conditions_client_app_types = ["all"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["mfa"], conditions_sign_in_risk_levels = ["high"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "medium risk only"
-- given.azure_account = [{ }]
-- given.azure_conditional_access_policy = [{ name = "p", state = "enabled", conditions_users_include_users = ["All"], conditions_applications_include_applications = ["All"], conditions_client_app_types = ["all"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["mfa"], conditions_sign_in_risk_levels = ["medium"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "MFA for everybody at all times is not a policy on risk"
-- given.azure_account = [{ }]
-- given.azure_conditional_access_policy = [{ name = "p", state = "enabled", conditions_users_include_users = ["All"], conditions_applications_include_applications = ["All"], conditions_client_app_types = ["all"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["mfa"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "no policy, as in a tenant without P2"
-- given.azure_account = [{ }]
-- given.azure_conditional_access_policy = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "policies under licence"
-- ledger = [{ table = "azure_conditional_access_policy", status = "license" }]
-- given.azure_account = [{ }]
-- given.azure_conditional_access_policy = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "report-only"
-- given.azure_account = [{ }]
-- given.azure_conditional_access_policy = [{ name = "p", state = "enabledForReportingButNotEnforced", conditions_users_include_users = ["All"], conditions_applications_include_applications = ["All"], conditions_client_app_types = ["all"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["mfa"], conditions_sign_in_risk_levels = ["high", "medium"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "MFA or a compliant device"
-- given.azure_account = [{ }]
-- given.azure_conditional_access_policy = [{ name = "p", state = "enabled", conditions_users_include_users = ["All"], conditions_applications_include_applications = ["All"], conditions_client_app_types = ["all"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["mfa", "compliantDevice"], conditions_sign_in_risk_levels = ["high", "medium"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "a compliant device only"
-- given.azure_account = [{ }]
-- given.azure_conditional_access_policy = [{ name = "p", state = "enabled", conditions_users_include_users = ["All"], conditions_applications_include_applications = ["All"], conditions_client_app_types = ["all"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["compliantDevice"], conditions_sign_in_risk_levels = ["high", "medium"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "the user at risk as well: both must hold"
-- given.azure_account = [{ }]
-- given.azure_conditional_access_policy = [{ name = "p", state = "enabled", conditions_users_include_users = ["All"], conditions_applications_include_applications = ["All"], conditions_client_app_types = ["all"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["mfa"], conditions_sign_in_risk_levels = ["high", "medium"], conditions_user_risk_levels = ["high"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "some users only"
-- given.azure_account = [{ }]
-- given.azure_conditional_access_policy = [{ name = "p", state = "enabled", conditions_users_include_users = ["u1"], conditions_applications_include_applications = ["All"], conditions_client_app_types = ["all"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["mfa"], conditions_sign_in_risk_levels = ["high", "medium"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "one application, or all but one"
-- given.azure_account = [{ }]
-- given.azure_conditional_access_policy = [
--   { name = "a", state = "enabled", conditions_users_include_users = ["All"], conditions_applications_include_applications = ["Office365"], conditions_client_app_types = ["all"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["mfa"], conditions_sign_in_risk_levels = ["high", "medium"] },
--   { name = "b", state = "enabled", conditions_users_include_users = ["All"], conditions_applications_include_applications = ["All"], conditions_client_app_types = ["all"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["mfa"], conditions_sign_in_risk_levels = ["high", "medium"], conditions_applications_exclude_applications = ["app1"] },
-- ]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "trusted locations left out"
-- given.azure_account = [{ }]
-- given.azure_conditional_access_policy = [{ name = "p", state = "enabled", conditions_users_include_users = ["All"], conditions_applications_include_applications = ["All"], conditions_client_app_types = ["all"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["mfa"], conditions_sign_in_risk_levels = ["high", "medium"], conditions_locations_exclude_locations = ["AllTrusted"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "an emergency account left out"
-- given.azure_account = [{ }]
-- given.azure_conditional_access_policy = [{ name = "p", state = "enabled", conditions_users_include_users = ["All"], conditions_applications_include_applications = ["All"], conditions_client_app_types = ["all"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["mfa"], conditions_sign_in_risk_levels = ["high", "medium"], conditions_users_exclude_users = ["e1"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
-- [[case]]
-- title = "external users left out"
-- given.azure_account = [{ }]
-- given.azure_conditional_access_policy = [{ name = "p", state = "enabled", conditions_users_include_users = ["All"], conditions_applications_include_applications = ["All"], conditions_client_app_types = ["all"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["mfa"], conditions_sign_in_risk_levels = ["high", "medium"], conditions_users_exclude_users = ["GuestsOrExternalUsers"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "a large group left out"
-- given.azure_account = [{ }]
-- given.azure_conditional_access_policy = [{ name = "p", state = "enabled", conditions_users_include_users = ["All"], conditions_applications_include_applications = ["All"], conditions_client_app_types = ["all"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["mfa"], conditions_sign_in_risk_levels = ["high", "medium"], conditions_users_exclude_groups = ["g1"] }]
-- given.azure_group_member = [
--   { _parent_id = "g1", member_id = "u1", member_type = "#microsoft.graph.user" },
--   { _parent_id = "g1", member_id = "u2", member_type = "#microsoft.graph.user" },
--   { _parent_id = "g1", member_id = "u3", member_type = "#microsoft.graph.user" },
--   { _parent_id = "g1", member_id = "u4", member_type = "#microsoft.graph.user" },
--   { _parent_id = "g1", member_id = "u5", member_type = "#microsoft.graph.user" },
--   { _parent_id = "g1", member_id = "u6", member_type = "#microsoft.graph.user" },
-- ]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "risk levels not readable"
-- given.azure_account = [{ }]
-- given.azure_conditional_access_policy = [{ name = "p", state = "enabled", conditions_users_include_users = ["All"], conditions_applications_include_applications = ["All"], conditions_client_app_types = ["all"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["mfa"], _gaps = ["conditions_sign_in_risk_levels"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "one level is sure, the other hangs on a group that was not read"
-- ledger = [{ table = "azure_group_member", parent = "g1", status = "denied" }]
-- given.azure_account = [{ }]
-- given.azure_conditional_access_policy = [
--   { name = "a", state = "enabled", conditions_users_include_users = ["All"], conditions_applications_include_applications = ["All"], conditions_client_app_types = ["all"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["block"], conditions_sign_in_risk_levels = ["high"] },
--   { name = "b", state = "enabled", conditions_users_include_users = ["All"], conditions_applications_include_applications = ["All"], conditions_client_app_types = ["all"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["mfa"], conditions_sign_in_risk_levels = ["medium"], conditions_users_exclude_groups = ["g1"] },
-- ]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "no tenant row"
-- given.azure_account = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "not_applicable" }
-- [[case]]
-- title = "policies denied"
-- ledger = [{ table = "azure_conditional_access_policy", status = "denied" }]
-- given.azure_account = [{ }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "tenant denied"
-- ledger = [{ table = "azure_account", status = "denied" }]
-- given.azure_account = [{ }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
WITH level AS (
    SELECT v.word, CASE WHEN f.n_good > 0 THEN 2 WHEN f.n_perhaps > 0 THEN 1 ELSE 0 END AS covered,
           f.policies, f.exclusions, f.other_policies, f.left_people, f.left_names
    FROM (VALUES ('risk_high', 'high'), ('risk_medium', 'medium')) AS v(target, word)
    JOIN conditional_access_mfa_everybody AS f ON f.target = v.target
),
found AS (
    SELECT min(v.covered) AS covered, list_sort(list(v.word) FILTER (WHERE v.covered < 2)) AS open_levels,
           CASE WHEN count(DISTINCT v.left_names) = 1 THEN min(v.left_names)
                ELSE string_agg('at ' || v.word || ' risk ' || v.left_names, ', ' ORDER BY v.word) END AS left_names
    FROM level AS v
),
-- What is said of both levels is said once; of policies that do not hold the reason names those for the levels that are open.
policies AS (
    SELECT list_sort(list(DISTINCT u.line) FILTER (WHERE u.kind = 'policy')) AS good,
           list_sort(list(DISTINCT u.line) FILTER (WHERE u.kind = 'exclusion')) AS exclusions,
           list_sort(list(DISTINCT u.line) FILTER (WHERE u.kind = 'left')) AS left_people,
           list_sort(list(DISTINCT u.line) FILTER (WHERE u.kind = 'other')) AS other_policies,
           list_sort(list(DISTINCT u.line) FILTER (WHERE u.kind = 'other' AND u.covered < 2)) AS open_policies
    FROM (SELECT 'policy' AS kind, v.covered, p.line FROM level AS v, unnest(v.policies) AS p(line)
          UNION ALL
          SELECT 'exclusion', v.covered, p.line FROM level AS v, unnest(v.exclusions) AS p(line)
          UNION ALL
          SELECT 'left', v.covered, p.line FROM level AS v, unnest(v.left_people) AS p(line)
          UNION ALL
          SELECT 'other', v.covered, p.line FROM level AS v, unnest(v.other_policies) AS p(line)) AS u
)
SELECT t.id AS subject, t.id AS resource_id, CAST(NULL AS VARCHAR) AS subscription_id,
       CASE WHEN f.covered = 2 THEN 'pass' WHEN f.covered = 1 THEN NULL ELSE 'fail' END AS verdict,
       CASE WHEN f.covered = 2 THEN 'asked for by: ' || array_to_string(p.good, ', ') || '; people left out: ' || f.left_names
            ELSE 'no policy is sure to hold for everybody at a sign-in risk of ' || array_to_string(f.open_levels, ' and ')
                 || coalesce(': ' || array_to_string(p.open_policies, '; '), '')
       END AS reason,
       t.display_name AS resource_name, p.good AS policies, p.left_people, p.exclusions, p.other_policies
FROM azure_account AS t
CROSS JOIN found AS f
CROSS JOIN policies AS p
