-- title = "SQL auditing on servers and databases"
-- severity = "medium"
-- subject = "azure_sql_server"
-- tables = ["azure_sql_server", "azure_sql_database", "azure_sql_server_auditing_setting", "azure_sql_database_auditing_setting"]
-- controls = ["jupiterone_questions:sql_auditing"]
-- rationale = "One row per server and one per database: whether what happens there is recorded at all. A database is covered by its server or by a setting of its own; the question called servers bad only where a database was bare, so that a server without auditing went unseen once each database had its own, and new databases with it. Where the records go is not asked here: see sql_server_auditing_enabled."
-- remediation = "az sql server audit-policy update --resource-group GROUP --name SERVER --state Enabled --log-analytics-target-state Enabled --log-analytics-workspace-resource-id ID"
-- references = ["https://learn.microsoft.com/azure/azure-sql/database/auditing-overview"]
-- [[case]]
-- title = "the server records, which covers its databases"
-- given.azure_sql_server = [{ id = "/x/s" }]
-- given.azure_sql_database = [{ id = "/x/s/databases/d", name = "d", _parent_id = "/x/s" }]
-- given.azure_sql_server_auditing_setting = [{ name = "default", _parent_id = "/x/s", state = "enabled" }]
-- given.azure_sql_database_auditing_setting = [{ name = "Default", _parent_id = "/x/s/databases/d", state = "Disabled" }]
-- expect = { s = "pass", d = "pass" }
-- [[case]]
-- title = "neither records"
-- given.azure_sql_server = [{ id = "/x/s" }]
-- given.azure_sql_database = [{ id = "/x/s/databases/d", name = "d", _parent_id = "/x/s" }]
-- given.azure_sql_server_auditing_setting = [{ name = "default", _parent_id = "/x/s", state = "Disabled" }]
-- given.azure_sql_database_auditing_setting = [{ name = "Default", _parent_id = "/x/s/databases/d", state = "Disabled" }]
-- expect = { s = "fail", d = "fail" }
-- [[case]]
-- title = "the database records on its own; the server without auditing is still told; master is no subject"
-- given.azure_sql_server = [{ id = "/x/s" }]
-- given.azure_sql_database = [{ id = "/x/s/databases/d", name = "d", _parent_id = "/x/s" }, { id = "/x/s/databases/master", name = "Master", _parent_id = "/x/s" }]
-- given.azure_sql_server_auditing_setting = [{ name = "default", _parent_id = "/x/s", state = "Disabled" }]
-- given.azure_sql_database_auditing_setting = [{ name = "Default", _parent_id = "/x/s/databases/d", state = "Enabled" }]
-- expect = { s = "fail", d = "pass" }
-- [[case]]
-- title = "settings missing or not readable: one that records is enough for the database"
-- given.azure_sql_server = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_sql_database = [{ id = "/x/a/databases/d", name = "d", _parent_id = "/x/a" }, { id = "/x/b/databases/e", name = "e", _parent_id = "/x/b" }, { id = "/x/b/databases/f", name = "f", _parent_id = "/x/b" }]
-- given.azure_sql_server_auditing_setting = [{ name = "s", _parent_id = "/x/b", _gaps = ["state"] }]
-- given.azure_sql_database_auditing_setting = [
--   { name = "d1", _parent_id = "/x/a/databases/d", state = "Disabled" },
--   { name = "d2", _parent_id = "/x/b/databases/e", state = "Enabled" },
--   { name = "d3", _parent_id = "/x/b/databases/f", state = "Disabled" },
-- ]
-- expect = { a = "unknown", b = "unknown", d = "unknown", e = "pass", f = "unknown" }
-- [[case]]
-- title = "auditing of one server denied"
-- ledger = [{ table = "azure_sql_server_auditing_setting", parent = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.sql/servers/a", status = "denied" }]
-- given.azure_sql_server = [{ name = "a" }, { name = "b" }]
-- given.azure_sql_server_auditing_setting = [{ name = "default", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.sql/servers/b", state = "Enabled" }]
-- expect = { a = "unknown", b = "pass" }
-- [[case]]
-- title = "no server"
-- given.azure_sql_server = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "sql database auditing setting denied"
-- ledger = [{ table = "azure_sql_database_auditing_setting", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_sql_server = [{ id = "/x/s" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
WITH setting AS (
    SELECT lower(a._parent_id) AS parent_id, lower(trim(a.state)) AS state,
           coalesce(list_contains(a._gaps, 'state'), FALSE) OR a.state IS NULL AS state_gap
    FROM azure_sql_server_auditing_setting AS a
    UNION ALL
    SELECT lower(a._parent_id), lower(trim(a.state)),
           coalesce(list_contains(a._gaps, 'state'), FALSE) OR a.state IS NULL
    FROM azure_sql_database_auditing_setting AS a
)
SELECT s.id AS subject, s.id AS resource_id, s.subscription_id,
       CASE WHEN a.state_gap THEN NULL WHEN a.state = 'enabled' THEN 'pass' WHEN a.state = 'disabled' THEN 'fail' END AS verdict,
       CASE WHEN a.parent_id IS NULL THEN 'the auditing setting of the server is not in the snapshot'
            WHEN a.state_gap THEN 'the auditing of the server could not be read'
            ELSE 'auditing of the server: ' || a.state END AS reason,
       'server' AS kind, a.state AS own_auditing, a.state AS server_auditing
FROM azure_sql_server AS s
LEFT JOIN setting AS a ON a.parent_id = s.id
UNION ALL
SELECT d.id, d.id, d.subscription_id,
       CASE WHEN (o.state = 'enabled' AND NOT o.state_gap) OR (a.state = 'enabled' AND NOT a.state_gap) THEN 'pass'
            WHEN o.state_gap OR a.state_gap THEN NULL
            WHEN o.state = 'disabled' AND a.state = 'disabled' THEN 'fail' END,
       CASE WHEN a.state = 'enabled' AND NOT a.state_gap THEN 'the server records what happens in the database'
            WHEN o.state = 'enabled' AND NOT o.state_gap THEN 'the database records on its own'
            WHEN o.state_gap OR a.state_gap OR o.parent_id IS NULL OR a.parent_id IS NULL THEN 'the auditing of the database or of its server could not be read'
            ELSE 'auditing of the database: ' || o.state || ', of its server: ' || a.state END,
       'database', o.state, a.state
FROM azure_sql_database AS d
LEFT JOIN setting AS o ON o.parent_id = d.id
LEFT JOIN setting AS a ON a.parent_id = regexp_replace(d.id, '/databases/[^/]*$', '')
WHERE lower(d.name) <> 'master'
