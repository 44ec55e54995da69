-- title = "Entra log categories that a tenant exports"
-- tables = ["azure_entra_diagnostic_setting"]
WITH
-- One row per setting of the tenant and log category or category group that is switched on and has a destination.
-- state is sent, or gap where the log list or the destination could not be read (then category may be NULL).
setting AS (
    SELECT d.id AS setting_id, d.name AS setting_name, d.tenant_id, d.logs,
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
    FROM azure_entra_diagnostic_setting AS d
),
sending AS (
    SELECT s.setting_id, s.setting_name, s.tenant_id, s.logs, s.logs_gap,
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
)
SELECT s.tenant_id, s.setting_id, s.setting_name, e.category, e.category_group,
       s.workspace_id, s.storage_account_id, s.event_hub_authorization_rule_id, s.marketplace_partner_id, s.service_bus_rule_id,
       CASE WHEN s.is_doubtful THEN 'gap' ELSE 'sent' END AS state
FROM sending AS s
JOIN enabled AS e ON e.setting_id = s.setting_id
UNION ALL
SELECT s.tenant_id, s.setting_id, s.setting_name, NULL AS category, NULL AS category_group,
       s.workspace_id, s.storage_account_id, s.event_hub_authorization_rule_id, s.marketplace_partner_id, s.service_bus_rule_id, 'gap' AS state
FROM sending AS s
WHERE s.logs_gap
