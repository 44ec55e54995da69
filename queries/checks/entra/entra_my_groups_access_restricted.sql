-- title = "My Groups features restricted"
-- severity = "low"
-- subject = "azure_account"
-- tables = ["azure_account"]
-- optional = ["azure_user_group", "azure_authorization_policy"]
-- controls = [
--   "cis_azure_2_0_0:1.18", "cis_azure_2_1_0:1.17", "cis_azure_3_0_0:2.18", "cis_azure_4_0_0:6.18", "cis_azure_5_0_0:5.18",
--   "nist_800_53_r5:AC-6", "nist_800_53_r5:CM-7", "iso_27001_2022:A.5.15", "iso_27001_2022:A.8.2", "pci_dss_4_0:7.2.1",
--   "soc_2:CC6.3",
-- ]
-- rationale = "In My Groups everybody can see groups with their members, make some and ask to join. The switch leaves that to administrators. Counted are the groups whose members are set by hand in Entra; that users may create security groups is told as well."
-- remediation = "Entra admin center > Groups > General: Restrict user ability to access groups features in My Groups: Yes. There is no az command for it."
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
-- title = "users may create security groups"
-- given.azure_account = [{ }]
-- given.azure_authorization_policy = [{ name = "authorizationPolicy", default_user_role_permissions_allowed_to_create_security_groups = true }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual" }
-- [[case]]
-- title = "groups and policy denied: the evidence is incomplete"
-- ledger = [{ table = "azure_user_group", status = "denied" }, { table = "azure_authorization_policy", status = "denied" }]
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
       'to be confirmed by the auditor: access to the group features of My Groups is restricted; no interface gives the setting, its default is No'
         || '; groups found whose members are set by hand: ' || coalesce(g.n, 0)
         || CASE WHEN p.default_user_role_permissions_allowed_to_create_security_groups THEN '; users may create security groups'
                 WHEN NOT p.default_user_role_permissions_allowed_to_create_security_groups THEN '; users may not create security groups'
                 ELSE '' END AS reason,
       t.display_name AS resource_name,
       coalesce(g.n, 0) AS assigned_groups, p.default_user_role_permissions_allowed_to_create_security_groups AS users_create_security_groups
FROM azure_account AS t
LEFT JOIN open_group AS g ON g.tenant_id = t.tenant_id
LEFT JOIN azure_authorization_policy AS p ON p.tenant_id = t.tenant_id
