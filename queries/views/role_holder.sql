-- title = "Who holds an Azure role, or may activate it: directly or through groups"
-- tables = ["azure_role_assignment", "azure_role_assignment_schedule_instance", "azure_role_eligibility_schedule_instance", "azure_role_definition", "azure_user", "azure_user_group", "azure_service_principal", "azure_group_member", "azure_ad_group_eligibility_schedule_instance", "group_edge"]
WITH RECURSIVE
-- One row per principal, role, scope and way of holding it. how is direct, group (member of a group that holds it), eligible,
-- or eligible_group (eligible through a group, or eligible to join a group that holds it); group_id is that group, and groups
-- have rows of their own. assignment_id is the role assignment or the eligibility behind it. until is NULL where no end is
-- known, scope where it could not be read. principal_type is user, group, serviceprincipal and the like, NULL where the
-- principal is in none of the lists.
role_name AS (
    SELECT guid_of(r.id) AS role_guid,
           min(CASE WHEN NOT coalesce(list_contains(r._gaps, 'role_name'), FALSE) THEN r.role_name END) AS role_name
    FROM azure_role_definition AS r
    GROUP BY guid_of(r.id)
),
active AS (
    SELECT lower(i.principal_id) AS principal_id, nullif(lower(i.principal_type), '') AS principal_type, guid_of(i.role_definition_id) AS role_guid,
           CASE WHEN NOT coalesce(list_contains(i._gaps, 'scope'), FALSE) THEN coalesce(nullif(rtrim(lower(i.scope), '/'), ''), '/') END AS scope,
           lower(i.origin_role_assignment_id) AS origin_id, i.id,
           i.start_date_time AS since, i.end_date_time AS until, i.expanded_properties_role_definition_display_name AS listed_name
    FROM azure_role_assignment_schedule_instance AS i
),
ended AS (
    SELECT guid_of(i.origin_id) AS origin, min(i.since) AS since,
           CASE WHEN count(i.until) = count(*) THEN max(i.until) END AS until
    FROM active AS i
    WHERE i.origin_id <> ''
    GROUP BY guid_of(i.origin_id)
),
held AS (
    SELECT lower(a.principal_id) AS principal_id, nullif(lower(a.principal_type), '') AS principal_type, guid_of(a.role_definition_id) AS role_guid,
           CASE WHEN NOT coalesce(list_contains(a._gaps, 'scope'), FALSE) THEN coalesce(nullif(rtrim(lower(a.scope), '/'), ''), '/') END AS scope,
           FALSE AS eligible, FALSE AS derived, a.id AS assignment_id,
           coalesce(e.since, a.created_on) AS since, e.until, CAST(NULL AS VARCHAR) AS listed_name
    FROM azure_role_assignment AS a
    LEFT JOIN ended AS e ON e.origin = guid_of(a.id)
    UNION ALL
    -- Held now as PIM sees it, with no role assignment in the snapshot.
    SELECT i.principal_id, i.principal_type, i.role_guid, i.scope, FALSE AS eligible, FALSE AS derived, coalesce(nullif(i.origin_id, ''), i.id) AS assignment_id,
           i.since, i.until, i.listed_name
    FROM active AS i
    LEFT JOIN (SELECT DISTINCT guid_of(a.id) AS origin FROM azure_role_assignment AS a) AS a ON a.origin = guid_of(i.origin_id)
    LEFT JOIN (SELECT DISTINCT lower(b.principal_id) AS principal_id, guid_of(b.role_definition_id) AS role_guid,
                      coalesce(nullif(rtrim(lower(b.scope), '/'), ''), '/') AS scope
               FROM azure_role_assignment AS b) AS b
           ON b.principal_id = i.principal_id AND b.role_guid = i.role_guid AND b.scope = i.scope
    WHERE a.origin IS NULL AND b.principal_id IS NULL
    UNION ALL
    SELECT lower(g.principal_id) AS principal_id, nullif(lower(g.principal_type), '') AS principal_type, guid_of(g.role_definition_id) AS role_guid,
           CASE WHEN NOT coalesce(list_contains(g._gaps, 'scope'), FALSE) THEN coalesce(nullif(rtrim(lower(g.scope), '/'), ''), '/') END AS scope,
           TRUE AS eligible,
           lower(coalesce(g.member_type, 'direct')) = 'group' AS derived, g.id AS assignment_id, g.start_date_time AS since, g.end_date_time AS until,
           g.expanded_properties_role_definition_display_name AS listed_name
    FROM azure_role_eligibility_schedule_instance AS g
),
-- UNION, not UNION ALL: groups that hold each other end here too. A principal that is no group has no edge to follow.
walk AS (
    SELECT h.principal_id AS root, h.principal_id AS node, FALSE AS eligible, CAST(NULL AS TIMESTAMP) AS until
    FROM held AS h
    WHERE h.principal_id IS NOT NULL
    UNION
    SELECT w.root, e.child AS node, w.eligible OR e.eligible AS eligible, least(w.until, e.until) AS until
    FROM walk AS w
    JOIN group_edge AS e ON e.parent = w.node
),
way AS (
    SELECT h.principal_id, h.principal_type, h.role_guid, h.listed_name, h.scope,
           CASE WHEN h.derived THEN 'eligible_group' WHEN h.eligible THEN 'eligible' ELSE 'direct' END AS how,
           CAST(NULL AS VARCHAR) AS group_id, h.assignment_id, h.since, h.until
    FROM held AS h
    UNION ALL
    SELECT w.node AS principal_id, CAST(NULL AS VARCHAR) AS principal_type, h.role_guid, h.listed_name, h.scope,
           CASE WHEN h.eligible OR w.eligible THEN 'eligible_group' ELSE 'group' END AS how, w.root AS group_id, h.assignment_id, h.since,
           least(h.until, w.until) AS until
    FROM walk AS w
    JOIN held AS h ON h.principal_id = w.root
    WHERE w.node <> w.root
),
kind AS (
    SELECT k.principal_id, max(k.kind) AS kind
    FROM (
        SELECT lower(o.id) AS principal_id, 'group' AS kind FROM azure_user_group AS o
        UNION ALL
        SELECT lower(u.id) AS principal_id, 'user' AS kind FROM azure_user AS u
        UNION ALL
        SELECT lower(p.id) AS principal_id, 'serviceprincipal' AS kind FROM azure_service_principal AS p
        UNION ALL
        SELECT w.node AS principal_id, replace(lower(m.member_type), '#microsoft.graph.', '') AS kind
        FROM (SELECT DISTINCT w.node FROM walk AS w WHERE w.node <> w.root) AS w
        JOIN azure_group_member AS m ON lower(m.member_id) = w.node
    ) AS k
    GROUP BY k.principal_id
)
SELECT w.principal_id, coalesce(min(w.principal_type), min(k.kind)) AS principal_type, w.role_guid,
       coalesce(min(n.role_name), min(w.listed_name), w.role_guid) AS role_name, w.scope, w.how, w.group_id, w.assignment_id,
       min(w.since) AS since, CASE WHEN count(w.until) = count(*) THEN max(w.until) END AS until
FROM way AS w
LEFT JOIN kind AS k ON k.principal_id = w.principal_id
LEFT JOIN role_name AS n ON n.role_guid = w.role_guid
GROUP BY w.principal_id, w.role_guid, w.scope, w.how, w.group_id, w.assignment_id
