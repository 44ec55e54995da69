-- title = "What the diagnostic settings of a storage service keep"
-- tables = ["azure_diagnostic_setting"]
WITH
-- One row per blob, file, queue or table service with a diagnostic setting. kept: the required categories that reach a
-- destination. n_possible counts in those that may, where a setting could not be read in full.
required AS (
    SELECT DISTINCT lower(c.category) AS category FROM data_storage_log_category AS c
),
entry AS (
    SELECT d.id AS setting_id,
           lower(d.logs ->> ('$[' || u.i || '].category')) AS category,
           lower(d.logs ->> ('$[' || u.i || '].categoryGroup')) AS category_group,
           lower(d.logs ->> ('$[' || u.i || '].enabled')) AS enabled
    FROM azure_diagnostic_setting AS d, unnest(range(CAST(json_array_length(d.logs) AS BIGINT))) AS u(i)
    WHERE lower(d._parent_id) LIKE '%services/default'
),
logged AS (
    SELECT e.setting_id, r.category
    FROM entry AS e
    JOIN required AS r ON r.category = e.category
    WHERE e.enabled = 'true'
    UNION
    SELECT e.setting_id, lower(c.category)
    FROM entry AS e
    JOIN data_storage_log_category AS c ON lower(c.category_group) = e.category_group
    WHERE e.enabled = 'true'
),
setting AS (
    SELECT d.id, lower(d._parent_id) AS service_id, d.name,
           coalesce(nullif(trim(d.workspace_id), ''), nullif(trim(d.storage_account_id), ''),
                    nullif(trim(d.event_hub_authorization_rule_id), ''),
                    nullif(trim(d.marketplace_partner_id), ''), nullif(trim(d.service_bus_rule_id), '')) IS NOT NULL AS has_destination,
           coalesce(list_contains(d._gaps, 'logs'), FALSE) AS logs_gap,
           coalesce(list_contains(d._gaps, 'workspace_id') OR list_contains(d._gaps, 'storage_account_id')
                    OR list_contains(d._gaps, 'event_hub_authorization_rule_id')
                    OR list_contains(d._gaps, 'marketplace_partner_id') OR list_contains(d._gaps, 'service_bus_rule_id'), FALSE) AS destination_gap
    FROM azure_diagnostic_setting AS d
    WHERE lower(d._parent_id) LIKE '%services/default'
),
reach AS (
    SELECT s.service_id, s.name, r.category,
           l.category IS NOT NULL AND s.has_destination AS is_kept,
           (l.category IS NOT NULL OR s.logs_gap) AND (s.has_destination OR s.destination_gap) AS may_be_kept,
           l.category IS NOT NULL AND NOT s.has_destination AND NOT s.destination_gap AS is_lost
    FROM setting AS s
    CROSS JOIN required AS r
    LEFT JOIN logged AS l ON l.setting_id = s.id AND l.category = r.category
)
SELECT r.service_id,
       list_sort(list(DISTINCT r.name)) AS diagnostic_settings,
       list_sort(list(DISTINCT r.category) FILTER (WHERE r.is_kept)) AS kept,
       count(DISTINCT CASE WHEN r.is_kept THEN r.category END) AS n_kept,
       count(DISTINCT CASE WHEN r.may_be_kept THEN r.category END) AS n_possible,
       count(DISTINCT r.category) AS n_required,
       max(CASE WHEN r.is_lost THEN r.name END) AS nowhere
FROM reach AS r
GROUP BY r.service_id
