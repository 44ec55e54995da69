-- title = "Unattached disks use customer key"
-- severity = "medium"
-- subject = "azure_managed_disk"
-- tables = ["azure_managed_disk"]
-- controls = [
--   "cis_azure_2_0_0:7.4", "cis_azure_2_1_0:7.4", "cis_azure_3_0_0:8.4", "nist_800_53_r5:SC-12", "nist_800_53_r5:SC-28",
--   "iso_27001_2022:A.8.11", "iso_27001_2022:A.8.24", "pci_dss_4_0:3.6.1", "pci_dss_4_0:3.7.1", "soc_2:CC6.7", "soc_2:CC7.4",
--   "soc_2:CC7.5", "soc_2:PI1.5", "mitre_attack:T1119", "mitre_attack:T1530",
-- ]
-- rationale = "A disk that belongs to no machine is easily forgotten, with the data still on it. Where it has a key of the customer, withdrawing the key makes all copies unreadable. A disk of a switched-off machine still belongs to it."
-- remediation = "Delete what is not needed: az disk delete --ids DISK_ID. Else: az disk update --ids DISK_ID --encryption-type EncryptionAtRestWithCustomerKey --disk-encryption-set SET_ID"
-- references = ["https://learn.microsoft.com/azure/virtual-machines/disk-encryption", "https://learn.microsoft.com/azure/virtual-machines/linux/find-unattached-disks"]
-- [[case]]
-- title = "customer key, and double encryption"
-- given.azure_managed_disk = [
--   { name = "a", disk_state = "Unattached", encryption_type = "EncryptionAtRestWithCustomerKey" },
--   { name = "b", managed_by_extended = [], encryption_type = "EncryptionAtRestWithPlatformAndCustomerKeys" },
-- ]
-- expect = { a = "pass", b = "pass" }
-- [[case]]
-- title = "platform key, by name or because nothing is said"
-- given.azure_managed_disk = [{ name = "a", encryption_type = "EncryptionAtRestWithPlatformKey" }, { name = "b" }, { name = "c", managed_by = "" }]
-- expect = { a = "fail", b = "fail", c = "fail" }
-- [[case]]
-- title = "other letter case"
-- given.azure_managed_disk = [{ name = "a", encryption_type = "ENCRYPTIONATRESTWITHCUSTOMERKEY" }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "disks of machines are judged elsewhere, those of switched-off machines too"
-- given.azure_managed_disk = [
--   { name = "a", managed_by = "/x/vm", disk_state = "Attached" },
--   { name = "b", managed_by = "/x/vm", disk_state = "Reserved" },
--   { name = "c", managed_by_extended = ["/x/vm"] },
-- ]
-- expect = { a = "not_applicable", b = "not_applicable", c = "not_applicable" }
-- [[case]]
-- title = "the state of the disk does not decide"
-- given.azure_managed_disk = [{ name = "a", disk_state = "ActiveSAS", encryption_type = "EncryptionAtRestWithPlatformKey" }, { name = "b", disk_state = "ReadyToUpload", encryption_type = "EncryptionAtRestWithCustomerKey" }]
-- expect = { a = "fail", b = "pass" }
-- [[case]]
-- title = "disk of a confidential machine that was removed"
-- given.azure_managed_disk = [{ name = "a", encryption_type = "EncryptionAtRestWithPlatformKey", security_profile_security_type = "ConfidentialVM_DiskEncryptedWithCustomerKey" }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "a kind of encryption that is not known"
-- given.azure_managed_disk = [{ name = "a", encryption_type = "EncryptionAtRestWithPartnerKey" }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "kind of encryption, or whether it is attached, not readable"
-- given.azure_managed_disk = [
--   { name = "a", _gaps = ["encryption_type"] },
--   { name = "b", encryption_type = "EncryptionAtRestWithCustomerKey", _gaps = ["managed_by"] },
--   { name = "c", encryption_type = "EncryptionAtRestWithPlatformKey", _gaps = ["managed_by_extended"] },
-- ]
-- expect = { a = "unknown", b = "unknown", c = "unknown" }
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
       CASE WHEN d.attached_to IS NOT NULL THEN 'not_applicable'
            WHEN d.attachment_gap THEN NULL
            ELSE d.key_verdict
       END AS verdict,
       CASE WHEN d.attached_to IS NOT NULL THEN 'the disk is attached to ' || d.attached_to
            WHEN d.attachment_gap THEN 'whether the disk is attached could not be read'
            ELSE d.key_reason
       END AS reason,
       d.disk_state, d.disk_encryption_set_id
FROM disk_customer_key AS d
