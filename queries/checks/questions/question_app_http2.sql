-- title = "Web and function apps with HTTP/2"
-- severity = "low"
-- subject = "azure_web_app"
-- tables = ["azure_web_app", "azure_function_app", "azure_web_app_config"]
-- controls = ["jupiterone_questions:app_http2"]
-- rationale = "HTTP/1.1 is open to request smuggling that the framing of HTTP/2 makes harder, and needs more connections. Clients that speak only the old version are still served. An absent value means off; a configuration that was not read is a gap, which the question called bad."
-- remediation = "az webapp config set --ids ID --http20-enabled true (az functionapp config set for function apps)"
-- references = ["https://learn.microsoft.com/azure/app-service/configure-common"]
-- [[case]]
-- title = "on, web and function app"
-- given.azure_web_app = [{ name = "a" }]
-- given.azure_function_app = [{ name = "f" }]
-- given.azure_web_app_config = [
--   { name = "c1", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.web/sites/a", http20_enabled = true },
--   { name = "c2", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.web/sites/f", http20_enabled = true },
-- ]
-- expect = { a = "pass", f = "pass" }
-- [[case]]
-- title = "off, and absent"
-- given.azure_web_app = [{ name = "a" }]
-- given.azure_function_app = [{ name = "f" }]
-- given.azure_web_app_config = [
--   { name = "c1", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.web/sites/a", http20_enabled = false },
--   { name = "c2", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.web/sites/f" },
-- ]
-- expect = { a = "fail", f = "fail" }
-- [[case]]
-- title = "not readable; configuration not in the snapshot; functions in Container Apps"
-- given.azure_web_app = [{ name = "a" }, { name = "b" }]
-- given.azure_function_app = [{ name = "f", managed_environment_id = "/x/e" }]
-- given.azure_web_app_config = [{ name = "c1", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.web/sites/a", http20_enabled = true, _gaps = ["http20_enabled"] }]
-- expect = { a = "unknown", b = "unknown", f = "unknown" }
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
    SELECT w.id, w.subscription_id, 'web app' AS kind, FALSE AS in_container_apps FROM azure_web_app AS w
    UNION ALL
    SELECT f.id, f.subscription_id, 'function app' AS kind,
           coalesce(trim(f.managed_environment_id) <> '' OR list_contains(f._gaps, 'managed_environment_id'), FALSE) AS in_container_apps
    FROM azure_function_app AS f
)
SELECT a.id AS subject, a.id AS resource_id, a.subscription_id,
       CASE WHEN a.in_container_apps OR c.id IS NULL OR list_contains(c._gaps, 'http20_enabled') THEN NULL
            WHEN c.http20_enabled THEN 'pass'
            ELSE 'fail'
       END AS verdict,
       CASE WHEN a.in_container_apps THEN 'the app runs in a Container Apps environment, whose ingress decides, or where it runs could not be read'
            WHEN c.id IS NULL THEN 'the configuration of the app is not in the snapshot'
            WHEN list_contains(c._gaps, 'http20_enabled') THEN 'the HTTP/2 setting could not be read'
            WHEN c.http20_enabled THEN 'HTTP/2 is on'
            WHEN c.http20_enabled IS NULL THEN 'the setting is absent, so HTTP/2 is off'
            ELSE 'HTTP/2 is off'
       END AS reason,
       a.kind AS app_kind
FROM app AS a
LEFT JOIN azure_web_app_config AS c ON lower(c._parent_id) = a.id
