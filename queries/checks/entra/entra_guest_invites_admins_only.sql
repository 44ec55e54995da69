-- title = "Only admins or inviters may invite guests"
-- severity = "medium"
-- subject = "azure_account"
-- tables = ["azure_account", "azure_authorization_policy"]
-- controls = [
--   "cis_azure_2_0_0:1.16", "cis_azure_2_1_0:1.15", "cis_azure_3_0_0:2.16", "cis_azure_4_0_0:6.16", "cis_azure_5_0_0:5.16",
--   "nist_800_53_r5:AC-2", "nist_800_53_r5:AC-3", "iso_27001_2022:A.5.2", "iso_27001_2022:A.5.15", "iso_27001_2022:A.5.18",
--   "iso_27001_2022:A.8.2", "pci_dss_4_0:7.2.1", "soc_2:CC1.3", "mitre_attack:T1040", "mitre_attack:T1078", "mitre_attack:T1098",
--   "mitre_attack:T1550", "mitre_attack:T1578", "mitre_attack:T1580", "mitre_attack:T1606",
-- ]
-- rationale = "By default everybody in the directory, guests included, may invite further guests, so nobody decides who gets in."
-- remediation = "az rest --method patch --url https://graph.microsoft.com/v1.0/policies/authorizationPolicy --body '{\"allowInvitesFrom\":\"adminsAndGuestInviters\"}'; or Entra admin center > External Identities > External collaboration settings."
-- references = ["https://learn.microsoft.com/entra/external-id/external-collaboration-settings-configure"]
-- [[case]]
-- title = "admins and guest inviters"
-- given.azure_account = [{ }]
-- given.azure_authorization_policy = [{ name = "authorizationPolicy", allow_invites_from = "adminsAndGuestInviters" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
-- [[case]]
-- title = "nobody"
-- given.azure_account = [{ }]
-- given.azure_authorization_policy = [{ name = "authorizationPolicy", allow_invites_from = "none" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
-- [[case]]
-- title = "all members fail, though the name begins with admins"
-- given.azure_account = [{ }]
-- given.azure_authorization_policy = [{ name = "authorizationPolicy", allow_invites_from = "adminsGuestInvitersAndAllMembers" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "everyone"
-- given.azure_account = [{ }]
-- given.azure_authorization_policy = [{ name = "authorizationPolicy", allow_invites_from = "everyone" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "absent means everyone"
-- given.azure_account = [{ }]
-- given.azure_authorization_policy = [{ name = "authorizationPolicy" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "other letter case"
-- given.azure_account = [{ }]
-- given.azure_authorization_policy = [{ name = "authorizationPolicy", allow_invites_from = "AdminsAndGuestInviters" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
-- [[case]]
-- title = "a value not known yet is not taken for a strict one"
-- given.azure_account = [{ }]
-- given.azure_authorization_policy = [{ name = "authorizationPolicy", allow_invites_from = "unknownFutureValue" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "policy row missing"
-- given.azure_account = [{ }]
-- given.azure_authorization_policy = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "value not readable in the policy row"
-- given.azure_account = [{ }]
-- given.azure_authorization_policy = [{ name = "authorizationPolicy", _gaps = ["allow_invites_from"] }]
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
SELECT t.id AS subject, t.id AS resource_id, CAST(NULL AS VARCHAR) AS subscription_id,
       CASE WHEN p.id IS NULL OR list_contains(p._gaps, 'allow_invites_from') THEN NULL
            WHEN lower(p.allow_invites_from) IN ('adminsandguestinviters', 'none') THEN 'pass'
            ELSE 'fail'
       END AS verdict,
       CASE WHEN p.id IS NULL THEN 'the authorization policy is not in the snapshot'
            WHEN list_contains(p._gaps, 'allow_invites_from') THEN 'who may invite guests could not be read'
            WHEN p.allow_invites_from IS NULL THEN 'the setting is absent, which means everyone may invite guests'
            ELSE 'guests may be invited by: ' || p.allow_invites_from
       END AS reason,
       t.display_name AS resource_name, p.allow_invites_from AS invites_from
FROM azure_account AS t
LEFT JOIN azure_authorization_policy AS p ON p.tenant_id = t.tenant_id
