-- title = "Auditing of each SQL server, and where its records go"
-- tables = ["azure_sql_database", "azure_sql_server_auditing_setting", "azure_diagnostic_setting", "azure_diagnostic_setting_category"]
WITH
-- One row per server with an auditing setting. Records for Azure Monitor leave only through a diagnostic setting of the
-- database master: sent_to lists what such settings with the audit category name, workspaces the workspaces among them.
-- has_other: one of them is a storage account, an event hub, a partner product or, in old settings, a service bus. sending_gap: a setting that may send
-- could not be read, or switches on a category group of which the snapshot does not tell whether the audit category is in
-- it (allLogs covers every category). has_master is FALSE where the list of databases lacks master, so that no setting proves nothing.
entry AS (
    SELECT d.id AS setting_id,
           lower(trim(d.logs ->> ('$[' || u.i || '].category'))) AS category,
           lower(trim(d.logs ->> ('$[' || u.i || '].categoryGroup'))) AS category_group,
           lower(d.logs ->> ('$[' || u.i || '].enabled')) AS enabled
    FROM azure_diagnostic_setting AS d, unnest(range(CAST(json_array_length(d.logs) AS BIGINT))) AS u(i)
    WHERE lower(d._parent_id) LIKE '%/databases/master'
),
listed AS (
    SELECT k.id, k.category_groups
    FROM azure_diagnostic_setting_category AS k
    WHERE lower(k.name) = 'sqlsecurityauditevents' AND lower(k._parent_id) LIKE '%/providers/microsoft.sql/servers/%/databases/%'
      AND k.category_groups IS NOT NULL AND NOT coalesce(list_contains(k._gaps, 'category_groups'), FALSE)
),
told AS (
    SELECT DISTINCT lower(trim(u.g)) AS category_group
    FROM listed AS k, unnest(k.category_groups) AS u(g)
),
known AS (
    SELECT count(*) AS n FROM listed AS k
),
auditing AS (
    SELECT e.setting_id,
           max(CASE WHEN e.category = 'sqlsecurityauditevents' OR e.category_group = 'alllogs' OR t.category_group IS NOT NULL THEN 1 ELSE 0 END) AS n_sure,
           max(CASE WHEN e.category_group IS NOT NULL AND k.n = 0 THEN 1 ELSE 0 END) AS n_perhaps
    FROM entry AS e
    CROSS JOIN known AS k
    LEFT JOIN told AS t ON t.category_group = e.category_group
    WHERE e.enabled = 'true'
    GROUP BY e.setting_id
),
setting AS (
    SELECT regexp_replace(lower(d._parent_id), '/databases/master$', '') AS server_id, d.name,
           nullif(trim(d.workspace_id), '') AS workspace_id,
           coalesce(nullif(trim(d.storage_account_id), ''), nullif(trim(d.event_hub_authorization_rule_id), ''),
                    nullif(trim(d.marketplace_partner_id), ''), nullif(trim(d.service_bus_rule_id), '')) AS other,
           coalesce(a.n_sure, 0) > 0 AS audits,
           coalesce(list_contains(d._gaps, 'logs'), FALSE) OR (coalesce(a.n_sure, 0) = 0 AND coalesce(a.n_perhaps, 0) > 0) AS logs_gap,
           coalesce(list_contains(d._gaps, 'workspace_id') OR list_contains(d._gaps, 'storage_account_id')
                    OR list_contains(d._gaps, 'event_hub_authorization_rule_id')
                    OR list_contains(d._gaps, 'marketplace_partner_id') OR list_contains(d._gaps, 'service_bus_rule_id'), FALSE) AS destination_gap
    FROM azure_diagnostic_setting AS d
    LEFT JOIN auditing AS a ON a.setting_id = d.id
    WHERE lower(d._parent_id) LIKE '%/databases/master'
),
sending AS (
    SELECT s.server_id,
           list_sort(list(DISTINCT s.name) FILTER (WHERE s.audits AND coalesce(s.workspace_id, s.other) IS NOT NULL)) AS sent_by,
           list_sort(list(DISTINCT s.workspace_id) FILTER (WHERE s.audits AND s.workspace_id IS NOT NULL)) AS workspaces,
           max(CASE WHEN s.audits AND s.other IS NOT NULL THEN 1 ELSE 0 END) AS n_other,
           max(CASE WHEN (s.audits OR s.logs_gap) AND (s.logs_gap OR s.destination_gap)
                     AND (s.destination_gap OR coalesce(s.workspace_id, s.other) IS NOT NULL) THEN 1 ELSE 0 END) AS n_gap
    FROM setting AS s
    GROUP BY s.server_id
),
master AS (
    SELECT DISTINCT regexp_replace(lower(m.id), '/databases/master$', '') AS server_id
    FROM azure_sql_database AS m
    WHERE lower(m.id) LIKE '%/databases/master'
)
SELECT lower(a._parent_id) AS server_id, lower(trim(a.state)) AS state, nullif(trim(a.storage_endpoint), '') AS storage_endpoint,
       a.retention_days, a.is_azure_monitor_target_enabled AS to_monitor,
       coalesce(list_contains(a._gaps, 'state'), FALSE) AS state_gap,
       coalesce(list_contains(a._gaps, 'storage_endpoint'), FALSE) AS storage_gap,
       coalesce(list_contains(a._gaps, 'retention_days'), FALSE) AS retention_gap,
       coalesce(list_contains(a._gaps, 'is_azure_monitor_target_enabled'), FALSE) AS monitor_gap,
       m.server_id IS NOT NULL AS has_master, g.sent_by, g.workspaces,
       coalesce(g.n_other, 0) > 0 AS has_other, coalesce(g.n_gap, 0) > 0 AS sending_gap
FROM azure_sql_server_auditing_setting AS a
LEFT JOIN sending AS g ON g.server_id = lower(a._parent_id)
LEFT JOIN master AS m ON m.server_id = lower(a._parent_id)
