-- title = "Conditional Access requires MFA for admin portals"
-- severity = "critical"
-- subject = "azure_account"
-- tables = ["azure_account", "azure_conditional_access_policy"]
-- optional = ["azure_group_member"]
-- params = ["conditional_access_max_excluded_users"]
-- controls = [
--   "cis_azure_2_1_0:1.2.7", "cis_azure_3_0_0:2.2.8", "cis_azure_4_0_0:6.2.7", "cis_azure_5_0_0:5.2.7", "nist_800_53_r5:IA-2",
--   "iso_27001_2022:A.8.5", "pci_dss_4_0:8.4.2", "pci_dss_4_0:8.4.3", "soc_2:CC6.1",
-- ]
-- rationale = "The portals of Azure, Entra, Microsoft 365, Exchange and the like are where a stolen administrator account does its damage. A policy for the admin portals or for all resources must be in force for all users, or for each of the fourteen roles that Microsoft names as the least, and nobody may be able to step round it."
-- remediation = "Entra admin center > Conditional Access > Policies > New policy from template > Require phishing-resistant multifactor authentication for admins, or: all users, target resource Microsoft Admin Portals, no further condition, grant: require multifactor authentication or an authentication strength, On. To switch a policy on: az rest --method patch --url https://graph.microsoft.com/v1.0/identity/conditionalAccess/policies/ID --body '{\"state\":\"enabled\"}'"
-- references = ["https://learn.microsoft.com/entra/identity/conditional-access/policy-old-require-mfa-admin-portals", "https://learn.microsoft.com/entra/identity/conditional-access/concept-conditional-access-cloud-apps"]
-- [[case]]
-- title = "a policy for all fourteen roles"
-- given.azure_account = [{ }]
-- given.azure_conditional_access_policy = [{ name = "p", state = "enabled", conditions_users_include_users = [], conditions_applications_include_applications = ["All"], conditions_client_app_types = ["all"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["mfa"], conditions_users_include_roles = ["62e90394-69f5-4237-9190-012177145e10", "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3", "c4e39bd9-1100-46d3-8c65-fb160da0071f", "b0f54661-2d74-4c50-afa3-1ec803f12efe", "158c047a-c907-4556-b7ef-446551a6b5f7", "b1be1c3e-b65d-4f19-8427-f6fa0d97feb9", "29232cdf-9323-42fd-ade2-1d097af3e4de", "729827e3-9c14-49f7-bb1b-9608f156bbb8", "966707d0-3269-4727-9be2-8c3a10f19b9d", "7be44c8a-adaf-4e2a-84d6-ab2649e08a13", "e8611ab8-c189-46e8-94e1-60213ab1f814", "194ae4cb-b126-40b2-bd5b-6091b380977d", "f28a1f50-f6e7-4571-818b-6a12f2af6b6c", "fe930be7-5e62-47db-91af-98c3a49a38b1"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
-- [[case]]
-- title = "a policy for all users"
-- given.azure_account = [{ }]
-- given.azure_conditional_access_policy = [{ name = "p", state = "enabled", conditions_users_include_users = ["All"], conditions_applications_include_applications = ["All"], conditions_client_app_types = ["all"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["mfa"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
-- [[case]]
-- title = "one role of them only"
-- given.azure_account = [{ }]
-- given.azure_conditional_access_policy = [{ name = "p", state = "enabled", conditions_users_include_users = [], conditions_applications_include_applications = ["All"], conditions_client_app_types = ["all"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["mfa"], conditions_users_include_roles = ["62e90394-69f5-4237-9190-012177145e10"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "one role missing, another policy takes it in; letter case does not matter"
-- given.azure_account = [{ }]
-- given.azure_conditional_access_policy = [
--   { name = "a", state = "enabled", conditions_users_include_users = [], conditions_applications_include_applications = ["All"], conditions_client_app_types = ["all"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["mfa"], conditions_users_include_roles = ["9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3", "c4e39bd9-1100-46d3-8c65-fb160da0071f", "b0f54661-2d74-4c50-afa3-1ec803f12efe", "158c047a-c907-4556-b7ef-446551a6b5f7", "b1be1c3e-b65d-4f19-8427-f6fa0d97feb9", "29232cdf-9323-42fd-ade2-1d097af3e4de", "729827e3-9c14-49f7-bb1b-9608f156bbb8", "966707d0-3269-4727-9be2-8c3a10f19b9d", "7be44c8a-adaf-4e2a-84d6-ab2649e08a13", "e8611ab8-c189-46e8-94e1-60213ab1f814", "194ae4cb-b126-40b2-bd5b-6091b380977d", "f28a1f50-f6e7-4571-818b-6a12f2af6b6c", "fe930be7-5e62-47db-91af-98c3a49a38b1"] },
--   { name = "b", state = "enabled", conditions_users_include_users = [], conditions_applications_include_applications = ["All"], conditions_client_app_types = ["all"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["mfa"], conditions_users_include_roles = ["62E90394-69F5-4237-9190-012177145E10"] },
-- ]
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
-- [[case]]
-- title = "named administrators instead of roles"
-- given.azure_account = [{ }]
-- given.azure_conditional_access_policy = [{ name = "p", state = "enabled", conditions_users_include_users = ["u1", "u2"], conditions_applications_include_applications = ["All"], conditions_client_app_types = ["all"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["mfa"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "all users but the Global Administrators"
-- given.azure_account = [{ }]
-- given.azure_conditional_access_policy = [{ name = "p", state = "enabled", conditions_users_include_users = ["All"], conditions_applications_include_applications = ["All"], conditions_client_app_types = ["all"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["mfa"], conditions_users_exclude_roles = ["62e90394-69f5-4237-9190-012177145e10"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "all users but a role that is not of the list"
-- given.azure_account = [{ }]
-- given.azure_conditional_access_policy = [{ name = "p", state = "enabled", conditions_users_include_users = ["All"], conditions_applications_include_applications = ["All"], conditions_client_app_types = ["all"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["mfa"], conditions_users_exclude_roles = ["88d8e3e3-8f55-4a1e-953a-9b9898b8876b"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
-- [[case]]
-- title = "no policy"
-- given.azure_account = [{ }]
-- given.azure_conditional_access_policy = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "report-only"
-- given.azure_account = [{ }]
-- given.azure_conditional_access_policy = [{ name = "p", state = "enabledForReportingButNotEnforced", conditions_users_include_users = [], conditions_applications_include_applications = ["All"], conditions_client_app_types = ["all"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["mfa"], conditions_users_include_roles = ["62e90394-69f5-4237-9190-012177145e10", "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3", "c4e39bd9-1100-46d3-8c65-fb160da0071f", "b0f54661-2d74-4c50-afa3-1ec803f12efe", "158c047a-c907-4556-b7ef-446551a6b5f7", "b1be1c3e-b65d-4f19-8427-f6fa0d97feb9", "29232cdf-9323-42fd-ade2-1d097af3e4de", "729827e3-9c14-49f7-bb1b-9608f156bbb8", "966707d0-3269-4727-9be2-8c3a10f19b9d", "7be44c8a-adaf-4e2a-84d6-ab2649e08a13", "e8611ab8-c189-46e8-94e1-60213ab1f814", "194ae4cb-b126-40b2-bd5b-6091b380977d", "f28a1f50-f6e7-4571-818b-6a12f2af6b6c", "fe930be7-5e62-47db-91af-98c3a49a38b1"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "MFA or a compliant device"
-- given.azure_account = [{ }]
-- given.azure_conditional_access_policy = [{ name = "p", state = "enabled", conditions_users_include_users = [], conditions_applications_include_applications = ["All"], conditions_client_app_types = ["all"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["mfa", "compliantDevice"], conditions_users_include_roles = ["62e90394-69f5-4237-9190-012177145e10", "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3", "c4e39bd9-1100-46d3-8c65-fb160da0071f", "b0f54661-2d74-4c50-afa3-1ec803f12efe", "158c047a-c907-4556-b7ef-446551a6b5f7", "b1be1c3e-b65d-4f19-8427-f6fa0d97feb9", "29232cdf-9323-42fd-ade2-1d097af3e4de", "729827e3-9c14-49f7-bb1b-9608f156bbb8", "966707d0-3269-4727-9be2-8c3a10f19b9d", "7be44c8a-adaf-4e2a-84d6-ab2649e08a13", "e8611ab8-c189-46e8-94e1-60213ab1f814", "194ae4cb-b126-40b2-bd5b-6091b380977d", "f28a1f50-f6e7-4571-818b-6a12f2af6b6c", "fe930be7-5e62-47db-91af-98c3a49a38b1"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "MFA and a compliant device"
-- given.azure_account = [{ }]
-- given.azure_conditional_access_policy = [{ name = "p", state = "enabled", conditions_users_include_users = [], conditions_applications_include_applications = ["All"], conditions_client_app_types = ["all"], grant_controls_operator = "AND", grant_controls_built_in_controls = ["mfa", "compliantDevice"], conditions_users_include_roles = ["62e90394-69f5-4237-9190-012177145e10", "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3", "c4e39bd9-1100-46d3-8c65-fb160da0071f", "b0f54661-2d74-4c50-afa3-1ec803f12efe", "158c047a-c907-4556-b7ef-446551a6b5f7", "b1be1c3e-b65d-4f19-8427-f6fa0d97feb9", "29232cdf-9323-42fd-ade2-1d097af3e4de", "729827e3-9c14-49f7-bb1b-9608f156bbb8", "966707d0-3269-4727-9be2-8c3a10f19b9d", "7be44c8a-adaf-4e2a-84d6-ab2649e08a13", "e8611ab8-c189-46e8-94e1-60213ab1f814", "194ae4cb-b126-40b2-bd5b-6091b380977d", "f28a1f50-f6e7-4571-818b-6a12f2af6b6c", "fe930be7-5e62-47db-91af-98c3a49a38b1"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
-- [[case]]
-- title = "a phishing-resistant strength"
-- given.azure_account = [{ }]
-- given.azure_conditional_access_policy = [{ name = "p", state = "enabled", conditions_users_include_users = [], conditions_applications_include_applications = ["All"], conditions_client_app_types = ["all"], grant_controls_operator = "OR", grant_controls_built_in_controls = [], conditions_users_include_roles = ["62e90394-69f5-4237-9190-012177145e10", "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3", "c4e39bd9-1100-46d3-8c65-fb160da0071f", "b0f54661-2d74-4c50-afa3-1ec803f12efe", "158c047a-c907-4556-b7ef-446551a6b5f7", "b1be1c3e-b65d-4f19-8427-f6fa0d97feb9", "29232cdf-9323-42fd-ade2-1d097af3e4de", "729827e3-9c14-49f7-bb1b-9608f156bbb8", "966707d0-3269-4727-9be2-8c3a10f19b9d", "7be44c8a-adaf-4e2a-84d6-ab2649e08a13", "e8611ab8-c189-46e8-94e1-60213ab1f814", "194ae4cb-b126-40b2-bd5b-6091b380977d", "f28a1f50-f6e7-4571-818b-6a12f2af6b6c", "fe930be7-5e62-47db-91af-98c3a49a38b1"], grant_controls_authentication_strength_id = "00000000-0000-0000-0000-000000000004", grant_controls_authentication_strength_requirements_satisfied = "mfa", grant_controls_authentication_strength_allowed_combinations = ["fido2"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
-- [[case]]
-- title = "trusted locations left out"
-- given.azure_account = [{ }]
-- given.azure_conditional_access_policy = [{ name = "p", state = "enabled", conditions_users_include_users = [], conditions_applications_include_applications = ["All"], conditions_client_app_types = ["all"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["mfa"], conditions_users_include_roles = ["62e90394-69f5-4237-9190-012177145e10", "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3", "c4e39bd9-1100-46d3-8c65-fb160da0071f", "b0f54661-2d74-4c50-afa3-1ec803f12efe", "158c047a-c907-4556-b7ef-446551a6b5f7", "b1be1c3e-b65d-4f19-8427-f6fa0d97feb9", "29232cdf-9323-42fd-ade2-1d097af3e4de", "729827e3-9c14-49f7-bb1b-9608f156bbb8", "966707d0-3269-4727-9be2-8c3a10f19b9d", "7be44c8a-adaf-4e2a-84d6-ab2649e08a13", "e8611ab8-c189-46e8-94e1-60213ab1f814", "194ae4cb-b126-40b2-bd5b-6091b380977d", "f28a1f50-f6e7-4571-818b-6a12f2af6b6c", "fe930be7-5e62-47db-91af-98c3a49a38b1"], conditions_locations_exclude_locations = ["AllTrusted"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "some platforms only"
-- given.azure_account = [{ }]
-- given.azure_conditional_access_policy = [{ name = "p", state = "enabled", conditions_users_include_users = [], conditions_applications_include_applications = ["All"], conditions_client_app_types = ["all"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["mfa"], conditions_users_include_roles = ["62e90394-69f5-4237-9190-012177145e10", "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3", "c4e39bd9-1100-46d3-8c65-fb160da0071f", "b0f54661-2d74-4c50-afa3-1ec803f12efe", "158c047a-c907-4556-b7ef-446551a6b5f7", "b1be1c3e-b65d-4f19-8427-f6fa0d97feb9", "29232cdf-9323-42fd-ade2-1d097af3e4de", "729827e3-9c14-49f7-bb1b-9608f156bbb8", "966707d0-3269-4727-9be2-8c3a10f19b9d", "7be44c8a-adaf-4e2a-84d6-ab2649e08a13", "e8611ab8-c189-46e8-94e1-60213ab1f814", "194ae4cb-b126-40b2-bd5b-6091b380977d", "f28a1f50-f6e7-4571-818b-6a12f2af6b6c", "fe930be7-5e62-47db-91af-98c3a49a38b1"], conditions_platforms_include_platforms = ["windows"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "a device filter"
-- given.azure_account = [{ }]
-- given.azure_conditional_access_policy = [{ name = "p", state = "enabled", conditions_users_include_users = [], conditions_applications_include_applications = ["All"], conditions_client_app_types = ["all"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["mfa"], conditions_users_include_roles = ["62e90394-69f5-4237-9190-012177145e10", "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3", "c4e39bd9-1100-46d3-8c65-fb160da0071f", "b0f54661-2d74-4c50-afa3-1ec803f12efe", "158c047a-c907-4556-b7ef-446551a6b5f7", "b1be1c3e-b65d-4f19-8427-f6fa0d97feb9", "29232cdf-9323-42fd-ade2-1d097af3e4de", "729827e3-9c14-49f7-bb1b-9608f156bbb8", "966707d0-3269-4727-9be2-8c3a10f19b9d", "7be44c8a-adaf-4e2a-84d6-ab2649e08a13", "e8611ab8-c189-46e8-94e1-60213ab1f814", "194ae4cb-b126-40b2-bd5b-6091b380977d", "f28a1f50-f6e7-4571-818b-6a12f2af6b6c", "fe930be7-5e62-47db-91af-98c3a49a38b1"], conditions_devices_device_filter_mode = "exclude", conditions_devices_device_filter_rule = "x" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "two emergency accounts left out"
-- given.azure_account = [{ }]
-- given.azure_conditional_access_policy = [{ name = "p", state = "enabled", conditions_users_include_users = [], conditions_applications_include_applications = ["All"], conditions_client_app_types = ["all"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["mfa"], conditions_users_include_roles = ["62e90394-69f5-4237-9190-012177145e10", "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3", "c4e39bd9-1100-46d3-8c65-fb160da0071f", "b0f54661-2d74-4c50-afa3-1ec803f12efe", "158c047a-c907-4556-b7ef-446551a6b5f7", "b1be1c3e-b65d-4f19-8427-f6fa0d97feb9", "29232cdf-9323-42fd-ade2-1d097af3e4de", "729827e3-9c14-49f7-bb1b-9608f156bbb8", "966707d0-3269-4727-9be2-8c3a10f19b9d", "7be44c8a-adaf-4e2a-84d6-ab2649e08a13", "e8611ab8-c189-46e8-94e1-60213ab1f814", "194ae4cb-b126-40b2-bd5b-6091b380977d", "f28a1f50-f6e7-4571-818b-6a12f2af6b6c", "fe930be7-5e62-47db-91af-98c3a49a38b1"], conditions_users_exclude_users = ["e1", "e2"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
-- [[case]]
-- title = "a group of six people left out"
-- given.azure_account = [{ }]
-- given.azure_conditional_access_policy = [{ name = "p", state = "enabled", conditions_users_include_users = [], conditions_applications_include_applications = ["All"], conditions_client_app_types = ["all"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["mfa"], conditions_users_include_roles = ["62e90394-69f5-4237-9190-012177145e10", "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3", "c4e39bd9-1100-46d3-8c65-fb160da0071f", "b0f54661-2d74-4c50-afa3-1ec803f12efe", "158c047a-c907-4556-b7ef-446551a6b5f7", "b1be1c3e-b65d-4f19-8427-f6fa0d97feb9", "29232cdf-9323-42fd-ade2-1d097af3e4de", "729827e3-9c14-49f7-bb1b-9608f156bbb8", "966707d0-3269-4727-9be2-8c3a10f19b9d", "7be44c8a-adaf-4e2a-84d6-ab2649e08a13", "e8611ab8-c189-46e8-94e1-60213ab1f814", "194ae4cb-b126-40b2-bd5b-6091b380977d", "f28a1f50-f6e7-4571-818b-6a12f2af6b6c", "fe930be7-5e62-47db-91af-98c3a49a38b1"], conditions_users_exclude_groups = ["g1"] }]
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
-- title = "members of the group left out not read"
-- ledger = [{ table = "azure_group_member", parent = "g1", status = "partial" }]
-- given.azure_account = [{ }]
-- given.azure_conditional_access_policy = [{ name = "p", state = "enabled", conditions_users_include_users = [], conditions_applications_include_applications = ["All"], conditions_client_app_types = ["all"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["mfa"], conditions_users_include_roles = ["62e90394-69f5-4237-9190-012177145e10", "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3", "c4e39bd9-1100-46d3-8c65-fb160da0071f", "b0f54661-2d74-4c50-afa3-1ec803f12efe", "158c047a-c907-4556-b7ef-446551a6b5f7", "b1be1c3e-b65d-4f19-8427-f6fa0d97feb9", "29232cdf-9323-42fd-ade2-1d097af3e4de", "729827e3-9c14-49f7-bb1b-9608f156bbb8", "966707d0-3269-4727-9be2-8c3a10f19b9d", "7be44c8a-adaf-4e2a-84d6-ab2649e08a13", "e8611ab8-c189-46e8-94e1-60213ab1f814", "194ae4cb-b126-40b2-bd5b-6091b380977d", "f28a1f50-f6e7-4571-818b-6a12f2af6b6c", "fe930be7-5e62-47db-91af-98c3a49a38b1"], conditions_users_exclude_groups = ["g1"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "roles not readable"
-- given.azure_account = [{ }]
-- given.azure_conditional_access_policy = [{ name = "p", state = "enabled", conditions_users_include_users = [], conditions_applications_include_applications = ["All"], conditions_client_app_types = ["all"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["mfa"], _gaps = ["conditions_users_include_roles"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "a policy not readable beside one that is enough"
-- given.azure_account = [{ }]
-- given.azure_conditional_access_policy = [
--   { name = "a", state = "enabled", conditions_users_include_users = [], conditions_applications_include_applications = ["All"], conditions_client_app_types = ["all"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["mfa"], conditions_users_include_roles = ["62e90394-69f5-4237-9190-012177145e10", "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3", "c4e39bd9-1100-46d3-8c65-fb160da0071f", "b0f54661-2d74-4c50-afa3-1ec803f12efe", "158c047a-c907-4556-b7ef-446551a6b5f7", "b1be1c3e-b65d-4f19-8427-f6fa0d97feb9", "29232cdf-9323-42fd-ade2-1d097af3e4de", "729827e3-9c14-49f7-bb1b-9608f156bbb8", "966707d0-3269-4727-9be2-8c3a10f19b9d", "7be44c8a-adaf-4e2a-84d6-ab2649e08a13", "e8611ab8-c189-46e8-94e1-60213ab1f814", "194ae4cb-b126-40b2-bd5b-6091b380977d", "f28a1f50-f6e7-4571-818b-6a12f2af6b6c", "fe930be7-5e62-47db-91af-98c3a49a38b1"] },
--   { name = "b", state = "enabled", conditions_users_include_users = [], conditions_applications_include_applications = ["All"], conditions_client_app_types = ["all"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["mfa"], conditions_users_include_roles = ["62e90394-69f5-4237-9190-012177145e10", "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3", "c4e39bd9-1100-46d3-8c65-fb160da0071f", "b0f54661-2d74-4c50-afa3-1ec803f12efe", "158c047a-c907-4556-b7ef-446551a6b5f7", "b1be1c3e-b65d-4f19-8427-f6fa0d97feb9", "29232cdf-9323-42fd-ade2-1d097af3e4de", "729827e3-9c14-49f7-bb1b-9608f156bbb8", "966707d0-3269-4727-9be2-8c3a10f19b9d", "7be44c8a-adaf-4e2a-84d6-ab2649e08a13", "e8611ab8-c189-46e8-94e1-60213ab1f814", "194ae4cb-b126-40b2-bd5b-6091b380977d", "f28a1f50-f6e7-4571-818b-6a12f2af6b6c", "fe930be7-5e62-47db-91af-98c3a49a38b1"], _gaps = ["conditions_users_exclude_users"] },
-- ]
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
-- [[case]]
-- title = "no tenant row"
-- given.azure_account = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "not_applicable" }
-- [[case]]
-- title = "policies denied"
-- ledger = [{ table = "azure_conditional_access_policy", status = "denied" }]
-- given.azure_account = [{ }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "tenant denied"
-- ledger = [{ table = "azure_account", status = "denied" }]
-- given.azure_account = [{ }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "the portals by name, for the roles or for everybody"
-- given.azure_account = [{ }]
-- given.azure_conditional_access_policy = [{ name = "a", state = "enabled", conditions_users_include_users = [], conditions_applications_include_applications = ["MicrosoftAdminPortals"], conditions_client_app_types = ["all"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["mfa"], conditions_users_include_roles = ["62e90394-69f5-4237-9190-012177145e10", "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3", "c4e39bd9-1100-46d3-8c65-fb160da0071f", "b0f54661-2d74-4c50-afa3-1ec803f12efe", "158c047a-c907-4556-b7ef-446551a6b5f7", "b1be1c3e-b65d-4f19-8427-f6fa0d97feb9", "29232cdf-9323-42fd-ade2-1d097af3e4de", "729827e3-9c14-49f7-bb1b-9608f156bbb8", "966707d0-3269-4727-9be2-8c3a10f19b9d", "7be44c8a-adaf-4e2a-84d6-ab2649e08a13", "e8611ab8-c189-46e8-94e1-60213ab1f814", "194ae4cb-b126-40b2-bd5b-6091b380977d", "f28a1f50-f6e7-4571-818b-6a12f2af6b6c", "fe930be7-5e62-47db-91af-98c3a49a38b1"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
-- [[case]]
-- title = "the portals by name, for everybody"
-- given.azure_account = [{ }]
-- given.azure_conditional_access_policy = [{ name = "a", state = "enabled", conditions_users_include_users = ["All"], conditions_applications_include_applications = ["microsoftadminportals"], conditions_client_app_types = ["all"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["mfa"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
-- [[case]]
-- title = "all applications but the portals, or but Azure management"
-- given.azure_account = [{ }]
-- given.azure_conditional_access_policy = [
--   { name = "a", state = "enabled", conditions_users_include_users = ["All"], conditions_applications_include_applications = ["All"], conditions_client_app_types = ["all"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["mfa"], conditions_applications_exclude_applications = ["MicrosoftAdminPortals"] },
--   { name = "b", state = "enabled", conditions_users_include_users = ["All"], conditions_applications_include_applications = ["All"], conditions_client_app_types = ["all"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["mfa"], conditions_applications_exclude_applications = ["797f4846-ba00-4fd7-ba43-dac1f8f63013"] },
-- ]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "all applications but another one"
-- given.azure_account = [{ }]
-- given.azure_conditional_access_policy = [{ name = "p", state = "enabled", conditions_users_include_users = ["All"], conditions_applications_include_applications = ["All"], conditions_client_app_types = ["all"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["mfa"], conditions_applications_exclude_applications = ["app1"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
-- [[case]]
-- title = "Azure management only"
-- given.azure_account = [{ }]
-- given.azure_conditional_access_policy = [{ name = "p", state = "enabled", conditions_users_include_users = ["All"], conditions_applications_include_applications = ["797f4846-ba00-4fd7-ba43-dac1f8f63013"], conditions_client_app_types = ["all"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["mfa"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "a filter picks the applications"
-- given.azure_account = [{ }]
-- given.azure_conditional_access_policy = [{ name = "p", state = "enabled", conditions_users_include_users = ["All"], conditions_applications_include_applications = ["All"], conditions_client_app_types = ["all"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["mfa"], conditions_applications_application_filter = '{"mode":"include","rule":"x"}' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "the portals know no legacy clients"
-- given.azure_account = [{ }]
-- given.azure_conditional_access_policy = [{ name = "p", state = "enabled", conditions_users_include_users = ["All"], conditions_applications_include_applications = ["All"], conditions_client_app_types = ["browser", "mobileAppsAndDesktopClients"], grant_controls_operator = "OR", grant_controls_built_in_controls = ["mfa"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
WITH line AS (
    SELECT c.policy_name, c.holds, coalesce(c.all_users, TRUE) AS all_users, c.include_roles, c.left_roles, c.n_left, c.excluded,
           c.policy_name || ': ' || array_to_string(list_filter(list_concat(
               [CASE WHEN NOT c.all_users AND array_length(c.include_roles) = 0 THEN 'is for some users only' END,
                CASE WHEN array_length(c.left_roles) > 0 THEN 'leaves out the directory roles ' || array_to_string(c.left_roles, ', ') END],
               c.obstacles, [c.doubt]), lambda m: m IS NOT NULL), ', ') AS text
    FROM conditional_access_mfa AS c
    WHERE c.target = 'admin_portals'
),
role AS (
    SELECT r.role_template_id, r.role_name,
           max(CASE WHEN l.holds THEN 2 WHEN l.holds IS NULL AND l.policy_name IS NOT NULL THEN 1 ELSE 0 END) AS covered
    FROM data_mfa_admin_role AS r
    LEFT JOIN line AS l
      ON (l.all_users OR l.holds IS NULL OR list_contains(l.include_roles, r.role_template_id))
     AND NOT list_contains(l.left_roles, r.role_template_id)
     AND coalesce(l.holds, TRUE)
    GROUP BY r.role_template_id, r.role_name
),
found AS (
    SELECT sum(CASE WHEN r.covered = 0 THEN 1 ELSE 0 END) AS n_open,
           sum(CASE WHEN r.covered = 1 THEN 1 ELSE 0 END) AS n_perhaps,
           list_sort(list(r.role_name) FILTER (WHERE r.covered < 2)) AS open_roles
    FROM role AS r
),
policies AS (
    SELECT list_sort(list(l.policy_name) FILTER (WHERE l.holds)) AS good, max(CASE WHEN l.holds THEN l.n_left END) AS n_left,
           list_sort(list(l.policy_name || ': ' || array_to_string(l.excluded, ', ')) FILTER (WHERE l.holds AND array_length(l.excluded) > 0)) AS exclusions,
           list_sort(list(l.text) FILTER (WHERE NOT coalesce(l.holds, FALSE))) AS other_policies
    FROM line AS l
)
SELECT t.id AS subject, t.id AS resource_id, CAST(NULL AS VARCHAR) AS subscription_id,
       CASE WHEN f.n_open > 0 THEN 'fail' WHEN f.n_perhaps > 0 THEN NULL ELSE 'pass' END AS verdict,
       CASE WHEN f.n_open + f.n_perhaps = 0
            THEN 'asked for by: ' || array_to_string(p.good, ', ') || '; most people left out by one of them: ' || p.n_left
            WHEN p.good IS NULL AND p.other_policies IS NULL THEN 'no policy in force asks for MFA for the admin portals'
            ELSE 'directory roles that no policy is sure to take in: ' || array_to_string(f.open_roles, ', ')
                 || coalesce('; policies that do not hold: ' || array_to_string(p.other_policies, '; '), '')
       END AS reason,
       t.display_name AS resource_name, p.good AS policies, p.exclusions, p.other_policies, f.open_roles
FROM azure_account AS t
CROSS JOIN found AS f
CROSS JOIN policies AS p
