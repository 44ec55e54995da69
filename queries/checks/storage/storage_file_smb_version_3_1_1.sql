-- title = "File shares only speak SMB 3.1.1"
-- severity = "medium"
-- subject = "azure_storage_account"
-- tables = ["azure_storage_account", "azure_storage_file_service"]
-- controls = [
--   "cis_azure_4_0_0:10.1.2", "cis_azure_5_0_0:9.1.2", "cis_azure_6_0_0:9.1.2", "nist_800_53_r5:SC-8", "nist_800_53_r5:SC-13",
--   "iso_27001_2022:A.8.24", "pci_dss_4_0:4.2.1", "soc_2:CC6.7",
-- ]
-- rationale = "SMB 2.1 cannot encrypt at all, and before 3.1.1 nothing protects the opening handshake from being bent to weaker terms. Accounts without a share are judged too: the setting holds for the first one made."
-- remediation = "az storage account file-service-properties update --account-name NAME --resource-group GROUP --versions SMB3.1.1, once all clients speak it."
-- references = ["https://learn.microsoft.com/azure/storage/files/files-smb-protocol"]
-- [[case]]
-- title = "only that one, with and without a closing semicolon"
-- given.azure_storage_account = [{ id = "/x/a", kind = "StorageV2", sku_name = "Standard_LRS" }, { id = "/x/b", kind = "StorageV2", sku_name = "Standard_LRS" }]
-- given.azure_storage_file_service = [
--   { name = "d1", _parent_id = "/x/a", protocol_settings_smb_versions = "SMB3.1.1;" },
--   { name = "d2", _parent_id = "/x/b", protocol_settings_smb_versions = "SMB3.1.1" },
-- ]
-- expect = { a = "pass", b = "pass" }
-- [[case]]
-- title = "a weaker one beside it, in either order"
-- given.azure_storage_account = [{ id = "/x/a", kind = "StorageV2", sku_name = "Standard_LRS" }, { id = "/x/b", kind = "StorageV2", sku_name = "Standard_LRS" }]
-- given.azure_storage_file_service = [
--   { name = "d1", _parent_id = "/x/a", protocol_settings_smb_versions = "SMB3.0;SMB3.1.1;" },
--   { name = "d2", _parent_id = "/x/b", protocol_settings_smb_versions = "SMB3.1.1;SMB2.1" },
-- ]
-- expect = { a = "fail", b = "fail" }
-- [[case]]
-- title = "only a weaker one"
-- given.azure_storage_account = [{ id = "/x/a", kind = "StorageV2", sku_name = "Standard_LRS" }]
-- given.azure_storage_file_service = [{ name = "d1", _parent_id = "/x/a", protocol_settings_smb_versions = "SMB2.1;" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "absent means all of them"
-- given.azure_storage_account = [{ id = "/x/a", kind = "StorageV2", sku_name = "Standard_LRS" }]
-- given.azure_storage_file_service = [{ name = "default", _parent_id = "/x/a" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "an empty text, and nothing but separators"
-- given.azure_storage_account = [{ id = "/x/a", kind = "StorageV2", sku_name = "Standard_LRS" }, { id = "/x/b", kind = "StorageV2", sku_name = "Standard_LRS" }]
-- given.azure_storage_file_service = [
--   { name = "d1", _parent_id = "/x/a", protocol_settings_smb_versions = "" },
--   { name = "d2", _parent_id = "/x/b", protocol_settings_smb_versions = " ; " },
-- ]
-- expect = { a = "fail", b = "fail" }
-- [[case]]
-- title = "other letter case and spaces"
-- given.azure_storage_account = [{ id = "/x/a", kind = "StorageV2", sku_name = "Standard_LRS" }]
-- given.azure_storage_file_service = [{ name = "d1", _parent_id = "/x/a", protocol_settings_smb_versions = " smb3.1.1 ; " }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "a name nobody knows yet: alone, beside a weak one"
-- given.azure_storage_account = [{ id = "/x/a", kind = "StorageV2", sku_name = "Standard_LRS" }, { id = "/x/b", kind = "StorageV2", sku_name = "Standard_LRS" }]
-- given.azure_storage_file_service = [
--   { name = "d1", _parent_id = "/x/a", protocol_settings_smb_versions = "SMB3.1.1;SMB3.1.19;" },
--   { name = "d2", _parent_id = "/x/b", protocol_settings_smb_versions = "SMB3.1.19;SMB2.1;" },
-- ]
-- expect = { a = "unknown", b = "fail" }
-- [[case]]
-- title = "kinds and tiers without a file service"
-- given.azure_storage_account = [
--   { id = "/x/a", kind = "BlobStorage" },
--   { id = "/x/b", kind = "blockblobstorage" },
--   { id = "/x/c", kind = "StorageV2", sku_name = "Premium_LRS" },
-- ]
-- expect = { a = "not_applicable", b = "not_applicable", c = "not_applicable" }
-- [[case]]
-- title = "a premium file account is judged"
-- given.azure_storage_account = [{ id = "/x/a", kind = "FileStorage", sku_name = "Premium_LRS" }]
-- given.azure_storage_file_service = [{ name = "default", _parent_id = "/x/a" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "Azure said that the account cannot have a file service"
-- ledger = [{ table = "azure_storage_file_service", parent = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.storage/storageaccounts/a", status = "unsupported" }]
-- given.azure_storage_account = [{ name = "a", kind = "StorageV2" }]
-- expect = { a = "not_applicable" }
-- [[case]]
-- title = "file service row missing"
-- given.azure_storage_account = [{ id = "/x/a", kind = "StorageV2", sku_name = "Standard_LRS" }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "not readable: the setting, the kind"
-- given.azure_storage_account = [{ id = "/x/a", kind = "StorageV2", sku_name = "Standard_LRS" }, { id = "/x/b", _gaps = ["kind"] }]
-- given.azure_storage_file_service = [
--   { name = "d1", _parent_id = "/x/a", _gaps = ["protocol_settings_smb_versions"] },
--   { name = "d2", _parent_id = "/x/b", protocol_settings_smb_versions = "SMB3.1.1" },
-- ]
-- expect = { a = "unknown", b = "unknown" }
-- [[case]]
-- title = "no account"
-- given.azure_storage_account = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "accounts denied"
-- ledger = [{ table = "azure_storage_account", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_storage_account = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "file services denied"
-- ledger = [{ table = "azure_storage_file_service", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_storage_account = [{ id = "/x/a", kind = "StorageV2", sku_name = "Standard_LRS" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "file service of one account denied"
-- ledger = [{ table = "azure_storage_file_service", parent = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.storage/storageaccounts/a", status = "denied" }]
-- given.azure_storage_account = [{ name = "a" }, { name = "b" }]
-- given.azure_storage_file_service = [
--   { name = "default", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.storage/storageaccounts/b", protocol_settings_smb_versions = "SMB3.1.1" },
-- ]
-- expect = { a = "unknown", b = "pass" }
WITH account AS (
    SELECT s.id, s.subscription_id,
           coalesce(lower(s.kind) IN ('blobstorage', 'blockblobstorage')
                    OR (lower(s.sku_name) LIKE 'premium%' AND lower(s.kind) IN ('storagev2', 'storage')), FALSE) AS has_none
    FROM azure_storage_account AS s
),
setting AS (
    SELECT f._parent_id AS account_id, f.protocol_settings_smb_versions AS given,
           coalesce(list_contains(f._gaps, 'protocol_settings_smb_versions'), FALSE) AS unread,
           list_filter(
               list_transform(string_split(lower(coalesce(f.protocol_settings_smb_versions, '')), ';'), lambda part: trim(part)),
               lambda part: part <> '') AS allowed
    FROM azure_storage_file_service AS f
),
judged AS (
    SELECT t.account_id, t.given, t.unread, array_length(t.allowed) AS n_allowed,
           array_length(list_filter(t.allowed, lambda part: part IN ('smb2.1', 'smb3.0'))) AS n_weak,
           array_length(list_filter(t.allowed, lambda part: part = 'smb3.1.1')) AS n_good
    FROM setting AS t
)
SELECT a.id AS subject, a.id AS resource_id, a.subscription_id,
       CASE WHEN a.has_none OR u.account_id IS NOT NULL THEN 'not_applicable'
            WHEN j.account_id IS NULL OR j.unread THEN NULL
            WHEN coalesce(j.n_allowed, 0) = 0 OR j.n_weak > 0 THEN 'fail'
            WHEN j.n_good = j.n_allowed THEN 'pass'
       END AS verdict,
       CASE WHEN a.has_none THEN 'an account of this kind or tier has no file shares'
            WHEN u.account_id IS NOT NULL THEN 'the account cannot have a file service'
            WHEN j.account_id IS NULL THEN 'the file service of the account is not in the snapshot'
            WHEN j.unread THEN 'the SMB versions could not be read'
            WHEN coalesce(j.n_allowed, 0) = 0 THEN 'no SMB versions are set, which means all are allowed: SMB2.1, SMB3.0, SMB3.1.1'
            WHEN j.n_weak > 0 OR j.n_good = j.n_allowed THEN 'SMB versions allowed: ' || j.given
            ELSE 'SMB versions with a name that is not known: ' || j.given
       END AS reason,
       j.given AS allowed
FROM account AS a
LEFT JOIN judged AS j ON j.account_id = a.id
LEFT JOIN storage_unsupported_service AS u ON u.account_id = a.id AND u.table_name = 'azure_storage_file_service'
