-- title = "Read-only locks considered for storage"
-- severity = "low"
-- subject = "azure_storage_account"
-- tables = ["azure_storage_account", "azure_resource_lock"]
-- controls = [
--   "cis_azure_4_0_0:10.3.11", "cis_azure_5_0_0:9.3.10", "cis_azure_6_0_0:9.3.10", "nist_800_53_r5:CM-3", "nist_800_53_r5:CM-5",
--   "iso_27001_2022:A.8.9", "iso_27001_2022:A.8.32", "pci_dss_4_0:6.5.1", "soc_2:A1.2", "soc_2:CC8.1",
-- ]
-- rationale = "A read-only lock freezes the settings of an account, its firewall among them, and stops the keys from being listed. It also stops rightful changes, so people have to decide where it fits; this check lists what there is."
-- remediation = "Where an account should not change: az lock create --name frozen --lock-type ReadOnly --resource-group GROUP --resource NAME --resource-type Microsoft.Storage/storageAccounts. Test first: what lists the keys no longer works."
-- references = ["https://learn.microsoft.com/azure/azure-resource-manager/management/lock-resources", "https://learn.microsoft.com/azure/storage/common/lock-account-resource"]
-- [[case]]
-- title = "with a read-only lock, and without any: a person decides"
-- given.azure_storage_account = [{ name = "a" }, { name = "b" }]
-- given.azure_resource_lock = [
--   { name = "l", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.storage/storageaccounts/a/providers/microsoft.authorization/locks/l", level = "ReadOnly" },
-- ]
-- expect = { a = "manual", b = "manual" }
-- [[case]]
-- title = "a lock against deletion is listed, it is not read-only"
-- given.azure_storage_account = [{ name = "a" }]
-- given.azure_resource_lock = [
--   { name = "l", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.storage/storageaccounts/a/providers/microsoft.authorization/locks/l", level = "CanNotDelete" },
-- ]
-- expect = { a = "manual" }
-- [[case]]
-- title = "on the resource group and the subscription"
-- given.azure_storage_account = [{ name = "a" }]
-- given.azure_resource_lock = [
--   { name = "l1", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.authorization/locks/l1", level = "readonly" },
--   { name = "l2", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/locks/l2", level = "ReadOnly" },
-- ]
-- expect = { a = "manual" }
-- [[case]]
-- title = "level not readable"
-- given.azure_storage_account = [{ name = "a" }]
-- given.azure_resource_lock = [
--   { name = "l", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.storage/storageaccounts/a/providers/microsoft.authorization/locks/l", _gaps = ["level"] },
-- ]
-- expect = { a = "manual" }
-- [[case]]
-- title = "locks of other places alone"
-- given.azure_storage_account = [{ name = "a" }]
-- given.azure_resource_lock = [
--   { name = "l", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.storage/storageaccounts/ab/providers/microsoft.authorization/locks/l", level = "ReadOnly" },
-- ]
-- expect = { a = "manual" }
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
-- title = "locks denied: still for a person, the evidence is marked incomplete"
-- ledger = [{ table = "azure_resource_lock", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_storage_account = [{ name = "a" }]
-- expect = { a = "manual", "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
WITH per_account AS (
    SELECT k.account_id, list_sort(list(k.line)) AS locks,
           sum(CASE WHEN k.level = 'readonly' THEN 1 ELSE 0 END) AS n_read_only,
           sum(CASE WHEN k.level IS NULL THEN 1 ELSE 0 END) AS n_unread
    FROM storage_account_lock AS k
    GROUP BY k.account_id
)
SELECT s.id AS subject, s.id AS resource_id, s.subscription_id, 'manual' AS verdict,
       'read-only locks that hold for the account: ' || coalesce(p.n_read_only, 0)
         || CASE WHEN p.n_unread > 0 THEN ', locks of unknown level: ' || p.n_unread ELSE '' END
         || '; decide whether the account needs one' AS reason,
       coalesce(p.n_read_only, 0) > 0 AS has_read_only_lock, p.locks
FROM azure_storage_account AS s
LEFT JOIN per_account AS p ON p.account_id = s.id
