-- title = "Application Gateway has WAF"
-- severity = "high"
-- subject = "azure_application_gateway"
-- tables = ["azure_application_gateway", "azure_application_gateway_waf_policy"]
-- controls = [
--   "cis_azure_5_0_0:7.10", "cis_azure_6_0_0:7.10", "nist_800_53_r5:SC-5", "nist_800_53_r5:SC-7", "iso_27001_2022:A.8.20",
--   "pci_dss_4_0:6.4.2", "soc_2:CC6.6",
-- ]
-- rationale = "Without a web application firewall the gateway passes injected commands and scripts on to the servers behind it. A policy that is disabled, for the gateway or for one site on it, filters nothing; one in detection mode only writes down what it sees, which the reason names."
-- remediation = "Move to the tier WAF_v2 and tie a policy: az network application-gateway waf-policy create, policy-setting update --state Enabled --mode Prevention, then az network application-gateway update --name GATEWAY --resource-group GROUP --set firewallPolicy.id=POLICY_ID"
-- references = ["https://learn.microsoft.com/azure/web-application-firewall/ag/ag-overview", "https://learn.microsoft.com/azure/web-application-firewall/ag/policy-overview"]
-- [[case]]
-- title = "policy that is enabled"
-- given.azure_application_gateway = [{ id = "/x/gw", sku_tier = "WAF_v2", firewall_policy_id = "/x/p" }]
-- given.azure_application_gateway_waf_policy = [{ id = "/x/p", policy_settings_state = "Enabled", policy_settings_mode = "Prevention" }]
-- expect = { gw = "pass" }
-- [[case]]
-- title = "detection mode passes, in other letter case"
-- given.azure_application_gateway = [{ id = "/x/gw", sku_tier = "waf_v2", firewall_policy_id = "/x/p/" }]
-- given.azure_application_gateway_waf_policy = [{ id = "/x/p", policy_settings_state = "enabled", policy_settings_mode = "Detection" }]
-- expect = { gw = "pass" }
-- [[case]]
-- title = "policy that is disabled, or whose state is absent"
-- given.azure_application_gateway = [{ id = "/x/gw", sku_tier = "WAF_v2", firewall_policy_id = "/x/p" }, { id = "/x/gw2", sku_tier = "WAF_v2", firewall_policy_id = "/x/q" }]
-- given.azure_application_gateway_waf_policy = [{ id = "/x/p", policy_settings_state = "Disabled" }, { id = "/x/q" }]
-- expect = { gw = "fail", gw2 = "unknown" }
-- [[case]]
-- title = "policy that is not in the snapshot"
-- given.azure_application_gateway = [{ id = "/x/gw", sku_tier = "WAF_v2", firewall_policy_id = "/x/gone" }]
-- expect = { gw = "unknown" }
-- [[case]]
-- title = "the old built-in firewall: on, off, absent"
-- given.azure_application_gateway = [
--   { id = "/x/a", sku_tier = "WAF", web_application_firewall_configuration_enabled = true, web_application_firewall_configuration_firewall_mode = "Detection" },
--   { id = "/x/b", sku_tier = "WAF_v2", web_application_firewall_configuration_enabled = false },
--   { id = "/x/c", sku_tier = "WAF_v2" },
-- ]
-- expect = { a = "pass", b = "fail", c = "fail" }
-- [[case]]
-- title = "tiers without a firewall, whatever else is set; tier absent"
-- given.azure_application_gateway = [
--   { id = "/x/a", sku_tier = "Standard_v2" },
--   { id = "/x/b", sku_tier = "Standard_v2", firewall_policy_id = "/x/p" },
--   { id = "/x/c", sku_tier = "Basic", web_application_firewall_configuration_enabled = true },
--   { id = "/x/d", firewall_policy_id = "/x/p" },
-- ]
-- given.azure_application_gateway_waf_policy = [{ id = "/x/p", policy_settings_state = "Enabled" }]
-- expect = { a = "fail", b = "fail", c = "fail", d = "unknown" }
-- [[case]]
-- title = "the built-in one is on, but the policy in its place is disabled"
-- given.azure_application_gateway = [{ id = "/x/gw", sku_tier = "WAF_v2", firewall_policy_id = "/x/p", web_application_firewall_configuration_enabled = true }]
-- given.azure_application_gateway_waf_policy = [{ id = "/x/p", policy_settings_state = "Disabled" }]
-- expect = { gw = "unknown" }
-- [[case]]
-- title = "a disabled policy on one listener or path of the gateway; one on another gateway does not matter"
-- given.azure_application_gateway = [{ id = "/x/gw", sku_tier = "WAF_v2", firewall_policy_id = "/x/p" }, { id = "/x/gw2", sku_tier = "WAF_v2", firewall_policy_id = "/x/p" }, { id = "/x/gw3", sku_tier = "WAF_v2", firewall_policy_id = "/x/p" }]
-- given.azure_application_gateway_waf_policy = [
--   { id = "/x/p", policy_settings_state = "Enabled" },
--   { id = "/x/l", policy_settings_state = "Disabled", http_listeners_id = ["/X/GW/httpListeners/site"] },
--   { id = "/x/m", policy_settings_state = "Disabled", path_based_rules_id = ["/x/gw2/urlPathMaps/m/pathRules/r"] },
-- ]
-- expect = { gw = "fail", gw2 = "fail", gw3 = "pass" }
-- [[case]]
-- title = "no policy of the gateway itself: some listeners have one, or each has"
-- given.azure_application_gateway = [
--   { id = "/x/a", sku_tier = "WAF_v2", http_listeners = '[{"name":"l1"},{"name":"l2"}]', http_listeners_properties_firewall_policy_id = ["/x/p"] },
--   { id = "/x/b", sku_tier = "WAF_v2", http_listeners = '[{"name":"l1"}]', http_listeners_properties_firewall_policy_id = ["/x/p"] },
-- ]
-- given.azure_application_gateway_waf_policy = [{ id = "/x/p", policy_settings_state = "Enabled" }]
-- expect = { a = "fail", b = "unknown" }
-- [[case]]
-- title = "state of the policy not readable; policy of the gateway not readable"
-- given.azure_application_gateway = [{ id = "/x/a", sku_tier = "WAF_v2", firewall_policy_id = "/x/p" }, { id = "/x/b", sku_tier = "WAF_v2", web_application_firewall_configuration_enabled = true, _gaps = ["firewall_policy_id"] }]
-- given.azure_application_gateway_waf_policy = [{ id = "/x/p", _gaps = ["policy_settings_state"] }]
-- expect = { a = "unknown", b = "unknown" }
-- [[case]]
-- title = "no gateway"
-- given.azure_application_gateway = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "policies denied"
-- ledger = [{ table = "azure_application_gateway_waf_policy", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_application_gateway = [{ id = "/x/gw", sku_tier = "WAF_v2", firewall_policy_id = "/x/p" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "the policy of a listener or path, as the gateway names it, is not in the snapshot or disabled"
-- given.azure_application_gateway = [
--  { id = "/x/g", sku_tier = "WAF_v2", firewall_policy_id = "/x/p", http_listeners_properties_firewall_policy_id = ["/y/Q"] },
--  { id = "/x/h", sku_tier = "WAF_v2", firewall_policy_id = "/x/p", http_listeners_properties_firewall_policy_id = ["/x/OFF"] },
--  { id = "/x/i", sku_tier = "WAF_v2", firewall_policy_id = "/x/p", url_path_maps = '[{"properties":{"pathRules":[{"properties":{}},{"properties":{"firewallPolicy":{"id":"/x/OFF"}}}]}}]' },
--  { id = "/x/j", sku_tier = "WAF_v2", firewall_policy_id = "/x/p", http_listeners_properties_firewall_policy_id = ["/x/P"] } ]
-- given.azure_application_gateway_waf_policy = [{ id = "/x/p", policy_settings_state = "Enabled" }, { id = "/x/off", policy_settings_state = "Disabled" }]
-- expect = { g = "unknown", h = "fail", i = "fail", j = "pass" }
WITH policy AS (
    SELECT p.id, p.name, p.policy_settings_mode AS mode, p.http_listeners_id, p.path_based_rules_id,
           CASE WHEN list_contains(p._gaps, 'policy_settings_state') THEN 'unread'
                WHEN lower(trim(p.policy_settings_state)) = 'enabled' THEN 'on'
                WHEN lower(trim(p.policy_settings_state)) = 'disabled' THEN 'off'
                ELSE 'unread'
           END AS state
    FROM azure_application_gateway_waf_policy AS p
),
path_map AS (
    SELECT g.id, (g.url_path_maps ->> ('$[' || u.i || '].properties.pathRules')) AS rules
    FROM azure_application_gateway AS g, unnest(range(CAST(json_array_length(g.url_path_maps) AS BIGINT))) AS u(i)
),
path_rule AS (
    SELECT m.id, rtrim(lower(trim(m.rules ->> ('$[' || u.i || '].properties.firewallPolicy.id'))), '/') AS policy
    FROM path_map AS m, unnest(range(CAST(json_array_length(m.rules) AS BIGINT))) AS u(i)
),
tie AS (
    SELECT split_part(lower(u.place), '/httplisteners/', 1) AS gateway_id, p.name, p.state
    FROM policy AS p, unnest(p.http_listeners_id) AS u(place)
    UNION ALL
    SELECT split_part(lower(u.place), '/urlpathmaps/', 1), p.name, p.state
    FROM policy AS p, unnest(p.path_based_rules_id) AS u(place)
    UNION ALL
    -- What the gateway itself says of its listeners: the policy may not be in the snapshot, or not name its listeners.
    SELECT g.id, coalesce(p.name, guid_of(u.policy)), coalesce(p.state, 'unread')
    FROM azure_application_gateway AS g, unnest(g.http_listeners_properties_firewall_policy_id) AS u(policy)
    LEFT JOIN policy AS p ON p.id = rtrim(lower(trim(u.policy)), '/')
    WHERE trim(u.policy) <> ''
    UNION ALL
    SELECT r.id, coalesce(p.name, guid_of(r.policy)), coalesce(p.state, 'unread')
    FROM path_rule AS r
    LEFT JOIN policy AS p ON p.id = r.policy
    WHERE r.policy <> ''
),
hole AS (
    SELECT t.gateway_id,
           list_sort(list(DISTINCT t.name) FILTER (WHERE t.state = 'off')) AS disabled,
           list_sort(list(DISTINCT t.name) FILTER (WHERE t.state = 'unread')) AS unread
    FROM tie AS t
    GROUP BY t.gateway_id
),
gateway AS (
    SELECT g.id, g.subscription_id, lower(trim(g.sku_tier)) AS tier, nullif(rtrim(trim(g.firewall_policy_id), '/'), '') AS policy_id,
           coalesce(g.web_application_firewall_configuration_enabled, FALSE) AS has_old, g.web_application_firewall_configuration_firewall_mode AS old_mode,
           coalesce(array_length(g.http_listeners_properties_firewall_policy_id), 0) AS n_listener_policies,
           coalesce(CAST(json_array_length(g.http_listeners) AS BIGINT), 0) AS n_listeners
    FROM azure_application_gateway AS g
),
judged AS (
    SELECT g.id, g.subscription_id, g.tier, g.policy_id, g.old_mode, g.n_listener_policies, g.n_listeners, p.name, p.mode, h.disabled, h.unread,
           CASE WHEN g.tier IS NULL OR g.tier = '' THEN 'no tier'
                WHEN g.tier NOT IN ('waf', 'waf_v2') THEN 'wrong tier'
                WHEN g.policy_id IS NOT NULL AND p.id IS NULL THEN 'policy missing'
                WHEN p.state = 'unread' THEN 'policy unread'
                WHEN p.state = 'off' AND g.has_old THEN 'contradiction'
                WHEN p.state = 'off' THEN 'policy off'
                WHEN g.policy_id IS NULL AND NOT g.has_old AND g.n_listener_policies > 0 AND g.n_listener_policies >= g.n_listeners THEN 'listeners'
                WHEN g.policy_id IS NULL AND NOT g.has_old THEN 'nothing'
                WHEN h.disabled IS NOT NULL THEN 'hole'
                WHEN h.unread IS NOT NULL THEN 'hole unread'
                WHEN g.policy_id IS NULL THEN 'old on'
                ELSE 'policy on'
           END AS state
    FROM gateway AS g
    LEFT JOIN policy AS p ON p.id = g.policy_id
    LEFT JOIN hole AS h ON h.gateway_id = g.id
)
SELECT j.id AS subject, j.id AS resource_id, j.subscription_id,
       CASE WHEN j.state IN ('policy on', 'old on') THEN 'pass'
            WHEN j.state IN ('wrong tier', 'policy off', 'nothing', 'hole') THEN 'fail'
       END AS verdict,
       CASE j.state WHEN 'no tier' THEN 'the tier of the gateway is absent'
                    WHEN 'wrong tier' THEN 'tier ' || j.tier || ' has no web application firewall'
                    WHEN 'policy missing' THEN 'the policy is not in the snapshot: ' || j.policy_id
                    WHEN 'policy unread' THEN 'the state of policy ' || j.name || ' is absent or not readable'
                    WHEN 'contradiction' THEN 'the old built-in firewall is on, but policy ' || j.name || ' in its place is disabled'
                    WHEN 'policy off' THEN 'policy ' || j.name || ' is disabled'
                    WHEN 'listeners' THEN 'the gateway has no policy, its listeners have: ' || j.n_listener_policies
                    WHEN 'nothing' THEN 'no policy is tied to the gateway and the old built-in firewall is off'
                         || CASE WHEN j.n_listener_policies > 0 THEN '; listeners with a policy: ' || j.n_listener_policies || ' of ' || j.n_listeners ELSE '' END
                    WHEN 'hole' THEN 'disabled for a listener or path: policy ' || array_to_string(j.disabled, ', ')
                    WHEN 'hole unread' THEN 'the state of the policy of a listener or path is absent or not readable: ' || array_to_string(j.unread, ', ')
                    WHEN 'old on' THEN 'the old built-in firewall is on, mode ' || coalesce(j.old_mode, 'not given')
                         || CASE WHEN lower(trim(j.old_mode)) = 'detection' THEN ': it only logs and blocks nothing' ELSE '' END
                    ELSE 'policy ' || j.name || ' is enabled, mode ' || coalesce(j.mode, 'not given')
                         || CASE WHEN lower(trim(j.mode)) = 'detection' THEN ': it only logs and blocks nothing' ELSE '' END
       END AS reason
FROM judged AS j
