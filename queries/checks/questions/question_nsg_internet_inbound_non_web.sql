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
-- title = "subnets denied"
-- ledger = [{ table = "azure_subnet", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_security_group = [{ id = "/x/g" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
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
            WHEN p.machines IS NULL THEN 'not_applicable'
            WHEN o.open_rules IS NOT NULL THEN 'fail'
       END AS verdict,
       CASE WHEN o.open_rules IS NULL AND o.unread_rules IS NULL THEN 'no rule opens ports other than 80 and 443 to any source'
            WHEN p.machines IS NULL AND coalesce(p.n_unknown, 0) > 0
            THEN 'ports other than 80 and 443 may be open, and what is behind the group is not in the snapshot'
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
