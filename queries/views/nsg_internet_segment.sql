-- title = "Rules of security groups that let everybody in, after the denies that come first"
-- tables = ["nsg_internet_rule"]
SELECT r.security_group_id, r.rule_id, r.rule_name, r.priority, r.rule_protocol AS protocol, r.ports, r.sources, r.label,
       -- One row per security group, inbound allow rule that leaves some port and protocol open to everybody, and state: open,
       -- or gap where a rule that could not be read may change the answer. beyond_web: TCP or UDP ports other than 80 and 443.
       bool_or(r.protocol IN ('tcp', 'udp') AND NOT (r.lo = r.hi AND r.lo IN (80, 443))) AS beyond_web, r.state
FROM nsg_internet_rule AS r
GROUP BY r.security_group_id, r.rule_id, r.rule_name, r.priority, r.rule_protocol, r.ports, r.sources, r.label, r.state
