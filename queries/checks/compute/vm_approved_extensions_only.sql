-- title = "Only approved VM extensions"
-- severity = "medium"
-- subject = "azure_vm_extension"
-- tables = ["azure_vm", "azure_vm_extension"]
-- params = ["approved_vm_extensions"]
-- controls = [
--   "cis_azure_2_0_0:7.5", "cis_azure_2_1_0:7.5", "cis_azure_3_0_0:8.7", "jupiterone_questions:vm_extensions_approved",
--   "nist_800_53_r5:CM-2", "nist_800_53_r5:CM-6", "iso_27001_2022:A.8.9", "pci_dss_4_0:2.2.1", "soc_2:CC7.1", "soc_2:CC8.1",
-- ]
-- rationale = "An extension runs as administrator of the machine, and whoever may install one may run anything there. Which ones belong on machines only the organisation can say: give the list as a parameter, or look through the evidence."
-- remediation = "az vm extension delete --ids EXTENSION_ID; bar others with the policy 'Only approved VM extensions should be installed'."
-- references = ["https://learn.microsoft.com/azure/virtual-machines/extensions/overview", "https://learn.microsoft.com/azure/virtual-machines/extensions/extensions-rmpolicy-howto-cli"]
-- [[case]]
-- title = "no list given: the auditor decides"
-- given.azure_vm = [{ id = "/x/vm" }]
-- given.azure_vm_extension = [{ name = "a", _parent_id = "/x/vm", publisher = "Microsoft.Azure.Monitor", properties_type = "AzureMonitorLinuxAgent", type_handler_version = "1.33", provisioning_state = "Succeeded" }]
-- expect = { a = "manual" }
-- [[case]]
-- title = "on the list, with publisher or by type alone, in other letter case"
-- param.approved_vm_extensions = ["microsoft.azure.monitor/azuremonitorlinuxagent", " MDE.Linux "]
-- given.azure_vm = [{ id = "/x/vm" }]
-- given.azure_vm_extension = [
--   { name = "a", _parent_id = "/x/vm", publisher = "Microsoft.Azure.Monitor", properties_type = "AzureMonitorLinuxAgent" },
--   { name = "b", _parent_id = "/x/vm", publisher = "Microsoft.Azure.AzureDefenderForServers", properties_type = "MDE.Linux" },
-- ]
-- expect = { a = "pass", b = "pass" }
-- [[case]]
-- title = "not on the list; the name that a person chose does not count"
-- param.approved_vm_extensions = ["Microsoft.Azure.Monitor/AzureMonitorLinuxAgent"]
-- given.azure_vm = [{ id = "/x/vm" }]
-- given.azure_vm_extension = [{ name = "AzureMonitorLinuxAgent", _parent_id = "/x/vm", publisher = "Microsoft.Azure.Extensions", properties_type = "CustomScript" }]
-- expect = { AzureMonitorLinuxAgent = "fail" }
-- [[case]]
-- title = "the same type of another publisher is not on the list"
-- param.approved_vm_extensions = ["Microsoft.Azure.Monitor/AzureMonitorLinuxAgent"]
-- given.azure_vm = [{ id = "/x/vm" }]
-- given.azure_vm_extension = [{ name = "a", _parent_id = "/x/vm", publisher = "Evil.Corp", properties_type = "AzureMonitorLinuxAgent" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "a list of blanks is no list"
-- param.approved_vm_extensions = [" "]
-- given.azure_vm = [{ id = "/x/vm" }]
-- given.azure_vm_extension = [{ name = "a", _parent_id = "/x/vm", publisher = "P", properties_type = "T" }]
-- expect = { a = "manual" }
-- [[case]]
-- title = "type or publisher absent"
-- param.approved_vm_extensions = ["P/T"]
-- given.azure_vm = [{ id = "/x/vm" }]
-- given.azure_vm_extension = [{ name = "a", _parent_id = "/x/vm", publisher = "P" }, { name = "b", _parent_id = "/x/vm", properties_type = "T" }]
-- expect = { a = "unknown", b = "unknown" }
-- [[case]]
-- title = "type not readable"
-- param.approved_vm_extensions = ["P/T"]
-- given.azure_vm = [{ id = "/x/vm" }]
-- given.azure_vm_extension = [{ name = "a", _parent_id = "/x/vm", publisher = "P", _gaps = ["properties_type"] }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "machine without extensions"
-- given.azure_vm = [{ id = "/x/vm" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "extensions of one machine denied"
-- param.approved_vm_extensions = ["P/T"]
-- ledger = [{ table = "azure_vm_extension", parent = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/b", status = "denied" }]
-- given.azure_vm = [{ name = "a" }, { name = "b" }]
-- given.azure_vm_extension = [{ id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/a/extensions/e", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/a", publisher = "P", properties_type = "T" }]
-- expect = { e = "pass", "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/b" = "unknown" }
-- [[case]]
-- title = "extensions denied"
-- ledger = [{ table = "azure_vm_extension", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_vm = [{ id = "/x/vm" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
WITH extension AS (
    SELECT e.id, e.subscription_id, e._parent_id, e.type_handler_version, e.provisioning_state,
           trim(e.publisher) AS publisher, trim(e.properties_type) AS kind,
           lower(trim(e.publisher)) || '/' || lower(trim(e.properties_type)) AS full_name, lower(trim(e.properties_type)) AS short_name,
           list_filter(list_transform(param_approved_vm_extensions(), lambda m: lower(trim(m))), lambda m: m <> '') AS approved
    FROM azure_vm_extension AS e
)
SELECT e.id AS subject, e.id AS resource_id, e.subscription_id,
       CASE WHEN coalesce(array_length(e.approved), 0) = 0 THEN 'manual'
            WHEN coalesce(e.full_name, '') IN ('', '/') THEN NULL
            WHEN list_contains(e.approved, e.full_name) OR list_contains(e.approved, e.short_name) THEN 'pass'
            ELSE 'fail'
       END AS verdict,
       CASE WHEN coalesce(array_length(e.approved), 0) = 0 THEN 'no list of approved extensions is given; found: '
            WHEN coalesce(e.full_name, '') IN ('', '/') THEN 'publisher or type is absent: '
            WHEN list_contains(e.approved, e.full_name) OR list_contains(e.approved, e.short_name) THEN 'on the list of approved extensions: '
            ELSE 'not on the list of approved extensions: '
       END || coalesce(e.publisher, '(no publisher)') || '/' || coalesce(e.kind, '(no type)') AS reason,
       m.name AS machine, e.publisher, e.kind AS extension_type, e.type_handler_version AS version, e.provisioning_state
FROM extension AS e
LEFT JOIN azure_vm AS m ON m.id = e._parent_id
