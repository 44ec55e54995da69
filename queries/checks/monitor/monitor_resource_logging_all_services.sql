-- title = "Resource logs on for all services"
-- severity = "medium"
-- subject = "azure_subscription"
-- tables = ["azure_subscription", "azure_resource", "azure_diagnostic_setting", "azure_diagnostic_setting_category"]
-- controls = [
--   "cis_azure_2_0_0:5.4", "cis_azure_2_1_0:5.4", "cis_azure_3_0_0:6.4", "cis_azure_4_0_0:7.1.4", "cis_azure_5_0_0:6.1.4",
--   "cis_azure_6_0_0:6.1.4", "nist_800_53_r5:AU-2", "nist_800_53_r5:AU-3", "nist_800_53_r5:AU-12", "iso_27001_2022:A.8.15",
--   "pci_dss_4_0:10.2.1", "soc_2:CC7.2",
-- ]
-- rationale = "What happens inside a resource (reads of secrets, queries, sign-ins) is in its resource logs, and those go nowhere unless a diagnostic setting sends them. The auditor sees which resources could log and do not, and which types were not asked."
-- remediation = "az monitor diagnostic-settings create --name NAME --resource ID --workspace WORKSPACE_ID --logs '[{\"categoryGroup\":\"allLogs\",\"enabled\":true}]'; for whole subscriptions: the built-in policies 'Enable logging by category group'."
-- references = ["https://learn.microsoft.com/azure/azure-monitor/platform/resource-logs", "https://learn.microsoft.com/azure/azure-monitor/platform/diagnostic-settings-policy"]
-- [[case]]
-- title = "one vault logs, one does not"
-- ledger = [
--   { table = "azure_diagnostic_setting", parent = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/a", status = "ok" },
--   { table = "azure_diagnostic_setting", parent = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/b", status = "ok" },
-- ]
-- given.azure_subscription = [{ }]
-- given.azure_resource = [
--   { id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/a", type = "microsoft.keyvault/vaults" },
--   { id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/b", type = "microsoft.keyvault/vaults" },
-- ]
-- given.azure_diagnostic_setting_category = [{ name = "AuditEvent", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/a", category_type = "Logs", category_groups = ["audit", "allLogs"] }]
-- given.azure_diagnostic_setting = [{ name = "d", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/a", workspace_id = "/x/w", logs = '[{"categoryGroup":"allLogs","enabled":true}]' }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "manual" }
-- [[case]]
-- title = "a type that has metrics only, and one that was not asked for settings"
-- given.azure_subscription = [{ }]
-- given.azure_resource = [
--   { id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.storage/storageaccounts/s", type = "microsoft.storage/storageaccounts" },
--   { id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.insights/components/i", type = "microsoft.insights/components" },
-- ]
-- given.azure_diagnostic_setting_category = [
--   { name = "Transaction", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.storage/storageaccounts/s", category_type = "Metrics" },
--   { name = "AppTraces", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.insights/components/i", category_type = "Logs" },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "manual" }
-- [[case]]
-- title = "a setting whose log list is not readable"
-- given.azure_subscription = [{ }]
-- given.azure_resource = [{ id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/a", type = "microsoft.keyvault/vaults" }]
-- given.azure_diagnostic_setting_category = [{ name = "AuditEvent", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/a", category_type = "Logs" }]
-- given.azure_diagnostic_setting = [{ name = "d", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/a", workspace_id = "/x/w", _gaps = ["logs"] }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "manual" }
-- [[case]]
-- title = "nothing that could log"
-- given.azure_subscription = [{ }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "manual" }
-- [[case]]
-- title = "no subscription row"
-- given.azure_subscription = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "not_applicable" }
-- [[case]]
-- title = "settings denied: the row stays, marked incomplete"
-- ledger = [{ table = "azure_diagnostic_setting", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_subscription = [{ }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "manual" }
WITH category AS (
    -- provider/type/name/type/name: the provider and every second part make the type
    SELECT string_split(lower(regexp_extract(k._parent_id, '.*/providers/(.*)$', 1)), '/') AS parts
    FROM azure_diagnostic_setting_category AS k
    WHERE lower(k.category_type) = 'logs'
),
logging_type AS (
    SELECT DISTINCT concat_ws('/', c.parts[1], c.parts[2], c.parts[4], c.parts[6]) AS type
    FROM category AS c
),
capable AS (
    SELECT r.id, r.subscription_id, lower(r.type) AS type
    FROM azure_resource AS r
    JOIN logging_type AS t ON t.type = lower(r.type)
),
asked AS (
    SELECT DISTINCT rtrim(lower(l.parent_id), '/') AS id
    FROM azure_ledger AS l
    WHERE l.table_name = 'azure_diagnostic_setting' AND l.parent_id IS NOT NULL AND l.status = 'ok'
),
sent AS (
    SELECT c.resource_id AS id, max(CASE WHEN c.state = 'sent' THEN 1 ELSE 0 END) AS is_sent
    FROM diagnostic_category AS c
    GROUP BY c.resource_id
),
judged AS (
    SELECT p.subscription_id, p.id, p.type,
           CASE WHEN s.is_sent = 1 THEN 'logs'
                WHEN s.is_sent = 0 THEN 'not readable'
                WHEN q.id IS NOT NULL THEN 'silent'
                ELSE 'not asked'
           END AS state
    FROM capable AS p
    LEFT JOIN sent AS s ON s.id = p.id
    LEFT JOIN asked AS q ON q.id = p.id
),
placed AS (
    SELECT j.subscription_id, j.id, j.type, j.state,
           row_number() OVER (PARTITION BY j.subscription_id, j.state ORDER BY j.type, j.id) AS place
    FROM judged AS j
),
per_subscription AS (
    SELECT p.subscription_id, count(*) AS n_all, sum(CASE WHEN p.state = 'logs' THEN 1 ELSE 0 END) AS n_logs,
           sum(CASE WHEN p.state = 'silent' THEN 1 ELSE 0 END) AS n_silent,
           sum(CASE WHEN p.state = 'not readable' THEN 1 ELSE 0 END) AS n_unread,
           sum(CASE WHEN p.state = 'not asked' THEN 1 ELSE 0 END) AS n_not_asked,
           list_sort(list(p.id) FILTER (WHERE p.state = 'silent' AND p.place <= 200)) AS silent,
           list_sort(list(DISTINCT p.type) FILTER (WHERE p.state = 'not asked')) AS not_asked_types
    FROM placed AS p
    GROUP BY p.subscription_id
)
SELECT s.id AS subject, s.id AS resource_id, s.subscription_id,
       'manual' AS verdict,
       CASE WHEN n.n_all IS NULL THEN 'no resource of a type with resource logs is in the snapshot'
            ELSE 'resources that could log: ' || n.n_all || '; sending logs: ' || n.n_logs || ', without: ' || n.n_silent
                 || ', not readable: ' || n.n_unread || ', settings not asked for (or not recorded as asked for): ' || n.n_not_asked
       END AS reason,
       s.display_name AS resource_name, n.silent AS first_200_without, n.not_asked_types
FROM azure_subscription AS s
LEFT JOIN per_subscription AS n ON n.subscription_id = s.subscription_id
