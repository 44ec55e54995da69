-- title = "Network Watcher in used regions"
-- severity = "medium"
-- subject = "azure_subscription"
-- tables = ["azure_subscription", "azure_network_watcher", "azure_vnet"]
-- controls = [
--   "cis_azure_2_0_0:6.6", "cis_azure_2_1_0:6.6", "cis_azure_3_0_0:7.6", "cis_azure_4_0_0:8.6", "cis_azure_5_0_0:7.6",
--   "cis_azure_6_0_0:7.6", "jupiterone_questions:network_watcher_regions", "nist_800_53_r5:AU-6", "nist_800_53_r5:AU-12",
--   "nist_800_53_r5:SI-4", "iso_27001_2022:A.8.14", "iso_27001_2022:A.8.20", "iso_27001_2022:A.8.21", "iso_27001_2022:A.8.22",
--   "pci_dss_4_0:10.2.1", "soc_2:CC7.2", "mitre_attack:T1046", "mitre_attack:T1048", "mitre_attack:T1049", "mitre_attack:T1498",
--   "mitre_attack:T1499",
-- ]
-- rationale = "A region without a network watcher has no flow logs, packet captures or topology when they are needed. Only regions that hold virtual networks are asked for; Azure makes the watcher with the first network unless somebody opted out."
-- remediation = "az network watcher configure --locations REGION --enabled true --resource-group NetworkWatcherRG"
-- references = ["https://learn.microsoft.com/azure/network-watcher/network-watcher-create"]
-- [[case]]
-- title = "a watcher in each region with networks"
-- given.azure_subscription = [{ }]
-- given.azure_vnet = [{ name = "v", location = "westeurope" }, { name = "w", location = "northeurope" }]
-- given.azure_network_watcher = [{ name = "a", location = "westeurope", provisioning_state = "Succeeded" }, { name = "b", location = "northeurope", provisioning_state = "Succeeded" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "pass" }
-- [[case]]
-- title = "one region without"
-- given.azure_subscription = [{ }]
-- given.azure_vnet = [{ name = "v", location = "westeurope" }, { name = "w", location = "northeurope" }]
-- given.azure_network_watcher = [{ name = "a", location = "westeurope", provisioning_state = "Succeeded" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "fail" }
-- [[case]]
-- title = "region names with blanks and in other letter case; a region without networks does not matter"
-- given.azure_subscription = [{ }]
-- given.azure_vnet = [{ name = "v", location = "West Europe" }]
-- given.azure_network_watcher = [{ name = "a", location = "westEurope", provisioning_state = "succeeded" }, { name = "b", location = "eastus", provisioning_state = "Failed" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "pass" }
-- [[case]]
-- title = "a watcher that is not up; one whose state is absent"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_vnet = [{ name = "v", location = "westeurope" }, { name = "w", location = "westeurope", subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_network_watcher = [{ name = "a", location = "westeurope", provisioning_state = "Failed" }, { name = "b", location = "westeurope", subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "fail", "/subscriptions/22222222-2222-4222-8222-222222222222" = "unknown" }
-- [[case]]
-- title = "the watcher of another subscription does not count"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_vnet = [{ name = "v", location = "westeurope" }]
-- given.azure_network_watcher = [{ name = "b", location = "westeurope", subscription_id = "22222222-2222-4222-8222-222222222222", provisioning_state = "Succeeded" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "fail", "/subscriptions/22222222-2222-4222-8222-222222222222" = "not_applicable" }
-- [[case]]
-- title = "no virtual network"
-- given.azure_subscription = [{ }]
-- given.azure_vnet = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "a network without a region"
-- given.azure_subscription = [{ }]
-- given.azure_vnet = [{ name = "v" }]
-- given.azure_network_watcher = [{ name = "a", location = "westeurope", provisioning_state = "Succeeded" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "state of the watcher not readable"
-- given.azure_subscription = [{ }]
-- given.azure_vnet = [{ name = "v", location = "westeurope" }]
-- given.azure_network_watcher = [{ name = "a", location = "westeurope", _gaps = ["provisioning_state"] }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "watchers denied"
-- ledger = [{ table = "azure_network_watcher", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_subscription = [{ }]
-- given.azure_vnet = [{ name = "v", location = "westeurope" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "networks denied"
-- ledger = [{ table = "azure_vnet", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_subscription = [{ }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "updating"
-- given.azure_subscription = [{ subscription_id = "11111111-1111-4111-8111-111111111111" }]
-- given.azure_vnet = [{ name = "v", location = "westeurope" }]
-- given.azure_network_watcher = [{ name = "w", provisioning_state = "Updating", location="westeurope" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
WITH watcher AS (
    SELECT w.subscription_id, lower(replace(trim(w.location), ' ', '')) AS region,
           max(CASE WHEN lower(trim(w.provisioning_state)) = 'succeeded' THEN 2 WHEN coalesce(lower(trim(w.provisioning_state)), '') IN ('', 'updating', 'creating') THEN 1 ELSE 0 END) AS rank
    FROM azure_network_watcher AS w
    GROUP BY w.subscription_id, lower(replace(trim(w.location), ' ', ''))
),
region AS (
    SELECT DISTINCT v.subscription_id, coalesce(nullif(lower(replace(trim(v.location), ' ', '')), ''), '(no region)') AS region
    FROM azure_vnet AS v
),
judged AS (
    SELECT r.subscription_id, count(*) AS n_regions,
           list_sort(list(r.region) FILTER (WHERE r.region <> '(no region)' AND coalesce(w.rank, 0) = 0)) AS missing,
           list_sort(list(r.region) FILTER (WHERE r.region = '(no region)' OR w.rank = 1)) AS unclear
    FROM region AS r
    LEFT JOIN watcher AS w ON w.subscription_id = r.subscription_id AND w.region = r.region
    GROUP BY r.subscription_id
)
SELECT s.id AS subject, s.id AS resource_id, s.subscription_id,
       CASE WHEN j.subscription_id IS NULL THEN 'not_applicable'
            WHEN j.missing IS NOT NULL THEN 'fail'
            WHEN j.unclear IS NOT NULL THEN NULL
            ELSE 'pass'
       END AS verdict,
       CASE WHEN j.subscription_id IS NULL THEN 'the subscription has no virtual network'
            WHEN j.missing IS NOT NULL THEN 'regions with virtual networks but no working network watcher: ' || array_to_string(j.missing, ', ')
            WHEN j.unclear IS NOT NULL THEN 'regions whose network watcher has no state, or networks without a region: ' || array_to_string(j.unclear, ', ')
            ELSE 'regions with virtual networks, all with a network watcher: ' || j.n_regions
       END AS reason,
       s.display_name AS resource_name, j.missing AS regions_without
FROM azure_subscription AS s
LEFT JOIN judged AS j ON j.subscription_id = s.subscription_id
