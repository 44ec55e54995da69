-- title = "Groups that open machines beyond the web ports"
-- severity = "high"
-- subject = "azure_security_group"
-- tables = ["azure_security_group", "azure_security_group_rule", "azure_nic", "azure_subnet"]
-- controls = ["jupiterone_questions:nsg_internet_inbound_non_web"]
-- rationale = "Ports 80 and 443 are meant for everybody; what else a security group opens to any source is mostly administration or a database. Ports are compared as sets, as the question missed ranges that begin or end at 80 or 443, such as 22-443. Denies that come first, IPv6, scale sets and application gateways are looked at too. Another group, or a missing public address, may still keep traffic out."
-- remediation = "Name the sources that need it: az network nsg rule update --resource-group GROUP --nsg-name NSG --name RULE --source-address-prefixes 203.0.113.0/24"
-- references = ["https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview"]
-- [[case]]
-- title = "SSH open to a machine; to a machine in the subnet; to a scale set; to a balancer"
-- given.azure_security_group = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c" }, { id = "/x/d" }]
-- given.azure_security_group_rule = [
--   { id = "/x/a/securityrules/r", _parent_id = "/x/a", access = "Allow", direction = "Inbound", priority = 100, protocol = "Tcp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "22" },
--   { id = "/x/b/securityrules/r", _parent_id = "/x/b", access = "Allow", direction = "Inbound", priority = 100, protocol = "*", source_address_prefix = "Internet", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "*" },
--   { id = "/x/c/securityrules/r", _parent_id = "/x/c", access = "Allow", direction = "Inbound", priority = 100, protocol = "Udp", source_address_prefixes = ["0.0.0.0/0"], source_port_range = "*", destination_address_prefix = "*", destination_port_ranges = ["443", "53"] },
--   { id = "/x/d/securityrules/r", _parent_id = "/x/d", access = "Allow", direction = "Inbound", priority = 100, protocol = "Tcp", source_address_prefix = "::/0", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "8080" },
-- ]
-- given.azure_nic = [
--   { id = "/x/n1", network_security_group_id = "/x/a", virtual_machine_id = "/subscriptions/1/resourcegroups/g/providers/microsoft.compute/virtualmachines/v1" },
--   { id = "/x/n2", ip_configurations_properties_subnet_id = ["/x/net/subnets/T"], virtual_machine_id = "/subscriptions/1/resourcegroups/g/providers/microsoft.compute/virtualmachines/v2" },
--   { id = "/x/n3", network_security_group_id = "/x/d", ip_configurations_properties_load_balancer_backend_address_pools_id = ["/subscriptions/1/resourceGroups/g/providers/Microsoft.Network/loadBalancers/l/backendAddressPools/p"] },
-- ]
-- given.azure_subnet = [
--   { id = "/x/net/subnets/t", network_security_group_id = "/x/b" },
--   { id = "/x/net/subnets/u", network_security_group_id = "/x/c", ip_configurations_id = ["/subscriptions/1/resourceGroups/g/providers/Microsoft.Compute/virtualMachineScaleSets/s/virtualMachines/0/networkInterfaces/n/ipConfigurations/i"] },
-- ]
-- expect = { a = "fail", b = "fail", c = "fail", d = "fail" }
-- [[case]]
-- title = "80 and 443 only, as numbers, as one-port ranges, over UDP; ICMP has no ports"
-- given.azure_security_group = [{ id = "/x/g" }]
-- given.azure_security_group_rule = [
--   { id = "/x/g/securityrules/r", _parent_id = "/x/g", access = "Allow", direction = "Inbound", priority = 100, protocol = "Tcp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_ranges = ["80-80", "443"] },
--   { id = "/x/g/securityrules/q", _parent_id = "/x/g", access = "Allow", direction = "Inbound", priority = 110, protocol = "Udp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "443" },
--   { id = "/x/g/securityrules/p", _parent_id = "/x/g", access = "Allow", direction = "Inbound", priority = 120, protocol = "Icmp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "*" },
-- ]
-- given.azure_nic = [{ id = "/x/n", network_security_group_id = "/x/g", virtual_machine_id = "/subscriptions/1/resourcegroups/g/providers/microsoft.compute/virtualmachines/v" }]
-- expect = { g = "pass" }
-- [[case]]
-- title = "ranges that begin or end at a web port"
-- given.azure_security_group = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c" }, { id = "/x/d" }]
-- given.azure_security_group_rule = [
--   { id = "/x/a/securityrules/r", _parent_id = "/x/a", access = "Allow", direction = "Inbound", priority = 100, protocol = "Tcp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "22-443" },
--   { id = "/x/b/securityrules/r", _parent_id = "/x/b", access = "Allow", direction = "Inbound", priority = 100, protocol = "Tcp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "22-80" },
--   { id = "/x/c/securityrules/r", _parent_id = "/x/c", access = "Allow", direction = "Inbound", priority = 100, protocol = "Tcp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "80-90" },
--   { id = "/x/d/securityrules/r", _parent_id = "/x/d", access = "Allow", direction = "Inbound", priority = 100, protocol = "Tcp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "443-450" },
-- ]
-- given.azure_nic = [
--   { id = "/x/n1", network_security_group_id = "/x/a", virtual_machine_id = "/subscriptions/1/resourcegroups/g/providers/microsoft.compute/virtualmachines/v1" },
--   { id = "/x/n2", network_security_group_id = "/x/b", virtual_machine_id = "/subscriptions/1/resourcegroups/g/providers/microsoft.compute/virtualmachines/v2" },
--   { id = "/x/n3", network_security_group_id = "/x/c", virtual_machine_id = "/subscriptions/1/resourcegroups/g/providers/microsoft.compute/virtualmachines/v3" },
--   { id = "/x/n4", network_security_group_id = "/x/d", virtual_machine_id = "/subscriptions/1/resourcegroups/g/providers/microsoft.compute/virtualmachines/v4" },
-- ]
-- expect = { a = "fail", b = "fail", c = "fail", d = "fail" }
-- [[case]]
-- title = "a deny that comes first closes what is not web; only for IPv4; only a part"
-- given.azure_security_group = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c" }]
-- given.azure_security_group_rule = [
--   { id = "/x/a/securityrules/d", _parent_id = "/x/a", access = "Deny", direction = "Inbound", priority = 90, protocol = "*", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_ranges = ["0-79", "81-442", "444-65535"] },
--   { id = "/x/a/securityrules/r", _parent_id = "/x/a", access = "Allow", direction = "Inbound", priority = 100, protocol = "*", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "*" },
--   { id = "/x/b/securityrules/d", _parent_id = "/x/b", access = "Deny", direction = "Inbound", priority = 90, protocol = "*", source_address_prefix = "0.0.0.0/0", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "22" },
--   { id = "/x/b/securityrules/r", _parent_id = "/x/b", access = "Allow", direction = "Inbound", priority = 100, protocol = "Tcp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "22" },
--   { id = "/x/c/securityrules/d", _parent_id = "/x/c", access = "Deny", direction = "Inbound", priority = 90, protocol = "Udp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "22" },
--   { id = "/x/c/securityrules/r", _parent_id = "/x/c", access = "Allow", direction = "Inbound", priority = 100, protocol = "Tcp", source_address_prefixes = ["0.0.0.0/1", "128.0.0.0/1"], source_port_range = "*", destination_address_prefix = "*", destination_port_range = "22" },
-- ]
-- given.azure_nic = [
--   { id = "/x/n1", network_security_group_id = "/x/a", virtual_machine_id = "/subscriptions/1/resourcegroups/g/providers/microsoft.compute/virtualmachines/v1" },
--   { id = "/x/n2", network_security_group_id = "/x/b", virtual_machine_id = "/subscriptions/1/resourcegroups/g/providers/microsoft.compute/virtualmachines/v2" },
--   { id = "/x/n3", network_security_group_id = "/x/c", virtual_machine_id = "/subscriptions/1/resourcegroups/g/providers/microsoft.compute/virtualmachines/v3" },
-- ]
-- expect = { a = "pass", b = "fail", c = "fail" }
-- [[case]]
-- title = "open, but no machine behind: set on nothing, or a private endpoint; an interface outside the snapshot leaves it open"
-- given.azure_security_group = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c" }]
-- given.azure_security_group_rule = [
--   { id = "/x/a/securityrules/r", _parent_id = "/x/a", access = "Allow", direction = "Inbound", priority = 100, protocol = "Tcp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "22" },
--   { id = "/x/b/securityrules/r", _parent_id = "/x/b", access = "Allow", direction = "Inbound", priority = 100, protocol = "Tcp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "22" },
--   { id = "/x/c/securityrules/r", _parent_id = "/x/c", access = "Allow", direction = "Inbound", priority = 100, protocol = "Tcp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "22" },
-- ]
-- given.azure_nic = [{ id = "/x/n", network_security_group_id = "/x/b", private_endpoint_id = "/subscriptions/1/resourcegroups/g/providers/microsoft.network/privateendpoints/p" }]
-- given.azure_subnet = [{ id = "/x/net/subnets/t", network_security_group_id = "/x/c", ip_configurations_id = ["/subscriptions/1/resourceGroups/g/providers/Microsoft.Network/networkInterfaces/n/ipConfigurations/i"] }]
-- expect = { a = "not_applicable", b = "not_applicable", c = "unknown" }
-- [[case]]
-- title = "open, and what the group is set on, the owner of an interface or what lies in a subnet that it is set on, not readable"
-- given.azure_security_group = [{ id = "/x/a", _gaps = ["subnets_id"] }, { id = "/x/b", _gaps = ["network_interfaces_id"] }, { id = "/x/c" }, { id = "/x/d" }]
-- given.azure_subnet = [{ id = "/x/net/subnets/d", network_security_group_id = "/x/d", _gaps = ["ip_configurations_id"] }]
-- given.azure_nic = [{ id = "/x/nic", network_security_group_id = "/x/c", _gaps = ["virtual_machine_id"] }]
-- given.azure_security_group_rule = [
--   { id = "/x/a/securityrules/r", _parent_id = "/x/a", access = "Allow", direction = "Inbound", priority = 100, protocol = "Tcp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "22" },
--   { id = "/x/b/securityrules/r", _parent_id = "/x/b", access = "Allow", direction = "Inbound", priority = 100, protocol = "Tcp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "22" },
--   { id = "/x/c/securityrules/r", _parent_id = "/x/c", access = "Allow", direction = "Inbound", priority = 100, protocol = "Tcp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "22" },
--   { id = "/x/d/securityrules/r", _parent_id = "/x/d", access = "Allow", direction = "Inbound", priority = 100, protocol = "Tcp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "22" },
-- ]
-- expect = { a = "unknown", b = "unknown", c = "unknown", d = "unknown" }
-- [[case]]
-- title = "a port that cannot be read"
-- given.azure_security_group = [{ id = "/x/g" }]
-- given.azure_security_group_rule = [{ id = "/x/g/securityrules/r", _parent_id = "/x/g", access = "Allow", direction = "Inbound", priority = 100, protocol = "Tcp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "ssh" }]
-- given.azure_nic = [{ id = "/x/n", network_security_group_id = "/x/g", virtual_machine_id = "/subscriptions/1/resourcegroups/g/providers/microsoft.compute/virtualmachines/v" }]
-- expect = { g = "unknown" }
-- [[case]]
-- title = "no group"
-- given.azure_security_group = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "wide sources are everybody: the routable IPv6 space, four quarters in one rule or in four, one quarter, a /7; a /8 and a /24 are not"
-- given.azure_security_group = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c" }, { id = "/x/d" }, { id = "/x/e" }, { id = "/x/f" }, { id = "/x/g" }]
-- given.azure_security_group_rule = [
--   { id = "/x/a/securityrules/r", _parent_id = "/x/a", access = "Allow", direction = "Inbound", priority = 100, protocol = "Tcp", source_address_prefix = "2000::/3", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "22" },
--   { id = "/x/b/securityrules/r", _parent_id = "/x/b", access = "Allow", direction = "Inbound", priority = 100, protocol = "Tcp", source_address_prefixes = ["0.0.0.0/2", "64.0.0.0/2", "128.0.0.0/2", "192.0.0.0/2"], source_port_range = "*", destination_address_prefix = "*", destination_port_range = "22" },
--   { id = "/x/c/securityrules/r0", _parent_id = "/x/c", access = "Allow", direction = "Inbound", priority = 100, protocol = "Tcp", source_address_prefix = "0.0.0.0/2", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "22" },
--   { id = "/x/c/securityrules/r1", _parent_id = "/x/c", access = "Allow", direction = "Inbound", priority = 101, protocol = "Tcp", source_address_prefix = "64.0.0.0/2", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "22" },
--   { id = "/x/c/securityrules/r2", _parent_id = "/x/c", access = "Allow", direction = "Inbound", priority = 102, protocol = "Tcp", source_address_prefix = "128.0.0.0/2", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "22" },
--   { id = "/x/c/securityrules/r3", _parent_id = "/x/c", access = "Allow", direction = "Inbound", priority = 103, protocol = "Tcp", source_address_prefix = "192.0.0.0/2", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "22" },
--   { id = "/x/d/securityrules/r", _parent_id = "/x/d", access = "Allow", direction = "Inbound", priority = 100, protocol = "Tcp", source_address_prefix = "64.0.0.0/2", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "22" },
--   { id = "/x/e/securityrules/r", _parent_id = "/x/e", access = "Allow", direction = "Inbound", priority = 100, protocol = "Tcp", source_address_prefix = "20.0.0.0/7", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "22" },
--   { id = "/x/f/securityrules/r", _parent_id = "/x/f", access = "Allow", direction = "Inbound", priority = 100, protocol = "Tcp", source_address_prefix = "20.0.0.0/8", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "22" },
--   { id = "/x/g/securityrules/r", _parent_id = "/x/g", access = "Allow", direction = "Inbound", priority = 100, protocol = "Tcp", source_address_prefixes = ["203.0.113.0/24", "2001:db8::/32"], source_port_range = "*", destination_address_prefix = "*", destination_port_range = "22" },
-- ]
-- given.azure_nic = [
--   { id = "/x/na", network_security_group_id = "/x/a", virtual_machine_id = "/subscriptions/1/resourcegroups/g/providers/microsoft.compute/virtualmachines/va" },
--   { id = "/x/nb", network_security_group_id = "/x/b", virtual_machine_id = "/subscriptions/1/resourcegroups/g/providers/microsoft.compute/virtualmachines/vb" },
--   { id = "/x/nc", network_security_group_id = "/x/c", virtual_machine_id = "/subscriptions/1/resourcegroups/g/providers/microsoft.compute/virtualmachines/vc" },
--   { id = "/x/nd", network_security_group_id = "/x/d", virtual_machine_id = "/subscriptions/1/resourcegroups/g/providers/microsoft.compute/virtualmachines/vd" },
--   { id = "/x/ne", network_security_group_id = "/x/e", virtual_machine_id = "/subscriptions/1/resourcegroups/g/providers/microsoft.compute/virtualmachines/ve" },
--   { id = "/x/nf", network_security_group_id = "/x/f", virtual_machine_id = "/subscriptions/1/resourcegroups/g/providers/microsoft.compute/virtualmachines/vf" },
--   { id = "/x/ng", network_security_group_id = "/x/g", virtual_machine_id = "/subscriptions/1/resourcegroups/g/providers/microsoft.compute/virtualmachines/vg" },
-- ]
-- expect = { a = "fail", b = "fail", c = "fail", d = "fail", e = "fail", f = "pass", g = "pass" }
-- [[case]]
-- title = "many /8 side by side: half of the Internet and more is everybody, less is not; the same prefix twice counts once; IPv6 by /13"
-- given.azure_security_group = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c" }, { id = "/x/d" }, { id = "/x/e" }]
-- given.azure_security_group_rule = [
--   { id = "/x/a/securityrules/r", _parent_id = "/x/a", access = "Allow", direction = "Inbound", priority = 100, protocol = "Tcp", source_address_prefixes = ["1.0.0.0/8", "2.0.0.0/8", "3.0.0.0/8", "4.0.0.0/8", "5.0.0.0/8", "6.0.0.0/8", "7.0.0.0/8", "8.0.0.0/8", "9.0.0.0/8", "11.0.0.0/8", "12.0.0.0/8", "13.0.0.0/8", "14.0.0.0/8", "15.0.0.0/8", "16.0.0.0/8", "17.0.0.0/8", "18.0.0.0/8", "19.0.0.0/8", "20.0.0.0/8", "21.0.0.0/8", "22.0.0.0/8", "23.0.0.0/8", "24.0.0.0/8", "25.0.0.0/8", "26.0.0.0/8", "27.0.0.0/8", "28.0.0.0/8", "29.0.0.0/8", "30.0.0.0/8", "31.0.0.0/8", "32.0.0.0/8", "33.0.0.0/8", "34.0.0.0/8", "35.0.0.0/8", "36.0.0.0/8", "37.0.0.0/8", "38.0.0.0/8", "39.0.0.0/8", "40.0.0.0/8", "41.0.0.0/8", "42.0.0.0/8", "43.0.0.0/8", "44.0.0.0/8", "45.0.0.0/8", "46.0.0.0/8", "47.0.0.0/8", "48.0.0.0/8", "49.0.0.0/8", "50.0.0.0/8", "51.0.0.0/8", "52.0.0.0/8", "53.0.0.0/8", "54.0.0.0/8", "55.0.0.0/8", "56.0.0.0/8", "57.0.0.0/8", "58.0.0.0/8", "59.0.0.0/8", "60.0.0.0/8", "61.0.0.0/8", "62.0.0.0/8", "63.0.0.0/8", "64.0.0.0/8", "65.0.0.0/8", "66.0.0.0/8", "67.0.0.0/8", "68.0.0.0/8", "69.0.0.0/8", "70.0.0.0/8", "71.0.0.0/8", "72.0.0.0/8", "73.0.0.0/8", "74.0.0.0/8", "75.0.0.0/8", "76.0.0.0/8", "77.0.0.0/8", "78.0.0.0/8", "79.0.0.0/8", "80.0.0.0/8", "81.0.0.0/8", "82.0.0.0/8", "83.0.0.0/8", "84.0.0.0/8", "85.0.0.0/8", "86.0.0.0/8", "87.0.0.0/8", "88.0.0.0/8", "89.0.0.0/8", "90.0.0.0/8", "91.0.0.0/8", "92.0.0.0/8", "93.0.0.0/8", "94.0.0.0/8", "95.0.0.0/8", "96.0.0.0/8", "97.0.0.0/8", "98.0.0.0/8", "99.0.0.0/8", "100.0.0.0/8", "101.0.0.0/8", "102.0.0.0/8", "103.0.0.0/8", "104.0.0.0/8", "105.0.0.0/8", "106.0.0.0/8", "107.0.0.0/8", "108.0.0.0/8", "109.0.0.0/8", "110.0.0.0/8", "111.0.0.0/8", "112.0.0.0/8", "113.0.0.0/8", "114.0.0.0/8", "115.0.0.0/8", "116.0.0.0/8", "117.0.0.0/8", "118.0.0.0/8", "119.0.0.0/8", "120.0.0.0/8", "121.0.0.0/8", "122.0.0.0/8", "123.0.0.0/8", "124.0.0.0/8", "125.0.0.0/8", "126.0.0.0/8", "128.0.0.0/8", "129.0.0.0/8", "130.0.0.0/8", "131.0.0.0/8"], source_port_range = "*", destination_address_prefix = "*", destination_port_range = "22" },
--   { id = "/x/b/securityrules/r", _parent_id = "/x/b", access = "Allow", direction = "Inbound", priority = 100, protocol = "Tcp", source_address_prefixes = ["1.0.0.0/8", "2.0.0.0/8", "3.0.0.0/8", "4.0.0.0/8", "5.0.0.0/8", "6.0.0.0/8", "7.0.0.0/8", "8.0.0.0/8", "9.0.0.0/8", "11.0.0.0/8", "12.0.0.0/8", "13.0.0.0/8", "14.0.0.0/8", "15.0.0.0/8", "16.0.0.0/8", "17.0.0.0/8", "18.0.0.0/8", "19.0.0.0/8", "20.0.0.0/8", "21.0.0.0/8", "22.0.0.0/8", "23.0.0.0/8", "24.0.0.0/8", "25.0.0.0/8", "26.0.0.0/8", "27.0.0.0/8", "28.0.0.0/8", "29.0.0.0/8", "30.0.0.0/8", "31.0.0.0/8", "32.0.0.0/8", "33.0.0.0/8", "34.0.0.0/8", "35.0.0.0/8", "36.0.0.0/8", "37.0.0.0/8", "38.0.0.0/8", "39.0.0.0/8", "40.0.0.0/8", "41.0.0.0/8", "42.0.0.0/8", "43.0.0.0/8", "44.0.0.0/8", "45.0.0.0/8", "46.0.0.0/8", "47.0.0.0/8", "48.0.0.0/8", "49.0.0.0/8", "50.0.0.0/8", "51.0.0.0/8", "52.0.0.0/8", "53.0.0.0/8", "54.0.0.0/8", "55.0.0.0/8", "56.0.0.0/8", "57.0.0.0/8", "58.0.0.0/8", "59.0.0.0/8", "60.0.0.0/8", "61.0.0.0/8", "62.0.0.0/8", "63.0.0.0/8", "64.0.0.0/8", "65.0.0.0/8", "66.0.0.0/8", "67.0.0.0/8", "68.0.0.0/8", "69.0.0.0/8", "70.0.0.0/8", "71.0.0.0/8"], source_port_range = "*", destination_address_prefix = "*", destination_port_range = "22" },
--   { id = "/x/b/securityrules/s", _parent_id = "/x/b", access = "Allow", direction = "Inbound", priority = 110, protocol = "Tcp", source_address_prefixes = ["72.0.0.0/8", "73.0.0.0/8", "74.0.0.0/8", "75.0.0.0/8", "76.0.0.0/8", "77.0.0.0/8", "78.0.0.0/8", "79.0.0.0/8", "80.0.0.0/8", "81.0.0.0/8", "82.0.0.0/8", "83.0.0.0/8", "84.0.0.0/8", "85.0.0.0/8", "86.0.0.0/8", "87.0.0.0/8", "88.0.0.0/8", "89.0.0.0/8", "90.0.0.0/8", "91.0.0.0/8", "92.0.0.0/8", "93.0.0.0/8", "94.0.0.0/8", "95.0.0.0/8", "96.0.0.0/8", "97.0.0.0/8", "98.0.0.0/8", "99.0.0.0/8", "100.0.0.0/8", "101.0.0.0/8", "102.0.0.0/8", "103.0.0.0/8", "104.0.0.0/8", "105.0.0.0/8", "106.0.0.0/8", "107.0.0.0/8", "108.0.0.0/8", "109.0.0.0/8", "110.0.0.0/8", "111.0.0.0/8", "112.0.0.0/8", "113.0.0.0/8", "114.0.0.0/8", "115.0.0.0/8", "116.0.0.0/8", "117.0.0.0/8", "118.0.0.0/8", "119.0.0.0/8", "120.0.0.0/8", "121.0.0.0/8", "122.0.0.0/8", "123.0.0.0/8", "124.0.0.0/8", "125.0.0.0/8", "126.0.0.0/8", "128.0.0.0/8", "129.0.0.0/8", "130.0.0.0/8", "131.0.0.0/8", "132.0.0.0/8", "133.0.0.0/8", "134.0.0.0/8", "135.0.0.0/8", "136.0.0.0/8", "137.0.0.0/8", "138.0.0.0/8", "139.0.0.0/8", "140.0.0.0/8", "141.0.0.0/8", "142.0.0.0/8"], source_port_range = "*", destination_address_prefix = "*", destination_port_range = "22" },
--   { id = "/x/c/securityrules/r", _parent_id = "/x/c", access = "Allow", direction = "Inbound", priority = 100, protocol = "Tcp", source_address_prefixes = ["1.0.0.0/8", "2.0.0.0/8", "3.0.0.0/8", "4.0.0.0/8", "5.0.0.0/8", "6.0.0.0/8", "7.0.0.0/8", "8.0.0.0/8", "9.0.0.0/8", "11.0.0.0/8", "12.0.0.0/8", "13.0.0.0/8", "14.0.0.0/8", "15.0.0.0/8", "16.0.0.0/8", "17.0.0.0/8", "18.0.0.0/8", "19.0.0.0/8", "20.0.0.0/8", "21.0.0.0/8", "22.0.0.0/8", "23.0.0.0/8", "24.0.0.0/8", "25.0.0.0/8", "26.0.0.0/8", "27.0.0.0/8", "28.0.0.0/8", "29.0.0.0/8", "30.0.0.0/8", "31.0.0.0/8", "32.0.0.0/8", "33.0.0.0/8", "34.0.0.0/8", "35.0.0.0/8", "36.0.0.0/8", "37.0.0.0/8", "38.0.0.0/8", "39.0.0.0/8", "40.0.0.0/8", "41.0.0.0/8", "42.0.0.0/8", "43.0.0.0/8", "44.0.0.0/8", "45.0.0.0/8", "46.0.0.0/8", "47.0.0.0/8", "48.0.0.0/8", "49.0.0.0/8", "50.0.0.0/8", "51.0.0.0/8", "52.0.0.0/8", "53.0.0.0/8", "54.0.0.0/8", "55.0.0.0/8", "56.0.0.0/8", "57.0.0.0/8", "58.0.0.0/8", "59.0.0.0/8", "60.0.0.0/8", "61.0.0.0/8", "62.0.0.0/8", "63.0.0.0/8", "64.0.0.0/8", "65.0.0.0/8", "66.0.0.0/8", "67.0.0.0/8", "68.0.0.0/8", "69.0.0.0/8", "70.0.0.0/8", "71.0.0.0/8", "72.0.0.0/8", "73.0.0.0/8", "74.0.0.0/8", "75.0.0.0/8", "76.0.0.0/8", "77.0.0.0/8", "78.0.0.0/8", "79.0.0.0/8", "80.0.0.0/8", "81.0.0.0/8", "82.0.0.0/8", "83.0.0.0/8", "84.0.0.0/8", "85.0.0.0/8", "86.0.0.0/8", "87.0.0.0/8", "88.0.0.0/8", "89.0.0.0/8", "90.0.0.0/8", "91.0.0.0/8", "92.0.0.0/8", "93.0.0.0/8", "94.0.0.0/8", "95.0.0.0/8", "96.0.0.0/8", "97.0.0.0/8", "98.0.0.0/8", "99.0.0.0/8", "100.0.0.0/8", "101.0.0.0/8", "102.0.0.0/8", "103.0.0.0/8", "104.0.0.0/8", "105.0.0.0/8", "106.0.0.0/8", "107.0.0.0/8", "108.0.0.0/8", "109.0.0.0/8", "110.0.0.0/8", "111.0.0.0/8", "112.0.0.0/8", "113.0.0.0/8", "114.0.0.0/8", "115.0.0.0/8", "116.0.0.0/8", "117.0.0.0/8", "118.0.0.0/8", "119.0.0.0/8", "120.0.0.0/8", "121.0.0.0/8", "122.0.0.0/8", "123.0.0.0/8", "124.0.0.0/8", "125.0.0.0/8", "126.0.0.0/8", "128.0.0.0/8", "129.0.0.0/8"], source_port_range = "*", destination_address_prefix = "*", destination_port_range = "22" },
--   { id = "/x/d/securityrules/r", _parent_id = "/x/d", access = "Allow", direction = "Inbound", priority = 100, protocol = "Tcp", source_address_prefixes = ["1.0.0.0/8", "2.0.0.0/8", "3.0.0.0/8", "4.0.0.0/8", "5.0.0.0/8", "6.0.0.0/8", "7.0.0.0/8", "8.0.0.0/8", "9.0.0.0/8", "11.0.0.0/8", "12.0.0.0/8", "13.0.0.0/8", "14.0.0.0/8", "15.0.0.0/8", "16.0.0.0/8", "17.0.0.0/8", "18.0.0.0/8", "19.0.0.0/8", "20.0.0.0/8", "21.0.0.0/8", "22.0.0.0/8", "23.0.0.0/8", "24.0.0.0/8", "25.0.0.0/8", "26.0.0.0/8", "27.0.0.0/8", "28.0.0.0/8", "29.0.0.0/8", "30.0.0.0/8", "31.0.0.0/8", "32.0.0.0/8", "33.0.0.0/8", "34.0.0.0/8", "35.0.0.0/8", "36.0.0.0/8", "37.0.0.0/8", "38.0.0.0/8", "39.0.0.0/8", "40.0.0.0/8", "41.0.0.0/8", "42.0.0.0/8", "43.0.0.0/8", "44.0.0.0/8", "45.0.0.0/8", "46.0.0.0/8", "47.0.0.0/8", "48.0.0.0/8", "49.0.0.0/8", "50.0.0.0/8", "51.0.0.0/8", "52.0.0.0/8", "53.0.0.0/8", "54.0.0.0/8", "55.0.0.0/8", "56.0.0.0/8", "57.0.0.0/8", "58.0.0.0/8", "59.0.0.0/8", "60.0.0.0/8", "61.0.0.0/8", "62.0.0.0/8", "63.0.0.0/8", "64.0.0.0/8", "65.0.0.0/8", "66.0.0.0/8", "67.0.0.0/8", "68.0.0.0/8", "69.0.0.0/8", "70.0.0.0/8", "71.0.0.0/8"], source_port_range = "*", destination_address_prefix = "*", destination_port_range = "22" },
--   { id = "/x/d/securityrules/s", _parent_id = "/x/d", access = "Allow", direction = "Inbound", priority = 110, protocol = "Tcp", source_address_prefixes = ["1.0.0.0/8", "2.0.0.0/8", "3.0.0.0/8", "4.0.0.0/8", "5.0.0.0/8", "6.0.0.0/8", "7.0.0.0/8", "8.0.0.0/8", "9.0.0.0/8", "11.0.0.0/8", "12.0.0.0/8", "13.0.0.0/8", "14.0.0.0/8", "15.0.0.0/8", "16.0.0.0/8", "17.0.0.0/8", "18.0.0.0/8", "19.0.0.0/8", "20.0.0.0/8", "21.0.0.0/8", "22.0.0.0/8", "23.0.0.0/8", "24.0.0.0/8", "25.0.0.0/8", "26.0.0.0/8", "27.0.0.0/8", "28.0.0.0/8", "29.0.0.0/8", "30.0.0.0/8", "31.0.0.0/8", "32.0.0.0/8", "33.0.0.0/8", "34.0.0.0/8", "35.0.0.0/8", "36.0.0.0/8", "37.0.0.0/8", "38.0.0.0/8", "39.0.0.0/8", "40.0.0.0/8", "41.0.0.0/8", "42.0.0.0/8", "43.0.0.0/8", "44.0.0.0/8", "45.0.0.0/8", "46.0.0.0/8", "47.0.0.0/8", "48.0.0.0/8", "49.0.0.0/8", "50.0.0.0/8", "51.0.0.0/8", "52.0.0.0/8", "53.0.0.0/8", "54.0.0.0/8", "55.0.0.0/8", "56.0.0.0/8", "57.0.0.0/8", "58.0.0.0/8", "59.0.0.0/8", "60.0.0.0/8", "61.0.0.0/8", "62.0.0.0/8", "63.0.0.0/8", "64.0.0.0/8", "65.0.0.0/8", "66.0.0.0/8", "67.0.0.0/8", "68.0.0.0/8", "69.0.0.0/8", "70.0.0.0/8", "71.0.0.0/8"], source_port_range = "*", destination_address_prefix = "*", destination_port_range = "22" },
--   { id = "/x/e/securityrules/r", _parent_id = "/x/e", access = "Allow", direction = "Inbound", priority = 100, protocol = "Tcp", source_address_prefixes = ["2600::/13", "2608::/13"], source_port_range = "*", destination_address_prefix = "*", destination_port_range = "22" },
-- ]
-- given.azure_nic = [
--   { id = "/x/na", network_security_group_id = "/x/a", virtual_machine_id = "/subscriptions/1/resourcegroups/g/providers/microsoft.compute/virtualmachines/va" },
--   { id = "/x/nb", network_security_group_id = "/x/b", virtual_machine_id = "/subscriptions/1/resourcegroups/g/providers/microsoft.compute/virtualmachines/vb" },
--   { id = "/x/nc", network_security_group_id = "/x/c", virtual_machine_id = "/subscriptions/1/resourcegroups/g/providers/microsoft.compute/virtualmachines/vc" },
--   { id = "/x/nd", network_security_group_id = "/x/d", virtual_machine_id = "/subscriptions/1/resourcegroups/g/providers/microsoft.compute/virtualmachines/vd" },
--   { id = "/x/ne", network_security_group_id = "/x/e", virtual_machine_id = "/subscriptions/1/resourcegroups/g/providers/microsoft.compute/virtualmachines/ve" },
-- ]
-- expect = { a = "fail", b = "fail", c = "pass", d = "pass", e = "fail" }
-- [[case]]
-- title = "wide prefixes without public addresses let nobody in from outside"
-- given.azure_security_group = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c" }, { id = "/x/d" }]
-- given.azure_security_group_rule = [
--   { id = "/x/a/securityrules/r", _parent_id = "/x/a", access = "Allow", direction = "Inbound", priority = 100, protocol = "Tcp", source_address_prefixes = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"], source_port_range = "*", destination_address_prefix = "*", destination_port_range = "22" },
--   { id = "/x/b/securityrules/r", _parent_id = "/x/b", access = "Allow", direction = "Inbound", priority = 100, protocol = "Tcp", source_address_prefix = "224.0.0.0/3", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "22" },
--   { id = "/x/c/securityrules/r", _parent_id = "/x/c", access = "Allow", direction = "Inbound", priority = 100, protocol = "Tcp", source_address_prefixes = ["fc00::/7", "fe80::/10", "ff00::/8"], source_port_range = "*", destination_address_prefix = "*", destination_port_range = "22" },
--   { id = "/x/d/securityrules/r", _parent_id = "/x/d", access = "Allow", direction = "Inbound", priority = 100, protocol = "Tcp", source_address_prefix = "10.0.0.0/7", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "22" },
-- ]
-- given.azure_nic = [
--   { id = "/x/na", network_security_group_id = "/x/a", virtual_machine_id = "/subscriptions/1/resourcegroups/g/providers/microsoft.compute/virtualmachines/va" },
--   { id = "/x/nb", network_security_group_id = "/x/b", virtual_machine_id = "/subscriptions/1/resourcegroups/g/providers/microsoft.compute/virtualmachines/vb" },
--   { id = "/x/nc", network_security_group_id = "/x/c", virtual_machine_id = "/subscriptions/1/resourcegroups/g/providers/microsoft.compute/virtualmachines/vc" },
--   { id = "/x/nd", network_security_group_id = "/x/d", virtual_machine_id = "/subscriptions/1/resourcegroups/g/providers/microsoft.compute/virtualmachines/vd" },
-- ]
-- expect = { a = "pass", b = "pass", c = "pass", d = "pass" }
-- [[case]]
-- title = "a deny that comes first closes its part: the same quarter, half of everybody, all quarters, IPv4 only, the routable IPv6 space"
-- given.azure_security_group = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c" }, { id = "/x/d" }, { id = "/x/e" }, { id = "/x/f" }]
-- given.azure_security_group_rule = [
--   { id = "/x/a/securityrules/d", _parent_id = "/x/a", access = "Deny", direction = "Inbound", priority = 90, protocol = "Tcp", source_address_prefix = "64.0.0.0/2", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "22" },
--   { id = "/x/a/securityrules/r", _parent_id = "/x/a", access = "Allow", direction = "Inbound", priority = 100, protocol = "Tcp", source_address_prefix = "64.0.0.0/2", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "22" },
--   { id = "/x/b/securityrules/d", _parent_id = "/x/b", access = "Deny", direction = "Inbound", priority = 90, protocol = "Tcp", source_address_prefix = "0.0.0.0/1", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "22" },
--   { id = "/x/b/securityrules/r", _parent_id = "/x/b", access = "Allow", direction = "Inbound", priority = 100, protocol = "Tcp", source_address_prefix = "0.0.0.0/0", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "22" },
--   { id = "/x/c/securityrules/d", _parent_id = "/x/c", access = "Deny", direction = "Inbound", priority = 90, protocol = "Tcp", source_address_prefixes = ["0.0.0.0/2", "64.0.0.0/2", "128.0.0.0/2", "192.0.0.0/2"], source_port_range = "*", destination_address_prefix = "*", destination_port_range = "22" },
--   { id = "/x/c/securityrules/r", _parent_id = "/x/c", access = "Allow", direction = "Inbound", priority = 100, protocol = "Tcp", source_address_prefix = "0.0.0.0/0", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "22" },
--   { id = "/x/d/securityrules/d", _parent_id = "/x/d", access = "Deny", direction = "Inbound", priority = 90, protocol = "Tcp", source_address_prefixes = ["0.0.0.0/2", "64.0.0.0/2", "128.0.0.0/2", "192.0.0.0/2"], source_port_range = "*", destination_address_prefix = "*", destination_port_range = "22" },
--   { id = "/x/d/securityrules/r", _parent_id = "/x/d", access = "Allow", direction = "Inbound", priority = 100, protocol = "Tcp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "22" },
--   { id = "/x/e/securityrules/d", _parent_id = "/x/e", access = "Deny", direction = "Inbound", priority = 90, protocol = "Tcp", source_address_prefix = "2000::/3", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "22" },
--   { id = "/x/e/securityrules/r", _parent_id = "/x/e", access = "Allow", direction = "Inbound", priority = 100, protocol = "Tcp", source_address_prefix = "::/0", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "22" },
--   { id = "/x/f/securityrules/d", _parent_id = "/x/f", access = "Deny", direction = "Inbound", priority = 110, protocol = "Tcp", source_address_prefix = "2000::/3", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "22" },
--   { id = "/x/f/securityrules/r", _parent_id = "/x/f", access = "Allow", direction = "Inbound", priority = 100, protocol = "Tcp", source_address_prefix = "::/0", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "22" },
-- ]
-- given.azure_nic = [
--   { id = "/x/na", network_security_group_id = "/x/a", virtual_machine_id = "/subscriptions/1/resourcegroups/g/providers/microsoft.compute/virtualmachines/va" },
--   { id = "/x/nb", network_security_group_id = "/x/b", virtual_machine_id = "/subscriptions/1/resourcegroups/g/providers/microsoft.compute/virtualmachines/vb" },
--   { id = "/x/nc", network_security_group_id = "/x/c", virtual_machine_id = "/subscriptions/1/resourcegroups/g/providers/microsoft.compute/virtualmachines/vc" },
--   { id = "/x/nd", network_security_group_id = "/x/d", virtual_machine_id = "/subscriptions/1/resourcegroups/g/providers/microsoft.compute/virtualmachines/vd" },
--   { id = "/x/ne", network_security_group_id = "/x/e", virtual_machine_id = "/subscriptions/1/resourcegroups/g/providers/microsoft.compute/virtualmachines/ve" },
--   { id = "/x/nf", network_security_group_id = "/x/f", virtual_machine_id = "/subscriptions/1/resourcegroups/g/providers/microsoft.compute/virtualmachines/vf" },
-- ]
-- expect = { a = "pass", b = "fail", c = "pass", d = "fail", e = "pass", f = "fail" }
-- [[case]]
-- title = "subnets denied"
-- ledger = [{ table = "azure_subnet", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_security_group = [{ id = "/x/g" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "a deny to VirtualNetwork shuts out what is let in to private addresses alone: behind a balancer with floating IP the destination is the public frontend"
-- given.azure_security_group = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c" }]
-- given.azure_security_group_rule = [
--   { id = "/x/a/securityrules/d", _parent_id = "/x/a", access = "Deny", direction = "Inbound", priority = 100, protocol = "*", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "VirtualNetwork", destination_port_range = "*" },
--   { id = "/x/a/securityrules/r", _parent_id = "/x/a", access = "Allow", direction = "Inbound", priority = 200, protocol = "Tcp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "22" },
--   { id = "/x/b/securityrules/d", _parent_id = "/x/b", access = "Deny", direction = "Inbound", priority = 100, protocol = "Tcp", source_address_prefix = "Internet", source_port_range = "*", destination_address_prefix = "virtualnetwork", destination_port_range = "22" },
--   { id = "/x/b/securityrules/r", _parent_id = "/x/b", access = "Allow", direction = "Inbound", priority = 200, protocol = "Tcp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "20.1.2.3", destination_port_range = "22" },
--   { id = "/x/c/securityrules/d", _parent_id = "/x/c", access = "Deny", direction = "Inbound", priority = 100, protocol = "Tcp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "VirtualNetwork", destination_port_range = "*" },
--   { id = "/x/c/securityrules/r", _parent_id = "/x/c", access = "Allow", direction = "Inbound", priority = 200, protocol = "Tcp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "10.0.0.4", destination_port_range = "22" },
-- ]
-- given.azure_nic = [
--   { id = "/x/na", network_security_group_id = "/x/a", virtual_machine_id = "/subscriptions/1/resourcegroups/g/providers/microsoft.compute/virtualmachines/va" },
--   { id = "/x/nb", network_security_group_id = "/x/b", virtual_machine_id = "/subscriptions/1/resourcegroups/g/providers/microsoft.compute/virtualmachines/vb" },
--   { id = "/x/nc", network_security_group_id = "/x/c", virtual_machine_id = "/subscriptions/1/resourcegroups/g/providers/microsoft.compute/virtualmachines/vc" },
-- ]
-- expect = { a = "fail", b = "fail", c = "pass" }
-- [[case]]
-- title = "a deny to VirtualNetwork that comes later or covers less leaves it open, and so does one to a range or an application security group"
-- given.azure_security_group = [{ id = "/x/d" }, { id = "/x/e" }, { id = "/x/f" }, { id = "/x/g" }, { id = "/x/h" }, { id = "/x/i" }, { id = "/x/j" }, { id = "/x/k" }]
-- given.azure_security_group_rule = [
--   { id = "/x/d/securityrules/d", _parent_id = "/x/d", access = "Deny", direction = "Inbound", priority = 300, protocol = "*", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "VirtualNetwork", destination_port_range = "*" },
--   { id = "/x/d/securityrules/r", _parent_id = "/x/d", access = "Allow", direction = "Inbound", priority = 200, protocol = "Tcp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "22" },
--   { id = "/x/e/securityrules/d", _parent_id = "/x/e", access = "Deny", direction = "Inbound", priority = 100, protocol = "*", source_address_prefix = "VirtualNetwork", source_port_range = "*", destination_address_prefix = "VirtualNetwork", destination_port_range = "*" },
--   { id = "/x/e/securityrules/r", _parent_id = "/x/e", access = "Allow", direction = "Inbound", priority = 200, protocol = "Tcp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "22" },
--   { id = "/x/f/securityrules/d", _parent_id = "/x/f", access = "Deny", direction = "Inbound", priority = 100, protocol = "Udp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "VirtualNetwork", destination_port_range = "*" },
--   { id = "/x/f/securityrules/r", _parent_id = "/x/f", access = "Allow", direction = "Inbound", priority = 200, protocol = "Tcp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "22" },
--   { id = "/x/g/securityrules/d", _parent_id = "/x/g", access = "Deny", direction = "Inbound", priority = 100, protocol = "*", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "VirtualNetwork", destination_port_range = "443" },
--   { id = "/x/g/securityrules/r", _parent_id = "/x/g", access = "Allow", direction = "Inbound", priority = 200, protocol = "Tcp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "22" },
--   { id = "/x/h/securityrules/d", _parent_id = "/x/h", access = "Deny", direction = "Inbound", priority = 100, protocol = "*", source_address_prefix = "*", source_port_range = "1024-65535", destination_address_prefix = "VirtualNetwork", destination_port_range = "*" },
--   { id = "/x/h/securityrules/r", _parent_id = "/x/h", access = "Allow", direction = "Inbound", priority = 200, protocol = "Tcp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "22" },
--   { id = "/x/i/securityrules/d", _parent_id = "/x/i", access = "Deny", direction = "Inbound", priority = 100, protocol = "*", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "10.0.0.0/16", destination_port_range = "*" },
--   { id = "/x/i/securityrules/r", _parent_id = "/x/i", access = "Allow", direction = "Inbound", priority = 200, protocol = "Tcp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "22" },
--   { id = "/x/j/securityrules/d", _parent_id = "/x/j", access = "Deny", direction = "Inbound", priority = 100, protocol = "*", source_address_prefix = "0.0.0.0/0", source_port_range = "*", destination_address_prefix = "VirtualNetwork", destination_port_range = "*" },
--   { id = "/x/j/securityrules/r", _parent_id = "/x/j", access = "Allow", direction = "Inbound", priority = 200, protocol = "Tcp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "22" },
--   { id = "/x/k/securityrules/d", _parent_id = "/x/k", access = "Deny", direction = "Inbound", priority = 100, protocol = "*", source_address_prefix = "*", source_port_range = "*", destination_application_security_groups_id = ["/x/asg"], destination_port_range = "*" },
--   { id = "/x/k/securityrules/r", _parent_id = "/x/k", access = "Allow", direction = "Inbound", priority = 200, protocol = "Tcp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "22" },
-- ]
-- given.azure_nic = [
--   { id = "/x/nd", network_security_group_id = "/x/d", virtual_machine_id = "/subscriptions/1/resourcegroups/g/providers/microsoft.compute/virtualmachines/vd" },
--   { id = "/x/ne", network_security_group_id = "/x/e", virtual_machine_id = "/subscriptions/1/resourcegroups/g/providers/microsoft.compute/virtualmachines/ve" },
--   { id = "/x/nf", network_security_group_id = "/x/f", virtual_machine_id = "/subscriptions/1/resourcegroups/g/providers/microsoft.compute/virtualmachines/vf" },
--   { id = "/x/ng", network_security_group_id = "/x/g", virtual_machine_id = "/subscriptions/1/resourcegroups/g/providers/microsoft.compute/virtualmachines/vg" },
--   { id = "/x/nh", network_security_group_id = "/x/h", virtual_machine_id = "/subscriptions/1/resourcegroups/g/providers/microsoft.compute/virtualmachines/vh" },
--   { id = "/x/ni", network_security_group_id = "/x/i", virtual_machine_id = "/subscriptions/1/resourcegroups/g/providers/microsoft.compute/virtualmachines/vi" },
--   { id = "/x/nj", network_security_group_id = "/x/j", virtual_machine_id = "/subscriptions/1/resourcegroups/g/providers/microsoft.compute/virtualmachines/vj" },
--   { id = "/x/nk", network_security_group_id = "/x/k", virtual_machine_id = "/subscriptions/1/resourcegroups/g/providers/microsoft.compute/virtualmachines/vk" },
-- ]
-- expect = { d = "fail", e = "fail", f = "fail", g = "fail", h = "fail", i = "fail", j = "fail", k = "fail" }
WITH opening AS (
    SELECT o.security_group_id,
           list_sort(list(DISTINCT o.label) FILTER (WHERE o.state = 'open')) AS open_rules,
           list_sort(list(DISTINCT o.label) FILTER (WHERE o.state = 'gap')) AS unread_rules
    FROM nsg_internet_segment AS o
    WHERE o.beyond_web
    GROUP BY o.security_group_id
),
protected AS (
    SELECT b.security_group_id, list_sort(list(DISTINCT b.protected_id)) AS protected_ids,
           list_sort(list(DISTINCT b.resource_id) FILTER (WHERE b.is_machine)) AS machines,
           sum(CASE WHEN b.is_machine IS NULL THEN 1 ELSE 0 END) AS n_unknown
    FROM nsg_behind AS b
    GROUP BY b.security_group_id
),
address AS (
    SELECT b.security_group_id, list_sort(list(DISTINCT u.address)) AS addresses
    FROM (SELECT DISTINCT security_group_id, protected_id FROM nsg_behind) AS b
    JOIN azure_nic AS n ON n.id = b.protected_id,
         unnest(list_concat(coalesce(n.ip_configurations_properties_private_ip_address, []),
                            coalesce(n.ip_configurations_properties_public_ip_address_id, []))) AS u(address)
    GROUP BY b.security_group_id
)
SELECT s.id AS subject, s.id AS resource_id, s.subscription_id,
       CASE WHEN o.open_rules IS NULL AND o.unread_rules IS NULL THEN 'pass'
            WHEN p.machines IS NULL AND coalesce(p.n_unknown, 0) > 0 THEN NULL
            WHEN p.machines IS NULL AND (list_contains(s._gaps, 'subnets_id') OR list_contains(s._gaps, 'network_interfaces_id')) THEN NULL
            WHEN p.machines IS NULL THEN 'not_applicable'
            WHEN o.open_rules IS NOT NULL THEN 'fail'
       END AS verdict,
       CASE WHEN o.open_rules IS NULL AND o.unread_rules IS NULL THEN 'no rule opens ports other than 80 and 443 to any source'
            WHEN p.machines IS NULL AND coalesce(p.n_unknown, 0) > 0
            THEN 'ports other than 80 and 443 may be open, and what is behind the group is not in the snapshot or could not be read'
            WHEN p.machines IS NULL AND (list_contains(s._gaps, 'subnets_id') OR list_contains(s._gaps, 'network_interfaces_id'))
            THEN 'ports other than 80 and 443 may be open, and what the group is set on could not be read'
            WHEN p.machines IS NULL THEN 'no machine, load balancer or gateway is behind the group'
            WHEN o.open_rules IS NOT NULL
            THEN 'open beyond 80 and 443 by ' || array_to_string(o.open_rules, ', ') || '; machines, balancers and gateways behind: ' || array_length(p.machines)
            ELSE 'whether more than 80 and 443 is open hangs on rules that could not be read: ' || array_to_string(o.unread_rules, ', ')
       END AS reason,
       o.open_rules, p.protected_ids, a.addresses, p.machines, s.subnets_id, s.network_interfaces_id
FROM azure_security_group AS s
LEFT JOIN opening AS o ON o.security_group_id = s.id
LEFT JOIN protected AS p ON p.security_group_id = s.id
LEFT JOIN address AS a ON a.security_group_id = s.id
