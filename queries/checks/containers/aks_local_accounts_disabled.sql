-- title = "AKS local accounts off"
-- severity = "high"
-- subject = "azure_kubernetes_cluster"
-- tables = ["azure_kubernetes_cluster"]
-- controls = [
--   "nist_800_53_r5:AC-2", "nist_800_53_r5:AC-3", "nist_800_53_r5:IA-2", "iso_27001_2022:A.5.16", "pci_dss_4_0:7.2.1",
--   "soc_2:CC6.1",
-- ]
-- rationale = "The built-in admin certificate gives full control, belongs to nobody, and whoever may list the cluster credentials gets it, past Entra ID and its conditions. It stays valid until the certificates of the cluster are rotated."
-- remediation = "az aks update --name CLUSTER --resource-group GROUP --disable-local-accounts (Entra sign-in must be on: --enable-aad), then az aks rotate-certs."
-- references = ["https://learn.microsoft.com/azure/aks/manage-local-accounts-managed-azure-ad"]
-- [[case]]
-- title = "local accounts are off"
-- given.azure_kubernetes_cluster = [{ name = "a", disable_local_accounts = true }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "local accounts work"
-- given.azure_kubernetes_cluster = [{ name = "a", disable_local_accounts = false }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "absent: local accounts work"
-- given.azure_kubernetes_cluster = [{ name = "a" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "value not readable: the default may not be assumed"
-- given.azure_kubernetes_cluster = [{ name = "a", _gaps = ["disable_local_accounts"] }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "each is judged by itself"
-- given.azure_kubernetes_cluster = [{ name = "a", disable_local_accounts = true }, { name = "b", disable_local_accounts = false }, { name = "c" }]
-- expect = { a = "pass", b = "fail", c = "fail" }
-- [[case]]
-- title = "Entra sign-in does not turn them off"
-- given.azure_kubernetes_cluster = [{ name = "a", disable_local_accounts = false, aad_profile_managed = true, aad_profile_enable_azure_rbac = true }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "no cluster"
-- given.azure_kubernetes_cluster = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "list denied"
-- ledger = [{ table = "azure_kubernetes_cluster", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_kubernetes_cluster = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "three subscriptions: one throttled, one empty, one judged"
-- ledger = [
--   { table = "azure_kubernetes_cluster", subscription = "22222222-2222-4222-8222-222222222222", status = "throttled" },
--   { table = "azure_kubernetes_cluster", subscription = "33333333-3333-4333-8333-333333333333", status = "ok" },
-- ]
-- given.azure_kubernetes_cluster = [{ name = "a", disable_local_accounts = true }]
-- expect = { a = "pass", "/subscriptions/22222222-2222-4222-8222-222222222222" = "unknown", "/subscriptions/33333333-3333-4333-8333-333333333333" = "not_applicable" }
SELECT x.id AS subject, x.id AS resource_id, x.subscription_id,
       CASE WHEN x.disable_local_accounts THEN 'pass' ELSE 'fail' END AS verdict,
       CASE WHEN x.disable_local_accounts THEN 'local accounts are off'
            WHEN x.disable_local_accounts IS NULL THEN 'the setting is absent: local accounts work'
            ELSE 'local accounts work'
       END AS reason
FROM azure_kubernetes_cluster AS x
