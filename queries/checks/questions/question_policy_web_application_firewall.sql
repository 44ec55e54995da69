-- title = "Benchmark watched web ports of NSGs"
-- severity = "informational"
-- subject = "azure_policy_assignment"
-- tables = ["azure_policy_assignment"]
-- optional = ["azure_policy_set_definition"]
-- controls = ["jupiterone_questions:policy_web_application_firewall"]
-- rationale = "While the policy is switched off, Defender for Cloud does not tell where security groups open web ports. The policy behind webApplicationFirewallMonitoringEffect has left the benchmark and nothing took its place there, so the parameter changes nothing: it is shown, and no verdict is drawn from it. Despite its name it was about web ports of security groups; web application firewalls have parameters of their own. Assignments are found by the set they assign, also under another name and on management groups; a name alone, as the question had it, misses those."
-- remediation = ""
-- references = ["https://learn.microsoft.com/azure/defender-for-cloud/manage-mcsb", "https://learn.microsoft.com/azure/governance/policy/concepts/assignment-structure"]
-- [[case]]
-- title = "nothing given"
-- given.azure_policy_assignment = [{ name = "SecurityCenterBuiltIn", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8" }]
-- expect = { securitycenterbuiltin = "not_applicable" }
-- [[case]]
-- title = "switched off: without effect"
-- given.azure_policy_assignment = [
--   { name = "a", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8", parameters = '{"webApplicationFirewallMonitoringEffect":{"value":"Disabled"}}' },
--   { name = "b", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8", parameters = '{"webapplicationfirewallmonitoringeffect":{"value":" disabled "}}' },
-- ]
-- expect = { a = "not_applicable", b = "not_applicable" }
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
JOIN security_benchmark_effect AS e ON e.assignment_id = a.id AND e.topic = 'web_application_firewall'
