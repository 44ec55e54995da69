-- title = "AKS API server private"
-- severity = "high"
-- subject = "azure_kubernetes_cluster"
-- tables = ["azure_kubernetes_cluster", "azure_kubernetes_node_pool"]
-- controls = [
--   "nist_800_53_r5:AC-4", "nist_800_53_r5:SC-7", "iso_27001_2022:A.8.1", "iso_27001_2022:A.8.14", "pci_dss_4_0:1.3.1",
--   "pci_dss_4_0:1.4.2", "soc_2:CC6.1", "mitre_attack:T1190", "mitre_attack:T1530",
-- ]
-- rationale = "A public API server can be tried by anybody who holds or guesses a credential, and every hole in it is open to the world. Authorized address ranges are a weaker fence and do not pass; they are shown. A node with a public address opens the cluster again, so every pool has to be without."
-- remediation = "On a cluster with API server VNet integration: az aks update --name CLUSTER --resource-group GROUP --enable-private-cluster. Others have to be made anew: az aks create --enable-private-cluster."
-- references = ["https://learn.microsoft.com/azure/aks/private-clusters", "https://learn.microsoft.com/azure/aks/api-server-vnet-integration"]
-- [[case]]
-- title = "private, no pool with public addresses"
-- given.azure_kubernetes_cluster = [{ id = "/x/a", api_server_access_profile_enable_private_cluster = true }]
-- given.azure_kubernetes_node_pool = [{ name = "p", _parent_id = "/x/a", enable_node_public_ip = false }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "private, a pool says nothing of public addresses"
-- given.azure_kubernetes_cluster = [{ id = "/x/a", api_server_access_profile_enable_private_cluster = true }]
-- given.azure_kubernetes_node_pool = [{ name = "p", _parent_id = "/x/a" }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "private, but one of two pools has public addresses"
-- given.azure_kubernetes_cluster = [{ id = "/x/a", api_server_access_profile_enable_private_cluster = true }]
-- given.azure_kubernetes_node_pool = [{ name = "p1", _parent_id = "/x/a", enable_node_public_ip = false }, { name = "p2", _parent_id = "/x/a", enable_node_public_ip = true }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "public; public with authorized ranges; absent means public"
-- given.azure_kubernetes_cluster = [
--   { id = "/x/a", api_server_access_profile_enable_private_cluster = false },
--   { id = "/x/b", api_server_access_profile_authorized_ip_ranges = ["203.0.113.0/24"] },
--   { id = "/x/c" },
-- ]
-- given.azure_kubernetes_node_pool = [{ name = "p1", _parent_id = "/x/a" }, { name = "p2", _parent_id = "/x/b" }, { name = "p3", _parent_id = "/x/c" }]
-- expect = { a = "fail", b = "fail", c = "fail" }
-- [[case]]
-- title = "integration with the virtual network alone leaves the public address"
-- given.azure_kubernetes_cluster = [{ id = "/x/a", api_server_access_profile_enable_vnet_integration = true, api_server_access_profile_enable_private_cluster = false }]
-- given.azure_kubernetes_node_pool = [{ name = "p", _parent_id = "/x/a" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "a public host name of a private cluster gives a private address"
-- given.azure_kubernetes_cluster = [
--   { id = "/x/a", api_server_access_profile_enable_private_cluster = true, api_server_access_profile_enable_private_cluster_public_fqdn = true },
-- ]
-- given.azure_kubernetes_node_pool = [{ name = "p", _parent_id = "/x/a" }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "private or not is not readable"
-- given.azure_kubernetes_cluster = [{ id = "/x/a", _gaps = ["api_server_access_profile_enable_private_cluster"] }]
-- given.azure_kubernetes_node_pool = [{ name = "p", _parent_id = "/x/a" }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "not readable for one pool"
-- given.azure_kubernetes_cluster = [{ id = "/x/a", api_server_access_profile_enable_private_cluster = true }]
-- given.azure_kubernetes_node_pool = [{ name = "p", _parent_id = "/x/a", _gaps = ["enable_node_public_ip"] }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "node pools of one cluster not in the snapshot; those of another do not count"
-- given.azure_kubernetes_cluster = [
--   { id = "/x/a", api_server_access_profile_enable_private_cluster = true },
--   { id = "/x/b", api_server_access_profile_enable_private_cluster = true },
-- ]
-- given.azure_kubernetes_node_pool = [{ name = "p", _parent_id = "/x/b", enable_node_public_ip = false }]
-- expect = { a = "unknown", b = "pass" }
-- [[case]]
-- title = "no cluster"
-- given.azure_kubernetes_cluster = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "node pools denied"
-- ledger = [{ table = "azure_kubernetes_node_pool", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_kubernetes_cluster = [{ id = "/x/a", api_server_access_profile_enable_private_cluster = true }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "node pools of one cluster unread"
-- ledger = [
--   { table = "azure_kubernetes_node_pool", parent = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.containerservice/managedclusters/a", status = "error" },
-- ]
-- given.azure_kubernetes_cluster = [
--   { name = "a", api_server_access_profile_enable_private_cluster = true },
--   { name = "b", api_server_access_profile_enable_private_cluster = true },
-- ]
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
       CASE WHEN NOT coalesce(k.api_server_access_profile_enable_private_cluster, FALSE) THEN 'fail'
            WHEN p.public_pools IS NOT NULL THEN 'fail'
            WHEN p.cluster_id IS NULL OR p.unread_pools IS NOT NULL THEN NULL
            ELSE 'pass'
       END AS verdict,
       CASE WHEN NOT coalesce(k.api_server_access_profile_enable_private_cluster, FALSE)
            THEN 'the API server has a public address'
              || CASE WHEN array_length(k.api_server_access_profile_authorized_ip_ranges) > 0
                      THEN ', open to: ' || array_to_string(k.api_server_access_profile_authorized_ip_ranges, ', ')
                      ELSE ', without authorized ranges' END
            WHEN p.cluster_id IS NULL THEN 'the API server is private, but no node pool of the cluster is in the snapshot'
            WHEN p.public_pools IS NOT NULL
            THEN 'the API server is private, but node pools have public addresses: ' || array_to_string(p.public_pools, ', ')
            WHEN p.unread_pools IS NOT NULL
            THEN 'the API server is private; not readable for the node pools: ' || array_to_string(p.unread_pools, ', ')
            ELSE 'the API server is private and no node has a public address'
       END AS reason,
       k.api_server_access_profile_authorized_ip_ranges AS authorized_ranges
FROM azure_kubernetes_cluster AS k
LEFT JOIN per_cluster AS p ON p.cluster_id = k.id
