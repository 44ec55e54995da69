-- title = "File integrity monitoring on"
-- severity = "medium"
-- subject = "azure_subscription"
-- tables = ["azure_subscription", "azure_security_center_subscription_pricing"]
-- controls = [
--   "cis_azure_3_0_0:3.1.3.5", "cis_azure_4_0_0:9.1.3.5", "cis_azure_5_0_0:8.1.3.5", "cis_azure_6_0_0:8.1.3.5",
--   "nist_800_53_r5:RA-5", "nist_800_53_r5:SI-4", "iso_27001_2022:A.5.7", "iso_27001_2022:A.8.16", "pci_dss_4_0:11.5.1",
--   "soc_2:CC7.1", "soc_2:CC7.2",
-- ]
-- rationale = "Changes to system files, registry keys and programs show an intruder who settles in. They are kept in a workspace, and without one nothing is recorded, so the answer has to name it."
-- remediation = "Defender for Cloud > Environment settings > subscription > Defender for Servers > Settings > File integrity monitoring: On, with a workspace; needs plan 2."
-- references = ["https://learn.microsoft.com/azure/defender-for-cloud/file-integrity-monitoring-enable-defender-endpoint"]
-- [[case]]
-- title = "on"
-- given.azure_subscription = [{ }]
-- given.azure_security_center_subscription_pricing = [{ name = "VirtualMachines", pricing_tier = "Standard", extensions = '[{"name":"FileIntegrityMonitoring","isEnabled":"True","additionalExtensionProperties":{"DefinedWorkspaceId":"/subscriptions/s/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/w"}}]' }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass" }
-- [[case]]
-- title = "the text False is not on; part not listed is off; no list is off"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }, { subscription_id = "33333333-3333-4333-8333-333333333333" }]
-- given.azure_security_center_subscription_pricing = [
--   { name = "VirtualMachines", pricing_tier = "Standard", extensions = '[{"name":"FileIntegrityMonitoring","isEnabled":"False"}]' },
--   { name = "VirtualMachines", subscription_id = "22222222-2222-4222-8222-222222222222", pricing_tier = "Standard", extensions = '[{"name":"Other","isEnabled":"True"}]' },
--   { name = "VirtualMachines", subscription_id = "33333333-3333-4333-8333-333333333333", pricing_tier = "Standard" },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail", "22222222-2222-4222-8222-222222222222" = "fail", "33333333-3333-4333-8333-333333333333" = "fail" }
-- [[case]]
-- title = "other letter case, a real boolean"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_security_center_subscription_pricing = [
--   { name = "VIRTUALMACHINES", pricing_tier = "Standard", extensions = '[{"name":"FILEINTEGRITYMONITORING","isEnabled":"TRUE","additionalExtensionProperties":{"DefinedWorkspaceId":"/subscriptions/s/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/w"}}]' },
--   { name = "VirtualMachines", subscription_id = "22222222-2222-4222-8222-222222222222", pricing_tier = "Standard", extensions = '[{"name":"FileIntegrityMonitoring","isEnabled":true,"additionalExtensionProperties":{"DefinedWorkspaceId":"/subscriptions/s/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/w"}}]' },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass", "22222222-2222-4222-8222-222222222222" = "pass" }
-- [[case]]
-- title = "a plan on the free tier has no parts"
-- given.azure_subscription = [{ }]
-- given.azure_security_center_subscription_pricing = [{ name = "VirtualMachines", pricing_tier = "Free", extensions = '[{"name":"FileIntegrityMonitoring","isEnabled":"True","additionalExtensionProperties":{"DefinedWorkspaceId":"/subscriptions/s/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/w"}}]' }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail" }
-- [[case]]
-- title = "the same part of another plan does not count"
-- given.azure_subscription = [{ }]
-- given.azure_security_center_subscription_pricing = [{ name = "StorageAccounts", pricing_tier = "Standard", extensions = '[{"name":"FileIntegrityMonitoring","isEnabled":"True","additionalExtensionProperties":{"DefinedWorkspaceId":"/subscriptions/s/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/w"}}]' }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail" }
-- [[case]]
-- title = "no plan listed; Defender for Cloud not registered"
-- ledger = [{ table = "azure_security_center_subscription_pricing", subscription = "11111111-1111-4111-8111-111111111111", status = "not_registered" }]
-- given.azure_subscription = [{ }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail" }
-- [[case]]
-- title = "switched on, but the change failed"
-- given.azure_subscription = [{ }]
-- given.azure_security_center_subscription_pricing = [{ name = "VirtualMachines", pricing_tier = "Standard", extensions = '[{"name":"FileIntegrityMonitoring","isEnabled":"True","additionalExtensionProperties":{"DefinedWorkspaceId":"/subscriptions/s/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/w"},"operationStatus":{"code":"Failed","message":"no rights"}}]' }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "isEnabled missing or not readable; tier not given"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }, { subscription_id = "33333333-3333-4333-8333-333333333333" }]
-- given.azure_security_center_subscription_pricing = [
--   { name = "VirtualMachines", pricing_tier = "Standard", extensions = '[{"name":"FileIntegrityMonitoring"}]' },
--   { name = "VirtualMachines", subscription_id = "22222222-2222-4222-8222-222222222222", pricing_tier = "Standard", extensions = '[{"name":"FileIntegrityMonitoring","isEnabled":"Maybe","additionalExtensionProperties":{"DefinedWorkspaceId":"/subscriptions/s/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/w"}}]' },
--   { name = "VirtualMachines", subscription_id = "33333333-3333-4333-8333-333333333333", extensions = '[{"name":"FileIntegrityMonitoring","isEnabled":"True","additionalExtensionProperties":{"DefinedWorkspaceId":"/subscriptions/s/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/w"}}]' },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "unknown", "22222222-2222-4222-8222-222222222222" = "unknown", "33333333-3333-4333-8333-333333333333" = "unknown" }
-- [[case]]
-- title = "the list of parts not readable, which on the free tier does not matter"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_security_center_subscription_pricing = [
--   { name = "VirtualMachines", pricing_tier = "Standard", _gaps = ["extensions"] },
--   { name = "VirtualMachines", subscription_id = "22222222-2222-4222-8222-222222222222", pricing_tier = "Free", _gaps = ["extensions"] },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "unknown", "22222222-2222-4222-8222-222222222222" = "fail" }
-- [[case]]
-- title = "tier not readable: a part that is off stays off"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_security_center_subscription_pricing = [
--   { name = "VirtualMachines", extensions = '[{"name":"FileIntegrityMonitoring","isEnabled":"False"}]', _gaps = ["pricing_tier"] },
--   { name = "VirtualMachines", subscription_id = "22222222-2222-4222-8222-222222222222", extensions = '[{"name":"FileIntegrityMonitoring","isEnabled":"True","additionalExtensionProperties":{"DefinedWorkspaceId":"/subscriptions/s/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/w"}}]', _gaps = ["pricing_tier"] },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail", "22222222-2222-4222-8222-222222222222" = "unknown" }
-- [[case]]
-- title = "the plan of a single machine, and of another subscription"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_security_center_subscription_pricing = [
--   { id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/m/providers/microsoft.security/pricings/virtualmachines", name = "VirtualMachines", pricing_tier = "Standard", extensions = '[{"name":"FileIntegrityMonitoring","isEnabled":"True","additionalExtensionProperties":{"DefinedWorkspaceId":"/subscriptions/s/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/w"}}]' },
--   { name = "VirtualMachines", subscription_id = "22222222-2222-4222-8222-222222222222", pricing_tier = "Standard", extensions = '[{"name":"FileIntegrityMonitoring","isEnabled":"True","additionalExtensionProperties":{"DefinedWorkspaceId":"/subscriptions/s/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/w"}}]' },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail", "22222222-2222-4222-8222-222222222222" = "pass" }
-- [[case]]
-- title = "on without a workspace to keep the changes in; with an empty one"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_security_center_subscription_pricing = [
--   { name = "VirtualMachines", pricing_tier = "Standard", extensions = '[{"name":"FileIntegrityMonitoring","isEnabled":"True"}]' },
--   { name = "VirtualMachines", subscription_id = "22222222-2222-4222-8222-222222222222", pricing_tier = "Standard", extensions = '[{"name":"FileIntegrityMonitoring","isEnabled":"True","additionalExtensionProperties":{"DefinedWorkspaceId":""}}]' },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "unknown", "22222222-2222-4222-8222-222222222222" = "unknown" }
-- [[case]]
-- title = "no subscription row"
-- given.azure_subscription = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "not_applicable" }
-- [[case]]
-- title = "plans denied"
-- ledger = [{ table = "azure_security_center_subscription_pricing", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_subscription = [{ }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
WITH part AS (
    SELECT v.subscription_id, v.plan_name, CASE WHEN v.state = 'on' AND NOT coalesce(contains(lower(v.settings), '/microsoft.operationalinsights/workspaces/'), FALSE)
                THEN 'unclear' ELSE v.state END AS state,
           CASE WHEN v.state = 'on' AND NOT coalesce(contains(lower(v.settings), '/microsoft.operationalinsights/workspaces/'), FALSE)
                THEN v.state_text || ', but the answer names no workspace for the changes' ELSE v.state_text END AS state_text,
           v.settings ->> '$.DefinedWorkspaceId' AS workspace
    FROM defender_plan_part AS v
    WHERE v.plan IN ('virtualmachines') AND coalesce(v.part, 'fileintegritymonitoring') = 'fileintegritymonitoring'
),
per_subscription AS (
    SELECT p.subscription_id,
           list_sort(list(DISTINCT p.state_text) FILTER (WHERE p.state = 'on')) AS good,
           list_sort(list(DISTINCT p.state_text) FILTER (WHERE p.state = 'unclear')) AS unread,
           list_sort(list(DISTINCT p.state_text)) AS found, max(p.workspace) AS workspace
    FROM part AS p
    GROUP BY p.subscription_id
)
SELECT s.id AS subject, s.id AS resource_id, s.subscription_id,
       CASE WHEN p.good IS NOT NULL THEN 'pass'
            WHEN p.unread IS NOT NULL THEN NULL
            ELSE 'fail'
       END AS verdict,
       CASE WHEN p.found IS NULL THEN 'plan VirtualMachines lists no part FileIntegrityMonitoring, which means off'
            ELSE array_to_string(coalesce(p.good, p.unread, p.found), '; ')
       END AS reason,
       s.display_name AS resource_name, p.found AS parts_found, p.workspace
FROM azure_subscription AS s
LEFT JOIN per_subscription AS p ON p.subscription_id = s.subscription_id
