-- title = "IP configurations in the backend pools of public load balancers"
-- tables = ["azure_lb", "vm_ip_configuration"]
WITH
-- One row per backend pool and IP configuration, which is in a pool by its own word, by the pool's, or by its address.
pool AS (
    SELECT lower(b.backend_address_pools ->> ('$[' || u.i || '].id')) AS id,
           (b.backend_address_pools ->> ('$[' || u.i || '].properties.backendIPConfigurations')) AS tied,
           (b.backend_address_pools ->> ('$[' || u.i || '].properties.loadBalancerBackendAddresses')) AS addresses,
           lower(b.backend_address_pools ->> ('$[' || u.i || '].properties.virtualNetwork.id')) AS vnet_id
    FROM azure_lb AS b, unnest(range(CAST(json_array_length(b.backend_address_pools) AS BIGINT))) AS u(i)
    WHERE coalesce(array_length(b.frontend_ip_configurations_properties_public_ip_address_id), 0) > 0
),
pool_address AS (
    SELECT p.id, lower(p.addresses ->> ('$[' || u.i || '].properties.ipAddress')) AS address,
           lower(p.addresses ->> ('$[' || u.i || '].properties.networkInterfaceIPConfiguration.id')) AS ip_configuration_id,
           lower(coalesce(p.addresses ->> ('$[' || u.i || '].properties.virtualNetwork.id'), p.vnet_id)) AS vnet_id
    FROM pool AS p, unnest(range(CAST(json_array_length(p.addresses) AS BIGINT))) AS u(i)
),
configuration AS (
    SELECT c.ip_configuration_id, c.private_ip, c.vnet_id, c.pool_ids FROM vm_ip_configuration AS c WHERE c.ip_configuration_id IS NOT NULL
)
SELECT u.pool_id, c.ip_configuration_id
FROM configuration AS c, unnest(c.pool_ids) AS u(pool_id)
UNION
SELECT p.id, lower(p.tied ->> ('$[' || u.i || '].id'))
FROM pool AS p, unnest(range(CAST(json_array_length(p.tied) AS BIGINT))) AS u(i)
UNION
SELECT a.id, a.ip_configuration_id
FROM pool_address AS a
WHERE a.ip_configuration_id IS NOT NULL
UNION
SELECT a.id, c.ip_configuration_id
FROM pool_address AS a
JOIN configuration AS c ON c.private_ip = a.address AND c.vnet_id = a.vnet_id
