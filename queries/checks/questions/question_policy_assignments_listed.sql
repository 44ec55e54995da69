-- title = "Policy assignments"
-- severity = "informational"
-- subject = "azure_policy_assignment"
-- tables = ["azure_policy_assignment"]
-- optional = ["azure_policy_exemption"]
-- controls = ["jupiterone_questions:policy_assignments_listed"]
-- rationale = "An inventory of what Azure Policy is told to watch, where, and how hard. The question called every row good without a test; here each says whether it is enforced, what it leaves out and how many exemptions hang on it, since an assignment that is not enforced changes nothing."
-- remediation = ""
-- references = ["https://learn.microsoft.com/azure/governance/policy/concepts/assignment-structure"]
-- [[case]]
-- title = "enforced, because it says so or says nothing"
-- given.azure_policy_assignment = [
--   { name = "a", enforcement_mode = "Default", display_name = "A", scope = "/subscriptions/11111111-1111-4111-8111-111111111111" },
--   { name = "b" },
-- ]
-- expect = { a = "manual", b = "manual" }
-- [[case]]
-- title = "not enforced; with exclusions and exemptions"
-- given.azure_policy_assignment = [
--   { name = "a", enforcement_mode = "DoNotEnforce" },
--   { name = "b", not_scopes = ["/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg"] },
-- ]
-- given.azure_policy_exemption = [{ name = "e", policy_assignment_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.authorization/policyassignments/b" }]
-- expect = { a = "manual", b = "manual" }
-- [[case]]
-- title = "the mode not readable; exemptions denied: the row stays"
-- ledger = [{ table = "azure_policy_exemption", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_policy_assignment = [{ name = "a", _gaps = ["enforcement_mode"] }]
-- expect = { a = "manual" }
-- [[case]]
-- title = "assignments denied"
-- ledger = [{ table = "azure_policy_assignment", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_policy_assignment = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "no assignment"
-- given.azure_policy_assignment = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
WITH exempted AS (
    SELECT rtrim(lower(e.policy_assignment_id), '/') AS assignment_id, count(*) AS n
    FROM azure_policy_exemption AS e
    GROUP BY rtrim(lower(e.policy_assignment_id), '/')
),
assignment AS (
    SELECT a.id, a.subscription_id, a.name, a.display_name, a.description, a.enforcement_mode, a.not_scopes, a.policy_definition_id,
           coalesce(a.scope, regexp_replace(a.id, '/providers/microsoft.authorization/policyassignments/[^/]*$', '')) AS scope,
           CASE WHEN list_contains(a._gaps, 'enforcement_mode') THEN 'unread' ELSE lower(trim(coalesce(a.enforcement_mode, 'default'))) END AS mode,
           coalesce(array_length(a.not_scopes), 0) AS n_excluded
    FROM azure_policy_assignment AS a
)
SELECT a.id AS subject, a.id AS resource_id, a.subscription_id,
       'manual' AS verdict,
       CASE a.mode
            WHEN 'default' THEN 'enforced on '
            WHEN 'donotenforce' THEN 'not enforced, only evaluated, on '
            WHEN 'unread' THEN 'whether it is enforced could not be read; assigned on '
            ELSE 'enforcement mode ' || a.enforcement_mode || ' on '
       END || a.scope || CASE WHEN a.n_excluded > 0 THEN '; scopes left out: ' || a.n_excluded ELSE '' END
         || CASE WHEN e.n > 0 THEN '; exemptions in the snapshot: ' || e.n ELSE '' END AS reason,
       coalesce(a.display_name, a.name) AS resource_name, a.description, a.enforcement_mode, a.scope, a.policy_definition_id, a.not_scopes,
       coalesce(e.n, 0) AS exemptions
FROM assignment AS a
LEFT JOIN exempted AS e ON e.assignment_id = a.id
