-- title = "Guest users reviewed"
-- severity = "medium"
-- subject = "azure_user"
-- tables = ["azure_user"]
-- optional = ["azure_user_sign_in_activity"]
-- controls = [
--   "cis_azure_2_0_0:1.5", "cis_azure_2_1_0:1.4", "cis_azure_3_0_0:2.4", "cis_azure_4_0_0:6.3.2", "cis_azure_5_0_0:5.3.2",
--   "cis_azure_6_0_0:5.3.2", "nist_800_53_r5:AC-2", "nist_800_53_r5:AC-6", "iso_27001_2022:A.5.18", "pci_dss_4_0:7.2.4",
--   "pci_dss_4_0:8.2.6", "soc_2:CC6.2", "soc_2:CC6.3",
-- ]
-- rationale = "Guests stay when the work they came for has ended, and their home organisation does not tell. Each guest is listed with state, age and last sign-in; marked are those who have not signed in for 90 days and invitations open for more than 30. Whether a guest is still needed is for the auditor to say."
-- remediation = "Remove whom nobody needs: az ad user delete --id GUEST. To see them all: az ad user list --filter \"userType eq 'Guest'\". With Entra ID Governance, let an access review do it: Entra admin center > Identity Governance > Access reviews."
-- references = ["https://learn.microsoft.com/entra/id-governance/manage-guest-access-with-access-reviews", "https://learn.microsoft.com/entra/identity/monitoring-health/howto-manage-inactive-user-accounts"]
-- [[case]]
-- title = "a guest who comes and goes; members are none"
-- given.azure_user = [
--   { name = "g", user_type = "Guest", account_enabled = true, external_user_state = "Accepted", created_date_time = "2025-01-01T00:00:00Z" },
--   { name = "m", user_type = "Member", user_principal_name = "m@contoso.com" },
-- ]
-- given.azure_user_sign_in_activity = [{ name = "g", sign_in_activity_last_sign_in_date_time = "2026-09-20T00:00:00Z" }]
-- expect = { g = "manual" }
-- [[case]]
-- title = "no sign-in for 90 days"
-- given.azure_user = [{ name = "g", user_type = "guest", account_enabled = true, created_date_time = "2025-01-01T00:00:00Z" }]
-- given.azure_user_sign_in_activity = [{ name = "g", sign_in_activity_last_sign_in_date_time = "2026-05-01T00:00:00Z" }]
-- expect = { g = "manual" }
-- [[case]]
-- title = "an invitation open for long"
-- given.azure_user = [{ name = "g", user_type = "GUEST", external_user_state = "PendingAcceptance", external_user_state_change_date_time = "2026-06-01T00:00:00Z" }]
-- expect = { g = "manual" }
-- [[case]]
-- title = "a guest turned into a member is an outsider still, and no guest by its type"
-- given.azure_user = [{ name = "x", user_type = "Member", user_principal_name = "dana_fabrikam.com#EXT#@contoso.onmicrosoft.com" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "not_applicable" }
-- [[case]]
-- title = "type absent: told by the sign-in name"
-- given.azure_user = [
--   { name = "x", user_principal_name = "dana_fabrikam.com#EXT#@contoso.onmicrosoft.com" },
--   { name = "y", user_principal_name = "y@contoso.com" },
-- ]
-- expect = { x = "manual" }
-- [[case]]
-- title = "type not readable: may be a guest"
-- given.azure_user = [{ name = "x", user_principal_name = "x@contoso.com", _gaps = ["user_type"] }]
-- expect = { x = "manual" }
-- [[case]]
-- title = "other values not readable"
-- given.azure_user = [{ name = "g", user_type = "Guest", _gaps = ["account_enabled", "created_date_time", "external_user_state"] }]
-- expect = { g = "manual" }
-- [[case]]
-- title = "sign-ins not read"
-- ledger = [{ table = "azure_user_sign_in_activity", status = "denied" }]
-- given.azure_user = [{ name = "g", user_type = "Guest" }]
-- expect = { g = "manual" }
-- [[case]]
-- title = "the list of sign-ins has no row for the guest; the times of the guest not readable"
-- given.azure_user = [{ name = "g", user_type = "Guest" }, { name = "h", user_type = "Guest" }, { name = "z", user_type = "Guest" }]
-- given.azure_user_sign_in_activity = [
--   { name = "h", _gaps = ["sign_in_activity_last_sign_in_date_time"] },
--   { name = "z", sign_in_activity_last_sign_in_date_time = "2026-09-20T00:00:00Z" },
-- ]
-- expect = { g = "manual", h = "manual", z = "manual" }
-- [[case]]
-- title = "nobody has a sign-in time: no licence"
-- given.azure_user = [{ name = "g", user_type = "Guest" }]
-- given.azure_user_sign_in_activity = [{ name = "g" }]
-- expect = { g = "manual" }
-- [[case]]
-- title = "no guest"
-- given.azure_user = [{ name = "m", user_type = "Member" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "not_applicable" }
-- [[case]]
-- title = "users denied"
-- ledger = [{ table = "azure_user", status = "denied" }]
-- given.azure_user = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
WITH activity AS (
    SELECT lower(s.id) AS user_id, s.sign_in_activity_last_successful_sign_in_date_time AS last_success,
           greatest(s.sign_in_activity_last_successful_sign_in_date_time, s.sign_in_activity_last_sign_in_date_time,
                    s.sign_in_activity_last_non_interactive_sign_in_date_time) AS last_seen,
           coalesce(array_length(list_filter(s._gaps, lambda g: g IN ('sign_in_activity_last_successful_sign_in_date_time',
               'sign_in_activity_last_sign_in_date_time', 'sign_in_activity_last_non_interactive_sign_in_date_time'))) > 0, FALSE) AS unread
    FROM azure_user_sign_in_activity AS s
),
-- Without the licence rows come without times, of everybody.
kept AS (
    SELECT count(a.last_seen) AS n FROM activity AS a
),
list_read AS (
    SELECT count(*) AS n FROM azure_ledger AS l WHERE l.table_name = 'azure_user_sign_in_activity' AND l.parent_id IS NULL AND l.status = 'ok'
),
guest AS (
    SELECT u.id, u.display_name, u.user_principal_name, u.mail, u.account_enabled, u.created_date_time, u.external_user_state,
           u.external_user_state_change_date_time, u.user_type IS NULL OR coalesce(list_contains(u._gaps, 'user_type'), FALSE) AS type_unread,
           a.user_id IS NOT NULL AND k.n > 0 AS has_activity, k.n AS n_times, a.user_id IS NOT NULL AS has_row, r.n > 0 AS list_read, coalesce(a.unread, FALSE) AS times_unread, a.last_seen, a.last_success,
           lower(trim(u.external_user_state)) = 'pendingacceptance' AS pending,
           coalesce(u.external_user_state_change_date_time, u.created_date_time) AS state_since
    FROM azure_user AS u
    CROSS JOIN kept AS k
    CROSS JOIN list_read AS r
    LEFT JOIN activity AS a ON a.user_id = lower(u.id)
    WHERE lower(trim(u.user_type)) = 'guest'
       OR (u.user_type IS NULL AND contains(lower(coalesce(u.user_principal_name, '')), '#ext#'))
       OR list_contains(u._gaps, 'user_type')
)
SELECT g.id AS subject, g.id AS resource_id, CAST(NULL AS VARCHAR) AS subscription_id,
       'manual' AS verdict,
       'to be reviewed by the auditor: '
         || CASE WHEN g.type_unread THEN 'the type of the user is not known; ' ELSE '' END
         || CASE WHEN g.account_enabled THEN 'sign-in is allowed' WHEN NOT g.account_enabled THEN 'sign-in is blocked' ELSE 'whether sign-in is allowed is not known' END
         || '; made on ' || coalesce(CAST(CAST(g.created_date_time AS DATE) AS VARCHAR), 'an unknown day')
         || CASE WHEN g.pending AND g.state_since < snapshot_time() - INTERVAL 30 DAY
                 THEN '; the invitation has been open for more than 30 days, since ' || CAST(CAST(g.state_since AS DATE) AS VARCHAR)
                 WHEN g.pending THEN '; the invitation is open'
                 WHEN g.external_user_state IS NULL THEN ''
                 ELSE '; invitation: ' || g.external_user_state END
         || CASE WHEN NOT g.has_row AND NOT g.list_read THEN '; sign-ins were not read'
                 WHEN g.times_unread AND g.last_seen IS NULL THEN '; the sign-in times of the user could not be read'
                 WHEN g.has_row AND g.n_times = 0 THEN '; no user has a sign-in time, Entra ID keeps them with a P1 licence only'
                 WHEN NOT g.has_activity THEN '; the list of sign-in times has no row for the user'
                 WHEN g.last_seen IS NULL THEN '; no sign-in is known'
                 WHEN g.last_seen < snapshot_time() - INTERVAL 90 DAY THEN '; no sign-in for 90 days, the last on ' || CAST(CAST(g.last_seen AS DATE) AS VARCHAR)
                 ELSE '; last sign-in on ' || CAST(CAST(g.last_seen AS DATE) AS VARCHAR) END AS reason,
       coalesce(g.display_name, g.user_principal_name, g.id) AS resource_name, g.user_principal_name, g.mail, g.account_enabled, g.created_date_time,
       g.external_user_state, g.external_user_state_change_date_time, g.last_seen AS last_sign_in_attempt, g.last_success AS last_successful_sign_in,
       g.pending AND g.state_since < snapshot_time() - INTERVAL 30 DAY AS invitation_open_over_30_days,
       CASE WHEN g.has_activity AND NOT g.times_unread THEN coalesce(g.last_seen, g.created_date_time) < snapshot_time() - INTERVAL 90 DAY END AS unused_for_90_days
FROM guest AS g
