-- title = "AKS upgrades automatically"
-- severity = "medium"
-- subject = "azure_kubernetes_cluster"
-- tables = ["azure_kubernetes_cluster"]
-- controls = [
--   "nist_800_53_r5:RA-5", "nist_800_53_r5:SI-2", "iso_27001_2022:A.8.8", "pci_dss_4_0:6.3.3", "pci_dss_4_0:11.3.1",
--   "soc_2:CC7.1",
-- ]
-- rationale = "A Kubernetes version is supported for about a year, and clusters that wait for somebody to upgrade them fall out of it. Any channel but none passes; node-image renews the images of the nodes only, which the reason says."
-- remediation = "az aks update --name CLUSTER --resource-group GROUP --auto-upgrade-channel patch (or stable), with a planned maintenance window: az aks maintenanceconfiguration add."
-- references = ["https://learn.microsoft.com/azure/aks/auto-upgrade-cluster"]
-- [[case]]
-- title = "each channel that upgrades Kubernetes"
-- given.azure_kubernetes_cluster = [
--   { name = "a", auto_upgrade_profile_upgrade_channel = "patch" },
--   { name = "b", auto_upgrade_profile_upgrade_channel = "stable" },
--   { name = "c", auto_upgrade_profile_upgrade_channel = "rapid" },
-- ]
-- expect = { a = "pass", b = "pass", c = "pass" }
-- [[case]]
-- title = "node images only passes with a note"
-- given.azure_kubernetes_cluster = [{ name = "a", auto_upgrade_profile_upgrade_channel = "node-image" }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "none"
-- given.azure_kubernetes_cluster = [{ name = "a", auto_upgrade_profile_upgrade_channel = "none" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "absent or empty means none; patched node images alone do not help"
-- given.azure_kubernetes_cluster = [{ name = "a" }, { name = "b", auto_upgrade_profile_upgrade_channel = "", auto_upgrade_profile_node_os_upgrade_channel = "NodeImage" }]
-- expect = { a = "fail", b = "fail" }
-- [[case]]
-- title = "other letter case"
-- given.azure_kubernetes_cluster = [{ name = "a", auto_upgrade_profile_upgrade_channel = "None" }, { name = "b", auto_upgrade_profile_upgrade_channel = "Stable" }]
-- expect = { a = "fail", b = "pass" }
-- [[case]]
-- title = "a channel not known yet"
-- given.azure_kubernetes_cluster = [{ name = "a", auto_upgrade_profile_upgrade_channel = "sometimes" }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "channel not readable"
-- given.azure_kubernetes_cluster = [{ name = "a", _gaps = ["auto_upgrade_profile_upgrade_channel"] }]
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
-- given.azure_kubernetes_cluster = [{ name = "a", auto_upgrade_profile_upgrade_channel = "patch" }]
-- expect = { a = "pass", "/subscriptions/22222222-2222-4222-8222-222222222222" = "unknown", "/subscriptions/33333333-3333-4333-8333-333333333333" = "not_applicable" }
SELECT k.id AS subject, k.id AS resource_id, k.subscription_id,
       CASE WHEN lower(trim(coalesce(k.auto_upgrade_profile_upgrade_channel, 'none'))) IN ('', 'none') THEN 'fail'
            WHEN lower(trim(k.auto_upgrade_profile_upgrade_channel)) IN ('patch', 'stable', 'rapid', 'node-image') THEN 'pass'
       END AS verdict,
       CASE WHEN trim(coalesce(k.auto_upgrade_profile_upgrade_channel, '')) = '' THEN 'no upgrade channel is set, which means none'
            WHEN lower(trim(k.auto_upgrade_profile_upgrade_channel)) = 'node-image'
            THEN 'upgrade channel: node-image, which renews the images of the nodes, not Kubernetes'
            WHEN lower(trim(k.auto_upgrade_profile_upgrade_channel)) IN ('none', 'patch', 'stable', 'rapid')
            THEN 'upgrade channel: ' || k.auto_upgrade_profile_upgrade_channel
            ELSE 'upgrade channel not known: ' || k.auto_upgrade_profile_upgrade_channel
       END AS reason
FROM azure_kubernetes_cluster AS k
