-- title = "Parts of the Defender plans of each subscription, on or off"
-- tables = ["azure_security_center_subscription_pricing"]
WITH
-- One row per plan and part that the answer lists; state is on, off or unclear. A plan whose parts could not be read
-- gives one row with part NULL. Rows of single resources, which may have a plan of their own, are left out.
plan AS (
    SELECT p.id, p.name, p.subscription_id, p.pricing_tier, p.extensions,
           p.pricing_tier IS NULL OR coalesce(list_contains(p._gaps, 'pricing_tier'), FALSE) AS tier_unread,
           coalesce(lower(p.pricing_tier) = 'standard', FALSE) AS standard,
           coalesce(list_contains(p._gaps, 'extensions'), FALSE) AS parts_unread
    FROM azure_security_center_subscription_pricing AS p
    WHERE p.id NOT LIKE '%/providers/%/providers/%'
),
part AS (
    SELECT p.id, p.name, p.subscription_id, p.pricing_tier, p.tier_unread, p.standard,
           p.extensions ->> ('$[' || u.i || '].name') AS part_name,
           lower(trim(p.extensions ->> ('$[' || u.i || '].isEnabled'))) AS enabled,
           lower(p.extensions ->> ('$[' || u.i || '].operationStatus.code')) AS operation,
           p.extensions ->> ('$[' || u.i || '].operationStatus.message') AS message,
           p.extensions ->> ('$[' || u.i || '].additionalExtensionProperties') AS settings
    FROM plan AS p, unnest(range(CAST(json_array_length(p.extensions) AS BIGINT))) AS u(i)
)
SELECT a.subscription_id, lower(a.name) AS plan, a.name AS plan_name, lower(trim(a.part_name)) AS part, a.settings,
       CASE WHEN a.enabled = 'false' OR NOT (a.standard OR a.tier_unread) THEN 'off'
            WHEN a.enabled = 'true' AND a.standard AND coalesce(a.operation, '') <> 'failed' THEN 'on'
            ELSE 'unclear'
       END AS state,
       CASE WHEN a.enabled = 'false' THEN 'off in plan ' || a.name
            WHEN NOT (a.standard OR a.tier_unread) THEN 'plan ' || a.name || ' is on the ' || a.pricing_tier || ' tier'
            WHEN a.tier_unread THEN 'the tier of plan ' || a.name || ' is not given'
            WHEN a.enabled = 'true' AND a.operation = 'failed'
            THEN 'on in plan ' || a.name || ', but Azure says that the last change failed' || coalesce(': ' || a.message, '')
            WHEN a.enabled = 'true' THEN 'on in plan ' || a.name
            ELSE 'whether it is on in plan ' || a.name || ' is not given'
       END AS state_text
FROM part AS a
UNION ALL
SELECT p.subscription_id, lower(p.name) AS plan, p.name AS plan_name, NULL AS part, NULL AS settings, 'unclear' AS state,
       'the parts of plan ' || p.name || ' could not be read' AS state_text
FROM plan AS p
WHERE p.parts_unread AND (p.standard OR p.tier_unread)
