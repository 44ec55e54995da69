-- title = "Watched services (data_internet_port) that a security group opens to any source"
-- tables = ["nsg_internet_rule"]
SELECT DISTINCT
       -- One row per security group, watched port and rule that lets everybody in, after the denies that come first. state is
       -- open, or gap where a rule that could not be read may change the answer.
       r.security_group_id, t.topic, t.protocol, t.port, t.service, r.rule_id, r.rule_name, r.priority, r.state
FROM nsg_internet_rule AS r
JOIN (SELECT d.topic, lower(d.protocol) AS protocol, CAST(d.port AS INTEGER) AS port, d.service FROM data_internet_port AS d) AS t
  ON t.protocol = r.protocol AND t.port BETWEEN r.lo AND r.hi
