-- title = "Web and function apps that require client certificates"
-- severity = "medium"
-- subject = "azure_web_app"
-- tables = ["azure_web_app", "azure_function_app"]
-- controls = ["jupiterone_questions:app_client_certificates"]
-- rationale = "With required certificates only clients that were given one get an answer at all. The question looked at the switch alone and so called the optional modes good, which let everybody in; the mode and the excluded paths are judged too. The app itself must still check the certificate."
-- remediation = "az webapp update --ids ID --set clientCertEnabled=true clientCertMode=Required (az functionapp update for function apps)"
-- references = ["https://learn.microsoft.com/azure/app-service/app-service-web-configure-tls-mutual-auth"]
-- [[case]]
-- title = "required, in any letter case, web and function app"
-- given.azure_web_app = [{ name = "a", client_cert_enabled = true, client_cert_mode = "Required" }]
-- given.azure_function_app = [{ name = "f", client_cert_enabled = true, client_cert_mode = "required" }]
-- expect = { a = "pass", f = "pass" }
-- [[case]]
-- title = "off, whatever the mode says, and absent"
-- given.azure_web_app = [{ name = "a", client_cert_enabled = false, client_cert_mode = "Required" }]
-- given.azure_function_app = [{ name = "f", client_cert_mode = "Required" }]
-- expect = { a = "fail", f = "fail" }
-- [[case]]
-- title = "optional modes; every path excluded"
-- given.azure_web_app = [
--   { name = "a", client_cert_enabled = true, client_cert_mode = "Optional" },
--   { name = "b", client_cert_enabled = true, client_cert_mode = "OptionalInteractiveUser" },
--   { name = "c", client_cert_enabled = true, client_cert_mode = "Required", client_cert_exclusion_paths = "/a;/" },
-- ]
-- expect = { a = "fail", b = "fail", c = "fail" }
-- [[case]]
-- title = "mode absent; switch or mode not readable, on either kind"
-- given.azure_web_app = [{ name = "a", client_cert_enabled = true }, { name = "b", _gaps = ["client_cert_enabled"] }]
-- given.azure_function_app = [
--   { name = "f", client_cert_enabled = true, _gaps = ["client_cert_mode"] },
--   { name = "g", client_cert_enabled = true, client_cert_mode = "Required", _gaps = ["client_cert_exclusion_paths"] },
-- ]
-- expect = { a = "unknown", b = "unknown", f = "unknown", g = "unknown" }
-- [[case]]
-- title = "functions in Container Apps: the ingress decides"
-- given.azure_function_app = [{ name = "f", managed_environment_id = "/x/e" }]
-- expect = { f = "unknown" }
-- [[case]]
-- title = "function apps denied"
-- ledger = [{ table = "azure_function_app", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_web_app = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "no app"
-- given.azure_web_app = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
WITH app AS (
    SELECT w.id, w.subscription_id, 'web app' AS kind, w.client_cert_enabled, w.client_cert_mode, w.client_cert_exclusion_paths, FALSE AS elsewhere,
           coalesce(list_contains(w._gaps, 'client_cert_enabled') OR list_contains(w._gaps, 'client_cert_mode')
                    OR list_contains(w._gaps, 'client_cert_exclusion_paths'), FALSE) AS unread
    FROM azure_web_app AS w
    UNION ALL
    SELECT f.id, f.subscription_id, 'function app' AS kind, f.client_cert_enabled, f.client_cert_mode, f.client_cert_exclusion_paths,
           coalesce(trim(f.managed_environment_id) <> '' OR list_contains(f._gaps, 'managed_environment_id'), FALSE) AS elsewhere,
           coalesce(list_contains(f._gaps, 'client_cert_enabled') OR list_contains(f._gaps, 'client_cert_mode')
                    OR list_contains(f._gaps, 'client_cert_exclusion_paths'), FALSE) AS unread
    FROM azure_function_app AS f
),
judged AS (
    SELECT a.id, a.subscription_id, a.kind, a.client_cert_mode, a.client_cert_exclusion_paths,
           CASE WHEN a.elsewhere THEN 'elsewhere'
                WHEN a.unread THEN 'unread'
                WHEN NOT coalesce(a.client_cert_enabled, FALSE) THEN 'off'
                WHEN lower(trim(a.client_cert_mode)) IN ('optional', 'optionalinteractiveuser') THEN 'optional'
                WHEN list_contains(list_transform(string_split(replace(coalesce(a.client_cert_exclusion_paths, ''), ';', ','), ','),
                                                  lambda item_: trim(item_)), '/') THEN 'excluded'
                WHEN lower(trim(a.client_cert_mode)) = 'required' THEN 'required'
                ELSE 'mode'
           END AS state
    FROM app AS a
)
SELECT j.id AS subject, j.id AS resource_id, j.subscription_id,
       CASE WHEN j.state = 'required' THEN 'pass' WHEN j.state IN ('off', 'optional', 'excluded') THEN 'fail' END AS verdict,
       CASE j.state
            WHEN 'elsewhere' THEN 'the app runs in a Container Apps environment, whose ingress decides, or where it runs could not be read'
            WHEN 'unread' THEN 'the settings for client certificates could not be read'
            WHEN 'off' THEN 'client certificates are not asked for'
            WHEN 'optional' THEN 'client certificates are asked for, but not required: ' || j.client_cert_mode
            WHEN 'excluded' THEN 'client certificates are required, but every path is excluded'
            WHEN 'required' THEN 'client certificates are required'
              || CASE WHEN trim(coalesce(j.client_cert_exclusion_paths, '')) = '' THEN '' ELSE ', except for: ' || trim(j.client_cert_exclusion_paths) END
            ELSE 'client certificates are asked for; mode not given or not known: ' || coalesce(j.client_cert_mode, 'absent')
       END AS reason,
       j.kind AS app_kind, j.client_cert_mode
FROM judged AS j
