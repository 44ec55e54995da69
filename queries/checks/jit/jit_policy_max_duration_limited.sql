-- title = "Longest window is short"
-- severity = "medium"
-- subject = "azure_jit_policy_port"
-- tables = ["azure_jit_policy_port", "azure_jit_network_access_policy"]
-- params = ["jit_max_duration_minutes"]
-- controls = ["jit:jit_policy_max_duration_limited"]
-- rationale = "A request may ask for the whole time that the policy offers. The shorter it is, the less a forgotten or stolen window is worth. The service itself takes five minutes to one day."
-- remediation = "Defender for Cloud > Workload protections > Just-in-time VM access > Configured > Edit: shorten the time of the port. By API (az rest --method put) send the whole policy, since PUT replaces it."
-- references = ["https://learn.microsoft.com/azure/defender-for-cloud/just-in-time-access-usage"]
-- [[case]]
-- # JIT-07 pass: 5 <= minutes <= jit_max_duration_minutes
-- title = "exactly the limit of three hours"
-- given.azure_jit_policy_port = [{ name = "p", number = 22, protocol = "*", max_request_access_duration = "PT3H" }]
-- expect = { p = "pass" }
-- [[case]]
-- # JIT-07 fail: longer
-- title = "a minute more"
-- given.azure_jit_policy_port = [{ name = "p", number = 22, protocol = "*", max_request_access_duration = "PT3H1M" }]
-- expect = { p = "fail" }
-- [[case]]
-- # JIT-07 pass: 5 <= minutes <= jit_max_duration_minutes
-- # JIT-07 fail: outside 5 min to 1 day
-- title = "the service's bounds: five minutes pass, less does not"
-- given.azure_jit_policy_port = [{ name = "p", max_request_access_duration = "PT5M" }, { name = "q", max_request_access_duration = "PT4M59S" }, { name = "r", max_request_access_duration = "PT0S" }]
-- expect = { p = "pass", q = "fail", r = "fail" }
-- [[case]]
-- title = "one day in both spellings passes only when the limit is raised"
-- param.jit_max_duration_minutes = 1440
-- given.azure_jit_policy_port = [{ name = "p", max_request_access_duration = "PT24H" }, { name = "q", max_request_access_duration = "P1D" }]
-- expect = { p = "pass", q = "pass" }
-- [[case]]
-- # JIT-07 fail: outside 5 min to 1 day
-- title = "over one day fails whatever the limit"
-- param.jit_max_duration_minutes = 100000
-- given.azure_jit_policy_port = [{ name = "p", max_request_access_duration = "P1DT1M" }, { name = "q", max_request_access_duration = "P1M" }]
-- expect = { p = "fail", q = "fail" }
-- [[case]]
-- title = "the limit is a parameter"
-- param.jit_max_duration_minutes = 60
-- given.azure_jit_policy_port = [{ name = "p", max_request_access_duration = "PT1H" }, { name = "q", max_request_access_duration = "PT1H30M" }]
-- expect = { p = "pass", q = "fail" }
-- [[case]]
-- title = "the .NET spelling, and lower case"
-- given.azure_jit_policy_port = [{ name = "p", max_request_access_duration = "03:00:00" }, { name = "q", max_request_access_duration = "1.00:00:00" }, { name = "r", max_request_access_duration = "pt2h" }]
-- expect = { p = "pass", q = "fail", r = "pass" }
-- [[case]]
-- # JIT-07 unknown: unreadable
-- title = "absent or not a duration"
-- given.azure_jit_policy_port = [{ name = "p" }, { name = "q", max_request_access_duration = "3 hours" }, { name = "r", max_request_access_duration = "P" }, { name = "s", max_request_access_duration = "" }]
-- expect = { p = "unknown", q = "unknown", r = "unknown", s = "unknown" }
-- [[case]]
-- title = "value not readable"
-- given.azure_jit_policy_port = [{ name = "p", max_request_access_duration = "PT1H", _gaps = ["max_request_access_duration"] }]
-- expect = { p = "unknown" }
-- [[case]]
-- # JIT-07 NA: no policy
-- title = "no policy"
-- given.azure_jit_policy_port = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "Defender for Cloud not registered: there can be no policy"
-- ledger = [{ table = "azure_jit_network_access_policy", subscription = "11111111-1111-4111-8111-111111111111", status = "not_registered" }, { table = "azure_jit_policy_port", subscription = "11111111-1111-4111-8111-111111111111", status = "not_registered" }]
-- given.azure_jit_policy_port = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "policies denied"
-- ledger = [{ table = "azure_jit_network_access_policy", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }, { table = "azure_jit_policy_port", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_jit_policy_port = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
WITH port AS (
    SELECT p.id, p.policy_id, p.subscription_id, p.vm_id, p.number, p.protocol, p.max_request_access_duration,
           duration_minutes(p.max_request_access_duration) AS minutes
    FROM azure_jit_policy_port AS p
)
SELECT p.id AS subject, p.id AS resource_id, p.subscription_id,
       CASE WHEN p.minutes IS NULL THEN NULL
            WHEN p.minutes >= 5 AND p.minutes <= 1440 AND p.minutes <= param_jit_max_duration_minutes() THEN 'pass'
            ELSE 'fail'
       END AS verdict,
       CASE WHEN p.max_request_access_duration IS NULL THEN 'the policy gives no longest time'
            WHEN p.minutes IS NULL THEN 'the longest time cannot be read: ' || p.max_request_access_duration
            WHEN p.minutes < 5 OR p.minutes > 1440
            THEN 'the longest time, ' || p.max_request_access_duration || ', is outside five minutes to one day'
            ELSE 'the longest time is ' || CAST(round(p.minutes) AS BIGINT) || ' minutes, the limit '
                 || param_jit_max_duration_minutes()
       END AS reason,
       guid_of(p.vm_id) || ' ' || p.number || '/' || coalesce(p.protocol, '*') AS resource_name,
       p.policy_id, p.vm_id, p.number AS port, p.protocol, p.max_request_access_duration AS longest_time,
       CASE WHEN list_contains(a._gaps, 'provisioning_state') THEN 'not readable' ELSE a.provisioning_state END AS provisioning_state
FROM port AS p
LEFT JOIN azure_jit_network_access_policy AS a ON a.id = p.policy_id
