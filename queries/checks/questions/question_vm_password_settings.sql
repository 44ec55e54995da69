-- title = "Machines that fail a password audit policy"
-- severity = "medium"
-- subject = "azure_vm"
-- tables = ["azure_vm", "azure_policy_state"]
-- controls = ["jupiterone_questions:vm_password_settings"]
-- rationale = "Nine built-in policies look inside machines for weak rules of passwords. They are found by their ids, since four were renamed and the question, which went by names, never found them. Exempt, unknown and not started states are not bad ones; a machine passes only where each policy for its system says so, and a policy that nobody assigned leaves it open."
-- remediation = "Assign the initiative for password security of machines in Azure Policy, or mend what the guest assignment of the machine names"
-- references = ["https://learn.microsoft.com/azure/governance/machine-configuration/overview/01-overview-concepts"]
-- [[case]]
-- title = "all three Linux policies compliant"
-- given.azure_vm = [{ name = "a", storage_profile_os_disk_os_type = "Linux" }]
-- given.azure_policy_state = [
--   { name = "a0", resource_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/a", policy_definition_id = "/providers/microsoft.authorization/policydefinitions/ea53dbee-c6c9-4f0e-9f9e-de0039b78023", compliance_state = "Compliant" },
--   { name = "a1", resource_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/a", policy_definition_id = "/providers/microsoft.authorization/policydefinitions/e6955644-301c-44b5-a4c4-528577de6861", compliance_state = "compliant" },
--   { name = "a2", resource_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/a", policy_definition_id = "/providers/microsoft.authorization/policydefinitions/f6ec09a3-78bf-4f8f-99dc-6c77182d0f99", compliance_state = "Compliant" },
-- ]
-- expect = { a = "pass" }
-- [[case]]
-- title = "one of them is not, in any letter case"
-- given.azure_vm = [{ name = "a", storage_profile_os_disk_os_type = "Linux" }, { name = "b", storage_profile_os_disk_os_type = "Linux" }]
-- given.azure_policy_state = [
--   { name = "a0", resource_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/a", policy_definition_id = "/providers/microsoft.authorization/policydefinitions/ea53dbee-c6c9-4f0e-9f9e-de0039b78023", compliance_state = "Compliant" },
--   { name = "a1", resource_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/a", policy_definition_id = "/providers/microsoft.authorization/policydefinitions/e6955644-301c-44b5-a4c4-528577de6861", compliance_state = "NonCompliant" },
--   { name = "a2", resource_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/a", policy_definition_id = "/providers/microsoft.authorization/policydefinitions/f6ec09a3-78bf-4f8f-99dc-6c77182d0f99", compliance_state = "Compliant" },
--   { name = "b0", resource_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/b", policy_definition_id = "/providers/microsoft.authorization/policydefinitions/ea53dbee-c6c9-4f0e-9f9e-de0039b78023", compliance_state = "noncompliant" },
-- ]
-- expect = { a = "fail", b = "fail" }
-- [[case]]
-- title = "a Windows policy by id, whatever it is called today"
-- given.azure_vm = [{ name = "a", storage_profile_os_disk_os_type = "Windows" }]
-- given.azure_policy_state = [{ name = "a0", resource_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/a", policy_definition_id = "/providers/microsoft.authorization/policydefinitions/4ceb8dc2-559c-478b-a15b-733fbf1e3738", compliance_state = "NonCompliant" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "exempt, unknown and not started are not bad, nor good; another policy does not count"
-- given.azure_vm = [
--   { name = "a", storage_profile_os_disk_os_type = "Linux" },
--   { name = "b", storage_profile_os_disk_os_type = "Linux" },
--   { name = "c", storage_profile_os_disk_os_type = "Linux" },
--   { name = "d", storage_profile_os_disk_os_type = "Linux" },
-- ]
-- given.azure_policy_state = [
--   { name = "a0", resource_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/a", policy_definition_id = "/providers/microsoft.authorization/policydefinitions/ea53dbee-c6c9-4f0e-9f9e-de0039b78023", compliance_state = "Exempt" },
--   { name = "a1", resource_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/a", policy_definition_id = "/providers/microsoft.authorization/policydefinitions/e6955644-301c-44b5-a4c4-528577de6861", compliance_state = "Compliant" },
--   { name = "a2", resource_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/a", policy_definition_id = "/providers/microsoft.authorization/policydefinitions/f6ec09a3-78bf-4f8f-99dc-6c77182d0f99", compliance_state = "Compliant" },
--   { name = "b0", resource_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/b", policy_definition_id = "/providers/microsoft.authorization/policydefinitions/ea53dbee-c6c9-4f0e-9f9e-de0039b78023", compliance_state = "Unknown" },
--   { name = "b1", resource_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/b", policy_definition_id = "/providers/microsoft.authorization/policydefinitions/e6955644-301c-44b5-a4c4-528577de6861", compliance_state = "Compliant" },
--   { name = "b2", resource_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/b", policy_definition_id = "/providers/microsoft.authorization/policydefinitions/f6ec09a3-78bf-4f8f-99dc-6c77182d0f99", compliance_state = "Compliant" },
--   { name = "c0", resource_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/c", policy_definition_id = "/providers/microsoft.authorization/policydefinitions/ea53dbee-c6c9-4f0e-9f9e-de0039b78023", compliance_state = "NotStarted" },
--   { name = "c1", resource_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/c", policy_definition_id = "/providers/microsoft.authorization/policydefinitions/e6955644-301c-44b5-a4c4-528577de6861", compliance_state = "Compliant" },
--   { name = "c2", resource_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/c", policy_definition_id = "/providers/microsoft.authorization/policydefinitions/f6ec09a3-78bf-4f8f-99dc-6c77182d0f99", compliance_state = "Compliant" },
--   { name = "d0", resource_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/d", policy_definition_id = "/providers/microsoft.authorization/policydefinitions/00000000-0000-4000-8000-000000000000", compliance_state = "NonCompliant" },
-- ]
-- expect = { a = "unknown", b = "unknown", c = "unknown", d = "unknown" }
-- [[case]]
-- title = "compliant by one assignment, not by another"
-- given.azure_vm = [{ name = "a", storage_profile_os_disk_os_type = "Linux" }]
-- given.azure_policy_state = [
--   { name = "a0", resource_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/a", policy_definition_id = "/providers/microsoft.authorization/policydefinitions/ea53dbee-c6c9-4f0e-9f9e-de0039b78023", compliance_state = "Compliant" },
--   { name = "a1", resource_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/a", policy_definition_id = "/providers/microsoft.authorization/policydefinitions/e6955644-301c-44b5-a4c4-528577de6861", compliance_state = "Compliant" },
--   { name = "a2", resource_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/a", policy_definition_id = "/providers/microsoft.authorization/policydefinitions/f6ec09a3-78bf-4f8f-99dc-6c77182d0f99", compliance_state = "Compliant" },
--   { name = "z", resource_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/a", policy_definition_id = "/providers/microsoft.authorization/policydefinitions/ea53dbee-c6c9-4f0e-9f9e-de0039b78023", compliance_state = "NonCompliant" },
-- ]
-- expect = { a = "fail" }
-- [[case]]
-- title = "policies not assigned; the system not known; a state not readable"
-- given.azure_vm = [
--   { name = "a", storage_profile_os_disk_os_type = "Linux" },
--   { name = "b", storage_profile_os_disk_os_type = "Linux" },
--   { name = "c" },
-- ]
-- given.azure_policy_state = [
--   { name = "b0", resource_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/b", policy_definition_id = "/providers/microsoft.authorization/policydefinitions/ea53dbee-c6c9-4f0e-9f9e-de0039b78023", compliance_state = "Compliant" },
--   { name = "b1", resource_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/b", policy_definition_id = "/providers/microsoft.authorization/policydefinitions/e6955644-301c-44b5-a4c4-528577de6861", compliance_state = "Compliant" },
--   { name = "g", resource_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/b", policy_definition_id = "/providers/microsoft.authorization/policydefinitions/f6ec09a3-78bf-4f8f-99dc-6c77182d0f99", _gaps = ["compliance_state"] },
--   { name = "c0", resource_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/c", policy_definition_id = "/providers/microsoft.authorization/policydefinitions/ea53dbee-c6c9-4f0e-9f9e-de0039b78023", compliance_state = "Compliant" },
--   { name = "c1", resource_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/c", policy_definition_id = "/providers/microsoft.authorization/policydefinitions/e6955644-301c-44b5-a4c4-528577de6861", compliance_state = "Compliant" },
--   { name = "c2", resource_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/c", policy_definition_id = "/providers/microsoft.authorization/policydefinitions/f6ec09a3-78bf-4f8f-99dc-6c77182d0f99", compliance_state = "Compliant" },
-- ]
-- expect = { a = "unknown", b = "unknown", c = "unknown" }
-- [[case]]
-- title = "states denied"
-- ledger = [{ table = "azure_policy_state", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_vm = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "no machine"
-- given.azure_vm = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
WITH result AS (
    SELECT lower(s.resource_id) AS machine_id, d.title, d.os,
           max(CASE WHEN lower(trim(s.compliance_state)) = 'noncompliant' THEN 1 ELSE 0 END) AS is_bad,
           min(CASE WHEN lower(trim(s.compliance_state)) = 'compliant' THEN 1 ELSE 0 END) AS is_good,
           max(CASE WHEN list_contains(s._gaps, 'compliance_state') OR s.compliance_state IS NULL THEN 'not readable'
                    WHEN lower(trim(s.compliance_state)) NOT IN ('compliant', 'noncompliant') THEN s.compliance_state END) AS other_state
    FROM azure_policy_state AS s
    JOIN data_password_guest_policy AS d ON d.policy_id = guid_of(s.policy_definition_id)
    GROUP BY lower(s.resource_id), d.title, d.os
),
per_machine AS (
    SELECT r.machine_id, count(*) AS n,
           list_sort(list(r.title) FILTER (WHERE r.is_bad = 1)) AS bad,
           list_sort(list(r.title || ' (' || coalesce(r.other_state, 'mixed') || ')') FILTER (WHERE r.is_bad = 0 AND r.is_good = 0)) AS open_ones,
           sum(CASE WHEN r.os = 'windows' AND r.is_good = 1 THEN 1 ELSE 0 END) AS n_windows,
           sum(CASE WHEN r.os = 'linux' AND r.is_good = 1 THEN 1 ELSE 0 END) AS n_linux
    FROM result AS r
    GROUP BY r.machine_id
),
wanted AS (
    SELECT sum(CASE WHEN d.os = 'windows' THEN 1 ELSE 0 END) AS n_windows, sum(CASE WHEN d.os = 'linux' THEN 1 ELSE 0 END) AS n_linux
    FROM data_password_guest_policy AS d
),
machine AS (
    SELECT v.id, v.subscription_id,
           CASE WHEN NOT coalesce(list_contains(v._gaps, 'storage_profile_os_disk_os_type'), FALSE) THEN lower(trim(v.storage_profile_os_disk_os_type)) END AS os
    FROM azure_vm AS v
)
SELECT m.id AS subject, m.id AS resource_id, m.subscription_id,
       CASE WHEN p.bad IS NOT NULL THEN 'fail'
            WHEN (m.os = 'linux' AND p.n_linux = w.n_linux) OR (m.os = 'windows' AND p.n_windows = w.n_windows) THEN 'pass'
       END AS verdict,
       CASE WHEN p.bad IS NOT NULL THEN 'audit policies for passwords that the machine fails: ' || array_to_string(p.bad, ', ')
            WHEN (m.os = 'linux' AND p.n_linux = w.n_linux) OR (m.os = 'windows' AND p.n_windows = w.n_windows)
            THEN 'the machine meets all audit policies for passwords of its system'
            WHEN p.machine_id IS NULL THEN 'no audit policy for passwords has a state for the machine: none is assigned, or none has run'
            WHEN m.os IS NULL THEN 'the system of the machine is not known, so neither is which policies belong to it'
            WHEN p.open_ones IS NOT NULL THEN 'neither met nor failed: ' || array_to_string(p.open_ones, ', ')
            ELSE 'only a part of the audit policies for passwords has a state for the machine'
       END AS reason,
       m.os AS operating_system, p.bad AS failed_policies, p.open_ones AS undecided_policies
FROM machine AS m
CROSS JOIN wanted AS w
LEFT JOIN per_machine AS p ON p.machine_id = m.id
