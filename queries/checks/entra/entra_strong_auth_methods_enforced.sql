-- title = "Strong sign-in methods and registration campaign on"
-- severity = "medium"
-- subject = "azure_account"
-- tables = ["azure_account", "azure_authentication_methods_policy"]
-- optional = ["azure_group_member"]
-- params = ["conditional_access_max_excluded_users"]
-- controls = ["nist_800_53_r5:IA-2", "iso_27001_2022:A.8.5", "pci_dss_4_0:8.4.2", "pci_dss_4_0:8.4.3", "soc_2:CC6.1"]
-- rationale = "Text messages and calls can be diverted; an app, a security key or a certificate cannot as easily. A strong method must be allowed, and the registration campaign must move all users to it. Left to Microsoft, the campaign asks users of text message and voice call only, as far as Microsoft says at the time. A few people may be left out of it, emergency accounts as a rule."
-- remediation = "Entra admin center > Protection > Authentication methods > Policies: enable Microsoft Authenticator or Passkey (FIDO2) for all users; > Registration campaign: State Enabled. az rest --method patch --url https://graph.microsoft.com/v1.0/policies/authenticationMethodsPolicy --body '{\"registrationEnforcement\":{\"authenticationMethodsRegistrationCampaign\":{\"state\":\"enabled\",\"includeTargets\":[{\"id\":\"all_users\",\"targetType\":\"group\",\"targetedAuthenticationMethod\":\"microsoftAuthenticator\"}]}}}'"
-- references = ["https://learn.microsoft.com/entra/identity/authentication/how-to-mfa-registration-campaign", "https://learn.microsoft.com/graph/api/resources/authenticationmethodspolicy"]
-- [[case]]
-- title = "campaign on, Authenticator on"
-- given.azure_account = [{ }]
-- given.azure_authentication_methods_policy = [{ name = "authenticationMethodsPolicy", registration_enforcement_authentication_methods_registration_campaign_state = "enabled", authentication_method_configurations = '[{"id": "MicrosoftAuthenticator", "state": "enabled", "includeTargets": [{"targetType": "group", "id": "all_users"}]}]', registration_enforcement_authentication_methods_registration_campaign_include_targets = '[{"targetType":"group","id":"all_users"}]' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
-- [[case]]
-- title = "the only strong method excludes everybody"
-- given.azure_account = [{ }]
-- given.azure_authentication_methods_policy = [{ name = "authenticationMethodsPolicy", registration_enforcement_authentication_methods_registration_campaign_state = "enabled", authentication_method_configurations = '[{"id": "Fido2", "state": "enabled", "includeTargets": [{"targetType": "group", "id": "all_users"}], "excludeTargets": [{"targetType": "group", "id": "all_users"}]}]', registration_enforcement_authentication_methods_registration_campaign_include_targets = '[{"targetType":"group","id":"all_users"}]' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "one strong method excludes a group, another excludes nobody"
-- given.azure_account = [{ }]
-- given.azure_authentication_methods_policy = [{ name = "authenticationMethodsPolicy", registration_enforcement_authentication_methods_registration_campaign_state = "enabled", authentication_method_configurations = '[{"id": "MicrosoftAuthenticator", "state": "enabled", "includeTargets": [{"targetType": "group", "id": "all_users"}], "excludeTargets": [{"targetType": "group", "id": "g1"}]}, {"id": "Fido2", "state": "enabled", "includeTargets": [{"targetType": "group", "id": "all_users"}], "excludeTargets": []}]', registration_enforcement_authentication_methods_registration_campaign_include_targets = '[{"targetType":"group","id":"all_users"}]' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
-- [[case]]
-- title = "the only strong method excludes a group: whether anybody is in it is not known"
-- given.azure_account = [{ }]
-- given.azure_authentication_methods_policy = [{ name = "authenticationMethodsPolicy", registration_enforcement_authentication_methods_registration_campaign_state = "enabled", authentication_method_configurations = '[{"id": "MicrosoftAuthenticator", "state": "enabled", "includeTargets": [{"targetType": "group", "id": "all_users"}], "excludeTargets": [{"targetType": "group", "id": "g1"}]}]', registration_enforcement_authentication_methods_registration_campaign_include_targets = '[{"targetType":"group","id":"all_users"}]' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "other letter case; FIDO2"
-- given.azure_account = [{ }]
-- given.azure_authentication_methods_policy = [{ name = "authenticationMethodsPolicy", registration_enforcement_authentication_methods_registration_campaign_state = "Enabled", authentication_method_configurations = '[{"id": "fido2", "state": "Enabled", "includeTargets": [{"targetType": "group", "id": "all_users"}]}, {"id": "Sms", "state": "disabled", "includeTargets": [{"targetType": "group", "id": "all_users"}]}]', registration_enforcement_authentication_methods_registration_campaign_include_targets = '[{"targetType":"group","id":"all_users"}]' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
-- [[case]]
-- title = "campaign off"
-- given.azure_account = [{ }]
-- given.azure_authentication_methods_policy = [{ name = "authenticationMethodsPolicy", registration_enforcement_authentication_methods_registration_campaign_state = "disabled", authentication_method_configurations = '[{"id": "MicrosoftAuthenticator", "state": "enabled", "includeTargets": [{"targetType": "group", "id": "all_users"}]}]', registration_enforcement_authentication_methods_registration_campaign_include_targets = '[{"targetType":"group","id":"all_users"}]' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "text messages only"
-- given.azure_account = [{ }]
-- given.azure_authentication_methods_policy = [{ name = "authenticationMethodsPolicy", registration_enforcement_authentication_methods_registration_campaign_state = "enabled", authentication_method_configurations = '[{"id": "Sms", "state": "enabled", "includeTargets": [{"targetType": "group", "id": "all_users"}]}, {"id": "Fido2", "state": "disabled", "includeTargets": [{"targetType": "group", "id": "all_users"}]}]', registration_enforcement_authentication_methods_registration_campaign_include_targets = '[{"targetType":"group","id":"all_users"}]' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "campaign left to Microsoft, or absent"
-- given.azure_account = [{ }]
-- given.azure_authentication_methods_policy = [{ name = "authenticationMethodsPolicy", registration_enforcement_authentication_methods_registration_campaign_state = "default", authentication_method_configurations = '[{"id": "MicrosoftAuthenticator", "state": "enabled", "includeTargets": [{"targetType": "group", "id": "all_users"}]}]', registration_enforcement_authentication_methods_registration_campaign_include_targets = '[{"targetType":"group","id":"all_users"}]' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "campaign absent"
-- given.azure_account = [{ }]
-- given.azure_authentication_methods_policy = [{ name = "authenticationMethodsPolicy", authentication_method_configurations = '[{"id": "MicrosoftAuthenticator", "state": "enabled", "includeTargets": [{"targetType": "group", "id": "all_users"}]}]' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "campaign left to Microsoft and no strong method"
-- given.azure_account = [{ }]
-- given.azure_authentication_methods_policy = [{ name = "authenticationMethodsPolicy", registration_enforcement_authentication_methods_registration_campaign_state = "default", authentication_method_configurations = '[{"id": "Voice", "state": "enabled", "includeTargets": [{"targetType": "group", "id": "all_users"}]}]', registration_enforcement_authentication_methods_registration_campaign_include_targets = '[{"targetType":"group","id":"all_users"}]' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "strong method on, but for nobody"
-- given.azure_account = [{ }]
-- given.azure_authentication_methods_policy = [{ name = "authenticationMethodsPolicy", registration_enforcement_authentication_methods_registration_campaign_state = "enabled", authentication_method_configurations = '[{"id": "Fido2", "state": "enabled", "includeTargets": []}]', registration_enforcement_authentication_methods_registration_campaign_include_targets = '[{"targetType":"group","id":"all_users"}]' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "strong method on for one group only"
-- given.azure_account = [{ }]
-- given.azure_authentication_methods_policy = [{ name = "authenticationMethodsPolicy", registration_enforcement_authentication_methods_registration_campaign_state = "enabled", authentication_method_configurations = '[{"id": "Fido2", "state": "enabled", "includeTargets": [{"targetType": "group", "id": "g1"}]}]', registration_enforcement_authentication_methods_registration_campaign_include_targets = '[{"targetType":"group","id":"all_users"}]' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "one strong method for a group, another for all"
-- given.azure_account = [{ }]
-- given.azure_authentication_methods_policy = [{ name = "authenticationMethodsPolicy", registration_enforcement_authentication_methods_registration_campaign_state = "enabled", authentication_method_configurations = '[{"id": "Fido2", "state": "enabled", "includeTargets": [{"targetType": "group", "id": "g1"}]}, {"id": "MicrosoftAuthenticator", "state": "enabled", "includeTargets": [{"targetType": "group", "id": "all_users"}]}]', registration_enforcement_authentication_methods_registration_campaign_include_targets = '[{"targetType":"group","id":"all_users"}]' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
-- [[case]]
-- title = "campaign for nobody"
-- given.azure_account = [{ }]
-- given.azure_authentication_methods_policy = [{ name = "authenticationMethodsPolicy", registration_enforcement_authentication_methods_registration_campaign_state = "enabled", authentication_method_configurations = '[{"id": "MicrosoftAuthenticator", "state": "enabled", "includeTargets": [{"targetType": "group", "id": "all_users"}]}]', registration_enforcement_authentication_methods_registration_campaign_include_targets = '[]' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "campaign for one group"
-- given.azure_account = [{ }]
-- given.azure_authentication_methods_policy = [{ name = "authenticationMethodsPolicy", registration_enforcement_authentication_methods_registration_campaign_state = "enabled", authentication_method_configurations = '[{"id": "MicrosoftAuthenticator", "state": "enabled", "includeTargets": [{"targetType": "group", "id": "all_users"}]}]', registration_enforcement_authentication_methods_registration_campaign_include_targets = '[{"targetType":"group","id":"g1"}]' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "campaign without targets in the answer means all users"
-- given.azure_account = [{ }]
-- given.azure_authentication_methods_policy = [{ name = "authenticationMethodsPolicy", registration_enforcement_authentication_methods_registration_campaign_state = "enabled", authentication_method_configurations = '[{"id": "MicrosoftAuthenticator", "state": "enabled", "includeTargets": [{"targetType": "group", "id": "all_users"}]}]' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
-- [[case]]
-- title = "certificates that count as one factor"
-- given.azure_account = [{ }]
-- given.azure_authentication_methods_policy = [{ name = "authenticationMethodsPolicy", registration_enforcement_authentication_methods_registration_campaign_state = "enabled", authentication_method_configurations = '[{"id": "X509Certificate", "state": "enabled", "includeTargets": [{"targetType": "group", "id": "all_users"}], "authenticationModeConfiguration": {"x509CertificateAuthenticationDefaultMode": "x509CertificateSingleFactor", "rules": []}}]', registration_enforcement_authentication_methods_registration_campaign_include_targets = '[{"targetType":"group","id":"all_users"}]' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "certificates that count as two factors"
-- given.azure_account = [{ }]
-- given.azure_authentication_methods_policy = [{ name = "authenticationMethodsPolicy", registration_enforcement_authentication_methods_registration_campaign_state = "enabled", authentication_method_configurations = '[{"id": "X509Certificate", "state": "enabled", "includeTargets": [{"targetType": "group", "id": "all_users"}], "authenticationModeConfiguration": {"x509CertificateAuthenticationDefaultMode": "x509CertificateMultiFactor", "rules": []}}]', registration_enforcement_authentication_methods_registration_campaign_include_targets = '[{"targetType":"group","id":"all_users"}]' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
-- [[case]]
-- title = "certificates that count as one factor, and so does each rule"
-- given.azure_account = [{ }]
-- given.azure_authentication_methods_policy = [{ name = "authenticationMethodsPolicy", registration_enforcement_authentication_methods_registration_campaign_state = "enabled", authentication_method_configurations = '[{"id": "X509Certificate", "state": "enabled", "includeTargets": [{"targetType": "group", "id": "all_users"}], "authenticationModeConfiguration": {"x509CertificateAuthenticationDefaultMode": "x509CertificateSingleFactor", "rules": [{"x509CertificateRuleType": "policyOID", "identifier": "1.2.3", "x509CertificateAuthenticationMode": "x509CertificateSingleFactor"}]}}]', registration_enforcement_authentication_methods_registration_campaign_include_targets = '[{"targetType":"group","id":"all_users"}]' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "only certificates that a rule names count as two factors: whether everybody has one is not known"
-- given.azure_account = [{ }]
-- given.azure_authentication_methods_policy = [{ name = "authenticationMethodsPolicy", registration_enforcement_authentication_methods_registration_campaign_state = "enabled", authentication_method_configurations = '[{"id": "X509Certificate", "state": "enabled", "includeTargets": [{"targetType": "group", "id": "all_users"}], "authenticationModeConfiguration": {"x509CertificateAuthenticationDefaultMode": "x509CertificateSingleFactor", "rules": [{"x509CertificateRuleType": "policyOID", "identifier": "1.2.3", "x509CertificateAuthenticationMode": "x509CertificateMultiFactor"}]}}]', registration_enforcement_authentication_methods_registration_campaign_include_targets = '[{"targetType":"group","id":"all_users"}]' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "how many factors a certificate counts as is not told"
-- given.azure_account = [{ }]
-- given.azure_authentication_methods_policy = [{ name = "authenticationMethodsPolicy", registration_enforcement_authentication_methods_registration_campaign_state = "enabled", authentication_method_configurations = '[{"id": "X509Certificate", "state": "enabled", "includeTargets": [{"targetType": "group", "id": "all_users"}], "authenticationModeConfiguration": {"x509CertificateAuthenticationDefaultMode": null, "rules": []}}]', registration_enforcement_authentication_methods_registration_campaign_include_targets = '[{"targetType":"group","id":"all_users"}]' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "how certificates count is absent"
-- given.azure_account = [{ }]
-- given.azure_authentication_methods_policy = [{ name = "authenticationMethodsPolicy", registration_enforcement_authentication_methods_registration_campaign_state = "enabled", authentication_method_configurations = '[{"id": "X509Certificate", "state": "enabled", "includeTargets": [{"targetType": "group", "id": "all_users"}]}]', registration_enforcement_authentication_methods_registration_campaign_include_targets = '[{"targetType":"group","id":"all_users"}]' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "methods absent"
-- given.azure_account = [{ }]
-- given.azure_authentication_methods_policy = [{ name = "authenticationMethodsPolicy", registration_enforcement_authentication_methods_registration_campaign_state = "enabled", registration_enforcement_authentication_methods_registration_campaign_include_targets = '[{"targetType":"group","id":"all_users"}]' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "methods not readable"
-- given.azure_account = [{ }]
-- given.azure_authentication_methods_policy = [{ name = "authenticationMethodsPolicy", registration_enforcement_authentication_methods_registration_campaign_state = "enabled", authentication_method_configurations = '[{"id": "MicrosoftAuthenticator", "state": "enabled", "includeTargets": [{"targetType": "group", "id": "all_users"}]}]', registration_enforcement_authentication_methods_registration_campaign_include_targets = '[{"targetType":"group","id":"all_users"}]', _gaps = ["authentication_method_configurations"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "campaign not readable"
-- given.azure_account = [{ }]
-- given.azure_authentication_methods_policy = [{ name = "authenticationMethodsPolicy", authentication_method_configurations = '[{"id": "MicrosoftAuthenticator", "state": "enabled", "includeTargets": [{"targetType": "group", "id": "all_users"}]}]', registration_enforcement_authentication_methods_registration_campaign_include_targets = '[{"targetType":"group","id":"all_users"}]', _gaps = ["registration_enforcement_authentication_methods_registration_campaign_state"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "row missing"
-- given.azure_account = [{ }]
-- given.azure_authentication_methods_policy = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "no tenant row"
-- given.azure_account = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "not_applicable" }
-- [[case]]
-- title = "azure_authentication_methods_policy denied"
-- ledger = [{ table = "azure_authentication_methods_policy", status = "denied" }]
-- given.azure_account = [{ }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "tenant denied"
-- ledger = [{ table = "azure_account", status = "denied" }]
-- given.azure_account = [{ }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "campaign for all but a group of two, one of them in a group inside it"
-- given.azure_account = [{ }]
-- given.azure_group_member = [{ _parent_id = "g1", member_id = "u1", member_type = "#microsoft.graph.user" }, { _parent_id = "g1", member_id = "g2", member_type = "#microsoft.graph.group" }, { _parent_id = "g2", member_id = "u2", member_type = "#microsoft.graph.user" }, { _parent_id = "g2", member_id = "u1", member_type = "#microsoft.graph.user" }]
-- given.azure_authentication_methods_policy = [{ name = "authenticationMethodsPolicy", registration_enforcement_authentication_methods_registration_campaign_state = "enabled", authentication_method_configurations = '[{"id": "MicrosoftAuthenticator", "state": "enabled", "includeTargets": [{"targetType": "group", "id": "all_users"}]}]', registration_enforcement_authentication_methods_registration_campaign_include_targets = '[{"targetType":"group","id":"all_users"}]', registration_enforcement_authentication_methods_registration_campaign_exclude_targets = '[{"targetType":"group","id":"G1"}]' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
-- [[case]]
-- title = "campaign for all but a group of six, more than are allowed"
-- given.azure_account = [{ }]
-- given.azure_group_member = [{ _parent_id = "g1", member_id = "u0", member_type = "#microsoft.graph.user" }, { _parent_id = "g1", member_id = "u1", member_type = "#microsoft.graph.user" }, { _parent_id = "g1", member_id = "u2", member_type = "#microsoft.graph.user" }, { _parent_id = "g1", member_id = "u3", member_type = "#microsoft.graph.user" }, { _parent_id = "g1", member_id = "u4", member_type = "#microsoft.graph.user" }, { _parent_id = "g1", member_id = "u5", member_type = "#microsoft.graph.user" }]
-- given.azure_authentication_methods_policy = [{ name = "authenticationMethodsPolicy", registration_enforcement_authentication_methods_registration_campaign_state = "enabled", authentication_method_configurations = '[{"id": "MicrosoftAuthenticator", "state": "enabled", "includeTargets": [{"targetType": "group", "id": "all_users"}]}]', registration_enforcement_authentication_methods_registration_campaign_include_targets = '[{"targetType":"group","id":"all_users"}]', registration_enforcement_authentication_methods_registration_campaign_exclude_targets = '[{"targetType":"group","id":"G1"}]' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "campaign for all but a group whose members were not read"
-- ledger = [{ table = "azure_group_member", parent = "g1", status = "denied" }]
-- given.azure_account = [{ }]
-- given.azure_group_member = []
-- given.azure_authentication_methods_policy = [{ name = "authenticationMethodsPolicy", registration_enforcement_authentication_methods_registration_campaign_state = "enabled", authentication_method_configurations = '[{"id": "MicrosoftAuthenticator", "state": "enabled", "includeTargets": [{"targetType": "group", "id": "all_users"}]}]', registration_enforcement_authentication_methods_registration_campaign_include_targets = '[{"targetType":"group","id":"all_users"}]', registration_enforcement_authentication_methods_registration_campaign_exclude_targets = '[{"targetType":"group","id":"G1"}]' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "campaign for all but a group, and no members of groups were read"
-- ledger = [{ table = "azure_group_member", status = "denied" }]
-- given.azure_account = [{ }]
-- given.azure_group_member = []
-- given.azure_authentication_methods_policy = [{ name = "authenticationMethodsPolicy", registration_enforcement_authentication_methods_registration_campaign_state = "enabled", authentication_method_configurations = '[{"id": "MicrosoftAuthenticator", "state": "enabled", "includeTargets": [{"targetType": "group", "id": "all_users"}]}]', registration_enforcement_authentication_methods_registration_campaign_include_targets = '[{"targetType":"group","id":"all_users"}]', registration_enforcement_authentication_methods_registration_campaign_exclude_targets = '[{"targetType":"group","id":"G1"}]' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "campaign for all but everybody"
-- given.azure_account = [{ }]
-- given.azure_authentication_methods_policy = [{ name = "authenticationMethodsPolicy", registration_enforcement_authentication_methods_registration_campaign_state = "enabled", authentication_method_configurations = '[{"id": "MicrosoftAuthenticator", "state": "enabled", "includeTargets": [{"targetType": "group", "id": "all_users"}]}]', registration_enforcement_authentication_methods_registration_campaign_include_targets = '[{"targetType":"group","id":"all_users"}]', registration_enforcement_authentication_methods_registration_campaign_exclude_targets = '[{"targetType":"group","id":"all_users"}]' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "campaign for all but two people by name"
-- given.azure_account = [{ }]
-- given.azure_authentication_methods_policy = [{ name = "authenticationMethodsPolicy", registration_enforcement_authentication_methods_registration_campaign_state = "enabled", authentication_method_configurations = '[{"id": "MicrosoftAuthenticator", "state": "enabled", "includeTargets": [{"targetType": "group", "id": "all_users"}]}]', registration_enforcement_authentication_methods_registration_campaign_include_targets = '[{"targetType":"group","id":"all_users"}]', registration_enforcement_authentication_methods_registration_campaign_exclude_targets = '[{"targetType":"user","id":"u1"},{"targetType":"user","id":"u2"}]' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
-- [[case]]
-- title = "campaign for all but six people by name, more than are allowed"
-- given.azure_account = [{ }]
-- given.azure_authentication_methods_policy = [{ name = "authenticationMethodsPolicy", registration_enforcement_authentication_methods_registration_campaign_state = "enabled", authentication_method_configurations = '[{"id": "MicrosoftAuthenticator", "state": "enabled", "includeTargets": [{"targetType": "group", "id": "all_users"}]}]', registration_enforcement_authentication_methods_registration_campaign_include_targets = '[{"targetType":"group","id":"all_users"}]', registration_enforcement_authentication_methods_registration_campaign_exclude_targets = '[{"targetType":"user","id":"u1"},{"targetType":"user","id":"u2"},{"targetType":"user","id":"u3"},{"targetType":"user","id":"u4"},{"targetType":"user","id":"u5"},{"targetType":"user","id":"u6"}]' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "whom the campaign leaves out is not readable"
-- given.azure_account = [{ }]
-- given.azure_authentication_methods_policy = [{ name = "authenticationMethodsPolicy", registration_enforcement_authentication_methods_registration_campaign_state = "enabled", authentication_method_configurations = '[{"id": "MicrosoftAuthenticator", "state": "enabled", "includeTargets": [{"targetType": "group", "id": "all_users"}]}]', registration_enforcement_authentication_methods_registration_campaign_include_targets = '[{"targetType":"group","id":"all_users"}]', _gaps = ["registration_enforcement_authentication_methods_registration_campaign_exclude_targets"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "campaign leaves out nobody"
-- given.azure_account = [{ }]
-- given.azure_authentication_methods_policy = [{ name = "authenticationMethodsPolicy", registration_enforcement_authentication_methods_registration_campaign_state = "enabled", authentication_method_configurations = '[{"id": "MicrosoftAuthenticator", "state": "enabled", "includeTargets": [{"targetType": "group", "id": "all_users"}]}]', registration_enforcement_authentication_methods_registration_campaign_include_targets = '[{"targetType":"group","id":"all_users"}]', registration_enforcement_authentication_methods_registration_campaign_exclude_targets = '[]' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
WITH RECURSIVE
method AS (
    SELECT p.tenant_id, p.authentication_method_configurations ->> ('$[' || u.i || '].id') AS method,
           lower(p.authentication_method_configurations ->> ('$[' || u.i || '].state')) AS state,
           (p.authentication_method_configurations ->> ('$[' || u.i || '].includeTargets')) AS targets,
           (p.authentication_method_configurations ->> ('$[' || u.i || '].excludeTargets')) AS excluded,
           lower(p.authentication_method_configurations ->> ('$[' || u.i || '].authenticationModeConfiguration.x509CertificateAuthenticationDefaultMode')) AS certificate_mode,
           contains(lower(p.authentication_method_configurations ->> ('$[' || u.i || '].authenticationModeConfiguration.rules')), '"x509certificatemultifactor"') AS has_strong_rule
    FROM azure_authentication_methods_policy AS p, unnest(range(CAST(json_array_length(p.authentication_method_configurations) AS BIGINT))) AS u(i)
),
strong AS (
    SELECT m.tenant_id, list_sort(list(m.method)) AS methods,
           -- Whoever is in an excluded group cannot use the method, whatever else includes him.
           max(CASE WHEN (m.targets IS NULL OR contains(lower(m.targets), '"all_users"')) AND coalesce(json_array_length(m.excluded), 0) = 0
                     AND (lower(m.method) <> 'x509certificate' OR m.certificate_mode = 'x509certificatemultifactor') THEN 1 ELSE 0 END) AS for_all,
           max(CASE WHEN lower(m.method) = 'x509certificate' AND m.certificate_mode = 'x509certificatesinglefactor'
                    THEN '; certificates count as two factors only where a rule says so'
                    WHEN lower(m.method) = 'x509certificate' AND coalesce(m.certificate_mode, '') <> 'x509certificatemultifactor'
                    THEN '; as how many factors certificates count is not told'
               END) AS certificates,
           list_sort(list(m.method) FILTER (WHERE json_array_length(m.excluded) > 0)) AS narrowed
    FROM method AS m
    WHERE m.state = 'enabled' AND lower(m.method) IN ('microsoftauthenticator', 'fido2', 'x509certificate')
      AND (m.targets IS NULL OR json_array_length(m.targets) > 0)
      AND NOT coalesce(contains(lower(m.excluded), '"all_users"'), FALSE)
      -- Certificates that count as a single factor, without a rule that makes some of them more.
      AND NOT (lower(m.method) = 'x509certificate' AND coalesce(m.certificate_mode, '') = 'x509certificatesinglefactor'
               AND NOT coalesce(m.has_strong_rule, FALSE))
    GROUP BY m.tenant_id
),
campaign AS (
    SELECT p.id, p.tenant_id, lower(trim(p.registration_enforcement_authentication_methods_registration_campaign_state)) AS state,
           p.authentication_method_configurations IS NULL AS no_methods,
           CASE WHEN p.registration_enforcement_authentication_methods_registration_campaign_include_targets IS NULL THEN 'all'
                WHEN json_array_length(p.registration_enforcement_authentication_methods_registration_campaign_include_targets) = 0 THEN 'none'
                WHEN contains(lower(CAST(p.registration_enforcement_authentication_methods_registration_campaign_include_targets AS VARCHAR)), '"all_users"') THEN 'all'
                ELSE 'some'
           END AS reach,
           contains(lower(CAST(p.registration_enforcement_authentication_methods_registration_campaign_exclude_targets AS VARCHAR)), '"all_users"') AS excludes_all,
           coalesce(list_contains(p._gaps, 'registration_enforcement_authentication_methods_registration_campaign_exclude_targets'), FALSE) AS excludes_unread,
           coalesce(array_length(list_filter(p._gaps, lambda g: g IN ('authentication_method_configurations',
               'registration_enforcement_authentication_methods_registration_campaign_state',
               'registration_enforcement_authentication_methods_registration_campaign_include_targets'))) > 0, FALSE) AS unread
    FROM azure_authentication_methods_policy AS p
),
-- Whom the campaign leaves out: people by name, and those in groups and the groups inside them.
target AS (
    SELECT lower(p.registration_enforcement_authentication_methods_registration_campaign_exclude_targets ->> ('$[' || u.i || '].targetType')) AS kind,
           lower(p.registration_enforcement_authentication_methods_registration_campaign_exclude_targets ->> ('$[' || u.i || '].id')) AS member
    FROM azure_authentication_methods_policy AS p,
         unnest(range(CAST(json_array_length(p.registration_enforcement_authentication_methods_registration_campaign_exclude_targets) AS BIGINT))) AS u(i)
),
inside AS (
    SELECT g.member, CASE WHEN g.kind = 'user' THEN 'person' ELSE 'group' END AS kind FROM target AS g
    UNION
    SELECT lower(m.member_id) AS member, CASE WHEN lower(m.member_type) LIKE '%group' THEN 'group' ELSE 'person' END AS kind
    FROM inside AS i
    JOIN azure_group_member AS m ON lower(m._parent_id) = i.member
    WHERE i.kind = 'group'
),
unread_list AS (
    SELECT count(*) AS n FROM group_list_unread AS l WHERE l.table_name = 'azure_group_member' AND l.group_id IS NULL
),
left_out AS (
    SELECT count(DISTINCT CASE WHEN i.kind = 'person' THEN i.member END) AS n_people,
           count(DISTINCT CASE WHEN i.kind = 'group' AND (r.n > 0 OR l.group_id IS NOT NULL) THEN i.member END) AS n_unread
    FROM inside AS i
    CROSS JOIN unread_list AS r
    LEFT JOIN group_list_unread AS l ON l.group_id = i.member AND l.table_name = 'azure_group_member'
)
SELECT t.id AS subject, t.id AS resource_id, CAST(NULL AS VARCHAR) AS subscription_id,
       CASE WHEN k.id IS NULL OR k.unread OR k.no_methods THEN NULL
            WHEN s.methods IS NULL THEN 'fail'
            WHEN k.state = 'disabled' THEN 'fail'
            WHEN k.state = 'enabled' AND (k.reach = 'none' OR k.excludes_all) THEN 'fail'
            WHEN k.excludes_unread OR x.n_unread > 0 OR x.n_people > param_conditional_access_max_excluded_users() THEN NULL
            WHEN k.state = 'enabled' AND k.reach = 'all' AND s.for_all = 1 THEN 'pass'
       END AS verdict,
       CASE WHEN k.id IS NULL THEN 'the authentication methods policy is not in the snapshot'
            WHEN k.unread OR k.no_methods THEN 'the authentication methods policy could not be read in full'
            WHEN s.methods IS NULL THEN 'no strong method (Microsoft Authenticator, FIDO2, certificate of two factors) is on'
            WHEN k.state = 'disabled' THEN 'the registration campaign is off'
            WHEN k.state = 'enabled' AND (k.reach = 'none' OR k.excludes_all) THEN 'the registration campaign is on but asks nobody'
            WHEN s.for_all = 0 THEN 'strong methods are on for some users or groups only; whether these are all is not known: ' || array_to_string(s.methods, ', ')
                 || coalesce('; groups are excluded from ' || array_to_string(s.narrowed, ', '), '') || coalesce(s.certificates, '')
            WHEN k.state = 'enabled' AND k.excludes_unread THEN 'the registration campaign is on; whom it leaves out could not be read'
            WHEN k.state = 'enabled' AND x.n_unread > 0
            THEN 'the registration campaign is on, but the members of groups that it leaves out were not read: ' || x.n_unread
            WHEN k.state = 'enabled' AND x.n_people > param_conditional_access_max_excluded_users()
            THEN 'the registration campaign is on, but leaves out ' || x.n_people || ' people, more than the '
                 || param_conditional_access_max_excluded_users() || ' that are allowed; whether they have a strong method is not known'
            WHEN k.state = 'enabled' AND k.reach = 'all'
            THEN 'the registration campaign is on for all users; strong methods: ' || array_to_string(s.methods, ', ')
                 || CASE WHEN x.n_people > 0 THEN '; people left out of the campaign: ' || x.n_people ELSE '' END
            WHEN k.state = 'enabled' THEN 'the registration campaign asks some users or groups only; whether these are all is not known'
            WHEN coalesce(k.state, 'default') = 'default' THEN 'the registration campaign is left to Microsoft, who decides whom it asks'
            ELSE 'state of the registration campaign: ' || k.state
       END AS reason,
       t.display_name AS resource_name, k.state AS campaign, s.methods AS strong_methods
FROM azure_account AS t
LEFT JOIN campaign AS k ON k.tenant_id = t.tenant_id
LEFT JOIN strong AS s ON s.tenant_id = t.tenant_id
CROSS JOIN left_out AS x
