-- title = "Databricks in customer VNet"
-- severity = "medium"
-- subject = "azure_databricks_workspace"
-- tables = ["azure_databricks_workspace"]
-- controls = [
--   "cis_azure_4_0_0:3.1.1", "cis_azure_5_0_0:2.1.1", "cis_azure_6_0_0:2.1.1", "nist_800_53_r5:AC-4", "nist_800_53_r5:SC-7",
--   "iso_27001_2022:A.8.20", "iso_27001_2022:A.8.22", "pci_dss_4_0:1.3.1", "pci_dss_4_0:1.4.2", "soc_2:CC6.6",
-- ]
-- rationale = "In a network that Databricks manages nobody can set routes, firewalls or flow logs for the nodes, so data can leave unseen. In a virtual network of one's own the usual controls apply."
-- remediation = "The network is chosen when a workspace is made: az databricks workspace create --vnet VNET_ID --public-subnet PUBLIC --private-subnet PRIVATE ... Some workspaces can be moved: Azure portal > Databricks workspace > Networking."
-- references = ["https://learn.microsoft.com/azure/databricks/security/network/classic/vnet-inject"]
-- [[case]]
-- title = "own network"
-- given.azure_databricks_workspace = [{ name = "a", parameters_custom_virtual_network_id_value = "/x/vnet" }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "network that Databricks manages"
-- given.azure_databricks_workspace = [{ name = "a", parameters_vnet_address_prefix_value = "10.139" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "empty is the same as absent"
-- given.azure_databricks_workspace = [{ name = "a", parameters_custom_virtual_network_id_value = "" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "serverless, in any letter case"
-- given.azure_databricks_workspace = [{ name = "a", compute_mode = "Serverless" }, { name = "b", compute_mode = "SERVERLESS" }]
-- expect = { a = "not_applicable", b = "not_applicable" }
-- [[case]]
-- title = "hybrid compute is judged"
-- given.azure_databricks_workspace = [{ name = "a", compute_mode = "Hybrid" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "network, or compute mode, not readable"
-- given.azure_databricks_workspace = [{ name = "a", _gaps = ["parameters_custom_virtual_network_id_value"] }, { name = "b", _gaps = ["compute_mode"] }]
-- expect = { a = "unknown", b = "unknown" }
-- [[case]]
-- title = "no workspace"
-- given.azure_databricks_workspace = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "workspaces denied"
-- ledger = [{ table = "azure_databricks_workspace", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_databricks_workspace = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
SELECT d.id AS subject, d.id AS resource_id, d.subscription_id,
       CASE WHEN lower(trim(d.compute_mode)) = 'serverless' THEN 'not_applicable'
            WHEN nullif(trim(d.parameters_custom_virtual_network_id_value), '') IS NOT NULL THEN 'pass'
            ELSE 'fail'
       END AS verdict,
       CASE WHEN lower(trim(d.compute_mode)) = 'serverless' THEN 'a serverless workspace has no network of its own'
            WHEN nullif(trim(d.parameters_custom_virtual_network_id_value), '') IS NOT NULL THEN 'virtual network ' || d.parameters_custom_virtual_network_id_value
            ELSE 'no virtual network is named, which means one that Databricks manages'
       END AS reason,
       d.parameters_custom_virtual_network_id_value AS virtual_network_id, d.compute_mode
FROM azure_databricks_workspace AS d
