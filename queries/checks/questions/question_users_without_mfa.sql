-- title = "Users without MFA registration"
-- severity = "informational"
-- subject = "azure_user"
-- tables = ["azure_user", "azure_user_registration_details"]
-- controls = ["jupiterone_questions:users_without_mfa"]
-- rationale = "Lists who has registered no method for a second factor, with disabled accounts and guests marked, so that an auditor can tell the urgent ones. The report needs Entra ID P1; a user that it does not hold is a gap, where the question listed everybody. Whether MFA is asked for, and whether policy lets a method be used, is judged by checks of their own."
-- remediation = ""
-- references = ["https://learn.microsoft.com/entra/identity/authentication/howto-authentication-methods-activity"]
-- [[case]]
-- title = "not registered; registered is no row"
-- given.azure_user = [{ id = "a" }, { id = "b" }]
-- given.azure_user_registration_details = [{ id = "A", is_mfa_registered = false }, { id = "b", is_mfa_registered = true }]
-- expect = { a = "manual" }
-- [[case]]
-- title = "a disabled user and a guest are listed too"
-- given.azure_user = [{ id = "a", account_enabled = false }, { id = "b", user_type = "Guest", account_enabled = true }]
-- given.azure_user_registration_details = [{ id = "a", is_mfa_registered = false }, { id = "b", is_mfa_registered = false }]
-- expect = { a = "manual", b = "manual" }
-- [[case]]
-- title = "not in the report; not told; not readable"
-- given.azure_user = [{ id = "a" }, { id = "b" }, { id = "c" }]
-- given.azure_user_registration_details = [{ id = "b" }, { id = "c", _gaps = ["is_mfa_registered"] }]
-- expect = { a = "unknown", b = "unknown", c = "unknown" }
-- [[case]]
-- title = "the report needs a licence that is not there"
-- ledger = [{ table = "azure_user_registration_details", status = "license" }]
-- given.azure_user = [{ id = "a" }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "users denied"
-- ledger = [{ table = "azure_user", status = "denied" }]
-- given.azure_user = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
WITH report AS (
    SELECT lower(r.id) AS user_id,
           max(CASE WHEN r.is_mfa_registered THEN 'yes' WHEN r.is_mfa_registered IS FALSE THEN 'no' ELSE 'unread' END) AS registered,
           max(array_to_string(list_sort(r.methods_registered), ', ')) AS methods
    FROM azure_user_registration_details AS r
    GROUP BY lower(r.id)
)
SELECT u.id AS subject, u.id AS resource_id, CAST(NULL AS VARCHAR) AS subscription_id,
       CASE WHEN r.registered = 'no' THEN 'manual' END AS verdict,
       CASE WHEN r.user_id IS NULL THEN 'the registration report, which needs Entra ID P1, has no row for the user'
            WHEN r.registered = 'unread' THEN 'whether the user has registered for MFA is absent or could not be read'
            ELSE 'no MFA method is registered'
              || CASE WHEN u.account_enabled IS FALSE THEN '; sign-in is blocked' ELSE '' END
              || CASE WHEN lower(trim(u.user_type)) = 'guest' THEN '; a guest, who may do MFA at home' ELSE '' END
       END AS reason,
       coalesce(u.display_name, u.user_principal_name, u.id) AS resource_name, u.user_principal_name, u.user_type, u.account_enabled,
       nullif(r.methods, '') AS other_methods
FROM azure_user AS u
LEFT JOIN report AS r ON r.user_id = lower(u.id)
WHERE coalesce(r.registered, 'none') <> 'yes'
