-- title = "SQL vulnerability assessment mails administrators"
-- severity = "low"
-- subject = "azure_sql_server"
-- tables = ["azure_sql_server", "azure_sql_server_vulnerability_assessment", "azure_sql_server_express_vulnerability_assessment", "azure_sql_server_security_alert_policy", "azure_security_center_subscription_pricing"]
-- optional = ["azure_sql_server_advanced_threat_protection"]
-- controls = [
--   "cis_azure_2_0_0:4.2.5", "jupiterone_questions:sql_va_report_owners", "nist_800_53_r5:IR-6", "nist_800_53_r5:SI-5",
--   "iso_27001_2022:A.5.24", "pci_dss_4_0:12.10.1", "soc_2:CC7.3", "soc_2:CC7.4",
-- ]
-- rationale = "A report that nobody is sent is read late or never. The express configuration has no mail of its own: there a workflow or the notifications of Defender for Cloud do it, which the auditor has to look up. Without Defender for SQL nothing scans, and there is nothing to send."
-- remediation = "Update-AzSqlServerVulnerabilityAssessmentSetting -ResourceGroupName GROUP -ServerName SERVER -StorageAccountName ACCOUNT -RecurringScansInterval Weekly -EmailAdmins $true; with Defender for SQL on: az security pricing create --name SqlServers --tier Standard"
-- references = ["https://learn.microsoft.com/azure/defender-for-cloud/sql-azure-vulnerability-assessment-overview", "https://learn.microsoft.com/azure/defender-for-cloud/sql-azure-vulnerability-assessment-enable"]
-- [[case]]
-- title = "classic, administrators get the reports"
-- given.azure_sql_server = [{ id = "/x/s" }]
-- given.azure_sql_server_vulnerability_assessment = [
--   { name = "v0", _parent_id = "/x/s", storage_container_path = "https://a.blob.core.windows.net/va/", recurring_scans_is_enabled = true, recurring_scans_email_subscription_admins = true },
-- ]
-- given.azure_sql_server_express_vulnerability_assessment = [
--   { name = "e0", _parent_id = "/x/s", state = "Disabled" },
-- ]
-- given.azure_security_center_subscription_pricing = [{ name = "SqlServers", pricing_tier = "Standard" }]
-- expect = { s = "pass" }
-- [[case]]
-- title = "classic, they do not"
-- given.azure_sql_server = [{ id = "/x/s" }]
-- given.azure_sql_server_vulnerability_assessment = [
--   { name = "v0", _parent_id = "/x/s", storage_container_path = "https://a.blob.core.windows.net/va/", recurring_scans_email_subscription_admins = false, recurring_scans_emails = ["dba@contoso.com"] },
-- ]
-- given.azure_sql_server_express_vulnerability_assessment = [
--   { name = "e0", _parent_id = "/x/s", state = "Disabled" },
-- ]
-- given.azure_security_center_subscription_pricing = [{ name = "SqlServers", pricing_tier = "Standard" }]
-- expect = { s = "fail" }
-- [[case]]
-- title = "classic, absent: the service answers with a value, so none is not taken for either"
-- given.azure_sql_server = [{ id = "/x/s" }]
-- given.azure_sql_server_vulnerability_assessment = [
--   { name = "v0", _parent_id = "/x/s", storage_container_path = "https://a.blob.core.windows.net/va/" },
-- ]
-- given.azure_sql_server_express_vulnerability_assessment = [
--   { name = "e0", _parent_id = "/x/s", state = "Disabled" },
-- ]
-- given.azure_security_center_subscription_pricing = [{ name = "SqlServers", pricing_tier = "Standard" }]
-- expect = { s = "unknown" }
-- [[case]]
-- title = "express has no mail of its own"
-- given.azure_sql_server = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_sql_server_vulnerability_assessment = [
--   { name = "v0", _parent_id = "/x/a", recurring_scans_email_subscription_admins = true },
--   { name = "v1", _parent_id = "/x/b", storage_container_path = "https://a.blob.core.windows.net/va/", recurring_scans_email_subscription_admins = false },
-- ]
-- given.azure_sql_server_express_vulnerability_assessment = [
--   { name = "e0", _parent_id = "/x/a", state = "Enabled" },
--   { name = "e1", _parent_id = "/x/b", state = "Enabled" },
-- ]
-- given.azure_security_center_subscription_pricing = [{ name = "SqlServers", pricing_tier = "Standard" }]
-- expect = { a = "manual", b = "manual" }
-- [[case]]
-- title = "classic settings stand beside express"
-- given.azure_sql_server = [{ id = "/x/s" }]
-- given.azure_sql_server_vulnerability_assessment = [
--   { name = "v0", _parent_id = "/x/s", storage_container_path = "https://a.blob.core.windows.net/va/", recurring_scans_email_subscription_admins = true },
-- ]
-- given.azure_sql_server_express_vulnerability_assessment = [
--   { name = "e0", _parent_id = "/x/s", state = "Enabled" },
-- ]
-- given.azure_security_center_subscription_pricing = [{ name = "SqlServers", pricing_tier = "Standard" }]
-- expect = { s = "manual" }
-- [[case]]
-- title = "not readable"
-- given.azure_sql_server = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_sql_server_vulnerability_assessment = [
--   { name = "v0", _parent_id = "/x/a", storage_container_path = "https://a.blob.core.windows.net/va/", recurring_scans_email_subscription_admins = true, _gaps = ["recurring_scans_email_subscription_admins"] },
--   { name = "v1", _parent_id = "/x/b", storage_container_path = "https://a.blob.core.windows.net/va/", recurring_scans_email_subscription_admins = true, _gaps = ["storage_container_path"] },
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
-- expect = { a = "unknown", b = "manual", c = "fail" }
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
SELECT s.id AS subject, s.id AS resource_id, s.subscription_id,
       CASE WHEN a.mode = 'none' THEN 'fail'
            WHEN a.mode IS NULL THEN NULL
            WHEN d.state = 'off' THEN 'fail'
            WHEN a.has_express THEN 'manual'
            WHEN a.express_gap THEN NULL
            WHEN a.mails_admins THEN CASE WHEN d.state = 'on' THEN 'pass' END
            WHEN NOT a.mails_admins THEN 'fail'
       END AS verdict,
       CASE WHEN a.mode = 'none' THEN 'no vulnerability assessment is set up'
            WHEN a.mode IS NULL THEN a.unread
            WHEN d.state = 'off' THEN 'nothing scans, so there are no reports to send: ' || d.reason
            WHEN a.has_express THEN 'the express assessment sends no mail itself: look up who else tells the administrators'
            WHEN a.express_gap THEN 'the state of the express assessment could not be read'
            WHEN a.mails_admins
            THEN 'administrators and owners of the subscription are set to get the reports'
                 || CASE WHEN coalesce(a.scans, FALSE) THEN '' ELSE '; recurring scans are not on, and only what those find is mailed' END
                 || CASE WHEN d.state = 'on' THEN '' ELSE '; ' || coalesce(d.reason, 'whether Defender for SQL is on is not known') END
            WHEN NOT a.mails_admins THEN 'administrators and owners of the subscription do not get the reports'
            ELSE 'whether administrators get the reports is not in the answer'
       END AS reason,
       a.mode AS configuration, a.container, a.mails_admins, a.recipients, d.state AS defender
FROM azure_sql_server AS s
LEFT JOIN sql_server_assessment AS a ON a.server_id = s.id
LEFT JOIN sql_server_defender AS d ON d.server_id = s.id
