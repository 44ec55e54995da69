-- title = "Cross-tenant object replication off"
-- severity = "high"
-- subject = "azure_storage_account"
-- tables = ["azure_storage_account"]
-- controls = [
--   "cis_azure_2_1_0:3.16", "cis_azure_3_0_0:4.16", "cis_azure_4_0_0:10.3.8", "cis_azure_5_0_0:9.3.7", "cis_azure_6_0_0:9.3.7",
--   "nist_800_53_r5:AC-4", "nist_800_53_r5:SC-7", "iso_27001_2022:A.8.20", "iso_27001_2022:A.8.22", "pci_dss_4_0:1.3.1",
--   "pci_dss_4_0:1.4.2", "soc_2:CC6.6",
-- ]
-- rationale = "Who may write replication policies can copy new blobs into an account of another tenant, silently and for as long as the policy stays. Accounts made before mid December 2023 permit that until told otherwise."
-- remediation = "az storage account update --name NAME --resource-group GROUP --allow-cross-tenant-replication false, after removing the policies that cross tenants: az storage account or-policy list --account-name NAME --resource-group GROUP"
-- references = ["https://learn.microsoft.com/azure/storage/blobs/object-replication-prevent-cross-tenant-policies"]
-- [[case]]
-- title = "forbidden, also in an old account"
-- given.azure_storage_account = [{ name = "a", allow_cross_tenant_replication = false, creation_time = "2020-01-01T00:00:00Z" }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "permitted, also in a new account"
-- given.azure_storage_account = [{ name = "a", allow_cross_tenant_replication = true, creation_time = "2026-01-01T00:00:00Z" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "never set in a new account: forbidden"
-- given.azure_storage_account = [{ name = "a", creation_time = "2024-01-10T00:00:00Z" }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "never set in an old account: permitted"
-- given.azure_storage_account = [{ name = "a", creation_time = "2023-12-14T23:59:59Z" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "never set, made on the day the default changed; the day after"
-- given.azure_storage_account = [{ name = "a", creation_time = "2023-12-15T12:00:00Z" }, { name = "b", creation_time = "2023-12-16T00:00:00Z" }]
-- expect = { a = "unknown", b = "pass" }
-- [[case]]
-- title = "never set, no time of creation"
-- given.azure_storage_account = [{ name = "a" }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "not readable: the switch, then the time of creation"
-- given.azure_storage_account = [
--   { name = "a", creation_time = "2024-01-10T00:00:00Z", _gaps = ["allow_cross_tenant_replication"] },
--   { name = "b", _gaps = ["creation_time"] },
-- ]
-- expect = { a = "unknown", b = "unknown" }
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
       CASE WHEN NOT s.allow_cross_tenant_replication THEN 'pass'
            WHEN s.allow_cross_tenant_replication THEN 'fail'
            WHEN s.creation_time >= TIMESTAMP '2023-12-16 00:00:00' THEN 'pass'
            WHEN s.creation_time < TIMESTAMP '2023-12-15 00:00:00' THEN 'fail'
       END AS verdict,
       CASE WHEN NOT s.allow_cross_tenant_replication THEN 'replication to other tenants is forbidden'
            WHEN s.allow_cross_tenant_replication THEN 'replication to other tenants is permitted'
            WHEN s.creation_time IS NULL THEN 'the switch was never set, and when the account was made is not given'
            WHEN s.creation_time >= TIMESTAMP '2023-12-16 00:00:00'
            THEN 'the switch was never set; the account was made on ' || CAST(CAST(s.creation_time AS DATE) AS VARCHAR)
                 || ', when the default was to forbid'
            WHEN s.creation_time < TIMESTAMP '2023-12-15 00:00:00'
            THEN 'the switch was never set; the account was made on ' || CAST(CAST(s.creation_time AS DATE) AS VARCHAR)
                 || ', when the default was to permit'
            ELSE 'the switch was never set; the account was made on 2023-12-15, the day the default changed'
       END AS reason,
       s.creation_time
FROM azure_storage_account AS s
