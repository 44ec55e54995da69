-- title = "Azure role assignments with the names of role and principal, privileged or not"
-- tables = ["azure_role_assignment", "azure_role_definition", "azure_user", "azure_user_group", "azure_service_principal"]
WITH
-- One row per assignment. kind is privileged (Microsoft lists the role so, or it allows every action, perhaps but some, or to
-- give or make roles), other, or unknown where the role or its permissions were not read; why says so. principal_name is NULL where no
-- list has the principal.
weighed AS (
    SELECT a.id, a.subscription_id, a.scope, a.principal_id, a.principal_type, a.created_on, a.condition, a.description,
           guid_of(a.role_definition_id) AS role_id,
           a.role_definition_id IS NULL OR coalesce(list_contains(a._gaps, 'role_definition_id'), FALSE) AS role_gap,
           coalesce(p.role_name, d.role_name, guid_of(a.role_definition_id)) AS role_name, p.is_custom,
           d.role_id IS NOT NULL AS listed, p.role_id IS NOT NULL AND p.is_read AS is_read, coalesce(p.has_star, FALSE) AS has_star, coalesce(p.does_all, FALSE) AS does_all,
           coalesce(list_contains(p.powers, 'assign_roles'), FALSE) AS assigns_roles, coalesce(list_contains(p.powers, 'define_roles'), FALSE) AS defines_roles
    FROM azure_role_assignment AS a
    LEFT JOIN role_power AS p ON p.role_id = guid_of(a.role_definition_id)
    LEFT JOIN data_privileged_azure_role AS d ON d.role_id = guid_of(a.role_definition_id)
),
principal AS (
    SELECT lower(u.id) AS principal_id, coalesce(u.display_name, u.user_principal_name) || CASE WHEN NOT u.account_enabled THEN ', sign-in blocked' ELSE '' END AS name
    FROM azure_user AS u
    UNION ALL
    SELECT lower(g.id) AS principal_id, g.display_name AS name FROM azure_user_group AS g
    UNION ALL
    SELECT lower(s.id) AS principal_id, s.display_name AS name FROM azure_service_principal AS s
),
named AS (
    SELECT n.principal_id, max(n.name) AS name FROM principal AS n GROUP BY n.principal_id
)
SELECT w.id, w.subscription_id, w.scope, w.principal_id, w.principal_type, n.name AS principal_name, w.role_id, w.role_name, w.is_custom,
       w.created_on, w.condition, w.description,
       CASE WHEN w.role_gap THEN 'unknown'
            WHEN w.listed OR w.has_star OR w.assigns_roles OR w.defines_roles THEN 'privileged'
            WHEN NOT w.is_read THEN 'unknown'
            ELSE 'other'
       END AS kind,
       CASE WHEN w.role_gap THEN 'the role is not given'
            WHEN w.listed THEN 'one of the roles that Microsoft calls privileged'
            WHEN w.does_all THEN 'allows every action'
            WHEN w.has_star THEN 'allows every action but those that it excludes'
            WHEN w.assigns_roles THEN 'allows to give roles'
            WHEN w.defines_roles THEN 'allows to make roles'
            WHEN NOT w.is_read THEN 'what the role allows was not read'
            ELSE 'a job function role'
       END AS why
FROM weighed AS w
LEFT JOIN named AS n ON n.principal_id = lower(w.principal_id)
