-- title = "SQL encryption keys protected by a customer key"
-- severity = "medium"
-- subject = "azure_sql_server"
-- tables = ["azure_sql_server", "azure_sql_server_encryption_protector"]
-- optional = ["azure_sql_database"]
-- controls = [
--   "cis_azure_2_0_0:4.1.3", "cis_azure_2_1_0:4.1.3", "cis_azure_3_0_0:5.1.3", "jupiterone_questions:sql_tde_own_key",
--   "nist_800_53_r5:SC-12", "iso_27001_2022:A.8.12", "iso_27001_2022:A.8.24", "pci_dss_4_0:3.6.1", "pci_dss_4_0:3.7.1",
--   "soc_2:CC6.2", "soc_2:CC6.7", "soc_2:PI1.4", "mitre_attack:T1040", "mitre_attack:T1119", "mitre_attack:T1530",
-- ]
-- rationale = "With a key of their own in Key Vault customers decide who may use it and can withdraw it. The protector of the server holds for every database that has no key of its own, those made tomorrow included."
-- remediation = "az sql server tde-key set --resource-group GROUP --server SERVER --server-key-type AzureKeyVault --kid KEY_ID, after giving the server's identity the right to use the key"
-- references = ["https://learn.microsoft.com/azure/azure-sql/database/transparent-data-encryption-byok-overview"]
-- [[case]]
-- title = "customer key"
-- given.azure_sql_server = [{ id = "/x/s" }]
-- given.azure_sql_server_encryption_protector = [{ name = "current", _parent_id = "/x/s", server_key_type = "AzureKeyVault", uri = "https://v.vault.azure.net/keys/k/1" }]
-- expect = { s = "pass" }
-- [[case]]
-- title = "key of the service"
-- given.azure_sql_server = [{ id = "/x/s" }]
-- given.azure_sql_server_encryption_protector = [{ name = "current", _parent_id = "/x/s", server_key_type = "ServiceManaged", server_key_name = "ServiceManaged" }]
-- expect = { s = "fail" }
-- [[case]]
-- title = "other letter case"
-- given.azure_sql_server = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_sql_server_encryption_protector = [{ name = "p1", _parent_id = "/x/a", server_key_type = "azurekeyvault" }, { name = "p2", _parent_id = "/x/b", server_key_type = "SERVICEMANAGED" }]
-- expect = { a = "pass", b = "fail" }
-- [[case]]
-- title = "databases with keys of their own do not change the protector of the server"
-- given.azure_sql_server = [{ id = "/x/s" }]
-- given.azure_sql_server_encryption_protector = [{ name = "current", _parent_id = "/x/s", server_key_type = "ServiceManaged" }]
-- given.azure_sql_database = [{ id = "/x/s/databases/shop", name = "shop", _parent_id = "/x/s", encryption_protector = "https://v.vault.azure.net/keys/k/1" }]
-- expect = { s = "fail" }
-- [[case]]
-- title = "the protector is missing"
-- given.azure_sql_server = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_sql_server_encryption_protector = [{ name = "current", _parent_id = "/x/b", server_key_type = "AzureKeyVault" }]
-- expect = { a = "unknown", b = "pass" }
-- [[case]]
-- title = "the kind of key is absent, or one nobody knows"
-- given.azure_sql_server = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_sql_server_encryption_protector = [{ name = "p1", _parent_id = "/x/a", kind = "azurekeyvault" }, { name = "p2", _parent_id = "/x/b", server_key_type = "ManagedHsm" }]
-- expect = { a = "unknown", b = "unknown" }
-- [[case]]
-- title = "not readable"
-- given.azure_sql_server = [{ id = "/x/s" }]
-- given.azure_sql_server_encryption_protector = [{ name = "current", _parent_id = "/x/s", server_key_type = "AzureKeyVault", _gaps = ["server_key_type"] }]
-- expect = { s = "unknown" }
-- [[case]]
-- title = "no server"
-- given.azure_sql_server = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "servers denied"
-- ledger = [{ table = "azure_sql_server", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_sql_server = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "protectors denied"
-- ledger = [{ table = "azure_sql_server_encryption_protector", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_sql_server = [{ id = "/x/s" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "protector of one server denied"
-- ledger = [{ table = "azure_sql_server_encryption_protector", parent = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.sql/servers/a", status = "denied" }]
-- given.azure_sql_server = [{ name = "a" }, { name = "b" }]
-- given.azure_sql_server_encryption_protector = [{ name = "current", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.sql/servers/b", server_key_type = "ServiceManaged" }]
-- expect = { a = "unknown", b = "fail" }
WITH own AS (
    SELECT regexp_replace(lower(d.id), '/databases/[^/]*$', '') AS server_id, list_sort(list(DISTINCT d.name)) AS databases
    FROM azure_sql_database AS d
    WHERE nullif(trim(d.encryption_protector), '') IS NOT NULL AND NOT coalesce(list_contains(d._gaps, 'encryption_protector'), FALSE)
    GROUP BY 1
),
protector AS (
    SELECT lower(p._parent_id) AS server_id, lower(trim(p.server_key_type)) AS key_type,
           coalesce(list_contains(p._gaps, 'server_key_type'), FALSE) AS unread,
           CASE WHEN NOT coalesce(list_contains(p._gaps, 'uri'), FALSE) THEN p.uri END AS uri
    FROM azure_sql_server_encryption_protector AS p
)
SELECT s.id AS subject, s.id AS resource_id, s.subscription_id,
       CASE WHEN p.server_id IS NULL OR p.unread THEN NULL
            WHEN p.key_type = 'azurekeyvault' THEN 'pass'
            WHEN p.key_type = 'servicemanaged' THEN 'fail'
       END AS verdict,
       CASE WHEN p.server_id IS NULL THEN 'the key protector of the server is not in the snapshot'
            WHEN p.unread THEN 'the kind of key could not be read'
            WHEN p.key_type IS NULL THEN 'the answer does not say what kind of key it is'
            WHEN p.key_type = 'azurekeyvault' THEN 'the protector is a customer key' || coalesce(': ' || p.uri, '')
            WHEN p.key_type = 'servicemanaged'
            THEN 'the protector is a key of the service' || CASE WHEN o.server_id IS NULL THEN '' ELSE '; databases with a key of their own: ' || array_length(o.databases) END
            ELSE 'the kind of key is not known: ' || p.key_type
       END AS reason,
       p.uri AS key_uri, o.databases AS databases_with_own_key
FROM azure_sql_server AS s
LEFT JOIN protector AS p ON p.server_id = s.id
LEFT JOIN own AS o ON o.server_id = s.id
