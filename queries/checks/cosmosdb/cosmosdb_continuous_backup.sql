-- title = "Cosmos DB continuous backup"
-- severity = "medium"
-- subject = "azure_cosmosdb_account"
-- tables = ["azure_cosmosdb_account"]
-- controls = ["nist_800_53_r5:CP-9", "nist_800_53_r5:CP-10", "iso_27001_2022:A.8.13", "soc_2:A1.2"]
-- rationale = "With continuous backup data can be brought back to any moment of the last days, by the customer. Periodic backups exist every few hours only and are restored by a support request."
-- remediation = "az cosmosdb update --resource-group GROUP --name ACCOUNT --backup-policy-type Continuous. It cannot be changed back."
-- references = ["https://learn.microsoft.com/azure/cosmos-db/continuous-backup-restore-introduction", "https://learn.microsoft.com/azure/cosmos-db/migrate-continuous-backup"]
-- [[case]]
-- title = "continuous"
-- given.azure_cosmosdb_account = [
--   { name = "a", backup_policy_type = "Continuous", backup_policy_continuous_mode_properties_tier = "Continuous7Days" },
-- ]
-- expect = { a = "pass" }
-- [[case]]
-- title = "periodic"
-- given.azure_cosmosdb_account = [
--   { name = "a", backup_policy_type = "Periodic" },
-- ]
-- expect = { a = "fail" }
-- [[case]]
-- title = "absent means periodic"
-- given.azure_cosmosdb_account = [
--   { name = "a" },
-- ]
-- expect = { a = "fail" }
-- [[case]]
-- title = "other letter case"
-- given.azure_cosmosdb_account = [
--   { name = "a", backup_policy_type = "continuous" },
--   { name = "b", backup_policy_type = "PERIODIC" },
-- ]
-- expect = { a = "pass", b = "fail" }
-- [[case]]
-- title = "a change to continuous is under way: not there yet"
-- given.azure_cosmosdb_account = [
--   { name = "a", backup_policy_type = "Periodic", backup_policy_migration_state_status = "InProgress" },
-- ]
-- expect = { a = "fail" }
-- [[case]]
-- title = "a value nobody knows"
-- given.azure_cosmosdb_account = [
--   { name = "a", backup_policy_type = "Sometimes" },
-- ]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "not readable"
-- given.azure_cosmosdb_account = [
--   { name = "a", _gaps = ["backup_policy_type"] },
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
--   { name = "a", backup_policy_type = "Continuous" },
-- ]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
SELECT c.id AS subject, c.id AS resource_id, c.subscription_id,
       CASE WHEN lower(trim(c.backup_policy_type)) = 'continuous' THEN 'pass'
            WHEN lower(coalesce(trim(c.backup_policy_type), 'Periodic')) = 'periodic' THEN 'fail'
       END AS verdict,
       CASE WHEN c.backup_policy_type IS NULL THEN 'no kind of backup is set, which means periodic'
            WHEN lower(trim(c.backup_policy_type)) = 'continuous' THEN 'backup is continuous' || coalesce(', tier ' || c.backup_policy_continuous_mode_properties_tier, '')
            WHEN lower(trim(c.backup_policy_type)) = 'periodic'
            THEN 'backup is periodic' || coalesce('; state of the change to continuous: ' || c.backup_policy_migration_state_status, '')
            ELSE 'the kind of backup is not known: ' || c.backup_policy_type
       END AS reason,
       c.backup_policy_type AS kind_of_backup, c.backup_policy_migration_state_status AS migration
FROM azure_cosmosdb_account AS c
