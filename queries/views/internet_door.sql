-- title = "Where traffic from outside arrives in a virtual network, before security groups are weighed"
-- tables = ["vm_ip_configuration", "lb_public_rule", "lb_pool_member", "azure_vm", "azure_vm_scale_set", "azure_public_ip", "azure_subnet", "azure_application_gateway", "azure_bastion_host", "azure_api_management_service", "azure_sql_managed_instance"]
WITH
-- One row per resource, way in (how), place (an IP configuration or a subnet) and port range behind. shown is the port a
-- client asks for, where it is another one. bare says what holds without any security group: open, closed, or unknown.
machine AS (
    SELECT c.vm_id AS id, 'azure_vm' AS table_name, v.name, c.subscription_id, c.ip_configuration_id AS place, c.ip_version,
           c.private_ip, c.address_unread, c.asg_ids, c.asg_unread, c.subnet_nsg_id, c.nic_nsg_id, c.subnet_gap, c.nic_gap,
           c.public_ip_id, c.nat_rule_ids
    FROM vm_ip_configuration AS c
    JOIN azure_vm AS v ON v.id = c.vm_id
    WHERE c.ip_configuration_id IS NOT NULL
),
address AS (
    SELECT a.id, CASE WHEN list_contains(a._gaps, 'sku_name') THEN NULL ELSE lower(coalesce(a.sku_name, 'Basic')) END AS sku,
           a.ip_address
    FROM azure_public_ip AS a
),
subnet AS (
    SELECT s.id, s.network_security_group_id AS nsg_id,
           CASE WHEN list_contains(s._gaps, 'network_security_group_id') THEN 'the security group of subnet ' || s.id || ' could not be read' END AS gap
    FROM azure_subnet AS s
),
set_interface AS (
    SELECT s.id, s.name, s.subscription_id, u.i,
           s.virtual_machine_profile_network_profile_network_interface_configurations ->> ('$[' || u.i || '].properties.networkSecurityGroup.id') AS nic_nsg_id,
           (s.virtual_machine_profile_network_profile_network_interface_configurations ->> ('$[' || u.i || '].properties.ipConfigurations')) AS parts
    FROM azure_vm_scale_set AS s,
         unnest(range(CAST(json_array_length(s.virtual_machine_profile_network_profile_network_interface_configurations) AS BIGINT))) AS u(i)
),
set_part AS (
    SELECT n.id, n.name, n.subscription_id, n.id || '/' || n.i || '/' || u.j AS place, lower(rtrim(n.nic_nsg_id, '/')) AS nic_nsg_id,
           CASE WHEN lower(n.parts ->> ('$[' || u.j || '].properties.privateIPAddressVersion')) = 'ipv6' THEN 'IPv6' ELSE 'IPv4' END AS ip_version,
           lower(rtrim(n.parts ->> ('$[' || u.j || '].properties.subnet.id'), '/')) AS subnet_id,
           (n.parts ->> ('$[' || u.j || '].properties.publicIPAddressConfiguration')) IS NOT NULL AS is_public,
           lower(n.parts ->> ('$[' || u.j || '].properties.publicIPAddressConfiguration.sku.name')) AS sku,
           (n.parts ->> ('$[' || u.j || '].properties.loadBalancerBackendAddressPools')) AS pools,
           (n.parts ->> ('$[' || u.j || '].properties.loadBalancerInboundNatPools')) AS nat_pools,
           (n.parts ->> ('$[' || u.j || '].properties.applicationSecurityGroups')) AS groups
    FROM set_interface AS n, unnest(range(CAST(json_array_length(n.parts) AS BIGINT))) AS u(j)
),
set_group AS (
    SELECT p.place, list(lower(rtrim(p.groups ->> ('$[' || u.i || '].id'), '/'))) AS asg_ids
    FROM set_part AS p, unnest(range(CAST(json_array_length(p.groups) AS BIGINT))) AS u(i)
    GROUP BY p.place
),
scale_set AS (
    SELECT p.id, 'azure_vm_scale_set' AS table_name, p.name, p.subscription_id, p.place, p.ip_version,
           CAST(NULL AS VARCHAR) AS private_ip, TRUE AS address_unread, coalesce(g.asg_ids, []) AS asg_ids, FALSE AS asg_unread,
           s.nsg_id AS subnet_nsg_id, p.nic_nsg_id, p.is_public, p.sku, p.pools, p.nat_pools,
           CASE WHEN p.subnet_id IS NULL THEN 'the subnet of ' || p.place || ' is not told'
                WHEN s.id IS NULL THEN 'the subnet ' || p.subnet_id || ' is not in the snapshot'
                ELSE s.gap
           END AS subnet_gap
    FROM set_part AS p
    LEFT JOIN subnet AS s ON s.id = p.subnet_id
    LEFT JOIN set_group AS g ON g.place = p.place
),
set_pool AS (
    SELECT p.place, lower(rtrim(p.pools ->> ('$[' || u.i || '].id'), '/')) AS end_id
    FROM set_part AS p, unnest(range(CAST(json_array_length(p.pools) AS BIGINT))) AS u(i)
    UNION
    SELECT p.place, lower(rtrim(p.nat_pools ->> ('$[' || u.i || '].id'), '/'))
    FROM set_part AS p, unnest(range(CAST(json_array_length(p.nat_pools) AS BIGINT))) AS u(i)
),
machine_balanced AS (
    SELECT r.ip_configuration_id AS place, r.balancer_id, r.sku, r.port, r.protocol, r.frontend_port
    FROM lb_public_rule AS r
    WHERE r.ip_configuration_id IS NOT NULL
    UNION
    SELECT m.place, r.balancer_id, r.sku, r.port, r.protocol, r.frontend_port
    FROM machine AS m, unnest(m.nat_rule_ids) AS u(nat_rule_id)
    JOIN lb_public_rule AS r ON r.rule_id = u.nat_rule_id
    UNION
    SELECT p.ip_configuration_id, r.balancer_id, r.sku, r.port, r.protocol, r.frontend_port
    FROM lb_public_rule AS r
    JOIN lb_pool_member AS p ON p.pool_id = r.pool_id
),
set_balanced AS (
    SELECT p.place, r.balancer_id, r.sku, r.port, r.protocol, r.frontend_port
    FROM set_pool AS p
    JOIN lb_public_rule AS r ON r.pool_id = p.end_id
    UNION
    SELECT p.place, r.balancer_id, r.sku, r.port, r.protocol, r.frontend_port
    FROM set_pool AS p
    JOIN lb_public_rule AS r ON r.rule_id = p.end_id AND r.path = 'lb_nat_pool'
),
-- Services that stand in a subnet and answer on a public address: which ports, and what an empty subnet means for them.
service AS (
    SELECT g.id, 'azure_application_gateway' AS table_name, g.name, g.subscription_id, 'application gateway' AS how,
           lower(rtrim(g.gateway_ip_configurations_properties_subnet_id[1], '/')) AS subnet_id, TRY_CAST(u.port AS BIGINT) AS port, 'open' AS bare
    FROM azure_application_gateway AS g, unnest(g.frontend_ports_properties_port) AS u(port)
    WHERE coalesce(array_length(g.frontend_ip_configurations_properties_public_ip_address_id), 0) > 0
    UNION ALL
    SELECT b.id, 'azure_bastion_host', b.name, b.subscription_id, 'bastion', lower(rtrim(b.ip_configurations_properties_subnet_id[1], '/')), 443, 'open'
    FROM azure_bastion_host AS b
    WHERE coalesce(array_length(b.ip_configurations_properties_public_ip_address_id), 0) > 0
    UNION ALL
    SELECT a.id, 'azure_api_management_service', a.name, a.subscription_id, 'public ip',
           lower(rtrim(a.virtual_network_configuration_subnet_resource_id, '/')), 443, 'unknown'
    FROM azure_api_management_service AS a
    WHERE lower(trim(a.virtual_network_type)) = 'external' AND lower(coalesce(a.public_network_access, 'enabled')) <> 'disabled'
    UNION ALL
    SELECT m.id, 'azure_sql_managed_instance', m.name, m.subscription_id, 'public data endpoint', m.subnet_id, 3342, 'unknown'
    FROM azure_sql_managed_instance AS m
    WHERE m.public_data_endpoint_enabled
),
-- A gateway of the second generation has a public frontend by force; only listeners on it take traffic.
listener AS (
    SELECT g.id, lower(g.http_listeners ->> ('$[' || u.i || '].properties.frontendIPConfiguration.id')) AS frontend_id
    FROM azure_application_gateway AS g, unnest(range(CAST(json_array_length(g.http_listeners) AS BIGINT))) AS u(i)
),
gateway_frontend AS (
    SELECT g.id, lower(g.frontend_ip_configurations ->> ('$[' || u.i || '].id')) AS frontend_id,
           (g.frontend_ip_configurations ->> ('$[' || u.i || '].properties.publicIPAddress.id')) IS NOT NULL AS is_public
    FROM azure_application_gateway AS g, unnest(range(CAST(json_array_length(g.frontend_ip_configurations) AS BIGINT))) AS u(i)
),
private_only AS (
    SELECT l.id
    FROM listener AS l
    LEFT JOIN gateway_frontend AS f ON f.id = l.id AND f.frontend_id = l.frontend_id
    GROUP BY l.id
    HAVING NOT bool_or(coalesce(f.is_public, TRUE))
),
port_range AS (
    SELECT p.protocol, CAST(0 AS BIGINT) AS lo, CAST(p.hi AS BIGINT) AS hi
    FROM (VALUES ('tcp', 65535), ('udp', 65535), ('icmp', 0)) AS p(protocol, hi)
)
SELECT m.id, m.table_name, m.name, m.subscription_id, 'public ip' AS how, m.place, m.ip_version, m.private_ip, m.address_unread, m.asg_ids, m.asg_unread,
       m.subnet_nsg_id, m.nic_nsg_id, m.subnet_gap, m.nic_gap,
       CASE WHEN a.sku IS NULL THEN 'unknown' WHEN a.sku IN ('standard', 'standardv2') THEN 'closed' ELSE 'open' END AS bare,
       p.protocol, p.lo, p.hi, CAST(NULL AS VARCHAR) AS shown, coalesce(a.ip_address, guid_of(m.public_ip_id)) AS via, CAST(NULL AS VARCHAR) AS balancer_id
