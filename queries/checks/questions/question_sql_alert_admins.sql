-- title = "SQL alerts to administrators"
-- severity = "low"
-- subject = "azure_sql_server"
-- tables = ["azure_sql_server", "azure_sql_server_security_alert_policy", "azure_security_center_subscription_pricing"]
-- controls = ["jupiterone_questions:sql_alert_admins"]
-- rationale = "Administrators and owners of the subscription get the alerts of the server by mail, whoever they are at the time, when this is on. In a policy that is off the switch does nothing, which the question did not look at. The security contacts of the subscription may get mail as well and are not asked here. Benchmarks since 2021 no longer ask this."
-- remediation = "az resource update --ids SERVER_ID/securityAlertPolicies/Default --api-version 2023-08-01 --set properties.emailAccountAdmins=true properties.state=Enabled"
-- references = ["https://learn.microsoft.com/azure/azure-sql/database/threat-detection-configure"]
-- [[case]]
-- title = "on"
-- given.azure_sql_server = [{ id = "/x/a" }]
-- given.azure_sql_server_security_alert_policy = [
--   { name = "p0", _parent_id = "/x/a", state = "Enabled", email_account_admins = true },
-- ]
-- expect = { a = "pass" }
-- [[case]]
-- title = "off; also in a policy that is off; absent"
-- given.azure_sql_server = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c" }]
-- given.azure_sql_server_security_alert_policy = [
--   { name = "p0", _parent_id = "/x/a", state = "Enabled", email_account_admins = false },
--   { name = "p1", _parent_id = "/x/b", state = "Disabled", email_account_admins = false },
--   { name = "p2", _parent_id = "/x/c", state = "Enabled" },
-- ]
-- expect = { a = "fail", b = "fail", c = "unknown" }
-- [[case]]
-- title = "switched off, or never set up; the plan of the subscription may still alert"
-- given.azure_sql_server = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c", subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_sql_server_security_alert_policy = [
--   { name = "p1", _parent_id = "/x/a", state = "Disabled", email_account_admins = true },
--   { name = "p2", _parent_id = "/x/b", state = "New", email_account_admins = true },
--   { name = "p3", _parent_id = "/x/c", state = "Disabled", email_account_admins = true },
-- ]
-- given.azure_security_center_subscription_pricing = [{ name = "SqlServers", pricing_tier = "Free" }, { name = "SqlServers", pricing_tier = "Standard", subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- expect = { a = "fail", b = "fail", c = "unknown" }
-- [[case]]
-- title = "policy missing, state or setting not readable, a state that is not known"
-- given.azure_sql_server = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c" }, { id = "/x/d" }]
-- given.azure_sql_server_security_alert_policy = [
--   { name = "p2", _parent_id = "/x/b", email_account_admins = true, _gaps = ["state"] },
--   { name = "p3", _parent_id = "/x/c", state = "Enabled", _gaps = ["email_account_admins"] },
--   { name = "p4", _parent_id = "/x/d", state = "Odd", email_account_admins = true },
-- ]
-- expect = { a = "unknown", b = "unknown", c = "unknown", d = "unknown" }
-- [[case]]
-- title = "policy of one server denied"
-- ledger = [{ table = "azure_sql_server_security_alert_policy", parent = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.sql/servers/a", status = "denied" }]
-- given.azure_sql_server = [{ name = "a" }, { name = "b" }]
-- given.azure_sql_server_security_alert_policy = [{ name = "Default", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.sql/servers/b", state = "Enabled", email_account_admins = true }]
-- expect = { a = "unknown", b = "pass" }
-- [[case]]
-- title = "no server"
-- given.azure_sql_server = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "sql server security alert policy denied"
-- ledger = [{ table = "azure_sql_server_security_alert_policy", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_sql_server = [{ id = "/x/s" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
WITH plan AS (
    SELECT p.subscription_id,
           max(CASE WHEN lower(trim(p.pricing_tier)) = 'standard' THEN 1 ELSE 0 END) AS n_on,
           max(CASE WHEN p.pricing_tier IS NULL OR coalesce(list_contains(p._gaps, 'pricing_tier'), FALSE) THEN 1 ELSE 0 END) AS n_unread
    FROM azure_security_center_subscription_pricing AS p
    WHERE lower(p.name) = 'sqlservers' AND lower(p.id) NOT LIKE '%/providers/microsoft.sql/%'
    GROUP BY p.subscription_id
),
switch AS (
    SELECT s.id, s.subscription_id, s.name, p.id AS policy_id, p.disabled_alerts, p.email_addresses, p.email_account_admins, p._gaps,
           lower(trim(p.state)) AS state,
           CASE WHEN p.id IS NULL THEN 'missing'
                WHEN p.state IS NULL OR list_contains(p._gaps, 'state') THEN 'unread'
                WHEN lower(trim(p.state)) = 'enabled' THEN 'on'
                WHEN lower(trim(p.state)) NOT IN ('disabled', 'new') THEN 'unread'
                WHEN n.n_on > 0 OR n.n_unread > 0 THEN 'perhaps'
                ELSE 'off' END AS alerts
    FROM azure_sql_server AS s
    LEFT JOIN azure_sql_server_security_alert_policy AS p ON lower(p._parent_id) = s.id
    LEFT JOIN plan AS n ON n.subscription_id = s.subscription_id
)
SELECT w.id AS subject, w.id AS resource_id, w.subscription_id,
       CASE WHEN w.alerts IN ('missing', 'unread') OR list_contains(w._gaps, 'email_account_admins') THEN NULL
            WHEN NOT w.email_account_admins THEN 'fail'
            WHEN w.email_account_admins AND w.alerts = 'on' THEN 'pass'
            WHEN w.alerts = 'off' THEN 'fail'
       END AS verdict,
       CASE WHEN w.alerts = 'missing' THEN 'the alert policy of the server is not in the snapshot'
            WHEN w.alerts = 'unread' THEN 'whether alerts are on for the server could not be read'
            WHEN list_contains(w._gaps, 'email_account_admins') THEN 'whether administrators get mail could not be read'
            WHEN NOT w.email_account_admins THEN 'administrators get no mail about alerts'
            WHEN w.alerts = 'off' THEN 'alerts are off for the server, so administrators get none'
            WHEN w.alerts = 'perhaps' THEN 'alerts are off in the policy of the server; the plan SqlServers of the subscription is on or could not be read, and which of the two holds is not told'
            WHEN w.email_account_admins THEN 'administrators get mail about alerts'
            ELSE 'whether administrators get mail is not in the answer'
       END AS reason,
       w.name AS resource_name, w.state AS policy_state, w.email_account_admins, w.email_addresses
FROM switch AS w
