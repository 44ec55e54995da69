-- title = "Who is in a group, or eligible to join it"
-- tables = ["azure_group_member", "azure_ad_group_eligibility_schedule_instance"]
SELECT lower(m._parent_id) AS parent, lower(m.member_id) AS child, FALSE AS eligible, CAST(NULL AS TIMESTAMP) AS until
       -- One row per group and direct member, a group among them, or one who may activate membership; until is the end of that.
       -- Whoever follows the edges from groups of his own has to use UNION, not UNION ALL: groups may hold each other.
FROM azure_group_member AS m
UNION ALL
SELECT lower(coalesce(e.group_id, e._parent_id)) AS parent, lower(e.principal_id) AS child, TRUE AS eligible, e.end_date_time AS until
FROM azure_ad_group_eligibility_schedule_instance AS e
-- Eligible owners may change the group, but do not hold its roles.
WHERE lower(coalesce(e.access_id, 'member')) = 'member'
