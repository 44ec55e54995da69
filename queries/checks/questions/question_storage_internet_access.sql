-- title = "Storage accounts reachable from the internet"
-- severity = "high"
-- subject = "azure_storage_account"
-- tables = ["azure_storage_account"]
-- controls = ["jupiterone_questions:storage_internet_access"]
-- rationale = "An account that answers the whole internet is protected by its keys and roles alone. The question called every account with one allowed address open and did not look at the switch for public access; here an account is reachable where the switch is on and the firewall lets anybody in, by default or by a range of more than a /8. Private endpoints do not close the public door: whether there is an approved one is shown beside."
-- remediation = "az storage account update --ids ID --default-action Deny, or --public-network-access Disabled where private endpoints serve all clients"
-- references = ["https://learn.microsoft.com/azure/storage/common/storage-network-security"]
-- [[case]]
-- title = "open by default, by word or because nothing is said"
-- given.azure_storage_account = [
--   { name = "a", network_acls_default_action = "Allow" },
--   { name = "b" },
--   { name = "c", public_network_access = "Enabled" },
-- ]
-- expect = { a = "fail", b = "fail", c = "fail" }
-- [[case]]
-- title = "everybody in other pieces"
-- given.azure_storage_account = [
--   { name = "a", network_acls_default_action = "Deny", network_acls_ip_rules_value = ["0.0.0.0/2", "64.0.0.0/2", "128.0.0.0/2", "192.0.0.0/2"] },
--   { name = "b", network_acls_default_action = "Deny", network_acls_ipv6_rules_value = ["2000::/3"] },
--   { name = "c", network_acls_default_action = "Deny", network_acls_ipv6_rules_value = ["2001:db8::/32"] },
-- ]
-- expect = { a = "fail", b = "fail", c = "pass" }
-- [[case]]
-- title = "public access off, whatever the firewall says; firewall closed"
-- given.azure_storage_account = [{ name = "a", public_network_access = "disabled" }, { name = "b", network_acls_default_action = "deny" }]
-- expect = { a = "pass", b = "pass" }
-- [[case]]
-- title = "one allowed address, one network: not the internet"
-- given.azure_storage_account = [{ name = "a", network_acls_default_action = "Deny", network_acls_ip_rules_value = ["203.0.113.7", "198.51.100.0/24", "20.0.0.0/8"] }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "ranges that let nearly anybody in"
-- given.azure_storage_account = [
--   { name = "a", network_acls_default_action = "Deny", network_acls_ip_rules_value = ["0.0.0.0/1", "128.0.0.0/1"] },
--   { name = "b", network_acls_default_action = "Deny", network_acls_ip_rules_value = ["16.0.0.0/6"] },
--   { name = "c", network_acls_default_action = "Deny", network_acls_ipv6_rules_value = ["::/0"] },
--   { name = "d", network_acls_default_action = "Deny", network_acls_ip_rules_value = ["0.0.0.0/0"] },
-- ]
-- expect = { a = "fail", b = "fail", c = "fail", d = "fail" }
-- [[case]]
-- title = "an approved private endpoint does not close the public door"
-- given.azure_storage_account = [
--   { name = "a", network_acls_default_action = "Allow", private_endpoint_connections_properties_private_link_service_connection_state_status = ["Approved"] },
--   { name = "b", network_acls_default_action = "Deny", private_endpoint_connections_properties_private_link_service_connection_state_status = ["Pending"] },
-- ]
-- expect = { a = "fail", b = "pass" }
-- [[case]]
-- title = "a perimeter decides; words nobody knows; a range nobody can read"
-- given.azure_storage_account = [
--   { name = "a", public_network_access = "SecuredByPerimeter" },
--   { name = "b", network_acls_default_action = "Maybe" },
--   { name = "c", network_acls_default_action = "Deny", public_network_access = "Maybe" },
--   { name = "d", network_acls_default_action = "Deny", network_acls_ip_rules_value = ["1.2.3"] },
-- ]
-- expect = { a = "unknown", b = "unknown", c = "unknown", d = "unknown" }
-- [[case]]
-- title = "not readable: default, switch, rules"
-- given.azure_storage_account = [
--   { name = "a", _gaps = ["network_acls_default_action"] },
--   { name = "b", _gaps = ["public_network_access"] },
--   { name = "c", network_acls_default_action = "Deny", _gaps = ["network_acls_ip_rules_value"] },
-- ]
-- expect = { a = "unknown", b = "unknown", c = "unknown" }
-- [[case]]
-- title = "accounts denied"
-- ledger = [{ table = "azure_storage_account", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_storage_account = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "no account"
-- given.azure_storage_account = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
WITH account AS (
    SELECT s.id, s.subscription_id, s.public_network_access, s.network_acls_default_action, s.network_acls_virtual_network_rules_id,
           s.network_acls_resource_access_rules_resource_id,
           CASE WHEN list_contains(s._gaps, 'public_network_access') THEN 'unread'
                ELSE lower(coalesce(nullif(trim(s.public_network_access), ''), 'enabled')) END AS switch,
           CASE WHEN list_contains(s._gaps, 'network_acls_default_action') THEN 'unread'
                ELSE lower(coalesce(nullif(trim(s.network_acls_default_action), ''), 'allow')) END AS default_action,
           coalesce(list_contains(s._gaps, 'network_acls_ip_rules_value') OR list_contains(s._gaps, 'network_acls_ipv6_rules_value'), FALSE) AS rules_gap,
           list_concat(coalesce(s.network_acls_ip_rules_value, []), coalesce(s.network_acls_ipv6_rules_value, [])) AS rules,
           array_length(list_filter(s.private_endpoint_connections_properties_private_link_service_connection_state_status,
                                    lambda item_: lower(trim(item_)) = 'approved')) AS n_approved
    FROM azure_storage_account AS s
),
weighed AS (
    SELECT a.id, sources_any(a.rules) AS lets_all_in,
           list_filter(a.rules, lambda item_: NOT contains(item_, ':') AND CAST(ip4_hi(item_) AS BIGINT) - CAST(ip4_lo(item_) AS BIGINT) >= 16777216) AS wide,
           list_filter(a.rules, lambda item_: NOT contains(item_, ':') AND ip4_lo(item_) IS NULL) AS unclear
    FROM account AS a
),
judged AS (
    SELECT a.*, w.wide, w.unclear,
           CASE WHEN a.switch = 'disabled' THEN 'off'
                WHEN a.switch = 'unread' THEN 'switch unread'
                WHEN a.switch = 'securedbyperimeter' THEN 'perimeter'
                WHEN a.switch <> 'enabled' THEN 'switch unknown'
                WHEN a.default_action = 'allow' THEN 'open'
                WHEN a.default_action = 'unread' THEN 'default unread'
                WHEN a.default_action <> 'deny' THEN 'default unknown'
                WHEN w.lets_all_in OR array_length(w.wide) > 0 THEN 'wide'
                WHEN a.rules_gap THEN 'rules unread'
                WHEN array_length(w.unclear) > 0 THEN 'rules unclear'
                ELSE 'closed'
           END AS state
    FROM account AS a
    JOIN weighed AS w ON w.id = a.id
)
SELECT j.id AS subject, j.id AS resource_id, j.subscription_id,
       CASE WHEN j.state IN ('off', 'closed') THEN 'pass' WHEN j.state IN ('open', 'wide') THEN 'fail' END AS verdict,
       CASE j.state
            WHEN 'off' THEN 'public network access is off'
            WHEN 'switch unread' THEN 'whether public network access is on could not be read'
            WHEN 'perimeter' THEN 'a network security perimeter decides on public access; its rules are not judged here'
            WHEN 'switch unknown' THEN 'public network access has a value that is not known: ' || j.public_network_access
            WHEN 'open' THEN 'the firewall lets everybody in by default'
            WHEN 'default unread' THEN 'what the firewall does by default could not be read'
            WHEN 'default unknown' THEN 'the default of the firewall has a value that is not known: ' || j.network_acls_default_action
            WHEN 'wide' THEN 'the firewall lets nearly everybody in by its ranges: ' || array_to_string(CASE WHEN array_length(j.wide) > 0 THEN j.wide ELSE j.rules END, ', ')
            WHEN 'rules unread' THEN 'the allowed addresses could not be read'
            WHEN 'rules unclear' THEN 'allowed addresses that cannot be read: ' || array_to_string(j.unclear, ', ')
            ELSE 'the firewall denies by default; allowed addresses and ranges: ' || array_length(j.rules)
       END || CASE WHEN j.state IN ('open', 'wide') AND coalesce(j.n_approved, 0) = 0 THEN '; no private endpoint is approved' ELSE '' END AS reason,
       j.public_network_access, j.network_acls_default_action AS firewall_default, j.rules AS allowed_addresses,
       j.network_acls_virtual_network_rules_id AS allowed_subnets, j.network_acls_resource_access_rules_resource_id AS allowed_resources,
       coalesce(j.n_approved, 0) AS approved_private_endpoints
FROM judged AS j
