-- title = "SQL audit records kept 90 days"
-- severity = "medium"
-- subject = "azure_sql_server"
-- tables = ["azure_sql_server", "azure_sql_database", "azure_sql_server_auditing_setting", "azure_sql_database_auditing_setting", "azure_diagnostic_setting"]
-- optional = ["azure_diagnostic_setting_category"]
-- controls = ["jupiterone_questions:sql_audit_retention"]
-- rationale = "Records that are gone after a few weeks do not help with a breach found later. Exactly 90 days are enough here, where sql_server_auditing_retention_90 asks for more than 90. In a storage account 0 means for ever, which the question took for too short. Where records go to Azure Monitor and a diagnostic setting sends them on the workspace decides, so that is left to the auditor or to that check. A setting that is off keeps nothing; databases are asked where they audit on their own."
-- remediation = "az sql server audit-policy update --resource-group GROUP --name SERVER --retention-days 90"
-- references = ["https://learn.microsoft.com/azure/azure-sql/database/auditing-setup"]
-- [[case]]
-- title = "exactly 90 days, longer, for ever"
-- given.azure_sql_server = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c" }]
-- given.azure_sql_server_auditing_setting = [
--   { name = "s1", _parent_id = "/x/a", state = "Enabled", storage_endpoint = "https://a.blob.core.windows.net/", retention_days = 90 },
--   { name = "s2", _parent_id = "/x/b", state = "enabled", storage_endpoint = "https://a.blob.core.windows.net/", retention_days = 365 },
--   { name = "s3", _parent_id = "/x/c", state = "Enabled", storage_endpoint = "https://a.blob.core.windows.net/", retention_days = 0, is_azure_monitor_target_enabled = true },
-- ]
-- expect = { a = "pass", b = "pass", c = "pass" }
-- [[case]]
-- title = "89 days; off; on but going nowhere"
-- given.azure_sql_server = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c" }]
-- given.azure_sql_server_auditing_setting = [
--   { name = "s1", _parent_id = "/x/a", state = "Enabled", storage_endpoint = "https://a.blob.core.windows.net/", retention_days = 89 },
--   { name = "s2", _parent_id = "/x/b", state = "Disabled", retention_days = 365 },
--   { name = "s3", _parent_id = "/x/c", state = "Enabled", retention_days = 0 },
-- ]
-- expect = { a = "fail", b = "fail", c = "fail" }
-- [[case]]
-- title = "to Azure Monitor only, or there beside a short storage: the workspace decides"
-- given.azure_sql_server = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_sql_database = [{ id = "/x/a/databases/master", name = "master", _parent_id = "/x/a" }, { id = "/x/b/databases/master", name = "master", _parent_id = "/x/b" }]
-- given.azure_diagnostic_setting = [
--   { name = "g1", _parent_id = "/x/a/databases/master", workspace_id = "/x/w", logs = '[{"category":"SQLSecurityAuditEvents","enabled":true}]' },
--   { name = "g2", _parent_id = "/x/b/databases/master", workspace_id = "/x/w", logs = '[{"category":"SQLSecurityAuditEvents","enabled":true}]' },
-- ]
-- given.azure_sql_server_auditing_setting = [
--   { name = "s1", _parent_id = "/x/a", state = "Enabled", storage_endpoint = "", retention_days = 0, is_azure_monitor_target_enabled = true },
--   { name = "s2", _parent_id = "/x/b", state = "Enabled", storage_endpoint = "https://a.blob.core.windows.net/", retention_days = 30, is_azure_monitor_target_enabled = true },
-- ]
-- expect = { a = "manual", b = "manual" }
-- [[case]]
-- title = "a database of its own; one that is off is judged by its server; master is no subject"
-- given.azure_sql_server = [{ id = "/x/s" }]
-- given.azure_sql_database = [{ id = "/x/s/databases/d", name = "d", _parent_id = "/x/s" }, { id = "/x/s/databases/e", name = "e", _parent_id = "/x/s" }, { id = "/x/s/databases/master", name = "master", _parent_id = "/x/s" }]
-- given.azure_sql_server_auditing_setting = [{ name = "s", _parent_id = "/x/s", state = "Enabled", storage_endpoint = "https://a.blob.core.windows.net/", retention_days = 90 }]
-- given.azure_sql_database_auditing_setting = [
--   { name = "d1", _parent_id = "/x/s/databases/d", state = "Enabled", storage_endpoint = "https://a.blob.core.windows.net/", retention_days = 30 },
--   { name = "d2", _parent_id = "/x/s/databases/e", state = "Disabled", retention_days = 0 },
-- ]
-- expect = { s = "pass", d = "fail" }
-- [[case]]
-- title = "setting missing; state, target or days not readable; days absent"
-- given.azure_sql_server = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c" }, { id = "/x/d" }]
-- given.azure_sql_server_auditing_setting = [
--   { name = "s2", _parent_id = "/x/b", _gaps = ["state"] },
--   { name = "s3", _parent_id = "/x/c", state = "Enabled", storage_endpoint = "https://a.blob.core.windows.net/", _gaps = ["retention_days"] },
--   { name = "s4", _parent_id = "/x/d", state = "Enabled", storage_endpoint = "https://a.blob.core.windows.net/" },
-- ]
-- expect = { a = "unknown", b = "unknown", c = "unknown", d = "unknown" }
-- [[case]]
-- title = "to Azure Monitor, but nothing sends it on: alone, beside a short storage, of a database; not known whether it is sent"
-- given.azure_sql_server = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c" }]
-- given.azure_sql_database = [{ id = "/x/a/databases/master", name = "master", _parent_id = "/x/a" }, { id = "/x/a/databases/d", name = "d", _parent_id = "/x/a" }, { id = "/x/b/databases/master", name = "master", _parent_id = "/x/b" }]
-- given.azure_sql_server_auditing_setting = [
--   { name = "s1", _parent_id = "/x/a", state = "Enabled", storage_endpoint = "", retention_days = 0, is_azure_monitor_target_enabled = true },
--   { name = "s2", _parent_id = "/x/b", state = "Enabled", storage_endpoint = "https://a.blob.core.windows.net/", retention_days = 30, is_azure_monitor_target_enabled = true },
--   { name = "s3", _parent_id = "/x/c", state = "Enabled", storage_endpoint = "https://a.blob.core.windows.net/", retention_days = 30, is_azure_monitor_target_enabled = true },
-- ]
-- given.azure_sql_database_auditing_setting = [{ name = "d1", _parent_id = "/x/a/databases/d", state = "Enabled", is_azure_monitor_target_enabled = true }]
-- expect = { a = "fail", b = "fail", c = "unknown", d = "fail" }
-- [[case]]
-- title = "no server"
-- given.azure_sql_server = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "sql database denied"
-- ledger = [{ table = "azure_sql_database", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
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
            WHEN q.state <> 'enabled' OR q.state_gap OR q.storage_gap THEN NULL
            WHEN q.storage_endpoint IS NOT NULL AND (q.retention_gap OR coalesce(q.retention_days, -1) < 0) THEN NULL
            WHEN q.storage_endpoint IS NOT NULL AND (q.retention_days = 0 OR q.retention_days >= 90) THEN 'pass'
            WHEN q.monitor = 'sent' THEN 'manual'
            WHEN q.monitor = 'unread' THEN NULL
            WHEN q.recorded THEN 'fail'
       END AS verdict,
       CASE WHEN q.parent_id IS NULL THEN 'the auditing setting of the ' || q.asked_kind || ' is not in the snapshot'
            WHEN NOT q.recorded OR q.state <> 'enabled' OR q.state_gap THEN q.told
            WHEN q.storage_gap OR (q.storage_endpoint IS NOT NULL AND q.retention_gap)
            THEN 'where records go, or how long they are kept, could not be read'
            WHEN q.storage_endpoint IS NOT NULL AND q.retention_days = 0 THEN 'the storage account keeps records without end'
            WHEN q.storage_endpoint IS NOT NULL AND coalesce(q.retention_days, -1) < 0 THEN 'how long the storage account keeps records is not in the answer'
            WHEN q.storage_endpoint IS NOT NULL
            THEN 'days kept in the storage account: ' || q.retention_days
                 || CASE WHEN q.retention_days >= 90 THEN ''
                         WHEN q.monitor = 'sent' THEN '; records also leave through diagnostic setting ' || array_to_string(q.sent_by, ', ') || ', and its destination decides how long'
                         WHEN q.monitor = 'unread' THEN '; whether records for Azure Monitor go anywhere could not be read'
                         WHEN q.monitor = 'nowhere' THEN '; records for Azure Monitor go nowhere'
                         ELSE '' END
            WHEN q.monitor = 'sent' THEN 'records leave through diagnostic setting ' || array_to_string(q.sent_by, ', ') || ', and its destination decides how long they are kept'
            ELSE q.told
       END AS reason,
       q.asked_kind AS kind, q.storage_endpoint, q.retention_days, q.monitor AS azure_monitor
FROM asked AS q
