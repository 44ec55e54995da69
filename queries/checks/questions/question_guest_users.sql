-- title = "Guest users, approved or not"
-- severity = "medium"
-- subject = "azure_user"
-- tables = ["azure_user"]
-- params = ["approved_guests"]
-- controls = ["jupiterone_questions:guest_users"]
-- rationale = "Tells the guests that somebody vouches for from those nobody does. Azure keeps no such mark: the question read one set by hand elsewhere, so the approved guests are given as a parameter. Without it every guest is listed for review. Which Azure resources a guest can reach is not looked at."
-- remediation = "az ad user delete --id ID, or name the guest in the parameter approved_guests"
-- references = ["https://learn.microsoft.com/entra/external-id/user-properties"]
-- [[case]]
-- title = "approved by id, by name, by mail, in other letter case"
-- param.approved_guests = ["A", "b_x.com#ext#@contoso.com", " C@X.com "]
-- given.azure_user = [
--   { id = "a", user_type = "Guest" },
--   { id = "b", user_type = "guest", user_principal_name = "b_x.com#EXT#@contoso.com" },
--   { id = "c", user_type = "Guest", mail = "c@x.com" },
-- ]
-- expect = { a = "pass", b = "pass", c = "pass" }
-- [[case]]
-- title = "not approved; members are none of it"
-- param.approved_guests = ["a"]
-- given.azure_user = [{ id = "a", user_type = "Member" }, { id = "b", user_type = "Guest" }]
-- expect = { b = "fail" }
-- [[case]]
-- title = "no list given: for review"
-- given.azure_user = [{ id = "b", user_type = "Guest" }]
-- expect = { b = "manual" }
-- [[case]]
-- title = "a list of blanks is none"
-- param.approved_guests = [" "]
-- given.azure_user = [{ id = "b", user_type = "Guest", user_principal_name = "" }]
-- expect = { b = "manual" }
-- [[case]]
-- title = "type not readable; absent with the name of a guest; absent"
-- param.approved_guests = ["b"]
-- given.azure_user = [{ id = "a", _gaps = ["user_type"] }, { id = "b", user_principal_name = "b_x.com#EXT#@c.com" }, { id = "c", user_principal_name = "c@c.com" }]
-- expect = { a = "unknown", b = "pass" }
-- [[case]]
-- title = "name and mail not readable: the id decides, else nobody knows"
-- param.approved_guests = ["a", "x@x.com"]
-- given.azure_user = [{ id = "a", user_type = "Guest", _gaps = ["mail"] }, { id = "b", user_type = "Guest", _gaps = ["mail"] }]
-- expect = { a = "pass", b = "unknown" }
-- [[case]]
-- title = "no guest"
-- given.azure_user = [{ id = "a", user_type = "Member" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "not_applicable" }
-- [[case]]
-- title = "users denied"
-- ledger = [{ table = "azure_user", status = "denied" }]
-- given.azure_user = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
WITH approved AS (
    SELECT DISTINCT lower(trim(u.who)) AS who
    FROM (SELECT param_approved_guests() AS list) AS p, unnest(p.list) AS u(who)
    WHERE trim(u.who) <> ''
),
approval AS (
    SELECT count(*) AS n FROM approved AS a
),
guest AS (
    SELECT u.id, u.display_name, u.user_principal_name, u.mail, u.account_enabled, u.created_date_time, u.external_user_state, u._gaps,
           coalesce(list_contains(u._gaps, 'user_type'), FALSE) AS type_unread
    FROM azure_user AS u
    WHERE lower(trim(u.user_type)) = 'guest' OR list_contains(u._gaps, 'user_type')
       OR (u.user_type IS NULL AND contains(lower(coalesce(u.user_principal_name, '')), '#ext#'))
),
vouched AS (
    SELECT DISTINCT g.id
    FROM guest AS g, unnest([lower(g.id), lower(trim(g.user_principal_name)), lower(trim(g.mail))]) AS u(who)
    JOIN approved AS a ON a.who = u.who
)
SELECT g.id AS subject, g.id AS resource_id, CAST(NULL AS VARCHAR) AS subscription_id,
       CASE WHEN g.type_unread THEN NULL
            WHEN n.n = 0 THEN 'manual'
            WHEN v.id IS NOT NULL THEN 'pass'
            WHEN list_contains(g._gaps, 'user_principal_name') OR list_contains(g._gaps, 'mail') THEN NULL
            ELSE 'fail'
       END AS verdict,
       CASE WHEN g.type_unread THEN 'whether the user is a guest could not be read'
            WHEN n.n = 0 THEN 'a guest; no list of approved guests was given'
            WHEN v.id IS NOT NULL THEN 'the guest is on the list of approved guests'
            WHEN list_contains(g._gaps, 'user_principal_name') OR list_contains(g._gaps, 'mail')
            THEN 'name or mail address could not be read, and the id is not on the list of approved guests'
            ELSE 'the guest is not on the list of approved guests'
       END AS reason,
       coalesce(g.display_name, g.user_principal_name, g.id) AS resource_name, g.user_principal_name, g.mail, g.account_enabled,
       g.created_date_time, g.external_user_state
FROM guest AS g
CROSS JOIN approval AS n
LEFT JOIN vouched AS v ON v.id = g.id
