-- title = "Web app basic publishing credentials off"
-- severity = "medium"
-- subject = "azure_web_app"
-- tables = ["azure_web_app", "azure_web_app_publishing_credentials_policy"]
-- controls = [
--   "cis_azure_3_0_0:9.6", "nist_800_53_r5:AC-2", "nist_800_53_r5:AC-3", "nist_800_53_r5:IA-2", "iso_27001_2022:A.5.15",
--   "iso_27001_2022:A.5.17", "pci_dss_4_0:7.2.1", "soc_2:CC6.1",
-- ]
-- rationale = "A user name and password that never expire, know no second factor and are shared by everybody who deploys let anyone who finds them replace the code. Both ways in have a switch: FTP and the deployment site (scm)."
-- remediation = "az resource update --resource-group GROUP --namespace Microsoft.Web --parent sites/APP --resource-type basicPublishingCredentialsPolicies --name scm --set properties.allow=false, and the same with --name ftp."
-- references = ["https://learn.microsoft.com/azure/app-service/configure-basic-auth-disable"]
-- [[case]]
-- title = "both off"
-- given.azure_web_app = [{ id = "/x/a" }]
-- given.azure_web_app_publishing_credentials_policy = [
--   { id = "/x/a/basicpublishingcredentialspolicies/ftp", name = "ftp", _parent_id = "/x/a", allow = false },
--   { id = "/x/a/basicpublishingcredentialspolicies/scm", name = "scm", _parent_id = "/x/a", allow = false },
-- ]
-- expect = { a = "pass" }
-- [[case]]
-- title = "FTP off, deployment site on; and the reverse; and both on"
-- given.azure_web_app = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c" }]
-- given.azure_web_app_publishing_credentials_policy = [
--   { id = "/x/a/basicpublishingcredentialspolicies/ftp", name = "ftp", _parent_id = "/x/a", allow = false },
--   { id = "/x/a/basicpublishingcredentialspolicies/scm", name = "scm", _parent_id = "/x/a", allow = true },
--   { id = "/x/b/basicpublishingcredentialspolicies/ftp", name = "ftp", _parent_id = "/x/b", allow = true },
--   { id = "/x/b/basicpublishingcredentialspolicies/scm", name = "scm", _parent_id = "/x/b", allow = false },
--   { id = "/x/c/basicpublishingcredentialspolicies/ftp", name = "ftp", _parent_id = "/x/c", allow = true },
--   { id = "/x/c/basicpublishingcredentialspolicies/scm", name = "scm", _parent_id = "/x/c", allow = true },
-- ]
-- expect = { a = "fail", b = "fail", c = "fail" }
-- [[case]]
-- title = "one of the two missing: unknown, unless the other is open"
-- given.azure_web_app = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_web_app_publishing_credentials_policy = [
--   { id = "/x/a/basicpublishingcredentialspolicies/ftp", name = "ftp", _parent_id = "/x/a", allow = false },
--   { id = "/x/b/basicpublishingcredentialspolicies/scm", name = "scm", _parent_id = "/x/b", allow = true },
-- ]
-- expect = { a = "unknown", b = "fail" }
-- [[case]]
-- title = "names in other letter case"
-- given.azure_web_app = [{ id = "/x/a" }]
-- given.azure_web_app_publishing_credentials_policy = [{ name = "FTP", _parent_id = "/x/a", allow = false }, { name = "Scm", _parent_id = "/x/a", allow = false }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "value absent: the default depends on the age of the app"
-- given.azure_web_app = [{ id = "/x/a" }]
-- given.azure_web_app_publishing_credentials_policy = [{ name = "ftp", _parent_id = "/x/a", allow = false }, { name = "scm", _parent_id = "/x/a" }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "value not readable: unknown, unless the other is open"
-- given.azure_web_app = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_web_app_publishing_credentials_policy = [
--   { id = "/p1", name = "ftp", _parent_id = "/x/a", allow = false },
--   { id = "/p2", name = "scm", _parent_id = "/x/a", _gaps = ["allow"] },
--   { id = "/p3", name = "ftp", _parent_id = "/x/b", allow = true },
--   { id = "/p4", name = "scm", _parent_id = "/x/b", _gaps = ["allow"] },
-- ]
-- expect = { a = "unknown", b = "fail" }
-- [[case]]
-- title = "a policy of another name does not count"
-- given.azure_web_app = [{ id = "/x/a" }]
-- given.azure_web_app_publishing_credentials_policy = [
--   { id = "/x/a/basicpublishingcredentialspolicies/ftp", name = "ftp", _parent_id = "/x/a", allow = false },
--   { id = "/x/a/basicpublishingcredentialspolicies/scm", name = "scm", _parent_id = "/x/a", allow = false },
--   { name = "other", _parent_id = "/x/a", allow = true },
-- ]
-- expect = { a = "pass" }
-- [[case]]
-- title = "no policy in the snapshot; those of another app do not count"
-- given.azure_web_app = [{ id = "/x/a" }, { id = "/x/b" }]
-- given.azure_web_app_publishing_credentials_policy = [
--   { id = "/x/b/basicpublishingcredentialspolicies/ftp", name = "ftp", _parent_id = "/x/b", allow = false },
--   { id = "/x/b/basicpublishingcredentialspolicies/scm", name = "scm", _parent_id = "/x/b", allow = false },
-- ]
-- expect = { a = "unknown", b = "pass" }
-- [[case]]
-- title = "no app"
-- given.azure_web_app = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "policies denied"
-- ledger = [{ table = "azure_web_app_publishing_credentials_policy", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_web_app = [{ id = "/x/a" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "policies of one app denied"
-- ledger = [
--   { table = "azure_web_app_publishing_credentials_policy", parent = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.web/sites/a", status = "denied" },
-- ]
-- given.azure_web_app = [{ name = "a" }, { name = "b" }]
-- given.azure_web_app_publishing_credentials_policy = [
--   { id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.web/sites/b/basicpublishingcredentialspolicies/ftp", name = "ftp", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.web/sites/b", allow = false },
--   { id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.web/sites/b/basicpublishingcredentialspolicies/scm", name = "scm", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.web/sites/b", allow = false },
-- ]
-- expect = { a = "unknown", b = "pass" }
-- [[case]]
-- title = "apps could not be listed"
-- ledger = [{ table = "azure_web_app", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_web_app = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
WITH way AS (
    SELECT p._parent_id AS app_id, lower(trim(p.name)) AS way,
           CASE WHEN NOT coalesce(list_contains(p._gaps, 'allow'), FALSE) THEN p.allow END AS allowed
    FROM azure_web_app_publishing_credentials_policy AS p
    WHERE lower(trim(p.name)) IN ('ftp', 'scm')
),
per_app AS (
    SELECT w.app_id,
           list_sort(list(DISTINCT w.way) FILTER (WHERE w.allowed)) AS open_ways,
           list_sort(list(DISTINCT w.way) FILTER (WHERE NOT w.allowed)) AS closed_ways,
           count(DISTINCT w.way) FILTER (WHERE NOT w.allowed) AS n_closed,
           count(*) FILTER (WHERE w.allowed IS NULL) AS n_unread
    FROM way AS w
    GROUP BY w.app_id
)
SELECT a.id AS subject, a.id AS resource_id, a.subscription_id,
       CASE WHEN p.open_ways IS NOT NULL THEN 'fail'
            WHEN p.n_unread = 0 AND p.n_closed = 2 THEN 'pass'
       END AS verdict,
       CASE WHEN p.app_id IS NULL THEN 'the publishing credentials policies of the app are not in the snapshot'
            WHEN p.open_ways IS NOT NULL THEN 'basic sign-in is allowed for: ' || array_to_string(p.open_ways, ', ')
            WHEN p.n_unread > 0 THEN 'whether basic sign-in is allowed is not given for every way in'
            WHEN p.n_closed < 2 THEN 'only one of the two policies is in the snapshot: ' || array_to_string(p.closed_ways, ', ')
            ELSE 'basic sign-in is off for FTP and for the deployment site'
       END AS reason
FROM azure_web_app AS a
LEFT JOIN per_app AS p ON p.app_id = a.id
