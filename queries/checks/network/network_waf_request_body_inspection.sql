-- title = "WAF inspects request bodies"
-- severity = "medium"
-- subject = "azure_application_gateway_waf_policy"
-- tables = ["azure_application_gateway_waf_policy"]
-- controls = [
--   "cis_azure_5_0_0:7.14", "cis_azure_6_0_0:7.14", "nist_800_53_r5:SC-7", "nist_800_53_r5:SI-10", "iso_27001_2022:A.8.20",
--   "pci_dss_4_0:6.4.2", "soc_2:CC6.6",
-- ]
-- rationale = "Most attacks on web forms and interfaces come in the body of a request. With inspection off, or the whole policy disabled, the firewall passes them unseen."
-- remediation = "az network application-gateway waf-policy policy-setting update --policy-name POLICY --resource-group GROUP --request-body-check true --state Enabled"
-- references = ["https://learn.microsoft.com/azure/web-application-firewall/ag/application-gateway-waf-request-size-limits"]
-- [[case]]
-- title = "whether the policy is enabled is not told"
-- given.azure_application_gateway_waf_policy = [{ name = "a", application_gateways_id = ["/x/gw"], policy_settings_request_body_check = true }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "on"
-- given.azure_application_gateway_waf_policy = [{ name = "a", application_gateways_id = ["/x/gw"], policy_settings_state = "Enabled", policy_settings_request_body_check = true }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "off"
-- given.azure_application_gateway_waf_policy = [{ name = "a", application_gateways_id = ["/x/gw"], policy_settings_state = "Enabled", policy_settings_request_body_check = false }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "absent means on"
-- given.azure_application_gateway_waf_policy = [{ name = "a", policy_settings_state = "Enabled", application_gateways_id = ["/x/gw"] }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "a disabled policy inspects nothing"
-- given.azure_application_gateway_waf_policy = [{ name = "a", application_gateways_id = ["/x/gw"], policy_settings_state = "disabled", policy_settings_request_body_check = true }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "tied to a listener, a path or a gateway for containers"
-- given.azure_application_gateway_waf_policy = [
--   { name = "a", policy_settings_state = "Enabled", http_listeners_id = ["/x/gw/l"], policy_settings_request_body_check = false },
--   { name = "b", policy_settings_state = "Enabled", path_based_rules_id = ["/x/gw/r"], policy_settings_request_body_check = false },
--   { name = "c", policy_settings_state = "Enabled", application_gateway_for_containers_id = ["/x/agc"], policy_settings_request_body_check = true },
-- ]
-- expect = { a = "fail", b = "fail", c = "pass" }
-- [[case]]
-- title = "tied to nothing"
-- given.azure_application_gateway_waf_policy = [{ name = "a", policy_settings_state = "Enabled", policy_settings_request_body_check = false }, { name = "b", policy_settings_state = "Enabled", application_gateways_id = [], http_listeners_id = [] }]
-- expect = { a = "not_applicable", b = "not_applicable" }
-- [[case]]
-- title = "what it is tied to, or the setting, not readable"
-- given.azure_application_gateway_waf_policy = [
--   { name = "a", policy_settings_state = "Enabled", policy_settings_request_body_check = true, _gaps = ["application_gateways_id"] },
--   { name = "b", policy_settings_state = "Enabled", application_gateways_id = ["/x/gw"], _gaps = ["policy_settings_request_body_check"] },
--   { name = "c", application_gateways_id = ["/x/gw"], policy_settings_request_body_check = true, _gaps = ["policy_settings_state"] },
-- ]
-- expect = { a = "unknown", b = "unknown", c = "unknown" }
-- [[case]]
-- title = "no policy"
-- given.azure_application_gateway_waf_policy = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "list denied"
-- ledger = [{ table = "azure_application_gateway_waf_policy", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_application_gateway_waf_policy = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
SELECT p.id AS subject, p.id AS resource_id, p.subscription_id,
       CASE WHEN t.n_tied = 0 AND t.has_gap THEN NULL
            WHEN t.n_tied = 0 THEN 'not_applicable'
            WHEN lower(trim(p.policy_settings_state)) = 'disabled' THEN 'fail'
            WHEN coalesce(p.policy_settings_request_body_check, TRUE) THEN CASE WHEN p.policy_settings_state IS NOT NULL THEN 'pass' END
            ELSE 'fail'
       END AS verdict,
       CASE WHEN t.n_tied = 0 AND t.has_gap THEN 'what the policy is tied to could not be read'
            WHEN t.n_tied = 0 THEN 'the policy is tied to no gateway'
            WHEN lower(trim(p.policy_settings_state)) = 'disabled' THEN 'the policy is disabled, so nothing is inspected'
            WHEN p.policy_settings_state IS NULL AND coalesce(p.policy_settings_request_body_check, TRUE) THEN 'whether the policy is enabled is not known'
            WHEN p.policy_settings_request_body_check IS NULL THEN 'the setting is absent, which means that request bodies are inspected'
            WHEN p.policy_settings_request_body_check THEN 'request bodies are inspected'
            ELSE 'request bodies are not inspected'
       END AS reason,
       p.policy_settings_mode AS mode
FROM azure_application_gateway_waf_policy AS p
JOIN waf_policy_tie AS t ON t.id = p.id
