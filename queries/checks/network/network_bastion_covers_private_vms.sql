-- title = "Networks with private machines have a Bastion"
-- severity = "medium"
-- subject = "azure_vnet"
-- tables = ["azure_vnet", "azure_nic", "azure_vm"]
-- optional = ["azure_bastion_host"]
-- controls = ["jit:network_bastion_covers_private_vms"]
-- rationale = "Machines without a public address need some way in for administrators. Where there is no Bastion, people open one: a public address for an hour that stays, a jump host nobody patches, a rule for the whole Internet."
-- remediation = "az network bastion create -g GROUP -n NAME --vnet-name VNET --public-ip-address PIP --sku Basic in the network or in a hub peered with it (the Developer SKU serves its own network only). Then let 22 and 3389 in from the Bastion subnet alone."
-- references = ["https://learn.microsoft.com/azure/bastion/bastion-overview", "https://learn.microsoft.com/azure/bastion/vnet-peering"]
-- [[case]]
-- # JIT-25 pass: Bastion in the VNet
-- title = "a Bastion in the network, of any kind"
-- given.azure_vnet = [
--   { name = "v" },
--   { name = "w" },
-- ]
-- given.azure_nic = [
--   { name = "n", ip_configurations_properties_subnet_id = ["/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/v/subnets/default"], virtual_machine_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/vm1" },
--   { name = "m", ip_configurations_properties_subnet_id = ["/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/w/subnets/default"], virtual_machine_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/vm1" },
-- ]
-- given.azure_bastion_host = [
--   { name = "b", sku_name = "Basic", ip_configurations_properties_subnet_id = ["/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/V/subnets/AzureBastionSubnet"] },
--   { name = "c", sku_name = "Developer", virtual_network_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/w" },
-- ]
-- expect = { "v" = "pass", "w" = "pass" }
-- [[case]]
-- # JIT-25 fail: none
-- title = "no Bastion"
-- given.azure_vnet = [{ name = "v" }]
-- given.azure_nic = [{ name = "n", ip_configurations_properties_subnet_id = ["/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/v/subnets/default"], virtual_machine_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/vm1" }]
-- expect = { "v" = "fail" }
-- [[case]]
-- title = "a Bastion in a network that is not peered"
-- given.azure_vnet = [
--   { name = "v" },
--   { name = "hub" },
-- ]
-- given.azure_nic = [{ name = "n", ip_configurations_properties_subnet_id = ["/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/v/subnets/default"], virtual_machine_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/vm1" }]
-- given.azure_bastion_host = [{ name = "b", sku_name = "Basic", ip_configurations_properties_subnet_id = ["/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/hub/subnets/AzureBastionSubnet"] }]
-- expect = { "v" = "fail", "hub" = "not_applicable" }
-- [[case]]
-- # JIT-25 pass: in a VNet peered Connected with SKU other than Developer
-- title = "a Bastion in a peered hub, also in another subscription"
-- given.azure_vnet = [
--   { name = "v", virtual_network_peerings = '''[{"properties":{"peeringState":"Connected","remoteVirtualNetwork":{"id":"/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualNetworks/Hub"}}}]''' },
--   { name = "w", virtual_network_peerings = '''[{"properties":{"peeringState":"connected","remoteVirtualNetwork":{"id":"/subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/hub"}}}]''' },
--   { name = "hub" },
--   { name = "hub", subscription_id = "22222222-2222-4222-8222-222222222222" },
-- ]
-- given.azure_nic = [
--   { name = "n", ip_configurations_properties_subnet_id = ["/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/v/subnets/default"], virtual_machine_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/vm1" },
--   { name = "m", ip_configurations_properties_subnet_id = ["/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/w/subnets/default"], virtual_machine_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/vm1" },
-- ]
-- given.azure_bastion_host = [
--   { name = "b", sku_name = "Basic", ip_configurations_properties_subnet_id = ["/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/hub/subnets/AzureBastionSubnet"] },
--   { name = "c", sku_name = "Basic", subscription_id = "22222222-2222-4222-8222-222222222222", ip_configurations_properties_subnet_id = ["/subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/hub/subnets/AzureBastionSubnet"] },
-- ]
-- expect = { "v" = "pass", "w" = "pass", "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/hub" = "not_applicable", "/subscriptions/22222222-2222-4222-8222-222222222222/resourcegroups/rg/providers/microsoft.network/virtualnetworks/hub" = "not_applicable" }
-- [[case]]
-- # JIT-25 fail: none
-- title = "a peered hub with the Developer SKU, or a peering that is not connected or lets no traffic through"
-- given.azure_vnet = [
--   { name = "v", virtual_network_peerings = '''[{"properties":{"peeringState":"Connected","remoteVirtualNetwork":{"id":"/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualNetworks/Hub"}}}]''' },
--   { name = "w", virtual_network_peerings = '''[{"properties":{"peeringState":"Disconnected","remoteVirtualNetwork":{"id":"/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/hub3"}}}]''' },
--   { name = "x", virtual_network_peerings = '''[{"properties":{"peeringState":"Initiated","remoteVirtualNetwork":{"id":"/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/hub3"}}}]''' },
--   { name = "y", virtual_network_peerings = '''[{"properties":{"peeringState":"Connected","remoteVirtualNetwork":{"id":"/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/hub3"},"allowVirtualNetworkAccess":false}}]''' },
-- ]
-- given.azure_nic = [
--   { name = "n", ip_configurations_properties_subnet_id = ["/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/v/subnets/default"], virtual_machine_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/vm1" },
--   { name = "m", ip_configurations_properties_subnet_id = ["/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/w/subnets/default"], virtual_machine_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/vm1" },
--   { name = "o", ip_configurations_properties_subnet_id = ["/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/x/subnets/default"], virtual_machine_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/vm1" },
--   { name = "p", ip_configurations_properties_subnet_id = ["/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/y/subnets/default"], virtual_machine_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/vm1" },
-- ]
-- given.azure_bastion_host = [
--   { name = "b", sku_name = "developer", virtual_network_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/hub" },
--   { name = "c", sku_name = "Basic", ip_configurations_properties_subnet_id = ["/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/hub3/subnets/AzureBastionSubnet"] },
-- ]
-- expect = { "v" = "fail", "w" = "fail", "x" = "fail", "y" = "fail" }
-- [[case]]
-- # JIT-25 NA: no VM NIC without public IP
-- title = "only machines with public addresses, no machines, or interfaces without a machine"
-- given.azure_vnet = [
--   { name = "v" },
--   { name = "w" },
--   { name = "x" },
-- ]
-- given.azure_nic = [
--   { name = "n", ip_configurations_properties_subnet_id = ["/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/v/subnets/default"], virtual_machine_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/vm1", ip_configurations_properties_public_ip_address_id = ["/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/publicipaddresses/p1"] },
--   { name = "m", ip_configurations_properties_subnet_id = ["/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/x/subnets/default"] },
-- ]
-- expect = { "v" = "not_applicable", "w" = "not_applicable", "x" = "not_applicable" }
-- [[case]]
-- title = "one machine with and one without a public address"
-- given.azure_vnet = [{ name = "v" }]
-- given.azure_nic = [
--   { name = "n", ip_configurations_properties_subnet_id = ["/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/v/subnets/default"], virtual_machine_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/vm1", ip_configurations_properties_public_ip_address_id = ["/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/publicipaddresses/p1"] },
--   { name = "m", ip_configurations_properties_subnet_id = ["/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/v/subnets/default"], virtual_machine_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/vm2" },
-- ]
-- expect = { "v" = "fail" }
-- [[case]]
-- title = "the machine names the interface, which does not name the machine"
-- given.azure_vnet = [{ name = "v" }]
-- given.azure_nic = [{ name = "n", ip_configurations_properties_subnet_id = ["/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/v/subnets/default"] }]
-- given.azure_vm = [{ name = "vm1", network_profile_network_interfaces_id = ["/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/RG/providers/Microsoft.Network/networkInterfaces/N"] }]
-- expect = { "v" = "fail" }
-- [[case]]
-- title = "a machine names an interface that is not there: it may be in any network of the place"
-- given.azure_vnet = [
--   { name = "v", location = "westeurope" },
--   { name = "w", location = "northeurope" },
--   { name = "x", location = "westeurope" },
-- ]
-- given.azure_nic = [{ name = "n", ip_configurations_properties_subnet_id = ["/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/x/subnets/default"], virtual_machine_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/vm1" }]
-- given.azure_vm = [{ name = "vm1", location = "westeurope", network_profile_network_interfaces_id = ["/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/networkinterfaces/gone"] }]
-- given.azure_bastion_host = []
-- expect = { "v" = "unknown", "w" = "not_applicable", "x" = "fail" }
-- [[case]]
-- # JIT-25 unknown: Bastion not read and none found
-- title = "Bastion denied and none found; one found elsewhere all the same"
-- ledger = [{ table = "azure_bastion_host", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_vnet = [
--   { name = "v" },
--   { name = "w", virtual_network_peerings = '''[{"properties":{"peeringState":"Connected","remoteVirtualNetwork":{"id":"/subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/hub"}}}]''' },
--   { name = "hub", subscription_id = "22222222-2222-4222-8222-222222222222" },
-- ]
-- given.azure_nic = [
--   { name = "n", ip_configurations_properties_subnet_id = ["/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/v/subnets/default"], virtual_machine_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/vm1" },
--   { name = "m", ip_configurations_properties_subnet_id = ["/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/w/subnets/default"], virtual_machine_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/vm1" },
-- ]
-- given.azure_bastion_host = [{ name = "c", sku_name = "Basic", subscription_id = "22222222-2222-4222-8222-222222222222", ip_configurations_properties_subnet_id = ["/subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/hub/subnets/AzureBastionSubnet"] }]
-- expect = { "v" = "unknown", "w" = "pass", "hub" = "not_applicable" }
-- [[case]]
-- title = "Bastion denied in the subscription of the peered hub, or the hub is in a subscription that is not in the snapshot"
-- ledger = [{ table = "azure_bastion_host", subscription = "22222222-2222-4222-8222-222222222222", status = "denied" }]
-- given.azure_vnet = [
--   { name = "v", virtual_network_peerings = '''[{"properties":{"peeringState":"Connected","remoteVirtualNetwork":{"id":"/subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/hub"}}}]''' },
--   { name = "w", virtual_network_peerings = '''[{"properties":{"peeringState":"Connected","remoteVirtualNetwork":{"id":"/subscriptions/44444444-4444-4444-8444-444444444444/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/hub"}}}]''' },
--   { name = "hub", subscription_id = "22222222-2222-4222-8222-222222222222" },
-- ]
-- given.azure_nic = [
--   { name = "n", ip_configurations_properties_subnet_id = ["/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/v/subnets/default"], virtual_machine_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/vm1" },
--   { name = "m", ip_configurations_properties_subnet_id = ["/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/w/subnets/default"], virtual_machine_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/vm1" },
-- ]
-- expect = { "v" = "unknown", "w" = "unknown", "hub" = "not_applicable" }
-- [[case]]
-- title = "peerings not readable: a Bastion of its own is enough, else it is not known; nor where a peering does not tell its other side"
-- given.azure_vnet = [
--   { name = "v", _gaps = ["virtual_network_peerings"] },
--   { name = "w", _gaps = ["virtual_network_peerings"] },
--   { name = "x", virtual_network_peerings = '''[{"properties":{"peeringState":"Connected"}}]''' },
-- ]
-- given.azure_nic = [
--   { name = "n", ip_configurations_properties_subnet_id = ["/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/v/subnets/default"], virtual_machine_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/vm1" },
--   { name = "m", ip_configurations_properties_subnet_id = ["/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/w/subnets/default"], virtual_machine_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/vm1" },
--   { name = "o", ip_configurations_properties_subnet_id = ["/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/x/subnets/default"], virtual_machine_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/vm1" },
-- ]
-- given.azure_bastion_host = [{ name = "b", sku_name = "Basic", ip_configurations_properties_subnet_id = ["/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/v/subnets/AzureBastionSubnet"] }]
-- expect = { "v" = "pass", "w" = "unknown", "x" = "unknown" }
-- [[case]]
-- title = "a peered Bastion of a kind not readable; a Bastion whose network could not be read"
-- given.azure_vnet = [
--   { name = "v", virtual_network_peerings = '''[{"properties":{"peeringState":"Connected","remoteVirtualNetwork":{"id":"/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualNetworks/Hub"}}}]''' },
--   { name = "w" },
-- ]
-- given.azure_nic = [
--   { name = "n", ip_configurations_properties_subnet_id = ["/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/v/subnets/default"], virtual_machine_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/vm1" },
--   { name = "m", ip_configurations_properties_subnet_id = ["/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/w/subnets/default"], virtual_machine_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/vm1" },
-- ]
-- given.azure_bastion_host = [{ name = "b", sku_name = "Basic", ip_configurations_properties_subnet_id = ["/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/hub/subnets/AzureBastionSubnet"], _gaps = ["sku_name"] }]
-- expect = { "v" = "unknown", "w" = "fail" }
-- [[case]]
-- title = "a peering that does not tell its state may be connected; one that is shut, or that leads to a Developer Bastion, does not matter"
-- given.azure_vnet = [
--   { name = "v", virtual_network_peerings = '''[{"properties":{"remoteVirtualNetwork":{"id":"/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/Hub"}}}]''' },
--   { name = "w", virtual_network_peerings = '''[{"properties":{"allowVirtualNetworkAccess":false,"remoteVirtualNetwork":{"id":"/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/Hub"}}}]''' },
--   { name = "x", virtual_network_peerings = '''[{"properties":{"remoteVirtualNetwork":{"id":"/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/Dev"}}}]''' },
-- ]
-- given.azure_nic = [
--   { name = "nv", ip_configurations_properties_subnet_id = ["/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/v/subnets/default"], virtual_machine_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/vm1" },
--   { name = "nw", ip_configurations_properties_subnet_id = ["/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/w/subnets/default"], virtual_machine_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/vm1" },
--   { name = "nx", ip_configurations_properties_subnet_id = ["/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/x/subnets/default"], virtual_machine_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/vm1" },
-- ]
-- given.azure_bastion_host = [
--   { name = "b", sku_name = "Basic", ip_configurations_properties_subnet_id = ["/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/hub/subnets/AzureBastionSubnet"] },
--   { name = "c", sku_name = "Developer", virtual_network_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/dev" },
-- ]
-- expect = { v = "unknown", w = "fail", x = "fail" }
-- [[case]]
-- title = "a Bastion whose network could not be read may be here"
-- given.azure_vnet = [
--   { name = "v" },
--   { name = "w" },
-- ]
-- given.azure_nic = [{ name = "n", ip_configurations_properties_subnet_id = ["/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/v/subnets/default"], virtual_machine_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/vm1" }]
-- given.azure_bastion_host = [{ name = "b", sku_name = "Basic", ip_configurations_properties_subnet_id = ["/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/x/subnets/AzureBastionSubnet"], _gaps = ["ip_configurations_properties_subnet_id"] }]
-- expect = { "v" = "unknown", "w" = "not_applicable" }
-- [[case]]
-- title = "an interface whose public address, network or machine could not be read"
-- given.azure_vnet = [
--   { name = "v" },
--   { name = "w", subscription_id = "22222222-2222-4222-8222-222222222222" },
-- ]
-- given.azure_nic = [
--   { name = "n", ip_configurations_properties_subnet_id = ["/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/v/subnets/default"], virtual_machine_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/vm1", _gaps = ["ip_configurations_properties_public_ip_address_id"] },
--   { name = "m", ip_configurations_properties_subnet_id = ["/subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/w/subnets/default"], subscription_id = "22222222-2222-4222-8222-222222222222", virtual_machine_id = "/subscriptions/22222222-2222-4222-8222-222222222222/resourcegroups/rg/providers/microsoft.compute/virtualmachines/vm1", _gaps = ["ip_configurations_properties_subnet_id"] },
-- ]
-- expect = { "v" = "unknown", "w" = "unknown" }
-- [[case]]
-- title = "an interface whose machine could not be read; beside a private machine it does not matter"
-- given.azure_vnet = [
--   { name = "v" },
--   { name = "w" },
-- ]
-- given.azure_nic = [
--   { name = "n", ip_configurations_properties_subnet_id = ["/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/v/subnets/default"], _gaps = ["virtual_machine_id"] },
--   { name = "m", ip_configurations_properties_subnet_id = ["/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/w/subnets/default"], virtual_machine_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/vm1" },
--   { name = "o", ip_configurations_properties_subnet_id = ["/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/w/subnets/default"], _gaps = ["virtual_machine_id"] },
-- ]
-- expect = { "v" = "unknown", "w" = "fail" }
-- [[case]]
-- title = "no network"
-- given.azure_vnet = []
-- expect = { "11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "networks, interfaces or machines denied"
-- ledger = [{ table = "azure_nic", status = "denied" }]
-- given.azure_vnet = [{ name = "v" }]
-- given.azure_nic = [{ name = "n", ip_configurations_properties_subnet_id = ["/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/v/subnets/default"], virtual_machine_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/vm1" }]
-- given.azure_bastion_host = [{ name = "b", sku_name = "Basic", ip_configurations_properties_subnet_id = ["/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/v/subnets/AzureBastionSubnet"] }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
WITH vnet AS (
    SELECT v.id, v.name, v.subscription_id, lower(v.location) AS location,
           CASE WHEN NOT coalesce(list_contains(v._gaps, 'virtual_network_peerings'), FALSE) THEN v.virtual_network_peerings END AS peerings,
           coalesce(list_contains(v._gaps, 'virtual_network_peerings'), FALSE) AS peerings_unread
    FROM azure_vnet AS v
),
nic AS (
    SELECT n.id, n.subscription_id, n.virtual_machine_id IS NOT NULL AS has_machine,
           coalesce(list_contains(n._gaps, 'virtual_machine_id'), FALSE) AS machine_unread,
           array_length(coalesce(n.ip_configurations_properties_public_ip_address_id, [])) > 0 AS is_public,
           coalesce(list_contains(n._gaps, 'ip_configurations_properties_public_ip_address_id'), FALSE) AS public_unread,
           coalesce(list_contains(n._gaps, 'ip_configurations_properties_subnet_id'), FALSE) AS subnet_unread,
           n.ip_configurations_properties_subnet_id AS subnets
    FROM azure_nic AS n
),
machine_nic AS (
    SELECT m.subscription_id, lower(m.location) AS location, rtrim(lower(u.id), '/') AS nic_id
    FROM azure_vm AS m, unnest(m.network_profile_network_interfaces_id) AS u(id)
    WHERE NOT coalesce(list_contains(m._gaps, 'network_profile_network_interfaces_id'), FALSE)
),
attached AS (
    SELECT DISTINCT x.nic_id FROM machine_nic AS x
),
nic_network AS (
    SELECT DISTINCT n.id, regexp_replace(lower(u.subnet), '/subnets/[^/]*/?$', '') AS vnet_id
    FROM nic AS n, unnest(n.subnets) AS u(subnet)
),
-- Each interface of a machine, or that may be of one, with its networks.
placed AS (
    SELECT o.vnet_id, n.id, CASE WHEN n.has_machine OR a.nic_id IS NOT NULL THEN NOT n.public_unread ELSE FALSE END AS is_certain
    FROM nic AS n
    JOIN nic_network AS o ON o.id = n.id
    LEFT JOIN attached AS a ON a.nic_id = n.id
    WHERE (n.has_machine OR n.machine_unread OR a.nic_id IS NOT NULL) AND NOT n.subnet_unread AND (n.public_unread OR NOT n.is_public)
),
private AS (
    SELECT p.vnet_id, sum(CASE WHEN p.is_certain THEN 1 ELSE 0 END) AS n_private, sum(CASE WHEN p.is_certain THEN 0 ELSE 1 END) AS n_perhaps
    FROM placed AS p
    GROUP BY p.vnet_id
),
-- Interfaces of machines that may be in any network of the subscription and region.
lost AS (
    SELECT x.subscription_id, x.location
    FROM machine_nic AS x
    LEFT JOIN nic AS n ON n.id = x.nic_id
    WHERE n.id IS NULL
    UNION
    SELECT n.subscription_id, CAST(NULL AS VARCHAR) AS location
    FROM nic AS n
    LEFT JOIN attached AS a ON a.nic_id = n.id
    WHERE n.subnet_unread AND (n.has_machine OR n.machine_unread OR a.nic_id IS NOT NULL) AND (n.public_unread OR NOT n.is_public)
    UNION
    SELECT m.subscription_id, lower(m.location) AS location
    FROM azure_vm AS m
    WHERE list_contains(m._gaps, 'network_profile_network_interfaces_id')
),
lost_vnet AS (
    SELECT DISTINCT v.id
    FROM vnet AS v
    JOIN lost AS l ON l.subscription_id = v.subscription_id AND coalesce(l.location, v.location, '') = coalesce(v.location, l.location, '')
),
bastion AS (
    SELECT b.id, b.name, b.subscription_id, CASE WHEN list_contains(b._gaps, 'sku_name') THEN NULL ELSE lower(trim(coalesce(b.sku_name, 'basic'))) END AS sku,
           b.virtual_network_id, b.ip_configurations_properties_subnet_id AS subnets,
           coalesce(list_contains(b._gaps, 'virtual_network_id') OR list_contains(b._gaps, 'ip_configurations_properties_subnet_id'), FALSE) AS place_unread
    FROM azure_bastion_host AS b
),
seat AS (
    SELECT DISTINCT regexp_replace(lower(u.subnet), '/subnets/[^/]*/?$', '') AS vnet_id, b.name, b.sku
    FROM bastion AS b, unnest(b.subnets) AS u(subnet)
    WHERE NOT b.place_unread
    UNION
    SELECT rtrim(lower(b.virtual_network_id), '/') AS vnet_id, b.name, b.sku
    FROM bastion AS b
    WHERE b.virtual_network_id IS NOT NULL AND NOT b.place_unread
),
peering AS (
    SELECT v.id AS vnet_id, rtrim(lower(v.peerings ->> ('$[' || u.i || '].properties.remoteVirtualNetwork.id')), '/') AS remote_id,
           lower(v.peerings ->> ('$[' || u.i || '].properties.peeringState')) AS state,
           coalesce(lower(v.peerings ->> ('$[' || u.i || '].properties.allowVirtualNetworkAccess')), 'true') AS lets_through
    FROM vnet AS v, unnest(range(CAST(json_array_length(v.peerings) AS BIGINT))) AS u(i)
),
-- Peerings that work, or may work.
way AS (
    SELECT p.vnet_id, p.remote_id, p.state, nullif(regexp_extract(p.remote_id, '^/subscriptions/([^/]+)', 1), '') AS remote_subscription
    FROM peering AS p
    WHERE coalesce(p.state, 'connected') = 'connected' AND p.lets_through <> 'false'
),
found AS (
    SELECT f.vnet_id, min(f.name) FILTER (WHERE f.is_certain) AS bastion, sum(CASE WHEN f.is_certain THEN 1 ELSE 0 END) AS n_found,
           sum(CASE WHEN f.is_certain THEN 0 ELSE 1 END) AS n_perhaps
    FROM (
        SELECT s.vnet_id, s.name, TRUE AS is_certain FROM seat AS s
        UNION ALL
        SELECT w.vnet_id, s.name || ' in ' || guid_of(w.remote_id) AS name, s.sku IS NOT NULL AND w.state IS NOT NULL AS is_certain
        FROM way AS w
        JOIN seat AS s ON s.vnet_id = w.remote_id
        WHERE coalesce(s.sku, 'basic') <> 'developer'
    ) AS f
    GROUP BY f.vnet_id
),
-- Subscriptions whose Bastions are known: all, and where each is.
bastion_read AS (
    SELECT lower(l.scope_id) AS subscription_id
    FROM azure_ledger AS l
    LEFT JOIN (SELECT DISTINCT b.subscription_id FROM bastion AS b WHERE b.place_unread) AS b ON b.subscription_id = lower(l.scope_id)
    WHERE l.table_name = 'azure_bastion_host' AND l.parent_id IS NULL AND b.subscription_id IS NULL
    GROUP BY lower(l.scope_id)
    HAVING bool_and(l.status IN ('ok', 'not_registered', 'unsupported', 'license', 'retired'))
),
unclear_peer AS (
    SELECT w.vnet_id, count(*) AS n
    FROM way AS w
    LEFT JOIN bastion_read AS r ON r.subscription_id = w.remote_subscription
    WHERE r.subscription_id IS NULL
    GROUP BY w.vnet_id
)
SELECT v.id AS subject, v.id AS resource_id, v.subscription_id,
       CASE WHEN coalesce(p.n_private, 0) = 0 AND (p.n_perhaps > 0 OR l.id IS NOT NULL) THEN NULL
            WHEN coalesce(p.n_private, 0) = 0 THEN 'not_applicable'
            WHEN f.n_found > 0 THEN 'pass'
            WHEN f.n_perhaps > 0 OR r.subscription_id IS NULL OR u.n > 0 OR v.peerings_unread THEN NULL
            ELSE 'fail'
       END AS verdict,
       CASE WHEN coalesce(p.n_private, 0) = 0 AND (p.n_perhaps > 0 OR l.id IS NOT NULL)
            THEN 'whether machines without a public address are in the network is not known: an interface is missing or could not be read in full'
            WHEN coalesce(p.n_private, 0) = 0 THEN 'no interface of a machine without a public address is in the network'
            WHEN f.n_found > 0 THEN 'interfaces of machines without a public address: ' || p.n_private || '; served by the Bastion ' || f.bastion
            WHEN f.n_perhaps > 0 THEN 'whether a Bastion in a peered network serves this one is not known: its SKU or the state of the peering could not be read'
            WHEN r.subscription_id IS NULL THEN 'no Bastion was found, but Bastions of the subscription were not read in full'
            WHEN v.peerings_unread THEN 'no Bastion was found, but the peerings of the network could not be read'
            WHEN u.n > 0 THEN 'no Bastion was found, but those of peered networks were not all read'
            ELSE 'interfaces of machines without a public address: ' || p.n_private || '; neither the network nor a peered one has a Bastion that serves it'
       END AS reason,
       v.name AS resource_name, p.n_private, f.bastion
FROM vnet AS v
LEFT JOIN private AS p ON p.vnet_id = v.id
LEFT JOIN lost_vnet AS l ON l.id = v.id
LEFT JOIN found AS f ON f.vnet_id = v.id
LEFT JOIN bastion_read AS r ON r.subscription_id = v.subscription_id
LEFT JOIN unclear_peer AS u ON u.vnet_id = v.id
