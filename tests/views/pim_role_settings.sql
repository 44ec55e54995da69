-- title = "Cases of the view pim_role_settings: each row as a subject in words"
-- severity = "high"
-- subject = "azure_account"
-- tables = ["azure_subscription"]
-- optional = [
--   "azure_role_management_policy_assignment", "azure_role_eligibility_schedule_instance", "azure_ad_role_management_policy_assignment",
--   "azure_management_group",
-- ]
-- rationale = "Verdicts do not tell all that the view says; these cases do."
-- remediation = "None."
-- [[case]]
-- title = "everything on, everything off"
-- given.azure_subscription = [{ }]
-- given.azure_role_management_policy_assignment = [
--   { name = "a", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", effective_rules = '[{"id":"Expiration_EndUser_Assignment","isExpirationRequired":true,"maximumDuration":"PT8H"},{"id":"Enablement_EndUser_Assignment","enabledRules":["MultiFactorAuthentication","Justification","Ticketing"]},{"id":"AuthenticationContext_EndUser_Assignment","isEnabled":false,"claimValue":""},{"id":"Approval_EndUser_Assignment","setting":{"isApprovalRequired":true,"approvalStages":[{"primaryApprovers":[]}]}},{"id":"Expiration_Admin_Eligibility","isExpirationRequired":true,"maximumDuration":"P365D"},{"id":"Expiration_Admin_Assignment","isExpirationRequired":false,"maximumDuration":"P180D"}]' },
--   { name = "b", scope = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", effective_rules = '[{"id":"Expiration_EndUser_Assignment","isExpirationRequired":false,"maximumDuration":"P1D"},{"id":"Enablement_EndUser_Assignment","enabledRules":[]},{"id":"AuthenticationContext_EndUser_Assignment","isEnabled":true,"claimValue":"c1"},{"id":"Approval_EndUser_Assignment","setting":{"isApprovalRequired":false,"approvalStages":[{"primaryApprovers":[{"id":"p0"}]},{"primaryApprovers":[{"id":"p0"},{"id":"p1"}]}]}},{"id":"Expiration_Admin_Eligibility","isExpirationRequired":false,"maximumDuration":"P1Y"},{"id":"Expiration_Admin_Assignment","isExpirationRequired":true,"maximumDuration":"PT720H"}]' },
-- ]
-- [case.expect]
-- "a: azure, Owner, judged, ends, 480 minutes, mfa, no context, justification, ticket, approval by 0, eligible ends after 365, active endless after 180" = "manual"
-- "b: azure, Owner, not judged, endless, 1440 minutes, no mfa, context c1, no justification, no ticket, no approval by 3, eligible endless after 365, active ends after 30" = "manual"
-- [[case]]
-- title = "directory: the rules in force stand above those of the policy; where none are in force those of the policy count"
-- given.azure_subscription = [{ }]
-- given.azure_ad_role_management_policy_assignment = [
--   { name = "a", role_definition_id = "62e90394-69f5-4237-9190-012177145e10", scope_id = "/", policy_rules = '[{"id":"Expiration_EndUser_Assignment","isExpirationRequired":false,"maximumDuration":"P1D"},{"id":"Enablement_EndUser_Assignment","enabledRules":[]},{"id":"AuthenticationContext_EndUser_Assignment","isEnabled":true,"claimValue":"c1"},{"id":"Approval_EndUser_Assignment","setting":{"isApprovalRequired":false,"approvalStages":[{"primaryApprovers":[{"id":"p0"}]},{"primaryApprovers":[{"id":"p0"},{"id":"p1"}]}]}},{"id":"Expiration_Admin_Eligibility","isExpirationRequired":false,"maximumDuration":"P1Y"},{"id":"Expiration_Admin_Assignment","isExpirationRequired":true,"maximumDuration":"PT720H"}]', policy_effective_rules = '[{"id":"Expiration_EndUser_Assignment","isExpirationRequired":true,"maximumDuration":"PT8H"},{"id":"Enablement_EndUser_Assignment","enabledRules":["MultiFactorAuthentication","Justification","Ticketing"]},{"id":"AuthenticationContext_EndUser_Assignment","isEnabled":false,"claimValue":""},{"id":"Approval_EndUser_Assignment","setting":{"isApprovalRequired":true,"approvalStages":[{"primaryApprovers":[]}]}},{"id":"Expiration_Admin_Eligibility","isExpirationRequired":true,"maximumDuration":"P365D"},{"id":"Expiration_Admin_Assignment","isExpirationRequired":false,"maximumDuration":"P180D"}]' },
--   { name = "b", role_definition_id = "62e90394-69f5-4237-9190-012177145e10", scope_id = "/", policy_rules = '[{"id":"Expiration_EndUser_Assignment","isExpirationRequired":true,"maximumDuration":"PT8H"},{"id":"Enablement_EndUser_Assignment","enabledRules":["MultiFactorAuthentication","Justification","Ticketing"]},{"id":"AuthenticationContext_EndUser_Assignment","isEnabled":false,"claimValue":""},{"id":"Approval_EndUser_Assignment","setting":{"isApprovalRequired":true,"approvalStages":[{"primaryApprovers":[]}]}},{"id":"Expiration_Admin_Eligibility","isExpirationRequired":true,"maximumDuration":"P365D"},{"id":"Expiration_Admin_Assignment","isExpirationRequired":false,"maximumDuration":"P180D"}]', policy_effective_rules = '[]' },
--   { name = "c", role_definition_id = "5d6b6bb7-de71-4623-b4af-96380a352509", scope_id = "/", policy_rules = '[{"id":"Enablement_EndUser_Assignment","enabledRules":["Justification"]}]' },
-- ]
-- [case.expect]
-- "a: entra, Global Administrator, judged, ends, 480 minutes, mfa, no context, justification, ticket, approval by 0, eligible ends after 365, active endless after 180" = "manual"
-- "b: entra, Global Administrator, judged, ends, 480 minutes, mfa, no context, justification, ticket, approval by 0, eligible ends after 365, active endless after 180" = "manual"
-- "c: entra, 5d6b6bb7-de71-4623-b4af-96380a352509, not judged, no mfa, justification, no ticket" = "manual"
-- [[case]]
-- title = "no rules; a rule that is not there says nothing; one that is there twice neither"
-- given.azure_subscription = [{ }]
-- given.azure_role_management_policy_assignment = [
--   { name = "a", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", effective_rules = '[]' },
--   { name = "b", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", effective_rules = '[{"id":"Expiration_EndUser_Assignment","isExpirationRequired":true,"maximumDuration":"PT1H"}]' },
--   { name = "c", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", effective_rules = '[{"id":"Enablement_EndUser_Assignment","enabledRules":["Justification"]},{"id":"Enablement_EndUser_Assignment","enabledRules":[]}]' },
-- ]
-- [case.expect]
-- "a: azure, Owner, judged" = "manual"
-- "b: azure, Owner, judged, ends, 60 minutes" = "manual"
-- "c: azure, Owner, judged" = "manual"
-- [[case]]
-- title = "who is judged: a group of resources and other roles only where somebody is eligible for it there"
-- given.azure_subscription = [{ }]
-- given.azure_role_management_policy_assignment = [
--   { name = "a", scope = "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/RG", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", effective_rules = '[]' },
--   { name = "b", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/b24988ac-6180-42a0-ab88-20f7382dd24c", effective_rules = '[]' },
--   { name = "c", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7", effective_rules = '[]' },
--   { name = "d", scope = "/providers/Microsoft.Management/managementGroups/mg", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", effective_rules = '[]' },
--   { name = "e", scope = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/other", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/b24988ac-6180-42a0-ab88-20f7382dd24c", effective_rules = '[]' },
-- ]
-- given.azure_role_eligibility_schedule_instance = [
--   { name = "e", scope = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", principal_id = "p" },
--   { name = "f", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/b24988ac-6180-42a0-ab88-20f7382dd24c", principal_id = "p" },
--   { name = "g", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7", principal_id = "p" },
-- ]
-- [case.expect]
-- "a: azure, Owner, judged" = "manual"
-- "b: azure, Contributor, judged" = "manual"
-- "c: azure, acdd72a7-3385-48ef-bd42-f606fba81ae7, not judged" = "manual"
-- "d: azure, Owner, judged" = "manual"
-- "e: azure, Contributor, not judged" = "manual"
-- [[case]]
-- title = "eligibilities denied"
-- ledger = [{ table = "azure_role_eligibility_schedule_instance", parent = "/subscriptions/11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_subscription = [{ }]
-- given.azure_role_management_policy_assignment = [
--   { name = "a", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", effective_rules = '[]' },
--   { name = "b", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/b24988ac-6180-42a0-ab88-20f7382dd24c", effective_rules = '[]' },
--   { name = "c", scope = "/subscriptions/11111111-1111-4111-8111-111111111111", role_definition_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/roledefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7", effective_rules = '[]' },
-- ]
-- [case.expect]
-- "a: azure, Owner, judged" = "manual"
-- "b: azure, Contributor, judged or not" = "manual"
-- "c: azure, acdd72a7-3385-48ef-bd42-f606fba81ae7, not judged" = "manual"
SELECT guid_of(v.id) || ': ' || array_to_string(list_filter([
           v.plane, v.role_name, CASE WHEN v.applies THEN 'judged' WHEN NOT v.applies THEN 'not judged' ELSE 'judged or not' END,
           CASE WHEN v.activation_expires THEN 'ends' WHEN NOT v.activation_expires THEN 'endless' END,
           CAST(CAST(v.activation_max_minutes AS BIGINT) AS VARCHAR) || ' minutes',
           CASE WHEN v.mfa THEN 'mfa' WHEN NOT v.mfa THEN 'no mfa' END,
           CASE WHEN v.auth_context = '' THEN 'no context' WHEN v.auth_context IS NOT NULL THEN 'context ' || v.auth_context END,
           CASE WHEN v.justification THEN 'justification' WHEN NOT v.justification THEN 'no justification' END,
           CASE WHEN v.ticket THEN 'ticket' WHEN NOT v.ticket THEN 'no ticket' END,
           CASE WHEN v.approval THEN 'approval' WHEN NOT v.approval THEN 'no approval' END || ' by ' || v.n_approvers,
           CASE WHEN v.eligible_expires THEN 'eligible ends' WHEN NOT v.eligible_expires THEN 'eligible endless' END || ' after ' || CAST(v.eligible_max_days AS BIGINT),
           CASE WHEN v.active_expires THEN 'active ends' WHEN NOT v.active_expires THEN 'active endless' END || ' after ' || CAST(v.active_max_days AS BIGINT)],
           lambda w: w IS NOT NULL), ', ') AS subject,
       NULL AS resource_id, NULL AS subscription_id, 'manual' AS verdict, v.scope AS reason
FROM pim_role_settings AS v
