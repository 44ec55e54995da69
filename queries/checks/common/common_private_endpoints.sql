-- title = "PaaS reached by private endpoints"
-- severity = "medium"
-- subject = "azure_storage_account"
-- tables = ["azure_storage_account", "azure_keyvault_service", "azure_container_registry", "azure_sql_server", "azure_cosmosdb_account", "azure_search_service"]
-- controls = [
--   "cis_azure_4_0_0:2.2.2.1", "nist_800_53_r5:AC-4", "nist_800_53_r5:SC-7", "iso_27001_2022:A.8.14", "pci_dss_4_0:1.4.4",
--   "soc_2:CC3.3", "mitre_attack:T1530",
-- ]
-- rationale = "Over a private endpoint traffic to a platform service stays in the own network, and the public way in can be closed. Judged are storage accounts, key vaults, container registries, SQL servers, Cosmos DB accounts and AI Search services."
-- remediation = "az network private-endpoint create --name NAME --resource-group GROUP --vnet-name VNET --subnet SUBNET --private-connection-resource-id ID --group-id blob --connection-name NAME (group by service: vault, registry, sqlServer, Sql, searchService)"
-- references = ["https://learn.microsoft.com/azure/private-link/private-endpoint-overview"]
-- proven_fail = true
-- [[case]]
-- title = "one approved connection each, in any letter case"
-- given.azure_storage_account = [{ name = "st", private_endpoint_connections_properties_private_link_service_connection_state_status = ["Approved"] }]
-- given.azure_keyvault_service = [{ name = "kv", private_endpoint_connections_properties_private_link_service_connection_state_status = ["approved"] }]
-- given.azure_container_registry = [{ name = "acr", private_endpoint_connections_properties_private_link_service_connection_state_status = ["Approved"] }]
-- given.azure_sql_server = [{ name = "sql", private_endpoint_connections_properties_private_link_service_connection_state_status = ["Approved"] }]
-- given.azure_cosmosdb_account = [{ name = "cos", private_endpoint_connections_properties_private_link_service_connection_state_status = ["Approved"] }]
-- given.azure_search_service = [{ name = "srch", private_endpoint_connections_properties_private_link_service_connection_state_status = ["APPROVED"] }]
-- expect = { st = "pass", kv = "pass", acr = "pass", sql = "pass", cos = "pass", srch = "pass" }
-- [[case]]
-- title = "none"
-- given.azure_storage_account = [{ name = "st" }]
-- given.azure_keyvault_service = [{ name = "kv" }]
-- given.azure_container_registry = [{ name = "acr" }]
-- given.azure_sql_server = [{ name = "sql" }]
-- given.azure_cosmosdb_account = [{ name = "cos" }]
-- given.azure_search_service = [{ name = "srch" }]
-- expect = { st = "fail", kv = "fail", acr = "fail", sql = "fail", cos = "fail", srch = "fail" }
-- [[case]]
-- title = "pending, rejected and disconnected do not count; one approved among them does"
-- given.azure_storage_account = [
--   { name = "st", private_endpoint_connections_properties_private_link_service_connection_state_status = ["Pending", "Rejected", "Disconnected"] },
--   { name = "su", private_endpoint_connections_properties_private_link_service_connection_state_status = ["Rejected", "Approved"] },
-- ]
-- expect = { st = "fail", su = "pass" }
-- [[case]]
-- title = "empty list"
-- given.azure_keyvault_service = [{ name = "kv", private_endpoint_connections_properties_private_link_service_connection_state_status = [], private_endpoint_connections = '[]' }]
-- expect = { kv = "fail" }
-- [[case]]
-- title = "a connection that does not tell its state"
-- given.azure_keyvault_service = [{ name = "kv", private_endpoint_connections = '[{"properties":{"privateEndpoint":{"id":"/x/pe"}}}]' }]
-- expect = { kv = "unknown" }
-- [[case]]
-- title = "state not readable"
-- given.azure_storage_account = [{ name = "st", _gaps = ["private_endpoint_connections_properties_private_link_service_connection_state_status"] }]
-- given.azure_keyvault_service = [{ name = "kv", _gaps = ["private_endpoint_connections_properties_private_link_service_connection_state_status"] }]
-- given.azure_container_registry = [{ name = "acr", _gaps = ["private_endpoint_connections_properties_private_link_service_connection_state_status"] }]
-- given.azure_sql_server = [{ name = "sql", _gaps = ["private_endpoint_connections_properties_private_link_service_connection_state_status"] }]
-- given.azure_cosmosdb_account = [{ name = "cos", _gaps = ["private_endpoint_connections_properties_private_link_service_connection_state_status"] }]
-- given.azure_search_service = [{ name = "srch", _gaps = ["private_endpoint_connections_properties_private_link_service_connection_state_status"] }]
-- expect = { st = "unknown", kv = "unknown", acr = "unknown", sql = "unknown", cos = "unknown", srch = "unknown" }
-- [[case]]
-- title = "no such service"
-- given.azure_storage_account = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "SQL servers denied: a fail that was found stands"
-- ledger = [{ table = "azure_sql_server", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_storage_account = [
--   { name = "st" },
--   { name = "su", private_endpoint_connections_properties_private_link_service_connection_state_status = ["Approved"] },
-- ]
-- expect = { st = "fail", "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
SELECT p.id AS subject, p.id AS resource_id, p.subscription_id,
       CASE WHEN p.private_gap THEN NULL
            WHEN p.n_approved > 0 THEN 'pass'
            WHEN p.n_told < p.n_connections THEN NULL
            ELSE 'fail'
       END AS verdict,
       p.kind || ': '
         || CASE WHEN p.private_gap THEN 'the private endpoint connections could not be read'
                 WHEN p.n_approved > 0 THEN 'approved private endpoint connections: ' || p.n_approved
                 WHEN p.n_told < p.n_connections THEN 'a private endpoint connection does not tell its state'
                 WHEN p.n_told > 0 THEN 'no private endpoint connection is approved: ' || array_to_string(p.states, ', ')
                 ELSE 'no private endpoint connection'
            END AS reason,
       p.kind, p.states AS connection_states
FROM paas_network AS p
