-- title = "No just-in-time allow is left after its window"
-- severity = "high"
-- subject = "azure_vm"
-- tables = [
--   "azure_vm", "azure_nic", "azure_nic_ip_configuration", "azure_vnet", "azure_subnet",
--   "azure_security_group", "azure_security_group_rule", "azure_jit_network_access_policy", "azure_jit_policy_port", "azure_jit_access_request",
-- ]
-- controls = ["jit:jit_rule_removed_after_window"]
-- rationale = "The allow rule of a request should go when the window ends. One that stays is a permanent hole that looks like just-in-time access."
-- remediation = "Let the window end or delete the leftover rule (az network nsg rule delete). Ask for one address and a short time (Request access in the portal, Start-AzJitNetworkAccessPolicy). Connections that stand survive the end of a window."
-- references = ["https://learn.microsoft.com/azure/defender-for-cloud/just-in-time-access-usage"]
-- [[case]]
-- # JIT-14 pass: JIT rules present, none orphan
-- title = "a deny only; an allow with an open window"
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
--   { name = "MicrosoftDefenderForCloud-JITRule_-1105480617_9EF6964FE766478B9EC568B32FB82045", security_group_id = "/nsg/g1", access = "Deny", direction = "Inbound", priority = 1000, protocol = "*", source_port_range = "*", source_address_prefix = "*", destination_address_prefix = "10.0.1.4", destination_port_ranges = ["22", "3389"] },
--   { name = "MicrosoftDefenderForCloud-JITRule-731925114-0C1E4E0E0F1F4E0DB7B0D2E4B9C77A10", security_group_id = "/nsg/g2", access = "Allow", direction = "Inbound", priority = 100, protocol = "*", source_port_range = "*", source_address_prefix = "203.0.113.7", destination_address_prefix = "10.0.2.4", destination_port_range = "22" },
-- ]
-- given.azure_jit_access_request = [
--   { name = "r", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default/requests/r", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", requestor = "dana@contoso.com", justification = "patching", start_time_utc = "2026-09-30T23:00:00", virtual_machines = '[{"id":"/vm/db","ports":[{"number":22,"allowedSourceAddressPrefix":"203.0.113.7","endTimeUtc":"2026-10-01T02:00:00Z","status":"Initiated","statusReason":"UserRequested"}]}]' },
-- ]
-- expect = { web = "pass", db = "pass" }
-- [[case]]
-- # JIT-14 fail: orphan allow
-- title = "no window at all; one that has ended though its status is Initiated; one revoked; one that begins later"
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
--   { name = "MicrosoftDefenderForCloud-JITRule-731925114-0C1E4E0E0F1F4E0DB7B0D2E4B9C77A10", security_group_id = "/nsg/g1", access = "Allow", direction = "Inbound", priority = 100, protocol = "*", source_port_range = "*", source_address_prefix = "203.0.113.7", destination_address_prefix = "10.0.1.4", destination_port_range = "22" },
--   { name = "MicrosoftDefenderForCloud-JITRule-731925114-0C1E4E0E0F1F4E0DB7B0D2E4B9C77A10", security_group_id = "/nsg/g2", access = "Allow", direction = "Inbound", priority = 100, protocol = "*", source_port_range = "*", source_address_prefix = "203.0.113.7", destination_address_prefix = "10.0.2.4", destination_port_range = "22" },
--   { name = "MicrosoftDefenderForCloud-JITRule-731925114-0C1E4E0E0F1F4E0DB7B0D2E4B9C77A10", security_group_id = "/nsg/g3", access = "Allow", direction = "Inbound", priority = 100, protocol = "*", source_port_range = "*", source_address_prefix = "203.0.113.7", destination_address_prefix = "10.0.3.4", destination_port_range = "22" },
--   { name = "MicrosoftDefenderForCloud-JITRule-731925114-0C1E4E0E0F1F4E0DB7B0D2E4B9C77A10", security_group_id = "/nsg/g4", access = "Allow", direction = "Inbound", priority = 100, protocol = "*", source_port_range = "*", source_address_prefix = "203.0.113.7", destination_address_prefix = "10.0.4.4", destination_port_range = "22" },
-- ]
-- given.azure_jit_access_request = [
--   { name = "b", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default/requests/b", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", requestor = "dana@contoso.com", justification = "patching", start_time_utc = "2026-09-30T23:00:00", virtual_machines = '[{"id":"/vm/b","ports":[{"number":22,"allowedSourceAddressPrefix":"203.0.113.7","endTimeUtc":"2026-09-30T23:59:59.1234567Z","status":"Initiated","statusReason":"UserRequested"}]}]' },
--   { name = "c", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default/requests/c", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", requestor = "dana@contoso.com", justification = "patching", start_time_utc = "2026-09-30T23:00:00", virtual_machines = '[{"id":"/vm/c","ports":[{"number":22,"allowedSourceAddressPrefix":"203.0.113.7","endTimeUtc":"2026-10-01T02:00:00Z","status":"Revoked","statusReason":"UserRequested"}]}]' },
--   { name = "d", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default/requests/d", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", requestor = "dana@contoso.com", justification = "patching", start_time_utc = "2026-10-01T01:00:00", virtual_machines = '[{"id":"/vm/d","ports":[{"number":22,"allowedSourceAddressPrefix":"203.0.113.7","endTimeUtc":"2026-10-01T02:00:00Z","status":"Initiated","statusReason":"UserRequested"}]}]' },
-- ]
-- expect = { a = "fail", b = "fail", c = "fail", d = "fail" }
-- [[case]]
-- title = "the window that ends at the very moment of the snapshot is over; a second later it is open"
-- given.azure_vm = [
--   { id = "/vm/a", network_profile_network_interfaces_id = ["/nic/a-nic"], storage_profile_os_disk_os_type = "Linux" },
--   { id = "/vm/b", network_profile_network_interfaces_id = ["/nic/b-nic"], storage_profile_os_disk_os_type = "Linux" },
-- ]
-- given.azure_nic = [
--   { id = "/nic/a-nic" },
--   { id = "/nic/b-nic" },
-- ]
-- given.azure_nic_ip_configuration = [
--   { id = "/ipconfiguration/a", nic_id = "/nic/a-nic", private_ip_address = "10.0.1.4", subnet_id = "/subnet/s1" },
--   { id = "/ipconfiguration/b", nic_id = "/nic/b-nic", private_ip_address = "10.0.2.4", subnet_id = "/subnet/s2" },
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
--   { name = "MicrosoftDefenderForCloud-JITRule-731925114-0C1E4E0E0F1F4E0DB7B0D2E4B9C77A10", security_group_id = "/nsg/g1", access = "Allow", direction = "Inbound", priority = 100, protocol = "*", source_port_range = "*", source_address_prefix = "203.0.113.7", destination_address_prefix = "10.0.1.4", destination_port_range = "22" },
--   { name = "MicrosoftDefenderForCloud-JITRule-731925114-0C1E4E0E0F1F4E0DB7B0D2E4B9C77A10", security_group_id = "/nsg/g2", access = "Allow", direction = "Inbound", priority = 100, protocol = "*", source_port_range = "*", source_address_prefix = "203.0.113.7", destination_address_prefix = "10.0.2.4", destination_port_range = "22" },
-- ]
-- given.azure_jit_access_request = [
--   { name = "a", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default/requests/a", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", requestor = "dana@contoso.com", justification = "patching", start_time_utc = "2026-09-30T23:00:00", virtual_machines = '[{"id":"/vm/a","ports":[{"number":22,"allowedSourceAddressPrefix":"203.0.113.7","endTimeUtc":"2026-10-01T00:00:00Z","status":"Initiated","statusReason":"UserRequested"}]}]' },
--   { name = "b", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default/requests/b", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", requestor = "dana@contoso.com", justification = "patching", start_time_utc = "2026-09-30T23:00:00", virtual_machines = '[{"id":"/vm/b","ports":[{"number":22,"allowedSourceAddressPrefix":"203.0.113.7","endTimeUtc":"2026-10-01T00:00:01.0000000Z","status":"Initiated","statusReason":"UserRequested"}]}]' },
-- ]
-- expect = { a = "fail", b = "pass" }
-- [[case]]
-- title = "the window is for another port, or another machine"
-- given.azure_vm = [
--   { id = "/vm/a", network_profile_network_interfaces_id = ["/nic/a-nic"], storage_profile_os_disk_os_type = "Linux" },
--   { id = "/vm/b", network_profile_network_interfaces_id = ["/nic/b-nic"], storage_profile_os_disk_os_type = "Linux" },
--   { id = "/vm/c", network_profile_network_interfaces_id = ["/nic/c-nic"], storage_profile_os_disk_os_type = "Linux" },
-- ]
-- given.azure_nic = [
--   { id = "/nic/a-nic" },
--   { id = "/nic/b-nic" },
--   { id = "/nic/c-nic" },
-- ]
-- given.azure_nic_ip_configuration = [
--   { id = "/ipconfiguration/a", nic_id = "/nic/a-nic", private_ip_address = "10.0.1.4", subnet_id = "/subnet/s1" },
--   { id = "/ipconfiguration/b", nic_id = "/nic/b-nic", private_ip_address = "10.0.2.4", subnet_id = "/subnet/s2" },
--   { id = "/ipconfiguration/c", nic_id = "/nic/c-nic", private_ip_address = "10.0.3.4", subnet_id = "/subnet/s3" },
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
--   { name = "MicrosoftDefenderForCloud-JITRule-731925114-0C1E4E0E0F1F4E0DB7B0D2E4B9C77A10", security_group_id = "/nsg/g1", access = "Allow", direction = "Inbound", priority = 100, protocol = "*", source_port_range = "*", source_address_prefix = "203.0.113.7", destination_address_prefix = "10.0.1.4", destination_port_range = "22" },
--   { name = "MicrosoftDefenderForCloud-JITRule-731925114-0C1E4E0E0F1F4E0DB7B0D2E4B9C77A10", security_group_id = "/nsg/g2", access = "Allow", direction = "Inbound", priority = 100, protocol = "*", source_port_range = "*", source_address_prefix = "203.0.113.7", destination_address_prefix = "10.0.2.4", destination_port_range = "22" },
--   { name = "MicrosoftDefenderForCloud-JITRule-731925114-0C1E4E0E0F1F4E0DB7B0D2E4B9C77A10", security_group_id = "/nsg/g3", access = "Allow", direction = "Inbound", priority = 100, protocol = "*", source_port_range = "*", source_address_prefix = "203.0.113.7", destination_address_prefix = "10.0.3.4", destination_port_range = "22" },
-- ]
-- given.azure_jit_access_request = [
--   { name = "a", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default/requests/a", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", requestor = "dana@contoso.com", justification = "patching", start_time_utc = "2026-09-30T23:00:00", virtual_machines = '[{"id":"/vm/a","ports":[{"number":3389,"allowedSourceAddressPrefix":"203.0.113.7","endTimeUtc":"2026-10-01T02:00:00Z","status":"Initiated","statusReason":"UserRequested"}]}]' },
--   { name = "c", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default/requests/c", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", requestor = "dana@contoso.com", justification = "patching", start_time_utc = "2026-09-30T23:00:00", virtual_machines = '[{"id":"/vm/c","ports":[{"number":22,"allowedSourceAddressPrefix":"203.0.113.7","endTimeUtc":"2026-10-01T02:00:00Z","status":"Initiated","statusReason":"UserRequested"}]}]' },
-- ]
-- expect = { a = "fail", b = "fail", c = "pass" }
-- [[case]]
-- title = "a rule for two ports of which one has a window; a range with a window in it"
-- given.azure_vm = [
--   { id = "/vm/a", network_profile_network_interfaces_id = ["/nic/a-nic"], storage_profile_os_disk_os_type = "Linux" },
--   { id = "/vm/b", network_profile_network_interfaces_id = ["/nic/b-nic"], storage_profile_os_disk_os_type = "Linux" },
-- ]
-- given.azure_nic = [
--   { id = "/nic/a-nic" },
--   { id = "/nic/b-nic" },
-- ]
-- given.azure_nic_ip_configuration = [
--   { id = "/ipconfiguration/a", nic_id = "/nic/a-nic", private_ip_address = "10.0.1.4", subnet_id = "/subnet/s1" },
--   { id = "/ipconfiguration/b", nic_id = "/nic/b-nic", private_ip_address = "10.0.2.4", subnet_id = "/subnet/s2" },
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
--   { name = "MicrosoftDefenderForCloud-JITRule-731925114-0C1E4E0E0F1F4E0DB7B0D2E4B9C77A10", security_group_id = "/nsg/g1", access = "Allow", direction = "Inbound", priority = 100, protocol = "*", source_port_range = "*", source_address_prefix = "203.0.113.7", destination_address_prefix = "10.0.1.4", destination_port_ranges = ["22", "3389"] },
--   { name = "MicrosoftDefenderForCloud-JITRule-731925114-0C1E4E0E0F1F4E0DB7B0D2E4B9C77A10", security_group_id = "/nsg/g2", access = "Allow", direction = "Inbound", priority = 100, protocol = "*", source_port_range = "*", source_address_prefix = "203.0.113.7", destination_address_prefix = "10.0.2.4", destination_port_range = "20-30" },
-- ]
-- given.azure_jit_access_request = [
--   { name = "a", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default/requests/a", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", requestor = "dana@contoso.com", justification = "patching", start_time_utc = "2026-09-30T23:00:00", virtual_machines = '[{"id":"/vm/a","ports":[{"number":22,"allowedSourceAddressPrefix":"203.0.113.7","endTimeUtc":"2026-10-01T02:00:00Z","status":"Initiated","statusReason":"UserRequested"}]}]' },
--   { name = "b", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default/requests/b", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", requestor = "dana@contoso.com", justification = "patching", start_time_utc = "2026-09-30T23:00:00", virtual_machines = '[{"id":"/vm/b","ports":[{"number":22,"allowedSourceAddressPrefix":"203.0.113.7","endTimeUtc":"2026-10-01T02:00:00Z","status":"Initiated","statusReason":"UserRequested"}]}]' },
-- ]
-- expect = { a = "fail", b = "pass" }
-- [[case]]
-- title = "old rule name; a machine in no policy"
-- given.azure_vm = [{ id = "/vm/web", network_profile_network_interfaces_id = ["/nic/web-nic"], storage_profile_os_disk_os_type = "Linux" }]
-- given.azure_nic = [{ id = "/nic/web-nic" }]
-- given.azure_nic_ip_configuration = [{ id = "/ipconfiguration/web", nic_id = "/nic/web-nic", private_ip_address = "10.0.1.4", subnet_id = "/subnet/s1" }]
-- given.azure_subnet = [
--   { id = "/subnet/s1", vnet_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet", network_security_group_id = "/nsg/g1" },
-- ]
-- given.azure_security_group = [{ id = "/nsg/g1" }]
-- given.azure_security_group_rule = [
--   { name = "SecurityCenter-JITRule-12-0C1E4E0E0F1F4E0DB7B0D2E4B9C77A10", security_group_id = "/nsg/g1", access = "Allow", direction = "Inbound", priority = 100, protocol = "*", source_port_range = "*", source_address_prefix = "203.0.113.7", destination_address_prefix = "10.0.1.4", destination_port_range = "22" },
-- ]
-- expect = { web = "fail" }
-- [[case]]
-- title = "the rule in the group of the subnet is for another machine"
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
--   { id = "/ipconfiguration/db", nic_id = "/nic/db-nic", private_ip_address = "10.0.1.5", subnet_id = "/subnet/s1" },
-- ]
-- given.azure_subnet = [
--   { id = "/subnet/s1", vnet_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet", network_security_group_id = "/nsg/g1" },
-- ]
-- given.azure_security_group = [{ id = "/nsg/g1" }]
-- given.azure_security_group_rule = [
--   { name = "MicrosoftDefenderForCloud-JITRule-731925114-0C1E4E0E0F1F4E0DB7B0D2E4B9C77A10", security_group_id = "/nsg/g1", access = "Allow", direction = "Inbound", priority = 100, protocol = "*", source_port_range = "*", source_address_prefix = "203.0.113.7", destination_address_prefix = "10.0.1.5", destination_port_range = "22" },
-- ]
-- expect = { web = "not_applicable", db = "fail" }
-- [[case]]
-- title = "a rule for the whole subnet is for both"
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
--   { id = "/ipconfiguration/db", nic_id = "/nic/db-nic", private_ip_address = "10.0.1.5", subnet_id = "/subnet/s1" },
-- ]
-- given.azure_subnet = [
--   { id = "/subnet/s1", vnet_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet", network_security_group_id = "/nsg/g1" },
-- ]
-- given.azure_security_group = [{ id = "/nsg/g1" }]
-- given.azure_security_group_rule = [
--   { name = "MicrosoftDefenderForCloud-JITRule-731925114-0C1E4E0E0F1F4E0DB7B0D2E4B9C77A10", security_group_id = "/nsg/g1", access = "Allow", direction = "Inbound", priority = 100, protocol = "*", source_port_range = "*", source_address_prefix = "203.0.113.7", destination_address_prefix = "10.0.1.0/24", destination_port_range = "22" },
-- ]
-- expect = { web = "fail", db = "fail" }
-- [[case]]
-- # JIT-14 NA: no JIT rule for the VM
-- title = "no just-in-time rule; an own rule that speaks of it"
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
--   { name = "allow-200", security_group_id = "/nsg/g2", access = "Allow", direction = "Inbound", priority = 200, protocol = "Tcp", source_port_range = "*", source_address_prefix = "*", destination_address_prefix = "*", destination_port_range = "22", description = "MDC JIT Network Access rule" },
-- ]
-- expect = { web = "not_applicable", db = "not_applicable" }
-- [[case]]
-- title = "times of the window, the rule or the address could not be read"
-- given.azure_vm = [
--   { id = "/vm/a", network_profile_network_interfaces_id = ["/nic/a-nic"], storage_profile_os_disk_os_type = "Linux" },
--   { id = "/vm/b", network_profile_network_interfaces_id = ["/nic/b-nic"], storage_profile_os_disk_os_type = "Linux" },
--   { id = "/vm/c", network_profile_network_interfaces_id = ["/nic/c-nic"], storage_profile_os_disk_os_type = "Linux" },
-- ]
-- given.azure_nic = [
--   { id = "/nic/a-nic" },
--   { id = "/nic/b-nic" },
--   { id = "/nic/c-nic" },
-- ]
-- given.azure_nic_ip_configuration = [
--   { id = "/ipconfiguration/a", nic_id = "/nic/a-nic", private_ip_address = "10.0.1.4", subnet_id = "/subnet/s1" },
--   { id = "/ipconfiguration/b", nic_id = "/nic/b-nic", private_ip_address = "10.0.2.4", subnet_id = "/subnet/s2" },
--   { id = "/ipconfiguration/c", nic_id = "/nic/c-nic", private_ip_address = "10.0.3.4", subnet_id = "/subnet/s3", _gaps = ["private_ip_address"] },
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
--   { name = "MicrosoftDefenderForCloud-JITRule-731925114-0C1E4E0E0F1F4E0DB7B0D2E4B9C77A10", security_group_id = "/nsg/g1", access = "Allow", direction = "Inbound", priority = 100, protocol = "*", source_port_range = "*", source_address_prefix = "203.0.113.7", destination_address_prefix = "10.0.1.4", destination_port_range = "22" },
--   { name = "MicrosoftDefenderForCloud-JITRule-731925114-0C1E4E0E0F1F4E0DB7B0D2E4B9C77A10", security_group_id = "/nsg/g2", access = "Allow", direction = "Inbound", priority = 100, protocol = "*", source_port_range = "*", source_address_prefix = "203.0.113.7", destination_address_prefix = "10.0.2.4", destination_port_range = "22", _gaps = ["destination_port_range"] },
--   { name = "MicrosoftDefenderForCloud-JITRule-731925114-0C1E4E0E0F1F4E0DB7B0D2E4B9C77A10", security_group_id = "/nsg/g3", access = "Allow", direction = "Inbound", priority = 100, protocol = "*", source_port_range = "*", source_address_prefix = "203.0.113.7", destination_address_prefix = "10.0.3.4", destination_port_range = "22" },
-- ]
-- given.azure_jit_access_request = [
--   { name = "a", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default/requests/a", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", requestor = "dana@contoso.com", justification = "patching", start_time_utc = "2026-09-30T23:00:00", virtual_machines = '[{"id":"/vm/a","ports":[{"number":22,"allowedSourceAddressPrefix":"203.0.113.7","endTimeUtc":"soon","status":"Initiated","statusReason":"UserRequested"}]}]' },
-- ]
-- expect = { a = "unknown", b = "unknown", c = "unknown" }
-- [[case]]
-- title = "a group is not in the snapshot: nothing said, unless an orphan is seen in the other"
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
--   { id = "/ipconfiguration/db", nic_id = "/nic/db-nic", private_ip_address = "10.0.2.4", subnet_id = "/subnet/s2", nic_network_security_group_id = "/nsg/n2" },
-- ]
-- given.azure_subnet = [
--   { id = "/subnet/s1", vnet_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet", network_security_group_id = "/nsg/g1" },
--   { id = "/subnet/s2", vnet_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet", network_security_group_id = "/nsg/g2" },
-- ]
-- given.azure_security_group = [{ id = "/nsg/n2" }]
-- given.azure_security_group_rule = [
--   { name = "MicrosoftDefenderForCloud-JITRule-731925114-0C1E4E0E0F1F4E0DB7B0D2E4B9C77A10", security_group_id = "/nsg/n2", access = "Allow", direction = "Inbound", priority = 100, protocol = "*", source_port_range = "*", source_address_prefix = "203.0.113.7", destination_address_prefix = "10.0.2.4", destination_port_range = "22" },
-- ]
-- expect = { web = "unknown", db = "fail" }
-- [[case]]
-- title = "no machine"
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- # JIT-14 unknown: requests not read
-- title = "azure_jit_access_request denied"
-- ledger = [{ table = "azure_jit_access_request", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_vm = [{ id = "/vm/web", network_profile_network_interfaces_id = ["/nic/web-nic"], storage_profile_os_disk_os_type = "Linux" }]
-- given.azure_nic = [{ id = "/nic/web-nic" }]
-- given.azure_nic_ip_configuration = [{ id = "/ipconfiguration/web", nic_id = "/nic/web-nic", private_ip_address = "10.0.1.4", subnet_id = "/subnet/s1" }]
-- given.azure_subnet = [
--   { id = "/subnet/s1", vnet_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet", network_security_group_id = "/nsg/g1" },
-- ]
-- given.azure_security_group = [{ id = "/nsg/g1" }]
-- given.azure_security_group_rule = [
--   { name = "MicrosoftDefenderForCloud-JITRule-731925114-0C1E4E0E0F1F4E0DB7B0D2E4B9C77A10", security_group_id = "/nsg/g1", access = "Allow", direction = "Inbound", priority = 100, protocol = "*", source_port_range = "*", source_address_prefix = "203.0.113.7", destination_address_prefix = "10.0.1.4", destination_port_range = "22" },
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
--   { name = "MicrosoftDefenderForCloud-JITRule-731925114-0C1E4E0E0F1F4E0DB7B0D2E4B9C77A10", security_group_id = "/nsg/g1", access = "Allow", direction = "Inbound", priority = 100, protocol = "*", source_port_range = "*", source_address_prefix = "203.0.113.7", destination_address_prefix = "10.0.1.4", destination_port_range = "22" },
-- ]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
WITH rule AS (
    SELECT r.vm_id, bool_or(coalesce(r.meant, FALSE)) AS found, bool_or(r.meant IS NULL OR r.unread) AS unclear,
           list_sort(list(DISTINCT r.rule_name)) AS rules
    FROM jit_nsg_rule AS r
    GROUP BY r.vm_id
),
orphan AS (
    SELECT o.vm_id, bool_or(o.state = 'gap') AS has_gap,
           list_sort(list(DISTINCT guid_of(o.nsg_id) || ' ' || o.rule_name || ', port ' || array_to_string(o.ports, ', ') || ' from ' || array_to_string(o.sources, ', '))
             FILTER (WHERE o.state = 'orphan')) AS orphans
    FROM jit_orphan_allow AS o
    GROUP BY o.vm_id
),
gap AS (
    SELECT c.vm_id, c.subscription_id,
           min(coalesce(c.missing, c.subnet_gap, c.nic_gap,
                        CASE WHEN c.subnet_nsg_id IS NOT NULL AND s.id IS NULL THEN 'the security group ' || c.subnet_nsg_id || ' is not in the snapshot'
                             WHEN c.nic_nsg_id IS NOT NULL AND n.id IS NULL THEN 'the security group ' || c.nic_nsg_id || ' is not in the snapshot'
                        END)) AS gap
    FROM vm_ip_configuration AS c
    LEFT JOIN (SELECT g.id FROM azure_security_group AS g) AS s ON s.id = c.subnet_nsg_id
    LEFT JOIN (SELECT g.id FROM azure_security_group AS g) AS n ON n.id = c.nic_nsg_id
    GROUP BY c.vm_id, c.subscription_id
)
SELECT g.vm_id AS subject, g.vm_id AS resource_id, g.subscription_id,
       CASE WHEN array_length(o.orphans) > 0 THEN 'fail'
            WHEN g.gap IS NOT NULL OR o.has_gap OR r.unclear THEN NULL
            WHEN r.found THEN 'pass'
            ELSE 'not_applicable'
       END AS verdict,
       CASE WHEN array_length(o.orphans) > 0 THEN 'allow without an open window: ' || array_to_string(o.orphans, '; ')
            WHEN g.gap IS NOT NULL THEN g.gap
            WHEN o.has_gap THEN 'a just-in-time allow is there, and whether its window is open is not known'
            WHEN r.unclear THEN 'a just-in-time rule, or the address it is for, could not be read'
            WHEN r.found THEN 'each just-in-time allow has an open window, or there is none'
            ELSE 'no just-in-time rule for the machine'
       END AS reason,
       r.rules AS jit_rules, o.orphans
FROM gap AS g
LEFT JOIN rule AS r ON r.vm_id = g.vm_id
LEFT JOIN orphan AS o ON o.vm_id = g.vm_id
