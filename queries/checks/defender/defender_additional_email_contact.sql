-- title = "Security contact e-mail set"
-- severity = "medium"
-- subject = "azure_subscription"
-- tables = ["azure_subscription", "azure_security_center_contact"]
-- controls = [
--   "cis_azure_2_0_0:2.1.19", "cis_azure_2_1_0:2.1.18", "cis_azure_3_0_0:3.1.13", "cis_azure_4_0_0:9.1.13",
--   "cis_azure_5_0_0:8.1.13", "cis_azure_6_0_0:8.1.13", "jupiterone_questions:security_contact_email_default",
--   "jupiterone_questions:security_contact_email", "nist_800_53_r5:IR-6", "nist_800_53_r5:SI-5", "iso_27001_2022:A.5.5",
--   "pci_dss_4_0:12.10.1", "soc_2:CC3.2", "soc_2:CC4.2", "soc_2:CC6.8", "soc_2:CC7.1",
-- ]
-- rationale = "Alerts go to those who own the subscription, and owners are often people who left or who do not read mail at night. An address of the security team makes sure that somebody hears of a break-in."
-- remediation = "az security contact create --name default --emails 'soc@example.com' --notifications-by-role '{\"state\":\"On\",\"roles\":[\"Owner\"]}' --alert-notifications '{\"state\":\"On\",\"minimalSeverity\":\"High\"}'; or Defender for Cloud > Environment settings > subscription > Email notifications."
-- references = ["https://learn.microsoft.com/azure/defender-for-cloud/configure-email-notifications"]
-- [[case]]
-- title = "one address"
-- given.azure_subscription = [{ }]
-- given.azure_security_center_contact = [{ name = "default", emails = "soc@example.com", is_enabled = true }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass" }
-- [[case]]
-- title = "several, behind semicolons or commas, some of them blank"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_security_center_contact = [
--   { name = "default", emails = " ;soc@example.com; " },
--   { name = "default", subscription_id = "22222222-2222-4222-8222-222222222222", emails = "a@example.com,b@example.com" },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass", "22222222-2222-4222-8222-222222222222" = "pass" }
-- [[case]]
-- title = "empty text, separators alone, absent"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }, { subscription_id = "33333333-3333-4333-8333-333333333333" }]
-- given.azure_security_center_contact = [
--   { name = "default", emails = "" },
--   { name = "default", subscription_id = "22222222-2222-4222-8222-222222222222", emails = " ; , " },
--   { name = "default", subscription_id = "33333333-3333-4333-8333-333333333333", is_enabled = true },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail", "22222222-2222-4222-8222-222222222222" = "fail", "33333333-3333-4333-8333-333333333333" = "fail" }
-- [[case]]
-- title = "answer of 2017: one contact of two has an address; none has"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_security_center_contact = [
--   { name = "default1", email = "" },
--   { name = "default2", email = "soc@example.com" },
--   { name = "default1", subscription_id = "22222222-2222-4222-8222-222222222222", email = "" },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass", "22222222-2222-4222-8222-222222222222" = "fail" }
-- [[case]]
-- title = "addresses not readable"
-- given.azure_subscription = [{ }]
-- given.azure_security_center_contact = [{ name = "default", _gaps = ["emails"] }]
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
--   { name = "default", emails = "soc@example.com", is_enabled = false },
--   { name = "default", subscription_id = "22222222-2222-4222-8222-222222222222", emails = "soc@example.com", _gaps = ["is_enabled"] },
--   { name = "default", subscription_id = "33333333-3333-4333-8333-333333333333", emails = "soc@example.com" },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail", "22222222-2222-4222-8222-222222222222" = "unknown", "33333333-3333-4333-8333-333333333333" = "pass" }
-- [[case]]
-- title = "the contact of another subscription does not count"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_security_center_contact = [{ name = "default", subscription_id = "22222222-2222-4222-8222-222222222222", emails = "soc@example.com" }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail", "22222222-2222-4222-8222-222222222222" = "pass" }
-- [[case]]
-- title = "contact named default decides, whatever an older row says"
-- given.azure_subscription = [{ }]
-- given.azure_security_center_contact = [
--   { name = "default", is_enabled = true },
--   { name = "default1", emails = "soc@example.com" },
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
           max(CASE WHEN c.email_state = 'on' THEN c.email_text END) AS good,
           max(CASE WHEN c.email_state = 'unclear' THEN c.email_text END) AS unread,
           max(CASE WHEN c.email_state = 'off' THEN c.email_text END) AS bad,
           list_sort(list(DISTINCT c.contact_name)) AS contacts
    FROM defender_contact AS c
    GROUP BY c.subscription_id
)
SELECT s.id AS subject, s.id AS resource_id, s.subscription_id,
       CASE WHEN p.good IS NOT NULL THEN 'pass'
            WHEN p.unread IS NOT NULL THEN NULL
            ELSE 'fail'
       END AS verdict,
       coalesce(p.good, p.unread, p.bad, 'the subscription has no security contact') AS reason,
       s.display_name AS resource_name, p.contacts AS security_contacts
FROM azure_subscription AS s
LEFT JOIN per_subscription AS p ON p.subscription_id = s.subscription_id
