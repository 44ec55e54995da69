-- title = "Alert on service health events"
-- severity = "low"
-- subject = "azure_subscription"
-- tables = ["azure_subscription", "azure_monitor_activity_log_alert"]
-- controls = [
--   "cis_azure_4_0_0:7.1.2.11", "cis_azure_5_0_0:6.1.2.11", "cis_azure_6_0_0:6.1.2.11", "nist_800_53_r5:AU-6",
--   "nist_800_53_r5:SI-4", "iso_27001_2022:A.8.16", "pci_dss_4_0:10.4.1", "pci_dss_4_0:10.7.2", "soc_2:CC7.2",
-- ]
-- rationale = "Azure announces outages, planned maintenance and security advisories of its own services as service health events. Without an alert they are noticed when the services that rest on them fail. What the rule narrows further is named, not judged."
-- remediation = "az monitor activity-log alert create --name NAME --resource-group GROUP --scope /subscriptions/ID --condition category=ServiceHealth --action-group ACTION_GROUP_ID"
-- references = ["https://learn.microsoft.com/azure/service-health/alerts-activity-log-service-notifications-portal"]
-- [[case]]
-- title = "rule on the category for the whole subscription"
-- given.azure_subscription = [{ }]
-- given.azure_monitor_activity_log_alert = [{ name = "a", scopes = ["/subscriptions/11111111-1111-4111-8111-111111111111"], condition_all_of = '[{"field":"category","equals":"ServiceHealth"}]', actions_action_groups_action_group_id = ["/x/g"] }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass" }
-- [[case]]
-- title = "narrowed to incidents passes, and without an action group too; letter case and a slash at the end do not matter"
-- given.azure_subscription = [{ }]
-- given.azure_monitor_activity_log_alert = [{ name = "a", enabled = true, scopes = ["/Subscriptions/11111111-1111-4111-8111-111111111111/"], condition_all_of = '[{"field":"Category","equals":"servicehealth"},{"anyOf":[{"field":"properties.incidentType","equals":"Incident"},{"field":"properties.incidentType","equals":"Maintenance"}]}]' }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass" }
-- [[case]]
-- title = "resource health is another category"
-- given.azure_subscription = [{ }]
-- given.azure_monitor_activity_log_alert = [{ name = "a", scopes = ["/subscriptions/11111111-1111-4111-8111-111111111111"], condition_all_of = '[{"field":"category","equals":"ResourceHealth"}]' }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail" }
-- [[case]]
-- title = "one of several categories"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_monitor_activity_log_alert = [
--   { name = "a", scopes = ["/subscriptions/11111111-1111-4111-8111-111111111111"], condition_all_of = '[{"field":"category","containsAny":["ResourceHealth","ServiceHealth"]}]' },
--   { name = "b", scopes = ["/subscriptions/22222222-2222-4222-8222-222222222222"], condition_all_of = '[{"anyOf":[{"field":"category","equals":"ServiceHealth"},{"field":"category","equals":"ResourceHealth"}]}]' },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass", "22222222-2222-4222-8222-222222222222" = "pass" }
-- [[case]]
-- title = "no rule; a rule that is off; a rule for one resource group"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }, { subscription_id = "33333333-3333-4333-8333-333333333333" }]
-- given.azure_monitor_activity_log_alert = [
--   { name = "b", enabled = false, scopes = ["/subscriptions/22222222-2222-4222-8222-222222222222"], condition_all_of = '[{"field":"category","equals":"ServiceHealth"}]' },
--   { name = "c", scopes = ["/subscriptions/33333333-3333-4333-8333-333333333333/resourceGroups/rg"], condition_all_of = '[{"field":"category","equals":"ServiceHealth"}]' },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail", "22222222-2222-4222-8222-222222222222" = "fail", "33333333-3333-4333-8333-333333333333" = "fail" }
-- [[case]]
-- title = "a rule on events of the tenant watches no subscription; whether it is one could not be read"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }, { subscription_id = "33333333-3333-4333-8333-333333333333" }]
-- given.azure_monitor_activity_log_alert = [
--   { name = "a", condition_all_of = '[{"field":"category","equals":"ServiceHealth"}]', tenant_scope = "99999999-9999-4999-8999-999999999999", actions_action_groups_action_group_id = ["/x/g"] },
--   { name = "b", subscription_id = "22222222-2222-4222-8222-222222222222", condition_all_of = '[{"field":"category","equals":"ServiceHealth"}]', tenant_scope = "99999999-9999-4999-8999-999999999999", scopes = ["subscriptions/22222222-2222-4222-8222-222222222222"] },
--   { name = "c", subscription_id = "33333333-3333-4333-8333-333333333333", condition_all_of = '[{"field":"category","equals":"ServiceHealth"}]', _gaps = ["tenant_scope"] },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail", "22222222-2222-4222-8222-222222222222" = "pass", "33333333-3333-4333-8333-333333333333" = "unknown" }
-- [[case]]
-- title = "condition, scopes or switch not readable"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }, { subscription_id = "33333333-3333-4333-8333-333333333333" }]
-- given.azure_monitor_activity_log_alert = [
--   { name = "a", scopes = ["/subscriptions/11111111-1111-4111-8111-111111111111"], _gaps = ["condition_all_of"] },
--   { name = "b", subscription_id = "22222222-2222-4222-8222-222222222222", condition_all_of = '[{"field":"category","equals":"ServiceHealth"}]', _gaps = ["scopes"] },
--   { name = "c", scopes = ["/subscriptions/33333333-3333-4333-8333-333333333333"], condition_all_of = '[{"field":"category","equals":"ServiceHealth"}]', _gaps = ["enabled"] },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "unknown", "22222222-2222-4222-8222-222222222222" = "unknown", "33333333-3333-4333-8333-333333333333" = "unknown" }
-- [[case]]
-- title = "a rule on another category that is not readable in its switch does not matter"
-- given.azure_subscription = [{ }]
-- given.azure_monitor_activity_log_alert = [{ name = "a", scopes = ["/subscriptions/11111111-1111-4111-8111-111111111111"], condition_all_of = '[{"field":"category","equals":"Administrative"}]', _gaps = ["enabled"] }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail" }
-- [[case]]
-- title = "no subscription row"
-- given.azure_subscription = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "not_applicable" }
-- [[case]]
-- title = "alerts denied"
-- ledger = [{ table = "azure_monitor_activity_log_alert", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_subscription = [{ }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
WITH tested AS (
    SELECT c.rule_id,
           max(CASE WHEN c.field = 'category' AND (trim(c.value) = 'servicehealth' OR contains(c.value_list, '"servicehealth"')) THEN 1 ELSE 0 END) AS is_health,
           max(CASE WHEN coalesce(c.field, 'category') = 'category' AND c.value IS NULL AND c.value_list IS NULL THEN 1 ELSE 0 END) AS is_unclear,
           list_sort(list(DISTINCT c.field || ' ' || coalesce(c.value, c.value_list, '')) FILTER (WHERE c.field <> 'category')) AS further_tests
    FROM activity_log_alert_condition AS c
    GROUP BY c.rule_id
),
judged AS (
    SELECT e.subscription_id, e.rule_id, e.rule_name, e.action_groups, t.further_tests,
           CASE WHEN NOT e.enabled THEN 'off'
                WHEN NOT e.condition_gap AND t.is_health = 0 AND t.is_unclear = 0 THEN 'other'
                WHEN e.reach = 'part' THEN 'part'
                WHEN e.condition_gap OR e.enabled IS NULL OR e.reach = 'gap' OR coalesce(t.is_health, 0) = 0 THEN 'gap'
                ELSE 'fires'
           END AS state,
           coalesce(t.is_health, 0) AS is_health
    FROM activity_log_alert_extent AS e
    LEFT JOIN tested AS t ON t.rule_id = e.rule_id
),
per_subscription AS (
    SELECT j.subscription_id,
           max(CASE WHEN j.state = 'fires' AND j.action_groups > 0 THEN j.rule_name END) AS telling,
           max(CASE WHEN j.state = 'fires' THEN j.rule_name END) AS firing,
           max(CASE WHEN j.state = 'gap' THEN j.rule_name END) AS unread,
           max(CASE WHEN j.state = 'off' AND j.is_health = 1 THEN j.rule_name END) AS switched_off,
           max(CASE WHEN j.state = 'part' THEN j.rule_name END) AS partial,
           list_sort(list(DISTINCT j.rule_name || coalesce(' (only ' || array_to_string(j.further_tests, ', ') || ')', ''))
                     FILTER (WHERE j.state = 'fires')) AS alerts
    FROM judged AS j
    GROUP BY j.subscription_id
)
SELECT s.id AS subject, s.id AS resource_id, s.subscription_id,
       CASE WHEN p.firing IS NOT NULL THEN 'pass'
            WHEN p.unread IS NOT NULL THEN NULL
            ELSE 'fail'
       END AS verdict,
       CASE WHEN p.telling IS NOT NULL THEN 'service health events raise: ' || array_to_string(p.alerts, ', ')
            WHEN p.firing IS NOT NULL THEN 'service health events raise: ' || array_to_string(p.alerts, ', ') || '; no action group is named (or it could not be read)'
            WHEN p.unread IS NOT NULL THEN 'alert ' || p.unread || ' could not be read in full'
            WHEN p.switched_off IS NOT NULL THEN 'alert ' || p.switched_off || ' is switched off'
            WHEN p.partial IS NOT NULL THEN 'alert ' || p.partial || ' watches a part of the subscription only'
            ELSE 'no alert on the category ServiceHealth watches the subscription'
       END AS reason,
       s.display_name AS resource_name, p.alerts
FROM azure_subscription AS s
LEFT JOIN per_subscription AS p ON p.subscription_id = s.subscription_id
