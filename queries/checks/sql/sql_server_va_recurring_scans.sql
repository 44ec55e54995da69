-- title = "SQL vulnerability assessment scans every week"
-- severity = "low"
-- subject = "azure_sql_server"
-- tables = ["azure_sql_server", "azure_sql_server_vulnerability_assessment", "azure_sql_server_express_vulnerability_assessment", "azure_sql_server_security_alert_policy", "azure_security_center_subscription_pricing"]
-- optional = ["azure_sql_server_advanced_threat_protection"]
-- controls = [
--   "cis_azure_2_0_0:4.2.3", "jupiterone_questions:sql_va_recurring_scans", "nist_800_53_r5:RA-5", "nist_800_53_r5:SI-2",
--   "iso_27001_2022:A.8.8", "pci_dss_4_0:6.3.3", "pci_dss_4_0:11.3.1", "soc_2:CC7.1",
-- ]
-- rationale = "A scan made once tells nothing of the settings that change afterwards. The express configuration always scans every week; the classic one only when recurring scans are on. Neither scans while Defender for SQL is off."
-- remediation = "Change to the express configuration, or: Update-AzSqlServerVulnerabilityAssessmentSetting -ResourceGroupName GROUP -ServerName SERVER -StorageAccountName ACCOUNT -RecurringScansInterval Weekly; with Defender for SQL on: az security pricing create --name SqlServers --tier Standard"
-- references = ["https://learn.microsoft.com/azure/defender-for-cloud/sql-azure-vulnerability-assessment-overview", "https://learn.microsoft.com/azure/defender-for-cloud/sql-azure-vulnerability-assessment-enable"]
-- [[case]]
-- title = "classic, every week"
-- given.azure_sql_server = [{ id = "/x/s" }]
-- given.azure_sql_server_vulnerability_assessment = [
--   { name = "v0", _parent_id = "/x/s", storage_container_path = "https://a.blob.core.windows.net/va/", recurring_scans_is_enabled = true },
-- ]
-- given.azure_sql_server_express_vulnerability_assessment = [
--   { name = "e0", _parent_id = "/x/s", state = "Disabled" },
-- ]
-- given.azure_security_center_subscription_pricing = [{ name = "SqlServers", pricing_tier = "Standard" }]
-- expect = { s = "pass" }
-- [[case]]
-- title = "classic, only by hand"
-- given.azure_sql_server = [{ id = "/x/s" }]
-- given.azure_sql_server_vulnerability_assessment = [
--   { name = "v0", _parent_id = "/x/s", storage_container_path = "https://a.blob.core.windows.net/va/", recurring_scans_is_enabled = false },
-- ]
-- given.azure_sql_server_express_vulnerability_assessment = [
--   { name = "e0", _parent_id = "/x/s", state = "Disabled" },
-- ]
-- given.azure_security_center_subscription_pricing = [{ name = "SqlServers", pricing_tier = "Standard" }]
-- expect = { s = "fail" }
-- [[case]]
-- title = "classic, absent means only by hand"
-- given.azure_sql_server = [{ id = "/x/s" }]
-- given.azure_sql_server_vulnerability_assessment = [
--   { name = "v0", _parent_id = "/x/s", storage_container_path = "https://a.blob.core.windows.net/va/" },
-- ]
-- given.azure_sql_server_express_vulnerability_assessment = [
--   { name = "e0", _parent_id = "/x/s", state = "Disabled" },
-- ]
-- given.azure_security_center_subscription_pricing = [{ name = "SqlServers", pricing_tier = "Standard" }]
-- expect = { s = "fail" }
-- [[case]]
-- title = "express always scans"
-- given.azure_sql_server = [{ id = "/x/s" }]
-- given.azure_sql_server_vulnerability_assessment = [
--   { name = "v0", _parent_id = "/x/s", recurring_scans_is_enabled = false },
-- ]
-- given.azure_sql_server_express_vulnerability_assessment = [
--   { name = "e0", _parent_id = "/x/s", state = "enabled" },
-- ]
-- given.azure_security_center_subscription_pricing = [{ name = "SqlServers", pricing_tier = "Standard" }]
-- expect = { s = "pass" }
-- [[case]]
-- title = "express beside a classic one that does not scan by itself"
-- given.azure_sql_server = [{ id = "/x/s" }]
-- given.azure_sql_server_vulnerability_assessment = [
--   { name = "v0", _parent_id = "/x/s", storage_container_path = "https://a.blob.core.windows.net/va/", recurring_scans_is_enabled = false },
-- ]
-- given.azure_sql_server_express_vulnerability_assessment = [
--   { name = "e0", _parent_id = "/x/s", state = "Enabled" },
-- ]
-- given.azure_security_center_subscription_pricing = [{ name = "SqlServers", pricing_tier = "Standard" }]
-- expect = { s = "pass" }
-- [[case]]
-- title = "the express state is not readable: a recurring classic scan is enough, its absence is not"
-- given.azure_sql_server = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_sql_server_vulnerability_assessment = [
--   { name = "v0", _parent_id = "/x/a", storage_container_path = "https://a.blob.core.windows.net/va/", recurring_scans_is_enabled = true },
--   { name = "v1", _parent_id = "/x/b", storage_container_path = "https://a.blob.core.windows.net/va/", recurring_scans_is_enabled = false },
-- ]
-- given.azure_sql_server_express_vulnerability_assessment = [
--   { name = "e0", _parent_id = "/x/a", _gaps = ["state"] },
--   { name = "e1", _parent_id = "/x/b", _gaps = ["state"] },
-- ]
-- given.azure_security_center_subscription_pricing = [{ name = "SqlServers", pricing_tier = "Standard" }]
-- expect = { a = "pass", b = "unknown" }
-- [[case]]
-- title = "not readable"
-- given.azure_sql_server = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_sql_server_vulnerability_assessment = [
--   { name = "v0", _parent_id = "/x/a", storage_container_path = "https://a.blob.core.windows.net/va/", recurring_scans_is_enabled = true, _gaps = ["recurring_scans_is_enabled"] },
--   { name = "v1", _parent_id = "/x/b", recurring_scans_is_enabled = true, _gaps = ["storage_container_path"] },
-- ]
-- given.azure_sql_server_express_vulnerability_assessment = [
--   { name = "e0", _parent_id = "/x/a", state = "Disabled" },
--   { name = "e1", _parent_id = "/x/b", state = "Disabled" },
-- ]
-- given.azure_security_center_subscription_pricing = [{ name = "SqlServers", pricing_tier = "Standard" }]
-- expect = { a = "unknown", b = "unknown" }
-- [[case]]
-- title = "neither configuration is set up"
-- given.azure_sql_server = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_sql_server_vulnerability_assessment = [
--   { name = "v0", _parent_id = "/x/a", recurring_scans_is_enabled = true, recurring_scans_email_subscription_admins = true, recurring_scans_emails = ["dba@contoso.com"] },
--   { name = "v1", _parent_id = "/x/b", storage_container_path = "" },
-- ]
-- given.azure_sql_server_express_vulnerability_assessment = [
--   { name = "e0", _parent_id = "/x/a", state = "Disabled" },
--   { name = "e1", _parent_id = "/x/b", state = "Disabled" },
-- ]
-- given.azure_security_center_subscription_pricing = [{ name = "SqlServers", pricing_tier = "Standard" }]
-- expect = { a = "fail", b = "fail" }
-- [[case]]
-- title = "one of the two is missing"
-- given.azure_sql_server = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_sql_server_vulnerability_assessment = [
--   { name = "v0", _parent_id = "/x/a" },
-- ]
-- given.azure_sql_server_express_vulnerability_assessment = [
--   { name = "e0", _parent_id = "/x/b", state = "Disabled" },
-- ]
-- given.azure_security_center_subscription_pricing = [{ name = "SqlServers", pricing_tier = "Standard" }]
-- expect = { a = "unknown", b = "unknown" }
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
-- title = "classic assessments denied"
-- ledger = [{ table = "azure_sql_server_vulnerability_assessment", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_sql_server = [{ id = "/x/s" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "express assessments denied"
-- ledger = [{ table = "azure_sql_server_express_vulnerability_assessment", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_sql_server = [{ id = "/x/s" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "classic assessment of one server denied"
-- ledger = [{ table = "azure_sql_server_vulnerability_assessment", parent = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.sql/servers/a", status = "denied" }]
-- given.azure_sql_server = [{ name = "a" }, { name = "b" }]
-- given.azure_sql_server_vulnerability_assessment = [
--   { name = "v0", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.sql/servers/b", storage_container_path = "https://a.blob.core.windows.net/va/", recurring_scans_is_enabled = true, recurring_scans_email_subscription_admins = true, recurring_scans_emails = ["dba@contoso.com"] },
-- ]
-- given.azure_sql_server_express_vulnerability_assessment = [
--   { name = "e0", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.sql/servers/a", state = "Disabled" },
--   { name = "e1", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.sql/servers/b", state = "Disabled" },
-- ]
-- given.azure_security_center_subscription_pricing = [{ name = "SqlServers", pricing_tier = "Standard" }]
-- expect = { a = "unknown", b = "pass" }
-- [[case]]
-- title = "set up, but Defender for SQL is off: nothing scans; on for the server alone is enough"
-- given.azure_sql_server = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c" }]
-- given.azure_sql_server_vulnerability_assessment = [
--   { name = "v0", _parent_id = "/x/a", storage_container_path = "https://a.blob.core.windows.net/va/", recurring_scans_is_enabled = true, recurring_scans_email_subscription_admins = true, recurring_scans_emails = ["dba@contoso.com"] },
--   { name = "v1", _parent_id = "/x/b" },
--   { name = "v2", _parent_id = "/x/c", storage_container_path = "https://a.blob.core.windows.net/va/", recurring_scans_is_enabled = true, recurring_scans_email_subscription_admins = true, recurring_scans_emails = ["dba@contoso.com"] },
-- ]
-- given.azure_sql_server_express_vulnerability_assessment = [
--   { name = "e0", _parent_id = "/x/a", state = "Disabled" },
--   { name = "e1", _parent_id = "/x/b", state = "Enabled" },
--   { name = "e2", _parent_id = "/x/c", state = "Disabled" },
-- ]
-- given.azure_sql_server_security_alert_policy = [
--   { name = "p0", _parent_id = "/x/a", state = "Disabled" },
--   { name = "p1", _parent_id = "/x/b", state = "New" },
--   { name = "p2", _parent_id = "/x/c", state = "Enabled" },
-- ]
-- given.azure_security_center_subscription_pricing = [{ name = "SqlServers", pricing_tier = "Free" }]
-- expect = { a = "fail", b = "fail", c = "pass" }
-- [[case]]
-- title = "set up, but whether Defender for SQL is on is not known; what the setting alone decides still stands"
-- given.azure_sql_server = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c" }]
-- given.azure_sql_server_vulnerability_assessment = [
--   { name = "v0", _parent_id = "/x/a", storage_container_path = "https://a.blob.core.windows.net/va/", recurring_scans_is_enabled = true, recurring_scans_email_subscription_admins = true, recurring_scans_emails = ["dba@contoso.com"] },
--   { name = "v1", _parent_id = "/x/b" },
--   { name = "v2", _parent_id = "/x/c", storage_container_path = "https://a.blob.core.windows.net/va/", recurring_scans_is_enabled = false, recurring_scans_email_subscription_admins = false, recurring_scans_emails = [] },
-- ]
-- given.azure_sql_server_express_vulnerability_assessment = [
--   { name = "e0", _parent_id = "/x/a", state = "Disabled" },
--   { name = "e1", _parent_id = "/x/b", state = "Enabled" },
--   { name = "e2", _parent_id = "/x/c", state = "Disabled" },
-- ]
-- given.azure_sql_server_security_alert_policy = [
--   { name = "p0", _parent_id = "/x/a", state = "Disabled" },
--   { name = "p1", _parent_id = "/x/b", state = "Disabled" },
--   { name = "p2", _parent_id = "/x/c", state = "Disabled" },
-- ]
-- given.azure_security_center_subscription_pricing = [{ name = "SqlServers", pricing_tier = "Standard" }]
-- expect = { a = "unknown", b = "unknown", c = "fail" }
-- [[case]]
-- title = "alert policies denied"
-- ledger = [{ table = "azure_sql_server_security_alert_policy", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_sql_server = [{ id = "/x/s" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "plans denied"
-- ledger = [{ table = "azure_security_center_subscription_pricing", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_sql_server = [{ id = "/x/s" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
WITH gap AS (
    SELECT lower(c._parent_id) AS server_id
    FROM azure_sql_server_vulnerability_assessment AS c
    WHERE coalesce(list_contains(c._gaps, 'recurring_scans_is_enabled'), FALSE)
)
SELECT s.id AS subject, s.id AS resource_id, s.subscription_id,
       CASE WHEN a.mode = 'none' THEN 'fail'
            WHEN a.mode IS NULL THEN NULL
            WHEN d.state = 'off' THEN 'fail'
            WHEN a.has_express THEN CASE WHEN d.state = 'on' THEN 'pass' END
            WHEN g.server_id IS NOT NULL THEN NULL
            WHEN a.scans THEN CASE WHEN d.state = 'on' THEN 'pass' END
            WHEN a.express_gap THEN NULL
            ELSE 'fail'
       END AS verdict,
       CASE WHEN a.mode = 'none' THEN 'no vulnerability assessment is set up'
            WHEN a.mode IS NULL THEN a.unread
            WHEN d.state = 'off' THEN CASE WHEN a.mode = 'express' THEN 'the express' ELSE 'the classic' END || ' assessment is set up, but does not scan: ' || d.reason
            WHEN a.has_express
            THEN 'the express assessment is on' || CASE WHEN d.state = 'on' THEN ', which scans every week' ELSE '; ' || coalesce(d.reason, 'whether Defender for SQL is on is not known') END
            WHEN g.server_id IS NOT NULL THEN 'whether scans recur could not be read'
            WHEN a.scans
            THEN 'recurring scans of the classic assessment are on' || CASE WHEN d.state = 'on' THEN ', every week' ELSE '; ' || coalesce(d.reason, 'whether Defender for SQL is on is not known') END
            WHEN a.express_gap THEN 'whether the express assessment scans instead of the classic one could not be read'
            ELSE 'the classic assessment scans only when somebody starts it'
       END AS reason,
       a.mode AS configuration, a.container, d.state AS defender
FROM azure_sql_server AS s
LEFT JOIN sql_server_assessment AS a ON a.server_id = s.id
LEFT JOIN sql_server_defender AS d ON d.server_id = s.id
LEFT JOIN gap AS g ON g.server_id = s.id
