-- title = "Groups that open UDP to the internet"
-- severity = "medium"
-- subject = "azure_security_group"
-- tables = ["azure_security_group", "azure_security_group_rule"]
-- controls = ["jupiterone_questions:nsg_udp_from_internet"]
-- rationale = "The sender of a UDP packet can be forged, so that services that answer everybody are used to flood others, and tell about themselves. The question mostly missed: it took a placeholder for the address range, knew Internet in one letter case only and skipped lists of ports and sources. Denies that come first and IPv6 are weighed here, and any UDP port counts; a check of its own asks for the ports that are abused most. Groups that are set on nothing are listed too."
-- remediation = "az network nsg rule update --ids RULE_ID --source-address-prefixes ADDRESSES, or delete the rule"
-- references = ["https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview"]
-- [[case]]
-- title = "UDP or any protocol open to everybody, each spelling"
-- given.azure_security_group = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c" }, { id = "/x/d" }]
-- given.azure_security_group_rule = [
--   { id = "/x/a/securityrules/r", _parent_id = "/x/a", access = "Allow", direction = "Inbound", priority = 100, protocol = "Udp", source_port_range = "*", destination_address_prefix = "*", source_address_prefix = "*", destination_port_range = "53" },
--   { id = "/x/b/securityrules/r", _parent_id = "/x/b", access = "Allow", direction = "Inbound", priority = 100, protocol = "*", source_port_range = "*", destination_address_prefix = "*", source_address_prefix = "0.0.0.0/0", destination_port_range = "*" },
--   { id = "/x/c/securityrules/r", _parent_id = "/x/c", access = "Allow", direction = "Inbound", priority = 100, protocol = "UDP", source_port_range = "*", destination_address_prefix = "*", source_address_prefix = "Internet", destination_port_range = "500" },
--   { id = "/x/d/securityrules/r", _parent_id = "/x/d", access = "Allow", direction = "Inbound", priority = 100, protocol = "Udp", source_port_range = "*", destination_address_prefix = "*", source_address_prefix = "::/0", destination_port_range = "4500" },
-- ]
-- expect = { a = "fail", b = "fail", c = "fail", d = "fail" }
-- [[case]]
-- title = "lists of ports and of sources"
-- given.azure_security_group = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_security_group_rule = [
--   { id = "/x/a/securityrules/r", _parent_id = "/x/a", access = "Allow", direction = "Inbound", priority = 100, protocol = "Udp", source_port_range = "*", destination_address_prefix = "*", source_address_prefixes = ["10.0.0.0/8", "Internet"], destination_port_ranges = ["53", "1000-2000"] },
--   { id = "/x/b/securityrules/r", _parent_id = "/x/b", access = "Allow", direction = "Inbound", priority = 100, protocol = "Udp", source_port_range = "*", destination_address_prefix = "*", source_address_prefixes = ["0.0.0.0/1", "128.0.0.0/1"], destination_port_ranges = ["53"] },
-- ]
-- expect = { a = "fail", b = "fail" }
-- [[case]]
-- title = "TCP only, a narrow source, outbound, no rule: not open"
-- given.azure_security_group = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c" }, { id = "/x/d" }]
-- given.azure_security_group_rule = [
--   { id = "/x/a/securityrules/r", _parent_id = "/x/a", access = "Allow", direction = "Inbound", priority = 100, protocol = "Tcp", source_port_range = "*", destination_address_prefix = "*", source_address_prefix = "*", destination_port_range = "53" },
--   { id = "/x/b/securityrules/r", _parent_id = "/x/b", access = "Allow", direction = "Inbound", priority = 100, protocol = "Udp", source_port_range = "*", destination_address_prefix = "*", source_address_prefix = "203.0.113.0/24", destination_port_range = "53" },
--   { id = "/x/c/securityrules/r", _parent_id = "/x/c", access = "Allow", direction = "Outbound", priority = 100, protocol = "Udp", source_port_range = "*", destination_address_prefix = "*", source_address_prefix = "*", destination_port_range = "53" },
-- ]
-- expect = { a = "pass", b = "pass", c = "pass", d = "pass" }
-- [[case]]
-- title = "a deny of UDP that comes first, also before a rule for any protocol; a later deny is too late"
-- given.azure_security_group = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c" }]
-- given.azure_security_group_rule = [
--   { id = "/x/a/securityrules/d", _parent_id = "/x/a", access = "Deny", direction = "Inbound", priority = 90, protocol = "Udp", source_port_range = "*", destination_address_prefix = "*", source_address_prefix = "*", destination_port_range = "*" },
--   { id = "/x/a/securityrules/r", _parent_id = "/x/a", access = "Allow", direction = "Inbound", priority = 100, protocol = "Udp", source_port_range = "*", destination_address_prefix = "*", source_address_prefix = "*", destination_port_range = "53" },
--   { id = "/x/b/securityrules/d", _parent_id = "/x/b", access = "Deny", direction = "Inbound", priority = 90, protocol = "Udp", source_port_range = "*", destination_address_prefix = "*", source_address_prefix = "*", destination_port_range = "*" },
--   { id = "/x/b/securityrules/r", _parent_id = "/x/b", access = "Allow", direction = "Inbound", priority = 100, protocol = "*", source_port_range = "*", destination_address_prefix = "*", source_address_prefix = "*", destination_port_range = "*" },
--   { id = "/x/c/securityrules/d", _parent_id = "/x/c", access = "Deny", direction = "Inbound", priority = 110, protocol = "Udp", source_port_range = "*", destination_address_prefix = "*", source_address_prefix = "*", destination_port_range = "*" },
--   { id = "/x/c/securityrules/r", _parent_id = "/x/c", access = "Allow", direction = "Inbound", priority = 100, protocol = "Udp", source_port_range = "*", destination_address_prefix = "*", source_address_prefix = "*", destination_port_range = "53" },
-- ]
-- expect = { a = "pass", b = "pass", c = "fail" }
-- [[case]]
-- title = "a rule not readable: an allow, and a deny that may come first; one for TCP does not matter"
-- given.azure_security_group = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c" }]
-- given.azure_security_group_rule = [
--   { id = "/x/a/securityrules/r", _parent_id = "/x/a", access = "Allow", direction = "Inbound", priority = 100, protocol = "Udp", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "53", _gaps = ["source_address_prefix"] },
--   { id = "/x/b/securityrules/d", _parent_id = "/x/b", access = "Deny", direction = "Inbound", priority = 90, protocol = "Udp", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "53", _gaps = ["source_address_prefix"] },
--   { id = "/x/b/securityrules/r", _parent_id = "/x/b", access = "Allow", direction = "Inbound", priority = 100, protocol = "Udp", source_port_range = "*", destination_address_prefix = "*", source_address_prefix = "*", destination_port_range = "53" },
--   { id = "/x/c/securityrules/r", _parent_id = "/x/c", access = "Allow", direction = "Inbound", priority = 100, protocol = "Tcp", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "53", _gaps = ["source_address_prefix"] },
-- ]
-- expect = { a = "unknown", b = "unknown", c = "pass" }
-- [[case]]
-- title = "groups denied"
-- ledger = [{ table = "azure_security_group", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_security_group = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "no group"
-- given.azure_security_group = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
WITH opening AS (
    SELECT o.security_group_id,
           list_sort(list(DISTINCT o.label) FILTER (WHERE o.state = 'open')) AS open_rules,
           list_sort(list(DISTINCT o.label) FILTER (WHERE o.state = 'gap')) AS unread_rules,
           list_sort(list(DISTINCT array_to_string(o.sources, ' ')) FILTER (WHERE o.state = 'open')) AS sources
    FROM nsg_internet_udp AS o
    GROUP BY o.security_group_id
)
SELECT s.id AS subject, s.id AS resource_id, s.subscription_id,
       CASE WHEN o.open_rules IS NOT NULL THEN 'fail'
            WHEN o.unread_rules IS NOT NULL THEN NULL
            ELSE 'pass'
       END AS verdict,
       CASE WHEN o.open_rules IS NOT NULL THEN 'UDP is open to any source by ' || array_to_string(o.open_rules, ', ')
            WHEN o.unread_rules IS NOT NULL THEN 'whether UDP is open hangs on rules that could not be read: ' || array_to_string(o.unread_rules, ', ')
            ELSE 'no rule opens a UDP port to any source'
       END AS reason,
       o.open_rules, o.sources, s.subnets_id, s.network_interfaces_id
FROM azure_security_group AS s
LEFT JOIN opening AS o ON o.security_group_id = s.id
