-- title = "Defender plan that includes just-in-time access is on"
-- severity = "high"
-- subject = "azure_subscription"
-- tables = ["azure_subscription", "azure_security_center_subscription_pricing", "azure_vm"]
-- controls = ["jit:defender_plan_servers_p2"]
-- rationale = "Just-in-time access comes with plan 2 of Defender for Servers. With plan 1, or without a plan, policies that exist do no longer work and no new ones can be made."
-- remediation = "az security pricing create -n VirtualMachines --tier standard --subplan P2; or Defender for Cloud > Environment settings > subscription > Servers > Plan 2."
-- references = ["https://learn.microsoft.com/azure/defender-for-cloud/plan-defender-for-servers-select-plan", "https://learn.microsoft.com/azure/defender-for-cloud/just-in-time-access-overview"]
-- [[case]]
-- # JIT-22 pass: VirtualMachines Standard and subPlan P2
-- # JIT-22 pass: empty
-- title = "plan 2; no variant told or an empty one, which is the full plan; other letter case"
-- given.azure_subscription = [
--   {  },
--   { subscription_id = "22222222-2222-4222-8222-222222222222" },
--   { subscription_id = "33333333-3333-4333-8333-333333333333" },
-- ]
-- given.azure_vm = [
--   { name = "web" },
--   { name = "web", subscription_id = "22222222-2222-4222-8222-222222222222" },
--   { name = "web", subscription_id = "33333333-3333-4333-8333-333333333333" },
-- ]
-- given.azure_security_center_subscription_pricing = [
--   { name = "VirtualMachines", subscription_id = "11111111-1111-4111-8111-111111111111", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.security/pricings/virtualmachines", pricing_tier = "STANDARD", sub_plan = "p2" },
--   { name = "VirtualMachines", subscription_id = "22222222-2222-4222-8222-222222222222", id = "/subscriptions/22222222-2222-4222-8222-222222222222/providers/microsoft.security/pricings/virtualmachines", pricing_tier = "Standard" },
--   { name = "VirtualMachines", subscription_id = "33333333-3333-4333-8333-333333333333", id = "/subscriptions/33333333-3333-4333-8333-333333333333/providers/microsoft.security/pricings/virtualmachines", pricing_tier = "Standard", sub_plan = "" },
-- ]
-- expect = { 11111111-1111-4111-8111-111111111111 = "pass", 22222222-2222-4222-8222-222222222222 = "pass", 33333333-3333-4333-8333-333333333333 = "pass" }
-- [[case]]
-- # JIT-22 fail: Free
-- # JIT-22 fail: P1
-- title = "plan 1, free, and an unknown variant"
-- given.azure_subscription = [
--   {  },
--   { subscription_id = "22222222-2222-4222-8222-222222222222" },
--   { subscription_id = "33333333-3333-4333-8333-333333333333" },
-- ]
-- given.azure_vm = [
--   { name = "web" },
--   { name = "web", subscription_id = "22222222-2222-4222-8222-222222222222" },
--   { name = "web", subscription_id = "33333333-3333-4333-8333-333333333333" },
-- ]
-- given.azure_security_center_subscription_pricing = [
--   { name = "VirtualMachines", subscription_id = "11111111-1111-4111-8111-111111111111", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.security/pricings/virtualmachines", pricing_tier = "Standard", sub_plan = "P1" },
--   { name = "VirtualMachines", subscription_id = "22222222-2222-4222-8222-222222222222", id = "/subscriptions/22222222-2222-4222-8222-222222222222/providers/microsoft.security/pricings/virtualmachines", pricing_tier = "Free" },
--   { name = "VirtualMachines", subscription_id = "33333333-3333-4333-8333-333333333333", id = "/subscriptions/33333333-3333-4333-8333-333333333333/providers/microsoft.security/pricings/virtualmachines", pricing_tier = "Standard", sub_plan = "P9" },
-- ]
-- expect = { 11111111-1111-4111-8111-111111111111 = "fail", 22222222-2222-4222-8222-222222222222 = "fail", 33333333-3333-4333-8333-333333333333 = "unknown" }
-- [[case]]
-- title = "free with a variant left over"
-- given.azure_subscription = [{  }]
-- given.azure_vm = [{ name = "web" }]
-- given.azure_security_center_subscription_pricing = [
--   { name = "VirtualMachines", subscription_id = "11111111-1111-4111-8111-111111111111", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.security/pricings/virtualmachines", pricing_tier = "free", sub_plan = "P2" },
-- ]
-- expect = { 11111111-1111-4111-8111-111111111111 = "fail" }
-- [[case]]
-- # JIT-22 unknown: row absent
-- title = "no row of the plan; only rows of other plans, or of one machine"
-- given.azure_subscription = [
--   {  },
--   { subscription_id = "22222222-2222-4222-8222-222222222222" },
-- ]
-- given.azure_vm = [
--   { name = "web" },
--   { name = "web", subscription_id = "22222222-2222-4222-8222-222222222222" },
-- ]
-- given.azure_security_center_subscription_pricing = [
--   { name = "StorageAccounts", subscription_id = "11111111-1111-4111-8111-111111111111", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.security/pricings/storageaccounts", pricing_tier = "Standard", sub_plan = "P2" },
--   { name = "VirtualMachines", subscription_id = "22222222-2222-4222-8222-222222222222", id = "/subscriptions/22222222-2222-4222-8222-222222222222/resourcegroups/rg/providers/microsoft.compute/virtualmachines/web/providers/microsoft.security/pricings/virtualmachines", pricing_tier = "Standard", sub_plan = "P1" },
-- ]
-- expect = { 11111111-1111-4111-8111-111111111111 = "unknown", 22222222-2222-4222-8222-222222222222 = "unknown" }
-- [[case]]
-- title = "a row of one machine beside that of the subscription does not count"
-- given.azure_subscription = [{  }]
-- given.azure_vm = [{ name = "web" }]
-- given.azure_security_center_subscription_pricing = [
--   { name = "VirtualMachines", subscription_id = "11111111-1111-4111-8111-111111111111", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.security/pricings/virtualmachines", pricing_tier = "Standard", sub_plan = "P2" },
--   { name = "VirtualMachines", subscription_id = "11111111-1111-4111-8111-111111111111", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/web/providers/microsoft.security/pricings/virtualmachines", pricing_tier = "Standard", sub_plan = "P1" },
-- ]
-- expect = { 11111111-1111-4111-8111-111111111111 = "pass" }
-- [[case]]
-- # JIT-22 fail: not_registered
-- title = "Defender not registered: there is no plan"
-- ledger = [{ table = "azure_security_center_subscription_pricing", subscription = "11111111-1111-4111-8111-111111111111", status = "not_registered" }]
-- given.azure_subscription = [{  }]
-- given.azure_vm = [{ name = "web" }]
-- expect = { 11111111-1111-4111-8111-111111111111 = "fail" }
-- [[case]]
-- # JIT-22 NA: no VM
-- title = "no machine: free, without a row, or not registered"
-- ledger = [{ table = "azure_security_center_subscription_pricing", subscription = "22222222-2222-4222-8222-222222222222", status = "not_registered" }]
-- given.azure_subscription = [
--   {  },
--   { subscription_id = "22222222-2222-4222-8222-222222222222" },
-- ]
-- given.azure_security_center_subscription_pricing = [
--   { name = "VirtualMachines", subscription_id = "11111111-1111-4111-8111-111111111111", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.security/pricings/virtualmachines", pricing_tier = "Free" },
-- ]
-- expect = { 11111111-1111-4111-8111-111111111111 = "not_applicable", 22222222-2222-4222-8222-222222222222 = "not_applicable" }
-- [[case]]
-- title = "tier or variant could not be read"
-- given.azure_subscription = [
--   {  },
--   { subscription_id = "22222222-2222-4222-8222-222222222222" },
--   { subscription_id = "33333333-3333-4333-8333-333333333333" },
-- ]
-- given.azure_vm = [
--   { name = "web" },
--   { name = "web", subscription_id = "22222222-2222-4222-8222-222222222222" },
--   { name = "web", subscription_id = "33333333-3333-4333-8333-333333333333" },
-- ]
-- given.azure_security_center_subscription_pricing = [
--   { name = "VirtualMachines", subscription_id = "11111111-1111-4111-8111-111111111111", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.security/pricings/virtualmachines", sub_plan = "P2", _gaps = ["pricing_tier"] },
--   { name = "VirtualMachines", subscription_id = "22222222-2222-4222-8222-222222222222", id = "/subscriptions/22222222-2222-4222-8222-222222222222/providers/microsoft.security/pricings/virtualmachines", pricing_tier = "Standard", _gaps = ["sub_plan"] },
--   { name = "VirtualMachines", subscription_id = "33333333-3333-4333-8333-333333333333", id = "/subscriptions/33333333-3333-4333-8333-333333333333/providers/microsoft.security/pricings/virtualmachines", pricing_tier = "Free", _gaps = ["sub_plan"] },
-- ]
-- expect = { 11111111-1111-4111-8111-111111111111 = "unknown", 22222222-2222-4222-8222-222222222222 = "unknown", 33333333-3333-4333-8333-333333333333 = "fail" }
-- [[case]]
-- title = "tier absent"
-- given.azure_subscription = [{  }]
-- given.azure_vm = [{ name = "web" }]
-- given.azure_security_center_subscription_pricing = [
--   { name = "VirtualMachines", subscription_id = "11111111-1111-4111-8111-111111111111", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.security/pricings/virtualmachines", sub_plan = "P2" },
-- ]
-- expect = { 11111111-1111-4111-8111-111111111111 = "unknown" }
-- [[case]]
-- title = "one subscription denied"
-- ledger = [{ table = "azure_security_center_subscription_pricing", subscription = "22222222-2222-4222-8222-222222222222", status = "denied" }]
-- given.azure_subscription = [
--   {  },
--   { subscription_id = "22222222-2222-4222-8222-222222222222" },
-- ]
-- given.azure_vm = [
--   { name = "web" },
--   { name = "web", subscription_id = "22222222-2222-4222-8222-222222222222" },
-- ]
-- given.azure_security_center_subscription_pricing = [
--   { name = "VirtualMachines", subscription_id = "11111111-1111-4111-8111-111111111111", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.security/pricings/virtualmachines", pricing_tier = "Standard", sub_plan = "P2" },
-- ]
-- expect = { 11111111-1111-4111-8111-111111111111 = "pass", "/subscriptions/22222222-2222-4222-8222-222222222222" = "unknown" }
-- [[case]]
-- title = "no subscription"
-- expect = { 99999999-9999-4999-8999-999999999999 = "not_applicable" }
-- [[case]]
-- title = "azure_security_center_subscription_pricing denied"
-- ledger = [{ table = "azure_security_center_subscription_pricing", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_subscription = [{  }]
-- given.azure_vm = [{ name = "web" }]
-- given.azure_security_center_subscription_pricing = [
--   { name = "VirtualMachines", subscription_id = "11111111-1111-4111-8111-111111111111", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.security/pricings/virtualmachines", pricing_tier = "Standard", sub_plan = "P2" },
-- ]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "azure_vm denied"
-- ledger = [{ table = "azure_vm", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_subscription = [{  }]
-- given.azure_vm = [{ name = "web" }]
-- given.azure_security_center_subscription_pricing = [
--   { name = "VirtualMachines", subscription_id = "11111111-1111-4111-8111-111111111111", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.security/pricings/virtualmachines", pricing_tier = "Standard", sub_plan = "P2" },
-- ]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
WITH plan AS (
    SELECT p.subscription_id,
           CASE WHEN list_contains(p._gaps, 'pricing_tier') THEN NULL ELSE lower(trim(p.pricing_tier)) END AS tier,
           CASE WHEN list_contains(p._gaps, 'sub_plan') THEN 'unread' ELSE coalesce(lower(trim(p.sub_plan)), '') END AS variant,
           CASE WHEN list_contains(p._gaps, 'resources_coverage_status') THEN NULL ELSE p.resources_coverage_status END AS coverage
    FROM azure_security_center_subscription_pricing AS p
    -- A machine may carry its own row under the same name.
    WHERE regexp_full_match(lower(p.id), '/subscriptions/[^/]+/providers/microsoft.security/pricings/virtualmachines')
),
machine AS (
    SELECT m.subscription_id, count(*) AS n FROM azure_vm AS m GROUP BY m.subscription_id
),
unregistered AS (
    SELECT DISTINCT lower(l.scope_id) AS subscription_id
    FROM azure_ledger AS l
    WHERE l.table_name = 'azure_security_center_subscription_pricing' AND l.status = 'not_registered' AND l.parent_id IS NULL
)
SELECT s.id AS subject, s.id AS resource_id, s.subscription_id,
       CASE WHEN m.n IS NULL THEN 'not_applicable'
            WHEN u.subscription_id IS NOT NULL OR p.tier = 'free' THEN 'fail'
            WHEN p.tier IS DISTINCT FROM 'standard' THEN NULL
            WHEN p.variant IN ('', 'p2') THEN 'pass'
            WHEN p.variant = 'p1' THEN 'fail'
       END AS verdict,
       CASE WHEN m.n IS NULL THEN 'the subscription has no virtual machine'
            WHEN u.subscription_id IS NOT NULL THEN 'the subscription is not registered with Defender for Cloud'
            WHEN p.subscription_id IS NULL THEN 'no plan row for servers'
            WHEN p.tier = 'free' THEN 'Defender for Servers is off'
            WHEN p.tier IS DISTINCT FROM 'standard' THEN 'tier of the plan not read or not known: ' || coalesce(p.tier, 'none')
            WHEN p.variant IN ('', 'p2') THEN 'Defender for Servers is on with ' || CASE p.variant WHEN 'p2' THEN 'plan 2' ELSE 'the full plan' END
            WHEN p.variant = 'p1' THEN 'Defender for Servers is on with plan 1, which has no just-in-time access'
            ELSE 'variant of the plan not read or not known: ' || p.variant
       END AS reason,
       s.display_name AS resource_name, p.tier AS pricing_tier, p.variant AS sub_plan, p.coverage AS resources_coverage_status, coalesce(m.n, 0) AS machines
FROM azure_subscription AS s
LEFT JOIN machine AS m ON m.subscription_id = s.subscription_id
LEFT JOIN plan AS p ON p.subscription_id = s.subscription_id
LEFT JOIN unregistered AS u ON u.subscription_id = s.subscription_id
