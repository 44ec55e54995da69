-- title = "Security benchmark policies not disabled"
-- severity = "medium"
-- subject = "azure_subscription"
-- tables = ["azure_subscription", "azure_policy_assignment"]
-- optional = ["azure_management_group", "azure_policy_set_definition", "azure_policy_exemption"]
-- controls = [
--   "cis_azure_2_0_0:2.1.14", "cis_azure_2_1_0:2.1.13", "cis_azure_3_0_0:3.1.11", "cis_azure_4_0_0:9.1.11",
--   "cis_azure_5_0_0:8.1.11", "cis_azure_6_0_0:8.1.11", "nist_800_53_r5:CM-2", "nist_800_53_r5:CM-6", "iso_27001_2022:A.5.1",
--   "pci_dss_4_0:2.2.1", "soc_2:CC7.1", "soc_2:CC8.1",
-- ]
-- rationale = "The recommendations of Defender for Cloud come from the policies of the Microsoft cloud security benchmark. One that is set to Disabled gives no finding, which looks like none to find. Policies that Microsoft itself ships switched off do not count. Nor does a subscription get findings that is exempted from the whole benchmark; exemptions from single policies are told, not judged."
-- remediation = "Defender for Cloud > Environment settings > subscription > Security policies > Microsoft cloud security benchmark: set each Disabled effect back to AuditIfNotExists or Audit; az policy assignment update --name SecurityCenterBuiltIn --enforcement-mode Default"
-- references = ["https://learn.microsoft.com/azure/defender-for-cloud/manage-mcsb", "https://learn.microsoft.com/azure/governance/policy/concepts/assignment-structure", "https://learn.microsoft.com/azure/governance/policy/concepts/exemption-structure"]
-- [[case]]
-- title = "default assignment without parameters"
-- given.azure_subscription = [{ }]
-- given.azure_policy_assignment = [
--   { name = "SecurityCenterBuiltIn", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8" },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass" }
-- [[case]]
-- title = "parameters that are on, hold no value or are no effect"
-- given.azure_subscription = [{ }]
-- given.azure_policy_assignment = [
--   { name = "SecurityCenterBuiltIn", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8", parameters = '{"aMonitoringEffect":{"value":"AuditIfNotExists"},"b":{"value":null},"c":{"value":["Disabled"]}}', enforcement_mode = "Default" },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass" }
-- [[case]]
-- title = "one parameter says Disabled, in other letter case, though the set has it on"
-- given.azure_subscription = [{ }]
-- given.azure_policy_set_definition = [
--   { id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8", parameters = '{"oneEffect":{"defaultValue":"AuditIfNotExists"},"oldEffect":{"defaultValue":"Disabled"}}' },
-- ]
-- given.azure_policy_assignment = [
--   { name = "SecurityCenterBuiltIn", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8", parameters = '{"OneEffect":{"value":"disabled"}}' },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail" }
-- [[case]]
-- title = "Disabled where the set has it off too does not count"
-- given.azure_subscription = [{ }]
-- given.azure_policy_set_definition = [
--   { id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8", parameters = '{"oneEffect":{"defaultValue":"AuditIfNotExists"},"oldEffect":{"defaultValue":"Disabled"}}' },
-- ]
-- given.azure_policy_assignment = [
--   { name = "SecurityCenterBuiltIn", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8", parameters = '{"oldEffect":{"value":"Disabled"}}' },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass" }
-- [[case]]
-- title = "Disabled, and the set is not in the snapshot, its parameters are not readable, or it lacks the parameter"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }, { subscription_id = "33333333-3333-4333-8333-333333333333" }]
-- given.azure_policy_assignment = [
--   { name = "SecurityCenterBuiltIn", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8", parameters = '{"x":{"value":"Disabled"}}' },
--   { name = "SecurityCenterBuiltIn", subscription_id = "22222222-2222-4222-8222-222222222222", scope = "/subscriptions/22222222-2222-4222-8222-222222222222", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/e3ec7e09-768c-4b64-882c-fcada3772047", parameters = '{"x":{"value":"Disabled"}}' },
--   { name = "SecurityCenterBuiltIn", subscription_id = "33333333-3333-4333-8333-333333333333", scope = "/subscriptions/33333333-3333-4333-8333-333333333333", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8", parameters = '{"x":{"value":"Disabled"}}' },
-- ]
-- given.azure_policy_set_definition = [{ id = "/providers/microsoft.authorization/policysetdefinitions/e3ec7e09-768c-4b64-882c-fcada3772047", _gaps = ["parameters"] }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "unknown", "22222222-2222-4222-8222-222222222222" = "unknown", "33333333-3333-4333-8333-333333333333" = "unknown" }
-- [[case]]
-- title = "the set lacks the parameter"
-- given.azure_subscription = [{ }]
-- given.azure_policy_set_definition = [
--   { id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8", parameters = '{"oneEffect":{"defaultValue":"AuditIfNotExists"},"oldEffect":{"defaultValue":"Disabled"}}' },
-- ]
-- given.azure_policy_assignment = [
--   { name = "SecurityCenterBuiltIn", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8", parameters = '{"goneEffect":{"value":"Disabled"}}' },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "not enforced; only for resources enrolled; unknown mode"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }, { subscription_id = "33333333-3333-4333-8333-333333333333" }]
-- given.azure_policy_assignment = [
--   { name = "SecurityCenterBuiltIn", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8", enforcement_mode = "DoNotEnforce" },
--   { name = "SecurityCenterBuiltIn", subscription_id = "22222222-2222-4222-8222-222222222222", scope = "/subscriptions/22222222-2222-4222-8222-222222222222", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8", enforcement_mode = "Enroll" },
--   { name = "SecurityCenterBuiltIn", subscription_id = "33333333-3333-4333-8333-333333333333", scope = "/subscriptions/33333333-3333-4333-8333-333333333333", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8", enforcement_mode = "default" },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass", "22222222-2222-4222-8222-222222222222" = "unknown", "33333333-3333-4333-8333-333333333333" = "pass" }
-- [[case]]
-- title = "no assignment; one of another set; one on a resource group"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }, { subscription_id = "33333333-3333-4333-8333-333333333333" }]
-- given.azure_policy_assignment = [
--   { name = "x", subscription_id = "22222222-2222-4222-8222-222222222222", scope = "/subscriptions/22222222-2222-4222-8222-222222222222", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/00000000-0000-0000-0000-000000000001" },
--   { name = "y", subscription_id = "33333333-3333-4333-8333-333333333333", scope = "/subscriptions/33333333-3333-4333-8333-333333333333/resourceGroups/rg", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8" },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail", "22222222-2222-4222-8222-222222222222" = "fail", "33333333-3333-4333-8333-333333333333" = "fail" }
-- [[case]]
-- title = "an override turns a policy off; an override of another kind does not"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_policy_assignment = [
--   { name = "SecurityCenterBuiltIn", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8", overrides = '[{"kind":"policyEffect","value":"Disabled","selectors":[{"kind":"policyDefinitionReferenceId","in":["a"]}]}]' },
--   { name = "SecurityCenterBuiltIn", subscription_id = "22222222-2222-4222-8222-222222222222", scope = "/subscriptions/22222222-2222-4222-8222-222222222222", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8", overrides = '[{"kind":"definitionVersion","value":"1.*.*"},{"kind":"policyEffect","value":"Audit"}]' },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail", "22222222-2222-4222-8222-222222222222" = "pass" }
-- [[case]]
-- title = "selectors narrow it to a part of the resources"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_policy_assignment = [
--   { name = "SecurityCenterBuiltIn", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8", resource_selectors = '[{"name":"r","selectors":[{"kind":"resourceLocation","in":["westeurope"]}]}]' },
--   { name = "SecurityCenterBuiltIn", subscription_id = "22222222-2222-4222-8222-222222222222", scope = "/subscriptions/22222222-2222-4222-8222-222222222222", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8", resource_selectors = '[]' },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "unknown", "22222222-2222-4222-8222-222222222222" = "pass" }
-- [[case]]
-- title = "inherited, known from where it was seen"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_policy_assignment = [
--   { name = "mcsb", scope = "/providers/microsoft.management/managementgroups/root", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8", _seen_in = ["11111111-1111-4111-8111-111111111111"] },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass", "22222222-2222-4222-8222-222222222222" = "fail" }
-- [[case]]
-- title = "inherited, known from the tree alone; another branch does not count; the newer set counts too"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }, { subscription_id = "33333333-3333-4333-8333-333333333333" }]
-- given.azure_management_group = [
--   { id = "/providers/microsoft.management/managementgroups/root", children_id = ["/providers/microsoft.management/managementgroups/mid", "/subscriptions/22222222-2222-4222-8222-222222222222"] },
--   { id = "/providers/microsoft.management/managementgroups/mid", details_parent_id = "/providers/microsoft.management/managementgroups/root", children_id = ["/Subscriptions/11111111-1111-4111-8111-111111111111"] },
--   { id = "/providers/microsoft.management/managementgroups/side", children_id = ["/subscriptions/33333333-3333-4333-8333-333333333333"] },
-- ]
-- given.azure_policy_assignment = [
--   { name = "mcsb", scope = "/providers/microsoft.management/managementgroups/root", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/e3ec7e09-768c-4b64-882c-fcada3772047" },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass", "22222222-2222-4222-8222-222222222222" = "pass", "33333333-3333-4333-8333-333333333333" = "fail" }
-- [[case]]
-- title = "left out by name, or by a group above"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }, { subscription_id = "33333333-3333-4333-8333-333333333333" }]
-- given.azure_management_group = [
--   { id = "/providers/microsoft.management/managementgroups/root", children_id = ["/providers/microsoft.management/managementgroups/mid", "/subscriptions/22222222-2222-4222-8222-222222222222"] },
--   { id = "/providers/microsoft.management/managementgroups/mid", details_parent_id = "/providers/microsoft.management/managementgroups/root", children_id = ["/Subscriptions/11111111-1111-4111-8111-111111111111"] },
--   { id = "/providers/microsoft.management/managementgroups/side", children_id = ["/subscriptions/33333333-3333-4333-8333-333333333333"] },
-- ]
-- given.azure_policy_assignment = [
--   { name = "mcsb", scope = "/providers/microsoft.management/managementgroups/root", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8", not_scopes = ["/providers/microsoft.management/managementgroups/mid/", "/Subscriptions/22222222-2222-4222-8222-222222222222"] },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail", "22222222-2222-4222-8222-222222222222" = "fail", "33333333-3333-4333-8333-333333333333" = "fail" }
-- [[case]]
-- title = "the tree is not known: it may be above, or left out"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }, { subscription_id = "33333333-3333-4333-8333-333333333333" }]
-- given.azure_policy_assignment = [
--   { name = "mcsb", scope = "/providers/microsoft.management/managementgroups/root", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8", not_scopes = ["/subscriptions/22222222-2222-4222-8222-222222222222"] },
--   { name = "mcsb3", scope = "/providers/microsoft.management/managementgroups/root", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8", _seen_in = ["33333333-3333-4333-8333-333333333333"], not_scopes = ["/providers/microsoft.management/managementgroups/mid"] },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "unknown", "22222222-2222-4222-8222-222222222222" = "fail", "33333333-3333-4333-8333-333333333333" = "unknown" }
-- [[case]]
-- title = "the default assignment decides where it is made; beside others one clean one is enough"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_policy_set_definition = [
--   { id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8", parameters = '{"oneEffect":{"defaultValue":"AuditIfNotExists"},"oldEffect":{"defaultValue":"Disabled"}}' },
-- ]
-- given.azure_management_group = [
--   { id = "/providers/microsoft.management/managementgroups/root", children_id = ["/providers/microsoft.management/managementgroups/mid", "/subscriptions/22222222-2222-4222-8222-222222222222"] },
--   { id = "/providers/microsoft.management/managementgroups/mid", details_parent_id = "/providers/microsoft.management/managementgroups/root", children_id = ["/Subscriptions/11111111-1111-4111-8111-111111111111"] },
--   { id = "/providers/microsoft.management/managementgroups/side", children_id = ["/subscriptions/33333333-3333-4333-8333-333333333333"] },
-- ]
-- given.azure_policy_assignment = [
--   { name = "mcsb", scope = "/providers/microsoft.management/managementgroups/root", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8" },
--   { name = "SecurityCenterBuiltIn", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8", parameters = '{"oneEffect":{"value":"Disabled"}}' },
--   { name = "own", subscription_id = "22222222-2222-4222-8222-222222222222", scope = "/subscriptions/22222222-2222-4222-8222-222222222222", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8", parameters = '{"oneEffect":{"value":"Disabled"}}' },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail", "22222222-2222-4222-8222-222222222222" = "pass" }
-- [[case]]
-- title = "not readable: parameters, what is assigned; beside a clean one the latter does not matter"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }, { subscription_id = "33333333-3333-4333-8333-333333333333" }]
-- given.azure_policy_assignment = [
--   { name = "SecurityCenterBuiltIn", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8", _gaps = ["parameters"] },
--   { name = "x", subscription_id = "22222222-2222-4222-8222-222222222222", scope = "/subscriptions/22222222-2222-4222-8222-222222222222", _gaps = ["policy_definition_id"] },
--   { name = "x", subscription_id = "33333333-3333-4333-8333-333333333333", scope = "/subscriptions/33333333-3333-4333-8333-333333333333", _gaps = ["policy_definition_id"] },
--   { name = "SecurityCenterBuiltIn", subscription_id = "33333333-3333-4333-8333-333333333333", scope = "/subscriptions/33333333-3333-4333-8333-333333333333", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8" },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "unknown", "22222222-2222-4222-8222-222222222222" = "unknown", "33333333-3333-4333-8333-333333333333" = "pass" }
-- [[case]]
-- title = "no subscription row"
-- given.azure_subscription = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "not_applicable" }
-- [[case]]
-- title = "assignments denied"
-- ledger = [{ table = "azure_policy_assignment", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_subscription = [{ }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "management groups and sets denied: an assignment on the subscription itself is enough"
-- ledger = [{ table = "azure_management_group", status = "denied" }, { table = "azure_policy_set_definition", status = "denied" }]
-- given.azure_subscription = [{ }]
-- given.azure_policy_assignment = [
--   { name = "SecurityCenterBuiltIn", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8" },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass" }
-- [[case]]
-- title = "DoNotEnforce and override"
-- given.azure_subscription = [{ subscription_id = "11111111-1111-4111-8111-111111111111" }]
-- given.azure_policy_assignment = [{ name = "x", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/policyassignments/x", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", enforcement_mode = "DoNotEnforce", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "pass" }
-- [[case]]
-- title = "the whole subscription is exempted from the benchmark"
-- given.azure_subscription = [{ }]
-- given.azure_policy_assignment = [
--   { name = "SecurityCenterBuiltIn", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/policyassignments/securitycenterbuiltin", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8" },
-- ]
-- given.azure_policy_exemption = [{ name = "e", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/policyexemptions/e", policy_assignment_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/policyassignments/securitycenterbuiltin", exemption_category = "Waiver" }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail" }
-- [[case]]
-- title = "exempted for good by a management group above"
-- given.azure_subscription = [{ }]
-- given.azure_policy_assignment = [
--   { name = "SecurityCenterBuiltIn", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/policyassignments/securitycenterbuiltin", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8" },
-- ]
-- given.azure_policy_exemption = [{ name = "e", id = "/providers/microsoft.management/managementgroups/root/providers/microsoft.authorization/policyexemptions/e", policy_assignment_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/policyassignments/securitycenterbuiltin", exemption_category = "Waiver", _seen_in = ["11111111-1111-4111-8111-111111111111"] }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail" }
-- [[case]]
-- title = "exempted as met by other means"
-- given.azure_subscription = [{ }]
-- given.azure_policy_assignment = [
--   { name = "SecurityCenterBuiltIn", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/policyassignments/securitycenterbuiltin", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8" },
-- ]
-- given.azure_policy_exemption = [{ name = "e", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/policyexemptions/e", policy_assignment_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/policyassignments/securitycenterbuiltin", exemption_category = "Mitigated" }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "exempted from single policies, which is told; an exemption that has lapsed, and one of a resource group"
-- given.azure_subscription = [{ }]
-- given.azure_policy_assignment = [
--   { name = "SecurityCenterBuiltIn", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/policyassignments/securitycenterbuiltin", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8" },
-- ]
-- given.azure_policy_exemption = [{ name = "a", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/policyexemptions/a", policy_assignment_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/policyassignments/securitycenterbuiltin", exemption_category = "Waiver", policy_definition_reference_ids = ["x"] }, { name = "b", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/policyexemptions/b", policy_assignment_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/policyassignments/securitycenterbuiltin", exemption_category = "Waiver", expires_on = "2026-09-30T00:00:00Z" }, { name = "c", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.authorization/policyexemptions/c", policy_assignment_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/policyassignments/securitycenterbuiltin", exemption_category = "Waiver" }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass" }
-- [[case]]
-- title = "an exemption that does not tell from what"
-- given.azure_subscription = [{ }]
-- given.azure_policy_assignment = [
--   { name = "SecurityCenterBuiltIn", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/policyassignments/securitycenterbuiltin", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8" },
-- ]
-- given.azure_policy_exemption = [{ name = "e", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/policyexemptions/e", policy_assignment_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/policyassignments/securitycenterbuiltin", exemption_category = "Waiver", _gaps = ["policy_assignment_id"] }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "exempted from one assignment of the benchmark, not from another"
-- given.azure_subscription = [{ }]
-- given.azure_policy_assignment = [
--   { name = "SecurityCenterBuiltIn", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/policyassignments/securitycenterbuiltin", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8" },
--   { name = "own", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/policyassignments/own", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8" },
-- ]
-- given.azure_policy_exemption = [{ name = "e", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/policyexemptions/e", policy_assignment_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/policyassignments/securitycenterbuiltin", exemption_category = "Waiver" }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass" }
-- [[case]]
-- title = "exemptions denied"
-- ledger = [{ table = "azure_policy_exemption", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_subscription = [{ }]
-- given.azure_policy_assignment = [
--   { name = "SecurityCenterBuiltIn", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/policyassignments/securitycenterbuiltin", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8" },
-- ]
-- given.azure_policy_exemption = []
-- expect = { "11111111-1111-4111-8111-111111111111" = "unknown" }
WITH benchmark AS (
    SELECT r.subscription_id, r.assignment_id, r.assignment_name, r.scope, r.definition_id, r.certain, r.unread,
           r.parameters, r.overrides, r.resource_selectors, r.enforcement_mode,
           CASE guid_of(r.definition_id) WHEN 'e3ec7e09-768c-4b64-882c-fcada3772047' THEN 'version 2' ELSE 'version 1' END AS version
    FROM policy_assignment_reach AS r
    WHERE r.definition_id LIKE '%/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8'
       OR r.definition_id LIKE '%/policysetdefinitions/e3ec7e09-768c-4b64-882c-fcada3772047'
       OR r.definition_id IS NULL
),
carrier AS (
    SELECT DISTINCT b.assignment_id, b.definition_id, CAST(b.parameters AS VARCHAR) AS parameters, CAST(b.overrides AS VARCHAR) AS overrides
    FROM benchmark AS b
),
given AS (
    SELECT c.assignment_id, c.definition_id, u.k AS parameter, c.parameters ->> ('$."' || u.k || '".value') AS value
    FROM carrier AS c, unnest(json_keys(c.parameters)) AS u(k)
    WHERE NOT regexp_matches(u.k, '["\\*]')
),
default_value AS (
    SELECT lower(d.id) AS definition_id, lower(u.k) AS parameter, d.parameters ->> ('$."' || u.k || '".defaultValue') AS value
    FROM azure_policy_set_definition AS d, unnest(json_keys(d.parameters)) AS u(k)
    WHERE NOT regexp_matches(u.k, '["\\*]')
      AND guid_of(d.id) IN ('1f3afdf9-d0c9-4c3d-847f-89da613e70a8', 'e3ec7e09-768c-4b64-882c-fcada3772047')
      AND NOT coalesce(list_contains(d._gaps, 'parameters'), FALSE)
),
disabled AS (
    SELECT g.assignment_id,
           list_sort(list(g.parameter) FILTER (WHERE d.parameter IS NOT NULL AND NOT coalesce(lower(d.value) = 'disabled', FALSE))) AS turned_off,
           list_sort(list(g.parameter) FILTER (WHERE d.parameter IS NULL)) AS unclear
    FROM given AS g
    LEFT JOIN default_value AS d ON d.definition_id = g.definition_id AND d.parameter = lower(g.parameter)
    WHERE lower(trim(g.value)) = 'disabled'
    GROUP BY g.assignment_id
),
overriding AS (
    SELECT c.assignment_id, count(*) AS n
    FROM carrier AS c, unnest(range(CAST(json_array_length(c.overrides) AS BIGINT))) AS u(i)
    WHERE coalesce(lower(c.overrides ->> ('$[' || u.i || '].kind')), 'policyeffect') = 'policyeffect'
      AND lower(c.overrides ->> ('$[' || u.i || '].value')) = 'disabled'
    GROUP BY c.assignment_id
),
-- Exemptions from the whole benchmark leave nothing of it; those from single policies are told.
exempt AS (
    SELECT x.subscription_id, x.assignment_id, max(CASE WHEN x.reference_id IS NULL AND x.state = 'waived' THEN x.told END) AS waived,
           max(CASE WHEN x.reference_id IS NULL THEN x.told END) AS whole,
           count(DISTINCT CASE WHEN x.state = 'waived' THEN x.reference_id END) AS n_single, count(DISTINCT x.reference_id) AS n_named
    FROM policy_exemption_reach AS x
    WHERE x.assignment_id IS NOT NULL
    GROUP BY x.subscription_id, x.assignment_id
),
-- An exemption that was not read may be from any assignment.
blind AS (
    SELECT x.subscription_id, min(x.told) AS told FROM policy_exemption_reach AS x WHERE x.state = 'unread' GROUP BY x.subscription_id
),
judged AS (
    SELECT b.subscription_id, lower(b.assignment_name) = 'securitycenterbuiltin' AS built_in,
           b.assignment_name || ' on ' || b.scope AS label,
           CASE WHEN b.definition_id IS NULL OR b.unread OR NOT b.certain THEN 'unclear'
                WHEN d.turned_off IS NOT NULL OR o.n > 0 THEN 'off'
                WHEN lower(coalesce(b.enforcement_mode, 'default')) NOT IN ('default', 'donotenforce') OR d.unclear IS NOT NULL
                  OR json_array_length(b.resource_selectors) > 0 THEN 'unclear'
                WHEN x.waived IS NOT NULL THEN 'exempt'
                WHEN x.whole IS NOT NULL THEN 'perhaps exempt'
                ELSE 'on' END AS state,
           CASE WHEN NOT b.certain THEN 'whether it reaches the subscription is not known'
                WHEN b.definition_id IS NULL OR b.unread THEN 'could not be read in full'
                WHEN d.turned_off IS NOT NULL THEN 'disables: ' || array_to_string(d.turned_off, ', ')
                WHEN o.n > 0 THEN 'disables policies by override'
                WHEN lower(coalesce(b.enforcement_mode, 'default')) NOT IN ('default', 'donotenforce') THEN 'has enforcement mode ' || b.enforcement_mode
                WHEN d.unclear IS NOT NULL THEN 'disables, and whether the set has them off anyway could not be told: ' || array_to_string(d.unclear, ', ')
                WHEN json_array_length(b.resource_selectors) > 0 THEN 'is narrowed to a part of the resources'
                WHEN x.waived IS NOT NULL THEN 'watches nothing here: the subscription is ' || x.waived
                WHEN x.whole IS NOT NULL THEN 'may watch less than all here: the subscription is ' || x.whole
                ELSE 'disables nothing (benchmark ' || b.version || CASE WHEN lower(b.enforcement_mode) = 'donotenforce' THEN ', not enforced, but still evaluated)' ELSE ')' END
                     || CASE WHEN x.n_single > 0 THEN '; policies of it that the subscription is exempted from: ' || x.n_single ELSE '' END
                     || CASE WHEN x.n_named > x.n_single THEN '; policies of it exempted in part, perhaps, or as met by other means: ' || (x.n_named - x.n_single) ELSE '' END END AS note
    FROM benchmark AS b
    LEFT JOIN disabled AS d ON d.assignment_id = b.assignment_id
    LEFT JOIN overriding AS o ON o.assignment_id = b.assignment_id
    LEFT JOIN exempt AS x ON x.subscription_id = b.subscription_id AND x.assignment_id = rtrim(lower(b.assignment_id), '/')
),
per_subscription AS (
    SELECT j.subscription_id,
           max(CASE WHEN j.built_in AND j.state = 'off' THEN j.label || ' ' || j.note END) AS built_in_off,
           max(CASE WHEN j.built_in AND j.state = 'unclear' THEN j.label || ' ' || j.note END) AS built_in_unclear,
           max(CASE WHEN j.state = 'on' THEN j.label || ' ' || j.note END) AS good,
           max(CASE WHEN j.state IN ('unclear', 'perhaps exempt') THEN j.label || ' ' || j.note END) AS unread,
           max(CASE WHEN j.state IN ('off', 'exempt') THEN j.label || ' ' || j.note END) AS bad,
           list_sort(list(DISTINCT j.label || ' ' || j.note)) AS assignments
    FROM judged AS j
    GROUP BY j.subscription_id
)
SELECT s.id AS subject, s.id AS resource_id, s.subscription_id,
       CASE WHEN p.built_in_off IS NOT NULL THEN 'fail'
            WHEN p.built_in_unclear IS NOT NULL THEN NULL
            WHEN p.good IS NOT NULL AND b.told IS NOT NULL THEN NULL
            WHEN p.good IS NOT NULL THEN 'pass'
            WHEN p.unread IS NOT NULL THEN NULL
            ELSE 'fail'
       END AS verdict,
       coalesce(p.built_in_off, p.built_in_unclear, p.good || coalesce(', but ' || b.told, ''), p.unread, p.bad, 'no assignment of the benchmark reaches the subscription') AS reason,
       s.display_name AS resource_name, p.assignments
FROM azure_subscription AS s
LEFT JOIN per_subscription AS p ON p.subscription_id = s.subscription_id
LEFT JOIN blind AS b ON b.subscription_id = s.subscription_id
