-- title = "SQL public network access off"
-- severity = "high"
-- subject = "azure_sql_server"
-- tables = ["azure_sql_server"]
-- controls = [
--   "cis_azure_3_0_0:5.1.7", "nist_800_53_r5:AC-4", "nist_800_53_r5:SC-7", "iso_27001_2022:A.8.20", "iso_27001_2022:A.8.22",
--   "pci_dss_4_0:1.3.1", "pci_dss_4_0:1.4.2", "soc_2:CC6.6",
-- ]
-- rationale = "With the public endpoint on, one firewall rule too many or one leaked password lets anybody try the databases from anywhere. With it off only private endpoints, or what a network security perimeter lets in, get through."
-- remediation = "Connect the clients by private endpoint first, then: az sql server update --resource-group GROUP --name SERVER --enable-public-network false"
-- references = ["https://learn.microsoft.com/azure/azure-sql/database/connectivity-settings#deny-public-network-access"]
-- [[case]]
-- title = "off"
-- given.azure_sql_server = [{ name = "a", public_network_access = "Disabled" }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "on"
-- given.azure_sql_server = [{ name = "a", public_network_access = "Enabled" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "absent means on"
-- given.azure_sql_server = [{ name = "a" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "behind a network security perimeter"
-- given.azure_sql_server = [{ name = "a", public_network_access = "SecuredByPerimeter" }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "other letter case"
-- given.azure_sql_server = [
--   { name = "a", public_network_access = "disabled" },
--   { name = "b", public_network_access = "SECUREDBYPERIMETER" },
--   { name = "c", public_network_access = "enabled " },
-- ]
-- expect = { a = "pass", b = "pass", c = "fail" }
-- [[case]]
-- title = "a private endpoint does not close the public door"
-- given.azure_sql_server = [{ name = "a", public_network_access = "Enabled", private_endpoint_connections_properties_private_link_service_connection_state_status = ["Approved"] }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "a value nobody knows yet"
-- given.azure_sql_server = [{ name = "a", public_network_access = "Sometimes" }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "not readable"
-- given.azure_sql_server = [{ name = "a", _gaps = ["public_network_access"] }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "no server"
-- given.azure_sql_server = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "servers denied"
-- ledger = [{ table = "azure_sql_server", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_sql_server = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "list cut short"
-- ledger = [{ table = "azure_sql_server", subscription = "11111111-1111-4111-8111-111111111111", status = "partial" }]
-- given.azure_sql_server = [{ name = "a", public_network_access = "Disabled" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
SELECT x.id AS subject, x.id AS resource_id, x.subscription_id,
       CASE WHEN lower(trim(x.public_network_access)) IN ('disabled', 'securedbyperimeter') THEN 'pass'
            WHEN lower(coalesce(trim(x.public_network_access), 'Enabled')) = 'enabled' THEN 'fail'
       END AS verdict,
       CASE WHEN x.public_network_access IS NULL THEN 'public network access was never set, which means it is on'
            WHEN lower(trim(x.public_network_access)) = 'disabled' THEN 'public network access is off'
            WHEN lower(trim(x.public_network_access)) = 'securedbyperimeter'
            THEN 'only a network security perimeter decides on public access; its rules are not judged here'
            WHEN lower(trim(x.public_network_access)) = 'enabled' THEN 'public network access is on'
            ELSE 'public network access has a value that is not known: ' || x.public_network_access
       END AS reason,
       x.public_network_access
FROM azure_sql_server AS x
