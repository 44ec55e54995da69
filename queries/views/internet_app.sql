-- title = "Apps that answer on a public endpoint, by their switch and their access restrictions"
-- tables = ["azure_web_app", "azure_function_app", "azure_web_app_slot", "azure_web_app_config", "azure_app_service_environment", "azure_container_app", "azure_container_app_environment"]
WITH
-- One row per app and way in (the site, its deployment site). state is open, closed, or NULL where something that decides
-- was not read. Restrictions go by priority; the first that means everybody decides, then the default. Earlier denies of
-- single addresses keep few out and do not count, nor do allows of service tags. Without a word, public access is on
-- unless there is a private endpoint.
app AS (
    SELECT a.id, 'azure_web_app' AS table_name, a.name, a.subscription_id, a.public_network_access, a.hosting_environment_profile_id,
           a.private_endpoint_connections_properties_private_link_service_connection_state_status AS states, a._gaps, a.state AS power, FALSE AS is_slot
    FROM azure_web_app AS a
    UNION ALL
    SELECT a.id, 'azure_function_app', a.name, a.subscription_id, a.public_network_access, a.hosting_environment_profile_id,
           a.private_endpoint_connections_properties_private_link_service_connection_state_status, a._gaps, a.state, FALSE
    FROM azure_function_app AS a
    UNION ALL
    SELECT a.id, 'azure_web_app_slot', a.name, a.subscription_id, a.public_network_access, a.hosting_environment_profile_id,
           a.private_endpoint_connections_properties_private_link_service_connection_state_status, a._gaps, a.state, TRUE
    FROM azure_web_app_slot AS a
),
site AS (
    SELECT a.id, a.table_name, a.name, a.subscription_id, a.is_slot, lower(trim(a.power)) = 'stopped' AS is_stopped, c.id IS NOT NULL AS has_config,
           c.ip_security_restrictions AS main_rules, lower(trim(c.ip_security_restrictions_default_action)) AS main_default,
           c.scm_ip_security_restrictions AS scm_rules, lower(trim(c.scm_ip_security_restrictions_default_action)) AS scm_default,
           coalesce(c.scm_ip_security_restrictions_use_main, FALSE) AS scm_as_main,
           coalesce(list_contains(c._gaps, 'ip_security_restrictions') OR list_contains(c._gaps, 'ip_security_restrictions_default_action'), FALSE) AS main_gap,
           coalesce(list_contains(c._gaps, 'scm_ip_security_restrictions') OR list_contains(c._gaps, 'scm_ip_security_restrictions_default_action')
                    OR list_contains(c._gaps, 'scm_ip_security_restrictions_use_main'), FALSE) AS scm_gap,
           coalesce(list_contains(a._gaps, 'public_network_access') OR list_contains(c._gaps, 'public_network_access')
                    OR list_contains(a._gaps, 'private_endpoint_connections_properties_private_link_service_connection_state_status')
                    OR list_contains(a._gaps, 'hosting_environment_profile_id'), FALSE) AS switch_gap,
           lower(coalesce(nullif(trim(a.public_network_access), ''), nullif(trim(c.public_network_access), ''))) AS switch,
           coalesce(array_length(list_filter(a.states, lambda s: lower(trim(s)) = 'approved')), 0) AS n_approved,
           a.hosting_environment_profile_id IS NOT NULL AS is_hosted, e.id IS NOT NULL AS has_host,
           lower(coalesce(nullif(trim(e.internal_load_balancing_mode), ''), 'none')) AS host_mode,
           coalesce(list_contains(e._gaps, 'internal_load_balancing_mode'), FALSE) AS host_gap
    FROM app AS a
    LEFT JOIN azure_web_app_config AS c ON lower(c._parent_id) = a.id
    LEFT JOIN azure_app_service_environment AS e ON e.id = lower(rtrim(a.hosting_environment_profile_id, '/'))
),
way AS (
    SELECT s.id, s.table_name, 'public network access' AS how, s.main_rules AS rules, s.main_default AS default_action, s.main_gap AS gap FROM site AS s
    UNION ALL
    SELECT s.id, s.table_name, 'deployment site', CASE WHEN s.scm_as_main THEN s.main_rules ELSE s.scm_rules END,
           CASE WHEN s.scm_as_main THEN s.main_default ELSE s.scm_default END, s.scm_gap OR (s.scm_as_main AND s.main_gap)
    FROM site AS s
),
restriction AS (
    SELECT w.id, w.how, TRY_CAST(w.rules ->> ('$[' || u.i || '].priority') AS BIGINT) AS priority, u.i,
           lower(trim(coalesce(w.rules ->> ('$[' || u.i || '].action'), 'allow'))) AS action,
           trim(coalesce(w.rules ->> ('$[' || u.i || '].ipAddress'), '')) AS address,
           lower(coalesce(w.rules ->> ('$[' || u.i || '].tag'), 'default')) AS tag,
           coalesce(w.rules ->> ('$[' || u.i || '].headers'), '{}') AS headers
    FROM way AS w, unnest(range(CAST(json_array_length(w.rules) AS BIGINT))) AS u(i)
),
wide_restriction AS (
    SELECT r.id, r.how, r.action, r.address,
           row_number() OVER (PARTITION BY r.id, r.how ORDER BY coalesce(r.priority, 2147483647), r.i) AS turn
    FROM restriction AS r
    WHERE r.tag IN ('default', 'xffproxy') AND r.headers IN ('{}', 'null')
      AND (is_any_source(r.address)
           OR (r.action = 'allow' AND NOT contains(r.address, ':')
               AND array_length(list_filter(string_split(r.address, ','), lambda a: CAST(ip4_hi(a) AS BIGINT) - CAST(ip4_lo(a) AS BIGINT) >= 16777216)) > 0))
),
counted AS (
    SELECT r.id, r.how, count(*) AS n FROM restriction AS r GROUP BY r.id, r.how
),
found AS (
    SELECT s.id, s.table_name, s.name, s.subscription_id, w.how, s.is_stopped, x.address,
           CASE WHEN s.is_hosted AND NOT s.switch_gap AND s.has_host AND NOT s.host_gap AND s.host_mode <> 'none' THEN 'inside'
                WHEN s.switch_gap THEN 'switch unread'
                WHEN s.is_hosted AND (NOT s.has_host OR s.host_gap) THEN 'host unread'
                WHEN s.switch = 'disabled' THEN 'off'
                WHEN s.switch IS NULL AND s.n_approved > 0 THEN 'private'
                WHEN s.switch IS NOT NULL AND s.switch <> 'enabled' THEN 'switch unknown'
                WHEN s.is_slot THEN 'slot'
                WHEN NOT s.has_config THEN 'config missing'
                WHEN w.gap THEN 'rules unread'
                WHEN x.action = 'allow' THEN 'open'
                WHEN x.action = 'deny' THEN 'closed'
                WHEN w.default_action = 'allow' THEN 'open'
                WHEN w.default_action = 'deny' THEN 'closed'
                WHEN w.default_action IS NOT NULL THEN 'default unknown'
                WHEN coalesce(n.n, 0) = 0 THEN 'open'
                ELSE 'closed'
           END AS found
    FROM site AS s
    JOIN way AS w ON w.id = s.id AND w.table_name = s.table_name
    LEFT JOIN wide_restriction AS x ON x.id = w.id AND x.how = w.how AND x.turn = 1
    LEFT JOIN counted AS n ON n.id = w.id AND n.how = w.how
),
container AS (
    SELECT c.id, c.name, c.subscription_id, coalesce(c.configuration_ingress_external, FALSE) AS is_external,
           coalesce(array_length(list_filter(c._gaps, lambda g: g IN ('configuration_ingress_external', 'configuration_ingress_ip_security_restrictions_ip_address_range',
               'configuration_ingress_ip_security_restrictions_action', 'environment_id', 'managed_environment_id'))) > 0, FALSE) AS gap,
           array_length(list_filter(coalesce(c.configuration_ingress_ip_security_restrictions_action, []), lambda a: lower(a) = 'allow')) > 0 AS by_list,
           array_length(list_filter(coalesce(c.configuration_ingress_ip_security_restrictions_ip_address_range, []), lambda r: is_any_source(r)
               OR (NOT contains(r, ':') AND CAST(ip4_hi(r) AS BIGINT) - CAST(ip4_lo(r) AS BIGINT) >= 16777216))) > 0 AS wide,
           CASE WHEN lower(coalesce(c.configuration_ingress_transport, 'auto')) = 'tcp' THEN ['tcp ' || coalesce(c.configuration_ingress_exposed_port, c.configuration_ingress_target_port)] END AS ports,
           e.id IS NOT NULL AS has_environment, coalesce(e.vnet_configuration_internal, FALSE) AS is_internal,
           lower(coalesce(nullif(trim(e.public_network_access), ''), 'enabled')) AS switch,
           coalesce(list_contains(e._gaps, 'vnet_configuration_internal') OR list_contains(e._gaps, 'public_network_access'), FALSE) AS environment_gap
    FROM azure_container_app AS c
    LEFT JOIN azure_container_app_environment AS e ON e.id = lower(rtrim(coalesce(c.environment_id, c.managed_environment_id), '/'))
)
SELECT f.id, f.table_name, f.name, f.subscription_id, f.how, CAST(NULL AS VARCHAR[]) AS ports, ['any'] AS sources,
       CASE WHEN f.found = 'open' THEN 'open' WHEN f.found IN ('inside', 'off', 'private', 'closed') THEN 'closed' END AS state,
       CASE f.found
            WHEN 'inside' THEN 'its environment is inside a virtual network'
            WHEN 'switch unread' THEN 'whether it is public could not be read'
            WHEN 'host unread' THEN 'its environment is not in the snapshot'
            WHEN 'off' THEN 'public network access is off'
            WHEN 'private' THEN 'it has a private endpoint and no word on public access'
            WHEN 'switch unknown' THEN 'public network access has a value that is not known'
            WHEN 'slot' THEN 'access restrictions of slots are not collected'
            WHEN 'config missing' THEN 'its access restrictions are not in the snapshot'
            WHEN 'rules unread' THEN 'its access restrictions could not be read'
            WHEN 'default unknown' THEN 'what its access restrictions do by default is not known'
            WHEN 'open' THEN 'no access restriction keeps anybody out'
            ELSE 'its access restrictions let in named sources only'
       END || CASE WHEN f.is_stopped THEN '; the app is stopped' ELSE '' END AS why
FROM found AS f
UNION ALL
SELECT c.id, 'azure_container_app', c.name, c.subscription_id, 'public ingress', c.ports, ['any'],
       CASE WHEN c.gap THEN NULL
            WHEN NOT c.is_external THEN 'closed'
            WHEN c.environment_gap OR NOT c.has_environment THEN CASE WHEN c.by_list AND NOT c.wide THEN 'closed' END
            WHEN c.is_internal OR c.switch = 'disabled' OR (c.by_list AND NOT c.wide) THEN 'closed'
            WHEN c.switch = 'enabled' AND (c.by_list OR NOT c.wide) THEN 'open'
       END,
       CASE WHEN c.gap THEN 'its ingress could not be read'
            WHEN NOT c.is_external THEN 'no ingress from outside its environment'
            WHEN c.environment_gap OR NOT c.has_environment THEN 'whether its environment is public could not be read'
            WHEN c.switch NOT IN ('enabled', 'disabled') THEN 'public network access of its environment has a value that is not known'
            WHEN NOT c.by_list AND c.wide THEN 'an address restriction denies nearly everybody'
            ELSE 'ingress from anywhere'
       END
FROM container AS c
