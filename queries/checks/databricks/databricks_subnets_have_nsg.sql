-- title = "Databricks subnets carry an NSG"
-- severity = "medium"
-- subject = "azure_databricks_workspace"
-- tables = ["azure_databricks_workspace", "azure_vnet", "azure_subnet"]
-- controls = [
--   "cis_azure_4_0_0:3.1.2", "cis_azure_5_0_0:2.1.2", "cis_azure_6_0_0:2.1.2", "nist_800_53_r5:AC-4", "nist_800_53_r5:SC-7",
--   "iso_27001_2022:A.8.20", "iso_27001_2022:A.8.22", "pci_dss_4_0:1.3.1", "pci_dss_4_0:1.4.2", "soc_2:CC6.6",
-- ]
-- rationale = "The two subnets of a workspace hold its nodes. Without a network security group any machine of the network can talk to them, and they to any machine."
-- remediation = "az network vnet subnet update --ids SUBNET_ID --network-security-group NSG_ID, for both subnets of the workspace"
-- references = ["https://learn.microsoft.com/azure/databricks/security/network/classic/vnet-inject"]
-- [[case]]
-- title = "both have one; names in other letter case"
-- given.azure_databricks_workspace = [{ name = "a", parameters_custom_virtual_network_id_value = "/x/v", parameters_custom_public_subnet_name_value = "Pub", parameters_custom_private_subnet_name_value = "priv" }]
-- given.azure_vnet = [{ id = "/x/v" }]
-- given.azure_subnet = [{ name = "pub", _parent_id = "/x/v", network_security_group_id = "/x/nsg" }, { name = "PRIV", _parent_id = "/x/v", network_security_group_id = "/x/nsg" }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "one has none, or an empty one"
-- given.azure_databricks_workspace = [
--   { name = "a", parameters_custom_virtual_network_id_value = "/x/v", parameters_custom_public_subnet_name_value = "pub", parameters_custom_private_subnet_name_value = "priv" },
--   { name = "b", parameters_custom_virtual_network_id_value = "/x/u", parameters_custom_public_subnet_name_value = "pub", parameters_custom_private_subnet_name_value = "priv" },
-- ]
-- given.azure_vnet = [{ id = "/x/v" }, { id = "/x/u" }]
-- given.azure_subnet = [
--   { id = "/x/v/pub", name = "pub", _parent_id = "/x/v", network_security_group_id = "/x/nsg" }, { id = "/x/v/priv", name = "priv", _parent_id = "/x/v" },
--   { id = "/x/u/pub", name = "pub", _parent_id = "/x/u", network_security_group_id = "" }, { id = "/x/u/priv", name = "priv", _parent_id = "/x/u", network_security_group_id = "/x/nsg" },
-- ]
-- expect = { a = "fail", b = "fail" }
-- [[case]]
-- title = "a subnet of the same name in another network, and another subnet without a group, do not count"
-- given.azure_databricks_workspace = [{ name = "a", parameters_custom_virtual_network_id_value = "/x/v", parameters_custom_public_subnet_name_value = "pub", parameters_custom_private_subnet_name_value = "priv" }]
-- given.azure_vnet = [{ id = "/x/v" }, { id = "/x/u" }]
-- given.azure_subnet = [
--   { id = "/x/v/pub", name = "pub", _parent_id = "/x/v", network_security_group_id = "/x/nsg" }, { id = "/x/v/priv", name = "priv", _parent_id = "/x/v", network_security_group_id = "/x/nsg" },
--   { id = "/x/v/gw", name = "gw", _parent_id = "/x/v" }, { id = "/x/u/pub", name = "pub", _parent_id = "/x/u" },
-- ]
-- expect = { a = "pass" }
-- [[case]]
-- title = "no own network: managed or serverless"
-- given.azure_databricks_workspace = [{ name = "a" }, { name = "b", compute_mode = "Serverless" }]
-- expect = { a = "not_applicable", b = "not_applicable" }
-- [[case]]
-- title = "network outside the snapshot, subnet not in it, names not given"
-- given.azure_databricks_workspace = [
--   { name = "a", parameters_custom_virtual_network_id_value = "/x/far", parameters_custom_public_subnet_name_value = "pub", parameters_custom_private_subnet_name_value = "priv" },
--   { name = "b", parameters_custom_virtual_network_id_value = "/x/v", parameters_custom_public_subnet_name_value = "pub", parameters_custom_private_subnet_name_value = "gone" },
--   { name = "c", parameters_custom_virtual_network_id_value = "/x/v", parameters_custom_public_subnet_name_value = "pub" },
-- ]
-- given.azure_vnet = [{ id = "/x/v" }]
-- given.azure_subnet = [{ name = "pub", _parent_id = "/x/v", network_security_group_id = "/x/nsg" }]
-- expect = { a = "unknown", b = "unknown", c = "unknown" }
-- [[case]]
-- title = "one subnet without a group fails, whatever the other is"
-- given.azure_databricks_workspace = [{ name = "a", parameters_custom_virtual_network_id_value = "/x/v", parameters_custom_public_subnet_name_value = "pub", parameters_custom_private_subnet_name_value = "gone" }]
-- given.azure_vnet = [{ id = "/x/v" }]
-- given.azure_subnet = [{ name = "pub", _parent_id = "/x/v" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "group of a subnet, or network of the workspace, not readable"
-- given.azure_databricks_workspace = [
--   { name = "a", parameters_custom_virtual_network_id_value = "/x/v", parameters_custom_public_subnet_name_value = "pub", parameters_custom_private_subnet_name_value = "priv" },
--   { name = "b", _gaps = ["parameters_custom_virtual_network_id_value"] },
-- ]
-- given.azure_vnet = [{ id = "/x/v" }]
-- given.azure_subnet = [{ name = "pub", _parent_id = "/x/v", network_security_group_id = "/x/nsg" }, { name = "priv", _parent_id = "/x/v", _gaps = ["network_security_group_id"] }]
-- expect = { a = "unknown", b = "unknown" }
-- [[case]]
-- title = "another subnet is not readable: it does not matter here"
-- given.azure_databricks_workspace = [{ name = "a", parameters_custom_virtual_network_id_value = "/x/v", parameters_custom_public_subnet_name_value = "pub", parameters_custom_private_subnet_name_value = "priv" }]
-- given.azure_vnet = [{ id = "/x/v" }]
-- given.azure_subnet = [{ name = "pub", _parent_id = "/x/v", network_security_group_id = "/x/nsg" }, { name = "priv", _parent_id = "/x/v", network_security_group_id = "/x/nsg" }, { name = "gw", _parent_id = "/x/v", _gaps = ["network_security_group_id"] }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "no workspace"
-- given.azure_databricks_workspace = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "networks denied"
-- ledger = [{ table = "azure_vnet", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }, { table = "azure_subnet", subscription = "11111111-1111-4111-8111-111111111111", status = "denied", code = "ParentNotRead" }]
-- given.azure_databricks_workspace = [{ name = "a", parameters_custom_virtual_network_id_value = "/x/v", parameters_custom_public_subnet_name_value = "pub", parameters_custom_private_subnet_name_value = "priv" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
WITH workspace AS (
    SELECT d.id, d.subscription_id, d.compute_mode,
           nullif(trim(d.parameters_custom_virtual_network_id_value), '') AS vnet_id,
           coalesce(list_contains(d._gaps, 'parameters_custom_virtual_network_id_value'), FALSE) AS vnet_gap,
           nullif(lower(trim(d.parameters_custom_public_subnet_name_value)), '') AS public_subnet,
           nullif(lower(trim(d.parameters_custom_private_subnet_name_value)), '') AS private_subnet
    FROM azure_databricks_workspace AS d
),
subnet AS (
    SELECT n._parent_id AS vnet_id, lower(n.name) AS name, n.id,
           CASE WHEN list_contains(n._gaps, 'network_security_group_id') THEN 'unread'
                WHEN nullif(trim(n.network_security_group_id), '') IS NULL THEN 'none'
                ELSE 'has one'
           END AS state
    FROM azure_subnet AS n
),
joined AS (
    SELECT w.id, w.subscription_id, w.compute_mode, w.vnet_id, w.vnet_gap, w.public_subnet, w.private_subnet, v.id IS NOT NULL AS has_vnet,
           coalesce(p.state, 'absent') AS public_state, coalesce(q.state, 'absent') AS private_state
    FROM workspace AS w
    LEFT JOIN azure_vnet AS v ON v.id = w.vnet_id
    LEFT JOIN subnet AS p ON p.vnet_id = w.vnet_id AND p.name = w.public_subnet
    LEFT JOIN subnet AS q ON q.vnet_id = w.vnet_id AND q.name = w.private_subnet
)
SELECT j.id AS subject, j.id AS resource_id, j.subscription_id,
       CASE WHEN lower(trim(j.compute_mode)) = 'serverless' THEN 'not_applicable'
            WHEN j.vnet_gap THEN NULL
            WHEN j.vnet_id IS NULL THEN 'not_applicable'
            WHEN j.public_state = 'none' OR j.private_state = 'none' THEN 'fail'
            WHEN j.public_state = 'has one' AND j.private_state = 'has one' THEN 'pass'
       END AS verdict,
       CASE WHEN lower(trim(j.compute_mode)) = 'serverless' THEN 'a serverless workspace has no subnets of its own'
            WHEN j.vnet_gap THEN 'the virtual network of the workspace could not be read'
            WHEN j.vnet_id IS NULL THEN 'the workspace is not in a virtual network of the customer'
            WHEN j.public_state = 'none' OR j.private_state = 'none'
            THEN 'without a network security group: '
                 || concat_ws(', ', CASE WHEN j.public_state = 'none' THEN j.public_subnet END, CASE WHEN j.private_state = 'none' THEN j.private_subnet END)
            WHEN j.public_state = 'has one' AND j.private_state = 'has one' THEN 'both subnets have a network security group'
            WHEN NOT j.has_vnet THEN 'the virtual network is not in the snapshot: ' || j.vnet_id
            ELSE 'public subnet ' || coalesce(j.public_subnet, '(no name)') || ': ' || j.public_state
                 || ', private subnet ' || coalesce(j.private_subnet, '(no name)') || ': ' || j.private_state
       END AS reason,
       j.vnet_id AS virtual_network_id, j.public_subnet, j.private_subnet
FROM joined AS j
