-- title = "Security defaults switched on"
-- severity = "high"
-- subject = "azure_account"
-- tables = ["azure_account", "azure_security_defaults_policy", "azure_conditional_access_policy"]
-- controls = [
--   "cis_azure_2_0_0:1.1.1", "cis_azure_2_1_0:1.1.1", "cis_azure_3_0_0:2.1.1", "cis_azure_4_0_0:6.1.1", "cis_azure_5_0_0:5.1.1",
--   "cis_azure_6_0_0:5.1.1", "jupiterone_questions:security_defaults", "nist_800_53_r5:IA-2", "iso_27001_2022:A.5.1",
--   "iso_27001_2022:A.5.2", "iso_27001_2022:A.5.15", "pci_dss_4_0:8.4.2", "pci_dss_4_0:8.4.3", "soc_2:CC1.3",
--   "mitre_attack:T1078", "mitre_attack:T1098", "mitre_attack:T1201", "mitre_attack:T1578",
-- ]
-- rationale = "Security defaults ask everybody for MFA and refuse legacy authentication, at no cost. They and Conditional Access exclude each other: where a policy is in force the setting is rightly off, and what the policies do is judged by the Conditional Access checks."
-- remediation = "az rest --method patch --url https://graph.microsoft.com/v1.0/policies/identitySecurityDefaultsEnforcementPolicy --body '{\"isEnabled\":true}'; or Entra admin center > Identity > Overview > Properties > Manage security defaults. With Entra ID P1 use Conditional Access instead."
-- references = ["https://learn.microsoft.com/entra/fundamentals/security-defaults", "https://learn.microsoft.com/graph/api/resources/identitysecuritydefaultsenforcementpolicy"]
-- [[case]]
-- title = "on"
-- given.azure_account = [{ }]
-- given.azure_security_defaults_policy = [{ name = "d", is_enabled = true }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
-- [[case]]
-- title = "off, no policy"
-- given.azure_account = [{ }]
-- given.azure_security_defaults_policy = [{ name = "d", is_enabled = false }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "off, a policy is in force"
-- given.azure_account = [{ }]
-- given.azure_security_defaults_policy = [{ name = "d", is_enabled = false }]
-- given.azure_conditional_access_policy = [{ name = "p", state = "enabled", conditions_users_include_users = ["All"], conditions_applications_include_applications = ["All"], conditions_client_app_types = ["all"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["mfa"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "not_applicable" }
-- [[case]]
-- title = "off, other letter case of the state"
-- given.azure_account = [{ }]
-- given.azure_security_defaults_policy = [{ name = "d", is_enabled = false }]
-- given.azure_conditional_access_policy = [{ name = "p", state = "Enabled", conditions_users_include_users = ["All"], conditions_applications_include_applications = ["All"], conditions_client_app_types = ["all"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["mfa"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "not_applicable" }
-- [[case]]
-- title = "off, policies report-only or disabled"
-- given.azure_account = [{ }]
-- given.azure_security_defaults_policy = [{ name = "d", is_enabled = false }]
-- given.azure_conditional_access_policy = [
--   { name = "a", state = "enabledForReportingButNotEnforced", conditions_users_include_users = ["All"], conditions_applications_include_applications = ["All"], conditions_client_app_types = ["all"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["mfa"] },
--   { name = "b", state = "disabled", conditions_users_include_users = ["All"], conditions_applications_include_applications = ["All"], conditions_client_app_types = ["all"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["mfa"] },
-- ]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "off, policies under licence"
-- ledger = [{ table = "azure_conditional_access_policy", status = "license" }]
-- given.azure_account = [{ }]
-- given.azure_security_defaults_policy = [{ name = "d", is_enabled = false }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "setting absent"
-- given.azure_account = [{ }]
-- given.azure_security_defaults_policy = [{ name = "d" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "setting not readable"
-- given.azure_account = [{ }]
-- given.azure_security_defaults_policy = [{ name = "d", _gaps = ["is_enabled"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "row missing"
-- given.azure_account = [{ }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "off, state of the only policy not readable"
-- given.azure_account = [{ }]
-- given.azure_security_defaults_policy = [{ name = "d", is_enabled = false }]
-- given.azure_conditional_access_policy = [{ name = "p", conditions_users_include_users = ["All"], conditions_applications_include_applications = ["All"], conditions_client_app_types = ["all"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["mfa"], _gaps = ["state"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "off, one policy in force and the state of another not readable"
-- given.azure_account = [{ }]
-- given.azure_security_defaults_policy = [{ name = "d", is_enabled = false }]
-- given.azure_conditional_access_policy = [
--   { name = "a", state = "enabled", conditions_users_include_users = ["All"], conditions_applications_include_applications = ["All"], conditions_client_app_types = ["all"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["mfa"] },
--   { name = "b", conditions_users_include_users = ["All"], conditions_applications_include_applications = ["All"], conditions_client_app_types = ["all"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["mfa"], _gaps = ["state"] },
-- ]
-- expect = { "99999999-9999-4999-8999-999999999999" = "not_applicable" }
-- [[case]]
-- title = "no tenant row"
-- given.azure_account = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "not_applicable" }
-- [[case]]
-- title = "azure_security_defaults_policy denied"
-- ledger = [{ table = "azure_security_defaults_policy", status = "denied" }]
-- given.azure_account = [{ }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "azure_conditional_access_policy denied"
-- ledger = [{ table = "azure_conditional_access_policy", status = "denied" }]
-- given.azure_account = [{ }]
-- given.azure_security_defaults_policy = [{ name = "d", is_enabled = true }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "tenant denied"
-- ledger = [{ table = "azure_account", status = "denied" }]
-- given.azure_account = [{ }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
WITH policy AS (
    SELECT coalesce(sum(CASE WHEN lower(trim(p.state)) = 'enabled' THEN 1 ELSE 0 END), 0) AS n_enabled,
           coalesce(sum(CASE WHEN p.state IS NULL OR list_contains(p._gaps, 'state') THEN 1 ELSE 0 END), 0) AS n_unread
    FROM azure_conditional_access_policy AS p
)
SELECT t.id AS subject, t.id AS resource_id, CAST(NULL AS VARCHAR) AS subscription_id,
       CASE WHEN d.id IS NULL OR d.is_enabled IS NULL OR list_contains(d._gaps, 'is_enabled') THEN NULL
            WHEN d.is_enabled THEN 'pass'
            WHEN p.n_enabled > 0 THEN 'not_applicable'
            WHEN p.n_unread > 0 THEN NULL
            ELSE 'fail'
       END AS verdict,
       CASE WHEN d.id IS NULL THEN 'the setting is not in the snapshot'
            WHEN d.is_enabled IS NULL OR list_contains(d._gaps, 'is_enabled') THEN 'whether security defaults are on is not given'
            WHEN d.is_enabled THEN 'security defaults are on'
            WHEN p.n_enabled > 0 THEN 'off, as Conditional Access is used; policies in force: ' || p.n_enabled
            WHEN p.n_unread > 0 THEN 'off; the state of some Conditional Access policies could not be read: ' || p.n_unread
            ELSE 'off, and no Conditional Access policy is in force'
       END AS reason,
       t.display_name AS resource_name, d.is_enabled AS security_defaults, p.n_enabled AS policies_in_force
FROM azure_account AS t
LEFT JOIN azure_security_defaults_policy AS d ON d.tenant_id = t.tenant_id
CROSS JOIN policy AS p
