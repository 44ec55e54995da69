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
-- title = "a type whose categories were refused, one nobody asked for, one that takes no settings"
-- ledger = [
--   { table = "azure_diagnostic_setting_category", parent = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/a", status = "denied" },
--   { table = "azure_diagnostic_setting_category", parent = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/disks/d", status = "unsupported" },
--   { table = "azure_diagnostic_setting", parent = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/a", status = "ok" },
--   { table = "azure_diagnostic_setting", parent = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/b", status = "ok" },
-- ]
-- given.azure_subscription = [{ }]
-- given.azure_resource = [
--   { id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/a", type = "microsoft.keyvault/vaults" },
--   { id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/b", type = "microsoft.keyvault/vaults" },
--   { id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.batch/batchaccounts/x", type = "Microsoft.Batch/batchAccounts" },
--   { id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/disks/d", type = "microsoft.compute/disks" },
-- ]
-- given.azure_diagnostic_setting = [{ name = "d", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/a", workspace_id = "/x/w", logs = '[{"categoryGroup":"allLogs","enabled":true}]' }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "manual", "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/a" = "unknown" }
-- [[case]]
-- title = "the kind of a category not readable; an import, which tells only of whole subscriptions"
-- given.azure_subscription = [{ }]
-- given.azure_resource = [
--   { id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/a", type = "microsoft.keyvault/vaults" },
--   { id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.batch/batchaccounts/x", type = "microsoft.batch/batchaccounts" },
-- ]
-- given.azure_diagnostic_setting_category = [
--   { name = "AuditEvent", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/a", category_type = "Logs" },
--   { name = "ServiceLog", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.batch/batchaccounts/x", _gaps = ["category_type"] },
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
WITH told AS (
    -- 2: a log; 1: what the category is could not be read; 0: metrics, or an answer that names no category
    SELECT k._parent_id AS resource_id,
           CASE WHEN k.category_type IS NULL OR list_contains(k._gaps, 'category_type') THEN 1 WHEN lower(trim(k.category_type)) = 'logs' THEN 2 ELSE 0 END AS has_logs
    FROM azure_diagnostic_setting_category AS k
    UNION ALL
    SELECT l.parent_id, 0
    FROM azure_ledger AS l
    WHERE l.table_name = 'azure_diagnostic_setting_category' AND l.parent_id IS NOT NULL AND lower(l.status) IN ('ok', 'unsupported')
),
told_parts AS (
    -- provider/type/name/type/name: the provider and every second part make the type
    SELECT string_split(lower(regexp_extract(t.resource_id, '.*/providers/(.*)$', 1)), '/') AS parts, t.has_logs
    FROM told AS t
),
told_type AS (
    SELECT concat_ws('/', t.parts[1], t.parts[2], t.parts[4], t.parts[6]) AS type, max(t.has_logs) AS has_logs
    FROM told_parts AS t
    GROUP BY concat_ws('/', t.parts[1], t.parts[2], t.parts[4], t.parts[6])
),
asked AS (
    SELECT rtrim(lower(l.parent_id), '/') AS id, max(CASE WHEN lower(l.status) = 'ok' THEN 1 ELSE 0 END) AS is_ok,
           max(CASE WHEN lower(l.status) = 'unsupported' THEN 1 ELSE 0 END) AS is_unsupported
    FROM azure_ledger AS l
    WHERE l.table_name = 'azure_diagnostic_setting' AND l.parent_id IS NOT NULL
    GROUP BY rtrim(lower(l.parent_id), '/')
),
sent AS (
    SELECT c.resource_id AS id, max(CASE WHEN c.state = 'sent' THEN 1 ELSE 0 END) AS is_sent
    FROM diagnostic_category AS c
    GROUP BY c.resource_id
),
judged AS (
    SELECT r.subscription_id, r.id, lower(r.type) AS type, coalesce(t.has_logs, 1) = 2 OR coalesce(s.is_sent, 0) = 1 AS is_capable,
           CASE WHEN s.is_sent = 1 THEN 'logs'
                WHEN s.is_sent = 0 THEN 'not readable'
                WHEN q.is_ok = 1 THEN 'silent'
                ELSE 'not asked'
           END AS state
    FROM azure_resource AS r
    LEFT JOIN told_type AS t ON t.type = lower(r.type)
    LEFT JOIN sent AS s ON s.id = r.id
    LEFT JOIN asked AS q ON q.id = r.id
    -- Without an answer about its type a resource may log, unless it takes no settings.
    WHERE s.is_sent = 1 OR (coalesce(t.has_logs, 1) > 0 AND coalesce(q.is_unsupported, 0) = 0)
),
placed AS (
    SELECT j.subscription_id, j.id, j.type, j.is_capable, j.state,
           row_number() OVER (PARTITION BY j.subscription_id, j.state ORDER BY CASE WHEN j.is_capable THEN 0 ELSE 1 END, j.type, j.id) AS place
    FROM judged AS j
),
per_subscription AS (
    SELECT p.subscription_id, count(*) FILTER (WHERE p.is_capable) AS n_all, count(*) FILTER (WHERE p.state = 'logs') AS n_logs,
           count(*) FILTER (WHERE p.is_capable AND p.state = 'silent') AS n_silent,
           count(*) FILTER (WHERE p.is_capable AND p.state = 'not readable') AS n_unread,
           count(*) FILTER (WHERE p.is_capable AND p.state = 'not asked') AS n_not_asked,
           count(*) FILTER (WHERE NOT p.is_capable) AS n_unclear, count(*) FILTER (WHERE NOT p.is_capable AND p.state = 'silent') AS n_unclear_silent,
           list_sort(list(p.id) FILTER (WHERE p.state = 'silent' AND p.place <= 200)) AS silent,
           list_sort(list(DISTINCT p.type) FILTER (WHERE p.is_capable AND p.state = 'not asked')) AS not_asked_types,
           list_sort(list(DISTINCT p.type) FILTER (WHERE NOT p.is_capable)) AS unclear_types
    FROM placed AS p
    GROUP BY p.subscription_id
)
SELECT s.id AS subject, s.id AS resource_id, s.subscription_id,
       'manual' AS verdict,
       CASE WHEN n.subscription_id IS NULL THEN 'no resource of a type with resource logs is in the snapshot'
            ELSE 'resources that could log: ' || n.n_all || '; sending logs: ' || n.n_logs || ', without: ' || n.n_silent
                 || ', not readable: ' || n.n_unread || ', settings not asked for (or not recorded as asked for): ' || n.n_not_asked
                 || CASE WHEN n.n_unclear = 0 THEN ''
                         ELSE '; resources of types whose log categories were not read, so that they may log too: ' || n.n_unclear
                              || ', without a setting that sends logs: ' || n.n_unclear_silent END
       END AS reason,
       s.display_name AS resource_name, n.silent AS first_200_without, n.not_asked_types, n.unclear_types AS types_without_categories_read
FROM azure_subscription AS s
LEFT JOIN per_subscription AS n ON n.subscription_id = s.subscription_id
