-- title = "Databricks diagnostic logs delivered"
-- severity = "medium"
-- subject = "azure_databricks_workspace"
-- tables = ["azure_databricks_workspace", "azure_diagnostic_setting"]
-- optional = ["azure_diagnostic_setting_category"]
-- controls = [
--   "cis_azure_4_0_0:3.1.7", "cis_azure_5_0_0:2.1.7", "cis_azure_6_0_0:2.1.7", "nist_800_53_r5:AU-2", "nist_800_53_r5:AU-3",
--   "nist_800_53_r5:AU-12", "iso_27001_2022:A.8.15", "pci_dss_4_0:10.2.1", "soc_2:CC7.2",
-- ]
-- rationale = "Who signed in to a workspace, started clusters, ran jobs or changed permissions is recorded in its diagnostic logs only. They go nowhere by themselves, so misuse of the data leaves no trace without a diagnostic setting. Only the premium tier has them, and the trial, which is premium for a time."
-- remediation = "az monitor diagnostic-settings create --name dbx --resource WORKSPACE_ID --workspace LOG_WORKSPACE_ID --logs '[{\"categoryGroup\":\"allLogs\",\"enabled\":true}]'"
-- references = ["https://learn.microsoft.com/azure/databricks/admin/account-settings/audit-log-delivery", "https://learn.microsoft.com/azure/azure-monitor/reference/supported-logs/microsoft-databricks-workspaces-logs"]
-- [[case]]
-- title = "group allLogs; sku absent"
-- given.azure_databricks_workspace = [{ id = "/x/a", sku_name = "premium" }, { id = "/x/b" }]
-- given.azure_diagnostic_setting = [
--   { name = "d", _parent_id = "/x/a", workspace_id = "/x/w", logs = '[{"category":null,"categoryGroup":"allLogs","enabled":true}]' },
--   { name = "e", _parent_id = "/x/b", storage_account_id = "/x/s", logs = '[{"category":null,"categoryGroup":"AllLogs","enabled":true}]' },
-- ]
-- expect = { a = "pass", b = "pass" }
-- [[case]]
-- title = "to a service bus, as settings of the first years do"
-- given.azure_databricks_workspace = [{ id = "/x/a", sku_name = "premium" }]
-- given.azure_diagnostic_setting = [{ name = "d", _parent_id = "/x/a", service_bus_rule_id = "/x/b", logs = '[{"categoryGroup":"allLogs","enabled":true}]' }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "the six categories, in other letter case"
-- given.azure_databricks_workspace = [{ id = "/x/a", sku_name = "Premium" }]
-- given.azure_diagnostic_setting = [{ name = "d", _parent_id = "/x/a", event_hub_authorization_rule_id = "/x/e", logs = '[{"category":"Accounts","enabled":true},{"category":"clusters","enabled":true},{"category":"jobs","enabled":true},{"category":"notebook","enabled":true},{"category":"workspace","enabled":true},{"category":"SQLPermissions","enabled":true}]' }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "one of them off"
-- given.azure_databricks_workspace = [{ id = "/x/a", sku_name = "premium" }]
-- given.azure_diagnostic_setting = [{ name = "d", _parent_id = "/x/a", workspace_id = "/x/w", logs = '[{"category":"accounts","enabled":true},{"category":"clusters","enabled":true},{"category":"jobs","enabled":true},{"category":"notebook","enabled":false},{"category":"workspace","enabled":true},{"category":"sqlPermissions","enabled":true}]' }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "no setting, and a setting without a destination"
-- given.azure_databricks_workspace = [{ id = "/x/a", sku_name = "premium" }, { id = "/x/b", sku_name = "premium" }]
-- given.azure_diagnostic_setting = [{ name = "d", _parent_id = "/x/b", logs = '[{"categoryGroup":"allLogs","enabled":true}]' }]
-- expect = { a = "fail", b = "fail" }
-- [[case]]
-- title = "spread over two settings, no single one has them all"
-- given.azure_databricks_workspace = [{ id = "/x/a", sku_name = "premium" }]
-- given.azure_diagnostic_setting = [
--   { name = "d", _parent_id = "/x/a", workspace_id = "/x/w", logs = '[{"category":"accounts","enabled":true},{"category":"clusters","enabled":true},{"category":"jobs","enabled":true}]' },
--   { name = "e", _parent_id = "/x/a", storage_account_id = "/x/s", logs = '[{"category":"notebook","enabled":true},{"category":"workspace","enabled":true},{"category":"sqlPermissions","enabled":true}]' },
-- ]
-- expect = { a = "fail" }
-- [[case]]
-- title = "standard tier; the trial is premium for a time and is judged like it"
-- given.azure_databricks_workspace = [{ id = "/x/a", sku_name = "standard" }, { id = "/x/b", sku_name = "Trial" }, { id = "/x/c", sku_name = "trial" }]
-- given.azure_diagnostic_setting = [{ name = "d", _parent_id = "/x/c", workspace_id = "/x/w", logs = '[{"categoryGroup":"allLogs","enabled":true}]' }]
-- expect = { a = "not_applicable", b = "fail", c = "pass" }
-- [[case]]
-- title = "log list or destination not readable; a group nobody knows"
-- given.azure_databricks_workspace = [{ id = "/x/a", sku_name = "premium" }, { id = "/x/b", sku_name = "premium" }, { id = "/x/c", sku_name = "premium" }]
-- given.azure_diagnostic_setting = [
--   { name = "d", _parent_id = "/x/a", workspace_id = "/x/w", _gaps = ["logs"] },
--   { name = "e", _parent_id = "/x/b", logs = '[{"categoryGroup":"allLogs","enabled":true}]', _gaps = ["storage_account_id"] },
--   { name = "f", _parent_id = "/x/c", workspace_id = "/x/w", logs = '[{"categoryGroup":"audit","enabled":true}]' },
-- ]
-- expect = { a = "unknown", b = "unknown", c = "unknown" }
-- [[case]]
-- title = "a group that is known to hold one of them only"
-- given.azure_databricks_workspace = [{ name = "a", sku_name = "premium" }]
-- given.azure_diagnostic_setting = [{ name = "f", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.databricks/workspaces/a", workspace_id = "/x/w", logs = '[{"categoryGroup":"audit","enabled":true}]' }]
-- given.azure_diagnostic_setting_category = [{ name = "accounts", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.databricks/workspaces/z", category_type = "Logs", category_groups = ["audit", "allLogs"] }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "tier not readable"
-- given.azure_databricks_workspace = [{ id = "/x/a", _gaps = ["sku_name"] }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "no workspace"
-- given.azure_databricks_workspace = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "settings denied"
-- ledger = [{ table = "azure_diagnostic_setting", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_databricks_workspace = [{ id = "/x/a", sku_name = "premium" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "settings of one workspace denied"
-- ledger = [{ table = "azure_diagnostic_setting", parent = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.databricks/workspaces/a", status = "denied" }]
-- given.azure_databricks_workspace = [{ name = "a", sku_name = "premium" }, { name = "b", sku_name = "premium" }]
-- expect = { a = "unknown", b = "fail" }
WITH wanted AS (
    SELECT lower(f.category) AS category, f.category AS spelled, count(*) OVER () AS n_wanted
    FROM data_databricks_log_category AS f
),
per_setting AS (
    SELECT c.resource_id, c.setting_id, c.setting_name, c.state, max(CASE WHEN c.category_group = 'alllogs' THEN 1 ELSE 0 END) AS has_all,
           max(CASE WHEN c.category IS NULL AND NOT c.group_known THEN 1 ELSE 0 END) AS has_unclear,
           count(DISTINCT w.category) AS n_held, max(w.n_wanted) AS n_wanted,
           list_sort(list(DISTINCT w.spelled) FILTER (WHERE w.spelled IS NOT NULL)) AS held
    FROM diagnostic_category AS c
    LEFT JOIN wanted AS w ON w.category = c.category
    GROUP BY c.resource_id, c.setting_id, c.setting_name, c.state
),
logged AS (
    SELECT p.resource_id,
           max(CASE WHEN p.state = 'sent' AND (p.has_all = 1 OR p.n_held = p.n_wanted) THEN p.setting_name END) AS good,
           max(CASE WHEN p.has_unclear = 1 OR (p.state = 'gap' AND (p.has_all = 1 OR p.n_held = p.n_wanted)) THEN p.setting_name END) AS unread,
           list_sort(list(p.setting_name || ' (' || coalesce(array_to_string(p.held, ', '), 'none of them') || ')')) AS settings
    FROM per_setting AS p
    GROUP BY p.resource_id
)
SELECT d.id AS subject, d.id AS resource_id, d.subscription_id,
       CASE WHEN lower(trim(d.sku_name)) = 'standard' THEN 'not_applicable'
            WHEN g.good IS NOT NULL THEN 'pass'
            WHEN g.unread IS NOT NULL THEN NULL
            ELSE 'fail'
       END AS verdict,
       CASE WHEN lower(trim(d.sku_name)) = 'standard' THEN 'tier ' || d.sku_name || ' has no diagnostic logs'
            WHEN g.good IS NOT NULL THEN 'diagnostic setting ' || g.good || ' delivers the logs'
            WHEN g.unread IS NOT NULL THEN 'what diagnostic setting ' || g.unread || ' delivers could not be read in full'
            WHEN g.settings IS NOT NULL THEN 'no single diagnostic setting has accounts, clusters, jobs, notebook, workspace and sqlPermissions: ' || array_to_string(g.settings, '; ')
            ELSE 'no diagnostic setting of the workspace sends a log anywhere'
       END AS reason,
       d.sku_name, g.settings AS diagnostic_settings
FROM azure_databricks_workspace AS d
LEFT JOIN logged AS g ON g.resource_id = d.id
