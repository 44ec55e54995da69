-- title = "Soft delete for blobs and containers"
-- severity = "medium"
-- subject = "azure_storage_account"
-- tables = ["azure_storage_account", "azure_storage_blob_service"]
-- controls = [
--   "cis_azure_2_0_0:3.11", "cis_azure_2_1_0:3.11", "cis_azure_3_0_0:4.10", "cis_azure_4_0_0:10.3.6", "nist_800_53_r5:CP-9",
--   "nist_800_53_r5:CP-10", "iso_27001_2022:A.8.10", "soc_2:C1.1", "soc_2:C1.2", "soc_2:CC7.4", "soc_2:PI1.5",
--   "mitre_attack:T1485",
-- ]
-- rationale = "Soft delete of blobs brings back single blobs, that of containers whole containers: with one of them off, a careless or hostile delete of the other kind is final. Fewer than seven days leave little time to notice."
-- remediation = "az storage account blob-service-properties update --account-name NAME --resource-group GROUP --enable-delete-retention true --delete-retention-days 7 --enable-container-delete-retention true --container-delete-retention-days 7"
-- references = ["https://learn.microsoft.com/azure/storage/blobs/soft-delete-blob-overview", "https://learn.microsoft.com/azure/storage/blobs/soft-delete-container-overview"]
-- [[case]]
-- title = "both on"
-- given.azure_storage_account = [{ id = "/x/a", kind = "StorageV2" }]
-- given.azure_storage_blob_service = [
--   { name = "default", _parent_id = "/x/a", delete_retention_policy_enabled = true, delete_retention_policy_days = 14, container_delete_retention_policy_enabled = true, container_delete_retention_policy_days = 7 },
-- ]
-- expect = { a = "pass" }
-- [[case]]
-- title = "only containers, then only blobs"
-- given.azure_storage_account = [{ id = "/x/a", kind = "StorageV2" }, { id = "/x/b", kind = "StorageV2" }]
-- given.azure_storage_blob_service = [
--   { name = "d1", _parent_id = "/x/a", delete_retention_policy_enabled = false, container_delete_retention_policy_enabled = true, container_delete_retention_policy_days = 7 },
--   { name = "d2", _parent_id = "/x/b", delete_retention_policy_enabled = true, delete_retention_policy_days = 7 },
-- ]
-- expect = { a = "fail", b = "fail" }
-- [[case]]
-- title = "no policy in the answer means off"
-- given.azure_storage_account = [{ id = "/x/a", kind = "StorageV2" }]
-- given.azure_storage_blob_service = [{ name = "default", _parent_id = "/x/a" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "one day each passes, zero days on either side fail"
-- given.azure_storage_account = [{ id = "/x/a", kind = "StorageV2" }, { id = "/x/b" }, { id = "/x/c" }]
-- given.azure_storage_blob_service = [
--   { name = "d1", _parent_id = "/x/a", delete_retention_policy_enabled = true, delete_retention_policy_days = 1, container_delete_retention_policy_enabled = true, container_delete_retention_policy_days = 1 },
--   { name = "d2", _parent_id = "/x/b", delete_retention_policy_enabled = true, delete_retention_policy_days = 0, container_delete_retention_policy_enabled = true, container_delete_retention_policy_days = 7 },
--   { name = "d3", _parent_id = "/x/c", delete_retention_policy_enabled = true, delete_retention_policy_days = 7, container_delete_retention_policy_enabled = true, container_delete_retention_policy_days = 0 },
-- ]
-- expect = { a = "pass", b = "fail", c = "fail" }
-- [[case]]
-- title = "on without a number of days"
-- given.azure_storage_account = [{ id = "/x/a", kind = "StorageV2" }, { id = "/x/b" }]
-- given.azure_storage_blob_service = [
--   { name = "d1", _parent_id = "/x/a", delete_retention_policy_enabled = true, container_delete_retention_policy_enabled = true, container_delete_retention_policy_days = 7 },
--   { name = "d2", _parent_id = "/x/b", delete_retention_policy_enabled = true, delete_retention_policy_days = 7, container_delete_retention_policy_enabled = true },
-- ]
-- expect = { a = "unknown", b = "unknown" }
-- [[case]]
-- title = "one side not readable, the other off: off is enough"
-- given.azure_storage_account = [{ id = "/x/a", kind = "StorageV2" }]
-- given.azure_storage_blob_service = [
--   { name = "default", _parent_id = "/x/a", container_delete_retention_policy_enabled = false, _gaps = ["delete_retention_policy_enabled"] },
-- ]
-- expect = { a = "fail" }
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
--   { name = "default", _parent_id = "/x/b", delete_retention_policy_enabled = true, delete_retention_policy_days = 14, container_delete_retention_policy_enabled = true, container_delete_retention_policy_days = 7 },
-- ]
-- expect = { a = "unknown", b = "pass" }
-- [[case]]
-- title = "kind not readable"
-- given.azure_storage_account = [{ id = "/x/a", _gaps = ["kind"] }]
-- given.azure_storage_blob_service = [
--   { name = "default", _parent_id = "/x/a", delete_retention_policy_enabled = true, delete_retention_policy_days = 14, container_delete_retention_policy_enabled = true, container_delete_retention_policy_days = 7 },
-- ]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "not readable in the blob service row: delete_retention_policy_enabled"
-- given.azure_storage_account = [{ id = "/x/a", kind = "StorageV2" }]
-- given.azure_storage_blob_service = [
--   { name = "default", _parent_id = "/x/a", delete_retention_policy_days = 14, container_delete_retention_policy_enabled = true, container_delete_retention_policy_days = 7, _gaps = ["delete_retention_policy_enabled"] },
-- ]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "not readable in the blob service row: delete_retention_policy_days"
-- given.azure_storage_account = [{ id = "/x/a", kind = "StorageV2" }]
-- given.azure_storage_blob_service = [
--   { name = "default", _parent_id = "/x/a", delete_retention_policy_enabled = true, container_delete_retention_policy_enabled = true, container_delete_retention_policy_days = 7, _gaps = ["delete_retention_policy_days"] },
-- ]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "not readable in the blob service row: container_delete_retention_policy_enabled"
-- given.azure_storage_account = [{ id = "/x/a", kind = "StorageV2" }]
-- given.azure_storage_blob_service = [
--   { name = "default", _parent_id = "/x/a", delete_retention_policy_enabled = true, delete_retention_policy_days = 14, container_delete_retention_policy_days = 7, _gaps = ["container_delete_retention_policy_enabled"] },
-- ]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "not readable in the blob service row: container_delete_retention_policy_days"
-- given.azure_storage_account = [{ id = "/x/a", kind = "StorageV2" }]
-- given.azure_storage_blob_service = [
--   { name = "default", _parent_id = "/x/a", delete_retention_policy_enabled = true, delete_retention_policy_days = 14, container_delete_retention_policy_enabled = true, _gaps = ["container_delete_retention_policy_days"] },
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
--   { name = "default", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.storage/storageaccounts/b", delete_retention_policy_enabled = true, delete_retention_policy_days = 14, container_delete_retention_policy_enabled = true, container_delete_retention_policy_days = 7 },
-- ]
-- expect = { a = "unknown", b = "pass" }
WITH policy AS (
    SELECT b._parent_id AS account_id,
           CASE WHEN list_contains(b._gaps, 'delete_retention_policy_enabled')
                  OR list_contains(b._gaps, 'delete_retention_policy_days') THEN NULL
                WHEN NOT coalesce(b.delete_retention_policy_enabled, FALSE) THEN 0
                ELSE b.delete_retention_policy_days
           END AS blob_days,
           CASE WHEN list_contains(b._gaps, 'container_delete_retention_policy_enabled')
                  OR list_contains(b._gaps, 'container_delete_retention_policy_days') THEN NULL
                WHEN NOT coalesce(b.container_delete_retention_policy_enabled, FALSE) THEN 0
                ELSE b.container_delete_retention_policy_days
           END AS container_days
    FROM azure_storage_blob_service AS b
)
SELECT s.id AS subject, s.id AS resource_id, s.subscription_id,
       CASE WHEN lower(s.kind) = 'filestorage' OR u.account_id IS NOT NULL THEN 'not_applicable'
            WHEN p.blob_days < 1 OR p.container_days < 1 THEN 'fail'
            WHEN p.blob_days >= 1 AND p.container_days >= 1 THEN 'pass'
       END AS verdict,
       CASE WHEN lower(s.kind) = 'filestorage' THEN 'a file account holds no blobs'
            WHEN u.account_id IS NOT NULL THEN 'the account cannot have a blob service'
            WHEN p.account_id IS NULL THEN 'the blob service of the account is not in the snapshot'
            ELSE 'soft delete of blobs: '
                 || CASE WHEN p.blob_days IS NULL THEN 'not readable, or the number of days is absent'
                         WHEN p.blob_days < 1 THEN 'off'
                         ELSE p.blob_days || ' days'
                    END
                 || ', of containers: '
                 || CASE WHEN p.container_days IS NULL THEN 'not readable, or the number of days is absent'
                         WHEN p.container_days < 1 THEN 'off'
                         ELSE p.container_days || ' days'
                    END
       END AS reason,
       p.blob_days AS blob_retention_days, p.container_days AS container_retention_days
FROM azure_storage_account AS s
LEFT JOIN policy AS p ON p.account_id = s.id
LEFT JOIN storage_unsupported_service AS u ON u.account_id = s.id AND u.table_name = 'azure_storage_blob_service'
