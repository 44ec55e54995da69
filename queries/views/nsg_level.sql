-- title = "Whom the security groups before each virtual machine let in, port by port"
-- tables = ["vm_ip_configuration", "azure_security_group", "azure_security_group_rule", "jit_vm_port"]
WITH
-- One row per IP configuration, port, protocol and variant: for each side (subnet, nic) and for both together any
-- (everybody), some (public sources named in sources), none or unknown. Rules come by priority and the first match ends.
-- The default rules are Azure's own and the same everywhere: inside the virtual network allow, all else deny.
-- without_jit_allow leaves out what just-in-time requests opened. Ports: the management ports over TCP, and those of the
-- machine's own just-in-time policies. Sources are asked one by one: everybody, the virtual network, and each public
-- source that an allow rule of either side names. Everything is numbered first: with many machines texts would not fit.
configuration AS (
    SELECT row_number() OVER (ORDER BY c.ip_configuration_id, c.vm_id) AS cfg, c.vm_id, c.ip_configuration_id,
           CASE WHEN c.ip_version = 'IPv6' THEN 6 ELSE 4 END AS ver, c.private_ip, c.address_unread,
           c.asg_ids, c.asg_unread, c.subnet_nsg_id, c.nic_nsg_id, c.subnet_gap, c.nic_gap
    FROM vm_ip_configuration AS c
    WHERE c.ip_configuration_id IS NOT NULL
),
group_row AS (
    SELECT g.id, coalesce(list_contains(g._gaps, 'security_rules'), FALSE) AS unread
    FROM azure_security_group AS g
),
named AS (
    SELECT c.subnet_nsg_id AS nsg_id FROM configuration AS c WHERE c.subnet_nsg_id IS NOT NULL
    UNION
    SELECT c.nic_nsg_id FROM configuration AS c WHERE c.nic_nsg_id IS NOT NULL
),
grouped AS (
    SELECT row_number() OVER (ORDER BY n.nsg_id) AS grp, n.nsg_id,
           CASE WHEN g.id IS NULL THEN 'the security group ' || n.nsg_id || ' is not in the snapshot'
                WHEN g.unread THEN 'the rules of ' || n.nsg_id || ' could not be read'
           END AS gap
    FROM named AS n
    LEFT JOIN group_row AS g ON g.id = n.nsg_id
),
-- grp is NULL where there is no group, gap says why it is not known.
side AS (
    SELECT c.cfg, c.ver, 0 AS side, g.grp, coalesce(c.subnet_gap, g.gap) AS gap
    FROM configuration AS c
    LEFT JOIN grouped AS g ON g.nsg_id = c.subnet_nsg_id
    UNION ALL
    SELECT c.cfg, c.ver, 1, g.grp, coalesce(c.nic_gap, g.gap)
    FROM configuration AS c
    LEFT JOIN grouped AS g ON g.nsg_id = c.nic_nsg_id
),
-- Port and protocol as one number: twice the port, and one more for UDP.
policy_ask AS (
    SELECT p.vm_id, p.port * 2 + CASE p.protocol WHEN 'udp' THEN 1 ELSE 0 END AS ask
    FROM jit_vm_port AS p
),
asked AS (
    SELECT c.cfg, CAST(u.port AS BIGINT) * 2 AS ask
    FROM configuration AS c, unnest(param_management_ports()) AS u(port)
    UNION
    SELECT c.cfg, CAST(p.ask AS BIGINT)
    FROM configuration AS c
    JOIN policy_ask AS p ON p.vm_id = c.vm_id
),
-- What is asked of each group: distinct, since many machines share one.
group_ask AS (
    SELECT DISTINCT s.grp, a.ask
    FROM side AS s
    JOIN asked AS a ON a.cfg = s.cfg
    WHERE s.grp IS NOT NULL
),
rule AS (
    SELECT row_number() OVER (ORDER BY r.id) AS rno, g.grp, r.name AS rule_name, r.priority,
           lower(trim(r.access)) AS access, lower(trim(r.protocol)) AS protocol,
           list_merge(r.destination_port_range, r.destination_port_ranges) AS ports,
           list_merge(r.source_port_range, r.source_port_ranges) AS source_ports,
           list_transform(list_merge(r.source_address_prefix, r.source_address_prefixes), lambda m: lower(m)) AS sources,
           list_transform(list_merge(r.destination_address_prefix, r.destination_address_prefixes), lambda m: lower(m)) AS destinations,
           list_transform(coalesce(r.destination_application_security_groups_id, []), lambda g: lower(rtrim(g, '/'))) AS destination_asgs,
           coalesce(array_length(r.source_application_security_groups_id), 0) > 0 AS source_is_asg,
           (lower(r.name) LIKE 'securitycenter-jitrule%' OR lower(r.name) LIKE 'microsoftdefenderforcloud-jitrule%')
             AND coalesce(lower(trim(r.access)), '') = 'allow' AS jit_allow,
           coalesce(array_length(list_filter(r._gaps, lambda g: g IN (
               'access', 'direction', 'protocol', 'priority', 'source_address_prefix', 'source_address_prefixes',
               'source_port_range', 'source_port_ranges', 'destination_port_range', 'destination_port_ranges',
               'destination_address_prefix', 'destination_address_prefixes', 'name',
               'source_application_security_groups_id', 'destination_application_security_groups_id'))) > 0, FALSE)
             OR r.access IS NULL OR r.direction IS NULL OR r.protocol IS NULL OR r.priority IS NULL AS unread
    FROM azure_security_group_rule AS r
    JOIN grouped AS g ON g.nsg_id = r.security_group_id
    WHERE lower(r.id) LIKE '%/securityrules/%' AND coalesce(lower(trim(r.direction)), 'inbound') = 'inbound'
),
-- Rules that could not be read whole, or name no port, source or destination: they may let in, or keep out, anything.
unread_rule AS (
    SELECT r.grp, r.jit_allow, coalesce(r.priority, 0) AS priority, r.access, r.rule_name
    FROM rule AS r
    WHERE r.unread OR array_length(r.ports) = 0 OR (array_length(r.sources) = 0 AND NOT r.source_is_asg)
       OR (array_length(r.destinations) = 0 AND array_length(r.destination_asgs) = 0)
),
-- A deny tied to source ports stops nobody: clients choose theirs.
ruled AS (
    SELECT r.rno, r.grp, a.ask, (r.priority * 10000000 + r.rno) * 2 + CASE r.access WHEN 'allow' THEN 1 ELSE 0 END AS code,
           r.access, r.jit_allow, r.priority
    FROM rule AS r
    JOIN group_ask AS a
      ON a.grp = r.grp AND (r.protocol IN ('*', 'any') OR r.protocol = CASE a.ask % 2 WHEN 0 THEN 'tcp' ELSE 'udp' END)
     AND port_in(r.ports, a.ask // 2)
    WHERE NOT r.unread AND array_length(r.ports) > 0 AND (array_length(r.sources) > 0 OR r.source_is_asg)
      AND (r.access = 'allow' OR list_contains(r.source_ports, '*') OR list_contains(r.source_ports, '0-65535')
           OR array_length(r.source_ports) = 0)
),
speaking AS (
    SELECT r.rno, r.grp, r.access, r.jit_allow, r.sources, r.source_is_asg, r.destinations, r.destination_asgs
    FROM rule AS r
    JOIN (SELECT DISTINCT d.rno FROM ruled AS d) AS d ON d.rno = r.rno
),
-- Every prefix that matters, once, as a pair of texts that compare like the addresses: 4 and ten digits, or 6 and 32 hex digits.
member_text AS (
    SELECT DISTINCT u.member FROM speaking AS s, unnest(s.sources) AS u(member)
    UNION
    SELECT DISTINCT u.member FROM speaking AS s, unnest(s.destinations) AS u(member)
    UNION
    SELECT DISTINCT c.private_ip FROM configuration AS c WHERE NOT c.address_unread
),
ip6_part AS (
    SELECT m.member, coalesce(TRY_CAST(nullif(split_part(m.member, '/', 2), '') AS INTEGER), 128) AS bits,
           list_filter(string_split(split_part(split_part(m.member, '/', 1), '::', 1), ':'), lambda g: g <> '') AS head,
           list_filter(string_split(split_part(split_part(m.member, '/', 1), '::', 2), ':'), lambda g: g <> '') AS tail,
           contains(m.member, '::') AS short
    FROM member_text AS m
    WHERE contains(m.member, ':')
),
ip6_hex AS (
    SELECT p.member, p.bits,
           array_to_string(list_transform(
               list_concat(p.head,
                           list_transform(range(CASE WHEN p.short THEN 8 - array_length(p.head) - array_length(p.tail) ELSE 0 END), lambda z: '0'),
                           p.tail),
               lambda g: lpad(g, 4, '0')), '') AS digits
    FROM ip6_part AS p
),
ip6 AS (
    SELECT h.member, h.bits, h.digits, h.bits // 4 AS whole, h.bits % 4 AS rest,
           strpos('0123456789abcdef', substr(h.digits, h.bits // 4 + 1, 1)) - 1 AS nibble,
           CASE h.bits % 4 WHEN 1 THEN 8 WHEN 2 THEN 4 WHEN 3 THEN 2 ELSE 16 END AS span
    FROM ip6_hex AS h
    WHERE regexp_full_match(h.digits, '[0-9a-f]{32}') AND h.bits BETWEEN 0 AND 128
),
prefix AS (
    SELECT n.member, 'IPv4' AS family,
           '4' || lpad(CAST(n.lo AS VARCHAR), 10, '0') AS lo, '4' || lpad(CAST(n.lo + n.span - 1 AS VARCHAR), 10, '0') AS hi
    FROM (SELECT m.member, ip4_lo(m.member) AS lo, ip4_span(m.member) AS span FROM member_text AS m WHERE regexp_full_match(m.member, '[0-9./]+')) AS n
    WHERE n.lo IS NOT NULL
    UNION ALL
    SELECT i.member, 'IPv6',
           CASE WHEN i.rest = 0 THEN '6' || rpad(left(i.digits, i.whole), 32, '0')
                ELSE '6' || rpad(left(i.digits, i.whole) || substr('0123456789abcdef', i.nibble - i.nibble % i.span + 1, 1), 32, '0')
           END,
           CASE WHEN i.rest = 0 THEN '6' || rpad(left(i.digits, i.whole), 32, 'f')
                ELSE '6' || rpad(left(i.digits, i.whole) || substr('0123456789abcdef', i.nibble - i.nibble % i.span + i.span, 1), 32, 'f')
           END
    FROM ip6 AS i
),
-- Ranges that no client of the Internet has: private, shared, loopback, link-local, multicast, Azure's own platform address.
inner_range AS (
    SELECT '4' || lpad(CAST(ip4_lo(v.cidr) AS VARCHAR), 10, '0') AS lo, '4' || lpad(CAST(ip4_hi(v.cidr) AS VARCHAR), 10, '0') AS hi
    FROM (VALUES ('10.0.0.0/8'), ('172.16.0.0/12'), ('192.168.0.0/16'), ('100.64.0.0/10'), ('127.0.0.0/8'), ('169.254.0.0/16'),
                 ('224.0.0.0/3'), ('168.63.129.16/32')) AS v(cidr)
    UNION ALL
    SELECT '6' || rpad(v.lo, 32, '0'), '6' || rpad(v.hi, 32, 'f')
    FROM (VALUES ('fc', 'fd'), ('fe8', 'feb'), ('ff', 'ff'), ('00000000000000000000000000000000', '00000000000000000000000000000001')) AS v(lo, hi)
),
inner_prefix AS (
    SELECT DISTINCT p.member FROM prefix AS p JOIN inner_range AS r ON p.lo >= r.lo AND p.hi <= r.hi
),
-- What a rule's sources and destinations amount to as a whole, by address family. Everybody is who has every public address of
-- the family, however it is cut into prefixes: as exact for a deny as for an allow. What is less is asked about source by source,
-- so that a wide prefix is reported as some. The bare zero address counts as everybody in an allow only.
weighed AS (
    SELECT s.rno, s.grp, s.access, s.jit_allow, s.sources, s.source_is_asg, s.destinations, s.destination_asgs,
           NOT s.source_is_asg AND (sources_all4(s.sources) OR (s.access = 'allow' AND list_contains(s.sources, '0.0.0.0'))) AS any4,
           NOT s.source_is_asg AND sources_all6(s.sources) AS any6,
           array_length(s.destination_asgs) = 0
             AND array_length(list_filter(s.destinations, lambda d: d IN ('*', 'any', 'virtualnetwork') OR regexp_full_match(d, '[^:]*/0+'))) > 0 AS to_all4,
           array_length(s.destination_asgs) = 0
             AND array_length(list_filter(s.destinations, lambda d: d IN ('*', 'any', 'virtualnetwork') OR regexp_full_match(d, '.*:.*/0+'))) > 0 AS to_all6
    FROM speaking AS s
),
member AS (
    SELECT w.rno, w.access, u.member, p.family, p.lo, p.hi,
           u.member IN ('*', 'any', 'virtualnetwork') OR regexp_full_match(u.member, '.*/0+')
             OR (w.access = 'allow' AND i.member IS NOT NULL) AS from_vnet,
           -- What is neither an address nor a known inner name counts as public: a service tag, or text that cannot be read.
           NOT regexp_full_match(u.member, '.*/0+') AND i.member IS NULL
             AND u.member NOT IN ('*', 'any', 'internet', 'virtualnetwork', 'azureloadbalancer', 'gatewaymanager') AS is_public
    FROM weighed AS w
    CROSS JOIN unnest(w.sources) AS u(member)
    LEFT JOIN prefix AS p ON p.member = u.member
    LEFT JOIN inner_prefix AS i ON i.member = u.member
    WHERE NOT w.source_is_asg
),
-- Both halves of a family in one rule span the virtual network too.
vnet_rule AS (
    SELECT m.rno FROM member AS m WHERE m.from_vnet
    UNION
    SELECT w.rno FROM weighed AS w WHERE w.access = 'allow' AND w.source_is_asg
    UNION
    SELECT w.rno FROM weighed AS w WHERE (w.any4 OR w.any6) AND NOT list_contains(w.sources, 'internet')
),
-- The public sources that allow rules name; everybody and the virtual network are asked about apart.
public_member AS (
    SELECT row_number() OVER (ORDER BY m.member) AS pno, m.member, CASE m.family WHEN 'IPv4' THEN 4 WHEN 'IPv6' THEN 6 END AS ver, m.lo, m.hi
    FROM (SELECT DISTINCT x.member, x.family, x.lo, x.hi FROM member AS x WHERE x.is_public AND x.access = 'allow') AS m
),
group_source AS (
    SELECT DISTINCT r.grp, r.ask, p.pno, p.ver
    FROM ruled AS r
    JOIN member AS m ON m.rno = r.rno
    JOIN public_member AS p ON p.member = m.member
    WHERE r.access = 'allow' AND m.is_public
),
-- Rules for some destinations only, by the configurations that they are for.
destination AS (
    SELECT w.grp, w.rno, p.lo, p.hi
    FROM weighed AS w
    CROSS JOIN unnest(w.destinations) AS u(member)
    JOIN prefix AS p ON p.member = u.member
    WHERE array_length(w.destination_asgs) = 0 AND NOT (w.to_all4 AND w.to_all6) AND NOT regexp_full_match(u.member, '.*/0+')
),
address AS (
    SELECT s.cfg, s.side, s.grp, p.lo
    FROM side AS s
    JOIN configuration AS c ON c.cfg = s.cfg
    JOIN prefix AS p ON p.member = c.private_ip
    WHERE s.grp IS NOT NULL AND NOT c.address_unread
),
aimed AS (
    SELECT a.cfg, a.side, d.rno
    FROM address AS a
    JOIN destination AS d ON d.grp = a.grp AND d.lo = a.lo AND d.lo = d.hi
    UNION
    SELECT a.cfg, a.side, d.rno
    FROM address AS a
    JOIN (SELECT x.grp, x.rno, x.lo, x.hi FROM destination AS x WHERE x.lo < x.hi) AS d ON d.grp = a.grp AND d.lo <= a.lo AND d.hi >= a.lo
    UNION
    SELECT s.cfg, s.side, g.rno
    FROM (SELECT c.cfg, u.asg FROM configuration AS c CROSS JOIN unnest(c.asg_ids) AS u(asg) WHERE NOT c.asg_unread) AS c
    JOIN side AS s ON s.cfg = c.cfg
    JOIN (SELECT w.grp, w.rno, v.asg FROM weighed AS w CROSS JOIN unnest(w.destination_asgs) AS v(asg)) AS g
      ON g.grp = s.grp AND g.asg = c.asg
),
-- The variants: 0 as it is, 1 without just-in-time allows; the second is worked out only where there are some.
jit_group AS (
    SELECT DISTINCT r.grp FROM rule AS r WHERE r.jit_allow
),
jit_configuration AS (
    SELECT DISTINCT s.cfg FROM side AS s JOIN jit_group AS j ON j.grp = s.grp
),
variant AS (
    SELECT v.variant FROM (VALUES (0), (1)) AS v(variant)
),
rule_variant AS (
    SELECT r.rno, r.grp, r.ask, r.code, v.variant,
           w.any4, w.any6, w.to_all4, w.to_all6, n.rno IS NOT NULL AS from_vnet
    FROM ruled AS r
    JOIN weighed AS w ON w.rno = r.rno
    JOIN variant AS v ON NOT (v.variant = 1 AND r.jit_allow)
    LEFT JOIN vnet_rule AS n ON n.rno = r.rno
),
version AS (
    SELECT v.ver FROM (VALUES (4), (6)) AS v(ver)
),
-- First rule for everybody and for the virtual network: among those for every destination, and among those aimed.
group_first AS (
    SELECT r.grp, r.ask, r.variant, v.ver,
           min(CASE WHEN CASE v.ver WHEN 4 THEN r.any4 ELSE r.any6 END THEN r.code END) AS any_code,
           min(CASE WHEN r.from_vnet THEN r.code END) AS vnet_code
    FROM rule_variant AS r
    JOIN version AS v ON CASE v.ver WHEN 4 THEN r.to_all4 ELSE r.to_all6 END
    GROUP BY r.grp, r.ask, r.variant, v.ver
),
aimed_first AS (
    SELECT a.cfg, a.side, r.ask, r.variant,
           min(CASE WHEN CASE c.ver WHEN 4 THEN r.any4 ELSE r.any6 END THEN r.code END) AS any_code,
           min(CASE WHEN r.from_vnet THEN r.code END) AS vnet_code
    FROM aimed AS a
    JOIN configuration AS c ON c.cfg = a.cfg
    JOIN rule_variant AS r ON r.rno = a.rno
    GROUP BY a.cfg, a.side, r.ask, r.variant
),
-- First priority at which something not readable may let in, or keep out.
group_doubt AS (
    SELECT u.grp, v.variant,
           min(CASE WHEN coalesce(u.access, 'allow') = 'allow' THEN u.priority END) AS may_allow,
           min(CASE WHEN coalesce(u.access, 'deny') = 'deny' THEN u.priority END) AS may_deny,
           min(u.rule_name) AS rule_name
    FROM unread_rule AS u
    JOIN variant AS v ON NOT (v.variant = 1 AND u.jit_allow)
    GROUP BY u.grp, v.variant
),
-- Where the private address or the application security groups are not known, every rule for some destination may be meant.
aim_doubt AS (
    SELECT s.cfg, s.side, r.ask, v.variant,
           min(CASE WHEN r.access = 'allow' THEN r.priority END) AS may_allow,
           min(CASE WHEN r.access = 'deny' THEN r.priority END) AS may_deny
    FROM configuration AS c
    JOIN side AS s ON s.cfg = c.cfg
    JOIN ruled AS r ON r.grp = s.grp
    JOIN weighed AS w ON w.rno = r.rno
    JOIN variant AS v ON NOT (v.variant = 1 AND r.jit_allow)
    WHERE (c.address_unread AND array_length(w.destination_asgs) = 0 AND NOT CASE c.ver WHEN 4 THEN w.to_all4 ELSE w.to_all6 END)
       OR (c.asg_unread AND array_length(w.destination_asgs) > 0)
    GROUP BY s.cfg, s.side, r.ask, v.variant
),
-- The two questions that every configuration is asked. Outcome: 0 deny, 1 unknown, 2 allow.
base AS (
    SELECT s.cfg, s.ver, s.side, s.grp, a.ask, v.variant, s.gap,
           least(coalesce(g.any_code, 1400000000000), coalesce(f.any_code, 1400000000000)) AS any_code,
           least(coalesce(g.vnet_code, 1400000000001), coalesce(f.vnet_code, 1400000000001)) AS vnet_code,
           least(coalesce(d.may_allow, 70001), coalesce(e.may_allow, 70001)) AS may_allow,
           least(coalesce(d.may_deny, 70001), coalesce(e.may_deny, 70001)) AS may_deny
    FROM side AS s
    JOIN asked AS a ON a.cfg = s.cfg
    JOIN variant AS v ON TRUE
    LEFT JOIN jit_configuration AS j ON j.cfg = s.cfg
    LEFT JOIN group_first AS g ON g.grp = s.grp AND g.ask = a.ask AND g.variant = v.variant AND g.ver = s.ver
    LEFT JOIN aimed_first AS f ON f.cfg = s.cfg AND f.side = s.side AND f.ask = a.ask AND f.variant = v.variant
    LEFT JOIN group_doubt AS d ON d.grp = s.grp AND d.variant = v.variant
    LEFT JOIN aim_doubt AS e ON e.cfg = s.cfg AND e.side = s.side AND e.ask = a.ask AND e.variant = v.variant
    WHERE v.variant = 0 OR j.cfg IS NOT NULL
),
judged AS (
    SELECT b.cfg, b.ver, b.side, b.grp, b.ask, b.variant, b.gap, b.any_code, b.may_allow, b.may_deny,
           CASE WHEN b.gap IS NOT NULL THEN 1 WHEN b.grp IS NULL THEN 2
                WHEN b.any_code % 2 = 0 THEN CASE WHEN b.may_allow < b.any_code // 20000000 THEN 1 ELSE 0 END
                WHEN b.may_deny < b.any_code // 20000000 THEN 1 ELSE 2
           END AS any_outcome,
           CASE WHEN b.gap IS NOT NULL THEN 1 WHEN b.grp IS NULL THEN 2
                WHEN b.vnet_code % 2 = 0 THEN CASE WHEN b.may_allow < b.vnet_code // 20000000 THEN 1 ELSE 0 END
                WHEN b.may_deny < b.vnet_code // 20000000 THEN 1 ELSE 2
           END AS vnet_outcome
    FROM base AS b
),
-- Public sources, where not everybody is let in by both sides.
closed AS (
    SELECT j.cfg, j.ask, j.variant, min(j.any_outcome) AS any_outcome
    FROM judged AS j
    GROUP BY j.cfg, j.ask, j.variant
    HAVING min(j.any_outcome) < 2
),
probe AS (
    SELECT DISTINCT k.cfg, k.ask, k.variant, p.pno
    FROM closed AS k
    JOIN side AS s ON s.cfg = k.cfg
    JOIN group_source AS p ON p.grp = s.grp AND p.ask = k.ask AND coalesce(p.ver, s.ver) = s.ver
),
-- Which rule of a group speaks of a source, other than by speaking of everybody; asked once for all configurations.
group_probe AS (
    SELECT DISTINCT s.grp, p.ask, p.pno, s.ver
    FROM probe AS p
    JOIN side AS s ON s.cfg = p.cfg
    WHERE s.grp IS NOT NULL
),
spoken AS (
    SELECT q.grp, q.ask, q.pno, q.ver, r.rno, r.variant, r.code, CASE q.ver WHEN 4 THEN r.to_all4 ELSE r.to_all6 END AS to_all
    FROM group_probe AS q
    JOIN public_member AS p ON p.pno = q.pno
    JOIN rule_variant AS r ON r.grp = q.grp AND r.ask = q.ask
    JOIN member AS m ON m.rno = r.rno AND m.member = p.member
    WHERE p.lo IS NULL
    UNION ALL
    SELECT q.grp, q.ask, q.pno, q.ver, r.rno, r.variant, r.code, CASE q.ver WHEN 4 THEN r.to_all4 ELSE r.to_all6 END
    FROM group_probe AS q
    JOIN public_member AS p ON p.pno = q.pno
    JOIN rule_variant AS r ON r.grp = q.grp AND r.ask = q.ask
    JOIN member AS m ON m.rno = r.rno AND m.lo <= p.hi AND m.hi >= p.lo
    WHERE r.code % 2 = 1 OR (m.lo <= p.lo AND m.hi >= p.hi)
),
group_source_first AS (
    SELECT k.grp, k.ask, k.pno, k.ver, k.variant, min(k.code) AS code
    FROM spoken AS k
    WHERE k.to_all
    GROUP BY k.grp, k.ask, k.pno, k.ver, k.variant
),
aimed_source_first AS (
    SELECT a.cfg, a.side, k.ask, k.pno, k.variant, min(k.code) AS code
    FROM aimed AS a
    JOIN configuration AS c ON c.cfg = a.cfg
    JOIN spoken AS k ON k.rno = a.rno AND k.ver = c.ver
    GROUP BY a.cfg, a.side, k.ask, k.pno, k.variant
),
coded AS (
    SELECT p.cfg, p.ask, p.variant, p.pno, j.side, j.grp, j.gap, j.may_allow, j.may_deny,
           least(j.any_code, coalesce(g.code, 1400000000000), coalesce(a.code, 1400000000000)) AS code
    FROM probe AS p
    JOIN judged AS j ON j.cfg = p.cfg AND j.ask = p.ask AND j.variant = p.variant
    LEFT JOIN group_source_first AS g ON g.grp = j.grp AND g.ask = p.ask AND g.pno = p.pno AND g.ver = j.ver AND g.variant = p.variant
    LEFT JOIN aimed_source_first AS a ON a.cfg = p.cfg AND a.side = j.side AND a.ask = p.ask AND a.pno = p.pno AND a.variant = p.variant
),
source_outcome AS (
    SELECT k.cfg, k.ask, k.variant, k.pno, k.side, k.code,
           CASE WHEN k.gap IS NOT NULL THEN 1 WHEN k.grp IS NULL THEN 2
                WHEN k.code % 2 = 0 THEN CASE WHEN k.may_allow < k.code // 20000000 THEN 1 ELSE 0 END
                WHEN k.may_deny < k.code // 20000000 THEN 1 ELSE 2
           END AS outcome
    FROM coded AS k
),
source_both AS (
    SELECT o.cfg, o.ask, o.variant, o.pno, min(o.outcome) AS outcome,
           max(CASE WHEN o.side = 0 THEN o.outcome END) AS subnet_outcome, max(CASE WHEN o.side = 1 THEN o.outcome END) AS nic_outcome,
           max(CASE WHEN o.side = 0 THEN o.code END) AS subnet_code, max(CASE WHEN o.side = 1 THEN o.code END) AS nic_code
    FROM source_outcome AS o
    GROUP BY o.cfg, o.ask, o.variant, o.pno
),
source_level AS (
    SELECT b.cfg, b.ask, b.variant, max(b.outcome) AS outcome, max(b.subnet_outcome) AS subnet_outcome, max(b.nic_outcome) AS nic_outcome,
           list_sort(list(p.member) FILTER (WHERE b.outcome = 2)) AS sources,
           list_sort(list(p.member) FILTER (WHERE b.subnet_outcome = 2)) AS subnet_sources,
           list_sort(list(p.member) FILTER (WHERE b.nic_outcome = 2)) AS nic_sources,
           min(CASE WHEN b.outcome = 2 THEN b.subnet_code END) AS both_subnet_code, min(CASE WHEN b.outcome = 2 THEN b.nic_code END) AS both_nic_code,
           min(CASE WHEN b.subnet_outcome = 2 THEN b.subnet_code END) AS subnet_code, min(CASE WHEN b.nic_outcome = 2 THEN b.nic_code END) AS nic_code
    FROM source_both AS b
    JOIN public_member AS p ON p.pno = b.pno
    GROUP BY b.cfg, b.ask, b.variant
),
paired AS (
    SELECT s.cfg, s.ask, s.variant, s.grp AS subnet_grp, n.grp AS nic_grp, s.gap AS subnet_gap, n.gap AS nic_gap,
           s.any_outcome AS subnet_any, n.any_outcome AS nic_any, least(s.any_outcome, n.any_outcome) AS both_any,
           least(s.vnet_outcome, n.vnet_outcome) AS both_vnet, s.any_code AS subnet_code, n.any_code AS nic_code
    FROM judged AS s
    JOIN judged AS n ON n.cfg = s.cfg AND n.ask = s.ask AND n.variant = s.variant AND n.side = 1
    WHERE s.side = 0
),
leveled AS (
    SELECT p.cfg, p.ask, p.variant, p.subnet_grp, p.nic_grp, p.subnet_gap, p.nic_gap,
           CASE WHEN p.both_any = 2 THEN 'any' WHEN l.outcome = 2 THEN 'some' WHEN p.both_any = 1 OR l.outcome = 1 THEN 'unknown' ELSE 'none' END AS nsg_reach,
           CASE p.both_vnet WHEN 2 THEN 'allow' WHEN 1 THEN 'unknown' ELSE 'deny' END AS vnet_reach,
           CASE WHEN p.subnet_any = 2 THEN 'any' WHEN l.subnet_outcome = 2 THEN 'some' WHEN p.subnet_any = 1 OR l.subnet_outcome = 1 THEN 'unknown' ELSE 'none' END AS subnet_reach,
           CASE WHEN p.nic_any = 2 THEN 'any' WHEN l.nic_outcome = 2 THEN 'some' WHEN p.nic_any = 1 OR l.nic_outcome = 1 THEN 'unknown' ELSE 'none' END AS nic_reach,
           l.sources, l.subnet_sources, l.nic_sources,
           CASE WHEN p.both_any = 2 OR coalesce(l.outcome, 0) < 2 THEN p.subnet_code ELSE l.both_subnet_code END AS both_subnet_code,
           CASE WHEN p.both_any = 2 OR coalesce(l.outcome, 0) < 2 THEN p.nic_code ELSE l.both_nic_code END AS both_nic_code,
           CASE WHEN p.subnet_any = 2 OR coalesce(l.subnet_outcome, 0) < 2 THEN p.subnet_code ELSE l.subnet_code END AS subnet_code,
           CASE WHEN p.nic_any = 2 OR coalesce(l.nic_outcome, 0) < 2 THEN p.nic_code ELSE l.nic_code END AS nic_code
    FROM paired AS p
    LEFT JOIN source_level AS l ON l.cfg = p.cfg AND l.ask = p.ask AND l.variant = p.variant
),
rule_text AS (
    SELECT r.rno, CASE r.access WHEN 'allow' THEN 'allowed by ' ELSE 'denied by ' END || r.rule_name || ' (' || r.priority || ')' AS text
    FROM rule AS r
),
spread AS (
    SELECT l.cfg, l.ask, l.variant = 1 AS without_jit_allow, l.subnet_grp, l.nic_grp, l.subnet_gap, l.nic_gap, l.nsg_reach, l.vnet_reach,
           l.subnet_reach, l.nic_reach, l.sources, l.subnet_sources, l.nic_sources,
           (l.both_subnet_code // 2) % 10000000 AS both_subnet_rno, (l.both_nic_code // 2) % 10000000 AS both_nic_rno,
           (l.subnet_code // 2) % 10000000 AS subnet_rno, (l.nic_code // 2) % 10000000 AS nic_rno
    FROM leveled AS l
    UNION ALL
    SELECT l.cfg, l.ask, TRUE, l.subnet_grp, l.nic_grp, l.subnet_gap, l.nic_gap, l.nsg_reach, l.vnet_reach,
           l.subnet_reach, l.nic_reach, l.sources, l.subnet_sources, l.nic_sources,
           (l.both_subnet_code // 2) % 10000000, (l.both_nic_code // 2) % 10000000,
           (l.subnet_code // 2) % 10000000, (l.nic_code // 2) % 10000000
    FROM leveled AS l
    LEFT JOIN jit_configuration AS j ON j.cfg = l.cfg
    WHERE j.cfg IS NULL
)
SELECT c.vm_id, c.ip_configuration_id, s.ask // 2 AS port, CASE s.ask % 2 WHEN 0 THEN 'tcp' ELSE 'udp' END AS protocol, s.without_jit_allow,
       c.subnet_nsg_id, c.nic_nsg_id, s.nsg_reach, s.vnet_reach, coalesce(s.sources, []) AS sources,
       CASE WHEN s.subnet_grp IS NOT NULL THEN s.subnet_reach END AS subnet_reach, coalesce(s.subnet_sources, []) AS subnet_sources,
       coalesce(t.text, 'default rules') AS subnet_rule,
       CASE WHEN s.nic_grp IS NOT NULL THEN s.nic_reach END AS nic_reach, coalesce(s.nic_sources, []) AS nic_sources,
       coalesce(n.text, 'default rules') AS nic_rule,
       CASE WHEN s.nsg_reach = 'unknown' THEN coalesce(s.subnet_gap, s.nic_gap, 'a rule, or what it is meant for, could not be read')
            WHEN s.subnet_grp IS NULL AND s.nic_grp IS NULL AND s.subnet_gap IS NULL AND s.nic_gap IS NULL THEN 'no security group'
            ELSE array_to_string(list_filter([
                CASE WHEN s.subnet_grp IS NOT NULL AND (s.nsg_reach <> 'none' OR s.subnet_reach = 'none') THEN 'subnet ' || guid_of(c.subnet_nsg_id) || ': ' || coalesce(x.text, 'default rules') END,
                CASE WHEN s.nic_grp IS NOT NULL AND (s.nsg_reach <> 'none' OR s.nic_reach = 'none') THEN 'interface ' || guid_of(c.nic_nsg_id) || ': ' || coalesce(y.text, 'default rules') END],
                lambda w: w IS NOT NULL), '; ')
       END AS nsg_why
FROM spread AS s
JOIN configuration AS c ON c.cfg = s.cfg
LEFT JOIN rule_text AS t ON t.rno = s.subnet_rno
LEFT JOIN rule_text AS n ON n.rno = s.nic_rno
LEFT JOIN rule_text AS x ON x.rno = s.both_subnet_rno
LEFT JOIN rule_text AS y ON y.rno = s.both_nic_rno
