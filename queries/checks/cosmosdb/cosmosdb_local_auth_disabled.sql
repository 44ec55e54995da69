-- title = "Cosmos DB key sign-in off"
-- severity = "high"
-- subject = "azure_cosmosdb_account"
-- tables = ["azure_cosmosdb_account"]
-- controls = [
--   "cis_azure_2_0_0:4.5.3", "cis_azure_2_1_0:4.5.3", "cis_azure_3_0_0:5.4.3", "nist_800_53_r5:AC-2", "nist_800_53_r5:AC-3",
--   "nist_800_53_r5:IA-2", "iso_27001_2022:A.5.15", "iso_27001_2022:A.5.17", "pci_dss_4_0:7.2.1", "soc_2:CC6.1",
-- ]
-- rationale = "Whoever has a key of the account has all its data, from anywhere the network rules allow, and leaves no name behind. With keys refused only Entra identities get in, each with the rights it was given. The API for MongoDB knows no Entra sign-in and needs its keys."
-- remediation = "Give the clients data roles first, then: az resource update --ids ACCOUNT_ID --api-version 2025-04-15 --set properties.disableLocalAuth=true"
-- references = ["https://learn.microsoft.com/azure/cosmos-db/how-to-connect-role-based-access-control", "https://learn.microsoft.com/azure/cosmos-db/cassandra/how-to-connect-role-based-access-control"]
-- [[case]]
-- title = "off"
-- given.azure_cosmosdb_account = [
--   { name = "a", kind = "GlobalDocumentDB", disable_local_auth = true },
-- ]
-- expect = { a = "pass" }
-- [[case]]
-- title = "on"
-- given.azure_cosmosdb_account = [
--   { name = "a", kind = "GlobalDocumentDB", disable_local_auth = false },
-- ]
-- expect = { a = "fail" }
-- [[case]]
-- title = "absent means keys work"
-- given.azure_cosmosdb_account = [
--   { name = "a", kind = "GlobalDocumentDB" },
--   { name = "b" },
-- ]
-- expect = { a = "fail", b = "fail" }
-- [[case]]
-- title = "MongoDB, told by kind or by capability, whatever the switch says"
-- given.azure_cosmosdb_account = [
--   { name = "a", kind = "MongoDB" },
--   { name = "b", kind = "mongodb", disable_local_auth = true },
--   { name = "c", kind = "GlobalDocumentDB", capabilities_name = ["EnableServerless", "enablemongo"] },
-- ]
-- expect = { a = "not_applicable", b = "not_applicable", c = "not_applicable" }
-- [[case]]
-- title = "Cassandra, Gremlin and Table can do without keys and are judged"
-- given.azure_cosmosdb_account = [
--   { name = "a", kind = "GlobalDocumentDB", capabilities_name = ["EnableCassandra"] },
--   { name = "b", kind = "GlobalDocumentDB", capabilities_name = ["EnableGremlin"], disable_local_auth = true },
--   { name = "c", kind = "GlobalDocumentDB", capabilities_name = ["EnableTable"], disable_local_auth = false },
-- ]
-- expect = { a = "fail", b = "pass", c = "fail" }
-- [[case]]
-- title = "other capabilities do not matter"
-- given.azure_cosmosdb_account = [
--   { name = "a", kind = "GlobalDocumentDB", capabilities_name = ["EnableServerless", "EnableMongoRetryableWrites"], disable_local_auth = true },
-- ]
-- expect = { a = "pass" }
-- [[case]]
-- title = "keys that may not change databases still read and write data"
-- given.azure_cosmosdb_account = [
--   { name = "a", disable_key_based_metadata_write_access = true },
-- ]
-- expect = { a = "fail" }
-- [[case]]
-- title = "not readable: switch, kind, capabilities"
-- given.azure_cosmosdb_account = [
--   { name = "a", _gaps = ["disable_local_auth"] },
--   { name = "b", disable_local_auth = true, _gaps = ["kind"] },
--   { name = "c", disable_local_auth = true, _gaps = ["capabilities_name"] },
-- ]
-- expect = { a = "unknown", b = "unknown", c = "unknown" }
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
--   { name = "a", disable_local_auth = true },
-- ]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
WITH account AS (
    SELECT c.id, c.subscription_id, c.kind, c.disable_local_auth, c.capabilities_name,
           coalesce(lower(trim(c.kind)) = 'mongodb', FALSE)
             OR coalesce(list_contains(list_transform(c.capabilities_name, lambda m: lower(trim(m))), 'enablemongo'), FALSE) AS is_mongo
    FROM azure_cosmosdb_account AS c
)
SELECT a.id AS subject, a.id AS resource_id, a.subscription_id,
       CASE WHEN a.is_mongo THEN 'not_applicable'
            WHEN coalesce(a.disable_local_auth, FALSE) THEN 'pass'
            ELSE 'fail'
       END AS verdict,
       CASE WHEN a.is_mongo THEN 'the API for MongoDB has no Entra sign-in to data, so keys cannot be refused'
            WHEN a.disable_local_auth IS NULL THEN 'refusing keys was never set, which means keys work'
            WHEN a.disable_local_auth THEN 'keys are refused'
            ELSE 'keys work'
       END AS reason,
       a.kind AS account_kind, a.capabilities_name AS capabilities
FROM account AS a
