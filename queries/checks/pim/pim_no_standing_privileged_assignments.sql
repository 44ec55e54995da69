-- title = "Nobody holds a privileged role for good"
-- severity = "critical"
-- subject = "azure_role_assignment_schedule_instance"
-- tables = ["azure_subscription"]
-- optional = ["azure_role_assignment_schedule_instance", "azure_role_assignment", "azure_ad_role_assignment_schedule_instance", "azure_ad_role_assignment", "azure_user", "azure_user_group", "azure_service_principal", "azure_management_group"]
-- params = ["break_glass_principal_ids", "pim_include_service_principals"]
-- controls = ["jit:pim_no_standing_privileged_assignments", "pim:pim_no_standing_privileged_assignments"]
-- rationale = "A role that is held day and night works for whoever steals the password, the laptop or the token, at any hour and without leaving a request behind. Roles that are activated when needed, or that end, leave an intruder with an ordinary account most of the time."
-- remediation = "Make the person eligible with an end date (Entra admin center > Identity Governance > Privileged Identity Management > Assignments > Add assignments > Eligible), then take the direct assignment away: az role assignment delete --ids ID. Put the object ids of two emergency accounts into the parameter break_glass_principal_ids."
-- references = ["https://learn.microsoft.com/entra/id-governance/privileged-identity-management/pim-configure", "https://learn.microsoft.com/azure/role-based-access-control/pim-integration", "https://learn.microsoft.com/entra/identity/role-based-access-control/security-emergency-access"]
-- [[case]]
-- # JIT-38 pass: Activated
-- # JIT-38 pass: Assigned with endDateTime
-- # JIT-38 fail: Assigned without end
-- title = "activated, assigned with an end, assigned without"
-- given.azure_subscription = [{ }]
-- given.azure_role_assignment_schedule_instance = [
--   { name = "a", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", principal_id = "p1", principal_type = "User", assignment_type = "Activated", origin_role_assignment_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/Microsoft.Authorization/roleAssignments/ra-a", end_date_time = "2026-10-01T08:00:00Z" },
--   { name = "b", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/18d7d88d-d35e-4fb5-a5c3-7773c20a72d9", principal_id = "p1", principal_type = "User", assignment_type = "Assigned", origin_role_assignment_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/Microsoft.Authorization/roleAssignments/ra-b", end_date_time = "2027-01-01T00:00:00Z" },
--   { name = "c", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/f58310d9-a9f6-439a-9e8d-f62e7b41a168", principal_id = "p1", principal_type = "User", assignment_type = "Assigned", origin_role_assignment_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/Microsoft.Authorization/roleAssignments/ra-c" },
-- ]
-- given.azure_role_assignment = [
--   { name = "ra-a", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roleassignments/ra-a", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", principal_id = "p1", principal_type = "User" },
--   { name = "RA-b", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roleassignments/RA-b", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/18d7d88d-d35e-4fb5-a5c3-7773c20a72d9", principal_id = "p1", principal_type = "User" },
--   { name = "ra-c", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roleassignments/ra-c", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/f58310d9-a9f6-439a-9e8d-f62e7b41a168", principal_id = "p1", principal_type = "User" },
-- ]
-- given.azure_ad_role_assignment_schedule_instance = [
--   { name = "d", role_definition_id = "62e90394-69f5-4237-9190-012177145e10", directory_scope_id = "/", principal_id = "p1", assignment_type = "activated", role_assignment_origin_id = "da-d", end_date_time = "2026-10-01T08:00:00Z" },
--   { name = "e", role_definition_id = "194ae4cb-b126-40b2-bd5b-6091b380977d", directory_scope_id = "/", principal_id = "p1", assignment_type = "Assigned", role_assignment_origin_id = "da-e", end_date_time = "2027-01-01T00:00:00Z" },
--   { name = "f", role_definition_id = "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3", directory_scope_id = "/", principal_id = "p1", assignment_type = "Assigned", role_assignment_origin_id = "da-f" },
-- ]
-- given.azure_ad_role_assignment = [
--   { name = "da-d", role_definition_id = "62e90394-69f5-4237-9190-012177145e10", directory_scope_id = "/", principal_id = "p1" },
--   { name = "da-e", role_definition_id = "194ae4cb-b126-40b2-bd5b-6091b380977d", directory_scope_id = "/", principal_id = "p1" },
--   { name = "da-f", role_definition_id = "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3", directory_scope_id = "/", principal_id = "p1" },
-- ]
-- expect = { "a" = "pass", "b" = "pass", "c" = "fail", "d" = "pass", "e" = "pass", "f" = "fail" }
-- [[case]]
-- # JIT-38 fail: a role assignment that no instance names as originRoleAssignmentId (made outside PIM)
-- title = "a role assignment that PIM does not name was made outside it, at the root too; in the directory likewise"
-- given.azure_subscription = [{ }]
-- given.azure_role_assignment = [
--   { name = "x", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roleassignments/x", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", principal_id = "p1", principal_type = "User" },
--   { name = "y", id = "/providers/microsoft.authorization/roleassignments/y", scope = "/", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/18d7d88d-d35e-4fb5-a5c3-7773c20a72d9", principal_id = "p1", principal_type = "User", _seen_in = ["11111111-1111-4111-8111-111111111111"] },
-- ]
-- given.azure_ad_role_assignment = [{ name = "z", role_definition_id = "62e90394-69f5-4237-9190-012177145e10", directory_scope_id = "/", principal_id = "p1" }]
-- expect = { "x" = "fail", "y" = "fail", "z" = "fail" }
-- [[case]]
-- title = "groups count as well, on a resource group as well; other roles do not"
-- given.azure_subscription = [{ }]
-- given.azure_role_assignment_schedule_instance = [
--   { name = "a", scope = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/b24988ac-6180-42a0-ab88-20f7382dd24c", principal_id = "p1", principal_type = "Group", assignment_type = "Assigned", origin_role_assignment_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/Microsoft.Authorization/roleAssignments/ra-a" },
--   { name = "b", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7", principal_id = "p1", principal_type = "User", assignment_type = "Assigned", origin_role_assignment_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/Microsoft.Authorization/roleAssignments/ra-b" },
-- ]
-- given.azure_role_assignment = [
--   { name = "ra-a", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roleassignments/ra-a", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/b24988ac-6180-42a0-ab88-20f7382dd24c", principal_id = "p1", principal_type = "User" },
--   { name = "ra-b", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roleassignments/ra-b", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7", principal_id = "p1", principal_type = "User" },
--   { name = "ra-c", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roleassignments/ra-c", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7", principal_id = "p1", principal_type = "User" },
-- ]
-- given.azure_ad_role_assignment_schedule_instance = [{ name = "d", role_definition_id = "f2ef992c-3afb-46b9-b7cf-a126ee74c451", directory_scope_id = "/", principal_id = "p1", assignment_type = "Assigned", role_assignment_origin_id = "da-d" }]
-- expect = { "a" = "fail" }
-- [[case]]
-- # JIT-38 NA: break-glass id
-- title = "a break-glass account, in other letter case, as instance and as assignment"
-- param.break_glass_principal_ids = ["aaaaaaaa-0000-4000-8000-000000000001"]
-- given.azure_subscription = [{ }]
-- given.azure_role_assignment_schedule_instance = [{ name = "a", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", principal_id = "AAAAAAAA-0000-4000-8000-000000000001", principal_type = "User", assignment_type = "Assigned", origin_role_assignment_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/Microsoft.Authorization/roleAssignments/ra-a" }]
-- given.azure_role_assignment = [{ name = "x", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roleassignments/x", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/18d7d88d-d35e-4fb5-a5c3-7773c20a72d9", principal_id = "aaaaaaaa-0000-4000-8000-000000000001", principal_type = "User" }]
-- given.azure_ad_role_assignment_schedule_instance = [
--   { name = "d", role_definition_id = "62e90394-69f5-4237-9190-012177145e10", directory_scope_id = "/", principal_id = "aaaaaaaa-0000-4000-8000-000000000001", assignment_type = "Assigned", role_assignment_origin_id = "da-d" },
--   { name = "e", role_definition_id = "62e90394-69f5-4237-9190-012177145e10", directory_scope_id = "/", principal_id = "p2", assignment_type = "Assigned", role_assignment_origin_id = "da-e" },
-- ]
-- expect = { "a" = "not_applicable", "x" = "not_applicable", "d" = "not_applicable", "e" = "fail" }
-- [[case]]
-- # JIT-38 NA: service principal unless parameter
-- title = "service principals are left out, by their type in Azure and by their list in the directory"
-- given.azure_subscription = [{ }]
-- given.azure_service_principal = [{ name = "sp1" }]
-- given.azure_role_assignment_schedule_instance = [{ name = "a", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", principal_id = "sp1", principal_type = "serviceprincipal", assignment_type = "Assigned", origin_role_assignment_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/Microsoft.Authorization/roleAssignments/ra-a" }]
-- given.azure_role_assignment = [{ name = "x", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roleassignments/x", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", principal_id = "sp9", principal_type = "ServicePrincipal" }]
-- given.azure_ad_role_assignment_schedule_instance = [{ name = "d", role_definition_id = "62e90394-69f5-4237-9190-012177145e10", directory_scope_id = "/", principal_id = "SP1", assignment_type = "Assigned", role_assignment_origin_id = "da-d" }]
-- expect = { "a" = "not_applicable", "x" = "not_applicable", "d" = "not_applicable" }
-- [[case]]
-- title = "service principals are judged where the parameter says so"
-- param.pim_include_service_principals = true
-- given.azure_subscription = [{ }]
-- given.azure_service_principal = [{ name = "sp1" }]
-- given.azure_role_assignment_schedule_instance = [{ name = "a", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", principal_id = "sp1", principal_type = "ServicePrincipal", assignment_type = "Assigned", origin_role_assignment_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/Microsoft.Authorization/roleAssignments/ra-a" }]
-- given.azure_ad_role_assignment_schedule_instance = [
--   { name = "d", role_definition_id = "62e90394-69f5-4237-9190-012177145e10", directory_scope_id = "/", principal_id = "sp1", assignment_type = "Assigned", role_assignment_origin_id = "da-d" },
--   { name = "e", role_definition_id = "194ae4cb-b126-40b2-bd5b-6091b380977d", directory_scope_id = "/", principal_id = "sp1", assignment_type = "Assigned", role_assignment_origin_id = "da-e", end_date_time = "2027-01-01T00:00:00Z" },
-- ]
-- expect = { "a" = "fail", "d" = "fail", "e" = "pass" }
-- [[case]]
-- title = "service principals denied: who is none is known from the other lists only"
-- ledger = [{ table = "azure_service_principal", status = "denied" }]
-- given.azure_subscription = [{ }]
-- given.azure_user = [{ name = "u1" }]
-- given.azure_ad_role_assignment_schedule_instance = [
--   { name = "d", role_definition_id = "62e90394-69f5-4237-9190-012177145e10", directory_scope_id = "/", principal_id = "u1", assignment_type = "Assigned", role_assignment_origin_id = "da-d" },
--   { name = "e", role_definition_id = "62e90394-69f5-4237-9190-012177145e10", directory_scope_id = "/", principal_id = "u2", assignment_type = "Assigned", role_assignment_origin_id = "da-e" },
--   { name = "f", role_definition_id = "62e90394-69f5-4237-9190-012177145e10", directory_scope_id = "/", principal_id = "u3", assignment_type = "Activated", role_assignment_origin_id = "da-f" },
-- ]
-- expect = { "d" = "fail", "e" = "unknown", "f" = "pass", "11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "a principal of unknown kind in Azure"
-- given.azure_subscription = [{ }]
-- given.azure_user_group = [{ name = "g1" }]
-- given.azure_role_assignment = [
--   { name = "x", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roleassignments/x", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", principal_id = "gone", principal_type = "" },
--   { name = "y", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roleassignments/y", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/18d7d88d-d35e-4fb5-a5c3-7773c20a72d9", principal_id = "g1", principal_type = "Unknown" },
-- ]
-- expect = { "x" = "unknown", "y" = "fail" }
-- [[case]]
-- # JIT-38 fail: with status license every such assignment
-- title = "no licence: every assignment stands, on either side"
-- ledger = [
--   { table = "azure_role_assignment_schedule_instance", parent = "/subscriptions/11111111-1111-4111-8111-111111111111", status = "license" },
--   { table = "azure_ad_role_assignment_schedule_instance", status = "license" },
-- ]
-- given.azure_subscription = [{ }]
-- given.azure_role_assignment = [
--   { name = "x", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roleassignments/x", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", principal_id = "p1", principal_type = "User" },
--   { name = "y", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roleassignments/y", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", principal_id = "sp", principal_type = "ServicePrincipal" },
-- ]
-- given.azure_ad_role_assignment = [
--   { name = "z", role_definition_id = "62e90394-69f5-4237-9190-012177145e10", directory_scope_id = "/", principal_id = "p1" },
--   { name = "r", role_definition_id = "f2ef992c-3afb-46b9-b7cf-a126ee74c451", directory_scope_id = "/", principal_id = "p1" },
-- ]
-- expect = { "x" = "fail", "y" = "not_applicable", "z" = "fail" }
-- [[case]]
-- title = "no licence, nobody holds a privileged role"
-- ledger = [
--   { table = "azure_role_assignment_schedule_instance", parent = "/subscriptions/11111111-1111-4111-8111-111111111111", status = "license" },
--   { table = "azure_ad_role_assignment_schedule_instance", status = "license" },
-- ]
-- given.azure_subscription = [{ }]
-- given.azure_role_assignment = [{ name = "x", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roleassignments/x", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7", principal_id = "p1", principal_type = "User" }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "no licence, and the assignments denied"
-- ledger = [
--   { table = "azure_role_assignment_schedule_instance", parent = "/subscriptions/11111111-1111-4111-8111-111111111111", status = "license" },
--   { table = "azure_ad_role_assignment_schedule_instance", status = "license" },
--   { table = "azure_role_assignment", status = "denied" },
--   { table = "azure_ad_role_assignment", status = "denied" },
-- ]
-- given.azure_subscription = [{ }]
-- given.azure_role_assignment = [{ name = "x", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roleassignments/x", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", principal_id = "p1", principal_type = "User" }]
-- given.azure_ad_role_assignment = [{ name = "z", role_definition_id = "62e90394-69f5-4237-9190-012177145e10", directory_scope_id = "/", principal_id = "p1" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown", "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- # JIT-38 unknown: instances denied
-- title = "Azure instances denied: the directory keeps its verdicts"
-- ledger = [{ table = "azure_role_assignment_schedule_instance", status = "denied" }]
-- given.azure_subscription = [{ }]
-- given.azure_role_assignment_schedule_instance = [{ name = "a", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", principal_id = "p1", principal_type = "User", assignment_type = "Activated", origin_role_assignment_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/Microsoft.Authorization/roleAssignments/ra-a" }]
-- given.azure_role_assignment = [{ name = "x", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roleassignments/x", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", principal_id = "p1", principal_type = "User" }]
-- given.azure_ad_role_assignment_schedule_instance = [
--   { name = "d", role_definition_id = "62e90394-69f5-4237-9190-012177145e10", directory_scope_id = "/", principal_id = "p1", assignment_type = "Activated", role_assignment_origin_id = "da-d" },
--   { name = "e", role_definition_id = "62e90394-69f5-4237-9190-012177145e10", directory_scope_id = "/", principal_id = "p1", assignment_type = "Assigned", role_assignment_origin_id = "da-e" },
-- ]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown", "d" = "pass", "e" = "fail" }
-- [[case]]
-- title = "Azure assignments denied: who holds a role outside PIM is not known"
-- ledger = [{ table = "azure_role_assignment", status = "denied" }]
-- given.azure_subscription = [{ }]
-- given.azure_role_assignment_schedule_instance = [{ name = "a", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", principal_id = "p1", principal_type = "User", assignment_type = "Activated", origin_role_assignment_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/Microsoft.Authorization/roleAssignments/ra-a" }]
-- given.azure_ad_role_assignment_schedule_instance = [{ name = "d", role_definition_id = "62e90394-69f5-4237-9190-012177145e10", directory_scope_id = "/", principal_id = "p1", assignment_type = "Activated", role_assignment_origin_id = "da-d" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown", "d" = "pass" }
-- [[case]]
-- # JIT-38 unknown: instances denied
-- title = "directory instances denied: Azure keeps its verdicts"
-- ledger = [{ table = "azure_ad_role_assignment_schedule_instance", status = "denied" }]
-- given.azure_subscription = [{ }]
-- given.azure_role_assignment_schedule_instance = [
--   { name = "a", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", principal_id = "p1", principal_type = "User", assignment_type = "Activated", origin_role_assignment_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/Microsoft.Authorization/roleAssignments/ra-a" },
--   { name = "b", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", principal_id = "p1", principal_type = "User", assignment_type = "Assigned", origin_role_assignment_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/Microsoft.Authorization/roleAssignments/ra-b" },
-- ]
-- given.azure_ad_role_assignment_schedule_instance = [{ name = "d", role_definition_id = "62e90394-69f5-4237-9190-012177145e10", directory_scope_id = "/", principal_id = "p1", assignment_type = "Activated", role_assignment_origin_id = "da-d" }]
-- given.azure_ad_role_assignment = [{ name = "z", role_definition_id = "62e90394-69f5-4237-9190-012177145e10", directory_scope_id = "/", principal_id = "p1" }]
-- expect = { "a" = "pass", "b" = "fail", "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "directory assignments denied: the instances tell all"
-- ledger = [{ table = "azure_ad_role_assignment", status = "denied" }]
-- given.azure_subscription = [{ }]
-- given.azure_ad_role_assignment_schedule_instance = [
--   { name = "d", role_definition_id = "62e90394-69f5-4237-9190-012177145e10", directory_scope_id = "/", principal_id = "p1", assignment_type = "Activated", role_assignment_origin_id = "da-d" },
--   { name = "e", role_definition_id = "62e90394-69f5-4237-9190-012177145e10", directory_scope_id = "/", principal_id = "p1", assignment_type = "Assigned", role_assignment_origin_id = "da-e" },
-- ]
-- expect = { "d" = "pass", "e" = "fail", "11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "one subscription denied; an assignment above it comes in the list of the other"
-- ledger = [{ table = "azure_role_assignment_schedule_instance", parent = "/subscriptions/22222222-2222-4222-8222-222222222222", status = "denied" }]
-- given.azure_subscription = [
--   { },
--   { subscription_id = "22222222-2222-4222-8222-222222222222" },
-- ]
-- given.azure_management_group = [{ id = "/providers/microsoft.management/managementgroups/mg1", name = "mg1" }]
-- given.azure_role_assignment_schedule_instance = [{ name = "a", scope = "/providers/microsoft.management/managementgroups/mg1", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", principal_id = "p1", principal_type = "User", assignment_type = "Activated", origin_role_assignment_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/Microsoft.Authorization/roleAssignments/ra-a", id = "/providers/microsoft.management/managementgroups/mg1/providers/microsoft.authorization/roleassignmentscheduleinstances/a" }]
-- given.azure_role_assignment = [
--   { name = "x", id = "/providers/microsoft.management/managementgroups/mg1/providers/microsoft.authorization/roleassignments/x", scope = "/providers/microsoft.management/managementgroups/mg1", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", principal_id = "p1", principal_type = "User", _seen_in = ["11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"] },
--   { name = "y", id = "/subscriptions/22222222-2222-4222-8222-222222222222/providers/microsoft.authorization/roleassignments/y", scope = "/subscriptions/22222222-2222-4222-8222-222222222222", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", principal_id = "p1", principal_type = "User", subscription_id = "22222222-2222-4222-8222-222222222222" },
-- ]
-- expect = { "a" = "pass", "x" = "fail", "/subscriptions/22222222-2222-4222-8222-222222222222" = "unknown", "11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "an assignment above subscriptions whose instances were all denied; the management group too"
-- ledger = [
--   { table = "azure_role_assignment_schedule_instance", parent = "/subscriptions/11111111-1111-4111-8111-111111111111", status = "denied" },
--   { table = "azure_role_assignment_schedule_instance", parent = "/providers/microsoft.management/managementgroups/mg1", status = "denied" },
-- ]
-- given.azure_subscription = [{ }]
-- given.azure_management_group = [{ id = "/providers/microsoft.management/managementgroups/mg1", name = "mg1" }]
-- given.azure_role_assignment = [{ name = "x", id = "/providers/microsoft.management/managementgroups/mg1/providers/microsoft.authorization/roleassignments/x", scope = "/providers/microsoft.management/managementgroups/mg1", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", principal_id = "p1", principal_type = "User", _seen_in = ["11111111-1111-4111-8111-111111111111"] }]
-- expect = { "x" = "unknown", "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown", "mg1" = "unknown" }
-- [[case]]
-- title = "an instance without word of its assignment goes with the one of the same holder, role and scope"
-- given.azure_subscription = [{ }]
-- given.azure_role_assignment_schedule_instance = [{ name = "a", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", principal_id = "p1", principal_type = "User", assignment_type = "Activated" }]
-- given.azure_role_assignment = [{ name = "x", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roleassignments/x", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", principal_id = "p1", principal_type = "User" }]
-- expect = { "a" = "pass" }
-- [[case]]
-- title = "an instance that tells neither its assignment nor its holder may be of any assignment"
-- given.azure_subscription = [{ }]
-- given.azure_role_assignment_schedule_instance = [{ name = "a", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", principal_id = "p1", principal_type = "User", assignment_type = "Activated", origin_role_assignment_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/Microsoft.Authorization/roleAssignments/ra-a", _gaps = ["origin_role_assignment_id", "principal_id"] }]
-- given.azure_role_assignment = [{ name = "x", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roleassignments/x", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", principal_id = "p1", principal_type = "User" }]
-- expect = { "a" = "pass", "x" = "unknown" }
-- [[case]]
-- title = "values not readable: end, kind of assignment, role, holder"
-- given.azure_subscription = [{ }]
-- given.azure_role_assignment_schedule_instance = [
--   { name = "a", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", principal_id = "p1", principal_type = "User", assignment_type = "Assigned", origin_role_assignment_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/Microsoft.Authorization/roleAssignments/ra-a", _gaps = ["end_date_time"] },
--   { name = "b", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", principal_id = "p1", principal_type = "User", assignment_type = "Assigned", origin_role_assignment_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/Microsoft.Authorization/roleAssignments/ra-b", _gaps = ["assignment_type"] },
--   { name = "c", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", principal_id = "p1", principal_type = "User", assignment_type = "Activated", origin_role_assignment_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/Microsoft.Authorization/roleAssignments/ra-c", _gaps = ["role_definition_id"] },
--   { name = "d", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", principal_id = "p1", principal_type = "User", assignment_type = "Activated", origin_role_assignment_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/Microsoft.Authorization/roleAssignments/ra-d", _gaps = ["end_date_time"] },
--   { name = "e", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", principal_id = "p1", principal_type = "User", assignment_type = "Assigned", origin_role_assignment_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/Microsoft.Authorization/roleAssignments/ra-e", end_date_time = "2027-01-01T00:00:00Z", _gaps = ["assignment_type"] },
--   { name = "f", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", principal_id = "p1", principal_type = "User", assignment_type = "Eligible", origin_role_assignment_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/Microsoft.Authorization/roleAssignments/ra-f" },
-- ]
-- given.azure_role_assignment = [{ name = "x", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roleassignments/x", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", principal_id = "p1", principal_type = "User", _gaps = ["role_definition_id"] }]
-- given.azure_ad_role_assignment_schedule_instance = [{ name = "g", role_definition_id = "62e90394-69f5-4237-9190-012177145e10", directory_scope_id = "/", principal_id = "p1", assignment_type = "Assigned", role_assignment_origin_id = "da-g", _gaps = ["end_date_time"] }]
-- expect = { "a" = "unknown", "b" = "unknown", "c" = "unknown", "d" = "pass", "e" = "pass", "f" = "unknown", "x" = "unknown", "g" = "unknown" }
-- [[case]]
-- title = "who the holder is could not be read, and there are break-glass accounts"
-- param.break_glass_principal_ids = ["bg"]
-- given.azure_subscription = [{ }]
-- given.azure_role_assignment_schedule_instance = [
--   { name = "a", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", principal_id = "p1", principal_type = "User", assignment_type = "Assigned", origin_role_assignment_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/Microsoft.Authorization/roleAssignments/ra-a", _gaps = ["principal_id"] },
--   { name = "b", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", principal_id = "p1", principal_type = "User", assignment_type = "Activated", origin_role_assignment_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/Microsoft.Authorization/roleAssignments/ra-b", _gaps = ["principal_id"] },
-- ]
-- expect = { "a" = "unknown", "b" = "pass" }
-- [[case]]
-- title = "nobody holds a privileged role"
-- given.azure_subscription = [{ }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "an assignment of the directory with the id of its instance, and one activated under another id"
-- given.azure_subscription = [{ }]
-- given.azure_ad_role_assignment_schedule_instance = [
--   { name = "d", role_definition_id = "62e90394-69f5-4237-9190-012177145e10", directory_scope_id = "/", principal_id = "p1", assignment_type = "Assigned", role_assignment_origin_id = "" },
--   { name = "e", role_definition_id = "194ae4cb-b126-40b2-bd5b-6091b380977d", directory_scope_id = "/", principal_id = "p1", assignment_type = "Activated", role_assignment_origin_id = "da-e" },
-- ]
-- given.azure_ad_role_assignment = [
--   { name = "D", role_definition_id = "62e90394-69f5-4237-9190-012177145e10", directory_scope_id = "/", principal_id = "p1" },
--   { name = "other", role_definition_id = "194ae4cb-b126-40b2-bd5b-6091b380977d", directory_scope_id = "/", principal_id = "p1" },
-- ]
-- expect = { "d" = "fail", "e" = "pass", "11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "subscriptions denied"
-- ledger = [{ table = "azure_subscription", status = "denied" }]
-- given.azure_subscription = [{ }]
-- given.azure_role_assignment_schedule_instance = [{ name = "a", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", principal_id = "p1", principal_type = "User", assignment_type = "Activated", origin_role_assignment_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/Microsoft.Authorization/roleAssignments/ra-a" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
WITH list AS (
    SELECT p.plane, p.place, p.subscription_id, p.table_name IN ('azure_role_assignment', 'azure_ad_role_assignment') AS assignments, p.outcome, p.told
    FROM pim_read AS p
    WHERE p.table_name IN ('azure_role_assignment', 'azure_ad_role_assignment',
                           'azure_role_assignment_schedule_instance', 'azure_ad_role_assignment_schedule_instance')
),
-- Azure needs both lists; the directory's list of instances has every assignment, so the other one counts only without it.
unread AS (
    SELECT l.plane, l.place, l.subscription_id, array_to_string(list_sort(list(l.told)), '; ') AS told
    FROM list AS l
    LEFT JOIN (SELECT i.plane FROM list AS i WHERE i.plane = 'entra' AND NOT i.assignments AND i.outcome = 'read') AS i ON i.plane = l.plane
    WHERE l.outcome = 'unread' AND NOT (l.assignments AND i.plane IS NOT NULL)
    GROUP BY l.plane, l.place, l.subscription_id
),
holding AS (
    SELECT h.*, d.role_name AS privileged_name,
           list_contains(list_transform(param_break_glass_principal_ids(), lambda m: lower(trim(m))), h.principal_id) AS break_glass,
           array_length(param_break_glass_principal_ids()) > 0 AS has_break_glass
    FROM pim_holding AS h
    LEFT JOIN data_pim_privileged_role AS d ON d.plane = h.plane AND d.role_guid = h.role_guid
    WHERE d.role_guid IS NOT NULL OR h.role_guid IS NULL
)
SELECT h.id AS subject, h.id AS resource_id, h.subscription_id,
       CASE WHEN h.break_glass THEN 'not_applicable'
            WHEN h.kind = 'serviceprincipal' AND NOT param_pim_include_service_principals() THEN 'not_applicable'
            WHEN h.role_guid IS NULL THEN NULL
            WHEN h.assignment_type = 'activated' THEN 'pass'
            WHEN h.kind IS NULL AND NOT param_pim_include_service_principals() THEN NULL
            WHEN h.standing IS NULL THEN NULL
            WHEN NOT h.standing THEN 'pass'
            WHEN h.principal_id IS NULL AND h.has_break_glass THEN NULL
            ELSE 'fail'
       END AS verdict,
       CASE WHEN h.break_glass THEN 'an emergency account by the parameter break_glass_principal_ids; ' || h.why
            WHEN h.kind = 'serviceprincipal' AND NOT param_pim_include_service_principals()
            THEN 'a service principal, which cannot activate roles (pim_include_service_principals judges it all the same); ' || h.why
            WHEN h.role_guid IS NULL THEN 'which role is held could not be read'
            WHEN h.kind IS NULL AND NOT param_pim_include_service_principals() AND coalesce(h.assignment_type, '') <> 'activated'
            THEN 'whether the holder is a user, a group or a service principal is not known; ' || h.why
            WHEN h.standing AND h.principal_id IS NULL AND h.has_break_glass THEN 'who holds it could not be read, so it may be an emergency account; ' || h.why
            ELSE h.privileged_name || ' at ' || coalesce(h.scope, 'a scope not readable') || ': ' || h.why
       END AS reason,
       coalesce(h.principal_name, h.principal_id) || coalesce(': ' || h.privileged_name, '') AS resource_name,
       h.plane, h.principal_id, h.principal_name, h.kind AS principal_type, h.role_guid, h.privileged_name AS role_name, h.scope, h.source, h.since, h.until
FROM holding AS h
LEFT JOIN unread AS u ON u.plane = h.plane AND (h.plane = 'entra' OR u.subscription_id = h.subscription_id)
WHERE u.place IS NULL
UNION ALL
SELECT u.place AS subject, CASE WHEN u.plane = 'azure' THEN u.place END AS resource_id, u.subscription_id, NULL AS verdict, u.told AS reason, NULL AS resource_name,
       u.plane, NULL AS principal_id, NULL AS principal_name, NULL AS principal_type, NULL AS role_guid, NULL AS role_name, NULL AS scope, NULL AS source,
       NULL AS since, NULL AS until
FROM unread AS u
