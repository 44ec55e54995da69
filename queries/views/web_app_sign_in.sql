-- title = "Built-in sign-in of web and function apps"
-- tables = ["azure_web_app_auth_settings", "azure_web_app_auth_settings_v1"]
WITH
-- One row per app with sign-in settings. state is on, off, unread, or contradicts where the two versions do not agree.
-- The call for the second version answers for an app of the first too, in the newer form: the upgrade of the Azure CLI
-- writes back what it reads there. So it decides alone where the first version, asked only on request, was not read. Where
-- that one was read and is in force (no version given means it is), it has the last word on whether sign-in is on. Where
-- nobody can read which version is in force, they have to agree.
setting AS (
    SELECT lower(s._parent_id) AS app_id, coalesce(s.platform_enabled, FALSE) AS enabled,
           coalesce(list_contains(s._gaps, 'platform_enabled'), FALSE) AS unread,
           CASE WHEN NOT coalesce(list_contains(s._gaps, 'global_validation_require_authentication'), FALSE)
                THEN s.global_validation_require_authentication END AS required,
           CASE WHEN NOT coalesce(list_contains(s._gaps, 'global_validation_unauthenticated_client_action'), FALSE)
                THEN s.global_validation_unauthenticated_client_action END AS action
    FROM azure_web_app_auth_settings AS s
),
first_version AS (
    SELECT lower(v._parent_id) AS app_id, bool_or(coalesce(v.enabled, FALSE)) AS enabled,
           bool_or(coalesce(list_contains(v._gaps, 'enabled'), FALSE)) AS unread,
           bool_or(coalesce(list_contains(v._gaps, 'config_version'), FALSE)) AS version_unread,
           max(CASE WHEN NOT coalesce(list_contains(v._gaps, 'unauthenticated_client_action'), FALSE) THEN v.unauthenticated_client_action END) AS action
    FROM azure_web_app_auth_settings_v1 AS v
    WHERE coalesce(nullif(lower(trim(v.config_version)), ''), 'v1') = 'v1'
    GROUP BY lower(v._parent_id)
),
joined AS (
    SELECT s.app_id, s.required, coalesce(s.action, v.action) AS action,
           CASE WHEN v.version_unread AND (v.unread OR s.unread OR v.enabled <> s.enabled) THEN 'version unread'
                WHEN v.app_id IS NOT NULL AND NOT v.unread AND v.enabled THEN 'on'
                WHEN s.unread THEN 'unread'
                WHEN v.app_id IS NOT NULL AND v.unread THEN 'first unread'
                WHEN v.app_id IS NOT NULL AND NOT v.unread AND s.enabled THEN 'contradicts'
                WHEN s.enabled THEN 'on'
                ELSE 'off'
           END AS state,
           v.app_id IS NOT NULL AND NOT v.unread AND v.enabled AND (s.unread OR NOT s.enabled) AS by_first
    FROM setting AS s
    LEFT JOIN first_version AS v ON v.app_id = s.app_id
)
SELECT j.app_id, CASE WHEN j.state IN ('first unread', 'version unread') THEN 'unread' ELSE j.state END AS state, j.required, j.action,
       CASE j.state
            WHEN 'unread' THEN 'whether built-in sign-in is on could not be read'
            WHEN 'first unread' THEN 'the first version of the settings is in force and could not be read'
            WHEN 'version unread' THEN 'which version of the settings is in force could not be read, and the two were not found to agree'
            WHEN 'contradicts' THEN 'the first version of the settings is in force and says that built-in sign-in is off, the second that it is on'
            WHEN 'off' THEN 'built-in sign-in is off'
            ELSE 'built-in sign-in is on' || CASE WHEN j.by_first THEN ', by the first version of the settings' ELSE '' END
                 || CASE WHEN (NOT j.by_first AND NOT j.required) OR lower(j.action) = 'allowanonymous'
                         THEN ', but requests without it are let through to the app'
                         ELSE '; without it: ' || coalesce(j.action, 'not given') END
       END AS why
FROM joined AS j
