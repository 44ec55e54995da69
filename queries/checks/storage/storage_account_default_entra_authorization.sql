-- title = "Portal defaults to Entra authorisation"
-- severity = "low"
-- subject = "azure_storage_account"
-- tables = ["azure_storage_account"]
-- controls = [
--   "cis_azure_4_0_0:10.3.3.1", "cis_azure_5_0_0:9.3.3.1", "cis_azure_6_0_0:9.3.3.1", "nist_800_53_r5:AC-2",
--   "nist_800_53_r5:AC-3", "nist_800_53_r5:IA-2", "iso_27001_2022:A.5.15", "iso_27001_2022:A.5.17", "pci_dss_4_0:7.2.1",
--   "soc_2:CC6.1",
-- ]
-- rationale = "The portal otherwise opens data with the account key, which holds all rights and names nobody in the logs. With Entra as its default it uses the role of the person who looks."
-- remediation = "az storage account update --name NAME --resource-group GROUP --set defaultToOAuthAuthentication=true; portal: storage account > Configuration > Default to Microsoft Entra authorization in the Azure portal. Give people a data role such as Storage Blob Data Reader first."
-- references = ["https://learn.microsoft.com/azure/storage/blobs/authorize-data-operations-portal"]
-- [[case]]
-- title = "on"
-- given.azure_storage_account = [{ name = "a", default_to_o_auth_authentication = true }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "off"
-- given.azure_storage_account = [{ name = "a", default_to_o_auth_authentication = false }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "absent means off"
-- given.azure_storage_account = [{ name = "a" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "accounts are judged one by one, whatever their kind"
-- given.azure_storage_account = [
--   { name = "a", kind = "FileStorage", default_to_o_auth_authentication = true },
--   { name = "b", kind = "BlobStorage" },
--   { name = "c", kind = "Storage", default_to_o_auth_authentication = true },
-- ]
-- expect = { a = "pass", b = "fail", c = "pass" }
-- [[case]]
-- title = "not readable: the default may not be assumed"
-- given.azure_storage_account = [{ name = "a", _gaps = ["default_to_o_auth_authentication"] }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "accounts partial"
-- ledger = [{ table = "azure_storage_account", subscription = "11111111-1111-4111-8111-111111111111", status = "partial" }]
-- given.azure_storage_account = [{ name = "a", default_to_o_auth_authentication = true }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
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
       CASE WHEN s.default_to_o_auth_authentication THEN 'pass' ELSE 'fail' END AS verdict,
       CASE WHEN s.default_to_o_auth_authentication THEN 'the portal uses Entra identities by default'
            WHEN s.default_to_o_auth_authentication IS NULL THEN 'the setting is absent: the portal uses the account key by default'
            ELSE 'the portal uses the account key by default'
       END AS reason
FROM azure_storage_account AS s
