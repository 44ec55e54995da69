-- title = "Rules of security groups that open UDP to everybody, after the denies that come first"
-- tables = ["nsg_internet_rule"]
SELECT DISTINCT
       -- One row per security group and inbound allow rule that leaves some UDP port open to everybody. state is open, or gap
       -- where a rule that could not be read may change the answer.
       r.security_group_id, r.rule_id, r.rule_name, r.priority, r.rule_protocol AS protocol, r.ports, r.sources, r.label, r.state
FROM nsg_internet_rule AS r
WHERE r.protocol = 'udp'
