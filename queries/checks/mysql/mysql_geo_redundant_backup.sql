-- title = "MySQL backups in a second region"
-- severity = "low"
-- subject = "azure_mysql_flexible_server"
-- tables = ["azure_mysql_flexible_server"]
-- controls = [
--   "nist_800_53_r5:CP-6", "nist_800_53_r5:CP-9", "iso_27001_2022:A.8.13", "iso_27001_2022:A.8.14", "soc_2:A1.2",
-- ]
-- rationale = "When a region is lost its backups are lost with it, unless they are copied to another one. The same goes for an attacker who deletes what lies in one place."
-- remediation = "az mysql flexible-server update --resource-group GROUP --name SERVER --geo-redundant-backup Enabled"
-- references = ["https://learn.microsoft.com/azure/mysql/flexible-server/concepts-backup-restore"]
-- [[case]]
-- title = "on"
-- given.azure_mysql_flexible_server = [{ name = "a", backup_geo_redundant_backup = "Enabled" }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "off"
-- given.azure_mysql_flexible_server = [{ name = "a", backup_geo_redundant_backup = "Disabled" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "absent means off"
-- given.azure_mysql_flexible_server = [{ name = "a" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "other letter case"
-- given.azure_mysql_flexible_server = [{ name = "a", backup_geo_redundant_backup = "enabled" }, { name = "b", backup_geo_redundant_backup = "DISABLED" }]
-- expect = { a = "pass", b = "fail" }
-- [[case]]
-- title = "a value nobody knows"
-- given.azure_mysql_flexible_server = [{ name = "a", backup_geo_redundant_backup = "Zone" }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "not readable"
-- given.azure_mysql_flexible_server = [{ name = "a", backup_geo_redundant_backup = "Enabled", _gaps = ["backup_geo_redundant_backup"] }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "no server"
-- given.azure_mysql_flexible_server = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "servers denied"
-- ledger = [{ table = "azure_mysql_flexible_server", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_mysql_flexible_server = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "list cut short"
-- ledger = [{ table = "azure_mysql_flexible_server", subscription = "11111111-1111-4111-8111-111111111111", status = "partial" }]
-- given.azure_mysql_flexible_server = [{ name = "a", backup_geo_redundant_backup = "Enabled" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
SELECT s.id AS subject, s.id AS resource_id, s.subscription_id,
       CASE WHEN lower(trim(s.backup_geo_redundant_backup)) = 'enabled' THEN 'pass'
            WHEN lower(coalesce(trim(s.backup_geo_redundant_backup), 'Disabled')) = 'disabled' THEN 'fail'
       END AS verdict,
       CASE WHEN s.backup_geo_redundant_backup IS NULL THEN 'backups in a second region were never set, which means there are none'
            WHEN lower(trim(s.backup_geo_redundant_backup)) = 'enabled' THEN 'backups are copied to a second region'
            WHEN lower(trim(s.backup_geo_redundant_backup)) = 'disabled' THEN 'backups stay in one region'
            ELSE 'backups in a second region have a value that is not known: ' || s.backup_geo_redundant_backup
       END AS reason,
       s.replication_role
FROM azure_mysql_flexible_server AS s
