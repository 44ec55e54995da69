-- title = "Rules of security groups that let everybody in, after the denies that come first"
-- tables = ["nsg_internet_rule"]
WITH
-- One row per security group, inbound allow rule that leaves some port and protocol open to everybody, and state: open,
-- or gap where a rule that could not be read may change the answer. beyond_web: TCP or UDP ports other than 80 and 443.
-- label names the ports that are left, not those of the rule that a deny stops.
left_open AS (
    SELECT DISTINCT r.rule_id, r.state, r.protocol, r.lo, r.hi FROM nsg_internet_rule AS r WHERE r.family IS NOT NULL
),
step AS (
    SELECT o.rule_id, o.state, o.protocol, o.lo, o.hi,
           CASE WHEN o.lo = lag(o.hi) OVER (PARTITION BY o.rule_id, o.state, o.protocol ORDER BY o.lo) + 1 THEN 0 ELSE 1 END AS is_new
    FROM left_open AS o
),
island AS (
    SELECT s.rule_id, s.state, s.protocol, s.lo, s.hi,
           sum(s.is_new) OVER (PARTITION BY s.rule_id, s.state, s.protocol ORDER BY s.lo ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS no
    FROM step AS s
),
span AS (
    SELECT i.rule_id, i.state, i.protocol, min(i.lo) AS lo, max(i.hi) AS hi FROM island AS i GROUP BY i.rule_id, i.state, i.protocol, i.no
),
by_protocol AS (
    SELECT s.rule_id, s.state, s.protocol,
           CASE WHEN min(s.lo) = 0 AND min(s.hi) = 65535 THEN ', any port'
                ELSE ' ' || string_agg(CASE WHEN s.lo = s.hi THEN CAST(s.lo AS VARCHAR) ELSE s.lo || '-' || s.hi END, ', ' ORDER BY s.lo)
           END AS ports
    FROM span AS s
    GROUP BY s.rule_id, s.state, s.protocol
),
-- Protocols that are left the same ports are named together.
same_ports AS (
    SELECT p.rule_id, p.state, p.ports, count(*) AS n, list_sort(list(p.protocol)) AS protocols FROM by_protocol AS p GROUP BY p.rule_id, p.state, p.ports
),
opening AS (
    SELECT s.rule_id, s.state,
           string_agg(CASE WHEN s.n = 5 THEN 'any protocol' ELSE array_to_string(s.protocols, '/') END || s.ports, '; '
                      ORDER BY array_to_string(s.protocols, ' ')) AS ports
    FROM same_ports AS s
    GROUP BY s.rule_id, s.state
)
SELECT r.security_group_id, r.rule_id, r.rule_name, r.priority, r.rule_protocol AS protocol, r.ports, r.sources,
       CASE WHEN o.ports IS NULL THEN r.label ELSE r.rule_name || ' (priority ' || r.priority || ', ' || o.ports || ')' END AS label,
       bool_or(r.protocol IN ('tcp', 'udp') AND NOT (r.lo = r.hi AND r.lo IN (80, 443))) AS beyond_web, r.state
FROM nsg_internet_rule AS r
LEFT JOIN opening AS o ON o.rule_id = r.rule_id AND o.state = r.state AND r.family IS NOT NULL
GROUP BY r.security_group_id, r.rule_id, r.rule_name, r.priority, r.rule_protocol, r.ports, r.sources, r.label, r.state, o.ports
