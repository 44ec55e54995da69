-- title = "MySQL requires TLS"
-- severity = "high"
-- subject = "azure_mysql_flexible_server"
-- tables = ["azure_mysql_flexible_server", "azure_mysql_flexible_server_configuration"]
-- optional = ["azure_mysql_server"]
-- controls = [
--   "cis_azure_2_0_0:4.4.1", "cis_azure_2_1_0:4.4.1", "cis_azure_3_0_0:5.3.1", "jupiterone_questions:mysql_ssl",
--   "nist_800_53_r5:SC-8", "iso_27001_2022:A.8.24", "pci_dss_4_0:4.2.1", "soc_2:CC6.2", "soc_2:CC6.6", "mitre_attack:T1530",
-- ]
-- rationale = "Without it a client may sign in and read over an open line, and whoever sits in between reads along. One forgotten connection string is enough."
-- remediation = "az mysql flexible-server parameter set --resource-group GROUP --server-name SERVER --name require_secure_transport --value ON"
-- references = ["https://learn.microsoft.com/azure/mysql/flexible-server/how-to-connect-tls-ssl"]
-- [[case]]
-- title = "on"
-- given.azure_mysql_flexible_server = [{ id = "/x/s" }]
-- given.azure_mysql_flexible_server_configuration = [
--   { name = "require_secure_transport", id = "/x/s/configurations/require_secure_transport", _parent_id = "/x/s", value = "ON", current_value = "ON" },
-- ]
-- expect = { s = "pass" }
-- [[case]]
-- title = "off"
-- given.azure_mysql_flexible_server = [{ id = "/x/s" }]
-- given.azure_mysql_flexible_server_configuration = [
--   { name = "require_secure_transport", id = "/x/s/configurations/require_secure_transport", _parent_id = "/x/s", value = "OFF", current_value = "OFF" },
-- ]
-- expect = { s = "fail" }
-- [[case]]
-- title = "other letter case, other words, and no value in force given"
-- given.azure_mysql_flexible_server = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c" }, { id = "/x/d" }]
-- given.azure_mysql_flexible_server_configuration = [
--   { name = "require_secure_transport", id = "/x/a/configurations/require_secure_transport", _parent_id = "/x/a", value = "on" },
--   { name = "require_secure_transport", id = "/x/b/configurations/require_secure_transport", _parent_id = "/x/b", value = "off" },
--   { name = "require_secure_transport", id = "/x/c/configurations/require_secure_transport", _parent_id = "/x/c", value = "1" },
--   { name = "require_secure_transport", id = "/x/d/configurations/require_secure_transport", _parent_id = "/x/d", value = "False" },
-- ]
-- expect = { a = "pass", b = "fail", c = "pass", d = "fail" }
-- [[case]]
-- title = "set, but something else holds until a restart"
-- given.azure_mysql_flexible_server = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_mysql_flexible_server_configuration = [
--   { name = "require_secure_transport", id = "/x/a/configurations/require_secure_transport", _parent_id = "/x/a", value = "ON", current_value = "OFF", is_config_pending_restart = "True" },
--   { name = "require_secure_transport", id = "/x/b/configurations/require_secure_transport", _parent_id = "/x/b", value = "OFF", current_value = "ON", is_config_pending_restart = "True" },
-- ]
-- expect = { a = "fail", b = "fail" }
-- [[case]]
-- title = "a restart is waited for, what holds until then is not given"
-- given.azure_mysql_flexible_server = [{ id = "/x/s" }]
-- given.azure_mysql_flexible_server_configuration = [
--   { name = "require_secure_transport", id = "/x/s/configurations/require_secure_transport", _parent_id = "/x/s", value = "ON", is_config_pending_restart = "True" },
-- ]
-- expect = { s = "unknown" }
-- [[case]]
-- title = "the row is missing"
-- given.azure_mysql_flexible_server = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_mysql_flexible_server_configuration = [
--   { name = "require_secure_transport", id = "/x/b/configurations/require_secure_transport", _parent_id = "/x/b", value = "ON" },
-- ]
-- expect = { a = "unknown", b = "pass" }
-- [[case]]
-- title = "no value, an empty one, one that nobody knows"
-- given.azure_mysql_flexible_server = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c" }]
-- given.azure_mysql_flexible_server_configuration = [
--   { name = "require_secure_transport", id = "/x/a/configurations/require_secure_transport", _parent_id = "/x/a" },
--   { name = "require_secure_transport", id = "/x/b/configurations/require_secure_transport", _parent_id = "/x/b", value = "" },
--   { name = "require_secure_transport", id = "/x/c/configurations/require_secure_transport", _parent_id = "/x/c", value = "maybe" },
-- ]
-- expect = { a = "unknown", b = "unknown", c = "unknown" }
-- [[case]]
-- title = "not readable: value, value in force"
-- given.azure_mysql_flexible_server = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_mysql_flexible_server_configuration = [
--   { name = "require_secure_transport", id = "/x/a/configurations/require_secure_transport", _parent_id = "/x/a", value = "ON", _gaps = ["value"] },
--   { name = "require_secure_transport", id = "/x/b/configurations/require_secure_transport", _parent_id = "/x/b", value = "ON", _gaps = ["current_value"] },
-- ]
-- expect = { a = "unknown", b = "unknown" }
-- [[case]]
-- title = "single servers have a switch of their own"
-- given.azure_mysql_server = [
--   { id = "/y/a", ssl_enforcement = "Enabled" },
--   { id = "/y/b", ssl_enforcement = "disabled" },
--   { id = "/y/c" },
--   { id = "/y/d", ssl_enforcement = "Enabled", _gaps = ["ssl_enforcement"] },
-- ]
-- expect = { a = "pass", b = "fail", c = "unknown", d = "unknown" }
-- [[case]]
-- title = "parameters of one server denied"
-- ledger = [{ table = "azure_mysql_flexible_server_configuration", parent = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.dbformysql/flexibleservers/a", status = "denied" }]
-- given.azure_mysql_flexible_server = [{ name = "a" }, { name = "b" }]
-- given.azure_mysql_flexible_server_configuration = [
--   { name = "require_secure_transport", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.dbformysql/flexibleservers/b/configurations/require_secure_transport", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.dbformysql/flexibleservers/b", value = "ON" },
-- ]
-- expect = { a = "unknown", b = "pass" }
-- [[case]]
-- title = "single servers were not read: they do not matter where there are none"
-- ledger = [{ table = "azure_mysql_server", status = "not_collected" }]
-- given.azure_mysql_flexible_server = [{ id = "/x/s" }]
-- given.azure_mysql_flexible_server_configuration = [
--   { name = "require_secure_transport", id = "/x/s/configurations/require_secure_transport", _parent_id = "/x/s", value = "ON" },
-- ]
-- expect = { s = "pass" }
-- [[case]]
-- title = "no server"
-- given.azure_mysql_flexible_server = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "servers denied"
-- ledger = [{ table = "azure_mysql_flexible_server", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_mysql_flexible_server = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "parameters denied"
-- ledger = [{ table = "azure_mysql_flexible_server_configuration", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_mysql_flexible_server = [{ id = "/x/s" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
WITH server AS (
    SELECT p.server_id, p.subscription_id, 'flexible' AS kind, p.state, p.value, p.in_force,
           CASE WHEN lower(trim(p.value)) IN ('on', 'true', 'yes', '1') THEN TRUE WHEN lower(trim(p.value)) IN ('off', 'false', 'no', '0') THEN FALSE END AS is_set,
           CASE WHEN lower(trim(coalesce(p.in_force, p.value))) IN ('on', 'true', 'yes', '1') THEN TRUE WHEN lower(trim(coalesce(p.in_force, p.value))) IN ('off', 'false', 'no', '0') THEN FALSE END AS is_in_force
    FROM mysql_server_parameter AS p
    WHERE p.parameter = 'require_secure_transport'
    UNION ALL
    SELECT r.id, r.subscription_id, 'single',
           CASE WHEN coalesce(list_contains(r._gaps, 'ssl_enforcement'), FALSE) OR r.ssl_enforcement IS NULL THEN 'unread' ELSE 'given' END,
           r.ssl_enforcement, NULL,
           CASE WHEN lower(trim(r.ssl_enforcement)) = 'enabled' THEN TRUE WHEN lower(trim(r.ssl_enforcement)) = 'disabled' THEN FALSE END,
           CASE WHEN lower(trim(r.ssl_enforcement)) = 'enabled' THEN TRUE WHEN lower(trim(r.ssl_enforcement)) = 'disabled' THEN FALSE END
    FROM azure_mysql_server AS r
)
SELECT s.server_id AS subject, s.server_id AS resource_id, s.subscription_id,
       CASE WHEN s.state <> 'given' THEN NULL
            WHEN NOT s.is_set OR NOT s.is_in_force THEN 'fail'
            WHEN s.is_set AND s.is_in_force THEN 'pass'
       END AS verdict,
       CASE WHEN s.kind = 'single' AND s.state = 'unread' THEN 'whether the single server requires TLS could not be read'
            WHEN s.kind = 'single' THEN 'enforcement of TLS on the single server: ' || s.value
            WHEN s.state = 'missing' THEN 'the parameter require_secure_transport of the server is not in the snapshot'
            WHEN s.state = 'unread' THEN 'the value of require_secure_transport could not be read'
            WHEN s.state = 'pending' THEN 'a change of require_secure_transport to ' || s.value || ' waits for a restart'
            WHEN s.is_set IS NULL OR s.is_in_force IS NULL THEN 'the value of require_secure_transport is not known: ' || coalesce(nullif(trim(s.value), ''), 'empty')
            WHEN s.is_set <> s.is_in_force THEN 'require_secure_transport is set to ' || s.value || ', but ' || s.in_force || ' holds until a restart'
            ELSE 'require_secure_transport is ' || s.value
       END AS reason,
       s.value, s.in_force, s.kind AS server_kind
FROM server AS s
