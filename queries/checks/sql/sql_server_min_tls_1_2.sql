-- title = "SQL server minimum TLS 1.2"
-- severity = "high"
-- subject = "azure_sql_server"
-- tables = ["azure_sql_server"]
-- controls = [
--   "nist_800_53_r5:SC-8", "nist_800_53_r5:SC-13", "iso_27001_2022:A.8.24", "pci_dss_4_0:4.2.1", "soc_2:CC6.2", "soc_2:CC6.6",
-- ]
-- rationale = "TLS 1.0 and 1.1 have known weaknesses, and a server without a minimum took connections without any encryption. Azure turns old settings away by and by; what a server still states is what it was left at."
-- remediation = "Look for clients that still use older versions, then: az sql server update --resource-group GROUP --name SERVER --minimal-tls-version 1.2"
-- references = ["https://learn.microsoft.com/azure/azure-sql/database/connectivity-settings#minimum-tls-version"]
-- [[case]]
-- title = "1.2 and 1.3"
-- given.azure_sql_server = [{ name = "a", minimal_tls_version = "1.2" }, { name = "b", minimal_tls_version = "1.3" }]
-- expect = { a = "pass", b = "pass" }
-- [[case]]
-- title = "1.0 and 1.1"
-- given.azure_sql_server = [{ name = "a", minimal_tls_version = "1.0" }, { name = "b", minimal_tls_version = "1.1" }]
-- expect = { a = "fail", b = "fail" }
-- [[case]]
-- title = "none, in any letter case, and as 0"
-- given.azure_sql_server = [{ name = "a", minimal_tls_version = "None" }, { name = "b", minimal_tls_version = "none" }, { name = "c", minimal_tls_version = "0" }]
-- expect = { a = "fail", b = "fail", c = "fail" }
-- [[case]]
-- title = "absent: no minimum is stated"
-- given.azure_sql_server = [{ name = "a" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "other spellings of the versions"
-- given.azure_sql_server = [{ name = "a", minimal_tls_version = " TLS1_2 " }, { name = "b", minimal_tls_version = "Tls12" }, { name = "c", minimal_tls_version = "TLSv1.1" }]
-- expect = { a = "pass", b = "pass", c = "fail" }
-- [[case]]
-- title = "a value nobody knows"
-- given.azure_sql_server = [{ name = "a", minimal_tls_version = "2.0" }, { name = "b", minimal_tls_version = "" }, { name = "c", minimal_tls_version = "1.20" }]
-- expect = { a = "unknown", b = "unknown", c = "unknown" }
-- [[case]]
-- title = "not readable"
-- given.azure_sql_server = [{ name = "a", _gaps = ["minimal_tls_version"] }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "no server"
-- given.azure_sql_server = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "servers denied"
-- ledger = [{ table = "azure_sql_server", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_sql_server = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "list cut short"
-- ledger = [{ table = "azure_sql_server", subscription = "11111111-1111-4111-8111-111111111111", status = "partial" }]
-- given.azure_sql_server = [{ name = "a", minimal_tls_version = "1.2" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
WITH server AS (
    SELECT s.id, s.subscription_id, s.minimal_tls_version,
           CASE WHEN s.minimal_tls_version IS NULL OR lower(trim(s.minimal_tls_version)) IN ('none', '0') THEN 'none'
                ELSE nullif(regexp_extract(lower(trim(s.minimal_tls_version)), '^(?:tls)?v?1[._]?([0-3])$', 1), '')
           END AS minor
    FROM azure_sql_server AS s
)
SELECT s.id AS subject, s.id AS resource_id, s.subscription_id,
       CASE WHEN s.minor IN ('2', '3') THEN 'pass'
            WHEN s.minor IN ('none', '0', '1') THEN 'fail'
       END AS verdict,
       CASE WHEN s.minimal_tls_version IS NULL THEN 'no minimum is stated'
            WHEN s.minor = 'none' THEN 'no minimum is set: ' || s.minimal_tls_version
            WHEN s.minor IS NULL THEN 'the minimum has a value that is not known: ' || s.minimal_tls_version
            ELSE 'minimum version: ' || s.minimal_tls_version
       END AS reason,
       s.minimal_tls_version
FROM server AS s
