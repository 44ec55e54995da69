-- title = "WAF bot rule set active"
-- severity = "low"
-- subject = "azure_application_gateway_waf_policy"
-- tables = ["azure_application_gateway_waf_policy"]
-- controls = [
--   "cis_azure_5_0_0:7.15", "cis_azure_6_0_0:7.15", "nist_800_53_r5:SC-7", "nist_800_53_r5:SI-10", "iso_27001_2022:A.8.20",
--   "pci_dss_4_0:6.4.2", "soc_2:CC6.6",
-- ]
-- rationale = "The bot rule set stops requests from addresses that Microsoft knows for attacks, and robots that pose as search engines. Rules of its group on bad bots that are switched off, or told to let requests through, take that away; a rule that only logs is named in the reason."
-- remediation = "az network application-gateway waf-policy managed-rule rule-set add --policy-name POLICY --resource-group GROUP --type Microsoft_BotManagerRuleSet --version 1.1, and remove the overrides of the group BadBots"
-- references = ["https://learn.microsoft.com/azure/web-application-firewall/ag/bot-protection-overview", "https://learn.microsoft.com/azure/web-application-firewall/ag/application-gateway-crs-rulegroups-rules"]
-- [[case]]
-- title = "whether the policy is enabled is not told"
-- given.azure_application_gateway_waf_policy = [{ name = "a", application_gateways_id = ["/x/gw"], managed_rules_managed_rule_sets = '[{"ruleSetType":"Microsoft_BotManagerRuleSet","ruleSetVersion":"1.1"}]' }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "rule set there, beside another"
-- given.azure_application_gateway_waf_policy = [{ name = "a", application_gateways_id = ["/x/gw"], policy_settings_state = "Enabled", managed_rules_managed_rule_sets = '[{"ruleSetType":"Microsoft_DefaultRuleSet","ruleSetVersion":"2.1"},{"ruleSetType":"Microsoft_BotManagerRuleSet","ruleSetVersion":"1.1","ruleGroupOverrides":[]}]' }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "in other letter case, version 0.1"
-- given.azure_application_gateway_waf_policy = [{ name = "a", policy_settings_state = "Enabled", application_gateways_id = ["/x/gw"], managed_rules_managed_rule_sets = '[{"ruleSetType":"microsoft_botmanagerruleset","ruleSetVersion":"0.1"}]' }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "no such rule set, or none at all"
-- given.azure_application_gateway_waf_policy = [
--   { name = "a", policy_settings_state = "Enabled", application_gateways_id = ["/x/gw"], managed_rules_managed_rule_sets = '[{"ruleSetType":"OWASP","ruleSetVersion":"3.2"}]' },
--   { name = "b", policy_settings_state = "Enabled", application_gateways_id = ["/x/gw"], managed_rules_managed_rule_sets = '[]' },
--   { name = "c", policy_settings_state = "Enabled", application_gateways_id = ["/x/gw"] },
-- ]
-- expect = { a = "fail", b = "fail", c = "fail" }
-- [[case]]
-- title = "a rule on bad bots switched off, by name or because nothing is said; in version 0.1"
-- given.azure_application_gateway_waf_policy = [
--   { name = "a", policy_settings_state = "Enabled", application_gateways_id = ["/x/gw"], managed_rules_managed_rule_sets = '[{"ruleSetType":"Microsoft_BotManagerRuleSet","ruleSetVersion":"1.0","ruleGroupOverrides":[{"ruleGroupName":"BadBots","rules":[{"ruleId":"Bot100100","state":"Enabled"},{"ruleId":"Bot100200","state":"Disabled"}]}]}]' },
--   { name = "b", policy_settings_state = "Enabled", application_gateways_id = ["/x/gw"], managed_rules_managed_rule_sets = '[{"ruleSetType":"Microsoft_BotManagerRuleSet","ruleSetVersion":"1.0","ruleGroupOverrides":[{"ruleGroupName":"badbots","rules":[{"ruleId":"Bot100100"}]}]}]' },
--   { name = "c", policy_settings_state = "Enabled", application_gateways_id = ["/x/gw"], managed_rules_managed_rule_sets = '[{"ruleSetType":"Microsoft_BotManagerRuleSet","ruleSetVersion":"0.1","ruleGroupOverrides":[{"ruleGroupName":"KnownBadBots","rules":[{"ruleId":"100","state":"disabled"}]}]}]' },
-- ]
-- expect = { a = "fail", b = "fail", c = "fail" }
-- [[case]]
-- title = "the group named without rules is switched off as a whole"
-- given.azure_application_gateway_waf_policy = [{ name = "a", policy_settings_state = "Enabled", application_gateways_id = ["/x/gw"], managed_rules_managed_rule_sets = '[{"ruleSetType":"Microsoft_BotManagerRuleSet","ruleSetVersion":"1.0","ruleGroupOverrides":[{"ruleGroupName":"BadBots","rules":[]}]}]' }, { name = "b", policy_settings_state = "Enabled", application_gateways_id = ["/x/gw"], managed_rules_managed_rule_sets = '[{"ruleSetType":"Microsoft_BotManagerRuleSet","ruleSetVersion":"1.0","ruleGroupOverrides":[{"ruleGroupName":"BadBots"}]}]' }]
-- expect = { a = "fail", b = "fail" }
-- [[case]]
-- title = "other groups do not matter, nor those of other rule sets; a rule that logs still acts, one that lets through does not"
-- given.azure_application_gateway_waf_policy = [
--   { name = "a", policy_settings_state = "Enabled", application_gateways_id = ["/x/gw"], managed_rules_managed_rule_sets = '[{"ruleSetType":"Microsoft_BotManagerRuleSet","ruleSetVersion":"1.0","ruleGroupOverrides":[{"ruleGroupName":"UnknownBots","rules":[{"ruleId":"Bot300100","state":"Disabled"}]}]},{"ruleSetType":"OWASP","ruleSetVersion":"3.2","ruleGroupOverrides":[{"ruleGroupName":"BadBots","rules":[{"ruleId":"1","state":"Disabled"}]}]}]' },
--   { name = "b", policy_settings_state = "Enabled", application_gateways_id = ["/x/gw"], managed_rules_managed_rule_sets = '[{"ruleSetType":"Microsoft_BotManagerRuleSet","ruleSetVersion":"1.0","ruleGroupOverrides":[{"ruleGroupName":"BadBots","rules":[{"ruleId":"Bot100100","state":"Enabled","action":"Log"}]}]}]' },
--   { name = "c", policy_settings_state = "Enabled", application_gateways_id = ["/x/gw"], managed_rules_managed_rule_sets = '[{"ruleSetType":"Microsoft_BotManagerRuleSet","ruleSetVersion":"1.0","ruleGroupOverrides":[{"ruleGroupName":"BadBots","rules":[{"ruleId":"Bot100100","state":"Enabled","action":"Allow"}]}]}]' },
-- ]
-- expect = { a = "pass", b = "pass", c = "fail" }
-- [[case]]
-- title = "a disabled policy; one that is tied to nothing"
-- given.azure_application_gateway_waf_policy = [
--   { name = "a", application_gateways_id = ["/x/gw"], policy_settings_state = "Disabled", managed_rules_managed_rule_sets = '[{"ruleSetType":"Microsoft_BotManagerRuleSet","ruleSetVersion":"1.1"}]' },
--   { name = "b", policy_settings_state = "Enabled", managed_rules_managed_rule_sets = '[{"ruleSetType":"OWASP","ruleSetVersion":"3.2"}]' },
-- ]
-- expect = { a = "fail", b = "not_applicable" }
-- [[case]]
-- title = "rule sets, or what the policy is tied to, not readable"
-- given.azure_application_gateway_waf_policy = [{ name = "a", policy_settings_state = "Enabled", application_gateways_id = ["/x/gw"], _gaps = ["managed_rules_managed_rule_sets"] }, { name = "b", policy_settings_state = "Enabled", _gaps = ["http_listeners_id"] }]
-- expect = { a = "unknown", b = "unknown" }
-- [[case]]
-- title = "no policy"
-- given.azure_application_gateway_waf_policy = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "list denied"
-- ledger = [{ table = "azure_application_gateway_waf_policy", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_application_gateway_waf_policy = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
WITH rule_set AS (
    SELECT p.id, p.managed_rules_managed_rule_sets AS doc, '$[' || u.i || '].' AS at,
           lower(p.managed_rules_managed_rule_sets ->> ('$[' || u.i || '].ruleSetType')) AS kind,
           p.managed_rules_managed_rule_sets ->> ('$[' || u.i || '].ruleSetVersion') AS version
    FROM azure_application_gateway_waf_policy AS p, unnest(range(CAST(json_array_length(p.managed_rules_managed_rule_sets) AS BIGINT))) AS u(i)
),
bot_set AS (
    SELECT r.id, r.doc, r.at, r.kind, r.version, r.doc ->> (r.at || 'ruleGroupOverrides') AS overrides
    FROM rule_set AS r
    WHERE r.kind IN (SELECT lower(g.rule_set_type) FROM data_waf_bot_rule_group AS g)
),
bot_group AS (
    SELECT b.id, b.overrides ->> ('$[' || u.i || '].rules') AS rules
    FROM bot_set AS b, unnest(range(CAST(json_array_length(b.overrides) AS BIGINT))) AS u(i)
    JOIN data_waf_bot_rule_group AS g
      ON lower(g.rule_group) = lower(b.overrides ->> ('$[' || u.i || '].ruleGroupName')) AND lower(g.rule_set_type) = b.kind
),
override AS (
    SELECT g.id, g.rules ->> ('$[' || u.i || '].ruleId') AS rule_id,
           coalesce(lower(g.rules ->> ('$[' || u.i || '].state')), 'disabled') AS state, lower(g.rules ->> ('$[' || u.i || '].action')) AS action
    FROM bot_group AS g, unnest(range(CAST(json_array_length(g.rules) AS BIGINT))) AS u(i)
),
weak AS (
    SELECT o.id, coalesce(o.rule_id, 'a rule') || CASE WHEN o.state <> 'enabled' THEN ' is off' ELSE ' lets requests through' END AS line, 'off' AS kind
    FROM override AS o
    WHERE o.state <> 'enabled' OR o.action = 'allow'
    UNION ALL
    SELECT o.id, coalesce(o.rule_id, 'a rule') || ' only logs', 'log' FROM override AS o WHERE o.state = 'enabled' AND o.action = 'log'
    UNION ALL
    SELECT g.id, 'the whole group on bad bots is off', 'off' FROM bot_group AS g
    WHERE g.rules IS NULL OR CAST(json_array_length(g.rules) AS BIGINT) = 0
),
per_policy AS (
    SELECT w.id, list_sort(list(w.line) FILTER (WHERE w.kind = 'off')) AS off_lines, list_sort(list(w.line) FILTER (WHERE w.kind = 'log')) AS log_lines
    FROM weak AS w
    GROUP BY w.id
),
present AS (
    SELECT b.id, array_to_string(list_sort(list(DISTINCT coalesce(b.version, 'not given'))), ', ') AS versions
    FROM bot_set AS b
    GROUP BY b.id
)
SELECT p.id AS subject, p.id AS resource_id, p.subscription_id,
       CASE WHEN t.n_tied = 0 AND t.has_gap THEN NULL
            WHEN t.n_tied = 0 THEN 'not_applicable'
            WHEN lower(trim(p.policy_settings_state)) = 'disabled' OR b.id IS NULL OR w.off_lines IS NOT NULL THEN 'fail'
            WHEN p.policy_settings_state IS NULL OR list_contains(p._gaps, 'policy_settings_state') THEN NULL
            ELSE 'pass'
       END AS verdict,
       CASE WHEN t.n_tied = 0 AND t.has_gap THEN 'what the policy is tied to could not be read'
            WHEN t.n_tied = 0 THEN 'the policy is tied to no gateway'
            WHEN lower(trim(p.policy_settings_state)) = 'disabled' THEN 'the policy is disabled, so no rule is active'
            WHEN b.id IS NULL THEN 'the policy has no bot rule set'
            WHEN w.off_lines IS NOT NULL THEN 'bot rule set ' || b.versions || ', but: ' || array_to_string(w.off_lines, ', ')
            WHEN p.policy_settings_state IS NULL OR list_contains(p._gaps, 'policy_settings_state') THEN 'whether the policy is enabled is not known'
            ELSE 'bot rule set ' || b.versions || coalesce('; ' || array_to_string(w.log_lines, ', '), '')
       END AS reason,
       p.policy_settings_mode AS mode
FROM azure_application_gateway_waf_policy AS p
JOIN waf_policy_tie AS t ON t.id = p.id
LEFT JOIN present AS b ON b.id = p.id
LEFT JOIN per_policy AS w ON w.id = p.id
