-- title = "Activity log container is private"
-- severity = "critical"
-- subject = "azure_storage_account"
-- tables = ["azure_storage_account", "azure_storage_container", "azure_subscription_diagnostic_setting"]
-- controls = [
--   "cis_azure_2_0_0:5.1.3", "jupiterone_questions:activity_log_container_public", "nist_800_53_r5:AU-9",
--   "iso_27001_2022:A.5.16", "iso_27001_2022:A.5.22", "iso_27001_2022:A.8.15", "pci_dss_4_0:10.3.1", "pci_dss_4_0:10.3.2",
--   "soc_2:A1.1", "soc_2:CC3.3", "soc_2:CC7.2", "soc_2:CC7.3", "soc_2:PI1.4",
-- ]
-- rationale = "The exported activity log names people, resources and addresses of the tenant. If its container is open to anonymous readers, anybody on the Internet gets that map."
-- remediation = "az storage account update --ids ACCOUNT_ID --allow-blob-public-access false; or az storage container set-permission --account-name NAME --name insights-activity-logs --public-access off"
-- references = ["https://learn.microsoft.com/azure/azure-monitor/platform/activity-log", "https://learn.microsoft.com/azure/storage/blobs/anonymous-read-access-prevent"]
-- [[case]]
-- title = "the account lets no container be opened"
-- given.azure_subscription_diagnostic_setting = [{ name = "d", storage_account_id = "/x/s" }]
-- given.azure_storage_account = [{ id = "/x/s", allow_blob_public_access = false }]
-- given.azure_storage_container = [{ name = "insights-activity-logs", _parent_id = "/x/s", public_access = "Blob" }]
-- expect = { s = "pass" }
-- [[case]]
-- title = "private container, said so or absent, in other letter case"
-- given.azure_subscription_diagnostic_setting = [{ name = "d", storage_account_id = "/x/s" }, { name = "e", storage_account_id = "/x/t" }]
-- given.azure_storage_account = [{ id = "/x/s", allow_blob_public_access = true }, { id = "/x/t" }]
-- given.azure_storage_container = [{ name = "insights-activity-logs", _parent_id = "/x/s", public_access = "none" }, { name = "Insights-Activity-Logs", _parent_id = "/x/t" }]
-- expect = { s = "pass", t = "pass" }
-- [[case]]
-- title = "open container; absent switch of the account permits it"
-- given.azure_subscription_diagnostic_setting = [{ name = "d", storage_account_id = "/x/s" }, { name = "e", storage_account_id = "/x/t" }]
-- given.azure_storage_account = [{ id = "/x/s", allow_blob_public_access = true }, { id = "/x/t" }]
-- given.azure_storage_container = [{ name = "insights-activity-logs", _parent_id = "/x/s", public_access = "Container" }, { name = "insights-activity-logs", _parent_id = "/x/t", public_access = "Blob" }]
-- expect = { s = "fail", t = "fail" }
-- [[case]]
-- title = "open container of the time of log profiles"
-- given.azure_subscription_diagnostic_setting = [{ name = "d", storage_account_id = "/x/s" }]
-- given.azure_storage_account = [{ id = "/x/s" }]
-- given.azure_storage_container = [{ name = "insights-activity-logs", _parent_id = "/x/s" }, { name = "insights-operational-logs", _parent_id = "/x/s", public_access = "Blob" }]
-- expect = { s = "fail" }
-- [[case]]
-- title = "whether the open container is deleted could not be read"
-- given.azure_subscription_diagnostic_setting = [{ name = "d", storage_account_id = "/x/s" }, { name = "e", storage_account_id = "/x/t" }]
-- given.azure_storage_account = [{ id = "/x/s" }, { id = "/x/t" }]
-- given.azure_storage_container = [
--   { id = "/x/s/a", name = "insights-activity-logs", _parent_id = "/x/s", public_access = "Blob", _gaps = ["deleted"] },
--   { id = "/x/t/a", name = "insights-activity-logs", _parent_id = "/x/t", public_access = "Blob" },
--   { id = "/x/t/b", name = "insights-operational-logs", _parent_id = "/x/t", public_access = "Blob", _gaps = ["deleted"] },
-- ]
-- expect = { s = "unknown", t = "fail" }
-- [[case]]
-- title = "other containers and deleted ones do not count, and accounts that get no log are no subjects"
-- given.azure_subscription_diagnostic_setting = [{ name = "d", storage_account_id = "/x/s" }]
-- given.azure_storage_account = [{ id = "/x/s" }, { id = "/x/web", allow_blob_public_access = true, _gaps = ["allow_blob_public_access"] }]
-- given.azure_storage_container = [
--   { name = "insights-activity-logs", _parent_id = "/x/s" },
--   { id = "/x/s/deleted", name = "insights-activity-logs", _parent_id = "/x/s", public_access = "Blob", deleted = true },
--   { name = "images", _parent_id = "/x/s", public_access = "Blob" },
--   { name = "insights-activity-logs", _parent_id = "/x/web", public_access = "Blob" },
-- ]
-- expect = { s = "pass" }
-- [[case]]
-- title = "the container is not there (yet)"
-- given.azure_subscription_diagnostic_setting = [{ name = "d", storage_account_id = "/x/s" }]
-- given.azure_storage_account = [{ id = "/x/s" }]
-- expect = { s = "unknown" }
-- [[case]]
-- title = "account outside the snapshot"
-- given.azure_subscription_diagnostic_setting = [{ name = "d", storage_account_id = "/subscriptions/77777777-7777-4777-8777-777777777777/resourcegroups/rg/providers/microsoft.storage/storageaccounts/far" }]
-- expect = { far = "unknown", "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "account in another subscription of the snapshot, named by two settings"
-- given.azure_subscription_diagnostic_setting = [{ name = "d", storage_account_id = "/x/s" }, { name = "e", subscription_id = "22222222-2222-4222-8222-222222222222", storage_account_id = "/x/s" }]
-- given.azure_storage_account = [{ id = "/x/s", subscription_id = "22222222-2222-4222-8222-222222222222", allow_blob_public_access = false }]
-- expect = { s = "pass", "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "switch of the account or access of the container not readable"
-- given.azure_subscription_diagnostic_setting = [{ name = "d", storage_account_id = "/x/s" }, { name = "e", storage_account_id = "/x/t" }]
-- given.azure_storage_account = [{ id = "/x/s", _gaps = ["allow_blob_public_access"] }, { id = "/x/t" }]
-- given.azure_storage_container = [{ name = "insights-activity-logs", _parent_id = "/x/s", public_access = "Blob" }, { name = "insights-activity-logs", _parent_id = "/x/t", _gaps = ["public_access"] }]
-- expect = { s = "unknown", t = "unknown" }
-- [[case]]
-- title = "the destination of a setting not readable: an account may be missing here"
-- given.azure_subscription_diagnostic_setting = [{ name = "d", storage_account_id = "/x/s" }, { name = "e", _gaps = ["storage_account_id"] }]
-- given.azure_storage_account = [{ id = "/x/s", allow_blob_public_access = false }]
-- expect = { s = "unknown" }
-- [[case]]
-- title = "no setting names a storage account"
-- given.azure_subscription_diagnostic_setting = [{ name = "d", workspace_id = "/x/w" }]
-- given.azure_storage_account = [{ id = "/x/s" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "settings denied"
-- ledger = [{ table = "azure_subscription_diagnostic_setting", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_storage_account = [{ id = "/x/s" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "containers of one account denied"
-- ledger = [{ table = "azure_storage_container", parent = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.storage/storageaccounts/s", status = "denied" }]
-- given.azure_subscription_diagnostic_setting = [
--   { name = "d", storage_account_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.storage/storageaccounts/s" },
--   { name = "e", storage_account_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.storage/storageaccounts/t" },
-- ]
-- given.azure_storage_account = [{ name = "s" }, { name = "t", allow_blob_public_access = false }]
-- expect = { s = "unknown", t = "pass" }
WITH target AS (
    SELECT d.storage_account_id AS account_id, list_sort(list(DISTINCT d.subscription_id)) AS subscriptions
    FROM azure_subscription_diagnostic_setting AS d
    WHERE nullif(trim(d.storage_account_id), '') IS NOT NULL
    GROUP BY d.storage_account_id
),
container AS (
    SELECT c._parent_id AS account_id,
           max(CASE WHEN lower(c.name) = 'insights-activity-logs' THEN 1 ELSE 0 END) AS is_there,
           max(CASE WHEN list_contains(c._gaps, 'public_access') OR list_contains(c._gaps, 'deleted') THEN 1 ELSE 0 END) AS is_unread,
           max(CASE WHEN lower(trim(coalesce(c.public_access, 'none'))) NOT IN ('none', '') AND NOT coalesce(list_contains(c._gaps, 'deleted'), FALSE) THEN c.name || ' (' || c.public_access || ')' END) AS is_open
    FROM azure_storage_container AS c
    WHERE lower(c.name) IN ('insights-activity-logs', 'insights-operational-logs') AND NOT coalesce(c.deleted, FALSE)
    GROUP BY c._parent_id
)
SELECT t.account_id AS subject, t.account_id AS resource_id,
       coalesce(s.subscription_id, nullif(regexp_extract(t.account_id, '^/subscriptions/([^/]+)', 1), '')) AS subscription_id,
       CASE WHEN s.id IS NULL OR list_contains(s._gaps, 'allow_blob_public_access') THEN NULL
            WHEN NOT s.allow_blob_public_access THEN 'pass'
            WHEN c.is_open IS NOT NULL THEN 'fail'
            WHEN c.is_unread = 1 OR coalesce(c.is_there, 0) = 0 THEN NULL
            ELSE 'pass'
       END AS verdict,
       CASE WHEN s.id IS NULL THEN 'the storage account is not in the snapshot'
            WHEN list_contains(s._gaps, 'allow_blob_public_access') THEN 'whether the account permits anonymous access could not be read'
            WHEN NOT s.allow_blob_public_access THEN 'the account permits no anonymous access to any container'
            WHEN c.is_open IS NOT NULL THEN 'the account permits anonymous access, and the container is open: ' || c.is_open
            WHEN c.is_unread = 1 THEN 'the access level of the container, or whether it is deleted, could not be read'
            WHEN coalesce(c.is_there, 0) = 0 THEN 'the account permits anonymous access, and has no container insights-activity-logs whose access could be judged'
            ELSE 'the container insights-activity-logs is private'
       END AS reason,
       t.subscriptions AS log_of_subscriptions, s.allow_blob_public_access
FROM target AS t
LEFT JOIN azure_storage_account AS s ON s.id = t.account_id
LEFT JOIN container AS c ON c.account_id = t.account_id
