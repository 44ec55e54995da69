-- title = "Groups that open UDP to the internet"
-- severity = "medium"
-- subject = "azure_security_group"
-- tables = ["azure_security_group", "azure_security_group_rule"]
-- controls = ["jupiterone_questions:nsg_udp_from_internet"]
-- rationale = "The sender of a UDP packet can be forged, so that services that answer everybody are used to flood others, and tell about themselves. The question mostly missed: it took a placeholder for the address range, knew Internet in one letter case only and skipped lists of ports and sources. Denies that come first and IPv6 are weighed here, and any UDP port counts; a check of its own asks for the ports that are abused most. Groups that are set on nothing are listed too."
-- remediation = "az network nsg rule update --ids RULE_ID --source-address-prefixes ADDRESSES, or delete the rule"
-- references = ["https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview"]
-- [[case]]
-- title = "UDP or any protocol open to everybody, each spelling"
-- given.azure_security_group = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c" }, { id = "/x/d" }]
-- given.azure_security_group_rule = [
--   { id = "/x/a/securityrules/r", _parent_id = "/x/a", access = "Allow", direction = "Inbound", priority = 100, protocol = "Udp", source_port_range = "*", destination_address_prefix = "*", source_address_prefix = "*", destination_port_range = "53" },
--   { id = "/x/b/securityrules/r", _parent_id = "/x/b", access = "Allow", direction = "Inbound", priority = 100, protocol = "*", source_port_range = "*", destination_address_prefix = "*", source_address_prefix = "0.0.0.0/0", destination_port_range = "*" },
--   { id = "/x/c/securityrules/r", _parent_id = "/x/c", access = "Allow", direction = "Inbound", priority = 100, protocol = "UDP", source_port_range = "*", destination_address_prefix = "*", source_address_prefix = "Internet", destination_port_range = "500" },
--   { id = "/x/d/securityrules/r", _parent_id = "/x/d", access = "Allow", direction = "Inbound", priority = 100, protocol = "Udp", source_port_range = "*", destination_address_prefix = "*", source_address_prefix = "::/0", destination_port_range = "4500" },
-- ]
-- expect = { a = "fail", b = "fail", c = "fail", d = "fail" }
-- [[case]]
-- title = "lists of ports and of sources"
-- given.azure_security_group = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_security_group_rule = [
--   { id = "/x/a/securityrules/r", _parent_id = "/x/a", access = "Allow", direction = "Inbound", priority = 100, protocol = "Udp", source_port_range = "*", destination_address_prefix = "*", source_address_prefixes = ["10.0.0.0/8", "Internet"], destination_port_ranges = ["53", "1000-2000"] },
--   { id = "/x/b/securityrules/r", _parent_id = "/x/b", access = "Allow", direction = "Inbound", priority = 100, protocol = "Udp", source_port_range = "*", destination_address_prefix = "*", source_address_prefixes = ["0.0.0.0/1", "128.0.0.0/1"], destination_port_ranges = ["53"] },
-- ]
-- expect = { a = "fail", b = "fail" }
-- [[case]]
-- title = "TCP only, a narrow source, outbound, no rule: not open"
-- given.azure_security_group = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c" }, { id = "/x/d" }]
-- given.azure_security_group_rule = [
--   { id = "/x/a/securityrules/r", _parent_id = "/x/a", access = "Allow", direction = "Inbound", priority = 100, protocol = "Tcp", source_port_range = "*", destination_address_prefix = "*", source_address_prefix = "*", destination_port_range = "53" },
--   { id = "/x/b/securityrules/r", _parent_id = "/x/b", access = "Allow", direction = "Inbound", priority = 100, protocol = "Udp", source_port_range = "*", destination_address_prefix = "*", source_address_prefix = "203.0.113.0/24", destination_port_range = "53" },
--   { id = "/x/c/securityrules/r", _parent_id = "/x/c", access = "Allow", direction = "Outbound", priority = 100, protocol = "Udp", source_port_range = "*", destination_address_prefix = "*", source_address_prefix = "*", destination_port_range = "53" },
-- ]
-- expect = { a = "pass", b = "pass", c = "pass", d = "pass" }
-- [[case]]
-- title = "a deny of UDP that comes first, also before a rule for any protocol; a later deny is too late"
-- given.azure_security_group = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c" }]
-- given.azure_security_group_rule = [
--   { id = "/x/a/securityrules/d", _parent_id = "/x/a", access = "Deny", direction = "Inbound", priority = 90, protocol = "Udp", source_port_range = "*", destination_address_prefix = "*", source_address_prefix = "*", destination_port_range = "*" },
--   { id = "/x/a/securityrules/r", _parent_id = "/x/a", access = "Allow", direction = "Inbound", priority = 100, protocol = "Udp", source_port_range = "*", destination_address_prefix = "*", source_address_prefix = "*", destination_port_range = "53" },
--   { id = "/x/b/securityrules/d", _parent_id = "/x/b", access = "Deny", direction = "Inbound", priority = 90, protocol = "Udp", source_port_range = "*", destination_address_prefix = "*", source_address_prefix = "*", destination_port_range = "*" },
--   { id = "/x/b/securityrules/r", _parent_id = "/x/b", access = "Allow", direction = "Inbound", priority = 100, protocol = "*", source_port_range = "*", destination_address_prefix = "*", source_address_prefix = "*", destination_port_range = "*" },
--   { id = "/x/c/securityrules/d", _parent_id = "/x/c", access = "Deny", direction = "Inbound", priority = 110, protocol = "Udp", source_port_range = "*", destination_address_prefix = "*", source_address_prefix = "*", destination_port_range = "*" },
--   { id = "/x/c/securityrules/r", _parent_id = "/x/c", access = "Allow", direction = "Inbound", priority = 100, protocol = "Udp", source_port_range = "*", destination_address_prefix = "*", source_address_prefix = "*", destination_port_range = "53" },
-- ]
-- expect = { a = "pass", b = "pass", c = "fail" }
-- [[case]]
-- title = "a rule not readable: an allow, and a deny that may come first; one for TCP does not matter"
-- given.azure_security_group = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c" }]
-- given.azure_security_group_rule = [
--   { id = "/x/a/securityrules/r", _parent_id = "/x/a", access = "Allow", direction = "Inbound", priority = 100, protocol = "Udp", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "53", _gaps = ["source_address_prefix"] },
--   { id = "/x/b/securityrules/d", _parent_id = "/x/b", access = "Deny", direction = "Inbound", priority = 90, protocol = "Udp", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "53", _gaps = ["source_address_prefix"] },
--   { id = "/x/b/securityrules/r", _parent_id = "/x/b", access = "Allow", direction = "Inbound", priority = 100, protocol = "Udp", source_port_range = "*", destination_address_prefix = "*", source_address_prefix = "*", destination_port_range = "53" },
--   { id = "/x/c/securityrules/r", _parent_id = "/x/c", access = "Allow", direction = "Inbound", priority = 100, protocol = "Tcp", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "53", _gaps = ["source_address_prefix"] },
-- ]
-- expect = { a = "unknown", b = "unknown", c = "pass" }
-- [[case]]
-- title = "wide sources are everybody: the routable IPv6 space, four quarters in one rule or in four, one quarter, a /7; a /8 and a /24 are not"
-- given.azure_security_group = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c" }, { id = "/x/d" }, { id = "/x/e" }, { id = "/x/f" }, { id = "/x/g" }]
-- given.azure_security_group_rule = [
--   { id = "/x/a/securityrules/r", _parent_id = "/x/a", access = "Allow", direction = "Inbound", priority = 100, protocol = "Udp", source_address_prefix = "2000::/3", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "53" },
--   { id = "/x/b/securityrules/r", _parent_id = "/x/b", access = "Allow", direction = "Inbound", priority = 100, protocol = "Udp", source_address_prefixes = ["0.0.0.0/2", "64.0.0.0/2", "128.0.0.0/2", "192.0.0.0/2"], source_port_range = "*", destination_address_prefix = "*", destination_port_range = "53" },
--   { id = "/x/c/securityrules/r0", _parent_id = "/x/c", access = "Allow", direction = "Inbound", priority = 100, protocol = "Udp", source_address_prefix = "0.0.0.0/2", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "53" },
--   { id = "/x/c/securityrules/r1", _parent_id = "/x/c", access = "Allow", direction = "Inbound", priority = 101, protocol = "Udp", source_address_prefix = "64.0.0.0/2", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "53" },
--   { id = "/x/c/securityrules/r2", _parent_id = "/x/c", access = "Allow", direction = "Inbound", priority = 102, protocol = "Udp", source_address_prefix = "128.0.0.0/2", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "53" },
--   { id = "/x/c/securityrules/r3", _parent_id = "/x/c", access = "Allow", direction = "Inbound", priority = 103, protocol = "Udp", source_address_prefix = "192.0.0.0/2", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "53" },
--   { id = "/x/d/securityrules/r", _parent_id = "/x/d", access = "Allow", direction = "Inbound", priority = 100, protocol = "Udp", source_address_prefix = "64.0.0.0/2", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "53" },
--   { id = "/x/e/securityrules/r", _parent_id = "/x/e", access = "Allow", direction = "Inbound", priority = 100, protocol = "Udp", source_address_prefix = "20.0.0.0/7", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "53" },
--   { id = "/x/f/securityrules/r", _parent_id = "/x/f", access = "Allow", direction = "Inbound", priority = 100, protocol = "Udp", source_address_prefix = "20.0.0.0/8", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "53" },
--   { id = "/x/g/securityrules/r", _parent_id = "/x/g", access = "Allow", direction = "Inbound", priority = 100, protocol = "Udp", source_address_prefixes = ["203.0.113.0/24", "2001:db8::/32"], source_port_range = "*", destination_address_prefix = "*", destination_port_range = "53" },
-- ]
-- expect = { a = "fail", b = "fail", c = "fail", d = "fail", e = "fail", f = "pass", g = "pass" }
-- [[case]]
-- title = "many /8 side by side: half of the Internet and more is everybody, less is not; the same prefix twice counts once; IPv6 by /13"
-- given.azure_security_group = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c" }, { id = "/x/d" }, { id = "/x/e" }]
-- given.azure_security_group_rule = [
--   { id = "/x/a/securityrules/r", _parent_id = "/x/a", access = "Allow", direction = "Inbound", priority = 100, protocol = "Udp", source_address_prefixes = ["1.0.0.0/8", "2.0.0.0/8", "3.0.0.0/8", "4.0.0.0/8", "5.0.0.0/8", "6.0.0.0/8", "7.0.0.0/8", "8.0.0.0/8", "9.0.0.0/8", "11.0.0.0/8", "12.0.0.0/8", "13.0.0.0/8", "14.0.0.0/8", "15.0.0.0/8", "16.0.0.0/8", "17.0.0.0/8", "18.0.0.0/8", "19.0.0.0/8", "20.0.0.0/8", "21.0.0.0/8", "22.0.0.0/8", "23.0.0.0/8", "24.0.0.0/8", "25.0.0.0/8", "26.0.0.0/8", "27.0.0.0/8", "28.0.0.0/8", "29.0.0.0/8", "30.0.0.0/8", "31.0.0.0/8", "32.0.0.0/8", "33.0.0.0/8", "34.0.0.0/8", "35.0.0.0/8", "36.0.0.0/8", "37.0.0.0/8", "38.0.0.0/8", "39.0.0.0/8", "40.0.0.0/8", "41.0.0.0/8", "42.0.0.0/8", "43.0.0.0/8", "44.0.0.0/8", "45.0.0.0/8", "46.0.0.0/8", "47.0.0.0/8", "48.0.0.0/8", "49.0.0.0/8", "50.0.0.0/8", "51.0.0.0/8", "52.0.0.0/8", "53.0.0.0/8", "54.0.0.0/8", "55.0.0.0/8", "56.0.0.0/8", "57.0.0.0/8", "58.0.0.0/8", "59.0.0.0/8", "60.0.0.0/8", "61.0.0.0/8", "62.0.0.0/8", "63.0.0.0/8", "64.0.0.0/8", "65.0.0.0/8", "66.0.0.0/8", "67.0.0.0/8", "68.0.0.0/8", "69.0.0.0/8", "70.0.0.0/8", "71.0.0.0/8", "72.0.0.0/8", "73.0.0.0/8", "74.0.0.0/8", "75.0.0.0/8", "76.0.0.0/8", "77.0.0.0/8", "78.0.0.0/8", "79.0.0.0/8", "80.0.0.0/8", "81.0.0.0/8", "82.0.0.0/8", "83.0.0.0/8", "84.0.0.0/8", "85.0.0.0/8", "86.0.0.0/8", "87.0.0.0/8", "88.0.0.0/8", "89.0.0.0/8", "90.0.0.0/8", "91.0.0.0/8", "92.0.0.0/8", "93.0.0.0/8", "94.0.0.0/8", "95.0.0.0/8", "96.0.0.0/8", "97.0.0.0/8", "98.0.0.0/8", "99.0.0.0/8", "100.0.0.0/8", "101.0.0.0/8", "102.0.0.0/8", "103.0.0.0/8", "104.0.0.0/8", "105.0.0.0/8", "106.0.0.0/8", "107.0.0.0/8", "108.0.0.0/8", "109.0.0.0/8", "110.0.0.0/8", "111.0.0.0/8", "112.0.0.0/8", "113.0.0.0/8", "114.0.0.0/8", "115.0.0.0/8", "116.0.0.0/8", "117.0.0.0/8", "118.0.0.0/8", "119.0.0.0/8", "120.0.0.0/8", "121.0.0.0/8", "122.0.0.0/8", "123.0.0.0/8", "124.0.0.0/8", "125.0.0.0/8", "126.0.0.0/8", "128.0.0.0/8", "129.0.0.0/8", "130.0.0.0/8", "131.0.0.0/8"], source_port_range = "*", destination_address_prefix = "*", destination_port_range = "53" },
--   { id = "/x/b/securityrules/r", _parent_id = "/x/b", access = "Allow", direction = "Inbound", priority = 100, protocol = "Udp", source_address_prefixes = ["1.0.0.0/8", "2.0.0.0/8", "3.0.0.0/8", "4.0.0.0/8", "5.0.0.0/8", "6.0.0.0/8", "7.0.0.0/8", "8.0.0.0/8", "9.0.0.0/8", "11.0.0.0/8", "12.0.0.0/8", "13.0.0.0/8", "14.0.0.0/8", "15.0.0.0/8", "16.0.0.0/8", "17.0.0.0/8", "18.0.0.0/8", "19.0.0.0/8", "20.0.0.0/8", "21.0.0.0/8", "22.0.0.0/8", "23.0.0.0/8", "24.0.0.0/8", "25.0.0.0/8", "26.0.0.0/8", "27.0.0.0/8", "28.0.0.0/8", "29.0.0.0/8", "30.0.0.0/8", "31.0.0.0/8", "32.0.0.0/8", "33.0.0.0/8", "34.0.0.0/8", "35.0.0.0/8", "36.0.0.0/8", "37.0.0.0/8", "38.0.0.0/8", "39.0.0.0/8", "40.0.0.0/8", "41.0.0.0/8", "42.0.0.0/8", "43.0.0.0/8", "44.0.0.0/8", "45.0.0.0/8", "46.0.0.0/8", "47.0.0.0/8", "48.0.0.0/8", "49.0.0.0/8", "50.0.0.0/8", "51.0.0.0/8", "52.0.0.0/8", "53.0.0.0/8", "54.0.0.0/8", "55.0.0.0/8", "56.0.0.0/8", "57.0.0.0/8", "58.0.0.0/8", "59.0.0.0/8", "60.0.0.0/8", "61.0.0.0/8", "62.0.0.0/8", "63.0.0.0/8", "64.0.0.0/8", "65.0.0.0/8", "66.0.0.0/8", "67.0.0.0/8", "68.0.0.0/8", "69.0.0.0/8", "70.0.0.0/8", "71.0.0.0/8"], source_port_range = "*", destination_address_prefix = "*", destination_port_range = "53" },
--   { id = "/x/b/securityrules/s", _parent_id = "/x/b", access = "Allow", direction = "Inbound", priority = 110, protocol = "Udp", source_address_prefixes = ["72.0.0.0/8", "73.0.0.0/8", "74.0.0.0/8", "75.0.0.0/8", "76.0.0.0/8", "77.0.0.0/8", "78.0.0.0/8", "79.0.0.0/8", "80.0.0.0/8", "81.0.0.0/8", "82.0.0.0/8", "83.0.0.0/8", "84.0.0.0/8", "85.0.0.0/8", "86.0.0.0/8", "87.0.0.0/8", "88.0.0.0/8", "89.0.0.0/8", "90.0.0.0/8", "91.0.0.0/8", "92.0.0.0/8", "93.0.0.0/8", "94.0.0.0/8", "95.0.0.0/8", "96.0.0.0/8", "97.0.0.0/8", "98.0.0.0/8", "99.0.0.0/8", "100.0.0.0/8", "101.0.0.0/8", "102.0.0.0/8", "103.0.0.0/8", "104.0.0.0/8", "105.0.0.0/8", "106.0.0.0/8", "107.0.0.0/8", "108.0.0.0/8", "109.0.0.0/8", "110.0.0.0/8", "111.0.0.0/8", "112.0.0.0/8", "113.0.0.0/8", "114.0.0.0/8", "115.0.0.0/8", "116.0.0.0/8", "117.0.0.0/8", "118.0.0.0/8", "119.0.0.0/8", "120.0.0.0/8", "121.0.0.0/8", "122.0.0.0/8", "123.0.0.0/8", "124.0.0.0/8", "125.0.0.0/8", "126.0.0.0/8", "128.0.0.0/8", "129.0.0.0/8", "130.0.0.0/8", "131.0.0.0/8", "132.0.0.0/8", "133.0.0.0/8", "134.0.0.0/8", "135.0.0.0/8", "136.0.0.0/8", "137.0.0.0/8", "138.0.0.0/8", "139.0.0.0/8", "140.0.0.0/8", "141.0.0.0/8", "142.0.0.0/8"], source_port_range = "*", destination_address_prefix = "*", destination_port_range = "53" },
--   { id = "/x/c/securityrules/r", _parent_id = "/x/c", access = "Allow", direction = "Inbound", priority = 100, protocol = "Udp", source_address_prefixes = ["1.0.0.0/8", "2.0.0.0/8", "3.0.0.0/8", "4.0.0.0/8", "5.0.0.0/8", "6.0.0.0/8", "7.0.0.0/8", "8.0.0.0/8", "9.0.0.0/8", "11.0.0.0/8", "12.0.0.0/8", "13.0.0.0/8", "14.0.0.0/8", "15.0.0.0/8", "16.0.0.0/8", "17.0.0.0/8", "18.0.0.0/8", "19.0.0.0/8", "20.0.0.0/8", "21.0.0.0/8", "22.0.0.0/8", "23.0.0.0/8", "24.0.0.0/8", "25.0.0.0/8", "26.0.0.0/8", "27.0.0.0/8", "28.0.0.0/8", "29.0.0.0/8", "30.0.0.0/8", "31.0.0.0/8", "32.0.0.0/8", "33.0.0.0/8", "34.0.0.0/8", "35.0.0.0/8", "36.0.0.0/8", "37.0.0.0/8", "38.0.0.0/8", "39.0.0.0/8", "40.0.0.0/8", "41.0.0.0/8", "42.0.0.0/8", "43.0.0.0/8", "44.0.0.0/8", "45.0.0.0/8", "46.0.0.0/8", "47.0.0.0/8", "48.0.0.0/8", "49.0.0.0/8", "50.0.0.0/8", "51.0.0.0/8", "52.0.0.0/8", "53.0.0.0/8", "54.0.0.0/8", "55.0.0.0/8", "56.0.0.0/8", "57.0.0.0/8", "58.0.0.0/8", "59.0.0.0/8", "60.0.0.0/8", "61.0.0.0/8", "62.0.0.0/8", "63.0.0.0/8", "64.0.0.0/8", "65.0.0.0/8", "66.0.0.0/8", "67.0.0.0/8", "68.0.0.0/8", "69.0.0.0/8", "70.0.0.0/8", "71.0.0.0/8", "72.0.0.0/8", "73.0.0.0/8", "74.0.0.0/8", "75.0.0.0/8", "76.0.0.0/8", "77.0.0.0/8", "78.0.0.0/8", "79.0.0.0/8", "80.0.0.0/8", "81.0.0.0/8", "82.0.0.0/8", "83.0.0.0/8", "84.0.0.0/8", "85.0.0.0/8", "86.0.0.0/8", "87.0.0.0/8", "88.0.0.0/8", "89.0.0.0/8", "90.0.0.0/8", "91.0.0.0/8", "92.0.0.0/8", "93.0.0.0/8", "94.0.0.0/8", "95.0.0.0/8", "96.0.0.0/8", "97.0.0.0/8", "98.0.0.0/8", "99.0.0.0/8", "100.0.0.0/8", "101.0.0.0/8", "102.0.0.0/8", "103.0.0.0/8", "104.0.0.0/8", "105.0.0.0/8", "106.0.0.0/8", "107.0.0.0/8", "108.0.0.0/8", "109.0.0.0/8", "110.0.0.0/8", "111.0.0.0/8", "112.0.0.0/8", "113.0.0.0/8", "114.0.0.0/8", "115.0.0.0/8", "116.0.0.0/8", "117.0.0.0/8", "118.0.0.0/8", "119.0.0.0/8", "120.0.0.0/8", "121.0.0.0/8", "122.0.0.0/8", "123.0.0.0/8", "124.0.0.0/8", "125.0.0.0/8", "126.0.0.0/8", "128.0.0.0/8", "129.0.0.0/8"], source_port_range = "*", destination_address_prefix = "*", destination_port_range = "53" },
--   { id = "/x/d/securityrules/r", _parent_id = "/x/d", access = "Allow", direction = "Inbound", priority = 100, protocol = "Udp", source_address_prefixes = ["1.0.0.0/8", "2.0.0.0/8", "3.0.0.0/8", "4.0.0.0/8", "5.0.0.0/8", "6.0.0.0/8", "7.0.0.0/8", "8.0.0.0/8", "9.0.0.0/8", "11.0.0.0/8", "12.0.0.0/8", "13.0.0.0/8", "14.0.0.0/8", "15.0.0.0/8", "16.0.0.0/8", "17.0.0.0/8", "18.0.0.0/8", "19.0.0.0/8", "20.0.0.0/8", "21.0.0.0/8", "22.0.0.0/8", "23.0.0.0/8", "24.0.0.0/8", "25.0.0.0/8", "26.0.0.0/8", "27.0.0.0/8", "28.0.0.0/8", "29.0.0.0/8", "30.0.0.0/8", "31.0.0.0/8", "32.0.0.0/8", "33.0.0.0/8", "34.0.0.0/8", "35.0.0.0/8", "36.0.0.0/8", "37.0.0.0/8", "38.0.0.0/8", "39.0.0.0/8", "40.0.0.0/8", "41.0.0.0/8", "42.0.0.0/8", "43.0.0.0/8", "44.0.0.0/8", "45.0.0.0/8", "46.0.0.0/8", "47.0.0.0/8", "48.0.0.0/8", "49.0.0.0/8", "50.0.0.0/8", "51.0.0.0/8", "52.0.0.0/8", "53.0.0.0/8", "54.0.0.0/8", "55.0.0.0/8", "56.0.0.0/8", "57.0.0.0/8", "58.0.0.0/8", "59.0.0.0/8", "60.0.0.0/8", "61.0.0.0/8", "62.0.0.0/8", "63.0.0.0/8", "64.0.0.0/8", "65.0.0.0/8", "66.0.0.0/8", "67.0.0.0/8", "68.0.0.0/8", "69.0.0.0/8", "70.0.0.0/8", "71.0.0.0/8"], source_port_range = "*", destination_address_prefix = "*", destination_port_range = "53" },
--   { id = "/x/d/securityrules/s", _parent_id = "/x/d", access = "Allow", direction = "Inbound", priority = 110, protocol = "Udp", source_address_prefixes = ["1.0.0.0/8", "2.0.0.0/8", "3.0.0.0/8", "4.0.0.0/8", "5.0.0.0/8", "6.0.0.0/8", "7.0.0.0/8", "8.0.0.0/8", "9.0.0.0/8", "11.0.0.0/8", "12.0.0.0/8", "13.0.0.0/8", "14.0.0.0/8", "15.0.0.0/8", "16.0.0.0/8", "17.0.0.0/8", "18.0.0.0/8", "19.0.0.0/8", "20.0.0.0/8", "21.0.0.0/8", "22.0.0.0/8", "23.0.0.0/8", "24.0.0.0/8", "25.0.0.0/8", "26.0.0.0/8", "27.0.0.0/8", "28.0.0.0/8", "29.0.0.0/8", "30.0.0.0/8", "31.0.0.0/8", "32.0.0.0/8", "33.0.0.0/8", "34.0.0.0/8", "35.0.0.0/8", "36.0.0.0/8", "37.0.0.0/8", "38.0.0.0/8", "39.0.0.0/8", "40.0.0.0/8", "41.0.0.0/8", "42.0.0.0/8", "43.0.0.0/8", "44.0.0.0/8", "45.0.0.0/8", "46.0.0.0/8", "47.0.0.0/8", "48.0.0.0/8", "49.0.0.0/8", "50.0.0.0/8", "51.0.0.0/8", "52.0.0.0/8", "53.0.0.0/8", "54.0.0.0/8", "55.0.0.0/8", "56.0.0.0/8", "57.0.0.0/8", "58.0.0.0/8", "59.0.0.0/8", "60.0.0.0/8", "61.0.0.0/8", "62.0.0.0/8", "63.0.0.0/8", "64.0.0.0/8", "65.0.0.0/8", "66.0.0.0/8", "67.0.0.0/8", "68.0.0.0/8", "69.0.0.0/8", "70.0.0.0/8", "71.0.0.0/8"], source_port_range = "*", destination_address_prefix = "*", destination_port_range = "53" },
--   { id = "/x/e/securityrules/r", _parent_id = "/x/e", access = "Allow", direction = "Inbound", priority = 100, protocol = "Udp", source_address_prefixes = ["2600::/13", "2608::/13"], source_port_range = "*", destination_address_prefix = "*", destination_port_range = "53" },
-- ]
-- expect = { a = "fail", b = "fail", c = "pass", d = "pass", e = "fail" }
-- [[case]]
-- title = "wide prefixes without public addresses let nobody in from outside"
-- given.azure_security_group = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c" }, { id = "/x/d" }]
-- given.azure_security_group_rule = [
--   { id = "/x/a/securityrules/r", _parent_id = "/x/a", access = "Allow", direction = "Inbound", priority = 100, protocol = "Udp", source_address_prefixes = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"], source_port_range = "*", destination_address_prefix = "*", destination_port_range = "53" },
--   { id = "/x/b/securityrules/r", _parent_id = "/x/b", access = "Allow", direction = "Inbound", priority = 100, protocol = "Udp", source_address_prefix = "224.0.0.0/3", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "53" },
--   { id = "/x/c/securityrules/r", _parent_id = "/x/c", access = "Allow", direction = "Inbound", priority = 100, protocol = "Udp", source_address_prefixes = ["fc00::/7", "fe80::/10", "ff00::/8"], source_port_range = "*", destination_address_prefix = "*", destination_port_range = "53" },
--   { id = "/x/d/securityrules/r", _parent_id = "/x/d", access = "Allow", direction = "Inbound", priority = 100, protocol = "Udp", source_address_prefix = "10.0.0.0/7", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "53" },
-- ]
-- expect = { a = "pass", b = "pass", c = "pass", d = "pass" }
-- [[case]]
-- title = "a deny that comes first closes its part: the same quarter, half of everybody, all quarters, IPv4 only, the routable IPv6 space"
-- given.azure_security_group = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c" }, { id = "/x/d" }, { id = "/x/e" }, { id = "/x/f" }]
-- given.azure_security_group_rule = [
--   { id = "/x/a/securityrules/d", _parent_id = "/x/a", access = "Deny", direction = "Inbound", priority = 90, protocol = "Udp", source_address_prefix = "64.0.0.0/2", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "53" },
--   { id = "/x/a/securityrules/r", _parent_id = "/x/a", access = "Allow", direction = "Inbound", priority = 100, protocol = "Udp", source_address_prefix = "64.0.0.0/2", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "53" },
--   { id = "/x/b/securityrules/d", _parent_id = "/x/b", access = "Deny", direction = "Inbound", priority = 90, protocol = "Udp", source_address_prefix = "0.0.0.0/1", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "53" },
--   { id = "/x/b/securityrules/r", _parent_id = "/x/b", access = "Allow", direction = "Inbound", priority = 100, protocol = "Udp", source_address_prefix = "0.0.0.0/0", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "53" },
--   { id = "/x/c/securityrules/d", _parent_id = "/x/c", access = "Deny", direction = "Inbound", priority = 90, protocol = "Udp", source_address_prefixes = ["0.0.0.0/2", "64.0.0.0/2", "128.0.0.0/2", "192.0.0.0/2"], source_port_range = "*", destination_address_prefix = "*", destination_port_range = "53" },
--   { id = "/x/c/securityrules/r", _parent_id = "/x/c", access = "Allow", direction = "Inbound", priority = 100, protocol = "Udp", source_address_prefix = "0.0.0.0/0", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "53" },
--   { id = "/x/d/securityrules/d", _parent_id = "/x/d", access = "Deny", direction = "Inbound", priority = 90, protocol = "Udp", source_address_prefixes = ["0.0.0.0/2", "64.0.0.0/2", "128.0.0.0/2", "192.0.0.0/2"], source_port_range = "*", destination_address_prefix = "*", destination_port_range = "53" },
--   { id = "/x/d/securityrules/r", _parent_id = "/x/d", access = "Allow", direction = "Inbound", priority = 100, protocol = "Udp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "53" },
--   { id = "/x/e/securityrules/d", _parent_id = "/x/e", access = "Deny", direction = "Inbound", priority = 90, protocol = "Udp", source_address_prefix = "2000::/3", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "53" },
--   { id = "/x/e/securityrules/r", _parent_id = "/x/e", access = "Allow", direction = "Inbound", priority = 100, protocol = "Udp", source_address_prefix = "::/0", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "53" },
--   { id = "/x/f/securityrules/d", _parent_id = "/x/f", access = "Deny", direction = "Inbound", priority = 110, protocol = "Udp", source_address_prefix = "2000::/3", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "53" },
--   { id = "/x/f/securityrules/r", _parent_id = "/x/f", access = "Allow", direction = "Inbound", priority = 100, protocol = "Udp", source_address_prefix = "::/0", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "53" },
-- ]
-- expect = { a = "pass", b = "fail", c = "pass", d = "fail", e = "pass", f = "fail" }
-- [[case]]
-- title = "groups denied"
-- ledger = [{ table = "azure_security_group", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_security_group = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "no group"
-- given.azure_security_group = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "a deny to VirtualNetwork shuts out what is let in to private addresses alone: behind a balancer with floating IP the destination is the public frontend"
-- given.azure_security_group = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c" }]
-- given.azure_security_group_rule = [
--   { id = "/x/a/securityrules/d", _parent_id = "/x/a", access = "Deny", direction = "Inbound", priority = 100, protocol = "*", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "VirtualNetwork", destination_port_range = "*" },
--   { id = "/x/a/securityrules/r", _parent_id = "/x/a", access = "Allow", direction = "Inbound", priority = 200, protocol = "Udp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "53" },
--   { id = "/x/b/securityrules/d", _parent_id = "/x/b", access = "Deny", direction = "Inbound", priority = 100, protocol = "Udp", source_address_prefix = "Internet", source_port_range = "*", destination_address_prefix = "virtualnetwork", destination_port_range = "53" },
--   { id = "/x/b/securityrules/r", _parent_id = "/x/b", access = "Allow", direction = "Inbound", priority = 200, protocol = "Udp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "20.1.2.3", destination_port_range = "53" },
--   { id = "/x/c/securityrules/d", _parent_id = "/x/c", access = "Deny", direction = "Inbound", priority = 100, protocol = "Udp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "VirtualNetwork", destination_port_range = "*" },
--   { id = "/x/c/securityrules/r", _parent_id = "/x/c", access = "Allow", direction = "Inbound", priority = 200, protocol = "Udp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "10.0.0.4", destination_port_range = "53" },
-- ]
-- expect = { a = "fail", b = "fail", c = "pass" }
-- [[case]]
-- title = "a deny to VirtualNetwork that comes later or covers less leaves it open, and so does one to a range or an application security group"
-- given.azure_security_group = [{ id = "/x/d" }, { id = "/x/e" }, { id = "/x/f" }, { id = "/x/g" }, { id = "/x/h" }, { id = "/x/i" }, { id = "/x/j" }, { id = "/x/k" }]
-- given.azure_security_group_rule = [
--   { id = "/x/d/securityrules/d", _parent_id = "/x/d", access = "Deny", direction = "Inbound", priority = 300, protocol = "*", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "VirtualNetwork", destination_port_range = "*" },
--   { id = "/x/d/securityrules/r", _parent_id = "/x/d", access = "Allow", direction = "Inbound", priority = 200, protocol = "Udp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "53" },
--   { id = "/x/e/securityrules/d", _parent_id = "/x/e", access = "Deny", direction = "Inbound", priority = 100, protocol = "*", source_address_prefix = "VirtualNetwork", source_port_range = "*", destination_address_prefix = "VirtualNetwork", destination_port_range = "*" },
--   { id = "/x/e/securityrules/r", _parent_id = "/x/e", access = "Allow", direction = "Inbound", priority = 200, protocol = "Udp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "53" },
--   { id = "/x/f/securityrules/d", _parent_id = "/x/f", access = "Deny", direction = "Inbound", priority = 100, protocol = "Tcp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "VirtualNetwork", destination_port_range = "*" },
--   { id = "/x/f/securityrules/r", _parent_id = "/x/f", access = "Allow", direction = "Inbound", priority = 200, protocol = "Udp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "53" },
--   { id = "/x/g/securityrules/d", _parent_id = "/x/g", access = "Deny", direction = "Inbound", priority = 100, protocol = "*", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "VirtualNetwork", destination_port_range = "443" },
--   { id = "/x/g/securityrules/r", _parent_id = "/x/g", access = "Allow", direction = "Inbound", priority = 200, protocol = "Udp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "53" },
--   { id = "/x/h/securityrules/d", _parent_id = "/x/h", access = "Deny", direction = "Inbound", priority = 100, protocol = "*", source_address_prefix = "*", source_port_range = "1024-65535", destination_address_prefix = "VirtualNetwork", destination_port_range = "*" },
--   { id = "/x/h/securityrules/r", _parent_id = "/x/h", access = "Allow", direction = "Inbound", priority = 200, protocol = "Udp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "53" },
--   { id = "/x/i/securityrules/d", _parent_id = "/x/i", access = "Deny", direction = "Inbound", priority = 100, protocol = "*", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "10.0.0.0/16", destination_port_range = "*" },
--   { id = "/x/i/securityrules/r", _parent_id = "/x/i", access = "Allow", direction = "Inbound", priority = 200, protocol = "Udp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "53" },
--   { id = "/x/j/securityrules/d", _parent_id = "/x/j", access = "Deny", direction = "Inbound", priority = 100, protocol = "*", source_address_prefix = "0.0.0.0/0", source_port_range = "*", destination_address_prefix = "VirtualNetwork", destination_port_range = "*" },
--   { id = "/x/j/securityrules/r", _parent_id = "/x/j", access = "Allow", direction = "Inbound", priority = 200, protocol = "Udp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "53" },
--   { id = "/x/k/securityrules/d", _parent_id = "/x/k", access = "Deny", direction = "Inbound", priority = 100, protocol = "*", source_address_prefix = "*", source_port_range = "*", destination_application_security_groups_id = ["/x/asg"], destination_port_range = "*" },
--   { id = "/x/k/securityrules/r", _parent_id = "/x/k", access = "Allow", direction = "Inbound", priority = 200, protocol = "Udp", source_address_prefix = "*", source_port_range = "*", destination_address_prefix = "*", destination_port_range = "53" },
-- ]
-- expect = { d = "fail", e = "fail", f = "fail", g = "fail", h = "fail", i = "fail", j = "fail", k = "fail" }
WITH opening AS (
    SELECT o.security_group_id,
           list_sort(list(DISTINCT o.label) FILTER (WHERE o.state = 'open')) AS open_rules,
           list_sort(list(DISTINCT o.label) FILTER (WHERE o.state = 'gap')) AS unread_rules,
           list_sort(list(DISTINCT array_to_string(o.sources, ' ')) FILTER (WHERE o.state = 'open')) AS sources
    FROM nsg_internet_udp AS o
    GROUP BY o.security_group_id
)
SELECT s.id AS subject, s.id AS resource_id, s.subscription_id,
       CASE WHEN o.open_rules IS NOT NULL THEN 'fail'
            WHEN o.unread_rules IS NOT NULL THEN NULL
            ELSE 'pass'
       END AS verdict,
       CASE WHEN o.open_rules IS NOT NULL THEN 'UDP is open to any source by ' || array_to_string(o.open_rules, ', ')
            WHEN o.unread_rules IS NOT NULL THEN 'whether UDP is open hangs on rules that could not be read: ' || array_to_string(o.unread_rules, ', ')
            ELSE 'no rule opens a UDP port to any source'
       END AS reason,
       o.open_rules, o.sources, s.subnets_id, s.network_interfaces_id
FROM azure_security_group AS s
LEFT JOIN opening AS o ON o.security_group_id = s.id
