-- title = "Web app minimum TLS 1.2"
-- severity = "high"
-- subject = "azure_web_app"
-- tables = ["azure_web_app", "azure_web_app_config"]
-- controls = [
--   "cis_azure_2_0_0:9.3", "cis_azure_2_1_0:9.3", "cis_azure_3_0_0:9.4", "nist_800_53_r5:SC-8", "nist_800_53_r5:SC-13",
--   "iso_27001_2022:A.8.5", "iso_27001_2022:A.8.12", "iso_27001_2022:A.8.24", "pci_dss_4_0:4.2.1", "soc_2:CC6.6", "soc_2:CC6.7",
--   "mitre_attack:T1040",
-- ]
-- rationale = "TLS 1.0 and 1.1 have known weaknesses, and a client that agrees to them gets no warning. The list of apps leaves the setting empty, so it is read from each app's own configuration."
-- remediation = "az webapp config set --ids ID --min-tls-version 1.2"
-- references = ["https://learn.microsoft.com/azure/app-service/configure-ssl-bindings"]
-- [[case]]
-- title = "1.2"
-- given.azure_web_app = [{ id = "/x/a" }]
-- given.azure_web_app_config = [{ name = "web", _parent_id = "/x/a", min_tls_version = "1.2" }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "1.3 is stricter and passes"
-- given.azure_web_app = [{ id = "/x/a" }]
-- given.azure_web_app_config = [{ name = "web", _parent_id = "/x/a", min_tls_version = " 1.3" }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "1.0 and 1.1"
-- given.azure_web_app = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_web_app_config = [{ name = "c1", _parent_id = "/x/a", min_tls_version = "1.0" }, { name = "c2", _parent_id = "/x/b", min_tls_version = "1.1" }]
-- expect = { a = "fail", b = "fail" }
-- [[case]]
-- title = "configuration read, value absent"
-- given.azure_web_app = [{ id = "/x/a" }]
-- given.azure_web_app_config = [{ name = "web", _parent_id = "/x/a" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "configuration not in the snapshot; that of another app does not count"
-- given.azure_web_app = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_web_app_config = [{ name = "web", _parent_id = "/x/b", min_tls_version = "1.2" }, { name = "f", _parent_id = "/x/functionapp", min_tls_version = "1.2" }]
-- expect = { a = "unknown", b = "pass" }
-- [[case]]
-- title = "a value of another shape is not taken for 1.2"
-- given.azure_web_app = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_web_app_config = [{ name = "c1", _parent_id = "/x/a", min_tls_version = "SSL3" }, { name = "c2", _parent_id = "/x/b", min_tls_version = "" }]
-- expect = { a = "fail", b = "fail" }
-- [[case]]
-- title = "value not readable in the configuration row"
-- given.azure_web_app = [{ id = "/x/a" }]
-- given.azure_web_app_config = [{ name = "web", _parent_id = "/x/a", _gaps = ["min_tls_version"] }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "no app"
-- given.azure_web_app = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "configurations denied"
-- ledger = [{ table = "azure_web_app_config", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_web_app = [{ id = "/x/a" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
SELECT a.id AS subject, a.id AS resource_id, a.subscription_id,
       CASE WHEN c.id IS NULL OR list_contains(c._gaps, 'min_tls_version') THEN NULL
            WHEN trim(c.min_tls_version) IN ('1.2', '1.3') THEN 'pass'
            ELSE 'fail'
       END AS verdict,
       CASE WHEN c.id IS NULL THEN 'the configuration of the app is not in the snapshot'
            WHEN list_contains(c._gaps, 'min_tls_version') THEN 'the minimum could not be read'
            WHEN c.min_tls_version IS NULL THEN 'no minimum is set'
            ELSE 'minimum version: ' || c.min_tls_version
       END AS reason,
       c.min_tls_version AS minimum
FROM azure_web_app AS a
LEFT JOIN azure_web_app_config AS c ON c._parent_id = a.id
