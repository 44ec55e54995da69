-- title = "Web app Java version supported"
-- severity = "medium"
-- subject = "azure_web_app"
-- tables = ["azure_web_app", "azure_web_app_config"]
-- controls = [
--   "cis_azure_2_0_0:9.8", "cis_azure_2_1_0:9.7", "cis_azure_3_0_0:9.9", "nist_800_53_r5:CM-6", "nist_800_53_r5:SI-2",
--   "iso_27001_2022:A.8.8", "pci_dss_4_0:6.3.3", "soc_2:CC7.1", "mitre_attack:T1190",
-- ]
-- rationale = "A version without support gets no more security fixes, and the app goes on running on it unchanged. Judged is Java itself, also under Tomcat and JBoss; the version of the server is shown, not judged. What a container image holds is not judged either."
-- remediation = "az webapp config set --name APP --resource-group GROUP --linux-fx-version \"JAVA|21-java21\" (or \"TOMCAT|10.1-java21\"); on Windows: az webapp config set --name APP --resource-group GROUP --java-version 21"
-- references = ["https://learn.microsoft.com/azure/app-service/language-support-policy", "https://learn.microsoft.com/java/openjdk/support", "https://learn.microsoft.com/azure/app-service/configure-language-java-deploy-run"]
-- [[case]]
-- title = "supported, plain and under a server"
-- given.azure_web_app = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c" }, { id = "/x/d" }, { id = "/x/e" }]
-- given.azure_web_app_config = [
--   { name = "c0", _parent_id = "/x/a", linux_fx_version = "JAVA|17-java17" },
--   { name = "c1", _parent_id = "/x/b", linux_fx_version = "TOMCAT|10.1-java21" },
--   { name = "c2", _parent_id = "/x/c", linux_fx_version = "JBOSSEAP|8-java17_byol" },
--   { name = "c3", _parent_id = "/x/d", linux_fx_version = "java|25-java25" },
--   { name = "c4", _parent_id = "/x/e", linux_fx_version = "JAVA|11.0.16" },
-- ]
-- expect = { a = "pass", b = "pass", c = "pass", d = "pass", e = "pass" }
-- [[case]]
-- title = "Java 8 by its many spellings, before its earliest end"
-- given.azure_web_app = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c" }, { id = "/x/d" }, { id = "/x/e" }, { id = "/x/f" }]
-- given.azure_web_app_config = [
--   { name = "c0", _parent_id = "/x/a", linux_fx_version = "JAVA|8-jre8" },
--   { name = "c1", _parent_id = "/x/b", linux_fx_version = "TOMCAT|9.0-jre8" },
--   { name = "c2", _parent_id = "/x/c", linux_fx_version = "JAVA|8u345" },
--   { name = "c3", _parent_id = "/x/d", java_version = "1.8" },
--   { name = "c4", _parent_id = "/x/e", java_version = "1.8.0_265", java_container = "TOMCAT", java_container_version = "9.0" },
--   { name = "c5", _parent_id = "/x/f", linux_fx_version = "JBOSSEAP|7.4-java8" },
-- ]
-- expect = { a = "pass", b = "pass", c = "pass", d = "pass", e = "pass", f = "pass" }
-- [[case]]
-- title = "out of support"
-- given.azure_web_app = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_web_app_config = [{ name = "c0", _parent_id = "/x/a", java_version = "1.7.0_80" }, { name = "c1", _parent_id = "/x/b", linux_fx_version = "TOMCAT|8.5-jre7" }]
-- expect = { a = "fail", b = "fail" }
-- [[case]]
-- title = "on Windows"
-- given.azure_web_app = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c" }]
-- given.azure_web_app_config = [
--   { name = "c0", _parent_id = "/x/a", java_version = "21", java_container = "JAVA", java_container_version = "SE" },
--   { name = "c1", _parent_id = "/x/b", java_version = "11.0.16" },
--   { name = "c2", _parent_id = "/x/c", java_version = "" },
-- ]
-- expect = { a = "pass", b = "pass", c = "not_applicable" }
-- [[case]]
-- title = "a version that never had long support, or is newer than the table"
-- given.azure_web_app = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_web_app_config = [
--   { name = "c0", _parent_id = "/x/a", linux_fx_version = "JAVA|19-java19" },
--   { name = "c1", _parent_id = "/x/b", linux_fx_version = "JAVA|99-java99" },
-- ]
-- expect = { a = "unknown", b = "unknown" }
-- [[case]]
-- title = "a server without its Java version"
-- given.azure_web_app = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_web_app_config = [
--   { name = "c0", _parent_id = "/x/a", linux_fx_version = "TOMCAT|9.0" },
--   { name = "c1", _parent_id = "/x/b", linux_fx_version = "JBOSSEAP|7.2" },
-- ]
-- expect = { a = "unknown", b = "unknown" }
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
--   { name = "c1", _parent_id = "/x/b", java_version = "" },
--   { name = "c2", _parent_id = "/x/c", linux_fx_version = "", java_version = "17" },
-- ]
-- expect = { a = "not_applicable", b = "not_applicable", c = "not_applicable" }
-- [[case]]
-- title = "runtime not readable in the configuration row"
-- given.azure_web_app = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c" }]
-- given.azure_web_app_config = [
--   { name = "c0", _parent_id = "/x/a", _gaps = ["linux_fx_version"] },
--   { name = "c1", _parent_id = "/x/b", _gaps = ["java_version"] },
--   { name = "c2", _parent_id = "/x/c", java_version = "17", _gaps = ["windows_fx_version"] },
-- ]
-- expect = { a = "unknown", b = "unknown", c = "unknown" }
-- [[case]]
-- title = "whether the app runs on Linux is not readable"
-- given.azure_web_app = [{ id = "/x/a", _gaps = ["kind"] }, { id = "/x/b", _gaps = ["reserved"] }]
-- given.azure_web_app_config = [{ name = "c0", _parent_id = "/x/a", linux_fx_version = "" }, { name = "c1", _parent_id = "/x/b", java_version = "17" }]
-- expect = { a = "unknown", b = "unknown" }
-- [[case]]
-- title = "the language of another column does not matter"
-- given.azure_web_app = [{ id = "/x/a" }]
-- given.azure_web_app_config = [{ name = "c0", _parent_id = "/x/a", linux_fx_version = "JAVA|21-java21", _gaps = ["java_container_version"] }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "configuration not in the snapshot; that of another app does not count"
-- given.azure_web_app = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_web_app_config = [{ name = "c", _parent_id = "/x/b", linux_fx_version = "JAVA|21-java21" }]
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
--   { name = "c", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.web/sites/b", linux_fx_version = "JAVA|21-java21" },
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
            WHEN 'not used' THEN 'Java is not the runtime of the app' || CASE WHEN r.found = '' THEN '' ELSE ': ' || r.found END
            WHEN 'default' THEN 'PHP ' || r.found || ' is what Azure writes for every older Windows app; whether PHP is used is not in the snapshot'
            WHEN 'unclear' THEN 'no Java version can be read from: ' || r.found
            ELSE 'Java ' || r.version || ' (' || r.found || ')'
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
LEFT JOIN web_app_runtime AS r ON r.app_id = a.id AND r.language = 'java'
