-- title = "Storage requires secure transfer"
-- severity = "high"
-- subject = "azure_storage_account"
-- tables = ["azure_storage_account"]
-- controls = [
--   "cis_azure_2_0_0:3.1", "cis_azure_2_1_0:3.1", "cis_azure_3_0_0:4.1", "cis_azure_4_0_0:10.3.4", "cis_azure_5_0_0:9.3.4",
--   "cis_azure_6_0_0:9.3.4", "jupiterone_questions:storage_secure_transfer", "nist_800_53_r5:SC-8", "iso_27001_2022:A.8.12",
--   "iso_27001_2022:A.8.14", "iso_27001_2022:A.8.24", "pci_dss_4_0:4.2.1", "soc_2:CC6.2", "soc_2:CC6.7", "mitre_attack:T1040",
-- ]
-- rationale = "Without secure transfer the account answers plain HTTP and SMB without encryption, so that data and account keys can be read on the way."
-- remediation = "az storage account update --ids ID --https-only true. NFS file shares that rely on network-level security need the setting off: keep them in an account of their own and accept the finding there."
-- references = ["https://learn.microsoft.com/azure/storage/common/storage-require-secure-transfer"]
-- [[case]]
-- title = "required"
-- given.azure_storage_account = [{ name = "a", kind = "StorageV2", supports_https_traffic_only = true }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "not required"
-- given.azure_storage_account = [{ name = "a", kind = "StorageV2", supports_https_traffic_only = false }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "absent in the answer: the API always sends it, so nothing is known"
-- given.azure_storage_account = [{ name = "a", kind = "StorageV2" }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "a premium file account for NFS fails as well"
-- given.azure_storage_account = [{ name = "a", kind = "filestorage", supports_https_traffic_only = false }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "a premium file account that requires it passes"
-- given.azure_storage_account = [{ name = "a", kind = "FileStorage", supports_https_traffic_only = true }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "accounts are judged one by one"
-- given.azure_storage_account = [
--   { name = "a", supports_https_traffic_only = true },
--   { name = "b", supports_https_traffic_only = false },
--   { name = "c" },
-- ]
-- expect = { a = "pass", b = "fail", c = "unknown" }
-- [[case]]
-- title = "value not readable"
-- given.azure_storage_account = [{ name = "a", supports_https_traffic_only = true, _gaps = ["supports_https_traffic_only"] }]
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
-- [[case]]
-- title = "one subscription denied, the other judged"
-- ledger = [{ table = "azure_storage_account", subscription = "22222222-2222-4222-8222-222222222222", status = "denied" }]
-- given.azure_storage_account = [{ name = "a", supports_https_traffic_only = true }]
-- expect = { a = "pass", "/subscriptions/22222222-2222-4222-8222-222222222222" = "unknown" }
SELECT s.id AS subject, s.id AS resource_id, s.subscription_id,
       CASE WHEN s.supports_https_traffic_only THEN 'pass'
            WHEN NOT s.supports_https_traffic_only THEN 'fail'
       END AS verdict,
       CASE WHEN s.supports_https_traffic_only THEN 'secure transfer is required'
            WHEN NOT s.supports_https_traffic_only AND lower(s.kind) = 'filestorage'
            THEN 'secure transfer is not required; NFS shares on a premium file account need it off'
            WHEN NOT s.supports_https_traffic_only THEN 'secure transfer is not required'
            ELSE 'the answer does not say whether secure transfer is required'
       END AS reason,
       s.kind
FROM azure_storage_account AS s
