-- title = "Security rules that let everybody in, port by port, after the denies that come first"
-- tables = ["azure_security_group_rule"]
WITH
-- One row per security group, inbound allow rule, protocol, range of ports (lo to hi) and address family that it leaves open
-- to everybody. state is open, or gap where a rule that could not be read may change the answer (such a rule has rows of its
-- own, for all ports, without a family). Default rules are left out: they admit no outside source.
--
-- Everybody: what is left of one prefix after the denies holds more public addresses than any /8, the largest block that one
-- owner was ever given; or what several prefixes of one or more rules leave open holds half of the IPv4 space or more; or
-- it holds a /12 of the routable IPv6 space 2000::/3, as much as one regional registry is given. Prefixes longer than /16
-- (IPv6: /32) are left out: a group holds some thousands at most, which do not add up to that.
rule AS (
    SELECT lower(r._parent_id) AS security_group_id, r.id AS rule_id, r.name AS rule_name, r.priority,
           lower(trim(r.access)) AS access, lower(trim(r.direction)) AS direction, lower(trim(r.protocol)) AS protocol,
           list_transform(list_merge(r.source_address_prefix, r.source_address_prefixes), lambda m: lower(m)) AS sources,
           list_merge(r.source_port_range, r.source_port_ranges) AS source_ports,
           list_merge(r.destination_port_range, r.destination_port_ranges) AS ports,
           list_transform(list_merge(r.destination_address_prefix, r.destination_address_prefixes), lambda d: lower(d)) AS destinations,
           coalesce(array_length(r.source_application_security_groups_id), 0) > 0 AS source_is_group,
           coalesce(list_contains(r._gaps, 'protocol'), FALSE) OR r.protocol IS NULL AS protocol_gap,
           coalesce(array_length(list_filter(r._gaps, lambda g: g IN (
               'access', 'direction', 'protocol', 'priority', 'source_address_prefix', 'source_address_prefixes',
               'source_port_range', 'source_port_ranges', 'destination_port_range', 'destination_port_ranges',
               'destination_address_prefix', 'destination_address_prefixes',
               'source_application_security_groups_id'))) > 0, FALSE) AS listed_gap
    FROM azure_security_group_rule AS r
    WHERE lower(r.id) LIKE '%/securityrules/%'
),
inbound AS (
    SELECT r.*,
           r.listed_gap OR r.access IS NULL OR r.direction IS NULL OR r.protocol_gap OR r.priority IS NULL
             OR array_length(r.ports) = 0 OR (array_length(r.sources) = 0 AND NOT r.source_is_group)
             OR array_length(list_filter(r.ports, lambda p: NOT regexp_full_match(p, '\*|[0-9]{1,5}|[0-9]{1,5} *- *[0-9]{1,5}'))) > 0 AS gap
    FROM rule AS r
    WHERE coalesce(r.direction, 'inbound') = 'inbound'
),
-- Each wide source once; an IPv6 prefix as a range of the /32 blocks of 2000::/3.
source_text AS (
    SELECT DISTINCT u.member
    FROM inbound AS i, unnest(i.sources) AS u(member)
    WHERE NOT i.gap
      AND regexp_full_match(u.member, '\*|any|internet|0\.0\.0\.0|.*/0+|[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+/0*(?:[1-9]|1[0-6])|[0-9a-f]{0,4}:[0-9a-f:.]*/0*(?:[1-9]|[12][0-9]|3[0-2])')
),
ranged AS (
    SELECT t.member, 'IPv4' AS family, CASE t.member WHEN '0.0.0.0' THEN ip4_range('*') ELSE ip4_range(t.member) END AS bounds
    FROM source_text AS t
    WHERE NOT contains(t.member, ':')
    UNION ALL
    SELECT t.member, 'IPv6', ip6_range(t.member)
    FROM source_text AS t
    WHERE contains(t.member, ':') OR t.member IN ('*', 'any', 'internet')
),
span AS (
    SELECT r.member, r.family,
           CASE r.family WHEN 'IPv4' THEN r.bounds[1] ELSE greatest(r.bounds[1], 536870912) END AS lo,
           CASE r.family WHEN 'IPv4' THEN r.bounds[2] ELSE least(r.bounds[2], 1073741823) END AS hi
    FROM ranged AS r
    WHERE r.bounds[1] <= r.bounds[2] AND (r.family = 'IPv4' OR (r.bounds[1] <= 1073741823 AND r.bounds[2] >= 536870912))
),
-- The bare zero address is everybody in an allow only: as the source of a deny it is one address.
wide_source AS (
    SELECT DISTINCT i.security_group_id, i.rule_id, i.access, s.family, s.lo, s.hi
    FROM inbound AS i
    CROSS JOIN unnest(i.sources) AS u(member)
    JOIN span AS s ON s.member = u.member
    WHERE NOT i.gap AND (u.member <> '0.0.0.0' OR i.access = 'allow')
),
prefix AS (
    SELECT w.family, w.lo, w.hi, CASE w.family WHEN 'IPv4' THEN ip4_public(w.lo, w.hi) ELSE w.hi - w.lo + 1 END AS n_public
    FROM (SELECT DISTINCT x.family, x.lo, x.hi FROM wide_source AS x) AS w
),
measure AS (
    SELECT m.family, m.one, m.many
    FROM (VALUES ('IPv4', 16777217, 2147483648), ('IPv6', 1048576, 1048576)) AS m(family, one, many)
),
sized AS (
    SELECT w.security_group_id, w.rule_id, w.access, w.family, w.lo, w.hi, p.n_public, p.n_public >= m.one AS is_big
    FROM wide_source AS w
    JOIN prefix AS p ON p.family = w.family AND p.lo = w.lo AND p.hi = w.hi
    JOIN measure AS m ON m.family = w.family
    WHERE p.n_public > 0
),
-- Groups whose smaller prefixes might add up to everybody; elsewhere only the big ones are looked at.
crowded AS (
    SELECT x.security_group_id, x.family
    FROM (SELECT DISTINCT s.security_group_id, s.family, s.lo, s.hi, s.n_public FROM sized AS s WHERE s.access = 'allow' AND NOT s.is_big) AS x
    JOIN measure AS m ON m.family = x.family
    GROUP BY x.security_group_id, x.family, m.many
    HAVING sum(x.n_public) >= m.many
),
weighty AS (
    SELECT s.security_group_id, s.rule_id, s.family, s.lo, s.hi
    FROM sized AS s
    LEFT JOIN crowded AS c ON c.security_group_id = s.security_group_id AND c.family = s.family
    WHERE s.access = 'deny' OR s.is_big OR c.security_group_id IS NOT NULL
),
-- Addresses cut where any range of the group begins or ends.
source_cut AS (
    SELECT w.security_group_id, w.family, w.lo AS address FROM weighty AS w
    UNION
    SELECT w.security_group_id, w.family, w.hi + 1 FROM weighty AS w
),
source_segment AS (
    SELECT c.security_group_id, c.family, c.address AS lo,
           lead(c.address) OVER (PARTITION BY c.security_group_id, c.family ORDER BY c.address) - 1 AS hi
    FROM source_cut AS c
),
public_segment AS (
    SELECT s.family, s.lo, s.hi, CASE s.family WHEN 'IPv4' THEN ip4_public(s.lo, s.hi) ELSE s.hi - s.lo + 1 END AS n_public
    FROM (SELECT DISTINCT x.family, x.lo, x.hi FROM source_segment AS x WHERE x.hi IS NOT NULL) AS s
),
rule_source AS (
    SELECT w.security_group_id, w.rule_id, w.family, w.lo AS prefix_lo, w.hi AS prefix_hi, s.lo, p.n_public
    FROM weighty AS w
    JOIN source_segment AS s ON s.security_group_id = w.security_group_id AND s.family = w.family AND s.lo >= w.lo AND s.hi <= w.hi
    JOIN public_segment AS p ON p.family = s.family AND p.lo = s.lo AND p.hi = s.hi
    WHERE p.n_public > 0
),
wide AS (
    SELECT i.* FROM inbound AS i JOIN (SELECT DISTINCT s.rule_id FROM rule_source AS s) AS s ON s.rule_id = i.rule_id WHERE NOT i.gap
),
piece AS (
    SELECT DISTINCT w.security_group_id, w.rule_id,
           CASE WHEN u.p = '*' THEN 0 ELSE CAST(trim(string_split(u.p, '-')[1]) AS INTEGER) END AS lo,
           CASE WHEN u.p = '*' THEN 65535 ELSE CAST(trim(string_split(u.p, '-')[-1]) AS INTEGER) END AS hi
    FROM wide AS w, unnest(w.ports) AS u(p)
),
-- Ports cut where any range of the group begins or ends, and around the two web ports.
cut AS (
    SELECT p.security_group_id, p.lo AS port FROM piece AS p
    UNION
    SELECT p.security_group_id, p.hi + 1 FROM piece AS p
    UNION
    SELECT p.security_group_id, t.port
    FROM (SELECT DISTINCT security_group_id FROM piece) AS p
    CROSS JOIN (VALUES (80), (81), (443), (444)) AS t(port)
),
segment AS (
    SELECT c.security_group_id, c.port AS lo, lead(c.port) OVER (PARTITION BY c.security_group_id ORDER BY c.port) - 1 AS hi
    FROM cut AS c
),
kind AS (
    SELECT t.protocol FROM (VALUES ('tcp'), ('udp'), ('icmp'), ('esp'), ('ah')) AS t(protocol)
),
covering AS (
    SELECT DISTINCT w.security_group_id, w.rule_id, w.priority, w.access, w.source_ports, w.destinations, s.lo, s.hi, t.protocol
    FROM wide AS w
    JOIN kind AS t ON w.protocol IN ('*', 'any', t.protocol)
    JOIN piece AS p ON p.rule_id = w.rule_id
    JOIN segment AS s ON s.security_group_id = w.security_group_id AND s.lo >= p.lo AND s.hi <= p.hi
),
-- A deny tied to source ports stops nobody: clients choose theirs.
denied AS (
    SELECT c.*
    FROM covering AS c
    WHERE c.access = 'deny'
      AND (array_length(c.source_ports) = 0
           OR array_length(list_filter(c.source_ports, lambda p: regexp_full_match(p, '\*|0* *- *65535'))) > 0)
),
-- The denies that each allow meets first, cell by cell; many cells of a rule meet the same ones and are weighed once.
cell AS (
    SELECT a.security_group_id, a.rule_id, a.lo, a.hi, a.protocol,
           coalesce(list_sort(list(d.rule_id) FILTER (WHERE d.rule_id IS NOT NULL)), []) AS deny_ids
    FROM covering AS a
    LEFT JOIN denied AS d ON d.security_group_id = a.security_group_id AND d.lo = a.lo AND d.protocol = a.protocol AND d.priority < a.priority
    WHERE a.access = 'allow'
    GROUP BY a.security_group_id, a.rule_id, a.lo, a.hi, a.protocol
),
situation AS (
    SELECT row_number() OVER (ORDER BY s.rule_id, s.deny_ids) AS no, s.rule_id, s.deny_ids
    FROM (SELECT DISTINCT c.rule_id, c.deny_ids FROM cell AS c) AS s
),
met AS (
    SELECT s.no, s.rule_id, d.rule_id AS deny_id,
           -- What hangs on a subnet or an interface has a private address of the virtual network; but behind a balancer with
           -- floating IP the destination stays the public frontend, which is not in the tag.
           list_contains(d.destinations, '*') OR list_contains(d.destinations, 'any')
             OR (list_contains(d.destinations, 'virtualnetwork')
                 AND array_length(list_filter(a.destinations, lambda m: m <> 'virtualnetwork'
                       AND NOT coalesce(ip4_public(CAST(ip4_lo(m) AS BIGINT), CAST(ip4_hi(m) AS BIGINT)) = 0, FALSE))) = 0)
             OR (array_length(a.destinations) > 0
                 AND array_length(list_filter(a.destinations, lambda m: NOT list_contains(d.destinations, m))) = 0) AS to_both,
           list_contains(d.destinations, '0.0.0.0/0') AS to_all4, list_contains(d.destinations, '::/0') AS to_all6
    FROM situation AS s
    CROSS JOIN unnest(s.deny_ids) AS u(deny_id)
    JOIN wide AS a ON a.rule_id = s.rule_id
    JOIN wide AS d ON d.rule_id = u.deny_id
),
barred AS (
    SELECT DISTINCT m.no, d.family, d.lo AS source_lo
    FROM met AS m
    JOIN rule_source AS d ON d.rule_id = m.deny_id
    WHERE m.to_both OR (d.family = 'IPv4' AND m.to_all4) OR (d.family = 'IPv6' AND m.to_all6)
),
open_piece AS (
    SELECT s.no, s.rule_id, s.deny_ids, r.family, r.prefix_lo, r.prefix_hi, r.lo AS source_lo, r.n_public
    FROM situation AS s
    JOIN rule_source AS r ON r.rule_id = s.rule_id
    LEFT JOIN barred AS b ON b.no = s.no AND b.family = r.family AND b.source_lo = r.lo
    WHERE b.no IS NULL
),
alone AS (
    SELECT DISTINCT g.no, g.rule_id, g.deny_ids, g.family
    FROM (SELECT p.no, p.rule_id, p.deny_ids, p.family, p.prefix_lo, p.prefix_hi, sum(p.n_public) AS n_public
          FROM open_piece AS p
          GROUP BY p.no, p.rule_id, p.deny_ids, p.family, p.prefix_lo, p.prefix_hi) AS g
    JOIN measure AS m ON m.family = g.family
    WHERE g.n_public >= m.one
),
-- Rules that let in a part each.
share AS (
    SELECT c.security_group_id, c.rule_id, c.lo, c.hi, c.protocol, p.family, p.source_lo, p.n_public
    FROM open_piece AS p
    JOIN cell AS c ON c.rule_id = p.rule_id AND c.deny_ids = p.deny_ids
    LEFT JOIN alone AS a ON a.no = p.no AND a.family = p.family
    WHERE a.no IS NULL
),
together AS (
    SELECT s.security_group_id, s.lo, s.protocol, s.family
    FROM (SELECT DISTINCT x.security_group_id, x.lo, x.protocol, x.family, x.source_lo, x.n_public FROM share AS x) AS s
    JOIN measure AS m ON m.family = s.family
    GROUP BY s.security_group_id, s.lo, s.protocol, s.family, m.many
    HAVING sum(s.n_public) >= m.many
),
open_rule AS (
    SELECT c.security_group_id, c.rule_id, c.lo, c.hi, c.protocol, a.family
    FROM alone AS a
    JOIN cell AS c ON c.rule_id = a.rule_id AND c.deny_ids = a.deny_ids
    UNION
    SELECT s.security_group_id, s.rule_id, s.lo, s.hi, s.protocol, s.family
    FROM share AS s
    JOIN together AS t ON t.security_group_id = s.security_group_id AND t.lo = s.lo AND t.protocol = s.protocol AND t.family = s.family
),
unread AS (
    SELECT g.security_group_id, g.rule_id, g.rule_name, g.priority, g.access, g.protocol AS rule_protocol, g.ports, g.sources, t.protocol
    FROM inbound AS g
    JOIN kind AS t ON g.protocol_gap OR g.protocol IN ('*', 'any', t.protocol)
    WHERE g.gap
),
-- An unread rule may be a deny that comes first.
doubt AS (
    SELECT DISTINCT o.rule_id, o.protocol
    FROM (SELECT DISTINCT x.security_group_id, x.rule_id, x.protocol FROM open_rule AS x) AS o
    JOIN wide AS w ON w.rule_id = o.rule_id
    JOIN unread AS g ON g.security_group_id = o.security_group_id AND g.protocol = o.protocol
    WHERE coalesce(g.access, 'deny') = 'deny' AND coalesce(g.priority, 0) < w.priority
)
SELECT o.security_group_id, o.rule_id, w.rule_name, w.priority, w.protocol AS rule_protocol, w.ports, w.sources,
       o.protocol, o.lo, o.hi, o.family,
       w.rule_name || ' (priority ' || w.priority || ', ' || CASE w.protocol WHEN '*' THEN 'any protocol' ELSE w.protocol END
         || CASE WHEN list_contains(w.ports, '*') THEN ', any port' ELSE ' ' || array_to_string(w.ports, ', ') END || ')' AS label,
       CASE WHEN u.rule_id IS NOT NULL THEN 'gap' ELSE 'open' END AS state
FROM open_rule AS o
JOIN wide AS w ON w.rule_id = o.rule_id
LEFT JOIN doubt AS u ON u.rule_id = o.rule_id AND u.protocol = o.protocol
UNION ALL
-- It may as well let everybody in.
SELECT g.security_group_id, g.rule_id, g.rule_name, g.priority, g.rule_protocol, g.ports, g.sources,
       g.protocol, 0, 65535, NULL, coalesce(g.rule_name, g.rule_id), 'gap'
FROM unread AS g
WHERE coalesce(g.access, 'allow') = 'allow'
