-- title = "Resources behind groups open to the internet"
-- severity = "medium"
-- subject = "azure_security_group"
-- tables = ["azure_security_group", "azure_security_group_rule", "azure_nic", "azure_subnet"]
-- controls = ["jupiterone_questions:nsg_internet_reach"]
-- rationale = "Shows which interfaces, subnets, machines, load balancers and private endpoints sit behind a security group that lets any source in. Asked is the way in only: the question also took the default rule for outbound traffic, which every group has, and brought in resource groups and networks. Denies that come first and IPv6 are weighed. Another group, or a missing public address, may still keep traffic out."
-- remediation = "az network nsg rule update --resource-group GROUP --nsg-name NSG --name RULE --source-address-prefixes 203.0.113.0/24, or delete the rule"
-- references = ["https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview"]
-- [[case]]
-- title = "open, with a machine on the interface and a balancer before it"
-- given.azure_security_group = [{ id = "/x/g" }]
-- given.azure_security_group_rule = [{ id = "/x/g/securityrules/r", _parent_id = "/x/g", access = "Allow", direction = "Inbound", priority = 100, protocol = "Tcp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "443" }]
-- given.azure_nic = [{ id = "/x/n", network_security_group_id = "/x/g", virtual_machine_id = "/x/vm", ip_configurations_properties_load_balancer_backend_address_pools_id = ["/x/lb/backendAddressPools/p"] }]
-- expect = { g = "fail" }
-- [[case]]
-- title = "open on a subnet only; known from the group alone"
-- given.azure_security_group = [{ id = "/x/a" }, { id = "/x/b", subnets_id = ["/x/net/subnets/T"] }]
-- given.azure_security_group_rule = [
--   { id = "/x/a/securityrules/r", _parent_id = "/x/a", access = "Allow", direction = "Inbound", priority = 100, protocol = "Tcp", source_address_prefix = "::/0", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "443" },
--   { id = "/x/b/securityrules/r", _parent_id = "/x/b", access = "Allow", direction = "Inbound", priority = 100, protocol = "Icmp", source_address_prefix = "Internet", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "*" },
-- ]
-- given.azure_subnet = [{ id = "/x/net/subnets/s", network_security_group_id = "/x/a" }]
-- expect = { a = "fail", b = "fail" }
-- [[case]]
-- title = "outbound to the internet, the default rules, a narrow source: not open"
-- given.azure_security_group = [{ id = "/x/g", subnets_id = ["/x/net/subnets/s"] }]
-- given.azure_security_group_rule = [
--   { id = "/x/g/defaultsecurityrules/allowinternetoutbound", _parent_id = "/x/g", access = "Allow", direction = "Outbound", priority = 65001, protocol = "*", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "Internet", destination_port_range = "*" },
--   { id = "/x/g/defaultsecurityrules/allowvnetinbound", _parent_id = "/x/g", access = "Allow", direction = "Inbound", priority = 65000, protocol = "*", source_address_prefix = "VirtualNetwork", source_port_range = "*", destination_address_prefix = "VirtualNetwork", destination_port_range = "*" },
--   { id = "/x/g/securityrules/o", _parent_id = "/x/g", access = "Allow", direction = "Outbound", priority = 100, protocol = "*", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "0.0.0.0/0", destination_port_range = "*" },
--   { id = "/x/g/securityrules/r", _parent_id = "/x/g", access = "Allow", direction = "Inbound", priority = 110, protocol = "*", source_address_prefix = "203.0.113.0/24", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "*" },
-- ]
-- expect = { g = "pass" }
-- [[case]]
-- title = "a deny that comes first closes it, one for a part of the ports or a later one does not"
-- given.azure_security_group = [{ id = "/x/a", subnets_id = ["/x/net/subnets/a"] }, { id = "/x/b", subnets_id = ["/x/net/subnets/b"] }, { id = "/x/c", subnets_id = ["/x/net/subnets/c"] }]
-- given.azure_security_group_rule = [
--   { id = "/x/a/securityrules/d", _parent_id = "/x/a", access = "Deny", direction = "Inbound", priority = 90, protocol = "*", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "*" },
--   { id = "/x/a/securityrules/r", _parent_id = "/x/a", access = "Allow", direction = "Inbound", priority = 100, protocol = "Tcp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "8080" },
--   { id = "/x/b/securityrules/d", _parent_id = "/x/b", access = "Deny", direction = "Inbound", priority = 90, protocol = "*", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "22" },
--   { id = "/x/b/securityrules/r", _parent_id = "/x/b", access = "Allow", direction = "Inbound", priority = 100, protocol = "Tcp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "20-30" },
--   { id = "/x/c/securityrules/d", _parent_id = "/x/c", access = "Deny", direction = "Inbound", priority = 200, protocol = "*", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "*" },
--   { id = "/x/c/securityrules/r", _parent_id = "/x/c", access = "Allow", direction = "Inbound", priority = 100, protocol = "Tcp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "22" },
-- ]
-- expect = { a = "pass", b = "fail", c = "fail" }
-- [[case]]
-- title = "a deny takes the middle, the ends, one protocol of any"
-- given.azure_security_group = [{ id = "/x/a", subnets_id = ["/x/net/subnets/a"] }, { id = "/x/b", subnets_id = ["/x/net/subnets/b"] }, { id = "/x/c", subnets_id = ["/x/net/subnets/c"] }]
-- given.azure_security_group_rule = [
--   { id = "/x/a/securityrules/d", name = "d", _parent_id = "/x/a", access = "Deny", direction = "Inbound", priority = 90, protocol = "Tcp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "22-24" },
--   { id = "/x/a/securityrules/r", name = "r", _parent_id = "/x/a", access = "Allow", direction = "Inbound", priority = 100, protocol = "Tcp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "20-30" },
--   { id = "/x/b/securityrules/d", name = "d", _parent_id = "/x/b", access = "Deny", direction = "Inbound", priority = 90, protocol = "*", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "22" },
--   { id = "/x/b/securityrules/e", name = "e", _parent_id = "/x/b", access = "Deny", direction = "Inbound", priority = 91, protocol = "Udp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "*" },
--   { id = "/x/b/securityrules/r", name = "r", _parent_id = "/x/b", access = "Allow", direction = "Inbound", priority = 100, protocol = "*", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "*" },
--   { id = "/x/c/securityrules/d", name = "d", _parent_id = "/x/c", access = "Deny", direction = "Inbound", priority = 90, protocol = "*", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "0-1023" },
--   { id = "/x/c/securityrules/r", name = "r", _parent_id = "/x/c", access = "Allow", direction = "Inbound", priority = 100, protocol = "*", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "1000-2000" },
-- ]
-- expect = { a = "fail", b = "fail", c = "fail" }
-- [[case]]
-- title = "open but set on nothing"
-- given.azure_security_group = [{ id = "/x/g" }]
-- given.azure_security_group_rule = [{ id = "/x/g/securityrules/r", _parent_id = "/x/g", access = "Allow", direction = "Inbound", priority = 100, protocol = "Tcp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "443" }]
-- expect = { g = "not_applicable" }
-- [[case]]
-- title = "open, and what the group is set on not readable: unknown"
-- given.azure_security_group = [{ id = "/x/a", _gaps = ["subnets_id"] }, { id = "/x/b", _gaps = ["network_interfaces_id"] }]
-- given.azure_security_group_rule = [
--   { id = "/x/a/securityrules/r", _parent_id = "/x/a", access = "Allow", direction = "Inbound", priority = 100, protocol = "Tcp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "443" },
--   { id = "/x/b/securityrules/r", _parent_id = "/x/b", access = "Allow", direction = "Inbound", priority = 100, protocol = "Tcp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "443" },
-- ]
-- expect = { a = "unknown", b = "unknown" }
-- [[case]]
-- title = "a rule not readable: an allow, and a deny that may come first"
-- given.azure_security_group = [{ id = "/x/a", subnets_id = ["/x/net/subnets/a"] }, { id = "/x/b", subnets_id = ["/x/net/subnets/b"] }]
-- given.azure_security_group_rule = [
--   { id = "/x/a/securityrules/r", _parent_id = "/x/a", access = "Allow", direction = "Inbound", priority = 100, protocol = "Tcp", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "443", _gaps = ["source_address_prefix"] },
--   { id = "/x/b/securityrules/d", _parent_id = "/x/b", access = "Deny", direction = "Inbound", priority = 90, protocol = "Tcp", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "443", _gaps = ["source_address_prefix"] },
--   { id = "/x/b/securityrules/r", _parent_id = "/x/b", access = "Allow", direction = "Inbound", priority = 100, protocol = "Tcp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "443" },
-- ]
-- expect = { a = "unknown", b = "unknown" }
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
-- title = "interfaces denied"
-- ledger = [{ table = "azure_nic", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
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
    GROUP BY o.security_group_id
),
protected AS (
    SELECT b.security_group_id, list_sort(list(DISTINCT b.protected_id)) AS protected_ids,
           list_sort(list(DISTINCT b.resource_id) FILTER (WHERE b.resource_id <> b.protected_id)) AS resource_ids
    FROM nsg_behind AS b
    GROUP BY b.security_group_id
)
SELECT s.id AS subject, s.id AS resource_id, s.subscription_id,
       CASE WHEN o.open_rules IS NULL AND o.unread_rules IS NULL THEN 'pass'
            WHEN p.protected_ids IS NULL AND (list_contains(s._gaps, 'subnets_id') OR list_contains(s._gaps, 'network_interfaces_id')) THEN NULL
            WHEN p.protected_ids IS NULL THEN 'not_applicable'
            WHEN o.open_rules IS NOT NULL THEN 'fail'
       END AS verdict,
       CASE WHEN o.open_rules IS NULL AND o.unread_rules IS NULL THEN 'no rule lets any source in'
            WHEN p.protected_ids IS NULL AND (list_contains(s._gaps, 'subnets_id') OR list_contains(s._gaps, 'network_interfaces_id'))
            THEN 'rules let any source in or could not be read, and what the group is set on could not be read'
            WHEN p.protected_ids IS NULL THEN 'the group is set on no interface and no subnet'
            WHEN o.open_rules IS NOT NULL
            THEN 'any source is let in by ' || array_to_string(o.open_rules, ', ') || '; interfaces and subnets protected: ' || array_length(p.protected_ids)
                 || ', resources behind them: ' || coalesce(array_length(p.resource_ids), 0)
            ELSE 'whether any source is let in hangs on rules that could not be read: ' || array_to_string(o.unread_rules, ', ')
       END AS reason,
       o.open_rules, p.protected_ids, p.resource_ids, s.subnets_id, s.network_interfaces_id
FROM azure_security_group AS s
LEFT JOIN opening AS o ON o.security_group_id = s.id
LEFT JOIN protected AS p ON p.security_group_id = s.id
