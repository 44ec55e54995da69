-- title = "Web app PHP version supported"
-- severity = "medium"
-- subject = "azure_web_app"
-- tables = ["azure_web_app", "azure_web_app_config"]
-- controls = [
--   "cis_azure_2_0_0:9.6", "cis_azure_2_1_0:9.5", "cis_azure_3_0_0:9.7", "jupiterone_questions:app_php_version",
--   "nist_800_53_r5:CM-6", "nist_800_53_r5:SI-2", "iso_27001_2022:A.8.8", "pci_dss_4_0:6.3.3", "soc_2:CC7.1",
--   "mitre_attack:T1190",
-- ]
-- rationale = "A version without support gets no more security fixes, neither from its makers nor from App Service, and the app goes on running on it unchanged. Windows apps carry 5.6 as a value of old that says nothing, so it is left open; what a container image holds is not judged."
-- remediation = "az webapp config set --name APP --resource-group GROUP --linux-fx-version \"PHP|8.4\"; a Windows app has to move to Linux: PHP on Windows ended with 7.4."
-- references = ["https://learn.microsoft.com/azure/app-service/language-support-policy", "https://www.php.net/supported-versions.php"]
-- [[case]]
-- title = "supported on Linux"
-- given.azure_web_app = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_web_app_config = [{ name = "c0", _parent_id = "/x/a", linux_fx_version = "PHP|8.3" }, { name = "c1", _parent_id = "/x/b", linux_fx_version = "php|8.2" }]
-- expect = { a = "pass", b = "pass" }
-- [[case]]
-- title = "out of support on Linux"
-- given.azure_web_app = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_web_app_config = [{ name = "c0", _parent_id = "/x/a", linux_fx_version = "PHP|7.4" }, { name = "c1", _parent_id = "/x/b", linux_fx_version = "PHP|8.1" }]
-- expect = { a = "fail", b = "fail" }
-- [[case]]
-- title = "set on Windows: 7.x was chosen by somebody, 5.6 is the value of old"
-- given.azure_web_app = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c" }]
-- given.azure_web_app_config = [
--   { name = "c0", _parent_id = "/x/a", php_version = "7.4" },
--   { name = "c1", _parent_id = "/x/b", php_version = "5.6", linux_fx_version = "" },
--   { name = "c2", _parent_id = "/x/c", php_version = "Off" },
-- ]
-- expect = { a = "fail", b = "unknown", c = "not_applicable" }
-- [[case]]
-- title = "a version newer than the table"
-- given.azure_web_app = [{ id = "/x/a" }]
-- given.azure_web_app_config = [{ name = "c0", _parent_id = "/x/a", linux_fx_version = "PHP|9.9" }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "no version to be read; a patch number does not confuse"
-- given.azure_web_app = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c" }]
-- given.azure_web_app_config = [
--   { name = "c0", _parent_id = "/x/a", linux_fx_version = "PHP|latest" },
--   { name = "c1", _parent_id = "/x/b", linux_fx_version = "PHP|8" },
--   { name = "c2", _parent_id = "/x/c", linux_fx_version = "PHP:8.4.1" },
-- ]
-- expect = { a = "unknown", b = "unknown", c = "pass" }
-- [[case]]
-- title = "a container image, of Linux or of Windows"
-- given.azure_web_app = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c" }]
-- given.azure_web_app_config = [
--   { name = "c0", _parent_id = "/x/a", linux_fx_version = "DOCKER|contoso.azurecr.io/shop:1" },
--   { name = "c1", _parent_id = "/x/b", linux_fx_version = "sitecontainers" },
--   { name = "c2", _parent_id = "/x/c", windows_fx_version = "DOCKER|contoso/shop:1" },
-- ]
-- expect = { a = "not_applicable", b = "not_applicable", c = "not_applicable" }
-- [[case]]
-- title = "not used: another language; nothing named; a Linux app takes no notice of the Windows column"
-- given.azure_web_app = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c", kind = "app,linux", reserved = true }]
-- given.azure_web_app_config = [
--   { name = "c0", _parent_id = "/x/a", linux_fx_version = "NODE|22-lts" },
--   { name = "c1", _parent_id = "/x/b", php_version = "" },
--   { name = "c2", _parent_id = "/x/c", linux_fx_version = "", php_version = "7.4" },
-- ]
-- expect = { a = "not_applicable", b = "not_applicable", c = "not_applicable" }
-- [[case]]
-- title = "runtime not readable in the configuration row"
-- given.azure_web_app = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c" }]
-- given.azure_web_app_config = [
--   { name = "c0", _parent_id = "/x/a", _gaps = ["linux_fx_version"] },
--   { name = "c1", _parent_id = "/x/b", _gaps = ["php_version"] },
--   { name = "c2", _parent_id = "/x/c", php_version = "7.4", _gaps = ["windows_fx_version"] },
-- ]
-- expect = { a = "unknown", b = "unknown", c = "unknown" }
-- [[case]]
-- title = "whether the app runs on Linux is not readable"
-- given.azure_web_app = [{ id = "/x/a", _gaps = ["kind"] }, { id = "/x/b", _gaps = ["reserved"] }]
-- given.azure_web_app_config = [{ name = "c0", _parent_id = "/x/a", linux_fx_version = "" }, { name = "c1", _parent_id = "/x/b", php_version = "7.4" }]
-- expect = { a = "unknown", b = "unknown" }
-- [[case]]
-- title = "the language of another column does not matter"
-- given.azure_web_app = [{ id = "/x/a" }]
-- given.azure_web_app_config = [{ name = "c0", _parent_id = "/x/a", linux_fx_version = "PHP|8.3", _gaps = ["java_container_version"] }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "configuration not in the snapshot; that of another app does not count"
-- given.azure_web_app = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_web_app_config = [{ name = "c", _parent_id = "/x/b", linux_fx_version = "PHP|8.3" }]
-- expect = { a = "unknown", b = "pass" }
-- [[case]]
-- title = "no app"
-- given.azure_web_app = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "configurations denied"
-- ledger = [{ table = "azure_web_app_config", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_web_app = [{ id = "/x/a" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "configuration of one app denied"
-- ledger = [{ table = "azure_web_app_config", parent = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.web/sites/a", status = "denied" }]
-- given.azure_web_app = [{ name = "a" }, { name = "b" }]
-- given.azure_web_app_config = [
--   { name = "c", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.web/sites/b", linux_fx_version = "PHP|8.3" },
-- ]
-- expect = { a = "unknown", b = "pass" }
-- [[case]]
-- title = "apps could not be listed"
-- ledger = [{ table = "azure_web_app", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_web_app = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
SELECT a.id AS subject, a.id AS resource_id, a.subscription_id,
       CASE WHEN r.state IN ('not used', 'container') THEN 'not_applicable'
            WHEN r.state = 'used' AND r.support = 'yes' THEN 'pass'
            WHEN r.state = 'used' AND r.support = 'no' THEN 'fail'
       END AS verdict,
       CASE r.state
            WHEN 'unread' THEN r.found
            WHEN 'container' THEN 'the app runs a container image; what is in it is no setting of App Service'
            WHEN 'not used' THEN 'PHP is not the runtime of the app' || CASE WHEN r.found = '' THEN '' ELSE ': ' || r.found END
            WHEN 'default' THEN 'PHP ' || r.found || ' is what Azure writes for every older Windows app; whether PHP is used is not in the snapshot'
            WHEN 'unclear' THEN 'no PHP version can be read from: ' || r.found
            ELSE 'PHP ' || r.version || ' (' || r.found || ')'
              || CASE r.support
                      WHEN 'yes' THEN ' is supported until ' || CAST(r.supported_until AS VARCHAR)
                      WHEN 'no' THEN ' lost support on ' || CAST(r.ended_after AS VARCHAR)
                      WHEN 'disputed' THEN ': sources name ' || CAST(r.supported_until AS VARCHAR) || ' and ' || CAST(r.ended_after AS VARCHAR) || ' as the end of support'
                      ELSE ' is not in the table of supported versions'
                 END
              || CASE WHEN r.pinned THEN '; pinned to one build, which gets no patches by itself' ELSE '' END
       END AS reason,
       r.version, r.supported_until
FROM azure_web_app AS a
LEFT JOIN web_app_runtime AS r ON r.app_id = a.id AND r.language = 'php'
