-- title = "Function app FTP and FTPS off"
-- severity = "medium"
-- subject = "azure_function_app"
-- tables = ["azure_function_app", "azure_web_app_config"]
-- controls = ["nist_800_53_r5:SC-8", "iso_27001_2022:A.8.24", "pci_dss_4_0:4.2.1", "soc_2:CC6.7"]
-- rationale = "FTP lets whoever has the publishing password replace the code of the app, past every pipeline and review. Functions are hardly ever deployed this way, so FTPS is turned off here as well. Slots have a setting of their own."
-- remediation = "az functionapp config set --name APP --resource-group GROUP --ftps-state Disabled"
-- references = ["https://learn.microsoft.com/azure/app-service/deploy-ftp"]
-- [[case]]
-- title = "disabled"
-- given.azure_function_app = [{ id = "/x/a" }]
-- given.azure_web_app_config = [{ name = "web", _parent_id = "/x/a", ftps_state = "Disabled" }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "FTP over TLS only"
-- given.azure_function_app = [{ id = "/x/a" }]
-- given.azure_web_app_config = [{ name = "web", _parent_id = "/x/a", ftps_state = "FtpsOnly" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "plain FTP allowed"
-- given.azure_function_app = [{ id = "/x/a" }]
-- given.azure_web_app_config = [{ name = "web", _parent_id = "/x/a", ftps_state = "AllAllowed" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "configuration read, value absent or empty: everything is allowed"
-- given.azure_function_app = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_web_app_config = [{ name = "c1", _parent_id = "/x/a" }, { name = "c2", _parent_id = "/x/b", ftps_state = "" }]
-- expect = { a = "fail", b = "fail" }
-- [[case]]
-- title = "other letter case"
-- given.azure_function_app = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_web_app_config = [{ name = "c1", _parent_id = "/x/a", ftps_state = " disabled" }, { name = "c2", _parent_id = "/x/b", ftps_state = "ALLALLOWED" }]
-- expect = { a = "pass", b = "fail" }
-- [[case]]
-- title = "a word not known yet"
-- given.azure_function_app = [{ id = "/x/a" }]
-- given.azure_web_app_config = [{ name = "web", _parent_id = "/x/a", ftps_state = "SftpOnly" }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "value not readable in the configuration row"
-- given.azure_function_app = [{ id = "/x/a" }]
-- given.azure_web_app_config = [{ name = "web", _parent_id = "/x/a", _gaps = ["ftps_state"] }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "in a Container Apps environment there is no FTP"
-- given.azure_function_app = [{ id = "/x/a", managed_environment_id = "/x/env" }]
-- given.azure_web_app_config = [{ name = "web", _parent_id = "/x/a" }]
-- expect = { a = "not_applicable" }
-- [[case]]
-- title = "configuration not in the snapshot; that of another app does not count"
-- given.azure_function_app = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_web_app_config = [{ name = "c", _parent_id = "/x/b", ftps_state = "Disabled" }]
-- expect = { a = "unknown", b = "pass" }
-- [[case]]
-- title = "no app"
-- given.azure_function_app = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "configurations denied"
-- ledger = [{ table = "azure_web_app_config", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_function_app = [{ id = "/x/a" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "configuration of one app denied"
-- ledger = [{ table = "azure_web_app_config", parent = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.web/sites/a", status = "denied" }]
-- given.azure_function_app = [{ name = "a" }, { name = "b" }]
-- given.azure_web_app_config = [
--   { name = "c", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.web/sites/b", ftps_state = "Disabled" },
-- ]
-- expect = { a = "unknown", b = "pass" }
-- [[case]]
-- title = "apps could not be listed"
-- ledger = [{ table = "azure_function_app", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_function_app = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
SELECT a.id AS subject, a.id AS resource_id, a.subscription_id,
       CASE WHEN trim(a.managed_environment_id) <> '' THEN 'not_applicable'
            WHEN c.id IS NULL OR list_contains(c._gaps, 'ftps_state') THEN NULL
            WHEN lower(trim(c.ftps_state)) IN ('disabled') THEN 'pass'
            WHEN lower(trim(coalesce(c.ftps_state, ''))) IN ('', 'allallowed', 'ftpsonly') THEN 'fail'
       END AS verdict,
       CASE WHEN trim(a.managed_environment_id) <> '' THEN 'the app runs in a Container Apps environment, which has no FTP'
            WHEN c.id IS NULL THEN 'the configuration of the app is not in the snapshot'
            WHEN list_contains(c._gaps, 'ftps_state') THEN 'the FTP setting could not be read'
            WHEN trim(coalesce(c.ftps_state, '')) = '' THEN 'the setting is absent, which means FTP and FTPS are both allowed'
            WHEN lower(trim(c.ftps_state)) = 'allallowed' THEN 'FTP and FTPS are both allowed'
            WHEN lower(trim(c.ftps_state)) = 'ftpsonly' THEN 'FTPS is allowed, plain FTP is not'
            WHEN lower(trim(c.ftps_state)) = 'disabled' THEN 'FTP and FTPS are off'
            ELSE 'setting not known: ' || c.ftps_state
       END AS reason,
       c.ftps_state
FROM azure_function_app AS a
LEFT JOIN azure_web_app_config AS c ON c._parent_id = a.id
