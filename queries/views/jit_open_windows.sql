-- title = "Windows that just-in-time requests opened"
-- tables = ["azure_jit_access_request", "azure_jit_policy_port"]
WITH
-- One row per request, machine and port. The times decide, not the status: Azure may leave Initiated on a window that has
-- ended. state is NULL where a time could not be read.
request AS (
    SELECT r.id, r.policy_id, r.subscription_id, r.requestor, r.justification, r.virtual_machines,
           CASE WHEN list_contains(r._gaps, 'start_time_utc') THEN NULL ELSE r.start_time_utc END AS start_at
    FROM azure_jit_access_request AS r
),
machine AS (
    SELECT r.id, r.policy_id, r.subscription_id, r.requestor, r.justification, r.start_at, u.i,
           lower(rtrim(r.virtual_machines ->> ('$[' || u.i || '].id'), '/')) AS vm_id,
           (r.virtual_machines ->> ('$[' || u.i || '].ports')) AS ports
    FROM request AS r, unnest(range(CAST(json_array_length(r.virtual_machines) AS BIGINT))) AS u(i)
),
port AS (
    SELECT m.id, m.policy_id, m.subscription_id, m.requestor, m.justification, m.start_at, m.vm_id, m.i, u.j,
           TRY_CAST(m.ports ->> ('$[' || u.j || '].number') AS BIGINT) AS port,
           -- Both fields hold one text or a list of texts.
           list_merge(regexp_replace(m.ports ->> ('$[' || u.j || '].allowedSourceAddressPrefix'), '[\[\]"]', '', 'g'),
                      [regexp_replace(m.ports ->> ('$[' || u.j || '].allowedSourceAddressPrefixes'), '[\[\]"]', '', 'g')]) AS sources,
           -- Seven digits of a second may come; one less is enough. Another zone than UTC is not read.
           TRY_CAST(regexp_extract(m.ports ->> ('$[' || u.j || '].endTimeUtc'), '^([0-9-]+[T ][0-9:]+(?:\.[0-9]{1,6})?)[0-9]*Z?$', 1) AS TIMESTAMP) AS end_at,
           m.ports ->> ('$[' || u.j || '].status') AS status,
           m.ports ->> ('$[' || u.j || '].statusReason') AS status_reason,
           TRY_CAST(m.ports ->> ('$[' || u.j || '].mappedPort') AS BIGINT) AS mapped_port
    FROM machine AS m, unnest(range(CAST(json_array_length(m.ports) AS BIGINT))) AS u(j)
),
policy_port AS (
    SELECT p.policy_id, p.vm_id, p.number AS port, count(*) AS n,
           min(CASE WHEN list_contains(p._gaps, 'max_request_access_duration') THEN NULL ELSE duration_minutes(p.max_request_access_duration) END) AS max_minutes,
           bool_or(coalesce(list_contains(p._gaps, 'max_request_access_duration'), FALSE) OR duration_minutes(p.max_request_access_duration) IS NULL) AS unreadable
    FROM azure_jit_policy_port AS p
    GROUP BY p.policy_id, p.vm_id, p.number
)
SELECT t.id AS request_id, t.policy_id, t.subscription_id, t.vm_id, t.port, t.i AS vm_place, t.j AS port_place,
       t.requestor, t.justification, t.sources, array_length(t.sources) = 0 OR sources_any(t.sources) AS source_any,
       t.start_at, t.end_at, date_diff('second', t.start_at, t.end_at) / 60.0 AS minutes,
       t.status, t.status_reason, t.mapped_port,
       CASE WHEN lower(trim(t.status)) = 'revoked' THEN 'closed'
            WHEN t.end_at <= snapshot_time() THEN 'expired'
            WHEN t.start_at > snapshot_time() THEN 'scheduled'
            WHEN t.start_at IS NULL OR t.end_at IS NULL THEN NULL
            ELSE 'open'
       END AS state,
       CASE WHEN NOT p.unreadable THEN p.max_minutes END AS policy_max_minutes,
       p.port IS NOT NULL AS in_policy
FROM port AS t
LEFT JOIN policy_port AS p ON p.policy_id = t.policy_id AND p.vm_id = t.vm_id AND p.port = t.port
