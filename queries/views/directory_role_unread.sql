-- title = "Lists that were not read and may hide holders of directory roles"
-- tables = ["azure_directory_role", "azure_directory_role_member", "azure_ad_role_assignment", "azure_ad_role_definition", "azure_ad_role_assignment_schedule_instance", "azure_ad_role_eligibility_schedule_instance", "azure_ad_group_eligibility_schedule_instance", "azure_user_group", "azure_group_member", "azure_user", "group_list_unread"]
WITH
-- One row per list and role whose holders it may hide (role_template_id NULL: any role). hides is active where people who
-- hold the role now may be missing, eligible where those who may activate it.
group_held AS (
    SELECT DISTINCT h.principal_id AS group_id, h.role_template_id, h.role_name,
           CASE WHEN h.how IN ('direct', 'group') THEN 'active' ELSE 'eligible' END AS hides
    FROM directory_role_holder AS h
    WHERE h.principal_type = 'group'
),
eligible_list AS (
    SELECT coalesce(min(l.status), 'not_collected') AS status,
           coalesce(sum(CASE WHEN l.status IN ('ok', 'not_registered', 'unsupported', 'license', 'retired') THEN 1 ELSE 0 END), 0) > 0 AS is_read
    FROM azure_ledger AS l
    WHERE l.table_name = 'azure_ad_role_eligibility_schedule_instance' AND l.parent_id IS NULL
)
SELECT 'azure_ad_role_eligibility_schedule_instance' AS table_name, e.status, CAST(NULL AS VARCHAR) AS group_id, CAST(NULL AS VARCHAR) AS role_template_id,
       CAST(NULL AS VARCHAR) AS role_name, 'eligible' AS hides
FROM eligible_list AS e
WHERE NOT e.is_read
UNION
SELECT u.table_name, u.status, g.group_id, g.role_template_id, g.role_name,
       CASE WHEN u.table_name = 'azure_group_member' THEN g.hides ELSE 'eligible' END AS hides
FROM group_list_unread AS u
CROSS JOIN group_held AS g
WHERE u.group_id IS NULL
UNION
SELECT u.table_name, u.status, g.group_id, g.role_template_id, g.role_name,
       CASE WHEN u.table_name = 'azure_group_member' THEN g.hides ELSE 'eligible' END AS hides
FROM group_list_unread AS u
JOIN group_held AS g ON g.group_id = u.group_id
