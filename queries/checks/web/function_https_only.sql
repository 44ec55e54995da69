-- title = "Function app forces HTTPS"
-- severity = "high"
-- subject = "azure_function_app"
-- tables = ["azure_function_app"]
-- controls = [
--   "jupiterone_questions:app_https_only", "nist_800_53_r5:SC-8", "iso_27001_2022:A.8.24", "pci_dss_4_0:4.2.1", "soc_2:CC6.7",
-- ]
-- rationale = "Without it the app answers plain HTTP too, and function keys travel in the open where anybody on the way can read them. Deployment slots have a setting of their own."
-- remediation = "az functionapp update --ids ID --set httpsOnly=true, and az functionapp update --name APP --resource-group GROUP --slot SLOT --set httpsOnly=true for each slot."
-- references = ["https://learn.microsoft.com/azure/azure-functions/security-concepts", "https://learn.microsoft.com/azure/app-service/configure-ssl-bindings"]
-- [[case]]
-- title = "forced"
-- given.azure_function_app = [{ name = "a", https_only = true }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "not forced"
-- given.azure_function_app = [{ name = "a", https_only = false }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "absent means not forced"
-- given.azure_function_app = [{ name = "a" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "the kind makes no difference, logic apps included"
-- given.azure_function_app = [{ name = "a", kind = "functionapp,linux", https_only = true }, { name = "b", kind = "functionapp,workflowapp", https_only = false }]
-- expect = { a = "pass", b = "fail" }
-- [[case]]
-- title = "in a Container Apps environment: its ingress decides, unless the app says it as well"
-- given.azure_function_app = [{ name = "a", managed_environment_id = "/x/env", https_only = false }, { name = "b", managed_environment_id = "/x/env", https_only = true }]
-- expect = { a = "unknown", b = "pass" }
-- [[case]]
-- title = "value not readable: the default may not be assumed"
-- given.azure_function_app = [{ name = "a", _gaps = ["https_only"] }]
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
-- given.azure_function_app = [{ name = "a", https_only = true }]
-- expect = { a = "pass", "/subscriptions/22222222-2222-4222-8222-222222222222" = "unknown", "/subscriptions/33333333-3333-4333-8333-333333333333" = "not_applicable" }
SELECT a.id AS subject, a.id AS resource_id, a.subscription_id,
       CASE WHEN a.https_only THEN 'pass'
            WHEN trim(a.managed_environment_id) <> '' THEN NULL
            ELSE 'fail'
       END AS verdict,
       CASE WHEN a.https_only THEN 'HTTPS is forced'
            WHEN trim(a.managed_environment_id) <> '' THEN 'the app runs in a Container Apps environment, whose ingress decides'
            WHEN a.https_only IS NULL THEN 'the setting is absent, so plain HTTP is answered'
            ELSE 'plain HTTP is answered'
       END AS reason
FROM azure_function_app AS a
