-- title = "Classic blob logging of storage accounts"
-- severity = "low"
-- subject = "azure_storage_account"
-- tables = ["azure_storage_account", "azure_storage_blob_logging"]
-- controls = ["jupiterone_questions:storage_blob_classic_logging"]
-- rationale = "Shows which accounts still record reads, writes and deletes of blobs in the classic way, in the container $logs. Diagnostic settings of the blob service do this today, so a fail here is no lack where they are set: see storage_blob_logging. The question called accounts bad that have no blobs or whose firewall kept the reader out."
-- remediation = "Prefer a diagnostic setting of blobServices/default; classic: az storage logging update --services b --log rwd --retention 90 --account-name NAME"
-- references = ["https://learn.microsoft.com/azure/storage/common/storage-analytics-logging"]
-- [[case]]
-- title = "all three"
-- given.azure_storage_account = [{ id = "/x/a", kind = "StorageV2" }]
-- given.azure_storage_blob_logging = [{ name = "l", _parent_id = "/x/a", logging_read = true, logging_write = true, logging_delete = true }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "one of them off, one of them absent, all off"
-- given.azure_storage_account = [{ id = "/x/a", kind = "StorageV2" }, { id = "/x/b", kind = "StorageV2" }, { id = "/x/c", kind = "StorageV2" }]
-- given.azure_storage_blob_logging = [
--   { name = "l1", _parent_id = "/x/a", logging_read = true, logging_write = true, logging_delete = false },
--   { name = "l2", _parent_id = "/x/b", logging_read = true, logging_write = true },
--   { name = "l3", _parent_id = "/x/c", logging_read = false, logging_write = false, logging_delete = false },
-- ]
-- expect = { a = "fail", b = "fail", c = "fail" }
-- [[case]]
-- title = "accounts without blobs"
-- given.azure_storage_account = [{ id = "/x/a", kind = "FileStorage" }]
-- expect = { a = "not_applicable" }
-- [[case]]
-- title = "settings not in the snapshot"
-- given.azure_storage_account = [{ id = "/x/a", kind = "StorageV2" }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "one switch not readable: another that is off decides"
-- given.azure_storage_account = [{ id = "/x/a", kind = "StorageV2" }, { id = "/x/b", kind = "StorageV2" }]
-- given.azure_storage_blob_logging = [
--   { name = "l1", _parent_id = "/x/a", logging_read = true, logging_write = true, _gaps = ["logging_delete"] },
--   { name = "l2", _parent_id = "/x/b", logging_read = false, logging_write = true, _gaps = ["logging_delete"] },
-- ]
-- expect = { a = "unknown", b = "fail" }
-- [[case]]
-- title = "a firewall keeps the reader out of one account; another has no such service"
-- ledger = [
--   { table = "azure_storage_blob_logging", parent = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.storage/storageaccounts/a", status = "denied" },
--   { table = "azure_storage_blob_logging", parent = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.storage/storageaccounts/c", status = "unsupported" },
-- ]
-- given.azure_storage_account = [{ name = "a", kind = "StorageV2" }, { name = "b", kind = "StorageV2" }, { name = "c", kind = "StorageV2" }]
-- given.azure_storage_blob_logging = [{ name = "l", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.storage/storageaccounts/b", logging_read = true, logging_write = true, logging_delete = true }]
-- expect = { a = "unknown", b = "pass", c = "not_applicable" }
-- [[case]]
-- title = "no account"
-- given.azure_storage_account = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "settings denied"
-- ledger = [{ table = "azure_storage_blob_logging", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_storage_account = [{ id = "/x/a", kind = "StorageV2" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
WITH unsupported AS (
    SELECT DISTINCT rtrim(lower(l.parent_id), '/') AS account_id
    FROM azure_ledger AS l
    WHERE lower(l.status) = 'unsupported' AND l.parent_id IS NOT NULL AND l.table_name = 'azure_storage_blob_logging'
),
account AS (
    SELECT s.id, s.subscription_id, s.kind,
           u.account_id IS NOT NULL OR coalesce(lower(s.kind) = 'filestorage', FALSE) AS has_none
    FROM azure_storage_account AS s
    LEFT JOIN unsupported AS u ON u.account_id = s.id
),
logging AS (
    SELECT l.*,
           coalesce(list_contains(l._gaps, 'logging_read'), FALSE) AS read_gap, coalesce(list_contains(l._gaps, 'logging_write'), FALSE) AS write_gap,
           coalesce(list_contains(l._gaps, 'logging_delete'), FALSE) AS delete_gap
    FROM azure_storage_blob_logging AS l
)
SELECT s.id AS subject, s.id AS resource_id, s.subscription_id,
       CASE WHEN s.has_none THEN 'not_applicable'
            WHEN l.id IS NULL THEN NULL
            WHEN l.logging_read AND l.logging_write AND l.logging_delete THEN 'pass'
            WHEN (NOT l.read_gap AND NOT coalesce(l.logging_read, FALSE)) OR (NOT l.write_gap AND NOT coalesce(l.logging_write, FALSE))
              OR (NOT l.delete_gap AND NOT coalesce(l.logging_delete, FALSE)) THEN 'fail'
       END AS verdict,
       CASE WHEN s.has_none THEN 'a file account holds no blobs'
            WHEN l.id IS NULL THEN 'the settings of the blob service are not in the snapshot'
            ELSE 'classic logging: read ' || CASE WHEN l.read_gap THEN 'not readable' WHEN l.logging_read THEN 'on' ELSE 'off' END
              || ', write ' || CASE WHEN l.write_gap THEN 'not readable' WHEN l.logging_write THEN 'on' ELSE 'off' END
              || ', delete ' || CASE WHEN l.delete_gap THEN 'not readable' WHEN l.logging_delete THEN 'on' ELSE 'off' END
       END AS reason,
       s.kind, l.logging_version, l.logging_retention_policy_enabled AS retention_on, l.logging_retention_policy_days AS retention_days
FROM account AS s
LEFT JOIN logging AS l ON l._parent_id = s.id
