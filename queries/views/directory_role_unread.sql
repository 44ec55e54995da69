-- title = "Lists that were not read and may hide holders of directory roles"
-- tables = ["azure_directory_role", "azure_directory_role_member", "azure_ad_role_assignment", "azure_ad_role_definition", "azure_ad_role_assignment_schedule_instance", "azure_ad_role_eligibility_schedule_instance", "azure_ad_group_eligibility_schedule_instance", "azure_user_group", "azure_group_member", "azure_user"]
WITH
-- One row per list and role whose holders it may hide (role_template_id NULL: any role). hides is active where people who
-- hold the role now may be missing, eligible where those who may activate it.
group_held AS (
    SELECT DISTINCT h.principal_id AS group_id, h.role_template_id, h.role_name,
           CASE WHEN h.how IN ('direct', 'group') THEN 'active' ELSE 'eligible' END AS hides
    FROM directory_role_holder AS h
    WHERE h.principal_type = 'group'
),
asked AS (
    SELECT v.table_name FROM (VALUES ('azure_ad_role_eligibility_schedule_instance'), ('azure_group_member'),
        ('azure_ad_group_eligibility_schedule_instance')) AS v(table_name)
),
-- Status of each list as a whole, and that of single groups that could not be asked.
whole AS (
    SELECT a.table_name, coalesce(min(l.status), 'not_collected') AS status,
           sum(CASE WHEN l.status IN ('ok', 'not_registered', 'unsupported', 'license', 'retired') THEN 1 ELSE 0 END) > 0 AS is_read
    FROM asked AS a
    LEFT JOIN azure_ledger AS l ON l.table_name = a.table_name AND l.parent_id IS NULL
    GROUP BY a.table_name
),
single AS (
    SELECT l.table_name, lower(l.parent_id) AS group_id, min(l.status) AS status
    FROM azure_ledger AS l
    WHERE l.table_name IN ('azure_group_member', 'azure_ad_group_eligibility_schedule_instance') AND l.parent_id IS NOT NULL
      AND l.status NOT IN ('ok', 'not_registered', 'unsupported', 'license', 'retired')
    GROUP BY l.table_name, lower(l.parent_id)
)
SELECT w.table_name, w.status, CAST(NULL AS VARCHAR) AS group_id, CAST(NULL AS VARCHAR) AS role_template_id,
       CAST(NULL AS VARCHAR) AS role_name, 'eligible' AS hides
FROM whole AS w
WHERE w.table_name = 'azure_ad_role_eligibility_schedule_instance' AND NOT w.is_read
UNION
SELECT w.table_name, w.status, g.group_id, g.role_template_id, g.role_name,
       CASE WHEN w.table_name = 'azure_group_member' THEN g.hides ELSE 'eligible' END AS hides
FROM whole AS w
JOIN group_held AS g ON w.table_name <> 'azure_ad_role_eligibility_schedule_instance'
WHERE NOT w.is_read
UNION
SELECT s.table_name, s.status, g.group_id, g.role_template_id, g.role_name,
       CASE WHEN s.table_name = 'azure_group_member' THEN g.hides ELSE 'eligible' END AS hides
FROM single AS s
JOIN group_held AS g ON g.group_id = s.group_id
