-- title = "What reaches the ports of virtual machines from outside"
-- tables = ["nsg_level", "vm_ip_configuration", "lb_public_rule", "lb_pool_member", "azure_lb", "azure_lb_inbound_nat_rule", "azure_network_firewall", "azure_public_ip", "azure_vnet_peering", "azure_ledger"]
WITH
-- One row per IP configuration, port, protocol and variant. nsg_reach: whom the security groups let in (any, some, none,
-- unknown). path: how a client outside gets to the address at all. reach: both together. A machine of which something is
-- missing has a row for each management port too. Not modelled: admin rules of a virtual network manager, routes,
-- firewalls inside the guest, DNAT rules of firewall policies.
level AS (
    SELECT n.vm_id, n.ip_configuration_id, n.port, n.protocol, n.without_jit_allow, n.nsg_reach, n.vnet_reach, n.sources, n.nsg_why
    FROM nsg_level AS n
),
configuration AS (
    SELECT c.vm_id, c.subscription_id, c.nic_id, c.ip_configuration_id, c.ip_configuration, c.private_ip, c.vnet_id, c.public_ip_id,
           c.nat_rule_ids, c.path_unread, c.address_unread,
           c.subnet_nsg_id IS NULL AND c.nic_nsg_id IS NULL AND c.subnet_gap IS NULL AND c.nic_gap IS NULL AS no_nsg
    FROM vm_ip_configuration AS c
    WHERE c.ip_configuration_id IS NOT NULL
),
-- Lists read whole, by subscription. A row of which something could not be read counts as a list not read.
read_list AS (
    SELECT lower(l.scope_id) AS subscription_id, l.table_name
    FROM azure_ledger AS l
    WHERE l.parent_id IS NULL AND l.table_name IN ('azure_lb', 'azure_lb_inbound_nat_rule', 'azure_network_firewall')
    GROUP BY lower(l.scope_id), l.table_name
    HAVING bool_and(coalesce(l.status IN ('ok', 'not_registered', 'unsupported', 'license', 'retired'), FALSE))
),
balancer AS (
    SELECT b.subscription_id,
           coalesce(list_contains(b._gaps, 'frontend_ip_configurations') OR list_contains(b._gaps, 'load_balancing_rules')
                    OR list_contains(b._gaps, 'backend_address_pools')
                    OR list_contains(b._gaps, 'frontend_ip_configurations_properties_public_ip_address_id'), FALSE) AS unread
    FROM azure_lb AS b
),
nat_rule AS (
    SELECT r.subscription_id,
           coalesce(array_length(list_filter(r._gaps, lambda g: g IN (
               'frontend_ip_configuration_id', 'backend_ip_configuration_id', 'backend_address_pool_id', 'backend_port', 'protocol',
               'load_balancer_id'))) > 0, FALSE) AS unread
    FROM azure_lb_inbound_nat_rule AS r
),
balancer_doubt AS (
    SELECT b.subscription_id FROM balancer AS b WHERE b.unread
    UNION
    SELECT r.subscription_id FROM nat_rule AS r WHERE r.unread
),
address_sku AS (
    SELECT a.id, CASE WHEN list_contains(a._gaps, 'sku_name') THEN NULL ELSE lower(coalesce(a.sku_name, 'Basic')) END AS sku
    FROM azure_public_ip AS a
),
balanced AS (
    SELECT r.ip_configuration_id, r.port, r.protocol, r.path, r.sku
    FROM lb_public_rule AS r
    WHERE r.ip_configuration_id IS NOT NULL
    UNION
    SELECT c.ip_configuration_id, r.port, r.protocol, r.path, r.sku
    FROM configuration AS c, unnest(c.nat_rule_ids) AS u(nat_rule_id)
    JOIN lb_public_rule AS r ON r.rule_id = u.nat_rule_id
    UNION
    SELECT m.ip_configuration_id, r.port, r.protocol, r.path, r.sku
    FROM lb_public_rule AS r
    JOIN lb_pool_member AS m ON m.pool_id = r.pool_id
),
-- Port 0 of a load balancer stands for all ports.
direct AS (
    SELECT l.ip_configuration_id, l.port, l.protocol, 'public_ip' AS path, a.sku
    FROM (SELECT DISTINCT v.ip_configuration_id, v.port, v.protocol FROM level AS v) AS l
    JOIN configuration AS c ON c.ip_configuration_id = l.ip_configuration_id
    LEFT JOIN address_sku AS a ON a.id = c.public_ip_id
    WHERE c.public_ip_id IS NOT NULL
    UNION
    SELECT b.ip_configuration_id, b.port, b.protocol, b.path, b.sku FROM balanced AS b
),
direct_path AS (
    SELECT l.ip_configuration_id, l.port, l.protocol, list_sort(list(DISTINCT d.path)) AS path,
           bool_or(coalesce(d.sku NOT IN ('standard', 'standardv2', 'gateway'), FALSE)) AS has_basic, bool_or(d.sku IS NULL) AS has_unknown
    FROM (SELECT DISTINCT v.ip_configuration_id, v.port, v.protocol FROM level AS v) AS l
    JOIN direct AS d ON d.ip_configuration_id = l.ip_configuration_id AND d.port IN (l.port, 0) AND d.protocol = l.protocol
    GROUP BY l.ip_configuration_id, l.port, l.protocol
),
firewall AS (
    SELECT f.id, f.subscription_id, f.nat_rule_collections, f.ip_configurations_properties_subnet_id AS subnet_ids,
           f.firewall_policy_id IS NULL AND f.virtual_hub_id IS NULL AS is_classic,
           coalesce(list_contains(f._gaps, 'nat_rule_collections') OR list_contains(f._gaps, 'firewall_policy_id')
                    OR list_contains(f._gaps, 'virtual_hub_id') OR list_contains(f._gaps, 'ip_configurations_properties_subnet_id'), FALSE) AS unread
    FROM azure_network_firewall AS f
),
collection AS (
    SELECT f.id AS firewall_id, f.nat_rule_collections ->> ('$[' || u.i || '].name') AS name,
           (f.nat_rule_collections ->> ('$[' || u.i || '].properties.rules')) AS rules
    FROM firewall AS f, unnest(range(CAST(json_array_length(f.nat_rule_collections) AS BIGINT))) AS u(i)
    WHERE f.is_classic
),
translation AS (
    SELECT c.firewall_id, lower(c.rules ->> ('$[' || u.j || '].translatedAddress')) AS address,
           TRY_CAST(c.rules ->> ('$[' || u.j || '].translatedPort') AS BIGINT) AS port,
           lower(coalesce(c.rules ->> ('$[' || u.j || '].protocols'), 'any')) AS protocols,
           sources_any(list_merge(regexp_replace(c.rules ->> ('$[' || u.j || '].sourceAddresses'), '[\[\]"]', '', 'g'), CAST([] AS VARCHAR[]))) AS from_any,
           regexp_matches(upper(c.name), '^(ASC|MDC)-JIT')
             OR coalesce(regexp_matches(upper(c.rules ->> ('$[' || u.j || '].name')), '^(ASC|MDC)-JIT'), FALSE) AS is_jit
    FROM collection AS c, unnest(range(CAST(json_array_length(c.rules) AS BIGINT))) AS u(j)
),
-- A firewall forwards into its own virtual network and those peered with it.
peer AS (
    SELECT p.vnet_id, p.remote_virtual_network_id AS other_id
    FROM azure_vnet_peering AS p
    WHERE coalesce(lower(p.peering_state), '') <> 'disconnected' AND p.remote_virtual_network_id IS NOT NULL
),
near AS (
    SELECT DISTINCT c.vnet_id, c.vnet_id AS other_id FROM configuration AS c WHERE c.vnet_id IS NOT NULL
    UNION
    SELECT p.vnet_id, p.other_id FROM peer AS p
    UNION
    SELECT p.other_id, p.vnet_id FROM peer AS p
),
firewall_vnet AS (
    SELECT DISTINCT f.id AS firewall_id, regexp_replace(lower(u.subnet_id), '/subnets/[^/]*/?$', '') AS vnet_id
    FROM firewall AS f, unnest(f.subnet_ids) AS u(subnet_id)
),
dnat AS (
    SELECT c.ip_configuration_id, t.port, p.protocol, v.without_jit_allow, bool_or(t.from_any) AS from_any
    FROM translation AS t
    JOIN firewall_vnet AS w ON w.firewall_id = t.firewall_id
    JOIN near AS n ON n.other_id = w.vnet_id
    JOIN configuration AS c ON c.private_ip = t.address AND c.vnet_id = n.vnet_id
    CROSS JOIN (VALUES ('tcp'), ('udp')) AS p(protocol)
    CROSS JOIN (VALUES (FALSE), (TRUE)) AS v(without_jit_allow)
    WHERE (contains(t.protocols, p.protocol) OR contains(t.protocols, 'any')) AND NOT (v.without_jit_allow AND t.is_jit)
    GROUP BY c.ip_configuration_id, t.port, p.protocol, v.without_jit_allow
),
-- Subscriptions of the snapshot; of a peered network outside it nothing is said.
in_snapshot AS (
    SELECT DISTINCT lower(l.scope_id) AS subscription_id FROM azure_ledger AS l WHERE l.scope_kind = 'subscription'
),
firewall_doubt AS (
    SELECT DISTINCT n.vnet_id
    FROM near AS n
    JOIN in_snapshot AS s ON s.subscription_id = regexp_extract(n.other_id, '^/subscriptions/([^/]+)/', 1)
    LEFT JOIN read_list AS r ON r.subscription_id = s.subscription_id AND r.table_name = 'azure_network_firewall'
    LEFT JOIN (SELECT DISTINCT f.subscription_id FROM firewall AS f WHERE f.unread) AS d ON d.subscription_id = s.subscription_id
    WHERE r.table_name IS NULL OR d.subscription_id IS NOT NULL
),
balancer_read AS (
    SELECT r.subscription_id
    FROM read_list AS r
    LEFT JOIN balancer_doubt AS d ON d.subscription_id = r.subscription_id
    WHERE d.subscription_id IS NULL AND r.table_name IN ('azure_lb', 'azure_lb_inbound_nat_rule')
    GROUP BY r.subscription_id
    HAVING count(DISTINCT r.table_name) = 2
),
joined AS (
    SELECT c.vm_id, c.subscription_id, c.nic_id, c.ip_configuration_id, c.ip_configuration, c.no_nsg,
           l.port, l.protocol, l.without_jit_allow, l.nsg_reach, l.vnet_reach, l.sources, l.nsg_why,
           list_concat(coalesce(d.path, []), CASE WHEN x.ip_configuration_id IS NOT NULL THEN ['firewall_dnat'] ELSE [] END) AS path,
           CASE WHEN c.no_nsg AND d.has_basic THEN l.nsg_reach
                WHEN c.no_nsg AND d.has_unknown THEN 'unknown'
                WHEN d.path IS NOT NULL AND NOT c.no_nsg THEN l.nsg_reach
                WHEN l.nsg_reach = 'none' THEN 'none'
                WHEN b.subscription_id IS NULL OR c.path_unread THEN 'unknown'
                ELSE 'none'
           END AS direct_reach,
           d.path IS NOT NULL AND c.no_nsg AND NOT d.has_basic AND NOT d.has_unknown AS closed_by_sku,
           CASE WHEN l.vnet_reach = 'deny' THEN 'none'
                WHEN x.ip_configuration_id IS NOT NULL AND l.vnet_reach = 'unknown' THEN 'unknown'
                WHEN x.ip_configuration_id IS NOT NULL THEN CASE WHEN x.from_any THEN 'any' ELSE 'some' END
                WHEN f.vnet_id IS NOT NULL OR c.vnet_id IS NULL OR c.address_unread THEN 'unknown'
                ELSE 'none'
           END AS dnat_reach,
           CASE WHEN b.subscription_id IS NULL OR c.path_unread THEN 'whether a load balancer leads to the machine is not known'
                WHEN f.vnet_id IS NOT NULL THEN 'whether a firewall forwards to the machine is not known'
           END AS path_doubt,
           d.has_unknown
    FROM level AS l
    JOIN configuration AS c ON c.ip_configuration_id = l.ip_configuration_id AND c.vm_id = l.vm_id
    LEFT JOIN direct_path AS d ON d.ip_configuration_id = l.ip_configuration_id AND d.port = l.port AND d.protocol = l.protocol
    LEFT JOIN dnat AS x
      ON x.ip_configuration_id = l.ip_configuration_id AND x.port = l.port AND x.protocol = l.protocol AND x.without_jit_allow = l.without_jit_allow
    LEFT JOIN balancer_read AS b ON b.subscription_id = c.subscription_id
    LEFT JOIN firewall_doubt AS f ON f.vnet_id = c.vnet_id
)
SELECT j.vm_id, j.subscription_id, j.nic_id, j.ip_configuration_id, j.ip_configuration, j.port, j.protocol, j.without_jit_allow,
       list_contains(param_management_ports(), CAST(j.port AS VARCHAR)) AND j.protocol = 'tcp' AS is_management,
       NOT j.no_nsg AS has_nsg, j.nsg_reach, j.path,
       CASE WHEN 'any' IN (j.direct_reach, j.dnat_reach) THEN 'any'
            WHEN 'some' IN (j.direct_reach, j.dnat_reach) THEN 'some'
            WHEN 'unknown' IN (j.direct_reach, j.dnat_reach) THEN 'unknown'
            ELSE 'none'
       END AS reach,
       j.vnet_reach, j.sources,
       CASE WHEN j.closed_by_sku AND j.direct_reach = 'none' THEN 'standard_sku_no_nsg'
            WHEN j.nsg_reach = 'unknown' THEN j.nsg_why
            WHEN j.direct_reach IN ('any', 'some') THEN j.nsg_why
            WHEN j.dnat_reach IN ('any', 'some') THEN 'a firewall forwards from ' || j.dnat_reach || ' sources'
            WHEN j.direct_reach = 'unknown' AND j.has_unknown THEN 'the SKU of the public address is not known'
            WHEN 'unknown' IN (j.direct_reach, j.dnat_reach) THEN coalesce(j.path_doubt, j.nsg_why)
            WHEN array_length(j.path) = 0 THEN 'no path from outside'
            ELSE j.nsg_why
       END AS why
FROM joined AS j
UNION ALL
SELECT c.vm_id, c.subscription_id, c.nic_id, NULL, NULL, CAST(u.port AS BIGINT), 'tcp', v.without_jit_allow,
       TRUE, NULL, 'unknown', CAST([] AS VARCHAR[]), 'unknown', 'unknown', CAST([] AS VARCHAR[]), c.missing
FROM vm_ip_configuration AS c
CROSS JOIN unnest(param_management_ports()) AS u(port)
CROSS JOIN (VALUES (FALSE), (TRUE)) AS v(without_jit_allow)
WHERE c.missing IS NOT NULL
