-- title = "What assignments of the security benchmark say about a policy, by topic"
-- tables = ["azure_policy_assignment", "azure_policy_set_definition"]
WITH
-- One row per topic and assignment of the benchmark, found by what it assigns or by the name SecurityCenterBuiltIn.
-- state: on, off, withdrawn (Microsoft has taken the policy out), other_set (the name, but another set) or unclear.
-- The default of a parameter comes from the row of the set where it was read, else from the data file.
assignment AS (
    SELECT a.id,
           CASE WHEN a.policy_definition_id IS NULL OR list_contains(a._gaps, 'policy_definition_id') THEN 'unread'
                WHEN guid_of(a.policy_definition_id) = '1f3afdf9-d0c9-4c3d-847f-89da613e70a8' THEN 'benchmark'
                ELSE 'other' END AS kind,
           CAST(a.parameters AS VARCHAR) AS parameters, CAST(a.overrides AS VARCHAR) AS overrides,
           coalesce(json_array_length(a.resource_selectors), 0) > 0 AS narrowed,
           coalesce(list_contains(a._gaps, 'parameters') OR list_contains(a._gaps, 'overrides')
                    OR list_contains(a._gaps, 'resource_selectors'), FALSE) AS unread
    FROM azure_policy_assignment AS a
    WHERE guid_of(a.policy_definition_id) = '1f3afdf9-d0c9-4c3d-847f-89da613e70a8'
       OR lower(a.name) = 'securitycenterbuiltin' OR a.policy_definition_id IS NULL
       OR list_contains(a._gaps, 'policy_definition_id')
),
given AS (
    SELECT a.id, lower(u.k) AS parameter, nullif(trim(a.parameters ->> ('$."' || u.k || '".value')), '') AS value
    FROM assignment AS a, unnest(json_keys(a.parameters)) AS u(k)
    WHERE NOT regexp_matches(u.k, '["\\*]')
),
set_default AS (
    SELECT lower(u.k) AS parameter, max(d.parameters ->> ('$."' || u.k || '".defaultValue')) AS value
    FROM azure_policy_set_definition AS d, unnest(json_keys(d.parameters)) AS u(k)
    WHERE guid_of(d.id) = '1f3afdf9-d0c9-4c3d-847f-89da613e70a8' AND NOT regexp_matches(u.k, '["\\*]')
      AND NOT coalesce(list_contains(d._gaps, 'parameters'), FALSE)
    GROUP BY lower(u.k)
),
overriding AS (
    SELECT a.id,
           max(CASE WHEN (a.overrides ->> ('$[' || u.i || '].selectors')) IS NULL THEN a.overrides ->> ('$[' || u.i || '].value') END) AS for_all,
           max(CASE WHEN coalesce(a.overrides ->> ('$[' || u.i || '].selectors'), '[]') <> '[]' THEN 1 ELSE 0 END) AS n_selecting,
           count(*) AS n
    FROM assignment AS a, unnest(range(CAST(json_array_length(a.overrides) AS BIGINT))) AS u(i)
    WHERE coalesce(lower(a.overrides ->> ('$[' || u.i || '].kind')), 'policyeffect') = 'policyeffect'
    GROUP BY a.id
),
parameter AS (
    SELECT p.topic, p.parameter, p.state = 'withdrawn' OR coalesce(lower(d.value) = 'disabled', FALSE) AS is_withdrawn,
           coalesce(d.value, p.default_effect) AS default_effect
    FROM data_security_benchmark_parameter AS p
    LEFT JOIN set_default AS d ON d.parameter = lower(p.parameter)
),
joined AS (
    SELECT p.topic, a.id, p.parameter, g.value, p.is_withdrawn,
           CASE WHEN p.is_withdrawn THEN 'withdrawn'
                WHEN a.unread OR a.narrowed OR o.n_selecting > 0 OR (o.n > 0 AND (o.n > 1 OR o.for_all IS NULL)) THEN 'unclear'
                WHEN lower(trim(coalesce(o.for_all, g.value, p.default_effect))) = 'disabled' THEN 'off'
                WHEN regexp_full_match(trim(coalesce(o.for_all, g.value, p.default_effect)), '[A-Za-z]+') THEN 'on'
                ELSE 'unclear' END AS state,
           p.parameter || ': ' || CASE WHEN p.is_withdrawn THEN coalesce(g.value, 'not given') || ', withdrawn'
                                       WHEN o.for_all IS NOT NULL THEN o.for_all || ' by override'
                                       WHEN g.value IS NOT NULL THEN g.value
                                       ELSE p.default_effect || ' by default' END AS line,
           CASE WHEN a.unread THEN 'the assignment could not be read in full'
                WHEN a.narrowed THEN 'the assignment is narrowed to a part of the resources'
                WHEN o.n > 0 THEN 'an override may change the effect' END AS doubt
    FROM assignment AS a
    CROSS JOIN parameter AS p
    LEFT JOIN given AS g ON g.id = a.id AND g.parameter = lower(p.parameter)
    LEFT JOIN overriding AS o ON o.id = a.id
    WHERE a.kind = 'benchmark'
),
topic AS (
    SELECT DISTINCT p.topic FROM data_security_benchmark_parameter AS p
)
SELECT j.topic, j.id AS assignment_id,
       CASE WHEN max(CASE WHEN j.state = 'off' THEN 1 ELSE 0 END) = 1 THEN 'off'
            WHEN max(CASE WHEN j.state = 'unclear' THEN 1 ELSE 0 END) = 1 THEN 'unclear'
            WHEN max(CASE WHEN j.state = 'on' THEN 1 ELSE 0 END) = 1 THEN 'on'
            ELSE 'withdrawn' END AS state,
       max(j.doubt) AS doubt,
       list_sort(list(j.line) FILTER (WHERE j.state <> 'withdrawn')) AS in_force,
       list_sort(list(j.line) FILTER (WHERE j.state = 'withdrawn')) AS withdrawn
FROM joined AS j
GROUP BY j.topic, j.id
UNION ALL
SELECT t.topic, a.id, CASE a.kind WHEN 'other' THEN 'other_set' ELSE 'unclear' END,
       CASE a.kind WHEN 'other' THEN 'the assignment has the name, but assigns another set' ELSE 'what is assigned could not be read' END, NULL, NULL
FROM assignment AS a
CROSS JOIN topic AS t
WHERE a.kind <> 'benchmark'
