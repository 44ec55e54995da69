-- title = "Monitoring of open management ports is on"
-- severity = "low"
-- subject = "azure_subscription"
-- tables = ["azure_subscription", "azure_policy_assignment", "azure_management_group"]
-- optional = ["azure_policy_set_definition", "azure_policy_exemption"]
-- controls = ["jit:policy_management_ports_monitoring_not_disabled"]
-- rationale = "Defender for Cloud tells which machines have administration ports open only while this policy runs. An absent parameter means the default, which is on; a subscription without any assignment of it is not watched. A subscription that is exempted from it, by itself or with a management group above, is not watched either: where the risk is accepted that fails, where it is said to be met by other means the auditor has to look."
-- remediation = "Defender for Cloud > Environment settings > subscription > Security policy > default initiative > Parameters: clear the filter and set AuditIfNotExists. By API read the assignment, change the one parameter and send it whole: a body with that parameter alone resets the others."
-- references = ["https://learn.microsoft.com/azure/governance/policy/concepts/assignment-structure", "https://learn.microsoft.com/azure/governance/policy/concepts/exemption-structure", "https://learn.microsoft.com/azure/defender-for-cloud/recommendations-reference-networking"]
-- [[case]]
-- title = "narrowed by resource selectors"
-- given.azure_subscription = [{ subscription_id = "11111111-1111-4111-8111-111111111111" }]
-- given.azure_policy_assignment = [{ name = "x", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/policyassignments/x", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8", resource_selectors = "[{\"name\":\"r\",\"selectors\":[{\"kind\":\"resourceLocation\",\"in\":[\"westus\"]}]}]" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- # JIT-21 pass: parameter absent = default = on
-- title = "default assignment, parameter absent: the default is on"
-- given.azure_subscription = [{ }]
-- given.azure_policy_assignment = [{ name = "SecurityCenterBuiltIn", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8", parameters = '{}', enforcement_mode = "Default" }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass" }
-- [[case]]
-- # JIT-21 pass: SecurityCenterBuiltIn not Disabled
-- title = "parameter says AuditIfNotExists, or holds no value"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_policy_assignment = [
--   { name = "SecurityCenterBuiltIn", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8", parameters = '{"restrictAccessToManagementPortsMonitoringEffect":{"value":"AuditIfNotExists"}}' },
--   { name = "SecurityCenterBuiltIn", subscription_id = "22222222-2222-4222-8222-222222222222", scope = "/subscriptions/22222222-2222-4222-8222-222222222222", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8", parameters = '{"restrictAccessToManagementPortsMonitoringEffect":{"value":null}}' },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass", "22222222-2222-4222-8222-222222222222" = "pass" }
-- [[case]]
-- # JIT-21 fail: SecurityCenterBuiltIn Disabled
-- title = "parameter says Disabled, in any letter case"
-- given.azure_subscription = [{ }]
-- given.azure_policy_assignment = [{ name = "securitycenterbuiltin", scope = "/Subscriptions/11111111-1111-4111-8111-111111111111/", policy_definition_id = "/providers/Microsoft.Authorization/policySetDefinitions/1F3AFDF9-D0C9-4C3D-847F-89DA613E70A8", parameters = '{"RestrictAccessToManagementPortsMonitoringEffect":{"value":"disabled"}}' }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail" }
-- [[case]]
-- # JIT-21 fail: mention others that are on
-- title = "default assignment disabled while another is on: still a fail"
-- given.azure_subscription = [{ }]
-- given.azure_policy_assignment = [
--   { name = "SecurityCenterBuiltIn", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8", parameters = '{"restrictAccessToManagementPortsMonitoringEffect":{"value":"Disabled"}}' },
--   { name = "own", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", policy_definition_id = "/providers/microsoft.authorization/policydefinitions/22730e10-96f6-4aac-ad84-9383d35b5917" },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail" }
-- [[case]]
-- # JIT-21 pass: SecurityCenterBuiltIn not Disabled
-- # JIT-21 fail: all effects Disabled
-- title = "the default assignment is on while another is off; two others, both off; the default one could not be read while another is on"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }, { subscription_id = "33333333-3333-4333-8333-333333333333" }]
-- given.azure_policy_assignment = [
--   { name = "SecurityCenterBuiltIn", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8" },
--   { name = "own", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", policy_definition_id = "/providers/microsoft.authorization/policydefinitions/22730e10-96f6-4aac-ad84-9383d35b5917", parameters = '{"effect":{"value":"Disabled"}}' },
--   { name = "own", subscription_id = "22222222-2222-4222-8222-222222222222", scope = "/subscriptions/22222222-2222-4222-8222-222222222222", policy_definition_id = "/providers/microsoft.authorization/policydefinitions/22730e10-96f6-4aac-ad84-9383d35b5917", parameters = '{"effect":{"value":"Disabled"}}' },
--   { name = "benchmark", subscription_id = "22222222-2222-4222-8222-222222222222", scope = "/subscriptions/22222222-2222-4222-8222-222222222222", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8", parameters = '{"restrictAccessToManagementPortsMonitoringEffect":{"value":"Disabled"}}' },
--   { name = "SecurityCenterBuiltIn", subscription_id = "33333333-3333-4333-8333-333333333333", scope = "/subscriptions/33333333-3333-4333-8333-333333333333", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8", _gaps = ["parameters"] },
--   { name = "own", subscription_id = "33333333-3333-4333-8333-333333333333", scope = "/subscriptions/33333333-3333-4333-8333-333333333333", policy_definition_id = "/providers/microsoft.authorization/policydefinitions/22730e10-96f6-4aac-ad84-9383d35b5917" },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass", "22222222-2222-4222-8222-222222222222" = "fail", "33333333-3333-4333-8333-333333333333" = "unknown" }
-- [[case]]
-- # JIT-21 fail: no assignment carries the definition
-- title = "no assignment carries the policy; one of another definition does not count"
-- given.azure_subscription = [{ }]
-- given.azure_policy_assignment = [{ name = "tags", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", policy_definition_id = "/providers/microsoft.authorization/policydefinitions/96670d01-0a4d-4649-9c89-2d3abc0a5025" }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail" }
-- [[case]]
-- # JIT-21 pass: (or absent) and one applicable effect is not Disabled
-- # JIT-21 fail: all effects Disabled
-- title = "the definition assigned by itself: on by default, off by its effect parameter"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_policy_assignment = [
--   { name = "own", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", policy_definition_id = "/providers/microsoft.authorization/policydefinitions/22730e10-96f6-4aac-ad84-9383d35b5917", parameters = '{"effect":{"value":"AuditIfNotExists"}}' },
--   { name = "own", subscription_id = "22222222-2222-4222-8222-222222222222", scope = "/subscriptions/22222222-2222-4222-8222-222222222222", policy_definition_id = "/providers/microsoft.authorization/policydefinitions/22730e10-96f6-4aac-ad84-9383d35b5917", parameters = '{"effect":{"value":"Disabled"}}' },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass", "22222222-2222-4222-8222-222222222222" = "fail" }
-- [[case]]
-- title = "inherited from the root group, two levels up; another branch does not count"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_management_group = [
--   { id = "/providers/microsoft.management/managementgroups/root", children_id = ["/providers/microsoft.management/managementgroups/mid", "/providers/microsoft.management/managementgroups/side"] },
--   { id = "/providers/microsoft.management/managementgroups/mid", details_parent_id = "/providers/microsoft.management/managementgroups/root", children_id = ["/subscriptions/11111111-1111-4111-8111-111111111111"] },
--   { id = "/providers/microsoft.management/managementgroups/side", details_parent_id = "/providers/microsoft.management/managementgroups/root", children_id = ["/subscriptions/22222222-2222-4222-8222-222222222222"] },
-- ]
-- given.azure_policy_assignment = [
--   { name = "benchmark", scope = "/providers/Microsoft.Management/managementGroups/root", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/e3ec7e09-768c-4b64-882c-fcada3772047" },
--   { name = "side", scope = "/providers/microsoft.management/managementgroups/side", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8", not_scopes = ["/subscriptions/22222222-2222-4222-8222-222222222222"] },
--   { name = "SecurityCenterBuiltIn", subscription_id = "22222222-2222-4222-8222-222222222222", scope = "/subscriptions/22222222-2222-4222-8222-222222222222", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8", parameters = '{"restrictAccessToManagementPortsMonitoringEffect":{"value":"Disabled"}}' },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass", "22222222-2222-4222-8222-222222222222" = "fail" }
-- [[case]]
-- title = "excluded by the subscription itself, or by a group above it; an excluded resource group changes nothing"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }, { subscription_id = "33333333-3333-4333-8333-333333333333" }]
-- given.azure_management_group = [
--   { id = "/providers/microsoft.management/managementgroups/root", children_id = ["/providers/microsoft.management/managementgroups/mid", "/subscriptions/11111111-1111-4111-8111-111111111111", "/subscriptions/33333333-3333-4333-8333-333333333333"] },
--   { id = "/providers/microsoft.management/managementgroups/mid", children_id = ["/subscriptions/22222222-2222-4222-8222-222222222222"] },
-- ]
-- given.azure_policy_assignment = [{ name = "benchmark", scope = "/providers/microsoft.management/managementgroups/root", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8", not_scopes = ["/Subscriptions/11111111-1111-4111-8111-111111111111", "/providers/Microsoft.Management/managementGroups/mid", "/subscriptions/33333333-3333-4333-8333-333333333333/resourceGroups/rg"] }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail", "22222222-2222-4222-8222-222222222222" = "fail", "33333333-3333-4333-8333-333333333333" = "pass" }
-- [[case]]
-- title = "an assignment on a resource group is not one on the subscription"
-- given.azure_subscription = [{ }]
-- given.azure_policy_assignment = [{ name = "own", scope = "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg", policy_definition_id = "/providers/microsoft.authorization/policydefinitions/22730e10-96f6-4aac-ad84-9383d35b5917" }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail" }
-- [[case]]
-- title = "an override wins over the parameter; by reference id, by exclusion, or for all"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }, { subscription_id = "33333333-3333-4333-8333-333333333333" }, { subscription_id = "44444444-4444-4444-8444-444444444444" }]
-- given.azure_policy_assignment = [
--   { name = "SecurityCenterBuiltIn", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8", parameters = '{"restrictAccessToManagementPortsMonitoringEffect":{"value":"AuditIfNotExists"}}', overrides = '[{"kind":"policyEffect","value":"Disabled","selectors":[{"kind":"policyDefinitionReferenceId","in":["other","RestrictAccessToManagementPortsMonitoring"]}]}]' },
--   { name = "SecurityCenterBuiltIn", subscription_id = "22222222-2222-4222-8222-222222222222", scope = "/subscriptions/22222222-2222-4222-8222-222222222222", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/e3ec7e09-768c-4b64-882c-fcada3772047", overrides = '[{"kind":"policyEffect","value":"Disabled"}]' },
--   { name = "SecurityCenterBuiltIn", subscription_id = "33333333-3333-4333-8333-333333333333", scope = "/subscriptions/33333333-3333-4333-8333-333333333333", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/e3ec7e09-768c-4b64-882c-fcada3772047", overrides = '[{"kind":"policyEffect","value":"Disabled","selectors":[{"kind":"policyDefinitionReferenceId","notIn":["restrictAccessToManagementPortsMonitoring"]}]}]' },
--   { name = "SecurityCenterBuiltIn", subscription_id = "44444444-4444-4444-8444-444444444444", scope = "/subscriptions/44444444-4444-4444-8444-444444444444", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8", parameters = '{"restrictAccessToManagementPortsMonitoringEffect":{"value":"Disabled"}}', overrides = '[{"kind":"definitionVersion","value":"1.*.*"},{"kind":"policyEffect","value":"AuditIfNotExists","selectors":[]}]' },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail", "22222222-2222-4222-8222-222222222222" = "fail", "33333333-3333-4333-8333-333333333333" = "pass", "44444444-4444-4444-8444-444444444444" = "pass" }
-- [[case]]
-- title = "an override for other policies of the set, and one for all but others"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_policy_assignment = [
--   { name = "SecurityCenterBuiltIn", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/e3ec7e09-768c-4b64-882c-fcada3772047", overrides = '[{"kind":"policyEffect","value":"Disabled","selectors":[{"kind":"policyDefinitionReferenceId","in":["other"]}]}]' },
--   { name = "SecurityCenterBuiltIn", subscription_id = "22222222-2222-4222-8222-222222222222", scope = "/subscriptions/22222222-2222-4222-8222-222222222222", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/e3ec7e09-768c-4b64-882c-fcada3772047", overrides = '[{"kind":"policyEffect","value":"Disabled","selectors":[{"kind":"policyDefinitionReferenceId","notIn":["other"]}]}]' },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass", "22222222-2222-4222-8222-222222222222" = "fail" }
-- [[case]]
-- title = "an override for one region, and two that contradict each other"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_policy_assignment = [
--   { name = "SecurityCenterBuiltIn", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8", overrides = '[{"kind":"policyEffect","value":"Disabled","selectors":[{"kind":"resourceLocation","in":["westeurope"]}]}]' },
--   { name = "SecurityCenterBuiltIn", subscription_id = "22222222-2222-4222-8222-222222222222", scope = "/subscriptions/22222222-2222-4222-8222-222222222222", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8", overrides = '[{"kind":"policyEffect","value":"Disabled"},{"kind":"policyEffect","value":"AuditIfNotExists"}]' },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "unknown", "22222222-2222-4222-8222-222222222222" = "unknown" }
-- [[case]]
-- title = "another set: parameter name and default come from its row"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }, { subscription_id = "33333333-3333-4333-8333-333333333333" }]
-- given.azure_policy_set_definition = [
--   { id = "/providers/microsoft.authorization/policysetdefinitions/iso", parameters = '{"effect-22730e10-96f6-4aac-ad84-9383d35b5917":{"type":"String","defaultValue":"AuditIfNotExists"}}', policy_definitions = '''[{"policyDefinitionReferenceId":"x","policyDefinitionId":"/providers/Microsoft.Authorization/policyDefinitions/aaaaaaaa-0000-4000-8000-000000000000"},{"policyDefinitionReferenceId":"ports","policyDefinitionId":"/providers/Microsoft.Authorization/policyDefinitions/22730e10-96f6-4aac-ad84-9383d35b5917","parameters":{"effect":{"value":"[parameters('effect-22730e10-96f6-4aac-ad84-9383d35b5917')]"}}}]''' },
--   { id = "/subscriptions/33333333-3333-4333-8333-333333333333/providers/microsoft.authorization/policysetdefinitions/own", parameters = '{}', policy_definitions = '[{"policyDefinitionReferenceId":"ports","policyDefinitionId":"/providers/Microsoft.Authorization/policyDefinitions/22730e10-96f6-4aac-ad84-9383d35b5917","parameters":{"effect":{"value":"Disabled"}}}]' },
-- ]
-- given.azure_policy_assignment = [
--   { name = "iso", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/iso" },
--   { name = "iso", subscription_id = "22222222-2222-4222-8222-222222222222", scope = "/subscriptions/22222222-2222-4222-8222-222222222222", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/iso", parameters = '{"effect-22730e10-96f6-4aac-ad84-9383d35b5917":{"value":"Disabled"}}' },
--   { name = "own", subscription_id = "33333333-3333-4333-8333-333333333333", scope = "/subscriptions/33333333-3333-4333-8333-333333333333", policy_definition_id = "/subscriptions/33333333-3333-4333-8333-333333333333/providers/microsoft.authorization/policysetdefinitions/own" },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass", "22222222-2222-4222-8222-222222222222" = "fail", "33333333-3333-4333-8333-333333333333" = "fail" }
-- [[case]]
-- title = "a collected set without the policy carries nothing"
-- given.azure_subscription = [{ }]
-- given.azure_policy_set_definition = [{ id = "/providers/microsoft.authorization/policysetdefinitions/tags", parameters = '{}', policy_definitions = '[{"policyDefinitionReferenceId":"x","policyDefinitionId":"/providers/Microsoft.Authorization/policyDefinitions/aaaaaaaa-0000-4000-8000-000000000000"}]' }]
-- given.azure_policy_assignment = [{ name = "tags", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/tags" }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail" }
-- [[case]]
-- # JIT-21 unknown: only unresolved sets
-- title = "a set neither known nor collected: unknown alone or beside a disabled one, no matter beside one that is on"
-- ledger = [{ table = "azure_policy_set_definition", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }, { subscription_id = "33333333-3333-4333-8333-333333333333" }]
-- given.azure_policy_assignment = [
--   { name = "iso", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/iso" },
--   { name = "iso", subscription_id = "22222222-2222-4222-8222-222222222222", scope = "/subscriptions/22222222-2222-4222-8222-222222222222", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/iso" },
--   { name = "own", subscription_id = "22222222-2222-4222-8222-222222222222", scope = "/subscriptions/22222222-2222-4222-8222-222222222222", policy_definition_id = "/providers/microsoft.authorization/policydefinitions/22730e10-96f6-4aac-ad84-9383d35b5917", parameters = '{"effect":{"value":"Disabled"}}' },
--   { name = "iso", subscription_id = "33333333-3333-4333-8333-333333333333", scope = "/subscriptions/33333333-3333-4333-8333-333333333333", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/iso" },
--   { name = "SecurityCenterBuiltIn", subscription_id = "33333333-3333-4333-8333-333333333333", scope = "/subscriptions/33333333-3333-4333-8333-333333333333", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8" },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "unknown", "22222222-2222-4222-8222-222222222222" = "unknown", "33333333-3333-4333-8333-333333333333" = "pass" }
-- [[case]]
-- title = "not enforced still counts as monitoring"
-- given.azure_subscription = [{ }]
-- given.azure_policy_assignment = [{ name = "SecurityCenterBuiltIn", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8", enforcement_mode = "DoNotEnforce" }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass" }
-- [[case]]
-- title = "the group of the assignment, or that of the subscription, is not in the tree"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_management_group = [
--   { id = "/providers/microsoft.management/managementgroups/a", children_id = ["/subscriptions/11111111-1111-4111-8111-111111111111"] },
--   { id = "/providers/microsoft.management/managementgroups/b", children_id = [] },
-- ]
-- given.azure_policy_assignment = [
--   { name = "hidden", scope = "/providers/microsoft.management/managementgroups/unseen", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8", not_scopes = ["/subscriptions/22222222-2222-4222-8222-222222222222"] },
--   { name = "b", scope = "/providers/microsoft.management/managementgroups/b", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8" },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "unknown", "22222222-2222-4222-8222-222222222222" = "unknown" }
-- [[case]]
-- title = "parameters not readable in the assignment row"
-- given.azure_subscription = [{ }]
-- given.azure_policy_assignment = [{ name = "SecurityCenterBuiltIn", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8", _gaps = ["parameters"] }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "what the row of a set may say: default off, no parameter passed on, a plain value, an expression, a parameter nobody declares"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }, { subscription_id = "33333333-3333-4333-8333-333333333333" }, { subscription_id = "44444444-4444-4444-8444-444444444444" }, { subscription_id = "55555555-5555-4555-8555-555555555555" }]
-- given.azure_policy_set_definition = [
--   { id = "/providers/microsoft.authorization/policysetdefinitions/off", parameters = '{"PortEffect":{"type":"String","defaultValue":"Disabled"}}', policy_definitions = '''[{"policyDefinitionReferenceId":"ports","policyDefinitionId":"/providers/Microsoft.Authorization/policyDefinitions/22730E10-96f6-4aac-ad84-9383d35b5917","parameters":{"effect":{"value":"[parameters('portEffect')]"}}}]''' },
--   { id = "/providers/microsoft.authorization/policysetdefinitions/bare", parameters = '{}', policy_definitions = '''[{"policyDefinitionReferenceId":"ports","policyDefinitionId":"/providers/Microsoft.Authorization/policyDefinitions/22730E10-96f6-4aac-ad84-9383d35b5917"}]''' },
--   { id = "/providers/microsoft.authorization/policysetdefinitions/plain", parameters = '{}', policy_definitions = '''[{"policyDefinitionReferenceId":"ports","policyDefinitionId":"/providers/Microsoft.Authorization/policyDefinitions/22730E10-96f6-4aac-ad84-9383d35b5917","parameters":{"effect":{"value":"AuditIfNotExists"}}}]''' },
--   { id = "/providers/microsoft.authorization/policysetdefinitions/computed", parameters = '{}', policy_definitions = '''[{"policyDefinitionReferenceId":"ports","policyDefinitionId":"/providers/Microsoft.Authorization/policyDefinitions/22730E10-96f6-4aac-ad84-9383d35b5917","parameters":{"effect":{"value":"[if(equals(parameters('x'),'y'),'Disabled','AuditIfNotExists')]"}}}]''' },
--   { id = "/providers/microsoft.authorization/policysetdefinitions/lost", parameters = '{"other":{"defaultValue":"Disabled"}}', policy_definitions = '''[{"policyDefinitionReferenceId":"ports","policyDefinitionId":"/providers/Microsoft.Authorization/policyDefinitions/22730E10-96f6-4aac-ad84-9383d35b5917","parameters":{"effect":{"value":"[parameters('gone')]"}}}]''' },
-- ]
-- given.azure_policy_assignment = [
--   { name = "s", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/off" },
--   { name = "s", subscription_id = "22222222-2222-4222-8222-222222222222", scope = "/subscriptions/22222222-2222-4222-8222-222222222222", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/bare" },
--   { name = "s", subscription_id = "33333333-3333-4333-8333-333333333333", scope = "/subscriptions/33333333-3333-4333-8333-333333333333", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/plain" },
--   { name = "s", subscription_id = "44444444-4444-4444-8444-444444444444", scope = "/subscriptions/44444444-4444-4444-8444-444444444444", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/computed" },
--   { name = "s", subscription_id = "55555555-5555-4555-8555-555555555555", scope = "/subscriptions/55555555-5555-4555-8555-555555555555", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/lost" },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail", "22222222-2222-4222-8222-222222222222" = "pass", "33333333-3333-4333-8333-333333333333" = "pass", "44444444-4444-4444-8444-444444444444" = "unknown", "55555555-5555-4555-8555-555555555555" = "unknown" }
-- [[case]]
-- title = "rows not readable: members of the set, what is assigned, exclusions; beside a known one that is on they do not matter"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }, { subscription_id = "33333333-3333-4333-8333-333333333333" }, { subscription_id = "44444444-4444-4444-8444-444444444444" }]
-- given.azure_policy_set_definition = [
--   { id = "/providers/microsoft.authorization/policysetdefinitions/own", parameters = '{}', policy_definitions = '''[{"policyDefinitionReferenceId":"ports","policyDefinitionId":"/providers/Microsoft.Authorization/policyDefinitions/22730E10-96f6-4aac-ad84-9383d35b5917","parameters":{"effect":{"value":"AuditIfNotExists"}}}]''', _gaps = ["policy_definitions"] },
-- ]
-- given.azure_policy_assignment = [
--   { name = "s", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/own" },
--   { name = "s", subscription_id = "22222222-2222-4222-8222-222222222222", scope = "/subscriptions/22222222-2222-4222-8222-222222222222", _gaps = ["policy_definition_id"] },
--   { name = "s", subscription_id = "33333333-3333-4333-8333-333333333333", scope = "/subscriptions/33333333-3333-4333-8333-333333333333", policy_definition_id = "/providers/microsoft.authorization/policydefinitions/22730e10-96f6-4aac-ad84-9383d35b5917", _gaps = ["not_scopes"] },
--   { name = "s", subscription_id = "44444444-4444-4444-8444-444444444444", scope = "/subscriptions/44444444-4444-4444-8444-444444444444", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/own" },
--   { name = "t", subscription_id = "44444444-4444-4444-8444-444444444444", scope = "/subscriptions/44444444-4444-4444-8444-444444444444", policy_definition_id = "/providers/microsoft.authorization/policydefinitions/22730e10-96f6-4aac-ad84-9383d35b5917" },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "unknown", "22222222-2222-4222-8222-222222222222" = "unknown", "33333333-3333-4333-8333-333333333333" = "unknown", "44444444-4444-4444-8444-444444444444" = "pass" }
-- [[case]]
-- title = "overrides of a direct assignment: one by reference id passes it by, one for all hits it, one without a value says nothing"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }, { subscription_id = "33333333-3333-4333-8333-333333333333" }, { subscription_id = "44444444-4444-4444-8444-444444444444" }]
-- given.azure_policy_assignment = [
--   { name = "s", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", policy_definition_id = "/providers/microsoft.authorization/policydefinitions/22730e10-96f6-4aac-ad84-9383d35b5917", overrides = '[{"kind":"policyEffect","value":"Disabled","selectors":[{"kind":"policyDefinitionReferenceId","in":["restrictAccessToManagementPortsMonitoring"]}]}]' },
--   { name = "s", subscription_id = "22222222-2222-4222-8222-222222222222", scope = "/subscriptions/22222222-2222-4222-8222-222222222222", policy_definition_id = "/providers/microsoft.authorization/policydefinitions/22730e10-96f6-4aac-ad84-9383d35b5917", overrides = '[{"kind":"PolicyEffect","value":"disabled"}]' },
--   { name = "s", subscription_id = "33333333-3333-4333-8333-333333333333", scope = "/subscriptions/33333333-3333-4333-8333-333333333333", policy_definition_id = "/providers/microsoft.authorization/policydefinitions/22730e10-96f6-4aac-ad84-9383d35b5917", overrides = '[{"kind":"policyEffect"}]' },
--   { name = "s", subscription_id = "44444444-4444-4444-8444-444444444444", scope = "/subscriptions/44444444-4444-4444-8444-444444444444", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8", overrides = '[{"kind":"policyEffect","value":"Disabled","selectors":[{"kind":"policyDefinitionReferenceId","in":["restrictAccessToManagementPortsMonitoring"]},{"kind":"policyDefinitionReferenceId","in":["other"]}]}]' },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass", "22222222-2222-4222-8222-222222222222" = "fail", "33333333-3333-4333-8333-333333333333" = "unknown", "44444444-4444-4444-8444-444444444444" = "pass" }
-- [[case]]
-- title = "the tree from parents alone, from children alone, and a tree that loops"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_management_group = [
--   { id = "/providers/microsoft.management/managementgroups/root" },
--   { id = "/providers/microsoft.management/managementgroups/mid", details_parent_id = "/providers/microsoft.management/managementgroups/root", children_id = ["/Subscriptions/11111111-1111-4111-8111-111111111111"] },
--   { id = "/providers/microsoft.management/managementgroups/a", children_id = ["/providers/Microsoft.Management/managementGroups/b"] },
--   { id = "/providers/microsoft.management/managementgroups/b", children_id = ["/providers/microsoft.management/managementgroups/a", "/subscriptions/22222222-2222-4222-8222-222222222222"] },
-- ]
-- given.azure_policy_assignment = [
--   { name = "r", scope = "/providers/microsoft.management/managementgroups/root", policy_definition_id = "/providers/microsoft.authorization/policydefinitions/22730e10-96f6-4aac-ad84-9383d35b5917" },
--   { name = "a", scope = "/providers/microsoft.management/managementgroups/a", policy_definition_id = "/providers/microsoft.authorization/policydefinitions/22730e10-96f6-4aac-ad84-9383d35b5917", parameters = '{"effect":{"value":"Disabled"}}' },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass", "22222222-2222-4222-8222-222222222222" = "fail" }
-- [[case]]
-- title = "a part of the tree not readable: an assignment of another group may be above"
-- given.azure_subscription = [{ }]
-- given.azure_management_group = [
--   { id = "/providers/microsoft.management/managementgroups/mid", children_id = ["/subscriptions/11111111-1111-4111-8111-111111111111"] },
--   { id = "/providers/microsoft.management/managementgroups/root", _gaps = ["children_id", "details_parent_id"] },
-- ]
-- given.azure_policy_assignment = [{ name = "SecurityCenterBuiltIn", scope = "/providers/microsoft.management/managementgroups/root", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8" }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "unknown" }
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
-- title = "management groups denied: every subscription is touched"
-- ledger = [{ table = "azure_management_group", status = "denied" }]
-- given.azure_subscription = [{ }]
-- given.azure_policy_assignment = [{ name = "SecurityCenterBuiltIn", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "the subscription is exempted from the whole assignment, for good"
-- given.azure_subscription = [{ }]
-- given.azure_policy_assignment = [{ name = "SecurityCenterBuiltIn", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/policyassignments/securitycenterbuiltin", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8", parameters = '{}' }]
-- given.azure_policy_exemption = [{ name = "e", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/policyexemptions/e", policy_assignment_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/policyassignments/securitycenterbuiltin", exemption_category = "Waiver" }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail" }
-- [[case]]
-- title = "exempted from this policy of the set, in other letter case"
-- given.azure_subscription = [{ }]
-- given.azure_policy_assignment = [{ name = "SecurityCenterBuiltIn", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/policyassignments/securitycenterbuiltin", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8", parameters = '{}' }]
-- given.azure_policy_exemption = [{ name = "e", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/policyexemptions/e", policy_assignment_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/policyassignments/securitycenterbuiltin", exemption_category = "Waiver", policy_definition_reference_ids = ["other", "RESTRICTACCESSTOMANAGEMENTPORTSMONITORING"], expires_on = "2027-01-01T00:00:00Z" }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail" }
-- [[case]]
-- title = "exempted from another policy of the set; lapsed; for a resource group; from another assignment"
-- given.azure_subscription = [{ }]
-- given.azure_policy_assignment = [{ name = "SecurityCenterBuiltIn", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/policyassignments/securitycenterbuiltin", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8", parameters = '{}' }]
-- given.azure_policy_exemption = [{ name = "a", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/policyexemptions/a", policy_assignment_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/policyassignments/securitycenterbuiltin", exemption_category = "Waiver", policy_definition_reference_ids = ["other"] }, { name = "b", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/policyexemptions/b", policy_assignment_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/policyassignments/securitycenterbuiltin", exemption_category = "Waiver", expires_on = "2026-09-30T00:00:00Z" }, { name = "c", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.authorization/policyexemptions/c", policy_assignment_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/policyassignments/securitycenterbuiltin", exemption_category = "Waiver" }, { name = "d", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/policyexemptions/d", policy_assignment_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/policyassignments/another", exemption_category = "Waiver" }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass" }
-- [[case]]
-- title = "exempted at a management group above"
-- given.azure_subscription = [{ }]
-- given.azure_policy_assignment = [{ name = "SecurityCenterBuiltIn", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/policyassignments/securitycenterbuiltin", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8", parameters = '{}' }]
-- given.azure_policy_exemption = [{ name = "e", id = "/providers/microsoft.management/managementgroups/root/providers/microsoft.authorization/policyexemptions/e", policy_assignment_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/policyassignments/securitycenterbuiltin", exemption_category = "Waiver", _seen_in = ["11111111-1111-4111-8111-111111111111"] }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail" }
-- [[case]]
-- title = "exempted at a management group of which it is not known whether it is above"
-- given.azure_subscription = [{ }]
-- given.azure_policy_assignment = [{ name = "SecurityCenterBuiltIn", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/policyassignments/securitycenterbuiltin", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8", parameters = '{}' }]
-- given.azure_policy_exemption = [{ name = "e", id = "/providers/microsoft.management/managementgroups/root/providers/microsoft.authorization/policyexemptions/e", policy_assignment_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/policyassignments/securitycenterbuiltin", exemption_category = "Waiver" }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "exempted because the risk is met by other means"
-- given.azure_subscription = [{ }]
-- given.azure_policy_assignment = [{ name = "SecurityCenterBuiltIn", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/policyassignments/securitycenterbuiltin", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8", parameters = '{}' }]
-- given.azure_policy_exemption = [{ name = "e", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/policyexemptions/e", policy_assignment_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/policyassignments/securitycenterbuiltin", exemption_category = "Mitigated" }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "exempted for a part of the resources"
-- given.azure_subscription = [{ }]
-- given.azure_policy_assignment = [{ name = "SecurityCenterBuiltIn", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/policyassignments/securitycenterbuiltin", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8", parameters = '{}' }]
-- given.azure_policy_exemption = [{ name = "e", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/policyexemptions/e", policy_assignment_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/policyassignments/securitycenterbuiltin", exemption_category = "Waiver", resource_selectors = '[{"name":"r","selectors":[{"kind":"resourceLocation","in":["westeurope"]}]}]' }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "an exemption that does not tell from what"
-- given.azure_subscription = [{ }]
-- given.azure_policy_assignment = [{ name = "SecurityCenterBuiltIn", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/policyassignments/securitycenterbuiltin", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8", parameters = '{}' }]
-- given.azure_policy_exemption = [{ name = "e", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/policyexemptions/e", policy_assignment_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/policyassignments/securitycenterbuiltin", exemption_category = "Waiver", _gaps = ["policy_assignment_id"] }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "exempted from the default assignment, not from another that is on"
-- given.azure_subscription = [{ }]
-- given.azure_policy_assignment = [{ name = "SecurityCenterBuiltIn", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/policyassignments/securitycenterbuiltin", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8", parameters = '{}' }, { name = "own", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/policyassignments/own", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8" }]
-- given.azure_policy_exemption = [{ name = "e", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/policyexemptions/e", policy_assignment_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/policyassignments/securitycenterbuiltin", exemption_category = "Waiver" }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass" }
-- [[case]]
-- title = "exemptions denied: on as far as the assignment goes, no more"
-- ledger = [{ table = "azure_policy_exemption", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_subscription = [{ }]
-- given.azure_policy_assignment = [{ name = "SecurityCenterBuiltIn", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/policyassignments/securitycenterbuiltin", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8", parameters = '{}' }]
-- given.azure_policy_exemption = []
-- expect = { "11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "exemptions denied, and the policy is off anyway"
-- ledger = [{ table = "azure_policy_exemption", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_subscription = [{ }]
-- given.azure_policy_assignment = [{ name = "SecurityCenterBuiltIn", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/policyassignments/securitycenterbuiltin", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8", parameters = '{"restrictAccessToManagementPortsMonitoringEffect":{"value":"Disabled"}}' }]
-- given.azure_policy_exemption = []
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail" }
-- [[case]]
-- title = "only for resources that were enrolled"
-- given.azure_subscription = [{ }]
-- given.azure_policy_assignment = [{ name = "SecurityCenterBuiltIn", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8", parameters = '{}', enforcement_mode = "Enroll" }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "whether it is in force for enrolled resources only is not readable"
-- given.azure_subscription = [{ }]
-- given.azure_policy_assignment = [{ name = "SecurityCenterBuiltIn", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8", parameters = '{}', _gaps = ["enforcement_mode"] }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "unknown" }
WITH hit AS (
    SELECT e.subscription_id, e.assignment_id, coalesce(e.reference_id, '') AS reference_id,
           max(CASE WHEN x.state = 'waived' THEN 1 ELSE 0 END) AS waived,
           -- A waiver is enough; what else there is need not be told then.
           coalesce(max(CASE WHEN x.state = 'waived' THEN x.told END), max(x.told)) AS told
    FROM (SELECT DISTINCT v.subscription_id, v.assignment_id, v.reference_id FROM management_ports_policy_effect AS v) AS e
    JOIN policy_exemption_reach AS x ON x.subscription_id = e.subscription_id AND x.assignment_id = rtrim(lower(e.assignment_id), '/')
    WHERE x.reference_id IS NULL OR x.reference_id = lower(e.reference_id)
    GROUP BY e.subscription_id, e.assignment_id, coalesce(e.reference_id, '')
),
-- An exemption that was not read may be from any assignment.
blind AS (
    SELECT x.subscription_id, min(x.told) AS told FROM policy_exemption_reach AS x WHERE x.state = 'unread' GROUP BY x.subscription_id
),
effect AS (
    SELECT e.subscription_id, lower(e.assignment_name) = 'securitycenterbuiltin' AS built_in,
           CASE WHEN e.effect IS NULL THEN 'unresolved' WHEN lower(e.effect) = 'disabled' THEN 'off'
                -- In force for what was enrolled by name only.
                WHEN lower(trim(e.enforcement_mode)) IN ('enroll', 'not readable') THEN 'unresolved'
                WHEN h.waived = 1 THEN 'exempt' WHEN h.waived = 0 THEN 'perhaps exempt' ELSE 'on' END AS outcome,
           e.assignment_name || ' on ' || e.scope || ': ' || coalesce(e.effect, 'unresolved') || ' (' || e.source
             || CASE lower(trim(e.enforcement_mode)) WHEN 'donotenforce' THEN ', not enforced' WHEN 'enroll' THEN ', only for what was enrolled' WHEN 'not readable' THEN ', enforcement mode not readable' ELSE '' END || ')'
             || CASE WHEN h.told IS NOT NULL THEN ', the subscription is ' || h.told ELSE '' END AS line
    FROM management_ports_policy_effect AS e
    LEFT JOIN hit AS h ON h.subscription_id = e.subscription_id AND h.assignment_id = e.assignment_id AND h.reference_id = coalesce(e.reference_id, '')
),
per_subscription AS (
    SELECT e.subscription_id,
           sum(CASE WHEN e.outcome = 'on' THEN 1 ELSE 0 END) AS n_on,
           sum(CASE WHEN e.outcome = 'off' THEN 1 ELSE 0 END) AS n_off,
           sum(CASE WHEN e.outcome = 'unresolved' THEN 1 ELSE 0 END) AS n_unresolved,
           sum(CASE WHEN e.outcome = 'exempt' THEN 1 ELSE 0 END) AS n_exempt,
           sum(CASE WHEN e.outcome = 'perhaps exempt' THEN 1 ELSE 0 END) AS n_perhaps_exempt,
           sum(CASE WHEN e.built_in AND e.outcome = 'off' THEN 1 ELSE 0 END) AS n_built_in_off,
           sum(CASE WHEN e.built_in AND e.outcome = 'unresolved' THEN 1 ELSE 0 END) AS n_built_in_unresolved,
           list_sort(list(DISTINCT e.line) FILTER (WHERE e.outcome IN ('exempt', 'perhaps exempt'))) AS exempt_lines,
           list_sort(list(DISTINCT e.line)) AS assignments
    FROM effect AS e
    GROUP BY e.subscription_id
)
SELECT s.id AS subject, s.id AS resource_id, s.subscription_id,
       CASE WHEN p.n_built_in_off > 0 THEN 'fail'
            WHEN p.n_built_in_unresolved > 0 THEN NULL
            WHEN p.n_on > 0 AND b.told IS NOT NULL THEN NULL
            WHEN p.n_on > 0 THEN 'pass'
            WHEN p.n_unresolved > 0 OR p.n_perhaps_exempt > 0 THEN NULL
            ELSE 'fail'
       END AS verdict,
       CASE WHEN p.n_built_in_off > 0 AND p.n_on > 0
            THEN 'SecurityCenterBuiltIn turns the policy off; other assignments leave it on: ' || p.n_on
            WHEN p.n_built_in_off > 0 THEN 'SecurityCenterBuiltIn turns the policy off'
            WHEN p.n_built_in_unresolved > 0 THEN 'the effect of SecurityCenterBuiltIn could not be worked out'
            WHEN p.n_on > 0 AND b.told IS NOT NULL THEN 'an assignment leaves the policy on, but ' || b.told
            WHEN p.n_on > 0 THEN 'the policy is on'
            WHEN p.n_unresolved > 0 THEN 'assignments whose effect could not be worked out: ' || p.n_unresolved
            WHEN p.n_perhaps_exempt > 0 THEN 'whether the policy watches the subscription is for the auditor to say: ' || array_to_string(p.exempt_lines, '; ')
            WHEN p.n_exempt > 0 THEN 'the policy watches nothing here: ' || array_to_string(p.exempt_lines, '; ')
            WHEN p.n_off > 0 THEN 'every assignment of the policy is disabled'
            ELSE 'no assignment carries the policy'
       END AS reason,
       s.display_name AS resource_name, p.assignments
FROM azure_subscription AS s
LEFT JOIN per_subscription AS p ON p.subscription_id = s.subscription_id
LEFT JOIN blind AS b ON b.subscription_id = s.subscription_id
