-- title = "SQL audit action groups chosen"
-- severity = "low"
-- subject = "azure_sql_server"
-- tables = ["azure_sql_server", "azure_sql_database", "azure_sql_server_auditing_setting", "azure_sql_database_auditing_setting", "azure_diagnostic_setting"]
-- optional = ["azure_diagnostic_setting_category"]
-- controls = ["jupiterone_questions:sql_audit_actions"]
-- rationale = "Shows which groups of actions each audit setting records: of every server, and of databases that audit on their own. Groups left over in a setting that is off, or whose records go nowhere, record nothing, and a list of blanks is none; the question took both for good. Whether the chosen groups are enough is for the auditor to say."
-- remediation = "az sql server audit-policy update --resource-group GROUP --name SERVER --state Enabled --actions BATCH_COMPLETED_GROUP SUCCESSFUL_DATABASE_AUTHENTICATION_GROUP FAILED_DATABASE_AUTHENTICATION_GROUP"
-- references = ["https://learn.microsoft.com/azure/azure-sql/database/auditing-server-level-database-level"]
-- [[case]]
-- title = "on, with groups; of a database too"
-- given.azure_sql_server = [{ id = "/x/s" }]
-- given.azure_sql_database = [{ id = "/x/s/databases/d", name = "d", _parent_id = "/x/s" }]
-- given.azure_sql_server_auditing_setting = [{ name = "default", _parent_id = "/x/s", state = "Enabled", storage_endpoint = "https://a.blob.core.windows.net/", audit_actions_and_groups = ["BATCH_COMPLETED_GROUP"] }]
-- given.azure_sql_database_auditing_setting = [{ name = "Default", _parent_id = "/x/s/databases/d", state = "Enabled", storage_endpoint = "https://a.blob.core.windows.net/", audit_actions_and_groups = ["BATCH_COMPLETED_GROUP"] }]
-- expect = { s = "pass", d = "pass" }
-- [[case]]
-- title = "on without groups, or with blanks only"
-- given.azure_sql_server = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_sql_server_auditing_setting = [{ name = "s1", _parent_id = "/x/a", state = "Enabled", storage_endpoint = "https://a.blob.core.windows.net/" }, { name = "s2", _parent_id = "/x/b", state = "Enabled", storage_endpoint = "https://a.blob.core.windows.net/", audit_actions_and_groups = [" ", ""] }]
-- expect = { a = "fail", b = "fail" }
-- [[case]]
-- title = "off with groups left over; a database that is off is judged by its server"
-- given.azure_sql_server = [{ id = "/x/s" }]
-- given.azure_sql_database = [{ id = "/x/s/databases/d", name = "d", _parent_id = "/x/s" }]
-- given.azure_sql_server_auditing_setting = [{ name = "default", _parent_id = "/x/s", state = "Disabled", storage_endpoint = "https://a.blob.core.windows.net/", audit_actions_and_groups = ["BATCH_COMPLETED_GROUP"] }]
-- given.azure_sql_database_auditing_setting = [{ name = "Default", _parent_id = "/x/s/databases/d", state = "Disabled", storage_endpoint = "https://a.blob.core.windows.net/", audit_actions_and_groups = ["BATCH_COMPLETED_GROUP"] }]
-- expect = { s = "fail" }
-- [[case]]
-- title = "setting missing, state or groups not readable"
-- given.azure_sql_server = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c" }]
-- given.azure_sql_server_auditing_setting = [
--   { name = "s2", _parent_id = "/x/b", audit_actions_and_groups = ["BATCH_COMPLETED_GROUP"], _gaps = ["state"] },
--   { name = "s3", _parent_id = "/x/c", state = "Enabled", storage_endpoint = "https://a.blob.core.windows.net/", _gaps = ["audit_actions_and_groups"] },
-- ]
-- expect = { a = "unknown", b = "unknown", c = "unknown" }
-- [[case]]
-- title = "groups chosen, but records go nowhere; sent on by master; whether they are sent not readable"
-- given.azure_sql_server = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c" }, { id = "/x/e" }]
-- given.azure_sql_database = [{ id = "/x/a/databases/master", name = "master", _parent_id = "/x/a" }, { id = "/x/a/databases/d", name = "d", _parent_id = "/x/a" }, { id = "/x/b/databases/master", name = "master", _parent_id = "/x/b" }, { id = "/x/c/databases/master", name = "master", _parent_id = "/x/c" }]
-- given.azure_sql_server_auditing_setting = [
--   { name = "s1", _parent_id = "/x/a", state = "Enabled", is_azure_monitor_target_enabled = true, audit_actions_and_groups = ["BATCH_COMPLETED_GROUP"] },
--   { name = "s2", _parent_id = "/x/b", state = "Enabled", is_azure_monitor_target_enabled = true, audit_actions_and_groups = ["BATCH_COMPLETED_GROUP"] },
--   { name = "s3", _parent_id = "/x/c", state = "Enabled", is_azure_monitor_target_enabled = true, audit_actions_and_groups = ["BATCH_COMPLETED_GROUP"] },
--   { name = "s4", _parent_id = "/x/e", state = "Enabled", audit_actions_and_groups = ["BATCH_COMPLETED_GROUP"] },
-- ]
-- given.azure_sql_database_auditing_setting = [{ name = "d1", _parent_id = "/x/a/databases/d", state = "Enabled", storage_endpoint = "https://a.blob.core.windows.net/", audit_actions_and_groups = ["BATCH_COMPLETED_GROUP"] }]
-- given.azure_diagnostic_setting = [
--   { name = "g1", _parent_id = "/x/b/databases/master", workspace_id = "/x/w", logs = '[{"category":"SQLSecurityAuditEvents","enabled":true}]' },
--   { name = "g2", _parent_id = "/x/c/databases/master", workspace_id = "/x/w", _gaps = ["logs"] },
-- ]
-- expect = { a = "fail", b = "pass", c = "unknown", d = "pass", e = "fail" }
-- [[case]]
-- title = "no server"
-- given.azure_sql_server = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "sql server auditing setting denied"
-- ledger = [{ table = "azure_sql_server_auditing_setting", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_sql_server = [{ id = "/x/s" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
WITH asked AS (
    SELECT s.id, s.subscription_id, 'server' AS asked_kind, a.*
    FROM azure_sql_server AS s
    LEFT JOIN sql_audit_setting AS a ON a.parent_id = s.id
    UNION ALL
    SELECT d.id, d.subscription_id, 'database', a.*
    FROM azure_sql_database AS d
    LEFT JOIN sql_audit_setting AS a ON a.parent_id = d.id
    WHERE lower(d.name) <> 'master' AND (a.parent_id IS NULL OR a.state_gap OR a.state <> 'disabled')
)
SELECT q.id AS subject, q.id AS resource_id, q.subscription_id,
       CASE WHEN NOT q.recorded THEN 'fail'
            WHEN q.state <> 'enabled' OR q.state_gap OR q.groups_gap THEN NULL
            WHEN array_length(q.groups) = 0 THEN 'fail'
            WHEN q.recorded THEN 'pass'
       END AS verdict,
       CASE WHEN q.parent_id IS NULL THEN 'the auditing setting of the ' || q.asked_kind || ' is not in the snapshot'
            WHEN NOT q.recorded THEN q.told || '; groups left over in the setting: ' || coalesce(array_length(q.groups), 0)
            WHEN q.state <> 'enabled' OR q.state_gap THEN q.told
            WHEN q.groups_gap THEN 'the groups of actions could not be read'
            WHEN array_length(q.groups) = 0 THEN 'auditing is on, but no group of actions is chosen'
            WHEN q.recorded THEN 'recorded: ' || array_to_string(q.groups, ', ')
            ELSE q.told
       END AS reason,
       q.asked_kind AS kind, q.state AS auditing, q.groups AS audit_actions_and_groups
FROM asked AS q
