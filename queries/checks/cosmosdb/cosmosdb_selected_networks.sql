-- title = "Cosmos DB limited to selected networks"
-- severity = "high"
-- subject = "azure_cosmosdb_account"
-- tables = ["azure_cosmosdb_account"]
-- controls = [
--   "cis_azure_2_0_0:4.5.1", "cis_azure_2_1_0:4.5.1", "cis_azure_3_0_0:5.4.1", "nist_800_53_r5:AC-4", "nist_800_53_r5:SC-7",
--   "iso_27001_2022:A.8.20", "iso_27001_2022:A.8.21", "iso_27001_2022:A.8.22", "pci_dss_4_0:1.3.1", "pci_dss_4_0:1.4.2",
--   "soc_2:CC6.6",
-- ]
-- rationale = "An account without network rules answers everybody; one leaked key then opens it from anywhere. Rules for subnets and addresses leave a thief of a key outside. The entry 0.0.0.0 lets in every data centre of Azure, machines of other customers included: it is pointed out, not counted as open."
-- remediation = "az cosmosdb update --resource-group GROUP --name ACCOUNT --enable-virtual-network true --ip-range-filter 203.0.113.0/24; az cosmosdb network-rule add --resource-group GROUP --name ACCOUNT --subnet SUBNET_ID"
-- references = ["https://learn.microsoft.com/azure/cosmos-db/how-to-configure-firewall", "https://learn.microsoft.com/azure/cosmos-db/how-to-configure-vnet-service-endpoint"]
-- [[case]]
-- title = "subnets only"
-- given.azure_cosmosdb_account = [
--   { name = "a", public_network_access = "Enabled", is_virtual_network_filter_enabled = true, virtual_network_rules_id = ["/x/net"] },
-- ]
-- expect = { a = "pass" }
-- [[case]]
-- title = "an address rule for most of the Internet, in quarters or wider than a /8; a /8 and many small ones are selected networks"
-- given.azure_cosmosdb_account = [
--   { name = "a", ip_rules_ip_address_or_range = ["0.0.0.0/2", "64.0.0.0/2", "128.0.0.0/2", "192.0.0.0/2"] },
--   { name = "b", ip_rules_ip_address_or_range = ["16.0.0.0/6"] },
--   { name = "c", ip_rules_ip_address_or_range = ["20.0.0.0/8", "203.0.113.0/24", "198.51.100.7"] },
-- ]
-- expect = { a = "fail", b = "fail", c = "pass" }
-- [[case]]
-- title = "addresses only"
-- given.azure_cosmosdb_account = [
--   { name = "a", public_network_access = "Enabled", is_virtual_network_filter_enabled = false, ip_rules_ip_address_or_range = ["203.0.113.7", "198.51.100.0/24"] },
-- ]
-- expect = { a = "pass" }
-- [[case]]
-- title = "no rule at all: empty, and everything absent"
-- given.azure_cosmosdb_account = [
--   { name = "a", public_network_access = "Enabled", is_virtual_network_filter_enabled = false, ip_rules_ip_address_or_range = [] },
--   { name = "b" },
-- ]
-- expect = { a = "fail", b = "fail" }
-- [[case]]
-- title = "public access off or behind a perimeter, in any letter case"
-- given.azure_cosmosdb_account = [
--   { name = "a", public_network_access = "Disabled" },
--   { name = "b", public_network_access = "securedbyperimeter" },
--   { name = "c", public_network_access = "disabled", ip_rules_ip_address_or_range = ["0.0.0.0/0"] },
-- ]
-- expect = { a = "pass", b = "pass", c = "pass" }
-- [[case]]
-- title = "an address rule for everybody, alone or beside subnets and others, or in halves"
-- given.azure_cosmosdb_account = [
--   { name = "a", ip_rules_ip_address_or_range = ["0.0.0.0/0"] },
--   { name = "b", is_virtual_network_filter_enabled = true, ip_rules_ip_address_or_range = ["203.0.113.7", "0.0.0.0/0"] },
--   { name = "c", ip_rules_ip_address_or_range = ["0.0.0.0/1", "128.0.0.0/1"] },
--   { name = "d", ip_rules_ip_address_or_range = [" 0.0.0.0/0 "] },
-- ]
-- expect = { a = "fail", b = "fail", c = "fail", d = "fail" }
-- [[case]]
-- title = "all of Azure is let in: passes, the reason says so"
-- given.azure_cosmosdb_account = [
--   { name = "a", ip_rules_ip_address_or_range = ["0.0.0.0"] },
--   { name = "b", is_virtual_network_filter_enabled = true, ip_rules_ip_address_or_range = ["203.0.113.7", " 0.0.0.0"] },
-- ]
-- expect = { a = "pass", b = "pass" }
-- [[case]]
-- title = "subnets listed, but the filter is off"
-- given.azure_cosmosdb_account = [
--   { name = "a", is_virtual_network_filter_enabled = false, virtual_network_rules_id = ["/x/net"] },
-- ]
-- expect = { a = "fail" }
-- [[case]]
-- title = "blank entries are no rule"
-- given.azure_cosmosdb_account = [
--   { name = "a", ip_rules_ip_address_or_range = ["", " "] },
-- ]
-- expect = { a = "fail" }
-- [[case]]
-- title = "a value nobody knows for public access: the rules decide"
-- given.azure_cosmosdb_account = [
--   { name = "a", public_network_access = "Sometimes" },
--   { name = "b", public_network_access = "Sometimes", ip_rules_ip_address_or_range = ["203.0.113.7"] },
-- ]
-- expect = { a = "fail", b = "pass" }
-- [[case]]
-- title = "not readable: public access, filter, addresses"
-- given.azure_cosmosdb_account = [
--   { name = "a", _gaps = ["public_network_access"] },
--   { name = "b", _gaps = ["is_virtual_network_filter_enabled"] },
--   { name = "c", is_virtual_network_filter_enabled = true, _gaps = ["ip_rules_ip_address_or_range"] },
-- ]
-- expect = { a = "unknown", b = "unknown", c = "unknown" }
-- [[case]]
-- title = "no account"
-- given.azure_cosmosdb_account = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "accounts denied"
-- ledger = [{ table = "azure_cosmosdb_account", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_cosmosdb_account = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "list cut short"
-- ledger = [{ table = "azure_cosmosdb_account", subscription = "11111111-1111-4111-8111-111111111111", status = "partial" }]
-- given.azure_cosmosdb_account = [
--   { name = "a", public_network_access = "Disabled" },
-- ]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
WITH rule AS (
    SELECT c.id, c.subscription_id, c.public_network_access, lower(trim(c.public_network_access)) AS public_access,
           coalesce(c.is_virtual_network_filter_enabled, FALSE) AS has_filter,
           coalesce(array_length(c.virtual_network_rules_id), 0) AS n_subnets,
           list_filter(list_transform(c.ip_rules_ip_address_or_range, lambda m: trim(m)), lambda m: m <> '') AS addresses
    FROM azure_cosmosdb_account AS c
),
judged AS (
    SELECT r.*, coalesce(array_length(r.addresses), 0) AS n_addresses,
           coalesce(list_contains(r.addresses, '0.0.0.0'), FALSE) AS lets_azure_in,
           -- 0.0.0.0 alone means the data centres of Azure here, not everybody.
           coalesce(sources_any(list_filter(r.addresses, lambda m: m <> '0.0.0.0')), FALSE) AS lets_all_in
    FROM rule AS r
)
SELECT j.id AS subject, j.id AS resource_id, j.subscription_id,
       CASE WHEN coalesce(j.public_access, 'enabled') IN ('disabled', 'securedbyperimeter') THEN 'pass'
            WHEN j.lets_all_in THEN 'fail'
            WHEN j.has_filter OR j.n_addresses > 0 THEN 'pass'
            ELSE 'fail'
       END AS verdict,
       CASE WHEN j.public_access = 'disabled' THEN 'public network access is off'
            WHEN j.public_access = 'securedbyperimeter' THEN 'only a network security perimeter decides on public access; its rules are not judged here'
            WHEN j.lets_all_in THEN 'an address rule lets everybody in: ' || array_to_string(j.addresses, ', ')
            WHEN j.has_filter OR j.n_addresses > 0
            THEN 'limited to selected networks; subnets: ' || j.n_subnets || ', address rules: ' || j.n_addresses
                 || CASE WHEN j.lets_azure_in THEN '; warning: 0.0.0.0 lets in every data centre of Azure, other customers included' ELSE '' END
            ELSE 'no network rule is set, so every network is let in'
       END AS reason,
       j.public_network_access, j.has_filter AS virtual_network_filter, j.n_subnets AS subnets, j.addresses AS address_rules
FROM judged AS j
