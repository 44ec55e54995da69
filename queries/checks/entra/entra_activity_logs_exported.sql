-- title = "Entra sign-in and audit logs exported"
-- severity = "high"
-- subject = "azure_account"
-- tables = ["azure_account", "azure_entra_diagnostic_setting"]
-- controls = [
--   "cis_azure_4_0_0:7.1.1.9", "cis_azure_5_0_0:6.1.1.9", "cis_azure_6_0_0:6.1.1.8", "nist_800_53_r5:AU-2",
--   "nist_800_53_r5:AU-3", "nist_800_53_r5:AU-12", "iso_27001_2022:A.8.15", "pci_dss_4_0:10.2.1", "soc_2:CC7.2",
-- ]
-- rationale = "Entra keeps sign-in and audit logs for 30 days at most. A break-in is often found later than that, and without an export nobody can tell who signed in or what was changed. The auditor decides which of the categories the tenant needs: some belong to licences it may not have."
-- remediation = "Entra admin center > Monitoring & health > Diagnostic settings > Add diagnostic setting: choose the categories and a Log Analytics workspace, storage account or event hub."
-- references = ["https://learn.microsoft.com/entra/identity/monitoring-health/howto-configure-diagnostic-settings", "https://learn.microsoft.com/entra/identity/monitoring-health/concept-diagnostic-settings-logs-options"]
-- [[case]]
-- title = "all of them, by the group allLogs"
-- given.azure_account = [{ }]
-- given.azure_entra_diagnostic_setting = [{ name = "d", workspace_id = "/x/w", logs = '[{"category":null,"categoryGroup":"allLogs","enabled":true}]' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual" }
-- [[case]]
-- title = "two categories, one of them off"
-- given.azure_account = [{ }]
-- given.azure_entra_diagnostic_setting = [{ name = "d", workspace_id = "/x/w", logs = '[{"category":"AuditLogs","enabled":true},{"category":"SignInLogs","enabled":false}]' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual" }
-- [[case]]
-- title = "no setting: the auditor sees that all are missing"
-- given.azure_account = [{ }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual" }
-- [[case]]
-- title = "categories spread over settings, one without a destination"
-- given.azure_account = [{ }]
-- given.azure_entra_diagnostic_setting = [
--   { name = "d", workspace_id = "/x/w", logs = '[{"category":"auditlogs","enabled":true}]' },
--   { name = "e", storage_account_id = "/x/s", logs = '[{"category":"SignInLogs","enabled":true}]' },
--   { name = "f", logs = '[{"category":"RiskyUsers","enabled":true}]' },
-- ]
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
WITH sent AS (
    SELECT DISTINCT c.tenant_id, c.category, c.category_group
    FROM entra_log_category AS c
    WHERE c.state = 'sent'
),
everything AS (
    SELECT DISTINCT s.tenant_id FROM sent AS s WHERE s.category_group = 'alllogs'
),
held AS (
    SELECT t.tenant_id, f.category, f.core, s.tenant_id IS NOT NULL OR e.tenant_id IS NOT NULL AS is_sent
    FROM azure_account AS t
    CROSS JOIN data_entra_log_category AS f
    LEFT JOIN (SELECT DISTINCT s.tenant_id, s.category FROM sent AS s) AS s ON s.tenant_id = t.tenant_id AND s.category = lower(f.category)
    LEFT JOIN everything AS e ON e.tenant_id = t.tenant_id
),
summed AS (
    SELECT h.tenant_id,
           list_sort(list(h.category) FILTER (WHERE h.is_sent)) AS exported,
           list_sort(list(h.category) FILTER (WHERE NOT h.is_sent AND h.core = 'yes')) AS missing,
           list_sort(list(h.category) FILTER (WHERE NOT h.is_sent AND h.core = 'no')) AS missing_further
    FROM held AS h
    GROUP BY h.tenant_id
),
unread AS (
    SELECT c.tenant_id, list_sort(list(DISTINCT c.setting_name)) AS names
    FROM entra_log_category AS c
    WHERE c.state = 'gap'
    GROUP BY c.tenant_id
),
setting AS (
    SELECT d.tenant_id, list_sort(list(DISTINCT d.name)) AS names
    FROM azure_entra_diagnostic_setting AS d
    GROUP BY d.tenant_id
)
SELECT t.id AS subject, t.id AS resource_id, CAST(NULL AS VARCHAR) AS subscription_id,
       'manual' AS verdict,
       CASE WHEN g.names IS NULL THEN 'no diagnostic setting of Entra is in the snapshot'
            WHEN array_length(m.missing) > 0 THEN 'categories that no diagnostic setting exports: ' || array_to_string(m.missing, ', ')
            ELSE 'the diagnostic settings export audit, sign-in, provisioning and risk logs'
       END
       || CASE WHEN u.names IS NULL THEN '' ELSE '; not readable in full: ' || array_to_string(u.names, ', ') END AS reason,
       t.display_name AS resource_name, m.exported, m.missing, m.missing_further, g.names AS diagnostic_settings
FROM azure_account AS t
LEFT JOIN summed AS m ON m.tenant_id = t.tenant_id
LEFT JOIN unread AS u ON u.tenant_id = t.tenant_id
LEFT JOIN setting AS g ON g.tenant_id = t.tenant_id
