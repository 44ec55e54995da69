-- title = "Databricks worker traffic encrypted"
-- severity = "low"
-- subject = "azure_databricks_workspace"
-- tables = ["azure_databricks_workspace"]
-- controls = [
--   "cis_azure_4_0_0:3.1.3", "cis_azure_5_0_0:2.1.3", "cis_azure_6_0_0:2.1.3", "nist_800_53_r5:SC-8", "nist_800_53_r5:SC-13",
--   "iso_27001_2022:A.8.24", "pci_dss_4_0:4.2.1", "soc_2:CC6.7",
-- ]
-- rationale = "Nodes of a cluster exchange data in plain text unless an init script and spark settings turn encryption on. Who listens on the network reads it. The settings belong to each cluster and cannot be seen from Azure."
-- remediation = "Clusters with sensitive data: an init script that makes the keystore, and spark.authenticate true, spark.network.crypto.enabled true (or spark.ssl.enabled true) in the Spark configuration."
-- references = ["https://learn.microsoft.com/azure/databricks/security/keys/encrypt-otw"]
-- [[case]]
-- title = "a workspace is for the auditor"
-- given.azure_databricks_workspace = [{ name = "a", sku_name = "premium", workspace_url = "adb-1.2.azuredatabricks.net" }]
-- expect = { a = "manual" }
-- [[case]]
-- title = "several workspaces, serverless too"
-- given.azure_databricks_workspace = [{ name = "a" }, { name = "b", compute_mode = "Serverless" }]
-- expect = { a = "manual", b = "manual" }
-- [[case]]
-- title = "nothing but the name is known"
-- given.azure_databricks_workspace = [{ name = "a" }]
-- expect = { a = "manual" }
-- [[case]]
-- title = "with the compliance security profile, which is shown"
-- given.azure_databricks_workspace = [{ name = "a", enhanced_security_compliance_compliance_security_profile_value = "Enabled" }]
-- expect = { a = "manual" }
-- [[case]]
-- title = "a value that could not be read"
-- given.azure_databricks_workspace = [{ name = "a", _gaps = ["workspace_url", "sku_name"] }]
-- expect = { a = "manual" }
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
       'manual' AS verdict,
       'review init scripts and spark encryption settings of the clusters: '
         || coalesce('https://' || d.workspace_url || ' > Compute', 'workspace > Compute') AS reason,
       d.workspace_url, d.sku_name, d.compute_mode,
       d.enhanced_security_compliance_compliance_security_profile_value AS compliance_security_profile
FROM azure_databricks_workspace AS d
