-- title = "MySQL audit log on"
-- severity = "medium"
-- subject = "azure_mysql_flexible_server"
-- tables = ["azure_mysql_flexible_server", "azure_mysql_flexible_server_configuration"]
-- optional = ["azure_mysql_server"]
-- controls = [
--   "cis_azure_2_0_0:4.4.3", "cis_azure_2_1_0:4.4.3", "cis_azure_3_0_0:5.3.3", "nist_800_53_r5:AU-2", "nist_800_53_r5:AU-3",
--   "nist_800_53_r5:AU-12", "iso_27001_2022:A.8.15", "pci_dss_4_0:10.2.1", "soc_2:A1.1", "soc_2:CC7.2", "soc_2:CC7.3",
--   "soc_2:PI1.3",
-- ]
-- rationale = "Only the audit log tells who signed in, from where, and what was done. It is off unless somebody turns it on. Where it is kept is decided by a diagnostic setting, which is not judged here."
-- remediation = "az mysql flexible-server parameter set --resource-group GROUP --server-name SERVER --name audit_log_enabled --value ON"
-- references = ["https://learn.microsoft.com/azure/mysql/flexible-server/concepts-audit-logs"]
-- [[case]]
-- title = "on"
-- given.azure_mysql_flexible_server = [{ id = "/x/s" }]
-- given.azure_mysql_flexible_server_configuration = [
--   { name = "audit_log_enabled", id = "/x/s/configurations/audit_log_enabled", _parent_id = "/x/s", value = "ON", current_value = "ON" },
-- ]
-- expect = { s = "pass" }
-- [[case]]
-- title = "off"
-- given.azure_mysql_flexible_server = [{ id = "/x/s" }]
-- given.azure_mysql_flexible_server_configuration = [
--   { name = "audit_log_enabled", id = "/x/s/configurations/audit_log_enabled", _parent_id = "/x/s", value = "OFF", current_value = "OFF" },
-- ]
-- expect = { s = "fail" }
-- [[case]]
-- title = "other letter case, other words, and no value in force given"
-- given.azure_mysql_flexible_server = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c" }, { id = "/x/d" }]
-- given.azure_mysql_flexible_server_configuration = [
--   { name = "audit_log_enabled", id = "/x/a/configurations/audit_log_enabled", _parent_id = "/x/a", value = "on" },
--   { name = "audit_log_enabled", id = "/x/b/configurations/audit_log_enabled", _parent_id = "/x/b", value = "off" },
--   { name = "audit_log_enabled", id = "/x/c/configurations/audit_log_enabled", _parent_id = "/x/c", value = "1" },
--   { name = "audit_log_enabled", id = "/x/d/configurations/audit_log_enabled", _parent_id = "/x/d", value = "False" },
-- ]
-- expect = { a = "pass", b = "fail", c = "pass", d = "fail" }
-- [[case]]
-- title = "set, but something else holds until a restart"
-- given.azure_mysql_flexible_server = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_mysql_flexible_server_configuration = [
--   { name = "audit_log_enabled", id = "/x/a/configurations/audit_log_enabled", _parent_id = "/x/a", value = "ON", current_value = "OFF", is_config_pending_restart = "True" },
--   { name = "audit_log_enabled", id = "/x/b/configurations/audit_log_enabled", _parent_id = "/x/b", value = "OFF", current_value = "ON", is_config_pending_restart = "True" },
-- ]
-- expect = { a = "fail", b = "fail" }
-- [[case]]
-- title = "a restart is waited for, what holds until then is not given"
-- given.azure_mysql_flexible_server = [{ id = "/x/s" }]
-- given.azure_mysql_flexible_server_configuration = [
--   { name = "audit_log_enabled", id = "/x/s/configurations/audit_log_enabled", _parent_id = "/x/s", value = "ON", is_config_pending_restart = "True" },
-- ]
-- expect = { s = "unknown" }
-- [[case]]
-- title = "the row is missing"
-- given.azure_mysql_flexible_server = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_mysql_flexible_server_configuration = [
--   { name = "audit_log_enabled", id = "/x/b/configurations/audit_log_enabled", _parent_id = "/x/b", value = "ON" },
-- ]
-- expect = { a = "unknown", b = "pass" }
-- [[case]]
-- title = "no value, an empty one, one that nobody knows"
-- given.azure_mysql_flexible_server = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c" }]
-- given.azure_mysql_flexible_server_configuration = [
--   { name = "audit_log_enabled", id = "/x/a/configurations/audit_log_enabled", _parent_id = "/x/a" },
--   { name = "audit_log_enabled", id = "/x/b/configurations/audit_log_enabled", _parent_id = "/x/b", value = "" },
--   { name = "audit_log_enabled", id = "/x/c/configurations/audit_log_enabled", _parent_id = "/x/c", value = "maybe" },
-- ]
-- expect = { a = "unknown", b = "unknown", c = "unknown" }
-- [[case]]
-- title = "not readable: value, value in force"
-- given.azure_mysql_flexible_server = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_mysql_flexible_server_configuration = [
--   { name = "audit_log_enabled", id = "/x/a/configurations/audit_log_enabled", _parent_id = "/x/a", value = "ON", _gaps = ["value"] },
--   { name = "audit_log_enabled", id = "/x/b/configurations/audit_log_enabled", _parent_id = "/x/b", value = "ON", _gaps = ["current_value"] },
-- ]
-- expect = { a = "unknown", b = "unknown" }
-- [[case]]
-- title = "a single server whose parameters nobody collects"
-- given.azure_mysql_server = [{ name = "old" }]
-- expect = { old = "unknown" }
-- [[case]]
-- title = "parameters of one server denied"
-- ledger = [{ table = "azure_mysql_flexible_server_configuration", parent = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.dbformysql/flexibleservers/a", status = "denied" }]
-- given.azure_mysql_flexible_server = [{ name = "a" }, { name = "b" }]
-- given.azure_mysql_flexible_server_configuration = [
--   { name = "audit_log_enabled", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.dbformysql/flexibleservers/b/configurations/audit_log_enabled", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.dbformysql/flexibleservers/b", value = "ON" },
-- ]
-- expect = { a = "unknown", b = "pass" }
-- [[case]]
-- title = "single servers were not read: they do not matter where there are none"
-- ledger = [{ table = "azure_mysql_server", status = "not_collected" }]
-- given.azure_mysql_flexible_server = [{ id = "/x/s" }]
-- given.azure_mysql_flexible_server_configuration = [
--   { name = "audit_log_enabled", id = "/x/s/configurations/audit_log_enabled", _parent_id = "/x/s", value = "ON" },
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
    WHERE p.parameter = 'audit_log_enabled'
    UNION ALL
    SELECT r.id, r.subscription_id, 'single', 'single', NULL, NULL, NULL, NULL
    FROM azure_mysql_server AS r
)
SELECT s.server_id AS subject, s.server_id AS resource_id, s.subscription_id,
       CASE WHEN s.state <> 'given' THEN NULL
            WHEN NOT s.is_set OR NOT s.is_in_force THEN 'fail'
            WHEN s.is_set AND s.is_in_force THEN 'pass'
       END AS verdict,
       CASE WHEN s.state = 'single' THEN 'parameters of single servers, a retired service, are not collected'
            WHEN s.state = 'missing' THEN 'the parameter audit_log_enabled of the server is not in the snapshot'
            WHEN s.state = 'unread' THEN 'the value of audit_log_enabled could not be read'
            WHEN s.state = 'pending' THEN 'a change of audit_log_enabled to ' || s.value || ' waits for a restart'
            WHEN s.is_set IS NULL OR s.is_in_force IS NULL THEN 'the value of audit_log_enabled is not known: ' || coalesce(nullif(trim(s.value), ''), 'empty')
            WHEN s.is_set <> s.is_in_force THEN 'audit_log_enabled is set to ' || s.value || ', but ' || s.in_force || ' holds until a restart'
            ELSE 'audit_log_enabled is ' || s.value
       END AS reason,
       s.value, s.in_force, s.kind AS server_kind
FROM server AS s
