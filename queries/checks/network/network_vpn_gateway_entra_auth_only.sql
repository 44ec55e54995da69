-- title = "VPN point-to-site uses Entra only"
-- severity = "medium"
-- subject = "azure_virtual_network_gateway"
-- tables = ["azure_virtual_network_gateway"]
-- controls = [
--   "cis_azure_5_0_0:7.9", "cis_azure_6_0_0:7.9", "nist_800_53_r5:IA-2", "iso_27001_2022:A.8.5", "pci_dss_4_0:8.4.2",
--   "pci_dss_4_0:8.4.3", "soc_2:CC6.1",
-- ]
-- rationale = "With certificates or RADIUS a lost file or password opens the network, and no conditional access or second factor stands in between. Entra alone asks for the person and checks the device."
-- remediation = "az network vnet-gateway update --name GATEWAY --resource-group GROUP --vpn-auth-type AAD --aad-tenant https://login.microsoftonline.com/TENANT_ID/ --aad-audience c632b3df-fb67-4d84-bdcf-b95ad541b5c8 --aad-issuer https://sts.windows.net/TENANT_ID/ --client-protocol OpenVPN"
-- references = ["https://learn.microsoft.com/azure/vpn-gateway/point-to-site-entra-gateway", "https://learn.microsoft.com/azure/vpn-gateway/point-to-site-about"]
-- [[case]]
-- title = "Entra only"
-- given.azure_virtual_network_gateway = [{ name = "a", gateway_type = "Vpn", vpn_client_configuration_vpn_authentication_types = ["AAD"], vpn_client_configuration_vpn_client_address_pool_address_prefixes = ["172.16.0.0/24"] }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "other letter case, and named twice"
-- given.azure_virtual_network_gateway = [{ name = "a", vpn_client_configuration_vpn_authentication_types = ["aad", " AAD "], vpn_client_configuration_vpn_client_address_pool_address_prefixes = ["172.16.0.0/24"] }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "certificates, RADIUS, or Entra beside them"
-- given.azure_virtual_network_gateway = [
--   { name = "a", vpn_client_configuration_vpn_authentication_types = ["Certificate"], vpn_client_configuration_vpn_client_address_pool_address_prefixes = ["172.16.0.0/24"] },
--   { name = "b", vpn_client_configuration_vpn_authentication_types = ["Radius"], vpn_client_configuration_vpn_client_address_pool_address_prefixes = ["172.16.0.0/24"] },
--   { name = "c", vpn_client_configuration_vpn_authentication_types = ["AAD", "Certificate"], vpn_client_configuration_vpn_client_address_pool_address_prefixes = ["172.16.0.0/24"] },
-- ]
-- expect = { a = "fail", b = "fail", c = "fail" }
-- [[case]]
-- title = "no client VPN: no configuration, no range, ExpressRoute"
-- given.azure_virtual_network_gateway = [
--   { name = "a", gateway_type = "Vpn" },
--   { name = "b", gateway_type = "Vpn", vpn_client_configuration_vpn_client_address_pool_address_prefixes = [] },
--   { name = "c", gateway_type = "ExpressRoute" },
-- ]
-- expect = { a = "not_applicable", b = "not_applicable", c = "not_applicable" }
-- [[case]]
-- title = "a way to sign in without a range of its own, and groups of clients with ranges of theirs, are judged"
-- given.azure_virtual_network_gateway = [
--   { name = "a", vpn_client_configuration_vpn_authentication_types = ["Certificate"] },
--   { name = "b", virtual_network_gateway_policy_groups = '[{"name":"g1"}]', vpn_client_configuration_vpn_authentication_types = ["AAD"] },
--   { name = "c", virtual_network_gateway_policy_groups = '[]' },
-- ]
-- expect = { a = "fail", b = "pass", c = "not_applicable" }
-- [[case]]
-- title = "the way to sign in is not said: what is set up tells, else nothing does"
-- given.azure_virtual_network_gateway = [
--   { name = "a", vpn_client_configuration_vpn_client_address_pool_address_prefixes = ["172.16.0.0/24"], vpn_client_configuration_vpn_client_root_certificates_name = ["root"] },
--   { name = "b", vpn_client_configuration_vpn_client_address_pool_address_prefixes = ["172.16.0.0/24"], vpn_client_configuration_radius_server_address = "10.0.0.9" },
--   { name = "c", vpn_client_configuration_vpn_client_address_pool_address_prefixes = ["172.16.0.0/24"], vpn_client_configuration_radius_servers_radius_server_address = ["10.0.0.9"] },
--   { name = "d", vpn_client_configuration_vpn_client_address_pool_address_prefixes = ["172.16.0.0/24"] },
-- ]
-- expect = { a = "fail", b = "fail", c = "fail", d = "unknown" }
-- [[case]]
-- title = "a way to sign in that is not known is not Entra"
-- given.azure_virtual_network_gateway = [{ name = "a", vpn_client_configuration_vpn_authentication_types = ["AAD", "Passkey"] }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "range or way to sign in not readable"
-- given.azure_virtual_network_gateway = [
--   { name = "a", _gaps = ["vpn_client_configuration_vpn_client_address_pool_address_prefixes"] },
--   { name = "b", vpn_client_configuration_vpn_client_address_pool_address_prefixes = ["172.16.0.0/24"], _gaps = ["vpn_client_configuration_vpn_authentication_types"] },
--   { name = "c", _gaps = ["vpn_client_configuration_vpn_authentication_types"] },
-- ]
-- expect = { a = "unknown", b = "unknown", c = "unknown" }
-- [[case]]
-- title = "no gateway"
-- given.azure_virtual_network_gateway = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "list denied"
-- ledger = [{ table = "azure_virtual_network_gateway", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_virtual_network_gateway = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
WITH gateway AS (
    SELECT g.id, g.subscription_id, g.gateway_type,
           list_sort(list_distinct(list_filter(list_transform(g.vpn_client_configuration_vpn_authentication_types, lambda a: lower(trim(a))), lambda a: a <> ''))) AS ways,
           coalesce(array_length(g.vpn_client_configuration_vpn_client_address_pool_address_prefixes), 0) > 0 AS has_pool,
           coalesce(CAST(json_array_length(g.virtual_network_gateway_policy_groups) AS BIGINT), 0) > 0 AS has_groups,
           coalesce(array_length(g.vpn_client_configuration_vpn_client_root_certificates_name), 0) > 0 AS has_certificates,
           nullif(trim(g.vpn_client_configuration_radius_server_address), '') IS NOT NULL
             OR coalesce(array_length(g.vpn_client_configuration_radius_servers_radius_server_address), 0) > 0 AS has_radius,
           coalesce(list_contains(g._gaps, 'vpn_client_configuration_vpn_authentication_types')
                    OR list_contains(g._gaps, 'vpn_client_configuration_vpn_client_address_pool_address_prefixes')
                    OR list_contains(g._gaps, 'virtual_network_gateway_policy_groups'), FALSE) AS has_gap
    FROM azure_virtual_network_gateway AS g
)
SELECT g.id AS subject, g.id AS resource_id, g.subscription_id,
       CASE WHEN g.has_gap THEN NULL
            WHEN coalesce(array_length(g.ways), 0) = 0 AND NOT g.has_pool AND NOT g.has_groups THEN 'not_applicable'
            WHEN array_to_string(g.ways, ',') = 'aad' THEN 'pass'
            WHEN array_length(g.ways) > 0 OR g.has_certificates OR g.has_radius THEN 'fail'
       END AS verdict,
       CASE WHEN g.has_gap THEN 'the settings for VPN clients could not be read'
            WHEN coalesce(array_length(g.ways), 0) = 0 AND NOT g.has_pool AND NOT g.has_groups
            THEN 'the gateway serves no VPN clients' || coalesce(' (' || g.gateway_type || ')', '')
            WHEN array_to_string(g.ways, ',') = 'aad' THEN 'VPN clients sign in to Entra only'
            WHEN array_length(g.ways) > 0 THEN 'ways to sign in: ' || array_to_string(g.ways, ', ')
            WHEN g.has_certificates OR g.has_radius THEN 'no way to sign in is named, but set up is: '
                 || concat_ws(', ', CASE WHEN g.has_certificates THEN 'certificates' END, CASE WHEN g.has_radius THEN 'RADIUS' END)
            ELSE 'there is a range for VPN clients, but no way to sign in is named'
       END AS reason
FROM gateway AS g
