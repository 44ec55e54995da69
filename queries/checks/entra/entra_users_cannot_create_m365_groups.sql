-- title = "Microsoft 365 group creation closed to users"
-- severity = "medium"
-- subject = "azure_account"
-- tables = ["azure_account", "azure_group_setting"]
-- optional = ["azure_user_group"]
-- controls = [
--   "cis_azure_2_0_0:1.21", "cis_azure_2_1_0:1.20", "cis_azure_3_0_0:2.21", "cis_azure_4_0_0:6.21", "cis_azure_5_0_0:5.21",
--   "nist_800_53_r5:AC-6", "nist_800_53_r5:CM-7", "iso_27001_2022:A.5.2", "iso_27001_2022:A.5.15", "iso_27001_2022:A.5.16",
--   "iso_27001_2022:A.5.22", "pci_dss_4_0:7.2.1", "soc_2:CC1.3", "mitre_attack:T1040", "mitre_attack:T1078",
--   "mitre_attack:T1098",
-- ]
-- rationale = "Each Microsoft 365 group brings a mailbox, a site and often a team, which its maker opens to whom he likes, guests included. Made by everybody they grow past any overview. Who still may is one group, which is named; the auditor looks at who is in it."
-- remediation = "az rest --method patch --url https://graph.microsoft.com/v1.0/groupSettings/ID --body '{\"values\":[{\"name\":\"EnableGroupCreation\",\"value\":\"false\"},{\"name\":\"GroupCreationAllowedGroupId\",\"value\":\"GROUP\"}]}' (with no object yet: --method post on groupSettings with templateId 62375ab9-6b52-47ed-826b-58e47e0e304b); or Entra admin center > Groups > General: Users can create Microsoft 365 groups: No."
-- references = ["https://learn.microsoft.com/microsoft-365/solutions/manage-creation-of-groups", "https://learn.microsoft.com/entra/identity/users/groups-settings-cmdlets"]
-- [[case]]
-- title = "off"
-- given.azure_account = [{ }]
-- given.azure_group_setting = [{ name = "Group.Unified", id = "s1", display_name = "Group.Unified", template_id = "62375ab9-6b52-47ed-826b-58e47e0e304b", values = '[{"name": "EnableGroupCreation", "value": "false"}]' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
-- [[case]]
-- title = "off, in other letter case, with blanks"
-- given.azure_account = [{ }]
-- given.azure_group_setting = [{ name = "group.unified", id = "s1", display_name = "group.unified", template_id = "62375AB9-6B52-47ED-826B-58E47E0E304B", values = '[{"name": "enablegroupcreation", "value": " False "}]' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
-- [[case]]
-- title = "on"
-- given.azure_account = [{ }]
-- given.azure_group_setting = [{ name = "Group.Unified", id = "s1", display_name = "Group.Unified", template_id = "62375ab9-6b52-47ed-826b-58e47e0e304b", values = '[{"name": "EnableGroupCreation", "value": "true"}]' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "on, with a capital letter"
-- given.azure_account = [{ }]
-- given.azure_group_setting = [{ name = "Group.Unified", id = "s1", display_name = "Group.Unified", template_id = "62375ab9-6b52-47ed-826b-58e47e0e304b", values = '[{"name": "EnableGroupCreation", "value": "True"}]' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "no settings object: everybody may"
-- given.azure_account = [{ }]
-- given.azure_group_setting = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "object without this value: everybody may"
-- given.azure_account = [{ }]
-- given.azure_group_setting = [{ name = "Group.Unified", id = "s1", display_name = "Group.Unified", template_id = "62375ab9-6b52-47ed-826b-58e47e0e304b", values = '[{"name": "AllowGuestsToAccessGroups", "value": "false"}]' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "empty value: not known what holds"
-- given.azure_account = [{ }]
-- given.azure_group_setting = [{ name = "Group.Unified", id = "s1", display_name = "Group.Unified", template_id = "62375ab9-6b52-47ed-826b-58e47e0e304b", values = '[{"name": "EnableGroupCreation", "value": ""}]' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "another text"
-- given.azure_account = [{ }]
-- given.azure_group_setting = [{ name = "Group.Unified", id = "s1", display_name = "Group.Unified", template_id = "62375ab9-6b52-47ed-826b-58e47e0e304b", values = '[{"name": "EnableGroupCreation", "value": "no"}]' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "two entries that contradict each other"
-- given.azure_account = [{ }]
-- given.azure_group_setting = [{ name = "Group.Unified", id = "s1", display_name = "Group.Unified", template_id = "62375ab9-6b52-47ed-826b-58e47e0e304b", values = '[{"name": "EnableGroupCreation", "value": "false"}, {"name": "EnableGroupCreation", "value": "true"}]' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "off, one group still may"
-- given.azure_account = [{ }]
-- given.azure_group_setting = [{ name = "Group.Unified", id = "s1", display_name = "Group.Unified", template_id = "62375ab9-6b52-47ed-826b-58e47e0e304b", values = '[{"name": "EnableGroupCreation", "value": "false"}, {"name": "GroupCreationAllowedGroupId", "value": "G1"}]' }]
-- given.azure_user_group = [{ name = "g1", display_name = "Group makers" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
-- [[case]]
-- title = "off, the group that still may is not in the list, or cannot be read"
-- ledger = [{ table = "azure_user_group", status = "denied" }]
-- given.azure_account = [{ }]
-- given.azure_group_setting = [{ name = "Group.Unified", id = "s1", display_name = "Group.Unified", template_id = "62375ab9-6b52-47ed-826b-58e47e0e304b", values = '[{"name": "EnableGroupCreation", "value": "false"}, {"name": "GroupCreationAllowedGroupId", "value": "g9"}]' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
-- [[case]]
-- title = "an object of one group only, by the guest template"
-- given.azure_account = [{ }]
-- given.azure_group_setting = [{ name = "Group.Unified.Guest", id = "s1", display_name = "Group.Unified.Guest", template_id = "08d542b9-071f-4e16-94b0-74abb372e3d9", values = '[{"name": "EnableGroupCreation", "value": "false"}]' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "values not readable"
-- given.azure_account = [{ }]
-- given.azure_group_setting = [{ name = "Group.Unified", id = "s1", display_name = "Group.Unified", template_id = "62375ab9-6b52-47ed-826b-58e47e0e304b", _gaps = ["values"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "values absent"
-- given.azure_account = [{ }]
-- given.azure_group_setting = [{ name = "Group.Unified", id = "s1", display_name = "Group.Unified", template_id = "62375ab9-6b52-47ed-826b-58e47e0e304b" }]
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
-- given.azure_group_setting = [{ name = "Group.Unified", id = "s1", display_name = "Group.Unified", template_id = "62375ab9-6b52-47ed-826b-58e47e0e304b", values = '[{"name": "EnableGroupCreation", "value": "false"}]' }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
WITH rule AS (
    SELECT s.tenant_id, s.id, s."values" AS settings,
           s."values" IS NULL OR coalesce(list_contains(s._gaps, 'values'), FALSE)
             OR (s.template_id IS NULL AND s.display_name IS NULL) AS unread
    FROM azure_group_setting AS s
    -- A row that does not tell its template may be the one.
    WHERE lower(coalesce(s.template_id, '')) = '62375ab9-6b52-47ed-826b-58e47e0e304b'
       OR (s.template_id IS NULL AND lower(coalesce(s.display_name, 'group.unified')) = 'group.unified')
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
    SELECT e.tenant_id,
           sum(CASE WHEN e.name = 'enablegroupcreation' AND lower(trim(e.value)) = 'true' THEN 1 ELSE 0 END) AS n_on,
           sum(CASE WHEN e.name = 'enablegroupcreation' AND lower(trim(e.value)) = 'false' THEN 1 ELSE 0 END) AS n_off,
           sum(CASE WHEN e.name = 'enablegroupcreation' AND coalesce(lower(trim(e.value)), '') NOT IN ('true', 'false') THEN 1 ELSE 0 END) AS n_odd,
           max(CASE WHEN e.name = 'enablegroupcreation' THEN e.value END) AS setting,
           max(CASE WHEN e.name = 'groupcreationallowedgroupid' THEN nullif(lower(trim(e.value)), '') END) AS allowed_group
    FROM entry AS e
    GROUP BY e.tenant_id
),
judged AS (
    SELECT t.id, t.display_name, f.n_unread, f.tenant_id IS NULL AS no_object, s.n_on, s.n_off, s.n_odd, s.setting, s.allowed_group,
           coalesce(g.display_name, s.allowed_group) AS allowed_name, g.membership_rule
    FROM azure_account AS t
    LEFT JOIN found AS f ON f.tenant_id = t.tenant_id
    LEFT JOIN setting AS s ON s.tenant_id = t.tenant_id
    LEFT JOIN azure_user_group AS g ON lower(g.id) = s.allowed_group
)
SELECT j.id AS subject, j.id AS resource_id, CAST(NULL AS VARCHAR) AS subscription_id,
       CASE WHEN j.n_unread > 0 THEN NULL
            WHEN j.n_on > 0 THEN 'fail'
            WHEN j.n_odd > 0 THEN NULL
            WHEN j.n_off > 0 THEN 'pass'
            ELSE 'fail'
       END AS verdict,
       CASE WHEN j.n_unread > 0 THEN 'the settings of Microsoft 365 groups could not be read'
            WHEN j.n_on > 0 THEN 'users may create Microsoft 365 groups'
            WHEN j.n_odd > 0 THEN 'whether users may create Microsoft 365 groups is neither true nor false: ' || coalesce(j.setting, 'no value')
            WHEN j.n_off > 0 THEN 'users may not create Microsoft 365 groups'
                 || CASE WHEN j.allowed_group IS NULL THEN '' ELSE '; members of this group still may: ' || j.allowed_name END
            WHEN j.no_object THEN 'there are no settings of Microsoft 365 groups: by default every user may create them'
            ELSE 'the settings do not name the creation of groups: by default every user may create them'
       END AS reason,
       j.display_name AS resource_name, j.setting AS enable_group_creation, j.allowed_group AS allowed_group_id,
       j.membership_rule AS allowed_group_rule
FROM judged AS j
