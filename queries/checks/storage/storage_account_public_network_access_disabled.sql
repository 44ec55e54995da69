-- title = "Storage public network access off"
-- severity = "high"
-- subject = "azure_storage_account"
-- tables = ["azure_storage_account"]
-- controls = [
--   "cis_azure_2_1_0:3.7", "cis_azure_3_0_0:4.6", "cis_azure_4_0_0:10.3.2.2", "cis_azure_5_0_0:9.3.2.2",
--   "cis_azure_6_0_0:9.3.2.2", "nist_800_53_r5:AC-4", "nist_800_53_r5:SC-7", "iso_27001_2022:A.8.20", "iso_27001_2022:A.8.22",
--   "pci_dss_4_0:1.3.1", "pci_dss_4_0:1.4.2", "soc_2:CC6.6",
-- ]
-- rationale = "With the public endpoint on, a firewall rule too many or one leaked key is enough to read the account from anywhere. With it off only private endpoints, or what a network security perimeter lets in, get through."
-- remediation = "Connect the clients by private endpoint first, then: az storage account update --name NAME --resource-group GROUP --public-network-access Disabled"
-- references = ["https://learn.microsoft.com/azure/storage/common/storage-network-security"]
-- [[case]]
-- title = "off"
-- given.azure_storage_account = [{ name = "a", public_network_access = "Disabled" }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "on"
-- given.azure_storage_account = [{ name = "a", public_network_access = "Enabled" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "absent means on"
-- given.azure_storage_account = [{ name = "a" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "behind a network security perimeter"
-- given.azure_storage_account = [{ name = "a", public_network_access = "SecuredByPerimeter" }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "other letter case"
-- given.azure_storage_account = [
--   { name = "a", public_network_access = "disabled" },
--   { name = "b", public_network_access = "securedbyperimeter" },
--   { name = "c", public_network_access = "ENABLED" },
-- ]
-- expect = { a = "pass", b = "pass", c = "fail" }
-- [[case]]
-- title = "a firewall that denies by default is not the same"
-- given.azure_storage_account = [{ name = "a", public_network_access = "Enabled", network_acls_default_action = "Deny" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "a value nobody knows yet"
-- given.azure_storage_account = [{ name = "a", public_network_access = "Sometimes" }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "not readable"
-- given.azure_storage_account = [{ name = "a", _gaps = ["public_network_access"] }]
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
SELECT x.id AS subject, x.id AS resource_id, x.subscription_id,
       CASE WHEN lower(trim(x.public_network_access)) IN ('disabled', 'securedbyperimeter') THEN 'pass'
            WHEN lower(coalesce(trim(x.public_network_access), 'Enabled')) = 'enabled' THEN 'fail'
       END AS verdict,
       CASE WHEN x.public_network_access IS NULL THEN 'public network access was never set, which means it is on'
            WHEN lower(trim(x.public_network_access)) = 'disabled' THEN 'public network access is off'
            WHEN lower(trim(x.public_network_access)) = 'securedbyperimeter'
            THEN 'only a network security perimeter decides on public access; its rules are not judged here'
            WHEN lower(trim(x.public_network_access)) = 'enabled' THEN 'public network access is on'
            ELSE 'public network access has a value that is not known: ' || x.public_network_access
       END AS reason,
       x.public_network_access, x.network_acls_default_action AS firewall_default
FROM azure_storage_account AS x
