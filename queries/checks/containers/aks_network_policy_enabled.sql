-- title = "AKS network policy set"
-- severity = "medium"
-- subject = "azure_kubernetes_cluster"
-- tables = ["azure_kubernetes_cluster"]
-- controls = [
--   "nist_800_53_r5:AC-4", "nist_800_53_r5:SC-7", "iso_27001_2022:A.8.14", "iso_27001_2022:A.8.20", "iso_27001_2022:A.8.21",
--   "iso_27001_2022:A.8.22", "pci_dss_4_0:1.3.1", "pci_dss_4_0:1.4.2", "soc_2:CC6.6",
-- ]
-- rationale = "Without a policy engine every pod reaches every other, and policies that somebody wrote are taken in silence and never enforced. The word none is an answer too. Where the cluster brings its own network plugin, its engine is not visible from outside."
-- remediation = "az aks update --name CLUSTER --resource-group GROUP --network-policy cilium (or azure, calico); not every network plugin allows the change on an existing cluster."
-- references = ["https://learn.microsoft.com/azure/aks/use-network-policies"]
-- [[case]]
-- title = "azure, calico and cilium"
-- given.azure_kubernetes_cluster = [
--   { name = "a", network_profile_network_policy = "azure" },
--   { name = "b", network_profile_network_policy = "calico" },
--   { name = "c", network_profile_network_policy = "cilium" },
-- ]
-- expect = { a = "pass", b = "pass", c = "pass" }
-- [[case]]
-- title = "none is a word, and fails"
-- given.azure_kubernetes_cluster = [{ name = "a", network_profile_network_policy = "none", network_profile_network_plugin = "azure" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "absent or empty"
-- given.azure_kubernetes_cluster = [{ name = "a", network_profile_network_plugin = "kubenet" }, { name = "b", network_profile_network_policy = "" }]
-- expect = { a = "fail", b = "fail" }
-- [[case]]
-- title = "other letter case"
-- given.azure_kubernetes_cluster = [{ name = "a", network_profile_network_policy = "Calico" }, { name = "b", network_profile_network_policy = "NONE" }]
-- expect = { a = "pass", b = "fail" }
-- [[case]]
-- title = "own network plugin: the engine is not visible"
-- given.azure_kubernetes_cluster = [
--   { name = "a", network_profile_network_plugin = "none", network_profile_network_policy = "none" },
--   { name = "b", network_profile_network_plugin = "none" },
-- ]
-- expect = { a = "unknown", b = "unknown" }
-- [[case]]
-- title = "a word not known yet"
-- given.azure_kubernetes_cluster = [{ name = "a", network_profile_network_policy = "antrea" }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "policy not readable"
-- given.azure_kubernetes_cluster = [{ name = "a", _gaps = ["network_profile_network_policy"] }]
-- expect = { a = "unknown" }
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
-- given.azure_kubernetes_cluster = [{ name = "a", network_profile_network_policy = "cilium" }]
-- expect = { a = "pass", "/subscriptions/22222222-2222-4222-8222-222222222222" = "unknown", "/subscriptions/33333333-3333-4333-8333-333333333333" = "not_applicable" }
SELECT k.id AS subject, k.id AS resource_id, k.subscription_id,
       CASE WHEN lower(trim(k.network_profile_network_policy)) IN ('azure', 'calico', 'cilium') THEN 'pass'
            WHEN lower(trim(k.network_profile_network_plugin)) = 'none' THEN NULL
            WHEN lower(trim(coalesce(k.network_profile_network_policy, ''))) IN ('', 'none') THEN 'fail'
       END AS verdict,
       CASE WHEN lower(trim(k.network_profile_network_policy)) IN ('azure', 'calico', 'cilium')
            THEN 'network policy engine: ' || k.network_profile_network_policy
            WHEN lower(trim(k.network_profile_network_plugin)) = 'none'
            THEN 'the cluster brings its own network plugin; whether that enforces policies is not in the snapshot'
            WHEN trim(coalesce(k.network_profile_network_policy, '')) = '' THEN 'no network policy engine is set'
            WHEN lower(trim(k.network_profile_network_policy)) = 'none' THEN 'the network policy engine is set to none'
            ELSE 'network policy engine not known: ' || k.network_profile_network_policy
       END AS reason
FROM azure_kubernetes_cluster AS k
