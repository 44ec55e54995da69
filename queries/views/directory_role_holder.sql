-- title = "Who holds a directory role: directly, through groups, or as eligible"
-- tables = ["azure_directory_role", "azure_directory_role_member", "azure_ad_role_assignment", "azure_ad_role_definition", "azure_ad_role_assignment_schedule_instance", "azure_ad_role_eligibility_schedule_instance", "azure_ad_group_eligibility_schedule_instance", "azure_user_group", "azure_group_member", "azure_user", "group_edge"]
WITH RECURSIVE
-- One row per principal, role, scope and way of holding it. how is direct, group (member of a group that holds it),
-- eligible, or eligible_group (eligible through a group, or eligible to join a group that holds it); group_id is that
-- group. until is the end of it, NULL where none is known. Groups have rows of their own. principal_type is user, group,
-- serviceprincipal, or NULL where the principal is in none of the tables. What was not read is in directory_role_unread.
role_name AS (
    SELECT r.template_id, max(r.role_name) AS role_name
    FROM (
        SELECT lower(d.role_template_id) AS template_id,
               CASE WHEN NOT coalesce(list_contains(d._gaps, 'display_name'), FALSE) THEN d.display_name END AS role_name
        FROM azure_directory_role AS d
        UNION ALL
        SELECT lower(coalesce(f.template_id, f.id)) AS template_id,
               CASE WHEN NOT coalesce(list_contains(f._gaps, 'display_name'), FALSE) THEN f.display_name END AS role_name
        FROM azure_ad_role_definition AS f
    ) AS r
    GROUP BY r.template_id
),
ended AS (
    SELECT lower(i.principal_id) AS principal_id, lower(i.role_definition_id) AS role_id, coalesce(i.directory_scope_id, '/') AS scope,
           CASE WHEN count(i.end_date_time) = count(*) THEN max(i.end_date_time) END AS until
    FROM azure_ad_role_assignment_schedule_instance AS i
    GROUP BY lower(i.principal_id), lower(i.role_definition_id), coalesce(i.directory_scope_id, '/')
),
assigned AS (
    SELECT lower(m.member_id) AS principal_id, lower(d.role_template_id) AS role_id, '/' AS scope
    FROM azure_directory_role_member AS m
    LEFT JOIN azure_directory_role AS d ON lower(d.id) = lower(m._parent_id)
    UNION
    -- Roles limited to an administrative unit, and roles of the tenant's own making, are only here.
    SELECT lower(a.principal_id) AS principal_id, lower(a.role_definition_id) AS role_id, coalesce(a.directory_scope_id, '/') AS scope
    FROM azure_ad_role_assignment AS a
),
held AS (
    SELECT a.principal_id, coalesce(lower(f.template_id), a.role_id) AS role_id, a.scope, FALSE AS eligible, FALSE AS derived, e.until
    FROM assigned AS a
    LEFT JOIN azure_ad_role_definition AS f ON lower(f.id) = a.role_id
    LEFT JOIN ended AS e ON e.principal_id = a.principal_id AND e.role_id = a.role_id AND e.scope = a.scope
    UNION
    SELECT lower(i.principal_id) AS principal_id, coalesce(lower(f.template_id), lower(i.role_definition_id)) AS role_id,
           coalesce(i.directory_scope_id, '/') AS scope, TRUE AS eligible, lower(coalesce(i.member_type, 'direct')) = 'group' AS derived,
           i.end_date_time AS until
    FROM azure_ad_role_eligibility_schedule_instance AS i
    LEFT JOIN azure_ad_role_definition AS f ON lower(f.id) = lower(i.role_definition_id)
),
-- UNION, not UNION ALL: groups that hold each other end here too. A principal that is no group has no edge to follow.
walk AS (
    SELECT h.principal_id AS root, h.principal_id AS node, FALSE AS eligible, CAST(NULL AS TIMESTAMP) AS until
    FROM held AS h
    UNION
    SELECT w.root, e.child AS node, w.eligible OR e.eligible AS eligible, least(w.until, e.until) AS until
    FROM walk AS w
    JOIN group_edge AS e ON e.parent = w.node
),
way AS (
    SELECT h.principal_id, h.role_id, h.scope,
           CASE WHEN h.derived THEN 'eligible_group' WHEN h.eligible THEN 'eligible' ELSE 'direct' END AS how,
           CAST(NULL AS VARCHAR) AS group_id, h.until
    FROM held AS h
    UNION ALL
    SELECT w.node AS principal_id, h.role_id, h.scope,
           CASE WHEN h.eligible OR w.eligible THEN 'eligible_group' ELSE 'group' END AS how, w.root AS group_id, least(h.until, w.until) AS until
    FROM walk AS w
    JOIN held AS h ON h.principal_id = w.root
    WHERE w.node <> w.root
),
kind AS (
    SELECT k.principal_id, max(k.kind) AS kind
    FROM (
        SELECT lower(m.member_id) AS principal_id, replace(lower(m.member_type), '#microsoft.graph.', '') AS kind FROM azure_directory_role_member AS m
        UNION ALL
        SELECT lower(g.id) AS principal_id, 'group' AS kind FROM azure_user_group AS g
        UNION ALL
        SELECT lower(u.id) AS principal_id, 'user' AS kind FROM azure_user AS u
        UNION ALL
        SELECT w.node AS principal_id, replace(lower(m.member_type), '#microsoft.graph.', '') AS kind
        FROM (SELECT DISTINCT w.node FROM walk AS w) AS w
        JOIN azure_group_member AS m ON lower(m.member_id) = w.node
    ) AS k
    GROUP BY k.principal_id
)
SELECT w.principal_id, k.kind AS principal_type, w.role_id AS role_template_id, coalesce(n.role_name, w.role_id) AS role_name,
       w.how, w.group_id, CASE WHEN count(w.until) = count(*) THEN max(w.until) END AS until, w.scope
FROM way AS w
LEFT JOIN kind AS k ON k.principal_id = w.principal_id
LEFT JOIN role_name AS n ON n.template_id = w.role_id
GROUP BY w.principal_id, k.kind, w.role_id, coalesce(n.role_name, w.role_id), w.how, w.group_id, w.scope
