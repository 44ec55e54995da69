-- title = "Attached disks use customer key"
-- severity = "medium"
-- subject = "azure_managed_disk"
-- tables = ["azure_managed_disk"]
-- controls = [
--   "cis_azure_2_0_0:7.3", "cis_azure_2_1_0:7.3", "cis_azure_3_0_0:8.3", "nist_800_53_r5:SC-12", "iso_27001_2022:A.8.11",
--   "iso_27001_2022:A.8.24", "pci_dss_4_0:3.6.1", "pci_dss_4_0:3.7.1", "soc_2:CC6.7", "soc_2:CC7.4", "soc_2:CC7.5",
--   "soc_2:PI1.5", "mitre_attack:T1119", "mitre_attack:T1530",
-- ]
-- rationale = "Every managed disk is encrypted, by default with a key of the platform. Only a key of the customer can be withdrawn, watched and rotated by the customer. Encryption inside the guest (Azure Disk Encryption) is shown but does not count."
-- remediation = "az disk-encryption-set create with a key of a vault, then stop the machine and: az disk update --ids DISK_ID --encryption-type EncryptionAtRestWithCustomerKey --disk-encryption-set SET_ID"
-- references = ["https://learn.microsoft.com/azure/virtual-machines/disk-encryption", "https://learn.microsoft.com/azure/virtual-machines/disk-encryption-overview"]
-- [[case]]
-- title = "customer key, and double encryption"
-- given.azure_managed_disk = [
--   { name = "a", managed_by = "/x/vm", encryption_type = "EncryptionAtRestWithCustomerKey" },
--   { name = "b", managed_by = "/x/vm", encryption_type = "EncryptionAtRestWithPlatformAndCustomerKeys" },
-- ]
-- expect = { a = "pass", b = "pass" }
-- [[case]]
-- title = "platform key"
-- given.azure_managed_disk = [{ name = "a", managed_by = "/x/vm", encryption_type = "EncryptionAtRestWithPlatformKey" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "absent means platform key"
-- given.azure_managed_disk = [{ name = "a", managed_by = "/x/vm" }, { name = "b", managed_by = "/x/vm", encryption_type = "" }]
-- expect = { a = "fail", b = "fail" }
-- [[case]]
-- title = "other letter case"
-- given.azure_managed_disk = [{ name = "a", managed_by = "/x/vm", encryption_type = "encryptionatrestwithcustomerkey" }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "a switched-off machine keeps its disks: Reserved counts as attached"
-- given.azure_managed_disk = [{ name = "a", managed_by = "/x/vm", disk_state = "Reserved", encryption_type = "EncryptionAtRestWithPlatformKey" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "a shared disk is attached to the machines of the longer list"
-- given.azure_managed_disk = [{ name = "a", managed_by_extended = ["/x/vm1", "/x/vm2"], encryption_type = "EncryptionAtRestWithCustomerKey" }, { name = "b", managed_by_extended = ["/x/vm1"] }]
-- expect = { a = "pass", b = "fail" }
-- [[case]]
-- title = "a free disk is judged elsewhere"
-- given.azure_managed_disk = [{ name = "a", disk_state = "Unattached", encryption_type = "EncryptionAtRestWithPlatformKey" }, { name = "b", managed_by_extended = [] }]
-- expect = { a = "not_applicable", b = "not_applicable" }
-- [[case]]
-- title = "disk of a confidential machine: encrypted with the machine's customer key, or with one of the platform"
-- given.azure_managed_disk = [
--   { name = "a", managed_by = "/x/vm", encryption_type = "EncryptionAtRestWithPlatformKey", security_profile_security_type = "ConfidentialVM_DiskEncryptedWithCustomerKey" },
--   { name = "b", managed_by = "/x/vm", encryption_type = "EncryptionAtRestWithPlatformKey", security_profile_security_type = "ConfidentialVM_DiskEncryptedWithPlatformKey" },
-- ]
-- expect = { a = "pass", b = "fail" }
-- [[case]]
-- title = "encryption inside the guest does not count"
-- given.azure_managed_disk = [{ name = "a", managed_by = "/x/vm", encryption_type = "EncryptionAtRestWithPlatformKey", encryption_settings_collection_enabled = true }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "a kind of encryption that is not known"
-- given.azure_managed_disk = [{ name = "a", managed_by = "/x/vm", encryption_type = "EncryptionAtRestWithPartnerKey" }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "kind of encryption not readable"
-- given.azure_managed_disk = [{ name = "a", managed_by = "/x/vm", _gaps = ["encryption_type"] }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "whether it is attached is not readable"
-- given.azure_managed_disk = [{ name = "a", encryption_type = "EncryptionAtRestWithCustomerKey", _gaps = ["managed_by"] }]
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
       CASE WHEN d.attached_to IS NULL THEN CASE WHEN d.attachment_gap THEN NULL ELSE 'not_applicable' END
            ELSE d.key_verdict
       END AS verdict,
       CASE WHEN d.attached_to IS NULL AND d.attachment_gap THEN 'whether the disk is attached could not be read'
            WHEN d.attached_to IS NULL THEN 'the disk is not attached to a machine'
            ELSE d.key_reason
       END AS reason,
       d.attached_to, d.disk_encryption_set_id
FROM disk_customer_key AS d
