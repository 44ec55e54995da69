-- title = "VNet DDoS network protection on"
-- severity = "medium"
-- subject = "azure_vnet"
-- tables = ["azure_vnet"]
-- controls = [
--   "cis_azure_5_0_0:8.5", "cis_azure_6_0_0:8.5", "nist_800_53_r5:SC-5", "iso_27001_2022:A.8.20", "soc_2:A1.1", "soc_2:CC6.6",
-- ]
-- rationale = "Azure protects its own network from floods, tuned for itself. Only a DDoS protection plan watches the addresses of this network with limits fit for them, and gives reports and help. Protection bought for single addresses (DDoS IP Protection) does not count here."
-- remediation = "az network ddos-protection create --resource-group GROUP --name PLAN, then az network vnet update --ids VNET_ID --ddos-protection true --ddos-protection-plan PLAN_ID"
-- references = ["https://learn.microsoft.com/azure/ddos-protection/ddos-protection-overview", "https://learn.microsoft.com/azure/ddos-protection/manage-ddos-protection-cli"]
-- [[case]]
-- title = "on with a plan"
-- given.azure_vnet = [{ name = "a", enable_ddos_protection = true, ddos_protection_plan_id = "/x/plan" }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "off, also where a plan is named"
-- given.azure_vnet = [{ name = "a", enable_ddos_protection = false }, { name = "b", enable_ddos_protection = false, ddos_protection_plan_id = "/x/plan" }]
-- expect = { a = "fail", b = "fail" }
-- [[case]]
-- title = "absent means off"
-- given.azure_vnet = [{ name = "a" }, { name = "b", ddos_protection_plan_id = "/x/plan" }]
-- expect = { a = "fail", b = "fail" }
-- [[case]]
-- title = "on without a plan"
-- given.azure_vnet = [{ name = "a", enable_ddos_protection = true }, { name = "b", enable_ddos_protection = true, ddos_protection_plan_id = "" }]
-- expect = { a = "fail", b = "fail" }
-- [[case]]
-- title = "plan of another subscription"
-- given.azure_vnet = [{ name = "a", enable_ddos_protection = true, ddos_protection_plan_id = "/subscriptions/22222222-2222-4222-8222-222222222222/resourcegroups/hub/providers/microsoft.network/ddosprotectionplans/p" }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "setting or plan not readable"
-- given.azure_vnet = [{ name = "a", _gaps = ["enable_ddos_protection"] }, { name = "b", enable_ddos_protection = true, _gaps = ["ddos_protection_plan_id"] }]
-- expect = { a = "unknown", b = "unknown" }
-- [[case]]
-- title = "no virtual network"
-- given.azure_vnet = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "list denied"
-- ledger = [{ table = "azure_vnet", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_vnet = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
SELECT v.id AS subject, v.id AS resource_id, v.subscription_id,
       CASE WHEN v.enable_ddos_protection AND nullif(trim(v.ddos_protection_plan_id), '') IS NOT NULL THEN 'pass' ELSE 'fail' END AS verdict,
       CASE WHEN NOT coalesce(v.enable_ddos_protection, FALSE) THEN 'DDoS network protection is off'
                 || CASE WHEN v.enable_ddos_protection IS NULL THEN ' (the setting is absent)' ELSE '' END
            WHEN nullif(trim(v.ddos_protection_plan_id), '') IS NULL THEN 'DDoS network protection is on, but no plan is named'
            ELSE 'DDoS network protection is on, plan: ' || v.ddos_protection_plan_id
       END AS reason
FROM azure_vnet AS v
