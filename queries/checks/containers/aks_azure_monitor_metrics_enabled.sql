-- title = "AKS managed metrics on"
-- severity = "low"
-- subject = "azure_kubernetes_cluster"
-- tables = ["azure_kubernetes_cluster"]
-- controls = [
--   "nist_800_53_r5:AU-6", "nist_800_53_r5:SI-4", "iso_27001_2022:A.8.16", "pci_dss_4_0:10.4.1", "pci_dss_4_0:10.7.2",
--   "soc_2:CC7.2",
-- ]
-- rationale = "Without metrics nobody sees a cluster that is taken over for mining or runs out of room. Judged is managed Prometheus; Container Insights is another feature and collects logs, and a Prometheus of one's own is not visible here."
-- remediation = "az aks update --name CLUSTER --resource-group GROUP --enable-azure-monitor-metrics --azure-monitor-workspace-resource-id ID"
-- references = ["https://learn.microsoft.com/azure/azure-monitor/containers/kubernetes-monitoring-enable"]
-- [[case]]
-- title = "metrics go to Azure Monitor"
-- given.azure_kubernetes_cluster = [{ name = "a", azure_monitor_profile_metrics_enabled = true }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "metrics do not go to Azure Monitor"
-- given.azure_kubernetes_cluster = [{ name = "a", azure_monitor_profile_metrics_enabled = false }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "absent: metrics do not go to Azure Monitor"
-- given.azure_kubernetes_cluster = [{ name = "a" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "value not readable: the default may not be assumed"
-- given.azure_kubernetes_cluster = [{ name = "a", _gaps = ["azure_monitor_profile_metrics_enabled"] }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "each is judged by itself"
-- given.azure_kubernetes_cluster = [
--   { name = "a", azure_monitor_profile_metrics_enabled = true },
--   { name = "b", azure_monitor_profile_metrics_enabled = false },
--   { name = "c" },
-- ]
-- expect = { a = "pass", b = "fail", c = "fail" }
-- [[case]]
-- title = "Container Insights does not count"
-- given.azure_kubernetes_cluster = [{ name = "a", azure_monitor_profile_metrics_enabled = false, addon_profiles_omsagent_enabled = true }]
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
-- given.azure_kubernetes_cluster = [{ name = "a", azure_monitor_profile_metrics_enabled = true }]
-- expect = { a = "pass", "/subscriptions/22222222-2222-4222-8222-222222222222" = "unknown", "/subscriptions/33333333-3333-4333-8333-333333333333" = "not_applicable" }
SELECT x.id AS subject, x.id AS resource_id, x.subscription_id,
       CASE WHEN x.azure_monitor_profile_metrics_enabled THEN 'pass' ELSE 'fail' END AS verdict,
       CASE WHEN x.azure_monitor_profile_metrics_enabled THEN 'metrics go to Azure Monitor'
            WHEN x.azure_monitor_profile_metrics_enabled IS NULL THEN 'the setting is absent: metrics do not go to Azure Monitor'
            ELSE 'metrics do not go to Azure Monitor'
       END AS reason
FROM azure_kubernetes_cluster AS x
