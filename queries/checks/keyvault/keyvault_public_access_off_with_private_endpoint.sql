-- title = "Key Vault public access off beside private endpoint"
-- severity = "high"
-- subject = "azure_keyvault_service"
-- tables = ["azure_keyvault_service"]
-- controls = [
--   "cis_azure_4_0_0:9.3.7", "nist_800_53_r5:AC-4", "nist_800_53_r5:SC-7", "iso_27001_2022:A.8.20", "iso_27001_2022:A.8.22",
--   "pci_dss_4_0:1.3.1", "pci_dss_4_0:1.4.2", "soc_2:CC6.6",
-- ]
-- rationale = "A private endpoint is of little use while the public door stays open beside it: whoever steals a credential takes that door. Vaults without a private endpoint are judged by other checks."
-- remediation = "az keyvault update --name NAME --public-network-access Disabled, once every client uses the private endpoint."
-- references = ["https://learn.microsoft.com/azure/key-vault/general/private-link-service", "https://learn.microsoft.com/azure/key-vault/general/network-security"]
-- [[case]]
-- title = "private endpoint and public access off"
-- given.azure_keyvault_service = [
--   { name = "a", public_network_access = "Disabled", private_endpoint_connections_properties_private_link_service_connection_state_status = ["Approved"] },
-- ]
-- expect = { a = "pass" }
-- [[case]]
-- title = "a connection without state, alone and beside an approved one"
-- given.azure_keyvault_service = [
--   { name = "a", public_network_access = "Enabled", private_endpoint_connections = "[{\"id\":\"/x/a/privateendpointconnections/p\"}]" },
--   { name = "b", public_network_access = "Enabled", private_endpoint_connections = "[{\"id\":\"/x/p\"},{\"id\":\"/x/q\"}]", private_endpoint_connections_properties_private_link_service_connection_state_status = ["Approved"] },
--   { name = "c", public_network_access = "Enabled", private_endpoint_connections = "[{\"id\":\"/x/p\"}]", private_endpoint_connections_properties_private_link_service_connection_state_status = ["Rejected"] },
-- ]
-- expect = { a = "unknown", b = "fail", c = "not_applicable" }
-- [[case]]
-- title = "private endpoint and public access on"
-- given.azure_keyvault_service = [
--   { name = "a", public_network_access = "Enabled", private_endpoint_connections_properties_private_link_service_connection_state_status = ["Approved"] },
-- ]
-- expect = { a = "fail" }
-- [[case]]
-- title = "public access absent means on"
-- given.azure_keyvault_service = [{ name = "a", private_endpoint_connections_properties_private_link_service_connection_state_status = ["Approved"] }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "behind a network security perimeter; other letter case"
-- given.azure_keyvault_service = [
--   { name = "a", public_network_access = "SecuredByPerimeter", private_endpoint_connections_properties_private_link_service_connection_state_status = ["approved"] },
--   { name = "b", public_network_access = "disabled", private_endpoint_connections_properties_private_link_service_connection_state_status = ["Pending", "Approved"] },
-- ]
-- expect = { a = "pass", b = "pass" }
-- [[case]]
-- title = "no private endpoint, or none that is approved"
-- given.azure_keyvault_service = [
--   { name = "a", public_network_access = "Enabled" },
--   { name = "b", public_network_access = "Disabled", private_endpoint_connections_properties_private_link_service_connection_state_status = [] },
--   { name = "c", public_network_access = "Enabled", private_endpoint_connections_properties_private_link_service_connection_state_status = ["Pending", "Rejected", "Disconnected"] },
-- ]
-- expect = { a = "not_applicable", b = "not_applicable", c = "not_applicable" }
-- [[case]]
-- title = "a firewall that denies by default is not the same"
-- given.azure_keyvault_service = [
--   { name = "a", public_network_access = "Enabled", private_endpoint_connections_properties_private_link_service_connection_state_status = ["Approved"], network_acls_default_action = "Deny" },
-- ]
-- expect = { a = "fail" }
-- [[case]]
-- title = "a value nobody knows yet"
-- given.azure_keyvault_service = [
--   { name = "a", public_network_access = "Sometimes", private_endpoint_connections_properties_private_link_service_connection_state_status = ["Approved"] },
-- ]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "states of the connections not readable: it may not be called not applicable"
-- given.azure_keyvault_service = [
--   { name = "a", public_network_access = "Disabled", _gaps = ["private_endpoint_connections_properties_private_link_service_connection_state_status"] },
-- ]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "public access not readable"
-- given.azure_keyvault_service = [
--   { name = "a", private_endpoint_connections_properties_private_link_service_connection_state_status = ["Approved"], _gaps = ["public_network_access"] },
-- ]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "no vault"
-- given.azure_keyvault_service = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "vaults denied"
-- ledger = [{ table = "azure_keyvault_service", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_keyvault_service = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
WITH vault AS (
    SELECT v.id, v.subscription_id, v.public_network_access, v.network_acls_default_action,
           lower(trim(v.public_network_access)) AS access,
           coalesce(list_contains(v._gaps, 'private_endpoint_connections_properties_private_link_service_connection_state_status')
                    OR list_contains(v._gaps, 'private_endpoint_connections'), FALSE) AS unread,
           -- A connection that does not tell its state may be an approved one.
           coalesce(CAST(json_array_length(v.private_endpoint_connections) AS BIGINT), 0)
             > coalesce(array_length(v.private_endpoint_connections_properties_private_link_service_connection_state_status), 0) AS is_unclear,
           coalesce(list_contains(list_transform(v.private_endpoint_connections_properties_private_link_service_connection_state_status, lambda state: lower(trim(state))), 'approved'), FALSE) AS is_connected
    FROM azure_keyvault_service AS v
)
SELECT v.id AS subject, v.id AS resource_id, v.subscription_id,
       CASE WHEN v.unread OR (NOT v.is_connected AND v.is_unclear) THEN NULL
            WHEN NOT v.is_connected THEN 'not_applicable'
            WHEN v.access IN ('disabled', 'securedbyperimeter') THEN 'pass'
            WHEN coalesce(v.access, 'enabled') = 'enabled' THEN 'fail'
       END AS verdict,
       CASE WHEN v.unread THEN 'the states of the private endpoint connections could not be read'
            WHEN NOT v.is_connected AND v.is_unclear THEN 'a private endpoint connection does not tell its state'
            WHEN NOT v.is_connected THEN 'the vault has no approved private endpoint'
            WHEN v.access IS NULL THEN 'beside a private endpoint, public network access was never set, which means it is on'
            WHEN v.access IN ('disabled', 'securedbyperimeter', 'enabled')
            THEN 'beside a private endpoint, public network access is ' || v.public_network_access
            ELSE 'public network access has a value that is not known: ' || v.public_network_access
       END AS reason,
       v.public_network_access, v.network_acls_default_action AS firewall_default
FROM vault AS v
