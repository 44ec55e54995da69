-- title = "Key Vault audit events logged"
-- severity = "high"
-- subject = "azure_keyvault_service"
-- tables = ["azure_keyvault_service", "azure_diagnostic_setting"]
-- controls = [
--   "cis_azure_2_0_0:5.1.5", "cis_azure_2_1_0:5.1.4", "cis_azure_3_0_0:6.1.4", "cis_azure_4_0_0:7.1.1.4",
--   "cis_azure_5_0_0:6.1.1.4", "cis_azure_6_0_0:6.1.1.4", "jupiterone_questions:key_vault_audit_logs", "nist_800_53_r5:AU-6",
--   "nist_800_53_r5:AU-12", "iso_27001_2022:A.8.15", "pci_dss_4_0:10.2.1", "soc_2:A1.1", "soc_2:CC7.2", "soc_2:CC7.3",
--   "soc_2:PI1.2",
-- ]
-- rationale = "Only the audit events tell who read which secret and when. They are kept nowhere unless a diagnostic setting sends them somewhere."
-- remediation = "az monitor diagnostic-settings create --name audit --resource VAULT_ID --workspace WORKSPACE_ID --logs '[{\"categoryGroup\":\"audit\",\"enabled\":true}]'"
-- references = ["https://learn.microsoft.com/azure/key-vault/general/logging"]
-- [[case]]
-- title = "category AuditEvent to a workspace"
-- given.azure_keyvault_service = [{ id = "/x/v" }]
-- given.azure_diagnostic_setting = [{ name = "d", _parent_id = "/x/v", workspace_id = "/x/w", logs = '[{"category":"AuditEvent","enabled":true}]' }]
-- expect = { v = "pass" }
-- [[case]]
-- title = "group audit alone, to a storage account"
-- given.azure_keyvault_service = [{ id = "/x/v" }]
-- given.azure_diagnostic_setting = [{ name = "d", _parent_id = "/x/v", storage_account_id = "/x/s", logs = '[{"categoryGroup":"audit","enabled":true},{"categoryGroup":"allLogs","enabled":false}]' }]
-- expect = { v = "pass" }
-- [[case]]
-- title = "group allLogs alone, to an event hub"
-- given.azure_keyvault_service = [{ id = "/x/v" }]
-- given.azure_diagnostic_setting = [{ name = "d", _parent_id = "/x/v", event_hub_authorization_rule_id = "/x/e", logs = '[{"category":null,"categoryGroup":"allLogs","enabled":true}]' }]
-- expect = { v = "pass" }
-- [[case]]
-- title = "to a partner product, in other letter case"
-- given.azure_keyvault_service = [{ id = "/x/v" }]
-- given.azure_diagnostic_setting = [{ name = "d", _parent_id = "/x/v", marketplace_partner_id = "/x/p", logs = '[{"category":"auditevent","enabled":true}]' }]
-- expect = { v = "pass" }
-- [[case]]
-- title = "to a service bus namespace, as older settings do"
-- given.azure_keyvault_service = [{ id = "/x/v" }]
-- given.azure_diagnostic_setting = [{ name = "d", _parent_id = "/x/v", service_bus_rule_id = "/x/b", logs = '[{"category":"AuditEvent","enabled":true}]' }]
-- expect = { v = "pass" }
-- [[case]]
-- title = "no diagnostic setting"
-- given.azure_keyvault_service = [{ id = "/x/v" }]
-- expect = { v = "fail" }
-- [[case]]
-- title = "category named but off, and another category on"
-- given.azure_keyvault_service = [{ id = "/x/v" }]
-- given.azure_diagnostic_setting = [{ name = "d", _parent_id = "/x/v", workspace_id = "/x/w", logs = '[{"category":"AuditEvent","enabled":false},{"category":"AzurePolicyEvaluationDetails","enabled":true}]' }]
-- expect = { v = "fail" }
-- [[case]]
-- title = "metrics only, or no log list"
-- given.azure_keyvault_service = [{ id = "/x/v" }, { id = "/x/u" }]
-- given.azure_diagnostic_setting = [
--   { name = "d", _parent_id = "/x/v", workspace_id = "/x/w", logs = '[]' },
--   { name = "e", _parent_id = "/x/u", workspace_id = "/x/w" },
-- ]
-- expect = { v = "fail", u = "fail" }
-- [[case]]
-- title = "no destination"
-- given.azure_keyvault_service = [{ id = "/x/v" }]
-- given.azure_diagnostic_setting = [{ name = "d", _parent_id = "/x/v", workspace_id = "", logs = '[{"category":"AuditEvent","enabled":true}]' }]
-- expect = { v = "fail" }
-- [[case]]
-- title = "two settings, one of them right; a setting of another resource does not count"
-- given.azure_keyvault_service = [{ id = "/x/v" }, { id = "/x/u" }]
-- given.azure_diagnostic_setting = [
--   { name = "d1", _parent_id = "/x/v", workspace_id = "/x/w", logs = '[{"categoryGroup":"audit","enabled":false}]' },
--   { name = "d2", _parent_id = "/x/v", workspace_id = "/x/w", logs = '[{"categoryGroup":"audit","enabled":true}]' },
--   { name = "d3", _parent_id = "/x/lb", workspace_id = "/x/w", logs = '[{"categoryGroup":"audit","enabled":true}]' },
-- ]
-- expect = { v = "pass", u = "fail" }
-- [[case]]
-- title = "the log list is not readable"
-- given.azure_keyvault_service = [{ id = "/x/v" }, { id = "/x/u" }]
-- given.azure_diagnostic_setting = [
--   { name = "d1", _parent_id = "/x/v", workspace_id = "/x/w", _gaps = ["logs"] },
--   { name = "d2", _parent_id = "/x/u", workspace_id = "/x/w", _gaps = ["logs"] },
--   { name = "d3", _parent_id = "/x/u", workspace_id = "/x/w", logs = '[{"category":"AuditEvent","enabled":true}]' },
-- ]
-- expect = { v = "unknown", u = "pass" }
-- [[case]]
-- title = "the destination is not readable"
-- given.azure_keyvault_service = [{ id = "/x/a" }, { id = "/x/b" }, { id = "/x/c" }, { id = "/x/d" }]
-- given.azure_diagnostic_setting = [
--   { name = "d1", _parent_id = "/x/a", logs = '[{"category":"AuditEvent","enabled":true}]', _gaps = ["workspace_id"] },
--   { name = "d2", _parent_id = "/x/b", logs = '[{"category":"AuditEvent","enabled":true}]', _gaps = ["storage_account_id"] },
--   { name = "d3", _parent_id = "/x/c", logs = '[{"category":"AuditEvent","enabled":true}]', _gaps = ["event_hub_authorization_rule_id"] },
--   { name = "d4", _parent_id = "/x/d", logs = '[{"category":"AuditEvent","enabled":true}]', _gaps = ["marketplace_partner_id"] },
-- ]
-- expect = { a = "unknown", b = "unknown", c = "unknown", d = "unknown" }
-- [[case]]
-- title = "no vault"
-- given.azure_keyvault_service = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "diagnostic settings denied"
-- ledger = [{ table = "azure_diagnostic_setting", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_keyvault_service = [{ id = "/x/v" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "settings of another kind of resource were not read"
-- ledger = [{ table = "azure_diagnostic_setting", parent = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.network/loadbalancers/lb", status = "denied" }]
-- given.azure_keyvault_service = [{ name = "silent" }]
-- expect = { silent = "fail" }
-- [[case]]
-- title = "another kind of resource could not be listed"
-- ledger = [{ table = "azure_diagnostic_setting", status = "denied", code = "ParentNotRead" }]
-- given.azure_keyvault_service = [{ name = "silent" }]
-- expect = { silent = "fail" }
-- [[case]]
-- title = "vaults could not be listed"
-- ledger = [{ table = "azure_keyvault_service", status = "denied" }, { table = "azure_diagnostic_setting", status = "denied", code = "ParentNotRead" }]
-- given.azure_keyvault_service = [{ name = "silent" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
WITH entry AS (
    SELECT d.id AS setting_id,
           lower(d.logs ->> ('$[' || u.i || '].category')) AS category,
           lower(d.logs ->> ('$[' || u.i || '].categoryGroup')) AS category_group,
           lower(d.logs ->> ('$[' || u.i || '].enabled')) AS enabled
    FROM azure_diagnostic_setting AS d, unnest(range(CAST(json_array_length(d.logs) AS BIGINT))) AS u(i)
),
auditing AS (
    SELECT DISTINCT e.setting_id
    FROM entry AS e
    WHERE e.enabled = 'true' AND (e.category = 'auditevent' OR e.category_group IN ('audit', 'alllogs'))
),
setting AS (
    SELECT d._parent_id AS vault_id, d.name,
           coalesce(nullif(trim(d.workspace_id), ''), nullif(trim(d.storage_account_id), ''),
                    nullif(trim(d.event_hub_authorization_rule_id), ''), nullif(trim(d.marketplace_partner_id), ''),
                    nullif(trim(d.service_bus_rule_id), '')) AS destination,
           a.setting_id IS NOT NULL AS audits,
           coalesce(list_contains(d._gaps, 'logs'), FALSE) AS logs_gap,
           coalesce(list_contains(d._gaps, 'workspace_id') OR list_contains(d._gaps, 'storage_account_id')
                    OR list_contains(d._gaps, 'event_hub_authorization_rule_id')
                    OR list_contains(d._gaps, 'marketplace_partner_id') OR list_contains(d._gaps, 'service_bus_rule_id'), FALSE) AS destination_gap
    FROM azure_diagnostic_setting AS d
    LEFT JOIN auditing AS a ON a.setting_id = d.id
),
per_vault AS (
    SELECT s.vault_id, count(*) AS n_settings, list_sort(list(DISTINCT s.name)) AS names,
           max(CASE WHEN s.audits AND s.destination IS NOT NULL THEN s.name END) AS good,
           max(CASE WHEN s.audits AND s.destination IS NULL AND NOT s.destination_gap THEN s.name END) AS nowhere,
           max(CASE WHEN (s.audits OR s.logs_gap) AND (s.destination IS NOT NULL OR s.destination_gap) THEN s.name END) AS unread
    FROM setting AS s
    GROUP BY s.vault_id
)
SELECT v.id AS subject, v.id AS resource_id, v.subscription_id,
       CASE WHEN p.good IS NOT NULL THEN 'pass'
            WHEN p.unread IS NOT NULL THEN NULL
            ELSE 'fail'
       END AS verdict,
       CASE WHEN p.good IS NOT NULL THEN 'diagnostic setting ' || p.good || ' keeps the audit events'
            WHEN p.unread IS NOT NULL THEN 'diagnostic setting ' || p.unread || ' could not be read in full'
            WHEN p.nowhere IS NOT NULL THEN 'diagnostic setting ' || p.nowhere || ' has no destination'
            WHEN p.n_settings > 0 THEN 'no diagnostic setting covers the audit events'
            ELSE 'the vault has no diagnostic setting'
       END AS reason,
       p.names AS diagnostic_settings
FROM azure_keyvault_service AS v
LEFT JOIN per_vault AS p ON p.vault_id = v.id
