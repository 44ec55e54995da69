-- title = "Function app integrated with VNet"
-- severity = "low"
-- subject = "azure_function_app"
-- tables = ["azure_function_app"]
-- controls = [
--   "nist_800_53_r5:AC-4", "nist_800_53_r5:SC-7", "iso_27001_2022:A.8.20", "iso_27001_2022:A.8.22", "pci_dss_4_0:1.3.1",
--   "pci_dss_4_0:1.4.2", "soc_2:CC6.6",
-- ]
-- rationale = "Without it the traffic of the app leaves from shared addresses of Azure, so databases and vaults behind it must stay open to the public network. An app in an App Service environment is in a virtual network already. Integration alone sends only private ranges that way unless all traffic is routed."
-- remediation = "az functionapp vnet-integration add --name APP --resource-group GROUP --vnet VNET --subnet SUBNET; the consumption plan cannot do it."
-- references = ["https://learn.microsoft.com/azure/azure-functions/functions-networking-options", "https://learn.microsoft.com/azure/app-service/overview-vnet-integration"]
-- [[case]]
-- title = "subnet set"
-- given.azure_function_app = [{ name = "a", virtual_network_subnet_id = "/x/vnet/subnets/s" }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "no subnet"
-- given.azure_function_app = [{ name = "a" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "empty subnet"
-- given.azure_function_app = [{ name = "a", virtual_network_subnet_id = "" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "a private endpoint is a way in, not out"
-- given.azure_function_app = [{ name = "a", private_endpoint_connections_properties_private_link_service_connection_state_status = ["Approved"] }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "in an App Service environment"
-- given.azure_function_app = [{ name = "a", hosting_environment_profile_id = "/x/ase" }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "in a Container Apps environment: its network counts"
-- given.azure_function_app = [{ name = "a", managed_environment_id = "/x/env" }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "subnet not readable"
-- given.azure_function_app = [{ name = "a", _gaps = ["virtual_network_subnet_id"] }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "no app"
-- given.azure_function_app = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "list denied"
-- ledger = [{ table = "azure_function_app", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_function_app = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "three subscriptions: one throttled, one empty, one judged"
-- ledger = [
--   { table = "azure_function_app", subscription = "22222222-2222-4222-8222-222222222222", status = "throttled" },
--   { table = "azure_function_app", subscription = "33333333-3333-4333-8333-333333333333", status = "ok" },
-- ]
-- given.azure_function_app = [{ name = "a" }]
-- expect = { a = "fail", "/subscriptions/22222222-2222-4222-8222-222222222222" = "unknown", "/subscriptions/33333333-3333-4333-8333-333333333333" = "not_applicable" }
SELECT a.id AS subject, a.id AS resource_id, a.subscription_id,
       CASE WHEN trim(a.virtual_network_subnet_id) <> '' THEN 'pass'
            WHEN trim(a.hosting_environment_profile_id) <> '' THEN 'pass'
            WHEN trim(a.managed_environment_id) <> '' THEN NULL
            ELSE 'fail'
       END AS verdict,
       CASE WHEN trim(a.virtual_network_subnet_id) <> '' THEN 'traffic goes out through ' || a.virtual_network_subnet_id
            WHEN trim(a.hosting_environment_profile_id) <> ''
            THEN 'the app runs in an App Service environment, which is in a virtual network'
            WHEN trim(a.managed_environment_id) <> '' THEN 'the app runs in a Container Apps environment, whose network counts'
            ELSE 'the app has no subnet for outgoing traffic'
       END AS reason
FROM azure_function_app AS a
