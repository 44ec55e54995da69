-- title = "Web app HTTP logs on"
-- severity = "low"
-- subject = "azure_web_app"
-- tables = ["azure_web_app", "azure_diagnostic_setting"]
-- optional = ["azure_diagnostic_setting_category"]
-- controls = [
--   "cis_azure_2_0_0:5.1.7", "cis_azure_2_1_0:5.1.6", "cis_azure_3_0_0:6.1.6", "cis_azure_4_0_0:7.1.1.6",
--   "cis_azure_5_0_0:6.1.1.6", "nist_800_53_r5:AU-2", "nist_800_53_r5:AU-3", "nist_800_53_r5:AU-12", "iso_27001_2022:A.8.15",
--   "pci_dss_4_0:10.2.1", "soc_2:A1.1", "soc_2:CC7.2", "soc_2:CC7.3", "soc_2:PI1.2",
-- ]
-- rationale = "The HTTP log holds each request to the app with caller, path and answer. Without it an attack on the app leaves no trace that could be followed later."
-- remediation = "az monitor diagnostic-settings create --name http --resource APP_ID --workspace WORKSPACE_ID --logs '[{\"category\":\"AppServiceHTTPLogs\",\"enabled\":true}]'"
-- references = ["https://learn.microsoft.com/azure/app-service/troubleshoot-diagnostic-logs"]
-- [[case]]
-- title = "category to a workspace, in other letter case too"
-- given.azure_web_app = [{ id = "/x/a", kind = "app,linux" }, { id = "/x/b", kind = "app" }]
-- given.azure_diagnostic_setting = [
--   { name = "d", _parent_id = "/x/a", workspace_id = "/x/w", logs = '[{"category":"AppServiceHTTPLogs","enabled":true}]' },
--   { name = "e", _parent_id = "/x/b", storage_account_id = "/x/s", logs = '[{"category":"appservicehttplogs","enabled":true}]' },
-- ]
-- expect = { a = "pass", b = "pass" }
-- [[case]]
-- title = "to a service bus, as settings of the first years do; the rule not readable"
-- given.azure_web_app = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_diagnostic_setting = [
--   { name = "d", _parent_id = "/x/a", service_bus_rule_id = "/x/b", logs = '[{"category":"AppServiceHTTPLogs","enabled":true}]' },
--   { name = "e", _parent_id = "/x/b", logs = '[{"category":"AppServiceHTTPLogs","enabled":true}]', _gaps = ["service_bus_rule_id"] },
-- ]
-- expect = { a = "pass", b = "unknown" }
-- [[case]]
-- title = "group allLogs; kind absent"
-- given.azure_web_app = [{ id = "/x/a" }]
-- given.azure_diagnostic_setting = [{ name = "d", _parent_id = "/x/a", event_hub_authorization_rule_id = "/x/e", logs = '[{"category":null,"categoryGroup":"allLogs","enabled":true}]' }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "category off; another category; no destination; no setting"
-- given.azure_web_app = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c" }, { id = "/x/d" }]
-- given.azure_diagnostic_setting = [
--   { name = "d", _parent_id = "/x/a", workspace_id = "/x/w", logs = '[{"category":"AppServiceHTTPLogs","enabled":false}]' },
--   { name = "e", _parent_id = "/x/b", workspace_id = "/x/w", logs = '[{"category":"AppServiceConsoleLogs","enabled":true}]' },
--   { name = "f", _parent_id = "/x/c", logs = '[{"category":"AppServiceHTTPLogs","enabled":true}]' },
-- ]
-- expect = { a = "fail", b = "fail", c = "fail", d = "fail" }
-- [[case]]
-- title = "function and logic apps"
-- given.azure_web_app = [{ id = "/x/a", kind = "functionapp,linux" }, { id = "/x/b", kind = "FunctionApp,WorkflowApp" }, { id = "/x/c", kind = "workflowapp" }]
-- expect = { a = "not_applicable", b = "not_applicable", c = "not_applicable" }
-- [[case]]
-- title = "the group audit: what the tenant says is in it decides"
-- given.azure_web_app = [{ name = "a" }]
-- given.azure_diagnostic_setting = [{ name = "d", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.web/sites/a", workspace_id = "/x/w", logs = '[{"categoryGroup":"audit","enabled":true}]' }]
-- given.azure_diagnostic_setting_category = [
--   { name = "AppServiceAuditLogs", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.web/sites/z", category_type = "Logs", category_groups = ["audit", "allLogs"] },
--   { name = "AppServiceHTTPLogs", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.web/sites/z", category_type = "Logs", category_groups = ["allLogs"] },
-- ]
-- expect = { a = "fail" }
-- [[case]]
-- title = "the group audit where the tenant says that it holds the HTTP log"
-- given.azure_web_app = [{ name = "a" }]
-- given.azure_diagnostic_setting = [{ name = "d", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.web/sites/a", workspace_id = "/x/w", logs = '[{"categoryGroup":"audit","enabled":true}]' }]
-- given.azure_diagnostic_setting_category = [{ name = "AppServiceHTTPLogs", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.web/sites/z", category_type = "Logs", category_groups = ["audit", "allLogs"] }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "the group audit where nobody knows what is in it; categories were not read"
-- ledger = [{ table = "azure_diagnostic_setting_category", status = "denied" }]
-- given.azure_web_app = [{ name = "a" }]
-- given.azure_diagnostic_setting = [{ name = "d", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.web/sites/a", workspace_id = "/x/w", logs = '[{"categoryGroup":"audit","enabled":true}]' }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "log list or destination not readable; beside a good setting it does not matter"
-- given.azure_web_app = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c" }]
-- given.azure_diagnostic_setting = [
--   { name = "d", _parent_id = "/x/a", workspace_id = "/x/w", _gaps = ["logs"] },
--   { name = "e", _parent_id = "/x/b", logs = '[{"category":"AppServiceHTTPLogs","enabled":true}]', _gaps = ["workspace_id"] },
--   { name = "f", _parent_id = "/x/c", workspace_id = "/x/w", _gaps = ["logs"] },
--   { name = "g", _parent_id = "/x/c", workspace_id = "/x/w", logs = '[{"category":"AppServiceHTTPLogs","enabled":true}]' },
-- ]
-- expect = { a = "unknown", b = "unknown", c = "pass" }
-- [[case]]
-- title = "kind not readable"
-- given.azure_web_app = [{ id = "/x/a", _gaps = ["kind"] }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "no app"
-- given.azure_web_app = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "settings denied"
-- ledger = [{ table = "azure_diagnostic_setting", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_web_app = [{ id = "/x/a" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "settings of one app denied"
-- ledger = [{ table = "azure_diagnostic_setting", parent = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.web/sites/a", status = "denied" }]
-- given.azure_web_app = [{ name = "a" }, { name = "b" }]
-- expect = { a = "unknown", b = "fail" }
-- [[case]]
-- title = "settings of another kind of resource were not read"
-- ledger = [{ table = "azure_diagnostic_setting", parent = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/loadbalancers/lb", status = "denied" }]
-- given.azure_web_app = [{ name = "a" }]
-- expect = { a = "fail" }
WITH logged AS (
    SELECT c.resource_id,
           max(CASE WHEN c.state = 'sent' AND (c.category = 'appservicehttplogs' OR c.category_group = 'alllogs') THEN c.setting_name END) AS good,
           max(CASE WHEN (c.state = 'gap' AND (c.category = 'appservicehttplogs' OR c.category_group = 'alllogs' OR c.category IS NULL))
                      OR (c.category IS NULL AND NOT c.group_known) THEN c.setting_name END) AS unread,
           list_sort(list(DISTINCT c.setting_name)) AS names
    FROM diagnostic_category AS c
    GROUP BY c.resource_id
)
SELECT w.id AS subject, w.id AS resource_id, w.subscription_id,
       CASE WHEN contains(lower(w.kind), 'functionapp') OR contains(lower(w.kind), 'workflowapp') THEN 'not_applicable'
            WHEN g.good IS NOT NULL THEN 'pass'
            WHEN g.unread IS NOT NULL THEN NULL
            ELSE 'fail'
       END AS verdict,
       CASE WHEN contains(lower(w.kind), 'functionapp') OR contains(lower(w.kind), 'workflowapp') THEN 'kind ' || w.kind || ': not a web app'
            WHEN g.good IS NOT NULL THEN 'diagnostic setting ' || g.good || ' sends the HTTP log'
            WHEN g.unread IS NOT NULL THEN 'whether diagnostic setting ' || g.unread || ' sends the HTTP log could not be read'
            WHEN g.names IS NOT NULL THEN 'no diagnostic setting sends the HTTP log: ' || array_to_string(g.names, ', ')
            ELSE 'no diagnostic setting of the app sends a log anywhere'
       END AS reason,
       w.kind, g.names AS diagnostic_settings
FROM azure_web_app AS w
LEFT JOIN logged AS g ON g.resource_id = w.id
