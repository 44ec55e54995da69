-- title = "Server parameters of MySQL flexible servers that checks ask for"
-- tables = ["azure_mysql_flexible_server", "azure_mysql_flexible_server_configuration"]
WITH
-- One row per MySQL flexible server and parameter asked for. value is what is set, in_force what holds just now (NULL where
-- the answer does not say and no restart is waited for: then value holds). state is given, pending (a restart has to come
-- first and the answer does not say what holds until then), unread or missing.
wanted AS (
    SELECT w.parameter
    FROM (VALUES ('require_secure_transport'), ('tls_version'), ('audit_log_enabled'), ('audit_log_events')) AS w(parameter)
),
found AS (
    SELECT lower(c._parent_id) AS server_id, lower(c.name) AS parameter, c.value, nullif(trim(c.current_value), '') AS in_force,
           lower(trim(c.is_config_pending_restart)) = 'true' AS is_pending,
           coalesce(list_contains(c._gaps, 'value') OR list_contains(c._gaps, 'current_value')
                    OR list_contains(c._gaps, 'is_config_pending_restart'), FALSE) AS is_unread
    FROM azure_mysql_flexible_server_configuration AS c
    JOIN wanted AS w ON w.parameter = lower(c.name)
)
SELECT s.id AS server_id, s.subscription_id, w.parameter, f.value, f.in_force,
       CASE WHEN f.server_id IS NULL THEN 'missing'
            WHEN f.is_unread OR f.value IS NULL THEN 'unread'
            WHEN f.in_force IS NULL AND f.is_pending THEN 'pending'
            ELSE 'given'
       END AS state
FROM azure_mysql_flexible_server AS s
CROSS JOIN wanted AS w
LEFT JOIN found AS f ON f.server_id = s.id AND f.parameter = w.parameter
