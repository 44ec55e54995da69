-- title = "Who reaches the secrets of a key vault, by access policy or by role"
-- tables = ["azure_keyvault_service", "azure_role_assignment", "azure_role_definition", "azure_user", "azure_user_group", "azure_service_principal", "azure_management_group"]
WITH RECURSIVE
-- One row per vault, principal and way. state is known, or gap where a part could not be read and the way may be open
-- (principal_id may be NULL then). reads_values is FALSE where only other rights on secrets are given. kind is user, group,
-- other, or unclear. Only the model in force counts: access policies, or roles where the vault uses them. Groups are not taken apart.
vault AS (
    SELECT v.id, lower(v.subscription_id) AS subscription_id, v.access_policies, coalesce(v.enable_rbac_authorization, FALSE) AS by_role,
           coalesce(list_contains(v._gaps, 'enable_rbac_authorization'), FALSE) AS model_gap,
           coalesce(list_contains(v._gaps, 'access_policies'), FALSE) AS policies_gap,
           regexp_extract(v.id, '^(/subscriptions/[^/]+/resourcegroups/[^/]+)', 1) AS group_scope,
           regexp_extract(v.id, '^(/subscriptions/[^/]+)', 1) AS subscription_scope
    FROM azure_keyvault_service AS v
),
policy AS (
    SELECT v.id AS vault_id, lower(v.access_policies ->> ('$[' || u.i || '].objectId')) AS principal_id,
           lower(v.access_policies ->> ('$[' || u.i || '].permissions.secrets')) AS rights
    FROM vault AS v, unnest(range(CAST(json_array_length(v.access_policies) AS BIGINT))) AS u(i)
    WHERE NOT v.by_role AND NOT v.model_gap AND NOT v.policies_gap
),
by_policy AS (
    SELECT p.vault_id, p.principal_id, 'known' AS state, 'access policy' AS way,
           bool_or(contains(p.rights, '"get"') OR contains(p.rights, '"all"')) AS reads_values
    FROM policy AS p
    WHERE coalesce(p.rights, '[]') <> '[]' AND p.principal_id IS NOT NULL
    GROUP BY p.vault_id, p.principal_id
),
edge AS (
    SELECT lower(rtrim(g.id, '/')) AS child, lower(rtrim(g.details_parent_id, '/')) AS parent
    FROM azure_management_group AS g
    WHERE g.details_parent_id IS NOT NULL
    UNION
    SELECT lower(rtrim(u.child, '/')) AS child, lower(rtrim(g.id, '/')) AS parent
    FROM azure_management_group AS g, unnest(g.children_id) AS u(child)
    WHERE u.child IS NOT NULL
),
-- UNION, not UNION ALL: a tree that loops ends here too.
ancestor AS (
    SELECT DISTINCT v.subscription_id, e.parent AS scope
    FROM vault AS v
    JOIN edge AS e ON e.child = v.subscription_scope
    UNION
    SELECT a.subscription_id, e.parent AS scope
    FROM ancestor AS a
    JOIN edge AS e ON e.child = a.scope
),
assignment AS (
    SELECT a.id, a._seen_in AS seen_in, lower(a.subscription_id) AS subscription_id, lower(a.principal_id) AS principal_id,
           coalesce(nullif(lower(trim(a.principal_type)), ''), 'not given') AS principal_type,
           CASE WHEN a.scope IS NULL OR list_contains(a._gaps, 'scope') THEN NULL
                ELSE coalesce(nullif(rtrim(lower(a.scope), '/'), ''), '/') END AS scope,
           coalesce(r.role_name, guid_of(a.role_definition_id), 'role not given') AS role_name,
           CASE WHEN coalesce(r.is_read, FALSE) AND a.principal_id IS NOT NULL THEN 'known' ELSE 'gap' END AS state,
           r.powers, coalesce(trim(a.condition), '') <> '' AS is_narrowed
    FROM azure_role_assignment AS a
    LEFT JOIN role_power AS r ON r.role_id = guid_of(a.role_definition_id) AND NOT coalesce(list_contains(a._gaps, 'role_definition_id'), FALSE)
    WHERE r.role_id IS NULL OR NOT r.is_read OR list_contains(r.powers, 'read_secret') OR list_contains(r.powers, 'other_secret')
),
role_vault AS (
    SELECT v.id, v.subscription_id, v.group_scope, v.subscription_scope FROM vault AS v WHERE v.by_role AND NOT v.model_gap
),
placed AS (
    SELECT v.id AS vault_id, a.id FROM role_vault AS v JOIN assignment AS a ON a.scope = v.id
    UNION
    -- Of one secret of the vault.
    SELECT v.id, a.id FROM role_vault AS v JOIN assignment AS a ON regexp_extract(a.scope, '^(.*)/secrets/[^/]+$', 1) = v.id
    UNION
    SELECT v.id, a.id FROM role_vault AS v JOIN assignment AS a ON a.scope = v.group_scope
    UNION
    SELECT v.id, a.id FROM role_vault AS v JOIN assignment AS a ON a.scope = v.subscription_scope
    UNION
    SELECT v.id, a.id FROM role_vault AS v CROSS JOIN assignment AS a WHERE a.scope = '/'
    UNION
    SELECT v.id, a.id
    FROM (SELECT DISTINCT x.id, lower(u.seen) AS seen FROM assignment AS x, unnest(x.seen_in) AS u(seen)
          WHERE x.scope LIKE '/providers/microsoft.management/managementgroups/%') AS a
    JOIN role_vault AS v ON v.subscription_id = a.seen
    UNION
    SELECT v.id, a.id
    FROM role_vault AS v
    JOIN ancestor AS n ON n.subscription_id = v.subscription_id
    JOIN assignment AS a ON a.scope = n.scope
),
-- A management group of which neither the list nor the tree says what is below it, and a scope that could not be read.
doubtful AS (
    SELECT v.id AS vault_id, a.id
    FROM role_vault AS v
    JOIN assignment AS a ON a.scope IS NULL AND coalesce(a.subscription_id, v.subscription_id) = v.subscription_id
    UNION
    SELECT v.id, a.id
    FROM assignment AS a
    LEFT JOIN (SELECT DISTINCT e.parent FROM edge AS e) AS e ON e.parent = a.scope
    CROSS JOIN role_vault AS v
    WHERE a.scope LIKE '/providers/microsoft.management/managementgroups/%' AND coalesce(array_length(a.seen_in), 0) = 0 AND e.parent IS NULL
),
by_role AS (
    SELECT p.vault_id, a.principal_id, a.principal_type, a.state,
           a.role_name || ' on ' || a.scope || CASE WHEN a.is_narrowed THEN ', narrowed by a condition' ELSE '' END AS way,
           CASE WHEN a.state = 'known' THEN list_contains(a.powers, 'read_secret') END AS reads_values
    FROM placed AS p
    JOIN assignment AS a ON a.id = p.id
    UNION ALL
    SELECT d.vault_id, a.principal_id, a.principal_type, 'gap' AS state, a.role_name || ' on a scope of which it is not known whether it holds the vault' AS way,
           CAST(NULL AS BOOLEAN) AS reads_values
    FROM doubtful AS d
    JOIN assignment AS a ON a.id = d.id
),
holding AS (
    SELECT b.vault_id, b.principal_id, CAST(NULL AS VARCHAR) AS principal_type, b.state, b.way, b.reads_values FROM by_policy AS b
    UNION ALL
    SELECT r.vault_id, r.principal_id, r.principal_type, r.state, r.way, r.reads_values FROM by_role AS r
    UNION ALL
    SELECT v.id, NULL, NULL, 'gap', 'how the vault grants access could not be read', NULL FROM vault AS v WHERE v.model_gap
    UNION ALL
    SELECT v.id, NULL, NULL, 'gap', 'the access policies of the vault could not be read', NULL FROM vault AS v WHERE v.policies_gap AND NOT v.by_role AND NOT v.model_gap
),
principal AS (
    SELECT lower(u.id) AS principal_id, 'user' AS kind, coalesce(u.user_principal_name, u.display_name) AS name FROM azure_user AS u
    UNION ALL
    SELECT lower(g.id), 'group', g.display_name FROM azure_user_group AS g
    UNION ALL
    SELECT lower(s.id), 'other', s.display_name FROM azure_service_principal AS s
),
named AS (
    SELECT p.principal_id, max(p.kind) AS kind, max(p.name) AS name FROM principal AS p GROUP BY p.principal_id
)
SELECT h.vault_id, h.principal_id, n.name AS principal_name, h.state, h.way, h.reads_values,
       CASE WHEN h.principal_id IS NULL OR (h.principal_type = 'not given' AND n.kind IS NULL) THEN 'unclear'
            WHEN h.principal_type = 'user' OR n.kind = 'user' THEN 'user'
            WHEN h.principal_type LIKE '%group' OR n.kind = 'group' THEN 'group'
            ELSE 'other'
       END AS kind
FROM holding AS h
LEFT JOIN named AS n ON n.principal_id = h.principal_id
