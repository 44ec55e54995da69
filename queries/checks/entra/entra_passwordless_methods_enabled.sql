-- title = "Passwordless methods considered"
-- severity = "low"
-- subject = "azure_account"
-- tables = ["azure_account", "azure_authentication_methods_policy"]
-- controls = [
--   "cis_azure_5_0_0:5.28", "nist_800_53_r5:IA-2", "iso_27001_2022:A.8.5", "pci_dss_4_0:8.4.2", "pci_dss_4_0:8.4.3",
--   "soc_2:CC6.1",
-- ]
-- rationale = "What has no password cannot lose one. Which methods suit the organisation is for the auditor to say: listed are passkeys, Microsoft Authenticator, certificates and the Temporary Access Pass that starts them, with state and targets."
-- remediation = "Entra admin center > Protection > Authentication methods > Policies: enable Passkey (FIDO2), Microsoft Authenticator in the mode Any or Passwordless, or Certificate-based authentication. az rest --method patch --url https://graph.microsoft.com/v1.0/policies/authenticationMethodsPolicy/authenticationMethodConfigurations/Fido2 --body '{\"@odata.type\":\"#microsoft.graph.fido2AuthenticationMethodConfiguration\",\"state\":\"enabled\"}'"
-- references = ["https://learn.microsoft.com/entra/identity/authentication/concept-authentication-passwordless", "https://learn.microsoft.com/graph/api/resources/authenticationmethodspolicy"]
-- [[case]]
-- title = "several methods on"
-- given.azure_account = [{ }]
-- given.azure_authentication_methods_policy = [{ name = "authenticationMethodsPolicy", registration_enforcement_authentication_methods_registration_campaign_state = "enabled", authentication_method_configurations = '[{"id": "Fido2", "state": "enabled", "includeTargets": [{"targetType": "group", "id": "all_users"}]}, {"id": "TemporaryAccessPass", "state": "enabled", "includeTargets": [{"targetType": "group", "id": "g1"}]}, {"id": "Sms", "state": "enabled", "includeTargets": [{"targetType": "group", "id": "all_users"}]}]', registration_enforcement_authentication_methods_registration_campaign_include_targets = '[{"targetType":"group","id":"all_users"}]' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual" }
-- [[case]]
-- title = "a method that excludes a group"
-- given.azure_account = [{ }]
-- given.azure_authentication_methods_policy = [{ name = "authenticationMethodsPolicy", registration_enforcement_authentication_methods_registration_campaign_state = "enabled", authentication_method_configurations = '[{"id": "Fido2", "state": "enabled", "includeTargets": [{"targetType": "group", "id": "all_users"}], "excludeTargets": [{"targetType": "group", "id": "g1"}]}]', registration_enforcement_authentication_methods_registration_campaign_include_targets = '[{"targetType":"group","id":"all_users"}]' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual" }
-- [[case]]
-- title = "all off"
-- given.azure_account = [{ }]
-- given.azure_authentication_methods_policy = [{ name = "authenticationMethodsPolicy", registration_enforcement_authentication_methods_registration_campaign_state = "enabled", authentication_method_configurations = '[{"id": "Fido2", "state": "disabled", "includeTargets": [{"targetType": "group", "id": "all_users"}]}, {"id": "MicrosoftAuthenticator", "state": "disabled", "includeTargets": [{"targetType": "group", "id": "all_users"}]}]', registration_enforcement_authentication_methods_registration_campaign_include_targets = '[{"targetType":"group","id":"all_users"}]' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual" }
-- [[case]]
-- title = "other letter case"
-- given.azure_account = [{ }]
-- given.azure_authentication_methods_policy = [{ name = "authenticationMethodsPolicy", registration_enforcement_authentication_methods_registration_campaign_state = "enabled", authentication_method_configurations = '[{"id": "fido2", "state": "ENABLED", "includeTargets": [{"targetType": "group", "id": "all_users"}]}]', registration_enforcement_authentication_methods_registration_campaign_include_targets = '[{"targetType":"group","id":"all_users"}]' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual" }
-- [[case]]
-- title = "methods absent"
-- given.azure_account = [{ }]
-- given.azure_authentication_methods_policy = [{ name = "authenticationMethodsPolicy", registration_enforcement_authentication_methods_registration_campaign_state = "enabled", registration_enforcement_authentication_methods_registration_campaign_include_targets = '[{"targetType":"group","id":"all_users"}]' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual" }
-- [[case]]
-- title = "methods not readable"
-- given.azure_account = [{ }]
-- given.azure_authentication_methods_policy = [{ name = "authenticationMethodsPolicy", registration_enforcement_authentication_methods_registration_campaign_state = "enabled", registration_enforcement_authentication_methods_registration_campaign_include_targets = '[{"targetType":"group","id":"all_users"}]', _gaps = ["authentication_method_configurations"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual" }
-- [[case]]
-- title = "row missing"
-- given.azure_account = [{ }]
-- given.azure_authentication_methods_policy = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual" }
-- [[case]]
-- title = "no tenant row"
-- given.azure_account = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "not_applicable" }
-- [[case]]
-- title = "policy denied: the evidence is incomplete"
-- ledger = [{ table = "azure_authentication_methods_policy", status = "denied" }]
-- given.azure_account = [{ }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual" }
-- [[case]]
-- title = "tenant denied"
-- ledger = [{ table = "azure_account", status = "denied" }]
-- given.azure_account = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
WITH method AS (
    SELECT p.tenant_id, p.authentication_method_configurations ->> ('$[' || u.i || '].id') AS method,
           lower(p.authentication_method_configurations ->> ('$[' || u.i || '].state')) AS state,
           (p.authentication_method_configurations ->> ('$[' || u.i || '].includeTargets')) AS targets,
           (p.authentication_method_configurations ->> ('$[' || u.i || '].excludeTargets')) AS excluded,
           lower(p.authentication_method_configurations ->> ('$[' || u.i || '].authenticationModeConfiguration.x509CertificateAuthenticationDefaultMode')) AS certificate_mode,
           (p.authentication_method_configurations ->> ('$[' || u.i || '].authenticationModeConfiguration.rules')) AS certificate_rules
    FROM azure_authentication_methods_policy AS p, unnest(range(CAST(json_array_length(p.authentication_method_configurations) AS BIGINT))) AS u(i)
),
found AS (
    SELECT m.tenant_id,
           list_sort(list(m.method || ' for ' || coalesce(CAST(json_array_length(m.targets) AS VARCHAR) || ' targets', 'all')
             || CASE WHEN contains(lower(m.targets), '"all_users"') THEN ' (all users)' ELSE '' END
             || CASE WHEN json_array_length(m.excluded) > 0 THEN ', less ' || CAST(json_array_length(m.excluded) AS VARCHAR) || ' excluded' ELSE '' END) FILTER (WHERE m.state = 'enabled')) AS enabled_methods,
           list_sort(list(m.method) FILTER (WHERE coalesce(m.state, '') <> 'enabled')) AS other_methods
    FROM method AS m
    WHERE lower(m.method) IN ('fido2', 'microsoftauthenticator', 'x509certificate', 'temporaryaccesspass')
    GROUP BY m.tenant_id
)
SELECT t.id AS subject, t.id AS resource_id, CAST(NULL AS VARCHAR) AS subscription_id,
       'manual' AS verdict,
       CASE WHEN p.id IS NULL THEN 'the authentication methods policy is not in the snapshot'
            WHEN p.authentication_method_configurations IS NULL OR list_contains(p._gaps, 'authentication_method_configurations')
            THEN 'the methods could not be read'
            ELSE 'to be judged by the auditor; on: ' || coalesce(array_to_string(f.enabled_methods, ', '), 'none')
                 || '; off: ' || coalesce(array_to_string(f.other_methods, ', '), 'none')
       END AS reason,
       t.display_name AS resource_name, f.enabled_methods, f.other_methods
FROM azure_account AS t
LEFT JOIN azure_authentication_methods_policy AS p ON p.tenant_id = t.tenant_id
LEFT JOIN found AS f ON f.tenant_id = t.tenant_id
