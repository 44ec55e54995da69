-- title = "Whether the policies that watch for just-in-time access and for open management ports are on, by subscription"
-- tables = ["azure_subscription", "jit_policy_effect", "management_ports_policy_effect", "policy_exemption_reach"]
WITH
-- One row per topic (jit, management_ports) and subscription: how many assignments leave the policy on, turn it off, could not
-- be worked out, or do not watch the subscription because it is exempted from them, for certain or perhaps. verdict and reason
-- are those of the checks that ask whether the policy is on; blind says which exemptions were not read, any of which may be
-- from an assignment that is on.
effect AS (
    SELECT 'jit' AS topic, v.subscription_id, v.assignment_id, v.assignment_name, v.scope, coalesce(v.reference_id, '') AS reference_id,
           v.enforcement_mode, v.effect, v.source
    FROM jit_policy_effect AS v
    UNION ALL
    SELECT 'management_ports', v.subscription_id, v.assignment_id, v.assignment_name, v.scope, coalesce(v.reference_id, ''),
           v.enforcement_mode, v.effect, v.source
    FROM management_ports_policy_effect AS v
),
hit AS (
    SELECT e.topic, e.subscription_id, e.assignment_id, e.reference_id,
           max(CASE WHEN x.state = 'waived' THEN 1 ELSE 0 END) AS waived,
           -- A waiver is enough; what else there is need not be told then.
           coalesce(max(CASE WHEN x.state = 'waived' THEN x.told END), max(x.told)) AS told
    FROM (SELECT DISTINCT v.topic, v.subscription_id, v.assignment_id, v.reference_id FROM effect AS v) AS e
    JOIN policy_exemption_reach AS x ON x.subscription_id = e.subscription_id AND x.assignment_id = rtrim(lower(e.assignment_id), '/')
    WHERE x.reference_id IS NULL OR x.reference_id = lower(e.reference_id)
    GROUP BY e.topic, e.subscription_id, e.assignment_id, e.reference_id
),
blind AS (
    SELECT x.subscription_id, min(x.told) AS told FROM policy_exemption_reach AS x WHERE x.state = 'unread' GROUP BY x.subscription_id
),
weighed AS (
    SELECT e.topic, e.subscription_id, lower(e.assignment_name) = 'securitycenterbuiltin' AS built_in,
           CASE WHEN e.effect IS NULL THEN 'unresolved' WHEN lower(e.effect) = 'disabled' THEN 'off'
                -- In force for what was enrolled by name only.
                WHEN lower(trim(e.enforcement_mode)) IN ('enroll', 'not readable') THEN 'unresolved'
                WHEN h.waived = 1 THEN 'exempt' WHEN h.waived = 0 THEN 'perhaps exempt' ELSE 'on' END AS outcome,
           e.assignment_name || ' on ' || e.scope || ': ' || coalesce(e.effect, 'unresolved') || ' (' || e.source
             || CASE lower(trim(e.enforcement_mode)) WHEN 'donotenforce' THEN ', not enforced' WHEN 'enroll' THEN ', only for what was enrolled' WHEN 'not readable' THEN ', enforcement mode not readable' ELSE '' END || ')'
             || CASE WHEN h.told IS NOT NULL THEN ', the subscription is ' || h.told ELSE '' END AS line
    FROM effect AS e
    LEFT JOIN hit AS h ON h.topic = e.topic AND h.subscription_id = e.subscription_id AND h.assignment_id = e.assignment_id AND h.reference_id = e.reference_id
),
per_subscription AS (
    SELECT e.topic, e.subscription_id,
           sum(CASE WHEN e.outcome = 'on' THEN 1 ELSE 0 END) AS n_on,
           sum(CASE WHEN e.outcome = 'off' THEN 1 ELSE 0 END) AS n_off,
           sum(CASE WHEN e.outcome = 'unresolved' THEN 1 ELSE 0 END) AS n_unresolved,
           sum(CASE WHEN e.outcome = 'exempt' THEN 1 ELSE 0 END) AS n_exempt,
           sum(CASE WHEN e.outcome = 'perhaps exempt' THEN 1 ELSE 0 END) AS n_perhaps_exempt,
           sum(CASE WHEN e.built_in AND e.outcome = 'off' THEN 1 ELSE 0 END) AS n_built_in_off,
           sum(CASE WHEN e.built_in AND e.outcome = 'unresolved' THEN 1 ELSE 0 END) AS n_built_in_unresolved,
           list_sort(list(DISTINCT e.line) FILTER (WHERE e.outcome IN ('exempt', 'perhaps exempt'))) AS exempt_lines,
           list_sort(list(DISTINCT e.line)) AS assignments
    FROM weighed AS e
    GROUP BY e.topic, e.subscription_id
),
topic AS (
    SELECT t.topic FROM (VALUES ('jit'), ('management_ports')) AS t(topic)
)
SELECT t.topic, s.subscription_id, coalesce(p.n_on, 0) AS n_on, coalesce(p.n_off, 0) AS n_off, coalesce(p.n_unresolved, 0) AS n_unresolved,
       coalesce(p.n_exempt, 0) AS n_exempt, coalesce(p.n_perhaps_exempt, 0) AS n_perhaps_exempt, p.exempt_lines, p.assignments, b.told AS blind,
       CASE WHEN p.n_built_in_off > 0 THEN 'fail'
            WHEN p.n_built_in_unresolved > 0 THEN NULL
            WHEN p.n_on > 0 AND b.told IS NOT NULL THEN NULL
            WHEN p.n_on > 0 THEN 'pass'
            WHEN p.n_unresolved > 0 OR p.n_perhaps_exempt > 0 THEN NULL
            ELSE 'fail'
       END AS verdict,
       CASE WHEN p.n_built_in_off > 0 AND p.n_on > 0
            THEN 'SecurityCenterBuiltIn turns the policy off; other assignments leave it on: ' || p.n_on
            WHEN p.n_built_in_off > 0 THEN 'SecurityCenterBuiltIn turns the policy off'
            WHEN p.n_built_in_unresolved > 0 THEN 'the effect of SecurityCenterBuiltIn could not be worked out'
            WHEN p.n_on > 0 AND b.told IS NOT NULL THEN 'an assignment leaves the policy on, but ' || b.told
            WHEN p.n_on > 0 THEN 'the policy is on'
            WHEN p.n_unresolved > 0 THEN 'assignments whose effect could not be worked out: ' || p.n_unresolved
            WHEN p.n_perhaps_exempt > 0 THEN 'whether the policy watches the subscription is for the auditor to say: ' || array_to_string(p.exempt_lines, '; ')
            WHEN p.n_exempt > 0 THEN 'the policy watches nothing here: ' || array_to_string(p.exempt_lines, '; ')
            WHEN p.n_off > 0 THEN 'every assignment of the policy is disabled'
            ELSE 'no assignment carries the policy'
       END AS reason
FROM azure_subscription AS s
CROSS JOIN topic AS t
LEFT JOIN per_subscription AS p ON p.subscription_id = s.subscription_id AND p.topic = t.topic
LEFT JOIN blind AS b ON b.subscription_id = s.subscription_id
