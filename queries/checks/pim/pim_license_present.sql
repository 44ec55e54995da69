-- title = "Privileged Identity Management can be used"
-- severity = "medium"
-- subject = "azure_account"
-- tables = ["azure_subscription"]
-- optional = ["azure_account", "azure_management_group", "azure_role_management_policy_assignment", "azure_role_eligibility_schedule_instance", "azure_role_assignment_schedule_instance", "azure_ad_role_management_policy_assignment", "azure_ad_role_eligibility_schedule_instance", "azure_ad_role_assignment_schedule_instance"]
-- controls = ["jit:pim_license_present", "pim:pim_license_present"]
-- rationale = "Without Entra ID P2 or Entra ID Governance nobody can be made eligible: every privileged role is held day and night, and there is no approval, no end and no record of why it was used."
-- remediation = "License the administrators for Microsoft Entra ID P2 or Microsoft Entra ID Governance (Microsoft 365 admin center > Billing > Purchase services), then open Entra admin center > Identity Governance > Privileged Identity Management and bring subscriptions and roles under it."
-- references = ["https://learn.microsoft.com/entra/id-governance/licensing-fundamentals", "https://learn.microsoft.com/entra/id-governance/privileged-identity-management/pim-configure"]
-- [[case]]
-- # JIT-29 pass: a PIM list was read
-- title = "all lists read"
-- given.azure_subscription = [{ }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
-- [[case]]
-- # JIT-29 fail: status license
-- title = "no licence anywhere"
-- ledger = [
--   { table = "azure_role_management_policy_assignment", status = "license" },
--   { table = "azure_role_eligibility_schedule_instance", status = "license" },
--   { table = "azure_role_assignment_schedule_instance", status = "license" },
--   { table = "azure_ad_role_management_policy_assignment", status = "license" },
--   { table = "azure_ad_role_eligibility_schedule_instance", status = "license" },
--   { table = "azure_ad_role_assignment_schedule_instance", status = "license" },
-- ]
-- given.azure_subscription = [{ }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "no licence, as the calls for the subscription say; directory denied"
-- ledger = [
--   { table = "azure_role_management_policy_assignment", parent = "/subscriptions/11111111-1111-4111-8111-111111111111", status = "license", error_code = "AadPremiumLicenseRequired" },
--   { table = "azure_role_eligibility_schedule_instance", parent = "/subscriptions/11111111-1111-4111-8111-111111111111", status = "license", error_code = "AadPremiumLicenseRequired" },
--   { table = "azure_role_assignment_schedule_instance", parent = "/subscriptions/11111111-1111-4111-8111-111111111111", status = "license", error_code = "AadPremiumLicenseRequired" },
--   { table = "azure_ad_role_management_policy_assignment", status = "denied" },
--   { table = "azure_ad_role_eligibility_schedule_instance", status = "denied" },
--   { table = "azure_ad_role_assignment_schedule_instance", status = "denied" },
-- ]
-- given.azure_subscription = [{ }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- # JIT-29 unknown: all denied
-- title = "all denied"
-- ledger = [
--   { table = "azure_role_management_policy_assignment", status = "denied" },
--   { table = "azure_role_eligibility_schedule_instance", status = "denied" },
--   { table = "azure_role_assignment_schedule_instance", status = "denied" },
--   { table = "azure_ad_role_management_policy_assignment", status = "denied" },
--   { table = "azure_ad_role_eligibility_schedule_instance", status = "denied" },
--   { table = "azure_ad_role_assignment_schedule_instance", status = "denied" },
-- ]
-- given.azure_subscription = [{ }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "nothing collected"
-- ledger = [
--   { table = "azure_role_management_policy_assignment", status = "absent" },
--   { table = "azure_role_eligibility_schedule_instance", status = "absent" },
--   { table = "azure_role_assignment_schedule_instance", status = "absent" },
--   { table = "azure_ad_role_management_policy_assignment", status = "absent" },
--   { table = "azure_ad_role_eligibility_schedule_instance", status = "absent" },
--   { table = "azure_ad_role_assignment_schedule_instance", status = "absent" },
-- ]
-- given.azure_subscription = [{ }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "Azure denied, a directory list read"
-- ledger = [
--   { table = "azure_role_management_policy_assignment", status = "denied" },
--   { table = "azure_role_eligibility_schedule_instance", status = "denied" },
--   { table = "azure_role_assignment_schedule_instance", status = "denied" },
--   { table = "azure_ad_role_management_policy_assignment", status = "denied" },
--   { table = "azure_ad_role_eligibility_schedule_instance", status = "denied" },
-- ]
-- given.azure_subscription = [{ }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
-- [[case]]
-- title = "directory denied, an Azure list read"
-- ledger = [
--   { table = "azure_role_eligibility_schedule_instance", status = "denied" },
--   { table = "azure_role_assignment_schedule_instance", status = "denied" },
--   { table = "azure_ad_role_management_policy_assignment", status = "denied" },
--   { table = "azure_ad_role_eligibility_schedule_instance", status = "denied" },
--   { table = "azure_ad_role_assignment_schedule_instance", status = "denied" },
-- ]
-- given.azure_subscription = [{ }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
-- [[case]]
-- title = "one list read, another refused for want of a licence"
-- ledger = [
--   { table = "azure_role_eligibility_schedule_instance", status = "license" },
--   { table = "azure_role_assignment_schedule_instance", status = "license" },
--   { table = "azure_ad_role_management_policy_assignment", status = "license" },
--   { table = "azure_ad_role_eligibility_schedule_instance", status = "license" },
--   { table = "azure_ad_role_assignment_schedule_instance", status = "license" },
-- ]
-- given.azure_subscription = [{ }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
-- [[case]]
-- title = "denied and no licence together"
-- ledger = [
--   { table = "azure_role_management_policy_assignment", status = "denied" },
--   { table = "azure_role_eligibility_schedule_instance", status = "denied" },
--   { table = "azure_role_assignment_schedule_instance", status = "denied" },
--   { table = "azure_ad_role_management_policy_assignment", status = "license" },
--   { table = "azure_ad_role_eligibility_schedule_instance", status = "license" },
--   { table = "azure_ad_role_assignment_schedule_instance", status = "license" },
-- ]
-- given.azure_subscription = [{ }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "errors are no answer, nor is a list read in part"
-- ledger = [
--   { table = "azure_role_management_policy_assignment", status = "error" },
--   { table = "azure_role_eligibility_schedule_instance", status = "error" },
--   { table = "azure_role_assignment_schedule_instance", status = "error" },
--   { table = "azure_ad_role_management_policy_assignment", status = "partial" },
--   { table = "azure_ad_role_eligibility_schedule_instance", status = "partial" },
--   { table = "azure_ad_role_assignment_schedule_instance", status = "partial" },
-- ]
-- given.azure_subscription = [{ }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "an import that took the lists for empty says nothing"
-- ledger = [
--   { table = "azure_role_management_policy_assignment", status = "ok", code = "Assumed" },
--   { table = "azure_role_eligibility_schedule_instance", status = "ok", code = "Assumed" },
--   { table = "azure_role_assignment_schedule_instance", status = "ok", code = "Assumed" },
--   { table = "azure_ad_role_management_policy_assignment", status = "ok", code = "Assumed" },
--   { table = "azure_ad_role_eligibility_schedule_instance", status = "ok", code = "Assumed" },
--   { table = "azure_ad_role_assignment_schedule_instance", status = "ok", code = "Assumed" },
-- ]
-- given.azure_subscription = [{ }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "a subscription of another tenant, managed from here, does not speak for this tenant"
-- ledger = [
--   { table = "azure_ad_role_management_policy_assignment", status = "license" },
--   { table = "azure_ad_role_eligibility_schedule_instance", status = "license" },
--   { table = "azure_ad_role_assignment_schedule_instance", status = "license" },
-- ]
-- given.azure_subscription = [{ properties_tenant_id = "33333333-3333-4333-8333-333333333333" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "the subscription belongs to this tenant"
-- ledger = [
--   { table = "azure_ad_role_management_policy_assignment", status = "denied" },
--   { table = "azure_ad_role_eligibility_schedule_instance", status = "denied" },
--   { table = "azure_ad_role_assignment_schedule_instance", status = "denied" },
-- ]
-- given.azure_subscription = [{ properties_tenant_id = "99999999-9999-4999-8999-999999999999" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
-- [[case]]
-- title = "whose subscription it is could not be read"
-- ledger = [
--   { table = "azure_ad_role_management_policy_assignment", status = "denied" },
--   { table = "azure_ad_role_eligibility_schedule_instance", status = "denied" },
--   { table = "azure_ad_role_assignment_schedule_instance", status = "denied" },
-- ]
-- given.azure_subscription = [{ properties_tenant_id = "99999999-9999-4999-8999-999999999999", _gaps = ["properties_tenant_id"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "no subscription, the directory read"
-- given.azure_subscription = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
-- [[case]]
-- title = "other lists that were read say nothing"
-- ledger = [
--   { table = "azure_role_management_policy_assignment", status = "denied" },
--   { table = "azure_role_eligibility_schedule_instance", status = "denied" },
--   { table = "azure_role_assignment_schedule_instance", status = "denied" },
--   { table = "azure_ad_role_management_policy_assignment", status = "denied" },
--   { table = "azure_ad_role_eligibility_schedule_instance", status = "denied" },
--   { table = "azure_ad_role_assignment_schedule_instance", status = "denied" },
-- ]
-- given.azure_subscription = [{ }]
-- given.azure_role_assignment = [{ name = "a" }]
-- given.azure_ad_role_assignment = [{ name = "b" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "subscriptions denied"
-- ledger = [{ table = "azure_subscription", status = "denied" }]
-- given.azure_subscription = [{ }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
WITH list AS (
    SELECT p.table_name, p.plane, p.status, p.outcome, p.place,
           -- What Azure says about a subscription of another tenant, managed from here, says nothing of this one.
           p.subscription_id IS NOT NULL
             AND (lower(s.properties_tenant_id) <> t.place OR coalesce(list_contains(s._gaps, 'properties_tenant_id'), FALSE)) AS foreign_place
    FROM pim_read AS p
    CROSS JOIN (SELECT min(e.place) AS place FROM pim_read AS e WHERE e.plane = 'entra') AS t
    LEFT JOIN azure_subscription AS s ON s.subscription_id = p.subscription_id
    WHERE p.table_name NOT IN ('azure_role_assignment', 'azure_ad_role_assignment')
),
counted AS (
    SELECT min(CASE WHEN l.plane = 'entra' THEN l.place END) AS tenant,
           sum(CASE WHEN l.status = 'ok' AND NOT coalesce(l.foreign_place, FALSE) THEN 1 ELSE 0 END) AS n_read,
           sum(CASE WHEN l.outcome = 'license' AND NOT coalesce(l.foreign_place, FALSE) THEN 1 ELSE 0 END) AS n_license,
           list_sort(list(DISTINCT l.table_name) FILTER (WHERE l.status = 'ok' AND NOT coalesce(l.foreign_place, FALSE))) AS lists_read,
           list_sort(list(DISTINCT l.table_name) FILTER (WHERE l.outcome = 'license')) AS lists_without_licence,
           list_sort(list(DISTINCT l.table_name || ': ' || l.status) FILTER (WHERE l.status <> 'ok' AND l.outcome <> 'license')) AS lists_unread
    FROM list AS l
)
SELECT c.tenant AS subject, c.tenant AS resource_id, CAST(NULL AS VARCHAR) AS subscription_id,
       CASE WHEN c.n_read > 0 THEN 'pass' WHEN c.n_license > 0 THEN 'fail' END AS verdict,
       CASE WHEN c.n_read > 0 AND c.n_license > 0
            THEN 'lists of Privileged Identity Management were read: ' || array_to_string(c.lists_read, ', ') || '; others were refused for want of a licence: '
                 || array_to_string(c.lists_without_licence, ', ')
            WHEN c.n_read > 0 THEN 'lists of Privileged Identity Management were read: ' || array_to_string(c.lists_read, ', ')
            WHEN c.n_license > 0 THEN 'Azure refuses the lists of Privileged Identity Management: the tenant has no licence for it'
            ELSE 'no list of Privileged Identity Management was read: ' || coalesce(array_to_string(c.lists_unread, ', '), 'none was asked')
       END AS reason,
       c.lists_read, c.lists_without_licence, c.lists_unread
FROM counted AS c
