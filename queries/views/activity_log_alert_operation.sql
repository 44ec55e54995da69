-- title = "Activity log alerts that fire on an operation anywhere in a subscription"
-- tables = ["azure_monitor_activity_log_alert"]
WITH
-- One row per rule, subscription and operation. state:
--   fires     the rule is on, watches the whole subscription, and every event of the operation meets its condition
--   gap       a part of the rule could not be read, and it may fire
--   off, part, narrower    it names the operation, but is off, watches a part of the subscription, or asks for more
-- A rule for all operations of the category, the provider or the resource type fires on each of them.
-- What goes through Resource Manager is logged as Administrative; Security is what older rules for Microsoft.Security name.
-- The events of category Security are alerts of Defender: a rule for all of them fires on no operation that it does not name.
operation AS (
    SELECT o.operation, o.resource_type, o.provider, o.further_category
    FROM (VALUES
        ('microsoft.authorization/policyassignments/write', 'microsoft.authorization/policyassignments', 'microsoft.authorization', NULL),
        ('microsoft.authorization/policyassignments/delete', 'microsoft.authorization/policyassignments', 'microsoft.authorization', NULL),
        ('microsoft.network/networksecuritygroups/write', 'microsoft.network/networksecuritygroups', 'microsoft.network', NULL),
        ('microsoft.network/networksecuritygroups/delete', 'microsoft.network/networksecuritygroups', 'microsoft.network', NULL),
        ('microsoft.network/publicipaddresses/write', 'microsoft.network/publicipaddresses', 'microsoft.network', NULL),
        ('microsoft.network/publicipaddresses/delete', 'microsoft.network/publicipaddresses', 'microsoft.network', NULL),
        ('microsoft.security/securitysolutions/write', 'microsoft.security/securitysolutions', 'microsoft.security', 'security'),
        ('microsoft.security/securitysolutions/delete', 'microsoft.security/securitysolutions', 'microsoft.security', 'security'),
        ('microsoft.sql/servers/firewallrules/write', 'microsoft.sql/servers/firewallrules', 'microsoft.sql', NULL),
        ('microsoft.sql/servers/firewallrules/delete', 'microsoft.sql/servers/firewallrules', 'microsoft.sql', NULL)
    ) AS o(operation, resource_type, provider, further_category)
),
wanted AS (
    SELECT o.operation, 'operationname' AS field, o.operation AS value, 0 AS is_further FROM operation AS o
    UNION ALL SELECT o.operation, 'category', 'administrative', 0 FROM operation AS o
    UNION ALL SELECT o.operation, 'category', o.further_category, 1 FROM operation AS o WHERE o.further_category IS NOT NULL
    UNION ALL SELECT o.operation, 'resourcetype', o.resource_type, 0 FROM operation AS o
    UNION ALL SELECT o.operation, 'resourceprovider', o.provider, 0 FROM operation AS o
),
-- The tests that every event of an operation meets.
met AS (
    SELECT c.rule_id, c.member, w.operation, max(CASE WHEN w.field = 'operationname' THEN 1 ELSE 0 END) AS is_named,
           min(w.is_further) AS needs_name
    FROM activity_log_alert_condition AS c
    JOIN wanted AS w ON w.field = c.field AND (w.value = trim(c.value) OR contains(c.value_list, '"' || w.value || '"'))
    GROUP BY c.rule_id, c.member, w.operation
),
met_by_rule AS (
    SELECT m.rule_id, m.operation, count(*) AS n_met, max(m.is_named) AS is_named, max(m.needs_name) AS needs_name
    FROM met AS m
    GROUP BY m.rule_id, m.operation
),
-- Members that no operation can be held against: no field, or no value.
unclear AS (
    SELECT c.rule_id, count(DISTINCT c.member) AS n
    FROM activity_log_alert_condition AS c
    WHERE c.field IS NULL OR (c.value IS NULL AND c.value_list IS NULL)
    GROUP BY c.rule_id
),
-- What a rule asks for besides.
further AS (
    SELECT b.rule_id, b.operation, list_sort(list(DISTINCT c.field || coalesce(' ' || c.value, ' ' || c.value_list, ''))) AS tests
    FROM met_by_rule AS b
    JOIN activity_log_alert_condition AS c ON c.rule_id = b.rule_id
    LEFT JOIN met AS m ON m.rule_id = b.rule_id AND m.operation = b.operation AND m.member = c.member
    WHERE b.is_named = 1 AND m.rule_id IS NULL
    GROUP BY b.rule_id, b.operation
),
members AS (
    SELECT DISTINCT c.rule_id, c.n_members
    FROM activity_log_alert_condition AS c
),
judged AS (
    SELECT s.subscription_id, o.operation, s.rule_id, s.rule_name, s.action_groups, coalesce(b.is_named, 0) AS is_named, f.tests,
           CASE WHEN NOT s.enabled THEN 'off'
                WHEN NOT s.condition_gap AND coalesce(b.n_met, 0) + coalesce(u.n, 0) < m.n_members THEN 'narrower'
                WHEN NOT s.condition_gap AND b.needs_name = 1 AND b.is_named = 0 AND u.n IS NULL THEN 'narrower'
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
    LEFT JOIN further AS f ON f.rule_id = s.rule_id AND f.operation = o.operation
)
SELECT j.subscription_id, j.operation, j.rule_id, j.rule_name, j.state, j.action_groups, j.tests AS further_tests
FROM judged AS j
WHERE j.state IN ('fires', 'gap') OR j.is_named = 1
