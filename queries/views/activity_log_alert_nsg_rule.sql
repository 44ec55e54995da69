-- title = "Whether an activity log alert watches single rules of security groups, per subscription"
-- tables = ["azure_subscription", "azure_monitor_activity_log_alert"]
WITH
-- One row per subscription and operation (write, delete of a rule), with verdict and reason as a check gives them. Judged as
-- activity_log_alert_operation does: a rule has to be on, watch the whole subscription, and ask for nothing more.
operation AS (
    SELECT o.operation
    FROM (VALUES ('microsoft.network/networksecuritygroups/securityrules/write'),
                 ('microsoft.network/networksecuritygroups/securityrules/delete')) AS o(operation)
),
wanted AS (
    SELECT o.operation, 'operationname' AS field, o.operation AS value FROM operation AS o
    UNION ALL SELECT o.operation, 'category', 'administrative' FROM operation AS o
    UNION ALL SELECT o.operation, 'resourcetype', 'microsoft.network/networksecuritygroups/securityrules' FROM operation AS o
    UNION ALL SELECT o.operation, 'resourceprovider', 'microsoft.network' FROM operation AS o
),
-- The tests that every event of an operation meets.
met AS (
    SELECT c.rule_id, c.member, w.operation, max(CASE WHEN w.field = 'operationname' THEN 1 ELSE 0 END) AS is_named
    FROM activity_log_alert_condition AS c
    JOIN wanted AS w ON w.field = c.field AND (w.value = trim(c.value) OR contains(c.value_list, '"' || w.value || '"'))
    GROUP BY c.rule_id, c.member, w.operation
),
met_by_rule AS (
    SELECT m.rule_id, m.operation, count(*) AS n_met, max(m.is_named) AS is_named FROM met AS m GROUP BY m.rule_id, m.operation
),
-- Members that no operation can be held against: no field, or no value.
unclear AS (
    SELECT c.rule_id, count(DISTINCT c.member) AS n
    FROM activity_log_alert_condition AS c
    WHERE c.field IS NULL OR (c.value IS NULL AND c.value_list IS NULL)
    GROUP BY c.rule_id
),
members AS (
    SELECT DISTINCT c.rule_id, c.n_members FROM activity_log_alert_condition AS c
),
judged AS (
    SELECT s.subscription_id, o.operation, s.rule_id, s.rule_name, s.action_groups, coalesce(b.is_named, 0) AS is_named,
           CASE WHEN NOT s.enabled THEN 'off'
                WHEN NOT s.condition_gap AND coalesce(b.n_met, 0) + coalesce(u.n, 0) < m.n_members THEN 'narrower'
                WHEN s.reach = 'part' THEN 'part'
                WHEN s.condition_gap OR s.enabled IS NULL OR s.reach = 'gap' OR m.n_members IS NULL
                  OR b.n_met IS NULL OR b.n_met < m.n_members THEN 'gap'
                ELSE 'fires'
           END AS state
    FROM activity_log_alert_extent AS s
    CROSS JOIN operation AS o
    LEFT JOIN members AS m ON m.rule_id = s.rule_id
    LEFT JOIN met_by_rule AS b ON b.rule_id = s.rule_id AND b.operation = o.operation
    LEFT JOIN unclear AS u ON u.rule_id = s.rule_id
),
watched AS (
    SELECT j.subscription_id, j.operation,
           max(CASE WHEN j.state = 'fires' AND j.action_groups > 0 THEN j.rule_name END) AS telling,
           max(CASE WHEN j.state = 'fires' THEN j.rule_name END) AS firing,
           max(CASE WHEN j.state = 'gap' THEN j.rule_name END) AS unread,
           list_sort(list(DISTINCT j.rule_name || CASE j.state
                WHEN 'off' THEN ' (switched off)'
                WHEN 'part' THEN ' (watches a part of the subscription only)'
                ELSE ' (asks for more)'
           END) FILTER (WHERE j.is_named = 1 AND j.state IN ('off', 'part', 'narrower'))) AS near_misses,
           list_sort(list(DISTINCT j.rule_id) FILTER (WHERE j.state = 'fires')) AS alerts
    FROM judged AS j
    GROUP BY j.subscription_id, j.operation
)
SELECT s.id AS subscription, s.subscription_id, s.display_name, o.operation,
       CASE WHEN w.firing IS NOT NULL THEN 'pass'
            WHEN w.unread IS NOT NULL THEN NULL
            ELSE 'fail'
       END AS verdict,
       CASE WHEN w.telling IS NOT NULL THEN 'alert ' || w.telling || ' fires on the operation'
            WHEN w.firing IS NOT NULL THEN 'alert ' || w.firing || ' fires on the operation, but has no action group that could be read, so it may tell nobody'
            WHEN w.unread IS NOT NULL THEN 'alert ' || w.unread || ' could not be read in full'
            WHEN array_length(w.near_misses) > 0 THEN 'no alert covers the operation: ' || array_to_string(w.near_misses, '; ')
            ELSE 'no alert names the operation'
       END AS reason,
       w.alerts
FROM azure_subscription AS s
CROSS JOIN operation AS o
LEFT JOIN watched AS w ON w.subscription_id = s.subscription_id AND w.operation = o.operation
