-- title = "Locks that hold for a storage account"
-- tables = ["azure_storage_account", "azure_resource_lock"]
WITH
-- One row per account and lock on it, on its resource group or on its subscription.
-- level is lower-case, NULL where it is absent or could not be read.
covered AS (
    SELECT s.id AS account_id, s.id AS scope, 'account' AS place FROM azure_storage_account AS s
    UNION ALL
    SELECT s.id, split_part(s.id, '/providers/', 1), 'resource group' FROM azure_storage_account AS s
    UNION ALL
    SELECT s.id, '/subscriptions/' || lower(s.subscription_id), 'subscription' FROM azure_storage_account AS s
),
held AS (
    SELECT rtrim(split_part(lower(l.id), '/providers/microsoft.authorization/locks/', 1), '/') AS scope, l.name,
           CASE WHEN NOT coalesce(list_contains(l._gaps, 'level'), FALSE) THEN nullif(trim(l.level), '') END AS level
    FROM azure_resource_lock AS l
)
SELECT c.account_id, c.place, h.name, lower(h.level) AS level,
       h.name || ' on the ' || c.place || ': ' || coalesce(h.level, 'level not known') AS line
FROM covered AS c
JOIN held AS h ON h.scope = c.scope
