-- title = "Administration ports that a security group opens to any source"
-- tables = ["nsg_internet_rule"]
SELECT r.security_group_id, t.port, r.rule_id, r.rule_name, r.priority, r.rule_protocol AS protocol,
       -- One row per security group, port (22 or 3389, TCP) and rule that lets everybody in, after the denies that come first.
       -- state is open, or gap where a rule that could not be read may change the answer.
       list_sort(list(DISTINCT r.family)) AS families, r.state
FROM nsg_internet_rule AS r
JOIN (VALUES (22), (3389)) AS t(port) ON t.port BETWEEN r.lo AND r.hi
WHERE r.protocol = 'tcp'
GROUP BY r.security_group_id, t.port, r.rule_id, r.rule_name, r.priority, r.rule_protocol, r.state
