-- title = "Just-in-time policies of each virtual machine"
-- tables = ["azure_vm", "azure_jit_policy_vm", "azure_jit_policy_port"]
WITH
-- One row per machine. state is configured where a policy that has not failed lists it with a port, unread where an entry
-- for it could not be read, else not_configured. policy_unread tells of such an entry beside others. That the list of
-- policies was read is for the runner to see to.
listed AS (
    SELECT p.vm_id, p.policy_id, p.number, p.protocol,
           CASE WHEN array_length(list_filter(p._gaps, lambda g: g IN ('policy_provisioning_state', 'number', 'protocol'))) > 0 THEN NULL
                WHEN lower(trim(p.policy_provisioning_state)) = 'failed' THEN FALSE
                ELSE TRUE
           END AS alive
    FROM azure_jit_policy_port AS p
),
policy AS (
    SELECT l.vm_id, list_sort(list(DISTINCT l.number)) AS ports,
           list_sort(list(DISTINCT l.number) FILTER (WHERE coalesce(lower(trim(l.protocol)), '*') <> 'udp')) AS tcp_ports, list_sort(list(DISTINCT l.policy_id)) AS policy_ids
    FROM listed AS l
    WHERE l.alive
    GROUP BY l.vm_id
),
-- Entries whose policy's state or ports could not be read.
policy_doubt AS (
    SELECT l.vm_id FROM listed AS l WHERE l.alive IS NULL
    UNION
    SELECT e.vm_id
    FROM azure_jit_policy_vm AS e
    WHERE list_contains(e._gaps, 'ports')
      AND (list_contains(e._gaps, 'policy_provisioning_state') OR coalesce(lower(trim(e.policy_provisioning_state)), '') <> 'failed')
)
SELECT m.id AS vm_id, m.subscription_id,
       CASE WHEN m.id LIKE '%/providers/microsoft.classiccompute/%' THEN 'not_configured'
            WHEN array_length(p.ports) > 0 THEN 'configured'
            WHEN d.vm_id IS NOT NULL THEN 'unread'
            ELSE 'not_configured'
       END AS state,
       coalesce(p.ports, []) AS ports, coalesce(p.tcp_ports, []) AS tcp_ports, coalesce(p.policy_ids, []) AS policy_ids,
       d.vm_id IS NOT NULL AS policy_unread
FROM (SELECT v.id, v.subscription_id FROM azure_vm AS v) AS m
LEFT JOIN policy AS p ON p.vm_id = m.id
LEFT JOIN policy_doubt AS d ON d.vm_id = m.id
