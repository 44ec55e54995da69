-- title = "SQL audit action groups chosen"
-- severity = "low"
-- subject = "azure_sql_server"
-- tables = ["azure_sql_server", "azure_sql_database", "azure_sql_server_auditing_setting", "azure_sql_database_auditing_setting"]
-- controls = ["jupiterone_questions:sql_audit_actions"]
-- rationale = "Shows which groups of actions each audit setting records: of every server, and of databases that audit on their own. Groups left over in a setting that is off record nothing, and a list of blanks is none; the question took both for good. Whether the chosen groups are enough is for the auditor to say."
-- remediation = "az sql server audit-policy update --resource-group GROUP --name SERVER --state Enabled --actions BATCH_COMPLETED_GROUP SUCCESSFUL_DATABASE_AUTHENTICATION_GROUP FAILED_DATABASE_AUTHENTICATION_GROUP"
-- references = ["https://learn.microsoft.com/azure/azure-sql/database/auditing-server-level-database-level"]
-- [[case]]
-- title = "on, with groups; of a database too"
-- given.azure_sql_server = [{ id = "/x/s" }]
-- given.azure_sql_database = [{ id = "/x/s/databases/d", name = "d", _parent_id = "/x/s" }]
-- given.azure_sql_server_auditing_setting = [{ name = "default", _parent_id = "/x/s", state = "Enabled", audit_actions_and_groups = ["BATCH_COMPLETED_GROUP"] }]
-- given.azure_sql_database_auditing_setting = [{ name = "Default", _parent_id = "/x/s/databases/d", state = "Enabled", audit_actions_and_groups = ["BATCH_COMPLETED_GROUP"] }]
-- expect = { s = "pass", d = "pass" }
-- [[case]]
-- title = "on without groups, or with blanks only"
-- given.azure_sql_server = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_sql_server_auditing_setting = [{ name = "s1", _parent_id = "/x/a", state = "Enabled" }, { name = "s2", _parent_id = "/x/b", state = "Enabled", audit_actions_and_groups = [" ", ""] }]
-- expect = { a = "fail", b = "fail" }
-- [[case]]
-- title = "off with groups left over; a database that is off is judged by its server"
-- given.azure_sql_server = [{ id = "/x/s" }]
-- given.azure_sql_database = [{ id = "/x/s/databases/d", name = "d", _parent_id = "/x/s" }]
-- given.azure_sql_server_auditing_setting = [{ name = "default", _parent_id = "/x/s", state = "Disabled", audit_actions_and_groups = ["BATCH_COMPLETED_GROUP"] }]
-- given.azure_sql_database_auditing_setting = [{ name = "Default", _parent_id = "/x/s/databases/d", state = "Disabled", audit_actions_and_groups = ["BATCH_COMPLETED_GROUP"] }]
-- expect = { s = "fail" }
-- [[case]]
-- title = "setting missing, state or groups not readable"
-- given.azure_sql_server = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c" }]
-- given.azure_sql_server_auditing_setting = [
--   { name = "s2", _parent_id = "/x/b", audit_actions_and_groups = ["BATCH_COMPLETED_GROUP"], _gaps = ["state"] },
--   { name = "s3", _parent_id = "/x/c", state = "Enabled", _gaps = ["audit_actions_and_groups"] },
-- ]
-- expect = { a = "unknown", b = "unknown", c = "unknown" }
-- [[case]]
-- title = "no server"
-- given.azure_sql_server = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "sql server auditing setting denied"
-- ledger = [{ table = "azure_sql_server_auditing_setting", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_sql_server = [{ id = "/x/s" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
WITH setting AS (
    SELECT lower(a._parent_id) AS parent_id, lower(trim(a.state)) AS state, coalesce(list_contains(a._gaps, 'audit_actions_and_groups'), FALSE) AS groups_gap,
           list_filter(list_transform(coalesce(a.audit_actions_and_groups, []), lambda g: trim(g)), lambda g: g <> '') AS groups,
           coalesce(list_contains(a._gaps, 'state'), FALSE) OR a.state IS NULL AS state_gap
    FROM azure_sql_server_auditing_setting AS a
    UNION ALL
    SELECT lower(a._parent_id), lower(trim(a.state)), coalesce(list_contains(a._gaps, 'audit_actions_and_groups'), FALSE),
           list_filter(list_transform(coalesce(a.audit_actions_and_groups, []), lambda g: trim(g)), lambda g: g <> ''),
           coalesce(list_contains(a._gaps, 'state'), FALSE) OR a.state IS NULL
    FROM azure_sql_database_auditing_setting AS a
),
asked AS (
    SELECT s.id, s.subscription_id, 'server' AS kind, a.*
    FROM azure_sql_server AS s
    LEFT JOIN setting AS a ON a.parent_id = s.id
    UNION ALL
    SELECT d.id, d.subscription_id, 'database', a.*
    FROM azure_sql_database AS d
    LEFT JOIN setting AS a ON a.parent_id = d.id
    WHERE lower(d.name) <> 'master' AND (a.parent_id IS NULL OR a.state_gap OR a.state <> 'disabled')
)
SELECT q.id AS subject, q.id AS resource_id, q.subscription_id,
       CASE WHEN q.parent_id IS NULL OR q.state_gap THEN NULL
            WHEN q.state = 'disabled' THEN 'fail'
            WHEN q.state <> 'enabled' OR q.groups_gap THEN NULL
            WHEN array_length(q.groups) > 0 THEN 'pass'
            ELSE 'fail'
       END AS verdict,
       CASE WHEN q.parent_id IS NULL THEN 'the auditing setting of the ' || q.kind || ' is not in the snapshot'
            WHEN q.state_gap THEN 'whether auditing is on could not be read'
            WHEN q.state = 'disabled' THEN 'auditing of the ' || q.kind || ' is off; groups left over in the setting: ' || coalesce(array_length(q.groups), 0)
            WHEN q.state <> 'enabled' THEN 'auditing has a state that is not known: ' || q.state
            WHEN q.groups_gap THEN 'the groups of actions could not be read'
            WHEN array_length(q.groups) > 0 THEN 'recorded: ' || array_to_string(q.groups, ', ')
            ELSE 'auditing is on, but no group of actions is chosen'
       END AS reason,
       q.kind, q.state AS auditing, q.groups AS audit_actions_and_groups
FROM asked AS q
