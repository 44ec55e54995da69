-- title = "VNet flow logs reach Log Analytics"
-- severity = "medium"
-- subject = "azure_vnet"
-- tables = ["azure_vnet", "azure_network_watcher", "azure_security_group_flow_logs"]
-- controls = [
--   "cis_azure_4_0_0:7.1.1.7", "cis_azure_5_0_0:6.1.1.7", "cis_azure_6_0_0:6.1.1.6", "nist_800_53_r5:AU-2",
--   "nist_800_53_r5:AU-3", "nist_800_53_r5:AU-12", "iso_27001_2022:A.8.14", "iso_27001_2022:A.8.15", "iso_27001_2022:A.8.20",
--   "iso_27001_2022:A.8.21", "iso_27001_2022:A.8.22", "pci_dss_4_0:10.2.1", "soc_2:A1.1", "soc_2:CC7.2", "soc_2:CC7.3",
--   "soc_2:PI1.2", "mitre_attack:T1048", "mitre_attack:T1499",
-- ]
-- rationale = "Flow logs in a storage account are read by nobody until it is too late. In a Log Analytics workspace, by way of traffic analytics, they can be searched and raise alerts."
-- remediation = "az network watcher flow-log create --location REGION --name LOG --vnet VNET_ID --storage-account ACCOUNT_ID --workspace WORKSPACE_ID --traffic-analytics true --interval 10"
-- references = ["https://learn.microsoft.com/azure/network-watcher/vnet-flow-logs-overview", "https://learn.microsoft.com/azure/network-watcher/traffic-analytics"]
-- [[case]]
-- title = "a flow log that is right"
-- given.azure_vnet = [{ id = "/x/providers/microsoft.network/virtualnetworks/v1" }]
-- given.azure_security_group_flow_logs = [
--   { name = "f", target_resource_id = "/x/providers/microsoft.network/virtualnetworks/v1", enabled = true, flow_analytics_configuration_network_watcher_flow_analytics_configuration_enabled = true, flow_analytics_configuration_network_watcher_flow_analytics_configuration_workspace_resource_id = "/x/w" },
-- ]
-- expect = { v1 = "pass" }
-- [[case]]
-- title = "no flow log; one of another network; one of a security group"
-- given.azure_vnet = [{ id = "/x/providers/microsoft.network/virtualnetworks/v1" }]
-- given.azure_security_group_flow_logs = [
--   { name = "f", target_resource_id = "/x/providers/microsoft.network/virtualnetworks/v2", enabled = true, flow_analytics_configuration_network_watcher_flow_analytics_configuration_enabled = true, flow_analytics_configuration_network_watcher_flow_analytics_configuration_workspace_resource_id = "/x/w" },
--   { name = "n", target_resource_id = "/x/providers/microsoft.network/networksecuritygroups/v1", enabled = true, flow_analytics_configuration_network_watcher_flow_analytics_configuration_enabled = true, flow_analytics_configuration_network_watcher_flow_analytics_configuration_workspace_resource_id = "/x/w" },
-- ]
-- expect = { v1 = "fail" }
-- [[case]]
-- title = "switched off, and on is not said"
-- given.azure_vnet = [
--   { id = "/x/providers/microsoft.network/virtualnetworks/v1" },
--   { id = "/x/providers/microsoft.network/virtualnetworks/v2" },
-- ]
-- given.azure_security_group_flow_logs = [
--   { name = "f", target_resource_id = "/x/providers/microsoft.network/virtualnetworks/v1", enabled = false, flow_analytics_configuration_network_watcher_flow_analytics_configuration_enabled = true, flow_analytics_configuration_network_watcher_flow_analytics_configuration_workspace_resource_id = "/x/w" },
--   { name = "g", target_resource_id = "/x/providers/microsoft.network/virtualnetworks/v2", flow_analytics_configuration_network_watcher_flow_analytics_configuration_enabled = true, flow_analytics_configuration_network_watcher_flow_analytics_configuration_workspace_resource_id = "/x/w" },
-- ]
-- expect = { v1 = "fail", v2 = "unknown" }
-- [[case]]
-- title = "traffic analytics off, absent, or on without a workspace"
-- given.azure_vnet = [
--   { id = "/x/providers/microsoft.network/virtualnetworks/v1" },
--   { id = "/x/providers/microsoft.network/virtualnetworks/v2" },
--   { id = "/x/providers/microsoft.network/virtualnetworks/v3" },
-- ]
-- given.azure_security_group_flow_logs = [
--   { name = "f1", target_resource_id = "/x/providers/microsoft.network/virtualnetworks/v1", enabled = true, flow_analytics_configuration_network_watcher_flow_analytics_configuration_enabled = false },
--   { name = "f2", target_resource_id = "/x/providers/microsoft.network/virtualnetworks/v2", enabled = true },
--   { name = "f3", target_resource_id = "/x/providers/microsoft.network/virtualnetworks/v3", enabled = true, flow_analytics_configuration_network_watcher_flow_analytics_configuration_enabled = true },
-- ]
-- expect = { v1 = "fail", v2 = "fail", v3 = "fail" }
-- [[case]]
-- title = "the workspace by its GUID alone"
-- given.azure_vnet = [{ id = "/x/providers/microsoft.network/virtualnetworks/v1" }]
-- given.azure_security_group_flow_logs = [
--   { name = "f", target_resource_id = "/x/providers/microsoft.network/virtualnetworks/v1", enabled = true, flow_analytics_configuration_network_watcher_flow_analytics_configuration_enabled = true, flow_analytics_configuration_network_watcher_flow_analytics_configuration_workspace_id = "44444444-4444-4444-8444-444444444444" },
-- ]
-- expect = { v1 = "pass" }
-- [[case]]
-- title = "the workspace could not be read"
-- given.azure_vnet = [{ id = "/x/providers/microsoft.network/virtualnetworks/v1" }]
-- given.azure_security_group_flow_logs = [
--   { name = "f", target_resource_id = "/x/providers/microsoft.network/virtualnetworks/v1", enabled = true, flow_analytics_configuration_network_watcher_flow_analytics_configuration_enabled = true, _gaps = ["flow_analytics_configuration_network_watcher_flow_analytics_configuration_workspace_resource_id"] },
-- ]
-- expect = { v1 = "unknown" }
-- [[case]]
-- title = "target in other letter case"
-- given.azure_vnet = [{ id = "/x/providers/microsoft.network/virtualnetworks/v1" }]
-- given.azure_security_group_flow_logs = [
--   { name = "f", target_resource_id = "/X/Providers/Microsoft.Network/virtualNetworks/V1/", enabled = true, flow_analytics_configuration_network_watcher_flow_analytics_configuration_enabled = true, flow_analytics_configuration_network_watcher_flow_analytics_configuration_workspace_resource_id = "/x/w" },
-- ]
-- expect = { v1 = "pass" }
-- [[case]]
-- title = "flow logs of all subnets cover the network, of some they do not, of none neither"
-- given.azure_vnet = [
--   { id = "/x/providers/microsoft.network/virtualnetworks/v1", subnets_id = ["/x/providers/microsoft.network/virtualnetworks/v1/subnets/A", "/x/providers/microsoft.network/virtualnetworks/v1/subnets/b"] },
--   { id = "/x/providers/microsoft.network/virtualnetworks/v2", subnets_id = ["/x/providers/microsoft.network/virtualnetworks/v2/subnets/A", "/x/providers/microsoft.network/virtualnetworks/v2/subnets/b"] },
--   { id = "/x/providers/microsoft.network/virtualnetworks/v3", subnets_id = ["/x/providers/microsoft.network/virtualnetworks/v3/subnets/A", "/x/providers/microsoft.network/virtualnetworks/v3/subnets/b"] },
--   { id = "/x/providers/microsoft.network/virtualnetworks/v4", subnets_id = ["/x/providers/microsoft.network/virtualnetworks/v4/subnets/A", "/x/providers/microsoft.network/virtualnetworks/v4/subnets/b"] },
-- ]
-- given.azure_security_group_flow_logs = [
--   { name = "f1", target_resource_id = "/x/providers/microsoft.network/virtualnetworks/v1/subnets/a", enabled = true, flow_analytics_configuration_network_watcher_flow_analytics_configuration_enabled = true, flow_analytics_configuration_network_watcher_flow_analytics_configuration_workspace_resource_id = "/x/w" },
--   { name = "f2", target_resource_id = "/x/providers/microsoft.network/virtualnetworks/v1/subnets/b", enabled = true, flow_analytics_configuration_network_watcher_flow_analytics_configuration_enabled = true, flow_analytics_configuration_network_watcher_flow_analytics_configuration_workspace_resource_id = "/x/w" },
--   { name = "f3", target_resource_id = "/x/providers/microsoft.network/virtualnetworks/v2/subnets/a", enabled = true, flow_analytics_configuration_network_watcher_flow_analytics_configuration_enabled = true, flow_analytics_configuration_network_watcher_flow_analytics_configuration_workspace_resource_id = "/x/w" },
--   { name = "f4", target_resource_id = "/x/providers/microsoft.network/virtualnetworks/v3/subnets/a", enabled = true, flow_analytics_configuration_network_watcher_flow_analytics_configuration_enabled = true, flow_analytics_configuration_network_watcher_flow_analytics_configuration_workspace_resource_id = "/x/w" },
--   { name = "f5", target_resource_id = "/x/providers/microsoft.network/virtualnetworks/v3/subnets/b", enabled = true, flow_analytics_configuration_network_watcher_flow_analytics_configuration_enabled = false },
--   { name = "f6", target_resource_id = "/x/providers/microsoft.network/virtualnetworks/v4/subnets/a", enabled = true, flow_analytics_configuration_network_watcher_flow_analytics_configuration_enabled = true, flow_analytics_configuration_network_watcher_flow_analytics_configuration_workspace_resource_id = "/x/w" },
--   { name = "f7", target_resource_id = "/x/providers/microsoft.network/virtualnetworks/v4/subnets/b", enabled = true, _gaps = ["flow_analytics_configuration_network_watcher_flow_analytics_configuration_enabled"] },
-- ]
-- expect = { v1 = "pass", v2 = "fail", v3 = "fail", v4 = "unknown" }
-- [[case]]
-- title = "a log that is right decides beside another that is not"
-- given.azure_vnet = [{ id = "/x/providers/microsoft.network/virtualnetworks/v1" }]
-- given.azure_security_group_flow_logs = [
--   { name = "f", target_resource_id = "/x/providers/microsoft.network/virtualnetworks/v1", enabled = true, flow_analytics_configuration_network_watcher_flow_analytics_configuration_enabled = false },
--   { name = "g", target_resource_id = "/x/providers/microsoft.network/virtualnetworks/v1", enabled = true, flow_analytics_configuration_network_watcher_flow_analytics_configuration_enabled = true, flow_analytics_configuration_network_watcher_flow_analytics_configuration_workspace_resource_id = "/x/w" },
-- ]
-- expect = { v1 = "pass" }
-- [[case]]
-- title = "setting of the log not readable, alone and beside one that is right"
-- given.azure_vnet = [
--   { id = "/x/providers/microsoft.network/virtualnetworks/v1" },
--   { id = "/x/providers/microsoft.network/virtualnetworks/v2" },
-- ]
-- given.azure_security_group_flow_logs = [
--   { name = "f", target_resource_id = "/x/providers/microsoft.network/virtualnetworks/v1", enabled = true, _gaps = ["flow_analytics_configuration_network_watcher_flow_analytics_configuration_enabled"] },
--   { name = "g", target_resource_id = "/x/providers/microsoft.network/virtualnetworks/v2", enabled = true, _gaps = ["flow_analytics_configuration_network_watcher_flow_analytics_configuration_enabled"] },
--   { name = "h", target_resource_id = "/x/providers/microsoft.network/virtualnetworks/v2", enabled = true, flow_analytics_configuration_network_watcher_flow_analytics_configuration_enabled = true, flow_analytics_configuration_network_watcher_flow_analytics_configuration_workspace_resource_id = "/x/w" },
-- ]
-- expect = { v1 = "unknown", v2 = "pass" }
-- [[case]]
-- title = "target of a log not readable: it may be any network"
-- given.azure_vnet = [{ id = "/x/providers/microsoft.network/virtualnetworks/v1" }]
-- given.azure_security_group_flow_logs = [{ name = "f", enabled = true, _gaps = ["target_resource_id"] }]
-- expect = { v1 = "unknown" }
-- [[case]]
-- title = "no virtual network"
-- given.azure_vnet = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "flow logs denied"
-- ledger = [{ table = "azure_security_group_flow_logs", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_vnet = [{ id = "/x/providers/microsoft.network/virtualnetworks/v1" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "flow logs of one region denied"
-- ledger = [{ table = "azure_security_group_flow_logs", parent = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/networkwatchers/w", status = "denied" }]
-- given.azure_vnet = [{ id = "/x/providers/microsoft.network/virtualnetworks/v1" }]
-- given.azure_security_group_flow_logs = [
--   { name = "f", target_resource_id = "/x/providers/microsoft.network/virtualnetworks/v1", enabled = true, flow_analytics_configuration_network_watcher_flow_analytics_configuration_enabled = true, flow_analytics_configuration_network_watcher_flow_analytics_configuration_workspace_resource_id = "/x/w" },
-- ]
-- expect = { v1 = "unknown", "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/networkwatchers/w" = "unknown" }
-- [[case]]
-- title = "filter"
-- given.azure_vnet = [{ id = "/x/virtualnetworks/v" }]
-- given.azure_security_group_flow_logs = [{ name = "f", target_resource_id = "/x/virtualnetworks/v", enabled = true, enabled_filtering_criteria = "dstip=10.0.0.1 && action=Deny", retention_policy_days = 90, flow_analytics_configuration_network_watcher_flow_analytics_configuration_enabled = true, flow_analytics_configuration_network_watcher_flow_analytics_configuration_workspace_resource_id = "/w" }]
-- expect = { v = "unknown" }
-- [[case]]
-- title = "only some kinds of flow records are logged: the denied alone, the admitted alone; beginnings or ends and the denied are enough"
-- given.azure_vnet = [{ id = "/x/virtualnetworks/v1" }, { id = "/x/virtualnetworks/v2" }, { id = "/x/virtualnetworks/v3" }, { id = "/x/virtualnetworks/v4" }, { id = "/x/virtualnetworks/v5" }, { id = "/x/virtualnetworks/v6" }]
-- given.azure_security_group_flow_logs = [
--   { name = "f1", target_resource_id = "/x/virtualnetworks/v1", enabled = true, record_types = "D", retention_policy_days = 90, flow_analytics_configuration_network_watcher_flow_analytics_configuration_enabled = true, flow_analytics_configuration_network_watcher_flow_analytics_configuration_workspace_resource_id = "/w" },
--   { name = "f2", target_resource_id = "/x/virtualnetworks/v2", enabled = true, record_types = "B,C,E", retention_policy_days = 90, flow_analytics_configuration_network_watcher_flow_analytics_configuration_enabled = true, flow_analytics_configuration_network_watcher_flow_analytics_configuration_workspace_resource_id = "/w" },
--   { name = "f3", target_resource_id = "/x/virtualnetworks/v3", enabled = true, record_types = "b, e, d", retention_policy_days = 90, flow_analytics_configuration_network_watcher_flow_analytics_configuration_enabled = true, flow_analytics_configuration_network_watcher_flow_analytics_configuration_workspace_resource_id = "/w" },
--   { name = "f4", target_resource_id = "/x/virtualnetworks/v4", enabled = true, record_types = "B,C,E,D", retention_policy_days = 90, flow_analytics_configuration_network_watcher_flow_analytics_configuration_enabled = true, flow_analytics_configuration_network_watcher_flow_analytics_configuration_workspace_resource_id = "/w" },
--   { name = "f5", target_resource_id = "/x/virtualnetworks/v5", enabled = true, record_types = "", retention_policy_days = 90, flow_analytics_configuration_network_watcher_flow_analytics_configuration_enabled = true, flow_analytics_configuration_network_watcher_flow_analytics_configuration_workspace_resource_id = "/w" },
--   { name = "f6", target_resource_id = "/x/virtualnetworks/v6", enabled = true, retention_policy_days = 90, flow_analytics_configuration_network_watcher_flow_analytics_configuration_enabled = true, flow_analytics_configuration_network_watcher_flow_analytics_configuration_workspace_resource_id = "/w", _gaps = ["record_types"] },
-- ]
-- expect = { v1 = "unknown", v2 = "unknown", v3 = "pass", v4 = "pass", v5 = "pass", v6 = "unknown" }
WITH own AS (
    SELECT l.target_id, max(CASE l.workspace WHEN 'yes' THEN 2 WHEN 'unclear' THEN 1 ELSE 0 END) AS rank,
           array_to_string(list_sort(list(l.workspace_line)), '; ') AS lines
    FROM flow_log AS l
    WHERE l.kind IN ('network', 'subnet')
    GROUP BY l.target_id
),
subnet AS (
    SELECT v.id, count(*) AS n, min(coalesce(o.rank, 0)) AS least, sum(CASE WHEN o.rank = 2 THEN 1 ELSE 0 END) AS n_good
    FROM azure_vnet AS v, unnest(v.subnets_id) AS u(subnet)
    LEFT JOIN own AS o ON o.target_id = rtrim(lower(u.subnet), '/')
    GROUP BY v.id
)
SELECT v.id AS subject, v.id AS resource_id, v.subscription_id,
       CASE WHEN o.rank = 2 OR s.least = 2 THEN 'pass'
            WHEN o.rank = 1 OR s.least = 1 THEN NULL
            ELSE 'fail'
       END AS verdict,
       CASE WHEN o.rank IS NOT NULL AND NOT (o.rank < 2 AND coalesce(s.least, 0) = 2) THEN 'flow log ' || o.lines
            WHEN s.least = 2 THEN 'no flow log of the network decides, but all its subnets have one: ' || s.n_good || ' of ' || s.n
            WHEN s.least = 1 THEN 'no flow log of the network; those of its subnets could not all be read'
            WHEN s.n_good > 0 THEN 'no flow log of the network; subnets with one that is right: ' || s.n_good || ' of ' || s.n
            ELSE 'no flow log of the network'
       END AS reason
FROM azure_vnet AS v
LEFT JOIN own AS o ON o.target_id = v.id
LEFT JOIN subnet AS s ON s.id = v.id
