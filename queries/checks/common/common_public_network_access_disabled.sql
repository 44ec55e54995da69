-- title = "PaaS public network access off"
-- severity = "high"
-- subject = "azure_storage_account"
-- tables = ["azure_storage_account", "azure_keyvault_service", "azure_container_registry", "azure_sql_server", "azure_cosmosdb_account", "azure_search_service"]
-- controls = [
--   "cis_azure_4_0_0:2.2.1.1", "nist_800_53_r5:AC-4", "nist_800_53_r5:SC-7", "iso_27001_2022:A.8.20", "iso_27001_2022:A.8.22",
--   "pci_dss_4_0:1.3.1", "pci_dss_4_0:1.4.2", "soc_2:CC6.6",
-- ]
-- rationale = "A platform service with public access on answers to every address, and only keys, tokens and firewall rules stand between its data and the Internet. Judged are storage accounts, key vaults, container registries, SQL servers, Cosmos DB accounts and AI Search services."
-- remediation = "Make a private endpoint first, then for example: az storage account update --ids ID --public-network-access Disabled (az keyvault update, az acr update, az sql server update, az cosmosdb update, az search service update alike)"
-- references = ["https://learn.microsoft.com/azure/private-link/private-endpoint-overview", "https://learn.microsoft.com/azure/storage/common/storage-network-security"]
-- proven_fail = true
-- [[case]]
-- title = "off in each service, in any letter case"
-- given.azure_storage_account = [{ name = "st", public_network_access = "Disabled" }]
-- given.azure_keyvault_service = [{ name = "kv", public_network_access = "disabled" }]
-- given.azure_container_registry = [{ name = "acr", public_network_access = "Disabled" }]
-- given.azure_sql_server = [{ name = "sql", public_network_access = "DISABLED" }]
-- given.azure_cosmosdb_account = [{ name = "cos", public_network_access = "Disabled" }]
-- given.azure_search_service = [{ name = "srch", public_network_access = "disabled" }]
-- expect = { st = "pass", kv = "pass", acr = "pass", sql = "pass", cos = "pass", srch = "pass" }
-- [[case]]
-- title = "behind a network security perimeter"
-- given.azure_storage_account = [{ name = "st", public_network_access = "SecuredByPerimeter" }]
-- given.azure_keyvault_service = [{ name = "kv", public_network_access = "securedbyperimeter" }]
-- expect = { st = "pass", kv = "pass" }
-- [[case]]
-- title = "on"
-- given.azure_storage_account = [{ name = "st", public_network_access = "Enabled" }]
-- given.azure_keyvault_service = [{ name = "kv", public_network_access = "enabled" }]
-- given.azure_container_registry = [{ name = "acr", public_network_access = "Enabled" }]
-- given.azure_sql_server = [{ name = "sql", public_network_access = "Enabled" }]
-- given.azure_cosmosdb_account = [{ name = "cos", public_network_access = "Enabled" }]
-- given.azure_search_service = [{ name = "srch", public_network_access = "enabled" }]
-- expect = { st = "fail", kv = "fail", acr = "fail", sql = "fail", cos = "fail", srch = "fail" }
-- [[case]]
-- title = "absent means on"
-- given.azure_storage_account = [{ name = "st" }]
-- given.azure_keyvault_service = [{ name = "kv" }]
-- given.azure_container_registry = [{ name = "acr" }]
-- given.azure_sql_server = [{ name = "sql" }]
-- given.azure_cosmosdb_account = [{ name = "cos" }]
-- given.azure_search_service = [{ name = "srch" }]
-- expect = { st = "fail", kv = "fail", acr = "fail", sql = "fail", cos = "fail", srch = "fail" }
-- [[case]]
-- title = "a value not known yet is neither"
-- given.azure_storage_account = [{ name = "st", public_network_access = "Sometimes" }]
-- expect = { st = "unknown" }
-- [[case]]
-- title = "rules that deny do not turn it off"
-- given.azure_storage_account = [{ name = "st", public_network_access = "Enabled", network_acls_default_action = "Deny" }]
-- expect = { st = "fail" }
-- [[case]]
-- title = "not readable"
-- given.azure_storage_account = [{ name = "st", _gaps = ["public_network_access"] }]
-- given.azure_keyvault_service = [{ name = "kv", _gaps = ["public_network_access"] }]
-- given.azure_container_registry = [{ name = "acr", _gaps = ["public_network_access"] }]
-- given.azure_sql_server = [{ name = "sql", _gaps = ["public_network_access"] }]
-- given.azure_cosmosdb_account = [{ name = "cos", _gaps = ["public_network_access"] }]
-- given.azure_search_service = [{ name = "srch", _gaps = ["public_network_access"] }]
-- expect = { st = "unknown", kv = "unknown", acr = "unknown", sql = "unknown", cos = "unknown", srch = "unknown" }
-- [[case]]
-- title = "no such service"
-- given.azure_storage_account = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "key vaults denied: a fail that was found stands, a pass does not speak for the subscription"
-- ledger = [{ table = "azure_keyvault_service", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_storage_account = [
--   { name = "st", public_network_access = "Enabled" },
--   { name = "su", public_network_access = "Disabled" },
-- ]
-- expect = { st = "fail", "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
SELECT p.id AS subject, p.id AS resource_id, p.subscription_id,
       CASE WHEN p.public_gap THEN NULL
            WHEN lower(trim(p.public_network_access)) IN ('disabled', 'securedbyperimeter') THEN 'pass'
            WHEN lower(trim(coalesce(p.public_network_access, 'enabled'))) = 'enabled' THEN 'fail'
       END AS verdict,
       p.kind || ': '
         || CASE WHEN p.public_gap THEN 'public network access could not be read'
                 WHEN p.public_network_access IS NULL THEN 'public network access is absent, which means Enabled'
                 ELSE 'public network access ' || p.public_network_access
            END AS reason,
       p.kind, p.public_network_access
FROM paas_network AS p
