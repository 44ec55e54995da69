-- title = "SQL firewall has no any-IP rule"
-- severity = "critical"
-- subject = "azure_sql_server"
-- tables = ["azure_sql_server", "azure_sql_server_firewall_rule"]
-- controls = [
--   "cis_azure_2_0_0:4.1.2", "cis_azure_2_1_0:4.1.2", "cis_azure_3_0_0:5.1.2", "jupiterone_questions:sql_firewall_zero_start",
--   "nist_800_53_r5:AC-4", "nist_800_53_r5:SC-7", "iso_27001_2022:A.8.20", "iso_27001_2022:A.8.22", "pci_dss_4_0:1.3.1",
--   "pci_dss_4_0:1.4.2", "soc_2:CC6.2",
-- ]
-- rationale = "A rule that starts at 0.0.0.0 admits everybody, or (0.0.0.0 to 0.0.0.0) every machine in Azure, also those of other customers. A range of more than 16 million addresses is no better, nor are several rules that join to one. Rules for IPv6 are not read, and rules made inside a database are not seen from outside: both have to be looked at there."
-- remediation = "az sql server firewall-rule delete --resource-group GROUP --server SERVER --name RULE, after adding the ranges that need access; or az sql server update --enable-public-network false with private endpoints."
-- references = ["https://learn.microsoft.com/azure/azure-sql/database/firewall-configure", "https://learn.microsoft.com/azure/private-link/network-security-perimeter-transition"]
-- [[case]]
-- title = "no rule"
-- given.azure_sql_server = [{ id = "/x/s", public_network_access = "Enabled" }]
-- expect = { s = "pass" }
-- [[case]]
-- title = "one office"
-- given.azure_sql_server = [{ id = "/x/s", public_network_access = "Enabled" }]
-- given.azure_sql_server_firewall_rule = [{ name = "office", _parent_id = "/x/s", start_ip_address = "203.0.113.0", end_ip_address = "203.0.113.255" }]
-- expect = { s = "pass" }
-- [[case]]
-- title = "everybody; all of Azure; from zero to anywhere"
-- given.azure_sql_server = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c" }]
-- given.azure_sql_server_firewall_rule = [
--   { name = "r1", _parent_id = "/x/a", start_ip_address = "0.0.0.0", end_ip_address = "255.255.255.255" },
--   { name = "r2", _parent_id = "/x/b", start_ip_address = "0.0.0.0", end_ip_address = "0.0.0.0" },
--   { name = "r3", _parent_id = "/x/c", start_ip_address = " 0.0.0.0 ", end_ip_address = "1.2.3.4" },
-- ]
-- expect = { a = "fail", b = "fail", c = "fail" }
-- [[case]]
-- title = "a /8 is the widest that passes"
-- given.azure_sql_server = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c" }]
-- given.azure_sql_server_firewall_rule = [
--   { name = "r1", _parent_id = "/x/a", start_ip_address = "10.0.0.0", end_ip_address = "10.255.255.255" },
--   { name = "r2", _parent_id = "/x/b", start_ip_address = "10.0.0.0", end_ip_address = "11.0.0.0" },
--   { name = "r3", _parent_id = "/x/c", start_ip_address = "0.0.0.1", end_ip_address = "255.255.255.255" },
-- ]
-- expect = { a = "pass", b = "fail", c = "fail" }
-- [[case]]
-- title = "public access off: the rules are not used"
-- given.azure_sql_server = [{ id = "/x/a", public_network_access = "Disabled" }, { id = "/x/b", public_network_access = "disabled" }]
-- given.azure_sql_server_firewall_rule = [
--   { name = "r1", _parent_id = "/x/a", start_ip_address = "0.0.0.0", end_ip_address = "255.255.255.255" },
--   { name = "r2", _parent_id = "/x/b", start_ip_address = "0.0.0.0", end_ip_address = "0.0.0.0" },
-- ]
-- expect = { a = "pass", b = "pass" }
-- [[case]]
-- title = "public access absent: the rules decide; behind a network security perimeter they are not used"
-- given.azure_sql_server = [{ id = "/x/a" }, { id = "/x/b", public_network_access = "SecuredByPerimeter" }]
-- given.azure_sql_server_firewall_rule = [
--   { name = "r1", _parent_id = "/x/a", start_ip_address = "0.0.0.0", end_ip_address = "0.0.0.0" },
--   { name = "r2", _parent_id = "/x/b", start_ip_address = "0.0.0.0", end_ip_address = "255.255.255.255" },
-- ]
-- expect = { a = "fail", b = "pass" }
-- [[case]]
-- title = "an address that cannot be read, alone, beside a fail, and with public access off"
-- given.azure_sql_server = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c", public_network_access = "Disabled" }, { id = "/x/d" }]
-- given.azure_sql_server_firewall_rule = [
--   { name = "r1", _parent_id = "/x/a", start_ip_address = "10.0.0", end_ip_address = "10.0.0.9" },
--   { name = "r2", _parent_id = "/x/b", start_ip_address = "10.0.0.1" },
--   { name = "r3", _parent_id = "/x/b", start_ip_address = "0.0.0.0", end_ip_address = "0.0.0.0" },
--   { name = "r4", _parent_id = "/x/c", start_ip_address = "10.0.0.1" },
--   { name = "r5", _parent_id = "/x/d", start_ip_address = "10.0.0.9", end_ip_address = "10.0.0.1" },
-- ]
-- expect = { a = "unknown", b = "fail", c = "pass", d = "unknown" }
-- [[case]]
-- title = "the end of one rule could not be read: unknown, unless another rule proves the fail"
-- given.azure_sql_server = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_sql_server_firewall_rule = [
--   { name = "r1", _parent_id = "/x/a", start_ip_address = "10.0.0.1", _gaps = ["end_ip_address"] },
--   { name = "r2", _parent_id = "/x/b", start_ip_address = "10.0.0.1", _gaps = ["end_ip_address"] },
--   { name = "r3", _parent_id = "/x/b", start_ip_address = "0.0.0.0", end_ip_address = "0.0.0.0" },
-- ]
-- expect = { a = "unknown", b = "fail" }
-- [[case]]
-- title = "many rules give one finding"
-- given.azure_sql_server = [{ id = "/x/s" }]
-- given.azure_sql_server_firewall_rule = [
--   { name = "r1", _parent_id = "/x/s", start_ip_address = "203.0.113.1", end_ip_address = "203.0.113.1" },
--   { name = "r2", _parent_id = "/x/s", start_ip_address = "0.0.0.0", end_ip_address = "0.0.0.0" },
--   { name = "r3", _parent_id = "/x/s", start_ip_address = "0.0.0.0", end_ip_address = "255.255.255.255" },
-- ]
-- expect = { s = "fail" }
-- [[case]]
-- title = "ranges that adjoin or overlap are one range, however many rules name it; a narrow gap between them does not help"
-- given.azure_sql_server = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c" }, { id = "/x/d" }, { id = "/x/e" }]
-- given.azure_sql_server_firewall_rule = [
--   { name = "a1", _parent_id = "/x/a", start_ip_address = "20.0.0.0", end_ip_address = "20.255.255.255" },
--   { name = "a2", _parent_id = "/x/a", start_ip_address = "21.0.0.0", end_ip_address = "21.255.255.255" },
--   { name = "b1", _parent_id = "/x/b", start_ip_address = "20.128.0.0", end_ip_address = "21.100.0.0" },
--   { name = "b2", _parent_id = "/x/b", start_ip_address = "20.0.0.0", end_ip_address = "20.200.0.0" },
--   { name = "c1", _parent_id = "/x/c", start_ip_address = "20.0.0.0", end_ip_address = "20.255.255.255" },
--   { name = "c2", _parent_id = "/x/c", start_ip_address = "20.1.0.0", end_ip_address = "20.2.0.0" },
--   { name = "c3", _parent_id = "/x/c", start_ip_address = "20.255.255.255", end_ip_address = "20.255.255.255" },
--   { name = "d1", _parent_id = "/x/d", start_ip_address = "20.0.0.0", end_ip_address = "20.255.255.255" },
--   { name = "d2", _parent_id = "/x/d", start_ip_address = "40.0.0.0", end_ip_address = "40.255.255.255" },
--   { name = "e11", _parent_id = "/x/e", start_ip_address = "11.0.0.0", end_ip_address = "11.255.255.254" }, { name = "e12", _parent_id = "/x/e", start_ip_address = "12.0.0.0", end_ip_address = "12.255.255.254" },
--   { name = "e13", _parent_id = "/x/e", start_ip_address = "13.0.0.0", end_ip_address = "13.255.255.254" }, { name = "e14", _parent_id = "/x/e", start_ip_address = "14.0.0.0", end_ip_address = "14.255.255.254" },
--   { name = "e15", _parent_id = "/x/e", start_ip_address = "15.0.0.0", end_ip_address = "15.255.255.254" }, { name = "e16", _parent_id = "/x/e", start_ip_address = "16.0.0.0", end_ip_address = "16.255.255.254" },
--   { name = "e17", _parent_id = "/x/e", start_ip_address = "17.0.0.0", end_ip_address = "17.255.255.254" }, { name = "e18", _parent_id = "/x/e", start_ip_address = "18.0.0.0", end_ip_address = "18.255.255.254" },
--   { name = "e19", _parent_id = "/x/e", start_ip_address = "19.0.0.0", end_ip_address = "19.255.255.254" }, { name = "e20", _parent_id = "/x/e", start_ip_address = "20.0.0.0", end_ip_address = "20.255.255.254" },
--   { name = "e21", _parent_id = "/x/e", start_ip_address = "21.0.0.0", end_ip_address = "21.255.255.254" }, { name = "e22", _parent_id = "/x/e", start_ip_address = "22.0.0.0", end_ip_address = "22.255.255.254" },
--   { name = "e23", _parent_id = "/x/e", start_ip_address = "23.0.0.0", end_ip_address = "23.255.255.254" }, { name = "e24", _parent_id = "/x/e", start_ip_address = "24.0.0.0", end_ip_address = "24.255.255.254" },
--   { name = "e25", _parent_id = "/x/e", start_ip_address = "25.0.0.0", end_ip_address = "25.255.255.254" }, { name = "e26", _parent_id = "/x/e", start_ip_address = "26.0.0.0", end_ip_address = "26.255.255.254" },
--   { name = "e27", _parent_id = "/x/e", start_ip_address = "27.0.0.0", end_ip_address = "27.255.255.254" }, { name = "e28", _parent_id = "/x/e", start_ip_address = "28.0.0.0", end_ip_address = "28.255.255.254" },
--   { name = "e29", _parent_id = "/x/e", start_ip_address = "29.0.0.0", end_ip_address = "29.255.255.254" }, { name = "e30", _parent_id = "/x/e", start_ip_address = "30.0.0.0", end_ip_address = "30.255.255.254" },
--   { name = "e31", _parent_id = "/x/e", start_ip_address = "31.0.0.0", end_ip_address = "31.255.255.254" }, { name = "e32", _parent_id = "/x/e", start_ip_address = "32.0.0.0", end_ip_address = "32.255.255.254" },
--   { name = "e33", _parent_id = "/x/e", start_ip_address = "33.0.0.0", end_ip_address = "33.255.255.254" }, { name = "e34", _parent_id = "/x/e", start_ip_address = "34.0.0.0", end_ip_address = "34.255.255.254" },
--   { name = "e35", _parent_id = "/x/e", start_ip_address = "35.0.0.0", end_ip_address = "35.255.255.254" }, { name = "e36", _parent_id = "/x/e", start_ip_address = "36.0.0.0", end_ip_address = "36.255.255.254" },
--   { name = "e37", _parent_id = "/x/e", start_ip_address = "37.0.0.0", end_ip_address = "37.255.255.254" }, { name = "e38", _parent_id = "/x/e", start_ip_address = "38.0.0.0", end_ip_address = "38.255.255.254" },
--   { name = "e39", _parent_id = "/x/e", start_ip_address = "39.0.0.0", end_ip_address = "39.255.255.254" }, { name = "e40", _parent_id = "/x/e", start_ip_address = "40.0.0.0", end_ip_address = "40.255.255.254" },
--   { name = "e41", _parent_id = "/x/e", start_ip_address = "41.0.0.0", end_ip_address = "41.255.255.254" }, { name = "e42", _parent_id = "/x/e", start_ip_address = "42.0.0.0", end_ip_address = "42.255.255.254" },
--   { name = "e43", _parent_id = "/x/e", start_ip_address = "43.0.0.0", end_ip_address = "43.255.255.254" }, { name = "e44", _parent_id = "/x/e", start_ip_address = "44.0.0.0", end_ip_address = "44.255.255.254" },
--   { name = "e45", _parent_id = "/x/e", start_ip_address = "45.0.0.0", end_ip_address = "45.255.255.254" }, { name = "e46", _parent_id = "/x/e", start_ip_address = "46.0.0.0", end_ip_address = "46.255.255.254" },
--   { name = "e47", _parent_id = "/x/e", start_ip_address = "47.0.0.0", end_ip_address = "47.255.255.254" }, { name = "e48", _parent_id = "/x/e", start_ip_address = "48.0.0.0", end_ip_address = "48.255.255.254" },
--   { name = "e49", _parent_id = "/x/e", start_ip_address = "49.0.0.0", end_ip_address = "49.255.255.254" }, { name = "e50", _parent_id = "/x/e", start_ip_address = "50.0.0.0", end_ip_address = "50.255.255.254" },
--   { name = "e51", _parent_id = "/x/e", start_ip_address = "51.0.0.0", end_ip_address = "51.255.255.254" }, { name = "e52", _parent_id = "/x/e", start_ip_address = "52.0.0.0", end_ip_address = "52.255.255.254" },
--   { name = "e53", _parent_id = "/x/e", start_ip_address = "53.0.0.0", end_ip_address = "53.255.255.254" }, { name = "e54", _parent_id = "/x/e", start_ip_address = "54.0.0.0", end_ip_address = "54.255.255.254" },
--   { name = "e55", _parent_id = "/x/e", start_ip_address = "55.0.0.0", end_ip_address = "55.255.255.254" }, { name = "e56", _parent_id = "/x/e", start_ip_address = "56.0.0.0", end_ip_address = "56.255.255.254" },
--   { name = "e57", _parent_id = "/x/e", start_ip_address = "57.0.0.0", end_ip_address = "57.255.255.254" }, { name = "e58", _parent_id = "/x/e", start_ip_address = "58.0.0.0", end_ip_address = "58.255.255.254" },
--   { name = "e59", _parent_id = "/x/e", start_ip_address = "59.0.0.0", end_ip_address = "59.255.255.254" }, { name = "e60", _parent_id = "/x/e", start_ip_address = "60.0.0.0", end_ip_address = "60.255.255.254" },
--   { name = "e61", _parent_id = "/x/e", start_ip_address = "61.0.0.0", end_ip_address = "61.255.255.254" }, { name = "e62", _parent_id = "/x/e", start_ip_address = "62.0.0.0", end_ip_address = "62.255.255.254" },
--   { name = "e63", _parent_id = "/x/e", start_ip_address = "63.0.0.0", end_ip_address = "63.255.255.254" }, { name = "e64", _parent_id = "/x/e", start_ip_address = "64.0.0.0", end_ip_address = "64.255.255.254" },
--   { name = "e65", _parent_id = "/x/e", start_ip_address = "65.0.0.0", end_ip_address = "65.255.255.254" }, { name = "e66", _parent_id = "/x/e", start_ip_address = "66.0.0.0", end_ip_address = "66.255.255.254" },
--   { name = "e67", _parent_id = "/x/e", start_ip_address = "67.0.0.0", end_ip_address = "67.255.255.254" }, { name = "e68", _parent_id = "/x/e", start_ip_address = "68.0.0.0", end_ip_address = "68.255.255.254" },
--   { name = "e69", _parent_id = "/x/e", start_ip_address = "69.0.0.0", end_ip_address = "69.255.255.254" }, { name = "e70", _parent_id = "/x/e", start_ip_address = "70.0.0.0", end_ip_address = "70.255.255.254" },
--   { name = "e71", _parent_id = "/x/e", start_ip_address = "71.0.0.0", end_ip_address = "71.255.255.254" }, { name = "e72", _parent_id = "/x/e", start_ip_address = "72.0.0.0", end_ip_address = "72.255.255.254" },
--   { name = "e73", _parent_id = "/x/e", start_ip_address = "73.0.0.0", end_ip_address = "73.255.255.254" }, { name = "e74", _parent_id = "/x/e", start_ip_address = "74.0.0.0", end_ip_address = "74.255.255.254" },
--   { name = "e75", _parent_id = "/x/e", start_ip_address = "75.0.0.0", end_ip_address = "75.255.255.254" }, { name = "e76", _parent_id = "/x/e", start_ip_address = "76.0.0.0", end_ip_address = "76.255.255.254" },
--   { name = "e77", _parent_id = "/x/e", start_ip_address = "77.0.0.0", end_ip_address = "77.255.255.254" }, { name = "e78", _parent_id = "/x/e", start_ip_address = "78.0.0.0", end_ip_address = "78.255.255.254" },
--   { name = "e79", _parent_id = "/x/e", start_ip_address = "79.0.0.0", end_ip_address = "79.255.255.254" }, { name = "e80", _parent_id = "/x/e", start_ip_address = "80.0.0.0", end_ip_address = "80.255.255.254" },
--   { name = "e81", _parent_id = "/x/e", start_ip_address = "81.0.0.0", end_ip_address = "81.255.255.254" }, { name = "e82", _parent_id = "/x/e", start_ip_address = "82.0.0.0", end_ip_address = "82.255.255.254" },
--   { name = "e83", _parent_id = "/x/e", start_ip_address = "83.0.0.0", end_ip_address = "83.255.255.254" }, { name = "e84", _parent_id = "/x/e", start_ip_address = "84.0.0.0", end_ip_address = "84.255.255.254" },
--   { name = "e85", _parent_id = "/x/e", start_ip_address = "85.0.0.0", end_ip_address = "85.255.255.254" }, { name = "e86", _parent_id = "/x/e", start_ip_address = "86.0.0.0", end_ip_address = "86.255.255.254" },
--   { name = "e87", _parent_id = "/x/e", start_ip_address = "87.0.0.0", end_ip_address = "87.255.255.254" }, { name = "e88", _parent_id = "/x/e", start_ip_address = "88.0.0.0", end_ip_address = "88.255.255.254" },
--   { name = "e89", _parent_id = "/x/e", start_ip_address = "89.0.0.0", end_ip_address = "89.255.255.254" }, { name = "e90", _parent_id = "/x/e", start_ip_address = "90.0.0.0", end_ip_address = "90.255.255.254" },
--   { name = "e91", _parent_id = "/x/e", start_ip_address = "91.0.0.0", end_ip_address = "91.255.255.254" }, { name = "e92", _parent_id = "/x/e", start_ip_address = "92.0.0.0", end_ip_address = "92.255.255.254" },
--   { name = "e93", _parent_id = "/x/e", start_ip_address = "93.0.0.0", end_ip_address = "93.255.255.254" }, { name = "e94", _parent_id = "/x/e", start_ip_address = "94.0.0.0", end_ip_address = "94.255.255.254" },
--   { name = "e95", _parent_id = "/x/e", start_ip_address = "95.0.0.0", end_ip_address = "95.255.255.254" }, { name = "e96", _parent_id = "/x/e", start_ip_address = "96.0.0.0", end_ip_address = "96.255.255.254" },
--   { name = "e97", _parent_id = "/x/e", start_ip_address = "97.0.0.0", end_ip_address = "97.255.255.254" }, { name = "e98", _parent_id = "/x/e", start_ip_address = "98.0.0.0", end_ip_address = "98.255.255.254" },
--   { name = "e99", _parent_id = "/x/e", start_ip_address = "99.0.0.0", end_ip_address = "99.255.255.254" }, { name = "e128", _parent_id = "/x/e", start_ip_address = "128.0.0.0", end_ip_address = "128.255.255.254" },
--   { name = "e129", _parent_id = "/x/e", start_ip_address = "129.0.0.0", end_ip_address = "129.255.255.254" }, { name = "e130", _parent_id = "/x/e", start_ip_address = "130.0.0.0", end_ip_address = "130.255.255.254" },
--   { name = "e131", _parent_id = "/x/e", start_ip_address = "131.0.0.0", end_ip_address = "131.255.255.254" }, { name = "e132", _parent_id = "/x/e", start_ip_address = "132.0.0.0", end_ip_address = "132.255.255.254" },
--   { name = "e133", _parent_id = "/x/e", start_ip_address = "133.0.0.0", end_ip_address = "133.255.255.254" }, { name = "e134", _parent_id = "/x/e", start_ip_address = "134.0.0.0", end_ip_address = "134.255.255.254" },
--   { name = "e135", _parent_id = "/x/e", start_ip_address = "135.0.0.0", end_ip_address = "135.255.255.254" }, { name = "e136", _parent_id = "/x/e", start_ip_address = "136.0.0.0", end_ip_address = "136.255.255.254" },
--   { name = "e137", _parent_id = "/x/e", start_ip_address = "137.0.0.0", end_ip_address = "137.255.255.254" }, { name = "e138", _parent_id = "/x/e", start_ip_address = "138.0.0.0", end_ip_address = "138.255.255.254" },
--   { name = "e139", _parent_id = "/x/e", start_ip_address = "139.0.0.0", end_ip_address = "139.255.255.254" }, { name = "e140", _parent_id = "/x/e", start_ip_address = "140.0.0.0", end_ip_address = "140.255.255.254" },
--   { name = "e141", _parent_id = "/x/e", start_ip_address = "141.0.0.0", end_ip_address = "141.255.255.254" }, { name = "e142", _parent_id = "/x/e", start_ip_address = "142.0.0.0", end_ip_address = "142.255.255.254" },
--   { name = "e143", _parent_id = "/x/e", start_ip_address = "143.0.0.0", end_ip_address = "143.255.255.254" }, { name = "e144", _parent_id = "/x/e", start_ip_address = "144.0.0.0", end_ip_address = "144.255.255.254" },
--   { name = "e145", _parent_id = "/x/e", start_ip_address = "145.0.0.0", end_ip_address = "145.255.255.254" }, { name = "e146", _parent_id = "/x/e", start_ip_address = "146.0.0.0", end_ip_address = "146.255.255.254" },
--   { name = "e147", _parent_id = "/x/e", start_ip_address = "147.0.0.0", end_ip_address = "147.255.255.254" }, { name = "e148", _parent_id = "/x/e", start_ip_address = "148.0.0.0", end_ip_address = "148.255.255.254" },
--   { name = "e149", _parent_id = "/x/e", start_ip_address = "149.0.0.0", end_ip_address = "149.255.255.254" }, { name = "e150", _parent_id = "/x/e", start_ip_address = "150.0.0.0", end_ip_address = "150.255.255.254" },
--   { name = "e151", _parent_id = "/x/e", start_ip_address = "151.0.0.0", end_ip_address = "151.255.255.254" }, { name = "e152", _parent_id = "/x/e", start_ip_address = "152.0.0.0", end_ip_address = "152.255.255.254" },
--   { name = "e153", _parent_id = "/x/e", start_ip_address = "153.0.0.0", end_ip_address = "153.255.255.254" }, { name = "e154", _parent_id = "/x/e", start_ip_address = "154.0.0.0", end_ip_address = "154.255.255.254" },
--   { name = "e155", _parent_id = "/x/e", start_ip_address = "155.0.0.0", end_ip_address = "155.255.255.254" }, { name = "e156", _parent_id = "/x/e", start_ip_address = "156.0.0.0", end_ip_address = "156.255.255.254" },
--   { name = "e157", _parent_id = "/x/e", start_ip_address = "157.0.0.0", end_ip_address = "157.255.255.254" }, { name = "e158", _parent_id = "/x/e", start_ip_address = "158.0.0.0", end_ip_address = "158.255.255.254" },
--   { name = "e159", _parent_id = "/x/e", start_ip_address = "159.0.0.0", end_ip_address = "159.255.255.254" }, { name = "e160", _parent_id = "/x/e", start_ip_address = "160.0.0.0", end_ip_address = "160.255.255.254" },
--   { name = "e161", _parent_id = "/x/e", start_ip_address = "161.0.0.0", end_ip_address = "161.255.255.254" }, { name = "e162", _parent_id = "/x/e", start_ip_address = "162.0.0.0", end_ip_address = "162.255.255.254" },
--   { name = "e163", _parent_id = "/x/e", start_ip_address = "163.0.0.0", end_ip_address = "163.255.255.254" }, { name = "e164", _parent_id = "/x/e", start_ip_address = "164.0.0.0", end_ip_address = "164.255.255.254" },
--   { name = "e165", _parent_id = "/x/e", start_ip_address = "165.0.0.0", end_ip_address = "165.255.255.254" }, { name = "e166", _parent_id = "/x/e", start_ip_address = "166.0.0.0", end_ip_address = "166.255.255.254" },
--   { name = "e167", _parent_id = "/x/e", start_ip_address = "167.0.0.0", end_ip_address = "167.255.255.254" }, { name = "e168", _parent_id = "/x/e", start_ip_address = "168.0.0.0", end_ip_address = "168.255.255.254" },
--   { name = "e169", _parent_id = "/x/e", start_ip_address = "169.0.0.0", end_ip_address = "169.255.255.254" },
-- ]
-- expect = { a = "fail", b = "fail", c = "pass", d = "pass", e = "fail" }
-- [[case]]
-- title = "adjoining ranges beside a rule that cannot be read, and with public access off"
-- given.azure_sql_server = [{ id = "/x/a" }, { id = "/x/b", public_network_access = "Disabled" }]
-- given.azure_sql_server_firewall_rule = [
--   { name = "a1", _parent_id = "/x/a", start_ip_address = "20.0.0.0", end_ip_address = "20.255.255.255" },
--   { name = "a2", _parent_id = "/x/a", start_ip_address = "21.0.0.0", end_ip_address = "21.255.255.255" },
--   { name = "a3", _parent_id = "/x/a", start_ip_address = "30.0.0.9", end_ip_address = "30.0.0.1" },
--   { name = "b1", _parent_id = "/x/b", start_ip_address = "20.0.0.0", end_ip_address = "20.255.255.255" },
--   { name = "b2", _parent_id = "/x/b", start_ip_address = "21.0.0.0", end_ip_address = "21.255.255.255" },
-- ]
-- expect = { a = "fail", b = "pass" }
-- [[case]]
-- title = "public access not readable"
-- given.azure_sql_server = [{ id = "/x/s", _gaps = ["public_network_access"] }]
-- given.azure_sql_server_firewall_rule = [{ name = "r", _parent_id = "/x/s", start_ip_address = "0.0.0.0", end_ip_address = "0.0.0.0" }]
-- expect = { s = "unknown" }
-- [[case]]
-- title = "no server"
-- given.azure_sql_server = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "firewall rules denied"
-- ledger = [{ table = "azure_sql_server_firewall_rule", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_sql_server = [{ id = "/x/s" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
WITH span AS (
    SELECT r._parent_id AS server_id,
           r.name || ' (' || coalesce(r.start_ip_address, '?') || ' to ' || coalesce(r.end_ip_address, '?')
             || CASE WHEN ip4_hi(r.start_ip_address) = 0 AND ip4_hi(r.end_ip_address) = 0 THEN ', all of Azure)' ELSE ')' END AS rule,
           CASE WHEN NOT coalesce(list_contains(r._gaps, 'start_ip_address'), FALSE) THEN CAST(ip4_lo(r.start_ip_address) AS BIGINT) END AS first_ip,
           CASE WHEN NOT coalesce(list_contains(r._gaps, 'end_ip_address'), FALSE) THEN CAST(ip4_lo(r.end_ip_address) AS BIGINT) END AS last_ip
    FROM azure_sql_server_firewall_rule AS r
),
per_server AS (
    SELECT p.server_id,
           list_sort(list(p.rule)) AS rules,
           list_sort(list(p.rule) FILTER (WHERE p.first_ip = 0 OR p.last_ip - p.first_ip >= 16777216)) AS wide,
           list_sort(list(p.rule) FILTER (WHERE p.first_ip IS NULL OR p.last_ip IS NULL OR p.last_ip < p.first_ip)) AS unread
    FROM span AS p
    GROUP BY p.server_id
),
-- Ranges that adjoin or overlap are one range.
ordered AS (
    SELECT p.server_id, p.first_ip, p.last_ip,
           max(p.last_ip) OVER (PARTITION BY p.server_id ORDER BY p.first_ip, p.last_ip ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before_ip
    FROM span AS p
    WHERE p.last_ip >= p.first_ip
),
numbered AS (
    SELECT o.server_id, o.first_ip, o.last_ip,
           sum(CASE WHEN o.first_ip <= o.before_ip + 1 THEN 0 ELSE 1 END)
             OVER (PARTITION BY o.server_id ORDER BY o.first_ip, o.last_ip ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS number
    FROM ordered AS o
),
joined AS (
    SELECT n.server_id, n.number, min(n.first_ip) AS first_ip, max(n.last_ip) AS last_ip
    FROM numbered AS n
    GROUP BY n.server_id, n.number
),
together AS (
    SELECT j.server_id, coalesce(max(j.last_ip - j.first_ip) >= 16777216 OR sum(ip4_public(j.first_ip, j.last_ip)) >= 2147483648, FALSE) AS is_wide
    FROM joined AS j
    GROUP BY j.server_id
)
SELECT s.id AS subject, s.id AS resource_id, s.subscription_id,
       CASE WHEN lower(trim(s.public_network_access)) IN ('disabled', 'securedbyperimeter') THEN 'pass'
            WHEN p.wide IS NOT NULL OR g.is_wide THEN 'fail'
            WHEN p.unread IS NOT NULL THEN NULL
            ELSE 'pass'
       END AS verdict,
       CASE WHEN lower(trim(s.public_network_access)) = 'disabled' THEN 'public network access is disabled, so no rule is used'
            WHEN lower(trim(s.public_network_access)) = 'securedbyperimeter'
            THEN 'only a network security perimeter decides on public access, so no rule of the server is used; its rules are not judged here'
            WHEN p.wide IS NOT NULL THEN 'too wide: ' || array_to_string(p.wide, ', ')
            WHEN g.is_wide THEN 'too wide together, since the rules join to a range wider than a /8 or to half of all public addresses: '
                                || array_to_string(list_slice(p.rules, 1, 20), ', ')
            WHEN p.unread IS NOT NULL THEN 'not readable: ' || array_to_string(p.unread, ', ')
            ELSE 'no IPv4 rule of the server starts at 0.0.0.0, and none is wider than a /8, alone or joined; IPv6 rules and those of single databases are not in the snapshot'
       END AS reason,
       s.public_network_access, p.rules AS firewall_rules
FROM azure_sql_server AS s
LEFT JOIN per_server AS p ON p.server_id = s.id
LEFT JOIN together AS g ON g.server_id = s.id
