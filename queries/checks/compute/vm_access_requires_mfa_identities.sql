-- title = "VM-privileged users have MFA"
-- severity = "high"
-- subject = "azure_user"
-- tables = ["azure_role_assignment", "azure_role_definition", "azure_user", "azure_user_group", "azure_user_registration_details", "azure_vm"]
-- optional = ["azure_group_member", "azure_ad_group_eligibility_schedule_instance", "azure_role_eligibility_schedule_instance", "azure_user_mfa_state", "azure_cross_tenant_access_policy"]
-- controls = [
--   "cis_azure_2_1_0:7.8", "cis_azure_3_0_0:8.10", "cis_azure_4_0_0:4.1.1", "cis_azure_5_0_0:3.1.1", "cis_azure_6_0_0:3.1.1",
--   "nist_800_53_r5:IA-2", "iso_27001_2022:A.5.2", "iso_27001_2022:A.5.17", "iso_27001_2022:A.8.5", "pci_dss_4_0:8.4.2",
--   "pci_dss_4_0:8.4.3", "soc_2:CC1.3", "soc_2:CC3.3", "soc_2:CC6.3", "mitre_attack:T1040", "mitre_attack:T1078",
--   "mitre_attack:T1098", "mitre_attack:T1550", "mitre_attack:T1556",
-- ]
-- rationale = "Whoever may log in to a virtual machine or change it runs what he likes on it; a password alone must not be enough for that. Holders are taken from direct assignments, from groups and from eligibility, on every scope that covers a machine. The report tells who can do MFA; that it is asked for is judged by the Conditional Access checks."
-- remediation = "Let the person register a method: Entra admin center > Users > the user > Authentication methods. Or take the role away: az role assignment delete --ids ID. az role assignment list --all --include-inherited --assignee USER --include-groups shows where it comes from."
-- references = ["https://learn.microsoft.com/entra/identity/devices/howto-vm-sign-in-azure-ad-windows", "https://learn.microsoft.com/graph/api/resources/userregistrationdetails", "https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/compute"]
-- [[case]]
-- title = "can do MFA, cannot do it; the list of roles is not needed for built-in ones"
-- given.azure_vm = [{ name = "vm1" }]
-- given.azure_user = [{ name = "u1", account_enabled = true, user_type = "Member" }, { name = "u2", account_enabled = true, user_type = "Member" }]
-- given.azure_user_registration_details = [{ name = "u1", is_mfa_capable = true }, { name = "u2", is_mfa_capable = false }]
-- given.azure_role_assignment = [
--   { name = "a", principal_id = "u1", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/1c0163c0-47e6-4577-8991-ea5c82e286e4" },
--   { name = "b", principal_id = "u2", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/1c0163c0-47e6-4577-8991-ea5c82e286e4" },
-- ]
-- expect = { u1 = "pass", u2 = "fail" }
-- [[case]]
-- title = "each role that opens a machine; Reader does not"
-- given.azure_vm = [{ name = "vm1" }]
-- given.azure_user = [{ name = "u1", account_enabled = true, user_type = "Member" }, { name = "u2", account_enabled = true, user_type = "Member" }]
-- given.azure_user_registration_details = [{ name = "u1", is_mfa_capable = true }, { name = "u2", is_mfa_capable = false }]
-- given.azure_role_assignment = [
--   { name = "a", principal_id = "u2", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635" },
--   { name = "b", principal_id = "u1", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7" },
-- ]
-- given.azure_role_definition = [
--   { name = "1c0163c0-47e6-4577-8991-ea5c82e286e4", role_name = "Role 4", properties_type = "BuiltInRole", permissions = '[{"actions": ["*/read"], "notActions": [], "dataActions": ["Microsoft.Compute/virtualMachines/login/action", "Microsoft.Compute/virtualMachines/loginAsAdmin/action"], "notDataActions": []}]' },
--   { name = "acdd72a7-3385-48ef-bd42-f606fba81ae7", role_name = "Role 7", properties_type = "BuiltInRole", permissions = '[{"actions": ["*/read"], "notActions": [], "dataActions": [], "notDataActions": []}]' },
-- ]
-- expect = { u2 = "fail" }
-- [[case]]
-- title = "Contributor, Virtual Machine Contributor, User Login, Windows Admin Center"
-- given.azure_vm = [{ name = "vm1" }]
-- given.azure_user = [
--   { name = "u1", account_enabled = true, user_type = "Member" },
--   { name = "u2", account_enabled = true, user_type = "Member" },
--   { name = "u3", account_enabled = true, user_type = "Member" },
--   { name = "u4", account_enabled = true, user_type = "Member" },
-- ]
-- given.azure_user_registration_details = [
--   { name = "u1", is_mfa_capable = false },
--   { name = "u2", is_mfa_capable = false },
--   { name = "u3", is_mfa_capable = false },
--   { name = "u4", is_mfa_capable = false },
-- ]
-- given.azure_role_assignment = [
--   { name = "a", principal_id = "u1", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/b24988ac-6180-42a0-ab88-20f7382dd24c" },
--   { name = "b", principal_id = "u2", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/9980e02c-c2be-4d73-94e8-173b1dc7cf3c" },
--   { name = "c", principal_id = "u3", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/fb879df8-f326-4884-b1cf-06f3ad86be52" },
--   { name = "d", principal_id = "U4", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/A6333A3E-0164-44C3-B281-7A577AFF287F" },
-- ]
-- expect = { u1 = "fail", u2 = "fail", u3 = "fail", u4 = "fail" }
-- [[case]]
-- title = "a custom role that lets log in, run commands or install extensions; one that reads"
-- given.azure_vm = [{ name = "vm1" }]
-- given.azure_user = [
--   { name = "u1", account_enabled = true, user_type = "Member" },
--   { name = "u2", account_enabled = true, user_type = "Member" },
--   { name = "u3", account_enabled = true, user_type = "Member" },
-- ]
-- given.azure_user_registration_details = [
--   { name = "u1", is_mfa_capable = false },
--   { name = "u2", is_mfa_capable = false },
--   { name = "u3", is_mfa_capable = false },
-- ]
-- given.azure_role_assignment = [
--   { name = "a", principal_id = "u1", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/c0000000-0000-4000-8000-000000000001" },
--   { name = "b", principal_id = "u2", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/c0000000-0000-4000-8000-000000000002" },
--   { name = "c", principal_id = "u3", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/c0000000-0000-4000-8000-000000000003" },
-- ]
-- given.azure_role_definition = [
--   { name = "c0000000-0000-4000-8000-000000000001", role_name = "Role 1", properties_type = "CustomRole", permissions = '[{"actions": [], "notActions": [], "dataActions": ["Microsoft.Compute/*"], "notDataActions": []}]' },
--   { name = "c0000000-0000-4000-8000-000000000002", role_name = "Role 2", properties_type = "CustomRole", permissions = '[{"actions": ["Microsoft.Compute/virtualMachines/*"], "notActions": [], "dataActions": [], "notDataActions": []}]' },
--   { name = "c0000000-0000-4000-8000-000000000003", role_name = "Role 3", properties_type = "CustomRole", permissions = '[{"actions": ["Microsoft.Compute/virtualMachines/*"], "notActions": ["Microsoft.Compute/virtualMachines/extensions/*", "Microsoft.Compute/virtualMachines/runCommand*"], "dataActions": [], "notDataActions": []}]' },
-- ]
-- expect = { u1 = "fail", u2 = "fail" }
-- [[case]]
-- title = "a run command that stays as a resource is one too; on machines of scale sets it opens no machine of this list, and to read and delete them is none"
-- given.azure_vm = [{ name = "vm1" }]
-- given.azure_user = [
--   { name = "u1", account_enabled = true, user_type = "Member" },
--   { name = "u2", account_enabled = true, user_type = "Member" },
--   { name = "u3", account_enabled = true, user_type = "Member" },
--   { name = "u4", account_enabled = true, user_type = "Member" },
--   { name = "u5", account_enabled = true, user_type = "Member" },
-- ]
-- given.azure_user_registration_details = [
--   { name = "u1", is_mfa_capable = false },
--   { name = "u2", is_mfa_capable = false },
--   { name = "u3", is_mfa_capable = false },
--   { name = "u4", is_mfa_capable = false },
--   { name = "u5", is_mfa_capable = false },
-- ]
-- given.azure_role_assignment = [
--   { name = "a1", principal_id = "u1", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/c0000000-0000-4000-8000-000000000001" },
--   { name = "a2", principal_id = "u2", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/c0000000-0000-4000-8000-000000000002" },
--   { name = "a3", principal_id = "u3", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/c0000000-0000-4000-8000-000000000003" },
--   { name = "a4", principal_id = "u4", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/c0000000-0000-4000-8000-000000000004" },
--   { name = "a5", principal_id = "u5", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/c0000000-0000-4000-8000-000000000005" },
-- ]
-- given.azure_role_definition = [
--   { name = "c0000000-0000-4000-8000-000000000001", role_name = "Role 1", properties_type = "CustomRole", permissions = '[{"actions": ["Microsoft.Compute/virtualMachines/runCommands/write"], "notActions": [], "dataActions": [], "notDataActions": []}]' },
--   { name = "c0000000-0000-4000-8000-000000000002", role_name = "Role 2", properties_type = "CustomRole", permissions = '[{"actions": ["Microsoft.Compute/virtualMachines/*"], "notActions": ["Microsoft.Compute/virtualMachines/extensions/*", "Microsoft.Compute/virtualMachines/runCommand/*"], "dataActions": [], "notDataActions": []}]' },
--   { name = "c0000000-0000-4000-8000-000000000003", role_name = "Role 3", properties_type = "CustomRole", permissions = '[{"actions": ["Microsoft.Compute/virtualMachineScaleSets/virtualMachines/runCommands/write"], "notActions": [], "dataActions": [], "notDataActions": []}]' },
--   { name = "c0000000-0000-4000-8000-000000000004", role_name = "Role 4", properties_type = "CustomRole", permissions = '[{"actions": ["Microsoft.Compute/virtualMachineScaleSets/virtualMachines/runCommand/action"], "notActions": [], "dataActions": [], "notDataActions": []}]' },
--   { name = "c0000000-0000-4000-8000-000000000005", role_name = "Role 5", properties_type = "CustomRole", permissions = '[{"actions": ["Microsoft.Compute/virtualMachines/runCommands/read", "Microsoft.Compute/virtualMachines/runCommands/delete", "Microsoft.Compute/virtualMachineScaleSets/virtualMachines/read"], "notActions": [], "dataActions": [], "notDataActions": []}]' },
-- ]
-- expect = { u1 = "fail", u2 = "fail" }
-- [[case]]
-- title = "a built-in role for another job that may install extensions is outside the rule"
-- given.azure_vm = [{ name = "vm1" }]
-- given.azure_user = [{ name = "u1", account_enabled = true, user_type = "Member" }, { name = "u2", account_enabled = true, user_type = "Member" }]
-- given.azure_user_registration_details = [{ name = "u1", is_mfa_capable = true }, { name = "u2", is_mfa_capable = false }]
-- given.azure_role_assignment = [{ name = "a", principal_id = "u2", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/c0000000-0000-4000-8000-000000000001" }]
-- given.azure_role_definition = [{ name = "c0000000-0000-4000-8000-000000000001", role_name = "Role 1", properties_type = "BuiltInRole", permissions = '[{"actions": ["Microsoft.Compute/virtualMachines/extensions/*"], "notActions": [], "dataActions": [], "notDataActions": []}]' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "not_applicable" }
-- [[case]]
-- title = "on the machine, its resource group, the management group above, the root"
-- given.azure_vm = [{ name = "vm1" }]
-- given.azure_user = [
--   { name = "u1", account_enabled = true, user_type = "Member" },
--   { name = "u2", account_enabled = true, user_type = "Member" },
--   { name = "u3", account_enabled = true, user_type = "Member" },
--   { name = "u4", account_enabled = true, user_type = "Member" },
-- ]
-- given.azure_user_registration_details = [
--   { name = "u1", is_mfa_capable = false },
--   { name = "u2", is_mfa_capable = false },
--   { name = "u3", is_mfa_capable = false },
--   { name = "u4", is_mfa_capable = false },
-- ]
-- given.azure_role_assignment = [
--   { name = "a", principal_id = "u1", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111/RESOURCEGROUPS/RG/PROVIDERS/MICROSOFT.COMPUTE/VIRTUALMACHINES/VM1", role_definition_id = "/providers/microsoft.authorization/roledefinitions/1c0163c0-47e6-4577-8991-ea5c82e286e4" },
--   { name = "b", principal_id = "u2", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/RG", role_definition_id = "/providers/microsoft.authorization/roledefinitions/1c0163c0-47e6-4577-8991-ea5c82e286e4" },
--   { name = "c", principal_id = "u3", principal_type = "User", scope = "/providers/microsoft.management/managementgroups/mg", role_definition_id = "/providers/microsoft.authorization/roledefinitions/1c0163c0-47e6-4577-8991-ea5c82e286e4", _seen_in = ["11111111-1111-4111-8111-111111111111"] },
--   { name = "d", principal_id = "u4", principal_type = "User", scope = "/", role_definition_id = "/providers/microsoft.authorization/roledefinitions/1c0163c0-47e6-4577-8991-ea5c82e286e4", _seen_in = ["11111111-1111-4111-8111-111111111111"] },
-- ]
-- expect = { u1 = "fail", u2 = "fail", u3 = "fail", u4 = "fail" }
-- [[case]]
-- title = "on a place without machines"
-- given.azure_vm = [{ name = "vm1" }]
-- given.azure_user = [{ name = "u1", account_enabled = true, user_type = "Member" }, { name = "u2", account_enabled = true, user_type = "Member" }]
-- given.azure_user_registration_details = [{ name = "u1", is_mfa_capable = true }, { name = "u2", is_mfa_capable = false }]
-- given.azure_role_assignment = [
--   { name = "a", principal_id = "u2", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/other", role_definition_id = "/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635" },
--   { name = "b", principal_id = "u2", principal_type = "User", scope = "/providers/microsoft.management/managementgroups/mg", role_definition_id = "/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", _seen_in = ["22222222-2222-4222-8222-222222222222"] },
--   { name = "c", principal_id = "u2", principal_type = "User", scope = "/subscriptions/22222222-2222-4222-8222-222222222222", role_definition_id = "/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", subscription_id = "22222222-2222-4222-8222-222222222222" },
--   { name = "d", principal_id = "u2", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.storage/storageaccounts/s", role_definition_id = "/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635" },
-- ]
-- expect = { "99999999-9999-4999-8999-999999999999" = "not_applicable" }
-- [[case]]
-- title = "on a management group, not known where it was seen"
-- given.azure_vm = [{ name = "vm1" }]
-- given.azure_user = [{ name = "u1", account_enabled = true, user_type = "Member" }, { name = "u2", account_enabled = true, user_type = "Member" }]
-- given.azure_user_registration_details = [{ name = "u1", is_mfa_capable = true }, { name = "u2", is_mfa_capable = false }]
-- given.azure_role_assignment = [
--   { name = "a", principal_id = "u1", principal_type = "User", scope = "/providers/microsoft.management/managementgroups/mg", role_definition_id = "/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635" },
--   { name = "b", principal_id = "u2", principal_type = "User", scope = "/providers/microsoft.management/managementgroups/mg", role_definition_id = "/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635" },
-- ]
-- expect = { u1 = "pass", u2 = "unknown" }
-- [[case]]
-- title = "at the root, not known where it was seen: that is above everything"
-- given.azure_vm = [{ name = "vm1" }]
-- given.azure_user = [{ name = "u1", account_enabled = true, user_type = "Member" }, { name = "u2", account_enabled = true, user_type = "Member" }]
-- given.azure_user_registration_details = [{ name = "u1", is_mfa_capable = true }, { name = "u2", is_mfa_capable = false }]
-- given.azure_role_assignment = [
--   { name = "a", principal_id = "u1", principal_type = "User", scope = "/", role_definition_id = "/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635" },
--   { name = "b", principal_id = "u2", principal_type = "User", scope = "/", role_definition_id = "/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635" },
-- ]
-- expect = { u1 = "pass", u2 = "fail" }
-- [[case]]
-- title = "no machine"
-- given.azure_vm = []
-- given.azure_user = [{ name = "u1", account_enabled = true, user_type = "Member" }, { name = "u2", account_enabled = true, user_type = "Member" }]
-- given.azure_user_registration_details = [{ name = "u1", is_mfa_capable = true }, { name = "u2", is_mfa_capable = false }]
-- given.azure_role_assignment = [
--   { name = "a", principal_id = "u1", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/1c0163c0-47e6-4577-8991-ea5c82e286e4" },
--   { name = "b", principal_id = "u2", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/1c0163c0-47e6-4577-8991-ea5c82e286e4" },
-- ]
-- expect = { "99999999-9999-4999-8999-999999999999" = "not_applicable" }
-- [[case]]
-- title = "through a group and a group in a group that loops"
-- given.azure_vm = [{ name = "vm1" }]
-- given.azure_user = [{ name = "u1", account_enabled = true, user_type = "Member" }, { name = "u2", account_enabled = true, user_type = "Member" }]
-- given.azure_user_registration_details = [{ name = "u1", is_mfa_capable = true }, { name = "u2", is_mfa_capable = false }]
-- given.azure_role_assignment = [{ name = "a", principal_id = "g", principal_type = "Group", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/1c0163c0-47e6-4577-8991-ea5c82e286e4" }]
-- given.azure_user_group = [{ name = "g" }, { name = "h" }]
-- given.azure_group_member = [
--   { id = "g/members/u1", _parent_id = "g", member_id = "u1", member_type = "#microsoft.graph.user" },
--   { id = "G/members/h", _parent_id = "G", member_id = "h", member_type = "#microsoft.graph.group" },
--   { id = "h/members/g", _parent_id = "h", member_id = "g", member_type = "#microsoft.graph.group" },
--   { id = "h/members/U2", _parent_id = "h", member_id = "U2", member_type = "#microsoft.graph.user" },
-- ]
-- expect = { u1 = "pass", u2 = "fail" }
-- [[case]]
-- title = "eligible; eligible to join a group; an eligible owner is none"
-- given.azure_vm = [{ name = "vm1" }]
-- given.azure_user = [
--   { name = "u1", account_enabled = true, user_type = "Member" },
--   { name = "u2", account_enabled = true, user_type = "Member" },
--   { name = "u3", account_enabled = true, user_type = "Member" },
-- ]
-- given.azure_user_registration_details = [
--   { name = "u1", is_mfa_capable = false },
--   { name = "u2", is_mfa_capable = false },
--   { name = "u3", is_mfa_capable = false },
-- ]
-- given.azure_role_assignment = [{ name = "a", principal_id = "g", principal_type = "Group", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/1c0163c0-47e6-4577-8991-ea5c82e286e4" }]
-- given.azure_user_group = [{ name = "g" }]
-- given.azure_role_eligibility_schedule_instance = [{ name = "e", principal_id = "u1", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635" }]
-- given.azure_ad_group_eligibility_schedule_instance = [
--   { name = "x", group_id = "g", principal_id = "u2", access_id = "member" },
--   { name = "y", group_id = "g", principal_id = "u3", access_id = "owner" },
-- ]
-- expect = { u1 = "fail", u2 = "fail" }
-- [[case]]
-- title = "service principals are not judged"
-- given.azure_vm = [{ name = "vm1" }]
-- given.azure_user = [{ name = "u1", account_enabled = true, user_type = "Member" }, { name = "u2", account_enabled = true, user_type = "Member" }]
-- given.azure_user_registration_details = [{ name = "u1", is_mfa_capable = true }, { name = "u2", is_mfa_capable = false }]
-- given.azure_role_assignment = [
--   { name = "a", principal_id = "sp", principal_type = "ServicePrincipal", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635" },
--   { name = "a", principal_id = "g", principal_type = "Group", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/1c0163c0-47e6-4577-8991-ea5c82e286e4" },
-- ]
-- given.azure_user_group = [{ name = "g" }]
-- given.azure_group_member = [{ id = "g/members/sp", _parent_id = "g", member_id = "sp", member_type = "#microsoft.graph.servicePrincipal" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "not_applicable" }
-- [[case]]
-- title = "sign-in blocked"
-- given.azure_vm = [{ name = "vm1" }]
-- given.azure_user = [{ name = "u1", account_enabled = false, user_type = "Member" }, { name = "u2", account_enabled = false, user_type = "Member" }]
-- given.azure_user_registration_details = [{ name = "u1", is_mfa_capable = true }, { name = "u2", is_mfa_capable = false }]
-- given.azure_role_assignment = [
--   { name = "a", principal_id = "u1", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/1c0163c0-47e6-4577-8991-ea5c82e286e4" },
--   { name = "b", principal_id = "u2", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/1c0163c0-47e6-4577-8991-ea5c82e286e4" },
-- ]
-- expect = { u1 = "not_applicable", u2 = "not_applicable" }
-- [[case]]
-- title = "whether sign-in is blocked is absent"
-- given.azure_vm = [{ name = "vm1" }]
-- given.azure_user = [{ name = "u1", account_enabled = true, user_type = "Member" }, { name = "u2" }]
-- given.azure_user_registration_details = [{ name = "u1", is_mfa_capable = true }, { name = "u2", is_mfa_capable = false }]
-- given.azure_role_assignment = [
--   { name = "a", principal_id = "u1", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/1c0163c0-47e6-4577-8991-ea5c82e286e4" },
--   { name = "b", principal_id = "u2", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/1c0163c0-47e6-4577-8991-ea5c82e286e4" },
-- ]
-- expect = { u1 = "pass", u2 = "unknown" }
-- [[case]]
-- title = "no row in the report: no licence, or new"
-- given.azure_vm = [{ name = "vm1" }]
-- given.azure_user = [{ name = "u1", account_enabled = true, user_type = "Member" }, { name = "u2", account_enabled = true, user_type = "Member" }]
-- given.azure_user_registration_details = [{ name = "u1", is_mfa_capable = true }]
-- given.azure_role_assignment = [
--   { name = "a", principal_id = "u1", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/1c0163c0-47e6-4577-8991-ea5c82e286e4" },
--   { name = "b", principal_id = "u2", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/1c0163c0-47e6-4577-8991-ea5c82e286e4" },
-- ]
-- expect = { u1 = "pass", u2 = "unknown" }
-- [[case]]
-- title = "per-user MFA counts"
-- given.azure_vm = [{ name = "vm1" }]
-- given.azure_user = [{ name = "u1", account_enabled = true, user_type = "Member" }, { name = "u2", account_enabled = true, user_type = "Member" }]
-- given.azure_user_registration_details = [{ name = "u1", is_mfa_capable = true }, { name = "u2", is_mfa_capable = false }]
-- given.azure_role_assignment = [
--   { name = "a", principal_id = "u1", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/1c0163c0-47e6-4577-8991-ea5c82e286e4" },
--   { name = "b", principal_id = "u2", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/1c0163c0-47e6-4577-8991-ea5c82e286e4" },
-- ]
-- given.azure_user_mfa_state = [{ name = "m", _parent_id = "u2", per_user_mfa_state = "enforced" }]
-- expect = { u1 = "pass", u2 = "pass" }
-- [[case]]
-- title = "a guest who may do MFA at home"
-- given.azure_vm = [{ name = "vm1" }]
-- given.azure_user = [{ name = "u2", account_enabled = true, user_type = "Guest" }]
-- given.azure_user_registration_details = [{ name = "u1", is_mfa_capable = true }, { name = "u2", is_mfa_capable = false }]
-- given.azure_role_assignment = [{ name = "b", principal_id = "u2", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635" }]
-- given.azure_cross_tenant_access_policy = [{ name = "d", inbound_trust_is_mfa_accepted = true }]
-- expect = { u2 = "unknown" }
-- [[case]]
-- title = "a guest where MFA of the home tenant is not accepted"
-- given.azure_vm = [{ name = "vm1" }]
-- given.azure_user = [{ name = "u2", account_enabled = true, user_type = "Guest" }]
-- given.azure_user_registration_details = [{ name = "u1", is_mfa_capable = true }, { name = "u2", is_mfa_capable = false }]
-- given.azure_role_assignment = [{ name = "b", principal_id = "u2", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635" }]
-- given.azure_cross_tenant_access_policy = [{ name = "d", inbound_trust_is_mfa_accepted = false }]
-- expect = { u2 = "unknown" }
-- [[case]]
-- title = "a holder who is not among the users"
-- given.azure_vm = [{ name = "vm1" }]
-- given.azure_user = [{ name = "u1", account_enabled = true, user_type = "Member" }, { name = "u2", account_enabled = true, user_type = "Member" }]
-- given.azure_user_registration_details = [{ name = "u1", is_mfa_capable = true }, { name = "u2", is_mfa_capable = false }]
-- given.azure_role_assignment = [{ name = "b", principal_id = "u9", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635" }]
-- expect = { u9 = "unknown" }
-- [[case]]
-- title = "a role that is not in the list of roles, or whose permissions are absent"
-- given.azure_vm = [{ name = "vm1" }]
-- given.azure_user = [
--   { name = "u1", account_enabled = true, user_type = "Member" },
--   { name = "u2", account_enabled = true, user_type = "Member" },
--   { name = "u3", account_enabled = true, user_type = "Member" },
-- ]
-- given.azure_user_registration_details = [
--   { name = "u1", is_mfa_capable = true },
--   { name = "u2", is_mfa_capable = false },
--   { name = "u3", is_mfa_capable = false },
-- ]
-- given.azure_role_assignment = [
--   { name = "a", principal_id = "u1", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/c0000000-0000-4000-8000-000000000001" },
--   { name = "b", principal_id = "u2", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/c0000000-0000-4000-8000-000000000001" },
--   { name = "c", principal_id = "u3", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/c0000000-0000-4000-8000-000000000002" },
-- ]
-- given.azure_role_definition = [{ name = "c0000000-0000-4000-8000-000000000002", role_name = "Role 2", properties_type = "CustomRole" }]
-- expect = { u1 = "pass", u2 = "unknown", u3 = "unknown" }
-- [[case]]
-- title = "scope absent"
-- given.azure_vm = [{ name = "vm1" }]
-- given.azure_user = [{ name = "u1", account_enabled = true, user_type = "Member" }, { name = "u2", account_enabled = true, user_type = "Member" }]
-- given.azure_user_registration_details = [{ name = "u1", is_mfa_capable = true }, { name = "u2", is_mfa_capable = false }]
-- given.azure_role_assignment = [
--   { name = "a", principal_id = "u1", principal_type = "User", role_definition_id = "/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635" },
--   { name = "b", principal_id = "u2", principal_type = "User", role_definition_id = "/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635" },
-- ]
-- expect = { u1 = "pass", u2 = "unknown" }
-- [[case]]
-- title = "permissions of a role not readable"
-- given.azure_vm = [{ name = "vm1" }]
-- given.azure_user = [{ name = "u1", account_enabled = true, user_type = "Member" }, { name = "u2", account_enabled = true, user_type = "Member" }]
-- given.azure_user_registration_details = [{ name = "u1", is_mfa_capable = true }, { name = "u2", is_mfa_capable = false }]
-- given.azure_role_assignment = [{ name = "a", principal_id = "u2", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/c0000000-0000-4000-8000-000000000001" }]
-- given.azure_role_definition = [{ name = "c0000000-0000-4000-8000-000000000001", role_name = "Role 1", properties_type = "CustomRole", _gaps = ["permissions"] }]
-- expect = { u2 = "unknown" }
-- [[case]]
-- title = "what a user has registered not readable"
-- given.azure_vm = [{ name = "vm1" }]
-- given.azure_user = [{ name = "u1", account_enabled = true, user_type = "Member" }, { name = "u2", account_enabled = true, user_type = "Member" }]
-- given.azure_user_registration_details = [{ name = "u1", is_mfa_capable = true }, { name = "u2", _gaps = ["is_mfa_capable"] }]
-- given.azure_role_assignment = [
--   { name = "a", principal_id = "u1", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/1c0163c0-47e6-4577-8991-ea5c82e286e4" },
--   { name = "b", principal_id = "u2", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/1c0163c0-47e6-4577-8991-ea5c82e286e4" },
-- ]
-- expect = { u1 = "pass", u2 = "unknown" }
-- [[case]]
-- title = "members of a group that opens a machine not read"
-- ledger = [{ table = "azure_group_member", parent = "g", status = "denied" }]
-- given.azure_vm = [{ name = "vm1" }]
-- given.azure_user = [{ name = "u1", account_enabled = true, user_type = "Member" }, { name = "u2", account_enabled = true, user_type = "Member" }]
-- given.azure_user_registration_details = [{ name = "u1", is_mfa_capable = true }, { name = "u2", is_mfa_capable = false }]
-- given.azure_role_assignment = [
--   { name = "a", principal_id = "u1", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/1c0163c0-47e6-4577-8991-ea5c82e286e4" },
--   { name = "b", principal_id = "u2", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/1c0163c0-47e6-4577-8991-ea5c82e286e4" },
--   { name = "c", principal_id = "g", principal_type = "Group", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635" },
-- ]
-- given.azure_user_group = [{ name = "g" }]
-- expect = { u1 = "pass", u2 = "fail", "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "members of another group not read"
-- ledger = [{ table = "azure_group_member", parent = "g", status = "denied" }]
-- given.azure_vm = [{ name = "vm1" }]
-- given.azure_user = [{ name = "u1", account_enabled = true, user_type = "Member" }, { name = "u2", account_enabled = true, user_type = "Member" }]
-- given.azure_user_registration_details = [{ name = "u1", is_mfa_capable = true }, { name = "u2", is_mfa_capable = false }]
-- given.azure_role_assignment = [
--   { name = "a", principal_id = "u1", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/1c0163c0-47e6-4577-8991-ea5c82e286e4" },
--   { name = "b", principal_id = "u2", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/1c0163c0-47e6-4577-8991-ea5c82e286e4" },
-- ]
-- given.azure_user_group = [{ name = "g" }]
-- expect = { u1 = "pass", u2 = "fail" }
-- [[case]]
-- title = "members not read at all, and no group holds such a role"
-- ledger = [{ table = "azure_group_member", status = "denied" }]
-- given.azure_vm = [{ name = "vm1" }]
-- given.azure_user = [{ name = "u1", account_enabled = true, user_type = "Member" }, { name = "u2", account_enabled = true, user_type = "Member" }]
-- given.azure_user_registration_details = [{ name = "u1", is_mfa_capable = true }, { name = "u2", is_mfa_capable = false }]
-- given.azure_role_assignment = [
--   { name = "a", principal_id = "u1", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/1c0163c0-47e6-4577-8991-ea5c82e286e4" },
--   { name = "b", principal_id = "u2", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/1c0163c0-47e6-4577-8991-ea5c82e286e4" },
-- ]
-- expect = { u1 = "pass", u2 = "fail" }
-- [[case]]
-- title = "members not read at all"
-- ledger = [{ table = "azure_group_member", status = "denied" }]
-- given.azure_vm = [{ name = "vm1" }]
-- given.azure_user = [{ name = "u1", account_enabled = true, user_type = "Member" }, { name = "u2", account_enabled = true, user_type = "Member" }]
-- given.azure_user_registration_details = [{ name = "u1", is_mfa_capable = true }, { name = "u2", is_mfa_capable = false }]
-- given.azure_role_assignment = [
--   { name = "a", principal_id = "u1", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/1c0163c0-47e6-4577-8991-ea5c82e286e4" },
--   { name = "b", principal_id = "u2", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/1c0163c0-47e6-4577-8991-ea5c82e286e4" },
--   { name = "a", principal_id = "g", principal_type = "Group", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/1c0163c0-47e6-4577-8991-ea5c82e286e4" },
-- ]
-- given.azure_user_group = [{ name = "g" }]
-- expect = { u1 = "pass", u2 = "fail", "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "who is eligible not read in a subscription with machines"
-- ledger = [{ table = "azure_role_eligibility_schedule_instance", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_vm = [{ name = "vm1" }]
-- given.azure_user = [{ name = "u1", account_enabled = true, user_type = "Member" }, { name = "u2", account_enabled = true, user_type = "Member" }]
-- given.azure_user_registration_details = [{ name = "u1", is_mfa_capable = true }, { name = "u2", is_mfa_capable = false }]
-- given.azure_role_assignment = [
--   { name = "a", principal_id = "u1", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/1c0163c0-47e6-4577-8991-ea5c82e286e4" },
--   { name = "b", principal_id = "u2", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/1c0163c0-47e6-4577-8991-ea5c82e286e4" },
-- ]
-- expect = { u1 = "pass", u2 = "fail", "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "no licence for eligibilities: nobody is"
-- ledger = [{ table = "azure_role_eligibility_schedule_instance", subscription = "11111111-1111-4111-8111-111111111111", status = "license" }]
-- given.azure_vm = [{ name = "vm1" }]
-- given.azure_user = [{ name = "u1", account_enabled = true, user_type = "Member" }, { name = "u2", account_enabled = true, user_type = "Member" }]
-- given.azure_user_registration_details = [{ name = "u1", is_mfa_capable = true }, { name = "u2", is_mfa_capable = false }]
-- given.azure_role_assignment = [
--   { name = "a", principal_id = "u1", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/1c0163c0-47e6-4577-8991-ea5c82e286e4" },
--   { name = "b", principal_id = "u2", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/1c0163c0-47e6-4577-8991-ea5c82e286e4" },
-- ]
-- expect = { u1 = "pass", u2 = "fail" }
-- [[case]]
-- title = "no licence for the report"
-- ledger = [{ table = "azure_user_registration_details", status = "license" }]
-- given.azure_vm = [{ name = "vm1" }]
-- given.azure_user = [{ name = "u1", account_enabled = true, user_type = "Member" }, { name = "u2", account_enabled = true, user_type = "Member" }]
-- given.azure_user_registration_details = []
-- given.azure_role_assignment = [
--   { name = "a", principal_id = "u1", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/1c0163c0-47e6-4577-8991-ea5c82e286e4" },
--   { name = "b", principal_id = "u2", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/1c0163c0-47e6-4577-8991-ea5c82e286e4" },
-- ]
-- expect = { u1 = "unknown", u2 = "unknown" }
-- [[case]]
-- title = "assignments denied"
-- ledger = [{ table = "azure_role_assignment", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_vm = [{ name = "vm1" }]
-- given.azure_user = [{ name = "u1", account_enabled = true, user_type = "Member" }, { name = "u2", account_enabled = true, user_type = "Member" }]
-- given.azure_user_registration_details = [{ name = "u1", is_mfa_capable = true }, { name = "u2", is_mfa_capable = false }]
-- given.azure_role_assignment = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "roles denied"
-- ledger = [{ table = "azure_role_definition", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_vm = [{ name = "vm1" }]
-- given.azure_user = [{ name = "u1", account_enabled = true, user_type = "Member" }, { name = "u2", account_enabled = true, user_type = "Member" }]
-- given.azure_user_registration_details = [{ name = "u1", is_mfa_capable = true }, { name = "u2", is_mfa_capable = false }]
-- given.azure_role_assignment = [
--   { name = "a", principal_id = "u1", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/1c0163c0-47e6-4577-8991-ea5c82e286e4" },
--   { name = "b", principal_id = "u2", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/1c0163c0-47e6-4577-8991-ea5c82e286e4" },
-- ]
-- expect = { u1 = "unknown", u2 = "unknown", "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "machines denied"
-- ledger = [{ table = "azure_vm", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_vm = []
-- given.azure_user = [{ name = "u1", account_enabled = true, user_type = "Member" }, { name = "u2", account_enabled = true, user_type = "Member" }]
-- given.azure_user_registration_details = [{ name = "u1", is_mfa_capable = true }, { name = "u2", is_mfa_capable = false }]
-- given.azure_role_assignment = [
--   { name = "a", principal_id = "u1", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/1c0163c0-47e6-4577-8991-ea5c82e286e4" },
--   { name = "b", principal_id = "u2", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/1c0163c0-47e6-4577-8991-ea5c82e286e4" },
-- ]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "users denied"
-- ledger = [{ table = "azure_user", status = "denied" }]
-- given.azure_vm = [{ name = "vm1" }]
-- given.azure_user = [{ name = "u1", account_enabled = true, user_type = "Member" }, { name = "u2", account_enabled = true, user_type = "Member" }]
-- given.azure_user_registration_details = [{ name = "u1", is_mfa_capable = true }, { name = "u2", is_mfa_capable = false }]
-- given.azure_role_assignment = [
--   { name = "a", principal_id = "u1", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/1c0163c0-47e6-4577-8991-ea5c82e286e4" },
--   { name = "b", principal_id = "u2", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/1c0163c0-47e6-4577-8991-ea5c82e286e4" },
-- ]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "groups denied"
-- ledger = [{ table = "azure_user_group", status = "denied" }]
-- given.azure_vm = [{ name = "vm1" }]
-- given.azure_user = [{ name = "u1", account_enabled = true, user_type = "Member" }, { name = "u2", account_enabled = true, user_type = "Member" }]
-- given.azure_user_registration_details = [{ name = "u1", is_mfa_capable = true }, { name = "u2", is_mfa_capable = false }]
-- given.azure_role_assignment = [
--   { name = "a", principal_id = "u1", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/1c0163c0-47e6-4577-8991-ea5c82e286e4" },
--   { name = "b", principal_id = "u2", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/1c0163c0-47e6-4577-8991-ea5c82e286e4" },
-- ]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "report denied"
-- ledger = [{ table = "azure_user_registration_details", status = "denied" }]
-- given.azure_vm = [{ name = "vm1" }]
-- given.azure_user = [{ name = "u1", account_enabled = true, user_type = "Member" }, { name = "u2", account_enabled = true, user_type = "Member" }]
-- given.azure_user_registration_details = [{ name = "u1", is_mfa_capable = true }, { name = "u2", is_mfa_capable = false }]
-- given.azure_role_assignment = [
--   { name = "a", principal_id = "u1", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/1c0163c0-47e6-4577-8991-ea5c82e286e4" },
--   { name = "b", principal_id = "u2", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/1c0163c0-47e6-4577-8991-ea5c82e286e4" },
-- ]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
WITH RECURSIVE
machine AS (
    SELECT lower(v.id) AS id, lower(v.subscription_id) AS subscription_id, lower(v.resource_group) AS resource_group FROM azure_vm AS v
),
place AS (
    SELECT '/subscriptions/' || v.subscription_id AS scope FROM machine AS v
    UNION
    SELECT '/subscriptions/' || v.subscription_id || '/resourcegroups/' || v.resource_group AS scope FROM machine AS v
    UNION
    SELECT v.id AS scope FROM machine AS v
),
machine_subscription AS (
    SELECT DISTINCT v.subscription_id FROM machine AS v
),
n_machine AS (
    SELECT count(*) AS n FROM azure_vm AS v
),
-- gives is TRUE where a role opens a machine, NULL where that is not known. A built-in role for another job that may
-- install extensions is left out; a custom role is judged by what it allows.
role AS (
    SELECT p.role_id, p.role_name,
           CASE WHEN d.role_id IS NOT NULL OR list_contains(p.powers, 'vm_login') THEN TRUE
                WHEN list_contains(p.powers, 'run_command') OR list_contains(p.powers, 'vm_extension')
                THEN CASE WHEN p.is_custom IS NULL THEN NULL ELSE p.is_custom END
                WHEN p.is_read THEN FALSE
           END AS gives
    FROM role_power AS p
    LEFT JOIN data_vm_access_role AS d ON d.role_id = p.role_id
    UNION ALL
    SELECT d.role_id, d.role_name, TRUE AS gives
    FROM data_vm_access_role AS d
    LEFT JOIN role_power AS p ON p.role_id = d.role_id
    WHERE p.role_id IS NULL
),
given AS (
    SELECT lower(a.principal_id) AS principal_id, lower(coalesce(a.principal_type, '')) AS kind, guid_of(a.role_definition_id) AS role_id,
           rtrim(lower(a.scope), '/') AS scope, a._seen_in AS seen_in, FALSE AS eligible
    FROM azure_role_assignment AS a
    UNION ALL
    SELECT lower(e.principal_id) AS principal_id, lower(coalesce(e.principal_type, '')) AS kind, guid_of(e.role_definition_id) AS role_id,
           rtrim(lower(e.scope), '/') AS scope, e._seen_in AS seen_in, TRUE AS eligible
    FROM azure_role_eligibility_schedule_instance AS e
),
held AS (
    SELECT g.principal_id, g.kind, g.scope, g.seen_in, g.eligible, coalesce(r.role_name, g.role_id, 'a role that is not given') AS role_name,
           r.gives IS NOT NULL AS is_known,
           g.scope = '' OR g.scope LIKE '/providers/microsoft.management/managementgroups/%' AS is_above
    FROM given AS g
    LEFT JOIN role AS r ON r.role_id = g.role_id
    WHERE coalesce(r.gives, TRUE) AND g.principal_id IS NOT NULL
      AND g.kind NOT IN ('serviceprincipal', 'device', 'msi', 'application', 'foreigngroup')
),
seen AS (
    SELECT h.principal_id, h.kind, h.scope, h.eligible, h.role_name, h.is_known, lower(guid_of(u.seen)) AS subscription_id
    FROM held AS h, unnest(h.seen_in) AS u(seen)
    WHERE h.is_above
),
reach AS (
    SELECT h.principal_id, h.kind, h.scope, h.eligible, h.role_name, h.is_known AS sure
    FROM held AS h
    JOIN place AS p ON p.scope = h.scope
    UNION
    SELECT s.principal_id, s.kind, s.scope, s.eligible, s.role_name, s.is_known AS sure
    FROM seen AS s
    JOIN machine_subscription AS v ON v.subscription_id = s.subscription_id
    UNION
    -- Where it was seen, or the scope itself, is not given: only the root is sure to be above a machine.
    SELECT h.principal_id, h.kind, coalesce(h.scope, '?') AS scope, h.eligible, h.role_name, h.is_known AND coalesce(h.scope = '', FALSE) AS sure
    FROM held AS h
    CROSS JOIN n_machine AS n
    WHERE n.n > 0 AND coalesce(h.is_above, TRUE) AND coalesce(array_length(h.seen_in), 0) = 0
),
-- UNION, not UNION ALL: groups that hold each other end here too. A principal that is no group has no edge to follow.
walk AS (
    SELECT r.principal_id AS root, r.principal_id AS node, FALSE AS eligible FROM reach AS r
    UNION
    SELECT w.root, e.child AS node, w.eligible OR e.eligible AS eligible
    FROM walk AS w
    JOIN group_edge AS e ON e.parent = w.node
),
known_user AS (
    SELECT lower(u.id) AS user_id FROM azure_user AS u
    UNION
    SELECT lower(m.member_id) AS user_id FROM azure_group_member AS m WHERE lower(m.member_type) LIKE '%user'
    UNION
    SELECT r.principal_id AS user_id FROM reach AS r WHERE r.kind = 'user'
),
-- A role given to a large group in many places is carried to each member once.
summed AS (
    SELECT r.principal_id, r.role_name, r.eligible, max(CASE WHEN r.sure THEN 1 ELSE 0 END) AS n_sure, count(*) AS n_given,
           min(coalesce(nullif(r.scope, ''), '/')) AS one_scope
    FROM reach AS r
    GROUP BY r.principal_id, r.role_name, r.eligible
),
person AS (
    SELECT w.node AS user_id, max(r.n_sure) AS n_sure, sum(r.n_given) AS n_given, min(r.one_scope) AS one_scope,
           list_sort(list(DISTINCT r.role_name || CASE WHEN w.node <> w.root THEN ' through the group ' || coalesce(g.display_name, w.root) ELSE '' END
             || CASE WHEN r.eligible OR w.eligible THEN ' (eligible)' ELSE '' END)) AS roles
    FROM walk AS w
    JOIN known_user AS k ON k.user_id = w.node
    JOIN summed AS r ON r.principal_id = w.root
    LEFT JOIN azure_user_group AS g ON lower(g.id) = w.root
    GROUP BY w.node
),
group_node AS (
    SELECT DISTINCT w.node AS group_id
    FROM walk AS w
    LEFT JOIN azure_user_group AS g ON lower(g.id) = w.node
    LEFT JOIN reach AS r ON r.principal_id = w.node AND r.kind = 'group'
    WHERE g.id IS NOT NULL OR r.principal_id IS NOT NULL
),
eligible_read AS (
    SELECT lower(l.scope_id) AS subscription_id, min(l.status) AS status,
           sum(CASE WHEN l.status IN ('ok', 'not_registered', 'unsupported', 'license', 'retired') THEN 0 ELSE 1 END) AS n_bad
    FROM azure_ledger AS l
    WHERE l.table_name = 'azure_role_eligibility_schedule_instance' AND l.scope_kind = 'subscription'
    GROUP BY lower(l.scope_id)
),
unread AS (
    SELECT u.table_name || ': ' || u.status AS list
    FROM group_list_unread AS u
    CROSS JOIN (SELECT count(*) AS n FROM group_node AS g) AS g
    WHERE u.group_id IS NULL AND g.n > 0
    UNION
    SELECT u.table_name || ': ' || u.status || ' for group ' || g.group_id AS list
    FROM group_node AS g
    JOIN group_list_unread AS u ON u.group_id = g.group_id
    UNION
    SELECT 'azure_role_eligibility_schedule_instance: ' || coalesce(e.status, 'not_collected') || ' in subscription ' || v.subscription_id AS list
    FROM machine_subscription AS v
    LEFT JOIN eligible_read AS e ON e.subscription_id = v.subscription_id
    WHERE coalesce(e.n_bad, 1) > 0
),
unread_lists AS (
    SELECT count(*) AS n, list_sort(list(u.list)) AS lists FROM unread AS u
),
tenant AS (
    SELECT min(l.scope_id) AS id FROM azure_ledger AS l WHERE l.scope_kind = 'tenant'
)
SELECT p.user_id AS subject, p.user_id AS resource_id, CAST(NULL AS VARCHAR) AS subscription_id,
       CASE WHEN m.state = 'on' THEN 'pass'
            WHEN m.state = 'disabled' THEN 'not_applicable'
            WHEN m.state = 'off' AND p.n_sure > 0 THEN 'fail'
       END AS verdict,
       coalesce(m.why, 'the holder of the role is not in the list of users: deleted, or of another tenant')
         || CASE WHEN p.n_sure > 0 THEN '; opens machines by ' ELSE '; may open machines, its role or scope not being known in full, by ' END
         || array_to_string(p.roles, ', ')
         || CASE WHEN p.n_given = 1 THEN ' on ' || p.one_scope ELSE '; assignments: ' || p.n_given END AS reason,
       coalesce(u.display_name, u.user_principal_name, p.user_id) AS resource_name, u.user_principal_name, p.roles, p.n_given AS n_assignments, m.is_external, m.methods,
       m.per_user_state
FROM person AS p
LEFT JOIN azure_user AS u ON lower(u.id) = p.user_id
LEFT JOIN user_mfa AS m ON m.user_id = p.user_id
UNION ALL
SELECT t.id AS subject, CAST(NULL AS VARCHAR) AS resource_id, CAST(NULL AS VARCHAR) AS subscription_id, CAST(NULL AS VARCHAR) AS verdict,
       'there may be more users who can open machines; not read: '
         || array_to_string(array_slice(d.lists, 1, 20), '; ') || CASE WHEN d.n > 20 THEN '; and ' || (d.n - 20) || ' more' ELSE '' END AS reason,
       'other users' AS resource_name, NULL AS user_principal_name, NULL AS roles, NULL AS n_assignments, NULL AS is_external, NULL AS methods, NULL AS per_user_state
FROM unread_lists AS d
CROSS JOIN tenant AS t
WHERE d.n > 0
