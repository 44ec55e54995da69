-- title = "VM size on approved list"
-- severity = "low"
-- subject = "azure_vm"
-- tables = ["azure_vm"]
-- params = ["approved_vm_sizes"]
-- controls = [
--   "nist_800_53_r5:CM-2", "nist_800_53_r5:CM-6", "iso_27001_2022:A.8.9", "pci_dss_4_0:2.2.1", "soc_2:CC7.1", "soc_2:CC8.1",
-- ]
-- rationale = "Sizes that nobody planned for cost money, and some are made for mining or lack what security asks of machines, such as encryption at host. Which sizes are planned only the organisation can say: without the list nothing is decided."
-- remediation = "az vm resize --ids ID --size Standard_D2s_v5; bar others with the policy 'Allowed virtual machine size SKUs'. Give the list with --param approved_vm_sizes."
-- references = ["https://learn.microsoft.com/azure/virtual-machines/sizes/overview", "https://learn.microsoft.com/azure/governance/policy/samples/built-in-policies"]
-- [[case]]
-- title = "on the list"
-- param.approved_vm_sizes = ["Standard_D2s_v5", "Standard_B2s"]
-- given.azure_vm = [{ name = "a", hardware_profile_vm_size = "Standard_B2s" }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "not on the list; a name that begins alike is another size"
-- param.approved_vm_sizes = ["Standard_D2s_v5"]
-- given.azure_vm = [{ name = "a", hardware_profile_vm_size = "Standard_ND96asr_v4" }, { name = "b", hardware_profile_vm_size = "Standard_D2s_v50" }, { name = "c", hardware_profile_vm_size = "Standard_D2s" }]
-- expect = { a = "fail", b = "fail", c = "fail" }
-- [[case]]
-- title = "other letter case and blanks on both sides"
-- param.approved_vm_sizes = [" standard_d2s_V5 "]
-- given.azure_vm = [{ name = "a", hardware_profile_vm_size = "Standard_D2s_v5 " }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "no list"
-- given.azure_vm = [{ name = "a", hardware_profile_vm_size = "Standard_B2s" }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "a list of blanks is no list"
-- param.approved_vm_sizes = [""]
-- given.azure_vm = [{ name = "a", hardware_profile_vm_size = "" }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "size absent or empty"
-- param.approved_vm_sizes = ["Standard_D2s_v5"]
-- given.azure_vm = [{ name = "a" }, { name = "b", hardware_profile_vm_size = " " }]
-- expect = { a = "unknown", b = "unknown" }
-- [[case]]
-- title = "size not readable"
-- param.approved_vm_sizes = ["Standard_D2s_v5"]
-- given.azure_vm = [{ name = "a", _gaps = ["hardware_profile_vm_size"] }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "no machine"
-- given.azure_vm = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "list denied"
-- ledger = [{ table = "azure_vm", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_vm = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
WITH machine AS (
    SELECT m.id, m.subscription_id, nullif(trim(m.hardware_profile_vm_size), '') AS size,
           list_filter(list_transform(param_approved_vm_sizes(), lambda p: lower(trim(p))), lambda p: p <> '') AS approved
    FROM azure_vm AS m
)
SELECT m.id AS subject, m.id AS resource_id, m.subscription_id,
       CASE WHEN coalesce(array_length(m.approved), 0) = 0 OR m.size IS NULL THEN NULL
            WHEN list_contains(m.approved, lower(m.size)) THEN 'pass'
            ELSE 'fail'
       END AS verdict,
       CASE WHEN m.size IS NULL THEN 'the size of the machine is absent'
            WHEN coalesce(array_length(m.approved), 0) = 0 THEN 'no list of approved sizes is given (parameter approved_vm_sizes); size: ' || m.size
            WHEN list_contains(m.approved, lower(m.size)) THEN 'the size is on the list: ' || m.size
            ELSE 'the size is not on the list: ' || m.size
       END AS reason,
       m.size
FROM machine AS m
