-- title = "Resources with and without diagnostic settings"
-- severity = "medium"
-- subject = "azure_resource"
-- tables = ["azure_resource"]
-- optional = ["azure_diagnostic_setting", "azure_diagnostic_setting_category"]
-- controls = ["jupiterone_questions:diagnostic_setting_present"]
-- rationale = "What happens inside a resource is in its resource logs, and those go nowhere unless a diagnostic setting sends them. The question asked 18 types, missed firewalls by an old name, and took a setting without destination or logs for one; here every type whose settings are collected is judged, and only a setting that sends a log counts. A resource whose settings were not asked for is a gap; parts of storage accounts and the activity log of subscriptions have checks of their own."
-- remediation = "az monitor diagnostic-settings create --name NAME --resource RESOURCE_ID --workspace WORKSPACE_ID --logs '[{\"categoryGroup\":\"allLogs\",\"enabled\":true}]'"
-- references = ["https://learn.microsoft.com/azure/azure-monitor/platform/diagnostic-settings"]
-- [[case]]
-- title = "one sends logs, one has no setting"
-- ledger = [
--   { table = "azure_diagnostic_setting", parent = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/a", status = "ok" },
--   { table = "azure_diagnostic_setting", parent = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/b", status = "ok" },
-- ]
-- given.azure_resource = [
--   { id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/a", type = "microsoft.keyvault/vaults" },
--   { id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/b", type = "microsoft.keyvault/vaults" },
-- ]
-- given.azure_diagnostic_setting = [{ name = "d0", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/a", workspace_id = "/x/w", logs = '[{"categoryGroup":"allLogs","enabled":true}]' }]
-- expect = { a = "pass", b = "fail" }
-- [[case]]
-- title = "to a service bus, as settings of the first years do"
-- ledger = [{ table = "azure_diagnostic_setting", parent = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/a", status = "ok" }]
-- given.azure_resource = [{ id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/a", type = "microsoft.keyvault/vaults" }]
-- given.azure_diagnostic_setting = [{ name = "d0", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/a", service_bus_rule_id = "/x/b", logs = '[{"categoryGroup":"allLogs","enabled":true}]' }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "no destination; every log off; metrics only"
-- ledger = [
--   { table = "azure_diagnostic_setting", parent = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/a", status = "ok" },
--   { table = "azure_diagnostic_setting", parent = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/b", status = "ok" },
--   { table = "azure_diagnostic_setting", parent = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/c", status = "ok" },
-- ]
-- given.azure_resource = [
--   { id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/a", type = "microsoft.keyvault/vaults" },
--   { id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/b", type = "microsoft.keyvault/vaults" },
--   { id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/c", type = "microsoft.keyvault/vaults" },
-- ]
-- given.azure_diagnostic_setting = [
--   { name = "d0", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/a", logs = '[{"categoryGroup":"allLogs","enabled":true}]' },
--   { name = "d1", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/b", storage_account_id = "/x/s", logs = '[{"category":"AuditEvent","enabled":false}]' },
--   { name = "d2", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/c", workspace_id = "/x/w", metrics_category = ["AllMetrics"] },
-- ]
-- expect = { a = "fail", b = "fail", c = "fail" }
-- [[case]]
-- title = "a firewall under its present name; a type whose settings are not collected is left out"
-- ledger = [{ table = "azure_diagnostic_setting", parent = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/azurefirewalls/f", status = "ok" }]
-- given.azure_resource = [
--   { id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/azurefirewalls/f", type = "Microsoft.Network/azureFirewalls" },
--   { id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.insights/components/i", type = "microsoft.insights/components" },
-- ]
-- expect = { f = "fail" }
-- [[case]]
-- title = "log list or destination not readable"
-- ledger = [
--   { table = "azure_diagnostic_setting", parent = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/a", status = "ok" },
--   { table = "azure_diagnostic_setting", parent = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/b", status = "ok" },
-- ]
-- given.azure_resource = [
--   { id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/a", type = "microsoft.keyvault/vaults" },
--   { id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/b", type = "microsoft.keyvault/vaults" },
-- ]
-- given.azure_diagnostic_setting = [
--   { name = "d0", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/a", workspace_id = "/x/w", _gaps = ["logs"] },
--   { name = "d1", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/b", logs = '[{"categoryGroup":"allLogs","enabled":true}]', _gaps = ["workspace_id"] },
-- ]
-- expect = { a = "unknown", b = "unknown" }
-- [[case]]
-- title = "the type has no log at all; the resource takes no settings"
-- ledger = [
--   { table = "azure_diagnostic_setting", parent = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/a", status = "ok" },
--   { table = "azure_diagnostic_setting", parent = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.sql/servers/s", status = "ok" },
--   { table = "azure_diagnostic_setting", parent = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/b", status = "unsupported" },
-- ]
-- given.azure_resource = [
--   { id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/a", type = "microsoft.keyvault/vaults" },
--   { id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/b", type = "microsoft.keyvault/vaults" },
--   { id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.sql/servers/s", type = "microsoft.sql/servers" },
-- ]
-- given.azure_diagnostic_setting_category = [
--   { name = "Basic", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.sql/servers/s", category_type = "Metrics" },
--   { name = "AuditEvent", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/a", category_type = "Logs" },
-- ]
-- expect = { a = "fail", b = "not_applicable", s = "not_applicable" }
-- [[case]]
-- title = "the settings of another resource were asked for, not of this one"
-- ledger = [{ table = "azure_diagnostic_setting", parent = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/b", status = "ok" }]
-- given.azure_resource = [{ id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/a", type = "microsoft.keyvault/vaults" }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "an import, which tells only that all settings of the subscription were read"
-- given.azure_resource = [
--   { id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/a", type = "microsoft.keyvault/vaults" },
--   { id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/b", type = "microsoft.keyvault/vaults" },
-- ]
-- given.azure_diagnostic_setting = [{ name = "d0", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/a", workspace_id = "/x/w", logs = '[{"categoryGroup":"allLogs","enabled":true}]' }]
-- expect = { a = "pass", b = "fail" }
-- [[case]]
-- title = "settings of one resource denied"
-- ledger = [{ table = "azure_diagnostic_setting", parent = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/a", status = "denied" }]
-- given.azure_resource = [{ id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/a", type = "microsoft.keyvault/vaults" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/a" = "unknown" }
-- [[case]]
-- title = "the list of one service was refused, so its settings were not asked for; those of other services stand"
-- ledger = [
--   { table = "azure_diagnostic_setting", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" },
--   { table = "azure_diagnostic_setting", parent = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/a", status = "ok" },
--   { table = "azure_diagnostic_setting", parent = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/b", status = "ok" },
--   { table = "azure_diagnostic_setting", parent = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/c", status = "partial" },
-- ]
-- given.azure_resource = [
--   { id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/a", type = "microsoft.keyvault/vaults" },
--   { id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/b", type = "microsoft.keyvault/vaults" },
--   { id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/c", type = "microsoft.keyvault/vaults" },
--   { id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.batch/batchaccounts/x", type = "microsoft.batch/batchaccounts" },
-- ]
-- given.azure_diagnostic_setting = [{ name = "d0", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/a", workspace_id = "/x/w", logs = '[{"categoryGroup":"allLogs","enabled":true}]' }]
-- expect = { a = "pass", b = "fail", c = "unknown", x = "unknown" }
-- [[case]]
-- title = "no setting was read at all: nothing is known of any resource"
-- ledger = [{ table = "azure_diagnostic_setting", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_resource = [
--   { id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/a", type = "microsoft.keyvault/vaults" },
--   { id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.sql/servers/s", type = "microsoft.sql/servers" },
-- ]
-- given.azure_diagnostic_setting_category = [{ name = "Basic", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.sql/servers/s", category_type = "Metrics" }]
-- expect = { a = "unknown", s = "unknown" }
-- [[case]]
-- title = "resources denied"
-- ledger = [{ table = "azure_resource", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_resource = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "no resource"
-- given.azure_resource = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
WITH asked_type AS (
    SELECT t.type
    FROM (VALUES
        ('microsoft.keyvault/vaults'), ('microsoft.apimanagement/service'), ('microsoft.batch/batchaccounts'), ('microsoft.cdn/profiles/endpoints'),
        ('microsoft.cdn/profiles'), ('microsoft.containerregistry/registries'), ('microsoft.eventgrid/domains'), ('microsoft.eventgrid/topics'),
        ('microsoft.network/loadbalancers'), ('microsoft.dbformariadb/servers'), ('microsoft.dbformysql/servers'), ('microsoft.network/azurefirewalls'),
        ('microsoft.dbforpostgresql/servers'), ('microsoft.network/publicipaddresses'), ('microsoft.network/networksecuritygroups'),
        ('microsoft.sql/servers'), ('microsoft.network/virtualnetworks'), ('microsoft.web/sites'), ('microsoft.databricks/workspaces'),
        ('microsoft.containerservice/managedclusters'), ('microsoft.documentdb/databaseaccounts'), ('microsoft.eventhub/namespaces'),
        ('microsoft.servicebus/namespaces'), ('microsoft.logic/workflows'), ('microsoft.network/applicationgateways'), ('microsoft.sql/servers/databases'),
        ('microsoft.search/searchservices'), ('microsoft.devices/iothubs'), ('microsoft.recoveryservices/vaults'), ('microsoft.datafactory/factories'),
        ('microsoft.synapse/workspaces'), ('microsoft.cache/redis'), ('microsoft.automation/automationaccounts'),
        ('microsoft.machinelearningservices/workspaces'), ('microsoft.cognitiveservices/accounts'), ('microsoft.dbforpostgresql/flexibleservers'),
        ('microsoft.dbformysql/flexibleservers')
    ) AS t(type)
),
category AS (
    -- provider/type/name/type/name: the provider and every second part make the type
    SELECT string_split(lower(regexp_extract(k._parent_id, '.*/providers/(.*)$', 1)), '/') AS parts, lower(k.category_type) AS kind
    FROM azure_diagnostic_setting_category AS k
),
type_log AS (
    SELECT concat_ws('/', c.parts[1], c.parts[2], c.parts[4], c.parts[6]) AS type,
           max(CASE WHEN coalesce(c.kind, 'logs') = 'logs' THEN 1 ELSE 0 END) AS has_logs
    FROM category AS c
    GROUP BY concat_ws('/', c.parts[1], c.parts[2], c.parts[4], c.parts[6])
),
answered AS (
    SELECT rtrim(lower(l.parent_id), '/') AS id, max(CASE WHEN lower(l.status) = 'ok' THEN 1 ELSE 0 END) AS is_ok,
           max(CASE WHEN lower(l.status) = 'unsupported' THEN 1 ELSE 0 END) AS is_unsupported, min(lower(l.status)) AS status
    FROM azure_ledger AS l
    WHERE l.table_name = 'azure_diagnostic_setting' AND l.parent_id IS NOT NULL
    GROUP BY rtrim(lower(l.parent_id), '/')
),
-- An import tells only of whole subscriptions; there "ok" means that no resource was left out.
whole AS (
    SELECT lower(l.scope_id) AS subscription_id
    FROM azure_ledger AS l
    WHERE l.table_name = 'azure_diagnostic_setting' AND l.scope_id IS NOT NULL
    GROUP BY lower(l.scope_id)
    HAVING count(l.parent_id) = 0 AND max(CASE WHEN lower(l.status) <> 'ok' THEN 1 ELSE 0 END) = 0
),
entry AS (
    SELECT DISTINCT d.id
    FROM azure_diagnostic_setting AS d, unnest(range(CAST(json_array_length(d.logs) AS BIGINT))) AS u(i)
    WHERE lower(d.logs ->> ('$[' || u.i || '].enabled')) = 'true'
),
setting AS (
    SELECT rtrim(lower(d._parent_id), '/') AS resource_id, d.name,
           CASE WHEN coalesce(nullif(trim(d.workspace_id), ''), nullif(trim(d.storage_account_id), ''),
                              nullif(trim(d.event_hub_authorization_rule_id), ''), nullif(trim(d.marketplace_partner_id), ''),
                              nullif(trim(d.service_bus_rule_id), '')) IS NOT NULL THEN 'yes'
                WHEN list_contains(d._gaps, 'workspace_id') OR list_contains(d._gaps, 'storage_account_id')
                  OR list_contains(d._gaps, 'event_hub_authorization_rule_id') OR list_contains(d._gaps, 'marketplace_partner_id')
                  OR list_contains(d._gaps, 'service_bus_rule_id') THEN 'unread'
                ELSE 'no' END AS destination,
           CASE WHEN e.id IS NOT NULL THEN 'yes' WHEN list_contains(d._gaps, 'logs') THEN 'unread' ELSE 'no' END AS logs
    FROM azure_diagnostic_setting AS d
    LEFT JOIN entry AS e ON e.id = d.id
),
per_resource AS (
    SELECT s.resource_id, list_sort(list(DISTINCT s.name)) AS names,
           max(CASE WHEN s.destination = 'yes' AND s.logs = 'yes' THEN s.name END) AS good,
           max(CASE WHEN s.destination <> 'no' AND s.logs <> 'no' THEN s.name END) AS unread
    FROM setting AS s
    GROUP BY s.resource_id
)
SELECT r.id AS subject, r.id AS resource_id, r.subscription_id,
       CASE WHEN p.good IS NOT NULL THEN 'pass'
            WHEN a.is_unsupported = 1 OR (t.has_logs = 0 AND (a.is_ok = 1 OR o.subscription_id IS NOT NULL)) THEN 'not_applicable'
            WHEN p.unread IS NOT NULL OR (coalesce(a.is_ok, 0) = 0 AND o.subscription_id IS NULL) THEN NULL
            ELSE 'fail'
       END AS verdict,
       CASE WHEN p.good IS NOT NULL THEN 'diagnostic setting ' || p.good || ' sends logs'
            WHEN a.is_unsupported = 1 THEN 'the resource takes no diagnostic settings'
            WHEN t.has_logs = 0 AND (a.is_ok = 1 OR o.subscription_id IS NOT NULL) THEN 'resources of this type have no logs, only metrics'
            WHEN p.unread IS NOT NULL THEN 'diagnostic setting ' || p.unread || ' could not be read in full'
            WHEN a.is_ok = 0 AND o.subscription_id IS NULL THEN 'the diagnostic settings of the resource were not read in full: ' || a.status
            WHEN coalesce(a.is_ok, 0) = 0 AND o.subscription_id IS NULL THEN 'the diagnostic settings of the resource were not asked for, or it is not recorded that they were'
            WHEN p.names IS NOT NULL THEN 'no diagnostic setting has both a destination and a log that is on: ' || array_to_string(p.names, ', ')
            ELSE 'the resource has no diagnostic setting'
       END AS reason,
       lower(r.type) AS resource_type, p.names AS diagnostic_settings
FROM azure_resource AS r
JOIN asked_type AS w ON w.type = lower(r.type)
LEFT JOIN type_log AS t ON t.type = lower(r.type)
LEFT JOIN answered AS a ON a.id = r.id
LEFT JOIN whole AS o ON o.subscription_id = lower(r.subscription_id)
LEFT JOIN per_resource AS p ON p.resource_id = r.id
