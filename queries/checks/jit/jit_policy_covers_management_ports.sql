-- title = "The just-in-time policy covers the ports that matter"
-- severity = "high"
-- subject = "azure_vm"
-- tables = [
--   "azure_vm", "azure_nic", "azure_nic_ip_configuration", "azure_vnet", "azure_subnet",
--   "azure_security_group", "azure_security_group_rule", "azure_jit_network_access_policy", "azure_jit_policy_vm", "azure_jit_policy_port",
-- ]
-- params = ["management_ports", "jit_required_ports_mode"]
-- controls = ["jit:jit_policy_covers_management_ports"]
-- rationale = "A policy guards only the ports it lists. An administration port that a security group leaves open and the policy forgets stays open at all times."
-- remediation = "Defender for Cloud > Workload protections > Just-in-time VM access > Configured > Edit: set the ports, their sources and longest times, and take out ports that the machine does not use. By API send the whole policy (az rest --method put), since PUT replaces it."
-- references = ["https://learn.microsoft.com/azure/defender-for-cloud/just-in-time-access-usage"]
-- [[case]]
-- # JIT-06 pass: primary port of the OS (22 Linux, 3389 Windows)
-- # JIT-06 fail: one missing
-- title = "primary port of the operating system; another is closed and need not be listed"
-- given.azure_vm = [
--   { id = "/vm/lin", network_profile_network_interfaces_id = ["/nic/lin-nic"], storage_profile_os_disk_os_type = "Linux" },
--   { id = "/vm/win", network_profile_network_interfaces_id = ["/nic/win-nic"], storage_profile_os_disk_os_type = "Windows" },
--   { id = "/vm/wrong", network_profile_network_interfaces_id = ["/nic/wrong-nic"], storage_profile_os_disk_os_type = "Windows" },
--   { id = "/vm/case", network_profile_network_interfaces_id = ["/nic/case-nic"], storage_profile_os_disk_os_type = "LINUX" },
-- ]
-- given.azure_nic = [
--   { id = "/nic/lin-nic" },
--   { id = "/nic/win-nic" },
--   { id = "/nic/wrong-nic" },
--   { id = "/nic/case-nic" },
-- ]
-- given.azure_nic_ip_configuration = [
--   { id = "/ipconfiguration/lin", nic_id = "/nic/lin-nic", private_ip_address = "10.0.1.4", subnet_id = "/subnet/s1" },
--   { id = "/ipconfiguration/win", nic_id = "/nic/win-nic", private_ip_address = "10.0.2.4", subnet_id = "/subnet/s2" },
--   { id = "/ipconfiguration/wrong", nic_id = "/nic/wrong-nic", private_ip_address = "10.0.3.4", subnet_id = "/subnet/s3" },
--   { id = "/ipconfiguration/case", nic_id = "/nic/case-nic", private_ip_address = "10.0.4.4", subnet_id = "/subnet/s4" },
-- ]
-- given.azure_subnet = [
--   { id = "/subnet/s1", vnet_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet", network_security_group_id = "/nsg/g1" },
--   { id = "/subnet/s2", vnet_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet", network_security_group_id = "/nsg/g2" },
--   { id = "/subnet/s3", vnet_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet", network_security_group_id = "/nsg/g3" },
--   { id = "/subnet/s4", vnet_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet", network_security_group_id = "/nsg/g4" },
-- ]
-- given.azure_security_group = [
--   { id = "/nsg/g1" },
--   { id = "/nsg/g2" },
--   { id = "/nsg/g3" },
--   { id = "/nsg/g4" },
-- ]
-- given.azure_jit_policy_port = [
--   { name = "lin-22", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", vm_id = "/vm/lin", number = 22, protocol = "*" },
--   { name = "win-3389", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", vm_id = "/vm/win", number = 3389, protocol = "TCP" },
--   { name = "wrong-22", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", vm_id = "/vm/wrong", number = 22, protocol = "*" },
--   { name = "case-22", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", vm_id = "/vm/case", number = 22, protocol = "tcp" },
-- ]
-- expect = { lin = "pass", win = "pass", wrong = "fail", case = "pass" }
-- [[case]]
-- # JIT-06 pass: each management port with nsg_reach any
-- # JIT-06 fail: one missing
-- title = "a further port that the security group opens must be listed, whether or not there is a path"
-- given.azure_vm = [
--   { id = "/vm/web", network_profile_network_interfaces_id = ["/nic/web-nic"], storage_profile_os_disk_os_type = "Linux" },
--   { id = "/vm/db", network_profile_network_interfaces_id = ["/nic/db-nic"], storage_profile_os_disk_os_type = "Linux" },
--   { id = "/vm/some", network_profile_network_interfaces_id = ["/nic/some-nic"], storage_profile_os_disk_os_type = "Linux" },
--   { id = "/vm/bare", network_profile_network_interfaces_id = ["/nic/bare-nic"], storage_profile_os_disk_os_type = "Linux" },
-- ]
-- given.azure_nic = [
--   { id = "/nic/web-nic" },
--   { id = "/nic/db-nic" },
--   { id = "/nic/some-nic" },
--   { id = "/nic/bare-nic" },
-- ]
-- given.azure_nic_ip_configuration = [
--   { id = "/ipconfiguration/web", nic_id = "/nic/web-nic", private_ip_address = "10.0.1.4", subnet_id = "/subnet/s1" },
--   { id = "/ipconfiguration/db", nic_id = "/nic/db-nic", private_ip_address = "10.0.2.4", subnet_id = "/subnet/s2" },
--   { id = "/ipconfiguration/some", nic_id = "/nic/some-nic", private_ip_address = "10.0.3.4", subnet_id = "/subnet/s3" },
--   { id = "/ipconfiguration/bare", nic_id = "/nic/bare-nic", private_ip_address = "10.0.4.4", subnet_id = "/subnet/s4" },
-- ]
-- given.azure_subnet = [
--   { id = "/subnet/s1", vnet_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet", network_security_group_id = "/nsg/g1" },
--   { id = "/subnet/s2", vnet_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet", network_security_group_id = "/nsg/g2" },
--   { id = "/subnet/s3", vnet_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet", network_security_group_id = "/nsg/g3" },
--   { id = "/subnet/s4", vnet_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet" },
-- ]
-- given.azure_security_group = [
--   { id = "/nsg/g1" },
--   { id = "/nsg/g2" },
--   { id = "/nsg/g3" },
-- ]
-- given.azure_security_group_rule = [
--   { name = "allow-200", security_group_id = "/nsg/g1", access = "Allow", direction = "Inbound", priority = 200, protocol = "Tcp", source_port_range = "*", source_address_prefix = "*", destination_address_prefix = "*", destination_port_range = "5985" },
--   { name = "allow-200", security_group_id = "/nsg/g2", access = "Allow", direction = "Inbound", priority = 200, protocol = "Tcp", source_port_range = "*", source_address_prefix = "*", destination_address_prefix = "*", destination_port_range = "5985" },
--   { name = "allow-200", security_group_id = "/nsg/g3", access = "Allow", direction = "Inbound", priority = 200, protocol = "Tcp", source_port_range = "*", source_address_prefix = "203.0.113.0/24", destination_address_prefix = "*", destination_port_range = "3389" },
-- ]
-- given.azure_jit_policy_port = [
--   { name = "web-22", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", vm_id = "/vm/web", number = 22, protocol = "*" },
--   { name = "db-22", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", vm_id = "/vm/db", number = 22, protocol = "*" },
--   { name = "db-5985", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", vm_id = "/vm/db", number = 5985, protocol = "*" },
--   { name = "some-22", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", vm_id = "/vm/some", number = 22, protocol = "*" },
--   { name = "bare-22", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", vm_id = "/vm/bare", number = 22, protocol = "*" },
-- ]
-- expect = { web = "fail", db = "pass", some = "fail", bare = "fail" }
-- [[case]]
-- # JIT-06 pass: each management port with nsg_reach any or some
-- # JIT-06 fail: one missing
-- title = "a port that the security group opens to one public network must be listed too"
-- given.azure_vm = [
--   { id = "/vm/web", network_profile_network_interfaces_id = ["/nic/web-nic"], storage_profile_os_disk_os_type = "Linux" },
--   { id = "/vm/db", network_profile_network_interfaces_id = ["/nic/db-nic"], storage_profile_os_disk_os_type = "Linux" },
-- ]
-- given.azure_nic = [
--   { id = "/nic/web-nic" },
--   { id = "/nic/db-nic" },
-- ]
-- given.azure_nic_ip_configuration = [
--   { id = "/ipconfiguration/web", nic_id = "/nic/web-nic", private_ip_address = "10.0.1.4", subnet_id = "/subnet/s1" },
--   { id = "/ipconfiguration/db", nic_id = "/nic/db-nic", private_ip_address = "10.0.2.4", subnet_id = "/subnet/s2" },
-- ]
-- given.azure_subnet = [
--   { id = "/subnet/s1", vnet_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet", network_security_group_id = "/nsg/g1" },
--   { id = "/subnet/s2", vnet_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet", network_security_group_id = "/nsg/g2" },
-- ]
-- given.azure_security_group = [
--   { id = "/nsg/g1" },
--   { id = "/nsg/g2" },
-- ]
-- given.azure_security_group_rule = [
--   { name = "allow-200", security_group_id = "/nsg/g1", access = "Allow", direction = "Inbound", priority = 200, protocol = "Tcp", source_port_range = "*", source_address_prefix = "203.0.113.0/24", destination_address_prefix = "*", destination_port_range = "3389" },
--   { name = "allow-200", security_group_id = "/nsg/g2", access = "Allow", direction = "Inbound", priority = 200, protocol = "Tcp", source_port_range = "*", source_address_prefix = "203.0.113.0/24", destination_address_prefix = "*", destination_port_range = "3389" },
-- ]
-- given.azure_jit_policy_port = [
--   { name = "web-22", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", vm_id = "/vm/web", number = 22, protocol = "*" },
--   { name = "web-3389", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", vm_id = "/vm/web", number = 3389, protocol = "TCP" },
--   { name = "db-22", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", vm_id = "/vm/db", number = 22, protocol = "*" },
-- ]
-- expect = { web = "pass", db = "fail" }
-- [[case]]
-- # JIT-06 pass: all4: all four
-- # JIT-06 fail: one missing
-- title = "all four ports asked for"
-- param.jit_required_ports_mode = "all4"
-- given.azure_vm = [
--   { id = "/vm/web", network_profile_network_interfaces_id = ["/nic/web-nic"], storage_profile_os_disk_os_type = "Linux" },
--   { id = "/vm/db", network_profile_network_interfaces_id = ["/nic/db-nic"], storage_profile_os_disk_os_type = "Linux" },
-- ]
-- given.azure_nic = [
--   { id = "/nic/web-nic" },
--   { id = "/nic/db-nic" },
-- ]
-- given.azure_nic_ip_configuration = [
--   { id = "/ipconfiguration/web", nic_id = "/nic/web-nic", private_ip_address = "10.0.1.4", subnet_id = "/subnet/s1" },
--   { id = "/ipconfiguration/db", nic_id = "/nic/db-nic", private_ip_address = "10.0.2.4", subnet_id = "/subnet/s2" },
-- ]
-- given.azure_subnet = [
--   { id = "/subnet/s1", vnet_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet", network_security_group_id = "/nsg/g1" },
--   { id = "/subnet/s2", vnet_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet", network_security_group_id = "/nsg/g2" },
-- ]
-- given.azure_security_group = [
--   { id = "/nsg/g1" },
--   { id = "/nsg/g2" },
-- ]
-- given.azure_jit_policy_port = [
--   { name = "web-22", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", vm_id = "/vm/web", number = 22, protocol = "*" },
--   { name = "db-22", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", vm_id = "/vm/db", number = 22, protocol = "*" },
--   { name = "db-3389", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", vm_id = "/vm/db", number = 3389, protocol = "*" },
--   { name = "db-5985", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", vm_id = "/vm/db", number = 5985, protocol = "*" },
--   { name = "db-5986", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", vm_id = "/vm/db", number = 5986, protocol = "*" },
-- ]
-- expect = { web = "fail", db = "pass" }
-- [[case]]
-- title = "ports of two policies add up; a failed one, and one for UDP, do not"
-- given.azure_vm = [
--   { id = "/vm/web", network_profile_network_interfaces_id = ["/nic/web-nic"], storage_profile_os_disk_os_type = "Linux" },
--   { id = "/vm/db", network_profile_network_interfaces_id = ["/nic/db-nic"], storage_profile_os_disk_os_type = "Linux" },
--   { id = "/vm/udp", network_profile_network_interfaces_id = ["/nic/udp-nic"], storage_profile_os_disk_os_type = "Windows" },
-- ]
-- given.azure_nic = [
--   { id = "/nic/web-nic" },
--   { id = "/nic/db-nic" },
--   { id = "/nic/udp-nic" },
-- ]
-- given.azure_nic_ip_configuration = [
--   { id = "/ipconfiguration/web", nic_id = "/nic/web-nic", private_ip_address = "10.0.1.4", subnet_id = "/subnet/s1" },
--   { id = "/ipconfiguration/db", nic_id = "/nic/db-nic", private_ip_address = "10.0.2.4", subnet_id = "/subnet/s2" },
--   { id = "/ipconfiguration/udp", nic_id = "/nic/udp-nic", private_ip_address = "10.0.3.4", subnet_id = "/subnet/s3" },
-- ]
-- given.azure_subnet = [
--   { id = "/subnet/s1", vnet_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet", network_security_group_id = "/nsg/g1" },
--   { id = "/subnet/s2", vnet_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet", network_security_group_id = "/nsg/g2" },
--   { id = "/subnet/s3", vnet_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet", network_security_group_id = "/nsg/g3" },
-- ]
-- given.azure_security_group = [
--   { id = "/nsg/g1" },
--   { id = "/nsg/g2" },
--   { id = "/nsg/g3" },
-- ]
-- given.azure_security_group_rule = [
--   { name = "allow-200", security_group_id = "/nsg/g1", access = "Allow", direction = "Inbound", priority = 200, protocol = "Tcp", source_port_range = "*", source_address_prefix = "*", destination_address_prefix = "*", destination_port_range = "3389" },
--   { name = "allow-200", security_group_id = "/nsg/g2", access = "Allow", direction = "Inbound", priority = 200, protocol = "Tcp", source_port_range = "*", source_address_prefix = "*", destination_address_prefix = "*", destination_port_range = "3389" },
-- ]
-- given.azure_jit_policy_port = [
--   { name = "web-22", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", vm_id = "/vm/web", number = 22, protocol = "*" },
--   { name = "web-3389", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default2", vm_id = "/vm/web", number = 3389, protocol = "*" },
--   { name = "db-22", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", vm_id = "/vm/db", number = 22, protocol = "*" },
--   { name = "db-3389", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default2", vm_id = "/vm/db", number = 3389, protocol = "*", policy_provisioning_state = "Failed" },
--   { name = "udp-22", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", vm_id = "/vm/udp", number = 22, protocol = "*" },
--   { name = "udp-3389", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", vm_id = "/vm/udp", number = 3389, protocol = "UDP" },
-- ]
-- expect = { web = "pass", db = "fail", udp = "fail" }
-- [[case]]
-- # JIT-06 NA: not configured
-- title = "not configured"
-- given.azure_vm = [
--   { id = "/vm/web", network_profile_network_interfaces_id = ["/nic/web-nic"], storage_profile_os_disk_os_type = "Linux" },
--   { id = "/vm/old", network_profile_network_interfaces_id = ["/nic/old-nic"], storage_profile_os_disk_os_type = "Linux" },
-- ]
-- given.azure_nic = [
--   { id = "/nic/web-nic" },
--   { id = "/nic/old-nic" },
-- ]
-- given.azure_nic_ip_configuration = [
--   { id = "/ipconfiguration/web", nic_id = "/nic/web-nic", private_ip_address = "10.0.1.4", subnet_id = "/subnet/s1" },
--   { id = "/ipconfiguration/old", nic_id = "/nic/old-nic", private_ip_address = "10.0.2.4", subnet_id = "/subnet/s2" },
-- ]
-- given.azure_subnet = [
--   { id = "/subnet/s1", vnet_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet", network_security_group_id = "/nsg/g1" },
--   { id = "/subnet/s2", vnet_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet", network_security_group_id = "/nsg/g2" },
-- ]
-- given.azure_security_group = [
--   { id = "/nsg/g1" },
--   { id = "/nsg/g2" },
-- ]
-- given.azure_jit_policy_port = [
--   { name = "old-22", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", vm_id = "/vm/old", number = 22, protocol = "*", policy_provisioning_state = "Failed" },
-- ]
-- expect = { web = "not_applicable", old = "not_applicable" }
-- [[case]]
-- # JIT-06 unknown: nsg_reach unknown for a port not in the policy
-- title = "reach of a port not listed is not known; of a listed one it does not matter"
-- given.azure_vm = [
--   { id = "/vm/web", network_profile_network_interfaces_id = ["/nic/web-nic"], storage_profile_os_disk_os_type = "Linux" },
--   { id = "/vm/db", network_profile_network_interfaces_id = ["/nic/db-nic"], storage_profile_os_disk_os_type = "Linux" },
--   { id = "/vm/app", network_profile_network_interfaces_id = ["/nic/app-nic"], storage_profile_os_disk_os_type = "Linux" },
-- ]
-- given.azure_nic = [
--   { id = "/nic/web-nic" },
--   { id = "/nic/db-nic" },
--   { id = "/nic/app-nic" },
-- ]
-- given.azure_nic_ip_configuration = [
--   { id = "/ipconfiguration/web", nic_id = "/nic/web-nic", private_ip_address = "10.0.1.4", subnet_id = "/subnet/s1" },
--   { id = "/ipconfiguration/db", nic_id = "/nic/db-nic", private_ip_address = "10.0.2.4", subnet_id = "/subnet/s2" },
--   { id = "/ipconfiguration/app", nic_id = "/nic/app-nic", private_ip_address = "10.0.3.4", subnet_id = "/subnet/s3" },
-- ]
-- given.azure_subnet = [
--   { id = "/subnet/s1", vnet_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet", network_security_group_id = "/nsg/g1" },
--   { id = "/subnet/s2", vnet_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet", network_security_group_id = "/nsg/g2" },
--   { id = "/subnet/s3", vnet_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet", network_security_group_id = "/nsg/g3" },
-- ]
-- given.azure_security_group = []
-- given.azure_jit_policy_port = [
--   { name = "web-22", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", vm_id = "/vm/web", number = 22, protocol = "*" },
--   { name = "db-22", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", vm_id = "/vm/db", number = 22, protocol = "*" },
--   { name = "db-3389", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", vm_id = "/vm/db", number = 3389, protocol = "*" },
--   { name = "db-5985", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", vm_id = "/vm/db", number = 5985, protocol = "*" },
--   { name = "db-5986", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", vm_id = "/vm/db", number = 5986, protocol = "*" },
--   { name = "app-3389", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", vm_id = "/vm/app", number = 3389, protocol = "*" },
-- ]
-- expect = { web = "unknown", db = "pass", app = "fail" }
-- [[case]]
-- title = "what is open over UDP only is no management port; a system that is neither Linux nor Windows has no primary port"
-- given.azure_vm = [
--   { id = "/vm/web", network_profile_network_interfaces_id = ["/nic/web-nic"], storage_profile_os_disk_os_type = "Linux" },
--   { id = "/vm/sun", network_profile_network_interfaces_id = ["/nic/sun-nic"], storage_profile_os_disk_os_type = "Solaris" },
-- ]
-- given.azure_nic = [
--   { id = "/nic/web-nic" },
--   { id = "/nic/sun-nic" },
-- ]
-- given.azure_nic_ip_configuration = [
--   { id = "/ipconfiguration/web", nic_id = "/nic/web-nic", private_ip_address = "10.0.1.4", subnet_id = "/subnet/s1" },
--   { id = "/ipconfiguration/sun", nic_id = "/nic/sun-nic", private_ip_address = "10.0.2.4", subnet_id = "/subnet/s2" },
-- ]
-- given.azure_subnet = [
--   { id = "/subnet/s1", vnet_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet", network_security_group_id = "/nsg/g1" },
--   { id = "/subnet/s2", vnet_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet", network_security_group_id = "/nsg/g2" },
-- ]
-- given.azure_security_group = [
--   { id = "/nsg/g1" },
--   { id = "/nsg/g2" },
-- ]
-- given.azure_security_group_rule = [
--   { name = "allow-200", security_group_id = "/nsg/g1", access = "Allow", direction = "Inbound", priority = 200, protocol = "Udp", source_port_range = "*", source_address_prefix = "*", destination_address_prefix = "*", destination_port_range = "3389" },
-- ]
-- given.azure_jit_policy_port = [
--   { name = "web-22", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", vm_id = "/vm/web", number = 22, protocol = "*" },
--   { name = "sun-22", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", vm_id = "/vm/sun", number = 22, protocol = "*" },
--   { name = "sun-3389", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", vm_id = "/vm/sun", number = 3389, protocol = "*" },
-- ]
-- expect = { web = "pass", sun = "unknown" }
-- [[case]]
-- title = "operating system not known"
-- given.azure_vm = [
--   { id = "/vm/web", network_profile_network_interfaces_id = ["/nic/web-nic"] },
--   { id = "/vm/db", network_profile_network_interfaces_id = ["/nic/db-nic"] },
--   { id = "/vm/app", network_profile_network_interfaces_id = ["/nic/app-nic"], storage_profile_os_disk_os_type = "Linux", _gaps = ["storage_profile_os_disk_os_type"] },
-- ]
-- given.azure_nic = [
--   { id = "/nic/web-nic" },
--   { id = "/nic/db-nic" },
--   { id = "/nic/app-nic" },
-- ]
-- given.azure_nic_ip_configuration = [
--   { id = "/ipconfiguration/web", nic_id = "/nic/web-nic", private_ip_address = "10.0.1.4", subnet_id = "/subnet/s1" },
--   { id = "/ipconfiguration/db", nic_id = "/nic/db-nic", private_ip_address = "10.0.2.4", subnet_id = "/subnet/s2" },
--   { id = "/ipconfiguration/app", nic_id = "/nic/app-nic", private_ip_address = "10.0.3.4", subnet_id = "/subnet/s3" },
-- ]
-- given.azure_subnet = [
--   { id = "/subnet/s1", vnet_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet", network_security_group_id = "/nsg/g1" },
--   { id = "/subnet/s2", vnet_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet", network_security_group_id = "/nsg/g2" },
--   { id = "/subnet/s3", vnet_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet", network_security_group_id = "/nsg/g3" },
-- ]
-- given.azure_security_group = [
--   { id = "/nsg/g1" },
--   { id = "/nsg/g2" },
--   { id = "/nsg/g3" },
-- ]
-- given.azure_jit_policy_port = [
--   { name = "web-22", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", vm_id = "/vm/web", number = 22, protocol = "*" },
--   { name = "db-22", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", vm_id = "/vm/db", number = 22, protocol = "*" },
--   { name = "db-3389", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", vm_id = "/vm/db", number = 3389, protocol = "*" },
--   { name = "app-22", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", vm_id = "/vm/app", number = 22, protocol = "*" },
-- ]
-- expect = { web = "unknown", db = "pass", app = "unknown" }
-- [[case]]
-- title = "an entry of a policy could not be read: what seems to be missing may be there"
-- given.azure_vm = [
--   { id = "/vm/web", network_profile_network_interfaces_id = ["/nic/web-nic"], storage_profile_os_disk_os_type = "Windows" },
--   { id = "/vm/db", network_profile_network_interfaces_id = ["/nic/db-nic"], storage_profile_os_disk_os_type = "Linux" },
-- ]
-- given.azure_nic = [
--   { id = "/nic/web-nic" },
--   { id = "/nic/db-nic" },
-- ]
-- given.azure_nic_ip_configuration = [
--   { id = "/ipconfiguration/web", nic_id = "/nic/web-nic", private_ip_address = "10.0.1.4", subnet_id = "/subnet/s1" },
--   { id = "/ipconfiguration/db", nic_id = "/nic/db-nic", private_ip_address = "10.0.2.4", subnet_id = "/subnet/s2" },
-- ]
-- given.azure_subnet = [
--   { id = "/subnet/s1", vnet_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet", network_security_group_id = "/nsg/g1" },
--   { id = "/subnet/s2", vnet_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet", network_security_group_id = "/nsg/g2" },
-- ]
-- given.azure_security_group = [
--   { id = "/nsg/g1" },
--   { id = "/nsg/g2" },
-- ]
-- given.azure_jit_policy_port = [
--   { name = "web-22", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", vm_id = "/vm/web", number = 22, protocol = "*" },
--   { name = "db-22", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", vm_id = "/vm/db", number = 22, protocol = "*", _gaps = ["number"] },
-- ]
-- given.azure_jit_policy_vm = [
--   { name = "e", vm_id = "/vm/web", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default2", _gaps = ["ports"] },
-- ]
-- expect = { web = "unknown", db = "unknown" }
-- [[case]]
-- title = "no machine"
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "azure_security_group denied"
-- ledger = [{ table = "azure_security_group", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_vm = [{ id = "/vm/web", network_profile_network_interfaces_id = ["/nic/web-nic"], storage_profile_os_disk_os_type = "Linux" }]
-- given.azure_nic = [{ id = "/nic/web-nic" }]
-- given.azure_nic_ip_configuration = [{ id = "/ipconfiguration/web", nic_id = "/nic/web-nic", private_ip_address = "10.0.1.4", subnet_id = "/subnet/s1" }]
-- given.azure_subnet = [
--   { id = "/subnet/s1", vnet_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet", network_security_group_id = "/nsg/g1" },
-- ]
-- given.azure_security_group = [{ id = "/nsg/g1" }]
-- given.azure_jit_policy_port = [
--   { name = "web-22", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", vm_id = "/vm/web", number = 22, protocol = "*" },
-- ]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
WITH machine AS (
    SELECT m.id, m.subscription_id,
           CASE WHEN list_contains(m._gaps, 'storage_profile_os_disk_os_type') THEN NULL
                ELSE lower(trim(m.storage_profile_os_disk_os_type))
           END AS os
    FROM azure_vm AS m
),
reach AS (
    SELECT e.vm_id, e.port,
           CASE WHEN bool_or(e.nsg_reach IN ('any', 'some')) THEN 'open' WHEN bool_or(e.nsg_reach = 'unknown') THEN 'unknown' ELSE 'closed' END AS state
    FROM nsg_level AS e
    WHERE NOT e.without_jit_allow AND e.protocol = 'tcp'
    GROUP BY e.vm_id, e.port
),
asked AS (
    SELECT m.id AS vm_id, CAST(u.port AS BIGINT) AS port FROM machine AS m, unnest(param_management_ports()) AS u(port)
    UNION
    SELECT m.id, CASE m.os WHEN 'linux' THEN 22 WHEN 'windows' THEN 3389 END FROM machine AS m WHERE m.os IN ('linux', 'windows')
),
port AS (
    SELECT a.vm_id, a.port, list_contains(s.tcp_ports, a.port) AS listed,
           CASE WHEN lower(param_jit_required_ports_mode()) = 'all4' THEN list_contains(param_management_ports(), CAST(a.port AS VARCHAR))
                WHEN a.port = CASE m.os WHEN 'linux' THEN 22 WHEN 'windows' THEN 3389 END OR r.state = 'open' THEN TRUE
                WHEN coalesce(r.state, 'unknown') = 'unknown' THEN NULL
                -- Either of the two may be the primary port.
                WHEN m.os IS NULL AND a.port IN (22, 3389) THEN NULL
                ELSE FALSE
           END AS required
    FROM asked AS a
    JOIN machine AS m ON m.id = a.vm_id
    JOIN jit_vm_policy AS s ON s.vm_id = a.vm_id
    LEFT JOIN reach AS r ON r.vm_id = a.vm_id AND r.port = a.port
    WHERE s.state = 'configured'
),
judged AS (
    SELECT p.vm_id,
           list_sort(list(p.port) FILTER (WHERE p.required AND NOT p.listed)) AS missing,
           list_sort(list(p.port) FILTER (WHERE p.required IS NULL AND NOT p.listed)) AS unclear,
           list_sort(list(p.port) FILTER (WHERE p.required)) AS required
    FROM port AS p
    GROUP BY p.vm_id
)
SELECT s.vm_id AS subject, s.vm_id AS resource_id, s.subscription_id,
       CASE WHEN s.state = 'unread' THEN NULL
            WHEN s.state <> 'configured' THEN 'not_applicable'
            WHEN array_length(j.missing) > 0 AND NOT s.policy_unread THEN 'fail'
            WHEN j.vm_id IS NULL OR array_length(j.missing) > 0 OR array_length(j.unclear) > 0 THEN NULL
            WHEN m.os NOT IN ('linux', 'windows') AND lower(param_jit_required_ports_mode()) <> 'all4' THEN NULL
            ELSE 'pass'
       END AS verdict,
       CASE WHEN s.state = 'unread' THEN 'a just-in-time policy names the machine, but its state or ports could not be read'
            WHEN s.state <> 'configured' THEN 'not under a just-in-time policy'
            WHEN array_length(j.missing) > 0 AND NOT s.policy_unread THEN 'ports not in the policy: ' || array_to_string(j.missing, ', ')
            WHEN array_length(j.missing) > 0 THEN 'ports not found, though a part of a policy could not be read: ' || array_to_string(j.missing, ', ')
            WHEN array_length(j.unclear) > 0 THEN 'ports not in the policy of which it is not known whether they should be: ' || array_to_string(j.unclear, ', ')
            WHEN m.os NOT IN ('linux', 'windows') AND lower(param_jit_required_ports_mode()) <> 'all4' THEN 'operating system ' || m.os || ' has no known port'
            ELSE 'all ports that matter are in the policy: ' || coalesce(array_to_string(j.required, ', '), 'whichever of 22 and 3389 is the primary one')
       END AS reason,
       s.ports AS policy_ports, j.required AS required_ports, j.missing AS missing_ports, m.os AS operating_system, s.policy_ids
FROM jit_vm_policy AS s
JOIN machine AS m ON m.id = s.vm_id
LEFT JOIN judged AS j ON j.vm_id = s.vm_id
