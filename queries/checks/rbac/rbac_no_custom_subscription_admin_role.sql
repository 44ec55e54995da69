-- title = "No custom subscription administrator role"
-- severity = "high"
-- subject = "azure_role_definition"
-- tables = ["azure_role_definition"]
-- controls = [
--   "cis_azure_2_0_0:1.23", "cis_azure_2_1_0:1.22", "cis_azure_3_0_0:2.23", "cis_azure_4_0_0:6.23", "cis_azure_5_0_0:5.23",
--   "cis_azure_6_0_0:5.4", "jupiterone_questions:custom_owner_roles", "nist_800_53_r5:AC-2", "nist_800_53_r5:AC-5",
--   "nist_800_53_r5:AC-6", "iso_27001_2022:A.5.15", "iso_27001_2022:A.8.2", "pci_dss_4_0:7.2.1", "pci_dss_4_0:7.2.2",
--   "soc_2:CC6.3",
-- ]
-- rationale = "A role of one's own that may do everything in a subscription is an Owner under another name: reviews that look for Owner miss it. Built-in roles are not subjects, and a role for resource groups only is outside the rule."
-- remediation = "Replace the star by the actions that are used, or remove the assignments and the role: az role definition delete --name ROLE"
-- references = ["https://learn.microsoft.com/azure/role-based-access-control/custom-roles"]
-- [[case]]
-- title = "everything, on a subscription"
-- given.azure_role_definition = [{ name = "r", role_name = "Sub admin", properties_type = "CustomRole", permissions_actions = ["*"], assignable_scopes = ["/subscriptions/11111111-1111-4111-8111-111111111111"] }]
-- expect = { r = "fail" }
-- [[case]]
-- title = "the star written as the four verbs that every action ends in; three of them are not all"
-- given.azure_role_definition = [
--   { name = "r", properties_type = "CustomRole", permissions_actions = ["*/read", "*/Write", "*/delete", " */action", "*/read"], assignable_scopes = ["/subscriptions/11111111-1111-4111-8111-111111111111"] },
--   { name = "s", properties_type = "CustomRole", permissions_actions = ["*/read", "*/write", "*/action", "*/WRITE"], assignable_scopes = ["/subscriptions/11111111-1111-4111-8111-111111111111"] },
-- ]
-- expect = { r = "fail", s = "pass" }
-- [[case]]
-- title = "everything, on the root or a management group, in other letter case"
-- given.azure_role_definition = [
--   { name = "a", properties_type = "customrole", permissions_actions = ["*"], assignable_scopes = ["/"] },
--   { name = "b", properties_type = "CUSTOMROLE", permissions_actions = [" * "], assignable_scopes = ["/providers/Microsoft.Management/managementGroups/mg1"] },
--   { name = "c", properties_type = "CustomRole", permissions_actions = ["Microsoft.Compute/*", "*"], assignable_scopes = ["/SUBSCRIPTIONS/11111111-1111-4111-8111-111111111111/"] },
-- ]
-- expect = { a = "fail", b = "fail", c = "fail" }
-- [[case]]
-- title = "exclusions do not save it"
-- given.azure_role_definition = [{ name = "r", properties_type = "CustomRole", permissions_actions = ["*"], permissions_not_actions = ["Microsoft.Authorization/*/Write"], assignable_scopes = ["/subscriptions/11111111-1111-4111-8111-111111111111"] }]
-- expect = { r = "fail" }
-- [[case]]
-- title = "a star of which only reading is left in its block is none; lesser exclusions, or those of another block, do not save it"
-- given.azure_role_definition = [
--   { name = "a", properties_type = "CustomRole", permissions_actions = ["*"], permissions_not_actions = ["*/write", "*/Delete", "*/action"], permissions = '[{"actions": ["*"], "notActions": ["*/write", "*/Delete", "*/action"]}]', assignable_scopes = ["/subscriptions/11111111-1111-4111-8111-111111111111"] },
--   { name = "b", properties_type = "CustomRole", permissions_actions = ["*", "*/read"], permissions_not_actions = ["*/write"], permissions = '[{"actions": ["*"]}, {"actions": ["*/read"], "notActions": ["*/write"]}]', assignable_scopes = ["/subscriptions/11111111-1111-4111-8111-111111111111"] },
--   { name = "d", properties_type = "CustomRole", permissions_actions = ["*"], permissions_not_actions = ["*/read", "*/delete"], permissions = '[{"actions": ["*"], "notActions": ["*/read", "*/delete"]}]', assignable_scopes = ["/subscriptions/11111111-1111-4111-8111-111111111111"] },
--   { name = "c", properties_type = "CustomRole", permissions_actions = ["*"], permissions_not_actions = ["Microsoft.Billing/*"], permissions = '[{"actions": ["*"], "notActions": ["Microsoft.Billing/*"]}]', assignable_scopes = ["/subscriptions/11111111-1111-4111-8111-111111111111"] },
-- ]
-- expect = { a = "pass", b = "fail", c = "fail", d = "fail" }
-- [[case]]
-- title = "the star written in two parts is the same"
-- given.azure_role_definition = [{ name = "r", properties_type = "CustomRole", permissions_actions = ["*/*"], assignable_scopes = ["/subscriptions/11111111-1111-4111-8111-111111111111"] }]
-- expect = { r = "fail" }
-- [[case]]
-- title = "everything, but on resource groups only"
-- given.azure_role_definition = [{ name = "r", properties_type = "CustomRole", permissions_actions = ["*"], assignable_scopes = ["/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg1"] }]
-- expect = { r = "pass" }
-- [[case]]
-- title = "one wide scope among narrow ones"
-- given.azure_role_definition = [{ name = "r", properties_type = "CustomRole", permissions_actions = ["*"], assignable_scopes = ["/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg1", "/subscriptions/22222222-2222-4222-8222-222222222222"] }]
-- expect = { r = "fail" }
-- [[case]]
-- title = "a narrow role on a subscription"
-- given.azure_role_definition = [
--   { name = "a", properties_type = "CustomRole", permissions_actions = ["*/read", "Microsoft.Compute/*"], assignable_scopes = ["/subscriptions/11111111-1111-4111-8111-111111111111"] },
--   { name = "b", properties_type = "CustomRole", permissions_actions = [], assignable_scopes = ["/subscriptions/11111111-1111-4111-8111-111111111111"] },
-- ]
-- expect = { a = "pass", b = "pass" }
-- [[case]]
-- title = "built-in roles only: nothing to judge"
-- given.azure_role_definition = [{ name = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635", role_name = "Owner", properties_type = "BuiltInRole", permissions_actions = ["*"], assignable_scopes = ["/"] }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "kind of role or scopes absent"
-- given.azure_role_definition = [
--   { name = "a", permissions_actions = ["*"], assignable_scopes = ["/"] },
--   { name = "b", properties_type = "CustomRole", permissions_actions = ["*"] },
--   { name = "c", permissions_actions = ["*/read"], assignable_scopes = ["/"] },
-- ]
-- expect = { a = "unknown", b = "unknown", c = "pass" }
-- [[case]]
-- title = "actions not readable"
-- given.azure_role_definition = [{ name = "r", properties_type = "CustomRole", assignable_scopes = ["/"], _gaps = ["permissions_actions"] }]
-- expect = { r = "unknown" }
-- [[case]]
-- title = "list denied"
-- ledger = [{ table = "azure_role_definition", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_role_definition = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "permissions absent"
-- given.azure_role_definition = [{ name = "a", properties_type = "CustomRole", assignable_scopes = ["/subscriptions/11111111-1111-4111-8111-111111111111"] }]
-- expect = { a = "unknown" }
WITH custom AS (
    SELECT r.id, r.subscription_id, r.role_name, r.properties_type, r.permissions_not_actions, r.assignable_scopes,
           coalesce(array_length(list_filter(r._gaps, lambda g: g IN (
               'properties_type', 'permissions', 'permissions_actions', 'assignable_scopes'))) > 0, FALSE)
             OR (r.permissions IS NULL AND r.permissions_actions IS NULL) AS unread,
           -- The star itself, or the four verbs that every action ends in.
           coalesce(array_length(list_filter(r.permissions_actions, lambda a: trim(a) IN ('*', '*/*'))) > 0, FALSE)
             OR coalesce(array_length(list_distinct(list_filter(list_transform(r.permissions_actions, lambda a: lower(trim(a))),
                    lambda a: a IN ('*/read', '*/write', '*/delete', '*/action')))) = 4, FALSE) AS names_all,
           coalesce(array_length(r.assignable_scopes), 0) = 0 AS no_scope,
           coalesce(array_length(list_filter(r.assignable_scopes, lambda a:
               trim(a) = '/'
               OR regexp_matches(lower(trim(a)), '^/providers/microsoft\.management/managementgroups/[^/]+/?$')
               OR regexp_matches(lower(trim(a)), '^/subscriptions/[^/]+/?$'))) > 0, FALSE) AS wide
    FROM azure_role_definition AS r
    WHERE coalesce(lower(r.properties_type), '') <> 'builtinrole'
),
judged AS (
    SELECT c.*,
           -- A star of which only reading is left is none; lesser exclusions do not save a role.
           c.names_all AND NOT (coalesce(p.is_read, FALSE) AND NOT p.has_star) AS does_all,
           CASE WHEN c.names_all AND coalesce(array_length(c.permissions_not_actions), 0) > 0
                THEN ' (exclusions of its own: ' || array_to_string(c.permissions_not_actions, ', ') || ')' ELSE '' END AS exclusions
    FROM custom AS c
    LEFT JOIN role_power AS p ON p.role_id = guid_of(c.id)
)
SELECT c.id AS subject, c.id AS resource_id, c.subscription_id,
       CASE WHEN c.unread THEN NULL
            WHEN NOT c.does_all THEN 'pass'
            WHEN c.no_scope THEN NULL
            WHEN NOT c.wide THEN 'pass'
            WHEN c.properties_type IS NULL THEN NULL
            ELSE 'fail'
       END AS verdict,
       coalesce(c.role_name, 'the role') ||
       CASE WHEN c.unread THEN ' could not be read in full'
            WHEN NOT c.does_all THEN ' does not allow every action'
            WHEN c.no_scope THEN ' allows every action; where it can be assigned is not given'
            WHEN NOT c.wide THEN ' allows every action, but can be assigned below subscriptions only'
            WHEN c.properties_type IS NULL THEN ' allows every action; whether it is a custom role is not given'
            ELSE ' is a custom role, allows every action and can be assigned to a subscription or above'
       END || c.exclusions AS reason,
       c.role_name AS resource_name, c.assignable_scopes, c.permissions_not_actions AS not_actions
FROM judged AS c
