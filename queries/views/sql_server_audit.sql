-- title = "Auditing of each SQL server, and where its records go"
-- tables = ["azure_sql_database", "azure_sql_server_auditing_setting", "sql_audit_sending"]
WITH
-- One row per server with an auditing setting; sent_by, workspaces, has_other and sending_gap tell of the diagnostic
-- settings of its database master. has_master is FALSE where the list of databases lacks master, so that no setting proves nothing.
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
       coalesce(g.has_other, FALSE) AS has_other, coalesce(g.sending_gap, FALSE) AS sending_gap
FROM azure_sql_server_auditing_setting AS a
LEFT JOIN sql_audit_sending AS g ON g.database_id = lower(a._parent_id) || '/databases/master'
LEFT JOIN master AS m ON m.server_id = lower(a._parent_id)
