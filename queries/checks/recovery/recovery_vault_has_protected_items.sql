-- title = "Recovery vault protects something"
-- severity = "low"
-- subject = "azure_recovery_services_vault"
-- tables = ["azure_recovery_services_vault", "azure_backup_protected_item"]
-- controls = ["nist_800_53_r5:CP-9", "nist_800_53_r5:CP-10", "iso_27001_2022:A.8.13", "soc_2:A1.2"]
-- rationale = "A vault that protects nothing is left over, or somebody believes in backups that do not exist. Machines that Site Recovery replicates are not counted: a vault used for that alone fails here and is no fault."
-- remediation = "Put the machines and databases that need it under a policy: az backup protection enable-for-vm --vault-name VAULT --resource-group GROUP --vm VM_ID --policy-name POLICY. If nobody needs the vault: az backup vault delete --name VAULT --resource-group GROUP"
-- references = ["https://learn.microsoft.com/azure/backup/backup-azure-recovery-services-vault-overview"]
-- [[case]]
-- title = "one item"
-- given.azure_recovery_services_vault = [{ id = "/x/v" }]
-- given.azure_backup_protected_item = [
--   { id = "/x/v/backupfabrics/azure/protectioncontainers/c/protecteditems/a", name = "a", _parent_id = "/x/v", protection_state = "Protected" },
-- ]
-- expect = { v = "pass" }
-- [[case]]
-- title = "no item; those of another vault do not count"
-- given.azure_recovery_services_vault = [{ id = "/x/v" }, { id = "/x/w" }]
-- given.azure_backup_protected_item = [
--   { id = "/x/w/backupfabrics/azure/protectioncontainers/c/protecteditems/a", name = "a", _parent_id = "/x/w", protection_state = "Protected" },
-- ]
-- expect = { v = "fail", w = "pass" }
-- [[case]]
-- title = "waiting for its first backup, failing, or without a state: under protection all the same"
-- given.azure_recovery_services_vault = [{ id = "/x/v" }, { id = "/x/w" }, { id = "/x/y" }]
-- given.azure_backup_protected_item = [
--   { id = "/x/v/backupfabrics/azure/protectioncontainers/c/protecteditems/a", name = "a", _parent_id = "/x/v", protection_state = "IRPending" },
--   { id = "/x/w/backupfabrics/azure/protectioncontainers/c/protecteditems/b", name = "b", _parent_id = "/x/w", protection_state = "ProtectionError" },
--   { id = "/x/y/backupfabrics/azure/protectioncontainers/c/protecteditems/c", name = "c", _parent_id = "/x/y" },
-- ]
-- expect = { v = "pass", w = "pass", y = "pass" }
-- [[case]]
-- title = "stopped ones only: old backups are kept, no new ones are made"
-- given.azure_recovery_services_vault = [{ id = "/x/v" }]
-- given.azure_backup_protected_item = [
--   { id = "/x/v/backupfabrics/azure/protectioncontainers/c/protecteditems/a", name = "a", _parent_id = "/x/v", protection_state = "ProtectionStopped" },
--   { id = "/x/v/backupfabrics/azure/protectioncontainers/c/protecteditems/b", name = "b", _parent_id = "/x/v", protection_state = "protectionpaused" },
--   { id = "/x/v/backupfabrics/azure/protectioncontainers/c/protecteditems/c", name = "c", _parent_id = "/x/v", protection_state = "BackupsSuspended" },
-- ]
-- expect = { v = "fail" }
-- [[case]]
-- title = "a deleted one that soft delete still keeps"
-- given.azure_recovery_services_vault = [{ id = "/x/v" }]
-- given.azure_backup_protected_item = [
--   { id = "/x/v/backupfabrics/azure/protectioncontainers/c/protecteditems/a", name = "a", _parent_id = "/x/v", protection_state = "ProtectionStopped", is_scheduled_for_deferred_delete = true },
--   { id = "/x/v/backupfabrics/azure/protectioncontainers/c/protecteditems/b", name = "b", _parent_id = "/x/v", protection_state = "Protected", is_scheduled_for_deferred_delete = true },
-- ]
-- expect = { v = "fail" }
-- [[case]]
-- title = "stopped ones beside a running one"
-- given.azure_recovery_services_vault = [{ id = "/x/v" }]
-- given.azure_backup_protected_item = [
--   { id = "/x/v/backupfabrics/azure/protectioncontainers/c/protecteditems/a", name = "a", _parent_id = "/x/v", protection_state = "ProtectionStopped" },
--   { id = "/x/v/backupfabrics/azure/protectioncontainers/c/protecteditems/b", name = "b", _parent_id = "/x/v", protection_state = "Protected", is_scheduled_for_deferred_delete = false },
-- ]
-- expect = { v = "pass" }
-- [[case]]
-- title = "state not readable: alone, beside a running one"
-- given.azure_recovery_services_vault = [{ id = "/x/v" }, { id = "/x/w" }]
-- given.azure_backup_protected_item = [
--   { id = "/x/v/backupfabrics/azure/protectioncontainers/c/protecteditems/a", name = "a", _parent_id = "/x/v", _gaps = ["protection_state"] },
--   { id = "/x/w/backupfabrics/azure/protectioncontainers/c/protecteditems/b", name = "b", _parent_id = "/x/w", _gaps = ["is_scheduled_for_deferred_delete"] },
--   { id = "/x/w/backupfabrics/azure/protectioncontainers/c/protecteditems/c", name = "c", _parent_id = "/x/w", protection_state = "Protected" },
-- ]
-- expect = { v = "unknown", w = "pass" }
-- [[case]]
-- title = "whether it is deleted is not readable"
-- given.azure_recovery_services_vault = [{ id = "/x/v" }]
-- given.azure_backup_protected_item = [
--   { id = "/x/v/backupfabrics/azure/protectioncontainers/c/protecteditems/a", name = "a", _parent_id = "/x/v", protection_state = "Protected", _gaps = ["is_scheduled_for_deferred_delete"] },
-- ]
-- expect = { v = "unknown" }
-- [[case]]
-- title = "no vault"
-- given.azure_recovery_services_vault = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "vaults denied"
-- ledger = [{ table = "azure_recovery_services_vault", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_recovery_services_vault = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "protected items denied"
-- ledger = [{ table = "azure_backup_protected_item", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_recovery_services_vault = [{ id = "/x/v" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "items of one vault denied"
-- ledger = [{ table = "azure_backup_protected_item", parent = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.recoveryservices/vaults/a", status = "denied" }]
-- given.azure_recovery_services_vault = [{ name = "a" }, { name = "b" }]
-- expect = { a = "unknown", b = "fail" }
-- [[case]]
-- title = "a state that says nothing, and an agent's item, which has none"
-- given.azure_recovery_services_vault = [{ name = "v", id = "/x/v" }, { name = "w", id = "/x/w" }]
-- given.azure_backup_protected_item = [{ _parent_id = "/x/v", protection_state = "Invalid", backup_management_type = "AzureIaasVM" }, { _parent_id = "/x/w", backup_management_type = "MAB" }]
-- expect = { v = "unknown", w = "pass" }
WITH item AS (
    SELECT i._parent_id AS vault_id,
           coalesce(i.is_scheduled_for_deferred_delete, FALSE) AS is_deleted,
           coalesce(lower(trim(i.protection_state)) IN ('protectionstopped', 'protectionpaused', 'backupssuspended'), FALSE) AS is_stopped,
           coalesce(list_contains(i._gaps, 'protection_state')
                    OR list_contains(i._gaps, 'is_scheduled_for_deferred_delete'), FALSE)
             OR coalesce(lower(trim(i.protection_state)) NOT IN ('protected', 'irpending', 'protectionerror', 'protectionstopped', 'protectionpaused',
                                                                 'backupssuspended'), FALSE) AS unread
    FROM azure_backup_protected_item AS i
),
per_vault AS (
    SELECT i.vault_id,
           sum(CASE WHEN NOT i.is_deleted AND NOT i.is_stopped AND NOT i.unread THEN 1 ELSE 0 END) AS n_active,
           sum(CASE WHEN i.is_stopped AND NOT i.is_deleted THEN 1 ELSE 0 END) AS n_stopped,
           sum(CASE WHEN i.is_deleted THEN 1 ELSE 0 END) AS n_deleted,
           sum(CASE WHEN i.unread AND NOT i.is_deleted AND NOT i.is_stopped THEN 1 ELSE 0 END) AS n_unread
    FROM item AS i
    GROUP BY i.vault_id
)
SELECT v.id AS subject, v.id AS resource_id, v.subscription_id,
       CASE WHEN p.n_active > 0 THEN 'pass'
            WHEN p.n_unread > 0 THEN NULL
            ELSE 'fail'
       END AS verdict,
       CASE WHEN p.n_active > 0 THEN 'items under protection: ' || p.n_active
            WHEN p.n_unread > 0 THEN 'items whose state could not be read: ' || p.n_unread
            WHEN p.vault_id IS NULL THEN 'the vault backs up nothing; what Site Recovery replicates is not read'
            ELSE 'nothing is under protection; stopped items: ' || p.n_stopped || ', deleted ones still kept: ' || p.n_deleted
       END AS reason,
       p.n_active AS items_protected, p.n_stopped AS items_stopped, p.n_deleted AS items_deleted
FROM azure_recovery_services_vault AS v
LEFT JOIN per_vault AS p ON p.vault_id = v.id
