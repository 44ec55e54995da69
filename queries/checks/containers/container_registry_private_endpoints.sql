-- title = "Registry reached by private endpoint"
-- severity = "medium"
-- subject = "azure_container_registry"
-- tables = ["azure_container_registry"]
-- controls = [
--   "nist_800_53_r5:AC-4", "nist_800_53_r5:AC-17", "nist_800_53_r5:SC-7", "iso_27001_2022:A.8.22", "pci_dss_4_0:1.4.4",
--   "soc_2:CC3.3",
-- ]
-- rationale = "Over a private endpoint images travel inside the virtual network, and the public address can be closed. Only an approved connection works; Basic and Standard registries cannot have one and fail. Whether the public address is closed is another check."
-- remediation = "az acr update --name REGISTRY --sku Premium, then az network private-endpoint create --connection-name NAME --private-connection-resource-id REGISTRY_ID --group-id registry --vnet-name VNET --subnet SUBNET --name NAME --resource-group GROUP"
-- references = ["https://learn.microsoft.com/azure/container-registry/container-registry-private-link"]
-- [[case]]
-- title = "an approved connection"
-- given.azure_container_registry = [{ name = "a", sku_name = "Premium", private_endpoint_connections_properties_private_link_service_connection_state_status = ["Approved"] }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "one approved beside a rejected one"
-- given.azure_container_registry = [
--   { name = "a", sku_name = "Premium", private_endpoint_connections_properties_private_link_service_connection_state_status = ["Rejected", "Approved"] },
-- ]
-- expect = { a = "pass" }
-- [[case]]
-- title = "pending, rejected or cut off does not work"
-- given.azure_container_registry = [
--   { name = "a", sku_name = "Premium", private_endpoint_connections_properties_private_link_service_connection_state_status = ["Pending", "Rejected", "Disconnected"] },
-- ]
-- expect = { a = "fail" }
-- [[case]]
-- title = "none, and list absent"
-- given.azure_container_registry = [
--   { name = "a", sku_name = "Premium", private_endpoint_connections_properties_private_link_service_connection_state_status = [] },
--   { name = "b", sku_name = "Premium" },
-- ]
-- expect = { a = "fail", b = "fail" }
-- [[case]]
-- title = "a tier that cannot have one"
-- given.azure_container_registry = [{ name = "a", sku_name = "Basic" }, { name = "b", sku_name = "standard" }]
-- expect = { a = "fail", b = "fail" }
-- [[case]]
-- title = "other letter case"
-- given.azure_container_registry = [{ name = "a", private_endpoint_connections_properties_private_link_service_connection_state_status = [" approved"] }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "connections not readable"
-- given.azure_container_registry = [{ name = "a", sku_name = "Premium", _gaps = ["private_endpoint_connections_properties_private_link_service_connection_state_status"] }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "no registry"
-- given.azure_container_registry = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "list denied"
-- ledger = [{ table = "azure_container_registry", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_container_registry = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "three subscriptions: one throttled, one empty, one judged"
-- ledger = [
--   { table = "azure_container_registry", subscription = "22222222-2222-4222-8222-222222222222", status = "throttled" },
--   { table = "azure_container_registry", subscription = "33333333-3333-4333-8333-333333333333", status = "ok" },
-- ]
-- given.azure_container_registry = [{ name = "a", private_endpoint_connections_properties_private_link_service_connection_state_status = ["Approved"] }]
-- expect = { a = "pass", "/subscriptions/22222222-2222-4222-8222-222222222222" = "unknown", "/subscriptions/33333333-3333-4333-8333-333333333333" = "not_applicable" }
-- [[case]]
-- title = "connection without a state"
-- given.azure_container_registry = [{ name = "a", sku_name = "Premium", private_endpoint_connections = '[{"id":"x"}]' }]
-- expect = { a = "unknown" }
WITH registry AS (
    SELECT r.id, r.subscription_id, lower(trim(coalesce(r.sku_name, ''))) AS sku,
           coalesce(array_length(r.private_endpoint_connections_properties_private_link_service_connection_state_status), 0) AS n_told,
           coalesce(json_array_length(r.private_endpoint_connections),
                    array_length(r.private_endpoint_connections_properties_private_link_service_connection_state_status), 0) AS n_connections,
           coalesce(array_length(list_filter(
               r.private_endpoint_connections_properties_private_link_service_connection_state_status,
               lambda item_: lower(trim(item_)) = 'approved')), 0) AS n_approved
    FROM azure_container_registry AS r
)
SELECT r.id AS subject, r.id AS resource_id, r.subscription_id,
       CASE WHEN r.n_approved > 0 THEN 'pass' WHEN r.n_told < r.n_connections THEN NULL ELSE 'fail' END AS verdict,
       CASE WHEN r.n_approved > 0 THEN 'approved private endpoint connections: ' || r.n_approved
            WHEN r.n_told < r.n_connections THEN 'a private endpoint connection does not tell its state'
            WHEN r.n_connections > 0 THEN 'private endpoint connections, none approved: ' || r.n_connections
            WHEN r.sku IN ('basic', 'standard') THEN 'no private endpoint; the tier ' || r.sku || ' cannot have one'
            ELSE 'no private endpoint'
       END AS reason,
       r.n_connections AS connections
FROM registry AS r
