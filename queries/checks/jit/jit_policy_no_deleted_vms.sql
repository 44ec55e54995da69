-- title = "No policy entry for a deleted VM"
-- severity = "medium"
-- subject = "azure_jit_policy_vm"
-- tables = ["azure_jit_policy_vm", "azure_jit_network_access_policy", "azure_vm", "azure_subscription"]
-- controls = ["jit:jit_policy_no_deleted_vms"]
-- rationale = "Deleting a machine leaves its entry in the policy. A new machine of the same name then comes under rules that nobody chose for it, and the list of what is protected is wrong."
-- remediation = "Read the policy (az rest --method get), take the entry out of properties.virtualMachines and send the whole policy back (az rest --method put); a policy left empty can be deleted."
-- references = ["https://learn.microsoft.com/azure/defender-for-cloud/just-in-time-access-usage"]
-- [[case]]
-- # JIT-10 pass: VM row exists
-- title = "the machine exists"
-- given.azure_subscription = [{ }]
-- given.azure_vm = [{ name = "web01" }]
-- given.azure_jit_policy_vm = [{ name = "e", vm_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/web01" }]
-- expect = { e = "pass" }
-- [[case]]
-- # JIT-10 fail: VM list of that subscription read, no such row
-- title = "the machine is gone, others are there"
-- given.azure_subscription = [{ }]
-- given.azure_vm = [{ name = "web01" }]
-- given.azure_jit_policy_vm = [{ name = "e", vm_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/old" }]
-- expect = { e = "fail" }
-- [[case]]
-- # JIT-10 fail: VM list of that subscription read, no such row
-- title = "the subscription has no machine left"
-- given.azure_subscription = [{ }]
-- given.azure_vm = []
-- given.azure_jit_policy_vm = [{ name = "e", vm_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/old" }]
-- expect = { e = "fail" }
-- [[case]]
-- title = "letter case and a trailing slash do not matter"
-- given.azure_subscription = [{ }]
-- given.azure_vm = [{ name = "web01" }]
-- given.azure_jit_policy_vm = [{ name = "e", vm_id = "/Subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/RG/providers/Microsoft.Compute/virtualMachines/WEB01/" }]
-- expect = { e = "pass" }
-- [[case]]
-- # JIT-10 unknown: subscription outside the snapshot
-- title = "the subscription of the machine is not in the snapshot"
-- given.azure_subscription = [{ }]
-- given.azure_jit_policy_vm = [{ name = "e", vm_id = "/subscriptions/22222222-2222-4222-8222-222222222222/resourcegroups/rg/providers/microsoft.compute/virtualmachines/old" }]
-- expect = { e = "unknown" }
-- [[case]]
-- title = "another subscription of the snapshot, whose list of machines was read"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_vm = [{ name = "other", subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_jit_policy_vm = [
--   { name = "e", vm_id = "/subscriptions/22222222-2222-4222-8222-222222222222/resourcegroups/rg/providers/microsoft.compute/virtualmachines/old" },
--   { name = "f", vm_id = "/subscriptions/22222222-2222-4222-8222-222222222222/resourcegroups/rg/providers/microsoft.compute/virtualmachines/other" },
-- ]
-- expect = { e = "fail", f = "pass", "/subscriptions/22222222-2222-4222-8222-222222222222" = "not_applicable" }
-- [[case]]
-- # JIT-10 fail: VM list of that subscription read, no such row
-- title = "another subscription of the snapshot, whose list of machines was read and is empty"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_jit_policy_vm = [
--   { name = "e", vm_id = "/subscriptions/22222222-2222-4222-8222-222222222222/resourcegroups/rg/providers/microsoft.compute/virtualmachines/old" },
-- ]
-- expect = { e = "fail", "/subscriptions/22222222-2222-4222-8222-222222222222" = "not_applicable" }
-- [[case]]
-- # JIT-10 unknown: subscription outside the snapshot
-- title = "another subscription of the snapshot, of whose machines the ledger says nothing, or that were read in part"
-- ledger = [
--   { table = "azure_vm", subscription = "22222222-2222-4222-8222-222222222222", status = "absent" },
--   { table = "azure_vm", subscription = "33333333-3333-4333-8333-333333333333", status = "partial" },
-- ]
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }, { subscription_id = "33333333-3333-4333-8333-333333333333" }]
-- given.azure_vm = [{ name = "other", subscription_id = "33333333-3333-4333-8333-333333333333" }]
-- given.azure_jit_policy_vm = [
--   { name = "e", vm_id = "/subscriptions/22222222-2222-4222-8222-222222222222/resourcegroups/rg/providers/microsoft.compute/virtualmachines/old" },
--   { name = "f", vm_id = "/subscriptions/33333333-3333-4333-8333-333333333333/resourcegroups/rg/providers/microsoft.compute/virtualmachines/old" },
-- ]
-- expect = { e = "unknown", f = "unknown", "/subscriptions/22222222-2222-4222-8222-222222222222" = "unknown", "/subscriptions/33333333-3333-4333-8333-333333333333" = "unknown" }
-- [[case]]
-- title = "another subscription of the snapshot, whose machines were denied"
-- ledger = [{ table = "azure_vm", subscription = "22222222-2222-4222-8222-222222222222", status = "denied" }]
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_jit_policy_vm = [{ name = "e", vm_id = "/subscriptions/22222222-2222-4222-8222-222222222222/resourcegroups/rg/providers/microsoft.compute/virtualmachines/old" }]
-- expect = { e = "unknown", "/subscriptions/22222222-2222-4222-8222-222222222222" = "unknown" }
-- [[case]]
-- title = "a classic machine: its list is not part of the check"
-- given.azure_subscription = [{ }]
-- given.azure_vm = [{ name = "web01" }]
-- given.azure_jit_policy_vm = [{ name = "e", vm_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.classiccompute/virtualmachines/old" }]
-- expect = { e = "unknown" }
-- [[case]]
-- title = "an entry without a machine id, and one that could not be read"
-- given.azure_subscription = [{ }]
-- given.azure_jit_policy_vm = [{ name = "e" }, { name = "f", vm_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/old", _gaps = ["vm_id"] }]
-- expect = { e = "unknown", f = "unknown" }
-- [[case]]
-- title = "the same machine in two policies gives two findings"
-- given.azure_subscription = [{ }]
-- given.azure_jit_policy_vm = [
--   { name = "e", policy_id = "/x/p1", vm_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/old" },
--   { name = "f", policy_id = "/x/p2", vm_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/old" },
-- ]
-- expect = { e = "fail", f = "fail" }
-- [[case]]
-- # JIT-10 NA: no policy
-- title = "no policy"
-- given.azure_subscription = [{ }]
-- given.azure_vm = [{ name = "web01" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "machines denied: a missing row proves nothing"
-- ledger = [{ table = "azure_vm", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_subscription = [{ }]
-- given.azure_jit_policy_vm = [{ name = "e", vm_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/old" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
WITH entry AS (
    SELECT e.id, e.policy_id, e.subscription_id, rtrim(lower(e.vm_id), '/') AS machine,
           regexp_extract(lower(e.vm_id), '^/subscriptions/([^/]+)/', 1) AS machine_subscription
    FROM azure_jit_policy_vm AS e
),
listed AS (
    SELECT lower(l.scope_id) AS subscription_id
    FROM azure_ledger AS l
    WHERE l.table_name = 'azure_vm' AND l.parent_id IS NULL
    GROUP BY lower(l.scope_id)
    HAVING bool_and(coalesce(l.status IN ('ok', 'not_registered'), FALSE))
),
judged AS (
    SELECT e.id, e.policy_id, e.subscription_id, e.machine,
           CASE WHEN list_contains(a._gaps, 'provisioning_state') THEN 'not readable' ELSE a.provisioning_state END AS provisioning_state,
           CASE WHEN e.machine IS NULL OR e.machine_subscription = '' THEN 'no_id'
                WHEN m.id IS NOT NULL THEN 'exists'
                WHEN e.machine LIKE '%/providers/microsoft.classiccompute/%' THEN 'classic'
                WHEN s.id IS NULL THEN 'outside'
                -- The runner vouches for the machine list of the entry's own subscription only.
                WHEN e.machine_subscription <> coalesce(e.subscription_id, '') AND l.subscription_id IS NULL THEN 'unlisted'
                ELSE 'gone'
           END AS found
    FROM entry AS e
    LEFT JOIN azure_vm AS m ON m.id = e.machine
    LEFT JOIN azure_subscription AS s ON s.subscription_id = e.machine_subscription
    LEFT JOIN listed AS l ON l.subscription_id = e.machine_subscription
    LEFT JOIN azure_jit_network_access_policy AS a ON a.id = e.policy_id
)
SELECT j.id AS subject, j.id AS resource_id, j.subscription_id,
       CASE j.found WHEN 'exists' THEN 'pass' WHEN 'gone' THEN 'fail' END AS verdict,
       CASE j.found WHEN 'exists' THEN 'the machine exists'
                    WHEN 'gone' THEN 'the machine does not exist: ' || j.machine
                    WHEN 'classic' THEN 'a classic machine, whose list is not read: ' || j.machine
                    WHEN 'outside' THEN 'the subscription of the machine is not in the snapshot: ' || j.machine
                    WHEN 'unlisted' THEN 'the machines of that other subscription were not all read: ' || j.machine
                    ELSE 'the entry names no machine'
       END AS reason,
       guid_of(j.machine) AS resource_name, j.policy_id, j.machine, j.provisioning_state
FROM judged AS j
