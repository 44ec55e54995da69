-- title = "Defender agrees that management ports are under just-in-time access"
-- severity = "high"
-- subject = "azure_vm"
-- tables = ["azure_security_assessment", "azure_vm"]
-- controls = ["jit:defender_jit_assessment_healthy"]
-- rationale = "Defender looks at the machine with more than a list of rules. Where it calls the machine unhealthy, or was told by policy not to look, the port is open to whoever finds it or nobody would know."
-- remediation = "Defender for Cloud > Workload protections > Just-in-time VM access > Not configured > Enable JIT, or the machine's Configuration page. No CLI verb creates a policy: read it with az rest --method get, add the machine and send it whole with az rest --method put --url https://management.azure.com/subscriptions/{s}/resourceGroups/{g}/providers/Microsoft.Security/locations/{region}/jitNetworkAccessPolicies/default?api-version=2020-01-01 --body @policy.json, since PUT replaces all its machines."
-- references = ["https://learn.microsoft.com/azure/defender-for-cloud/recommendations-reference-networking", "https://learn.microsoft.com/rest/api/defenderforcloud/assessments/list"]
-- [[case]]
-- # JIT-23 pass: Healthy
-- # JIT-23 fail: Unhealthy
-- title = "healthy, unhealthy, in any letter case"
-- given.azure_vm = [
--   { name = "a" },
--   { name = "b" },
--   { name = "c" },
-- ]
-- given.azure_security_assessment = [
--   { name = "805651bc-6ecd-4c73-9b55-97a19d0582d0", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/a/providers/microsoft.security/assessments/805651bc-6ecd-4c73-9b55-97a19d0582d0", resource_details_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/a", status_code = "Healthy" },
--   { name = "805651bc-6ecd-4c73-9b55-97a19d0582d0", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/b/providers/microsoft.security/assessments/805651bc-6ecd-4c73-9b55-97a19d0582d0", resource_details_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/b", status_code = "Unhealthy" },
--   { name = "805651bc-6ecd-4c73-9b55-97a19d0582d0", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/c/providers/microsoft.security/assessments/805651bc-6ecd-4c73-9b55-97a19d0582d0", resource_details_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/c", status_code = "HEALTHY" },
-- ]
-- expect = { a = "pass", b = "fail", c = "pass" }
-- [[case]]
-- # JIT-23 fail: NotApplicable with cause OffByPolicy
-- title = "not applicable because the policy is off: a fail"
-- given.azure_vm = [
--   { name = "a" },
--   { name = "b" },
-- ]
-- given.azure_security_assessment = [
--   { name = "805651bc-6ecd-4c73-9b55-97a19d0582d0", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/a/providers/microsoft.security/assessments/805651bc-6ecd-4c73-9b55-97a19d0582d0", resource_details_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/a", status_code = "NotApplicable", status_cause = "OffByPolicy" },
--   { name = "805651bc-6ecd-4c73-9b55-97a19d0582d0", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/b/providers/microsoft.security/assessments/805651bc-6ecd-4c73-9b55-97a19d0582d0", resource_details_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/b", status_code = "notapplicable", status_cause = "offbypolicy" },
-- ]
-- expect = { a = "fail", b = "fail" }
-- [[case]]
-- # JIT-23 NA: other NotApplicable (cause shown, e.g. Exempt)
-- title = "not applicable for other causes: exempted, or none told"
-- given.azure_vm = [
--   { name = "a" },
--   { name = "b" },
-- ]
-- given.azure_security_assessment = [
--   { name = "805651bc-6ecd-4c73-9b55-97a19d0582d0", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/a/providers/microsoft.security/assessments/805651bc-6ecd-4c73-9b55-97a19d0582d0", resource_details_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/a", status_code = "NotApplicable", status_cause = "Exempt" },
--   { name = "805651bc-6ecd-4c73-9b55-97a19d0582d0", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/b/providers/microsoft.security/assessments/805651bc-6ecd-4c73-9b55-97a19d0582d0", resource_details_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/b", status_code = "NotApplicable" },
-- ]
-- expect = { a = "not_applicable", b = "not_applicable" }
-- [[case]]
-- # JIT-23 unknown: no row for the VM
-- title = "no assessment of the machine; only another recommendation about it; the same about another machine"
-- given.azure_vm = [
--   { name = "a" },
--   { name = "b" },
--   { name = "c" },
-- ]
-- given.azure_security_assessment = [
--   { name = "bc303248-3d14-44c2-96a0-55f5c326b5fe", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/b/providers/microsoft.security/assessments/bc303248-3d14-44c2-96a0-55f5c326b5fe", resource_details_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/b", status_code = "Unhealthy" },
--   { name = "805651bc-6ecd-4c73-9b55-97a19d0582d0", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/c/providers/microsoft.security/assessments/805651bc-6ecd-4c73-9b55-97a19d0582d0", resource_details_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/c", status_code = "Healthy" },
-- ]
-- expect = { a = "unknown", b = "unknown", c = "pass" }
-- [[case]]
-- title = "the machine is told by the id alone, or by the resource alone; letter case does not matter"
-- given.azure_vm = [
--   { name = "a" },
--   { name = "b" },
-- ]
-- given.azure_security_assessment = [
--   { name = "805651BC-6ECD-4C73-9B55-97A19D0582D0", id = "/SUBSCRIPTIONS/11111111-1111-4111-8111-111111111111/RESOURCEGROUPS/RG/PROVIDERS/MICROSOFT.COMPUTE/VIRTUALMACHINES/A/providers/Microsoft.Security/assessments/805651BC-6ECD-4C73-9B55-97A19D0582D0", status_code = "Healthy" },
--   { name = "805651bc-6ecd-4c73-9b55-97a19d0582d0", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.security/assessments/805651bc-6ecd-4c73-9b55-97a19d0582d0", resource_details_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/b", status_code = "Unhealthy" },
-- ]
-- expect = { a = "pass", b = "fail" }
-- [[case]]
-- title = "two rows that differ: the worse counts"
-- given.azure_vm = [{ name = "a" }]
-- given.azure_security_assessment = [
--   { name = "805651bc-6ecd-4c73-9b55-97a19d0582d0", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/a/providers/microsoft.security/assessments/805651bc-6ecd-4c73-9b55-97a19d0582d0", resource_details_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/a", status_code = "Healthy" },
--   { name = "805651bc-6ecd-4c73-9b55-97a19d0582d0", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/a/extra/providers/microsoft.security/assessments/805651bc-6ecd-4c73-9b55-97a19d0582d0", resource_details_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/a", status_code = "Unhealthy" },
-- ]
-- expect = { a = "fail" }
-- [[case]]
-- title = "a status that is not known, or absent"
-- given.azure_vm = [
--   { name = "a" },
--   { name = "b" },
-- ]
-- given.azure_security_assessment = [
--   { name = "805651bc-6ecd-4c73-9b55-97a19d0582d0", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/a/providers/microsoft.security/assessments/805651bc-6ecd-4c73-9b55-97a19d0582d0", resource_details_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/a", status_code = "Pending" },
--   { name = "805651bc-6ecd-4c73-9b55-97a19d0582d0", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/b/providers/microsoft.security/assessments/805651bc-6ecd-4c73-9b55-97a19d0582d0", resource_details_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/b" },
-- ]
-- expect = { a = "unknown", b = "unknown" }
-- [[case]]
-- title = "status or cause could not be read"
-- given.azure_vm = [
--   { name = "a" },
--   { name = "b" },
--   { name = "c" },
-- ]
-- given.azure_security_assessment = [
--   { name = "805651bc-6ecd-4c73-9b55-97a19d0582d0", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/a/providers/microsoft.security/assessments/805651bc-6ecd-4c73-9b55-97a19d0582d0", resource_details_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/a", status_code = "NotApplicable", _gaps = ["status_cause"] },
--   { name = "805651bc-6ecd-4c73-9b55-97a19d0582d0", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/b/providers/microsoft.security/assessments/805651bc-6ecd-4c73-9b55-97a19d0582d0", resource_details_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/b", _gaps = ["status_code"] },
--   { name = "805651bc-6ecd-4c73-9b55-97a19d0582d0", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/c/providers/microsoft.security/assessments/805651bc-6ecd-4c73-9b55-97a19d0582d0", resource_details_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/c", status_code = "Healthy" },
-- ]
-- expect = { a = "unknown", b = "unknown", c = "pass" }
-- [[case]]
-- title = "Defender not registered: it says nothing about the machine"
-- ledger = [{ table = "azure_security_assessment", subscription = "11111111-1111-4111-8111-111111111111", status = "not_registered" }]
-- given.azure_vm = [{ name = "a" }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "no machine"
-- given.azure_security_assessment = [
--   { name = "805651bc-6ecd-4c73-9b55-97a19d0582d0", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/gone/providers/microsoft.security/assessments/805651bc-6ecd-4c73-9b55-97a19d0582d0", resource_details_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/gone", status_code = "Unhealthy" },
-- ]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "azure_security_assessment denied"
-- ledger = [{ table = "azure_security_assessment", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_vm = [{ name = "a" }]
-- given.azure_security_assessment = [
--   { name = "805651bc-6ecd-4c73-9b55-97a19d0582d0", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/a/providers/microsoft.security/assessments/805651bc-6ecd-4c73-9b55-97a19d0582d0", resource_details_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/a", status_code = "Healthy" },
-- ]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "azure_vm denied"
-- ledger = [{ table = "azure_vm", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_vm = [{ name = "a" }]
-- given.azure_security_assessment = [
--   { name = "805651bc-6ecd-4c73-9b55-97a19d0582d0", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/a/providers/microsoft.security/assessments/805651bc-6ecd-4c73-9b55-97a19d0582d0", resource_details_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/a", status_code = "Healthy" },
-- ]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
WITH assessment AS (
    -- The machine is what the assessment's id lies below, else the resource it names.
    SELECT CASE WHEN lower(a.id) LIKE '%/virtualmachines/%/providers/microsoft.security/assessments/%' THEN regexp_replace(regexp_replace(lower(a.id), '/providers/microsoft.security/assessments/.*$', ''), '(/virtualmachines/[^/]+)/.*$', '\1')
                ELSE rtrim(lower(a.resource_details_id), '/')
           END AS vm_id,
           CASE WHEN list_contains(a._gaps, 'status_code') THEN 'unread' ELSE lower(trim(a.status_code)) END AS code,
           CASE WHEN list_contains(a._gaps, 'status_cause') THEN 'unread' ELSE lower(trim(a.status_cause)) END AS cause,
           a.status_code, a.status_cause,
           CASE WHEN list_contains(a._gaps, 'status_description') THEN NULL ELSE a.status_description END AS description,
           CASE WHEN list_contains(a._gaps, 'status_status_change_date') THEN NULL ELSE a.status_status_change_date END AS changed_at
    FROM azure_security_assessment AS a
    WHERE lower(a.name) = '805651bc-6ecd-4c73-9b55-97a19d0582d0'
),
weighed AS (
    SELECT s.vm_id, s.status_code, s.status_cause, s.description, s.changed_at,
           CASE WHEN s.code = 'unhealthy' OR (s.code = 'notapplicable' AND s.cause = 'offbypolicy') THEN 1
                WHEN s.code = 'healthy' THEN 3
                WHEN s.code = 'notapplicable' AND coalesce(s.cause, '') <> 'unread' THEN 4
                ELSE 2
           END AS weight
    FROM assessment AS s
),
worst AS (
    SELECT w.vm_id, w.status_code, w.status_cause, w.description, w.changed_at, w.weight,
           row_number() OVER (PARTITION BY w.vm_id ORDER BY w.weight, w.status_code, w.status_cause) AS place
    FROM weighed AS w
)
SELECT m.id AS subject, m.id AS resource_id, m.subscription_id,
       CASE w.weight WHEN 1 THEN 'fail' WHEN 3 THEN 'pass' WHEN 4 THEN 'not_applicable' END AS verdict,
       CASE WHEN w.vm_id IS NULL THEN 'Defender for Cloud has no such assessment of the machine'
            WHEN w.weight = 2 THEN 'status or cause of the assessment not readable or not known: ' || coalesce(w.status_code, 'none')
            ELSE 'Defender for Cloud says ' || w.status_code || coalesce(', cause ' || w.status_cause, '')
       END AS reason,
       w.status_code, w.status_cause, w.description, w.changed_at
FROM azure_vm AS m
LEFT JOIN worst AS w ON w.vm_id = m.id AND w.place = 1
