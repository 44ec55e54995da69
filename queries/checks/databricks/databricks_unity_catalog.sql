-- title = "Databricks Unity Catalog in use"
-- severity = "low"
-- subject = "azure_databricks_workspace"
-- tables = ["azure_databricks_workspace"]
-- controls = [
--   "cis_azure_4_0_0:3.1.5", "cis_azure_5_0_0:2.1.5", "cis_azure_6_0_0:2.1.5", "nist_800_53_r5:CM-2", "nist_800_53_r5:CM-6",
--   "iso_27001_2022:A.8.9", "pci_dss_4_0:2.2.1", "soc_2:CC7.1", "soc_2:CC8.1",
-- ]
-- rationale = "Unity Catalog keeps permissions, audit and lineage of data in one place. Without it each workspace has its own, and access to tables is hard to review. Azure tells what the workspace began with, not which metastore it is assigned to; the auditor confirms that."
-- remediation = "Databricks account console > Catalog > metastore of the region > Workspaces: assign the workspace."
-- references = ["https://learn.microsoft.com/azure/databricks/data-governance/unity-catalog/get-started"]
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
-- title = "began with Unity Catalog, and with the Hive metastore"
-- given.azure_databricks_workspace = [{ name = "a", default_catalog_initial_type = "UnityCatalog", is_uc_enabled = true }, { name = "b", default_catalog_initial_type = "HiveMetastore", is_uc_enabled = false }]
-- expect = { a = "manual", b = "manual" }
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
       'confirm that a Unity Catalog metastore is assigned; initial catalog type: '
         || coalesce(d.default_catalog_initial_type, 'not told') || ', Unity Catalog enabled: '
         || CASE WHEN d.is_uc_enabled THEN 'yes' WHEN NOT d.is_uc_enabled THEN 'no' ELSE 'not told' END AS reason,
       d.workspace_url, d.sku_name, d.compute_mode,
       d.default_catalog_initial_type AS initial_catalog_type, d.is_uc_enabled
FROM azure_databricks_workspace AS d
