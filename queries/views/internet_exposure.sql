-- title = "What anybody on the internet can reach by the network, and what was not read of that"
-- tables = ["internet_door_open", "internet_service", "internet_database", "internet_app", "internet_edge", "internet_door", "lb_public_rule", "lb_pool_member", "vm_ip_configuration", "azure_vm", "azure_vm_scale_set", "azure_nic", "azure_public_ip", "azure_lb", "azure_application_gateway", "azure_bastion_host", "azure_virtual_network_gateway", "azure_network_firewall", "azure_firewall_policy_rule_collection_group", "azure_lb_inbound_nat_rule", "azure_sql_managed_instance", "azure_container_group", "azure_openshift_cluster", "azure_subscription", "azure_ledger"]
WITH
-- One row per resource and way in. certain is FALSE where something that decides was not read or is not weighed, and why
-- says what. A table that was not read has a row per subscription (or parent), how is then 'not read': an empty answer
-- would look like safety. Reachable is said of the network alone: keys, sign-in and web firewalls may still stand before.
-- Not looked at: disks and their snapshots (reached only by links that somebody makes), HDInsight, Logic Apps triggers,
-- App Service Environments (their apps are), batch pools, sources narrower than a /8 or named by a service tag.
watched AS (
    SELECT w.table_name
    FROM (VALUES ('azure_vm'), ('azure_vm_scale_set'), ('azure_lb'), ('azure_lb_inbound_nat_rule'), ('azure_application_gateway'), ('azure_bastion_host'),
                 ('azure_virtual_network_gateway'), ('azure_network_firewall'), ('azure_firewall_policy_rule_collection_group'), ('azure_vnet_peering'),
                 ('azure_public_ip'), ('azure_frontdoor'), ('azure_afd_endpoint'), ('azure_cdn_endpoint'), ('azure_api_management_service'),
                 ('azure_sql_managed_instance'), ('azure_sql_server'), ('azure_postgresql_flexible_server'), ('azure_postgresql_server'),
                 ('azure_mysql_flexible_server'), ('azure_mysql_server'), ('azure_mariadb_server'), ('azure_redis_cache'), ('azure_managed_redis'),
                 ('azure_cosmosdb_account'), ('azure_storage_account'), ('azure_keyvault_service'), ('azure_keyvault_managed_hsm'),
                 ('azure_container_registry'), ('azure_container_group'), ('azure_container_app'), ('azure_kubernetes_cluster'), ('azure_openshift_cluster'),
                 ('azure_web_app'), ('azure_function_app'), ('azure_web_app_slot'), ('azure_static_web_app'), ('azure_search_service'),
                 ('azure_cognitive_account'), ('azure_machine_learning_workspace'), ('azure_batch_account'), ('azure_service_bus_namespace'),
                 ('azure_event_hub_namespace'), ('azure_event_grid_topic'), ('azure_event_grid_domain'), ('azure_iot_hub'),
                 ('azure_app_configuration_store'), ('azure_automation_account'), ('azure_data_factory'), ('azure_databricks_workspace'),
                 ('azure_synapse_workspace'), ('azure_kusto_cluster'), ('azure_log_analytics_workspace'), ('azure_application_insights'),
                 ('azure_recovery_services_vault')) AS w(table_name)
),
subscription AS (
    SELECT DISTINCT lower(l.scope_id) AS subscription_id FROM azure_ledger AS l WHERE l.scope_kind = 'subscription'
    UNION
    SELECT lower(s.subscription_id) FROM azure_subscription AS s WHERE s.subscription_id IS NOT NULL
),
told AS (
    SELECT l.table_name, l.scope_kind, lower(l.scope_id) AS scope_id, lower(rtrim(l.parent_id, '/')) AS parent_id,
           coalesce(l.status, 'not_collected') AS status, coalesce(l.code, l.error_code) AS code
    FROM azure_ledger AS l
    JOIN (SELECT w.table_name FROM watched AS w UNION ALL SELECT 'azure_subscription') AS w ON w.table_name = l.table_name
),
unread AS (
    SELECT CASE WHEN t.parent_id IS NOT NULL THEN t.parent_id WHEN t.scope_kind = 'subscription' THEN '/subscriptions/' || t.scope_id ELSE t.scope_id END AS id,
           t.table_name, CASE WHEN t.scope_kind = 'subscription' THEN t.scope_id END AS subscription_id,
           min(t.status || coalesce(' (' || t.code || ')', '')) AS status
    FROM told AS t
    WHERE t.status NOT IN ('ok', 'not_registered', 'unsupported', 'license', 'retired')
    GROUP BY 1, 2, 3
    UNION ALL
    SELECT '/subscriptions/' || s.subscription_id, w.table_name, s.subscription_id, 'not_collected'
    FROM subscription AS s
    CROSS JOIN watched AS w
    LEFT JOIN (SELECT DISTINCT t.scope_id, t.table_name FROM told AS t WHERE t.scope_kind = 'subscription') AS t
      ON t.scope_id = s.subscription_id AND t.table_name = w.table_name
    WHERE t.table_name IS NULL
),
-- An address belongs to its resource; one whose holder is not known may open anything.
holder AS (
    SELECT n.id FROM azure_nic AS n LEFT JOIN azure_vm AS v ON v.id = n.virtual_machine_id
    WHERE v.id IS NOT NULL OR (n.virtual_machine_id IS NULL AND NOT coalesce(list_contains(n._gaps, 'virtual_machine_id'), FALSE))
    UNION ALL
    SELECT b.id FROM azure_lb AS b
    UNION ALL
    SELECT g.id FROM azure_application_gateway AS g
    UNION ALL
    SELECT b.id FROM azure_bastion_host AS b
    UNION ALL
    SELECT g.id FROM azure_virtual_network_gateway AS g
    UNION ALL
    SELECT f.id FROM azure_network_firewall AS f
),
strange_address AS (
    SELECT a.id, a.name, a.subscription_id, regexp_replace(lower(rtrim(a.ip_configuration_id, '/')), '/[^/]+/[^/]+$', '') AS holder_id
    FROM azure_public_ip AS a
    WHERE a.ip_configuration_id IS NOT NULL
),
balancer_seen AS (
    SELECT DISTINCT d.balancer_id FROM internet_door AS d WHERE d.balancer_id IS NOT NULL
),
blind_balancer AS (
    SELECT DISTINCT r.balancer_id
    FROM lb_public_rule AS r
    LEFT JOIN (SELECT DISTINCT m.pool_id FROM lb_pool_member AS m) AS m ON m.pool_id = r.pool_id
    LEFT JOIN balancer_seen AS s ON s.balancer_id = r.balancer_id
    WHERE s.balancer_id IS NULL AND (r.ip_configuration_id IS NOT NULL OR m.pool_id IS NOT NULL OR r.path = 'lb_nat_pool')
),
-- Pools of a load balancer that is in another subscription, or was not read.
pool_tie AS (
    SELECT DISTINCT c.vm_id AS id, regexp_replace(u.pool_id, '/backendaddresspools/.*$', '') AS balancer_id
    FROM vm_ip_configuration AS c, unnest(c.pool_ids) AS u(pool_id)
    UNION
    SELECT DISTINCT s.id, regexp_replace(lower(u.pool_id), '/backendaddresspools/.*$', '')
    FROM azure_vm_scale_set AS s,
         unnest(s.virtual_machine_profile_network_profile_network_interface_configurations_properties_ip_configurations_properties_load_balancer_backend_address_pools_id) AS u(pool_id)
),
lost_balancer AS (
    SELECT t.id, string_agg(t.balancer_id, ', ' ORDER BY t.balancer_id) AS balancer_ids
    FROM pool_tie AS t
    LEFT JOIN azure_lb AS b ON b.id = t.balancer_id
    WHERE b.id IS NULL
    GROUP BY t.id
),
-- Rows of which a column that decides could not be read, and that no other view shows for it.
read_row AS (
    SELECT x.id, 'azure_application_gateway' AS table_name, x.name, x.subscription_id, x._gaps AS gaps,
           ['frontend_ip_configurations', 'frontend_ip_configurations_properties_public_ip_address_id', 'frontend_ports_properties_port', 'gateway_ip_configurations_properties_subnet_id', 'http_listeners'] AS deciding
    FROM azure_application_gateway AS x
    UNION ALL
    SELECT x.id, 'azure_bastion_host', x.name, x.subscription_id, x._gaps,
           ['ip_configurations_properties_public_ip_address_id', 'ip_configurations_properties_subnet_id', 'virtual_network_id', 'network_acls_ip_rules_address_prefix']
    FROM azure_bastion_host AS x
    UNION ALL
    SELECT x.id, 'azure_virtual_network_gateway', x.name, x.subscription_id, x._gaps,
           ['ip_configurations_properties_public_ip_address_id']
    FROM azure_virtual_network_gateway AS x
    UNION ALL
    SELECT x.id, 'azure_firewall_policy_rule_collection_group', x.name, x.subscription_id, x._gaps,
           ['rule_collections']
    FROM azure_firewall_policy_rule_collection_group AS x
    UNION ALL
    SELECT x.id, 'azure_lb', x.name, x.subscription_id, x._gaps,
           ['frontend_ip_configurations', 'frontend_ip_configurations_properties_public_ip_address_id', 'load_balancing_rules', 'backend_address_pools', 'inbound_nat_pools']
    FROM azure_lb AS x
    UNION ALL
    SELECT x.id, 'azure_lb_inbound_nat_rule', x.name, x.subscription_id, x._gaps,
           ['frontend_ip_configuration_id', 'backend_ip_configuration_id', 'backend_address_pool_id', 'backend_port', 'protocol']
    FROM azure_lb_inbound_nat_rule AS x
    UNION ALL
    SELECT x.id, 'azure_public_ip', x.name, x.subscription_id, x._gaps,
           ['ip_configuration_id']
    FROM azure_public_ip AS x
    UNION ALL
    SELECT x.id, 'azure_sql_managed_instance', x.name, x.subscription_id, x._gaps,
           ['public_data_endpoint_enabled']
    FROM azure_sql_managed_instance AS x
    UNION ALL
    SELECT x.id, 'azure_container_group', x.name, x.subscription_id, x._gaps,
           ['ip_address_type', 'ip_address_ports']
    FROM azure_container_group AS x
    UNION ALL
    SELECT x.id, 'azure_openshift_cluster', x.name, x.subscription_id, x._gaps,
           ['apiserver_profile_visibility', 'ingress_profiles_visibility']
    FROM azure_openshift_cluster AS x
    UNION ALL
    SELECT x.id, 'azure_vm_scale_set', x.name, x.subscription_id, x._gaps,
           ['virtual_machine_profile_network_profile_network_interface_configurations']
    FROM azure_vm_scale_set AS x
),
exposure AS (
    SELECT o.id, o.table_name, o.name, o.subscription_id, o.how, o.ports, ['any'] AS sources, o.certain, o.why FROM internet_door_open AS o
    UNION ALL
    SELECT s.id, s.table_name, s.name, s.subscription_id, s.how, s.ports, s.sources, s.state IS NOT NULL, s.why
    FROM internet_service AS s
    WHERE s.state IS DISTINCT FROM 'closed'
    UNION ALL
    SELECT s.id, s.table_name, s.name, s.subscription_id, s.how, s.ports, s.sources, s.state IS NOT NULL, s.why
    FROM internet_database AS s
    WHERE s.state IS DISTINCT FROM 'closed'
    UNION ALL
    SELECT s.id, s.table_name, s.name, s.subscription_id, s.how, s.ports, s.sources, s.state IS NOT NULL, s.why
    FROM internet_app AS s
    WHERE s.state IS DISTINCT FROM 'closed'
    UNION ALL
    SELECT s.id, s.table_name, s.name, s.subscription_id, s.how, s.ports, s.sources, s.state IS NOT NULL, s.why
    FROM internet_edge AS s
    UNION ALL
    SELECT c.vm_id, 'azure_vm', v.name, c.subscription_id, 'not read', NULL, NULL, FALSE,
           coalesce(c.missing, 'whether an address or a load balancer leads to ' || c.ip_configuration || ' could not be read')
    FROM vm_ip_configuration AS c
    JOIN azure_vm AS v ON v.id = c.vm_id
    WHERE c.missing IS NOT NULL OR c.path_unread
    UNION ALL
    SELECT a.id, 'azure_public_ip', a.name, a.subscription_id, 'public ip', NULL, ['any'], FALSE,
           'what holds the address is not in the snapshot, or of a kind that is not weighed: ' || a.holder_id
    FROM strange_address AS a
    LEFT JOIN holder AS h ON h.id = a.holder_id
    WHERE h.id IS NULL
    UNION ALL
    SELECT b.id, 'azure_lb', b.name, b.subscription_id, 'load balancer', NULL, ['any'], FALSE, 'what stands behind it is not in the snapshot'
    FROM azure_lb AS b
    JOIN blind_balancer AS r ON r.balancer_id = b.id
    UNION ALL
    SELECT r.id, r.table_name, r.name, r.subscription_id, 'not read', NULL, NULL, FALSE,
           'could not be read: ' || array_to_string(list_filter(r.deciding, lambda c: list_contains(r.gaps, c)), ', ')
    FROM read_row AS r
    WHERE array_length(list_filter(r.deciding, lambda c: list_contains(r.gaps, c))) > 0
    UNION ALL
    SELECT r.id, r.table_name, r.name, r.subscription_id, 'load balancer', NULL, ['any'], FALSE, 'its load balancer is not in the snapshot: ' || t.balancer_ids
    FROM lost_balancer AS t
    JOIN (SELECT v.id, 'azure_vm' AS table_name, v.name, v.subscription_id FROM azure_vm AS v
          UNION ALL
          SELECT s.id, 'azure_vm_scale_set', s.name, s.subscription_id FROM azure_vm_scale_set AS s) AS r ON r.id = t.id
    UNION ALL
    SELECT u.id, u.table_name, NULL, u.subscription_id, 'not read', NULL, NULL, FALSE, u.table_name || ' was not read here: ' || u.status
    FROM unread AS u
)
SELECT e.id, e.table_name, e.name, e.subscription_id, e.how, e.ports, e.sources, e.certain, e.why
FROM exposure AS e
