-- title = "Unattached disks encrypted"
-- severity = "low"
-- subject = "azure_managed_disk"
-- tables = ["azure_managed_disk"]
-- controls = ["jupiterone_questions:unattached_disk_encryption"]
-- rationale = "A disk that belongs to no machine is easily forgotten, with the data still on it. Every managed disk is encrypted, so that the bad list of the question was always empty: the row tells whose key it is, and a check of its own asks for a key of the customer. Disks of switched-off machines still belong to them and are left out; the question took them for free ones."
-- remediation = "For a key of the customer: az disk update --ids ID --encryption-type EncryptionAtRestWithCustomerKey --disk-encryption-set SET_ID"
-- references = ["https://learn.microsoft.com/azure/virtual-machines/disk-encryption"]
-- [[case]]
-- title = "key of the platform, of the customer, of both"
-- given.azure_managed_disk = [
--   { name = "a", disk_state = "Unattached", encryption_type = "EncryptionAtRestWithPlatformKey" },
--   { name = "b", disk_state = "Unattached", encryption_type = "EncryptionAtRestWithCustomerKey" },
--   { name = "c", disk_state = "Unattached", encryption_type = "encryptionatrestwithplatformandcustomerkeys" },
-- ]
-- expect = { a = "pass", b = "pass", c = "pass" }
-- [[case]]
-- title = "no encryption named: what the question asks about; a set of keys without a kind is not decided"
-- given.azure_managed_disk = [{ name = "a", disk_state = "Unattached" }, { name = "b", disk_state = "Unattached", encryption_type = " " }, { name = "c", disk_state = "Unattached", encryption_disk_encryption_set_id = "/x/des" }]
-- expect = { a = "fail", b = "fail", c = "unknown" }
-- [[case]]
-- title = "a kind of encryption nobody knows, and one not readable"
-- given.azure_managed_disk = [
--   { name = "a", disk_state = "Unattached", encryption_type = "None" },
--   { name = "b", disk_state = "Unattached", _gaps = ["encryption_type"] },
-- ]
-- expect = { a = "unknown", b = "unknown" }
-- [[case]]
-- title = "a disk of a switched-off machine is attached"
-- given.azure_managed_disk = [{ name = "b", managed_by = "/x/vm", disk_state = "Reserved", encryption_type = "EncryptionAtRestWithPlatformKey" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "what the disk is, or whose, not readable"
-- given.azure_managed_disk = [
--   { name = "a", encryption_type = "EncryptionAtRestWithPlatformKey", _gaps = ["managed_by"] },
--   { name = "b", encryption_type = "EncryptionAtRestWithPlatformKey", _gaps = ["managed_by_extended"] },
-- ]
-- expect = { a = "unknown", b = "unknown" }
-- [[case]]
-- title = "attached by its own state, with no machine named"
-- given.azure_managed_disk = [{ name = "a", disk_state = "Reserved", encryption_type = "EncryptionAtRestWithPlatformKey" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
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
       CASE WHEN d.attachment_gap THEN NULL
            WHEN d.kind = '' AND d.encryption_disk_encryption_set_id IS NULL THEN 'fail'
            WHEN d.kind IN ('encryptionatrestwithplatformkey', 'encryptionatrestwithcustomerkey', 'encryptionatrestwithplatformandcustomerkeys') THEN 'pass'
       END AS verdict,
       CASE WHEN d.attachment_gap THEN 'what the disk is for, or whether a machine holds it, could not be read'
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
WHERE d.attached_to IS NULL
