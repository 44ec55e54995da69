-- title = "Scale set announces terminations to its machines"
-- severity = "high"
-- subject = "azure_vm_scale_set"
-- tables = ["azure_vm_scale_set"]
-- controls = ["jit:vmss_termination_notification_enabled"]
-- rationale = "Without notice a machine of a scale set is gone in the middle of its work: requests are cut off, and logs and traces that were not sent yet are lost, which also hides what happened on it. With notice it can drain, save and report first."
-- remediation = '''az vmss update -g GROUP -n NAME --enable-terminate-notification true --terminate-notification-time 10, then bring existing machines to the new model (az vmss update-instances -g GROUP -n NAME --instance-ids "*"). Portal: scale set > Configuration > Instance termination notification.'''
-- references = ["https://learn.microsoft.com/azure/virtual-machine-scale-sets/virtual-machine-scale-sets-terminate-notification"]
-- [[case]]
-- # JIT-27 pass: terminateNotificationProfile.enable = true
-- title = "on, with and without a delay; priority Regular"
-- given.azure_vm_scale_set = [
--   { name = "a", virtual_machine_profile = "{}", virtual_machine_profile_scheduled_events_profile_terminate_notification_profile_enable = true },
--   { name = "b", virtual_machine_profile = "{}", virtual_machine_profile_scheduled_events_profile_terminate_notification_profile_enable = true, virtual_machine_profile_scheduled_events_profile_terminate_notification_profile_not_before_timeout = "PT10M", virtual_machine_profile_priority = "Regular" },
-- ]
-- expect = { "a" = "pass", "b" = "pass" }
-- [[case]]
-- # JIT-27 fail: false
-- # JIT-27 fail: profile absent
-- title = "off, or no profile of events, or one without word of it"
-- given.azure_vm_scale_set = [
--   { name = "a", virtual_machine_profile = "{}", virtual_machine_profile_scheduled_events_profile_terminate_notification_profile_enable = false, virtual_machine_profile_scheduled_events_profile_terminate_notification_profile_not_before_timeout = "PT10M" },
--   { name = "b", virtual_machine_profile = "{}" },
--   { name = "c", virtual_machine_profile = "{}", virtual_machine_profile_scheduled_events_profile = '''{"osImageNotificationProfile":{"enable":true}}''' },
-- ]
-- expect = { "a" = "fail", "b" = "fail", "c" = "fail" }
-- [[case]]
-- title = "flexible sets with a model are judged like the others"
-- given.azure_vm_scale_set = [
--   { name = "a", virtual_machine_profile = "{}", virtual_machine_profile_scheduled_events_profile_terminate_notification_profile_enable = true, orchestration_mode = "Flexible" },
--   { name = "b", virtual_machine_profile = "{}", orchestration_mode = "Flexible" },
-- ]
-- expect = { "a" = "pass", "b" = "fail" }
-- [[case]]
-- title = "the notice of image updates is another one"
-- given.azure_vm_scale_set = [{ name = "a", virtual_machine_profile = "{}", virtual_machine_profile_scheduled_events_profile_os_image_notification_profile_enable = true }]
-- expect = { "a" = "fail" }
-- [[case]]
-- # JIT-27 NA: Spot
-- title = "Spot machines, by the old name too, cannot have it"
-- given.azure_vm_scale_set = [
--   { name = "a", virtual_machine_profile = "{}", virtual_machine_profile_priority = "Spot" },
--   { name = "b", virtual_machine_profile = "{}", virtual_machine_profile_scheduled_events_profile_terminate_notification_profile_enable = true, virtual_machine_profile_scheduled_events_profile_terminate_notification_profile_not_before_timeout = "PT5M", virtual_machine_profile_priority = "spot" },
--   { name = "c", virtual_machine_profile = "{}", virtual_machine_profile_priority = "Low" },
-- ]
-- expect = { "a" = "not_applicable", "b" = "not_applicable", "c" = "not_applicable" }
-- [[case]]
-- # JIT-27 NA: no virtualMachineProfile
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
           -- Low is the old name of Spot.
           coalesce(lower(trim(v.virtual_machine_profile_priority)), 'regular') IN ('spot', 'low') AS is_spot,
           coalesce(CAST(v.virtual_machine_profile AS VARCHAR), 'null') = 'null' AND v.virtual_machine_profile_priority IS NULL
             AND v.virtual_machine_profile_scheduled_events_profile_terminate_notification_profile_enable IS NULL AS has_no_profile,
           CASE WHEN list_contains(v._gaps, 'virtual_machine_profile') THEN 'the model of the machines could not be read'
                WHEN list_contains(v._gaps, 'virtual_machine_profile_priority') THEN 'whether the machines are Spot could not be read'
                WHEN list_contains(v._gaps, 'virtual_machine_profile_scheduled_events_profile_terminate_notification_profile_enable')
                THEN 'whether terminations are announced could not be read'
           END AS gap
    FROM azure_vm_scale_set AS v
)
SELECT v.id AS subject, v.id AS resource_id, v.subscription_id,
       CASE WHEN v.gap IS NOT NULL THEN NULL
            WHEN v.has_no_profile OR v.is_spot THEN 'not_applicable'
            WHEN v.notice THEN 'pass'
            ELSE 'fail'
       END AS verdict,
       CASE WHEN v.gap IS NOT NULL THEN v.gap
            WHEN v.has_no_profile THEN 'the scale set has no model of its machines'
            WHEN v.is_spot THEN 'termination notices do not exist for Spot machines'
            WHEN v.notice THEN 'terminations are announced to the machine'
            WHEN v.notice IS NULL THEN 'the machine model has no termination notice'
            ELSE 'the termination notice is switched off'
       END AS reason,
       v.name AS resource_name, v.orchestration_mode, v.priority
FROM scale_set AS v
