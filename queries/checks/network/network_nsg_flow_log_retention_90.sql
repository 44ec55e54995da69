-- title = "NSG flow logs kept 90 days"
-- severity = "low"
-- subject = "azure_security_group"
-- tables = ["azure_security_group", "azure_network_watcher", "azure_security_group_flow_logs"]
-- optional = ["azure_nic", "azure_vnet"]
-- controls = [
--   "cis_azure_2_0_0:6.5", "cis_azure_2_1_0:6.5", "cis_azure_3_0_0:7.5", "cis_azure_4_0_0:8.5", "cis_azure_5_0_0:7.5",
--   "cis_azure_6_0_0:7.5", "jupiterone_questions:nsg_flow_log_days", "nist_800_53_r5:AU-11", "iso_27001_2022:A.8.15",
--   "iso_27001_2022:A.8.20", "iso_27001_2022:A.8.21", "iso_27001_2022:A.8.22", "pci_dss_4_0:10.5.1", "soc_2:A1.1", "soc_2:C1.2",
--   "soc_2:CC7.2", "soc_2:CC7.3", "soc_2:PI1.3", "mitre_attack:T1499",
-- ]
-- rationale = "Attacks are often found months later; then only the flow logs tell who spoke with whom. No flow log of a security group could be made since 2025-06-30 and all end on 2027-09-30: a group whose networks have flow logs of their own needs none. Rules of the storage account that delete older blobs are not seen here."
-- remediation = "az network watcher flow-log update --location REGION --name LOG --retention 90; for a group without one, log its network: az network watcher flow-log create --location REGION --name LOG --vnet VNET_ID --storage-account ACCOUNT_ID --retention 90"
-- references = ["https://learn.microsoft.com/azure/network-watcher/nsg-flow-logs-overview", "https://learn.microsoft.com/azure/network-watcher/nsg-flow-logs-migrate"]
-- [[case]]
-- title = "a flow log that is right"
-- given.azure_security_group = [{ id = "/x/providers/microsoft.network/networksecuritygroups/g1", subnets_id = ["/x/providers/microsoft.network/virtualnetworks/v1/subnets/a"] }]
-- given.azure_security_group_flow_logs = [
--   { name = "f", target_resource_id = "/x/providers/microsoft.network/networksecuritygroups/g1", enabled = true, retention_policy_enabled = true, retention_policy_days = 90 },
-- ]
-- expect = { g1 = "pass" }
-- [[case]]
-- title = "30 days, also where the network has a flow log; 0 days keep for ever; no retention policy at all"
-- given.azure_security_group = [
--   { id = "/x/providers/microsoft.network/networksecuritygroups/g1", subnets_id = ["/x/providers/microsoft.network/virtualnetworks/v1/subnets/a"] },
--   { id = "/x/providers/microsoft.network/networksecuritygroups/g2", subnets_id = ["/x/providers/microsoft.network/virtualnetworks/v1/subnets/a"] },
--   { id = "/x/providers/microsoft.network/networksecuritygroups/g3", subnets_id = ["/x/providers/microsoft.network/virtualnetworks/v1/subnets/a"] },
-- ]
-- given.azure_security_group_flow_logs = [
--   { name = "f1", target_resource_id = "/x/providers/microsoft.network/networksecuritygroups/g1", enabled = true, retention_policy_enabled = true, retention_policy_days = 30 },
--   { name = "f2", target_resource_id = "/x/providers/microsoft.network/networksecuritygroups/g2", enabled = true, retention_policy_enabled = true, retention_policy_days = 0 },
--   { name = "f3", target_resource_id = "/x/providers/microsoft.network/networksecuritygroups/g3", enabled = true },
--   { name = "v", target_resource_id = "/x/providers/microsoft.network/virtualnetworks/v1", enabled = true },
-- ]
-- expect = { g1 = "fail", g2 = "pass", g3 = "pass" }
-- [[case]]
-- title = "30 days, and whether the log is on is not told, or not readable: the flow log of the network is no way out; where nothing covers the group it fails"
-- given.azure_security_group = [
--   { id = "/x/providers/microsoft.network/networksecuritygroups/g1", subnets_id = ["/x/providers/microsoft.network/virtualnetworks/v1/subnets/a"] },
--   { id = "/x/providers/microsoft.network/networksecuritygroups/g2", subnets_id = ["/x/providers/microsoft.network/virtualnetworks/v1/subnets/a"] },
--   { id = "/x/providers/microsoft.network/networksecuritygroups/g3", subnets_id = ["/x/providers/microsoft.network/virtualnetworks/v2/subnets/a"] },
-- ]
-- given.azure_security_group_flow_logs = [
--   { name = "f1", target_resource_id = "/x/providers/microsoft.network/networksecuritygroups/g1", retention_policy_enabled = true, retention_policy_days = 30 },
--   { name = "f2", target_resource_id = "/x/providers/microsoft.network/networksecuritygroups/g2", retention_policy_enabled = true, retention_policy_days = 30, _gaps = ["enabled"] },
--   { name = "f3", target_resource_id = "/x/providers/microsoft.network/networksecuritygroups/g3", retention_policy_enabled = true, retention_policy_days = 30, _gaps = ["enabled"] },
--   { name = "v", target_resource_id = "/x/providers/microsoft.network/virtualnetworks/v1", enabled = true },
-- ]
-- expect = { g1 = "unknown", g2 = "unknown", g3 = "fail" }
-- [[case]]
-- title = "no flow log, and none of its network"
-- given.azure_security_group = [{ id = "/x/providers/microsoft.network/networksecuritygroups/g1", subnets_id = ["/x/providers/microsoft.network/virtualnetworks/v1/subnets/a"] }]
-- given.azure_security_group_flow_logs = [{ name = "f", target_resource_id = "/x/providers/microsoft.network/virtualnetworks/v2", enabled = true }]
-- expect = { g1 = "fail" }
-- [[case]]
-- title = "the network, or the subnet, has a flow log: that is judged there"
-- given.azure_security_group = [
--   { id = "/x/providers/microsoft.network/networksecuritygroups/g1", subnets_id = ["/x/providers/microsoft.network/virtualnetworks/v1/subnets/A"] },
--   { id = "/x/providers/microsoft.network/networksecuritygroups/g2", subnets_id = ["/x/providers/microsoft.network/virtualnetworks/v2/subnets/a"] },
-- ]
-- given.azure_security_group_flow_logs = [
--   { name = "f", target_resource_id = "/x/providers/microsoft.network/virtualnetworks/v1", enabled = true },
--   { name = "g", target_resource_id = "/x/providers/microsoft.network/virtualnetworks/v2/subnets/a", enabled = true },
-- ]
-- expect = { g1 = "not_applicable", g2 = "not_applicable" }
-- [[case]]
-- title = "only one of two networks has a flow log"
-- given.azure_security_group = [
--   { id = "/x/providers/microsoft.network/networksecuritygroups/g1", subnets_id = ["/x/providers/microsoft.network/virtualnetworks/v1/subnets/a", "/x/providers/microsoft.network/virtualnetworks/v2/subnets/a"] },
-- ]
-- given.azure_security_group_flow_logs = [{ name = "f", target_resource_id = "/x/providers/microsoft.network/virtualnetworks/v1", enabled = true }]
-- expect = { g1 = "fail" }
-- [[case]]
-- title = "the flow log of the network is off, or could not be read"
-- given.azure_security_group = [
--   { id = "/x/providers/microsoft.network/networksecuritygroups/g1", subnets_id = ["/x/providers/microsoft.network/virtualnetworks/v1/subnets/a"] },
--   { id = "/x/providers/microsoft.network/networksecuritygroups/g2", subnets_id = ["/x/providers/microsoft.network/virtualnetworks/v2/subnets/a"] },
-- ]
-- given.azure_security_group_flow_logs = [
--   { name = "f", target_resource_id = "/x/providers/microsoft.network/virtualnetworks/v1", enabled = false, retention_policy_days = 0 },
--   { name = "g", target_resource_id = "/x/providers/microsoft.network/virtualnetworks/v2", _gaps = ["enabled"] },
-- ]
-- expect = { g1 = "fail", g2 = "unknown" }
-- [[case]]
-- title = "own flow log switched off in favour of that of the network, or of none"
-- given.azure_security_group = [
--   { id = "/x/providers/microsoft.network/networksecuritygroups/g1", subnets_id = ["/x/providers/microsoft.network/virtualnetworks/v1/subnets/a"] },
--   { id = "/x/providers/microsoft.network/networksecuritygroups/g2", subnets_id = ["/x/providers/microsoft.network/virtualnetworks/v2/subnets/a"] },
-- ]
-- given.azure_security_group_flow_logs = [
--   { name = "f", target_resource_id = "/x/providers/microsoft.network/networksecuritygroups/g1", enabled = false, retention_policy_days = 0 },
--   { name = "g", target_resource_id = "/x/providers/microsoft.network/virtualnetworks/v1", enabled = true },
--   { name = "h", target_resource_id = "/x/providers/microsoft.network/networksecuritygroups/g2", enabled = false, retention_policy_days = 0 },
-- ]
-- expect = { g1 = "not_applicable", g2 = "fail" }
-- [[case]]
-- title = "on an interface: its own flow log, that of its network, or none"
-- given.azure_security_group = [
--   { id = "/x/providers/microsoft.network/networksecuritygroups/g1", network_interfaces_id = ["/X/PROVIDERS/MICROSOFT.NETWORK/NETWORKINTERFACES/N1"] },
--   { id = "/x/providers/microsoft.network/networksecuritygroups/g2", network_interfaces_id = ["/x/providers/microsoft.network/networkinterfaces/n2"] },
--   { id = "/x/providers/microsoft.network/networksecuritygroups/g3", network_interfaces_id = ["/x/providers/microsoft.network/networkinterfaces/n3"] },
-- ]
-- given.azure_nic = [
--   { id = "/x/providers/microsoft.network/networkinterfaces/n1", ip_configurations_properties_subnet_id = ["/x/providers/microsoft.network/virtualnetworks/v1/subnets/a"] },
--   { id = "/x/providers/microsoft.network/networkinterfaces/n2", ip_configurations_properties_subnet_id = ["/x/providers/microsoft.network/virtualnetworks/v2/subnets/a"] },
--   { id = "/x/providers/microsoft.network/networkinterfaces/n3", ip_configurations_properties_subnet_id = ["/x/providers/microsoft.network/virtualnetworks/v3/subnets/a"] },
-- ]
-- given.azure_security_group_flow_logs = [
--   { name = "f", target_resource_id = "/x/providers/microsoft.network/networkinterfaces/n1", enabled = true },
--   { name = "g", target_resource_id = "/x/providers/microsoft.network/virtualnetworks/v2", enabled = true },
-- ]
-- expect = { g1 = "not_applicable", g2 = "not_applicable", g3 = "fail" }
-- [[case]]
-- title = "on an interface that is not listed (of a scale set): all networks of the region have a flow log, or some, or none"
-- given.azure_security_group = [
--   { id = "/x/providers/microsoft.network/networksecuritygroups/g1", location = "westeurope", network_interfaces_id = ["/x/providers/microsoft.compute/virtualmachinescalesets/s/virtualmachines/0/networkinterfaces/n1"] },
--   { id = "/x/providers/microsoft.network/networksecuritygroups/g2", location = "North Europe", network_interfaces_id = ["/x/providers/microsoft.compute/virtualmachinescalesets/s/virtualmachines/0/networkinterfaces/n2"] },
--   { id = "/x/providers/microsoft.network/networksecuritygroups/g3", location = "westeurope", subscription_id = "22222222-2222-4222-8222-222222222222", network_interfaces_id = ["/x/providers/microsoft.compute/virtualmachinescalesets/s/virtualmachines/0/networkinterfaces/n3"] },
-- ]
-- given.azure_vnet = [
--   { id = "/x/providers/microsoft.network/virtualnetworks/v1", location = "westeurope" },
--   { id = "/x/providers/microsoft.network/virtualnetworks/v2", location = "northeurope" },
--   { id = "/x/providers/microsoft.network/virtualnetworks/v3", location = "northeurope" },
--   { id = "/x/providers/microsoft.network/virtualnetworks/v4", location = "westeurope", subscription_id = "22222222-2222-4222-8222-222222222222" },
-- ]
-- given.azure_security_group_flow_logs = [
--   { name = "f", target_resource_id = "/x/providers/microsoft.network/virtualnetworks/v1", enabled = true },
--   { name = "g", target_resource_id = "/x/providers/microsoft.network/virtualnetworks/v2", enabled = true },
-- ]
-- expect = { g1 = "not_applicable", g2 = "unknown", g3 = "fail" }
-- [[case]]
-- title = "a group that protects nothing has nothing to log; what it protects not readable"
-- given.azure_security_group = [
--   { id = "/x/providers/microsoft.network/networksecuritygroups/g1" },
--   { id = "/x/providers/microsoft.network/networksecuritygroups/g2", subnets_id = [], network_interfaces_id = [] },
--   { id = "/x/providers/microsoft.network/networksecuritygroups/g3", _gaps = ["subnets_id"] },
-- ]
-- expect = { g1 = "not_applicable", g2 = "not_applicable", g3 = "unknown" }
-- [[case]]
-- title = "setting of its log not readable"
-- given.azure_security_group = [{ id = "/x/providers/microsoft.network/networksecuritygroups/g1", subnets_id = ["/x/providers/microsoft.network/virtualnetworks/v1/subnets/a"] }]
-- given.azure_security_group_flow_logs = [{ name = "f", target_resource_id = "/x/providers/microsoft.network/networksecuritygroups/g1", enabled = true, _gaps = ["retention_policy_days"] }]
-- expect = { g1 = "unknown" }
-- [[case]]
-- title = "target of a log not readable: it may be any group"
-- given.azure_security_group = [{ id = "/x/providers/microsoft.network/networksecuritygroups/g1", subnets_id = ["/x/providers/microsoft.network/virtualnetworks/v1/subnets/a"] }]
-- given.azure_security_group_flow_logs = [{ name = "f", enabled = true, _gaps = ["target_resource_id"] }]
-- expect = { g1 = "unknown" }
-- [[case]]
-- title = "no security group"
-- given.azure_security_group = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "flow logs denied"
-- ledger = [{ table = "azure_security_group_flow_logs", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_security_group = [{ id = "/x/providers/microsoft.network/networksecuritygroups/g1" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "interfaces and networks denied: a group on a subnet needs neither, one on an interface is not known"
-- ledger = [{ table = "azure_nic", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }, { table = "azure_vnet", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_security_group = [
--   { id = "/x/providers/microsoft.network/networksecuritygroups/g1", subnets_id = ["/x/providers/microsoft.network/virtualnetworks/v1/subnets/a"] },
--   { id = "/x/providers/microsoft.network/networksecuritygroups/g2", network_interfaces_id = ["/x/providers/microsoft.network/networkinterfaces/n2"] },
-- ]
-- expect = { g1 = "fail", g2 = "unknown" }
-- [[case]]
-- title = "only some kinds of flow records are logged: the denied alone, the admitted alone; beginnings or ends and the denied are enough"
-- given.azure_security_group = [{ id = "/x/networksecuritygroups/v1" }, { id = "/x/networksecuritygroups/v2" }, { id = "/x/networksecuritygroups/v3" }, { id = "/x/networksecuritygroups/v4" }, { id = "/x/networksecuritygroups/v5" }, { id = "/x/networksecuritygroups/v6" }]
-- given.azure_security_group_flow_logs = [
--   { name = "f1", target_resource_id = "/x/networksecuritygroups/v1", enabled = true, record_types = "D", retention_policy_days = 90, flow_analytics_configuration_network_watcher_flow_analytics_configuration_enabled = true, flow_analytics_configuration_network_watcher_flow_analytics_configuration_workspace_resource_id = "/w" },
--   { name = "f2", target_resource_id = "/x/networksecuritygroups/v2", enabled = true, record_types = "B,C,E", retention_policy_days = 90, flow_analytics_configuration_network_watcher_flow_analytics_configuration_enabled = true, flow_analytics_configuration_network_watcher_flow_analytics_configuration_workspace_resource_id = "/w" },
--   { name = "f3", target_resource_id = "/x/networksecuritygroups/v3", enabled = true, record_types = "b, e, d", retention_policy_days = 90, flow_analytics_configuration_network_watcher_flow_analytics_configuration_enabled = true, flow_analytics_configuration_network_watcher_flow_analytics_configuration_workspace_resource_id = "/w" },
--   { name = "f4", target_resource_id = "/x/networksecuritygroups/v4", enabled = true, record_types = "B,C,E,D", retention_policy_days = 90, flow_analytics_configuration_network_watcher_flow_analytics_configuration_enabled = true, flow_analytics_configuration_network_watcher_flow_analytics_configuration_workspace_resource_id = "/w" },
--   { name = "f5", target_resource_id = "/x/networksecuritygroups/v5", enabled = true, record_types = "", retention_policy_days = 90, flow_analytics_configuration_network_watcher_flow_analytics_configuration_enabled = true, flow_analytics_configuration_network_watcher_flow_analytics_configuration_workspace_resource_id = "/w" },
--   { name = "f6", target_resource_id = "/x/networksecuritygroups/v6", enabled = true, retention_policy_days = 90, flow_analytics_configuration_network_watcher_flow_analytics_configuration_enabled = true, flow_analytics_configuration_network_watcher_flow_analytics_configuration_workspace_resource_id = "/w", _gaps = ["record_types"] },
-- ]
-- expect = { v1 = "unknown", v2 = "unknown", v3 = "pass", v4 = "pass", v5 = "pass", v6 = "unknown" }
-- [[case]]
-- title = "a flow log of the network that leaves traffic out does not cover the group for sure"
-- given.azure_vnet = [{ id = "/x/virtualnetworks/v" }]
-- given.azure_security_group = [{ id = "/x/networksecuritygroups/g", subnets_id = ["/x/virtualnetworks/v/subnets/s"] }]
-- given.azure_security_group_flow_logs = [{ name = "f", target_resource_id = "/x/virtualnetworks/v", enabled = true, record_types = "D" }]
-- expect = { g = "unknown" }
WITH own AS (
    SELECT l.target_id, max(CASE l.retention WHEN 'yes' THEN 2 WHEN 'unclear' THEN 1 ELSE 0 END) AS rank,
           max(CASE l.is_on WHEN 'yes' THEN 2 WHEN 'unclear' THEN 1 ELSE 0 END) AS is_on,
           array_to_string(list_sort(list(l.retention_line)), '; ') AS lines
    FROM flow_log AS l
    WHERE l.kind = 'security group'
    GROUP BY l.target_id
),
judged AS (
    SELECT s.id, s.subscription_id, o.lines, coalesce(c.n_places, 0) AS n_places, c.uncovered, c.n_uncovered, c.n_unclear,
           CASE WHEN o.rank = 2 THEN 'good'
                WHEN o.rank = 1 THEN 'unclear'
                WHEN o.is_on = 2 THEN 'bad'
                WHEN list_contains(s._gaps, 'subnets_id') OR list_contains(s._gaps, 'network_interfaces_id') THEN 'places unread'
                WHEN c.n_places IS NULL THEN 'idle'
                WHEN c.n_uncovered > 0 THEN 'uncovered'
                -- Its days are too few if it is on.
                WHEN o.is_on = 1 THEN 'unclear'
                WHEN c.n_unclear > 0 THEN 'places unclear'
                ELSE 'covered'
           END AS state
    FROM azure_security_group AS s
    LEFT JOIN own AS o ON o.target_id = s.id
    LEFT JOIN nsg_flow_log_cover AS c ON c.security_group_id = s.id AND c.measure = 'retention'
)
SELECT j.id AS subject, j.id AS resource_id, j.subscription_id,
       CASE WHEN j.state = 'good' THEN 'pass'
            WHEN j.state IN ('bad', 'uncovered') THEN 'fail'
            WHEN j.state IN ('idle', 'covered') THEN 'not_applicable'
       END AS verdict,
       CASE WHEN j.state IN ('good', 'bad', 'unclear') THEN 'flow log ' || j.lines
            WHEN j.state = 'places unread' THEN 'what the group protects could not be read'
            WHEN j.state = 'idle' THEN 'the group protects nothing, so there is nothing to log'
            WHEN j.state = 'uncovered' THEN coalesce('flow log ' || j.lines, 'no flow log of the group') || ', and no flow log of a network covers '
                 || j.uncovered || CASE WHEN j.n_uncovered > 1 THEN ' and ' || (j.n_uncovered - 1) || ' more' ELSE '' END
            WHEN j.state = 'places unclear' THEN 'no flow log of the group; whether logs of networks cover all it protects is not known, places in doubt: ' || j.n_unclear
            ELSE 'flow logs of networks cover all that the group protects: ' || j.n_places
       END || CASE WHEN j.state = 'uncovered' THEN '; flow logs of groups can no longer be made, those of networks can' ELSE '' END AS reason
FROM judged AS j
