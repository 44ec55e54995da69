-- title = "Owners do not handle group join requests"
-- severity = "low"
-- subject = "azure_account"
-- tables = ["azure_account"]
-- optional = ["azure_user_group"]
-- controls = [
--   "cis_azure_2_0_0:1.20", "cis_azure_2_1_0:1.19", "cis_azure_3_0_0:2.20", "cis_azure_4_0_0:6.20", "cis_azure_5_0_0:5.20",
--   "nist_800_53_r5:AC-6", "nist_800_53_r5:CM-7", "iso_27001_2022:A.5.15", "iso_27001_2022:A.8.2", "pci_dss_4_0:7.2.1",
--   "soc_2:CC6.3",
-- ]
-- rationale = "An owner who may grant requests in My Groups hands out whatever the group opens, past the people who answer for it. Counted are the groups whose members are set by hand in Entra, since only those can be joined on request."
-- remediation = "Entra admin center > Groups > General: Owners can manage group membership requests in My Groups: No. There is no az command for it; az ad group owner list --group GROUP shows who could decide."
-- references = ["https://learn.microsoft.com/entra/identity/users/groups-self-service-management"]
-- [[case]]
-- title = "no group"
-- given.azure_account = [{ }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual" }
-- [[case]]
-- title = "an own group, a dynamic one, one of the own directory"
-- given.azure_account = [{ }]
-- given.azure_user_group = [
--   { name = "a", group_types = [] },
--   { name = "b", group_types = ["DynamicMembership"] },
--   { name = "c", on_premises_sync_enabled = true },
-- ]
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual" }
-- [[case]]
-- title = "kinds absent"
-- given.azure_account = [{ }]
-- given.azure_user_group = [{ name = "a" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual" }
-- [[case]]
-- title = "kinds not readable"
-- given.azure_account = [{ }]
-- given.azure_user_group = [{ name = "a", _gaps = ["group_types", "on_premises_sync_enabled"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual" }
-- [[case]]
-- title = "groups denied: the evidence is incomplete"
-- ledger = [{ table = "azure_user_group", status = "denied" }]
-- given.azure_account = [{ }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual" }
-- [[case]]
-- title = "no tenant row"
-- given.azure_account = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "not_applicable" }
-- [[case]]
-- title = "tenant denied"
-- ledger = [{ table = "azure_account", status = "denied" }]
-- given.azure_account = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
WITH open_group AS (
    SELECT g.tenant_id, count(*) AS n
    FROM azure_user_group AS g
    WHERE NOT coalesce(g.on_premises_sync_enabled, FALSE)
      AND coalesce(array_length(list_filter(g.group_types, lambda k: lower(trim(k)) = 'dynamicmembership')), 0) = 0
    GROUP BY g.tenant_id
)
SELECT t.id AS subject, t.id AS resource_id, CAST(NULL AS VARCHAR) AS subscription_id,
       'manual' AS verdict,
       'to be confirmed by the auditor: group owners cannot manage membership requests in My Groups; no interface gives the setting, its default is No'
         || '; groups found whose members are set by hand: ' || coalesce(g.n, 0) AS reason,
       t.display_name AS resource_name,
       coalesce(g.n, 0) AS assigned_groups
FROM azure_account AS t
LEFT JOIN open_group AS g ON g.tenant_id = t.tenant_id
