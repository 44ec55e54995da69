-- title = "Open windows are short"
-- severity = "high"
-- subject = "azure_jit_access_request"
-- tables = ["azure_jit_access_request", "azure_jit_network_access_policy", "azure_jit_policy_port"]
-- params = ["jit_window_max_minutes"]
-- controls = ["jit:jit_request_window_limited"]
-- rationale = "Every hour that a window stays open is an hour in which a stolen session or password works. Windows should last no longer than the policy and the company's own limit allow."
-- remediation = "Let the window end or delete the leftover rule (az network nsg rule delete). Ask for one address and a short time (Request access in the portal, Start-AzJitNetworkAccessPolicy). Connections that stand survive the end of a window. Lower the longest time in the policy."
-- references = ["https://learn.microsoft.com/azure/defender-for-cloud/just-in-time-access-usage"]
-- [[case]]
-- # JIT-17 pass: minutes <= min(policy max, jit_window_max_minutes) + 5
-- # JIT-17 fail: longer
-- title = "three hours; the five minutes of tolerance; a minute over"
-- given.azure_jit_policy_port = [
--   { name = "web-22", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", vm_id = "/vm/web", number = 22, protocol = "*", max_request_access_duration = "PT3H" },
-- ]
-- given.azure_jit_access_request = [
--   { name = "a", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default/requests/a", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", requestor = "dana@contoso.com", justification = "patching", start_time_utc = "2026-09-30T23:00:00", virtual_machines = '[{"id":"/vm/web","ports":[{"number":22,"allowedSourceAddressPrefix":"203.0.113.7","endTimeUtc":"2026-10-01T02:00:00Z","status":"Initiated","statusReason":"UserRequested"}]}]' },
--   { name = "b", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default/requests/b", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", requestor = "dana@contoso.com", justification = "patching", start_time_utc = "2026-09-30T23:00:00", virtual_machines = '[{"id":"/vm/web","ports":[{"number":22,"allowedSourceAddressPrefix":"203.0.113.7","endTimeUtc":"2026-10-01T02:05:00.0000000Z","status":"Initiated","statusReason":"UserRequested"}]}]' },
--   { name = "c", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default/requests/c", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", requestor = "dana@contoso.com", justification = "patching", start_time_utc = "2026-09-30T23:00:00", virtual_machines = '[{"id":"/vm/web","ports":[{"number":22,"allowedSourceAddressPrefix":"203.0.113.7","endTimeUtc":"2026-10-01T02:06:00Z","status":"Initiated","statusReason":"UserRequested"}]}]' },
-- ]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default/requests/a/virtualmachines/0/ports/0" = "pass", "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default/requests/b/virtualmachines/0/ports/0" = "pass", "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default/requests/c/virtualmachines/0/ports/0" = "fail" }
-- [[case]]
-- # JIT-17 fail: longer
-- title = "the limit of the policy is shorter: it holds; it is longer: the own limit holds"
-- given.azure_jit_policy_port = [
--   { name = "web-22", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", vm_id = "/vm/web", number = 22, protocol = "*", max_request_access_duration = "PT1H" },
--   { name = "db-22", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", vm_id = "/vm/db", number = 22, protocol = "*", max_request_access_duration = "P1D" },
-- ]
-- given.azure_jit_access_request = [
--   { name = "a", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default/requests/a", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", requestor = "dana@contoso.com", justification = "patching", start_time_utc = "2026-09-30T23:00:00", virtual_machines = '[{"id":"/vm/web","ports":[{"number":22,"allowedSourceAddressPrefix":"203.0.113.7","endTimeUtc":"2026-10-01T01:00:00Z","status":"Initiated","statusReason":"UserRequested"}]}]' },
--   { name = "b", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default/requests/b", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", requestor = "dana@contoso.com", justification = "patching", start_time_utc = "2026-09-30T23:00:00", virtual_machines = '[{"id":"/vm/db","ports":[{"number":22,"allowedSourceAddressPrefix":"203.0.113.7","endTimeUtc":"2026-10-01T04:00:00Z","status":"Initiated","statusReason":"UserRequested"}]}]' },
-- ]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default/requests/a/virtualmachines/0/ports/0" = "fail", "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default/requests/b/virtualmachines/0/ports/0" = "fail" }
-- [[case]]
-- title = "the own limit is a parameter"
-- param.jit_window_max_minutes = 480
-- given.azure_jit_policy_port = [
--   { name = "web-22", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", vm_id = "/vm/web", number = 22, protocol = "*", max_request_access_duration = "PT8H" },
-- ]
-- given.azure_jit_access_request = [
--   { name = "a", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default/requests/a", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", requestor = "dana@contoso.com", justification = "patching", start_time_utc = "2026-09-30T23:00:00", virtual_machines = '[{"id":"/vm/web","ports":[{"number":22,"allowedSourceAddressPrefix":"203.0.113.7","endTimeUtc":"2026-10-01T07:00:00Z","status":"Initiated","statusReason":"UserRequested"}]}]' },
-- ]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default/requests/a/virtualmachines/0/ports/0" = "pass" }
-- [[case]]
-- title = "seven digits of a second in the end, and a short window"
-- given.azure_jit_policy_port = [
--   { name = "web-22", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", vm_id = "/vm/web", number = 22, protocol = "*", max_request_access_duration = "PT3H" },
-- ]
-- given.azure_jit_access_request = [
--   { name = "a", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default/requests/a", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", requestor = "dana@contoso.com", justification = "patching", start_time_utc = "2026-09-30T23:00:00", virtual_machines = '[{"id":"/vm/web","ports":[{"number":22,"allowedSourceAddressPrefix":"203.0.113.7","endTimeUtc":"2026-10-01T00:30:00.1234567Z","status":"Initiated","statusReason":"UserRequested"}]}]' },
-- ]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default/requests/a/virtualmachines/0/ports/0" = "pass" }
-- [[case]]
-- # JIT-17 NA: none open
-- title = "ended, ending at this moment, revoked or later windows are not open"
-- given.azure_jit_policy_port = [
--   { name = "web-22", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", vm_id = "/vm/web", number = 22, protocol = "*", max_request_access_duration = "PT3H" },
-- ]
-- given.azure_jit_access_request = [
--   { name = "a", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default/requests/a", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", requestor = "dana@contoso.com", justification = "patching", start_time_utc = "2026-09-30T23:00:00", virtual_machines = '[{"id":"/vm/web","ports":[{"number":22,"allowedSourceAddressPrefix":"203.0.113.7","endTimeUtc":"2026-09-30T23:30:00Z","status":"Initiated","statusReason":"UserRequested"}]}]' },
--   { name = "b", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default/requests/b", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", requestor = "dana@contoso.com", justification = "patching", start_time_utc = "2026-09-30T23:00:00", virtual_machines = '[{"id":"/vm/web","ports":[{"number":22,"allowedSourceAddressPrefix":"203.0.113.7","endTimeUtc":"2026-10-01T00:00:00Z","status":"Initiated","statusReason":"UserRequested"}]}]' },
--   { name = "c", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default/requests/c", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", requestor = "dana@contoso.com", justification = "patching", start_time_utc = "2026-09-30T23:00:00", virtual_machines = '[{"id":"/vm/web","ports":[{"number":22,"allowedSourceAddressPrefix":"203.0.113.7","endTimeUtc":"2026-10-05T00:00:00Z","status":"REVOKED","statusReason":"UserRequested"}]}]' },
--   { name = "d", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default/requests/d", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", requestor = "dana@contoso.com", justification = "patching", start_time_utc = "2026-10-01T00:00:01", virtual_machines = '[{"id":"/vm/web","ports":[{"number":22,"allowedSourceAddressPrefix":"203.0.113.7","endTimeUtc":"2026-10-05T00:00:00Z","status":"Initiated","statusReason":"UserRequested"}]}]' },
-- ]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "the port is not in the policy any more, or its time is unreadable: too long is proven, short is not"
-- given.azure_jit_policy_port = [
--   { name = "db-22", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", vm_id = "/vm/db", number = 22, protocol = "*", max_request_access_duration = "often" },
-- ]
-- given.azure_jit_access_request = [
--   { name = "a", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default/requests/a", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", requestor = "dana@contoso.com", justification = "patching", start_time_utc = "2026-09-30T23:00:00", virtual_machines = '[{"id":"/vm/web","ports":[{"number":22,"allowedSourceAddressPrefix":"203.0.113.7","endTimeUtc":"2026-10-01T00:30:00Z","status":"Initiated","statusReason":"UserRequested"}]}]' },
--   { name = "b", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default/requests/b", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", requestor = "dana@contoso.com", justification = "patching", start_time_utc = "2026-09-30T23:00:00", virtual_machines = '[{"id":"/vm/web","ports":[{"number":22,"allowedSourceAddressPrefix":"203.0.113.7","endTimeUtc":"2026-10-01T06:00:00Z","status":"Initiated","statusReason":"UserRequested"}]}]' },
--   { name = "c", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default/requests/c", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", requestor = "dana@contoso.com", justification = "patching", start_time_utc = "2026-09-30T23:00:00", virtual_machines = '[{"id":"/vm/db","ports":[{"number":22,"allowedSourceAddressPrefix":"203.0.113.7","endTimeUtc":"2026-10-01T00:30:00Z","status":"Initiated","statusReason":"UserRequested"}]}]' },
-- ]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default/requests/a/virtualmachines/0/ports/0" = "unknown", "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default/requests/b/virtualmachines/0/ports/0" = "fail", "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default/requests/c/virtualmachines/0/ports/0" = "unknown" }
-- [[case]]
-- title = "a time could not be read: whether it is open is not known"
-- given.azure_jit_policy_port = [
--   { name = "web-22", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", vm_id = "/vm/web", number = 22, protocol = "*", max_request_access_duration = "PT3H" },
-- ]
-- given.azure_jit_access_request = [
--   { name = "a", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default/requests/a", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", requestor = "dana@contoso.com", justification = "patching", start_time_utc = "2026-09-30T23:00:00", virtual_machines = '[{"id":"/vm/web","ports":[{"number":22,"allowedSourceAddressPrefix":"203.0.113.7","endTimeUtc":"soon","status":"Initiated","statusReason":"UserRequested"}]}]' },
--   { name = "b", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default/requests/b", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", requestor = "dana@contoso.com", justification = "patching", virtual_machines = '[{"id":"/vm/web","ports":[{"number":22,"allowedSourceAddressPrefix":"203.0.113.7","endTimeUtc":"2026-10-01T02:00:00Z","status":"Initiated","statusReason":"UserRequested"}]}]' },
-- ]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default/requests/a/virtualmachines/0/ports/0" = "unknown", "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default/requests/b/virtualmachines/0/ports/0" = "unknown" }
-- [[case]]
-- title = "another zone than UTC in the end is not read"
-- given.azure_jit_policy_port = [
--   { name = "web-22", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", vm_id = "/vm/web", number = 22, protocol = "*", max_request_access_duration = "PT3H" },
-- ]
-- given.azure_jit_access_request = [
--   { name = "a", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default/requests/a", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", requestor = "dana@contoso.com", justification = "patching", start_time_utc = "2026-09-30T23:00:00", virtual_machines = '[{"id":"/vm/web","ports":[{"number":22,"allowedSourceAddressPrefix":"203.0.113.7","endTimeUtc":"2026-10-01T02:00:00+02:00","status":"Initiated","statusReason":"UserRequested"}]}]' },
-- ]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default/requests/a/virtualmachines/0/ports/0" = "unknown" }
-- [[case]]
-- title = "an ended window whose begin is not stored is not open"
-- given.azure_jit_policy_port = [
--   { name = "web-22", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", vm_id = "/vm/web", number = 22, protocol = "*", max_request_access_duration = "PT3H" },
-- ]
-- given.azure_jit_access_request = [
--   { name = "a", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default/requests/a", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", requestor = "dana@contoso.com", justification = "patching", virtual_machines = '[{"id":"/vm/web","ports":[{"number":22,"allowedSourceAddressPrefix":"203.0.113.7","endTimeUtc":"2026-09-30T23:30:00Z","status":"Initiated","statusReason":"UserRequested"}]}]' },
-- ]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "no request"
-- given.azure_jit_policy_port = [
--   { name = "web-22", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", vm_id = "/vm/web", number = 22, protocol = "*", max_request_access_duration = "PT3H" },
-- ]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "azure_jit_access_request denied"
-- ledger = [{ table = "azure_jit_access_request", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_jit_policy_port = [
--   { name = "web-22", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", vm_id = "/vm/web", number = 22, protocol = "*", max_request_access_duration = "PT3H" },
-- ]
-- given.azure_jit_access_request = [
--   { name = "a", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default/requests/a", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", requestor = "dana@contoso.com", justification = "patching", start_time_utc = "2026-09-30T23:00:00", virtual_machines = '[{"id":"/vm/web","ports":[{"number":22,"allowedSourceAddressPrefix":"203.0.113.7","endTimeUtc":"2026-10-01T02:00:00Z","status":"Initiated","statusReason":"UserRequested"}]}]' },
-- ]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "azure_jit_network_access_policy denied"
-- ledger = [{ table = "azure_jit_network_access_policy", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_jit_policy_port = [
--   { name = "web-22", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", vm_id = "/vm/web", number = 22, protocol = "*", max_request_access_duration = "PT3H" },
-- ]
-- given.azure_jit_access_request = [
--   { name = "a", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default/requests/a", policy_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.security/locations/jitnetworkaccesspolicies/default", requestor = "dana@contoso.com", justification = "patching", start_time_utc = "2026-09-30T23:00:00", virtual_machines = '[{"id":"/vm/web","ports":[{"number":22,"allowedSourceAddressPrefix":"203.0.113.7","endTimeUtc":"2026-10-01T02:00:00Z","status":"Initiated","statusReason":"UserRequested"}]}]' },
-- ]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
WITH window_limit AS (
    SELECT w.request_id || '/virtualmachines/' || w.vm_place || '/ports/' || w.port_place AS subject, w.request_id, w.subscription_id, w.policy_id, w.vm_id, w.port, w.requestor, w.justification, w.sources,
           w.start_at, w.end_at, w.minutes, w.state, w.in_policy, w.policy_max_minutes,
           least(coalesce(w.policy_max_minutes, param_jit_window_max_minutes()), param_jit_window_max_minutes()) AS max_minutes
    FROM jit_open_windows AS w
    WHERE coalesce(w.state, 'open') = 'open'
)
SELECT l.subject, l.request_id AS resource_id, l.subscription_id,
       CASE WHEN l.state IS NULL THEN NULL
            WHEN l.minutes > l.max_minutes + 5 THEN 'fail'
            WHEN l.policy_max_minutes IS NULL THEN NULL
            ELSE 'pass'
       END AS verdict,
       CASE WHEN l.state IS NULL THEN 'begin or end of the window could not be read'
            WHEN l.minutes > l.max_minutes + 5 THEN 'open for ' || CAST(round(l.minutes, 1) AS VARCHAR) || ' minutes, allowed are ' || CAST(round(l.max_minutes, 1) AS VARCHAR)
            WHEN NOT l.in_policy THEN 'the port is not in the policy any more, so what it allows is not known'
            WHEN l.policy_max_minutes IS NULL THEN 'the longest time of the policy could not be read'
            ELSE 'open for ' || CAST(round(l.minutes, 1) AS VARCHAR) || ' of ' || CAST(round(l.max_minutes, 1) AS VARCHAR) || ' minutes allowed'
       END AS reason,
       coalesce(l.requestor, 'unknown') || ': ' || coalesce(guid_of(l.vm_id), '?') || ' ' || coalesce(CAST(l.port AS VARCHAR), '?') AS resource_name,
       l.policy_id, l.vm_id, l.port, l.requestor, l.justification, l.sources, l.start_at, l.end_at, l.minutes, l.policy_max_minutes
FROM window_limit AS l
