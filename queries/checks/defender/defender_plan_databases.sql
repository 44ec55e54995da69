-- title = "Defender for all database types on"
-- severity = "medium"
-- subject = "azure_subscription"
-- tables = ["azure_subscription", "azure_security_center_subscription_pricing"]
-- controls = [
--   "cis_azure_2_0_0:2.1.3", "nist_800_53_r5:RA-5", "nist_800_53_r5:SI-4", "iso_27001_2022:A.5.16", "iso_27001_2022:A.5.19",
--   "iso_27001_2022:A.5.21", "iso_27001_2022:A.5.22", "iso_27001_2022:A.5.25", "iso_27001_2022:A.5.28", "iso_27001_2022:A.5.29",
--   "iso_27001_2022:A.8.7", "iso_27001_2022:A.8.9", "pci_dss_4_0:11.5.1", "soc_2:CC3.1", "soc_2:CC3.2", "soc_2:CC4.2",
--   "soc_2:CC6.8", "soc_2:CC7.1", "mitre_attack:T1190", "mitre_attack:T1486", "mitre_attack:T1499",
-- ]
-- rationale = "Databases hold what an intruder comes for, and each kind has a plan of its own. One kind left out is where injection and bulk reads go unseen."
-- remediation = "For each of SqlServers, SqlServerVirtualMachines, OpenSourceRelationalDatabases and CosmosDbs: az security pricing create --name PLAN --tier standard"
-- references = ["https://learn.microsoft.com/azure/defender-for-cloud/tutorial-enable-databases-plan"]
-- [[case]]
-- title = "all four on"
-- given.azure_subscription = [{ }]
-- given.azure_security_center_subscription_pricing = [
--   { name = "SqlServers", pricing_tier = "Standard" },
--   { name = "SqlServerVirtualMachines", pricing_tier = "Standard" },
--   { name = "OpenSourceRelationalDatabases", pricing_tier = "Standard" },
--   { name = "CosmosDbs", pricing_tier = "Standard" },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass" }
-- [[case]]
-- title = "other letter case"
-- given.azure_subscription = [{ }]
-- given.azure_security_center_subscription_pricing = [
--   { name = "SQLSERVERS", pricing_tier = "STANDARD" },
--   { name = "SQLSERVERVIRTUALMACHINES", pricing_tier = "STANDARD" },
--   { name = "OPENSOURCERELATIONALDATABASES", pricing_tier = "STANDARD" },
--   { name = "COSMOSDBS", pricing_tier = "STANDARD" },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass" }
-- [[case]]
-- title = "one on the free tier"
-- given.azure_subscription = [{ }]
-- given.azure_security_center_subscription_pricing = [
--   { name = "SqlServers", pricing_tier = "Standard" },
--   { name = "SqlServerVirtualMachines", pricing_tier = "Standard" },
--   { name = "OpenSourceRelationalDatabases", pricing_tier = "Standard" },
--   { name = "CosmosDbs", pricing_tier = "Free" },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail" }
-- [[case]]
-- title = "one not listed"
-- given.azure_subscription = [{ }]
-- given.azure_security_center_subscription_pricing = [
--   { name = "SqlServers", pricing_tier = "Standard" },
--   { name = "SqlServerVirtualMachines", pricing_tier = "Standard" },
--   { name = "OpenSourceRelationalDatabases", pricing_tier = "Standard" },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail" }
-- [[case]]
-- title = "none listed; Defender for Cloud not registered"
-- ledger = [{ table = "azure_security_center_subscription_pricing", subscription = "11111111-1111-4111-8111-111111111111", status = "not_registered" }]
-- given.azure_subscription = [{ }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail" }
-- [[case]]
-- title = "a plan of another subscription does not fill the gap"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_security_center_subscription_pricing = [
--   { name = "SqlServers", pricing_tier = "Standard" },
--   { name = "SqlServerVirtualMachines", pricing_tier = "Standard" },
--   { name = "OpenSourceRelationalDatabases", pricing_tier = "Standard" },
--   { name = "CosmosDbs", subscription_id = "22222222-2222-4222-8222-222222222222", pricing_tier = "Standard" },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail", "22222222-2222-4222-8222-222222222222" = "fail" }
-- [[case]]
-- title = "the row of a single resource does not count"
-- given.azure_subscription = [{ }]
-- given.azure_security_center_subscription_pricing = [
--   { name = "SqlServers", pricing_tier = "Standard" },
--   { name = "SqlServerVirtualMachines", pricing_tier = "Standard" },
--   { name = "OpenSourceRelationalDatabases", pricing_tier = "Standard" },
--   { id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.documentdb/databaseaccounts/c/providers/microsoft.security/pricings/cosmosdbs", name = "CosmosDbs", pricing_tier = "Standard" },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail" }
-- [[case]]
-- title = "one tier not given, the others on; one not readable"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_security_center_subscription_pricing = [
--   { name = "SqlServers", pricing_tier = "Standard" },
--   { name = "SqlServerVirtualMachines", pricing_tier = "Standard" },
--   { name = "OpenSourceRelationalDatabases", pricing_tier = "Standard" },
--   { name = "CosmosDbs",  },
--   { name = "SqlServers", subscription_id = "22222222-2222-4222-8222-222222222222", pricing_tier = "Standard" },
--   { name = "SqlServerVirtualMachines", subscription_id = "22222222-2222-4222-8222-222222222222", pricing_tier = "Standard" },
--   { name = "OpenSourceRelationalDatabases", subscription_id = "22222222-2222-4222-8222-222222222222", pricing_tier = "Standard" },
--   { name = "CosmosDbs", subscription_id = "22222222-2222-4222-8222-222222222222", _gaps = ["pricing_tier"] },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "unknown", "22222222-2222-4222-8222-222222222222" = "unknown" }
-- [[case]]
-- title = "one off is a fail, whatever could not be read"
-- given.azure_subscription = [{ }]
-- given.azure_security_center_subscription_pricing = [
--   { name = "SqlServers", pricing_tier = "Free" },
--   { name = "SqlServerVirtualMachines", _gaps = ["pricing_tier"] },
--   { name = "OpenSourceRelationalDatabases", pricing_tier = "Standard" },
--   { name = "CosmosDbs", pricing_tier = "Standard" },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail" }
-- [[case]]
-- title = "the tier of a plan for something else is not readable"
-- given.azure_subscription = [{ }]
-- given.azure_security_center_subscription_pricing = [
--   { name = "SqlServers", pricing_tier = "Standard" },
--   { name = "SqlServerVirtualMachines", pricing_tier = "Standard" },
--   { name = "OpenSourceRelationalDatabases", pricing_tier = "Standard" },
--   { name = "CosmosDbs", pricing_tier = "Standard" },
--   { name = "KeyVaults", _gaps = ["pricing_tier"] },
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
WITH wanted AS (
    SELECT s.subscription_id, w.name
    FROM azure_subscription AS s,
         (VALUES ('SqlServers'), ('SqlServerVirtualMachines'), ('OpenSourceRelationalDatabases'), ('CosmosDbs')) AS w(name)
),
plan AS (
    SELECT p.subscription_id, lower(p.name) AS name, p.pricing_tier,
           p.pricing_tier IS NULL OR coalesce(list_contains(p._gaps, 'pricing_tier'), FALSE) AS unread
    FROM azure_security_center_subscription_pricing AS p
    WHERE p.id NOT LIKE '%/providers/%/providers/%'
),
state AS (
    SELECT w.subscription_id, w.name,
           CASE WHEN p.name IS NULL THEN 'off' WHEN p.unread THEN 'unclear'
                WHEN lower(p.pricing_tier) = 'standard' THEN 'on' ELSE 'off' END AS state
    FROM wanted AS w
    LEFT JOIN plan AS p ON p.subscription_id = w.subscription_id AND p.name = lower(w.name)
),
per_subscription AS (
    SELECT t.subscription_id,
           list_sort(list(t.name) FILTER (WHERE t.state = 'on')) AS plans_on,
           list_sort(list(t.name) FILTER (WHERE t.state = 'off')) AS plans_off,
           list_sort(list(t.name) FILTER (WHERE t.state = 'unclear')) AS plans_unread
    FROM state AS t
    GROUP BY t.subscription_id
)
SELECT s.id AS subject, s.id AS resource_id, s.subscription_id,
       CASE WHEN p.plans_off IS NOT NULL THEN 'fail'
            WHEN p.plans_unread IS NOT NULL THEN NULL
            WHEN array_length(p.plans_on) = 4 THEN 'pass'
       END AS verdict,
       CASE WHEN p.plans_off IS NOT NULL THEN 'off or not listed: ' || array_to_string(p.plans_off, ', ')
            WHEN p.plans_unread IS NOT NULL THEN 'the tier is not given for: ' || array_to_string(p.plans_unread, ', ')
            ELSE 'all four database plans are on'
       END AS reason,
       s.display_name AS resource_name, p.plans_on, p.plans_off
FROM azure_subscription AS s
LEFT JOIN per_subscription AS p ON p.subscription_id = s.subscription_id
