-- title = "Web application firewall policies of application gateways: how many places each is tied to"
-- tables = ["azure_application_gateway_waf_policy"]
SELECT p.id,
       coalesce(array_length(p.application_gateways_id), 0) + coalesce(array_length(p.http_listeners_id), 0)
         + coalesce(array_length(p.path_based_rules_id), 0) + coalesce(array_length(p.application_gateway_for_containers_id), 0) AS n_tied,
       coalesce(list_contains(p._gaps, 'application_gateways_id') OR list_contains(p._gaps, 'http_listeners_id')
                OR list_contains(p._gaps, 'path_based_rules_id') OR list_contains(p._gaps, 'application_gateway_for_containers_id'), FALSE) AS has_gap
FROM azure_application_gateway_waf_policy AS p
