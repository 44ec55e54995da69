-- title = "Activity log is exported"
-- severity = "high"
-- subject = "azure_subscription"
-- tables = ["azure_subscription", "azure_subscription_diagnostic_setting"]
-- controls = [
--   "cis_azure_2_0_0:5.1.1", "cis_azure_2_1_0:5.1.1", "cis_azure_3_0_0:6.1.1", "cis_azure_4_0_0:7.1.1.1",
--   "cis_azure_5_0_0:6.1.1.1", "cis_azure_6_0_0:6.1.1.1", "jupiterone_questions:diagnostic_setting_present",
--   "nist_800_53_r5:AU-2", "nist_800_53_r5:AU-3", "nist_800_53_r5:AU-12", "iso_27001_2022:A.5.16", "iso_27001_2022:A.5.22",
--   "pci_dss_4_0:10.2.1", "soc_2:CC8.1", "soc_2:PI1.2", "soc_2:PI1.3",
-- ]
-- rationale = "Azure keeps the activity log for 90 days. Who created, changed or deleted what before that is lost, unless a diagnostic setting of the subscription sends the log somewhere."
-- remediation = "az monitor diagnostic-settings subscription create --name export --location westeurope --workspace WORKSPACE_ID --logs '[{\"category\":\"Administrative\",\"enabled\":true},{\"category\":\"Security\",\"enabled\":true},{\"category\":\"Alert\",\"enabled\":true},{\"category\":\"Policy\",\"enabled\":true}]'"
-- references = ["https://learn.microsoft.com/azure/azure-monitor/platform/activity-log"]
-- [[case]]
-- title = "to a workspace, a storage account, an event hub, a partner"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }, { subscription_id = "33333333-3333-4333-8333-333333333333" }, { subscription_id = "44444444-4444-4444-8444-444444444444" }]
-- given.azure_subscription_diagnostic_setting = [
--   { name = "a", workspace_id = "/x/w", logs = '[{"category":"Administrative","enabled":true}]' },
--   { name = "b", subscription_id = "22222222-2222-4222-8222-222222222222", storage_account_id = "/x/s", logs = '[{"categoryGroup":"allLogs","enabled":true}]' },
--   { name = "c", subscription_id = "33333333-3333-4333-8333-333333333333", event_hub_authorization_rule_id = "/x/e", logs = '[{"category":"Policy","enabled":true}]' },
--   { name = "d", subscription_id = "44444444-4444-4444-8444-444444444444", marketplace_partner_id = "/x/p", logs = '[{"category":"Security","enabled":true}]' },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass", "22222222-2222-4222-8222-222222222222" = "pass", "33333333-3333-4333-8333-333333333333" = "pass", "44444444-4444-4444-8444-444444444444" = "pass" }
-- [[case]]
-- title = "to a service bus, as settings of the first years do"
-- given.azure_subscription = [{ }]
-- given.azure_subscription_diagnostic_setting = [{ name = "a", service_bus_rule_id = "/x/b", logs = '[{"categoryGroup":"allLogs","enabled":true}]' }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass" }
-- [[case]]
-- title = "no setting; the setting of another subscription does not count"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_subscription_diagnostic_setting = [{ name = "b", subscription_id = "22222222-2222-4222-8222-222222222222", workspace_id = "/x/w", logs = '[{"category":"Administrative","enabled":true}]' }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail", "22222222-2222-4222-8222-222222222222" = "pass" }
-- [[case]]
-- title = "no destination"
-- given.azure_subscription = [{ }]
-- given.azure_subscription_diagnostic_setting = [{ name = "a", workspace_id = "", logs = '[{"category":"Administrative","enabled":true}]' }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail" }
-- [[case]]
-- title = "every category is off, or none is there"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_subscription_diagnostic_setting = [
--   { name = "a", workspace_id = "/x/w", logs = '[{"category":"Administrative","enabled":false}]' },
--   { name = "b", subscription_id = "22222222-2222-4222-8222-222222222222", workspace_id = "/x/w" },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail", "22222222-2222-4222-8222-222222222222" = "fail" }
-- [[case]]
-- title = "two settings, one of them right"
-- given.azure_subscription = [{ }]
-- given.azure_subscription_diagnostic_setting = [
--   { name = "a", logs = '[{"category":"Administrative","enabled":true}]' },
--   { name = "b", storage_account_id = "/x/s", logs = '[{"category":"Administrative","enabled":true}]' },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass" }
-- [[case]]
-- title = "log list or destination not readable; beside a setting that can be read it does not matter"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }, { subscription_id = "33333333-3333-4333-8333-333333333333" }]
-- given.azure_subscription_diagnostic_setting = [
--   { name = "a", workspace_id = "/x/w", _gaps = ["logs"] },
--   { name = "b", subscription_id = "22222222-2222-4222-8222-222222222222", logs = '[{"category":"Administrative","enabled":true}]', _gaps = ["storage_account_id"] },
--   { name = "c1", subscription_id = "33333333-3333-4333-8333-333333333333", workspace_id = "/x/w", _gaps = ["logs"] },
--   { name = "c2", subscription_id = "33333333-3333-4333-8333-333333333333", workspace_id = "/x/w", logs = '[{"category":"Administrative","enabled":true}]' },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "unknown", "22222222-2222-4222-8222-222222222222" = "unknown", "33333333-3333-4333-8333-333333333333" = "pass" }
-- [[case]]
-- title = "no subscription row"
-- given.azure_subscription = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "not_applicable" }
-- [[case]]
-- title = "settings denied"
-- ledger = [{ table = "azure_subscription_diagnostic_setting", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_subscription = [{ }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
WITH exported AS (
    SELECT c.subscription_id,
           max(CASE WHEN c.state = 'sent' THEN c.setting_name END) AS good,
           max(CASE WHEN c.state = 'gap' THEN c.setting_name END) AS unread,
           list_sort(list(DISTINCT coalesce(c.category, c.category_group)) FILTER (WHERE c.state = 'sent')) AS categories
    FROM activity_log_category AS c
    GROUP BY c.subscription_id
),
setting AS (
    SELECT d.subscription_id, list_sort(list(DISTINCT d.name)) AS names
    FROM azure_subscription_diagnostic_setting AS d
    GROUP BY d.subscription_id
)
SELECT s.id AS subject, s.id AS resource_id, s.subscription_id,
       CASE WHEN e.good IS NOT NULL THEN 'pass'
            WHEN e.unread IS NOT NULL THEN NULL
            ELSE 'fail'
       END AS verdict,
       CASE WHEN e.good IS NOT NULL THEN 'diagnostic setting ' || e.good || ' exports the activity log'
            WHEN e.unread IS NOT NULL THEN 'diagnostic setting ' || e.unread || ' could not be read in full'
            WHEN d.names IS NOT NULL THEN 'no diagnostic setting has both a destination and a category that is on: ' || array_to_string(d.names, ', ')
            ELSE 'the subscription has no diagnostic setting'
       END AS reason,
       s.display_name AS resource_name, d.names AS diagnostic_settings, e.categories
FROM azure_subscription AS s
LEFT JOIN exported AS e ON e.subscription_id = s.subscription_id
LEFT JOIN setting AS d ON d.subscription_id = s.subscription_id
