-- title = "What each security group protects, and the resources behind it"
-- tables = ["azure_security_group", "azure_nic", "azure_subnet"]
WITH
-- One row per security group, network interface or subnet that it is set on, and resource that sits there; resource_id is
-- NULL where nothing does. is_machine: a virtual machine, a scale set, a load balancer or an application gateway; NULL for
-- an interface that is not in the snapshot or does not tell its owner, and for a subnet that does not tell what lies in it.
tie AS (
    SELECT n.network_security_group_id AS security_group_id, n.id AS protected_id FROM azure_nic AS n WHERE n.network_security_group_id IS NOT NULL
    UNION
    SELECT t.network_security_group_id, t.id FROM azure_subnet AS t WHERE t.network_security_group_id IS NOT NULL
    UNION
    SELECT g.id, rtrim(lower(u.id), '/') FROM azure_security_group AS g, unnest(g.network_interfaces_id) AS u(id)
    UNION
    SELECT g.id, rtrim(lower(u.id), '/') FROM azure_security_group AS g, unnest(g.subnets_id) AS u(id)
),
nic_owner AS (
    SELECT n.id AS nic_id, n.virtual_machine_id AS owner_id, FALSE AS lost FROM azure_nic AS n WHERE n.virtual_machine_id IS NOT NULL
    UNION
    SELECT n.id, n.private_endpoint_id, FALSE FROM azure_nic AS n WHERE n.private_endpoint_id IS NOT NULL
    UNION
    SELECT n.id, regexp_replace(lower(u.id), '/backendaddresspools/.*$', ''), FALSE
    FROM azure_nic AS n, unnest(n.ip_configurations_properties_load_balancer_backend_address_pools_id) AS u(id)
    UNION
    SELECT n.id, regexp_replace(lower(u.id), '/backendaddresspools/.*$', ''), FALSE
    FROM azure_nic AS n, unnest(n.ip_configurations_properties_application_gateway_backend_address_pools_id) AS u(id)
    UNION
    SELECT n.id, n.id, TRUE
    FROM azure_nic AS n
    WHERE list_contains(n._gaps, 'virtual_machine_id') OR list_contains(n._gaps, 'ip_configurations_properties_load_balancer_backend_address_pools_id')
       OR list_contains(n._gaps, 'ip_configurations_properties_application_gateway_backend_address_pools_id')
),
nic_subnet AS (
    SELECT DISTINCT n.id AS nic_id, rtrim(lower(u.id), '/') AS subnet_id
    FROM azure_nic AS n, unnest(n.ip_configurations_properties_subnet_id) AS u(id)
),
-- The resource that an IP configuration of a subnet belongs to: the part of its id up to the first name.
subnet_part AS (
    SELECT DISTINCT t.id AS subnet_id, regexp_extract(lower(u.id), '^/subscriptions/[^/]+/resourcegroups/[^/]+/providers/[^/]+/[^/]+/[^/]+') AS part_id
    FROM azure_subnet AS t,
         unnest(list_concat(coalesce(t.ip_configurations_id, []), coalesce(t.application_gateway_ip_configurations_id, []),
                            coalesce(t.private_endpoints_id, []))) AS u(id)
),
behind AS (
    SELECT o.nic_id AS protected_id, o.owner_id AS resource_id, o.lost FROM nic_owner AS o
    UNION
    SELECT s.subnet_id, o.owner_id, o.lost FROM nic_subnet AS s JOIN nic_owner AS o ON o.nic_id = s.nic_id
    UNION
    SELECT t.id, t.id, TRUE FROM azure_subnet AS t WHERE list_contains(t._gaps, 'ip_configurations_id')
    UNION
    SELECT p.subnet_id, coalesce(o.owner_id, p.part_id), coalesce(o.lost, n.id IS NULL AND p.part_id LIKE '%/microsoft.network/networkinterfaces/%')
    FROM subnet_part AS p
    LEFT JOIN azure_nic AS n ON n.id = p.part_id
    LEFT JOIN nic_owner AS o ON o.nic_id = p.part_id
    WHERE p.part_id <> ''
)
SELECT DISTINCT t.security_group_id, t.protected_id, b.resource_id,
       CASE WHEN b.resource_id IS NULL THEN FALSE
            WHEN b.lost THEN NULL
            ELSE regexp_matches(b.resource_id, '/providers/(microsoft\.compute/(virtualmachines|virtualmachinescalesets)|microsoft\.network/(loadbalancers|applicationgateways))/')
       END AS is_machine
FROM tie AS t
LEFT JOIN behind AS b ON b.protected_id = t.protected_id
