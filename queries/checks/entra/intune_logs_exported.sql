-- title = "Intune logs reach Log Analytics"
-- severity = "low"
-- subject = "azure_account"
-- tables = ["azure_account", "azure_intune_diagnostic_setting"]
-- controls = [
--   "cis_azure_4_0_0:7.1.1.10", "cis_azure_5_0_0:6.1.1.10", "cis_azure_6_0_0:6.1.1.9", "nist_800_53_r5:AU-2",
--   "nist_800_53_r5:AU-3", "nist_800_53_r5:AU-12", "iso_27001_2022:A.8.15", "pci_dss_4_0:10.2.1", "soc_2:CC7.2",
-- ]
-- rationale = "Intune logs tell who changed device policies and which devices fell out of compliance. Sent to a Log Analytics workspace they can be searched together with sign-ins, and outlive Intune's own retention. The auditor decides whether the tenant uses Intune at all."
-- remediation = "Intune admin center > Reports > Diagnostics settings > Add diagnostic setting: choose the logs and Send to Log Analytics workspace."
-- references = ["https://learn.microsoft.com/intune/intune-service/fundamentals/review-logs-using-azure-monitor"]
-- [[case]]
-- title = "all five to a workspace"
-- given.azure_account = [{ }]
-- given.azure_intune_diagnostic_setting = [{ name = "d", workspace_id = "/x/w", logs = '[{"category":"AuditLogs","enabled":true},{"category":"OperationalLogs","enabled":true},{"category":"DeviceComplianceOrg","enabled":true},{"category":"Devices","enabled":true},{"category":"Windows365AuditLogs","enabled":true}]' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual" }
-- [[case]]
-- title = "audit log only, the other off"
-- given.azure_account = [{ }]
-- given.azure_intune_diagnostic_setting = [{ name = "d", workspace_id = "/x/w", logs = '[{"category":"AuditLogs","enabled":true},{"category":"Devices","enabled":false}]' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual" }
-- [[case]]
-- title = "to a storage account, not to a workspace"
-- given.azure_account = [{ }]
-- given.azure_intune_diagnostic_setting = [{ name = "d", storage_account_id = "/x/s", logs = '[{"categoryGroup":"allLogs","enabled":true}]' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual" }
-- [[case]]
-- title = "no setting"
-- given.azure_account = [{ }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual" }
-- [[case]]
-- title = "log list or workspace not readable"
-- given.azure_account = [{ }]
-- given.azure_intune_diagnostic_setting = [{ name = "d", workspace_id = "/x/w", _gaps = ["logs"] }, { name = "e", logs = '[]', _gaps = ["workspace_id"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual" }
-- [[case]]
-- title = "no tenant row"
-- given.azure_account = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "not_applicable" }
-- [[case]]
-- title = "settings denied: the row stays, marked incomplete"
-- ledger = [{ table = "azure_intune_diagnostic_setting", status = "denied" }]
-- given.azure_account = [{ }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual" }
WITH sending AS (
    SELECT d.id, d.name, d.tenant_id, d.logs, nullif(trim(d.workspace_id), '') AS workspace_id,
           coalesce(list_contains(d._gaps, 'logs') OR list_contains(d._gaps, 'workspace_id'), FALSE) AS is_unread
    FROM azure_intune_diagnostic_setting AS d
),
entry AS (
    SELECT s.tenant_id,
           lower(s.logs ->> ('$[' || u.i || '].category')) AS category,
           lower(s.logs ->> ('$[' || u.i || '].categoryGroup')) AS category_group,
           lower(s.logs ->> ('$[' || u.i || '].enabled')) AS enabled
    FROM sending AS s, unnest(range(CAST(json_array_length(s.logs) AS BIGINT))) AS u(i)
    WHERE s.workspace_id IS NOT NULL
),
sent AS (
    SELECT DISTINCT e.tenant_id, e.category
    FROM entry AS e
    WHERE e.enabled = 'true' AND e.category IS NOT NULL
),
everything AS (
    SELECT DISTINCT e.tenant_id FROM entry AS e WHERE e.enabled = 'true' AND e.category_group = 'alllogs'
),
summed AS (
    SELECT t.tenant_id,
           list_sort(list(f.category) FILTER (WHERE s.tenant_id IS NOT NULL OR e.tenant_id IS NOT NULL)) AS exported,
           list_sort(list(f.category) FILTER (WHERE s.tenant_id IS NULL AND e.tenant_id IS NULL)) AS missing
    FROM azure_account AS t
    CROSS JOIN data_intune_log_category AS f
    LEFT JOIN sent AS s ON s.tenant_id = t.tenant_id AND s.category = lower(f.category)
    LEFT JOIN everything AS e ON e.tenant_id = t.tenant_id
    GROUP BY t.tenant_id
),
setting AS (
    SELECT s.tenant_id, list_sort(list(DISTINCT s.name)) AS names,
           list_sort(list(DISTINCT s.name) FILTER (WHERE s.is_unread)) AS unread
    FROM sending AS s
    GROUP BY s.tenant_id
)
SELECT t.id AS subject, t.id AS resource_id, CAST(NULL AS VARCHAR) AS subscription_id,
       'manual' AS verdict,
       CASE WHEN g.names IS NULL THEN 'no diagnostic setting of Intune is in the snapshot'
            WHEN array_length(m.missing) > 0 THEN 'categories that no diagnostic setting sends to a workspace: ' || array_to_string(m.missing, ', ')
            ELSE 'the diagnostic settings send all five log categories to a workspace'
       END
       || CASE WHEN array_length(g.unread) > 0 THEN '; not readable in full: ' || array_to_string(g.unread, ', ') ELSE '' END AS reason,
       t.display_name AS resource_name, m.exported, m.missing, g.names AS diagnostic_settings
FROM azure_account AS t
LEFT JOIN summed AS m ON m.tenant_id = t.tenant_id
LEFT JOIN setting AS g ON g.tenant_id = t.tenant_id
