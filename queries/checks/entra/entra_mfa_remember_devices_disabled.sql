-- title = "Remembered MFA on trusted devices off"
-- severity = "medium"
-- subject = "azure_account"
-- tables = ["azure_account"]
-- controls = [
--   "cis_azure_2_0_0:1.1.4", "cis_azure_2_1_0:1.1.4", "cis_azure_3_0_0:2.1.4", "cis_azure_4_0_0:6.1.3", "cis_azure_5_0_0:5.1.3",
--   "cis_azure_6_0_0:5.1.4", "nist_800_53_r5:IA-2", "iso_27001_2022:A.8.5", "pci_dss_4_0:8.4.2", "pci_dss_4_0:8.4.3",
--   "soc_2:CC6.1",
-- ]
-- rationale = "A browser that is remembered skips MFA for days, also for whoever steals it or its cookies. The setting belongs to the old per-user MFA service and no supported interface tells it, so the auditor looks at the portal."
-- remediation = "Entra admin center > Users > Per-user multifactor authentication > Service settings: clear Allow users to remember multifactor authentication on devices they trust. Use the sign-in frequency of Conditional Access instead."
-- references = ["https://learn.microsoft.com/entra/identity/authentication/howto-mfa-mfasettings"]
-- [[case]]
-- title = "a tenant"
-- given.azure_account = [{ }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual" }
-- [[case]]
-- title = "a tenant with a name"
-- given.azure_account = [{ display_name = "Contoso", tenant_type = "AAD" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual" }
-- [[case]]
-- title = "a tenant that is synchronized"
-- given.azure_account = [{ display_name = "Contoso", on_premises_sync_enabled = true }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual" }
-- [[case]]
-- title = "name not readable: still for the auditor"
-- given.azure_account = [{ _gaps = ["display_name"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual" }
-- [[case]]
-- title = "no tenant row"
-- given.azure_account = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "not_applicable" }
-- [[case]]
-- title = "tenant denied, its row known"
-- ledger = [{ table = "azure_account", status = "denied" }]
-- given.azure_account = [{ }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual" }
-- [[case]]
-- title = "tenant denied"
-- ledger = [{ table = "azure_account", status = "denied" }]
-- given.azure_account = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
SELECT t.id AS subject, t.id AS resource_id, CAST(NULL AS VARCHAR) AS subscription_id,
       'manual' AS verdict,
       'no supported interface tells the setting; to be looked up under Per-user multifactor authentication > Service settings' AS reason,
       t.display_name AS resource_name
FROM azure_account AS t
