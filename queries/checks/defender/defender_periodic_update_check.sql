-- title = "Machines check for missing updates"
-- severity = "medium"
-- subject = "azure_vm"
-- tables = ["azure_vm", "azure_security_assessment"]
-- controls = [
--   "cis_azure_4_0_0:9.1.10", "cis_azure_5_0_0:8.1.10", "cis_azure_6_0_0:8.1.10", "nist_800_53_r5:RA-5", "nist_800_53_r5:SI-2",
--   "iso_27001_2022:A.8.8", "pci_dss_4_0:6.3.3", "pci_dss_4_0:11.3.1", "soc_2:CC3.1", "soc_2:CC3.2", "soc_2:CC4.2",
--   "soc_2:CC6.8", "soc_2:CC7.1", "mitre_attack:T1190", "mitre_attack:T1486",
-- ]
-- rationale = "Missing updates are only known where somebody looks for them. With the platform looking every day, a machine without a repair is seen the next morning. Absent means left to the image, which does not report."
-- remediation = "az vm update --resource-group GROUP --name VM --set osProfile.linuxConfiguration.patchSettings.assessmentMode=AutomaticByPlatform (or windowsConfiguration); at scale assign the policy that configures periodic checking."
-- references = ["https://learn.microsoft.com/azure/update-manager/assessment-options"]
-- [[case]]
-- title = "checked by the platform, on Linux and on Windows"
-- given.azure_vm = [
--   { id = "/x/a", os_profile_linux_configuration_patch_settings_assessment_mode = "AutomaticByPlatform" },
--   { id = "/x/b", os_profile_windows_configuration_patch_settings_assessment_mode = "automaticbyplatform" },
-- ]
-- expect = { a = "pass", b = "pass" }
-- [[case]]
-- title = "left to the image, or absent, which is the same"
-- given.azure_vm = [
--   { id = "/x/a", os_profile_linux_configuration_patch_settings_assessment_mode = "ImageDefault" },
--   { id = "/x/b" },
-- ]
-- expect = { a = "fail", b = "fail" }
-- [[case]]
-- title = "absent, but Defender finds the machine in order"
-- given.azure_vm = [{ id = "/x/a" }]
-- given.azure_security_assessment = [
--   { id = "/x/a/providers/microsoft.security/assessments/90386950-71ca-4357-a12e-486d1679427c", name = "90386950-71ca-4357-a12e-486d1679427c", resource_details_id = "/x/a", status_code = "Healthy" },
-- ]
-- expect = { a = "pass" }
-- [[case]]
-- title = "Defender finds fault, in other letter case; the setting on the machine wins where it is on"
-- given.azure_vm = [
--   { id = "/x/a" },
--   { id = "/x/b", os_profile_linux_configuration_patch_settings_assessment_mode = "AutomaticByPlatform" },
-- ]
-- given.azure_security_assessment = [
--   { id = "/x/a/providers/microsoft.security/assessments/90386950-71ca-4357-a12e-486d1679427c", name = "90386950-71CA-4357-A12E-486D1679427C", resource_details_id = "/x/a", status_code = "unhealthy" },
--   { id = "/x/b/providers/microsoft.security/assessments/90386950-71ca-4357-a12e-486d1679427c", name = "90386950-71ca-4357-a12e-486d1679427c", resource_details_id = "/x/b", status_code = "Unhealthy" },
-- ]
-- expect = { a = "fail", b = "pass" }
-- [[case]]
-- title = "not applicable does not count, nor does another recommendation"
-- given.azure_vm = [
--   { id = "/x/a" },
--   { id = "/x/b" },
-- ]
-- given.azure_security_assessment = [
--   { id = "/x/a/providers/microsoft.security/assessments/90386950-71ca-4357-a12e-486d1679427c", name = "90386950-71ca-4357-a12e-486d1679427c", resource_details_id = "/x/a", status_code = "NotApplicable", status_cause = "OffByPolicy" },
--   { id = "/x/b/providers/microsoft.security/assessments/e1145ab1-eb4f-43d8-911b-36ddf771d13f", name = "e1145ab1-eb4f-43d8-911b-36ddf771d13f", resource_details_id = "/x/b", status_code = "Healthy" },
-- ]
-- expect = { a = "fail", b = "fail" }
-- [[case]]
-- title = "patch mode is another setting"
-- given.azure_vm = [{ id = "/x/a", os_profile_linux_configuration_patch_settings_patch_mode = "AutomaticByPlatform" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "the setting is not readable: unknown, unless Defender says healthy"
-- given.azure_vm = [
--   { id = "/x/a", _gaps = ["os_profile_linux_configuration_patch_settings_assessment_mode"] },
--   { id = "/x/b", _gaps = ["os_profile_windows_configuration_patch_settings_assessment_mode"] },
-- ]
-- given.azure_security_assessment = [
--   { id = "/x/b/providers/microsoft.security/assessments/90386950-71ca-4357-a12e-486d1679427c", name = "90386950-71ca-4357-a12e-486d1679427c", resource_details_id = "/x/b", status_code = "Healthy" },
-- ]
-- expect = { a = "unknown", b = "pass" }
-- [[case]]
-- title = "the status is absent or not readable: unknown, unless the setting is on"
-- given.azure_vm = [
--   { id = "/x/a" },
--   { id = "/x/b" },
--   { id = "/x/c", os_profile_linux_configuration_patch_settings_assessment_mode = "AutomaticByPlatform" },
-- ]
-- given.azure_security_assessment = [
--   { id = "/x/a/providers/microsoft.security/assessments/90386950-71ca-4357-a12e-486d1679427c", name = "90386950-71ca-4357-a12e-486d1679427c", resource_details_id = "/x/a" },
--   { id = "/x/b/providers/microsoft.security/assessments/90386950-71ca-4357-a12e-486d1679427c", name = "90386950-71ca-4357-a12e-486d1679427c", resource_details_id = "/x/b", _gaps = ["status_code"] },
--   { id = "/x/c/providers/microsoft.security/assessments/90386950-71ca-4357-a12e-486d1679427c", name = "90386950-71ca-4357-a12e-486d1679427c", resource_details_id = "/x/c", _gaps = ["status_code"] },
-- ]
-- expect = { a = "unknown", b = "unknown", c = "pass" }
-- [[case]]
-- title = "Defender for Cloud not registered: the setting decides"
-- ledger = [{ table = "azure_security_assessment", subscription = "11111111-1111-4111-8111-111111111111", status = "not_registered" }]
-- given.azure_vm = [
--   { id = "/x/a" },
--   { id = "/x/b", os_profile_linux_configuration_patch_settings_assessment_mode = "AutomaticByPlatform" },
-- ]
-- expect = { a = "fail", b = "pass" }
-- [[case]]
-- title = "no machine"
-- given.azure_vm = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "assessments denied"
-- ledger = [{ table = "azure_security_assessment", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_vm = [{ id = "/x/a" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "machines denied"
-- ledger = [{ table = "azure_vm", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_vm = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
WITH recommendation AS (
    SELECT lower(r.key) AS key, r.state = 'current' AS is_current
    FROM data_defender_recommendation AS r
    WHERE r.topic = 'periodic_updates'
),
result AS (
    SELECT rtrim(CASE WHEN a.resource_details_id IS NULL OR list_contains(a._gaps, 'resource_details_id')
                      THEN split_part(lower(a.id), '/providers/microsoft.security/assessments/', 1)
                      ELSE a.resource_details_id END, '/') AS machine_id,
           r.is_current,
           CASE WHEN a.status_code IS NULL OR list_contains(a._gaps, 'status_code') THEN 'unclear' ELSE lower(a.status_code) END AS code,
           CASE WHEN list_contains(a._gaps, 'status_cause') THEN 'cause not readable' ELSE a.status_cause END AS cause
    FROM azure_security_assessment AS a
    JOIN recommendation AS r ON r.key = lower(a.name)
),
per_machine AS (
    SELECT r.machine_id,
           sum(CASE WHEN r.code = 'healthy' THEN 1 ELSE 0 END) AS n_good,
           sum(CASE WHEN r.code NOT IN ('healthy', 'unhealthy', 'notapplicable') THEN 1 ELSE 0 END) AS n_unclear,
           list_sort(list(DISTINCT r.code || coalesce(' (' || r.cause || ')', ''))) AS said
    FROM result AS r
    GROUP BY r.machine_id
),
machine AS (
    SELECT v.id, v.subscription_id,
           coalesce(v.os_profile_linux_configuration_patch_settings_assessment_mode,
                    v.os_profile_windows_configuration_patch_settings_assessment_mode) AS assessment_mode,
           coalesce(lower(trim(v.os_profile_linux_configuration_patch_settings_assessment_mode)) = 'automaticbyplatform', FALSE)
             OR coalesce(lower(trim(v.os_profile_windows_configuration_patch_settings_assessment_mode)) = 'automaticbyplatform', FALSE) AS by_platform,
           coalesce(list_contains(v._gaps, 'os_profile_linux_configuration_patch_settings_assessment_mode')
             OR list_contains(v._gaps, 'os_profile_windows_configuration_patch_settings_assessment_mode'), FALSE) AS mode_unread
    FROM azure_vm AS v
)
SELECT m.id AS subject, m.id AS resource_id, m.subscription_id,
       CASE WHEN m.by_platform OR p.n_good > 0 THEN 'pass'
            WHEN m.mode_unread OR p.n_unclear > 0 THEN NULL
            ELSE 'fail'
       END AS verdict,
       CASE WHEN m.by_platform THEN 'the platform looks for missing updates'
            WHEN p.n_good > 0 THEN 'Defender finds that the machine looks for missing updates'
            WHEN m.mode_unread THEN 'who looks for missing updates could not be read'
            WHEN p.n_unclear > 0 THEN 'the status of the recommendation is not given'
            ELSE 'assessment mode: ' || coalesce(m.assessment_mode, 'absent, which means ImageDefault')
       END || CASE WHEN m.by_platform OR p.n_good > 0 OR p.said IS NULL THEN '' ELSE '; Defender says: ' || array_to_string(p.said, ', ') END AS reason,
       m.assessment_mode
FROM machine AS m
LEFT JOIN per_machine AS p ON p.machine_id = m.id
