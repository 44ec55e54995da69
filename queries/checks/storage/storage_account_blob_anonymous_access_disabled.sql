-- title = "Blob anonymous access off"
-- severity = "critical"
-- subject = "azure_storage_account"
-- tables = ["azure_storage_account"]
-- optional = ["azure_storage_container"]
-- controls = [
--   "cis_azure_2_0_0:3.7", "cis_azure_2_1_0:3.17", "cis_azure_3_0_0:4.17", "cis_azure_4_0_0:10.3.9", "cis_azure_5_0_0:9.3.8",
--   "cis_azure_6_0_0:9.3.8", "nist_800_53_r5:AC-4", "nist_800_53_r5:SC-7", "iso_27001_2022:A.8.1", "pci_dss_4_0:1.3.1",
--   "pci_dss_4_0:1.4.2", "soc_2:CC6.1", "mitre_attack:T1530",
-- ]
-- rationale = "While the account permits it, anybody who may write a container can open it to readers without a name. An account that never had the setting permits it."
-- remediation = "Find out who reads the containers listed as evidence, then: az storage account update --ids ID --allow-blob-public-access false"
-- references = ["https://learn.microsoft.com/azure/storage/blobs/anonymous-read-access-prevent"]
-- [[case]]
-- title = "off"
-- given.azure_storage_account = [{ name = "a", allow_blob_public_access = false }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "permitted"
-- given.azure_storage_account = [{ name = "a", allow_blob_public_access = true }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "absent means permitted"
-- given.azure_storage_account = [{ name = "a" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "permitted, no container uses it: the switch decides"
-- given.azure_storage_account = [{ id = "/x/a", allow_blob_public_access = true }]
-- given.azure_storage_container = [{ name = "c", _parent_id = "/x/a", public_access = "None" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "off, a container still carries a level that no longer works"
-- given.azure_storage_account = [{ id = "/x/a", allow_blob_public_access = false }]
-- given.azure_storage_container = [{ name = "c", _parent_id = "/x/a", public_access = "Blob" }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "many containers give one finding"
-- given.azure_storage_account = [{ id = "/x/a", allow_blob_public_access = true }, { id = "/x/b", allow_blob_public_access = false }]
-- given.azure_storage_container = [
--   { name = "c1", _parent_id = "/x/a", public_access = "Blob" },
--   { name = "c2", _parent_id = "/x/a", public_access = "container" },
--   { name = "c3", _parent_id = "/x/a" },
-- ]
-- expect = { a = "fail", b = "pass" }
-- [[case]]
-- title = "containers not read: the verdict stands"
-- ledger = [{ table = "azure_storage_container", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_storage_account = [{ name = "a", allow_blob_public_access = false }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "the level of a container not readable: the verdict stands"
-- given.azure_storage_account = [{ id = "/x/a", allow_blob_public_access = false }]
-- given.azure_storage_container = [{ name = "c", _parent_id = "/x/a", _gaps = ["public_access"] }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "value not readable"
-- given.azure_storage_account = [{ name = "a", _gaps = ["allow_blob_public_access"] }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "no account"
-- given.azure_storage_account = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "list denied"
-- ledger = [{ table = "azure_storage_account", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_storage_account = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
WITH open_container AS (
    SELECT c._parent_id AS account_id,
           list_sort(list(DISTINCT c.name || ' (' || coalesce(c.public_access, 'level not readable') || ')')) AS containers
    FROM azure_storage_container AS c
    WHERE lower(c.public_access) IN ('blob', 'container') OR list_contains(c._gaps, 'public_access')
    GROUP BY c._parent_id
)
SELECT s.id AS subject, s.id AS resource_id, s.subscription_id,
       CASE WHEN NOT s.allow_blob_public_access THEN 'pass' ELSE 'fail' END AS verdict,
       CASE WHEN s.allow_blob_public_access IS NULL THEN 'the setting is absent, which permits anonymous access'
            WHEN s.allow_blob_public_access THEN 'anonymous access is permitted'
            ELSE 'anonymous access is off'
       END
       || CASE WHEN o.containers IS NULL THEN ''
               ELSE '; containers that may have a public level: ' || array_length(o.containers)
          END AS reason,
       o.containers AS public_containers
FROM azure_storage_account AS s
LEFT JOIN open_container AS o ON o.account_id = s.id
