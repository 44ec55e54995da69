-- title = "Security contact has a phone number"
-- severity = "low"
-- subject = "azure_subscription"
-- tables = ["azure_subscription", "azure_security_center_contact"]
-- controls = ["jupiterone_questions:security_contact_phone"]
-- rationale = "A number lets Microsoft reach somebody when mail goes unread. The question looked for contacts called default1, a name that only answers of 2017 have, took an empty text for a number and left out subscriptions without any contact. Benchmarks since 2021 no longer ask for a number."
-- remediation = "Set the phone of the contact: az security contact create --name default --phone NUMBER --emails ADDRESS"
-- references = ["https://learn.microsoft.com/azure/defender-for-cloud/configure-email-notifications"]
-- [[case]]
-- title = "a number"
-- given.azure_subscription = [{ }]
-- given.azure_security_center_contact = [{ name = "default", phone = "+41 44 000 00 00" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "pass" }
-- [[case]]
-- title = "no number, or an empty text"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_security_center_contact = [{ name = "default" }, { subscription_id = "22222222-2222-4222-8222-222222222222", name = "default", phone = " " }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "fail", "/subscriptions/22222222-2222-4222-8222-222222222222" = "fail" }
-- [[case]]
-- title = "answers of 2017: any of the rows; the one called default counts alone"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_security_center_contact = [
--   { name = "default1" }, { name = "default2", phone = "117" },
--   { subscription_id = "22222222-2222-4222-8222-222222222222", name = "Default" },
--   { subscription_id = "22222222-2222-4222-8222-222222222222", name = "default1", phone = "117" },
-- ]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "pass", "/subscriptions/22222222-2222-4222-8222-222222222222" = "fail" }
-- [[case]]
-- title = "no contact"
-- given.azure_subscription = [{ }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "fail" }
-- [[case]]
-- title = "number not readable"
-- given.azure_subscription = [{ }]
-- given.azure_security_center_contact = [{ name = "default", _gaps = ["phone"] }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "contacts denied"
-- ledger = [{ table = "azure_security_center_contact", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_subscription = [{ }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
WITH named AS (
    SELECT DISTINCT c.subscription_id FROM azure_security_center_contact AS c WHERE lower(c.name) = 'default'
),
contact AS (
    SELECT c.subscription_id, count(*) AS n,
           list_sort(list(trim(c.phone)) FILTER (WHERE trim(c.phone) <> '' AND NOT coalesce(list_contains(c._gaps, 'phone'), FALSE))) AS phones,
           max(CASE WHEN list_contains(c._gaps, 'phone') THEN 1 ELSE 0 END) AS unread
    FROM azure_security_center_contact AS c
    LEFT JOIN named AS n ON n.subscription_id = c.subscription_id
    WHERE n.subscription_id IS NULL OR lower(c.name) = 'default'
    GROUP BY c.subscription_id
)
SELECT s.id AS subject, s.id AS resource_id, s.subscription_id,
       CASE WHEN c.phones IS NOT NULL THEN 'pass'
            WHEN c.unread = 1 THEN NULL
            ELSE 'fail'
       END AS verdict,
       CASE WHEN c.phones IS NOT NULL THEN 'phone: ' || array_to_string(c.phones, ', ')
            WHEN c.unread = 1 THEN 'the phone number could not be read'
            WHEN c.n > 0 THEN 'the security contact has no phone number'
            ELSE 'the subscription has no security contact'
       END AS reason,
       s.display_name AS resource_name, c.n AS security_contacts
FROM azure_subscription AS s
LEFT JOIN contact AS c ON c.subscription_id = s.subscription_id
