-- title = "Databricks nodes without public IP"
-- severity = "high"
-- subject = "azure_databricks_workspace"
-- tables = ["azure_databricks_workspace"]
-- controls = [
--   "cis_azure_5_0_0:2.1.9", "cis_azure_6_0_0:2.1.9", "nist_800_53_r5:AC-4", "nist_800_53_r5:SC-7", "iso_27001_2022:A.8.20",
--   "pci_dss_4_0:1.3.1", "pci_dss_4_0:1.4.2", "soc_2:CC6.6",
-- ]
-- rationale = "Cluster nodes with public addresses can be reached from, and found on, the Internet. With secure cluster connectivity they have none and call the control plane from inside."
-- remediation = "az databricks workspace update --ids WORKSPACE_ID --enable-no-public-ip true (running clusters are stopped; the network needs a way out, such as a NAT gateway)"
-- references = ["https://learn.microsoft.com/azure/databricks/security/network/classic/secure-cluster-connectivity"]
-- [[case]]
-- title = "no public addresses"
-- given.azure_databricks_workspace = [{ name = "a", parameters_enable_no_public_ip_value = true, compute_mode = "Hybrid" }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "public addresses"
-- given.azure_databricks_workspace = [{ name = "a", parameters_enable_no_public_ip_value = false }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "serverless, in any letter case"
-- given.azure_databricks_workspace = [{ name = "a", compute_mode = "Serverless" }, { name = "b", compute_mode = "serverless", parameters_enable_no_public_ip_value = false }]
-- expect = { a = "not_applicable", b = "not_applicable" }
-- [[case]]
-- title = "parameter absent on a classic workspace: the default has changed over the years"
-- given.azure_databricks_workspace = [{ name = "a" }, { name = "b", compute_mode = "Hybrid" }]
-- expect = { a = "unknown", b = "unknown" }
-- [[case]]
-- title = "parameter not readable"
-- given.azure_databricks_workspace = [{ name = "a", _gaps = ["parameters_enable_no_public_ip_value"] }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "compute mode not readable: it may be serverless"
-- given.azure_databricks_workspace = [{ name = "a", parameters_enable_no_public_ip_value = false, _gaps = ["compute_mode"] }]
-- expect = { a = "unknown" }
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
            WHEN d.parameters_enable_no_public_ip_value THEN 'pass'
            WHEN NOT d.parameters_enable_no_public_ip_value THEN 'fail'
       END AS verdict,
       CASE WHEN lower(trim(d.compute_mode)) = 'serverless' THEN 'a serverless workspace has no nodes of its own'
            WHEN d.parameters_enable_no_public_ip_value THEN 'nodes have no public address'
            WHEN NOT d.parameters_enable_no_public_ip_value THEN 'nodes have public addresses'
            ELSE 'the workspace does not tell whether nodes have public addresses'
       END AS reason,
       d.parameters_enable_no_public_ip_value AS no_public_ip, d.compute_mode
FROM azure_databricks_workspace AS d
