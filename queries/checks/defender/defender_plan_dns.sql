-- title = "Defender for DNS on (legacy)"
-- severity = "low"
-- subject = "azure_subscription"
-- tables = ["azure_subscription", "azure_security_center_subscription_pricing"]
-- controls = [
--   "cis_azure_2_0_0:2.1.11", "cis_azure_2_1_0:2.1.10", "cis_azure_3_0_0:3.1.16", "cis_azure_4_0_0:9.1.17",
--   "nist_800_53_r5:AC-2", "nist_800_53_r5:AU-6", "nist_800_53_r5:AU-12", "nist_800_53_r5:IR-4", "nist_800_53_r5:IR-5",
--   "nist_800_53_r5:RA-5", "nist_800_53_r5:SI-2", "nist_800_53_r5:SI-4", "iso_27001_2022:A.5.16", "iso_27001_2022:A.5.19",
--   "iso_27001_2022:A.5.21", "iso_27001_2022:A.5.22", "iso_27001_2022:A.5.25", "iso_27001_2022:A.5.28", "iso_27001_2022:A.5.29",
--   "iso_27001_2022:A.8.7", "iso_27001_2022:A.8.9", "pci_dss_4_0:11.5.1", "soc_2:CC3.1", "soc_2:CC3.2", "soc_2:CC4.2",
--   "soc_2:CC6.8", "soc_2:CC7.1", "mitre_attack:T1190", "mitre_attack:T1486", "mitre_attack:T1499",
-- ]
-- rationale = "Machines that ask for the names of command servers or send data out in name queries are found by it. Since August 2023 the plan is not sold on its own: plan 2 for servers brings the same alerts, so that counts, and where the old plan is not even listed there is nothing to switch on."
-- remediation = "az security pricing create --name VirtualMachines --tier standard --subplan P2; where the old plan is still listed, az security pricing create --name Dns --tier standard may work too."
-- references = ["https://learn.microsoft.com/azure/defender-for-cloud/defender-for-dns-alerts"]
-- [[case]]
-- title = "the old plan is still on"
-- given.azure_subscription = [{ }]
-- given.azure_security_center_subscription_pricing = [
--   { name = "Dns", pricing_tier = "Standard", deprecated = true },
--   { name = "VirtualMachines", pricing_tier = "Free" },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass" }
-- [[case]]
-- title = "replaced by servers plan 2, named or by leaving the sub-plan out"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_security_center_subscription_pricing = [
--   { name = "Dns", pricing_tier = "Free" },
--   { name = "VirtualMachines", pricing_tier = "Standard", sub_plan = "P2" },
--   { name = "Dns", subscription_id = "22222222-2222-4222-8222-222222222222", pricing_tier = "Free" },
--   { name = "VirtualMachines", subscription_id = "22222222-2222-4222-8222-222222222222", pricing_tier = "Standard" },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass", "22222222-2222-4222-8222-222222222222" = "pass" }
-- [[case]]
-- title = "servers plan 2 without a row for the old plan; other letter case"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_security_center_subscription_pricing = [
--   { name = "VirtualMachines", pricing_tier = "Standard", sub_plan = "P2" },
--   { name = "dns", subscription_id = "22222222-2222-4222-8222-222222222222", pricing_tier = "STANDARD" },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass", "22222222-2222-4222-8222-222222222222" = "pass" }
-- [[case]]
-- title = "old plan off, servers plan 1, free or not listed"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }, { subscription_id = "33333333-3333-4333-8333-333333333333" }]
-- given.azure_security_center_subscription_pricing = [
--   { name = "Dns", pricing_tier = "Free" },
--   { name = "VirtualMachines", pricing_tier = "Standard", sub_plan = "P1" },
--   { name = "Dns", subscription_id = "22222222-2222-4222-8222-222222222222", pricing_tier = "Free" },
--   { name = "VirtualMachines", subscription_id = "22222222-2222-4222-8222-222222222222", pricing_tier = "Free" },
--   { name = "Dns", subscription_id = "33333333-3333-4333-8333-333333333333", pricing_tier = "Free" },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail", "22222222-2222-4222-8222-222222222222" = "fail", "33333333-3333-4333-8333-333333333333" = "fail" }
-- [[case]]
-- title = "no row for the old plan, which is no longer sold"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_security_center_subscription_pricing = [
--   { name = "VirtualMachines", pricing_tier = "Standard", sub_plan = "P1" },
--   { name = "VirtualMachines", subscription_id = "22222222-2222-4222-8222-222222222222", pricing_tier = "Free" },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "not_applicable", "22222222-2222-4222-8222-222222222222" = "not_applicable" }
-- [[case]]
-- title = "no plan listed; Defender for Cloud not registered"
-- ledger = [{ table = "azure_security_center_subscription_pricing", subscription = "11111111-1111-4111-8111-111111111111", status = "not_registered" }]
-- given.azure_subscription = [{ }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "the plan of a single machine does not count"
-- given.azure_subscription = [{ }]
-- given.azure_security_center_subscription_pricing = [
--   { name = "Dns", pricing_tier = "Free" },
--   { id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/m/providers/microsoft.security/pricings/virtualmachines", name = "VirtualMachines", pricing_tier = "Standard", sub_plan = "P2" },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail" }
-- [[case]]
-- title = "tier of the old plan not readable: unknown, unless plan 2 answers"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_security_center_subscription_pricing = [
--   { name = "Dns", _gaps = ["pricing_tier"] },
--   { name = "VirtualMachines", pricing_tier = "Standard", sub_plan = "P1" },
--   { name = "Dns", subscription_id = "22222222-2222-4222-8222-222222222222", _gaps = ["pricing_tier"] },
--   { name = "VirtualMachines", subscription_id = "22222222-2222-4222-8222-222222222222", pricing_tier = "Standard", sub_plan = "P2" },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "unknown", "22222222-2222-4222-8222-222222222222" = "pass" }
-- [[case]]
-- title = "tier or sub-plan of servers not readable: unknown, unless the old plan is on"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }, { subscription_id = "33333333-3333-4333-8333-333333333333" }]
-- given.azure_security_center_subscription_pricing = [
--   { name = "Dns", pricing_tier = "Free" },
--   { name = "VirtualMachines", pricing_tier = "Standard", _gaps = ["sub_plan"] },
--   { name = "Dns", subscription_id = "22222222-2222-4222-8222-222222222222", pricing_tier = "Free" },
--   { name = "VirtualMachines", subscription_id = "22222222-2222-4222-8222-222222222222", _gaps = ["pricing_tier"] },
--   { name = "Dns", subscription_id = "33333333-3333-4333-8333-333333333333", pricing_tier = "Standard" },
--   { name = "VirtualMachines", subscription_id = "33333333-3333-4333-8333-333333333333", pricing_tier = "Standard", _gaps = ["sub_plan"] },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "unknown", "22222222-2222-4222-8222-222222222222" = "unknown", "33333333-3333-4333-8333-333333333333" = "pass" }
-- [[case]]
-- title = "no row for the old plan, and servers not readable"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_security_center_subscription_pricing = [
--   { name = "VirtualMachines", pricing_tier = "Standard", _gaps = ["sub_plan"] },
--   { name = "VirtualMachines", subscription_id = "22222222-2222-4222-8222-222222222222", pricing_tier = "Standard", sub_plan = "P9" },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "unknown", "22222222-2222-4222-8222-222222222222" = "unknown" }
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
    SELECT p.subscription_id, lower(p.name) AS name, p.pricing_tier,
           coalesce(nullif(trim(p.sub_plan), ''), 'none, which is the full plan') AS sub_plan,
           CASE WHEN p.pricing_tier IS NULL OR list_contains(p._gaps, 'pricing_tier') THEN 'unclear'
                WHEN lower(p.pricing_tier) = 'standard' THEN 'on' ELSE 'off' END AS state,
           CASE WHEN list_contains(p._gaps, 'sub_plan') THEN 'unclear'
                WHEN coalesce(nullif(upper(trim(p.sub_plan)), ''), 'P2') = 'P2' THEN 'full'
                WHEN upper(trim(p.sub_plan)) = 'P1' THEN 'part' ELSE 'unclear' END AS extent
    FROM azure_security_center_subscription_pricing AS p
    WHERE lower(p.name) IN ('dns', 'virtualmachines') AND p.id NOT LIKE '%/providers/%/providers/%'
),
found AS (
    SELECT s.subscription_id, d.state AS dns, d.pricing_tier AS dns_tier, v.sub_plan AS servers_sub_plan,
           CASE WHEN v.state = 'on' AND v.extent = 'full' THEN 'on'
                WHEN v.state IS NULL OR v.state = 'off' OR v.extent = 'part' THEN 'off'
                ELSE 'unclear' END AS servers
    FROM azure_subscription AS s
    LEFT JOIN plan AS d ON d.subscription_id = s.subscription_id AND d.name = 'dns'
    LEFT JOIN plan AS v ON v.subscription_id = s.subscription_id AND v.name = 'virtualmachines'
)
SELECT s.id AS subject, s.id AS resource_id, s.subscription_id,
       CASE WHEN f.dns = 'on' OR f.servers = 'on' THEN 'pass'
            WHEN f.dns = 'unclear' OR f.servers = 'unclear' THEN NULL
            WHEN f.dns IS NULL THEN 'not_applicable'
            ELSE 'fail'
       END AS verdict,
       CASE WHEN f.dns = 'on' THEN 'the Dns plan is on tier ' || f.dns_tier
            WHEN f.servers = 'on' THEN 'the Dns plan is off or gone; the servers plan brings its alerts (sub-plan: ' || f.servers_sub_plan || ')'
            WHEN f.dns = 'unclear' THEN 'the tier of the Dns plan is not given'
            WHEN f.servers = 'unclear' THEN 'whether plan 2 for servers is on could not be told'
            WHEN f.dns IS NULL THEN 'the Dns plan is not listed and no longer sold; plan 2 for servers, which took its place, is not on'
            ELSE 'the Dns plan is on tier ' || f.dns_tier || ' and plan 2 for servers is not on'
       END AS reason,
       s.display_name AS resource_name, f.dns_tier
FROM azure_subscription AS s
LEFT JOIN found AS f ON f.subscription_id = s.subscription_id
