-- title = "Entra admin center closed to users"
-- severity = "low"
-- subject = "azure_account"
-- tables = ["azure_account"]
-- optional = ["azure_authorization_policy", "azure_conditional_access_policy"]
-- controls = [
--   "cis_azure_2_0_0:1.17", "cis_azure_2_1_0:1.16", "cis_azure_3_0_0:2.17", "cis_azure_4_0_0:6.17", "cis_azure_5_0_0:5.17",
--   "nist_800_53_r5:AC-6", "nist_800_53_r5:CM-7", "iso_27001_2022:A.5.15", "iso_27001_2022:A.8.2", "pci_dss_4_0:7.2.1",
--   "soc_2:CC6.3",
-- ]
-- rationale = "Every user can open the admin center and look around in the directory. The switch hides the portal from those without an administrator role; the interfaces behind it stay open, so it slows an intruder down rather than stops one. Listed are Conditional Access policies that block the admin portals, which do more."
-- remediation = "Entra admin center > Users > User settings > Restrict access to Microsoft Entra admin center: Yes. There is no az command for it. To shut the portals out in earnest, block the cloud app Microsoft Admin Portals by Conditional Access for all but administrators."
-- references = ["https://learn.microsoft.com/entra/fundamentals/users-default-permissions", "https://learn.microsoft.com/entra/identity/conditional-access/concept-conditional-access-cloud-apps"]
-- [[case]]
-- title = "nothing else known"
-- given.azure_account = [{ }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual" }
-- [[case]]
-- title = "a policy that blocks the admin portals, one that asks for MFA only"
-- given.azure_account = [{ }]
-- given.azure_conditional_access_policy = [
--   { name = "p1", display_name = "Block portals", state = "enabled", conditions_applications_include_applications = ["MicrosoftAdminPortals"], grant_controls_built_in_controls = ["Block"] },
--   { name = "p2", display_name = "MFA", state = "enabled", conditions_applications_include_applications = ["All"], grant_controls_built_in_controls = ["mfa"] },
-- ]
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual" }
-- [[case]]
-- title = "a policy without controls or applications"
-- given.azure_account = [{ }]
-- given.azure_conditional_access_policy = [{ name = "p1", state = "enabled" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual" }
-- [[case]]
-- title = "users may not read each other: still manual"
-- given.azure_account = [{ }]
-- given.azure_authorization_policy = [{ name = "authorizationPolicy", default_user_role_permissions_allowed_to_read_other_users = false }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual" }
-- [[case]]
-- title = "evidence not readable"
-- given.azure_account = [{ }]
-- given.azure_authorization_policy = [{ name = "authorizationPolicy", _gaps = ["default_user_role_permissions_allowed_to_read_other_users"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual" }
-- [[case]]
-- title = "evidence denied"
-- ledger = [{ table = "azure_authorization_policy", status = "denied" }, { table = "azure_conditional_access_policy", status = "denied" }]
-- given.azure_account = [{ }]
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
WITH blocking AS (
    SELECT p.tenant_id,
           list_sort(list(coalesce(p.display_name, p.id) || ' (' || coalesce(p.state, 'state not given') || ')')) AS policies
    FROM azure_conditional_access_policy AS p
    WHERE array_length(list_filter(p.grant_controls_built_in_controls, lambda c: lower(trim(c)) = 'block')) > 0
      AND array_length(list_filter(p.conditions_applications_include_applications, lambda a: lower(trim(a)) IN ('all', 'microsoftadminportals'))) > 0
    GROUP BY p.tenant_id
)
SELECT t.id AS subject, t.id AS resource_id, CAST(NULL AS VARCHAR) AS subscription_id,
       'manual' AS verdict,
       'to be confirmed by the auditor: access to the Entra admin center is restricted for users without an administrator role; no interface gives the setting, its default is No'
         || '; Conditional Access policies that block the admin portals or all applications for somebody: '
         || coalesce(CAST(array_length(b.policies) AS VARCHAR), '0') || ', counted as far as they were read' AS reason,
       t.display_name AS resource_name,
       p.default_user_role_permissions_allowed_to_read_other_users AS users_may_read_other_users, b.policies AS blocking_policies
FROM azure_account AS t
LEFT JOIN azure_authorization_policy AS p ON p.tenant_id = t.tenant_id
LEFT JOIN blocking AS b ON b.tenant_id = t.tenant_id
