-- title = "Activity log alerts and the subscriptions they watch"
-- tables = ["azure_monitor_activity_log_alert"]
WITH
-- One row per rule and subscription that one of its scopes is in. reach is whole (the subscription itself is a scope), part
-- (a resource group or resource of it) or gap. A rule with a tenant instead of scopes is for events of the tenant, which are
-- those of no subscription: it has no row. action_groups is NULL where they could not be read.
scope AS (
    SELECT a.id AS rule_id, '/' || trim(lower(u.scope), '/') AS scope
    FROM azure_monitor_activity_log_alert AS a, unnest(a.scopes) AS u(scope)
    WHERE trim(u.scope) <> ''
),
watched AS (
    SELECT s.rule_id, regexp_extract(s.scope, '^/subscriptions/([^/]+)', 1) AS subscription_id,
           max(CASE WHEN regexp_full_match(s.scope, '/subscriptions/[^/]+') THEN 1 ELSE 0 END) AS whole
    FROM scope AS s
    WHERE s.scope LIKE '/subscriptions/%'
    GROUP BY s.rule_id, regexp_extract(s.scope, '^/subscriptions/([^/]+)', 1)
),
rule AS (
    SELECT a.id AS rule_id, a.name AS rule_name, a.subscription_id,
           CASE WHEN list_contains(a._gaps, 'enabled') THEN NULL ELSE coalesce(a.enabled, TRUE) END AS enabled,
           CASE WHEN list_contains(a._gaps, 'actions_action_groups_action_group_id') THEN NULL
                ELSE coalesce(array_length(a.actions_action_groups_action_group_id), 0)
           END AS action_groups,
           coalesce(list_contains(a._gaps, 'scopes'), FALSE)
             OR (coalesce(array_length(a.scopes), 0) = 0
                 AND (nullif(trim(a.tenant_scope), '') IS NULL OR coalesce(list_contains(a._gaps, 'tenant_scope'), FALSE))) AS scopes_gap,
           coalesce(list_contains(a._gaps, 'condition_all_of'), FALSE) OR coalesce(json_array_length(a.condition_all_of), 0) = 0 AS condition_gap
    FROM azure_monitor_activity_log_alert AS a
)
SELECT r.rule_id, r.rule_name, w.subscription_id, CASE WHEN w.whole = 1 THEN 'whole' ELSE 'part' END AS reach,
       r.enabled, r.action_groups, r.condition_gap
FROM rule AS r
JOIN watched AS w ON w.rule_id = r.rule_id
WHERE NOT r.scopes_gap
UNION ALL
SELECT r.rule_id, r.rule_name, r.subscription_id, 'gap' AS reach, r.enabled, r.action_groups, r.condition_gap
FROM rule AS r
WHERE r.scopes_gap
