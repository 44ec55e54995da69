-- title = "Storage encrypted with customer key"
-- severity = "medium"
-- subject = "azure_storage_account"
-- tables = ["azure_storage_account"]
-- controls = [
--   "cis_azure_2_0_0:3.12", "cis_azure_2_1_0:3.12", "cis_azure_3_0_0:4.11", "jupiterone_questions:storage_customer_managed_key",
--   "nist_800_53_r5:SC-12", "iso_27001_2022:A.8.5", "iso_27001_2022:A.8.11", "iso_27001_2022:A.8.24", "pci_dss_4_0:3.6.1",
--   "pci_dss_4_0:3.7.1", "soc_2:CC6.7", "soc_2:CC7.5", "soc_2:PI1.4", "soc_2:PI1.5", "mitre_attack:T1530",
-- ]
-- rationale = "With a Microsoft key nobody but Microsoft can withdraw access to the data at rest. A key of your own in a vault can be turned off, rotated and watched; the data then depends on that vault."
-- remediation = "az storage account update --name NAME --resource-group GROUP --encryption-key-source Microsoft.Keyvault --encryption-key-vault https://VAULT.vault.azure.net --encryption-key-name KEY, with a managed identity that may wrap and unwrap with the key, and purge protection on the vault."
-- references = ["https://learn.microsoft.com/azure/storage/common/customer-managed-keys-overview"]
-- [[case]]
-- title = "key in a vault"
-- given.azure_storage_account = [
--   { name = "a", encryption_key_source = "Microsoft.Keyvault", encryption_keyvaultproperties_keyname = "k", encryption_keyvaultproperties_keyvaulturi = "https://v.vault.azure.net" },
-- ]
-- expect = { a = "pass" }
-- [[case]]
-- title = "Microsoft key"
-- given.azure_storage_account = [{ name = "a", encryption_key_source = "Microsoft.Storage" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "no key source means a Microsoft key"
-- given.azure_storage_account = [{ name = "a" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "other letter case"
-- given.azure_storage_account = [
--   { name = "a", encryption_key_source = "microsoft.keyvault", encryption_keyvaultproperties_keyname = "k" },
--   { name = "b", encryption_key_source = "MICROSOFT.STORAGE" },
-- ]
-- expect = { a = "pass", b = "fail" }
-- [[case]]
-- title = "a vault without the name of a key"
-- given.azure_storage_account = [
--   { name = "a", encryption_key_source = "Microsoft.Keyvault" },
--   { name = "b", encryption_key_source = "Microsoft.Keyvault", encryption_keyvaultproperties_keyname = " " },
-- ]
-- expect = { a = "fail", b = "fail" }
-- [[case]]
-- title = "a key source nobody knows yet"
-- given.azure_storage_account = [{ name = "a", encryption_key_source = "Microsoft.Other", encryption_keyvaultproperties_keyname = "k" }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "not readable: source, then name of the key"
-- given.azure_storage_account = [
--   { name = "a", _gaps = ["encryption_key_source"] },
--   { name = "b", encryption_key_source = "Microsoft.Keyvault", _gaps = ["encryption_keyvaultproperties_keyname"] },
-- ]
-- expect = { a = "unknown", b = "unknown" }
-- [[case]]
-- title = "no account"
-- given.azure_storage_account = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "accounts denied"
-- ledger = [{ table = "azure_storage_account", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_storage_account = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
SELECT s.id AS subject, s.id AS resource_id, s.subscription_id,
       CASE WHEN lower(coalesce(trim(s.encryption_key_source), 'Microsoft.Storage')) = 'microsoft.storage' THEN 'fail'
            WHEN lower(trim(s.encryption_key_source)) = 'microsoft.keyvault'
            THEN CASE WHEN nullif(trim(s.encryption_keyvaultproperties_keyname), '') IS NOT NULL THEN 'pass' ELSE 'fail' END
       END AS verdict,
       CASE WHEN s.encryption_key_source IS NULL THEN 'no key source is given, which means a Microsoft key'
            WHEN lower(trim(s.encryption_key_source)) = 'microsoft.storage' THEN 'encrypted with a Microsoft key'
            WHEN lower(trim(s.encryption_key_source)) <> 'microsoft.keyvault' THEN 'key source not known: ' || s.encryption_key_source
            WHEN nullif(trim(s.encryption_keyvaultproperties_keyname), '') IS NULL THEN 'the key source is a vault, but no key is named'
            ELSE 'encrypted with the key ' || s.encryption_keyvaultproperties_keyname
                 || coalesce(' of ' || s.encryption_keyvaultproperties_keyvaulturi, '')
       END AS reason,
       s.encryption_keyvaultproperties_keyvaulturi AS key_vault,
       s.encryption_services_queue_key_type AS queue_key_type, s.encryption_services_table_key_type AS table_key_type
FROM azure_storage_account AS s
