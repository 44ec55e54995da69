-- title = "Where diagnostic settings of SQL databases send audit records"
-- tables = ["azure_diagnostic_setting", "azure_diagnostic_setting_category"]
WITH
-- One row per database with a diagnostic setting. Audit records for Azure Monitor leave only through such a setting: of
-- master those of the server, of another database those of its own auditing. sent_by lists the settings that send the
-- audit category somewhere, workspaces the workspaces among their destinations.
-- has_other: one of them is a storage account, an event hub, a partner product or, in old settings, a service bus. sending_gap: a setting that may send
-- could not be read, or switches on a category group of which the snapshot does not tell whether the audit category is in
-- it (allLogs covers every category).
entry AS (
    SELECT d.id AS setting_id,
           lower(trim(d.logs ->> ('$[' || u.i || '].category'))) AS category,
           lower(trim(d.logs ->> ('$[' || u.i || '].categoryGroup'))) AS category_group,
           lower(d.logs ->> ('$[' || u.i || '].enabled')) AS enabled
    FROM azure_diagnostic_setting AS d, unnest(range(CAST(json_array_length(d.logs) AS BIGINT))) AS u(i)
    WHERE lower(d._parent_id) LIKE '%/databases/%'
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
    SELECT lower(d._parent_id) AS database_id, d.name,
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
    WHERE lower(d._parent_id) LIKE '%/databases/%'
)
SELECT s.database_id,
       list_sort(list(DISTINCT s.name) FILTER (WHERE s.audits AND coalesce(s.workspace_id, s.other) IS NOT NULL)) AS sent_by,
       list_sort(list(DISTINCT s.workspace_id) FILTER (WHERE s.audits AND s.workspace_id IS NOT NULL)) AS workspaces,
       max(CASE WHEN s.audits AND s.other IS NOT NULL THEN 1 ELSE 0 END) > 0 AS has_other,
       max(CASE WHEN (s.audits OR s.logs_gap) AND (s.logs_gap OR s.destination_gap)
                 AND (s.destination_gap OR coalesce(s.workspace_id, s.other) IS NOT NULL) THEN 1 ELSE 0 END) > 0 AS sending_gap
FROM setting AS s
GROUP BY s.database_id
