-- title = "Two to four Global Administrators"
-- severity = "high"
-- subject = "azure_account"
-- tables = ["azure_account", "azure_user", "azure_directory_role", "azure_directory_role_member", "azure_ad_role_assignment", "azure_user_group"]
-- optional = ["azure_ad_role_definition", "azure_ad_role_assignment_schedule_instance", "azure_ad_role_eligibility_schedule_instance", "azure_ad_group_eligibility_schedule_instance", "azure_group_member"]
-- controls = [
--   "cis_azure_2_1_0:1.25", "cis_azure_3_0_0:2.26", "cis_azure_4_0_0:6.26", "cis_azure_5_0_0:5.26", "nist_800_53_r5:AC-2",
--   "nist_800_53_r5:AC-5", "nist_800_53_r5:AC-6", "iso_27001_2022:A.5.2", "iso_27001_2022:A.5.15", "pci_dss_4_0:7.2.1",
--   "pci_dss_4_0:7.2.2", "soc_2:CC1.3", "mitre_attack:T1040", "mitre_attack:T1078", "mitre_attack:T1098", "mitre_attack:T1201",
--   "mitre_attack:T1550", "mitre_attack:T1556",
-- ]
-- rationale = "One Global Administrator can be lost, and with it the tenant; each one more than needed is one more account that can take it over. Counted are users who may sign in and hold the role now, directly or through a group; an activated eligibility counts while it lasts. Eligible users and service principals are listed, not counted."
-- remediation = "Entra admin center > Roles and administrators > Global Administrator > Assignments: add a second one, or remove the surplus and give narrower roles or eligibility. az rest --method delete --url https://graph.microsoft.com/v1.0/roleManagement/directory/roleAssignments/ID"
-- references = ["https://learn.microsoft.com/entra/identity/role-based-access-control/best-practices", "https://learn.microsoft.com/entra/identity/role-based-access-control/security-emergency-access"]
-- [[case]]
-- title = "two"
-- given.azure_user = [{ name = "u1", account_enabled = true, user_type = "Member" }, { name = "u2", account_enabled = true, user_type = "Member" }]
-- given.azure_directory_role_member = [
--   { id = "role-ga/members/u1", _parent_id = "role-ga", member_id = "u1", member_type = "#microsoft.graph.user" },
--   { id = "role-ga/members/u2", _parent_id = "role-ga", member_id = "u2", member_type = "#microsoft.graph.user" },
-- ]
-- given.azure_account = [{ }]
-- given.azure_directory_role = [{ id = "role-ga", name = "Global Administrator", display_name = "Global Administrator", role_template_id = "62e90394-69f5-4237-9190-012177145e10" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
-- [[case]]
-- title = "four"
-- given.azure_user = [
--   { name = "u1", account_enabled = true, user_type = "Member" },
--   { name = "u2", account_enabled = true, user_type = "Member" },
--   { name = "u3", account_enabled = true, user_type = "Member" },
--   { name = "u4", account_enabled = true, user_type = "Member" },
-- ]
-- given.azure_directory_role_member = [
--   { id = "role-ga/members/u1", _parent_id = "role-ga", member_id = "u1", member_type = "#microsoft.graph.user" },
--   { id = "role-ga/members/u2", _parent_id = "role-ga", member_id = "u2", member_type = "#microsoft.graph.user" },
--   { id = "role-ga/members/u3", _parent_id = "role-ga", member_id = "u3", member_type = "#microsoft.graph.user" },
--   { id = "role-ga/members/u4", _parent_id = "role-ga", member_id = "u4", member_type = "#microsoft.graph.user" },
-- ]
-- given.azure_account = [{ }]
-- given.azure_directory_role = [{ id = "role-ga", name = "Global Administrator", display_name = "Global Administrator", role_template_id = "62e90394-69f5-4237-9190-012177145e10" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
-- [[case]]
-- title = "one"
-- given.azure_user = [{ name = "u1", account_enabled = true, user_type = "Member" }]
-- given.azure_directory_role_member = [{ id = "role-ga/members/u1", _parent_id = "role-ga", member_id = "u1", member_type = "#microsoft.graph.user" }]
-- given.azure_account = [{ }]
-- given.azure_directory_role = [{ id = "role-ga", name = "Global Administrator", display_name = "Global Administrator", role_template_id = "62e90394-69f5-4237-9190-012177145e10" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "five"
-- given.azure_user = [
--   { name = "u1", account_enabled = true, user_type = "Member" },
--   { name = "u2", account_enabled = true, user_type = "Member" },
--   { name = "u3", account_enabled = true, user_type = "Member" },
--   { name = "u4", account_enabled = true, user_type = "Member" },
--   { name = "u5", account_enabled = true, user_type = "Member" },
-- ]
-- given.azure_directory_role_member = [
--   { id = "role-ga/members/u1", _parent_id = "role-ga", member_id = "u1", member_type = "#microsoft.graph.user" },
--   { id = "role-ga/members/u2", _parent_id = "role-ga", member_id = "u2", member_type = "#microsoft.graph.user" },
--   { id = "role-ga/members/u3", _parent_id = "role-ga", member_id = "u3", member_type = "#microsoft.graph.user" },
--   { id = "role-ga/members/u4", _parent_id = "role-ga", member_id = "u4", member_type = "#microsoft.graph.user" },
--   { id = "role-ga/members/u5", _parent_id = "role-ga", member_id = "u5", member_type = "#microsoft.graph.user" },
-- ]
-- given.azure_account = [{ }]
-- given.azure_directory_role = [{ id = "role-ga", name = "Global Administrator", display_name = "Global Administrator", role_template_id = "62e90394-69f5-4237-9190-012177145e10" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "none"
-- given.azure_user = [{ name = "u1", account_enabled = true, user_type = "Member" }, { name = "u2", account_enabled = true, user_type = "Member" }]
-- given.azure_account = [{ }]
-- given.azure_directory_role = [{ id = "role-ga", name = "Global Administrator", display_name = "Global Administrator", role_template_id = "62e90394-69f5-4237-9190-012177145e10" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "the role was never given"
-- given.azure_user = [{ name = "u1", account_enabled = true, user_type = "Member" }, { name = "u2", account_enabled = true, user_type = "Member" }]
-- given.azure_directory_role = []
-- given.azure_account = [{ }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "members of another role do not count"
-- given.azure_user = [
--   { name = "u1", account_enabled = true, user_type = "Member" },
--   { name = "u2", account_enabled = true, user_type = "Member" },
--   { name = "u3", account_enabled = true, user_type = "Member" },
-- ]
-- given.azure_directory_role = [
--   { id = "role-ga", name = "Global Administrator", display_name = "Global Administrator", role_template_id = "62e90394-69f5-4237-9190-012177145e10" },
--   { id = "r2", name = "x", role_template_id = "fe930be7-5e62-47db-91af-98c3a49a38b1" },
-- ]
-- given.azure_directory_role_member = [
--   { id = "role-ga/members/u1", _parent_id = "role-ga", member_id = "u1", member_type = "#microsoft.graph.user" },
--   { id = "r2/members/u2", _parent_id = "r2", member_id = "u2", member_type = "#microsoft.graph.user" },
--   { id = "r2/members/u3", _parent_id = "r2", member_id = "u3", member_type = "#microsoft.graph.user" },
-- ]
-- given.azure_account = [{ }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "somebody whose sign-in is blocked does not count"
-- given.azure_user = [{ name = "u1", account_enabled = true, user_type = "Member" }, { name = "u2", account_enabled = false, user_type = "Member" }]
-- given.azure_directory_role_member = [
--   { id = "role-ga/members/u1", _parent_id = "role-ga", member_id = "u1", member_type = "#microsoft.graph.user" },
--   { id = "role-ga/members/u2", _parent_id = "role-ga", member_id = "u2", member_type = "#microsoft.graph.user" },
-- ]
-- given.azure_account = [{ }]
-- given.azure_directory_role = [{ id = "role-ga", name = "Global Administrator", display_name = "Global Administrator", role_template_id = "62e90394-69f5-4237-9190-012177145e10" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "service principals do not count"
-- given.azure_user = [{ name = "u1", account_enabled = true, user_type = "Member" }]
-- given.azure_directory_role_member = [
--   { id = "role-ga/members/u1", _parent_id = "role-ga", member_id = "u1", member_type = "#microsoft.graph.user" },
--   { id = "role-ga/members/s1", _parent_id = "role-ga", member_id = "s1", member_type = "#microsoft.graph.servicePrincipal" },
-- ]
-- given.azure_account = [{ }]
-- given.azure_directory_role = [{ id = "role-ga", name = "Global Administrator", display_name = "Global Administrator", role_template_id = "62e90394-69f5-4237-9190-012177145e10" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "a member twice, in both lists and through a group, counts once"
-- given.azure_user = [{ name = "u1", account_enabled = true, user_type = "Member" }]
-- given.azure_directory_role_member = [
--   { id = "role-ga/members/u1", _parent_id = "role-ga", member_id = "u1", member_type = "#microsoft.graph.user" },
--   { id = "role-ga/members/g", _parent_id = "role-ga", member_id = "g", member_type = "#microsoft.graph.group" },
-- ]
-- given.azure_user_group = [{ name = "g", is_assignable_to_role = true }]
-- given.azure_group_member = [{ id = "g/members/U1", _parent_id = "g", member_id = "U1", member_type = "#microsoft.graph.user" }]
-- given.azure_ad_role_assignment = [{ name = "a", principal_id = "U1", role_definition_id = "62E90394-69F5-4237-9190-012177145E10", directory_scope_id = "/" }]
-- given.azure_account = [{ }]
-- given.azure_directory_role = [{ id = "role-ga", name = "Global Administrator", display_name = "Global Administrator", role_template_id = "62e90394-69f5-4237-9190-012177145e10" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "through a group in a group that loops"
-- given.azure_user = [
--   { name = "u1", account_enabled = true, user_type = "Member" },
--   { name = "u2", account_enabled = true, user_type = "Member" },
--   { name = "u3", account_enabled = true, user_type = "Member" },
--   { name = "u4", account_enabled = true, user_type = "Member" },
--   { name = "u5", account_enabled = true, user_type = "Member" },
-- ]
-- given.azure_directory_role_member = [
--   { id = "role-ga/members/u1", _parent_id = "role-ga", member_id = "u1", member_type = "#microsoft.graph.user" },
--   { id = "role-ga/members/g", _parent_id = "role-ga", member_id = "g", member_type = "#microsoft.graph.group" },
-- ]
-- given.azure_user_group = [{ name = "g", is_assignable_to_role = true }, { name = "g2" }]
-- given.azure_group_member = [
--   { id = "g/members/g2", _parent_id = "g", member_id = "g2", member_type = "#microsoft.graph.group" },
--   { id = "g2/members/g", _parent_id = "g2", member_id = "g", member_type = "#microsoft.graph.group" },
--   { id = "g2/members/u2", _parent_id = "g2", member_id = "u2", member_type = "#microsoft.graph.user" },
--   { id = "g2/members/u3", _parent_id = "g2", member_id = "u3", member_type = "#microsoft.graph.user" },
--   { id = "g2/members/u4", _parent_id = "g2", member_id = "u4", member_type = "#microsoft.graph.user" },
--   { id = "g2/members/u5", _parent_id = "g2", member_id = "u5", member_type = "#microsoft.graph.user" },
-- ]
-- given.azure_account = [{ }]
-- given.azure_directory_role = [{ id = "role-ga", name = "Global Administrator", display_name = "Global Administrator", role_template_id = "62e90394-69f5-4237-9190-012177145e10" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "eligible users do not count"
-- given.azure_user = [
--   { name = "u1", account_enabled = true, user_type = "Member" },
--   { name = "u2", account_enabled = true, user_type = "Member" },
--   { name = "u3", account_enabled = true, user_type = "Member" },
--   { name = "u4", account_enabled = true, user_type = "Member" },
--   { name = "u5", account_enabled = true, user_type = "Member" },
--   { name = "u6", account_enabled = true, user_type = "Member" },
-- ]
-- given.azure_directory_role_member = [
--   { id = "role-ga/members/u1", _parent_id = "role-ga", member_id = "u1", member_type = "#microsoft.graph.user" },
--   { id = "role-ga/members/u2", _parent_id = "role-ga", member_id = "u2", member_type = "#microsoft.graph.user" },
-- ]
-- given.azure_ad_role_eligibility_schedule_instance = [
--   { name = "e3", principal_id = "u3", role_definition_id = "62e90394-69f5-4237-9190-012177145e10" },
--   { name = "e4", principal_id = "u4", role_definition_id = "62e90394-69f5-4237-9190-012177145e10" },
--   { name = "e5", principal_id = "u5", role_definition_id = "62e90394-69f5-4237-9190-012177145e10" },
--   { name = "e6", principal_id = "u6", role_definition_id = "62e90394-69f5-4237-9190-012177145e10" },
-- ]
-- given.azure_account = [{ }]
-- given.azure_directory_role = [{ id = "role-ga", name = "Global Administrator", display_name = "Global Administrator", role_template_id = "62e90394-69f5-4237-9190-012177145e10" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
-- [[case]]
-- title = "users eligible to join the group do not count"
-- given.azure_user = [
--   { name = "u1", account_enabled = true, user_type = "Member" },
--   { name = "u2", account_enabled = true, user_type = "Member" },
--   { name = "u3", account_enabled = true, user_type = "Member" },
--   { name = "u4", account_enabled = true, user_type = "Member" },
--   { name = "u5", account_enabled = true, user_type = "Member" },
--   { name = "u6", account_enabled = true, user_type = "Member" },
-- ]
-- given.azure_directory_role_member = [
--   { id = "role-ga/members/u1", _parent_id = "role-ga", member_id = "u1", member_type = "#microsoft.graph.user" },
--   { id = "role-ga/members/u2", _parent_id = "role-ga", member_id = "u2", member_type = "#microsoft.graph.user" },
--   { id = "role-ga/members/g", _parent_id = "role-ga", member_id = "g", member_type = "#microsoft.graph.group" },
-- ]
-- given.azure_user_group = [{ name = "g", is_assignable_to_role = true }]
-- given.azure_ad_group_eligibility_schedule_instance = [
--   { name = "e3", group_id = "g", principal_id = "u3", access_id = "member" },
--   { name = "e4", group_id = "g", principal_id = "u4", access_id = "member" },
--   { name = "e5", group_id = "g", principal_id = "u5", access_id = "member" },
--   { name = "e6", group_id = "g", principal_id = "u6", access_id = "member" },
-- ]
-- given.azure_account = [{ }]
-- given.azure_directory_role = [{ id = "role-ga", name = "Global Administrator", display_name = "Global Administrator", role_template_id = "62e90394-69f5-4237-9190-012177145e10" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
-- [[case]]
-- title = "eligibilities not read: they do not count"
-- ledger = [{ table = "azure_ad_role_eligibility_schedule_instance", status = "denied" }]
-- given.azure_user = [{ name = "u1", account_enabled = true, user_type = "Member" }, { name = "u2", account_enabled = true, user_type = "Member" }]
-- given.azure_directory_role_member = [
--   { id = "role-ga/members/u1", _parent_id = "role-ga", member_id = "u1", member_type = "#microsoft.graph.user" },
--   { id = "role-ga/members/u2", _parent_id = "role-ga", member_id = "u2", member_type = "#microsoft.graph.user" },
-- ]
-- given.azure_account = [{ }]
-- given.azure_directory_role = [{ id = "role-ga", name = "Global Administrator", display_name = "Global Administrator", role_template_id = "62e90394-69f5-4237-9190-012177145e10" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
-- [[case]]
-- title = "members of the group that holds the role not read"
-- ledger = [{ table = "azure_group_member", parent = "g", status = "denied" }]
-- given.azure_user = [{ name = "u1", account_enabled = true, user_type = "Member" }, { name = "u2", account_enabled = true, user_type = "Member" }]
-- given.azure_directory_role_member = [
--   { id = "role-ga/members/u1", _parent_id = "role-ga", member_id = "u1", member_type = "#microsoft.graph.user" },
--   { id = "role-ga/members/u2", _parent_id = "role-ga", member_id = "u2", member_type = "#microsoft.graph.user" },
--   { id = "role-ga/members/g", _parent_id = "role-ga", member_id = "g", member_type = "#microsoft.graph.group" },
-- ]
-- given.azure_user_group = [{ name = "g", is_assignable_to_role = true }]
-- given.azure_account = [{ }]
-- given.azure_directory_role = [{ id = "role-ga", name = "Global Administrator", display_name = "Global Administrator", role_template_id = "62e90394-69f5-4237-9190-012177145e10" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "group members not collected, and no group holds the role"
-- ledger = [{ table = "azure_group_member", status = "not_collected" }]
-- given.azure_user = [{ name = "u1", account_enabled = true, user_type = "Member" }, { name = "u2", account_enabled = true, user_type = "Member" }]
-- given.azure_directory_role_member = [
--   { id = "role-ga/members/u1", _parent_id = "role-ga", member_id = "u1", member_type = "#microsoft.graph.user" },
--   { id = "role-ga/members/u2", _parent_id = "role-ga", member_id = "u2", member_type = "#microsoft.graph.user" },
-- ]
-- given.azure_user_group = [{ name = "g", is_assignable_to_role = true }]
-- given.azure_account = [{ }]
-- given.azure_directory_role = [{ id = "role-ga", name = "Global Administrator", display_name = "Global Administrator", role_template_id = "62e90394-69f5-4237-9190-012177145e10" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
-- [[case]]
-- title = "group members not collected, and a group holds the role"
-- ledger = [{ table = "azure_group_member", status = "not_collected" }]
-- given.azure_user = [{ name = "u1", account_enabled = true, user_type = "Member" }, { name = "u2", account_enabled = true, user_type = "Member" }]
-- given.azure_directory_role_member = [
--   { id = "role-ga/members/u1", _parent_id = "role-ga", member_id = "u1", member_type = "#microsoft.graph.user" },
--   { id = "role-ga/members/u2", _parent_id = "role-ga", member_id = "u2", member_type = "#microsoft.graph.user" },
--   { id = "role-ga/members/g", _parent_id = "role-ga", member_id = "g", member_type = "#microsoft.graph.group" },
-- ]
-- given.azure_user_group = [{ name = "g", is_assignable_to_role = true }]
-- given.azure_account = [{ }]
-- given.azure_directory_role = [{ id = "role-ga", name = "Global Administrator", display_name = "Global Administrator", role_template_id = "62e90394-69f5-4237-9190-012177145e10" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "members not read, but five are known"
-- ledger = [{ table = "azure_group_member", parent = "g", status = "denied" }]
-- given.azure_user = [
--   { name = "u1", account_enabled = true, user_type = "Member" },
--   { name = "u2", account_enabled = true, user_type = "Member" },
--   { name = "u3", account_enabled = true, user_type = "Member" },
--   { name = "u4", account_enabled = true, user_type = "Member" },
--   { name = "u5", account_enabled = true, user_type = "Member" },
-- ]
-- given.azure_directory_role_member = [
--   { id = "role-ga/members/u1", _parent_id = "role-ga", member_id = "u1", member_type = "#microsoft.graph.user" },
--   { id = "role-ga/members/u2", _parent_id = "role-ga", member_id = "u2", member_type = "#microsoft.graph.user" },
--   { id = "role-ga/members/u3", _parent_id = "role-ga", member_id = "u3", member_type = "#microsoft.graph.user" },
--   { id = "role-ga/members/u4", _parent_id = "role-ga", member_id = "u4", member_type = "#microsoft.graph.user" },
--   { id = "role-ga/members/u5", _parent_id = "role-ga", member_id = "u5", member_type = "#microsoft.graph.user" },
--   { id = "role-ga/members/g", _parent_id = "role-ga", member_id = "g", member_type = "#microsoft.graph.group" },
-- ]
-- given.azure_user_group = [{ name = "g", is_assignable_to_role = true }]
-- given.azure_account = [{ }]
-- given.azure_directory_role = [{ id = "role-ga", name = "Global Administrator", display_name = "Global Administrator", role_template_id = "62e90394-69f5-4237-9190-012177145e10" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "whether one of two may sign in is not given"
-- given.azure_user = [{ name = "u1", account_enabled = true, user_type = "Member" }, { name = "u2" }]
-- given.azure_directory_role_member = [
--   { id = "role-ga/members/u1", _parent_id = "role-ga", member_id = "u1", member_type = "#microsoft.graph.user" },
--   { id = "role-ga/members/u2", _parent_id = "role-ga", member_id = "u2", member_type = "#microsoft.graph.user" },
-- ]
-- given.azure_account = [{ }]
-- given.azure_directory_role = [{ id = "role-ga", name = "Global Administrator", display_name = "Global Administrator", role_template_id = "62e90394-69f5-4237-9190-012177145e10" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "whether one of three may sign in is not readable: two are enough"
-- given.azure_user = [
--   { name = "u1", account_enabled = true, user_type = "Member" },
--   { name = "u2", account_enabled = true, user_type = "Member" },
--   { name = "u3", _gaps = ["account_enabled"] },
-- ]
-- given.azure_directory_role_member = [
--   { id = "role-ga/members/u1", _parent_id = "role-ga", member_id = "u1", member_type = "#microsoft.graph.user" },
--   { id = "role-ga/members/u2", _parent_id = "role-ga", member_id = "u2", member_type = "#microsoft.graph.user" },
--   { id = "role-ga/members/u3", _parent_id = "role-ga", member_id = "u3", member_type = "#microsoft.graph.user" },
-- ]
-- given.azure_account = [{ }]
-- given.azure_directory_role = [{ id = "role-ga", name = "Global Administrator", display_name = "Global Administrator", role_template_id = "62e90394-69f5-4237-9190-012177145e10" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
-- [[case]]
-- title = "a member who is not among the users"
-- given.azure_user = [{ name = "u1", account_enabled = true, user_type = "Member" }]
-- given.azure_directory_role_member = [
--   { id = "role-ga/members/u1", _parent_id = "role-ga", member_id = "u1", member_type = "#microsoft.graph.user" },
--   { id = "role-ga/members/u2", _parent_id = "role-ga", member_id = "u2", member_type = "#microsoft.graph.user" },
-- ]
-- given.azure_account = [{ }]
-- given.azure_directory_role = [{ id = "role-ga", name = "Global Administrator", display_name = "Global Administrator", role_template_id = "62e90394-69f5-4237-9190-012177145e10" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "member not readable"
-- given.azure_user = [{ name = "u1", account_enabled = true, user_type = "Member" }, { name = "u2", account_enabled = true, user_type = "Member" }]
-- given.azure_directory_role_member = [
--   { id = "role-ga/members/u1", _parent_id = "role-ga", member_id = "u1", member_type = "#microsoft.graph.user" },
--   { id = "role-ga/members/u2", _parent_id = "role-ga", member_id = "u2", member_type = "#microsoft.graph.user" },
--   { id = "role-ga/members/x", _parent_id = "role-ga", _gaps = ["member_id"] },
-- ]
-- given.azure_account = [{ }]
-- given.azure_directory_role = [{ id = "role-ga", name = "Global Administrator", display_name = "Global Administrator", role_template_id = "62e90394-69f5-4237-9190-012177145e10" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "no tenant row"
-- given.azure_account = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "not_applicable" }
-- [[case]]
-- title = "members of one role denied"
-- ledger = [{ table = "azure_directory_role_member", parent = "role-ga", status = "denied" }]
-- given.azure_user = [{ name = "u1", account_enabled = true, user_type = "Member" }, { name = "u2", account_enabled = true, user_type = "Member" }]
-- given.azure_account = [{ }]
-- given.azure_directory_role = [{ id = "role-ga", name = "Global Administrator", display_name = "Global Administrator", role_template_id = "62e90394-69f5-4237-9190-012177145e10" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown", "role-ga" = "unknown" }
-- [[case]]
-- title = "azure_user denied"
-- ledger = [{ table = "azure_user", status = "denied" }]
-- given.azure_user = [{ name = "u1", account_enabled = true, user_type = "Member" }, { name = "u2", account_enabled = true, user_type = "Member" }]
-- given.azure_directory_role_member = [
--   { id = "role-ga/members/u1", _parent_id = "role-ga", member_id = "u1", member_type = "#microsoft.graph.user" },
--   { id = "role-ga/members/u2", _parent_id = "role-ga", member_id = "u2", member_type = "#microsoft.graph.user" },
-- ]
-- given.azure_account = [{ }]
-- given.azure_directory_role = [{ id = "role-ga", name = "Global Administrator", display_name = "Global Administrator", role_template_id = "62e90394-69f5-4237-9190-012177145e10" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "azure_directory_role denied"
-- ledger = [{ table = "azure_directory_role", status = "denied" }]
-- given.azure_user = [{ name = "u1", account_enabled = true, user_type = "Member" }, { name = "u2", account_enabled = true, user_type = "Member" }]
-- given.azure_directory_role_member = [
--   { id = "role-ga/members/u1", _parent_id = "role-ga", member_id = "u1", member_type = "#microsoft.graph.user" },
--   { id = "role-ga/members/u2", _parent_id = "role-ga", member_id = "u2", member_type = "#microsoft.graph.user" },
-- ]
-- given.azure_account = [{ }]
-- given.azure_directory_role = [{ id = "role-ga", name = "Global Administrator", display_name = "Global Administrator", role_template_id = "62e90394-69f5-4237-9190-012177145e10" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "azure_directory_role_member denied"
-- ledger = [{ table = "azure_directory_role_member", status = "denied" }]
-- given.azure_user = [{ name = "u1", account_enabled = true, user_type = "Member" }, { name = "u2", account_enabled = true, user_type = "Member" }]
-- given.azure_directory_role_member = [
--   { id = "role-ga/members/u1", _parent_id = "role-ga", member_id = "u1", member_type = "#microsoft.graph.user" },
--   { id = "role-ga/members/u2", _parent_id = "role-ga", member_id = "u2", member_type = "#microsoft.graph.user" },
-- ]
-- given.azure_account = [{ }]
-- given.azure_directory_role = [{ id = "role-ga", name = "Global Administrator", display_name = "Global Administrator", role_template_id = "62e90394-69f5-4237-9190-012177145e10" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "azure_ad_role_assignment denied"
-- ledger = [{ table = "azure_ad_role_assignment", status = "denied" }]
-- given.azure_user = [{ name = "u1", account_enabled = true, user_type = "Member" }, { name = "u2", account_enabled = true, user_type = "Member" }]
-- given.azure_directory_role_member = [
--   { id = "role-ga/members/u1", _parent_id = "role-ga", member_id = "u1", member_type = "#microsoft.graph.user" },
--   { id = "role-ga/members/u2", _parent_id = "role-ga", member_id = "u2", member_type = "#microsoft.graph.user" },
-- ]
-- given.azure_account = [{ }]
-- given.azure_directory_role = [{ id = "role-ga", name = "Global Administrator", display_name = "Global Administrator", role_template_id = "62e90394-69f5-4237-9190-012177145e10" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "azure_user_group denied"
-- ledger = [{ table = "azure_user_group", status = "denied" }]
-- given.azure_user = [{ name = "u1", account_enabled = true, user_type = "Member" }, { name = "u2", account_enabled = true, user_type = "Member" }]
-- given.azure_directory_role_member = [
--   { id = "role-ga/members/u1", _parent_id = "role-ga", member_id = "u1", member_type = "#microsoft.graph.user" },
--   { id = "role-ga/members/u2", _parent_id = "role-ga", member_id = "u2", member_type = "#microsoft.graph.user" },
-- ]
-- given.azure_account = [{ }]
-- given.azure_directory_role = [{ id = "role-ga", name = "Global Administrator", display_name = "Global Administrator", role_template_id = "62e90394-69f5-4237-9190-012177145e10" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
WITH holder AS (
    SELECT h.principal_id, max(CASE WHEN h.how IN ('direct', 'group') THEN 1 ELSE 0 END) AS active, max(h.principal_type) AS kind
    FROM directory_role_holder AS h
    WHERE h.role_template_id = '62e90394-69f5-4237-9190-012177145e10'
    GROUP BY h.principal_id
),
person AS (
    SELECT h.principal_id, h.active, h.kind, coalesce(u.name, h.principal_id) AS name,
           CASE WHEN list_contains(u._gaps, 'account_enabled') THEN NULL ELSE u.account_enabled END AS may_sign_in
    FROM holder AS h
    LEFT JOIN azure_user AS u ON lower(u.id) = h.principal_id
),
counted AS (
    SELECT coalesce(sum(CASE WHEN p.active = 1 AND p.kind = 'user' AND p.may_sign_in THEN 1 ELSE 0 END), 0) AS n_sure,
           coalesce(sum(CASE WHEN p.active = 1 AND p.kind = 'user' AND p.may_sign_in IS NULL THEN 1 ELSE 0 END), 0) AS n_perhaps,
           list_sort(list(p.name) FILTER (WHERE p.active = 1 AND p.kind = 'user' AND coalesce(p.may_sign_in, TRUE))) AS administrators,
           list_sort(list(p.name) FILTER (WHERE p.active = 1 AND p.kind = 'user' AND NOT p.may_sign_in)) AS blocked,
           list_sort(list(p.name) FILTER (WHERE p.active = 0 AND p.kind = 'user')) AS eligible,
           list_sort(list(p.name) FILTER (WHERE coalesce(p.kind, 'unknown') NOT IN ('user', 'group'))) AS other_principals,
           list_sort(list(p.name) FILTER (WHERE p.kind = 'group')) AS groups
    FROM person AS p
),
unread AS (
    SELECT count(*) FILTER (WHERE d.hides = 'active') AS n_active,
           list_sort(list(DISTINCT d.group_id) FILTER (WHERE d.hides = 'active')) AS groups,
           count(*) FILTER (WHERE d.hides = 'eligible') AS n_eligible
    FROM directory_role_unread AS d
    WHERE d.role_template_id IS NULL OR d.role_template_id = '62e90394-69f5-4237-9190-012177145e10'
)
SELECT t.id AS subject, t.id AS resource_id, CAST(NULL AS VARCHAR) AS subscription_id,
       CASE WHEN c.n_sure > 4 THEN 'fail'
            WHEN d.n_active > 0 THEN NULL
            WHEN c.n_sure >= 2 AND c.n_sure + c.n_perhaps <= 4 THEN 'pass'
            WHEN c.n_sure + c.n_perhaps < 2 THEN 'fail'
       END AS verdict,
       'Global Administrators who may sign in: ' || c.n_sure
         || CASE WHEN c.n_perhaps > 0 THEN '; of whom it is not known: ' || c.n_perhaps ELSE '' END
         || CASE WHEN d.n_active > 0 THEN '; members not read of the groups ' || array_to_string(d.groups, ', ') ELSE '' END
         || CASE WHEN array_length(c.eligible) > 0 THEN '; eligible besides: ' || array_length(c.eligible) ELSE '' END
         || CASE WHEN d.n_eligible > 0 THEN '; who is eligible was not read in full' ELSE '' END AS reason,
       t.display_name AS resource_name, c.administrators, c.eligible, c.groups, c.blocked, c.other_principals
FROM azure_account AS t
CROSS JOIN counted AS c
CROSS JOIN unread AS d
