-- title = "No endless eligibility for a privileged role"
-- severity = "medium"
-- subject = "azure_role_eligibility_schedule_instance"
-- tables = ["azure_subscription"]
-- optional = ["azure_role_eligibility_schedule_instance", "azure_ad_role_eligibility_schedule_instance", "azure_management_group"]
-- controls = ["jit:pim_no_permanent_eligible_assignments", "pim:pim_no_permanent_eligible_assignments"]
-- rationale = "An eligibility that never ends stays with people who changed jobs and with accounts nobody watches, and each of them can turn it into the role in a minute. With an end, somebody has to say again that it is needed."
-- remediation = "Entra admin center > Identity Governance > Privileged Identity Management > Azure resources (or Microsoft Entra roles) > Assignments > Eligible > Update: set an end date, or remove what is not needed. By API: az rest --method put on roleEligibilityScheduleRequests with requestType AdminUpdate and scheduleInfo.expiration. Then forbid permanent eligibility in the settings of the role."
-- references = ["https://learn.microsoft.com/entra/id-governance/privileged-identity-management/pim-resource-roles-assign-roles", "https://learn.microsoft.com/entra/id-governance/privileged-identity-management/pim-how-to-renew-extend"]
-- [[case]]
-- # JIT-37 pass: endDateTime set
-- # JIT-37 fail: null
-- title = "with and without an end, Azure and Entra"
-- given.azure_subscription = [{ }]
-- given.azure_role_eligibility_schedule_instance = [
--   { name = "a", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", principal_id = "p1", principal_type = "User", member_type = "Direct", end_date_time = "2027-01-01T00:00:00Z" },
--   { name = "b", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/18d7d88d-d35e-4fb5-a5c3-7773c20a72d9", principal_id = "p1", principal_type = "User", member_type = "Direct" },
-- ]
-- given.azure_ad_role_eligibility_schedule_instance = [
--   { name = "c", role_definition_id = "62e90394-69f5-4237-9190-012177145e10", directory_scope_id = "/", principal_id = "p1", member_type = "Direct", end_date_time = "2027-01-01T00:00:00Z" },
--   { name = "d", role_definition_id = "194ae4cb-b126-40b2-bd5b-6091b380977d", directory_scope_id = "/", principal_id = "p1", member_type = "Direct" },
-- ]
-- expect = { "a" = "pass", "b" = "fail", "c" = "pass", "d" = "fail" }
-- [[case]]
-- title = "Contributor and RBAC Administrator count, on a resource group too; other roles do not"
-- given.azure_subscription = [{ }]
-- given.azure_role_eligibility_schedule_instance = [
--   { name = "a", scope = "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg1", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/b24988ac-6180-42a0-ab88-20f7382dd24c", principal_id = "p1", principal_type = "User", member_type = "Direct" },
--   { name = "b", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/F58310D9-A9F6-439A-9E8D-F62E7B41A168", principal_id = "p1", principal_type = "User", member_type = "Direct" },
--   { name = "c", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7", principal_id = "p1", principal_type = "User", member_type = "Direct" },
-- ]
-- given.azure_ad_role_eligibility_schedule_instance = [
--   { name = "d", role_definition_id = "f2ef992c-3afb-46b9-b7cf-a126ee74c451", directory_scope_id = "/", principal_id = "p1", member_type = "Direct" },
--   { name = "e", role_definition_id = "194AE4CB-B126-40B2-BD5B-6091B380977D", directory_scope_id = "/", principal_id = "p1", member_type = "Direct" },
-- ]
-- expect = { "a" = "fail", "b" = "fail", "e" = "fail" }
-- [[case]]
-- title = "inherited rows are told at the scope they come from; those of a group member and without a kind count"
-- given.azure_subscription = [{ }]
-- given.azure_role_eligibility_schedule_instance = [
--   { name = "a", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", principal_id = "p1", principal_type = "User", member_type = "Inherited" },
--   { name = "b", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", principal_id = "p1", principal_type = "User", member_type = "Group" },
--   { name = "c", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", principal_id = "p1", principal_type = "User" },
-- ]
-- given.azure_ad_role_eligibility_schedule_instance = [{ name = "d", role_definition_id = "62e90394-69f5-4237-9190-012177145e10", directory_scope_id = "/", principal_id = "p1", member_type = "inherited" }]
-- expect = { "b" = "fail", "c" = "fail" }
-- [[case]]
-- title = "nobody is eligible"
-- given.azure_subscription = [{ }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- # JIT-37 NA: license
-- title = "no licence on either side"
-- ledger = [
--   { table = "azure_role_eligibility_schedule_instance", parent = "/subscriptions/11111111-1111-4111-8111-111111111111", status = "license" },
--   { table = "azure_ad_role_eligibility_schedule_instance", status = "license" },
-- ]
-- given.azure_subscription = [{ }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable", "99999999-9999-4999-8999-999999999999" = "not_applicable" }
-- [[case]]
-- title = "Azure denied: the directory keeps its verdicts"
-- ledger = [{ table = "azure_role_eligibility_schedule_instance", status = "denied" }]
-- given.azure_subscription = [{ }]
-- given.azure_role_eligibility_schedule_instance = [{ name = "a", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", principal_id = "p1", principal_type = "User", member_type = "Direct", end_date_time = "2027-01-01T00:00:00Z" }]
-- given.azure_ad_role_eligibility_schedule_instance = [
--   { name = "c", role_definition_id = "62e90394-69f5-4237-9190-012177145e10", directory_scope_id = "/", principal_id = "p1", member_type = "Direct", end_date_time = "2027-01-01T00:00:00Z" },
--   { name = "d", role_definition_id = "62e90394-69f5-4237-9190-012177145e10", directory_scope_id = "/", principal_id = "p1", member_type = "Direct" },
-- ]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown", "c" = "pass", "d" = "fail" }
-- [[case]]
-- title = "directory denied: Azure keeps its verdicts"
-- ledger = [{ table = "azure_ad_role_eligibility_schedule_instance", status = "denied" }]
-- given.azure_subscription = [{ }]
-- given.azure_role_eligibility_schedule_instance = [
--   { name = "a", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", principal_id = "p1", principal_type = "User", member_type = "Direct", end_date_time = "2027-01-01T00:00:00Z" },
--   { name = "b", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", principal_id = "p1", principal_type = "User", member_type = "Direct" },
-- ]
-- given.azure_ad_role_eligibility_schedule_instance = [{ name = "c", role_definition_id = "62e90394-69f5-4237-9190-012177145e10", directory_scope_id = "/", principal_id = "p1", member_type = "Direct", end_date_time = "2027-01-01T00:00:00Z" }]
-- expect = { "a" = "pass", "b" = "fail", "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "one subscription and one management group denied"
-- ledger = [
--   { table = "azure_role_eligibility_schedule_instance", parent = "/subscriptions/22222222-2222-4222-8222-222222222222", status = "denied" },
--   { table = "azure_role_eligibility_schedule_instance", parent = "/providers/microsoft.management/managementgroups/mg1", status = "denied" },
-- ]
-- given.azure_subscription = [
--   { },
--   { subscription_id = "22222222-2222-4222-8222-222222222222" },
-- ]
-- given.azure_management_group = [{ id = "/providers/microsoft.management/managementgroups/mg1", name = "mg1" }]
-- given.azure_role_eligibility_schedule_instance = [
--   { name = "a", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", principal_id = "p1", principal_type = "User", member_type = "Direct", end_date_time = "2027-01-01T00:00:00Z" },
--   { name = "b", scope = "/subscriptions/22222222-2222-4222-8222-222222222222", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", principal_id = "p1", principal_type = "User", member_type = "Direct", subscription_id = "22222222-2222-4222-8222-222222222222", end_date_time = "2027-01-01T00:00:00Z" },
-- ]
-- expect = { "a" = "pass", "/subscriptions/22222222-2222-4222-8222-222222222222" = "unknown", "mg1" = "unknown" }
-- [[case]]
-- title = "at a management group"
-- given.azure_subscription = [{ }]
-- given.azure_management_group = [{ id = "/providers/microsoft.management/managementgroups/mg1", name = "mg1" }]
-- given.azure_role_eligibility_schedule_instance = [{ name = "a", scope = "/providers/microsoft.management/managementgroups/mg1", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", principal_id = "p1", principal_type = "User", member_type = "Direct", id = "/providers/microsoft.management/managementgroups/mg1/providers/microsoft.authorization/roleeligibilityscheduleinstances/a" }]
-- expect = { "a" = "fail", "11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "values not readable: the end, the role, the kind of membership"
-- given.azure_subscription = [{ }]
-- given.azure_role_eligibility_schedule_instance = [
--   { name = "a", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", principal_id = "p1", principal_type = "User", member_type = "Direct", _gaps = ["end_date_time"] },
--   { name = "b", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", principal_id = "p1", principal_type = "User", member_type = "Direct", end_date_time = "2027-01-01T00:00:00Z", _gaps = ["role_definition_id"] },
--   { name = "c", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", principal_id = "p1", principal_type = "User", member_type = "Direct", _gaps = ["member_type"] },
--   { name = "d", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", principal_id = "p1", principal_type = "User", member_type = "Direct", end_date_time = "2027-01-01T00:00:00Z", _gaps = ["member_type"] },
--   { name = "e", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", principal_id = "p1", principal_type = "User", member_type = "Direct" },
-- ]
-- given.azure_ad_role_eligibility_schedule_instance = [
--   { name = "f", role_definition_id = "62e90394-69f5-4237-9190-012177145e10", directory_scope_id = "/", principal_id = "p1", member_type = "Direct", _gaps = ["end_date_time"] },
--   { name = "g", role_definition_id = "62e90394-69f5-4237-9190-012177145e10", directory_scope_id = "/", principal_id = "p1", member_type = "Direct", end_date_time = "2027-01-01T00:00:00Z", _gaps = ["role_definition_id"] },
-- ]
-- expect = { "a" = "unknown", "b" = "unknown", "c" = "unknown", "d" = "pass", "e" = "unknown", "f" = "unknown", "g" = "unknown" }
-- [[case]]
-- title = "names not readable do not matter"
-- given.azure_subscription = [{ }]
-- given.azure_role_eligibility_schedule_instance = [{ name = "a", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", principal_id = "p1", principal_type = "User", member_type = "Direct", end_date_time = "2027-01-01T00:00:00Z", expanded_properties_principal_display_name = "Dana", _gaps = ["expanded_properties_principal_display_name", "principal_id", "scope"] }]
-- expect = { "a" = "pass" }
-- [[case]]
-- title = "management groups denied: what is eligible at them and in no subscription is not known"
-- ledger = [{ table = "azure_management_group", status = "denied" }]
-- given.azure_subscription = [{ }]
-- given.azure_management_group = []
-- given.azure_role_eligibility_schedule_instance = [{ name = "a", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", principal_id = "p1", principal_type = "User", member_type = "Direct", end_date_time = "2027-01-01T00:00:00Z" }]
-- expect = { "a" = "pass", "/providers/microsoft.management/managementgroups" = "unknown" }
-- [[case]]
-- title = "subscriptions denied"
-- ledger = [{ table = "azure_subscription", status = "denied" }]
-- given.azure_subscription = [{ }]
-- given.azure_role_eligibility_schedule_instance = [{ name = "a", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", principal_id = "p1", principal_type = "User", member_type = "Direct", end_date_time = "2027-01-01T00:00:00Z" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "inherited from above subscriptions: told once, and not beside the row it comes from; below a subscription not at all"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_role_eligibility_schedule_instance = [
--   { name = "a", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roleeligibilityscheduleinstances/a", subscription_id = "11111111-1111-4111-8111-111111111111", scope = "/providers/Microsoft.Management/managementGroups/mg1", role_definition_id = "/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", principal_id = "p", member_type = "Direct" },
--   { name = "b", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roleeligibilityscheduleinstances/b", subscription_id = "11111111-1111-4111-8111-111111111111", scope = "/providers/Microsoft.Management/managementGroups/mg1", role_definition_id = "/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", principal_id = "p", member_type = "Inherited" },
--   { name = "c", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roleeligibilityscheduleinstances/c", subscription_id = "11111111-1111-4111-8111-111111111111", scope = "/providers/Microsoft.Management/managementGroups/mg1", role_definition_id = "/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", principal_id = "q", member_type = "Inherited" },
--   { name = "d", id = "/subscriptions/22222222-2222-4222-8222-222222222222/providers/microsoft.authorization/roleeligibilityscheduleinstances/d", subscription_id = "22222222-2222-4222-8222-222222222222", scope = "/providers/Microsoft.Management/managementGroups/mg1", role_definition_id = "/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", principal_id = "q", member_type = "Inherited" },
--   { name = "e", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roleeligibilityscheduleinstances/e", subscription_id = "11111111-1111-4111-8111-111111111111", scope = "/providers/Microsoft.Management/managementGroups/mg1", role_definition_id = "/providers/microsoft.authorization/roledefinitions/18d7d88d-d35e-4fb5-a5c3-7773c20a72d9", principal_id = "q", member_type = "Inherited" },
--   { name = "f", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roleeligibilityscheduleinstances/f", subscription_id = "11111111-1111-4111-8111-111111111111", scope = "/providers/Microsoft.Management/managementGroups/mg1", role_definition_id = "/providers/microsoft.authorization/roledefinitions/18d7d88d-d35e-4fb5-a5c3-7773c20a72d9", principal_id = "p", member_type = "Inherited" },
--   { name = "g", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roleeligibilityscheduleinstances/g", subscription_id = "11111111-1111-4111-8111-111111111111", scope = "/providers/Microsoft.Management/managementGroups/mg2", role_definition_id = "/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", principal_id = "p", member_type = "inherited" },
--   { name = "h", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roleeligibilityscheduleinstances/h", subscription_id = "11111111-1111-4111-8111-111111111111", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", principal_id = "q", member_type = "Inherited" },
--   { name = "i", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roleeligibilityscheduleinstances/i", subscription_id = "11111111-1111-4111-8111-111111111111", scope = "/providers/Microsoft.Management/managementGroups/mg2", role_definition_id = "/providers/microsoft.authorization/roledefinitions/18d7d88d-d35e-4fb5-a5c3-7773c20a72d9", principal_id = "q", member_type = "Group" },
-- ]
-- expect = { a = "fail", c = "fail", e = "fail", f = "fail", g = "fail", i = "fail", "/subscriptions/22222222-2222-4222-8222-222222222222" = "not_applicable" }
-- [[case]]
-- title = "management group not visible"
-- given.azure_subscription = [{ }]
-- given.azure_role_eligibility_schedule_instance = [{ name = "a", scope = "/providers/Microsoft.Management/managementGroups/mg", role_definition_id = "/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", principal_id = "p1", principal_type = "User", member_type = "Inherited" }]
-- expect = { a = "fail" }
WITH eligibility AS (
    SELECT g.id, 'azure' AS plane,
           CASE WHEN list_contains(g._gaps, 'scope') OR g.scope IS NULL THEN g.subscription_id
                ELSE nullif(regexp_extract(lower(g.scope), '^/subscriptions/([^/]+)', 1), '')
           END AS subscription_id,
           CASE WHEN NOT coalesce(list_contains(g._gaps, 'scope'), FALSE) THEN g.scope END AS scope,
           CASE WHEN NOT coalesce(list_contains(g._gaps, 'role_definition_id'), FALSE) THEN nullif(guid_of(g.role_definition_id), '') END AS role_guid,
           CASE WHEN NOT coalesce(list_contains(g._gaps, 'principal_id'), FALSE) THEN g.principal_id END AS principal_id,
           CASE WHEN NOT coalesce(list_contains(g._gaps, 'expanded_properties_principal_display_name'), FALSE)
                THEN g.expanded_properties_principal_display_name END AS principal_name,
           g.member_type, coalesce(list_contains(g._gaps, 'member_type'), FALSE) AS member_unread,
           g.end_date_time, coalesce(list_contains(g._gaps, 'end_date_time'), FALSE) AS end_unread
    FROM azure_role_eligibility_schedule_instance AS g
    UNION ALL
    SELECT e.id, 'entra' AS plane, CAST(NULL AS VARCHAR) AS subscription_id,
           CASE WHEN NOT coalesce(list_contains(e._gaps, 'directory_scope_id'), FALSE) THEN coalesce(e.directory_scope_id, '/') END AS scope,
           CASE WHEN NOT coalesce(list_contains(e._gaps, 'role_definition_id'), FALSE) THEN nullif(guid_of(e.role_definition_id), '') END AS role_guid,
           CASE WHEN NOT coalesce(list_contains(e._gaps, 'principal_id'), FALSE) THEN e.principal_id END AS principal_id,
           CAST(NULL AS VARCHAR) AS principal_name,
           e.member_type, coalesce(list_contains(e._gaps, 'member_type'), FALSE) AS member_unread,
           e.end_date_time, coalesce(list_contains(e._gaps, 'end_date_time'), FALSE) AS end_unread
    FROM azure_ad_role_eligibility_schedule_instance AS e
),
-- Told at its own scope already. A management group that the caller does not see shows in the lists of subscriptions below it only.
own AS (
    SELECT DISTINCT w.principal_id, w.role_guid, w.scope
    FROM eligibility AS w
    WHERE w.plane = 'azure' AND coalesce(lower(trim(w.member_type)), 'direct') <> 'inherited'
),
first_inherited AS (
    SELECT min(i.id) AS id
    FROM eligibility AS i
    LEFT JOIN own AS w ON w.principal_id = i.principal_id AND w.role_guid = i.role_guid AND w.scope = i.scope
    WHERE i.plane = 'azure' AND i.subscription_id IS NULL AND lower(trim(i.member_type)) = 'inherited' AND w.scope IS NULL
    GROUP BY i.principal_id, i.role_guid, i.scope
),
eligibility_list AS (
    SELECT p.plane, p.place, p.subscription_id, p.outcome, p.told
    FROM pim_read AS p
    WHERE p.table_name IN ('azure_role_eligibility_schedule_instance', 'azure_ad_role_eligibility_schedule_instance')
)
SELECT e.id AS subject, e.id AS resource_id, e.subscription_id,
       CASE WHEN e.role_guid IS NULL OR e.end_unread THEN NULL
            WHEN e.end_date_time IS NOT NULL THEN 'pass'
            WHEN e.member_unread THEN NULL
            ELSE 'fail'
       END AS verdict,
       CASE WHEN e.role_guid IS NULL THEN 'for which role the eligibility is could not be read'
            WHEN e.end_unread THEN 'when the eligibility for ' || d.role_name || ' ends could not be read'
            WHEN e.end_date_time IS NOT NULL THEN 'eligible for ' || d.role_name || ' at ' || coalesce(e.scope, 'a scope not readable') || ' until ' || e.end_date_time
            WHEN e.member_unread THEN 'eligible for ' || d.role_name || ' without end, but whether the row is of its own or inherited could not be read'
            ELSE 'eligible for ' || d.role_name || ' at ' || coalesce(e.scope, 'a scope not readable') || ' without end'
       END AS reason,
       coalesce(e.principal_name, e.principal_id) || coalesce(': ' || d.role_name, '') AS resource_name,
       e.plane, e.principal_id, e.principal_name, e.role_guid, d.role_name, e.scope, e.member_type, e.end_date_time
FROM eligibility AS e
LEFT JOIN data_pim_privileged_role AS d ON d.plane = e.plane AND d.role_guid = e.role_guid
LEFT JOIN eligibility_list AS l
       ON l.plane = e.plane AND l.outcome = 'unread' AND (e.plane = 'entra' OR l.subscription_id = e.subscription_id)
LEFT JOIN first_inherited AS f ON f.id = e.id
WHERE (d.role_guid IS NOT NULL OR e.role_guid IS NULL)
  AND (e.member_unread OR f.id IS NOT NULL OR coalesce(lower(trim(e.member_type)), 'direct') <> 'inherited')
  AND l.place IS NULL
UNION ALL
SELECT l.place AS subject, CASE WHEN l.plane = 'azure' THEN l.place END AS resource_id, l.subscription_id,
       CASE WHEN l.outcome = 'license' THEN 'not_applicable' END AS verdict, l.told AS reason, NULL AS resource_name,
       l.plane, NULL AS principal_id, NULL AS principal_name, NULL AS role_guid, NULL AS role_name, NULL AS scope, NULL AS member_type, NULL AS end_date_time
FROM eligibility_list AS l
WHERE l.outcome <> 'read'
