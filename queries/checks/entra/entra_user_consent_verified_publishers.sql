-- title = "User consent only for verified publishers"
-- severity = "medium"
-- subject = "azure_account"
-- tables = ["azure_account", "azure_authorization_policy"]
-- optional = ["azure_permission_grant_policy"]
-- controls = [
--   "cis_azure_2_0_0:1.12", "cis_azure_2_1_0:1.11", "cis_azure_3_0_0:2.13", "cis_azure_4_0_0:6.13", "cis_azure_5_0_0:5.13",
--   "nist_800_53_r5:AC-3", "nist_800_53_r5:AC-6", "nist_800_53_r5:CM-7", "iso_27001_2022:A.5.2", "iso_27001_2022:A.5.15",
--   "iso_27001_2022:A.5.18", "pci_dss_4_0:7.2.1", "soc_2:CC1.3", "mitre_attack:T1040", "mitre_attack:T1078",
--   "mitre_attack:T1098", "mitre_attack:T1550", "mitre_attack:T1578", "mitre_attack:T1580",
-- ]
-- rationale = "If users may consent at all, then to applications of publishers that Microsoft has checked and for permissions of low risk: a trick application seldom comes from one. No consent at all is stricter and passes; a policy of the tenant's own is judged by its conditions."
-- remediation = "az rest --method patch --url https://graph.microsoft.com/v1.0/policies/authorizationPolicy --body '{\"defaultUserRolePermissions\":{\"permissionGrantPoliciesAssigned\":[\"ManagePermissionGrantsForSelf.microsoft-user-default-low\"]}}', keeping entries that begin with ManagePermissionGrantsForOwnedResource; or Entra admin center > Enterprise applications > Consent and permissions > User consent settings: Allow user consent for apps from verified publishers, for selected permissions."
-- references = ["https://learn.microsoft.com/entra/identity/enterprise-apps/configure-user-consent", "https://learn.microsoft.com/entra/identity/enterprise-apps/manage-app-consent-policies", "https://learn.microsoft.com/graph/api/resources/permissiongrantconditionset"]
-- [[case]]
-- title = "low risk, verified publishers"
-- given.azure_account = [{ }]
-- given.azure_authorization_policy = [{ name = "authorizationPolicy", default_user_role_permissions_permission_grant_policies_assigned = ["ManagePermissionGrantsForSelf.microsoft-user-default-low"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
-- [[case]]
-- title = "no consent at all is stricter"
-- given.azure_account = [{ }]
-- given.azure_authorization_policy = [{ name = "authorizationPolicy", default_user_role_permissions_permission_grant_policies_assigned = [] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
-- [[case]]
-- title = "owners of resources only"
-- given.azure_account = [{ }]
-- given.azure_authorization_policy = [{ name = "authorizationPolicy", default_user_role_permissions_permission_grant_policies_assigned = ["ManagePermissionGrantsForOwnedResource.x"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
-- [[case]]
-- title = "the old default"
-- given.azure_account = [{ }]
-- given.azure_authorization_policy = [{ name = "authorizationPolicy", default_user_role_permissions_permission_grant_policies_assigned = ["ManagePermissionGrantsForSelf.microsoft-user-default-legacy"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "the old default beside the low one, in other letter case"
-- given.azure_account = [{ }]
-- given.azure_authorization_policy = [{ name = "authorizationPolicy", default_user_role_permissions_permission_grant_policies_assigned = ["ManagePermissionGrantsForSelf.microsoft-user-default-low", "managepermissiongrantsforself.MICROSOFT-USER-DEFAULT-LEGACY"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "the default that Microsoft manages asks for no verified publisher"
-- given.azure_account = [{ }]
-- given.azure_authorization_policy = [{ name = "authorizationPolicy", default_user_role_permissions_permission_grant_policies_assigned = ["ManagePermissionGrantsForSelf.microsoft-user-default-recommended"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "own policy: verified publishers, or applications of the tenant"
-- given.azure_account = [{ }]
-- given.azure_authorization_policy = [{ name = "authorizationPolicy", default_user_role_permissions_permission_grant_policies_assigned = ["ManagePermissionGrantsForSelf.my-policy"] }]
-- given.azure_permission_grant_policy = [{ name = "my-policy", includes = '[{"permissionClassification": "low", "permissionType": "delegated", "permissions": ["all"], "clientApplicationIds": ["all"], "clientApplicationTenantIds": ["all"], "clientApplicationPublisherIds": ["all"], "clientApplicationsFromVerifiedPublisherOnly": true}, {"permissionClassification": "low", "permissionType": "delegated", "permissions": ["all"], "clientApplicationIds": ["all"], "clientApplicationTenantIds": ["99999999-9999-4999-8999-999999999999"], "clientApplicationPublisherIds": ["all"], "clientApplicationsFromVerifiedPublisherOnly": false}]', excludes = "[]" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
-- [[case]]
-- title = "own policy: verified publishers, named permissions"
-- given.azure_account = [{ }]
-- given.azure_authorization_policy = [{ name = "authorizationPolicy", default_user_role_permissions_permission_grant_policies_assigned = ["ManagePermissionGrantsForSelf.my-policy"] }]
-- given.azure_permission_grant_policy = [{ name = "My-Policy", includes = '[{"permissionClassification": "all", "permissionType": "delegated", "permissions": ["e1fe6dd8-ba31-4d61-89e7-88639da4683d"], "clientApplicationIds": ["all"], "clientApplicationTenantIds": ["all"], "clientApplicationPublisherIds": ["all"], "clientApplicationsFromVerifiedPublisherOnly": true}]', excludes = "[]" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
-- [[case]]
-- title = "own policy: one set of conditions takes any publisher"
-- given.azure_account = [{ }]
-- given.azure_authorization_policy = [{ name = "authorizationPolicy", default_user_role_permissions_permission_grant_policies_assigned = ["ManagePermissionGrantsForSelf.my-policy"] }]
-- given.azure_permission_grant_policy = [{ name = "my-policy", includes = '[{"permissionClassification": "low", "permissionType": "delegated", "permissions": ["all"], "clientApplicationIds": ["all"], "clientApplicationTenantIds": ["all"], "clientApplicationPublisherIds": ["all"], "clientApplicationsFromVerifiedPublisherOnly": true}, {"permissionClassification": "low", "permissionType": "delegated", "permissions": ["all"], "clientApplicationIds": ["all"], "clientApplicationTenantIds": ["all"], "clientApplicationPublisherIds": ["all"], "clientApplicationsFromVerifiedPublisherOnly": false}]', excludes = "[]" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "own policy: verified publisher not mentioned"
-- given.azure_account = [{ }]
-- given.azure_authorization_policy = [{ name = "authorizationPolicy", default_user_role_permissions_permission_grant_policies_assigned = ["ManagePermissionGrantsForSelf.my-policy"] }]
-- given.azure_permission_grant_policy = [{ name = "my-policy", includes = '[{"permissionType": "delegated", "permissionClassification": "low"}]', excludes = "[]" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "own policy: any permission of verified publishers"
-- given.azure_account = [{ }]
-- given.azure_authorization_policy = [{ name = "authorizationPolicy", default_user_role_permissions_permission_grant_policies_assigned = ["ManagePermissionGrantsForSelf.my-policy"] }]
-- given.azure_permission_grant_policy = [{ name = "my-policy", includes = '[{"permissionClassification": "all", "permissionType": "delegated", "permissions": ["all"], "clientApplicationIds": ["all"], "clientApplicationTenantIds": ["all"], "clientApplicationPublisherIds": ["all"], "clientApplicationsFromVerifiedPublisherOnly": true}]', excludes = "[]" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "own policy: any permission but some that are left out"
-- given.azure_account = [{ }]
-- given.azure_authorization_policy = [{ name = "authorizationPolicy", default_user_role_permissions_permission_grant_policies_assigned = ["ManagePermissionGrantsForSelf.my-policy"] }]
-- given.azure_permission_grant_policy = [{ name = "my-policy", includes = '[{"permissionClassification": "all", "permissionType": "delegated", "permissions": ["all"], "clientApplicationIds": ["all"], "clientApplicationTenantIds": ["all"], "clientApplicationPublisherIds": ["all"], "clientApplicationsFromVerifiedPublisherOnly": true}]', excludes = '[{"permissions":["e1fe6dd8-ba31-4d61-89e7-88639da4683d"]}]' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "own policy: any permission of applications of the tenant"
-- given.azure_account = [{ }]
-- given.azure_authorization_policy = [{ name = "authorizationPolicy", default_user_role_permissions_permission_grant_policies_assigned = ["ManagePermissionGrantsForSelf.my-policy"] }]
-- given.azure_permission_grant_policy = [{ name = "my-policy", includes = '[{"permissionClassification": "low", "permissionType": "delegated", "permissions": ["all"], "clientApplicationIds": ["all"], "clientApplicationTenantIds": ["all"], "clientApplicationPublisherIds": ["all"], "clientApplicationsFromVerifiedPublisherOnly": true}, {"permissionClassification": "all", "permissionType": "delegated", "permissions": ["all"], "clientApplicationIds": ["all"], "clientApplicationTenantIds": ["99999999-9999-4999-8999-999999999999"], "clientApplicationPublisherIds": ["all"], "clientApplicationsFromVerifiedPublisherOnly": false}]', excludes = "[]" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "own policy: chosen applications, publisher not asked"
-- given.azure_account = [{ }]
-- given.azure_authorization_policy = [{ name = "authorizationPolicy", default_user_role_permissions_permission_grant_policies_assigned = ["ManagePermissionGrantsForSelf.my-policy"] }]
-- given.azure_permission_grant_policy = [{ name = "my-policy", includes = '[{"permissionClassification": "low", "permissionType": "delegated", "permissions": ["all"], "clientApplicationIds": ["a1"], "clientApplicationTenantIds": ["all"], "clientApplicationPublisherIds": ["all"], "clientApplicationsFromVerifiedPublisherOnly": false}]', excludes = "[]" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "own policy: applications of another tenant"
-- given.azure_account = [{ }]
-- given.azure_authorization_policy = [{ name = "authorizationPolicy", default_user_role_permissions_permission_grant_policies_assigned = ["ManagePermissionGrantsForSelf.my-policy"] }]
-- given.azure_permission_grant_policy = [{ name = "my-policy", includes = '[{"permissionClassification": "low", "permissionType": "delegated", "permissions": ["all"], "clientApplicationIds": ["all"], "clientApplicationTenantIds": ["99999999-9999-4999-8999-999999999999", "88888888-8888-4888-8888-888888888888"], "clientApplicationPublisherIds": ["all"], "clientApplicationsFromVerifiedPublisherOnly": false}]', excludes = "[]" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "own policy without any set of conditions allows nothing"
-- given.azure_account = [{ }]
-- given.azure_authorization_policy = [{ name = "authorizationPolicy", default_user_role_permissions_permission_grant_policies_assigned = ["ManagePermissionGrantsForSelf.my-policy"] }]
-- given.azure_permission_grant_policy = [{ name = "my-policy", includes = "[]", excludes = "[]" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
-- [[case]]
-- title = "own policy not in the list, or its conditions not readable"
-- given.azure_account = [{ }]
-- given.azure_authorization_policy = [{ name = "authorizationPolicy", default_user_role_permissions_permission_grant_policies_assigned = ["ManagePermissionGrantsForSelf.my-policy"] }]
-- given.azure_permission_grant_policy = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "conditions of the own policy not readable"
-- given.azure_account = [{ }]
-- given.azure_authorization_policy = [{ name = "authorizationPolicy", default_user_role_permissions_permission_grant_policies_assigned = ["ManagePermissionGrantsForSelf.my-policy"] }]
-- given.azure_permission_grant_policy = [{ name = "my-policy", _gaps = ["includes"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "own policies denied: a built-in one needs no look"
-- ledger = [{ table = "azure_permission_grant_policy", status = "denied" }]
-- given.azure_account = [{ }]
-- given.azure_authorization_policy = [{ name = "authorizationPolicy", default_user_role_permissions_permission_grant_policies_assigned = ["ManagePermissionGrantsForSelf.microsoft-user-default-low"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
-- [[case]]
-- title = "own policies denied"
-- ledger = [{ table = "azure_permission_grant_policy", status = "denied" }]
-- given.azure_account = [{ }]
-- given.azure_authorization_policy = [{ name = "authorizationPolicy", default_user_role_permissions_permission_grant_policies_assigned = ["ManagePermissionGrantsForSelf.my-policy"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "a bad one stands beside one that cannot be judged"
-- given.azure_account = [{ }]
-- given.azure_authorization_policy = [{ name = "authorizationPolicy", default_user_role_permissions_permission_grant_policies_assigned = ["ManagePermissionGrantsForSelf.my-policy", "ManagePermissionGrantsForSelf.microsoft-user-default-legacy"] }]
-- given.azure_permission_grant_policy = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "an entry of a kind not known"
-- given.azure_account = [{ }]
-- given.azure_authorization_policy = [{ name = "authorizationPolicy", default_user_role_permissions_permission_grant_policies_assigned = ["ManagePermissionGrantsForSomething.x"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "absent"
-- given.azure_account = [{ }]
-- given.azure_authorization_policy = [{ name = "authorizationPolicy" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "not readable"
-- given.azure_account = [{ }]
-- given.azure_authorization_policy = [{ name = "authorizationPolicy", _gaps = ["default_user_role_permissions_permission_grant_policies_assigned"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "policy row missing"
-- given.azure_account = [{ }]
-- given.azure_authorization_policy = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "no tenant row"
-- given.azure_account = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "not_applicable" }
-- [[case]]
-- title = "policy denied"
-- ledger = [{ table = "azure_authorization_policy", status = "denied" }]
-- given.azure_account = [{ }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "tenant denied"
-- ledger = [{ table = "azure_account", status = "denied" }]
-- given.azure_account = [{ }]
-- given.azure_authorization_policy = [{ name = "authorizationPolicy", default_user_role_permissions_permission_grant_policies_assigned = [] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
WITH assigned AS (
    SELECT p.tenant_id, p.id, p.default_user_role_permissions_permission_grant_policies_assigned AS assigned,
           p.default_user_role_permissions_permission_grant_policies_assigned IS NULL
             OR coalesce(list_contains(p._gaps, 'default_user_role_permissions_permission_grant_policies_assigned'), FALSE) AS unread
    FROM azure_authorization_policy AS p
),
entry AS (
    SELECT DISTINCT a.tenant_id, lower(trim(u.entry)) AS entry
    FROM assigned AS a, unnest(a.assigned) AS u(entry)
),
own AS (
    SELECT e.tenant_id, substr(e.entry, 31) AS policy
    FROM entry AS e
    WHERE e.entry LIKE 'managepermissiongrantsforself.%'
),
-- The sets of conditions of policies of the tenant's own, one of which has to hold for a consent.
conditions AS (
    SELECT g.tenant_id, lower(g.id) AS policy, coalesce(json_array_length(g.excludes), 0) > 0 AS excepts,
           coalesce(lower(g.includes ->> ('$[' || u.i || '].clientApplicationsFromVerifiedPublisherOnly')), 'false') = 'true' AS verified,
           lower(replace(replace(replace(replace(coalesce(g.includes ->> ('$[' || u.i || '].clientApplicationTenantIds'), ''),
               '[', ''), ']', ''), '"', ''), ' ', '')) = lower(g.tenant_id) AS own_tenant,
           lower(coalesce(g.includes ->> ('$[' || u.i || '].clientApplicationIds'), '["all"]')) LIKE '%"all"%'
             AND lower(coalesce(g.includes ->> ('$[' || u.i || '].clientApplicationPublisherIds'), '["all"]')) LIKE '%"all"%' AS any_client,
           lower(coalesce(g.includes ->> ('$[' || u.i || '].permissionClassification'), 'all')) NOT IN ('low', 'medium', 'high')
             AND lower(coalesce(g.includes ->> ('$[' || u.i || '].permissions'), '["all"]')) LIKE '%"all"%' AS any_permission
    FROM azure_permission_grant_policy AS g, unnest(range(CAST(json_array_length(g.includes) AS BIGINT))) AS u(i)
),
custom AS (
    SELECT g.tenant_id, lower(g.id) AS policy, g.includes IS NULL OR coalesce(list_contains(g._gaps, 'includes'), FALSE) AS unread,
           coalesce(sum(CASE WHEN NOT c.verified AND NOT c.own_tenant AND c.any_client THEN 1 ELSE 0 END), 0) AS n_any_publisher,
           coalesce(sum(CASE WHEN c.any_permission AND NOT c.excepts AND NOT c.own_tenant THEN 1 ELSE 0 END), 0) AS n_any_permission,
           coalesce(sum(CASE WHEN (NOT c.verified AND NOT c.own_tenant) OR c.any_permission THEN 1 ELSE 0 END), 0) AS n_open
    FROM azure_permission_grant_policy AS g
    LEFT JOIN conditions AS c ON c.tenant_id = g.tenant_id AND c.policy = lower(g.id)
    GROUP BY g.tenant_id, lower(g.id), g.includes IS NULL OR coalesce(list_contains(g._gaps, 'includes'), FALSE)
),
judged AS (
    SELECT o.tenant_id, o.policy,
           CASE WHEN o.policy = 'microsoft-user-default-low' THEN 'good'
                WHEN o.policy IN ('microsoft-user-default-legacy', 'microsoft-user-default-recommended') THEN 'bad'
                WHEN c.policy IS NULL OR c.unread THEN 'doubt'
                WHEN c.n_any_publisher > 0 OR c.n_any_permission > 0 THEN 'bad'
                WHEN c.n_open > 0 THEN 'doubt'
                ELSE 'good'
           END AS outcome,
           CASE WHEN o.policy = 'microsoft-user-default-low' THEN 'verified publishers, permissions of low risk'
                WHEN o.policy = 'microsoft-user-default-legacy' THEN 'any publisher'
                WHEN o.policy = 'microsoft-user-default-recommended' THEN 'what Microsoft recommends at the time, any publisher'
                WHEN c.policy IS NULL THEN 'its conditions are not in the snapshot'
                WHEN c.unread THEN 'its conditions could not be read'
                WHEN c.n_any_publisher > 0 THEN 'a set of conditions takes any publisher'
                WHEN c.n_any_permission > 0 THEN 'a set of conditions takes any permission'
                WHEN c.n_open > 0 THEN 'applications of the tenant, chosen ones or exceptions narrow it, to be judged by hand'
                ELSE 'verified publishers or applications of the tenant, selected permissions'
           END AS why
    FROM own AS o
    LEFT JOIN custom AS c ON c.tenant_id = o.tenant_id AND c.policy = o.policy
),
found AS (
    SELECT j.tenant_id, sum(CASE WHEN j.outcome = 'bad' THEN 1 ELSE 0 END) AS n_bad, sum(CASE WHEN j.outcome = 'doubt' THEN 1 ELSE 0 END) AS n_doubt,
           list_sort(list(j.policy || ' (' || j.why || ')')) AS lines
    FROM judged AS j
    GROUP BY j.tenant_id
),
foreign_kind AS (
    SELECT e.tenant_id, list_sort(list(e.entry)) AS entries
    FROM entry AS e
    WHERE coalesce(e.entry NOT LIKE 'managepermissiongrantsforself.%' AND e.entry NOT LIKE 'managepermissiongrantsforownedresource.%', TRUE)
    GROUP BY e.tenant_id
)
SELECT t.id AS subject, t.id AS resource_id, CAST(NULL AS VARCHAR) AS subscription_id,
       CASE WHEN a.id IS NULL OR a.unread THEN NULL
            WHEN f.n_bad > 0 THEN 'fail'
            WHEN f.n_doubt > 0 OR k.entries IS NOT NULL THEN NULL
            ELSE 'pass'
       END AS verdict,
       CASE WHEN a.id IS NULL THEN 'the authorization policy is not in the snapshot'
            WHEN a.unread THEN 'the answer does not tell which consent policies apply to users'
            WHEN f.lines IS NOT NULL THEN 'users may consent under: ' || array_to_string(f.lines, ', ')
            WHEN k.entries IS NOT NULL THEN 'entries of a kind that is not known: ' || array_to_string(k.entries, ', ')
            ELSE 'users may not consent at all, which is stricter'
       END AS reason,
       t.display_name AS resource_name, a.assigned AS policies_assigned
FROM azure_account AS t
LEFT JOIN assigned AS a ON a.tenant_id = t.tenant_id
LEFT JOIN found AS f ON f.tenant_id = t.tenant_id
LEFT JOIN foreign_kind AS k ON k.tenant_id = t.tenant_id
