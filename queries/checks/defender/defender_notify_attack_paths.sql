-- title = "Attack path e-mails on"
-- severity = "low"
-- subject = "azure_subscription"
-- tables = ["azure_subscription", "azure_security_center_contact"]
-- controls = [
--   "cis_azure_4_0_0:9.1.15", "cis_azure_5_0_0:8.1.15", "cis_azure_6_0_0:8.1.15", "nist_800_53_r5:IR-6", "nist_800_53_r5:SI-5",
--   "iso_27001_2022:A.5.24", "pci_dss_4_0:12.10.1", "soc_2:CC7.3", "soc_2:CC7.4",
-- ]
-- rationale = "An attack path shows how an intruder gets from the Internet to something that matters. Mail about new ones lets the gap be closed first. Paths are only found where Defender CSPM is on, which another check judges."
-- remediation = "Defender for Cloud > Environment settings > subscription > Email notifications: notify about attack paths with a risk level; or az rest --method put on Microsoft.Security/securityContacts/default with notificationsSources [{\"sourceType\":\"AttackPath\",\"minimalRiskLevel\":\"High\"}], sending the other settings along."
-- references = ["https://learn.microsoft.com/azure/defender-for-cloud/configure-email-notifications"]
-- [[case]]
-- title = "risk Critical"
-- given.azure_subscription = [{ }]
-- given.azure_security_center_contact = [{ name = "default", notifications_sources = '[{"sourceType":"Alert","minimalSeverity":"High"},{"sourceType":"AttackPath","minimalRiskLevel":"Critical"}]' }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass" }
-- [[case]]
-- title = "High, Medium and Low, in any letter case"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }, { subscription_id = "33333333-3333-4333-8333-333333333333" }]
-- given.azure_security_center_contact = [
--   { name = "default", notifications_sources = '[{"sourceType":"AttackPath","minimalRiskLevel":"High"}]' },
--   { name = "default", subscription_id = "22222222-2222-4222-8222-222222222222", notifications_sources = '[{"sourceType":"attackPath","minimalRiskLevel":"medium"}]' },
--   { name = "default", subscription_id = "33333333-3333-4333-8333-333333333333", notifications_sources = '[{"sourceType":"ATTACKPATH","minimalRiskLevel":"LOW"}]' },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass", "22222222-2222-4222-8222-222222222222" = "pass", "33333333-3333-4333-8333-333333333333" = "pass" }
-- [[case]]
-- title = "alerts only, or nothing chosen, or no list"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }, { subscription_id = "33333333-3333-4333-8333-333333333333" }]
-- given.azure_security_center_contact = [
--   { name = "default", notifications_sources = '[{"sourceType":"Alert","minimalSeverity":"High"}]' },
--   { name = "default", subscription_id = "22222222-2222-4222-8222-222222222222", notifications_sources = '[]' },
--   { name = "default", subscription_id = "33333333-3333-4333-8333-333333333333", emails = "soc@example.com" },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail", "22222222-2222-4222-8222-222222222222" = "fail", "33333333-3333-4333-8333-333333333333" = "fail" }
-- [[case]]
-- title = "a severity is not a risk level"
-- given.azure_subscription = [{ }]
-- given.azure_security_center_contact = [{ name = "default", notifications_sources = '[{"sourceType":"AttackPath","minimalSeverity":"High"}]' }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "the risk level is not known"
-- given.azure_subscription = [{ }]
-- given.azure_security_center_contact = [{ name = "default", notifications_sources = '[{"sourceType":"AttackPath","minimalRiskLevel":"Extreme"}]' }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "older answers know no attack paths"
-- given.azure_subscription = [{ }]
-- given.azure_security_center_contact = [{ name = "default", alert_notifications_state = "On", alert_notifications_minimal_severity = "High" }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail" }
-- [[case]]
-- title = "the list not readable"
-- given.azure_subscription = [{ }]
-- given.azure_security_center_contact = [{ name = "default", _gaps = ["notifications_sources"] }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "unknown" }
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
--   { name = "default", notifications_sources = '[{"sourceType":"Alert","minimalSeverity":"High"},{"sourceType":"AttackPath","minimalRiskLevel":"Critical"}]', is_enabled = false },
--   { name = "default", subscription_id = "22222222-2222-4222-8222-222222222222", notifications_sources = '[{"sourceType":"Alert","minimalSeverity":"High"},{"sourceType":"AttackPath","minimalRiskLevel":"Critical"}]', _gaps = ["is_enabled"] },
--   { name = "default", subscription_id = "33333333-3333-4333-8333-333333333333", notifications_sources = '[{"sourceType":"Alert","minimalSeverity":"High"},{"sourceType":"AttackPath","minimalRiskLevel":"Critical"}]' },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail", "22222222-2222-4222-8222-222222222222" = "unknown", "33333333-3333-4333-8333-333333333333" = "pass" }
-- [[case]]
-- title = "the contact of another subscription does not count"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_security_center_contact = [{ name = "default", subscription_id = "22222222-2222-4222-8222-222222222222", notifications_sources = '[{"sourceType":"Alert","minimalSeverity":"High"},{"sourceType":"AttackPath","minimalRiskLevel":"Critical"}]' }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail", "22222222-2222-4222-8222-222222222222" = "pass" }
-- [[case]]
-- title = "contact named default decides, whatever an older row says"
-- given.azure_subscription = [{ }]
-- given.azure_security_center_contact = [
--   { name = "default", is_enabled = true },
--   { name = "default1", notifications_sources = '[{"sourceType":"Alert","minimalSeverity":"High"},{"sourceType":"AttackPath","minimalRiskLevel":"Critical"}]' },
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
           max(CASE WHEN c.path_state = 'on' THEN c.path_text END) AS good,
           max(CASE WHEN c.path_state = 'unclear' THEN c.path_text END) AS unread,
           max(CASE WHEN c.path_state = 'off' THEN c.path_text END) AS bad,
           list_sort(list(DISTINCT c.contact_name)) AS contacts
    FROM defender_contact AS c
    GROUP BY c.subscription_id
)
SELECT s.id AS subject, s.id AS resource_id, s.subscription_id,
       CASE WHEN p.good IS NOT NULL THEN 'pass'
            WHEN p.unread IS NOT NULL THEN NULL
            ELSE 'fail'
       END AS verdict,
       coalesce(p.good, p.unread, p.bad, 'the subscription has no security contact, so no mail about attack paths is set') AS reason,
       s.display_name AS resource_name, p.contacts AS security_contacts
FROM azure_subscription AS s
LEFT JOIN per_subscription AS p ON p.subscription_id = s.subscription_id
