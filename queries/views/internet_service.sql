-- title = "Platform services that answer on a public endpoint, by their switch and their own firewall"
-- tables = ["azure_storage_account", "azure_keyvault_service", "azure_keyvault_managed_hsm", "azure_container_registry", "azure_cosmosdb_account", "azure_search_service", "azure_cognitive_account", "azure_batch_account", "azure_service_bus_namespace", "azure_service_bus_network_rule_set", "azure_event_hub_namespace", "azure_event_hub_network_rule_set", "azure_event_grid_topic", "azure_event_grid_domain", "azure_iot_hub", "azure_app_configuration_store", "azure_automation_account", "azure_data_factory", "azure_kusto_cluster", "azure_log_analytics_workspace", "azure_application_insights", "azure_machine_learning_workspace", "azure_recovery_services_vault", "azure_databricks_workspace", "azure_synapse_workspace", "azure_static_web_app", "azure_api_management_service", "azure_managed_redis", "azure_kubernetes_cluster"]
WITH
-- One row per service and way in. state: open, closed, azure (only the addresses of Azure itself, of every tenant), or NULL
-- where something that decides was not read or is not known; why says which. A range wider than a /8 (IPv6: a /16 and wider) counts as everybody.
-- An approved private endpoint does not close the public door, and a closed one is no matter of private endpoints.
-- Absent settings have the meaning that Azure gives them: public access on, default action Allow.
base AS (
    SELECT s.id, 'azure_storage_account' AS table_name, s.name, s.subscription_id, 'public network access' AS how, CAST([] AS VARCHAR[]) AS ports,
           s.public_network_access AS access, s._gaps AS gaps, ['public_network_access'] AS access_columns,
           coalesce(s.network_acls_default_action, 'Allow') AS default_action, ['network_acls_default_action'] AS default_columns,
           list_concat(coalesce(s.network_acls_ip_rules_value, []), coalesce(s.network_acls_ipv6_rules_value, [])) AS rules,
           ['network_acls_ip_rules_value', 'network_acls_ipv6_rules_value'] AS rule_columns, CAST(NULL AS VARCHAR) AS doubt
    FROM azure_storage_account AS s
    UNION ALL
    SELECT v.id, 'azure_keyvault_service', v.name, v.subscription_id, 'public network access', [], v.public_network_access, v._gaps, ['public_network_access'],
           coalesce(v.network_acls_default_action, 'Allow'), ['network_acls_default_action'],
           v.network_acls_ip_rules_value, ['network_acls_ip_rules_value'], NULL
    FROM azure_keyvault_service AS v
    UNION ALL
    SELECT v.id, 'azure_keyvault_managed_hsm', v.name, v.subscription_id, 'public network access', [], v.public_network_access, v._gaps, ['public_network_access'],
           coalesce(v.network_acls_default_action, 'Allow'), ['network_acls_default_action'],
           v.network_acls_ip_rules_value, ['network_acls_ip_rules_value'], NULL
    FROM azure_keyvault_managed_hsm AS v
    UNION ALL
    SELECT r.id, 'azure_container_registry', r.name, r.subscription_id, 'public network access', [], r.public_network_access, r._gaps, ['public_network_access'],
           coalesce(r.network_rule_set_default_action, 'Allow'), ['network_rule_set_default_action'],
           r.network_rule_set_ip_rules_value, ['network_rule_set_ip_rules_value'], NULL
    FROM azure_container_registry AS r
    UNION ALL
    -- Without any rule and without the switch for virtual networks everybody may come.
    SELECT c.id, 'azure_cosmosdb_account', c.name, c.subscription_id, 'public network access', [], c.public_network_access, c._gaps, ['public_network_access'],
           CASE WHEN coalesce(array_length(c.ip_rules_ip_address_or_range), 0) = 0 AND NOT coalesce(c.is_virtual_network_filter_enabled, FALSE) THEN 'Allow' ELSE 'Deny' END,
           ['ip_rules_ip_address_or_range', 'is_virtual_network_filter_enabled'], c.ip_rules_ip_address_or_range, ['ip_rules_ip_address_or_range'], NULL
    FROM azure_cosmosdb_account AS c
    UNION ALL
    SELECT a.id, 'azure_search_service', a.name, a.subscription_id, 'public network access', [], a.public_network_access, a._gaps, ['public_network_access'],
           CASE WHEN coalesce(array_length(a.network_rule_set_ip_rules_value), 0) = 0 THEN 'Allow' ELSE 'Deny' END,
           ['network_rule_set_ip_rules_value'], a.network_rule_set_ip_rules_value, ['network_rule_set_ip_rules_value'], NULL
    FROM azure_search_service AS a
    UNION ALL
    SELECT a.id, 'azure_cognitive_account', a.name, a.subscription_id, 'public network access', [], a.public_network_access, a._gaps, ['public_network_access'],
           coalesce(a.network_acls_default_action, 'Allow'), ['network_acls_default_action'],
           a.network_acls_ip_rules_value, ['network_acls_ip_rules_value'], NULL
    FROM azure_cognitive_account AS a
    UNION ALL
    SELECT b.id, 'azure_batch_account', b.name, b.subscription_id, 'public network access', [], b.public_network_access, b._gaps, ['public_network_access'],
           coalesce(b.network_profile_account_access_default_action, 'Allow'), ['network_profile_account_access_default_action'],
           b.network_profile_account_access_ip_rules_value, ['network_profile_account_access_ip_rules_value'], NULL
    FROM azure_batch_account AS b
    UNION ALL
    -- The default action of these namespaces counts only where there is a rule.
    SELECT n.id, 'azure_service_bus_namespace', n.name, n.subscription_id, 'public network access', [],
           CASE WHEN lower(trim(r.public_network_access)) = 'disabled' THEN r.public_network_access ELSE n.public_network_access END,
           list_concat(coalesce(n._gaps, []), list_transform(coalesce(r._gaps, []), lambda g: 'rules.' || g)), ['public_network_access', 'rules.public_network_access'],
           CASE WHEN r._parent_id IS NULL THEN 'unread'
                WHEN coalesce(array_length(r.ip_rules_ip_mask), 0) = 0 AND coalesce(array_length(r.virtual_network_rules_subnet_id), 0) = 0 THEN 'Allow'
                ELSE coalesce(r.default_action, 'Allow')
           END, ['rules.default_action', 'rules.ip_rules_ip_mask', 'rules.virtual_network_rules_subnet_id'], r.ip_rules_ip_mask, ['rules.ip_rules_ip_mask'], NULL
    FROM azure_service_bus_namespace AS n
    LEFT JOIN azure_service_bus_network_rule_set AS r ON lower(r._parent_id) = n.id
    UNION ALL
    SELECT n.id, 'azure_event_hub_namespace', n.name, n.subscription_id, 'public network access', [],
           CASE WHEN lower(trim(r.public_network_access)) = 'disabled' THEN r.public_network_access ELSE n.public_network_access END,
           list_concat(coalesce(n._gaps, []), list_transform(coalesce(r._gaps, []), lambda g: 'rules.' || g)), ['public_network_access', 'rules.public_network_access'],
           CASE WHEN r._parent_id IS NULL THEN 'unread'
                WHEN coalesce(array_length(r.ip_rules_ip_mask), 0) = 0 AND coalesce(array_length(r.virtual_network_rules_subnet_id), 0) = 0 THEN 'Allow'
                ELSE coalesce(r.default_action, 'Allow')
           END, ['rules.default_action', 'rules.ip_rules_ip_mask', 'rules.virtual_network_rules_subnet_id'], r.ip_rules_ip_mask, ['rules.ip_rules_ip_mask'], NULL
    FROM azure_event_hub_namespace AS n
    LEFT JOIN azure_event_hub_network_rule_set AS r ON lower(r._parent_id) = n.id
    UNION ALL
    SELECT t.id, 'azure_event_grid_topic', t.name, t.subscription_id, 'public network access', [], t.public_network_access, t._gaps, ['public_network_access'],
           CASE WHEN coalesce(array_length(t.inbound_ip_rules_ip_mask), 0) = 0 THEN 'Allow' ELSE 'Deny' END, ['inbound_ip_rules_ip_mask'],
           t.inbound_ip_rules_ip_mask, ['inbound_ip_rules_ip_mask'], NULL
    FROM azure_event_grid_topic AS t
    UNION ALL
    SELECT t.id, 'azure_event_grid_domain', t.name, t.subscription_id, 'public network access', [], t.public_network_access, t._gaps, ['public_network_access'],
           CASE WHEN coalesce(array_length(t.inbound_ip_rules_ip_mask), 0) = 0 THEN 'Allow' ELSE 'Deny' END, ['inbound_ip_rules_ip_mask'],
           t.inbound_ip_rules_ip_mask, ['inbound_ip_rules_ip_mask'], NULL
    FROM azure_event_grid_domain AS t
    UNION ALL
    -- The older filter is a list with actions of its own and is not weighed.
    SELECT h.id, 'azure_iot_hub', h.name, h.subscription_id, 'public network access', [], h.public_network_access, h._gaps, ['public_network_access'],
           CASE WHEN h.network_rule_sets_default_action IS NOT NULL THEN h.network_rule_sets_default_action
                WHEN coalesce(array_length(h.ip_filter_rules_ip_mask), 0) > 0 THEN 'an address filter of the older kind'
                ELSE 'Allow'
           END, ['network_rule_sets_default_action', 'ip_filter_rules_ip_mask'], h.network_rule_sets_ip_rules_ip_mask, ['network_rule_sets_ip_rules_ip_mask'], NULL
    FROM azure_iot_hub AS h
    UNION ALL
    SELECT k.id, 'azure_kusto_cluster', k.name, k.subscription_id, 'public network access', [], k.public_network_access, k._gaps, ['public_network_access'],
           CASE WHEN coalesce(array_length(k.allowed_ip_range_list), 0) = 0 THEN 'Allow' ELSE 'Deny' END, ['allowed_ip_range_list'],
           k.allowed_ip_range_list, ['allowed_ip_range_list'], NULL
    FROM azure_kusto_cluster AS k
    UNION ALL
    SELECT k.id, 'azure_kubernetes_cluster', k.name, k.subscription_id, 'api server', ['tcp 443'],
           CASE WHEN k.api_server_access_profile_enable_private_cluster THEN 'Disabled'
                WHEN lower(trim(k.public_network_access)) = 'disabled' THEN 'off, though the cluster is not private' ELSE 'Enabled' END,
           k._gaps, ['api_server_access_profile_enable_private_cluster', 'public_network_access'],
           CASE WHEN coalesce(array_length(k.api_server_access_profile_authorized_ip_ranges), 0) = 0 THEN 'Allow' ELSE 'Deny' END,
           ['api_server_access_profile_authorized_ip_ranges'],
           k.api_server_access_profile_authorized_ip_ranges, ['api_server_access_profile_authorized_ip_ranges'], NULL
    FROM azure_kubernetes_cluster AS k
    UNION ALL
    SELECT p.id, p.table_name, p.name, p.subscription_id, p.how, p.ports, p.access, p.gaps, p.access_columns, 'Allow', CAST([] AS VARCHAR[]),
           CAST([] AS VARCHAR[]), CAST([] AS VARCHAR[]), p.doubt
    FROM (
        SELECT a.id, 'azure_app_configuration_store' AS table_name, a.name, a.subscription_id, 'public network access' AS how, CAST([] AS VARCHAR[]) AS ports,
               -- Without a word of its own a store closes with its first private endpoint.
               CASE WHEN a.public_network_access IS NULL AND coalesce(array_length(a.private_endpoint_connections_properties_private_endpoint_id), 0) > 0
                    THEN 'Disabled' ELSE a.public_network_access END AS access,
               a._gaps AS gaps, ['public_network_access', 'private_endpoint_connections_properties_private_endpoint_id'] AS access_columns, CAST(NULL AS VARCHAR) AS doubt
        FROM azure_app_configuration_store AS a
        UNION ALL
        SELECT u.id, 'azure_automation_account', u.name, u.subscription_id, 'public network access', [],
               CASE u.public_network_access WHEN FALSE THEN 'Disabled' ELSE 'Enabled' END, u._gaps, ['public_network_access'], NULL
        FROM azure_automation_account AS u
        UNION ALL
        SELECT f.id, 'azure_data_factory', f.name, f.subscription_id, 'public network access', [], f.public_network_access, f._gaps, ['public_network_access'], NULL
        FROM azure_data_factory AS f
        UNION ALL
        SELECT w.id, 'azure_log_analytics_workspace', w.name, w.subscription_id, 'public ingestion', [], w.public_network_access_for_ingestion,
               w._gaps, ['public_network_access_for_ingestion'], NULL
        FROM azure_log_analytics_workspace AS w
        UNION ALL
        SELECT w.id, 'azure_log_analytics_workspace', w.name, w.subscription_id, 'public query', [], w.public_network_access_for_query,
               w._gaps, ['public_network_access_for_query'], NULL
        FROM azure_log_analytics_workspace AS w
        UNION ALL
        SELECT i.id, 'azure_application_insights', i.name, i.subscription_id, 'public ingestion', [], i.public_network_access_for_ingestion,
               i._gaps, ['public_network_access_for_ingestion'], NULL
        FROM azure_application_insights AS i
        UNION ALL
        SELECT i.id, 'azure_application_insights', i.name, i.subscription_id, 'public query', [], i.public_network_access_for_query,
               i._gaps, ['public_network_access_for_query'], NULL
        FROM azure_application_insights AS i
        UNION ALL
        SELECT m.id, 'azure_machine_learning_workspace', m.name, m.subscription_id, 'public network access', [],
               CASE WHEN m.public_network_access IS NULL THEN 'absent' ELSE m.public_network_access END, m._gaps, ['public_network_access'],
               'its list of allowed addresses is not collected'
        FROM azure_machine_learning_workspace AS m
        UNION ALL
        SELECT v.id, 'azure_recovery_services_vault', v.name, v.subscription_id, 'public network access', [], v.public_network_access, v._gaps, ['public_network_access'], NULL
        FROM azure_recovery_services_vault AS v
        UNION ALL
        SELECT d.id, 'azure_databricks_workspace', d.name, d.subscription_id, 'public network access', [], d.public_network_access, d._gaps, ['public_network_access'],
               'its IP access lists are not collected'
        FROM azure_databricks_workspace AS d
        UNION ALL
        SELECT y.id, 'azure_synapse_workspace', y.name, y.subscription_id, 'public network access', ['tcp 1433', 'tcp 443'], y.public_network_access, y._gaps,
               ['public_network_access'], 'its firewall rules are not collected'
        FROM azure_synapse_workspace AS y
        UNION ALL
        SELECT t.id, 'azure_static_web_app', t.name, t.subscription_id, 'public network access', [], t.public_network_access, t._gaps, ['public_network_access'], NULL
        FROM azure_static_web_app AS t
        UNION ALL
        -- In a virtual network a security group decides (internet_door), or nothing is public.
        SELECT g.id, 'azure_api_management_service', g.name, g.subscription_id, 'public network access', [],
               g.public_network_access, g._gaps, ['public_network_access', 'virtual_network_type'], NULL
        FROM azure_api_management_service AS g
        WHERE lower(trim(coalesce(g.virtual_network_type, 'none'))) NOT IN ('external', 'internal')
        UNION ALL
        SELECT r.id, 'azure_managed_redis', r.name, r.subscription_id, 'public network access', ['tcp 10000'],
               CASE WHEN r.public_network_access IS NULL AND coalesce(array_length(r.private_endpoint_connections_properties_private_endpoint_id), 0) > 0
                    THEN 'absent, beside a private endpoint' ELSE r.public_network_access END,
               r._gaps, ['public_network_access', 'private_endpoint_connections_properties_private_endpoint_id'], NULL
        FROM azure_managed_redis AS r
    ) AS p
),
cleaned AS (
    SELECT b.id, b.table_name, b.name, b.subscription_id, b.how, b.ports, b.doubt, b.access AS access_text, b.default_action AS default_text,
           lower(coalesce(nullif(trim(b.access), ''), 'enabled')) AS access, lower(trim(b.default_action)) AS default_action,
           array_length(list_filter(b.access_columns, lambda c: list_contains(b.gaps, c))) > 0 AS access_gap,
           array_length(list_filter(b.default_columns, lambda c: list_contains(b.gaps, c))) > 0 AS default_gap,
           array_length(list_filter(b.rule_columns, lambda c: list_contains(b.gaps, c))) > 0 AS rules_gap,
           list_filter(list_transform(coalesce(b.rules, []), lambda r: trim(r)), lambda r: r <> '') AS rules
    FROM base AS b
),
ranged AS (
    SELECT c.*,
           list_filter(c.rules, lambda r: is_any_source(r) AND NOT (c.table_name = 'azure_cosmosdb_account' AND r = '0.0.0.0')
                                          OR (NOT contains(r, ':') AND CAST(ip4_hi(r) AS BIGINT) - CAST(ip4_lo(r) AS BIGINT) >= 16777216)
                                          OR regexp_full_match(r, '.*:.*/0*(?:[0-9]|1[0-6])')) AS wide,
           list_filter(c.rules, lambda r: NOT contains(r, ':') AND ip4_lo(r) IS NULL AND NOT is_any_source(r)) AS unclear,
           c.table_name = 'azure_cosmosdb_account' AND list_contains(c.rules, '0.0.0.0') AS lets_azure
    FROM cleaned AS c
),
judged AS (
    SELECT r.*,
           CASE WHEN r.access = 'disabled' AND NOT r.access_gap THEN 'off'
                WHEN r.access_gap THEN 'switch unread'
                WHEN r.access = 'securedbyperimeter' THEN 'perimeter'
                WHEN r.access <> 'enabled' THEN 'switch unknown'
                WHEN r.default_gap THEN 'default unread'
                WHEN r.default_action = 'allow' THEN 'open'
                WHEN r.default_action = 'unread' THEN 'rules missing'
                WHEN r.default_action <> 'deny' THEN 'default unknown'
                WHEN array_length(r.wide) > 0 OR sources_any(r.rules) AND NOT r.lets_azure THEN 'wide'
                WHEN r.rules_gap THEN 'rules unread'
                WHEN array_length(r.unclear) > 0 THEN 'rules unclear'
                WHEN r.lets_azure THEN 'azure'
                ELSE 'closed'
           END AS found
    FROM ranged AS r
)
SELECT j.id, j.table_name, j.name, j.subscription_id, CASE j.found WHEN 'azure' THEN 'azure services' ELSE j.how END AS how,
       CASE WHEN array_length(j.ports) > 0 THEN j.ports END AS ports,
       CASE WHEN j.found = 'azure' THEN ['addresses of Azure'] WHEN j.found = 'wide' AND array_length(j.wide) > 0 THEN list_sort(j.wide) ELSE ['any'] END AS sources,
       CASE WHEN j.found IN ('off', 'closed') THEN 'closed'
            WHEN j.found = 'azure' THEN 'azure'
            WHEN j.found IN ('open', 'wide') AND j.doubt IS NULL THEN 'open'
       END AS state,
       CASE j.found
            WHEN 'off' THEN 'public network access is off'
            WHEN 'switch unread' THEN 'whether it is public could not be read'
            WHEN 'perimeter' THEN 'a network security perimeter decides, whose rules are not weighed'
            WHEN 'switch unknown' THEN 'public network access has a value that is not known: ' || j.access_text
            WHEN 'default unread' THEN 'what its firewall does by default could not be read'
            WHEN 'rules missing' THEN 'its network rules are not in the snapshot'
            WHEN 'default unknown' THEN 'what its firewall does by default is not known: ' || j.default_text
            WHEN 'rules unread' THEN 'the addresses it lets in could not be read'
            WHEN 'rules unclear' THEN 'addresses that cannot be understood: ' || array_to_string(j.unclear, ', ')
            WHEN 'wide' THEN 'its firewall lets nearly everybody in'
            WHEN 'azure' THEN 'its firewall lets in all of Azure, other tenants too, but not the internet'
            WHEN 'open' THEN coalesce(j.doubt, 'no rule keeps anybody out')
            ELSE 'its firewall lets in named sources only'
       END || CASE WHEN j.found = 'wide' THEN coalesce('; ' || j.doubt, '') ELSE '' END AS why
FROM judged AS j