FROM machine AS m
CROSS JOIN port_range AS p
LEFT JOIN address AS a ON a.id = m.public_ip_id
WHERE m.public_ip_id IS NOT NULL
UNION ALL
SELECT m.id, m.table_name, m.name, m.subscription_id, 'load balancer', m.place, m.ip_version, m.private_ip, m.address_unread, m.asg_ids, m.asg_unread,
       m.subnet_nsg_id, m.nic_nsg_id, m.subnet_gap, m.nic_gap,
       CASE WHEN b.sku IS NULL THEN 'unknown' WHEN b.sku IN ('standard', 'standardv2', 'gateway') THEN 'closed' ELSE 'open' END,
       b.protocol, coalesce(b.port, 0), CASE coalesce(b.port, 0) WHEN 0 THEN 65535 ELSE b.port END,
       CASE WHEN b.port <> 0 AND b.frontend_port <> CAST(b.port AS VARCHAR) THEN b.frontend_port END, guid_of(b.balancer_id), b.balancer_id
FROM machine AS m
JOIN machine_balanced AS b ON b.place = m.place
UNION ALL
SELECT s.id, s.table_name, s.name, s.subscription_id, 'public ip', s.place, s.ip_version, s.private_ip, s.address_unread, s.asg_ids, s.asg_unread,
       s.subnet_nsg_id, s.nic_nsg_id, s.subnet_gap, NULL,
       CASE WHEN s.sku IS NULL THEN 'unknown' WHEN s.sku IN ('standard', 'standardv2') THEN 'closed' ELSE 'open' END,
       p.protocol, p.lo, p.hi, NULL, 'an address for each instance', NULL
