-- title = "Activation of a privileged role asks for MFA"
-- severity = "high"
-- subject = "azure_role_management_policy_assignment"
-- tables = ["azure_subscription"]
-- optional = ["azure_role_management_policy_assignment", "azure_role_eligibility_schedule_instance", "azure_ad_role_management_policy_assignment", "azure_management_group", "azure_conditional_access_policy"]
-- controls = ["jit:pim_activation_requires_mfa", "pim:pim_activation_requires_mfa"]
-- rationale = "An eligible role is only as safe as the sign-in that activates it: without a fresh second factor, a stolen password or browser session turns into the role with one click. A Conditional Access context does it too, if an enabled policy for that context demands MFA."
-- remediation = "Entra admin center > Identity Governance > Privileged Identity Management > Azure resources (or Microsoft Entra roles) > the scope > Settings > the role > Edit: on activation require Azure MFA, or a Conditional Access authentication context for which an enabled policy demands MFA. By API: az rest --method patch on the rule of the roleManagementPolicy. Needs Entra ID P2 or Entra ID Governance."
-- references = ["https://learn.microsoft.com/entra/id-governance/privileged-identity-management/pim-how-to-change-default-settings", "https://learn.microsoft.com/entra/identity/conditional-access/concept-conditional-access-cloud-apps"]
-- [[case]]
-- # JIT-31 pass: enabledRules has MultiFactorAuthentication
-- # JIT-31 fail: neither
-- title = "Owner, User Access Administrator and RBAC Administrator of a subscription, with and without"
-- given.azure_subscription = [{ }]
-- given.azure_role_management_policy_assignment = [
--   { name = "a", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", effective_rules = '''[{"id":"Enablement_EndUser_Assignment","enabledRules":["MultiFactorAuthentication","Justification"]},{"id":"AuthenticationContext_EndUser_Assignment","isEnabled":false,"claimValue":""}]''' },
--   { name = "b", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/18d7d88d-d35e-4fb5-a5c3-7773c20a72d9", effective_rules = '''[{"id":"Enablement_EndUser_Assignment","enabledRules":["Justification"]},{"id":"AuthenticationContext_EndUser_Assignment","isEnabled":false,"claimValue":""}]''' },
--   { name = "c", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/f58310d9-a9f6-439a-9e8d-f62e7b41a168", effective_rules = '''[{"id":"Enablement_EndUser_Assignment","enabledRules":["MultiFactorAuthentication","Justification"]},{"id":"AuthenticationContext_EndUser_Assignment","isEnabled":false,"claimValue":""}]''' },
-- ]
-- expect = { "a" = "pass", "b" = "fail", "c" = "pass" }
-- [[case]]
-- title = "directory roles: the rules in force stand above those of the policy, and an empty list of them says nothing"
-- given.azure_subscription = [{ }]
-- given.azure_ad_role_management_policy_assignment = [
--   { name = "a", role_definition_id = "62e90394-69f5-4237-9190-012177145e10", scope_id = "/", policy_rules = '''[{"id":"Enablement_EndUser_Assignment","enabledRules":["MultiFactorAuthentication","Justification"]},{"id":"AuthenticationContext_EndUser_Assignment","isEnabled":false,"claimValue":""}]''' },
--   { name = "b", role_definition_id = "62e90394-69f5-4237-9190-012177145e10", scope_id = "/", policy_rules = '''[{"id":"Enablement_EndUser_Assignment","enabledRules":["MultiFactorAuthentication","Justification"]},{"id":"AuthenticationContext_EndUser_Assignment","isEnabled":false,"claimValue":""}]''', policy_effective_rules = '''[{"id":"Enablement_EndUser_Assignment","enabledRules":["Justification"]},{"id":"AuthenticationContext_EndUser_Assignment","isEnabled":false,"claimValue":""}]''' },
--   { name = "c", role_definition_id = "62e90394-69f5-4237-9190-012177145e10", scope_id = "/", policy_rules = '''[{"id":"Enablement_EndUser_Assignment","enabledRules":["Justification"]},{"id":"AuthenticationContext_EndUser_Assignment","isEnabled":false,"claimValue":""}]''', policy_effective_rules = '''[{"id":"Enablement_EndUser_Assignment","enabledRules":["MultiFactorAuthentication","Justification"]},{"id":"AuthenticationContext_EndUser_Assignment","isEnabled":false,"claimValue":""}]''' },
--   { name = "d", role_definition_id = "62e90394-69f5-4237-9190-012177145e10", scope_id = "/", policy_rules = '''[{"id":"Enablement_EndUser_Assignment","enabledRules":["Justification"]},{"id":"AuthenticationContext_EndUser_Assignment","isEnabled":false,"claimValue":""}]''', policy_effective_rules = "[]" },
-- ]
-- expect = { "a" = "pass", "b" = "fail", "c" = "pass", "d" = "fail", "11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- # JIT-31 NA: not applies
-- title = "other roles are not judged, and Owner of a resource group only where somebody is eligible for it"
-- given.azure_subscription = [{ }]
-- given.azure_role_management_policy_assignment = [
--   { name = "a", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7", effective_rules = '''[{"id":"Enablement_EndUser_Assignment","enabledRules":["Justification"]},{"id":"AuthenticationContext_EndUser_Assignment","isEnabled":false,"claimValue":""}]''' },
--   { name = "b", scope = "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg1", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", effective_rules = '''[{"id":"Enablement_EndUser_Assignment","enabledRules":["Justification"]},{"id":"AuthenticationContext_EndUser_Assignment","isEnabled":false,"claimValue":""}]''' },
--   { name = "c", scope = "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/RG2/", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", effective_rules = '''[{"id":"Enablement_EndUser_Assignment","enabledRules":["Justification"]},{"id":"AuthenticationContext_EndUser_Assignment","isEnabled":false,"claimValue":""}]''' },
-- ]
-- given.azure_role_eligibility_schedule_instance = [{ name = "e", scope = "/Subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg2", role_definition_id = "/providers/microsoft.authorization/roledefinitions/8E3AF657-A8FF-443C-A75C-2FE8C4BCB635", principal_id = "p" }]
-- given.azure_ad_role_management_policy_assignment = [{ name = "d", role_definition_id = "f2ef992c-3afb-46b9-b7cf-a126ee74c451", scope_id = "/", policy_rules = '''[{"id":"Enablement_EndUser_Assignment","enabledRules":["Justification"]},{"id":"AuthenticationContext_EndUser_Assignment","isEnabled":false,"claimValue":""}]''' }]
-- expect = { "a" = "not_applicable", "b" = "not_applicable", "c" = "fail", "d" = "not_applicable" }
-- [[case]]
-- title = "settings at a management group"
-- given.azure_subscription = [{ }]
-- given.azure_management_group = [{ id = "/providers/microsoft.management/managementgroups/mg1", name = "mg1" }]
-- given.azure_role_management_policy_assignment = [{ id = "/providers/microsoft.management/managementgroups/mg1/providers/microsoft.authorization/rolemanagementpolicyassignment/a", name = "a", scope = "/providers/microsoft.management/managementgroups/mg1", role_definition_id = "/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", effective_rules = '''[{"id":"Enablement_EndUser_Assignment","enabledRules":["Justification"]},{"id":"AuthenticationContext_EndUser_Assignment","isEnabled":false,"claimValue":""}]''' }]
-- expect = { "a" = "fail", "11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "no rules, or the rule is not among them: unknown, not off"
-- given.azure_subscription = [{ }]
-- given.azure_role_management_policy_assignment = [
--   { name = "a", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", effective_rules = "[]" },
--   { name = "b", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/18d7d88d-d35e-4fb5-a5c3-7773c20a72d9" },
--   { name = "c", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/f58310d9-a9f6-439a-9e8d-f62e7b41a168", effective_rules = '''[{"id":"Notification_Admin_Admin_Eligibility"}]''' },
-- ]
-- given.azure_ad_role_management_policy_assignment = [{ name = "d", role_definition_id = "62e90394-69f5-4237-9190-012177145e10", scope_id = "/", policy_rules = "[]" }]
-- expect = { "a" = "unknown", "b" = "unknown", "c" = "unknown", "d" = "unknown" }
-- [[case]]
-- title = "rules, role or scope not readable"
-- given.azure_subscription = [{ }]
-- given.azure_role_management_policy_assignment = [
--   { name = "a", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", effective_rules = '''[{"id":"Enablement_EndUser_Assignment","enabledRules":["MultiFactorAuthentication","Justification"]},{"id":"AuthenticationContext_EndUser_Assignment","isEnabled":false,"claimValue":""}]''', _gaps = ["effective_rules"] },
--   { name = "b", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/18d7d88d-d35e-4fb5-a5c3-7773c20a72d9", effective_rules = '''[{"id":"Enablement_EndUser_Assignment","enabledRules":["MultiFactorAuthentication","Justification"]},{"id":"AuthenticationContext_EndUser_Assignment","isEnabled":false,"claimValue":""}]''', _gaps = ["role_definition_id"] },
--   { name = "c", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/f58310d9-a9f6-439a-9e8d-f62e7b41a168", effective_rules = '''[{"id":"Enablement_EndUser_Assignment","enabledRules":["MultiFactorAuthentication","Justification"]},{"id":"AuthenticationContext_EndUser_Assignment","isEnabled":false,"claimValue":""}]''', _gaps = ["scope"] },
-- ]
-- given.azure_ad_role_management_policy_assignment = [
--   { name = "d", role_definition_id = "62e90394-69f5-4237-9190-012177145e10", scope_id = "/", policy_rules = '''[{"id":"Enablement_EndUser_Assignment","enabledRules":["MultiFactorAuthentication","Justification"]},{"id":"AuthenticationContext_EndUser_Assignment","isEnabled":false,"claimValue":""}]''', _gaps = ["policy_rules"] },
--   { name = "e", role_definition_id = "62e90394-69f5-4237-9190-012177145e10", scope_id = "/", policy_rules = '''[{"id":"Enablement_EndUser_Assignment","enabledRules":["MultiFactorAuthentication","Justification"]},{"id":"AuthenticationContext_EndUser_Assignment","isEnabled":false,"claimValue":""}]''', policy_effective_rules = "[]", _gaps = ["policy_effective_rules"] },
-- ]
-- expect = { "a" = "unknown", "b" = "unknown", "c" = "unknown", "d" = "unknown", "e" = "unknown" }
-- [[case]]
-- title = "letter case of rule ids, and the list of ids beside the rules, in step with them or not"
-- given.azure_subscription = [{ }]
-- given.azure_role_management_policy_assignment = [
--   { name = "a", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", effective_rules = '''[{"id":"enablement_enduser_assignment","enabledRules":["MultiFactorAuthentication","Justification"]},{"id":"authenticationcontext_enduser_assignment","isEnabled":false,"claimValue":""}]''', effective_rules_id = ["ENABLEMENT_ENDUSER_ASSIGNMENT", "AUTHENTICATIONCONTEXT_ENDUSER_ASSIGNMENT"] },
--   { name = "b", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/18d7d88d-d35e-4fb5-a5c3-7773c20a72d9", effective_rules = '''[{"id":"Enablement_EndUser_Assignment","enabledRules":["Justification"]},{"id":"AuthenticationContext_EndUser_Assignment","isEnabled":false,"claimValue":""}]''', effective_rules_id = ["Other", "Enablement_EndUser_Assignment", "AuthenticationContext_EndUser_Assignment"] },
--   { name = "c", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/f58310d9-a9f6-439a-9e8d-f62e7b41a168", effective_rules = '''[{"id":"Enablement_EndUser_Assignment","enabledRules":["MultiFactorAuthentication","Justification"]},{"id":"AuthenticationContext_EndUser_Assignment","isEnabled":false,"claimValue":""}]''', effective_rules_id = ["Enablement_EndUser_Assignment", "AuthenticationContext_EndUser_Assignment"], _gaps = ["effective_rules_id"] },
-- ]
-- expect = { "a" = "pass", "b" = "fail", "c" = "pass" }
-- [[case]]
-- title = "somebody is eligible at a resource group whose settings were not read"
-- given.azure_subscription = [{ }]
-- given.azure_role_management_policy_assignment = [{ name = "a", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", effective_rules = '''[{"id":"Enablement_EndUser_Assignment","enabledRules":["MultiFactorAuthentication","Justification"]},{"id":"AuthenticationContext_EndUser_Assignment","isEnabled":false,"claimValue":""}]''' }]
-- given.azure_role_eligibility_schedule_instance = [{ name = "e", scope = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg1", role_definition_id = "/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", principal_id = "p" }]
-- expect = { "a" = "pass", "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg1/roles/8e3af657-a8ff-443c-a75c-2fe8c4bcb635" = "unknown" }
-- [[case]]
-- title = "Azure settings denied: directory roles keep their verdicts"
-- ledger = [{ table = "azure_role_management_policy_assignment", status = "denied" }]
-- given.azure_subscription = [{ }]
-- given.azure_role_management_policy_assignment = [{ name = "a", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", effective_rules = '''[{"id":"Enablement_EndUser_Assignment","enabledRules":["MultiFactorAuthentication","Justification"]},{"id":"AuthenticationContext_EndUser_Assignment","isEnabled":false,"claimValue":""}]''' }]
-- given.azure_ad_role_management_policy_assignment = [
--   { name = "d", role_definition_id = "62e90394-69f5-4237-9190-012177145e10", scope_id = "/", policy_rules = '''[{"id":"Enablement_EndUser_Assignment","enabledRules":["MultiFactorAuthentication","Justification"]},{"id":"AuthenticationContext_EndUser_Assignment","isEnabled":false,"claimValue":""}]''' },
--   { name = "e", role_definition_id = "194ae4cb-b126-40b2-bd5b-6091b380977d", scope_id = "/", policy_rules = '''[{"id":"Enablement_EndUser_Assignment","enabledRules":["Justification"]},{"id":"AuthenticationContext_EndUser_Assignment","isEnabled":false,"claimValue":""}]''' },
-- ]
-- expect = { "d" = "pass", "e" = "fail", "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "directory settings denied: Azure roles keep their verdicts"
-- ledger = [{ table = "azure_ad_role_management_policy_assignment", status = "denied" }]
-- given.azure_subscription = [{ }]
-- given.azure_role_management_policy_assignment = [
--   { name = "a", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", effective_rules = '''[{"id":"Enablement_EndUser_Assignment","enabledRules":["MultiFactorAuthentication","Justification"]},{"id":"AuthenticationContext_EndUser_Assignment","isEnabled":false,"claimValue":""}]''' },
--   { name = "b", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/18d7d88d-d35e-4fb5-a5c3-7773c20a72d9", effective_rules = '''[{"id":"Enablement_EndUser_Assignment","enabledRules":["Justification"]},{"id":"AuthenticationContext_EndUser_Assignment","isEnabled":false,"claimValue":""}]''' },
-- ]
-- given.azure_ad_role_management_policy_assignment = [{ name = "d", role_definition_id = "62e90394-69f5-4237-9190-012177145e10", scope_id = "/", policy_rules = '''[{"id":"Enablement_EndUser_Assignment","enabledRules":["MultiFactorAuthentication","Justification"]},{"id":"AuthenticationContext_EndUser_Assignment","isEnabled":false,"claimValue":""}]''' }]
-- expect = { "a" = "pass", "b" = "fail", "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "one subscription denied, the call for it noted by itself"
-- ledger = [{ table = "azure_role_management_policy_assignment", parent = "/subscriptions/22222222-2222-4222-8222-222222222222", status = "error" }]
-- given.azure_subscription = [
--   { },
--   { subscription_id = "22222222-2222-4222-8222-222222222222" },
-- ]
-- given.azure_role_management_policy_assignment = [
--   { name = "a", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", effective_rules = '''[{"id":"Enablement_EndUser_Assignment","enabledRules":["MultiFactorAuthentication","Justification"]},{"id":"AuthenticationContext_EndUser_Assignment","isEnabled":false,"claimValue":""}]''' },
--   { name = "b", subscription_id = "22222222-2222-4222-8222-222222222222", scope = "/subscriptions/22222222-2222-4222-8222-222222222222", role_definition_id = "/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", effective_rules = '''[{"id":"Enablement_EndUser_Assignment","enabledRules":["MultiFactorAuthentication","Justification"]},{"id":"AuthenticationContext_EndUser_Assignment","isEnabled":false,"claimValue":""}]''' },
-- ]
-- expect = { "a" = "pass", "/subscriptions/22222222-2222-4222-8222-222222222222" = "unknown" }
-- [[case]]
-- title = "a management group denied, then all of them"
-- ledger = [
--   { table = "azure_role_management_policy_assignment", parent = "/providers/microsoft.management/managementgroups/mg1", status = "denied" },
--   { table = "azure_management_group", status = "denied" },
-- ]
-- given.azure_subscription = [{ }]
-- given.azure_management_group = []
-- given.azure_role_management_policy_assignment = [{ name = "a", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", effective_rules = '''[{"id":"Enablement_EndUser_Assignment","enabledRules":["MultiFactorAuthentication","Justification"]},{"id":"AuthenticationContext_EndUser_Assignment","isEnabled":false,"claimValue":""}]''' }]
-- expect = { "a" = "pass", "mg1" = "unknown", "/providers/microsoft.management/managementgroups" = "unknown" }
-- [[case]]
-- # JIT-31 NA: license
-- title = "no licence for PIM, on either side"
-- ledger = [
--   { table = "azure_role_management_policy_assignment", parent = "/subscriptions/11111111-1111-4111-8111-111111111111", status = "license", error_code = "AadPremiumLicenseRequired" },
--   { table = "azure_ad_role_management_policy_assignment", status = "license", error_code = "AadPremiumLicenseRequired" },
-- ]
-- given.azure_subscription = [{ }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable", "99999999-9999-4999-8999-999999999999" = "not_applicable" }
-- [[case]]
-- title = "subscriptions denied"
-- ledger = [{ table = "azure_subscription", status = "denied" }]
-- given.azure_subscription = [{ }]
-- given.azure_role_management_policy_assignment = [{ name = "a", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", effective_rules = '''[{"id":"Enablement_EndUser_Assignment","enabledRules":["MultiFactorAuthentication","Justification"]},{"id":"AuthenticationContext_EndUser_Assignment","isEnabled":false,"claimValue":""}]''' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "Contributor counts where somebody is eligible for it at the same scope"
-- given.azure_subscription = [{ }]
-- given.azure_role_management_policy_assignment = [{ name = "a", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/b24988ac-6180-42a0-ab88-20f7382dd24c", effective_rules = '''[{"id":"Enablement_EndUser_Assignment","enabledRules":["MultiFactorAuthentication","Justification"]},{"id":"AuthenticationContext_EndUser_Assignment","isEnabled":false,"claimValue":""}]''' }]
-- given.azure_role_eligibility_schedule_instance = [{ name = "e", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/b24988ac-6180-42a0-ab88-20f7382dd24c", principal_id = "p" }]
-- expect = { "a" = "pass" }
-- [[case]]
-- title = "Contributor without anybody eligible"
-- given.azure_subscription = [{ }]
-- given.azure_role_management_policy_assignment = [{ name = "a", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/b24988ac-6180-42a0-ab88-20f7382dd24c", effective_rules = '''[{"id":"Enablement_EndUser_Assignment","enabledRules":["Justification"]},{"id":"AuthenticationContext_EndUser_Assignment","isEnabled":false,"claimValue":""}]''' }]
-- given.azure_role_eligibility_schedule_instance = [{ name = "e", scope = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg1", role_definition_id = "/providers/microsoft.authorization/roledefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7", principal_id = "p" }]
-- expect = { "a" = "not_applicable" }
-- [[case]]
-- title = "eligibilities denied: Owner is judged all the same, Contributor cannot be"
-- ledger = [{ table = "azure_role_eligibility_schedule_instance", status = "denied" }]
-- given.azure_subscription = [{ }]
-- given.azure_role_management_policy_assignment = [
--   { name = "a", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", effective_rules = '''[{"id":"Enablement_EndUser_Assignment","enabledRules":["MultiFactorAuthentication","Justification"]},{"id":"AuthenticationContext_EndUser_Assignment","isEnabled":false,"claimValue":""}]''' },
--   { name = "b", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/b24988ac-6180-42a0-ab88-20f7382dd24c", effective_rules = '''[{"id":"Enablement_EndUser_Assignment","enabledRules":["Justification"]},{"id":"AuthenticationContext_EndUser_Assignment","isEnabled":false,"claimValue":""}]''' },
-- ]
-- expect = { "a" = "pass", "b" = "unknown" }
-- [[case]]
-- title = "an eligibility that does not tell its role"
-- given.azure_subscription = [{ }]
-- given.azure_role_management_policy_assignment = [
--   { name = "a", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", effective_rules = '''[{"id":"Enablement_EndUser_Assignment","enabledRules":["MultiFactorAuthentication","Justification"]},{"id":"AuthenticationContext_EndUser_Assignment","isEnabled":false,"claimValue":""}]''' },
--   { name = "b", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/b24988ac-6180-42a0-ab88-20f7382dd24c", effective_rules = '''[{"id":"Enablement_EndUser_Assignment","enabledRules":["MultiFactorAuthentication","Justification"]},{"id":"AuthenticationContext_EndUser_Assignment","isEnabled":false,"claimValue":""}]''' },
-- ]
-- given.azure_role_eligibility_schedule_instance = [{ name = "e", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/providers/microsoft.authorization/roledefinitions/b24988ac-6180-42a0-ab88-20f7382dd24c", principal_id = "p", _gaps = ["role_definition_id"] }]
-- expect = { "a" = "pass", "b" = "unknown" }
-- [[case]]
-- # JIT-31 pass: authentication context enabled and an enabled CA policy for its claim demands mfa
-- # JIT-31 pass: authenticationStrength
-- title = "an authentication context for which a policy asks for MFA, or for an authentication strength; the directory role has it too"
-- given.azure_subscription = [{ }]
-- given.azure_role_management_policy_assignment = [
--   { name = "a", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", effective_rules = '''[{"id":"Enablement_EndUser_Assignment","enabledRules":["Justification"]},{"id":"AuthenticationContext_EndUser_Assignment","isEnabled":true,"claimValue":"c1"}]''' },
--   { name = "b", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/18d7d88d-d35e-4fb5-a5c3-7773c20a72d9", effective_rules = '''[{"id":"Enablement_EndUser_Assignment","enabledRules":[]},{"id":"AuthenticationContext_EndUser_Assignment","isEnabled":true,"claimValue":" C2 "}]''' },
-- ]
-- given.azure_ad_role_management_policy_assignment = [{ name = "d", role_definition_id = "62e90394-69f5-4237-9190-012177145e10", scope_id = "/", policy_rules = '''[{"id":"Enablement_EndUser_Assignment","enabledRules":["Justification"]},{"id":"AuthenticationContext_EndUser_Assignment","isEnabled":true,"claimValue":"c1"}]''' }]
-- given.azure_conditional_access_policy = [
--   { name = "p1", state = "enabled", conditions_applications_include_authentication_context_class_references = ["c1"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["mfa"] },
--   { name = "p2", state = "Enabled", conditions_applications_include_authentication_context_class_references = ["c9", "C2"], grant_controls_authentication_strength_id = "00000000-0000-0000-0000-000000000004", grant_controls_authentication_strength_requirements_satisfied = "mfa", conditions_users_include_users = ["All"], conditions_users_exclude_users = ["breakglass"] },
-- ]
-- expect = { "a" = "pass", "b" = "pass", "d" = "pass" }
-- [[case]]
-- title = "context on, but no policy answers it"
-- given.azure_subscription = [{ }]
-- given.azure_role_management_policy_assignment = [{ name = "a", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", effective_rules = '''[{"id":"Enablement_EndUser_Assignment","enabledRules":["Justification"]},{"id":"AuthenticationContext_EndUser_Assignment","isEnabled":true,"claimValue":"c1"}]''' }]
-- given.azure_conditional_access_policy = [{ name = "p1", state = "enabled", conditions_applications_include_authentication_context_class_references = ["c2"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["mfa"] }]
-- expect = { "a" = "fail" }
-- [[case]]
-- # JIT-31 fail: neither
-- title = "context on, policy disabled or report-only"
-- given.azure_subscription = [{ }]
-- given.azure_role_management_policy_assignment = [{ name = "a", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", effective_rules = '''[{"id":"Enablement_EndUser_Assignment","enabledRules":["Justification"]},{"id":"AuthenticationContext_EndUser_Assignment","isEnabled":true,"claimValue":"c1"}]''' }]
-- given.azure_conditional_access_policy = [
--   { name = "p1", state = "disabled", conditions_applications_include_authentication_context_class_references = ["c1"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["mfa"] },
--   { name = "p2", state = "enabledForReportingButNotEnforced", conditions_applications_include_authentication_context_class_references = ["c1"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["mfa"] },
-- ]
-- expect = { "a" = "fail" }
-- [[case]]
-- title = "context on, the policy demands a device, or MFA as one choice of two, or a strength that is not MFA, or only a session control"
-- given.azure_subscription = [{ }]
-- given.azure_role_management_policy_assignment = [{ name = "a", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", effective_rules = '''[{"id":"Enablement_EndUser_Assignment","enabledRules":["Justification"]},{"id":"AuthenticationContext_EndUser_Assignment","isEnabled":true,"claimValue":"c1"}]''' }]
-- given.azure_conditional_access_policy = [
--   { name = "p1", state = "enabled", conditions_applications_include_authentication_context_class_references = ["c1"], grant_controls_operator = "AND", grant_controls_built_in_controls = ["compliantDevice"] },
--   { name = "p2", state = "enabled", conditions_applications_include_authentication_context_class_references = ["c1"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["mfa", "compliantDevice"] },
--   { name = "p3", state = "enabled", conditions_applications_include_authentication_context_class_references = ["c1"], grant_controls_authentication_strength_id = "x", grant_controls_authentication_strength_requirements_satisfied = "none" },
--   { name = "p4", state = "enabled", conditions_applications_include_authentication_context_class_references = ["c1"] },
-- ]
-- expect = { "a" = "fail" }
-- [[case]]
-- title = "MFA and a device"
-- given.azure_subscription = [{ }]
-- given.azure_role_management_policy_assignment = [{ name = "a", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", effective_rules = '''[{"id":"Enablement_EndUser_Assignment","enabledRules":["Justification"]},{"id":"AuthenticationContext_EndUser_Assignment","isEnabled":true,"claimValue":"c1"}]''' }]
-- given.azure_conditional_access_policy = [{ name = "p1", state = "enabled", conditions_applications_include_authentication_context_class_references = ["c1"], grant_controls_operator = "AND", grant_controls_built_in_controls = ["mfa", "compliantDevice"] }]
-- expect = { "a" = "pass" }
-- [[case]]
-- title = "the policy asks some people only: not known whether those are all who are eligible"
-- given.azure_subscription = [{ }]
-- given.azure_role_management_policy_assignment = [{ name = "a", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", effective_rules = '''[{"id":"Enablement_EndUser_Assignment","enabledRules":["Justification"]},{"id":"AuthenticationContext_EndUser_Assignment","isEnabled":true,"claimValue":"c1"}]''' }]
-- given.azure_conditional_access_policy = [{ name = "p1", state = "enabled", conditions_applications_include_authentication_context_class_references = ["c1"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["mfa"], conditions_users_include_groups = ["g1"] }]
-- expect = { "a" = "unknown" }
-- [[case]]
-- title = "the policy asks at some locations only"
-- given.azure_subscription = [{ }]
-- given.azure_role_management_policy_assignment = [{ name = "a", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", effective_rules = '''[{"id":"Enablement_EndUser_Assignment","enabledRules":["Justification"]},{"id":"AuthenticationContext_EndUser_Assignment","isEnabled":true,"claimValue":"c1"}]''' }]
-- given.azure_conditional_access_policy = [{ name = "p1", state = "enabled", conditions_applications_include_authentication_context_class_references = ["c1"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["mfa"], conditions_users_include_users = ["All"], conditions_locations_include_locations = ["loc1"] }]
-- expect = { "a" = "unknown" }
-- [[case]]
-- title = "the context was replaced by MFA in the role: that is enough, whatever the policies"
-- ledger = [{ table = "azure_conditional_access_policy", status = "denied" }]
-- given.azure_subscription = [{ }]
-- given.azure_role_management_policy_assignment = [{ name = "a", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", effective_rules = '''[{"id":"Enablement_EndUser_Assignment","enabledRules":["MultiFactorAuthentication"]},{"id":"AuthenticationContext_EndUser_Assignment","isEnabled":true,"claimValue":"c1"}]''' }]
-- expect = { "a" = "pass" }
-- [[case]]
-- # JIT-31 unknown: context on, CA policies not read
-- title = "context on, policies denied; context off, policies denied"
-- ledger = [{ table = "azure_conditional_access_policy", status = "denied" }]
-- given.azure_subscription = [{ }]
-- given.azure_role_management_policy_assignment = [
--   { name = "a", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", effective_rules = '''[{"id":"Enablement_EndUser_Assignment","enabledRules":["Justification"]},{"id":"AuthenticationContext_EndUser_Assignment","isEnabled":true,"claimValue":"c1"}]''' },
--   { name = "b", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/18d7d88d-d35e-4fb5-a5c3-7773c20a72d9", effective_rules = '''[{"id":"Enablement_EndUser_Assignment","enabledRules":["Justification"]},{"id":"AuthenticationContext_EndUser_Assignment","isEnabled":false,"claimValue":""}]''' },
-- ]
-- given.azure_ad_role_management_policy_assignment = [{ name = "d", role_definition_id = "62e90394-69f5-4237-9190-012177145e10", scope_id = "/", policy_rules = '''[{"id":"Enablement_EndUser_Assignment","enabledRules":["Justification"]},{"id":"AuthenticationContext_EndUser_Assignment","isEnabled":true,"claimValue":"c1"}]''' }]
-- given.azure_conditional_access_policy = [{ name = "p1", state = "enabled", conditions_applications_include_authentication_context_class_references = ["c1"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["mfa"] }]
-- expect = { "a" = "unknown", "b" = "fail", "d" = "unknown" }
-- [[case]]
-- title = "context on, policies never collected"
-- ledger = [{ table = "azure_conditional_access_policy", status = "absent" }]
-- given.azure_subscription = [{ }]
-- given.azure_role_management_policy_assignment = [{ name = "a", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", effective_rules = '''[{"id":"Enablement_EndUser_Assignment","enabledRules":["Justification"]},{"id":"AuthenticationContext_EndUser_Assignment","isEnabled":true,"claimValue":"c1"}]''' }]
-- expect = { "a" = "unknown" }
-- [[case]]
-- title = "context on without a claim; no context rule; context rule off but no enablement rule; context met, no enablement rule"
-- given.azure_subscription = [{ }]
-- given.azure_role_management_policy_assignment = [
--   { name = "a", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", effective_rules = '''[{"id":"Enablement_EndUser_Assignment","enabledRules":[]},{"id":"AuthenticationContext_EndUser_Assignment","isEnabled":true,"claimValue":""}]''' },
--   { name = "b", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/18d7d88d-d35e-4fb5-a5c3-7773c20a72d9", effective_rules = '''[{"id":"Enablement_EndUser_Assignment","enabledRules":[]}]''' },
--   { name = "c", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/f58310d9-a9f6-439a-9e8d-f62e7b41a168", effective_rules = '''[{"id":"AuthenticationContext_EndUser_Assignment","isEnabled":false,"claimValue":""}]''' },
-- ]
-- given.azure_ad_role_management_policy_assignment = [{ name = "d", role_definition_id = "62e90394-69f5-4237-9190-012177145e10", scope_id = "/", policy_rules = '''[{"id":"AuthenticationContext_EndUser_Assignment","isEnabled":true,"claimValue":"c1"}]''' }]
-- given.azure_conditional_access_policy = [{ name = "p1", state = "enabled", conditions_applications_include_authentication_context_class_references = ["c1"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["mfa"] }]
-- expect = { "a" = "unknown", "b" = "unknown", "c" = "unknown", "d" = "pass" }
-- [[case]]
-- title = "a policy whose state, controls or contexts could not be read: it may ask"
-- given.azure_subscription = [{ }]
-- given.azure_role_management_policy_assignment = [{ name = "a", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", effective_rules = '''[{"id":"Enablement_EndUser_Assignment","enabledRules":["Justification"]},{"id":"AuthenticationContext_EndUser_Assignment","isEnabled":true,"claimValue":"c1"}]''' }]
-- given.azure_ad_role_management_policy_assignment = [{ name = "b", role_definition_id = "62e90394-69f5-4237-9190-012177145e10", scope_id = "/", policy_rules = '''[{"id":"Enablement_EndUser_Assignment","enabledRules":[]},{"id":"AuthenticationContext_EndUser_Assignment","isEnabled":true,"claimValue":"c7"}]''' }]
-- given.azure_conditional_access_policy = [{ name = "p1", state = "enabled", conditions_applications_include_authentication_context_class_references = ["c1"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["mfa"], _gaps = ["grant_controls_built_in_controls"] }]
-- expect = { "a" = "unknown", "b" = "fail" }
-- [[case]]
-- title = "a policy whose contexts could not be read, beside one that asks"
-- given.azure_subscription = [{ }]
-- given.azure_role_management_policy_assignment = [{ name = "a", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", effective_rules = '''[{"id":"Enablement_EndUser_Assignment","enabledRules":["Justification"]},{"id":"AuthenticationContext_EndUser_Assignment","isEnabled":true,"claimValue":"c1"}]''' }]
-- given.azure_ad_role_management_policy_assignment = [{ name = "b", role_definition_id = "62e90394-69f5-4237-9190-012177145e10", scope_id = "/", policy_rules = '''[{"id":"Enablement_EndUser_Assignment","enabledRules":[]},{"id":"AuthenticationContext_EndUser_Assignment","isEnabled":true,"claimValue":"c7"}]''' }]
-- given.azure_conditional_access_policy = [
--   { name = "p1", state = "enabled", conditions_applications_include_authentication_context_class_references = ["c1"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["mfa"] },
--   { name = "p2", state = "enabled", conditions_applications_include_authentication_context_class_references = ["c1"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["mfa"], _gaps = ["conditions_applications_include_authentication_context_class_references"] },
-- ]
-- expect = { "a" = "pass", "b" = "unknown" }
-- [[case]]
-- title = "a policy that blocks does not ask for MFA"
-- given.azure_subscription = [{ }]
-- given.azure_role_management_policy_assignment = [{ name = "a", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", effective_rules = '''[{"id":"Enablement_EndUser_Assignment","enabledRules":["Justification"]},{"id":"AuthenticationContext_EndUser_Assignment","isEnabled":true,"claimValue":"c1"}]''' }]
-- given.azure_conditional_access_policy = [{ name = "p1", state = "enabled", conditions_applications_include_authentication_context_class_references = ["c1"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["block"] }]
-- expect = { "a" = "fail" }
-- [[case]]
-- title = "a policy without readable state, and one whose controls go together in an unknown way"
-- given.azure_subscription = [{ }]
-- given.azure_role_management_policy_assignment = [{ name = "a", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", effective_rules = '''[{"id":"Enablement_EndUser_Assignment","enabledRules":["Justification"]},{"id":"AuthenticationContext_EndUser_Assignment","isEnabled":true,"claimValue":"c1"}]''' }]
-- given.azure_ad_role_management_policy_assignment = [{ name = "b", role_definition_id = "62e90394-69f5-4237-9190-012177145e10", scope_id = "/", policy_rules = '''[{"id":"Enablement_EndUser_Assignment","enabledRules":[]},{"id":"AuthenticationContext_EndUser_Assignment","isEnabled":true,"claimValue":"c2"}]''' }]
-- given.azure_conditional_access_policy = [
--   { name = "p1", state = "enabled", conditions_applications_include_authentication_context_class_references = ["c1"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["mfa"], _gaps = ["state"] },
--   { name = "p2", state = "enabled", conditions_applications_include_authentication_context_class_references = ["c2"], grant_controls_built_in_controls = ["mfa", "compliantDevice"] },
-- ]
-- expect = { "a" = "unknown", "b" = "unknown" }
-- [[case]]
-- title = "context policy leaves out a large group"
-- given.azure_subscription = [{ }]
-- given.azure_ad_role_management_policy_assignment = [{ name = "d", role_definition_id = "62e90394-69f5-4237-9190-012177145e10", scope_id = "/", policy_rules = '''[{"id":"Enablement_EndUser_Assignment","enabledRules":["Justification"]},{"id":"AuthenticationContext_EndUser_Assignment","isEnabled":true,"claimValue":"c1"}]''' }]
-- given.azure_conditional_access_policy = [{ name = "p1", state = "enabled", conditions_users_include_users = ["All"], conditions_users_exclude_groups = ["all-admins"], conditions_applications_include_authentication_context_class_references = ["c1"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["mfa"] }]
-- expect = { d = "unknown", "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "context policy leaves out one account"
-- given.azure_subscription = [{ }]
-- given.azure_ad_role_management_policy_assignment = [{ name = "d", role_definition_id = "62e90394-69f5-4237-9190-012177145e10", scope_id = "/", policy_rules = '''[{"id":"Enablement_EndUser_Assignment","enabledRules":["Justification"]},{"id":"AuthenticationContext_EndUser_Assignment","isEnabled":true,"claimValue":"c1"}]''' }]
-- given.azure_conditional_access_policy = [{ name = "p1", state = "enabled", conditions_users_include_users = ["All"], conditions_users_exclude_users = ["bg"], conditions_applications_include_authentication_context_class_references = ["c1"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["mfa"] }]
-- expect = { d = "pass", "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
WITH context AS (
    SELECT c.claim, sum(CASE WHEN c.holds THEN 1 ELSE 0 END) AS n_holds, sum(CASE WHEN c.holds IS NULL THEN 1 ELSE 0 END) AS n_perhaps,
           sum(CASE WHEN c.unread THEN 1 ELSE 0 END) AS n_unread,
           sum(CASE WHEN c.holds AND c.n_excluded > 0 THEN 1 ELSE 0 END) AS n_excluded,
           list_sort(list(DISTINCT c.policy_name) FILTER (WHERE c.holds)) AS policies,
           list_sort(list(DISTINCT c.doubt) FILTER (WHERE c.doubt IS NOT NULL)) AS doubts
    FROM pim_context_mfa AS c
    GROUP BY c.claim
)
SELECT s.subject, s.resource_id, s.subscription_id,
       CASE WHEN s.state = 'out' THEN 'not_applicable'
            WHEN s.state = 'gap' THEN NULL
            WHEN s.mfa THEN 'pass'
            WHEN s.auth_context IS NULL THEN NULL
            WHEN s.auth_context <> '' AND o.n_unread > 0 THEN NULL
            WHEN c.n_holds > 0 THEN 'pass'
            WHEN s.auth_context <> '' AND (c.n_perhaps > 0 OR o.n_perhaps > 0) THEN NULL
            WHEN NOT s.mfa THEN 'fail'
       END AS verdict,
       CASE WHEN s.state <> 'judge' AND s.told IS NOT NULL THEN s.told
            WHEN s.mfa THEN 'an activation of ' || s.role_name || ' at ' || s.scope || ' asks for MFA'
            WHEN s.auth_context IS NULL
            THEN 'whether an activation of ' || s.role_name || ' at ' || s.scope || ' asks for an authentication context could not be read'
            WHEN s.auth_context <> '' AND o.n_unread > 0 THEN 'activation asks for the authentication context ' || s.auth_context || '; ' || array_to_string(o.doubts, '; ')
            WHEN c.n_holds > 0
            THEN 'activation asks for the authentication context ' || s.auth_context || ', for which Conditional Access demands MFA: '
                 || array_to_string(c.policies, ', ') || CASE WHEN c.n_excluded > 0 THEN ' (which leaves somebody out)' ELSE '' END
            WHEN s.auth_context <> '' AND (c.n_perhaps > 0 OR o.n_perhaps > 0)
            THEN 'activation asks for the authentication context ' || s.auth_context || '; whether MFA comes with it is not known: '
                 || array_to_string(list_concat(coalesce(c.doubts, []), coalesce(o.doubts, [])), '; ')
            WHEN s.mfa IS NULL THEN 'whether an activation of ' || s.role_name || ' at ' || s.scope || ' asks for MFA could not be read'
            WHEN s.auth_context <> ''
            THEN 'activation asks for the authentication context ' || s.auth_context || ', but no enabled Conditional Access policy demands MFA for it'
            ELSE 'an activation of ' || s.role_name || ' at ' || s.scope || ' asks neither for MFA nor for an authentication context'
       END AS reason,
       s.role_name || ' at ' || s.scope AS resource_name, s.plane, s.scope, s.role_guid, s.role_name, s.mfa, s.auth_context, c.policies AS context_policies
FROM pim_settings_subject AS s
LEFT JOIN context AS c ON c.claim = s.auth_context
LEFT JOIN context AS o ON o.claim = '*'
