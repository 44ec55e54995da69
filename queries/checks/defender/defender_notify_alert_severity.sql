-- title = "Alert e-mails for High or lower"
-- severity = "medium"
-- subject = "azure_subscription"
-- tables = ["azure_subscription", "azure_security_center_contact"]
-- controls = [
--   "cis_azure_2_0_0:2.1.20", "cis_azure_2_1_0:2.1.19", "cis_azure_3_0_0:3.1.14", "cis_azure_4_0_0:9.1.14",
--   "cis_azure_5_0_0:8.1.14", "cis_azure_6_0_0:8.1.14", "jupiterone_questions:security_contact_alerts_default",
--   "jupiterone_questions:security_contact_alerts", "nist_800_53_r5:IR-4", "nist_800_53_r5:IR-5", "nist_800_53_r5:IR-6",
--   "nist_800_53_r5:SI-4", "iso_27001_2022:A.5.16", "iso_27001_2022:A.5.22", "pci_dss_4_0:12.10.1", "soc_2:CC3.1", "soc_2:CC3.2",
--   "soc_2:CC4.2", "soc_2:CC6.8", "soc_2:CC7.1", "soc_2:CC7.3", "soc_2:CC7.4", "mitre_attack:T1190", "mitre_attack:T1486",
-- ]
-- rationale = "An alert that nobody is told of waits until somebody opens the portal. High is the least that has to be sent; Medium and Low send more. Without a stored contact the setting is Microsoft's default, which no one here chose."
-- remediation = "az security contact create --name default --emails 'soc@example.com' --notifications-by-role '{\"state\":\"On\",\"roles\":[\"Owner\"]}' --alert-notifications '{\"state\":\"On\",\"minimalSeverity\":\"High\"}'; or Defender for Cloud > Environment settings > subscription > Email notifications."
-- references = ["https://learn.microsoft.com/azure/defender-for-cloud/configure-email-notifications"]
-- [[case]]
-- title = "severity High"
-- given.azure_subscription = [{ }]
-- given.azure_security_center_contact = [{ name = "default", notifications_sources = '[{"sourceType":"Alert","minimalSeverity":"High"}]' }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass" }
-- [[case]]
-- title = "Medium and Low send more mail"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_security_center_contact = [
--   { name = "default", notifications_sources = '[{"sourceType":"Alert","minimalSeverity":"Medium"}]' },
--   { name = "default", subscription_id = "22222222-2222-4222-8222-222222222222", notifications_sources = '[{"sourceType":"alert","minimalSeverity":"low"}]' },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass", "22222222-2222-4222-8222-222222222222" = "pass" }
-- [[case]]
-- title = "attack paths only, or nothing chosen, or no list"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }, { subscription_id = "33333333-3333-4333-8333-333333333333" }]
-- given.azure_security_center_contact = [
--   { name = "default", notifications_sources = '[{"sourceType":"AttackPath","minimalRiskLevel":"High"}]' },
--   { name = "default", subscription_id = "22222222-2222-4222-8222-222222222222", notifications_sources = '[]' },
--   { name = "default", subscription_id = "33333333-3333-4333-8333-333333333333", emails = "soc@example.com" },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail", "22222222-2222-4222-8222-222222222222" = "fail", "33333333-3333-4333-8333-333333333333" = "fail" }
-- [[case]]
-- title = "alerts on without a severity, or with one not known"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_security_center_contact = [
--   { name = "default", notifications_sources = '[{"sourceType":"Alert"}]' },
--   { name = "default", subscription_id = "22222222-2222-4222-8222-222222222222", notifications_sources = '[{"sourceType":"Alert","minimalSeverity":"Severe"}]' },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "unknown", "22222222-2222-4222-8222-222222222222" = "unknown" }
-- [[case]]
-- title = "answer of 2020: on, off, on without severity"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }, { subscription_id = "33333333-3333-4333-8333-333333333333" }]
-- given.azure_security_center_contact = [
--   { name = "default", alert_notifications = '{"state":"On","minimalSeverity":"High"}', alert_notifications_state = "On", alert_notifications_minimal_severity = "High" },
--   { name = "default", subscription_id = "22222222-2222-4222-8222-222222222222", alert_notifications = '{"state":"Off","minimalSeverity":"High"}', alert_notifications_state = "Off", alert_notifications_minimal_severity = "High" },
--   { name = "default", subscription_id = "33333333-3333-4333-8333-333333333333", alert_notifications = '{"state":"On"}', alert_notifications_state = "On" },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass", "22222222-2222-4222-8222-222222222222" = "fail", "33333333-3333-4333-8333-333333333333" = "unknown" }
-- [[case]]
-- title = "answer of 2017: on, off"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_security_center_contact = [
--   { name = "default1", alert_notifications = '"On"' },
--   { name = "default1", subscription_id = "22222222-2222-4222-8222-222222222222", alert_notifications = '"Off"' },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass", "22222222-2222-4222-8222-222222222222" = "fail" }
-- [[case]]
-- title = "the list not readable; the older value not readable"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_security_center_contact = [
--   { name = "default", _gaps = ["notifications_sources"] },
--   { name = "default", subscription_id = "22222222-2222-4222-8222-222222222222", _gaps = ["alert_notifications_state"] },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "unknown", "22222222-2222-4222-8222-222222222222" = "unknown" }
-- [[case]]
-- title = "no contact at all"
-- given.azure_subscription = [{ }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail" }
-- [[case]]
-- title = "Defender for Cloud not registered: no contact"
-- ledger = [{ table = "azure_security_center_contact", subscription = "11111111-1111-4111-8111-111111111111", status = "not_registered" }]
-- given.azure_subscription = [{ }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail" }
-- [[case]]
-- title = "the contact is switched off; whether it is could not be read; absent means in use"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }, { subscription_id = "33333333-3333-4333-8333-333333333333" }]
-- given.azure_security_center_contact = [
--   { name = "default", notifications_sources = '[{"sourceType":"Alert","minimalSeverity":"High"}]', is_enabled = false },
--   { name = "default", subscription_id = "22222222-2222-4222-8222-222222222222", notifications_sources = '[{"sourceType":"Alert","minimalSeverity":"High"}]', _gaps = ["is_enabled"] },
--   { name = "default", subscription_id = "33333333-3333-4333-8333-333333333333", notifications_sources = '[{"sourceType":"Alert","minimalSeverity":"High"}]' },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail", "22222222-2222-4222-8222-222222222222" = "unknown", "33333333-3333-4333-8333-333333333333" = "pass" }
-- [[case]]
-- title = "the contact of another subscription does not count"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_security_center_contact = [{ name = "default", subscription_id = "22222222-2222-4222-8222-222222222222", notifications_sources = '[{"sourceType":"Alert","minimalSeverity":"High"}]' }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail", "22222222-2222-4222-8222-222222222222" = "pass" }
-- [[case]]
-- title = "contact named default decides, whatever an older row says"
-- given.azure_subscription = [{ }]
-- given.azure_security_center_contact = [
--   { name = "default", is_enabled = true },
--   { name = "default1", notifications_sources = '[{"sourceType":"Alert","minimalSeverity":"High"}]' },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail" }
-- [[case]]
-- title = "no subscription row"
-- given.azure_subscription = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "not_applicable" }
-- [[case]]
-- title = "contacts denied"
-- ledger = [{ table = "azure_security_center_contact", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_subscription = [{ }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
WITH per_subscription AS (
    SELECT c.subscription_id,
           max(CASE WHEN c.alert_state = 'on' THEN c.alert_text END) AS good,
           max(CASE WHEN c.alert_state = 'unclear' THEN c.alert_text END) AS unread,
           max(CASE WHEN c.alert_state = 'off' THEN c.alert_text END) AS bad,
           list_sort(list(DISTINCT c.contact_name)) AS contacts
    FROM defender_contact AS c
    GROUP BY c.subscription_id
)
SELECT s.id AS subject, s.id AS resource_id, s.subscription_id,
       CASE WHEN p.good IS NOT NULL THEN 'pass'
            WHEN p.unread IS NOT NULL THEN NULL
            ELSE 'fail'
       END AS verdict,
       coalesce(p.good, p.unread, p.bad, 'the subscription has no security contact, so no mail about alerts is set') AS reason,
       s.display_name AS resource_name, p.contacts AS security_contacts
FROM azure_subscription AS s
LEFT JOIN per_subscription AS p ON p.subscription_id = s.subscription_id
