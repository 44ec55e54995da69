-- title = "APIM: LLM abuse pattern in logs"
-- severity = "critical"
-- subject = "azure_api_management_service"
-- tables = ["azure_api_management_service"]
-- controls = [
--   "nist_800_53_r5:RA-5", "nist_800_53_r5:SI-4", "iso_27001_2022:A.5.7", "iso_27001_2022:A.8.16", "pci_dss_4_0:11.5.1",
--   "soc_2:CC7.1", "soc_2:CC7.2",
-- ]
-- rationale = "Stolen keys of a language model are used up within hours, from many addresses and against many operations. That shows in the gateway logs only, over time; a snapshot of the configuration holds none, so the verdict is left open for every service."
-- remediation = "Send the gateway logs to a workspace (az monitor diagnostic-settings create --resource SERVICE_ID --workspace WORKSPACE_ID --name gateway --logs '[{\"categoryGroup\":\"allLogs\",\"enabled\":true}]') and query ApiManagementGatewayLogs and ApiManagementGatewayLlmLog there."
-- references = ["https://learn.microsoft.com/azure/api-management/api-management-howto-llm-logs", "https://learn.microsoft.com/azure/azure-monitor/reference/tables/apimanagementgatewaylogs"]
-- [[case]]
-- title = "logs are no part of a snapshot"
-- given.azure_api_management_service = [{ name = "a" }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "whatever its tier"
-- given.azure_api_management_service = [{ name = "a", sku_name = "Developer" }, { name = "b", sku_name = "Consumption" }, { name = "c", sku_name = "PremiumV2" }]
-- expect = { a = "unknown", b = "unknown", c = "unknown" }
-- [[case]]
-- title = "a gap in the row"
-- given.azure_api_management_service = [{ name = "a", _gaps = ["sku_name"] }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "two subscriptions"
-- given.azure_api_management_service = [{ name = "a" }, { name = "b", subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- expect = { a = "unknown", b = "unknown" }
-- [[case]]
-- title = "no service"
-- given.azure_api_management_service = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "list denied"
-- ledger = [{ table = "azure_api_management_service", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_api_management_service = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "three subscriptions: one throttled, one empty, one judged"
-- ledger = [
--   { table = "azure_api_management_service", subscription = "22222222-2222-4222-8222-222222222222", status = "throttled" },
--   { table = "azure_api_management_service", subscription = "33333333-3333-4333-8333-333333333333", status = "ok" },
-- ]
-- given.azure_api_management_service = [{ name = "a", sku_name = "Basic" }]
-- expect = { a = "unknown", "/subscriptions/22222222-2222-4222-8222-222222222222" = "unknown", "/subscriptions/33333333-3333-4333-8333-333333333333" = "not_applicable" }
SELECT m.id AS subject, m.id AS resource_id, m.subscription_id,
       CAST(NULL AS VARCHAR) AS verdict,
       'not collected: the pattern shows in gateway logs only, and a snapshot of the configuration holds none' AS reason,
       m.sku_name
FROM azure_api_management_service AS m
