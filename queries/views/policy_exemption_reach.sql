-- title = "Policy exemptions in force for a whole subscription"
-- tables = ["azure_subscription", "azure_policy_exemption", "azure_ledger"]
WITH
-- One row per subscription, exemption made on it or on a management group above it, and member of the initiative let off
-- (reference_id NULL: the whole assignment). Lapsed ones and those of resource groups and resources are left out.
-- state: waived (the risk is accepted), doubtful (met by other means, narrowed to a part of the resources, or perhaps not
-- above the subscription), or unread: assignment_id is NULL then, and any assignment may be exempted. One row of state
-- unread stands for a list that was not read. told says it as what the subscription is: exempted, or perhaps or in part.
exemption AS (
    SELECT e.id, coalesce(CASE WHEN NOT coalesce(list_contains(e._gaps, 'display_name'), FALSE) THEN nullif(trim(e.display_name), '') END, e.name, e.id) AS label,
           e._seen_in AS seen_in,
           rtrim(regexp_replace(lower(e.id), '/providers/microsoft\.authorization/policyexemptions/[^/]*/?$', ''), '/') AS scope,
           rtrim(lower(trim(e.policy_assignment_id)), '/') AS assignment_id, e.policy_definition_reference_ids AS reference_ids,
           coalesce(trim(e.exemption_category), 'no category') || coalesce(' until ' || CAST(CAST(e.expires_on AS DATE) AS VARCHAR), ', without end') AS terms,
           coalesce(lower(trim(e.exemption_category)), '') AS category, coalesce(json_array_length(e.resource_selectors), 0) > 0 AS narrowed,
           coalesce(trim(e.policy_assignment_id), '') = ''
             OR coalesce(array_length(list_filter(e._gaps, lambda g: g IN (
                  'policy_assignment_id', 'policy_definition_reference_ids', 'exemption_category', 'expires_on', 'resource_selectors'))) > 0, FALSE) AS unread
    FROM azure_policy_exemption AS e
    WHERE e.expires_on IS NULL OR e.expires_on > snapshot_time() OR list_contains(e._gaps, 'expires_on')
),
applied AS (
    SELECT s.subscription_id, e.id, TRUE AS certain
    FROM exemption AS e
    JOIN azure_subscription AS s ON s.id = e.scope
    UNION
    SELECT lower(guid_of(u.seen)) AS subscription_id, e.id, TRUE AS certain
    FROM exemption AS e, unnest(e.seen_in) AS u(seen)
    WHERE e.scope LIKE '/providers/microsoft.management/managementgroups/%'
    UNION
    -- Where it was seen is not given.
    SELECT s.subscription_id, e.id, FALSE AS certain
    FROM (SELECT x.id FROM exemption AS x
          WHERE x.scope LIKE '/providers/microsoft.management/managementgroups/%' AND coalesce(array_length(x.seen_in), 0) = 0) AS e
    CROSS JOIN azure_subscription AS s
),
member AS (
    SELECT e.id, CAST(NULL AS VARCHAR) AS reference_id FROM exemption AS e WHERE e.unread OR coalesce(array_length(e.reference_ids), 0) = 0
    UNION
    SELECT e.id, lower(trim(u.reference)) AS reference_id
    FROM exemption AS e, unnest(e.reference_ids) AS u(reference)
    WHERE NOT e.unread
),
listed AS (
    SELECT lower(l.scope_id) AS subscription_id
    FROM azure_ledger AS l
    WHERE l.table_name = 'azure_policy_exemption' AND l.parent_id IS NULL
    GROUP BY lower(l.scope_id)
    HAVING bool_and(l.status IN ('ok', 'not_registered', 'unsupported', 'license', 'retired'))
)
SELECT p.subscription_id, CASE WHEN NOT e.unread THEN e.assignment_id END AS assignment_id, m.reference_id,
       CASE WHEN e.unread THEN 'unread' WHEN e.category = 'waiver' AND NOT e.narrowed AND p.certain THEN 'waived' ELSE 'doubtful' END AS state,
       CASE WHEN e.unread THEN 'exemption ' || e.label || ' could not be read in full'
            ELSE CASE WHEN p.certain THEN '' ELSE 'perhaps ' END || CASE WHEN e.narrowed THEN 'in part ' ELSE '' END
                 || 'exempted by ' || e.label || ' (' || e.terms || ')'
                 || CASE e.category WHEN 'waiver' THEN '' WHEN 'mitigated' THEN ', which says that the risk is met by other means' ELSE ', which does not say why' END
                 || CASE WHEN p.certain THEN '' ELSE ', made on a management group that is not known to be above it' END
       END AS told
FROM applied AS p
JOIN exemption AS e ON e.id = p.id
JOIN member AS m ON m.id = p.id
UNION ALL
SELECT s.subscription_id, NULL AS assignment_id, NULL AS reference_id, 'unread' AS state, 'exemptions from policies were not read' AS told
FROM azure_subscription AS s
LEFT JOIN listed AS l ON l.subscription_id = lower(s.subscription_id)
WHERE l.subscription_id IS NULL
