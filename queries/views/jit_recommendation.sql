-- title = "What Defender for Cloud should recommend about just-in-time access of each virtual machine"
-- tables = ["jit_vm_status", "effective_inbound"]
WITH
-- One row per machine. Defender stores its own answer under 805651bc-6ecd-4c73-9b55-97a19d0582d0; the two can be compared.
open_port AS (
    SELECT e.vm_id,
           bool_or((e.has_nsg AND e.nsg_reach IN ('any', 'some')) OR list_contains(e.path, 'firewall_dnat')) AS is_open,
           -- A firewall whose rules were not read may forward to a port that the security groups close to the Internet.
           bool_or(e.nsg_reach = 'unknown' OR e.reach = 'unknown') AS has_unknown
    FROM effective_inbound AS e
    WHERE e.is_management AND NOT e.without_jit_allow
    GROUP BY e.vm_id
)
SELECT s.vm_id, s.subscription_id, s.status, s.reason,
       CASE WHEN s.status = 'configured' THEN 'healthy'
            WHEN s.status = 'unsupported' THEN 'not_applicable'
            WHEN s.status = 'unknown' THEN 'unknown'
            WHEN o.is_open THEN 'unhealthy'
            WHEN o.has_unknown THEN 'unknown'
            ELSE 'healthy'
       END AS recommendation
FROM jit_vm_status AS s
LEFT JOIN open_port AS o ON o.vm_id = s.vm_id
