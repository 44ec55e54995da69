-- title = "Just-in-time status of each virtual machine"
-- tables = ["jit_vm_policy", "vm_ip_configuration", "azure_network_firewall", "monitoring_policy_state", "azure_security_center_subscription_pricing", "azure_ledger"]
WITH
-- One row per machine: configured, not_configured, unsupported or unknown, first match of the steps that Defender for
-- Cloud goes through. without_policy is what the status would be if the monitoring policy were known to be on. What Defender
-- does where a subscription is exempted from that policy is not documented: the effect is not known then, and policy_doubt
-- says so. That the list of policies was read is for the runner to see to.
network AS (
    SELECT c.vm_id,
           bool_or(c.subnet_nsg_id IS NOT NULL OR c.nic_nsg_id IS NOT NULL) AS has_nsg,
           bool_or(c.missing IS NOT NULL OR c.subnet_gap IS NOT NULL OR c.nic_gap IS NOT NULL) AS has_gap,
           min(coalesce(c.missing, c.subnet_gap, c.nic_gap)) AS gap
    FROM vm_ip_configuration AS c
    GROUP BY c.vm_id
),
firewall AS (
    SELECT f.id, f.subscription_id, f.firewall_policy_id IS NOT NULL OR f.virtual_hub_id IS NOT NULL AS managed,
           coalesce(list_contains(f._gaps, 'firewall_policy_id') OR list_contains(f._gaps, 'virtual_hub_id')
                    OR list_contains(f._gaps, 'ip_configurations_properties_subnet_id'), FALSE) AS unread,
           f.ip_configurations_properties_subnet_id AS subnet_ids
    FROM azure_network_firewall AS f
),
firewall_vnet AS (
    SELECT DISTINCT regexp_replace(lower(u.subnet_id), '/subnets/[^/]*/?$', '') AS vnet_id, f.managed
    FROM firewall AS f, unnest(f.subnet_ids) AS u(subnet_id)
    WHERE NOT f.unread
),
vm_firewall AS (
    SELECT c.vm_id, bool_or(w.managed) AS has_managed, bool_or(NOT w.managed) AS has_classic
    FROM vm_ip_configuration AS c
    JOIN firewall_vnet AS w ON w.vnet_id = c.vnet_id
    GROUP BY c.vm_id
),
read_list AS (
    SELECT lower(l.scope_id) AS subscription_id, l.table_name
    FROM azure_ledger AS l
    WHERE l.parent_id IS NULL AND l.table_name IN ('azure_network_firewall', 'azure_policy_assignment')
    GROUP BY lower(l.scope_id), l.table_name
    HAVING bool_and(coalesce(l.status IN ('ok', 'not_registered', 'unsupported', 'license', 'retired'), FALSE))
),
firewall_read AS (
    SELECT r.subscription_id
    FROM read_list AS r
    LEFT JOIN (SELECT DISTINCT f.subscription_id FROM firewall AS f WHERE f.unread) AS d ON d.subscription_id = r.subscription_id
    WHERE r.table_name = 'azure_network_firewall' AND d.subscription_id IS NULL
),
effect AS (
    SELECT e.subscription_id, e.n_on, e.n_off, e.n_unresolved, e.n_exempt + e.n_perhaps_exempt AS n_exempt, e.exempt_lines, e.blind
    FROM monitoring_policy_state AS e
    WHERE e.topic = 'jit'
),
plan AS (
    SELECT q.subscription_id,
           bool_or(CASE WHEN list_contains(q._gaps, 'pricing_tier') OR list_contains(q._gaps, 'sub_plan') OR list_contains(q._gaps, 'name') THEN NULL
                        ELSE lower(q.pricing_tier) = 'standard' AND coalesce(lower(q.sub_plan), '') IN ('', 'p2')
                   END) AS plan_p2
    FROM azure_security_center_subscription_pricing AS q
    WHERE lower(q.id) LIKE '/subscriptions/%/providers/microsoft.security/pricings/virtualmachines' AND lower(q.id) NOT LIKE '/subscriptions/%/resourcegroups/%'
    GROUP BY q.subscription_id
),
fact AS (
    SELECT m.vm_id, m.subscription_id, m.vm_id LIKE '%/providers/microsoft.classiccompute/%' AS is_classic,
           m.state, m.ports, m.policy_ids,
           coalesce(n.has_nsg, FALSE) AS has_nsg, coalesce(n.has_gap, TRUE) AS has_gap, n.gap,
           coalesce(w.has_managed, FALSE) AS managed_firewall, coalesce(w.has_classic, FALSE) AS classic_firewall,
           r.subscription_id IS NOT NULL AS firewall_read,
           CASE WHEN e.n_on > 0 AND e.blind IS NULL THEN 'on'
                WHEN e.n_on > 0 OR e.n_unresolved > 0 OR e.n_exempt > 0 OR a.subscription_id IS NULL THEN 'unknown'
                WHEN e.n_off > 0 THEN 'off'
                ELSE 'none'
           END AS policy_effect,
           CASE WHEN e.n_on > 0 AND e.blind IS NOT NULL THEN 'an assignment leaves the monitoring policy on, but ' || e.blind
                WHEN e.n_unresolved > 0 OR a.subscription_id IS NULL THEN 'the effect of the monitoring policy is not known'
                WHEN e.n_exempt > 0 THEN 'what an exemption from the monitoring policy changes is not documented: ' || array_to_string(e.exempt_lines, '; ')
                ELSE 'the effect of the monitoring policy is not known'
           END AS policy_doubt,
           s.plan_p2
    FROM jit_vm_policy AS m
    LEFT JOIN network AS n ON n.vm_id = m.vm_id
    LEFT JOIN vm_firewall AS w ON w.vm_id = m.vm_id
    LEFT JOIN firewall_read AS r ON r.subscription_id = m.subscription_id
    LEFT JOIN (SELECT l.subscription_id FROM read_list AS l WHERE l.table_name = 'azure_policy_assignment') AS a ON a.subscription_id = m.subscription_id
    LEFT JOIN effect AS e ON e.subscription_id = m.subscription_id
    LEFT JOIN plan AS s ON s.subscription_id = m.subscription_id
),
-- Steps 6 to 8: what remains when neither a policy lists the machine nor the monitoring policy is off.
late AS (
    SELECT f.vm_id, f.subscription_id, f.is_classic, f.state, f.ports, f.policy_ids, f.has_nsg, f.has_gap, f.gap, f.managed_firewall,
           f.classic_firewall, f.firewall_read, f.policy_effect, f.policy_doubt, f.plan_p2,
           CASE WHEN f.managed_firewall AND (param_firewall_policy_strict() OR NOT f.has_nsg) THEN 'firewall_policy_managed'
                WHEN NOT f.firewall_read AND (param_firewall_policy_strict() OR NOT f.has_nsg) THEN 'firewall_unread'
                WHEN NOT f.has_nsg AND NOT f.classic_firewall THEN 'no_nsg_or_firewall'
                ELSE 'none'
           END AS obstacle
    FROM fact AS f
),
stepped AS (
    SELECT l.vm_id, l.subscription_id, l.ports, l.policy_ids, l.has_nsg, l.gap, l.managed_firewall, l.classic_firewall, l.firewall_read,
           l.plan_p2, l.obstacle, l.policy_doubt,
           CASE WHEN l.is_classic THEN 'unsupported'
                WHEN l.state = 'configured' THEN 'configured'
                WHEN l.state = 'unread' OR l.has_gap THEN 'unknown'
                WHEN l.policy_effect = 'off' THEN 'unsupported'
                WHEN l.obstacle = 'firewall_unread' THEN 'unknown'
                WHEN l.obstacle = 'none' THEN 'not_configured'
                ELSE 'unsupported'
           END AS without_policy,
           CASE WHEN l.is_classic THEN 'classic'
                WHEN l.state = 'configured' THEN 'in_policy'
                WHEN l.state = 'unread' THEN 'policy_unread'
                WHEN l.has_gap THEN 'network_unread'
                WHEN l.policy_effect = 'off' THEN 'jit_disabled_by_policy'
                WHEN l.policy_effect = 'unknown' THEN 'policy_effect_unknown'
                WHEN l.obstacle = 'none' THEN 'eligible'
                ELSE l.obstacle
           END AS reason
    FROM late AS l
)
SELECT s.vm_id, s.subscription_id,
       CASE WHEN s.reason = 'policy_effect_unknown' THEN 'unknown' ELSE s.without_policy END AS status,
       s.reason, s.without_policy, s.obstacle, s.ports, s.policy_ids,
       s.plan_p2, s.has_nsg,
       CASE WHEN s.managed_firewall AND s.classic_firewall THEN 'policy and classic'
            WHEN s.managed_firewall THEN 'policy'
            WHEN s.classic_firewall THEN 'classic'
            WHEN NOT s.firewall_read THEN 'unknown'
            ELSE 'none'
       END AS firewall,
       s.gap, CASE WHEN s.reason = 'policy_effect_unknown' THEN s.policy_doubt END AS policy_doubt
FROM stepped AS s
