-- title = "Which lists of Privileged Identity Management were read, by place"
-- tables = ["azure_subscription", "azure_ledger"]
WITH
-- One row per list and place. place is a subscription's id, a management group's, the path of all management groups where
-- not even their list was read, or the tenant's GUID for the directory. outcome is read (also where there can be none),
-- license (the tenant has no licence for it) or unread; status and told say what the ledger has;
-- status assumed: no file came with an import, so it was taken for empty.
asked AS (
    SELECT a.plane, a.table_name
    FROM (VALUES
        ('azure', 'azure_role_management_policy_assignment'), ('azure', 'azure_role_eligibility_schedule_instance'),
        ('azure', 'azure_role_assignment_schedule_instance'), ('azure', 'azure_role_assignment'),
        ('entra', 'azure_ad_role_management_policy_assignment'), ('entra', 'azure_ad_role_eligibility_schedule_instance'),
        ('entra', 'azure_ad_role_assignment_schedule_instance'), ('entra', 'azure_ad_role_assignment')
    ) AS a(plane, table_name)
),
entry AS (
    SELECT a.plane, a.table_name, l.scope_kind, lower(l.scope_id) AS scope_id, rtrim(lower(l.parent_id), '/') AS parent_id,
           CASE WHEN l.status = 'ok' AND l.code = 'Assumed' THEN 'assumed' ELSE l.status END AS status,
           CASE WHEN l.status = 'license' THEN 2
                WHEN l.status IN ('ok', 'not_registered', 'unsupported', 'retired') THEN 1
                ELSE 3
           END AS rank
    FROM azure_ledger AS l
    JOIN asked AS a ON a.table_name = l.table_name
),
known_subscription AS (
    SELECT lower(s.subscription_id) AS subscription_id FROM azure_subscription AS s WHERE s.subscription_id IS NOT NULL
    UNION
    SELECT e.scope_id FROM entry AS e WHERE e.plane = 'azure' AND e.scope_kind = 'subscription'
),
-- The call for the subscription itself decides; the row for all calls in it stands where single calls were not noted.
own AS (
    SELECT e.table_name, substr(e.parent_id, 16) AS subscription_id, max(e.rank) AS rank, max(e.status) AS status
    FROM entry AS e
    WHERE e.parent_id LIKE '/subscriptions/%'
    GROUP BY e.table_name, e.parent_id
),
whole AS (
    SELECT e.table_name, e.scope_id, max(e.rank) AS rank, max(e.status) AS status
    FROM entry AS e
    WHERE e.parent_id IS NULL
    GROUP BY e.table_name, e.scope_id
),
tenant AS (
    SELECT coalesce(min(CASE WHEN l.scope_kind = 'tenant' THEN lower(l.scope_id) END), 'tenant') AS tenant_id FROM azure_ledger AS l
),
groups_listed AS (
    SELECT max(CASE WHEN l.status IN ('ok', 'not_registered', 'unsupported', 'retired', 'license') THEN 1 ELSE 0 END) AS n_read,
           max(l.status) AS status
    FROM azure_ledger AS l
    WHERE l.table_name = 'azure_management_group' AND l.parent_id IS NULL
),
place AS (
    SELECT 'azure' AS plane, a.table_name, '/subscriptions/' || s.subscription_id AS place, s.subscription_id,
           coalesce(o.rank, w.rank, 3) AS rank, coalesce(o.status, w.status, 'not_collected') AS status
    FROM known_subscription AS s
    JOIN asked AS a ON a.plane = 'azure'
    LEFT JOIN own AS o ON o.table_name = a.table_name AND o.subscription_id = s.subscription_id
    LEFT JOIN whole AS w ON w.table_name = a.table_name AND w.scope_id = s.subscription_id
    UNION ALL
    SELECT 'azure' AS plane, e.table_name, e.parent_id AS place, CAST(NULL AS VARCHAR) AS subscription_id, max(e.rank) AS rank, max(e.status) AS status
    FROM entry AS e
    WHERE e.parent_id LIKE '/providers/microsoft.management/managementgroups/%'
    GROUP BY e.table_name, e.parent_id
    UNION ALL
    SELECT 'azure' AS plane, a.table_name, '/providers/microsoft.management/managementgroups' AS place, CAST(NULL AS VARCHAR) AS subscription_id,
           3 AS rank, coalesce(g.status, 'not_collected') AS status
    FROM asked AS a
    CROSS JOIN groups_listed AS g
    WHERE a.plane = 'azure' AND a.table_name <> 'azure_role_assignment' AND coalesce(g.n_read, 0) = 0
    UNION ALL
    SELECT 'entra' AS plane, a.table_name, t.tenant_id AS place, CAST(NULL AS VARCHAR) AS subscription_id,
           coalesce(max(e.rank), 3) AS rank, coalesce(max(e.status), 'not_collected') AS status
    FROM asked AS a
    CROSS JOIN tenant AS t
    LEFT JOIN entry AS e ON e.table_name = a.table_name
    WHERE a.plane = 'entra'
    GROUP BY a.table_name, t.tenant_id
)
SELECT p.plane, p.table_name, p.place, p.subscription_id,
       CASE p.rank WHEN 1 THEN 'read' WHEN 2 THEN 'license' ELSE 'unread' END AS outcome, p.status,
       CASE WHEN p.rank = 2 THEN 'the tenant has no licence for Privileged Identity Management'
            WHEN p.rank = 3 AND p.place = '/providers/microsoft.management/managementgroups'
            THEN 'management groups were not read (' || p.status || '), so neither was ' || p.table_name || ' at them'
            WHEN p.rank = 3 THEN p.table_name || ' was not read: ' || p.status
       END AS told
FROM place AS p
