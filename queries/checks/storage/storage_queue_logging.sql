-- title = "Queue service logs reads, writes, deletes"
-- severity = "medium"
-- subject = "azure_storage_account"
-- tables = ["azure_storage_account", "azure_storage_queue_service", "azure_diagnostic_setting"]
-- controls = [
--   "cis_azure_2_0_0:3.5", "cis_azure_2_1_0:3.5", "cis_azure_3_0_0:4.12", "nist_800_53_r5:AU-2", "nist_800_53_r5:AU-3",
--   "nist_800_53_r5:AU-12", "iso_27001_2022:A.8.15", "pci_dss_4_0:10.2.1", "soc_2:CC7.2",
-- ]
-- rationale = "Only these logs tell who read, wrote or deleted messages, from where and with which right. They are kept nowhere unless a diagnostic setting of the queue service sends them somewhere. The older classic logging is not looked at."
-- remediation = "az monitor diagnostic-settings create --name audit --resource ACCOUNT_ID/queueServices/default --workspace WORKSPACE_ID --logs '[{\"categoryGroup\":\"audit\",\"enabled\":true}]'"
-- references = ["https://learn.microsoft.com/azure/storage/queues/monitor-queue-storage", "https://learn.microsoft.com/azure/azure-monitor/reference/supported-logs/microsoft-storage-storageaccounts-queueservices-logs"]
-- [[case]]
-- title = "the three categories to a workspace"
-- given.azure_storage_account = [{ id = "/x/a", kind = "StorageV2", sku_name = "Standard_LRS" }]
-- given.azure_storage_queue_service = [{ name = "default", id = "/x/a/queueservices/default", _parent_id = "/x/a" }]
-- given.azure_diagnostic_setting = [
--   { name = "d", _parent_id = "/x/a/queueservices/default", workspace_id = "/x/w", logs = '[{"category":"StorageRead","enabled":true},{"category":"StorageWrite","enabled":true},{"category":"StorageDelete","enabled":true}]' },
-- ]
-- expect = { a = "pass" }
-- [[case]]
-- title = "to a service bus, as settings of the first years do"
-- given.azure_storage_account = [{ id = "/x/a", kind = "StorageV2", sku_name = "Standard_LRS" }]
-- given.azure_storage_queue_service = [{ name = "default", id = "/x/a/queueservices/default", _parent_id = "/x/a" }]
-- given.azure_diagnostic_setting = [{ name = "d", _parent_id = "/x/a/queueservices/default", service_bus_rule_id = "/x/b", logs = '[{"categoryGroup":"allLogs","enabled":true}]' }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "a category group stands for all three"
-- given.azure_storage_account = [{ id = "/x/a", kind = "StorageV2", sku_name = "Standard_LRS" }, { id = "/x/b", kind = "StorageV2", sku_name = "Standard_LRS" }]
-- given.azure_storage_queue_service = [
--   { name = "default", id = "/x/a/queueservices/default", _parent_id = "/x/a" },
--   { name = "default", id = "/x/b/queueservices/default", _parent_id = "/x/b" },
-- ]
-- given.azure_diagnostic_setting = [
--   { name = "d1", _parent_id = "/x/a/queueservices/default", storage_account_id = "/x/s", logs = '[{"categoryGroup":"audit","enabled":true}]' },
--   { name = "d2", _parent_id = "/x/b/queueservices/default", event_hub_authorization_rule_id = "/x/e", logs = '[{"category":null,"categoryGroup":"allLogs","enabled":true}]' },
-- ]
-- expect = { a = "pass", b = "pass" }
-- [[case]]
-- title = "other letter case, to a partner product"
-- given.azure_storage_account = [{ id = "/x/a", kind = "StorageV2", sku_name = "Standard_LRS" }]
-- given.azure_storage_queue_service = [{ name = "default", id = "/x/a/queueservices/default", _parent_id = "/x/a" }]
-- given.azure_diagnostic_setting = [
--   { name = "d", _parent_id = "/x/a/queueservices/default", marketplace_partner_id = "/x/p", logs = '[{"category":"STORAGEREAD","enabled":true},{"category":"storagewrite","enabled":true},{"category":"storagedelete","enabled":true}]' },
-- ]
-- expect = { a = "pass" }
-- [[case]]
-- title = "no diagnostic setting"
-- given.azure_storage_account = [{ id = "/x/a", kind = "StorageV2", sku_name = "Standard_LRS" }]
-- given.azure_storage_queue_service = [{ name = "default", id = "/x/a/queueservices/default", _parent_id = "/x/a" }]
-- given.azure_diagnostic_setting = []
-- expect = { a = "fail" }
-- [[case]]
-- title = "one category missing, one off"
-- given.azure_storage_account = [{ id = "/x/a", kind = "StorageV2", sku_name = "Standard_LRS" }, { id = "/x/b", kind = "StorageV2", sku_name = "Standard_LRS" }]
-- given.azure_storage_queue_service = [
--   { name = "default", id = "/x/a/queueservices/default", _parent_id = "/x/a" },
--   { name = "default", id = "/x/b/queueservices/default", _parent_id = "/x/b" },
-- ]
-- given.azure_diagnostic_setting = [
--   { name = "d1", _parent_id = "/x/a/queueservices/default", workspace_id = "/x/w", logs = '[{"category":"StorageWrite","enabled":true},{"category":"StorageDelete","enabled":true}]' },
--   { name = "d2", _parent_id = "/x/b/queueservices/default", workspace_id = "/x/w", logs = '[{"category":"StorageRead","enabled":false},{"category":"StorageWrite","enabled":true},{"category":"StorageDelete","enabled":true}]' },
-- ]
-- expect = { a = "fail", b = "fail" }
-- [[case]]
-- title = "metrics only, an empty list, a group that is off"
-- given.azure_storage_account = [
--   { id = "/x/a", kind = "StorageV2", sku_name = "Standard_LRS" },
--   { id = "/x/b", kind = "StorageV2", sku_name = "Standard_LRS" },
--   { id = "/x/c", kind = "StorageV2", sku_name = "Standard_LRS" },
-- ]
-- given.azure_storage_queue_service = [
--   { name = "default", id = "/x/a/queueservices/default", _parent_id = "/x/a" },
--   { name = "default", id = "/x/b/queueservices/default", _parent_id = "/x/b" },
--   { name = "default", id = "/x/c/queueservices/default", _parent_id = "/x/c" },
-- ]
-- given.azure_diagnostic_setting = [
--   { name = "d1", _parent_id = "/x/a/queueservices/default", workspace_id = "/x/w" },
--   { name = "d2", _parent_id = "/x/b/queueservices/default", workspace_id = "/x/w", logs = '[]' },
--   { name = "d3", _parent_id = "/x/c/queueservices/default", workspace_id = "/x/w", logs = '[{"categoryGroup":"allLogs","enabled":false}]' },
-- ]
-- expect = { a = "fail", b = "fail", c = "fail" }
-- [[case]]
-- title = "no destination"
-- given.azure_storage_account = [{ id = "/x/a", kind = "StorageV2", sku_name = "Standard_LRS" }]
-- given.azure_storage_queue_service = [{ name = "default", id = "/x/a/queueservices/default", _parent_id = "/x/a" }]
-- given.azure_diagnostic_setting = [
--   { name = "d", _parent_id = "/x/a/queueservices/default", workspace_id = "", logs = '[{"category":"StorageRead","enabled":true},{"category":"StorageWrite","enabled":true},{"category":"StorageDelete","enabled":true}]' },
-- ]
-- expect = { a = "fail" }
-- [[case]]
-- title = "spread over two settings that both reach something, then over two of which one does not"
-- given.azure_storage_account = [{ id = "/x/a", kind = "StorageV2", sku_name = "Standard_LRS" }, { id = "/x/b", kind = "StorageV2", sku_name = "Standard_LRS" }]
-- given.azure_storage_queue_service = [
--   { name = "default", id = "/x/a/queueservices/default", _parent_id = "/x/a" },
--   { name = "default", id = "/x/b/queueservices/default", _parent_id = "/x/b" },
-- ]
-- given.azure_diagnostic_setting = [
--   { name = "d1", _parent_id = "/x/a/queueservices/default", workspace_id = "/x/w", logs = '[{"category":"StorageRead","enabled":true}]' },
--   { name = "d2", _parent_id = "/x/a/queueservices/default", storage_account_id = "/x/s", logs = '[{"category":"StorageWrite","enabled":true},{"category":"StorageDelete","enabled":true}]' },
--   { name = "d3", _parent_id = "/x/b/queueservices/default", logs = '[{"category":"StorageRead","enabled":true}]' },
--   { name = "d4", _parent_id = "/x/b/queueservices/default", workspace_id = "/x/w", logs = '[{"category":"StorageWrite","enabled":true},{"category":"StorageDelete","enabled":true}]' },
-- ]
-- expect = { a = "pass", b = "fail" }
-- [[case]]
-- title = "a setting of the account itself or of another of its services does not count"
-- given.azure_storage_account = [{ id = "/x/a", kind = "StorageV2", sku_name = "Standard_LRS" }]
-- given.azure_storage_queue_service = [{ name = "default", id = "/x/a/queueservices/default", _parent_id = "/x/a" }]
-- given.azure_diagnostic_setting = [
--   { name = "d1", _parent_id = "/x/a", workspace_id = "/x/w", logs = '[{"category":"StorageRead","enabled":true},{"category":"StorageWrite","enabled":true},{"category":"StorageDelete","enabled":true}]' },
--   { name = "d2", _parent_id = "/x/a/fileservices/default", workspace_id = "/x/w", logs = '[{"category":"StorageRead","enabled":true},{"category":"StorageWrite","enabled":true},{"category":"StorageDelete","enabled":true}]' },
-- ]
-- expect = { a = "fail" }
-- [[case]]
-- title = "not readable: the logs, a destination; beside a good setting it does not matter"
-- given.azure_storage_account = [
--   { id = "/x/a", kind = "StorageV2", sku_name = "Standard_LRS" },
--   { id = "/x/b", kind = "StorageV2", sku_name = "Standard_LRS" },
--   { id = "/x/c", kind = "StorageV2", sku_name = "Standard_LRS" },
--   { id = "/x/d", kind = "StorageV2", sku_name = "Standard_LRS" },
-- ]
-- given.azure_storage_queue_service = [
--   { name = "default", id = "/x/a/queueservices/default", _parent_id = "/x/a" },
--   { name = "default", id = "/x/b/queueservices/default", _parent_id = "/x/b" },
--   { name = "default", id = "/x/c/queueservices/default", _parent_id = "/x/c" },
--   { name = "default", id = "/x/d/queueservices/default", _parent_id = "/x/d" },
-- ]
-- given.azure_diagnostic_setting = [
--   { name = "d1", _parent_id = "/x/a/queueservices/default", workspace_id = "/x/w", _gaps = ["logs"] },
--   { name = "d2", _parent_id = "/x/b/queueservices/default", logs = '[{"category":"StorageRead","enabled":true},{"category":"StorageWrite","enabled":true},{"category":"StorageDelete","enabled":true}]', _gaps = ["workspace_id"] },
--   { name = "d3", _parent_id = "/x/c/queueservices/default", workspace_id = "/x/w", _gaps = ["logs"] },
--   { name = "d4", _parent_id = "/x/c/queueservices/default", workspace_id = "/x/w", logs = '[{"category":"StorageRead","enabled":true},{"category":"StorageWrite","enabled":true},{"category":"StorageDelete","enabled":true}]' },
--   { name = "d5", _parent_id = "/x/d/queueservices/default", logs = '[{"category":"StorageRead","enabled":true}]', _gaps = ["storage_account_id"] },
-- ]
-- expect = { a = "unknown", b = "unknown", c = "pass", d = "fail" }
-- [[case]]
-- title = "kinds of one purpose and premium accounts do not have the service"
-- given.azure_storage_account = [
--   { id = "/x/a", kind = "FileStorage" },
--   { id = "/x/b", kind = "BlockBlobStorage" },
--   { id = "/x/c", kind = "blobstorage" },
--   { id = "/x/d", kind = "StorageV2", sku_name = "Premium_LRS" },
-- ]
-- expect = { a = "not_applicable", b = "not_applicable", c = "not_applicable", d = "not_applicable" }
-- [[case]]
-- title = "kind or tier not readable"
-- given.azure_storage_account = [{ id = "/x/a", _gaps = ["kind"] }, { id = "/x/b", kind = "StorageV2", _gaps = ["sku_name"] }]
-- given.azure_storage_queue_service = [
--   { name = "default", id = "/x/a/queueservices/default", _parent_id = "/x/a" },
--   { name = "default", id = "/x/b/queueservices/default", _parent_id = "/x/b" },
-- ]
-- expect = { a = "unknown", b = "unknown" }
-- [[case]]
-- title = "Azure said that the account cannot have the service"
-- ledger = [{ table = "azure_storage_queue_service", parent = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.storage/storageaccounts/a", status = "unsupported" }]
-- given.azure_storage_account = [{ name = "a", kind = "StorageV2" }]
-- expect = { a = "not_applicable" }
-- [[case]]
-- title = "the row of the service is missing"
-- given.azure_storage_account = [{ id = "/x/a", kind = "StorageV2", sku_name = "Standard_LRS" }]
-- given.azure_storage_queue_service = []
-- given.azure_diagnostic_setting = []
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
-- title = "queue services denied"
-- ledger = [{ table = "azure_storage_queue_service", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_storage_account = [{ id = "/x/a", kind = "StorageV2", sku_name = "Standard_LRS" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "diagnostic settings denied"
-- ledger = [{ table = "azure_diagnostic_setting", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_storage_account = [{ id = "/x/a", kind = "StorageV2", sku_name = "Standard_LRS" }]
-- given.azure_storage_queue_service = [{ name = "default", id = "/x/a/queueservices/default", _parent_id = "/x/a" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "the settings of one account denied"
-- ledger = [{ table = "azure_diagnostic_setting", parent = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.storage/storageaccounts/a/queueservices/default", status = "denied" }]
-- given.azure_storage_account = [{ name = "a" }, { name = "b" }]
-- given.azure_storage_queue_service = [
--   { name = "default", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.storage/storageaccounts/a/queueservices/default", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.storage/storageaccounts/a" },
--   { name = "default", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.storage/storageaccounts/b/queueservices/default", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.storage/storageaccounts/b" },
-- ]
-- expect = { a = "unknown", default = "unknown", b = "fail" }
-- [[case]]
-- title = "the service of one account denied"
-- ledger = [{ table = "azure_storage_queue_service", parent = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.storage/storageaccounts/a", status = "denied" }]
-- given.azure_storage_account = [{ name = "a" }, { name = "b" }]
-- given.azure_storage_queue_service = [
--   { name = "default", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.storage/storageaccounts/b/queueservices/default", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.storage/storageaccounts/b" },
-- ]
-- expect = { a = "unknown", b = "fail" }
-- [[case]]
-- title = "settings of another kind of resource were not read"
-- ledger = [{ table = "azure_diagnostic_setting", parent = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/loadbalancers/lb", status = "denied" }]
-- given.azure_storage_account = [{ name = "a" }]
-- given.azure_storage_queue_service = [
--   { name = "default", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.storage/storageaccounts/a/queueservices/default", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.storage/storageaccounts/a" },
-- ]
-- expect = { a = "fail" }
WITH account AS (
    SELECT s.id, s.subscription_id,
           coalesce(lower(s.kind) IN ('filestorage', 'blobstorage', 'blockblobstorage')
                    OR lower(s.sku_name) LIKE 'premium%', FALSE) AS has_none
    FROM azure_storage_account AS s
)
SELECT a.id AS subject, a.id AS resource_id, a.subscription_id,
       CASE WHEN a.has_none OR u.account_id IS NOT NULL THEN 'not_applicable'
            WHEN v.id IS NULL THEN NULL
            WHEN g.n_kept = g.n_required THEN 'pass'
            WHEN g.n_possible = g.n_required THEN NULL
            ELSE 'fail'
       END AS verdict,
       CASE WHEN a.has_none THEN 'an account of this kind or tier has no queues'
            WHEN u.account_id IS NOT NULL THEN 'the account cannot have a queue service'
            WHEN v.id IS NULL THEN 'the queue service of the account is not in the snapshot'
            WHEN g.service_id IS NULL THEN 'the queue service has no diagnostic setting'
            WHEN g.n_kept = g.n_required THEN 'reads, writes and deletes are kept by diagnostic settings'
            WHEN g.n_possible = g.n_required THEN 'a diagnostic setting could not be read in full'
            WHEN g.nowhere IS NOT NULL THEN 'diagnostic setting ' || g.nowhere || ' has no destination; kept: '
                 || coalesce(nullif(array_to_string(g.kept, ', '), ''), 'nothing')
            ELSE 'kept by diagnostic settings: ' || coalesce(nullif(array_to_string(g.kept, ', '), ''), 'nothing')
       END AS reason,
       g.diagnostic_settings, g.kept AS categories_kept
FROM account AS a
LEFT JOIN azure_storage_queue_service AS v ON v._parent_id = a.id
LEFT JOIN storage_service_log AS g ON g.service_id = v.id
LEFT JOIN storage_unsupported_service AS u ON u.account_id = a.id AND u.table_name = 'azure_storage_queue_service'
