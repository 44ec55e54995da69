-- title = "PostgreSQL logs connections"
-- severity = "low"
-- subject = "azure_postgresql_flexible_server"
-- tables = ["azure_postgresql_flexible_server", "azure_postgresql_flexible_server_configuration"]
-- optional = ["azure_postgresql_server", "azure_postgresql_server_configuration"]
-- controls = [
--   "cis_azure_2_0_0:4.3.3", "cis_azure_2_1_0:4.3.3", "cis_azure_3_0_0:5.2.6", "jupiterone_questions:postgresql_connection_log",
--   "nist_800_53_r5:AU-2", "nist_800_53_r5:AU-3", "nist_800_53_r5:AU-12", "iso_27001_2022:A.8.15", "pci_dss_4_0:10.2.1",
--   "soc_2:A1.1", "soc_2:CC7.2", "soc_2:CC7.3", "soc_2:PI1.3",
-- ]
-- rationale = "Attempts to connect, and who made them, are the first trace of guessed or stolen passwords. From version 18 the parameter is a list of what is logged; anything but an empty list logs connections."
-- remediation = "az postgres flexible-server parameter set --resource-group GROUP --server-name SERVER --name log_connections --value on (from version 18: --value receipt,authentication,authorization)"
-- references = ["https://learn.microsoft.com/azure/postgresql/flexible-server/concepts-logging"]
-- [[case]]
-- title = "on"
-- given.azure_postgresql_flexible_server = [{ id = "/x/s" }]
-- given.azure_postgresql_flexible_server_configuration = [
--   { name = "log_connections", id = "/x/s/configurations/log_connections", _parent_id = "/x/s", value = "on" },
-- ]
-- expect = { s = "pass" }
-- [[case]]
-- title = "off"
-- given.azure_postgresql_flexible_server = [{ id = "/x/s" }]
-- given.azure_postgresql_flexible_server_configuration = [
--   { name = "log_connections", id = "/x/s/configurations/log_connections", _parent_id = "/x/s", value = "off" },
-- ]
-- expect = { s = "fail" }
-- [[case]]
-- title = "a list, as version 18 has it; an empty one is off"
-- given.azure_postgresql_flexible_server = [{ id = "/x/a", version = "18" }, { id = "/x/b", version = "18" }, { id = "/x/c", version = "18" }, { id = "/x/d", version = "18" }]
-- given.azure_postgresql_flexible_server_configuration = [
--   { name = "log_connections", id = "/x/a/configurations/log_connections", _parent_id = "/x/a", value = "receipt,authentication" },
--   { name = "log_connections", id = "/x/b/configurations/log_connections", _parent_id = "/x/b", value = "all" },
--   { name = "log_connections", id = "/x/c/configurations/log_connections", _parent_id = "/x/c", value = "" },
--   { name = "log_connections", id = "/x/d/configurations/log_connections", _parent_id = "/x/d", value = "Receipt, Authentication, Authorization" },
-- ]
-- expect = { a = "pass", b = "pass", c = "fail", d = "pass" }
-- [[case]]
-- title = "a word nobody knows"
-- given.azure_postgresql_flexible_server = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_postgresql_flexible_server_configuration = [
--   { name = "log_connections", id = "/x/a/configurations/log_connections", _parent_id = "/x/a", value = "sometimes" },
--   { name = "log_connections", id = "/x/b/configurations/log_connections", _parent_id = "/x/b", value = "receipt,sometimes" },
-- ]
-- expect = { a = "unknown", b = "unknown" }
-- [[case]]
-- title = "other letter case and other words for on and off"
-- given.azure_postgresql_flexible_server = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c" }, { id = "/x/d" }]
-- given.azure_postgresql_flexible_server_configuration = [
--   { name = "log_connections", id = "/x/a/configurations/log_connections", _parent_id = "/x/a", value = "ON" },
--   { name = "log_connections", id = "/x/b/configurations/log_connections", _parent_id = "/x/b", value = "True" },
--   { name = "log_connections", id = "/x/c/configurations/log_connections", _parent_id = "/x/c", value = "OFF" },
--   { name = "log_connections", id = "/x/d/configurations/log_connections", _parent_id = "/x/d", value = "false" },
-- ]
-- expect = { a = "pass", b = "pass", c = "fail", d = "fail" }
-- [[case]]
-- title = "a change waits for a restart: nobody knows what holds"
-- given.azure_postgresql_flexible_server = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_postgresql_flexible_server_configuration = [
--   { name = "log_connections", id = "/x/a/configurations/log_connections", _parent_id = "/x/a", value = "on", is_config_pending_restart = true },
--   { name = "log_connections", id = "/x/b/configurations/log_connections", _parent_id = "/x/b", value = "on", is_config_pending_restart = false },
-- ]
-- expect = { a = "unknown", b = "pass" }
-- [[case]]
-- title = "the row has no value"
-- given.azure_postgresql_flexible_server = [{ id = "/x/s" }]
-- given.azure_postgresql_flexible_server_configuration = [
--   { name = "log_connections", id = "/x/s/configurations/log_connections", _parent_id = "/x/s", default_value = "on" },
-- ]
-- expect = { s = "unknown" }
-- [[case]]
-- title = "not readable"
-- given.azure_postgresql_flexible_server = [{ id = "/x/s" }]
-- given.azure_postgresql_flexible_server_configuration = [
--   { name = "log_connections", id = "/x/s/configurations/log_connections", _parent_id = "/x/s", value = "on", _gaps = ["value"] },
-- ]
-- expect = { s = "unknown" }
-- [[case]]
-- title = "the parameter of another server does not count"
-- given.azure_postgresql_flexible_server = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_postgresql_flexible_server_configuration = [
--   { name = "log_connections", id = "/x/a/configurations/log_connections", _parent_id = "/x/a", value = "on" },
--   { name = "log_connections", id = "/x/b/configurations/log_connections", _parent_id = "/x/b", value = "off" },
-- ]
-- expect = { a = "pass", b = "fail" }
-- [[case]]
-- title = "the row is missing"
-- given.azure_postgresql_flexible_server = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_postgresql_flexible_server_configuration = [
--   { name = "log_connections", id = "/x/b/configurations/log_connections", _parent_id = "/x/b", value = "on" },
-- ]
-- expect = { a = "unknown", b = "pass" }
-- [[case]]
-- title = "single servers are judged where rows exist"
-- given.azure_postgresql_server = [{ id = "/y/a" }, { id = "/y/b" }, { id = "/y/c" }]
-- given.azure_postgresql_server_configuration = [
--   { name = "log_connections", id = "/y/a/configurations/log_connections", _parent_id = "/y/a", value = "on" },
--   { name = "log_connections", id = "/y/b/configurations/log_connections", _parent_id = "/y/b", value = "OFF" },
-- ]
-- expect = { a = "pass", b = "fail", c = "unknown" }
-- [[case]]
-- title = "parameters of one server denied"
-- ledger = [{ table = "azure_postgresql_flexible_server_configuration", parent = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.dbforpostgresql/flexibleservers/a", status = "denied" }]
-- given.azure_postgresql_flexible_server = [{ name = "a" }, { name = "b" }]
-- given.azure_postgresql_flexible_server_configuration = [
--   { name = "log_connections", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.dbforpostgresql/flexibleservers/b/configurations/log_connections", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.dbforpostgresql/flexibleservers/b", value = "on" },
-- ]
-- expect = { a = "unknown", b = "pass" }
-- [[case]]
-- title = "single servers were not read: they do not matter where there are none"
-- ledger = [{ table = "azure_postgresql_server", status = "not_collected" }, { table = "azure_postgresql_server_configuration", status = "not_collected" }]
-- given.azure_postgresql_flexible_server = [{ id = "/x/s" }]
-- given.azure_postgresql_flexible_server_configuration = [
--   { name = "log_connections", id = "/x/s/configurations/log_connections", _parent_id = "/x/s", value = "on" },
-- ]
-- expect = { s = "pass" }
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
-- [[case]]
-- title = "setup_durations only"
-- given.azure_postgresql_flexible_server = [{ name = "a", id = "/x/a", version = "18" }]
-- given.azure_postgresql_flexible_server_configuration = [{ name = "log_connections", _parent_id = "/x/a", value = "setup_durations" }]
-- expect = { a = "unknown" }
WITH parameter AS (
    SELECT p.*,
           CASE WHEN p.state = 'other'
                THEN array_length(list_filter(string_split(lower(p.value), ','),
                         lambda m: trim(m) NOT IN ('receipt', 'authentication', 'authorization', 'setup_durations', 'all'))) = 0
                    AND array_length(list_filter(string_split(lower(p.value), ','), lambda m: trim(m) <> 'setup_durations')) > 0
           END AS is_list
    FROM postgresql_server_parameter AS p
    WHERE p.parameter = 'log_connections'
)
SELECT p.server_id AS subject, p.server_id AS resource_id, p.subscription_id,
       CASE WHEN p.state = 'on' OR p.is_list THEN 'pass' WHEN p.state = 'off' THEN 'fail' END AS verdict,
       CASE WHEN p.state = 'missing' THEN 'the parameter log_connections of the server is not in the snapshot'
            WHEN p.state = 'unread' THEN 'the value of log_connections could not be read'
            WHEN p.state = 'pending' THEN 'a change of log_connections to ' || p.value || ' waits for a restart'
            WHEN p.state = 'other' AND NOT p.is_list THEN 'the value of log_connections is not known: ' || p.value
            WHEN trim(p.value) = '' THEN 'log_connections is empty, which logs nothing'
            ELSE 'log_connections is ' || p.value
       END AS reason,
       p.value, p.kind AS server_kind, p.version
FROM parameter AS p
