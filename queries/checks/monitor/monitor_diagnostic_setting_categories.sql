-- title = "Activity log export has four key categories"
-- severity = "high"
-- subject = "azure_subscription"
-- tables = ["azure_subscription", "azure_subscription_diagnostic_setting"]
-- controls = [
--   "cis_azure_2_0_0:5.1.2", "cis_azure_2_1_0:5.1.2", "cis_azure_3_0_0:6.1.2", "cis_azure_4_0_0:7.1.1.2",
--   "cis_azure_5_0_0:6.1.1.2", "cis_azure_6_0_0:6.1.1.2", "jupiterone_questions:subscription_log_categories",
--   "nist_800_53_r5:AU-2", "nist_800_53_r5:AU-3", "nist_800_53_r5:AU-12", "iso_27001_2022:A.5.16", "iso_27001_2022:A.5.22",
--   "pci_dss_4_0:10.2.1", "soc_2:CC8.1", "soc_2:PI1.3",
-- ]
-- rationale = "Administrative, Security, Alert and Policy hold who changed what, what Defender for Cloud saw, which alerts were raised and what policy did. An export that leaves one out cannot be used to trace an incident. One setting that holds all four is enough."
-- remediation = "az monitor diagnostic-settings subscription create --name export --location westeurope --workspace WORKSPACE_ID --logs '[{\"category\":\"Administrative\",\"enabled\":true},{\"category\":\"Security\",\"enabled\":true},{\"category\":\"Alert\",\"enabled\":true},{\"category\":\"Policy\",\"enabled\":true}]'"
-- references = ["https://learn.microsoft.com/azure/azure-monitor/platform/activity-log-schema"]
-- [[case]]
-- title = "all four to a workspace, in other letter case too"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_subscription_diagnostic_setting = [
--   { name = "a", workspace_id = "/x/w", logs = '[{"category":"Administrative","enabled":true},{"category":"Alert","enabled":true},{"category":"Policy","enabled":true},{"category":"Security","enabled":true},{"category":"Autoscale","enabled":false}]' },
--   { name = "b", subscription_id = "22222222-2222-4222-8222-222222222222", storage_account_id = "/x/s", logs = '[{"category":"ADMINISTRATIVE","enabled":true},{"category":"alert","enabled":true},{"category":"policy","enabled":true},{"category":"security","enabled":true}]' },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass", "22222222-2222-4222-8222-222222222222" = "pass" }
-- [[case]]
-- title = "to a service bus, as settings of the first years do"
-- given.azure_subscription = [{ }]
-- given.azure_subscription_diagnostic_setting = [{ name = "a", service_bus_rule_id = "/x/b", logs = '[{"categoryGroup":"allLogs","enabled":true}]' }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass" }
-- [[case]]
-- title = "group allLogs; a group that is off does not count"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_subscription_diagnostic_setting = [
--   { name = "a", event_hub_authorization_rule_id = "/x/e", logs = '[{"category":null,"categoryGroup":"allLogs","enabled":true}]' },
--   { name = "b", subscription_id = "22222222-2222-4222-8222-222222222222", workspace_id = "/x/w", logs = '[{"categoryGroup":"allLogs","enabled":false}]' },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass", "22222222-2222-4222-8222-222222222222" = "fail" }
-- [[case]]
-- title = "one category off, and no setting at all"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_subscription_diagnostic_setting = [{ name = "a", workspace_id = "/x/w", logs = '[{"category":"Administrative","enabled":true},{"category":"Alert","enabled":true},{"category":"Policy","enabled":false},{"category":"Security","enabled":true}]' }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail", "22222222-2222-4222-8222-222222222222" = "fail" }
-- [[case]]
-- title = "a second setting with a part only does no harm"
-- given.azure_subscription = [{ }]
-- given.azure_subscription_diagnostic_setting = [
--   { name = "a", workspace_id = "/x/w", logs = '[{"category":"Administrative","enabled":true},{"category":"Alert","enabled":true},{"category":"Policy","enabled":true},{"category":"Security","enabled":true}]' },
--   { name = "b", storage_account_id = "/x/s", logs = '[{"category":"Administrative","enabled":true}]' },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass" }
-- [[case]]
-- title = "four categories spread over two settings are in none of them"
-- given.azure_subscription = [{ }]
-- given.azure_subscription_diagnostic_setting = [
--   { name = "a", workspace_id = "/x/w", logs = '[{"category":"Administrative","enabled":true},{"category":"Alert","enabled":true}]' },
--   { name = "b", storage_account_id = "/x/s", logs = '[{"category":"Policy","enabled":true},{"category":"Security","enabled":true}]' },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail" }
-- [[case]]
-- title = "no destination"
-- given.azure_subscription = [{ }]
-- given.azure_subscription_diagnostic_setting = [{ name = "a", logs = '[{"categoryGroup":"allLogs","enabled":true}]' }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail" }
-- [[case]]
-- title = "log list not readable, destination not readable; a setting whose readable part is short of one stays a fail"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }, { subscription_id = "33333333-3333-4333-8333-333333333333" }]
-- given.azure_subscription_diagnostic_setting = [
--   { name = "a", workspace_id = "/x/w", _gaps = ["logs"] },
--   { name = "b", subscription_id = "22222222-2222-4222-8222-222222222222", logs = '[{"categoryGroup":"allLogs","enabled":true}]', _gaps = ["workspace_id"] },
--   { name = "c", subscription_id = "33333333-3333-4333-8333-333333333333", logs = '[{"category":"Administrative","enabled":true}]', _gaps = ["workspace_id"] },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "unknown", "22222222-2222-4222-8222-222222222222" = "unknown", "33333333-3333-4333-8333-333333333333" = "fail" }
-- [[case]]
-- title = "a group other than allLogs may hold them"
-- given.azure_subscription = [{ }]
-- given.azure_subscription_diagnostic_setting = [{ name = "a", workspace_id = "/x/w", logs = '[{"categoryGroup":"audit","enabled":true}]' }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "no subscription row"
-- given.azure_subscription = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "not_applicable" }
-- [[case]]
-- title = "settings denied"
-- ledger = [{ table = "azure_subscription_diagnostic_setting", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_subscription = [{ }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
WITH per_setting AS (
    SELECT c.subscription_id, c.setting_id, c.setting_name, c.state,
           count(DISTINCT CASE WHEN c.category IN ('administrative', 'alert', 'policy', 'security') THEN c.category END) AS n_named,
           max(CASE WHEN c.category_group = 'alllogs' THEN 1 ELSE 0 END) AS has_all,
           -- Another group, or a log list that could not be read: it may hold any category.
           max(CASE WHEN c.category IS NULL AND coalesce(c.category_group, '') <> 'alllogs' THEN 1 ELSE 0 END) AS has_unclear
    FROM activity_log_category AS c
    GROUP BY c.subscription_id, c.setting_id, c.setting_name, c.state
),
per_subscription AS (
    SELECT p.subscription_id,
           max(CASE WHEN p.state = 'sent' AND (p.n_named = 4 OR p.has_all = 1) THEN p.setting_name END) AS good,
           max(CASE WHEN p.has_unclear = 1 OR (p.state = 'gap' AND (p.n_named = 4 OR p.has_all = 1)) THEN p.setting_name END) AS unread
    FROM per_setting AS p
    GROUP BY p.subscription_id
),
category AS (
    SELECT c.subscription_id, list_sort(list(DISTINCT coalesce(c.category, c.category_group))) AS categories
    FROM activity_log_category AS c
    WHERE c.state = 'sent'
    GROUP BY c.subscription_id
)
SELECT s.id AS subject, s.id AS resource_id, s.subscription_id,
       CASE WHEN p.good IS NOT NULL THEN 'pass'
            WHEN p.unread IS NOT NULL THEN NULL
            ELSE 'fail'
       END AS verdict,
       CASE WHEN p.good IS NOT NULL THEN 'diagnostic setting ' || p.good || ' exports Administrative, Alert, Policy and Security'
            WHEN p.unread IS NOT NULL THEN 'which categories diagnostic setting ' || p.unread || ' exports could not be read in full'
            WHEN c.categories IS NOT NULL
            THEN 'no single diagnostic setting exports Administrative, Alert, Policy and Security; exported by all together: ' || array_to_string(c.categories, ', ')
            ELSE 'no diagnostic setting exports anything'
       END AS reason,
       s.display_name AS resource_name, c.categories
FROM azure_subscription AS s
LEFT JOIN per_subscription AS p ON p.subscription_id = s.subscription_id
LEFT JOIN category AS c ON c.subscription_id = s.subscription_id
