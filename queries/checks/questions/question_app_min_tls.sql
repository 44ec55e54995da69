-- title = "Web and function apps on TLS 1.2"
-- severity = "high"
-- subject = "azure_web_app"
-- tables = ["azure_web_app", "azure_function_app", "azure_web_app_config"]
-- controls = ["jupiterone_questions:app_min_tls"]
-- rationale = "TLS 1.0 and 1.1 have known weaknesses, and a client that agrees to them gets no warning. The question took only 1.2, so that apps on 1.3 looked bad; here the stricter minimum is as good. A configuration that was not read is a gap, and functions in a Container Apps environment leave the matter to its ingress."
-- remediation = "az webapp config set --ids ID --min-tls-version 1.2 (az functionapp config set for function apps)"
-- references = ["https://learn.microsoft.com/azure/app-service/overview-tls"]
-- [[case]]
-- title = "1.2 and the stricter 1.3, web and function app"
-- given.azure_web_app = [{ name = "a" }]
-- given.azure_function_app = [{ name = "f" }]
-- given.azure_web_app_config = [
--   { name = "c1", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.web/sites/a", min_tls_version = "1.2" },
--   { name = "c2", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.web/sites/f", min_tls_version = " 1.3 " },
-- ]
-- expect = { a = "pass", f = "pass" }
-- [[case]]
-- title = "1.0, 1.1 and absent"
-- given.azure_web_app = [{ name = "a" }, { name = "b" }]
-- given.azure_function_app = [{ name = "f" }]
-- given.azure_web_app_config = [
--   { name = "c1", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.web/sites/a", min_tls_version = "1.0" },
--   { name = "c2", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.web/sites/b", min_tls_version = "1.1" },
--   { name = "c3", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.web/sites/f" },
-- ]
-- expect = { a = "fail", b = "fail", f = "fail" }
-- [[case]]
-- title = "a spelling nobody knows, and one not readable"
-- given.azure_web_app = [{ name = "a" }, { name = "b" }]
-- given.azure_web_app_config = [
--   { name = "c1", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.web/sites/a", min_tls_version = "TLS9" },
--   { name = "c2", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.web/sites/b", _gaps = ["min_tls_version"] },
-- ]
-- expect = { a = "unknown", b = "unknown" }
-- [[case]]
-- title = "configuration not in the snapshot; functions in Container Apps"
-- given.azure_web_app = [{ name = "a" }]
-- given.azure_function_app = [{ name = "f", managed_environment_id = "/x/e" }]
-- given.azure_web_app_config = [{ name = "c1", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.web/sites/f", min_tls_version = "1.0" }]
-- expect = { a = "unknown", f = "unknown" }
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
       CASE WHEN a.in_container_apps OR c.id IS NULL OR list_contains(c._gaps, 'min_tls_version') THEN NULL
            WHEN trim(c.min_tls_version) IN ('1.2', '1.3') THEN 'pass'
            WHEN trim(coalesce(c.min_tls_version, '')) IN ('', '1.0', '1.1') THEN 'fail'
       END AS verdict,
       CASE WHEN a.in_container_apps THEN 'the app runs in a Container Apps environment, whose ingress decides, or where it runs could not be read'
            WHEN c.id IS NULL THEN 'the configuration of the app is not in the snapshot'
            WHEN list_contains(c._gaps, 'min_tls_version') THEN 'the minimum could not be read'
            WHEN trim(coalesce(c.min_tls_version, '')) = '' THEN 'no minimum is set'
            ELSE 'minimum version: ' || trim(c.min_tls_version)
       END AS reason,
       a.kind AS app_kind, c.min_tls_version AS minimum
FROM app AS a
LEFT JOIN azure_web_app_config AS c ON lower(c._parent_id) = a.id
