-- title = "Blob versioning on"
-- severity = "low"
-- subject = "azure_storage_account"
-- tables = ["azure_storage_account", "azure_storage_blob_service"]
-- controls = [
--   "cis_azure_4_0_0:10.2.2", "cis_azure_5_0_0:9.2.3", "cis_azure_6_0_0:9.2.3", "nist_800_53_r5:CP-9", "nist_800_53_r5:CP-10",
--   "iso_27001_2022:A.8.13", "soc_2:A1.2",
-- ]
-- rationale = "Without versions a write replaces what was there for good, be it a mistake or the work of ransomware. With them each write leaves the state before, which can be made current again."
-- remediation = "az storage account blob-service-properties update --account-name NAME --resource-group GROUP --enable-versioning true; add a lifecycle rule that removes old versions. An account of kind Storage is upgraded first: az storage account update --name NAME --resource-group GROUP --set kind=StorageV2 --access-tier Hot"
-- references = ["https://learn.microsoft.com/azure/storage/blobs/versioning-overview"]
-- [[case]]
-- title = "on"
-- given.azure_storage_account = [{ id = "/x/a", kind = "StorageV2" }]
-- given.azure_storage_blob_service = [{ name = "default", _parent_id = "/x/a", is_versioning_enabled = true }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "off, and absent, which means off"
-- given.azure_storage_account = [{ id = "/x/a", kind = "StorageV2" }, { id = "/x/b", kind = "BlobStorage", is_hns_enabled = false }]
-- given.azure_storage_blob_service = [{ name = "d1", _parent_id = "/x/a", is_versioning_enabled = false }, { name = "d2", _parent_id = "/x/b" }]
-- expect = { a = "fail", b = "fail" }
-- [[case]]
-- title = "a data lake cannot keep versions"
-- given.azure_storage_account = [{ id = "/x/a", kind = "StorageV2", is_hns_enabled = true }]
-- given.azure_storage_blob_service = [{ name = "default", _parent_id = "/x/a", is_versioning_enabled = false }]
-- expect = { a = "not_applicable" }
-- [[case]]
-- title = "premium: block blobs can keep versions, page blobs cannot"
-- given.azure_storage_account = [
--   { id = "/x/a", kind = "BlockBlobStorage", sku_name = "Premium_LRS" },
--   { id = "/x/b", kind = "StorageV2", sku_name = "Premium_LRS" },
--   { id = "/x/c", kind = "Storage", sku_name = "premium_lrs" },
-- ]
-- given.azure_storage_blob_service = [{ name = "d1", _parent_id = "/x/a" }, { name = "d2", _parent_id = "/x/b" }, { name = "d3", _parent_id = "/x/c" }]
-- expect = { a = "fail", b = "not_applicable", c = "not_applicable" }
-- [[case]]
-- title = "an account of the first generation fails: the upgrade is open to it"
-- given.azure_storage_account = [{ id = "/x/a", kind = "Storage", sku_name = "Standard_LRS" }]
-- given.azure_storage_blob_service = [{ name = "default", _parent_id = "/x/a" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "data lake or not could not be read"
-- given.azure_storage_account = [{ id = "/x/a", kind = "StorageV2", _gaps = ["is_hns_enabled"] }]
-- given.azure_storage_blob_service = [{ name = "default", _parent_id = "/x/a", is_versioning_enabled = false }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "a file account has no containers, in any letter case"
-- given.azure_storage_account = [{ id = "/x/a", kind = "FileStorage" }, { id = "/x/b", kind = "filestorage" }]
-- expect = { a = "not_applicable", b = "not_applicable" }
-- [[case]]
-- title = "Azure said that the account cannot have a blob service"
-- ledger = [{ table = "azure_storage_blob_service", parent = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.storage/storageaccounts/a", status = "unsupported" }]
-- given.azure_storage_account = [{ name = "a", kind = "StorageV3" }]
-- expect = { a = "not_applicable" }
-- [[case]]
-- title = "blob service row missing"
-- given.azure_storage_account = [{ id = "/x/a", kind = "StorageV2" }, { id = "/x/b" }]
-- given.azure_storage_blob_service = [{ name = "default", _parent_id = "/x/b", is_versioning_enabled = true }]
-- expect = { a = "unknown", b = "pass" }
-- [[case]]
-- title = "kind not readable"
-- given.azure_storage_account = [{ id = "/x/a", _gaps = ["kind"] }]
-- given.azure_storage_blob_service = [{ name = "default", _parent_id = "/x/a", is_versioning_enabled = true }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "not readable in the blob service row: is_versioning_enabled"
-- given.azure_storage_account = [{ id = "/x/a", kind = "StorageV2" }]
-- given.azure_storage_blob_service = [{ name = "default", _parent_id = "/x/a", _gaps = ["is_versioning_enabled"] }]
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
-- [[case]]
-- title = "blob services denied"
-- ledger = [{ table = "azure_storage_blob_service", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_storage_account = [{ id = "/x/a", kind = "StorageV2" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "blob service of one account denied"
-- ledger = [{ table = "azure_storage_blob_service", parent = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.storage/storageaccounts/a", status = "denied" }]
-- given.azure_storage_account = [{ name = "a" }, { name = "b" }]
-- given.azure_storage_blob_service = [
--   { name = "default", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.storage/storageaccounts/b", is_versioning_enabled = true },
-- ]
-- expect = { a = "unknown", b = "pass" }
WITH account AS (
    SELECT s.id, s.subscription_id, lower(s.kind) = 'filestorage' AS is_file,
           s.is_hns_enabled,
           lower(s.kind) IN ('storagev2', 'storage') AND lower(s.sku_name) LIKE 'premium%' AS is_page_blob,
           s.kind, s.sku_name
    FROM azure_storage_account AS s
)
SELECT s.id AS subject, s.id AS resource_id, s.subscription_id,
       CASE WHEN s.is_file OR u.account_id IS NOT NULL THEN 'not_applicable'
            WHEN b.id IS NULL OR list_contains(b._gaps, 'is_versioning_enabled') THEN NULL
            WHEN b.is_versioning_enabled THEN 'pass'
            WHEN s.is_hns_enabled OR s.is_page_blob THEN 'not_applicable'
            ELSE 'fail'
       END AS verdict,
       CASE WHEN s.is_file THEN 'a file account holds no blobs'
            WHEN u.account_id IS NOT NULL THEN 'the account cannot have a blob service'
            WHEN b.id IS NULL THEN 'the blob service of the account is not in the snapshot'
            WHEN list_contains(b._gaps, 'is_versioning_enabled') THEN 'whether versions are kept could not be read'
            WHEN b.is_versioning_enabled THEN 'versioning is on'
            WHEN s.is_hns_enabled THEN 'versioning is off; an account with a hierarchical namespace cannot have it'
            WHEN s.is_page_blob THEN 'versioning is off; a premium account for page blobs cannot have it'
            WHEN lower(s.kind) = 'storage' THEN 'versioning is off; an account of kind Storage has to be upgraded to StorageV2 first'
            ELSE 'versioning is off'
       END AS reason,
       s.kind, s.sku_name
FROM account AS s
LEFT JOIN azure_storage_blob_service AS b ON b._parent_id = s.id
LEFT JOIN storage_unsupported_service AS u ON u.account_id = s.id AND u.table_name = 'azure_storage_blob_service'
