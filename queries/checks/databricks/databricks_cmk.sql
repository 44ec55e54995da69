-- title = "Databricks uses customer-managed keys"
-- severity = "medium"
-- subject = "azure_databricks_workspace"
-- tables = ["azure_databricks_workspace"]
-- controls = [
--   "cis_azure_4_0_0:3.1.8", "cis_azure_5_0_0:2.1.8", "cis_azure_6_0_0:2.1.8", "nist_800_53_r5:SC-12", "nist_800_53_r5:SC-28",
--   "iso_27001_2022:A.8.24", "pci_dss_4_0:3.6.1", "pci_dss_4_0:3.7.1", "soc_2:CC6.1",
-- ]
-- rationale = "Notebooks and secrets, node disks and the root storage hold the data of a workspace, each under a key of its own. With a customer key the organisation can cut off access to them by withdrawing it. One scope with a customer key passes; the reason names those without."
-- remediation = "az databricks workspace update --ids WORKSPACE_ID --disk-key-source Microsoft.Keyvault --disk-key-vault VAULT_URI --disk-key-name KEY --disk-key-version VERSION (likewise --managed-services-key-source; root storage: --prepare-encryption, then --key-source Microsoft.KeyVault). Needs the premium tier."
-- references = ["https://learn.microsoft.com/azure/databricks/security/keys/customer-managed-keys"]
-- [[case]]
-- title = "all three scopes"
-- given.azure_databricks_workspace = [{ name = "a", encryption_entities_managed_disk_key_source = "Microsoft.Keyvault", encryption_entities_managed_services_key_source = "Microsoft.Keyvault", parameters_encryption_value_key_source = "Microsoft.Keyvault" }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "one scope is enough, in other letter case too"
-- given.azure_databricks_workspace = [{ name = "a", encryption_entities_managed_disk_key_source = "microsoft.keyVault" }, { name = "b", encryption_entities_managed_services_key_source = "Microsoft.Keyvault" }, { name = "c", parameters_encryption_value_key_source = "Microsoft.KeyVault", encryption_entities_managed_disk_key_source = "" }]
-- expect = { a = "pass", b = "pass", c = "pass" }
-- [[case]]
-- title = "none named means Microsoft's keys"
-- given.azure_databricks_workspace = [{ name = "a" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "root storage prepared, but on the default key"
-- given.azure_databricks_workspace = [{ name = "a", parameters_prepare_encryption_value = true, parameters_encryption_value_key_source = "Default" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "one scope not readable: a readable customer key passes, else it is open"
-- given.azure_databricks_workspace = [{ name = "a", encryption_entities_managed_services_key_source = "Microsoft.Keyvault", parameters_encryption_value_key_source = "Default", _gaps = ["encryption_entities_managed_disk_key_source"] }, { name = "b", _gaps = ["encryption_entities_managed_disk_key_source"] }]
-- expect = { a = "pass", b = "unknown" }
-- [[case]]
-- title = "managed services or root storage not readable"
-- given.azure_databricks_workspace = [{ name = "a", _gaps = ["encryption_entities_managed_services_key_source"] }, { name = "b", _gaps = ["parameters_encryption_value_key_source"] }]
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
WITH scope AS (
    SELECT d.id, d.subscription_id,
           coalesce(lower(trim(d.encryption_entities_managed_disk_key_source)) = 'microsoft.keyvault', FALSE) AS disk,
           coalesce(lower(trim(d.encryption_entities_managed_services_key_source)) = 'microsoft.keyvault', FALSE) AS services,
           coalesce(lower(trim(d.parameters_encryption_value_key_source)) = 'microsoft.keyvault', FALSE) AS root,
           coalesce(list_contains(d._gaps, 'encryption_entities_managed_disk_key_source')
                    OR list_contains(d._gaps, 'encryption_entities_managed_services_key_source')
                    OR list_contains(d._gaps, 'parameters_encryption_value_key_source'), FALSE) AS is_gap
    FROM azure_databricks_workspace AS d
)
SELECT s.id AS subject, s.id AS resource_id, s.subscription_id,
       CASE WHEN s.disk OR s.services OR s.root THEN 'pass'
            WHEN s.is_gap THEN NULL
            ELSE 'fail'
       END AS verdict,
       CASE WHEN NOT (s.disk OR s.services OR s.root) AND s.is_gap THEN 'whose keys encrypt the workspace could not be read in full'
            ELSE 'customer key: '
              || coalesce(nullif(concat_ws(', ', CASE WHEN s.disk THEN 'managed disks' END, CASE WHEN s.services THEN 'managed services' END, CASE WHEN s.root THEN 'root storage' END), ''), 'none')
              || '; without: '
              || coalesce(nullif(concat_ws(', ', CASE WHEN NOT s.disk THEN 'managed disks' END, CASE WHEN NOT s.services THEN 'managed services' END, CASE WHEN NOT s.root THEN 'root storage' END), ''), 'none')
              || CASE WHEN s.is_gap THEN ' (not all could be read)' ELSE '' END
       END AS reason,
       s.disk AS managed_disks, s.services AS managed_services, s.root AS root_storage
FROM scope AS s
