-- title = "IP configurations of virtual machines and the security groups before them"
-- tables = ["azure_vm", "azure_nic", "azure_nic_ip_configuration", "azure_subnet"]
WITH
-- One row per machine, interface and IP configuration. A machine whose interfaces or configurations are not in the
-- snapshot has a row too, without ip_configuration_id. missing says what is not known at all, subnet_gap and nic_gap why
-- the security group of that side is not known.
machine AS (
    SELECT m.id AS vm_id, m.subscription_id,
           CASE WHEN list_contains(m._gaps, 'network_profile_network_interfaces_id') THEN NULL
                ELSE m.network_profile_network_interfaces_id
           END AS nic_ids
    FROM azure_vm AS m
),
tie AS (
    SELECT DISTINCT m.vm_id, lower(rtrim(trim(u.nic), '/')) AS nic_id
    FROM machine AS m, unnest(m.nic_ids) AS u(nic)
    WHERE u.nic IS NOT NULL
),
configuration AS (
    SELECT c.id, c.name, c.nic_id, c.subnet_id,
           lower(trim(c.private_ip_address)) AS private_ip,
           CASE WHEN c.private_ip_address LIKE '%:%' OR lower(c.private_ip_address_version) = 'ipv6' THEN 'IPv6' ELSE 'IPv4' END AS ip_version,
           CASE WHEN list_contains(c._gaps, 'private_ip_address') OR list_contains(c._gaps, 'private_ip_address_version')
                     OR c.private_ip_address IS NULL
                THEN TRUE ELSE FALSE
           END AS address_unread,
           c.nic_network_security_group_id AS nic_nsg_id,
           CASE WHEN list_contains(c._gaps, 'nic_network_security_group_id') THEN 'the security group of interface ' || c.nic_id || ' could not be read' END AS nic_gap,
           CASE WHEN list_contains(c._gaps, 'subnet_id') OR c.subnet_id IS NULL THEN 'the subnet of ' || c.id || ' could not be read' END AS subnet_gap,
           list_transform(coalesce(c.application_security_groups_id, []), lambda g: lower(rtrim(g, '/'))) AS asg_ids,
           coalesce(list_contains(c._gaps, 'application_security_groups_id'), FALSE) AS asg_unread,
           c.public_ip_address_id AS public_ip_id,
           list_transform(coalesce(c.load_balancer_backend_address_pools_id, []), lambda g: lower(rtrim(g, '/'))) AS pool_ids,
           list_transform(coalesce(c.load_balancer_inbound_nat_rules_id, []), lambda g: lower(rtrim(g, '/'))) AS nat_rule_ids,
           coalesce(list_contains(c._gaps, 'public_ip_address_id') OR list_contains(c._gaps, 'load_balancer_backend_address_pools_id')
                    OR list_contains(c._gaps, 'load_balancer_inbound_nat_rules_id'), FALSE) AS path_unread
    FROM azure_nic_ip_configuration AS c
),
subnet AS (
    SELECT s.id, s.vnet_id, s.network_security_group_id AS nsg_id,
           coalesce(list_contains(s._gaps, 'network_security_group_id'), FALSE) AS nsg_unread
    FROM azure_subnet AS s
)
SELECT m.vm_id, m.subscription_id, t.nic_id, c.id AS ip_configuration_id, c.name AS ip_configuration,
       c.private_ip, c.ip_version, c.address_unread, c.subnet_id, s.vnet_id,
       CASE WHEN c.subnet_gap IS NULL AND NOT s.nsg_unread THEN s.nsg_id END AS subnet_nsg_id,
       CASE WHEN c.nic_gap IS NULL THEN c.nic_nsg_id END AS nic_nsg_id,
       CASE WHEN c.id IS NULL THEN NULL
            WHEN c.subnet_gap IS NOT NULL THEN c.subnet_gap
            WHEN s.id IS NULL THEN 'the subnet ' || c.subnet_id || ' is not in the snapshot'
            WHEN s.nsg_unread THEN 'the security group of subnet ' || s.id || ' could not be read'
       END AS subnet_gap,
       c.nic_gap, c.asg_ids, c.asg_unread, c.public_ip_id, c.pool_ids, c.nat_rule_ids, c.path_unread,
       CASE WHEN m.nic_ids IS NULL THEN 'the interfaces of the machine could not be read'
            WHEN t.nic_id IS NULL THEN 'the machine names no interface'
            WHEN n.id IS NULL THEN 'the interface ' || t.nic_id || ' is not in the snapshot'
            WHEN c.id IS NULL THEN 'the interface ' || t.nic_id || ' has no IP configuration in the snapshot'
       END AS missing
FROM machine AS m
LEFT JOIN tie AS t ON t.vm_id = m.vm_id
LEFT JOIN (SELECT i.id FROM azure_nic AS i) AS n ON n.id = t.nic_id
LEFT JOIN configuration AS c ON c.nic_id = t.nic_id AND n.id IS NOT NULL
LEFT JOIN subnet AS s ON s.id = c.subnet_id
