-- title = "Critical data encrypted with platform keys"
-- severity = "low"
-- subject = "azure_subscription"
-- tables = ["azure_subscription", "azure_storage_account", "azure_managed_disk", "azure_sql_database", "azure_sql_database_transparent_data_encryption", "azure_cosmosdb_account"]
-- controls = [
--   "cis_azure_4_0_0:2.1.1.1.1", "nist_800_53_r5:SC-13", "nist_800_53_r5:SC-28", "iso_27001_2022:A.8.24", "pci_dss_4_0:3.5.1",
--   "soc_2:CC6.1",
-- ]
-- rationale = "Data at rest that is not encrypted can be read from a lost disk or a copied file. Storage, managed disks and Cosmos DB are always encrypted; a SQL database is only while transparent data encryption is on. The auditor gets the counts and the databases without it."
-- remediation = "az sql db tde set --database NAME --server SERVER --resource-group GROUP --status Enabled"
-- references = ["https://learn.microsoft.com/azure/security/fundamentals/encryption-atrest", "https://learn.microsoft.com/azure/azure-sql/database/transparent-data-encryption-tde-overview"]
-- [[case]]
-- title = "everything encrypted; master does not count"
-- given.azure_subscription = [{ }]
-- given.azure_storage_account = [{ name = "st" }]
-- given.azure_managed_disk = [{ name = "d" }]
-- given.azure_cosmosdb_account = [{ name = "c" }]
-- given.azure_sql_database = [
--   { id = "/x/sql/db", name = "db" },
--   { id = "/x/sql/master", name = "master" },
-- ]
-- given.azure_sql_database_transparent_data_encryption = [{ name = "current", _parent_id = "/x/sql/db", state = "Enabled" }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "manual" }
-- [[case]]
-- title = "a database without encryption"
-- given.azure_subscription = [{ }]
-- given.azure_sql_database = [{ id = "/x/sql/db", name = "db" }]
-- given.azure_sql_database_transparent_data_encryption = [{ name = "current", _parent_id = "/x/sql/db", state = "Disabled" }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "manual" }
-- [[case]]
-- title = "a database whose encryption is not told, or not readable"
-- given.azure_subscription = [{ }]
-- given.azure_sql_database = [
--   { id = "/x/sql/db", name = "db" },
--   { id = "/x/sql/dc", name = "dc" },
-- ]
-- given.azure_sql_database_transparent_data_encryption = [{ name = "current", _parent_id = "/x/sql/dc", _gaps = ["state"] }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "manual" }
-- [[case]]
-- title = "nothing to encrypt"
-- given.azure_subscription = [{ }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "manual" }
-- [[case]]
-- title = "no subscription row"
-- given.azure_subscription = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "not_applicable" }
-- [[case]]
-- title = "encryption of databases denied: the row stays, marked incomplete"
-- ledger = [{ table = "azure_sql_database_transparent_data_encryption", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_subscription = [{ }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "manual" }
WITH item AS (
    SELECT s.subscription_id, 'storage account' AS kind, s.id, 1 AS good, 0 AS unread FROM azure_storage_account AS s
    UNION ALL
    SELECT d.subscription_id, 'managed disk', d.id, 1, 0 FROM azure_managed_disk AS d
    UNION ALL
    SELECT c.subscription_id, 'Cosmos DB account', c.id, 1, 0 FROM azure_cosmosdb_account AS c
    UNION ALL
    SELECT b.subscription_id, 'SQL database', b.id,
           CASE WHEN lower(trim(e.state)) = 'enabled' THEN 1 ELSE 0 END,
           CASE WHEN e.id IS NULL OR list_contains(e._gaps, 'state') THEN 1 ELSE 0 END
    FROM azure_sql_database AS b
    LEFT JOIN azure_sql_database_transparent_data_encryption AS e ON e._parent_id = b.id
    WHERE lower(b.name) <> 'master'
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
            ELSE 'encrypted at rest: ' || m.n_good || ' of ' || m.n_all || ' (' || array_to_string(k.services, ', ') || ')'
                 || CASE WHEN m.n_unread > 0 THEN '; not readable: ' || m.n_unread ELSE '' END
       END AS reason,
       n.display_name AS resource_name, k.services, m.n_all - m.n_good AS not_encrypted, m.without AS first_200_not_encrypted
FROM azure_subscription AS n
LEFT JOIN summed AS m ON m.subscription_id = n.subscription_id
LEFT JOIN per_kind AS k ON k.subscription_id = n.subscription_id
