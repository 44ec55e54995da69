-- title = "Benchmark watches missing system updates"
-- severity = "low"
-- subject = "azure_policy_assignment"
-- tables = ["azure_policy_assignment"]
-- optional = ["azure_policy_set_definition"]
-- controls = ["jupiterone_questions:policy_system_updates"]
-- rationale = "While the policy is switched off, Defender for Cloud does not tell where machines lack updates. The question named systemUpdatesMonitoringEffect, a parameter that no policy of the benchmark uses any more; asked is systemUpdatesV2MonitoringEffect, which took its place. Assignments are found by the set they assign, also under another name and on management groups; a name alone, as the question had it, misses those."
-- remediation = "Defender for Cloud > Environment settings > subscription > Security policies > Microsoft cloud security benchmark: set the effect of systemUpdatesV2MonitoringEffect back to AuditIfNotExists."
-- references = ["https://learn.microsoft.com/azure/defender-for-cloud/manage-mcsb", "https://learn.microsoft.com/azure/governance/policy/concepts/assignment-structure"]
-- [[case]]
-- title = "nothing given: the default holds"
-- given.azure_policy_assignment = [{ name = "SecurityCenterBuiltIn", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8" }]
-- expect = { securitycenterbuiltin = "pass" }
-- [[case]]
-- title = "switched off, in any letter case"
-- given.azure_policy_assignment = [
--   { name = "a", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8", parameters = '{"systemUpdatesV2MonitoringEffect":{"value":"Disabled"}}' },
--   { name = "b", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8", parameters = '{"systemupdatesv2monitoringeffect":{"value":" disabled "}}' },
-- ]
-- expect = { a = "fail", b = "fail" }
-- [[case]]
-- title = "switched on, or an empty value"
-- given.azure_policy_assignment = [
--   { name = "a", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8", parameters = '{"systemUpdatesV2MonitoringEffect":{"value":"AuditIfNotExists"}}' },
--   { name = "b", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8", parameters = '{"systemUpdatesV2MonitoringEffect":{"value":""}}' },
-- ]
-- expect = { a = "pass", b = "pass" }
-- [[case]]
-- title = "the parameter of the question alone switched off: without effect"
-- given.azure_policy_assignment = [{ name = "SecurityCenterBuiltIn", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8", parameters = '{"systemUpdatesMonitoringEffect":{"value":"Disabled"}}' }]
-- expect = { securitycenterbuiltin = "pass" }
-- [[case]]
-- title = "under another name and on a management group"
-- given.azure_policy_assignment = [{ id = "/providers/microsoft.management/managementgroups/root/providers/microsoft.authorization/policyassignments/mcsb", name = "mcsb", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8", parameters = '{"systemUpdatesV2MonitoringEffect":{"value":"Disabled"}}' }]
-- expect = { mcsb = "fail" }
-- [[case]]
-- title = "an override for all policies, one for some, two that contradict"
-- given.azure_policy_assignment = [
--   { name = "a", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8", overrides = '[{"kind":"policyEffect","value":"Disabled"}]' },
--   { name = "b", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8", overrides = '[{"kind":"policyEffect","value":"Disabled","selectors":[{"kind":"policyDefinitionReferenceId","in":["x"]}]}]' },
--   { name = "c", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8", overrides = '[{"kind":"policyEffect","value":"Disabled"},{"kind":"policyEffect","value":"Audit"}]' },
-- ]
-- expect = { a = "fail", b = "unknown", c = "unknown" }
-- [[case]]
-- title = "narrowed to a part of the resources; parameters not readable"
-- given.azure_policy_assignment = [
--   { name = "a", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8", resource_selectors = '[{"name":"s"}]' },
--   { name = "b", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8", _gaps = ["parameters"] },
-- ]
-- expect = { a = "unknown", b = "unknown" }
-- [[case]]
-- title = "Microsoft ships the policy switched off: nothing to judge"
-- given.azure_policy_assignment = [{ name = "a", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8", parameters = '{"systemUpdatesV2MonitoringEffect":{"value":"Disabled"}}' }]
-- given.azure_policy_set_definition = [{ id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8", parameters = '{"systemUpdatesV2MonitoringEffect":{"defaultValue":"Disabled"}}' }]
-- expect = { a = "not_applicable" }
-- [[case]]
-- title = "the name with another set, and a set that could not be read"
-- given.azure_policy_assignment = [
--   { name = "SecurityCenterBuiltIn", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/x" },
--   { name = "b", _gaps = ["policy_definition_id"] },
--   { name = "c", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/x" },
-- ]
-- expect = { securitycenterbuiltin = "manual", b = "unknown" }
-- [[case]]
-- title = "no assignment"
-- given.azure_policy_assignment = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "assignments denied"
-- ledger = [{ table = "azure_policy_assignment", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_policy_assignment = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
SELECT a.id AS subject, a.id AS resource_id, a.subscription_id,
       CASE e.state WHEN 'on' THEN 'pass' WHEN 'off' THEN 'fail' WHEN 'withdrawn' THEN 'not_applicable' WHEN 'other_set' THEN 'manual' END AS verdict,
       CASE e.state WHEN 'withdrawn' THEN 'Microsoft has taken the policy out of the benchmark; ' || array_to_string(e.withdrawn, ', ')
                    WHEN 'other_set' THEN e.doubt || ': ' || a.policy_definition_id
                    WHEN 'unclear' THEN coalesce(e.doubt, 'the value is not the name of an effect: ' || array_to_string(e.in_force, ', '))
                    ELSE array_to_string(e.in_force, ', ') END
         || CASE WHEN lower(a.enforcement_mode) = 'donotenforce' THEN '; the assignment is not enforced, which changes nothing for policies that only watch' ELSE '' END AS reason,
       coalesce(a.display_name, a.name) AS resource_name, a.scope, a.not_scopes, a.definition_version, a.enforcement_mode,
       e.in_force AS parameters_in_force, e.withdrawn AS parameters_withdrawn
FROM azure_policy_assignment AS a
JOIN security_benchmark_effect AS e ON e.assignment_id = a.id AND e.topic = 'system_updates'
