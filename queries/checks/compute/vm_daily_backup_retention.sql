-- title = "VM backups keep enough days"
-- severity = "low"
-- subject = "azure_vm"
-- tables = ["azure_vm", "azure_recovery_services_vault", "azure_backup_protected_item", "azure_backup_policy"]
-- params = ["vm_backup_daily_retention_days"]
-- controls = ["nist_800_53_r5:CP-9", "nist_800_53_r5:CP-10", "iso_27001_2022:A.8.13", "soc_2:A1.2"]
-- rationale = "An attacker or a mistake is often found only after days; a machine can be brought back only to a point that is still kept. A policy that runs once a week keeps no daily points at all."
-- remediation = "az backup policy set --vault-name VAULT --resource-group GROUP --name POLICY --policy POLICY.json, with retentionPolicy.dailySchedule.retentionDuration.count of at least 7"
-- references = ["https://learn.microsoft.com/azure/backup/backup-azure-vms-introduction", "https://learn.microsoft.com/azure/backup/backup-azure-arm-vms-prepare"]
-- [[case]]
-- title = "30 days, and exactly seven"
-- given.azure_vm = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_backup_protected_item = [{ name = "i", source_resource_id = "/x/a", protection_state = "Protected", policy_id = "/x/p30" }, { name = "j", source_resource_id = "/x/b", protection_state = "Protected", policy_id = "/x/p7" }]
-- given.azure_backup_policy = [
--   { id = "/x/p30", retention_policy_daily_schedule_retention_duration_count = 30, retention_policy_daily_schedule_retention_duration_duration_type = "Days" },
--   { id = "/x/p7", retention_policy_daily_schedule_retention_duration_count = 7, retention_policy_daily_schedule_retention_duration_duration_type = "days" },
-- ]
-- expect = { a = "pass", b = "pass" }
-- [[case]]
-- title = "six days"
-- given.azure_vm = [{ id = "/x/a" }]
-- given.azure_backup_protected_item = [{ name = "i", source_resource_id = "/x/a", protection_state = "Protected", policy_id = "/x/p" }]
-- given.azure_backup_policy = [{ id = "/x/p", retention_policy_daily_schedule_retention_duration_count = 6, retention_policy_daily_schedule_retention_duration_duration_type = "Days" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "a longer time is asked for, and another unit"
-- param.vm_backup_daily_retention_days = 30
-- given.azure_vm = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_backup_protected_item = [{ name = "i", source_resource_id = "/x/a", protection_state = "Protected", policy_id = "/x/p14" }, { name = "j", source_resource_id = "/x/b", protection_state = "Protected", policy_id = "/x/pw" }]
-- given.azure_backup_policy = [
--   { id = "/x/p14", retention_policy_daily_schedule_retention_duration_count = 14, retention_policy_daily_schedule_retention_duration_duration_type = "Days" },
--   { id = "/x/pw", retention_policy_daily_schedule_retention_duration_count = 5, retention_policy_daily_schedule_retention_duration_duration_type = "Weeks" },
-- ]
-- expect = { a = "fail", b = "pass" }
-- [[case]]
-- title = "a weekly policy keeps no daily points"
-- given.azure_vm = [{ id = "/x/a" }]
-- given.azure_backup_protected_item = [{ name = "i", source_resource_id = "/x/a", protection_state = "Protected", policy_id = "/x/p" }]
-- given.azure_backup_policy = [{ id = "/x/p", schedule_policy_schedule_run_frequency = "Weekly", retention_policy_weekly_schedule_retention_duration_count = 12, retention_policy_weekly_schedule_retention_duration_duration_type = "Weeks" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "no retention at all, or a unit that is not known"
-- given.azure_vm = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_backup_protected_item = [{ name = "i", source_resource_id = "/x/a", protection_state = "Protected", policy_id = "/x/p" }, { name = "j", source_resource_id = "/x/b", protection_state = "Protected", policy_id = "/x/q" }]
-- given.azure_backup_policy = [{ id = "/x/p" }, { id = "/x/q", retention_policy_daily_schedule_retention_duration_count = 9, retention_policy_daily_schedule_retention_duration_duration_type = "Invalid" }]
-- expect = { a = "unknown", b = "unknown" }
-- [[case]]
-- title = "not protected, or no longer"
-- given.azure_vm = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_backup_protected_item = [{ name = "i", source_resource_id = "/x/b", protection_state = "ProtectionStopped", policy_id = "/x/p" }]
-- expect = { a = "not_applicable", b = "not_applicable" }
-- [[case]]
-- title = "the policy is not in the snapshot, or not named"
-- given.azure_vm = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_backup_protected_item = [{ name = "i", source_resource_id = "/x/a", protection_state = "Protected", policy_id = "/x/gone" }, { name = "j", source_resource_id = "/x/b", protection_state = "Protected" }]
-- expect = { a = "unknown", b = "unknown" }
-- [[case]]
-- title = "id of the policy in other letter case"
-- given.azure_vm = [{ id = "/x/a" }]
-- given.azure_backup_protected_item = [{ name = "i", source_resource_id = "/x/a", protection_state = "Protected", policy_id = "/X/P/" }]
-- given.azure_backup_policy = [{ id = "/x/p", retention_policy_daily_schedule_retention_duration_count = 7, retention_policy_daily_schedule_retention_duration_duration_type = "Days" }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "retention not readable"
-- given.azure_vm = [{ id = "/x/a" }]
-- given.azure_backup_protected_item = [{ name = "i", source_resource_id = "/x/a", protection_state = "Protected", policy_id = "/x/p" }]
-- given.azure_backup_policy = [{ id = "/x/p", retention_policy_daily_schedule_retention_duration_duration_type = "Days", retention_policy_weekly_schedule_retention_duration_count = 9, _gaps = ["retention_policy_daily_schedule_retention_duration_count"] }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "which machine a backup is of could not be read: a machine without any other may be it"
-- given.azure_vm = [{ id = "/x/a" }]
-- given.azure_backup_policy = [{ id = "/x/p", retention_policy_daily_schedule_retention_duration_count = 30, retention_policy_daily_schedule_retention_duration_duration_type = "Days" }]
-- given.azure_backup_protected_item = [{ name = "i", protection_state = "Protected", policy_id = "/x/p", _gaps = ["source_resource_id"] }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "state of the protection not readable"
-- given.azure_vm = [{ id = "/x/a" }]
-- given.azure_backup_protected_item = [{ name = "i", source_resource_id = "/x/a", policy_id = "/x/p", _gaps = ["protection_state"] }]
-- given.azure_backup_policy = [{ id = "/x/p", retention_policy_daily_schedule_retention_duration_count = 7, retention_policy_daily_schedule_retention_duration_duration_type = "Days" }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "no machine"
-- given.azure_vm = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "policies denied"
-- ledger = [{ table = "azure_backup_policy", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_vm = [{ id = "/x/a" }]
-- given.azure_backup_protected_item = [{ name = "i", source_resource_id = "/x/a", protection_state = "Protected", policy_id = "/x/p" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
WITH policy AS (
    SELECT p.id, p.name,
           coalesce(list_contains(p._gaps, 'retention_policy_daily_schedule_retention_duration_count')
                    OR list_contains(p._gaps, 'retention_policy_daily_schedule_retention_duration_duration_type'), FALSE) AS unread,
           p.retention_policy_daily_schedule_retention_duration_count AS n,
           lower(trim(p.retention_policy_daily_schedule_retention_duration_duration_type)) AS unit,
           p.retention_policy_daily_schedule_retention_duration_count
             * CASE lower(trim(p.retention_policy_daily_schedule_retention_duration_duration_type))
                    WHEN 'days' THEN 1 WHEN 'weeks' THEN 7 WHEN 'months' THEN 30 WHEN 'years' THEN 365 END AS days,
           coalesce(lower(trim(p.schedule_policy_schedule_run_frequency)) = 'weekly', FALSE)
             OR p.retention_policy_weekly_schedule_retention_duration_count IS NOT NULL AS is_weekly
    FROM azure_backup_policy AS p
),
item AS (
    SELECT i.vm_id, i.state, coalesce(p.name, i.policy_name, i.policy_id) AS policy,
           CASE WHEN i.state <> 'active' OR p.id IS NULL OR p.unread THEN NULL
                WHEN p.n IS NULL AND p.is_weekly THEN 0
                ELSE p.days
           END AS days,
           CASE WHEN i.state = 'unread' THEN 'the state of the backup is absent or not known'
                WHEN i.policy_id IS NULL THEN 'the backup names no policy'
                WHEN p.id IS NULL THEN 'the policy is not in the snapshot: ' || i.policy_id
                WHEN p.unread THEN 'the retention of policy ' || p.name || ' could not be read'
                WHEN p.n IS NULL AND p.is_weekly THEN 'policy ' || p.name || ' makes weekly backups only'
                WHEN p.n IS NULL THEN 'policy ' || p.name || ' names no time for daily backups'
                ELSE 'policy ' || p.name || ' keeps daily backups for ' || p.n || ' ' || coalesce(p.unit, '(no unit)')
           END AS line
    FROM vm_backup_item AS i
    LEFT JOIN policy AS p ON p.id = i.policy_id
    WHERE i.state IN ('active', 'unread')
),
per_machine AS (
    SELECT i.vm_id, max(i.days) AS days, sum(CASE WHEN i.days IS NULL THEN 1 ELSE 0 END) AS n_unclear,
           array_to_string(list_sort(list(DISTINCT i.line)), '; ') AS lines, list_sort(list(DISTINCT i.policy)) AS policies
    FROM item AS i
    GROUP BY i.vm_id
),
-- Backups that do not tell their machine.
nameless AS (
    SELECT count(*) AS n FROM item AS i WHERE i.vm_id IS NULL
)
SELECT v.id AS subject, v.id AS resource_id, v.subscription_id,
       CASE WHEN p.vm_id IS NULL AND x.n > 0 THEN NULL
            WHEN p.vm_id IS NULL THEN 'not_applicable'
            WHEN p.days >= param_vm_backup_daily_retention_days() THEN 'pass'
            WHEN p.n_unclear > 0 THEN NULL
            ELSE 'fail'
       END AS verdict,
       CASE WHEN p.vm_id IS NULL AND x.n > 0 THEN 'no backup names the machine; backups of which the machine could not be read: ' || x.n
            WHEN p.vm_id IS NULL THEN 'Azure Backup does not protect the machine'
            ELSE p.lines || '; asked for: ' || param_vm_backup_daily_retention_days() || ' days'
       END AS reason,
       p.policies AS backup_policies
FROM azure_vm AS v
CROSS JOIN nameless AS x
LEFT JOIN per_machine AS p ON p.vm_id = v.id
