-- title = "Key Vault purge protection on"
-- severity = "high"
-- subject = "azure_keyvault_service"
-- tables = ["azure_keyvault_service"]
-- controls = [
--   "cis_azure_5_0_0:8.3.5", "cis_azure_6_0_0:8.3.5", "nist_800_53_r5:CP-9", "iso_27001_2022:A.8.13", "soc_2:PI1.5",
-- ]
-- rationale = "Without it a deleted vault or key can be purged at once, and all data encrypted with it is lost for good."
-- remediation = "az keyvault update --name NAME --enable-purge-protection true. It cannot be turned off again."
-- references = ["https://learn.microsoft.com/azure/key-vault/general/soft-delete-overview"]
-- [[case]]
-- title = "on"
-- given.azure_keyvault_service = [{ name = "a", enable_purge_protection = true }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "absent means off"
-- given.azure_keyvault_service = [{ name = "a" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "off, as an import may say it"
-- given.azure_keyvault_service = [{ name = "a", enable_purge_protection = false }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "vaults are judged one by one"
-- given.azure_keyvault_service = [{ name = "a", enable_purge_protection = true }, { name = "b" }]
-- expect = { a = "pass", b = "fail" }
-- [[case]]
-- title = "value not readable: the default may not be assumed"
-- given.azure_keyvault_service = [{ name = "a", _gaps = ["enable_purge_protection"] }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "no vault"
-- given.azure_keyvault_service = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "provider not registered: there can be no vault"
-- ledger = [{ table = "azure_keyvault_service", subscription = "11111111-1111-4111-8111-111111111111", status = "not_registered" }]
-- given.azure_keyvault_service = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "list denied"
-- ledger = [{ table = "azure_keyvault_service", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_keyvault_service = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "list cut short: rows that did arrive give no verdict either"
-- ledger = [{ table = "azure_keyvault_service", subscription = "11111111-1111-4111-8111-111111111111", status = "partial" }]
-- given.azure_keyvault_service = [{ name = "a", enable_purge_protection = true }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
SELECT v.id AS subject, v.id AS resource_id, v.subscription_id,
       CASE WHEN v.enable_purge_protection THEN 'pass' ELSE 'fail' END AS verdict,
       CASE WHEN v.enable_purge_protection THEN 'purge protection is on'
            WHEN v.enable_purge_protection IS NULL THEN 'purge protection was never turned on'
            ELSE 'purge protection is off'
       END AS reason
FROM azure_keyvault_service AS v
