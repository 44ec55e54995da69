-- title = "VM is behind a network security group"
-- severity = "medium"
-- subject = "azure_vm"
-- tables = ["azure_vm", "azure_nic", "azure_nic_ip_configuration", "azure_vnet", "azure_subnet"]
-- controls = ["jit:vm_network_security_group_present"]
-- rationale = "Without a security group nothing filters what reaches the machine from its own and peered networks, and with a Basic public address nothing filters the Internet. One on the subnet or on the interface is enough."
-- remediation = "Give the subnet or the interface a security group: az network vnet subnet update -g G --vnet-name V -n S --network-security-group N. Behind a firewall with a policy rely on a security group or record why the machine stays out; migrate a classic machine."
-- references = ["https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview"]
-- [[case]]
-- title = "on the subnet"
-- given.azure_vm = [{ id = "/vm/web", network_profile_network_interfaces_id = ["/nic/web-nic"], storage_profile_os_disk_os_type = "Linux" }]
-- given.azure_nic = [{ id = "/nic/web-nic" }]
-- given.azure_nic_ip_configuration = [{ id = "/ipconfiguration/web", nic_id = "/nic/web-nic", private_ip_address = "10.0.0.4", subnet_id = "/subnet/app" }]
-- given.azure_subnet = [
--   { id = "/subnet/app", vnet_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet", network_security_group_id = "/nsg/nsg" },
-- ]
-- given.azure_security_group = [{ id = "/nsg/nsg" }]
-- expect = { web = "pass" }
-- [[case]]
-- title = "on the interface"
-- given.azure_vm = [{ id = "/vm/web", network_profile_network_interfaces_id = ["/nic/web-nic"], storage_profile_os_disk_os_type = "Linux" }]
-- given.azure_nic = [{ id = "/nic/web-nic" }]
-- given.azure_nic_ip_configuration = [
--   { id = "/ipconfiguration/web", nic_id = "/nic/web-nic", private_ip_address = "10.0.0.4", subnet_id = "/subnet/app", nic_network_security_group_id = "/nsg/own" },
-- ]
-- given.azure_subnet = [
--   { id = "/subnet/app", vnet_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet" },
-- ]
-- given.azure_security_group = [{ id = "/nsg/own" }]
-- expect = { web = "pass" }
-- [[case]]
-- title = "on both"
-- given.azure_vm = [{ id = "/vm/web", network_profile_network_interfaces_id = ["/nic/web-nic"], storage_profile_os_disk_os_type = "Linux" }]
-- given.azure_nic = [{ id = "/nic/web-nic" }]
-- given.azure_nic_ip_configuration = [
--   { id = "/ipconfiguration/web", nic_id = "/nic/web-nic", private_ip_address = "10.0.0.4", subnet_id = "/subnet/app", nic_network_security_group_id = "/nsg/own" },
-- ]
-- given.azure_subnet = [
--   { id = "/subnet/app", vnet_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet", network_security_group_id = "/nsg/nsg" },
-- ]
-- given.azure_security_group = [
--   { id = "/nsg/nsg" },
--   { id = "/nsg/own" },
-- ]
-- expect = { web = "pass" }
-- [[case]]
-- title = "on neither"
-- given.azure_vm = [{ id = "/vm/web", network_profile_network_interfaces_id = ["/nic/web-nic"], storage_profile_os_disk_os_type = "Linux" }]
-- given.azure_nic = [{ id = "/nic/web-nic" }]
-- given.azure_nic_ip_configuration = [{ id = "/ipconfiguration/web", nic_id = "/nic/web-nic", private_ip_address = "10.0.0.4", subnet_id = "/subnet/app" }]
-- given.azure_subnet = [
--   { id = "/subnet/app", vnet_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet" },
-- ]
-- expect = { web = "fail" }
-- [[case]]
-- title = "a second configuration in a bare subnet"
-- given.azure_vm = [{ id = "/vm/web", network_profile_network_interfaces_id = ["/nic/web-nic"], storage_profile_os_disk_os_type = "Linux" }]
-- given.azure_nic = [{ id = "/nic/web-nic" }]
-- given.azure_nic_ip_configuration = [
--   { id = "/ipconfiguration/web", nic_id = "/nic/web-nic", private_ip_address = "10.0.0.4", subnet_id = "/subnet/app" },
--   { id = "/ipconfiguration/web2", nic_id = "/nic/web-nic", private_ip_address = "10.1.0.4", subnet_id = "/subnet/bare" },
-- ]
-- given.azure_subnet = [
--   { id = "/subnet/app", vnet_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet", network_security_group_id = "/nsg/nsg" },
--   { id = "/subnet/bare", vnet_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet" },
-- ]
-- given.azure_security_group = [{ id = "/nsg/nsg" }]
-- expect = { web = "fail" }
-- [[case]]
-- title = "a second interface without any"
-- given.azure_vm = [{ id = "/vm/web", network_profile_network_interfaces_id = ["/nic/web-nic", "/nic/WEB-NIC2"] }]
-- given.azure_nic = [
--   { id = "/nic/web-nic" },
--   { id = "/nic/web-nic2" },
-- ]
-- given.azure_nic_ip_configuration = [
--   { id = "/ipconfiguration/web", nic_id = "/nic/web-nic", private_ip_address = "10.0.0.4", subnet_id = "/subnet/app" },
--   { id = "/ipconfiguration/x", nic_id = "/nic/web-nic2", private_ip_address = "10.1.0.4", subnet_id = "/subnet/bare" },
-- ]
-- given.azure_subnet = [
--   { id = "/subnet/app", vnet_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet", network_security_group_id = "/nsg/nsg" },
--   { id = "/subnet/bare", vnet_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet" },
-- ]
-- given.azure_security_group = [{ id = "/nsg/nsg" }]
-- expect = { web = "fail" }
-- [[case]]
-- title = "the subnet is not in the snapshot; with a group on the interface that does not matter"
-- given.azure_vm = [
--   { id = "/vm/web", network_profile_network_interfaces_id = ["/nic/web-nic"], storage_profile_os_disk_os_type = "Linux" },
--   { id = "/vm/db", network_profile_network_interfaces_id = ["/nic/db-nic"], storage_profile_os_disk_os_type = "Linux" },
-- ]
-- given.azure_nic = [
--   { id = "/nic/web-nic" },
--   { id = "/nic/db-nic" },
-- ]
-- given.azure_nic_ip_configuration = [
--   { id = "/ipconfiguration/web", nic_id = "/nic/web-nic", private_ip_address = "10.0.0.4", subnet_id = "/subnet/app" },
--   { id = "/ipconfiguration/db", nic_id = "/nic/db-nic", private_ip_address = "10.0.0.5", subnet_id = "/subnet/app", nic_network_security_group_id = "/nsg/own" },
-- ]
-- given.azure_security_group = [
--   { id = "/nsg/nsg" },
--   { id = "/nsg/own" },
-- ]
-- expect = { web = "unknown", db = "pass" }
-- [[case]]
-- title = "one interface bare, another not in the snapshot: a fail"
-- given.azure_vm = [{ id = "/vm/web", network_profile_network_interfaces_id = ["/nic/web-nic", "/nic/gone"] }]
-- given.azure_nic = [{ id = "/nic/web-nic" }]
-- given.azure_nic_ip_configuration = [{ id = "/ipconfiguration/web", nic_id = "/nic/web-nic", private_ip_address = "10.0.0.4", subnet_id = "/subnet/app" }]
-- given.azure_subnet = [
--   { id = "/subnet/app", vnet_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet" },
-- ]
-- expect = { web = "fail" }
-- [[case]]
-- title = "one interface covered, another not in the snapshot"
-- given.azure_vm = [{ id = "/vm/web", network_profile_network_interfaces_id = ["/nic/web-nic", "/nic/gone"] }]
-- given.azure_nic = [{ id = "/nic/web-nic" }]
-- given.azure_nic_ip_configuration = [{ id = "/ipconfiguration/web", nic_id = "/nic/web-nic", private_ip_address = "10.0.0.4", subnet_id = "/subnet/app" }]
-- given.azure_subnet = [
--   { id = "/subnet/app", vnet_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet", network_security_group_id = "/nsg/nsg" },
-- ]
-- given.azure_security_group = [{ id = "/nsg/nsg" }]
-- expect = { web = "unknown" }
-- [[case]]
-- title = "the machine names no interface"
-- given.azure_vm = [{ id = "/vm/web" }]
-- expect = { web = "unknown" }
-- [[case]]
-- title = "group of the interface could not be read, the subnet has none"
-- given.azure_vm = [{ id = "/vm/web", network_profile_network_interfaces_id = ["/nic/web-nic"], storage_profile_os_disk_os_type = "Linux" }]
-- given.azure_nic = [{ id = "/nic/web-nic" }]
-- given.azure_nic_ip_configuration = [
--   { id = "/ipconfiguration/web", nic_id = "/nic/web-nic", private_ip_address = "10.0.0.4", subnet_id = "/subnet/app", _gaps = ["nic_network_security_group_id"] },
-- ]
-- given.azure_subnet = [
--   { id = "/subnet/app", vnet_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet" },
-- ]
-- expect = { web = "unknown" }
-- [[case]]
-- title = "list of interfaces could not be read"
-- given.azure_vm = [{ id = "/vm/web", network_profile_network_interfaces_id = ["/nic/web-nic"], _gaps = ["network_profile_network_interfaces_id"] }]
-- given.azure_nic = [{ id = "/nic/web-nic" }]
-- given.azure_nic_ip_configuration = [{ id = "/ipconfiguration/web", nic_id = "/nic/web-nic", private_ip_address = "10.0.0.4", subnet_id = "/subnet/app" }]
-- given.azure_subnet = [
--   { id = "/subnet/app", vnet_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet", network_security_group_id = "/nsg/nsg" },
-- ]
-- given.azure_security_group = [{ id = "/nsg/nsg" }]
-- expect = { web = "unknown" }
-- [[case]]
-- title = "no machine"
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "azure_nic denied"
-- ledger = [{ table = "azure_nic", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_vm = [{ id = "/vm/web", network_profile_network_interfaces_id = ["/nic/web-nic"], storage_profile_os_disk_os_type = "Linux" }]
-- given.azure_nic = [{ id = "/nic/web-nic" }]
-- given.azure_nic_ip_configuration = [{ id = "/ipconfiguration/web", nic_id = "/nic/web-nic", private_ip_address = "10.0.0.4", subnet_id = "/subnet/app" }]
-- given.azure_subnet = [
--   { id = "/subnet/app", vnet_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet", network_security_group_id = "/nsg/nsg" },
-- ]
-- given.azure_security_group = [{ id = "/nsg/nsg" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "azure_vnet denied"
-- ledger = [{ table = "azure_vnet", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_vm = [{ id = "/vm/web", network_profile_network_interfaces_id = ["/nic/web-nic"], storage_profile_os_disk_os_type = "Linux" }]
-- given.azure_nic = [{ id = "/nic/web-nic" }]
-- given.azure_nic_ip_configuration = [{ id = "/ipconfiguration/web", nic_id = "/nic/web-nic", private_ip_address = "10.0.0.4", subnet_id = "/subnet/app" }]
-- given.azure_subnet = [
--   { id = "/subnet/app", vnet_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet", network_security_group_id = "/nsg/nsg" },
-- ]
-- given.azure_security_group = [{ id = "/nsg/nsg" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "azure_subnet denied"
-- ledger = [{ table = "azure_subnet", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_vm = [{ id = "/vm/web", network_profile_network_interfaces_id = ["/nic/web-nic"], storage_profile_os_disk_os_type = "Linux" }]
-- given.azure_nic = [{ id = "/nic/web-nic" }]
-- given.azure_nic_ip_configuration = [{ id = "/ipconfiguration/web", nic_id = "/nic/web-nic", private_ip_address = "10.0.0.4", subnet_id = "/subnet/app" }]
-- given.azure_subnet = [
--   { id = "/subnet/app", vnet_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet", network_security_group_id = "/nsg/nsg" },
-- ]
-- given.azure_security_group = [{ id = "/nsg/nsg" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
WITH machine AS (
    SELECT c.vm_id, c.subscription_id,
           sum(CASE WHEN c.missing IS NULL AND c.subnet_nsg_id IS NULL AND c.nic_nsg_id IS NULL
                     AND c.subnet_gap IS NULL AND c.nic_gap IS NULL THEN 1 ELSE 0 END) AS n_bare,
           sum(CASE WHEN c.subnet_nsg_id IS NULL AND c.nic_nsg_id IS NULL
                     AND coalesce(c.missing, c.subnet_gap, c.nic_gap) IS NOT NULL THEN 1 ELSE 0 END) AS n_unread,
           min(CASE WHEN c.subnet_nsg_id IS NULL AND c.nic_nsg_id IS NULL THEN coalesce(c.missing, c.subnet_gap, c.nic_gap) END) AS gap,
           list_sort(list(DISTINCT c.ip_configuration_id) FILTER (
               WHERE c.missing IS NULL AND c.subnet_nsg_id IS NULL AND c.nic_nsg_id IS NULL AND c.subnet_gap IS NULL AND c.nic_gap IS NULL)) AS bare,
           list_sort(list(DISTINCT coalesce(c.nic_nsg_id, c.subnet_nsg_id)) FILTER (WHERE coalesce(c.nic_nsg_id, c.subnet_nsg_id) IS NOT NULL)) AS groups
    FROM vm_ip_configuration AS c
    GROUP BY c.vm_id, c.subscription_id
)
SELECT m.vm_id AS subject, m.vm_id AS resource_id, m.subscription_id,
       CASE WHEN m.n_bare > 0 THEN 'fail' WHEN m.n_unread > 0 THEN NULL ELSE 'pass' END AS verdict,
       CASE WHEN m.n_bare > 0 THEN 'IP configurations without a security group at subnet or interface: ' || array_to_string(m.bare, ', ')
            WHEN m.n_unread > 0 THEN m.gap
            ELSE 'every IP configuration has a security group'
       END AS reason,
       m.bare AS without_security_group, m.groups AS security_groups
FROM machine AS m
