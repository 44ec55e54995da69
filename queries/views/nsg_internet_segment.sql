-- title = "Rules of security groups that let everybody in, after the denies that come first"
-- tables = ["azure_security_group_rule"]
WITH
-- One row per security group and inbound allow rule that leaves some port and protocol open to a whole address family.
-- beyond_web: TCP or UDP ports other than 80 and 443 are among them. state is open, or gap where a rule that could not be
-- read may change the answer. Default rules are left out: they admit no outside source.
rule AS (
    SELECT lower(r._parent_id) AS security_group_id, r.id AS rule_id, r.name AS rule_name, r.priority,
           lower(trim(r.access)) AS access, lower(trim(r.direction)) AS direction, lower(trim(r.protocol)) AS protocol,
           list_merge(lower(r.source_address_prefix), r.source_address_prefixes) AS sources,
           list_merge(r.source_port_range, r.source_port_ranges) AS source_ports,
           list_merge(r.destination_port_range, r.destination_port_ranges) AS ports,
           list_transform(list_merge(r.destination_address_prefix, r.destination_address_prefixes), lambda d: lower(d)) AS destinations,
           coalesce(array_length(r.source_application_security_groups_id), 0) > 0 AS source_is_group,
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
           -- Only these spellings can span half an address family; most rules name narrower sources and need no more looks.
           array_length(list_filter(r.sources, lambda m: regexp_full_match(lower(m), '\*|any|internet|0\.0\.0\.0|.*/0*[01]'))) > 0 AS may_span,
           r.listed_gap OR r.access IS NULL OR r.direction IS NULL OR r.protocol IS NULL OR r.priority IS NULL
             OR array_length(r.ports) = 0 OR (array_length(r.sources) = 0 AND NOT r.source_is_group)
             OR array_length(list_filter(r.ports, lambda p: NOT regexp_full_match(p, '\*|[0-9]{1,5}|[0-9]{1,5} *- *[0-9]{1,5}'))) > 0 AS gap
    FROM rule AS r
    WHERE coalesce(r.direction, 'inbound') = 'inbound'
),
wide AS (
    SELECT i.* FROM inbound AS i WHERE NOT i.gap AND i.may_span
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
-- "Everybody" is asked in halves of each address family, so that two rules with half the Internet each are seen too.
covering AS (
    SELECT w.security_group_id, w.rule_id, w.priority, w.access, w.source_ports, w.destinations, s.lo, s.hi, h.family, h.half, t.protocol
    FROM wide AS w
    CROSS JOIN (VALUES ('IPv4', 'IPv4 low'), ('IPv4', 'IPv4 high'), ('IPv6', 'IPv6 low'), ('IPv6', 'IPv6 high')) AS h(family, half)
    JOIN (VALUES ('tcp'), ('udp'), ('icmp'), ('esp'), ('ah')) AS t(protocol) ON w.protocol IN ('*', 'any', t.protocol)
    JOIN piece AS p ON p.rule_id = w.rule_id
    JOIN segment AS s ON s.security_group_id = w.security_group_id AND s.lo >= p.lo AND s.hi <= p.hi
    WHERE list_spans_half(w.sources, h.half)
       OR (w.access = 'allow' AND h.family = 'IPv4' AND list_contains(w.sources, '0.0.0.0'))
),
-- A deny tied to source ports stops nobody: clients choose theirs.
denied AS (
    SELECT c.* FROM covering AS c WHERE c.access = 'deny' AND (array_length(list_filter(c.source_ports, lambda p: regexp_full_match(p, '\*|0* *- *65535'))) > 0 OR array_length(c.source_ports) = 0)
),
judged AS (
    SELECT a.security_group_id, a.rule_id, a.lo, a.hi, a.protocol, a.family, a.half
    FROM covering AS a
    LEFT JOIN denied AS d
      ON d.security_group_id = a.security_group_id AND d.lo = a.lo AND d.protocol = a.protocol AND d.half = a.half AND d.priority < a.priority
     AND (list_contains(d.destinations, '*') OR list_contains(d.destinations, 'any')
          OR (a.family = 'IPv4' AND list_contains(d.destinations, '0.0.0.0/0')) OR (a.family = 'IPv6' AND list_contains(d.destinations, '::/0'))
          OR (array_length(a.destinations) > 0
              AND array_length(list_filter(a.destinations, lambda m: NOT list_contains(d.destinations, m))) = 0))
    WHERE a.access = 'allow'
    GROUP BY a.security_group_id, a.rule_id, a.lo, a.hi, a.protocol, a.family, a.half
    HAVING count(d.rule_id) = 0
),
family_any AS (
    SELECT j.security_group_id, j.lo, j.protocol, j.family
    FROM judged AS j
    GROUP BY j.security_group_id, j.lo, j.protocol, j.family
    HAVING count(DISTINCT j.half) = 2
),
open_rule AS (
    SELECT j.security_group_id, j.rule_id,
           max(CASE WHEN j.protocol IN ('tcp', 'udp') AND NOT (j.lo = j.hi AND j.lo IN (80, 443)) THEN 1 ELSE 0 END) AS n_beyond
    FROM judged AS j
    JOIN family_any AS f ON f.security_group_id = j.security_group_id AND f.lo = j.lo AND f.protocol = j.protocol AND f.family = j.family
    GROUP BY j.security_group_id, j.rule_id
),
-- An unread rule may be a deny that comes first.
doubt AS (
    SELECT o.rule_id, count(*) AS n
    FROM open_rule AS o
    JOIN wide AS w ON w.rule_id = o.rule_id
    JOIN inbound AS g ON g.security_group_id = o.security_group_id
    WHERE g.gap AND coalesce(g.access, 'deny') = 'deny' AND coalesce(g.priority, 0) < w.priority
    GROUP BY o.rule_id
)
SELECT o.security_group_id, o.rule_id, w.rule_name, w.priority, w.protocol, w.ports, w.sources, o.n_beyond = 1 AS beyond_web,
       w.rule_name || ' (priority ' || w.priority || ', ' || CASE w.protocol WHEN '*' THEN 'any protocol' ELSE w.protocol END
         || CASE WHEN list_contains(w.ports, '*') THEN ', any port' ELSE ' ' || array_to_string(w.ports, ', ') END || ')' AS label,
       CASE WHEN u.n > 0 THEN 'gap' ELSE 'open' END AS state
FROM open_rule AS o
JOIN wide AS w ON w.rule_id = o.rule_id
LEFT JOIN doubt AS u ON u.rule_id = o.rule_id
UNION ALL
SELECT g.security_group_id, g.rule_id, g.rule_name, g.priority, g.protocol, g.ports, g.sources, TRUE, coalesce(g.rule_name, g.rule_id), 'gap'
FROM inbound AS g
WHERE g.gap AND coalesce(g.access, 'allow') = 'allow'
