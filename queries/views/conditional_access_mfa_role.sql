-- title = "How Conditional Access asks administrators for MFA"
-- tables = ["conditional_access_mfa", "person_label"]
WITH
-- One row per target (admin_portals, all_apps): n_open administrator roles that no policy takes in, n_perhaps those of which
-- it is not known, and the policies that hold or do not. left_people are those whom for some of the roles every policy that
-- holds leaves out; left_names says the same in a line, administrators first.
target AS (
    SELECT t.target FROM (VALUES ('admin_portals'), ('all_apps')) AS t(target)
),
line AS (
    SELECT c.target, c.policy_name, c.holds, coalesce(c.all_users, TRUE) AS all_users, c.include_roles, c.left_roles, c.left_ids, c.excluded,
           c.policy_name || ': ' || array_to_string(list_filter(list_concat(
               [CASE WHEN NOT c.all_users AND array_length(c.include_roles) = 0 THEN 'is for some users only' END,
                CASE WHEN array_length(c.left_roles) > 0 THEN 'leaves out the directory roles ' || array_to_string(c.left_role_names, ', ') END],
               c.obstacles, [CASE WHEN c.left_people IS NOT NULL THEN 'people left out: ' || c.left_people END, c.doubt]), lambda m: m IS NOT NULL), ', ') AS text
    FROM conditional_access_mfa AS c
    JOIN target AS t ON t.target = c.target
),
met AS (
    SELECT t.target, r.role_template_id, r.role_name, l.policy_name, l.holds, l.left_ids
    FROM target AS t
    CROSS JOIN data_mfa_admin_role AS r
    LEFT JOIN line AS l
      ON l.target = t.target
     AND (l.all_users OR l.holds IS NULL OR list_contains(l.include_roles, r.role_template_id))
     AND NOT list_contains(l.left_roles, r.role_template_id)
     AND coalesce(l.holds, TRUE)
),
role AS (
    SELECT m.target, m.role_template_id, m.role_name,
           max(CASE WHEN m.holds THEN 2 WHEN m.holds IS NULL AND m.policy_name IS NOT NULL THEN 1 ELSE 0 END) AS covered,
           sum(CASE WHEN m.holds THEN 1 ELSE 0 END) AS n_holding
    FROM met AS m
    GROUP BY m.target, m.role_template_id, m.role_name
),
left_of_role AS (
    SELECT m.target, m.role_template_id, u.person, count(*) AS n
    FROM met AS m, unnest(m.left_ids) AS u(person)
    WHERE m.holds
    GROUP BY m.target, m.role_template_id, u.person
),
left_person AS (
    SELECT DISTINCT p.target, p.person
    FROM left_of_role AS p
    JOIN role AS r ON r.target = p.target AND r.role_template_id = p.role_template_id AND r.n_holding = p.n
),
named AS (
    SELECT p.target, coalesce(n.label, p.person) AS label,
           row_number() OVER (PARTITION BY p.target ORDER BY CASE WHEN n.is_admin THEN 0 ELSE 1 END, coalesce(n.label, p.person)) AS place
    FROM left_person AS p
    LEFT JOIN person_label AS n ON n.person = p.person
),
left_out AS (
    SELECT n.target, list_sort(list(n.label)) AS people,
           string_agg(CASE WHEN n.place <= 10 THEN n.label END, ', ' ORDER BY n.place)
             || CASE WHEN count(*) > 10 THEN ' and ' || (count(*) - 10) || ' more' ELSE '' END AS names
    FROM named AS n
    GROUP BY n.target
),
found AS (
    SELECT r.target, sum(CASE WHEN r.covered = 0 THEN 1 ELSE 0 END) AS n_open,
           sum(CASE WHEN r.covered = 1 THEN 1 ELSE 0 END) AS n_perhaps,
           list_sort(list(r.role_name) FILTER (WHERE r.covered < 2)) AS open_roles
    FROM role AS r
    GROUP BY r.target
),
policies AS (
    SELECT l.target, list_sort(list(l.policy_name) FILTER (WHERE l.holds)) AS good,
           list_sort(list(l.policy_name || ': ' || array_to_string(l.excluded, ', ')) FILTER (WHERE l.holds AND array_length(l.excluded) > 0)) AS exclusions,
           list_sort(list(l.text) FILTER (WHERE NOT coalesce(l.holds, FALSE))) AS other_policies
    FROM line AS l
    GROUP BY l.target
)
SELECT f.target, f.n_open, f.n_perhaps, f.open_roles, p.good, o.people AS left_people, coalesce(o.names, 'none') AS left_names, p.exclusions, p.other_policies
FROM found AS f
LEFT JOIN policies AS p ON p.target = f.target
LEFT JOIN left_out AS o ON o.target = f.target
