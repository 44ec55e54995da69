-- title = "Critical storage is geo-redundant"
-- severity = "medium"
-- subject = "azure_storage_account"
-- tables = ["azure_storage_account"]
-- controls = [
--   "cis_azure_4_0_0:10.3.12", "cis_azure_5_0_0:9.3.11", "cis_azure_6_0_0:9.3.11", "nist_800_53_r5:CP-6",
--   "iso_27001_2022:A.8.14", "soc_2:A1.2",
-- ]
-- rationale = "Copies within one region are lost or out of reach together with that region. Geo-redundant storage keeps another copy in a second region; it matters for data that nobody could make anew, so an auditor weighs a fail by what the account holds."
-- remediation = "az storage account update --name NAME --resource-group GROUP --sku Standard_GZRS (or Standard_GRS). Premium accounts cannot be geo-redundant: replicate their objects or back them up in another region."
-- references = ["https://learn.microsoft.com/azure/storage/common/storage-redundancy"]
-- [[case]]
-- title = "the four geo-redundant ones"
-- given.azure_storage_account = [
--   { name = "a", sku_name = "Standard_GRS" },
--   { name = "b", sku_name = "Standard_RAGRS" },
--   { name = "c", sku_name = "Standard_GZRS" },
--   { name = "d", sku_name = "Standard_RAGZRS" },
-- ]
-- expect = { a = "pass", b = "pass", c = "pass", d = "pass" }
-- [[case]]
-- title = "one region only"
-- given.azure_storage_account = [{ name = "a", sku_name = "Standard_LRS" }, { name = "b", sku_name = "Standard_ZRS" }]
-- expect = { a = "fail", b = "fail" }
-- [[case]]
-- title = "premium cannot be geo-redundant"
-- given.azure_storage_account = [{ name = "a", sku_name = "Premium_LRS" }, { name = "b", sku_name = "Premium_ZRS" }, { name = "c", sku_name = "PremiumV2_ZRS" }]
-- expect = { a = "fail", b = "fail", c = "fail" }
-- [[case]]
-- title = "provisioned file accounts on hard disks"
-- given.azure_storage_account = [
--   { name = "a", kind = "FileStorage", sku_name = "StandardV2_GRS" },
--   { name = "b", kind = "FileStorage", sku_name = "StandardV2_GZRS" },
--   { name = "c", kind = "FileStorage", sku_name = "StandardV2_LRS" },
--   { name = "d", kind = "FileStorage", sku_name = "StandardV2_ZRS" },
-- ]
-- expect = { a = "pass", b = "pass", c = "fail", d = "fail" }
-- [[case]]
-- title = "other letter case"
-- given.azure_storage_account = [{ name = "a", sku_name = "standard_ragrs" }, { name = "b", sku_name = "STANDARD_LRS" }]
-- expect = { a = "pass", b = "fail" }
-- [[case]]
-- title = "absent, and a name nobody knows yet"
-- given.azure_storage_account = [{ name = "a" }, { name = "b", sku_name = "Standard_XRS" }]
-- expect = { a = "unknown", b = "unknown" }
-- [[case]]
-- title = "not readable"
-- given.azure_storage_account = [{ name = "a", _gaps = ["sku_name"] }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "no account"
-- given.azure_storage_account = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "accounts denied"
-- ledger = [{ table = "azure_storage_account", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_storage_account = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
WITH account AS (
    SELECT s.id, s.subscription_id, s.sku_name, s.kind,
           regexp_extract(upper(trim(s.sku_name)), '^[A-Z0-9]+_([A-Z0-9]+)$', 1) AS redundancy
    FROM azure_storage_account AS s
)
SELECT a.id AS subject, a.id AS resource_id, a.subscription_id,
       CASE WHEN a.redundancy IN ('GRS', 'RAGRS', 'GZRS', 'RAGZRS') THEN 'pass'
            WHEN a.redundancy IN ('LRS', 'ZRS') THEN 'fail'
       END AS verdict,
       CASE WHEN a.sku_name IS NULL THEN 'the redundancy is not given'
            WHEN a.redundancy IN ('GRS', 'RAGRS', 'GZRS', 'RAGZRS') THEN 'geo-redundant: ' || a.sku_name
            WHEN a.redundancy IN ('LRS', 'ZRS') AND lower(trim(a.sku_name)) LIKE 'premium%'
            THEN 'one region only: ' || a.sku_name || ', and a premium account cannot be geo-redundant'
            WHEN a.redundancy IN ('LRS', 'ZRS') THEN 'one region only: ' || a.sku_name
            ELSE 'redundancy not known: ' || a.sku_name
       END AS reason,
       a.sku_name, a.kind
FROM account AS a
