-- title = "Each request has evidence in the activity log"
-- severity = "medium"
-- subject = "azure_jit_access_request"
-- tables = ["azure_jit_access_request", "azure_jit_network_access_policy", "azure_activity_log_event"]
-- params = ["activity_log_days"]
-- controls = ["jit:jit_request_in_activity_log"]
-- rationale = "Defender keeps only recent requests; the activity log is the lasting evidence of who opened what. A request that the log does not know has gone round it, or the log has a hole. Events arrive up to 20 minutes late: without one, a request of the last 30 minutes before the snapshot is not judged."
-- remediation = "Just-in-time VM access > Configured > the machine's menu > Activity log. Keep the log longer with a diagnostic setting on category Administrative (az monitor diagnostic-settings subscription create), and ask the caller."
-- references = ["https://learn.microsoft.com/azure/defender-for-cloud/just-in-time-access-usage", "https://learn.microsoft.com/azure/azure-monitor/platform/activity-log"]
-- [[case]]
-- # JIT-18 pass: an initiate event on the policy id (prefix), same caller, within 10 min
-- title = "an initiate event of the same caller, minutes before; on the policy or below it"
-- given.azure_jit_access_request = [
--   { name = "a", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default/requests/a", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", requestor = "dana@contoso.com", justification = "patching", start_time_utc = "2026-09-30T23:00:00", virtual_machines = '[{"id":"/vm/web","ports":[{"number":22,"allowedSourceAddressPrefix":"203.0.113.7","endTimeUtc":"2026-10-01T02:00:00Z","status":"Initiated","statusReason":"UserRequested"}]}]' },
--   { name = "b", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default/requests/b", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", requestor = "dana@contoso.com", justification = "patching", start_time_utc = "2026-09-20T10:00:00", virtual_machines = '[{"id":"/vm/web","ports":[{"number":22,"allowedSourceAddressPrefix":"203.0.113.7","endTimeUtc":"2026-10-01T02:00:00Z","status":"Initiated","statusReason":"UserRequested"}]}]' },
-- ]
-- given.azure_activity_log_event = [
--   { name = "e", event_timestamp = "2026-09-30T22:58:00", operation_name_value = "Microsoft.Security/locations/jitNetworkAccessPolicies/initiate/action", status_value = "Succeeded", caller = "dana@contoso.com", resource_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.insights/eventtypes/management/values/e" },
--   { name = "e2", event_timestamp = "2026-09-20T10:10:00", operation_name_value = "Microsoft.Security/locations/jitNetworkAccessPolicies/initiate/action", status_value = "Succeeded", caller = "dana@contoso.com", resource_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default/initiate", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.insights/eventtypes/management/values/e2" },
-- ]
-- expect = { a = "pass", b = "pass" }
-- [[case]]
-- title = "letter case of caller, operation and resource does not matter; the caller may be the name in the claims"
-- given.azure_jit_access_request = [
--   { name = "a", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default/requests/a", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", requestor = "Dana@Contoso.com", justification = "patching", start_time_utc = "2026-09-30T23:00:00", virtual_machines = '[{"id":"/vm/web","ports":[{"number":22,"allowedSourceAddressPrefix":"203.0.113.7","endTimeUtc":"2026-10-01T02:00:00Z","status":"Initiated","statusReason":"UserRequested"}]}]' },
--   { name = "b", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default/requests/b", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", requestor = "jo@contoso.com", justification = "patching", start_time_utc = "2026-09-20T10:00:00", virtual_machines = '[{"id":"/vm/web","ports":[{"number":22,"allowedSourceAddressPrefix":"203.0.113.7","endTimeUtc":"2026-10-01T02:00:00Z","status":"Initiated","statusReason":"UserRequested"}]}]' },
-- ]
-- given.azure_activity_log_event = [
--   { name = "e", event_timestamp = "2026-09-30T22:58:00", operation_name_value = "microsoft.security/locations/jitnetworkaccesspolicies/INITIATE/action", status_value = "Succeeded", caller = "dana@contoso.com", resource_id = "/SUBSCRIPTIONS/11111111-1111-4111-8111-111111111111/RESOURCEGROUPS/RG/PROVIDERS/MICROSOFT.SECURITY/LOCATIONS/JITNETWORKACCESSPOLICIES/DEFAULT", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.insights/eventtypes/management/values/e" },
--   { name = "e2", event_timestamp = "2026-09-20T10:00:00", operation_name_value = "Microsoft.Security/locations/jitNetworkAccessPolicies/initiate/action", status_value = "Succeeded", caller = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa", resource_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", claims_upn = "jo@contoso.com", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.insights/eventtypes/management/values/e2" },
-- ]
-- expect = { a = "pass", b = "pass" }
-- [[case]]
-- # JIT-18 fail: none
-- title = "no event; more than ten minutes apart; another caller; another policy; another operation; a failed one"
-- given.azure_activity_log_event = [
--   { name = "old", event_timestamp = "2026-07-04T00:00:00", operation_name_value = "Microsoft.Network/virtualNetworks/write", status_value = "Succeeded", caller = "dana@contoso.com", resource_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.insights/eventtypes/management/values/old" },
--   { name = "b", event_timestamp = "2026-09-02T10:10:01", operation_name_value = "Microsoft.Security/locations/jitNetworkAccessPolicies/initiate/action", status_value = "Succeeded", caller = "dana@contoso.com", resource_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.insights/eventtypes/management/values/b" },
--   { name = "c", event_timestamp = "2026-09-03T10:00:00", operation_name_value = "Microsoft.Security/locations/jitNetworkAccessPolicies/initiate/action", status_value = "Succeeded", caller = "jo@contoso.com", resource_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.insights/eventtypes/management/values/c" },
--   { name = "d", event_timestamp = "2026-09-04T10:00:00", operation_name_value = "Microsoft.Security/locations/jitNetworkAccessPolicies/initiate/action", status_value = "Succeeded", caller = "dana@contoso.com", resource_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default2", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.insights/eventtypes/management/values/d" },
--   { name = "e", event_timestamp = "2026-09-05T10:00:00", operation_name_value = "Microsoft.Security/locations/jitNetworkAccessPolicies/write", status_value = "Succeeded", caller = "dana@contoso.com", resource_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.insights/eventtypes/management/values/e" },
--   { name = "f", event_timestamp = "2026-09-06T10:00:00", operation_name_value = "Microsoft.Security/locations/jitNetworkAccessPolicies/initiate/action", status_value = "Failed", caller = "dana@contoso.com", resource_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.insights/eventtypes/management/values/f" },
-- ]
-- given.azure_jit_access_request = [
--   { name = "a", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default/requests/a", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", requestor = "dana@contoso.com", justification = "patching", start_time_utc = "2026-09-01T10:00:00", virtual_machines = '[{"id":"/vm/web","ports":[{"number":22,"allowedSourceAddressPrefix":"203.0.113.7","endTimeUtc":"2026-10-01T02:00:00Z","status":"Initiated","statusReason":"UserRequested"}]}]' },
--   { name = "b", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default/requests/b", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", requestor = "dana@contoso.com", justification = "patching", start_time_utc = "2026-09-02T10:00:00", virtual_machines = '[{"id":"/vm/web","ports":[{"number":22,"allowedSourceAddressPrefix":"203.0.113.7","endTimeUtc":"2026-10-01T02:00:00Z","status":"Initiated","statusReason":"UserRequested"}]}]' },
--   { name = "c", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default/requests/c", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", requestor = "dana@contoso.com", justification = "patching", start_time_utc = "2026-09-03T10:00:00", virtual_machines = '[{"id":"/vm/web","ports":[{"number":22,"allowedSourceAddressPrefix":"203.0.113.7","endTimeUtc":"2026-10-01T02:00:00Z","status":"Initiated","statusReason":"UserRequested"}]}]' },
--   { name = "d", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default/requests/d", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", requestor = "dana@contoso.com", justification = "patching", start_time_utc = "2026-09-04T10:00:00", virtual_machines = '[{"id":"/vm/web","ports":[{"number":22,"allowedSourceAddressPrefix":"203.0.113.7","endTimeUtc":"2026-10-01T02:00:00Z","status":"Initiated","statusReason":"UserRequested"}]}]' },
--   { name = "e", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default/requests/e", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", requestor = "dana@contoso.com", justification = "patching", start_time_utc = "2026-09-05T10:00:00", virtual_machines = '[{"id":"/vm/web","ports":[{"number":22,"allowedSourceAddressPrefix":"203.0.113.7","endTimeUtc":"2026-10-01T02:00:00Z","status":"Initiated","statusReason":"UserRequested"}]}]' },
--   { name = "f", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default/requests/f", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", requestor = "dana@contoso.com", justification = "patching", start_time_utc = "2026-09-06T10:00:00", virtual_machines = '[{"id":"/vm/web","ports":[{"number":22,"allowedSourceAddressPrefix":"203.0.113.7","endTimeUtc":"2026-10-01T02:00:00Z","status":"Initiated","statusReason":"UserRequested"}]}]' },
-- ]
-- expect = { a = "fail", b = "fail", c = "fail", d = "fail", e = "fail", f = "fail" }
-- [[case]]
-- title = "an empty log"
-- given.azure_jit_access_request = [
--   { name = "a", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default/requests/a", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", requestor = "dana@contoso.com", justification = "patching", start_time_utc = "2026-09-30T23:00:00", virtual_machines = '[{"id":"/vm/web","ports":[{"number":22,"allowedSourceAddressPrefix":"203.0.113.7","endTimeUtc":"2026-10-01T02:00:00Z","status":"Initiated","statusReason":"UserRequested"}]}]' },
-- ]
-- expect = { a = "fail" }
-- [[case]]
-- title = "so young that the event may not have come yet: 20 minutes for it to arrive and 10 that it may be later; the event that has come counts"
-- given.azure_activity_log_event = [
--   { name = "old", event_timestamp = "2026-07-04T00:00:00", operation_name_value = "Microsoft.Network/virtualNetworks/write", status_value = "Succeeded", caller = "dana@contoso.com", resource_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.insights/eventtypes/management/values/old" },
--   { name = "x", event_timestamp = "2026-09-30T23:34:00", operation_name_value = "Microsoft.Security/locations/jitNetworkAccessPolicies/initiate/action", status_value = "Succeeded", caller = "jo@contoso.com", resource_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.insights/eventtypes/management/values/x" },
--   { name = "y", event_timestamp = "2026-09-30T23:57:00", operation_name_value = "Microsoft.Security/locations/jitNetworkAccessPolicies/initiate/action", status_value = "Succeeded", caller = "dana@contoso.com", resource_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.insights/eventtypes/management/values/y" },
-- ]
-- given.azure_jit_access_request = [
--   { name = "a", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default/requests/a", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", requestor = "dana@contoso.com", justification = "patching", start_time_utc = "2026-09-30T23:40:00", virtual_machines = '[{"id":"/vm/web","ports":[{"number":22,"allowedSourceAddressPrefix":"203.0.113.7","endTimeUtc":"2026-10-01T02:00:00Z","status":"Initiated","statusReason":"UserRequested"}]}]' },
--   { name = "b", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default/requests/b", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", requestor = "dana@contoso.com", justification = "patching", start_time_utc = "2026-10-01T00:00:30", virtual_machines = '[{"id":"/vm/web","ports":[{"number":22,"allowedSourceAddressPrefix":"203.0.113.7","endTimeUtc":"2026-10-01T02:00:00Z","status":"Initiated","statusReason":"UserRequested"}]}]' },
--   { name = "c", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default/requests/c", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", requestor = "dana@contoso.com", justification = "patching", start_time_utc = "2026-09-30T23:29:59", virtual_machines = '[{"id":"/vm/web","ports":[{"number":22,"allowedSourceAddressPrefix":"203.0.113.7","endTimeUtc":"2026-10-01T02:00:00Z","status":"Initiated","statusReason":"UserRequested"}]}]' },
--   { name = "d", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default/requests/d", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", requestor = "dana@contoso.com", justification = "patching", start_time_utc = "2026-09-30T23:58:00", virtual_machines = '[{"id":"/vm/web","ports":[{"number":22,"allowedSourceAddressPrefix":"203.0.113.7","endTimeUtc":"2026-10-01T02:00:00Z","status":"Initiated","statusReason":"UserRequested"}]}]' },
-- ]
-- expect = { a = "unknown", b = "pass", c = "fail", d = "pass" }
-- [[case]]
-- title = "made while the snapshot was taken"
-- given.azure_jit_access_request = [
--   { name = "a", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default/requests/a", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", requestor = "dana@contoso.com", justification = "patching", start_time_utc = "2026-10-01T00:05:00", virtual_machines = '[{"id":"/vm/web","ports":[{"number":22,"allowedSourceAddressPrefix":"203.0.113.7","endTimeUtc":"2026-10-01T02:00:00Z","status":"Initiated","statusReason":"UserRequested"}]}]' },
-- ]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "older than the log is kept: not judged; the number of days is a parameter"
-- param.activity_log_days = 30
-- given.azure_activity_log_event = [
--   { name = "old", event_timestamp = "2026-07-04T00:00:00", operation_name_value = "Microsoft.Network/virtualNetworks/write", status_value = "Succeeded", caller = "dana@contoso.com", resource_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.insights/eventtypes/management/values/old" },
-- ]
-- given.azure_jit_access_request = [
--   { name = "a", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default/requests/a", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", requestor = "dana@contoso.com", justification = "patching", start_time_utc = "2026-08-01T00:00:00", virtual_machines = '[{"id":"/vm/web","ports":[{"number":22,"allowedSourceAddressPrefix":"203.0.113.7","endTimeUtc":"2026-10-01T02:00:00Z","status":"Initiated","statusReason":"UserRequested"}]}]' },
--   { name = "b", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default/requests/b", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", requestor = "dana@contoso.com", justification = "patching", start_time_utc = "2026-09-25T00:00:00", virtual_machines = '[{"id":"/vm/web","ports":[{"number":22,"allowedSourceAddressPrefix":"203.0.113.7","endTimeUtc":"2026-10-01T02:00:00Z","status":"Initiated","statusReason":"UserRequested"}]}]' },
-- ]
-- expect = { b = "fail" }
-- [[case]]
-- title = "older than everything in the log: the log may not reach back so far; a day less than Azure keeps"
-- given.azure_jit_access_request = [
--   { name = "a", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default/requests/a", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", requestor = "dana@contoso.com", justification = "patching", start_time_utc = "2026-08-01T00:00:00", virtual_machines = '[{"id":"/vm/web","ports":[{"number":22,"allowedSourceAddressPrefix":"203.0.113.7","endTimeUtc":"2026-10-01T02:00:00Z","status":"Initiated","statusReason":"UserRequested"}]}]' },
--   { name = "c", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default/requests/c", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", requestor = "dana@contoso.com", justification = "patching", start_time_utc = "2026-09-25T00:00:00", virtual_machines = '[{"id":"/vm/web","ports":[{"number":22,"allowedSourceAddressPrefix":"203.0.113.7","endTimeUtc":"2026-10-01T02:00:00Z","status":"Initiated","statusReason":"UserRequested"}]}]' },
--   { name = "b", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default/requests/b", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", requestor = "dana@contoso.com", justification = "patching", start_time_utc = "2026-07-03T12:00:00", virtual_machines = '[{"id":"/vm/web","ports":[{"number":22,"allowedSourceAddressPrefix":"203.0.113.7","endTimeUtc":"2026-10-01T02:00:00Z","status":"Initiated","statusReason":"UserRequested"}]}]' },
-- ]
-- given.azure_activity_log_event = [
--   { name = "x", event_timestamp = "2026-09-01T00:00:00", operation_name_value = "Microsoft.Network/virtualNetworks/write", status_value = "Succeeded", caller = "dana@contoso.com", resource_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.insights/eventtypes/management/values/x" },
-- ]
-- expect = { a = "unknown", b = "unknown", c = "fail" }
-- [[case]]
-- title = "caller and requestor given in ways that cannot be compared"
-- given.azure_activity_log_event = [
--   { name = "old", event_timestamp = "2026-07-04T00:00:00", operation_name_value = "Microsoft.Network/virtualNetworks/write", status_value = "Succeeded", caller = "dana@contoso.com", resource_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.insights/eventtypes/management/values/old" },
--   { name = "e", event_timestamp = "2026-09-30T22:58:00", operation_name_value = "Microsoft.Security/locations/jitNetworkAccessPolicies/initiate/action", status_value = "Succeeded", caller = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa", resource_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.insights/eventtypes/management/values/e" },
--   { name = "e2", event_timestamp = "2026-09-20T10:00:00", operation_name_value = "Microsoft.Security/locations/jitNetworkAccessPolicies/initiate/action", status_value = "Succeeded", caller = "dana@contoso.com", resource_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", claims_objectidentifier = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.insights/eventtypes/management/values/e2" },
-- ]
-- given.azure_jit_access_request = [
--   { name = "a", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default/requests/a", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", requestor = "dana@contoso.com", justification = "patching", start_time_utc = "2026-09-30T23:00:00", virtual_machines = '[{"id":"/vm/web","ports":[{"number":22,"allowedSourceAddressPrefix":"203.0.113.7","endTimeUtc":"2026-10-01T02:00:00Z","status":"Initiated","statusReason":"UserRequested"}]}]' },
--   { name = "b", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default/requests/b", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", requestor = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa", justification = "patching", start_time_utc = "2026-09-20T10:00:00", virtual_machines = '[{"id":"/vm/web","ports":[{"number":22,"allowedSourceAddressPrefix":"203.0.113.7","endTimeUtc":"2026-10-01T02:00:00Z","status":"Initiated","statusReason":"UserRequested"}]}]' },
-- ]
-- expect = { a = "unknown", b = "pass" }
-- [[case]]
-- title = "begin or requestor not stored"
-- given.azure_activity_log_event = [
--   { name = "old", event_timestamp = "2026-07-04T00:00:00", operation_name_value = "Microsoft.Network/virtualNetworks/write", status_value = "Succeeded", caller = "dana@contoso.com", resource_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.insights/eventtypes/management/values/old" },
--   { name = "e", event_timestamp = "2026-09-30T22:58:00", operation_name_value = "Microsoft.Security/locations/jitNetworkAccessPolicies/initiate/action", status_value = "Succeeded", caller = "dana@contoso.com", resource_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.insights/eventtypes/management/values/e" },
-- ]
-- given.azure_jit_access_request = [
--   { name = "a", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default/requests/a", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", requestor = "dana@contoso.com", justification = "patching", virtual_machines = '[{"id":"/vm/web","ports":[{"number":22,"allowedSourceAddressPrefix":"203.0.113.7","endTimeUtc":"2026-10-01T02:00:00Z","status":"Initiated","statusReason":"UserRequested"}]}]' },
--   { name = "b", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default/requests/b", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", justification = "patching", start_time_utc = "2026-09-30T23:00:00", virtual_machines = '[{"id":"/vm/web","ports":[{"number":22,"allowedSourceAddressPrefix":"203.0.113.7","endTimeUtc":"2026-10-01T02:00:00Z","status":"Initiated","statusReason":"UserRequested"}]}]' },
-- ]
-- expect = { a = "unknown", b = "unknown" }
-- [[case]]
-- title = "an event of which the caller or time could not be read"
-- given.azure_activity_log_event = [
--   { name = "old", event_timestamp = "2026-07-04T00:00:00", operation_name_value = "Microsoft.Network/virtualNetworks/write", status_value = "Succeeded", caller = "dana@contoso.com", resource_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/virtualnetworks/vnet", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.insights/eventtypes/management/values/old" },
--   { name = "e", event_timestamp = "2026-09-30T22:58:00", operation_name_value = "Microsoft.Security/locations/jitNetworkAccessPolicies/initiate/action", status_value = "Succeeded", resource_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", _gaps = ["caller"], id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.insights/eventtypes/management/values/e" },
-- ]
-- given.azure_jit_access_request = [
--   { name = "a", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default/requests/a", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", requestor = "dana@contoso.com", justification = "patching", start_time_utc = "2026-09-30T23:00:00", virtual_machines = '[{"id":"/vm/web","ports":[{"number":22,"allowedSourceAddressPrefix":"203.0.113.7","endTimeUtc":"2026-10-01T02:00:00Z","status":"Initiated","statusReason":"UserRequested"}]}]' },
-- ]
-- expect = { a = "unknown" }
-- [[case]]
-- # JIT-18 NA: no request
-- title = "no request"
-- given.azure_activity_log_event = [
--   { name = "e", event_timestamp = "2026-09-30T22:58:00", operation_name_value = "Microsoft.Security/locations/jitNetworkAccessPolicies/initiate/action", status_value = "Succeeded", caller = "dana@contoso.com", resource_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.insights/eventtypes/management/values/e" },
-- ]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "azure_jit_access_request denied"
-- ledger = [{ table = "azure_jit_access_request", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_jit_access_request = [
--   { name = "a", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default/requests/a", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", requestor = "dana@contoso.com", justification = "patching", start_time_utc = "2026-09-30T23:00:00", virtual_machines = '[{"id":"/vm/web","ports":[{"number":22,"allowedSourceAddressPrefix":"203.0.113.7","endTimeUtc":"2026-10-01T02:00:00Z","status":"Initiated","statusReason":"UserRequested"}]}]' },
-- ]
-- given.azure_activity_log_event = [
--   { name = "e", event_timestamp = "2026-09-30T22:58:00", operation_name_value = "Microsoft.Security/locations/jitNetworkAccessPolicies/initiate/action", status_value = "Succeeded", caller = "dana@contoso.com", resource_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.insights/eventtypes/management/values/e" },
-- ]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "azure_jit_network_access_policy denied"
-- ledger = [{ table = "azure_jit_network_access_policy", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_jit_access_request = [
--   { name = "a", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default/requests/a", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", requestor = "dana@contoso.com", justification = "patching", start_time_utc = "2026-09-30T23:00:00", virtual_machines = '[{"id":"/vm/web","ports":[{"number":22,"allowedSourceAddressPrefix":"203.0.113.7","endTimeUtc":"2026-10-01T02:00:00Z","status":"Initiated","statusReason":"UserRequested"}]}]' },
-- ]
-- given.azure_activity_log_event = [
--   { name = "e", event_timestamp = "2026-09-30T22:58:00", operation_name_value = "Microsoft.Security/locations/jitNetworkAccessPolicies/initiate/action", status_value = "Succeeded", caller = "dana@contoso.com", resource_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.insights/eventtypes/management/values/e" },
-- ]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "azure_activity_log_event denied"
-- ledger = [{ table = "azure_activity_log_event", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_jit_access_request = [
--   { name = "a", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default/requests/a", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", requestor = "dana@contoso.com", justification = "patching", start_time_utc = "2026-09-30T23:00:00", virtual_machines = '[{"id":"/vm/web","ports":[{"number":22,"allowedSourceAddressPrefix":"203.0.113.7","endTimeUtc":"2026-10-01T02:00:00Z","status":"Initiated","statusReason":"UserRequested"}]}]' },
-- ]
-- given.azure_activity_log_event = [
--   { name = "e", event_timestamp = "2026-09-30T22:58:00", operation_name_value = "Microsoft.Security/locations/jitNetworkAccessPolicies/initiate/action", status_value = "Succeeded", caller = "dana@contoso.com", resource_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.insights/eventtypes/management/values/e" },
-- ]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
WITH event AS (
    SELECT regexp_extract(lower(e.resource_id), '^(.*/jitnetworkaccesspolicies/[^/]+)', 1) AS policy_id, e.event_timestamp AS at,
           list_filter([lower(trim(e.caller)), lower(trim(e.claims_upn)), lower(trim(e.claims_objectidentifier))], lambda n: coalesce(n, '') <> '') AS names
    FROM azure_activity_log_event AS e
    WHERE lower(e.operation_name_value) = 'microsoft.security/locations/jitnetworkaccesspolicies/initiate/action'
      AND lower(coalesce(e.status_value, '')) <> 'failed'
),
-- How far the log goes back is not told by the log; its oldest event is the best witness.
reach AS (
    SELECT e.subscription_id, min(e.event_timestamp) AS oldest
    FROM azure_activity_log_event AS e
    GROUP BY e.subscription_id
),
request AS (
    SELECT r.id, r.policy_id, r.subscription_id, r.requestor, r.justification, r.start_time_utc AS start_at, lower(trim(r.requestor)) AS who,
           contains(r.requestor, '@') AS by_name,
           -- An event arrives in the log up to 20 minutes after what it tells of, which may be 10 minutes after the request.
           r.start_time_utc > snapshot_time() - INTERVAL 30 MINUTE AS is_young
    FROM azure_jit_access_request AS r
    WHERE r.start_time_utc IS NULL OR r.start_time_utc >= snapshot_time() - to_days(CAST(param_activity_log_days() AS INTEGER))
),
matched AS (
    SELECT r.id,
           bool_or(list_contains(e.names, r.who)) AS same,
           -- A sign-in name on one side and only an object id on the other, or the reverse.
           bool_or(array_length(list_filter(e.names, lambda n: contains(n, '@') = r.by_name)) = 0) AS incomparable,
           list_sort(list(DISTINCT array_to_string(e.names, ' = '))) AS callers
    FROM request AS r
    JOIN event AS e ON e.policy_id = rtrim(lower(r.policy_id), '/')
     AND abs(date_diff('millisecond', e.at, r.start_at)) <= 600000
    GROUP BY r.id
)
SELECT r.id AS subject, r.id AS resource_id, r.subscription_id,
       CASE WHEN r.start_at IS NULL OR coalesce(r.who, '') = '' THEN NULL
            WHEN m.same THEN 'pass'
            WHEN m.incomparable THEN NULL
            WHEN r.start_at < o.oldest OR r.start_at < snapshot_time() - INTERVAL 89 DAY OR r.is_young THEN NULL
            ELSE 'fail'
       END AS verdict,
       CASE WHEN r.start_at IS NULL OR coalesce(r.who, '') = '' THEN 'the request does not tell when it began or who asked'
            WHEN m.same THEN 'an initiate event of ' || r.requestor || ' is in the activity log'
            WHEN m.incomparable THEN 'an initiate event is there, but its caller cannot be compared with ' || r.requestor || ': ' || array_to_string(m.callers, ', ')
            WHEN r.start_at < o.oldest OR r.start_at < snapshot_time() - INTERVAL 89 DAY THEN 'no initiate event, but the activity log of the snapshot may not go back to ' || CAST(r.start_at AS VARCHAR)
            WHEN r.is_young THEN 'no initiate event of the requestor yet: the request is of the last 30 minutes before the snapshot, and events arrive late'
            WHEN m.id IS NOT NULL THEN 'initiate events within ten minutes are of other callers: ' || array_to_string(m.callers, ', ')
            ELSE 'no initiate event on the policy within ten minutes'
       END AS reason,
       coalesce(r.requestor, 'unknown') || ' ' || coalesce(CAST(r.start_at AS VARCHAR), '') AS resource_name,
       r.policy_id, r.requestor, r.start_at, r.justification
FROM request AS r
LEFT JOIN matched AS m ON m.id = r.id
LEFT JOIN reach AS o ON o.subscription_id = r.subscription_id
