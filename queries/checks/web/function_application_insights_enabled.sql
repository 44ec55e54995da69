-- title = "Function app linked to Application Insights"
-- severity = "low"
-- subject = "azure_function_app"
-- tables = ["azure_function_app"]
-- controls = [
--   "nist_800_53_r5:AU-6", "nist_800_53_r5:SI-4", "iso_27001_2022:A.8.16", "pci_dss_4_0:10.4.1", "pci_dss_4_0:10.7.2",
--   "soc_2:CC7.2",
-- ]
-- rationale = "Without it failures and misuse of the functions leave no trace that outlives the instance. The link is an app setting; app settings are secrets to a large part, need an action that Reader lacks and are never asked for, so the verdict is left open. The tag that the portal writes is shown, but proves nothing."
-- remediation = "Look at the names only: az functionapp config appsettings list --name APP --resource-group GROUP --query \"[].name\". Link it: az monitor app-insights component connect-function --app COMPONENT --resource-group GROUP --function APP"
-- references = ["https://learn.microsoft.com/azure/azure-functions/configure-monitoring"]
-- [[case]]
-- title = "app settings are never read"
-- given.azure_function_app = [{ name = "a" }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "the tag of the portal is no proof"
-- given.azure_function_app = [{ name = "a", tags = { "hidden-link: /app-insights-resource-id" = "/subscriptions/x/providers/microsoft.insights/components/ai" } }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "other tags"
-- given.azure_function_app = [{ name = "a", tags = { env = "prod" } }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "a gap in the row"
-- given.azure_function_app = [{ name = "a", _gaps = ["kind"] }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "no app"
-- given.azure_function_app = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "list denied"
-- ledger = [{ table = "azure_function_app", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_function_app = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "three subscriptions: one throttled, one empty, one judged"
-- ledger = [
--   { table = "azure_function_app", subscription = "22222222-2222-4222-8222-222222222222", status = "throttled" },
--   { table = "azure_function_app", subscription = "33333333-3333-4333-8333-333333333333", status = "ok" },
-- ]
-- given.azure_function_app = [{ name = "a" }]
-- expect = { a = "unknown", "/subscriptions/22222222-2222-4222-8222-222222222222" = "unknown", "/subscriptions/33333333-3333-4333-8333-333333333333" = "not_applicable" }
SELECT a.id AS subject, a.id AS resource_id, a.subscription_id,
       CAST(NULL AS VARCHAR) AS verdict,
       'not collected: app settings need Microsoft.Web/sites/config/list/action and hold secrets'
         || CASE WHEN a.tags['hidden-link: /app-insights-resource-id'] IS NULL THEN ''
                 ELSE '; the tag of the portal names a component' END AS reason,
       a.kind, a.tags['hidden-link: /app-insights-resource-id'] AS tagged_component
FROM azure_function_app AS a
