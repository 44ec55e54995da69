-- title = "VMs use managed disks"
-- severity = "medium"
-- subject = "azure_vm"
-- tables = ["azure_vm"]
-- controls = [
--   "cis_azure_2_0_0:7.2", "cis_azure_2_1_0:7.2", "cis_azure_3_0_0:8.2", "nist_800_53_r5:CM-2", "nist_800_53_r5:CM-6",
--   "iso_27001_2022:A.8.14", "pci_dss_4_0:2.2.1", "soc_2:CC7.1", "soc_2:CC8.1",
-- ]
-- rationale = "An unmanaged disk is a blob in a storage account: whoever has the account's keys has the disk, and one account that fails takes several machines along. Azure stopped supporting such disks on 2026-03-31."
-- remediation = "az vm deallocate --ids ID, then az vm convert --ids ID"
-- references = ["https://learn.microsoft.com/azure/virtual-machines/unmanaged-disks-deprecation", "https://learn.microsoft.com/azure/virtual-machines/managed-disks-overview"]
-- [[case]]
-- title = "all disks managed"
-- given.azure_vm = [{ name = "a", storage_profile_os_disk_managed_disk_id = "/x/os", storage_profile_data_disks = '[{"lun":0,"managedDisk":{"id":"/x/d0"}},{"lun":1,"managedDisk":{"id":"/x/d1"}}]' }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "no data disk"
-- given.azure_vm = [{ name = "a", storage_profile_os_disk_managed_disk_id = "/x/os", storage_profile_data_disks = '[]' }, { name = "b", storage_profile_os_disk_managed_disk_id = "/x/os" }]
-- expect = { a = "pass", b = "pass" }
-- [[case]]
-- title = "system disk in a storage account"
-- given.azure_vm = [{ name = "a", storage_profile_os_disk_vhd_uri = "https://s.blob.core.windows.net/vhds/os.vhd" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "data disk in a storage account"
-- given.azure_vm = [{ name = "a", storage_profile_os_disk_managed_disk_id = "/x/os", storage_profile_data_disks = '[{"lun":0,"managedDisk":{"id":"/x/d0"}},{"lun":1,"vhd":{"uri":"https://s.blob.core.windows.net/vhds/d.vhd"}}]' }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "system disk managed without an id: the tier tells"
-- given.azure_vm = [{ name = "a", storage_profile_os_disk_managed_disk_storage_account_type = "Standard_LRS" }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "a disk that is neither"
-- given.azure_vm = [
--   { name = "a" },
--   { name = "b", storage_profile_os_disk_managed_disk_id = "/x/os", storage_profile_data_disks = '[{"lun":0,"managedDisk":null}]' },
--   { name = "c", storage_profile_os_disk_managed_disk_id = "/x/os", storage_profile_data_disks = '[{"lun":0,"managedDisk":{"id":"/x/d"}},{"lun":1}]' },
-- ]
-- expect = { a = "unknown", b = "unknown", c = "unknown" }
-- [[case]]
-- title = "an unmanaged disk decides beside one that is neither"
-- given.azure_vm = [{ name = "a", storage_profile_os_disk_vhd_uri = "https://s.blob.core.windows.net/vhds/os.vhd", storage_profile_data_disks = '[{"lun":1}]' }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "disks not readable"
-- given.azure_vm = [
--   { name = "a", storage_profile_os_disk_managed_disk_id = "/x/os", _gaps = ["storage_profile_data_disks"] },
--   { name = "b", storage_profile_os_disk_managed_disk_id = "/x/os", _gaps = ["storage_profile_os_disk_vhd_uri"] },
-- ]
-- expect = { a = "unknown", b = "unknown" }
-- [[case]]
-- title = "no machine"
-- given.azure_vm = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "list denied"
-- ledger = [{ table = "azure_vm", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_vm = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
WITH data_disk AS (
    SELECT m.id,
           nullif(trim(m.storage_profile_data_disks ->> ('$[' || u.i || '].vhd.uri')), '') AS vhd_uri,
           m.storage_profile_data_disks ->> ('$[' || u.i || '].managedDisk') AS managed_disk
    FROM azure_vm AS m, unnest(range(CAST(json_array_length(m.storage_profile_data_disks) AS BIGINT))) AS u(i)
),
per_machine AS (
    SELECT d.id, count(*) AS n_disks,
           list_sort(list(d.vhd_uri) FILTER (WHERE d.vhd_uri IS NOT NULL)) AS vhd_uris,
           sum(CASE WHEN d.vhd_uri IS NULL AND d.managed_disk IS NULL THEN 1 ELSE 0 END) AS n_neither
    FROM data_disk AS d
    GROUP BY d.id
),
machine AS (
    SELECT m.id, m.subscription_id, nullif(trim(m.storage_profile_os_disk_vhd_uri), '') AS os_vhd,
           coalesce(nullif(trim(m.storage_profile_os_disk_managed_disk_id), ''), m.storage_profile_os_disk_managed_disk_storage_account_type) AS os_managed,
           coalesce(p.n_disks, 0) AS n_disks, coalesce(p.n_neither, 0) AS n_neither, p.vhd_uris
    FROM azure_vm AS m
    LEFT JOIN per_machine AS p ON p.id = m.id
)
SELECT m.id AS subject, m.id AS resource_id, m.subscription_id,
       CASE WHEN m.os_vhd IS NOT NULL OR m.vhd_uris IS NOT NULL THEN 'fail'
            WHEN m.os_managed IS NULL OR m.n_neither > 0 THEN NULL
            ELSE 'pass'
       END AS verdict,
       CASE WHEN m.os_vhd IS NOT NULL OR m.vhd_uris IS NOT NULL
            THEN 'unmanaged: ' || concat_ws(', ', m.os_vhd, array_to_string(m.vhd_uris, ', '))
            WHEN m.os_managed IS NULL THEN 'the system disk names neither a managed disk nor a blob'
            WHEN m.n_neither > 0 THEN 'data disks that name neither a managed disk nor a blob: ' || m.n_neither
            ELSE 'the system disk and all data disks (' || m.n_disks || ') are managed'
       END AS reason
FROM machine AS m
