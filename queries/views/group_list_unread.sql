-- title = "Lists of who is in a group, or eligible to join it, that were not read"
-- tables = ["azure_ledger"]
WITH
-- One row per list (azure_group_member, azure_ad_group_eligibility_schedule_instance) and group of which it could not be
-- read; group_id is NULL where it was read of none.
asked AS (
    SELECT v.table_name FROM (VALUES ('azure_group_member'), ('azure_ad_group_eligibility_schedule_instance')) AS v(table_name)
),
whole AS (
    SELECT a.table_name, coalesce(min(l.status), 'not_collected') AS status,
           sum(CASE WHEN l.status IN ('ok', 'not_registered', 'unsupported', 'license', 'retired') THEN 1 ELSE 0 END) > 0 AS is_read
    FROM asked AS a
    LEFT JOIN azure_ledger AS l ON l.table_name = a.table_name AND l.parent_id IS NULL
    GROUP BY a.table_name
)
SELECT w.table_name, CAST(NULL AS VARCHAR) AS group_id, w.status FROM whole AS w WHERE NOT w.is_read
UNION ALL
SELECT l.table_name, lower(l.parent_id) AS group_id, min(l.status) AS status
FROM azure_ledger AS l
JOIN asked AS a ON a.table_name = l.table_name
WHERE l.parent_id IS NOT NULL AND l.status NOT IN ('ok', 'not_registered', 'unsupported', 'license', 'retired')
GROUP BY l.table_name, lower(l.parent_id)
