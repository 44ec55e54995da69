-- title = "Key Vault uses Azure RBAC"
-- severity = "medium"
-- subject = "azure_keyvault_service"
-- tables = ["azure_keyvault_service"]
-- controls = [
--   "cis_azure_2_0_0:8.6", "cis_azure_2_1_0:8.6", "cis_azure_3_0_0:3.3.6", "cis_azure_4_0_0:9.3.6", "cis_azure_5_0_0:8.3.6",
--   "cis_azure_6_0_0:8.3.6", "nist_800_53_r5:AC-2", "nist_800_53_r5:AC-5", "nist_800_53_r5:AC-6", "iso_27001_2022:A.5.15",
--   "iso_27001_2022:A.8.2", "pci_dss_4_0:7.2.1", "pci_dss_4_0:7.2.2", "soc_2:CC6.3",
-- ]
-- rationale = "Access policies hold for the whole vault, and whoever may change the vault can write himself one. Azure roles are given by those who give roles everywhere else, down to a single secret, and are seen in one place."
-- remediation = "Give the roles first (for example Key Vault Secrets User), then: az keyvault update --name NAME --enable-rbac-authorization true"
-- references = ["https://learn.microsoft.com/azure/key-vault/general/rbac-migration", "https://learn.microsoft.com/azure/key-vault/general/access-control-default"]
-- [[case]]
-- title = "roles"
-- given.azure_keyvault_service = [{ name = "a", enable_rbac_authorization = true }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "access policies"
-- given.azure_keyvault_service = [{ name = "a", enable_rbac_authorization = false }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "absent means access policies, also in an old vault that a new API shows"
-- given.azure_keyvault_service = [{ name = "a", _api_version = "2026-02-01" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "policies left over beside roles do no harm"
-- given.azure_keyvault_service = [{ name = "a", enable_rbac_authorization = true, access_policies = '[{"objectId":"p"}]' }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "vaults are judged one by one"
-- given.azure_keyvault_service = [{ name = "a", enable_rbac_authorization = true }, { name = "b" }]
-- expect = { a = "pass", b = "fail" }
-- [[case]]
-- title = "not readable: the default may not be assumed"
-- given.azure_keyvault_service = [{ name = "a", _gaps = ["enable_rbac_authorization"] }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "vaults partial"
-- ledger = [{ table = "azure_keyvault_service", subscription = "11111111-1111-4111-8111-111111111111", status = "partial" }]
-- given.azure_keyvault_service = [{ name = "a", enable_rbac_authorization = true }]
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
       CASE WHEN v.enable_rbac_authorization THEN 'pass' ELSE 'fail' END AS verdict,
       CASE WHEN v.enable_rbac_authorization THEN 'Azure roles decide on access'
            WHEN v.enable_rbac_authorization IS NULL THEN 'the switch is absent: access policies decide on access'
            ELSE 'access policies decide on access'
       END AS reason
FROM azure_keyvault_service AS v
