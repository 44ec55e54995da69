-- title = "Services that a storage account cannot have, as Azure or the kind of the account said"
-- tables = []
WITH unsupported AS (
    -- One row per account and table of service settings whose ledger row says that the account has no such service.
    SELECT DISTINCT l.table_name, rtrim(lower(l.parent_id), '/') AS account_id
    FROM azure_ledger AS l
    WHERE lower(l.status) = 'unsupported' AND l.parent_id IS NOT NULL
      AND l.table_name IN ('azure_storage_blob_service', 'azure_storage_file_service',
                           'azure_storage_queue_service', 'azure_storage_table_service')
)
SELECT u.table_name, u.account_id
FROM unsupported AS u
