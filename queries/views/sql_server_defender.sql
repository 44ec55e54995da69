-- title = "Defender for SQL on each SQL server"
-- tables = ["azure_sql_server", "azure_sql_server_security_alert_policy", "azure_sql_server_advanced_threat_protection", "azure_security_center_subscription_pricing"]
WITH
-- One row per server: state on, off or NULL where it is not known, with the reason. The switch of a server goes by two
-- names; the newer one is looked at where it was read. A subscription without the plan SqlServers is on the free tier.
plan AS (
    SELECT p.subscription_id,
           max(CASE WHEN lower(trim(p.pricing_tier)) = 'standard' AND NOT coalesce(list_contains(p._gaps, 'pricing_tier'), FALSE) THEN 1 ELSE 0 END) AS n_on,
           max(CASE WHEN p.pricing_tier IS NULL OR coalesce(list_contains(p._gaps, 'pricing_tier'), FALSE) THEN 1 ELSE 0 END) AS n_unread
    FROM azure_security_center_subscription_pricing AS p
    WHERE lower(p.name) = 'sqlservers' AND lower(p.id) NOT LIKE '%/providers/microsoft.sql/%'
    GROUP BY p.subscription_id
),
switch AS (
    SELECT s.id, s.subscription_id, a.id IS NOT NULL AS has_policy,
           CASE WHEN NOT coalesce(list_contains(a._gaps, 'state'), FALSE) THEN lower(trim(a.state)) END AS policy,
           CASE WHEN NOT coalesce(list_contains(t._gaps, 'state'), FALSE) THEN lower(trim(t.state)) END AS protection,
           coalesce(list_contains(a._gaps, 'state'), FALSE) OR coalesce(list_contains(t._gaps, 'state'), FALSE) AS unread,
           coalesce(list_contains(t._gaps, 'state'), FALSE) AS protection_unread
    FROM azure_sql_server AS s
    LEFT JOIN azure_sql_server_security_alert_policy AS a ON lower(a._parent_id) = s.id
    LEFT JOIN azure_sql_server_advanced_threat_protection AS t ON lower(t._parent_id) = s.id
),
-- Either name may say that the switch is on; only where none does, either may say that it is off.
named AS (
    SELECT w.id, w.subscription_id, w.has_policy, w.unread, w.protection_unread,
           CASE WHEN w.policy = 'enabled' OR w.protection = 'enabled' THEN 'on'
                WHEN w.policy = 'disabled' OR w.protection = 'disabled' THEN 'off'
                WHEN w.policy = 'new' OR w.protection = 'new' THEN 'never set'
           END AS position
    FROM switch AS w
)
SELECT w.id AS server_id,
       CASE WHEN w.position = 'on' THEN 'on'
            WHEN p.n_on > 0 AND (w.position = 'off' OR w.unread) THEN NULL
            WHEN p.n_on > 0 THEN 'on'
            WHEN p.n_unread > 0 THEN NULL
            WHEN w.protection_unread THEN NULL
            WHEN w.position IN ('off', 'never set') THEN 'off'
       END AS state,
       CASE WHEN w.position = 'on' THEN 'Defender for SQL is on for the server'
            WHEN p.n_on > 0 AND w.position = 'off'
            THEN 'the plan SqlServers of the subscription is on, but the switch of the server is off: which of the two holds is not told'
            WHEN p.n_on > 0 AND w.unread
            THEN 'the plan SqlServers of the subscription is on, but whether the switch of the server is off could not be read'
            WHEN p.n_on > 0 THEN 'the plan SqlServers of the subscription is on'
            WHEN p.n_unread > 0 THEN 'the tier of the plan SqlServers could not be read'
            WHEN w.protection_unread THEN 'the plan SqlServers of the subscription is off, and the switch of the server could not be read under its newer name'
            WHEN w.position IN ('off', 'never set') THEN 'Defender for SQL is off for the server and for the subscription'
            WHEN NOT w.has_policy THEN 'the security alert policy of the server is not in the snapshot'
            ELSE 'the security alert policy of the server could not be read'
       END AS reason
FROM named AS w
LEFT JOIN plan AS p ON p.subscription_id = w.subscription_id
