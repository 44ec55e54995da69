-- title = "Python version of web and function apps"
-- severity = "medium"
-- subject = "azure_web_app"
-- tables = ["azure_web_app", "azure_function_app", "azure_web_app_config"]
-- controls = ["jupiterone_questions:app_python_version"]
-- rationale = "A version without support gets no more security fixes, and the app goes on running on it unchanged. The question asked for one fixed patch release of 2021 from every app, whatever its language; here the supported versions are a dated table, apps in other languages are left out, and Linux apps are read where they name their runtime."
-- remediation = "az webapp config set --ids ID --linux-fx-version \"PYTHON|3.12\" (az functionapp config set for function apps), after a test of the app on that version"
-- references = ["https://learn.microsoft.com/azure/app-service/language-support-policy"]
-- [[case]]
-- title = "a supported version, web and function app, in any letter case"
-- given.azure_web_app = [{ name = "a", kind = "app,linux" }]
-- given.azure_function_app = [{ name = "f", kind = "functionapp,linux" }]
-- given.azure_web_app_config = [
--   { name = "c1", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.web/sites/a", linux_fx_version = "PYTHON|3.12" },
--   { name = "c2", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.web/sites/f", linux_fx_version = "Python|3.12" },
-- ]
-- expect = { a = "pass", f = "pass" }
-- [[case]]
-- title = "a version that lost support"
-- given.azure_web_app = [{ name = "a", kind = "app,linux" }]
-- given.azure_function_app = [{ name = "f", kind = "functionapp,linux" }]
-- given.azure_web_app_config = [
--   { name = "c1", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.web/sites/a", linux_fx_version = "PYTHON|3.8" },
--   { name = "c2", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.web/sites/f", linux_fx_version = "PYTHON|3.8" },
-- ]
-- expect = { a = "fail", f = "fail" }
-- [[case]]
-- title = "another language, or a container, is not judged"
-- given.azure_web_app = [{ name = "a", kind = "app,linux" }]
-- given.azure_function_app = [{ name = "f", kind = "functionapp,linux" }, { name = "g", kind = "functionapp,linux,container" }]
-- given.azure_web_app_config = [
--   { name = "c1", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.web/sites/a", linux_fx_version = "NODE|20-lts" },
--   { name = "c2", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.web/sites/f", linux_fx_version = "NODE|20-lts" },
--   { name = "c3", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.web/sites/g", linux_fx_version = "DOCKER|x/y:1" },
-- ]
-- expect = { a = "not_applicable", f = "not_applicable", g = "not_applicable" }
-- [[case]]
-- title = "Flex Consumption names the runtime in the app itself"
-- given.azure_function_app = [
--   { name = "f", function_app_config_runtime_name = "python", function_app_config_runtime_version = "3.12" },
--   { name = "g", function_app_config_runtime_name = "python", function_app_config_runtime_version = "3.8" },
--   { name = "h", function_app_config_runtime_name = "node", function_app_config_runtime_version = "20" },
-- ]
-- expect = { f = "pass", g = "fail", h = "not_applicable" }
-- [[case]]
-- title = "a version that no table has, one that cannot be read, no configuration"
-- given.azure_web_app = [{ name = "a", kind = "app,linux" }]
-- given.azure_function_app = [{ name = "f", kind = "functionapp,linux" }, { name = "g", kind = "functionapp,linux" }, { name = "h" }]
-- given.azure_web_app_config = [
--   { name = "c1", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.web/sites/a", linux_fx_version = "PYTHON|99.1" },
--   { name = "c2", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.web/sites/f", linux_fx_version = "PYTHON|" },
--   { name = "c3", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.web/sites/g", linux_fx_version = "PYTHON|3.12", _gaps = ["linux_fx_version"] },
-- ]
-- expect = { a = "unknown", f = "unknown", g = "unknown", h = "unknown" }
-- [[case]]
-- title = "a Windows function app has no Python"
-- given.azure_function_app = [{ name = "f", kind = "functionapp" }]
-- given.azure_web_app_config = [{ name = "c1", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.web/sites/f" }]
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
WITH stack AS (
    SELECT f.id, c.id IS NULL AS missing,
           lower(trim(coalesce(f.function_app_config_runtime_name, ''))) AS flex_name,
           trim(coalesce(f.function_app_config_runtime_version, '')) AS flex_version,
           coalesce(list_contains(f._gaps, 'function_app_config_runtime_name') OR list_contains(f._gaps, 'function_app_config_runtime_version'), FALSE) AS flex_unread,
           lower(trim(coalesce(c.linux_fx_version, ''))) AS fx,
           coalesce(list_contains(c._gaps, 'linux_fx_version') OR list_contains(c._gaps, 'windows_fx_version'), FALSE) AS fx_unread,
           trim(coalesce(c.windows_fx_version, '')) <> '' AS windows_image,
           coalesce(f.reserved, FALSE) OR lower(coalesce(f.kind, '')) LIKE '%linux%' AS is_linux,
           coalesce(list_contains(f._gaps, 'kind') OR list_contains(f._gaps, 'reserved'), FALSE) AS system_unread,
           trim(coalesce(CAST(NULL AS VARCHAR), '')) AS windows_version, FALSE AS windows_unread
    FROM azure_function_app AS f
    LEFT JOIN azure_web_app_config AS c ON lower(c._parent_id) = f.id
),
-- A function app on Flex Consumption names its runtime itself, any other in its configuration.
function_app AS (
    SELECT s.id,
           CASE WHEN s.flex_unread THEN 'unread'
                WHEN s.flex_name = 'custom' THEN 'container'
                WHEN s.flex_name <> '' AND s.flex_name <> 'python' THEN 'not used'
                WHEN s.flex_name <> '' AND regexp_extract(s.flex_version, '^([0-9]+[.][0-9]+)', 1) = '' THEN 'unclear'
                WHEN s.flex_name <> '' THEN 'used'
                WHEN s.missing OR s.fx_unread THEN 'unread'
                WHEN s.windows_image OR regexp_extract(s.fx, '^([^|:]+)', 1) IN ('docker', 'compose', 'kube', 'sitecontainers') THEN 'container'
                WHEN s.fx <> '' AND regexp_extract(s.fx, '^([^|:]+)', 1) <> 'python' THEN 'not used'
                WHEN s.fx <> '' AND regexp_extract(s.fx, '^[^|]+[|]([0-9]+[.][0-9]+)', 1) = '' THEN 'unclear'
                WHEN s.fx <> '' THEN 'used'
                WHEN s.system_unread THEN 'unread'
                ELSE 'not used'
           END AS state,
           CASE WHEN s.flex_name <> '' THEN regexp_extract(s.flex_version, '^([0-9]+[.][0-9]+)', 1)
                WHEN s.fx <> '' THEN regexp_extract(s.fx, '^[^|]+[|]([0-9]+[.][0-9]+)', 1)
                ELSE CAST('' AS VARCHAR) END AS version,
           CASE WHEN s.flex_name <> '' THEN s.flex_name || ' ' || s.flex_version
                WHEN s.fx <> '' THEN s.fx
                WHEN s.windows_version <> '' THEN s.windows_version
                WHEN s.missing THEN 'the configuration of the app is not in the snapshot'
                ELSE 'no runtime named' END AS found
    FROM stack AS s
),
judged AS (
    SELECT w.id, w.subscription_id, 'web app' AS kind, r.state, r.version, r.found, r.support, r.supported_until, r.ended_after
    FROM azure_web_app AS w
    JOIN web_app_runtime AS r ON r.app_id = w.id AND r.language = 'python'
    UNION ALL
    SELECT f.id, f.subscription_id, 'function app' AS kind, a.state, nullif(a.version, ''), a.found,
           CASE WHEN d.version IS NULL THEN NULL
                WHEN CAST(snapshot_time() AS DATE) <= CAST(d.supported_until AS DATE) THEN 'yes'
                WHEN CAST(snapshot_time() AS DATE) > CAST(d.ended_after AS DATE) THEN 'no'
                ELSE 'disputed'
           END AS support, CAST(d.supported_until AS DATE), CAST(d.ended_after AS DATE)
    FROM azure_function_app AS f
    JOIN function_app AS a ON a.id = f.id
    LEFT JOIN data_runtime_support AS d ON d.language = 'python' AND d.version = a.version AND a.state = 'used'
)
SELECT j.id AS subject, j.id AS resource_id, j.subscription_id,
       CASE WHEN j.state IN ('not used', 'container') THEN 'not_applicable'
            WHEN j.state = 'used' AND j.support = 'yes' THEN 'pass'
            WHEN j.state = 'used' AND j.support = 'no' THEN 'fail'
       END AS verdict,
       CASE j.state
            WHEN 'unread' THEN 'the runtime of the app could not be read'
            WHEN 'container' THEN 'the app runs an image or a handler of its own; what is in it is no setting of App Service'
            WHEN 'not used' THEN 'Python is not the runtime of the app' || CASE WHEN j.found = '' THEN '' ELSE ': ' || j.found END
            WHEN 'used' THEN 'Python ' || j.version || ' (' || j.found || ')'
              || CASE j.support
                      WHEN 'yes' THEN ' is supported until ' || CAST(j.supported_until AS VARCHAR)
                      WHEN 'no' THEN ' lost support on ' || CAST(j.ended_after AS VARCHAR)
                      WHEN 'disputed' THEN ': sources name ' || CAST(j.supported_until AS VARCHAR) || ' and ' || CAST(j.ended_after AS VARCHAR) || ' as the end of support'
                      ELSE ' is not in the table of supported versions'
                 END
            ELSE 'no Python version can be read from: ' || j.found
       END AS reason,
       j.kind AS app_kind, j.version, j.supported_until
FROM judged AS j
