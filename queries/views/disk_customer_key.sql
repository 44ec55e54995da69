-- title = "Managed disks: whose key encrypts them and whether a machine holds them"
-- tables = ["azure_managed_disk"]
WITH disk AS (
    SELECT d.id, d.subscription_id, d.disk_state, d.encryption_disk_encryption_set_id,
           coalesce(list_contains(d._gaps, 'managed_by') OR list_contains(d._gaps, 'managed_by_extended'), FALSE)
             -- Its own state says that a machine holds it, and nothing says which.
             OR coalesce(lower(trim(d.disk_state)) IN ('attached', 'reserved') AND d.managed_by IS NULL, FALSE) AS attachment_gap,
           coalesce(list_contains(d._gaps, 'encryption_type'), FALSE) AS key_gap,
           nullif(trim(d.managed_by), '') AS managed_by,
           list_filter(d.managed_by_extended, lambda m: trim(m) <> '') AS shared_by,
           lower(trim(d.encryption_type)) AS kind, trim(d.encryption_type) AS kind_text,
           -- The key of a confidential machine encrypts its disk before the storage service does, and is named elsewhere.
           coalesce(lower(trim(d.security_profile_security_type)) = 'confidentialvm_diskencryptedwithcustomerkey', FALSE) AS is_confidential,
           coalesce(d.encryption_settings_collection_enabled, FALSE) AS is_guest
    FROM azure_managed_disk AS d
)
-- attached_to is a machine, also a switched-off one; NULL means a free disk unless attachment_gap is true.
-- key_verdict is NULL where the kind of encryption is not known.
SELECT d.id, d.subscription_id, d.disk_state, d.encryption_disk_encryption_set_id AS disk_encryption_set_id, d.attachment_gap,
       CASE WHEN d.managed_by IS NOT NULL THEN d.managed_by
            WHEN array_length(d.shared_by) > 0 THEN array_to_string(d.shared_by, ', ')
       END AS attached_to,
       CASE WHEN d.is_confidential THEN 'pass'
            WHEN d.key_gap THEN NULL
            WHEN d.kind IN ('encryptionatrestwithcustomerkey', 'encryptionatrestwithplatformandcustomerkeys') THEN 'pass'
            WHEN coalesce(d.kind, '') IN ('', 'encryptionatrestwithplatformkey') THEN 'fail'
       END AS key_verdict,
       CASE WHEN d.is_confidential THEN 'the customer key of a confidential machine encrypts the disk'
            WHEN d.key_gap THEN 'the kind of encryption could not be read'
            WHEN coalesce(d.kind, '') = '' THEN 'the kind of encryption is absent, which means a key of the platform'
            ELSE 'encryption: ' || d.kind_text
       END || CASE WHEN d.is_guest THEN '; Azure Disk Encryption inside the guest is set, which does not count here' ELSE '' END AS key_reason
FROM disk AS d
