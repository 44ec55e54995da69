-- title = "Application Gateway HTTP/2 on"
-- severity = "low"
-- subject = "azure_application_gateway"
-- tables = ["azure_application_gateway"]
-- controls = [
--   "cis_azure_5_0_0:7.13", "cis_azure_6_0_0:7.13", "nist_800_53_r5:CM-2", "nist_800_53_r5:CM-6", "iso_27001_2022:A.8.9",
--   "pci_dss_4_0:2.2.1", "soc_2:CC7.1", "soc_2:CC8.1",
-- ]
-- rationale = "HTTP/2 carries many requests over one connection and drops some weak habits of HTTP/1.1, such as requests that two servers cut in different places. It is off unless switched on; backends are spoken to over HTTP/1.1 all the same."
-- remediation = "az network application-gateway update --name GATEWAY --resource-group GROUP --http2 Enabled"
-- references = ["https://learn.microsoft.com/azure/application-gateway/features#websocket-and-http2-traffic"]
-- [[case]]
-- title = "on"
-- given.azure_application_gateway = [{ name = "a", enable_http2 = true }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "off"
-- given.azure_application_gateway = [{ name = "a", enable_http2 = false }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "absent means off"
-- given.azure_application_gateway = [{ name = "a" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "each gateway for itself"
-- given.azure_application_gateway = [{ name = "a", enable_http2 = true }, { name = "b", enable_http2 = false }]
-- expect = { a = "pass", b = "fail" }
-- [[case]]
-- title = "value not readable"
-- given.azure_application_gateway = [{ name = "a", _gaps = ["enable_http2"] }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "no gateway"
-- given.azure_application_gateway = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "list denied"
-- ledger = [{ table = "azure_application_gateway", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_application_gateway = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
SELECT g.id AS subject, g.id AS resource_id, g.subscription_id,
       CASE WHEN g.enable_http2 THEN 'pass' ELSE 'fail' END AS verdict,
       CASE WHEN g.enable_http2 THEN 'HTTP/2 is on'
            WHEN g.enable_http2 IS NULL THEN 'the setting is absent, which means that HTTP/2 is off'
            ELSE 'HTTP/2 is off'
       END AS reason
FROM azure_application_gateway AS g
