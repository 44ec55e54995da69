-- title = "Administration ports that a security group opens to any source"
-- tables = ["azure_security_group_rule"]
WITH
-- One row per security group, port (22 or 3389, TCP) and rule that lets everybody in, after the denies that come first.
-- state is open, or gap where a rule that could not be read may change the answer.
rule AS (
    SELECT lower(r._parent_id) AS security_group_id, r.id AS rule_id, r.name AS rule_name, r.priority,
           lower(trim(r.access)) AS access, lower(trim(r.direction)) AS direction, lower(trim(r.protocol)) AS protocol,
           list_merge(lower(r.source_address_prefix), r.source_address_prefixes) AS sources,
           list_merge(r.source_port_range, r.source_port_ranges) AS source_ports,
           list_merge(r.destination_port_range, r.destination_port_ranges) AS ports,
           list_transform(list_merge(r.destination_address_prefix, r.destination_address_prefixes), lambda d: lower(d)) AS destinations,
           coalesce(array_length(list_filter(r._gaps, lambda g: g IN (
               'access', 'direction', 'protocol', 'priority', 'source_address_prefix', 'source_address_prefixes',
               'source_port_range', 'source_port_ranges', 'destination_port_range', 'destination_port_ranges',
               'destination_address_prefix', 'destination_address_prefixes',
               'source_application_security_groups_id'))) > 0, FALSE) AS listed_gap,
           coalesce(array_length(r.source_application_security_groups_id), 0) > 0 AS source_is_group
    FROM azure_security_group_rule AS r
    -- The default rules let no outside source in and come after all others.
    WHERE lower(r.id) LIKE '%/securityrules/%'
),
inbound AS (
    SELECT r.*,
           -- Only these spellings can span half an address family; most rules name narrower sources and need no more looks.
           array_length(list_filter(r.sources, lambda m: regexp_full_match(lower(m), '\*|any|internet|0\.0\.0\.0|.*/0*[01]'))) > 0 AS may_span,
           r.listed_gap OR r.access IS NULL OR r.direction IS NULL OR r.protocol IS NULL OR r.priority IS NULL
             OR array_length(r.ports) = 0 OR (array_length(r.sources) = 0 AND NOT r.source_is_group) AS gap
    FROM rule AS r
    WHERE coalesce(r.direction, 'inbound') = 'inbound'
),
-- "Everybody" is asked in halves of each address family, so that two rules with half the Internet each are seen too.
half AS (
    SELECT h.family, h.half, t.port
    FROM (VALUES ('IPv4', 'IPv4 low'), ('IPv4', 'IPv4 high'), ('IPv6', 'IPv6 low'), ('IPv6', 'IPv6 high')) AS h(family, half),
         (VALUES (22), (3389)) AS t(port)
),
covering AS (
    SELECT i.*, h.family, h.half, h.port
    FROM inbound AS i
    JOIN half AS h ON port_in(i.ports, h.port)
    WHERE NOT i.gap AND i.may_span AND i.protocol IN ('tcp', '*', 'any')
      AND (list_spans_half(i.sources, h.half)
           OR (i.access = 'allow' AND h.family = 'IPv4' AND list_contains(i.sources, '0.0.0.0')))
),
allowed AS (
    SELECT * FROM covering WHERE access = 'allow'
),
-- A deny tied to source ports stops nobody: clients choose theirs.
denied AS (
    SELECT * FROM covering WHERE access = 'deny' AND array_length(list_filter(source_ports, lambda p: regexp_full_match(p, '\*|0* *- *65535'))) > 0
),
family_any AS (
    SELECT a.security_group_id, a.port, a.family
    FROM allowed AS a
    GROUP BY a.security_group_id, a.port, a.family
    HAVING count(DISTINCT a.half) = 2
),
judged AS (
    SELECT a.security_group_id, a.port, a.rule_id, a.rule_name, a.priority, a.protocol, a.family, a.half,
           max(CASE WHEN d.rule_id IS NOT NULL THEN 1 ELSE 0 END) AS closed
    FROM allowed AS a
    JOIN family_any AS f ON f.security_group_id = a.security_group_id AND f.port = a.port AND f.family = a.family
    LEFT JOIN denied AS d
      ON d.security_group_id = a.security_group_id AND d.port = a.port AND d.half = a.half AND d.priority < a.priority
     AND (list_contains(d.destinations, '*') OR list_contains(d.destinations, 'any')
          OR (a.family = 'IPv4' AND list_contains(d.destinations, '0.0.0.0/0')) OR (a.family = 'IPv6' AND list_contains(d.destinations, '::/0'))
          OR (array_length(a.destinations) > 0
              AND array_length(list_filter(a.destinations, lambda m: NOT list_contains(d.destinations, m))) = 0))
    GROUP BY a.security_group_id, a.port, a.rule_id, a.rule_name, a.priority, a.protocol, a.family, a.half
),
open_rule AS (
    SELECT j.security_group_id, j.port, j.rule_id, j.rule_name, j.priority, j.protocol,
           list_sort(list(DISTINCT j.family)) AS families
    FROM judged AS j
    WHERE j.closed = 0
    GROUP BY j.security_group_id, j.port, j.rule_id, j.rule_name, j.priority, j.protocol
),
-- An unread rule may be a deny that comes first, or itself let everybody in.
doubt AS (
    SELECT o.rule_id, o.port, count(*) AS n
    FROM open_rule AS o
    JOIN inbound AS g ON g.security_group_id = o.security_group_id
    WHERE g.gap AND coalesce(g.access, 'deny') = 'deny' AND coalesce(g.priority, 0) < o.priority
    GROUP BY o.rule_id, o.port
)
SELECT o.security_group_id, o.port, o.rule_id, o.rule_name, o.priority, o.protocol, o.families,
       CASE WHEN u.n > 0 THEN 'gap' ELSE 'open' END AS state
FROM open_rule AS o
LEFT JOIN doubt AS u ON u.rule_id = o.rule_id AND u.port = o.port
UNION ALL
SELECT g.security_group_id, t.port, g.rule_id, g.rule_name, g.priority, g.protocol, NULL AS families, 'gap' AS state
FROM inbound AS g, (VALUES (22), (3389)) AS t(port)
WHERE g.gap AND coalesce(g.access, 'allow') = 'allow'
