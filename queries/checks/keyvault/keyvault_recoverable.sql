-- title = "Key Vault is recoverable"
-- severity = "high"
-- subject = "azure_keyvault_service"
-- tables = ["azure_keyvault_service"]
-- controls = [
--   "cis_azure_2_0_0:8.5", "cis_azure_2_1_0:8.5", "cis_azure_3_0_0:3.3.5", "cis_azure_4_0_0:9.3.5",
--   "jupiterone_questions:key_vault_recoverable", "nist_800_53_r5:CP-9", "nist_800_53_r5:CP-10", "iso_27001_2022:A.8.13",
--   "soc_2:PI1.5",
-- ]
-- rationale = "A deleted vault or key takes all data encrypted with it along. Soft delete keeps it for some days; without purge protection an intruder can still purge it at once."
-- remediation = "az keyvault update --name NAME --enable-purge-protection true. It cannot be turned off again; soft delete is on in every vault today."
-- references = ["https://learn.microsoft.com/azure/key-vault/general/soft-delete-overview"]
-- [[case]]
-- title = "both on"
-- given.azure_keyvault_service = [{ name = "a", enable_soft_delete = true, enable_purge_protection = true }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "soft delete absent means on"
-- given.azure_keyvault_service = [{ name = "a", enable_purge_protection = true }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "the usual fault: soft delete without purge protection"
-- given.azure_keyvault_service = [{ name = "a", enable_soft_delete = true }, { name = "b", enable_soft_delete = true, enable_purge_protection = false }]
-- expect = { a = "fail", b = "fail" }
-- [[case]]
-- title = "soft delete off"
-- given.azure_keyvault_service = [{ name = "a", enable_soft_delete = false, enable_purge_protection = true }, { name = "b", enable_soft_delete = false }]
-- expect = { a = "fail", b = "fail" }
-- [[case]]
-- title = "nothing set"
-- given.azure_keyvault_service = [{ name = "a" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "not readable: either of them"
-- given.azure_keyvault_service = [
--   { name = "a", enable_soft_delete = true, _gaps = ["enable_purge_protection"] },
--   { name = "b", enable_purge_protection = true, _gaps = ["enable_soft_delete"] },
-- ]
-- expect = { a = "unknown", b = "unknown" }
-- [[case]]
-- title = "vaults partial"
-- ledger = [{ table = "azure_keyvault_service", subscription = "11111111-1111-4111-8111-111111111111", status = "partial" }]
-- given.azure_keyvault_service = [{ name = "a", enable_soft_delete = true, enable_purge_protection = true }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "no vault"
-- given.azure_keyvault_service = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "vaults denied"
-- ledger = [{ table = "azure_keyvault_service", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_keyvault_service = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
SELECT v.id AS subject, v.id AS resource_id, v.subscription_id,
       CASE WHEN coalesce(v.enable_purge_protection, FALSE) AND coalesce(v.enable_soft_delete, TRUE) THEN 'pass' ELSE 'fail' END AS verdict,
       'soft delete is ' || CASE WHEN coalesce(v.enable_soft_delete, TRUE) THEN 'on' ELSE 'off' END
         || ', purge protection is '
         || CASE WHEN v.enable_purge_protection THEN 'on'
                 WHEN v.enable_purge_protection IS NULL THEN 'off: it was never turned on'
                 ELSE 'off'
            END AS reason,
       v.soft_delete_retention_in_days AS retention_days
FROM azure_keyvault_service AS v
