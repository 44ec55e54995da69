-- title = "Subnets carry an NSG"
-- severity = "high"
-- subject = "azure_subnet"
-- tables = ["azure_vnet", "azure_subnet"]
-- controls = [
--   "cis_azure_5_0_0:7.11", "cis_azure_6_0_0:7.11", "nist_800_53_r5:AC-4", "nist_800_53_r5:SC-7", "iso_27001_2022:A.8.20",
--   "iso_27001_2022:A.8.22", "pci_dss_4_0:1.3.1", "pci_dss_4_0:1.4.2", "soc_2:CC6.6",
-- ]
-- rationale = "Without a network security group every machine put into the subnet answers to all that can reach it, unless somebody thinks of a group for its interface. Subnets that Azure keeps for gateways, firewalls, route servers and Bastion are left out: groups are barred or not advised there."
-- remediation = "az network vnet subnet update --resource-group GROUP --vnet-name VNET --name SUBNET --network-security-group NSG"
-- references = ["https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview"]
-- [[case]]
-- title = "with a group"
-- given.azure_vnet = [{ id = "/x/v" }]
-- given.azure_subnet = [{ name = "a", _parent_id = "/x/v", network_security_group_id = "/x/nsg" }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "without a group, absent or empty"
-- given.azure_vnet = [{ id = "/x/v" }]
-- given.azure_subnet = [{ name = "a", _parent_id = "/x/v" }, { name = "b", _parent_id = "/x/v", network_security_group_id = "" }]
-- expect = { a = "fail", b = "fail" }
-- [[case]]
-- title = "subnets that Azure keeps, in any letter case"
-- given.azure_vnet = [{ id = "/x/v" }]
-- given.azure_subnet = [
--   { name = "GatewaySubnet", _parent_id = "/x/v" },
--   { name = "azurefirewallsubnet", _parent_id = "/x/v" },
--   { name = "AzureFirewallManagementSubnet", _parent_id = "/x/v" },
--   { name = "ROUTESERVERSUBNET", _parent_id = "/x/v" },
--   { name = "AzureBastionSubnet", _parent_id = "/x/v", network_security_group_id = "/x/nsg" },
-- ]
-- expect = { GatewaySubnet = "not_applicable", azurefirewallsubnet = "not_applicable", AzureFirewallManagementSubnet = "not_applicable", ROUTESERVERSUBNET = "not_applicable", AzureBastionSubnet = "not_applicable" }
-- [[case]]
-- title = "a name that only begins so is an ordinary subnet"
-- given.azure_vnet = [{ id = "/x/v" }]
-- given.azure_subnet = [{ name = "GatewaySubnet2", _parent_id = "/x/v" }, { name = "AppGatewaySubnet", _parent_id = "/x/v" }]
-- expect = { "GatewaySubnet2" = "fail", AppGatewaySubnet = "fail" }
-- [[case]]
-- title = "a delegated subnet is judged like others"
-- given.azure_vnet = [{ id = "/x/v" }]
-- given.azure_subnet = [{ name = "a", _parent_id = "/x/v", delegations_properties_service_name = ["Microsoft.Web/serverFarms"] }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "several networks"
-- given.azure_vnet = [{ id = "/x/v" }, { id = "/x/w" }]
-- given.azure_subnet = [{ name = "a", _parent_id = "/x/v", network_security_group_id = "/x/nsg" }, { name = "b", _parent_id = "/x/w" }]
-- expect = { a = "pass", b = "fail" }
-- [[case]]
-- title = "group not readable"
-- given.azure_vnet = [{ id = "/x/v" }]
-- given.azure_subnet = [{ name = "a", _parent_id = "/x/v", _gaps = ["network_security_group_id"] }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "a network without subnets"
-- given.azure_vnet = [{ id = "/x/v" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "networks denied"
-- ledger = [{ table = "azure_vnet", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }, { table = "azure_subnet", subscription = "11111111-1111-4111-8111-111111111111", status = "denied", code = "ParentNotRead" }]
-- given.azure_vnet = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
SELECT n.id AS subject, n.id AS resource_id, n.subscription_id,
       CASE WHEN d.subnet IS NOT NULL THEN 'not_applicable'
            WHEN nullif(trim(n.network_security_group_id), '') IS NOT NULL THEN 'pass'
            ELSE 'fail'
       END AS verdict,
       CASE WHEN d.subnet IS NOT NULL THEN 'the subnet is kept for ' || d.service
            WHEN nullif(trim(n.network_security_group_id), '') IS NOT NULL THEN 'network security group: ' || n.network_security_group_id
            ELSE 'no network security group'
                 || CASE WHEN array_length(n.delegations_properties_service_name) > 0
                         THEN '; delegated to ' || array_to_string(n.delegations_properties_service_name, ', ') ELSE '' END
       END AS reason,
       n._parent_id AS virtual_network_id
FROM azure_subnet AS n
LEFT JOIN data_subnet_without_nsg AS d ON d.subnet = lower(trim(n.name))
