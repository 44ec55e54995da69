-- title = "Built-in sign-in of web and function apps"
-- severity = "medium"
-- subject = "azure_web_app"
-- tables = ["azure_web_app", "azure_function_app", "azure_web_app_auth_settings"]
-- optional = ["azure_web_app_auth_settings_v1"]
-- controls = ["jupiterone_questions:app_authentication"]
-- rationale = "Built-in sign-in stands before the code, so that requests without a token need not reach it; an app may sign its users in by its own code instead, which is not visible. The question read the first version of the settings, whose call may return secrets; the second version is read here, the first only where it was asked for. Settings that were not read are a gap, not left out."
-- remediation = "az webapp auth update --ids ID --enabled true --action RedirectToLoginPage"
-- references = ["https://learn.microsoft.com/azure/app-service/overview-authentication-authorization"]
-- [[case]]
-- title = "on, web and function app"
-- given.azure_web_app = [{ name = "a" }]
-- given.azure_function_app = [{ name = "f" }]
-- given.azure_web_app_auth_settings = [
--   { name = "c1", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.web/sites/a", platform_enabled = true, global_validation_require_authentication = true },
--   { name = "c2", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.web/sites/f", platform_enabled = true },
-- ]
-- expect = { a = "pass", f = "pass" }
-- [[case]]
-- title = "on, but requests without sign-in are let through: on all the same"
-- given.azure_web_app = [{ name = "a" }]
-- given.azure_web_app_auth_settings = [{ name = "c1", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.web/sites/a", platform_enabled = true, global_validation_unauthenticated_client_action = "AllowAnonymous" }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "off, and absent"
-- given.azure_web_app = [{ name = "a" }]
-- given.azure_function_app = [{ name = "f" }]
-- given.azure_web_app_auth_settings = [
--   { name = "c1", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.web/sites/a", platform_enabled = false },
--   { name = "c2", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.web/sites/f" },
-- ]
-- expect = { a = "fail", f = "fail" }
-- [[case]]
-- title = "on by the first version, which is in force; the same where the second is"
-- given.azure_web_app = [{ name = "a" }, { name = "b" }]
-- given.azure_web_app_auth_settings = [
--   { name = "c1", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.web/sites/a", platform_enabled = false },
--   { name = "c2", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.web/sites/b", platform_enabled = false },
-- ]
-- given.azure_web_app_auth_settings_v1 = [
--   { name = "c1", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.web/sites/a", enabled = true, config_version = "v1" },
--   { name = "c2", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.web/sites/b", enabled = true, config_version = "v2" },
-- ]
-- expect = { a = "pass", b = "fail" }
-- [[case]]
-- title = "the first version in force, not readable"
-- given.azure_web_app = [{ name = "a" }]
-- given.azure_web_app_auth_settings = [{ name = "c1", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.web/sites/a", platform_enabled = false }]
-- given.azure_web_app_auth_settings_v1 = [{ name = "c1", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.web/sites/a", config_version = "v1", _gaps = ["enabled"] }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "which version is in force not readable: unknown where the two do not agree"
-- given.azure_web_app = [{ name = "a" }, { name = "b" }, { name = "c" }, { name = "d" }]
-- given.azure_web_app_auth_settings = [
--   { name = "c1", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.web/sites/a", platform_enabled = false },
--   { name = "c2", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.web/sites/b", platform_enabled = true },
--   { name = "c3", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.web/sites/c", platform_enabled = true },
--   { name = "c4", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.web/sites/d", platform_enabled = false },
-- ]
-- given.azure_web_app_auth_settings_v1 = [
--   { name = "c1", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.web/sites/a", enabled = true, _gaps = ["config_version"] },
--   { name = "c2", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.web/sites/b", enabled = false, _gaps = ["config_version"] },
--   { name = "c3", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.web/sites/c", enabled = true, _gaps = ["config_version"] },
--   { name = "c4", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.web/sites/d", enabled = false, _gaps = ["config_version"] },
-- ]
-- expect = { a = "unknown", b = "unknown", c = "pass", d = "fail" }
-- [[case]]
-- title = "not readable; settings not in the snapshot"
-- given.azure_web_app = [{ name = "a" }, { name = "b" }]
-- given.azure_web_app_auth_settings = [{ name = "c1", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.web/sites/a", _gaps = ["platform_enabled"] }]
-- expect = { a = "unknown", b = "unknown" }
-- [[case]]
-- title = "function apps denied: the web apps stay"
-- ledger = [{ table = "azure_function_app", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_web_app = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "settings of one app denied"
-- ledger = [{ table = "azure_web_app_auth_settings", subscription = "11111111-1111-4111-8111-111111111111", parent = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.web/sites/a", status = "denied" }]
-- given.azure_web_app = [{ name = "a" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.web/sites/a" = "unknown" }
-- [[case]]
-- title = "no app"
-- given.azure_web_app = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
WITH app AS (
    SELECT w.id, w.subscription_id, 'web app' AS kind FROM azure_web_app AS w
    UNION ALL
    SELECT f.id, f.subscription_id, 'function app' AS kind FROM azure_function_app AS f
)
SELECT a.id AS subject, a.id AS resource_id, a.subscription_id,
       CASE s.state WHEN 'on' THEN 'pass' WHEN 'off' THEN 'fail' END AS verdict,
       coalesce(s.why, 'the sign-in settings of the app are not in the snapshot') AS reason,
       a.kind AS app_kind, s.required AS sign_in_required, s.action AS without_sign_in
FROM app AS a
LEFT JOIN web_app_sign_in AS s ON s.app_id = a.id
