-- title = "Lockout lasts at least 60 seconds"
-- severity = "low"
-- subject = "azure_account"
-- tables = ["azure_account", "azure_group_setting"]
-- controls = [
--   "cis_azure_3_0_0:2.7", "cis_azure_4_0_0:6.7", "cis_azure_5_0_0:5.7", "nist_800_53_r5:AC-7", "nist_800_53_r5:IA-5",
--   "iso_27001_2022:A.5.17", "pci_dss_4_0:8.3.4", "pci_dss_4_0:8.3.6", "soc_2:CC6.1",
-- ]
-- rationale = "The longer an account is locked after wrong passwords, the fewer an attacker can try. The default is 60 seconds and holds where the setting was never changed."
-- remediation = "Entra admin center > Protection > Authentication methods > Password protection: Lockout duration in seconds 60 or more. By API: az rest --method patch --url https://graph.microsoft.com/v1.0/groupSettings/ID --body @settings.json, a file with all values of the object (LockoutDurationInSeconds)."
-- references = ["https://learn.microsoft.com/entra/identity/authentication/howto-password-smart-lockout", "https://learn.microsoft.com/graph/api/resources/groupsetting"]
-- [[case]]
-- title = "60 seconds"
-- given.azure_account = [{ }]
-- given.azure_group_setting = [{ name = "Password Rule Settings", id = "s1", display_name = "Password Rule Settings", template_id = "5cf42378-d67d-4f36-ba46-e8b86229381d", values = '[{"name": "LockoutDurationInSeconds", "value": "60"}]' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
-- [[case]]
-- title = "longer, as a number by text would be shorter"
-- given.azure_account = [{ }]
-- given.azure_group_setting = [{ name = "Password Rule Settings", id = "s1", display_name = "Password Rule Settings", template_id = "5cf42378-d67d-4f36-ba46-e8b86229381d", values = '[{"name": "LockoutDurationInSeconds", "value": "120"}]' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
-- [[case]]
-- title = "59 seconds"
-- given.azure_account = [{ }]
-- given.azure_group_setting = [{ name = "Password Rule Settings", id = "s1", display_name = "Password Rule Settings", template_id = "5cf42378-d67d-4f36-ba46-e8b86229381d", values = '[{"name": "LockoutDurationInSeconds", "value": "59"}]' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "9 seconds"
-- given.azure_account = [{ }]
-- given.azure_group_setting = [{ name = "Password Rule Settings", id = "s1", display_name = "Password Rule Settings", template_id = "5cf42378-d67d-4f36-ba46-e8b86229381d", values = '[{"name": "LockoutDurationInSeconds", "value": "9"}]' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "no settings object means the default"
-- given.azure_account = [{ }]
-- given.azure_group_setting = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
-- [[case]]
-- title = "object without this value means the default"
-- given.azure_account = [{ }]
-- given.azure_group_setting = [{ name = "Password Rule Settings", id = "s1", display_name = "Password Rule Settings", template_id = "5cf42378-d67d-4f36-ba46-e8b86229381d", values = '[{"name": "LockoutThreshold", "value": "10"}]' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
-- [[case]]
-- title = "empty object"
-- given.azure_account = [{ }]
-- given.azure_group_setting = [{ name = "Password Rule Settings", id = "s1", display_name = "Password Rule Settings", template_id = "5cf42378-d67d-4f36-ba46-e8b86229381d", values = '[]' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
-- [[case]]
-- title = "value that is no number"
-- given.azure_account = [{ }]
-- given.azure_group_setting = [{ name = "Password Rule Settings", id = "s1", display_name = "Password Rule Settings", template_id = "5cf42378-d67d-4f36-ba46-e8b86229381d", values = '[{"name": "LockoutDurationInSeconds", "value": "a minute"}]' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "empty value"
-- given.azure_account = [{ }]
-- given.azure_group_setting = [{ name = "Password Rule Settings", id = "s1", display_name = "Password Rule Settings", template_id = "5cf42378-d67d-4f36-ba46-e8b86229381d", values = '[{"name": "LockoutDurationInSeconds", "value": ""}]' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "letter case and blanks"
-- given.azure_account = [{ }]
-- given.azure_group_setting = [{ name = "Password Rule Settings", id = "s1", display_name = "Password Rule Settings", template_id = "5CF42378-D67D-4F36-BA46-E8B86229381D", values = '[{"name": "lockoutdurationinseconds", "value": " 90 "}]' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
-- [[case]]
-- title = "another settings object only"
-- given.azure_account = [{ }]
-- given.azure_group_setting = [{ name = "g", display_name = "Group.Unified", template_id = "62375ab9-6b52-47ed-826b-58e47e0e304b", values = '[{"name": "LockoutDurationInSeconds", "value": "5"}]' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
-- [[case]]
-- title = "values not readable, or absent"
-- given.azure_account = [{ }]
-- given.azure_group_setting = [{ name = "Password Rule Settings", id = "s1", display_name = "Password Rule Settings", template_id = "5cf42378-d67d-4f36-ba46-e8b86229381d", _gaps = ["values"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "values absent"
-- given.azure_account = [{ }]
-- given.azure_group_setting = [{ name = "Password Rule Settings", id = "s1", display_name = "Password Rule Settings", template_id = "5cf42378-d67d-4f36-ba46-e8b86229381d" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "kind of an object not readable"
-- given.azure_account = [{ }]
-- given.azure_group_setting = [{ name = "x", values = '[{"name": "A", "value": "b"}]', _gaps = ["template_id", "display_name"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "no tenant row"
-- given.azure_account = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "not_applicable" }
-- [[case]]
-- title = "azure_group_setting denied"
-- ledger = [{ table = "azure_group_setting", status = "denied" }]
-- given.azure_account = [{ }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "tenant denied"
-- ledger = [{ table = "azure_account", status = "denied" }]
-- given.azure_account = [{ }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
WITH rule AS (
    SELECT s.tenant_id, s.id, s."values" AS settings,
           s."values" IS NULL OR coalesce(list_contains(s._gaps, 'values'), FALSE)
             OR (s.template_id IS NULL AND s.display_name IS NULL) AS unread
    FROM azure_group_setting AS s
    -- A row that does not tell its template may be the one.
    WHERE lower(coalesce(s.template_id, '')) = '5cf42378-d67d-4f36-ba46-e8b86229381d'
       OR (s.template_id IS NULL AND lower(coalesce(s.display_name, 'password rule settings')) = 'password rule settings')
       OR list_contains(s._gaps, 'template_id') AND list_contains(s._gaps, 'display_name')
),
entry AS (
    SELECT r.tenant_id, lower(r.settings ->> ('$[' || u.i || '].name')) AS name, r.settings ->> ('$[' || u.i || '].value') AS value
    FROM rule AS r, unnest(range(CAST(json_array_length(r.settings) AS BIGINT))) AS u(i)
    WHERE NOT r.unread
),
found AS (
    SELECT r.tenant_id, sum(CASE WHEN r.unread THEN 1 ELSE 0 END) AS n_unread
    FROM rule AS r
    GROUP BY r.tenant_id
),
setting AS (
    SELECT e.tenant_id,
           max(CASE WHEN e.name = 'lockoutdurationinseconds' THEN coalesce(e.value, '') END) AS duration
    FROM entry AS e
    GROUP BY e.tenant_id
)
SELECT t.id AS subject, t.id AS resource_id, CAST(NULL AS VARCHAR) AS subscription_id,
       CASE WHEN f.n_unread > 0 THEN NULL
            WHEN f.tenant_id IS NULL OR s.duration IS NULL THEN 'pass'
            WHEN TRY_CAST(trim(s.duration) AS BIGINT) >= 60 THEN 'pass'
            WHEN TRY_CAST(trim(s.duration) AS BIGINT) < 60 THEN 'fail'
       END AS verdict,
       CASE WHEN f.n_unread > 0 THEN 'the password rule settings could not be read'
            WHEN f.tenant_id IS NULL THEN 'there are no password rule settings: the default of 60 seconds holds'
            WHEN s.duration IS NULL THEN 'the settings name no lockout duration: the default of 60 seconds holds'
            WHEN TRY_CAST(trim(s.duration) AS BIGINT) IS NULL THEN 'the lockout duration is not a number: ' || s.duration
            ELSE 'lockout duration in seconds: ' || trim(s.duration)
       END AS reason,
       t.display_name AS resource_name, s.duration AS lockout_seconds
FROM azure_account AS t
LEFT JOIN found AS f ON f.tenant_id = t.tenant_id
LEFT JOIN setting AS s ON s.tenant_id = t.tenant_id
