-- title = "Graph activity logs exported"
-- severity = "medium"
-- subject = "azure_account"
-- tables = ["azure_account", "azure_entra_diagnostic_setting"]
-- controls = [
--   "cis_azure_4_0_0:7.1.1.8", "cis_azure_5_0_0:6.1.1.8", "cis_azure_6_0_0:6.1.1.7", "nist_800_53_r5:AU-2",
--   "nist_800_53_r5:AU-3", "nist_800_53_r5:AU-12", "iso_27001_2022:A.8.15", "pci_dss_4_0:10.2.1", "soc_2:CC7.2",
-- ]
-- rationale = "The Graph activity log holds every call that users and applications make to Microsoft Graph. It exists nowhere unless a diagnostic setting of Entra exports it, and without it nobody can tell what a stolen token was used for. The auditor weighs it against the cost and the licence it needs."
-- remediation = "Entra admin center > Monitoring & health > Diagnostic settings > Add diagnostic setting: choose MicrosoftGraphActivityLogs and a destination."
-- references = ["https://learn.microsoft.com/graph/microsoft-graph-activity-logs-overview"]
-- [[case]]
-- title = "exported"
-- given.azure_account = [{ }]
-- given.azure_entra_diagnostic_setting = [{ name = "d", workspace_id = "/x/w", logs = '[{"category":"MicrosoftGraphActivityLogs","enabled":true}]' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual" }
-- [[case]]
-- title = "named but off"
-- given.azure_account = [{ }]
-- given.azure_entra_diagnostic_setting = [{ name = "d", workspace_id = "/x/w", logs = '[{"category":"MicrosoftGraphActivityLogs","enabled":false},{"category":"AuditLogs","enabled":true}]' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual" }
-- [[case]]
-- title = "on, without a destination"
-- given.azure_account = [{ }]
-- given.azure_entra_diagnostic_setting = [{ name = "d", logs = '[{"category":"MicrosoftGraphActivityLogs","enabled":true}]' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual" }
-- [[case]]
-- title = "no setting"
-- given.azure_account = [{ }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual" }
-- [[case]]
-- title = "log list not readable"
-- given.azure_account = [{ }]
-- given.azure_entra_diagnostic_setting = [{ name = "d", workspace_id = "/x/w", _gaps = ["logs"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual" }
-- [[case]]
-- title = "no tenant row"
-- given.azure_account = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "not_applicable" }
-- [[case]]
-- title = "settings denied: the row stays, marked incomplete"
-- ledger = [{ table = "azure_entra_diagnostic_setting", status = "denied" }]
-- given.azure_account = [{ }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual" }
WITH found AS (
    SELECT c.tenant_id,
           list_sort(list(DISTINCT c.setting_name) FILTER (
               WHERE c.state = 'sent' AND (c.category = 'microsoftgraphactivitylogs' OR c.category_group = 'alllogs'))) AS exporting,
           list_sort(list(DISTINCT c.setting_name) FILTER (WHERE c.state = 'gap')) AS unread
    FROM entra_log_category AS c
    GROUP BY c.tenant_id
),
setting AS (
    SELECT d.tenant_id, list_sort(list(DISTINCT d.name)) AS names
    FROM azure_entra_diagnostic_setting AS d
    GROUP BY d.tenant_id
)
SELECT t.id AS subject, t.id AS resource_id, CAST(NULL AS VARCHAR) AS subscription_id,
       'manual' AS verdict,
       CASE WHEN f.exporting IS NOT NULL THEN 'MicrosoftGraphActivityLogs are exported by: ' || array_to_string(f.exporting, ', ')
            WHEN f.unread IS NOT NULL THEN 'diagnostic settings not readable in full: ' || array_to_string(f.unread, ', ')
            WHEN g.names IS NOT NULL THEN 'no diagnostic setting exports MicrosoftGraphActivityLogs'
            ELSE 'no diagnostic setting of Entra is in the snapshot'
       END AS reason,
       t.display_name AS resource_name, f.exporting, g.names AS diagnostic_settings
FROM azure_account AS t
LEFT JOIN found AS f ON f.tenant_id = t.tenant_id
LEFT JOIN setting AS g ON g.tenant_id = t.tenant_id
