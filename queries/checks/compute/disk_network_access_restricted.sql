-- title = "Disk export not open to all networks"
-- severity = "high"
-- subject = "azure_managed_disk"
-- tables = ["azure_managed_disk"]
-- controls = [
--   "cis_azure_3_0_0:8.5", "nist_800_53_r5:AC-4", "nist_800_53_r5:SC-7", "iso_27001_2022:A.8.20", "iso_27001_2022:A.8.22",
--   "pci_dss_4_0:1.3.1", "pci_dss_4_0:1.4.2", "soc_2:CC6.6",
-- ]
-- rationale = "As long as a disk may be exported from everywhere, a signed link that leaks, or an account that may make one, is enough to copy the whole disk over the Internet. The link is public only where the policy allows all networks and public access is on as well; either of the two closes it."
-- remediation = "az disk update --ids DISK_ID --network-access-policy DenyAll --public-network-access Disabled; or AllowPrivate with --disk-access DISK_ACCESS_ID and a private endpoint where disks are exported."
-- references = ["https://learn.microsoft.com/azure/virtual-machines/disks-restrict-import-export-overview", "https://learn.microsoft.com/rest/api/compute/disks/get"]
-- [[case]]
-- title = "public access off and export denied, or private only"
-- given.azure_managed_disk = [
--   { name = "a", public_network_access = "Disabled", network_access_policy = "DenyAll" },
--   { name = "b", public_network_access = "Disabled", network_access_policy = "AllowPrivate" },
-- ]
-- expect = { a = "pass", b = "pass" }
-- [[case]]
-- title = "open to all networks"
-- given.azure_managed_disk = [{ name = "a", public_network_access = "Enabled", network_access_policy = "AllowAll" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "both absent means open"
-- given.azure_managed_disk = [{ name = "a" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "one absent, the other open"
-- given.azure_managed_disk = [{ name = "a", public_network_access = "Enabled" }, { name = "b", network_access_policy = "AllowAll" }]
-- expect = { a = "fail", b = "fail" }
-- [[case]]
-- title = "the policy alone closes the Internet, whatever public access says"
-- given.azure_managed_disk = [
--   { name = "a", public_network_access = "Enabled", network_access_policy = "AllowPrivate" },
--   { name = "b", public_network_access = "Enabled", network_access_policy = "DenyAll" },
--   { name = "c", network_access_policy = "DenyAll" },
-- ]
-- expect = { a = "pass", b = "pass", c = "pass" }
-- [[case]]
-- title = "public access off closes the Internet, whatever the policy says"
-- given.azure_managed_disk = [{ name = "a", public_network_access = "Disabled", network_access_policy = "AllowAll" }, { name = "b", public_network_access = "disabled" }]
-- expect = { a = "pass", b = "pass" }
-- [[case]]
-- title = "other letter case"
-- given.azure_managed_disk = [{ name = "a", public_network_access = "ENABLED", network_access_policy = "allowall" }, { name = "b", public_network_access = "enabled", network_access_policy = "denyall" }]
-- expect = { a = "fail", b = "pass" }
-- [[case]]
-- title = "values that are not known"
-- given.azure_managed_disk = [{ name = "a", public_network_access = "Enabled", network_access_policy = "AllowSome" }, { name = "b", public_network_access = "SecuredByPerimeter", network_access_policy = "AllowAll" }]
-- expect = { a = "unknown", b = "unknown" }
-- [[case]]
-- title = "one of them not readable"
-- given.azure_managed_disk = [
--   { name = "a", public_network_access = "Enabled", _gaps = ["network_access_policy"] },
--   { name = "b", network_access_policy = "DenyAll", _gaps = ["public_network_access"] },
-- ]
-- expect = { a = "unknown", b = "unknown" }
-- [[case]]
-- title = "no disk"
-- given.azure_managed_disk = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "list denied"
-- ledger = [{ table = "azure_managed_disk", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_managed_disk = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
WITH disk AS (
    SELECT d.id, d.subscription_id,
           coalesce(nullif(lower(trim(d.network_access_policy)), ''), 'allowall') AS policy,
           coalesce(nullif(lower(trim(d.public_network_access)), ''), 'enabled') AS public_access,
           'network access policy ' || coalesce(nullif(trim(d.network_access_policy), ''), 'absent (AllowAll)')
             || ', public network access ' || coalesce(nullif(trim(d.public_network_access), ''), 'absent (Enabled)') AS setting
    FROM azure_managed_disk AS d
)
SELECT d.id AS subject, d.id AS resource_id, d.subscription_id,
       CASE WHEN d.policy IN ('allowprivate', 'denyall') OR d.public_access = 'disabled' THEN 'pass'
            WHEN d.policy = 'allowall' AND d.public_access = 'enabled' THEN 'fail'
       END AS verdict,
       d.setting || CASE WHEN d.policy = 'denyall' THEN ': the disk cannot be exported'
                         WHEN d.policy = 'allowprivate' THEN ': the disk is exported over private endpoints only'
                         WHEN d.public_access = 'disabled' THEN ': the disk cannot be exported over the Internet'
                         WHEN d.policy = 'allowall' AND d.public_access = 'enabled' THEN ': the disk can be exported from all networks'
                         ELSE ': a value that is not known'
                    END AS reason
FROM disk AS d
