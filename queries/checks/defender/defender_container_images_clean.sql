-- title = "Running images without open vulnerabilities"
-- severity = "high"
-- subject = "azure_subscription"
-- tables = ["azure_subscription", "azure_security_assessment", "azure_kubernetes_cluster"]
-- controls = [
--   "nist_800_53_r5:RA-5", "nist_800_53_r5:SI-2", "iso_27001_2022:A.5.19", "iso_27001_2022:A.5.21", "iso_27001_2022:A.5.25",
--   "iso_27001_2022:A.5.28", "iso_27001_2022:A.5.29", "iso_27001_2022:A.8.7", "iso_27001_2022:A.8.9", "pci_dss_4_0:6.3.3",
--   "pci_dss_4_0:11.3.1", "soc_2:CC3.2", "soc_2:CC4.2", "soc_2:CC6.8", "soc_2:CC7.1", "mitre_attack:T1190",
-- ]
-- rationale = "An image that runs with a known weakness is a way in that scanners on the Internet look for. The verdict rests on Defender's results for each running image or workload; a subscription with clusters and no result was not looked at, which is not the same as clean."
-- remediation = "Defender for Cloud > Recommendations > containers running in Azure should have vulnerability findings resolved: build the named images anew on a repaired base and roll them out; az aks update --resource-group GROUP --name CLUSTER --enable-image-cleaner --image-cleaner-interval-hours 48 removes old ones from the nodes."
-- references = ["https://learn.microsoft.com/azure/defender-for-cloud/view-and-remediate-vulnerabilities-containers", "https://learn.microsoft.com/azure/defender-for-cloud/transition-grouped-individual-recommendations"]
-- [[case]]
-- title = "healthy"
-- given.azure_subscription = [{ }]
-- given.azure_kubernetes_cluster = [{ name = "aks" }]
-- given.azure_security_assessment = [
--   { id = "/subscriptions/11111111-1111-4111-8111-111111111111/k1/providers/microsoft.security/assessments/c609cf0f-71ab-41e9-a3c6-9a1f7fe1b8d5", name = "c609cf0f-71ab-41e9-a3c6-9a1f7fe1b8d5", status_code = "Healthy" },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass" }
-- [[case]]
-- title = "one image of two has open findings"
-- given.azure_subscription = [{ }]
-- given.azure_kubernetes_cluster = [{ name = "aks" }]
-- given.azure_security_assessment = [
--   { id = "/subscriptions/11111111-1111-4111-8111-111111111111/k1/providers/microsoft.security/assessments/c609cf0f-71ab-41e9-a3c6-9a1f7fe1b8d5", name = "c609cf0f-71ab-41e9-a3c6-9a1f7fe1b8d5", status_code = "Healthy" },
--   { id = "/subscriptions/11111111-1111-4111-8111-111111111111/k2/providers/microsoft.security/assessments/c609cf0f-71ab-41e9-a3c6-9a1f7fe1b8d5", name = "c609cf0f-71ab-41e9-a3c6-9a1f7fe1b8d5", status_code = "Unhealthy" },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail" }
-- [[case]]
-- title = "either recommendation counts, in other letter case"
-- given.azure_subscription = [{ }]
-- given.azure_kubernetes_cluster = [{ name = "aks" }]
-- given.azure_security_assessment = [
--   { id = "/subscriptions/11111111-1111-4111-8111-111111111111/k1/providers/microsoft.security/assessments/c609cf0f-71ab-41e9-a3c6-9a1f7fe1b8d5", name = "c609cf0f-71ab-41e9-a3c6-9a1f7fe1b8d5", status_code = "Healthy" },
--   { id = "/subscriptions/11111111-1111-4111-8111-111111111111/k1/w/providers/microsoft.security/assessments/c5045ea3-afc6-4006-ab8f-86c8574dbf3d", name = "C5045EA3-AFC6-4006-AB8F-86C8574DBF3D", status_code = "UNHEALTHY" },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail" }
-- [[case]]
-- title = "no cluster and no result"
-- given.azure_subscription = [{ }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "no cluster, and Defender for Cloud not registered"
-- ledger = [{ table = "azure_security_assessment", subscription = "11111111-1111-4111-8111-111111111111", status = "not_registered" }]
-- given.azure_subscription = [{ }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "a cluster, but no result; results that do not apply"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_kubernetes_cluster = [
--   { name = "aks" },
--   { name = "aks2", subscription_id = "22222222-2222-4222-8222-222222222222" },
-- ]
-- given.azure_security_assessment = [
--   { id = "/subscriptions/22222222-2222-4222-8222-222222222222/k1/providers/microsoft.security/assessments/c609cf0f-71ab-41e9-a3c6-9a1f7fe1b8d5", name = "c609cf0f-71ab-41e9-a3c6-9a1f7fe1b8d5", subscription_id = "22222222-2222-4222-8222-222222222222", status_code = "NotApplicable", status_cause = "OffByPolicy" },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "unknown", "22222222-2222-4222-8222-222222222222" = "unknown" }
-- [[case]]
-- title = "not applicable beside healthy"
-- given.azure_subscription = [{ }]
-- given.azure_kubernetes_cluster = [{ name = "aks" }]
-- given.azure_security_assessment = [
--   { id = "/subscriptions/11111111-1111-4111-8111-111111111111/k1/providers/microsoft.security/assessments/c609cf0f-71ab-41e9-a3c6-9a1f7fe1b8d5", name = "c609cf0f-71ab-41e9-a3c6-9a1f7fe1b8d5", status_code = "NotApplicable" },
--   { id = "/subscriptions/11111111-1111-4111-8111-111111111111/k2/providers/microsoft.security/assessments/c609cf0f-71ab-41e9-a3c6-9a1f7fe1b8d5", name = "c609cf0f-71ab-41e9-a3c6-9a1f7fe1b8d5", status_code = "Healthy" },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass" }
-- [[case]]
-- title = "images in the registry are judged by another recommendation"
-- given.azure_subscription = [{ }]
-- given.azure_kubernetes_cluster = [{ name = "aks" }]
-- given.azure_security_assessment = [
--   { id = "/subscriptions/11111111-1111-4111-8111-111111111111/r/providers/microsoft.security/assessments/c0b7cfc6-3172-465a-b378-53c7ff2cc0d5", name = "c0b7cfc6-3172-465a-b378-53c7ff2cc0d5", status_code = "Unhealthy" },
--   { id = "/subscriptions/11111111-1111-4111-8111-111111111111/k1/providers/microsoft.security/assessments/c609cf0f-71ab-41e9-a3c6-9a1f7fe1b8d5", name = "c609cf0f-71ab-41e9-a3c6-9a1f7fe1b8d5", status_code = "Healthy" },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass" }
-- [[case]]
-- title = "the older scanner counts only where the current one has no result"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_kubernetes_cluster = [
--   { name = "aks" },
--   { name = "aks2", subscription_id = "22222222-2222-4222-8222-222222222222" },
-- ]
-- given.azure_security_assessment = [
--   { id = "/subscriptions/11111111-1111-4111-8111-111111111111/k1/providers/microsoft.security/assessments/41503391-efa5-47ee-9282-4eff6131462c", name = "41503391-efa5-47ee-9282-4eff6131462c", status_code = "Unhealthy" },
--   { id = "/subscriptions/11111111-1111-4111-8111-111111111111/k1/providers/microsoft.security/assessments/c609cf0f-71ab-41e9-a3c6-9a1f7fe1b8d5", name = "c609cf0f-71ab-41e9-a3c6-9a1f7fe1b8d5", status_code = "Healthy" },
--   { id = "/subscriptions/22222222-2222-4222-8222-222222222222/k1/providers/microsoft.security/assessments/41503391-efa5-47ee-9282-4eff6131462c", name = "41503391-efa5-47ee-9282-4eff6131462c", subscription_id = "22222222-2222-4222-8222-222222222222", status_code = "Unhealthy" },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass", "22222222-2222-4222-8222-222222222222" = "fail" }
-- [[case]]
-- title = "results of another subscription do not count"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_kubernetes_cluster = [{ name = "aks" }]
-- given.azure_security_assessment = [
--   { id = "/subscriptions/22222222-2222-4222-8222-222222222222/k1/providers/microsoft.security/assessments/c609cf0f-71ab-41e9-a3c6-9a1f7fe1b8d5", name = "c609cf0f-71ab-41e9-a3c6-9a1f7fe1b8d5", subscription_id = "22222222-2222-4222-8222-222222222222", status_code = "Unhealthy" },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "unknown", "22222222-2222-4222-8222-222222222222" = "fail" }
-- [[case]]
-- title = "status absent or not readable, alone and beside a fail"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }, { subscription_id = "33333333-3333-4333-8333-333333333333" }]
-- given.azure_kubernetes_cluster = [{ name = "aks" }]
-- given.azure_security_assessment = [
--   { id = "/subscriptions/11111111-1111-4111-8111-111111111111/k1/providers/microsoft.security/assessments/c609cf0f-71ab-41e9-a3c6-9a1f7fe1b8d5", name = "c609cf0f-71ab-41e9-a3c6-9a1f7fe1b8d5" },
--   { id = "/subscriptions/11111111-1111-4111-8111-111111111111/k2/providers/microsoft.security/assessments/c609cf0f-71ab-41e9-a3c6-9a1f7fe1b8d5", name = "c609cf0f-71ab-41e9-a3c6-9a1f7fe1b8d5", status_code = "Healthy" },
--   { id = "/subscriptions/22222222-2222-4222-8222-222222222222/k1/providers/microsoft.security/assessments/c609cf0f-71ab-41e9-a3c6-9a1f7fe1b8d5", name = "c609cf0f-71ab-41e9-a3c6-9a1f7fe1b8d5", subscription_id = "22222222-2222-4222-8222-222222222222", _gaps = ["status_code"] },
--   { id = "/subscriptions/33333333-3333-4333-8333-333333333333/k1/providers/microsoft.security/assessments/c609cf0f-71ab-41e9-a3c6-9a1f7fe1b8d5", name = "c609cf0f-71ab-41e9-a3c6-9a1f7fe1b8d5", subscription_id = "33333333-3333-4333-8333-333333333333", status_code = "Unhealthy" },
--   { id = "/subscriptions/33333333-3333-4333-8333-333333333333/k2/providers/microsoft.security/assessments/c609cf0f-71ab-41e9-a3c6-9a1f7fe1b8d5", name = "c609cf0f-71ab-41e9-a3c6-9a1f7fe1b8d5", subscription_id = "33333333-3333-4333-8333-333333333333", _gaps = ["status_code"] },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "unknown", "22222222-2222-4222-8222-222222222222" = "unknown", "33333333-3333-4333-8333-333333333333" = "fail" }
-- [[case]]
-- title = "no subscription row"
-- given.azure_subscription = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "not_applicable" }
-- [[case]]
-- title = "assessments denied"
-- ledger = [{ table = "azure_security_assessment", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_subscription = [{ }]
-- given.azure_kubernetes_cluster = [{ name = "aks" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "clusters denied"
-- ledger = [{ table = "azure_kubernetes_cluster", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_subscription = [{ }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
WITH recommendation AS (
    SELECT lower(r.key) AS key, r.state = 'current' AS is_current
    FROM data_defender_recommendation AS r
    WHERE r.topic = 'running_images'
),
result AS (
    SELECT a.subscription_id, r.is_current,
           split_part(lower(a.id), '/providers/microsoft.security/assessments/', 1) AS judged,
           CASE WHEN a.status_code IS NULL OR list_contains(a._gaps, 'status_code') THEN 'unclear' ELSE lower(a.status_code) END AS code
    FROM azure_security_assessment AS a
    JOIN recommendation AS r ON r.key = lower(a.name)
),
newest AS (
    SELECT r.subscription_id, max(CASE WHEN r.is_current THEN 1 ELSE 0 END) AS has_current FROM result AS r GROUP BY r.subscription_id
),
per_subscription AS (
    SELECT r.subscription_id,
           sum(CASE WHEN r.code = 'healthy' THEN 1 ELSE 0 END) AS n_good,
           sum(CASE WHEN r.code = 'unhealthy' THEN 1 ELSE 0 END) AS n_bad,
           sum(CASE WHEN r.code = 'notapplicable' THEN 1 ELSE 0 END) AS n_skipped,
           sum(CASE WHEN r.code NOT IN ('healthy', 'unhealthy', 'notapplicable') THEN 1 ELSE 0 END) AS n_unclear,
           list_slice(list_sort(list(DISTINCT r.judged) FILTER (WHERE r.code = 'unhealthy')), 1, 50) AS unhealthy
    FROM result AS r
    JOIN newest AS n ON n.subscription_id = r.subscription_id AND r.is_current = (n.has_current = 1)
    GROUP BY r.subscription_id
),
cluster AS (
    SELECT k.subscription_id, count(*) AS n FROM azure_kubernetes_cluster AS k GROUP BY k.subscription_id
)
SELECT s.id AS subject, s.id AS resource_id, s.subscription_id,
       CASE WHEN p.n_bad > 0 THEN 'fail'
            WHEN p.n_unclear > 0 THEN NULL
            WHEN p.n_good > 0 THEN 'pass'
            WHEN k.n > 0 THEN NULL
            ELSE 'not_applicable'
       END AS verdict,
       CASE WHEN p.n_bad > 0 THEN 'running images or workloads with open findings: ' || p.n_bad || ', without: ' || p.n_good
            WHEN p.n_unclear > 0 THEN 'results without a status: ' || p.n_unclear
            WHEN p.n_good > 0 THEN 'running images or workloads without open findings: ' || p.n_good || ', clusters of the subscription: ' || coalesce(k.n, 0)
            WHEN k.n > 0 THEN 'clusters: ' || k.n || ', and no result about running images (results that do not apply: ' || coalesce(p.n_skipped, 0) || ')'
            ELSE 'the subscription has no cluster and no result about running images'
       END AS reason,
       s.display_name AS resource_name, p.unhealthy AS with_open_findings
FROM azure_subscription AS s
LEFT JOIN per_subscription AS p ON p.subscription_id = s.subscription_id
LEFT JOIN cluster AS k ON k.subscription_id = s.subscription_id
