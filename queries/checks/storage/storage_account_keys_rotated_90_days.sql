-- title = "Storage keys rotated within 90 days"
-- severity = "medium"
-- subject = "azure_storage_account"
-- tables = ["azure_storage_account"]
-- controls = [
--   "cis_azure_2_0_0:3.4", "cis_azure_2_1_0:3.4", "cis_azure_3_0_0:4.4", "cis_azure_4_0_0:10.3.1.2", "cis_azure_5_0_0:9.3.1.2",
--   "cis_azure_6_0_0:9.3.1.2", "nist_800_53_r5:IA-5", "nist_800_53_r5:SC-12", "iso_27001_2022:A.5.17", "iso_27001_2022:A.8.24",
--   "pci_dss_4_0:3.7.4", "pci_dss_4_0:8.6.3", "soc_2:CC6.1",
-- ]
-- rationale = "An account key opens everything in the account, names nobody and never expires. Whoever copied one keeps it until it is rotated, and both keys work at any time."
-- remediation = "Rotate one key after the other, moving clients in between: az storage account keys renew --account-name NAME --resource-group GROUP --key primary (then secondary). Where nobody needs the keys: az storage account update --allow-shared-key-access false"
-- references = ["https://learn.microsoft.com/azure/storage/common/storage-account-keys-manage"]
-- [[case]]
-- title = "both young"
-- given.azure_storage_account = [{ name = "a", key_creation_time_key1 = "2026-09-01T00:00:00Z", key_creation_time_key2 = "2026-08-01T00:00:00Z" }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "one of them old, whichever"
-- given.azure_storage_account = [
--   { name = "a", key_creation_time_key1 = "2026-01-01T00:00:00Z", key_creation_time_key2 = "2026-08-01T00:00:00Z" },
--   { name = "b", key_creation_time_key1 = "2026-08-01T00:00:00Z", key_creation_time_key2 = "2026-01-01T00:00:00Z" },
-- ]
-- expect = { a = "fail", b = "fail" }
-- [[case]]
-- title = "90 days to the second pass, one second more fails"
-- given.azure_storage_account = [
--   { name = "a", key_creation_time_key1 = "2026-07-03T00:00:00Z", key_creation_time_key2 = "2026-07-03T00:00:00Z" },
--   { name = "b", key_creation_time_key1 = "2026-07-02T23:59:59Z", key_creation_time_key2 = "2026-09-01T00:00:00Z" },
-- ]
-- expect = { a = "pass", b = "fail" }
-- [[case]]
-- title = "a key without a time is older than the record of times"
-- given.azure_storage_account = [
--   { name = "a", key_creation_time_key1 = "2026-09-01T00:00:00Z" },
--   { name = "b", _raw = '{"properties":{"keyCreationTime":{"key1":null,"key2":null}}}' },
-- ]
-- expect = { a = "fail", b = "fail" }
-- [[case]]
-- title = "no times in the answer at all"
-- given.azure_storage_account = [{ name = "a" }, { name = "b", _raw = '{"properties":{"keyCreationTime":null}}' }]
-- expect = { a = "unknown", b = "unknown" }
-- [[case]]
-- title = "keys not accepted: nothing to rotate"
-- given.azure_storage_account = [{ name = "a", allow_shared_key_access = false }]
-- expect = { a = "not_applicable" }
-- [[case]]
-- title = "keys not accepted, but for one service: judged"
-- given.azure_storage_account = [
--   { name = "a", allow_shared_key_access = false, allow_shared_key_access_for_services = '{"file":{"enabled":true}}', key_creation_time_key1 = "2020-01-01T00:00:00Z", key_creation_time_key2 = "2020-01-01T00:00:00Z" },
-- ]
-- expect = { a = "fail" }
-- [[case]]
-- title = "whether keys are accepted could not be read"
-- given.azure_storage_account = [
--   { name = "a", key_policy_key_expiration_period_in_days = 90, key_creation_time_key1 = "2026-09-01T00:00:00Z", key_creation_time_key2 = "2026-09-01T00:00:00Z", _gaps = ["allow_shared_key_access"] },
--   { name = "b", allow_shared_key_access = false, _gaps = ["allow_shared_key_access_for_services"] },
-- ]
-- expect = { a = "unknown", b = "unknown" }
-- [[case]]
-- title = "a time is not readable"
-- given.azure_storage_account = [{ name = "a", key_creation_time_key2 = "2026-09-01T00:00:00Z", _gaps = ["key_creation_time_key1"] }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "an old key beside one whose time is not readable"
-- given.azure_storage_account = [{ name = "a", key_creation_time_key2 = "2020-09-01T00:00:00Z", _gaps = ["key_creation_time_key1"] }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "no account"
-- given.azure_storage_account = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "accounts denied"
-- ledger = [{ table = "azure_storage_account", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_storage_account = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
WITH age AS (
    SELECT s.id, s.subscription_id, s.key_creation_time_key1 AS key1, s.key_creation_time_key2 AS key2,
           s.key_creation_time_key1 IS NULL AND s.key_creation_time_key2 IS NULL
             AND (s._raw ->> '$.properties.keyCreationTime') IS NULL AS not_told,
           date_diff('day', s.key_creation_time_key1, snapshot_time()) AS days1,
           date_diff('day', s.key_creation_time_key2, snapshot_time()) AS days2
    FROM azure_storage_account AS s
)
SELECT a.id AS subject, a.id AS resource_id, a.subscription_id,
       CASE WHEN k.state IS NULL THEN NULL
            WHEN k.state = 'off' THEN 'not_applicable'
            WHEN a.not_told THEN NULL
            WHEN a.key1 >= snapshot_time() - INTERVAL 90 DAY AND a.key2 >= snapshot_time() - INTERVAL 90 DAY THEN 'pass'
            ELSE 'fail'
       END AS verdict,
       CASE WHEN k.state IS NULL OR k.state = 'off' THEN k.reason
            WHEN a.not_told THEN 'the answer does not tell when the keys were made'
            ELSE 'key 1: ' || coalesce(a.days1 || ' days old', 'never rotated since such times are kept')
                 || ', key 2: ' || coalesce(a.days2 || ' days old', 'never rotated since such times are kept')
       END AS reason,
       a.key1 AS key1_made, a.key2 AS key2_made
FROM age AS a
LEFT JOIN storage_shared_key AS k ON k.account_id = a.id
