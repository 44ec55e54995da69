-- title = "Ports that load balancers hand on from public frontends"
-- tables = ["azure_lb", "azure_lb_inbound_nat_rule"]
WITH
-- One row per load balancer rule, inbound NAT rule or inbound NAT pool with a public frontend, backend pool and protocol
-- (tcp, udp). port is the one behind, 0 stands for all; frontend_port is what a client asks for. pool_id or
-- ip_configuration_id say where it leads; a NAT pool is named by its own id in the scale set.
balancer AS (
    SELECT b.id, CASE WHEN list_contains(b._gaps, 'sku_name') THEN NULL ELSE lower(coalesce(b.sku_name, 'Basic')) END AS sku,
           b.frontend_ip_configurations, b.load_balancing_rules, b.inbound_nat_pools
    FROM azure_lb AS b
    WHERE coalesce(array_length(b.frontend_ip_configurations_properties_public_ip_address_id), 0) > 0
),
frontend AS (
    SELECT b.id AS balancer_id, b.sku, lower(b.frontend_ip_configurations ->> ('$[' || u.i || '].id')) AS id
    FROM balancer AS b, unnest(range(CAST(json_array_length(b.frontend_ip_configurations) AS BIGINT))) AS u(i)
    WHERE (b.frontend_ip_configurations ->> ('$[' || u.i || '].properties.publicIPAddress.id')) IS NOT NULL
),
balancing_rule AS (
    SELECT lower(b.load_balancing_rules ->> ('$[' || u.i || '].properties.frontendIPConfiguration.id')) AS frontend_id,
           lower(b.load_balancing_rules ->> ('$[' || u.i || '].id')) AS id,
           lower(b.load_balancing_rules ->> ('$[' || u.i || '].properties.backendAddressPool.id')) AS pool_id,
           (b.load_balancing_rules ->> ('$[' || u.i || '].properties.backendAddressPools')) AS pools,
           TRY_CAST(b.load_balancing_rules ->> ('$[' || u.i || '].properties.backendPort') AS BIGINT) AS port,
           b.load_balancing_rules ->> ('$[' || u.i || '].properties.frontendPort') AS frontend_port,
           lower(coalesce(b.load_balancing_rules ->> ('$[' || u.i || '].properties.protocol'), 'all')) AS protocol
    FROM balancer AS b, unnest(range(CAST(json_array_length(b.load_balancing_rules) AS BIGINT))) AS u(i)
),
-- What leads in: the path, the rule, and one of the three ends.
way AS (
    SELECT 'lb_rule' AS path, r.id AS rule_id, r.frontend_id, r.pool_id, CAST(NULL AS VARCHAR) AS ip_configuration_id, r.port, r.frontend_port, r.protocol
    FROM balancing_rule AS r
    WHERE r.pool_id IS NOT NULL
    UNION
    SELECT 'lb_rule', r.id, r.frontend_id, lower(r.pools ->> ('$[' || u.j || '].id')), NULL, r.port, r.frontend_port, r.protocol
    FROM balancing_rule AS r, unnest(range(CAST(json_array_length(r.pools) AS BIGINT))) AS u(j)
    UNION
    SELECT 'lb_nat_rule', n.id, n.frontend_ip_configuration_id, n.backend_address_pool_id, n.backend_ip_configuration_id, n.backend_port,
           coalesce(CAST(n.frontend_port AS VARCHAR), n.frontend_port_range_start || '-' || n.frontend_port_range_end),
           lower(coalesce(n.protocol, 'all'))
    FROM azure_lb_inbound_nat_rule AS n
    UNION
    SELECT 'lb_nat_pool', lower(b.inbound_nat_pools ->> ('$[' || u.i || '].id')),
           lower(b.inbound_nat_pools ->> ('$[' || u.i || '].properties.frontendIPConfiguration.id')), NULL, NULL,
           TRY_CAST(b.inbound_nat_pools ->> ('$[' || u.i || '].properties.backendPort') AS BIGINT),
           (b.inbound_nat_pools ->> ('$[' || u.i || '].properties.frontendPortRangeStart')) || '-'
             || (b.inbound_nat_pools ->> ('$[' || u.i || '].properties.frontendPortRangeEnd')),
           lower(coalesce(b.inbound_nat_pools ->> ('$[' || u.i || '].properties.protocol'), 'all'))
    FROM balancer AS b, unnest(range(CAST(json_array_length(b.inbound_nat_pools) AS BIGINT))) AS u(i)
)
SELECT f.balancer_id, f.sku, w.path, w.rule_id, w.pool_id, w.ip_configuration_id, w.port, p.protocol, w.frontend_port
FROM way AS w
JOIN frontend AS f ON f.id = w.frontend_id
JOIN (VALUES ('tcp'), ('udp')) AS p(protocol) ON w.protocol IN ('all', '*', p.protocol)
