-- title = "Names of people, with the directory roles that they hold by name"
-- tables = ["azure_user", "azure_directory_role", "azure_directory_role_member"]
WITH
-- One row per user or member of a directory role: person is the object id, lower-case; label the sign-in name, with the
-- roles behind it; roles held through groups or to be activated are not told. A row that is missing tells nothing: no
-- verdict may rest on this view.
named AS (
    SELECT lower(u.id) AS person,
           coalesce(CASE WHEN NOT coalesce(list_contains(u._gaps, 'user_principal_name'), FALSE) THEN nullif(trim(u.user_principal_name), '') END,
                    CASE WHEN NOT coalesce(list_contains(u._gaps, 'display_name'), FALSE) THEN nullif(trim(u.display_name), '') END) AS label
    FROM azure_user AS u
    UNION ALL
    SELECT lower(m.member_id) AS person,
           coalesce(CASE WHEN NOT coalesce(list_contains(m._gaps, 'user_principal_name'), FALSE) THEN nullif(trim(m.user_principal_name), '') END,
                    CASE WHEN NOT coalesce(list_contains(m._gaps, 'display_name'), FALSE) THEN nullif(trim(m.display_name), '') END) AS label
    FROM azure_directory_role_member AS m
    WHERE NOT coalesce(list_contains(m._gaps, 'member_id'), FALSE)
),
role AS (
    SELECT lower(m.member_id) AS person, array_to_string(list_sort(list(DISTINCT d.display_name)), ', ') AS roles
    FROM azure_directory_role_member AS m
    JOIN azure_directory_role AS d ON lower(d.id) = lower(m._parent_id)
    WHERE NOT coalesce(list_contains(m._gaps, 'member_id'), FALSE) AND NOT coalesce(list_contains(d._gaps, 'display_name'), FALSE)
      AND trim(d.display_name) <> ''
    GROUP BY lower(m.member_id)
),
person AS (
    SELECT n.person, max(n.label) AS label FROM named AS n GROUP BY n.person
)
SELECT p.person, coalesce(p.label, p.person) || coalesce(' (' || r.roles || ')', '') AS label, r.roles IS NOT NULL AS is_admin
FROM person AS p
LEFT JOIN role AS r ON r.person = p.person
