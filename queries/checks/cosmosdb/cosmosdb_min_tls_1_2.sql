-- title = "Cosmos DB minimum TLS 1.2"
-- severity = "medium"
-- subject = "azure_cosmosdb_account"
-- tables = ["azure_cosmosdb_account"]
-- controls = ["nist_800_53_r5:SC-8", "nist_800_53_r5:SC-13", "iso_27001_2022:A.8.24", "pci_dss_4_0:4.2.1", "soc_2:CC6.7"]
-- rationale = "TLS 1.0 and 1.1 have known weaknesses. Accounts made before the setting came may take them; what an account does not state is not known to be safe."
-- remediation = "az cosmosdb update --resource-group GROUP --name ACCOUNT --minimal-tls-version Tls12"
-- references = ["https://learn.microsoft.com/azure/cosmos-db/self-serve-minimum-tls-enforcement"]
-- [[case]]
-- title = "1.2 and 1.3"
-- given.azure_cosmosdb_account = [
--   { name = "a", minimal_tls_version = "Tls12" },
--   { name = "b", minimal_tls_version = "Tls13" },
-- ]
-- expect = { a = "pass", b = "pass" }
-- [[case]]
-- title = "1.0 and 1.1"
-- given.azure_cosmosdb_account = [
--   { name = "a", minimal_tls_version = "Tls" },
--   { name = "b", minimal_tls_version = "Tls11" },
-- ]
-- expect = { a = "fail", b = "fail" }
-- [[case]]
-- title = "absent: no minimum is stated"
-- given.azure_cosmosdb_account = [
--   { name = "a" },
-- ]
-- expect = { a = "fail" }
-- [[case]]
-- title = "other letter case and spellings"
-- given.azure_cosmosdb_account = [
--   { name = "a", minimal_tls_version = "TLS12" },
--   { name = "b", minimal_tls_version = "TLS1_2" },
--   { name = "c", minimal_tls_version = "1.2" },
--   { name = "d", minimal_tls_version = "tls11" },
--   { name = "e", minimal_tls_version = "1.0" },
-- ]
-- expect = { a = "pass", b = "pass", c = "pass", d = "fail", e = "fail" }
-- [[case]]
-- title = "a value nobody knows"
-- given.azure_cosmosdb_account = [
--   { name = "a", minimal_tls_version = "Tls2" },
--   { name = "b", minimal_tls_version = "" },
-- ]
-- expect = { a = "unknown", b = "unknown" }
-- [[case]]
-- title = "not readable"
-- given.azure_cosmosdb_account = [
--   { name = "a", _gaps = ["minimal_tls_version"] },
-- ]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "no account"
-- given.azure_cosmosdb_account = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "accounts denied"
-- ledger = [{ table = "azure_cosmosdb_account", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_cosmosdb_account = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "list cut short"
-- ledger = [{ table = "azure_cosmosdb_account", subscription = "11111111-1111-4111-8111-111111111111", status = "partial" }]
-- given.azure_cosmosdb_account = [
--   { name = "a", minimal_tls_version = "Tls12" },
-- ]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "mongo, absent and Tls"
-- given.azure_cosmosdb_account = [{ name = "m", kind = "MongoDB" }, { name = "c", kind = "GlobalDocumentDB", capabilities_name = ["EnableCassandra"], minimal_tls_version = "Tls" }, { name = "s", kind="GlobalDocumentDB" }]
-- expect = { m = "pass", c = "pass", s = "fail" }
WITH account AS (
    SELECT c.id, c.subscription_id, c.minimal_tls_version,
           coalesce(lower(trim(c.kind)) = 'mongodb', FALSE)
             OR coalesce(array_length(list_filter(c.capabilities_name, lambda m: lower(trim(m)) IN ('enablemongo', 'enablecassandra'))) > 0, FALSE) AS only_1_2,
           CASE WHEN c.minimal_tls_version IS NULL THEN 'none'
                WHEN lower(trim(c.minimal_tls_version)) = 'tls' THEN '0'
                ELSE nullif(regexp_extract(lower(trim(c.minimal_tls_version)), '^(?:tls)?v?1[._]?([0-3])$', 1), '')
           END AS minor
    FROM azure_cosmosdb_account AS c
)
SELECT a.id AS subject, a.id AS resource_id, a.subscription_id,
       CASE WHEN a.minor IN ('2', '3') THEN 'pass'
            WHEN a.only_1_2 AND a.minor IN ('none', '0', '1') THEN 'pass'
            WHEN a.minor IN ('none', '0', '1') THEN 'fail'
       END AS verdict,
       CASE WHEN a.only_1_2 AND a.minor IN ('none', '0', '1') THEN 'the APIs for MongoDB and Cassandra speak TLS 1.2 or newer only; stated: ' || coalesce(a.minimal_tls_version, 'nothing')
            WHEN a.minor = 'none' THEN 'no minimum is stated'
            WHEN a.minor IS NULL THEN 'the minimum has a value that is not known: ' || a.minimal_tls_version
            ELSE 'minimum version: ' || a.minimal_tls_version
       END AS reason,
       a.minimal_tls_version
FROM account AS a
