-- title = "AKS nodes without public IP"
-- severity = "high"
-- subject = "azure_kubernetes_cluster"
-- tables = ["azure_kubernetes_cluster", "azure_kubernetes_node_pool"]
-- controls = [
--   "nist_800_53_r5:AC-4", "nist_800_53_r5:SC-7", "iso_27001_2022:A.8.14", "pci_dss_4_0:1.3.1", "pci_dss_4_0:1.4.2",
--   "soc_2:CC3.3", "mitre_attack:T1190", "mitre_attack:T1530",
-- ]
-- rationale = "A node with an address of its own can be reached from the Internet past the load balancer, as far as its security group lets through; kubelet and SSH then are one rule away. One pool of that kind is enough to fail. Public addresses of services are another matter."
-- remediation = "Make a pool without --enable-node-public-ip, move the workloads, delete the old one: az aks nodepool add, az aks nodepool delete."
-- references = ["https://learn.microsoft.com/azure/aks/use-node-public-ips"]
-- [[case]]
-- title = "no pool has public addresses"
-- given.azure_kubernetes_cluster = [{ id = "/x/a" }]
-- given.azure_kubernetes_node_pool = [
--   { name = "p1", _parent_id = "/x/a", enable_node_public_ip = false },
--   { name = "p2", _parent_id = "/x/a", enable_node_public_ip = false },
-- ]
-- expect = { a = "pass" }
-- [[case]]
-- title = "absent means no"
-- given.azure_kubernetes_cluster = [{ id = "/x/a" }]
-- given.azure_kubernetes_node_pool = [{ name = "p", _parent_id = "/x/a" }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "one pool of two has"
-- given.azure_kubernetes_cluster = [{ id = "/x/a" }]
-- given.azure_kubernetes_node_pool = [{ name = "p1", _parent_id = "/x/a", enable_node_public_ip = false }, { name = "p2", _parent_id = "/x/a", enable_node_public_ip = true }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "a prefix alone gives no address"
-- given.azure_kubernetes_cluster = [{ id = "/x/a" }]
-- given.azure_kubernetes_node_pool = [{ name = "p", _parent_id = "/x/a", enable_node_public_ip = false, node_public_ip_prefix_id = "/x/prefix" }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "not readable for one pool: unknown, unless another one proves the fail"
-- given.azure_kubernetes_cluster = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_kubernetes_node_pool = [
--   { name = "p1", _parent_id = "/x/a", enable_node_public_ip = false },
--   { name = "p2", _parent_id = "/x/a", _gaps = ["enable_node_public_ip"] },
--   { name = "p3", _parent_id = "/x/b", enable_node_public_ip = true },
--   { name = "p4", _parent_id = "/x/b", _gaps = ["enable_node_public_ip"] },
-- ]
-- expect = { a = "unknown", b = "fail" }
-- [[case]]
-- title = "node pools of one cluster not in the snapshot; those of another do not count"
-- given.azure_kubernetes_cluster = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_kubernetes_node_pool = [{ name = "p", _parent_id = "/x/b", enable_node_public_ip = false }]
-- expect = { a = "unknown", b = "pass" }
-- [[case]]
-- title = "no cluster"
-- given.azure_kubernetes_cluster = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "node pools denied"
-- ledger = [{ table = "azure_kubernetes_node_pool", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_kubernetes_cluster = [{ id = "/x/a" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "node pools of one cluster unread"
-- ledger = [
--   { table = "azure_kubernetes_node_pool", parent = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.containerservice/managedclusters/a", status = "error" },
-- ]
-- given.azure_kubernetes_cluster = [{ name = "a" }, { name = "b" }]
-- given.azure_kubernetes_node_pool = [
--   { name = "p", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.containerservice/managedclusters/b", enable_node_public_ip = false },
-- ]
-- expect = { a = "unknown", b = "pass" }
-- [[case]]
-- title = "clusters could not be listed"
-- ledger = [{ table = "azure_kubernetes_cluster", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_kubernetes_cluster = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
WITH pool AS (
    SELECT p._parent_id AS cluster_id, p.name,
           CASE WHEN list_contains(p._gaps, 'enable_node_public_ip') THEN NULL
                ELSE coalesce(p.enable_node_public_ip, FALSE) END AS is_public
    FROM azure_kubernetes_node_pool AS p
),
per_cluster AS (
    SELECT p.cluster_id, count(*) AS n_pools,
           list_sort(list(p.name) FILTER (WHERE p.is_public)) AS public_pools,
           list_sort(list(p.name) FILTER (WHERE p.is_public IS NULL)) AS unread_pools
    FROM pool AS p
    GROUP BY p.cluster_id
)
SELECT k.id AS subject, k.id AS resource_id, k.subscription_id,
       CASE WHEN p.public_pools IS NOT NULL THEN 'fail'
            WHEN p.cluster_id IS NULL OR p.unread_pools IS NOT NULL THEN NULL
            ELSE 'pass'
       END AS verdict,
       CASE WHEN p.cluster_id IS NULL THEN 'no node pool of the cluster is in the snapshot'
            WHEN p.public_pools IS NOT NULL THEN 'node pools with public addresses: ' || array_to_string(p.public_pools, ', ')
            WHEN p.unread_pools IS NOT NULL THEN 'not readable for the node pools: ' || array_to_string(p.unread_pools, ', ')
            ELSE 'node pools, none with public addresses: ' || p.n_pools
       END AS reason,
       p.public_pools
FROM azure_kubernetes_cluster AS k
LEFT JOIN per_cluster AS p ON p.cluster_id = k.id