FROM scale_set AS s
CROSS JOIN port_range AS p
WHERE s.is_public
UNION ALL
SELECT s.id, s.table_name, s.name, s.subscription_id, 'load balancer', s.place, s.ip_version, s.private_ip, s.address_unread, s.asg_ids, s.asg_unread,
       s.subnet_nsg_id, s.nic_nsg_id, s.subnet_gap, NULL,
       CASE WHEN b.sku IS NULL THEN 'unknown' WHEN b.sku IN ('standard', 'standardv2', 'gateway') THEN 'closed' ELSE 'open' END,
       b.protocol, coalesce(b.port, 0), CASE coalesce(b.port, 0) WHEN 0 THEN 65535 ELSE b.port END,
       CASE WHEN b.port <> 0 AND b.frontend_port <> CAST(b.port AS VARCHAR) THEN b.frontend_port END, guid_of(b.balancer_id), b.balancer_id
FROM scale_set AS s
JOIN set_balanced AS b ON b.place = s.place
UNION ALL
SELECT v.id, v.table_name, v.name, v.subscription_id, v.how, coalesce(v.subnet_id, v.id), 'IPv4', NULL, TRUE, CAST([] AS VARCHAR[]), FALSE,
       s.nsg_id, NULL,
       CASE WHEN v.subnet_id IS NULL THEN 'the subnet it stands in is not told'
            WHEN s.id IS NULL THEN 'the subnet ' || v.subnet_id || ' is not in the snapshot'
            ELSE s.gap
       END, NULL, v.bare, 'tcp', v.port, v.port, NULL, NULL, NULL
FROM service AS v
LEFT JOIN subnet AS s ON s.id = v.subnet_id
LEFT JOIN private_only AS p ON p.id = v.id
WHERE p.id IS NULL
