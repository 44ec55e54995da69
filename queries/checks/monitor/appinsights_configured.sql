-- title = "Application Insights in use"
-- severity = "low"
-- subject = "azure_subscription"
-- tables = ["azure_subscription", "azure_application_insights", "azure_web_app", "azure_function_app"]
-- controls = [
--   "cis_azure_2_0_0:5.3.1", "cis_azure_2_1_0:5.3.1", "cis_azure_3_0_0:6.3.1", "cis_azure_4_0_0:7.1.3.1",
--   "cis_azure_5_0_0:6.1.3.1", "cis_azure_6_0_0:6.1.3.1", "nist_800_53_r5:AU-6", "nist_800_53_r5:SI-4", "iso_27001_2022:A.8.16",
--   "pci_dss_4_0:10.4.1", "pci_dss_4_0:10.7.2", "soc_2:CC7.2",
-- ]
-- rationale = "Requests, errors and calls of an app are what shows misuse of it afterwards. The check looks only for a component in the subscription: whether each app sends to it is not seen, and a component that serves from another subscription does not count."
-- remediation = "az monitor app-insights component create --app NAME --resource-group GROUP --location REGION --workspace WORKSPACE_ID; then connect the apps to it."
-- references = ["https://learn.microsoft.com/azure/azure-monitor/app/app-insights-overview"]
-- [[case]]
-- title = "a component beside a web app"
-- given.azure_subscription = [{ }]
-- given.azure_application_insights = [{ name = "i" }]
-- given.azure_web_app = [{ name = "w" }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass" }
-- [[case]]
-- title = "a web app without a component; a function app without one"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_web_app = [{ name = "w" }]
-- given.azure_function_app = [{ name = "u", subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail", "22222222-2222-4222-8222-222222222222" = "fail" }
-- [[case]]
-- title = "no app at all"
-- given.azure_subscription = [{ }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "a component without an app"
-- given.azure_subscription = [{ }]
-- given.azure_application_insights = [{ name = "i" }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass" }
-- [[case]]
-- title = "the component of another subscription does not count"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_application_insights = [{ name = "i", subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_web_app = [{ name = "w" }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail", "22222222-2222-4222-8222-222222222222" = "pass" }
-- [[case]]
-- title = "several components and apps give one finding"
-- given.azure_subscription = [{ }]
-- given.azure_application_insights = [
--   { name = "i1" },
--   { name = "i2" },
-- ]
-- given.azure_web_app = [
--   { name = "w1" },
--   { name = "w2" },
-- ]
-- given.azure_function_app = [{ name = "u" }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass" }
-- [[case]]
-- title = "the service of components is not registered"
-- ledger = [{ table = "azure_application_insights", subscription = "11111111-1111-4111-8111-111111111111", status = "not_registered" }]
-- given.azure_subscription = [{ }]
-- given.azure_web_app = [{ name = "w" }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail" }
-- [[case]]
-- title = "no subscription row"
-- given.azure_subscription = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "not_applicable" }
-- [[case]]
-- title = "components denied"
-- ledger = [{ table = "azure_application_insights", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_subscription = [{ }]
-- given.azure_web_app = [{ name = "w" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "apps denied: whether there is anything to watch is not known"
-- ledger = [{ table = "azure_web_app", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }, { table = "azure_function_app", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_subscription = [{ }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
WITH component AS (
    SELECT i.subscription_id, count(*) AS n, list_sort(list(i.name)) AS names FROM azure_application_insights AS i GROUP BY i.subscription_id
),
app AS (
    SELECT a.subscription_id, count(*) AS n
    FROM (SELECT w.subscription_id FROM azure_web_app AS w UNION ALL SELECT u.subscription_id FROM azure_function_app AS u) AS a
    GROUP BY a.subscription_id
)
SELECT s.id AS subject, s.id AS resource_id, s.subscription_id,
       CASE WHEN c.n > 0 THEN 'pass'
            WHEN a.n > 0 THEN 'fail'
            ELSE 'not_applicable'
       END AS verdict,
       CASE WHEN c.n > 0 THEN 'components: ' || c.n || ', web and function apps: ' || coalesce(a.n, 0)
            WHEN a.n > 0 THEN 'web and function apps: ' || a.n || ', no component in the subscription'
            ELSE 'the subscription has no web or function app'
       END AS reason,
       s.display_name AS resource_name, c.names AS components
FROM azure_subscription AS s
LEFT JOIN component AS c ON c.subscription_id = s.subscription_id
LEFT JOIN app AS a ON a.subscription_id = s.subscription_id
