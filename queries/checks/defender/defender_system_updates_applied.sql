-- title = "System updates recommendation healthy"
-- severity = "high"
-- subject = "azure_vm"
-- tables = ["azure_vm", "azure_security_assessment"]
-- optional = ["azure_vm_instance_view"]
-- controls = [
--   "cis_azure_2_0_0:2.1.13", "cis_azure_2_1_0:2.1.12", "cis_azure_3_0_0:3.1.10", "jupiterone_questions:vm_system_updates",
--   "nist_800_53_r5:RA-5", "nist_800_53_r5:SI-2", "iso_27001_2022:A.8.8", "pci_dss_4_0:6.3.3", "pci_dss_4_0:11.3.1",
--   "soc_2:CC3.1", "soc_2:CC3.2", "soc_2:CC4.2", "soc_2:CC6.8", "soc_2:CC7.1", "mitre_attack:T1190", "mitre_attack:T1486",
-- ]
-- rationale = "Most break-ins through the network use a weakness whose repair was out for months. The verdict is Defender's own on each machine; where it gives none, what the machine reported in the last seven days is taken: critical and security updates missing, or no update missing at all."
-- remediation = "az vm install-patches --resource-group GROUP --name VM --maximum-duration PT2H --reboot-setting IfRequired --classifications-to-include-win Critical Security (or --classifications-to-include-linux); better a schedule in Azure Update Manager."
-- references = ["https://learn.microsoft.com/azure/update-manager/overview", "https://learn.microsoft.com/azure/defender-for-cloud/transition-grouped-individual-recommendations"]
-- [[case]]
-- title = "healthy"
-- given.azure_vm = [{ id = "/x/m" }]
-- given.azure_security_assessment = [
--   { id = "/x/m/providers/microsoft.security/assessments/e1145ab1-eb4f-43d8-911b-36ddf771d13f", name = "e1145ab1-eb4f-43d8-911b-36ddf771d13f", resource_details_id = "/x/m", status_code = "Healthy" },
-- ]
-- expect = { m = "pass" }
-- [[case]]
-- title = "unhealthy, in other letter case"
-- given.azure_vm = [
--   { id = "/x/m" },
--   { id = "/x/k" },
-- ]
-- given.azure_security_assessment = [
--   { id = "/x/m/providers/microsoft.security/assessments/e1145ab1-eb4f-43d8-911b-36ddf771d13f", name = "e1145ab1-eb4f-43d8-911b-36ddf771d13f", resource_details_id = "/x/m", status_code = "Unhealthy" },
--   { id = "/x/k/providers/microsoft.security/assessments/e1145ab1-eb4f-43d8-911b-36ddf771d13f", name = "E1145AB1-EB4F-43D8-911B-36DDF771D13F", resource_details_id = "/x/k", status_code = "UNHEALTHY" },
-- ]
-- expect = { m = "fail", k = "fail" }
-- [[case]]
-- title = "not applicable does not count; another recommendation does not count; no row"
-- given.azure_vm = [
--   { id = "/x/m" },
--   { id = "/x/k" },
--   { id = "/x/l" },
-- ]
-- given.azure_security_assessment = [
--   { id = "/x/m/providers/microsoft.security/assessments/e1145ab1-eb4f-43d8-911b-36ddf771d13f", name = "e1145ab1-eb4f-43d8-911b-36ddf771d13f", resource_details_id = "/x/m", status_code = "NotApplicable", status_cause = "OffByPolicy" },
--   { id = "/x/k/providers/microsoft.security/assessments/90386950-71ca-4357-a12e-486d1679427c", name = "90386950-71ca-4357-a12e-486d1679427c", resource_details_id = "/x/k", status_code = "Healthy" },
-- ]
-- expect = { m = "unknown", k = "unknown", l = "unknown" }
-- [[case]]
-- title = "each machine has its own verdict"
-- given.azure_vm = [
--   { id = "/x/m" },
--   { id = "/x/k" },
-- ]
-- given.azure_security_assessment = [
--   { id = "/x/m/providers/microsoft.security/assessments/e1145ab1-eb4f-43d8-911b-36ddf771d13f", name = "e1145ab1-eb4f-43d8-911b-36ddf771d13f", resource_details_id = "/x/m", status_code = "Healthy" },
--   { id = "/x/k/providers/microsoft.security/assessments/e1145ab1-eb4f-43d8-911b-36ddf771d13f", name = "e1145ab1-eb4f-43d8-911b-36ddf771d13f", resource_details_id = "/x/k", status_code = "Unhealthy" },
-- ]
-- expect = { m = "pass", k = "fail" }
-- [[case]]
-- title = "the older recommendation counts only where the current one has no row"
-- given.azure_vm = [
--   { id = "/x/m" },
--   { id = "/x/k" },
--   { id = "/x/l" },
-- ]
-- given.azure_security_assessment = [
--   { id = "/x/m/providers/microsoft.security/assessments/4ab6e3c5-74dd-8b35-9ab9-f61b30875b27", name = "4ab6e3c5-74dd-8b35-9ab9-f61b30875b27", resource_details_id = "/x/m", status_code = "Healthy" },
--   { id = "/x/k/providers/microsoft.security/assessments/e1145ab1-eb4f-43d8-911b-36ddf771d13f", name = "e1145ab1-eb4f-43d8-911b-36ddf771d13f", resource_details_id = "/x/k", status_code = "Unhealthy" },
--   { id = "/x/k/providers/microsoft.security/assessments/4ab6e3c5-74dd-8b35-9ab9-f61b30875b27", name = "4ab6e3c5-74dd-8b35-9ab9-f61b30875b27", resource_details_id = "/x/k", status_code = "Healthy" },
--   { id = "/x/l/providers/microsoft.security/assessments/e1145ab1-eb4f-43d8-911b-36ddf771d13f", name = "e1145ab1-eb4f-43d8-911b-36ddf771d13f", resource_details_id = "/x/l", status_code = "NotApplicable" },
--   { id = "/x/l/providers/microsoft.security/assessments/4ab6e3c5-74dd-8b35-9ab9-f61b30875b27", name = "4ab6e3c5-74dd-8b35-9ab9-f61b30875b27", resource_details_id = "/x/l", status_code = "Healthy" },
-- ]
-- expect = { m = "pass", k = "fail", l = "unknown" }
-- [[case]]
-- title = "no row: what the machine itself reported decides, if it is fresh and complete"
-- given.azure_vm = [
--   { id = "/x/a" },
--   { id = "/x/b" },
--   { id = "/x/c" },
--   { id = "/x/d" },
--   { id = "/x/e" },
--   { id = "/x/f" },
-- ]
-- given.azure_vm_instance_view = [
--   { name = "iva", _parent_id = "/x/a", patch_status_available_patch_summary_critical_and_security_patch_count = 0, patch_status_available_patch_summary_other_patch_count = 0, patch_status_available_patch_summary_status = "Succeeded", patch_status_available_patch_summary_last_modified_time = "2026-09-30T06:00:00Z" },
--   { name = "ivb", _parent_id = "/x/b", patch_status_available_patch_summary_critical_and_security_patch_count = 3, patch_status_available_patch_summary_other_patch_count = 0, patch_status_available_patch_summary_status = "Succeeded", patch_status_available_patch_summary_last_modified_time = "2026-09-30T06:00:00Z" },
--   { name = "ivc", _parent_id = "/x/c", patch_status_available_patch_summary_critical_and_security_patch_count = 0, patch_status_available_patch_summary_other_patch_count = 2, patch_status_available_patch_summary_status = "Succeeded", patch_status_available_patch_summary_last_modified_time = "2026-09-30T06:00:00Z" },
--   { name = "ivd", _parent_id = "/x/d", patch_status_available_patch_summary_critical_and_security_patch_count = 0, patch_status_available_patch_summary_other_patch_count = 0, patch_status_available_patch_summary_status = "Succeeded", patch_status_available_patch_summary_last_modified_time = "2026-09-20T00:00:00Z" },
--   { name = "ive", _parent_id = "/x/e", patch_status_available_patch_summary_critical_and_security_patch_count = 0, patch_status_available_patch_summary_other_patch_count = 0, patch_status_available_patch_summary_status = "Failed", patch_status_available_patch_summary_last_modified_time = "2026-09-30T06:00:00Z" },
--   { name = "ivf", _parent_id = "/x/f", patch_status_available_patch_summary_critical_and_security_patch_count = 0, patch_status_available_patch_summary_status = "Succeeded", patch_status_available_patch_summary_last_modified_time = "2026-09-30T06:00:00Z" },
-- ]
-- expect = { a = "pass", b = "fail", c = "unknown", d = "unknown", e = "unknown", f = "unknown" }
-- [[case]]
-- title = "the recommendation comes before what the machine reported"
-- given.azure_vm = [
--   { id = "/x/m" },
--   { id = "/x/k" },
-- ]
-- given.azure_security_assessment = [
--   { id = "/x/m/providers/microsoft.security/assessments/e1145ab1-eb4f-43d8-911b-36ddf771d13f", name = "e1145ab1-eb4f-43d8-911b-36ddf771d13f", resource_details_id = "/x/m", status_code = "Unhealthy" },
--   { id = "/x/k/providers/microsoft.security/assessments/e1145ab1-eb4f-43d8-911b-36ddf771d13f", name = "e1145ab1-eb4f-43d8-911b-36ddf771d13f", resource_details_id = "/x/k", status_code = "Healthy" },
-- ]
-- given.azure_vm_instance_view = [
--   { name = "ivm", _parent_id = "/x/m", patch_status_available_patch_summary_critical_and_security_patch_count = 0, patch_status_available_patch_summary_other_patch_count = 0, patch_status_available_patch_summary_status = "Succeeded", patch_status_available_patch_summary_last_modified_time = "2026-09-30T06:00:00Z" },
--   { name = "ivk", _parent_id = "/x/k", patch_status_available_patch_summary_critical_and_security_patch_count = 2, patch_status_available_patch_summary_other_patch_count = 0, patch_status_available_patch_summary_status = "Succeeded", patch_status_available_patch_summary_last_modified_time = "2026-09-30T06:00:00Z" },
-- ]
-- expect = { m = "fail", k = "pass" }
-- [[case]]
-- title = "status absent or not readable, alone and beside an older row"
-- given.azure_vm = [
--   { id = "/x/m" },
--   { id = "/x/k" },
--   { id = "/x/l" },
-- ]
-- given.azure_security_assessment = [
--   { id = "/x/m/providers/microsoft.security/assessments/e1145ab1-eb4f-43d8-911b-36ddf771d13f", name = "e1145ab1-eb4f-43d8-911b-36ddf771d13f", resource_details_id = "/x/m" },
--   { id = "/x/k/providers/microsoft.security/assessments/e1145ab1-eb4f-43d8-911b-36ddf771d13f", name = "e1145ab1-eb4f-43d8-911b-36ddf771d13f", resource_details_id = "/x/k", _gaps = ["status_code"] },
--   { id = "/x/l/providers/microsoft.security/assessments/e1145ab1-eb4f-43d8-911b-36ddf771d13f", name = "e1145ab1-eb4f-43d8-911b-36ddf771d13f", resource_details_id = "/x/l", _gaps = ["status_code"] },
--   { id = "/x/l/providers/microsoft.security/assessments/4ab6e3c5-74dd-8b35-9ab9-f61b30875b27", name = "4ab6e3c5-74dd-8b35-9ab9-f61b30875b27", resource_details_id = "/x/l", status_code = "Healthy" },
-- ]
-- expect = { m = "unknown", k = "unknown", l = "unknown" }
-- [[case]]
-- title = "what the machine reported is not readable"
-- given.azure_vm = [
--   { id = "/x/m" },
--   { id = "/x/k" },
-- ]
-- given.azure_vm_instance_view = [
--   { name = "ivm", _parent_id = "/x/m", patch_status_available_patch_summary_other_patch_count = 0, patch_status_available_patch_summary_status = "Succeeded", patch_status_available_patch_summary_last_modified_time = "2026-09-30T06:00:00Z", _gaps = ["patch_status_available_patch_summary_critical_and_security_patch_count"] },
--   { name = "ivk", _parent_id = "/x/k", patch_status_available_patch_summary_critical_and_security_patch_count = 0, patch_status_available_patch_summary_other_patch_count = 0, patch_status_available_patch_summary_status = "Succeeded", _gaps = ["patch_status_available_patch_summary_last_modified_time"] },
-- ]
-- expect = { m = "unknown", k = "unknown" }
-- [[case]]
-- title = "the machine is found by the id of the assessment where the resource is not readable"
-- given.azure_vm = [{ id = "/x/m" }]
-- given.azure_security_assessment = [
--   { id = "/x/m/providers/microsoft.security/assessments/e1145ab1-eb4f-43d8-911b-36ddf771d13f", name = "e1145ab1-eb4f-43d8-911b-36ddf771d13f", status_code = "Healthy", _gaps = ["resource_details_id"] },
-- ]
-- expect = { m = "pass" }
-- [[case]]
-- title = "Defender for Cloud not registered"
-- ledger = [{ table = "azure_security_assessment", subscription = "11111111-1111-4111-8111-111111111111", status = "not_registered" }]
-- given.azure_vm = [{ id = "/x/m" }]
-- expect = { m = "unknown" }
-- [[case]]
-- title = "no machine"
-- given.azure_vm = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "assessments denied"
-- ledger = [{ table = "azure_security_assessment", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_vm = [{ id = "/x/m" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "states of machines denied: the recommendation is enough"
-- ledger = [{ table = "azure_vm_instance_view", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_vm = [
--   { id = "/x/m" },
--   { id = "/x/k" },
-- ]
-- given.azure_security_assessment = [
--   { id = "/x/m/providers/microsoft.security/assessments/e1145ab1-eb4f-43d8-911b-36ddf771d13f", name = "e1145ab1-eb4f-43d8-911b-36ddf771d13f", resource_details_id = "/x/m", status_code = "Healthy" },
-- ]
-- expect = { m = "pass", k = "unknown" }
WITH recommendation AS (
    SELECT lower(r.key) AS key, r.state = 'current' AS is_current
    FROM data_defender_recommendation AS r
    WHERE r.topic = 'system_updates'
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
newest AS (
    SELECT r.machine_id, max(CASE WHEN r.is_current THEN 1 ELSE 0 END) AS has_current FROM result AS r GROUP BY r.machine_id
),
per_machine AS (
    SELECT r.machine_id,
           sum(CASE WHEN r.code = 'unhealthy' THEN 1 ELSE 0 END) AS n_bad,
           sum(CASE WHEN r.code = 'healthy' THEN 1 ELSE 0 END) AS n_good,
           sum(CASE WHEN r.code NOT IN ('healthy', 'unhealthy', 'notapplicable') THEN 1 ELSE 0 END) AS n_unclear,
           max(CASE WHEN r.code = 'notapplicable' THEN coalesce(r.cause, 'no cause given') END) AS not_applicable_cause
    FROM result AS r
    JOIN newest AS n ON n.machine_id = r.machine_id AND r.is_current = (n.has_current = 1)
    GROUP BY r.machine_id
),
reported AS (
    SELECT i._parent_id AS machine_id,
           i.patch_status_available_patch_summary_critical_and_security_patch_count AS n_critical,
           i.patch_status_available_patch_summary_other_patch_count AS n_other,
           i.patch_status_available_patch_summary_last_modified_time AS looked_at,
           coalesce(lower(i.patch_status_available_patch_summary_status) = 'succeeded'
                    AND i.patch_status_available_patch_summary_last_modified_time >= snapshot_time() - INTERVAL 7 DAY
                    AND i.patch_status_available_patch_summary_critical_and_security_patch_count >= 0
                    AND i.patch_status_available_patch_summary_other_patch_count >= 0, FALSE)
             AND NOT coalesce(list_contains(i._gaps, 'patch_status_available_patch_summary_status')
                    OR list_contains(i._gaps, 'patch_status_available_patch_summary_last_modified_time')
                    OR list_contains(i._gaps, 'patch_status_available_patch_summary_critical_and_security_patch_count')
                    OR list_contains(i._gaps, 'patch_status_available_patch_summary_other_patch_count'), FALSE) AS usable
    FROM azure_vm_instance_view AS i
),
fresh AS (
    SELECT i.machine_id, max(i.n_critical) AS n_critical, max(i.n_other) AS n_other, max(i.looked_at) AS looked_at
    FROM reported AS i
    WHERE i.usable
    GROUP BY i.machine_id
)
SELECT v.id AS subject, v.id AS resource_id, v.subscription_id,
       CASE WHEN p.n_bad > 0 THEN 'fail'
            WHEN p.n_unclear > 0 THEN NULL
            WHEN p.n_good > 0 THEN 'pass'
            WHEN f.n_critical > 0 THEN 'fail'
            WHEN f.n_critical = 0 AND f.n_other = 0 THEN 'pass'
       END AS verdict,
       CASE WHEN p.n_bad > 0 THEN 'Defender finds updates missing'
            WHEN p.n_unclear > 0 THEN 'the status of the recommendation is not given'
            WHEN p.n_good > 0 THEN 'Defender finds no update missing'
            ELSE CASE WHEN p.not_applicable_cause IS NOT NULL THEN 'Defender does not judge the machine (' || p.not_applicable_cause || ')'
                      ELSE 'no result of the recommendation on system updates' END
              || CASE WHEN f.machine_id IS NULL THEN ', and the machine reported no complete look for updates in the last 7 days'
                      ELSE ', but the machine reported: critical and security updates missing ' || f.n_critical || ', others ' || f.n_other END
       END AS reason,
       f.looked_at AS updates_looked_for
FROM azure_vm AS v
LEFT JOIN per_machine AS p ON p.machine_id = v.id
LEFT JOIN fresh AS f ON f.machine_id = v.id
