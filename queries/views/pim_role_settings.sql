-- title = "PIM settings of roles, Azure and Entra, one row per policy assignment"
-- tables = ["azure_role_management_policy_assignment", "azure_role_eligibility_schedule_instance", "azure_ad_role_management_policy_assignment", "pim_read", "data_pim_privileged_role"]
WITH
-- applies says whether the role is judged at that scope: NULL where it could not be told. A column is NULL where the rule
-- is not in the policy or could not be read: unknown, not off. auth_context is the claim that activation asks for, '' where
-- the rule is switched off. Rules in force stand above the policy's own.
setting AS (
    SELECT a.id, 'azure' AS plane,
           -- By the scope: settings of a management group belong to no subscription.
           CASE WHEN list_contains(a._gaps, 'scope') OR a.scope IS NULL THEN a.subscription_id
                ELSE nullif(regexp_extract(lower(a.scope), '^/subscriptions/([^/]+)', 1), '')
           END AS subscription_id,
           CASE WHEN NOT coalesce(list_contains(a._gaps, 'scope'), FALSE)
                THEN coalesce(nullif(rtrim(lower(a.scope), '/'), ''), CASE WHEN a.scope IS NOT NULL THEN '/' END)
           END AS scope,
           CASE WHEN NOT coalesce(list_contains(a._gaps, 'role_definition_id'), FALSE) THEN nullif(guid_of(a.role_definition_id), '') END AS role_guid,
           CASE WHEN NOT coalesce(list_contains(a._gaps, 'policy_assignment_properties_role_definition_display_name'), FALSE)
                THEN a.policy_assignment_properties_role_definition_display_name
           END AS listed_name,
           CASE WHEN NOT coalesce(list_contains(a._gaps, 'effective_rules'), FALSE) THEN a.effective_rules END AS rules,
           CASE WHEN NOT coalesce(list_contains(a._gaps, 'effective_rules_id'), FALSE) THEN a.effective_rules_id END AS rule_ids
    FROM azure_role_management_policy_assignment AS a
    UNION ALL
    SELECT e.id, 'entra' AS plane, CAST(NULL AS VARCHAR) AS subscription_id,
           CASE WHEN list_contains(e._gaps, 'scope_id') THEN '/' ELSE coalesce(e.scope_id, '/') END AS scope,
           CASE WHEN NOT coalesce(list_contains(e._gaps, 'role_definition_id'), FALSE) THEN nullif(guid_of(e.role_definition_id), '') END AS role_guid,
           CAST(NULL AS VARCHAR) AS listed_name,
           CASE WHEN list_contains(e._gaps, 'policy_effective_rules') THEN NULL
                WHEN json_array_length(e.policy_effective_rules) > 0 THEN e.policy_effective_rules
                WHEN NOT coalesce(list_contains(e._gaps, 'policy_rules'), FALSE) THEN e.policy_rules
           END AS rules,
           CAST(NULL AS VARCHAR[]) AS rule_ids
    FROM azure_ad_role_management_policy_assignment AS e
),
sized AS (
    SELECT s.*, CAST(json_array_length(s.rules) AS BIGINT) AS n,
           -- The list of ids spares looking into each rule, where it has one for each.
           coalesce(array_length(s.rule_ids) = json_array_length(s.rules), FALSE) AS aligned
    FROM setting AS s
),
rule_place AS (
    SELECT s.plane, s.id, u.i,
           lower(trim(CASE WHEN s.aligned THEN s.rule_ids[u.i + 1] ELSE (s.rules ->> ('$[' || u.i || '].id')) END)) AS rule_id
    FROM sized AS s, unnest(range(s.n)) AS u(i)
),
-- A rule that is there twice says nothing.
single AS (
    SELECT r.plane, r.id, r.rule_id, min(r.i) AS i
    FROM rule_place AS r
    WHERE r.rule_id IN ('expiration_enduser_assignment', 'enablement_enduser_assignment', 'authenticationcontext_enduser_assignment',
                        'approval_enduser_assignment', 'expiration_admin_eligibility', 'expiration_admin_assignment')
    GROUP BY r.plane, r.id, r.rule_id
    HAVING count(*) = 1
),
found AS (
    SELECT s.plane, s.id,
           max(CASE WHEN s.rule_id = 'expiration_enduser_assignment' THEN s.i END) AS activation,
           max(CASE WHEN s.rule_id = 'enablement_enduser_assignment' THEN s.i END) AS enablement,
           max(CASE WHEN s.rule_id = 'authenticationcontext_enduser_assignment' THEN s.i END) AS context,
           max(CASE WHEN s.rule_id = 'approval_enduser_assignment' THEN s.i END) AS approval,
           max(CASE WHEN s.rule_id = 'expiration_admin_eligibility' THEN s.i END) AS eligible,
           max(CASE WHEN s.rule_id = 'expiration_admin_assignment' THEN s.i END) AS active
    FROM single AS s
    GROUP BY s.plane, s.id
),
raw AS (
    SELECT s.id, s.plane,
           lower(trim(s.rules ->> ('$[' || f.activation || '].isExpirationRequired'))) AS activation_expires,
           (s.rules ->> ('$[' || f.activation || '].maximumDuration')) AS activation_duration,
           replace(lower(s.rules ->> ('$[' || f.enablement || '].enabledRules')), ' ', '') AS enabled_rules,
           lower(trim(s.rules ->> ('$[' || f.context || '].isEnabled'))) AS context_enabled,
           lower(trim(s.rules ->> ('$[' || f.context || '].claimValue'))) AS claim,
           lower(trim(s.rules ->> ('$[' || f.approval || '].setting.isApprovalRequired'))) AS approval_required,
           (s.rules ->> ('$[' || f.approval || '].setting.approvalStages')) AS stages,
           lower(trim(s.rules ->> ('$[' || f.eligible || '].isExpirationRequired'))) AS eligible_expires,
           (s.rules ->> ('$[' || f.eligible || '].maximumDuration')) AS eligible_duration,
           lower(trim(s.rules ->> ('$[' || f.active || '].isExpirationRequired'))) AS active_expires,
           (s.rules ->> ('$[' || f.active || '].maximumDuration')) AS active_duration
    FROM sized AS s
    JOIN found AS f ON f.plane = s.plane AND f.id = s.id
),
approver AS (
    SELECT r.plane, r.id, CAST(sum(coalesce(json_array_length(r.stages ->> ('$[' || u.k || '].primaryApprovers')), 0)) AS BIGINT) AS n_approvers
    FROM raw AS r, unnest(range(CAST(json_array_length(r.stages) AS BIGINT))) AS u(k)
    WHERE r.stages LIKE '[%'
    GROUP BY r.plane, r.id
),
eligible_role AS (
    SELECT DISTINCT rtrim(lower(g.scope), '/') AS scope, guid_of(g.role_definition_id) AS role_guid
    FROM azure_role_eligibility_schedule_instance AS g
    WHERE NOT coalesce(list_contains(g._gaps, 'scope') OR list_contains(g._gaps, 'role_definition_id'), FALSE)
),
-- Eligibilities that do not tell their role or scope may be for any role there.
vague AS (
    SELECT coalesce(v.subscription_id, '') AS subscription_id, count(*) AS n
    FROM azure_role_eligibility_schedule_instance AS v
    WHERE v.scope IS NULL OR v.role_definition_id IS NULL OR list_contains(v._gaps, 'scope') OR list_contains(v._gaps, 'role_definition_id')
    GROUP BY coalesce(v.subscription_id, '')
),
eligibility_list AS (
    SELECT p.place, p.outcome FROM pim_read AS p WHERE p.table_name = 'azure_role_eligibility_schedule_instance'
),
-- Eligibilities of a management group come in the lists of the subscriptions below it as well.
eligibility_anywhere AS (
    SELECT max(CASE WHEN p.outcome <> 'unread' THEN 1 ELSE 0 END) AS n_read
    FROM pim_read AS p
    WHERE p.table_name = 'azure_role_eligibility_schedule_instance'
)
SELECT s.id, s.plane, s.subscription_id, s.scope, s.role_guid, coalesce(s.listed_name, d.role_name, s.role_guid) AS role_name,
       CASE WHEN s.role_guid IS NULL THEN NULL
            WHEN d.role_guid IS NULL THEN FALSE
            WHEN s.plane = 'entra' THEN TRUE
            WHEN s.scope IS NULL THEN NULL
            WHEN d.always = 'yes' AND regexp_full_match(s.scope, '/subscriptions/[^/]+|/providers/microsoft\.management/managementgroups/[^/]+') THEN TRUE
            WHEN e.role_guid IS NOT NULL THEN TRUE
            WHEN v.n > 0 OR w.n > 0 THEN NULL
            WHEN coalesce(l.outcome, CASE WHEN s.subscription_id IS NULL AND x.n_read = 1 THEN 'read' END, 'unread') = 'unread' THEN NULL
            ELSE FALSE
       END AS applies,
       d.role_guid IS NOT NULL AS privileged, coalesce(d.approval = 'yes', FALSE) AS in_approval_set,
       CASE r.activation_expires WHEN 'true' THEN TRUE WHEN 'false' THEN FALSE END AS activation_expires,
       duration_minutes(r.activation_duration) AS activation_max_minutes,
       CASE WHEN r.enabled_rules LIKE '[%' THEN contains(r.enabled_rules, '"multifactorauthentication"') END AS mfa,
       CASE WHEN r.context_enabled = 'false' THEN '' WHEN r.context_enabled = 'true' THEN nullif(r.claim, '') END AS auth_context,
       CASE WHEN r.enabled_rules LIKE '[%' THEN contains(r.enabled_rules, '"justification"') END AS justification,
       CASE WHEN r.enabled_rules LIKE '[%' THEN contains(r.enabled_rules, '"ticketing"') END AS ticket,
       CASE r.approval_required WHEN 'true' THEN TRUE WHEN 'false' THEN FALSE END AS approval,
       CASE WHEN r.approval_required IS NOT NULL THEN coalesce(a.n_approvers, 0) END AS n_approvers,
       CASE r.eligible_expires WHEN 'true' THEN TRUE WHEN 'false' THEN FALSE END AS eligible_expires,
       duration_minutes(r.eligible_duration) / 1440 AS eligible_max_days,
       CASE r.active_expires WHEN 'true' THEN TRUE WHEN 'false' THEN FALSE END AS active_expires,
       duration_minutes(r.active_duration) / 1440 AS active_max_days
FROM setting AS s
LEFT JOIN data_pim_privileged_role AS d ON d.plane = s.plane AND d.role_guid = s.role_guid
LEFT JOIN raw AS r ON r.plane = s.plane AND r.id = s.id
LEFT JOIN approver AS a ON a.plane = s.plane AND a.id = s.id
LEFT JOIN eligible_role AS e ON s.plane = 'azure' AND e.scope = s.scope AND e.role_guid = s.role_guid
LEFT JOIN vague AS v ON s.plane = 'azure' AND v.subscription_id = s.subscription_id
LEFT JOIN vague AS w ON s.plane = 'azure' AND w.subscription_id = ''
LEFT JOIN eligibility_list AS l ON s.plane = 'azure' AND l.place = coalesce('/subscriptions/' || s.subscription_id, s.scope)
CROSS JOIN eligibility_anywhere AS x
