-- title = "SQL server has an Entra administrator"
-- severity = "high"
-- subject = "azure_sql_server"
-- tables = ["azure_sql_server", "azure_sql_server_active_directory_admin"]
-- controls = [
--   "cis_azure_2_0_0:4.1.4", "cis_azure_2_1_0:4.1.4", "cis_azure_3_0_0:5.1.4", "jupiterone_questions:sql_entra_admin",
--   "nist_800_53_r5:AC-2", "nist_800_53_r5:AC-3", "nist_800_53_r5:IA-2", "iso_27001_2022:A.5.15", "iso_27001_2022:A.5.17",
--   "pci_dss_4_0:7.2.1", "soc_2:CC6.1",
-- ]
-- rationale = "Without an Entra administrator only SQL logins open the server: passwords that are shared, seldom changed and know no second factor. With one, identities of the tenant sign in and leave with the people who leave."
-- remediation = "az sql server ad-admin create --resource-group GROUP --server-name SERVER --display-name NAME --object-id OBJECT_ID"
-- references = ["https://learn.microsoft.com/azure/azure-sql/database/authentication-aad-overview", "https://learn.microsoft.com/azure/azure-sql/database/authentication-aad-configure"]
-- [[case]]
-- title = "named on the server"
-- given.azure_sql_server = [{ id = "/x/s", administrators_administrator_type = "ActiveDirectory", administrators_sid = "o1", administrators_login = "dba" }]
-- expect = { s = "pass" }
-- [[case]]
-- title = "only the list of administrators names one"
-- given.azure_sql_server = [{ id = "/x/s" }]
-- given.azure_sql_server_active_directory_admin = [{ name = "ActiveDirectory", _parent_id = "/x/s", administrator_type = "ActiveDirectory", sid = "o1", login = "dba" }]
-- expect = { s = "pass" }
-- [[case]]
-- title = "nobody"
-- given.azure_sql_server = [{ id = "/x/s" }]
-- expect = { s = "fail" }
-- [[case]]
-- title = "other letter case"
-- given.azure_sql_server = [{ id = "/x/s", administrators_administrator_type = "activedirectory", administrators_sid = "o1" }]
-- expect = { s = "pass" }
-- [[case]]
-- title = "the administrator of another server does not count"
-- given.azure_sql_server = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_sql_server_active_directory_admin = [{ name = "ActiveDirectory", _parent_id = "/x/a", sid = "o1" }]
-- expect = { a = "pass", b = "fail" }
-- [[case]]
-- title = "named without saying who"
-- given.azure_sql_server = [{ id = "/x/a", administrators_administrator_type = "ActiveDirectory" }, { id = "/x/b" }]
-- given.azure_sql_server_active_directory_admin = [{ name = "ActiveDirectory", _parent_id = "/x/b", sid = "" }]
-- expect = { a = "unknown", b = "unknown" }
-- [[case]]
-- title = "not readable on the server: the list of administrators decides"
-- given.azure_sql_server = [{ id = "/x/a", _gaps = ["administrators_sid"] }, { id = "/x/b", _gaps = ["administrators_administrator_type"] }]
-- given.azure_sql_server_active_directory_admin = [{ name = "ActiveDirectory", _parent_id = "/x/a", sid = "o1" }]
-- expect = { a = "pass", b = "fail" }
-- [[case]]
-- title = "not readable in the list"
-- given.azure_sql_server = [{ id = "/x/s" }]
-- given.azure_sql_server_active_directory_admin = [{ name = "ActiveDirectory", _parent_id = "/x/s", _gaps = ["sid"] }]
-- expect = { s = "unknown" }
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
-- title = "administrators denied"
-- ledger = [{ table = "azure_sql_server_active_directory_admin", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_sql_server = [{ id = "/x/s" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "administrators of one server denied"
-- ledger = [{ table = "azure_sql_server_active_directory_admin", parent = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.sql/servers/a", status = "denied" }]
-- given.azure_sql_server = [{ name = "a" }, { name = "b" }]
-- expect = { a = "unknown", b = "fail" }
WITH listed AS (
    SELECT lower(a._parent_id) AS server_id, count(*) AS n,
           max(CASE WHEN NOT coalesce(list_contains(a._gaps, 'sid'), FALSE) THEN nullif(trim(a.sid), '') END) AS sid,
           max(CASE WHEN NOT coalesce(list_contains(a._gaps, 'login'), FALSE) THEN a.login END) AS login
    FROM azure_sql_server_active_directory_admin AS a
    GROUP BY 1
),
server AS (
    SELECT s.id, s.subscription_id,
           CASE WHEN NOT coalesce(list_contains(s._gaps, 'administrators_administrator_type'), FALSE)
                THEN lower(trim(s.administrators_administrator_type)) END AS kind,
           CASE WHEN NOT coalesce(list_contains(s._gaps, 'administrators_sid'), FALSE) THEN nullif(trim(s.administrators_sid), '') END AS sid,
           CASE WHEN NOT coalesce(list_contains(s._gaps, 'administrators_login'), FALSE) THEN s.administrators_login END AS login
    FROM azure_sql_server AS s
)
SELECT s.id AS subject, s.id AS resource_id, s.subscription_id,
       CASE WHEN (s.kind = 'activedirectory' AND s.sid IS NOT NULL) OR l.sid IS NOT NULL THEN 'pass'
            WHEN s.kind = 'activedirectory' OR s.sid IS NOT NULL OR l.n > 0 THEN NULL
            ELSE 'fail'
       END AS verdict,
       CASE WHEN (s.kind = 'activedirectory' AND s.sid IS NOT NULL) OR l.sid IS NOT NULL
            THEN 'Entra administrator: ' || coalesce(l.login, s.login, l.sid, s.sid)
            WHEN s.kind = 'activedirectory' OR s.sid IS NOT NULL OR l.n > 0 THEN 'there is an entry for an Entra administrator, but not who it is'
            ELSE 'no Entra administrator is set'
       END AS reason,
       coalesce(l.sid, s.sid) AS administrator_object_id
FROM server AS s
LEFT JOIN listed AS l ON l.server_id = s.id
