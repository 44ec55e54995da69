-- title = "AKS RBAC on"
-- severity = "high"
-- subject = "azure_kubernetes_cluster"
-- tables = ["azure_kubernetes_cluster"]
-- controls = [
--   "jupiterone_questions:aks_rbac", "nist_800_53_r5:AC-3", "iso_27001_2022:A.5.15", "iso_27001_2022:A.8.2", "pci_dss_4_0:7.2.1",
--   "pci_dss_4_0:7.2.2", "soc_2:CC6.3",
-- ]
-- rationale = "Without role-based access control every token in the cluster, also that of the least pod, may do everything. It can be switched on only when the cluster is made."
-- remediation = "Make a new cluster (az aks create has it on unless --disable-rbac is given) and move the workloads."
-- references = ["https://learn.microsoft.com/azure/aks/concepts-identity"]
-- [[case]]
-- title = "Kubernetes role-based access control is on"
-- given.azure_kubernetes_cluster = [{ name = "a", enable_rbac = true }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "Kubernetes role-based access control is off"
-- given.azure_kubernetes_cluster = [{ name = "a", enable_rbac = false }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "absent: role-based access control is off"
-- given.azure_kubernetes_cluster = [{ name = "a" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "value not readable: the default may not be assumed"
-- given.azure_kubernetes_cluster = [{ name = "a", _gaps = ["enable_rbac"] }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "each is judged by itself"
-- given.azure_kubernetes_cluster = [{ name = "a", enable_rbac = true }, { name = "b", enable_rbac = false }, { name = "c" }]
-- expect = { a = "pass", b = "fail", c = "fail" }
-- [[case]]
-- title = "Azure roles need it too"
-- given.azure_kubernetes_cluster = [{ name = "a", enable_rbac = false, aad_profile_enable_azure_rbac = true }]
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
-- given.azure_kubernetes_cluster = [{ name = "a", enable_rbac = true }]
-- expect = { a = "pass", "/subscriptions/22222222-2222-4222-8222-222222222222" = "unknown", "/subscriptions/33333333-3333-4333-8333-333333333333" = "not_applicable" }
SELECT x.id AS subject, x.id AS resource_id, x.subscription_id,
       CASE WHEN x.enable_rbac THEN 'pass' ELSE 'fail' END AS verdict,
       CASE WHEN x.enable_rbac THEN 'Kubernetes role-based access control is on'
            WHEN x.enable_rbac IS NULL THEN 'the setting is absent: role-based access control is off'
            ELSE 'Kubernetes role-based access control is off'
       END AS reason
FROM azure_kubernetes_cluster AS x
