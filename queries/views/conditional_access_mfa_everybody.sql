-- title = "How Conditional Access asks everybody for MFA, by what it protects"
-- tables = ["conditional_access_mfa", "person_label"]
WITH
-- One row per target, also where no policy is for it: n_good policies in force that hold for everybody, n_perhaps those of
-- which it is not known, and the other policies with what keeps each from it. left_people are those whom every good policy
-- leaves out; left_names says the same in a line, administrators first.
target AS (
    SELECT t.target
    FROM (VALUES ('all_apps'), ('azure_management'), ('register_device'), ('risk_high'), ('risk_medium')) AS t(target)
),
line AS (
    SELECT c.target, c.policy_name, coalesce(c.holds AND c.all_users AND array_length(c.left_roles) = 0, FALSE) AS good,
           c.holds IS NULL AND coalesce(c.all_users, TRUE) AS perhaps, c.left_ids, c.excluded,
           c.policy_name || ': ' || array_to_string(list_filter(list_concat(
               [CASE WHEN NOT c.all_users THEN 'is for some users only' END,
                CASE WHEN array_length(c.left_roles) > 0 THEN 'leaves out the directory roles ' || array_to_string(c.left_role_names, ', ') END],
               c.obstacles, [CASE WHEN c.left_people IS NOT NULL THEN 'people left out: ' || c.left_people END, c.doubt]), lambda m: m IS NOT NULL), ', ') AS text
    FROM conditional_access_mfa AS c
    JOIN target AS t ON t.target = c.target
),
summed AS (
    SELECT t.target, sum(CASE WHEN l.good THEN 1 ELSE 0 END) AS n_good, sum(CASE WHEN l.perhaps THEN 1 ELSE 0 END) AS n_perhaps,
           list_sort(list(l.policy_name) FILTER (WHERE l.good)) AS policies,
           list_sort(list(l.policy_name || ': ' || array_to_string(l.excluded, ', ')) FILTER (WHERE l.good AND array_length(l.excluded) > 0)) AS exclusions,
           list_sort(list(l.text) FILTER (WHERE NOT l.good)) AS other_policies
    FROM target AS t
    LEFT JOIN line AS l ON l.target = t.target
    GROUP BY t.target
),
left_person AS (
    SELECT l.target, u.person, count(*) AS n
    FROM line AS l, unnest(l.left_ids) AS u(person)
    WHERE l.good
    GROUP BY l.target, u.person
),
named AS (
    SELECT p.target, coalesce(n.label, p.person) AS label,
           row_number() OVER (PARTITION BY p.target ORDER BY CASE WHEN n.is_admin THEN 0 ELSE 1 END, coalesce(n.label, p.person)) AS place
    FROM left_person AS p
    JOIN summed AS s ON s.target = p.target AND s.n_good = p.n
    LEFT JOIN person_label AS n ON n.person = p.person
),
left_out AS (
    SELECT n.target, list_sort(list(n.label)) AS people,
           string_agg(CASE WHEN n.place <= 10 THEN n.label END, ', ' ORDER BY n.place)
             || CASE WHEN count(*) > 10 THEN ' and ' || (count(*) - 10) || ' more' ELSE '' END AS names
    FROM named AS n
    GROUP BY n.target
)
SELECT s.target, s.n_good, s.n_perhaps, s.policies, s.exclusions, s.other_policies, o.people AS left_people, coalesce(o.names, 'none') AS left_names
FROM summed AS s
LEFT JOIN left_out AS o ON o.target = s.target
