-- title = "No default port is left that the VM does not need"
-- severity = "low"
-- subject = "azure_jit_policy_port"
-- tables = ["azure_jit_policy_port", "azure_jit_network_access_policy", "azure_vm"]
-- params = ["jit_extra_ports_allowlist"]
-- controls = ["jit:jit_policy_no_leftover_ports"]
-- rationale = "The portal proposes four ports whatever runs on the machine. Each port that nobody needs is one more that a request can open."
-- remediation = "Defender for Cloud > Workload protections > Just-in-time VM access > Configured > Edit: set the ports, their sources and longest times, and take out ports that the machine does not use. By API send the whole policy (az rest --method put), since PUT replaces it."
-- references = ["https://learn.microsoft.com/azure/defender-for-cloud/just-in-time-access-usage"]
-- [[case]]
-- # JIT-09 pass: port fits the OS (Linux 22; Windows 3389, 5985, 5986)
-- title = "Linux with SSH, Windows with RDP and WinRM"
-- given.azure_vm = [
--   { id = "/vm/l", network_profile_network_interfaces_id = ["/nic/l-nic"], storage_profile_os_disk_os_type = "Linux" },
--   { id = "/vm/w", network_profile_network_interfaces_id = ["/nic/w-nic"], storage_profile_os_disk_os_type = "windows" },
-- ]
-- given.azure_nic = [
--   { id = "/nic/l-nic" },
--   { id = "/nic/w-nic" },
-- ]
-- given.azure_nic_ip_configuration = [
--   { id = "/ipconfiguration/l", nic_id = "/nic/l-nic", private_ip_address = "10.0.0.4", subnet_id = "/subnet/app" },
--   { id = "/ipconfiguration/w", nic_id = "/nic/w-nic", private_ip_address = "10.0.0.5", subnet_id = "/subnet/app" },
-- ]
-- given.azure_subnet = [
--   { id = "/subnet/app", vnet_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet", network_security_group_id = "/nsg/nsg" },
-- ]
-- given.azure_security_group = [{ id = "/nsg/nsg" }]
-- given.azure_jit_policy_port = [
--   { name = "l-22", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", vm_id = "/vm/l", number = 22, protocol = "*" },
--   { name = "w-3389", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", vm_id = "/vm/w", number = 3389, protocol = "*" },
--   { name = "w-5985", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", vm_id = "/vm/w", number = 5985, protocol = "*" },
--   { name = "w-5986", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", vm_id = "/vm/w", number = 5986, protocol = "*" },
-- ]
-- expect = { l-22 = "pass", w-3389 = "pass", w-5985 = "pass", w-5986 = "pass" }
-- [[case]]
-- # JIT-09 fail: other port
-- title = "Windows with SSH, Linux with RDP or WinRM, another port"
-- given.azure_vm = [
--   { id = "/vm/l", network_profile_network_interfaces_id = ["/nic/l-nic"], storage_profile_os_disk_os_type = "Linux" },
--   { id = "/vm/w", network_profile_network_interfaces_id = ["/nic/w-nic"], storage_profile_os_disk_os_type = "Windows" },
-- ]
-- given.azure_nic = [
--   { id = "/nic/l-nic" },
--   { id = "/nic/w-nic" },
-- ]
-- given.azure_nic_ip_configuration = [
--   { id = "/ipconfiguration/l", nic_id = "/nic/l-nic", private_ip_address = "10.0.0.4", subnet_id = "/subnet/app" },
--   { id = "/ipconfiguration/w", nic_id = "/nic/w-nic", private_ip_address = "10.0.0.5", subnet_id = "/subnet/app" },
-- ]
-- given.azure_subnet = [
--   { id = "/subnet/app", vnet_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet", network_security_group_id = "/nsg/nsg" },
-- ]
-- given.azure_security_group = [{ id = "/nsg/nsg" }]
-- given.azure_jit_policy_port = [
--   { name = "l-3389", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", vm_id = "/vm/l", number = 3389, protocol = "*" },
--   { name = "l-5985", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", vm_id = "/vm/l", number = 5985, protocol = "*" },
--   { name = "l-8443", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", vm_id = "/vm/l", number = 8443, protocol = "*" },
--   { name = "w-22", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", vm_id = "/vm/w", number = 22, protocol = "*" },
-- ]
-- expect = { l-3389 = "fail", l-5985 = "fail", l-8443 = "fail", w-22 = "fail" }
-- [[case]]
-- # JIT-09 pass: on the allow list
-- title = "a port on the allow list, whatever the system"
-- param.jit_extra_ports_allowlist = ["8443"]
-- given.azure_vm = [{ id = "/vm/l", network_profile_network_interfaces_id = ["/nic/l-nic"], storage_profile_os_disk_os_type = "Linux" }]
-- given.azure_nic = [{ id = "/nic/l-nic" }]
-- given.azure_nic_ip_configuration = [{ id = "/ipconfiguration/l", nic_id = "/nic/l-nic", private_ip_address = "10.0.0.4", subnet_id = "/subnet/app" }]
-- given.azure_subnet = [
--   { id = "/subnet/app", vnet_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet", network_security_group_id = "/nsg/nsg" },
-- ]
-- given.azure_security_group = [{ id = "/nsg/nsg" }]
-- given.azure_jit_policy_port = [
--   { name = "l-8443", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", vm_id = "/vm/l", number = 8443, protocol = "*" },
--   { name = "l-8444", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", vm_id = "/vm/l", number = 8444, protocol = "*" },
--   { name = "gone-8443", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", vm_id = "/vm/gone", number = 8443, protocol = "*" },
-- ]
-- expect = { l-8443 = "pass", gone-8443 = "pass", l-8444 = "fail" }
-- [[case]]
-- title = "a port over UDP, and letter case of the machine id and the system"
-- given.azure_vm = [
--   { id = "/vm/l", network_profile_network_interfaces_id = ["/nic/l-nic"], storage_profile_os_disk_os_type = "LINUX" },
--   { id = "/vm/w", network_profile_network_interfaces_id = ["/nic/w-nic"], storage_profile_os_disk_os_type = "Windows" },
-- ]
-- given.azure_nic = [
--   { id = "/nic/l-nic" },
--   { id = "/nic/w-nic" },
-- ]
-- given.azure_nic_ip_configuration = [
--   { id = "/ipconfiguration/l", nic_id = "/nic/l-nic", private_ip_address = "10.0.0.4", subnet_id = "/subnet/app" },
--   { id = "/ipconfiguration/w", nic_id = "/nic/w-nic", private_ip_address = "10.0.0.5", subnet_id = "/subnet/app" },
-- ]
-- given.azure_subnet = [
--   { id = "/subnet/app", vnet_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet", network_security_group_id = "/nsg/nsg" },
-- ]
-- given.azure_security_group = [{ id = "/nsg/nsg" }]
-- given.azure_jit_policy_port = [
--   { name = "l-22", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", vm_id = "/vm/l", number = 22, protocol = "UDP" },
--   { name = "w-3389", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", vm_id = "/VM/W", number = 3389, protocol = "*" },
-- ]
-- expect = { l-22 = "pass", w-3389 = "pass" }
-- [[case]]
-- # JIT-09 unknown: VM
-- title = "the machine is not in the snapshot, or a classic one"
-- given.azure_jit_policy_port = [
--   { name = "gone-22", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", vm_id = "/vm/gone", number = 22, protocol = "*" },
--   { name = "old-22", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", vm_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.classiccompute/virtualmachines/old", number = 22, protocol = "*" },
-- ]
-- expect = { gone-22 = "unknown", old-22 = "unknown" }
-- [[case]]
-- # JIT-09 unknown: OS not known
-- title = "the system is absent, unknown or could not be read"
-- given.azure_vm = [
--   { id = "/vm/a" },
--   { id = "/vm/b", storage_profile_os_disk_os_type = "BSD" },
--   { id = "/vm/c", storage_profile_os_disk_os_type = "Linux", _gaps = ["storage_profile_os_disk_os_type"] },
-- ]
-- given.azure_jit_policy_port = [
--   { name = "a-22", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", vm_id = "/vm/a", number = 22, protocol = "*" },
--   { name = "b-22", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", vm_id = "/vm/b", number = 22, protocol = "*" },
--   { name = "c-22", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", vm_id = "/vm/c", number = 22, protocol = "*" },
-- ]
-- expect = { a-22 = "unknown", b-22 = "unknown", c-22 = "unknown" }
-- [[case]]
-- title = "the port could not be read"
-- given.azure_vm = [{ id = "/vm/l", network_profile_network_interfaces_id = ["/nic/l-nic"], storage_profile_os_disk_os_type = "Linux" }]
-- given.azure_nic = [{ id = "/nic/l-nic" }]
-- given.azure_nic_ip_configuration = [{ id = "/ipconfiguration/l", nic_id = "/nic/l-nic", private_ip_address = "10.0.0.4", subnet_id = "/subnet/app" }]
-- given.azure_subnet = [
--   { id = "/subnet/app", vnet_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet", network_security_group_id = "/nsg/nsg" },
-- ]
-- given.azure_security_group = [{ id = "/nsg/nsg" }]
-- given.azure_jit_policy_port = [
--   { name = "l-22", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", vm_id = "/vm/l", number = 22, protocol = "*", _gaps = ["number"] },
-- ]
-- expect = { l-22 = "unknown" }
-- [[case]]
-- # JIT-09 NA: no policy
-- title = "no policy"
-- given.azure_vm = [{ id = "/vm/l", network_profile_network_interfaces_id = ["/nic/l-nic"], storage_profile_os_disk_os_type = "Linux" }]
-- given.azure_nic = [{ id = "/nic/l-nic" }]
-- given.azure_nic_ip_configuration = [{ id = "/ipconfiguration/l", nic_id = "/nic/l-nic", private_ip_address = "10.0.0.4", subnet_id = "/subnet/app" }]
-- given.azure_subnet = [
--   { id = "/subnet/app", vnet_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet", network_security_group_id = "/nsg/nsg" },
-- ]
-- given.azure_security_group = [{ id = "/nsg/nsg" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "azure_vm denied"
-- ledger = [{ table = "azure_vm", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_vm = [{ id = "/vm/l", network_profile_network_interfaces_id = ["/nic/l-nic"], storage_profile_os_disk_os_type = "Linux" }]
-- given.azure_nic = [{ id = "/nic/l-nic" }]
-- given.azure_nic_ip_configuration = [{ id = "/ipconfiguration/l", nic_id = "/nic/l-nic", private_ip_address = "10.0.0.4", subnet_id = "/subnet/app" }]
-- given.azure_subnet = [
--   { id = "/subnet/app", vnet_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet", network_security_group_id = "/nsg/nsg" },
-- ]
-- given.azure_security_group = [{ id = "/nsg/nsg" }]
-- given.azure_jit_policy_port = [
--   { name = "l-22", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", vm_id = "/vm/l", number = 22, protocol = "*" },
-- ]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "azure_jit_policy_port denied"
-- ledger = [{ table = "azure_jit_policy_port", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_vm = [{ id = "/vm/l", network_profile_network_interfaces_id = ["/nic/l-nic"], storage_profile_os_disk_os_type = "Linux" }]
-- given.azure_nic = [{ id = "/nic/l-nic" }]
-- given.azure_nic_ip_configuration = [{ id = "/ipconfiguration/l", nic_id = "/nic/l-nic", private_ip_address = "10.0.0.4", subnet_id = "/subnet/app" }]
-- given.azure_subnet = [
--   { id = "/subnet/app", vnet_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet", network_security_group_id = "/nsg/nsg" },
-- ]
-- given.azure_security_group = [{ id = "/nsg/nsg" }]
-- given.azure_jit_policy_port = [
--   { name = "l-22", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", vm_id = "/vm/l", number = 22, protocol = "*" },
-- ]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
WITH machine AS (
    SELECT m.id, CASE WHEN list_contains(m._gaps, 'storage_profile_os_disk_os_type') THEN NULL ELSE lower(trim(m.storage_profile_os_disk_os_type)) END AS os
    FROM azure_vm AS m
),
judged AS (
    SELECT p.id, p.policy_id, p.subscription_id, p.vm_id, p.number, p.protocol, m.id IS NOT NULL AS found, m.os,
           CASE WHEN p.number IS NULL THEN NULL
                WHEN list_contains(param_jit_extra_ports_allowlist(), CAST(p.number AS VARCHAR)) THEN TRUE
                WHEN m.os = 'linux' THEN p.number = 22
                WHEN m.os = 'windows' THEN p.number IN (3389, 5985, 5986)
           END AS needed
    FROM azure_jit_policy_port AS p
    LEFT JOIN machine AS m ON m.id = rtrim(lower(p.vm_id), '/')
)
SELECT j.id AS subject, j.id AS resource_id, j.subscription_id,
       CASE WHEN j.needed THEN 'pass' WHEN NOT j.needed THEN 'fail' END AS verdict,
       CASE WHEN j.needed THEN 'port ' || j.number || ' fits the machine or is on the allow list'
            WHEN NOT j.needed THEN 'port ' || j.number || ' is not needed on ' || j.os
            WHEN j.number IS NULL THEN 'the port is not known'
            WHEN NOT j.found THEN 'the machine is not in the snapshot: ' || coalesce(j.vm_id, 'no id')
            ELSE 'the operating system of the machine is not known'
       END AS reason,
       coalesce(guid_of(j.vm_id), '?') || ' ' || coalesce(CAST(j.number AS VARCHAR), '?') || '/' || coalesce(j.protocol, '*') AS resource_name,
       j.policy_id, j.vm_id, j.number AS port, j.protocol, j.os AS operating_system
FROM judged AS j
