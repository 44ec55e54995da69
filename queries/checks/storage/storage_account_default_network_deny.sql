-- title = "Storage firewall denies by default"
-- severity = "high"
-- subject = "azure_storage_account"
-- tables = ["azure_storage_account"]
-- controls = [
--   "cis_azure_2_0_0:3.8", "cis_azure_2_1_0:3.8", "cis_azure_3_0_0:4.7", "cis_azure_4_0_0:10.3.2.3", "cis_azure_5_0_0:9.3.2.3",
--   "cis_azure_6_0_0:9.3.2.3", "jupiterone_questions:storage_default_network_deny", "nist_800_53_r5:AC-4",
--   "nist_800_53_r5:AC-17", "nist_800_53_r5:SC-7", "iso_27001_2022:A.8.20", "iso_27001_2022:A.8.22", "pci_dss_4_0:1.3.1",
--   "pci_dss_4_0:1.4.2", "soc_2:CC6.6",
-- ]
-- rationale = "When no rule matches and the default is Allow, every network may talk to the account and address rules beside it restrict nothing."
-- remediation = "Add the networks that need the account first, then: az storage account update --ids ID --default-action Deny. Or close the public endpoint: --public-network-access Disabled."
-- references = ["https://learn.microsoft.com/azure/storage/common/storage-network-security", "https://learn.microsoft.com/azure/private-link/network-security-perimeter-transition"]
-- [[case]]
-- title = "deny by default"
-- given.azure_storage_account = [{ name = "a", network_acls_default_action = "Deny", public_network_access = "Enabled" }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "allow by default"
-- given.azure_storage_account = [{ name = "a", network_acls_default_action = "Allow", public_network_access = "Enabled" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "public endpoint off, whatever the default"
-- given.azure_storage_account = [{ name = "a", network_acls_default_action = "Allow", public_network_access = "Disabled" }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "no network rules at all means allow"
-- given.azure_storage_account = [{ name = "a" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "no network rules, public endpoint off"
-- given.azure_storage_account = [{ name = "a", public_network_access = "Disabled" }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "deny by default, public access never set"
-- given.azure_storage_account = [{ name = "a", network_acls_default_action = "Deny" }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "other letter case"
-- given.azure_storage_account = [{ name = "a", network_acls_default_action = "deny" }, { name = "b", network_acls_default_action = "allow", public_network_access = "DISABLED" }]
-- expect = { a = "pass", b = "pass" }
-- [[case]]
-- title = "behind a network security perimeter the rules of the account are not used, and what no rule of the perimeter names is refused"
-- given.azure_storage_account = [
--   { name = "a", network_acls_default_action = "Allow", public_network_access = "SecuredByPerimeter" },
--   { name = "b", public_network_access = "securedbyperimeter" },
--   { name = "c", network_acls_default_action = "Allow", public_network_access = "SecuredByPerimeter", _gaps = ["public_network_access"] },
-- ]
-- expect = { a = "pass", b = "pass", c = "unknown" }
-- [[case]]
-- title = "default action not readable"
-- given.azure_storage_account = [{ name = "a", public_network_access = "Enabled", _gaps = ["network_acls_default_action"] }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "no account"
-- given.azure_storage_account = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "list denied"
-- ledger = [{ table = "azure_storage_account", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_storage_account = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
SELECT s.id AS subject, s.id AS resource_id, s.subscription_id,
       CASE WHEN lower(trim(s.network_acls_default_action)) = 'deny' OR lower(trim(s.public_network_access)) IN ('disabled', 'securedbyperimeter') THEN 'pass'
            ELSE 'fail'
       END AS verdict,
       'default action ' || coalesce(s.network_acls_default_action, 'absent (Allow)')
         || ', public network access ' || coalesce(s.public_network_access, 'absent (Enabled)')
         || CASE WHEN lower(trim(s.public_network_access)) = 'securedbyperimeter'
                 THEN ': only a network security perimeter decides, which refuses what no rule of its own names; those rules are not judged here' ELSE '' END AS reason,
       s.network_acls_default_action, s.public_network_access
FROM azure_storage_account AS s
