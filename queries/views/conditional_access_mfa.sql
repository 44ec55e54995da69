-- title = "Conditional Access policies that ask for MFA, by what they protect, and what keeps each from holding for everybody"
-- tables = ["conditional_access_demand", "azure_group_member", "group_list_unread", "person_label"]
WITH RECURSIVE
-- One row per policy in force and target: all_apps, azure_management, admin_portals, register_device, risk_high,
-- risk_medium (MFA or block) and legacy_block (block). holds is TRUE where nothing but a few named people is left out,
-- FALSE where `obstacles` say why not, NULL where it could not be told. Who is meant stands in all_users and
-- include_roles; left_roles are the directory roles left out that no other policy takes in, left_people names such people,
-- administrators first, and left_ids holds the object ids of as many as a policy that holds may leave out.
ruled AS (
    SELECT d.* FROM conditional_access_demand AS d
),
target AS (
    SELECT t.target FROM (VALUES ('all_apps'), ('azure_management'), ('admin_portals'), ('register_device'), ('risk_high'),
        ('risk_medium'), ('legacy_block'), ('active_sync_block')) AS t(target)
),
-- What a policy takes in of a target, whoever its users are.
reach AS (
    SELECT t.target, r.*,
           CASE WHEN t.target IN ('legacy_block', 'active_sync_block') THEN r.blocks
                WHEN t.target IN ('risk_high', 'risk_medium') THEN coalesce(r.blocks OR r.demands_mfa, r.demands_mfa)
                ELSE r.demands_mfa
           END AS demands
    FROM ruled AS r
    CROSS JOIN target AS t
    WHERE r.gap
       OR ((CASE WHEN t.target = 'legacy_block' THEN r.blocks AND r.other_clients
                 WHEN t.target = 'active_sync_block' THEN r.blocks AND r.active_sync
                 WHEN t.target IN ('risk_high', 'risk_medium') THEN r.blocks OR r.names_mfa OR r.has_strength
                 ELSE r.names_mfa OR r.has_strength
            END)
           AND (CASE WHEN t.target = 'register_device' THEN list_contains(r.user_actions, 'urn:user:registerdevice')
                     WHEN t.target = 'azure_management'
                     THEN list_contains(r.include_apps, 'all') OR list_contains(r.include_apps, '797f4846-ba00-4fd7-ba43-dac1f8f63013')
                     WHEN t.target = 'admin_portals'
                     THEN list_contains(r.include_apps, 'all') OR list_contains(r.include_apps, 'microsoftadminportals')
                     -- ActiveSync reaches Exchange Online only.
                     WHEN t.target = 'active_sync_block'
                     THEN list_contains(r.include_apps, 'all') OR list_contains(r.include_apps, 'office365')
                       OR list_contains(r.include_apps, '00000002-0000-0ff1-ce00-000000000000')
                     ELSE list_contains(r.include_apps, 'all')
                END)
           AND (CASE WHEN t.target = 'risk_high' THEN list_contains(r.sign_in_risks, 'high')
                     WHEN t.target = 'risk_medium' THEN list_contains(r.sign_in_risks, 'medium')
                     ELSE TRUE
                END))
),
-- Applications that another policy for all users names, with no exceptions but those of the policy that leaves them out.
named_app AS (
    SELECT DISTINCT r.policy_id, u.app, list_concat(r.exclude_users, r.exclude_groups, r.exclude_roles) AS exceptions
    FROM ruled AS r, unnest(r.include_apps) AS u(app)
    WHERE NOT r.gap AND r.demands_mfa AND r.all_users AND r.modern AND array_length(r.conditions) = 0
      AND array_length(r.sign_in_risks) = 0 AND NOT r.filters_apps AND u.app NOT IN ('all', 'none') AND r.exclude_guest_types IS NULL
),
app_exception AS (
    SELECT r.policy_id, u.app,
           max(CASE WHEN array_length(list_filter(n.exceptions, lambda m: NOT (list_contains(r.exclude_users, m)
                 OR list_contains(r.exclude_groups, m) OR list_contains(r.exclude_roles, m)))) = 0 THEN 1 ELSE 0 END) AS covered
    FROM ruled AS r, unnest(r.exclude_apps) AS u(app)
    LEFT JOIN named_app AS n ON n.app = u.app AND n.policy_id <> r.policy_id
    GROUP BY r.policy_id, u.app
),
left_app AS (
    SELECT x.policy_id, list_sort(list(x.app)) AS apps FROM app_exception AS x WHERE x.covered = 0 GROUP BY x.policy_id
),
weighed AS (
    SELECT r.*,
           list_concat(r.conditions, list_filter([
               CASE WHEN NOT coalesce(r.demands, TRUE)
                    THEN CASE WHEN r.blocks THEN 'blocks instead of asking for MFA' ELSE 'is satisfied by ' || r.controls END END,
               CASE WHEN r.target NOT IN ('legacy_block', 'active_sync_block') AND NOT r.modern
                    THEN 'only for the client apps ' || array_to_string(list_sort(r.client_types), ', ') END,
               CASE WHEN r.target NOT IN ('risk_high', 'risk_medium') AND array_length(r.sign_in_risks) > 0
                    THEN 'only at a sign-in risk of ' || array_to_string(r.sign_in_risks, ', ') END,
               CASE WHEN r.target IN ('all_apps', 'risk_high', 'risk_medium', 'legacy_block', 'active_sync_block') AND a.apps IS NOT NULL
                    THEN 'leaves out the applications ' || array_to_string(a.apps, ', ') END,
               CASE WHEN r.target IN ('azure_management', 'admin_portals')
                     AND list_contains(r.exclude_apps, '797f4846-ba00-4fd7-ba43-dac1f8f63013')
                     AND (r.target = 'azure_management' OR NOT list_contains(r.include_apps, 'microsoftadminportals'))
                    THEN 'leaves out the Azure management application' END,
               CASE WHEN r.target = 'admin_portals' AND list_contains(r.exclude_apps, 'microsoftadminportals')
                    THEN 'leaves out the admin portals' END,
               CASE WHEN r.target IN ('all_apps', 'risk_high', 'risk_medium', 'legacy_block', 'active_sync_block') AND r.filters_apps
                    THEN 'a filter picks the applications' END
           ], lambda m: m IS NOT NULL)) AS obstacles,
           -- Whether a filter by attribute takes in one application is not in the policy.
           r.demands IS NULL OR (r.filters_apps AND r.target IN ('azure_management', 'admin_portals')) AS unclear,
           r.target IN ('all_apps', 'risk_high', 'risk_medium') AND r.modern AND NOT (r.other_clients AND r.active_sync) AS needs_legacy_block
    FROM reach AS r
    LEFT JOIN left_app AS a ON a.policy_id = r.policy_id
),
guest_kind AS (
    SELECT g.kind FROM (VALUES ('internalguest'), ('b2bcollaborationguest'), ('b2bcollaborationmember'), ('b2bdirectconnectuser'),
        ('otherexternaluser'), ('serviceprovider')) AS g(kind)
),
taken_out AS (
    SELECT w.target, w.policy_id, 'user:' || u.id AS token FROM weighed AS w, unnest(w.exclude_users) AS u(id) WHERE u.id <> 'guestsorexternalusers'
    UNION
    SELECT w.target, w.policy_id, 'group:' || u.id AS token FROM weighed AS w, unnest(w.exclude_groups) AS u(id)
    UNION
    SELECT w.target, w.policy_id, 'role:' || u.id AS token FROM weighed AS w, unnest(w.exclude_roles) AS u(id)
    UNION
    SELECT w.target, w.policy_id, 'guest:' || g.kind AS token
    FROM weighed AS w
    CROSS JOIN guest_kind AS g
    WHERE list_contains(w.exclude_users, 'guestsorexternalusers')
    UNION
    SELECT w.target, w.policy_id, 'guest:' || trim(u.kind) AS token
    FROM weighed AS w, unnest(string_split(w.exclude_guest_types, ',')) AS u(kind)
    WHERE trim(u.kind) NOT IN ('', 'none')
),
-- Policies that can stand in for those whom another one leaves out.
stand_in AS (
    SELECT w.target, w.policy_id, w.include_users, w.include_groups, w.include_roles, w.include_guest_types, w.include_guest_tenants
    FROM weighed AS w
    WHERE NOT w.gap AND NOT w.unclear AND array_length(w.obstacles) = 0
      AND array_length(w.exclude_roles) = 0 AND w.exclude_guest_types IS NULL
      AND NOT list_contains(w.exclude_users, 'guestsorexternalusers')
),
taken_in AS (
    SELECT s.target, s.policy_id, 'user:' || u.id AS token FROM stand_in AS s, unnest(s.include_users) AS u(id)
    UNION
    SELECT s.target, s.policy_id, 'group:' || u.id AS token FROM stand_in AS s, unnest(s.include_groups) AS u(id)
    UNION
    SELECT s.target, s.policy_id, 'role:' || u.id AS token FROM stand_in AS s, unnest(s.include_roles) AS u(id)
    UNION
    SELECT s.target, s.policy_id, 'guest:' || g.kind AS token
    FROM stand_in AS s
    CROSS JOIN guest_kind AS g
    WHERE list_contains(s.include_users, 'guestsorexternalusers')
    UNION
    SELECT s.target, s.policy_id, 'guest:' || trim(u.kind) AS token
    FROM stand_in AS s, unnest(string_split(s.include_guest_types, ',')) AS u(kind)
    WHERE s.include_guest_tenants = 'all'
),
cover AS (
    SELECT o.target, o.policy_id, o.token, min(i.policy_id) AS by_policy
    FROM taken_out AS o
    JOIN taken_in AS i ON i.target = o.target AND i.token = o.token AND i.policy_id <> o.policy_id
    JOIN weighed AS a ON a.target = o.target AND a.policy_id = o.policy_id
    JOIN weighed AS b ON b.target = i.target AND b.policy_id = i.policy_id
    LEFT JOIN taken_out AS x ON x.target = i.target AND x.policy_id = i.policy_id AND x.token = i.token
    -- A stand-in for modern clients only will do where the other policy is for these only too: legacy clients are asked for below.
    WHERE x.token IS NULL AND (a.needs_legacy_block OR NOT b.needs_legacy_block)
    GROUP BY o.target, o.policy_id, o.token
),
left_out AS (
    SELECT o.target, o.policy_id, o.token
    FROM taken_out AS o
    LEFT JOIN cover AS c ON c.target = o.target AND c.policy_id = o.policy_id AND c.token = o.token
    WHERE c.token IS NULL
    UNION
    -- The stand-in has exceptions of its own.
    SELECT c.target, c.policy_id, x.token
    FROM cover AS c
    JOIN taken_out AS x ON x.target = c.target AND x.policy_id = c.by_policy
),
left_group AS (
    SELECT DISTINCT substr(l.token, 7) AS root FROM left_out AS l WHERE l.token LIKE 'group:%'
),
inside AS (
    SELECT g.root, g.root AS member, 'group' AS kind FROM left_group AS g
    UNION
    SELECT i.root, lower(m.member_id) AS member, CASE WHEN lower(m.member_type) LIKE '%group' THEN 'group' ELSE 'person' END AS kind
    FROM inside AS i
    JOIN azure_group_member AS m ON lower(m._parent_id) = i.member
    WHERE i.kind = 'group'
),
unread_group AS (
    SELECT DISTINCT i.root
    FROM inside AS i
    JOIN group_list_unread AS l ON l.group_id = i.member
    WHERE i.kind = 'group' AND l.table_name = 'azure_group_member'
    UNION
    SELECT g.root
    FROM left_group AS g
    CROSS JOIN group_list_unread AS l
    WHERE l.table_name = 'azure_group_member' AND l.group_id IS NULL
),
left_person AS (
    SELECT l.target, l.policy_id, substr(l.token, 6) AS person FROM left_out AS l WHERE l.token LIKE 'user:%'
    UNION
    SELECT l.target, l.policy_id, i.member AS person
    FROM left_out AS l
    JOIN inside AS i ON 'group:' || i.root = l.token
    WHERE i.kind = 'person'
),
left_name AS (
    SELECT p.target, p.policy_id, p.person, coalesce(n.label, p.person) AS label,
           row_number() OVER (PARTITION BY p.target, p.policy_id
                              ORDER BY CASE WHEN n.is_admin THEN 0 ELSE 1 END, coalesce(n.label, p.person)) AS place
    FROM left_person AS p
    LEFT JOIN person_label AS n ON n.person = p.person
),
left_count AS (
    SELECT p.target, p.policy_id, count(*) AS n,
           string_agg(CASE WHEN p.place <= 10 THEN p.label END, ', ' ORDER BY p.place)
             || CASE WHEN count(*) > 10 THEN ' and ' || (count(*) - 10) || ' more' ELSE '' END AS names,
           list_sort(list(p.person) FILTER (WHERE p.place <= param_conditional_access_max_excluded_users())) AS ids
    FROM left_name AS p
    GROUP BY p.target, p.policy_id
),
left_other AS (
    SELECT l.target, l.policy_id,
           -- The synchronization accounts' role: they cannot do MFA, Microsoft's templates leave them out.
           list_sort(list(DISTINCT substr(l.token, 6)) FILTER (WHERE l.token LIKE 'role:%' AND l.token <> 'role:d29b2b05-8046-44ba-8758-1e26182fcf32')) AS roles,
           list_sort(list(DISTINCT coalesce(r.role_name, substr(l.token, 6)))
                     FILTER (WHERE l.token LIKE 'role:%' AND l.token <> 'role:d29b2b05-8046-44ba-8758-1e26182fcf32')) AS role_names,
           list_sort(list(DISTINCT substr(l.token, 7)) FILTER (WHERE l.token LIKE 'guest:%')) AS guests,
           sum(CASE WHEN u.root IS NOT NULL THEN 1 ELSE 0 END) AS n_unread
    FROM left_out AS l
    LEFT JOIN unread_group AS u ON 'group:' || u.root = l.token
    LEFT JOIN data_mfa_admin_role AS r ON 'role:' || lower(r.role_template_id) = l.token
    GROUP BY l.target, l.policy_id
),
excluded AS (
    SELECT o.target, o.policy_id, list_sort(list(DISTINCT o.token)) AS tokens FROM taken_out AS o GROUP BY o.target, o.policy_id
),
judged AS (
    SELECT w.target, w.policy_id, w.policy_name, w.all_users, w.include_roles, w.controls, w.gap, w.needs_legacy_block,
           coalesce(o.roles, []) AS left_roles, coalesce(o.role_names, []) AS left_role_names, e.tokens AS excluded, coalesce(n.n, 0) AS n_left, n.names AS left_people, coalesce(n.ids, []) AS left_ids,
           list_concat(w.obstacles, list_filter([
               CASE WHEN array_length(o.guests) > 0 THEN 'leaves out external users: ' || array_to_string(o.guests, ', ') END,
               CASE WHEN n.n > param_conditional_access_max_excluded_users()
                    THEN 'leaves out ' || n.n || ' people, more than the ' || param_conditional_access_max_excluded_users() || ' that are allowed' END
           ], lambda m: m IS NOT NULL)) AS obstacles,
           w.unclear OR coalesce(o.n_unread, 0) > 0 AS unclear,
           CASE WHEN w.gap THEN 'parts of the policy could not be read'
                WHEN w.demands IS NULL THEN 'whether its controls amount to MFA is not known'
                WHEN w.unclear THEN 'a filter picks the applications'
                WHEN o.n_unread > 0 THEN 'the members of a group that it leaves out were not read'
           END AS doubt
    FROM weighed AS w
    LEFT JOIN left_count AS n ON n.target = w.target AND n.policy_id = w.policy_id
    LEFT JOIN left_other AS o ON o.target = w.target AND o.policy_id = w.policy_id
    LEFT JOIN excluded AS e ON e.target = w.target AND e.policy_id = w.policy_id
),
legacy_part AS (
    SELECT v.target, sum(CASE WHEN j.all_users AND NOT j.gap AND NOT j.unclear AND array_length(j.obstacles) = 0
                     AND array_length(j.left_roles) = 0 THEN 1 ELSE 0 END) AS n_sure,
           sum(CASE WHEN j.gap OR (j.all_users AND j.unclear AND array_length(j.obstacles) = 0) THEN 1 ELSE 0 END) AS n_perhaps
    FROM (VALUES ('legacy_block'), ('active_sync_block')) AS v(target)
    LEFT JOIN judged AS j ON j.target = v.target
    GROUP BY v.target
),
-- Both kinds of legacy clients have to be blocked, by one policy or by two.
legacy AS (
    SELECT min(coalesce(p.n_sure, 0)) AS n_sure, min(coalesce(p.n_sure, 0) + coalesce(p.n_perhaps, 0)) AS n_perhaps
    FROM legacy_part AS p
),
closed AS (
    SELECT j.target, j.policy_id, j.policy_name, j.all_users, j.include_roles, j.controls, j.gap, j.left_roles, j.left_role_names, j.excluded, j.n_left, j.left_people, j.left_ids,
           CASE WHEN j.needs_legacy_block AND coalesce(l.n_sure, 0) = 0 AND coalesce(l.n_perhaps, 0) = 0
                THEN list_concat(j.obstacles, ['not for legacy clients, which no policy blocks'])
                ELSE j.obstacles
           END AS obstacles,
           j.unclear OR (j.needs_legacy_block AND coalesce(l.n_sure, 0) = 0 AND coalesce(l.n_perhaps, 0) > 0) AS unclear,
           coalesce(j.doubt, 'whether legacy clients are blocked is not known') AS doubt
    FROM judged AS j
    CROSS JOIN legacy AS l
)
SELECT c.target, c.policy_id, c.policy_name,
       CASE WHEN c.gap AND NOT c.all_users THEN NULL ELSE c.all_users END AS all_users,
       c.include_roles, c.left_roles, c.left_role_names, c.controls, c.excluded, c.n_left, c.left_people, c.left_ids,
       CASE WHEN c.gap THEN NULL
            WHEN array_length(c.obstacles) > 0 THEN FALSE
            WHEN c.unclear THEN NULL
            ELSE TRUE
       END AS holds,
       c.obstacles,
       CASE WHEN c.gap OR (c.unclear AND array_length(c.obstacles) = 0) THEN c.doubt END AS doubt
FROM closed AS c
