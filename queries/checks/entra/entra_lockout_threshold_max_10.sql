-- title = "Lockout after at most 10 attempts"
-- severity = "medium"
-- subject = "azure_account"
-- tables = ["azure_account", "azure_group_setting"]
-- controls = [
--   "cis_azure_3_0_0:2.6", "cis_azure_4_0_0:6.6", "cis_azure_5_0_0:5.6", "nist_800_53_r5:AC-7", "nist_800_53_r5:IA-5",
--   "iso_27001_2022:A.5.17", "pci_dss_4_0:8.3.4", "pci_dss_4_0:8.3.6", "soc_2:CC6.1",
-- ]
-- rationale = "The more wrong passwords an account takes before it is locked, the more an attacker can try. The default is 10, in Azure for US Government 3, and holds where the setting was never changed. For pass-through authentication the threshold has to be lower than that of the own directory, which is not read here."
-- remediation = "Entra admin center > Protection > Authentication methods > Password protection: Lockout threshold 10 or less. By API: az rest --method patch --url https://graph.microsoft.com/v1.0/groupSettings/ID --body @settings.json, a file with all values of the object (LockoutThreshold)."
-- references = ["https://learn.microsoft.com/entra/identity/authentication/howto-password-smart-lockout", "https://learn.microsoft.com/graph/api/resources/groupsetting"]
-- [[case]]
-- title = "10 attempts"
-- given.azure_account = [{ }]
-- given.azure_group_setting = [{ name = "Password Rule Settings", id = "s1", display_name = "Password Rule Settings", template_id = "5cf42378-d67d-4f36-ba46-e8b86229381d", values = '[{"name": "LockoutThreshold", "value": "10"}]' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
-- [[case]]
-- title = "5 attempts, by text more than 10"
-- given.azure_account = [{ }]
-- given.azure_group_setting = [{ name = "Password Rule Settings", id = "s1", display_name = "Password Rule Settings", template_id = "5cf42378-d67d-4f36-ba46-e8b86229381d", values = '[{"name": "LockoutThreshold", "value": "5"}]' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
-- [[case]]
-- title = "11 attempts"
-- given.azure_account = [{ }]
-- given.azure_group_setting = [{ name = "Password Rule Settings", id = "s1", display_name = "Password Rule Settings", template_id = "5cf42378-d67d-4f36-ba46-e8b86229381d", values = '[{"name": "LockoutThreshold", "value": "11"}]' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "50 attempts"
-- given.azure_account = [{ }]
-- given.azure_group_setting = [{ name = "Password Rule Settings", id = "s1", display_name = "Password Rule Settings", template_id = "5cf42378-d67d-4f36-ba46-e8b86229381d", values = '[{"name": "LockoutThreshold", "value": "50"}]' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "no settings object means the default"
-- given.azure_account = [{ }]
-- given.azure_group_setting = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
-- [[case]]
-- title = "object without this value means the default"
-- given.azure_account = [{ }]
-- given.azure_group_setting = [{ name = "Password Rule Settings", id = "s1", display_name = "Password Rule Settings", template_id = "5cf42378-d67d-4f36-ba46-e8b86229381d", values = '[{"name": "LockoutDurationInSeconds", "value": "60"}]' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
-- [[case]]
-- title = "empty object"
-- given.azure_account = [{ }]
-- given.azure_group_setting = [{ name = "Password Rule Settings", id = "s1", display_name = "Password Rule Settings", template_id = "5cf42378-d67d-4f36-ba46-e8b86229381d", values = "[]" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
-- [[case]]
-- title = "0 may mean never locked"
-- given.azure_account = [{ }]
-- given.azure_group_setting = [{ name = "Password Rule Settings", id = "s1", display_name = "Password Rule Settings", template_id = "5cf42378-d67d-4f36-ba46-e8b86229381d", values = '[{"name": "LockoutThreshold", "value": "0"}]' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "a negative value"
-- given.azure_account = [{ }]
-- given.azure_group_setting = [{ name = "Password Rule Settings", id = "s1", display_name = "Password Rule Settings", template_id = "5cf42378-d67d-4f36-ba46-e8b86229381d", values = '[{"name": "LockoutThreshold", "value": "-1"}]' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "value that is no number"
-- given.azure_account = [{ }]
-- given.azure_group_setting = [{ name = "Password Rule Settings", id = "s1", display_name = "Password Rule Settings", template_id = "5cf42378-d67d-4f36-ba46-e8b86229381d", values = '[{"name": "LockoutThreshold", "value": "ten"}]' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "empty value"
-- given.azure_account = [{ }]
-- given.azure_group_setting = [{ name = "Password Rule Settings", id = "s1", display_name = "Password Rule Settings", template_id = "5cf42378-d67d-4f36-ba46-e8b86229381d", values = '[{"name": "LockoutThreshold", "value": ""}]' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "letter case and blanks"
-- given.azure_account = [{ }]
-- given.azure_group_setting = [{ name = "Password Rule Settings", id = "s1", display_name = "Password Rule Settings", template_id = "5CF42378-D67D-4F36-BA46-E8B86229381D", values = '[{"name": "lockoutthreshold", "value": " 11 "}]' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "two entries: the laxer one counts, also where it has fewer digits by text"
-- given.azure_account = [{ }]
-- given.azure_group_setting = [{ name = "Password Rule Settings", id = "s1", display_name = "Password Rule Settings", template_id = "5cf42378-d67d-4f36-ba46-e8b86229381d", values = '[{"name": "LockoutThreshold", "value": "9"}, {"name": "LockoutThreshold", "value": "12"}]' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "two entries, one of them no number"
-- given.azure_account = [{ }]
-- given.azure_group_setting = [{ name = "Password Rule Settings", id = "s1", display_name = "Password Rule Settings", template_id = "5cf42378-d67d-4f36-ba46-e8b86229381d", values = '[{"name": "LockoutThreshold", "value": "9"}, {"name": "LockoutThreshold", "value": "x"}]' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "another settings object only"
-- given.azure_account = [{ }]
-- given.azure_group_setting = [{ name = "Group.Unified", id = "s1", display_name = "Group.Unified", template_id = "62375ab9-6b52-47ed-826b-58e47e0e304b", values = '[{"name": "LockoutThreshold", "value": "50"}]' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
-- [[case]]
-- title = "values not readable"
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
-- given.azure_group_setting = [{ name = "x", values = "[]", _gaps = ["template_id", "display_name"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "no tenant row"
-- given.azure_account = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "not_applicable" }
-- [[case]]
-- title = "settings denied"
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
    SELECT r.tenant_id, lower(trim(r.settings ->> ('$[' || u.i || '].name'))) AS name, r.settings ->> ('$[' || u.i || '].value') AS value
    FROM rule AS r, unnest(range(CAST(json_array_length(r.settings) AS BIGINT))) AS u(i)
    WHERE NOT r.unread
),
found AS (
    SELECT r.tenant_id, sum(CASE WHEN r.unread THEN 1 ELSE 0 END) AS n_unread
    FROM rule AS r
    GROUP BY r.tenant_id
),
setting AS (
    SELECT e.tenant_id, count(*) AS n, list_sort(list(coalesce(e.value, ''))) AS texts,
           sum(CASE WHEN coalesce(TRY_CAST(trim(e.value) AS BIGINT), 0) < 1 THEN 1 ELSE 0 END) AS n_odd,
           max(TRY_CAST(trim(e.value) AS BIGINT)) AS threshold
    FROM entry AS e
    WHERE e.name = 'lockoutthreshold'
    GROUP BY e.tenant_id
)
SELECT t.id AS subject, t.id AS resource_id, CAST(NULL AS VARCHAR) AS subscription_id,
       CASE WHEN f.n_unread > 0 THEN NULL
            WHEN f.tenant_id IS NULL OR s.n IS NULL THEN 'pass'
            WHEN s.n_odd > 0 THEN NULL
            WHEN s.threshold > 10 THEN 'fail'
            WHEN s.threshold BETWEEN 1 AND 10 THEN 'pass'
       END AS verdict,
       CASE WHEN f.n_unread > 0 THEN 'the password rule settings could not be read'
            WHEN f.tenant_id IS NULL THEN 'there are no password rule settings: the default of 10 attempts at most holds'
            WHEN s.n IS NULL THEN 'the settings name no lockout threshold: the default of 10 attempts at most holds'
            WHEN s.n_odd > 0 THEN 'the lockout threshold is not a number above 0: ' || array_to_string(s.texts, ', ')
            ELSE 'wrong passwords before an account is locked: ' || s.threshold
       END AS reason,
       t.display_name AS resource_name, s.threshold AS lockout_threshold
FROM azure_account AS t
LEFT JOIN found AS f ON f.tenant_id = t.tenant_id
LEFT JOIN setting AS s ON s.tenant_id = t.tenant_id
