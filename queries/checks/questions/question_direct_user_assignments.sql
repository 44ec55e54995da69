-- title = "Role assignments given straight to users"
-- severity = "low"
-- subject = "azure_role_assignment"
-- tables = ["azure_role_assignment", "azure_user"]
-- optional = ["azure_role_definition", "azure_role_assignment_schedule_instance"]
-- controls = ["jupiterone_questions:direct_user_assignments"]
-- rationale = "A role given to a person stays when the person moves on; given to a group it ends with the membership. The question paired every resource with each assignment above it; one row per assignment says the same, at any scope up to the root. Roles that a user may only activate are in PIM and not asked here; an activation that runs now is marked."
-- remediation = "Give the role to a group with the user in it, then: az role assignment delete --ids ID"
-- references = ["https://learn.microsoft.com/azure/role-based-access-control/best-practices"]
-- [[case]]
-- title = "to a user, in any letter case, at any scope"
-- given.azure_role_assignment = [
--   { name = "a", principal_id = "u1", principal_type = "User", scope = "/subscriptions/11111111-1111-4111-8111-111111111111" },
--   { name = "b", principal_id = "u1", principal_type = "user", scope = "/" },
-- ]
-- given.azure_user = [{ id = "u1" }]
-- expect = { a = "fail", b = "fail" }
-- [[case]]
-- title = "to a group, a service principal, a device"
-- given.azure_role_assignment = [
--   { name = "a", principal_id = "g", principal_type = "Group" },
--   { name = "b", principal_id = "s", principal_type = "ServicePrincipal" },
--   { name = "c", principal_id = "d", principal_type = "Device" },
-- ]
-- expect = { a = "pass", b = "pass", c = "pass" }
-- [[case]]
-- title = "type absent: the list of users tells; in neither list"
-- given.azure_role_assignment = [{ name = "a", principal_id = "U1" }, { name = "b", principal_id = "x" }, { name = "c" }]
-- given.azure_user = [{ id = "u1" }]
-- expect = { a = "fail", b = "unknown", c = "unknown" }
-- [[case]]
-- title = "type not readable"
-- given.azure_role_assignment = [
--   { name = "a", principal_id = "u1", _gaps = ["principal_type"] },
--   { name = "b", principal_id = "x", _gaps = ["principal_type"] },
-- ]
-- given.azure_user = [{ id = "u1" }]
-- expect = { a = "unknown", b = "unknown" }
-- [[case]]
-- title = "an activation through PIM is marked, and listed all the same"
-- given.azure_role_assignment = [{ name = "a", principal_id = "u1", principal_type = "User" }]
-- given.azure_role_assignment_schedule_instance = [{ name = "i", assignment_type = "Activated", origin_role_assignment_id = "/x/roleassignments/a" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "assignments denied"
-- ledger = [{ table = "azure_role_assignment", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_role_assignment = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "no assignment"
-- given.azure_role_assignment = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
WITH person AS (
    SELECT lower(u.id) AS user_id, max(coalesce(u.user_principal_name, u.display_name)) AS name FROM azure_user AS u GROUP BY lower(u.id)
),
role AS (
    SELECT guid_of(d.id) AS role_id, max(d.role_name) AS role_name FROM azure_role_definition AS d GROUP BY guid_of(d.id)
),
activated AS (
    SELECT DISTINCT guid_of(i.origin_role_assignment_id) AS assignment_id
    FROM azure_role_assignment_schedule_instance AS i
    WHERE lower(trim(i.assignment_type)) = 'activated' AND i.origin_role_assignment_id IS NOT NULL
),
assignment AS (
    SELECT a.id, a.subscription_id, a.scope, a.principal_id, a.principal_type, a.created_on, p.user_id, p.name, a.condition,
           coalesce(r.role_name, guid_of(a.role_definition_id), 'role not given') AS role_name, i.assignment_id IS NOT NULL AS is_activated,
           CASE WHEN lower(trim(a.principal_type)) = 'user' THEN 'user'
                WHEN trim(coalesce(a.principal_type, '')) <> '' THEN 'other'
                WHEN p.user_id IS NOT NULL THEN 'user'
                ELSE 'unclear'
           END AS kind
    FROM azure_role_assignment AS a
    LEFT JOIN person AS p ON p.user_id = lower(a.principal_id)
    LEFT JOIN role AS r ON r.role_id = guid_of(a.role_definition_id)
    LEFT JOIN activated AS i ON i.assignment_id = guid_of(a.id)
)
SELECT a.id AS subject, a.id AS resource_id, a.subscription_id,
       CASE a.kind WHEN 'user' THEN 'fail' WHEN 'other' THEN 'pass' END AS verdict,
       CASE a.kind
            WHEN 'user' THEN a.role_name || ' is given straight to the user ' || coalesce(a.name, a.principal_id, '(not told)') || ' on ' || coalesce(a.scope, 'a scope that is not given')
              || CASE WHEN a.is_activated THEN ', by an activation that ends by itself' ELSE '' END
            WHEN 'other' THEN 'given to a principal of the type ' || a.principal_type
            ELSE 'the type of the principal is not given, and it is not in the list of users'
       END AS reason,
       a.role_name || ' for ' || coalesce(a.name, a.principal_id, '?') AS resource_name,
       a.role_name, a.principal_id, a.principal_type, a.name AS user_name, a.scope, a.created_on, a.condition, a.is_activated AS activated_through_pim
FROM assignment AS a
