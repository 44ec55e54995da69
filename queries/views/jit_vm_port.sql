-- title = "Ports of virtual machines under a living just-in-time policy"
-- tables = ["azure_jit_policy_port"]
SELECT DISTINCT
       -- One row per machine, port and protocol (tcp, udp; * gives both). A failed policy protects nothing.
       p.vm_id, p.number AS port, u.protocol
FROM azure_jit_policy_port AS p,
     unnest(CASE lower(trim(p.protocol)) WHEN 'tcp' THEN ['tcp'] WHEN 'udp' THEN ['udp'] ELSE ['tcp', 'udp'] END) AS u(protocol)
WHERE p.vm_id IS NOT NULL AND p.number IS NOT NULL
  AND (list_contains(p._gaps, 'policy_provisioning_state') OR coalesce(lower(trim(p.policy_provisioning_state)), '') <> 'failed')
