-- title = "Defender container components provisioned"
-- severity = "medium"
-- subject = "azure_subscription"
-- tables = ["azure_subscription", "azure_security_center_subscription_pricing", "azure_policy_assignment"]
-- optional = ["azure_management_group", "azure_policy_set_definition"]
-- controls = [
--   "cis_azure_2_0_0:2.1.17", "cis_azure_2_1_0:2.1.16", "nist_800_53_r5:AC-2", "nist_800_53_r5:AU-6", "nist_800_53_r5:AU-12",
--   "nist_800_53_r5:IR-4", "nist_800_53_r5:IR-5", "nist_800_53_r5:RA-5", "nist_800_53_r5:SI-2", "nist_800_53_r5:SI-4",
--   "iso_27001_2022:A.5.7", "iso_27001_2022:A.8.16", "pci_dss_4_0:11.5.1", "soc_2:CC7.1", "soc_2:CC7.2",
-- ]
-- rationale = "The sensor sees what runs inside a cluster and the Azure Policy add-on stops what must not run. Both come to each new cluster by themselves only if the plan provides the sensor and a policy assignment provides the add-on; a cluster that was left out is watched from outside only."
-- remediation = "Defender for Cloud > Environment settings > subscription > Containers > Settings: Defender sensor On and Azure Policy On; or az security pricing create --name Containers --tier standard --extensions name=ContainerSensor isEnabled=True, and az policy assignment create --policy a8eff44f-8c92-45c3-a3fb-9880802d67a7 --scope /subscriptions/ID --mi-system-assigned --location REGION"
-- references = ["https://learn.microsoft.com/azure/defender-for-cloud/defender-for-containers-enable", "https://learn.microsoft.com/azure/governance/policy/concepts/policy-for-kubernetes"]
-- [[case]]
-- title = "plan, sensor and add-on"
-- given.azure_subscription = [{ }]
-- given.azure_security_center_subscription_pricing = [{ name = "Containers", pricing_tier = "Standard", extensions = '[{"name":"ContainerSensor","isEnabled":"True"}]' }]
-- given.azure_policy_assignment = [
--   { name = "Defender for Containers provisioning Azure Policy Addon for Kub", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", policy_definition_id = "/providers/microsoft.authorization/policydefinitions/a8eff44f-8c92-45c3-a3fb-9880802d67a7" },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass" }
-- [[case]]
-- title = "other letter case, add-on parameter named"
-- given.azure_subscription = [{ }]
-- given.azure_security_center_subscription_pricing = [{ name = "containers", pricing_tier = "STANDARD", extensions = '[{"name":"containersensor","isEnabled":"true"}]' }]
-- given.azure_policy_assignment = [
--   { name = "Defender for Containers provisioning Azure Policy Addon for Kub", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", policy_definition_id = "/providers/microsoft.authorization/policydefinitions/A8EFF44F-8c92-45c3-a3fb-9880802d67a7", parameters = '{"effect":{"value":"DeployIfNotExists"}}', enforcement_mode = "Default" },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass" }
-- [[case]]
-- title = "sensor off; sensor not listed; plan free; plan not listed"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }, { subscription_id = "33333333-3333-4333-8333-333333333333" }, { subscription_id = "44444444-4444-4444-8444-444444444444" }]
-- given.azure_security_center_subscription_pricing = [
--   { name = "Containers", pricing_tier = "Standard", extensions = '[{"name":"ContainerSensor","isEnabled":"False"}]' },
--   { name = "Containers", subscription_id = "22222222-2222-4222-8222-222222222222", pricing_tier = "Standard", extensions = '[]' },
--   { name = "Containers", subscription_id = "33333333-3333-4333-8333-333333333333", pricing_tier = "Free", extensions = '[{"name":"ContainerSensor","isEnabled":"True"}]' },
-- ]
-- given.azure_policy_assignment = [
--   { name = "Defender for Containers provisioning Azure Policy Addon for Kub", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", policy_definition_id = "/providers/microsoft.authorization/policydefinitions/a8eff44f-8c92-45c3-a3fb-9880802d67a7" },
--   { name = "Defender for Containers provisioning Azure Policy Addon for Kub", subscription_id = "22222222-2222-4222-8222-222222222222", scope = "/subscriptions/22222222-2222-4222-8222-222222222222", policy_definition_id = "/providers/microsoft.authorization/policydefinitions/a8eff44f-8c92-45c3-a3fb-9880802d67a7" },
--   { name = "Defender for Containers provisioning Azure Policy Addon for Kub", subscription_id = "33333333-3333-4333-8333-333333333333", scope = "/subscriptions/33333333-3333-4333-8333-333333333333", policy_definition_id = "/providers/microsoft.authorization/policydefinitions/a8eff44f-8c92-45c3-a3fb-9880802d67a7" },
--   { name = "Defender for Containers provisioning Azure Policy Addon for Kub", subscription_id = "44444444-4444-4444-8444-444444444444", scope = "/subscriptions/44444444-4444-4444-8444-444444444444", policy_definition_id = "/providers/microsoft.authorization/policydefinitions/a8eff44f-8c92-45c3-a3fb-9880802d67a7" },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail", "22222222-2222-4222-8222-222222222222" = "fail", "33333333-3333-4333-8333-333333333333" = "fail", "44444444-4444-4444-8444-444444444444" = "fail" }
-- [[case]]
-- title = "add-on not assigned; assigned but disabled; not enforced"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }, { subscription_id = "33333333-3333-4333-8333-333333333333" }]
-- given.azure_security_center_subscription_pricing = [
--   { name = "Containers", pricing_tier = "Standard", extensions = '[{"name":"ContainerSensor","isEnabled":"True"}]' },
--   { name = "Containers", subscription_id = "22222222-2222-4222-8222-222222222222", pricing_tier = "Standard", extensions = '[{"name":"ContainerSensor","isEnabled":"True"}]' },
--   { name = "Containers", subscription_id = "33333333-3333-4333-8333-333333333333", pricing_tier = "Standard", extensions = '[{"name":"ContainerSensor","isEnabled":"True"}]' },
-- ]
-- given.azure_policy_assignment = [
--   { name = "Defender for Containers provisioning Azure Policy Addon for Kub", subscription_id = "22222222-2222-4222-8222-222222222222", scope = "/subscriptions/22222222-2222-4222-8222-222222222222", policy_definition_id = "/providers/microsoft.authorization/policydefinitions/a8eff44f-8c92-45c3-a3fb-9880802d67a7", parameters = '{"effect":{"value":"disabled"}}' },
--   { name = "Defender for Containers provisioning Azure Policy Addon for Kub", subscription_id = "33333333-3333-4333-8333-333333333333", scope = "/subscriptions/33333333-3333-4333-8333-333333333333", policy_definition_id = "/providers/microsoft.authorization/policydefinitions/a8eff44f-8c92-45c3-a3fb-9880802d67a7", enforcement_mode = "DoNotEnforce" },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail", "22222222-2222-4222-8222-222222222222" = "fail", "33333333-3333-4333-8333-333333333333" = "fail" }
-- [[case]]
-- title = "two assignments of the add-on, one in force"
-- given.azure_subscription = [{ }]
-- given.azure_security_center_subscription_pricing = [{ name = "Containers", pricing_tier = "Standard", extensions = '[{"name":"ContainerSensor","isEnabled":"True"}]' }]
-- given.azure_policy_assignment = [
--   { name = "Defender for Containers provisioning Azure Policy Addon for Kub", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", policy_definition_id = "/providers/microsoft.authorization/policydefinitions/a8eff44f-8c92-45c3-a3fb-9880802d67a7", enforcement_mode = "DoNotEnforce" },
--   { name = "own", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", policy_definition_id = "/providers/microsoft.authorization/policydefinitions/a8eff44f-8c92-45c3-a3fb-9880802d67a7" },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass" }
-- [[case]]
-- title = "add-on inherited; carried by an initiative, whose effect is not worked out; by override or selector; enrolled only"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }, { subscription_id = "33333333-3333-4333-8333-333333333333" }, { subscription_id = "44444444-4444-4444-8444-444444444444" }, { subscription_id = "55555555-5555-4555-8555-555555555555" }]
-- given.azure_security_center_subscription_pricing = [
--   { name = "Containers", pricing_tier = "Standard", extensions = '[{"name":"ContainerSensor","isEnabled":"True"}]' },
--   { name = "Containers", subscription_id = "22222222-2222-4222-8222-222222222222", pricing_tier = "Standard", extensions = '[{"name":"ContainerSensor","isEnabled":"True"}]' },
--   { name = "Containers", subscription_id = "33333333-3333-4333-8333-333333333333", pricing_tier = "Standard", extensions = '[{"name":"ContainerSensor","isEnabled":"True"}]' },
--   { name = "Containers", subscription_id = "44444444-4444-4444-8444-444444444444", pricing_tier = "Standard", extensions = '[{"name":"ContainerSensor","isEnabled":"True"}]' },
--   { name = "Containers", subscription_id = "55555555-5555-4555-8555-555555555555", pricing_tier = "Standard", extensions = '[{"name":"ContainerSensor","isEnabled":"True"}]' },
-- ]
-- given.azure_policy_assignment = [
--   { name = "addon", scope = "/providers/microsoft.management/managementgroups/root", policy_definition_id = "/providers/microsoft.authorization/policydefinitions/a8eff44f-8c92-45c3-a3fb-9880802d67a7", _seen_in = ["11111111-1111-4111-8111-111111111111"] },
--   { name = "aks", subscription_id = "22222222-2222-4222-8222-222222222222", scope = "/subscriptions/22222222-2222-4222-8222-222222222222", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/own" },
--   { name = "Defender for Containers provisioning Azure Policy Addon for Kub", subscription_id = "33333333-3333-4333-8333-333333333333", scope = "/subscriptions/33333333-3333-4333-8333-333333333333", policy_definition_id = "/providers/microsoft.authorization/policydefinitions/a8eff44f-8c92-45c3-a3fb-9880802d67a7", overrides = '[{"kind":"policyEffect","value":"Disabled"}]' },
--   { name = "Defender for Containers provisioning Azure Policy Addon for Kub", subscription_id = "44444444-4444-4444-8444-444444444444", scope = "/subscriptions/44444444-4444-4444-8444-444444444444", policy_definition_id = "/providers/microsoft.authorization/policydefinitions/a8eff44f-8c92-45c3-a3fb-9880802d67a7", resource_selectors = '[{"name":"r"}]' },
--   { name = "Defender for Containers provisioning Azure Policy Addon for Kub", subscription_id = "55555555-5555-4555-8555-555555555555", scope = "/subscriptions/55555555-5555-4555-8555-555555555555", policy_definition_id = "/providers/microsoft.authorization/policydefinitions/a8eff44f-8c92-45c3-a3fb-9880802d67a7", enforcement_mode = "Enroll" },
-- ]
-- given.azure_policy_set_definition = [
--   { id = "/providers/microsoft.authorization/policysetdefinitions/own", policy_definitions_policy_definition_id = ["/providers/Microsoft.Authorization/policyDefinitions/A8EFF44F-8c92-45c3-a3fb-9880802d67a7"] },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass", "22222222-2222-4222-8222-222222222222" = "unknown", "33333333-3333-4333-8333-333333333333" = "unknown", "44444444-4444-4444-8444-444444444444" = "unknown", "55555555-5555-4555-8555-555555555555" = "unknown" }
-- [[case]]
-- title = "an initiative without the add-on, one that is not in the snapshot, one whose members are not readable"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }, { subscription_id = "33333333-3333-4333-8333-333333333333" }]
-- given.azure_security_center_subscription_pricing = [
--   { name = "Containers", pricing_tier = "Standard", extensions = '[{"name":"ContainerSensor","isEnabled":"True"}]' },
--   { name = "Containers", subscription_id = "22222222-2222-4222-8222-222222222222", pricing_tier = "Standard", extensions = '[{"name":"ContainerSensor","isEnabled":"True"}]' },
--   { name = "Containers", subscription_id = "33333333-3333-4333-8333-333333333333", pricing_tier = "Standard", extensions = '[{"name":"ContainerSensor","isEnabled":"True"}]' },
-- ]
-- given.azure_policy_assignment = [
--   { name = "x", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/a" },
--   { name = "x", subscription_id = "22222222-2222-4222-8222-222222222222", scope = "/subscriptions/22222222-2222-4222-8222-222222222222", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/b" },
--   { name = "x", subscription_id = "33333333-3333-4333-8333-333333333333", scope = "/subscriptions/33333333-3333-4333-8333-333333333333", policy_definition_id = "/providers/microsoft.authorization/policysetdefinitions/c" },
-- ]
-- given.azure_policy_set_definition = [
--   { id = "/providers/microsoft.authorization/policysetdefinitions/a", policy_definitions_policy_definition_id = ["/p/one"] },
--   { id = "/providers/microsoft.authorization/policysetdefinitions/c", _gaps = ["policy_definitions_policy_definition_id"] },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail", "22222222-2222-4222-8222-222222222222" = "unknown", "33333333-3333-4333-8333-333333333333" = "unknown" }
-- [[case]]
-- title = "sensor on, but the change failed; switched on without putting it on clusters"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_security_center_subscription_pricing = [
--   { name = "Containers", pricing_tier = "Standard", extensions = '[{"name":"ContainerSensor","isEnabled":"True","operationStatus":{"code":"Failed"}}]' },
--   { name = "Containers", subscription_id = "22222222-2222-4222-8222-222222222222", pricing_tier = "Standard", extensions = '[{"name":"ContainerSensor","isEnabled":"True","additionalExtensionProperties":{"AutoProvisioning":"false"}}]' },
-- ]
-- given.azure_policy_assignment = [
--   { name = "Defender for Containers provisioning Azure Policy Addon for Kub", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", policy_definition_id = "/providers/microsoft.authorization/policydefinitions/a8eff44f-8c92-45c3-a3fb-9880802d67a7" },
--   { name = "Defender for Containers provisioning Azure Policy Addon for Kub", subscription_id = "22222222-2222-4222-8222-222222222222", scope = "/subscriptions/22222222-2222-4222-8222-222222222222", policy_definition_id = "/providers/microsoft.authorization/policydefinitions/a8eff44f-8c92-45c3-a3fb-9880802d67a7" },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "unknown", "22222222-2222-4222-8222-222222222222" = "unknown" }
-- [[case]]
-- title = "not readable: tier, parts, what is assigned; a sensor that is off fails all the same"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }, { subscription_id = "33333333-3333-4333-8333-333333333333" }, { subscription_id = "44444444-4444-4444-8444-444444444444" }]
-- given.azure_security_center_subscription_pricing = [
--   { name = "Containers", extensions = '[{"name":"ContainerSensor","isEnabled":"True"}]', _gaps = ["pricing_tier"] },
--   { name = "Containers", subscription_id = "22222222-2222-4222-8222-222222222222", pricing_tier = "Standard", _gaps = ["extensions"] },
--   { name = "Containers", subscription_id = "33333333-3333-4333-8333-333333333333", pricing_tier = "Standard", extensions = '[{"name":"ContainerSensor","isEnabled":"True"}]' },
--   { name = "Containers", subscription_id = "44444444-4444-4444-8444-444444444444", pricing_tier = "Standard", extensions = '[{"name":"ContainerSensor","isEnabled":"False"}]' },
-- ]
-- given.azure_policy_assignment = [
--   { name = "Defender for Containers provisioning Azure Policy Addon for Kub", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", policy_definition_id = "/providers/microsoft.authorization/policydefinitions/a8eff44f-8c92-45c3-a3fb-9880802d67a7" },
--   { name = "Defender for Containers provisioning Azure Policy Addon for Kub", subscription_id = "22222222-2222-4222-8222-222222222222", scope = "/subscriptions/22222222-2222-4222-8222-222222222222", policy_definition_id = "/providers/microsoft.authorization/policydefinitions/a8eff44f-8c92-45c3-a3fb-9880802d67a7" },
--   { name = "Defender for Containers provisioning Azure Policy Addon for Kub", subscription_id = "33333333-3333-4333-8333-333333333333", scope = "/subscriptions/33333333-3333-4333-8333-333333333333", _gaps = ["policy_definition_id"] },
--   { name = "Defender for Containers provisioning Azure Policy Addon for Kub", subscription_id = "44444444-4444-4444-8444-444444444444", scope = "/subscriptions/44444444-4444-4444-8444-444444444444", policy_definition_id = "/providers/microsoft.authorization/policydefinitions/a8eff44f-8c92-45c3-a3fb-9880802d67a7", _gaps = ["parameters"] },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "unknown", "22222222-2222-4222-8222-222222222222" = "unknown", "33333333-3333-4333-8333-333333333333" = "unknown", "44444444-4444-4444-8444-444444444444" = "fail" }
-- [[case]]
-- title = "Defender for Cloud not registered"
-- ledger = [{ table = "azure_security_center_subscription_pricing", subscription = "11111111-1111-4111-8111-111111111111", status = "not_registered" }]
-- given.azure_subscription = [{ }]
-- given.azure_policy_assignment = [
--   { name = "Defender for Containers provisioning Azure Policy Addon for Kub", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", policy_definition_id = "/providers/microsoft.authorization/policydefinitions/a8eff44f-8c92-45c3-a3fb-9880802d67a7" },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail" }
-- [[case]]
-- title = "no subscription row"
-- given.azure_subscription = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "not_applicable" }
-- [[case]]
-- title = "plans denied"
-- ledger = [{ table = "azure_security_center_subscription_pricing", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_subscription = [{ }]
-- given.azure_policy_assignment = [
--   { name = "Defender for Containers provisioning Azure Policy Addon for Kub", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", policy_definition_id = "/providers/microsoft.authorization/policydefinitions/a8eff44f-8c92-45c3-a3fb-9880802d67a7" },
-- ]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "assignments denied"
-- ledger = [{ table = "azure_policy_assignment", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_subscription = [{ }]
-- given.azure_security_center_subscription_pricing = [{ name = "Containers", pricing_tier = "Standard", extensions = '[{"name":"ContainerSensor","isEnabled":"True"}]' }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
WITH sensor_part AS (
    SELECT v.subscription_id, v.state_text,
           CASE WHEN v.state = 'on' AND lower(v.settings ->> '$.AutoProvisioning') = 'false' THEN 'unclear' ELSE v.state END AS state
    FROM defender_plan_part AS v
    WHERE v.plan = 'containers' AND coalesce(v.part, 'containersensor') = 'containersensor'
),
sensor AS (
    SELECT p.subscription_id,
           CASE WHEN max(CASE WHEN p.state = 'on' THEN 1 ELSE 0 END) = 1 THEN 'on'
                WHEN max(CASE WHEN p.state = 'unclear' THEN 1 ELSE 0 END) = 1 THEN 'unclear' ELSE 'off' END AS state,
           max(p.state_text) AS state_text
    FROM sensor_part AS p
    GROUP BY p.subscription_id
),
reach AS (
    SELECT r.subscription_id, r.assignment_name, r.scope, r.definition_id, r.certain, r.unread, r.enforcement_mode,
           lower(r.parameters ->> '$.effect.value') AS effect,
           coalesce(json_array_length(r.overrides), 0) + coalesce(json_array_length(r.resource_selectors), 0) AS n_special
    FROM policy_assignment_reach AS r
    WHERE r.definition_id IS NULL OR r.definition_id LIKE '%/policysetdefinitions/%'
       OR r.definition_id LIKE '%/policydefinitions/a8eff44f-8c92-45c3-a3fb-9880802d67a7'
),
initiative AS (
    SELECT lower(d.id) AS definition_id,
           CASE WHEN d.policy_definitions_policy_definition_id IS NULL
                  OR list_contains(d._gaps, 'policy_definitions_policy_definition_id') THEN 'unclear'
                WHEN array_length(list_filter(d.policy_definitions_policy_definition_id,
                       lambda m: lower(m) LIKE '%/policydefinitions/a8eff44f-8c92-45c3-a3fb-9880802d67a7%')) > 0 THEN 'carries'
                ELSE 'other' END AS content
    FROM azure_policy_set_definition AS d
),
addon_assignment AS (
    SELECT r.subscription_id, r.assignment_name || ' on ' || r.scope AS label,
           CASE WHEN r.definition_id IS NULL OR r.definition_id LIKE '%/policysetdefinitions/%' OR r.unread OR NOT r.certain THEN 'unclear'
                WHEN lower(r.enforcement_mode) = 'donotenforce' OR r.effect = 'disabled' THEN 'off'
                WHEN r.n_special > 0 OR lower(coalesce(r.enforcement_mode, 'default')) <> 'default'
                  OR coalesce(r.effect, 'deployifnotexists') <> 'deployifnotexists' THEN 'unclear'
                ELSE 'on' END AS state
    FROM reach AS r
    LEFT JOIN initiative AS i ON i.definition_id = r.definition_id
    WHERE coalesce(i.content, '') <> 'other'
),
addon AS (
    SELECT a.subscription_id,
           CASE WHEN max(CASE WHEN a.state = 'on' THEN 1 ELSE 0 END) = 1 THEN 'on'
                WHEN max(CASE WHEN a.state = 'unclear' THEN 1 ELSE 0 END) = 1 THEN 'unclear' ELSE 'off' END AS state,
           list_sort(list(DISTINCT a.label || ': ' || a.state)) AS assignments
    FROM addon_assignment AS a
    GROUP BY a.subscription_id
)
SELECT s.id AS subject, s.id AS resource_id, s.subscription_id,
       CASE WHEN coalesce(p.state, 'off') = 'off' OR coalesce(a.state, 'off') = 'off' THEN 'fail'
            WHEN p.state = 'on' AND a.state = 'on' THEN 'pass'
       END AS verdict,
       'sensor: ' || coalesce(p.state_text, 'not listed in plan Containers, which means off')
         || CASE WHEN p.state = 'unclear' THEN ', whether it is put on clusters could not be told' ELSE '' END
         || '; Azure Policy add-on: ' || CASE coalesce(a.state, 'none') WHEN 'on' THEN 'assigned' WHEN 'unclear' THEN 'whether it is assigned could not be told'
              WHEN 'off' THEN 'assigned, but disabled or not enforced' ELSE 'no assignment' END AS reason,
       s.display_name AS resource_name, a.assignments AS policy_assignments
FROM azure_subscription AS s
LEFT JOIN sensor AS p ON p.subscription_id = s.subscription_id
LEFT JOIN addon AS a ON a.subscription_id = s.subscription_id
