-- title = "AKS Defender profile on"
-- severity = "high"
-- subject = "azure_kubernetes_cluster"
-- tables = ["azure_kubernetes_cluster"]
-- controls = [
--   "nist_800_53_r5:RA-5", "nist_800_53_r5:SI-4", "iso_27001_2022:A.5.7", "iso_27001_2022:A.8.16", "pci_dss_4_0:11.5.1",
--   "soc_2:CC7.1", "soc_2:CC7.2",
-- ]
-- rationale = "The sensor sees what happens on the nodes: shells in containers, new privileged pods, mining. The plan of the subscription alone puts no sensor into a cluster, so the profile of each cluster is judged."
-- remediation = "az aks update --name CLUSTER --resource-group GROUP --enable-defender"
-- references = ["https://learn.microsoft.com/azure/defender-for-cloud/defender-for-containers-introduction"]
-- [[case]]
-- title = "the Defender sensor is on"
-- given.azure_kubernetes_cluster = [{ name = "a", security_profile_defender_security_monitoring_enabled = true }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "the Defender sensor is off"
-- given.azure_kubernetes_cluster = [{ name = "a", security_profile_defender_security_monitoring_enabled = false }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "absent: the Defender sensor is off"
-- given.azure_kubernetes_cluster = [{ name = "a" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "value not readable: the default may not be assumed"
-- given.azure_kubernetes_cluster = [{ name = "a", _gaps = ["security_profile_defender_security_monitoring_enabled"] }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "each is judged by itself"
-- given.azure_kubernetes_cluster = [
--   { name = "a", security_profile_defender_security_monitoring_enabled = true },
--   { name = "b", security_profile_defender_security_monitoring_enabled = false },
--   { name = "c" },
-- ]
-- expect = { a = "pass", b = "fail", c = "fail" }
-- [[case]]
-- title = "a workspace alone does not switch it on"
-- given.azure_kubernetes_cluster = [{ name = "a", security_profile_defender_log_analytics_workspace_resource_id = "/x/w" }]
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
-- given.azure_kubernetes_cluster = [{ name = "a", security_profile_defender_security_monitoring_enabled = true }]
-- expect = { a = "pass", "/subscriptions/22222222-2222-4222-8222-222222222222" = "unknown", "/subscriptions/33333333-3333-4333-8333-333333333333" = "not_applicable" }
SELECT x.id AS subject, x.id AS resource_id, x.subscription_id,
       CASE WHEN x.security_profile_defender_security_monitoring_enabled THEN 'pass' ELSE 'fail' END AS verdict,
       CASE WHEN x.security_profile_defender_security_monitoring_enabled THEN 'the Defender sensor is on'
            WHEN x.security_profile_defender_security_monitoring_enabled IS NULL THEN 'the setting is absent: the Defender sensor is off'
            ELSE 'the Defender sensor is off'
       END AS reason
FROM azure_kubernetes_cluster AS x
