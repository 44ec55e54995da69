-- title = "Authentication contexts for which Conditional Access asks for MFA"
-- tables = ["conditional_access_demand", "azure_ledger"]
WITH
-- One row per claim (c1 to c99) and policy in force that names it; claim is '*' for policies that may name any claim and
-- for a list that was not read. holds is TRUE where the policy asks everybody for MFA or an authentication strength, FALSE
-- where it does not ask for it, NULL where it asks only some people or under some conditions, or could not be read.
people AS (
    SELECT d.*,
           array_length(d.exclude_groups) + array_length(d.exclude_roles) + CASE WHEN d.excludes_guests THEN 1 ELSE 0 END AS n_left_sets,
           -- Who and when: everybody, always, but for those left out by name.
           (array_length(d.include_users) > 0 OR array_length(d.include_groups) > 0 OR array_length(d.include_roles) > 0 OR d.includes_guests)
             AND NOT d.all_users AS some_people,
           array_length(d.conditions) > 0 OR array_length(d.sign_in_risks) > 0 OR NOT d.modern AS some_times
    FROM conditional_access_demand AS d
),
judged AS (
    SELECT w.policy_id, w.policy_name, w.claims, w.claims_gap, array_length(w.exclude_users) + w.n_left_sets AS n_excluded,
           CASE WHEN w.demand_gap OR w.demands_mfa IS NULL THEN NULL
                WHEN NOT w.demands_mfa THEN FALSE
                -- Older policies leave out guests by a word among the users.
                WHEN w.some_people OR w.some_times OR w.n_left_sets > 0 OR list_contains(w.exclude_users, 'guestsorexternalusers') THEN NULL
                WHEN array_length(w.exclude_users) > param_conditional_access_max_excluded_users() THEN NULL
                ELSE TRUE
           END AS holds,
           CASE WHEN w.demand_gap THEN 'parts of it could not be read'
                WHEN w.has_strength AND w.strength_is_mfa IS NULL THEN 'whether the authentication strength that it asks for amounts to MFA is not known'
                WHEN w.some_people THEN 'it asks some people only'
                WHEN w.some_times THEN 'it asks under some conditions only'
                WHEN w.n_left_sets > 0 OR list_contains(w.exclude_users, 'guestsorexternalusers') THEN 'it leaves out groups, roles or guests, who may be those who are eligible'
                WHEN array_length(w.exclude_users) > param_conditional_access_max_excluded_users() THEN 'it leaves out ' || array_length(w.exclude_users) || ' people by name'
                ELSE 'how its controls go together is not known'
           END AS doubt
    FROM people AS w
)
SELECT lower(trim(u.claim)) AS claim, j.policy_id, j.policy_name, j.holds, j.n_excluded,
       CASE WHEN j.holds IS NULL THEN 'policy ' || j.policy_name || ': ' || j.doubt END AS doubt, FALSE AS unread
FROM judged AS j, unnest(j.claims) AS u(claim)
WHERE NOT j.claims_gap
UNION ALL
SELECT '*' AS claim, j.policy_id, j.policy_name, CAST(NULL AS BOOLEAN) AS holds, j.n_excluded,
       'policy ' || j.policy_name || ': which contexts it answers could not be read' AS doubt, FALSE AS unread
FROM judged AS j
WHERE j.claims_gap
UNION ALL
SELECT '*' AS claim, NULL AS policy_id, NULL AS policy_name, CAST(NULL AS BOOLEAN) AS holds, NULL AS n_excluded,
       'Conditional Access policies were not read: ' || l.status AS doubt, TRUE AS unread
FROM (SELECT coalesce(max(CASE WHEN l.status NOT IN ('ok', 'not_registered', 'unsupported', 'license', 'retired') THEN l.status END),
                      CASE WHEN count(*) = 0 THEN 'not_collected' END) AS status
      FROM azure_ledger AS l
      WHERE l.table_name = 'azure_conditional_access_policy' AND l.parent_id IS NULL) AS l
WHERE l.status IS NOT NULL
