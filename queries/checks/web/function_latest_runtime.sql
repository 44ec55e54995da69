-- title = "Function app on runtime 4"
-- severity = "medium"
-- subject = "azure_function_app"
-- tables = ["azure_function_app"]
-- controls = ["nist_800_53_r5:CM-6", "nist_800_53_r5:SI-2", "iso_27001_2022:A.8.8", "pci_dss_4_0:6.3.3", "soc_2:CC7.1"]
-- rationale = "Only version 4 of the Functions runtime still gets security fixes. The version is an app setting, FUNCTIONS_EXTENSION_VERSION; app settings are never asked for, so the verdict is left open. Apps on Flex Consumption have no such setting and always run version 4."
-- remediation = "az functionapp config appsettings list --name APP --resource-group GROUP --query \"[?name=='FUNCTIONS_EXTENSION_VERSION']\"; then az functionapp config appsettings set --name APP --resource-group GROUP --settings FUNCTIONS_EXTENSION_VERSION=~4"
-- references = ["https://learn.microsoft.com/azure/azure-functions/functions-versions", "https://learn.microsoft.com/azure/azure-functions/functions-app-settings"]
-- [[case]]
-- title = "app settings are never read"
-- given.azure_function_app = [{ name = "a", kind = "functionapp,linux", sku = "Dynamic" }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "Flex Consumption, by its plan or by its settings"
-- given.azure_function_app = [
--   { name = "a", sku = "FlexConsumption" },
--   { name = "b", function_app_config_runtime_name = "python" },
--   { name = "c", sku = "flexconsumption", function_app_config_runtime_name = "node" },
-- ]
-- expect = { a = "not_applicable", b = "not_applicable", c = "not_applicable" }
-- [[case]]
-- title = "a language version is no proof of the runtime version"
-- given.azure_function_app = [{ name = "a", site_config_linux_fx_version = "PYTHON|3.12" }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "plan absent"
-- given.azure_function_app = [{ name = "a" }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "plan not readable"
-- given.azure_function_app = [{ name = "a", _gaps = ["sku"] }]
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
-- given.azure_function_app = [{ name = "a", sku = "FlexConsumption" }]
-- expect = { a = "not_applicable", "/subscriptions/22222222-2222-4222-8222-222222222222" = "unknown", "/subscriptions/33333333-3333-4333-8333-333333333333" = "not_applicable" }
SELECT a.id AS subject, a.id AS resource_id, a.subscription_id,
       CASE WHEN lower(trim(a.sku)) = 'flexconsumption' OR trim(a.function_app_config_runtime_name) <> '' THEN 'not_applicable' END AS verdict,
       CASE WHEN lower(trim(a.sku)) = 'flexconsumption' OR trim(a.function_app_config_runtime_name) <> ''
            THEN 'a Flex Consumption app has no setting for the runtime version'
            ELSE 'not collected: FUNCTIONS_EXTENSION_VERSION is an app setting, and app settings hold secrets'
       END AS reason,
       a.sku
FROM azure_function_app AS a
