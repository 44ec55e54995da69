-- title = "Storage admits trusted Azure services"
-- severity = "low"
-- subject = "azure_storage_account"
-- tables = ["azure_storage_account"]
-- controls = [
--   "cis_azure_2_0_0:3.9", "cis_azure_2_1_0:3.9", "cis_azure_3_0_0:4.8", "cis_azure_4_0_0:10.3.5", "cis_azure_5_0_0:9.3.5",
--   "cis_azure_6_0_0:9.3.5", "jupiterone_questions:storage_trusted_services", "nist_800_53_r5:AC-4", "nist_800_53_r5:SC-7",
--   "iso_27001_2022:A.8.3", "pci_dss_4_0:1.3.1", "pci_dss_4_0:1.4.2", "soc_2:CC6.6", "mitre_attack:T1530",
-- ]
-- rationale = "A firewall that also shuts out the trusted Azure services breaks backup, logging and event delivery to the account, and people then open the firewall further than needed. Where the default action is Allow and public access is on the exception has no effect."
-- remediation = "az storage account update --name NAME --resource-group GROUP --bypass AzureServices (add Logging Metrics where they were set)"
-- references = ["https://learn.microsoft.com/azure/storage/common/storage-network-security", "https://learn.microsoft.com/azure/storage/common/storage-network-security-trusted-azure-services"]
-- [[case]]
-- title = "trusted services admitted"
-- given.azure_storage_account = [{ name = "a", network_acls_default_action = "Deny", network_acls_bypass = "AzureServices" }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "several in one text"
-- given.azure_storage_account = [{ name = "a", network_acls_bypass = "Logging, Metrics, AzureServices" }, { name = "b", network_acls_bypass = "AzureServices,Logging" }]
-- expect = { a = "pass", b = "pass" }
-- [[case]]
-- title = "nothing, or others only"
-- given.azure_storage_account = [{ name = "a", network_acls_bypass = "None" }, { name = "b", network_acls_bypass = "Logging, Metrics" }]
-- expect = { a = "fail", b = "fail" }
-- [[case]]
-- title = "no network rules: the default admits them"
-- given.azure_storage_account = [{ name = "a" }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "other letter case; a longer word is another word"
-- given.azure_storage_account = [{ name = "a", network_acls_bypass = "logging, azureservices" }, { name = "b", network_acls_bypass = "NoAzureServices" }]
-- expect = { a = "pass", b = "fail" }
-- [[case]]
-- title = "default action Allow: judged all the same"
-- given.azure_storage_account = [{ name = "a", network_acls_default_action = "Allow", network_acls_bypass = "None" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "public access off, secured by a perimeter or not readable: judged all the same"
-- given.azure_storage_account = [
--   { name = "a", public_network_access = "Disabled", network_acls_default_action = "Allow", network_acls_bypass = "None" },
--   { name = "b", public_network_access = "disabled", network_acls_bypass = "AzureServices" },
--   { name = "c", public_network_access = "SecuredByPerimeter", network_acls_bypass = "AzureServices" },
--   { name = "d", network_acls_bypass = "AzureServices", _gaps = ["public_network_access"] },
-- ]
-- expect = { a = "fail", b = "pass", c = "pass", d = "pass" }
-- [[case]]
-- title = "not readable: the default may not be assumed"
-- given.azure_storage_account = [{ name = "a", _gaps = ["network_acls_bypass"] }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "no account"
-- given.azure_storage_account = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "accounts denied"
-- ledger = [{ table = "azure_storage_account", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_storage_account = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
SELECT s.id AS subject, s.id AS resource_id, s.subscription_id,
       CASE WHEN s.network_acls_bypass IS NULL
              OR array_length(list_filter(string_split(lower(s.network_acls_bypass), ','),
                                          lambda part: trim(part) = 'azureservices')) > 0 THEN 'pass'
            ELSE 'fail'
       END AS verdict,
       CASE WHEN s.network_acls_bypass IS NULL THEN 'no exceptions are given, which means trusted Azure services are admitted'
            ELSE 'exceptions of the firewall: ' || s.network_acls_bypass
       END
         || CASE WHEN list_contains(s._gaps, 'public_network_access') THEN ''
                 WHEN lower(trim(s.public_network_access)) = 'disabled'
                 THEN '; public network access is Disabled, so that no public network is admitted whatever the default action'
                 WHEN lower(trim(s.public_network_access)) = 'securedbyperimeter'
                 THEN '; public network access is SecuredByPerimeter, so that a network security perimeter decides instead of the firewall'
                 WHEN lower(trim(coalesce(s.network_acls_default_action, 'Allow'))) = 'allow'
                 THEN '; without effect, the firewall admits every network'
                 ELSE ''
            END AS reason,
       s.network_acls_bypass AS bypass, s.network_acls_default_action AS firewall_default, s.public_network_access
FROM azure_storage_account AS s
