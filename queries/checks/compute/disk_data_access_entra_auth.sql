-- title = "Disk export needs Entra sign-in"
-- severity = "medium"
-- subject = "azure_managed_disk"
-- tables = ["azure_managed_disk"]
-- controls = [
--   "cis_azure_3_0_0:8.6", "nist_800_53_r5:AC-2", "nist_800_53_r5:AC-3", "nist_800_53_r5:IA-2", "iso_27001_2022:A.5.15",
--   "iso_27001_2022:A.5.17", "pci_dss_4_0:7.2.1", "soc_2:CC6.1",
-- ]
-- rationale = "A disk is exported or filled over a link with a signature in it; whoever has the link has the disk. With this setting the caller must also sign in to Entra and hold a role on the disk."
-- remediation = "az disk update --ids DISK_ID --data-access-auth-mode AzureActiveDirectory; callers then need the role Data Operator for Managed Disks."
-- references = ["https://learn.microsoft.com/azure/virtual-machines/windows/download-vhd", "https://learn.microsoft.com/azure/virtual-machines/disks-upload-vhd-to-managed-disk-cli"]
-- [[case]]
-- title = "Entra sign-in asked for"
-- given.azure_managed_disk = [{ name = "a", data_access_auth_mode = "AzureActiveDirectory" }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "other letter case and blanks"
-- given.azure_managed_disk = [{ name = "a", data_access_auth_mode = " azureactivedirectory " }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "none"
-- given.azure_managed_disk = [{ name = "a", data_access_auth_mode = "None" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "absent or empty means none"
-- given.azure_managed_disk = [{ name = "a" }, { name = "b", data_access_auth_mode = "" }]
-- expect = { a = "fail", b = "fail" }
-- [[case]]
-- title = "a mode that is not known"
-- given.azure_managed_disk = [{ name = "a", data_access_auth_mode = "Certificate" }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "attached and free disks alike"
-- given.azure_managed_disk = [{ name = "a", managed_by = "/x/vm", disk_state = "Attached" }, { name = "b", disk_state = "Unattached", data_access_auth_mode = "AzureActiveDirectory" }]
-- expect = { a = "fail", b = "pass" }
-- [[case]]
-- title = "mode not readable"
-- given.azure_managed_disk = [{ name = "a", _gaps = ["data_access_auth_mode"] }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "no disk"
-- given.azure_managed_disk = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "list denied"
-- ledger = [{ table = "azure_managed_disk", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_managed_disk = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
SELECT d.id AS subject, d.id AS resource_id, d.subscription_id,
       CASE WHEN lower(trim(d.data_access_auth_mode)) = 'azureactivedirectory' THEN 'pass'
            WHEN coalesce(lower(trim(d.data_access_auth_mode)), '') IN ('', 'none') THEN 'fail'
       END AS verdict,
       CASE WHEN coalesce(trim(d.data_access_auth_mode), '') = ''
            THEN 'the mode is absent, which means that a link with a signature is enough to export the disk'
            ELSE 'mode for export and upload: ' || trim(d.data_access_auth_mode)
       END AS reason
FROM azure_managed_disk AS d
