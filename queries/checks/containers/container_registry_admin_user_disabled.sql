-- title = "Registry admin user off"
-- severity = "high"
-- subject = "azure_container_registry"
-- tables = ["azure_container_registry"]
-- controls = [
--   "nist_800_53_r5:AC-2", "nist_800_53_r5:AC-3", "nist_800_53_r5:IA-2", "iso_27001_2022:A.5.15", "iso_27001_2022:A.5.17",
--   "pci_dss_4_0:7.2.1", "soc_2:CC6.1",
-- ]
-- rationale = "The admin user is one name with two passwords that may pull and push everything, shared by whoever needs it and signed in the logs as nobody. Entra identities and tokens with a scope do the same work."
-- remediation = "az acr update --name REGISTRY --admin-enabled false"
-- references = ["https://learn.microsoft.com/azure/container-registry/container-registry-authentication"]
-- [[case]]
-- title = "the admin user works"
-- given.azure_container_registry = [{ name = "a", admin_user_enabled = true }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "the admin user is off"
-- given.azure_container_registry = [{ name = "a", admin_user_enabled = false }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "absent: the admin user is off"
-- given.azure_container_registry = [{ name = "a" }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "value not readable: the default may not be assumed"
-- given.azure_container_registry = [{ name = "a", _gaps = ["admin_user_enabled"] }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "each is judged by itself"
-- given.azure_container_registry = [{ name = "a", admin_user_enabled = true }, { name = "b", admin_user_enabled = false }, { name = "c" }]
-- expect = { a = "fail", b = "pass", c = "pass" }
-- [[case]]
-- title = "no registry"
-- given.azure_container_registry = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "list denied"
-- ledger = [{ table = "azure_container_registry", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_container_registry = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "three subscriptions: one throttled, one empty, one judged"
-- ledger = [
--   { table = "azure_container_registry", subscription = "22222222-2222-4222-8222-222222222222", status = "throttled" },
--   { table = "azure_container_registry", subscription = "33333333-3333-4333-8333-333333333333", status = "ok" },
-- ]
-- given.azure_container_registry = [{ name = "a", admin_user_enabled = false }]
-- expect = { a = "pass", "/subscriptions/22222222-2222-4222-8222-222222222222" = "unknown", "/subscriptions/33333333-3333-4333-8333-333333333333" = "not_applicable" }
SELECT x.id AS subject, x.id AS resource_id, x.subscription_id,
       CASE WHEN x.admin_user_enabled THEN 'fail' ELSE 'pass' END AS verdict,
       CASE WHEN x.admin_user_enabled THEN 'the admin user works'
            WHEN x.admin_user_enabled IS NULL THEN 'the setting is absent: the admin user is off'
            ELSE 'the admin user is off'
       END AS reason
FROM azure_container_registry AS x
