-- title = "Activity log storage uses customer key"
-- severity = "medium"
-- subject = "azure_storage_account"
-- tables = ["azure_storage_account", "azure_subscription_diagnostic_setting"]
-- controls = [
--   "cis_azure_2_0_0:5.1.4", "cis_azure_2_1_0:5.1.3", "cis_azure_3_0_0:6.1.3", "cis_azure_4_0_0:7.1.1.3",
--   "cis_azure_5_0_0:6.1.1.3", "cis_azure_6_0_0:6.1.1.3", "jupiterone_questions:activity_log_storage_own_key",
--   "nist_800_53_r5:SC-12", "nist_800_53_r5:SC-28", "iso_27001_2022:A.5.16", "iso_27001_2022:A.5.22", "iso_27001_2022:A.8.11",
--   "iso_27001_2022:A.8.15", "iso_27001_2022:A.8.24", "pci_dss_4_0:3.6.1", "pci_dss_4_0:3.7.1", "soc_2:A1.1", "soc_2:CC6.7",
--   "soc_2:CC7.2", "soc_2:CC7.3", "soc_2:CC8.1", "soc_2:PI1.4",
-- ]
-- rationale = "With a key of its own the organisation decides who can read the exported activity log, and can lock it by withdrawing the key. With the platform's key only Azure's access rules stand between."
-- remediation = "az storage account update --ids ACCOUNT_ID --encryption-key-source Microsoft.Keyvault --encryption-key-vault https://VAULT.vault.azure.net --encryption-key-name KEY"
-- references = ["https://learn.microsoft.com/azure/storage/common/customer-managed-keys-overview"]
-- [[case]]
-- title = "customer key, in other letter case too"
-- given.azure_subscription_diagnostic_setting = [{ name = "d", storage_account_id = "/x/s" }, { name = "e", storage_account_id = "/x/t" }]
-- given.azure_storage_account = [
--   { id = "/x/s", encryption_key_source = "Microsoft.Keyvault", encryption_keyvaultproperties_keyname = "k", encryption_keyvaultproperties_keyvaulturi = "https://v.vault.azure.net" },
--   { id = "/x/t", encryption_key_source = "microsoft.keyVault", encryption_keyvaultproperties_keyname = "k" },
-- ]
-- expect = { s = "pass", t = "pass" }
-- [[case]]
-- title = "key of the platform, said so or absent"
-- given.azure_subscription_diagnostic_setting = [{ name = "d", storage_account_id = "/x/s" }, { name = "e", storage_account_id = "/x/t" }]
-- given.azure_storage_account = [{ id = "/x/s", encryption_key_source = "Microsoft.Storage" }, { id = "/x/t" }]
-- expect = { s = "fail", t = "fail" }
-- [[case]]
-- title = "key vault as the source, but no key"
-- given.azure_subscription_diagnostic_setting = [{ name = "d", storage_account_id = "/x/s" }]
-- given.azure_storage_account = [{ id = "/x/s", encryption_key_source = "Microsoft.Keyvault" }]
-- expect = { s = "fail" }
-- [[case]]
-- title = "an account of the same name elsewhere is not the one; accounts without the log are no subjects"
-- given.azure_subscription_diagnostic_setting = [{ name = "d", storage_account_id = "/subscriptions/77777777-7777-4777-8777-777777777777/resourcegroups/rg/providers/microsoft.storage/storageaccounts/logs" }]
-- given.azure_storage_account = [{ name = "logs", encryption_key_source = "Microsoft.Keyvault", encryption_keyvaultproperties_keyname = "k" }, { name = "other", _gaps = ["encryption_key_source"] }]
-- expect = { logs = "unknown", "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "key source, or name of the key, not readable"
-- given.azure_subscription_diagnostic_setting = [{ name = "d", storage_account_id = "/x/s" }, { name = "e", storage_account_id = "/x/t" }]
-- given.azure_storage_account = [{ id = "/x/s", _gaps = ["encryption_key_source"] }, { id = "/x/t", encryption_key_source = "Microsoft.Keyvault", _gaps = ["encryption_keyvaultproperties_keyname"] }]
-- expect = { s = "unknown", t = "unknown" }
-- [[case]]
-- title = "the destination of a setting not readable"
-- given.azure_subscription_diagnostic_setting = [{ name = "d", storage_account_id = "/x/s" }, { name = "e", _gaps = ["storage_account_id"] }]
-- given.azure_storage_account = [{ id = "/x/s", encryption_key_source = "Microsoft.Keyvault", encryption_keyvaultproperties_keyname = "k" }]
-- expect = { s = "unknown" }
-- [[case]]
-- title = "no setting names a storage account"
-- given.azure_subscription_diagnostic_setting = [{ name = "d", workspace_id = "/x/w" }]
-- given.azure_storage_account = [{ id = "/x/s" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "accounts denied"
-- ledger = [{ table = "azure_storage_account", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_subscription_diagnostic_setting = [{ name = "d", storage_account_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.storage/storageaccounts/s" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "settings denied"
-- ledger = [{ table = "azure_subscription_diagnostic_setting", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_storage_account = [{ id = "/x/s" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
WITH target AS (
    SELECT d.storage_account_id AS account_id, list_sort(list(DISTINCT d.subscription_id)) AS subscriptions
    FROM azure_subscription_diagnostic_setting AS d
    WHERE nullif(trim(d.storage_account_id), '') IS NOT NULL
    GROUP BY d.storage_account_id
),
account AS (
    SELECT s.id, s.subscription_id, lower(trim(s.encryption_key_source)) AS key_source,
           coalesce(nullif(trim(s.encryption_keyvaultproperties_keyname), ''), nullif(trim(s.encryption_keyvaultproperties_keyvaulturi), '')) AS key_of_customer,
           coalesce(list_contains(s._gaps, 'encryption_key_source'), FALSE) AS source_gap,
           coalesce(list_contains(s._gaps, 'encryption_keyvaultproperties_keyname') OR list_contains(s._gaps, 'encryption_keyvaultproperties_keyvaulturi'), FALSE) AS key_gap
    FROM azure_storage_account AS s
)
SELECT t.account_id AS subject, t.account_id AS resource_id,
       coalesce(a.subscription_id, nullif(regexp_extract(t.account_id, '^/subscriptions/([^/]+)', 1), '')) AS subscription_id,
       CASE WHEN a.id IS NULL OR a.source_gap THEN NULL
            WHEN coalesce(a.key_source, 'microsoft.storage') <> 'microsoft.keyvault' THEN 'fail'
            WHEN a.key_of_customer IS NOT NULL THEN 'pass'
            WHEN a.key_gap THEN NULL
            ELSE 'fail'
       END AS verdict,
       CASE WHEN a.id IS NULL THEN 'the storage account is not in the snapshot'
            WHEN a.source_gap THEN 'whose key encrypts the account could not be read'
            WHEN a.key_source IS NULL THEN 'the key source is absent, which means a key of the platform'
            WHEN a.key_source <> 'microsoft.keyvault' THEN 'key source ' || a.key_source || ': a key of the platform'
            WHEN a.key_of_customer IS NOT NULL THEN 'encrypted with a customer key: ' || a.key_of_customer
            WHEN a.key_gap THEN 'the customer key could not be read'
            ELSE 'the key source is a key vault, but no key is named'
       END AS reason,
       t.subscriptions AS log_of_subscriptions
FROM target AS t
LEFT JOIN account AS a ON a.id = t.account_id
