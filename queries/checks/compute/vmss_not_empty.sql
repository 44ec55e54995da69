-- title = "Scale set has instances"
-- severity = "low"
-- subject = "azure_vm_scale_set"
-- tables = ["azure_vm_scale_set", "azure_vm"]
-- controls = [
--   "nist_800_53_r5:CM-2", "nist_800_53_r5:CM-6", "iso_27001_2022:A.8.9", "pci_dss_4_0:2.2.1", "soc_2:CC7.1", "soc_2:CC8.1",
-- ]
-- rationale = "A scale set without machines does no work, but its model, identity and network rules stay, and nobody looks after them. A set that is scaled to nothing outside of working hours is found too: it is for the owner to say so."
-- remediation = "az vmss delete --name SET --resource-group GROUP, or az vmss scale --name SET --resource-group GROUP --new-capacity 1"
-- references = ["https://learn.microsoft.com/azure/virtual-machine-scale-sets/overview"]
-- [[case]]
-- title = "two machines asked for"
-- given.azure_vm_scale_set = [{ name = "a", sku_capacity = 2 }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "none asked for"
-- given.azure_vm_scale_set = [{ name = "a", sku_capacity = 0, orchestration_mode = "Uniform" }, { name = "b", sku_capacity = 0 }]
-- expect = { a = "fail", b = "fail" }
-- [[case]]
-- title = "flexible: machines that were put in by hand count"
-- given.azure_vm_scale_set = [{ id = "/x/a", orchestration_mode = "Flexible" }, { id = "/x/b", orchestration_mode = "flexible", sku_capacity = 0 }]
-- given.azure_vm = [{ virtual_machine_scale_set_id = "/x/a" }, { virtual_machine_scale_set_id = "/x/b" }]
-- expect = { a = "pass", b = "pass" }
-- [[case]]
-- title = "flexible without machines"
-- given.azure_vm_scale_set = [{ id = "/x/a", orchestration_mode = "Flexible" }, { id = "/x/b", orchestration_mode = "Flexible", sku_capacity = 0 }]
-- given.azure_vm = [{ virtual_machine_scale_set_id = "/x/other" }, { name = "alone" }]
-- expect = { a = "fail", b = "fail" }
-- [[case]]
-- title = "uniform without a number"
-- given.azure_vm_scale_set = [{ name = "a" }, { name = "b", orchestration_mode = "Uniform" }]
-- expect = { a = "unknown", b = "unknown" }
-- [[case]]
-- title = "number not readable"
-- given.azure_vm_scale_set = [{ name = "a", _gaps = ["sku_capacity"] }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "set of a machine not readable: it may be any set of the subscription"
-- given.azure_vm_scale_set = [{ id = "/x/a", orchestration_mode = "Flexible" }]
-- given.azure_vm = [{ name = "m", _gaps = ["virtual_machine_scale_set_id"] }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "no scale set"
-- given.azure_vm_scale_set = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "machines denied"
-- ledger = [{ table = "azure_vm", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_vm_scale_set = [{ name = "a", orchestration_mode = "Flexible" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
WITH machine AS (
    SELECT v.virtual_machine_scale_set_id AS set_id, count(*) AS n
    FROM azure_vm AS v
    WHERE v.virtual_machine_scale_set_id IS NOT NULL
    GROUP BY v.virtual_machine_scale_set_id
)
SELECT s.id AS subject, s.id AS resource_id, s.subscription_id,
       CASE WHEN s.sku_capacity > 0 OR m.n > 0 THEN 'pass'
            WHEN s.sku_capacity IS NULL AND coalesce(lower(trim(s.orchestration_mode)), '') <> 'flexible' THEN NULL
            ELSE 'fail'
       END AS verdict,
       CASE WHEN s.sku_capacity > 0 THEN 'machines asked for: ' || s.sku_capacity
            WHEN m.n > 0 THEN 'machines in the set: ' || m.n
            WHEN s.sku_capacity IS NULL AND coalesce(lower(trim(s.orchestration_mode)), '') <> 'flexible' THEN 'the number of machines is absent'
            ELSE 'the set has no machine'
       END AS reason
FROM azure_vm_scale_set AS s
LEFT JOIN machine AS m ON m.set_id = s.id
