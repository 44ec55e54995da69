-- title = "Storage accounts carry delete locks"
-- severity = "low"
-- subject = "azure_storage_account"
-- tables = ["azure_storage_account", "azure_resource_lock"]
-- controls = [
--   "cis_azure_4_0_0:10.3.10", "cis_azure_5_0_0:9.3.9", "cis_azure_6_0_0:9.3.9", "nist_800_53_r5:CM-3", "nist_800_53_r5:CM-5",
--   "iso_27001_2022:A.8.9", "iso_27001_2022:A.8.32", "pci_dss_4_0:6.5.1", "soc_2:A1.2", "soc_2:CC8.1",
-- ]
-- rationale = "A lock stops everybody, owners included, from deleting the account until somebody takes the lock away on purpose. It guards the account, not the blobs and files in it."
-- remediation = "az lock create --name keep --lock-type CanNotDelete --resource-group GROUP --resource NAME --resource-type Microsoft.Storage/storageAccounts"
-- references = ["https://learn.microsoft.com/azure/azure-resource-manager/management/lock-resources", "https://learn.microsoft.com/azure/storage/common/lock-account-resource"]
-- [[case]]
-- title = "lock on the account, of either level"
-- given.azure_storage_account = [{ name = "a" }, { name = "b" }]
-- given.azure_resource_lock = [
--   { name = "l1", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.storage/storageaccounts/a/providers/microsoft.authorization/locks/l1", level = "CanNotDelete" },
--   { name = "l2", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.storage/storageaccounts/b/providers/microsoft.authorization/locks/l2", level = "ReadOnly" },
-- ]
-- expect = { a = "pass", b = "pass" }
-- [[case]]
-- title = "no lock"
-- given.azure_storage_account = [{ name = "a" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "lock on the resource group"
-- given.azure_storage_account = [{ name = "a" }, { name = "b", resource_group = "other" }]
-- given.azure_resource_lock = [
--   { name = "l", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.authorization/locks/l", level = "CanNotDelete" },
-- ]
-- expect = { a = "pass", b = "fail" }
-- [[case]]
-- title = "lock on the subscription; the one of another subscription does not count"
-- given.azure_storage_account = [{ name = "a" }, { name = "b", subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_resource_lock = [{ name = "l", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/locks/l", level = "CanNotDelete" }]
-- expect = { a = "pass", b = "fail" }
-- [[case]]
-- title = "a lock on another account, on a part of this one, or on an account whose name begins alike"
-- given.azure_storage_account = [{ name = "a" }]
-- given.azure_resource_lock = [
--   { name = "l1", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.storage/storageaccounts/ab/providers/microsoft.authorization/locks/l1", level = "CanNotDelete" },
--   { name = "l2", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.storage/storageaccounts/a/blobservices/default/containers/c/providers/microsoft.authorization/locks/l2", level = "CanNotDelete" },
--   { name = "l3", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg2/providers/microsoft.authorization/locks/l3", level = "CanNotDelete" },
-- ]
-- expect = { a = "fail" }
-- [[case]]
-- title = "other letter case"
-- given.azure_storage_account = [{ name = "a" }]
-- given.azure_resource_lock = [
--   { name = "Keep", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/microsoft.storage/storageaccounts/a/providers/Microsoft.Authorization/locks/Keep", level = "cannotdelete" },
-- ]
-- expect = { a = "pass" }
-- [[case]]
-- title = "a level that guards nothing"
-- given.azure_storage_account = [{ name = "a" }]
-- given.azure_resource_lock = [
--   { name = "l", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.storage/storageaccounts/a/providers/microsoft.authorization/locks/l", level = "NotSpecified" },
-- ]
-- expect = { a = "fail" }
-- [[case]]
-- title = "level not readable: alone, beside a good lock, on another account"
-- given.azure_storage_account = [{ name = "a" }, { name = "b" }, { name = "c" }]
-- given.azure_resource_lock = [
--   { name = "l1", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.storage/storageaccounts/a/providers/microsoft.authorization/locks/l1", _gaps = ["level"] },
--   { name = "l2", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.storage/storageaccounts/b/providers/microsoft.authorization/locks/l2", _gaps = ["level"] },
--   { name = "l3", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.storage/storageaccounts/b/providers/microsoft.authorization/locks/l3", level = "CanNotDelete" },
-- ]
-- expect = { a = "unknown", b = "pass", c = "fail" }
-- [[case]]
-- title = "level absent, on the resource group"
-- given.azure_storage_account = [{ name = "a" }]
-- given.azure_resource_lock = [{ name = "l", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.authorization/locks/l" }]
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
-- title = "locks denied"
-- ledger = [{ table = "azure_resource_lock", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_storage_account = [{ name = "a" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "locks partial"
-- ledger = [{ table = "azure_resource_lock", subscription = "11111111-1111-4111-8111-111111111111", status = "partial" }]
-- given.azure_storage_account = [{ name = "a" }]
-- given.azure_resource_lock = [
--   { name = "l", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.storage/storageaccounts/a/providers/microsoft.authorization/locks/l", level = "CanNotDelete" },
-- ]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
WITH per_account AS (
    SELECT k.account_id, list_sort(list(k.line)) AS locks,
           min(CASE WHEN k.level IN ('cannotdelete', 'readonly') THEN k.line END) AS good,
           min(CASE WHEN k.level IS NULL THEN k.line END) AS unread
    FROM storage_account_lock AS k
    GROUP BY k.account_id
)
SELECT s.id AS subject, s.id AS resource_id, s.subscription_id,
       CASE WHEN p.good IS NOT NULL THEN 'pass'
            WHEN p.unread IS NOT NULL THEN NULL
            ELSE 'fail'
       END AS verdict,
       CASE WHEN p.good IS NOT NULL THEN 'lock ' || p.good
            WHEN p.unread IS NOT NULL THEN 'lock ' || p.unread
            WHEN p.locks IS NOT NULL THEN 'no lock against deletion; others: ' || array_to_string(p.locks, ', ')
            ELSE 'no lock on the account, its resource group or its subscription'
       END AS reason,
       p.locks
FROM azure_storage_account AS s
LEFT JOIN per_account AS p ON p.account_id = s.id
