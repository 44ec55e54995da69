-- title = "Whether an activity log alert watches an operation, per subscription"
-- tables = ["azure_subscription", "azure_monitor_activity_log_alert"]
WITH
-- One row per subscription and operation of activity_log_alert_operation, with verdict and reason as a check gives them.
watched AS (
    SELECT o.subscription_id, o.operation,
           max(CASE WHEN o.state = 'fires' AND o.action_groups > 0 THEN o.rule_name END) AS telling,
           max(CASE WHEN o.state = 'fires' AND o.action_groups IS NULL THEN o.rule_name END) AS maybe_telling,
           max(CASE WHEN o.state = 'fires' THEN o.rule_name END) AS firing,
           max(CASE WHEN o.state = 'gap' THEN o.rule_name END) AS unread,
           list_sort(list(DISTINCT o.rule_name || CASE o.state
                WHEN 'off' THEN ' (switched off)'
                WHEN 'part' THEN ' (watches a part of the subscription only)'
                WHEN 'narrower' THEN ' (asks for more: ' || coalesce(array_to_string(o.further_tests, ', '), 'a test that never holds') || ')'
           END) FILTER (WHERE o.state IN ('off', 'part', 'narrower'))) AS near_misses,
           list_sort(list(DISTINCT o.rule_id) FILTER (WHERE o.state = 'fires')) AS alerts
    FROM activity_log_alert_operation AS o
    GROUP BY o.subscription_id, o.operation
),
operation AS (
    SELECT s.id AS subscription, s.subscription_id, s.display_name, p.operation
    FROM azure_subscription AS s
    CROSS JOIN (VALUES
        ('microsoft.authorization/policyassignments/write'), ('microsoft.authorization/policyassignments/delete'),
        ('microsoft.network/networksecuritygroups/write'), ('microsoft.network/networksecuritygroups/delete'),
        ('microsoft.network/publicipaddresses/write'), ('microsoft.network/publicipaddresses/delete'),
        ('microsoft.security/securitysolutions/write'), ('microsoft.security/securitysolutions/delete'),
        ('microsoft.sql/servers/firewallrules/write'), ('microsoft.sql/servers/firewallrules/delete')
    ) AS p(operation)
)
SELECT p.subscription, p.subscription_id, p.display_name, p.operation,
       CASE WHEN w.firing IS NOT NULL THEN 'pass'
            WHEN w.unread IS NOT NULL THEN NULL
            ELSE 'fail'
       END AS verdict,
       CASE WHEN w.telling IS NOT NULL THEN 'alert ' || w.telling || ' fires on the operation'
            WHEN w.maybe_telling IS NOT NULL THEN 'alert ' || w.maybe_telling || ' fires on the operation; its action groups could not be read'
            WHEN w.firing IS NOT NULL THEN 'alert ' || w.firing || ' fires on the operation, but has no action group, so it tells nobody'
            WHEN w.unread IS NOT NULL THEN 'alert ' || w.unread || ' could not be read in full'
            WHEN array_length(w.near_misses) > 0 THEN 'no alert covers the operation: ' || array_to_string(w.near_misses, '; ')
            ELSE 'no alert names the operation'
       END AS reason,
       w.alerts
FROM operation AS p
LEFT JOIN watched AS w ON w.subscription_id = p.subscription_id AND w.operation = p.operation
