-- title = "Web and function apps that take plain FTP"
-- severity = "high"
-- subject = "azure_web_app"
-- tables = ["azure_web_app", "azure_function_app", "azure_web_app_config"]
-- controls = ["jupiterone_questions:app_plain_ftp"]
-- rationale = "Plain FTP sends the publishing password and the code unencrypted. The question counted an absent value as good, although absent means that everything is allowed. FTP over TLS alone is good here for both kinds of app; the check on function apps wants it off as well. Slots have a setting of their own."
-- remediation = "az webapp config set --ids ID --ftps-state FtpsOnly, or Disabled (az functionapp config set for function apps)"
-- references = ["https://learn.microsoft.com/azure/app-service/deploy-ftp"]
-- [[case]]
-- title = "off, or over TLS only, in any letter case"
-- given.azure_web_app = [{ name = "a" }, { name = "b" }]
-- given.azure_function_app = [{ name = "f" }]
-- given.azure_web_app_config = [
--   { name = "c1", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.web/sites/a", ftps_state = "Disabled" },
--   { name = "c2", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.web/sites/b", ftps_state = "ftpsonly" },
--   { name = "c3", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.web/sites/f", ftps_state = "FtpsOnly" },
-- ]
-- expect = { a = "pass", b = "pass", f = "pass" }
-- [[case]]
-- title = "allowed, by word or because nothing is said"
-- given.azure_web_app = [{ name = "a" }]
-- given.azure_function_app = [{ name = "f" }]
-- given.azure_web_app_config = [
--   { name = "c1", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.web/sites/a", ftps_state = "AllAllowed" },
--   { name = "c2", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.web/sites/f" },
-- ]
-- expect = { a = "fail", f = "fail" }
-- [[case]]
-- title = "a word nobody knows; not readable; configuration not in the snapshot"
-- given.azure_web_app = [{ name = "a" }, { name = "b" }, { name = "c" }]
-- given.azure_web_app_config = [
--   { name = "c1", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.web/sites/a", ftps_state = "Maybe" },
--   { name = "c2", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.web/sites/b", _gaps = ["ftps_state"] },
-- ]
-- expect = { a = "unknown", b = "unknown", c = "unknown" }
-- [[case]]
-- title = "functions in Container Apps have no FTP"
-- given.azure_function_app = [{ name = "f", managed_environment_id = "/x/e" }]
-- expect = { f = "not_applicable" }
-- [[case]]
-- title = "function apps denied: the web apps stay"
-- ledger = [{ table = "azure_function_app", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_web_app = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "settings of one app denied"
-- ledger = [{ table = "azure_web_app_config", subscription = "11111111-1111-4111-8111-111111111111", parent = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.web/sites/a", status = "denied" }]
-- given.azure_web_app = [{ name = "a" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.web/sites/a" = "unknown" }
-- [[case]]
-- title = "no app"
-- given.azure_web_app = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
WITH app AS (
    SELECT w.id, w.subscription_id, 'web app' AS kind, CAST(NULL AS VARCHAR) AS environment, FALSE AS environment_gap FROM azure_web_app AS w
    UNION ALL
    SELECT f.id, f.subscription_id, 'function app' AS kind, nullif(trim(f.managed_environment_id), '') AS environment,
           coalesce(list_contains(f._gaps, 'managed_environment_id'), FALSE) AS environment_gap
    FROM azure_function_app AS f
)
SELECT a.id AS subject, a.id AS resource_id, a.subscription_id,
       CASE WHEN a.environment_gap THEN NULL
            WHEN a.environment IS NOT NULL THEN 'not_applicable'
            WHEN c.id IS NULL OR list_contains(c._gaps, 'ftps_state') THEN NULL
            WHEN lower(trim(c.ftps_state)) IN ('disabled', 'ftpsonly') THEN 'pass'
            WHEN lower(trim(coalesce(c.ftps_state, ''))) IN ('', 'allallowed') THEN 'fail'
       END AS verdict,
       CASE WHEN a.environment_gap THEN 'whether the app runs in a Container Apps environment could not be read'
            WHEN a.environment IS NOT NULL THEN 'the app runs in a Container Apps environment, which has no FTP'
            WHEN c.id IS NULL THEN 'the configuration of the app is not in the snapshot'
            WHEN list_contains(c._gaps, 'ftps_state') THEN 'the FTP setting could not be read'
            WHEN trim(coalesce(c.ftps_state, '')) = '' THEN 'the setting is absent, which means FTP and FTPS are both allowed'
            WHEN lower(trim(c.ftps_state)) = 'allallowed' THEN 'FTP and FTPS are both allowed'
            WHEN lower(trim(c.ftps_state)) = 'ftpsonly' THEN 'FTPS is allowed, plain FTP is not'
            WHEN lower(trim(c.ftps_state)) = 'disabled' THEN 'FTP and FTPS are off'
            ELSE 'setting not known: ' || c.ftps_state
       END AS reason,
       a.kind AS app_kind, c.ftps_state
FROM app AS a
LEFT JOIN azure_web_app_config AS c ON lower(c._parent_id) = a.id
