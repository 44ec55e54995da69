-- title = "Owners receive security alerts"
-- severity = "low"
-- subject = "azure_subscription"
-- tables = ["azure_subscription", "azure_security_center_contact"]
-- controls = [
--   "cis_azure_2_0_0:2.1.18", "cis_azure_2_1_0:2.1.17", "cis_azure_3_0_0:3.1.12", "cis_azure_4_0_0:9.1.12",
--   "cis_azure_5_0_0:8.1.12", "cis_azure_6_0_0:8.1.12", "jupiterone_questions:security_contact_owner_mail",
--   "nist_800_53_r5:IR-4", "nist_800_53_r5:IR-5", "nist_800_53_r5:IR-6", "nist_800_53_r5:SI-4", "iso_27001_2022:A.5.24",
--   "pci_dss_4_0:12.10.1", "soc_2:CC3.1", "soc_2:CC3.2", "soc_2:CC4.2", "soc_2:CC6.8", "soc_2:CC7.1", "mitre_attack:T1190",
--   "mitre_attack:T1486",
-- ]
-- rationale = "Owners can act on an alert at once: they may stop the machine or take away the right. Mail by role reaches whoever owns the subscription today, without a list that grows old. Without a stored contact the setting is Microsoft's default, which no one here chose."
-- remediation = "az security contact create --name default --emails 'soc@example.com' --notifications-by-role '{\"state\":\"On\",\"roles\":[\"Owner\"]}' --alert-notifications '{\"state\":\"On\",\"minimalSeverity\":\"High\"}'; or Defender for Cloud > Environment settings > subscription > Email notifications."
-- references = ["https://learn.microsoft.com/azure/defender-for-cloud/configure-email-notifications"]
-- [[case]]
-- title = "on for owners"
-- given.azure_subscription = [{ }]
-- given.azure_security_center_contact = [{ name = "default", notifications_by_role_state = "On", notifications_by_role_roles = ["Owner"] }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass" }
-- [[case]]
-- title = "other letter case, among others"
-- given.azure_subscription = [{ }]
-- given.azure_security_center_contact = [{ name = "default", notifications_by_role_state = "on", notifications_by_role_roles = ["Contributor", "owner"] }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass" }
-- [[case]]
-- title = "on for others only; for nobody; no list"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }, { subscription_id = "33333333-3333-4333-8333-333333333333" }]
-- given.azure_security_center_contact = [
--   { name = "default", notifications_by_role_state = "On", notifications_by_role_roles = ["Contributor", "AccountAdmin"] },
--   { name = "default", subscription_id = "22222222-2222-4222-8222-222222222222", notifications_by_role_state = "On", notifications_by_role_roles = [] },
--   { name = "default", subscription_id = "33333333-3333-4333-8333-333333333333", notifications_by_role_state = "On" },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail", "22222222-2222-4222-8222-222222222222" = "fail", "33333333-3333-4333-8333-333333333333" = "fail" }
-- [[case]]
-- title = "off, though owners are named; state absent"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_security_center_contact = [
--   { name = "default", notifications_by_role_state = "Off", notifications_by_role_roles = ["Owner"] },
--   { name = "default", subscription_id = "22222222-2222-4222-8222-222222222222", notifications_by_role_roles = ["Owner"] },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail", "22222222-2222-4222-8222-222222222222" = "fail" }
-- [[case]]
-- title = "answer of 2017: mail to owners on, off"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_security_center_contact = [
--   { name = "default1", alerts_to_admins = "On" },
--   { name = "default1", subscription_id = "22222222-2222-4222-8222-222222222222", alerts_to_admins = "Off" },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass", "22222222-2222-4222-8222-222222222222" = "fail" }
-- [[case]]
-- title = "state or roles not readable"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_security_center_contact = [
--   { name = "default", notifications_by_role_roles = ["Owner"], _gaps = ["notifications_by_role_state"] },
--   { name = "default", subscription_id = "22222222-2222-4222-8222-222222222222", notifications_by_role_state = "On", _gaps = ["notifications_by_role_roles"] },
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
--   { name = "default", notifications_by_role_state = "On", notifications_by_role_roles = ["Owner"], is_enabled = false },
--   { name = "default", subscription_id = "22222222-2222-4222-8222-222222222222", notifications_by_role_state = "On", notifications_by_role_roles = ["Owner"], _gaps = ["is_enabled"] },
--   { name = "default", subscription_id = "33333333-3333-4333-8333-333333333333", notifications_by_role_state = "On", notifications_by_role_roles = ["Owner"] },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail", "22222222-2222-4222-8222-222222222222" = "unknown", "33333333-3333-4333-8333-333333333333" = "pass" }
-- [[case]]
-- title = "the contact of another subscription does not count"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_security_center_contact = [{ name = "default", subscription_id = "22222222-2222-4222-8222-222222222222", notifications_by_role_state = "On", notifications_by_role_roles = ["Owner"] }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail", "22222222-2222-4222-8222-222222222222" = "pass" }
-- [[case]]
-- title = "contact named default decides, whatever an older row says"
-- given.azure_subscription = [{ }]
-- given.azure_security_center_contact = [
--   { name = "default", is_enabled = true },
--   { name = "default1", notifications_by_role_state = "On", notifications_by_role_roles = ["Owner"] },
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
           max(CASE WHEN c.owner_state = 'on' THEN c.owner_text END) AS good,
           max(CASE WHEN c.owner_state = 'unclear' THEN c.owner_text END) AS unread,
           max(CASE WHEN c.owner_state = 'off' THEN c.owner_text END) AS bad,
           list_sort(list(DISTINCT c.contact_name)) AS contacts
    FROM defender_contact AS c
    GROUP BY c.subscription_id
)
SELECT s.id AS subject, s.id AS resource_id, s.subscription_id,
       CASE WHEN p.good IS NOT NULL THEN 'pass'
            WHEN p.unread IS NOT NULL THEN NULL
            ELSE 'fail'
       END AS verdict,
       coalesce(p.good, p.unread, p.bad, 'the subscription has no security contact, so no mail by role is set') AS reason,
       s.display_name AS resource_name, p.contacts AS security_contacts
FROM azure_subscription AS s
LEFT JOIN per_subscription AS p ON p.subscription_id = s.subscription_id
