-- title = "Defender for IoT on each hub"
-- severity = "medium"
-- subject = "azure_iot_hub"
-- tables = ["azure_iot_hub", "azure_iot_security_solution"]
-- controls = [
--   "cis_azure_2_0_0:2.2.1", "cis_azure_2_1_0:2.2.1", "cis_azure_3_0_0:3.2.1", "cis_azure_4_0_0:9.2.1", "cis_azure_5_0_0:8.2.1",
--   "cis_azure_6_0_0:8.2.1", "nist_800_53_r5:RA-5", "nist_800_53_r5:SI-4", "iso_27001_2022:A.5.19", "iso_27001_2022:A.5.21",
--   "iso_27001_2022:A.5.25", "iso_27001_2022:A.5.28", "iso_27001_2022:A.5.29", "iso_27001_2022:A.8.7", "iso_27001_2022:A.8.9",
--   "pci_dss_4_0:11.5.1", "soc_2:CC3.1", "soc_2:CC3.2", "soc_2:CC4.2", "soc_2:CC6.8", "soc_2:CC7.1", "mitre_attack:T1190",
--   "mitre_attack:T1486", "mitre_attack:T1499",
-- ]
-- rationale = "A hub talks to devices that stand where anybody can touch them. Defender for IoT raises alerts on stolen device keys and odd messages; without a solution that names the hub nobody watches it."
-- remediation = "az security iot-solution create --solution-name NAME --resource-group GROUP --location REGION --display-name NAME --iot-hubs HUB_ID; or IoT hub > Defender for IoT > Secure your IoT solution."
-- references = ["https://learn.microsoft.com/azure/defender-for-iot/device-builders/quickstart-onboard-iot-hub"]
-- [[case]]
-- title = "hub named by a solution that is on"
-- given.azure_iot_hub = [{ id = "/x/h" }]
-- given.azure_iot_security_solution = [{ name = "s", status = "Enabled", iot_hubs = ["/x/h"] }]
-- expect = { h = "pass" }
-- [[case]]
-- title = "ids and status in other letter case, with a trailing slash"
-- given.azure_iot_hub = [{ id = "/x/h" }]
-- given.azure_iot_security_solution = [{ name = "s", status = "enabled", iot_hubs = ["/X/H/"] }]
-- expect = { h = "pass" }
-- [[case]]
-- title = "the solution is off"
-- given.azure_iot_hub = [{ id = "/x/h" }]
-- given.azure_iot_security_solution = [{ name = "s", status = "Disabled", iot_hubs = ["/x/h"] }]
-- expect = { h = "fail" }
-- [[case]]
-- title = "a hub that no solution names, beside one that is named; a longer name is another hub"
-- given.azure_iot_hub = [
--   { id = "/x/h" },
--   { id = "/x/g" },
-- ]
-- given.azure_iot_security_solution = [{ name = "s", status = "Enabled", iot_hubs = ["/x/h", "/x/gg"] }]
-- expect = { h = "pass", g = "fail" }
-- [[case]]
-- title = "no solution; a solution without hubs"
-- given.azure_iot_hub = [
--   { id = "/x/h" },
--   { id = "/x/g", subscription_id = "22222222-2222-4222-8222-222222222222" },
-- ]
-- given.azure_iot_security_solution = [{ name = "s", status = "Enabled", subscription_id = "22222222-2222-4222-8222-222222222222", iot_hubs = [] }]
-- expect = { h = "fail", g = "fail" }
-- [[case]]
-- title = "two solutions, one of them on"
-- given.azure_iot_hub = [{ id = "/x/h" }]
-- given.azure_iot_security_solution = [
--   { name = "s1", status = "Disabled", iot_hubs = ["/x/h"] },
--   { name = "s2", status = "Enabled", iot_hubs = ["/x/h"] },
-- ]
-- expect = { h = "pass" }
-- [[case]]
-- title = "the status is absent, or not readable"
-- given.azure_iot_hub = [
--   { id = "/x/h" },
--   { id = "/x/g" },
-- ]
-- given.azure_iot_security_solution = [
--   { name = "s1", iot_hubs = ["/x/h"] },
--   { name = "s2", iot_hubs = ["/x/g"], _gaps = ["status"] },
-- ]
-- expect = { h = "unknown", g = "unknown" }
-- [[case]]
-- title = "the hubs of a solution are not readable: it may name any hub of its subscription; one that is off does not matter"
-- given.azure_iot_hub = [
--   { id = "/x/h" },
--   { id = "/x/g", subscription_id = "22222222-2222-4222-8222-222222222222" },
--   { id = "/x/k" },
-- ]
-- given.azure_iot_security_solution = [
--   { name = "s1", status = "Enabled", _gaps = ["iot_hubs"] },
--   { name = "s2", status = "Disabled", subscription_id = "22222222-2222-4222-8222-222222222222", _gaps = ["iot_hubs"] },
--   { name = "s3", status = "Enabled", iot_hubs = ["/x/k"] },
-- ]
-- expect = { h = "unknown", g = "fail", k = "pass" }
-- [[case]]
-- title = "Defender for Cloud not registered"
-- ledger = [{ table = "azure_iot_security_solution", subscription = "11111111-1111-4111-8111-111111111111", status = "not_registered" }]
-- given.azure_iot_hub = [{ id = "/x/h" }]
-- expect = { h = "fail" }
-- [[case]]
-- title = "no hub"
-- given.azure_iot_hub = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "solutions denied"
-- ledger = [{ table = "azure_iot_security_solution", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_iot_hub = [{ id = "/x/h" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "hubs denied"
-- ledger = [{ table = "azure_iot_hub", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_iot_hub = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
WITH solution AS (
    SELECT o.id, o.name, o.subscription_id, o.iot_hubs,
           coalesce(list_contains(o._gaps, 'iot_hubs'), FALSE) AS hubs_unread,
           CASE WHEN o.status IS NULL OR list_contains(o._gaps, 'status') THEN 'unclear'
                WHEN lower(o.status) = 'enabled' THEN 'on' ELSE 'off' END AS state
    FROM azure_iot_security_solution AS o
),
named AS (
    SELECT rtrim(lower(trim(u.hub)), '/') AS hub_id,
           max(CASE WHEN o.state = 'on' THEN o.name END) AS good,
           max(CASE WHEN o.state = 'unclear' THEN o.name END) AS unread,
           max(CASE WHEN o.state = 'off' THEN o.name END) AS off
    FROM solution AS o, unnest(o.iot_hubs) AS u(hub)
    GROUP BY rtrim(lower(trim(u.hub)), '/')
),
hidden AS (
    SELECT o.subscription_id, max(o.name) AS name
    FROM solution AS o
    WHERE o.hubs_unread AND o.state <> 'off'
    GROUP BY o.subscription_id
)
SELECT h.id AS subject, h.id AS resource_id, h.subscription_id,
       CASE WHEN n.good IS NOT NULL THEN 'pass'
            WHEN n.unread IS NOT NULL OR d.name IS NOT NULL THEN NULL
            ELSE 'fail'
       END AS verdict,
       CASE WHEN n.good IS NOT NULL THEN 'watched by solution ' || n.good
            WHEN n.unread IS NOT NULL THEN 'solution ' || n.unread || ' names the hub, its status is not given'
            WHEN d.name IS NOT NULL THEN 'the hubs that solution ' || d.name || ' names could not be read'
            WHEN n.off IS NOT NULL THEN 'solution ' || n.off || ' names the hub, but is switched off'
            ELSE 'no Defender for IoT solution names the hub'
       END AS reason,
       h.name AS resource_name, coalesce(n.good, n.unread, n.off) AS solution
FROM azure_iot_hub AS h
LEFT JOIN named AS n ON n.hub_id = h.id
LEFT JOIN hidden AS d ON d.subscription_id = h.subscription_id
