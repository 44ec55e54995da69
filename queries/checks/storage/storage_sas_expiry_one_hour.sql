-- title = "SAS tokens expire within an hour"
-- severity = "low"
-- subject = "azure_storage_account"
-- tables = ["azure_storage_account"]
-- controls = [
--   "cis_azure_2_0_0:3.6", "cis_azure_2_1_0:3.6", "cis_azure_3_0_0:4.5", "nist_800_53_r5:IA-5", "nist_800_53_r5:SC-12",
--   "iso_27001_2022:A.5.17", "iso_27001_2022:A.8.24", "pci_dss_4_0:3.7.4", "pci_dss_4_0:8.6.3", "soc_2:CC6.1",
-- ]
-- rationale = "A shared access signature works for everybody who has it until it ends, and nobody can list those given out. The policy of the account warns of long ones or, with the action Block, refuses them; whether people keep to an hour has to be asked."
-- remediation = "az storage account update --name NAME --resource-group GROUP --sas-exp 0.01:00:00, with the expiration action Block; ask the makers of signatures how long theirs live."
-- references = ["https://learn.microsoft.com/azure/storage/common/sas-expiration-policy"]
-- [[case]]
-- title = "limit of one hour, with either action: a person confirms"
-- given.azure_storage_account = [
--   { name = "a", sas_policy_sas_expiration_period = "0.01:00:00", sas_policy_expiration_action = "Block" },
--   { name = "b", sas_policy_sas_expiration_period = "0.01:00:00", sas_policy_expiration_action = "Log" },
-- ]
-- expect = { a = "manual", b = "manual" }
-- [[case]]
-- title = "limit of a day"
-- given.azure_storage_account = [{ name = "a", sas_policy_sas_expiration_period = "1.00:00:00" }]
-- expect = { a = "manual" }
-- [[case]]
-- title = "no limit"
-- given.azure_storage_account = [{ name = "a" }]
-- expect = { a = "manual" }
-- [[case]]
-- title = "a limit that cannot be read as a time"
-- given.azure_storage_account = [{ name = "a", sas_policy_sas_expiration_period = "soon" }]
-- expect = { a = "manual" }
-- [[case]]
-- title = "keys not accepted: signatures of Entra identities remain"
-- given.azure_storage_account = [{ name = "a", allow_shared_key_access = false }]
-- expect = { a = "manual" }
-- [[case]]
-- title = "limit not readable"
-- given.azure_storage_account = [{ name = "a", _gaps = ["sas_policy_sas_expiration_period"] }]
-- expect = { a = "manual" }
-- [[case]]
-- title = "no account"
-- given.azure_storage_account = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "accounts denied"
-- ledger = [{ table = "azure_storage_account", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_storage_account = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
SELECT s.id AS subject, s.id AS resource_id, s.subscription_id, 'manual' AS verdict,
       CASE WHEN list_contains(s._gaps, 'sas_policy_sas_expiration_period') THEN 'the limit for signatures could not be read'
            WHEN s.sas_policy_sas_expiration_period IS NULL THEN 'no limit for signatures is set'
            WHEN duration_minutes(s.sas_policy_sas_expiration_period) IS NULL
            THEN 'the limit for signatures cannot be read as a time: ' || s.sas_policy_sas_expiration_period
            WHEN duration_minutes(s.sas_policy_sas_expiration_period) <= 60
            THEN 'the limit for signatures is within an hour: ' || s.sas_policy_sas_expiration_period
            ELSE 'the limit for signatures is longer than an hour: ' || s.sas_policy_sas_expiration_period
       END
         || coalesce(', action ' || s.sas_policy_expiration_action, '')
         || '; signatures already given out cannot be listed, ask how long they live' AS reason,
       s.sas_policy_sas_expiration_period AS limit_set, s.sas_policy_expiration_action AS action,
       duration_minutes(s.sas_policy_sas_expiration_period) <= 60 AS within_an_hour
FROM azure_storage_account AS s
