-- title = "Conditions of activity log alerts, one row per test"
-- tables = ["azure_monitor_activity_log_alert"]
WITH
-- All members of a rule must match; of the tests of one member (those of its anyOf) one is enough.
-- value is what equals asks for, value_list the JSON text of containsAny; both in lower case. n_members counts all members.
member AS (
    SELECT a.id AS rule_id, u.i AS member, json_array_length(a.condition_all_of) AS n_members,
           lower(a.condition_all_of ->> ('$[' || u.i || '].field')) AS field,
           lower(a.condition_all_of ->> ('$[' || u.i || '].equals')) AS value,
           lower(a.condition_all_of ->> ('$[' || u.i || '].containsAny')) AS value_list,
           a.condition_all_of ->> ('$[' || u.i || '].anyOf') AS any_of
    FROM azure_monitor_activity_log_alert AS a, unnest(range(CAST(json_array_length(a.condition_all_of) AS BIGINT))) AS u(i)
    WHERE NOT coalesce(list_contains(a._gaps, 'condition_all_of'), FALSE)
)
SELECT m.rule_id, m.member, m.n_members, m.field, m.value, m.value_list
FROM member AS m
WHERE m.any_of IS NULL OR m.field IS NOT NULL
UNION ALL
SELECT m.rule_id, m.member, m.n_members,
       lower(m.any_of ->> ('$[' || u.j || '].field')) AS field,
       lower(m.any_of ->> ('$[' || u.j || '].equals')) AS value,
       lower(m.any_of ->> ('$[' || u.j || '].containsAny')) AS value_list
FROM member AS m, unnest(range(CAST(json_array_length(m.any_of) AS BIGINT))) AS u(j)
WHERE m.field IS NULL
