-- title = "Backup policies keep 30 days"
-- severity = "medium"
-- subject = "azure_backup_policy"
-- tables = ["azure_backup_policy", "azure_recovery_services_vault"]
-- controls = ["nist_800_53_r5:CP-9", "nist_800_53_r5:CP-10", "iso_27001_2022:A.8.13", "soc_2:A1.2"]
-- rationale = "What encrypts or falsifies data often goes unseen for weeks. When the last good backup has gone by then, there is nothing to go back to. Judged are the backups made most often: the daily ones, else the weekly ones; of databases the full backups."
-- remediation = "Recovery Services vault > Backup policies > policy > Modify > retention of the daily (or weekly) backup point, 30 days or more. By command: az backup policy show --vault-name VAULT --resource-group GROUP --name POLICY > p.json, edit, then az backup policy set --vault-name VAULT --resource-group GROUP --name POLICY --policy @p.json"
-- references = ["https://learn.microsoft.com/azure/backup/backup-azure-arm-vms-prepare", "https://learn.microsoft.com/azure/backup/backup-architecture"]
-- [[case]]
-- title = "30 days"
-- given.azure_recovery_services_vault = [{ id = "/x/v" }]
-- given.azure_backup_policy = [
--   { id = "/x/v/backuppolicies/k", _parent_id = "/x/v", backup_management_type = "AzureIaasVM", retention_policy_daily_schedule_retention_duration_count = 30, retention_policy_daily_schedule_retention_duration_duration_type = "Days" },
-- ]
-- expect = { k = "pass" }
-- [[case]]
-- title = "29 days, and 7"
-- given.azure_recovery_services_vault = [{ id = "/x/v" }]
-- given.azure_backup_policy = [
--   { id = "/x/v/backuppolicies/k", _parent_id = "/x/v", retention_policy_daily_schedule_retention_duration_count = 29, retention_policy_daily_schedule_retention_duration_duration_type = "Days" },
--   { id = "/x/v/backuppolicies/l", _parent_id = "/x/v", retention_policy_daily_schedule_retention_duration_count = 7, retention_policy_daily_schedule_retention_duration_duration_type = "Days" },
-- ]
-- expect = { k = "fail", l = "fail" }
-- [[case]]
-- title = "other units, any letter case"
-- given.azure_recovery_services_vault = [{ id = "/x/v" }]
-- given.azure_backup_policy = [
--   { id = "/x/v/backuppolicies/k", _parent_id = "/x/v", retention_policy_daily_schedule_retention_duration_count = 5, retention_policy_daily_schedule_retention_duration_duration_type = "Weeks" },
--   { id = "/x/v/backuppolicies/l", _parent_id = "/x/v", retention_policy_daily_schedule_retention_duration_count = 4, retention_policy_daily_schedule_retention_duration_duration_type = "weeks" },
--   { id = "/x/v/backuppolicies/m", _parent_id = "/x/v", retention_policy_daily_schedule_retention_duration_count = 1, retention_policy_daily_schedule_retention_duration_duration_type = "Months" },
--   { id = "/x/v/backuppolicies/n", _parent_id = "/x/v", retention_policy_daily_schedule_retention_duration_count = 1, retention_policy_daily_schedule_retention_duration_duration_type = "Years" },
-- ]
-- expect = { k = "pass", l = "fail", m = "pass", n = "pass" }
-- [[case]]
-- title = "a unit nobody knows, and none"
-- given.azure_recovery_services_vault = [{ id = "/x/v" }]
-- given.azure_backup_policy = [
--   { id = "/x/v/backuppolicies/k", _parent_id = "/x/v", retention_policy_daily_schedule_retention_duration_count = 30, retention_policy_daily_schedule_retention_duration_duration_type = "Invalid" },
--   { id = "/x/v/backuppolicies/l", _parent_id = "/x/v", retention_policy_daily_schedule_retention_duration_count = 30 },
-- ]
-- expect = { k = "unknown", l = "unknown" }
-- [[case]]
-- title = "weekly backups only"
-- given.azure_recovery_services_vault = [{ id = "/x/v" }]
-- given.azure_backup_policy = [
--   { id = "/x/v/backuppolicies/k", _parent_id = "/x/v", retention_policy_weekly_schedule_retention_duration_count = 12, retention_policy_weekly_schedule_retention_duration_duration_type = "Weeks" },
--   { id = "/x/v/backuppolicies/l", _parent_id = "/x/v", retention_policy_weekly_schedule_retention_duration_count = 2, retention_policy_weekly_schedule_retention_duration_duration_type = "Weeks" },
-- ]
-- expect = { k = "pass", l = "fail" }
-- [[case]]
-- title = "daily ones decide, however long the weekly ones are kept"
-- given.azure_recovery_services_vault = [{ id = "/x/v" }]
-- given.azure_backup_policy = [
--   { id = "/x/v/backuppolicies/k", _parent_id = "/x/v", retention_policy_daily_schedule_retention_duration_count = 7, retention_policy_daily_schedule_retention_duration_duration_type = "Days", retention_policy_weekly_schedule_retention_duration_count = 52, retention_policy_weekly_schedule_retention_duration_duration_type = "Weeks" },
-- ]
-- expect = { k = "fail" }
-- [[case]]
-- title = "one number for all"
-- given.azure_recovery_services_vault = [{ id = "/x/v" }]
-- given.azure_backup_policy = [
--   { id = "/x/v/backuppolicies/k", _parent_id = "/x/v", retention_policy_retention_duration_count = 60, retention_policy_retention_duration_duration_type = "Days" },
--   { id = "/x/v/backuppolicies/l", _parent_id = "/x/v", retention_policy_retention_duration_count = 10, retention_policy_retention_duration_duration_type = "Days" },
-- ]
-- expect = { k = "pass", l = "fail" }
-- [[case]]
-- title = "databases: the full backups decide, logs are kept for less by design"
-- given.azure_recovery_services_vault = [{ id = "/x/v" }]
-- given.azure_backup_policy = [
--   { id = "/x/v/backuppolicies/k", _parent_id = "/x/v", backup_management_type = "AzureWorkload", sub_protection_policy = '[{"policyType":"Log","retentionPolicy":{"retentionDuration":{"count":15,"durationType":"Days"}}},{"policyType":"Full","retentionPolicy":{"dailySchedule":{"retentionDuration":{"count":30,"durationType":"Days"}}}}]' },
--   { id = "/x/v/backuppolicies/l", _parent_id = "/x/v", backup_management_type = "AzureWorkload", sub_protection_policy = '[{"policyType":"Full","retentionPolicy":{"dailySchedule":{"retentionDuration":{"count":14,"durationType":"Days"}}}}]' },
--   { id = "/x/v/backuppolicies/m", _parent_id = "/x/v", backup_management_type = "AzureWorkload", sub_protection_policy = '[{"policyType":"Log","retentionPolicy":{"retentionDuration":{"count":15,"durationType":"Days"}}},{"policyType":"Full","retentionPolicy":{"weeklySchedule":{"retentionDuration":{"count":8,"durationType":"Weeks"}}}}]' },
-- ]
-- expect = { k = "pass", l = "fail", m = "pass" }
-- [[case]]
-- title = "databases without full backups in the policy"
-- given.azure_recovery_services_vault = [{ id = "/x/v" }]
-- given.azure_backup_policy = [
--   { id = "/x/v/backuppolicies/k", _parent_id = "/x/v", sub_protection_policy = '[{"policyType":"Log","retentionPolicy":{"retentionDuration":{"count":35,"durationType":"Days"}}}]'  },
-- ]
-- expect = { k = "unknown" }
-- [[case]]
-- title = "file shares: kept in the vault beside short snapshots"
-- given.azure_recovery_services_vault = [{ id = "/x/v" }]
-- given.azure_backup_policy = [
--   { id = "/x/v/backuppolicies/k", _parent_id = "/x/v", vault_retention_policy = '{"snapshotRetentionInDays":5,"vaultRetention":{"dailySchedule":{"retentionDuration":{"count":30,"durationType":"Days"}}}}'  },
--   { id = "/x/v/backuppolicies/l", _parent_id = "/x/v", vault_retention_policy = '{"snapshotRetentionInDays":60,"vaultRetention":{"dailySchedule":{"retentionDuration":{"count":10,"durationType":"Days"}}}}'  },
-- ]
-- expect = { k = "pass", l = "fail" }
-- [[case]]
-- title = "no retention in the policy at all"
-- given.azure_recovery_services_vault = [{ id = "/x/v" }]
-- given.azure_backup_policy = [{ id = "/x/v/backuppolicies/k", _parent_id = "/x/v" }]
-- expect = { k = "unknown" }
-- [[case]]
-- title = "not readable: the count, the unit, the databases"
-- given.azure_recovery_services_vault = [{ id = "/x/v" }]
-- given.azure_backup_policy = [
--   { id = "/x/v/backuppolicies/k", _parent_id = "/x/v", retention_policy_weekly_schedule_retention_duration_count = 60, retention_policy_weekly_schedule_retention_duration_duration_type = "Weeks", _gaps = ["retention_policy_daily_schedule_retention_duration_count"] },
--   { id = "/x/v/backuppolicies/l", _parent_id = "/x/v", retention_policy_daily_schedule_retention_duration_count = 30, _gaps = ["retention_policy_daily_schedule_retention_duration_duration_type"] },
--   { id = "/x/v/backuppolicies/m", _parent_id = "/x/v", _gaps = ["sub_protection_policy"] },
-- ]
-- expect = { k = "unknown", l = "unknown", m = "unknown" }
-- [[case]]
-- title = "a vault without policies"
-- given.azure_recovery_services_vault = [{ id = "/x/v" }]
-- given.azure_backup_policy = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "backup policies denied"
-- ledger = [{ table = "azure_backup_policy", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_recovery_services_vault = [{ id = "/x/v" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "vaults denied"
-- ledger = [{ table = "azure_recovery_services_vault", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_recovery_services_vault = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "policies of one vault denied"
-- ledger = [{ table = "azure_backup_policy", parent = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.recoveryservices/vaults/a", status = "denied" }]
-- given.azure_recovery_services_vault = [{ name = "a" }, { name = "b" }]
-- given.azure_backup_policy = [
--   { id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.recoveryservices/vaults/b/backuppolicies/k", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.recoveryservices/vaults/b", retention_policy_daily_schedule_retention_duration_count = 30, retention_policy_daily_schedule_retention_duration_duration_type = "Days" },
-- ]
-- expect = { a = "unknown", k = "pass" }
WITH sub_policy AS (
    SELECT p.id, p.sub_protection_policy AS doc, '$[' || u.i || '].retentionPolicy.' AS at,
           lower(p.sub_protection_policy ->> ('$[' || u.i || '].policyType')) AS kind
    FROM azure_backup_policy AS p, unnest(range(CAST(json_array_length(p.sub_protection_policy) AS BIGINT))) AS u(i)
),
schedule AS (
    SELECT p.id, 1 AS rank, 'daily backups' AS what, CAST(p.retention_policy_daily_schedule_retention_duration_count AS VARCHAR) AS n,
           p.retention_policy_daily_schedule_retention_duration_duration_type AS unit
    FROM azure_backup_policy AS p
    UNION ALL
    SELECT p.id, 2, 'weekly backups', CAST(p.retention_policy_weekly_schedule_retention_duration_count AS VARCHAR),
           p.retention_policy_weekly_schedule_retention_duration_duration_type
    FROM azure_backup_policy AS p
    UNION ALL
    SELECT p.id, 3, 'monthly backups', CAST(p.retention_policy_monthly_schedule_retention_duration_count AS VARCHAR),
           p.retention_policy_monthly_schedule_retention_duration_duration_type
    FROM azure_backup_policy AS p
    UNION ALL
    SELECT p.id, 4, 'yearly backups', CAST(p.retention_policy_yearly_schedule_retention_duration_count AS VARCHAR),
           p.retention_policy_yearly_schedule_retention_duration_duration_type
    FROM azure_backup_policy AS p
    UNION ALL
    SELECT p.id, 5, 'backups', CAST(p.retention_policy_retention_duration_count AS VARCHAR),
           p.retention_policy_retention_duration_duration_type
    FROM azure_backup_policy AS p
    UNION ALL
    SELECT p.id, 1, 'daily backups in the vault', p.vault_retention_policy ->> '$.vaultRetention.dailySchedule.retentionDuration.count',
           p.vault_retention_policy ->> '$.vaultRetention.dailySchedule.retentionDuration.durationType'
    FROM azure_backup_policy AS p
    UNION ALL
    SELECT p.id, 2, 'weekly backups in the vault', p.vault_retention_policy ->> '$.vaultRetention.weeklySchedule.retentionDuration.count',
           p.vault_retention_policy ->> '$.vaultRetention.weeklySchedule.retentionDuration.durationType'
    FROM azure_backup_policy AS p
    UNION ALL
    SELECT f.id, 1, 'daily full backups', f.doc ->> (f.at || 'dailySchedule.retentionDuration.count'),
           f.doc ->> (f.at || 'dailySchedule.retentionDuration.durationType')
    FROM sub_policy AS f WHERE f.kind = 'full'
    UNION ALL
    SELECT f.id, 2, 'weekly full backups', f.doc ->> (f.at || 'weeklySchedule.retentionDuration.count'),
           f.doc ->> (f.at || 'weeklySchedule.retentionDuration.durationType')
    FROM sub_policy AS f WHERE f.kind = 'full'
    UNION ALL
    SELECT f.id, 3, 'monthly full backups', f.doc ->> (f.at || 'monthlySchedule.retentionDuration.count'),
           f.doc ->> (f.at || 'monthlySchedule.retentionDuration.durationType')
    FROM sub_policy AS f WHERE f.kind = 'full'
    UNION ALL
    SELECT f.id, 4, 'yearly full backups', f.doc ->> (f.at || 'yearlySchedule.retentionDuration.count'),
           f.doc ->> (f.at || 'yearlySchedule.retentionDuration.durationType')
    FROM sub_policy AS f WHERE f.kind = 'full'
    UNION ALL
    SELECT f.id, 5, 'full backups', f.doc ->> (f.at || 'retentionDuration.count'),
           f.doc ->> (f.at || 'retentionDuration.durationType')
    FROM sub_policy AS f WHERE f.kind = 'full'
),
-- The backups made most often decide: all others are fewer points further apart.
judged AS (
    SELECT c.id, c.what || ' are kept for ' || c.n || ' ' || coalesce(lower(c.unit), '(no unit)') AS line,
           TRY_CAST(c.n AS BIGINT)
             * CASE lower(trim(c.unit)) WHEN 'days' THEN 1 WHEN 'weeks' THEN 7 WHEN 'months' THEN 30 WHEN 'years' THEN 365 END AS days
    FROM schedule AS c
    WHERE c.n IS NOT NULL
    QUALIFY row_number() OVER (PARTITION BY c.id ORDER BY c.rank, c.what, c.n) = 1
)
SELECT p.id AS subject, p.id AS resource_id, p.subscription_id,
       CASE WHEN j.days >= 30 THEN 'pass' WHEN j.days < 30 THEN 'fail' END AS verdict,
       CASE WHEN j.id IS NULL THEN 'the policy names no retention that this check knows'
            WHEN j.days IS NULL THEN j.line || ', a time that is not known'
            ELSE j.line
       END AS reason,
       p._parent_id AS vault_id, p.backup_management_type AS kind, j.days, p.protected_items_count AS items_under_policy
FROM azure_backup_policy AS p
LEFT JOIN judged AS j ON j.id = p.id
