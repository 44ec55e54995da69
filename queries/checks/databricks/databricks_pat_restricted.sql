-- title = "Databricks personal tokens restricted"
-- severity = "medium"
-- subject = "azure_databricks_workspace"
-- tables = ["azure_databricks_workspace"]
-- controls = [
--   "cis_azure_4_0_0:3.1.6", "cis_azure_5_0_0:2.1.6", "cis_azure_6_0_0:2.1.6", "nist_800_53_r5:IA-5", "nist_800_53_r5:SC-12",
--   "iso_27001_2022:A.5.17", "iso_27001_2022:A.8.24", "pci_dss_4_0:3.7.4", "pci_dss_4_0:8.6.3", "soc_2:CC6.1",
-- ]
-- rationale = "A personal access token works without a second factor and from any place, for as long as it lives. Who may make tokens, and for how long, is set inside the workspace, where Azure does not look."
-- remediation = "Workspace settings > Advanced > Personal access tokens: switch them off or give the permission to few; set maxTokenLifetimeDays by the workspace configuration API."
-- references = ["https://learn.microsoft.com/azure/databricks/admin/access-control/tokens"]
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
       'review who may use personal access tokens and their longest lifetime: '
         || coalesce('https://' || d.workspace_url || ' > Settings > Advanced', 'workspace settings > Advanced') AS reason,
       d.workspace_url, d.sku_name, d.compute_mode
FROM azure_databricks_workspace AS d
