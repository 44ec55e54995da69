-- title = "Databricks public access off"
-- severity = "high"
-- subject = "azure_databricks_workspace"
-- tables = ["azure_databricks_workspace"]
-- controls = [
--   "cis_azure_5_0_0:2.1.10", "cis_azure_6_0_0:2.1.10", "nist_800_53_r5:AC-4", "nist_800_53_r5:SC-7", "iso_27001_2022:A.8.20",
--   "pci_dss_4_0:1.3.1", "pci_dss_4_0:1.4.2", "soc_2:CC6.6",
-- ]
-- rationale = "While public access is on, the web page and the API of the workspace answer to the whole Internet, and a stolen password or token opens it from anywhere. With it off only private endpoints, or what a network security perimeter lets in, get through."
-- remediation = "Make a private endpoint first, then: az databricks workspace update --ids WORKSPACE_ID --public-network-access Disabled --required-nsg-rules NoAzureDatabricksRules. Needs the premium tier and an own virtual network."
-- references = ["https://learn.microsoft.com/azure/databricks/security/network/concepts/private-link"]
-- [[case]]
-- title = "off"
-- given.azure_databricks_workspace = [{ name = "a", public_network_access = "Disabled" }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "off, in other letter case"
-- given.azure_databricks_workspace = [{ name = "a", public_network_access = "disabled" }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "on"
-- given.azure_databricks_workspace = [{ name = "a", public_network_access = "Enabled" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "absent means on"
-- given.azure_databricks_workspace = [{ name = "a" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "behind a network security perimeter"
-- given.azure_databricks_workspace = [{ name = "a", public_network_access = "SecuredByPerimeter" }, { name = "b", public_network_access = " securedbyperimeter" }]
-- expect = { a = "pass", b = "pass" }
-- [[case]]
-- title = "a value not known yet is neither"
-- given.azure_databricks_workspace = [{ name = "a", public_network_access = "Perhaps" }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "not readable"
-- given.azure_databricks_workspace = [{ name = "a", _gaps = ["public_network_access"] }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "no workspace"
-- given.azure_databricks_workspace = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "workspaces denied"
-- ledger = [{ table = "azure_databricks_workspace", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_databricks_workspace = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
SELECT d.id AS subject, d.id AS resource_id, d.subscription_id,
       CASE WHEN lower(trim(d.public_network_access)) IN ('disabled', 'securedbyperimeter') THEN 'pass'
            WHEN lower(trim(coalesce(d.public_network_access, 'enabled'))) = 'enabled' THEN 'fail'
       END AS verdict,
       CASE WHEN d.public_network_access IS NULL THEN 'public network access is absent, which means Enabled'
            WHEN lower(trim(d.public_network_access)) = 'securedbyperimeter'
            THEN 'only a network security perimeter decides on public access; its rules are not judged here'
            ELSE 'public network access: ' || d.public_network_access
       END AS reason,
       d.public_network_access
FROM azure_databricks_workspace AS d
