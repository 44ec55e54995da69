-- title = "Firewalls that forward, VPN gateways, front doors and other things that stand on the internet by nature"
-- tables = ["azure_network_firewall", "azure_firewall_policy_rule_collection_group", "azure_ip_group", "azure_vnet_peering", "vm_ip_configuration", "azure_vm", "azure_security_group_rule", "azure_virtual_network_gateway", "azure_frontdoor", "azure_afd_endpoint", "azure_cdn_endpoint", "azure_container_group", "azure_openshift_cluster", "azure_bastion_host"]
WITH
-- One row per resource, way in and target. state is open, or NULL where something that decides was not read or weighed.
firewall AS (
    SELECT f.id, f.name, f.subscription_id, f.nat_rule_collections, f.firewall_policy_id, f.ip_configurations_properties_subnet_id AS subnet_ids,
           coalesce(list_contains(f._gaps, 'nat_rule_collections') OR list_contains(f._gaps, 'firewall_policy_id'), FALSE) AS unread
    FROM azure_network_firewall AS f
),
-- Rules of a policy's parent are not handed down when they translate addresses.
collection AS (
    SELECT f.id AS firewall_id, (f.nat_rule_collections ->> ('$[' || u.i || '].properties.rules')) AS rules
    FROM firewall AS f, unnest(range(CAST(json_array_length(f.nat_rule_collections) AS BIGINT))) AS u(i)
    WHERE f.firewall_policy_id IS NULL
    UNION ALL
    SELECT f.id, (g.rule_collections ->> ('$[' || u.i || '].rules'))
    FROM firewall AS f
    JOIN azure_firewall_policy_rule_collection_group AS g ON regexp_replace(g.id, '/rulecollectiongroups/[^/]*$', '') = lower(rtrim(f.firewall_policy_id, '/'))
    CROSS JOIN unnest(range(CAST(json_array_length(g.rule_collections) AS BIGINT))) AS u(i)
    WHERE lower(g.rule_collections ->> ('$[' || u.i || '].ruleCollectionType')) LIKE '%natrulecollection'
),
translation AS (
    SELECT c.firewall_id,
           lower(coalesce(c.rules ->> ('$[' || u.j || '].translatedAddress'), c.rules ->> ('$[' || u.j || '].translatedFqdn'))) AS address,
           (c.rules ->> ('$[' || u.j || '].translatedPort')) AS port,
           regexp_replace(c.rules ->> ('$[' || u.j || '].destinationPorts'), '[\[\]"]', '', 'g') AS outer_ports,
           lower(coalesce(c.rules ->> ('$[' || u.j || '].protocols'), c.rules ->> ('$[' || u.j || '].ipProtocols'), 'any')) AS protocols,
           list_merge(regexp_replace(c.rules ->> ('$[' || u.j || '].sourceAddresses'), '[\[\]"]', '', 'g'), CAST([] AS VARCHAR[])) AS sources,
           list_merge(lower(regexp_replace(c.rules ->> ('$[' || u.j || '].sourceIpGroups'), '[\[\]"]', '', 'g')), CAST([] AS VARCHAR[])) AS groups
    FROM collection AS c, unnest(range(CAST(json_array_length(c.rules) AS BIGINT))) AS u(j)
),
ip_group AS (
    SELECT lower(g.id) AS id, sources_any(g.ip_addresses) AS is_any, coalesce(list_contains(g._gaps, 'ip_addresses'), FALSE) AS unread FROM azure_ip_group AS g
),
by_group AS (
    SELECT t.firewall_id, t.address, t.port, t.outer_ports, t.protocols, t.sources, bool_or(coalesce(g.is_any, FALSE)) AS is_any, bool_or(g.id IS NULL OR g.unread) AS unread
    FROM (SELECT DISTINCT d.* FROM translation AS d) AS t, unnest(t.groups) AS u(id)
    LEFT JOIN ip_group AS g ON g.id = u.id
    GROUP BY t.firewall_id, t.address, t.port, t.outer_ports, t.protocols, t.sources
),
forward AS (
    SELECT t.firewall_id, t.address, TRY_CAST(t.port AS BIGINT) AS port,
           CASE WHEN contains(t.protocols, 'any') OR (contains(t.protocols, 'tcp') AND contains(t.protocols, 'udp')) THEN 'tcp/udp'
                WHEN contains(t.protocols, 'udp') THEN 'udp' ELSE 'tcp' END AS protocol, t.outer_ports, TRUE AS certain
    FROM translation AS t
    WHERE sources_any(t.sources)
    UNION
    SELECT g.firewall_id, g.address, TRY_CAST(g.port AS BIGINT), CASE WHEN contains(g.protocols, 'udp') THEN 'udp' ELSE 'tcp' END, g.outer_ports, g.is_any
    FROM by_group AS g
    WHERE g.is_any OR g.unread
),
told AS (
    SELECT f.*, f.protocol || ' ' || coalesce(f.outer_ports, '?') || ' to ' || coalesce(f.address, '?') || coalesce(':' || f.port, '') AS label FROM forward AS f
),
-- A firewall forwards into its own virtual network and those peered with it.
firewall_vnet AS (
    SELECT DISTINCT f.id AS firewall_id, regexp_replace(lower(u.subnet_id), '/subnets/[^/]*/?$', '') AS vnet_id
    FROM firewall AS f, unnest(f.subnet_ids) AS u(subnet_id)
),
near AS (
    SELECT v.firewall_id, v.vnet_id FROM firewall_vnet AS v
    UNION
    SELECT v.firewall_id, p.remote_virtual_network_id FROM firewall_vnet AS v
    JOIN azure_vnet_peering AS p ON p.vnet_id = v.vnet_id AND coalesce(lower(p.peering_state), '') <> 'disconnected'
    UNION
    SELECT v.firewall_id, p.vnet_id FROM firewall_vnet AS v
    JOIN azure_vnet_peering AS p ON p.remote_virtual_network_id = v.vnet_id AND coalesce(lower(p.peering_state), '') <> 'disconnected'
),
-- The groups before a machine see the firewall's own address, which the rule for the virtual network lets in unless a deny comes first.
denying AS (
    SELECT DISTINCT lower(r._parent_id) AS nsg_id
    FROM azure_security_group_rule AS r
    WHERE lower(r.id) LIKE '%/securityrules/%' AND coalesce(lower(trim(r.direction)), 'inbound') = 'inbound' AND coalesce(lower(trim(r.access)), 'deny') = 'deny'
),
behind AS (
    SELECT v.id, v.name, c.subscription_id, t.protocol, t.outer_ports, t.port, f.name AS firewall_name, t.certain,
           c.subnet_gap IS NULL AND c.nic_gap IS NULL AND d.nsg_id IS NULL AND e.nsg_id IS NULL AS is_clear
    FROM told AS t
    JOIN firewall AS f ON f.id = t.firewall_id
    JOIN near AS n ON n.firewall_id = t.firewall_id
    JOIN vm_ip_configuration AS c ON c.private_ip = t.address AND c.vnet_id = n.vnet_id
    JOIN azure_vm AS v ON v.id = c.vm_id
    LEFT JOIN denying AS d ON d.nsg_id = c.subnet_nsg_id
    LEFT JOIN denying AS e ON e.nsg_id = c.nic_nsg_id
),
edge AS (
    SELECT f.id, 'azure_network_firewall' AS table_name, f.name, f.subscription_id, 'firewall DNAT' AS how, list_sort(list(DISTINCT t.label)) AS ports,
           CASE WHEN t.certain THEN 'open' END AS state,
           CASE WHEN t.certain THEN 'forwards from any source' ELSE 'an IP group among the sources is not in the snapshot' END AS why
    FROM told AS t
    JOIN firewall AS f ON f.id = t.firewall_id
    GROUP BY f.id, f.name, f.subscription_id, t.certain
    UNION ALL
    SELECT f.id, 'azure_network_firewall', f.name, f.subscription_id, 'firewall DNAT', NULL, NULL, 'what it forwards could not be read'
    FROM firewall AS f
    WHERE f.unread
    UNION ALL
    SELECT b.id, 'azure_vm', b.name, b.subscription_id, 'firewall DNAT',
           list_sort(list(DISTINCT b.protocol || ' ' || coalesce(b.outer_ports, '?') || coalesce(' to ' || b.port, ''))),
           CASE WHEN b.certain AND b.is_clear THEN 'open' END,
           CASE WHEN NOT b.certain THEN 'an IP group among the sources is not in the snapshot'
                WHEN b.is_clear THEN 'forwarded by ' || b.firewall_name
                ELSE 'forwarded by ' || b.firewall_name || '; whether the security groups before the machine stop the firewall itself is not weighed'
           END
    FROM behind AS b
    GROUP BY b.id, b.name, b.subscription_id, b.firewall_name, b.certain, b.is_clear
    UNION ALL
    SELECT g.id, 'azure_virtual_network_gateway', g.name, g.subscription_id, 'VPN gateway',
           list_concat(CASE WHEN array_length(list_filter(g.vpn_client_configuration_vpn_client_protocols, lambda p: lower(p) IN ('openvpn', 'sstp'))) > 0 THEN ['tcp 443'] ELSE [] END,
                       ['udp 4500', 'udp 500']),
           CASE WHEN g.gateway_type IS NOT NULL THEN 'open' END,
           CASE WHEN g.gateway_type IS NULL THEN 'what kind of gateway it is could not be read' ELSE 'whoever comes has to prove who he is' END
    FROM azure_virtual_network_gateway AS g
    WHERE coalesce(lower(trim(g.gateway_type)), 'vpn') = 'vpn' AND coalesce(array_length(g.ip_configurations_properties_public_ip_address_id), 0) > 0
    UNION ALL
    SELECT d.id, 'azure_frontdoor', d.name, d.subscription_id, 'front door', CAST(NULL AS VARCHAR[]), 'open', 'what its firewall policy keeps out is not weighed'
    FROM azure_frontdoor AS d
    WHERE lower(coalesce(d.enabled_state, 'enabled')) <> 'disabled'
    UNION ALL
    SELECT d.id, 'azure_afd_endpoint', d.name, d.subscription_id, 'front door', NULL, 'open', 'what its firewall policy keeps out is not weighed'
    FROM azure_afd_endpoint AS d
    WHERE lower(coalesce(d.enabled_state, 'enabled')) <> 'disabled'
    UNION ALL
    SELECT d.id, 'azure_cdn_endpoint', d.name, d.subscription_id, 'CDN', NULL, 'open', 'what its firewall policy keeps out is not weighed'
    FROM azure_cdn_endpoint AS d
    WHERE lower(coalesce(d.resource_state, 'running')) <> 'stopped'
    UNION ALL
    SELECT c.id, 'azure_container_group', c.name, c.subscription_id, 'public ip', list_sort(list(DISTINCT lower(coalesce(c.ip_address_ports ->> ('$[' || u.i || '].protocol'), 'tcp')) || ' ' || (c.ip_address_ports ->> ('$[' || u.i || '].port')))),
           'open', 'no security group; by ' || coalesce(c.ip_address_ip, 'a public address')
    FROM azure_container_group AS c, unnest(range(CAST(json_array_length(c.ip_address_ports) AS BIGINT))) AS u(i)
    WHERE lower(trim(c.ip_address_type)) = 'public'
    GROUP BY c.id, c.name, c.subscription_id, c.ip_address_ip
    UNION ALL
    SELECT o.id, 'azure_openshift_cluster', o.name, o.subscription_id, 'api server', ['tcp 6443'],
           'open', 'the API server is public'
    FROM azure_openshift_cluster AS o
    WHERE lower(trim(o.apiserver_profile_visibility)) = 'public'
    UNION ALL
    SELECT o.id, 'azure_openshift_cluster', o.name, o.subscription_id, 'ingress', ['tcp 443', 'tcp 80'], 'open', 'the ingress is public'
    FROM azure_openshift_cluster AS o
    WHERE array_length(list_filter(o.ingress_profiles_visibility, lambda v: lower(trim(v)) = 'public')) > 0
    UNION ALL
    -- The Developer tier has no address of its own: it answers in the portal, for whoever signs in.
    SELECT b.id, 'azure_bastion_host', b.name, b.subscription_id, 'bastion', ['tcp 443'], 'open', 'a shared service, no security group; whoever comes has to sign in'
    FROM azure_bastion_host AS b
    WHERE coalesce(array_length(b.ip_configurations_properties_public_ip_address_id), 0) = 0 AND b.virtual_network_id IS NOT NULL
      AND coalesce(array_length(b.network_acls_ip_rules_address_prefix), 0) = 0
)
SELECT e.id, e.table_name, e.name, e.subscription_id, e.how, e.ports, ['any'] AS sources, e.state, e.why FROM edge AS e
