-- title = "Defender CSPM on"
-- severity = "medium"
-- subject = "azure_subscription"
-- tables = ["azure_subscription", "azure_security_center_subscription_pricing"]
-- controls = [
--   "cis_azure_5_0_0:8.1.1.1", "cis_azure_6_0_0:8.1.1.1", "nist_800_53_r5:RA-5", "nist_800_53_r5:SI-4", "iso_27001_2022:A.8.16",
--   "pci_dss_4_0:11.5.1", "soc_2:CC7.1", "soc_2:CC7.2",
-- ]
-- rationale = "The paid posture plan adds attack paths, scans without an agent and sensitive data discovery to the free recommendations. Without it weaknesses are listed one by one, never as the way an attacker would take."
-- remediation = "az security pricing create --name CloudPosture --tier standard"
-- references = ["https://learn.microsoft.com/azure/defender-for-cloud/concept-cloud-security-posture-management"]
-- [[case]]
-- title = "standard tier"
-- given.azure_subscription = [{ }]
-- given.azure_security_center_subscription_pricing = [{ name = "CloudPosture", pricing_tier = "Standard" }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass" }
-- [[case]]
-- title = "free tier"
-- given.azure_subscription = [{ }]
-- given.azure_security_center_subscription_pricing = [{ name = "CloudPosture", pricing_tier = "Free" }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail" }
-- [[case]]
-- title = "other letter case"
-- given.azure_subscription = [{ }]
-- given.azure_security_center_subscription_pricing = [{ name = "CLOUDPOSTURE", pricing_tier = "STANDARD" }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass" }
-- [[case]]
-- title = "no row for the plan is the free tier; another plan does not help"
-- given.azure_subscription = [{ }]
-- given.azure_security_center_subscription_pricing = [{ name = "VirtualMachines", pricing_tier = "Standard" }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail" }
-- [[case]]
-- title = "Defender for Cloud not registered is the free tier"
-- ledger = [{ table = "azure_security_center_subscription_pricing", subscription = "11111111-1111-4111-8111-111111111111", status = "not_registered" }]
-- given.azure_subscription = [{ }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail" }
-- [[case]]
-- title = "the row of a single resource is not that of the subscription"
-- given.azure_subscription = [{ }]
-- given.azure_security_center_subscription_pricing = [{ id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.x/things/one/providers/microsoft.security/pricings/cloudposture", name = "CloudPosture", pricing_tier = "Standard" }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail" }
-- [[case]]
-- title = "the plan of another subscription does not count"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_security_center_subscription_pricing = [{ name = "CloudPosture", subscription_id = "22222222-2222-4222-8222-222222222222", pricing_tier = "Standard" }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail", "22222222-2222-4222-8222-222222222222" = "pass" }
-- [[case]]
-- title = "row without a tier, and tier not readable"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_security_center_subscription_pricing = [
--   { name = "CloudPosture" },
--   { name = "CloudPosture", subscription_id = "22222222-2222-4222-8222-222222222222", _gaps = ["pricing_tier"] },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "unknown", "22222222-2222-4222-8222-222222222222" = "unknown" }
-- [[case]]
-- title = "the tier of another plan is not readable: it does not matter here"
-- given.azure_subscription = [{ }]
-- given.azure_security_center_subscription_pricing = [
--   { name = "CloudPosture", pricing_tier = "Standard" },
--   { name = "VirtualMachines", _gaps = ["pricing_tier"] },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass" }
-- [[case]]
-- title = "no subscription row"
-- given.azure_subscription = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "not_applicable" }
-- [[case]]
-- title = "plans denied"
-- ledger = [{ table = "azure_security_center_subscription_pricing", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_subscription = [{ }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
WITH plan AS (
    SELECT p.subscription_id, p.id, p.pricing_tier,
           CASE WHEN list_contains(p._gaps, 'sub_plan') THEN 'not readable' ELSE p.sub_plan END AS sub_plan,
           p.pricing_tier IS NULL OR coalesce(list_contains(p._gaps, 'pricing_tier'), FALSE) AS unread
    FROM azure_security_center_subscription_pricing AS p
    WHERE lower(p.name) = 'cloudposture' AND p.id NOT LIKE '%/providers/%/providers/%'
)
SELECT s.id AS subject, s.id AS resource_id, s.subscription_id,
       CASE WHEN p.id IS NULL THEN 'fail'
            WHEN p.unread THEN NULL
            WHEN lower(p.pricing_tier) = 'standard' THEN 'pass'
            ELSE 'fail'
       END AS verdict,
       CASE WHEN p.id IS NULL THEN 'no CloudPosture plan is listed, which is the free tier'
            WHEN p.unread THEN 'the tier of the CloudPosture plan is not given'
            ELSE 'tier ' || p.pricing_tier || coalesce(', sub-plan ' || p.sub_plan, '')
       END AS reason,
       s.display_name AS resource_name, p.pricing_tier AS tier, p.sub_plan AS plan
FROM azure_subscription AS s
LEFT JOIN plan AS p ON p.subscription_id = s.subscription_id
