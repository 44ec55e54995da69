-- title = "Legacy VHDs encrypted"
-- severity = "low"
-- subject = "azure_vm"
-- tables = ["azure_vm", "azure_storage_account"]
-- controls = [
--   "cis_azure_2_0_0:7.7", "cis_azure_2_1_0:7.7", "cis_azure_3_0_0:8.9", "jupiterone_questions:vm_vhd_encryption",
--   "nist_800_53_r5:SC-13", "nist_800_53_r5:SC-28", "iso_27001_2022:A.8.24", "pci_dss_4_0:3.5.1", "soc_2:CC6.1",
-- ]
-- rationale = "An unmanaged disk is a blob and as well encrypted as the storage account it lies in. Azure encrypts all blobs and does not let that be switched off; the account is named so that its key and access can be looked at."
-- remediation = "Move to managed disks: az vm deallocate --ids ID, then az vm convert --ids ID. Unmanaged disks are out of support since 2026-03-31."
-- references = ["https://learn.microsoft.com/azure/storage/common/storage-service-encryption", "https://learn.microsoft.com/azure/virtual-machines/unmanaged-disks-deprecation"]
-- [[case]]
-- title = "managed disks only"
-- given.azure_vm = [{ name = "a", storage_profile_os_disk_managed_disk_id = "/x/os", storage_profile_data_disks_vhd_uri = [] }]
-- expect = { a = "not_applicable" }
-- [[case]]
-- title = "where a disk is could not be read: the machine is not set aside as one without unmanaged disks"
-- given.azure_vm = [
--   { id = "/x/a", _gaps = ["storage_profile_os_disk_vhd_uri"] },
--   { id = "/x/b", _gaps = ["storage_profile_data_disks_vhd_uri"] },
--   { id = "/x/c", storage_profile_os_disk_vhd_uri = "https://old.blob.core.windows.net/vhds/c.vhd", _gaps = ["storage_profile_data_disks_vhd_uri"] },
--   { id = "/x/d", storage_profile_os_disk_vhd_uri = "https://bare.blob.core.windows.net/vhds/d.vhd", _gaps = ["storage_profile_data_disks_vhd_uri"] },
-- ]
-- given.azure_storage_account = [{ name = "old", encryption_services_blob_enabled = true }, { name = "bare", encryption_services_blob_enabled = false }]
-- expect = { a = "unknown", b = "unknown", c = "unknown", d = "fail" }
-- [[case]]
-- title = "system disk in an account whose blobs are encrypted"
-- given.azure_vm = [{ name = "a", storage_profile_os_disk_vhd_uri = "https://store1.blob.core.windows.net/vhds/os.vhd" }]
-- given.azure_storage_account = [{ name = "store1", encryption_services_blob_enabled = true }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "a blob is encrypted where the account says nothing, and is not where it says no"
-- given.azure_vm = [{ name = "a", storage_profile_os_disk_vhd_uri = "https://store1.blob.core.windows.net/vhds/os.vhd" }, { name = "b", storage_profile_data_disks_vhd_uri = ["https://store2.blob.core.windows.net/vhds/d.vhd"] }]
-- given.azure_storage_account = [{ name = "store1" }, { name = "store2", encryption_services_blob_enabled = false }]
-- expect = { a = "pass", b = "fail" }
-- [[case]]
-- title = "disks in two accounts: the worse one decides"
-- given.azure_vm = [{ name = "a", storage_profile_os_disk_vhd_uri = "https://store1.blob.core.windows.net/vhds/os.vhd", storage_profile_data_disks_vhd_uri = ["https://store2.blob.core.windows.net/vhds/d.vhd"] }]
-- given.azure_storage_account = [{ name = "store1", encryption_services_blob_enabled = true }, { name = "store2", encryption_services_blob_enabled = false }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "other letter case, a zone in the host name, a sovereign cloud"
-- given.azure_vm = [
--   { name = "a", storage_profile_os_disk_vhd_uri = "HTTPS://Store1.BLOB.core.windows.net/vhds/os.vhd" },
--   { name = "b", storage_profile_os_disk_vhd_uri = "https://store1.z12.blob.storage.azure.net/vhds/os.vhd" },
--   { name = "c", storage_profile_os_disk_vhd_uri = "https://store1.blob.core.chinacloudapi.cn/vhds/os.vhd" },
-- ]
-- given.azure_storage_account = [{ name = "store1", encryption_services_blob_enabled = true }]
-- expect = { a = "pass", b = "pass", c = "pass" }
-- [[case]]
-- title = "the account is not in the snapshot, or the address names none"
-- given.azure_vm = [{ name = "a", storage_profile_os_disk_vhd_uri = "https://gone.blob.core.windows.net/vhds/os.vhd" }, { name = "b", storage_profile_os_disk_vhd_uri = "vhds/os.vhd" }]
-- expect = { a = "unknown", b = "unknown" }
-- [[case]]
-- title = "encryption of the account not readable"
-- given.azure_vm = [{ name = "a", storage_profile_os_disk_vhd_uri = "https://store1.blob.core.windows.net/vhds/os.vhd" }]
-- given.azure_storage_account = [{ name = "store1", _gaps = ["encryption_services_blob_enabled"] }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "disks not readable"
-- given.azure_vm = [{ name = "a", storage_profile_os_disk_vhd_uri = "https://store1.blob.core.windows.net/vhds/os.vhd", _gaps = ["storage_profile_data_disks_vhd_uri"] }]
-- given.azure_storage_account = [{ name = "store1", encryption_services_blob_enabled = true }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "no machine"
-- given.azure_vm = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "storage accounts denied"
-- ledger = [{ table = "azure_storage_account", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_vm = [{ name = "a", storage_profile_os_disk_vhd_uri = "https://store1.blob.core.windows.net/vhds/os.vhd" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
WITH blob AS (
    SELECT m.id, lower(trim(u.uri)) AS uri
    FROM azure_vm AS m, unnest(list_concat([m.storage_profile_os_disk_vhd_uri], m.storage_profile_data_disks_vhd_uri)) AS u(uri)
    WHERE trim(u.uri) <> ''
),
judged AS (
    SELECT b.id, b.uri,
           CASE WHEN s.id IS NULL OR list_contains(s._gaps, 'encryption_services_blob_enabled') THEN 'unread'
                WHEN coalesce(s.encryption_services_blob_enabled, TRUE) THEN 'yes'
                ELSE 'no'
           END AS encrypted
    FROM blob AS b
    LEFT JOIN azure_storage_account AS s ON lower(s.name) = regexp_extract(b.uri, '^https?://([a-z0-9]+)\.', 1)
),
per_machine AS (
    SELECT j.id, count(DISTINCT j.uri) AS n_blobs,
           list_sort(list(DISTINCT j.uri) FILTER (WHERE j.encrypted = 'no')) AS bare,
           list_sort(list(DISTINCT j.uri) FILTER (WHERE j.encrypted = 'unread')) AS unread
    FROM judged AS j
    GROUP BY j.id
)
SELECT m.id AS subject, m.id AS resource_id, m.subscription_id,
       CASE WHEN p.bare IS NOT NULL THEN 'fail'
            WHEN list_contains(m._gaps, 'storage_profile_os_disk_vhd_uri') OR list_contains(m._gaps, 'storage_profile_data_disks_vhd_uri') THEN NULL
            WHEN p.id IS NULL THEN 'not_applicable'
            WHEN p.unread IS NOT NULL THEN NULL
            ELSE 'pass'
       END AS verdict,
       CASE WHEN p.bare IS NOT NULL THEN 'in a storage account that does not encrypt blobs: ' || array_to_string(p.bare, ', ')
            WHEN list_contains(m._gaps, 'storage_profile_os_disk_vhd_uri') OR list_contains(m._gaps, 'storage_profile_data_disks_vhd_uri')
            THEN 'whether the machine has unmanaged disks could not be read in full'
            WHEN p.id IS NULL THEN 'the machine has no unmanaged disk'
            WHEN p.unread IS NOT NULL THEN 'the storage account is not in the snapshot or not readable: ' || array_to_string(p.unread, ', ')
            ELSE 'unmanaged disks, all in storage accounts that encrypt blobs: ' || p.n_blobs
       END AS reason
FROM azure_vm AS m
LEFT JOIN per_machine AS p ON p.id = m.id
