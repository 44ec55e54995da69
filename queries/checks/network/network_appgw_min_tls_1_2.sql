-- title = "Application Gateway minimum TLS 1.2"
-- severity = "high"
-- subject = "azure_application_gateway"
-- tables = ["azure_application_gateway"]
-- controls = [
--   "cis_azure_5_0_0:7.12", "cis_azure_6_0_0:7.12", "nist_800_53_r5:SC-8", "nist_800_53_r5:SC-13", "iso_27001_2022:A.8.24",
--   "pci_dss_4_0:4.2.1", "soc_2:CC6.7",
-- ]
-- rationale = "TLS 1.0 and 1.1 can be broken or talked down to weak ciphers. The policy of the gateway counts, and those of the TLS profiles that listeners use instead. Azure ended support for both versions on 2025-08-31; a gateway whose policy still names them has to be moved all the same."
-- remediation = "az network application-gateway ssl-policy set --gateway-name GATEWAY --resource-group GROUP --policy-type Predefined --name AppGwSslPolicy20220101; for a profile: az network application-gateway ssl-profile update"
-- references = ["https://learn.microsoft.com/azure/application-gateway/application-gateway-ssl-policy-overview", "https://learn.microsoft.com/azure/application-gateway/application-gateway-tls-version-retirement"]
-- [[case]]
-- title = "predefined policies of 1.2"
-- given.azure_application_gateway = [
--   { name = "a", ssl_policy_policy_type = "Predefined", ssl_policy_policy_name = "AppGwSslPolicy20170401S" },
--   { name = "b", ssl_policy_policy_type = "Predefined", ssl_policy_policy_name = "appgwsslpolicy20220101" },
--   { name = "c", ssl_policy_policy_name = "AppGwSslPolicy20220101S" },
-- ]
-- expect = { a = "pass", b = "pass", c = "pass" }
-- [[case]]
-- title = "predefined policies of 1.0 and 1.1"
-- given.azure_application_gateway = [
--   { name = "a", ssl_policy_policy_type = "Predefined", ssl_policy_policy_name = "AppGwSslPolicy20150501" },
--   { name = "b", ssl_policy_policy_type = "Predefined", ssl_policy_policy_name = "AppGwSslPolicy20170401" },
-- ]
-- expect = { a = "fail", b = "fail" }
-- [[case]]
-- title = "a predefined policy that is not known"
-- given.azure_application_gateway = [{ name = "a", ssl_policy_policy_type = "Predefined", ssl_policy_policy_name = "AppGwSslPolicy20300101" }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "custom policies"
-- given.azure_application_gateway = [
--   { name = "a", ssl_policy_policy_type = "Custom", ssl_policy_min_protocol_version = "TLSv1_2" },
--   { name = "b", ssl_policy_policy_type = "CustomV2", ssl_policy_min_protocol_version = "tlsv1_3" },
--   { name = "c", ssl_policy_policy_type = "Custom", ssl_policy_min_protocol_version = "TLSv1_1" },
--   { name = "d", ssl_policy_policy_type = "Custom", ssl_policy_min_protocol_version = "TLSv1_0" },
--   { name = "e", ssl_policy_policy_type = "Custom", ssl_policy_min_protocol_version = "TLS12" },
--   { name = "f", ssl_policy_policy_type = "CustomV2" },
-- ]
-- expect = { a = "pass", b = "pass", c = "fail", d = "fail", e = "unknown", f = "unknown" }
-- [[case]]
-- title = "the type says which of name and version counts"
-- given.azure_application_gateway = [
--   { name = "a", ssl_policy_policy_type = "Custom", ssl_policy_policy_name = "AppGwSslPolicy20220101", ssl_policy_min_protocol_version = "TLSv1_0" },
--   { name = "b", ssl_policy_policy_type = "Predefined", ssl_policy_policy_name = "AppGwSslPolicy20150501", ssl_policy_min_protocol_version = "TLSv1_2" },
-- ]
-- expect = { a = "fail", b = "fail" }
-- [[case]]
-- title = "the old form: versions switched off"
-- given.azure_application_gateway = [
--   { name = "a", ssl_policy_disabled_ssl_protocols = ["TLSv1_0", "TLSv1_1"] },
--   { name = "b", ssl_policy_disabled_ssl_protocols = ["TLSv1_0"] },
-- ]
-- expect = { a = "pass", b = "fail" }
-- [[case]]
-- title = "no policy: the default that the gateway names, or nothing is known"
-- given.azure_application_gateway = [
--   { name = "a", default_predefined_ssl_policy = "AppGwSslPolicy20220101" },
--   { name = "b", default_predefined_ssl_policy = "AppGwSslPolicy20150501" },
--   { name = "c", ssl_policy_disabled_ssl_protocols = [] },
-- ]
-- expect = { a = "pass", b = "fail", c = "unknown" }
-- [[case]]
-- title = "a policy that is set comes before the default"
-- given.azure_application_gateway = [{ name = "a", ssl_policy_policy_type = "Predefined", ssl_policy_policy_name = "AppGwSslPolicy20150501", default_predefined_ssl_policy = "AppGwSslPolicy20220101" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "TLS profiles: a weak one counts where a listener uses it"
-- given.azure_application_gateway = [
--   { name = "a", ssl_policy_policy_name = "AppGwSslPolicy20220101", http_listeners = '[{"name":"l","properties":{"sslProfile":{"id":"/x/a/sslProfiles/P1"}}}]', ssl_profiles = '[{"id":"/x/a/sslProfiles/p1","name":"p1","properties":{"sslPolicy":{"policyType":"Custom","minProtocolVersion":"TLSv1_0"}}}]' },
--   { name = "b", ssl_policy_policy_name = "AppGwSslPolicy20220101", http_listeners = '[{"name":"l","properties":{}}]', ssl_profiles = '[{"id":"/x/b/sslProfiles/p1","name":"p1","properties":{"sslPolicy":{"policyType":"Predefined","policyName":"AppGwSslPolicy20150501"}}}]' },
--   { name = "c", ssl_policy_policy_name = "AppGwSslPolicy20220101", http_listeners = '[{"name":"l","properties":{"sslProfile":{"id":"/x/c/sslProfiles/p1"}}}]', ssl_profiles = '[{"id":"/x/c/sslProfiles/p1","name":"p1","properties":{"sslPolicy":{"policyType":"CustomV2","minProtocolVersion":"TLSv1_3"}}}]' },
--   { name = "d", ssl_policy_policy_name = "AppGwSslPolicy20220101", http_listeners = '[{"name":"l","properties":{"sslProfile":{"id":"/x/d/sslProfiles/p1"}}}]', ssl_profiles = '[{"id":"/x/d/sslProfiles/p1","name":"p1","properties":{"clientAuthConfiguration":{}}}]' },
--   { name = "e", ssl_policy_policy_name = "AppGwSslPolicy20220101", http_listeners = '[{"name":"l","properties":{"sslProfile":{"id":"/x/e/sslProfiles/p1"}}}]', ssl_profiles = '[{"id":"/x/e/sslProfiles/p1","name":"p1","properties":{"sslPolicy":{"policyType":"Predefined","policyName":"New"}}}]' },
-- ]
-- expect = { a = "fail", b = "pass", c = "pass", d = "pass", e = "unknown" }
-- [[case]]
-- title = "policy, default or profiles not readable"
-- given.azure_application_gateway = [
--   { name = "a", default_predefined_ssl_policy = "AppGwSslPolicy20220101", _gaps = ["ssl_policy_policy_name"] },
--   { name = "b", ssl_policy_policy_name = "AppGwSslPolicy20220101", _gaps = ["ssl_profiles"] },
-- ]
-- expect = { a = "unknown", b = "unknown" }
-- [[case]]
-- title = "no gateway"
-- given.azure_application_gateway = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "list denied"
-- ledger = [{ table = "azure_application_gateway", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_application_gateway = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
WITH listener AS (
    SELECT g.id, lower(g.http_listeners ->> ('$[' || u.i || '].properties.sslProfile.id')) AS profile_id
    FROM azure_application_gateway AS g, unnest(range(CAST(json_array_length(g.http_listeners) AS BIGINT))) AS u(i)
),
used AS (
    SELECT DISTINCT l.id, guid_of(l.profile_id) AS profile FROM listener AS l WHERE l.profile_id IS NOT NULL
),
profile AS (
    SELECT g.id, lower(g.ssl_profiles ->> ('$[' || u.i || '].name')) AS profile,
           g.ssl_profiles ->> ('$[' || u.i || '].properties.sslPolicy.policyType') AS kind,
           g.ssl_profiles ->> ('$[' || u.i || '].properties.sslPolicy.policyName') AS policy,
           g.ssl_profiles ->> ('$[' || u.i || '].properties.sslPolicy.minProtocolVersion') AS version,
           g.ssl_profiles ->> ('$[' || u.i || '].properties.sslPolicy.disabledSslProtocols[0]') AS first_disabled
    FROM azure_application_gateway AS g, unnest(range(CAST(json_array_length(g.ssl_profiles) AS BIGINT))) AS u(i)
),
setting AS (
    SELECT g.id, 'the gateway' AS place, lower(trim(g.ssl_policy_policy_type)) AS kind,
           nullif(lower(trim(g.ssl_policy_policy_name)), '') AS policy, nullif(lower(trim(g.ssl_policy_min_protocol_version)), '') AS version,
           list_transform(g.ssl_policy_disabled_ssl_protocols, lambda p: lower(trim(p))) AS disabled,
           nullif(lower(trim(g.default_predefined_ssl_policy)), '') AS default_policy
    FROM azure_application_gateway AS g
    UNION ALL
    SELECT p.id, 'TLS profile ' || p.profile, lower(trim(p.kind)), nullif(lower(trim(p.policy)), ''), nullif(lower(trim(p.version)), ''), NULL, NULL
    FROM profile AS p
    JOIN used AS u ON u.id = p.id AND u.profile = p.profile
    -- A profile without a policy of its own leaves that of the gateway in force.
    WHERE coalesce(p.kind, p.policy, p.version, p.first_disabled) IS NOT NULL
),
choice AS (
    SELECT s.id, s.place, s.version, s.disabled,
           CASE WHEN s.kind IN ('custom', 'customv2') THEN 'version'
                WHEN s.policy IS NOT NULL THEN 'policy'
                WHEN s.kind = 'predefined' THEN 'none'
                WHEN s.version IS NOT NULL THEN 'version'
                WHEN array_length(s.disabled) > 0 THEN 'disabled'
                WHEN s.default_policy IS NOT NULL THEN 'default'
                ELSE 'none'
           END AS way,
           coalesce(CASE WHEN s.kind IN ('custom', 'customv2') THEN NULL ELSE s.policy END, s.default_policy) AS policy
    FROM setting AS s
),
judged AS (
    SELECT c.id,
           CASE WHEN c.way IN ('policy', 'default') THEN CAST(replace(t.min_version, '.', '') AS INTEGER)
                WHEN c.way = 'version' THEN CASE c.version WHEN 'tlsv1_0' THEN 10 WHEN 'tlsv1_1' THEN 11 WHEN 'tlsv1_2' THEN 12 WHEN 'tlsv1_3' THEN 13 END
                WHEN c.way = 'disabled' THEN CASE WHEN NOT list_contains(c.disabled, 'tlsv1_0') THEN 10 WHEN NOT list_contains(c.disabled, 'tlsv1_1') THEN 11
                                                  WHEN NOT list_contains(c.disabled, 'tlsv1_2') THEN 12 ELSE 13 END
           END AS version,
           c.place || ': ' || CASE c.way WHEN 'policy' THEN 'policy ' || c.policy || ', minimum ' || coalesce(t.min_version, 'not known')
                                         WHEN 'default' THEN 'no policy set, so the default ' || c.policy || ', minimum ' || coalesce(t.min_version, 'not known')
                                         WHEN 'version' THEN 'custom policy, minimum ' || coalesce(c.version, 'absent')
                                         WHEN 'disabled' THEN 'switched off: ' || array_to_string(list_sort(c.disabled), ', ')
                                         ELSE 'no policy and no default is named' END AS line
    FROM choice AS c
    LEFT JOIN data_application_gateway_tls_policy AS t ON lower(t.policy) = c.policy
),
per_gateway AS (
    SELECT j.id, min(j.version) AS least, sum(CASE WHEN j.version IS NULL THEN 1 ELSE 0 END) AS n_unclear,
           array_to_string(list_sort(list(j.line)), '; ') AS lines
    FROM judged AS j
    GROUP BY j.id
)
SELECT g.id AS subject, g.id AS resource_id, g.subscription_id,
       CASE WHEN p.least < 12 THEN 'fail'
            WHEN p.n_unclear = 0 THEN 'pass'
       END AS verdict,
       p.lines AS reason
FROM azure_application_gateway AS g
JOIN per_gateway AS p ON p.id = g.id
