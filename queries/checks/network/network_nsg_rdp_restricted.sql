-- title = "RDP closed to the Internet"
-- severity = "critical"
-- subject = "azure_security_group"
-- tables = ["azure_security_group", "azure_security_group_rule"]
-- controls = [
--   "cis_azure_2_0_0:6.1", "cis_azure_2_1_0:6.1", "cis_azure_3_0_0:7.1", "cis_azure_4_0_0:8.1", "cis_azure_5_0_0:7.1",
--   "cis_azure_6_0_0:7.1", "jupiterone_questions:nsg_rdp_from_internet", "nist_800_53_r5:AC-17", "nist_800_53_r5:SC-7",
--   "iso_27001_2022:A.8.14", "iso_27001_2022:A.8.20", "iso_27001_2022:A.8.21", "iso_27001_2022:A.8.22", "pci_dss_4_0:1.3.1",
--   "pci_dss_4_0:1.4.2", "pci_dss_4_0:2.2.4", "soc_2:CC6.6", "mitre_attack:T1046", "mitre_attack:T1048", "mitre_attack:T1199",
--   "mitre_attack:T1498", "mitre_attack:T1499",
-- ]
-- rationale = "A remote desktop port that the whole Internet can reach is a common first step of ransomware: guessed passwords, and flaws in the service itself."
-- remediation = "Name the sources that need it: az network nsg rule update --resource-group GROUP --nsg-name NSG --name RULE --source-address-prefixes 203.0.113.0/24, or delete the rule and use just-in-time access or Bastion."
-- references = ["https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview"]
-- [[case]]
-- title = "open to everybody"
-- given.azure_security_group = [{ id = "/x/g" }]
-- given.azure_security_group_rule = [{ id = "/x/g/securityrules/r", _parent_id = "/x/g", access = "Allow", direction = "Inbound", priority = 100, protocol = "Tcp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "3389" }]
-- expect = { g = "fail" }
-- [[case]]
-- title = "open to one network, or to the virtual network"
-- given.azure_security_group = [{ id = "/x/g" }]
-- given.azure_security_group_rule = [
--   { id = "/x/g/securityrules/r", _parent_id = "/x/g", access = "Allow", direction = "Inbound", priority = 100, protocol = "Tcp", source_address_prefix = "203.0.113.0/24", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "3389" },
--   { id = "/x/g/securityrules/s", _parent_id = "/x/g", access = "Allow", direction = "Inbound", priority = 110, protocol = "*", source_address_prefix = "VirtualNetwork", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "*" },
-- ]
-- expect = { g = "pass" }
-- [[case]]
-- title = "no rule of its own; the default rules admit nobody from outside"
-- given.azure_security_group = [{ id = "/x/g" }, { id = "/x/h" }]
-- given.azure_security_group_rule = [{ id = "/x/h/defaultsecurityrules/allowvnetinbound", _parent_id = "/x/h", access = "Allow", direction = "Inbound", priority = 65000, protocol = "*", source_address_prefix = "VirtualNetwork", source_port_range = "*", destination_address_prefix = "VirtualNetwork", destination_port_range = "*" }]
-- expect = { g = "pass", h = "pass" }
-- [[case]]
-- title = "each spelling of everybody"
-- given.azure_security_group = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c" }, { id = "/x/d" }, { id = "/x/e" }]
-- given.azure_security_group_rule = [
--   { id = "/x/a/securityrules/r", _parent_id = "/x/a", access = "allow", direction = "INBOUND", priority = 100, protocol = "TCP", source_address_prefix = " internet ", source_port_range = "*", destination_address_prefix = "*", destination_port_range = " 3389 " },
--   { id = "/x/b/securityrules/r", _parent_id = "/x/b", access = "Allow", direction = "Inbound", priority = 100, protocol = "Tcp", source_address_prefix = "0.0.0.0/0", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "3389" },
--   { id = "/x/c/securityrules/r", _parent_id = "/x/c", access = "Allow", direction = "Inbound", priority = 100, protocol = "Tcp", source_address_prefix = "0.0.0.0", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "3389" },
--   { id = "/x/d/securityrules/r", _parent_id = "/x/d", access = "Allow", direction = "Inbound", priority = 100, protocol = "Tcp", source_address_prefix = "::/0", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "3389" },
--   { id = "/x/e/securityrules/r", _parent_id = "/x/e", access = "Allow", direction = "Inbound", priority = 100, protocol = "Tcp", source_address_prefix = "Any", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "3389" },
-- ]
-- expect = { a = "fail", b = "fail", c = "fail", d = "fail", e = "fail" }
-- [[case]]
-- title = "plural fields, ranges and the wildcard port"
-- given.azure_security_group = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c" }, { id = "/x/d" }]
-- given.azure_security_group_rule = [
--   { id = "/x/a/securityrules/r", _parent_id = "/x/a", access = "Allow", direction = "Inbound", priority = 100, protocol = "Tcp", source_address_prefixes = ["10.0.0.0/8", "0.0.0.0/0"], source_port_range = "*", destination_address_prefix = "*", destination_port_ranges = ["443", "3387-3392"] },
--   { id = "/x/b/securityrules/r", _parent_id = "/x/b", access = "Allow", direction = "Inbound", priority = 100, protocol = "*", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "*" },
--   { id = "/x/c/securityrules/r", _parent_id = "/x/c", access = "Allow", direction = "Inbound", priority = 100, protocol = "Tcp", source_address_prefix = "10.0.0.0/8", source_address_prefixes = ["Internet"], source_port_range = "*", destination_address_prefix = "*", destination_port_range = "443", destination_port_ranges = ["3389"] },
--   { id = "/x/d/securityrules/r", _parent_id = "/x/d", access = "Allow", direction = "Inbound", priority = 100, protocol = "Tcp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "3390-65535", destination_port_ranges = ["443", "1-3388"] },
-- ]
-- expect = { a = "fail", b = "fail", c = "fail", d = "pass" }
-- [[case]]
-- title = "both halves count as everybody, one half, also given twice, does not; also spread over two rules"
-- given.azure_security_group = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c" }, { id = "/x/d" }, { id = "/x/e" }]
-- given.azure_security_group_rule = [
--   { id = "/x/e/securityrules/r", _parent_id = "/x/e", access = "Allow", direction = "Inbound", priority = 100, protocol = "Tcp", source_address_prefix = "0.0.0.0/1", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "3389" },
--   { id = "/x/e/securityrules/s", _parent_id = "/x/e", access = "Allow", direction = "Inbound", priority = 110, protocol = "Tcp", source_address_prefix = "0.0.0.0/1", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "3389" },
--   { id = "/x/a/securityrules/r", _parent_id = "/x/a", access = "Allow", direction = "Inbound", priority = 100, protocol = "Tcp", source_address_prefixes = ["0.0.0.0/1", "128.0.0.0/1"], source_port_range = "*", destination_address_prefix = "*", destination_port_range = "3389" },
--   { id = "/x/b/securityrules/r", _parent_id = "/x/b", access = "Allow", direction = "Inbound", priority = 100, protocol = "Tcp", source_address_prefixes = ["0.0.0.0/1"], source_port_range = "*", destination_address_prefix = "*", destination_port_range = "3389" },
--   { id = "/x/c/securityrules/r", _parent_id = "/x/c", access = "Allow", direction = "Inbound", priority = 100, protocol = "Tcp", source_address_prefix = "0.0.0.0/1", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "3389" },
--   { id = "/x/c/securityrules/s", _parent_id = "/x/c", access = "Allow", direction = "Inbound", priority = 101, protocol = "Tcp", source_address_prefix = "128.0.0.0/1", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "3389" },
--   { id = "/x/d/securityrules/r", _parent_id = "/x/d", access = "Allow", direction = "Inbound", priority = 100, protocol = "Tcp", source_address_prefixes = ["::/1", "8000::/1"], source_port_range = "*", destination_address_prefix = "*", destination_port_range = "3389" },
-- ]
-- expect = { a = "fail", b = "pass", c = "fail", d = "fail", e = "pass" }
-- [[case]]
-- title = "outbound, another protocol, another port, or a deny"
-- given.azure_security_group = [{ id = "/x/g" }]
-- given.azure_security_group_rule = [
--   { id = "/x/g/securityrules/r1", _parent_id = "/x/g", access = "Allow", direction = "Outbound", priority = 100, protocol = "*", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "*" },
--   { id = "/x/g/securityrules/r2", _parent_id = "/x/g", access = "Allow", direction = "Inbound", priority = 100, protocol = "Udp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "3389" },
--   { id = "/x/g/securityrules/r3", _parent_id = "/x/g", access = "Allow", direction = "Inbound", priority = 101, protocol = "Tcp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "443" },
--   { id = "/x/g/securityrules/r4", _parent_id = "/x/g", access = "Deny", direction = "Inbound", priority = 102, protocol = "Tcp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "3389" },
--   { id = "/x/g/securityrules/r5", _parent_id = "/x/g", access = "Allow", direction = "Inbound", priority = 103, protocol = "Icmp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "*" },
-- ]
-- expect = { g = "pass" }
-- [[case]]
-- title = "a deny that comes first and is as wide closes it; one that comes later does not"
-- given.azure_security_group = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c" }, { id = "/x/d" }, { id = "/x/e" }, { id = "/x/f" }]
-- given.azure_security_group_rule = [
--   { id = "/x/f/securityrules/d", _parent_id = "/x/f", access = "Deny", direction = "Inbound", priority = 100, protocol = "Tcp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "20-4000" },
--   { id = "/x/f/securityrules/r", _parent_id = "/x/f", access = "Allow", direction = "Inbound", priority = 200, protocol = "Tcp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "10.0.0.4", destination_port_range = "3389" },
--   { id = "/x/d/securityrules/d", _parent_id = "/x/d", access = "deny", direction = "Inbound", priority = 100, protocol = "Tcp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = " Any ", destination_port_range = "3389" },
--   { id = "/x/d/securityrules/r", _parent_id = "/x/d", access = "Allow", direction = "Inbound", priority = 200, protocol = "Tcp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "3389" },
--   { id = "/x/e/securityrules/d", _parent_id = "/x/e", access = "Deny", direction = "Inbound", priority = 100, protocol = "Tcp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "virtualnetwork", destination_port_range = "3389" },
--   { id = "/x/e/securityrules/r", _parent_id = "/x/e", access = "Allow", direction = "Inbound", priority = 200, protocol = "Tcp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "VirtualNetwork", destination_port_range = "3389" },
--   { id = "/x/a/securityrules/d", _parent_id = "/x/a", access = "Deny", direction = "Inbound", priority = 100, protocol = "*", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "*" },
--   { id = "/x/a/securityrules/r", _parent_id = "/x/a", access = "Allow", direction = "Inbound", priority = 200, protocol = "Tcp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "3389" },
--   { id = "/x/b/securityrules/r", _parent_id = "/x/b", access = "Allow", direction = "Inbound", priority = 200, protocol = "Tcp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "3389" },
--   { id = "/x/b/securityrules/d", _parent_id = "/x/b", access = "Deny", direction = "Inbound", priority = 300, protocol = "*", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "*" },
--   { id = "/x/c/securityrules/d", _parent_id = "/x/c", access = "Deny", direction = "Inbound", priority = 100, protocol = "tcp", source_address_prefixes = ["Internet"], source_port_range = "*", destination_address_prefix = "10.0.0.4", destination_port_ranges = ["22", "3389"] },
--   { id = "/x/c/securityrules/r", _parent_id = "/x/c", access = "Allow", direction = "Inbound", priority = 200, protocol = "Tcp", source_address_prefix = "0.0.0.0/0", source_port_range = "*", destination_address_prefix = "10.0.0.4", destination_port_range = "3389" },
-- ]
-- expect = { a = "pass", b = "fail", c = "pass", d = "pass", e = "pass", f = "pass" }
-- [[case]]
-- title = "a deny that comes first but covers less leaves it open"
-- given.azure_security_group = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c" }, { id = "/x/d" }, { id = "/x/e" }, { id = "/x/f" }, { id = "/x/g" }]
-- given.azure_security_group_rule = [
--   { id = "/x/a/securityrules/d", _parent_id = "/x/a", access = "Deny", direction = "Inbound", priority = 100, protocol = "*", source_address_prefix = "10.0.0.0/8", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "*" },
--   { id = "/x/a/securityrules/r", _parent_id = "/x/a", access = "Allow", direction = "Inbound", priority = 200, protocol = "Tcp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "3389" },
--   { id = "/x/b/securityrules/d", _parent_id = "/x/b", access = "Deny", direction = "Inbound", priority = 100, protocol = "Udp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "*" },
--   { id = "/x/b/securityrules/r", _parent_id = "/x/b", access = "Allow", direction = "Inbound", priority = 200, protocol = "Tcp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "3389" },
--   { id = "/x/c/securityrules/d", _parent_id = "/x/c", access = "Deny", direction = "Inbound", priority = 100, protocol = "*", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "443" },
--   { id = "/x/c/securityrules/r", _parent_id = "/x/c", access = "Allow", direction = "Inbound", priority = 200, protocol = "Tcp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "3389" },
--   { id = "/x/d/securityrules/d", _parent_id = "/x/d", access = "Deny", direction = "Inbound", priority = 100, protocol = "*", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "10.0.0.4", destination_port_range = "*" },
--   { id = "/x/d/securityrules/r", _parent_id = "/x/d", access = "Allow", direction = "Inbound", priority = 200, protocol = "Tcp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "3389" },
--   { id = "/x/e/securityrules/d", _parent_id = "/x/e", access = "Deny", direction = "Inbound", priority = 100, protocol = "*", source_address_prefix = "0.0.0.0/0", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "*" },
--   { id = "/x/e/securityrules/r", _parent_id = "/x/e", access = "Allow", direction = "Inbound", priority = 200, protocol = "Tcp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "3389" },
--   { id = "/x/f/securityrules/d", _parent_id = "/x/f", access = "Deny", direction = "Inbound", priority = 100, protocol = "*", source_address_prefix = "*", source_port_range = "1024-65535", destination_address_prefix = "*", destination_port_range = "*" },
--   { id = "/x/f/securityrules/r", _parent_id = "/x/f", access = "Allow", direction = "Inbound", priority = 200, protocol = "Tcp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "3389" },
--   { id = "/x/g/securityrules/d", _parent_id = "/x/g", access = "Deny", direction = "Outbound", priority = 100, protocol = "*", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "*" },
--   { id = "/x/g/securityrules/r", _parent_id = "/x/g", access = "Allow", direction = "Inbound", priority = 200, protocol = "Tcp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "3389" },
-- ]
-- expect = { a = "fail", b = "fail", c = "fail", d = "fail", e = "fail", f = "fail", g = "fail" }
-- [[case]]
-- title = "destinations that are not addresses are not taken for equal; a bare zero address denies one address"
-- given.azure_security_group = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c" }]
-- given.azure_security_group_rule = [
--   { id = "/x/a/securityrules/d", _parent_id = "/x/a", access = "Deny", direction = "Inbound", priority = 100, protocol = "*", source_address_prefix = "*", source_port_range = "*", destination_port_range = "*" },
--   { id = "/x/a/securityrules/r", _parent_id = "/x/a", access = "Allow", direction = "Inbound", priority = 200, protocol = "Tcp", source_address_prefix = "*", source_port_range = "*", destination_port_range = "3389" },
--   { id = "/x/b/securityrules/d", _parent_id = "/x/b", access = "Deny", direction = "Inbound", priority = 100, protocol = "*", source_address_prefix = "0.0.0.0", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "*" },
--   { id = "/x/b/securityrules/r", _parent_id = "/x/b", access = "Allow", direction = "Inbound", priority = 200, protocol = "Tcp", source_address_prefix = "0.0.0.0/0", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "3389" },
--   { id = "/x/c/securityrules/d", _parent_id = "/x/c", access = "Deny", direction = "Inbound", priority = 100, protocol = "*", source_address_prefixes = ["0.0.0.0/1", "128.0.0.0/1"], source_port_range = "*", destination_address_prefix = "*", destination_port_range = "*" },
--   { id = "/x/c/securityrules/r", _parent_id = "/x/c", access = "Allow", direction = "Inbound", priority = 200, protocol = "Tcp", source_address_prefix = "0.0.0.0/0", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "3389" },
-- ]
-- expect = { a = "fail", b = "fail", c = "pass" }
-- [[case]]
-- title = "an application security group as source is nobody from outside; no source at all is not readable"
-- given.azure_security_group = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_security_group_rule = [
--   { id = "/x/a/securityrules/r", _parent_id = "/x/a", access = "Allow", direction = "Inbound", priority = 200, protocol = "Tcp", source_application_security_groups_id = ["/x/asg"], source_port_range = "*", destination_address_prefix = "*", destination_port_range = "3389" },
--   { id = "/x/b/securityrules/r", _parent_id = "/x/b", access = "Allow", direction = "Inbound", priority = 200, protocol = "Tcp", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "3389" },
-- ]
-- expect = { a = "pass", b = "unknown" }
-- [[case]]
-- title = "a rule that could not be read: unknown, unless another rule proves the fail"
-- given.azure_security_group = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c" }, { id = "/x/d" }]
-- given.azure_security_group_rule = [
--   { id = "/x/a/securityrules/r", _parent_id = "/x/a", access = "Allow", direction = "Inbound", priority = 200, protocol = "Tcp", source_address_prefix = "10.0.0.0/8", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "3389", _gaps = ["source_address_prefixes"] },
--   { id = "/x/b/securityrules/r", _parent_id = "/x/b", access = "Allow", direction = "Inbound", priority = 200, protocol = "Tcp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "3389" },
--   { id = "/x/b/securityrules/s", _parent_id = "/x/b", access = "Deny", direction = "Inbound", priority = 300, protocol = "Tcp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", _gaps = ["destination_port_range"] },
--   { id = "/x/c/securityrules/r", _parent_id = "/x/c", access = "Allow", direction = "Inbound", priority = 200, protocol = "Tcp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "3389" },
--   { id = "/x/c/securityrules/s", _parent_id = "/x/c", access = "Deny", direction = "Inbound", priority = 100, protocol = "Tcp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", _gaps = ["destination_port_range"] },
--   { id = "/x/d/securityrules/r", _parent_id = "/x/d", access = "Deny", direction = "Inbound", priority = 200, protocol = "Tcp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", _gaps = ["destination_port_range", "description"] },
-- ]
-- expect = { a = "unknown", b = "fail", c = "unknown", d = "pass" }
-- [[case]]
-- title = "a rule that lacks what decides is not readable; outbound it does not matter"
-- given.azure_security_group = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c" }, { id = "/x/d" }, { id = "/x/e" }, { id = "/x/f" }, { id = "/x/g" }]
-- given.azure_security_group_rule = [
--   { id = "/x/a/securityrules/r", _parent_id = "/x/a", direction = "Inbound", priority = 100, protocol = "Tcp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "3389" },
--   { id = "/x/b/securityrules/r", _parent_id = "/x/b", access = "Allow", priority = 100, protocol = "Tcp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "3389" },
--   { id = "/x/c/securityrules/r", _parent_id = "/x/c", access = "Allow", direction = "Inbound", priority = 100, source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "3389" },
--   { id = "/x/d/securityrules/r", _parent_id = "/x/d", access = "Allow", direction = "Inbound", protocol = "Tcp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "3389" },
--   { id = "/x/e/securityrules/r", _parent_id = "/x/e", access = "Allow", direction = "Inbound", priority = 100, protocol = "Tcp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*" },
--   { id = "/x/f/securityrules/r", _parent_id = "/x/f", direction = "Inbound", protocol = "Tcp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "3389" },
--   { id = "/x/f/securityrules/s", _parent_id = "/x/f", access = "Allow", direction = "Inbound", priority = 200, protocol = "Tcp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "3389" },
--   { id = "/x/g/securityrules/r", _parent_id = "/x/g", direction = "Outbound", priority = 100, protocol = "Tcp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "3389" },
--   { id = "/x/g/securityrules/s", _parent_id = "/x/g", access = "Allow", direction = "Inbound", priority = 200, protocol = "Tcp", source_address_prefix = "10.0.0.0/8", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "3389" },
-- ]
-- expect = { a = "unknown", b = "unknown", c = "unknown", d = "unknown", e = "unknown", f = "unknown", g = "pass" }
-- [[case]]
-- title = "the group's own column not readable"
-- given.azure_security_group = [{ id = "/x/g", _gaps = ["subnets_id"] }]
-- expect = { g = "unknown" }
-- [[case]]
-- title = "no security group"
-- given.azure_security_group = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "list denied"
-- ledger = [{ table = "azure_security_group", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }, { table = "azure_security_group_rule", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_security_group = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "a deny from all source ports, written as a range, and one to all addresses written 0.0.0.0/0 close it"
-- given.azure_security_group = [{ id = "/x/g" }, { id = "/x/h" }]
-- given.azure_security_group_rule = [
--  { id = "/x/g/securityrules/a", _parent_id = "/x/g", priority = 200, access = "Allow", direction = "Inbound", protocol = "Tcp", source_address_prefix = "0.0.0.0/0", source_port_range = "*", destination_port_range = "3389", destination_address_prefix = "*" },
--  { id = "/x/g/securityrules/d", _parent_id = "/x/g", priority = 100, access = "Deny", direction = "Inbound", protocol = "Tcp", source_address_prefix = "*", source_port_range = "0-65535", destination_port_range = "3389", destination_address_prefix = "*" },
--  { id = "/x/h/securityrules/a", _parent_id = "/x/h", priority = 200, access = "Allow", direction = "Inbound", protocol = "Tcp", source_address_prefix = "0.0.0.0/0", source_port_range = "*", destination_port_range = "3389", destination_address_prefix = "*" },
--  { id = "/x/h/securityrules/d", _parent_id = "/x/h", priority = 100, access = "Deny", direction = "Inbound", protocol = "*", source_address_prefix = "Internet", source_port_range = "*", destination_port_range = "*", destination_address_prefix = "0.0.0.0/0" } ]
-- expect = { g = "pass", h = "pass" }
WITH exposed AS (
    SELECT p.security_group_id,
           sum(CASE WHEN p.state = 'open' THEN 1 ELSE 0 END) AS n_open,
           sum(CASE WHEN p.state = 'gap' THEN 1 ELSE 0 END) AS n_gap,
           list_sort(list(DISTINCT p.rule_name || ' (priority ' || p.priority || ')') FILTER (WHERE p.state = 'open')) AS open_rules,
           list_sort(list(DISTINCT p.rule_name) FILTER (WHERE p.state = 'gap')) AS unread_rules
    FROM nsg_internet_ports AS p
    WHERE p.port = 3389
    GROUP BY p.security_group_id
)
SELECT s.id AS subject, s.id AS resource_id, s.subscription_id,
       CASE WHEN e.n_open > 0 THEN 'fail'
            WHEN e.n_gap > 0 THEN NULL
            ELSE 'pass'
       END AS verdict,
       CASE WHEN e.n_open > 0 THEN 'any source reaches port 3389 through ' || array_to_string(e.open_rules, ', ')
            WHEN e.n_gap > 0 THEN 'whether port 3389 is open hangs on rules that could not be read: ' || array_to_string(e.unread_rules, ', ')
            ELSE 'no rule lets any source reach port 3389'
       END AS reason,
       e.open_rules, s.subnets_id, s.network_interfaces_id
FROM azure_security_group AS s
LEFT JOIN exposed AS e ON e.security_group_id = s.id
