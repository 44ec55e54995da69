-- title = "Backups of whole machines: which machine, under which policy and in which state"
-- tables = ["azure_backup_protected_item"]
SELECT i.id, i._parent_id AS vault_id, i.name,
       rtrim(lower(coalesce(nullif(trim(i.virtual_machine_id), ''), nullif(trim(i.source_resource_id), ''))), '/') AS vm_id,
       rtrim(lower(nullif(trim(i.policy_id), '')), '/') AS policy_id, i.policy_name, i.protection_state, i.last_backup_status, i.last_recovery_point,
       CASE WHEN i.is_scheduled_for_deferred_delete THEN 'deleted'
            WHEN list_contains(i._gaps, 'is_scheduled_for_deferred_delete') OR list_contains(i._gaps, 'protection_state') THEN 'unread'
            WHEN lower(trim(i.protection_state)) IN ('protectionstopped', 'protectionpaused', 'backupssuspended') THEN 'stopped'
            WHEN lower(trim(i.protection_state)) IN ('protected', 'irpending', 'protectionerror') THEN 'active'
            ELSE 'unread'
       END AS state
FROM azure_backup_protected_item AS i
-- A database or folder inside a machine names the machine as its source too, but does not bring the machine back.
WHERE coalesce(lower(trim(i.backup_management_type)), 'azureiaasvm') = 'azureiaasvm'
  AND coalesce(lower(trim(i.workload_type)), 'vm') = 'vm'
