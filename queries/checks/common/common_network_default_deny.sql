-- title = "PaaS firewalls deny by default"
-- severity = "high"
-- subject = "azure_storage_account"
-- tables = ["azure_storage_account", "azure_keyvault_service", "azure_container_registry"]
-- optional = ["azure_sql_server", "azure_cosmosdb_account", "azure_search_service"]
-- controls = [
--   "cis_azure_4_0_0:2.2.1.2", "nist_800_53_r5:AC-4", "nist_800_53_r5:SC-7", "iso_27001_2022:A.8.20", "iso_27001_2022:A.8.22",
--   "pci_dss_4_0:1.3.1", "pci_dss_4_0:1.4.2", "soc_2:CC6.6",
-- ]
-- rationale = "When no rule matches and the default is Allow, every network may talk to the service and the rules beside it restrict nothing; nor does Deny when an address rule beside it lets everybody in. Judged are storage accounts, key vaults and container registries, the services with such a switch."
-- remediation = "Add the networks that need the service first, then: az storage account update --ids ID --default-action Deny; az keyvault update --name NAME --default-action Deny; az acr update --name NAME --default-action Deny (registry: premium tier)"
-- references = [
--   "https://learn.microsoft.com/azure/storage/common/storage-network-security", "https://learn.microsoft.com/azure/key-vault/general/network-security", "https://learn.microsoft.com/azure/container-registry/container-registry-access-selected-networks",
--   "https://learn.microsoft.com/azure/private-link/network-security-perimeter-transition",
-- ]
-- proven_fail = true
-- [[case]]
-- title = "deny by default, in any letter case"
-- given.azure_storage_account = [{ name = "st", network_acls_default_action = "Deny" }]
-- given.azure_keyvault_service = [{ name = "kv", network_acls_default_action = "deny" }]
-- given.azure_container_registry = [{ name = "acr", network_rule_set_default_action = "DENY" }]
-- expect = { st = "pass", kv = "pass", acr = "pass" }
-- [[case]]
-- title = "allow by default"
-- given.azure_storage_account = [{ name = "st", network_acls_default_action = "Allow", public_network_access = "Enabled" }]
-- given.azure_keyvault_service = [{ name = "kv", network_acls_default_action = "Allow", public_network_access = "Enabled" }]
-- given.azure_container_registry = [{ name = "acr", network_rule_set_default_action = "Allow", public_network_access = "Enabled" }]
-- expect = { st = "fail", kv = "fail", acr = "fail" }
-- [[case]]
-- title = "absent means allow"
-- given.azure_storage_account = [{ name = "st" }]
-- given.azure_keyvault_service = [{ name = "kv" }]
-- given.azure_container_registry = [{ name = "acr" }]
-- expect = { st = "fail", kv = "fail", acr = "fail" }
-- [[case]]
-- title = "public access off closes it as well"
-- given.azure_storage_account = [{ name = "st", network_acls_default_action = "Allow", public_network_access = "Disabled" }]
-- given.azure_keyvault_service = [{ name = "kv", network_acls_default_action = "Allow", public_network_access = "disabled" }]
-- given.azure_container_registry = [{ name = "acr", network_rule_set_default_action = "Allow", public_network_access = "Disabled" }]
-- expect = { st = "pass", kv = "pass", acr = "pass" }
-- [[case]]
-- title = "behind a network security perimeter the rules of the service are not used, and what no rule of the perimeter names is refused"
-- given.azure_storage_account = [
--   { name = "st", public_network_access = "SecuredByPerimeter", network_acls_default_action = "Allow" },
--   { name = "su", public_network_access = "SecuredByPerimeter", network_acls_default_action = "Deny" },
-- ]
-- expect = { st = "pass", su = "pass" }
-- [[case]]
-- title = "services without the switch are not judged"
-- given.azure_sql_server = [{ name = "sql", public_network_access = "Enabled" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "default action not readable; with public access off it does not matter"
-- given.azure_storage_account = [
--   { name = "st", _gaps = ["network_acls_default_action"] },
--   { name = "su", public_network_access = "Disabled", _gaps = ["network_acls_default_action"] },
-- ]
-- given.azure_keyvault_service = [{ name = "kv", _gaps = ["network_acls_default_action"] }]
-- given.azure_container_registry = [{ name = "acr", _gaps = ["network_rule_set_default_action"] }]
-- expect = { st = "unknown", su = "pass", kv = "unknown", acr = "unknown" }
-- [[case]]
-- title = "public access not readable; with deny it does not matter"
-- given.azure_storage_account = [
--   { name = "st", _gaps = ["public_network_access"] },
--   { name = "su", network_acls_default_action = "Deny", _gaps = ["public_network_access"] },
-- ]
-- expect = { st = "unknown", su = "pass" }
-- [[case]]
-- title = "no such service"
-- given.azure_storage_account = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "key vaults denied: a fail that was found stands"
-- ledger = [{ table = "azure_keyvault_service", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_storage_account = [
--   { name = "st" },
--   { name = "su", network_acls_default_action = "Deny" },
-- ]
-- expect = { st = "fail", "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "deny by default, beside address rules that let everybody in: all at once, in two halves, over IPv6"
-- given.azure_storage_account = [
--   { name = "st", network_acls_default_action = "Deny", network_acls_ip_rules_value = ["0.0.0.0/1", "128.0.0.0/1"] },
--   { name = "st6", network_acls_default_action = "Deny", network_acls_ipv6_rules_value = ["::/0"] },
-- ]
-- given.azure_keyvault_service = [{ name = "kv", network_acls_default_action = "Deny", network_acls_ip_rules_value = ["0.0.0.0/0"] }]
-- given.azure_container_registry = [{ name = "acr", network_rule_set_default_action = "Deny", network_rule_set_ip_rules_value = ["0.0.0.0/0"] }]
-- expect = { st = "fail", st6 = "fail", kv = "fail", acr = "fail" }
-- [[case]]
-- title = "deny by default and a few addresses; all addresses, but public access off or left to a perimeter"
-- given.azure_storage_account = [{ name = "st", network_acls_default_action = "Deny", network_acls_ip_rules_value = ["20.1.2.0/24", "40.1.2.3"] }]
-- given.azure_keyvault_service = [{ name = "kv", network_acls_default_action = "Deny", network_acls_ip_rules_value = ["0.0.0.0/0"], public_network_access = "Disabled" }]
-- given.azure_container_registry = [{ name = "acr", network_rule_set_default_action = "Deny", network_rule_set_ip_rules_value = ["0.0.0.0/0"], public_network_access = "SecuredByPerimeter" }]
-- expect = { st = "pass", kv = "pass", acr = "pass" }
-- [[case]]
-- title = "deny by default, address rules not readable"
-- given.azure_storage_account = [{ name = "st", network_acls_default_action = "Deny", _gaps = ["network_acls_ipv6_rules_value"] }]
-- given.azure_keyvault_service = [{ name = "kv", network_acls_default_action = "Deny", _gaps = ["network_acls_ip_rules_value"] }]
-- given.azure_container_registry = [{ name = "acr", network_rule_set_default_action = "Allow", _gaps = ["network_rule_set_ip_rules_value"] }]
-- expect = { st = "unknown", kv = "unknown", acr = "fail" }
SELECT p.id AS subject, p.id AS resource_id, p.subscription_id,
       CASE WHEN NOT p.public_gap AND lower(trim(p.public_network_access)) IN ('disabled', 'securedbyperimeter') THEN 'pass'
            WHEN NOT p.default_gap AND lower(trim(p.default_action)) = 'deny'
            THEN CASE WHEN sources_any(p.let_in) THEN CASE WHEN NOT p.public_gap THEN 'fail' END WHEN NOT p.let_in_gap THEN 'pass' END
            WHEN p.default_gap OR p.public_gap THEN NULL
            ELSE 'fail'
       END AS verdict,
       p.kind || ': default action ' || CASE WHEN p.default_gap THEN 'not readable' WHEN p.default_absent THEN 'absent (Allow)' ELSE p.default_action END
         || ', public network access '
         || CASE WHEN p.public_gap THEN 'not readable' ELSE coalesce(p.public_network_access, 'absent (Enabled)') END
         || CASE WHEN NOT p.default_gap AND lower(trim(p.default_action)) = 'deny'
                      AND (p.public_gap OR coalesce(lower(trim(p.public_network_access)), '') NOT IN ('disabled', 'securedbyperimeter'))
                 THEN CASE WHEN sources_any(p.let_in) THEN '; but address rules let everybody in: ' || array_to_string(p.let_in, ', ')
                           WHEN p.let_in_gap THEN '; whom address rules let in could not be read' ELSE '' END
                 ELSE '' END
         || CASE WHEN NOT p.public_gap AND lower(trim(p.public_network_access)) = 'securedbyperimeter'
                 THEN ': only a network security perimeter decides, which refuses what no rule of its own names; those rules are not judged here' ELSE '' END AS reason,
       p.kind, p.default_action, p.public_network_access
FROM paas_network AS p
WHERE p.kind IN ('storage account', 'key vault', 'container registry')
