-- title = "Just-in-time policy is alive"
-- severity = "low"
-- subject = "azure_jit_network_access_policy"
-- tables = ["azure_jit_network_access_policy", "azure_jit_policy_vm", "azure_jit_policy_port"]
-- controls = ["jit:jit_policy_provisioned"]
-- rationale = "A policy whose last change failed, or that lists no machine with a port, protects nothing and makes the list of policies look better than it is."
-- remediation = "Read the policy (az rest --method get), take dead entries out and send it whole (az rest --method put); delete an empty one with az rest --method delete on its id. Save a failed one again."
-- references = ["https://learn.microsoft.com/azure/defender-for-cloud/just-in-time-access-usage"]
-- [[case]]
-- # JIT-11 pass: state Succeeded
-- # JIT-11 pass: absent and a VM with ports
-- title = "succeeded, in any letter case, or no state told, with a port"
-- given.azure_jit_network_access_policy = [
--   { name = "a", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/a", provisioning_state = "SUCCEEDED" },
--   { name = "b", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/b" },
-- ]
-- given.azure_jit_policy_port = [
--   { name = "web-22", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/a", vm_id = "/vm/web", number = 22, protocol = "*" },
--   { name = "db-22", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/b", vm_id = "/vm/db", number = 22, protocol = "*" },
-- ]
-- expect = { a = "pass", b = "pass" }
-- [[case]]
-- # JIT-11 fail: else
-- title = "failed, or still being changed"
-- given.azure_jit_network_access_policy = [
--   { name = "a", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/a", provisioning_state = "Failed" },
--   { name = "b", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/b", provisioning_state = "Updating" },
-- ]
-- given.azure_jit_policy_port = [
--   { name = "web-22", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/a", vm_id = "/vm/web", number = 22, protocol = "*" },
--   { name = "db-22", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/b", vm_id = "/vm/db", number = 22, protocol = "*" },
-- ]
-- expect = { a = "fail", b = "fail" }
-- [[case]]
-- # JIT-11 fail: else
-- title = "no machine; a machine without ports; the ports are of another policy"
-- given.azure_jit_network_access_policy = [
--   { name = "a", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/a", provisioning_state = "Succeeded" },
--   { name = "b", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/b", provisioning_state = "Succeeded" },
--   { name = "c", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/c", provisioning_state = "Succeeded" },
-- ]
-- given.azure_jit_policy_vm = [
--   { name = "e", vm_id = "/vm/web", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/b" },
-- ]
-- given.azure_jit_policy_port = [
--   { name = "web-22", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/c", vm_id = "/vm/web", number = 22, protocol = "*" },
-- ]
-- expect = { a = "fail", b = "fail", c = "pass" }
-- [[case]]
-- title = "ports of a machine could not be read"
-- given.azure_jit_network_access_policy = [
--   { name = "a", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/a", provisioning_state = "Succeeded" },
--   { name = "b", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/b", provisioning_state = "Succeeded" },
-- ]
-- given.azure_jit_policy_vm = [
--   { name = "e", vm_id = "/vm/web", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/a", _gaps = ["ports"] },
--   { name = "f", vm_id = "/vm/db", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/b", _gaps = ["ports"] },
-- ]
-- given.azure_jit_policy_port = [
--   { name = "web-22", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/b", vm_id = "/vm/web", number = 22, protocol = "*" },
-- ]
-- expect = { a = "unknown", b = "pass" }
-- [[case]]
-- title = "failed, and its ports could not be read: a fail all the same"
-- given.azure_jit_network_access_policy = [
--   { name = "a", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/a", provisioning_state = "Failed" },
-- ]
-- given.azure_jit_policy_vm = [
--   { name = "e", vm_id = "/vm/web", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/a", _gaps = ["ports"] },
-- ]
-- expect = { a = "fail" }
-- [[case]]
-- title = "state, or the list of machines, could not be read"
-- given.azure_jit_network_access_policy = [
--   { name = "a", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/a", _gaps = ["provisioning_state"] },
--   { name = "b", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/b", provisioning_state = "Succeeded", _gaps = ["virtual_machines"] },
-- ]
-- given.azure_jit_policy_port = [
--   { name = "web-22", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/a", vm_id = "/vm/web", number = 22, protocol = "*" },
-- ]
-- expect = { a = "unknown", b = "unknown" }
-- [[case]]
-- title = "no policy"
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "Defender not registered"
-- ledger = [{ table = "azure_jit_network_access_policy", subscription = "11111111-1111-4111-8111-111111111111", status = "not_registered" }, { table = "azure_jit_policy_vm", subscription = "11111111-1111-4111-8111-111111111111", status = "not_registered" }, { table = "azure_jit_policy_port", subscription = "11111111-1111-4111-8111-111111111111", status = "not_registered" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "azure_jit_network_access_policy denied"
-- ledger = [{ table = "azure_jit_network_access_policy", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_jit_network_access_policy = [
--   { name = "a", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/a" },
-- ]
-- given.azure_jit_policy_port = [
--   { name = "web-22", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/a", vm_id = "/vm/web", number = 22, protocol = "*" },
-- ]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "azure_jit_policy_vm denied"
-- ledger = [{ table = "azure_jit_policy_vm", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_jit_network_access_policy = [
--   { name = "a", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/a" },
-- ]
-- given.azure_jit_policy_port = [
--   { name = "web-22", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/a", vm_id = "/vm/web", number = 22, protocol = "*" },
-- ]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "azure_jit_policy_port denied"
-- ledger = [{ table = "azure_jit_policy_port", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_jit_network_access_policy = [
--   { name = "a", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/a" },
-- ]
-- given.azure_jit_policy_port = [
--   { name = "web-22", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/a", vm_id = "/vm/web", number = 22, protocol = "*" },
-- ]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
WITH policy AS (
    SELECT p.id, p.subscription_id, p.provisioning_state, p.location, coalesce(list_contains(p._gaps, 'virtual_machines'), FALSE) AS list_unread,
           coalesce(list_contains(p._gaps, 'provisioning_state'), FALSE) AS state_unread
    FROM azure_jit_network_access_policy AS p
),
port AS (
    SELECT t.policy_id, count(*) AS n_ports, count(DISTINCT t.vm_id) AS n_machines
    FROM azure_jit_policy_port AS t
    GROUP BY t.policy_id
),
entry AS (
    SELECT e.policy_id, bool_or(coalesce(list_contains(e._gaps, 'ports'), FALSE)) AS unread
    FROM azure_jit_policy_vm AS e
    GROUP BY e.policy_id
)
SELECT p.id AS subject, p.id AS resource_id, p.subscription_id,
       CASE WHEN p.state_unread THEN NULL
            WHEN coalesce(lower(trim(p.provisioning_state)), 'succeeded') <> 'succeeded' THEN 'fail'
            WHEN t.n_ports > 0 THEN 'pass'
            WHEN p.list_unread OR e.unread THEN NULL
            ELSE 'fail'
       END AS verdict,
       CASE WHEN p.state_unread THEN 'the state of the policy could not be read'
            WHEN coalesce(lower(trim(p.provisioning_state)), 'succeeded') <> 'succeeded' THEN 'the policy is in state ' || p.provisioning_state
            WHEN t.n_ports > 0 THEN 'machines with ports: ' || t.n_machines
            WHEN p.list_unread OR e.unread THEN 'machines or ports of the policy could not be read'
            ELSE 'the policy lists no machine with a port'
       END AS reason,
       guid_of(p.id) || ' in ' || coalesce(p.location, 'unknown region') AS resource_name,
       p.provisioning_state, coalesce(t.n_machines, 0) AS machines, coalesce(t.n_ports, 0) AS ports
FROM policy AS p
LEFT JOIN port AS t ON t.policy_id = p.id
LEFT JOIN entry AS e ON e.policy_id = p.id
