-- title = "Critical data encrypted with customer keys"
-- severity = "medium"
-- subject = "azure_subscription"
-- tables = ["azure_subscription", "azure_storage_account", "azure_managed_disk", "azure_sql_server", "azure_sql_server_encryption_protector", "azure_cosmosdb_account", "azure_databricks_workspace"]
-- controls = [
--   "cis_azure_4_0_0:2.1.1.2.1", "nist_800_53_r5:SC-12", "nist_800_53_r5:SC-28", "iso_27001_2022:A.8.5", "iso_27001_2022:A.8.11",
--   "iso_27001_2022:A.8.24", "pci_dss_4_0:3.6.1", "pci_dss_4_0:3.7.1", "soc_2:CC6.7", "soc_2:CC7.5", "soc_2:PI1.4",
--   "soc_2:PI1.5", "mitre_attack:T1530",
-- ]
-- rationale = "With keys of its own the organisation decides who can read its data at rest, and can end access by withdrawing a key. Which data is critical enough for that only the organisation knows, so the auditor gets the list of what has a customer key and what has not."
-- remediation = "For example: az storage account update --ids ID --encryption-key-source Microsoft.Keyvault --encryption-key-vault VAULT_URI --encryption-key-name KEY; az disk update --ids ID --encryption-type EncryptionAtRestWithCustomerKey --disk-encryption-set SET_ID; az sql server tde-key set --server NAME --resource-group GROUP --server-key-type AzureKeyVault --kid KEY_ID"
-- references = ["https://learn.microsoft.com/azure/security/fundamentals/encryption-models"]
-- [[case]]
-- title = "one of each with a customer key"
-- given.azure_subscription = [{ }]
-- given.azure_storage_account = [{ name = "st", encryption_key_source = "Microsoft.Keyvault" }]
-- given.azure_managed_disk = [{ name = "d", encryption_type = "EncryptionAtRestWithCustomerKey" }]
-- given.azure_sql_server = [{ id = "/x/sql" }]
-- given.azure_sql_server_encryption_protector = [{ name = "current", _parent_id = "/x/sql", server_key_type = "AzureKeyVault" }]
-- given.azure_cosmosdb_account = [{ name = "c", key_vault_key_uri = "https://v.vault.azure.net/keys/k" }]
-- given.azure_databricks_workspace = [{ name = "w", encryption_entities_managed_services_key_source = "Microsoft.Keyvault" }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "manual" }
-- [[case]]
-- title = "one of each on a platform key"
-- given.azure_subscription = [{ }]
-- given.azure_storage_account = [{ name = "st" }]
-- given.azure_managed_disk = [{ name = "d" }]
-- given.azure_sql_server = [{ id = "/x/sql" }]
-- given.azure_sql_server_encryption_protector = [{ name = "current", _parent_id = "/x/sql", server_key_type = "ServiceManaged" }]
-- given.azure_cosmosdb_account = [{ name = "c" }]
-- given.azure_databricks_workspace = [{ name = "w" }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "manual" }
-- [[case]]
-- title = "nothing to encrypt"
-- given.azure_subscription = [{ }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "manual" }
-- [[case]]
-- title = "two subscriptions"
-- given.azure_subscription = [
--   { },
--   { subscription_id = "22222222-2222-4222-8222-222222222222" },
-- ]
-- given.azure_storage_account = [{ name = "st", subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "manual", "22222222-2222-4222-8222-222222222222" = "manual" }
-- [[case]]
-- title = "key source not readable"
-- given.azure_subscription = [{ }]
-- given.azure_storage_account = [{ name = "st", _gaps = ["encryption_key_source"] }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "manual" }
-- [[case]]
-- title = "no subscription row"
-- given.azure_subscription = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "not_applicable" }
-- [[case]]
-- title = "disks denied: the row stays, marked incomplete"
-- ledger = [{ table = "azure_managed_disk", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_subscription = [{ }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "manual" }
WITH item AS (
    SELECT s.subscription_id, 'storage account' AS kind, s.id,
           CASE WHEN lower(trim(s.encryption_key_source)) = 'microsoft.keyvault' THEN 1 ELSE 0 END AS good,
           CASE WHEN list_contains(s._gaps, 'encryption_key_source') THEN 1 ELSE 0 END AS unread
    FROM azure_storage_account AS s
    UNION ALL
    SELECT d.subscription_id, 'managed disk', d.id,
           CASE WHEN lower(trim(d.encryption_type)) IN ('encryptionatrestwithcustomerkey', 'encryptionatrestwithplatformandcustomerkeys') THEN 1 ELSE 0 END,
           CASE WHEN list_contains(d._gaps, 'encryption_type') THEN 1 ELSE 0 END
    FROM azure_managed_disk AS d
    UNION ALL
    SELECT q.subscription_id, 'SQL server', q.id,
           CASE WHEN lower(trim(k.server_key_type)) = 'azurekeyvault' THEN 1 ELSE 0 END,
           CASE WHEN k.id IS NULL OR list_contains(k._gaps, 'server_key_type') THEN 1 ELSE 0 END
    FROM azure_sql_server AS q
    LEFT JOIN azure_sql_server_encryption_protector AS k ON k._parent_id = q.id
    UNION ALL
    SELECT c.subscription_id, 'Cosmos DB account', c.id,
           CASE WHEN nullif(trim(c.key_vault_key_uri), '') IS NOT NULL THEN 1 ELSE 0 END,
           CASE WHEN list_contains(c._gaps, 'key_vault_key_uri') THEN 1 ELSE 0 END
    FROM azure_cosmosdb_account AS c
    UNION ALL
    SELECT w.subscription_id, 'Databricks workspace', w.id,
           CASE WHEN lower(trim(w.encryption_entities_managed_disk_key_source)) = 'microsoft.keyvault'
                  OR lower(trim(w.encryption_entities_managed_services_key_source)) = 'microsoft.keyvault'
                  OR lower(trim(w.parameters_encryption_value_key_source)) = 'microsoft.keyvault' THEN 1 ELSE 0 END,
           CASE WHEN list_contains(w._gaps, 'encryption_entities_managed_disk_key_source')
                  OR list_contains(w._gaps, 'encryption_entities_managed_services_key_source')
                  OR list_contains(w._gaps, 'parameters_encryption_value_key_source') THEN 1 ELSE 0 END
    FROM azure_databricks_workspace AS w
),
-- A list in a report should end somewhere; the counts are of all.
placed AS (
    SELECT i.subscription_id, i.kind, i.good, i.unread,
           i.id || CASE WHEN i.unread = 1 THEN ' (not readable)' ELSE '' END AS line,
           row_number() OVER (PARTITION BY i.subscription_id, i.good ORDER BY i.kind, i.id) AS place
    FROM item AS i
),
summed AS (
    SELECT i.subscription_id, count(*) AS n_all, sum(i.good) AS n_good, sum(i.unread) AS n_unread,
           list_sort(list(i.line) FILTER (WHERE i.good = 0 AND i.place <= 200)) AS without
    FROM placed AS i
    GROUP BY i.subscription_id
),
per_kind AS (
    SELECT k.subscription_id, list_sort(list(k.line)) AS services
    FROM (SELECT i.subscription_id, i.kind || ': ' || sum(i.good) || ' of ' || count(*) AS line
          FROM item AS i
          GROUP BY i.subscription_id, i.kind) AS k
    GROUP BY k.subscription_id
)
SELECT n.id AS subject, n.id AS resource_id, n.subscription_id,
       'manual' AS verdict,
       CASE WHEN m.n_all IS NULL THEN 'the subscription holds none of the data services that are looked at'
            ELSE 'with a customer key: ' || m.n_good || ' of ' || m.n_all || ' (' || array_to_string(k.services, ', ') || ')'
                 || CASE WHEN m.n_unread > 0 THEN '; not readable: ' || m.n_unread ELSE '' END
       END AS reason,
       n.display_name AS resource_name, k.services, m.n_all - m.n_good AS without_customer_key, m.without AS first_200_without
FROM azure_subscription AS n
LEFT JOIN summed AS m ON m.subscription_id = n.subscription_id
LEFT JOIN per_kind AS k ON k.subscription_id = n.subscription_id
