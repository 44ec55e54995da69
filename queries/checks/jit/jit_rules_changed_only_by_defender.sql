-- title = "Only Defender changes just-in-time rules"
-- severity = "medium"
-- subject = "azure_activity_log_event"
-- tables = ["azure_activity_log_event"]
-- params = ["jit_service_app_id"]
-- controls = ["jit:jit_rules_changed_only_by_defender"]
-- rationale = "Just-in-time rules are Defender's own. A person or template that edits or deletes one opens a port without a request and without anybody noticing. The application id of Defender comes from a user's report, so treat a fail as something to look into."
-- remediation = "Just-in-time VM access > Configured > the machine's menu > Activity log. Keep the log longer with a diagnostic setting on category Administrative (az monitor diagnostic-settings subscription create), and ask the caller."
-- references = ["https://learn.microsoft.com/azure/defender-for-cloud/just-in-time-access-usage"]
-- [[case]]
-- # JIT-19 pass: claims.appid = jit_service_app_id
-- title = "written and deleted by Defender"
-- given.azure_activity_log_event = [
--   { name = "a", event_timestamp = "2026-09-30T22:58:00", operation_name_value = "Microsoft.Network/networkSecurityGroups/securityRules/write", status_value = "Succeeded", caller = "dana@contoso.com", resource_id = "/nsg/nsg/securityrules/microsoftdefenderforcloud-jitrule_-1105480617_9ef6964fe766478b9ec568b32fb82045", claims_appid = "8edd93e1-2103-40b4-bd70-6e34e586362d", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.insights/eventtypes/management/values/a" },
--   { name = "b", event_timestamp = "2026-09-30T22:58:00", operation_name_value = "Microsoft.Network/networkSecurityGroups/securityRules/delete", status_value = "Succeeded", caller = "dana@contoso.com", resource_id = "/nsg/nsg/securityrules/microsoftdefenderforcloud-jitrule-731925114-0c1e4e0e0f1f4e0db7b0d2e4b9c77a10", claims_appid = "8EDD93E1-2103-40B4-BD70-6E34E586362D", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.insights/eventtypes/management/values/b" },
-- ]
-- expect = { a = "pass", b = "pass" }
-- [[case]]
-- # JIT-19 fail: other principal
-- title = "deleted by a person, written by another application; old rule names too"
-- given.azure_activity_log_event = [
--   { name = "a", event_timestamp = "2026-09-30T22:58:00", operation_name_value = "Microsoft.Network/networkSecurityGroups/securityRules/delete", status_value = "Succeeded", caller = "dana@contoso.com", resource_id = "/nsg/nsg/securityrules/microsoftdefenderforcloud-jitrule_-1105480617_9ef6964fe766478b9ec568b32fb82045", claims_appid = "c44b4083-3bb0-49c1-b47d-974e53cbdf3c", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.insights/eventtypes/management/values/a" },
--   { name = "b", event_timestamp = "2026-09-30T22:58:00", operation_name_value = "Microsoft.Network/networkSecurityGroups/securityRules/write", status_value = "Succeeded", caller = "dana@contoso.com", resource_id = "/nsg/nsg/securityrules/securitycenter-jitrule_-1105480617_9ef6964fe766478b9ec568b32fb82045", claims_appid = "04b07795-8ddb-461a-bbee-02f9e1bf7b46", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.insights/eventtypes/management/values/b" },
-- ]
-- expect = { a = "fail", b = "fail" }
-- [[case]]
-- # JIT-19 NA: no such event
-- title = "rules of other names, and other operations, do not count"
-- given.azure_activity_log_event = [
--   { name = "a", event_timestamp = "2026-09-30T22:58:00", operation_name_value = "Microsoft.Network/networkSecurityGroups/securityRules/write", status_value = "Succeeded", caller = "dana@contoso.com", resource_id = "/nsg/nsg/securityrules/allow-ssh", claims_appid = "x", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.insights/eventtypes/management/values/a" },
--   { name = "b", event_timestamp = "2026-09-30T22:58:00", operation_name_value = "Microsoft.Network/networkSecurityGroups/write", status_value = "Succeeded", caller = "dana@contoso.com", resource_id = "/nsg/nsg", claims_appid = "x", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.insights/eventtypes/management/values/b" },
--   { name = "c", event_timestamp = "2026-09-30T22:58:00", operation_name_value = "Microsoft.Network/networkSecurityGroups/securityRules/read", status_value = "Succeeded", caller = "dana@contoso.com", resource_id = "/nsg/nsg/securityrules/microsoftdefenderforcloud-jitrule_-1105480617_9ef6964fe766478b9ec568b32fb82045", claims_appid = "x", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.insights/eventtypes/management/values/c" },
-- ]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "the application is a parameter"
-- param.jit_service_app_id = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"
-- given.azure_activity_log_event = [
--   { name = "a", event_timestamp = "2026-09-30T22:58:00", operation_name_value = "Microsoft.Network/networkSecurityGroups/securityRules/write", status_value = "Succeeded", caller = "dana@contoso.com", resource_id = "/nsg/nsg/securityrules/microsoftdefenderforcloud-jitrule_-1105480617_9ef6964fe766478b9ec568b32fb82045", claims_appid = "04b07795-8ddb-461a-bbee-02f9e1bf7b46", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.insights/eventtypes/management/values/a" },
-- ]
-- expect = { a = "pass" }
-- [[case]]
-- title = "an attempt that failed changed nothing, its beginning neither; one that only began may have"
-- given.azure_activity_log_event = [
--   { name = "a", event_timestamp = "2026-09-30T22:58:00", operation_name_value = "Microsoft.Network/networkSecurityGroups/securityRules/delete", status_value = "Failed", caller = "dana@contoso.com", resource_id = "/nsg/nsg/securityrules/microsoftdefenderforcloud-jitrule_-1105480617_9ef6964fe766478b9ec568b32fb82045", claims_appid = "x", operation_id = "o1", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.insights/eventtypes/management/values/a" },
--   { name = "b", event_timestamp = "2026-09-30T22:58:00", operation_name_value = "Microsoft.Network/networkSecurityGroups/securityRules/delete", status_value = "Started", caller = "dana@contoso.com", resource_id = "/nsg/nsg/securityrules/microsoftdefenderforcloud-jitrule_-1105480617_9ef6964fe766478b9ec568b32fb82045", claims_appid = "x", operation_id = "o1", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.insights/eventtypes/management/values/b" },
--   { name = "c", event_timestamp = "2026-09-30T22:58:00", operation_name_value = "Microsoft.Network/networkSecurityGroups/securityRules/delete", status_value = "Started", caller = "dana@contoso.com", resource_id = "/nsg/nsg/securityrules/microsoftdefenderforcloud-jitrule_-1105480617_9ef6964fe766478b9ec568b32fb82045", claims_appid = "x", operation_id = "o2", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.insights/eventtypes/management/values/c" },
-- ]
-- expect = { c = "fail" }
-- [[case]]
-- title = "no application named; one that could not be read"
-- given.azure_activity_log_event = [
--   { name = "a", event_timestamp = "2026-09-30T22:58:00", operation_name_value = "Microsoft.Network/networkSecurityGroups/securityRules/write", status_value = "Succeeded", caller = "dana@contoso.com", resource_id = "/nsg/nsg/securityrules/microsoftdefenderforcloud-jitrule_-1105480617_9ef6964fe766478b9ec568b32fb82045", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.insights/eventtypes/management/values/a" },
--   { name = "b", event_timestamp = "2026-09-30T22:58:00", operation_name_value = "Microsoft.Network/networkSecurityGroups/securityRules/write", status_value = "Succeeded", caller = "dana@contoso.com", resource_id = "/nsg/nsg/securityrules/microsoftdefenderforcloud-jitrule_-1105480617_9ef6964fe766478b9ec568b32fb82045", claims_appid = "8edd93e1-2103-40b4-bd70-6e34e586362d", _gaps = ["claims_appid"], id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.insights/eventtypes/management/values/b" },
-- ]
-- expect = { a = "unknown", b = "unknown" }
-- [[case]]
-- # JIT-19 NA: no such event
-- title = "no event"
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "log denied for the provider"
-- ledger = [{ table = "azure_activity_log_event", subscription = "11111111-1111-4111-8111-111111111111", status = "denied", parent = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.network" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.network" = "unknown" }
-- [[case]]
-- title = "log denied for another provider"
-- ledger = [{ table = "azure_activity_log_event", subscription = "11111111-1111-4111-8111-111111111111", status = "denied", parent = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.security" }]
-- given.azure_activity_log_event = [
--   { name = "a", event_timestamp = "2026-09-30T22:58:00", operation_name_value = "Microsoft.Network/networkSecurityGroups/securityRules/write", status_value = "Succeeded", caller = "dana@contoso.com", resource_id = "/nsg/nsg/securityrules/microsoftdefenderforcloud-jitrule_-1105480617_9ef6964fe766478b9ec568b32fb82045", claims_appid = "8edd93e1-2103-40b4-bd70-6e34e586362d", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.insights/eventtypes/management/values/a" },
-- ]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.security" = "unknown", a = "pass" }
-- [[case]]
-- title = "azure_activity_log_event denied"
-- ledger = [{ table = "azure_activity_log_event", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_activity_log_event = [
--   { name = "a", event_timestamp = "2026-09-30T22:58:00", operation_name_value = "Microsoft.Network/networkSecurityGroups/securityRules/write", status_value = "Succeeded", caller = "dana@contoso.com", resource_id = "/nsg/nsg/securityrules/microsoftdefenderforcloud-jitrule_-1105480617_9ef6964fe766478b9ec568b32fb82045", claims_appid = "8edd93e1-2103-40b4-bd70-6e34e586362d", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.insights/eventtypes/management/values/a" },
-- ]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
WITH event AS (
    SELECT e.id, e.subscription_id, e.event_timestamp, lower(e.operation_name_value) AS operation, lower(coalesce(e.status_value, '')) AS status,
           lower(e.resource_id) AS rule_id, e.operation_id, e.caller, lower(trim(e.claims_appid)) AS app_id, e.http_request_client_ip_address AS client_ip
    FROM azure_activity_log_event AS e
    WHERE lower(e.operation_name_value) IN ('microsoft.network/networksecuritygroups/securityrules/write',
                                            'microsoft.network/networksecuritygroups/securityrules/delete')
      AND (lower(e.resource_id) LIKE '%/securityrules/securitycenter-jitrule%' OR lower(e.resource_id) LIKE '%/securityrules/microsoftdefenderforcloud-jitrule%')
),
ended AS (
    SELECT x.operation_id, x.rule_id, bool_or(x.status = 'failed') AS failed, bool_or(x.status = 'succeeded') AS succeeded
    FROM event AS x
    WHERE x.operation_id IS NOT NULL
    GROUP BY x.operation_id, x.rule_id
)
SELECT v.id AS subject, v.id AS resource_id, v.subscription_id,
       CASE WHEN coalesce(v.app_id, '') = '' THEN NULL
            WHEN v.app_id = lower(param_jit_service_app_id()) THEN 'pass'
            ELSE 'fail'
       END AS verdict,
       CASE WHEN coalesce(v.app_id, '') = '' THEN 'the event does not name the application'
            WHEN v.app_id = lower(param_jit_service_app_id()) THEN 'changed by Defender for Cloud'
            ELSE 'changed by ' || coalesce(v.caller, 'somebody') || ' with application ' || v.app_id
       END AS reason,
       guid_of(v.rule_id) || ' ' || guid_of(v.operation) AS resource_name,
       v.rule_id, v.operation, v.status, v.event_timestamp, v.caller, v.app_id, v.client_ip
FROM event AS v
LEFT JOIN ended AS d ON d.operation_id = v.operation_id AND d.rule_id = v.rule_id
WHERE v.status <> 'failed' AND NOT coalesce(d.failed AND NOT d.succeeded, FALSE)
