-- title = "SQL database encrypted at rest"
-- severity = "high"
-- subject = "azure_sql_database"
-- tables = ["azure_sql_database", "azure_sql_database_transparent_data_encryption"]
-- controls = [
--   "cis_azure_2_0_0:4.1.5", "cis_azure_2_1_0:4.1.5", "cis_azure_3_0_0:5.1.5", "jupiterone_questions:sql_database_tde",
--   "jupiterone_questions:sql_server_encryption_flag", "nist_800_53_r5:SC-13", "nist_800_53_r5:SC-28", "iso_27001_2022:A.8.5",
--   "iso_27001_2022:A.8.12", "iso_27001_2022:A.8.24", "pci_dss_4_0:3.5.1", "soc_2:CC6.2", "soc_2:CC6.7", "soc_2:PI1.4",
--   "mitre_attack:T1040", "mitre_attack:T1119", "mitre_attack:T1530",
-- ]
-- rationale = "Without transparent data encryption whoever gets hold of the files of a database, or of a backup of them, reads the data. It is on by default; somebody has switched it off where it is not."
-- remediation = "az sql db tde set --resource-group GROUP --server SERVER --database DATABASE --status Enabled"
-- references = ["https://learn.microsoft.com/azure/azure-sql/database/transparent-data-encryption-tde-overview"]
-- [[case]]
-- title = "on"
-- given.azure_sql_database = [{ id = "/x/s/databases/d", name = "d" }]
-- given.azure_sql_database_transparent_data_encryption = [{ name = "current", _parent_id = "/x/s/databases/d", state = "Enabled" }]
-- expect = { d = "pass" }
-- [[case]]
-- title = "off"
-- given.azure_sql_database = [{ id = "/x/s/databases/d", name = "d" }]
-- given.azure_sql_database_transparent_data_encryption = [{ name = "current", _parent_id = "/x/s/databases/d", state = "Disabled" }]
-- expect = { d = "fail" }
-- [[case]]
-- title = "other letter case, and the name that an old API version used"
-- given.azure_sql_database = [{ id = "/x/s/databases/a", name = "a" }, { id = "/x/s/databases/b", name = "b" }, { id = "/x/s/databases/c", name = "c" }]
-- given.azure_sql_database_transparent_data_encryption = [
--   { name = "t1", _parent_id = "/x/s/databases/a", state = "enabled" },
--   { name = "t2", _parent_id = "/x/s/databases/b", status = "Enabled" },
--   { name = "t3", _parent_id = "/x/s/databases/c", status = "DISABLED" },
-- ]
-- expect = { a = "pass", b = "pass", c = "fail" }
-- [[case]]
-- title = "master has no switch of its own"
-- given.azure_sql_database = [{ id = "/x/s/databases/master", name = "master" }, { id = "/x/t/databases/m2", name = "Master" }]
-- given.azure_sql_database_transparent_data_encryption = [{ name = "current", _parent_id = "/x/s/databases/master", state = "Disabled" }]
-- expect = { master = "not_applicable", m2 = "not_applicable" }
-- [[case]]
-- title = "databases are judged one by one"
-- given.azure_sql_database = [{ id = "/x/s/databases/a", name = "a" }, { id = "/x/s/databases/b", name = "b" }]
-- given.azure_sql_database_transparent_data_encryption = [
--   { name = "t1", _parent_id = "/x/s/databases/a", state = "Enabled", scan_state = "Completed" },
--   { name = "t2", _parent_id = "/x/s/databases/b", state = "Disabled" },
-- ]
-- expect = { a = "pass", b = "fail" }
-- [[case]]
-- title = "on, the scan that encrypts older data is running; on, the scan was broken off"
-- given.azure_sql_database = [{ id = "/x/s/databases/a", name = "a" }, { id = "/x/s/databases/b", name = "b" }, { id = "/x/s/databases/c", name = "c" }]
-- given.azure_sql_database_transparent_data_encryption = [
--   { name = "t1", _parent_id = "/x/s/databases/a", state = "Enabled", scan_state = "Running" },
--   { name = "t2", _parent_id = "/x/s/databases/b", state = "Enabled", scan_state = "Aborted" },
--   { name = "t3", _parent_id = "/x/s/databases/c", state = "Enabled", scan_state = "Suspend" },
-- ]
-- expect = { a = "pass", b = "unknown", c = "unknown" }
-- [[case]]
-- title = "the row is missing, or says nothing, or something nobody knows"
-- given.azure_sql_database = [{ id = "/x/s/databases/a", name = "a" }, { id = "/x/s/databases/b", name = "b" }, { id = "/x/s/databases/c", name = "c" }]
-- given.azure_sql_database_transparent_data_encryption = [
--   { name = "t2", _parent_id = "/x/s/databases/b" },
--   { name = "t3", _parent_id = "/x/s/databases/c", state = "Encrypting" },
-- ]
-- expect = { a = "unknown", b = "unknown", c = "unknown" }
-- [[case]]
-- title = "state not readable"
-- given.azure_sql_database = [{ id = "/x/s/databases/d", name = "d" }]
-- given.azure_sql_database_transparent_data_encryption = [{ name = "current", _parent_id = "/x/s/databases/d", state = "Enabled", _gaps = ["state"] }]
-- expect = { d = "unknown" }
-- [[case]]
-- title = "the scan is not readable"
-- given.azure_sql_database = [{ id = "/x/s/databases/d", name = "d" }]
-- given.azure_sql_database_transparent_data_encryption = [{ name = "current", _parent_id = "/x/s/databases/d", state = "Enabled", _gaps = ["scan_state"] }]
-- expect = { d = "unknown" }
-- [[case]]
-- title = "no database"
-- given.azure_sql_database = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "servers could not be listed, and so their databases"
-- ledger = [{ table = "azure_sql_database", status = "denied", code = "ParentNotRead" }]
-- given.azure_sql_database = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "databases denied"
-- ledger = [{ table = "azure_sql_database", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_sql_database = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "encryption denied"
-- ledger = [{ table = "azure_sql_database_transparent_data_encryption", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_sql_database = [{ id = "/x/s/databases/d", name = "d" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "encryption of one database denied"
-- ledger = [{ table = "azure_sql_database_transparent_data_encryption", parent = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.sql/servers/s/databases/a", status = "denied" }]
-- given.azure_sql_database = [{ id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.sql/servers/s/databases/a", name = "a" }, { id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.sql/servers/s/databases/b", name = "b" }]
-- given.azure_sql_database_transparent_data_encryption = [{ name = "current", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.sql/servers/s/databases/b", state = "Enabled" }]
-- expect = { a = "unknown", b = "pass" }
WITH encryption AS (
    SELECT lower(t._parent_id) AS database_id, lower(trim(coalesce(t.state, t.status))) AS state, lower(trim(t.scan_state)) AS scan_state,
           coalesce(list_contains(t._gaps, 'state') OR list_contains(t._gaps, 'status') OR list_contains(t._gaps, 'scan_state'), FALSE) AS unread
    FROM azure_sql_database_transparent_data_encryption AS t
)
SELECT d.id AS subject, d.id AS resource_id, d.subscription_id,
       CASE WHEN lower(d.name) = 'master' THEN 'not_applicable'
            WHEN t.database_id IS NULL OR t.unread THEN NULL
            WHEN t.state = 'enabled' AND t.scan_state IN ('aborted', 'suspend', 'suspended') THEN NULL
            WHEN t.state = 'enabled' THEN 'pass'
            WHEN t.state = 'disabled' THEN 'fail'
       END AS verdict,
       CASE WHEN lower(d.name) = 'master' THEN 'the system database master cannot be encrypted this way'
            WHEN t.database_id IS NULL THEN 'the encryption of the database is not in the snapshot'
            WHEN t.unread THEN 'the encryption of the database could not be read'
            WHEN t.state IS NULL THEN 'the answer does not say whether encryption is on'
            WHEN t.state = 'enabled' AND t.scan_state IN ('aborted', 'suspend', 'suspended')
            THEN 'encryption is on, but the scan that encrypts what was there before has stopped: ' || t.scan_state
            WHEN t.state = 'enabled' AND t.scan_state IN ('running', 'resume')
            THEN 'encryption is on; the scan that encrypts what was there before is still running'
            WHEN t.state = 'enabled' THEN 'encryption is on'
            WHEN t.state = 'disabled' THEN 'encryption is off'
            ELSE 'encryption has a state that is not known: ' || t.state
       END AS reason,
       t.scan_state
FROM azure_sql_database AS d
LEFT JOIN encryption AS t ON t.database_id = d.id
