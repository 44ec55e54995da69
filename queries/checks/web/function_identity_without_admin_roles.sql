-- title = "Function app identity not privileged"
-- severity = "high"
-- subject = "azure_function_app"
-- tables = ["azure_function_app", "azure_role_assignment"]
-- optional = ["azure_group_member", "azure_role_definition"]
-- controls = [
--   "nist_800_53_r5:AC-2", "nist_800_53_r5:AC-5", "nist_800_53_r5:AC-6", "iso_27001_2022:A.5.15", "iso_27001_2022:A.8.2",
--   "pci_dss_4_0:7.2.1", "pci_dss_4_0:7.2.2", "soc_2:CC3.3",
-- ]
-- rationale = "Whoever can change the code of the app, or trick it, acts with its identity. Owner, Contributor, User Access Administrator and RBAC Administrator are counted at every scope, for the system-assigned and each user-assigned identity. So are roles of a group that the identity is in, also through other groups, and custom roles that allow every action, or all but some, or to give or change roles. Eligible assignments are not seen here."
-- remediation = "Give narrower roles on the resources used, then: az role assignment delete --ids ASSIGNMENT_ID"
-- references = ["https://learn.microsoft.com/azure/role-based-access-control/best-practices", "https://learn.microsoft.com/azure/app-service/overview-managed-identity"]
-- [[case]]
-- title = "a copy of Contributor under another name"
-- given.azure_function_app = [{ name = "a", identity_type = "SystemAssigned", identity_principal_id = "p1" }]
-- given.azure_role_assignment = [{ name = "r1", principal_id = "p1", principal_type = "ServicePrincipal", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/c0000000-0000-4000-8000-000000000001" }]
-- given.azure_role_definition = [{ name = "c0000000-0000-4000-8000-000000000001", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/c0000000-0000-4000-8000-000000000001", role_name = "My Contributor", properties_type = "CustomRole", permissions = '[{"actions":["*"],"notActions":["Microsoft.Authorization/*/Delete","Microsoft.Authorization/*/Write","Microsoft.Authorization/elevateAccess/Action"]}]' }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "a role that could not be read, held by a group of unread members"
-- ledger = [{ table = "azure_role_definition", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }, { table = "azure_group_member", status = "denied" }]
-- given.azure_function_app = [{ name = "a", identity_type = "SystemAssigned", identity_principal_id = "p1" }]
-- given.azure_role_assignment = [{ name = "r1", principal_id = "g1", principal_type = "Group", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/c0000000-0000-4000-8000-000000000001" }]
-- given.azure_user_group = [{ name = "g1", display_name = "Platform" }]
-- given.azure_group_member = []
-- given.azure_role_definition = []
-- expect = { a = "unknown" }
-- [[case]]
-- title = "a role without readable permissions, held by a group of unread members"
-- ledger = [{ table = "azure_group_member", status = "denied" }]
-- given.azure_function_app = [{ name = "a", identity_type = "SystemAssigned", identity_principal_id = "p1" }]
-- given.azure_role_assignment = [{ name = "r1", principal_id = "g1", principal_type = "Group", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/c0000000-0000-4000-8000-000000000001" }]
-- given.azure_user_group = [{ name = "g1", display_name = "Platform" }]
-- given.azure_group_member = []
-- given.azure_role_definition = [{ name = "c0000000-0000-4000-8000-000000000001", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/c0000000-0000-4000-8000-000000000001", role_name = "Mine", properties_type = "CustomRole", _gaps = ["permissions"] }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "a custom role that may change roles"
-- given.azure_function_app = [{ name = "a", identity_type = "SystemAssigned", identity_principal_id = "p1" }]
-- given.azure_role_assignment = [{ name = "r1", principal_id = "p1", principal_type = "ServicePrincipal", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/c0000000-0000-4000-8000-000000000001" }]
-- given.azure_role_definition = [{ name = "c0000000-0000-4000-8000-000000000001", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/c0000000-0000-4000-8000-000000000001", role_name = "Definer", properties_type = "CustomRole", permissions = '[{"actions":["Microsoft.Authorization/roleDefinitions/write"]}]' }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "a narrow role; an administrator role of somebody else"
-- given.azure_function_app = [{ name = "a", identity_type = "SystemAssigned", identity_principal_id = "p1" }]
-- given.azure_role_assignment = [
--   { name = "r1", principal_id = "p1", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7" },
--   { name = "r2", principal_id = "p2", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635" },
-- ]
-- expect = { a = "pass" }
-- [[case]]
-- title = "each of the four roles, wherever it was given"
-- given.azure_function_app = [
--   { name = "a", identity_type = "SystemAssigned", identity_principal_id = "p1" },
--   { name = "b", identity_type = "SystemAssigned", identity_principal_id = "p2" },
--   { name = "c", identity_type = "SystemAssigned", identity_principal_id = "p3" },
--   { name = "d", identity_type = "SystemAssigned", identity_principal_id = "p4" },
-- ]
-- given.azure_role_assignment = [
--   { name = "r1", principal_id = "p1", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635" },
--   { name = "r2", principal_id = "p2", scope = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/b24988ac-6180-42a0-ab88-20f7382dd24c" },
--   { name = "r3", principal_id = "p3", scope = "/", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/18d7d88d-d35e-4fb5-a5c3-7773c20a72d9" },
--   { name = "r4", principal_id = "p4", scope = "/providers/microsoft.management/managementgroups/mg", role_definition_id = "/providers/microsoft.authorization/roledefinitions/f58310d9-a9f6-439a-9e8d-f62e7b41a168" },
-- ]
-- expect = { a = "fail", b = "fail", c = "fail", d = "fail" }
-- [[case]]
-- title = "through one of two user-assigned identities"
-- given.azure_function_app = [
--   { name = "a", identity_type = "UserAssigned", identity_user_assigned_identities = ["/x/i1", "/x/i2"], identity_user_assigned_identities_principal_id = ["u1", "u2"] },
-- ]
-- given.azure_role_assignment = [
--   { name = "r", principal_id = "u2", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635" },
-- ]
-- expect = { a = "fail" }
-- [[case]]
-- title = "no identity"
-- given.azure_function_app = [{ name = "a" }, { name = "b", identity_type = "None" }]
-- expect = { a = "not_applicable", b = "not_applicable" }
-- [[case]]
-- title = "ids in other letter case"
-- given.azure_function_app = [{ name = "a", identity_type = "systemassigned", identity_principal_id = "P1" }]
-- given.azure_role_assignment = [
--   { name = "r", principal_id = "p1", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/SUBSCRIPTIONS/11111111-1111-4111-8111-111111111111/PROVIDERS/MICROSOFT.AUTHORIZATION/ROLEDEFINITIONS/8E3AF657-A8FF-443C-A75C-2FE8C4BCB635/" },
-- ]
-- expect = { a = "fail" }
-- [[case]]
-- title = "an identity without its object id: unknown, unless another one proves the fail"
-- given.azure_function_app = [
--   { name = "a", identity_type = "SystemAssigned" },
--   { name = "b", identity_type = "UserAssigned", identity_user_assigned_identities = ["/x/i1", "/x/i2"], identity_user_assigned_identities_principal_id = ["u1"] },
--   { name = "c", identity_type = "SystemAssigned, UserAssigned", identity_principal_id = "p3", identity_user_assigned_identities = ["/x/i1"] },
-- ]
-- given.azure_role_assignment = [
--   { name = "r", principal_id = "p3", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635" },
-- ]
-- expect = { a = "unknown", b = "unknown", c = "fail" }
-- [[case]]
-- title = "the role of an assignment of the identity is not readable"
-- given.azure_function_app = [
--   { name = "a", identity_type = "SystemAssigned", identity_principal_id = "p1" },
--   { name = "b", identity_type = "SystemAssigned", identity_principal_id = "p2" },
-- ]
-- given.azure_role_assignment = [{ name = "r", principal_id = "p1", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", _gaps = ["role_definition_id"] }]
-- expect = { a = "unknown", b = "pass" }
-- [[case]]
-- title = "who holds an administrator role is not readable: it may be any identity"
-- given.azure_function_app = [{ name = "a", identity_type = "SystemAssigned", identity_principal_id = "p1" }]
-- given.azure_role_assignment = [
--   { name = "r", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", _gaps = ["principal_id"] },
-- ]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "who holds a narrow role does not matter"
-- given.azure_function_app = [{ name = "a", identity_type = "SystemAssigned", identity_principal_id = "p1" }]
-- given.azure_role_assignment = [
--   { name = "r", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7", _gaps = ["principal_id"] },
-- ]
-- expect = { a = "pass" }
-- [[case]]
-- title = "identity not readable"
-- given.azure_function_app = [{ name = "a", identity_type = "SystemAssigned", _gaps = ["identity_principal_id"] }, { name = "b", _gaps = ["identity_type"] }]
-- expect = { a = "unknown", b = "unknown" }
-- [[case]]
-- title = "role assignments of another subscription denied: no pass, but a fail found stays"
-- ledger = [{ table = "azure_role_assignment", subscription = "22222222-2222-4222-8222-222222222222", status = "denied" }]
-- given.azure_function_app = [
--   { name = "a", identity_type = "SystemAssigned", identity_principal_id = "p1" },
--   { name = "b", identity_type = "SystemAssigned", identity_principal_id = "p2" },
--   { name = "c" },
-- ]
-- given.azure_role_assignment = [
--   { name = "r", principal_id = "p2", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635" },
-- ]
-- expect = { a = "unknown", b = "fail", c = "not_applicable", "/subscriptions/22222222-2222-4222-8222-222222222222" = "unknown" }
-- [[case]]
-- title = "no app"
-- given.azure_function_app = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "role assignments denied"
-- ledger = [{ table = "azure_role_assignment", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_function_app = [{ name = "a", identity_type = "SystemAssigned", identity_principal_id = "p1" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "apps could not be listed"
-- ledger = [{ table = "azure_function_app", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_function_app = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "as a member of a group that is Owner, in other letter case"
-- given.azure_function_app = [{ name = "a", identity_type = "SystemAssigned", identity_principal_id = "p1" }]
-- given.azure_role_assignment = [{ name = "r1", principal_id = "G1", principal_type = "Group", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635" }]
-- given.azure_user_group = [{ name = "g1", display_name = "Platform" }]
-- given.azure_group_member = [{ _parent_id = "g1", member_id = "P1", member_type = "#microsoft.graph.servicePrincipal" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "as a member of a group in a group that is Owner; groups that hold each other"
-- given.azure_function_app = [{ name = "a", identity_type = "SystemAssigned", identity_principal_id = "p1" }]
-- given.azure_role_assignment = [{ name = "r1", principal_id = "G1", principal_type = "Group", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635" }]
-- given.azure_user_group = [{ name = "g1", display_name = "Platform" }]
-- given.azure_group_member = [{ _parent_id = "g1", member_id = "g2", member_type = "#microsoft.graph.group" }, { _parent_id = "g2", member_id = "g1", member_type = "#microsoft.graph.group" }, { _parent_id = "g2", member_id = "p1", member_type = "#microsoft.graph.servicePrincipal" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "somebody else in the group that is Owner"
-- given.azure_function_app = [{ name = "a", identity_type = "SystemAssigned", identity_principal_id = "p1" }]
-- given.azure_role_assignment = [{ name = "r1", principal_id = "G1", principal_type = "Group", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635" }]
-- given.azure_user_group = [{ name = "g1", display_name = "Platform" }]
-- given.azure_group_member = [{ _parent_id = "g1", member_id = "p9", member_type = "#microsoft.graph.servicePrincipal" }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "members of groups not read, and a group is Owner"
-- ledger = [{ table = "azure_group_member", status = "denied" }]
-- given.azure_function_app = [{ name = "a", identity_type = "SystemAssigned", identity_principal_id = "p1" }]
-- given.azure_role_assignment = [{ name = "r1", principal_id = "G1", principal_type = "Group", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635" }]
-- given.azure_user_group = [{ name = "g1", display_name = "Platform" }]
-- given.azure_group_member = []
-- expect = { a = "unknown" }
-- [[case]]
-- title = "members of groups not read, and no group has an administrator role"
-- ledger = [{ table = "azure_group_member", status = "denied" }]
-- given.azure_function_app = [{ name = "a", identity_type = "SystemAssigned", identity_principal_id = "p1" }]
-- given.azure_role_assignment = [{ name = "r1", principal_id = "u1", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635" }]
-- given.azure_user_group = [{ name = "g1", display_name = "Platform" }]
-- given.azure_group_member = []
-- expect = { a = "pass" }
-- [[case]]
-- title = "members of that one group not read"
-- ledger = [{ table = "azure_group_member", parent = "g1", status = "denied" }]
-- given.azure_function_app = [{ name = "a", identity_type = "SystemAssigned", identity_principal_id = "p1" }]
-- given.azure_role_assignment = [{ name = "r1", principal_id = "G1", principal_type = "Group", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635" }]
-- given.azure_user_group = [{ name = "g1", display_name = "Platform" }]
-- given.azure_group_member = []
-- expect = { a = "unknown" }
-- [[case]]
-- title = "members not read of a holder that does not tell whether it is a group"
-- ledger = [{ table = "azure_group_member", parent = "g1", status = "denied" }]
-- given.azure_function_app = [{ name = "a", identity_type = "SystemAssigned", identity_principal_id = "p1" }]
-- given.azure_role_assignment = [{ name = "r1", principal_id = "G1", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635" }]
-- given.azure_user_group = [{ name = "g1", display_name = "Platform" }]
-- given.azure_group_member = []
-- expect = { a = "unknown" }
-- [[case]]
-- title = "members of another group not read"
-- ledger = [{ table = "azure_group_member", parent = "g7", status = "denied" }]
-- given.azure_function_app = [{ name = "a", identity_type = "SystemAssigned", identity_principal_id = "p1" }]
-- given.azure_role_assignment = [{ name = "r1", principal_id = "G1", principal_type = "Group", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635" }]
-- given.azure_user_group = [{ name = "g1", display_name = "Platform" }]
-- given.azure_group_member = []
-- expect = { a = "pass" }
-- [[case]]
-- title = "members of a group inside the group that is Owner not read"
-- ledger = [{ table = "azure_group_member", parent = "g2", status = "denied" }]
-- given.azure_function_app = [{ name = "a", identity_type = "SystemAssigned", identity_principal_id = "p1" }]
-- given.azure_role_assignment = [{ name = "r1", principal_id = "G1", principal_type = "Group", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635" }]
-- given.azure_user_group = [{ name = "g1", display_name = "Platform" }]
-- given.azure_group_member = [{ _parent_id = "g1", member_id = "g2", member_type = "#microsoft.graph.group" }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "a member of a group that is Reader"
-- given.azure_function_app = [{ name = "a", identity_type = "SystemAssigned", identity_principal_id = "p1" }]
-- given.azure_role_assignment = [{ name = "r1", principal_id = "g1", principal_type = "Group", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7" }]
-- given.azure_user_group = [{ name = "g1", display_name = "Platform" }]
-- given.azure_group_member = [{ _parent_id = "g1", member_id = "P1", member_type = "#microsoft.graph.servicePrincipal" }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "a custom role that allows every action but a few"
-- given.azure_function_app = [{ name = "a", identity_type = "SystemAssigned", identity_principal_id = "p1" }]
-- given.azure_role_assignment = [{ name = "r1", principal_id = "p1", principal_type = "ServicePrincipal", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/c0000000-0000-4000-8000-000000000001" }]
-- given.azure_role_definition = [{ name = "c0000000-0000-4000-8000-000000000001", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/c0000000-0000-4000-8000-000000000001", role_name = "Almost Owner", properties_type = "CustomRole", permissions = '[{"actions":["*"],"notActions":["Microsoft.Network/*"]}]' }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "a custom role that may give roles"
-- given.azure_function_app = [{ name = "a", identity_type = "SystemAssigned", identity_principal_id = "p1" }]
-- given.azure_role_assignment = [{ name = "r1", principal_id = "p1", principal_type = "ServicePrincipal", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/c0000000-0000-4000-8000-000000000001" }]
-- given.azure_role_definition = [{ name = "c0000000-0000-4000-8000-000000000001", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/c0000000-0000-4000-8000-000000000001", role_name = "Role giver", properties_type = "customRole", permissions = '[{"actions":["Microsoft.Authorization/roleAssignments/*"],"notActions":[]}]' }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "a custom role that is narrow"
-- given.azure_function_app = [{ name = "a", identity_type = "SystemAssigned", identity_principal_id = "p1" }]
-- given.azure_role_assignment = [{ name = "r1", principal_id = "p1", principal_type = "ServicePrincipal", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/c0000000-0000-4000-8000-000000000001" }]
-- given.azure_role_definition = [{ name = "c0000000-0000-4000-8000-000000000001", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/c0000000-0000-4000-8000-000000000001", role_name = "Reader of queues", properties_type = "CustomRole", permissions = '[{"actions":["Microsoft.Storage/storageAccounts/queueServices/read"],"notActions":[]}]' }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "a built-in role beside the four that may give roles is not asked for"
-- given.azure_function_app = [{ name = "a", identity_type = "SystemAssigned", identity_principal_id = "p1" }]
-- given.azure_role_assignment = [{ name = "r1", principal_id = "p1", principal_type = "ServicePrincipal", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/c0000000-0000-4000-8000-000000000001" }]
-- given.azure_role_definition = [{ name = "c0000000-0000-4000-8000-000000000001", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/c0000000-0000-4000-8000-000000000001", role_name = "Some built-in role", properties_type = "BuiltInRole", permissions = '[{"actions":["Microsoft.Authorization/roleAssignments/write"],"notActions":[]}]' }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "the permissions of the role are not readable"
-- given.azure_function_app = [{ name = "a", identity_type = "SystemAssigned", identity_principal_id = "p1" }]
-- given.azure_role_assignment = [{ name = "r1", principal_id = "p1", principal_type = "ServicePrincipal", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/c0000000-0000-4000-8000-000000000001" }]
-- given.azure_role_definition = [{ name = "c0000000-0000-4000-8000-000000000001", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/c0000000-0000-4000-8000-000000000001", role_name = "Mine", properties_type = "CustomRole", _gaps = ["permissions"] }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "neither the permissions of the role nor who holds it are readable"
-- given.azure_function_app = [{ name = "a", identity_type = "SystemAssigned", identity_principal_id = "p1" }]
-- given.azure_role_assignment = [{ name = "r1", principal_type = "ServicePrincipal", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/c0000000-0000-4000-8000-000000000001", _gaps = ["principal_id"] }]
-- given.azure_role_definition = [{ name = "c0000000-0000-4000-8000-000000000001", id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/c0000000-0000-4000-8000-000000000001", role_name = "Mine", properties_type = "CustomRole", _gaps = ["permissions"] }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "role definitions denied: what the role allows is not known"
-- ledger = [{ table = "azure_role_definition", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_function_app = [{ name = "a", identity_type = "SystemAssigned", identity_principal_id = "p1" }]
-- given.azure_role_assignment = [{ name = "r1", principal_id = "p1", principal_type = "ServicePrincipal", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/c0000000-0000-4000-8000-000000000001" }]
-- given.azure_role_definition = []
-- expect = { a = "unknown" }
-- [[case]]
-- title = "role definitions denied, but the role is Owner"
-- ledger = [{ table = "azure_role_definition", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_function_app = [{ name = "a", identity_type = "SystemAssigned", identity_principal_id = "p1" }]
-- given.azure_role_assignment = [{ name = "r1", principal_id = "p1", principal_type = "ServicePrincipal", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635" }]
-- given.azure_role_definition = []
-- expect = { a = "fail" }
WITH RECURSIVE
holder AS (
    SELECT f.id AS app_id, lower(trim(f.identity_principal_id)) AS principal_id, 'system-assigned identity' AS kind
    FROM azure_function_app AS f
    WHERE trim(f.identity_principal_id) <> ''
    UNION ALL
    SELECT f.id, lower(trim(u.principal_id)), 'user-assigned identity'
    FROM azure_function_app AS f, unnest(f.identity_user_assigned_identities_principal_id) AS u(principal_id)
    WHERE trim(u.principal_id) <> ''
),
-- Administrator roles, and rows that do not tell which role they are.
-- Custom roles that are as good as one of the four.
custom AS (
    SELECT p.role_id, 'custom role ' || p.role_name AS role_name
    FROM role_power AS p
    WHERE p.is_custom AND (p.has_star OR list_contains(p.powers, 'assign_roles') OR list_contains(p.powers, 'define_roles'))
),
assignment AS (
    SELECT CASE WHEN NOT coalesce(list_contains(r._gaps, 'principal_id'), FALSE) THEN lower(trim(r.principal_id)) END AS principal_id,
           CASE WHEN NOT coalesce(list_contains(r._gaps, 'principal_type'), FALSE) THEN lower(trim(r.principal_type)) END AS principal_type, coalesce(d.role_name, c.role_name) AS role_name,
           coalesce(CASE WHEN list_contains(r._gaps, 'scope') THEN NULL ELSE r.scope END, 'a scope not readable') AS scope
    FROM azure_role_assignment AS r
    LEFT JOIN data_azure_admin_role AS d
      ON d.role_id = guid_of(r.role_definition_id) AND NOT coalesce(list_contains(r._gaps, 'role_definition_id'), FALSE)
    LEFT JOIN custom AS c ON c.role_id = guid_of(r.role_definition_id) AND NOT coalesce(list_contains(r._gaps, 'role_definition_id'), FALSE)
    WHERE d.role_id IS NOT NULL OR c.role_id IS NOT NULL OR coalesce(trim(r.role_definition_id), '') = '' OR list_contains(r._gaps, 'role_definition_id')
),
-- The identity itself and every group that it is in; UNION, so that groups that hold each other end here too.
inside AS (
    SELECT DISTINCT h.principal_id AS root, h.principal_id AS node FROM holder AS h
    UNION
    SELECT i.root, lower(m._parent_id) AS node
    FROM inside AS i
    JOIN azure_group_member AS m ON lower(m.member_id) = i.node
),
per_app AS (
    SELECT h.app_id,
           list_sort(list(DISTINCT a.role_name || ' on ' || a.scope || ' (' || h.kind
             || CASE WHEN i.node <> i.root THEN ', through the group ' || i.node ELSE '' END || ')') FILTER (WHERE a.role_name IS NOT NULL)) AS admin_roles,
           sum(CASE WHEN a.role_name IS NULL THEN 1 ELSE 0 END) AS n_unread
    FROM holder AS h
    JOIN inside AS i ON i.root = h.principal_id
    JOIN assignment AS a ON a.principal_id = i.node
    GROUP BY h.app_id
),
definitions AS (
    SELECT count(*) AS n_rows,
           coalesce(sum(CASE WHEN l.status IN ('ok', 'not_registered', 'unsupported', 'license', 'retired') THEN 0 ELSE 1 END), 0) AS n_unread
    FROM azure_ledger AS l
    WHERE l.table_name = 'azure_role_definition' AND l.parent_id IS NULL
),
-- Assignments of roles of which nobody knows what they allow: their permissions could not be read, or no list that was read has
-- them, which matters only where lists were not read.
strange_assignment AS (
    SELECT CASE WHEN NOT coalesce(list_contains(r._gaps, 'principal_id'), FALSE) THEN lower(trim(r.principal_id)) END AS principal_id,
           lower(trim(r.principal_type)) AS principal_type
    FROM azure_role_assignment AS r
    CROSS JOIN definitions AS f
    LEFT JOIN role_power AS p ON p.role_id = guid_of(r.role_definition_id)
    WHERE (p.role_id IS NULL AND NOT (f.n_unread = 0 AND f.n_rows > 0)) OR NOT p.is_read
       OR (p.is_custom IS NULL AND (p.has_star OR list_contains(p.powers, 'assign_roles') OR list_contains(p.powers, 'define_roles')))
),
strange AS (
    SELECT h.app_id, count(*) AS n
    FROM holder AS h
    JOIN inside AS i ON i.root = h.principal_id
    JOIN strange_assignment AS r ON r.principal_id = i.node
    GROUP BY h.app_id
),
-- Groups that hold an administrator role, or one that could not be read, and the groups in them: who is in one of which the
-- members were not read is not known.
admin_group AS (
    SELECT DISTINCT a.principal_id AS group_id
    FROM (SELECT x.principal_id, x.principal_type FROM assignment AS x
          UNION ALL
          SELECT y.principal_id, y.principal_type FROM strange_assignment AS y) AS a
    WHERE coalesce(a.principal_type, '') IN ('', 'group', 'foreigngroup')
    UNION
    SELECT lower(m.member_id) AS group_id
    FROM admin_group AS g
    JOIN azure_group_member AS m ON lower(m._parent_id) = g.group_id
    WHERE lower(m.member_type) LIKE '%group'
),
unread_list AS (
    SELECT count(*) AS n FROM group_list_unread AS l WHERE l.table_name = 'azure_group_member' AND l.group_id IS NULL
),
unread_group AS (
    SELECT count(DISTINCT g.group_id) AS n
    FROM admin_group AS g
    CROSS JOIN unread_list AS m
    LEFT JOIN group_list_unread AS l ON l.group_id = g.group_id AND l.table_name = 'azure_group_member'
    WHERE m.n > 0 OR l.group_id IS NOT NULL
),
-- An identity can hold a role in any subscription, so one list that was not read leaves all of them open.
doubt AS (
    SELECT (SELECT count(*) FROM assignment AS a WHERE a.principal_id IS NULL OR a.principal_id = '')
           + (SELECT count(*) FROM strange_assignment AS b WHERE b.principal_id IS NULL OR b.principal_id = '') AS n_nameless,
           (SELECT count(*) FROM azure_ledger AS l
            WHERE l.table_name = 'azure_role_assignment' AND l.parent_id IS NULL
              AND NOT coalesce(l.status IN ('ok', 'not_registered', 'unsupported', 'license', 'retired'), FALSE)) AS n_unread
),
app AS (
    SELECT f.id, f.subscription_id,
           CASE WHEN list_contains(f._gaps, 'identity_type') THEN 'not readable'
                ELSE lower(trim(coalesce(f.identity_type, 'none'))) END AS kind,
           lower(coalesce(f.identity_type, '')) LIKE '%systemassigned%' AND coalesce(trim(f.identity_principal_id), '') = '' AS system_unread,
           lower(coalesce(f.identity_type, '')) LIKE '%userassigned%'
             AND (coalesce(array_length(f.identity_user_assigned_identities), 0) = 0
                  OR coalesce(array_length(list_filter(f.identity_user_assigned_identities_principal_id,
                                                       lambda item_: trim(item_) <> '')), 0)
                     < array_length(f.identity_user_assigned_identities)) AS user_unread
    FROM azure_function_app AS f
)
SELECT a.id AS subject, a.id AS resource_id, a.subscription_id,
       CASE WHEN a.kind IN ('', 'none') THEN 'not_applicable'
            WHEN p.admin_roles IS NOT NULL THEN 'fail'
            WHEN a.system_unread OR a.user_unread OR coalesce(p.n_unread, 0) > 0 OR d.n_nameless > 0 OR d.n_unread > 0 OR g.n > 0
              OR x.n > 0 THEN NULL
            WHEN a.kind LIKE '%systemassigned%' OR a.kind LIKE '%userassigned%' THEN 'pass'
       END AS verdict,
       CASE WHEN a.kind IN ('', 'none') THEN 'the app has no managed identity'
            WHEN p.admin_roles IS NOT NULL THEN 'administrator roles: ' || array_to_string(p.admin_roles, '; ')
            WHEN a.kind NOT LIKE '%systemassigned%' AND a.kind NOT LIKE '%userassigned%' THEN 'kind of identity not known: ' || a.kind
            WHEN a.system_unread OR a.user_unread THEN 'the object id of an identity of the app is not in the snapshot'
            WHEN coalesce(p.n_unread, 0) > 0 THEN 'which role an identity of the app holds could not be read'
            WHEN d.n_nameless > 0 THEN 'role assignments that do not tell who holds the role: ' || d.n_nameless
            WHEN d.n_unread > 0 THEN 'lists of role assignments that were not read, in this subscription or others: ' || d.n_unread
            WHEN g.n > 0 THEN 'groups with an administrator role, or one that could not be read, whose members were not read: ' || g.n
            WHEN x.n > 0 THEN 'assignments to the identities of roles whose permissions were not read: ' || x.n
            ELSE 'no administrator role among the assignments that were read, to the identities or to groups they are in'
       END AS reason,
       p.admin_roles
FROM app AS a
CROSS JOIN doubt AS d
CROSS JOIN unread_group AS g
LEFT JOIN strange AS x ON x.app_id = a.id
LEFT JOIN per_app AS p ON p.app_id = a.id
