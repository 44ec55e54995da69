-- title = "App registration credentials valid"
-- severity = "high"
-- subject = "azure_application"
-- tables = ["azure_application"]
-- params = ["app_credential_min_days"]
-- controls = [
--   "nist_800_53_r5:IA-5", "nist_800_53_r5:SC-12", "iso_27001_2022:A.8.24", "pci_dss_4_0:3.7.4", "pci_dss_4_0:8.6.3",
--   "soc_2:CC6.1", "mitre_attack:T1078",
-- ]
-- rationale = "A secret about to lapse takes the service behind it down, and is then replaced in haste by a longer one. One that has lapsed and is still listed hides which are in use. Each credential has to be good for some more days, by default 30."
-- remediation = "Add the new one first: az ad app credential reset --id APP --append --years 1, roll it out, then take the old one away: az ad app credential delete --id APP --key-id KEY (with --cert for a certificate). Better, replace secrets by a managed identity or a federated credential."
-- references = ["https://learn.microsoft.com/entra/identity-platform/how-to-add-credentials", "https://learn.microsoft.com/graph/api/resources/application"]
-- [[case]]
-- title = "a secret for a year, a certificate for two"
-- given.azure_application = [{ name = "a", display_name = "App a", password_credentials = '[{"keyId": "k1", "displayName": "c1", "endDateTime": "2027-10-01T00:00:00Z"}]', key_credentials = '[{"keyId": "k1", "displayName": "c1", "endDateTime": "2028-10-01T00:00:00.1234567Z"}]' }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "lapsed"
-- given.azure_application = [{ name = "a", display_name = "App a", password_credentials = '[{"keyId": "k1", "displayName": "c1", "endDateTime": "2026-09-30T23:59:59Z"}]', key_credentials = "[]" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "lapses within 30 days, and just after"
-- given.azure_application = [
--   { name = "a", display_name = "App a", password_credentials = '[{"keyId": "k1", "displayName": "c1", "endDateTime": "2026-10-31T00:00:00Z"}]', key_credentials = "[]" },
--   { name = "b", display_name = "App b", password_credentials = '[{"keyId": "k1", "displayName": "c1", "endDateTime": "2026-10-31T00:00:01Z"}]', key_credentials = "[]" },
-- ]
-- expect = { a = "fail", b = "pass" }
-- [[case]]
-- title = "a certificate counts as much as a secret"
-- given.azure_application = [{ name = "a", display_name = "App a", password_credentials = '[{"keyId": "k1", "displayName": "c1", "endDateTime": "2027-10-01T00:00:00Z"}]', key_credentials = '[{"keyId": "k1", "displayName": "c1", "endDateTime": "2026-01-01T00:00:00Z"}]' }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "one lapsed among good ones"
-- given.azure_application = [{ name = "a", display_name = "App a", password_credentials = '[{"keyId": "k1", "displayName": "c1", "endDateTime": "2027-10-01T00:00:00Z"}, {"keyId": "k2", "displayName": "c2", "endDateTime": "2020-01-01T00:00:00Z"}, {"keyId": "k3", "displayName": "c3", "endDateTime": "2028-10-01T00:00:00Z"}]', key_credentials = "[]" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "no end date, or an empty one"
-- given.azure_application = [
--   { name = "a", display_name = "App a", password_credentials = '[{"keyId": "k1", "displayName": "c1"}]', key_credentials = "[]" },
--   { name = "b", display_name = "App b", password_credentials = "[]", key_credentials = '[{"keyId": "k1", "displayName": "c1", "endDateTime": ""}]' },
-- ]
-- expect = { a = "fail", b = "fail" }
-- [[case]]
-- title = "an end date that is none"
-- given.azure_application = [
--   { name = "a", display_name = "App a", password_credentials = '[{"keyId": "k1", "displayName": "c1", "endDateTime": "soon"}]', key_credentials = "[]" },
--   { name = "b", display_name = "App b", password_credentials = '[{"keyId": "k1", "displayName": "c1", "endDateTime": "soon"}, {"keyId": "k2", "displayName": "c2", "endDateTime": "2020-01-01T00:00:00Z"}]', key_credentials = "[]" },
-- ]
-- expect = { a = "unknown", b = "fail" }
-- [[case]]
-- title = "a thousand years are a date"
-- given.azure_application = [{ name = "a", display_name = "App a", password_credentials = '[{"keyId": "k1", "displayName": "c1", "endDateTime": "2999-12-31T00:00:00Z"}]', key_credentials = "[]" }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "no credential"
-- given.azure_application = [{ name = "a", display_name = "App a", password_credentials = "[]", key_credentials = "[]" }]
-- expect = { a = "not_applicable" }
-- [[case]]
-- title = "lists absent from the answer: nobody knows"
-- given.azure_application = [
--   { name = "a", display_name = "App a" },
--   { name = "b", display_name = "App b", key_credentials = "[]" },
--   { name = "c", display_name = "App c", password_credentials = '[{"keyId": "k1", "displayName": "c1", "endDateTime": "2027-10-01T00:00:00Z"}]' },
-- ]
-- expect = { a = "unknown", b = "unknown", c = "unknown" }
-- [[case]]
-- title = "a list absent, the other lapsed"
-- given.azure_application = [{ name = "a", display_name = "App a", password_credentials = '[{"keyId": "k1", "displayName": "c1", "endDateTime": "2020-01-01T00:00:00Z"}]' }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "a longer time asked for"
-- param.app_credential_min_days = 90
-- given.azure_application = [{ name = "a", display_name = "App a", password_credentials = '[{"keyId": "k1", "displayName": "c1", "endDateTime": "2026-12-01T00:00:00Z"}]', key_credentials = "[]" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "only what has lapsed"
-- param.app_credential_min_days = 0
-- given.azure_application = [{ name = "a", display_name = "App a", password_credentials = '[{"keyId": "k1", "displayName": "c1", "endDateTime": "2026-10-02T00:00:00Z"}]', key_credentials = "[]" }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "secrets not readable"
-- given.azure_application = [{ name = "a", display_name = "App a", key_credentials = "[]", _gaps = ["password_credentials"] }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "certificates not readable"
-- given.azure_application = [{ name = "a", display_name = "App a", password_credentials = '[{"keyId": "k1", "displayName": "c1", "endDateTime": "2027-10-01T00:00:00Z"}]', _gaps = ["key_credentials"] }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "no application"
-- given.azure_application = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "not_applicable" }
-- [[case]]
-- title = "applications denied"
-- ledger = [{ table = "azure_application", status = "denied" }]
-- given.azure_application = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
WITH credential AS (
    SELECT a.id, 'secret' AS kind, a.password_credentials ->> ('$[' || u.i || '].endDateTime') AS until_text,
           coalesce(nullif(a.password_credentials ->> ('$[' || u.i || '].displayName'), ''), a.password_credentials ->> ('$[' || u.i || '].keyId'), '?') AS name
    FROM azure_application AS a, unnest(range(CAST(json_array_length(a.password_credentials) AS BIGINT))) AS u(i)
    UNION ALL
    SELECT a.id, 'certificate' AS kind, a.key_credentials ->> ('$[' || u.i || '].endDateTime') AS until_text,
           coalesce(nullif(a.key_credentials ->> ('$[' || u.i || '].displayName'), ''), a.key_credentials ->> ('$[' || u.i || '].keyId'), '?') AS name
    FROM azure_application AS a, unnest(range(CAST(json_array_length(a.key_credentials) AS BIGINT))) AS u(i)
),
dated AS (
    SELECT c.id, c.kind || ' ' || c.name || ' (' || coalesce(nullif(trim(c.until_text), ''), 'no end date') || ')' AS line,
           coalesce(trim(c.until_text), '') = '' AS endless,
           -- Times of Graph are in UTC; seven digits of a second are more than a timestamp holds.
           TRY_CAST(substr(trim(c.until_text), 1, 19) AS TIMESTAMP) AS until
    FROM credential AS c
),
per_app AS (
    SELECT d.id, count(*) AS n, min(d.until) AS first_end,
           list_sort(list(d.line) FILTER (WHERE d.endless OR d.until <= snapshot_time() + param_app_credential_min_days() * INTERVAL 1 DAY)) AS bad,
           list_sort(list(d.line) FILTER (WHERE NOT d.endless AND d.until IS NULL)) AS unread
    FROM dated AS d
    GROUP BY d.id
)
SELECT a.id AS subject, a.id AS resource_id, CAST(NULL AS VARCHAR) AS subscription_id,
       CASE WHEN p.bad IS NOT NULL THEN 'fail'
            WHEN a.password_credentials IS NULL OR a.key_credentials IS NULL THEN NULL
            WHEN p.unread IS NOT NULL THEN NULL
            WHEN p.n IS NULL THEN 'not_applicable'
            ELSE 'pass'
       END AS verdict,
       CASE WHEN p.bad IS NOT NULL
            THEN 'lapsed, endless or good for less than ' || param_app_credential_min_days() || ' more days: ' || array_to_string(p.bad, ', ')
            WHEN a.password_credentials IS NULL AND a.key_credentials IS NULL THEN 'the answer holds neither secrets nor certificates'
            WHEN a.password_credentials IS NULL THEN 'the answer holds no list of secrets'
            WHEN a.key_credentials IS NULL THEN 'the answer holds no list of certificates'
            WHEN p.unread IS NOT NULL THEN 'the end date is none: ' || array_to_string(p.unread, ', ')
            WHEN p.n IS NULL THEN 'the application has neither secrets nor certificates of its own'
            ELSE 'credentials: ' || p.n || ', the first lapses on ' || CAST(CAST(p.first_end AS DATE) AS VARCHAR)
       END AS reason,
       a.display_name AS resource_name, a.app_id, p.n AS credentials, p.bad AS credentials_to_replace
FROM azure_application AS a
LEFT JOIN per_app AS p ON p.id = a.id
