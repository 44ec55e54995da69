-- title = "Standing versus just-in-time: who holds which role, for good, for now or on request"
-- tables = ["azure_role_eligibility_schedule_instance", "azure_ad_role_eligibility_schedule_instance", "azure_role_definition", "azure_ad_role_definition", "azure_user", "azure_user_group", "azure_service_principal", "pim_holding", "pim_role_settings", "pim_read", "data_pim_privileged_role"]
WITH
-- One row per principal, plane, role and scope, as assigned: a group has the row, not its members. permanent: held without
-- end; active_now: held at the moment of the snapshot; eligible: may be activated. permanent, active_now and eligible are
-- NULL where the list that would tell was not read. until is the end of what is held now, else of the eligibility; NULL
-- where there is none, or none that could be read. Who, which role and where are NULL where they could not be read.
-- mfa, approval and max_hours are the settings for activation of the role at that scope, NULL where they are not known
-- or nobody has to activate it.
eligible AS (
    SELECT 'azure' AS plane, CASE WHEN NOT coalesce(list_contains(g._gaps, 'principal_id'), FALSE) THEN lower(g.principal_id) END AS principal_id,
           lower(g.principal_type) AS kind,
           CASE WHEN NOT coalesce(list_contains(g._gaps, 'role_definition_id'), FALSE) THEN nullif(guid_of(g.role_definition_id), '') END AS role_guid,
           CASE WHEN NOT coalesce(list_contains(g._gaps, 'scope'), FALSE) THEN coalesce(nullif(rtrim(lower(g.scope), '/'), ''), '/') END AS scope,
           g.end_date_time AS until,
           g.expanded_properties_principal_display_name AS principal_name, g.expanded_properties_role_definition_display_name AS role_name
    FROM azure_role_eligibility_schedule_instance AS g
    UNION ALL
    SELECT 'entra' AS plane, CASE WHEN NOT coalesce(list_contains(e._gaps, 'principal_id'), FALSE) THEN lower(e.principal_id) END AS principal_id,
           CAST(NULL AS VARCHAR) AS kind,
           CASE WHEN NOT coalesce(list_contains(e._gaps, 'role_definition_id'), FALSE) THEN nullif(guid_of(e.role_definition_id), '') END AS role_guid,
           CASE WHEN NOT coalesce(list_contains(e._gaps, 'directory_scope_id'), FALSE) THEN lower(coalesce(e.directory_scope_id, '/')) END AS scope,
           e.end_date_time AS until, NULL AS principal_name, NULL AS role_name
    FROM azure_ad_role_eligibility_schedule_instance AS e
),
way AS (
    SELECT h.plane, h.principal_id, h.kind, h.principal_name, h.role_guid, h.role_name, h.scope, 'active' AS way, h.standing, h.until
    FROM pim_holding AS h
    UNION ALL
    SELECT e.plane, e.principal_id, e.kind, e.principal_name, e.role_guid, e.role_name, e.scope, 'eligible' AS way, NULL AS standing, e.until
    FROM eligible AS e
),
holder AS (
    SELECT w.plane, w.principal_id, w.role_guid, w.scope, min(w.kind) AS kind, min(w.principal_name) AS principal_name, min(w.role_name) AS role_name,
           sum(CASE WHEN w.way = 'active' THEN 1 ELSE 0 END) AS n_active,
           sum(CASE WHEN w.way = 'active' AND w.standing THEN 1 ELSE 0 END) AS n_standing,
           sum(CASE WHEN w.way = 'active' AND w.standing IS NULL THEN 1 ELSE 0 END) AS n_unclear,
           max(CASE WHEN w.way = 'active' THEN w.until END) AS active_until,
           sum(CASE WHEN w.way = 'eligible' THEN 1 ELSE 0 END) AS n_eligible,
           CASE WHEN sum(CASE WHEN w.way = 'eligible' AND w.until IS NULL THEN 1 ELSE 0 END) = 0
                THEN max(CASE WHEN w.way = 'eligible' THEN w.until END) END AS eligible_until
    FROM way AS w
    GROUP BY w.plane, w.principal_id, w.role_guid, w.scope
),
placed AS (
    SELECT h.*,
           CASE WHEN h.plane = 'entra' THEN NULL ELSE nullif(regexp_extract(h.scope, '^/subscriptions/([^/]+)', 1), '') END AS subscription_id
    FROM holder AS h
),
list_read AS (
    SELECT p.plane, p.subscription_id, CASE WHEN p.table_name LIKE '%eligibility%' THEN 'eligible' ELSE 'active' END AS way,
           max(CASE WHEN p.outcome = 'unread' THEN 1 ELSE 0 END) AS n_unread
    FROM pim_read AS p
    WHERE p.table_name IN ('azure_role_eligibility_schedule_instance', 'azure_ad_role_eligibility_schedule_instance',
                           'azure_role_assignment_schedule_instance', 'azure_ad_role_assignment_schedule_instance')
    GROUP BY p.plane, p.subscription_id, CASE WHEN p.table_name LIKE '%eligibility%' THEN 'eligible' ELSE 'active' END
),
role_name AS (
    SELECT 'azure' AS plane, guid_of(r.id) AS role_guid, min(r.role_name) AS role_name FROM azure_role_definition AS r GROUP BY guid_of(r.id)
    UNION ALL
    SELECT 'entra' AS plane, lower(f.id) AS role_guid, min(f.display_name) AS role_name FROM azure_ad_role_definition AS f GROUP BY lower(f.id)
),
who AS (
    SELECT k.id, min(k.kind) AS kind, min(k.display_name) AS display_name
    FROM (
        SELECT lower(u.id) AS id, 'user' AS kind, u.display_name FROM azure_user AS u
        UNION ALL
        SELECT lower(o.id) AS id, 'group' AS kind, o.display_name FROM azure_user_group AS o
        UNION ALL
        SELECT lower(t.id) AS id, 'serviceprincipal' AS kind, t.display_name FROM azure_service_principal AS t
    ) AS k
    GROUP BY k.id
),
setting AS (
    SELECT s.plane, CASE WHEN s.plane = 'azure' THEN s.scope END AS scope, s.role_guid, min(s.role_name) AS role_name,
           CASE WHEN bool_or(s.mfa) THEN TRUE WHEN bool_or(s.auth_context <> '') THEN NULL ELSE bool_or(s.mfa) END AS mfa,
           max(nullif(s.auth_context, '')) AS auth_context, bool_and(s.approval) AS approval,
           max(s.activation_max_minutes) / 60 AS max_hours
    FROM pim_role_settings AS s
    GROUP BY s.plane, CASE WHEN s.plane = 'azure' THEN s.scope END, s.role_guid
)
SELECT p.principal_id, coalesce(p.principal_name, k.display_name) AS principal_name, coalesce(p.kind, k.kind) AS principal_type, p.plane, p.role_guid,
       coalesce(p.role_name, d.role_name, n.role_name, s.role_name, p.role_guid) AS role_name, d.role_guid IS NOT NULL AS privileged, p.scope,
       CASE WHEN p.n_standing > 0 THEN TRUE WHEN p.n_unclear > 0 OR (p.n_active = 0 AND a.n_unread > 0) THEN NULL ELSE FALSE END AS permanent,
       CASE WHEN p.n_eligible > 0 THEN TRUE WHEN e.n_unread > 0 THEN NULL ELSE FALSE END AS eligible,
       CASE WHEN p.n_active > 0 THEN TRUE WHEN a.n_unread > 0 THEN NULL ELSE FALSE END AS active_now,
       CASE WHEN p.n_standing > 0 OR p.n_unclear > 0 THEN NULL WHEN p.n_active > 0 THEN p.active_until ELSE p.eligible_until END AS until,
       p.eligible_until,
       CASE WHEN p.n_eligible > 0 THEN s.mfa END AS mfa, CASE WHEN p.n_eligible > 0 THEN s.auth_context END AS auth_context,
       CASE WHEN p.n_eligible > 0 THEN s.approval END AS approval, CASE WHEN p.n_eligible > 0 THEN s.max_hours END AS max_hours
FROM placed AS p
LEFT JOIN data_pim_privileged_role AS d ON d.plane = p.plane AND d.role_guid = p.role_guid
LEFT JOIN who AS k ON k.id = p.principal_id
LEFT JOIN role_name AS n ON n.plane = p.plane AND n.role_guid = p.role_guid
LEFT JOIN setting AS s ON s.plane = p.plane AND s.role_guid = p.role_guid AND (p.plane = 'entra' OR s.scope = p.scope)
LEFT JOIN list_read AS a ON a.plane = p.plane AND a.way = 'active' AND coalesce(a.subscription_id, '') = coalesce(p.subscription_id, '')
LEFT JOIN list_read AS e ON e.plane = p.plane AND e.way = 'eligible' AND coalesce(e.subscription_id, '') = coalesce(p.subscription_id, '')
