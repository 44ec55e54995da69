-- title = "Users cannot create security groups"
-- severity = "medium"
-- subject = "azure_account"
-- tables = ["azure_account", "azure_authorization_policy"]
-- controls = [
--   "cis_azure_2_0_0:1.19", "cis_azure_2_1_0:1.18", "cis_azure_3_0_0:2.19", "cis_azure_4_0_0:6.19", "cis_azure_5_0_0:5.19",
--   "nist_800_53_r5:AC-6", "nist_800_53_r5:CM-7", "iso_27001_2022:A.5.2", "iso_27001_2022:A.5.15", "iso_27001_2022:A.5.18",
--   "iso_27001_2022:A.8.2", "pci_dss_4_0:7.2.1", "soc_2:CC1.3", "mitre_attack:T1040", "mitre_attack:T1078", "mitre_attack:T1098",
--   "mitre_attack:T1550", "mitre_attack:T1578", "mitre_attack:T1580", "mitre_attack:T1606",
-- ]
-- rationale = "Groups carry access. If everybody may make them, they multiply without an owner who answers for them, and a name that resembles an official group tricks people into granting it rights."
-- remediation = "az rest --method patch --url https://graph.microsoft.com/v1.0/policies/authorizationPolicy --body '{\"defaultUserRolePermissions\":{\"allowedToCreateSecurityGroups\":false}}'; or Entra admin center > Groups > General: Users can create security groups in Azure portals, API or PowerShell: No."
-- references = ["https://learn.microsoft.com/entra/fundamentals/users-default-permissions", "https://learn.microsoft.com/graph/api/resources/defaultuserrolepermissions"]
-- [[case]]
-- title = "not allowed"
-- given.azure_account = [{ }]
-- given.azure_authorization_policy = [{ name = "authorizationPolicy", default_user_role_permissions_allowed_to_create_security_groups = false }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
-- [[case]]
-- title = "allowed"
-- given.azure_account = [{ }]
-- given.azure_authorization_policy = [{ name = "authorizationPolicy", default_user_role_permissions_allowed_to_create_security_groups = true }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "not in the answer: that is not a no"
-- given.azure_account = [{ }]
-- given.azure_authorization_policy = [{ name = "authorizationPolicy" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "the neighbouring switches do not matter"
-- given.azure_account = [{ }]
-- given.azure_authorization_policy = [{ name = "authorizationPolicy", default_user_role_permissions_allowed_to_create_security_groups = true, default_user_role_permissions_allowed_to_create_apps = false, default_user_role_permissions_allowed_to_create_tenants = false }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "neighbouring switches on"
-- given.azure_account = [{ }]
-- given.azure_authorization_policy = [{ name = "authorizationPolicy", default_user_role_permissions_allowed_to_create_security_groups = false, default_user_role_permissions_allowed_to_create_apps = true, default_user_role_permissions_allowed_to_create_tenants = true }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
-- [[case]]
-- title = "not readable"
-- given.azure_account = [{ }]
-- given.azure_authorization_policy = [{ name = "authorizationPolicy", _gaps = ["default_user_role_permissions_allowed_to_create_security_groups"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "a neighbour not readable"
-- given.azure_account = [{ }]
-- given.azure_authorization_policy = [{ name = "authorizationPolicy", default_user_role_permissions_allowed_to_create_security_groups = false, _gaps = ["default_user_role_permissions_allowed_to_create_apps"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
-- [[case]]
-- title = "policy row missing"
-- given.azure_account = [{ }]
-- given.azure_authorization_policy = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "no tenant row"
-- given.azure_account = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "not_applicable" }
-- [[case]]
-- title = "policy denied"
-- ledger = [{ table = "azure_authorization_policy", status = "denied" }]
-- given.azure_account = [{ }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "tenant denied"
-- ledger = [{ table = "azure_account", status = "denied" }]
-- given.azure_account = [{ }]
-- given.azure_authorization_policy = [{ name = "authorizationPolicy", default_user_role_permissions_allowed_to_create_security_groups = false }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
SELECT t.id AS subject, t.id AS resource_id, CAST(NULL AS VARCHAR) AS subscription_id,
       CASE WHEN p.id IS NULL OR list_contains(p._gaps, 'default_user_role_permissions_allowed_to_create_security_groups') THEN NULL
            WHEN p.default_user_role_permissions_allowed_to_create_security_groups THEN 'fail'
            WHEN NOT p.default_user_role_permissions_allowed_to_create_security_groups THEN 'pass'
       END AS verdict,
       CASE WHEN p.id IS NULL THEN 'the authorization policy is not in the snapshot'
            WHEN list_contains(p._gaps, 'default_user_role_permissions_allowed_to_create_security_groups') THEN 'whether users may create security groups could not be read'
            WHEN p.default_user_role_permissions_allowed_to_create_security_groups IS NULL
            THEN 'the answer does not tell whether users may create security groups; the default is that they may'
            WHEN p.default_user_role_permissions_allowed_to_create_security_groups THEN 'users may create security groups'
            ELSE 'users may not create security groups'
       END AS reason,
       t.display_name AS resource_name, p.default_user_role_permissions_allowed_to_create_security_groups AS allowed
FROM azure_account AS t
LEFT JOIN azure_authorization_policy AS p ON p.tenant_id = t.tenant_id
