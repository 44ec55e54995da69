-- title = "Cosmos DB reached by private endpoint"
-- severity = "medium"
-- subject = "azure_cosmosdb_account"
-- tables = ["azure_cosmosdb_account"]
-- controls = [
--   "cis_azure_2_0_0:4.5.2", "cis_azure_2_1_0:4.5.2", "cis_azure_3_0_0:5.4.2", "nist_800_53_r5:AC-4", "nist_800_53_r5:AC-17",
--   "nist_800_53_r5:SC-7", "iso_27001_2022:A.8.22", "pci_dss_4_0:1.4.4", "soc_2:CC3.3", "mitre_attack:T1530",
-- ]
-- rationale = "Through a private endpoint clients reach the account at an address of their own network and no traffic has to leave it. Only an approved connection carries traffic; whether the public door is closed as well is judged elsewhere."
-- remediation = "az network private-endpoint create --name NAME --resource-group GROUP --vnet-name VNET --subnet SUBNET --private-connection-resource-id ACCOUNT_ID --group-id Sql (or the group of the API) --connection-name NAME, with its private DNS zone"
-- references = ["https://learn.microsoft.com/azure/cosmos-db/how-to-configure-private-endpoints"]
-- [[case]]
-- title = "approved"
-- given.azure_cosmosdb_account = [
--   { name = "a", private_endpoint_connections_properties_private_link_service_connection_state_status = ["Approved"] },
-- ]
-- expect = { a = "pass" }
-- [[case]]
-- title = "no connection: empty, and absent"
-- given.azure_cosmosdb_account = [
--   { name = "a", private_endpoint_connections_properties_private_link_service_connection_state_status = [] },
--   { name = "b" },
-- ]
-- expect = { a = "fail", b = "fail" }
-- [[case]]
-- title = "pending, rejected and disconnected ones do not count"
-- given.azure_cosmosdb_account = [
--   { name = "a", private_endpoint_connections_properties_private_link_service_connection_state_status = ["Pending"] },
--   { name = "b", private_endpoint_connections_properties_private_link_service_connection_state_status = ["Rejected", "Disconnected"] },
--   { name = "c", private_endpoint_connections_properties_private_link_service_connection_state_status = ["NotApproved"] },
-- ]
-- expect = { a = "fail", b = "fail", c = "fail" }
-- [[case]]
-- title = "one approved beside others is enough"
-- given.azure_cosmosdb_account = [
--   { name = "a", private_endpoint_connections_properties_private_link_service_connection_state_status = ["Pending", "Approved", "Rejected"] },
-- ]
-- expect = { a = "pass" }
-- [[case]]
-- title = "other letter case"
-- given.azure_cosmosdb_account = [
--   { name = "a", private_endpoint_connections_properties_private_link_service_connection_state_status = [" approved"] },
-- ]
-- expect = { a = "pass" }
-- [[case]]
-- title = "a connection that does not tell its state"
-- given.azure_cosmosdb_account = [
--   { name = "a", private_endpoint_connections = '[{"name":"pe"}]' },
--   { name = "b", private_endpoint_connections = '[{"name":"p1"},{"name":"p2"}]', private_endpoint_connections_properties_private_link_service_connection_state_status = ["Pending"] },
--   { name = "c", private_endpoint_connections = '[{"name":"p1"},{"name":"p2"}]', private_endpoint_connections_properties_private_link_service_connection_state_status = ["Approved"] },
--   { name = "d", private_endpoint_connections = '[]' },
-- ]
-- expect = { a = "unknown", b = "unknown", c = "pass", d = "fail" }
-- [[case]]
-- title = "an approved endpoint does not close the public door: that is another check"
-- given.azure_cosmosdb_account = [
--   { name = "a", public_network_access = "Enabled", private_endpoint_connections_properties_private_link_service_connection_state_status = ["Approved"] },
-- ]
-- expect = { a = "pass" }
-- [[case]]
-- title = "states not readable"
-- given.azure_cosmosdb_account = [
--   { name = "a", _gaps = ["private_endpoint_connections_properties_private_link_service_connection_state_status"] },
-- ]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "no account"
-- given.azure_cosmosdb_account = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "accounts denied"
-- ledger = [{ table = "azure_cosmosdb_account", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_cosmosdb_account = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "list cut short"
-- ledger = [{ table = "azure_cosmosdb_account", subscription = "11111111-1111-4111-8111-111111111111", status = "partial" }]
-- given.azure_cosmosdb_account = [
--   { name = "a", private_endpoint_connections_properties_private_link_service_connection_state_status = ["Approved"] },
-- ]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
WITH connection AS (
    SELECT c.id, c.subscription_id, c.private_endpoint_connections_properties_private_endpoint_id AS private_endpoints,
           list_transform(c.private_endpoint_connections_properties_private_link_service_connection_state_status, lambda m: lower(trim(m))) AS states,
           coalesce(CAST(json_array_length(c.private_endpoint_connections) AS BIGINT), 0) AS n_connections
    FROM azure_cosmosdb_account AS c
)
SELECT c.id AS subject, c.id AS resource_id, c.subscription_id,
       CASE WHEN coalesce(list_contains(c.states, 'approved'), FALSE) THEN 'pass'
            WHEN c.n_connections > coalesce(array_length(c.states), 0) THEN NULL
            ELSE 'fail'
       END AS verdict,
       CASE WHEN coalesce(list_contains(c.states, 'approved'), FALSE) OR (coalesce(array_length(c.states), 0) > 0 AND c.n_connections <= array_length(c.states))
            THEN 'private endpoint connections: ' || array_to_string(list_sort(c.states), ', ')
            WHEN c.n_connections > coalesce(array_length(c.states), 0) THEN 'a private endpoint connection does not tell its state'
            ELSE 'no private endpoint is connected'
       END AS reason,
       c.private_endpoints
FROM connection AS c
