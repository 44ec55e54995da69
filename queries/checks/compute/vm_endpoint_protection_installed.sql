-- title = "Endpoint protection on all VMs"
-- severity = "high"
-- subject = "azure_vm"
-- tables = ["azure_vm", "azure_vm_extension", "azure_security_assessment"]
-- controls = [
--   "cis_azure_2_0_0:7.6", "cis_azure_2_1_0:7.6", "cis_azure_3_0_0:8.8", "jupiterone_questions:vm_endpoint_protection",
--   "nist_800_53_r5:SI-3", "iso_27001_2022:A.8.7", "pci_dss_4_0:5.2.1", "soc_2:CC3.2", "soc_2:CC4.2", "soc_2:CC6.8",
--   "soc_2:CC7.1", "mitre_attack:T1059", "mitre_attack:T1190", "mitre_attack:T1204",
-- ]
-- rationale = "A machine without protection neither stops nor reports malware. Defender's own verdict on each machine is taken, else a product that was installed as an extension and came up. Protection that came with the image or over other tools is seen by neither: then nothing is decided, and the owner has to show it."
-- remediation = "Turn on Defender for Servers with endpoint protection, or: az vm extension set --vm-name VM --resource-group GROUP --publisher Microsoft.Azure.Security --name IaaSAntimalware"
-- references = ["https://learn.microsoft.com/azure/defender-for-cloud/endpoint-detection-response", "https://learn.microsoft.com/azure/security/fundamentals/antimalware"]
-- [[case]]
-- title = "Defender finds a solution"
-- given.azure_vm = [{ id = "/x/vm" }]
-- given.azure_security_assessment = [{ name = "06e3a6db-6c0c-4ad9-943f-31d9d73ecf6c", resource_details_id = "/x/vm", status_code = "Healthy" }]
-- expect = { vm = "pass" }
-- [[case]]
-- title = "Defender finds none, in other letter case"
-- given.azure_vm = [{ id = "/x/vm" }]
-- given.azure_security_assessment = [{ name = "06E3A6DB-6C0C-4AD9-943F-31D9D73ECF6C", resource_details_id = "/x/vm", status_code = "unhealthy" }]
-- expect = { vm = "fail" }
-- [[case]]
-- title = "no result, but a known extension; the name that a person chose does not count"
-- given.azure_vm = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c" }]
-- given.azure_vm_extension = [
--   { name = "my-av", _parent_id = "/x/a", publisher = "Microsoft.Azure.Security", properties_type = "IaaSAntimalware", provisioning_state = "Succeeded" },
--   { name = "x", _parent_id = "/x/b", publisher = "Microsoft.Azure.AzureDefenderForServers", properties_type = "mde.linux", provisioning_state = "succeeded" },
--   { name = "IaaSAntimalware", _parent_id = "/x/c", publisher = "Microsoft.Azure.Extensions", properties_type = "CustomScript", provisioning_state = "Succeeded" },
-- ]
-- expect = { a = "pass", b = "pass", c = "unknown" }
-- [[case]]
-- title = "the type of a known product under another publisher is another extension"
-- given.azure_vm = [{ id = "/x/a" }]
-- given.azure_vm_extension = [{ name = "e", _parent_id = "/x/a", publisher = "Acme", properties_type = "LinuxExtension", provisioning_state = "Succeeded" }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "a known extension that did not come up proves nothing"
-- given.azure_vm = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c" }]
-- given.azure_vm_extension = [
--   { name = "e", _parent_id = "/x/a", publisher = "Microsoft.Azure.AzureDefenderForServers", properties_type = "MDE.Windows", provisioning_state = "Failed" },
--   { name = "f", _parent_id = "/x/b", publisher = "Microsoft.Azure.Security", properties_type = "IaaSAntimalware" },
--   { name = "g", _parent_id = "/x/c", publisher = "Microsoft.Azure.AzureDefenderForServers", properties_type = "MDE.Windows", provisioning_state = "Failed" },
-- ]
-- given.azure_security_assessment = [{ name = "06e3a6db-6c0c-4ad9-943f-31d9d73ecf6c", resource_details_id = "/x/c", status_code = "Unhealthy" }]
-- expect = { a = "unknown", b = "unknown", c = "fail" }
-- [[case]]
-- title = "Defender finds no detection and response: antimalware is still endpoint protection, an installed detection product is a contradiction"
-- given.azure_vm = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_vm_extension = [
--   { name = "e", _parent_id = "/x/a", publisher = "Microsoft.Azure.Security", properties_type = "IaaSAntimalware", provisioning_state = "Succeeded" },
--   { name = "f", _parent_id = "/x/b", publisher = "Microsoft.Azure.AzureDefenderForServers", properties_type = "MDE.Windows", provisioning_state = "Succeeded" },
-- ]
-- given.azure_security_assessment = [
--   { name = "06e3a6db-6c0c-4ad9-943f-31d9d73ecf6c", id = "/x/a/as", resource_details_id = "/x/a", status_code = "Unhealthy" },
--   { name = "06e3a6db-6c0c-4ad9-943f-31d9d73ecf6c", id = "/x/b/as", resource_details_id = "/x/b", status_code = "Unhealthy" },
-- ]
-- expect = { a = "pass", b = "unknown" }
-- [[case]]
-- title = "nothing at all: protection by other means cannot be seen"
-- given.azure_vm = [{ id = "/x/vm" }]
-- expect = { vm = "unknown" }
-- [[case]]
-- title = "does not apply, is a row of another recommendation, or has no status"
-- given.azure_vm = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c" }]
-- given.azure_security_assessment = [
--   { name = "06e3a6db-6c0c-4ad9-943f-31d9d73ecf6c", id = "/x/a/as", resource_details_id = "/x/a", status_code = "NotApplicable", status_cause = "OffByPolicy" },
--   { name = "dc5357d0-3858-4d17-a1a3-072840bff5be", id = "/x/b/as", resource_details_id = "/x/b", status_code = "Healthy" },
--   { name = "06e3a6db-6c0c-4ad9-943f-31d9d73ecf6c", id = "/x/c/as", resource_details_id = "/x/c" },
-- ]
-- expect = { a = "unknown", b = "unknown", c = "unknown" }
-- [[case]]
-- title = "an older recommendation counts only where the current one has no row"
-- given.azure_vm = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_security_assessment = [
--   { name = "4fb67663-9ab9-475d-b026-8c544cced439", id = "/x/a/old", resource_details_id = "/x/a", status_code = "Healthy" },
--   { name = "4fb67663-9ab9-475d-b026-8c544cced439", id = "/x/b/old", resource_details_id = "/x/b", status_code = "Healthy" },
--   { name = "06e3a6db-6c0c-4ad9-943f-31d9d73ecf6c", id = "/x/b/new", resource_details_id = "/x/b", status_code = "Unhealthy" },
-- ]
-- expect = { a = "pass", b = "fail" }
-- [[case]]
-- title = "status not readable, and type of an extension not readable"
-- given.azure_vm = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_vm_extension = [{ name = "e", id = "/x/b/extensions/e", _parent_id = "/x/b", publisher = "Microsoft.Azure.Security", provisioning_state = "Succeeded", _gaps = ["properties_type"] }]
-- given.azure_security_assessment = [
--   { name = "06e3a6db-6c0c-4ad9-943f-31d9d73ecf6c", id = "/x/a/as", resource_details_id = "/x/a", _gaps = ["status_code"] },
--   { name = "06e3a6db-6c0c-4ad9-943f-31d9d73ecf6c", id = "/x/b/as", resource_details_id = "/x/b", status_code = "Unhealthy" },
-- ]
-- expect = { a = "unknown", b = "unknown" }
-- [[case]]
-- title = "extensions of one machine denied"
-- ledger = [{ table = "azure_vm_extension", parent = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/b", status = "denied" }]
-- given.azure_vm = [{ name = "a" }, { name = "b" }]
-- given.azure_security_assessment = [{ name = "06e3a6db-6c0c-4ad9-943f-31d9d73ecf6c", resource_details_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/virtualmachines/a", status_code = "Healthy" }]
-- expect = { a = "pass", b = "unknown" }
-- [[case]]
-- title = "no machine"
-- given.azure_vm = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "assessments denied"
-- ledger = [{ table = "azure_security_assessment", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_vm = [{ id = "/x/vm" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
WITH recommendation AS (
    SELECT lower(r.name) AS key, r.state = 'current' AS is_current
    FROM data_endpoint_protection AS r
    WHERE r.topic = 'recommendation'
),
result AS (
    SELECT rtrim(CASE WHEN a.resource_details_id IS NULL OR list_contains(a._gaps, 'resource_details_id')
                      THEN split_part(lower(a.id), '/providers/microsoft.security/assessments/', 1)
                      ELSE a.resource_details_id END, '/') AS machine_id,
           r.is_current,
           CASE WHEN a.status_code IS NULL OR list_contains(a._gaps, 'status_code') THEN 'unclear' ELSE lower(trim(a.status_code)) END AS code
    FROM azure_security_assessment AS a
    JOIN recommendation AS r ON r.key = lower(a.name)
),
newest AS (
    SELECT r.machine_id, max(CASE WHEN r.is_current THEN 1 ELSE 0 END) AS has_current FROM result AS r GROUP BY r.machine_id
),
judged AS (
    SELECT r.machine_id,
           sum(CASE WHEN r.code = 'unhealthy' THEN 1 ELSE 0 END) AS n_bad,
           sum(CASE WHEN r.code = 'healthy' THEN 1 ELSE 0 END) AS n_good,
           sum(CASE WHEN r.code NOT IN ('healthy', 'unhealthy', 'notapplicable') THEN 1 ELSE 0 END) AS n_unclear
    FROM result AS r
    JOIN newest AS n ON n.machine_id = r.machine_id AND r.is_current = (n.has_current = 1)
    GROUP BY r.machine_id
),
product AS (
    SELECT e._parent_id AS machine_id, p.state AS kind, p.title,
           coalesce(lower(trim(e.provisioning_state)) = 'succeeded', FALSE) AS is_up,
           p.title || ' (' || coalesce(e.provisioning_state, 'state absent') || ')' AS line
    FROM azure_vm_extension AS e
    JOIN data_endpoint_protection AS p
      ON p.topic = 'extension' AND p.name = lower(trim(e.properties_type)) AND p.publisher = lower(trim(e.publisher))
),
installed AS (
    SELECT p.machine_id,
           max(CASE WHEN p.is_up AND p.kind = 'edr' THEN p.title END) AS detection,
           max(CASE WHEN p.is_up AND p.kind <> 'edr' THEN p.title END) AS antimalware,
           list_sort(list(DISTINCT p.line)) AS products
    FROM product AS p
    GROUP BY p.machine_id
),
machine AS (
    SELECT v.id, v.subscription_id, i.detection, i.antimalware, i.products,
           CASE WHEN j.n_bad > 0 THEN 'bad' WHEN j.n_unclear > 0 THEN 'unclear' WHEN j.n_good > 0 THEN 'good' ELSE 'none' END AS defender
    FROM azure_vm AS v
    LEFT JOIN judged AS j ON j.machine_id = v.id
    LEFT JOIN installed AS i ON i.machine_id = v.id
)
SELECT m.id AS subject, m.id AS resource_id, m.subscription_id,
       CASE WHEN m.defender = 'good' OR m.antimalware IS NOT NULL THEN 'pass'
            WHEN m.defender = 'bad' THEN CASE WHEN m.detection IS NULL THEN 'fail' END
            WHEN m.detection IS NOT NULL THEN 'pass'
       END AS verdict,
       CASE WHEN m.defender = 'good' THEN 'Defender finds endpoint protection on the machine'
            WHEN m.antimalware IS NOT NULL THEN 'installed as an extension: ' || m.antimalware
                 || CASE WHEN m.defender = 'bad' THEN '; Defender finds no detection and response product' ELSE '' END
            WHEN m.defender = 'bad' AND m.detection IS NULL THEN 'Defender finds no endpoint protection on the machine'
            WHEN m.defender = 'bad' THEN 'Defender finds no endpoint protection, though it is installed as an extension: ' || m.detection
            WHEN m.detection IS NOT NULL THEN 'installed as an extension: ' || m.detection
            ELSE CASE WHEN m.defender = 'unclear' THEN 'the status of the recommendation is absent or not readable'
                      ELSE 'Defender gives no result for the machine' END
              || CASE WHEN m.products IS NULL THEN ', and no extension of a known product is installed; protection by other means cannot be seen from outside'
                      ELSE ', and the extension of a known product did not come up' END
       END AS reason,
       m.products AS products
FROM machine AS m
