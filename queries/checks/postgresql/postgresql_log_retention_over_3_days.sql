-- title = "PostgreSQL keeps server logs over 3 days"
-- severity = "low"
-- subject = "azure_postgresql_flexible_server"
-- tables = ["azure_postgresql_flexible_server", "azure_postgresql_flexible_server_configuration"]
-- optional = ["azure_postgresql_server", "azure_postgresql_server_configuration"]
-- controls = [
--   "cis_azure_2_0_0:4.3.6", "cis_azure_2_1_0:4.3.6", "cis_azure_3_0_0:5.2.4", "jupiterone_questions:postgresql_log_days",
--   "nist_800_53_r5:AU-2", "nist_800_53_r5:AU-3", "nist_800_53_r5:AU-12", "iso_27001_2022:A.8.15", "pci_dss_4_0:10.2.1",
--   "soc_2:A1.1", "soc_2:C1.2", "soc_2:CC7.2", "soc_2:CC7.3",
-- ]
-- rationale = "Over a long weekend logs of three days are gone before anybody looks. The longest that the server itself keeps is seven days; for more, a diagnostic setting has to send them on."
-- remediation = "az postgres flexible-server parameter set --resource-group GROUP --server-name SERVER --name logfiles.retention_days --value 7"
-- references = ["https://learn.microsoft.com/azure/postgresql/flexible-server/concepts-logging"]
-- [[case]]
-- title = "4 and 7 days"
-- given.azure_postgresql_flexible_server = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_postgresql_flexible_server_configuration = [
--   { name = "logfiles.retention_days", id = "/x/a/configurations/logfiles.retention_days", _parent_id = "/x/a", value = "4" },
--   { name = "logfiles.retention_days", id = "/x/b/configurations/logfiles.retention_days", _parent_id = "/x/b", value = "7" },
-- ]
-- expect = { a = "pass", b = "pass" }
-- [[case]]
-- title = "3 days, which is the default, and 1"
-- given.azure_postgresql_flexible_server = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_postgresql_flexible_server_configuration = [
--   { name = "logfiles.retention_days", id = "/x/a/configurations/logfiles.retention_days", _parent_id = "/x/a", value = "3" },
--   { name = "logfiles.retention_days", id = "/x/b/configurations/logfiles.retention_days", _parent_id = "/x/b", value = "1" },
-- ]
-- expect = { a = "fail", b = "fail" }
-- [[case]]
-- title = "compared as a number: 10 is more than 3; blanks do not matter"
-- given.azure_postgresql_flexible_server = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_postgresql_flexible_server_configuration = [
--   { name = "logfiles.retention_days", id = "/x/a/configurations/logfiles.retention_days", _parent_id = "/x/a", value = "10" },
--   { name = "logfiles.retention_days", id = "/x/b/configurations/logfiles.retention_days", _parent_id = "/x/b", value = " 7 " },
-- ]
-- expect = { a = "pass", b = "pass" }
-- [[case]]
-- title = "not a whole number, empty, absent"
-- given.azure_postgresql_flexible_server = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c" }, { id = "/x/d" }]
-- given.azure_postgresql_flexible_server_configuration = [
--   { name = "logfiles.retention_days", id = "/x/a/configurations/logfiles.retention_days", _parent_id = "/x/a", value = "week" },
--   { name = "logfiles.retention_days", id = "/x/b/configurations/logfiles.retention_days", _parent_id = "/x/b", value = "" },
--   { name = "logfiles.retention_days", id = "/x/c/configurations/logfiles.retention_days", _parent_id = "/x/c" },
--   { name = "logfiles.retention_days", id = "/x/d/configurations/logfiles.retention_days", _parent_id = "/x/d", value = "3.6" },
-- ]
-- expect = { a = "unknown", b = "unknown", c = "unknown", d = "unknown" }
-- [[case]]
-- title = "writing of log files is off: the days are judged all the same"
-- given.azure_postgresql_flexible_server = [{ id = "/x/s" }]
-- given.azure_postgresql_flexible_server_configuration = [
--   { name = "logfiles.retention_days", id = "/x/s/c/1", _parent_id = "/x/s", value = "7" },
--   { name = "logfiles.download_enable", id = "/x/s/c/2", _parent_id = "/x/s", value = "off" },
-- ]
-- expect = { s = "pass" }
-- [[case]]
-- title = "the row is missing"
-- given.azure_postgresql_flexible_server = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_postgresql_flexible_server_configuration = [
--   { name = "logfiles.retention_days", id = "/x/b/configurations/logfiles.retention_days", _parent_id = "/x/b", value = "7" },
-- ]
-- expect = { a = "unknown", b = "pass" }
-- [[case]]
-- title = "a change waits for a restart"
-- given.azure_postgresql_flexible_server = [{ id = "/x/s" }]
-- given.azure_postgresql_flexible_server_configuration = [
--   { name = "logfiles.retention_days", id = "/x/s/configurations/logfiles.retention_days", _parent_id = "/x/s", value = "7", is_config_pending_restart = true },
-- ]
-- expect = { s = "unknown" }
-- [[case]]
-- title = "not readable"
-- given.azure_postgresql_flexible_server = [{ id = "/x/s" }]
-- given.azure_postgresql_flexible_server_configuration = [
--   { name = "logfiles.retention_days", id = "/x/s/configurations/logfiles.retention_days", _parent_id = "/x/s", value = "7", _gaps = ["value"] },
-- ]
-- expect = { s = "unknown" }
-- [[case]]
-- title = "single servers name the parameter otherwise"
-- given.azure_postgresql_server = [{ id = "/y/a" }, { id = "/y/b" }, { id = "/y/c" }]
-- given.azure_postgresql_server_configuration = [
--   { name = "log_retention_days", id = "/y/a/configurations/log_retention_days", _parent_id = "/y/a", value = "7" },
--   { name = "log_retention_days", id = "/y/b/configurations/log_retention_days", _parent_id = "/y/b", value = "3" },
-- ]
-- expect = { a = "pass", b = "fail", c = "unknown" }
-- [[case]]
-- title = "parameters of one server denied"
-- ledger = [{ table = "azure_postgresql_flexible_server_configuration", parent = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.dbforpostgresql/flexibleservers/a", status = "denied" }]
-- given.azure_postgresql_flexible_server = [{ name = "a" }, { name = "b" }]
-- given.azure_postgresql_flexible_server_configuration = [
--   { name = "logfiles.retention_days", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.dbforpostgresql/flexibleservers/b/configurations/logfiles.retention_days", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.dbforpostgresql/flexibleservers/b", value = "7" },
-- ]
-- expect = { a = "unknown", b = "pass" }
-- [[case]]
-- title = "no server"
-- given.azure_postgresql_flexible_server = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "servers denied"
-- ledger = [{ table = "azure_postgresql_flexible_server", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_postgresql_flexible_server = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "parameters denied"
-- ledger = [{ table = "azure_postgresql_flexible_server_configuration", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_postgresql_flexible_server = [{ id = "/x/s" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
WITH kept AS (
    SELECT p.server_id, p.subscription_id, p.kind, p.version, p.value, p.state, CASE WHEN regexp_full_match(trim(p.value), '[0-9]+') THEN TRY_CAST(trim(p.value) AS INTEGER) END AS days
    FROM postgresql_server_parameter AS p
    WHERE p.parameter = 'log_retention_days'
),
files AS (
    SELECT d.server_id, d.state
    FROM postgresql_server_parameter AS d
    WHERE d.parameter = 'log_download'
)
SELECT k.server_id AS subject, k.server_id AS resource_id, k.subscription_id,
       CASE WHEN k.state IN ('missing', 'unread', 'pending') OR k.days IS NULL THEN NULL
            WHEN k.days > 3 THEN 'pass'
            ELSE 'fail'
       END AS verdict,
       CASE WHEN k.state = 'missing' THEN 'the parameter for the days that logs are kept is not in the snapshot'
            WHEN k.state = 'unread' THEN 'the days that logs are kept could not be read'
            WHEN k.state = 'pending' THEN 'a change of the days that logs are kept to ' || k.value || ' waits for a restart'
            WHEN k.days IS NULL THEN 'the days that logs are kept are not a number: ' || k.value
            ELSE 'days that logs are kept: ' || k.days
                 || CASE WHEN f.state = 'off' AND k.kind = 'flexible' THEN '; the server writes no log files for download just now (logfiles.download_enable is off)' ELSE '' END
       END AS reason,
       k.days AS retention_days, k.kind AS server_kind, k.version
FROM kept AS k
LEFT JOIN files AS f ON f.server_id = k.server_id
