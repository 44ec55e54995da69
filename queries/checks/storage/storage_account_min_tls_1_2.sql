-- title = "Storage minimum TLS 1.2"
-- severity = "high"
-- subject = "azure_storage_account"
-- tables = ["azure_storage_account"]
-- controls = ["cis_azure_2_0_0:3.15", "cis_azure_2_1_0:3.15", "cis_azure_3_0_0:4.15", "cis_azure_4_0_0:10.3.7", "cis_azure_5_0_0:9.3.6", "cis_azure_6_0_0:9.3.6"]
-- rationale = "TLS 1.0 and 1.1 have known weaknesses. An account that never had the setting takes TLS 1.0."
-- remediation = "Look for clients that still use older versions in the account's logs, then: az storage account update --ids ID --min-tls-version TLS1_2"
-- references = ["https://learn.microsoft.com/azure/storage/common/transport-layer-security-configure-minimum-version"]
-- [[case]]
-- title = "1.2"
-- given.azure_storage_account = [{ name = "a", minimum_tls_version = "TLS1_2" }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "1.3 is stricter and passes"
-- given.azure_storage_account = [{ name = "a", minimum_tls_version = "TLS1_3" }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "1.0 and 1.1"
-- given.azure_storage_account = [{ name = "a", minimum_tls_version = "TLS1_0" }, { name = "b", minimum_tls_version = "TLS1_1" }]
-- expect = { a = "fail", b = "fail" }
-- [[case]]
-- title = "absent means 1.0"
-- given.azure_storage_account = [{ name = "a" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "other letter case"
-- given.azure_storage_account = [{ name = "a", minimum_tls_version = "tls1_2" }, { name = "b", minimum_tls_version = "tls1_0" }]
-- expect = { a = "pass", b = "fail" }
-- [[case]]
-- title = "a value of another shape is not taken for 1.2"
-- given.azure_storage_account = [{ name = "a", minimum_tls_version = "1.2" }, { name = "b", minimum_tls_version = "" }]
-- expect = { a = "fail", b = "fail" }
-- [[case]]
-- title = "value not readable: the default may not be assumed"
-- given.azure_storage_account = [{ name = "a", _gaps = ["minimum_tls_version"] }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "a gap in another column does not matter"
-- given.azure_storage_account = [{ name = "a", minimum_tls_version = "TLS1_2", _gaps = ["sas_policy_expiration_action"] }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "no account"
-- given.azure_storage_account = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "list denied"
-- ledger = [{ table = "azure_storage_account", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_storage_account = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "list cut short"
-- ledger = [{ table = "azure_storage_account", subscription = "11111111-1111-4111-8111-111111111111", status = "partial" }]
-- given.azure_storage_account = [{ name = "a", minimum_tls_version = "TLS1_2" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
SELECT s.id AS subject, s.id AS resource_id, s.subscription_id,
       CASE WHEN lower(s.minimum_tls_version) IN ('tls1_2', 'tls1_3') THEN 'pass' ELSE 'fail' END AS verdict,
       CASE WHEN s.minimum_tls_version IS NULL THEN 'no minimum is set, which means TLS1_0'
            ELSE 'minimum version: ' || s.minimum_tls_version
       END AS reason
FROM azure_storage_account AS s
