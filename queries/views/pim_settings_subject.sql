-- title = "What checks of PIM settings speak about: role settings, settings that are missing, places without an answer"
-- tables = ["azure_role_management_policy_assignment", "azure_role_eligibility_schedule_instance", "pim_read", "pim_role_settings", "data_pim_privileged_role"]
WITH
-- state is judge, out (not judged, told says why) or gap (could not be judged, told says why). kind is settings, missing or
-- place. Settings from a list that was not read in full are left out: its place speaks for them.
settings_list AS (
    SELECT p.plane, p.place, p.subscription_id, p.outcome, p.told
    FROM pim_read AS p
    WHERE p.table_name IN ('azure_role_management_policy_assignment', 'azure_ad_role_management_policy_assignment')
),
eligible_role AS (
    SELECT rtrim(lower(g.scope), '/') AS scope, guid_of(g.role_definition_id) AS role_guid,
           nullif(regexp_extract(lower(g.scope), '^/subscriptions/([^/]+)', 1), '') AS subscription_id
    FROM azure_role_eligibility_schedule_instance AS g
    JOIN data_pim_privileged_role AS d ON d.plane = 'azure' AND d.role_guid = guid_of(g.role_definition_id)
    WHERE g.scope IS NOT NULL AND NOT coalesce(list_contains(g._gaps, 'scope') OR list_contains(g._gaps, 'role_definition_id'), FALSE)
    GROUP BY rtrim(lower(g.scope), '/'), guid_of(g.role_definition_id), nullif(regexp_extract(lower(g.scope), '^/subscriptions/([^/]+)', 1), '')
)
SELECT r.id AS subject, r.id AS resource_id, r.subscription_id, 'settings' AS kind,
       CASE WHEN r.applies THEN 'judge' WHEN NOT r.applies THEN 'out' ELSE 'gap' END AS state,
       CASE WHEN r.applies THEN NULL
            WHEN NOT r.applies AND r.privileged THEN r.role_name || ' at ' || r.scope || ': nobody is eligible for it there'
            WHEN NOT r.applies THEN r.role_name || ' is none of the roles that are judged'
            WHEN r.role_guid IS NULL THEN 'which role the settings are for could not be read'
            WHEN r.scope IS NULL THEN 'for which scope the settings are could not be read'
            ELSE 'whether anybody is eligible for ' || r.role_name || ' at ' || r.scope || ' is not known'
       END AS told,
       r.plane, r.scope, r.role_guid, r.role_name, r.in_approval_set, r.activation_expires, r.activation_max_minutes, r.mfa, r.auth_context,
       r.justification, r.ticket, r.approval, r.n_approvers, r.eligible_expires, r.eligible_max_days, r.active_expires, r.active_max_days
FROM pim_role_settings AS r
LEFT JOIN settings_list AS l
       ON l.outcome = 'unread'
      AND l.place = CASE WHEN r.subscription_id IS NOT NULL THEN '/subscriptions/' || r.subscription_id WHEN r.plane = 'azure' THEN r.scope END
LEFT JOIN settings_list AS t ON t.plane = 'entra' AND r.plane = 'entra' AND t.outcome = 'unread'
WHERE l.place IS NULL AND t.place IS NULL
UNION ALL
-- Somebody is eligible, but the settings that go for it are not in the snapshot: those of resource groups are not asked.
SELECT e.scope || '/roles/' || e.role_guid AS subject, e.scope AS resource_id, e.subscription_id, 'missing' AS kind, 'gap' AS state,
       'somebody is eligible for ' || d.role_name || ' at ' || e.scope || ', but the settings of that role there were not read' AS told,
       'azure' AS plane, e.scope, e.role_guid, d.role_name, d.approval = 'yes' AS in_approval_set, CAST(NULL AS BOOLEAN) AS activation_expires,
       CAST(NULL AS DOUBLE) AS activation_max_minutes, CAST(NULL AS BOOLEAN) AS mfa, CAST(NULL AS VARCHAR) AS auth_context,
       CAST(NULL AS BOOLEAN) AS justification, CAST(NULL AS BOOLEAN) AS ticket, CAST(NULL AS BOOLEAN) AS approval, CAST(NULL AS BIGINT) AS n_approvers,
       CAST(NULL AS BOOLEAN) AS eligible_expires, CAST(NULL AS DOUBLE) AS eligible_max_days,
       CAST(NULL AS BOOLEAN) AS active_expires, CAST(NULL AS DOUBLE) AS active_max_days
FROM eligible_role AS e
JOIN data_pim_privileged_role AS d ON d.plane = 'azure' AND d.role_guid = e.role_guid
LEFT JOIN (SELECT DISTINCT rtrim(lower(q.scope), '/') AS scope, guid_of(q.role_definition_id) AS role_guid
           FROM azure_role_management_policy_assignment AS q
           WHERE NOT coalesce(list_contains(q._gaps, 'scope') OR list_contains(q._gaps, 'role_definition_id'), FALSE)) AS r
       ON r.scope = e.scope AND r.role_guid = e.role_guid
LEFT JOIN settings_list AS l ON l.outcome <> 'read' AND l.place = coalesce('/subscriptions/' || e.subscription_id, e.scope)
LEFT JOIN (SELECT max(l.told) AS told FROM settings_list AS l WHERE l.place = '/providers/microsoft.management/managementgroups') AS g
       ON e.subscription_id IS NULL
WHERE r.role_guid IS NULL AND l.place IS NULL AND g.told IS NULL
UNION ALL
SELECT l.place AS subject, CASE WHEN l.plane = 'azure' THEN l.place END AS resource_id, l.subscription_id, 'place' AS kind,
       CASE WHEN l.outcome = 'license' THEN 'out' ELSE 'gap' END AS state, l.told,
       l.plane, l.place AS scope, NULL AS role_guid, NULL AS role_name, NULL AS in_approval_set, NULL AS activation_expires,
       NULL AS activation_max_minutes, NULL AS mfa, NULL AS auth_context, NULL AS justification, NULL AS ticket, NULL AS approval, NULL AS n_approvers,
       NULL AS eligible_expires, NULL AS eligible_max_days, NULL AS active_expires, NULL AS active_max_days
FROM settings_list AS l
WHERE l.outcome <> 'read'
