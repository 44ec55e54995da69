-- title = "Storage threat alerts exported"
-- severity = "low"
-- subject = "azure_subscription"
-- tables = ["azure_subscription", "azure_security_automation"]
-- controls = [
--   "cis_azure_5_0_0:8.1.5.2", "cis_azure_6_0_0:8.1.5.2", "nist_800_53_r5:AU-6", "nist_800_53_r5:SI-4", "iso_27001_2022:A.8.16",
--   "pci_dss_4_0:10.4.1", "pci_dss_4_0:10.7.2", "soc_2:CC7.2",
-- ]
-- rationale = "Alerts that leave Defender for a workspace or an event hub can be kept, joined with other logs and watched by the team on duty. Whether the export that is listed also covers the alerts about storage, and whether somebody looks at them, a person has to say."
-- remediation = "Defender for Cloud > Environment settings > subscription > Continuous export: security alerts, all severities, to a workspace or an event hub; or connect the subscription to Microsoft Sentinel."
-- references = ["https://learn.microsoft.com/azure/defender-for-cloud/continuous-export"]
-- [[case]]
-- title = "alerts go to a workspace"
-- given.azure_subscription = [{ }]
-- given.azure_security_automation = [
--   { name = "ExportToWorkspace", is_enabled = true, sources_event_source = ["Alerts"], actions_action_type = ["Workspace"], actions_workspace_resource_id = ["/subscriptions/x/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/w"] },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "manual" }
-- [[case]]
-- title = "to an event hub, in other letter case; switched off; to a logic app only; about recommendations only"
-- given.azure_subscription = [{ }]
-- given.azure_security_automation = [
--   { name = "a", is_enabled = true, sources_event_source = ["Assessments", "alerts"], actions_action_type = ["eventhub"] },
--   { name = "b", is_enabled = false, sources_event_source = ["Alerts"], actions_action_type = ["Workspace"] },
--   { name = "c", is_enabled = true, sources_event_source = ["Alerts"], actions_action_type = ["LogicApp"] },
--   { name = "d", is_enabled = true, sources_event_source = ["Assessments"], actions_action_type = ["Workspace"] },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "manual" }
-- [[case]]
-- title = "scope is a resource group of another subscription"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_security_automation = [
--   { name = "a", is_enabled = true, sources_event_source = ["Alerts"], actions_action_type = ["Workspace"], scopes_scope_path = ["/Subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg"] },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "manual", "22222222-2222-4222-8222-222222222222" = "manual" }
-- [[case]]
-- title = "no export"
-- given.azure_subscription = [{ }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "manual" }
-- [[case]]
-- title = "values absent or not readable"
-- given.azure_subscription = [{ }]
-- given.azure_security_automation = [
--   { name = "a" },
--   { name = "b", _gaps = ["is_enabled", "sources_event_source", "actions_action_type", "scopes_scope_path"] },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "manual" }
-- [[case]]
-- title = "no subscription row"
-- given.azure_subscription = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "not_applicable" }
-- [[case]]
-- title = "exports denied"
-- ledger = [{ table = "azure_security_automation", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_subscription = [{ }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "manual" }
WITH automation AS (
    SELECT a.id, a.name, a.subscription_id, a.scopes_scope_path AS paths,
           CASE WHEN list_contains(a._gaps, 'is_enabled') OR a.is_enabled IS NULL THEN 'not known whether it runs'
                WHEN a.is_enabled THEN 'runs' ELSE 'switched off' END AS running,
           CASE WHEN list_contains(a._gaps, 'sources_event_source') THEN 'sources not readable'
                ELSE coalesce(nullif(array_to_string(a.sources_event_source, ', '), ''), 'no source') END AS about,
           CASE WHEN list_contains(a._gaps, 'actions_action_type') THEN 'destinations not readable'
                ELSE coalesce(nullif(array_to_string(a.actions_action_type, ', '), ''), 'no destination') END AS destination,
           coalesce(list_contains(a._gaps, 'scopes_scope_path'), FALSE) AS paths_unread,
           coalesce(a.is_enabled, FALSE)
             AND coalesce(array_length(list_filter(a.sources_event_source, lambda e: lower(e) IN ('alerts', 'alertssnapshot'))) > 0, FALSE)
             AND coalesce(array_length(list_filter(a.actions_action_type, lambda t: lower(t) IN ('workspace', 'eventhub'))) > 0, FALSE) AS exports
    FROM azure_security_automation AS a
),
scoped AS (
    SELECT DISTINCT a.id, lower(split_part(ltrim(u.path, '/'), '/', 2)) AS subscription_id
    FROM automation AS a, unnest(a.paths) AS u(path)
    WHERE lower(u.path) LIKE '%subscriptions/%'
),
-- An automation without a readable scope is listed where it lives.
reach AS (
    SELECT p.id, p.subscription_id FROM scoped AS p
    UNION
    SELECT a.id, a.subscription_id FROM automation AS a LEFT JOIN scoped AS p ON p.id = a.id WHERE p.id IS NULL
),
per_subscription AS (
    SELECT r.subscription_id, count(*) AS n, sum(CASE WHEN a.exports THEN 1 ELSE 0 END) AS n_exports,
           list_sort(list(a.name || ': ' || a.running || '; ' || a.about || ' to ' || a.destination
             || CASE WHEN a.paths_unread THEN '; scope not readable' ELSE '' END)) AS automations
    FROM reach AS r
    JOIN automation AS a ON a.id = r.id
    GROUP BY r.subscription_id
)
SELECT s.id AS subject, s.id AS resource_id, s.subscription_id, 'manual' AS verdict,
       'running exports of alerts to a workspace or event hub: ' || coalesce(p.n_exports, 0) || ', automations in all: ' || coalesce(p.n, 0)
         || '; confirm that alerts about storage are among what is sent' AS reason,
       s.display_name AS resource_name, p.automations
FROM azure_subscription AS s
LEFT JOIN per_subscription AS p ON p.subscription_id = s.subscription_id
