-- title = "PostgreSQL closed to other Azure services"
-- severity = "high"
-- subject = "azure_postgresql_flexible_server"
-- tables = ["azure_postgresql_flexible_server", "azure_postgresql_flexible_server_firewall_rule"]
-- optional = ["azure_postgresql_server", "azure_postgresql_server_firewall_rule"]
-- controls = [
--   "cis_azure_2_0_0:4.3.7", "cis_azure_2_1_0:4.3.7", "cis_azure_3_0_0:5.2.5",
--   "jupiterone_questions:postgresql_firewall_zero_start", "nist_800_53_r5:AC-4", "nist_800_53_r5:SC-7", "iso_27001_2022:A.8.3",
--   "pci_dss_4_0:1.3.1", "pci_dss_4_0:1.4.2", "soc_2:CC6.6",
-- ]
-- rationale = "The rule from 0.0.0.0 to 0.0.0.0 lets in every machine in Azure, also those that other customers, or attackers, rent by the hour. A rule that starts at 0.0.0.0 or spans more than a /8 lets them in as well and is counted too."
-- remediation = "Add the ranges that need access, then: az resource delete --ids RULE_ID --api-version 2025-08-01 (portal: the server, Networking, clear the box that lets in any Azure service); or turn public access off there and use private endpoints"
-- references = ["https://learn.microsoft.com/azure/postgresql/flexible-server/concepts-firewall-rules"]
-- [[case]]
-- title = "no rule, and one office"
-- given.azure_postgresql_flexible_server = [{ id = "/x/a", network_public_network_access = "Enabled" }, { id = "/x/b", network_public_network_access = "Enabled" }]
-- given.azure_postgresql_flexible_server_firewall_rule = [
--   { name = "r0", _parent_id = "/x/b", start_ip_address = "203.0.113.0", end_ip_address = "203.0.113.255" },
-- ]
-- expect = { a = "pass", b = "pass" }
-- [[case]]
-- title = "the rule for all of Azure, whatever its name"
-- given.azure_postgresql_flexible_server = [{ id = "/x/s" }]
-- given.azure_postgresql_flexible_server_firewall_rule = [
--   { name = "r0", _parent_id = "/x/s", start_ip_address = "203.0.113.0", end_ip_address = "203.0.113.255" },
--   { name = "r1", _parent_id = "/x/s", start_ip_address = "0.0.0.0", end_ip_address = "0.0.0.0" },
-- ]
-- expect = { s = "fail" }
-- [[case]]
-- title = "everybody, with a reason of its own; from zero to anywhere; blanks"
-- given.azure_postgresql_flexible_server = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c" }]
-- given.azure_postgresql_flexible_server_firewall_rule = [
--   { name = "r0", _parent_id = "/x/a", start_ip_address = "0.0.0.0", end_ip_address = "255.255.255.255" },
--   { name = "r1", _parent_id = "/x/b", start_ip_address = "0.0.0.0", end_ip_address = "1.2.3.4" },
--   { name = "r2", _parent_id = "/x/c", start_ip_address = " 0.0.0.0 ", end_ip_address = " 0.0.0.0" },
-- ]
-- expect = { a = "fail", b = "fail", c = "fail" }
-- [[case]]
-- title = "all but one address is no better; a /8 is the widest that passes"
-- given.azure_postgresql_flexible_server = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c" }]
-- given.azure_postgresql_flexible_server_firewall_rule = [
--   { name = "r0", _parent_id = "/x/a", start_ip_address = "0.0.0.1", end_ip_address = "255.255.255.255" },
--   { name = "r1", _parent_id = "/x/b", start_ip_address = "10.0.0.0", end_ip_address = "10.255.255.255" },
--   { name = "r2", _parent_id = "/x/c", start_ip_address = "10.0.0.0", end_ip_address = "11.0.0.0" },
-- ]
-- expect = { a = "fail", b = "pass", c = "fail" }
-- [[case]]
-- title = "public access off: the rules are not used"
-- given.azure_postgresql_flexible_server = [{ id = "/x/a", network_public_network_access = "Disabled" }]
-- given.azure_postgresql_flexible_server_firewall_rule = [
--   { name = "r0", _parent_id = "/x/a", start_ip_address = "0.0.0.0", end_ip_address = "0.0.0.0" },
-- ]
-- expect = { a = "pass" }
-- [[case]]
-- title = "behind a network security perimeter the rules are not used, neither on the servers of the retired service"
-- given.azure_postgresql_flexible_server = [{ id = "/x/a", network_public_network_access = "SecuredByPerimeter" }]
-- given.azure_postgresql_server = [{ id = "/x/b", public_network_access = "SECUREDBYPERIMETER" }]
-- given.azure_postgresql_flexible_server_firewall_rule = [{ name = "r0", _parent_id = "/x/a", start_ip_address = "0.0.0.0", end_ip_address = "0.0.0.0" }]
-- given.azure_postgresql_server_firewall_rule = [{ name = "r1", _parent_id = "/x/b", start_ip_address = "0.0.0.0", end_ip_address = "255.255.255.255" }]
-- expect = { a = "pass", b = "pass" }
-- [[case]]
-- title = "in a virtual network, other letter case"
-- given.azure_postgresql_flexible_server = [{ id = "/x/a", network_public_network_access = "disabled", network_delegated_subnet_resource_id = "/x/net" }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "public access absent: the rules decide"
-- given.azure_postgresql_flexible_server = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_postgresql_flexible_server_firewall_rule = [
--   { name = "r0", _parent_id = "/x/a", start_ip_address = "0.0.0.0", end_ip_address = "0.0.0.0" },
-- ]
-- expect = { a = "fail", b = "pass" }
-- [[case]]
-- title = "an address that cannot be read, alone and beside a fail"
-- given.azure_postgresql_flexible_server = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c" }]
-- given.azure_postgresql_flexible_server_firewall_rule = [
--   { name = "r0", _parent_id = "/x/a", start_ip_address = "10.0.0", end_ip_address = "10.0.0.9" },
--   { name = "r1", _parent_id = "/x/b", start_ip_address = "10.0.0.1" },
--   { name = "r2", _parent_id = "/x/b", start_ip_address = "0.0.0.0", end_ip_address = "0.0.0.0" },
--   { name = "r3", _parent_id = "/x/c", start_ip_address = "10.0.0.9", end_ip_address = "10.0.0.1" },
-- ]
-- expect = { a = "unknown", b = "fail", c = "unknown" }
-- [[case]]
-- title = "not readable: an address, the public access"
-- given.azure_postgresql_flexible_server = [{ id = "/x/a" }, { id = "/x/b", _gaps = ["network_public_network_access"] }]
-- given.azure_postgresql_flexible_server_firewall_rule = [
--   { name = "r0", _parent_id = "/x/a", start_ip_address = "10.0.0.1", _gaps = ["end_ip_address"] },
--   { name = "r1", _parent_id = "/x/b", start_ip_address = "203.0.113.7", end_ip_address = "203.0.113.7" },
-- ]
-- expect = { a = "unknown", b = "unknown" }
-- [[case]]
-- title = "single servers are judged where rows exist"
-- given.azure_postgresql_server = [{ id = "/y/a" }, { id = "/y/b", public_network_access = "Disabled" }, { id = "/y/c" }]
-- given.azure_postgresql_server_firewall_rule = [
--   { name = "r0", _parent_id = "/y/a", start_ip_address = "0.0.0.0", end_ip_address = "0.0.0.0" },
--   { name = "r1", _parent_id = "/y/b", start_ip_address = "0.0.0.0", end_ip_address = "0.0.0.0" },
--   { name = "r2", _parent_id = "/y/c", start_ip_address = "203.0.113.7", end_ip_address = "203.0.113.7" },
-- ]
-- expect = { a = "fail", b = "pass", c = "pass" }
-- [[case]]
-- title = "the rules of single servers were not read: no rule proves nothing"
-- ledger = [{ table = "azure_postgresql_server_firewall_rule", subscription = "11111111-1111-4111-8111-111111111111", status = "not_collected" }]
-- given.azure_postgresql_server = [{ id = "/y/a" }, { id = "/y/b", public_network_access = "Disabled" }]
-- expect = { a = "unknown", b = "pass" }
-- [[case]]
-- title = "the rules of one single server were not read"
-- ledger = [{ table = "azure_postgresql_server_firewall_rule", parent = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.dbforpostgresql/servers/a", status = "denied" }]
-- given.azure_postgresql_server = [{ name = "a" }, { name = "b" }]
-- expect = { a = "unknown", b = "pass" }
-- [[case]]
-- title = "the rules of single servers answer as retired"
-- ledger = [{ table = "azure_postgresql_server_firewall_rule", subscription = "11111111-1111-4111-8111-111111111111", status = "retired" }]
-- given.azure_postgresql_server = [{ id = "/y/a" }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "rules of one server denied"
-- ledger = [{ table = "azure_postgresql_flexible_server_firewall_rule", parent = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.dbforpostgresql/flexibleservers/a", status = "denied" }]
-- given.azure_postgresql_flexible_server = [{ name = "a" }, { name = "b" }]
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
-- title = "firewall rules denied"
-- ledger = [{ table = "azure_postgresql_flexible_server_firewall_rule", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_postgresql_flexible_server = [{ id = "/x/s" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
WITH rule AS (
    SELECT lower(f._parent_id) AS server_id, f.name, f.start_ip_address, f.end_ip_address,
           CASE WHEN NOT coalesce(list_contains(f._gaps, 'start_ip_address'), FALSE) THEN CAST(ip4_lo(f.start_ip_address) AS BIGINT) END AS first_ip,
           CASE WHEN NOT coalesce(list_contains(f._gaps, 'end_ip_address'), FALSE) THEN CAST(ip4_lo(f.end_ip_address) AS BIGINT) END AS last_ip
    FROM azure_postgresql_flexible_server_firewall_rule AS f
    UNION ALL
    SELECT lower(o._parent_id), o.name, o.start_ip_address, o.end_ip_address,
           CASE WHEN NOT coalesce(list_contains(o._gaps, 'start_ip_address'), FALSE) THEN CAST(ip4_lo(o.start_ip_address) AS BIGINT) END,
           CASE WHEN NOT coalesce(list_contains(o._gaps, 'end_ip_address'), FALSE) THEN CAST(ip4_lo(o.end_ip_address) AS BIGINT) END
    FROM azure_postgresql_server_firewall_rule AS o
),
shown AS (
    SELECT r.server_id, r.first_ip, r.last_ip,
           r.name || ' (' || coalesce(trim(r.start_ip_address), '?') || ' to ' || coalesce(trim(r.end_ip_address), '?') || ')' AS rule
    FROM rule AS r
),
per_server AS (
    SELECT p.server_id, list_sort(list(p.rule)) AS rules,
           list_sort(list(p.rule) FILTER (WHERE p.first_ip = 0 AND p.last_ip = 0)) AS azure,
           list_sort(list(p.rule) FILTER (WHERE (p.first_ip = 0 AND p.last_ip > 0) OR p.last_ip - p.first_ip >= 16777216)) AS wide,
           list_sort(list(p.rule) FILTER (WHERE p.first_ip = 0 AND p.last_ip IS NULL)) AS from_zero,
           list_sort(list(p.rule) FILTER (WHERE p.first_ip IS NULL OR p.last_ip IS NULL OR p.last_ip < p.first_ip)) AS unread
    FROM shown AS p
    GROUP BY p.server_id
),
-- The rules of single servers need not have been asked for, since that service is retired: then no rule proves nothing.
listed AS (
    SELECT DISTINCT lower(l.scope_id) AS subscription_id
    FROM azure_ledger AS l
    WHERE l.table_name = 'azure_postgresql_server_firewall_rule' AND l.parent_id IS NULL AND lower(l.status) = 'ok'
),
refused AS (
    SELECT DISTINCT rtrim(lower(l.parent_id), '/') AS server_id
    FROM azure_ledger AS l
    WHERE l.table_name = 'azure_postgresql_server_firewall_rule' AND l.parent_id IS NOT NULL AND lower(l.status) <> 'ok'
),
server AS (
    SELECT s.id, s.subscription_id, lower(trim(s.network_public_network_access)) AS public_access, FALSE AS access_gap, TRUE AS is_listed
    FROM azure_postgresql_flexible_server AS s
    UNION ALL
    SELECT n.id, n.subscription_id, lower(trim(n.public_network_access)) AS public_access,
           coalesce(list_contains(n._gaps, 'public_network_access'), FALSE) AS access_gap,
           d.subscription_id IS NOT NULL AND r.server_id IS NULL AS is_listed
    FROM azure_postgresql_server AS n
    LEFT JOIN listed AS d ON d.subscription_id = lower(n.subscription_id)
    LEFT JOIN refused AS r ON r.server_id = n.id
)
SELECT s.id AS subject, s.id AS resource_id, s.subscription_id,
       CASE WHEN s.access_gap THEN NULL
            WHEN s.public_access IN ('disabled', 'securedbyperimeter') THEN 'pass'
            WHEN p.azure IS NOT NULL OR p.wide IS NOT NULL OR p.from_zero IS NOT NULL THEN 'fail'
            WHEN p.unread IS NOT NULL OR NOT s.is_listed THEN NULL
            ELSE 'pass'
       END AS verdict,
       CASE WHEN s.access_gap THEN 'whether public network access is on could not be read'
            WHEN s.public_access = 'disabled' THEN 'public network access is off, so no rule is used'
            WHEN s.public_access = 'securedbyperimeter'
            THEN 'only a network security perimeter decides on public access, so no rule of the server is used; its rules are not judged here'
            WHEN p.azure IS NOT NULL THEN 'all of Azure is let in: ' || array_to_string(p.azure, ', ')
            WHEN p.wide IS NOT NULL OR p.from_zero IS NOT NULL
            THEN 'no rule for Azure services, but one so wide that it lets them in: ' || array_to_string(coalesce(p.wide, p.from_zero), ', ')
            WHEN p.unread IS NOT NULL THEN 'not readable: ' || array_to_string(p.unread, ', ')
            WHEN NOT s.is_listed THEN 'the firewall rules of the server are not in the snapshot'
            ELSE 'no rule lets all of Azure in'
       END AS reason,
       s.public_access AS public_network_access, p.rules AS firewall_rules
FROM server AS s
LEFT JOIN per_server AS p ON p.server_id = s.id
