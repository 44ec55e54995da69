-- title = "MySQL audit log covers connections"
-- severity = "low"
-- subject = "azure_mysql_flexible_server"
-- tables = ["azure_mysql_flexible_server", "azure_mysql_flexible_server_configuration"]
-- optional = ["azure_mysql_server"]
-- controls = [
--   "cis_azure_2_0_0:4.4.4", "cis_azure_2_1_0:4.4.4", "cis_azure_3_0_0:5.3.4", "nist_800_53_r5:AU-2", "nist_800_53_r5:AU-3",
--   "nist_800_53_r5:AU-12", "iso_27001_2022:A.8.15", "pci_dss_4_0:10.2.1", "soc_2:A1.1", "soc_2:CC7.2", "soc_2:CC7.3",
-- ]
-- rationale = "Who connected, from where, and who tried in vain is the first thing asked after a break-in. The list of events matters only while the audit log itself is on."
-- remediation = "az mysql flexible-server parameter set --resource-group GROUP --server-name SERVER --name audit_log_events --value CONNECTION,DDL,DCL; az mysql flexible-server parameter set --resource-group GROUP --server-name SERVER --name audit_log_enabled --value ON"
-- references = ["https://learn.microsoft.com/azure/mysql/flexible-server/concepts-audit-logs"]
-- [[case]]
-- title = "alone, among others, with blanks, in other letter case"
-- given.azure_mysql_flexible_server = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c" }, { id = "/x/d" }]
-- given.azure_mysql_flexible_server_configuration = [
--   { name = "audit_log_events", id = "/x/a/configurations/audit_log_events", _parent_id = "/x/a", value = "CONNECTION" },
--   { name = "audit_log_enabled", id = "/x/a/configurations/audit_log_enabled", _parent_id = "/x/a", value = "ON" },
--   { name = "audit_log_events", id = "/x/b/configurations/audit_log_events", _parent_id = "/x/b", value = "DDL,CONNECTION" },
--   { name = "audit_log_enabled", id = "/x/b/configurations/audit_log_enabled", _parent_id = "/x/b", value = "ON" },
--   { name = "audit_log_events", id = "/x/c/configurations/audit_log_events", _parent_id = "/x/c", value = "DDL, CONNECTION ,DCL" },
--   { name = "audit_log_enabled", id = "/x/c/configurations/audit_log_enabled", _parent_id = "/x/c", value = "ON" },
--   { name = "audit_log_events", id = "/x/d/configurations/audit_log_events", _parent_id = "/x/d", value = "connection" },
--   { name = "audit_log_enabled", id = "/x/d/configurations/audit_log_enabled", _parent_id = "/x/d", value = "on" },
-- ]
-- expect = { a = "pass", b = "pass", c = "pass", d = "pass" }
-- [[case]]
-- title = "other events only"
-- given.azure_mysql_flexible_server = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_mysql_flexible_server_configuration = [
--   { name = "audit_log_events", id = "/x/a/configurations/audit_log_events", _parent_id = "/x/a", value = "DDL,DCL" },
--   { name = "audit_log_enabled", id = "/x/a/configurations/audit_log_enabled", _parent_id = "/x/a", value = "ON" },
--   { name = "audit_log_events", id = "/x/b/configurations/audit_log_events", _parent_id = "/x/b", value = "GENERAL" },
--   { name = "audit_log_enabled", id = "/x/b/configurations/audit_log_enabled", _parent_id = "/x/b", value = "ON" },
-- ]
-- expect = { a = "fail", b = "fail" }
-- [[case]]
-- title = "CONNECTION_V2 logs connections too; a name that only begins so does not"
-- given.azure_mysql_flexible_server = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_mysql_flexible_server_configuration = [
--   { name = "audit_log_events", id = "/x/a/configurations/audit_log_events", _parent_id = "/x/a", value = "CONNECTION_V2,DDL" },
--   { name = "audit_log_enabled", id = "/x/a/configurations/audit_log_enabled", _parent_id = "/x/a", value = "ON" },
--   { name = "audit_log_events", id = "/x/b/configurations/audit_log_events", _parent_id = "/x/b", value = "CONNECTION_V3,DISCONNECTION" },
--   { name = "audit_log_enabled", id = "/x/b/configurations/audit_log_enabled", _parent_id = "/x/b", value = "ON" },
-- ]
-- expect = { a = "pass", b = "fail" }
-- [[case]]
-- title = "no event at all"
-- given.azure_mysql_flexible_server = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_mysql_flexible_server_configuration = [
--   { name = "audit_log_events", id = "/x/a/configurations/audit_log_events", _parent_id = "/x/a", value = "" },
--   { name = "audit_log_enabled", id = "/x/a/configurations/audit_log_enabled", _parent_id = "/x/a", value = "ON" },
--   { name = "audit_log_events", id = "/x/b/configurations/audit_log_events", _parent_id = "/x/b", value = " , " },
--   { name = "audit_log_enabled", id = "/x/b/configurations/audit_log_enabled", _parent_id = "/x/b", value = "ON" },
-- ]
-- expect = { a = "fail", b = "fail" }
-- [[case]]
-- title = "the audit log itself is off: nothing is written"
-- given.azure_mysql_flexible_server = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_mysql_flexible_server_configuration = [
--   { name = "audit_log_events", id = "/x/a/configurations/audit_log_events", _parent_id = "/x/a", value = "CONNECTION" },
--   { name = "audit_log_enabled", id = "/x/a/configurations/audit_log_enabled", _parent_id = "/x/a", value = "OFF" },
--   { name = "audit_log_events", id = "/x/b/configurations/audit_log_events", _parent_id = "/x/b", value = "DDL" },
--   { name = "audit_log_enabled", id = "/x/b/configurations/audit_log_enabled", _parent_id = "/x/b", value = "OFF" },
-- ]
-- expect = { a = "fail", b = "fail" }
-- [[case]]
-- title = "whether the audit log is on is not known"
-- given.azure_mysql_flexible_server = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c" }]
-- given.azure_mysql_flexible_server_configuration = [
--   { name = "audit_log_events", id = "/x/a/configurations/audit_log_events", _parent_id = "/x/a", value = "CONNECTION" },
--   { name = "audit_log_events", id = "/x/b/configurations/audit_log_events", _parent_id = "/x/b", value = "CONNECTION" },
--   { name = "audit_log_enabled", id = "/x/b/configurations/audit_log_enabled", _parent_id = "/x/b", value = "ON", _gaps = ["value"] },
--   { name = "audit_log_events", id = "/x/c/configurations/audit_log_events", _parent_id = "/x/c", value = "DDL" },
-- ]
-- expect = { a = "unknown", b = "unknown", c = "fail" }
-- [[case]]
-- title = "set, but something else holds until a restart"
-- given.azure_mysql_flexible_server = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_mysql_flexible_server_configuration = [
--   { name = "audit_log_events", id = "/x/a/configurations/audit_log_events", _parent_id = "/x/a", value = "CONNECTION", current_value = "DDL" },
--   { name = "audit_log_enabled", id = "/x/a/configurations/audit_log_enabled", _parent_id = "/x/a", value = "ON" },
--   { name = "audit_log_events", id = "/x/b/configurations/audit_log_events", _parent_id = "/x/b", value = "CONNECTION", is_config_pending_restart = "True" },
--   { name = "audit_log_enabled", id = "/x/b/configurations/audit_log_enabled", _parent_id = "/x/b", value = "ON" },
-- ]
-- expect = { a = "fail", b = "unknown" }
-- [[case]]
-- title = "the row is missing, or has no value"
-- given.azure_mysql_flexible_server = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_mysql_flexible_server_configuration = [
--   { name = "audit_log_enabled", id = "/x/a/configurations/audit_log_enabled", _parent_id = "/x/a", value = "ON" },
--   { name = "audit_log_events", id = "/x/b/configurations/audit_log_events", _parent_id = "/x/b" },
--   { name = "audit_log_enabled", id = "/x/b/configurations/audit_log_enabled", _parent_id = "/x/b", value = "ON" },
-- ]
-- expect = { a = "unknown", b = "unknown" }
-- [[case]]
-- title = "not readable"
-- given.azure_mysql_flexible_server = [{ id = "/x/s" }]
-- given.azure_mysql_flexible_server_configuration = [
--   { name = "audit_log_events", id = "/x/s/configurations/audit_log_events", _parent_id = "/x/s", value = "CONNECTION", _gaps = ["value"] },
--   { name = "audit_log_enabled", id = "/x/s/configurations/audit_log_enabled", _parent_id = "/x/s", value = "ON" },
-- ]
-- expect = { s = "unknown" }
-- [[case]]
-- title = "a single server whose parameters nobody collects"
-- given.azure_mysql_server = [{ name = "old" }]
-- expect = { old = "unknown" }
-- [[case]]
-- title = "parameters of one server denied"
-- ledger = [{ table = "azure_mysql_flexible_server_configuration", parent = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.dbformysql/flexibleservers/a", status = "denied" }]
-- given.azure_mysql_flexible_server = [{ name = "a" }, { name = "b" }]
-- given.azure_mysql_flexible_server_configuration = [
--   { name = "audit_log_events", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.dbformysql/flexibleservers/b/configurations/audit_log_events", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.dbformysql/flexibleservers/b", value = "CONNECTION" },
--   { name = "audit_log_enabled", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.dbformysql/flexibleservers/b/configurations/audit_log_enabled", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.dbformysql/flexibleservers/b", value = "ON" },
-- ]
-- expect = { a = "unknown", b = "pass" }
-- [[case]]
-- title = "single servers were not read: they do not matter where there are none"
-- ledger = [{ table = "azure_mysql_server", status = "not_collected" }]
-- given.azure_mysql_flexible_server = [{ id = "/x/s" }]
-- given.azure_mysql_flexible_server_configuration = [
--   { name = "audit_log_events", id = "/x/s/configurations/audit_log_events", _parent_id = "/x/s", value = "CONNECTION" },
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
WITH event AS (
    SELECT p.server_id, p.subscription_id, p.state, p.value, p.in_force,
           array_length(list_filter(string_split(upper(p.value), ','), lambda m: trim(m) IN ('CONNECTION', 'CONNECTION_V2'))) > 0 AS is_set,
           array_length(list_filter(string_split(upper(coalesce(p.in_force, p.value)), ','), lambda m: trim(m) IN ('CONNECTION', 'CONNECTION_V2'))) > 0 AS is_in_force
    FROM mysql_server_parameter AS p
    WHERE p.parameter = 'audit_log_events'
),
log AS (
    SELECT q.server_id,
           CASE WHEN q.state = 'given' THEN CASE WHEN lower(trim(q.value)) IN ('on', 'true', 'yes', '1') THEN TRUE WHEN lower(trim(q.value)) IN ('off', 'false', 'no', '0') THEN FALSE END END AS is_set,
           CASE WHEN q.state = 'given' THEN CASE WHEN lower(trim(coalesce(q.in_force, q.value))) IN ('on', 'true', 'yes', '1') THEN TRUE WHEN lower(trim(coalesce(q.in_force, q.value))) IN ('off', 'false', 'no', '0') THEN FALSE END END AS is_in_force
    FROM mysql_server_parameter AS q
    WHERE q.parameter = 'audit_log_enabled'
)
SELECT e.server_id AS subject, e.server_id AS resource_id, e.subscription_id,
       CASE WHEN e.state <> 'given' THEN NULL
            WHEN NOT e.is_set OR NOT e.is_in_force THEN 'fail'
            WHEN NOT l.is_set OR NOT l.is_in_force THEN 'fail'
            WHEN l.is_set AND l.is_in_force THEN 'pass'
       END AS verdict,
       CASE WHEN e.state = 'missing' THEN 'the parameter audit_log_events of the server is not in the snapshot'
            WHEN e.state = 'unread' THEN 'the value of audit_log_events could not be read'
            WHEN e.state = 'pending' THEN 'a change of audit_log_events to ' || e.value || ' waits for a restart'
            WHEN e.is_set <> e.is_in_force THEN 'audit_log_events is set to ' || e.value || ', but ' || coalesce(e.in_force, 'another value') || ' holds until a restart'
            WHEN NOT e.is_set THEN 'events logged: ' || coalesce(nullif(trim(e.value), ''), 'none') || '; connections are not among them'
            WHEN NOT l.is_set OR NOT l.is_in_force THEN 'connections are among the events (' || e.value || '), but the audit log itself is off'
            WHEN l.is_set AND l.is_in_force THEN 'events logged: ' || e.value
            ELSE 'connections are among the events (' || e.value || '); whether the audit log itself is on is not in the snapshot'
       END AS reason,
       e.value AS audit_log_events, l.is_in_force AS audit_log_on, 'flexible' AS server_kind
FROM event AS e
LEFT JOIN log AS l ON l.server_id = e.server_id
UNION ALL
SELECT r.id, r.id, r.subscription_id, NULL, 'parameters of single servers, a retired service, are not collected', NULL, NULL, 'single'
FROM azure_mysql_server AS r
