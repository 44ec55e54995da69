-- title = "Whether a user can be asked for MFA, by registration or by the per-user switch"
-- tables = ["azure_user", "azure_user_registration_details", "azure_user_mfa_state", "azure_cross_tenant_access_policy"]
WITH
-- One row per user. state is on, off, disabled (sign-in is blocked), or NULL where it could not be told; why says so in
-- plain words. A guest without a method here may do MFA at home, where the tenant accepts that.
trust AS (
    SELECT count(*) AS n_rows,
           sum(CASE WHEN c.inbound_trust_is_mfa_accepted THEN 1 ELSE 0 END) AS n_accepted,
           sum(CASE WHEN list_contains(c._gaps, 'inbound_trust_is_mfa_accepted') THEN 1 ELSE 0 END) AS n_gaps
    FROM azure_cross_tenant_access_policy AS c
),
switch AS (
    SELECT lower(m._parent_id) AS user_id,
           max(CASE WHEN NOT coalesce(list_contains(m._gaps, 'per_user_mfa_state'), FALSE) THEN nullif(lower(trim(m.per_user_mfa_state)), '') END) AS per_user_state
    FROM azure_user_mfa_state AS m
    GROUP BY lower(m._parent_id)
),
-- Whether the per-user switches were read at all: they are asked for by name only.
switch_list AS (
    SELECT coalesce(sum(CASE WHEN l.parent_id IS NULL AND l.status IN ('ok', 'not_registered', 'unsupported', 'license', 'retired') THEN 1 ELSE 0 END), 0) AS n_read
    FROM azure_ledger AS l
    WHERE l.table_name = 'azure_user_mfa_state'
),
merged AS (
    SELECT lower(u.id) AS user_id, u.account_enabled, list_contains(u._gaps, 'account_enabled') AS enabled_gap,
           CASE WHEN list_contains(u._gaps, 'user_type') OR list_contains(u._gaps, 'user_principal_name') THEN NULL
                ELSE lower(coalesce(u.user_type, 'member')) = 'guest' OR contains(lower(coalesce(u.user_principal_name, '')), '#ext#')
           END AS is_external,
           r.id IS NOT NULL AS has_report, r.is_mfa_capable, list_contains(r._gaps, 'is_mfa_capable') AS report_gap,
           CASE WHEN NOT coalesce(list_contains(r._gaps, 'is_mfa_registered'), FALSE) THEN r.is_mfa_registered END AS is_mfa_registered,
           CASE WHEN NOT coalesce(list_contains(r._gaps, 'methods_registered'), FALSE) THEN r.methods_registered END AS methods,
           s.per_user_state, CASE WHEN s.user_id IS NULL THEN k.n_read = 0 ELSE s.per_user_state IS NULL END AS switch_unread, t.n_rows, t.n_accepted, t.n_gaps
    FROM azure_user AS u
    LEFT JOIN azure_user_registration_details AS r ON lower(r.id) = lower(u.id)
    LEFT JOIN switch AS s ON s.user_id = lower(u.id)
    CROSS JOIN trust AS t
    CROSS JOIN switch_list AS k
)
SELECT m.user_id, m.is_external, m.methods, m.per_user_state,
       CASE WHEN m.account_enabled IS NULL THEN NULL
            WHEN NOT m.account_enabled THEN 'disabled'
            WHEN m.is_mfa_capable THEN 'on'
            WHEN m.per_user_state IN ('enabled', 'enforced') THEN 'on'
            WHEN m.is_mfa_capable IS NULL THEN NULL
            WHEN m.switch_unread THEN NULL
            WHEN m.is_external IS NULL THEN NULL
            WHEN m.is_external THEN NULL
            ELSE 'off'
       END AS state,
       CASE WHEN m.account_enabled IS NULL OR m.enabled_gap THEN 'whether the account may sign in is not given'
            WHEN NOT m.account_enabled THEN 'sign-in is blocked'
            WHEN m.is_mfa_capable THEN 'can do MFA: ' || coalesce(nullif(array_to_string(list_sort(m.methods), ', '), ''), 'methods not listed')
            WHEN m.per_user_state IN ('enabled', 'enforced') THEN 'per-user MFA is ' || m.per_user_state
            WHEN m.report_gap THEN 'what the user has registered could not be read'
            WHEN NOT m.has_report THEN 'the registration report, which needs Entra ID P1, has no row for the user'
            WHEN m.is_mfa_capable IS NULL THEN 'the report does not tell whether the user can do MFA'
            WHEN m.switch_unread THEN 'no MFA method that may be used; the per-user MFA switch was not read'
            WHEN m.is_external AND m.n_rows = 0 THEN 'an external user without a method here; whether MFA of the home tenant is accepted was not read'
            WHEN m.is_external AND m.n_gaps > 0 THEN 'an external user without a method here; whether MFA of the home tenant is accepted could not be read'
            WHEN m.is_external AND m.n_accepted > 0 THEN 'an external user without a method here; MFA of the home tenant is accepted, and what is done there is not known'
            WHEN m.is_external IS NULL THEN 'no MFA method that may be used; whether the user is external could not be read'
            WHEN m.is_mfa_registered THEN 'a method is registered, but policy does not allow it: ' || coalesce(array_to_string(list_sort(m.methods), ', '), 'not listed')
            ELSE 'no MFA method is registered'
       END
       || CASE WHEN m.account_enabled AND NOT m.is_mfa_capable AND m.is_external AND m.n_rows > 0 AND m.n_gaps = 0 AND m.n_accepted = 0
                AND coalesce(m.per_user_state, '') NOT IN ('enabled', 'enforced')
               THEN '; MFA of other tenants is not accepted by default, rules for single partners are not in the snapshot' ELSE '' END AS why
FROM merged AS m
