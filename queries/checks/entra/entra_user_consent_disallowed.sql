-- title = "Users cannot consent to apps"
-- severity = "high"
-- subject = "azure_account"
-- tables = ["azure_account", "azure_authorization_policy"]
-- controls = [
--   "cis_azure_2_0_0:1.11", "cis_azure_2_1_0:1.10", "cis_azure_3_0_0:2.12", "cis_azure_4_0_0:6.12", "cis_azure_5_0_0:5.12",
--   "nist_800_53_r5:AC-3", "nist_800_53_r5:AC-6", "nist_800_53_r5:CM-7", "iso_27001_2022:A.5.2", "iso_27001_2022:A.5.15",
--   "iso_27001_2022:A.5.16", "iso_27001_2022:A.5.18", "iso_27001_2022:A.5.22", "iso_27001_2022:A.8.2", "pci_dss_4_0:7.2.1",
--   "soc_2:CC1.3", "mitre_attack:T1040", "mitre_attack:T1078", "mitre_attack:T1098", "mitre_attack:T1578", "mitre_attack:T1580",
-- ]
-- rationale = "A user tricked into consenting gives a stranger's application lasting access to mail and files, past password and MFA. If consent is up to administrators, the trick has to fool them."
-- remediation = "az rest --method patch --url https://graph.microsoft.com/v1.0/policies/authorizationPolicy --body '{\"defaultUserRolePermissions\":{\"permissionGrantPoliciesAssigned\":[]}}', keeping entries that begin with ManagePermissionGrantsForOwnedResource; or Entra admin center > Enterprise applications > Consent and permissions > User consent settings: Do not allow user consent."
-- references = ["https://learn.microsoft.com/entra/identity/enterprise-apps/configure-user-consent", "https://learn.microsoft.com/graph/api/resources/defaultuserrolepermissions"]
-- [[case]]
-- title = "no consent policy"
-- given.azure_account = [{ }]
-- given.azure_authorization_policy = [{ name = "authorizationPolicy", default_user_role_permissions_permission_grant_policies_assigned = [] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
-- [[case]]
-- title = "owners of resources only"
-- given.azure_account = [{ }]
-- given.azure_authorization_policy = [{ name = "authorizationPolicy", default_user_role_permissions_permission_grant_policies_assigned = ["ManagePermissionGrantsForOwnedResource.microsoft-dynamically-managed-permissions-for-team"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
-- [[case]]
-- title = "the old default"
-- given.azure_account = [{ }]
-- given.azure_authorization_policy = [{ name = "authorizationPolicy", default_user_role_permissions_permission_grant_policies_assigned = ["ManagePermissionGrantsForSelf.microsoft-user-default-legacy"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "the default that Microsoft manages"
-- given.azure_account = [{ }]
-- given.azure_authorization_policy = [{ name = "authorizationPolicy", default_user_role_permissions_permission_grant_policies_assigned = ["ManagePermissionGrantsForSelf.microsoft-user-default-recommended"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "low risk is still consent"
-- given.azure_account = [{ }]
-- given.azure_authorization_policy = [{ name = "authorizationPolicy", default_user_role_permissions_permission_grant_policies_assigned = ["ManagePermissionGrantsForSelf.microsoft-user-default-low"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "one among others, in other letter case"
-- given.azure_account = [{ }]
-- given.azure_authorization_policy = [{ name = "authorizationPolicy", default_user_role_permissions_permission_grant_policies_assigned = ["ManagePermissionGrantsForOwnedResource.x", " managepermissiongrantsforself.my-policy "] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "an entry of a kind not known"
-- given.azure_account = [{ }]
-- given.azure_authorization_policy = [{ name = "authorizationPolicy", default_user_role_permissions_permission_grant_policies_assigned = ["ManagePermissionGrantsForSomething.x"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "a kind not known beside consent"
-- given.azure_account = [{ }]
-- given.azure_authorization_policy = [{ name = "authorizationPolicy", default_user_role_permissions_permission_grant_policies_assigned = ["ManagePermissionGrantsForSomething.x", "ManagePermissionGrantsForSelf.y"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "an empty entry"
-- given.azure_account = [{ }]
-- given.azure_authorization_policy = [{ name = "authorizationPolicy", default_user_role_permissions_permission_grant_policies_assigned = [""] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "absent"
-- given.azure_account = [{ }]
-- given.azure_authorization_policy = [{ name = "authorizationPolicy" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "not readable"
-- given.azure_account = [{ }]
-- given.azure_authorization_policy = [{ name = "authorizationPolicy", _gaps = ["default_user_role_permissions_permission_grant_policies_assigned"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
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
-- given.azure_authorization_policy = [{ name = "authorizationPolicy", default_user_role_permissions_permission_grant_policies_assigned = [] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
WITH consent AS (
    SELECT p.tenant_id, p.id, p.default_user_role_permissions_permission_grant_policies_assigned AS assigned,
           list_filter(p.default_user_role_permissions_permission_grant_policies_assigned, lambda e: lower(trim(e)) LIKE 'managepermissiongrantsforself.%') AS own,
           list_filter(p.default_user_role_permissions_permission_grant_policies_assigned,
               lambda e: coalesce(lower(trim(e)) NOT LIKE 'managepermissiongrantsforself.%'
                     AND lower(trim(e)) NOT LIKE 'managepermissiongrantsforownedresource.%', TRUE)) AS others,
           p.default_user_role_permissions_permission_grant_policies_assigned IS NULL
             OR coalesce(list_contains(p._gaps, 'default_user_role_permissions_permission_grant_policies_assigned'), FALSE) AS unread
    FROM azure_authorization_policy AS p
)
SELECT t.id AS subject, t.id AS resource_id, CAST(NULL AS VARCHAR) AS subscription_id,
       CASE WHEN c.id IS NULL OR c.unread THEN NULL
            WHEN array_length(c.own) > 0 THEN 'fail'
            WHEN array_length(c.others) > 0 THEN NULL
            ELSE 'pass'
       END AS verdict,
       CASE WHEN c.id IS NULL THEN 'the authorization policy is not in the snapshot'
            WHEN c.unread THEN 'the answer does not tell which consent policies apply to users'
            WHEN array_length(c.own) > 0 THEN 'users may consent under: ' || array_to_string(c.own, ', ')
            WHEN array_length(c.others) > 0 THEN 'entries of a kind that is not known: ' || array_to_string(c.others, ', ')
            ELSE 'no consent policy lets users consent for themselves'
       END AS reason,
       t.display_name AS resource_name, c.assigned AS policies_assigned
FROM azure_account AS t
LEFT JOIN consent AS c ON c.tenant_id = t.tenant_id
