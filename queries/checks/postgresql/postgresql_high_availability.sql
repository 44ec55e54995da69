-- title = "PostgreSQL has a standby server"
-- severity = "low"
-- subject = "azure_postgresql_flexible_server"
-- tables = ["azure_postgresql_flexible_server"]
-- controls = ["nist_800_53_r5:CP-6", "nist_800_53_r5:CP-9", "iso_27001_2022:A.8.14", "soc_2:A1.2"]
-- rationale = "Without a standby the database is away as long as its machine, or with it the zone, is away. With one it takes over by itself and loses nothing that was committed. Only a standby in another zone helps when a whole zone is lost."
-- remediation = "Portal: the server, High availability, enable it (in another zone where the region has zones); or az resource update --ids SERVER_ID --api-version 2025-08-01 --set properties.highAvailability.mode=ZoneRedundant. The tier Burstable has to be left first"
-- references = ["https://learn.microsoft.com/azure/reliability/reliability-postgresql-flexible-server", "https://learn.microsoft.com/azure/postgresql/flexible-server/concepts-read-replicas"]
-- [[case]]
-- title = "over zones, and in one zone"
-- given.azure_postgresql_flexible_server = [{ name = "a", high_availability_mode = "ZoneRedundant" }, { name = "b", high_availability_mode = "SameZone" }]
-- expect = { a = "pass", b = "pass" }
-- [[case]]
-- title = "off"
-- given.azure_postgresql_flexible_server = [{ name = "a", high_availability_mode = "Disabled" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "absent means off"
-- given.azure_postgresql_flexible_server = [{ name = "a" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "other letter case"
-- given.azure_postgresql_flexible_server = [{ name = "a", high_availability_mode = "zoneredundant" }, { name = "b", high_availability_mode = "samezone" }, { name = "c", high_availability_mode = "DISABLED" }]
-- expect = { a = "pass", b = "pass", c = "fail" }
-- [[case]]
-- title = "asked for, but the standby is being taken away or is not there"
-- given.azure_postgresql_flexible_server = [
--   { name = "a", high_availability_mode = "ZoneRedundant", high_availability_state = "RemovingStandby" },
--   { name = "b", high_availability_mode = "ZoneRedundant", high_availability_state = "NotEnabled" },
--   { name = "c", high_availability_mode = "ZoneRedundant", high_availability_state = "Healthy" },
-- ]
-- expect = { a = "unknown", b = "unknown", c = "pass" }
-- [[case]]
-- title = "a value nobody knows"
-- given.azure_postgresql_flexible_server = [{ name = "a", high_availability_mode = "Planet" }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "a burstable server cannot have it, and has none"
-- given.azure_postgresql_flexible_server = [{ name = "a", sku_tier = "Burstable", high_availability_mode = "Disabled" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "not readable: the mode, the state"
-- given.azure_postgresql_flexible_server = [{ name = "a", high_availability_mode = "SameZone", _gaps = ["high_availability_mode"] }, { name = "b", high_availability_mode = "SameZone", _gaps = ["high_availability_state"] }]
-- expect = { a = "unknown", b = "unknown" }
-- [[case]]
-- title = "a read replica cannot have a standby"
-- given.azure_postgresql_flexible_server = [{ name = "a", replication_role = "AsyncReplica", high_availability_mode = "Disabled" }, { name = "b", replication_role = "GeoAsyncReplica" }, { name = "c", replication_role = "None" }]
-- expect = { a = "not_applicable", b = "not_applicable", c = "fail" }
-- [[case]]
-- title = "no server"
-- given.azure_postgresql_flexible_server = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "servers denied"
-- ledger = [{ table = "azure_postgresql_flexible_server", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_postgresql_flexible_server = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "list cut short"
-- ledger = [{ table = "azure_postgresql_flexible_server", subscription = "11111111-1111-4111-8111-111111111111", status = "partial" }]
-- given.azure_postgresql_flexible_server = [{ name = "a", high_availability_mode = "SameZone" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
SELECT s.id AS subject, s.id AS resource_id, s.subscription_id,
       CASE WHEN lower(trim(s.replication_role)) IN ('asyncreplica', 'geoasyncreplica') THEN 'not_applicable'
            WHEN lower(coalesce(trim(s.high_availability_mode), 'Disabled')) = 'disabled' THEN 'fail'
            WHEN lower(trim(s.high_availability_mode)) NOT IN ('zoneredundant', 'samezone') THEN NULL
            WHEN lower(trim(s.high_availability_state)) IN ('notenabled', 'removingstandby') THEN NULL
            ELSE 'pass'
       END AS verdict,
       CASE WHEN lower(trim(s.replication_role)) IN ('asyncreplica', 'geoasyncreplica') THEN 'a read replica cannot have a standby: ' || s.replication_role
            WHEN s.high_availability_mode IS NULL THEN 'high availability was never set, which means there is no standby'
            WHEN lower(trim(s.high_availability_mode)) = 'disabled'
            THEN 'there is no standby' || CASE WHEN lower(s.sku_tier) = 'burstable' THEN '; the tier Burstable cannot have one' ELSE '' END
            WHEN lower(trim(s.high_availability_mode)) NOT IN ('zoneredundant', 'samezone')
            THEN 'high availability has a mode that is not known: ' || s.high_availability_mode
            WHEN lower(trim(s.high_availability_state)) IN ('notenabled', 'removingstandby')
            THEN 'the mode is ' || s.high_availability_mode || ', but the state of the standby is ' || s.high_availability_state
            ELSE 'standby: ' || s.high_availability_mode || coalesce(', state ' || s.high_availability_state, '')
       END AS reason,
       s.high_availability_state AS standby_state, s.replication_role, s.sku_tier
FROM azure_postgresql_flexible_server AS s
