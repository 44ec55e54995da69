-- title = "Auditing settings of SQL servers and databases, and whether anything is kept of them"
-- tables = ["azure_sql_database", "azure_sql_server_auditing_setting", "azure_sql_database_auditing_setting", "sql_audit_sending", "azure_ledger"]
WITH
-- One row per auditing setting of a server or a database. monitor tells of the records for Azure Monitor: off, sent by a
-- diagnostic setting (of master for those of the server), nowhere, or unread. recorded: the setting is on and its records
-- go somewhere; NULL where that is not known. told says it in words.
setting AS (
    SELECT lower(a._parent_id) AS parent_id, 'server' AS kind, lower(a._parent_id) || '/databases/master' AS sender_id,
           lower(trim(a.state)) AS state, coalesce(list_contains(a._gaps, 'state'), FALSE) OR a.state IS NULL AS state_gap,
           nullif(trim(a.storage_endpoint), '') AS storage_endpoint, coalesce(list_contains(a._gaps, 'storage_endpoint'), FALSE) AS storage_gap,
           a.retention_days, coalesce(list_contains(a._gaps, 'retention_days'), FALSE) AS retention_gap,
           a.is_azure_monitor_target_enabled AS to_monitor, coalesce(list_contains(a._gaps, 'is_azure_monitor_target_enabled'), FALSE) AS monitor_gap,
           list_filter(list_transform(coalesce(a.audit_actions_and_groups, []), lambda g: trim(g)), lambda g: g <> '') AS groups,
           coalesce(list_contains(a._gaps, 'audit_actions_and_groups'), FALSE) AS groups_gap
    FROM azure_sql_server_auditing_setting AS a
    UNION ALL
    SELECT lower(a._parent_id), 'database', lower(a._parent_id),
           lower(trim(a.state)), coalesce(list_contains(a._gaps, 'state'), FALSE) OR a.state IS NULL,
           nullif(trim(a.storage_endpoint), ''), coalesce(list_contains(a._gaps, 'storage_endpoint'), FALSE),
           a.retention_days, coalesce(list_contains(a._gaps, 'retention_days'), FALSE),
           a.is_azure_monitor_target_enabled, coalesce(list_contains(a._gaps, 'is_azure_monitor_target_enabled'), FALSE),
           list_filter(list_transform(coalesce(a.audit_actions_and_groups, []), lambda g: trim(g)), lambda g: g <> ''),
           coalesce(list_contains(a._gaps, 'audit_actions_and_groups'), FALSE)
    FROM azure_sql_database_auditing_setting AS a
),
-- A list of diagnostic settings that was refused for one database proves nothing about the server above it or the databases beside it.
refused AS (
    SELECT DISTINCT lower(l.parent_id) AS database_id
    FROM azure_ledger AS l
    WHERE l.table_name = 'azure_diagnostic_setting' AND l.parent_id IS NOT NULL
      AND NOT coalesce(l.status IN ('ok', 'not_registered', 'unsupported', 'license', 'retired'), FALSE)
),
sent AS (
    SELECT s.*, g.sent_by,
           CASE WHEN s.monitor_gap THEN 'unread'
                WHEN NOT coalesce(s.to_monitor, FALSE) THEN 'off'
                WHEN array_length(g.sent_by) > 0 THEN 'sent'
                WHEN coalesce(g.sending_gap, FALSE) OR r.database_id IS NOT NULL OR d.id IS NULL THEN 'unread'
                ELSE 'nowhere'
           END AS monitor
    FROM setting AS s
    LEFT JOIN sql_audit_sending AS g ON g.database_id = s.sender_id
    LEFT JOIN refused AS r ON r.database_id = s.sender_id
    LEFT JOIN (SELECT DISTINCT lower(b.id) AS id FROM azure_sql_database AS b) AS d ON d.id = s.sender_id
)
SELECT s.parent_id, s.kind, s.state, s.state_gap, s.storage_endpoint, s.storage_gap, s.retention_days, s.retention_gap,
       s.monitor, s.sent_by, s.groups, s.groups_gap,
       CASE WHEN s.state_gap THEN NULL
            WHEN s.state = 'disabled' THEN FALSE
            WHEN s.state <> 'enabled' THEN NULL
            WHEN (s.storage_endpoint IS NOT NULL AND NOT s.storage_gap) OR s.monitor = 'sent' THEN TRUE
            WHEN s.storage_gap OR s.monitor = 'unread' THEN NULL
            ELSE FALSE
       END AS recorded,
       'auditing of the ' || s.kind
         || CASE WHEN s.state_gap THEN ' could not be read'
                 WHEN s.state = 'disabled' THEN ' is off'
                 WHEN s.state <> 'enabled' THEN ' has a state that is not known: ' || s.state
                 WHEN s.storage_endpoint IS NOT NULL AND NOT s.storage_gap THEN ' is on, records go to ' || s.storage_endpoint
                 WHEN s.monitor = 'sent' THEN ' is on, records leave through diagnostic setting ' || array_to_string(s.sent_by, ', ')
                 WHEN s.storage_gap OR s.monitor = 'unread' THEN ' is on, but whether records go anywhere could not be read'
                 WHEN s.monitor = 'nowhere' AND s.kind = 'server'
                 THEN ' is on for Azure Monitor, but no diagnostic setting of the database master sends SQLSecurityAuditEvents anywhere'
                 WHEN s.monitor = 'nowhere' THEN ' is on for Azure Monitor, but no diagnostic setting of it sends SQLSecurityAuditEvents anywhere'
                 ELSE ' is on, but records go nowhere' END AS told
FROM sent AS s
