-- title = "Storage key rotation reminder set"
-- severity = "low"
-- subject = "azure_storage_account"
-- tables = ["azure_storage_account"]
-- controls = [
--   "cis_azure_2_0_0:3.3", "cis_azure_2_1_0:3.3", "cis_azure_3_0_0:4.3", "cis_azure_4_0_0:10.3.1.1", "cis_azure_5_0_0:9.3.1.1",
--   "cis_azure_6_0_0:9.3.1.1", "nist_800_53_r5:IA-5", "nist_800_53_r5:SC-12", "iso_27001_2022:A.5.17", "iso_27001_2022:A.8.24",
--   "pci_dss_4_0:3.7.4", "pci_dss_4_0:8.6.3", "soc_2:CC6.1",
-- ]
-- rationale = "The period marks keys as overdue once they are older: the portal shows it and Azure Policy can report it. Without it nothing tells that a key has been in use for years. It only reminds; it rotates nothing."
-- remediation = "az storage account update --name NAME --resource-group GROUP --key-exp-days 90. Where nobody needs the keys, turn them off: --allow-shared-key-access false"
-- references = ["https://learn.microsoft.com/azure/storage/common/storage-account-keys-manage"]
-- [[case]]
-- title = "90 days"
-- given.azure_storage_account = [{ name = "a", key_policy_key_expiration_period_in_days = 90 }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "no policy"
-- given.azure_storage_account = [{ name = "a", allow_shared_key_access = true }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "zero days are no reminder, one is"
-- given.azure_storage_account = [{ name = "a", key_policy_key_expiration_period_in_days = 0 }, { name = "b", key_policy_key_expiration_period_in_days = 1 }]
-- expect = { a = "fail", b = "pass" }
-- [[case]]
-- title = "over 90 days passes, the reason names it"
-- given.azure_storage_account = [{ name = "a", key_policy_key_expiration_period_in_days = 365 }]
-- expect = { a = "pass" }
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
-- title = "the period is not readable"
-- given.azure_storage_account = [{ name = "a", _gaps = ["key_policy_key_expiration_period_in_days"] }]
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
SELECT s.id AS subject, s.id AS resource_id, s.subscription_id,
       CASE WHEN k.state IS NULL THEN NULL
            WHEN k.state = 'off' THEN 'not_applicable'
            WHEN s.key_policy_key_expiration_period_in_days >= 1 THEN 'pass'
            ELSE 'fail'
       END AS verdict,
       CASE WHEN k.state IS NULL OR k.state = 'off' THEN k.reason
            WHEN s.key_policy_key_expiration_period_in_days IS NULL THEN 'no reminder is set'
            WHEN s.key_policy_key_expiration_period_in_days < 1
            THEN 'the reminder is set to ' || s.key_policy_key_expiration_period_in_days || ' days, which is none'
            WHEN s.key_policy_key_expiration_period_in_days > 90
            THEN 'reminder after ' || s.key_policy_key_expiration_period_in_days || ' days, more than the 90 that are advised'
            ELSE 'reminder after ' || s.key_policy_key_expiration_period_in_days || ' days'
       END AS reason,
       s.key_policy_key_expiration_period_in_days AS reminder_days
FROM azure_storage_account AS s
LEFT JOIN storage_shared_key AS k ON k.account_id = s.id
