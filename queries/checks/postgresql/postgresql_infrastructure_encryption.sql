-- title = "PostgreSQL single server encrypted twice"
-- severity = "low"
-- subject = "azure_postgresql_server"
-- tables = ["azure_postgresql_server"]
-- controls = [
--   "cis_azure_2_0_0:4.3.8", "cis_azure_2_1_0:4.3.8", "cis_azure_3_0_0:5.2.8", "nist_800_53_r5:SC-28", "iso_27001_2022:A.8.24",
--   "pci_dss_4_0:3.5.1", "soc_2:CC6.1",
-- ]
-- rationale = "A second layer of encryption below the first protects the data when one of the two is broken or badly set. Only single servers had the choice, at their creation; that service is retired and flexible servers have no such switch."
-- remediation = "It cannot be changed afterwards and the service is retired: move to a flexible server with az postgres flexible-server create"
-- references = ["https://learn.microsoft.com/azure/postgresql/migrate/whats-happening-to-postgresql-single-server"]
-- [[case]]
-- title = "on"
-- given.azure_postgresql_server = [{ name = "a", infrastructure_encryption = "Enabled" }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "off"
-- given.azure_postgresql_server = [{ name = "a", infrastructure_encryption = "Disabled" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "absent means off"
-- given.azure_postgresql_server = [{ name = "a" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "other letter case"
-- given.azure_postgresql_server = [{ name = "a", infrastructure_encryption = "enabled" }, { name = "b", infrastructure_encryption = "DISABLED" }]
-- expect = { a = "pass", b = "fail" }
-- [[case]]
-- title = "a value nobody knows"
-- given.azure_postgresql_server = [{ name = "a", infrastructure_encryption = "Partly" }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "not readable"
-- given.azure_postgresql_server = [{ name = "a", infrastructure_encryption = "Enabled", _gaps = ["infrastructure_encryption"] }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "flexible servers have no such switch"
-- given.azure_postgresql_flexible_server = [{ name = "f" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "Azure says that the service is gone"
-- ledger = [{ table = "azure_postgresql_server", subscription = "11111111-1111-4111-8111-111111111111", status = "retired" }]
-- given.azure_postgresql_server = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "no server"
-- given.azure_postgresql_server = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "servers denied"
-- ledger = [{ table = "azure_postgresql_server", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_postgresql_server = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
SELECT s.id AS subject, s.id AS resource_id, s.subscription_id,
       CASE WHEN lower(trim(s.infrastructure_encryption)) = 'enabled' THEN 'pass'
            WHEN lower(coalesce(trim(s.infrastructure_encryption), 'Disabled')) = 'disabled' THEN 'fail'
       END AS verdict,
       CASE WHEN s.infrastructure_encryption IS NULL THEN 'the second layer of encryption was never set, which means it is off'
            WHEN lower(trim(s.infrastructure_encryption)) = 'enabled' THEN 'the second layer of encryption is on'
            WHEN lower(trim(s.infrastructure_encryption)) = 'disabled' THEN 'the second layer of encryption is off'
            ELSE 'the second layer of encryption has a value that is not known: ' || s.infrastructure_encryption
       END AS reason,
       s.version
FROM azure_postgresql_server AS s
