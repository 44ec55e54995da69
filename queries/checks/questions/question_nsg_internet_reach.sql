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
-- title = "open but set on nothing"
-- given.azure_security_group = [{ id = "/x/g" }]
-- given.azure_security_group_rule = [{ id = "/x/g/securityrules/r", _parent_id = "/x/g", access = "Allow", direction = "Inbound", priority = 100, protocol = "Tcp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "443" }]
-- expect = { g = "not_applicable" }
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
-- title = "interfaces denied"
-- ledger = [{ table = "azure_nic", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_security_group = [{ id = "/x/g" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
WITH opening AS (
    SELECT o.security_group_id,
           list_sort(list(DISTINCT o.label) FILTER (WHERE o.state = 'open')) AS open_rules,
           list_sort(list(DISTINCT o.label) FILTER (WHERE o.state = 'gap')) AS unread_rules
    FROM nsg_internet_segment AS o
    GROUP BY o.security_group_id
),
protected AS (
    SELECT b.security_group_id, list_sort(list(DISTINCT b.protected_id)) AS protected_ids,
           list_sort(list(DISTINCT b.resource_id) FILTER (WHERE b.resource_id IS NOT NULL)) AS resource_ids
    FROM nsg_behind AS b
    GROUP BY b.security_group_id
)
SELECT s.id AS subject, s.id AS resource_id, s.subscription_id,
       CASE WHEN o.open_rules IS NULL AND o.unread_rules IS NULL THEN 'pass'
            WHEN p.protected_ids IS NULL THEN 'not_applicable'
            WHEN o.open_rules IS NOT NULL THEN 'fail'
       END AS verdict,
       CASE WHEN o.open_rules IS NULL AND o.unread_rules IS NULL THEN 'no rule lets any source in'
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
