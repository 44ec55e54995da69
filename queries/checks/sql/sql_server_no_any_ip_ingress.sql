-- title = "SQL firewall has no any-IP rule"
-- severity = "critical"
-- subject = "azure_sql_server"
-- tables = ["azure_sql_server", "azure_sql_server_firewall_rule"]
-- controls = [
--   "cis_azure_2_0_0:4.1.2", "cis_azure_2_1_0:4.1.2", "cis_azure_3_0_0:5.1.2", "jupiterone_questions:sql_firewall_zero_start",
--   "nist_800_53_r5:AC-4", "nist_800_53_r5:SC-7", "iso_27001_2022:A.8.20", "iso_27001_2022:A.8.22", "pci_dss_4_0:1.3.1",
--   "pci_dss_4_0:1.4.2", "soc_2:CC6.2",
-- ]
-- rationale = "A rule that starts at 0.0.0.0 admits everybody, or (0.0.0.0 to 0.0.0.0) every machine in Azure, also those of other customers. A range of more than 16 million addresses is no better. Rules made inside a database are not seen from outside and have to be looked at there."
-- remediation = "az sql server firewall-rule delete --resource-group GROUP --server SERVER --name RULE, after adding the ranges that need access; or az sql server update --enable-public-network false with private endpoints."
-- references = ["https://learn.microsoft.com/azure/azure-sql/database/firewall-configure", "https://learn.microsoft.com/azure/private-link/network-security-perimeter-transition"]
-- [[case]]
-- title = "no rule"
-- given.azure_sql_server = [{ id = "/x/s", public_network_access = "Enabled" }]
-- expect = { s = "pass" }
-- [[case]]
-- title = "one office"
-- given.azure_sql_server = [{ id = "/x/s", public_network_access = "Enabled" }]
-- given.azure_sql_server_firewall_rule = [{ name = "office", _parent_id = "/x/s", start_ip_address = "203.0.113.0", end_ip_address = "203.0.113.255" }]
-- expect = { s = "pass" }
-- [[case]]
-- title = "everybody; all of Azure; from zero to anywhere"
-- given.azure_sql_server = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c" }]
-- given.azure_sql_server_firewall_rule = [
--   { name = "r1", _parent_id = "/x/a", start_ip_address = "0.0.0.0", end_ip_address = "255.255.255.255" },
--   { name = "r2", _parent_id = "/x/b", start_ip_address = "0.0.0.0", end_ip_address = "0.0.0.0" },
--   { name = "r3", _parent_id = "/x/c", start_ip_address = " 0.0.0.0 ", end_ip_address = "1.2.3.4" },
-- ]
-- expect = { a = "fail", b = "fail", c = "fail" }
-- [[case]]
-- title = "a /8 is the widest that passes"
-- given.azure_sql_server = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c" }]
-- given.azure_sql_server_firewall_rule = [
--   { name = "r1", _parent_id = "/x/a", start_ip_address = "10.0.0.0", end_ip_address = "10.255.255.255" },
--   { name = "r2", _parent_id = "/x/b", start_ip_address = "10.0.0.0", end_ip_address = "11.0.0.0" },
--   { name = "r3", _parent_id = "/x/c", start_ip_address = "0.0.0.1", end_ip_address = "255.255.255.255" },
-- ]
-- expect = { a = "pass", b = "fail", c = "fail" }
-- [[case]]
-- title = "public access off: the rules are not used"
-- given.azure_sql_server = [{ id = "/x/a", public_network_access = "Disabled" }, { id = "/x/b", public_network_access = "disabled" }]
-- given.azure_sql_server_firewall_rule = [
--   { name = "r1", _parent_id = "/x/a", start_ip_address = "0.0.0.0", end_ip_address = "255.255.255.255" },
--   { name = "r2", _parent_id = "/x/b", start_ip_address = "0.0.0.0", end_ip_address = "0.0.0.0" },
-- ]
-- expect = { a = "pass", b = "pass" }
-- [[case]]
-- title = "public access absent: the rules decide; behind a network security perimeter they are not used"
-- given.azure_sql_server = [{ id = "/x/a" }, { id = "/x/b", public_network_access = "SecuredByPerimeter" }]
-- given.azure_sql_server_firewall_rule = [
--   { name = "r1", _parent_id = "/x/a", start_ip_address = "0.0.0.0", end_ip_address = "0.0.0.0" },
--   { name = "r2", _parent_id = "/x/b", start_ip_address = "0.0.0.0", end_ip_address = "255.255.255.255" },
-- ]
-- expect = { a = "fail", b = "pass" }
-- [[case]]
-- title = "an address that cannot be read, alone, beside a fail, and with public access off"
-- given.azure_sql_server = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c", public_network_access = "Disabled" }, { id = "/x/d" }]
-- given.azure_sql_server_firewall_rule = [
--   { name = "r1", _parent_id = "/x/a", start_ip_address = "10.0.0", end_ip_address = "10.0.0.9" },
--   { name = "r2", _parent_id = "/x/b", start_ip_address = "10.0.0.1" },
--   { name = "r3", _parent_id = "/x/b", start_ip_address = "0.0.0.0", end_ip_address = "0.0.0.0" },
--   { name = "r4", _parent_id = "/x/c", start_ip_address = "10.0.0.1" },
--   { name = "r5", _parent_id = "/x/d", start_ip_address = "10.0.0.9", end_ip_address = "10.0.0.1" },
-- ]
-- expect = { a = "unknown", b = "fail", c = "pass", d = "unknown" }
-- [[case]]
-- title = "the end of one rule could not be read: unknown, unless another rule proves the fail"
-- given.azure_sql_server = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_sql_server_firewall_rule = [
--   { name = "r1", _parent_id = "/x/a", start_ip_address = "10.0.0.1", _gaps = ["end_ip_address"] },
--   { name = "r2", _parent_id = "/x/b", start_ip_address = "10.0.0.1", _gaps = ["end_ip_address"] },
--   { name = "r3", _parent_id = "/x/b", start_ip_address = "0.0.0.0", end_ip_address = "0.0.0.0" },
-- ]
-- expect = { a = "unknown", b = "fail" }
-- [[case]]
-- title = "many rules give one finding"
-- given.azure_sql_server = [{ id = "/x/s" }]
-- given.azure_sql_server_firewall_rule = [
--   { name = "r1", _parent_id = "/x/s", start_ip_address = "203.0.113.1", end_ip_address = "203.0.113.1" },
--   { name = "r2", _parent_id = "/x/s", start_ip_address = "0.0.0.0", end_ip_address = "0.0.0.0" },
--   { name = "r3", _parent_id = "/x/s", start_ip_address = "0.0.0.0", end_ip_address = "255.255.255.255" },
-- ]
-- expect = { s = "fail" }
-- [[case]]
-- title = "public access not readable"
-- given.azure_sql_server = [{ id = "/x/s", _gaps = ["public_network_access"] }]
-- given.azure_sql_server_firewall_rule = [{ name = "r", _parent_id = "/x/s", start_ip_address = "0.0.0.0", end_ip_address = "0.0.0.0" }]
-- expect = { s = "unknown" }
-- [[case]]
-- title = "no server"
-- given.azure_sql_server = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "firewall rules denied"
-- ledger = [{ table = "azure_sql_server_firewall_rule", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_sql_server = [{ id = "/x/s" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
WITH span AS (
    SELECT r._parent_id AS server_id,
           r.name || ' (' || coalesce(r.start_ip_address, '?') || ' to ' || coalesce(r.end_ip_address, '?')
             || CASE WHEN ip4_hi(r.start_ip_address) = 0 AND ip4_hi(r.end_ip_address) = 0 THEN ', all of Azure)' ELSE ')' END AS rule,
           CASE WHEN NOT coalesce(list_contains(r._gaps, 'start_ip_address'), FALSE) THEN CAST(ip4_lo(r.start_ip_address) AS BIGINT) END AS first_ip,
           CASE WHEN NOT coalesce(list_contains(r._gaps, 'end_ip_address'), FALSE) THEN CAST(ip4_lo(r.end_ip_address) AS BIGINT) END AS last_ip
    FROM azure_sql_server_firewall_rule AS r
),
per_server AS (
    SELECT p.server_id,
           list_sort(list(p.rule)) AS rules,
           list_sort(list(p.rule) FILTER (WHERE p.first_ip = 0 OR p.last_ip - p.first_ip >= 16777216)) AS wide,
           list_sort(list(p.rule) FILTER (WHERE p.first_ip IS NULL OR p.last_ip IS NULL OR p.last_ip < p.first_ip)) AS unread
    FROM span AS p
    GROUP BY p.server_id
)
SELECT s.id AS subject, s.id AS resource_id, s.subscription_id,
       CASE WHEN lower(trim(s.public_network_access)) IN ('disabled', 'securedbyperimeter') THEN 'pass'
            WHEN p.wide IS NOT NULL THEN 'fail'
            WHEN p.unread IS NOT NULL THEN NULL
            ELSE 'pass'
       END AS verdict,
       CASE WHEN lower(trim(s.public_network_access)) = 'disabled' THEN 'public network access is disabled, so no rule is used'
            WHEN lower(trim(s.public_network_access)) = 'securedbyperimeter'
            THEN 'only a network security perimeter decides on public access, so no rule of the server is used; its rules are not judged here'
            WHEN p.wide IS NOT NULL THEN 'too wide: ' || array_to_string(p.wide, ', ')
            WHEN p.unread IS NOT NULL THEN 'not readable: ' || array_to_string(p.unread, ', ')
            ELSE 'no rule starts at 0.0.0.0 or is wider than a /8'
       END AS reason,
       s.public_network_access, p.rules AS firewall_rules
FROM azure_sql_server AS s
LEFT JOIN per_server AS p ON p.server_id = s.id
