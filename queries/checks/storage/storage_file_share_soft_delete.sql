-- title = "Soft delete for file shares"
-- severity = "medium"
-- subject = "azure_storage_account"
-- tables = ["azure_storage_account", "azure_storage_file_service", "azure_storage_file_share"]
-- controls = [
--   "cis_azure_4_0_0:10.1.1", "cis_azure_5_0_0:9.1.1", "cis_azure_6_0_0:9.1.1", "nist_800_53_r5:CP-9", "nist_800_53_r5:CP-10",
--   "iso_27001_2022:A.8.13", "soc_2:A1.2",
-- ]
-- rationale = "Deleting a share deletes every file in it. With soft delete the share can be brought back for some days, whether a mistake or an intruder deleted it; files deleted one by one are not covered."
-- remediation = "az storage account file-service-properties update --account-name NAME --resource-group GROUP --enable-delete-retention true --delete-retention-days 14"
-- references = ["https://learn.microsoft.com/azure/storage/files/storage-files-prevent-file-share-deletion"]
-- [[case]]
-- title = "on for 7 days"
-- given.azure_storage_account = [{ id = "/x/a", kind = "StorageV2", sku_name = "Standard_LRS" }]
-- given.azure_storage_file_service = [{ name = "default", _parent_id = "/x/a", share_delete_retention_policy_enabled = true, share_delete_retention_policy_days = 7 }]
-- given.azure_storage_file_share = [{ name = "s1", _parent_id = "/x/a" }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "off"
-- given.azure_storage_account = [{ id = "/x/a", kind = "StorageV2", sku_name = "Standard_LRS" }]
-- given.azure_storage_file_service = [{ name = "default", _parent_id = "/x/a", share_delete_retention_policy_enabled = false, share_delete_retention_policy_days = 7 }]
-- given.azure_storage_file_share = [{ name = "s1", _parent_id = "/x/a" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "no policy in the answer means off"
-- given.azure_storage_account = [{ id = "/x/a", kind = "StorageV2", sku_name = "Standard_LRS" }]
-- given.azure_storage_file_service = [{ name = "default", _parent_id = "/x/a" }]
-- given.azure_storage_file_share = [{ name = "s1", _parent_id = "/x/a" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "1 and 365 days pass, 0 and 366 fail"
-- given.azure_storage_account = [
--   { id = "/x/a", kind = "StorageV2", sku_name = "Standard_LRS" },
--   { id = "/x/b", kind = "StorageV2", sku_name = "Standard_LRS" },
--   { id = "/x/c", kind = "StorageV2", sku_name = "Standard_LRS" },
--   { id = "/x/d", kind = "StorageV2", sku_name = "Standard_LRS" },
-- ]
-- given.azure_storage_file_service = [
--   { name = "d0", _parent_id = "/x/a", share_delete_retention_policy_enabled = true, share_delete_retention_policy_days = 1 },
--   { name = "d1", _parent_id = "/x/b", share_delete_retention_policy_enabled = true, share_delete_retention_policy_days = 365 },
--   { name = "d2", _parent_id = "/x/c", share_delete_retention_policy_enabled = true, share_delete_retention_policy_days = 0 },
--   { name = "d3", _parent_id = "/x/d", share_delete_retention_policy_enabled = true, share_delete_retention_policy_days = 366 },
-- ]
-- given.azure_storage_file_share = [
--   { name = "sa", _parent_id = "/x/a" },
--   { name = "sb", _parent_id = "/x/b" },
--   { name = "sc", _parent_id = "/x/c" },
--   { name = "sd", _parent_id = "/x/d" },
-- ]
-- expect = { a = "pass", b = "pass", c = "fail", d = "fail" }
-- [[case]]
-- title = "on without a number of days"
-- given.azure_storage_account = [{ id = "/x/a", kind = "StorageV2", sku_name = "Standard_LRS" }]
-- given.azure_storage_file_service = [{ name = "default", _parent_id = "/x/a", share_delete_retention_policy_enabled = true }]
-- given.azure_storage_file_share = [{ name = "s1", _parent_id = "/x/a" }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "no share, or deleted ones only"
-- given.azure_storage_account = [{ id = "/x/a", kind = "StorageV2", sku_name = "Standard_LRS" }, { id = "/x/b", kind = "StorageV2", sku_name = "Standard_LRS" }]
-- given.azure_storage_file_service = [
--   { name = "d1", _parent_id = "/x/a", share_delete_retention_policy_enabled = false },
--   { name = "d2", _parent_id = "/x/b", share_delete_retention_policy_enabled = true, share_delete_retention_policy_days = 7 },
-- ]
-- given.azure_storage_file_share = [{ name = "s", _parent_id = "/x/b", deleted = true }]
-- expect = { a = "not_applicable", b = "not_applicable" }
-- [[case]]
-- title = "kinds and tiers without file shares"
-- given.azure_storage_account = [
--   { id = "/x/a", kind = "BlobStorage" },
--   { id = "/x/b", kind = "blockblobstorage" },
--   { id = "/x/c", kind = "StorageV2", sku_name = "Premium_LRS" },
-- ]
-- expect = { a = "not_applicable", b = "not_applicable", c = "not_applicable" }
-- [[case]]
-- title = "a premium file account is judged"
-- given.azure_storage_account = [{ id = "/x/a", kind = "FileStorage", sku_name = "Premium_LRS" }]
-- given.azure_storage_file_service = [{ name = "default", _parent_id = "/x/a", share_delete_retention_policy_enabled = false }]
-- given.azure_storage_file_share = [{ name = "s1", _parent_id = "/x/a" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "Azure said that the account cannot have a file service"
-- ledger = [{ table = "azure_storage_file_service", parent = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.storage/storageaccounts/a", status = "unsupported" }]
-- given.azure_storage_account = [{ name = "a", kind = "StorageV2" }]
-- expect = { a = "not_applicable" }
-- [[case]]
-- title = "file service row missing, with a share and without"
-- given.azure_storage_account = [{ id = "/x/a", kind = "StorageV2", sku_name = "Standard_LRS" }, { id = "/x/b", kind = "StorageV2", sku_name = "Standard_LRS" }]
-- given.azure_storage_file_share = [{ name = "s1", _parent_id = "/x/a" }]
-- expect = { a = "unknown", b = "not_applicable" }
-- [[case]]
-- title = "policy not readable: the switch, the days"
-- given.azure_storage_account = [{ id = "/x/a", kind = "StorageV2", sku_name = "Standard_LRS" }, { id = "/x/b", kind = "StorageV2", sku_name = "Standard_LRS" }]
-- given.azure_storage_file_service = [
--   { name = "d1", _parent_id = "/x/a", share_delete_retention_policy_days = 7, _gaps = ["share_delete_retention_policy_enabled"] },
--   { name = "d2", _parent_id = "/x/b", share_delete_retention_policy_enabled = true, _gaps = ["share_delete_retention_policy_days"] },
-- ]
-- given.azure_storage_file_share = [{ name = "s1", _parent_id = "/x/a" }, { name = "s2", _parent_id = "/x/b" }]
-- expect = { a = "unknown", b = "unknown" }
-- [[case]]
-- title = "kind not readable"
-- given.azure_storage_account = [{ id = "/x/a", _gaps = ["kind"] }]
-- given.azure_storage_file_service = [{ name = "default", _parent_id = "/x/a", share_delete_retention_policy_enabled = true, share_delete_retention_policy_days = 7 }]
-- given.azure_storage_file_share = [{ name = "s1", _parent_id = "/x/a" }]
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
-- title = "file services denied"
-- ledger = [{ table = "azure_storage_file_service", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_storage_account = [{ id = "/x/a", kind = "StorageV2", sku_name = "Standard_LRS" }]
-- given.azure_storage_file_share = [{ name = "s1", _parent_id = "/x/a" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "file shares denied"
-- ledger = [{ table = "azure_storage_file_share", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_storage_account = [{ id = "/x/a", kind = "StorageV2", sku_name = "Standard_LRS" }]
-- given.azure_storage_file_service = [{ name = "default", _parent_id = "/x/a", share_delete_retention_policy_enabled = true, share_delete_retention_policy_days = 7 }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "shares of one account denied"
-- ledger = [{ table = "azure_storage_file_share", parent = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.storage/storageaccounts/a", status = "denied" }]
-- given.azure_storage_account = [{ name = "a" }, { name = "b" }]
-- given.azure_storage_file_service = [
--   { name = "d1", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.storage/storageaccounts/a", share_delete_retention_policy_enabled = true, share_delete_retention_policy_days = 7 },
--   { name = "d2", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.storage/storageaccounts/b", share_delete_retention_policy_enabled = true, share_delete_retention_policy_days = 7 },
-- ]
-- given.azure_storage_file_share = [
--   { name = "s", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.storage/storageaccounts/b" },
-- ]
-- expect = { a = "unknown", b = "pass" }
WITH account AS (
    SELECT s.id, s.subscription_id,
           coalesce(lower(s.kind) IN ('blobstorage', 'blockblobstorage')
                    OR (lower(s.sku_name) LIKE 'premium%' AND lower(s.kind) IN ('storagev2', 'storage')), FALSE) AS has_none
    FROM azure_storage_account AS s
),
share AS (
    SELECT h._parent_id AS account_id, count(*) AS n_shares
    FROM azure_storage_file_share AS h
    WHERE NOT coalesce(h.deleted, FALSE)
    GROUP BY h._parent_id
)
SELECT a.id AS subject, a.id AS resource_id, a.subscription_id,
       CASE WHEN a.has_none OR u.account_id IS NOT NULL OR h.account_id IS NULL THEN 'not_applicable'
            WHEN f.id IS NULL
              OR list_contains(f._gaps, 'share_delete_retention_policy_enabled')
              OR list_contains(f._gaps, 'share_delete_retention_policy_days') THEN NULL
            WHEN NOT coalesce(f.share_delete_retention_policy_enabled, FALSE) THEN 'fail'
            WHEN f.share_delete_retention_policy_days BETWEEN 1 AND 365 THEN 'pass'
            WHEN f.share_delete_retention_policy_days IS NOT NULL THEN 'fail'
       END AS verdict,
       CASE WHEN a.has_none THEN 'an account of this kind or tier has no file shares'
            WHEN u.account_id IS NOT NULL THEN 'the account cannot have a file service'
            WHEN h.account_id IS NULL THEN 'the account has no file share'
            WHEN f.id IS NULL THEN 'the file service of the account is not in the snapshot'
            WHEN list_contains(f._gaps, 'share_delete_retention_policy_enabled')
              OR list_contains(f._gaps, 'share_delete_retention_policy_days') THEN 'the soft-delete policy of shares could not be read'
            WHEN NOT coalesce(f.share_delete_retention_policy_enabled, FALSE) THEN 'soft delete of shares is off'
            WHEN f.share_delete_retention_policy_days IS NULL THEN 'soft delete of shares is on, the number of days is absent'
            ELSE 'soft delete of shares is on; days kept: ' || f.share_delete_retention_policy_days
       END AS reason,
       h.n_shares AS file_shares, f.share_delete_retention_policy_days AS retention_days
FROM account AS a
LEFT JOIN share AS h ON h.account_id = a.id
LEFT JOIN azure_storage_file_service AS f ON f._parent_id = a.id
LEFT JOIN storage_unsupported_service AS u ON u.account_id = a.id AND u.table_name = 'azure_storage_file_service'
