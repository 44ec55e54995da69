-- title = "Roles held now, Azure and Entra, and whether they are held for good"
-- tables = ["azure_role_assignment", "azure_role_assignment_schedule_instance", "azure_ad_role_assignment", "azure_ad_role_assignment_schedule_instance", "azure_user", "azure_user_group", "azure_service_principal", "azure_ledger", "pim_read"]
WITH
-- One row per assignment in force that PIM knows, and one per assignment that no such row names: made outside PIM, or in a
-- tenant without a licence for it. standing is TRUE where it has no end, FALSE where it was activated or ends, NULL where
-- that could not be told; why says so. kind is user, group, serviceprincipal, 'user or group', or NULL where it is not known.
instance AS (
    SELECT i.id, 'azure' AS plane,
           CASE WHEN list_contains(i._gaps, 'scope') OR i.scope IS NULL THEN i.subscription_id
                ELSE nullif(regexp_extract(lower(i.scope), '^/subscriptions/([^/]+)', 1), '')
           END AS subscription_id,
           CASE WHEN NOT coalesce(list_contains(i._gaps, 'scope'), FALSE)
                THEN coalesce(nullif(rtrim(lower(i.scope), '/'), ''), CASE WHEN i.scope IS NOT NULL THEN '/' END) END AS scope,
           CASE WHEN NOT coalesce(list_contains(i._gaps, 'role_definition_id'), FALSE) THEN nullif(guid_of(i.role_definition_id), '') END AS role_guid,
           CASE WHEN NOT coalesce(list_contains(i._gaps, 'principal_id'), FALSE) THEN lower(i.principal_id) END AS principal_id,
           CASE WHEN NOT coalesce(list_contains(i._gaps, 'principal_type'), FALSE) THEN lower(i.principal_type) END AS principal_type,
           CASE WHEN NOT coalesce(list_contains(i._gaps, 'assignment_type'), FALSE) THEN lower(trim(i.assignment_type)) END AS assignment_type,
           CASE WHEN NOT coalesce(list_contains(i._gaps, 'start_date_time'), FALSE) THEN i.start_date_time END AS since,
           CASE WHEN NOT coalesce(list_contains(i._gaps, 'end_date_time'), FALSE) THEN i.end_date_time END AS until,
           coalesce(list_contains(i._gaps, 'end_date_time'), FALSE) AS end_unread,
           CASE WHEN NOT coalesce(list_contains(i._gaps, 'origin_role_assignment_id'), FALSE) THEN nullif(guid_of(i.origin_role_assignment_id), '') END AS origin,
           CASE WHEN NOT coalesce(list_contains(i._gaps, 'expanded_properties_role_definition_display_name'), FALSE)
                THEN i.expanded_properties_role_definition_display_name END AS listed_role,
           CASE WHEN NOT coalesce(list_contains(i._gaps, 'expanded_properties_principal_display_name'), FALSE)
                THEN i.expanded_properties_principal_display_name END AS listed_principal
    FROM azure_role_assignment_schedule_instance AS i
    UNION ALL
    SELECT d.id, 'entra' AS plane, CAST(NULL AS VARCHAR) AS subscription_id,
           CASE WHEN NOT coalesce(list_contains(d._gaps, 'directory_scope_id'), FALSE) THEN lower(coalesce(d.directory_scope_id, '/')) END AS scope,
           CASE WHEN NOT coalesce(list_contains(d._gaps, 'role_definition_id'), FALSE) THEN nullif(guid_of(d.role_definition_id), '') END AS role_guid,
           CASE WHEN NOT coalesce(list_contains(d._gaps, 'principal_id'), FALSE) THEN lower(d.principal_id) END AS principal_id,
           CAST(NULL AS VARCHAR) AS principal_type,
           CASE WHEN NOT coalesce(list_contains(d._gaps, 'assignment_type'), FALSE) THEN lower(trim(d.assignment_type)) END AS assignment_type,
           CASE WHEN NOT coalesce(list_contains(d._gaps, 'start_date_time'), FALSE) THEN d.start_date_time END AS since,
           CASE WHEN NOT coalesce(list_contains(d._gaps, 'end_date_time'), FALSE) THEN d.end_date_time END AS until,
           coalesce(list_contains(d._gaps, 'end_date_time'), FALSE) AS end_unread,
           CASE WHEN NOT coalesce(list_contains(d._gaps, 'role_assignment_origin_id'), FALSE) THEN nullif(lower(d.role_assignment_origin_id), '') END AS origin,
           CAST(NULL AS VARCHAR) AS listed_role, CAST(NULL AS VARCHAR) AS listed_principal
    FROM azure_ad_role_assignment_schedule_instance AS d
),
assignment AS (
    SELECT a.id, 'azure' AS plane,
           CASE WHEN list_contains(a._gaps, 'scope') OR a.scope IS NULL THEN a.subscription_id
                ELSE nullif(regexp_extract(lower(a.scope), '^/subscriptions/([^/]+)', 1), '')
           END AS subscription_id,
           a._seen_in AS seen_in, guid_of(a.id) AS origin,
           CASE WHEN NOT coalesce(list_contains(a._gaps, 'scope'), FALSE)
                THEN coalesce(nullif(rtrim(lower(a.scope), '/'), ''), CASE WHEN a.scope IS NOT NULL THEN '/' END) END AS scope,
           CASE WHEN NOT coalesce(list_contains(a._gaps, 'role_definition_id'), FALSE) THEN nullif(guid_of(a.role_definition_id), '') END AS role_guid,
           CASE WHEN NOT coalesce(list_contains(a._gaps, 'principal_id'), FALSE) THEN lower(a.principal_id) END AS principal_id,
           CASE WHEN NOT coalesce(list_contains(a._gaps, 'principal_type'), FALSE) THEN lower(a.principal_type) END AS principal_type,
           CASE WHEN NOT coalesce(list_contains(a._gaps, 'created_on'), FALSE) THEN a.created_on END AS since
    FROM azure_role_assignment AS a
    UNION ALL
    SELECT r.id, 'entra' AS plane, CAST(NULL AS VARCHAR) AS subscription_id, CAST([] AS VARCHAR[]) AS seen_in, lower(r.id) AS origin,
           CASE WHEN NOT coalesce(list_contains(r._gaps, 'directory_scope_id'), FALSE) THEN lower(coalesce(r.directory_scope_id, '/')) END AS scope,
           CASE WHEN NOT coalesce(list_contains(r._gaps, 'role_definition_id'), FALSE) THEN nullif(guid_of(r.role_definition_id), '') END AS role_guid,
           CASE WHEN NOT coalesce(list_contains(r._gaps, 'principal_id'), FALSE) THEN lower(r.principal_id) END AS principal_id,
           CAST(NULL AS VARCHAR) AS principal_type, CAST(NULL AS TIMESTAMP) AS since
    FROM azure_ad_role_assignment AS r
),
named AS (
    SELECT i.plane, i.origin FROM instance AS i WHERE i.origin IS NOT NULL
    UNION
    -- In the directory an assignment that nobody activated has the same id in both lists.
    SELECT i.plane, lower(i.id) AS origin FROM instance AS i WHERE i.plane = 'entra'
),
-- Rows that do not tell which assignment is behind them, found again by who holds what where; for the directory always.
twin AS (
    SELECT DISTINCT i.plane, i.principal_id, i.role_guid, i.scope
    FROM instance AS i
    WHERE i.plane = 'entra' OR i.origin IS NULL
),
-- A row that tells neither its assignment nor all of who, what and where may be any of them.
blind AS (
    SELECT i.plane, count(*) AS n
    FROM instance AS i
    WHERE i.origin IS NULL AND (i.principal_id IS NULL OR i.role_guid IS NULL OR i.scope IS NULL)
    GROUP BY i.plane
),
instance_list AS (
    SELECT p.plane, p.place, p.subscription_id,
           CASE p.outcome WHEN 'read' THEN 1 WHEN 'license' THEN 2 ELSE 3 END AS rank, p.told
    FROM pim_read AS p
    WHERE p.table_name IN ('azure_role_assignment_schedule_instance', 'azure_ad_role_assignment_schedule_instance')
),
-- Assignments above subscriptions come in the list of every subscription; one that was read is enough.
seen_above AS (
    SELECT a.id, min(l.rank) AS rank
    FROM assignment AS a, unnest(a.seen_in) AS u(subscription_id)
    JOIN instance_list AS l ON l.plane = 'azure' AND l.subscription_id = lower(u.subscription_id)
    WHERE a.plane = 'azure' AND a.subscription_id IS NULL
    GROUP BY a.id
),
anywhere AS (
    SELECT l.plane, min(l.rank) AS rank
    FROM instance_list AS l
    WHERE l.subscription_id IS NOT NULL OR l.plane = 'entra'
    GROUP BY l.plane
),
outside AS (
    SELECT a.*, coalesce(CASE WHEN a.subscription_id IS NOT NULL THEN l.rank ELSE s.rank END, w.rank, 3) AS rank, coalesce(b.n, 0) AS n_blind
    FROM assignment AS a
    LEFT JOIN named AS n ON n.plane = a.plane AND n.origin = a.origin
    LEFT JOIN twin AS t ON t.plane = a.plane AND t.principal_id = a.principal_id AND t.role_guid = a.role_guid AND t.scope = a.scope
    LEFT JOIN blind AS b ON b.plane = a.plane
    LEFT JOIN instance_list AS l ON l.plane = 'azure' AND l.subscription_id = a.subscription_id
    LEFT JOIN seen_above AS s ON s.id = a.id
    LEFT JOIN anywhere AS w ON w.plane = a.plane
    WHERE n.origin IS NULL AND t.principal_id IS NULL
),
held AS (
    SELECT i.plane, i.id, i.subscription_id, 'instance' AS source, i.principal_id, i.principal_type, i.role_guid, i.listed_role, i.listed_principal,
           i.scope, i.assignment_type, i.since, i.until,
           CASE WHEN i.assignment_type = 'activated' THEN FALSE
                WHEN i.end_unread THEN NULL
                WHEN i.until IS NOT NULL AND coalesce(i.assignment_type, 'assigned') = 'assigned' THEN FALSE
                WHEN i.assignment_type = 'assigned' AND i.until IS NULL THEN TRUE
           END AS standing,
           CASE WHEN i.assignment_type = 'activated' THEN 'activated' || CASE WHEN i.until IS NULL THEN '' ELSE ' until ' || i.until END
                WHEN i.end_unread THEN 'when it ends could not be read'
                WHEN i.until IS NOT NULL AND coalesce(i.assignment_type, 'assigned') = 'assigned' THEN 'assigned until ' || i.until
                WHEN i.assignment_type = 'assigned' THEN 'assigned without end'
                ELSE 'whether it was activated or assigned is not known: ' || coalesce(i.assignment_type, 'no value')
           END AS why
    FROM instance AS i
    UNION ALL
    SELECT o.plane, o.id, o.subscription_id, 'assignment' AS source, o.principal_id, o.principal_type, o.role_guid, NULL AS listed_role,
           NULL AS listed_principal, o.scope, NULL AS assignment_type, o.since, CAST(NULL AS TIMESTAMP) AS until,
           CASE WHEN o.rank = 3 OR (o.rank = 1 AND o.n_blind > 0) THEN NULL ELSE TRUE END AS standing,
           CASE WHEN o.rank = 3 THEN 'whether it was activated is not known: the assignments that PIM knows were not read'
                WHEN o.rank = 1 AND o.n_blind > 0 THEN 'whether PIM knows the assignment is not known: one that it does know could not be read'
                WHEN o.rank = 2 THEN 'assigned without end; the tenant has no licence for Privileged Identity Management'
                ELSE 'assigned outside Privileged Identity Management, without end'
           END AS why
    FROM outside AS o
),
directory AS (
    SELECT k.id, min(k.kind) AS kind
    FROM (
        SELECT lower(u.id) AS id, 'user' AS kind FROM azure_user AS u
        UNION ALL
        SELECT lower(g.id) AS id, 'group' AS kind FROM azure_user_group AS g
        UNION ALL
        SELECT lower(p.id) AS id, 'serviceprincipal' AS kind FROM azure_service_principal AS p
    ) AS k
    GROUP BY k.id
),
service_principals AS (
    SELECT coalesce(max(CASE WHEN l.status IN ('ok', 'not_registered', 'unsupported', 'license', 'retired') THEN 1 ELSE 3 END), 3) AS rank
    FROM azure_ledger AS l
    WHERE l.table_name = 'azure_service_principal' AND l.parent_id IS NULL
)
SELECT h.plane, h.id, h.subscription_id, h.source, h.principal_id,
       CASE WHEN h.principal_type IN ('user', 'group', 'serviceprincipal') THEN h.principal_type
            WHEN h.principal_type = 'foreigngroup' THEN 'group'
            WHEN h.principal_type IN ('msi', 'application') THEN 'serviceprincipal'
            WHEN d.kind IS NOT NULL THEN d.kind
            -- In the directory whoever is no service principal is a user or a group. An Azure assignment may be left of a
            -- principal that is gone.
            WHEN h.plane = 'entra' AND h.principal_id IS NOT NULL AND s.rank = 1 THEN 'user or group'
       END AS kind,
       h.listed_principal AS principal_name, h.role_guid, h.listed_role AS role_name, h.scope, h.assignment_type, h.since, h.until,
       h.standing, h.why
FROM held AS h
LEFT JOIN directory AS d ON d.id = h.principal_id
CROSS JOIN service_principals AS s
