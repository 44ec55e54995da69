-- title = "What the security contacts of each subscription are told, and whether"
-- tables = ["azure_security_center_contact"]
WITH
-- One row per contact that counts: the one named default, else (answers of 2017) every contact of the subscription.
-- Each *_state is on, off or unclear; the *_text beside it says what was found. A contact that is not in use is off throughout.
source AS (
    SELECT c.id AS contact_id,
           lower(c.notifications_sources ->> ('$[' || u.i || '].sourceType')) AS source_type,
           c.notifications_sources ->> ('$[' || u.i || '].minimalSeverity') AS severity,
           c.notifications_sources ->> ('$[' || u.i || '].minimalRiskLevel') AS risk_level
    FROM azure_security_center_contact AS c, unnest(range(CAST(json_array_length(c.notifications_sources) AS BIGINT))) AS u(i)
),
told AS (
    SELECT s.contact_id,
           max(CASE WHEN s.source_type = 'alert' AND lower(s.severity) IN ('low', 'medium', 'high') THEN s.severity END) AS alert_level,
           max(CASE WHEN s.source_type = 'alert' THEN coalesce(s.severity, 'none given') END) AS alert_said,
           max(CASE WHEN s.source_type = 'attackpath' AND lower(s.risk_level) IN ('low', 'medium', 'high', 'critical')
                    THEN s.risk_level END) AS path_level,
           max(CASE WHEN s.source_type = 'attackpath' THEN coalesce(s.risk_level, 'none given') END) AS path_said
    FROM source AS s
    GROUP BY s.contact_id
),
named AS (
    SELECT DISTINCT c.subscription_id FROM azure_security_center_contact AS c WHERE lower(c.name) = 'default'
),
contact AS (
    SELECT c.id, c.name, c.subscription_id, c.notifications_sources IS NOT NULL AS new_form,
           CASE WHEN list_contains(c._gaps, 'is_enabled') THEN 'unclear'
                WHEN coalesce(c.is_enabled, TRUE) THEN 'yes' ELSE 'no' END AS in_use,
           list_filter(list_transform(string_split(replace(coalesce(c.emails, c.email, ''), ',', ';'), ';'), lambda e: trim(e)),
                       lambda e: e <> '') AS addresses,
           coalesce(list_contains(c._gaps, 'emails') OR list_contains(c._gaps, 'email'), FALSE) AS addresses_unread,
           lower(trim(c.notifications_by_role_state)) AS role_state, c.notifications_by_role_roles AS roles,
           lower(trim(c.alerts_to_admins)) AS to_admins,
           coalesce(list_contains(c._gaps, 'notifications_by_role_state') OR list_contains(c._gaps, 'notifications_by_role_roles')
                    OR list_contains(c._gaps, 'alerts_to_admins'), FALSE) AS roles_unread,
           lower(trim(c.alert_notifications_state)) AS old_state, c.alert_notifications_minimal_severity AS old_level,
           lower(trim(c.alert_notifications ->> '$')) AS oldest_state,
           coalesce(list_contains(c._gaps, 'notifications_sources'), FALSE) AS sources_unread,
           coalesce(list_contains(c._gaps, 'alert_notifications') OR list_contains(c._gaps, 'alert_notifications_state')
                    OR list_contains(c._gaps, 'alert_notifications_minimal_severity'), FALSE) AS old_unread
    FROM azure_security_center_contact AS c
    LEFT JOIN named AS n ON n.subscription_id = c.subscription_id
    WHERE n.subscription_id IS NULL OR lower(c.name) = 'default'
),
judged AS (
    SELECT c.id, c.name, c.subscription_id, c.in_use, c.addresses, c.roles,
           CASE WHEN c.addresses_unread OR c.roles_unread OR array_length(c.addresses) > 0 OR coalesce(c.to_admins = 'on', FALSE)
                  OR (coalesce(c.role_state = 'on', FALSE) AND coalesce(array_length(c.roles), 0) > 0) THEN ''
                ELSE '; warning: neither an address nor a role is named, so it reaches nobody' END AS nobody_text,
           CASE WHEN array_length(c.addresses) > 0 AND NOT c.addresses_unread THEN 'on'
                WHEN c.addresses_unread THEN 'unclear' ELSE 'off' END AS email_state,
           CASE WHEN c.addresses_unread THEN 'the addresses could not be read'
                WHEN array_length(c.addresses) > 0 THEN 'addresses: ' || array_to_string(c.addresses, ', ')
                ELSE 'no address is set' END AS email_text,
           CASE WHEN c.roles_unread THEN 'unclear'
                WHEN c.role_state = 'on' AND array_length(list_filter(c.roles, lambda r: lower(trim(r)) = 'owner')) > 0 THEN 'on'
                WHEN c.role_state IS NULL AND c.to_admins = 'on' THEN 'on'
                ELSE 'off' END AS owner_state,
           CASE WHEN c.roles_unread THEN 'which roles get mail could not be read'
                WHEN c.role_state = 'on' THEN 'mail by role is on for: ' || coalesce(nullif(array_to_string(c.roles, ', '), ''), 'no role')
                WHEN c.role_state IS NULL AND c.to_admins IS NOT NULL THEN 'mail to the owners is ' || c.to_admins
                WHEN c.role_state IS NULL THEN 'mail by role is not set'
                ELSE 'mail by role is ' || c.role_state END AS owner_text,
           CASE WHEN t.alert_level IS NOT NULL THEN 'on'
                WHEN c.sources_unread OR t.alert_said IS NOT NULL THEN 'unclear'
                WHEN c.new_form THEN 'off'
                WHEN c.old_unread THEN 'unclear'
                WHEN c.old_state = 'on' THEN CASE WHEN lower(c.old_level) IN ('low', 'medium', 'high') THEN 'on' ELSE 'unclear' END
                WHEN c.old_state IS NULL AND c.oldest_state = 'on' THEN 'on'
                ELSE 'off' END AS alert_state,
           CASE WHEN t.alert_level IS NOT NULL THEN 'mail about alerts from severity ' || t.alert_level
                WHEN c.sources_unread THEN 'what mail is about could not be read'
                WHEN t.alert_said IS NOT NULL THEN 'mail about alerts is on, lowest severity: ' || t.alert_said
                WHEN c.new_form THEN 'no mail about alerts'
                WHEN c.old_unread THEN 'whether mail about alerts is sent could not be read'
                WHEN c.old_state = 'on' THEN 'mail about alerts, lowest severity: ' || coalesce(c.old_level, 'none given')
                WHEN c.old_state IS NULL AND c.oldest_state = 'on' THEN 'mail about alerts is on; this form of the answer has no severity'
                ELSE 'no mail about alerts' END AS alert_text,
           CASE WHEN t.path_level IS NOT NULL THEN 'on'
                WHEN c.sources_unread OR t.path_said IS NOT NULL THEN 'unclear'
                ELSE 'off' END AS path_state,
           CASE WHEN t.path_level IS NOT NULL THEN 'mail about attack paths from risk ' || t.path_level
                WHEN c.sources_unread THEN 'what mail is about could not be read'
                WHEN t.path_said IS NOT NULL THEN 'mail about attack paths is on, lowest risk: ' || t.path_said
                ELSE 'no mail about attack paths' END AS path_text
    FROM contact AS c
    LEFT JOIN told AS t ON t.contact_id = c.id
),
stated AS (
    SELECT j.id, j.name, j.subscription_id, j.in_use, j.addresses, j.roles, j.email_state, j.email_text, j.owner_state, j.owner_text,
           j.alert_state, j.alert_text || CASE WHEN j.alert_state = 'on' THEN j.nobody_text ELSE '' END AS alert_text,
           j.path_state, j.path_text || CASE WHEN j.path_state = 'on' THEN j.nobody_text ELSE '' END AS path_text,
           CASE j.in_use WHEN 'no' THEN ', but the contact is switched off'
                         WHEN 'unclear' THEN ', but whether the contact is in use could not be read' ELSE '' END AS use_text
    FROM judged AS j
)
SELECT j.subscription_id, j.id AS contact_id, j.name AS contact_name, j.in_use, j.addresses, j.roles,
       CASE WHEN j.in_use = 'no' THEN 'off' WHEN j.in_use = 'unclear' AND j.email_state = 'on' THEN 'unclear' ELSE j.email_state END AS email_state,
       j.email_text || j.use_text AS email_text,
       CASE WHEN j.in_use = 'no' THEN 'off' WHEN j.in_use = 'unclear' AND j.owner_state = 'on' THEN 'unclear' ELSE j.owner_state END AS owner_state,
       j.owner_text || j.use_text AS owner_text,
       CASE WHEN j.in_use = 'no' THEN 'off' WHEN j.in_use = 'unclear' AND j.alert_state = 'on' THEN 'unclear' ELSE j.alert_state END AS alert_state,
       j.alert_text || j.use_text AS alert_text,
       CASE WHEN j.in_use = 'no' THEN 'off' WHEN j.in_use = 'unclear' AND j.path_state = 'on' THEN 'unclear' ELSE j.path_state END AS path_state,
       j.path_text || j.use_text AS path_text
FROM stated AS j
