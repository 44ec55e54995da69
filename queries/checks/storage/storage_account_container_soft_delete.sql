-- title = "Soft delete for blob containers"
-- severity = "medium"
-- subject = "azure_storage_account"
-- tables = ["azure_storage_account", "azure_storage_blob_service"]
-- controls = [
--   "cis_azure_5_0_0:9.2.2", "cis_azure_6_0_0:9.2.2", "nist_800_53_r5:CP-9", "nist_800_53_r5:CP-10", "iso_27001_2022:A.8.10",
--   "soc_2:C1.1", "soc_2:C1.2", "soc_2:CC7.4", "soc_2:PI1.5", "mitre_attack:T1485",
-- ]
-- rationale = "A deleted container takes all its blobs with it, and soft delete of blobs does not bring it back: only that of containers does. Fewer than seven days leave little time to notice."
-- remediation = "az storage account blob-service-properties update --account-name NAME --resource-group GROUP --enable-container-delete-retention true --container-delete-retention-days 7"
-- references = ["https://learn.microsoft.com/azure/storage/blobs/soft-delete-container-overview"]
-- [[case]]
-- title = "on for 7 days"
-- given.azure_storage_account = [{ id = "/x/a", kind = "StorageV2" }]
-- given.azure_storage_blob_service = [
--   { name = "default", _parent_id = "/x/a", container_delete_retention_policy_enabled = true, container_delete_retention_policy_days = 7 },
-- ]
-- expect = { a = "pass" }
-- [[case]]
-- title = "off, though blobs are kept"
-- given.azure_storage_account = [{ id = "/x/a", kind = "StorageV2" }]
-- given.azure_storage_blob_service = [
--   { name = "default", _parent_id = "/x/a", container_delete_retention_policy_enabled = false, delete_retention_policy_enabled = true, delete_retention_policy_days = 7 },
-- ]
-- expect = { a = "fail" }
-- [[case]]
-- title = "no policy in the answer means off"
-- given.azure_storage_account = [{ id = "/x/a", kind = "StorageV2" }]
-- given.azure_storage_blob_service = [{ name = "default", _parent_id = "/x/a" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "one day passes, the reason names it; zero days fail; days absent is not known"
-- given.azure_storage_account = [{ id = "/x/a", kind = "StorageV2" }, { id = "/x/b", kind = "BlobStorage" }, { id = "/x/c", kind = "BlockBlobStorage" }]
-- given.azure_storage_blob_service = [
--   { name = "d1", _parent_id = "/x/a", container_delete_retention_policy_enabled = true, container_delete_retention_policy_days = 1 },
--   { name = "d2", _parent_id = "/x/b", container_delete_retention_policy_enabled = true, container_delete_retention_policy_days = 0 },
--   { name = "d3", _parent_id = "/x/c", container_delete_retention_policy_enabled = true },
-- ]
-- expect = { a = "pass", b = "fail", c = "unknown" }
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
-- given.azure_storage_blob_service = [
--   { name = "default", _parent_id = "/x/b", container_delete_retention_policy_enabled = true, container_delete_retention_policy_days = 7 },
-- ]
-- expect = { a = "unknown", b = "pass" }
-- [[case]]
-- title = "kind not readable"
-- given.azure_storage_account = [{ id = "/x/a", _gaps = ["kind"] }]
-- given.azure_storage_blob_service = [
--   { name = "default", _parent_id = "/x/a", container_delete_retention_policy_enabled = true, container_delete_retention_policy_days = 7 },
-- ]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "not readable in the blob service row: container_delete_retention_policy_enabled"
-- given.azure_storage_account = [{ id = "/x/a", kind = "StorageV2" }]
-- given.azure_storage_blob_service = [
--   { name = "default", _parent_id = "/x/a", container_delete_retention_policy_days = 7, _gaps = ["container_delete_retention_policy_enabled"] },
-- ]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "not readable in the blob service row: container_delete_retention_policy_days"
-- given.azure_storage_account = [{ id = "/x/a", kind = "StorageV2" }]
-- given.azure_storage_blob_service = [
--   { name = "default", _parent_id = "/x/a", container_delete_retention_policy_enabled = true, _gaps = ["container_delete_retention_policy_days"] },
-- ]
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
--   { name = "default", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.storage/storageaccounts/b", container_delete_retention_policy_enabled = true, container_delete_retention_policy_days = 7 },
-- ]
-- expect = { a = "unknown", b = "pass" }
SELECT s.id AS subject, s.id AS resource_id, s.subscription_id,
       CASE WHEN lower(s.kind) = 'filestorage' OR u.account_id IS NOT NULL THEN 'not_applicable'
            WHEN b.id IS NULL
              OR list_contains(b._gaps, 'container_delete_retention_policy_enabled')
              OR list_contains(b._gaps, 'container_delete_retention_policy_days') THEN NULL
            WHEN NOT coalesce(b.container_delete_retention_policy_enabled, FALSE) THEN 'fail'
            WHEN b.container_delete_retention_policy_days >= 1 THEN 'pass'
            WHEN b.container_delete_retention_policy_days < 1 THEN 'fail'
       END AS verdict,
       CASE WHEN lower(s.kind) = 'filestorage' THEN 'a file account holds no containers'
            WHEN u.account_id IS NOT NULL THEN 'the account cannot have a blob service'
            WHEN b.id IS NULL THEN 'the blob service of the account is not in the snapshot'
            WHEN list_contains(b._gaps, 'container_delete_retention_policy_enabled')
              OR list_contains(b._gaps, 'container_delete_retention_policy_days')
            THEN 'the soft-delete policy of containers could not be read'
            WHEN NOT coalesce(b.container_delete_retention_policy_enabled, FALSE) THEN 'soft delete of containers is off'
            WHEN b.container_delete_retention_policy_days IS NULL
            THEN 'soft delete of containers is on, the number of days is absent'
            WHEN b.container_delete_retention_policy_days BETWEEN 1 AND 6
            THEN 'soft delete of containers is on; days kept: ' || b.container_delete_retention_policy_days
                 || ', fewer than the 7 that are advised'
            ELSE 'soft delete of containers is on; days kept: ' || b.container_delete_retention_policy_days
       END AS reason,
       b.container_delete_retention_policy_days AS retention_days
FROM azure_storage_account AS s
LEFT JOIN azure_storage_blob_service AS b ON b._parent_id = s.id
LEFT JOIN storage_unsupported_service AS u ON u.account_id = s.id AND u.table_name = 'azure_storage_blob_service'
