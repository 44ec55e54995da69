-- title = "Registry public access off"
-- severity = "high"
-- subject = "azure_container_registry"
-- tables = ["azure_container_registry"]
-- controls = [
--   "nist_800_53_r5:AC-4", "nist_800_53_r5:SC-7", "iso_27001_2022:A.8.1", "iso_27001_2022:A.8.20", "iso_27001_2022:A.8.21",
--   "iso_27001_2022:A.8.22", "pci_dss_4_0:1.3.1", "pci_dss_4_0:1.4.2", "soc_2:CC6.1",
-- ]
-- rationale = "A registry that answers the Internet can be tried with every leaked credential, and images hold code and at times secrets. Address rules narrow the door and do not pass; the reason shows them."
-- remediation = "az acr update --name REGISTRY --public-network-enabled false (Premium), after private endpoints are in place."
-- references = ["https://learn.microsoft.com/azure/container-registry/container-registry-access-selected-networks"]
-- [[case]]
-- title = "disabled"
-- given.azure_container_registry = [{ name = "a", public_network_access = "Disabled" }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "enabled"
-- given.azure_container_registry = [{ name = "a", public_network_access = "Enabled" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "enabled with address rules: narrowed, still public"
-- given.azure_container_registry = [
--   { name = "a", public_network_access = "Enabled", network_rule_set_default_action = "Deny", network_rule_set_ip_rules_value = ["203.0.113.0/24"] },
-- ]
-- expect = { a = "fail" }
-- [[case]]
-- title = "absent or empty means enabled"
-- given.azure_container_registry = [{ name = "a" }, { name = "b", public_network_access = "" }]
-- expect = { a = "fail", b = "fail" }
-- [[case]]
-- title = "other letter case"
-- given.azure_container_registry = [{ name = "a", public_network_access = "disabled" }, { name = "b", public_network_access = "ENABLED" }]
-- expect = { a = "pass", b = "fail" }
-- [[case]]
-- title = "behind a network security perimeter, as with every other service; a word not known yet"
-- given.azure_container_registry = [{ name = "a", public_network_access = "SecuredByPerimeter" }, { name = "b", public_network_access = "Somewhat" }]
-- expect = { a = "pass", b = "unknown" }
-- [[case]]
-- title = "value not readable"
-- given.azure_container_registry = [{ name = "a", _gaps = ["public_network_access"] }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "no registry"
-- given.azure_container_registry = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "list denied"
-- ledger = [{ table = "azure_container_registry", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_container_registry = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "three subscriptions: one throttled, one empty, one judged"
-- ledger = [
--   { table = "azure_container_registry", subscription = "22222222-2222-4222-8222-222222222222", status = "throttled" },
--   { table = "azure_container_registry", subscription = "33333333-3333-4333-8333-333333333333", status = "ok" },
-- ]
-- given.azure_container_registry = [{ name = "a", public_network_access = "Disabled" }]
-- expect = { a = "pass", "/subscriptions/22222222-2222-4222-8222-222222222222" = "unknown", "/subscriptions/33333333-3333-4333-8333-333333333333" = "not_applicable" }
SELECT r.id AS subject, r.id AS resource_id, r.subscription_id,
       CASE WHEN lower(trim(r.public_network_access)) IN ('disabled', 'securedbyperimeter') THEN 'pass'
            WHEN lower(trim(coalesce(r.public_network_access, ''))) IN ('', 'enabled') THEN 'fail'
       END AS verdict,
       CASE WHEN lower(trim(r.public_network_access)) = 'disabled' THEN 'public network access is disabled'
            WHEN lower(trim(r.public_network_access)) = 'securedbyperimeter'
            THEN 'only a network security perimeter decides on public access; its rules are not judged here'
            WHEN lower(trim(coalesce(r.public_network_access, ''))) IN ('', 'enabled')
            THEN CASE WHEN trim(coalesce(r.public_network_access, '')) = '' THEN 'public network access is absent, which means enabled'
                      ELSE 'public network access is enabled' END
              || CASE WHEN lower(trim(r.network_rule_set_default_action)) = 'deny'
                      THEN '; narrowed by address rules: ' || coalesce(array_length(r.network_rule_set_ip_rules_value), 0) ELSE '' END
            ELSE 'public network access not known: ' || r.public_network_access
       END AS reason
FROM azure_container_registry AS r
