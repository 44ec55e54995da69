-- title = "VM protected by Azure Backup"
-- severity = "medium"
-- subject = "azure_vm"
-- tables = ["azure_vm", "azure_recovery_services_vault", "azure_backup_protected_item"]
-- controls = ["nist_800_53_r5:CP-9", "nist_800_53_r5:CP-10", "iso_27001_2022:A.8.13", "soc_2:A1.2"]
-- rationale = "Without backups, ransomware or a mistake ends a machine for good. A backup of a database inside the machine does not bring the machine back, and does not count; nor do products other than Azure Backup, which are not seen."
-- remediation = "az backup protection enable-for-vm --vault-name VAULT --resource-group GROUP --vm ID --policy-name POLICY"
-- references = ["https://learn.microsoft.com/azure/backup/backup-azure-vms-introduction"]
-- [[case]]
-- title = "protected"
-- given.azure_vm = [{ id = "/x/vm" }]
-- given.azure_backup_protected_item = [{ name = "i", source_resource_id = "/x/vm", backup_management_type = "AzureIaasVM", workload_type = "VM", protection_state = "Protected" }]
-- expect = { vm = "pass" }
-- [[case]]
-- title = "found by the id of the machine; first backup pending; backups with errors are still protection"
-- given.azure_vm = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_backup_protected_item = [
--   { name = "i", virtual_machine_id = "/X/A", backup_management_type = "AzureIaasVM", protection_state = "IRPending" },
--   { name = "j", source_resource_id = "/x/b", backup_management_type = "azureiaasvm", protection_state = "protectionerror" },
-- ]
-- expect = { a = "pass", b = "pass" }
-- [[case]]
-- title = "no backup, and a machine of the same name elsewhere"
-- given.azure_vm = [{ id = "/rg1/vm" }, { id = "/rg2/web" }]
-- given.azure_backup_protected_item = [{ name = "i", source_resource_id = "/rg9/vm", friendly_name = "vm", backup_management_type = "AzureIaasVM", protection_state = "Protected" }]
-- expect = { vm = "fail", web = "fail" }
-- [[case]]
-- title = "stopped, paused, suspended or deleted"
-- given.azure_vm = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c" }, { id = "/x/d" }]
-- given.azure_backup_protected_item = [
--   { name = "i1", source_resource_id = "/x/a", protection_state = "ProtectionStopped" },
--   { name = "i2", source_resource_id = "/x/b", protection_state = "ProtectionPaused" },
--   { name = "i3", source_resource_id = "/x/c", protection_state = "BackupsSuspended" },
--   { name = "i4", source_resource_id = "/x/d", protection_state = "Protected", is_scheduled_for_deferred_delete = true },
-- ]
-- expect = { a = "fail", b = "fail", c = "fail", d = "fail" }
-- [[case]]
-- title = "stopped in one vault, protected in another"
-- given.azure_vm = [{ id = "/x/vm" }]
-- given.azure_backup_protected_item = [
--   { name = "i", _parent_id = "/x/v1", source_resource_id = "/x/vm", protection_state = "ProtectionStopped" },
--   { name = "j", _parent_id = "/x/v2", source_resource_id = "/x/vm", protection_state = "Protected" },
-- ]
-- expect = { vm = "pass" }
-- [[case]]
-- title = "a database or folder inside the machine is not the machine"
-- given.azure_vm = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_backup_protected_item = [
--   { name = "i", source_resource_id = "/x/a", backup_management_type = "AzureWorkload", workload_type = "SQLDataBase", protection_state = "Protected" },
--   { name = "j", source_resource_id = "/x/b", backup_management_type = "MAB", workload_type = "FileFolder", protection_state = "Protected" },
-- ]
-- expect = { a = "fail", b = "fail" }
-- [[case]]
-- title = "state absent or not known"
-- given.azure_vm = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_backup_protected_item = [{ name = "i", source_resource_id = "/x/a" }, { name = "j", source_resource_id = "/x/b", protection_state = "Invalid" }]
-- expect = { a = "unknown", b = "unknown" }
-- [[case]]
-- title = "state not readable, alone and beside a good item"
-- given.azure_vm = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_backup_protected_item = [
--   { name = "i", source_resource_id = "/x/a", _gaps = ["protection_state"] },
--   { name = "j", source_resource_id = "/x/b", _gaps = ["protection_state"] },
--   { name = "k", source_resource_id = "/x/b", protection_state = "Protected" },
-- ]
-- expect = { a = "unknown", b = "pass" }
-- [[case]]
-- title = "machine of an item not readable: it may be any"
-- given.azure_vm = [{ id = "/x/a" }]
-- given.azure_backup_protected_item = [{ name = "i", protection_state = "Protected", _gaps = ["source_resource_id"] }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "items of one vault denied"
-- ledger = [{ table = "azure_backup_protected_item", parent = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.recoveryservices/vaults/v", status = "denied" }]
-- given.azure_vm = [{ id = "/x/a" }]
-- expect = { a = "unknown", "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.recoveryservices/vaults/v" = "unknown" }
-- [[case]]
-- title = "no machine"
-- given.azure_vm = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "protected items denied"
-- ledger = [{ table = "azure_backup_protected_item", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_vm = [{ id = "/x/a" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
WITH per_machine AS (
    SELECT i.vm_id,
           max(CASE WHEN i.state = 'active' THEN i.protection_state END) AS active_state,
           max(CASE WHEN i.state = 'active' THEN i.vault_id END) AS vault_id,
           max(CASE WHEN i.state = 'active' THEN i.last_recovery_point END) AS last_recovery_point,
           sum(CASE WHEN i.state = 'unread' THEN 1 ELSE 0 END) AS n_unread,
           max(CASE WHEN i.state = 'deleted' THEN 'deleted, kept by soft delete' WHEN i.state = 'stopped' THEN i.protection_state END) AS old_state
    FROM vm_backup_item AS i
    GROUP BY i.vm_id
)
SELECT v.id AS subject, v.id AS resource_id, v.subscription_id,
       CASE WHEN p.active_state IS NOT NULL THEN 'pass'
            WHEN p.n_unread > 0 THEN NULL
            ELSE 'fail'
       END AS verdict,
       CASE WHEN p.active_state IS NOT NULL THEN 'state of the backup: ' || p.active_state
            WHEN p.n_unread > 0 THEN 'the state of the backup is absent or not known'
            WHEN p.old_state IS NOT NULL THEN 'the machine was backed up once; state now: ' || p.old_state
            ELSE 'no vault backs the machine up'
       END AS reason,
       p.vault_id, p.last_recovery_point
FROM azure_vm AS v
LEFT JOIN per_machine AS p ON p.vm_id = v.id
