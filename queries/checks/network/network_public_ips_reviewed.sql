-- title = "Public IP addresses reviewed"
-- severity = "medium"
-- subject = "azure_public_ip"
-- tables = ["azure_public_ip"]
-- controls = [
--   "cis_azure_2_0_0:6.7", "cis_azure_2_1_0:6.7", "cis_azure_3_0_0:7.7", "cis_azure_4_0_0:8.7", "cis_azure_5_0_0:7.7",
--   "cis_azure_6_0_0:7.7", "nist_800_53_r5:CM-8", "nist_800_53_r5:RA-5", "iso_27001_2022:A.8.1", "iso_27001_2022:A.8.20",
--   "iso_27001_2022:A.8.21", "iso_27001_2022:A.8.22", "pci_dss_4_0:11.3.2", "pci_dss_4_0:12.5.1", "soc_2:CC6.1",
-- ]
-- rationale = "Every public address is a door. Somebody has to know each one, what stands behind it and whether it is still needed; an address that is tied to nothing costs money and invites mistakes. Only a person can say which are meant."
-- remediation = "Go through the list; az network public-ip delete --ids ID for what is not needed."
-- references = ["https://learn.microsoft.com/azure/virtual-network/ip-services/public-ip-addresses"]
-- [[case]]
-- title = "address of an interface"
-- given.azure_public_ip = [{ name = "a", ip_address = "203.0.113.7", ip_configuration_id = "/x/rg/providers/microsoft.network/networkinterfaces/n/ipconfigurations/c", sku_name = "Standard" }]
-- expect = { a = "manual" }
-- [[case]]
-- title = "tied to nothing, without an address"
-- given.azure_public_ip = [{ name = "a", public_ip_allocation_method = "Dynamic" }, { name = "b", ip_configuration_id = "", nat_gateway_id = "" }]
-- expect = { a = "manual", b = "manual" }
-- [[case]]
-- title = "of a NAT gateway"
-- given.azure_public_ip = [{ name = "a", ip_address = "203.0.113.8", nat_gateway_id = "/x/rg/providers/microsoft.network/natgateways/g" }]
-- expect = { a = "manual" }
-- [[case]]
-- title = "with tags and a name in the DNS"
-- given.azure_public_ip = [{ name = "a", ip_address = "203.0.113.9", dns_settings_fqdn = "a.westeurope.cloudapp.azure.com", tags = { owner = "web team", env = "prod" } }]
-- expect = { a = "manual" }
-- [[case]]
-- title = "address not readable: still for the person to look at"
-- given.azure_public_ip = [{ name = "a", _gaps = ["ip_address", "ip_configuration_id"] }]
-- expect = { a = "manual" }
-- [[case]]
-- title = "no public address"
-- given.azure_public_ip = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "list denied"
-- ledger = [{ table = "azure_public_ip", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_public_ip = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
WITH address AS (
    SELECT p.id, p.subscription_id, nullif(trim(p.ip_address), '') AS ip_address, p.sku_name, p.public_ip_allocation_method, p.dns_settings_fqdn, p.tags,
           coalesce(nullif(trim(p.ip_configuration_id), ''), nullif(trim(p.nat_gateway_id), '')) AS tied_to,
           coalesce(list_contains(p._gaps, 'ip_configuration_id') OR list_contains(p._gaps, 'nat_gateway_id'), FALSE) AS tie_gap
    FROM azure_public_ip AS p
)
SELECT a.id AS subject, a.id AS resource_id, a.subscription_id,
       'manual' AS verdict,
       'review: ' || coalesce('address ' || a.ip_address, 'no address at the moment') || ', '
         || CASE WHEN a.tied_to IS NOT NULL THEN 'used by ' || a.tied_to WHEN a.tie_gap THEN 'what uses it could not be read' ELSE 'used by nothing' END AS reason,
       a.ip_address, a.tied_to IS NOT NULL AS is_attached, a.tied_to AS attached_to, a.sku_name AS sku, a.public_ip_allocation_method AS allocation,
       a.dns_settings_fqdn AS dns_name, array_to_string(list_sort(list_transform(map_keys(a.tags), lambda k: k || '=' || a.tags[k])), ', ') AS tags
FROM address AS a
