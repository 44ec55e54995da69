-- title = "External attack surface workspace exists"
-- severity = "low"
-- subject = "azure_subscription"
-- tables = ["azure_subscription", "azure_easm_workspace"]
-- controls = [
--   "cis_azure_2_1_0:2.1.22", "cis_azure_3_0_0:3.1.15", "cis_azure_4_0_0:9.1.16", "cis_azure_5_0_0:8.1.16",
--   "cis_azure_6_0_0:8.1.16", "nist_800_53_r5:CM-8", "nist_800_53_r5:RA-5", "iso_27001_2022:A.5.9", "iso_27001_2022:A.8.8",
--   "pci_dss_4_0:11.3.2", "pci_dss_4_0:12.5.1", "soc_2:CC7.1",
-- ]
-- rationale = "The service looks at the organisation from the Internet and finds hosts, names and certificates that nobody has on a list. It is paid for and optional, and one workspace anywhere may serve the whole organisation, so a person decides whether it is needed and in use."
-- remediation = "az resource create --resource-type Microsoft.Easm/workspaces --name NAME --resource-group GROUP --location REGION --properties '{}'; then choose what belongs to the organisation in the portal."
-- references = ["https://learn.microsoft.com/azure/external-attack-surface-management/deploying-the-defender-easm-azure-resource"]
-- [[case]]
-- title = "one workspace here, one in another subscription"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_easm_workspace = [
--   { name = "w1", provisioning_state = "Succeeded" },
--   { name = "w2", subscription_id = "22222222-2222-4222-8222-222222222222" },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "manual", "22222222-2222-4222-8222-222222222222" = "manual" }
-- [[case]]
-- title = "none anywhere"
-- given.azure_subscription = [{ }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "manual" }
-- [[case]]
-- title = "the service is not registered"
-- ledger = [{ table = "azure_easm_workspace", subscription = "11111111-1111-4111-8111-111111111111", status = "not_registered" }]
-- given.azure_subscription = [{ }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "manual" }
-- [[case]]
-- title = "state absent or not readable"
-- given.azure_subscription = [{ }]
-- given.azure_easm_workspace = [
--   { name = "w1" },
--   { name = "w2", _gaps = ["provisioning_state"] },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "manual" }
-- [[case]]
-- title = "no subscription row"
-- given.azure_subscription = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "not_applicable" }
-- [[case]]
-- title = "workspaces denied"
-- ledger = [{ table = "azure_easm_workspace", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_subscription = [{ }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "manual" }
WITH workspace AS (
    SELECT w.subscription_id,
           w.name || ' (' || CASE WHEN list_contains(w._gaps, 'provisioning_state') THEN 'state not readable'
                                  ELSE coalesce(w.provisioning_state, 'no state') END || ')' AS line
    FROM azure_easm_workspace AS w
),
here AS (
    SELECT w.subscription_id, count(*) AS n, list_sort(list(w.line)) AS workspaces FROM workspace AS w GROUP BY w.subscription_id
),
everywhere AS (
    SELECT count(*) AS n FROM workspace AS w
)
SELECT s.id AS subject, s.id AS resource_id, s.subscription_id, 'manual' AS verdict,
       'external attack surface workspaces in this subscription: ' || coalesce(h.n, 0) || ', in all subscriptions read: ' || e.n
         || '; confirm whether the service is needed and watched' AS reason,
       s.display_name AS resource_name, h.workspaces, e.n AS workspaces_in_tenant
FROM azure_subscription AS s
CROSS JOIN everywhere AS e
LEFT JOIN here AS h ON h.subscription_id = s.subscription_id
