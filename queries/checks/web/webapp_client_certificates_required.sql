-- title = "Web app requires client certificates"
-- severity = "medium"
-- subject = "azure_web_app"
-- tables = ["azure_web_app"]
-- controls = [
--   "cis_azure_2_0_0:9.4", "nist_800_53_r5:AC-3", "nist_800_53_r5:IA-2", "iso_27001_2022:A.8.5", "pci_dss_4_0:8.3.1",
--   "soc_2:CC6.1", "mitre_attack:T1040",
-- ]
-- rationale = "With required certificates only clients that were given one get an answer at all. The mode says Required by default even while the switch is off, so both are judged; the optional modes let everybody in, and so does plain HTTP, which knows no certificates. The app itself must still check the certificate."
-- remediation = "az webapp update --ids ID --set clientCertEnabled=true --set clientCertMode=Required --set httpsOnly=true"
-- references = ["https://learn.microsoft.com/azure/app-service/app-service-web-configure-tls-mutual-auth"]
-- [[case]]
-- title = "required"
-- given.azure_web_app = [{ name = "a", https_only = true, client_cert_enabled = true, client_cert_mode = "Required" }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "required, but plain HTTP is answered: there nobody is asked for one"
-- given.azure_web_app = [
--   { name = "a", https_only = false, client_cert_enabled = true, client_cert_mode = "Required" },
--   { name = "b", client_cert_enabled = true, client_cert_mode = "Required" },
-- ]
-- expect = { a = "fail", b = "fail" }
-- [[case]]
-- title = "whether plain HTTP is answered is not readable"
-- given.azure_web_app = [{ name = "a", client_cert_enabled = true, client_cert_mode = "Required", _gaps = ["https_only"] }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "switched off, though the mode says Required"
-- given.azure_web_app = [{ name = "a", client_cert_enabled = false, client_cert_mode = "Required" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "optional modes"
-- given.azure_web_app = [
--   { name = "a", client_cert_enabled = true, client_cert_mode = "Optional" },
--   { name = "b", client_cert_enabled = true, client_cert_mode = "OptionalInteractiveUser" },
-- ]
-- expect = { a = "fail", b = "fail" }
-- [[case]]
-- title = "switch absent means off"
-- given.azure_web_app = [{ name = "a", client_cert_mode = "Required" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "on, mode absent or not known: not taken for Required"
-- given.azure_web_app = [{ name = "a", client_cert_enabled = true }, { name = "b", client_cert_enabled = true, client_cert_mode = "Sometimes" }]
-- expect = { a = "unknown", b = "unknown" }
-- [[case]]
-- title = "other letter case"
-- given.azure_web_app = [{ name = "a", https_only = true, client_cert_enabled = true, client_cert_mode = "required" }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "some paths excluded pass with a note, everything excluded does not"
-- given.azure_web_app = [
--   { name = "a", https_only = true, client_cert_enabled = true, client_cert_mode = "Required", client_cert_exclusion_paths = "/health;/ping" },
--   { name = "b", https_only = true, client_cert_enabled = true, client_cert_mode = "Required", client_cert_exclusion_paths = "/health, /" },
-- ]
-- expect = { a = "pass", b = "fail" }
-- [[case]]
-- title = "values not readable"
-- given.azure_web_app = [
--   { name = "a", client_cert_mode = "Required", _gaps = ["client_cert_enabled"] },
--   { name = "b", client_cert_enabled = true, _gaps = ["client_cert_mode"] },
-- ]
-- expect = { a = "unknown", b = "unknown" }
-- [[case]]
-- title = "no app"
-- given.azure_web_app = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "list denied"
-- ledger = [{ table = "azure_web_app", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_web_app = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "three subscriptions: one throttled, one empty, one judged"
-- ledger = [
--   { table = "azure_web_app", subscription = "22222222-2222-4222-8222-222222222222", status = "throttled" },
--   { table = "azure_web_app", subscription = "33333333-3333-4333-8333-333333333333", status = "ok" },
-- ]
-- given.azure_web_app = [{ name = "a", client_cert_enabled = false }]
-- expect = { a = "fail", "/subscriptions/22222222-2222-4222-8222-222222222222" = "unknown", "/subscriptions/33333333-3333-4333-8333-333333333333" = "not_applicable" }
WITH app AS (
    SELECT w.id, w.subscription_id, w.client_cert_enabled, w.client_cert_mode, coalesce(w.https_only, FALSE) AS https_only,
           list_filter(list_transform(string_split(replace(coalesce(w.client_cert_exclusion_paths, ''), ';', ','), ','),
                                      lambda item_: trim(item_)),
                       lambda item_: item_ <> '') AS excluded
    FROM azure_web_app AS w
)
SELECT a.id AS subject, a.id AS resource_id, a.subscription_id,
       CASE WHEN NOT coalesce(a.client_cert_enabled, FALSE) THEN 'fail'
            WHEN lower(trim(a.client_cert_mode)) IN ('optional', 'optionalinteractiveuser') THEN 'fail'
            WHEN list_contains(a.excluded, '/') THEN 'fail'
            WHEN lower(trim(a.client_cert_mode)) = 'required' AND NOT a.https_only THEN 'fail'
            WHEN lower(trim(a.client_cert_mode)) = 'required' THEN 'pass'
       END AS verdict,
       CASE WHEN NOT coalesce(a.client_cert_enabled, FALSE) THEN 'client certificates are not asked for'
            WHEN lower(trim(a.client_cert_mode)) IN ('optional', 'optionalinteractiveuser')
            THEN 'client certificates are asked for, but not required: ' || a.client_cert_mode
            WHEN list_contains(a.excluded, '/') THEN 'client certificates are required, but every path is excluded'
            WHEN lower(trim(a.client_cert_mode)) = 'required' AND NOT a.https_only
            THEN 'client certificates are required over HTTPS, but plain HTTP is answered too, where nobody is asked for one'
            WHEN lower(trim(a.client_cert_mode)) = 'required'
            THEN 'client certificates are required'
              || CASE WHEN array_length(a.excluded) > 0 THEN ', except for: ' || array_to_string(a.excluded, ', ') ELSE '' END
            ELSE 'client certificates are asked for; mode not given or not known: ' || coalesce(a.client_cert_mode, 'absent')
       END AS reason
FROM app AS a
