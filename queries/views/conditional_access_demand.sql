-- title = "What each Conditional Access policy in force asks for, of whom and when"
-- tables = ["azure_conditional_access_policy"]
WITH
-- One row per policy that is enabled, or of which that could not be read. demands_mfa is TRUE where nobody whom it takes in
-- gets by without MFA, FALSE where something else is enough or it blocks, NULL where its controls do not tell; controls names
-- them. conditions says what narrows it by place, platform, device, risk of the user or flow, but for sign_in_risks and the
-- client apps: modern is TRUE where it is for browsers and for apps. gap is TRUE where any of this could not be read,
-- demand_gap where something other than the applications could not.
policy AS (
    SELECT p.id AS policy_id,
           CASE WHEN list_contains(p._gaps, 'display_name') THEN p.id ELSE coalesce(p.display_name, p.id) END AS policy_name,
           list_transform(coalesce(p.conditions_users_include_users, []), lambda m: lower(trim(m))) AS include_users,
           list_transform(coalesce(p.conditions_users_exclude_users, []), lambda m: lower(trim(m))) AS exclude_users,
           list_transform(coalesce(p.conditions_users_include_groups, []), lambda m: lower(trim(m))) AS include_groups,
           list_transform(coalesce(p.conditions_users_exclude_groups, []), lambda m: lower(trim(m))) AS exclude_groups,
           list_transform(coalesce(p.conditions_users_include_roles, []), lambda m: lower(trim(m))) AS include_roles,
           list_transform(coalesce(p.conditions_users_exclude_roles, []), lambda m: lower(trim(m))) AS exclude_roles,
           lower(p.conditions_users_include_guests_or_external_users ->> '$.guestOrExternalUserTypes') AS include_guest_types,
           lower(coalesce(p.conditions_users_include_guests_or_external_users ->> '$.externalTenants.membershipKind', 'all')) AS include_guest_tenants,
           coalesce(CAST(p.conditions_users_include_guests_or_external_users AS VARCHAR), 'null') <> 'null' AS includes_guests,
           lower(p.conditions_users_exclude_guests_or_external_users ->> '$.guestOrExternalUserTypes') AS exclude_guest_types,
           coalesce(CAST(p.conditions_users_exclude_guests_or_external_users AS VARCHAR), 'null') <> 'null' AS excludes_guests,
           list_transform(coalesce(p.conditions_applications_include_applications, []), lambda m: lower(trim(m))) AS include_apps,
           list_transform(coalesce(p.conditions_applications_exclude_applications, []), lambda m: lower(trim(m))) AS exclude_apps,
           list_transform(coalesce(p.conditions_applications_include_user_actions, []), lambda m: lower(trim(m))) AS user_actions,
           p.conditions_applications_include_authentication_context_class_references AS claims,
           coalesce(list_contains(p._gaps, 'conditions_applications_include_authentication_context_class_references'), FALSE) AS claims_gap,
           coalesce(CAST(p.conditions_applications_application_filter AS VARCHAR), 'null') <> 'null' AS filters_apps,
           list_transform(coalesce(p.conditions_client_app_types, []), lambda m: lower(trim(m))) AS client_types,
           coalesce(trim(p.conditions_authentication_flows_transfer_methods), '') AS transfer_methods,
           list_transform(coalesce(p.conditions_locations_include_locations, []), lambda m: lower(trim(m))) AS include_locations,
           coalesce(p.conditions_locations_exclude_locations, []) AS exclude_locations,
           list_transform(coalesce(p.conditions_platforms_include_platforms, []), lambda m: lower(trim(m))) AS include_platforms,
           coalesce(p.conditions_platforms_exclude_platforms, []) AS exclude_platforms,
           coalesce(p.conditions_devices_device_filter_mode, p.conditions_devices_device_filter_rule) IS NOT NULL AS filters_devices,
           list_transform(coalesce(p.conditions_sign_in_risk_levels, []), lambda m: lower(trim(m))) AS sign_in_risks,
           coalesce(p.conditions_user_risk_levels, []) AS user_risks,
           coalesce(trim(p.conditions_insider_risk_levels), '') AS insider_risks,
           lower(trim(p.grant_controls_operator)) AS operator,
           list_transform(coalesce(p.grant_controls_built_in_controls, []), lambda m: lower(trim(m))) AS built_in,
           coalesce(p.grant_controls_custom_authentication_factors, []) AS custom_factors,
           coalesce(p.grant_controls_terms_of_use, []) AS terms_of_use,
           lower(trim(p.grant_controls_authentication_strength_id)) AS strength_id,
           CASE WHEN NOT coalesce(list_contains(p._gaps, 'grant_controls_authentication_strength_display_name'), FALSE)
                THEN p.grant_controls_authentication_strength_display_name
           END AS strength_name,
           lower(trim(p.grant_controls_authentication_strength_requirements_satisfied)) AS strength_satisfies,
           coalesce(p.grant_controls_authentication_strength_allowed_combinations, []) AS combinations,
           p.state IS NULL OR coalesce(array_length(list_filter(p._gaps, lambda g: g IN (
               'state', 'conditions_users_include_users', 'conditions_users_exclude_users', 'conditions_users_include_groups',
               'conditions_users_exclude_groups', 'conditions_users_include_roles', 'conditions_users_exclude_roles',
               'conditions_users_include_guests_or_external_users', 'conditions_users_exclude_guests_or_external_users',
               'conditions_client_app_types', 'conditions_authentication_flows_transfer_methods',
               'conditions_locations_include_locations', 'conditions_locations_exclude_locations',
               'conditions_platforms_include_platforms', 'conditions_platforms_exclude_platforms',
               'conditions_devices_device_filter_mode', 'conditions_devices_device_filter_rule',
               'conditions_sign_in_risk_levels', 'conditions_user_risk_levels', 'conditions_insider_risk_levels',
               'grant_controls_operator', 'grant_controls_built_in_controls', 'grant_controls_custom_authentication_factors',
               'grant_controls_terms_of_use', 'grant_controls_authentication_strength_id',
               'grant_controls_authentication_strength_requirements_satisfied',
               'grant_controls_authentication_strength_allowed_combinations'))) > 0, FALSE) AS demand_gap,
           coalesce(array_length(list_filter(p._gaps, lambda g: g IN (
               'conditions_applications_include_applications', 'conditions_applications_exclude_applications',
               'conditions_applications_include_user_actions', 'conditions_applications_application_filter'))) > 0, FALSE) AS app_gap
    FROM azure_conditional_access_policy AS p
    -- Report-only and disabled policies demand nothing; one whose state could not be read may demand something.
    WHERE p.state IS NULL OR lower(trim(p.state)) = 'enabled' OR list_contains(p._gaps, 'state')
),
combination AS (
    SELECT p.policy_id,
           sum(CASE WHEN NOT contains(u.methods, ',') AND d.factors = 'single' THEN 1 ELSE 0 END) AS n_single,
           sum(CASE WHEN NOT contains(u.methods, ',') AND d.factors IS NULL THEN 1 ELSE 0 END) AS n_unknown
    FROM policy AS p, unnest(p.combinations) AS u(methods)
    LEFT JOIN data_authentication_method_mode AS d ON d.method = lower(trim(u.methods))
    GROUP BY p.policy_id
),
strength AS (
    SELECT p.policy_id,
           p.strength_id IS NOT NULL OR p.strength_satisfies IS NOT NULL OR array_length(p.combinations) > 0 AS demanded,
           CASE WHEN p.strength_satisfies = 'none' OR c.n_single > 0 THEN FALSE
                WHEN p.strength_satisfies = 'mfa' THEN TRUE
                WHEN p.strength_id IN ('00000000-0000-0000-0000-000000000002', '00000000-0000-0000-0000-000000000003',
                                       '00000000-0000-0000-0000-000000000004') THEN TRUE
                WHEN c.n_unknown = 0 THEN TRUE
           END AS is_mfa
    FROM policy AS p
    LEFT JOIN combination AS c ON c.policy_id = p.policy_id
),
control AS (
    SELECT p.*, s.demanded AS has_strength, s.is_mfa AS strength_is_mfa,
           list_contains(p.built_in, 'block') AS blocks,
           list_contains(p.built_in, 'mfa') OR coalesce(s.is_mfa, FALSE) AS names_mfa,
           array_length(list_filter(p.built_in, lambda m: m <> 'mfa')) + array_length(p.custom_factors) + array_length(p.terms_of_use)
             + CASE WHEN s.demanded AND NOT coalesce(s.is_mfa, TRUE) THEN 1 ELSE 0 END AS n_others,
           list_contains(p.include_users, 'all') AS all_users,
           array_length(p.client_types) = 0 OR list_contains(p.client_types, 'all') AS any_client,
           replace(array_to_string(list_concat(p.built_in, list_filter([coalesce(p.strength_name, p.strength_id)], lambda m: m IS NOT NULL),
               list_transform(p.custom_factors, lambda m: 'custom control ' || m),
               list_transform(p.terms_of_use, lambda m: 'terms of use ' || m)), ' | '), ' | ',
               CASE WHEN p.operator = 'and' THEN ' and ' ELSE ' or ' END) AS controls
    FROM policy AS p
    JOIN strength AS s ON s.policy_id = p.policy_id
)
SELECT c.policy_id, c.policy_name, c.demand_gap OR c.app_gap AS gap, c.demand_gap, c.claims, c.claims_gap,
       c.all_users, c.include_users, c.exclude_users, c.include_groups, c.exclude_groups, c.include_roles, c.exclude_roles,
       c.include_guest_types, c.include_guest_tenants, c.includes_guests, c.exclude_guest_types, c.excludes_guests,
       c.include_apps, c.exclude_apps, c.user_actions, c.filters_apps, c.client_types, c.sign_in_risks,
       c.blocks, c.names_mfa, c.has_strength, c.strength_is_mfa, c.controls,
       CASE WHEN c.blocks THEN FALSE
            WHEN NOT c.names_mfa AND c.has_strength AND c.strength_is_mfa IS NULL AND (c.n_others = 0 OR coalesce(c.operator, '') <> 'or') THEN NULL
            WHEN NOT c.names_mfa THEN FALSE
            -- A strength of unknown worth beside mfa, one of the two being enough.
            WHEN c.has_strength AND c.strength_is_mfa IS NULL AND coalesce(c.operator, 'or') <> 'and' THEN NULL
            WHEN c.n_others = 0 OR c.operator = 'and' THEN TRUE
            WHEN c.operator = 'or' THEN FALSE
       END AS demands_mfa,
       c.any_client OR (list_contains(c.client_types, 'browser') AND list_contains(c.client_types, 'mobileappsanddesktopclients')) AS modern,
       c.any_client OR list_contains(c.client_types, 'other') AS other_clients,
       c.any_client OR list_contains(c.client_types, 'exchangeactivesync') OR list_contains(c.client_types, 'eassupported') AS active_sync,
       list_filter([
           CASE WHEN array_length(c.include_locations) > 0 AND NOT list_contains(c.include_locations, 'all')
                THEN 'applies at some locations only' END,
           CASE WHEN array_length(c.exclude_locations) > 0
                THEN 'not at the locations ' || array_to_string(list_sort(c.exclude_locations), ', ') END,
           CASE WHEN array_length(c.include_platforms) > 0 AND NOT list_contains(c.include_platforms, 'all')
                THEN 'only on the platforms ' || array_to_string(list_sort(c.include_platforms), ', ') END,
           CASE WHEN array_length(c.exclude_platforms) > 0
                THEN 'not on the platforms ' || array_to_string(list_sort(c.exclude_platforms), ', ') END,
           CASE WHEN c.filters_devices THEN 'a filter picks the devices' END,
           CASE WHEN array_length(c.user_risks) > 0 THEN 'only at a user risk of ' || array_to_string(c.user_risks, ', ') END,
           CASE WHEN c.insider_risks <> '' THEN 'only at an insider risk of ' || c.insider_risks END,
           CASE WHEN c.transfer_methods <> '' THEN 'only for the authentication flows ' || c.transfer_methods END
       ], lambda m: m IS NOT NULL) AS conditions
FROM control AS c
