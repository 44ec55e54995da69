-- title = "Cosmos DB automatic failover on"
-- severity = "low"
-- subject = "azure_cosmosdb_account"
-- tables = ["azure_cosmosdb_account"]
-- controls = ["nist_800_53_r5:CP-6", "nist_800_53_r5:CP-9", "iso_27001_2022:A.8.14", "soc_2:A1.2"]
-- rationale = "When the region that takes writes is lost, somebody has to move writing to another one. With the switch on the service does so by itself; without it writes stop until a person acts, or Microsoft does."
-- remediation = "az cosmosdb update --resource-group GROUP --name ACCOUNT --enable-automatic-failover true"
-- references = ["https://learn.microsoft.com/azure/cosmos-db/how-to-manage-database-account", "https://learn.microsoft.com/azure/reliability/reliability-cosmos-db-nosql"]
-- [[case]]
-- title = "on, two regions"
-- given.azure_cosmosdb_account = [
--   { name = "a", enable_automatic_failover = true, locations_location_name = ["West Europe", "North Europe"] },
-- ]
-- expect = { a = "pass" }
-- [[case]]
-- title = "off, two regions"
-- given.azure_cosmosdb_account = [
--   { name = "a", enable_automatic_failover = false, locations_location_name = ["West Europe", "North Europe"] },
-- ]
-- expect = { a = "fail" }
-- [[case]]
-- title = "absent means off"
-- given.azure_cosmosdb_account = [
--   { name = "a", locations_location_name = ["West Europe", "North Europe"] },
-- ]
-- expect = { a = "fail" }
-- [[case]]
-- title = "one region: there is nothing to change to, whatever the switch says"
-- given.azure_cosmosdb_account = [
--   { name = "a", enable_automatic_failover = false, locations_location_name = ["West Europe"] },
--   { name = "b", enable_automatic_failover = true, locations_location_name = ["West Europe"] },
-- ]
-- expect = { a = "not_applicable", b = "not_applicable" }
-- [[case]]
-- title = "every region takes writes: the switch is not used"
-- given.azure_cosmosdb_account = [
--   { name = "a", enable_multiple_write_locations = true, locations_location_name = ["West Europe", "North Europe"] },
--   { name = "b", enable_multiple_write_locations = true, enable_automatic_failover = true, locations_location_name = ["West Europe", "North Europe"] },
-- ]
-- expect = { a = "not_applicable", b = "pass" }
-- [[case]]
-- title = "the regions are not in the answer"
-- given.azure_cosmosdb_account = [
--   { name = "a" },
--   { name = "b", enable_automatic_failover = true, locations_location_name = [] },
-- ]
-- expect = { a = "unknown", b = "unknown" }
-- [[case]]
-- title = "not readable: switch, regions, writes"
-- given.azure_cosmosdb_account = [
--   { name = "a", _gaps = ["enable_automatic_failover"], locations_location_name = ["West Europe", "North Europe"] },
--   { name = "b", enable_automatic_failover = true, _gaps = ["locations_location_name"] },
--   { name = "c", _gaps = ["enable_multiple_write_locations"], locations_location_name = ["West Europe", "North Europe"] },
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
--   { name = "a", enable_automatic_failover = true, locations_location_name = ["West Europe", "North Europe"] },
-- ]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
WITH account AS (
    SELECT c.id, c.subscription_id, c.enable_automatic_failover AS is_on, c.enable_multiple_write_locations AS many_writes,
           c.locations_location_name AS regions, coalesce(array_length(c.locations_location_name), 0) AS n_regions
    FROM azure_cosmosdb_account AS c
)
SELECT a.id AS subject, a.id AS resource_id, a.subscription_id,
       CASE WHEN a.n_regions = 0 THEN NULL
            WHEN a.n_regions = 1 THEN 'not_applicable'
            WHEN coalesce(a.is_on, FALSE) THEN 'pass'
            WHEN coalesce(a.many_writes, FALSE) THEN 'not_applicable'
            ELSE 'fail'
       END AS verdict,
       CASE WHEN a.n_regions = 0 THEN 'the regions of the account are not in the answer'
            WHEN a.n_regions = 1 THEN 'the account has one region only: ' || a.regions[1]
            WHEN coalesce(a.is_on, FALSE) THEN 'automatic failover is on; regions: ' || a.n_regions
            WHEN coalesce(a.many_writes, FALSE) THEN 'every region takes writes, so the switch is not used; regions: ' || a.n_regions
            WHEN a.is_on IS NULL THEN 'automatic failover was never set, which means it is off; regions: ' || a.n_regions
            ELSE 'automatic failover is off; regions: ' || a.n_regions
       END AS reason,
       a.regions, a.many_writes AS multiple_write_regions
FROM account AS a
