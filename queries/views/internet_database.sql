-- title = "Database servers and caches that a firewall rule opens to everybody"
-- tables = ["azure_sql_server", "azure_sql_server_firewall_rule", "azure_postgresql_flexible_server", "azure_postgresql_flexible_server_firewall_rule", "azure_postgresql_server", "azure_postgresql_server_firewall_rule", "azure_mysql_flexible_server", "azure_mysql_flexible_server_firewall_rule", "azure_mysql_server", "azure_mariadb_server", "azure_redis_cache", "azure_firewall_rule", "azure_ledger"]
WITH
-- One row per server and what its rules come to. state is open (a rule wider than a /8; for a cache also no rule at all),
-- azure (the rule from 0.0.0.0 to 0.0.0.0: all of Azure, other tenants too), closed, or NULL where rules were not read.
server AS (
    SELECT s.id, 'azure_sql_server' AS table_name, s.name, s.subscription_id, ['tcp 1433'] AS ports, s.public_network_access AS access,
           coalesce(list_contains(s._gaps, 'public_network_access'), FALSE) AS access_gap, FALSE AS is_inside, 'azure_sql_server_firewall_rule' AS rule_table
    FROM azure_sql_server AS s
    UNION ALL
    SELECT p.id, 'azure_postgresql_flexible_server', p.name, p.subscription_id, ['tcp 5432'], p.network_public_network_access,
           coalesce(list_contains(p._gaps, 'network_public_network_access') OR list_contains(p._gaps, 'network_delegated_subnet_resource_id'), FALSE),
           p.network_delegated_subnet_resource_id IS NOT NULL, 'azure_postgresql_flexible_server_firewall_rule'
    FROM azure_postgresql_flexible_server AS p
    UNION ALL
    SELECT p.id, 'azure_postgresql_server', p.name, p.subscription_id, ['tcp 5432'], p.public_network_access,
           coalesce(list_contains(p._gaps, 'public_network_access'), FALSE), FALSE, 'azure_postgresql_server_firewall_rule'
    FROM azure_postgresql_server AS p
    UNION ALL
    SELECT m.id, 'azure_mysql_flexible_server', m.name, m.subscription_id, ['tcp ' || coalesce(m.database_port, 3306)], m.network_public_network_access,
           coalesce(list_contains(m._gaps, 'network_public_network_access') OR list_contains(m._gaps, 'network_delegated_subnet_resource_id'), FALSE),
           m.network_delegated_subnet_resource_id IS NOT NULL, 'azure_mysql_flexible_server_firewall_rule'
    FROM azure_mysql_flexible_server AS m
    UNION ALL
    SELECT m.id, 'azure_mysql_server', m.name, m.subscription_id, ['tcp 3306'], m.public_network_access,
           coalesce(list_contains(m._gaps, 'public_network_access'), FALSE), FALSE, NULL
    FROM azure_mysql_server AS m
    UNION ALL
    SELECT m.id, 'azure_mariadb_server', m.name, m.subscription_id, ['tcp 3306'], m.public_network_access,
           coalesce(list_contains(m._gaps, 'public_network_access'), FALSE), FALSE, NULL
    FROM azure_mariadb_server AS m
    UNION ALL
    SELECT r.id, 'azure_redis_cache', r.name, r.subscription_id,
           CASE WHEN r.enable_non_ssl_port THEN ['tcp ' || coalesce(r.port, 6379), 'tcp ' || coalesce(r.ssl_port, 6380)] ELSE ['tcp ' || coalesce(r.ssl_port, 6380)] END,
           r.public_network_access,
           coalesce(list_contains(r._gaps, 'public_network_access') OR list_contains(r._gaps, 'subnet_id'), FALSE), r.subnet_id IS NOT NULL, 'azure_firewall_rule'
    FROM azure_redis_cache AS r
),
rule AS (
    SELECT lower(r._parent_id) AS server_id, r.name, r.start_ip_address AS first, r.end_ip_address AS last, r._gaps AS gaps FROM azure_sql_server_firewall_rule AS r
    UNION ALL
    SELECT lower(r._parent_id), r.name, r.start_ip_address, r.end_ip_address, r._gaps FROM azure_postgresql_flexible_server_firewall_rule AS r
    UNION ALL
    SELECT lower(r._parent_id), r.name, r.start_ip_address, r.end_ip_address, r._gaps FROM azure_postgresql_server_firewall_rule AS r
    UNION ALL
    SELECT lower(r._parent_id), r.name, r.start_ip_address, r.end_ip_address, r._gaps FROM azure_mysql_flexible_server_firewall_rule AS r
    UNION ALL
    SELECT lower(r._parent_id), r.name, r.start_ip, r.end_ip, r._gaps FROM azure_firewall_rule AS r
),
span AS (
    SELECT r.server_id, trim(r.first) || ' to ' || trim(r.last) AS text, CAST(ip4_lo(r.first) AS BIGINT) AS lo, CAST(ip4_lo(r.last) AS BIGINT) AS hi,
           coalesce(array_length(list_filter(r.gaps, lambda g: g IN ('start_ip_address', 'end_ip_address', 'start_ip', 'end_ip'))) > 0, FALSE) AS gap
    FROM rule AS r
),
per_server AS (
    SELECT s.server_id, count(*) AS n,
           list_sort(list(DISTINCT s.text) FILTER (WHERE NOT s.gap AND ((s.lo = 0 AND s.hi > 0) OR s.hi - s.lo >= 16777216))) AS wide,
           bool_or(NOT s.gap AND s.lo = 0 AND s.hi = 0) AS lets_azure,
           bool_or(s.gap OR s.lo IS NULL OR s.hi IS NULL) AS unread
    FROM span AS s
    GROUP BY s.server_id
),
-- Whether the rules were asked for: the row of the server in the ledger decides, without one that of the subscription.
asked AS (
    SELECT l.table_name, lower(rtrim(l.parent_id, '/')) AS server_id,
           bool_and(coalesce(l.status IN ('ok', 'not_registered', 'unsupported', 'license', 'retired'), FALSE)) AS fine
    FROM azure_ledger AS l
    WHERE l.parent_id IS NOT NULL
    GROUP BY l.table_name, lower(rtrim(l.parent_id, '/'))
),
asked_all AS (
    SELECT l.table_name, lower(l.scope_id) AS subscription_id,
           bool_and(coalesce(l.status IN ('ok', 'not_registered', 'unsupported', 'license', 'retired'), FALSE)) AS fine
    FROM azure_ledger AS l
    WHERE l.parent_id IS NULL
    GROUP BY l.table_name, lower(l.scope_id)
),
joined AS (
    SELECT s.*, lower(trim(coalesce(s.access, 'enabled'))) AS switch, coalesce(p.n, 0) AS n, p.wide, coalesce(p.lets_azure, FALSE) AS lets_azure,
           s.rule_table IS NULL OR NOT coalesce(a.fine, b.fine, FALSE) AS rules_unread, coalesce(p.unread, FALSE) AS rule_unread
    FROM server AS s
    LEFT JOIN per_server AS p ON p.server_id = s.id
    LEFT JOIN asked AS a ON a.table_name = s.rule_table AND a.server_id = s.id
    LEFT JOIN asked_all AS b ON b.table_name = s.rule_table AND b.subscription_id = lower(s.subscription_id)
),
found AS (
    SELECT j.*,
           CASE WHEN j.is_inside AND NOT j.access_gap THEN 'inside'
                WHEN j.access_gap THEN 'switch unread'
                WHEN j.switch = 'disabled' THEN 'off'
                WHEN j.switch = 'securedbyperimeter' THEN 'perimeter'
                WHEN j.switch <> 'enabled' THEN 'switch unknown'
                WHEN array_length(j.wide) > 0 THEN 'wide'
                WHEN j.rule_table IS NULL THEN 'rules nowhere'
                WHEN j.rules_unread THEN 'rules missing'
                WHEN j.rule_unread THEN 'rules unread'
                WHEN j.table_name = 'azure_redis_cache' AND j.n = 0 THEN 'open'
                ELSE 'closed'
           END AS found
    FROM joined AS j
)
SELECT f.id, f.table_name, f.name, f.subscription_id, 'public network access' AS how, f.ports,
       CASE f.found WHEN 'wide' THEN f.wide ELSE ['any'] END AS sources,
       CASE WHEN f.found IN ('open', 'wide') THEN 'open' WHEN f.found IN ('inside', 'off', 'closed') THEN 'closed' END AS state,
       CASE f.found
            WHEN 'inside' THEN 'it stands in a virtual network'
            WHEN 'off' THEN 'public network access is off'
            WHEN 'switch unread' THEN 'whether it is public could not be read'
            WHEN 'perimeter' THEN 'a network security perimeter decides, whose rules are not weighed'
            WHEN 'switch unknown' THEN 'public network access has a value that is not known: ' || f.access
            WHEN 'wide' THEN 'a firewall rule lets nearly everybody in'
            WHEN 'rules nowhere' THEN 'its firewall rules are not collected'
            WHEN 'rules missing' THEN 'its firewall rules are not in the snapshot'
            WHEN 'rules unread' THEN 'a firewall rule could not be read'
            WHEN 'open' THEN 'no firewall rule keeps anybody out'
            ELSE 'its firewall lets in named sources only'
       END AS why
FROM found AS f
UNION ALL
SELECT f.id, f.table_name, f.name, f.subscription_id, 'azure services', f.ports, ['addresses of Azure'], 'azure',
       'a firewall rule (0.0.0.0 to 0.0.0.0) lets in all of Azure, other tenants too, but not the internet'
FROM found AS f
WHERE f.lets_azure AND f.table_name <> 'azure_redis_cache' AND f.found NOT IN ('inside', 'off', 'perimeter')
