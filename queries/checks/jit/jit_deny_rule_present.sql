-- title = "The just-in-time deny is in a security group"
-- severity = "high"
-- subject = "azure_vm"
-- tables = [
--   "azure_vm", "azure_nic", "azure_nic_ip_configuration", "azure_vnet", "azure_subnet",
--   "azure_security_group", "azure_security_group_rule", "azure_jit_network_access_policy", "azure_jit_policy_vm", "azure_jit_policy_port",
-- ]
-- controls = ["jit:jit_deny_rule_present"]
-- rationale = "The policy itself blocks nothing: the deny rule that Defender writes into the security group does. When somebody or some template removes it, the portal still calls the machine protected."
-- remediation = "Delete the permanent allow or move it behind the just-in-time deny (az network nsg rule update --priority). A lost deny comes back when the just-in-time configuration is saved again; templates that own the security group must leave rules with a just-in-time name alone."
-- references = ["https://learn.microsoft.com/azure/defender-for-cloud/just-in-time-access-usage", "https://learn.microsoft.com/azure/defender-for-cloud/just-in-time-access-overview"]
-- [[case]]
-- # JIT-12 pass: each policy port is denied by a JIT rule for the private IP in one governing NSG
-- title = "one deny for all ports, old name and new, and any priority; one rule for each port"
-- given.azure_vm = [
--   { id = "/vm/web", network_profile_network_interfaces_id = ["/nic/web-nic"], storage_profile_os_disk_os_type = "Linux" },
--   { id = "/vm/old", network_profile_network_interfaces_id = ["/nic/old-nic"], storage_profile_os_disk_os_type = "Linux" },
--   { id = "/vm/two", network_profile_network_interfaces_id = ["/nic/two-nic"], storage_profile_os_disk_os_type = "Linux" },
-- ]
-- given.azure_nic = [
--   { id = "/nic/web-nic" },
--   { id = "/nic/old-nic" },
--   { id = "/nic/two-nic" },
-- ]
-- given.azure_nic_ip_configuration = [
--   { id = "/ipconfiguration/web", nic_id = "/nic/web-nic", private_ip_address = "10.0.1.4", subnet_id = "/subnet/s1" },
--   { id = "/ipconfiguration/old", nic_id = "/nic/old-nic", private_ip_address = "10.0.2.4", subnet_id = "/subnet/s2" },
--   { id = "/ipconfiguration/two", nic_id = "/nic/two-nic", private_ip_address = "10.0.3.4", subnet_id = "/subnet/s3" },
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
--   { name = "MicrosoftDefenderForCloud-JITRule_-1105480617_9EF6964FE766478B9EC568B32FB82045", security_group_id = "/nsg/g1", access = "Deny", direction = "Inbound", priority = 1000, protocol = "*", source_port_range = "*", source_address_prefix = "*", destination_address_prefix = "10.0.1.4", destination_port_ranges = ["22", "3389"] },
--   { name = "SecurityCenter-JITRule_-1105480617_9EF6964FE766478B9EC568B32FB82045", security_group_id = "/nsg/g2", access = "Deny", direction = "Inbound", priority = 4096, protocol = "*", source_port_range = "*", source_address_prefix = "*", destination_address_prefix = "10.0.2.4", destination_port_ranges = ["22", "3389"] },
--   { name = "MicrosoftDefenderForCloud-JITRule_-1105480617_9EF6964FE766478B9EC568B32FB82045", security_group_id = "/nsg/g3", access = "Deny", direction = "Inbound", priority = 1000, protocol = "*", source_port_range = "*", source_address_prefix = "*", destination_address_prefix = "10.0.3.4", destination_port_range = "22" },
--   { name = "MicrosoftDefenderForCloud-JITRule_-1105480617_9EF6964FE766478B9EC568B32FB82045B", security_group_id = "/nsg/g3", access = "Deny", direction = "Inbound", priority = 1001, protocol = "*", source_port_range = "*", source_address_prefix = "*", destination_address_prefix = "10.0.3.4/32", destination_port_range = "3300-3400" },
-- ]
-- given.azure_jit_policy_port = [
--   { name = "web-22", vm_id = "/vm/web", number = 22, protocol = "*" },
--   { name = "web-3389", vm_id = "/vm/web", number = 3389, protocol = "*" },
--   { name = "old-22", vm_id = "/vm/old", number = 22, protocol = "*" },
--   { name = "old-3389", vm_id = "/vm/old", number = 3389, protocol = "*" },
--   { name = "two-22", vm_id = "/vm/two", number = 22, protocol = "*" },
--   { name = "two-3389", vm_id = "/vm/two", number = 3389, protocol = "*" },
-- ]
-- expect = { web = "pass", old = "pass", two = "pass" }
-- [[case]]
-- # JIT-12 fail: missing
-- title = "no deny; one that lacks a port; one for another address; one that is no just-in-time rule by name; only an allow"
-- given.azure_vm = [
--   { id = "/vm/a", network_profile_network_interfaces_id = ["/nic/a-nic"], storage_profile_os_disk_os_type = "Linux" },
--   { id = "/vm/b", network_profile_network_interfaces_id = ["/nic/b-nic"], storage_profile_os_disk_os_type = "Linux" },
--   { id = "/vm/c", network_profile_network_interfaces_id = ["/nic/c-nic"], storage_profile_os_disk_os_type = "Linux" },
--   { id = "/vm/d", network_profile_network_interfaces_id = ["/nic/d-nic"], storage_profile_os_disk_os_type = "Linux" },
--   { id = "/vm/e", network_profile_network_interfaces_id = ["/nic/e-nic"], storage_profile_os_disk_os_type = "Linux" },
-- ]
-- given.azure_nic = [
--   { id = "/nic/a-nic" },
--   { id = "/nic/b-nic" },
--   { id = "/nic/c-nic" },
--   { id = "/nic/d-nic" },
--   { id = "/nic/e-nic" },
-- ]
-- given.azure_nic_ip_configuration = [
--   { id = "/ipconfiguration/a", nic_id = "/nic/a-nic", private_ip_address = "10.0.1.4", subnet_id = "/subnet/s1" },
--   { id = "/ipconfiguration/b", nic_id = "/nic/b-nic", private_ip_address = "10.0.2.4", subnet_id = "/subnet/s2" },
--   { id = "/ipconfiguration/c", nic_id = "/nic/c-nic", private_ip_address = "10.0.3.4", subnet_id = "/subnet/s3" },
--   { id = "/ipconfiguration/d", nic_id = "/nic/d-nic", private_ip_address = "10.0.4.4", subnet_id = "/subnet/s4" },
--   { id = "/ipconfiguration/e", nic_id = "/nic/e-nic", private_ip_address = "10.0.5.4", subnet_id = "/subnet/s5" },
-- ]
-- given.azure_subnet = [
--   { id = "/subnet/s1", vnet_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet", network_security_group_id = "/nsg/g1" },
--   { id = "/subnet/s2", vnet_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet", network_security_group_id = "/nsg/g2" },
--   { id = "/subnet/s3", vnet_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet", network_security_group_id = "/nsg/g3" },
--   { id = "/subnet/s4", vnet_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet", network_security_group_id = "/nsg/g4" },
--   { id = "/subnet/s5", vnet_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet", network_security_group_id = "/nsg/g5" },
-- ]
-- given.azure_security_group = [
--   { id = "/nsg/g1" },
--   { id = "/nsg/g2" },
--   { id = "/nsg/g3" },
--   { id = "/nsg/g4" },
--   { id = "/nsg/g5" },
-- ]
-- given.azure_jit_policy_port = [
--   { name = "a-22", vm_id = "/vm/a", number = 22, protocol = "*" },
--   { name = "a-3389", vm_id = "/vm/a", number = 3389, protocol = "*" },
--   { name = "b-22", vm_id = "/vm/b", number = 22, protocol = "*" },
--   { name = "b-3389", vm_id = "/vm/b", number = 3389, protocol = "*" },
--   { name = "c-22", vm_id = "/vm/c", number = 22, protocol = "*" },
--   { name = "c-3389", vm_id = "/vm/c", number = 3389, protocol = "*" },
--   { name = "d-22", vm_id = "/vm/d", number = 22, protocol = "*" },
--   { name = "d-3389", vm_id = "/vm/d", number = 3389, protocol = "*" },
--   { name = "e-22", vm_id = "/vm/e", number = 22, protocol = "*" },
--   { name = "e-3389", vm_id = "/vm/e", number = 3389, protocol = "*" },
-- ]
-- given.azure_security_group_rule = [
--   { name = "MicrosoftDefenderForCloud-JITRule_-1105480617_9EF6964FE766478B9EC568B32FB82045", security_group_id = "/nsg/g2", access = "Deny", direction = "Inbound", priority = 1000, protocol = "*", source_port_range = "*", source_address_prefix = "*", destination_address_prefix = "10.0.2.4", destination_port_range = "22" },
--   { name = "MicrosoftDefenderForCloud-JITRule_-1105480617_9EF6964FE766478B9EC568B32FB82045", security_group_id = "/nsg/g3", access = "Deny", direction = "Inbound", priority = 1000, protocol = "*", source_port_range = "*", source_address_prefix = "*", destination_address_prefix = "10.0.9.9", destination_port_ranges = ["22", "3389"] },
--   { name = "deny-admin", security_group_id = "/nsg/g4", access = "Deny", direction = "Inbound", priority = 1000, protocol = "*", source_port_range = "*", source_address_prefix = "*", destination_address_prefix = "10.0.4.4", destination_port_ranges = ["22", "3389"], description = "MDC JIT Network Access rule for policy default of VM d." },
--   { name = "MicrosoftDefenderForCloud-JITRule-731925114-0C1E4E0E0F1F4E0DB7B0D2E4B9C77A10", security_group_id = "/nsg/g5", access = "Allow", direction = "Inbound", priority = 100, protocol = "*", source_port_range = "*", source_address_prefix = "203.0.113.7", destination_address_prefix = "10.0.5.4", destination_port_ranges = ["22", "3389"] },
-- ]
-- expect = { a = "fail", b = "fail", c = "fail", d = "fail", e = "fail" }
-- [[case]]
-- title = "a deny for some sources, some source ports or one protocol only does not do; for the protocol of the policy it does"
-- given.azure_vm = [
--   { id = "/vm/a", network_profile_network_interfaces_id = ["/nic/a-nic"], storage_profile_os_disk_os_type = "Linux" },
--   { id = "/vm/b", network_profile_network_interfaces_id = ["/nic/b-nic"], storage_profile_os_disk_os_type = "Linux" },
--   { id = "/vm/c", network_profile_network_interfaces_id = ["/nic/c-nic"], storage_profile_os_disk_os_type = "Linux" },
--   { id = "/vm/d", network_profile_network_interfaces_id = ["/nic/d-nic"], storage_profile_os_disk_os_type = "Linux" },
-- ]
-- given.azure_nic = [
--   { id = "/nic/a-nic" },
--   { id = "/nic/b-nic" },
--   { id = "/nic/c-nic" },
--   { id = "/nic/d-nic" },
-- ]
-- given.azure_nic_ip_configuration = [
--   { id = "/ipconfiguration/a", nic_id = "/nic/a-nic", private_ip_address = "10.0.1.4", subnet_id = "/subnet/s1" },
--   { id = "/ipconfiguration/b", nic_id = "/nic/b-nic", private_ip_address = "10.0.2.4", subnet_id = "/subnet/s2" },
--   { id = "/ipconfiguration/c", nic_id = "/nic/c-nic", private_ip_address = "10.0.3.4", subnet_id = "/subnet/s3" },
--   { id = "/ipconfiguration/d", nic_id = "/nic/d-nic", private_ip_address = "10.0.4.4", subnet_id = "/subnet/s4" },
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
-- given.azure_security_group_rule = [
--   { name = "MicrosoftDefenderForCloud-JITRule_-1105480617_9EF6964FE766478B9EC568B32FB82045", security_group_id = "/nsg/g1", access = "Deny", direction = "Inbound", priority = 1000, protocol = "*", source_port_range = "*", source_address_prefix = "203.0.113.0/24", destination_address_prefix = "10.0.1.4", destination_port_ranges = ["22", "3389"] },
--   { name = "MicrosoftDefenderForCloud-JITRule_-1105480617_9EF6964FE766478B9EC568B32FB82045", security_group_id = "/nsg/g2", access = "Deny", direction = "Inbound", priority = 1000, protocol = "*", source_port_range = "1000-2000", source_address_prefix = "*", destination_address_prefix = "10.0.2.4", destination_port_ranges = ["22", "3389"] },
--   { name = "MicrosoftDefenderForCloud-JITRule_-1105480617_9EF6964FE766478B9EC568B32FB82045", security_group_id = "/nsg/g3", access = "Deny", direction = "Inbound", priority = 1000, protocol = "Tcp", source_port_range = "*", source_address_prefix = "*", destination_address_prefix = "10.0.3.4", destination_port_ranges = ["22", "3389"] },
--   { name = "MicrosoftDefenderForCloud-JITRule_-1105480617_9EF6964FE766478B9EC568B32FB82045", security_group_id = "/nsg/g4", access = "Deny", direction = "Inbound", priority = 1000, protocol = "Tcp", source_port_range = "*", source_address_prefix = "*", destination_address_prefix = "10.0.4.4", destination_port_ranges = ["22", "3389"] },
-- ]
-- given.azure_jit_policy_port = [
--   { name = "a-22", vm_id = "/vm/a", number = 22, protocol = "*" },
--   { name = "a-3389", vm_id = "/vm/a", number = 3389, protocol = "*" },
--   { name = "b-22", vm_id = "/vm/b", number = 22, protocol = "*" },
--   { name = "b-3389", vm_id = "/vm/b", number = 3389, protocol = "*" },
--   { name = "c-22", vm_id = "/vm/c", number = 22, protocol = "*" },
--   { name = "c-3389", vm_id = "/vm/c", number = 3389, protocol = "*" },
--   { name = "d-22", vm_id = "/vm/d", number = 22, protocol = "TCP" },
--   { name = "d-3389", vm_id = "/vm/d", number = 3389, protocol = "TCP" },
-- ]
-- expect = { a = "fail", b = "fail", c = "fail", d = "pass" }
-- [[case]]
-- title = "a deny of all public addresses in other pieces does; one of IPv6 only does not shut out IPv4, nor does one of half the Internet"
-- given.azure_vm = [
--   { id = "/vm/a", network_profile_network_interfaces_id = ["/nic/a-nic"], storage_profile_os_disk_os_type = "Linux" },
--   { id = "/vm/b", network_profile_network_interfaces_id = ["/nic/b-nic"], storage_profile_os_disk_os_type = "Linux" },
--   { id = "/vm/c", network_profile_network_interfaces_id = ["/nic/c-nic"], storage_profile_os_disk_os_type = "Linux" },
--   { id = "/vm/d", network_profile_network_interfaces_id = ["/nic/d-nic"], storage_profile_os_disk_os_type = "Linux" },
-- ]
-- given.azure_nic = [{ id = "/nic/a-nic" }, { id = "/nic/b-nic" }, { id = "/nic/c-nic" }, { id = "/nic/d-nic" }]
-- given.azure_nic_ip_configuration = [
--   { id = "/ipconfiguration/a", nic_id = "/nic/a-nic", private_ip_address = "10.0.1.4", subnet_id = "/subnet/s1" },
--   { id = "/ipconfiguration/b", nic_id = "/nic/b-nic", private_ip_address = "10.0.2.4", subnet_id = "/subnet/s2" },
--   { id = "/ipconfiguration/c", nic_id = "/nic/c-nic", private_ip_address = "10.0.3.4", subnet_id = "/subnet/s3" },
--   { id = "/ipconfiguration/d", nic_id = "/nic/d-nic", private_ip_address = "10.0.4.4", subnet_id = "/subnet/s4" },
-- ]
-- given.azure_subnet = [
--   { id = "/subnet/s1", vnet_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet", network_security_group_id = "/nsg/g1" },
--   { id = "/subnet/s2", vnet_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet", network_security_group_id = "/nsg/g2" },
--   { id = "/subnet/s3", vnet_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet", network_security_group_id = "/nsg/g3" },
--   { id = "/subnet/s4", vnet_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet", network_security_group_id = "/nsg/g4" },
-- ]
-- given.azure_security_group = [{ id = "/nsg/g1" }, { id = "/nsg/g2" }, { id = "/nsg/g3" }, { id = "/nsg/g4" }]
-- given.azure_security_group_rule = [
--   { name = "MicrosoftDefenderForCloud-JITRule_-1105480617_9EF6964FE766478B9EC568B32FB82041", security_group_id = "/nsg/g1", access = "Deny", direction = "Inbound", priority = 1000, protocol = "*", source_port_range = "*", source_address_prefixes = ["0.0.0.0/2", "64.0.0.0/2", "128.0.0.0/2", "192.0.0.0/2"], destination_address_prefix = "10.0.1.4", destination_port_range = "22" },
--   { name = "MicrosoftDefenderForCloud-JITRule_-1105480617_9EF6964FE766478B9EC568B32FB82042", security_group_id = "/nsg/g2", access = "Deny", direction = "Inbound", priority = 1000, protocol = "*", source_port_range = "*", source_address_prefixes = ["::/0"], destination_address_prefix = "10.0.2.4", destination_port_range = "22" },
--   { name = "MicrosoftDefenderForCloud-JITRule_-1105480617_9EF6964FE766478B9EC568B32FB82043", security_group_id = "/nsg/g3", access = "Deny", direction = "Inbound", priority = 1000, protocol = "*", source_port_range = "*", source_address_prefixes = ["0.0.0.0/1"], destination_address_prefix = "10.0.3.4", destination_port_range = "22" },
--   { name = "MicrosoftDefenderForCloud-JITRule_-1105480617_9EF6964FE766478B9EC568B32FB82044", security_group_id = "/nsg/g4", access = "Deny", direction = "Inbound", priority = 1000, protocol = "*", source_port_range = "*", source_address_prefixes = ["0.0.0.0/0"], destination_address_prefix = "10.0.4.4", destination_port_range = "22" },
-- ]
-- given.azure_jit_policy_port = [{ name = "a-22", vm_id = "/vm/a", number = 22, protocol = "*" }, { name = "b-22", vm_id = "/vm/b", number = 22, protocol = "*" }, { name = "c-22", vm_id = "/vm/c", number = 22, protocol = "*" }, { name = "d-22", vm_id = "/vm/d", number = 22, protocol = "*" }]
-- expect = { a = "pass", b = "fail", c = "fail", d = "pass" }
-- [[case]]
-- # JIT-12 pass: in one governing NSG
-- title = "the deny is in the group of the interface; in that of the subnet beside another group"
-- given.azure_vm = [
--   { id = "/vm/nic", network_profile_network_interfaces_id = ["/nic/nic-nic"], storage_profile_os_disk_os_type = "Linux" },
--   { id = "/vm/sub", network_profile_network_interfaces_id = ["/nic/sub-nic"], storage_profile_os_disk_os_type = "Linux" },
-- ]
-- given.azure_nic = [
--   { id = "/nic/nic-nic" },
--   { id = "/nic/sub-nic" },
-- ]
-- given.azure_nic_ip_configuration = [
--   { id = "/ipconfiguration/nic", nic_id = "/nic/nic-nic", private_ip_address = "10.0.1.4", subnet_id = "/subnet/s1", nic_network_security_group_id = "/nsg/n1" },
--   { id = "/ipconfiguration/sub", nic_id = "/nic/sub-nic", private_ip_address = "10.0.2.4", subnet_id = "/subnet/s2", nic_network_security_group_id = "/nsg/n2" },
-- ]
-- given.azure_subnet = [
--   { id = "/subnet/s1", vnet_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet", network_security_group_id = "/nsg/g1" },
--   { id = "/subnet/s2", vnet_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet", network_security_group_id = "/nsg/g2" },
-- ]
-- given.azure_security_group = [
--   { id = "/nsg/g1" },
--   { id = "/nsg/n1" },
--   { id = "/nsg/g2" },
--   { id = "/nsg/n2" },
-- ]
-- given.azure_security_group_rule = [
--   { name = "MicrosoftDefenderForCloud-JITRule_-1105480617_9EF6964FE766478B9EC568B32FB82045", security_group_id = "/nsg/n1", access = "Deny", direction = "Inbound", priority = 1000, protocol = "*", source_port_range = "*", source_address_prefix = "*", destination_address_prefix = "10.0.1.4", destination_port_ranges = ["22", "3389"] },
--   { name = "MicrosoftDefenderForCloud-JITRule_-1105480617_9EF6964FE766478B9EC568B32FB82045", security_group_id = "/nsg/g2", access = "Deny", direction = "Inbound", priority = 1000, protocol = "*", source_port_range = "*", source_address_prefix = "*", destination_address_prefix = "10.0.2.4", destination_port_ranges = ["22", "3389"] },
-- ]
-- given.azure_jit_policy_port = [
--   { name = "nic-22", vm_id = "/vm/nic", number = 22, protocol = "*" },
--   { name = "nic-3389", vm_id = "/vm/nic", number = 3389, protocol = "*" },
--   { name = "sub-22", vm_id = "/vm/sub", number = 22, protocol = "*" },
--   { name = "sub-3389", vm_id = "/vm/sub", number = 3389, protocol = "*" },
-- ]
-- expect = { nic = "pass", sub = "pass" }
-- [[case]]
-- # JIT-12 pass: in one governing NSG
-- # JIT-12 fail: missing
-- title = "a group on the interface only, with the deny, without it, with an allow that could not be read; one not in the snapshot"
-- given.azure_vm = [
--   { id = "/vm/with", network_profile_network_interfaces_id = ["/nic/with-nic"], storage_profile_os_disk_os_type = "Linux" },
--   { id = "/vm/without", network_profile_network_interfaces_id = ["/nic/without-nic"], storage_profile_os_disk_os_type = "Linux" },
--   { id = "/vm/half", network_profile_network_interfaces_id = ["/nic/half-nic"], storage_profile_os_disk_os_type = "Linux" },
--   { id = "/vm/gone", network_profile_network_interfaces_id = ["/nic/gone-nic"], storage_profile_os_disk_os_type = "Linux" },
-- ]
-- given.azure_nic = [
--   { id = "/nic/with-nic" },
--   { id = "/nic/without-nic" },
--   { id = "/nic/half-nic" },
--   { id = "/nic/gone-nic" },
-- ]
-- given.azure_nic_ip_configuration = [
--   { id = "/ipconfiguration/with", nic_id = "/nic/with-nic", private_ip_address = "10.0.1.4", subnet_id = "/subnet/bare", nic_network_security_group_id = "/nsg/n1" },
--   { id = "/ipconfiguration/without", nic_id = "/nic/without-nic", private_ip_address = "10.0.2.4", subnet_id = "/subnet/bare", nic_network_security_group_id = "/nsg/n2" },
--   { id = "/ipconfiguration/half", nic_id = "/nic/half-nic", private_ip_address = "10.0.3.4", subnet_id = "/subnet/bare", nic_network_security_group_id = "/nsg/n3" },
--   { id = "/ipconfiguration/gone", nic_id = "/nic/gone-nic", private_ip_address = "10.0.4.4", subnet_id = "/subnet/bare", nic_network_security_group_id = "/nsg/n4" },
-- ]
-- given.azure_subnet = [{ id = "/subnet/bare", vnet_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet" }]
-- given.azure_security_group = [
--   { id = "/nsg/n1" },
--   { id = "/nsg/n2" },
--   { id = "/nsg/n3" },
-- ]
-- given.azure_security_group_rule = [
--   { name = "MicrosoftDefenderForCloud-JITRule_-1105480617_9EF6964FE766478B9EC568B32FB82045", security_group_id = "/nsg/n1", access = "Deny", direction = "Inbound", priority = 1000, protocol = "*", source_port_range = "*", source_address_prefix = "*", destination_address_prefix = "10.0.1.4", destination_port_ranges = ["22", "3389"] },
--   { name = "MicrosoftDefenderForCloud-JITRule-731925114-0C1E4E0E0F1F4E0DB7B0D2E4B9C77A10", security_group_id = "/nsg/n3", access = "Allow", direction = "Inbound", priority = 100, protocol = "*", source_port_range = "*", destination_address_prefix = "10.0.3.4", destination_port_range = "22", _gaps = ["source_address_prefix"] },
-- ]
-- given.azure_jit_policy_port = [
--   { name = "with-22", vm_id = "/vm/with", number = 22, protocol = "*" },
--   { name = "without-22", vm_id = "/vm/without", number = 22, protocol = "*" },
--   { name = "half-22", vm_id = "/vm/half", number = 22, protocol = "*" },
--   { name = "gone-22", vm_id = "/vm/gone", number = 22, protocol = "*" },
-- ]
-- expect = { with = "pass", without = "fail", half = "fail", gone = "unknown" }
-- [[case]]
-- # JIT-12 NA: not configured
-- # JIT-12 NA: no NSG (firewall only)
-- title = "not in a policy; in a failed one; behind a firewall without any security group"
-- given.azure_vm = [
--   { id = "/vm/free", network_profile_network_interfaces_id = ["/nic/free-nic"], storage_profile_os_disk_os_type = "Linux" },
--   { id = "/vm/failed", network_profile_network_interfaces_id = ["/nic/failed-nic"], storage_profile_os_disk_os_type = "Linux" },
--   { id = "/vm/fw", network_profile_network_interfaces_id = ["/nic/fw-nic"], storage_profile_os_disk_os_type = "Linux" },
-- ]
-- given.azure_nic = [
--   { id = "/nic/free-nic" },
--   { id = "/nic/failed-nic" },
--   { id = "/nic/fw-nic" },
-- ]
-- given.azure_nic_ip_configuration = [
--   { id = "/ipconfiguration/free", nic_id = "/nic/free-nic", private_ip_address = "10.0.1.4", subnet_id = "/subnet/s1" },
--   { id = "/ipconfiguration/failed", nic_id = "/nic/failed-nic", private_ip_address = "10.0.2.4", subnet_id = "/subnet/s2" },
--   { id = "/ipconfiguration/fw", nic_id = "/nic/fw-nic", private_ip_address = "10.0.3.4", subnet_id = "/subnet/s3" },
-- ]
-- given.azure_subnet = [
--   { id = "/subnet/s1", vnet_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet", network_security_group_id = "/nsg/g1" },
--   { id = "/subnet/s2", vnet_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet", network_security_group_id = "/nsg/g2" },
--   { id = "/subnet/s3", vnet_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet" },
-- ]
-- given.azure_security_group = [
--   { id = "/nsg/g1" },
--   { id = "/nsg/g2" },
-- ]
-- given.azure_network_firewall = [
--   { name = "fw", ip_configurations_properties_subnet_id = ["/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet/subnets/AzureFirewallSubnet"] },
-- ]
-- given.azure_jit_policy_port = [
--   { name = "failed-22", vm_id = "/vm/failed", number = 22, protocol = "*", policy_provisioning_state = "Failed" },
--   { name = "failed-3389", vm_id = "/vm/failed", number = 3389, protocol = "*", policy_provisioning_state = "Failed" },
--   { name = "fw-22", vm_id = "/vm/fw", number = 22, protocol = "*" },
--   { name = "fw-3389", vm_id = "/vm/fw", number = 3389, protocol = "*" },
-- ]
-- expect = { free = "not_applicable", failed = "not_applicable", fw = "not_applicable" }
-- [[case]]
-- title = "a second interface of which the address is not denied"
-- given.azure_vm = [{ id = "/vm/web", network_profile_network_interfaces_id = ["/nic/web-nic", "/nic/web2-nic"] }]
-- given.azure_nic = [
--   { id = "/nic/web-nic" },
--   { id = "/nic/web2-nic" },
-- ]
-- given.azure_nic_ip_configuration = [
--   { id = "/ipconfiguration/web", nic_id = "/nic/web-nic", private_ip_address = "10.0.1.4", subnet_id = "/subnet/s1" },
--   { id = "/ipconfiguration/web2", nic_id = "/nic/web2-nic", private_ip_address = "10.0.2.4", subnet_id = "/subnet/s2" },
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
--   { name = "MicrosoftDefenderForCloud-JITRule_-1105480617_9EF6964FE766478B9EC568B32FB82045", security_group_id = "/nsg/g1", access = "Deny", direction = "Inbound", priority = 1000, protocol = "*", source_port_range = "*", source_address_prefix = "*", destination_address_prefix = "10.0.1.4", destination_port_ranges = ["22", "3389"] },
-- ]
-- given.azure_jit_policy_port = [
--   { name = "web-22", vm_id = "/vm/web", number = 22, protocol = "*" },
--   { name = "web-3389", vm_id = "/vm/web", number = 3389, protocol = "*" },
-- ]
-- expect = { web = "fail" }
-- [[case]]
-- title = "an IPv6 address beside: just-in-time rules name the IPv4 one"
-- given.azure_vm = [{ id = "/vm/web", network_profile_network_interfaces_id = ["/nic/web-nic"], storage_profile_os_disk_os_type = "Linux" }]
-- given.azure_nic = [{ id = "/nic/web-nic" }]
-- given.azure_nic_ip_configuration = [
--   { id = "/ipconfiguration/web", nic_id = "/nic/web-nic", private_ip_address = "10.0.1.4", subnet_id = "/subnet/s1" },
--   { id = "/ipconfiguration/web6", nic_id = "/nic/web-nic", private_ip_address = "fd00::4", subnet_id = "/subnet/s1" },
-- ]
-- given.azure_subnet = [
--   { id = "/subnet/s1", vnet_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet", network_security_group_id = "/nsg/g1" },
-- ]
-- given.azure_security_group = [{ id = "/nsg/g1" }]
-- given.azure_security_group_rule = [
--   { name = "MicrosoftDefenderForCloud-JITRule_-1105480617_9EF6964FE766478B9EC568B32FB82045", security_group_id = "/nsg/g1", access = "Deny", direction = "Inbound", priority = 1000, protocol = "*", source_port_range = "*", source_address_prefix = "*", destination_address_prefix = "10.0.1.4", destination_port_ranges = ["22", "3389"] },
-- ]
-- given.azure_jit_policy_port = [
--   { name = "web-22", vm_id = "/vm/web", number = 22, protocol = "*" },
--   { name = "web-3389", vm_id = "/vm/web", number = 3389, protocol = "*" },
-- ]
-- expect = { web = "pass" }
-- [[case]]
-- title = "the group, the subnet or an interface is not in the snapshot"
-- given.azure_vm = [
--   { id = "/vm/web", network_profile_network_interfaces_id = ["/nic/web-nic"] },
--   { id = "/vm/db", network_profile_network_interfaces_id = ["/nic/db-nic"] },
--   { id = "/vm/app", network_profile_network_interfaces_id = ["/nic/app-nic", "/nic/gone"] },
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
--   { id = "/subnet/s3", vnet_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet", network_security_group_id = "/nsg/g3" },
-- ]
-- given.azure_security_group = [
--   { id = "/nsg/g2" },
--   { id = "/nsg/g3" },
-- ]
-- given.azure_jit_policy_port = [
--   { name = "web-22", vm_id = "/vm/web", number = 22, protocol = "*" },
--   { name = "web-3389", vm_id = "/vm/web", number = 3389, protocol = "*" },
--   { name = "db-22", vm_id = "/vm/db", number = 22, protocol = "*" },
--   { name = "db-3389", vm_id = "/vm/db", number = 3389, protocol = "*" },
--   { name = "app-22", vm_id = "/vm/app", number = 22, protocol = "*" },
--   { name = "app-3389", vm_id = "/vm/app", number = 3389, protocol = "*" },
-- ]
-- given.azure_security_group_rule = [
--   { name = "MicrosoftDefenderForCloud-JITRule_-1105480617_9EF6964FE766478B9EC568B32FB82045", security_group_id = "/nsg/g3", access = "Deny", direction = "Inbound", priority = 1000, protocol = "*", source_port_range = "*", source_address_prefix = "*", destination_address_prefix = "10.0.3.4", destination_port_ranges = ["22", "3389"] },
-- ]
-- expect = { web = "unknown", db = "unknown", app = "unknown" }
-- [[case]]
-- title = "a just-in-time rule, the address or the policy could not be read"
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
--   { id = "/ipconfiguration/db", nic_id = "/nic/db-nic", private_ip_address = "10.0.2.4", subnet_id = "/subnet/s2", _gaps = ["private_ip_address"] },
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
-- given.azure_security_group_rule = [
--   { name = "MicrosoftDefenderForCloud-JITRule_-1105480617_9EF6964FE766478B9EC568B32FB82045", security_group_id = "/nsg/g1", access = "Deny", direction = "Inbound", priority = 1000, protocol = "*", source_port_range = "*", source_address_prefix = "*", destination_address_prefix = "10.0.1.4", destination_port_ranges = ["22", "3389"], _gaps = ["destination_port_ranges"] },
--   { name = "MicrosoftDefenderForCloud-JITRule_-1105480617_9EF6964FE766478B9EC568B32FB82045", security_group_id = "/nsg/g2", access = "Deny", direction = "Inbound", priority = 1000, protocol = "*", source_port_range = "*", source_address_prefix = "*", destination_address_prefix = "10.0.2.4", destination_port_ranges = ["22", "3389"] },
-- ]
-- given.azure_jit_policy_port = [
--   { name = "web-22", vm_id = "/vm/web", number = 22, protocol = "*" },
--   { name = "web-3389", vm_id = "/vm/web", number = 3389, protocol = "*" },
--   { name = "db-22", vm_id = "/vm/db", number = 22, protocol = "*" },
--   { name = "db-3389", vm_id = "/vm/db", number = 3389, protocol = "*" },
--   { name = "app-22", vm_id = "/vm/app", number = 22, protocol = "*", _gaps = ["policy_provisioning_state"] },
--   { name = "app-3389", vm_id = "/vm/app", number = 3389, protocol = "*", _gaps = ["policy_provisioning_state"] },
-- ]
-- expect = { web = "unknown", db = "unknown", app = "unknown" }
-- [[case]]
-- title = "no machine"
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "azure_jit_policy_port denied"
-- ledger = [{ table = "azure_jit_policy_port", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_vm = [{ id = "/vm/web", network_profile_network_interfaces_id = ["/nic/web-nic"], storage_profile_os_disk_os_type = "Linux" }]
-- given.azure_nic = [{ id = "/nic/web-nic" }]
-- given.azure_nic_ip_configuration = [{ id = "/ipconfiguration/web", nic_id = "/nic/web-nic", private_ip_address = "10.0.1.4", subnet_id = "/subnet/s1" }]
-- given.azure_subnet = [
--   { id = "/subnet/s1", vnet_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet", network_security_group_id = "/nsg/g1" },
-- ]
-- given.azure_security_group = [{ id = "/nsg/g1" }]
-- given.azure_security_group_rule = [
--   { name = "MicrosoftDefenderForCloud-JITRule_-1105480617_9EF6964FE766478B9EC568B32FB82045", security_group_id = "/nsg/g1", access = "Deny", direction = "Inbound", priority = 1000, protocol = "*", source_port_range = "*", source_address_prefix = "*", destination_address_prefix = "10.0.1.4", destination_port_ranges = ["22", "3389"] },
-- ]
-- given.azure_jit_policy_port = [
--   { name = "web-22", vm_id = "/vm/web", number = 22, protocol = "*" },
--   { name = "web-3389", vm_id = "/vm/web", number = 3389, protocol = "*" },
-- ]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "azure_security_group_rule denied"
-- ledger = [{ table = "azure_security_group_rule", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_vm = [{ id = "/vm/web", network_profile_network_interfaces_id = ["/nic/web-nic"], storage_profile_os_disk_os_type = "Linux" }]
-- given.azure_nic = [{ id = "/nic/web-nic" }]
-- given.azure_nic_ip_configuration = [{ id = "/ipconfiguration/web", nic_id = "/nic/web-nic", private_ip_address = "10.0.1.4", subnet_id = "/subnet/s1" }]
-- given.azure_subnet = [
--   { id = "/subnet/s1", vnet_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet", network_security_group_id = "/nsg/g1" },
-- ]
-- given.azure_security_group = [{ id = "/nsg/g1" }]
-- given.azure_security_group_rule = [
--   { name = "MicrosoftDefenderForCloud-JITRule_-1105480617_9EF6964FE766478B9EC568B32FB82045", security_group_id = "/nsg/g1", access = "Deny", direction = "Inbound", priority = 1000, protocol = "*", source_port_range = "*", source_address_prefix = "*", destination_address_prefix = "10.0.1.4", destination_port_ranges = ["22", "3389"] },
-- ]
-- given.azure_jit_policy_port = [
--   { name = "web-22", vm_id = "/vm/web", number = 22, protocol = "*" },
--   { name = "web-3389", vm_id = "/vm/web", number = 3389, protocol = "*" },
-- ]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
WITH asked AS (
    SELECT p.vm_id, p.port, p.protocol FROM jit_vm_port AS p
),
configuration AS (
    SELECT c.vm_id, c.ip_configuration_id, c.ip_version, c.private_ip, c.address_unread, c.subnet_nsg_id, c.nic_nsg_id,
           c.subnet_gap, c.nic_gap, c.missing,
           (c.subnet_nsg_id IS NOT NULL AND s.id IS NULL) OR (c.nic_nsg_id IS NOT NULL AND n.id IS NULL) AS no_row
    FROM vm_ip_configuration AS c
    LEFT JOIN (SELECT g.id FROM azure_security_group AS g) AS s ON s.id = c.subnet_nsg_id
    LEFT JOIN (SELECT g.id FROM azure_security_group AS g) AS n ON n.id = c.nic_nsg_id
),
denied AS (
    SELECT c.vm_id, c.ip_configuration_id, c.private_ip, a.port, a.protocol,
           bool_or(coalesce(r.meant AND r.denies_all AND NOT r.unread AND r.protocol IN ('*', 'any', a.protocol) AND port_in(r.ports, a.port), FALSE)) AS found,
           bool_or(c.subnet_gap IS NOT NULL OR c.nic_gap IS NOT NULL OR c.no_row
                   OR coalesce((r.meant IS NULL OR r.unread) AND coalesce(r.access, 'deny') = 'deny' AND r.rule_id IS NOT NULL, FALSE)) AS unclear
    FROM configuration AS c
    JOIN asked AS a ON a.vm_id = c.vm_id
    LEFT JOIN jit_nsg_rule AS r ON r.vm_id = c.vm_id AND r.ip_configuration_id = c.ip_configuration_id
    WHERE c.ip_version = 'IPv4' AND (c.subnet_nsg_id IS NOT NULL OR c.nic_nsg_id IS NOT NULL OR c.subnet_gap IS NOT NULL OR c.nic_gap IS NOT NULL)
    GROUP BY c.vm_id, c.ip_configuration_id, c.private_ip, a.port, a.protocol
),
machine AS (
    SELECT d.vm_id,
           list_sort(list(DISTINCT coalesce(d.private_ip, 'unknown address') || ' ' || d.port || '/' || d.protocol) FILTER (WHERE NOT d.found AND NOT d.unclear)) AS absent,
           list_sort(list(DISTINCT coalesce(d.private_ip, 'unknown address') || ' ' || d.port || '/' || d.protocol) FILTER (WHERE NOT d.found AND d.unclear)) AS unclear
    FROM denied AS d
    GROUP BY d.vm_id
),
gap AS (
    SELECT c.vm_id, min(c.missing) AS missing FROM configuration AS c GROUP BY c.vm_id
),
rule AS (
    SELECT r.vm_id, list_sort(list(DISTINCT r.rule_name)) AS rules FROM jit_nsg_rule AS r WHERE r.access = 'deny' AND r.meant GROUP BY r.vm_id
)
SELECT s.vm_id AS subject, s.vm_id AS resource_id, s.subscription_id,
       CASE WHEN s.state = 'unread' THEN NULL
            WHEN s.state <> 'configured' THEN 'not_applicable'
            WHEN array_length(d.absent) > 0 THEN 'fail'
            WHEN g.missing IS NOT NULL OR array_length(d.unclear) > 0 THEN NULL
            WHEN d.vm_id IS NULL THEN 'not_applicable'
            ELSE 'pass'
       END AS verdict,
       CASE WHEN s.state = 'unread' THEN 'a just-in-time policy names the machine, but its state or ports could not be read'
            WHEN s.state <> 'configured' THEN 'not under a just-in-time policy'
            WHEN array_length(d.absent) > 0 THEN 'no just-in-time deny for: ' || array_to_string(d.absent, ', ')
            WHEN g.missing IS NOT NULL THEN g.missing
            WHEN array_length(d.unclear) > 0 THEN 'not known whether a just-in-time deny is there for: ' || array_to_string(d.unclear, ', ')
            WHEN d.vm_id IS NULL THEN 'no security group stands before an IPv4 address of the machine'
            ELSE 'denied by ' || array_to_string(r.rules, ', ')
       END AS reason,
       s.ports AS policy_ports, r.rules AS deny_rules, d.absent AS not_denied, s.policy_ids
FROM jit_vm_policy AS s
LEFT JOIN machine AS d ON d.vm_id = s.vm_id
LEFT JOIN gap AS g ON g.vm_id = s.vm_id
LEFT JOIN rule AS r ON r.vm_id = s.vm_id
