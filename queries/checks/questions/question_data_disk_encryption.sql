-- title = "Attached data disks encrypted"
-- severity = "low"
-- subject = "azure_managed_disk"
-- tables = ["azure_managed_disk"]
-- controls = ["jupiterone_questions:data_disk_encryption"]
-- rationale = "Azure encrypts every managed disk and names how, with a key of the platform where nothing else is set; a disk that names nothing is what the question looks for, and comes up where Azure's word is missing. The row tells whose key it is; a check of its own asks for a key of the customer. Disks of switched-off machines count as attached, which the question left out."
-- remediation = "For a key of the customer: az disk update --ids ID --encryption-type EncryptionAtRestWithCustomerKey --disk-encryption-set SET_ID"
-- references = ["https://learn.microsoft.com/azure/virtual-machines/disk-encryption"]
-- [[case]]
-- title = "key of the platform, of the customer, of both"
-- given.azure_managed_disk = [
--   { name = "a", managed_by = "/x/vm", encryption_type = "EncryptionAtRestWithPlatformKey" },
--   { name = "b", managed_by = "/x/vm", encryption_type = "EncryptionAtRestWithCustomerKey" },
--   { name = "c", managed_by = "/x/vm", encryption_type = "encryptionatrestwithplatformandcustomerkeys" },
-- ]
-- expect = { a = "pass", b = "pass", c = "pass" }
-- [[case]]
-- title = "no encryption named: what the question asks about; a set of keys without a kind is not decided"
-- given.azure_managed_disk = [{ name = "a", managed_by = "/x/vm" }, { name = "b", managed_by = "/x/vm", encryption_type = " " }, { name = "c", managed_by = "/x/vm", encryption_disk_encryption_set_id = "/x/des" }]
-- expect = { a = "fail", b = "fail", c = "unknown" }
-- [[case]]
-- title = "a kind of encryption nobody knows, and one not readable"
-- given.azure_managed_disk = [
--   { name = "a", managed_by = "/x/vm", encryption_type = "None" },
--   { name = "b", managed_by = "/x/vm", _gaps = ["encryption_type"] },
-- ]
-- expect = { a = "unknown", b = "unknown" }
-- [[case]]
-- title = "operating system disks and disks of no machine are not asked for"
-- given.azure_managed_disk = [
--   { name = "b", os_type = "Linux", managed_by = "/x/vm", encryption_type = "EncryptionAtRestWithPlatformKey" },
--   { name = "c", encryption_type = "EncryptionAtRestWithPlatformKey" },
-- ]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "what the disk is, or whose, not readable"
-- given.azure_managed_disk = [
--   { name = "a", managed_by = "/x/vm", encryption_type = "EncryptionAtRestWithPlatformKey", _gaps = ["os_type"] },
--   { name = "b", encryption_type = "EncryptionAtRestWithPlatformKey", _gaps = ["managed_by"] },
-- ]
-- expect = { a = "unknown", b = "unknown" }
-- [[case]]
-- title = "a disk that is shared, and one of a switched-off machine"
-- given.azure_managed_disk = [
--   { name = "a", managed_by_extended = ["/x/vm1"], encryption_type = "EncryptionAtRestWithPlatformKey" },
--   { name = "b", managed_by = "/x/vm", disk_state = "Reserved", encryption_type = "EncryptionAtRestWithPlatformKey" },
-- ]
-- expect = { a = "pass", b = "pass" }
-- [[case]]
-- title = "attached by its own state, with no machine named"
-- given.azure_managed_disk = [{ name = "a", disk_state = "attached", encryption_type = "EncryptionAtRestWithPlatformKey" }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "disks denied"
-- ledger = [{ table = "azure_managed_disk", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_managed_disk = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
WITH disk AS (
    SELECT m.id, m.subscription_id, m.disk_state, m.encryption_disk_encryption_set_id,
           nullif(trim(m.os_type), '') AS os_type, coalesce(list_contains(m._gaps, 'os_type'), FALSE) AS os_gap,
           CASE WHEN trim(m.managed_by) <> '' THEN trim(m.managed_by)
                WHEN array_length(list_filter(m.managed_by_extended, lambda item_: trim(item_) <> '')) > 0
                THEN array_to_string(list_filter(m.managed_by_extended, lambda item_: trim(item_) <> ''), ', ')
                WHEN lower(trim(m.disk_state)) IN ('attached', 'reserved') THEN 'a machine that is not named'
           END AS attached_to,
           coalesce(list_contains(m._gaps, 'managed_by') OR list_contains(m._gaps, 'managed_by_extended'), FALSE) AS attachment_gap,
           CASE WHEN list_contains(m._gaps, 'encryption_type') THEN 'unread'
                ELSE lower(trim(coalesce(m.encryption_type, '')))
           END AS kind
    FROM azure_managed_disk AS m
)
SELECT d.id AS subject, d.id AS resource_id, d.subscription_id,
       CASE WHEN d.os_gap OR d.attached_to IS NULL THEN NULL
            WHEN d.kind = '' AND d.encryption_disk_encryption_set_id IS NULL THEN 'fail'
            WHEN d.kind IN ('encryptionatrestwithplatformkey', 'encryptionatrestwithcustomerkey', 'encryptionatrestwithplatformandcustomerkeys') THEN 'pass'
       END AS verdict,
       CASE WHEN d.os_gap OR d.attached_to IS NULL THEN 'what the disk is for, or whether a machine holds it, could not be read'
            WHEN d.kind = 'unread' THEN 'the kind of encryption could not be read'
            WHEN d.kind = '' AND d.encryption_disk_encryption_set_id IS NULL THEN 'no encryption is named on the disk (encryption.type is absent), though Azure names one on every managed disk'
            WHEN d.kind = '' THEN 'a disk encryption set is named, but not the kind of encryption'
            WHEN d.kind = 'encryptionatrestwithplatformkey' THEN 'encrypted with a key of the platform'
            WHEN d.kind = 'encryptionatrestwithcustomerkey' THEN 'encrypted with a key of the customer'
            WHEN d.kind = 'encryptionatrestwithplatformandcustomerkeys' THEN 'encrypted twice, with a key of the customer and one of the platform'
            ELSE 'a kind of encryption that is not known: ' || d.kind
       END AS reason,
       d.kind LIKE '%customerkey%' AS customer_key, d.encryption_disk_encryption_set_id AS disk_encryption_set_id, d.attached_to, d.disk_state
FROM disk AS d
WHERE (d.os_type IS NULL OR d.os_gap) AND (d.attached_to IS NOT NULL OR d.attachment_gap)
