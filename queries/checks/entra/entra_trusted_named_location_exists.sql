-- title = "Trusted network location defined"
-- severity = "low"
-- subject = "azure_account"
-- tables = ["azure_account", "azure_conditional_access_named_location"]
-- controls = [
--   "cis_azure_2_0_0:1.2.1", "cis_azure_2_1_0:1.2.1", "cis_azure_3_0_0:2.2.1", "cis_azure_4_0_0:6.2.1", "cis_azure_5_0_0:5.2.1",
--   "nist_800_53_r5:AC-2", "nist_800_53_r5:AC-3", "nist_800_53_r5:IA-2", "iso_27001_2022:A.5.15", "pci_dss_4_0:8.4.2",
--   "soc_2:CC1.3", "mitre_attack:T1078", "mitre_attack:T1098",
-- ]
-- rationale = "Addresses marked as trusted let policies and risk detection tell the own network from the rest. One location of address ranges is enough; countries cannot be trusted. A trusted location that spans all addresses would trust everybody and does not count."
-- remediation = "Entra admin center > Conditional Access > Named locations > IP ranges location: Mark as trusted location. az rest --method patch --url https://graph.microsoft.com/v1.0/identity/conditionalAccess/namedLocations/ID --body '{\"@odata.type\":\"#microsoft.graph.ipNamedLocation\",\"isTrusted\":true}'"
-- references = ["https://learn.microsoft.com/entra/identity/conditional-access/concept-assignment-network", "https://learn.microsoft.com/graph/api/resources/ipnamedlocation"]
-- [[case]]
-- title = "a trusted range"
-- given.azure_account = [{ }]
-- given.azure_conditional_access_named_location = [{ name = "l", odata_type = "#microsoft.graph.ipNamedLocation", is_trusted = true, ip_ranges_cidr_address = ["203.0.113.0/26"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
-- [[case]]
-- title = "an IPv6 network of one owner is"
-- given.azure_account = [{ }]
-- given.azure_conditional_access_named_location = [{ name = "l", odata_type = "#microsoft.graph.ipNamedLocation", is_trusted = true, ip_ranges_cidr_address = ["2001:db8::/32"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
-- [[case]]
-- title = "nor is the routable IPv6 space"
-- given.azure_account = [{ }]
-- given.azure_conditional_access_named_location = [{ name = "l", odata_type = "#microsoft.graph.ipNamedLocation", is_trusted = true, ip_ranges_cidr_address = ["2000::/3"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "quarters of the Internet are no place"
-- given.azure_account = [{ }]
-- given.azure_conditional_access_named_location = [{ name = "l", odata_type = "#microsoft.graph.ipNamedLocation", is_trusted = true, ip_ranges_cidr_address = ["0.0.0.0/2", "64.0.0.0/2", "128.0.0.0/2", "192.0.0.0/2"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "one of several is enough"
-- given.azure_account = [{ }]
-- given.azure_conditional_access_named_location = [
--   { name = "a", odata_type = "#microsoft.graph.ipNamedLocation", is_trusted = false, ip_ranges_cidr_address = ["203.0.113.0/26"] },
--   { name = "b", odata_type = "#microsoft.graph.ipNamedLocation", is_trusted = true, ip_ranges_cidr_address = ["203.0.113.0/26"] },
--   { name = "k", odata_type = "#microsoft.graph.countryNamedLocation", countries_and_regions = ["NL"] },
-- ]
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
-- [[case]]
-- title = "not trusted"
-- given.azure_account = [{ }]
-- given.azure_conditional_access_named_location = [{ name = "l", odata_type = "#microsoft.graph.ipNamedLocation", is_trusted = false, ip_ranges_cidr_address = ["203.0.113.0/26"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "trust absent means no"
-- given.azure_account = [{ }]
-- given.azure_conditional_access_named_location = [{ name = "l", odata_type = "#microsoft.graph.ipNamedLocation", ip_ranges_cidr_address = ["203.0.113.0/26"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "countries do not count"
-- given.azure_account = [{ }]
-- given.azure_conditional_access_named_location = [{ name = "k", odata_type = "#microsoft.graph.countryNamedLocation", countries_and_regions = ["NL"], is_trusted = true }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "no ranges"
-- given.azure_account = [{ }]
-- given.azure_conditional_access_named_location = [
--   { name = "l", odata_type = "#microsoft.graph.ipNamedLocation", is_trusted = true, ip_ranges_cidr_address = [] },
--   { name = "m", odata_type = "#microsoft.graph.ipNamedLocation", is_trusted = true },
-- ]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "all addresses, in two halves"
-- given.azure_account = [{ }]
-- given.azure_conditional_access_named_location = [{ name = "l", odata_type = "#microsoft.graph.ipNamedLocation", is_trusted = true, ip_ranges_cidr_address = ["0.0.0.0/1", "128.0.0.0/1"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "IPv6 and other letter case"
-- given.azure_account = [{ }]
-- given.azure_conditional_access_named_location = [{ name = "l", odata_type = "#MICROSOFT.GRAPH.IPNAMEDLOCATION", is_trusted = true, ip_ranges_cidr_address = ["2001:db8:4a::/48"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
-- [[case]]
-- title = "no location"
-- given.azure_account = [{ }]
-- given.azure_conditional_access_named_location = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "kind known by its type only"
-- given.azure_account = [{ }]
-- given.azure_conditional_access_named_location = [{ name = "l", is_trusted = true, ip_ranges_cidr_address = ["203.0.113.0/26"], type = "ipnamedlocation" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
-- [[case]]
-- title = "trust not readable"
-- given.azure_account = [{ }]
-- given.azure_conditional_access_named_location = [{ name = "l", odata_type = "#microsoft.graph.ipNamedLocation", is_trusted = false, ip_ranges_cidr_address = ["203.0.113.0/26"], _gaps = ["is_trusted"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "ranges not readable in one, another is enough"
-- given.azure_account = [{ }]
-- given.azure_conditional_access_named_location = [
--   { name = "a", odata_type = "#microsoft.graph.ipNamedLocation", is_trusted = true, ip_ranges_cidr_address = ["203.0.113.0/26"], _gaps = ["ip_ranges_cidr_address"] },
--   { name = "b", odata_type = "#microsoft.graph.ipNamedLocation", is_trusted = true, ip_ranges_cidr_address = ["203.0.113.0/26"] },
-- ]
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
-- [[case]]
-- title = "locations under licence"
-- ledger = [{ table = "azure_conditional_access_named_location", status = "license" }]
-- given.azure_account = [{ }]
-- given.azure_conditional_access_named_location = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "no tenant row"
-- given.azure_account = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "not_applicable" }
-- [[case]]
-- title = "azure_conditional_access_named_location denied"
-- ledger = [{ table = "azure_conditional_access_named_location", status = "denied" }]
-- given.azure_account = [{ }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "tenant denied"
-- ledger = [{ table = "azure_account", status = "denied" }]
-- given.azure_account = [{ }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
WITH place AS (
    SELECT coalesce(CASE WHEN NOT coalesce(list_contains(l._gaps, 'display_name'), FALSE) THEN l.display_name END, l.id) AS name,
           l.is_trusted, l.ip_ranges_cidr_address AS ranges,
           coalesce(array_length(list_filter(l._gaps, lambda g: g IN ('odata_type', 'is_trusted', 'ip_ranges_cidr_address'))) > 0, FALSE) AS unread
    FROM azure_conditional_access_named_location AS l
    WHERE lower(coalesce(l.odata_type, l.type, '')) NOT LIKE '%countrynamedlocation'
),
weighed AS (
    SELECT p.name, p.unread, coalesce(p.is_trusted, FALSE) AS trusted,
           coalesce(array_length(p.ranges), 0) AS n_ranges, sources_any(p.ranges) AS everybody
    FROM place AS p
),
found AS (
    SELECT coalesce(sum(CASE WHEN w.trusted AND NOT w.unread AND w.n_ranges > 0 AND NOT w.everybody THEN 1 ELSE 0 END), 0) AS n_good,
           coalesce(sum(CASE WHEN w.unread THEN 1 ELSE 0 END), 0) AS n_unread, count(*) AS n,
           coalesce(sum(CASE WHEN w.trusted AND w.everybody THEN 1 ELSE 0 END), 0) AS n_everybody,
           list_sort(list(w.name || ' (' || w.n_ranges || ' ranges)') FILTER (WHERE w.trusted AND NOT w.unread AND w.n_ranges > 0 AND NOT w.everybody)) AS trusted,
           list_sort(list(w.name) FILTER (WHERE NOT (w.trusted AND NOT w.unread AND w.n_ranges > 0 AND NOT w.everybody))) AS others
    FROM weighed AS w
)
SELECT t.id AS subject, t.id AS resource_id, CAST(NULL AS VARCHAR) AS subscription_id,
       CASE WHEN f.n_good > 0 THEN 'pass' WHEN f.n_unread > 0 THEN NULL ELSE 'fail' END AS verdict,
       CASE WHEN f.n_good > 0 THEN 'trusted locations: ' || array_to_string(f.trusted, ', ')
            WHEN f.n_unread > 0 THEN 'locations that could not be read in full: ' || f.n_unread
            WHEN f.n_everybody > 0 THEN 'a trusted location spans all addresses: ' || array_to_string(f.others, ', ')
            WHEN f.n > 0 THEN 'no location of address ranges is trusted: ' || array_to_string(f.others, ', ')
            ELSE 'no location of address ranges is defined'
       END AS reason,
       t.display_name AS resource_name, f.trusted, f.others
FROM azure_account AS t
CROSS JOIN found AS f
