-- title = "Defender for Endpoint integration on"
-- severity = "high"
-- subject = "azure_subscription"
-- tables = ["azure_subscription", "azure_security_center_setting"]
-- controls = [
--   "cis_azure_2_0_0:2.1.22", "cis_azure_2_1_0:2.1.21", "cis_azure_3_0_0:3.1.3.3", "cis_azure_4_0_0:9.1.3.3",
--   "cis_azure_5_0_0:8.1.3.3", "cis_azure_6_0_0:8.1.3.3", "jupiterone_questions:defender_endpoint_link", "nist_800_53_r5:SI-3",
--   "iso_27001_2022:A.8.7", "pci_dss_4_0:5.2.1", "soc_2:CC3.1", "soc_2:CC3.2", "soc_2:CC4.2", "soc_2:CC6.8", "soc_2:CC7.1",
--   "mitre_attack:T1190",
-- ]
-- rationale = "With it the machines of the subscription get the endpoint sensor and its alerts by themselves. Without it a machine is watched only if somebody thought of installing the sensor. A switch that is not listed is off; whether each machine has the sensor is not judged here."
-- remediation = "Defender for Cloud > Environment settings > subscription > Defender for Servers > Settings > Endpoint protection: On; or az rest --method put --url https://management.azure.com/subscriptions/ID/providers/Microsoft.Security/settings/WDATP?api-version=2022-05-01 --body '{\"kind\":\"DataExportSettings\",\"properties\":{\"enabled\":true}}'"
-- references = ["https://learn.microsoft.com/azure/defender-for-cloud/enable-defender-for-endpoint"]
-- [[case]]
-- title = "on"
-- given.azure_subscription = [{ }]
-- given.azure_security_center_setting = [{ name = "WDATP", kind = "DataExportSettings", enabled = true }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass" }
-- [[case]]
-- title = "off"
-- given.azure_subscription = [{ }]
-- given.azure_security_center_setting = [{ name = "WDATP", enabled = false }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail" }
-- [[case]]
-- title = "other letter case"
-- given.azure_subscription = [{ }]
-- given.azure_security_center_setting = [{ name = "wdatp", enabled = true }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass" }
-- [[case]]
-- title = "not listed; another switch does not help"
-- given.azure_subscription = [{ }]
-- given.azure_security_center_setting = [
--   { name = "MCAS", enabled = true },
--   { name = "WDATP_UNIFIED_SOLUTION", enabled = true },
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
-- given.azure_security_center_setting = [{ name = "WDATP", enabled = true, subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail", "22222222-2222-4222-8222-222222222222" = "pass" }
-- [[case]]
-- title = "row without a value, and value not readable"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_security_center_setting = [
--   { name = "WDATP" },
--   { name = "WDATP", subscription_id = "22222222-2222-4222-8222-222222222222", _gaps = ["enabled"] },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "unknown", "22222222-2222-4222-8222-222222222222" = "unknown" }
-- [[case]]
-- title = "the value of another switch is not readable: it does not matter here"
-- given.azure_subscription = [{ }]
-- given.azure_security_center_setting = [
--   { name = "WDATP", enabled = true },
--   { name = "MCAS", _gaps = ["enabled"] },
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
       CASE WHEN w.id IS NULL THEN 'the switch WDATP is not listed, which means off'
            WHEN w.unread THEN 'whether the switch WDATP is on is not given'
            WHEN w.enabled THEN 'the switch WDATP is on'
            ELSE 'the switch WDATP is off'
       END AS reason,
       s.display_name AS resource_name, l.switches
FROM azure_subscription AS s
LEFT JOIN switch AS w ON w.subscription_id = s.subscription_id AND lower(w.name) = 'wdatp'
LEFT JOIN listed AS l ON l.subscription_id = s.subscription_id
