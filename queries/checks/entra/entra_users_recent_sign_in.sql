-- title = "Enabled users signed in within 90 days"
-- severity = "medium"
-- subject = "azure_user"
-- tables = ["azure_user", "azure_user_sign_in_activity"]
-- params = ["user_inactive_days"]
-- controls = [
--   "nist_800_53_r5:AC-2", "nist_800_53_r5:AC-6", "iso_27001_2022:A.5.16", "iso_27001_2022:A.5.18", "pci_dss_4_0:7.2.4",
--   "pci_dss_4_0:8.2.6", "soc_2:CC6.2", "soc_2:CC6.3",
-- ]
-- rationale = "An account that nobody uses is one that nobody misses when a stranger does. Counted is the last sign-in that succeeded, of either kind; a try that failed does not show that the account is in use. Accounts younger than the time asked for are not judged unless they have been used."
-- remediation = "Block what nobody uses: az ad user update --id USER --account-enabled false, and delete it after a while: az ad user delete --id USER. Emergency accounts should be signed in to on purpose now and then."
-- references = ["https://learn.microsoft.com/entra/identity/monitoring-health/howto-manage-inactive-user-accounts", "https://learn.microsoft.com/graph/api/resources/signinactivity"]
-- [[case]]
-- title = "signed in lately, interactively or not"
-- given.azure_user = [
--   { name = "a", account_enabled = true, created_date_time = "2024-01-01T00:00:00Z" },
--   { name = "b", account_enabled = true, created_date_time = "2024-01-01T00:00:00Z" },
-- ]
-- given.azure_user_sign_in_activity = [
--   { name = "a", sign_in_activity_last_sign_in_date_time = "2026-09-01T00:00:00Z", sign_in_activity_last_successful_sign_in_date_time = "2026-09-01T00:00:00Z" },
--   { name = "b", sign_in_activity_last_sign_in_date_time = "2025-01-01T00:00:00Z", sign_in_activity_last_non_interactive_sign_in_date_time = "2026-09-01T00:00:00Z", sign_in_activity_last_successful_sign_in_date_time = "2026-09-01T00:00:00Z" },
-- ]
-- expect = { a = "pass", b = "pass" }
-- [[case]]
-- title = "not for 90 days"
-- given.azure_user = [
--   { name = "a", account_enabled = true, created_date_time = "2024-01-01T00:00:00Z" },
--   { name = "z", account_enabled = true, created_date_time = "2024-01-01T00:00:00Z" },
-- ]
-- given.azure_user_sign_in_activity = [
--   { name = "a", sign_in_activity_last_sign_in_date_time = "2026-07-02T00:00:00Z", sign_in_activity_last_successful_sign_in_date_time = "2026-07-02T00:00:00Z" },
--   { name = "z", sign_in_activity_last_sign_in_date_time = "2026-09-30T00:00:00Z", sign_in_activity_last_successful_sign_in_date_time = "2026-09-30T00:00:00Z" },
-- ]
-- expect = { a = "fail", z = "pass" }
-- [[case]]
-- title = "on the last day that counts"
-- given.azure_user = [{ name = "a", account_enabled = true, created_date_time = "2024-01-01T00:00:00Z" }]
-- given.azure_user_sign_in_activity = [{ name = "a", sign_in_activity_last_sign_in_date_time = "2026-07-03T00:00:00Z", sign_in_activity_last_successful_sign_in_date_time = "2026-07-03T00:00:00Z" }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "never, in a tenant that keeps the times"
-- given.azure_user = [
--   { name = "a", account_enabled = true, created_date_time = "2024-01-01T00:00:00Z" },
--   { name = "z", account_enabled = true, created_date_time = "2024-01-01T00:00:00Z" },
-- ]
-- given.azure_user_sign_in_activity = [
--   { name = "a" },
--   { name = "z", sign_in_activity_last_sign_in_date_time = "2026-09-30T00:00:00Z", sign_in_activity_last_successful_sign_in_date_time = "2026-09-30T00:00:00Z" },
-- ]
-- expect = { a = "fail", z = "pass" }
-- [[case]]
-- title = "tries that failed do not count"
-- given.azure_user = [{ name = "a", account_enabled = true, created_date_time = "2024-01-01T00:00:00Z" }]
-- given.azure_user_sign_in_activity = [{ name = "a", sign_in_activity_last_sign_in_date_time = "2026-09-01T00:00:00Z", sign_in_activity_last_non_interactive_sign_in_date_time = "2026-09-01T00:00:00Z", sign_in_activity_last_successful_sign_in_date_time = "2025-01-01T00:00:00Z" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "times of success that could not be read do not make tries count"
-- given.azure_user = [
--   { name = "a", account_enabled = true, created_date_time = "2024-01-01T00:00:00Z" },
--   { name = "b", account_enabled = true, created_date_time = "2024-01-01T00:00:00Z" },
-- ]
-- given.azure_user_sign_in_activity = [
--   { name = "a", sign_in_activity_last_sign_in_date_time = "2026-09-01T00:00:00Z", _gaps = ["sign_in_activity_last_successful_sign_in_date_time"] },
--   { name = "b", sign_in_activity_last_sign_in_date_time = "2026-09-01T00:00:00Z" },
-- ]
-- expect = { a = "unknown", b = "unknown" }
-- [[case]]
-- title = "tries, and no success on record"
-- given.azure_user = [
--   { name = "a", account_enabled = true, created_date_time = "2024-01-01T00:00:00Z" },
--   { name = "z", account_enabled = true, created_date_time = "2024-01-01T00:00:00Z" },
-- ]
-- given.azure_user_sign_in_activity = [
--   { name = "a", sign_in_activity_last_sign_in_date_time = "2026-09-01T00:00:00Z" },
--   { name = "z", sign_in_activity_last_sign_in_date_time = "2026-09-30T00:00:00Z", sign_in_activity_last_successful_sign_in_date_time = "2026-09-30T00:00:00Z" },
-- ]
-- expect = { a = "unknown", z = "pass" }
-- [[case]]
-- title = "old tries, and no success on record"
-- given.azure_user = [
--   { name = "a", account_enabled = true, created_date_time = "2024-01-01T00:00:00Z" },
--   { name = "z", account_enabled = true, created_date_time = "2024-01-01T00:00:00Z" },
-- ]
-- given.azure_user_sign_in_activity = [
--   { name = "a", sign_in_activity_last_sign_in_date_time = "2025-09-01T00:00:00Z" },
--   { name = "z", sign_in_activity_last_sign_in_date_time = "2026-09-30T00:00:00Z", sign_in_activity_last_successful_sign_in_date_time = "2026-09-30T00:00:00Z" },
-- ]
-- expect = { a = "fail", z = "pass" }
-- [[case]]
-- title = "nobody has a time of success: tries count"
-- given.azure_user = [
--   { name = "a", account_enabled = true, created_date_time = "2024-01-01T00:00:00Z" },
--   { name = "b", account_enabled = true, created_date_time = "2024-01-01T00:00:00Z" },
--   { name = "c", account_enabled = true, created_date_time = "2024-01-01T00:00:00Z" },
-- ]
-- given.azure_user_sign_in_activity = [
--   { name = "a", sign_in_activity_last_sign_in_date_time = "2026-09-01T00:00:00Z" },
--   { name = "b", sign_in_activity_last_non_interactive_sign_in_date_time = "2026-09-01T00:00:00Z" },
--   { name = "c", sign_in_activity_last_sign_in_date_time = "2026-01-01T00:00:00Z" },
-- ]
-- expect = { a = "pass", b = "pass", c = "fail" }
-- [[case]]
-- title = "nobody has any time: no licence"
-- given.azure_user = [
--   { name = "a", account_enabled = true, created_date_time = "2024-01-01T00:00:00Z" },
--   { name = "b", account_enabled = true, created_date_time = "2026-09-01T00:00:00Z" },
-- ]
-- given.azure_user_sign_in_activity = [{ name = "a" }, { name = "b" }]
-- expect = { a = "unknown", b = "not_applicable" }
-- [[case]]
-- title = "new and unused, new and used"
-- given.azure_user = [
--   { name = "a", account_enabled = true, created_date_time = "2026-08-01T00:00:00Z" },
--   { name = "z", account_enabled = true, created_date_time = "2026-08-01T00:00:00Z" },
-- ]
-- given.azure_user_sign_in_activity = [
--   { name = "a" },
--   { name = "z", sign_in_activity_last_sign_in_date_time = "2026-09-30T00:00:00Z", sign_in_activity_last_successful_sign_in_date_time = "2026-09-30T00:00:00Z" },
-- ]
-- expect = { a = "not_applicable", z = "pass" }
-- [[case]]
-- title = "sign-in blocked"
-- given.azure_user = [
--   { name = "a", account_enabled = false, created_date_time = "2024-01-01T00:00:00Z" },
--   { name = "z", account_enabled = true, created_date_time = "2024-01-01T00:00:00Z" },
-- ]
-- given.azure_user_sign_in_activity = [
--   { name = "a" },
--   { name = "z", sign_in_activity_last_sign_in_date_time = "2026-09-30T00:00:00Z", sign_in_activity_last_successful_sign_in_date_time = "2026-09-30T00:00:00Z" },
-- ]
-- expect = { a = "not_applicable", z = "pass" }
-- [[case]]
-- title = "whether sign-in is allowed is absent"
-- given.azure_user = [
--   { name = "a", created_date_time = "2024-01-01T00:00:00Z" },
--   { name = "z", account_enabled = true, created_date_time = "2024-01-01T00:00:00Z" },
-- ]
-- given.azure_user_sign_in_activity = [
--   { name = "a" },
--   { name = "z", sign_in_activity_last_sign_in_date_time = "2026-09-30T00:00:00Z", sign_in_activity_last_successful_sign_in_date_time = "2026-09-30T00:00:00Z" },
-- ]
-- expect = { a = "unknown", z = "pass" }
-- [[case]]
-- title = "date of making absent: an old account for all we know"
-- given.azure_user = [{ name = "a", account_enabled = true }, { name = "z", account_enabled = true, created_date_time = "2024-01-01T00:00:00Z" }]
-- given.azure_user_sign_in_activity = [
--   { name = "a" },
--   { name = "z", sign_in_activity_last_sign_in_date_time = "2026-09-30T00:00:00Z", sign_in_activity_last_successful_sign_in_date_time = "2026-09-30T00:00:00Z" },
-- ]
-- expect = { a = "unknown", z = "pass" }
-- [[case]]
-- title = "no row about the user"
-- given.azure_user = [
--   { name = "a", account_enabled = true, created_date_time = "2024-01-01T00:00:00Z" },
--   { name = "z", account_enabled = true, created_date_time = "2024-01-01T00:00:00Z" },
-- ]
-- given.azure_user_sign_in_activity = [{ name = "z", sign_in_activity_last_sign_in_date_time = "2026-09-30T00:00:00Z", sign_in_activity_last_successful_sign_in_date_time = "2026-09-30T00:00:00Z" }]
-- expect = { a = "unknown", z = "pass" }
-- [[case]]
-- title = "another number of days"
-- param.user_inactive_days = 30
-- given.azure_user = [{ name = "a", account_enabled = true, created_date_time = "2024-01-01T00:00:00Z" }]
-- given.azure_user_sign_in_activity = [{ name = "a", sign_in_activity_last_sign_in_date_time = "2026-08-20T00:00:00Z", sign_in_activity_last_successful_sign_in_date_time = "2026-08-20T00:00:00Z" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "a time not readable"
-- given.azure_user = [
--   { name = "a", account_enabled = true, created_date_time = "2024-01-01T00:00:00Z" },
--   { name = "z", account_enabled = true, created_date_time = "2024-01-01T00:00:00Z" },
-- ]
-- given.azure_user_sign_in_activity = [
--   { name = "A", _gaps = ["sign_in_activity_last_successful_sign_in_date_time"] },
--   { name = "z", sign_in_activity_last_sign_in_date_time = "2026-09-30T00:00:00Z", sign_in_activity_last_successful_sign_in_date_time = "2026-09-30T00:00:00Z" },
-- ]
-- expect = { a = "unknown", z = "pass" }
-- [[case]]
-- title = "state of the account not readable"
-- given.azure_user = [{ name = "a", created_date_time = "2024-01-01T00:00:00Z", _gaps = ["account_enabled"] }]
-- given.azure_user_sign_in_activity = [{ name = "a", sign_in_activity_last_successful_sign_in_date_time = "2026-09-01T00:00:00Z" }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "no user"
-- given.azure_user = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "not_applicable" }
-- [[case]]
-- title = "no licence for the sign-ins"
-- ledger = [{ table = "azure_user_sign_in_activity", status = "license" }]
-- given.azure_user = [{ name = "a", account_enabled = true, created_date_time = "2024-01-01T00:00:00Z" }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "sign-ins denied"
-- ledger = [{ table = "azure_user_sign_in_activity", status = "denied" }]
-- given.azure_user = [{ name = "a", account_enabled = true, created_date_time = "2024-01-01T00:00:00Z" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "users denied"
-- ledger = [{ table = "azure_user", status = "denied" }]
-- given.azure_user = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
WITH activity AS (
    SELECT lower(s.id) AS user_id, s.sign_in_activity_last_successful_sign_in_date_time AS last_success,
           s.sign_in_activity_last_sign_in_date_time AS last_interactive, s.sign_in_activity_last_non_interactive_sign_in_date_time AS last_silent,
           greatest(s.sign_in_activity_last_sign_in_date_time, s.sign_in_activity_last_non_interactive_sign_in_date_time) AS last_try,
           coalesce(list_contains(s._gaps, 'sign_in_activity_last_successful_sign_in_date_time'), FALSE) AS success_unread,
           coalesce(array_length(list_filter(s._gaps, lambda g: g IN ('sign_in_activity_last_successful_sign_in_date_time',
               'sign_in_activity_last_sign_in_date_time', 'sign_in_activity_last_non_interactive_sign_in_date_time'))) > 0, FALSE) AS unread
    FROM azure_user_sign_in_activity AS s
),
-- Without the licence rows come without times, of everybody; times of success are kept since December 2023.
kept AS (
    SELECT count(coalesce(a.last_success, a.last_try)) AS n_times,
           sum(CASE WHEN a.last_success IS NOT NULL OR a.success_unread THEN 1 ELSE 0 END) AS n_success,
           snapshot_time() - param_user_inactive_days() * INTERVAL 1 DAY AS since
    FROM activity AS a
),
person AS (
    SELECT u.id, u.display_name, u.user_principal_name, u.user_type, u.account_enabled, u.created_date_time,
           coalesce(list_contains(u._gaps, 'account_enabled'), FALSE) AS state_unread,
           u.created_date_time >= k.since AS is_new, a.user_id IS NOT NULL AS has_row, a.unread, a.last_success, a.last_interactive, a.last_silent,
           k.n_times, k.since, CASE WHEN k.n_success > 0 THEN a.last_success ELSE a.last_try END AS last_used,
           k.n_success > 0 AND a.last_success IS NULL AND a.last_try >= k.since AS only_tries
    FROM azure_user AS u
    CROSS JOIN kept AS k
    LEFT JOIN activity AS a ON a.user_id = lower(u.id)
)
SELECT p.id AS subject, p.id AS resource_id, CAST(NULL AS VARCHAR) AS subscription_id,
       CASE WHEN p.account_enabled IS NULL OR p.state_unread THEN NULL
            WHEN NOT p.account_enabled THEN 'not_applicable'
            WHEN p.last_used >= p.since THEN 'pass'
            WHEN p.is_new THEN 'not_applicable'
            WHEN p.n_times = 0 OR NOT p.has_row OR p.unread OR p.only_tries THEN NULL
            WHEN p.last_used IS NULL AND p.created_date_time IS NULL THEN NULL
            ELSE 'fail'
       END AS verdict,
       CASE WHEN p.account_enabled IS NULL OR p.state_unread THEN 'whether the account may sign in is not given'
            WHEN NOT p.account_enabled THEN 'sign-in is blocked'
            WHEN p.last_used >= p.since THEN 'last used on ' || CAST(CAST(p.last_used AS DATE) AS VARCHAR)
            WHEN p.is_new
            THEN 'made on ' || CAST(CAST(p.created_date_time AS DATE) AS VARCHAR) || ', less than ' || param_user_inactive_days() || ' days ago, and not used yet as far as is known'
            WHEN p.n_times = 0 THEN 'no user has a sign-in time; Entra ID keeps them with a P1 licence only'
            WHEN NOT p.has_row THEN 'the list of sign-in times has no row for the user'
            WHEN p.unread THEN 'the sign-in times could not be read'
            WHEN p.only_tries THEN 'there were tries to sign in since ' || CAST(CAST(p.since AS DATE) AS VARCHAR) || ', but no sign-in that succeeded is on record'
            WHEN p.last_used IS NULL AND p.created_date_time IS NULL THEN 'no sign-in is known, and the age of the account is not given'
            WHEN p.last_used IS NULL THEN 'never used as far as is known, made on ' || CAST(CAST(p.created_date_time AS DATE) AS VARCHAR)
            ELSE 'last used on ' || CAST(CAST(p.last_used AS DATE) AS VARCHAR) || ', more than ' || param_user_inactive_days() || ' days ago'
       END AS reason,
       coalesce(p.display_name, p.user_principal_name, p.id) AS resource_name, p.user_principal_name, p.user_type, p.created_date_time,
       p.last_success AS last_successful_sign_in, p.last_interactive AS last_interactive_try, p.last_silent AS last_non_interactive_try
FROM person AS p
