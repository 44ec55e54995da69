-- title = "Custom role administers resource locks"
-- severity = "low"
-- subject = "azure_subscription"
-- tables = ["azure_subscription", "azure_role_definition", "azure_role_assignment"]
-- optional = ["azure_role_eligibility_schedule_instance"]
-- controls = [
--   "cis_azure_2_0_0:1.24", "cis_azure_2_1_0:1.23", "cis_azure_3_0_0:2.24", "cis_azure_4_0_0:6.24", "cis_azure_5_0_0:5.24",
--   "cis_azure_6_0_0:5.5", "jupiterone_questions:resource_lock_role", "nist_800_53_r5:CM-3", "nist_800_53_r5:CM-5",
--   "iso_27001_2022:A.5.16", "iso_27001_2022:A.5.22", "pci_dss_4_0:6.5.1", "soc_2:A1.2", "soc_2:CC8.1",
-- ]
-- rationale = "Locks hold off deletion by mistake only while few can take them away. Out of the box that is Owner and User Access Administrator, who can do far more. A role of one's own for locks, given to somebody, lets those two stay rare. A custom role that allows every action, or all but a few, is an Owner or Contributor by another name and does not count, unless it names locks apart."
-- remediation = "az role definition create --role-definition '{\"Name\":\"Resource lock administrator\",\"Actions\":[\"Microsoft.Authorization/locks/*\"],\"AssignableScopes\":[\"/subscriptions/ID\"]}', then az role assignment create --role \"Resource lock administrator\" --assignee GROUP --scope /subscriptions/ID"
-- references = ["https://learn.microsoft.com/azure/azure-resource-manager/management/lock-resources", "https://learn.microsoft.com/azure/role-based-access-control/custom-roles"]
-- [[case]]
-- title = "a custom role for locks, given on the subscription"
-- given.azure_subscription = [{ }]
-- given.azure_role_definition = [{ name = "c0000000-0000-4000-8000-000000000001", role_name = "Role 1", properties_type = "CustomRole", permissions = '[{"actions": ["Microsoft.Authorization/locks/*"], "notActions": [], "dataActions": [], "notDataActions": []}]' }]
-- given.azure_role_assignment = [{ name = "a", principal_id = "p1", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/c0000000-0000-4000-8000-000000000001" }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass" }
-- [[case]]
-- title = "a custom role that allows every action by its four verbs, also spread over two blocks"
-- given.azure_subscription = [{ }]
-- given.azure_role_definition = [
--   { name = "c0000000-0000-4000-8000-000000000001", role_name = "Role 1", properties_type = "CustomRole", permissions = '[{"actions": ["*/read", "*/Write", "*/delete", "*/action"], "notActions": [], "dataActions": [], "notDataActions": []}]' },
--   { name = "c0000000-0000-4000-8000-000000000002", role_name = "Role 2", properties_type = "CustomRole", permissions = '[{"actions": ["*/read", "*/write"], "notActions": []}, {"actions": ["*/delete", "*/action"], "notActions": []}]' },
-- ]
-- given.azure_role_assignment = [{ name = "a1", principal_id = "p1", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/c0000000-0000-4000-8000-000000000001" }, { name = "a2", principal_id = "p1", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/c0000000-0000-4000-8000-000000000002" }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail" }
-- [[case]]
-- title = "write and delete named one by one, in other letter case"
-- given.azure_subscription = [{ }]
-- given.azure_role_definition = [{ name = "c0000000-0000-4000-8000-000000000001", role_name = "Role 1", properties_type = "customrole", permissions = '[{"actions": ["microsoft.authorization/LOCKS/write", " Microsoft.Authorization/locks/delete "], "notActions": [], "dataActions": [], "notDataActions": []}]' }]
-- given.azure_role_assignment = [{ name = "a", principal_id = "p1", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/c0000000-0000-4000-8000-000000000001" }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass" }
-- [[case]]
-- title = "wider patterns cover locks too"
-- given.azure_subscription = [{ }]
-- given.azure_role_definition = [{ name = "c0000000-0000-4000-8000-000000000001", role_name = "Role 1", properties_type = "CustomRole", permissions = '[{"actions": ["Microsoft.Authorization/*"], "notActions": [], "dataActions": [], "notDataActions": []}]' }]
-- given.azure_role_assignment = [{ name = "a", principal_id = "p1", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/c0000000-0000-4000-8000-000000000001" }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass" }
-- [[case]]
-- title = "write in one block, delete in another"
-- given.azure_subscription = [{ }]
-- given.azure_role_definition = [{ name = "c0000000-0000-4000-8000-000000000001", role_name = "Role 1", properties_type = "CustomRole", permissions = '[{"actions": ["*/write"]}, {"actions": ["Microsoft.Authorization/locks/delete"]}]' }]
-- given.azure_role_assignment = [{ name = "a", principal_id = "p1", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/c0000000-0000-4000-8000-000000000001" }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass" }
-- [[case]]
-- title = "reading locks is not administering them; nor is write alone"
-- given.azure_subscription = [{ }]
-- given.azure_role_definition = [
--   { name = "c0000000-0000-4000-8000-000000000001", role_name = "Role 1", properties_type = "CustomRole", permissions = '[{"actions": ["Microsoft.Authorization/locks/read"], "notActions": [], "dataActions": [], "notDataActions": []}]' },
--   { name = "c0000000-0000-4000-8000-000000000002", role_name = "Role 2", properties_type = "CustomRole", permissions = '[{"actions": ["Microsoft.Authorization/locks/write"], "notActions": [], "dataActions": [], "notDataActions": []}]' },
-- ]
-- given.azure_role_assignment = [
--   { name = "a", principal_id = "p1", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/c0000000-0000-4000-8000-000000000001" },
--   { name = "b", principal_id = "p1", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/c0000000-0000-4000-8000-000000000002" },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail" }
-- [[case]]
-- title = "taken out again in the same block"
-- given.azure_subscription = [{ }]
-- given.azure_role_definition = [{ name = "c0000000-0000-4000-8000-000000000001", role_name = "Role 1", properties_type = "CustomRole", permissions = '[{"actions": ["Microsoft.Authorization/*"], "notActions": ["Microsoft.Authorization/locks/delete"], "dataActions": [], "notDataActions": []}]' }]
-- given.azure_role_assignment = [{ name = "a", principal_id = "p1", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/c0000000-0000-4000-8000-000000000001" }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail" }
-- [[case]]
-- title = "taken out in another block only"
-- given.azure_subscription = [{ }]
-- given.azure_role_definition = [{ name = "c0000000-0000-4000-8000-000000000001", role_name = "Role 1", properties_type = "CustomRole", permissions = '[{"actions": ["Microsoft.Authorization/locks/*"]}, {"actions": ["*/read"], "notActions": ["Microsoft.Authorization/*"]}]' }]
-- given.azure_role_assignment = [{ name = "a", principal_id = "p1", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/c0000000-0000-4000-8000-000000000001" }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass" }
-- [[case]]
-- title = "nobody holds the role"
-- given.azure_subscription = [{ }]
-- given.azure_role_definition = [{ name = "c0000000-0000-4000-8000-000000000001", role_name = "Role 1", properties_type = "CustomRole", permissions = '[{"actions": ["Microsoft.Authorization/locks/*"], "notActions": [], "dataActions": [], "notDataActions": []}]' }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail" }
-- [[case]]
-- title = "no such role"
-- given.azure_subscription = [{ }]
-- given.azure_role_definition = [{ name = "c0000000-0000-4000-8000-000000000001", role_name = "Role 1", properties_type = "CustomRole", permissions = '[{"actions": ["*/read"], "notActions": [], "dataActions": [], "notDataActions": []}]' }]
-- given.azure_role_assignment = [{ name = "a", principal_id = "p1", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/c0000000-0000-4000-8000-000000000001" }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail" }
-- [[case]]
-- title = "a custom role that allows every action is an Owner by another name"
-- given.azure_subscription = [{ }]
-- given.azure_role_definition = [{ name = "c0000000-0000-4000-8000-000000000001", role_name = "Role 1", properties_type = "CustomRole", permissions = '[{"actions": ["*"], "notActions": [], "dataActions": [], "notDataActions": []}]' }]
-- given.azure_role_assignment = [{ name = "a", principal_id = "p1", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/c0000000-0000-4000-8000-000000000001" }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail" }
-- [[case]]
-- title = "every action but roles and locks in one block, locks in another: no Owner, since roles cannot be given"
-- given.azure_subscription = [{ }]
-- given.azure_role_definition = [{ name = "c0000000-0000-4000-8000-000000000001", role_name = "Role 1", properties_type = "CustomRole", permissions_actions = ["*", "Microsoft.Authorization/locks/*"], permissions = '[{"actions": ["*"], "notActions": ["Microsoft.Authorization/*/Write", "Microsoft.Authorization/*/Delete"]}, {"actions": ["Microsoft.Authorization/locks/*"]}]' }]
-- given.azure_role_assignment = [{ name = "a1", principal_id = "p1", principal_type = "User", subscription_id = "11111111-1111-4111-8111-111111111111", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/c0000000-0000-4000-8000-000000000001" }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass" }
-- [[case]]
-- title = "every action but to give roles: a Contributor by another name, not a role for locks"
-- given.azure_subscription = [{ }]
-- given.azure_role_definition = [{ name = "c0000000-0000-4000-8000-000000000001", role_name = "Role 1", properties_type = "CustomRole", permissions_actions = ["*", "Microsoft.Authorization/policyAssignments/*", "Microsoft.Authorization/*/read"], permissions = '[{"actions": ["*", "Microsoft.Authorization/policyAssignments/*", "Microsoft.Authorization/*/read"], "notActions": ["Microsoft.Authorization/roleAssignments/write", "Microsoft.Authorization/roleAssignments/delete"]}]' }]
-- given.azure_role_assignment = [{ name = "a1", principal_id = "p1", principal_type = "User", subscription_id = "11111111-1111-4111-8111-111111111111", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/c0000000-0000-4000-8000-000000000001" }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail" }
-- [[case]]
-- title = "every action but a service and one of the verbs: still an Owner by another name; every action but locks: not one for locks"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_role_definition = [
--   { name = "c0000000-0000-4000-8000-000000000001", role_name = "Role 1", properties_type = "CustomRole", permissions = '[{"actions": ["*"], "notActions": ["Microsoft.Billing/*", "*/action"]}]' },
--   { name = "c0000000-0000-4000-8000-000000000002", role_name = "Role 2", properties_type = "CustomRole", permissions = '[{"actions": ["*"], "notActions": ["microsoft.authorization/LOCKS/delete", "Microsoft.Authorization/roleAssignments/*"]}]' },
-- ]
-- given.azure_role_assignment = [
--   { name = "a1", principal_id = "p1", principal_type = "User", subscription_id = "11111111-1111-4111-8111-111111111111", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/c0000000-0000-4000-8000-000000000001" },
--   { name = "a2", principal_id = "p1", principal_type = "User", subscription_id = "22222222-2222-4222-8222-222222222222", scope = "/subscriptions/22222222-2222-4222-8222-222222222222", role_definition_id = "/providers/microsoft.authorization/roledefinitions/c0000000-0000-4000-8000-000000000002" },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail", "22222222-2222-4222-8222-222222222222" = "fail" }
-- [[case]]
-- title = "a star that is taken out again grants nothing, and what another block grants of locks counts"
-- given.azure_subscription = [{ }]
-- given.azure_role_definition = [{ name = "c0000000-0000-4000-8000-000000000001", role_name = "Role 1", properties_type = "CustomRole", permissions = '[{"actions": ["*"], "notActions": ["*/write", "*/delete", "*/action"]}, {"actions": ["Microsoft.Authorization/*"]}]' }]
-- given.azure_role_assignment = [{ name = "a1", principal_id = "p1", principal_type = "User", subscription_id = "11111111-1111-4111-8111-111111111111", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/c0000000-0000-4000-8000-000000000001" }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass" }
-- [[case]]
-- title = "such a role beside one for locks"
-- given.azure_subscription = [{ }]
-- given.azure_role_definition = [
--   { name = "c0000000-0000-4000-8000-000000000001", role_name = "Role 1", properties_type = "CustomRole", permissions = '[{"actions": ["Microsoft.Authorization/locks/*"], "notActions": [], "dataActions": [], "notDataActions": []}]' },
--   { name = "c0000000-0000-4000-8000-000000000002", role_name = "Role 2", properties_type = "CustomRole", permissions = '[{"actions": ["*"], "notActions": [], "dataActions": [], "notDataActions": []}]' },
-- ]
-- given.azure_role_assignment = [{ name = "a", principal_id = "p1", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/c0000000-0000-4000-8000-000000000001" }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass" }
-- [[case]]
-- title = "a built-in role does not count"
-- given.azure_subscription = [{ }]
-- given.azure_role_definition = [{ name = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635", role_name = "Role 5", properties_type = "BuiltInRole", permissions = '[{"actions": ["*"], "notActions": [], "dataActions": [], "notDataActions": []}]' }]
-- given.azure_role_assignment = [{ name = "a", principal_id = "p1", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635" }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail" }
-- [[case]]
-- title = "given on a management group or a resource group"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_role_definition = [{ name = "c0000000-0000-4000-8000-000000000001", role_name = "Role 1", properties_type = "CustomRole", permissions = '[{"actions": ["Microsoft.Authorization/locks/*"], "notActions": [], "dataActions": [], "notDataActions": []}]' }]
-- given.azure_role_assignment = [
--   { name = "a", principal_id = "p1", principal_type = "User", scope = "/providers/microsoft.management/managementgroups/mg", role_definition_id = "/providers/microsoft.authorization/roledefinitions/c0000000-0000-4000-8000-000000000001", _seen_in = ["11111111-1111-4111-8111-111111111111"] },
--   { name = "b", principal_id = "p1", principal_type = "User", scope = "/subscriptions/22222222-2222-4222-8222-222222222222/resourcegroups/rg", role_definition_id = "/providers/microsoft.authorization/roledefinitions/c0000000-0000-4000-8000-000000000001", subscription_id = "22222222-2222-4222-8222-222222222222" },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass", "22222222-2222-4222-8222-222222222222" = "pass" }
-- [[case]]
-- title = "given in another subscription"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_role_definition = [{ name = "c0000000-0000-4000-8000-000000000001", role_name = "Role 1", properties_type = "CustomRole", permissions = '[{"actions": ["Microsoft.Authorization/locks/*"], "notActions": [], "dataActions": [], "notDataActions": []}]' }]
-- given.azure_role_assignment = [{ name = "a", principal_id = "p1", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/c0000000-0000-4000-8000-000000000001" }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass", "22222222-2222-4222-8222-222222222222" = "fail" }
-- [[case]]
-- title = "given above, not known where it was seen"
-- given.azure_subscription = [{ }]
-- given.azure_role_definition = [{ name = "c0000000-0000-4000-8000-000000000001", role_name = "Role 1", properties_type = "CustomRole", permissions = '[{"actions": ["Microsoft.Authorization/locks/*"], "notActions": [], "dataActions": [], "notDataActions": []}]' }]
-- given.azure_role_assignment = [{ name = "a", principal_id = "p1", principal_type = "User", scope = "/providers/microsoft.management/managementgroups/mg", role_definition_id = "/providers/microsoft.authorization/roledefinitions/c0000000-0000-4000-8000-000000000001" }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "eligible in Privileged Identity Management"
-- given.azure_subscription = [{ }]
-- given.azure_role_definition = [{ name = "c0000000-0000-4000-8000-000000000001", role_name = "Role 1", properties_type = "CustomRole", permissions = '[{"actions": ["Microsoft.Authorization/locks/*"], "notActions": [], "dataActions": [], "notDataActions": []}]' }]
-- given.azure_role_eligibility_schedule_instance = [{ name = "e", principal_id = "p1", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/c0000000-0000-4000-8000-000000000001" }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass" }
-- [[case]]
-- title = "eligibilities not read: somebody may be eligible"
-- ledger = [{ table = "azure_role_eligibility_schedule_instance", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_subscription = [{ }]
-- given.azure_role_definition = [{ name = "c0000000-0000-4000-8000-000000000001", role_name = "Role 1", properties_type = "CustomRole", permissions = '[{"actions": ["Microsoft.Authorization/locks/*"], "notActions": [], "dataActions": [], "notDataActions": []}]' }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "no licence for eligibilities: nobody is"
-- ledger = [{ table = "azure_role_eligibility_schedule_instance", subscription = "11111111-1111-4111-8111-111111111111", status = "license" }]
-- given.azure_subscription = [{ }]
-- given.azure_role_definition = [{ name = "c0000000-0000-4000-8000-000000000001", role_name = "Role 1", properties_type = "CustomRole", permissions = '[{"actions": ["Microsoft.Authorization/locks/*"], "notActions": [], "dataActions": [], "notDataActions": []}]' }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail" }
-- [[case]]
-- title = "eligibilities not read, and no such role anyway"
-- ledger = [{ table = "azure_role_eligibility_schedule_instance", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_subscription = [{ }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail" }
-- [[case]]
-- title = "kind of role absent, permissions absent"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_role_definition = [
--   { name = "c0000000-0000-4000-8000-000000000001", role_name = "Role 1", permissions = '[{"actions": ["Microsoft.Authorization/*"], "notActions": [], "dataActions": [], "notDataActions": []}]' },
--   { name = "c0000000-0000-4000-8000-000000000002", role_name = "Role 2", properties_type = "CustomRole", subscription_id = "22222222-2222-4222-8222-222222222222" },
-- ]
-- given.azure_role_assignment = [
--   { name = "a", principal_id = "p1", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/c0000000-0000-4000-8000-000000000001" },
--   { name = "b", principal_id = "p1", principal_type = "User", scope = "/subscriptions/22222222-2222-4222-8222-222222222222", role_definition_id = "/providers/microsoft.authorization/roledefinitions/c0000000-0000-4000-8000-000000000002", subscription_id = "22222222-2222-4222-8222-222222222222" },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "unknown", "22222222-2222-4222-8222-222222222222" = "unknown" }
-- [[case]]
-- title = "role of an assignment absent"
-- given.azure_subscription = [{ }]
-- given.azure_role_definition = [{ name = "c0000000-0000-4000-8000-000000000001", role_name = "Role 1", properties_type = "CustomRole", permissions = '[{"actions": ["Microsoft.Authorization/locks/*"], "notActions": [], "dataActions": [], "notDataActions": []}]' }]
-- given.azure_role_assignment = [{ name = "a", principal_id = "p1", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111" }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "permissions not readable"
-- given.azure_subscription = [{ }]
-- given.azure_role_definition = [{ name = "c0000000-0000-4000-8000-000000000001", role_name = "Role 1", properties_type = "CustomRole", _gaps = ["permissions"] }]
-- given.azure_role_assignment = [{ name = "a", principal_id = "p1", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/c0000000-0000-4000-8000-000000000001" }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "no subscription row"
-- given.azure_subscription = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "not_applicable" }
-- [[case]]
-- title = "definitions denied"
-- ledger = [{ table = "azure_role_definition", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_subscription = [{ }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "assignments denied"
-- ledger = [{ table = "azure_role_assignment", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_subscription = [{ }]
-- given.azure_role_definition = [{ name = "c0000000-0000-4000-8000-000000000001", role_name = "Role 1", properties_type = "CustomRole", permissions = '[{"actions": ["Microsoft.Authorization/locks/*"], "notActions": [], "dataActions": [], "notDataActions": []}]' }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "subscriptions denied"
-- ledger = [{ table = "azure_subscription", status = "denied" }]
-- given.azure_subscription = [{ }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
WITH naming AS (
    SELECT DISTINCT guid_of(d.id) AS role_id
    FROM azure_role_definition AS d, unnest(d.permissions_actions) AS u(action)
    WHERE (lower(trim(u.action)) LIKE 'microsoft.authorization/locks/%' OR lower(trim(u.action)) LIKE 'microsoft.authorization/*%')
      AND NOT lower(trim(u.action)) LIKE '%/read'
),
role AS (
    SELECT p.role_id, p.role_name, list_contains(p.powers, 'locks_write') AND list_contains(p.powers, 'locks_delete') AS administers,
           NOT p.is_read OR (p.is_custom IS NULL AND list_contains(p.powers, 'locks_write') AND list_contains(p.powers, 'locks_delete')) AS unclear,
           p.has_star AND (list_contains(p.powers, 'assign_roles') OR n.role_id IS NULL) AS is_owner
    FROM role_power AS p
    LEFT JOIN naming AS n ON n.role_id = p.role_id
    -- A role that does not tell its kind may be a custom one.
    WHERE coalesce(p.is_custom, TRUE)
),
candidate AS (
    -- A role that allows every action, or all but a few, is an Owner or Contributor by another name, not one for locks,
    -- unless it names them apart.
    SELECT r.role_id, r.role_name, r.unclear
    FROM role AS r
    WHERE NOT r.is_owner AND (r.administers OR r.unclear)
),
owner_like AS (
    SELECT list_sort(list(r.role_name)) AS names FROM role AS r WHERE r.is_owner
),
given AS (
    SELECT guid_of(a.role_definition_id) AS role_id, rtrim(lower(a.scope), '/') AS scope, a.subscription_id, a._seen_in AS seen_in, FALSE AS eligible
    FROM azure_role_assignment AS a
    UNION ALL
    SELECT guid_of(e.role_definition_id) AS role_id, rtrim(lower(e.scope), '/') AS scope, e.subscription_id, e._seen_in AS seen_in, TRUE AS eligible
    FROM azure_role_eligibility_schedule_instance AS e
),
held AS (
    SELECT c.role_name, coalesce(c.unclear, TRUE) AS unclear, g.scope, g.subscription_id, g.seen_in, g.eligible,
           g.scope = '' OR g.scope LIKE '/providers/microsoft.management/managementgroups/%' AS is_above
    FROM given AS g
    LEFT JOIN candidate AS c ON c.role_id = g.role_id
    WHERE c.role_id IS NOT NULL OR coalesce(g.role_id, '') = ''
),
placed AS (
    SELECT lower(coalesce(nullif(regexp_extract(h.scope, '^/subscriptions/([^/]+)', 1), ''), h.subscription_id)) AS subscription_id,
           h.role_name, h.unclear, h.eligible, h.scope
    FROM held AS h
    WHERE NOT coalesce(h.is_above, FALSE)
    UNION ALL
    SELECT lower(guid_of(u.seen)) AS subscription_id, h.role_name, h.unclear, h.eligible, h.scope
    FROM held AS h, unnest(h.seen_in) AS u(seen)
    WHERE h.is_above
    UNION ALL
    SELECT lower(s.subscription_id) AS subscription_id, h.role_name, TRUE AS unclear, h.eligible, h.scope
    FROM held AS h
    JOIN azure_subscription AS s ON h.is_above AND coalesce(array_length(h.seen_in), 0) = 0
),
found AS (
    SELECT p.subscription_id, sum(CASE WHEN p.unclear THEN 1 ELSE 0 END) AS n_unclear,
           list_sort(list(DISTINCT p.role_name || ' (' || CASE WHEN p.eligible THEN 'eligible on ' ELSE 'on ' END || coalesce(nullif(p.scope, ''), '/') || ')')
                     FILTER (WHERE NOT p.unclear)) AS lines
    FROM placed AS p
    GROUP BY p.subscription_id
),
known AS (
    SELECT count(*) AS n, coalesce(sum(CASE WHEN c.unclear THEN 0 ELSE 1 END), 0) AS n_sure, list_sort(list(c.role_name) FILTER (WHERE NOT c.unclear)) AS names
    FROM candidate AS c
),
eligible_read AS (
    SELECT lower(l.scope_id) AS subscription_id, sum(CASE WHEN l.status IN ('ok', 'not_registered', 'unsupported', 'license', 'retired') THEN 0 ELSE 1 END) AS n_bad
    FROM azure_ledger AS l
    WHERE l.table_name = 'azure_role_eligibility_schedule_instance' AND l.scope_kind = 'subscription'
    GROUP BY lower(l.scope_id)
)
SELECT s.id AS subject, s.id AS resource_id, s.subscription_id,
       CASE WHEN f.lines IS NOT NULL THEN 'pass'
            WHEN f.n_unclear > 0 THEN NULL
            WHEN k.n > 0 AND coalesce(e.n_bad, 1) > 0 THEN NULL
            ELSE 'fail'
       END AS verdict,
       CASE WHEN f.lines IS NOT NULL THEN 'custom roles that administer locks are given: ' || array_to_string(f.lines, ', ')
            WHEN f.n_unclear > 0 THEN 'a role is given that may be the one: its kind, permissions or place were not read in full'
            WHEN k.n > 0 AND coalesce(e.n_bad, 1) > 0 THEN 'nobody holds a custom role for locks, and who is eligible for one was not read'
            WHEN k.n_sure > 0 THEN 'nobody in the subscription holds one of the custom roles that administer locks: ' || array_to_string(k.names, ', ')
            ELSE 'no custom role for locks, one that may both write and delete them, is there'
                 || CASE WHEN o.names IS NULL THEN '' ELSE '; roles that allow every action, or all but a few, do not count: ' || array_to_string(o.names, ', ') END
       END AS reason,
       s.display_name AS resource_name, f.lines AS given_roles, k.names AS lock_roles
FROM azure_subscription AS s
CROSS JOIN known AS k
CROSS JOIN owner_like AS o
LEFT JOIN found AS f ON f.subscription_id = lower(s.subscription_id)
LEFT JOIN eligible_read AS e ON e.subscription_id = lower(s.subscription_id)
