-- title = "Function app has managed identity"
-- severity = "medium"
-- subject = "azure_function_app"
-- tables = ["azure_function_app"]
-- controls = [
--   "jupiterone_questions:app_managed_identity", "nist_800_53_r5:AC-2", "nist_800_53_r5:AC-3", "nist_800_53_r5:IA-2",
--   "nist_800_53_r5:IA-4", "iso_27001_2022:A.5.16", "pci_dss_4_0:8.6.2", "soc_2:CC6.1",
-- ]
-- rationale = "A function app with an identity of its own reads its queues, vaults and storage without keys in its settings, which is where keys are stolen from. Whether the connections use it is not visible from outside."
-- remediation = "az functionapp identity assign --ids ID"
-- references = ["https://learn.microsoft.com/azure/app-service/overview-managed-identity", "https://learn.microsoft.com/azure/azure-functions/security-concepts"]
-- [[case]]
-- title = "system-assigned, user-assigned, both"
-- given.azure_function_app = [
--   { name = "a", identity_type = "SystemAssigned" },
--   { name = "b", identity_type = "UserAssigned" },
--   { name = "c", identity_type = "SystemAssigned, UserAssigned" },
-- ]
-- expect = { a = "pass", b = "pass", c = "pass" }
-- [[case]]
-- title = "none"
-- given.azure_function_app = [{ name = "a", identity_type = "None" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "no identity in the answer"
-- given.azure_function_app = [{ name = "a" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "other letter case"
-- given.azure_function_app = [{ name = "a", identity_type = "systemassigned" }, { name = "b", identity_type = "none " }]
-- expect = { a = "pass", b = "fail" }
-- [[case]]
-- title = "a kind not known yet is not taken for an identity"
-- given.azure_function_app = [{ name = "a", identity_type = "Other" }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "kind not readable"
-- given.azure_function_app = [{ name = "a", _gaps = ["identity_type"] }]
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
-- given.azure_function_app = [{ name = "a", identity_type = "None" }]
-- expect = { a = "fail", "/subscriptions/22222222-2222-4222-8222-222222222222" = "unknown", "/subscriptions/33333333-3333-4333-8333-333333333333" = "not_applicable" }
SELECT a.id AS subject, a.id AS resource_id, a.subscription_id,
       CASE WHEN lower(trim(coalesce(a.identity_type, 'none'))) IN ('', 'none') THEN 'fail'
            WHEN lower(a.identity_type) LIKE '%systemassigned%' OR lower(a.identity_type) LIKE '%userassigned%' THEN 'pass'
       END AS verdict,
       CASE WHEN lower(trim(coalesce(a.identity_type, 'none'))) IN ('', 'none') THEN 'the app has no managed identity'
            ELSE 'kind of managed identity: ' || a.identity_type
       END AS reason
FROM azure_function_app AS a
