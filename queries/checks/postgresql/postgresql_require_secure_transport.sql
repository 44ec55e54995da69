-- title = "PostgreSQL requires TLS"
-- severity = "high"
-- subject = "azure_postgresql_flexible_server"
-- tables = ["azure_postgresql_flexible_server", "azure_postgresql_flexible_server_configuration"]
-- optional = ["azure_postgresql_server", "azure_postgresql_server_configuration"]
-- controls = [
--   "cis_azure_2_0_0:4.3.1", "cis_azure_2_1_0:4.3.1", "cis_azure_3_0_0:5.2.1", "jupiterone_questions:postgresql_ssl",
--   "nist_800_53_r5:SC-8", "iso_27001_2022:A.8.24", "pci_dss_4_0:4.2.1", "soc_2:CC6.2", "soc_2:CC6.6", "mitre_attack:T1040",
--   "mitre_attack:T1530",
-- ]
-- rationale = "Without it a client may sign in and read over an open line, and whoever sits in between reads along. One forgotten connection string is enough."
-- remediation = "az postgres flexible-server parameter set --resource-group GROUP --server-name SERVER --name require_secure_transport --value on"
-- references = ["https://learn.microsoft.com/azure/postgresql/flexible-server/concepts-networking-ssl-tls"]
-- [[case]]
-- title = "on"
-- given.azure_postgresql_flexible_server = [{ id = "/x/s" }]
-- given.azure_postgresql_flexible_server_configuration = [
--   { name = "require_secure_transport", id = "/x/s/configurations/require_secure_transport", _parent_id = "/x/s", value = "on" },
-- ]
-- expect = { s = "pass" }
-- [[case]]
-- title = "off"
-- given.azure_postgresql_flexible_server = [{ id = "/x/s" }]
-- given.azure_postgresql_flexible_server_configuration = [
--   { name = "require_secure_transport", id = "/x/s/configurations/require_secure_transport", _parent_id = "/x/s", value = "off" },
-- ]
-- expect = { s = "fail" }
-- [[case]]
-- title = "other letter case and other words for on and off"
-- given.azure_postgresql_flexible_server = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c" }, { id = "/x/d" }]
-- given.azure_postgresql_flexible_server_configuration = [
--   { name = "require_secure_transport", id = "/x/a/configurations/require_secure_transport", _parent_id = "/x/a", value = "ON" },
--   { name = "require_secure_transport", id = "/x/b/configurations/require_secure_transport", _parent_id = "/x/b", value = "True" },
--   { name = "require_secure_transport", id = "/x/c/configurations/require_secure_transport", _parent_id = "/x/c", value = "OFF" },
--   { name = "require_secure_transport", id = "/x/d/configurations/require_secure_transport", _parent_id = "/x/d", value = "false" },
-- ]
-- expect = { a = "pass", b = "pass", c = "fail", d = "fail" }
-- [[case]]
-- title = "a change waits for a restart: nobody knows what holds"
-- given.azure_postgresql_flexible_server = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_postgresql_flexible_server_configuration = [
--   { name = "require_secure_transport", id = "/x/a/configurations/require_secure_transport", _parent_id = "/x/a", value = "on", is_config_pending_restart = true },
--   { name = "require_secure_transport", id = "/x/b/configurations/require_secure_transport", _parent_id = "/x/b", value = "on", is_config_pending_restart = false },
-- ]
-- expect = { a = "unknown", b = "pass" }
-- [[case]]
-- title = "the row has no value"
-- given.azure_postgresql_flexible_server = [{ id = "/x/s" }]
-- given.azure_postgresql_flexible_server_configuration = [
--   { name = "require_secure_transport", id = "/x/s/configurations/require_secure_transport", _parent_id = "/x/s", default_value = "on" },
-- ]
-- expect = { s = "unknown" }
-- [[case]]
-- title = "not readable"
-- given.azure_postgresql_flexible_server = [{ id = "/x/s" }]
-- given.azure_postgresql_flexible_server_configuration = [
--   { name = "require_secure_transport", id = "/x/s/configurations/require_secure_transport", _parent_id = "/x/s", value = "on", _gaps = ["value"] },
-- ]
-- expect = { s = "unknown" }
-- [[case]]
-- title = "the parameter of another server does not count"
-- given.azure_postgresql_flexible_server = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_postgresql_flexible_server_configuration = [
--   { name = "require_secure_transport", id = "/x/a/configurations/require_secure_transport", _parent_id = "/x/a", value = "on" },
--   { name = "require_secure_transport", id = "/x/b/configurations/require_secure_transport", _parent_id = "/x/b", value = "off" },
-- ]
-- expect = { a = "pass", b = "fail" }
-- [[case]]
-- title = "the row is missing"
-- given.azure_postgresql_flexible_server = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_postgresql_flexible_server_configuration = [
--   { name = "require_secure_transport", id = "/x/b/configurations/require_secure_transport", _parent_id = "/x/b", value = "on" },
-- ]
-- expect = { a = "unknown", b = "pass" }
-- [[case]]
-- title = "parameters of one server denied"
-- ledger = [{ table = "azure_postgresql_flexible_server_configuration", parent = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.dbforpostgresql/flexibleservers/a", status = "denied" }]
-- given.azure_postgresql_flexible_server = [{ name = "a" }, { name = "b" }]
-- given.azure_postgresql_flexible_server_configuration = [
--   { name = "require_secure_transport", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.dbforpostgresql/flexibleservers/b/configurations/require_secure_transport", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.dbforpostgresql/flexibleservers/b", value = "on" },
-- ]
-- expect = { a = "unknown", b = "pass" }
-- [[case]]
-- title = "single servers were not read: they do not matter where there are none"
-- ledger = [{ table = "azure_postgresql_server", status = "not_collected" }, { table = "azure_postgresql_server_configuration", status = "not_collected" }]
-- given.azure_postgresql_flexible_server = [{ id = "/x/s" }]
-- given.azure_postgresql_flexible_server_configuration = [
--   { name = "require_secure_transport", id = "/x/s/configurations/require_secure_transport", _parent_id = "/x/s", value = "on" },
-- ]
-- expect = { s = "pass" }
-- [[case]]
-- title = "single servers have a switch of their own"
-- given.azure_postgresql_server = [{ id = "/y/a", ssl_enforcement = "Enabled" }, { id = "/y/b", ssl_enforcement = "disabled" }, { id = "/y/c" }, { id = "/y/d", ssl_enforcement = "Enabled", _gaps = ["ssl_enforcement"] }]
-- expect = { a = "pass", b = "fail", c = "unknown", d = "unknown" }
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
WITH single AS (
    SELECT r.id, lower(trim(r.ssl_enforcement)) AS enforcement, coalesce(list_contains(r._gaps, 'ssl_enforcement'), FALSE) AS unread
    FROM azure_postgresql_server AS r
),
server AS (
    SELECT p.server_id, p.subscription_id, p.kind, p.version, p.value,
           CASE WHEN p.kind = 'flexible' THEN p.state
                WHEN r.unread OR r.enforcement IS NULL THEN 'unread'
                WHEN r.enforcement = 'enabled' THEN 'on'
                WHEN r.enforcement = 'disabled' THEN 'off'
                ELSE 'other'
           END AS state,
           CASE WHEN p.kind = 'flexible' THEN p.value ELSE r.enforcement END AS shown,
           CASE WHEN p.kind = 'flexible' THEN 'require_secure_transport' ELSE 'sslEnforcement' END AS name
    FROM postgresql_server_parameter AS p
    LEFT JOIN single AS r ON r.id = p.server_id
    WHERE p.parameter = 'require_secure_transport'
)
SELECT s.server_id AS subject, s.server_id AS resource_id, s.subscription_id,
       CASE WHEN s.state = 'on' THEN 'pass' WHEN s.state = 'off' THEN 'fail' END AS verdict,
       CASE WHEN s.state = 'missing' THEN s.name || ' of the server is not in the snapshot'
            WHEN s.state = 'unread' THEN 'the value of ' || s.name || ' could not be read'
            WHEN s.state = 'pending' THEN 'a change of ' || s.name || ' to ' || s.shown || ' waits for a restart'
            WHEN s.state = 'other' THEN 'the value of ' || s.name || ' is not known: ' || s.shown
            ELSE s.name || ' is ' || s.shown
       END AS reason,
       s.kind AS server_kind, s.version
FROM server AS s
