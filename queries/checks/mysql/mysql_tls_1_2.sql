-- title = "MySQL accepts only TLS 1.2 or newer"
-- severity = "high"
-- subject = "azure_mysql_flexible_server"
-- tables = ["azure_mysql_flexible_server", "azure_mysql_flexible_server_configuration"]
-- optional = ["azure_mysql_server"]
-- controls = [
--   "cis_azure_2_0_0:4.4.2", "cis_azure_2_1_0:4.4.2", "cis_azure_3_0_0:5.3.2", "nist_800_53_r5:SC-8", "nist_800_53_r5:SC-13",
--   "iso_27001_2022:A.8.24", "pci_dss_4_0:4.2.1", "soc_2:CC6.2", "soc_2:CC6.6", "mitre_attack:T1530",
-- ]
-- rationale = "TLS 1.0 (written TLSv1) and 1.1 have known weaknesses, and a client that offers nothing better gets them if the server lists them. A new value holds only after a restart of the server."
-- remediation = "az mysql flexible-server parameter set --resource-group GROUP --server-name SERVER --name tls_version --value TLSv1.2,TLSv1.3; az mysql flexible-server restart --resource-group GROUP --name SERVER"
-- references = ["https://learn.microsoft.com/azure/mysql/flexible-server/how-to-connect-tls-ssl"]
-- [[case]]
-- title = "1.2, 1.3, both in any order, with blanks"
-- given.azure_mysql_flexible_server = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c" }, { id = "/x/d" }]
-- given.azure_mysql_flexible_server_configuration = [
--   { name = "tls_version", id = "/x/a/configurations/tls_version", _parent_id = "/x/a", value = "TLSv1.2", current_value = "TLSv1.2" },
--   { name = "tls_version", id = "/x/b/configurations/tls_version", _parent_id = "/x/b", value = "TLSv1.3" },
--   { name = "tls_version", id = "/x/c/configurations/tls_version", _parent_id = "/x/c", value = "TLSv1.2,TLSv1.3" },
--   { name = "tls_version", id = "/x/d/configurations/tls_version", _parent_id = "/x/d", value = "TLSv1.3, TLSv1.2" },
-- ]
-- expect = { a = "pass", b = "pass", c = "pass", d = "pass" }
-- [[case]]
-- title = "TLSv1 is TLS 1.0; 1.1 and SSL too"
-- given.azure_mysql_flexible_server = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c" }, { id = "/x/d" }]
-- given.azure_mysql_flexible_server_configuration = [
--   { name = "tls_version", id = "/x/a/configurations/tls_version", _parent_id = "/x/a", value = "TLSv1,TLSv1.2" },
--   { name = "tls_version", id = "/x/b/configurations/tls_version", _parent_id = "/x/b", value = "TLSv1.1,TLSv1.2" },
--   { name = "tls_version", id = "/x/c/configurations/tls_version", _parent_id = "/x/c", value = "TLSv1.0" },
--   { name = "tls_version", id = "/x/d/configurations/tls_version", _parent_id = "/x/d", value = "SSLv3,TLSv1.2" },
-- ]
-- expect = { a = "fail", b = "fail", c = "fail", d = "fail" }
-- [[case]]
-- title = "other letter case"
-- given.azure_mysql_flexible_server = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_mysql_flexible_server_configuration = [
--   { name = "tls_version", id = "/x/a/configurations/tls_version", _parent_id = "/x/a", value = "TLSV1.2,tlsv1.3" },
--   { name = "tls_version", id = "/x/b/configurations/tls_version", _parent_id = "/x/b", value = "tlsv1,tlsv1.2" },
-- ]
-- expect = { a = "pass", b = "fail" }
-- [[case]]
-- title = "set, but older ones hold until a restart; and the other way round"
-- given.azure_mysql_flexible_server = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_mysql_flexible_server_configuration = [
--   { name = "tls_version", id = "/x/a/configurations/tls_version", _parent_id = "/x/a", value = "TLSv1.2", current_value = "TLSv1.1,TLSv1.2", is_config_pending_restart = "True" },
--   { name = "tls_version", id = "/x/b/configurations/tls_version", _parent_id = "/x/b", value = "TLSv1,TLSv1.2", current_value = "TLSv1.2", is_config_pending_restart = "True" },
-- ]
-- expect = { a = "fail", b = "fail" }
-- [[case]]
-- title = "a restart is waited for, what holds until then is not given"
-- given.azure_mysql_flexible_server = [{ id = "/x/s" }]
-- given.azure_mysql_flexible_server_configuration = [
--   { name = "tls_version", id = "/x/s/configurations/tls_version", _parent_id = "/x/s", value = "TLSv1.2", is_config_pending_restart = "True" },
-- ]
-- expect = { s = "unknown" }
-- [[case]]
-- title = "empty, absent, a version nobody knows"
-- given.azure_mysql_flexible_server = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c" }, { id = "/x/d" }]
-- given.azure_mysql_flexible_server_configuration = [
--   { name = "tls_version", id = "/x/a/configurations/tls_version", _parent_id = "/x/a", value = "" },
--   { name = "tls_version", id = "/x/b/configurations/tls_version", _parent_id = "/x/b" },
--   { name = "tls_version", id = "/x/c/configurations/tls_version", _parent_id = "/x/c", value = "TLSv1.2,TLSv2" },
--   { name = "tls_version", id = "/x/d/configurations/tls_version", _parent_id = "/x/d", value = "," },
-- ]
-- expect = { a = "unknown", b = "unknown", c = "unknown", d = "unknown" }
-- [[case]]
-- title = "a version nobody knows beside an old one"
-- given.azure_mysql_flexible_server = [{ id = "/x/s" }]
-- given.azure_mysql_flexible_server_configuration = [
--   { name = "tls_version", id = "/x/s/configurations/tls_version", _parent_id = "/x/s", value = "TLSv2,TLSv1.1" },
-- ]
-- expect = { s = "fail" }
-- [[case]]
-- title = "the row is missing"
-- given.azure_mysql_flexible_server = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_mysql_flexible_server_configuration = [
--   { name = "tls_version", id = "/x/b/configurations/tls_version", _parent_id = "/x/b", value = "TLSv1.2" },
-- ]
-- expect = { a = "unknown", b = "pass" }
-- [[case]]
-- title = "not readable"
-- given.azure_mysql_flexible_server = [{ id = "/x/s" }]
-- given.azure_mysql_flexible_server_configuration = [
--   { name = "tls_version", id = "/x/s/configurations/tls_version", _parent_id = "/x/s", value = "TLSv1.2", _gaps = ["value"] },
-- ]
-- expect = { s = "unknown" }
-- [[case]]
-- title = "single servers state a minimum"
-- given.azure_mysql_server = [
--   { id = "/y/a", minimal_tls_version = "TLS1_2" },
--   { id = "/y/b", minimal_tls_version = "TLS1_0" },
--   { id = "/y/c", minimal_tls_version = "TLSEnforcementDisabled" },
--   { id = "/y/d" },
--   { id = "/y/e", minimal_tls_version = "tls1_2", _gaps = ["minimal_tls_version"] },
-- ]
-- expect = { a = "pass", b = "fail", c = "fail", d = "fail", e = "unknown" }
-- [[case]]
-- title = "parameters of one server denied"
-- ledger = [{ table = "azure_mysql_flexible_server_configuration", parent = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.dbformysql/flexibleservers/a", status = "denied" }]
-- given.azure_mysql_flexible_server = [{ name = "a" }, { name = "b" }]
-- given.azure_mysql_flexible_server_configuration = [
--   { name = "tls_version", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.dbformysql/flexibleservers/b/configurations/tls_version", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.dbformysql/flexibleservers/b", value = "TLSv1.2" },
-- ]
-- expect = { a = "unknown", b = "pass" }
-- [[case]]
-- title = "single servers were not read: they do not matter where there are none"
-- ledger = [{ table = "azure_mysql_server", status = "not_collected" }]
-- given.azure_mysql_flexible_server = [{ id = "/x/s" }]
-- given.azure_mysql_flexible_server_configuration = [
--   { name = "tls_version", id = "/x/s/configurations/tls_version", _parent_id = "/x/s", value = "TLSv1.2" },
-- ]
-- expect = { s = "pass" }
-- [[case]]
-- title = "no server"
-- given.azure_mysql_flexible_server = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "servers denied"
-- ledger = [{ table = "azure_mysql_flexible_server", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_mysql_flexible_server = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "parameters denied"
-- ledger = [{ table = "azure_mysql_flexible_server_configuration", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_mysql_flexible_server = [{ id = "/x/s" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
WITH split AS (
    SELECT p.server_id, p.subscription_id, p.state, p.value, p.in_force,
           list_filter(list_transform(string_split(lower(p.value || coalesce(',' || p.in_force, '')), ','), lambda m: trim(m)), lambda m: m <> '') AS versions,
           list_filter(string_split(p.value, ','), lambda m: trim(m) <> '') AS set_versions
    FROM mysql_server_parameter AS p
    WHERE p.parameter = 'tls_version'
),
flexible AS (
    SELECT s.server_id, s.subscription_id, s.state, s.value, s.in_force,
           array_length(list_filter(s.versions, lambda m: m IN ('tlsv1', 'tlsv1.0', 'tlsv1.1', 'sslv2', 'sslv3'))) AS n_old,
           array_length(list_filter(s.versions, lambda m: m NOT IN ('tlsv1', 'tlsv1.0', 'tlsv1.1', 'sslv2', 'sslv3', 'tlsv1.2', 'tlsv1.3'))) AS n_odd,
           array_length(s.set_versions) AS n_set
    FROM split AS s
)
SELECT f.server_id AS subject, f.server_id AS resource_id, f.subscription_id,
       CASE WHEN f.state <> 'given' THEN NULL
            WHEN f.n_old > 0 THEN 'fail'
            WHEN f.n_odd = 0 AND f.n_set > 0 THEN 'pass'
       END AS verdict,
       CASE WHEN f.state = 'missing' THEN 'the parameter tls_version of the server is not in the snapshot'
            WHEN f.state = 'unread' THEN 'the value of tls_version could not be read'
            WHEN f.state = 'pending' THEN 'a change of tls_version to ' || f.value || ' waits for a restart'
            WHEN f.n_set = 0 THEN 'tls_version is empty'
            WHEN f.in_force IS NOT NULL AND lower(f.in_force) <> lower(trim(f.value))
            THEN 'accepted after the next restart: ' || f.value || '; until then: ' || f.in_force
            ELSE 'accepted: ' || f.value
       END AS reason,
       f.value, f.in_force, 'flexible' AS server_kind
FROM flexible AS f
UNION ALL
SELECT r.id, r.id, r.subscription_id,
       CASE WHEN coalesce(list_contains(r._gaps, 'minimal_tls_version'), FALSE) THEN NULL
            WHEN lower(trim(r.minimal_tls_version)) IN ('tls1_2', 'tls1_3') THEN 'pass'
            WHEN lower(coalesce(trim(r.minimal_tls_version), 'TLSEnforcementDisabled')) IN ('tls1_0', 'tls1_1', 'tlsenforcementdisabled') THEN 'fail'
       END,
       CASE WHEN coalesce(list_contains(r._gaps, 'minimal_tls_version'), FALSE) THEN 'the minimum of the single server could not be read'
            WHEN r.minimal_tls_version IS NULL THEN 'the single server states no minimum'
            ELSE 'minimum of the single server: ' || r.minimal_tls_version
       END,
       r.minimal_tls_version, NULL, 'single'
FROM azure_mysql_server AS r
