-- title = "What anybody on the internet reaches through public addresses, load balancers and gateways"
-- tables = ["internet_door", "azure_security_group", "azure_security_group_rule"]
WITH
-- One row per resource, way in and degree of certainty, with the ports that the security groups on both sides leave open
-- to everybody. Rules come by priority, a rule counts where its destination is the place asked about, and "everybody" is
-- asked in halves of the address family. What could not be read opens a port with certain FALSE. Not modelled: admin
-- rules of a virtual network manager, balancer rules with floating IP (whose destination stays the public address), routes, firewalls inside the guest, sources narrower than everybody.
-- Many places share groups, so that groups are weighed once for each set of rules that apply (a profile), never per place.
door AS (
    SELECT d.* FROM internet_door AS d
),
place AS (
    SELECT DISTINCT d.place, d.ip_version, d.private_ip, d.address_unread, d.asg_ids, d.asg_unread, d.subnet_nsg_id, d.nic_nsg_id, d.subnet_gap, d.nic_gap
    FROM door AS d
),
group_row AS (
    SELECT g.id, coalesce(list_contains(g._gaps, 'security_rules'), FALSE) AS unread FROM azure_security_group AS g
),
side_named AS (
    SELECT p.place, p.ip_version, p.private_ip, p.address_unread, p.asg_ids, p.asg_unread, 0 AS side, p.subnet_nsg_id AS nsg_id, p.subnet_gap AS gap
    FROM place AS p
    UNION ALL
    SELECT p.place, p.ip_version, p.private_ip, p.address_unread, p.asg_ids, p.asg_unread, 1, p.nic_nsg_id, p.nic_gap
    FROM place AS p
),
side AS (
    SELECT s.place, s.ip_version, s.private_ip, s.address_unread, s.asg_ids, s.asg_unread, s.side, s.nsg_id,
           CASE WHEN s.gap IS NOT NULL THEN s.gap
                WHEN s.nsg_id IS NOT NULL AND g.id IS NULL THEN 'the security group ' || s.nsg_id || ' is not in the snapshot'
                WHEN g.unread THEN 'the rules of ' || s.nsg_id || ' could not be read'
           END AS gap
    FROM side_named AS s
    LEFT JOIN group_row AS g ON g.id = s.nsg_id
),
used AS (
    SELECT DISTINCT s.nsg_id FROM side AS s WHERE s.nsg_id IS NOT NULL AND s.gap IS NULL
),
rule AS (
    SELECT row_number() OVER (ORDER BY r.id) AS rno, lower(r._parent_id) AS nsg_id, r.name AS rule_name, r.priority,
           lower(trim(r.access)) AS access, lower(trim(r.direction)) AS direction, lower(trim(r.protocol)) AS protocol,
           list_merge(lower(r.source_address_prefix), r.source_address_prefixes) AS sources,
           list_merge(r.source_port_range, r.source_port_ranges) AS source_ports,
           list_merge(r.destination_port_range, r.destination_port_ranges) AS ports,
           list_transform(list_merge(r.destination_address_prefix, r.destination_address_prefixes), lambda d: lower(d)) AS destinations,
           list_transform(coalesce(r.destination_application_security_groups_id, []), lambda d: lower(rtrim(d, '/'))) AS to_groups,
           coalesce(array_length(r.source_application_security_groups_id), 0) > 0 AS source_is_group,
           coalesce(array_length(list_filter(r._gaps, lambda g: g IN (
               'access', 'direction', 'protocol', 'priority', 'source_address_prefix', 'source_address_prefixes',
               'source_port_range', 'source_port_ranges', 'destination_port_range', 'destination_port_ranges',
               'destination_address_prefix', 'destination_address_prefixes',
               'source_application_security_groups_id', 'destination_application_security_groups_id'))) > 0, FALSE) AS listed_gap
    FROM azure_security_group_rule AS r
    JOIN used AS u ON u.nsg_id = lower(r._parent_id)
    -- The default rules let no outside source in and come after all others.
    WHERE lower(r.id) LIKE '%/securityrules/%'
),
weighed AS (
    SELECT r.*,
           -- Only these spellings can span half an address family; most rules name narrower sources and need no more looks.
           array_length(list_filter(r.sources, lambda m: regexp_full_match(lower(m), '\*|any|internet|0\.0\.0\.0|.*/0*[01]'))) > 0 AS may_span,
           r.listed_gap OR r.access IS NULL OR r.direction IS NULL OR r.protocol IS NULL OR r.priority IS NULL
             OR array_length(r.ports) = 0 OR (array_length(r.sources) = 0 AND NOT r.source_is_group)
             OR array_length(list_filter(r.ports, lambda p: NOT regexp_full_match(p, '\*|[0-9]{1,5}|[0-9]{1,5} *- *[0-9]{1,5}'))) > 0 AS gap,
           -- All addresses of one family say nothing of the other.
           array_length(r.to_groups) = 0
             AND (array_length(r.destinations) = 0
                  OR array_length(list_filter(r.destinations, lambda d: d IN ('*', 'any', 'virtualnetwork') OR regexp_full_match(d, '[0-9.]+/0+'))) > 0) AS to_all_ipv4,
           array_length(r.to_groups) = 0
             AND (array_length(r.destinations) = 0
                  OR array_length(list_filter(r.destinations, lambda d: d IN ('*', 'any', 'virtualnetwork') OR regexp_full_match(d, '.*:.*/0+'))) > 0) AS to_all_ipv6
    FROM rule AS r
    WHERE coalesce(r.direction, 'inbound') = 'inbound'
),
-- A deny tied to source ports stops nobody: clients choose theirs.
counted AS (
    SELECT w.* FROM weighed AS w
    WHERE w.gap
       OR (w.may_span AND (w.access = 'allow' OR array_length(w.source_ports) = 0
                           OR array_length(list_filter(w.source_ports, lambda p: regexp_full_match(p, '\*|0* *- *65535'))) > 0))
),
-- Rules with a destination of their own: whether the place is meant (yes, maybe).
aimed AS (
    SELECT s.place, s.side, c.rno,
           CASE WHEN array_length(c.to_groups) > 0 AND array_length(list_filter(c.to_groups, lambda g: list_contains(s.asg_ids, g))) > 0 THEN 'yes'
                WHEN array_length(c.to_groups) > 0 THEN CASE WHEN s.asg_unread THEN 'maybe' ELSE 'no' END
                WHEN list_contains(c.destinations, s.private_ip) THEN 'yes'
                WHEN s.ip_version = 'IPv4' AND s.private_ip IS NOT NULL
                     AND array_length(list_filter(c.destinations, lambda d: ip4_lo(d) <= ip4_lo(s.private_ip) AND ip4_hi(d) >= ip4_lo(s.private_ip))) > 0 THEN 'yes'
                -- An address of the other family is not meant, whatever this one is.
                WHEN s.address_unread THEN CASE WHEN array_length(list_filter(c.destinations, lambda d: regexp_matches(d, '^[0-9a-f:.]+(/[0-9]+)?$') AND contains(d, ':') = (s.ip_version = 'IPv6'))) > 0 THEN 'maybe' ELSE 'no' END
                WHEN s.ip_version = 'IPv6' AND array_length(list_filter(c.destinations, lambda d: contains(d, ':') AND contains(d, '/'))) > 0 THEN 'maybe'
                ELSE 'no'
           END AS meant
    FROM side AS s
    JOIN counted AS c ON c.nsg_id = s.nsg_id AND NOT (CASE s.ip_version WHEN 'IPv6' THEN c.to_all_ipv6 ELSE c.to_all_ipv4 END)
    WHERE s.gap IS NULL
),
aim AS (
    SELECT a.place, a.side, list_sort(list(CASE a.meant WHEN 'yes' THEN a.rno ELSE -a.rno END)) AS rules
    FROM aimed AS a
    WHERE a.meant <> 'no'
    GROUP BY a.place, a.side
),
keyed AS (
    SELECT s.place, s.side, s.nsg_id, s.ip_version, coalesce(a.rules, CAST([] AS BIGINT[])) AS rules,
           CASE WHEN s.gap IS NOT NULL THEN 'gap ' || s.gap
                WHEN s.nsg_id IS NULL THEN 'none'
                ELSE s.ip_version || ' ' || s.nsg_id || ' ' || coalesce(array_to_string(list_transform(a.rules, lambda r: CAST(r AS VARCHAR)), ','), '')
           END AS key
    FROM side AS s
    LEFT JOIN aim AS a ON a.place = s.place AND a.side = s.side
),
profile AS (
    SELECT DISTINCT k.key, k.nsg_id, k.ip_version, k.rules FROM keyed AS k WHERE k.key <> 'none' AND k.key NOT LIKE 'gap %'
),
profile_rule AS (
    SELECT p.key, p.ip_version, c.rno, c.nsg_id, c.priority, c.access, c.gap
    FROM profile AS p
    JOIN counted AS c ON c.nsg_id = p.nsg_id AND CASE p.ip_version WHEN 'IPv6' THEN c.to_all_ipv6 ELSE c.to_all_ipv4 END
    UNION ALL
    SELECT p.key, p.ip_version, c.rno, c.nsg_id, c.priority, c.access, c.gap OR u.r < 0
    FROM profile AS p, unnest(p.rules) AS u(r)
    JOIN counted AS c ON c.rno = abs(u.r)
),
-- An unread rule may be a deny that comes first, or itself let everybody in.
profile_doubt AS (
    SELECT r.key, min(coalesce(r.priority, 0)) FILTER (WHERE coalesce(r.access, 'deny') = 'deny') AS deny_at,
           bool_or(coalesce(r.access, 'allow') = 'allow') AS may_allow
    FROM profile_rule AS r
    WHERE r.gap
    GROUP BY r.key
),
piece AS (
    SELECT DISTINCT c.nsg_id, c.rno,
           CASE WHEN u.p = '*' THEN 0 ELSE CAST(trim(string_split(u.p, '-')[1]) AS BIGINT) END AS lo,
           CASE WHEN u.p = '*' THEN 65535 ELSE CAST(trim(string_split(u.p, '-')[-1]) AS BIGINT) END AS hi
    FROM counted AS c, unnest(c.ports) AS u(p)
    WHERE NOT c.gap
),
cut AS (
    SELECT p.nsg_id, p.lo AS port FROM piece AS p
    UNION
    SELECT p.nsg_id, p.hi + 1 FROM piece AS p
),
segment AS (
    SELECT c.nsg_id, c.port AS lo, lead(c.port) OVER (PARTITION BY c.nsg_id ORDER BY c.port) - 1 AS hi FROM cut AS c
),
rule_segment AS (
    SELECT DISTINCT p.rno, s.lo, s.hi
    FROM piece AS p
    JOIN segment AS s ON s.nsg_id = p.nsg_id AND s.lo >= p.lo AND s.hi <= p.hi
),
-- An allow counts where it lets everybody in, as the checks have it; a deny where it shuts out a whole half of the family.
rule_half AS (
    SELECT c.rno, h.family, h.half, t.protocol
    FROM counted AS c
    CROSS JOIN (VALUES ('IPv4', 'IPv4 low', 0, 2147483647), ('IPv4', 'IPv4 high', 2147483648, 4294967295),
                       ('IPv6', 'IPv6 low', 536870912, 805306367), ('IPv6', 'IPv6 high', 805306368, 1073741823)) AS h(family, half, lo, hi)
    JOIN (VALUES ('tcp'), ('udp'), ('icmp')) AS t(protocol) ON c.protocol IN ('*', 'any', t.protocol)
    WHERE NOT c.gap
      AND CASE WHEN c.access = 'allow' AND h.family = 'IPv4'
               THEN sources_any(list_filter(c.sources, lambda source_: NOT contains(source_, ':')))
               WHEN c.access = 'allow' THEN coalesce(ip6_cover(c.sources) >= 1048576, FALSE)
               WHEN h.family = 'IPv4'
               THEN sources_all4(c.sources) OR coalesce(array_length(list_filter(ip4_ranges(c.sources), lambda range_: range_[1] <= h.lo AND range_[2] >= h.hi)) > 0, FALSE)
               ELSE sources_all6(c.sources) OR coalesce(array_length(list_filter(ip6_ranges(c.sources), lambda range_: range_[1] <= h.lo AND range_[2] >= h.hi)) > 0, FALSE)
          END
),
half_open AS (
    SELECT r.key, h.protocol, h.half, s.lo, s.hi, min(r.priority) FILTER (WHERE r.access = 'allow') AS allow_at
    FROM profile_rule AS r
    JOIN rule_half AS h ON h.rno = r.rno AND h.family = r.ip_version
    JOIN rule_segment AS s ON s.rno = r.rno
    WHERE NOT r.gap
    GROUP BY r.key, h.protocol, h.half, s.lo, s.hi
    HAVING min(r.priority) FILTER (WHERE r.access = 'allow') < coalesce(min(r.priority) FILTER (WHERE r.access = 'deny'), 100000)
),
full_range AS (
    SELECT f.protocol, CAST(0 AS BIGINT) AS lo, CAST(65535 AS BIGINT) AS hi FROM (VALUES ('tcp'), ('udp'), ('icmp')) AS f(protocol)
),
open_segment AS (
    SELECT o.key, o.protocol, o.lo, o.hi, max(o.allow_at) < coalesce(max(d.deny_at), 100000) AS certain
    FROM half_open AS o
    LEFT JOIN profile_doubt AS d ON d.key = o.key
    GROUP BY o.key, o.protocol, o.lo, o.hi
    HAVING count(DISTINCT o.half) = 2
),
-- Neighbouring segments become one range.
marked AS (
    SELECT o.*, CASE WHEN lag(o.hi) OVER (PARTITION BY o.key, o.protocol, o.certain ORDER BY o.lo) = o.lo - 1 THEN 0 ELSE 1 END AS starts
    FROM open_segment AS o
),
run AS (
    SELECT m.*, sum(m.starts) OVER (PARTITION BY m.key, m.protocol, m.certain ORDER BY m.lo) AS n FROM marked AS m
),
key_open AS (
    SELECT r.key, r.protocol, min(r.lo) AS lo, max(r.hi) AS hi, r.certain,
           CASE WHEN NOT r.certain THEN 'a rule that could not be read, or of which it is not known whether it is meant, comes first' END AS why
    FROM run AS r
    GROUP BY r.key, r.protocol, r.certain, r.n
    UNION ALL
    SELECT d.key, f.protocol, f.lo, f.hi, FALSE, 'a rule that could not be read, or of which it is not known whether it is meant, may let everybody in'
    FROM profile_doubt AS d
    CROSS JOIN full_range AS f
    WHERE d.may_allow
    UNION ALL
    SELECT 'none', f.protocol, f.lo, f.hi, TRUE, NULL FROM full_range AS f
    UNION ALL
    SELECT k.key, f.protocol, f.lo, f.hi, FALSE, substr(k.key, 5)
    FROM (SELECT DISTINCT g.key FROM keyed AS g WHERE g.key LIKE 'gap %') AS k
    CROSS JOIN full_range AS f
),
paired AS (
    SELECT s.place, s.key AS subnet_key, n.key AS nic_key
    FROM keyed AS s
    JOIN keyed AS n ON n.place = s.place AND n.side = 1
    WHERE s.side = 0
),
pair_open AS (
    SELECT p.subnet_key, p.nic_key, s.protocol, greatest(s.lo, n.lo) AS lo, least(s.hi, n.hi) AS hi, s.certain AND n.certain AS certain,
           coalesce(s.why, n.why) AS why
    FROM (SELECT DISTINCT q.subnet_key, q.nic_key FROM paired AS q) AS p
    JOIN key_open AS s ON s.key = p.subnet_key
    JOIN key_open AS n ON n.key = p.nic_key AND n.protocol = s.protocol AND n.lo <= s.hi AND n.hi >= s.lo
),
reached AS (
    SELECT d.id, d.table_name, d.name, d.subscription_id, d.how, d.via, d.protocol, d.shown,
           greatest(o.lo, d.lo) AS lo, least(o.hi, d.hi) AS hi, p.subnet_key = 'none' AND p.nic_key = 'none' AS is_bare,
           o.certain AND NOT (p.subnet_key = 'none' AND p.nic_key = 'none' AND d.bare <> 'open') AS certain,
           CASE WHEN p.subnet_key = 'none' AND p.nic_key = 'none' AND d.bare <> 'open'
                THEN 'there is no security group, and whether the address is closed without one (Standard) or open (Basic) is not known'
                ELSE o.why
           END AS why
    FROM door AS d
    JOIN paired AS p ON p.place = d.place
    JOIN pair_open AS o ON o.subnet_key = p.subnet_key AND o.nic_key = p.nic_key AND o.protocol = d.protocol AND o.lo <= d.hi AND o.hi >= d.lo
    WHERE NOT (p.subnet_key = 'none' AND p.nic_key = 'none' AND d.bare = 'closed')
),
-- A range that is open for certain needs no second line saying that it may be.
told AS (
    SELECT r.*,
           r.protocol || CASE WHEN r.protocol = 'icmp' THEN ''
                              WHEN r.shown IS NOT NULL THEN ' ' || r.shown || ' to ' || r.lo
                              WHEN r.lo = 0 AND r.hi = 65535 THEN ' *'
                              WHEN r.lo = r.hi THEN ' ' || r.lo
                              ELSE ' ' || r.lo || '-' || r.hi
                         END AS label
    FROM reached AS r
),
sure AS (
    SELECT DISTINCT t.id, t.how, t.label FROM told AS t WHERE t.certain
)
SELECT t.id, t.table_name, t.name, t.subscription_id, t.how, list_sort(list(DISTINCT t.label)) AS ports, t.certain,
       CASE WHEN NOT t.certain THEN array_to_string(list_sort(list(DISTINCT t.why)), '; ')
            WHEN bool_and(t.is_bare) THEN 'no security group'
            ELSE 'let in by the security groups'
       END
       || coalesce('; by ' || array_to_string(list_sort(list(DISTINCT t.via)), ', '), '') AS why
FROM told AS t
LEFT JOIN sure AS s ON s.id = t.id AND s.how = t.how AND s.label = t.label AND NOT t.certain
WHERE s.id IS NULL
GROUP BY t.id, t.table_name, t.name, t.subscription_id, t.how, t.certain
