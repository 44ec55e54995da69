-- title = "Effect of the policy that watches for open management ports on each subscription"
-- tables = ["azure_subscription", "azure_policy_assignment", "azure_management_group", "azure_policy_set_definition"]
WITH RECURSIVE
-- One row per subscription and assignment that carries, or may carry, policy definition
-- 22730e10-96f6-4aac-ad84-9383d35b5917. effect is NULL where it could not be worked out;
-- source says why, or where the effect comes from.
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
-- Every scope whose assignments reach the subscription whole.
reach AS (
    SELECT s.subscription_id, s.id AS scope FROM azure_subscription AS s
    UNION
    SELECT a.subscription_id, a.scope FROM ancestor AS a
),
tree_gap AS (
    SELECT count(*) AS n
    FROM azure_management_group AS g
    WHERE list_contains(g._gaps, 'children_id') OR list_contains(g._gaps, 'details_parent_id')
),
assignment AS (
    SELECT a.id, a.name, a.not_scopes, a.parameters, a.overrides,
           coalesce(json_array_length(a.resource_selectors), 0) > 0 AS narrowed,
           CASE WHEN list_contains(a._gaps, 'enforcement_mode') THEN 'not readable' ELSE a.enforcement_mode END AS enforcement_mode,
           lower(rtrim(coalesce(a.scope, regexp_replace(a.id, '/providers/microsoft.authorization/policyassignments/[^/]*$', '')), '/')) AS scope,
           lower(a.policy_definition_id) AS definition_id,
           coalesce(array_length(list_filter(a._gaps, lambda g: g IN (
               'scope', 'not_scopes', 'policy_definition_id', 'parameters', 'overrides', 'resource_selectors'))) > 0, FALSE)
             OR a.policy_definition_id IS NULL AS unread
    FROM azure_policy_assignment AS a
),
excluded AS (
    SELECT DISTINCT a.id AS assignment_id, r.subscription_id
    FROM assignment AS a, unnest(a.not_scopes) AS u(scope)
    JOIN reach AS r ON r.scope = lower(rtrim(trim(u.scope), '/'))
),
carrier AS (
    SELECT d.id, d.parameters, d.policy_definitions,
           CAST(json_array_length(d.policy_definitions) AS BIGINT) AS n_members,
           CASE WHEN list_contains(d._gaps, 'policy_definitions_policy_definition_id') THEN NULL
                ELSE d.policy_definitions_policy_definition_id
           END AS member_ids
    FROM azure_policy_set_definition AS d
    WHERE contains(lower(CAST(d.policy_definitions AS VARCHAR)), '22730e10-96f6-4aac-ad84-9383d35b5917')
),
-- Places in collected sets where the definition asked about may stand. The list of ids, where it has one for each
-- member, spares looking into every member of a large set.
place AS (
    SELECT d.id, u.i
    FROM carrier AS d, unnest(range(d.n_members)) AS u(i)
    WHERE coalesce(array_length(d.member_ids), -1) <> d.n_members
       OR lower(d.member_ids[u.i + 1]) LIKE '%22730e10-96f6-4aac-ad84-9383d35b5917%'
),
-- The members that are it, with the text of their effect parameter.
member AS (
    SELECT d.id AS set_id, d.parameters AS set_parameters,
           d.policy_definitions ->> ('$[' || p.i || '].policyDefinitionReferenceId') AS reference_id,
           d.policy_definitions ->> ('$[' || p.i || '].parameters.effect.value') AS effect_text
    FROM carrier AS d
    JOIN place AS p ON p.id = d.id
    WHERE lower(d.policy_definitions ->> ('$[' || p.i || '].policyDefinitionId'))
          LIKE '%/policydefinitions/22730e10-96f6-4aac-ad84-9383d35b5917%'
),
readable_set AS (
    SELECT d.id
    FROM azure_policy_set_definition AS d
    WHERE json_array_length(d.policy_definitions) > 0
      AND NOT coalesce(list_contains(d._gaps, 'policy_definitions') OR list_contains(d._gaps, 'parameters'), FALSE)
),
-- What each assignment carries. The two benchmark sets of Microsoft are known without their rows.
carried AS (
    SELECT a.id AS assignment_id, CAST(NULL AS VARCHAR) AS reference_id, '[parameters(''effect'')]' AS effect_text,
           CAST(NULL AS VARCHAR) AS set_parameters, 'AuditIfNotExists' AS fallback, 'definition default' AS fallback_source,
           a.unread AS unresolved, 'the assignment could not be read' AS why
    FROM assignment AS a
    WHERE a.definition_id LIKE '%/policydefinitions/22730e10-96f6-4aac-ad84-9383d35b5917%'
    UNION ALL
    SELECT a.id, m.reference_id, m.effect_text, CAST(m.set_parameters AS VARCHAR),
           CASE WHEN m.effect_text IS NULL THEN 'AuditIfNotExists' END, 'definition default',
           a.unread, 'the assignment could not be read'
    FROM assignment AS a
    JOIN readable_set AS d ON d.id = a.definition_id
    JOIN member AS m ON m.set_id = d.id
    UNION ALL
    SELECT a.id, 'restrictAccessToManagementPortsMonitoring',
           CASE WHEN guid_of(a.definition_id) = '1f3afdf9-d0c9-4c3d-847f-89da613e70a8' THEN '[parameters(''restrictAccessToManagementPortsMonitoringEffect'')]' END,
           NULL, 'AuditIfNotExists', 'set default',
           a.unread, 'the assignment could not be read'
    FROM assignment AS a
    LEFT JOIN readable_set AS d ON d.id = a.definition_id
    WHERE d.id IS NULL AND a.definition_id LIKE '%/policysetdefinitions/%'
      AND guid_of(a.definition_id) IN ('1f3afdf9-d0c9-4c3d-847f-89da613e70a8', 'e3ec7e09-768c-4b64-882c-fcada3772047')
    UNION ALL
    SELECT a.id, NULL, NULL, NULL, NULL, NULL, TRUE,
           CASE WHEN a.definition_id IS NULL THEN 'what is assigned could not be read' ELSE 'the assigned set is not in the snapshot' END
    FROM assignment AS a
    LEFT JOIN readable_set AS d ON d.id = a.definition_id
    WHERE a.definition_id IS NULL
       OR (d.id IS NULL AND a.definition_id LIKE '%/policysetdefinitions/%'
           AND guid_of(a.definition_id) NOT IN ('1f3afdf9-d0c9-4c3d-847f-89da613e70a8', 'e3ec7e09-768c-4b64-882c-fcada3772047'))
),
-- The effect parameter's name, in the letter case that the assignment and the set use.
named AS (
    SELECT c.assignment_id, c.reference_id, c.effect_text, c.fallback, c.fallback_source, c.unresolved, c.why,
           c.set_parameters, CAST(a.parameters AS VARCHAR) AS parameters, CAST(a.overrides AS VARCHAR) AS overrides,
           nullif(regexp_extract(trim(c.effect_text), '^\[\s*[pP]arameters\(\s*''([^''"\\*]+)''\s*\)\s*\]$', 1), '') AS parameter_name,
           row_number() OVER (PARTITION BY c.assignment_id ORDER BY c.reference_id) AS n
    FROM carried AS c
    JOIN assignment AS a ON a.id = c.assignment_id
),
keyed AS (
    SELECT n.*,
           list_filter(json_keys(n.parameters), lambda k: lower(k) = lower(n.parameter_name))[1] AS assigned_key,
           list_filter(json_keys(n.set_parameters), lambda k: lower(k) = lower(n.parameter_name))[1] AS set_key
    FROM named AS n
),
valued AS (
    SELECT k.assignment_id, k.n, k.reference_id, k.effect_text, k.parameter_name, k.fallback, k.fallback_source,
           k.unresolved, k.why, k.overrides,
           nullif(trim(k.parameters ->> ('$."' || k.assigned_key || '".value')), '') AS assigned_value,
           nullif(trim(k.set_parameters ->> ('$."' || k.set_key || '".defaultValue')), '') AS set_value
    FROM keyed AS k
),
override_entry AS (
    SELECT v.assignment_id, v.n, u.i, v.overrides, v.reference_id,
           lower(v.overrides ->> ('$[' || u.i || '].kind')) AS kind,
           v.overrides ->> ('$[' || u.i || '].value') AS value,
           (v.overrides ->> ('$[' || u.i || '].selectors')) AS selectors
    FROM valued AS v, unnest(range(CAST(json_array_length(v.overrides) AS BIGINT))) AS u(i)
),
selector AS (
    SELECT o.assignment_id, o.n, o.i, o.reference_id,
           lower(o.selectors ->> ('$[' || u.j || '].kind')) AS kind,
           lower(o.selectors ->> ('$[' || u.j || '].in')) AS named_in,
           lower(o.selectors ->> ('$[' || u.j || '].notIn')) AS named_out
    FROM override_entry AS o, unnest(range(CAST(json_array_length(o.selectors) AS BIGINT))) AS u(j)
    WHERE o.kind = 'policyeffect'
),
selected AS (
    SELECT s.assignment_id, s.n, s.i,
           max(CASE WHEN s.kind = 'policydefinitionreferenceid'
                     AND (NOT coalesce(contains(s.named_in, '"' || lower(s.reference_id) || '"'), s.named_in IS NULL)
                          OR coalesce(contains(s.named_out, '"' || lower(s.reference_id) || '"'), FALSE)) THEN 1 ELSE 0 END) AS missed,
           -- Any other selector narrows by something that the snapshot cannot weigh against a whole subscription.
           max(CASE WHEN s.kind = 'policydefinitionreferenceid' THEN 0 ELSE 1 END) AS unclear
    FROM selector AS s
    GROUP BY s.assignment_id, s.n, s.i
),
overriding AS (
    SELECT o.assignment_id, o.n, min(o.value) AS value, count(DISTINCT lower(coalesce(o.value, ''))) AS n_values,
           max(coalesce(t.unclear, 0)) AS unclear, max(CASE WHEN o.value IS NULL THEN 1 ELSE 0 END) AS empty
    FROM override_entry AS o
    LEFT JOIN selected AS t ON t.assignment_id = o.assignment_id AND t.n = o.n AND t.i = o.i
    WHERE o.kind = 'policyeffect' AND coalesce(t.missed, 0) = 0
    GROUP BY o.assignment_id, o.n
),
worked_out AS (
    SELECT v.assignment_id, v.reference_id,
           CASE WHEN v.unresolved OR w.unclear = 1 OR w.empty = 1 OR w.n_values > 1 THEN NULL
                WHEN w.value IS NOT NULL THEN w.value
                WHEN v.parameter_name IS NOT NULL THEN coalesce(v.assigned_value, v.set_value, v.fallback)
                WHEN v.effect_text IS NULL THEN v.fallback
                WHEN v.effect_text NOT LIKE '[%' THEN v.effect_text
           END AS effect,
           CASE WHEN v.unresolved THEN v.why
                WHEN w.unclear = 1 THEN 'an override applies to a part of the resources only'
                WHEN w.empty = 1 OR w.n_values > 1 THEN 'overrides that contradict each other or name no effect'
                WHEN w.value IS NOT NULL THEN 'override'
                WHEN v.parameter_name IS NOT NULL AND v.assigned_value IS NOT NULL THEN 'parameter ' || v.parameter_name
                WHEN v.parameter_name IS NOT NULL AND v.set_value IS NOT NULL THEN 'set default'
                WHEN v.fallback IS NOT NULL AND (v.parameter_name IS NOT NULL OR v.effect_text IS NULL) THEN v.fallback_source
                WHEN v.effect_text NOT LIKE '[%' THEN 'value fixed in the set'
                ELSE 'the effect is worked out by an expression'
           END AS source
    FROM valued AS v
    LEFT JOIN overriding AS w ON w.assignment_id = v.assignment_id AND w.n = v.n
),
resolved AS (
    SELECT w.assignment_id, w.reference_id,
           CASE WHEN regexp_full_match(w.effect, '[A-Za-z]+') THEN w.effect END AS effect,
           CASE WHEN NOT regexp_full_match(w.effect, '[A-Za-z]+') THEN 'not the name of an effect' ELSE w.source END AS source
    FROM worked_out AS w
),
-- Assignments of a management group of which the snapshot does not tell whether it is above the subscription.
perhaps AS (
    SELECT s.subscription_id, a.id AS assignment_id
    FROM azure_subscription AS s
    JOIN assignment AS a ON a.scope LIKE '/providers/microsoft.management/managementgroups/%'
    CROSS JOIN tree_gap AS t
    LEFT JOIN reach AS r ON r.subscription_id = s.subscription_id AND r.scope = a.scope
    LEFT JOIN (SELECT DISTINCT lower(rtrim(g.id, '/')) AS id FROM azure_management_group AS g) AS g ON g.id = a.scope
    LEFT JOIN (SELECT DISTINCT n.subscription_id FROM ancestor AS n) AS n ON n.subscription_id = s.subscription_id
    WHERE r.scope IS NULL AND (g.id IS NULL OR n.subscription_id IS NULL OR t.n > 0)
),
applied AS (
    SELECT r.subscription_id, a.id AS assignment_id, TRUE AS certain
    FROM assignment AS a
    JOIN reach AS r ON r.scope = a.scope
    UNION ALL
    SELECT p.subscription_id, p.assignment_id, FALSE AS certain FROM perhaps AS p
)
SELECT p.subscription_id, a.id AS assignment_id, a.name AS assignment_name, a.scope, a.definition_id, v.reference_id,
       a.enforcement_mode,
       CASE WHEN p.certain AND (NOT a.narrowed OR lower(v.effect) = 'disabled') THEN v.effect END AS effect,
       CASE WHEN p.certain AND a.narrowed AND coalesce(lower(v.effect) <> 'disabled', TRUE) THEN 'the assignment is narrowed to a part of the resources'
            WHEN p.certain THEN v.source ELSE 'whether the management group of the assignment is above the subscription is not known' END AS source
FROM applied AS p
JOIN assignment AS a ON a.id = p.assignment_id
JOIN resolved AS v ON v.assignment_id = p.assignment_id
LEFT JOIN excluded AS x ON x.assignment_id = p.assignment_id AND x.subscription_id = p.subscription_id
WHERE x.assignment_id IS NULL
