-- title = "App Service authentication on"
-- severity = "medium"
-- subject = "azure_web_app"
-- tables = ["azure_web_app", "azure_web_app_auth_settings"]
-- optional = ["azure_web_app_auth_settings_v1"]
-- controls = [
--   "cis_azure_2_0_0:9.1", "cis_azure_2_1_0:9.1", "cis_azure_3_0_0:9.2", "nist_800_53_r5:AC-3", "nist_800_53_r5:IA-2",
--   "iso_27001_2022:A.8.5", "pci_dss_4_0:8.3.1", "soc_2:CC6.1",
-- ]
-- rationale = "Built-in sign-in stands before the code: requests without a token need not reach it. An app may sign its users in by its own code instead, which is not visible here. Where anonymous requests are let through all the same, the app passes and the reason says so."
-- remediation = "az webapp auth update --name APP --resource-group GROUP --enabled true --action RedirectToLoginPage (extension authV2), with an identity provider set up before: az webapp auth microsoft update."
-- references = ["https://learn.microsoft.com/azure/app-service/overview-authentication-authorization", "https://learn.microsoft.com/azure/app-service/configure-authentication-api-version"]
-- [[case]]
-- title = "on, sign-in required"
-- given.azure_web_app = [{ id = "/x/a" }]
-- given.azure_web_app_auth_settings = [
--   { name = "s", _parent_id = "/x/a", platform_enabled = true, global_validation_require_authentication = true, global_validation_unauthenticated_client_action = "RedirectToLoginPage" },
-- ]
-- expect = { a = "pass" }
-- [[case]]
-- title = "on, anonymous requests let through: passes, the reason says so"
-- given.azure_web_app = [{ id = "/x/a" }]
-- given.azure_web_app_auth_settings = [
--   { name = "s", _parent_id = "/x/a", platform_enabled = true, global_validation_require_authentication = false, global_validation_unauthenticated_client_action = "AllowAnonymous" },
-- ]
-- expect = { a = "pass" }
-- [[case]]
-- title = "off"
-- given.azure_web_app = [{ id = "/x/a" }]
-- given.azure_web_app_auth_settings = [{ name = "s", _parent_id = "/x/a", platform_enabled = false }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "off, though sign-in would be required"
-- given.azure_web_app = [{ id = "/x/a" }]
-- given.azure_web_app_auth_settings = [{ name = "s", _parent_id = "/x/a", platform_enabled = false, global_validation_require_authentication = true }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "settings read, switch absent: off"
-- given.azure_web_app = [{ id = "/x/a" }]
-- given.azure_web_app_auth_settings = [{ name = "s", _parent_id = "/x/a" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "switch not readable"
-- given.azure_web_app = [{ id = "/x/a" }]
-- given.azure_web_app_auth_settings = [{ name = "s", _parent_id = "/x/a", _gaps = ["platform_enabled"] }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "the first version of the settings is in force: it counts"
-- given.azure_web_app = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c" }, { id = "/x/d" }]
-- given.azure_web_app_auth_settings = [
--   { name = "sa", _parent_id = "/x/a", platform_enabled = false },
--   { name = "sb", _parent_id = "/x/b", platform_enabled = false },
--   { name = "sc", _parent_id = "/x/c", platform_enabled = false },
--   { name = "sd", _parent_id = "/x/d", platform_enabled = false },
-- ]
-- given.azure_web_app_auth_settings_v1 = [
--   { name = "v1", _parent_id = "/x/a", enabled = true, config_version = "v1" },
--   { name = "v2", _parent_id = "/x/b", enabled = true, config_version = "v2" },
--   { name = "v3", _parent_id = "/x/c", enabled = false, config_version = "v1" },
--   { name = "v4", _parent_id = "/x/d", config_version = "v1", _gaps = ["enabled"] },
-- ]
-- expect = { a = "pass", b = "fail", c = "fail", d = "unknown" }
-- [[case]]
-- title = "function apps are not judged here"
-- given.azure_web_app = [{ id = "/x/a" }]
-- given.azure_function_app = [{ id = "/x/f" }]
-- given.azure_web_app_auth_settings = [{ name = "s1", _parent_id = "/x/a", platform_enabled = true }, { name = "s2", _parent_id = "/x/f", platform_enabled = false }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "sign-in setting not in the snapshot; that of another app does not count"
-- given.azure_web_app = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_web_app_auth_settings = [{ name = "c", _parent_id = "/x/b", platform_enabled = true }]
-- expect = { a = "unknown", b = "pass" }
-- [[case]]
-- title = "no app"
-- given.azure_web_app = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "sign-in settings denied"
-- ledger = [{ table = "azure_web_app_auth_settings", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_web_app = [{ id = "/x/a" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "sign-in setting of one app denied"
-- ledger = [
--   { table = "azure_web_app_auth_settings", parent = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.web/sites/a", status = "denied" },
-- ]
-- given.azure_web_app = [{ name = "a" }, { name = "b" }]
-- given.azure_web_app_auth_settings = [
--   { name = "c", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.web/sites/b", platform_enabled = true },
-- ]
-- expect = { a = "unknown", b = "pass" }
-- [[case]]
-- title = "apps could not be listed"
-- ledger = [{ table = "azure_web_app", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_web_app = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
WITH setting AS (
    SELECT s._parent_id AS app_id, s.platform_enabled,
           coalesce(list_contains(s._gaps, 'platform_enabled'), FALSE) AS unread,
           CASE WHEN NOT coalesce(list_contains(s._gaps, 'global_validation_require_authentication'), FALSE)
                THEN s.global_validation_require_authentication END AS required,
           CASE WHEN NOT coalesce(list_contains(s._gaps, 'global_validation_unauthenticated_client_action'), FALSE)
                THEN s.global_validation_unauthenticated_client_action END AS action
    FROM azure_web_app_auth_settings AS s
),
-- Read only on request; it counts where the app was never moved to the second version.
first_version AS (
    SELECT v._parent_id AS app_id,
           bool_or(v.enabled AND NOT coalesce(list_contains(v._gaps, 'enabled'), FALSE)) AS enabled,
           bool_or(coalesce(list_contains(v._gaps, 'enabled'), FALSE)) AS unread
    FROM azure_web_app_auth_settings_v1 AS v
    WHERE lower(trim(v.config_version)) = 'v1' AND NOT coalesce(list_contains(v._gaps, 'config_version'), FALSE)
    GROUP BY v._parent_id
)
SELECT a.id AS subject, a.id AS resource_id, a.subscription_id,
       CASE WHEN s.app_id IS NULL OR s.unread THEN NULL
            WHEN s.platform_enabled OR v.enabled THEN 'pass'
            WHEN v.unread THEN NULL
            ELSE 'fail'
       END AS verdict,
       CASE WHEN s.app_id IS NULL THEN 'the sign-in settings of the app are not in the snapshot'
            WHEN s.unread THEN 'whether built-in sign-in is on could not be read'
            WHEN s.platform_enabled AND (NOT s.required OR lower(s.action) = 'allowanonymous')
            THEN 'built-in sign-in is on, but requests without it are let through to the app'
            WHEN s.platform_enabled THEN 'built-in sign-in is on; without it: ' || coalesce(s.action, 'not given')
            WHEN v.enabled THEN 'built-in sign-in is on, by the first version of the settings'
            WHEN v.unread THEN 'the first version of the settings is in force and could not be read'
            ELSE 'built-in sign-in is off'
       END AS reason,
       s.required AS sign_in_required, s.action AS without_sign_in
FROM azure_web_app AS a
LEFT JOIN setting AS s ON s.app_id = a.id
LEFT JOIN first_version AS v ON v.app_id = a.id
