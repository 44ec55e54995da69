-- title = "No basic or consumption SKUs in production"
-- severity = "low"
-- subject = "azure_subscription"
-- tables = ["azure_subscription", "azure_resource"]
-- controls = [
--   "cis_azure_2_0_0:5.5", "cis_azure_2_1_0:5.5", "cis_azure_3_0_0:6.5", "cis_azure_4_0_0:7.1.5", "cis_azure_5_0_0:6.1.5",
--   "cis_azure_6_0_0:6.1.5", "nist_800_53_r5:CM-2", "nist_800_53_r5:CM-6", "iso_27001_2022:A.8.9", "pci_dss_4_0:2.2.1",
--   "soc_2:CC7.1", "soc_2:CC8.1",
-- ]
-- rationale = "Basic, free and consumption tiers mostly come without service level, private networking, backup or logs, so what runs on them cannot be protected like the rest. Which resources are production only the organisation knows, so the auditor gets the list."
-- remediation = "Move production resources to a standard or higher tier; the way differs by service, for example: az appservice plan update --ids ID --sku P1V3"
-- references = ["https://learn.microsoft.com/azure/well-architected/reliability/principles"]
-- [[case]]
-- title = "words of cheap tiers in name or tier, in any letter case"
-- given.azure_subscription = [{ }]
-- given.azure_resource = [
--   { name = "a", sku_name = "Basic" }, { name = "b", sku_name = "F1", sku_tier = "free" }, { name = "c", sku_name = "Consumption_0" },
--   { name = "d", sku_name = "Y1", sku_tier = "Dynamic" }, { name = "e", sku_name = "Premium_LRS", sku_tier = "Premium" },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "manual" }
-- [[case]]
-- title = "none of them"
-- given.azure_subscription = [{ }]
-- given.azure_resource = [{ name = "e", sku_name = "Premium_LRS", sku_tier = "Premium" }, { name = "f" }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "manual" }
-- [[case]]
-- title = "an empty subscription"
-- given.azure_subscription = [{ }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "manual" }
-- [[case]]
-- title = "two subscriptions"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_resource = [{ name = "a", subscription_id = "22222222-2222-4222-8222-222222222222", sku_name = "Basic" }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "manual", "22222222-2222-4222-8222-222222222222" = "manual" }
-- [[case]]
-- title = "a SKU that could not be read"
-- given.azure_subscription = [{ }]
-- given.azure_resource = [{ name = "a", _gaps = ["sku_name"] }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "manual" }
-- [[case]]
-- title = "no subscription row"
-- given.azure_subscription = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "not_applicable" }
-- [[case]]
-- title = "resources denied: the row stays, marked incomplete"
-- ledger = [{ table = "azure_resource", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_subscription = [{ }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "manual" }
WITH cheap AS (
    SELECT r.subscription_id, r.type, r.id || ' (' || concat_ws(', ', r.sku_name, r.sku_tier) || ')' AS line,
           row_number() OVER (PARTITION BY r.subscription_id ORDER BY r.type, r.id) AS place
    FROM azure_resource AS r
    -- Dynamic is what App Service calls its consumption tier.
    WHERE regexp_matches(lower(concat_ws(' ', r.sku_name, r.sku_tier)), 'basic|free|consumption|dynamic')
),
per_type AS (
    SELECT c.subscription_id, c.type || ': ' || count(*) AS line
    FROM cheap AS c
    GROUP BY c.subscription_id, c.type
),
per_subscription AS (
    SELECT c.subscription_id, count(*) AS n, list_sort(list(c.line) FILTER (WHERE c.place <= 200)) AS resources
    FROM cheap AS c
    GROUP BY c.subscription_id
),
types AS (
    SELECT p.subscription_id, list_sort(list(p.line)) AS types
    FROM per_type AS p
    GROUP BY p.subscription_id
)
SELECT s.id AS subject, s.id AS resource_id, s.subscription_id,
       'manual' AS verdict,
       CASE WHEN n.n IS NULL THEN 'no resource has a basic, free or consumption SKU'
            ELSE 'resources with a basic, free or consumption SKU: ' || n.n || '; which of them are production?'
       END AS reason,
       s.display_name AS resource_name, t.types AS by_type, n.resources AS first_200_resources
FROM azure_subscription AS s
LEFT JOIN per_subscription AS n ON n.subscription_id = s.subscription_id
LEFT JOIN types AS t ON t.subscription_id = s.subscription_id
