-- title = "Defender for Cloud Apps integration on"
-- severity = "low"
-- subject = "azure_subscription"
-- tables = ["azure_subscription", "azure_security_center_setting"]
-- controls = [
--   "cis_azure_2_0_0:2.1.21", "cis_azure_2_1_0:2.1.20", "cis_azure_3_0_0:3.1.1.2",
--   "jupiterone_questions:defender_cloud_apps_link", "nist_800_53_r5:RA-5", "nist_800_53_r5:SI-4", "iso_27001_2022:A.5.16",
--   "iso_27001_2022:A.5.22", "pci_dss_4_0:11.5.1", "soc_2:CC3.1", "soc_2:CC3.2", "soc_2:CC4.2", "soc_2:CC6.8", "soc_2:CC7.1",
--   "mitre_attack:T1190", "mitre_attack:T1486",
-- ]
-- rationale = "With it Defender for Cloud Apps sees the management operations of the subscription and can tell behaviour that does not fit a person. A switch that is not listed is off."
-- remediation = "Defender for Cloud > Environment settings > subscription > Integrations: allow Defender for Cloud Apps to access my data; or az rest --method put --url https://management.azure.com/subscriptions/ID/providers/Microsoft.Security/settings/MCAS?api-version=2022-05-01 --body '{\"kind\":\"DataExportSettings\",\"properties\":{\"enabled\":true}}'"
-- references = ["https://learn.microsoft.com/azure/defender-for-cloud/other-threat-protections"]
-- [[case]]
-- title = "on"
-- given.azure_subscription = [{ }]
-- given.azure_security_center_setting = [{ name = "MCAS", kind = "DataExportSettings", enabled = true }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass" }
-- [[case]]
-- title = "off"
-- given.azure_subscription = [{ }]
-- given.azure_security_center_setting = [{ name = "MCAS", enabled = false }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail" }
-- [[case]]
-- title = "other letter case"
-- given.azure_subscription = [{ }]
-- given.azure_security_center_setting = [{ name = "mcas", enabled = true }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass" }
-- [[case]]
-- title = "not listed; another switch does not help"
-- given.azure_subscription = [{ }]
-- given.azure_security_center_setting = [
--   { name = "WDATP", enabled = true },
--   { name = "MCAS_UNIFIED_SOLUTION", enabled = true },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail" }
-- [[case]]
-- title = "Defender for Cloud not registered"
-- ledger = [{ table = "azure_security_center_setting", subscription = "11111111-1111-4111-8111-111111111111", status = "not_registered" }]
-- given.azure_subscription = [{ }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail" }
-- [[case]]
-- title = "the switch of another subscription does not count"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_security_center_setting = [{ name = "MCAS", enabled = true, subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail", "22222222-2222-4222-8222-222222222222" = "pass" }
-- [[case]]
-- title = "row without a value, and value not readable"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_security_center_setting = [
--   { name = "MCAS" },
--   { name = "MCAS", subscription_id = "22222222-2222-4222-8222-222222222222", _gaps = ["enabled"] },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "unknown", "22222222-2222-4222-8222-222222222222" = "unknown" }
-- [[case]]
-- title = "the value of another switch is not readable: it does not matter here"
-- given.azure_subscription = [{ }]
-- given.azure_security_center_setting = [
--   { name = "MCAS", enabled = true },
--   { name = "WDATP", _gaps = ["enabled"] },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass" }
-- [[case]]
-- title = "no subscription row"
-- given.azure_subscription = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "not_applicable" }
-- [[case]]
-- title = "settings denied"
-- ledger = [{ table = "azure_security_center_setting", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_subscription = [{ }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
WITH switch AS (
    SELECT t.subscription_id, t.id, t.name, t.enabled,
           t.enabled IS NULL OR coalesce(list_contains(t._gaps, 'enabled'), FALSE) AS unread
    FROM azure_security_center_setting AS t
),
listed AS (
    SELECT w.subscription_id, list_sort(list(w.name || CASE WHEN w.unread THEN ': not given' WHEN w.enabled THEN ': on' ELSE ': off' END)) AS switches
    FROM switch AS w
    GROUP BY w.subscription_id
)
SELECT s.id AS subject, s.id AS resource_id, s.subscription_id,
       CASE WHEN w.id IS NULL THEN 'fail'
            WHEN w.unread THEN NULL
            WHEN w.enabled THEN 'pass'
            ELSE 'fail'
       END AS verdict,
       CASE WHEN w.id IS NULL THEN 'the switch MCAS is not listed, which means off'
            WHEN w.unread THEN 'whether the switch MCAS is on is not given'
            WHEN w.enabled THEN 'the switch MCAS is on'
            ELSE 'the switch MCAS is off'
       END AS reason,
       s.display_name AS resource_name, l.switches
FROM azure_subscription AS s
LEFT JOIN switch AS w ON w.subscription_id = s.subscription_id AND lower(w.name) = 'mcas'
LEFT JOIN listed AS l ON l.subscription_id = s.subscription_id
