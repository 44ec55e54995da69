-- title = "PostgreSQL slows down failed sign-ins"
-- severity = "low"
-- subject = "azure_postgresql_flexible_server"
-- tables = ["azure_postgresql_flexible_server", "azure_postgresql_flexible_server_configuration"]
-- optional = ["azure_postgresql_server", "azure_postgresql_server_configuration"]
-- controls = [
--   "cis_azure_2_0_0:4.3.5", "cis_azure_2_1_0:4.3.5", "cis_azure_3_0_0:5.2.3", "jupiterone_questions:postgresql_throttling",
--   "nist_800_53_r5:AU-2", "nist_800_53_r5:AU-3", "nist_800_53_r5:AU-12", "iso_27001_2022:A.8.15", "pci_dss_4_0:10.2.1",
--   "soc_2:CC7.2",
-- ]
-- rationale = "With throttling a client that fails to sign in again and again is held off for a while, which makes guessing passwords slow. Newer versions of PostgreSQL on Azure do not have the parameter."
-- remediation = "az postgres flexible-server parameter set --resource-group GROUP --server-name SERVER --name connection_throttle.enable --value on"
-- references = ["https://learn.microsoft.com/azure/postgresql/flexible-server/concepts-logging", "https://learn.microsoft.com/azure/postgresql/flexible-server/concepts-server-parameters"]
-- [[case]]
-- title = "on"
-- given.azure_postgresql_flexible_server = [{ id = "/x/s" }]
-- given.azure_postgresql_flexible_server_configuration = [
--   { name = "connection_throttle.enable", id = "/x/s/configurations/connection_throttle.enable", _parent_id = "/x/s", value = "on" },
-- ]
-- expect = { s = "pass" }
-- [[case]]
-- title = "off"
-- given.azure_postgresql_flexible_server = [{ id = "/x/s" }]
-- given.azure_postgresql_flexible_server_configuration = [
--   { name = "connection_throttle.enable", id = "/x/s/configurations/connection_throttle.enable", _parent_id = "/x/s", value = "off" },
-- ]
-- expect = { s = "fail" }
-- [[case]]
-- title = "the version does not have the parameter"
-- given.azure_postgresql_flexible_server = [{ id = "/x/a", version = "17" }, { id = "/x/b", version = "16.4" }]
-- given.azure_postgresql_flexible_server_configuration = [
--   { name = "log_checkpoints", id = "/x/a/configurations/log_checkpoints", _parent_id = "/x/a", value = "on" },
--   { name = "log_connections", id = "/x/a/configurations/log_connections", _parent_id = "/x/a", value = "on" },
--   { name = "log_disconnections", id = "/x/a/configurations/log_disconnections", _parent_id = "/x/a", value = "on" },
--   { name = "log_checkpoints", id = "/x/b/configurations/log_checkpoints", _parent_id = "/x/b", value = "on" },
--   { name = "log_connections", id = "/x/b/configurations/log_connections", _parent_id = "/x/b", value = "on" },
--   { name = "log_disconnections", id = "/x/b/configurations/log_disconnections", _parent_id = "/x/b", value = "on" },
-- ]
-- expect = { a = "not_applicable", b = "not_applicable" }
-- [[case]]
-- title = "the version has it, or is not known, but the row is missing"
-- given.azure_postgresql_flexible_server = [{ id = "/x/a", version = "14" }, { id = "/x/b" }, { id = "/x/c", version = "17", _gaps = ["version"] }]
-- given.azure_postgresql_flexible_server_configuration = [
--   { name = "log_checkpoints", id = "/x/a/configurations/log_checkpoints", _parent_id = "/x/a", value = "on" },
--   { name = "log_connections", id = "/x/a/configurations/log_connections", _parent_id = "/x/a", value = "on" },
--   { name = "log_disconnections", id = "/x/a/configurations/log_disconnections", _parent_id = "/x/a", value = "on" },
--   { name = "log_checkpoints", id = "/x/b/configurations/log_checkpoints", _parent_id = "/x/b", value = "on" },
--   { name = "log_connections", id = "/x/b/configurations/log_connections", _parent_id = "/x/b", value = "on" },
--   { name = "log_disconnections", id = "/x/b/configurations/log_disconnections", _parent_id = "/x/b", value = "on" },
--   { name = "log_checkpoints", id = "/x/c/configurations/log_checkpoints", _parent_id = "/x/c", value = "on" },
--   { name = "log_connections", id = "/x/c/configurations/log_connections", _parent_id = "/x/c", value = "on" },
--   { name = "log_disconnections", id = "/x/c/configurations/log_disconnections", _parent_id = "/x/c", value = "on" },
-- ]
-- expect = { a = "unknown", b = "unknown", c = "unknown" }
-- [[case]]
-- title = "a version that should lack it, but has it"
-- given.azure_postgresql_flexible_server = [{ id = "/x/a", version = "17" }, { id = "/x/b", version = "17" }]
-- given.azure_postgresql_flexible_server_configuration = [
--   { name = "connection_throttle.enable", id = "/x/a/configurations/connection_throttle.enable", _parent_id = "/x/a", value = "on" },
--   { name = "connection_throttle.enable", id = "/x/b/configurations/connection_throttle.enable", _parent_id = "/x/b", value = "off" },
-- ]
-- expect = { a = "pass", b = "fail" }
-- [[case]]
-- title = "no parameter of the server is there, or only some"
-- given.azure_postgresql_flexible_server = [{ id = "/x/a", version = "17" }, { id = "/x/b", version = "17" }]
-- given.azure_postgresql_flexible_server_configuration = [
--   { name = "log_connections", id = "/x/b/configurations/log_connections", _parent_id = "/x/b", value = "on" },
-- ]
-- expect = { a = "unknown", b = "unknown" }
-- [[case]]
-- title = "other letter case and other words for on and off"
-- given.azure_postgresql_flexible_server = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c" }, { id = "/x/d" }]
-- given.azure_postgresql_flexible_server_configuration = [
--   { name = "connection_throttle.enable", id = "/x/a/configurations/connection_throttle.enable", _parent_id = "/x/a", value = "ON" },
--   { name = "connection_throttle.enable", id = "/x/b/configurations/connection_throttle.enable", _parent_id = "/x/b", value = "True" },
--   { name = "connection_throttle.enable", id = "/x/c/configurations/connection_throttle.enable", _parent_id = "/x/c", value = "OFF" },
--   { name = "connection_throttle.enable", id = "/x/d/configurations/connection_throttle.enable", _parent_id = "/x/d", value = "false" },
-- ]
-- expect = { a = "pass", b = "pass", c = "fail", d = "fail" }
-- [[case]]
-- title = "a change waits for a restart: nobody knows what holds"
-- given.azure_postgresql_flexible_server = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_postgresql_flexible_server_configuration = [
--   { name = "connection_throttle.enable", id = "/x/a/configurations/connection_throttle.enable", _parent_id = "/x/a", value = "on", is_config_pending_restart = true },
--   { name = "connection_throttle.enable", id = "/x/b/configurations/connection_throttle.enable", _parent_id = "/x/b", value = "on", is_config_pending_restart = false },
-- ]
-- expect = { a = "unknown", b = "pass" }
-- [[case]]
-- title = "the row has no value"
-- given.azure_postgresql_flexible_server = [{ id = "/x/s" }]
-- given.azure_postgresql_flexible_server_configuration = [
--   { name = "connection_throttle.enable", id = "/x/s/configurations/connection_throttle.enable", _parent_id = "/x/s", default_value = "on" },
-- ]
-- expect = { s = "unknown" }
-- [[case]]
-- title = "not readable"
-- given.azure_postgresql_flexible_server = [{ id = "/x/s" }]
-- given.azure_postgresql_flexible_server_configuration = [
--   { name = "connection_throttle.enable", id = "/x/s/configurations/connection_throttle.enable", _parent_id = "/x/s", value = "on", _gaps = ["value"] },
-- ]
-- expect = { s = "unknown" }
-- [[case]]
-- title = "the parameter of another server does not count"
-- given.azure_postgresql_flexible_server = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_postgresql_flexible_server_configuration = [
--   { name = "connection_throttle.enable", id = "/x/a/configurations/connection_throttle.enable", _parent_id = "/x/a", value = "on" },
--   { name = "connection_throttle.enable", id = "/x/b/configurations/connection_throttle.enable", _parent_id = "/x/b", value = "off" },
-- ]
-- expect = { a = "pass", b = "fail" }
-- [[case]]
-- title = "single servers are judged where rows exist"
-- given.azure_postgresql_server = [{ id = "/y/a" }, { id = "/y/b" }, { id = "/y/c" }]
-- given.azure_postgresql_server_configuration = [
--   { name = "connection_throttling", id = "/y/a/configurations/connection_throttling", _parent_id = "/y/a", value = "on" },
--   { name = "connection_throttling", id = "/y/b/configurations/connection_throttling", _parent_id = "/y/b", value = "OFF" },
-- ]
-- expect = { a = "pass", b = "fail", c = "unknown" }
-- [[case]]
-- title = "parameters of one server denied"
-- ledger = [{ table = "azure_postgresql_flexible_server_configuration", parent = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.dbforpostgresql/flexibleservers/a", status = "denied" }]
-- given.azure_postgresql_flexible_server = [{ name = "a" }, { name = "b" }]
-- given.azure_postgresql_flexible_server_configuration = [
--   { name = "connection_throttle.enable", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.dbforpostgresql/flexibleservers/b/configurations/connection_throttle.enable", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.dbforpostgresql/flexibleservers/b", value = "on" },
-- ]
-- expect = { a = "unknown", b = "pass" }
-- [[case]]
-- title = "single servers were not read: they do not matter where there are none"
-- ledger = [{ table = "azure_postgresql_server", status = "not_collected" }, { table = "azure_postgresql_server_configuration", status = "not_collected" }]
-- given.azure_postgresql_flexible_server = [{ id = "/x/s" }]
-- given.azure_postgresql_flexible_server_configuration = [
--   { name = "connection_throttle.enable", id = "/x/s/configurations/connection_throttle.enable", _parent_id = "/x/s", value = "on" },
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
WITH removed AS (
    SELECT min(TRY_CAST(d.from_version AS INTEGER)) AS from_version
    FROM data_postgresql_parameter_removed AS d
    WHERE d.parameter = 'connection_throttle.enable'
),
parameter AS (
    SELECT p.*,
           p.state = 'missing' AND p.is_listed AND p.kind = 'flexible'
             AND coalesce(TRY_CAST(regexp_extract(trim(p.version), '^[0-9]+') AS INTEGER) >= r.from_version, FALSE) AS is_removed
    FROM postgresql_server_parameter AS p
    CROSS JOIN removed AS r
    WHERE p.parameter = 'connection_throttling'
)
SELECT p.server_id AS subject, p.server_id AS resource_id, p.subscription_id,
       CASE WHEN p.state = 'on' THEN 'pass'
            WHEN p.state = 'off' THEN 'fail'
            WHEN p.is_removed THEN 'not_applicable'
       END AS verdict,
       CASE WHEN p.is_removed THEN 'this version of PostgreSQL has no parameter connection_throttle.enable: ' || p.version
            WHEN p.state = 'missing' THEN 'the parameter for throttling is not in the snapshot, although the version has it or is not known'
            WHEN p.state = 'unread' THEN 'the parameter for throttling could not be read'
            WHEN p.state = 'pending' THEN 'a change of throttling to ' || p.value || ' waits for a restart'
            WHEN p.state = 'other' THEN 'the value of throttling is not known: ' || p.value
            ELSE 'throttling of connections is ' || p.value
       END AS reason,
       p.value, p.kind AS server_kind, p.version
FROM parameter AS p
