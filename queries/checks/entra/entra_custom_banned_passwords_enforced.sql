-- title = "Custom banned password list enforced"
-- severity = "medium"
-- subject = "azure_account"
-- tables = ["azure_account", "azure_group_setting"]
-- controls = [
--   "cis_azure_2_0_0:1.7", "cis_azure_2_1_0:1.6", "cis_azure_3_0_0:2.8", "cis_azure_4_0_0:6.8", "cis_azure_5_0_0:5.8",
--   "nist_800_53_r5:AC-7", "nist_800_53_r5:IA-5", "iso_27001_2022:A.5.17", "pci_dss_4_0:8.3.4", "pci_dss_4_0:8.3.6",
--   "soc_2:CC6.1",
-- ]
-- rationale = "People build passwords from names of the company, its products and places, which Microsoft's own list does not know. The tenant's list must be on and hold words. It needs Entra ID P1; without the setting the list is off."
-- remediation = "Entra admin center > Protection > Authentication methods > Password protection: Enforce custom list Yes, with the words. By API: az rest --method patch --url https://graph.microsoft.com/v1.0/groupSettings/ID --body @settings.json, a file with all values of the object (EnableBannedPasswordCheck True, BannedPasswordList with tabs between the words)."
-- references = ["https://learn.microsoft.com/entra/identity/authentication/concept-password-ban-bad", "https://learn.microsoft.com/graph/api/resources/groupsetting"]
-- [[case]]
-- title = "on with words"
-- given.azure_account = [{ }]
-- given.azure_group_setting = [{ name = "Password Rule Settings", id = "s1", display_name = "Password Rule Settings", template_id = "5cf42378-d67d-4f36-ba46-e8b86229381d", values = '[{"name": "EnableBannedPasswordCheck", "value": "True"}, {"name": "BannedPasswordList", "value": "contoso\tamsterdam"}]' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
-- [[case]]
-- title = "value and name in another letter case"
-- given.azure_account = [{ }]
-- given.azure_group_setting = [{ name = "Password Rule Settings", id = "s1", display_name = "Password Rule Settings", template_id = "5CF42378-D67D-4F36-BA46-E8B86229381D", values = '[{"name": "enablebannedpasswordcheck", "value": "true"}, {"name": "bannedpasswordlist", "value": "contoso"}]' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
-- [[case]]
-- title = "off with words"
-- given.azure_account = [{ }]
-- given.azure_group_setting = [{ name = "Password Rule Settings", id = "s1", display_name = "Password Rule Settings", template_id = "5cf42378-d67d-4f36-ba46-e8b86229381d", values = '[{"name": "EnableBannedPasswordCheck", "value": "False"}, {"name": "BannedPasswordList", "value": "contoso"}]' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "on with an empty list, or one of blanks"
-- given.azure_account = [{ }]
-- given.azure_group_setting = [{ name = "Password Rule Settings", id = "s1", display_name = "Password Rule Settings", template_id = "5cf42378-d67d-4f36-ba46-e8b86229381d", values = '[{"name": "EnableBannedPasswordCheck", "value": "True"}, {"name": "BannedPasswordList", "value": " \t"}]' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "on, list absent"
-- given.azure_account = [{ }]
-- given.azure_group_setting = [{ name = "Password Rule Settings", id = "s1", display_name = "Password Rule Settings", template_id = "5cf42378-d67d-4f36-ba46-e8b86229381d", values = '[{"name": "EnableBannedPasswordCheck", "value": "True"}]' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "list there, switch absent"
-- given.azure_account = [{ }]
-- given.azure_group_setting = [{ name = "Password Rule Settings", id = "s1", display_name = "Password Rule Settings", template_id = "5cf42378-d67d-4f36-ba46-e8b86229381d", values = '[{"name": "BannedPasswordList", "value": "contoso"}]' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "no settings object at all"
-- given.azure_account = [{ }]
-- given.azure_group_setting = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "another settings object only"
-- given.azure_account = [{ }]
-- given.azure_group_setting = [{ name = "g", display_name = "Group.Unified", template_id = "62375ab9-6b52-47ed-826b-58e47e0e304b", values = '[{"name": "EnableBannedPasswordCheck", "value": "True"}, {"name": "BannedPasswordList", "value": "x"}]' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "the on-premises switch is another one"
-- given.azure_account = [{ }]
-- given.azure_group_setting = [{ name = "Password Rule Settings", id = "s1", display_name = "Password Rule Settings", template_id = "5cf42378-d67d-4f36-ba46-e8b86229381d", values = '[{"name": "EnableBannedPasswordCheckOnPremises", "value": "True"}, {"name": "EnableBannedPasswordCheck", "value": "False"}, {"name": "BannedPasswordList", "value": "x"}]' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "known by its name only"
-- given.azure_account = [{ }]
-- given.azure_group_setting = [{ name = "s", display_name = "Password Rule Settings", values = '[{"name": "EnableBannedPasswordCheck", "value": "True"}, {"name": "BannedPasswordList", "value": "x"}]' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
-- [[case]]
-- title = "values not readable"
-- given.azure_account = [{ }]
-- given.azure_group_setting = [{ name = "Password Rule Settings", id = "s1", display_name = "Password Rule Settings", template_id = "5cf42378-d67d-4f36-ba46-e8b86229381d", _gaps = ["values"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "values of another object not readable"
-- given.azure_account = [{ }]
-- given.azure_group_setting = [
--   { name = "Password Rule Settings", id = "s1", display_name = "Password Rule Settings", template_id = "5cf42378-d67d-4f36-ba46-e8b86229381d", values = '[{"name": "EnableBannedPasswordCheck", "value": "True"}, {"name": "BannedPasswordList", "value": "x"}]' },
--   { name = "g", display_name = "Group.Unified", template_id = "62375ab9-6b52-47ed-826b-58e47e0e304b", _gaps = ["values"] },
-- ]
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
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
           max(CASE WHEN e.name = 'enablebannedpasswordcheck' THEN lower(trim(e.value)) END) AS enforced,
           max(CASE WHEN e.name = 'bannedpasswordlist' THEN e.value END) AS words
    FROM entry AS e
    GROUP BY e.tenant_id
)
SELECT t.id AS subject, t.id AS resource_id, CAST(NULL AS VARCHAR) AS subscription_id,
       CASE WHEN f.n_unread > 0 THEN NULL
            WHEN f.tenant_id IS NULL THEN 'fail'
            WHEN s.enforced = 'false' THEN 'fail'
            WHEN coalesce(regexp_replace(s.words, '\s', '', 'g'), '') = '' THEN 'fail'
            WHEN s.enforced = 'true' THEN 'pass'
       END AS verdict,
       CASE WHEN f.n_unread > 0 THEN 'the password rule settings could not be read'
            WHEN f.tenant_id IS NULL THEN 'there are no password rule settings, so the custom list is not enforced'
            WHEN s.enforced = 'false' THEN 'the custom list is not enforced'
            WHEN coalesce(regexp_replace(s.words, '\s', '', 'g'), '') = '' THEN 'the custom list is empty'
            WHEN s.enforced = 'true' THEN 'the custom list is enforced; words: ' || array_length(string_split(trim(s.words), chr(9)))
            ELSE 'whether the custom list is enforced is not given: ' || coalesce(s.enforced, 'absent')
       END AS reason,
       t.display_name AS resource_name, s.enforced
FROM azure_account AS t
LEFT JOIN found AS f ON f.tenant_id = t.tenant_id
LEFT JOIN setting AS s ON s.tenant_id = t.tenant_id
