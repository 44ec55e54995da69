-- title = "What an Azure role lets its holder do, as far as checks ask"
-- tables = ["azure_role_definition"]
WITH
-- One row per role, built-in and custom; role_id is its GUID, lower-case. powers names what is granted: locks_write,
-- locks_delete, assign_roles, define_roles, run_command (sent once or kept as a resource; not to machines of scale sets),
-- vm_extension, vm_login, read_secret, other_secret (list, set, delete and the like), storage_keys. An exclusion counts within
-- its own block of permissions only; patterns with stars and any letter case are understood. has_star is TRUE where the role
-- names the star itself, or the four verbs that every action ends in, and more than reading is left after whole verbs that it
-- takes back; does_all where it takes nothing back.
-- is_read is FALSE where the permissions are not known; powers means nothing then.
target AS (
    SELECT t.power, t.plane, t.action
    FROM (VALUES
        ('locks_write', 'actions', 'microsoft.authorization/locks/write'),
        ('locks_delete', 'actions', 'microsoft.authorization/locks/delete'),
        ('assign_roles', 'actions', 'microsoft.authorization/roleassignments/write'),
        ('define_roles', 'actions', 'microsoft.authorization/roledefinitions/write'),
        ('run_command', 'actions', 'microsoft.compute/virtualmachines/runcommand/action'),
        ('run_command', 'actions', 'microsoft.compute/virtualmachines/runcommands/write'),
        ('vm_extension', 'actions', 'microsoft.compute/virtualmachines/extensions/write'),
        ('vm_login', 'dataactions', 'microsoft.compute/virtualmachines/login/action'),
        ('vm_login', 'dataactions', 'microsoft.compute/virtualmachines/loginasadmin/action'),
        ('vm_login', 'dataactions', 'microsoft.compute/virtualmachines/wacloginasadmin/action'),
        ('read_secret', 'dataactions', 'microsoft.keyvault/vaults/secrets/getsecret/action'),
        ('other_secret', 'dataactions', 'microsoft.keyvault/vaults/secrets/readmetadata/action'),
        ('other_secret', 'dataactions', 'microsoft.keyvault/vaults/secrets/setsecret/action'),
        ('other_secret', 'dataactions', 'microsoft.keyvault/vaults/secrets/update/action'),
        ('other_secret', 'dataactions', 'microsoft.keyvault/vaults/secrets/delete'),
        ('other_secret', 'dataactions', 'microsoft.keyvault/vaults/secrets/backup/action'),
        ('other_secret', 'dataactions', 'microsoft.keyvault/vaults/secrets/restore/action'),
        ('other_secret', 'dataactions', 'microsoft.keyvault/vaults/secrets/recover/action'),
        ('other_secret', 'dataactions', 'microsoft.keyvault/vaults/secrets/purge/action'),
        ('storage_keys', 'actions', 'microsoft.storage/storageaccounts/listkeys/action')
    ) AS t(power, plane, action)
),
-- The same role comes back in every subscription.
listed AS (
    SELECT guid_of(d.id) AS role_id,
           coalesce(min(CASE WHEN d.permissions IS NOT NULL AND NOT coalesce(list_contains(d._gaps, 'permissions'), FALSE) THEN d.id END), min(d.id)) AS id
    FROM azure_role_definition AS d
    GROUP BY guid_of(d.id)
),
role AS (
    SELECT l.role_id, d.role_name, d.permissions, lower(trim(d.properties_type)) AS role_type,
           d.permissions IS NOT NULL AND NOT coalesce(list_contains(d._gaps, 'permissions'), FALSE) AS is_read
    FROM listed AS l
    JOIN azure_role_definition AS d ON d.id = l.id
),
block AS (
    SELECT r.role_id, u.i AS block, r.permissions ->> ('$[' || u.i || '].actions') AS actions, r.permissions ->> ('$[' || u.i || '].notActions') AS not_actions,
           r.permissions ->> ('$[' || u.i || '].dataActions') AS data_actions, r.permissions ->> ('$[' || u.i || '].notDataActions') AS not_data_actions
    FROM role AS r, unnest(range(CAST(json_array_length(r.permissions) AS BIGINT))) AS u(i)
    WHERE r.is_read
),
pattern AS (
    SELECT b.role_id, b.block, 'actions' AS plane, TRUE AS grants, lower(trim(b.actions ->> ('$[' || u.j || ']'))) AS pattern
    FROM block AS b, unnest(range(CAST(json_array_length(b.actions) AS BIGINT))) AS u(j)
    UNION ALL
    SELECT b.role_id, b.block, 'actions' AS plane, FALSE AS grants, lower(trim(b.not_actions ->> ('$[' || u.j || ']'))) AS pattern
    FROM block AS b, unnest(range(CAST(json_array_length(b.not_actions) AS BIGINT))) AS u(j)
    UNION ALL
    SELECT b.role_id, b.block, 'dataactions' AS plane, TRUE AS grants, lower(trim(b.data_actions ->> ('$[' || u.j || ']'))) AS pattern
    FROM block AS b, unnest(range(CAST(json_array_length(b.data_actions) AS BIGINT))) AS u(j)
    UNION ALL
    SELECT b.role_id, b.block, 'dataactions' AS plane, FALSE AS grants, lower(trim(b.not_data_actions ->> ('$[' || u.j || ']'))) AS pattern
    FROM block AS b, unnest(range(CAST(json_array_length(b.not_data_actions) AS BIGINT))) AS u(j)
),
matched AS (
    SELECT p.role_id, p.block, t.power, t.action, max(CASE WHEN p.grants THEN 1 ELSE 0 END) AS granted, max(CASE WHEN p.grants THEN 0 ELSE 1 END) AS excluded
    FROM pattern AS p
    JOIN target AS t ON t.plane = p.plane AND t.action LIKE replace(p.pattern, '*', '%')
    GROUP BY p.role_id, p.block, t.power, t.action
),
power AS (
    SELECT m.role_id, list_sort(list(DISTINCT m.power)) AS powers
    FROM matched AS m
    WHERE m.granted = 1 AND m.excluded = 0
    GROUP BY m.role_id
),
verb AS (
    SELECT v.verb FROM (VALUES ('read'), ('write'), ('delete'), ('action')) AS v(verb)
),
-- is_whole: the pattern is about all actions of the verb; otherwise about some, if any.
verb_pattern AS (
    SELECT p.role_id, p.block, v.verb, p.grants, p.pattern IN ('*', '*/*', '*/' || v.verb) AS is_whole
    FROM pattern AS p
    JOIN verb AS v ON p.pattern LIKE '%*' OR p.pattern LIKE '%/' || v.verb
    WHERE p.plane = 'actions'
),
verb_block AS (
    SELECT w.role_id, w.verb, bool_or(NOT w.grants AND w.is_whole) AS is_gone, bool_or(NOT w.grants) AS is_cut
    FROM verb_pattern AS w
    GROUP BY w.role_id, w.block, w.verb
    HAVING bool_or(w.grants AND w.is_whole)
),
everything AS (
    SELECT w.role_id, bool_or(w.verb <> 'read' AND NOT w.is_gone) AS has_star, count(DISTINCT w.verb) FILTER (WHERE NOT w.is_cut) = 4 AS does_all
    FROM verb_block AS w
    GROUP BY w.role_id
    HAVING count(DISTINCT w.verb) = 4
)
SELECT r.role_id, coalesce(r.role_name, r.role_id) AS role_name,
       CASE r.role_type WHEN 'customrole' THEN TRUE WHEN 'builtinrole' THEN FALSE END AS is_custom,
       r.is_read, coalesce(p.powers, []) AS powers, coalesce(e.has_star, FALSE) AS has_star,
       coalesce(e.does_all, FALSE) AS does_all
FROM role AS r
LEFT JOIN power AS p ON p.role_id = r.role_id
LEFT JOIN everything AS e ON e.role_id = r.role_id
