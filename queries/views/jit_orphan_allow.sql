-- title = "Just-in-time allow rules without an open window"
-- tables = ["jit_nsg_rule", "jit_open_windows"]
WITH
-- One row per machine and just-in-time allow rule for it that some open window does not account for. state is orphan, or
-- gap where a window's times, the rule or the machine's address could not be read.
allow AS (
    SELECT DISTINCT r.vm_id, r.nsg_id, r.rule_id, r.rule_name, r.ports, r.sources, r.unread, r.meant
    FROM jit_nsg_rule AS r
    WHERE coalesce(r.access, 'allow') = 'allow'
),
port AS (
    SELECT a.vm_id, a.rule_id, u.range
    FROM allow AS a
    CROSS JOIN unnest(CASE WHEN array_length(a.ports) > 0 THEN a.ports ELSE ['*'] END) AS u(range)
),
-- A range counts as accounted for when a window is open for a port in it.
covered AS (
    SELECT p.vm_id, p.rule_id, p.range,
           bool_or(coalesce(w.state = 'open', FALSE)) AS has_open,
           bool_or(w.request_id IS NOT NULL AND w.state IS NULL) AS has_unread
    FROM port AS p
    LEFT JOIN jit_open_windows AS w ON w.vm_id = p.vm_id AND (port_in([p.range], w.port) OR w.port IS NULL)
    GROUP BY p.vm_id, p.rule_id, p.range
),
rule AS (
    SELECT c.vm_id, c.rule_id,
           list_sort(list(c.range) FILTER (WHERE NOT c.has_open)) AS ports,
           bool_or(NOT c.has_open AND NOT c.has_unread) AS is_orphan
    FROM covered AS c
    GROUP BY c.vm_id, c.rule_id
)
SELECT a.vm_id, a.nsg_id, a.rule_id, a.rule_name, a.sources, r.ports,
       CASE WHEN a.unread OR a.meant IS NULL THEN 'gap'
            WHEN r.is_orphan THEN 'orphan'
            ELSE 'gap'
       END AS state
FROM allow AS a
JOIN rule AS r ON r.vm_id = a.vm_id AND r.rule_id = a.rule_id
WHERE array_length(r.ports) > 0 OR a.unread OR a.meant IS NULL
