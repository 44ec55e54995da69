-- title = "Databricks reached by private endpoint"
-- severity = "medium"
-- subject = "azure_databricks_workspace"
-- tables = ["azure_databricks_workspace"]
-- controls = [
--   "cis_azure_5_0_0:2.1.11", "cis_azure_6_0_0:2.1.11", "nist_800_53_r5:AC-4", "nist_800_53_r5:SC-7", "iso_27001_2022:A.8.22",
--   "pci_dss_4_0:1.4.4", "soc_2:CC6.6",
-- ]
-- rationale = "Through a private endpoint users and tools reach the workspace over the organisation's own network, so that a stolen token is of no use from elsewhere once public access is off."
-- remediation = "az network private-endpoint create --name NAME --resource-group GROUP --vnet-name VNET --subnet SUBNET --private-connection-resource-id WORKSPACE_ID --group-id databricks_ui_api --connection-name NAME. Needs the premium tier."
-- references = ["https://learn.microsoft.com/azure/databricks/security/network/concepts/private-link"]
-- [[case]]
-- title = "one approved connection, in other letter case too"
-- given.azure_databricks_workspace = [{ name = "a", private_endpoint_connections_properties_private_link_service_connection_state_status = ["Approved"] }, { name = "b", private_endpoint_connections_properties_private_link_service_connection_state_status = ["Rejected", "approved"] }]
-- expect = { a = "pass", b = "pass" }
-- [[case]]
-- title = "pending, rejected and disconnected do not count"
-- given.azure_databricks_workspace = [{ name = "a", private_endpoint_connections_properties_private_link_service_connection_state_status = ["Pending", "Rejected", "Disconnected"] }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "no connection: empty or absent"
-- given.azure_databricks_workspace = [{ name = "a", private_endpoint_connections_properties_private_link_service_connection_state_status = [] }, { name = "b" }]
-- expect = { a = "fail", b = "fail" }
-- [[case]]
-- title = "serverless workspaces are reached the same way"
-- given.azure_databricks_workspace = [{ name = "a", compute_mode = "Serverless" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "state not readable"
-- given.azure_databricks_workspace = [{ name = "a", _gaps = ["private_endpoint_connections_properties_private_link_service_connection_state_status"] }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "a connection without a state"
-- given.azure_databricks_workspace = [{ name = "a", private_endpoint_connections = '[{"properties":{"privateEndpoint":{"id":"/x/pe"}}}]' }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "no workspace"
-- given.azure_databricks_workspace = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "workspaces denied"
-- ledger = [{ table = "azure_databricks_workspace", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_databricks_workspace = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
WITH connection AS (
    SELECT d.id, d.subscription_id, d.name,
           coalesce(d.private_endpoint_connections_properties_private_link_service_connection_state_status, []) AS states,
           coalesce(json_array_length(d.private_endpoint_connections), 0) AS n_connections
    FROM azure_databricks_workspace AS d
)
SELECT c.id AS subject, c.id AS resource_id, c.subscription_id,
       CASE WHEN array_length(list_filter(c.states, lambda m: lower(m) = 'approved')) > 0 THEN 'pass'
            WHEN array_length(c.states) < c.n_connections THEN NULL
            ELSE 'fail'
       END AS verdict,
       CASE WHEN array_length(list_filter(c.states, lambda m: lower(m) = 'approved')) > 0
            THEN 'approved private endpoint connections: ' || array_length(list_filter(c.states, lambda m: lower(m) = 'approved'))
            WHEN array_length(c.states) < c.n_connections THEN 'a private endpoint connection does not tell its state'
            WHEN array_length(c.states) > 0 THEN 'no private endpoint connection is approved: ' || array_to_string(c.states, ', ')
            ELSE 'the workspace has no private endpoint connection'
       END AS reason,
       c.states AS connection_states
FROM connection AS c
