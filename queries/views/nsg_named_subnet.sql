-- title = "Subnets whose address range a rule of a security group names"
-- tables = ["azure_security_group", "azure_security_group_rule", "azure_nic", "azure_subnet", "azure_vnet_peering"]
WITH
-- One row per security group, direction and access of a rule, and subnet. Networks that do not reach each other may use the
-- same range, so a range means the subnet of a network that the group is set in or that is peered with one; only where
-- there is none does it mean another subnet, and then only when no second one has the range and the subnets of all those
-- networks were read.
rule AS (
    SELECT r.security_group_id, lower(trim(r.access)) AS access, lower(trim(r.direction)) AS direction,
           CASE lower(trim(r.direction))
               WHEN 'outbound' THEN list_merge(r.destination_address_prefix, r.destination_address_prefixes)
               ELSE list_merge(r.source_address_prefix, r.source_address_prefixes)
           END AS prefixes
    FROM azure_security_group_rule AS r
    WHERE r.security_group_id IS NOT NULL
),
named AS (
    SELECT DISTINCT r.security_group_id, r.access, r.direction, u.prefix
    FROM rule AS r, unnest(r.prefixes) AS u(prefix)
),
subnet AS (
    SELECT DISTINCT t.id AS subnet_id, t.vnet_id, u.prefix
    FROM azure_subnet AS t, unnest(list_merge(t.address_prefix, t.address_prefixes)) AS u(prefix)
),
tie AS (
    SELECT t.network_security_group_id AS security_group_id, t.id AS subnet_id
    FROM azure_subnet AS t
    WHERE t.network_security_group_id IS NOT NULL
    UNION
    SELECT g.id, lower(rtrim(u.id, '/')) FROM azure_security_group AS g, unnest(g.subnets_id) AS u(id)
    UNION
    SELECT n.network_security_group_id, lower(rtrim(u.id, '/'))
    FROM azure_nic AS n, unnest(n.ip_configurations_properties_subnet_id) AS u(id)
    WHERE n.network_security_group_id IS NOT NULL
),
-- The network of a subnet is the part of its id before the last two names.
home AS (
    SELECT DISTINCT t.security_group_id, regexp_extract(t.subnet_id, '^(.*)/subnets/[^/]+$', 1) AS vnet_id FROM tie AS t
),
near AS (
    SELECT h.security_group_id, h.vnet_id FROM home AS h
    UNION
    SELECT h.security_group_id, lower(rtrim(p.remote_virtual_network_id, '/'))
    FROM home AS h
    JOIN azure_vnet_peering AS p ON p.vnet_id = h.vnet_id
    WHERE p.remote_virtual_network_id IS NOT NULL AND coalesce(lower(trim(p.peering_state)), 'connected') <> 'disconnected'
),
unread AS (
    SELECT DISTINCT v.security_group_id
    FROM near AS v
    LEFT JOIN (SELECT DISTINCT s.vnet_id FROM subnet AS s) AS s ON s.vnet_id = v.vnet_id
    WHERE s.vnet_id IS NULL
),
local AS (
    SELECT DISTINCT n.security_group_id, n.prefix, s.subnet_id
    FROM (SELECT DISTINCT m.security_group_id, m.prefix FROM named AS m) AS n
    JOIN near AS v ON v.security_group_id = n.security_group_id
    JOIN subnet AS s ON s.vnet_id = v.vnet_id AND s.prefix = n.prefix
),
only_one AS (
    SELECT s.prefix, min(s.subnet_id) AS subnet_id FROM subnet AS s GROUP BY s.prefix HAVING count(DISTINCT s.subnet_id) = 1
)
SELECT DISTINCT n.security_group_id, n.direction, n.access, coalesce(l.subnet_id, o.subnet_id) AS subnet_id
FROM named AS n
LEFT JOIN local AS l ON l.security_group_id = n.security_group_id AND l.prefix = n.prefix
LEFT JOIN unread AS x ON x.security_group_id = n.security_group_id
LEFT JOIN only_one AS o ON o.prefix = n.prefix AND x.security_group_id IS NULL
WHERE coalesce(l.subnet_id, o.subnet_id) IS NOT NULL
