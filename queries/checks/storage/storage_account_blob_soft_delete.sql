-- title = "Soft delete for blobs"
-- severity = "medium"
-- subject = "azure_storage_account"
-- tables = ["azure_storage_account", "azure_storage_blob_service"]
-- controls = [
--   "cis_azure_4_0_0:10.2.1", "cis_azure_5_0_0:9.2.1", "cis_azure_6_0_0:9.2.1", "jupiterone_questions:storage_blob_soft_delete",
--   "nist_800_53_r5:CP-9", "nist_800_53_r5:CP-10", "iso_27001_2022:A.8.10", "soc_2:C1.1", "soc_2:C1.2", "soc_2:CC7.4",
--   "soc_2:PI1.5", "mitre_attack:T1485",
-- ]
-- rationale = "A blob deleted or overwritten by mistake or by malice can be brought back only while it is kept. Fewer than seven days leave little time to notice."
-- remediation = "az storage account blob-service-properties update --account-name NAME --resource-group GROUP --enable-delete-retention true --delete-retention-days 14"
-- references = ["https://learn.microsoft.com/azure/storage/blobs/soft-delete-blob-overview"]
-- [[case]]
-- title = "on for 14 days"
-- given.azure_storage_account = [{ id = "/x/a", kind = "StorageV2" }]
-- given.azure_storage_blob_service = [{ name = "default", _parent_id = "/x/a", delete_retention_policy_enabled = true, delete_retention_policy_days = 14 }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "Azure said that the account cannot have a blob service"
-- ledger = [{ table = "azure_storage_blob_service", parent = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.storage/storageaccounts/a", status = "unsupported" }]
-- given.azure_storage_account = [{ name = "a", kind = "StorageV3" }]
-- expect = { a = "not_applicable" }
-- [[case]]
-- title = "off"
-- given.azure_storage_account = [{ id = "/x/a", kind = "StorageV2" }]
-- given.azure_storage_blob_service = [{ name = "default", _parent_id = "/x/a", delete_retention_policy_enabled = false }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "no policy in the answer means off"
-- given.azure_storage_account = [{ id = "/x/a", kind = "StorageV2" }]
-- given.azure_storage_blob_service = [{ name = "default", _parent_id = "/x/a" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "one day passes, the reason names it; zero days fail"
-- given.azure_storage_account = [{ id = "/x/a", kind = "StorageV2" }, { id = "/x/b", kind = "BlobStorage" }]
-- given.azure_storage_blob_service = [
--   { name = "d1", _parent_id = "/x/a", delete_retention_policy_enabled = true, delete_retention_policy_days = 1 },
--   { name = "d2", _parent_id = "/x/b", delete_retention_policy_enabled = true, delete_retention_policy_days = 0 },
-- ]
-- expect = { a = "pass", b = "fail" }
-- [[case]]
-- title = "on without a number of days"
-- given.azure_storage_account = [{ id = "/x/a", kind = "StorageV2" }]
-- given.azure_storage_blob_service = [{ name = "default", _parent_id = "/x/a", delete_retention_policy_enabled = true }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "a file account has no blobs"
-- given.azure_storage_account = [{ id = "/x/a", kind = "FileStorage" }, { id = "/x/b", kind = "filestorage" }]
-- expect = { a = "not_applicable", b = "not_applicable" }
-- [[case]]
-- title = "blob service row missing"
-- given.azure_storage_account = [{ id = "/x/a", kind = "StorageV2" }, { id = "/x/b", kind = "StorageV2" }]
-- given.azure_storage_blob_service = [{ name = "default", _parent_id = "/x/b", delete_retention_policy_enabled = true, delete_retention_policy_days = 7 }]
-- expect = { a = "unknown", b = "pass" }
-- [[case]]
-- title = "kind absent: judged by the blob service"
-- given.azure_storage_account = [{ id = "/x/a" }]
-- given.azure_storage_blob_service = [{ name = "default", _parent_id = "/x/a", delete_retention_policy_enabled = true, delete_retention_policy_days = 7 }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "kind not readable"
-- given.azure_storage_account = [{ id = "/x/a", _gaps = ["kind"] }]
-- given.azure_storage_blob_service = [{ name = "default", _parent_id = "/x/a", delete_retention_policy_enabled = true, delete_retention_policy_days = 7 }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "policy not readable in the blob service row"
-- given.azure_storage_account = [{ id = "/x/a", kind = "StorageV2" }]
-- given.azure_storage_blob_service = [{ name = "default", _parent_id = "/x/a", delete_retention_policy_days = 7, _gaps = ["delete_retention_policy_enabled"] }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "no account"
-- given.azure_storage_account = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "blob services denied"
-- ledger = [{ table = "azure_storage_blob_service", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_storage_account = [{ id = "/x/a", kind = "StorageV2" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
SELECT s.id AS subject, s.id AS resource_id, s.subscription_id,
       CASE WHEN lower(s.kind) = 'filestorage' OR u.account_id IS NOT NULL THEN 'not_applicable'
            WHEN b.id IS NULL
              OR list_contains(b._gaps, 'delete_retention_policy_enabled')
              OR list_contains(b._gaps, 'delete_retention_policy_days') THEN NULL
            WHEN NOT coalesce(b.delete_retention_policy_enabled, FALSE) THEN 'fail'
            WHEN b.delete_retention_policy_days >= 1 THEN 'pass'
            WHEN b.delete_retention_policy_days < 1 THEN 'fail'
       END AS verdict,
       CASE WHEN lower(s.kind) = 'filestorage' THEN 'a premium file account holds no blobs'
            WHEN u.account_id IS NOT NULL THEN 'the account cannot have a blob service'
            WHEN b.id IS NULL THEN 'the blob service of the account is not in the snapshot'
            WHEN list_contains(b._gaps, 'delete_retention_policy_enabled')
              OR list_contains(b._gaps, 'delete_retention_policy_days') THEN 'the soft-delete policy could not be read'
            WHEN NOT coalesce(b.delete_retention_policy_enabled, FALSE) THEN 'soft delete is off'
            WHEN b.delete_retention_policy_days IS NULL THEN 'soft delete is on, the number of days is absent'
            WHEN b.delete_retention_policy_days BETWEEN 1 AND 6
            THEN 'soft delete is on; days kept: ' || b.delete_retention_policy_days || ', fewer than the 7 that are advised'
            ELSE 'soft delete is on; days kept: ' || b.delete_retention_policy_days
       END
         || CASE WHEN b.delete_retention_policy_enabled AND b.delete_retention_policy_allow_permanent_delete
                   AND NOT coalesce(list_contains(b._gaps, 'delete_retention_policy_allow_permanent_delete'), FALSE)
                 THEN '; warning: the account permits what is kept to be deleted for good before that' ELSE '' END AS reason,
       b.delete_retention_policy_days AS retention_days
FROM azure_storage_account AS s
LEFT JOIN azure_storage_blob_service AS b ON b._parent_id = s.id
LEFT JOIN storage_unsupported_service AS u ON u.account_id = s.id AND u.table_name = 'azure_storage_blob_service'
