-- title = "Web app forces HTTPS"
-- severity = "high"
-- subject = "azure_web_app"
-- tables = ["azure_web_app"]
-- controls = [
--   "cis_azure_2_0_0:9.2", "cis_azure_2_1_0:9.2", "cis_azure_3_0_0:9.1", "jupiterone_questions:app_https_only",
--   "nist_800_53_r5:SC-8", "iso_27001_2022:A.8.24", "pci_dss_4_0:4.2.1", "soc_2:CC6.7", "mitre_attack:T1040",
-- ]
-- rationale = "Without it the app answers plain HTTP too, and the first request of a visitor can be read or turned elsewhere. Deployment slots have a setting of their own."
-- remediation = "az webapp update --ids ID --https-only true, and the same with --slot for each slot."
-- references = ["https://learn.microsoft.com/azure/app-service/configure-ssl-bindings"]
-- [[case]]
-- title = "forced"
-- given.azure_web_app = [{ name = "a", kind = "app", https_only = true }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "not forced"
-- given.azure_web_app = [{ name = "a", kind = "app", https_only = false }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "absent means not forced"
-- given.azure_web_app = [{ name = "a", kind = "app" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "the kind of app makes no difference"
-- given.azure_web_app = [{ name = "a", kind = "app,linux,container", https_only = true }, { name = "b", kind = "APP,LINUX", https_only = false }, { name = "c", https_only = true }]
-- expect = { a = "pass", b = "fail", c = "pass" }
-- [[case]]
-- title = "value not readable: the default may not be assumed"
-- given.azure_web_app = [{ name = "a", _gaps = ["https_only"] }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "no app"
-- given.azure_web_app = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "list denied"
-- ledger = [{ table = "azure_web_app", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_web_app = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "two subscriptions: one denied, one without an app, one with"
-- ledger = [
--   { table = "azure_web_app", subscription = "22222222-2222-4222-8222-222222222222", status = "throttled" },
--   { table = "azure_web_app", subscription = "33333333-3333-4333-8333-333333333333", status = "ok" },
-- ]
-- given.azure_web_app = [{ name = "a", https_only = true }]
-- expect = { a = "pass", "/subscriptions/22222222-2222-4222-8222-222222222222" = "unknown", "/subscriptions/33333333-3333-4333-8333-333333333333" = "not_applicable" }
SELECT a.id AS subject, a.id AS resource_id, a.subscription_id,
       CASE WHEN a.https_only THEN 'pass' ELSE 'fail' END AS verdict,
       CASE WHEN a.https_only THEN 'HTTPS is forced'
            WHEN a.https_only IS NULL THEN 'the setting is absent, so plain HTTP is answered'
            ELSE 'plain HTTP is answered'
       END AS reason,
       a.kind
FROM azure_web_app AS a
