-- title = "Storage firewall denies by default"
-- severity = "high"
-- subject = "azure_storage_account"
-- tables = ["azure_storage_account"]
-- controls = [
--   "cis_azure_2_0_0:3.8", "cis_azure_2_1_0:3.8", "cis_azure_3_0_0:4.7", "cis_azure_4_0_0:10.3.2.3", "cis_azure_5_0_0:9.3.2.3",
--   "cis_azure_6_0_0:9.3.2.3", "jupiterone_questions:storage_default_network_deny", "nist_800_53_r5:AC-4",
--   "nist_800_53_r5:AC-17", "nist_800_53_r5:SC-7", "iso_27001_2022:A.8.20", "iso_27001_2022:A.8.22", "pci_dss_4_0:1.3.1",
--   "pci_dss_4_0:1.4.2", "soc_2:CC6.6",
-- ]
-- rationale = "When no rule matches and the default is Allow, every network may talk to the account and address rules beside it restrict nothing. Address rules that take in the whole Internet make a default of Deny as open."
-- remediation = "Add the networks that need the account first, then: az storage account update --ids ID --default-action Deny. Or close the public endpoint: --public-network-access Disabled."
-- references = ["https://learn.microsoft.com/azure/storage/common/storage-network-security", "https://learn.microsoft.com/azure/private-link/network-security-perimeter-transition"]
-- [[case]]
-- title = "deny by default"
-- given.azure_storage_account = [{ name = "a", network_acls_default_action = "Deny", public_network_access = "Enabled" }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "allow by default"
-- given.azure_storage_account = [{ name = "a", network_acls_default_action = "Allow", public_network_access = "Enabled" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "public endpoint off, whatever the default"
-- given.azure_storage_account = [{ name = "a", network_acls_default_action = "Allow", public_network_access = "Disabled" }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "no network rules at all means allow"
-- given.azure_storage_account = [{ name = "a" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "no network rules, public endpoint off"
-- given.azure_storage_account = [{ name = "a", public_network_access = "Disabled" }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "deny by default, public access never set"
-- given.azure_storage_account = [{ name = "a", network_acls_default_action = "Deny" }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "other letter case"
-- given.azure_storage_account = [{ name = "a", network_acls_default_action = "deny" }, { name = "b", network_acls_default_action = "allow", public_network_access = "DISABLED" }]
-- expect = { a = "pass", b = "pass" }
-- [[case]]
-- title = "behind a network security perimeter the rules of the account are not used, and what no rule of the perimeter names is refused"
-- given.azure_storage_account = [
--   { name = "a", network_acls_default_action = "Allow", public_network_access = "SecuredByPerimeter" },
--   { name = "b", public_network_access = "securedbyperimeter" },
--   { name = "c", network_acls_default_action = "Allow", public_network_access = "SecuredByPerimeter", _gaps = ["public_network_access"] },
-- ]
-- expect = { a = "pass", b = "pass", c = "unknown" }
-- [[case]]
-- title = "deny by default, but address rules let everybody in: at once, in halves, in quarters, by IPv6, by one range wider than a /8"
-- given.azure_storage_account = [
--   { name = "a", network_acls_default_action = "Deny", network_acls_ip_rules_value = ["203.0.113.0/24", "0.0.0.0/0"] },
--   { name = "b", network_acls_default_action = "Deny", network_acls_ip_rules_value = ["0.0.0.0/1", "128.0.0.0/1"] },
--   { name = "c", network_acls_default_action = "deny", network_acls_ip_rules_value = ["0.0.0.0/2", "64.0.0.0/2", "128.0.0.0/2", "192.0.0.0/2"] },
--   { name = "d", network_acls_default_action = "Deny", network_acls_ipv6_rules_value = ["::/0"] },
--   { name = "e", network_acls_default_action = "Deny", network_acls_ip_rules_value = ["20.0.0.0/7"] },
-- ]
-- expect = { a = "fail", b = "fail", c = "fail", d = "fail", e = "fail" }
-- [[case]]
-- title = "a /8 is the widest that passes; with the public endpoint off or a perimeter in charge the rules are not used"
-- given.azure_storage_account = [
--   { name = "a", network_acls_default_action = "Deny", network_acls_ip_rules_value = ["20.0.0.0/8", "203.0.113.7"] },
--   { name = "b", network_acls_default_action = "Deny", public_network_access = "Disabled", network_acls_ip_rules_value = ["0.0.0.0/0"] },
--   { name = "c", network_acls_default_action = "Deny", public_network_access = "SecuredByPerimeter", network_acls_ip_rules_value = ["0.0.0.0/0"] },
-- ]
-- expect = { a = "pass", b = "pass", c = "pass" }
-- [[case]]
-- title = "address rules not readable"
-- given.azure_storage_account = [
--   { name = "a", network_acls_default_action = "Deny", _gaps = ["network_acls_ip_rules_value"] },
--   { name = "b", network_acls_default_action = "Deny", _gaps = ["network_acls_ipv6_rules_value"] },
--   { name = "c", public_network_access = "Disabled", _gaps = ["network_acls_ip_rules_value"] },
--   { name = "d", network_acls_default_action = "Allow", _gaps = ["network_acls_ip_rules_value"] },
-- ]
-- expect = { a = "unknown", b = "unknown", c = "pass", d = "fail" }
-- [[case]]
-- title = "default action not readable"
-- given.azure_storage_account = [{ name = "a", public_network_access = "Enabled", _gaps = ["network_acls_default_action"] }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "no account"
-- given.azure_storage_account = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "list denied"
-- ledger = [{ table = "azure_storage_account", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_storage_account = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
WITH account AS (
    SELECT s.id, s.subscription_id, s.public_network_access, s.network_acls_default_action,
           coalesce(lower(trim(s.public_network_access)) IN ('disabled', 'securedbyperimeter'), FALSE) AS is_closed,
           coalesce(lower(trim(s.network_acls_default_action)) = 'deny', FALSE) AS denies,
           list_concat(coalesce(s.network_acls_ip_rules_value, []), coalesce(s.network_acls_ipv6_rules_value, [])) AS rules,
           coalesce(list_contains(s._gaps, 'network_acls_ip_rules_value') OR list_contains(s._gaps, 'network_acls_ipv6_rules_value'), FALSE) AS rules_gap
    FROM azure_storage_account AS s
),
weighed AS (
    SELECT a.*,
           sources_any(a.rules)
             OR array_length(list_filter(a.rules, lambda item_: NOT contains(item_, ':')
                                                                AND CAST(ip4_hi(item_) AS BIGINT) - CAST(ip4_lo(item_) AS BIGINT) >= 16777216)) > 0 AS lets_all_in
    FROM account AS a
)
SELECT w.id AS subject, w.id AS resource_id, w.subscription_id,
       CASE WHEN w.is_closed THEN 'pass'
            WHEN NOT w.denies OR w.lets_all_in THEN 'fail'
            WHEN w.rules_gap THEN NULL
            ELSE 'pass'
       END AS verdict,
       'default action ' || coalesce(w.network_acls_default_action, 'absent (Allow)')
         || ', public network access ' || coalesce(w.public_network_access, 'absent (Enabled)')
         || CASE WHEN lower(trim(w.public_network_access)) = 'securedbyperimeter'
                 THEN ': only a network security perimeter decides, which refuses what no rule of its own names; those rules are not judged here'
                 WHEN w.is_closed OR NOT w.denies THEN ''
                 WHEN w.lets_all_in THEN ', but the address rules let nearly everybody in: ' || array_to_string(list_slice(list_sort(w.rules), 1, 20), ', ')
                 WHEN w.rules_gap THEN '; the address rules could not be read'
                 ELSE '' END AS reason,
       w.network_acls_default_action, w.public_network_access, w.rules AS address_rules
FROM weighed AS w
