-- title = "Bastion host exists"
-- severity = "medium"
-- subject = "azure_subscription"
-- tables = ["azure_subscription", "azure_vm", "azure_bastion_host", "azure_vnet", "azure_vnet_peering"]
-- controls = [
--   "cis_azure_2_0_0:7.1", "cis_azure_2_1_0:7.1", "cis_azure_3_0_0:8.1", "cis_azure_4_0_0:9.4.1", "cis_azure_5_0_0:8.4.1",
--   "cis_azure_6_0_0:8.4.1", "nist_800_53_r5:AC-17", "nist_800_53_r5:SC-7", "iso_27001_2022:A.8.14", "iso_27001_2022:A.8.20",
--   "iso_27001_2022:A.8.21", "iso_27001_2022:A.8.22", "pci_dss_4_0:1.3.1", "pci_dss_4_0:1.4.2", "pci_dss_4_0:2.2.4",
--   "soc_2:CC6.6",
-- ]
-- rationale = "Azure Bastion lets administrators reach machines over the portal, so that no machine needs a public address or an open administration port. One Bastion in a hub serves all networks peered with it; a Developer one serves its own network only."
-- remediation = "az network bastion create --name BASTION --resource-group GROUP --vnet-name HUB --public-ip-address ADDRESS --sku Standard, with a subnet AzureBastionSubnet in the hub"
-- references = ["https://learn.microsoft.com/azure/bastion/bastion-overview", "https://learn.microsoft.com/azure/bastion/vnet-peering"]
-- [[case]]
-- title = "a Bastion in the subscription"
-- given.azure_subscription = [{ }]
-- given.azure_vm = [{ name = "vm" }]
-- given.azure_bastion_host = [{ name = "b", sku_name = "Basic" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "pass" }
-- [[case]]
-- title = "none"
-- given.azure_subscription = [{ }]
-- given.azure_vm = [{ name = "vm" }]
-- given.azure_vnet = [{ name = "v" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "fail" }
-- [[case]]
-- title = "no machine, with or without a Bastion"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_bastion_host = [{ name = "b", subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable", "/subscriptions/22222222-2222-4222-8222-222222222222" = "not_applicable" }
-- [[case]]
-- title = "in the hub of another subscription that is peered"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_vm = [{ name = "vm" }]
-- given.azure_vnet = [{ id = "/x/spoke" }, { id = "/x/hub", subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_vnet_peering = [{ name = "p", vnet_id = "/x/spoke", remote_virtual_network_id = "/x/hub", peering_state = "connected" }]
-- given.azure_bastion_host = [{ name = "b", subscription_id = "22222222-2222-4222-8222-222222222222", sku_name = "Standard", ip_configurations_properties_subnet_id = ["/X/Hub/subnets/AzureBastionSubnet"] }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "pass", "/subscriptions/22222222-2222-4222-8222-222222222222" = "not_applicable" }
-- [[case]]
-- title = "a hub whose peering is not connected, whose Bastion sits elsewhere or is of the Developer kind"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }, { subscription_id = "33333333-3333-4333-8333-333333333333" }]
-- given.azure_vm = [{ name = "vm" }, { name = "vm3", subscription_id = "33333333-3333-4333-8333-333333333333" }]
-- given.azure_vnet = [
--   { id = "/x/spoke" }, { id = "/x/hub", subscription_id = "22222222-2222-4222-8222-222222222222" },
--   { id = "/x/spoke3", subscription_id = "33333333-3333-4333-8333-333333333333" }, { id = "/x/dev", subscription_id = "22222222-2222-4222-8222-222222222222" },
-- ]
-- given.azure_vnet_peering = [
--   { name = "p", vnet_id = "/x/spoke", remote_virtual_network_id = "/x/hub", peering_state = "Disconnected" },
--   { name = "q", subscription_id = "33333333-3333-4333-8333-333333333333", vnet_id = "/x/spoke3", remote_virtual_network_id = "/x/dev", peering_state = "Connected" },
-- ]
-- given.azure_bastion_host = [
--   { name = "b", subscription_id = "22222222-2222-4222-8222-222222222222", sku_name = "Standard", ip_configurations_properties_subnet_id = ["/x/hub/subnets/azurebastionsubnet"] },
--   { name = "d", subscription_id = "22222222-2222-4222-8222-222222222222", sku_name = "Developer", virtual_network_id = "/x/dev" },
-- ]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "fail", "/subscriptions/22222222-2222-4222-8222-222222222222" = "not_applicable", "/subscriptions/33333333-3333-4333-8333-333333333333" = "fail" }
-- [[case]]
-- title = "the peered network is not in the snapshot, such as a hub of virtual WAN"
-- given.azure_subscription = [{ }]
-- given.azure_vm = [{ name = "vm" }]
-- given.azure_vnet = [{ id = "/x/spoke" }]
-- given.azure_vnet_peering = [{ name = "p", vnet_id = "/x/spoke", remote_virtual_network_id = "/y/hub", peering_state = "Connected" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "state of the peering absent"
-- given.azure_subscription = [{ }]
-- given.azure_vm = [{ name = "vm" }]
-- given.azure_vnet = [{ id = "/x/spoke" }, { id = "/x/hub" }]
-- given.azure_vnet_peering = [{ name = "p", vnet_id = "/x/spoke", remote_virtual_network_id = "/x/hub" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "Bastions of the subscription with the hub denied"
-- ledger = [{ table = "azure_bastion_host", subscription = "22222222-2222-4222-8222-222222222222", status = "denied" }]
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_vm = [{ name = "vm" }]
-- given.azure_vnet = [{ id = "/x/spoke" }, { id = "/x/hub", subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_vnet_peering = [{ name = "p", vnet_id = "/x/spoke", remote_virtual_network_id = "/x/hub", peering_state = "Connected" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown", "/subscriptions/22222222-2222-4222-8222-222222222222" = "unknown" }
-- [[case]]
-- title = "the hub has no service for Bastions: that is knowledge"
-- ledger = [{ table = "azure_bastion_host", subscription = "22222222-2222-4222-8222-222222222222", status = "not_registered" }]
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_vm = [{ name = "vm" }]
-- given.azure_vnet = [{ id = "/x/spoke" }, { id = "/x/hub", subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_vnet_peering = [{ name = "p", vnet_id = "/x/spoke", remote_virtual_network_id = "/x/hub", peering_state = "Connected" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "fail", "/subscriptions/22222222-2222-4222-8222-222222222222" = "not_applicable" }
-- [[case]]
-- title = "far side of a peering not readable"
-- given.azure_subscription = [{ }]
-- given.azure_vm = [{ name = "vm" }]
-- given.azure_vnet_peering = [{ name = "p", vnet_id = "/x/spoke", peering_state = "Connected", _gaps = ["remote_virtual_network_id"] }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "Bastions denied"
-- ledger = [{ table = "azure_bastion_host", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_subscription = [{ }]
-- given.azure_vm = [{ name = "vm" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "machines denied"
-- ledger = [{ table = "azure_vm", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_subscription = [{ }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "peering that keeps machines apart; a Bastion of a peered subscription that could not be read in full"
-- given.azure_subscription = [{ subscription_id = "11111111-1111-4111-8111-111111111111" }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_vm = [{ name = "m" }]
-- given.azure_vnet = [{ id = "/x/spoke" }, { id = "/x/hub", subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_vnet_peering = [{ _parent_id = "/x/spoke", remote_virtual_network_id = "/x/hub", peering_state = "Connected", allow_virtual_network_access = false }]
-- given.azure_bastion_host = [{ name = "b", subscription_id = "22222222-2222-4222-8222-222222222222", sku_name = "Standard", ip_configurations_properties_subnet_id = ["/x/hub/subnets/AzureBastionSubnet"] }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "fail", "/subscriptions/22222222-2222-4222-8222-222222222222" = "not_applicable" }
-- [[case]]
-- title = "gap sku"
-- given.azure_subscription = [{ subscription_id = "11111111-1111-4111-8111-111111111111" }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_vm = [{ name = "m" }]
-- given.azure_vnet = [{ id = "/x/spoke" }, { id = "/x/hub", subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_vnet_peering = [{ _parent_id = "/x/spoke", remote_virtual_network_id = "/x/hub", peering_state = "Connected" }]
-- given.azure_bastion_host = [{ name = "b", subscription_id = "22222222-2222-4222-8222-222222222222", ip_configurations_properties_subnet_id = ["/x/hub/subnets/AzureBastionSubnet"], _gaps = ["sku_name"] }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown", "/subscriptions/22222222-2222-4222-8222-222222222222" = "not_applicable" }
-- [[case]]
-- title = "gap place"
-- given.azure_subscription = [{ subscription_id = "11111111-1111-4111-8111-111111111111" }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_vm = [{ name = "m" }]
-- given.azure_vnet = [{ id = "/x/spoke" }, { id = "/x/hub", subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_vnet_peering = [{ _parent_id = "/x/spoke", remote_virtual_network_id = "/x/hub", peering_state = "Connected" }]
-- given.azure_bastion_host = [{ name = "b", subscription_id = "22222222-2222-4222-8222-222222222222", sku_name = "Standard", _gaps = ["ip_configurations_properties_subnet_id"] }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown", "/subscriptions/22222222-2222-4222-8222-222222222222" = "not_applicable" }
WITH machine AS (
    SELECT v.subscription_id, count(*) AS n FROM azure_vm AS v GROUP BY v.subscription_id
),
own AS (
    SELECT b.subscription_id, list_sort(list(b.name)) AS names FROM azure_bastion_host AS b GROUP BY b.subscription_id
),
-- Networks from which a Bastion serves its peers too.
hub AS (
    SELECT split_part(lower(u.subnet), '/subnets/', 1) AS vnet_id, min(b.name) AS name
    FROM azure_bastion_host AS b, unnest(b.ip_configurations_properties_subnet_id) AS u(subnet)
    WHERE coalesce(lower(trim(b.sku_name)), '') <> 'developer' AND NOT coalesce(list_contains(b._gaps, 'sku_name'), FALSE)
    GROUP BY split_part(lower(u.subnet), '/subnets/', 1)
),
listed AS (
    SELECT DISTINCT lower(l.scope_id) AS subscription_id
    FROM azure_ledger AS l
    WHERE l.table_name = 'azure_bastion_host' AND l.parent_id IS NULL
      AND l.status IN ('ok', 'not_registered', 'unsupported', 'license', 'retired')
      AND lower(l.scope_id) NOT IN (
          SELECT b.subscription_id FROM azure_bastion_host AS b
          WHERE b.subscription_id IS NOT NULL
            AND (list_contains(b._gaps, 'ip_configurations_properties_subnet_id') OR list_contains(b._gaps, 'sku_name')))
),
peer AS (
    SELECT p.subscription_id, p.remote_virtual_network_id AS remote_id, h.name AS bastion,
           h.name IS NOT NULL AND lower(trim(p.peering_state)) = 'connected' AND coalesce(p.allow_virtual_network_access, TRUE) AS is_served,
           coalesce(lower(trim(p.peering_state)), 'connected') = 'connected' AND coalesce(p.allow_virtual_network_access, TRUE)
             AND (v.id IS NULL OR l.subscription_id IS NULL OR p.peering_state IS NULL) AS is_unclear
    FROM azure_vnet_peering AS p
    LEFT JOIN hub AS h ON h.vnet_id = p.remote_virtual_network_id
    LEFT JOIN azure_vnet AS v ON v.id = p.remote_virtual_network_id
    LEFT JOIN listed AS l ON l.subscription_id = v.subscription_id
),
peered AS (
    SELECT p.subscription_id, max(CASE WHEN p.is_served THEN p.bastion || ' in ' || p.remote_id END) AS served,
           list_sort(list(DISTINCT coalesce(p.remote_id, 'a network that is not named')) FILTER (WHERE p.is_unclear)) AS unclear
    FROM peer AS p
    GROUP BY p.subscription_id
)
SELECT s.id AS subject, s.id AS resource_id, s.subscription_id,
       CASE WHEN m.n IS NULL THEN 'not_applicable'
            WHEN o.names IS NOT NULL OR p.served IS NOT NULL THEN 'pass'
            WHEN p.unclear IS NOT NULL THEN NULL
            ELSE 'fail'
       END AS verdict,
       CASE WHEN m.n IS NULL THEN 'the subscription has no virtual machine'
            WHEN o.names IS NOT NULL THEN 'Bastion of the subscription: ' || array_to_string(o.names, ', ')
            WHEN p.served IS NOT NULL THEN 'Bastion of a peered network: ' || p.served
            WHEN p.unclear IS NOT NULL THEN 'no Bastion found, but what is in these peered networks is not known: ' || array_to_string(p.unclear, ', ')
            ELSE 'virtual machines: ' || m.n || ', but no Bastion in the subscription or in a network peered with its own'
       END AS reason,
       s.display_name AS resource_name, m.n AS virtual_machines
FROM azure_subscription AS s
LEFT JOIN machine AS m ON m.subscription_id = s.subscription_id
LEFT JOIN own AS o ON o.subscription_id = s.subscription_id
LEFT JOIN peered AS p ON p.subscription_id = s.subscription_id
