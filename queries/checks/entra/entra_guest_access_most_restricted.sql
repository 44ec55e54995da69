-- title = "Guests see only their own objects"
-- severity = "medium"
-- subject = "azure_account"
-- tables = ["azure_account", "azure_authorization_policy"]
-- controls = [
--   "cis_azure_2_0_0:1.15", "cis_azure_2_1_0:1.14", "cis_azure_3_0_0:2.15", "cis_azure_4_0_0:6.15", "cis_azure_5_0_0:5.15",
--   "nist_800_53_r5:AC-2", "nist_800_53_r5:AC-3", "iso_27001_2022:A.5.2", "iso_27001_2022:A.5.15", "iso_27001_2022:A.5.16",
--   "iso_27001_2022:A.5.18", "iso_27001_2022:A.5.22", "iso_27001_2022:A.8.2", "iso_27001_2022:A.8.3", "pci_dss_4_0:7.2.1",
--   "soc_2:CC1.3", "mitre_attack:T1040", "mitre_attack:T1078", "mitre_attack:T1098", "mitre_attack:T1550", "mitre_attack:T1578",
--   "mitre_attack:T1580", "mitre_attack:T1606",
-- ]
-- rationale = "By default a guest can look up members of groups and other users. With one taken-over guest account an outsider reads who works where and plans the next step; under the strictest setting a guest sees only the own profile."
-- remediation = "az rest --method patch --url https://graph.microsoft.com/v1.0/policies/authorizationPolicy --body '{\"guestUserRoleId\":\"2af84b1e-32c8-42b7-82bc-daa82404023b\"}'; or Entra admin center > External Identities > External collaboration settings: Guest user access is restricted to properties and memberships of their own directory objects."
-- references = ["https://learn.microsoft.com/entra/identity/users/users-restrict-guest-permissions"]
-- [[case]]
-- title = "own objects only"
-- given.azure_account = [{ }]
-- given.azure_authorization_policy = [{ name = "authorizationPolicy", guest_user_role_id = "2af84b1e-32c8-42b7-82bc-daa82404023b" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
-- [[case]]
-- title = "other letter case and blanks"
-- given.azure_account = [{ }]
-- given.azure_authorization_policy = [{ name = "authorizationPolicy", guest_user_role_id = " 2AF84B1E-32C8-42B7-82BC-DAA82404023B " }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
-- [[case]]
-- title = "limited, the default"
-- given.azure_account = [{ }]
-- given.azure_authorization_policy = [{ name = "authorizationPolicy", guest_user_role_id = "10dae51f-b6af-4016-8d66-8c2a99b929b3" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "as members"
-- given.azure_account = [{ }]
-- given.azure_authorization_policy = [{ name = "authorizationPolicy", guest_user_role_id = "a0b1b346-4d3e-4e8b-98f8-753987be4970" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "absent means limited"
-- given.azure_account = [{ }]
-- given.azure_authorization_policy = [{ name = "authorizationPolicy" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "a role not known yet is not taken for the strict one"
-- given.azure_account = [{ }]
-- given.azure_authorization_policy = [{ name = "authorizationPolicy", guest_user_role_id = "00000000-0000-4000-8000-000000000001" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "not readable"
-- given.azure_account = [{ }]
-- given.azure_authorization_policy = [{ name = "authorizationPolicy", _gaps = ["guest_user_role_id"] }]
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
-- given.azure_authorization_policy = [{ name = "authorizationPolicy", guest_user_role_id = "2af84b1e-32c8-42b7-82bc-daa82404023b" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
SELECT t.id AS subject, t.id AS resource_id, CAST(NULL AS VARCHAR) AS subscription_id,
       CASE WHEN p.id IS NULL OR list_contains(p._gaps, 'guest_user_role_id') THEN NULL
            WHEN lower(trim(p.guest_user_role_id)) = '2af84b1e-32c8-42b7-82bc-daa82404023b' THEN 'pass'
            ELSE 'fail'
       END AS verdict,
       CASE WHEN p.id IS NULL THEN 'the authorization policy is not in the snapshot'
            WHEN list_contains(p._gaps, 'guest_user_role_id') THEN 'what guests may see could not be read'
            WHEN p.guest_user_role_id IS NULL THEN 'the setting is absent, which means the default: guests see a limited part of the directory'
            WHEN lower(trim(p.guest_user_role_id)) = '2af84b1e-32c8-42b7-82bc-daa82404023b' THEN 'guests see their own objects only'
            WHEN lower(trim(p.guest_user_role_id)) = '10dae51f-b6af-4016-8d66-8c2a99b929b3' THEN 'guests see a limited part of the directory, which is the default'
            WHEN lower(trim(p.guest_user_role_id)) = 'a0b1b346-4d3e-4e8b-98f8-753987be4970' THEN 'guests see as much as members'
            ELSE 'guests have the role ' || p.guest_user_role_id || ', which is not the strictest one'
       END AS reason,
       t.display_name AS resource_name, p.guest_user_role_id
FROM azure_account AS t
LEFT JOIN azure_authorization_policy AS p ON p.tenant_id = t.tenant_id
