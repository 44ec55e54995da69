-- title = "Container image scanning on"
-- severity = "medium"
-- subject = "azure_subscription"
-- tables = ["azure_subscription", "azure_security_center_subscription_pricing"]
-- controls = [
--   "nist_800_53_r5:RA-5", "nist_800_53_r5:SI-2", "iso_27001_2022:A.5.19", "iso_27001_2022:A.5.21", "iso_27001_2022:A.5.25",
--   "iso_27001_2022:A.5.28", "iso_27001_2022:A.5.29", "iso_27001_2022:A.8.7", "iso_27001_2022:A.8.9", "pci_dss_4_0:6.3.3",
--   "pci_dss_4_0:11.3.1", "soc_2:CC3.2", "soc_2:CC4.2", "soc_2:CC6.8", "soc_2:CC7.1", "mitre_attack:T1190", "mitre_attack:T1525",
-- ]
-- rationale = "The Containers plan can be on while its registry scan is off; then images come into use unlooked at. Scans that Defender CSPM brings are judged by another check."
-- remediation = "az security pricing create --name Containers --tier standard --extensions name=ContainerRegistriesVulnerabilityAssessments isEnabled=True, naming the other extensions in use as well, since those left out may be switched off"
-- references = ["https://learn.microsoft.com/azure/defender-for-cloud/agentless-vulnerability-assessment-azure"]
-- [[case]]
-- title = "on"
-- given.azure_subscription = [{ }]
-- given.azure_security_center_subscription_pricing = [{ name = "Containers", pricing_tier = "Standard", extensions = '[{"name":"ContainerRegistriesVulnerabilityAssessments","isEnabled":"True"}]' }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass" }
-- [[case]]
-- title = "the text False is not on; part not listed is off; no list is off"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }, { subscription_id = "33333333-3333-4333-8333-333333333333" }]
-- given.azure_security_center_subscription_pricing = [
--   { name = "Containers", pricing_tier = "Standard", extensions = '[{"name":"ContainerRegistriesVulnerabilityAssessments","isEnabled":"False"}]' },
--   { name = "Containers", subscription_id = "22222222-2222-4222-8222-222222222222", pricing_tier = "Standard", extensions = '[{"name":"Other","isEnabled":"True"}]' },
--   { name = "Containers", subscription_id = "33333333-3333-4333-8333-333333333333", pricing_tier = "Standard" },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail", "22222222-2222-4222-8222-222222222222" = "fail", "33333333-3333-4333-8333-333333333333" = "fail" }
-- [[case]]
-- title = "other letter case, a real boolean"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_security_center_subscription_pricing = [
--   { name = "CONTAINERS", pricing_tier = "Standard", extensions = '[{"name":"CONTAINERREGISTRIESVULNERABILITYASSESSMENTS","isEnabled":"TRUE"}]' },
--   { name = "Containers", subscription_id = "22222222-2222-4222-8222-222222222222", pricing_tier = "Standard", extensions = '[{"name":"ContainerRegistriesVulnerabilityAssessments","isEnabled":true}]' },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass", "22222222-2222-4222-8222-222222222222" = "pass" }
-- [[case]]
-- title = "a plan on the free tier has no parts"
-- given.azure_subscription = [{ }]
-- given.azure_security_center_subscription_pricing = [{ name = "Containers", pricing_tier = "Free", extensions = '[{"name":"ContainerRegistriesVulnerabilityAssessments","isEnabled":"True"}]' }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail" }
-- [[case]]
-- title = "the same part of another plan does not count"
-- given.azure_subscription = [{ }]
-- given.azure_security_center_subscription_pricing = [{ name = "StorageAccounts", pricing_tier = "Standard", extensions = '[{"name":"ContainerRegistriesVulnerabilityAssessments","isEnabled":"True"}]' }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail" }
-- [[case]]
-- title = "no plan listed; Defender for Cloud not registered"
-- ledger = [{ table = "azure_security_center_subscription_pricing", subscription = "11111111-1111-4111-8111-111111111111", status = "not_registered" }]
-- given.azure_subscription = [{ }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail" }
-- [[case]]
-- title = "switched on, but the change failed"
-- given.azure_subscription = [{ }]
-- given.azure_security_center_subscription_pricing = [{ name = "Containers", pricing_tier = "Standard", extensions = '[{"name":"ContainerRegistriesVulnerabilityAssessments","isEnabled":"True","operationStatus":{"code":"Failed","message":"no rights"}}]' }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "isEnabled missing or not readable; tier not given"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }, { subscription_id = "33333333-3333-4333-8333-333333333333" }]
-- given.azure_security_center_subscription_pricing = [
--   { name = "Containers", pricing_tier = "Standard", extensions = '[{"name":"ContainerRegistriesVulnerabilityAssessments"}]' },
--   { name = "Containers", subscription_id = "22222222-2222-4222-8222-222222222222", pricing_tier = "Standard", extensions = '[{"name":"ContainerRegistriesVulnerabilityAssessments","isEnabled":"Maybe"}]' },
--   { name = "Containers", subscription_id = "33333333-3333-4333-8333-333333333333", extensions = '[{"name":"ContainerRegistriesVulnerabilityAssessments","isEnabled":"True"}]' },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "unknown", "22222222-2222-4222-8222-222222222222" = "unknown", "33333333-3333-4333-8333-333333333333" = "unknown" }
-- [[case]]
-- title = "the list of parts not readable, which on the free tier does not matter"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_security_center_subscription_pricing = [
--   { name = "Containers", pricing_tier = "Standard", _gaps = ["extensions"] },
--   { name = "Containers", subscription_id = "22222222-2222-4222-8222-222222222222", pricing_tier = "Free", _gaps = ["extensions"] },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "unknown", "22222222-2222-4222-8222-222222222222" = "fail" }
-- [[case]]
-- title = "tier not readable: a part that is off stays off"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_security_center_subscription_pricing = [
--   { name = "Containers", extensions = '[{"name":"ContainerRegistriesVulnerabilityAssessments","isEnabled":"False"}]', _gaps = ["pricing_tier"] },
--   { name = "Containers", subscription_id = "22222222-2222-4222-8222-222222222222", extensions = '[{"name":"ContainerRegistriesVulnerabilityAssessments","isEnabled":"True"}]', _gaps = ["pricing_tier"] },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail", "22222222-2222-4222-8222-222222222222" = "unknown" }
-- [[case]]
-- title = "the plan of a single machine, and of another subscription"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_security_center_subscription_pricing = [
--   { id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/m/providers/microsoft.security/pricings/containers", name = "Containers", pricing_tier = "Standard", extensions = '[{"name":"ContainerRegistriesVulnerabilityAssessments","isEnabled":"True"}]' },
--   { name = "Containers", subscription_id = "22222222-2222-4222-8222-222222222222", pricing_tier = "Standard", extensions = '[{"name":"ContainerRegistriesVulnerabilityAssessments","isEnabled":"True"}]' },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail", "22222222-2222-4222-8222-222222222222" = "pass" }
-- [[case]]
-- title = "no subscription row"
-- given.azure_subscription = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "not_applicable" }
-- [[case]]
-- title = "plans denied"
-- ledger = [{ table = "azure_security_center_subscription_pricing", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_subscription = [{ }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
WITH part AS (
    SELECT v.subscription_id, v.plan_name, v.state AS state,
           v.state_text AS state_text
    FROM defender_plan_part AS v
    WHERE v.plan IN ('containers') AND coalesce(v.part, 'containerregistriesvulnerabilityassessments') = 'containerregistriesvulnerabilityassessments'
),
per_subscription AS (
    SELECT p.subscription_id,
           list_sort(list(DISTINCT p.state_text) FILTER (WHERE p.state = 'on')) AS good,
           list_sort(list(DISTINCT p.state_text) FILTER (WHERE p.state = 'unclear')) AS unread,
           list_sort(list(DISTINCT p.state_text)) AS found
    FROM part AS p
    GROUP BY p.subscription_id
)
SELECT s.id AS subject, s.id AS resource_id, s.subscription_id,
       CASE WHEN p.good IS NOT NULL THEN 'pass'
            WHEN p.unread IS NOT NULL THEN NULL
            ELSE 'fail'
       END AS verdict,
       CASE WHEN p.found IS NULL THEN 'plan Containers lists no part ContainerRegistriesVulnerabilityAssessments, which means off'
            ELSE array_to_string(coalesce(p.good, p.unread, p.found), '; ')
       END AS reason,
       s.display_name AS resource_name, p.found AS parts_found
FROM azure_subscription AS s
LEFT JOIN per_subscription AS p ON p.subscription_id = s.subscription_id
