-- title = "Defender for Servers on"
-- severity = "high"
-- subject = "azure_subscription"
-- tables = ["azure_subscription", "azure_security_center_subscription_pricing"]
-- controls = [
--   "cis_azure_2_0_0:2.1.1", "cis_azure_2_1_0:2.1.1", "cis_azure_3_0_0:3.1.3.1", "cis_azure_4_0_0:9.1.3.1",
--   "cis_azure_5_0_0:8.1.3.1", "cis_azure_6_0_0:8.1.3.1", "jupiterone_questions:defender_for_servers", "nist_800_53_r5:AC-2",
--   "nist_800_53_r5:AU-6", "nist_800_53_r5:AU-12", "nist_800_53_r5:CM-7", "nist_800_53_r5:IR-4", "nist_800_53_r5:IR-5",
--   "nist_800_53_r5:RA-5", "nist_800_53_r5:SC-3", "nist_800_53_r5:SI-2", "nist_800_53_r5:SI-3", "nist_800_53_r5:SI-4",
--   "nist_800_53_r5:SI-16", "iso_27001_2022:A.5.16", "iso_27001_2022:A.5.19", "iso_27001_2022:A.5.21", "iso_27001_2022:A.5.22",
--   "iso_27001_2022:A.5.25", "iso_27001_2022:A.5.28", "iso_27001_2022:A.5.29", "iso_27001_2022:A.8.7", "iso_27001_2022:A.8.9",
--   "pci_dss_4_0:11.5.1", "soc_2:CC3.1", "soc_2:CC3.2", "soc_2:CC4.2", "soc_2:CC6.8", "soc_2:CC7.1", "mitre_attack:T1190",
--   "mitre_attack:T1486", "mitre_attack:T1499",
-- ]
-- rationale = "The plan brings threat detection and vulnerability findings for machines. A subscription that never set it, or never used Defender for Cloud, is on the free tier. Single machines may be set apart from the plan; that is not judged here."
-- remediation = "az security pricing create --name VirtualMachines --tier standard --subplan P2 (or P1)"
-- references = ["https://learn.microsoft.com/azure/defender-for-cloud/plan-defender-for-servers-select-plan"]
-- [[case]]
-- title = "plan 2"
-- given.azure_subscription = [{ }]
-- given.azure_security_center_subscription_pricing = [{ name = "VirtualMachines", pricing_tier = "Standard", sub_plan = "P2" }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass" }
-- [[case]]
-- title = "plan 1 and no sub-plan pass too"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_security_center_subscription_pricing = [
--   { name = "VirtualMachines", pricing_tier = "Standard", sub_plan = "P1" },
--   { name = "VirtualMachines", subscription_id = "22222222-2222-4222-8222-222222222222", pricing_tier = "Standard" },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass", "22222222-2222-4222-8222-222222222222" = "pass" }
-- [[case]]
-- title = "free tier"
-- given.azure_subscription = [{ }]
-- given.azure_security_center_subscription_pricing = [{ name = "VirtualMachines", pricing_tier = "Free" }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail" }
-- [[case]]
-- title = "other letter case"
-- given.azure_subscription = [{ }]
-- given.azure_security_center_subscription_pricing = [{ name = "virtualmachines", pricing_tier = "STANDARD" }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass" }
-- [[case]]
-- title = "no row for the plan is the free tier; another plan does not help"
-- given.azure_subscription = [{ }]
-- given.azure_security_center_subscription_pricing = [{ name = "StorageAccounts", pricing_tier = "Standard" }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail" }
-- [[case]]
-- title = "Defender for Cloud not registered is the free tier"
-- ledger = [{ table = "azure_security_center_subscription_pricing", subscription = "11111111-1111-4111-8111-111111111111", status = "not_registered" }]
-- given.azure_subscription = [{ }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail" }
-- [[case]]
-- title = "the row of a single machine is not that of the subscription"
-- given.azure_subscription = [{ }]
-- given.azure_security_center_subscription_pricing = [{ id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/m/providers/microsoft.security/pricings/virtualmachines", name = "VirtualMachines", pricing_tier = "Standard", sub_plan = "P1" }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail" }
-- [[case]]
-- title = "the plan of another subscription does not count"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_security_center_subscription_pricing = [{ name = "VirtualMachines", subscription_id = "22222222-2222-4222-8222-222222222222", pricing_tier = "Standard" }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail", "22222222-2222-4222-8222-222222222222" = "pass" }
-- [[case]]
-- title = "row without a tier, and tier not readable"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_security_center_subscription_pricing = [
--   { name = "VirtualMachines" },
--   { name = "VirtualMachines", subscription_id = "22222222-2222-4222-8222-222222222222", _gaps = ["pricing_tier"] },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "unknown", "22222222-2222-4222-8222-222222222222" = "unknown" }
-- [[case]]
-- title = "the tier of another plan is not readable: it does not matter here"
-- given.azure_subscription = [{ }]
-- given.azure_security_center_subscription_pricing = [
--   { name = "VirtualMachines", pricing_tier = "Standard" },
--   { name = "StorageAccounts", _gaps = ["pricing_tier"] },
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
-- [[case]]
-- title = "row of an Arc machine"
-- given.azure_subscription = [{ }]
-- given.azure_security_center_subscription_pricing = [{ name = "VirtualMachines", pricing_tier = "Free" }, { name = "virtualmachines", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.hybridcompute/machines/m/providers/microsoft.security/pricings/virtualmachines", pricing_tier = "Standard" }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail" }
WITH plan AS (
    SELECT p.subscription_id, p.id, p.pricing_tier,
           CASE WHEN list_contains(p._gaps, 'sub_plan') THEN 'not readable' ELSE p.sub_plan END AS sub_plan,
           p.pricing_tier IS NULL OR coalesce(list_contains(p._gaps, 'pricing_tier'), FALSE) AS unread
    FROM azure_security_center_subscription_pricing AS p
    WHERE lower(p.name) = 'virtualmachines' AND p.id NOT LIKE '%/providers/%/providers/%'
)
SELECT s.id AS subject, s.id AS resource_id, s.subscription_id,
       CASE WHEN p.id IS NULL THEN 'fail'
            WHEN p.unread THEN NULL
            WHEN lower(p.pricing_tier) = 'standard' THEN 'pass'
            ELSE 'fail'
       END AS verdict,
       CASE WHEN p.id IS NULL THEN 'no VirtualMachines plan is listed, which is the free tier'
            WHEN p.unread THEN 'the tier of the VirtualMachines plan is not given'
            ELSE 'tier ' || p.pricing_tier || coalesce(', sub-plan ' || p.sub_plan, '')
       END AS reason,
       s.display_name AS resource_name, p.pricing_tier AS tier, p.sub_plan AS plan
FROM azure_subscription AS s
LEFT JOIN plan AS p ON p.subscription_id = s.subscription_id
