-- title = "Policy assignments that reach a whole subscription"
-- tables = ["azure_subscription", "azure_policy_assignment", "azure_management_group"]
WITH RECURSIVE
-- One row per subscription and assignment made on it or on a management group above it, less those that exclude it.
-- An inherited assignment is known from the subscriptions it was seen in; where that is not kept, from the tree of groups.
-- certain is FALSE where neither tells. Assignments on resource groups and resources are left out.
edge AS (
    SELECT lower(rtrim(g.id, '/')) AS child, lower(rtrim(g.details_parent_id, '/')) AS parent
    FROM azure_management_group AS g
    WHERE g.details_parent_id IS NOT NULL
    UNION
    SELECT lower(rtrim(u.child, '/')) AS child, lower(rtrim(g.id, '/')) AS parent
    FROM azure_management_group AS g, unnest(g.children_id) AS u(child)
    WHERE u.child IS NOT NULL
),
-- UNION, not UNION ALL: a tree that loops ends here too.
ancestor AS (
    SELECT s.subscription_id, e.parent AS scope
    FROM azure_subscription AS s
    JOIN edge AS e ON e.child = s.id
    UNION
    SELECT a.subscription_id, e.parent AS scope
    FROM ancestor AS a
    JOIN edge AS e ON e.child = a.scope
),
placed AS (
    SELECT DISTINCT a.subscription_id FROM ancestor AS a
),
known_group AS (
    SELECT DISTINCT lower(rtrim(g.id, '/')) AS id FROM azure_management_group AS g
),
tree_gap AS (
    SELECT count(*) AS n
    FROM azure_management_group AS g
    WHERE list_contains(g._gaps, 'children_id') OR list_contains(g._gaps, 'details_parent_id')
),
assignment AS (
    SELECT a.id, a.name, a._seen_in AS seen_in, a.not_scopes, a.parameters, a.overrides, a.resource_selectors, a.enforcement_mode,
           lower(rtrim(a.policy_definition_id, '/')) AS definition_id,
           rtrim(lower(CASE WHEN a.scope IS NULL OR list_contains(a._gaps, 'scope')
                            THEN regexp_replace(a.id, '/providers/microsoft.authorization/policyassignments/[^/]*$', '')
                            ELSE a.scope END), '/') AS scope,
           a.policy_definition_id IS NULL
             OR coalesce(list_contains(a._gaps, 'policy_definition_id') OR list_contains(a._gaps, 'not_scopes')
                         OR list_contains(a._gaps, 'parameters') OR list_contains(a._gaps, 'overrides')
                         OR list_contains(a._gaps, 'resource_selectors') OR list_contains(a._gaps, 'enforcement_mode'), FALSE) AS unread
    FROM azure_policy_assignment AS a
),
on_group AS (
    SELECT a.id, a.scope, coalesce(array_length(a.seen_in) > 0, FALSE) AS seen
    FROM assignment AS a
    WHERE a.scope LIKE '/providers/microsoft.management/managementgroups/%'
),
applied AS (
    SELECT s.subscription_id, a.id, TRUE AS certain
    FROM assignment AS a
    JOIN azure_subscription AS s ON s.id = a.scope
    UNION
    SELECT lower(u.seen) AS subscription_id, a.id, TRUE AS certain
    FROM assignment AS a, unnest(a.seen_in) AS u(seen)
    WHERE a.scope LIKE '/providers/microsoft.management/managementgroups/%'
    UNION
    SELECT n.subscription_id, o.id, TRUE AS certain
    FROM on_group AS o
    JOIN ancestor AS n ON n.scope = o.scope
    WHERE NOT o.seen
    UNION
    SELECT s.subscription_id, o.id, FALSE AS certain
    FROM on_group AS o
    CROSS JOIN tree_gap AS t
    CROSS JOIN azure_subscription AS s
    LEFT JOIN ancestor AS n ON n.subscription_id = s.subscription_id AND n.scope = o.scope
    LEFT JOIN known_group AS g ON g.id = o.scope
    LEFT JOIN placed AS p ON p.subscription_id = s.subscription_id
    WHERE NOT o.seen AND n.scope IS NULL AND (g.id IS NULL OR p.subscription_id IS NULL OR t.n > 0)
),
excluding AS (
    SELECT DISTINCT a.id, lower(rtrim(trim(u.scope), '/')) AS scope
    FROM assignment AS a, unnest(a.not_scopes) AS u(scope)
),
excluded AS (
    SELECT x.id, s.subscription_id FROM excluding AS x JOIN azure_subscription AS s ON s.id = x.scope
    UNION
    SELECT x.id, n.subscription_id FROM excluding AS x JOIN ancestor AS n ON n.scope = x.scope
),
-- An excluded group says nothing of a subscription whose place in the tree is not known.
group_excluded AS (
    SELECT DISTINCT x.id FROM excluding AS x WHERE x.scope LIKE '/providers/microsoft.management/managementgroups/%'
)
SELECT p.subscription_id, a.id AS assignment_id, a.name AS assignment_name, a.scope, a.definition_id,
       p.certain AND NOT (e.id IS NOT NULL AND (l.subscription_id IS NULL OR t.n > 0)) AS certain,
       a.unread, a.parameters, a.overrides, a.resource_selectors, a.enforcement_mode
FROM applied AS p
JOIN assignment AS a ON a.id = p.id
CROSS JOIN tree_gap AS t
LEFT JOIN excluded AS x ON x.id = p.id AND x.subscription_id = p.subscription_id
LEFT JOIN group_excluded AS e ON e.id = p.id
LEFT JOIN placed AS l ON l.subscription_id = p.subscription_id
WHERE x.id IS NULL
