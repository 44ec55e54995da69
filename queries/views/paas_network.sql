-- title = "Network access of platform services"
-- tables = ["azure_storage_account", "azure_keyvault_service", "azure_container_registry", "azure_sql_server", "azure_cosmosdb_account", "azure_search_service"]
WITH
-- One row per storage account, key vault, container registry, SQL server, Cosmos DB account and AI Search service.
-- default_action is what the service's own network rules do when none matches; NULL where the service has no such switch.
-- let_in holds the address ranges let in beside Deny, where the service has the switch.
-- default_absent: the answer does not say, which means Allow where there is such a switch.
-- n_connections counts the private endpoint connections, n_approved those that work, n_told those that tell their state.
service AS (
    SELECT s.id, s.name, s.subscription_id, 'storage account' AS kind, s.public_network_access,
           coalesce(list_contains(s._gaps, 'public_network_access'), FALSE) AS public_gap,
           coalesce(s.network_acls_default_action, 'Allow') AS default_action,
           coalesce(list_contains(s._gaps, 'network_acls_default_action'), FALSE) AS default_gap, s.network_acls_default_action IS NULL AS default_absent,
           s.private_endpoint_connections_properties_private_link_service_connection_state_status AS states,
           json_array_length(s.private_endpoint_connections) AS n_connections,
           coalesce(list_contains(s._gaps, 'private_endpoint_connections_properties_private_link_service_connection_state_status')
                    OR list_contains(s._gaps, 'private_endpoint_connections'), FALSE) AS private_gap,
           list_concat(coalesce(s.network_acls_ip_rules_value, []), coalesce(s.network_acls_ipv6_rules_value, [])) AS let_in,
           coalesce(list_contains(s._gaps, 'network_acls_ip_rules_value') OR list_contains(s._gaps, 'network_acls_ipv6_rules_value'), FALSE) AS let_in_gap
    FROM azure_storage_account AS s
    UNION ALL
    SELECT v.id, v.name, v.subscription_id, 'key vault', v.public_network_access,
           coalesce(list_contains(v._gaps, 'public_network_access'), FALSE),
           coalesce(v.network_acls_default_action, 'Allow'),
           coalesce(list_contains(v._gaps, 'network_acls_default_action'), FALSE), v.network_acls_default_action IS NULL,
           v.private_endpoint_connections_properties_private_link_service_connection_state_status,
           json_array_length(v.private_endpoint_connections),
           coalesce(list_contains(v._gaps, 'private_endpoint_connections_properties_private_link_service_connection_state_status')
                    OR list_contains(v._gaps, 'private_endpoint_connections'), FALSE),
           v.network_acls_ip_rules_value,
           coalesce(list_contains(v._gaps, 'network_acls_ip_rules_value'), FALSE)
    FROM azure_keyvault_service AS v
    UNION ALL
    SELECT r.id, r.name, r.subscription_id, 'container registry', r.public_network_access,
           coalesce(list_contains(r._gaps, 'public_network_access'), FALSE),
           coalesce(r.network_rule_set_default_action, 'Allow'),
           coalesce(list_contains(r._gaps, 'network_rule_set_default_action'), FALSE), r.network_rule_set_default_action IS NULL,
           r.private_endpoint_connections_properties_private_link_service_connection_state_status,
           json_array_length(r.private_endpoint_connections),
           coalesce(list_contains(r._gaps, 'private_endpoint_connections_properties_private_link_service_connection_state_status')
                    OR list_contains(r._gaps, 'private_endpoint_connections'), FALSE),
           r.network_rule_set_ip_rules_value,
           coalesce(list_contains(r._gaps, 'network_rule_set_ip_rules_value'), FALSE)
    FROM azure_container_registry AS r
    UNION ALL
    SELECT q.id, q.name, q.subscription_id, 'SQL server', q.public_network_access,
           coalesce(list_contains(q._gaps, 'public_network_access'), FALSE), NULL, FALSE, TRUE,
           q.private_endpoint_connections_properties_private_link_service_connection_state_status,
           json_array_length(q.private_endpoint_connections),
           coalesce(list_contains(q._gaps, 'private_endpoint_connections_properties_private_link_service_connection_state_status')
                    OR list_contains(q._gaps, 'private_endpoint_connections'), FALSE),
           CAST(NULL AS VARCHAR[]),
           FALSE
    FROM azure_sql_server AS q
    UNION ALL
    SELECT c.id, c.name, c.subscription_id, 'Cosmos DB account', c.public_network_access,
           coalesce(list_contains(c._gaps, 'public_network_access'), FALSE), NULL, FALSE, TRUE,
           c.private_endpoint_connections_properties_private_link_service_connection_state_status,
           json_array_length(c.private_endpoint_connections),
           coalesce(list_contains(c._gaps, 'private_endpoint_connections_properties_private_link_service_connection_state_status')
                    OR list_contains(c._gaps, 'private_endpoint_connections'), FALSE),
           CAST(NULL AS VARCHAR[]),
           FALSE
    FROM azure_cosmosdb_account AS c
    UNION ALL
    SELECT a.id, a.name, a.subscription_id, 'AI Search service', a.public_network_access,
           coalesce(list_contains(a._gaps, 'public_network_access'), FALSE), NULL, FALSE, TRUE,
           a.private_endpoint_connections_properties_private_link_service_connection_state_status,
           json_array_length(a.private_endpoint_connections),
           coalesce(list_contains(a._gaps, 'private_endpoint_connections_properties_private_link_service_connection_state_status')
                    OR list_contains(a._gaps, 'private_endpoint_connections'), FALSE),
           CAST(NULL AS VARCHAR[]),
           FALSE
    FROM azure_search_service AS a
)
SELECT p.id, p.name, p.subscription_id, p.kind, p.public_network_access, p.public_gap, p.default_action, p.default_gap, p.default_absent, p.let_in, p.let_in_gap, p.states,
       coalesce(p.n_connections, array_length(p.states), 0) AS n_connections,
       coalesce(array_length(p.states), 0) AS n_told,
       coalesce(array_length(list_filter(p.states, lambda m: lower(trim(m)) = 'approved')), 0) AS n_approved,
       p.private_gap
FROM service AS p
