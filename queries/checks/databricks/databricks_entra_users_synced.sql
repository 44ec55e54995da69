-- title = "Databricks users synced from Entra"
-- severity = "low"
-- subject = "azure_databricks_workspace"
-- tables = ["azure_databricks_workspace"]
-- controls = [
--   "cis_azure_4_0_0:3.1.4", "cis_azure_5_0_0:2.1.4", "cis_azure_6_0_0:2.1.4", "nist_800_53_r5:AC-2", "nist_800_53_r5:AC-6",
--   "iso_27001_2022:A.5.18", "pci_dss_4_0:7.2.4", "pci_dss_4_0:8.2.6", "soc_2:CC6.2", "soc_2:CC6.3",
-- ]
-- rationale = "Accounts that live in Databricks alone stay when somebody leaves the organisation. Users and groups that come from Entra lose access with the Entra account. Who is in a workspace cannot be seen from Azure, so the auditor compares."
-- remediation = "Databricks account console > Settings > User provisioning, or automatic identity management: provision users and groups from Entra ID; remove the rest."
-- references = ["https://learn.microsoft.com/azure/databricks/admin/users-groups/scim/"]
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
       'compare the users and groups of the workspace with Entra ID: '
         || coalesce('https://' || d.workspace_url || ' > Settings > Identity and access', 'workspace settings > Identity and access') AS reason,
       d.workspace_url, d.sku_name, d.compute_mode
FROM azure_databricks_workspace AS d
