-- title = "Vulnerability assessment of each SQL server, classic or express"
-- tables = ["azure_sql_server", "azure_sql_server_vulnerability_assessment", "azure_sql_server_express_vulnerability_assessment"]
WITH
-- One row per server. mode: express, classic (a storage container is set), none, or NULL where it cannot be told, with why
-- in unread. has_express is told apart, since classic settings may stand beside it. The three classic settings are NULL where they are absent or could not be read.
classic AS (
    SELECT lower(a._parent_id) AS server_id, nullif(trim(a.storage_container_path), '') AS container,
           coalesce(list_contains(a._gaps, 'storage_container_path'), FALSE) AS container_gap,
           CASE WHEN NOT coalesce(list_contains(a._gaps, 'recurring_scans_is_enabled'), FALSE) THEN a.recurring_scans_is_enabled END AS scans,
           CASE WHEN NOT coalesce(list_contains(a._gaps, 'recurring_scans_email_subscription_admins'), FALSE)
                THEN a.recurring_scans_email_subscription_admins END AS mails_admins,
           coalesce(list_contains(a._gaps, 'recurring_scans_emails'), FALSE) AS recipients_gap,
           list_sort(list_filter(list_transform(a.recurring_scans_emails, lambda m: trim(m)), lambda m: m <> '')) AS recipients
    FROM azure_sql_server_vulnerability_assessment AS a
),
express AS (
    SELECT lower(e._parent_id) AS server_id, lower(trim(e.state)) AS state,
           coalesce(list_contains(e._gaps, 'state'), FALSE) AS state_gap
    FROM azure_sql_server_express_vulnerability_assessment AS e
)
SELECT s.id AS server_id,
       CASE WHEN c.container IS NOT NULL AND NOT c.container_gap THEN 'classic'
            WHEN e.state = 'enabled' AND NOT e.state_gap THEN 'express'
            WHEN c.server_id IS NULL OR c.container_gap THEN NULL
            WHEN e.server_id IS NULL OR e.state_gap OR coalesce(e.state, '') <> 'disabled' THEN NULL
            ELSE 'none'
       END AS mode,
       CASE WHEN c.server_id IS NULL THEN 'the classic assessment of the server is not in the snapshot'
            WHEN c.container_gap THEN 'the storage container of the classic assessment could not be read'
            WHEN e.server_id IS NULL THEN 'the express assessment of the server is not in the snapshot'
            WHEN e.state_gap THEN 'the state of the express assessment could not be read'
            WHEN coalesce(e.state, '') <> 'disabled' THEN 'the express assessment has a state that is not known: ' || coalesce(e.state, 'none given')
       END AS unread,
       coalesce(e.state = 'enabled' AND NOT e.state_gap, FALSE) AS has_express,
       coalesce(e.state_gap, FALSE) AS express_gap, c.container, c.scans, c.mails_admins, c.recipients, coalesce(c.recipients_gap, FALSE) AS recipients_gap
FROM azure_sql_server AS s
LEFT JOIN classic AS c ON c.server_id = s.id
LEFT JOIN express AS e ON e.server_id = s.id
