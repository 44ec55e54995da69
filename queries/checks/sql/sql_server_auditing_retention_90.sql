-- title = "SQL audit records kept over 90 days"
-- severity = "medium"
-- subject = "azure_sql_server"
-- tables = ["azure_sql_server", "azure_sql_server_auditing_setting", "azure_sql_database", "azure_diagnostic_setting"]
-- optional = ["azure_log_analytics_workspace_table", "azure_diagnostic_setting_category"]
-- controls = [
--   "cis_azure_2_0_0:4.1.6", "cis_azure_2_1_0:4.1.6", "cis_azure_3_0_0:5.1.6", "nist_800_53_r5:AU-11", "iso_27001_2022:A.8.15",
--   "pci_dss_4_0:10.5.1", "soc_2:C1.2",
-- ]
-- rationale = "Break-ins are often found months later; by then only kept records tell what happened. In a storage account the auditing setting decides (0 days means without end), in Log Analytics the table AzureDiagnostics of the workspace. It is enough when one destination keeps the records long enough."
-- remediation = "az sql server audit-policy update --resource-group GROUP --name SERVER --state Enabled --blob-storage-target-state Enabled --storage-account ACCOUNT --retention-days 180; for Log Analytics: az monitor log-analytics workspace table update --resource-group GROUP --workspace-name WORKSPACE --name AzureDiagnostics --total-retention-time 180"
-- references = ["https://learn.microsoft.com/azure/azure-sql/database/auditing-setup", "https://learn.microsoft.com/azure/azure-monitor/logs/data-retention-configure"]
-- [[case]]
-- title = "storage account: 91 days pass, exactly 90 and less fail, 0 is without end"
-- given.azure_sql_server = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c" }, { id = "/x/d" }]
-- given.azure_sql_server_auditing_setting = [
--   { name = "s1", _parent_id = "/x/a", state = "Enabled", storage_endpoint = "https://a.blob.core.windows.net/", retention_days = 91 },
--   { name = "s2", _parent_id = "/x/b", state = "Enabled", storage_endpoint = "https://a.blob.core.windows.net/", retention_days = 90 },
--   { name = "s3", _parent_id = "/x/c", state = "Enabled", storage_endpoint = "https://a.blob.core.windows.net/", retention_days = 6 },
--   { name = "s4", _parent_id = "/x/d", state = "enabled", storage_endpoint = "https://a.blob.core.windows.net/", retention_days = 0 },
-- ]
-- expect = { a = "pass", b = "fail", c = "fail", d = "pass" }
-- [[case]]
-- title = "auditing off"
-- given.azure_sql_server = [{ id = "/x/s" }]
-- given.azure_sql_server_auditing_setting = [{ name = "default", _parent_id = "/x/s", state = "Disabled", storage_endpoint = "https://a.blob.core.windows.net/", retention_days = 365 }]
-- expect = { s = "fail" }
-- [[case]]
-- title = "on without a destination: 0 days mean nothing"
-- given.azure_sql_server = [{ id = "/x/s" }]
-- given.azure_sql_server_auditing_setting = [{ name = "default", _parent_id = "/x/s", state = "Enabled", storage_endpoint = "", retention_days = 0 }]
-- expect = { s = "fail" }
-- [[case]]
-- title = "days absent, or below zero"
-- given.azure_sql_server = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_sql_server_auditing_setting = [
--   { name = "s1", _parent_id = "/x/a", state = "Enabled", storage_endpoint = "https://a.blob.core.windows.net/" },
--   { name = "s2", _parent_id = "/x/b", state = "Enabled", storage_endpoint = "https://a.blob.core.windows.net/", retention_days = -1 },
-- ]
-- expect = { a = "unknown", b = "unknown" }
-- [[case]]
-- title = "Log Analytics only: the table AzureDiagnostics decides"
-- given.azure_sql_server = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c" }]
-- given.azure_sql_database = [{ id = "/x/a/databases/master", name = "master", _parent_id = "/x/a" }, { id = "/x/b/databases/master", name = "master", _parent_id = "/x/b" }, { id = "/x/c/databases/master", name = "master", _parent_id = "/x/c" }]
-- given.azure_sql_server_auditing_setting = [
--   { name = "s0", _parent_id = "/x/a", state = "Enabled", retention_days = 0, is_azure_monitor_target_enabled = true },
--   { name = "s1", _parent_id = "/x/b", state = "Enabled", retention_days = 0, is_azure_monitor_target_enabled = true },
--   { name = "s2", _parent_id = "/x/c", state = "Enabled", retention_days = 0, is_azure_monitor_target_enabled = true },
-- ]
-- given.azure_diagnostic_setting = [
--   { name = "d1", _parent_id = "/x/a/databases/master", workspace_id = "/x/w1", logs = '[{"category":"SQLSecurityAuditEvents","enabled":true}]' },
--   { name = "d2", _parent_id = "/x/b/databases/master", workspace_id = "/x/w2", logs = '[{"category":"SQLSecurityAuditEvents","enabled":true}]' },
--   { name = "d3", _parent_id = "/x/c/databases/master", workspace_id = "/x/w3", logs = '[{"category":"SQLSecurityAuditEvents","enabled":true}]' },
-- ]
-- given.azure_log_analytics_workspace_table = [
--   { name = "AzureDiagnostics", _parent_id = "/x/w1", retention_in_days = 30, total_retention_in_days = 180 },
--   { name = "AzureDiagnostics", id = "/x/w2/tables/azurediagnostics", _parent_id = "/x/w2", retention_in_days = 90, total_retention_in_days = 90 },
--   { name = "AzureActivity", _parent_id = "/x/w2", retention_in_days = 365, total_retention_in_days = 365 },
--   { name = "azurediagnostics", id = "/x/w3/tables/azurediagnostics", _parent_id = "/x/w3", total_retention_in_days = 91 },
-- ]
-- expect = { a = "pass", b = "fail", c = "pass" }
-- [[case]]
-- title = "two workspaces: one that keeps long enough is enough"
-- given.azure_sql_server = [{ id = "/x/s" }]
-- given.azure_sql_database = [{ id = "/x/s/databases/master", name = "master", _parent_id = "/x/s" }]
-- given.azure_sql_server_auditing_setting = [
--   { name = "s0", _parent_id = "/x/s", state = "Enabled", retention_days = 0, is_azure_monitor_target_enabled = true },
-- ]
-- given.azure_diagnostic_setting = [
--   { name = "d1", _parent_id = "/x/s/databases/master", workspace_id = "/x/w1", logs = '[{"category":"SQLSecurityAuditEvents","enabled":true}]' },
--   { name = "d2", _parent_id = "/x/s/databases/master", workspace_id = "/x/w2", logs = '[{"category":"SQLSecurityAuditEvents","enabled":true}]' },
-- ]
-- given.azure_log_analytics_workspace_table = [
--   { name = "AzureDiagnostics", id = "/x/w1/tables/a", _parent_id = "/x/w1", total_retention_in_days = 30 },
--   { name = "AzureDiagnostics", id = "/x/w2/tables/a", _parent_id = "/x/w2", total_retention_in_days = 365 },
-- ]
-- expect = { s = "pass" }
-- [[case]]
-- title = "the table of the workspace is not in the snapshot, has no days, or days that are not readable"
-- given.azure_sql_server = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c" }]
-- given.azure_sql_database = [{ id = "/x/a/databases/master", name = "master", _parent_id = "/x/a" }, { id = "/x/b/databases/master", name = "master", _parent_id = "/x/b" }, { id = "/x/c/databases/master", name = "master", _parent_id = "/x/c" }]
-- given.azure_sql_server_auditing_setting = [
--   { name = "s0", _parent_id = "/x/a", state = "Enabled", retention_days = 0, is_azure_monitor_target_enabled = true },
--   { name = "s1", _parent_id = "/x/b", state = "Enabled", retention_days = 0, is_azure_monitor_target_enabled = true },
--   { name = "s2", _parent_id = "/x/c", state = "Enabled", retention_days = 0, is_azure_monitor_target_enabled = true },
-- ]
-- given.azure_diagnostic_setting = [
--   { name = "d1", _parent_id = "/x/a/databases/master", workspace_id = "/x/w1", logs = '[{"category":"SQLSecurityAuditEvents","enabled":true}]' },
--   { name = "d2", _parent_id = "/x/b/databases/master", workspace_id = "/x/w2", logs = '[{"category":"SQLSecurityAuditEvents","enabled":true}]' },
--   { name = "d3", _parent_id = "/x/c/databases/master", workspace_id = "/x/w3", logs = '[{"category":"SQLSecurityAuditEvents","enabled":true}]' },
-- ]
-- given.azure_log_analytics_workspace_table = [
--   { name = "AzureDiagnostics", id = "/x/w2/tables/a", _parent_id = "/x/w2" },
--   { name = "AzureDiagnostics", id = "/x/w3/tables/a", _parent_id = "/x/w3", total_retention_in_days = 365, _gaps = ["total_retention_in_days"] },
-- ]
-- expect = { a = "unknown", b = "unknown", c = "unknown" }
-- [[case]]
-- title = "short in storage, long in Log Analytics; short in both"
-- given.azure_sql_server = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_sql_database = [{ id = "/x/a/databases/master", name = "master", _parent_id = "/x/a" }, { id = "/x/b/databases/master", name = "master", _parent_id = "/x/b" }]
-- given.azure_sql_server_auditing_setting = [
--   { name = "s1", _parent_id = "/x/a", state = "Enabled", storage_endpoint = "https://a.blob.core.windows.net/", retention_days = 30, is_azure_monitor_target_enabled = true },
--   { name = "s2", _parent_id = "/x/b", state = "Enabled", storage_endpoint = "https://a.blob.core.windows.net/", retention_days = 30, is_azure_monitor_target_enabled = true },
-- ]
-- given.azure_diagnostic_setting = [
--   { name = "d1", _parent_id = "/x/a/databases/master", workspace_id = "/x/w1", logs = '[{"category":"SQLSecurityAuditEvents","enabled":true}]' },
--   { name = "d2", _parent_id = "/x/b/databases/master", workspace_id = "/x/w2", logs = '[{"category":"SQLSecurityAuditEvents","enabled":true}]' },
-- ]
-- given.azure_log_analytics_workspace_table = [
--   { name = "AzureDiagnostics", id = "/x/w1/tables/a", _parent_id = "/x/w1", total_retention_in_days = 365 },
--   { name = "AzureDiagnostics", id = "/x/w2/tables/a", _parent_id = "/x/w2", total_retention_in_days = 30 },
-- ]
-- expect = { a = "pass", b = "fail" }
-- [[case]]
-- title = "to an event hub only: how long the receiver keeps them is for the auditor"
-- given.azure_sql_server = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_sql_database = [{ id = "/x/a/databases/master", name = "master", _parent_id = "/x/a" }, { id = "/x/b/databases/master", name = "master", _parent_id = "/x/b" }]
-- given.azure_sql_server_auditing_setting = [
--   { name = "s0", _parent_id = "/x/a", state = "Enabled", retention_days = 0, is_azure_monitor_target_enabled = true },
-- ]
-- given.azure_diagnostic_setting = [{ name = "d1", _parent_id = "/x/a/databases/master", event_hub_authorization_rule_id = "/x/e", logs = '[{"category":"SQLSecurityAuditEvents","enabled":true}]' }]
-- expect = { a = "manual", b = "unknown" }
-- [[case]]
-- title = "for Azure Monitor, but nothing sends it on"
-- given.azure_sql_server = [{ id = "/x/s" }]
-- given.azure_sql_database = [{ id = "/x/s/databases/master", name = "master", _parent_id = "/x/s" }]
-- given.azure_sql_server_auditing_setting = [
--   { name = "s0", _parent_id = "/x/s", state = "Enabled", retention_days = 0, is_azure_monitor_target_enabled = true },
-- ]
-- expect = { s = "fail" }
-- [[case]]
-- title = "master is not in the list of databases"
-- given.azure_sql_server = [{ id = "/x/s" }]
-- given.azure_sql_server_auditing_setting = [
--   { name = "s0", _parent_id = "/x/s", state = "Enabled", retention_days = 0, is_azure_monitor_target_enabled = true },
-- ]
-- expect = { s = "unknown" }
-- [[case]]
-- title = "not readable: days, state, destination"
-- given.azure_sql_server = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c" }]
-- given.azure_sql_server_auditing_setting = [
--   { name = "s1", _parent_id = "/x/a", state = "Enabled", storage_endpoint = "https://a.blob.core.windows.net/", retention_days = 365, _gaps = ["retention_days"] },
--   { name = "s2", _parent_id = "/x/b", storage_endpoint = "https://a.blob.core.windows.net/", retention_days = 365, _gaps = ["state"] },
--   { name = "s3", _parent_id = "/x/c", state = "Enabled", retention_days = 365, _gaps = ["storage_endpoint"] },
-- ]
-- expect = { a = "unknown", b = "unknown", c = "unknown" }
-- [[case]]
-- title = "the diagnostic setting of master is not readable"
-- given.azure_sql_server = [{ id = "/x/s" }]
-- given.azure_sql_database = [{ id = "/x/s/databases/master", name = "master", _parent_id = "/x/s" }]
-- given.azure_sql_server_auditing_setting = [
--   { name = "s0", _parent_id = "/x/s", state = "Enabled", retention_days = 0, is_azure_monitor_target_enabled = true },
-- ]
-- given.azure_diagnostic_setting = [{ name = "d1", _parent_id = "/x/s/databases/master", workspace_id = "/x/w1", _gaps = ["logs"] }]
-- expect = { s = "unknown" }
-- [[case]]
-- title = "no server"
-- given.azure_sql_server = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "servers denied"
-- ledger = [{ table = "azure_sql_server", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_sql_server = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "auditing denied"
-- ledger = [{ table = "azure_sql_server_auditing_setting", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_sql_server = [{ id = "/x/s" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "databases denied"
-- ledger = [{ table = "azure_sql_database", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_sql_server = [{ id = "/x/s" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "diagnostic settings denied"
-- ledger = [{ table = "azure_diagnostic_setting", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_sql_server = [{ id = "/x/s" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "auditing of one server denied"
-- ledger = [{ table = "azure_sql_server_auditing_setting", parent = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.sql/servers/a", status = "denied" }]
-- given.azure_sql_server = [{ name = "a" }, { name = "b" }]
-- given.azure_sql_server_auditing_setting = [{ name = "default", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.sql/servers/b", state = "Enabled", storage_endpoint = "https://a.blob.core.windows.net/", retention_days = 180 }]
-- expect = { a = "unknown", b = "pass" }
WITH workspace AS (
    SELECT lower(t._parent_id) AS workspace_id,
           max(CASE WHEN t.total_retention_in_days > 0 AND NOT coalesce(list_contains(t._gaps, 'total_retention_in_days'), FALSE)
                    THEN t.total_retention_in_days END) AS days
    FROM azure_log_analytics_workspace_table AS t
    WHERE lower(t.name) = 'azurediagnostics'
    GROUP BY 1
),
named AS (
    SELECT a.server_id, lower(u.id) AS workspace_id
    FROM sql_server_audit AS a, unnest(a.workspaces) AS u(id)
),
destination AS (
    SELECT n.server_id, w.days
    FROM named AS n
    LEFT JOIN workspace AS w ON w.workspace_id = n.workspace_id
),
kept AS (
    SELECT d.server_id, max(d.days) AS days, max(CASE WHEN d.days IS NULL THEN 1 ELSE 0 END) AS n_unread
    FROM destination AS d
    GROUP BY d.server_id
),
judged AS (
    SELECT a.*, k.days AS workspace_days,
           a.storage_endpoint IS NOT NULL AND NOT a.storage_gap AND NOT a.retention_gap AND (a.retention_days = 0 OR a.retention_days > 90) AS storage_good,
           a.storage_gap OR (a.storage_endpoint IS NOT NULL AND (a.retention_gap OR a.retention_days IS NULL OR a.retention_days < 0)) AS storage_unread,
           coalesce(a.to_monitor, FALSE) AND NOT a.monitor_gap AND coalesce(k.days > 90, FALSE) AS workspace_good,
           a.monitor_gap OR (coalesce(a.to_monitor, FALSE)
               AND (a.sending_gap OR coalesce(k.n_unread, 0) > 0 OR (coalesce(array_length(a.sent_by), 0) = 0 AND NOT a.has_master))) AS workspace_unread
    FROM sql_server_audit AS a
    LEFT JOIN kept AS k ON k.server_id = a.server_id
)
SELECT s.id AS subject, s.id AS resource_id, s.subscription_id,
       CASE WHEN j.server_id IS NULL OR j.state_gap OR j.state IS NULL THEN NULL
            WHEN j.state = 'disabled' THEN 'fail'
            WHEN j.state <> 'enabled' THEN NULL
            WHEN j.storage_good OR j.workspace_good THEN 'pass'
            WHEN j.storage_unread OR j.workspace_unread THEN NULL
            WHEN j.to_monitor AND j.has_other THEN 'manual'
            ELSE 'fail'
       END AS verdict,
       CASE WHEN j.server_id IS NULL THEN 'the auditing setting of the server is not in the snapshot'
            WHEN j.state_gap OR j.state IS NULL THEN 'the state of auditing could not be read'
            WHEN j.state = 'disabled' THEN 'auditing of the server is off'
            WHEN j.state <> 'enabled' THEN 'auditing has a state that is not known: ' || j.state
            WHEN j.storage_good AND j.retention_days = 0 THEN 'the storage account keeps records without end'
            WHEN j.storage_good THEN 'days kept in the storage account: ' || j.retention_days
            WHEN j.workspace_good THEN 'days kept in Log Analytics: ' || j.workspace_days
            WHEN j.storage_unread THEN 'how long the storage account keeps records could not be read'
            WHEN j.workspace_unread THEN 'whether Azure Monitor keeps the records long enough is not in the snapshot'
            WHEN j.to_monitor AND j.has_other THEN 'records also leave through a diagnostic setting to a storage account, an event hub or a partner product; how long they are kept there has to be looked up'
            WHEN j.storage_endpoint IS NOT NULL THEN 'days kept in the storage account: ' || j.retention_days
                 || CASE WHEN j.workspace_days IS NULL THEN '' ELSE '; in Log Analytics: ' || j.workspace_days END
            WHEN j.workspace_days IS NOT NULL THEN 'days kept in Log Analytics: ' || j.workspace_days
            ELSE 'auditing is on, but records go nowhere'
       END AS reason,
       j.storage_endpoint, j.retention_days AS storage_days, j.workspaces AS log_analytics_workspaces, j.workspace_days AS log_analytics_days
FROM azure_sql_server AS s
LEFT JOIN judged AS j ON j.server_id = s.id
