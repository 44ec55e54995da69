-- title = "SQL server auditing on"
-- severity = "high"
-- subject = "azure_sql_server"
-- tables = ["azure_sql_server", "azure_sql_server_auditing_setting", "azure_sql_database", "azure_diagnostic_setting"]
-- optional = ["azure_sql_database_auditing_setting", "azure_diagnostic_setting_category"]
-- controls = [
--   "cis_azure_2_0_0:4.1.1", "cis_azure_2_1_0:4.1.1", "cis_azure_3_0_0:5.1.1", "nist_800_53_r5:AU-6", "nist_800_53_r5:AU-12",
--   "iso_27001_2022:A.8.15", "pci_dss_4_0:10.2.1", "soc_2:PI1.2",
-- ]
-- rationale = "Without audit records nobody can tell who signed in, what was read and what was changed. Auditing of the server covers its databases of today and of tomorrow; auditing set on single databases leaves out the next one. Records for Azure Monitor go nowhere unless a diagnostic setting of the database master sends them."
-- remediation = "az sql server audit-policy update --resource-group GROUP --name SERVER --state Enabled --log-analytics-target-state Enabled --log-analytics-workspace-resource-id WORKSPACE_ID (or --blob-storage-target-state Enabled --storage-account ACCOUNT)"
-- references = ["https://learn.microsoft.com/azure/azure-sql/database/auditing-overview", "https://learn.microsoft.com/azure/azure-sql/database/auditing-setup"]
-- [[case]]
-- title = "to a storage account"
-- given.azure_sql_server = [{ id = "/x/s" }]
-- given.azure_sql_server_auditing_setting = [{ name = "default", _parent_id = "/x/s", state = "Enabled", storage_endpoint = "https://a.blob.core.windows.net/" }]
-- expect = { s = "pass" }
-- [[case]]
-- title = "to a service bus, as settings of the first years do"
-- given.azure_sql_server = [{ id = "/x/s" }]
-- given.azure_sql_database = [{ id = "/x/s/databases/master", name = "master", _parent_id = "/x/s" }]
-- given.azure_sql_server_auditing_setting = [{ name = "default", _parent_id = "/x/s", state = "Enabled", is_azure_monitor_target_enabled = true }]
-- given.azure_diagnostic_setting = [{ name = "d1", _parent_id = "/x/s/databases/master", service_bus_rule_id = "/x/b", logs = '[{"category":"SQLSecurityAuditEvents","enabled":true}]' }]
-- expect = { s = "pass" }
-- [[case]]
-- title = "off, also in other letter case"
-- given.azure_sql_server = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_sql_server_auditing_setting = [
--   { name = "d1", _parent_id = "/x/a", state = "Disabled", storage_endpoint = "" },
--   { name = "d2", _parent_id = "/x/b", state = "disabled", storage_endpoint = "https://a.blob.core.windows.net/", is_azure_monitor_target_enabled = true },
-- ]
-- expect = { a = "fail", b = "fail" }
-- [[case]]
-- title = "a category group other than allLogs counts where the snapshot tells that the audit category is in it"
-- given.azure_sql_server = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_sql_database = [{ id = "/x/a/databases/master", name = "master", _parent_id = "/x/a" }, { id = "/x/b/databases/master", name = "master", _parent_id = "/x/b" }]
-- given.azure_sql_server_auditing_setting = [
--   { name = "s1", _parent_id = "/x/a", state = "Enabled", is_azure_monitor_target_enabled = true },
--   { name = "s2", _parent_id = "/x/b", state = "Enabled", is_azure_monitor_target_enabled = true },
-- ]
-- given.azure_diagnostic_setting_category = [{ name = "SQLSecurityAuditEvents", _parent_id = "/subscriptions/x/resourcegroups/g/providers/microsoft.sql/servers/a/databases/master", category_type = "Logs", category_groups = ["audit", "allLogs"] }]
-- given.azure_diagnostic_setting = [
--   { name = "d1", _parent_id = "/x/a/databases/master", workspace_id = "/x/w", logs = '[{"categoryGroup":"audit","enabled":true}]' },
--   { name = "d2", _parent_id = "/x/b/databases/master", workspace_id = "/x/w", logs = '[{"categoryGroup":"insights","enabled":true}]' },
-- ]
-- expect = { a = "pass", b = "fail" }
-- [[case]]
-- title = "a category group of which nobody told what is in it"
-- given.azure_sql_server = [{ id = "/x/s" }]
-- given.azure_sql_database = [{ id = "/x/s/databases/master", name = "master", _parent_id = "/x/s" }]
-- given.azure_sql_server_auditing_setting = [{ name = "default", _parent_id = "/x/s", state = "Enabled", is_azure_monitor_target_enabled = true }]
-- given.azure_diagnostic_setting = [{ name = "d1", _parent_id = "/x/s/databases/master", workspace_id = "/x/w", logs = '[{"categoryGroup":"audit","enabled":true}]' }]
-- expect = { s = "unknown" }
-- [[case]]
-- title = "to Azure Monitor, and a diagnostic setting of master sends it on: by category, by allLogs, to any destination"
-- given.azure_sql_server = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c" }, { id = "/x/d" }]
-- given.azure_sql_database = [{ id = "/x/a/databases/master", name = "master", _parent_id = "/x/a" }, { id = "/x/b/databases/master", name = "master", _parent_id = "/x/b" }, { id = "/x/c/databases/master", name = "master", _parent_id = "/x/c" }, { id = "/x/d/databases/master", name = "master", _parent_id = "/x/d" }]
-- given.azure_sql_server_auditing_setting = [
--   { name = "s1", _parent_id = "/x/a", state = "enabled", storage_endpoint = "", is_azure_monitor_target_enabled = true },
--   { name = "s2", _parent_id = "/x/b", state = "Enabled", is_azure_monitor_target_enabled = true },
--   { name = "s3", _parent_id = "/x/c", state = "Enabled", is_azure_monitor_target_enabled = true },
--   { name = "s4", _parent_id = "/x/d", state = "Enabled", is_azure_monitor_target_enabled = true },
-- ]
-- given.azure_diagnostic_setting = [
--   { name = "d1", _parent_id = "/x/a/databases/master", workspace_id = "/x/w", logs = '[{"category":"SQLSecurityAuditEvents","enabled":true}]' },
--   { name = "d2", _parent_id = "/x/b/databases/master", event_hub_authorization_rule_id = "/x/e", logs = '[{"categoryGroup":"allLogs","enabled":true},{"categoryGroup":"audit","enabled":true}]' },
--   { name = "d3", _parent_id = "/x/c/databases/master", storage_account_id = "/x/st", logs = '[{"categoryGroup":"allLogs","enabled":true}]' },
--   { name = "d4", _parent_id = "/x/d/databases/master", marketplace_partner_id = "/x/p", logs = '[{"category":"sqlsecurityauditevents","enabled":true}]' },
-- ]
-- expect = { a = "pass", b = "pass", c = "pass", d = "pass" }
-- [[case]]
-- title = "to Azure Monitor, but no diagnostic setting of master, one without the category, one that is off, one without destination, one of another database"
-- given.azure_sql_server = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c" }, { id = "/x/d" }, { id = "/x/e" }]
-- given.azure_sql_database = [{ id = "/x/a/databases/master", name = "master", _parent_id = "/x/a" }, { id = "/x/b/databases/master", name = "master", _parent_id = "/x/b" }, { id = "/x/c/databases/master", name = "master", _parent_id = "/x/c" }, { id = "/x/d/databases/master", name = "master", _parent_id = "/x/d" }, { id = "/x/e/databases/master", name = "master", _parent_id = "/x/e" }]
-- given.azure_sql_server_auditing_setting = [
--   { name = "s1", _parent_id = "/x/a", state = "Enabled", is_azure_monitor_target_enabled = true },
--   { name = "s2", _parent_id = "/x/b", state = "Enabled", is_azure_monitor_target_enabled = true },
--   { name = "s3", _parent_id = "/x/c", state = "Enabled", is_azure_monitor_target_enabled = true },
--   { name = "s4", _parent_id = "/x/d", state = "Enabled", is_azure_monitor_target_enabled = true },
--   { name = "s5", _parent_id = "/x/e", state = "Enabled", is_azure_monitor_target_enabled = true },
-- ]
-- given.azure_diagnostic_setting = [
--   { name = "d2", _parent_id = "/x/b/databases/master", workspace_id = "/x/w", logs = '[{"category":"Errors","enabled":true}]' },
--   { name = "d3", _parent_id = "/x/c/databases/master", workspace_id = "/x/w", logs = '[{"category":"SQLSecurityAuditEvents","enabled":false}]' },
--   { name = "d4", _parent_id = "/x/d/databases/master", workspace_id = "", logs = '[{"category":"SQLSecurityAuditEvents","enabled":true}]' },
--   { name = "d5", _parent_id = "/x/e/databases/shop", workspace_id = "/x/w", logs = '[{"category":"SQLSecurityAuditEvents","enabled":true}]' },
-- ]
-- expect = { a = "fail", b = "fail", c = "fail", d = "fail", e = "fail" }
-- [[case]]
-- title = "on without any destination"
-- given.azure_sql_server = [{ id = "/x/s" }]
-- given.azure_sql_server_auditing_setting = [{ name = "default", _parent_id = "/x/s", state = "Enabled", storage_endpoint = " ", is_azure_monitor_target_enabled = false }]
-- expect = { s = "fail" }
-- [[case]]
-- title = "on with the destinations absent from the answer"
-- given.azure_sql_server = [{ id = "/x/s" }]
-- given.azure_sql_server_auditing_setting = [{ name = "default", _parent_id = "/x/s", state = "Enabled" }]
-- expect = { s = "fail" }
-- [[case]]
-- title = "databases that audit on their own do not replace the auditing of the server"
-- given.azure_sql_server = [{ id = "/x/s" }]
-- given.azure_sql_server_auditing_setting = [{ name = "default", _parent_id = "/x/s", state = "Disabled" }]
-- given.azure_sql_database = [{ id = "/x/s/databases/shop", name = "shop", _parent_id = "/x/s" }]
-- given.azure_sql_database_auditing_setting = [{ name = "Default", _parent_id = "/x/s/databases/shop", state = "Enabled", storage_endpoint = "https://a.blob.core.windows.net/" }]
-- expect = { s = "fail" }
-- [[case]]
-- title = "a storage account beside Azure Monitor is enough"
-- given.azure_sql_server = [{ id = "/x/s" }]
-- given.azure_sql_database = [{ id = "/x/s/databases/master", name = "master", _parent_id = "/x/s" }]
-- given.azure_sql_server_auditing_setting = [{ name = "default", _parent_id = "/x/s", state = "Enabled", storage_endpoint = "https://a.blob.core.windows.net/", is_azure_monitor_target_enabled = true }]
-- expect = { s = "pass" }
-- [[case]]
-- title = "the setting is missing, or without a state"
-- given.azure_sql_server = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_sql_server_auditing_setting = [{ name = "default", _parent_id = "/x/b", storage_endpoint = "https://a.blob.core.windows.net/" }]
-- expect = { a = "unknown", b = "unknown" }
-- [[case]]
-- title = "master is not in the list of databases"
-- given.azure_sql_server = [{ id = "/x/s" }]
-- given.azure_sql_server_auditing_setting = [{ name = "default", _parent_id = "/x/s", state = "Enabled", is_azure_monitor_target_enabled = true }]
-- expect = { s = "unknown" }
-- [[case]]
-- title = "not readable: state, destination, monitor switch; a storage account that is known is enough"
-- given.azure_sql_server = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c" }, { id = "/x/d" }]
-- given.azure_sql_server_auditing_setting = [
--   { name = "s1", _parent_id = "/x/a", storage_endpoint = "https://a.blob.core.windows.net/", _gaps = ["state"] },
--   { name = "s2", _parent_id = "/x/b", state = "Enabled", _gaps = ["storage_endpoint"] },
--   { name = "s3", _parent_id = "/x/c", state = "Enabled", _gaps = ["is_azure_monitor_target_enabled"] },
--   { name = "s4", _parent_id = "/x/d", state = "Enabled", storage_endpoint = "https://a.blob.core.windows.net/", _gaps = ["is_azure_monitor_target_enabled"] },
-- ]
-- expect = { a = "unknown", b = "unknown", c = "unknown", d = "pass" }
-- [[case]]
-- title = "the diagnostic setting of master is not readable; it does not matter beside a good one"
-- given.azure_sql_server = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c" }, { id = "/x/d" }]
-- given.azure_sql_database = [{ id = "/x/a/databases/master", name = "master", _parent_id = "/x/a" }, { id = "/x/b/databases/master", name = "master", _parent_id = "/x/b" }, { id = "/x/c/databases/master", name = "master", _parent_id = "/x/c" }, { id = "/x/d/databases/master", name = "master", _parent_id = "/x/d" }]
-- given.azure_sql_server_auditing_setting = [
--   { name = "s1", _parent_id = "/x/a", state = "Enabled", is_azure_monitor_target_enabled = true },
--   { name = "s2", _parent_id = "/x/b", state = "Enabled", is_azure_monitor_target_enabled = true },
--   { name = "s3", _parent_id = "/x/c", state = "Enabled", is_azure_monitor_target_enabled = true },
--   { name = "s4", _parent_id = "/x/d", state = "Disabled", is_azure_monitor_target_enabled = true },
-- ]
-- given.azure_diagnostic_setting = [
--   { name = "d1", _parent_id = "/x/a/databases/master", workspace_id = "/x/w", _gaps = ["logs"] },
--   { name = "d2", _parent_id = "/x/b/databases/master", logs = '[{"category":"SQLSecurityAuditEvents","enabled":true}]', _gaps = ["workspace_id"] },
--   { name = "d3", _parent_id = "/x/c/databases/master", workspace_id = "/x/w", _gaps = ["logs"] },
--   { name = "d4", _parent_id = "/x/c/databases/master", workspace_id = "/x/w", logs = '[{"category":"SQLSecurityAuditEvents","enabled":true}]' },
--   { name = "d5", _parent_id = "/x/d/databases/master", workspace_id = "/x/w", _gaps = ["logs"] },
-- ]
-- expect = { a = "unknown", b = "unknown", c = "pass", d = "fail" }
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
-- given.azure_sql_server_auditing_setting = [{ name = "default", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.sql/servers/b", state = "Enabled", storage_endpoint = "https://a.blob.core.windows.net/" }]
-- expect = { a = "unknown", b = "pass" }
-- [[case]]
-- title = "diagnostic settings of one master denied"
-- ledger = [{ table = "azure_diagnostic_setting", parent = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.sql/servers/a/databases/master", status = "denied" }]
-- given.azure_sql_server = [{ name = "a" }, { name = "b" }]
-- given.azure_sql_database = [
--   { id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.sql/servers/a/databases/master", name = "master" }, { id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.sql/servers/b/databases/master", name = "master" },
-- ]
-- given.azure_sql_server_auditing_setting = [
--   { name = "s1", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.sql/servers/a", state = "Enabled", is_azure_monitor_target_enabled = true },
--   { name = "s2", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.sql/servers/b", state = "Enabled", is_azure_monitor_target_enabled = true },
-- ]
-- expect = { a = "unknown", master = "unknown", b = "fail" }
-- [[case]]
-- title = "diagnostic settings of another kind of resource were not read"
-- ledger = [{ table = "azure_diagnostic_setting", parent = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/loadbalancers/lb", status = "denied" }]
-- given.azure_sql_server = [{ name = "a" }]
-- given.azure_sql_server_auditing_setting = [{ name = "default", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.sql/servers/a", state = "Enabled", storage_endpoint = "https://a.blob.core.windows.net/" }]
-- expect = { a = "pass" }
WITH own AS (
    SELECT regexp_replace(lower(b._parent_id), '/databases/[^/]*$', '') AS server_id,
           list_sort(list(DISTINCT guid_of(b._parent_id))) AS databases
    FROM azure_sql_database_auditing_setting AS b
    WHERE lower(trim(b.state)) = 'enabled' AND NOT coalesce(list_contains(b._gaps, 'state'), FALSE)
    GROUP BY 1
)
SELECT s.id AS subject, s.id AS resource_id, s.subscription_id,
       CASE WHEN a.server_id IS NULL OR a.state_gap OR a.state IS NULL THEN NULL
            WHEN a.state = 'disabled' THEN 'fail'
            WHEN a.state <> 'enabled' THEN NULL
            WHEN a.storage_endpoint IS NOT NULL AND NOT a.storage_gap THEN 'pass'
            WHEN a.storage_gap OR a.monitor_gap THEN NULL
            WHEN NOT coalesce(a.to_monitor, FALSE) THEN 'fail'
            WHEN array_length(a.sent_by) > 0 THEN 'pass'
            WHEN a.sending_gap OR NOT a.has_master THEN NULL
            ELSE 'fail'
       END AS verdict,
       CASE WHEN a.server_id IS NULL THEN 'the auditing setting of the server is not in the snapshot'
            WHEN a.state_gap THEN 'the state of auditing could not be read'
            WHEN a.state IS NULL THEN 'the answer does not say whether auditing is on'
            WHEN a.state = 'disabled'
            THEN 'auditing of the server is off' || CASE WHEN o.server_id IS NULL THEN '' ELSE '; databases that audit on their own: ' || array_length(o.databases) END
            WHEN a.state <> 'enabled' THEN 'auditing has a state that is not known: ' || a.state
            WHEN a.storage_endpoint IS NOT NULL AND NOT a.storage_gap THEN 'auditing is on, records go to ' || a.storage_endpoint
            WHEN a.storage_gap OR a.monitor_gap THEN 'auditing is on, where records go could not be read'
            WHEN NOT coalesce(a.to_monitor, FALSE) THEN 'auditing is on, but records go nowhere'
            WHEN array_length(a.sent_by) > 0 THEN 'auditing is on, records leave through diagnostic setting ' || array_to_string(a.sent_by, ', ')
            WHEN a.sending_gap THEN 'auditing is on; whether a diagnostic setting of master sends the audit category could not be read'
            WHEN NOT a.has_master THEN 'auditing is on; the database master, whose diagnostic settings matter, is not in the snapshot'
            ELSE 'auditing is on for Azure Monitor, but no diagnostic setting of the database master sends SQLSecurityAuditEvents anywhere'
       END AS reason,
       a.storage_endpoint, a.to_monitor, a.sent_by AS diagnostic_settings, o.databases AS databases_auditing_on_their_own
FROM azure_sql_server AS s
LEFT JOIN sql_server_audit AS a ON a.server_id = s.id
LEFT JOIN own AS o ON o.server_id = s.id
