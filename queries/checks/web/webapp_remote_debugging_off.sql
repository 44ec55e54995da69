-- title = "Web app remote debugging off"
-- severity = "medium"
-- subject = "azure_web_app"
-- tables = ["azure_web_app", "azure_web_app_config"]
-- controls = [
--   "cis_azure_3_0_0:9.12", "nist_800_53_r5:CM-2", "nist_800_53_r5:CM-6", "iso_27001_2022:A.8.9", "pci_dss_4_0:2.2.1",
--   "soc_2:CC7.1", "soc_2:CC8.1",
-- ]
-- rationale = "Remote debugging opens ports through which the running process can be stopped, read and changed. It is meant for minutes; Azure turns it off after two days, but anyone may have turned it on again."
-- remediation = "az webapp config set --name APP --resource-group GROUP --remote-debugging-enabled false"
-- references = ["https://learn.microsoft.com/azure/app-service/configure-common"]
-- [[case]]
-- title = "off"
-- given.azure_web_app = [{ id = "/x/a" }]
-- given.azure_web_app_config = [{ name = "web", _parent_id = "/x/a", remote_debugging_enabled = false }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "on"
-- given.azure_web_app = [{ id = "/x/a" }]
-- given.azure_web_app_config = [{ name = "web", _parent_id = "/x/a", remote_debugging_enabled = true, remote_debugging_version = "VS2022" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "configuration read, value absent: off"
-- given.azure_web_app = [{ id = "/x/a" }]
-- given.azure_web_app_config = [{ name = "web", _parent_id = "/x/a", remote_debugging_version = "VS2019" }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "value not readable in the configuration row"
-- given.azure_web_app = [{ id = "/x/a" }]
-- given.azure_web_app_config = [{ name = "web", _parent_id = "/x/a", _gaps = ["remote_debugging_enabled"] }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "function apps are not judged here"
-- given.azure_web_app = [{ id = "/x/a" }]
-- given.azure_function_app = [{ id = "/x/f" }]
-- given.azure_web_app_config = [{ name = "c1", _parent_id = "/x/a", remote_debugging_enabled = false }, { name = "c2", _parent_id = "/x/f", remote_debugging_enabled = true }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "configuration not in the snapshot; that of another app does not count"
-- given.azure_web_app = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_web_app_config = [{ name = "c", _parent_id = "/x/b", remote_debugging_enabled = false }]
-- expect = { a = "unknown", b = "pass" }
-- [[case]]
-- title = "no app"
-- given.azure_web_app = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "configurations denied"
-- ledger = [{ table = "azure_web_app_config", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_web_app = [{ id = "/x/a" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "configuration of one app denied"
-- ledger = [{ table = "azure_web_app_config", parent = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.web/sites/a", status = "denied" }]
-- given.azure_web_app = [{ name = "a" }, { name = "b" }]
-- given.azure_web_app_config = [
--   { name = "c", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.web/sites/b", remote_debugging_enabled = false },
-- ]
-- expect = { a = "unknown", b = "pass" }
-- [[case]]
-- title = "apps could not be listed"
-- ledger = [{ table = "azure_web_app", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_web_app = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
SELECT a.id AS subject, a.id AS resource_id, a.subscription_id,
       CASE WHEN c.id IS NULL OR list_contains(c._gaps, 'remote_debugging_enabled') THEN NULL
            WHEN c.remote_debugging_enabled THEN 'fail'
            ELSE 'pass'
       END AS verdict,
       CASE WHEN c.id IS NULL THEN 'the configuration of the app is not in the snapshot'
            WHEN list_contains(c._gaps, 'remote_debugging_enabled') THEN 'whether remote debugging is on could not be read'
            WHEN c.remote_debugging_enabled THEN 'remote debugging is on'
            WHEN c.remote_debugging_enabled IS NULL THEN 'the setting is absent, so remote debugging is off'
            ELSE 'remote debugging is off'
       END AS reason
FROM azure_web_app AS a
LEFT JOIN azure_web_app_config AS c ON c._parent_id = a.id
