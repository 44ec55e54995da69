-- title = "Users cannot add gallery apps"
-- severity = "low"
-- subject = "azure_account"
-- tables = ["azure_account"]
-- optional = ["azure_service_principal"]
-- controls = [
--   "cis_azure_2_0_0:1.13", "cis_azure_2_1_0:1.12", "nist_800_53_r5:AC-3", "nist_800_53_r5:AC-6", "nist_800_53_r5:CM-7",
--   "iso_27001_2022:A.5.15", "pci_dss_4_0:7.2.1", "soc_2:CC6.1",
-- ]
-- rationale = "Where users may add applications from the gallery to My Apps, passwords and data of the organisation reach services that nobody looked at. Counted are the applications of the tenant that were made from the gallery, whoever added them."
-- remediation = "Entra admin center > Enterprise applications > User settings: Users can add gallery apps to My Apps: No. There is no az command for it; az ad sp list --all --query \"[?applicationTemplateId].displayName\" lists what has been added so far."
-- references = ["https://learn.microsoft.com/entra/identity/enterprise-apps/manage-self-service-access", "https://learn.microsoft.com/graph/api/resources/serviceprincipal"]
-- [[case]]
-- title = "no application"
-- given.azure_account = [{ }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual" }
-- [[case]]
-- title = "one from the gallery, one of the own, one without template"
-- given.azure_account = [{ }]
-- given.azure_service_principal = [
--   { name = "a", application_template_id = "4601ed45-8ff3-4599-8377-b6649007e876" },
--   { name = "b", application_template_id = "8ADF8E6E-67B2-4CF2-A259-E3DC5476C621" },
--   { name = "c" },
-- ]
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual" }
-- [[case]]
-- title = "empty template"
-- given.azure_account = [{ }]
-- given.azure_service_principal = [{ name = "a", application_template_id = "" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual" }
-- [[case]]
-- title = "template not readable"
-- given.azure_account = [{ }]
-- given.azure_service_principal = [{ name = "a", _gaps = ["application_template_id"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual" }
-- [[case]]
-- title = "applications denied: the evidence is incomplete"
-- ledger = [{ table = "azure_service_principal", status = "denied" }]
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
WITH gallery AS (
    -- 8adf8e6e-... is the template of applications that are not from the gallery.
    SELECT s.tenant_id, count(*) AS n
    FROM azure_service_principal AS s
    WHERE coalesce(lower(trim(s.application_template_id)), '') NOT IN ('', '8adf8e6e-67b2-4cf2-a259-e3dc5476c621')
    GROUP BY s.tenant_id
)
SELECT t.id AS subject, t.id AS resource_id, CAST(NULL AS VARCHAR) AS subscription_id,
       'manual' AS verdict,
       'to be confirmed by the auditor: users cannot add gallery apps to My Apps; no interface gives the setting, its default is No'
         || '; applications found that come from the gallery: ' || coalesce(g.n, 0) AS reason,
       t.display_name AS resource_name,
       coalesce(g.n, 0) AS gallery_applications
FROM azure_account AS t
LEFT JOIN gallery AS g ON g.tenant_id = t.tenant_id
