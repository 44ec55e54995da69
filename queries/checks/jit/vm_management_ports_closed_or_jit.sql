-- title = "A management port that can be reached is under just-in-time access"
-- severity = "critical"
-- subject = "azure_vm"
-- tables = [
--   "azure_vm", "azure_nic", "azure_nic_ip_configuration", "azure_vnet", "azure_subnet",
--   "azure_vnet_peering", "azure_security_group", "azure_security_group_rule", "azure_jit_network_access_policy", "azure_jit_policy_vm",
--   "azure_jit_policy_port",
-- ]
-- optional = [
--   "azure_policy_assignment", "azure_policy_set_definition", "azure_policy_exemption", "azure_subscription", "azure_management_group", "azure_network_firewall",
--   "azure_public_ip", "azure_lb", "azure_lb_inbound_nat_rule", "azure_security_center_subscription_pricing",
-- ]
-- params = ["management_ports", "firewall_policy_strict"]
-- controls = ["jit:vm_management_ports_closed_or_jit"]
-- rationale = "An administration port that the Internet reaches has to be under just-in-time access, so that it is shut unless somebody asks. A policy passes even where a rule lets in before its deny: the reason tells, and vm_management_ports_closed_to_internet fails it. A machine that just-in-time access does not support is no exception: it just has to be closed by other means."
-- remediation = "Delete or narrow the rule that lets in (az network nsg rule update or delete), or take the public address away (az network nic ip-config update --remove publicIPAddress); then reach the port by just-in-time access or Bastion. Defender for Cloud > Workload protections > Just-in-time VM access > Not configured > Enable JIT, or the machine's Configuration page. No CLI verb creates a policy: read it with az rest --method get, add the machine and send it whole with az rest --method put --url https://management.azure.com/subscriptions/{s}/resourceGroups/{g}/providers/Microsoft.Security/locations/{region}/jitNetworkAccessPolicies/default?api-version=2020-01-01 --body @policy.json, since PUT replaces all its machines."
-- references = ["https://learn.microsoft.com/azure/defender-for-cloud/just-in-time-access-usage", "https://learn.microsoft.com/azure/virtual-network/network-security-group-how-it-works"]
-- [[case]]
-- # JIT-02 pass: configured
-- # JIT-02 pass: reach none on every management port
-- # JIT-02 fail: some on one
-- title = "in a policy; open without one; closed without one; reachable by a window of somebody else"
-- given.azure_public_ip = [{ id = "/pip/pip", sku_name = "Standard" }]
-- given.azure_vm = [
--   { id = "/vm/jit", network_profile_network_interfaces_id = ["/nic/jit-nic"], storage_profile_os_disk_os_type = "Linux" },
--   { id = "/vm/open", network_profile_network_interfaces_id = ["/nic/open-nic"], storage_profile_os_disk_os_type = "Linux" },
--   { id = "/vm/closed", network_profile_network_interfaces_id = ["/nic/closed-nic"], storage_profile_os_disk_os_type = "Linux" },
--   { id = "/vm/window", network_profile_network_interfaces_id = ["/nic/window-nic"], storage_profile_os_disk_os_type = "Linux" },
-- ]
-- given.azure_nic = [
--   { id = "/nic/jit-nic" },
--   { id = "/nic/open-nic" },
--   { id = "/nic/closed-nic" },
--   { id = "/nic/window-nic" },
-- ]
-- given.azure_nic_ip_configuration = [
--   { id = "/ipconfiguration/jit", nic_id = "/nic/jit-nic", private_ip_address = "10.0.1.4", subnet_id = "/subnet/s1", public_ip_address_id = "/pip/pip" },
--   { id = "/ipconfiguration/open", nic_id = "/nic/open-nic", private_ip_address = "10.0.2.4", subnet_id = "/subnet/s2", public_ip_address_id = "/pip/pip" },
--   { id = "/ipconfiguration/closed", nic_id = "/nic/closed-nic", private_ip_address = "10.0.3.4", subnet_id = "/subnet/s3", public_ip_address_id = "/pip/pip" },
--   { id = "/ipconfiguration/window", nic_id = "/nic/window-nic", private_ip_address = "10.0.4.4", subnet_id = "/subnet/s4", public_ip_address_id = "/pip/pip" },
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
--   { name = "in-1", security_group_id = "/nsg/g1", access = "Allow", direction = "Inbound", priority = 200, protocol = "Tcp", source_port_range = "*", source_address_prefix = "*", destination_address_prefix = "*", destination_port_range = "22" },
--   { name = "allow-200", security_group_id = "/nsg/g2", access = "Allow", direction = "Inbound", priority = 200, protocol = "Tcp", source_port_range = "*", source_address_prefix = "203.0.113.7", destination_address_prefix = "*", destination_port_range = "5986" },
--   { name = "MicrosoftDefenderForCloud-JITRule-731925114-0C1E4E0E0F1F4E0DB7B0D2E4B9C77A10", security_group_id = "/nsg/g4", access = "Allow", direction = "Inbound", priority = 100, protocol = "*", source_port_range = "*", source_address_prefix = "203.0.113.7", destination_address_prefix = "10.0.4.4", destination_port_range = "22" },
-- ]
-- given.azure_jit_policy_port = [
--   { name = "jit-22", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", vm_id = "/vm/jit", number = 22, protocol = "*" },
-- ]
-- expect = { jit = "pass", open = "fail", closed = "pass", window = "fail" }
-- [[case]]
-- # JIT-02 fail: also for unsupported VMs
-- title = "a machine that just-in-time access does not support counts too"
-- given.azure_public_ip = [
--   { id = "/pip/b", sku_name = "Basic" },
--   { id = "/pip/pip", sku_name = "Standard" },
-- ]
-- given.azure_vm = [
--   { id = "/vm/web", network_profile_network_interfaces_id = ["/nic/web-nic"], storage_profile_os_disk_os_type = "Linux" },
--   { id = "/vm/db", network_profile_network_interfaces_id = ["/nic/db-nic"], storage_profile_os_disk_os_type = "Linux" },
-- ]
-- given.azure_nic = [
--   { id = "/nic/web-nic" },
--   { id = "/nic/db-nic" },
-- ]
-- given.azure_nic_ip_configuration = [
--   { id = "/ipconfiguration/web", nic_id = "/nic/web-nic", private_ip_address = "10.0.1.4", subnet_id = "/subnet/bare", public_ip_address_id = "/pip/b" },
--   { id = "/ipconfiguration/db", nic_id = "/nic/db-nic", private_ip_address = "10.0.1.5", subnet_id = "/subnet/bare", public_ip_address_id = "/pip/pip" },
-- ]
-- given.azure_subnet = [
--   { id = "/subnet/bare", vnet_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet" },
-- ]
-- expect = { web = "fail", db = "pass" }
-- [[case]]
-- # JIT-02 unknown: reach unknown
-- title = "reach not known; status not known but open, and not known but closed"
-- ledger = [{ table = "azure_policy_assignment", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_public_ip = [{ id = "/pip/pip", sku_name = "Standard" }]
-- given.azure_vm = [
--   { id = "/vm/reach", network_profile_network_interfaces_id = ["/nic/reach-nic"], storage_profile_os_disk_os_type = "Linux" },
--   { id = "/vm/half", network_profile_network_interfaces_id = ["/nic/half-nic", "/nic/gone"] },
--   { id = "/vm/shut", network_profile_network_interfaces_id = ["/nic/shut-nic"], storage_profile_os_disk_os_type = "Linux" },
-- ]
-- given.azure_nic = [
--   { id = "/nic/reach-nic" },
--   { id = "/nic/half-nic" },
--   { id = "/nic/shut-nic" },
-- ]
-- given.azure_nic_ip_configuration = [
--   { id = "/ipconfiguration/reach", nic_id = "/nic/reach-nic", private_ip_address = "10.0.1.4", subnet_id = "/subnet/s1", public_ip_address_id = "/pip/pip" },
--   { id = "/ipconfiguration/half", nic_id = "/nic/half-nic", private_ip_address = "10.0.2.4", subnet_id = "/subnet/s2", public_ip_address_id = "/pip/pip" },
--   { id = "/ipconfiguration/shut", nic_id = "/nic/shut-nic", private_ip_address = "10.0.3.4", subnet_id = "/subnet/s3", public_ip_address_id = "/pip/pip" },
-- ]
-- given.azure_subnet = [
--   { id = "/subnet/s1", vnet_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet", network_security_group_id = "/nsg/g1" },
--   { id = "/subnet/s2", vnet_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet", network_security_group_id = "/nsg/g2" },
--   { id = "/subnet/s3", vnet_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet", network_security_group_id = "/nsg/g3" },
-- ]
-- given.azure_security_group = [
--   { id = "/nsg/g2" },
--   { id = "/nsg/g3" },
-- ]
-- given.azure_security_group_rule = [
--   { name = "in-2", security_group_id = "/nsg/g2", access = "Allow", direction = "Inbound", priority = 200, protocol = "Tcp", source_port_range = "*", source_address_prefix = "*", destination_address_prefix = "*", destination_port_range = "22" },
--   { name = "deny-200", security_group_id = "/nsg/g3", access = "Deny", direction = "Inbound", priority = 200, protocol = "*", source_port_range = "*", source_address_prefix = "*", destination_address_prefix = "*", destination_port_range = "*" },
-- ]
-- expect = { reach = "unknown", half = "fail", shut = "pass" }
-- [[case]]
-- title = "the entry of the machine in a policy could not be read"
-- given.azure_public_ip = [{ id = "/pip/pip", sku_name = "Standard" }]
-- given.azure_vm = [
--   { id = "/vm/web", network_profile_network_interfaces_id = ["/nic/web-nic"], storage_profile_os_disk_os_type = "Linux" },
--   { id = "/vm/db", network_profile_network_interfaces_id = ["/nic/db-nic"], storage_profile_os_disk_os_type = "Linux" },
-- ]
-- given.azure_nic = [
--   { id = "/nic/web-nic" },
--   { id = "/nic/db-nic" },
-- ]
-- given.azure_nic_ip_configuration = [
--   { id = "/ipconfiguration/web", nic_id = "/nic/web-nic", private_ip_address = "10.0.1.4", subnet_id = "/subnet/s1", public_ip_address_id = "/pip/pip" },
--   { id = "/ipconfiguration/db", nic_id = "/nic/db-nic", private_ip_address = "10.0.2.4", subnet_id = "/subnet/s2", public_ip_address_id = "/pip/pip" },
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
--   { name = "in-1", security_group_id = "/nsg/g1", access = "Allow", direction = "Inbound", priority = 200, protocol = "Tcp", source_port_range = "*", source_address_prefix = "*", destination_address_prefix = "*", destination_port_range = "22" },
-- ]
-- given.azure_jit_policy_port = [
--   { name = "web-22", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", vm_id = "/vm/web", number = 22, protocol = "*", _gaps = ["policy_provisioning_state"] },
--   { name = "db-22", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", vm_id = "/vm/db", number = 22, protocol = "*", _gaps = ["policy_provisioning_state"] },
-- ]
-- expect = { web = "unknown", db = "pass" }
-- [[case]]
-- # JIT-02 fail: not configured and reach any
-- title = "the policy failed, or lists no port"
-- given.azure_public_ip = [{ id = "/pip/pip", sku_name = "Standard" }]
-- given.azure_vm = [
--   { id = "/vm/web", network_profile_network_interfaces_id = ["/nic/web-nic"], storage_profile_os_disk_os_type = "Linux" },
--   { id = "/vm/db", network_profile_network_interfaces_id = ["/nic/db-nic"], storage_profile_os_disk_os_type = "Linux" },
-- ]
-- given.azure_nic = [
--   { id = "/nic/web-nic" },
--   { id = "/nic/db-nic" },
-- ]
-- given.azure_nic_ip_configuration = [
--   { id = "/ipconfiguration/web", nic_id = "/nic/web-nic", private_ip_address = "10.0.1.4", subnet_id = "/subnet/s1", public_ip_address_id = "/pip/pip" },
--   { id = "/ipconfiguration/db", nic_id = "/nic/db-nic", private_ip_address = "10.0.2.4", subnet_id = "/subnet/s2", public_ip_address_id = "/pip/pip" },
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
--   { name = "in-1", security_group_id = "/nsg/g1", access = "Allow", direction = "Inbound", priority = 200, protocol = "Tcp", source_port_range = "*", source_address_prefix = "*", destination_address_prefix = "*", destination_port_range = "22" },
--   { name = "in-2", security_group_id = "/nsg/g2", access = "Allow", direction = "Inbound", priority = 200, protocol = "Tcp", source_port_range = "*", source_address_prefix = "*", destination_address_prefix = "*", destination_port_range = "22" },
-- ]
-- given.azure_jit_policy_port = [
--   { name = "web-22", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", vm_id = "/vm/web", number = 22, protocol = "*", policy_provisioning_state = "Failed" },
-- ]
-- given.azure_jit_policy_vm = [
--   { name = "e", vm_id = "/vm/db", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default" },
-- ]
-- expect = { web = "fail", db = "fail" }
-- [[case]]
-- # JIT-02 unknown: status unknown and nothing proven open
-- title = "firewalls denied: what is open by another path stays a fail, the policy a pass"
-- ledger = [{ table = "azure_network_firewall", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_public_ip = [{ id = "/pip/pip", sku_name = "Standard" }]
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
--   { id = "/ipconfiguration/web", nic_id = "/nic/web-nic", private_ip_address = "10.0.1.4", subnet_id = "/subnet/s1", public_ip_address_id = "/pip/pip" },
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
-- given.azure_security_group_rule = [
--   { name = "in-1", security_group_id = "/nsg/g1", access = "Allow", direction = "Inbound", priority = 200, protocol = "Tcp", source_port_range = "*", source_address_prefix = "*", destination_address_prefix = "*", destination_port_range = "22" },
-- ]
-- given.azure_jit_policy_port = [
--   { name = "app-22", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", vm_id = "/vm/app", number = 22, protocol = "*" },
-- ]
-- expect = { web = "fail", db = "unknown", app = "pass" }
-- [[case]]
-- title = "Defender not registered: there are no policies"
-- ledger = [{ table = "azure_jit_network_access_policy", subscription = "11111111-1111-4111-8111-111111111111", status = "not_registered" }, { table = "azure_jit_policy_vm", subscription = "11111111-1111-4111-8111-111111111111", status = "not_registered" }, { table = "azure_jit_policy_port", subscription = "11111111-1111-4111-8111-111111111111", status = "not_registered" }]
-- given.azure_public_ip = [{ id = "/pip/pip", sku_name = "Standard" }]
-- given.azure_vm = [{ id = "/vm/web", network_profile_network_interfaces_id = ["/nic/web-nic"], storage_profile_os_disk_os_type = "Linux" }]
-- given.azure_nic = [{ id = "/nic/web-nic" }]
-- given.azure_nic_ip_configuration = [
--   { id = "/ipconfiguration/web", nic_id = "/nic/web-nic", private_ip_address = "10.0.1.4", subnet_id = "/subnet/s1", public_ip_address_id = "/pip/pip" },
-- ]
-- given.azure_subnet = [
--   { id = "/subnet/s1", vnet_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet", network_security_group_id = "/nsg/g1" },
-- ]
-- given.azure_security_group = [{ id = "/nsg/g1" }]
-- given.azure_security_group_rule = [
--   { name = "in-1", security_group_id = "/nsg/g1", access = "Allow", direction = "Inbound", priority = 200, protocol = "Tcp", source_port_range = "*", source_address_prefix = "*", destination_address_prefix = "*", destination_port_range = "22" },
-- ]
-- expect = { web = "fail" }
-- [[case]]
-- title = "no machine"
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "azure_jit_policy_port denied"
-- ledger = [{ table = "azure_jit_policy_port", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_public_ip = [{ id = "/pip/pip", sku_name = "Standard" }]
-- given.azure_vm = [{ id = "/vm/web", network_profile_network_interfaces_id = ["/nic/web-nic"], storage_profile_os_disk_os_type = "Linux" }]
-- given.azure_nic = [{ id = "/nic/web-nic" }]
-- given.azure_nic_ip_configuration = [
--   { id = "/ipconfiguration/web", nic_id = "/nic/web-nic", private_ip_address = "10.0.1.4", subnet_id = "/subnet/s1", public_ip_address_id = "/pip/pip" },
-- ]
-- given.azure_subnet = [
--   { id = "/subnet/s1", vnet_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet", network_security_group_id = "/nsg/g1" },
-- ]
-- given.azure_security_group = [{ id = "/nsg/g1" }]
-- given.azure_security_group_rule = [
--   { name = "in-1", security_group_id = "/nsg/g1", access = "Allow", direction = "Inbound", priority = 200, protocol = "Tcp", source_port_range = "*", source_address_prefix = "*", destination_address_prefix = "*", destination_port_range = "22" },
-- ]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
WITH machine AS (
    SELECT e.vm_id, e.subscription_id,
           list_sort(list(DISTINCT CAST(e.port AS VARCHAR) || ' ' || e.reach || CASE WHEN array_length(e.sources) > 0 THEN ' (' || array_to_string(e.sources, ', ') || ')' ELSE '' END || ' by '
             || array_to_string(e.path, ', ') || ': ' || e.why) FILTER (WHERE e.reach IN ('any', 'some'))) AS open_ports,
           list_sort(list(DISTINCT CAST(e.port AS VARCHAR) || ': ' || coalesce(e.why, 'not known')) FILTER (WHERE e.reach = 'unknown')) AS unknown_ports,
           list_sort(list(DISTINCT e.why) FILTER (WHERE e.reach = 'none')) AS closed_by
    FROM effective_inbound AS e
    WHERE e.is_management AND NOT e.without_jit_allow
    GROUP BY e.vm_id, e.subscription_id
),
-- What is open without the windows that just-in-time access makes: a rule that lets in before its deny.
always AS (
    SELECT e.vm_id,
           list_sort(list(DISTINCT CAST(e.port AS VARCHAR) || ' ' || e.reach || CASE WHEN array_length(e.sources) > 0 THEN ' (' || array_to_string(e.sources, ', ') || ')' ELSE '' END || ' by '
             || array_to_string(e.path, ', ') || ': ' || e.why) FILTER (WHERE e.reach IN ('any', 'some'))) AS open_ports,
           list(DISTINCT e.port) FILTER (WHERE e.reach = 'unknown') AS unknown_ports
    FROM effective_inbound AS e
    WHERE e.is_management AND e.without_jit_allow
    GROUP BY e.vm_id
)
SELECT s.vm_id AS subject, s.vm_id AS resource_id, s.subscription_id,
       CASE WHEN s.status = 'configured' THEN 'pass'
            WHEN array_length(p.open_ports) > 0 AND s.reason <> 'policy_unread' THEN 'fail'
            WHEN p.vm_id IS NULL OR array_length(p.open_ports) > 0 OR array_length(p.unknown_ports) > 0 THEN NULL
            ELSE 'pass'
       END AS verdict,
       CASE WHEN s.status = 'configured'
            THEN 'under a just-in-time policy, ports: ' || array_to_string(s.ports, ', ')
                 || CASE WHEN array_length(a.open_ports) > 0
                         THEN '; open at all times nevertheless, which vm_management_ports_closed_to_internet fails: ' || array_to_string(a.open_ports, '; ')
                         WHEN a.vm_id IS NULL OR array_length(a.unknown_ports) > 0
                         THEN '; whether one is open at all times nevertheless is not known, see vm_management_ports_closed_to_internet'
                         ELSE '' END
            WHEN array_length(p.open_ports) > 0 AND s.reason = 'policy_unread'
            THEN 'a just-in-time policy names the machine, but its state or ports could not be read'
            WHEN array_length(p.open_ports) > 0 THEN 'not under just-in-time access and open: ' || array_to_string(p.open_ports, '; ')
            WHEN p.vm_id IS NULL THEN 'nothing is known about the ports of the machine'
            WHEN array_length(p.unknown_ports) > 0 THEN 'not under just-in-time access; not known: ' || array_to_string(p.unknown_ports, '; ')
            ELSE 'not under just-in-time access, and no management port is reached: ' || array_to_string(p.closed_by, '; ')
       END AS reason,
       s.status, s.reason AS status_reason, s.ports, p.open_ports, p.unknown_ports, a.open_ports AS always_open_ports
FROM jit_vm_status AS s
LEFT JOIN machine AS p ON p.vm_id = s.vm_id
LEFT JOIN always AS a ON a.vm_id = s.vm_id
