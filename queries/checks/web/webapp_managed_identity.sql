-- title = "Web app has managed identity"
-- severity = "medium"
-- subject = "azure_web_app"
-- tables = ["azure_web_app"]
-- controls = [
--   "cis_azure_2_0_0:9.5", "cis_azure_2_1_0:9.4", "cis_azure_3_0_0:9.5", "jupiterone_questions:app_managed_identity",
--   "nist_800_53_r5:IA-2", "nist_800_53_r5:IA-4", "iso_27001_2022:A.5.16", "pci_dss_4_0:8.6.2", "soc_2:CC6.1",
-- ]
-- rationale = "An app with an identity of its own reaches databases, vaults and storage without a password in its settings. A system-assigned identity goes with the app; one that is user-assigned passes as well, and the reason says so, since other resources may share it."
-- remediation = "az webapp identity assign --ids ID"
-- references = ["https://learn.microsoft.com/azure/app-service/overview-managed-identity"]
-- [[case]]
-- title = "system-assigned"
-- given.azure_web_app = [{ name = "a", identity_type = "SystemAssigned", identity_principal_id = "p1" }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "both kinds"
-- given.azure_web_app = [{ name = "a", identity_type = "SystemAssigned, UserAssigned", identity_principal_id = "p1", identity_user_assigned_identities = ["/x/i"] }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "user-assigned only passes with a note"
-- given.azure_web_app = [{ name = "a", identity_type = "UserAssigned", identity_user_assigned_identities = ["/x/i"] }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "none, or no identity in the answer"
-- given.azure_web_app = [{ name = "a", identity_type = "None" }, { name = "b" }]
-- expect = { a = "fail", b = "fail" }
-- [[case]]
-- title = "other letter case"
-- given.azure_web_app = [{ name = "a", identity_type = "systemassigned", identity_principal_id = "p1" }, { name = "b", identity_type = "NONE" }]
-- expect = { a = "pass", b = "fail" }
-- [[case]]
-- title = "system-assigned without an object id, and user-assigned without an identity"
-- given.azure_web_app = [{ name = "a", identity_type = "SystemAssigned" }, { name = "b", identity_type = "UserAssigned" }]
-- expect = { a = "unknown", b = "unknown" }
-- [[case]]
-- title = "a kind not known yet"
-- given.azure_web_app = [{ name = "a", identity_type = "Other" }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "kind not readable"
-- given.azure_web_app = [{ name = "a", _gaps = ["identity_type"] }]
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
-- title = "three subscriptions: one throttled, one empty, one judged"
-- ledger = [
--   { table = "azure_web_app", subscription = "22222222-2222-4222-8222-222222222222", status = "throttled" },
--   { table = "azure_web_app", subscription = "33333333-3333-4333-8333-333333333333", status = "ok" },
-- ]
-- given.azure_web_app = [{ name = "a", identity_type = "SystemAssigned", identity_principal_id = "p1" }]
-- expect = { a = "pass", "/subscriptions/22222222-2222-4222-8222-222222222222" = "unknown", "/subscriptions/33333333-3333-4333-8333-333333333333" = "not_applicable" }
SELECT a.id AS subject, a.id AS resource_id, a.subscription_id,
       CASE WHEN lower(trim(coalesce(a.identity_type, 'none'))) IN ('', 'none') THEN 'fail'
            WHEN lower(a.identity_type) LIKE '%systemassigned%' AND trim(a.identity_principal_id) <> '' THEN 'pass'
            WHEN lower(a.identity_type) LIKE '%userassigned%' AND array_length(a.identity_user_assigned_identities) > 0 THEN 'pass'
       END AS verdict,
       CASE WHEN lower(trim(coalesce(a.identity_type, 'none'))) IN ('', 'none') THEN 'the app has no managed identity'
            WHEN lower(a.identity_type) LIKE '%systemassigned%' AND trim(a.identity_principal_id) <> ''
            THEN 'system-assigned identity ' || a.identity_principal_id
            WHEN lower(a.identity_type) LIKE '%userassigned%' AND array_length(a.identity_user_assigned_identities) > 0
            THEN 'user-assigned identities only: ' || array_length(a.identity_user_assigned_identities)
            ELSE 'the kind of identity is ' || a.identity_type || ', but no identity is named'
       END AS reason
FROM azure_web_app AS a
