-- title = "SQL auditing on servers and databases"
-- severity = "medium"
-- subject = "azure_sql_server"
-- tables = ["azure_sql_server", "azure_sql_database", "azure_sql_server_auditing_setting", "azure_sql_database_auditing_setting", "azure_diagnostic_setting"]
-- optional = ["azure_diagnostic_setting_category"]
-- controls = ["jupiterone_questions:sql_auditing"]
-- rationale = "One row per server and one per database: whether what happens there is recorded at all. A database is covered by its server or by a setting of its own; the question called servers bad only where a database was bare, so that a server without auditing went unseen once each database had its own, and new databases with it. A setting that is on but whose records go nowhere records nothing: those for Azure Monitor leave only through a diagnostic setting of master, or of the database for its own."
-- remediation = "az sql server audit-policy update --resource-group GROUP --name SERVER --state Enabled --log-analytics-target-state Enabled --log-analytics-workspace-resource-id ID"
-- references = ["https://learn.microsoft.com/azure/azure-sql/database/auditing-overview"]
-- [[case]]
-- title = "the server records, which covers its databases"
-- given.azure_sql_server = [{ id = "/x/s" }]
-- given.azure_sql_database = [{ id = "/x/s/databases/d", name = "d", _parent_id = "/x/s" }]
-- given.azure_sql_server_auditing_setting = [{ name = "default", _parent_id = "/x/s", state = "enabled", storage_endpoint = "https://a.blob.core.windows.net/" }]
-- given.azure_sql_database_auditing_setting = [{ name = "Default", _parent_id = "/x/s/databases/d", state = "Disabled" }]
-- expect = { s = "pass", d = "pass" }
-- [[case]]
-- title = "neither records"
-- given.azure_sql_server = [{ id = "/x/s" }]
-- given.azure_sql_database = [{ id = "/x/s/databases/d", name = "d", _parent_id = "/x/s" }]
-- given.azure_sql_server_auditing_setting = [{ name = "default", _parent_id = "/x/s", state = "Disabled" }]
-- given.azure_sql_database_auditing_setting = [{ name = "Default", _parent_id = "/x/s/databases/d", state = "Disabled" }]
-- expect = { s = "fail", d = "fail" }
-- [[case]]
-- title = "the database records on its own; the server without auditing is still told; master is no subject"
-- given.azure_sql_server = [{ id = "/x/s" }]
-- given.azure_sql_database = [{ id = "/x/s/databases/d", name = "d", _parent_id = "/x/s" }, { id = "/x/s/databases/master", name = "Master", _parent_id = "/x/s" }]
-- given.azure_sql_server_auditing_setting = [{ name = "default", _parent_id = "/x/s", state = "Disabled" }]
-- given.azure_sql_database_auditing_setting = [{ name = "Default", _parent_id = "/x/s/databases/d", state = "Enabled", storage_endpoint = "https://a.blob.core.windows.net/" }]
-- expect = { s = "fail", d = "pass" }
-- [[case]]
-- title = "settings missing or not readable: one that records is enough for the database"
-- given.azure_sql_server = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_sql_database = [{ id = "/x/a/databases/d", name = "d", _parent_id = "/x/a" }, { id = "/x/b/databases/e", name = "e", _parent_id = "/x/b" }, { id = "/x/b/databases/f", name = "f", _parent_id = "/x/b" }]
-- given.azure_sql_server_auditing_setting = [{ name = "s", _parent_id = "/x/b", _gaps = ["state"] }]
-- given.azure_sql_database_auditing_setting = [
--   { name = "d1", _parent_id = "/x/a/databases/d", state = "Disabled" },
--   { name = "d2", _parent_id = "/x/b/databases/e", state = "Enabled", storage_endpoint = "https://a.blob.core.windows.net/" },
--   { name = "d3", _parent_id = "/x/b/databases/f", state = "Disabled" },
-- ]
-- expect = { a = "unknown", b = "unknown", d = "unknown", e = "pass", f = "unknown" }
-- [[case]]
-- title = "auditing of one server denied"
-- ledger = [{ table = "azure_sql_server_auditing_setting", parent = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.sql/servers/a", status = "denied" }]
-- given.azure_sql_server = [{ name = "a" }, { name = "b" }]
-- given.azure_sql_server_auditing_setting = [{ name = "default", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.sql/servers/b", state = "Enabled", storage_endpoint = "https://a.blob.core.windows.net/" }]
-- expect = { a = "unknown", b = "pass" }
-- [[case]]
-- title = "on, but for Azure Monitor only and nothing sends it on, or without any target; a database that records on its own is covered"
-- given.azure_sql_server = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_sql_database = [{ id = "/x/a/databases/master", name = "master", _parent_id = "/x/a" }, { id = "/x/a/databases/d", name = "d", _parent_id = "/x/a" }, { id = "/x/a/databases/e", name = "e", _parent_id = "/x/a" }, { id = "/x/a/databases/f", name = "f", _parent_id = "/x/a" }]
-- given.azure_sql_server_auditing_setting = [
--   { name = "s1", _parent_id = "/x/a", state = "Enabled", is_azure_monitor_target_enabled = true, storage_endpoint = "" },
--   { name = "s2", _parent_id = "/x/b", state = "Enabled", is_azure_monitor_target_enabled = false },
-- ]
-- given.azure_sql_database_auditing_setting = [
--   { name = "d1", _parent_id = "/x/a/databases/d", state = "Enabled", storage_endpoint = "https://a.blob.core.windows.net/" },
--   { name = "d2", _parent_id = "/x/a/databases/e", state = "Disabled" },
--   { name = "d3", _parent_id = "/x/a/databases/f", state = "Enabled", is_azure_monitor_target_enabled = true },
-- ]
-- expect = { a = "fail", b = "fail", d = "pass", e = "fail", f = "fail" }
-- [[case]]
-- title = "for Azure Monitor, and sent on: by master for the server and all its databases, by the database for its own"
-- given.azure_sql_server = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_sql_database = [{ id = "/x/a/databases/master", name = "master", _parent_id = "/x/a" }, { id = "/x/a/databases/d", name = "d", _parent_id = "/x/a" }, { id = "/x/b/databases/master", name = "master", _parent_id = "/x/b" }, { id = "/x/b/databases/e", name = "e", _parent_id = "/x/b" }, { id = "/x/b/databases/f", name = "f", _parent_id = "/x/b" }]
-- given.azure_sql_server_auditing_setting = [
--   { name = "s1", _parent_id = "/x/a", state = "Enabled", is_azure_monitor_target_enabled = true },
--   { name = "s2", _parent_id = "/x/b", state = "Enabled", is_azure_monitor_target_enabled = true },
-- ]
-- given.azure_sql_database_auditing_setting = [
--   { name = "d1", _parent_id = "/x/a/databases/d", state = "Disabled" },
--   { name = "d2", _parent_id = "/x/b/databases/e", state = "Enabled", is_azure_monitor_target_enabled = true },
--   { name = "d3", _parent_id = "/x/b/databases/f", state = "Disabled" },
-- ]
-- given.azure_diagnostic_setting = [
--   { name = "g1", _parent_id = "/x/a/databases/master", workspace_id = "/x/w", logs = '[{"category":"SQLSecurityAuditEvents","enabled":true}]' },
--   { name = "g2", _parent_id = "/x/b/databases/e", workspace_id = "/x/w", logs = '[{"category":"SQLSecurityAuditEvents","enabled":true}]' },
-- ]
-- expect = { a = "pass", d = "pass", b = "fail", e = "pass", f = "fail" }
-- [[case]]
-- title = "whether Azure Monitor's records leave is not known: setting not readable, master not listed, target not readable"
-- given.azure_sql_server = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c" }]
-- given.azure_sql_database = [{ id = "/x/a/databases/master", name = "master", _parent_id = "/x/a" }, { id = "/x/a/databases/d", name = "d", _parent_id = "/x/a" }]
-- given.azure_sql_server_auditing_setting = [
--   { name = "s1", _parent_id = "/x/a", state = "Enabled", is_azure_monitor_target_enabled = true },
--   { name = "s2", _parent_id = "/x/b", state = "Enabled", is_azure_monitor_target_enabled = true },
--   { name = "s3", _parent_id = "/x/c", state = "Enabled", _gaps = ["storage_endpoint"] },
-- ]
-- given.azure_sql_database_auditing_setting = [{ name = "d1", _parent_id = "/x/a/databases/d", state = "Disabled" }]
-- given.azure_diagnostic_setting = [{ name = "g1", _parent_id = "/x/a/databases/master", workspace_id = "/x/w", _gaps = ["logs"] }]
-- expect = { a = "unknown", b = "unknown", c = "unknown", d = "unknown" }
-- [[case]]
-- title = "the diagnostic settings of master were refused"
-- ledger = [{ table = "azure_diagnostic_setting", parent = "/x/a/databases/master", status = "denied" }]
-- given.azure_sql_server = [{ id = "/x/a" }]
-- given.azure_sql_database = [{ id = "/x/a/databases/master", name = "master", _parent_id = "/x/a" }, { id = "/x/a/databases/d", name = "d", _parent_id = "/x/a" }]
-- given.azure_sql_server_auditing_setting = [{ name = "s1", _parent_id = "/x/a", state = "Enabled", is_azure_monitor_target_enabled = true }]
-- given.azure_sql_database_auditing_setting = [{ name = "d1", _parent_id = "/x/a/databases/d", state = "Disabled" }]
-- expect = { a = "unknown", d = "unknown", master = "unknown" }
-- [[case]]
-- title = "no server"
-- given.azure_sql_server = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "sql database auditing setting denied"
-- ledger = [{ table = "azure_sql_database_auditing_setting", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_sql_server = [{ id = "/x/s" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
SELECT s.id AS subject, s.id AS resource_id, s.subscription_id,
       CASE WHEN a.recorded THEN 'pass' WHEN NOT a.recorded THEN 'fail' END AS verdict,
       coalesce(a.told, 'the auditing setting of the server is not in the snapshot') AS reason,
       'server' AS kind, a.state AS own_auditing, a.state AS server_auditing
FROM azure_sql_server AS s
LEFT JOIN sql_audit_setting AS a ON a.parent_id = s.id
UNION ALL
SELECT d.id, d.id, d.subscription_id,
       CASE WHEN o.recorded OR a.recorded THEN 'pass'
            WHEN NOT o.recorded AND NOT a.recorded THEN 'fail' END,
       CASE WHEN o.recorded THEN 'the database records on its own: ' || o.told
            WHEN a.recorded THEN 'the server records what happens in the database: ' || a.told
            ELSE coalesce(o.told, 'the auditing setting of the database is not in the snapshot') || '; '
                 || coalesce(a.told, 'the auditing setting of the server is not in the snapshot') END,
       'database', o.state, a.state
FROM azure_sql_database AS d
LEFT JOIN sql_audit_setting AS o ON o.parent_id = d.id
LEFT JOIN sql_audit_setting AS a ON a.parent_id = regexp_replace(d.id, '/databases/[^/]*$', '')
WHERE lower(d.name) <> 'master'
