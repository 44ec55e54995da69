-- title = "Users re-confirm reset methods"
-- severity = "low"
-- subject = "azure_account"
-- tables = ["azure_account"]
-- optional = ["azure_user_registration_details"]
-- controls = [
--   "cis_azure_2_0_0:1.8", "cis_azure_2_1_0:1.7", "cis_azure_3_0_0:2.9", "cis_azure_4_0_0:6.9", "cis_azure_5_0_0:5.9",
--   "nist_800_53_r5:AC-7", "nist_800_53_r5:IA-5", "iso_27001_2022:A.5.17", "pci_dss_4_0:8.3.4", "pci_dss_4_0:8.3.6",
--   "soc_2:CC6.1",
-- ]
-- rationale = "A telephone number that changed hands resets passwords for the new owner. Asked again after some months, users correct what is out of date; with 0 days they never are asked."
-- remediation = "Entra admin center > Password reset > Registration: Number of days before users are asked to re-confirm their authentication information: 180, in any case not 0. There is no az command for it; az rest --method get --url https://graph.microsoft.com/v1.0/reports/authenticationMethods/userRegistrationDetails tells who is registered."
-- references = ["https://learn.microsoft.com/entra/identity/authentication/concept-sspr-howitworks", "https://learn.microsoft.com/entra/identity/authentication/tutorial-enable-sspr"]
-- [[case]]
-- title = "no report"
-- given.azure_account = [{ }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual" }
-- [[case]]
-- title = "some users may reset their password"
-- given.azure_account = [{ }]
-- given.azure_user_registration_details = [
--   { name = "u1", is_sspr_enabled = true, is_sspr_registered = true },
--   { name = "u2", is_sspr_enabled = false, is_sspr_registered = false },
-- ]
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual" }
-- [[case]]
-- title = "nobody may: the auditor decides what that means"
-- given.azure_account = [{ }]
-- given.azure_user_registration_details = [{ name = "u1", is_sspr_enabled = false, is_sspr_registered = false }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual" }
-- [[case]]
-- title = "values absent"
-- given.azure_account = [{ }]
-- given.azure_user_registration_details = [{ name = "u1" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual" }
-- [[case]]
-- title = "values not readable"
-- given.azure_account = [{ }]
-- given.azure_user_registration_details = [{ name = "u1", _gaps = ["is_sspr_enabled", "is_sspr_registered"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual" }
-- [[case]]
-- title = "no licence for the report"
-- ledger = [{ table = "azure_user_registration_details", status = "license" }]
-- given.azure_account = [{ }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual" }
-- [[case]]
-- title = "report denied: the evidence is incomplete"
-- ledger = [{ table = "azure_user_registration_details", status = "denied" }]
-- given.azure_account = [{ }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual" }
-- [[case]]
-- title = "no tenant row"
-- given.azure_account = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "not_applicable" }
-- [[case]]
-- title = "tenant denied"
-- ledger = [{ table = "azure_account", status = "denied" }]
-- given.azure_account = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
WITH report AS (
    SELECT r.tenant_id, count(*) AS n_users,
           sum(CASE WHEN r.is_sspr_enabled THEN 1 ELSE 0 END) AS n_enabled,
           sum(CASE WHEN r.is_sspr_registered THEN 1 ELSE 0 END) AS n_registered
    FROM azure_user_registration_details AS r
    GROUP BY r.tenant_id
)
SELECT t.id AS subject, t.id AS resource_id, CAST(NULL AS VARCHAR) AS subscription_id,
       'manual' AS verdict,
       'to be confirmed by the auditor: the number of days before users re-confirm their reset methods is not 0; no interface gives the setting, its default is 180'
         || CASE WHEN r.n_users IS NULL THEN '; no row of the registration report, which needs Entra ID P1, was read'
                 ELSE '; users in the registration report: ' || r.n_users || ', of them allowed to reset their password: ' || r.n_enabled
                      || ', registered for it: ' || r.n_registered END AS reason,
       t.display_name AS resource_name,
       r.n_users AS users_in_report, r.n_enabled AS users_enabled, r.n_registered AS users_registered
FROM azure_account AS t
LEFT JOIN report AS r ON r.tenant_id = t.tenant_id
