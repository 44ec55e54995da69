-- title = "No public management port where a Bastion serves"
-- severity = "high"
-- subject = "azure_vm"
-- tables = [
--   "azure_vm", "azure_nic", "azure_nic_ip_configuration", "azure_vnet", "azure_subnet",
--   "azure_vnet_peering", "azure_security_group", "azure_security_group_rule", "azure_jit_network_access_policy", "azure_jit_policy_vm",
--   "azure_jit_policy_port", "azure_bastion_host",
-- ]
-- optional = ["azure_network_firewall", "azure_public_ip", "azure_lb", "azure_lb_inbound_nat_rule"]
-- params = ["management_ports"]
-- controls = ["jit:vm_no_public_management_port_beside_bastion"]
-- rationale = "A Bastion lets administrators in by the portal's sign-in, without any public port on the machine. A remote desktop or SSH port left open on a public address beside it is a way around that sign-in, found by scanners within minutes, and nobody needs it."
-- remediation = "Take the public address away (az network nic ip-config update -g GROUP --nic-name NIC -n CONFIG --remove publicIPAddress), or delete or narrow the rule that lets in (az network nsg rule delete or update). Let 22 and 3389 in from the Bastion subnet alone and connect by az network bastion ssh or rdp."
-- references = ["https://learn.microsoft.com/azure/bastion/bastion-overview", "https://learn.microsoft.com/azure/bastion/vnet-peering", "https://learn.microsoft.com/azure/bastion/bastion-nsg"]
-- [[case]]
-- # JIT-26 pass: no path public_ip
-- # JIT-26 pass: reach none on management ports
-- # JIT-26 fail: reach any
-- # JIT-26 fail: some through public_ip
-- title = "a Bastion in the network: no public address, one that lets nobody in or only other ports, a source, anyone, a load balancer alone"
-- given.azure_vnet = [{ id = "/vnet/v" }]
-- given.azure_bastion_host = [{ name = "b", sku_name = "Basic", ip_configurations_properties_subnet_id = ["/vnet/V/subnets/AzureBastionSubnet"] }]
-- given.azure_vm = [
--   { id = "/vm/private", network_profile_network_interfaces_id = ["/nic/private"] },
--   { id = "/vm/closed", network_profile_network_interfaces_id = ["/nic/closed"] },
--   { id = "/vm/web", network_profile_network_interfaces_id = ["/nic/web"] },
--   { id = "/vm/some", network_profile_network_interfaces_id = ["/nic/some"] },
--   { id = "/vm/any", network_profile_network_interfaces_id = ["/nic/any"] },
--   { id = "/vm/balanced", network_profile_network_interfaces_id = ["/nic/balanced"] },
-- ]
-- given.azure_nic = [
--   { id = "/nic/private" },
--   { id = "/nic/closed" },
--   { id = "/nic/web" },
--   { id = "/nic/some" },
--   { id = "/nic/any" },
--   { id = "/nic/balanced" },
-- ]
-- given.azure_nic_ip_configuration = [
--   { id = "/ip/private", nic_id = "/nic/private", private_ip_address = "10.0.0.4", subnet_id = "/vnet/v/subnets/private" },
--   { id = "/ip/closed", nic_id = "/nic/closed", private_ip_address = "10.0.0.4", subnet_id = "/vnet/v/subnets/closed", public_ip_address_id = "/pip/std" },
--   { id = "/ip/web", nic_id = "/nic/web", private_ip_address = "10.0.0.4", subnet_id = "/vnet/v/subnets/web", public_ip_address_id = "/pip/std" },
--   { id = "/ip/some", nic_id = "/nic/some", private_ip_address = "10.0.0.4", subnet_id = "/vnet/v/subnets/some", public_ip_address_id = "/pip/std" },
--   { id = "/ip/any", nic_id = "/nic/any", private_ip_address = "10.0.0.4", subnet_id = "/vnet/v/subnets/any", public_ip_address_id = "/pip/std" },
--   { id = "/ip/balanced", nic_id = "/nic/balanced", private_ip_address = "10.0.0.4", subnet_id = "/vnet/v/subnets/balanced", load_balancer_backend_address_pools_id = ["/lb/front/pool/a"] },
-- ]
-- given.azure_subnet = [
--   { id = "/vnet/v/subnets/private", vnet_id = "/vnet/v", network_security_group_id = "/nsg/any" },
--   { id = "/vnet/v/subnets/closed", vnet_id = "/vnet/v", network_security_group_id = "/nsg/closed" },
--   { id = "/vnet/v/subnets/web", vnet_id = "/vnet/v", network_security_group_id = "/nsg/web" },
--   { id = "/vnet/v/subnets/some", vnet_id = "/vnet/v", network_security_group_id = "/nsg/some" },
--   { id = "/vnet/v/subnets/any", vnet_id = "/vnet/v", network_security_group_id = "/nsg/any" },
--   { id = "/vnet/v/subnets/balanced", vnet_id = "/vnet/v", network_security_group_id = "/nsg/any" },
-- ]
-- given.azure_security_group = [
--   { id = "/nsg/closed" },
--   { id = "/nsg/web" },
--   { id = "/nsg/some" },
--   { id = "/nsg/any" },
-- ]
-- given.azure_security_group_rule = [
--   { name = "in", security_group_id = "/nsg/web", access = "Allow", direction = "Inbound", priority = 200, protocol = "Tcp", source_port_range = "*", source_address_prefix = "*", destination_address_prefix = "*", destination_port_range = "443" },
--   { name = "in", security_group_id = "/nsg/some", access = "Allow", direction = "Inbound", priority = 200, protocol = "Tcp", source_port_range = "*", source_address_prefix = "203.0.113.0/24", destination_address_prefix = "*", destination_port_range = "3389" },
--   { name = "in", security_group_id = "/nsg/any", access = "Allow", direction = "Inbound", priority = 200, protocol = "Tcp", source_port_range = "*", source_address_prefix = "Internet", destination_address_prefix = "*", destination_port_range = "22" },
-- ]
-- given.azure_public_ip = [{ id = "/pip/std", sku_name = "Standard" }]
-- given.azure_lb = [{ id = "/lb/front", sku_name = "Standard", frontend_ip_configurations_properties_public_ip_address_id = ["/pip/std"], frontend_ip_configurations = '[{"id":"/lb/front/fe","properties":{"publicIPAddress":{"id":"/pip/std"}}}]', load_balancing_rules = '[{"properties":{"frontendIPConfiguration":{"id":"/lb/front/fe"},"backendAddressPool":{"id":"/lb/front/pool/a"},"backendPort":22,"protocol":"Tcp"}}]', backend_address_pools = '[{"id":"/lb/front/pool/a"}]' }]
-- expect = { private = "pass", closed = "pass", web = "pass", some = "fail", any = "fail", balanced = "pass" }
-- [[case]]
-- # JIT-26 NA: no Bastion reaches the VNet
-- title = "no Bastion reaches the network: none, one in a network not peered, Developer in the peered one, a peering not connected or shut"
-- given.azure_vnet = [
--   { id = "/vnet/none" },
--   { id = "/vnet/dev", virtual_network_peerings = '''[{"properties":{"peeringState":"Connected","remoteVirtualNetwork":{"id":"/vnet/hub2"}}}]''' },
--   { id = "/vnet/cut", virtual_network_peerings = '''[{"properties":{"peeringState":"Disconnected","remoteVirtualNetwork":{"id":"/vnet/hub"}}}]''' },
--   { id = "/vnet/shut", virtual_network_peerings = '''[{"properties":{"peeringState":"Connected","remoteVirtualNetwork":{"id":"/vnet/hub"},"allowVirtualNetworkAccess":false}}]''' },
--   { id = "/vnet/hub" },
--   { id = "/vnet/hub2" },
-- ]
-- given.azure_bastion_host = [
--   { name = "b", sku_name = "Basic", ip_configurations_properties_subnet_id = ["/vnet/hub/subnets/AzureBastionSubnet"] },
--   { name = "d", sku_name = "Developer", virtual_network_id = "/vnet/hub2" },
-- ]
-- given.azure_vm = [
--   { id = "/vm/none", network_profile_network_interfaces_id = ["/nic/none"] },
--   { id = "/vm/dev", network_profile_network_interfaces_id = ["/nic/dev"] },
--   { id = "/vm/cut", network_profile_network_interfaces_id = ["/nic/cut"] },
--   { id = "/vm/shut", network_profile_network_interfaces_id = ["/nic/shut"] },
-- ]
-- given.azure_nic = [
--   { id = "/nic/none" },
--   { id = "/nic/dev" },
--   { id = "/nic/cut" },
--   { id = "/nic/shut" },
-- ]
-- given.azure_nic_ip_configuration = [
--   { id = "/ip/none", nic_id = "/nic/none", private_ip_address = "10.0.0.4", subnet_id = "/vnet/none/subnets/none", public_ip_address_id = "/pip/std" },
--   { id = "/ip/dev", nic_id = "/nic/dev", private_ip_address = "10.0.0.4", subnet_id = "/vnet/dev/subnets/dev", public_ip_address_id = "/pip/std" },
--   { id = "/ip/cut", nic_id = "/nic/cut", private_ip_address = "10.0.0.4", subnet_id = "/vnet/cut/subnets/cut", public_ip_address_id = "/pip/std" },
--   { id = "/ip/shut", nic_id = "/nic/shut", private_ip_address = "10.0.0.4", subnet_id = "/vnet/shut/subnets/shut", public_ip_address_id = "/pip/std" },
-- ]
-- given.azure_subnet = [
--   { id = "/vnet/none/subnets/none", vnet_id = "/vnet/none", network_security_group_id = "/nsg/any" },
--   { id = "/vnet/dev/subnets/dev", vnet_id = "/vnet/dev", network_security_group_id = "/nsg/any" },
--   { id = "/vnet/cut/subnets/cut", vnet_id = "/vnet/cut", network_security_group_id = "/nsg/any" },
--   { id = "/vnet/shut/subnets/shut", vnet_id = "/vnet/shut", network_security_group_id = "/nsg/any" },
-- ]
-- given.azure_security_group = [{ id = "/nsg/any" }]
-- given.azure_security_group_rule = [{ name = "in", security_group_id = "/nsg/any", access = "Allow", direction = "Inbound", priority = 200, protocol = "Tcp", source_port_range = "*", source_address_prefix = "*", destination_address_prefix = "*", destination_port_range = "22" }]
-- given.azure_public_ip = [{ id = "/pip/std", sku_name = "Standard" }]
-- expect = { none = "not_applicable", dev = "not_applicable", cut = "not_applicable", shut = "not_applicable" }
-- [[case]]
-- title = "reached through a peered hub, also of another subscription, or by the Developer SKU in the network itself"
-- given.azure_vnet = [
--   { id = "/vnet/spoke", virtual_network_peerings = '''[{"properties":{"peeringState":"Connected","remoteVirtualNetwork":{"id":"/vnet/Hub"}}}]''' },
--   { id = "/vnet/far", virtual_network_peerings = '''[{"properties":{"peeringState":"Connected","remoteVirtualNetwork":{"id":"/subscriptions/22222222-2222-4222-8222-222222222222/resourcegroups/rg/providers/microsoft.network/virtualNetworks/hub"}}}]''' },
--   { id = "/vnet/dev" },
--   { id = "/vnet/hub" },
--   { name = "hub", subscription_id = "22222222-2222-4222-8222-222222222222" },
-- ]
-- given.azure_bastion_host = [
--   { name = "b", sku_name = "Standard", ip_configurations_properties_subnet_id = ["/vnet/hub/subnets/AzureBastionSubnet"] },
--   { name = "d", sku_name = "Developer", virtual_network_id = "/vnet/dev" },
--   { name = "f", subscription_id = "22222222-2222-4222-8222-222222222222", sku_name = "Premium", ip_configurations_properties_subnet_id = ["/subscriptions/22222222-2222-4222-8222-222222222222/resourcegroups/rg/providers/microsoft.network/virtualnetworks/hub/subnets/AzureBastionSubnet"] },
-- ]
-- given.azure_vm = [
--   { id = "/vm/spoke", network_profile_network_interfaces_id = ["/nic/spoke"] },
--   { id = "/vm/far", network_profile_network_interfaces_id = ["/nic/far"] },
--   { id = "/vm/dev", network_profile_network_interfaces_id = ["/nic/dev"] },
--   { id = "/vm/shut", network_profile_network_interfaces_id = ["/nic/shut"] },
-- ]
-- given.azure_nic = [
--   { id = "/nic/spoke" },
--   { id = "/nic/far" },
--   { id = "/nic/dev" },
--   { id = "/nic/shut" },
-- ]
-- given.azure_nic_ip_configuration = [
--   { id = "/ip/spoke", nic_id = "/nic/spoke", private_ip_address = "10.0.0.4", subnet_id = "/vnet/spoke/subnets/spoke", public_ip_address_id = "/pip/std" },
--   { id = "/ip/far", nic_id = "/nic/far", private_ip_address = "10.0.0.4", subnet_id = "/vnet/far/subnets/far", public_ip_address_id = "/pip/std" },
--   { id = "/ip/dev", nic_id = "/nic/dev", private_ip_address = "10.0.0.4", subnet_id = "/vnet/dev/subnets/dev", public_ip_address_id = "/pip/std" },
--   { id = "/ip/shut", nic_id = "/nic/shut", private_ip_address = "10.0.0.4", subnet_id = "/vnet/spoke/subnets/shut", public_ip_address_id = "/pip/std" },
-- ]
-- given.azure_subnet = [
--   { id = "/vnet/spoke/subnets/spoke", vnet_id = "/vnet/spoke", network_security_group_id = "/nsg/any" },
--   { id = "/vnet/far/subnets/far", vnet_id = "/vnet/far", network_security_group_id = "/nsg/any" },
--   { id = "/vnet/dev/subnets/dev", vnet_id = "/vnet/dev", network_security_group_id = "/nsg/any" },
--   { id = "/vnet/spoke/subnets/shut", vnet_id = "/vnet/spoke", network_security_group_id = "/nsg/closed" },
-- ]
-- given.azure_security_group = [
--   { id = "/nsg/any" },
--   { id = "/nsg/closed" },
-- ]
-- given.azure_security_group_rule = [{ name = "in", security_group_id = "/nsg/any", access = "Allow", direction = "Inbound", priority = 200, protocol = "Tcp", source_port_range = "*", source_address_prefix = "*", destination_address_prefix = "*", destination_port_range = "22" }]
-- given.azure_public_ip = [{ id = "/pip/std", sku_name = "Standard" }]
-- expect = { spoke = "fail", far = "fail", dev = "fail", shut = "pass", "/subscriptions/22222222-2222-4222-8222-222222222222" = "not_applicable" }
-- [[case]]
-- # JIT-26 fail: without_jit_allow
-- title = "what just-in-time requests opened does not count; a permanent rule does"
-- given.azure_vnet = [{ id = "/vnet/v" }]
-- given.azure_bastion_host = [{ name = "b", sku_name = "Basic", ip_configurations_properties_subnet_id = ["/vnet/v/subnets/AzureBastionSubnet"] }]
-- given.azure_vm = [
--   { id = "/vm/jit", network_profile_network_interfaces_id = ["/nic/jit"] },
--   { id = "/vm/perm", network_profile_network_interfaces_id = ["/nic/perm"] },
-- ]
-- given.azure_nic = [
--   { id = "/nic/jit" },
--   { id = "/nic/perm" },
-- ]
-- given.azure_nic_ip_configuration = [
--   { id = "/ip/jit", nic_id = "/nic/jit", private_ip_address = "10.0.0.4", subnet_id = "/vnet/v/subnets/jit", public_ip_address_id = "/pip/std" },
--   { id = "/ip/perm", nic_id = "/nic/perm", private_ip_address = "10.0.0.4", subnet_id = "/vnet/v/subnets/perm", public_ip_address_id = "/pip/std" },
-- ]
-- given.azure_subnet = [
--   { id = "/vnet/v/subnets/jit", vnet_id = "/vnet/v", network_security_group_id = "/nsg/jit" },
--   { id = "/vnet/v/subnets/perm", vnet_id = "/vnet/v", network_security_group_id = "/nsg/perm" },
-- ]
-- given.azure_security_group = [
--   { id = "/nsg/jit" },
--   { id = "/nsg/perm" },
-- ]
-- given.azure_security_group_rule = [
--   { name = "MicrosoftDefenderForCloud-JITRule-731925114-0C1E4E0E0F1F4E0DB7B0D2E4B9C77A10", security_group_id = "/nsg/jit", access = "Allow", direction = "Inbound", priority = 100, protocol = "Tcp", source_port_range = "*", source_address_prefix = "203.0.113.7", destination_address_prefix = "*", destination_port_range = "22" },
--   { name = "MicrosoftDefenderForCloud-JITRule-731925114-0C1E4E0E0F1F4E0DB7B0D2E4B9C77A10", security_group_id = "/nsg/perm", access = "Allow", direction = "Inbound", priority = 100, protocol = "Tcp", source_port_range = "*", source_address_prefix = "203.0.113.7", destination_address_prefix = "*", destination_port_range = "22" },
--   { name = "in", security_group_id = "/nsg/perm", access = "Allow", direction = "Inbound", priority = 200, protocol = "Tcp", source_port_range = "*", source_address_prefix = "198.51.100.0/24", destination_address_prefix = "*", destination_port_range = "22" },
-- ]
-- given.azure_public_ip = [{ id = "/pip/std", sku_name = "Standard" }]
-- expect = { jit = "pass", perm = "fail" }
-- [[case]]
-- title = "no security group: a Standard address is closed, a Basic one open, without its SKU it is not known"
-- given.azure_vnet = [{ id = "/vnet/v" }]
-- given.azure_bastion_host = [{ name = "b", sku_name = "Basic", ip_configurations_properties_subnet_id = ["/vnet/v/subnets/AzureBastionSubnet"] }]
-- given.azure_vm = [
--   { id = "/vm/std", network_profile_network_interfaces_id = ["/nic/std"] },
--   { id = "/vm/basic", network_profile_network_interfaces_id = ["/nic/basic"] },
--   { id = "/vm/gap", network_profile_network_interfaces_id = ["/nic/gap"] },
--   { id = "/vm/gone", network_profile_network_interfaces_id = ["/nic/gone"] },
--   { id = "/vm/private", network_profile_network_interfaces_id = ["/nic/private"] },
-- ]
-- given.azure_nic = [
--   { id = "/nic/std" },
--   { id = "/nic/basic" },
--   { id = "/nic/gap" },
--   { id = "/nic/gone" },
--   { id = "/nic/private" },
-- ]
-- given.azure_nic_ip_configuration = [
--   { id = "/ip/std", nic_id = "/nic/std", private_ip_address = "10.0.0.4", subnet_id = "/vnet/v/subnets/std", public_ip_address_id = "/pip/std" },
--   { id = "/ip/basic", nic_id = "/nic/basic", private_ip_address = "10.0.0.4", subnet_id = "/vnet/v/subnets/basic", public_ip_address_id = "/pip/basic" },
--   { id = "/ip/gap", nic_id = "/nic/gap", private_ip_address = "10.0.0.4", subnet_id = "/vnet/v/subnets/gap", public_ip_address_id = "/pip/gap" },
--   { id = "/ip/gone", nic_id = "/nic/gone", private_ip_address = "10.0.0.4", subnet_id = "/vnet/v/subnets/gone", public_ip_address_id = "/pip/gone" },
--   { id = "/ip/private", nic_id = "/nic/private", private_ip_address = "10.0.0.4", subnet_id = "/vnet/v/subnets/private" },
-- ]
-- given.azure_subnet = [
--   { id = "/vnet/v/subnets/std", vnet_id = "/vnet/v" },
--   { id = "/vnet/v/subnets/basic", vnet_id = "/vnet/v" },
--   { id = "/vnet/v/subnets/gap", vnet_id = "/vnet/v" },
--   { id = "/vnet/v/subnets/gone", vnet_id = "/vnet/v" },
--   { id = "/vnet/v/subnets/private", vnet_id = "/vnet/v" },
-- ]
-- given.azure_public_ip = [
--   { id = "/pip/std", sku_name = "Standard" },
--   { id = "/pip/basic", sku_name = "Basic" },
--   { id = "/pip/gap", sku_name = "Standard", _gaps = ["sku_name"] },
-- ]
-- expect = { std = "pass", basic = "fail", gap = "unknown", gone = "unknown", private = "pass" }
-- [[case]]
-- # JIT-26 unknown: reach unknown
-- title = "a security group, an interface or a public address not known; without a public address the group does not matter"
-- given.azure_vnet = [{ id = "/vnet/v" }]
-- given.azure_bastion_host = [{ name = "b", sku_name = "Basic", ip_configurations_properties_subnet_id = ["/vnet/v/subnets/AzureBastionSubnet"] }]
-- given.azure_vm = [
--   { id = "/vm/dangling", network_profile_network_interfaces_id = ["/nic/dangling"] },
--   { id = "/vm/inside", network_profile_network_interfaces_id = ["/nic/inside"] },
--   { id = "/vm/nonic", network_profile_network_interfaces_id = ["/nic/nonic"] },
--   { id = "/vm/gap", network_profile_network_interfaces_id = ["/nic/gap"] },
--   { id = "/vm/shut", network_profile_network_interfaces_id = ["/nic/shut"] },
--   { id = "/vm/both", network_profile_network_interfaces_id = ["/nic/gap", "/nic/open"] },
-- ]
-- given.azure_nic = [
--   { id = "/nic/dangling" },
--   { id = "/nic/inside" },
--   { id = "/nic/gap" },
--   { id = "/nic/shut" },
--   { id = "/nic/open" },
-- ]
-- given.azure_nic_ip_configuration = [
--   { id = "/ip/dangling", nic_id = "/nic/dangling", private_ip_address = "10.0.0.4", subnet_id = "/vnet/v/subnets/dangling", public_ip_address_id = "/pip/std" },
--   { id = "/ip/inside", nic_id = "/nic/inside", private_ip_address = "10.0.0.4", subnet_id = "/vnet/v/subnets/inside" },
--   { id = "/ip/gap", nic_id = "/nic/gap", private_ip_address = "10.0.0.4", subnet_id = "/vnet/v/subnets/gap", _gaps = ["public_ip_address_id"] },
--   { id = "/ip/shut", nic_id = "/nic/shut", private_ip_address = "10.0.0.4", subnet_id = "/vnet/v/subnets/shut", _gaps = ["public_ip_address_id"] },
--   { id = "/ip/open", nic_id = "/nic/open", private_ip_address = "10.0.0.5", subnet_id = "/vnet/v/subnets/gap", public_ip_address_id = "/pip/std" },
-- ]
-- given.azure_subnet = [
--   { id = "/vnet/v/subnets/dangling", vnet_id = "/vnet/v", network_security_group_id = "/nsg/gone" },
--   { id = "/vnet/v/subnets/inside", vnet_id = "/vnet/v", network_security_group_id = "/nsg/gone" },
--   { id = "/vnet/v/subnets/gap", vnet_id = "/vnet/v", network_security_group_id = "/nsg/any" },
--   { id = "/vnet/v/subnets/shut", vnet_id = "/vnet/v", network_security_group_id = "/nsg/closed" },
-- ]
-- given.azure_security_group = [
--   { id = "/nsg/closed" },
--   { id = "/nsg/any" },
-- ]
-- given.azure_security_group_rule = [{ name = "in", security_group_id = "/nsg/any", access = "Allow", direction = "Inbound", priority = 200, protocol = "Tcp", source_port_range = "*", source_address_prefix = "*", destination_address_prefix = "*", destination_port_range = "22" }]
-- given.azure_public_ip = [{ id = "/pip/std", sku_name = "Standard" }]
-- expect = { dangling = "unknown", inside = "pass", nonic = "unknown", gap = "unknown", shut = "pass", both = "fail" }
-- [[case]]
-- title = "whether a Bastion reaches the network is not known: state of the peering, a subscription outside the snapshot, a network that is not there"
-- given.azure_vnet = [
--   { id = "/vnet/state", virtual_network_peerings = '''[{"properties":{"remoteVirtualNetwork":{"id":"/vnet/hub"}}}]''' },
--   { id = "/vnet/hub" },
--   { id = "/vnet/out", virtual_network_peerings = '''[{"properties":{"peeringState":"Connected","remoteVirtualNetwork":{"id":"/subscriptions/33333333-3333-4333-8333-333333333333/resourcegroups/rg/providers/microsoft.network/virtualnetworks/hub"}}}]''' },
-- ]
-- given.azure_bastion_host = [{ name = "b", sku_name = "Basic", ip_configurations_properties_subnet_id = ["/vnet/hub/subnets/AzureBastionSubnet"] }]
-- given.azure_vm = [
--   { id = "/vm/state", network_profile_network_interfaces_id = ["/nic/state"] },
--   { id = "/vm/out", network_profile_network_interfaces_id = ["/nic/out"] },
--   { id = "/vm/gone", network_profile_network_interfaces_id = ["/nic/gone"] },
--   { id = "/vm/hub", network_profile_network_interfaces_id = ["/nic/hub"] },
-- ]
-- given.azure_nic = [
--   { id = "/nic/state" },
--   { id = "/nic/out" },
--   { id = "/nic/gone" },
--   { id = "/nic/hub" },
-- ]
-- given.azure_nic_ip_configuration = [
--   { id = "/ip/state", nic_id = "/nic/state", private_ip_address = "10.0.0.4", subnet_id = "/vnet/state/subnets/state", public_ip_address_id = "/pip/std" },
--   { id = "/ip/out", nic_id = "/nic/out", private_ip_address = "10.0.0.4", subnet_id = "/vnet/out/subnets/out", public_ip_address_id = "/pip/std" },
--   { id = "/ip/gone", nic_id = "/nic/gone", private_ip_address = "10.0.0.4", subnet_id = "/vnet/gone/subnets/gone", public_ip_address_id = "/pip/std" },
--   { id = "/ip/hub", nic_id = "/nic/hub", private_ip_address = "10.0.0.4", subnet_id = "/vnet/hub/subnets/hub", public_ip_address_id = "/pip/std" },
-- ]
-- given.azure_subnet = [
--   { id = "/vnet/state/subnets/state", vnet_id = "/vnet/state", network_security_group_id = "/nsg/closed" },
--   { id = "/vnet/out/subnets/out", vnet_id = "/vnet/out", network_security_group_id = "/nsg/closed" },
--   { id = "/vnet/gone/subnets/gone", vnet_id = "/vnet/gone", network_security_group_id = "/nsg/closed" },
--   { id = "/vnet/hub/subnets/hub", vnet_id = "/vnet/hub", network_security_group_id = "/nsg/closed" },
-- ]
-- given.azure_security_group = [{ id = "/nsg/closed" }]
-- given.azure_public_ip = [{ id = "/pip/std", sku_name = "Standard" }]
-- expect = { state = "unknown", out = "unknown", gone = "unknown", hub = "pass" }
-- [[case]]
-- title = "SKU of the Bastion or the peerings could not be read"
-- given.azure_vnet = [
--   { id = "/vnet/sku", virtual_network_peerings = '''[{"properties":{"peeringState":"Connected","remoteVirtualNetwork":{"id":"/vnet/hub"}}}]''' },
--   { id = "/vnet/peer", _gaps = ["virtual_network_peerings"] },
--   { id = "/vnet/hub" },
--   { id = "/vnet/none" },
-- ]
-- given.azure_bastion_host = [{ name = "b", sku_name = "Basic", ip_configurations_properties_subnet_id = ["/vnet/hub/subnets/AzureBastionSubnet"], _gaps = ["sku_name"] }]
-- given.azure_vm = [
--   { id = "/vm/sku", network_profile_network_interfaces_id = ["/nic/sku"] },
--   { id = "/vm/peer", network_profile_network_interfaces_id = ["/nic/peer"] },
--   { id = "/vm/none", network_profile_network_interfaces_id = ["/nic/none"] },
-- ]
-- given.azure_nic = [
--   { id = "/nic/sku" },
--   { id = "/nic/peer" },
--   { id = "/nic/none" },
-- ]
-- given.azure_nic_ip_configuration = [
--   { id = "/ip/sku", nic_id = "/nic/sku", private_ip_address = "10.0.0.4", subnet_id = "/vnet/sku/subnets/sku", public_ip_address_id = "/pip/std" },
--   { id = "/ip/peer", nic_id = "/nic/peer", private_ip_address = "10.0.0.4", subnet_id = "/vnet/peer/subnets/peer", public_ip_address_id = "/pip/std" },
--   { id = "/ip/none", nic_id = "/nic/none", private_ip_address = "10.0.0.4", subnet_id = "/vnet/none/subnets/none", public_ip_address_id = "/pip/std" },
-- ]
-- given.azure_subnet = [
--   { id = "/vnet/sku/subnets/sku", vnet_id = "/vnet/sku", network_security_group_id = "/nsg/closed" },
--   { id = "/vnet/peer/subnets/peer", vnet_id = "/vnet/peer", network_security_group_id = "/nsg/closed" },
--   { id = "/vnet/none/subnets/none", vnet_id = "/vnet/none", network_security_group_id = "/nsg/closed" },
-- ]
-- given.azure_security_group = [{ id = "/nsg/closed" }]
-- given.azure_public_ip = [{ id = "/pip/std", sku_name = "Standard" }]
-- expect = { sku = "unknown", peer = "unknown", none = "not_applicable" }
-- [[case]]
-- title = "a Bastion whose network could not be read may be here; one that is here settles it"
-- given.azure_vnet = [
--   { id = "/vnet/v" },
--   { id = "/vnet/w" },
-- ]
-- given.azure_bastion_host = [
--   { name = "b", sku_name = "Basic", ip_configurations_properties_subnet_id = ["/vnet/w/subnets/AzureBastionSubnet"] },
--   { name = "c", sku_name = "Basic", ip_configurations_properties_subnet_id = ["/vnet/x/subnets/AzureBastionSubnet"], _gaps = ["ip_configurations_properties_subnet_id"] },
-- ]
-- given.azure_vm = [
--   { id = "/vm/v", network_profile_network_interfaces_id = ["/nic/v"] },
--   { id = "/vm/w", network_profile_network_interfaces_id = ["/nic/w"] },
-- ]
-- given.azure_nic = [
--   { id = "/nic/v" },
--   { id = "/nic/w" },
-- ]
-- given.azure_nic_ip_configuration = [
--   { id = "/ip/v", nic_id = "/nic/v", private_ip_address = "10.0.0.4", subnet_id = "/vnet/v/subnets/v", public_ip_address_id = "/pip/std" },
--   { id = "/ip/w", nic_id = "/nic/w", private_ip_address = "10.0.0.4", subnet_id = "/vnet/w/subnets/w", public_ip_address_id = "/pip/std" },
-- ]
-- given.azure_subnet = [
--   { id = "/vnet/v/subnets/v", vnet_id = "/vnet/v", network_security_group_id = "/nsg/any" },
--   { id = "/vnet/w/subnets/w", vnet_id = "/vnet/w", network_security_group_id = "/nsg/any" },
-- ]
-- given.azure_security_group = [{ id = "/nsg/any" }]
-- given.azure_security_group_rule = [{ name = "in", security_group_id = "/nsg/any", access = "Allow", direction = "Inbound", priority = 200, protocol = "Tcp", source_port_range = "*", source_address_prefix = "*", destination_address_prefix = "*", destination_port_range = "3389" }]
-- given.azure_public_ip = [{ id = "/pip/std", sku_name = "Standard" }]
-- expect = { v = "unknown", w = "fail" }
-- [[case]]
-- title = "load balancers, firewalls and SKUs denied matter only where the SKU decides"
-- ledger = [{ table = "azure_lb", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }, { table = "azure_lb_inbound_nat_rule", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }, { table = "azure_network_firewall", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }, { table = "azure_public_ip", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_vnet = [{ id = "/vnet/v" }]
-- given.azure_bastion_host = [{ name = "b", sku_name = "Basic", ip_configurations_properties_subnet_id = ["/vnet/v/subnets/AzureBastionSubnet"] }]
-- given.azure_vm = [
--   { id = "/vm/private", network_profile_network_interfaces_id = ["/nic/private"] },
--   { id = "/vm/closed", network_profile_network_interfaces_id = ["/nic/closed"] },
--   { id = "/vm/any", network_profile_network_interfaces_id = ["/nic/any"] },
--   { id = "/vm/bare", network_profile_network_interfaces_id = ["/nic/bare"] },
-- ]
-- given.azure_nic = [
--   { id = "/nic/private" },
--   { id = "/nic/closed" },
--   { id = "/nic/any" },
--   { id = "/nic/bare" },
-- ]
-- given.azure_nic_ip_configuration = [
--   { id = "/ip/private", nic_id = "/nic/private", private_ip_address = "10.0.0.4", subnet_id = "/vnet/v/subnets/private" },
--   { id = "/ip/closed", nic_id = "/nic/closed", private_ip_address = "10.0.0.4", subnet_id = "/vnet/v/subnets/closed", public_ip_address_id = "/pip/std" },
--   { id = "/ip/any", nic_id = "/nic/any", private_ip_address = "10.0.0.4", subnet_id = "/vnet/v/subnets/any", public_ip_address_id = "/pip/std" },
--   { id = "/ip/bare", nic_id = "/nic/bare", private_ip_address = "10.0.0.4", subnet_id = "/vnet/v/subnets/bare", public_ip_address_id = "/pip/std" },
-- ]
-- given.azure_subnet = [
--   { id = "/vnet/v/subnets/private", vnet_id = "/vnet/v", network_security_group_id = "/nsg/any" },
--   { id = "/vnet/v/subnets/closed", vnet_id = "/vnet/v", network_security_group_id = "/nsg/closed" },
--   { id = "/vnet/v/subnets/any", vnet_id = "/vnet/v", network_security_group_id = "/nsg/any" },
--   { id = "/vnet/v/subnets/bare", vnet_id = "/vnet/v" },
-- ]
-- given.azure_security_group = [
--   { id = "/nsg/closed" },
--   { id = "/nsg/any" },
-- ]
-- given.azure_security_group_rule = [{ name = "in", security_group_id = "/nsg/any", access = "Allow", direction = "Inbound", priority = 200, protocol = "Tcp", source_port_range = "*", source_address_prefix = "*", destination_address_prefix = "*", destination_port_range = "22" }]
-- expect = { private = "pass", closed = "pass", any = "fail", bare = "unknown" }
-- [[case]]
-- title = "Bastions of the subscription of a peered hub denied"
-- ledger = [{ table = "azure_bastion_host", subscription = "22222222-2222-4222-8222-222222222222", status = "denied" }]
-- given.azure_vnet = [
--   { id = "/vnet/far", virtual_network_peerings = '''[{"properties":{"peeringState":"Connected","remoteVirtualNetwork":{"id":"/subscriptions/22222222-2222-4222-8222-222222222222/resourcegroups/rg/providers/microsoft.network/virtualnetworks/hub"}}}]''' },
--   { id = "/vnet/v" },
--   { name = "hub", subscription_id = "22222222-2222-4222-8222-222222222222" },
-- ]
-- given.azure_vm = [
--   { id = "/vm/far", network_profile_network_interfaces_id = ["/nic/far"] },
--   { id = "/vm/v", network_profile_network_interfaces_id = ["/nic/v"] },
-- ]
-- given.azure_nic = [
--   { id = "/nic/far" },
--   { id = "/nic/v" },
-- ]
-- given.azure_nic_ip_configuration = [
--   { id = "/ip/far", nic_id = "/nic/far", private_ip_address = "10.0.0.4", subnet_id = "/vnet/far/subnets/far", public_ip_address_id = "/pip/std" },
--   { id = "/ip/v", nic_id = "/nic/v", private_ip_address = "10.0.0.4", subnet_id = "/vnet/v/subnets/v", public_ip_address_id = "/pip/std" },
-- ]
-- given.azure_subnet = [
--   { id = "/vnet/far/subnets/far", vnet_id = "/vnet/far", network_security_group_id = "/nsg/closed" },
--   { id = "/vnet/v/subnets/v", vnet_id = "/vnet/v", network_security_group_id = "/nsg/closed" },
-- ]
-- given.azure_security_group = [{ id = "/nsg/closed" }]
-- given.azure_public_ip = [{ id = "/pip/std", sku_name = "Standard" }]
-- expect = { far = "unknown", v = "not_applicable", "/subscriptions/22222222-2222-4222-8222-222222222222" = "unknown" }
-- [[case]]
-- title = "no machine"
-- given.azure_vnet = [{ id = "/vnet/v" }]
-- given.azure_bastion_host = [{ name = "b", sku_name = "Basic", ip_configurations_properties_subnet_id = ["/vnet/v/subnets/AzureBastionSubnet"] }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "azure_bastion_host denied"
-- ledger = [{ table = "azure_bastion_host", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_vnet = [{ id = "/vnet/v" }]
-- given.azure_bastion_host = [{ name = "b", sku_name = "Basic", ip_configurations_properties_subnet_id = ["/vnet/v/subnets/AzureBastionSubnet"] }]
-- given.azure_vm = [{ id = "/vm/web", network_profile_network_interfaces_id = ["/nic/web"] }]
-- given.azure_nic = [{ id = "/nic/web" }]
-- given.azure_nic_ip_configuration = [{ id = "/ip/web", nic_id = "/nic/web", private_ip_address = "10.0.0.4", subnet_id = "/vnet/v/subnets/web", public_ip_address_id = "/pip/std" }]
-- given.azure_subnet = [{ id = "/vnet/v/subnets/web", vnet_id = "/vnet/v", network_security_group_id = "/nsg/any" }]
-- given.azure_security_group = [{ id = "/nsg/any" }]
-- given.azure_security_group_rule = [{ name = "in", security_group_id = "/nsg/any", access = "Allow", direction = "Inbound", priority = 200, protocol = "Tcp", source_port_range = "*", source_address_prefix = "*", destination_address_prefix = "*", destination_port_range = "22" }]
-- given.azure_public_ip = [{ id = "/pip/std", sku_name = "Standard" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "azure_vm denied"
-- ledger = [{ table = "azure_vm", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_vnet = [{ id = "/vnet/v" }]
-- given.azure_bastion_host = [{ name = "b", sku_name = "Basic", ip_configurations_properties_subnet_id = ["/vnet/v/subnets/AzureBastionSubnet"] }]
-- given.azure_vm = [{ id = "/vm/web", network_profile_network_interfaces_id = ["/nic/web"] }]
-- given.azure_nic = [{ id = "/nic/web" }]
-- given.azure_nic_ip_configuration = [{ id = "/ip/web", nic_id = "/nic/web", private_ip_address = "10.0.0.4", subnet_id = "/vnet/v/subnets/web", public_ip_address_id = "/pip/std" }]
-- given.azure_subnet = [{ id = "/vnet/v/subnets/web", vnet_id = "/vnet/v", network_security_group_id = "/nsg/any" }]
-- given.azure_security_group = [{ id = "/nsg/any" }]
-- given.azure_security_group_rule = [{ name = "in", security_group_id = "/nsg/any", access = "Allow", direction = "Inbound", priority = 200, protocol = "Tcp", source_port_range = "*", source_address_prefix = "*", destination_address_prefix = "*", destination_port_range = "22" }]
-- given.azure_public_ip = [{ id = "/pip/std", sku_name = "Standard" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
WITH vnet AS (
    SELECT v.id, v.subscription_id,
           CASE WHEN NOT coalesce(list_contains(v._gaps, 'virtual_network_peerings'), FALSE) THEN v.virtual_network_peerings END AS peerings,
           coalesce(list_contains(v._gaps, 'virtual_network_peerings'), FALSE) AS peerings_unread
    FROM azure_vnet AS v
),
bastion AS (
    SELECT b.id, b.name, b.subscription_id, CASE WHEN list_contains(b._gaps, 'sku_name') THEN NULL ELSE lower(trim(coalesce(b.sku_name, 'basic'))) END AS sku,
           b.virtual_network_id, b.ip_configurations_properties_subnet_id AS subnets,
           coalesce(list_contains(b._gaps, 'virtual_network_id') OR list_contains(b._gaps, 'ip_configurations_properties_subnet_id'), FALSE)
             OR (b.virtual_network_id IS NULL AND coalesce(array_length(b.ip_configurations_properties_subnet_id), 0) = 0) AS place_unread
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
    SELECT p.vnet_id, p.remote_id, p.state, coalesce(r.subscription_id, nullif(regexp_extract(p.remote_id, '^/subscriptions/([^/]+)', 1), '')) AS remote_subscription
    FROM peering AS p
    LEFT JOIN vnet AS r ON r.id = p.remote_id
    WHERE coalesce(p.state, 'connected') = 'connected' AND p.lets_through <> 'false'
),
found AS (
    SELECT f.vnet_id, min(f.name) FILTER (WHERE f.is_certain) AS bastion, count(*) FILTER (WHERE NOT f.is_certain) AS n_perhaps
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
    HAVING bool_and(coalesce(l.status IN ('ok', 'not_registered', 'unsupported', 'license', 'retired'), FALSE))
),
unclear_peer AS (
    SELECT w.vnet_id, count(*) AS n
    FROM way AS w
    LEFT JOIN bastion_read AS r ON r.subscription_id = w.remote_subscription
    WHERE r.subscription_id IS NULL
    GROUP BY w.vnet_id
),
configuration AS (
    SELECT c.vm_id, c.nic_id, c.ip_configuration_id,
           coalesce(c.vnet_id, CASE WHEN contains(c.subnet_id, '/subnets/') THEN regexp_replace(c.subnet_id, '/subnets/[^/]*/?$', '') END) AS vnet_id,
           c.missing
    FROM vm_ip_configuration AS c
),
-- Of each network of a machine: the Bastion that reaches it, or why that is not known.
served AS (
    SELECT o.vnet_id, f.bastion,
           CASE WHEN f.bastion IS NOT NULL THEN NULL
                WHEN f.n_perhaps > 0 THEN 'whether a Bastion in a peered network serves this one is not known: its SKU or the state of the peering could not be read'
                WHEN v.id IS NULL THEN 'the virtual network ' || o.vnet_id || ' is not in the snapshot'
                WHEN r.subscription_id IS NULL THEN 'no Bastion was found, but Bastions of the subscription were not read in full'
                WHEN v.peerings_unread THEN 'no Bastion was found, but the peerings of the network could not be read'
                WHEN u.n > 0 THEN 'no Bastion was found, but those of peered networks were not all read'
           END AS doubt
    FROM (SELECT DISTINCT c.vnet_id FROM configuration AS c WHERE c.vnet_id IS NOT NULL) AS o
    LEFT JOIN vnet AS v ON v.id = o.vnet_id
    LEFT JOIN found AS f ON f.vnet_id = o.vnet_id
    LEFT JOIN bastion_read AS r ON r.subscription_id = v.subscription_id
    LEFT JOIN unclear_peer AS u ON u.vnet_id = o.vnet_id
),
placed AS (
    SELECT c.vm_id, min(s.bastion) AS bastion,
           min(coalesce(c.missing, s.doubt, CASE WHEN c.vnet_id IS NULL THEN 'the virtual network of ' || c.ip_configuration_id || ' is not known' END)) AS doubt
    FROM configuration AS c
    LEFT JOIN served AS s ON s.vnet_id = c.vnet_id
    GROUP BY c.vm_id
),
address AS (
    SELECT c.id AS ip_configuration_id, c.public_ip_address_id AS public_ip_id, coalesce(list_contains(c._gaps, 'public_ip_address_id'), FALSE) AS unread,
           CASE WHEN a.id IS NULL OR list_contains(a._gaps, 'sku_name') THEN NULL ELSE lower(coalesce(a.sku_name, 'Basic')) END AS sku
    FROM azure_nic_ip_configuration AS c
    LEFT JOIN azure_public_ip AS a ON a.id = c.public_ip_address_id
),
-- Through the public address alone; load balancers and firewalls are another check's matter.
reached AS (
    SELECT e.vm_id, e.port, e.sources, e.nsg_reach, e.why, e.has_nsg, a.public_ip_id, a.sku, coalesce(a.unread, FALSE) AS unread,
           CASE WHEN a.ip_configuration_id IS NULL THEN 'unknown'
                WHEN a.unread THEN CASE WHEN e.nsg_reach = 'none' THEN 'none' ELSE 'unknown' END
                WHEN a.public_ip_id IS NULL THEN 'no_path'
                WHEN e.has_nsg OR e.nsg_reach = 'none' THEN e.nsg_reach
                WHEN a.sku IS NULL THEN 'unknown'
                WHEN a.sku IN ('standard', 'standardv2', 'gateway') THEN 'none'
                ELSE e.nsg_reach
           END AS reach
    FROM effective_inbound AS e
    LEFT JOIN address AS a ON a.ip_configuration_id = e.ip_configuration_id
    WHERE e.is_management AND e.without_jit_allow
),
machine AS (
    SELECT r.vm_id,
           list_sort(list(DISTINCT CAST(r.port AS VARCHAR) || ' ' || r.reach
             || CASE WHEN array_length(r.sources) > 0 THEN ' (' || array_to_string(r.sources, ', ') || ')' ELSE '' END || ' by '
             || guid_of(r.public_ip_id) || coalesce(': ' || r.why, '')) FILTER (WHERE r.reach IN ('any', 'some'))) AS open_ports,
           list_sort(list(DISTINCT CAST(r.port AS VARCHAR) || ': '
             || CASE WHEN r.unread THEN 'whether the interface has a public address could not be read'
                     WHEN NOT r.has_nsg AND r.sku IS NULL AND r.public_ip_id IS NOT NULL THEN 'no security group, and the SKU of the public address is not known'
                     ELSE coalesce(r.why, 'not known')
                END) FILTER (WHERE coalesce(r.reach, 'unknown') = 'unknown')) AS unknown_ports,
           list_sort(list(DISTINCT r.public_ip_id) FILTER (WHERE r.public_ip_id IS NOT NULL)) AS public_ips,
           count(*) FILTER (WHERE r.reach = 'none') AS n_closed,
           count(*) FILTER (WHERE r.reach = 'none' AND NOT r.has_nsg) AS n_closed_by_sku
    FROM reached AS r
    GROUP BY r.vm_id
)
SELECT m.id AS subject, m.id AS resource_id, m.subscription_id,
       CASE WHEN p.vm_id IS NULL THEN NULL
            WHEN p.bastion IS NULL AND p.doubt IS NOT NULL THEN NULL
            WHEN p.bastion IS NULL THEN 'not_applicable'
            WHEN array_length(o.open_ports) > 0 THEN 'fail'
            WHEN o.vm_id IS NULL OR array_length(o.unknown_ports) > 0 THEN NULL
            ELSE 'pass'
       END AS verdict,
       CASE WHEN p.vm_id IS NULL THEN 'nothing is known about the network of the machine'
            WHEN p.bastion IS NULL AND p.doubt IS NOT NULL THEN p.doubt
            WHEN p.bastion IS NULL THEN 'no Bastion reaches the network of the machine'
            WHEN array_length(o.open_ports) > 0
            THEN 'the Bastion ' || p.bastion || ' serves the machine, yet ports are open on its public address: ' || array_to_string(o.open_ports, '; ')
            WHEN o.vm_id IS NULL THEN 'nothing is known about the ports of the machine'
            WHEN array_length(o.unknown_ports) > 0 THEN 'the Bastion ' || p.bastion || ' serves the machine; not known: ' || array_to_string(o.unknown_ports, '; ')
            WHEN o.n_closed = 0 THEN 'the Bastion ' || p.bastion || ' serves the machine, which has no public address'
            WHEN o.n_closed_by_sku > 0
            THEN 'the Bastion ' || p.bastion || ' serves the machine; a public address of the Standard SKU without a security group lets nobody in'
            ELSE 'the Bastion ' || p.bastion || ' serves the machine; the security groups let nobody outside reach a management port'
       END AS reason,
       p.bastion, o.open_ports, o.public_ips
FROM (SELECT v.id, v.subscription_id FROM azure_vm AS v) AS m
LEFT JOIN placed AS p ON p.vm_id = m.id
LEFT JOIN machine AS o ON o.vm_id = m.id
