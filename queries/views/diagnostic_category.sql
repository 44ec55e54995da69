-- title = "Log categories that diagnostic settings of resources send somewhere"
-- tables = ["azure_diagnostic_setting", "azure_diagnostic_setting_category"]
WITH
-- One row per setting and log category or category group that is switched on and has a destination; a group has one row
-- with the group alone (category NULL) and one for each category that is known to be in it.
-- state is sent, or gap where the log list or the destination could not be read (then category may be NULL).
-- group_known is FALSE on a row of a group of which nobody knows what is in it; allLogs covers every log category.
-- The list of categories is read where it is there; without it a group is told apart by the data file alone.
setting AS (
    SELECT d.id AS setting_id, d.name AS setting_name, d._parent_id AS resource_id, d.logs,
           -- provider/type/name/type/name: the provider and every second part make the type
           string_split(lower(regexp_extract(d._parent_id, '.*/providers/(.*)$', 1)), '/') AS parts,
           nullif(trim(d.workspace_id), '') AS workspace_id,
           nullif(trim(d.storage_account_id), '') AS storage_account_id,
           nullif(trim(d.event_hub_authorization_rule_id), '') AS event_hub_authorization_rule_id,
           nullif(trim(d.marketplace_partner_id), '') AS marketplace_partner_id,
           -- Settings of the first years could name a service bus.
           nullif(trim(d.service_bus_rule_id), '') AS service_bus_rule_id,
           coalesce(list_contains(d._gaps, 'logs'), FALSE) AS logs_gap,
           coalesce(list_contains(d._gaps, 'workspace_id') OR list_contains(d._gaps, 'storage_account_id')
                    OR list_contains(d._gaps, 'event_hub_authorization_rule_id')
                    OR list_contains(d._gaps, 'marketplace_partner_id')
                    OR list_contains(d._gaps, 'service_bus_rule_id'), FALSE) AS destination_gap
    FROM azure_diagnostic_setting AS d
),
sending AS (
    SELECT s.setting_id, s.setting_name, s.resource_id, s.logs, s.logs_gap,
           concat_ws('/', s.parts[1], s.parts[2], s.parts[4], s.parts[6]) AS resource_type,
           s.workspace_id, s.storage_account_id, s.event_hub_authorization_rule_id, s.marketplace_partner_id, s.service_bus_rule_id,
           coalesce(s.workspace_id, s.storage_account_id, s.event_hub_authorization_rule_id, s.marketplace_partner_id, s.service_bus_rule_id) IS NULL AS is_doubtful
    FROM setting AS s
    WHERE s.destination_gap
       OR coalesce(s.workspace_id, s.storage_account_id, s.event_hub_authorization_rule_id, s.marketplace_partner_id, s.service_bus_rule_id) IS NOT NULL
),
entry AS (
    SELECT s.setting_id,
           lower(nullif(trim(s.logs ->> ('$[' || u.i || '].category')), '')) AS category,
           lower(nullif(trim(s.logs ->> ('$[' || u.i || '].categoryGroup')), '')) AS category_group,
           lower(s.logs ->> ('$[' || u.i || '].enabled')) AS enabled
    FROM sending AS s, unnest(range(CAST(json_array_length(s.logs) AS BIGINT))) AS u(i)
),
enabled AS (
    SELECT DISTINCT e.setting_id, e.category, e.category_group
    FROM entry AS e
    WHERE e.enabled = 'true' AND (e.category IS NOT NULL OR e.category_group IS NOT NULL)
),
-- What the tenant says of a resource type: asked for one resource of each type.
told_parts AS (
    SELECT lower(k.name) AS category, k.category_groups,
           string_split(lower(regexp_extract(k._parent_id, '.*/providers/(.*)$', 1)), '/') AS parts
    FROM azure_diagnostic_setting_category AS k
    WHERE lower(k.category_type) = 'logs' AND k._parent_id LIKE '%/providers/%'
      AND NOT coalesce(list_contains(k._gaps, 'category_groups') OR list_contains(k._gaps, 'category_type'), FALSE)
),
told AS (
    SELECT t.category, t.category_groups, concat_ws('/', t.parts[1], t.parts[2], t.parts[4], t.parts[6]) AS resource_type
    FROM told_parts AS t
),
told_group AS (
    SELECT DISTINCT t.resource_type, lower(u.g) AS category_group, t.category
    FROM told AS t, unnest(t.category_groups) AS u(g)
    UNION
    SELECT DISTINCT t.resource_type, 'alllogs' AS category_group, t.category
    FROM told AS t
),
fact AS (
    SELECT g.resource_type, g.category_group, g.category
    FROM told_group AS g
    UNION ALL
    SELECT lower(f.resource_type), lower(f.category_group), lower(f.category)
    FROM data_diagnostic_category_group AS f
    LEFT JOIN (SELECT DISTINCT g.resource_type, g.category_group FROM told_group AS g) AS g
      ON g.resource_type = lower(f.resource_type) AND g.category_group = lower(f.category_group)
    WHERE g.resource_type IS NULL
),
known AS (
    SELECT DISTINCT f.resource_type, f.category_group
    FROM fact AS f
),
listed AS (
    SELECT e.setting_id, e.category, e.category_group,
           CASE WHEN e.category IS NULL AND e.category_group <> 'alllogs' THEN k.resource_type IS NOT NULL ELSE TRUE END AS group_known
    FROM enabled AS e
    JOIN sending AS s ON s.setting_id = e.setting_id
    LEFT JOIN known AS k ON k.resource_type = s.resource_type AND k.category_group = e.category_group
    UNION
    SELECT e.setting_id, f.category, e.category_group, TRUE AS group_known
    FROM enabled AS e
    JOIN sending AS s ON s.setting_id = e.setting_id
    JOIN fact AS f ON f.resource_type = s.resource_type AND f.category_group = e.category_group
    WHERE e.category IS NULL
)
SELECT s.resource_id, s.resource_type, s.setting_id, s.setting_name, l.category, l.category_group, l.group_known,
       s.workspace_id, s.storage_account_id, s.event_hub_authorization_rule_id, s.marketplace_partner_id, s.service_bus_rule_id,
       CASE WHEN s.is_doubtful THEN 'gap' ELSE 'sent' END AS state
FROM sending AS s
JOIN listed AS l ON l.setting_id = s.setting_id
UNION ALL
SELECT s.resource_id, s.resource_type, s.setting_id, s.setting_name, NULL AS category, NULL AS category_group, FALSE AS group_known,
       s.workspace_id, s.storage_account_id, s.event_hub_authorization_rule_id, s.marketplace_partner_id, s.service_bus_rule_id, 'gap' AS state
FROM sending AS s
WHERE s.logs_gap
