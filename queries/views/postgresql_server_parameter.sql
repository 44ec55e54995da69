-- title = "Server parameters of PostgreSQL servers that checks ask for"
-- tables = ["azure_postgresql_flexible_server", "azure_postgresql_flexible_server_configuration", "azure_postgresql_server", "azure_postgresql_server_configuration"]
WITH
-- One row per PostgreSQL server, flexible or single, and parameter asked for, under one name for both kinds. state is on,
-- off, other (the value is neither), pending (a restart has to come first, so that nobody knows what holds), unread or
-- missing. is_listed: parameters that every version has are there, so that the absence of another one means something.
wanted AS (
    SELECT w.parameter, w.flexible_name, w.single_name
    FROM (VALUES ('require_secure_transport', 'require_secure_transport', NULL),
                 ('log_checkpoints', 'log_checkpoints', 'log_checkpoints'),
                 ('log_connections', 'log_connections', 'log_connections'),
                 ('log_disconnections', 'log_disconnections', 'log_disconnections'),
                 ('connection_throttling', 'connection_throttle.enable', 'connection_throttling'),
                 ('log_retention_days', 'logfiles.retention_days', 'log_retention_days'),
                 ('log_download', 'logfiles.download_enable', NULL)) AS w(parameter, flexible_name, single_name)
),
found AS (
    SELECT lower(c._parent_id) AS server_id, w.parameter, c.value,
           coalesce(c.is_config_pending_restart, FALSE) AS is_pending,
           coalesce(list_contains(c._gaps, 'value') OR list_contains(c._gaps, 'is_config_pending_restart'), FALSE) AS is_unread
    FROM azure_postgresql_flexible_server_configuration AS c
    JOIN wanted AS w ON w.flexible_name = lower(c.name)
    UNION ALL
    SELECT lower(o._parent_id) AS server_id, w.parameter, o.value, FALSE AS is_pending,
           coalesce(list_contains(o._gaps, 'value'), FALSE) AS is_unread
    FROM azure_postgresql_server_configuration AS o
    JOIN wanted AS w ON w.single_name = lower(o.name)
),
listed AS (
    SELECT f.server_id
    FROM found AS f
    WHERE f.parameter IN ('log_checkpoints', 'log_connections', 'log_disconnections')
    GROUP BY f.server_id
    HAVING count(DISTINCT f.parameter) = 3
),
server AS (
    SELECT s.id, s.subscription_id, 'flexible' AS kind,
           CASE WHEN NOT coalesce(list_contains(s._gaps, 'version'), FALSE) THEN s.version END AS version
    FROM azure_postgresql_flexible_server AS s
    UNION ALL
    SELECT r.id, r.subscription_id, 'single' AS kind,
           CASE WHEN NOT coalesce(list_contains(r._gaps, 'version'), FALSE) THEN r.version END AS version
    FROM azure_postgresql_server AS r
)
SELECT s.id AS server_id, s.subscription_id, s.kind, s.version, w.parameter, f.value,
       CASE WHEN f.server_id IS NULL THEN 'missing'
            WHEN f.is_unread OR f.value IS NULL THEN 'unread'
            WHEN f.is_pending THEN 'pending'
            WHEN lower(trim(f.value)) IN ('on', 'true', 'yes', '1') THEN 'on'
            WHEN lower(trim(f.value)) IN ('off', 'false', 'no', '0', '') THEN 'off'
            ELSE 'other'
       END AS state,
       l.server_id IS NOT NULL AS is_listed
FROM server AS s
CROSS JOIN wanted AS w
LEFT JOIN found AS f ON f.server_id = s.id AND f.parameter = w.parameter
LEFT JOIN listed AS l ON l.server_id = s.id
