-- title = "Scale set behind load balancer"
-- severity = "low"
-- subject = "azure_vm_scale_set"
-- tables = ["azure_vm_scale_set"]
-- optional = ["azure_vm", "azure_nic", "azure_lb", "azure_application_gateway"]
-- controls = ["nist_800_53_r5:CP-6", "nist_800_53_r5:CP-9", "iso_27001_2022:A.8.14", "soc_2:A1.2"]
-- rationale = "Machines that come and go have to be reached through something that knows them: a load balancer or an application gateway. Without one the set serves nobody when a machine is replaced, or its machines are reached by addresses of their own."
-- remediation = "az vmss update --name SET --resource-group GROUP --set virtualMachineProfile.networkProfile.networkInterfaceConfigurations[0].ipConfigurations[0].loadBalancerBackendAddressPools=\"[{'id':'POOL_ID'}]\""
-- references = ["https://learn.microsoft.com/azure/virtual-machine-scale-sets/virtual-machine-scale-sets-networking"]
-- [[case]]
-- title = "pool of a load balancer"
-- given.azure_vm_scale_set = [{ name = "a", virtual_machine_profile = '{"networkProfile":{}}', virtual_machine_profile_network_profile_network_interface_configurations_properties_ip_configurations_properties_load_balancer_backend_address_pools_id = ["/x/providers/microsoft.network/loadbalancers/lb/backendAddressPools/pool"] }]
-- given.azure_lb = [{ id = "/x/providers/microsoft.network/loadbalancers/lb" }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "pool of an application gateway"
-- given.azure_vm_scale_set = [{ name = "a", virtual_machine_profile = '{}', virtual_machine_profile_network_profile_network_interface_configurations_properties_ip_configurations_properties_application_gateway_backend_address_pools_id = ["/x/providers/microsoft.network/applicationgateways/gw/backendAddressPools/pool"] }]
-- given.azure_application_gateway = [{ id = "/x/providers/microsoft.network/applicationgateways/gw" }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "the pool's load balancer or gateway is not in the snapshot; one of two pools is, in other letter case and of another subscription"
-- given.azure_lb = [{ id = "/x/providers/microsoft.network/loadbalancers/lb", subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_vm_scale_set = [
--   { name = "a", virtual_machine_profile = '{}', virtual_machine_profile_network_profile_network_interface_configurations_properties_ip_configurations_properties_load_balancer_backend_address_pools_id = ["/x/providers/Microsoft.Network/loadBalancers/gone/backendAddressPools/pool"] },
--   { name = "b", virtual_machine_profile = '{}', virtual_machine_profile_network_profile_network_interface_configurations_properties_ip_configurations_properties_application_gateway_backend_address_pools_id = ["/x/providers/microsoft.network/applicationgateways/gw/backendAddressPools/pool"] },
--   { name = "c", virtual_machine_profile = '{}', virtual_machine_profile_network_profile_network_interface_configurations_properties_ip_configurations_properties_load_balancer_backend_address_pools_id = ["/x/providers/Microsoft.Network/loadBalancers/gone/backendAddressPools/pool", "/X/providers/Microsoft.Network/loadBalancers/LB/backendAddressPools/pool"] },
-- ]
-- expect = { a = "unknown", b = "unknown", c = "pass", "/subscriptions/22222222-2222-4222-8222-222222222222" = "not_applicable" }
-- [[case]]
-- title = "a flexible set whose interface names a pool of a load balancer that is not in the snapshot"
-- given.azure_vm_scale_set = [{ id = "/x/set", orchestration_mode = "Flexible", virtual_machine_profile = '{}' }]
-- given.azure_vm = [{ id = "/x/vm", virtual_machine_scale_set_id = "/x/set" }]
-- given.azure_nic = [{ id = "/x/nic", virtual_machine_id = "/x/vm", ip_configurations_properties_load_balancer_backend_address_pools_id = ["/x/providers/microsoft.network/loadbalancers/lb/backendAddressPools/pool"] }]
-- expect = { set = "unknown" }
-- [[case]]
-- title = "load balancers denied: a pool that is named is not taken for one, a set without pools fails all the same"
-- ledger = [{ table = "azure_lb", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_vm_scale_set = [
--   { name = "a", virtual_machine_profile = '{}', virtual_machine_profile_network_profile_network_interface_configurations_properties_ip_configurations_properties_load_balancer_backend_address_pools_id = ["/x/providers/microsoft.network/loadbalancers/lb/backendAddressPools/pool"] },
--   { name = "b", virtual_machine_profile = '{}' },
-- ]
-- expect = { a = "unknown", b = "fail" }
-- [[case]]
-- title = "no pool, absent or empty"
-- given.azure_vm_scale_set = [
--   { name = "a", orchestration_mode = "Uniform", virtual_machine_profile = '{"networkProfile":{}}' },
--   { name = "b", virtual_machine_profile = '{}', virtual_machine_profile_network_profile_network_interface_configurations_properties_ip_configurations_properties_load_balancer_backend_address_pools_id = [] },
--   { name = "c", orchestration_mode = "Flexible", virtual_machine_profile = '{}' },
-- ]
-- expect = { a = "fail", b = "fail", c = "fail" }
-- [[case]]
-- title = "no model and not flexible: nothing is known"
-- given.azure_vm_scale_set = [{ name = "a" }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "a flexible set without a model: an interface of its machines is in a pool"
-- given.azure_vm_scale_set = [{ id = "/x/set", orchestration_mode = "flexible" }]
-- given.azure_vm = [{ id = "/x/vm", virtual_machine_scale_set_id = "/x/set" }]
-- given.azure_nic = [{ id = "/x/nic", virtual_machine_id = "/x/vm", ip_configurations_properties_load_balancer_backend_address_pools_id = ["/x/providers/microsoft.network/loadbalancers/lb/backendAddressPools/pool"] }]
-- given.azure_lb = [{ id = "/x/providers/microsoft.network/loadbalancers/lb" }]
-- expect = { set = "pass" }
-- [[case]]
-- title = "a flexible set without a model: no pool is found, or no machine"
-- given.azure_vm_scale_set = [{ id = "/x/set", orchestration_mode = "Flexible" }, { id = "/x/empty", orchestration_mode = "Flexible" }]
-- given.azure_vm = [{ id = "/x/vm", virtual_machine_scale_set_id = "/x/set" }]
-- given.azure_nic = [{ id = "/x/nic", virtual_machine_id = "/x/vm" }]
-- expect = { set = "unknown", empty = "unknown" }
-- [[case]]
-- title = "pools not readable"
-- given.azure_vm_scale_set = [{ name = "a", virtual_machine_profile = '{}', _gaps = ["virtual_machine_profile_network_profile_network_interface_configurations_properties_ip_configurations_properties_load_balancer_backend_address_pools_id"] }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "model not readable: a flexible set is not taken for one without"
-- given.azure_vm_scale_set = [{ name = "a", orchestration_mode = "Flexible", _gaps = ["virtual_machine_profile"] }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "no scale set"
-- given.azure_vm_scale_set = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "list denied"
-- ledger = [{ table = "azure_vm_scale_set", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_vm_scale_set = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "interfaces denied: a set with a model needs none"
-- ledger = [{ table = "azure_nic", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }, { table = "azure_vm", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_vm_scale_set = [{ name = "a", virtual_machine_profile = '{}' }, { name = "b", orchestration_mode = "Flexible" }]
-- expect = { a = "fail", b = "unknown" }
-- [[case]]
-- title = "flexible with model, nic denied"
-- ledger = [{ table = "azure_nic", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_vm_scale_set = [{ name = "s", orchestration_mode = "Flexible", virtual_machine_profile = "{\"osProfile\":{}}" }, { name = "t", orchestration_mode = "Uniform", virtual_machine_profile = "{\"osProfile\":{}}" }]
-- expect = { s = "unknown", t = "fail" }
WITH named AS (
    SELECT s.id AS set_id, TRUE AS by_model, trim(u.pool) AS pool
    FROM azure_vm_scale_set AS s,
    unnest(list_concat(
        s.virtual_machine_profile_network_profile_network_interface_configurations_properties_ip_configurations_properties_load_balancer_backend_address_pools_id,
        s.virtual_machine_profile_network_profile_network_interface_configurations_properties_ip_configurations_properties_application_gateway_backend_address_pools_id)) AS u(pool)
    UNION
    SELECT v.virtual_machine_scale_set_id, FALSE, trim(u.pool)
    FROM azure_vm AS v
    JOIN azure_nic AS n ON n.virtual_machine_id = v.id,
    unnest(list_concat(n.ip_configurations_properties_load_balancer_backend_address_pools_id,
                       n.ip_configurations_properties_application_gateway_backend_address_pools_id)) AS u(pool)
    WHERE v.virtual_machine_scale_set_id IS NOT NULL
),
balancer AS (
    SELECT b.id FROM azure_lb AS b
    UNION
    SELECT g.id FROM azure_application_gateway AS g
),
-- The name of a pool proves nothing while what it belongs to is not in the snapshot.
pooled AS (
    SELECT n.set_id, n.by_model, list_sort(list(DISTINCT n.pool) FILTER (WHERE b.id IS NOT NULL)) AS there,
           list_sort(list(DISTINCT n.pool) FILTER (WHERE b.id IS NULL)) AS elsewhere
    FROM named AS n
    LEFT JOIN balancer AS b ON b.id = split_part(lower(n.pool), '/backendaddresspools/', 1)
    WHERE n.pool <> ''
    GROUP BY n.set_id, n.by_model
),
unread AS (
    SELECT lower(l.scope_id) AS subscription_id, count(DISTINCT l.table_name) AS n_read
    FROM azure_ledger AS l
    WHERE l.table_name IN ('azure_vm', 'azure_nic') AND l.parent_id IS NULL AND lower(l.status) = 'ok'
    GROUP BY lower(l.scope_id)
),
scale_set AS (
    SELECT s.id, s.subscription_id, s.virtual_machine_profile IS NOT NULL AS has_model,
           coalesce(lower(trim(s.orchestration_mode)) = 'flexible', FALSE) AS is_flexible
    FROM azure_vm_scale_set AS s
),
judged AS (
    SELECT s.id, s.subscription_id, s.has_model, s.is_flexible, coalesce(u.n_read, 0) AS n_read, m.there AS model_pools, v.there AS machine_pools,
           coalesce(m.elsewhere, v.elsewhere) AS elsewhere
    FROM scale_set AS s
    LEFT JOIN pooled AS m ON m.set_id = s.id AND m.by_model
    LEFT JOIN pooled AS v ON v.set_id = s.id AND NOT v.by_model AND s.is_flexible
    LEFT JOIN unread AS u ON u.subscription_id = lower(s.subscription_id)
)
SELECT j.id AS subject, j.id AS resource_id, j.subscription_id,
       CASE WHEN j.model_pools IS NOT NULL OR j.machine_pools IS NOT NULL THEN 'pass'
            WHEN j.elsewhere IS NOT NULL THEN NULL
            WHEN j.has_model AND (NOT j.is_flexible OR j.n_read = 2) THEN 'fail'
       END AS verdict,
       CASE WHEN j.model_pools IS NOT NULL THEN 'the model puts machines into ' || array_to_string(j.model_pools, ', ')
            WHEN j.machine_pools IS NOT NULL THEN 'machines of the set are in ' || array_to_string(j.machine_pools, ', ')
            WHEN j.elsewhere IS NOT NULL
            THEN 'pools are named, but their load balancer or application gateway is not in the snapshot: ' || array_to_string(j.elsewhere, ', ')
            WHEN j.has_model AND j.is_flexible AND j.n_read < 2
            THEN 'the model names no pool, and the machines and interfaces of the flexible set were not all read'
            WHEN j.has_model THEN 'the model names no pool of a load balancer or application gateway'
            WHEN j.is_flexible THEN 'the flexible set has no model, and no machine of it was found in a pool'
            ELSE 'the model of the machines is absent'
       END AS reason
FROM judged AS j
