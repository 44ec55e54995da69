-- title = "Function app FTP and FTPS off"
-- severity = "medium"
-- subject = "azure_function_app"
-- tables = ["azure_function_app", "azure_web_app_config"]
-- controls = ["nist_800_53_r5:SC-8", "iso_27001_2022:A.8.24", "pci_dss_4_0:4.2.1", "soc_2:CC6.7"]
-- rationale = "FTP lets whoever has the publishing password replace the code of the app, past every pipeline and review. Functions are hardly ever deployed this way, so FTPS is turned off here as well. Slots have a setting of their own."
-- remediation = "az functionapp config set --name APP --resource-group GROUP --ftps-state Disabled"
-- references = ["https://learn.microsoft.com/azure/app-service/deploy-ftp", "https://learn.microsoft.com/azure/azure-functions/functions-deployment-technologies"]
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
-- [[case]]
-- title = "a Flex Consumption app, by its plan or its settings, and a Linux app on a Consumption plan have no FTP; a Windows one there has"
-- given.azure_function_app = [
--   { name = "a", id = "/x/a", sku = "FlexConsumption" },
--   { name = "b", id = "/x/b", function_app_config_runtime_name = "python" },
--   { name = "c", id = "/x/c", sku = "Dynamic", reserved = true },
--   { name = "d", id = "/x/d", sku = "dynamic", kind = "functionapp,linux" },
--   { name = "e", id = "/x/e", sku = "Dynamic", reserved = false, kind = "functionapp" },
--   { name = "f", id = "/x/f", sku = "ElasticPremium", reserved = true, kind = "functionapp,linux" },
-- ]
-- given.azure_web_app_config = [
--   { name = "web", _parent_id = "/x/a", ftps_state = "FtpsOnly" }, { name = "web", _parent_id = "/x/b", ftps_state = "FtpsOnly" },
--   { name = "web", _parent_id = "/x/c", ftps_state = "AllAllowed" }, { name = "web", _parent_id = "/x/d", ftps_state = "FtpsOnly" },
--   { name = "web", _parent_id = "/x/e", ftps_state = "FtpsOnly" }, { name = "web", _parent_id = "/x/f", ftps_state = "FtpsOnly" },
-- ]
-- expect = { a = "not_applicable", b = "not_applicable", c = "not_applicable", d = "not_applicable", e = "fail", f = "fail" }
WITH app AS (
    SELECT f.id, f.subscription_id,
           CASE WHEN trim(f.managed_environment_id) <> '' THEN 'the app runs in a Container Apps environment'
                WHEN lower(trim(f.sku)) = 'flexconsumption' OR trim(f.function_app_config_runtime_name) <> '' THEN 'the app runs on a Flex Consumption plan'
                WHEN lower(trim(f.sku)) = 'dynamic' AND (f.reserved OR contains(lower(f.kind), 'linux')) THEN 'the app runs on a Consumption plan for Linux'
           END AS place
    FROM azure_function_app AS f
)
SELECT a.id AS subject, a.id AS resource_id, a.subscription_id,
       CASE WHEN a.place IS NOT NULL THEN 'not_applicable'
            WHEN c.id IS NULL OR list_contains(c._gaps, 'ftps_state') THEN NULL
            WHEN lower(trim(c.ftps_state)) IN ('disabled') THEN 'pass'
            WHEN lower(trim(coalesce(c.ftps_state, ''))) IN ('', 'allallowed', 'ftpsonly') THEN 'fail'
       END AS verdict,
       CASE WHEN a.place IS NOT NULL THEN a.place || ', which has no FTP'
            WHEN c.id IS NULL THEN 'the configuration of the app is not in the snapshot'
            WHEN list_contains(c._gaps, 'ftps_state') THEN 'the FTP setting could not be read'
            WHEN trim(coalesce(c.ftps_state, '')) = '' THEN 'the setting is absent, which means FTP and FTPS are both allowed'
            WHEN lower(trim(c.ftps_state)) = 'allallowed' THEN 'FTP and FTPS are both allowed'
            WHEN lower(trim(c.ftps_state)) = 'ftpsonly' THEN 'FTPS is allowed, plain FTP is not'
            WHEN lower(trim(c.ftps_state)) = 'disabled' THEN 'FTP and FTPS are off'
            ELSE 'setting not known: ' || c.ftps_state
       END AS reason,
       c.ftps_state
FROM app AS a
LEFT JOIN azure_web_app_config AS c ON c._parent_id = a.id
