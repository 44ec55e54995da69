-- title = "AI Search public access off"
-- severity = "high"
-- subject = "azure_search_service"
-- tables = ["azure_search_service"]
-- controls = [
--   "nist_800_53_r5:AC-4", "nist_800_53_r5:SC-7", "iso_27001_2022:A.8.1", "pci_dss_4_0:1.3.1", "pci_dss_4_0:1.4.2",
--   "soc_2:CC6.6",
-- ]
-- rationale = "An index holds copies of documents from everywhere, and the API keys of the service open all of them to anybody who can reach it. Address rules narrow the door and do not pass; a network security perimeter does."
-- remediation = "az search service update --name SERVICE --resource-group GROUP --public-access disabled, after private endpoints are in place."
-- references = ["https://learn.microsoft.com/azure/search/service-create-private-endpoint", "https://learn.microsoft.com/azure/search/search-security-network-security-perimeter"]
-- [[case]]
-- title = "disabled"
-- given.azure_search_service = [{ name = "a", public_network_access = "Disabled" }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "behind a perimeter"
-- given.azure_search_service = [{ name = "a", public_network_access = "SecuredByPerimeter" }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "enabled"
-- given.azure_search_service = [{ name = "a", public_network_access = "Enabled" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "enabled with address rules: narrowed, still public"
-- given.azure_search_service = [{ name = "a", public_network_access = "enabled", network_rule_set_ip_rules_value = ["203.0.113.7"] }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "absent or empty means enabled"
-- given.azure_search_service = [{ name = "a" }, { name = "b", public_network_access = "" }]
-- expect = { a = "fail", b = "fail" }
-- [[case]]
-- title = "other letter case"
-- given.azure_search_service = [
--   { name = "a", public_network_access = "disabled" },
--   { name = "b", public_network_access = "ENABLED" },
--   { name = "c", public_network_access = "securedbyperimeter" },
-- ]
-- expect = { a = "pass", b = "fail", c = "pass" }
-- [[case]]
-- title = "a word not known yet"
-- given.azure_search_service = [{ name = "a", public_network_access = "Partly" }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "value not readable"
-- given.azure_search_service = [{ name = "a", _gaps = ["public_network_access"] }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "no service"
-- given.azure_search_service = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "list denied"
-- ledger = [{ table = "azure_search_service", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_search_service = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "three subscriptions: one throttled, one empty, one judged"
-- ledger = [
--   { table = "azure_search_service", subscription = "22222222-2222-4222-8222-222222222222", status = "throttled" },
--   { table = "azure_search_service", subscription = "33333333-3333-4333-8333-333333333333", status = "ok" },
-- ]
-- given.azure_search_service = [{ name = "a", public_network_access = "disabled" }]
-- expect = { a = "pass", "/subscriptions/22222222-2222-4222-8222-222222222222" = "unknown", "/subscriptions/33333333-3333-4333-8333-333333333333" = "not_applicable" }
SELECT s.id AS subject, s.id AS resource_id, s.subscription_id,
       CASE WHEN lower(trim(s.public_network_access)) IN ('disabled', 'securedbyperimeter') THEN 'pass'
            WHEN lower(trim(coalesce(s.public_network_access, ''))) IN ('', 'enabled') THEN 'fail'
       END AS verdict,
       CASE WHEN lower(trim(s.public_network_access)) = 'disabled' THEN 'public network access is disabled'
            WHEN lower(trim(s.public_network_access)) = 'securedbyperimeter' THEN 'a network security perimeter decides on access'
            WHEN lower(trim(coalesce(s.public_network_access, ''))) IN ('', 'enabled')
            THEN CASE WHEN trim(coalesce(s.public_network_access, '')) = '' THEN 'public network access is absent, which means enabled'
                      ELSE 'public network access is enabled' END
              || CASE WHEN array_length(s.network_rule_set_ip_rules_value) > 0
                      THEN '; narrowed by address rules: ' || array_length(s.network_rule_set_ip_rules_value) ELSE '' END
            ELSE 'public network access not known: ' || s.public_network_access
       END AS reason
FROM azure_search_service AS s
