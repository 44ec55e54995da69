-- title = "Authentication contexts for which Conditional Access asks for MFA"
-- tables = ["azure_conditional_access_policy", "azure_ledger"]
WITH
-- One row per claim (c1 to c99) and policy in force that names it; claim is '*' for policies that may name any claim and
-- for a list that was not read. holds is TRUE where the policy asks everybody for MFA or an authentication strength, FALSE
-- where it does not ask for it, NULL where it asks only some people or under some conditions, or could not be read.
policy AS (
    SELECT p.id AS policy_id, CASE WHEN list_contains(p._gaps, 'display_name') THEN p.id ELSE coalesce(p.display_name, p.id) END AS policy_name,
           lower(trim(p.state)) AS state, p.conditions_applications_include_authentication_context_class_references AS claims,
           list_transform(coalesce(p.grant_controls_built_in_controls, []), lambda m: lower(trim(m))) AS built_in,
           array_length(coalesce(p.grant_controls_custom_authentication_factors, [])) + array_length(coalesce(p.grant_controls_terms_of_use, [])) AS n_other_controls,
           lower(trim(p.grant_controls_operator)) AS operator,
           lower(trim(p.grant_controls_authentication_strength_id)) AS strength_id,
           lower(trim(p.grant_controls_authentication_strength_requirements_satisfied)) AS strength_satisfies,
           coalesce(p.grant_controls_authentication_strength_allowed_combinations, []) AS combinations,
           list_transform(coalesce(p.conditions_users_include_users, []), lambda m: lower(trim(m))) AS include_users,
           array_length(coalesce(p.conditions_users_include_groups, [])) + array_length(coalesce(p.conditions_users_include_roles, []))
             + CASE WHEN coalesce(CAST(p.conditions_users_include_guests_or_external_users AS VARCHAR), 'null') <> 'null' THEN 1 ELSE 0 END AS n_included_otherwise,
           array_length(coalesce(p.conditions_users_exclude_users, [])) + array_length(coalesce(p.conditions_users_exclude_groups, []))
             + array_length(coalesce(p.conditions_users_exclude_roles, []))
             + CASE WHEN coalesce(CAST(p.conditions_users_exclude_guests_or_external_users AS VARCHAR), 'null') <> 'null' THEN 1 ELSE 0 END AS n_excluded,
           array_length(coalesce(p.conditions_users_exclude_groups, [])) + array_length(coalesce(p.conditions_users_exclude_roles, []))
             + CASE WHEN coalesce(CAST(p.conditions_users_exclude_guests_or_external_users AS VARCHAR), 'null') <> 'null' THEN 1 ELSE 0 END
             -- Older policies leave out guests by a word among the users.
             + CASE WHEN list_contains(list_transform(coalesce(p.conditions_users_exclude_users, []), lambda m: lower(trim(m))), 'guestsorexternalusers')
                    THEN 1 ELSE 0 END AS n_excluded_sets,
           array_length(coalesce(p.conditions_users_exclude_users, [])) AS n_excluded_people,
           list_transform(coalesce(p.conditions_locations_include_locations, []), lambda m: lower(trim(m))) AS locations,
           list_transform(coalesce(p.conditions_platforms_include_platforms, []), lambda m: lower(trim(m))) AS platforms,
           list_transform(coalesce(p.conditions_client_app_types, []), lambda m: lower(trim(m))) AS client_types,
           array_length(coalesce(p.conditions_locations_exclude_locations, [])) + array_length(coalesce(p.conditions_platforms_exclude_platforms, []))
             + array_length(coalesce(p.conditions_sign_in_risk_levels, [])) + array_length(coalesce(p.conditions_user_risk_levels, []))
             + CASE WHEN coalesce(p.conditions_devices_device_filter_mode, p.conditions_devices_device_filter_rule, p.conditions_insider_risk_levels,
                                  p.conditions_authentication_flows_transfer_methods) IS NOT NULL THEN 1 ELSE 0 END AS n_conditions,
           list_contains(p._gaps, 'conditions_applications_include_authentication_context_class_references') AS claims_gap,
           p.state IS NULL OR coalesce(array_length(list_filter(p._gaps, lambda g: g IN (
               'state', 'grant_controls_built_in_controls', 'grant_controls_custom_authentication_factors', 'grant_controls_terms_of_use',
               'grant_controls_operator', 'grant_controls_authentication_strength_id',
               'grant_controls_authentication_strength_requirements_satisfied', 'grant_controls_authentication_strength_allowed_combinations',
               'conditions_users_include_users', 'conditions_users_exclude_users',
               'conditions_users_include_groups', 'conditions_users_exclude_groups', 'conditions_users_include_roles',
               'conditions_users_exclude_roles', 'conditions_users_include_guests_or_external_users',
               'conditions_users_exclude_guests_or_external_users', 'conditions_locations_include_locations',
               'conditions_locations_exclude_locations', 'conditions_platforms_include_platforms', 'conditions_platforms_exclude_platforms',
               'conditions_client_app_types', 'conditions_sign_in_risk_levels', 'conditions_user_risk_levels',
               'conditions_devices_device_filter_mode', 'conditions_devices_device_filter_rule', 'conditions_insider_risk_levels',
               'conditions_authentication_flows_transfer_methods'))) > 0, FALSE) AS gap
    FROM azure_conditional_access_policy AS p
    -- Report-only and disabled policies ask for nothing; one whose state could not be read may ask.
    WHERE p.state IS NULL OR lower(trim(p.state)) = 'enabled' OR list_contains(p._gaps, 'state')
),
-- The ways that a strength accepts: one of a single factor is enough to make it none.
way AS (
    SELECT p.policy_id,
           sum(CASE WHEN NOT contains(u.methods, ',') AND d.factors = 'single' THEN 1 ELSE 0 END) AS n_single,
           sum(CASE WHEN NOT contains(u.methods, ',') AND d.factors IS NULL THEN 1 ELSE 0 END) AS n_unknown
    FROM policy AS p, unnest(p.combinations) AS u(methods)
    LEFT JOIN data_authentication_method_mode AS d ON d.method = lower(trim(u.methods))
    GROUP BY p.policy_id
),
strong AS (
    SELECT p.*, p.strength_id IS NOT NULL OR p.strength_satisfies IS NOT NULL OR array_length(p.combinations) > 0 AS has_strength,
           CASE WHEN p.strength_satisfies = 'none' OR w.n_single > 0 THEN FALSE
                WHEN p.strength_satisfies = 'mfa' THEN TRUE
                WHEN p.strength_id IN ('00000000-0000-0000-0000-000000000002', '00000000-0000-0000-0000-000000000003',
                                       '00000000-0000-0000-0000-000000000004') THEN TRUE
                WHEN w.n_unknown = 0 THEN TRUE
           END AS strength_is_mfa
    FROM policy AS p
    LEFT JOIN way AS w ON w.policy_id = p.policy_id
),
weighed AS (
    SELECT p.*,
           list_contains(p.built_in, 'mfa') OR (p.has_strength AND coalesce(p.strength_is_mfa, FALSE)) AS names_mfa,
           p.has_strength AND p.strength_is_mfa IS NULL AS strength_unclear,
           array_length(list_filter(p.built_in, lambda m: m <> 'mfa')) + p.n_other_controls
             + CASE WHEN p.has_strength AND NOT coalesce(p.strength_is_mfa, TRUE) THEN 1 ELSE 0 END AS n_others,
           -- Who and when: everybody, always, but for those left out by name.
           (array_length(p.include_users) > 0 OR p.n_included_otherwise > 0) AND NOT list_contains(p.include_users, 'all') AS some_people,
           (array_length(p.locations) > 0 AND NOT list_contains(p.locations, 'all'))
             OR (array_length(p.platforms) > 0 AND NOT list_contains(p.platforms, 'all'))
             OR (array_length(p.client_types) > 0 AND NOT list_contains(p.client_types, 'all')
                 AND NOT (list_contains(p.client_types, 'browser') AND list_contains(p.client_types, 'mobileappsanddesktopclients')))
             OR p.n_conditions > 0 AS some_times
    FROM strong AS p
),
judged AS (
    SELECT w.policy_id, w.policy_name, w.claims, coalesce(w.claims_gap, FALSE) AS claims_gap, w.n_excluded,
           CASE WHEN w.gap THEN NULL
                WHEN list_contains(w.built_in, 'block') THEN FALSE
                WHEN NOT w.names_mfa AND w.strength_unclear AND (w.n_others = 0 OR coalesce(w.operator, '') <> 'or') THEN NULL
                WHEN NOT w.names_mfa THEN FALSE
                WHEN w.strength_unclear AND coalesce(w.operator, '') <> 'and' THEN NULL
                WHEN w.n_others > 0 AND coalesce(w.operator, '') = 'or' THEN FALSE
                WHEN w.n_others > 0 AND coalesce(w.operator, '') <> 'and' THEN NULL
                WHEN w.some_people OR w.some_times OR w.n_excluded_sets > 0 THEN NULL
                WHEN w.n_excluded_people > param_conditional_access_max_excluded_users() THEN NULL
                ELSE TRUE
           END AS holds,
           CASE WHEN w.gap THEN 'parts of it could not be read'
                WHEN w.strength_unclear THEN 'whether the authentication strength that it asks for amounts to MFA is not known'
                WHEN w.some_people THEN 'it asks some people only'
                WHEN w.some_times THEN 'it asks under some conditions only'
                WHEN w.n_excluded_sets > 0 THEN 'it leaves out groups, roles or guests, who may be those who are eligible'
                WHEN w.n_excluded_people > param_conditional_access_max_excluded_users() THEN 'it leaves out ' || w.n_excluded_people || ' people by name'
                ELSE 'how its controls go together is not known'
           END AS doubt
    FROM weighed AS w
)
SELECT lower(trim(u.claim)) AS claim, j.policy_id, j.policy_name, j.holds, j.n_excluded,
       CASE WHEN j.holds IS NULL THEN 'policy ' || j.policy_name || ': ' || j.doubt END AS doubt, FALSE AS unread
FROM judged AS j, unnest(j.claims) AS u(claim)
WHERE NOT j.claims_gap
UNION ALL
SELECT '*' AS claim, j.policy_id, j.policy_name, CAST(NULL AS BOOLEAN) AS holds, j.n_excluded,
       'policy ' || j.policy_name || ': which contexts it answers could not be read' AS doubt, FALSE AS unread
FROM judged AS j
WHERE j.claims_gap
UNION ALL
SELECT '*' AS claim, NULL AS policy_id, NULL AS policy_name, CAST(NULL AS BOOLEAN) AS holds, NULL AS n_excluded,
       'Conditional Access policies were not read: ' || l.status AS doubt, TRUE AS unread
FROM (SELECT coalesce(max(CASE WHEN l.status NOT IN ('ok', 'not_registered', 'unsupported', 'license', 'retired') THEN l.status END),
                      CASE WHEN count(*) = 0 THEN 'not_collected' END) AS status
      FROM azure_ledger AS l
      WHERE l.table_name = 'azure_conditional_access_policy' AND l.parent_id IS NULL) AS l
WHERE l.status IS NOT NULL
