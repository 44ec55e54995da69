-- title = "Scale set announces terminations five to fifteen minutes ahead"
-- severity = "low"
-- subject = "azure_vm_scale_set"
-- tables = ["azure_vm_scale_set"]
-- params = ["vmss_min_delay_minutes"]
-- controls = ["jit:vmss_termination_delay_in_bounds"]
-- rationale = "The delay is the time a machine has to drain, save its state and send off its logs. Azure takes five to fifteen minutes; a workload that needs longer than what is set loses the rest."
-- remediation = '''az vmss update -g GROUP -n NAME --enable-terminate-notification true --terminate-notification-time 10, then az vmss update-instances -g GROUP -n NAME --instance-ids "*". Portal: scale set > Configuration > Instance termination notification > Termination delay.'''
-- references = ["https://learn.microsoft.com/azure/virtual-machine-scale-sets/virtual-machine-scale-sets-terminate-notification"]
-- [[case]]
-- # JIT-28 pass: notBeforeTimeout
-- title = "five, ten and fifteen minutes; seconds and the .NET form"
-- given.azure_vm_scale_set = [
--   { name = "a", virtual_machine_profile = "{}", virtual_machine_profile_scheduled_events_profile_terminate_notification_profile_enable = true, virtual_machine_profile_scheduled_events_profile_terminate_notification_profile_not_before_timeout = "PT5M" },
--   { name = "b", virtual_machine_profile = "{}", virtual_machine_profile_scheduled_events_profile_terminate_notification_profile_enable = true, virtual_machine_profile_scheduled_events_profile_terminate_notification_profile_not_before_timeout = "PT10M" },
--   { name = "c", virtual_machine_profile = "{}", virtual_machine_profile_scheduled_events_profile_terminate_notification_profile_enable = true, virtual_machine_profile_scheduled_events_profile_terminate_notification_profile_not_before_timeout = "PT15M" },
--   { name = "d", virtual_machine_profile = "{}", virtual_machine_profile_scheduled_events_profile_terminate_notification_profile_enable = true, virtual_machine_profile_scheduled_events_profile_terminate_notification_profile_not_before_timeout = "PT600S" },
--   { name = "e", virtual_machine_profile = "{}", virtual_machine_profile_scheduled_events_profile_terminate_notification_profile_enable = true, virtual_machine_profile_scheduled_events_profile_terminate_notification_profile_not_before_timeout = "00:07:00" },
-- ]
-- expect = { "a" = "pass", "b" = "pass", "c" = "pass", "d" = "pass", "e" = "pass" }
-- [[case]]
-- # JIT-28 fail: outside
-- title = "too short and too long"
-- given.azure_vm_scale_set = [
--   { name = "a", virtual_machine_profile = "{}", virtual_machine_profile_scheduled_events_profile_terminate_notification_profile_enable = true, virtual_machine_profile_scheduled_events_profile_terminate_notification_profile_not_before_timeout = "PT4M59S" },
--   { name = "b", virtual_machine_profile = "{}", virtual_machine_profile_scheduled_events_profile_terminate_notification_profile_enable = true, virtual_machine_profile_scheduled_events_profile_terminate_notification_profile_not_before_timeout = "PT15M1S" },
--   { name = "c", virtual_machine_profile = "{}", virtual_machine_profile_scheduled_events_profile_terminate_notification_profile_enable = true, virtual_machine_profile_scheduled_events_profile_terminate_notification_profile_not_before_timeout = "PT1H" },
-- ]
-- expect = { "a" = "fail", "b" = "fail", "c" = "fail" }
-- [[case]]
-- # JIT-28 pass: absent = PT5M
-- title = "no delay given means five minutes"
-- given.azure_vm_scale_set = [{ name = "a", virtual_machine_profile = "{}", virtual_machine_profile_scheduled_events_profile_terminate_notification_profile_enable = true }]
-- expect = { "a" = "pass" }
-- [[case]]
-- # JIT-28 pass: between max(5, vmss_min_delay_minutes) and 15
-- # JIT-28 fail: outside
-- title = "five minutes, given or not, against a longer wish"
-- param.vmss_min_delay_minutes = 10
-- given.azure_vm_scale_set = [
--   { name = "a", virtual_machine_profile = "{}", virtual_machine_profile_scheduled_events_profile_terminate_notification_profile_enable = true },
--   { name = "b", virtual_machine_profile = "{}", virtual_machine_profile_scheduled_events_profile_terminate_notification_profile_enable = true, virtual_machine_profile_scheduled_events_profile_terminate_notification_profile_not_before_timeout = "PT5M" },
--   { name = "c", virtual_machine_profile = "{}", virtual_machine_profile_scheduled_events_profile_terminate_notification_profile_enable = true, virtual_machine_profile_scheduled_events_profile_terminate_notification_profile_not_before_timeout = "PT10M" },
-- ]
-- expect = { "a" = "fail", "b" = "fail", "c" = "pass" }
-- [[case]]
-- title = "a wish below five minutes does not count"
-- param.vmss_min_delay_minutes = 1
-- given.azure_vm_scale_set = [
--   { name = "a", virtual_machine_profile = "{}", virtual_machine_profile_scheduled_events_profile_terminate_notification_profile_enable = true, virtual_machine_profile_scheduled_events_profile_terminate_notification_profile_not_before_timeout = "PT3M" },
--   { name = "b", virtual_machine_profile = "{}", virtual_machine_profile_scheduled_events_profile_terminate_notification_profile_enable = true },
-- ]
-- expect = { "a" = "fail", "b" = "pass" }
-- [[case]]
-- # JIT-28 NA: not enabled
-- title = "not switched on: nothing to judge, whatever the delay"
-- given.azure_vm_scale_set = [
--   { name = "a", virtual_machine_profile = "{}", virtual_machine_profile_scheduled_events_profile_terminate_notification_profile_enable = false, virtual_machine_profile_scheduled_events_profile_terminate_notification_profile_not_before_timeout = "PT1H" },
--   { name = "b", virtual_machine_profile = "{}" },
--   { name = "c", virtual_machine_profile = "{}", virtual_machine_profile_scheduled_events_profile_terminate_notification_profile_not_before_timeout = "PT1M" },
-- ]
-- expect = { "a" = "not_applicable", "b" = "not_applicable", "c" = "not_applicable" }
-- [[case]]
-- # JIT-28 unknown: unreadable
-- title = "a delay that cannot be read"
-- given.azure_vm_scale_set = [
--   { name = "a", virtual_machine_profile = "{}", virtual_machine_profile_scheduled_events_profile_terminate_notification_profile_enable = true, virtual_machine_profile_scheduled_events_profile_terminate_notification_profile_not_before_timeout = "ten minutes" },
--   { name = "b", virtual_machine_profile = "{}", virtual_machine_profile_scheduled_events_profile_terminate_notification_profile_enable = true, virtual_machine_profile_scheduled_events_profile_terminate_notification_profile_not_before_timeout = "PT10M", _gaps = ["virtual_machine_profile_scheduled_events_profile_terminate_notification_profile_not_before_timeout"] },
--   { name = "c", virtual_machine_profile = "{}", virtual_machine_profile_scheduled_events_profile_terminate_notification_profile_enable = true, virtual_machine_profile_scheduled_events_profile_terminate_notification_profile_not_before_timeout = " " },
-- ]
-- expect = { "a" = "unknown", "b" = "unknown", "c" = "unknown" }
-- [[case]]
-- # JIT-28 NA: Spot
-- title = "Spot machines, by the old name too, cannot have it"
-- given.azure_vm_scale_set = [
--   { name = "a", virtual_machine_profile = "{}", virtual_machine_profile_priority = "Spot" },
--   { name = "b", virtual_machine_profile = "{}", virtual_machine_profile_scheduled_events_profile_terminate_notification_profile_enable = true, virtual_machine_profile_scheduled_events_profile_terminate_notification_profile_not_before_timeout = "PT5M", virtual_machine_profile_priority = "spot" },
--   { name = "c", virtual_machine_profile = "{}", virtual_machine_profile_priority = "Low" },
-- ]
-- expect = { "a" = "not_applicable", "b" = "not_applicable", "c" = "not_applicable" }
-- [[case]]
-- # JIT-28 NA: no profile
-- title = "a flexible set without a model of its machines"
-- given.azure_vm_scale_set = [
--   { name = "a", orchestration_mode = "Flexible" },
--   { name = "b", orchestration_mode = "Flexible", virtual_machine_profile = "null" },
-- ]
-- expect = { "a" = "not_applicable", "b" = "not_applicable" }
-- [[case]]
-- title = "values not readable"
-- given.azure_vm_scale_set = [
--   { name = "a", virtual_machine_profile = "{}", virtual_machine_profile_scheduled_events_profile_terminate_notification_profile_enable = true, _gaps = ["virtual_machine_profile_scheduled_events_profile_terminate_notification_profile_enable"] },
--   { name = "b", virtual_machine_profile = "{}", virtual_machine_profile_scheduled_events_profile_terminate_notification_profile_enable = true, _gaps = ["virtual_machine_profile"] },
--   { name = "c", virtual_machine_profile = "{}", virtual_machine_profile_scheduled_events_profile_terminate_notification_profile_enable = true, virtual_machine_profile_priority = "Spot", _gaps = ["virtual_machine_profile_priority"] },
--   { name = "d", virtual_machine_profile = "{}", _gaps = ["virtual_machine_profile_scheduled_events_profile_terminate_notification_profile_enable"] },
--   { name = "e", _gaps = ["virtual_machine_profile"] },
-- ]
-- expect = { "a" = "unknown", "b" = "unknown", "c" = "unknown", "d" = "unknown", "e" = "unknown" }
-- [[case]]
-- title = "no scale set"
-- given.azure_vm_scale_set = []
-- expect = { "11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "denied"
-- ledger = [{ table = "azure_vm_scale_set", status = "denied" }]
-- given.azure_vm_scale_set = [{ name = "a", virtual_machine_profile = "{}", virtual_machine_profile_scheduled_events_profile_terminate_notification_profile_enable = true }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "denied in one subscription of two"
-- ledger = [{ table = "azure_vm_scale_set", subscription = "22222222-2222-4222-8222-222222222222", status = "denied" }]
-- given.azure_vm_scale_set = [
--   { name = "a", virtual_machine_profile = "{}", virtual_machine_profile_scheduled_events_profile_terminate_notification_profile_enable = true },
--   { name = "b", virtual_machine_profile = "{}", virtual_machine_profile_scheduled_events_profile_terminate_notification_profile_enable = true, subscription_id = "22222222-2222-4222-8222-222222222222" },
-- ]
-- expect = { "a" = "pass", "/subscriptions/22222222-2222-4222-8222-222222222222" = "unknown" }
WITH scale_set AS (
    SELECT v.id, v.name, v.subscription_id, v.orchestration_mode,
           v.virtual_machine_profile_priority AS priority,
           v.virtual_machine_profile_scheduled_events_profile_terminate_notification_profile_enable AS notice,
           coalesce(v.virtual_machine_profile_scheduled_events_profile_terminate_notification_profile_not_before_timeout, 'PT5M') AS delay,
           v.virtual_machine_profile_scheduled_events_profile_terminate_notification_profile_not_before_timeout IS NULL AS is_default,
           -- Low is the old name of Spot.
           coalesce(lower(trim(v.virtual_machine_profile_priority)), 'regular') IN ('spot', 'low') AS is_spot,
           coalesce(CAST(v.virtual_machine_profile AS VARCHAR), 'null') = 'null' AND v.virtual_machine_profile_priority IS NULL
             AND v.virtual_machine_profile_scheduled_events_profile_terminate_notification_profile_enable IS NULL AS has_no_profile,
           CASE WHEN list_contains(v._gaps, 'virtual_machine_profile') THEN 'the model of the machines could not be read'
                WHEN list_contains(v._gaps, 'virtual_machine_profile_priority') THEN 'whether the machines are Spot could not be read'
                WHEN list_contains(v._gaps, 'virtual_machine_profile_scheduled_events_profile_terminate_notification_profile_enable')
                THEN 'whether terminations are announced could not be read'
                WHEN list_contains(v._gaps, 'virtual_machine_profile_scheduled_events_profile_terminate_notification_profile_not_before_timeout')
                THEN 'the delay could not be read'
           END AS gap
    FROM azure_vm_scale_set AS v
)
SELECT v.id AS subject, v.id AS resource_id, v.subscription_id,
       CASE WHEN v.gap IS NOT NULL THEN NULL
            WHEN v.has_no_profile OR v.is_spot OR NOT coalesce(v.notice, FALSE) THEN 'not_applicable'
            WHEN duration_minutes(v.delay) IS NULL THEN NULL
            WHEN duration_minutes(v.delay) BETWEEN greatest(5, param_vmss_min_delay_minutes()) AND 15 THEN 'pass'
            ELSE 'fail'
       END AS verdict,
       CASE WHEN v.gap IS NOT NULL THEN v.gap
            WHEN v.has_no_profile THEN 'the scale set has no model of its machines'
            WHEN v.is_spot THEN 'termination notices do not exist for Spot machines'
            WHEN NOT coalesce(v.notice, FALSE) THEN 'terminations are not announced'
            WHEN duration_minutes(v.delay) IS NULL THEN 'the delay cannot be read as a duration: ' || v.delay
            ELSE 'terminations are announced ' || v.delay || CASE WHEN v.is_default THEN ' (the default)' ELSE '' END || ' ahead; allowed are '
                 || greatest(5, param_vmss_min_delay_minutes()) || ' to 15 minutes'
       END AS reason,
       v.name AS resource_name, v.orchestration_mode, v.priority, v.delay
FROM scale_set AS v
