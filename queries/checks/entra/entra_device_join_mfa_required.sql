-- title = "MFA needed to register or join devices"
-- severity = "medium"
-- subject = "azure_account"
-- tables = ["azure_account", "azure_device_registration_policy", "azure_conditional_access_policy"]
-- optional = ["azure_group_member", "azure_user", "azure_directory_role", "azure_directory_role_member"]
-- params = ["conditional_access_max_excluded_users"]
-- controls = [
--   "cis_azure_2_0_0:1.22", "cis_azure_2_1_0:1.21", "cis_azure_3_0_0:2.22", "cis_azure_4_0_0:6.22", "cis_azure_5_0_0:5.22",
--   "cis_azure_6_0_0:5.1.2", "nist_800_53_r5:IA-2", "iso_27001_2022:A.8.5", "pci_dss_4_0:8.4.2", "pci_dss_4_0:8.4.3",
--   "soc_2:CC6.1",
-- ]
-- rationale = "A stolen password is enough to add a device of one's own, which then counts as known and keeps access alive. MFA can be asked for by the device settings or, better, by a Conditional Access policy on the user action; with the policy the device setting should be off."
-- remediation = "Entra admin center > Conditional Access > Policies > New policy: all users, user action Register or join devices, grant: require multifactor authentication, On; then Devices > Device settings > Require multifactor authentication to register or join devices: No. Without Conditional Access set that to Yes. To switch a policy on: az rest --method patch --url https://graph.microsoft.com/v1.0/identity/conditionalAccess/policies/ID --body '{\"state\":\"enabled\"}'"
-- references = ["https://learn.microsoft.com/entra/identity/conditional-access/policy-all-users-device-registration", "https://learn.microsoft.com/graph/api/resources/deviceregistrationpolicy"]
-- [[case]]
-- title = "device settings ask for it"
-- given.azure_account = [{ }]
-- given.azure_device_registration_policy = [{ name = "deviceRegistrationPolicy", multi_factor_auth_configuration = "required" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
-- [[case]]
-- title = "a policy asks for it, the device setting is off"
-- given.azure_account = [{ }]
-- given.azure_device_registration_policy = [{ name = "deviceRegistrationPolicy", multi_factor_auth_configuration = "notRequired" }]
-- given.azure_conditional_access_policy = [{ name = "p", state = "enabled", conditions_users_include_users = ["All"], conditions_applications_include_applications = [], conditions_client_app_types = ["all"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["mfa"], conditions_applications_include_user_actions = ["urn:user:registerdevice"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
-- [[case]]
-- title = "neither"
-- given.azure_account = [{ }]
-- given.azure_device_registration_policy = [{ name = "deviceRegistrationPolicy", multi_factor_auth_configuration = "notRequired" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "setting absent means not required"
-- given.azure_account = [{ }]
-- given.azure_device_registration_policy = [{ name = "d" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "other letter case"
-- given.azure_account = [{ }]
-- given.azure_device_registration_policy = [{ name = "d", multi_factor_auth_configuration = "Required" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
-- [[case]]
-- title = "a value not known yet"
-- given.azure_account = [{ }]
-- given.azure_device_registration_policy = [{ name = "d", multi_factor_auth_configuration = "unknownFutureValue" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "a policy for another user action, or for all applications"
-- given.azure_account = [{ }]
-- given.azure_device_registration_policy = [{ name = "deviceRegistrationPolicy", multi_factor_auth_configuration = "notRequired" }]
-- given.azure_conditional_access_policy = [
--   { name = "a", state = "enabled", conditions_users_include_users = ["All"], conditions_applications_include_applications = [], conditions_client_app_types = ["all"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["mfa"], conditions_applications_include_user_actions = ["urn:user:registersecurityinfo"] },
--   { name = "b", state = "enabled", conditions_users_include_users = ["All"], conditions_applications_include_applications = ["All"], conditions_client_app_types = ["all"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["mfa"] },
-- ]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "report-only"
-- given.azure_account = [{ }]
-- given.azure_device_registration_policy = [{ name = "deviceRegistrationPolicy", multi_factor_auth_configuration = "notRequired" }]
-- given.azure_conditional_access_policy = [{ name = "p", state = "enabledForReportingButNotEnforced", conditions_users_include_users = ["All"], conditions_applications_include_applications = [], conditions_client_app_types = ["all"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["mfa"], conditions_applications_include_user_actions = ["urn:user:registerdevice"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "trusted locations left out"
-- given.azure_account = [{ }]
-- given.azure_device_registration_policy = [{ name = "deviceRegistrationPolicy", multi_factor_auth_configuration = "notRequired" }]
-- given.azure_conditional_access_policy = [{ name = "p", state = "enabled", conditions_users_include_users = ["All"], conditions_applications_include_applications = [], conditions_client_app_types = ["all"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["mfa"], conditions_applications_include_user_actions = ["urn:user:registerdevice"], conditions_locations_exclude_locations = ["AllTrusted"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "some users only"
-- given.azure_account = [{ }]
-- given.azure_device_registration_policy = [{ name = "deviceRegistrationPolicy", multi_factor_auth_configuration = "notRequired" }]
-- given.azure_conditional_access_policy = [{ name = "p", state = "enabled", conditions_users_include_users = ["u1"], conditions_applications_include_applications = [], conditions_client_app_types = ["all"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["mfa"], conditions_applications_include_user_actions = ["urn:user:registerdevice"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "an emergency account left out; a strength counts"
-- given.azure_account = [{ }]
-- given.azure_device_registration_policy = [{ name = "deviceRegistrationPolicy", multi_factor_auth_configuration = "notRequired" }]
-- given.azure_conditional_access_policy = [{ name = "p", state = "enabled", conditions_users_include_users = ["All"], conditions_applications_include_applications = [], conditions_client_app_types = ["all"], grant_controls_operator = "OR", grant_controls_built_in_controls = [], conditions_applications_include_user_actions = ["urn:user:registerdevice"], conditions_users_exclude_users = ["e1"], grant_controls_authentication_strength_id = "00000000-0000-0000-0000-000000000004", grant_controls_authentication_strength_requirements_satisfied = "mfa" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
-- [[case]]
-- title = "a large group left out"
-- given.azure_account = [{ }]
-- given.azure_device_registration_policy = [{ name = "deviceRegistrationPolicy", multi_factor_auth_configuration = "notRequired" }]
-- given.azure_conditional_access_policy = [{ name = "p", state = "enabled", conditions_users_include_users = ["All"], conditions_applications_include_applications = [], conditions_client_app_types = ["all"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["mfa"], conditions_applications_include_user_actions = ["urn:user:registerdevice"], conditions_users_exclude_groups = ["g1"] }]
-- given.azure_group_member = [
--   { _parent_id = "g1", member_id = "u1", member_type = "#microsoft.graph.user" },
--   { _parent_id = "g1", member_id = "u2", member_type = "#microsoft.graph.user" },
--   { _parent_id = "g1", member_id = "u3", member_type = "#microsoft.graph.user" },
--   { _parent_id = "g1", member_id = "u4", member_type = "#microsoft.graph.user" },
--   { _parent_id = "g1", member_id = "u5", member_type = "#microsoft.graph.user" },
--   { _parent_id = "g1", member_id = "u6", member_type = "#microsoft.graph.user" },
-- ]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "device settings not readable"
-- given.azure_account = [{ }]
-- given.azure_device_registration_policy = [{ name = "d", _gaps = ["multi_factor_auth_configuration"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "device settings row missing, no policy"
-- given.azure_account = [{ }]
-- given.azure_device_registration_policy = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "policy not readable"
-- given.azure_account = [{ }]
-- given.azure_device_registration_policy = [{ name = "deviceRegistrationPolicy", multi_factor_auth_configuration = "notRequired" }]
-- given.azure_conditional_access_policy = [{ name = "p", state = "enabled", conditions_applications_include_applications = [], conditions_client_app_types = ["all"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["mfa"], conditions_applications_include_user_actions = ["urn:user:registerdevice"], _gaps = ["conditions_users_include_users"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "policy not readable, but the device settings ask for it"
-- given.azure_account = [{ }]
-- given.azure_device_registration_policy = [{ name = "deviceRegistrationPolicy", multi_factor_auth_configuration = "required" }]
-- given.azure_conditional_access_policy = [{ name = "p", state = "enabled", conditions_applications_include_applications = [], conditions_client_app_types = ["all"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["mfa"], conditions_applications_include_user_actions = ["urn:user:registerdevice"], _gaps = ["conditions_users_include_users"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
-- [[case]]
-- title = "no tenant row"
-- given.azure_account = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "not_applicable" }
-- [[case]]
-- title = "device settings denied"
-- ledger = [{ table = "azure_device_registration_policy", status = "denied" }]
-- given.azure_account = [{ }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "policies denied"
-- ledger = [{ table = "azure_conditional_access_policy", status = "denied" }]
-- given.azure_account = [{ }]
-- given.azure_device_registration_policy = [{ name = "deviceRegistrationPolicy", multi_factor_auth_configuration = "required" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
SELECT t.id AS subject, t.id AS resource_id, CAST(NULL AS VARCHAR) AS subscription_id,
       CASE WHEN f.n_good > 0 THEN 'pass'
            WHEN lower(trim(d.multi_factor_auth_configuration)) = 'required' THEN 'pass'
            WHEN f.n_perhaps > 0 THEN NULL
            WHEN d.id IS NULL OR list_contains(d._gaps, 'multi_factor_auth_configuration') THEN NULL
            WHEN coalesce(lower(trim(d.multi_factor_auth_configuration)), 'notrequired') = 'notrequired' THEN 'fail'
       END AS verdict,
       CASE WHEN f.n_good > 0 THEN 'a Conditional Access policy asks for it: ' || array_to_string(f.policies, ', ') || '; people left out: ' || f.left_names
            WHEN lower(trim(d.multi_factor_auth_configuration)) = 'required' THEN 'the device settings ask for it'
            WHEN f.n_perhaps > 0 THEN 'a policy could not be judged: ' || array_to_string(f.other_policies, '; ')
            WHEN d.id IS NULL THEN 'the device settings are not in the snapshot'
            WHEN list_contains(d._gaps, 'multi_factor_auth_configuration') THEN 'the device settings could not be read'
            ELSE 'device settings: ' || coalesce(d.multi_factor_auth_configuration, 'absent, which means not required')
                 || coalesce('; policies that do not hold for everybody: ' || array_to_string(f.other_policies, '; '), '; no policy for registering devices asks for MFA')
       END AS reason,
       t.display_name AS resource_name, d.multi_factor_auth_configuration AS device_setting, f.policies, f.left_people, f.exclusions, f.other_policies
FROM azure_account AS t
JOIN conditional_access_mfa_everybody AS f ON f.target = 'register_device'
LEFT JOIN azure_device_registration_policy AS d ON d.tenant_id = t.tenant_id
