-- title = "PostgreSQL Entra sign-in with an administrator"
-- severity = "medium"
-- subject = "azure_postgresql_flexible_server"
-- tables = ["azure_postgresql_flexible_server", "azure_postgresql_flexible_server_administrator"]
-- controls = [
--   "nist_800_53_r5:AC-2", "nist_800_53_r5:AC-3", "nist_800_53_r5:IA-2", "iso_27001_2022:A.5.15", "iso_27001_2022:A.5.17",
--   "pci_dss_4_0:7.2.1", "soc_2:CC6.1",
-- ]
-- rationale = "Passwords inside the database are shared, seldom changed and know no second factor. With Entra sign-in identities of the tenant come in and leave with the people who leave; without an Entra administrator nobody can let them in."
-- remediation = "Portal: the server, Security, Authentication: choose Microsoft Entra authentication, add a group as administrator, save"
-- references = ["https://learn.microsoft.com/azure/postgresql/flexible-server/concepts-azure-ad-authentication"]
-- [[case]]
-- title = "on, with an administrator"
-- given.azure_postgresql_flexible_server = [{ id = "/x/s", auth_config_active_directory_auth = "Enabled" }]
-- given.azure_postgresql_flexible_server_administrator = [{ name = "o0", _parent_id = "/x/s", principal_name = "dba", principal_type = "Group" }]
-- expect = { s = "pass" }
-- [[case]]
-- title = "off"
-- given.azure_postgresql_flexible_server = [{ id = "/x/s", auth_config_active_directory_auth = "Disabled" }]
-- expect = { s = "fail" }
-- [[case]]
-- title = "on, but nobody administers"
-- given.azure_postgresql_flexible_server = [{ id = "/x/s", auth_config_active_directory_auth = "Enabled" }]
-- expect = { s = "fail" }
-- [[case]]
-- title = "off, with an administrator left over"
-- given.azure_postgresql_flexible_server = [{ id = "/x/s", auth_config_active_directory_auth = "disabled" }]
-- given.azure_postgresql_flexible_server_administrator = [{ name = "o0", _parent_id = "/x/s", principal_name = "dba", principal_type = "Group" }]
-- expect = { s = "fail" }
-- [[case]]
-- title = "absent means off"
-- given.azure_postgresql_flexible_server = [{ id = "/x/s" }]
-- given.azure_postgresql_flexible_server_administrator = [{ name = "o0", _parent_id = "/x/s", principal_name = "dba", principal_type = "Group" }]
-- expect = { s = "fail" }
-- [[case]]
-- title = "other letter case; the administrator of another server does not count"
-- given.azure_postgresql_flexible_server = [{ id = "/x/a", auth_config_active_directory_auth = "ENABLED" }, { id = "/x/b", auth_config_active_directory_auth = "ENABLED" }]
-- given.azure_postgresql_flexible_server_administrator = [{ name = "o0", _parent_id = "/x/a", principal_name = "dba", principal_type = "Group" }]
-- expect = { a = "pass", b = "fail" }
-- [[case]]
-- title = "passwords beside it are not judged here"
-- given.azure_postgresql_flexible_server = [{ id = "/x/s", auth_config_active_directory_auth = "Enabled", auth_config_password_auth = "Enabled" }]
-- given.azure_postgresql_flexible_server_administrator = [{ name = "o0", _parent_id = "/x/s", principal_name = "dba", principal_type = "Group" }, { name = "o1", _parent_id = "/x/s", principal_name = "dba", principal_type = "Group" }]
-- expect = { s = "pass" }
-- [[case]]
-- title = "a value nobody knows"
-- given.azure_postgresql_flexible_server = [{ id = "/x/s", auth_config_active_directory_auth = "Perhaps" }]
-- given.azure_postgresql_flexible_server_administrator = [{ name = "o0", _parent_id = "/x/s", principal_name = "dba", principal_type = "Group" }]
-- expect = { s = "unknown" }
-- [[case]]
-- title = "not readable"
-- given.azure_postgresql_flexible_server = [{ id = "/x/s", _gaps = ["auth_config_active_directory_auth"] }]
-- given.azure_postgresql_flexible_server_administrator = [{ name = "o0", _parent_id = "/x/s", principal_name = "dba", principal_type = "Group" }]
-- expect = { s = "unknown" }
-- [[case]]
-- title = "administrators of one server denied"
-- ledger = [{ table = "azure_postgresql_flexible_server_administrator", parent = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.dbforpostgresql/flexibleservers/a", status = "denied" }]
-- given.azure_postgresql_flexible_server = [{ name = "a", auth_config_active_directory_auth = "Enabled" }, { name = "b", auth_config_active_directory_auth = "Enabled" }]
-- given.azure_postgresql_flexible_server_administrator = [{ name = "o0", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.dbforpostgresql/flexibleservers/b", principal_name = "dba", principal_type = "Group" }]
-- expect = { a = "unknown", b = "pass" }
-- [[case]]
-- title = "no server"
-- given.azure_postgresql_flexible_server = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "servers denied"
-- ledger = [{ table = "azure_postgresql_flexible_server", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_postgresql_flexible_server = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "administrators denied"
-- ledger = [{ table = "azure_postgresql_flexible_server_administrator", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_postgresql_flexible_server = [{ id = "/x/s" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
WITH administrator AS (
    SELECT lower(a._parent_id) AS server_id, count(*) AS n,
           list_sort(list(DISTINCT CASE WHEN list_contains(a._gaps, 'principal_name') OR a.principal_name IS NULL THEN a.name ELSE a.principal_name END)) AS names
    FROM azure_postgresql_flexible_server_administrator AS a
    GROUP BY 1
)
SELECT s.id AS subject, s.id AS resource_id, s.subscription_id,
       CASE WHEN lower(coalesce(trim(s.auth_config_active_directory_auth), 'Disabled')) = 'disabled' THEN 'fail'
            WHEN lower(trim(s.auth_config_active_directory_auth)) <> 'enabled' THEN NULL
            WHEN a.n > 0 THEN 'pass'
            ELSE 'fail'
       END AS verdict,
       CASE WHEN s.auth_config_active_directory_auth IS NULL THEN 'Entra sign-in was never set, which means it is off'
            WHEN lower(trim(s.auth_config_active_directory_auth)) = 'disabled' THEN 'Entra sign-in is off'
            WHEN lower(trim(s.auth_config_active_directory_auth)) <> 'enabled' THEN 'Entra sign-in has a value that is not known: ' || s.auth_config_active_directory_auth
            WHEN a.n > 0 THEN 'Entra sign-in is on; administrators: ' || array_to_string(a.names, ', ')
            ELSE 'Entra sign-in is on, but the server has no Entra administrator'
       END AS reason,
       a.names AS administrators
FROM azure_postgresql_flexible_server AS s
LEFT JOIN administrator AS a ON a.server_id = s.id
