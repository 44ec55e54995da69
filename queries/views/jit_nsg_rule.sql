-- title = "Just-in-time rules in the security groups before virtual machines"
-- tables = ["vm_ip_configuration", "azure_security_group_rule"]
WITH
-- One row per IP configuration, security group before it and just-in-time rule that is meant for its private address.
-- The name's beginning and the access tell a just-in-time rule; its description proves nothing. meant is NULL where
-- whether the rule is for this address is not known.
side AS (
    SELECT c.vm_id, c.ip_configuration_id, c.private_ip, c.address_unread, 'subnet' AS side, c.subnet_nsg_id AS nsg_id
    FROM vm_ip_configuration AS c
    WHERE c.subnet_nsg_id IS NOT NULL
    UNION ALL
    SELECT c.vm_id, c.ip_configuration_id, c.private_ip, c.address_unread, 'nic', c.nic_nsg_id
    FROM vm_ip_configuration AS c
    WHERE c.nic_nsg_id IS NOT NULL
),
rule AS (
    SELECT r.security_group_id AS nsg_id, r.id AS rule_id, r.name AS rule_name, r.priority,
           lower(trim(r.access)) AS access, lower(trim(r.protocol)) AS protocol,
           list_merge(r.destination_port_range, r.destination_port_ranges) AS ports,
           list_merge(r.source_port_range, r.source_port_ranges) AS source_ports,
           list_transform(list_merge(r.source_address_prefix, r.source_address_prefixes), lambda m: lower(m)) AS sources,
           list_transform(list_merge(r.destination_address_prefix, r.destination_address_prefixes), lambda m: lower(m)) AS destinations,
           coalesce(array_length(list_filter(r._gaps, lambda g: g IN (
               'access', 'direction', 'protocol', 'priority', 'name', 'source_address_prefix', 'source_address_prefixes',
               'source_port_range', 'source_port_ranges', 'destination_port_range', 'destination_port_ranges',
               'destination_address_prefix', 'destination_address_prefixes'))) > 0, FALSE)
             OR r.access IS NULL OR r.protocol IS NULL AS unread
    FROM azure_security_group_rule AS r
    WHERE lower(r.id) LIKE '%/securityrules/%' AND coalesce(lower(trim(r.direction)), 'inbound') = 'inbound'
      AND (lower(r.name) LIKE 'securitycenter-jitrule%' OR lower(r.name) LIKE 'microsoftdefenderforcloud-jitrule%')
),
destination AS (
    SELECT r.rule_id, r.nsg_id, regexp_replace(u.member, '/(32|128)$', '') AS member, ip4_lo(u.member) AS lo, ip4_hi(u.member) AS hi
    FROM rule AS r, unnest(r.destinations) AS u(member)
),
aimed AS (
    SELECT s.ip_configuration_id, s.side, d.rule_id
    FROM side AS s
    JOIN destination AS d ON d.nsg_id = s.nsg_id AND d.member = s.private_ip
    WHERE NOT s.address_unread
    UNION
    SELECT s.ip_configuration_id, s.side, d.rule_id
    FROM side AS s
    JOIN destination AS d ON d.nsg_id = s.nsg_id AND d.member IN ('*', 'any', 'virtualnetwork')
    UNION
    SELECT s.ip_configuration_id, s.side, d.rule_id
    FROM (SELECT x.ip_configuration_id, x.side, x.nsg_id, ip4_lo(x.private_ip) AS address FROM side AS x WHERE NOT x.address_unread) AS s
    JOIN (SELECT y.rule_id, y.nsg_id, y.lo, y.hi FROM destination AS y WHERE y.lo < y.hi) AS d
      ON d.nsg_id = s.nsg_id AND d.lo <= s.address AND d.hi >= s.address
)
SELECT s.vm_id, s.ip_configuration_id, s.private_ip, s.side, s.nsg_id, r.rule_id, r.rule_name, r.priority, r.access, r.protocol,
       r.ports, r.sources, r.unread,
       r.access = 'deny' AND CASE WHEN contains(s.private_ip, ':') THEN sources_all6(r.sources) ELSE sources_all4(r.sources) END
         AND (array_length(r.source_ports) = 0 OR list_contains(r.source_ports, '*') OR list_contains(r.source_ports, '0-65535')) AS denies_all,
       CASE WHEN a.rule_id IS NOT NULL THEN TRUE
            WHEN s.address_unread OR r.unread THEN NULL
            ELSE FALSE
       END AS meant
FROM side AS s
JOIN rule AS r ON r.nsg_id = s.nsg_id
LEFT JOIN aimed AS a ON a.ip_configuration_id = s.ip_configuration_id AND a.side = s.side AND a.rule_id = r.rule_id
WHERE a.rule_id IS NOT NULL OR s.address_unread OR r.unread
