-- title = "Storage double (infrastructure) encryption"
-- severity = "low"
-- subject = "azure_storage_account"
-- tables = ["azure_storage_account"]
-- controls = [
--   "cis_azure_2_0_0:3.2", "cis_azure_2_1_0:3.2", "cis_azure_3_0_0:4.2", "nist_800_53_r5:SC-28", "iso_27001_2022:A.8.5",
--   "iso_27001_2022:A.8.11", "iso_27001_2022:A.8.24", "pci_dss_4_0:3.5.1", "soc_2:CC6.7", "soc_2:CC7.5", "soc_2:PI1.4",
--   "soc_2:PI1.5", "mitre_attack:T1530",
-- ]
-- rationale = "Data is then encrypted twice, with two algorithms and two keys, so that one of them broken or leaked does not lay it open. It can be chosen only when the account is made; encryption scopes with a setting of their own are not judged here."
-- remediation = "Make a new account and move the data: az storage account create --name NAME --resource-group GROUP --sku Standard_GRS --require-infrastructure-encryption true. For single containers make an encryption scope: az storage account encryption-scope create --require-infrastructure-encryption true"
-- references = ["https://learn.microsoft.com/azure/storage/common/infrastructure-encryption-enable"]
-- [[case]]
-- title = "on"
-- given.azure_storage_account = [{ name = "a", encryption_require_infrastructure_encryption = true }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "off"
-- given.azure_storage_account = [{ name = "a", encryption_require_infrastructure_encryption = false }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "absent means off"
-- given.azure_storage_account = [{ name = "a" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "accounts are judged one by one, whatever their kind"
-- given.azure_storage_account = [
--   { name = "a", kind = "FileStorage", encryption_require_infrastructure_encryption = true },
--   { name = "b", kind = "BlobStorage" },
--   { name = "c", kind = "Storage", encryption_require_infrastructure_encryption = true },
-- ]
-- expect = { a = "pass", b = "fail", c = "pass" }
-- [[case]]
-- title = "not readable: the default may not be assumed"
-- given.azure_storage_account = [{ name = "a", _gaps = ["encryption_require_infrastructure_encryption"] }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "accounts partial"
-- ledger = [{ table = "azure_storage_account", subscription = "11111111-1111-4111-8111-111111111111", status = "partial" }]
-- given.azure_storage_account = [{ name = "a", encryption_require_infrastructure_encryption = true }]
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
       CASE WHEN s.encryption_require_infrastructure_encryption THEN 'pass' ELSE 'fail' END AS verdict,
       CASE WHEN s.encryption_require_infrastructure_encryption THEN 'data is encrypted a second time in the infrastructure'
            WHEN s.encryption_require_infrastructure_encryption IS NULL THEN 'the setting is absent: data is encrypted once only'
            ELSE 'data is encrypted once only'
       END AS reason
FROM azure_storage_account AS s
